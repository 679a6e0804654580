"""Is a gradient of one's own right? If not, which of the usual slips is it?

Source: lessons 03 to 09, where one's own gradient meets that of the graph.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from course_nn import checks
from course_nn.gradients import slips
from course_nn.gradients.digits import side_by_side
from course_nn.gradients.noise import noise_of_gradient
from course_nn.graph import Array, Node, Parameter
from course_nn.operations import matmul

ROUNDING = 32 * float(np.finfo(np.float64).eps)
FLOAT32 = 50 * float(np.finfo(np.float32).eps)  # relative; more where digits cancel
MOST_OF_FLOAT32 = 1e-3
NOTHING = 1e-11  # of the largest entry; what is smaller is not looked at
ANOTHER_ORDER = 100  # times the noise: of sums that were added up in another order
ANOTHER_ORDER_32 = 16 * 2.0**29  # the same in float32, with 29 bits less
# times the size of the loss: the rounding of (J(w + ε) − J(w − ε)) / 2ε with the ε of
# finite_differences
DIFFERENCES = 2 * float(np.finfo(np.float64).eps) / 1e-5
FLOAT16 = 8 * float(np.finfo(np.float16).eps)


def compare_gradients(
    mine: Any, parameter: Parameter, *, before: Any = None, rtol: float = 1e-6
) -> str:
    """Compare an array of yours with `parameter.grad`: "equal", or the slip by its name.

    Numbers of float32 have about 7 digits, of which a gradient can lose some: if yours are such
    numbers, and no further off than that explains, they are "equal to 6 digits: float32 rounding".
    An array of float16 has about 3, too few to tell a slip from rounding: that is said then.
    Where the gradient itself is zero but for rounding, yours is "equal up to rounding" if it is
    so too. An entry is measured by the largest one of its row, and of its column: a weight on a
    tiny input has a tiny gradient, which can be wrong beside large ones. If only such entries are
    off, and by no more than finite differences are rounded, nobody can tell, and that is said.

    A slip is named if it gives your numbers. When several give the same numbers (with two
    examples: their sum, and a factor 2), all of them are named. When none does, you learn where
    the largest difference is. Everything in the graph is left as it was.

    Args:
        mine: your ∂J/∂W, as an array of the shape of the parameter.
        parameter: a parameter after Forward and Backward(loss).
        before: the gradient that stood there before, if you want to know whether it was reset.
        rtol: how far the two may lie apart, relative to the largest entry of row and column, and
            more where rounding explains it.

    Raises RuntimeError before Backward; TypeError or ValueError if `parameter` is none, if its
    gradient or `before` is not an array of its shape, or if `rtol` is not a number ≥ 0.
    """
    if not isinstance(parameter, Parameter):
        raise TypeError(f"Compare with a parameter, such as W1; got {type(parameter).__name__}.")
    with parameter.graph.turn():  # not in the middle of what another thread computes
        return _said_of(mine, parameter, before, checks.number("rtol", rtol))


def _said_of(mine: Any, parameter: Parameter, before: Any, rtol: float) -> str:
    if parameter.grad is None or parameter.graph.last_loss is None:
        raise RuntimeError(f"{parameter.name} has no gradient yet: run Forward and Backward first.")
    right = parameter.grad
    checks.same_kind("{}.grad", parameter.name, parameter.value, right)
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
    if mine is None:
        return "not an array of numbers: it is None. Is a `return` missing?"
    if checks.is_masked(mine):
        return "not an array of numbers: some of its entries are masked"
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
    return _compared(array, parameter, before, rtol).text


class _Answer(NamedTuple):
    """What is said of an array of the right shape, and what decides: the text is for reading."""

    text: str
    equal: bool = False
    named: bool = False  # the slip is known


EQUAL = _Answer("equal", equal=True)


def _compared(array: Array, parameter: Parameter, before: Array | None, rtol: float) -> _Answer:
    right: Any = parameter.grad
    apart, close = np.abs(array - right), _Close(parameter)
    largest, off = float(np.abs(right).max()), float(apart.max())
    if close.entries(apart, rtol, ANOTHER_ORDER, at_most=rtol):
        return EQUAL
    if off <= _rounding(parameter):
        return _Answer("equal up to rounding: the gradient is zero but for rounding", equal=True)
    if names := _slips(array, parameter, before, rtol):
        return _Answer("; or ".join(names), named=True)
    if array.dtype == np.float16 and off <= largest * FLOAT16:
        return _Answer(
            "cannot tell: yours is an array of float16, which has about 3 digits, and in these it "
            "agrees. Compute in float64"
        )
    rounding = _rounding_of_float32(array, parameter)
    if rounding and close.entries(apart, rounding, ANOTHER_ORDER_32, at_most=MOST_OF_FLOAT32):
        digits = min(7, round(-math.log10(off / largest)))  # more it has not
        return _Answer(f"equal to {digits} digits: float32 rounding", equal=True)
    if off > rtol * largest:
        return _Answer(_difference(array, right) + _of_before(parameter))
    words = _at(array, right, apart / close.scale_or_tiny)
    if close.is_current and (apart <= np.maximum(rtol * close.scale, close.of_differences)).all():
        return _Answer(
            "cannot tell: only entries that are small beside the others differ, and no more than "
            f"finite differences are rounded, such as the one {words}. If yours are no "
            "differences, it is not equal"
        )
    return _Answer(
        "not equal: measured by the largest entry of its row and column, the largest difference is "
        f"{words}" + _of_before(parameter)
    )


class _Close:
    """How far entries may lie apart from those of a gradient."""

    def __init__(self, parameter: Parameter) -> None:
        self.parameter, self.size = parameter, np.abs(parameter.grad)  # type: ignore[arg-type]
        graph: Any = parameter.graph
        self.is_current = bool(graph.up_to_date and graph._backward_done)
        self.scale = np.minimum(
            self.size.max(axis=1, keepdims=True), self.size.max(axis=0, keepdims=True)
        )

    def entries(self, apart: Array, rtol: float, times_noise: float, at_most: float) -> bool:
        """None is further off than `at_most` of the largest entry; nor, by more than its noise
        explains, than `rtol` of the largest of its row and column.
        """
        largest = float(self.size.max())
        if apart.max() > at_most * largest:
            return False
        if (apart <= rtol * self.scale + NOTHING * largest).all():
            return True
        noise = times_noise * self.noise if self.is_current else 0.0
        return bool((apart <= rtol * self.scale + noise + NOTHING * largest).all())

    @cached_property
    def noise(self) -> Array:
        """What rounding does to each entry."""
        return noise_of_gradient(self.parameter)

    @property
    def of_differences(self) -> float:
        """The rounding of finite differences, on the data of Backward."""
        loss: Any = self.parameter.graph.last_loss
        return DIFFERENCES * float(np.abs(loss.value).mean())

    @property
    def scale_or_tiny(self) -> Array:
        """To divide by."""
        return np.maximum(self.scale, np.finfo(float).tiny)


def _of_before(parameter: Parameter) -> str:
    """Whether it may be right, but not of what `Backward` has seen."""
    graph: Any = parameter.graph
    if graph.up_to_date and graph._backward_done:
        return ""
    return (
        f". {parameter.name}.grad is of the last Backward, and inputs or weights were set since: "
        "if yours is of these, run Forward and Backward first"
    )


def _rounding(parameter: Parameter) -> float:
    """How far rounding can move the gradient: by the size of the numbers that it is the sum of.

    Where these cancel, as in a symmetric network, all its digits are rounding.
    """
    graph: Any = parameter.graph
    size, B = 0.0, len(graph.last_loss.grad)
    if not (graph.up_to_date and graph._backward_done):  # its values are not those of Backward
        return 0.0
    for node in graph.nodes:
        if parameter in node.operands:
            came_in = [each.value for each in node.operands if each is not parameter]
            for a in came_in if isinstance(node, matmul) else [np.ones((B, 1))]:
                size += float((np.abs(a).T @ np.abs(node.grad)).max()) / B
    return ROUNDING * size


def _rounding_of_float32(array: Array, parameter: Parameter) -> float:
    """How far work in float32 can be off, relative to the largest entry; 0 if it was none.

    δ of the output is a difference, such as ŷ − y: the better the network fits, the fewer of its
    digits are left.
    """
    with np.errstate(all="ignore"):
        if not np.array_equal(array, array.astype(np.float32)):
            return 0.0
    output = parameter.graph.last_loss.operands[0]
    lost = 1.0
    if output.grad is not None and output.value is not None and output.grad.any():
        lost = max(1.0, float(np.abs(output.value).max())) / float(np.abs(output.grad).max())
    return min(FLOAT32 * max(1.0, lost), MOST_OF_FLOAT32)


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
    transposed = None
    names = []
    if array.shape == right.T.shape:
        transposed = _compared(array.T, parameter, before, rtol)
        if array.any() and (transposed.equal or transposed.named):
            also = "" if transposed is EQUAL else f", and also {transposed.text}"
            names = [f"this is the transpose: {instead}{also}"]
    if others := slips.recognise(array.astype(float), parameter, rtol, before):
        names.append(f"the wrong shape: {instead}: {'; or '.join(others)}")
    if names:
        return "; or ".join(names)
    if transposed:
        return f"the shape of the transpose: {instead}; transposed, it is {transposed.text}"
    if array.ndim == 3 and array.shape[1:] == right.shape:
        return _of_several(array, parameter, before, rtol)
    return f"the wrong shape: {instead}, the shape of the weights"


def _of_several(array: Array, parameter: Parameter, before: Array | None, rtol: float) -> str:
    """Of arrays of the right shape, one after the other."""
    loss: Any = parameter.graph.last_loss
    if len(array) != len(loss.grad):
        return f"{len(array)} arrays instead of one: compare them one at a time"
    average = _compared(array.mean(axis=0), parameter, before, rtol)
    each = f"one gradient for each example, shape {array.shape}:"
    if not average.equal and _compared(array.sum(axis=0), parameter, before, rtol).equal:
        done = f"divided by {len(array)} already"
        return f"{each} {done}, so add up over the first axis, the examples"
    if average.equal or average.named:
        also = "" if average is EQUAL else f"; averaged, it is {average.text}"
        return f"{each} average over the first axis, the examples{also}"
    return (
        f"the wrong shape: {array.shape} instead of {array.shape[1:]}, the shape of the weights; "
        f"averaged over the first axis, it is {average.text}"
    )


def _difference(array: Array, right: Array) -> str:
    if not right.any():
        return "not equal: the gradient is zero here"
    return f"not equal: the largest difference is {_at(array, right, np.abs(array - right))}"


def _at(array: Array, right: Array, off: Array) -> str:
    """Where it is furthest off, and both numbers."""
    place = np.unravel_index(off.argmax(), right.shape)
    yours, its = side_by_side(float(array[place]), float(right[place]))
    return f"at {[int(i) for i in place]}, where you have {yours} and the gradient is {its}"
