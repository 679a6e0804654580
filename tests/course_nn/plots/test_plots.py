"""The figures: each has a true sentence, the same bytes each time, and changes nothing."""

import re

import numpy as np
import pytest

import course_nn as nn
from course_nn import datasets, plots

RNG = np.random.default_rng(0)
DATA = {"x": RNG.normal(size=(9, 2)), "y": np.arange(9) % 2}


@pytest.fixture
def model():
    return nn.two_hidden_layer_network(2, 3, 3, 2, seed=1)


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
    assert png.startswith(b"\x89PNG") and png == picture.png()
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


# ---------------------------------------------------------------- the picture


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


# ---------------------------------------------------------------- the graph


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


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("size", [1, 1e5])
def test_the_text_of_a_graph_fits_into_its_boxes(bias, size):
    model = nn.two_hidden_layer_network(3, 3, 3, 3, loss="squared_error", bias=bias)
    x, y = size * RNG.normal(size=(3, 3)), size * RNG.normal(size=(3, 3))
    model.graph.Forward(x=x, y=y)
    model.graph.Backward(model.loss)
    assert_text_fits(assert_sound(lambda: plots.graph(model.loss)))


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


# ---------------------------------------------------------------- loss curves


def test_the_loss_curve_of_one_run(model):
    history = run(model)
    picture = assert_sound(lambda: plots.loss_curves(history, title="One run"))
    first, *_, last = history.epoch_losses
    assert picture.sentence == (
        f"The mean loss of an epoch, first and last: from {first:.4f} to {last:.4f} (loss)."
    )
    (axes,) = picture.figure.axes
    assert axes.lines[0].get_xydata().tolist() == [
        [i, loss] for i, loss in enumerate(history.epoch_losses, start=1)
    ]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("epoch", "loss", "One run")


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("against", ["epochs", "updates"])
def test_two_runs_with_validation(model, against, log):
    histories = {
        "by batches": run(model, validation=DATA),
        "all at once": run(model, batch_size=9, epochs=2),
    }
    picture = assert_sound(
        lambda: plots.loss_curves(histories, against=against, validation=True, log=log)
    )
    parts = []
    for name, history in histories.items():
        losses = history.epoch_losses if against == "epochs" else history.update_losses
        parts.append(f"from {losses[0]:.4f} to {losses[-1]:.4f} ({name})")
    held_out = histories["by batches"].validation_losses
    parts[0] += f", validation from {held_out[0]:.4f} to {held_out[-1]:.4f}"
    each = "mean loss of an epoch" if against == "epochs" else "loss of an update"
    assert picture.sentence == f"The {each}, first and last: {parts[0]}; {parts[1]}."
    (axes,) = picture.figure.axes
    assert [line.get_label() for line in axes.lines] == [
        "by batches",
        "by batches, validation",
        "all at once",
    ]
    ends = [1, 2, 3] if against == "epochs" else [3, 6, 9]  # the updates at which an epoch ended
    assert axes.lines[1].get_xdata().tolist() == ends
    assert axes.get_yscale() == ("log" if log else "linear")
    assert log or axes.get_ylim()[0] == 0
    assert len({(line.get_color(), line.get_linestyle()) for line in axes.lines}) == 3


def test_many_updates_are_pale_with_the_mean_of_each_epoch_on_top(model):
    history = run(model, batch_size=1, epochs=4, validation=None)
    history.updates = history.updates * 4  # 36 a line would hide the dots
    history.epochs = [e._replace(updates=36) for e in history.epochs]
    picture = assert_sound(lambda: plots.loss_curves({"online": history}, against="updates"))
    pale, means = picture.figure.axes[0].lines
    assert pale.get_alpha() < 0.5
    np.testing.assert_array_equal(pale.get_ydata(), history.update_losses)
    np.testing.assert_array_equal(means.get_ydata(), history.epoch_losses)
    assert means.get_xdata().tolist() == [18.5, 54.5, 90.5, 126.5]  # the middle of each epoch


def test_a_boundary_of_what_is_no_loss_is_refused():
    model = nn.two_hidden_layer_network(2, 3, 3, 2)
    with pytest.raises(ValueError, match="A loss has one number for each example"):
        plots.decision_boundary(model.output, nn.datasets.xor())


def test_equally_frequent_errors_are_all_named():
    sentence = plots.confusion_matrix([0, 1, 2, 2], [1, 0, 2, 2]).sentence
    assert "the most frequent error: 0 read as 1, 1 read as 0 (once each)" in sentence
    sentence = plots.confusion_matrix([0, 1, 2, 3, 3], [1, 2, 3, 0, 1]).sentence
    assert "0 read as 1, 1 read as 2, 2 read as 3 and 2 other pairs (once each)" in sentence


@pytest.mark.parametrize("wrong", ["model", None, 3, [1]])
def test_what_is_no_graph_and_no_history_is_refused(wrong):
    with pytest.raises(TypeError, match="A graph or a node of it is needed"):
        plots.graph(wrong)
    with pytest.raises(TypeError, match="loss_curves needs a History, or several by name"):
        plots.loss_curves(wrong)
    with pytest.raises(TypeError, match="loss_curves needs a History, or several by name"):
        plots.loss_curves({"SGD": wrong})


def test_one_epoch_and_many_runs(model):
    picture = assert_sound(lambda: plots.loss_curves(run(model, learning_rate=0, epochs=1)))
    (axes,) = picture.figure.axes
    low, high = axes.get_xlim()
    assert [tick for tick in axes.get_xticks() if low <= tick <= high] == [1]
    many = {f"run {i}": run(model, epochs=2) for i in range(9)}
    assert_sound(lambda: plots.loss_curves(many))


def test_a_run_without_a_whole_epoch(model):
    with pytest.raises(nn.TrainingDiverged) as caught:
        run(
            nn.two_hidden_layer_network(2, 3, 3, 2, activation="relu", seed=1),
            learning_rate=1e200,
        )
    history = caught.value.history
    assert len(history.epochs) == 0 and len(history.update_losses) >= 1
    with pytest.raises(ValueError, match=r"'loss' has no whole epoch; draw against='updates'"):
        plots.loss_curves(history)
    assert_sound(lambda: plots.loss_curves(history, against="updates"))


def test_curves_that_cannot_be_drawn(model):
    with pytest.raises(ValueError, match="against must be 'epochs' or 'updates'; got 'seconds'"):
        plots.loss_curves(run(model), against="seconds")
    with pytest.raises(ValueError, match="no history to draw"):
        plots.loss_curves({})
    with pytest.raises(ValueError, match="'a' has no update"):
        plots.loss_curves({"a": nn.History({})}, against="updates")


# ---------------------------------------------------------------- the decision boundary


@pytest.mark.parametrize("constant", [False, True])
def test_a_decision_boundary(constant):
    data = datasets.two_moons(40, seed=0, constant=constant)
    model = nn.two_hidden_layer_network(data["x"].shape[1], 6, 4, 2, activation="tanh")
    nn.train_batch(model.loss, data, learning_rate=0.5, epochs=30)
    model.graph.Forward(x=data["x"][:3], y=data["y"][:3])
    model.graph.Backward(model.loss)
    before = state_of(model.graph)
    picture = assert_sound(lambda: plots.decision_boundary(model.loss, data, title="Moons"))
    assert_unchanged(before)
    accuracy = nn.evaluate(model.loss, data).accuracy
    assert picture.sentence == (
        f"The network gives the right class to {round(40 * accuracy)} of the 40 points "
        f"({100 * accuracy:.1f} %)."
    )
    (axes,) = picture.figure.axes
    assert sum(len(c.get_offsets()) for c in axes.collections if len(c.get_offsets()) == 20) == 40
    assert {"class 0", "class 1", "Moons"} <= set(texts_of(picture))


def test_the_colour_of_a_place_is_the_answer_of_the_network():
    """z = (−x₁, x₁): class 1 to the right of 0, class 0 to the left."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Labels("y", 2)
        W = nn.Parameter("W1", [[-1.0, 1.0], [0.0, 0.0]])
        loss = nn.cross_entropy(nn.matmul(x, W), y, name="loss")
    data = {"x": [[-1.0, -1], [-1, 1], [1, -1], [2, 1]], "y": [0, 0, 1, 0]}
    picture = assert_sound(lambda: plots.decision_boundary(loss, data))
    assert picture.sentence.startswith(
        "The network gives the right class to 3 of the 4 points (75.0 %)"
    )
    regions = picture.figure.axes[0].collections[0]
    assert regions.get_array().tolist() == [0.0, 1.0]
    left, right = (path.vertices[:, 0] for path in regions.get_paths())
    assert left.max() == pytest.approx(0, abs=0.05) == right.min()


def test_a_class_without_points_and_a_network_with_one_answer():
    model = nn.two_hidden_layer_network(2, 3, 3, 3)
    model.W3.value = np.zeros((3, 3))  # class 0 everywhere
    assert_sound(lambda: plots.decision_boundary(model.loss, {"x": DATA["x"], "y": DATA["y"]}))


def test_boundaries_that_cannot_be_drawn():
    wide = nn.two_hidden_layer_network(4, 3, 3, 2)
    with pytest.raises(ValueError, match=r"needs 2 columns .* got 4"):
        plots.decision_boundary(wide.loss, {"x": np.ones((2, 4)), "y": [0, 1]})
    three = nn.two_hidden_layer_network(3, 3, 3, 2)
    with pytest.raises(ValueError, match=r"\(or 3, the last 1\)"):
        plots.decision_boundary(three.loss, {"x": np.zeros((2, 3)), "y": [0, 1]})
    no_labels = nn.two_hidden_layer_network(2, 3, 3, 2, loss="squared_error")
    with pytest.raises(ValueError, match="with labels of at most 7 classes"):
        plots.decision_boundary(no_labels.loss, {"x": np.ones((2, 2)), "y": np.ones((2, 2))})
    many = nn.two_hidden_layer_network(2, 3, 3, 8)
    with pytest.raises(ValueError, match="with labels of at most 7 classes"):
        plots.decision_boundary(many.loss, DATA)


# ---------------------------------------------------------------- the confusion matrix


def test_a_confusion_matrix_counts():
    labels = [0, 0, 0, 1, 1, 2, 2, 2, 2]
    predictions = [0, 0, 1, 1, 1, 1, 1, 0, 2]
    picture = assert_sound(lambda: plots.confusion_matrix(labels, predictions, title="Nine"))
    assert picture.sentence == (
        "5 of 9 (55.6 %) stand on the diagonal; the most frequent error: 2 read as 1 (2 times)."
    )
    (axes,) = picture.figure.axes
    assert axes.images[0].get_array().tolist() == [[2, 1, 0], [0, 2, 0], [1, 2, 1]]
    cells = {tuple(map(int, text.get_position())): text.get_text() for text in axes.texts}
    assert cells == {
        (0, 0): "2",
        (1, 0): "1",
        (1, 1): "2",
        (0, 2): "1",
        (1, 2): "2",
        (2, 2): "1",
    }
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("read as", "label")


def test_a_confusion_matrix_of_one_class_with_none_wrong():
    picture = assert_sound(lambda: plots.confusion_matrix([0], [0]))
    assert picture.sentence == "1 of 1 (100.0 %) stand on the diagonal."
    assert "error" not in plots.confusion_matrix([0, 1, 3], [0, 1, 3]).sentence


@pytest.mark.parametrize(
    "labels, predictions, words",
    [
        ([0, 1], [0], r"the same shape \(N,\); got \(2,\) and \(1,\)"),
        ([], [], "the same shape"),
        ([[0]], [[0]], "the same shape"),
        ([0, -1], [0, 1], "labels must be integers 0, 1, …; got -1"),
        ([0, 1], [0.0, 1.0], r"predictions must be integers .* float64"),
    ],
)
def test_confusion_matrices_that_are_refused(labels, predictions, words):
    with pytest.raises(ValueError, match=words):
        plots.confusion_matrix(labels, predictions)


# ---------------------------------------------------------------- digits


def test_a_grid_of_digits():
    data = datasets.digits()
    images, labels = data["x"][:7], data["y"][:7]
    picture = assert_sound(lambda: plots.digits(images, labels, columns=3, title="Seven"))
    assert picture.sentence == "7 digits of 8 × 8 pixels with the labels 0, 1, 2, 3, 4, 5, 6."
    drawn = [axes for axes in picture.figure.axes if axes.images]
    assert [axes.get_title() for axes in drawn] == list("0123456")
    for axes, image in zip(drawn, images, strict=True):
        assert np.array_equal(axes.images[0].get_array(), image.reshape(8, 8))
    assert len(picture.figure.axes) == 9
    texts = " ".join(texts_of(picture))
    assert "Seven" in texts and "read as" not in texts


def test_digits_with_what_they_were_read_as():
    data = datasets.digits()
    picture = assert_sound(lambda: plots.digits(data["x"][:2], data["y"][:2], [0, 7]))
    assert picture.sentence == "2 digits of 8 × 8 pixels with the labels 0, 1, read as 0, 7."
    assert "1 read as 7" in texts_of(picture)
    one = assert_sound(lambda: plots.digits(data["x"][3:4], data["y"][3:4]))
    assert one.sentence == "1 digit of 8 × 8 pixels with the label 3."


def test_digits_that_are_refused():
    images, labels = np.zeros((3, 64)), np.array([1, 2, 3])
    assert_sound(lambda: plots.digits(images, labels))  # blank ones can be drawn
    for wrong in (images[0], np.zeros((3, 8, 8)), np.zeros((0, 64)), np.zeros((61, 64))):
        with pytest.raises(ValueError, match=r"images needs shape \(N, 64\) with N from 1 to 60"):
            plots.digits(wrong, labels)
    with pytest.raises(ValueError, match=r"labels needs shape \(3,\); got \(2,\)"):
        plots.digits(images, labels[:2])
    with pytest.raises(ValueError, match=r"predictions needs shape \(3,\); got \(4,\)"):
        plots.digits(images, labels, [1, 2, 3, 4])
    with pytest.raises(ValueError, match="columns must be 1 or more; got 0"):
        plots.digits(images, labels, columns=0)


# ---------------------------------------------------------------- colours


@pytest.mark.parametrize(("name", "entry"), [("W1", (1, 2)), ("W3", (0, 1))])
def test_the_loss_along_a_weight(model, name, entry):
    W = getattr(model, name)
    before = state_of(model.graph)
    picture = assert_sound(lambda: plots.loss_along_weight(model.loss, DATA, W, entry, reach=1.5))
    assert_unchanged(before)
    curve, tangent, point = picture.figure.axes[0].lines
    (here,), (J,) = point.get_data()
    assert here == W.value[entry]
    assert pytest.approx(nn.evaluate(model.loss, DATA).loss) == J
    for w, loss in list(zip(*curve.get_data(), strict=True))[::40]:
        moved = W.value.copy()
        moved[entry] = w
        with model.graph.left_as_it_was():
            W.value = moved
            assert loss == pytest.approx(nn.evaluate(model.loss, DATA).loss, rel=1e-12)
    (left, right), (low, high) = tangent.get_data()
    w, losses = curve.get_data()
    numeric = np.interp([here - 0.015, here + 0.015], w, losses)
    assert (high - low) / (right - left) == pytest.approx(np.diff(numeric)[0] / 0.03, abs=1e-4)
    where = "near" if 0 < losses.argmin() < 200 else "at"
    lowest = f"{losses.min():.4f},? {where} {w[losses.argmin()]:.2f}"
    assert re.search(lowest, picture.sentence)


@pytest.mark.parametrize(
    ("name", "row", "column", "paths", "lines"),
    [("W1", 1, 2, 6, 1 + 3 + 6), ("W2", 0, 1, 2, 1 + 2), ("W3", 2, 0, 1, 1)],
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


def test_the_lowest_point_may_lie_at_the_edge(model):
    W, entry = model.W3, (0, 1)
    sentences = {
        plots.loss_along_weight(model.loss, DATA, W, entry, reach=reach).sentence[-60:]
        for reach in (0.001, 50.0)
    }
    assert sum("still falls at the edge" in sentence for sentence in sentences) == 1


def test_a_weight_that_does_nothing(model):
    data = {"x": DATA["x"] * [1, 0], "y": DATA["y"]}
    sentence = plots.loss_along_weight(model.loss, data, model.W1, (1, 0)).sentence
    assert "slope 0.0000; it is the same for every value." in sentence
    with pytest.raises(ValueError, match="reach must be above 0"):
        plots.loss_along_weight(model.loss, DATA, model.W1, (0, 0), reach=0)


def test_a_weight_that_is_not_there_is_refused(model):
    with pytest.raises(ValueError, match=r"W1 is \(2, 3\); it has no entry \[2, 0\]"):
        plots.loss_along_weight(model.loss, DATA, model.W1, (2, 0))
    other = nn.two_hidden_layer_network(2, 3, 3, 2).W1
    with pytest.raises(ValueError, match="parameter of the graph"):
        plots.loss_along_weight(model.loss, DATA, other, (0, 0))


def test_colours_are_those_of_okabe_and_ito():
    assert len(set(plots.COLOURS)) == 7 <= len(plots.COLOURS)
    assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in plots.COLOURS)


def test_drawing_does_not_touch_pyplot(model):
    """No figure is left open, to be shown a second time."""
    from matplotlib import pyplot

    before = pyplot.get_fignums()
    plots.graph(model.graph).png()
    assert pyplot.get_fignums() == before
