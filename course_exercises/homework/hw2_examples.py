"""A counterexample in numbers, in homework 2: "the gradient of the mean example is the mean
gradient".

The unit is h = (w x)² with the loss ½ (h − y)². Its weight and a first example are the student's
own; what comes beside it is to be found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Call, Get
from course_exercises.homework.keys import by_key, generator
from course_exercises.homework.tasks import (
    RIGHT,
    ByKey,
    Satisfies,
    Task,
    TaskQuestion,
    Verdict,
    not_right,
    told,
)
from course_exercises.question import Slip
from course_nn import more_operations as more

# What the rubric of the grader names.
__all__ = ["NO_GRADIENT", "ROUNDED_ONLY", "SAME_SIGN", "equal", "opposite", "q4", "show_my_unit"]

Array = np.ndarray
Rng = np.random.Generator
MOST_EXAMPLES, LARGEST = 6, 100.0
CLEAR, EQUAL, NEARLY = 0.1, 1e-6, 0.02  # sizes of gradients; of their difference


@dataclass(frozen=True)
class Unit:
    """A weight and a first example."""

    w: float
    x: float
    y: float

    def __repr__(self) -> str:
        return (
            f"Your unit: h = (w x)² with w = {self.w:g}, and the loss L = ½ (h − y)².\n"
            f"Your first example: x = {self.x:g}, y = {self.y:g}."
        )


def unit_of(key: str) -> Unit:
    """The unit that belongs to a key. Its first example has a gradient."""
    rng = generator(key, "hw2 counterexample")
    w, x = rng.choice([0.5, 1.5, 2.0]) * rng.choice([-1, 1]), rng.choice([-2, -1, 1, 2])
    h = (w * x) ** 2
    away = rng.choice([-2, -1, 1, 2])  # of the right answer
    return Unit(float(w), float(x), float(np.round(h) + away))


@by_key
def show_my_unit(key: str) -> Unit:
    """The unit of this key."""
    return unit_of(key)


def gradient(w: float, x: Array, y: Array) -> float:
    """∂J/∂w of the unit for these examples, by the module."""
    with nn.Graph(make_current=False) as graph:
        z = nn.matmul(nn.Input("x", 1), nn.Parameter("w", np.array([[w]])), name="z")
        nn.squared_error(more.multiply(z, z, name="h"), nn.Input("y", 1), name="L")
    graph.Forward(x=np.reshape(x, (-1, 1)), y=np.reshape(y, (-1, 1)))
    graph.Backward(graph.nodes[-1])
    return float(graph.parameters[0].grad.item())


NOT_MINE = Slip("the first example has to be the one that your key gives.")
SAME_X = Slip("the x are all nearly the same. Then the claim holds by itself; take others.")
NO_GRADIENT = Slip("one of the two gradients is nearly 0, which shows little: at least 0.1 each.")
SAME_SIGN = Slip("the two gradients differ, and so the claim fails; but they have one sign.")
NOT_EQUAL = Slip("the two gradients are not equal.")
ROUNDED_ONLY = Slip("the two gradients are nearly equal. Were y or x rounded? Leave all digits.")
NO_DIFFERENCE = Slip("the two gradients are equal, so here the claim holds.")


def _judged(unit: Unit, compare: Callable[[float, float], Slip | None]) -> Satisfies:
    def judge(found: Any) -> Verdict:
        if set(found) != {"x", "y"}:
            words = "the dictionary has other names than x and y."
            return not_right(words, words)
        x, y = (np.asarray(found[name], dtype=float) for name in "xy")
        if x.ndim != 1 or x.shape != y.shape or not 2 <= len(x) <= MOST_EXAMPLES:
            words = f"as many x as y are wanted, from two to {MOST_EXAMPLES} of each."
            return not_right(words, words)
        if max(np.abs(x).max(), np.abs(y).max()) > LARGEST:
            words = f"no number may be larger than {LARGEST:g} in size."
            return not_right(words, words)
        if not np.allclose([x[0], y[0]], [unit.x, unit.y], atol=1e-9):
            return told(NOT_MINE)
        if np.ptp(x) < CLEAR:
            return told(SAME_X)
        of_all = gradient(unit.w, x, y)
        of_mean = gradient(unit.w, x.mean(), y.mean())
        slip = compare(of_all, of_mean)
        # Without the two gradients: a second example could be found from these by trial.
        return RIGHT if slip is None else told(slip)

    return Satisfies(judge, names=("x", "y"))


def _opposite(of_all: float, of_mean: float) -> Slip | None:
    if abs(of_all - of_mean) < CLEAR:
        return NO_DIFFERENCE
    if min(abs(of_all), abs(of_mean)) < CLEAR:
        return NO_GRADIENT
    return SAME_SIGN if of_all * of_mean > 0 else None


def _equal(of_all: float, of_mean: float) -> Slip | None:
    size, off = max(abs(of_all), abs(of_mean)), abs(of_all - of_mean)
    if size < CLEAR:
        return NO_GRADIENT
    if off > EQUAL * size:
        return ROUNDED_ONLY if off < NEARLY * size else NOT_EQUAL
    return None


def _task(name: str, compare: Callable[[float, float], Slip | None]) -> ByKey:
    def make(rng: Rng, key: str) -> Task:
        unit = unit_of(key)
        return Task(
            f"{name}() gives examples for w = {unit.w:g}.",
            [Call(name, (), into="examples"), Get("examples")],
            {"examples": _judged(unit, compare)},
        )

    return ByKey(make)


opposite = _task("opposite", _opposite)
equal = _task("equal", _equal)

q4 = TaskQuestion(
    "Question 4",
    ("opposite", "equal"),
    {"opposite signs": opposite, "equal, and not by chance": equal},
    praise="The claim fails in the worst way for the one, and holds for the other.",
    hints=[
        "Write the gradient of one example as a formula in w, x and y. A square has a slope, too.",
        "opposite: choose x. Both gradients are then straight lines in the second y. Draw them.",
        "equal: choose a second x; what is left is an equation in which y stands alone.",
    ],
)
