"""What the site is made of: pages, folds, pictures with their sentences, links, docstrings."""

import inspect
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

import build_site
import pytest
from course_site import api, build, contents, docstrings, links, mathjax, npm
from course_site.notebook_page import figures_described, page_of_notebook
from course_site.problems import SiteFailed
from course_site.ways_to_run import ways_to_run

ROOT = Path(__file__).resolve().parents[3]
PLACE = PurePosixPath("notebooks/01_one.ipynb")


def cell(kind, text, *, tags=(), hidden=False, outputs=()):
    metadata = {"tags": list(tags)} if tags else {}
    if hidden:
        metadata["jupyter"] = {"source_hidden": True}
    made = {"cell_type": kind, "metadata": metadata, "source": text}
    return made | ({"outputs": list(outputs), "execution_count": 1} if kind == "code" else {})


def notebook(*cells):
    whole = {"cells": [cell("markdown", "# Title\n\nText."), *cells], "metadata": {}}
    return json.dumps(whole | {"nbformat": 4, "nbformat_minor": 5}).encode()


def made(*cells, place=PLACE):
    """The cells of a page, after that with the title."""
    return json.loads(page_of_notebook(notebook(*cells), place, "<p>ways</p>"))["cells"][1:]


def tags(made_cell):
    return made_cell["metadata"]["tags"]


PRINTED = {"output_type": "stream", "name": "stdout", "text": "3\n"}


def shown(**data):
    return {
        "output_type": "display_data",
        "metadata": {},
        "data": {key.replace("_", "/").replace("svg", "svg+xml"): data[key] for key in data},
    }


# ------------------------------------------------------------------ which pages there are


def write(tree, place, title="Title"):
    path = tree / place
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f"# {title}\n\n**Time:** 5 minutes.\n"
    if path.suffix == ".ipynb":
        whole = {"cells": [cell("markdown", text)], "metadata": {}, "nbformat": 4}
        text = json.dumps(whole | {"nbformat_minor": 5})
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def tree(tmp_path):
    write(tmp_path, "notebooks/00_start.ipynb", "Start")
    write(tmp_path, "notebooks/appendix.ipynb", "Appendix")
    return tmp_path


def parts(tree, **options):
    return {
        part.title: [page.name for page in part.pages]
        for part in contents.parts_of(tree, **options)
    }


def test_file_in_its_place_is_a_page(tree):
    before = parts(tree)
    assert before == {"Lessons": ["notebooks/00_start"], "To look up": ["notebooks/appendix"]}
    for place in (
        "notebooks/01_next.ipynb",
        "notebooks/further/new.ipynb",
        "notebooks/workbook/problems.ipynb",
        "notebooks/homework/hw9.ipynb",
        "notebooks/lab_hours/first.ipynb",
        "docs/hubs.md",
        "notebooks/.ipynb_checkpoints/00_start.ipynb",  # and this is none
    ):
        write(tree, place)
    assert parts(tree) == {
        "Lessons": ["notebooks/00_start", "notebooks/01_next"],
        "Further lessons": ["notebooks/further/new"],
        "Workbook": ["notebooks/workbook/problems"],
        "Homework": ["notebooks/homework/hw9"],
        "Lab hours": ["notebooks/lab_hours/first"],
        "To look up": ["notebooks/appendix"],
        "How to": ["docs/hubs"],
    }


def test_page_has_its_title_and_time(tree):
    lessons = contents.parts_of(tree)[0]
    assert [(page.title, page.time) for page in lessons.pages] == [("00 Start", "5 minutes")]


# instructors: begin
def test_pages_for_instructors_are_only_in_their_site(tree):
    texts = ("homework/README.md", "course_grading/exams/README.md", "teaching/week_1.md")
    for place in (*texts, "homework/source/hw1/hw1.ipynb"):
        write(tree, place)
    assert "For instructors" not in parts(tree)
    assert parts(tree, instructors=True)["For instructors"] == [
        "homework/README",
        "course_grading/exams/README",
        "teaching/week_1",
        "homework/source/hw1/hw1",
    ]


# instructors: end
def test_notebook_without_a_title_and_a_folder_without_lessons_are_refused(tree):
    (tree / "notebooks/further").mkdir()
    (tree / "notebooks/further/x.ipynb").write_text('{"cells": []}', encoding="utf-8")
    with pytest.raises(SiteFailed, match=r"further/x\.ipynb has no title"):
        contents.parts_of(tree)
    (tree / "notebooks/further/x.ipynb").write_text("no notebook", encoding="utf-8")
    with pytest.raises(SiteFailed, match=r"x\.ipynb is no whole notebook"):
        contents.parts_of(tree)
    (tree / "notebooks/00_start.ipynb").unlink()
    with pytest.raises(SiteFailed, match="There are no lessons"):
        contents.parts_of(tree)


# ------------------------------------------------------------------ folds


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("answer = ...\nquestions.q1.check(answer)", "exercise"),
        ("questions.r2.check(recall_2)", "exercise"),
        ("questions.p1.predict(...)", "prediction"),
        ("questions.again()", "comes back"),
    ],
)
def test_cell_that_asks_is_folded_whole_but_not_in_homework(text, says):
    asks = cell("code", text, outputs=[PRINTED])
    (folded,) = made(asks)
    assert tags(folded) == ["hide-cell"]
    assert says in folded["metadata"]["mystnb"]["code_prompt_show"]
    (open_,) = made(asks, place=PurePosixPath("notebooks/homework/hw1.ipynb"))
    assert tags(open_) == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"tags": ["gated"], "outputs": [PRINTED]}, ["gated", "hide-output"]),
        ({"tags": ["gated"]}, ["gated"]),
        ({"hidden": True, "outputs": [PRINTED]}, ["hide-input"]),
        ({"hidden": True, "tags": ["gated"], "outputs": [PRINTED]},
         ["gated", "hide-output", "hide-input"]),
        ({"outputs": [PRINTED]}, []),
    ],
)  # fmt: skip
def test_what_comes_behind_a_prediction_and_folded_code_are_folded(options, expected):
    assert tags(made(cell("code", "x = 1", **options))[0]) == expected


def test_text_behind_a_prediction_is_folded_and_others_are_not():
    gated, other = made(cell("markdown", "It is 3.", tags=["gated"]), cell("markdown", "It is 4."))
    assert "<details>" in gated["source"] and "It is 3." in gated["source"]
    assert other["source"] == "It is 4."


def test_outputs_stay_as_they_are_stored():
    (kept,) = made(cell("code", "print(3)", outputs=[PRINTED]))
    assert kept["outputs"] == [PRINTED]


def test_cell_that_only_sets_up_is_not_read():
    sets_up = cell("code", "install()") | {"id": "first-cell"}
    (other,) = made(sets_up, cell("code", "x = 1"))
    assert other["source"] == "x = 1"


# ------------------------------------------------------------------ pictures


FIGURE = (
    '<figure><img alt="Loss: figure, described below" src="data:image/svg+xml;base64,eA==">'
    '<figcaption tabindex="-1">The loss falls &amp; stays <b>low</b>.</figcaption></figure>'
)


def test_figure_has_its_sentence_as_alternative_text_and_it_is_read_once():
    html = figures_described(FIGURE, "here")
    assert 'alt="The loss falls &amp; stays low."' in html
    assert '<figcaption tabindex="-1" aria-hidden="true">' in html
    assert figures_described(html, "here") == html


def test_bare_picture_gets_the_plain_text_of_its_output():
    output = shown(image_png="eA==\n", text_plain='A "bare" picture.')
    (page_cell,) = made(cell("code", "x", outputs=[output]))
    html = page_cell["outputs"][0]["data"]["text/html"]
    assert '<img alt="A &quot;bare&quot; picture." src="data:image/png;base64,eA==">' in html


@pytest.mark.parametrize(
    "output",
    [
        shown(image_png="eA==", text_plain="<Figure size 640x480 with 1 Axes>"),
        shown(image_svg="<svg/>"),
        shown(text_html='<img src="data:image/png;base64,eA==">', text_plain="x"),
    ],
)
def test_picture_without_a_sentence_is_refused(output):
    with pytest.raises(SiteFailed, match=r"01_one\.ipynb, cell 1: a picture"):
        made(cell("code", "x", outputs=[output]))


# ------------------------------------------------------------------ the ways to run it


def test_ways_to_run_stand_under_the_title():
    page = json.loads(page_of_notebook(notebook(), PLACE, ways_to_run(PLACE, notebook())))
    first, *_ = page["cells"]
    title, html = first["source"].split("\n\n")[:2]
    assert title == "# Title"
    assert 'href="01_one.ipynb" download' in html


# ------------------------------------------------------------------ links


@pytest.fixture
def small_site(tmp_path):
    pages = {
        "index.html": '<a href="a/x.html#here">x</a><img src="p.png"><script src="s.js"></script>',
        "a/x.html": '<p id="here"><a href="../index.html">up</a><a href="https://x.org">out</a></p>',
        "p.png": "",
        "s.js": "",
    }
    for place, text in pages.items():
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(text, encoding="utf-8")
    return tmp_path


def test_links_that_lead_somewhere_are_accepted(small_site):
    assert links.problems_of(small_site) == []


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ('<a href="a/y.html">', "a/y.html leads nowhere: there is no such file"),
        ('<a href="a/x.html#there">', "a/x.html#there leads nowhere: that page has no place"),
        ('<a href="#there">', "#there leads nowhere"),
        ('<a href="../../etc/passwd">', "leads nowhere"),
        ('<script src="https://x.org/s.js">', "fetches https://x.org/s.js from elsewhere"),
        ('<img src="//x.org/p.png">', "from elsewhere"),
        ('<link rel="stylesheet" href="https://x.org/s.css">', "from elsewhere"),
    ],
)
def test_link_that_leads_nowhere_or_fetches_elsewhere_is_named(small_site, wrong, named):
    page = small_site / "a" / "z.html"
    page.write_text(wrong.replace('"a/', '"../a/'), encoding="utf-8")
    (found,) = links.problems_of(small_site)
    assert found.startswith("a/z.html: ") and named in found


def test_notebook_that_the_browser_has_not_is_named(small_site):
    for place in ("run/lab/index.html", "run/files/00.ipynb"):
        (small_site / place).parent.mkdir(parents=True)
        (small_site / place).touch()
    page = small_site / "z.html"
    page.write_text('<a href="run/lab/index.html?path=00.ipynb">', encoding="utf-8")
    assert links.problems_of(small_site) == []
    page.write_text('<a href="run/lab/index.html?path=01.ipynb">', encoding="utf-8")
    (found,) = links.problems_of(small_site)
    assert "01.ipynb cannot be opened in the browser" in found


# ------------------------------------------------------------------ docstrings


def test_docstrings_of_the_module_are_in_their_style():
    documented = api.documented()
    assert len(documented) > 60
    assert docstrings.all_problems(documented) == []


def test_each_public_name_is_on_one_page():
    names = [name for names in api.topics().values() for name in names]
    assert len(names) == len(set(names))
    import course_nn as nn

    modules = {module.__name__.removeprefix("course_nn.") for module in api.modules()}
    assert set(names) | modules == set(nn.__all__)
    assert api.OTHERS not in api.topics(), "give it a topic in course_site/api.py"


def add(left, right):
    """Add them.

    Args:
        left: one.
        right: the other.

    Raises:
        TypeError, TrainingDiverged: no numbers.
    """


def test_docstring_in_the_style_is_accepted():
    assert docstrings.problems_of("add", add) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Args:\n    left: one.\n", "Args:\n", r"its Args are \['right'\]"),
        ("right: the other", "third: the other", r"\['left', 'third'\]"),
        ("right: the other.\n", "right: it.\n    more: it.\n", "'more'"),
        ("Add them.", "Add them", "no sentence"),
        ("TypeError, ", "Trouble, ", "stands 'Trouble', and that is no error"),
        ("Raises:", "Throws:", "called 'Throws'"),
        ("Raises:\n    TypeError, TrainingDiverged: no numbers.",
         "Raises:\n    TypeError: none.\n\nReturns:\n    int: x.", "another order"),
        ("Add them.", "", "no sentence"),
    ],
)  # fmt: skip
def test_docstring_out_of_style_is_named(old, new, problem):
    def wrong(left, right): ...

    text = inspect.cleandoc(add.__doc__)  # Python 3.13 has cleaned it already
    assert old in text
    wrong.__doc__ = text.replace(old, new)
    (found,) = docstrings.problems_of("wrong", wrong)
    assert re.search(problem, found)


def test_docstring_is_read_as_it_is_meant():
    text = "a*b, **kw and |x|, `c*d`; w_:\n\n    x = a * b\n\n* a point\n\nArgs:\n    a: b*c"
    written = docstrings.as_written(text.split("\n"))
    assert written[0] == r"a\*b, \*\*kw and \|x\|, `c*d`; w\_:"
    assert written[1:6] == ["", "::", "", "    x = a * b", ""]
    assert r"    a: b\*c" in written and "* a point" in written


# ------------------------------------------------------------------ the folder, and MathJax


def test_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(SiteFailed, match="holds something that this command has not built"):
        build.build(ROOT, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"
    with pytest.raises(SiteFailed, match="is a file"):
        build.check_out(tmp_path / "thesis.txt")


def test_earlier_site_is_replaced(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, text in ((old, "old"), (new, "new")):
        folder.mkdir()
        (folder / f"{text}.html").touch()
        build.write_marker(folder, build.EVERYBODY)
    build.check_out(old)
    build.replace(old, new)
    assert not (old / "old.html").exists() and (old / "new.html").exists()


@pytest.mark.parametrize(
    ("there", "asked"),
    [(build.EVERYBODY, build.INSTRUCTORS), (build.INSTRUCTORS, build.EVERYBODY)],
)
def test_neither_the_public_site_nor_the_instructors_takes_the_other_s_place(
    tmp_path, there, asked
):
    build.write_marker(tmp_path, there)
    build.check_out(tmp_path, there)
    with pytest.raises(SiteFailed, match=f"holds a site for {there}, and this one is for {asked}"):
        build.build(tmp_path / "no tree", tmp_path, instructors=asked == build.INSTRUCTORS)
    (tmp_path / build.MARKER).write_text("{}\n")
    with pytest.raises(SiteFailed, match="does not name"):
        build.check_out(tmp_path, asked)


@pytest.mark.parametrize("typo", ["--tr", "--pyod=x", "--ou=x", "--instructor"])
def test_an_option_is_not_guessed_from_its_first_letters(typo, monkeypatch):
    monkeypatch.setattr(build_site, "make", lambda options: pytest.fail("it was guessed"))
    with pytest.raises(SystemExit) as ended:
        build_site.main([typo])
    assert ended.value.code == 2


def folder_for(typed, monkeypatch):
    """The folder into which `run.py site` builds for these arguments."""
    asked = []
    monkeypatch.setattr(build_site, "make", asked.append)
    assert build_site.main(typed) == 0
    return asked[0].out


def test_the_site_goes_into_its_own_folder(monkeypatch, tmp_path):
    assert folder_for([], monkeypatch) == build_site.ROOT / "_site"
    assert folder_for(["--out", str(tmp_path)], monkeypatch) == tmp_path.resolve()


# instructors: begin
def test_the_instructors_site_goes_elsewhere_and_is_not_tracked(monkeypatch):
    folder = folder_for(["--instructors"], monkeypatch)
    assert folder == build_site.ROOT / "_site_instructors"
    ignored = (build_site.ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert f"/{folder.name}/" in ignored


# instructors: end


@pytest.fixture
def nothing_fetched(monkeypatch, tmp_path):
    monkeypatch.setattr(npm, "folder", lambda lists: tmp_path / "mathjax")


def test_want_of_npm_is_said_in_a_sentence(nothing_fetched, monkeypatch):
    monkeypatch.setattr(npm.shutil, "which", lambda name: None)
    with pytest.raises(SiteFailed, match=r"there is no npm here\. Install it"):
        mathjax.fetch()


def test_npm_that_fails_is_told_with_its_last_lines(nothing_fetched, monkeypatch, tmp_path):
    failing = tmp_path / "npm"
    failing.write_text("#!/bin/sh\necho 'npm error code EINTEGRITY' >&2\nexit 1\n")
    failing.chmod(0o755)
    monkeypatch.setattr(npm.shutil, "which", lambda name: str(failing))
    with pytest.raises(SiteFailed, match="EINTEGRITY\nnpm could not fetch MathJax"):
        mathjax.fetch()
    assert not (tmp_path / "mathjax" / "fetched").exists(), "the next run tries it again"


NPM = """#!/bin/sh
touch "$0-$$"
tries=0  # until the other one has begun, too
until [ $(ls "$0"-* | wc -l) = 2 ] || [ $((tries += 1)) = 6000 ]; do sleep 0.01; done
mkdir -p node_modules/mathjax
"""


def test_two_that_fetch_at_once_do_not_disturb_each_other(nothing_fetched, monkeypatch, tmp_path):
    fake = tmp_path / "npm"
    fake.write_text(NPM)
    fake.chmod(0o755)
    monkeypatch.setattr(npm.shutil, "which", lambda name: str(fake))
    (tmp_path / "mathjax").mkdir()  # the rest of one that was broken off
    with ThreadPoolExecutor() as pool:
        places = {each.result(60) for each in [pool.submit(mathjax.fetch) for _ in range(2)]}
    assert places == {tmp_path / "mathjax" / "node_modules" / "mathjax"}
    assert places.pop().is_dir()
    assert {path.name.partition("-")[0] for path in tmp_path.iterdir()} == {"npm", "mathjax"}


def test_mathjax_is_pinned_by_its_sha_512_and_by_no_address():
    lock = json.loads((mathjax.HERE / "package-lock.json").read_text(encoding="utf-8"))
    entry = lock["packages"]["node_modules/mathjax"]
    assert entry["integrity"].startswith("sha512-") and "resolved" not in entry
    wanted = json.loads((mathjax.HERE / "package.json").read_text(encoding="utf-8"))
    assert wanted["dependencies"] == {"mathjax": entry["version"]}
