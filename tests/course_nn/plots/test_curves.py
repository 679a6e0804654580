"""The figures of training runs: losses, single weights, paths, several runs."""

import re

import numpy as np
import pytest
from figure_checks import (
    DATA,
    assert_sound,
    assert_unchanged,
    run,
    state_of,
    texts_of,
)
from tiers import thinned

import course_nn as nn
from course_nn import plots
from course_nn.history import History


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


@pytest.mark.parametrize("log", thinned([False, True], 2))
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


@pytest.mark.all
def test_many_updates_are_pale_with_the_mean_of_each_epoch_on_top(model):
    history = run(model, batch_size=1, epochs=4, validation=None)
    history = History(
        history.settings,
        updates=history.updates * 4,  # 36 a line would hide the dots
        epochs=[e._replace(updates=36) for e in history.epochs],
    )
    picture = assert_sound(lambda: plots.loss_curves({"online": history}, against="updates"))
    pale, means = picture.figure.axes[0].lines
    assert pale.get_alpha() < 0.5
    np.testing.assert_array_equal(pale.get_ydata(), history.update_losses)
    np.testing.assert_array_equal(means.get_ydata(), history.epoch_losses)
    assert means.get_xdata().tolist() == [18.5, 54.5, 90.5, 126.5]  # the middle of each epoch


@pytest.mark.long
def test_one_epoch_and_many_runs(model):
    picture = assert_sound(lambda: plots.loss_curves(run(model, learning_rate=0, epochs=1)))
    (axes,) = picture.figure.axes
    low, high = axes.get_xlim()
    assert [tick for tick in axes.get_xticks() if low <= tick <= high] == [1]
    many = {f"run {i}": run(model, epochs=2) for i in range(9)}
    assert_sound(lambda: plots.loss_curves(many))


class own_loss(nn.Operation):
    """z³ for each example, which may be below 0."""

    def check_operands(self):
        return None

    def forward(self):
        self.value = (self.operands[0].value ** 3).sum(axis=1)

    def backward(self):
        (z,) = self.operands
        z.add_grad(3 * self.grad[:, None] * z.value**2)


@pytest.mark.parametrize("against", thinned(["epochs", "updates"], 2))
def test_a_loss_below_0_is_not_cut_away(against):
    def run(weight, **options):
        with nn.Graph(make_current=False):
            x = nn.Input("x", 1)
            z = nn.matmul(x, nn.Parameter("W1", [[weight]]), name="z")
            loss = own_loss(z, name="loss")
        return nn.train_sgd(
            loss, {"x": [[1.0], [0.5]]}, learning_rate=0.1, epochs=4, shuffle=False, **options
        )

    def bottom(history, **options):
        picture = plots.loss_curves(history, against=against, **options)
        return picture.figure.axes[0].get_ylim()[0]

    below = run(-1.0)
    lowest = (below.epoch_losses if against == "epochs" else below.update_losses).min()
    assert bottom(below) < lowest < 0
    above = run(1.0, validation={"x": [[-2.0]]})
    assert bottom(above) == 0
    validated = bottom(above, validation=True)
    assert validated < above.validation_losses.min() < 0
    assert bottom({"above": above, "below": below}) < lowest
    assert_sound(lambda: plots.loss_curves(below, against=against))
    with pytest.raises(ValueError, match="no place for a loss below 0, such as -"):
        plots.loss_curves({"above": above, "below": below}, against=against, log=True)
    with pytest.raises(ValueError, match="no place for a loss below 0, such as -"):
        plots.loss_curves(above, against=against, log=True, validation=True)
    plots.loss_curves(above, against=against, log=True)


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


def test_validation_may_be_there_for_some_epochs_only(model):
    data = {"x": np.eye(2), "y": np.array([0, 1])}
    options = {"batch_size": 1, "learning_rate": 0.1}
    history = None
    for epochs, validation in ((1, None), (3, data), (4, None)):
        options |= {"epochs": epochs, "validation": validation, "resume": history}
        history = nn.train_minibatch(model.loss, data, **options)
    second, third = (f"{value:.4f}" for value in history.validation_losses[1:3])
    sentence = plots.loss_curves(history, validation=True).sentence
    assert f"validation from {second} to {third} (epochs 2 to 3)." in sentence  # not of all four
    assert "nan" not in sentence


def test_huge_numbers_are_short(model):
    data = {"x": np.eye(2), "y": np.array([0, 1])}
    far = plots.loss_along_weight(model.loss, data, model.W1, (0, 0), reach=1e300)
    curves = {"a": ([1, 2], [[1e300, 1e200], [2e300, 1e250]])}
    for picture in (far, plots.spread_over_seeds(curves, against="epochs")):
        assert len(picture.sentence) < 200


def test_curves_that_cannot_be_drawn(model):
    with pytest.raises(ValueError, match="against must be 'epochs' or 'updates'; got 'seconds'"):
        plots.loss_curves(run(model), against="seconds")
    with pytest.raises(ValueError, match="no history to draw"):
        plots.loss_curves({})
    with pytest.raises(ValueError, match="'a' has no update"):
        plots.loss_curves({"a": nn.History({})}, against="updates")


@pytest.mark.parametrize(("name", "entry"), thinned([("W1", (1, 2)), ("W3", (0, 1))], 2))
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


@pytest.mark.all
@pytest.mark.filterwarnings("error")
def test_a_loss_that_is_not_finite_is_not_the_lowest():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Input("y", 1)
        W = nn.Parameter("W1", [[1.0], [0.5]])
        z = nn.matmul(x, W, name="z")
        loss = nn.squared_error(nn.more_operations.divide(z, z), y, name="loss")
    data = {"x": [[1.0, 0.0]], "y": [[0.0]]}  # 0 / 0 where the weight is 0
    sentence = assert_sound(
        lambda: plots.loss_along_weight(loss, data, W, (0, 0), reach=1.0)
    ).sentence
    assert "it is the same" in sentence or "lowest 0.5" in sentence or "falls" in sentence
    assert "nan" not in sentence and sentence.endswith("at 1 of 201 values it is not finite.")
    picture = plots.weight_paths(loss, data, W, {"a": [[1.0, 1.0], [-1.0, 1.0]]})
    assert "from 0.5000 to 0.5000" in picture.sentence


def test_a_weight_that_is_not_there_is_refused(model):
    with pytest.raises(ValueError, match=r"W1 is \(2, 3\); it has no entry \[2, 0\]"):
        plots.loss_along_weight(model.loss, DATA, model.W1, (2, 0))
    other = nn.two_hidden_layer_network(2, 3, 3, 2).W1
    with pytest.raises(ValueError, match="parameter of the graph"):
        plots.loss_along_weight(model.loss, DATA, other, (0, 0))


def run_with_snapshots(batch_size, **options):
    model = nn.two_hidden_layer_network(2, 3, 3, 2, seed=1)
    options = {"learning_rate": 0.5, "epochs": 2, "snapshots": "updates"} | options
    return nn.train_minibatch(model.loss, DATA, batch_size=batch_size, **options)


@pytest.mark.all
def test_a_weight_changes_at_updates_only():
    runs = {
        "online": run_with_snapshots(1),
        "by fours": run_with_snapshots(4),
        "batch": run_with_snapshots(9),
    }
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
    one = plots.weight_trace({"batch": run_with_snapshots(9, epochs=1)})
    assert "batch: 1 update, from" in one.sentence
    (line,) = plots.weight_trace({"online": run_with_snapshots(1, epochs=4)}).figure.axes[0].lines
    assert line.get_marker() in (None, "None"), "36 markers would hide the line"


def test_traces_that_cannot_be_drawn():
    history = run_with_snapshots(4)
    with pytest.raises(ValueError, match=r"'a' does not have the weights after each update"):
        plots.weight_trace({"a": run_with_snapshots(4, snapshots="epochs")})
    with pytest.raises(ValueError, match='Train with snapshots="updates"'):
        plots.weight_trace({"a": run_with_snapshots(4, snapshots=None)})
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


@pytest.fixture(params=thinned([pytest.param((2, 1)), pytest.param((1, 2))], 2), ids=str)
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
    picture = plots.weight_paths(loss, data, W, paths, lowest=(0.5, -1))
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


@pytest.mark.all
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


@pytest.mark.all
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


@pytest.mark.all
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


@pytest.mark.all
def test_a_logarithmic_axis_for_several_runs():
    curves = {"a": ([1, 2, 3], [[1.0, 0.1, 0.01], [2.0, 0.2, 0.02]])}
    picture = assert_sound(lambda: plots.spread_over_seeds(curves, against="epochs", log=True))
    assert picture.figure.axes[0].get_yscale() == "log"
    linear = plots.spread_over_seeds(curves, against="epochs")
    assert linear.figure.axes[0].get_yscale() == "linear"
    assert linear.sentence == picture.sentence
    for lowest, words in ((0.0, "a value of 0"), (-0.5, "a value below 0, such as -0.5000")):
        wrong = curves | {"b": ([1, 2], [[1.0, lowest]])}
        with pytest.raises(ValueError, match=f"no place for {words}. Draw with log=False"):
            plots.spread_over_seeds(wrong, against="epochs", log=True)
        plots.spread_over_seeds(wrong, against="epochs")


def test_a_loss_of_0_has_no_place_on_a_logarithmic_axis():
    """It would be left out of the picture without a word."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        z = nn.matmul(x, nn.Parameter("W1", [[1.0]]), name="z")
        loss = nn.squared_error(z, y, name="loss")
    history = nn.train_batch(loss, {"x": [[1.0]], "y": [[1.0]]}, learning_rate=1, epochs=2)
    with pytest.raises(ValueError, match=r"no place for a loss of 0\. Draw with log=False"):
        plots.loss_curves(history, log=True)
    plots.loss_curves(history)
