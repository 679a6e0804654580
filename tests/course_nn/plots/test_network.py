"""The figures of a network: its graph, and its units with their weights."""

import importlib
import re
from itertools import pairwise

import numpy as np
import pytest
from figure_checks import DATA, assert_sound, assert_text_fits, assert_unchanged, state_of, texts_of
from tiers import thinned

import course_nn as nn
from course_nn import plots
from course_nn.plots import layout


@pytest.mark.all
def test_the_graph_before_and_after_the_three_functions(model):
    names = "z1, h1, z2, h2, z3, loss and the parameters W1, W2, W3"
    start = f"The graph has the computational nodes {names}"
    assert assert_sound(lambda: plots.graph(model.graph)).sentence == start + "."

    model.graph.Forward(**DATA)
    mean = f"; the mean loss is {model.loss.value.mean():.4f}"
    assert plots.graph(model.loss).sentence == f"{start}{mean}."

    model.graph.Backward(model.loss)
    before = state_of(model.graph)
    picture = assert_sound(lambda: plots.graph(model.loss, title="three functions"))
    slope, name = max(
        ((g, p.name) for p in model.graph.parameters for g in p.grad.flat),
        key=lambda entry: abs(entry[0]),
    )
    assert picture.sentence == (
        f"{start}{mean}, and the steepest slope of a weight is {slope:.4f}, in {name}."
    )
    assert "three functions" in texts_of(picture)
    assert_text_fits(picture)
    assert_unchanged(before)


@pytest.mark.all
def test_a_graph_for_paper_has_no_numbers(model):
    model.graph.Forward(**DATA)
    model.graph.Backward(model.loss)
    picture = assert_sound(lambda: plots.graph(model.loss, numbers=False))
    names = "z1, h1, z2, h2, z3, loss and the parameters W1, W2, W3"
    assert picture.sentence == f"The graph has the computational nodes {names}."
    assert_text_fits(picture)
    drawn = " ".join(texts_of(picture))
    assert model.W1.shape in drawn and "sigmoid(z1)" in drawn
    assert not re.search(r"\d\.\d|gradient|value", drawn)
    assert re.search(r"\d\.\d", " ".join(texts_of(plots.graph(model.loss))))


@pytest.mark.long
def test_numbers_of_other_weights_or_inputs_are_left_out(model):
    def drawn():
        picture = assert_sound(lambda: plots.graph(model.graph))
        assert_text_fits(picture)
        return picture.sentence, texts_of(picture)

    STALE = "; what was computed is of other weights or inputs and is left out: run Forward."
    net, start = model.graph, plots.graph(model.graph).sentence.rstrip(".")
    net.Forward(**DATA)
    net.Backward(model.loss)
    assert "■ gradient" in drawn()[1]
    for change in (
        lambda: net.SGD(0.1),
        lambda: model.x.set(DATA["x"] + 1),
        lambda: setattr(model.W1, "value", model.W1.value + 1),
        lambda: nn.train_batch(model.loss, DATA, learning_rate=0.1, epochs=1, engine="numpy"),
        lambda: nn.train_batch(model.loss, DATA, learning_rate=0.1, epochs=1),
    ):
        net.Forward(**DATA)
        net.Backward(model.loss)
        change()
        sentence, texts = drawn()
        assert sentence == start + STALE
        assert "■ gradient" not in texts and "gradient" not in texts
        assert "■ value" in texts  # of inputs and weights
        net.Forward()
        sentence, texts = drawn()
        assert sentence == (
            f"{start}; the mean loss is {model.loss.value.mean():.4f}; the gradients are of an "
            "earlier Forward and are left out: run Backward."
        )
        assert "gradient" not in texts
        net.Backward(model.loss)
        assert "left out" not in drawn()[0] and "gradient" in drawn()[1]


def test_small_values_are_written_out_and_larger_ones_by_their_ends():
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", 2), nn.Labels("y", 4)
        W = nn.Parameter("W1", [[1.0, 0, -2.5, 0], [0, 3, 0, 0]])
        nn.cross_entropy(nn.matmul(x, W, name="z"), y, name="loss")
    graph.Forward(x=[[1.0, -0.001], [0.5, 2.0]], y=[0, 3])
    texts = texts_of(plots.graph(graph))
    assert "1.00  0.00" in texts and "0.50  2.00" in texts  # no −0.00
    assert "-2.50 … 3.00" in texts
    assert "0  3" in texts
    assert {"x", "y", "W1", "z", "loss", "x @ W1", "(B, 2)", "(2, 4)"} <= set(texts)


@pytest.mark.long
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("size", [1, 1e5])
def test_the_text_of_a_graph_fits_into_its_boxes(bias, size):
    model = nn.two_hidden_layer_network(3, 3, 3, 3, loss="squared_error", bias=bias)
    x, y = size * np.random.default_rng(0).normal(size=(2, 3, 3))
    model.graph.Forward(x=x, y=y)
    model.graph.Backward(model.loss)
    assert_text_fits(assert_sound(lambda: plots.graph(model.loss)))


@pytest.mark.all
def test_a_graph_with_shared_and_unlabelled_nodes():
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", 2), nn.Input("the_wanted_values", 2)
        W = nn.Parameter("W1", np.eye(2))
        b = nn.Parameter("bias_of_the_first_layer", np.ones((1, 2)))
        h = nn.tanh(nn.sigmoid(x @ W + b) @ W + b)
        skip = h + (x + (h + h))
        loss = nn.squared_error(skip @ W, y, name="loss")
    graph.Forward(x=[[1.0, 2], [3, 4]], the_wanted_values=[[0.0, 1], [1, 0]])
    graph.Backward(loss)
    picture = assert_sound(lambda: plots.graph(graph))
    assert_text_fits(picture)
    assert len(picture.sentence) < 600 and "…" in picture.sentence


def two_branches() -> nn.Node:
    """The loss of a graph with two parameters above one column, one of them used in both rows, and
    an arrow that leaps out of the upper row.
    """
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Input("y", 4)
        W, V = nn.Parameter("W", np.ones((3, 4))), nn.Parameter("V", np.ones((3, 4)))
        a, c, e = nn.matmul(x, W, name="a"), nn.matmul(x, V, name="c"), nn.matmul(x, W, name="e")
        k = nn.tanh(a, name="k")
        h = nn.tanh(nn.sigmoid(nn.add(c, e, name="s"), name="g"), name="h")
        return nn.squared_error(nn.add(k, h, name="z"), y, name="loss")


def behind_boxes(picture: plots.Picture) -> list[tuple[float, float]]:
    """The middle of each piece of an arrow that is hidden by a box."""
    (axes,) = picture.figure.axes
    boxes = [patch.get_extents().transformed(axes.transData.inverted()) for patch in axes.patches]
    pieces = [(text.xyann, text.xy) for text in axes.texts if getattr(text, "arrow_patch", None)]
    for line in axes.lines:
        pieces += pairwise(zip(*line.get_data(), strict=True))
    found = []
    for start, end in pieces:
        along = np.linspace(start, end, 200)[1:-1]
        for box in boxes:
            inside = (along > np.array(box.min) + 0.02) & (along < np.array(box.max) - 0.02)
            if inside.all(axis=1).any():
                found.append(tuple(along[len(along) // 2]))
    return found


def test_no_arrow_hides_behind_a_box(monkeypatch):
    """It would seem to come from there: V leads to c, and not to the box of a above it."""
    assert behind_boxes(plots.graph(two_branches(), numbers=False)) == []
    for name in ("_is_between", "_is_above_another"):
        with monkeypatch.context() as without:
            without.setattr(layout, name, lambda *_: False)
            assert behind_boxes(plots.graph(two_branches(), numbers=False))


@pytest.mark.all
@pytest.mark.parametrize("part", ["paths_and_matrices", "classes_and_skips", "shared_and_split"])
def test_no_arrow_hides_in_the_workbook(part):
    questions = importlib.import_module(f"course_exercises.workbook.{part}")
    problems = [question for name, question in vars(questions).items() if name[0] == "q"]
    assert len(problems) >= 6
    for problem in problems:
        assert behind_boxes(plots.graph(problem.network(), numbers=False)) == [], problem.name


def test_whether_numbers_are_drawn_is_a_yes_or_no(model):
    with pytest.raises(TypeError, match="numbers must be True or False"):
        plots.graph(model.loss, numbers="no")


def test_a_graph_without_a_loss_or_without_anything():
    with nn.Graph(make_current=False) as graph:
        x = nn.Input("x", 2)
    assert plots.graph(graph).sentence == (
        "The graph has the computational nodes none and the parameters none."
    )
    with nn.Graph(make_current=False) as graph:
        x, second = nn.Input("x", 2), nn.Input("second", 2)
        nn.add(nn.tanh(x), nn.sigmoid(nn.tanh(second)), name="s")
    graph.Forward(x=DATA["x"], second=DATA["x"])
    assert_text_fits(assert_sound(lambda: plots.graph(graph)))
    with nn.Graph(make_current=False) as empty:
        pass
    with pytest.raises(ValueError, match="no nodes yet"):
        plots.graph(empty)


@pytest.mark.parametrize(
    ("name", "row", "column", "paths", "lines"),
    thinned([("W1", 1, 2, 6, 1 + 3 + 6), ("W2", 0, 1, 2, 1 + 2), ("W3", 2, 0, 1, 1)], 3),
)
def test_the_paths_from_a_weight_through_the_units(model, name, row, column, paths, lines):
    W, entry = getattr(model, name), (row, column)
    picture = assert_sound(lambda: plots.units(model.graph, W, entry, title="units"))
    assert f"from {name}[{row}, {column}] {paths} path" in picture.sentence
    drawn = picture.figure.axes[0].lines
    assert sum(line.get_color() == plots.GRADIENT for line in drawn) == lines
    assert sum(line.get_linestyle() == "-" and line.get_marker() == "None" for line in drawn) == 21
    labels = [text for text in texts_of(picture) if "[" in text]
    assert len(labels) == 2 + 3 + 3 + 2


def test_units_without_a_path_and_what_is_refused(model):
    picture = assert_sound(lambda: plots.units(model.loss))
    assert picture.sentence == "A network of 2, 3, 3, 2 units and 21 weights."
    with pytest.raises(TypeError, match="graph or a node"):
        plots.units("W1")
    with pytest.raises(ValueError, match=r"W1 is \(2, 3\); it has no entry \[0, 3\]"):
        plots.units(model.graph, model.W1, (0, 3))
    with pytest.raises(ValueError, match="not one of the weight matrices"):
        plots.units(model.graph, nn.two_hidden_layer_network(2, 3, 3, 2).W1)
    with pytest.raises(ValueError, match="at most 12 units in a layer; this network has 13"):
        plots.units(nn.two_hidden_layer_network(2, 13, 2, 2).graph)
    with nn.Graph(make_current=False) as parallel:
        x = nn.Input("x", width=2)
        W, V = (nn.Parameter(name, np.ones((2, 3))) for name in "WV")
        nn.add(nn.matmul(x, W), nn.matmul(x, V))
        nn.add(
            nn.matmul(x, nn.Parameter("P", np.eye(2))), nn.matmul(x, nn.Parameter("Q", np.eye(2)))
        )
    with nn.Graph(make_current=False) as shared:
        x, W = nn.Input("x", width=2), nn.Parameter("W", np.eye(2))
        nn.matmul(nn.sigmoid(nn.matmul(x, W)), W)
    for network in (parallel, shared):
        with pytest.raises(ValueError, match="one matrix product follows the other"):
            plots.units(network)
    with_bias = nn.two_hidden_layer_network(2, 3, 3, 2, bias=True)
    assert "2, 3, 3, 2 units" in plots.units(with_bias.graph, with_bias.W2, (1, 1)).sentence
    for wrong in (0, (0,), (0.0, 1), "01", None):
        with pytest.raises(TypeError, match="a row and a column"):
            plots.units(model.graph, model.W1, wrong)
        with pytest.raises(TypeError, match="a row and a column"):
            plots.loss_along_weight(model.loss, DATA, model.W1, wrong)


def test_a_graph_that_no_picture_could_hold_is_refused():
    with nn.Graph(make_current=False) as net:
        h = nn.Input("x", 2)
        for _ in range(130):
            h = nn.tanh(h)
    with pytest.raises(ValueError, match="131 boxes wide, too many for a picture"):
        nn.plots.graph(net)


@pytest.mark.all
@pytest.mark.parametrize(
    ("name", "entry", "activation", "bias"),
    [
        ("W1", (1, 2), "sigmoid", False),
        pytest.param("W2", (0, 1), "tanh", True, marks=pytest.mark.all),
        pytest.param("W3", (2, 0), "relu", False, marks=pytest.mark.all),
        pytest.param("W1", (0, 1), "relu", True, marks=pytest.mark.all),
        pytest.param("W2", (2, 2), "sigmoid", True, marks=pytest.mark.all),
    ],
)
def test_the_way_back_to_a_weight(name, entry, activation, bias):
    """In each layer the numbers on the arrows add up to the derivative by the weight."""
    model = nn.two_hidden_layer_network(2, 3, 3, 2, activation=activation, bias=bias, seed=1)
    model.graph.Forward(x=DATA["x"][:1], y=DATA["y"][:1])
    model.graph.Backward(model.loss)
    W, before = getattr(model, name), state_of(model.graph)
    picture = assert_sound(lambda: plots.way_back(model.loss, W, entry, title="back"))
    assert_unchanged(before)
    numbers = [
        [float(number.replace("−", "-")) for number in re.findall(r"([−\d.e-]+) from", part)]
        for part in picture.sentence.partition("; of it come ")[2].split("; then ")
    ]
    assert [len(layer) for layer in numbers] == {"W1": [6, 3, 1], "W2": [2, 1], "W3": [1]}[name]
    for layer in numbers:
        assert sum(layer) == pytest.approx(W.grad[entry], abs=0.0004)
    assert f"{name}[{entry[0]}, {entry[1]}], whose derivative is" in picture.sentence
    drawn = texts_of(picture)
    assert {"back", "h1[0]", "z3[1]"} <= set(drawn)
    assert sum(text.startswith("δ") for text in drawn) == {"W1": 6, "W2": 3, "W3": 1}[name]
    if activation != "relu":  # whose zeros meet
        assert_text_fits(picture)


def test_each_arrow_carries_what_the_chain_rule_gives():
    model = nn.two_hidden_layer_network(2, 3, 2, 2, activation="sigmoid", loss="squared_error")
    model.graph.Forward(x=[[0.5, -1.0]], y=[[1.0, 0.0]])
    model.graph.Backward(model.loss)
    sentence = plots.way_back(model.loss, model.W1, (1, 2)).sentence
    h2, z3 = model.output.operands[0], model.output
    h1 = h2.operands[0].operands[0]
    before = -1.0 * h1.value[0, 2] * (1 - h1.value[0, 2])
    for j, k in np.ndindex(2, 2):
        path = before * model.W2.value[2, j] * h2.value[0, j] * (1 - h2.value[0, j])
        path *= model.W3.value[j, k] * z3.grad[0, k]
        assert f"{path:.4f} from z3[{k}] to h2[{j}]".replace("-", "−") in sentence


def test_the_way_back_that_cannot_be_drawn(model):
    with pytest.raises(ValueError, match="run Forward and Backward"):
        plots.way_back(model.loss, model.W1)
    model.graph.Forward(**DATA)
    model.graph.Backward(model.loss)
    with pytest.raises(ValueError, match="one example; there are 9"):
        plots.way_back(model.loss, model.W1)
    with pytest.raises(ValueError, match=r"no entry \[0, 3\]"):
        plots.way_back(model.loss, model.W1, (0, 3))
    with pytest.raises(TypeError, match="node of it is needed"):
        plots.way_back("loss", model.W1)
    model.graph.Forward(x=DATA["x"][:1], y=DATA["y"][:1])
    with pytest.raises(ValueError, match="run Forward and Backward"):
        plots.way_back(model.loss, model.W1)
