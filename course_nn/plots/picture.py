"""Every figure of the course. Each one carries a sentence, computed from its data, that says what
it shows: a screen reader reads it, and a test can compare it.

Colours are those of Okabe and Ito, which colour-blind readers can tell apart; lines also differ
in their dashes, points in their shape. Matplotlib is imported when a figure is drawn.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from course_nn import checks
from course_nn.graph import Graph, Input, Labels, Node, Parameter
from course_nn.operations import matmul
from course_nn.training import Data, History

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
DASHES = ["-", "--", "-.", ":"]
MARKERS = ["o", "^", "s", "D"]
VALUE, GRADIENT = COLOURS[0], COLOURS[1]


class Picture:
    """A figure and its `sentence`. Shows both when it is the last line of a notebook cell.

    `figure` is the Matplotlib figure, to change or to save; `save(path)` writes a PNG.
    """

    def __init__(self, figure: Any, sentence: str) -> None:
        self.figure, self.sentence = figure, sentence

    def __repr__(self) -> str:
        return self.sentence

    def png(self) -> bytes:
        """The picture as PNG, the same bytes each time."""
        stream = io.BytesIO()
        self.figure.savefig(stream, format="png", dpi=100)
        self.figure.set_layout_engine("none")  # keep this layout: a second one may differ
        return stream.getvalue()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a PNG file."""
        with open(path, "wb") as file:
            file.write(self.png())

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display({"image/png": self.png(), "text/plain": self.sentence}, raw=True)
        print(self.sentence)


def graph(network: Graph | Node, *, title: str = "") -> Picture:
    """The graph of a network, with the value and the gradient of each node that has them.

    Small values are written out, of larger ones the smallest and the largest entry. Computational
    nodes run from left to right in the order of `Forward`; `Backward` goes the other way.

    Args:
        network: a graph, or a node of it, such as the loss.
    """
    if not isinstance(network, (Graph, Node)):
        raise TypeError(f"A graph or a node of it is needed; got a {type(network).__name__}.")
    net = network if isinstance(network, Graph) else network.graph
    if not net.everything:
        raise ValueError("This graph has no nodes yet.")
    places = _layout(net)
    lines = {node: _node_lines(node) for node in places}
    high = {node: sum(line[1] for line in lines[node]) + 0.16 for node in places}  # inches
    rows = sorted({row for _, row in places.values()})
    pitch, wide = 1.6, 1.36
    edges = [(operand, node) for node in net.nodes for operand in dict.fromkeys(node.operands)]
    leaps = [edge for edge in edges if _leaps(*(places[node] for node in edge))]
    leaps.sort(key=lambda edge: places[edge[0]][0] - places[edge[1]][0])  # the longest lowest
    key = 0.3 if any(node.value is not None for node in places) else 0.1  # a line for the key
    middle, bottom = {}, key + 0.12 * len(leaps)
    for row in rows:
        tallest = max(high[node] for node in places if places[node][1] == row)
        middle[row] = bottom + tallest / 2
        bottom += tallest + 0.4
    width, height = pitch * (max(c for c, _ in places.values()) + 1), bottom - 0.3
    height += 0.35 if title else 0
    figure = _figure(width, height, layout=None)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    centre = {node: (pitch * (c + 0.5), middle[row]) for node, (c, row) in places.items()}
    arrow = {"arrowstyle": "-|>", "color": "0.35", "shrinkA": 0, "shrinkB": 0}
    for operand, node in edges:  # behind the boxes, so that no text is crossed out
        (x0, y0), (x1, y1) = centre[operand], centre[node]
        if (operand, node) in leaps:  # below the boxes in between
            x0, x1, low = x0 + 0.25, x1 - 0.25, key + 0.12 * leaps.index((operand, node))
            bend = [(x0, y0 - high[operand] / 2), (x0, low), (x1, low)]
            axes.plot(*zip(*bend, strict=True), color="0.35", linewidth=1, zorder=0)
            start, end = bend[-1], (x1, y1 - high[node] / 2)
        elif places[operand][1] > places[node][1]:  # from above
            start, end = (x0, y0 - high[operand] / 2), (x1, y1 + high[node] / 2)
        else:
            start, end = (x0 + wide / 2, y0), (x1 - wide / 2, y1)
        axes.annotate("", xy=end, xytext=start, arrowprops=arrow, zorder=0)
    for node, (x, y) in centre.items():
        face = "#F2F2F2" if isinstance(node, Input) else "#E8F1F8"
        face = "#FFF4E0" if isinstance(node, Parameter) else face
        axes.add_patch(_box(x - wide / 2, y - high[node] / 2, wide, high[node], face))
        top = y + high[node] / 2 - 0.08
        for text, line_height, style in lines[node]:
            axes.text(x, top - line_height / 2, text, ha="center", va="center", **style)
            top -= line_height
    if title:
        axes.text(width / 2, height - 0.18, title, ha="center", va="center", fontsize=12)
    for i, (what, colour) in enumerate((("value", VALUE), ("gradient", GRADIENT))):
        if any(getattr(node, "grad" if i else "value") is not None for node in places):
            axes.text(0.12 + 0.75 * i, 0.13, f"■ {what}", color=colour, fontsize=9, va="center")
    return Picture(figure, _graph_sentence(net))


def _node_lines(node: Any) -> list[tuple[str, float, dict[str, Any]]]:
    """What stands in the box of a node: text, height in inches, style."""
    size = 10.5 if len(node.name) <= 13 else 8
    lines = [(_short(node.name, 18), 0.2, {"fontsize": size, "weight": "bold"})]
    if getattr(node, "label", None) is not None:
        lines.append((_short(str(node).split(" = ", 1)[1], 21), 0.17, {"fontsize": 8}))
    lines.append((node.shape, 0.17, {"fontsize": 8, "color": "0.3"}))
    for what, array, colour in (("", node.value, VALUE), ("gradient", node.grad, GRADIENT)):
        if array is not None:
            rows = [what, *_numbers(array)] if what else _numbers(array)
            lines += [(row, 0.15, {"fontsize": 8, "color": colour}) for row in rows]
    return lines


def _graph_sentence(net: Graph) -> str:
    names = ", ".join(_short(node.name, 40) for node in net.nodes) or "none"
    text = f"The graph has the computational nodes {names} and the parameters " + (
        ", ".join(p.name for p in net.parameters) or "none"
    )
    losses = [n for n in net.nodes if n.width is None and n.value is not None]
    if losses:
        what = "the loss" if len(losses[-1].value) == 1 else "the mean loss"
        text += f"; {what} is {checks.short(losses[-1].value.mean())}"
    steepest = [
        (abs(slope), slope, p.name)
        for p in net.parameters
        if p.grad is not None
        for slope in [p.grad.flat[np.abs(p.grad).argmax()]]
    ]
    if steepest:
        _, slope, name = max(steepest)
        text += f", and the steepest slope of a weight is {slope:.4f}, in {name}"
    return text + "."


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _leaps(start: tuple[float, float], end: tuple[float, float]) -> bool:
    """Does an arrow between these places, (column, row), pass over others in its row?"""
    return start[1] == end[1] and end[0] - start[0] > 1


def _layout(net: Graph) -> dict[Any, tuple[float, float]]:
    """Column and row of each node: data and computed nodes below, what they use above them."""
    depth: dict[Any, int] = {}
    for node in net.nodes:
        depth[node] = 1 + max((depth.get(operand, 0) for operand in node.operands), default=0)
    places: dict[Any, tuple[float, float]] = {}
    used: dict[tuple[int, int], int] = {}

    def place(node: Any, column: int, direction: int) -> None:
        row = used.get((column, direction), 0 if direction < 0 else 1)
        places[node] = (column, row)
        used[column, direction] = row + direction

    for node in net.nodes:
        place(node, depth[node], -1)
    for node in [*net.inputs, *net.parameters]:
        columns = [depth[user] for user in net.nodes if node in user.operands]
        column = min(columns, default=0)
        if isinstance(node, Input) and column <= 1:
            place(node, 0, -1)
        else:
            place(node, column, 1)
    return places


def _box(x: float, y: float, width: float, height: float, face: str) -> Any:
    from matplotlib.patches import FancyBboxPatch

    style = "round,pad=0,rounding_size=0.05"
    return FancyBboxPatch((x, y), width, height, boxstyle=style, facecolor=face, edgecolor="0.35")


def _numbers(array: np.ndarray) -> list[str]:
    """A small array row by row; of a larger one the smallest and the largest entry."""
    digits = 0 if array.dtype.kind in "iu" else 2 if array.ndim == 2 else 3

    def written(v: float) -> str:
        return f"{float(v):z.{digits}f}" if abs(v) < 1000 else f"{v:.1e}"

    if max(array.shape) <= 3:
        rows = ["  ".join(map(written, row)) for row in array.reshape(-1, array.shape[-1])]
        if max(map(len, rows)) <= 22:  # they fit into the box
            return rows
    return [f"{written(array.min())} … {written(array.max())}"]


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
    figure = _figure(7.5, 4)
    axes = figure.add_subplot()
    parts = []
    for i, (name, history) in enumerate(histories.items()):
        line = {**_line(i, marked=len(history.epochs) <= 30), "label": name}
        losses = history.epoch_losses if against == "epochs" else history.update_losses
        steps = np.arange(1, len(losses) + 1)
        if against == "epochs":
            axes.plot(steps, losses, **line)
        elif len(losses) > 10 * len(history.epochs) > 0:  # pale, with the mean of each epoch on top
            axes.plot(steps, losses, color=line["color"], linewidth=0.7, alpha=0.3, zorder=1)
            updates = np.array([epoch.updates for epoch in history.epochs])
            middle = np.cumsum(updates) - updates / 2 + 0.5
            axes.plot(middle, history.epoch_losses, zorder=3, **line)
        else:
            axes.plot(steps, losses, zorder=2, **{**line, "marker": None})
        parts.append(f"from {checks.short(losses[0])} to {checks.short(losses[-1])} ({name})")
        if validation and np.isfinite(history.validation_losses).any():
            values = history.validation_losses
            parts[-1] += f", validation from {values[0]:.4f} to {values[-1]:.4f}"
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
    else:
        axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    each = "mean loss of an epoch" if against == "epochs" else "loss of an update"
    return Picture(figure, f"The {each}, first and last: {'; '.join(parts)}.")


def decision_boundary(loss: Node, data: Data, *, title: str = "") -> Picture:
    """Points in the plane, and which class the network gives to every place around them.

    Args:
        loss: a cross-entropy loss of a network with an input x of 2 columns, or of 3 of which
            the last is constant 1.
        data: {"x": (N, 2 or 3), "y": (N,)}.
    """
    checks.loss_node(loss)
    net: Graph = loss.graph
    checked = net.checked_inputs(data, whole="The data")
    labels = next((node for node in net.inputs if isinstance(node, Labels)), None)
    if labels is None or len(net.inputs) != 2 or labels.classes > len(COLOURS):
        raise ValueError(
            "A decision boundary needs a network with one input and with labels of at most "
            f"{len(COLOURS)} classes."
        )
    x = next(node for node in net.inputs if node is not labels)
    points, y = checked[x], checked[labels]
    if x.width not in (2, 3) or (points[:, 2:] != 1).any():
        raise ValueError(f"A decision boundary needs 2 columns (or 3, the last 1); got {x.width}.")
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    margin = 0.15 * (high - low).max()
    across, up = (np.linspace(low[i] - margin, high[i] + margin, 150) for i in (0, 1))
    plane = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    if x.width == 3:
        plane = np.column_stack([plane, np.ones(len(plane))])
    output = loss.operands[0]
    with net.left_as_it_was():
        net.Forward(**{x.name: plane, labels.name: np.zeros(len(plane), dtype=int)})
        regions = output.value.argmax(axis=1).reshape(150, 150)
        net.put(checked)
        net.Forward()
        right = int((output.value.argmax(axis=1) == y).sum())
    figure = _figure(6.5, 4.5)
    axes = figure.add_subplot()
    levels = np.arange(labels.classes + 1) - 0.5
    axes.contourf(across, up, regions, levels=levels, colors=COLOURS[: labels.classes], alpha=0.2)
    for label in range(labels.classes):
        chosen = points[y == label]
        axes.scatter(
            chosen[:, 0],
            chosen[:, 1],
            s=28,
            color=COLOURS[label],
            marker=MARKERS[label % len(MARKERS)],
            edgecolor="black",
            linewidth=0.5,
            label=f"class {label}",
        )
    axes.set(xlabel="first input", ylabel="second input", title=title)
    axes.set_aspect("equal")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))  # beside the plane: it hides no point
    return Picture(
        figure,
        f"The network gives the right class to {right} of the {len(y)} points "
        f"({100 * right / len(y):.1f} %).",
    )


def confusion_matrix(labels: Any, predictions: Any, *, title: str = "") -> Picture:
    """How often each class (row) was read as each class (column).

    Args:
        labels, predictions: integers 0, 1, …, both (N,).
    """
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    if labels.shape != predictions.shape or labels.ndim != 1 or not len(labels):
        raise ValueError(
            f"labels and predictions need the same shape (N,); got {labels.shape} and "
            f"{predictions.shape}."
        )
    for name, array in (("labels", labels), ("predictions", predictions)):
        if array.dtype.kind not in "iu":
            raise ValueError(f"{name} must be integers 0, 1, …; got {array.dtype}.")
        if array.min() < 0:
            raise ValueError(f"{name} must be integers 0, 1, …; got {array.min()}.")
    classes = int(max(labels.max(), predictions.max())) + 1
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (labels, predictions), 1)
    figure = _figure(5.5, 5)
    axes = figure.add_subplot()
    axes.imshow(counts, cmap="Blues")
    for row, column in np.ndindex(counts.shape):
        if counts[row, column]:
            dark = counts[row, column] > counts.max() / 2
            axes.text(
                column,
                row,
                str(counts[row, column]),
                ha="center",
                va="center",
                color="white" if dark else "black",
                weight="normal" if row == column else "bold",
            )
    axes.set(xticks=range(classes), yticks=range(classes), title=title)
    axes.set(xlabel="read as", ylabel="label")
    right = int(np.trace(counts))
    text = f"{right} of {len(labels)} ({100 * right / len(labels):.1f} %) stand on the diagonal"
    wrong = counts - np.diag(np.diag(counts))
    if wrong.any():
        pairs = [f"{row} read as {column}" for row, column in np.argwhere(wrong == wrong.max())]
        often = "once" if wrong.max() == 1 else f"{wrong.max()} times"
        each = " each" if len(pairs) > 1 else ""
        more = f" and {len(pairs) - 3} other pairs" if len(pairs) > 3 else ""
        text += f"; the most frequent error: {', '.join(pairs[:3])}{more} ({often}{each})"
    return Picture(figure, text + ".")


def digits(
    images: Any, labels: Any, predictions: Any = None, *, columns: int = 10, title: str = ""
) -> Picture:
    """A grid of digits, each with its label and, if given, with what it was read as.

    Args:
        images: (N, 64), row by row from the top left pixel; 1 ≤ N ≤ 60.
        labels, predictions: integers, (N,).
    """
    images, labels = np.asarray(images), np.asarray(labels)
    if images.ndim != 2 or images.shape[1] != 64 or not 1 <= len(images) <= 60:
        raise ValueError(f"images needs shape (N, 64) with N from 1 to 60; got {images.shape}.")
    for name, array in (("labels", labels), ("predictions", predictions)):
        if array is not None and np.shape(array) != (len(images),):
            raise ValueError(f"{name} needs shape ({len(images)},); got {np.shape(array)}.")
    columns = min(checks.whole_number("columns", columns), len(images))
    rows = -(-len(images) // columns)
    figure = _figure(0.95 * columns + 0.3, 1.25 * rows + (0.4 if title else 0.1))
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for i, (axes, image) in enumerate(zip(grid.flat, images, strict=False)):
        axes.imshow(image.reshape(8, 8), cmap="Greys")
        text = f"{labels[i]}" if predictions is None else f"{labels[i]} read as {predictions[i]}"
        axes.set_title(text, fontsize=9)
    if title:
        figure.suptitle(title)
    shown, s = ", ".join(str(label) for label in labels), "s" if len(images) > 1 else ""
    text = f"{len(images)} digit{s} of 8 × 8 pixels with the label{s} {shown}"
    if predictions is not None:
        text += f", read as {', '.join(str(p) for p in predictions)}"
    return Picture(figure, text + ".")


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
        data: an array for each input of the graph.
        entry: row and column of the weight in `parameter`.
        reach: how far the weight is moved to both sides.
    """
    checks.loss_node(loss)
    net: Graph = loss.graph
    checked = net.checked_inputs(data, whole="The data")
    if not isinstance(parameter, Parameter) or parameter.graph is not net:
        raise ValueError("loss_along_weight needs a parameter of the graph of the loss.")
    start = parameter.value
    row, column = checks.entry(parameter.name, start.shape, entry)
    if not checks.number("reach", reach):
        raise ValueError("reach must be above 0; got 0.")
    here = float(start[row, column])
    weights = np.linspace(here - reach, here + reach, 201)
    losses = []
    with net.left_as_it_was():
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
    figure = _figure(7.5, 4)
    axes = figure.add_subplot()
    axes.plot(weights, losses, color=VALUE, label="loss")
    side = np.array([-0.3, 0.3]) * reach
    axes.plot(here + side, J + slope * side, "--", color=GRADIENT, label=f"slope {slope:.4f}")
    axes.plot(here, J, "o", color=COLOURS[6], label=f"now: {here:.4f}")
    axes.set(xlabel=name, ylabel="loss", title=title)
    axes.grid(alpha=0.3)
    axes.legend()
    lowest = int(np.argmin(losses))
    found = f"lowest {losses[lowest]:.4f}, near {weights[lowest]:.2f}"
    if lowest in (0, len(weights) - 1):
        found = f"it still falls at the edge, {losses[lowest]:.4f} at {weights[lowest]:.2f}"
    if max(losses) - min(losses) < 1e-12 * max(1.0, abs(J)):
        found = "it is the same for every value"
    start_text = f"{J:.4f} now, at {here:.4f}, with slope {slope:.4f}"
    return Picture(figure, f"The loss if only {name} changes: {start_text}; {found}.")


def units(
    network: Graph | Node,
    parameter: Parameter | None = None,
    entry: tuple[int, int] = (0, 0),
    *,
    title: str = "",
) -> Picture:
    """The units of a network as circles and its weights as lines, from x to the output.

    Args:
        network: a graph, or a node of it, in which one matrix product follows the other.
        parameter, entry: this weight, and every path from it to the outputs, are drawn in orange.
    """
    net = network.graph if isinstance(network, Node) else network
    if not isinstance(net, Graph):
        raise TypeError(f"A graph or a node of it is needed; got a {type(network).__name__}.")
    products = [node for node in net.nodes if isinstance(node, matmul)]
    matrices = [node.operands[1] for node in products]
    before = [_fed_by(node) for node in products]
    in_a_row = products and isinstance(before[0], Input) and before[1:] == products[:-1]
    if not in_a_row or len(set(matrices)) < len(matrices):
        raise ValueError(
            "units needs a network in which one matrix product follows the other, each with a "
            "matrix of its own."
        )
    sizes = [matrices[0].value.shape[0], *(W.value.shape[1] for W in matrices)]
    if parameter is not None:
        if parameter not in matrices:
            what = getattr(parameter, "name", checks.shown(parameter))
            raise ValueError(f"{what} is not one of the weight matrices of this network.")
        entry = checks.entry(parameter.name, parameter.value.shape, entry)
    if max(sizes) > 12:
        raise ValueError(f"units draws at most 12 units in a layer; this network has {max(sizes)}.")
    names = ["x", *(f"h{i}" for i in range(1, len(matrices))), f"z{len(matrices)}"]
    place = {
        (layer, unit): (2.2 * layer, (size - 1) / 2 - unit)
        for layer, size in enumerate(sizes)
        for unit in range(size)
    }
    figure = _figure(7.5, 0.75 * max(sizes) + (0.9 if title else 0.6))
    axes = figure.add_subplot()
    axes.axis("off")
    axes.set(xlim=(-0.6, 2.2 * len(matrices) + 0.6), title=title)
    axes.set_ylim(-max(sizes) / 2 + 0.1, max(sizes) / 2 + 0.4)
    for layer, W in enumerate(matrices):
        for i, j in np.ndindex(W.value.shape):
            on_a_path = parameter is not None and _on_a_path(
                layer - matrices.index(parameter), entry, (i, j)
            )
            ends = zip(place[layer, i], place[layer + 1, j], strict=True)
            style = {"color": GRADIENT, "linewidth": 2.5, "zorder": 1} if on_a_path else {}
            axes.plot(*ends, **{"color": "0.7", "linewidth": 1, "zorder": 0, **style})
        middle = (2.2 * layer + 1.1, max(sizes) / 2 + 0.15)
        axes.text(*middle, f"{W.name} {W.shape}", ha="center", va="center", fontsize=10)
    for (layer, unit), (x, y) in place.items():
        axes.plot(x, y, "o", markersize=24, color="#E8F1F8", markeredgecolor="0.35", zorder=2)
        axes.text(x, y, f"{names[layer]}[{unit}]", ha="center", va="center", fontsize=8, zorder=3)
    text = f"A network of {', '.join(map(str, sizes))} units and {_weights(matrices)} weights"
    if parameter is not None:
        behind = matrices[matrices.index(parameter) + 1 :]
        paths = int(np.prod([W.value.shape[1] for W in behind]))
        s = "s lead" if paths > 1 else " leads"
        text += f"; from {parameter.name}[{entry[0]}, {entry[1]}] {paths} path{s} to the outputs"
    return Picture(figure, text + ".")


def _fed_by(product: Node) -> Node | None:
    """The product or the input from which a product gets its rows, past activations and biases."""
    node = product.operands[0]
    while not isinstance(node, (matmul, Input)):
        computed = [operand for operand in node.operands if not isinstance(operand, Parameter)]
        if len(computed) != 1:
            return None
        node = computed[0]
    return node


def _weights(matrices: list[Parameter]) -> int:
    return sum(W.value.size for W in matrices)


def _on_a_path(layers_on: int, entry: tuple[int, int], line: tuple[int, int]) -> bool:
    """Is the line the weight itself, or on a path that starts with it, so many layers on?"""
    if layers_on == 0:
        return line == entry
    return layers_on > 1 or (layers_on == 1 and line[0] == entry[1])


def _line(i: int, marked: bool) -> dict[str, Any]:
    """How line number i of a figure looks: its colour, its dashes, and a marker at each point."""
    return {
        "color": COLOURS[i % len(COLOURS)],
        "linestyle": DASHES[i % len(DASHES)],
        "marker": MARKERS[i % len(MARKERS)] if marked else None,
        "markersize": 4,
    }


def _figure(width: float, height: float, layout: str | None = "constrained") -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


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
    figure = _figure(7.5, 4)
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
            **{**_line(i, marked=few), "markersize": 5},
        )
        parts.append(
            f"{name}: {_count(len(values) - 1, 'update')}, from {values[0]:.4f} to "
            f"{values[-1]:.4f}, between {values.min():.4f} and {values.max():.4f}"
        )
    axes.set(xlabel="examples processed", ylabel=weight, title=title)
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    axes.grid(alpha=0.3)
    axes.legend()
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
        loss: the loss node; data: an array for each input of its graph.
        parameter: the one with the two weights, (1, 2) or (2, 1). Others stay as they are.
        paths: by name, the two weights at the start and after each update, (updates + 1, 2).
        lowest: the two weights with the lowest loss, if a star is to mark them.
    """
    checks.loss_node(loss)
    net: Graph = loss.graph
    checked = net.checked_inputs(data, whole="The data")
    if parameter not in net.parameters or parameter.value.size != 2:
        raise ValueError(f"A parameter of this graph with two weights is needed; got {parameter}.")
    if not isinstance(paths, Mapping) or not paths:
        raise TypeError("weight_paths needs paths by name: {'online': path, …}.")
    drawn = {name: _numbers_of(f"The path {name!r}", path) for name, path in paths.items()}
    if lowest is not None and _numbers_of("lowest", lowest).shape != (2,):
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

    with net.left_as_it_was():
        net.put(checked)
        surface = np.array([[mean_loss(first, second) for first in across] for second in up])
        ends = {name: (mean_loss(*path[0]), mean_loss(*path[-1])) for name, path in drawn.items()}
    figure = _figure(6.5, 5.5)
    axes = figure.add_subplot()
    spacing = np.linspace(0, 1, 16)[1:] ** 2  # closer where the surface is flat
    levels = surface.min() + np.ptp(surface) * spacing
    axes.contour(across, up, surface, levels=levels, colors="0.7", linewidths=0.8)
    parts = []
    for i, (name, path) in enumerate(drawn.items()):
        line = {**_line(i, marked=True), "markersize": 2.5}
        axes.plot(*path.T, **line, linewidth=1.2, label=name)
        end = {**line, "linestyle": "none", "markersize": 9, "markeredgecolor": "black"}
        axes.plot(*path[-1], **end)
        length = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
        parts.append(
            f"{name}: {_count(len(path) - 1, 'update')}, mean loss from {ends[name][0]:.4f} to "
            f"{ends[name][1]:.4f}, a path of length {length:.2f} between points "
            f"{np.linalg.norm(path[-1] - path[0]):.2f} apart"
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


def spread_over_seeds(
    curves: Mapping[str, tuple[Any, Any]], *, against: str, ylabel: str = "loss", title: str = ""
) -> Picture:
    """Several runs of each method: their mean as a line, from the smallest to the largest pale.

    Args:
        curves: by name, the steps (P,) and the values at them, (runs, P).
        against: what the steps are, such as "epochs"; the label of the axis.
    """
    if not isinstance(curves, Mapping) or not curves:
        raise TypeError("spread_over_seeds needs curves by name: {'online': (steps, values), …}.")
    checked = {}
    for name, pair in curves.items():
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError(f"The curve {name!r} is a pair: the steps, and the values at them.")
        steps, values = (_numbers_of(f"The curve {name!r}", part) for part in pair)
        if values.ndim != 2 or not values.size or steps.shape != values.shape[1:]:
            raise ValueError(
                f"The curve {name!r} needs steps (P,) and values (runs, P); got {steps.shape} and "
                f"{values.shape}."
            )
        checked[name] = (steps, values)
    figure = _figure(7.5, 4)
    axes = figure.add_subplot()
    parts = []
    for i, (name, (steps, values)) in enumerate(checked.items()):
        colour, few = COLOURS[i % len(COLOURS)], len(steps) <= 31
        mean, smallest, largest = values.mean(axis=0), values.min(axis=0), values.max(axis=0)
        axes.fill_between(steps, smallest, largest, color=colour, alpha=0.15, linewidth=0)
        axes.plot(steps, mean, label=name, **_line(i, marked=few))
        parts.append(
            f"{name}: {_count(len(values), 'run')}, mean from {mean[0]:.4f} to {mean[-1]:.4f}, at "
            f"the end between {smallest[-1]:.4f} and {largest[-1]:.4f}"
        )
    axes.set(xlabel=against, ylabel=ylabel, title=title)
    whole = all((steps == steps.round()).all() for steps, _ in checked.values())
    axes.xaxis.get_major_locator().set_params(integer=whole)
    if min(values.min() for _, values in checked.values()) >= 0:
        axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    return Picture(figure, f"The {ylabel} against {against}. {'; '.join(parts)}.")


def _numbers_of(what: str, values: Any) -> np.ndarray:
    """An array of finite numbers, or the error that says what came instead."""
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{what} must be numbers; got {checks.shown(values)}.") from None
    if not np.isfinite(array).all():
        raise ValueError(f"{what} must be finite numbers; it holds NaN or infinity.")
    return array


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
