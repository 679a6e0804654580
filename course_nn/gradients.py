"""Are these gradients right? Finite differences, and the names of the usual slips.

Source: lesson 05; central differences as in Numerical Recipes, section 5.7.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from course_nn import checks
from course_nn.graph import Array, Graph, Node, Parameter
from course_nn.training import Data

RELATIVE, ABSOLUTE = 1e-5, 1e-8  # how far Backward and finite differences may lie apart
STEPS = (1e-5, 1e-7)  # the smaller one only where a step may have crossed the corner of a relu


class CheckedGradient(NamedTuple):
    """One line of the table: a parameter, and the entry where the two gradients differ most.

    Far from the tolerance they differ by rounding only; then it is the largest gradient.
    """

    parameter: str
    shape: tuple[int, ...]
    worst_entry: tuple[int, ...]
    backward: float  # ∂J/∂W at that entry by Backward
    finite_differences: float  # the same by central differences
    ok: bool


class GradientCheck:
    """The table that `check_gradients` returns: `rows`, and `ok` if all of them are."""

    def __init__(self, rows: list[CheckedGradient]) -> None:
        self.rows = rows
        self.ok = all(row.ok for row in rows)

    def _cells(self) -> list[list[str]]:
        head = ["parameter", "shape", "worst entry", "Backward", "finite differences", "ok"]
        return [head] + [
            [
                row.parameter,
                str(row.shape),
                str(list(row.worst_entry)),
                f"{row.backward:.6f}",
                f"{row.finite_differences:.6f}",
                "yes" if row.ok else "NO",
            ]
            for row in self.rows
        ]

    def __repr__(self) -> str:
        cells = self._cells()
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in cells
        )


def check_gradients(loss: Node, data: Data) -> GradientCheck:
    """Compare Backward with central differences, (J(w + ε) − J(w − ε)) / 2ε, at every weight.

    Everything in the graph is left as it was.

    Args:
        loss: the loss node.
        data: an array for each input of the graph. A few examples are enough.

    Raises ValueError or TypeError if the data do not fit; nothing else: look at `.ok`.
    """
    checks.loss_node(loss)
    graph: Graph = loss.graph
    checked = graph.checked_inputs(data, whole="The data")
    with graph.left_as_it_was(), np.errstate(all="ignore"):
        graph.put(checked)
        graph.Forward()
        graph.Backward(loss)
        scale = max(1.0, abs(float(loss.value.mean())))
        gradients = {p: p.grad for p in graph.parameters}
        rows = [_check(loss, p, grad, scale) for p, grad in gradients.items()]
    return GradientCheck(rows)


def _check(loss: Node, parameter: Parameter, grad: Array, scale: float) -> CheckedGradient:
    numeric = np.empty_like(grad)
    for entry in np.ndindex(grad.shape):
        for step in STEPS:
            numeric[entry] = _central_difference(loss, parameter, entry, step)
            if abs(grad[entry] - numeric[entry]) <= _tolerance(numeric[entry], scale):
                break
    off = np.abs(grad - numeric) / _tolerance(numeric, scale)
    off[np.isnan(off)] = np.inf  # not a number is as far off as can be
    # Rounded, so that the noise of the last digits does not choose; then the largest gradient.
    last = np.lexsort((np.abs(grad).ravel(), off.round(1).ravel()))[-1]
    worst = tuple(int(i) for i in np.unravel_index(last, grad.shape))
    return CheckedGradient(
        parameter.name,
        grad.shape,
        worst,
        float(grad[worst]),
        float(numeric[worst]),
        bool((off <= 1).all()),
    )


def _tolerance(numeric: Any, scale: float) -> Any:
    return ABSOLUTE * scale + RELATIVE * np.abs(numeric)


def _central_difference(
    loss: Node, parameter: Parameter, entry: tuple[int, ...], step: float
) -> float:
    start, J = parameter.value, []
    for sign in (1, -1):
        moved = start.copy()
        moved[entry] += sign * step
        parameter.value = moved
        loss.graph.Forward()
        J.append(loss.value.mean())
    parameter.value = start
    return float((J[0] - J[1]) / (2 * step))


def compare_gradients(mine: Any, parameter: Parameter, *, rtol: float = 1e-6) -> str:
    """Compare an array of yours with `parameter.grad`: "equal", or the slip by its name.

    When two slips look alike on the numbers at hand (two examples: their sum and a factor 2),
    both are named.

    Args:
        mine: your ∂J/∂W, as an array of the shape of the parameter.
        parameter: a parameter after Forward and Backward(loss).
        rtol: how far the two may lie apart, relative to the largest entry.

    Raises RuntimeError before Backward.
    """
    if not isinstance(parameter, Parameter):
        raise TypeError(f"Compare with a parameter, such as W1; got {type(parameter).__name__}.")
    if parameter.grad is None or parameter.graph.last_loss is None:
        raise RuntimeError(f"{parameter.name} has no gradient yet: run Forward and Backward first.")
    right = parameter.grad
    B = len(parameter.graph.last_loss.grad)  # as it was in Backward
    if isinstance(mine, Node):
        return f"not an array: {mine.name} is a node; its gradient is {mine.name}.grad"
    try:
        array = np.asarray(mine)
        kind = array.dtype.kind
    except ValueError:  # rows of different lengths
        return "not an array: its rows have different lengths"
    if kind not in "iuf":
        return f"not an array of numbers: it holds {array.dtype}"
    if array.shape != right.shape:
        if array.shape == right.T.shape:
            transposed = compare_gradients(array.T, parameter, rtol=rtol)
            instead = f"{array.shape} instead of {right.shape}"
            if transposed.startswith("not equal"):
                return f"the shape of the transpose: {instead}; transposed, it is {transposed}"
            extra = "" if transposed == "equal" else f", and also {transposed}"
            return f"this is the transpose: {instead}{extra}"
        if array.ndim == 3 and array.shape[1:] == right.shape:
            return (
                f"one gradient for each example, shape {array.shape}: average over the first axis, "
                "the examples"
            )
        return f"the wrong shape: {array.shape} instead of {right.shape}, the shape of the weights"
    if np.isnan(array).any():
        return f"not a number (NaN) in {int(np.isnan(array).sum())} of its {array.size} entries"
    if not np.isfinite(array).all():
        return "infinite in some entries"

    def equal(a: Array, b: Array) -> bool:
        return bool(np.abs(a - b).max() <= rtol * np.abs(b).max())

    if equal(array, right):
        return "equal"
    if not right.any():
        return "not equal: the gradient is zero here"
    slips = []
    if array.shape[0] == array.shape[1] and equal(array, right.T):
        slips.append("this is the transpose")
    if not array.any():
        slips.append("all entries are zero: nothing was computed, or it was reset afterwards")
    if kind in "iu" and np.array_equal(array, np.trunc(right)):
        slips.append("the decimals are cut off: the array holds integers, use floats")
    twice = (
        "twice the gradient: a factor 2, as from the derivative of a square without its ½, "
        "or W.grad not reset before the gradient was added a second time"
    )
    factors = [
        (-1, "the sign is wrong: minus the gradient"),
        (2, twice),
        (1 / 2, "half the gradient: a factor ½"),
        (B, f"{B} times the gradient: the sum over the batch, not the mean"),
        (1 / B, f"the gradient divided by {B}: the mean over the batch was taken twice"),
    ]
    for factor, slip in factors:
        if factor != 1 and equal(array, factor * right):
            slips.append(slip)
    if not slips:
        largest = np.abs(right).argmax()
        factor = float(array.flat[largest] / right.flat[largest])
        if factor and equal(array, factor * right):
            slips.append(f"{factor:.7g} times the gradient")
    if not slips:
        place = np.unravel_index(np.abs(array - right).argmax(), right.shape)
        where = [int(i) for i in place]
        slips.append(
            f"not equal: the largest difference is at {where}, where you have "
            f"{array[place]:.6g} and the gradient is {right[place]:.6g}"
        )
    return "; or ".join(slips)
