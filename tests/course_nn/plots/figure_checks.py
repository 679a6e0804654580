"""What the tests of the figures share: a small run, and what holds for every picture."""

import numpy as np

import course_nn as nn
from course_nn import plots

RNG = np.random.default_rng(0)
DATA = {"x": RNG.normal(size=(9, 2)), "y": np.arange(9) % 2}


def run(model, **options):
    options = {"batch_size": 4, "learning_rate": 0.5, "epochs": 3} | options
    return nn.train_minibatch(model.loss, DATA, **options)


def state_of(graph):
    return [(thing, dict(vars(thing))) for thing in (graph, *graph.everything)]


def assert_unchanged(before):
    for thing, state in before:
        assert vars(thing).keys() == state.keys()
        assert all(vars(thing)[name] is value for name, value in state.items())


def texts_of(picture):
    from matplotlib.text import Text

    return [t.get_text() for t in picture.figure.findobj(Text) if t.get_text()]


def assert_sound(draw):
    """What holds for every picture; `draw()` makes it anew."""
    picture = draw()
    assert isinstance(picture, plots.Picture)
    assert picture.sentence.endswith(".") and not picture.sentence.endswith("..")
    assert "\n" not in picture.sentence and "nan" not in picture.sentence
    assert repr(picture) == picture.sentence
    png = picture.png()
    assert png.startswith(b"\x89PNG")
    assert png == draw().png(), "the same picture, drawn again, has the same bytes"
    return picture


def assert_text_fits(picture):
    """No text of the graph sticks out of its figure or its box, or lies on another text."""
    from matplotlib.patches import FancyBboxPatch

    figure = picture.figure
    figure.canvas.draw()
    (axes,) = figure.axes
    boxes = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    boxes = [box.get_window_extent() for box in boxes]
    texts = [(text.get_text(), text.get_window_extent()) for text in axes.texts if text.get_text()]
    for i, first in enumerate(boxes):
        assert not any(first.overlaps(second) for second in boxes[:i])
    for i, (text, extent) in enumerate(texts):
        for end in (extent.min, extent.max):
            assert figure.bbox.contains(*end), f"{text} is cut off"
        inside = [b for b in boxes if b.contains(*((extent.min + extent.max) / 2))]
        for box in inside:
            assert box.x0 <= extent.x0 and extent.x1 <= box.x1, f"{text} is wider than its box"
            assert box.y0 <= extent.y0 and extent.y1 <= box.y1, f"{text} is higher than its box"
        for other, place in texts[:i]:
            overlap = min(extent.y1, place.y1) - max(extent.y0, place.y0)
            side = min(extent.x1, place.x1) - max(extent.x0, place.x0)
            assert min(overlap, side) < 2, f"{text} lies on {other}"
