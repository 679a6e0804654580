"""Print an array so that it can be read: its name, its shape, and few digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_nn.graph import Node


def show(name: str, values: Any, *, digits: int = 4) -> None:
    """Print a name, a shape and the numbers; a single row on the same line.

    Args:
        name: what stands before the numbers.
        values: an array with at most two axes, or a number.
        digits: how many decimals.

    Raises TypeError or ValueError: a node (show its `.value`), more than two axes, no numbers.
    """
    if isinstance(values, Node):
        raise TypeError(f"{name} is a node. Show its value or its gradient: {values.name}.value.")
    if values is None:
        raise TypeError(f"{name} is None: it has no numbers yet. Run Forward (and Backward) first.")
    if isinstance(digits, bool) or not isinstance(digits, int) or digits < 0:
        raise ValueError(f"digits is a whole number, 0 or more; got {digits!r}.")
    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths
        raise ValueError(f"{name} is no array: its rows have different lengths.") from None
    if array.ndim > 2 or array.dtype.kind not in "buif":
        raise ValueError(
            f"show prints numbers with at most two axes; {name} has shape {array.shape} and holds "
            f"{array.dtype}."
        )
    form = f" z.{digits}f" if array.dtype.kind == "f" else "d"  # a place for the sign, no −0
    texts = [[f"{v:{form}}" for v in row] for row in np.atleast_2d(array)]
    width = max((len(text) for row in texts for text in row), default=0)
    rows = ["  ".join(text.rjust(width) for text in row) for row in texts]
    head = f"{name}  shape {array.shape}"
    if array.ndim == 0:
        print(f"{name}  {rows[0]}")
    elif len(rows) == 1:
        print(f"{head}  {rows[0]}")
    else:
        print("\n    ".join([head, *rows]))
