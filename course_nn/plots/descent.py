"""Figures of the gradient and of the steps against it: which way, how far, and whose average.

Source: lessons 02, 08 and 09.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from course_nn import checks
from course_nn.checks import short
from course_nn.graph import Array, Data, Graph, Node, Parameter
from course_nn.own_state import left_as_it_was
from course_nn.plots.picture import (
    COLOURS,
    GRADIENT,
    VALUE,
    Picture,
    line_style,
    new_figure,
)

NUDGE = 1e-5  # with which the direction of the contour line is found
MOST_EXAMPLES = 8  # arrows in one picture
Place = tuple[int, int]


def loss_over_two_weights(
    loss: Node,
    data: Data,
    parameter: Parameter,
    entries: Sequence[Place] = ((0, 0), (0, 1)),
    *,
    learning_rate: float,
    reach: float = 2.0,
    title: str = "",
) -> Picture:
    """The mean loss J over two weights as contour lines, all other weights held fast; at the
    present weights the gradient, and the step −η · gradient.

    Both axes have the same scale, so that a right angle looks like one. The step is as long as it
    is; where the gradient would not fit, it is drawn shorter, and the key says so.

    Args:
        loss: the loss node.
        data: an array for each input of its graph.
        parameter, entries: rows and columns of the two weights in `parameter`.
        learning_rate: η of the step.
        reach: how far the picture goes to each side, above 0; further if the step needs it.
        title: drawn above it.

    The graph is left as it was. Raises TypeError or ValueError: no loss; data that do not fit; a
    parameter of another graph; entries that are not there, or twice the same; a loss that is not
    finite at the present weights.
    """
    net, checked, places = _checked("loss_over_two_weights", loss, data, parameter, entries)
    rate = checks.number("The learning rate", learning_rate)
    if not checks.number("reach", reach):
        raise ValueError("reach must be above 0; got 0.")
    with left_as_it_was(net):
        net.put(checked)
        J, gradient = _loss_and_gradient(net, loss, parameter, places)
        here = np.array([parameter.value[place] for place in places])
        step = -rate * gradient
        if not (np.isfinite(J) and np.isfinite(step).all()):
            raise ValueError("At these weights the loss or its gradient is not finite.")
        mean_loss = _mean_loss_at(net, loss, parameter, places)
        nudge = NUDGE * max(1.0, np.abs(here).max())
        numeric = np.array(
            [(mean_loss(here + d) - mean_loss(here - d)) / (2 * nudge) for d in nudge * np.eye(2)]
        )
        after = mean_loss(here + step)
        reach = max(reach, 1.15 * float(np.abs(step).max()))
        first, second = (np.linspace(w - reach, w + reach, 61) for w in here)
        surface = np.array([[mean_loss(np.array([u, v])) for u in first] for v in second])
    figure = new_figure(6.5, 6)
    axes = figure.add_subplot()
    shown = np.ma.masked_invalid(surface)
    lowest, highest = shown.min(), shown.max()
    if highest - lowest > 1e-12 * max(1.0, abs(J)):
        levels = lowest + (highest - lowest) * np.linspace(0, 1, 12)[1:] ** 2
        far = levels[np.abs(levels - J) > 0.02 * (highest - lowest)]
        lines = axes.contour(first, second, shown, levels=far, colors="0.7", linewidths=0.8)
        at = _label_places(lines, here, gradient, reach)
        axes.clabel(lines, fontsize=8, colors="0.35", fmt=lambda level: short(level, 2), manual=at)
        if lowest < J < highest:
            axes.contour(first, second, shown, levels=[J], colors="black", linewidths=1.5)
    length = float(np.linalg.norm(gradient))
    scale = _scale_that_fits(np.abs(gradient).max(), 0.9 * reach)
    drawn = "gradient" if scale == 1 else f"gradient, drawn {scale:g} times as long"
    if length:
        _arrow(axes, here, here + scale * gradient, GRADIENT, drawn)
    if np.linalg.norm(step):
        _arrow(axes, here, here + step, VALUE, f"step, −η · gradient with η = {rate:g}")
    axes.plot([], [], color="black", linewidth=1.5, label=f"loss {short(J)}, as now")
    axes.plot(*here, "o", color=COLOURS[6], markersize=6, zorder=5, label="now")
    names = [f"{parameter.name}[{row}, {column}]" for row, column in places]
    axes.set(xlabel=names[0], ylabel=names[1], title=title)
    axes.set(xlim=(first[0], first[-1]), ylim=(second[0], second[-1]))
    axes.set_aspect("equal")
    figure.legend(loc="outside lower center", ncols=2)
    text = f"The mean loss over {names[0]} and {names[1]}: {short(J)} at {_point(here)}"
    if not length:
        return Picture(figure, f"{text}, where the gradient is 0, so it says no direction.")
    text += f". The gradient there is {_point(gradient)}"
    along = np.array([-numeric[1], numeric[0]])  # the way in which the loss stays as it is
    if np.linalg.norm(along):
        cosine = abs(gradient @ along) / (length * np.linalg.norm(along))
        text += f", at {np.degrees(np.arccos(min(cosine, 1.0))):.0f}° to the contour line"
    text += f"; the step with η = {rate:g} is {_point(step)}, and leads to the loss {short(after)}"
    return Picture(figure, text + ".")


def steps_along_weight(
    loss: Node,
    data: Data,
    parameter: Parameter,
    entry: Place,
    *,
    learning_rates: Iterable[float],
    steps: int = 4,
    title: str = "",
) -> Picture:
    """A few steps of one weight against its gradient, on the curve of the mean loss J; all other
    weights are held fast. A panel for each learning rate, all with the same axes.

    Args:
        loss: the loss node.
        data: an array for each input of its graph.
        parameter, entry: row and column of the weight in `parameter`.
        learning_rates: from 1 to 4 of them.
        steps: from 1 to 10.
        title: drawn above it.

    The graph is left as it was. Raises TypeError or ValueError: no loss; data that do not fit; a
    parameter of another graph; an entry that is not there; other numbers of panels or of steps;
    steps that lead to a loss that is not finite.
    """
    net, checked, places = _checked("steps_along_weight", loss, data, parameter, [entry])
    given = [*learning_rates] if isinstance(learning_rates, Iterable) else None
    if given is None or not 1 <= len(given) <= 4:
        raise ValueError(
            "learning_rates must be from 1 to 4 numbers, such as (0.1, 1, 4); got "
            f"{checks.shown(learning_rates)}."
        )
    rates = [checks.number("A learning rate", rate) for rate in given]
    if checks.whole_number("steps", steps) > 10:
        raise ValueError(f"steps must be at most 10; got {steps}.")
    paths = []
    with left_as_it_was(net):
        net.put(checked)
        start = parameter.value[places[0]]
        mean_loss = _mean_loss_at(net, loss, parameter, places)
        if not np.isfinite(mean_loss(np.array([start]))):
            raise ValueError("At these weights the loss is not finite: there is no first step.")
        for rate in rates:
            made = [(float(start), mean_loss(np.array([start])))]
            for _ in range(steps):
                _, (slope,) = _loss_and_gradient(net, loss, parameter, places)
                weight = np.array([made[-1][0] - rate * slope])
                if not np.isfinite(weight).all() or not np.isfinite(J := mean_loss(weight)):
                    raise ValueError(
                        f"With η = {rate:g} the loss is no longer finite after "
                        f"{checks.counted(len(made), 'step')}. Draw fewer steps, or a smaller "
                        "learning rate."
                    )
                made.append((float(weight[0]), J))
            paths.append(np.array(made))
        points = np.concatenate(paths)
        low, high = points[:, 0].min(), points[:, 0].max()
        margin = 0.12 * max(high - low, 1e-3)
        weights = np.linspace(low - margin, high + margin, 201)
        curve = np.array([mean_loss(np.array([weight])) for weight in weights])
    wide = len(rates)
    figure = new_figure(max(5.0, 2.6 * wide), 3.8)
    panels = figure.subplots(1, wide, sharex=True, sharey=True, squeeze=False)[0]
    name = f"{parameter.name}[{places[0][0]}, {places[0][1]}]"
    parts = []
    for axes, rate, path in zip(panels, rates, paths, strict=True):
        axes.plot(weights, curve, color=VALUE, label="loss")
        for before, after in pairwise(path):
            look = {"arrowstyle": "-|>", "color": GRADIENT, "shrinkA": 0, "shrinkB": 0}
            axes.annotate("", xy=after, xytext=before, arrowprops=look, zorder=3)
        axes.plot(*path[1:].T, "o", color=GRADIENT, markersize=4, zorder=4, label="after a step")
        axes.plot(*path[0], "x", color="black", markersize=8, markeredgewidth=2, label="start")
        axes.set(xlabel=name, title=f"η = {rate:g}")
        axes.xaxis.get_major_locator().set_params(nbins=5)
        axes.grid(alpha=0.3)
        found = ", ".join(short(J) for J in path[:, 1])
        parts.append(f"η = {rate:g}: {found}, {_course_of(path)}")
    panels[0].set(ylabel="loss")
    if title:
        figure.suptitle(title)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    of_steps = checks.counted(steps, "step")
    return Picture(
        figure, f"The loss at the start and after each of {of_steps} of {name}. {'; '.join(parts)}."
    )


def gradient_arrows(
    loss: Node,
    data: Data,
    parameter: Parameter,
    entries: Sequence[Place] = ((0, 0), (0, 1)),
    *,
    title: str = "",
) -> Picture:
    """The gradient of each example's loss for two weights as an arrow, and the average of all.

    Args:
        loss: the loss node.
        data: an array for each input of its graph, from 2 to 8 examples.
        parameter, entries: rows and columns of the two weights in `parameter`.
        title: drawn above it.

    The graph is left as it was. Raises TypeError or ValueError: no loss; data that do not fit, or
    of other numbers of examples; a parameter of another graph; entries that are not there, or twice
    the same; a gradient that is not finite.
    """
    net, checked, places = _checked("gradient_arrows", loss, data, parameter, entries)
    examples = len(next(iter(checked.values())))
    if not 2 <= examples <= MOST_EXAMPLES:
        raise ValueError(
            f"gradient_arrows draws from 2 to {MOST_EXAMPLES} examples; got {examples}. Give fewer "
            "rows, such as the first five."
        )
    with left_as_it_was(net):
        net.put(checked)
        net.Forward()
        net.Backward(loss)
        each = parameter.per_example_grad()
        arrows = np.stack([each[:, row, column] for row, column in places], axis=1)
        _, average = _loss_and_gradient(net, loss, parameter, places)
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm([*arrows, average], axis=1)
    if not np.isfinite(lengths).all():
        raise ValueError("A gradient of these examples is not finite: there is nothing to draw.")
    figure = new_figure(7.5, 5)
    axes = figure.add_subplot()
    colours = [COLOURS[0], *COLOURS[2:]]  # without the orange of the average
    for b, arrow in enumerate(arrows):
        style = line_style(b, marked=False) | {"color": colours[b % len(colours)]}
        _arrow(axes, np.zeros(2), arrow, style["color"], f"example {b}", style["linestyle"], 1.5)
    _arrow(axes, np.zeros(2), average, GRADIENT, "their average", "-", 3.5)
    axes.plot(0, 0, "o", color="black", markersize=4)
    corners = np.concatenate([arrows, [average], np.zeros((1, 2))])
    low, high = corners.min(axis=0), corners.max(axis=0)
    size = 1.2 * (float((high - low).max()) or 1.0)
    middle = (low + high) / 2
    axes.set(xlim=middle[0] + np.array([-0.5, 0.5]) * size)
    axes.set(ylim=middle[1] + np.array([-0.5, 0.5]) * size)
    axes.set_aspect("equal")
    names = [f"{parameter.name}[{row}, {column}]" for row, column in places]
    axes.set(xlabel=f"gradient of {names[0]}", ylabel=f"gradient of {names[1]}", title=title)
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1))  # beside: it hides no arrow
    away = int((arrows @ average < 0).sum())
    text = (
        f"The gradients of {names[0]} and {names[1]} for {examples} examples: "
        f"{', '.join(map(_point, arrows))}. Their average is {_point(average)}, "
        f"{short(lengths[-1])} long; the longest gradient is {short(lengths[:-1].max())} long. "
    )
    verb = "point" if away > 1 else "points"
    text += f"{away or 'None'} of the {examples} {verb} away from it (dot product below 0)."
    return Picture(figure, text)


# --- what they share ------------------------------------------------------------------------------


def _checked(
    figure: str, loss: Node, data: Data, parameter: Parameter, entries: Any
) -> tuple[Graph, Any, list[Place]]:
    """The graph, its data, and the places of the weights."""
    checks.loss_node(loss)
    net: Graph = loss.graph
    checked = net.checked_inputs(data, whole="The data")
    if not isinstance(parameter, Parameter) or parameter.graph is not net:
        raise ValueError(f"{figure} needs a parameter of the graph of the loss.")
    if not isinstance(entries, (list, tuple)):
        raise TypeError(
            f"entries are the places of two weights, such as [(0, 0), (1, 0)]; got "
            f"{checks.shown(entries)}."
        )
    places = [checks.entry(parameter.name, parameter.value.shape, place) for place in entries]
    if figure != "steps_along_weight" and len({*places}) != 2:
        raise ValueError(
            f"{figure} needs two different weights, such as [(0, 0), (1, 0)]; got "
            f"{checks.shown(entries)}."
        )
    return net, checked, places


def _loss_and_gradient(
    net: Graph, loss: Node, parameter: Parameter, places: list[Place]
) -> tuple[float, Array]:
    """J, and its derivatives by the weights at these places."""
    net.Forward()
    net.Backward(loss)
    assert parameter.grad is not None
    return float(loss.value.mean()), np.array([parameter.grad[place] for place in places])


def _mean_loss_at(net: Graph, loss: Node, parameter: Parameter, places: list[Place]) -> Any:
    """A function of the weights at these places: J, with these weights from then on."""

    def mean_loss(weights: Array) -> float:
        moved = parameter.value.copy()
        for place, weight in zip(places, weights, strict=True):
            moved[place] = weight
        parameter.value = moved
        net.Forward()
        with np.errstate(all="ignore"):
            return float(loss.value.mean())

    return mean_loss


def _scale_that_fits(size: float, room: float) -> float:
    """1, or the largest of 0.5, 0.2, 0.1, 0.05, … with which an arrow fits."""
    scale, factors = 1.0, 0
    while scale * size > room:
        factors += 1
        scale = float(f"{(1.0, 0.5, 0.2)[factors % 3]}e-{factors // 3}")
    return scale


def _label_places(lines: Any, here: Array, gradient: Array, reach: float) -> list[Any]:
    """A place on each contour line for its number, beside the arrows; none where it is crowded."""
    length = float(np.linalg.norm(gradient)) or 1.0
    along = np.array([-gradient[1], gradient[0]]) / length
    chosen: list[Any] = []
    for path in lines.get_paths():
        away = path.vertices - here
        inside = np.abs(away).max(axis=1) < 0.85 * reach
        for side in (0.45 * reach, -0.45 * reach):
            off = np.abs(away @ along - side)
            if inside.any() and (off[inside] < 0.1 * reach).any():
                place = path.vertices[inside][off[inside].argmin()]
                if all(np.linalg.norm(place - other) > 0.3 * reach for other in chosen):
                    chosen.append(place)
                    break
    return chosen


def _arrow(
    axes: Any, start: Any, end: Any, colour: str, label: str, dashes: str = "-", width: float = 2.5
) -> None:
    """An arrow with an entry in the key."""
    axes.plot([], [], label=label, color=colour, linewidth=width, linestyle=dashes)
    head = {"arrowstyle": "-|>", "color": colour, "mutation_scale": 10 + 3 * width}
    head |= {"linewidth": width, "shrinkA": 0, "shrinkB": 0}
    begin = start
    if dashes != "-":  # the head of a dashed arrow would be dashed, too
        head["linewidth"], begin = 0.5, start + 0.9 * (end - start)
        line = zip(start, start + 0.97 * (end - start), strict=True)
        axes.plot(*line, color=colour, linewidth=width, linestyle=dashes, zorder=4)
    axes.annotate("", xy=tuple(end), xytext=tuple(begin), arrowprops=head, zorder=4)


def _point(numbers: Any) -> str:
    """Such as (0.5000, -1.0000)."""
    return f"({', '.join(short(float(number)) for number in numbers)})"


def _course_of(path: Array) -> str:
    """What the losses of a path do, in the digits that are printed, and whether the weight goes to
    and fro.
    """
    shown = np.array([float(short(J)) for J in path[:, 1]])
    changes = np.diff(shown)
    fallen, risen = (changes < 0).any(), (changes > 0).any()
    course = "lower and higher"
    if not fallen and not risen:
        course = "always the same"
    elif not (fallen and risen):
        course = "never higher" if fallen else "never lower"
        if (changes != 0).all():
            course = "lower each time" if fallen else "higher each time"
    moves = np.diff(path[:, 0])[changes != 0]
    if len(moves) > 1 and (moves[1:] * moves[:-1] < 0).all():
        course += ", to and fro"
    return course
