"""Single numbers and words: a learning rate, a width, a seed, one of several names."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import numpy as np

from course_nn.checks.words import shown


def number(what: str, value: Any) -> float:
    """A finite number ≥ 0, such as a learning rate."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{what} must be a number; got {shown(value)}.")
    is_huge = isinstance(value, int) and value.bit_length() > 1000  # no float may hold it
    if is_huge or not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{what} must be 0 or more, and finite; got {shown(value)}.")
    return float(value)


def entry(what: str, shape: tuple[int, ...], place: Any) -> tuple[int, int]:
    """A row and a column of a matrix of this shape, such as (0, 1)."""
    two = isinstance(place, (tuple, list)) and len(place) == 2
    if not two or not all(isinstance(i, (int, np.integer)) for i in place):
        raise TypeError(f"An entry is a row and a column, such as (0, 1); got {shown(place)}.")
    row, column = (int(i) for i in place)
    if not (0 <= row < shape[0] and 0 <= column < shape[1]):
        raise ValueError(f"{what} is {shape}; it has no entry {[row, column]}.")
    return row, column


def whole_number(what: str, value: Any) -> int:
    """An integer ≥ 1, such as a width or a batch size."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{what} must be a whole number; got {shown(value)}.")
    if value < 1:
        raise ValueError(f"{what} must be 1 or more; got {shown(value)}.")
    return int(value)


def seed(value: Any) -> int:
    """The seed of a generator: a whole number ≥ 0, so that a run can be repeated."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise ValueError(f"A seed is a whole number, 0 or more; got {shown(value)}.")
    return int(value)


def yes_or_no(what: str, value: Any) -> bool:
    """True or False, and not a text that only looks like it."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{what} must be True or False; got {shown(value)}.")
    return bool(value)


def one_of(what: str, allowed: Collection[str], value: Any) -> None:
    """One of a few names, such as that of an activation."""
    if value not in list(allowed):
        raise ValueError(f"{what} must be one of {', '.join(map(repr, allowed))}; got {value!r}.")
