"""Figures of what is inside a network that reads digits: its weights, and one digit on its way.

Source: lesson 11.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from course_nn import checks
from course_nn.checks import short
from course_nn.derivation.lines import names_in
from course_nn.graph import Data, Graph, Node, Parameter
from course_nn.heads import answer_of, heads, labels_of, needed_by
from course_nn.plots.picture import COLOURS, VALUE, Picture, new_figure
from course_nn.prediction import predict

MOST_IMAGES, MOST_LAYERS, MOST_BARS = 64, 12, 20
ORANGE = COLOURS[1]


def weight_images(
    parameter: Parameter,
    units: Iterable[int] | None = None,
    *,
    columns: int = 8,
    title: str = "",
) -> Picture:
    """The columns of W1 as images of 8 × 8 pixels: with which weight each pixel enters a unit.

    All have one scale of colours, symmetric around 0: blue below, white at 0, orange above.

    Args:
        parameter: a parameter of 64 rows, one for each pixel, such as W1 of the network of digits.
        units: which columns; None: all, at most 64.
        columns: how many images stand side by side.
        title: drawn above it.

    Raises TypeError or ValueError: no parameter of 64 rows; units that are not there, or more than
    64; columns below 1.
    """
    if not isinstance(parameter, Parameter):
        raise TypeError(
            f"weight_images needs a parameter, such as model.W1; got {checks.shown(parameter)}."
        )
    rows, width = parameter.value.shape
    if rows != 64:
        raise ValueError(
            f"weight_images draws 8 × 8 pixels, so {parameter.name} needs 64 rows; it is "
            f"{parameter.shape}."
        )
    chosen = range(width) if units is None else units
    if not isinstance(chosen, Iterable) or isinstance(chosen, str):
        raise TypeError(f"units are numbers of columns, such as range(16); got {units!r}.")
    chosen = [checks.entry(parameter.name, (rows, width), (0, unit))[1] for unit in chosen]
    if not 1 <= len(chosen) <= MOST_IMAGES:
        raise ValueError(
            f"weight_images draws from 1 to {MOST_IMAGES} columns; got {len(chosen)}. Choose some: "
            "units=range(16)."
        )
    columns = min(checks.whole_number("columns", columns), len(chosen))
    with parameter.graph.turn():  # not while another thread tries other weights
        weights = parameter.value[:, chosen]
    largest = float(np.abs(weights).max())
    lines = -(-len(chosen) // columns)
    figure = new_figure(max(2.6, 0.9 * columns + 1.0), 1.15 * lines + (0.5 if title else 0.2))
    grid = figure.subplots(lines, columns, squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    limit = largest or 1.0
    for axes, unit, column in zip(grid.flat, chosen, weights.T, strict=False):
        image = axes.imshow(
            column.reshape(8, 8), cmap=_below_and_above_0(), vmin=-limit, vmax=limit
        )
        axes.set_title(f"unit {unit}", fontsize=9)
    bar = figure.colorbar(image, ax=grid, ticks=[-limit, 0, limit], shrink=min(1.0, 2 / lines))
    bar.ax.set_yticklabels([short(-limit, 2), "0", short(limit, 2)])
    bar.set_label("weight")
    if title:
        figure.suptitle(title)
    pixel, place = (int(i) for i in np.unravel_index(np.abs(weights).argmax(), weights.shape))
    which = f"The {width} columns" if len(chosen) == width else f"{len(chosen)} of {width} columns"
    text = f"{which} of {parameter.name}, each as 8 × 8 pixels"
    if width == 1:
        text = f"The column of {parameter.name}, as 8 × 8 pixels"
    if not largest:
        return Picture(figure, f"{text}: all weights are 0.")
    return Picture(
        figure,
        f"{text}, blue below 0 and orange above, on one scale from {short(-largest)} to "
        f"{short(largest)}. The weight furthest from 0 is {short(weights[pixel, place])}, from "
        f"pixel {pixel} (row {pixel // 8}, column {pixel % 8}) to unit {chosen[place]}.",
    )


def layers(loss: Node, data: Data, *, title: str = "") -> Picture:
    """One example on its way through the network: each node as a strip, from z1 to the output;
    under a cross-entropy the probabilities p as bars.

    Each strip has a scale of its own, symmetric around 0: blue below, white at 0, orange above.

    Args:
        loss: the loss node.
        data: an array with one row for each input that the output is computed from, as in
            {"x": X[:1]}. Labels may be there, too: then the right answer is marked.
        title: drawn above it.

    The graph is left as it was. Raises TypeError or ValueError: no loss; data that do not fit, or
    of more than one row; more than 12 nodes. FloatingPointError: a value is not finite.
    """
    checks.loss_node(loss)
    with loss.graph.turn():  # all of it is of one moment
        return _layers(loss, data, title)


def _layers(loss: Node, data: Data, title: str) -> Picture:
    answer = predict(loss, data)  # it refuses what does not fit
    if len(answer.values) != 1:
        raise ValueError(
            f"layers shows one example; got {len(answer.values)} rows. Row b is X[b : b + 1]."
        )
    net: Graph = loss.graph
    head = next(head for head in heads(loss) if answer_of(head) is not None)
    output, labels = answer_of(head), labels_of(head)
    used = needed_by(output)  # type: ignore[arg-type]
    nodes = [node for node in net.nodes if node in used]
    if len(nodes) > MOST_LAYERS:
        raise ValueError(
            f"layers shows at most {MOST_LAYERS} nodes; this network has {len(nodes)}."
        )
    right = None
    if labels is not None and labels.name in data:
        right = int(labels.checked(data[labels.name])[0])
    names = names_in(net)
    strips = [node for node in nodes if node is not output or hasattr(answer, "probabilities")]
    shown = [(names[node], _row_of(loss, data, node)) for node in strips]
    x = [node for node in net.inputs if node in used]
    image = x[0].checked(data[x[0].name])[0] if len(x) == 1 and x[0].width == 64 else None
    is_probability = hasattr(answer, "probabilities")
    bars = (answer.probabilities if is_probability else answer.values)[0]
    figure = new_figure(7.5, 0.5 * len(shown) + 2.6 + (0.3 if title else 0))
    heights = [1.0] * len(shown) + [3.2]
    grid = figure.add_gridspec(
        len(heights), 2, height_ratios=heights, width_ratios=[1.0 if image is not None else 0.01, 4]
    )
    if image is not None:
        axes = figure.add_subplot(grid[:, 0])
        limit = float(np.abs(image).max()) or 1.0
        axes.imshow(image.reshape(8, 8), cmap=_below_and_above_0(), vmin=-limit, vmax=limit)
        axes.set(xticks=[], yticks=[], title=f"{x[0].name} (1, 64)")
    for i, (name, row) in enumerate(shown):
        axes = figure.add_subplot(grid[i, 1])
        limit = float(np.abs(row).max()) or 1.0
        axes.imshow(row[None, :], cmap=_below_and_above_0(), vmin=-limit, vmax=limit, aspect="auto")
        axes.set(xticks=[], yticks=[])
        beside = {"transform": axes.transAxes, "va": "center", "fontsize": 9}
        axes.text(-0.01, 0.5, f"{name} (1, {len(row)})", ha="right", **beside)
        axes.text(1.01, 0.5, f"{short(row.min(), 2)} … {short(row.max(), 2)}", **beside)
    what = "p" if is_probability else names[output]
    axes = figure.add_subplot(grid[-1, 1])
    colours = [ORANGE if k == right else VALUE for k in range(len(bars))]
    axes.bar(range(len(bars)), bars, color=colours)
    xlabel = "class" if hasattr(answer, "classes") else "output"
    axes.set(xlabel=xlabel if right is None else f"class (the label, {right}, in orange)")
    axes.set_ylabel(f"{what} (1, {len(bars)})", fontsize=9)
    if len(bars) <= MOST_BARS:
        axes.set_xticks(range(len(bars)))
    if is_probability:
        axes.set_ylim(0, 1)
    if title:
        figure.suptitle(title)
    ranges = "; ".join(
        f"{name} (1, {len(row)}) from {short(row.min())} to {short(row.max())}"
        for name, row in shown
    )
    text = f"One example through the network: {ranges}"
    if not is_probability:
        text += (
            f"; {names[output]} (1, {len(bars)}) from {short(bars.min())} to {short(bars.max())}"
        )
    else:
        order = np.argsort(-bars, kind="stable")
        text += f"; p (1, {len(bars)}): class {order[0]} with probability {short(bars[order[0]])}"
        if len(bars) > 1:
            text += f", then class {order[1]} with {short(bars[order[1]])}"
    if right is not None:
        text += f". The label is {right}"
    return Picture(figure, text + ".")


def _row_of(loss: Node, data: Data, node: Node) -> np.ndarray:
    """The values of a node for the one example, (K,)."""
    return predict(loss, data, node).values[0]


def _below_and_above_0() -> Any:
    """Blue below 0, white at 0, orange above: the colours of values and gradients."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("below and above 0", [VALUE, "white", ORANGE])
