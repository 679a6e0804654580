"""What every piece must hold as a piece of a page; the rest is tried in a browser (--long)."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest
from every_piece import PIECES
from notebook_guards.rules import StoredNotebook, find_problems
from pages_with_pieces import notebook_with

import course_nn as nn
from course_nn.plots.pieces.axes import Axes, steady, ticks
from course_nn.plots.pieces.piece import Piece

ROOT = Path(__file__).resolve().parents[4]
FILES = ROOT / "course_nn" / "plots" / "pieces"
ADDRESS = "data:image/svg+xml;charset=utf-8,"
every_piece = pytest.mark.parametrize("make", PIECES)


class Page(HTMLParser):
    """Reads the HTML as a browser does, and refuses a tag that is not closed."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.attributes, self.ids = [], [], [], []
        self.texts = {"style": "", "script": "", "figcaption": ""}
        self.feed(html)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *each) for each in attributes]
        self.ids += [value for name, value in attributes if name == "id"]
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}>"

    def handle_data(self, data):
        if self.open and self.open[-1] in self.texts:
            self.texts[self.open[-1]] += data


def assert_stands_alone(html):
    """One id, rules of style for it alone, no control, one script, nothing from elsewhere."""
    page = Page(html)
    (key,) = page.ids
    rules = re.sub(r"@media \w+ \{((?:[^{}]*\{[^{}]*\})*)\s*\}", r"\1", page.texts["style"])
    for selectors in re.findall(r"([^{}]+)\{", rules):
        for selector in selectors.split(","):
            assert re.search(rf"#{key}(?![\w-])", selector), f"for the whole page: {selector}"
    assert page.tags == ["div", "style", "p", "b", "figure", "img", "figcaption", "script"]
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    (address,) = [value for _, name, value in page.attributes if name == "src"]
    assert address.startswith(ADDRESS)
    assert not re.search(r"https?:(?!//www\.w3\.org/2000/svg)|@import|url\(|fetch\(|import\(", html)
    assert "getElementById" not in html and key not in page.texts["script"]


@every_piece
def test_it_stands_alone(make):
    assert_stands_alone(make().html)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("</figure>", ""),
        ("<figure>", "<figure id='x'>"),
        ("<figure>", "<figure onclick='x()'>"),
        ("</figure>", "<button>dead</button></figure>"),
        ("<style>", "<style>p { margin: 0 }"),
        ("<style>", "<style>@import 'x.css';"),
        ("data:image", "https://example.org/image"),
        ('"use strict";', "fetch('x');"),
        ('"use strict";', "document.getElementById('x');"),
    ],
)
def test_what_does_not_stand_alone_is_noticed(right, wrong):
    html = PIECES[0]().html
    assert right in html
    with pytest.raises((AssertionError, ValueError)):
        assert_stands_alone(html.replace(right, wrong, 1))


@every_piece
def test_picture_and_sentence_come_first_and_say_what_is_shown(make):
    piece = make()
    page = Page(piece.html)
    assert page.tags.index("figcaption") < page.tags.index("script")
    assert page.texts["figcaption"] == piece.sentence == repr(piece)
    (alternative,) = [value for _, name, value in page.attributes if name == "alt"]
    assert len(re.findall(r"[^\W\d_]+", alternative)) > 8
    (address,) = [value for _, name, value in page.attributes if name == "src"]
    svg = ElementTree.fromstring(unquote(address.removeprefix(ADDRESS)))
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"


@every_piece
def test_a_notebook_shows_it_and_its_guards_accept_it(make, monkeypatch):
    display = pytest.importorskip("IPython.display")
    shown = []
    monkeypatch.setattr(display, "display", lambda data, raw: shown.append((data, raw)))
    piece = make()
    piece._ipython_display_()
    assert shown == [({"text/html": piece.html, "text/plain": piece.sentence}, True)]
    import nbformat

    notebook = notebook_with(piece, after="1")
    notebook.cells[0].source, notebook.cells[1].execution_count = "piece", 2
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell("# Move it", id="title"))
    notebook.metadata.language_info = {"name": "python"}
    problems = find_problems(StoredNotebook.parse(Path("x.ipynb"), nbformat.writes(notebook)))
    assert problems == []


@every_piece
def test_its_id_is_the_same_each_time_and_another_ones_is_another(make):
    (key,) = Page(make().html).ids
    assert Page(make().html).ids == [key]
    assert len({*(Page(other().html).ids[0] for other in PIECES)}) == len(PIECES)


def test_what_stands_in_the_data_does_not_end_the_script():
    words = "</script><!-- <script> \u2028 'quoted' \"twice\" \\"
    piece = Piece(
        title=words,
        sentence=words,
        picture=Axes((0, 1), (0, 1), words, words).svg(),
        alternative=words,
        data={"words": words, "number": 0.1},
        scripts=(),
    )
    assert_stands_alone(piece.html)
    assert Page(piece.html).texts["figcaption"] == words
    with pytest.raises(ValueError, match="JSON"):
        Piece(title="", sentence="", picture="", alternative="", data={"x": np.inf}, scripts=())


@pytest.mark.parametrize("path", sorted(FILES.glob("*.js")), ids=lambda path: path.name)
def test_a_script_may_stand_in_a_page(path):
    """Nothing in it ends the script or hides it; no address, no key is listened to but once."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"</|<!--|https?:(?!//www\.w3\.org/2000/svg)|\beval\b|innerHTML", text)
    assert ("keydown" in text) is (path.name == "piece.js")
    assert all(len(line) <= 110 for line in text.splitlines())
    assert text.startswith("// ")  # a title says what the file is for


@pytest.mark.all
def test_the_bytes_are_the_same_in_every_run():
    source = (
        "import sys; sys.modules['matplotlib'] = None\n"  # and Matplotlib is not needed
        "from every_piece import PIECES\n"
        "sys.stdout.buffer.write(''.join(make().html for make in PIECES).encode())"
    )
    pages = set()
    for seed in ("0", "1"):
        paths = os.pathsep.join(map(str, (ROOT, Path(__file__).parent)))
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths}
        run = subprocess.run([sys.executable, "-c", source], env=environment, capture_output=True)
        assert run.returncode == 0, run.stderr.decode()
        pages.add(run.stdout)
    assert pages == {"".join(make().html for make in PIECES).encode()}


# --- the static picture ---------------------------------------------------------------------------


def test_coordinates_do_not_flip_between_processors():
    """Those of round numbers lie on borders: there a last bit would decide."""
    for border in (10.25, 0.05, 299.95, 7.5, 12.0):
        assert steady(border) == steady(np.nextafter(border, 1e9)) == steady(border - 1e-12)


def test_what_rounding_alone_would_do():
    assert f"{10.25 + 1e-12:.1f}" != f"{10.25 - 1e-12:.1f}"


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (-2.5, 5.5, ["−2", "0", "2", "4"]),
        (-1e-3, 1e-3, ["−0.0010", "−0.0005", "0.0000", "0.0005", "0.0010"]),
        (0, 4e6, ["0.0e+00", "1.0e+06", "2.0e+06", "3.0e+06", "4.0e+06"]),
    ],
)
def test_ticks_are_round_numbers(low, high, words):
    found = ticks(low, high, 6)
    assert [text for _, text in found] == words
    for value, text in found:
        assert abs(float(text.replace("−", "-")) - value) < 1e-9 * (high - low)


def test_what_is_drawn_stands_where_its_numbers_are():
    axes = Axes((0, 10), (0, 4), "weight < 1", "loss")
    axes.curve([0, 5, 6, 10], [0, 4, np.nan, 2], "value", dashed=True)
    axes.point(5, 2, "plain", "a < b")
    axes.text(5, 2, "here", anchor="end")
    svg = ElementTree.fromstring(axes.svg())
    inner = svg.find("{*}svg")
    path, circle = inner.find("{*}path"), inner.find("{*}circle")
    assert path.get("d") == "M64 252L266 12M468 132" and path.get("stroke-dasharray")
    assert (circle.get("cx"), circle.get("cy")) == ("266", "132")
    assert [text.text for text in inner.findall("{*}text")] == ["a < b", "here"]
    assert {"weight < 1", "loss"} <= {text.text for text in svg.findall("{*}text")}


def test_a_place_far_outside_stays_a_number_that_browsers_draw():
    axes = Axes((0, 1), (0, 1), "x", "y")
    axes.curve([0, 1], [1e300, -1e300], "plain")
    assert "5000" in axes.svg() and "e+" not in axes.svg()


def test_it_is_no_array():
    with pytest.raises(TypeError, match=r"\.html and \.sentence"):
        nn.show("piece", PIECES[0]())
