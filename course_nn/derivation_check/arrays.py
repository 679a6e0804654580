"""What is done to arrays of known shapes, each with a complaint where these do not fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_nn.derivation_check.expression import Expression
from course_nn.derivation_check.scope import Unfit
from course_nn.graph import Array

BY_ENTRY: dict[str, Callable[..., Array]] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "square": np.square,
    "sign": np.sign,
    "cosh": np.cosh,
    "sinh": np.sinh,
    "sech": lambda a: 1 / np.cosh(a),
    "where": lambda condition, a, b: np.where(condition != 0, a, b),
    "maximum": np.maximum,
    "minimum": np.minimum,
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
}
COMPARED = {
    ">": np.greater,
    "<": np.less,
    ">=": np.greater_equal,
    "≥": np.greater_equal,
    "<=": np.less_equal,
    "≤": np.less_equal,
    "==": np.equal,
}


def may_be_by_entry(a: tuple[int, ...], b: tuple[int, ...], one: bool) -> bool:
    """Whether a product without a sign may be one entry by entry: never a row beside a column,
    and where one example stands alone, its one row does not stretch along a matrix.
    """
    if a == b or (1, 1) in (a, b):
        return True
    return not one and (a[0] == b[0] or a[1] == b[1]) and stretch(a, b)


def stretch(*shapes: tuple[int, ...]) -> bool:
    """Whether arrays of these shapes meet entry by entry, as NumPy stretches them."""
    return all(len({*sizes} - {1}) <= 1 for sizes in zip(*shapes, strict=True))


def by_entry(e: Expression, function: Callable[..., Any], *arrays: Any) -> Any:
    """A function of entries. Raises Unfit, as all here, where the shapes do not fit."""
    shapes = [np.shape(each) for each in arrays]
    if not stretch(*filter(None, shapes)):  # () is a number
        raise Unfit(e, *shapes)
    return function(*arrays)


def matmul(e: Expression, a: Any, b: Any) -> Any:
    """The product of matrices."""
    if np.ndim(a) != 2 or np.ndim(b) != 2 or a.shape[1] != b.shape[0]:
        raise Unfit(e, np.shape(a), np.shape(b))
    return a @ b


def einsum(e: Expression, *arrays: Any) -> Any:
    """np.einsum; one axis alone stays the axis that it was."""
    inside, _, outside = str(e.value).partition("->")
    parts = inside.split(",")
    shapes = [np.shape(each) for each in arrays]
    try:
        made = np.einsum(str(e.value), *arrays)
    except ValueError:
        raise Unfit(e, *shapes) from None
    if np.ndim(made) == 1:
        stands = any(len(part) == 2 and part[0] == outside for part in parts)
        made = made[:, None] if stands else made[None, :]
    return made


def joined(e: Expression, parts: list[Any], axis: int) -> Array:
    """Arrays side by side along an axis."""
    shapes = [np.shape(each) for each in parts]
    if any(len(shape) != 2 or shape[1 - axis] != shapes[0][1 - axis] for shape in shapes):
        raise Unfit(e, *shapes)
    return np.concatenate(parts, axis=axis)


def sliced(e: Expression, a: Any, *ends: Any) -> Any:
    """Some rows or columns, a[:, low:high]."""
    axis, has_low, has_high = e.value  # type: ignore[misc]
    whole = [each for each in ends if np.ndim(each) == 0 and float(each).is_integer()]
    if np.ndim(a) != 2 or len(whole) != len(ends):
        raise Unfit(e, np.shape(a))
    numbers = [int(each) for each in whole]
    low = numbers.pop(0) if has_low else None
    high = numbers.pop(0) if has_high else None
    part = a[low:high] if axis == 0 else a[:, low:high]
    if 0 in part.shape:
        raise Unfit(e, a.shape)
    return part
