"""What holds for all figures: how they are saved and shown, colours, what is refused."""

import base64
import logging
import re
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from notebook_guards.figures import read_pixels

from course_nn import plots
from course_nn.plots import network, picture, walkthrough


def test_a_picture_is_saved_as_png(model, tmp_path):
    picture, path = plots.graph(model.graph), tmp_path / "größe.png"
    picture.save(path)
    assert path.read_bytes() == picture.png()
    assert b"Matplotlib version" in picture.png(), "the guard of the figures asks who drew it"


class Page(HTMLParser):
    """What a page has of a figure: the attributes of each tag, and the words of its caption."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.caption = {}, ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        assert tag not in self.tags, f"<{tag}> is there twice"
        self.tags[tag] = dict(attributes)

    def handle_data(self, data):
        if list(self.tags)[-1] == "figcaption":
            self.caption += data


def test_a_notebook_shows_the_picture_with_its_sentence_once(model, monkeypatch, capsys):
    display = pytest.importorskip("IPython.display")
    shown = []
    monkeypatch.setattr(display, "display", lambda data, raw: shown.append((data, raw)))
    picture = plots.graph(model.graph)
    picture._ipython_display_()
    assert shown == [({"text/html": picture.html(), "text/plain": picture.sentence}, True)]
    assert capsys.readouterr().out == ""


def test_in_html_the_sentence_is_the_caption_and_the_picture_an_svg(model):
    title = "a < b & \"c\" 'd'"
    picture = plots.Picture(plots.graph(model.graph, title=title).figure, 'Is 1 < 2 & "so" on?')
    page = Page(picture.html())
    assert list(page.tags) == ["style", "figure", "img", "figcaption"]
    assert page.caption.strip() == picture.sentence
    assert page.tags["img"]["alt"] == f"{title}: figure, described below"
    kind, data = page.tags["img"]["src"].split(",")
    assert kind == "data:image/svg+xml;base64" and base64.b64decode(data) == picture.svg()
    focus = [page.tags[tag].get("tabindex") for tag in ("figure", "img", "figcaption")]
    assert focus == ["0", "-1", "-1"], "the arrows scroll it; a click leaves JupyterLab its keys"
    assert page.tags["figure"]["data-lm-suppress-shortcuts"] == "true"
    assert "script" not in picture.html() and " id=" not in picture.html()


@pytest.mark.long
def test_a_figure_is_called_by_its_title_or_its_axes():
    def called(draw):
        figure = Figure()
        draw(figure)
        return Page(plots.Picture(figure, "A sentence.").html()).tags["img"]["alt"]

    def with_axes(**names):
        return lambda figure: figure.add_subplot().set(**names)

    def many(figure):
        figure.suptitle("digits")
        for place, axes in enumerate(figure.subplots(1, 3)):
            axes.set_title(str(place))

    below = "figure, described below"
    assert called(lambda figure: None) == below.capitalize()
    assert called(with_axes(title="Loss", xlabel="x", ylabel="y")) == f"Loss: {below}"
    assert called(with_axes(xlabel="epoch", ylabel="loss")) == f"loss against epoch: {below}"
    assert called(with_axes(xlabel="epoch")) == below.capitalize()
    assert called(many) == f"digits: {below}"
    parts = called(lambda figure: [each.set(xlabel="x", ylabel="y") for each in figure.subplots(3)])
    assert parts == below.capitalize(), "a part is not the whole"
    many_titles = called(lambda figure: [figure.add_subplot(1, 2, i, title=i) for i in (1, 2)])
    assert many_titles == below.capitalize()


@pytest.mark.parametrize("size", [5, 8, 10, 14])
def test_in_a_narrow_window_the_smallest_letters_are_read(size):
    """And a wide one does not make the picture larger than it is."""
    figure = Figure(figsize=(6, 3))
    figure.text(0.1, 0.1, "small", fontsize=size)
    figure.text(0.5, 0.5, "large", fontsize=20)
    image = Page(plots.Picture(figure, "A sentence.").html()).tags["img"]
    assert image["width"] == "576"
    css = r"min-width: min\((\d+)px, max\(0px, \((\d+)px - 100%\) \* 999\)\)"
    scrolls, whole = map(int, re.fullmatch(css, image["style"]).groups())
    for least, smallest in ((scrolls, 9), (whole, 7)):
        letters = size * 96 / 72 * least / 576
        assert letters == pytest.approx(min(smallest, size * 96 / 72), abs=0.02)


def test_an_svg_is_the_same_each_time_and_needs_no_font(model):
    picture = plots.graph(model.graph, title="title")
    svg = picture.svg()
    assert svg == picture.svg() == plots.graph(model.graph, title="title").svg()
    ElementTree.fromstring(svg)
    assert b"<text" not in svg and b"date>" not in svg and b"Matplotlib v" in svg


@pytest.mark.long
def test_a_shortened_svg_shows_the_same(model, monkeypatch):
    """Its numbers have two decimals less, but the factors: the letters stay as large."""
    pixels = read_pixels(plots.graph(model.graph, title="title").svg())
    monkeypatch.setattr(re, "sub", lambda pattern, new, text, **options: text)
    whole = read_pixels(plots.graph(model.graph, title="title").svg())
    assert np.sqrt(np.mean((pixels - whole) ** 2)) < 1
    assert (pixels < 100).any()


def contrast(colour, ground):
    """By the guidelines for accessible content: 4.5 or more is read."""

    def light(colour):
        parts = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in colour[:3]]
        return np.dot(parts, [0.2126, 0.7152, 0.0722])

    dark, bright = sorted(light(to_rgba(each)) for each in (colour, ground))
    return (bright + 0.05) / (dark + 0.05)


def contrasts_of(picture):
    """The contrast of each text of a graph with the box in which it stands, or with the paper."""
    (axes,) = picture.figure.axes
    picture.figure.canvas.draw()
    boxes = [box for box in axes.patches if isinstance(box, FancyBboxPatch)]
    for text in axes.texts:
        if text.get_text():
            extent = text.get_window_extent()
            middle = (extent.min + extent.max) / 2
            under = [b.get_facecolor() for b in boxes if b.get_window_extent().contains(*middle)]
            yield contrast(text.get_color(), (under or ["white"])[0])


@pytest.mark.long
def test_numbers_are_read_on_their_boxes(model, monkeypatch):
    x = np.ones((2, 2))
    model.graph.Forward(x=x, y=[0, 1])
    model.graph.Backward(model.loss)
    assert min(contrasts_of(plots.graph(model.graph))) >= 4.5
    grounds = ["white", *walkthrough.FACES.values()]
    colours = [plots.VALUE, plots.GRADIENT, walkthrough.GREY]
    assert min(contrast(c, ground) for c in colours for ground in grounds) >= 4.5

    monkeypatch.setattr(network, "GRADIENT", plots.COLOURS[1])  # as it was
    assert 3.3 < min(contrasts_of(plots.graph(model.graph))) < 3.6


def test_colours_are_those_of_okabe_and_ito():
    assert len(set(plots.COLOURS)) == 7 <= len(plots.COLOURS)
    assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in plots.COLOURS)


def test_drawing_does_not_touch_pyplot(model):
    """No figure is left open, to be shown a second time."""
    from matplotlib import pyplot

    before = pyplot.get_fignums()
    plots.graph(model.graph).png()
    assert pyplot.get_fignums() == before


@pytest.mark.parametrize("wrong", ["model", None, 3, [1]])
def test_what_is_no_graph_and_no_history_is_refused(wrong):
    with pytest.raises(TypeError, match="A graph or a node of it is needed"):
        plots.graph(wrong)
    with pytest.raises(TypeError, match="loss_curves needs a History, or several by name"):
        plots.loss_curves(wrong)
    with pytest.raises(TypeError, match="loss_curves needs a History, or several by name"):
        plots.loss_curves({"SGD": wrong})


def test_that_fonts_are_looked_for_is_not_told(caplog):
    """Matplotlib says so where it runs for the first time, at each start in a browser."""
    told = logging.getLogger("matplotlib.font_manager")

    class Loud:
        """Stands for the module that is imported."""

        def find_spec(self, name, path=None, target=None):
            if name == "matplotlib.font_manager":
                told.warning("Matplotlib is building the font cache; this may take a moment.")

    kept = sys.modules.pop("matplotlib.font_manager")
    sys.meta_path.insert(0, Loud())
    level = told.level
    try:
        picture._import_quietly()
        assert not caplog.messages
        assert told.level == level
        sys.modules.pop("matplotlib.font_manager")
        import matplotlib.font_manager  # noqa: F401
    finally:
        del sys.meta_path[0]
        sys.modules["matplotlib.font_manager"] = kept
        sys.modules["matplotlib"].font_manager = kept
    assert len(caplog.messages) == 1, "it would have been told"
