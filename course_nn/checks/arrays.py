"""Arrays: the values of an input, labels, weights. What fits is given back as the course has it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from course_nn.checks.nodes import NoArray
from course_nn.checks.words import array_of, shown

FLOAT64 = np.dtype(np.float64)


def finite(name: str, values: Any) -> np.ndarray:
    """A read-only float64 copy; what is not a finite number is refused with its place."""
    array = _array(name, values)
    if array.dtype.kind not in "buif":
        came = type(values).__name__ if array.dtype == object else f"an array of {array.dtype}"
        advice = _advice_for_numbers(values, array)
        raise TypeError(f"{name} needs an array of numbers; got {came}.{advice}")
    if array.dtype.kind in "iu" and array.size and max(-int(array.min()), int(array.max())) > 2**53:
        raise ValueError(
            f"{name} has whole numbers of more than 15 digits, such as {array.max()}, of which "
            "float64 would drop some. If these are not numbers but names, leave them out; if some "
            "digits less do, give .astype(float)."
        )
    with np.errstate(all="ignore"):
        array = array.astype(np.float64, copy=False)  # `_array` made a copy already
    if not np.isfinite(array).all():
        place = [int(i) for i in np.argwhere(~np.isfinite(array))[0]]
        raise ValueError(f"{name} has {array[tuple(place)]} at {place}; it needs finite numbers.")
    array.flags.writeable = False
    return array


def _advice_for_numbers(values: Any, array: np.ndarray) -> str:
    """What to do with an array of something else, such as a table of pandas."""
    if array.dtype.kind not in "OSU" or not array.ndim:
        return ""
    found = _entry_without(array, (bool, int, float, np.number, np.bool_))
    if found is None:
        way = "to_numpy(float)" if hasattr(values, "to_numpy") else "astype(float)"
        return f" All of it are numbers: use .{way}."
    place, value = found
    if isinstance(value, (str, bytes)):
        return (
            f" At {place} is {shown(value)}: leave such a column out, or give each of its words a "
            "column of 0 and 1. Numbers that were read as text: np.array(…, dtype=float)."
        )
    return f" At {place} is {shown(value)}: fill such an entry, or leave its row out."


def weights(name: str, values: Any) -> np.ndarray:
    """The value of a parameter: two axes, at least one entry, finite; a read-only copy."""
    array = finite(name, values)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(
            f"{name} must be an array with two axes, like W1 with (D, H1) or a bias row with "
            f"(1, K); got shape {array.shape}. Random weights: nn.initial_weights."
        )
    return array


def new_weights(graph: Any, parameter: Any, new: np.ndarray) -> None:
    """An update of a parameter of this graph: the shape it had, and finite."""
    name = parameter.name
    if parameter.graph is not graph:
        raise ValueError(
            f"{name} belongs to another graph (perhaps its cell was run again). Give new values to "
            "the parameters of this graph: graph.parameters."
        )
    same_kind("The new value of {}", name, parameter.value, new)
    if not all_finite(new):
        if parameter.grad is not None and (not_finite := int((~np.isfinite(parameter.grad)).sum())):
            raise FloatingPointError(
                f"The gradient of {name} is not finite (NaN or infinite) in {not_finite} of its "
                f"{parameter.grad.size} entries. No weight was changed."
            )
        raise FloatingPointError(
            f"The update would make {name} infinite or NaN. No weight was changed. "
            "A smaller learning rate helps."
        )


def all_finite(array: np.ndarray) -> bool:
    """Whether each entry is; a sum of squares is quicker, and not finite if an entry is not."""
    return math.isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())


def same_kind(what: str, name: str, weights: np.ndarray, array: Any) -> None:
    """A new value or a gradient of a parameter: float64, of the shape of its weights."""
    if type(array) is not np.ndarray or array.dtype != FLOAT64 or array.shape != weights.shape:
        kind = type(array).__name__
        if isinstance(array, np.ndarray):
            plain = type(array) is np.ndarray
            kind = f"{'' if plain else kind + ' of '}{array.dtype} of shape {array.shape}"
        what = what.format(name)  # only now: this is asked at each update
        raise ValueError(f"{what} must be a float64 array of shape {weights.shape}; got {kind}.")


def inputs(name: str, width: int, values: Any) -> np.ndarray:
    """Rows of examples, (B, width), finite; a read-only float64 copy."""
    array = finite(name, values)
    if array.shape == (width,):
        raise ValueError(
            f"{name} needs rows of examples, shape (B, {width}); got one example of shape "
            f"({width},). Example b is {name.upper()}[b : b + 1], "
            f"shape (1, {width})."
        )
    if array.ndim != 2 or array.shape[1] != width:
        advice = ""
        if width == 1 and array.ndim == 1:
            advice = f" Use {name}[:, None]."
        elif array.ndim == 2 and array.shape[0] == width:
            advice = f" Is it transposed? Then use {name}.T."
        raise ValueError(
            f"{name} needs shape (B, {width}), one row for each example; got {array.shape}.{advice}"
        )
    return _not_empty(name, array)


def labels(name: str, classes: int, values: Any) -> np.ndarray:
    """Integer labels 0 .. classes − 1, shape (B,); a read-only copy, never cast."""
    array = _array(name, values)
    wanted = f"{name} needs integer labels 0..{classes - 1}, shape (B,)"
    if array.ndim == 2 and array.shape[1] == classes:
        raise ValueError(f"{wanted}; got {array.shape}. If it is one-hot: y.argmax(axis=1).")
    if array.ndim != 1:
        raise ValueError(f"{wanted}; got shape {array.shape}.{_advice_for_shape(array)}")
    _not_empty(name, array)
    if array.dtype.kind not in "iu":  # NumPy counts a span of time as an integer
        raise TypeError(f"{wanted}; got {array.dtype}. {_advice_for_labels(values, array)}")
    wrong = np.flatnonzero((array < 0) | (array >= classes))
    if wrong.size:
        raise ValueError(f"{wanted}; row {wrong[0]} is {array[wrong[0]]}.")
    array.flags.writeable = False
    return array


def rows(name: str, values: Any) -> np.ndarray:
    """An array with at least one axis, of whatever there is in its rows."""
    array = _array(name, values)
    if array.ndim == 0:
        raise ValueError(f"{name} needs an array with a row for each example; got {shown(values)}.")
    return array


def labels_to_divide_by(values: Any) -> np.ndarray:
    """Integer labels, shape (N,), whatever the classes: those that a split is made by."""
    array = _array("y", values)
    wanted = "split divides each class in the same proportions, so y must be integer labels, (N,)"
    if array.ndim != 1:
        raise ValueError(f"{wanted}; got shape {array.shape}.{_advice_for_shape(array)}")
    _not_empty("y", array)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{wanted}; got {array.dtype}. {_advice_for_labels(values, array)}")
    return array


def _advice_for_shape(array: np.ndarray) -> str:
    column = array.ndim == 2 and 1 in array.shape
    return " A single column becomes (B,) by np.ravel(labels), or labels.ravel()." * column


def _advice_for_labels(values: Any, array: np.ndarray) -> str:
    """What to do with labels (B,) that are no integers."""
    found = _entry_without(array, (bool, int, float, np.number, np.bool_))
    if found is not None and isinstance(found[1], (str, bytes)):
        return (
            "Words become integers by classes, labels = np.unique(words, return_inverse=True), "
            "and classes[labels] are the words again."
        )
    if found is not None:
        return f"Row {found[0][0]} is {shown(found[1])}, which is no class."
    numbers = array.astype(float)
    wrong = np.flatnonzero(numbers != np.floor(numbers))  # also NaN
    if wrong.size:
        return f"Row {wrong[0]} is {array[wrong[0]]}, which is no class."
    way = "to_numpy().astype(int)" if hasattr(values, "to_numpy") else "astype(int)"
    return f"Labels are not cast silently: if they are whole numbers, use labels.{way}."


def _array(name: str, values: Any) -> np.ndarray:
    if type(values) is not np.ndarray:
        _from_elsewhere(name, values)
    try:
        return np.array(values)
    except ValueError:  # NumPy's own words do not say which node
        raise ValueError(f"{name} needs an array; its rows have different lengths.") from None


def is_masked(values: Any) -> bool:
    """Whether an entry is masked, in an array or in lists of arrays: NumPy drops the mask."""
    if isinstance(values, (list, tuple)):
        return any(map(is_masked, values))
    return isinstance(values, np.ma.MaskedArray) and bool(np.ma.is_masked(values))


def _from_elsewhere(name: str, values: Any) -> None:
    """Refuse what NumPy would make something else of than its numbers."""
    if isinstance(values, NoArray):
        raise TypeError(f"{name} needs an array; {array_of(values)}")
    if is_masked(values):
        raise ValueError(f"{name} has masked entries. Fill them or leave them out first.")
    if hasattr(values, "toarray"):  # a sparse matrix of SciPy
        raise TypeError(f"{name} needs an array; got a {type(values).__name__}. Use .toarray().")
    if getattr(values, "requires_grad", False):  # a tensor of PyTorch
        raise TypeError(
            f"{name} needs an array; got a {type(values).__name__} that keeps a gradient. "
            "Use .detach().numpy()."
        )


def _entry_without(array: np.ndarray, kinds: Any) -> tuple[Any, Any] | None:
    """The place and the value of the first entry that is of none of these types."""
    for place in np.ndindex(array.shape):
        if not isinstance(array[place], kinds):
            return [int(i) for i in place], array[place]
    return None


def _not_empty(name: str, array: np.ndarray) -> np.ndarray:
    if len(array) == 0:
        raise ValueError(f"{name} has no rows. A batch has at least one example.")
    return array
