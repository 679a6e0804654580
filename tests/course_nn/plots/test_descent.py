"""The figures of the gradient and of the steps against it: what is drawn is what was computed."""

import re

import numpy as np
import pytest
from figure_checks import DATA, assert_sound, assert_unchanged, state_of, texts_of
from tiers import thinned

import course_nn as nn
from course_nn import plots
from course_nn.plots.picture import GRADIENT, VALUE

FOUR = {
    "x": np.array([[0.5, -1.0], [1.0, 1.0], [-2.0, 0.5], [1.5, 0.5]]),
    "y": np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]]),
}


def small_network(seed=7):
    return nn.two_hidden_layer_network(
        2, 3, 2, 2, activation="sigmoid", loss="squared_error", seed=seed
    )


def loss_with(model, data, parameter, places, weights):
    """J with other weights at these places, by nn.evaluate."""
    with model.graph.left_as_it_was():
        moved = parameter.value.copy()
        for place, weight in zip(places, weights, strict=True):
            moved[place] = weight
        parameter.value = moved
        return nn.evaluate(model.loss, data).loss


def gradient_of(model, data, parameter):
    with model.graph.left_as_it_was():
        model.graph.Forward(**data)
        model.graph.Backward(model.loss)
        return parameter.grad


def arrows_of(axes, colour):
    """Tip minus start of each arrow of this colour."""
    from matplotlib.colors import to_hex

    return [
        np.subtract(each.xy, each.xyann)
        for each in axes.texts
        if getattr(each, "arrow_patch", None) is not None
        and to_hex(each.arrow_patch.get_edgecolor()) == colour.lower()
    ]


def assert_right_angle(picture, here):
    """The gradient, as it is drawn, against the contour line through its point, as it is drawn."""
    axes = picture.figure.axes[0]
    assert axes.get_aspect() == 1, "else a right angle does not look like one"
    (line,) = [c for c in axes.collections if np.isclose(c.get_linewidth(), 1.5).all()]
    (gradient,) = arrows_of(axes, GRADIENT)
    vertices = np.concatenate([path.vertices for path in line.get_paths()])
    distances = np.linalg.norm(vertices - here, axis=1)
    reach = np.ptp(axes.get_xlim()) / 2
    assert distances.min() < 0.05 * reach, "the line goes through the point"
    near = vertices[distances < 0.1 * reach]
    direction = near[-1] - near[0]
    cosine = gradient @ direction / np.linalg.norm(gradient) / np.linalg.norm(direction)
    assert abs(cosine) < np.sin(np.radians(2))


# --- the loss over two weights --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "places", "rows"),
    thinned(
        [("W3", [(0, 0), (1, 0)], 1), ("W2", [(0, 1), (1, 1)], 4), ("W1", [(1, 0), (0, 2)], 4)], 3
    ),
)
def test_the_loss_over_two_weights(name, places, rows):
    model = small_network()
    W, data = getattr(model, name), {key: values[:rows] for key, values in FOUR.items()}
    before = state_of(model.graph)
    picture = plots.loss_over_two_weights(
        model.loss, data, W, places, learning_rate=0.5, title="Two"
    )
    assert_unchanged(before)
    here = np.array([W.value[place] for place in places])
    gradient = np.array([gradient_of(model, data, W)[place] for place in places])
    axes = picture.figure.axes[0]
    (step,) = arrows_of(axes, VALUE)
    np.testing.assert_allclose(step, -0.5 * gradient, rtol=1e-9)
    (drawn,) = arrows_of(axes, GRADIENT)
    np.testing.assert_allclose(drawn, gradient, rtol=1e-9)
    assert_right_angle(picture, here)
    assert (axes.get_xlabel(), axes.get_ylabel()) == tuple(
        f"{name}[{row}, {column}]" for row, column in places
    )
    J, after = (
        loss_with(model, data, W, places, weights) for weights in (here, here - 0.5 * gradient)
    )
    point = "({:z.4f}, {:z.4f})"
    assert picture.sentence == (
        f"The mean loss over {axes.get_xlabel()} and {axes.get_ylabel()}: {J:.4f} at "
        f"{point.format(*here)}. The gradient there is {point.format(*gradient)}, at 90° to the "
        f"contour line; the step with η = 0.5 is {point.format(*(-0.5 * gradient))}, and leads to "
        f"the loss {after:.4f}."
    )
    assert {"Two", "gradient", "step, −η · gradient with η = 0.5"} <= set(texts_of(picture))


@pytest.mark.all
def test_each_contour_line_is_where_the_loss_has_its_number():
    model = small_network()
    places = [(0, 0), (1, 0)]
    picture = plots.loss_over_two_weights(model.loss, FOUR, model.W3, places, learning_rate=0.5)
    lines = [each for each in picture.figure.axes[0].collections if hasattr(each, "levels")]
    assert len(lines) == 2
    for line in lines:
        for level, path in zip(line.levels, line.get_paths(), strict=True):
            for weights in path.vertices[::9]:
                J = loss_with(model, FOUR, model.W3, places, weights)
                assert pytest.approx(level, rel=0.03) == J


@pytest.mark.long
def test_a_long_step_makes_the_picture_larger_and_a_long_gradient_is_drawn_shorter():
    model = small_network()
    options = {"learning_rate": 30, "reach": 0.1}
    far = plots.loss_over_two_weights(model.loss, FOUR, model.W3, **options)
    axes = far.figure.axes[0]
    (step,) = arrows_of(axes, VALUE)
    assert np.ptp(axes.get_xlim()) / 2 > np.abs(step).max() > 1
    options = {"learning_rate": 0.01, "reach": 0.1}
    near = assert_sound(lambda: plots.loss_over_two_weights(model.loss, FOUR, model.W3, **options))
    gradient = gradient_of(model, FOUR, model.W3)[0]
    (drawn,) = arrows_of(near.figure.axes[0], GRADIENT)
    (text,) = [t for t in texts_of(near) if t.startswith("gradient, drawn")]
    scale = float(re.search(r"drawn ([.\d]+) times as long", text)[1])
    assert 0 < scale < 1
    np.testing.assert_allclose(drawn, scale * gradient, rtol=1e-9)


@pytest.mark.long
def test_where_the_gradient_is_0_no_direction_is_named():
    model = small_network()
    model.W3.value = np.zeros((2, 2))
    data = {"x": FOUR["x"], "y": np.zeros((4, 2))}
    picture = assert_sound(
        lambda: plots.loss_over_two_weights(model.loss, data, model.W3, learning_rate=1)
    )
    assert picture.sentence.endswith("where the gradient is 0, so it says no direction.")
    assert not arrows_of(picture.figure.axes[0], GRADIENT)


class halved(nn.Operation):
    """h, whose backward passes on the gradient of its first column only half."""

    def forward(self):
        self.value = 1.0 * self.operands[0].value

    def backward(self):
        self.operands[0].add_grad(self.grad * np.array([0.5, 1.0]))


def test_a_wrong_gradient_is_not_said_to_be_at_right_angles():
    with nn.Graph(make_current=False) as net:
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        W = nn.Parameter("W", [[0.5, 0.3], [0.1, -0.4]])
        loss = nn.squared_error(halved(nn.matmul(x, W)), y, name="loss")
    picture = plots.loss_over_two_weights(loss, FOUR, W, [(0, 0), (0, 1)], learning_rate=0.5)
    (angle,) = re.findall(r"at (\d+)° to the contour line", picture.sentence)
    assert int(angle) < 85
    with pytest.raises(AssertionError):
        assert_right_angle(picture, W.value[0])
    assert net.nodes[0].value is None


# --- steps along one weight -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "entry", "rates"),
    thinned([("W3", (1, 0), (0.3, 1.5)), ("W1", (0, 2), (0.1, 1, 3, 9))], 2),
)
def test_steps_along_a_weight(name, entry, rates):
    model = small_network()
    W = getattr(model, name)
    before = state_of(model.graph)
    picture = assert_sound(
        lambda: plots.steps_along_weight(
            model.loss, FOUR, W, entry, learning_rates=rates, title="Steps"
        )
    )
    assert_unchanged(before)
    panels = picture.figure.axes
    assert [axes.get_title() for axes in panels] == [f"η = {rate:g}" for rate in rates]
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in panels}) == 1, "the same axes"
    assert "Steps" in texts_of(picture)
    for axes, rate in zip(panels, rates, strict=True):
        curve, points, start = axes.lines
        for w, J in list(zip(*curve.get_data(), strict=True))[::40]:
            assert loss_with(model, FOUR, W, [entry], [w]) == pytest.approx(J, rel=1e-12)
        with model.graph.left_as_it_was():
            path, original = [], W.value
            for _ in range(5):
                slope = gradient_of(model, FOUR, W)[entry]
                path.append((W.value[entry], nn.evaluate(model.loss, FOUR).loss))
                moved = original.copy()
                moved[entry] = W.value[entry] - rate * slope
                W.value = moved
        drawn = np.concatenate([start.get_xydata(), points.get_xydata()])
        np.testing.assert_allclose(drawn, path, rtol=1e-9)
        assert ", ".join(f"{J:.4f}" for _, J in path) in picture.sentence
        assert len([t for t in axes.texts if t.arrow_patch is not None]) == 4


def parabola():
    """J = ½ w² at w = 1: with η = 1 one step leads to the bottom, above 2 it leads away."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        W = nn.Parameter("w", [[1.0]])
        loss = nn.squared_error(nn.matmul(x, W, name="z"), y, name="loss")
    return loss, {"x": [[1.0]], "y": [[0.0]]}, W


@pytest.mark.parametrize(
    ("rate", "losses", "course"),
    [
        (0.5, "0.5000, 0.1250, 0.0312, 0.0078, 0.0020", "lower each time"),
        (1, "0.5000, 0.0000, 0.0000, 0.0000, 0.0000", "never higher"),
        (1.5, "0.5000, 0.1250, 0.0312, 0.0078, 0.0020", "lower each time, to and fro"),
        (2, "0.5000, 0.5000, 0.5000, 0.5000, 0.5000", "always the same"),
        (3, "0.5000, 2.0000, 8.0000, 32.0000, 128.0000", "higher each time, to and fro"),
        (0, "0.5000, 0.5000, 0.5000, 0.5000, 0.5000", "always the same"),
    ],
)
def test_what_the_sentence_says_of_a_parabola(rate, losses, course):
    loss, data, W = parabola()
    picture = plots.steps_along_weight(loss, data, W, (0, 0), learning_rates=[rate])
    assert picture.sentence == (
        "The loss at the start and after each of 4 steps of w[0, 0]. "
        f"η = {rate:g}: {losses}, {course}."
    )


def test_other_numbers_of_steps():
    loss, data, W = parabola()

    def sentence(**options):
        return plots.steps_along_weight(loss, data, W, (0, 0), **options).sentence

    one = sentence(learning_rates=[0.5], steps=1)
    assert one.endswith("each of 1 step of w[0, 0]. η = 0.5: 0.5000, 0.1250, lower each time.")
    with pytest.raises(ValueError, match="steps must be at most 10; got 11"):
        sentence(learning_rates=[0.5], steps=11)
    with pytest.raises(ValueError, match="steps must be 1 or more; got 0"):
        sentence(learning_rates=[0.5], steps=0)
    for wrong in ([], [1] * 5, 0.5, None):
        with pytest.raises(ValueError, match="learning_rates must be from 1 to 4 numbers"):
            sentence(learning_rates=wrong)
    with pytest.raises(TypeError, match="A learning rate must be a number"):
        sentence(learning_rates=["a"])
    with pytest.raises(ValueError, match="A learning rate must be 0 or more, and finite"):
        sentence(learning_rates=[np.nan])
    with pytest.raises(ValueError, match=r"η = 1e\+80 the loss is no longer finite after 2 steps"):
        sentence(learning_rates=[0.5, 1e80])
    with pytest.raises(ValueError, match="At these weights the loss is not finite"):
        huge = {"x": [[1e200]], "y": [[0.0]]}
        plots.steps_along_weight(loss, huge, W, (0, 0), learning_rates=[0.5])
    assert W.value == 1


# --- the gradients of several examples ------------------------------------------------------------


@pytest.mark.parametrize("rows", thinned([2, 5, 8], 3))
def test_the_gradients_of_examples_and_their_average(rows):
    model = nn.two_hidden_layer_network(2, 3, 3, 2, activation="tanh", seed=1)
    data = {name: values[:rows] for name, values in DATA.items()}
    before = state_of(model.graph)
    picture = assert_sound(
        lambda: plots.gradient_arrows(model.loss, data, model.W1, [(0, 1), (1, 2)], title="Some")
    )
    assert_unchanged(before)
    each = []
    for b in range(rows):
        alone = {name: values[b : b + 1] for name, values in data.items()}
        gradient = gradient_of(model, alone, model.W1)
        each.append([gradient[0, 1], gradient[1, 2]])
    each = np.array(each)
    axes = picture.figure.axes[0]
    tips = np.array([t.xy for t in axes.texts if t.arrow_patch is not None])
    np.testing.assert_allclose(tips, [*each, each.mean(axis=0)], atol=1e-12)
    (average,) = arrows_of(axes, GRADIENT)
    np.testing.assert_allclose(average, each.mean(axis=0), atol=1e-12)
    assert axes.get_aspect() == 1
    texts = texts_of(picture)
    assert [t for t in texts if t.startswith("example")] == [f"example {b}" for b in range(rows)]
    away = int((each @ each.mean(axis=0) < 0).sum())
    assert f"{away or 'None'} of the {rows} point" in picture.sentence
    average, longest = np.linalg.norm(each.mean(axis=0)), np.linalg.norm(each, axis=1).max()
    assert f"{average:.4f} long; the longest gradient is {longest:.4f} long." in picture.sentence
    styles = {(t.get_color(), t.get_linestyle()) for t in axes.get_legend().get_lines()}
    assert len(styles) == rows + 1, "no two look alike"


@pytest.mark.long
def test_two_opposite_gradients():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Input("y", 1)
        W = nn.Parameter("W", [[0.0], [0.0]])
        loss = nn.squared_error(nn.matmul(x, W, name="z"), y, name="loss")
    data = {"x": [[1.0, 0.0], [-1.0, 1.0]], "y": [[1.0], [2.0]]}
    picture = assert_sound(lambda: plots.gradient_arrows(loss, data, W, [(0, 0), (1, 0)]))
    assert picture.sentence == (
        "The gradients of W[0, 0] and W[1, 0] for 2 examples: (-1.0000, 0.0000), "
        "(2.0000, -2.0000). Their average is (0.5000, -1.0000), 1.1180 long; the longest gradient "
        "is 2.8284 long. 1 of the 2 points away from it (dot product below 0)."
    )
    equal = {"x": [[1.0, 0.0]] * 3, "y": [[1.0]] * 3}
    assert (
        "None of the 3 points away"
        in plots.gradient_arrows(loss, equal, W, [(0, 0), (1, 0)]).sentence
    )
    none = {"x": [[0.0, 0.0]] * 2, "y": [[1.0]] * 2}
    assert_sound(lambda: plots.gradient_arrows(loss, none, W, [(0, 0), (1, 0)]))


# --- what is refused ------------------------------------------------------------------------------


DRAW = {
    "loss_over_two_weights": {"learning_rate": 0.1},
    "gradient_arrows": {},
}


@pytest.mark.parametrize("name", DRAW)
def test_two_weights_that_are_not_there(name):
    model, other = small_network(), small_network()

    def draw(parameter, *entries, data=FOUR):
        return getattr(plots, name)(model.loss, data, parameter, *entries, **DRAW[name])

    before = state_of(model.graph)
    with pytest.raises(ValueError, match=f"{name} needs a parameter of the graph of the loss"):
        draw(other.W1)
    with pytest.raises(ValueError, match=f"{name} needs a parameter of the graph of the loss"):
        draw(model.W1.value)
    with pytest.raises(ValueError, match=r"W1 is \(2, 3\); it has no entry \[2, 0\]"):
        draw(model.W1, [(0, 0), (2, 0)])
    with pytest.raises(ValueError, match=f"{name} needs two different weights"):
        draw(model.W1, [(0, 1), (0, 1)])
    with pytest.raises(ValueError, match=f"{name} needs two different weights"):
        draw(model.W1, [(0, 1)])
    with pytest.raises(TypeError, match="entries are the places of two weights"):
        draw(model.W1, None)
    with pytest.raises(TypeError, match="An entry is a row and a column"):
        draw(model.W1, (0, 1))
    with pytest.raises(ValueError, match="y is missing"):
        draw(model.W1, data={"x": FOUR["x"]})
    with pytest.raises(ValueError, match="masked"):
        draw(model.W1, data=FOUR | {"x": np.ma.masked_less(FOUR["x"], 0)})
    with pytest.raises(ValueError, match="finite numbers"):
        draw(model.W1, data=FOUR | {"x": np.where(FOUR["x"] > 1, np.nan, 1.0)})
    with pytest.raises(ValueError, match="finite"):
        draw(model.W3, data=FOUR | {"y": np.full((4, 2), 1e300)})
    assert_unchanged(before)


def test_numbers_that_are_refused():
    model = small_network()

    def draw(**options):
        return plots.loss_over_two_weights(model.loss, FOUR, model.W3, **options)

    with pytest.raises(ValueError, match="reach must be above 0"):
        draw(learning_rate=1, reach=0)
    with pytest.raises(ValueError, match="The learning rate must be 0 or more"):
        draw(learning_rate=-1)
    with pytest.raises(TypeError, match="The learning rate must be a number"):
        draw(learning_rate=None)
    with pytest.raises(ValueError, match="from 2 to 8 examples; got 9"):
        many = {"x": np.ones((9, 2)), "y": np.ones((9, 2))}
        plots.gradient_arrows(model.loss, many, model.W1)
    with pytest.raises(ValueError, match="from 2 to 8 examples; got 1"):
        one = {name: values[:1] for name, values in FOUR.items()}
        plots.gradient_arrows(model.loss, one, model.W1)
    with pytest.raises(ValueError, match="steps_along_weight needs a parameter of the graph"):
        plots.steps_along_weight(model.loss, FOUR, None, (0, 0), learning_rates=[1])
    with pytest.raises(ValueError, match="A loss has one number for each example"):
        plots.gradient_arrows(model.output, FOUR, model.W1)
