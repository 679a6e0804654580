"""What every piece must hold in a browser: keys, themes, narrow pages, no scripts, axe."""

import pytest
from every_piece import PIECES
from pages_with_pieces import exported

pytestmark = pytest.mark.long

every_piece = pytest.mark.parametrize("make", PIECES)
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
PAPER = "getComputedStyle(document.querySelector('[id^=piece-]')).backgroundColor"
CONTROLS = "input, button, select, textarea, [tabindex], a[href]"


def axe_finds(page):
    """What axe has to say about the pieces of this page."""
    from axe_playwright_python.sync_playwright import Axe  # `run.py test --long` installs it

    found = Axe().run(page, context='[aria-label][id^="piece-"]')
    return [
        f"{each['id']}: {node['html'][:80]}"
        for each in found.response["violations"]
        for node in each["nodes"]
    ]


def assert_nothing_is_wider(page):
    """Nothing of a piece stands out of it, or must be moved sideways."""
    wide = page.evaluate(
        """[...document.querySelectorAll('[id^="piece-"], [id^="piece-"] *')]
          .filter((n) => !n.closest('svg svg') && n.getBoundingClientRect().width > 0)
          .filter((n) => { const piece = n.closest('[id^="piece-"]').getBoundingClientRect();
            const own = n.getBoundingClientRect();
            return own.left < piece.left - 1 || own.right > piece.right + 1
              || own.right > innerWidth || n.scrollWidth > n.clientWidth + 1 && n.clientWidth > 0
                 && n instanceof HTMLElement && n.tagName !== 'INPUT'; })
          .map((n) => n.outerHTML.slice(0, 90))"""
    )
    assert wide == []


def contrast_of_texts(page):
    """The smallest contrast between a text of a live picture and its paper (axe sees no SVG)."""
    return page.evaluate(
        """(() => {
          const light = (colour) => { const [r, g, b] = colour.match(/\\d+/g).slice(0, 3)
            .map((v) => v / 255)
            .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
          const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          const pictures = [...document.querySelectorAll('[id^="piece-"] .live svg')]
            .filter((svg) => !svg.parentElement.closest('svg'));
          const seen = pictures.flatMap((svg) => {
            const paper = light(getComputedStyle(svg.querySelector('.paper')).fill);
            return [...svg.querySelectorAll('text')]
              .map((t) => ratio(light(getComputedStyle(t).fill), paper)); });
          return Math.min(...seen); })()"""
    )


# --- the exported page ----------------------------------------------------------------------------


@every_piece
@pytest.mark.parametrize("width", [390, 800])
@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_and_all_of_it_fits(make, theme, width, new_page, tmp_path):
    page = new_page(width=width)
    page.goto(exported(tmp_path / "page.html", make(), theme=theme))
    page.locator("[role=status]").wait_for()
    assert axe_finds(page) == []
    assert contrast_of_texts(page) >= 4.5
    assert_nothing_is_wider(page)
    paper = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 17, 17)"}[theme]
    assert page.evaluate(PAPER) == paper


@every_piece
def test_where_scripts_are_off_there_is_a_picture_with_words_and_nothing_dead(
    make, new_page, tmp_path
):
    page = new_page(width=390, java_script_enabled=False)
    piece = make()
    page.goto(exported(tmp_path / "page.html", piece))
    group = page.locator("[id^=piece-]")
    assert group.locator("img").is_visible()
    assert len(group.locator("img").get_attribute("alt").split()) > 8
    assert group.locator("figcaption").inner_text() == piece.sentence
    assert group.locator(CONTROLS).count() == 0


@every_piece
def test_the_static_picture_is_a_picture(make, new_page, tmp_path):
    page = new_page()
    page.goto(exported(tmp_path / "page.html", make()))
    assert page.evaluate("document.querySelector('[id^=piece-] img').naturalWidth") == 480


@every_piece
def test_the_same_piece_twice_and_another_one_do_not_disturb_each_other(make, new_page, tmp_path):
    page = new_page()
    others = [other() for other in PIECES]
    page.goto(exported(tmp_path / "page.html", make(), *others, make()))
    groups = page.locator("[id^=piece-]")
    before = [groups.nth(i).locator("[role=status]").text_content() for i in range(groups.count())]
    assert groups.count() == len(others) + 2
    groups.first.locator("button").first.click()
    after = [groups.nth(i).locator("[role=status]").text_content() for i in range(groups.count())]
    assert after[0] != before[0] and after[1:] == before[1:]


@every_piece
def test_every_control_is_reached_and_worked_by_keys(make, new_page, tmp_path):
    page = new_page()
    page.goto(exported(tmp_path / "page.html", make(), template="basic"))
    controls = page.locator(f"[id^=piece-] :is({CONTROLS})")
    seen = []
    for _ in range(controls.count()):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        seen.append(focused.evaluate("node => node.outerHTML"))
        assert focused.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
        words = page.locator("[role=status]").text_content()
        if focused.evaluate("node => node.type") == "range":
            page.keyboard.press("ArrowRight")
            assert page.locator("[role=status]").text_content() != words
        if focused.evaluate("node => node.tagName") == "BUTTON":
            page.keyboard.press("Space")
            assert page.locator(":focus").evaluate("node => node.tagName") == "BUTTON"
    assert len(set(seen)) == controls.count() > 2


@every_piece
def test_in_print_the_picture_and_the_words_are_there_and_the_controls_are_not(
    make, new_page, tmp_path
):
    page = new_page(width=700)
    page.goto(exported(tmp_path / "page.html", make(), theme="dark"))
    page.locator("[role=status]").wait_for()
    page.emulate_media(media="print")
    assert page.locator("[id^=piece-] svg").first.is_visible()
    assert page.locator("[id^=piece-] [role=status]").is_visible()
    assert not page.locator("[id^=piece-] button").first.is_visible()
    assert page.evaluate(PAPER) == "rgb(255, 255, 255)"
    assert_nothing_is_wider(page)


def test_nothing_is_fetched(new_page, tmp_path):
    page = new_page()
    asked = []
    page.goto(exported(tmp_path / "empty.html"))
    page.on("request", lambda request: asked.append(request.url))
    piece = PIECES[0]()
    page.set_content(f"<!doctype html><main>{piece.html}</main>")
    page.locator("[role=status]").wait_for()
    page.locator("button").first.click()
    assert [url for url in asked if not url.startswith("data:")] == []


# --- JupyterLab -----------------------------------------------------------------------------------


def cells(page):
    return page.evaluate("document.querySelectorAll('.jp-Notebook .jp-Cell').length")


@every_piece
def test_in_jupyterlab_no_key_of_a_piece_reaches_the_notebook(make, lab, new_page):
    """With the focus on each control: d d would delete the cell, a and b insert one, x cut it."""
    page = new_page(width=1200)
    lab.put("keys.ipynb", make())
    lab.open(page, "keys.ipynb")
    page.wait_for_function("document.querySelectorAll('.jp-Notebook .jp-Cell').length == 2")
    controls = page.locator(f"[id^=piece-] :is({CONTROLS})")
    for i in range(controls.count()):
        controls.nth(i).focus()
        for key in ("d", "d", "a", "b", "x", "y", "m", "ArrowUp", "ArrowDown", "k", "j"):
            page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert cells(page) == 2
    assert page.locator("[id^=piece-]").count() == 1


@pytest.mark.all
def test_a_key_that_reaches_the_notebook_is_seen(lab, new_page):
    page = new_page(width=1200)
    piece = PIECES[0]()
    assert "event.stopPropagation()" in piece.html
    piece.html = piece.html.replace("event.stopPropagation()", "null")
    lab.put("lost.ipynb", piece)
    lab.open(page, "lost.ipynb")
    page.locator("[id^=piece-] button").first.focus()
    for key in "dd":
        page.keyboard.press(key)
    page.wait_for_function("document.querySelectorAll('.jp-Notebook .jp-Cell').length == 1")


@every_piece
@pytest.mark.parametrize("theme", THEMES)
def test_in_jupyterlab_axe_finds_nothing(make, theme, lab, new_page):
    lab.use_theme(THEMES[theme])
    page = new_page(width=1200)
    lab.put("axe.ipynb", make())
    lab.open(page, "axe.ipynb")
    page.locator("[role=status]").wait_for()
    is_light = "document.body.dataset.jpThemeLight"
    page.wait_for_function(f"{is_light} === '{str(theme == 'light').lower()}'")
    assert axe_finds(page) == []
    assert contrast_of_texts(page) >= 4.5
    left = "nodes => [...new Set(nodes.map((node) => node.getBoundingClientRect().left))]"
    firsts = page.locator("[id^=piece-] :is(p, .piece-row > :first-child)")
    assert len(firsts.evaluate_all(left)) == 1  # no rule of JupyterLab pushes one to the right


@every_piece
def test_in_jupyterlab_untrusted_there_is_a_picture_with_words_and_nothing_dead(
    make, lab, new_page
):
    page = new_page(width=1200)
    piece = make()
    lab.put("untrusted.ipynb", piece, trusted=False)
    lab.open(page, "untrusted.ipynb")
    output = page.locator(".jp-OutputArea-output").first
    assert output.locator("img").is_visible()
    assert output.locator("figcaption").inner_text() == piece.sentence
    assert output.locator(CONTROLS.replace("[tabindex], ", "")).count() == 0
    assert output.locator("script, svg").count() == 0


@pytest.mark.all
def test_what_axe_would_find_is_found(new_page, tmp_path):
    page = new_page()
    piece = PIECES[0]()
    page.goto(exported(tmp_path / "page.html", piece))
    page.locator("[role=status]").wait_for()
    page.evaluate("document.querySelector('[id^=piece-] label span').remove()")
    assert any(found.startswith("label") for found in axe_finds(page))
