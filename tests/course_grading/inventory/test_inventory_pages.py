"""The pages in a browser: without a network, on a telephone, in both themes, and to be heard."""

import os
import shutil

import pytest
from made_up_class import drawn

from course_grading.inventory import pages
from course_grading.inventory.evaluation import evaluate

pytestmark = pytest.mark.long
PAGES = {
    "paper": lambda: pages.paper("A"),
    "key": pages.key,
    "class": lambda: pages.evaluation_page(evaluate(drawn(12, (0.3, 0.7, 0.6)))),
}


@pytest.fixture(scope="module")
def browser():
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("COURSE_NEED_BROWSER"):
            pytest.fail("COURSE_NEED_BROWSER is set, and there is no Chromium")
        pytest.skip("Chromium is not here")
    from playwright.sync_api import sync_playwright  # `run.py test --long` installs it

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Opens a page from a file: the page, and what it asked of a network."""
    contexts = []

    def open_page(html, **options):
        (tmp_path / "page.html").write_text(html, encoding="utf-8")
        contexts.append(browser.new_context(**options))
        page, asked = contexts[-1].new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        page.goto((tmp_path / "page.html").as_uri())
        return page, [url for url in asked if not url.startswith("file:")]

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_nothing_fits_and_can_be_heard(opened, name, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page, asked = opened(PAGES[name](), viewport={"width": 390, "height": 800}, color_scheme=scheme)
    assert asked == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found = Axe().run(page)
    assert not found.response["violations"], found.generate_report()


def test_what_is_too_wide_and_what_cannot_be_heard_is_seen(opened):
    from axe_playwright_python.sync_playwright import Axe

    html = pages.paper("A").replace(
        "</main>", '<div style="width: 900px">x</div><img src="http://127.0.0.1:9/x.png"></main>'
    ).replace("default-src 'none'", "default-src *")  # fmt: skip
    page, asked = opened(html, viewport={"width": 390, "height": 800})
    assert asked and page.evaluate("document.documentElement.scrollWidth") > 390
    assert {each["id"] for each in Axe().run(page).response["violations"]} >= {"image-alt"}


def test_a_question_is_on_one_sheet(opened):
    """In print no question is cut, and a paper takes three sheets at most."""
    page, _ = opened(pages.paper("A"))
    page.emulate_media(media="print")
    kept = page.evaluate(
        "[...document.querySelectorAll('.asked > li')].map(e => getComputedStyle(e).breakInside)"
    )
    assert kept == ["avoid"] * 20
    assert page.pdf(format="A4").count(b"/Type /Page\n") <= 3
    assert page.pdf(format="Letter").count(b"/Type /Page\n") <= 3
