"""Figures of functions of one number, with their slopes at some places.

Source: lesson 06.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from course_nn import checks
from course_nn.checks import short
from course_nn.plots.picture import COLOURS, Picture, finite_numbers, line_style, new_figure

NUDGE = 1e-5  # of the central differences, relative to the place and to the width of the figure


def functions(
    curves: Mapping[str, Callable[[float], float]],
    *,
    between: tuple[float, float],
    slopes_at: Iterable[float] = (),
    xlabel: str,
    ylabel: str = "loss",
    title: str = "",
) -> Picture:
    """Functions of one number side by side, each with a short tangent at some places.

    Args:
        curves: functions by name; each takes a float and returns one.
        between: from where to where they are drawn.
        slopes_at: where the slopes are shown; they are found by central differences.
        xlabel: what the number is.
        ylabel: what the value is.
        title: drawn above it.

    Raises TypeError or ValueError: no functions by name; limits that are no interval; a place that
    lies outside, at a corner or a jump, or beside which a step to find the slope is lost in
    rounding; a function that does not return finite numbers, or has slopes and returns less than
    float64.
    """
    if not isinstance(curves, Mapping) or not curves or not all(map(callable, curves.values())):
        raise TypeError("functions needs functions by name: {'-log p': f, …}.")
    limits = finite_numbers("between", between)
    if limits.shape != (2,) or not limits[0] < limits[1]:
        raise ValueError(
            f"between is two numbers, the smaller first, such as (-4, 4); got "
            f"{checks.shown(between)}."
        )
    low, high = (float(limit) for limit in limits)
    places = finite_numbers("slopes_at", list(slopes_at)).tolist()
    for place in places:
        if not low < place < high:
            raise ValueError(f"slopes_at must lie between {low:g} and {high:g}; got {place:g}.")

    figure = new_figure(7.5, 4)
    axes = figure.add_subplot()
    reach = (high - low) / 20  # of a tangent, to both sides
    numbers = np.linspace(low, high, 201)
    parts = []
    for i, (name, function) in enumerate(curves.items()):
        values = _values(name, function, numbers)
        axes.plot(numbers, values, label=name, **line_style(i, marked=False))
        found = []
        for place in places:
            step = NUDGE * min(max(1.0, abs(place)), high - low)
            ends = place - step, place + step
            if ends[0] == ends[1]:
                raise ValueError(f"Beside {place:g} a step of {step:.1e} is lost in rounding.")
            _need_float64(name, function(place))
            before, here, after = _values(name, function, [ends[0], place, ends[1]])
            slope = (after - before) / (ends[1] - ends[0])
            if _is_corner(name, function, place, step, np.ptp(values) / (high - low)):
                raise ValueError(
                    f"The function {name!r} has a corner or a jump at {place:g}: there it has no "
                    "slope. Leave this place out of slopes_at."
                )
            side = np.array([-reach, reach])
            tangent = {"color": COLOURS[6], "linewidth": 2, "zorder": 3}
            axes.plot(place + side, here + slope * side, **tangent)
            axes.plot(place, here, "o", color=COLOURS[6], markersize=5, zorder=3)
            found.append(f"{short(slope)} at {place:g}")
        slopes = f", slope {', '.join(found)}" if found else ""
        parts.append(f"{name}: from {short(values[0])} to {short(values[-1])}{slopes}")
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axes.grid(alpha=0.3)
    axes.legend()
    return Picture(figure, f"The {ylabel} against the {xlabel}. {'; '.join(parts)}.")


def _need_float64(name: str, value: object) -> None:
    """Refuse float32 and float16, of which a small step changes little more than the rounding."""
    dtype = np.asarray(value).dtype
    if dtype.kind == "f" and dtype.itemsize < np.dtype(float).itemsize:
        raise TypeError(
            f"The function {name!r} must return a number of float64 where it has a slope; got one "
            f"of {dtype}, whose rounding is larger than what so small a step changes. Compute in "
            "float64, or leave slopes_at out."
        )


def _is_corner(
    name: str, function: Callable[[float], float], place: float, step: float, steepness: float
) -> bool:
    """Whether the slopes on both sides disagree, and do not come nearer as the step is halved; or
    whether both grow, as at a jump.

    Where they disagree by less than can be seen in the figure, it may be rounding.
    """
    sides = []  # left and right, of each step
    for reach in (step, step / 2):
        x = place - reach, place, place + reach
        sides.append(np.diff(_values(name, function, x)) / np.diff(x))
    (first, *_), (second, *_) = (abs(np.diff(slopes)) for slopes in sides)
    grown = np.abs(sides[1] - sides[0]).max()
    bent, jumps = second > 0.75 * first, grown > 0.25 * np.abs(sides[1]).max()
    seen = steepness / 100
    return bool((bent and second > seen) or (jumps and grown > seen))


def _values(name: str, function: Callable[[float], float], numbers: Iterable[float]) -> np.ndarray:
    """The function at each of the numbers, as an array of floats."""
    values = finite_numbers(f"The function {name!r}", [function(float(z)) for z in numbers])
    if values.ndim != 1:
        raise ValueError(
            f"The function {name!r} must return one number; it returned shape {values.shape[1:]}."
        )
    return values
