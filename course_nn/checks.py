"""What is refused, and in which words: what was expected, what came, what to do.

Each function gives its value back in the form in which the course works with it, or raises
ValueError, TypeError or RuntimeError. Nothing is changed here, so a refusal loses nothing.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from keyword import iskeyword
from typing import Any

import numpy as np


def node_name(name: Any, taken: Collection[str]) -> str:
    """A name for a node: an identifier such as z1, so that it can stand in code and formulas."""
    if not isinstance(name, str) or not name.isidentifier() or iskeyword(name):
        raise ValueError(f"A node's name is made of letters, digits and _, like z1; got {name!r}.")
    if name in taken:
        raise ValueError(f"The name {name} is used twice in this graph. Choose another one.")
    return name


def number(what: str, value: Any) -> float:
    """A finite number ≥ 0, such as a learning rate."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{what} must be a number; got {value!r}.")
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{what} must be 0 or more, and finite; got {value}.")
    return float(value)


def whole_number(what: str, value: Any) -> int:
    """An integer ≥ 1, such as a width or a batch size."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{what} must be a whole number; got {value!r}.")
    if value < 1:
        raise ValueError(f"{what} must be 1 or more; got {value}.")
    return int(value)


def finite(name: str, values: Any) -> np.ndarray:
    """A read-only float64 copy; what is not a finite number is refused with its place."""
    array = _array(name, values)
    if array.dtype.kind not in "buif":
        raise TypeError(f"{name} needs numbers; got an array of {array.dtype}.")
    array = array.astype(np.float64, copy=False)  # `_array` made a copy already
    if not np.isfinite(array).all():
        place = [int(i) for i in np.argwhere(~np.isfinite(array))[0]]
        raise ValueError(f"{name} has {array[tuple(place)]} at {place}; it needs finite numbers.")
    array.flags.writeable = False
    return array


def weights(name: str, values: Any) -> np.ndarray:
    """The value of a parameter: two axes, at least one entry, finite; a read-only copy."""
    array = finite(name, values)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(
            f"{name} must have two axes, like W1 with (D, H1) or a bias row with (1, K); "
            f"got shape {array.shape}."
        )
    return array


def new_weights(name: str, old: np.ndarray, new: np.ndarray) -> None:
    """An update of a parameter: the shape it had, and finite."""
    if new.shape != old.shape:
        raise ValueError(f"{name} is {old.shape}; its new value has shape {new.shape}.")
    if not np.isfinite(new).all():
        raise FloatingPointError(
            f"The update would make {name} infinite or NaN. No weight was changed. "
            "A smaller learning rate helps."
        )


def inputs(name: str, width: int, values: Any) -> np.ndarray:
    """Rows of examples, (B, width), finite; a read-only float64 copy."""
    array = finite(name, values)
    if array.shape == (width,):
        raise ValueError(
            f"{name} needs rows of examples, shape (B, {width}); got one example of shape "
            f"({width},). Use X[:1], shape (1, {width})."
        )
    if array.ndim != 2 or array.shape[1] != width:
        raise ValueError(
            f"{name} needs shape (B, {width}), one row for each example; got {array.shape}."
        )
    return _not_empty(name, array)


def labels(name: str, classes: int, values: Any) -> np.ndarray:
    """Integer labels 0 .. classes − 1, shape (B,); a read-only copy, never cast."""
    array = _array(name, values)
    wanted = f"{name} needs integer labels 0..{classes - 1}, shape (B,)"
    if array.ndim == 2 and array.shape[1] == classes:
        raise ValueError(f"{wanted}; got {array.shape}. If it is one-hot: y.argmax(axis=1).")
    if array.ndim != 1:
        raise ValueError(f"{wanted}; got shape {array.shape}.")
    _not_empty(name, array)
    if not np.issubdtype(array.dtype, np.integer):
        raise TypeError(
            f"{wanted}; got {array.dtype}. Labels are not cast silently: if they are whole "
            "numbers, use labels.astype(int)."
        )
    wrong = np.flatnonzero((array < 0) | (array >= classes))
    if wrong.size:
        raise ValueError(f"{wanted}; row {wrong[0]} is {array[wrong[0]]}.")
    array.flags.writeable = False
    return array


def same_rows(arrays: Mapping[str, np.ndarray | None]) -> int:
    """The number of examples B: all inputs are set, and have the same number of rows."""
    for name, array in arrays.items():
        if array is None:
            raise RuntimeError(f"{name} was never set. Use {name}.set(...) before Forward.")
    rows = {name: len(array) for name, array in arrays.items()}
    if len(set(rows.values())) > 1:
        listed = ", ".join(f"{name} has {count}" for name, count in rows.items())
        raise ValueError(f"All inputs need the same number of rows (examples): {listed}.")
    return next(iter(rows.values()), 0)


def loss_node(loss: Any) -> None:
    """A node of shape (B,) that was computed, not put in."""
    if not hasattr(loss, "add_grad"):
        raise TypeError(f"What is needed here is the loss node, not a {type(loss).__name__}.")
    if loss.width is not None or loss in loss.graph.inputs:
        raise ValueError(
            f"A loss has one number for each example, (B,), and is computed; {loss.name} is "
            f"{loss.shape}. Use squared_error or cross_entropy."
        )


def ready_for_backward(graph: Any, loss: Any) -> None:
    """`loss` is a loss of this graph, and Forward was run since anything changed."""
    loss_node(loss)
    if loss.graph is not graph:
        raise ValueError(
            f"{loss.name} belongs to another graph (perhaps its cell was run again). "
            f"Use that graph: {loss.name}.graph.Backward({loss.name})."
        )
    if not graph._forward_done:
        raise RuntimeError(
            "Backward needs the values of the present inputs and weights: run Forward first "
            "(also after SGD, and after setting an input or a parameter)."
        )


def _array(name: str, values: Any) -> np.ndarray:
    try:
        return np.array(values)
    except ValueError:  # NumPy's own words do not say which node
        raise ValueError(f"{name} needs an array; its rows have different lengths.") from None


def _not_empty(name: str, array: np.ndarray) -> np.ndarray:
    if len(array) == 0:
        raise ValueError(f"{name} has no rows. A batch has at least one example.")
    return array
