"""Figures of data and of what a network makes of them: points, classes, digits.

Source: lessons 08 and 11.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_nn import checks
from course_nn.evaluation import NO_CLASS, answers, compared
from course_nn.graph import Data, Graph, Labels, Node
from course_nn.own_state import left_as_it_was
from course_nn.plots.picture import COLOURS, MARKERS, Picture, finite_numbers, new_figure
from course_nn.prediction import Prediction


def decision_boundary(loss: Node, data: Data, *, title: str = "") -> Picture:
    """Points in the plane, and which class the network gives to every place around them.

    Args:
        loss: a cross-entropy loss of a network with an input x of 2 columns, or of 3 of which
            the last is constant 1.
        data: {"x": (N, 2 or 3), "y": (N,)}.
        title: drawn above it.

    The graph is left as it was. Raises TypeError or ValueError: no such loss, or data that do not
    fit it.
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
    _, output = compared(loss)
    with left_as_it_was(net):
        net.Forward(**{x.name: plane, labels.name: np.zeros(len(plane), dtype=int)})
        regions = answers(output.value).reshape(150, 150)
        regions = np.ma.masked_equal(regions, NO_CLASS)  # left without a colour
        net.put(checked)
        net.Forward()
        classes = answers(output.value)
        right, unanswered = int((classes == y).sum()), int((classes == NO_CLASS).sum())
    figure = new_figure(6.5, 4.5)
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
        f"({checks.percent(right / len(y), 1)})."
        + (f" At {unanswered} its output is not finite." if unanswered else ""),
    )


def confusion_matrix(labels: Any, predictions: Any, *, title: str = "") -> Picture:
    """How often each class (row) was read as each class (column).

    Args:
        labels, predictions: integers 0, 1, …, both (N,).
        title: drawn above it.

    Raises ValueError: unequal shapes, no rows, other numbers, masked entries, or tables whose rows
    have not the same index. TypeError: a whole `Prediction`.
    """
    for each in (labels, predictions):
        if isinstance(each, Prediction):
            raise TypeError(
                "confusion_matrix needs the classes of a prediction: give its .classes, as in "
                "confusion_matrix(y, nn.predict(loss, data).classes)."
            )
    checks.same_index({"labels": labels, "predictions": predictions})
    labels, predictions = checks.rows("labels", labels), checks.rows("predictions", predictions)
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
    figure = new_figure(5.5, 5)
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
    text = (
        f"{right} of {len(labels)} ({checks.percent(right / len(labels), 1)}) stand on the diagonal"
    )
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
        columns: how many images stand side by side.
        title: drawn above it.

    Raises TypeError or ValueError: another shape; more than 60 images; columns below 1; NaN,
    infinity or masked entries; tables whose rows have not the same index.
    """
    checks.same_index({"images": images, "labels": labels, "predictions": predictions})
    images, labels = checks.rows("images", images), checks.rows("labels", labels)
    if predictions is not None:
        predictions = checks.rows("predictions", predictions)
    if images.ndim != 2 or images.shape[1] != 64 or not 1 <= len(images) <= 60:
        raise ValueError(f"images needs shape (N, 64) with N from 1 to 60; got {images.shape}.")
    for name, array in (("labels", labels), ("predictions", predictions)):
        if array is not None and np.shape(array) != (len(images),):
            raise ValueError(f"{name} needs shape ({len(images)},); got {np.shape(array)}.")
    images = finite_numbers("images", images)  # NaN would be drawn white, as paper without ink
    columns = min(checks.whole_number("columns", columns), len(images))
    rows = -(-len(images) // columns)
    figure = new_figure(0.95 * columns + 0.3, 1.25 * rows + (0.4 if title else 0.1))
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
