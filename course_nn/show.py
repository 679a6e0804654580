"""Print an array so that it can be read: its name, its shape, and few digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_nn import checks
from course_nn.graph import Node

MOST_NUMBERS = 1000
ENDS = 3  # rows and columns at each end of a larger array


def show(name: str, values: Any, *, digits: int = 4) -> None:
    """Print a name, a shape and the numbers; a single row on the same line.

    A number beyond a million is written with a power of ten. Of more than 1,000 numbers the first
    and the last rows and columns are printed.

    Args:
        name: what stands before the numbers.
        values: an array with at most two axes, or a number.
        digits: how many decimals.

    Raises TypeError or ValueError: a node (show its `.value`), more than two axes, no numbers,
    masked entries.
    """
    if isinstance(values, Node):
        raise TypeError(f"show prints arrays, and {checks.array_of(values)}")
    if values is None:
        raise TypeError(f"{name} is None: it has no numbers yet. Run Forward (and Backward) first.")
    if isinstance(digits, bool) or not isinstance(digits, int) or digits < 0:
        raise ValueError(f"digits is a whole number, 0 or more; got {digits!r}.")
    if checks.is_masked(values):
        raise ValueError(f"{name} has masked entries. Fill them or leave them out first.")
    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths
        raise ValueError(f"{name} is no array: its rows have different lengths.") from None
    if array.ndim > 2 or array.dtype.kind not in "buif":
        raise ValueError(
            f"show prints numbers with at most two axes; {name} has shape {array.shape} and holds "
            f"{array.dtype}."
        )
    is_float = array.dtype.kind == "f"

    def written(v: Any) -> str:
        if not is_float:
            return f"{v:d}"
        # with a place for the sign, and no −0
        return f"{v: .{digits}e}" if 1e6 <= abs(v) < np.inf else f"{v: z.{digits}f}"

    table = np.atleast_2d(array)
    many = array.size > MOST_NUMBERS
    chosen = [_first_and_last(length) if many else range(length) for length in table.shape]
    texts = [["…" if -1 in (i, j) else written(table[i, j]) for j in chosen[1]] for i in chosen[0]]
    width = max((len(text) for row in texts for text in row), default=0)
    rows = ["  ".join(text.rjust(width) for text in row) for row in texts]
    head = f"{name}  shape {array.shape}"
    if array.ndim == 0:
        print(f"{name}  {rows[0]}")
    elif len(rows) == 1:
        print(f"{head}  {rows[0]}")
    else:
        print("\n    ".join([head, *rows]))


def _first_and_last(length: int) -> list[int]:
    """Some places at both ends, and −1 for those in between."""
    if length <= 2 * ENDS:
        return [*range(length)]
    return [*range(ENDS), -1, *range(length - ENDS, length)]
