"""What a lesson prints of arrays: name, shape and few digits; and how far two lie apart.

JupyterLab breaks a printed line that is too long inside of a word, so lines end before.
"""

from __future__ import annotations

import re
from textwrap import fill
from typing import Any

import numpy as np

from course_nn import checks
from course_nn.graph import Node

MOST_NUMBERS = 1000
ENDS = 3  # rows and columns at each end of a larger array
HOLD = "\0"  # for a moment, in place of a space at which a line must not end
WIDTH = 76  # letters in a line: what JupyterLab shows in a window of 800 pixels


def show(name: str, values: Any, *, digits: int = 4) -> None:
    """Print a name, a shape and the numbers; a single row on the same line, if there is room.

    Instead of numbers, a sentence may be shown, as `compare_gradients` returns. A number beyond a
    million is written with a power of ten. Of more than 1,000 numbers the first and the last rows
    and columns are printed.

    Args:
        name: what stands before the numbers.
        values: an array with at most two axes, a number, or a sentence.
        digits: how many decimals.

    Raises TypeError or ValueError: a node (show its `.value`), more than two axes, no numbers,
    masked entries.
    """
    if isinstance(digits, bool) or not isinstance(digits, int) or digits < 0:
        raise ValueError(f"digits is a whole number, 0 or more; got {digits!r}.")
    if isinstance(values, str):
        print(_broken(f"{name}  {values}", further=" " * 4))
        return
    array = _numbers("show prints", name, values)
    if array.ndim > 2:
        raise ValueError(f"show prints at most two axes; {name} has shape {array.shape}.")
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
    elif len(rows) == 1 and len(f"{head}  {rows[0]}") <= WIDTH:
        print(f"{head}  {rows[0]}")
    else:
        indent = " " * (4 + len(head) - len(head.lstrip()))
        print(f"\n{indent}".join([head, *rows]))


def wrapped(text: str) -> str:
    """A text whose long lines are broken between words, each with its own indent.

    Lines with gaps, as those of a table, stay as they are.
    """
    return "\n".join(_wrapped_line(line) for line in text.split("\n"))


def _wrapped_line(line: str) -> str:
    if re.search(r"\s\s", line.strip()):
        return line
    return _broken(line, further=line[: len(line) - len(line.lstrip())])


def _broken(line: str, further: str) -> str:
    """A line broken between words if it is too long; the `further` ones begin with this.

    What stands in quotes or brackets, as W3[1, 0] does, stays on one line if it is short.
    """
    if len(line) <= WIDTH:
        return line
    held = re.sub(r'"[^"]{1,30}"|\[[^]]{1,30}\]', lambda kept: kept[0].replace(" ", HOLD), line)
    broken = fill(
        held, WIDTH, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )
    return broken.replace(HOLD, " ")


def _first_and_last(length: int) -> list[int]:
    """Some places at both ends, and −1 for those in between."""
    if length <= 2 * ENDS:
        return [*range(length)]
    return [*range(ENDS), -1, *range(length - ENDS, length)]


def apart(a: Any, b: Any, bound: float = 1e-12) -> str:
    """How far two arrays lie apart at most, as a bound: "less than 1e-12" or "more than 1e-12".

    The digits of a difference that is only rounding are not the same on each processor.

    Args:
        a, b: arrays of one shape; one of them may be a single number.
        bound: what the largest difference of two entries is compared with.

    Raises TypeError or ValueError: a node (compare its `.value`), two shapes, no numbers, none at
    all, masked entries; tables whose rows or columns are not called alike; a bound below 0.
    """
    bound = checks.number("bound", bound)
    checks.same_index({"a": a, "b": b})
    checks.same_columns(a, b)
    first, second = _numbers("apart compares", "a", a), _numbers("apart compares", "b", b)
    if first.ndim and second.ndim and first.shape != second.shape:
        raise ValueError(
            f"apart compares arrays of one shape; these are {first.shape} and {second.shape}."
        )
    if not (first.size and second.size):
        raise ValueError("apart compares numbers; one of the arrays has none.")
    whole = first.dtype.kind in "bui" and second.dtype.kind in "bui"
    exact = object if whole else np.result_type(first, second, float)  # beyond 2⁵³ float drops some
    with np.errstate(all="ignore"):  # inf − inf
        largest = np.max(np.abs(first.astype(exact) - second.astype(exact)))
    return f"{'less' if largest < bound else 'more'} than {bound:g}"


def _numbers(who: str, name: str, values: Any) -> np.ndarray:
    """The values as an array of numbers, or the error that says what is wrong with them."""
    if isinstance(values, Node):
        raise TypeError(f"{who} arrays, and {checks.array_of(values)}")
    if values is None:
        raise TypeError(f"{name} is None: it has no numbers yet. Run Forward (and Backward) first.")
    if checks.is_masked(values):
        raise ValueError(f"{name} has masked entries. Fill them or leave them out first.")
    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths
        raise ValueError(f"{name} is no array: its rows have different lengths.") from None
    if array.dtype.kind not in "buif":
        raise ValueError(f"{who} numbers; {name} holds {array.dtype}.")
    return array
