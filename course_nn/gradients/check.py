"""Are the gradients of Backward right? Finite differences say so, as far as they can tell.

A difference of two losses is known only up to rounding, and at a corner, as of relu, there is no
slope. So there are three answers: right, wrong, and "cannot tell".

Source: lesson 05; W. Press et al., Numerical Recipes, section 5.7 (central differences, and the
extrapolation of L. F. Richardson); for the rounding J. Vignes, A Stochastic Arithmetic for Reliable
Scientific Computation, Mathematics and Computers in Simulation 35 (1993).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from course_nn import checks
from course_nn.gradients.digits import side_by_side
from course_nn.gradients.noise import EPS, SHAKEN, forward_shaken
from course_nn.graph import Array, Data, Graph, Node, Parameter
from course_nn.not_arrays import no_array
from course_nn.own_state import left_as_it_was

ALIKE = 1e-9  # relative: so near are entries that are equal but for rounding
RELATIVE = 1e-5  # how far Backward may lie from a slope that is known exactly
KNOWN = 3e-4  # a slope that is known less well than this cannot tell whether Backward is right
# The largest of three steps, each half of the one before, times max(1, |w|). The first suits most
# weights, larger ones tiny gradients, smaller ones sharp bends and corners that are close by.
STEPS = (2.0**-8, 2.0**-3, 0.5, 2.0**-12, 2.0**-16, 2.0**-20, 2.0**-24)

RIGHT, WRONG, CORNER, SMALL, INFINITE = range(5)  # what can be said of an entry
CANNOT_TELL = {
    CORNER: "at a corner, as of relu: neither right nor wrong",
    SMALL: "too small to tell",
    INFINITE: "at a loss that is not finite",
}


class CheckedGradient(NamedTuple):
    """One line of the table: a parameter, and the entry that decides.

    That is the entry where the two gradients differ most if one is wrong, and else the largest
    gradient. `ok` is its answer, True, False, or None for "cannot tell". So with True no entry is
    wrong, but some that are small beside the largest may be too small to tell; they are counted.
    """

    parameter: str
    shape: tuple[int, ...]
    worst_entry: tuple[int, ...]
    backward: float  # ∂J/∂W at that entry by Backward
    finite_differences: float  # the same by central differences
    ok: bool | None
    wrong: int = 0  # entries
    at_corner: int = 0  # entries whose one-sided slopes disagree
    too_small: int = 0  # entries that rounding hides
    not_finite: int = 0  # entries without a finite difference


@no_array("A table of gradients has .ok: True, False, or None for 'cannot tell'; and .rows.")
class GradientCheck:
    """The table that `check_gradients` returns: `rows`, and `ok`.

    `ok` is False if a row is wrong; else None if there is a row that finite differences cannot
    tell; else True. Whoever decides by it asks for `ok is True`; so does an `assert`.
    """

    def __init__(self, rows: list[CheckedGradient]) -> None:
        self.rows = rows
        answers = [row.ok for row in rows]
        self.ok = False if False in answers else None if None in answers else True

    def __bool__(self) -> bool:
        return self.ok is True

    def _cells(self) -> list[list[str]]:
        head = ["parameter", "shape", "worst entry", "Backward", "finite differences", "ok"]
        return [head] + [
            [
                row.parameter,
                str(row.shape),
                str(list(row.worst_entry)),
                *_numbers(row),
                _answer(row),
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


def _numbers(row: CheckedGradient) -> tuple[str, str]:
    """Both gradients, so that they can be read; if one is wrong, with the digits that differ."""
    mine, numeric = (
        f"{number:.6f}" if number == 0 or 1e-4 <= abs(number) < 1e7 else f"{number:.3g}"
        for number in (row.backward, row.finite_differences)
    )
    if row.ok is False and mine == numeric:
        return side_by_side(row.backward, row.finite_differences)
    return mine, numeric


def _answer(row: CheckedGradient) -> str:
    counts = {CORNER: row.at_corner, SMALL: row.too_small, INFINITE: row.not_finite}
    untold = [
        f"{number} of {int(np.prod(row.shape))} {CANNOT_TELL[reason]}"
        for reason, number in counts.items()
        if number
    ]
    answer = {True: "yes", False: "NO", None: "cannot tell"}[row.ok]
    return answer + (f" ({'; '.join(untold)})" if untold else "")


def finite_differences(f: Callable[[Array], Any], W: Any, *, eps: float = 1e-5) -> Array:
    """(f(W + ε) − f(W − ε)) / 2ε for each entry of W alone, in the shape of W.

    Args:
        f: a function of an array of the shape of W, which returns one number, such as a loss.
        W: an array of any shape; at its entries the slopes are measured.
        eps: ε, above 0.

    W is left as it was. Raises TypeError or ValueError: f is no function, or returns nothing, more
    than one number, one that is masked or of less than float64, or another one of the same array;
    W is a node or holds no numbers; eps is not above 0, or so small that it is lost in rounding.
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
        values: list[float] = []
        ends: list[float] = []
        for step in (eps, -eps):
            nudged = start.copy()
            nudged[entry] += step
            ends.append(nudged[entry])
            values.append(_one_number(f(nudged)))
        if ends[0] == ends[1]:
            raise ValueError(
                f"W has {start[entry]:.3g} at {list(entry)}: beside it a step of {eps:g} is lost "
                "in rounding, so that nothing was nudged. Give a larger eps, or W in another unit."
            )
        slopes[entry] = (values[0] - values[1]) / (2 * eps)
    if start.size:  # the last number once more
        nudged = start.copy()
        nudged[entry] -= eps
        _same_again_of(values[1], _one_number(f(nudged)))
    return slopes


def _same_again_of(before: float, again: float) -> None:
    """A function that draws random numbers, or counts, has no slope."""
    if not _alike(np.array([again]), np.array([before])):
        raise ValueError(
            f"The function gave {before:.6g}, and of the same array {again:.6g} the next time. Is "
            "there a random number or a counter in it? Keep it the same while W is nudged."
        )


def _one_number(result: Any) -> float:
    """What the function of `finite_differences` returned, if it is what it should be."""
    if result is None:
        raise TypeError("The function returned nothing. Is a `return` missing?")
    if isinstance(result, Node):
        raise TypeError(f"The function must return numbers: {checks.array_of(result)}")
    if checks.is_masked(result):  # NumPy would take the number under the mask
        raise ValueError("The function must return a number; what it returned is masked.")
    value = np.asarray(result)
    if value.dtype.kind == "c":  # NumPy would drop the imaginary part
        raise TypeError("The function must return a real number; got a complex one.")
    if value.dtype.kind not in "uif":  # a step from False to True has no slope
        came = checks.shown(result)
        raise TypeError(f"The function must return a number, such as a loss; got {came}.")
    if value.size != 1:
        raise ValueError(
            f"The function must return one number, such as a loss; got an array of shape "
            f"{value.shape}."
        )
    if value.dtype.kind == "f" and value.dtype.itemsize < value.astype(float).itemsize:
        raise TypeError(
            f"The function must return a number of float64; got one of {value.dtype}, whose "
            "rounding is larger than what so small a step changes. Compute in float64."
        )
    return float(value.item())


def check_gradients(loss: Node, data: Data) -> GradientCheck:
    """Compare Backward with central differences, (J(w + ε) − J(w − ε)) / 2ε, at every weight.

    Each difference is taken with several ε, and judged by how well it is known: by the rounding of
    the loss, by how far the ε disagree, and by how far the slopes on both sides of w disagree.
    An entry is right or wrong if that is known to 1 in 10,000; where the two sides disagree it is
    at a corner, neither right nor wrong; else it is too small to tell. Everything in the graph is
    left as it was.

    Args:
        loss: the loss node.
        data: an array for each input of the graph. A few examples are enough.

    Returns the table, a `GradientCheck`: whether the gradients are right says its `ok`, which is
    True, False, or None for "cannot tell".
    Raises ValueError or TypeError: no loss; a graph without parameters; data that do not fit; a
    `forward` or `backward` that makes anything but arrays of float64, or something else each
    time.
    """
    checks.loss_node(loss)
    graph: Graph = loss.graph
    if not graph.parameters:
        raise ValueError("There is nothing to check: this graph has no parameters.")
    checked = graph.checked_inputs(data, whole="The data")
    with left_as_it_was(graph), np.errstate(all="ignore"):
        graph.put(checked)
        graph.Forward()
        graph.Backward(loss)
        for node in graph.nodes:
            checks.step_back(node, node.grad)  # also what was assigned, without add_grad
        gradients = {p: p.grad for p in graph.parameters}
        _same_again(loss)
        rows = [_check(loss, p, grad) for p, grad in gradients.items()]
    return GradientCheck(rows)


def _same_again(loss: Node) -> None:
    """Forward and Backward once more, and Backward twice, give what they have given."""
    graph: Graph = loss.graph
    values = {node: node.value for node in graph.nodes}
    gradients = {node: node.grad for node in (*graph.parameters, *graph.nodes)}
    graph.Forward()
    for node, value in values.items():
        if not _alike(node.value, value):
            raise ValueError(
                f"{node}: forward makes another value each time, also of the same operands, so "
                "that there is no slope to compare with. Is there a random number or a counter? "
                "Keep it the same during the check, as a mask that is drawn once."
            )
    for _ in range(2):
        graph.Backward(loss)
        for node, grad in reversed(gradients.items()):  # the first one in the order of Backward
            if not _alike(node.grad, grad):
                users = [each for each in graph.nodes if node in each.operands]
                raise ValueError(
                    f"{node.name}.grad is another one each time that Backward is run. Does "
                    f"backward of {' or '.join(each.name for each in users)} keep something, such "
                    "as a sum or a counter, from the call before?"
                )


def _alike(array: Array, before: Array) -> bool:
    """The same, but for rounding."""
    size = np.max(np.abs(before), where=np.isfinite(before), initial=0.0)
    same_shape = np.shape(array) == before.shape
    return same_shape and np.allclose(array, before, rtol=0, atol=1e-6 * size, equal_nan=True)


def _check(loss: Node, parameter: Parameter, grad: Array) -> CheckedGradient:
    J = Losses(loss, parameter)
    numeric, off = np.empty_like(grad), np.empty_like(grad)
    verdicts = np.empty(grad.shape, dtype=int)
    for entry in np.ndindex(grad.shape):
        verdicts[entry], numeric[entry], off[entry] = _judged(J, entry, float(grad[entry]))
    wrong = verdicts == WRONG
    size = np.where(wrong, off, -1.0) if wrong.any() else np.abs(grad)
    # Of entries that are alike but for rounding the first: which is largest, the processor decides.
    first = int((size >= size.max() * (1 - ALIKE)).argmax())
    worst = tuple(int(i) for i in np.unravel_index(first, grad.shape))
    return CheckedGradient(
        parameter.name,
        grad.shape,
        worst,
        float(grad[worst]),
        float(numeric[worst]),
        {RIGHT: True, WRONG: False}.get(int(verdicts[worst])),
        *(int((verdicts == verdict).sum()) for verdict in (WRONG, CORNER, SMALL, INFINITE)),
    )


class Slope(NamedTuple):
    """∂J/∂w by differences, and how far it may be off."""

    value: float
    error: float  # by rounding, and by the size of the steps
    gap: float  # half of what the slopes on the two sides of w seem to disagree by
    at_corner: bool  # that is more than rounding and the size of the steps explain
    constant: bool  # nothing has arrived at the loss

    @property
    def off(self) -> float:
        return self.error + self.gap


def _judged(J: Losses, entry: tuple[int, ...], mine: float) -> tuple[int, float, float]:
    """The verdict on one entry, its slope, and how far Backward is off, in what is allowed."""
    found = []
    for step in STEPS:
        slope = slope_by_steps(J, entry, step)
        lost = slope.constant and mine != 0 and found and not found[0].constant  # in rounding
        if lost or not math.isfinite(slope.off):
            continue
        found.append(slope)
        known = slope.off <= KNOWN * max(abs(mine), abs(slope.value))
        if slope.constant and mine == 0:  # a step on the flat side of a corner, or one that is lost
            known = all(each.at_corner or _off(each, mine) <= 1 for each in found)
        if math.isfinite(mine) and known and _off(slope, mine) <= 1:
            return RIGHT, slope.value, 0.0
    if not found:
        return (INFINITE if math.isfinite(mine) else WRONG), math.nan, math.inf
    best = min(found, key=lambda slope: slope.off)
    if not math.isfinite(mine):
        return WRONG, best.value, math.inf
    if best.at_corner:
        return CORNER, best.value, 0.0
    off = _off(best, mine)
    return (WRONG if off > 1 else SMALL), best.value, off


def _off(slope: Slope, mine: float) -> float:
    """How far Backward is off, in what is allowed; by no more than 1 it agrees."""
    allowed = slope.off + RELATIVE * max(abs(mine), abs(slope.value))
    return abs(mine - slope.value) / allowed if allowed else 0.0


class Losses:
    """J as a function of one parameter, on the data in the graph, and how exactly it is known."""

    def __init__(self, loss: Node, parameter: Parameter) -> None:
        self.loss, self.parameter, self.start = loss, parameter, parameter.value
        self.at_start, self.size = self(self.start)
        self.reached = [np.array(node.value) for node in loss.operands]
        self.noise = max(EPS, self._rounding() / (self.size or 1.0))  # of a J, relative to size

    def __call__(self, value: Array) -> tuple[float, float]:
        """J, and the size of the numbers that it is the mean of."""
        self.parameter.value = value
        self.loss.graph.Forward()
        self.parameter.value = self.start
        return float(self.loss.value.mean()), float(np.abs(self.loss.value).mean())

    def moved(self, entry: tuple[int, ...], step: float) -> tuple[float, float, float, bool]:
        """The step that was taken, J and its size there, and whether anything reached the loss."""
        value = self.start.copy()
        value[entry] += step
        J, size = self(value)
        nodes = zip(self.loss.operands, self.reached, strict=True)
        reached = any(not np.array_equal(node.value, before) for node, before in nodes)
        return float(value[entry] - self.start[entry]), J, size, reached

    def _rounding(self) -> float:
        """The standard deviation that rounding gives to J: that of J if each weight, and the value
        of each node, is moved at random by one part in 2⁵², as rounding may move it.
        """
        rng, graph, found = np.random.default_rng(0), self.loss.graph, []
        weights = {p: p.value for p in graph.parameters}

        for _ in range(SHAKEN):
            forward_shaken(graph, weights, rng)
            found.append(self.loss.value.mean())
        for p, value in weights.items():
            p.value = value
        return float(np.std(found))


def slope_by_steps(J: Losses, entry: tuple[int, ...], largest: float) -> Slope:
    """From differences with three steps, each half of the one before."""
    central, sided, noise, reached = [], [], 0.0, False
    for halvings in range(3):
        step = largest * max(1.0, abs(float(J.start[entry]))) / 2**halvings
        up, J_up, size_up, reached_up = J.moved(entry, step)
        down, J_down, size_down, reached_down = J.moved(entry, -step)
        central.append((J_up - J_down) / (up - down))
        sided.append((J_up - J.at_start) / up - (J_down - J.at_start) / down)
        noise = max(noise, J.noise * max(J.size, size_up, size_down) / step)
        reached = reached or reached_up or reached_down
    coarse, fine, value = _extrapolated(central, 4, 16)
    _, almost, gap = _extrapolated(sided, 2, 8)
    # The deviation that rounding gives to `value` is about `noise`, that of `gap` six times that.
    # With one corner anywhere within the steps, `value` is off by no more than error and gap.
    return Slope(
        value,
        error=abs(fine - coarse) + 6 * noise,
        gap=abs(gap) / 2,
        at_corner=abs(gap) > abs(gap - almost) + 36 * noise,
        constant=not reached,
    )


def _extrapolated(values: list[float], one: int, two: int) -> tuple[float, float, float]:
    """The limit for ever smaller steps, of values whose error becomes `one` times smaller with half
    the step, and then `two` times: from two values, from the next two, and from all three.
    """
    a, b, c = values
    coarse, fine = (one * b - a) / (one - 1), (one * c - b) / (one - 1)
    return coarse, fine, (two * fine - coarse) / (two - 1)
