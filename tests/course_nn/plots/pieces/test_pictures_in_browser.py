"""How wide a figure and a step-through are seen in a column, as a browser lays them out."""

import numpy as np
import pytest

import course_nn as nn

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def shown():
    """{what it is: its HTML}: the graph of lesson 07 and its step-through."""
    model = nn.two_hidden_layer_network(
        2, 3, 2, 2, activation="sigmoid", loss="squared_error", seed=4
    )
    data = {"x": np.array([[0.5, -1.0]]), "y": np.array([[1.0, 0.0]])}
    model.graph.Forward(**data)
    model.graph.Backward(model.loss)
    return {
        "graph": nn.plots.graph(model.graph, title="title").html(),
        "walk": nn.walk_through(model.loss, data, learning_rate=0.3).html,
    }


@pytest.mark.parametrize(
    ("what", "column", "is_whole"),
    [
        ("graph", 1200, True),
        ("graph", 748, True),  # JupyterLab in a window of 1200 pixels, with its list of files
        ("graph", 600, False),  # in one of 800
        ("walk", 748, True),
        ("walk", 670, True),  # nbconvert's page, 800 pixels wide
        ("walk", 344, False),  # 390
    ],
)
def test_it_is_seen_whole_or_scrolls_with_larger_letters(shown, what, column, is_whole, new_page):
    page = new_page(width=1400)
    page.set_content(f'<div style="width: {column}px">{shown[what]}</div>')
    picture = page.locator("img:visible").first
    box = "figure" if what == "graph" else "ol"
    inside, room = page.evaluate(
        f"(() => {{ const e = document.querySelector('{box}');"
        "return [e.scrollWidth, e.clientWidth]; })()"
    )
    full = picture.evaluate("image => image.naturalWidth")
    width = picture.bounding_box()["width"]
    assert (inside <= room) == is_whole
    letters = 8 * 96 / 72 if what == "graph" else 13
    smallest = letters * width / full
    assert smallest >= 7 if is_whole else smallest == pytest.approx(9, abs=0.05)
    assert width <= full + 1
