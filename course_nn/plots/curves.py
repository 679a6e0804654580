"""Figures of a training run: the loss, single weights, and several runs against each other.

Source: lessons 02, 08, 09 and 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from course_nn import checks
from course_nn.checks import short
from course_nn.graph import Data, Graph, Node, Parameter
from course_nn.history import History
from course_nn.own_state import left_as_it_was
from course_nn.plots.picture import (
    COLOURS,
    GRADIENT,
    VALUE,
    Picture,
    finite_numbers,
    line_style,
    new_figure,
)


def loss_curves(
    histories: History | Mapping[str, History],
    *,
    against: str = "epochs",
    validation: bool = False,
    log: bool = False,
    title: str = "",
) -> Picture:
    """The loss of one or several runs of training.

    Args:
        histories: a history, or several by name.
        against: "epochs" draws the mean loss of each epoch, "updates" the loss of each update;
            where those are many, pale, with the mean of each epoch on top.
        validation: draw the validation loss too, as a thinner line of the same colour.
        log: logarithmic axis of the loss.
        title: drawn above it.

    Raises TypeError or ValueError: no history; one without a whole epoch, or without updates; on a
    logarithmic axis a loss of 0, or below 0 as one of your own may be.
    """
    if isinstance(histories, History):
        histories = {"loss": histories}
    if against not in ("epochs", "updates"):
        raise ValueError(f"against must be 'epochs' or 'updates'; got {against!r}.")
    if not isinstance(histories, Mapping) or not all(
        isinstance(history, History) for history in histories.values()
    ):
        raise TypeError("loss_curves needs a History, or several by name: {'SGD': history, …}.")
    if not histories:
        raise ValueError("There is no history to draw.")
    for name, history in histories.items():
        if not len(history.epoch_losses if against == "epochs" else history.update_losses):
            whole = "whole epoch; draw against='updates'" if against == "epochs" else "update"
            raise ValueError(f"The history {name!r} has no {whole}.")
    lowest = min(_lowest(history, against, validation) for history in histories.values())
    if log:
        _need_above_0("a loss", lowest)
    figure = new_figure(7.5, 4)
    axes = figure.add_subplot()
    parts = []
    for i, (name, history) in enumerate(histories.items()):
        line = {**line_style(i, marked=len(history.epochs) <= 30), "label": name}
        losses = history.epoch_losses if against == "epochs" else history.update_losses
        steps = np.arange(1, len(losses) + 1)
        if against == "epochs":
            axes.plot(steps, losses, **line)
        elif len(losses) > 10 * len(history.epochs) > 0:  # pale, with the mean of each epoch on top
            pale = {"linewidth": 0.7, "alpha": 0.3, "zorder": 1}
            axes.plot(steps, losses, color=line["color"], rasterized=True, **pale)  # of many points
            updates = np.array([epoch.updates for epoch in history.epochs])
            middle = np.cumsum(updates) - updates / 2 + 0.5
            axes.plot(middle, history.epoch_losses, zorder=3, **line)
        else:
            axes.plot(steps, losses, zorder=2, **{**line, "marker": None})
        parts.append(f"from {short(losses[0])} to {short(losses[-1])} ({name})")
        if validation and np.isfinite(history.validation_losses).any():
            values = history.validation_losses
            known = np.flatnonzero(np.isfinite(values))
            first, last = values[known[[0, -1]]]
            parts[-1] += f", validation from {short(first)} to {short(last)}"
            if len(known) < len(values):  # a run that was carried on with it, or without
                parts[-1] += f" (epochs {known[0] + 1} to {known[-1] + 1})"
            axes.plot(
                np.cumsum([e.updates for e in history.epochs])
                if against == "updates"
                else np.arange(1, len(values) + 1),
                values,
                label=f"{name}, validation",
                linewidth=1,
                color=line["color"],
                linestyle=":",
                zorder=3,
            )
    axes.set(xlabel=against[:-1], ylabel="loss", title=title)
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    if log:
        axes.set_yscale("log")
    elif lowest >= 0:
        axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    each = "mean loss of an epoch" if against == "epochs" else "loss of an update"
    return Picture(figure, f"The {each}, first and last: {'; '.join(parts)}.")


def _need_above_0(what: str, lowest: float) -> None:
    """What a logarithmic axis has no place for."""
    if lowest <= 0:
        which = "of 0" if lowest == 0 else f"below 0, such as {short(lowest)}"
        raise ValueError(
            f"A logarithmic axis has no place for {what} {which}. Draw with log=False."
        )


def _lowest(history: History, against: str, validation: bool) -> float:
    """The lowest loss that is drawn."""
    drawn = [history.epoch_losses]
    drawn += [history.update_losses] if against == "updates" else []
    drawn += [history.validation_losses] if validation else []
    known = np.concatenate(drawn)
    return float(known[np.isfinite(known)].min(initial=np.inf))


def weight_trace(
    histories: Mapping[str, History],
    parameter: str = "W1",
    entry: tuple[int, int] = (0, 0),
    *,
    title: str = "",
) -> Picture:
    """One weight against the examples that have been processed: it changes only in updates.

    Args:
        histories: runs by name, trained with snapshots="updates".
        parameter, entry: which weight: the name of its matrix, and its row and column.
        title: drawn above it.

    Raises TypeError or ValueError: no histories by name; one without the weights after each update;
    a parameter or an entry that is not there.
    """
    if not isinstance(histories, Mapping) or not all(
        isinstance(history, History) for history in histories.values()
    ):
        raise TypeError("weight_trace needs histories by name: {'online': history, …}.")
    if not histories:
        raise ValueError("There is no history to draw.")
    parameter = getattr(parameter, "name", parameter)  # W1 itself will do as well
    traces = {}
    for name, history in histories.items():
        if not history.updates or len(history.snapshots) != len(history.updates) + 1:
            raise ValueError(
                f"The history {name!r} does not have the weights after each update. "
                'Train with snapshots="updates".'
            )
        shapes = {name: value.shape for name, value in history.snapshots[0].items()}
        if parameter not in shapes:
            matrices = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
            raise ValueError(f"There is no parameter {parameter}. The matrices are {matrices}.")
        place = checks.entry(parameter, shapes[parameter], entry)
        values = np.array([weights[parameter][place] for weights in history.snapshots])
        traces[name] = (np.cumsum([0, *history.update_examples]), values)
    weight = f"{parameter}[{entry[0]}, {entry[1]}]"
    figure = new_figure(7.5, 4)
    axes = figure.add_subplot()
    parts = []
    for i, (name, (examples, values)) in enumerate(traces.items()):
        few = len(values) <= 31
        axes.plot(
            examples,
            values,
            drawstyle="steps-post",  # between two updates nothing changes
            linewidth=1.5 if few else 1,
            label=name,
            **{**line_style(i, marked=few), "markersize": 5},
        )
        parts.append(
            f"{name}: {checks.counted(len(values) - 1, 'update')}, from {short(values[0])} to "
            f"{short(values[-1])}, between {short(values.min())} and {short(values.max())}"
        )
    axes.set(xlabel="examples processed", ylabel=weight, title=title)
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))  # beside it: "best" sees no steps
    return Picture(figure, f"{weight} while examples are processed. {'; '.join(parts)}.")


def weight_paths(
    loss: Node,
    data: Data,
    parameter: Parameter,
    paths: Mapping[str, Any],
    *,
    lowest: Any = None,
    title: str = "",
) -> Picture:
    """The paths that two weights took, on the surface of the mean loss J over all the data.

    A cross marks where the first path starts, a large marker where each path ends.

    Args:
        loss: the loss node.
        data: an array for each input of its graph.
        parameter: the one with the two weights, (1, 2) or (2, 1). Others stay as they are.
        paths: by name, the two weights at the start and after each update, (updates + 1, 2).
        lowest: the two weights with the lowest loss, if a star is to mark them.
        title: drawn above it.

    The graph is left as it was. Raises TypeError or ValueError: no loss; data that do not fit; a
    parameter that has not two weights; paths of another shape, or with NaN or infinity.
    """
    checks.loss_node(loss)
    net: Graph = loss.graph
    checked = net.checked_inputs(data, whole="The data")
    if parameter not in net.parameters or parameter.value.size != 2:
        raise ValueError(f"A parameter of this graph with two weights is needed; got {parameter}.")
    if not isinstance(paths, Mapping) or not paths:
        raise TypeError("weight_paths needs paths by name: {'online': path, …}.")
    drawn = {name: finite_numbers(f"The path {name!r}", path) for name, path in paths.items()}
    if lowest is not None and finite_numbers("lowest", lowest).shape != (2,):
        raise ValueError(f"lowest is two weights, such as (5, 1); got {checks.shown(lowest)}.")
    for name, path in drawn.items():
        if path.shape != (len(path), 2) or len(path) < 2 or not np.isfinite(path).all():
            raise ValueError(
                f"The path {name!r} needs shape (updates + 1, 2), at least one update, and finite "
                f"numbers; got shape {path.shape}."
            )
    points = np.concatenate(list(drawn.values()))
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.15 * max((high - low).max(), 1e-3)
    across, up = (np.linspace(low[i] - margin, high[i] + margin, 60) for i in (0, 1))

    def mean_loss(*weights: float) -> float:
        net.replace_parameters({parameter: np.array(weights).reshape(parameter.value.shape)})
        net.Forward()
        return float(loss.value.mean())

    with left_as_it_was(net):
        net.put(checked)
        surface = np.array([[mean_loss(first, second) for first in across] for second in up])
        ends = {name: (mean_loss(*path[0]), mean_loss(*path[-1])) for name, path in drawn.items()}
    figure = new_figure(6.5, 5.5)
    axes = figure.add_subplot()
    spacing = np.linspace(0, 1, 16)[1:] ** 2  # closer where the surface is flat
    known = surface[np.isfinite(surface)]
    if known.size and np.ptp(known) > 0:
        levels = known.min() + np.ptp(known) * spacing
        shown = np.ma.masked_invalid(surface)
        axes.contour(across, up, shown, levels=levels, colors="0.7", linewidths=0.8)
    parts = []
    for i, (name, path) in enumerate(drawn.items()):
        line = {**line_style(i, marked=True), "markersize": 2.5}
        axes.plot(*path.T, **line, linewidth=1.2, label=name)
        end = {**line, "linestyle": "none", "markersize": 9, "markeredgecolor": "black"}
        axes.plot(*path[-1], **end)
        length = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
        parts.append(
            f"{name}: {checks.counted(len(path) - 1, 'update')}, mean loss from "
            f"{short(ends[name][0])} to {short(ends[name][1])}, a path of length "
            f"{short(length, 2)} between points "
            f"{short(np.linalg.norm(path[-1] - path[0]), 2)} apart"
        )
    start = next(iter(drawn.values()))[0]
    axes.plot(*start, "x", color="black", markersize=9, markeredgewidth=2, label="start")
    if lowest is not None:
        star = {"color": "#F0E442", "markersize": 15, "markeredgecolor": "black"}
        axes.plot(*np.asarray(lowest, dtype=float), "*", **star, zorder=4, label="lowest point")
    first, second = np.ndindex(parameter.value.shape)
    axes.set(xlabel=f"{parameter.name}[{first[0]}, {first[1]}]", title=title)
    axes.set(ylabel=f"{parameter.name}[{second[0]}, {second[1]}]")
    axes.set_aspect("equal")
    figure.legend(loc="outside lower center", ncols=3)  # it hides no path
    return Picture(figure, f"Paths on the surface of the mean loss. {'; '.join(parts)}.")


def loss_along_weight(
    loss: Node,
    data: Data,
    parameter: Parameter,
    entry: tuple[int, int],
    *,
    reach: float = 2.0,
    title: str = "",
) -> Picture:
    """The mean loss J if one weight changes and all others stay, with the slope at the weight.

    Args:
        loss: the loss node.
        data: an array for each input of its graph.
        parameter, entry: row and column of the weight in `parameter`.
        reach: how far the weight is moved to both sides, above 0.
        title: drawn above it.

    The graph is left as it was. Raises TypeError or ValueError: no loss; data that do not fit; a
    parameter of another graph; an entry that is not there.
    """
    checks.loss_node(loss)
    net: Graph = loss.graph
    checked = net.checked_inputs(data, whole="The data")
    if not isinstance(parameter, Parameter) or parameter.graph is not net:
        raise ValueError("loss_along_weight needs a parameter of the graph of the loss.")
    row, column = checks.entry(parameter.name, parameter.value.shape, entry)
    if not checks.number("reach", reach):
        raise ValueError("reach must be above 0; got 0.")
    losses = []
    with left_as_it_was(net):
        start = parameter.value
        here = float(start[row, column])
        weights = np.linspace(here - reach, here + reach, 201)
        net.put(checked)
        net.Forward()
        net.Backward(loss)
        J, slope = float(loss.value.mean()), float(parameter.grad[row, column])
        for weight in weights:
            moved = start.copy()
            moved[row, column] = weight
            parameter.value = moved
            net.Forward()
            losses.append(float(loss.value.mean()))
    name = f"{parameter.name}[{row}, {column}]"
    figure = new_figure(7.5, 4)
    axes = figure.add_subplot()
    axes.plot(weights, losses, color=VALUE, label="loss")
    side = np.array([-0.3, 0.3]) * reach
    axes.plot(here + side, J + slope * side, "--", color=GRADIENT, label=f"slope {short(slope)}")
    axes.plot(here, J, "o", color=COLOURS[6], label=f"now: {short(here)}")
    axes.set(xlabel=name, ylabel="loss", title=title)
    axes.grid(alpha=0.3)
    axes.legend()
    unknown = int(len(losses) - np.isfinite(losses).sum())
    if unknown == len(losses):
        raise ValueError(f"The loss is finite for no value of {name}: there is nothing to draw.")
    lowest = int(np.nanargmin(np.where(np.isfinite(losses), losses, np.nan)))
    found = f"lowest {short(losses[lowest])}, near {short(weights[lowest], 2)}"
    if lowest in (0, len(weights) - 1):
        edge = short(weights[lowest], 2)
        found = f"it still falls at the edge, {short(losses[lowest])} at {edge}"
    if max(losses) - min(losses) < 1e-12 * max(1.0, abs(J)):
        found = "it is the same for every value"
    if unknown:
        found += f"; at {unknown} of {len(losses)} values it is not finite"
    start_text = f"{short(J)} now, at {short(here)}, with slope {short(slope)}"
    return Picture(figure, f"The loss if only {name} changes: {start_text}; {found}.")


def spread_over_seeds(
    curves: Mapping[str, tuple[Any, Any]],
    *,
    against: str,
    ylabel: str = "loss",
    log: bool = False,
    title: str = "",
) -> Picture:
    """Several runs of each method: their mean as a line, from the smallest to the largest pale.

    Args:
        curves: by name, the steps (P,) and the values at them, (runs, P).
        against: what the steps are, such as "epochs"; the label of the axis.
        ylabel: what the values are.
        log: logarithmic axis of the values, for curves that lie close above 0.
        title: drawn above it.

    Raises TypeError or ValueError: no pairs by name, or other shapes, or NaN or infinity; on a
    logarithmic axis a value that is not above 0.
    """
    if not isinstance(curves, Mapping) or not curves:
        raise TypeError("spread_over_seeds needs curves by name: {'online': (steps, values), …}.")
    checked = {}
    for name, pair in curves.items():
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError(f"The curve {name!r} is a pair: the steps, and the values at them.")
        steps, values = (finite_numbers(f"The curve {name!r}", part) for part in pair)
        if values.ndim != 2 or not values.size or steps.shape != values.shape[1:]:
            raise ValueError(
                f"The curve {name!r} needs steps (P,) and values (runs, P); got {steps.shape} and "
                f"{values.shape}."
            )
        checked[name] = (steps, values)
    lowest = min(values.min() for _, values in checked.values())
    if log:
        _need_above_0("a value", float(lowest))
    figure = new_figure(7.5, 4)
    axes = figure.add_subplot()
    parts = []
    for i, (name, (steps, values)) in enumerate(checked.items()):
        colour, few = COLOURS[i % len(COLOURS)], len(steps) <= 31
        mean, smallest, largest = values.mean(axis=0), values.min(axis=0), values.max(axis=0)
        axes.fill_between(steps, smallest, largest, color=colour, alpha=0.15, linewidth=0)
        axes.plot(steps, mean, label=name, **line_style(i, marked=few))
        parts.append(
            f"{name}: {checks.counted(len(values), 'run')}, mean from {short(mean[0])} to "
            f"{short(mean[-1])}, at the end between {short(smallest[-1])} and {short(largest[-1])}"
        )
    axes.set(xlabel=against, ylabel=ylabel, title=title)
    whole = all((steps == steps.round()).all() for steps, _ in checked.values())
    axes.xaxis.get_major_locator().set_params(integer=whole)
    if log:
        axes.set_yscale("log")
    elif lowest >= 0:
        axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    return Picture(figure, f"The {ylabel} against {against}. {'; '.join(parts)}.")
