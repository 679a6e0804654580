"""Functions of one number: each curve is drawn as it is, and its slopes are those of the curve."""

import numpy as np
import pytest
from figure_checks import assert_sound, texts_of

from course_nn import plots


def square(z):
    return z**2


def line(z):
    return 3 - 2 * z


def draw(curves=None, **changed):
    options = {"between": (-2, 4), "slopes_at": (-1, 3), "xlabel": "z"} | changed
    return plots.functions(curves or {"square": square, "line": line}, **options)


def test_functions_with_their_slopes():
    picture = assert_sound(lambda: draw(ylabel="height", title="Two functions"))
    axes = picture.figure.axes[0]
    curves = {each.get_label(): each for each in axes.lines if len(each.get_xdata()) > 2}
    tangents = [each for each in axes.lines if len(each.get_xdata()) == 2]
    points = [each.get_data() for each in axes.lines if len(each.get_xdata()) == 1]
    for name, function in (("square", square), ("line", line)):
        z, values = curves[name].get_data()
        assert z[0] == -2 and z[-1] == 4
        np.testing.assert_allclose(values, function(z), rtol=1e-12)
    slopes = [np.diff(y)[0] / np.diff(x)[0] for x, y in (each.get_data() for each in tangents)]
    np.testing.assert_allclose(slopes, [-2, 6, -2, -2], atol=1e-8)
    np.testing.assert_allclose(
        [(x[0], y[0]) for x, y in points], [(-1, 1), (3, 9), (-1, 5), (3, -3)], rtol=1e-12
    )
    for tangent, (x, y) in zip(tangents, points, strict=True):
        assert np.mean(tangent.get_xdata()) == pytest.approx(x[0])
        assert np.mean(tangent.get_ydata()) == pytest.approx(y[0]), "it touches at its point"
    assert picture.sentence == (
        "The height against the z. "
        "square: from 4.0000 to 16.0000, slope -2.0000 at -1, 6.0000 at 3; "
        "line: from 7.0000 to -5.0000, slope -2.0000 at -1, -2.0000 at 3."
    )
    assert {"Two functions", "height", "z", "square", "line"} <= set(texts_of(picture))
    styles = {(each.get_color(), each.get_linestyle()) for each in curves.values()}
    assert len(styles) == 2
    assert tangents[0].get_color() not in {each.get_color() for each in curves.values()}


def test_without_slopes():
    assert draw({"line": line}, slopes_at=()).sentence == (
        "The loss against the z. line: from 7.0000 to -5.0000."
    )


@pytest.mark.parametrize(
    ("curves", "changed", "error", "words"),
    [
        (square, {}, TypeError, "needs functions by name"),
        ({"a": 3}, {}, TypeError, "needs functions by name"),
        (None, {"between": (4, -2)}, ValueError, "the smaller first"),
        (None, {"between": (1, 2, 3)}, ValueError, "the smaller first"),
        (None, {"between": ("a", 2)}, TypeError, "between must be numbers"),
        (None, {"slopes_at": (4,)}, ValueError, "slopes_at must lie between -2 and 4; got 4"),
        (None, {"slopes_at": (-2,)}, ValueError, "slopes_at must lie between -2 and 4; got -2"),
        ({"a": np.log}, {"between": (0, 4), "slopes_at": ()}, ValueError, "The function 'a' must"),
        ({"a": lambda z: np.array([z])}, {}, ValueError, r"'a' must return one number; .* \(1,\)"),
        ({"a": lambda z: "z"}, {}, TypeError, "The function 'a' must be numbers"),
        (
            {"a": lambda z: max(z, 0.0)},
            {"slopes_at": (1, 0)},
            ValueError,
            "a corner or a jump at 0",
        ),
        ({"a": abs}, {"slopes_at": (0,)}, ValueError, "'a' has a corner or a jump at 0"),
        ({"a": np.sign}, {"slopes_at": (0,)}, ValueError, "a corner or a jump at 0"),
        ({"a": lambda z: z > 1}, {"slopes_at": (1,)}, ValueError, "a corner or a jump at 1"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_functions_that_cannot_be_drawn(curves, changed, error, words):
    with pytest.raises(error, match=words):
        draw(curves, **changed)


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e12])
def test_slopes_of_places_of_any_size(size):
    """With one step for all, the slope at 1e12 would be 0, and near 0 that of a chord."""
    picture = draw({"square": lambda z: (z / size) ** 2}, between=(0, 2 * size), slopes_at=(size,))
    (tangent,) = (each for each in picture.figure.axes[0].lines if len(each.get_xdata()) == 2)
    slope = np.diff(tangent.get_ydata())[0] / np.diff(tangent.get_xdata())[0]
    assert slope * size == pytest.approx(2, rel=1e-5)


def steep(z):
    return np.tanh(100 * (z - 0.3))


@pytest.mark.parametrize(
    "curve", [np.exp, np.cos, np.tanh, square, lambda z: z**3, lambda z: 7.0, steep]
)
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_where_a_curve_is_smooth_it_has_a_slope(curve, offset):
    places = (-1.5, -1e-3, 0, 1e-7, 0.3, 2.9)
    draw({"curve": lambda z: curve(z) + offset}, slopes_at=places)


def test_a_step_that_rounding_swallows_is_no_slope_of_0():
    with pytest.raises(ValueError, match="is lost in rounding"):
        draw({"square": square}, between=(1e12, 1e12 + 2), slopes_at=(1e12 + 1,))


@pytest.mark.parametrize("few", [np.float32, np.float16])
def test_a_slope_needs_float64(few):
    """Of z² in float32 the slope at 1 was 2.0027: a small step changes little but the rounding."""
    curves = {"square": lambda z: few(z) ** 2}
    with pytest.raises(TypeError, match=f"'square' .* float64 where .* got one of {few.__name__}"):
        draw(curves, slopes_at=(1,))
    assert draw(curves, slopes_at=()).sentence.endswith("square: from 4.0000 to 16.0000.")
    longer = draw({"square": lambda z: np.longdouble(z) ** 2})
    assert "slope -2.0000 at -1, 6.0000 at 3" in longer.sentence
