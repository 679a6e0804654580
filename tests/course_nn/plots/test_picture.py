"""What holds for all figures: how they are saved and shown, colours, what is refused."""

import re

import pytest

from course_nn import plots


def test_a_picture_is_saved_as_png(model, tmp_path):
    picture, path = plots.graph(model.graph), tmp_path / "größe.png"
    picture.save(path)
    assert path.read_bytes() == picture.png()
    assert b"Matplotlib version" in picture.png(), "the guard of the figures asks who drew it"


def test_a_notebook_shows_the_picture_and_prints_its_sentence(model, monkeypatch, capsys):
    display = pytest.importorskip("IPython.display")
    shown = []
    monkeypatch.setattr(display, "display", lambda data, raw: shown.append((data, raw)))
    picture = plots.graph(model.graph)
    picture._ipython_display_()
    assert shown == [({"image/png": picture.png(), "text/plain": picture.sentence}, True)]
    assert capsys.readouterr().out == picture.sentence + "\n"


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
