"""Are the gradients of Backward right? Finite differences say so.

Source: lesson 05; central differences as in Numerical Recipes, section 5.7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from course_nn import checks
from course_nn.graph import Array, Data, Graph, Node, Parameter

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


def finite_differences(f: Callable[[Array], Any], W: Any, *, eps: float = 1e-5) -> Array:
    """(f(W + ε) − f(W − ε)) / 2ε for each entry of W alone, in the shape of W.

    Args:
        f: a function of an array of the shape of W, which returns one number, such as a loss.
        W: an array of any shape; at its entries the slopes are measured.
        eps: ε, above 0.

    W is left as it was. Raises TypeError or ValueError: f is no function, or returns nothing or
    more than one number; W is a node or holds no numbers; eps is not above 0.
    """
    if not callable(f):
        raise TypeError(f"The first argument is a function of W; got {checks.shown(f)}.")
    if isinstance(W, Node):
        raise TypeError(f"{W.name} is a node. Give its value: {W.name}.value.")
    if not checks.number("eps", eps):
        raise ValueError("eps must be above 0, such as 1e-5; got 0.")
    start = np.array(checks.finite("W", W))
    slopes = np.empty_like(start)
    for entry in np.ndindex(start.shape):
        values = []
        for step in (eps, -eps):
            nudged = start.copy()
            nudged[entry] += step
            result = f(nudged)
            if result is None:
                raise TypeError("The function returned nothing. Is a `return` missing?")
            if isinstance(result, Node):
                raise TypeError(f"The function must return numbers: {checks.array_of(result)}")
            value = np.asarray(result, dtype=float)
            if value.size != 1:
                raise ValueError(
                    f"The function must return one number, such as a loss; got an array of shape "
                    f"{value.shape}."
                )
            values.append(value.item())
        slopes[entry] = (values[0] - values[1]) / (2 * eps)
    return slopes


def check_gradients(loss: Node, data: Data) -> GradientCheck:
    """Compare Backward with central differences, (J(w + ε) − J(w − ε)) / 2ε, at every weight.

    Everything in the graph is left as it was.

    Args:
        loss: the loss node.
        data: an array for each input of the graph. A few examples are enough.

    Returns the table, a `GradientCheck`: whether the gradients are right says its `ok`.
    Raises ValueError or TypeError: no loss; a graph without parameters; data that do not fit.
    """
    checks.loss_node(loss)
    graph: Graph = loss.graph
    if not graph.parameters:
        raise ValueError("There is nothing to check: this graph has no parameters.")
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
