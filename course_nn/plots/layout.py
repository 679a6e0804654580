"""Where the nodes of a graph are drawn, and how the numbers in their boxes are written."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from course_nn.graph import Graph, Input


def place_nodes(net: Graph) -> dict[Any, tuple[float, float]]:
    """(column, row) of each node: data and computed nodes below, what they use above them.

    Args:
        net: a graph, or a part of it: what has `nodes`, `inputs` and `parameters`.
    """
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


def leaps(places: dict[Any, tuple[float, float]], start: Any, end: Any) -> bool:
    """Would a straight arrow between these pass over others, in their rows or between them?"""
    (column, row), (to, other) = places[start], places[end]
    if max(row, other) > 0 or to - column <= 1:
        return False
    low, high = sorted((row, other))
    between = (column < c < to and low <= r <= high for c, r in places.values())
    return row == other or any(between)


class Measures(NamedTuple):
    """Of a drawing of boxes, in its own unit: half the width of a box; how far from the middle of
    a lower side an arrow begins or ends that `leaps`; how far from a box one runs beside it; and
    how far above or below the middle of a side it begins there, added to y to get up.
    """

    half: Any
    off: Any
    aside: Any
    apart: Any


def arrow_path(
    edge: tuple[Any, Any],
    places: dict[Any, tuple[float, float]],
    boxes: dict[Any, tuple[Any, Any, Any]],
    low: Any,
    measures: Measures,
) -> list[tuple[Any, Any]]:
    """The corners of an arrow, so that it does not pass behind a box above or below its ends: it
    would seem to come from that box, or to lead into it.

    Args:
        edge: the nodes at its ends. places: of all nodes, (column, row).
        boxes: of all nodes, the centre x, y, and half the height, as it is added to y to get up.
        low: the y of its way below boxes in between; None if it `leaps` over none.
    """
    start, end = edge
    (x0, y0, high0), (x1, y1, high1) = boxes[start], boxes[end]
    half, off, aside, apart = measures
    right, left = x0 + half, x1 - half
    if low is not None:
        down = [(x0 + off, y0 - high0), (x0 + off, low)]
        up = [(x1 - off, low), (x1 - off, y1 - high1)]
        if _is_above_another(start, places):
            down = [(right, y0 - apart), (right + aside, y0 - apart), (right + aside, low)]
        if _is_above_another(end, places):
            up = [(left - aside, low), (left - aside, y1 - apart), (left, y1 - apart)]
        return down + up
    if _is_between(start, end, places):
        side = left - aside * (4 + 3 * places[start][1]) / 10  # one beside the other
        return [(left, y0), (side, y0), (side, y1 + apart), (left, y1 + apart)]
    if places[start][1] > 0 or places[start][1] - places[end][1] == 1:  # from above
        return [(x0, y0 - high0), (x1, y1 + high1)]
    return [(right, y0), (left, y1)]


def _is_above_another(node: Any, places: dict[Any, tuple[float, float]]) -> bool:
    column, row = places[node]
    return any(c == column and r < row for c, r in places.values())


def _is_between(above: Any, below: Any, places: dict[Any, tuple[float, float]]) -> bool:
    """Is there another box between these two, one above the other in a column?"""
    (column, top), (other, low) = places[above], places[below]
    return column == other and any(c == column and low < row < top for c, row in places.values())


def number_rows(array: np.ndarray) -> list[str]:
    """A small array row by row; of a larger one the smallest and the largest entry.

    Args:
        array: (B, K), (B,), or the value of a parameter. At most 3 rows and columns are small.

    Returns the lines of text for a box, each at most 22 characters long where the array is small.
    """
    digits = 0 if array.dtype.kind in "iu" else 2 if array.ndim == 2 else 3

    def written(v: float) -> str:
        return f"{float(v):z.{digits}f}" if abs(v) < 1000 else f"{v:.1e}"

    if max(array.shape) <= 3:
        rows = ["  ".join(map(written, row)) for row in array.reshape(-1, array.shape[-1])]
        if max(map(len, rows)) <= 22:  # they fit into the box
            return rows
    return [f"{written(array.min())} … {written(array.max())}"]


def shortened(text: str, longest: int) -> str:
    """The text, cut with … if it has more than `longest` characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
