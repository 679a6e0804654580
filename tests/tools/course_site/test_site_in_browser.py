"""The site is built, served on loopback, and each page is opened in Chromium, light and dark."""

import pathlib

import pytest
from browsed_pages import PATIENCE, SCHEMES, opened, pages_of, problems_of, served

# instructors: begin
from course_grading.publishing import leaks, release

# instructors: end
pytestmark = pytest.mark.long

ROOT = pathlib.Path(__file__).resolve().parents[3]
A_LESSON = "notebooks/07_build_the_computational_graph.html"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site that is published, built by the command."""
    import build_site

    folder = tmp_path_factory.mktemp("built") / "site"
    assert build_site.main(["--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def home(site):
    with served(site) as address:
        yield address


@pytest.fixture
def contexts(browser):
    """{scheme: a window as wide as is looked at in it}."""
    made = {
        scheme: browser.new_context(viewport={"width": width, "height": 1000}, color_scheme=scheme)
        for scheme, width in SCHEMES.items()
    }
    for context in made.values():
        context.set_default_timeout(PATIENCE)
    yield made
    for context in made.values():
        context.close()


def test_there_is_a_page_for_every_notebook_and_for_the_module(site):
    pages = set(pages_of(site))
    notebooks = [path.relative_to(ROOT) for path in ROOT.glob("notebooks/**/[!.]*.ipynb")]
    handed_out = [path for path in notebooks if ".ipynb_checkpoints" not in path.parts]
    assert len(handed_out) > 20
    assert {path.with_suffix(".html").as_posix() for path in handed_out} <= pages
    assert {"index.html", "search.html", "api/course_nn.html", "api/plots.html"} <= pages


@pytest.mark.parametrize("scheme", SCHEMES)
def test_nothing_is_wrong_with_any_page(site, home, contexts, scheme):
    found = {page: problems_of(contexts[scheme], home + page) for page in pages_of(site)}
    assert {page: problems for page, problems in found.items() if problems} == {}


FAULTS = {
    "asks for http://127.0.0.1:9/": '<img alt="x" src="http://127.0.0.1:9/x.png">',
    "says no": "<script>console.error('no')</script>",
    "fails: ": "<script>setTimeout(() => { throw Error('no') })</script>",
    "a formula: an error": r'<div class="math">\[\frac{1}\]</div>',
    "a formula: not drawn": (
        "<script>document.addEventListener('course:formulas', () => "
        "document.body.insertAdjacentHTML('beforeend', '<i class=math>x</i>'))</script>"
    ),
    "a formula: not read": "<p>Let $x = 1$ be.</p>",
    "wider than the window": '<div style="width: 3000px">x</div>',
    "axe, image-alt": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">',
    "axe, color-contrast: <p": '<p style="color: #999; background: #fff">hardly to be read</p>',
    "axe, color-contrast: <span": (
        '<pre><span class="n" style="background: #fff; color: #000">a</span> '
        '<span class="n" style="background: #fff; color: #999">(</span>'
        '<span class="n" style="background: #fff; color: #999">bread</span></pre>'
    ),
}


@pytest.mark.all
@pytest.mark.parametrize("named", FAULTS)
def test_planted_fault_is_found(home, contexts, named):
    def altered(html):
        assert "</article>" in html
        return html.replace("</article>", FAULTS[named] + "</article>")

    page = home + "notebooks/homework/hw4.html"  # a short one with formulas
    found = problems_of(contexts["dark"], page, altered)
    assert [each for each in found if each.startswith(named)], found


# instructors: begin
# ------------------------------------------------------------------ what nobody may find in it


def contents(folder):
    return {
        pathlib.PurePosixPath(path.relative_to(folder).as_posix()): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_no_file_of_it_has_a_solution_a_hidden_test_or_a_word_of_the_grader(site):
    files, secrets = contents(site), leaks.secrets(ROOT)
    assert len(files) > 100
    assert {"hw1", "hw2", "hw3", "hw4"} <= set(secrets.values())
    assert release.find_problems(files, secrets) == []


# Of Sphinx and its theme, which use what Sphinx 11 will not have.
@pytest.mark.all
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning", "ignore::DeprecationWarning")
def test_pages_for_instructors_would_be_found(tmp_path_factory, capsys):
    """What the instructors' site has of a homework, and in which kinds of files."""
    import build_site

    folder = tmp_path_factory.mktemp("instructors") / "site"
    assert build_site.main(["--instructors", "--out", str(folder)]) == 0
    assert capsys.readouterr().out.endswith("for instructors, not to be published.\n")
    files = contents(folder)
    ours = {path: content for path, content in files.items() if path.parts[0] == "homework"}
    assert {
        pathlib.PurePosixPath(f"homework/source/hw{i}/hw{i}.html") for i in range(1, 5)
    } <= ours.keys()
    found = release.find_problems(ours, leaks.secrets(ROOT))
    for name in ("homework/source/hw2/hw2.html", "homework/source/hw2/hw2.ipynb"):
        assert [each for each in found if each.startswith(f"{name}: it has a line of")], name


# instructors: end
# ------------------------------------------------------------------ what a reader does


def test_folds_are_closed_and_open_without_a_script(browser, home):
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(home + "notebooks/01_run_a_forward_pass.html")
    folds = page.locator("details.course-fold")
    assert folds.count() > 10
    assert page.locator("details.course-fold[open]").count() == 0
    first = folds.filter(has_text="The cell of this exercise").first
    code = first.locator("pre").first
    assert not code.is_visible()
    first.locator("summary").click()
    assert code.is_visible()
    context.close()


def test_what_comes_behind_a_prediction_is_folded(home, contexts):
    page, _ = opened(contexts["light"], home + "notebooks/02_measure_the_loss.html")
    folds = page.locator("details.course-fold:has(> summary:text('predict it first'))")
    assert folds.count() >= 3
    page.close()


def test_everything_is_open_on_paper(home, contexts):
    context = contexts["light"]
    page = context.new_page()
    page.goto(home + A_LESSON)
    closed = "document.querySelectorAll('details:not([open])').length"
    assert page.evaluate(closed) > 3
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(closed) == 0
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(closed) > 3
    page.emulate_media(media="print")
    assert page.locator("[id^=walk-] li img").last.is_visible(), "each step is printed"
    assert not page.locator(".course-ways").first.is_visible()
    page.close()


def test_step_through_and_pieces_move(home, contexts):
    page, problems = opened(contexts["light"], home + A_LESSON)
    walk = page.locator("[id^=walk-]").first
    walk.get_by_role("button", name="Next").click()
    assert walk.get_by_role("status").inner_text().startswith("Step 2 of")
    page.close()
    page, more = opened(contexts["light"], home + "notebooks/10_compare_sgd_and_batch.html")
    piece = page.locator("[id^=piece-]").first
    before = piece.locator("svg").first.inner_html()
    piece.get_by_role("button").first.click()
    page.wait_for_function(
        "([piece, before]) => piece.querySelector('svg').innerHTML !== before",
        arg=[piece.element_handle(), before],
    )
    assert problems + more == []
    page.close()


def test_search_finds_the_lesson(home, contexts):
    page = contexts["light"].new_page()
    page.goto(home + "search.html?q=softmax")
    page.wait_for_selector("#search-results li a")
    links = page.locator("#search-results li a").evaluate_all("all => all.map((a) => a.href)")
    assert any("06_derive_the_gradient_for_classes" in link for link in links)
    page.close()


def test_every_figure_has_its_sentence_instead(home, contexts):
    page, _ = opened(contexts["light"], home + "notebooks/08_train_with_sgd.html")
    figures = page.locator("figure.course-figure")
    assert figures.count() >= 5
    for figure in figures.all():
        caption = " ".join(figure.locator("figcaption").text_content().split())
        assert figure.locator("img").get_attribute("alt") == caption
    page.close()
