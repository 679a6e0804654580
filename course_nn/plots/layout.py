"""Where the nodes of a graph are drawn, and how the numbers in their boxes are written."""

from __future__ import annotations

from typing import Any

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


def leaps(start: tuple[float, float], end: tuple[float, float]) -> bool:
    """Does an arrow between these places, (column, row), pass over others in its row?"""
    return start[1] == end[1] and end[0] - start[0] > 1


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
