"""The figures of lesson 09: one weight over the examples, paths on a loss surface, many seeds."""

import numpy as np
import pytest
from test_plots import assert_sound, assert_unchanged, state_of, texts_of

import course_nn as nn
from course_nn import plots

RNG = np.random.default_rng(0)
DATA = {"x": RNG.normal(size=(9, 2)), "y": np.arange(9) % 2}


def run(batch_size, **options):
    model = nn.two_hidden_layer_network(2, 3, 3, 2, seed=1)
    options = {"learning_rate": 0.5, "epochs": 2, "snapshots": "updates"} | options
    return nn.train_minibatch(model.loss, DATA, batch_size=batch_size, **options)


# ---------------------------------------------------------------- one weight


def test_a_weight_changes_at_updates_only():
    runs = {"online": run(1), "by fours": run(4), "batch": run(9)}
    picture = assert_sound(lambda: plots.weight_trace(runs, "W2", (2, 1), title="W2"))
    (axes,) = picture.figure.axes
    counts = {"online": 18, "by fours": 6, "batch": 2}
    parts = []
    for line, (name, history) in zip(axes.lines, runs.items(), strict=True):
        examples, values = line.get_data()
        assert line.get_drawstyle() == "steps-post", "the weight keeps its value until the update"
        assert line.get_label() == name
        assert len(values) == counts[name] + 1 and examples[-1] == 18
        assert values.tolist() == [weights["W2"][2, 1] for weights in history.snapshots]
        parts.append(
            f"{name}: {counts[name]} updates, from {values[0]:.4f} to {values[-1]:.4f}, between "
            f"{values.min():.4f} and {values.max():.4f}"
        )
    assert axes.lines[1].get_xdata().tolist() == [0, 4, 8, 9, 13, 17, 18]  # 9 is 4 + 4 + 1
    assert picture.sentence == f"W2[2, 1] while examples are processed. {'; '.join(parts)}."
    assert {"W2", "W2[2, 1]", "examples processed", "online"} <= set(texts_of(picture))
    assert len({(line.get_color(), line.get_linestyle()) for line in axes.lines}) == 3


def test_one_update_and_many():
    one = plots.weight_trace({"batch": run(9, epochs=1)})
    assert "batch: 1 update, from" in one.sentence
    (line,) = plots.weight_trace({"online": run(1, epochs=4)}).figure.axes[0].lines
    assert line.get_marker() in (None, "None"), "36 markers would hide the line"


def test_traces_that_cannot_be_drawn():
    history = run(4)
    with pytest.raises(ValueError, match=r"'a' does not have the weights after each update"):
        plots.weight_trace({"a": run(4, snapshots="epochs")})
    with pytest.raises(ValueError, match='Train with snapshots="updates"'):
        plots.weight_trace({"a": run(4, snapshots=None)})
    with pytest.raises(ValueError, match="does not have the weights"):
        plots.weight_trace({"a": nn.History({})})
    for entry in ((2, 0), (0, 3), (-1, 0)):
        with pytest.raises(ValueError, match=r"W1 is \(2, 3\); it has no entry"):
            plots.weight_trace({"a": history}, "W1", entry)
    for entry in ((0,), (0, 0, 0), 0, (0.0, 0)):
        with pytest.raises(TypeError, match="a row and a column"):
            plots.weight_trace({"a": history}, "W1", entry)
    with pytest.raises(ValueError, match=r"no parameter W4\. .* W1 \(2, 3\), W2 \(3, 3\)"):
        plots.weight_trace({"a": history}, "W4")
    with pytest.raises(ValueError, match="no history to draw"):
        plots.weight_trace({})
    for wrong in (history, [history], {"a": 1}, None):
        with pytest.raises(TypeError, match="weight_trace needs histories by name"):
            plots.weight_trace(wrong)


# ---------------------------------------------------------------- paths


@pytest.fixture(params=[(2, 1), (1, 2)], ids=str)
def plane(request):
    """A loss of two weights, and its data."""
    rows, columns = request.param
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", rows), nn.Input("y", columns)
        W = nn.Parameter("W", np.array([0.5, -0.5]).reshape(rows, columns))
        loss = nn.squared_error(nn.matmul(x, W), y, name="loss")
    rng = np.random.default_rng(2)
    return loss, W, {"x": rng.normal(size=(6, rows)), "y": rng.normal(size=(6, columns))}


def mean_loss(loss, W, data, point):
    with loss.graph.left_as_it_was():
        W.value = np.reshape(point, W.value.shape)
        return nn.evaluate(loss, data).loss


def test_paths_lie_on_the_surface_of_the_mean_loss(plane):
    loss, W, data = plane
    paths = {"a": [[0, 0], [3, 4]], "b": np.array([[1.0, 1.0], [0.0, 0.0], [1.0, 0.0]])}
    loss.graph.Forward(x=data["x"][:2], y=data["y"][:2])
    loss.graph.Backward(loss)
    before = state_of(loss.graph)
    picture = assert_sound(lambda: plots.weight_paths(loss, data, W, paths, title="Paths"))
    assert_unchanged(before)
    J = {point: f"{mean_loss(loss, W, data, point):.4f}" for point in [(0, 0), (3, 4), (1, 1)]}
    last = f"{mean_loss(loss, W, data, (1, 0)):.4f}"
    assert picture.sentence == (
        "Paths on the surface of the mean loss. "
        f"a: 1 update, mean loss from {J[0, 0]} to {J[3, 4]}, a path of length 5.00 between points "
        f"5.00 apart; b: 2 updates, mean loss from {J[1, 1]} to {last}, a path of length "
        "2.41 between points 1.00 apart."
    )
    (axes,) = picture.figure.axes
    drawn = [line.get_xydata().tolist() for line in axes.lines]
    assert drawn[0] == [[0, 0], [3, 4]] and drawn[1] == [[3, 4]]  # the path, and its last point
    names = ("W[0, 0]", "W[1, 0]" if W.value.shape == (2, 1) else "W[0, 1]")
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == (*names, "Paths")


def test_the_start_and_the_lowest_point_are_marked(plane):
    loss, W, data = plane
    paths = {"a": [[0, 0], [3, 4]], "b": [[1, 1], [2, 2]]}
    picture = assert_sound(lambda: plots.weight_paths(loss, data, W, paths, lowest=(0.5, -1)))
    marks = {
        line.get_label(): line.get_xydata().tolist()
        for line in picture.figure.axes[0].lines
        if line.get_label() in ("start", "lowest point")
    }
    assert marks == {"start": [[0, 0]], "lowest point": [[0.5, -1]]}


def test_the_contour_lines_are_where_the_loss_is(plane):
    loss, W, data = plane
    picture = plots.weight_paths(loss, data, W, {"a": [[-1.0, -1.0], [1.0, 1.0]]})
    (contours,) = picture.figure.axes[0].collections
    paths = contours.get_paths()
    assert len(paths) == len(contours.levels) == 15
    middle = 7
    for point in paths[middle].vertices[::20]:
        expected = mean_loss(loss, W, data, point)
        assert contours.levels[middle] == pytest.approx(expected, rel=0.02, abs=0.01)


def test_a_path_that_stays_where_it_is(plane):
    loss, W, data = plane
    picture = assert_sound(lambda: plots.weight_paths(loss, data, W, {"a": np.ones((3, 2))}))
    assert "a path of length 0.00 between points 0.00 apart" in picture.sentence


def test_paths_that_cannot_be_drawn(plane):
    loss, W, data = plane
    for wrong in (np.ones((3, 3)), np.ones(2), np.ones((1, 2))):
        with pytest.raises(ValueError, match=r"'a' needs shape \(updates \+ 1, 2\)"):
            plots.weight_paths(loss, data, W, {"a": wrong})
    for wrong in ({}, np.ones((3, 2)), None):
        with pytest.raises(TypeError, match="weight_paths needs paths by name"):
            plots.weight_paths(loss, data, W, wrong)
    model = nn.two_hidden_layer_network(2, 3, 3, 2)
    path = {"a": np.eye(2)}
    with pytest.raises(ValueError, match="with two weights is needed; got parameter W1"):
        plots.weight_paths(model.loss, DATA, model.W1, path)
    with pytest.raises(ValueError, match="A parameter of this graph"):
        plots.weight_paths(model.loss, DATA, W, path)
    with pytest.raises(ValueError, match="A loss has one number for each example"):
        plots.weight_paths(loss.operands[0], data, W, path)


# ---------------------------------------------------------------- many seeds


def test_the_mean_and_the_extremes_of_several_runs():
    online = np.array([[3.0, 2.0, 1.0], [3.0, 1.0, 0.5]])
    curves = {"online": (np.arange(3), online), "batch": ([0, 2], [[3.0, 2.5]])}
    picture = assert_sound(
        lambda: plots.spread_over_seeds(curves, against="epochs", title="Two methods")
    )
    assert picture.sentence == (
        "The loss against epochs. online: 2 runs, mean from 3.0000 to 0.7500, at the end between "
        "0.5000 and 1.0000; batch: 1 run, mean from 3.0000 to 2.5000, at the end between 2.5000 "
        "and 2.5000."
    )
    (axes,) = picture.figure.axes
    assert [line.get_xydata().tolist() for line in axes.lines] == [
        [[0, 3], [1, 1.5], [2, 0.75]],
        [[0, 3], [2, 2.5]],
    ]
    corners = {tuple(corner) for corner in axes.collections[0].get_paths()[0].vertices}
    assert {(1.0, 1.0), (1.0, 2.0), (2.0, 0.5), (2.0, 1.0)} <= corners
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epochs", "loss")
    assert all(tick == round(tick) for tick in axes.get_xticks()), "no half epochs"
    assert axes.get_ylim()[0] == 0


def test_seconds_need_not_be_whole():
    curves = {"a": (np.linspace(0, 0.01, 50), np.ones((3, 50)))}
    picture = assert_sound(
        lambda: plots.spread_over_seeds(curves, against="seconds", ylabel="test loss")
    )
    assert picture.sentence.startswith("The test loss against seconds. a: 3 runs, mean from 1.0000")
    (axes,) = picture.figure.axes
    low, high = axes.get_xlim()
    assert sum(low <= tick <= high for tick in axes.get_xticks()) > 2


@pytest.mark.parametrize(
    ("steps", "values"),
    [(np.arange(3), np.ones(3)), (np.arange(3), np.ones((2, 4))), ([], np.ones((2, 0)))],
)
def test_curves_of_a_wrong_shape_are_refused(steps, values):
    with pytest.raises(ValueError, match=r"'a' needs steps \(P,\) and values \(runs, P\); got"):
        plots.spread_over_seeds({"a": (steps, values)}, against="epochs")


def test_curves_without_names_are_refused():
    for wrong in ({}, None, [1]):
        with pytest.raises(TypeError, match="spread_over_seeds needs curves by name"):
            plots.spread_over_seeds(wrong, against="epochs")


def test_what_is_no_numbers_is_refused(plane):
    loss, W, data = plane
    for wrong, words in [
        (None, "must be"),
        ("text", "must be numbers"),
        ([[0, 0], [1]], "must be numbers"),
        ([[0, 0], [np.nan, 1]], "NaN or infinity"),
    ]:
        with pytest.raises((TypeError, ValueError), match=words):
            plots.weight_paths(loss, data, W, {"a": wrong})
    for lowest in ([1], [1, 2, 3], [np.nan, 1], "ab"):
        with pytest.raises((TypeError, ValueError), match="lowest"):
            plots.weight_paths(loss, data, W, {"a": [[0, 0], [1, 1]]}, lowest=lowest)
    for pair in (None, "ab", ([1, 2],), ([1, 2], [[1, np.nan]])):
        with pytest.raises((TypeError, ValueError), match="curve 'a'"):
            plots.spread_over_seeds({"a": pair}, against="epochs")


def test_values_below_zero_stay_in_the_picture():
    picture = plots.spread_over_seeds({"a": ([0, 1], [[-1.0, -2.0]])}, against="epochs")
    assert picture.figure.axes[0].get_ylim()[0] < -2
