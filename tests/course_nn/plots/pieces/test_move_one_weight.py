"""Move one weight, without a browser: what is in the page, what is said, what is refused."""

import json
import re

import numpy as np
import pytest
from oracles import assert_unchanged, refused, state
from random_chains import lesson_network, random_chain

import course_nn as nn
from course_nn.plots.pieces.chain import chain_of


def data_in(piece):
    return json.loads(re.search(r"^const data = (.*);$", piece.html, re.MULTILINE)[1])


@pytest.mark.parametrize("seed", range(12))
def test_the_page_has_exactly_the_network(seed):
    """Its numbers, to the last bit: forward by them gives the losses of the graph."""
    loss, data, parameters = random_chain(seed)
    before = state(loss.graph)
    piece = nn.plots.move_one_weight(loss, data, parameters[-1], (0, 0))
    assert_unchanged(loss.graph, before)
    inside = data_in(piece)
    a = np.array(inside["x"])
    written = {}
    activations = {
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "identity": lambda z: z,
    }
    for layer in inside["layers"]:
        written |= {layer["name"][kind]: layer[kind] for kind in "Wb" if layer[kind] is not None}
        a = a @ np.array(layer["W"]) + (0 if layer["b"] is None else np.array(layer["b"]))
        a = activations[layer["f"]](a)
    y = np.array(inside["y"])
    if inside["loss"] == "squared_error":
        losses = 0.5 * ((a - y) ** 2).sum(axis=1)
    else:
        losses = np.log(np.exp(a).sum(axis=1)) - a[np.arange(len(y)), y]
    loss.graph.Forward(**data)
    np.testing.assert_allclose(losses, loss.value, rtol=1e-12)
    assert {name: np.array(rows).tolist() for name, rows in written.items()} == {
        parameter.name: parameter.value.tolist() for parameter in parameters
    }
    weight = inside["weight"]
    assert weight["name"] == f"{parameters[-1].name}[0, 0]"
    name = inside["layers"][weight["layer"]]["name"][weight["kind"]]
    assert name == parameters[-1].name


@pytest.mark.parametrize("entry", [(0, 0), (1, 0)])
def test_it_says_what_the_figure_says(entry):
    """The figure of the lesson and the piece are computed apart; their sentences agree."""
    loss, data, parameters = lesson_network()
    for parameter in parameters:
        figure = nn.plots.loss_along_weight(loss, data, parameter, entry, reach=10)
        assert (
            nn.plots.move_one_weight(loss, data, parameter, entry, reach=10).sentence[:80]
            == (figure.sentence[:80])
        )


def test_the_sentence_of_the_lesson():
    loss, data, (*_, W3) = lesson_network()
    assert repr(nn.plots.move_one_weight(loss, data, W3, (1, 0), reach=(1, 7))) == (
        "The loss if only W3[1, 0] changes: 4.0302 now, at -1.4931, with slope -1.6776; "
        "lowest 1.7892, near 1.19."
    )


def test_words_and_picture_do_not_flip_between_processors():
    loss, data, (*_, W3) = lesson_network()

    def static():
        html = nn.plots.move_one_weight(loss, data, W3, (1, 0), reach=(1, 7)).html
        return html[html.index("<figure>") : html.index("</figure>")]

    before = static()
    rng = np.random.default_rng(0)
    for parameter in loss.graph.parameters:
        parameter.value = parameter.value * (1 + 1e-15 * rng.choice([-1, 1], parameter.value.shape))
    assert static() == before


def test_a_curve_that_is_flat_and_one_that_falls_to_the_edge():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        W = nn.Parameter("W", [[1.0]])
        loss = nn.squared_error(nn.matmul(x, W, name="z"), y, name="loss")
    flat = nn.plots.move_one_weight(loss, {"x": [[0.0]], "y": [[0.0]]}, W, (0, 0))
    assert "it is the same for every value" in flat.sentence
    edge = nn.plots.move_one_weight(loss, {"x": [[1.0]], "y": [[9.0]]}, W, (0, 0))
    assert "it still falls at the edge, 18.0000 at 3.00" in edge.sentence


def test_what_is_refused():
    loss, data, (*_, W3) = lesson_network()
    other = lesson_network()[2][2]
    move, net = nn.plots.move_one_weight, loss.graph
    with refused(ValueError, "a parameter that the loss uses", unchanged=net):
        move(loss, data, other, (1, 0))
    with refused(ValueError, "a parameter that the loss uses", unchanged=net):
        move(loss, data, "W3", (1, 0))
    with refused(ValueError, "no entry [2, 0]", unchanged=net):
        move(loss, data, W3, (2, 0))
    for reach in (0, (1, 0)):
        with refused(ValueError, "reach must be above 0", unchanged=net):
            move(loss, data, W3, (1, 0), reach=reach)
    for reach in ("2", (1, 2, 3), [1, 2]):
        with refused(TypeError, "reach must be", unchanged=net):
            move(loss, data, W3, (1, 0), reach=reach)
    huge = {"x": [[0.5, -1.0]], "y": [[1e200, 0.0]]}
    with refused(ValueError, "not finite for every value of W3[1, 0]", unchanged=net):
        move(loss, huge, W3, (1, 0))
    with refused(ValueError, "below 500,000", unchanged=net):
        move(loss, data, W3, (1, 0), reach=1e6)
    with refused(ValueError, "learning_rate must be 0 or more", unchanged=net):
        move(loss, data, W3, (1, 0), learning_rate=-1)
    with refused(TypeError, "factors must be True or False", unchanged=net):
        move(loss, data, W3, (1, 0), factors="no")
    with refused(TypeError, "The title is a text", unchanged=net):
        move(loss, data, W3, (1, 0), title=3)
    with refused(TypeError, "A loss node is needed"):
        move(net, data, W3, (1, 0))


# --- networks that no script computes -------------------------------------------------------------


def graph_with(build):
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        return build(x, y, nn.Parameter("W", np.eye(2)))


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda x, y, W: nn.squared_error(nn.softmax(x @ W), y), "each layer must be"),
        (lambda x, y, W: nn.squared_error(nn.matmul(x @ W, W), y), "used once"),
        (lambda x, y, W: nn.squared_error(x @ W + x, y), "each layer must be"),
        (lambda x, y, W: nn.squared_error(x @ W, nn.tanh(y)), "an input of its own"),
        (lambda x, y, W: nn.squared_error(x @ W, x), "an input of its own"),
        (lambda x, y, W: nn.squared_error(nn.sigmoid(x), y), "each layer must be"),
        (lambda x, y, W: nn.squared_error(x, y), "there is no layer"),
    ],
)
def test_what_is_no_chain_is_refused_in_words(build, words):
    loss = graph_with(build)
    data = {node.name: [[1.0, 2.0]] for node in loss.graph.inputs}
    with refused(ValueError, words, "layers one after the other", unchanged=loss.graph):
        chain_of(loss, data)


def test_an_own_operation_is_refused():
    class halved(nn.sigmoid):
        def forward(self):
            self.value = self.operands[0].value / 2

    loss = graph_with(lambda x, y, W: nn.squared_error(halved(x @ W, name="h"), y))
    with refused(ValueError, "each layer must be", unchanged=loss.graph):
        chain_of(loss, {"x": [[1.0, 2.0]], "y": [[1.0, 2.0]]})


def test_what_is_too_large_is_refused():
    model = nn.two_hidden_layer_network(64, 32, 16, 10)
    with refused(ValueError, "at most 500 weights", "2,720", unchanged=model.graph):
        chain_of(model.loss, {"x": np.zeros((1, 64)), "y": [0]})
    loss = graph_with(lambda x, y, W: nn.squared_error(x @ W, y))
    many = {"x": np.zeros((101, 2)), "y": np.zeros((101, 2))}
    with refused(ValueError, "at most 100 examples; got 101", unchanged=loss.graph):
        chain_of(loss, many)
    assert len(chain_of(loss, many, examples=101)["x"]) == 101
