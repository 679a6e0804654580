"""Homework 3, an operation that nobody has written: one for each key, and the node `Own` for it.

All of them have one form. From a row a, another row m is made, in each entry of which several
entries of a stand; and c is a product of both, in which one of the two stands twice, u |u|. So an
entry of a acts on c in two ways: directly, and through m.

Nothing here says how such a node goes back. The right values are found by nudging each entry of a,
by the formula alone: a product of three factors is a cubic, for which four nudges are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Call, Get, Ref, Set, Step
from course_exercises.homework.hw3_nodes import (
    DIVIDED_IN_A_NODE,
    GRAD_MISSING,
    MINUS,
    OLD_VALUE,
    OVERWRITTEN,
    VALUE_FOR_GRAD,
    Array,
    Rng,
    arrivals,
    as_python,
    in_the_list,
    numbers,
    sizes,
    wanted_later,
)
from course_exercises.homework.keys import generator
from course_exercises.homework.random_networks import drawn
from course_exercises.homework.tasks import (
    ByKey,
    Explained,
    ExplainedLine,
    Task,
    Wanted,
    judge,
)
from course_exercises.question import Kind, Slip

# What the rubric of the grader names.
__all__ = [
    *("G_OF_I", "HALF_SLOPE", "LOST_DIRECT", "LOST_M", "LOST_OWN_M", "Operation"),
    *("SIGNED_SLOPE", "TURNED_SUM", "back_before", "back_one", "back_several"),
    *("back_two", "operation", "value"),
]

LOST_M = Slip("the way through m is lost: only the a_j that stands before it has its share.")
LOST_DIRECT = Slip("only the way through m is there; a_j also stands in c_j itself.")
TURNED_SUM = Slip(
    "the sum runs over the wrong index: a_i gets a share from each m_j in which it stands, not "
    "from those entries that stand in m_i."
)
G_OF_I = Slip("in the sum over the places, each place has its own g_j, not the g_i of the entry.")
HALF_SLOPE = Slip("half of a slope: the derivative of u |u| is 2 |u|.")
SIGNED_SLOPE = Slip("the derivative of u |u| is 2 |u|, also for negative u; yours is 2 u.")
LOST_OWN_M = Slip("the share of m_j in a_j itself is left out: a_j stands in its own m_j, too.")
NO_ABSOLUTE = Slip("that is a square: in u |u| the sign of u stays.")
OTHER_ENTRIES = Slip("m is made of the wrong entries: look at the small example once more.")

ENTRIES = (2.0, -1.0, 3.0)  # of the small example, with whole numbers
LARGE = 1e9  # where only a formula still has digits: nudging has lost them
NUDGE = 1e-3  # of an entry
LEAST_M = 0.02  # of the largest entry, so that no nudge turns a sign
LEAST_ENTRY = 1e-3  # of the largest, so that its nudge is no rounding error

Mix = Callable[[Array], Array]


def _neighbours(a: Array) -> Array:
    return np.roll(a, 1, axis=1) + 2 * np.roll(a, -1, axis=1)


def _less_the_one_before(a: Array) -> Array:
    return 3 * a - np.roll(a, 1, axis=1)


def _so_far(a: Array) -> Array:
    return np.cumsum(a, axis=1)


def _from_here_on(a: Array) -> Array:
    return np.cumsum(a[:, ::-1], axis=1)[:, ::-1]


def _in_turns(a: Array) -> Array:
    signs = (-1.0) ** np.arange(a.shape[1])
    return np.ones_like(a) * (signs * a).sum(axis=1, keepdims=True)


def _weighted(a: Array) -> Array:
    places = np.arange(1.0, a.shape[1] + 1)
    return np.ones_like(a) * (places * a).sum(axis=1, keepdims=True)


ROUND = "the row is a ring: behind the last entry comes the first"
MIXES: tuple[tuple[str, str, Mix], ...] = (
    ("a[b, j−1] + 2 a[b, j+1]", ROUND, _neighbours),
    ("3 a[b, j] − a[b, j−1]", ROUND, _less_the_one_before),
    ("a[b, 0] + a[b, 1] + … + a[b, j]", "the sum from the first entry to this one", _so_far),
    ("a[b, j] + a[b, j+1] + … ", "the sum from this entry to the last one", _from_here_on),
    ("a[b, 0] − a[b, 1] + a[b, 2] − …", "all entries with signs in turns, for every j", _in_turns),
    ("1 a[b, 0] + 2 a[b, 1] + 3 a[b, 2] + …", "the weighted sum of all, for every j", _weighted),
)
PRODUCTS = ("a[b, j] |a[b, j]| · m[b, j]", "a[b, j] · m[b, j] |m[b, j]|")


@dataclass(frozen=True)
class Operation:
    """c = a |a| · m, or c = a · m |m|, entry by entry, with one of the six m.

    Args:
        mix: the place in `MIXES`. product: the place in `PRODUCTS`.
    """

    mix: int
    product: int

    def m(self, a: Array) -> Array:
        """(B, n) → (B, n)."""
        return MIXES[self.mix][2](a)

    def of(self, a: Array, m: Array, *, absolute: bool = True) -> Array:
        """c for any m. Without `absolute`, that of the slip to square."""
        first, second = (a, m) if self.product == 0 else (m, a)
        return first * (np.abs(first) if absolute else first) * second

    def value(self, a: Array) -> Array:
        """c, (B, n)."""
        return self.of(a, self.m(a))

    def can_be_nudged(self, a: Array) -> bool:
        """Whether no nudge turns the sign of an entry of a or of m, or is lost in rounding."""
        largest = np.abs(a).max(axis=1, keepdims=True)
        steep = np.abs(self.m(a)) > LEAST_M * largest
        return bool((steep & (np.abs(a) > LEAST_ENTRY * largest)).all())

    @property
    def lines(self) -> tuple[str, ...]:
        """What a student reads."""
        mixed, said, _ = MIXES[self.mix]
        return (
            f"m[b, j] = {mixed}".strip(),
            f"    ({said})",
            f"c[b, j] = {PRODUCTS[self.product]}",
        )


def operation(key: str) -> Operation:
    """The operation of a key."""
    rng = generator(key, "hw3 operation")
    return Operation(int(rng.integers(len(MIXES))), int(rng.integers(len(PRODUCTS))))


def described(own: Operation) -> str:
    """The formula, entry by entry, and a small example."""
    row = np.array([ENTRIES])

    def listed(values: Array) -> str:
        return "(" + ", ".join(f"{value:.0f}" for value in values[0]) + ")"

    return "\n".join(
        [
            "Own(a): row b of a is made into row b of c, with as many entries,",
            "j = 0, 1, 2, …",
            "",
            *(f"    {line}" for line in own.lines),
            "",
            f"For the row a = {listed(row)}:  m = {listed(own.m(row))},  c = "
            f"{listed(own.value(row))}",
        ]
    )


# --- the way back, by nudging the formula ---------------------------------------------------------


def nudged(
    value: Callable[[Array], Array], a: Array, g: Array, places: Sequence[int] | None = None
) -> Array:
    """What g becomes on the way back through `value`, exact where it is a cubic in each entry.

    With `places`, for these entries of a row alone.
    """
    places = range(a.shape[1]) if places is None else places
    found = np.empty((len(a), len(places)))
    for column, i in enumerate(places):
        step = np.zeros_like(a)
        step[:, i] = NUDGE * np.abs(a[:, i])
        near, far = (value(a + k * step) - value(a - k * step) for k in (1, 2))
        found[:, column] = (g * (8 * near - far)).sum(axis=1) / (12 * step[:, i])
    return found


Back = Callable[[Operation, Array, Array], Array]


def step_back(own: Operation, a: Array, g: Array) -> Array:
    """What `Own` adds to a.grad, (B, n)."""
    return nudged(own.value, a, g)


def _direct(own: Operation, a: Array, g: Array) -> Array:
    m = own.m(a)
    return nudged(lambda u: own.of(u, m), a, g)


def _through_m(own: Operation, a: Array, g: Array) -> Array:
    return nudged(lambda u: own.of(a, own.m(u)), a, g)


def _turned(own: Operation, a: Array, g: Array) -> Array:
    to_m = nudged(lambda m: own.of(a, m), own.m(a), g)
    return _direct(own, a, g) + own.m(to_m)


def _g_of_i(own: Operation, a: Array, g: Array) -> Array:
    return _direct(own, a, g) + g * _through_m(own, a, np.ones_like(g))


def _half_slope(own: Operation, a: Array, g: Array) -> Array:
    shares = [_direct(own, a, g), _through_m(own, a, g)]
    shares[own.product] = shares[own.product] / 2
    return shares[0] + shares[1]


def _signed_slope(own: Operation, a: Array, g: Array) -> Array:
    if own.product == 0:
        return np.sign(a) * _direct(own, a, g) + _through_m(own, a, g)
    return _direct(own, a, g) + _through_m(own, a, np.sign(own.m(a)) * g)


def _without_own_m(own: Operation, a: Array, g: Array) -> Array:
    """The right one where no a_j stands in its own m_j."""
    to_m = nudged(lambda m: own.of(a, m), own.m(a), g)
    in_own_m = np.diag(own.m(np.eye(a.shape[1])))
    return step_back(own, a, g) - in_own_m * to_m


SLIPS_BACK: Mapping[Slip, Back] = {
    LOST_M: _direct,
    LOST_DIRECT: _through_m,
    TURNED_SUM: _turned,
    G_OF_I: _g_of_i,
    HALF_SLOPE: _half_slope,
    SIGNED_SLOPE: _signed_slope,
    LOST_OWN_M: _without_own_m,
}


def node_of(own: Operation, back: Back = step_back) -> type[nn.Operation]:
    """The operation for a graph of `course_nn`; with another `back`, that of a slip."""

    class Own(nn.Operation):
        operands_needed = 1

        def forward(self) -> None:
            self.value = own.value(self.operands[0].value)

        def backward(self) -> None:
            grad = self.grad
            assert grad is not None
            self.operands[0].add_grad(back(own, self.operands[0].value, grad))

    return Own


# --- question 3 -----------------------------------------------------------------------------------


def entries(rng: Rng, own: Operation, B: int, n: int) -> Array:
    """A row for each example, of which the way back can be told."""
    return drawn(lambda: numbers(rng, B, n), own.can_be_nudged, "far from where |u| has its corner")


def _make(a: Array) -> list[Call]:
    return [Call("new_graph"), Call("Input", (a,), into="a"), Call("Own", (Ref("a"),), into="c")]


def _value(rng: Rng, key: str) -> Task:
    own, (B, n) = operation(key), sizes(rng, 2)
    first, a = numbers(rng, B, n), entries(rng, own, B, n)

    def slips() -> dict[Slip, Array]:
        other = nudged(own.m, a, a)  # m with the entries exchanged
        return {
            OLD_VALUE: own.value(first),
            NO_ABSOLUTE: own.of(a, own.m(a), absolute=False),
            OTHER_ENTRIES: own.of(a, other),
        }

    steps = [*_make(first), Set("a.value", a), Call("c.forward"), Get("c.value")]
    return Task(as_python(steps), steps, {"c.value": wanted_later(own.value(a), slips)})


def _slips(own: Operation, a: Array, g: Array) -> dict[Slip, Array]:
    right = step_back(own, a, g)
    return {
        **{slip: back(own, a, g) for slip, back in SLIPS_BACK.items()},
        GRAD_MISSING: step_back(own, a, np.ones_like(g)),
        VALUE_FOR_GRAD: step_back(own, a, own.value(a)),
        MINUS: -right,
        DIVIDED_IN_A_NODE: right / len(a),
    }


def _back(
    rng: Rng, key: str, *, one: bool = False, large: float = 1.0, before: bool = False
) -> Task:
    """With `before`, a gradient is there already, and backward is called twice."""
    own, (B, n) = operation(key), sizes(rng, 2)
    B = 1 if one else B
    a, g = large * entries(rng, own, B, n), numbers(rng, B, n)
    start = large**2 * numbers(rng, B, n) if before else np.zeros_like(a)
    times = 2 if before else 1
    steps: list[Step] = [
        *_make(a),
        Call("c.forward"),
        Set("a.grad", start),
        Set("c.grad", g),
        *[Call("c.backward")] * times,
        Get("a.grad"),
    ]
    step = step_back(own, a, g)

    def slips() -> dict[Slip, Array]:
        wrong = {slip: times * value for slip, value in _slips(own, a, g).items()}
        # the second call overwrites the first
        return {**arrivals(start, times * step, wrong), OVERWRITTEN: step}

    right = wanted_later(start + times * step, slips)
    return Task(
        as_python(steps), steps, {"a.grad": right}, partial(_explained, own, {"a.grad": right})
    )


def _two(rng: Rng, key: str) -> Task:
    """One behind the other, and the second one's gradient goes through both."""
    own, (B, n) = operation(key), sizes(rng, 2)

    def fits(a: Array) -> bool:
        return own.can_be_nudged(a) and own.can_be_nudged(own.value(a))

    a = drawn(lambda: numbers(rng, B, n), fits, "far from where |u| has its corner")
    g, c = numbers(rng, B, n), own.value(a)
    steps: list[Step] = [
        *_make(a),
        Call("Own", (Ref("c"),), into="d"),
        Call("c.forward"),
        Call("d.forward"),
        Set("a.grad", np.zeros_like(a)),
        Set("c.grad", np.zeros_like(a)),
        Set("d.grad", g),
        Call("d.backward"),
        Call("c.backward"),
        Get("a.grad"),
    ]
    right = step_back(own, a, step_back(own, c, g))

    def slips() -> dict[Slip, Array]:
        made = {slip: back(own, a, back(own, c, g)) for slip, back in SLIPS_BACK.items()}
        return {**made, DIVIDED_IN_A_NODE: right / B**2}

    return Task(as_python(steps), steps, {"a.grad": wanted_later(right, slips)})


def _explained(own: Operation, table: Mapping[str, Wanted], found: Mapping[str, Any]) -> Explained:
    lines = []
    for label, right in table.items():
        verdict = judge(right, found[label])
        holds = None if verdict.kind == Kind.OPEN else verdict.kind == Kind.RIGHT
        lines.append(ExplainedLine(label, holds, "" if holds else verdict.words))
    return Explained(own.lines, "", tuple(lines), NEXT_STEP)


NEXT_STEP = (
    "Take a row of three entries, and write down c[0], c[1] and c[2] without any sum sign. Mark "
    "each a[1] in them. For each mark: the factor beside it, times the gradient of that c. Add."
)


def own_in_the_list(rng: Rng) -> Task:
    return in_the_list(_make(numbers(rng, 1, 3)))


value = ByKey(_value)
back_one = ByKey(partial(_back, one=True))
back_several = ByKey(partial(_back, large=LARGE))
back_before = ByKey(partial(_back, large=LARGE, before=True))
back_two = ByKey(_two)
