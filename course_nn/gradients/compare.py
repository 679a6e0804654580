"""Is a gradient of one's own right? If not, which of the usual slips is it?

Source: lessons 03 to 08, where one's own gradient meets that of the graph.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_nn import checks
from course_nn.gradients import slips
from course_nn.graph import Array, Node, Parameter


def compare_gradients(
    mine: Any, parameter: Parameter, *, before: Any = None, rtol: float = 1e-6
) -> str:
    """Compare an array of yours with `parameter.grad`: "equal", or the slip by its name.

    A slip is named if it gives your numbers. When several give the same numbers (with two
    examples: their sum, and a factor 2), all of them are named. When none does, you learn where
    the largest difference is. Everything in the graph is left as it was.

    Args:
        mine: your ∂J/∂W, as an array of the shape of the parameter.
        parameter: a parameter after Forward and Backward(loss).
        before: the gradient that stood there before, if you want to know whether it was reset.
        rtol: how far the two may lie apart, relative to the largest entry.

    Raises RuntimeError before Backward; TypeError or ValueError if `parameter` is none, or if
    `before` is not an array of its shape.
    """
    if not isinstance(parameter, Parameter):
        raise TypeError(f"Compare with a parameter, such as W1; got {type(parameter).__name__}.")
    if parameter.grad is None or parameter.graph.last_loss is None:
        raise RuntimeError(f"{parameter.name} has no gradient yet: run Forward and Backward first.")
    right = parameter.grad
    if before is not None:
        before = checks.finite("The gradient from before", before)
        if before.shape != right.shape:
            raise ValueError(
                f"The gradient from before must have the shape of {parameter.name}, "
                f"{right.shape}; got {before.shape}."
            )
    if isinstance(mine, Node):
        name = checks.name_to_type(mine, "its ")
        return f"not an array: {mine.name} is a node; its gradient is {name}.grad"
    try:
        array = np.asarray(mine)
        kind = array.dtype.kind
    except ValueError:  # rows of different lengths
        return "not an array: its rows have different lengths"
    if kind not in "iuf":
        return f"not an array of numbers: it holds {array.dtype}"
    if np.isnan(array).any():
        return f"not a number (NaN) in {int(np.isnan(array).sum())} of its {array.size} entries"
    if not np.isfinite(array).all():
        return "infinite in some entries"
    if array.shape != right.shape:
        return _of_another_shape(array, parameter, before, rtol)
    if _equal(array, right, rtol):
        return "equal"
    return "; or ".join(_slips(array, parameter, before, rtol)) or _difference(array, right)


def _equal(array: Array, right: Array, rtol: float) -> bool:
    return bool(np.abs(array - right).max() <= rtol * np.abs(right).max())


def _slips(array: Array, parameter: Parameter, before: Array | None, rtol: float) -> list[str]:
    """The names of the slips in an array of the right shape."""
    right: Any = parameter.grad
    names = []
    if not array.any():
        names.append("all entries are zero: nothing was computed, or it was reset afterwards")
    if array.dtype.kind in "iu" and np.array_equal(array, np.trunc(right)):
        names.append("the decimals are cut off: the array holds integers, use floats")
    return names + slips.recognise(array.astype(float), parameter, rtol, before)


def _of_another_shape(array: Array, parameter: Parameter, before: Array | None, rtol: float) -> str:
    right: Any = parameter.grad
    instead = f"{array.shape} instead of {right.shape}"
    names = []
    if array.shape == right.T.shape and array.any():
        if _equal(array.T, right, rtol):
            names = [f"this is the transpose: {instead}"]
        elif transposed := _slips(array.T, parameter, before, rtol):
            names = [f"this is the transpose: {instead}, and also {'; or '.join(transposed)}"]
    if others := slips.recognise(array.astype(float), parameter, rtol, before):
        names.append(f"the wrong shape: {instead}: {'; or '.join(others)}")
    if names:
        return "; or ".join(names)
    if array.shape == right.T.shape:
        found = _difference(array.T, right)
        return f"the shape of the transpose: {instead}; transposed, it is {found}"
    loss: Any = parameter.graph.last_loss
    if array.ndim == 3 and array.shape[1:] == right.shape and len(array) != len(loss.grad):
        return f"{len(array)} arrays instead of one: compare them one at a time"
    if array.ndim == 3 and array.shape[1:] == right.shape:
        average = compare_gradients(array.mean(axis=0), parameter, before=before, rtol=rtol)
        also = "" if average == "equal" else f"; averaged, it is {average}"
        return (
            f"one gradient for each example, shape {array.shape}: average over the first axis, "
            f"the examples{also}"
        )
    return f"the wrong shape: {instead}, the shape of the weights"


def _difference(array: Array, right: Array) -> str:
    if not right.any():
        return "not equal: the gradient is zero here"
    place = np.unravel_index(np.abs(array - right).argmax(), right.shape)
    return (
        f"not equal: the largest difference is at {[int(i) for i in place]}, where you have "
        f"{array[place]:.6g} and the gradient is {right[place]:.6g}"
    )
