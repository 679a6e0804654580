"""Each deck is opened in Chromium, slide by slide: nothing is cut off, fetched or left undrawn."""

import threading
from contextlib import contextmanager

import build_slides
import pytest
from course_slides import decks, plans

pytestmark = pytest.mark.long

READY = "document.documentElement.dataset.slides === 'ready'"
PATIENCE = 120_000  # milliseconds, on a busy machine
ON_ONE = "02_measure_the_loss.html"
STEPS = "07_build_the_computational_graph.html"

# What of the current slide is outside of it, cut off, too small to read, or no formula.
WRONG = r"""() => {
  const slide = Reveal.getCurrentSlide(), wrong = [];
  const room = slide.parentElement.getBoundingClientRect();
  const seen = [...slide.querySelectorAll("*")].filter(  // what a picture cuts off is its own
    (node) => !node.closest("aside, mjx-assistive-mml, .anchor-link")
      && !node.parentElement.closest("svg"));
  for (const node of seen) {
    const box = node.getBoundingClientRect(), name = `${node.tagName} ${node.className}`;
    if (box.width > 1 && (box.right > room.right + 1 || box.bottom > room.bottom + 1))
      wrong.push(`outside: ${name}`);
    const cuts = getComputedStyle(node).overflowX !== "visible"
      && !node.closest("svg, select, input");
    if (cuts && node.clientWidth > 1 && node.scrollWidth > node.clientWidth + 1)
      wrong.push(`cut off: ${name}`);
    if (node.dataset.scale && node.dataset.scale < 0.5) wrong.push(`too small: ${name}`);
  }
  for (const node of slide.querySelectorAll("[data-mjx-error], [data-mml-node=merror]"))
    wrong.push("formula: " + node.textContent);
  const walker = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  while (walker.nextNode())
    if (!walker.currentNode.parentElement.closest("script, style, code, pre, mjx-container"))
      if (/\$[^$\s]|\\(frac|tag|sum|partial|delta)\b/.test(walker.currentNode.data))
        wrong.push("not drawn: " + walker.currentNode.data.trim().slice(0, 60));
  return [...new Set(wrong)].map((each) => `${slide.innerText.split("\n")[0]}: ${each}`);
}"""


@pytest.fixture(scope="module")
def slides(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built") / "slides"
    assert build_slides.main(["--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def home(slides):
    with decks.server(slides) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@contextmanager
def opened(browser, address, change=None):
    """A deck, ready to be shown, and what went wrong so far; `change` alters its HTML first."""
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page, wrong = context.new_page(), []
        origin = address[: address.index("/", 8) + 1]

        def look(request):
            if not request.url.startswith((origin, "data:", "blob:")):
                wrong.append(f"asks {request.url}")

        page.on("request", look)
        page.on("requestfailed", lambda request: wrong.append(f"not there: {request.url}"))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        if change:
            page.route(
                address, lambda route: route.fulfill(body=change(route.fetch().text()), status=200)
            )
        page.goto(address)
        page.wait_for_function(READY, timeout=PATIENCE)
        yield page, wrong


def problems_of(page, wrong):
    found = list(wrong)
    for number in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate(f"Reveal.slide({number})")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        found += page.evaluate(WRONG)
    return found


@pytest.mark.parametrize(
    "lesson", plans.lessons_of(build_slides.ROOT), ids=lambda each: each.number
)
def test_nothing_is_wrong_with_a_deck(lesson, home, browser):
    with opened(browser, f"{home}{lesson.name}.html") as (page, wrong):
        assert problems_of(page, wrong) == []
        assert page.evaluate("document.querySelectorAll('mjx-container').length") or (
            lesson.number == "00"
        )


@pytest.mark.all
@pytest.mark.parametrize(
    ("found", "planted", "problem"),
    [
        ("</h2>", '</h2><div style="height:900px;width:9px">.</div>', "outside"),
        ("</h2>", '</h2><div style="overflow:hidden;width:99px"><pre>' + "x" * 99, "cut off"),
        ("</h2>", "</h2><p>$$\\frac{1}$$</p>", "formula"),
        ("</h2>", '</h2><p class="mathjax_ignore">$x$</p>', "not drawn"),
        ("</head>", '<script src="https://elsewhere.invalid/x.js"></script></head>', "asks https"),
        ("</head>", "<script>throw new Error('planted')</script></head>", "planted"),
    ],
)
def test_planted_fault_on_a_deck_is_seen(found, planted, problem, home, browser):
    def change(text):
        assert found in text
        return text.replace(found, planted, 1)

    with opened(browser, home + ON_ONE, change) as (page, wrong):
        assert any(problem in each for each in problems_of(page, wrong))


def test_what_moves_moves_on_a_slide_and_its_keys_turn_no_slide(home, browser):
    with opened(browser, home + STEPS) as (page, wrong):
        page.evaluate("Reveal.slide(12)")
        piece = page.locator("section.present .celltag_course-output")
        before = piece.inner_text()
        piece.get_by_role("button", name="Next").click()
        assert piece.inner_text() != before
        page.keyboard.press("ArrowRight")
        assert page.evaluate("Reveal.getIndices().h") == 12
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("ArrowRight")
        assert page.evaluate("Reveal.getIndices().h") == 13
        assert wrong == []


def test_notes_are_the_speakers_alone(home, browser):
    with opened(browser, home + ON_ONE) as (page, _):
        page.evaluate("Reveal.slide(1)")
        assert not page.locator("section.present aside.notes").is_visible()
        assert "Compute it with them" in page.evaluate("Reveal.getSlideNotes()")


def test_print_has_a_page_for_each_slide_with_all_of_it(home, browser):
    with opened(browser, home + STEPS + "?print-pdf") as (page, wrong):
        page.emulate_media(media="print")
        pages = page.locator(".pdf-page")
        assert pages.count() == 14
        missing = page.evaluate(
            """() => [...document.querySelectorAll(".pdf-page")].filter((page) =>
                 [...page.querySelectorAll(".celltag_course-output")].some((box) =>
                   box.getBoundingClientRect().bottom > page.getBoundingClientRect().bottom + 1)
               ).length"""
        )
        assert missing == 0 and wrong == []
