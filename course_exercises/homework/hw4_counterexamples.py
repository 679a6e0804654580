"""Homework 4, numbers against a claim: one batch update at N η is not N online updates at η."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from course_exercises.homework.actions import Call, Get
from course_exercises.homework.keys import generator
from course_exercises.homework.random_networks import drawn
from course_exercises.homework.tasks import (
    RIGHT,
    ByKey,
    Satisfies,
    Task,
    Verdict,
    not_right,
    told,
)
from course_exercises.question import Slip

# What the rubric of the grader names.
__all__ = [
    "NOT_AS_ORDERED",
    "NOT_THE_SAME",
    "OTHER_FIRST",
    "OTHER_SIGN",
    "STANDS_STILL",
    "TASKS",
    "agrees",
    "differs",
]

LARGEST = 9  # of the whole numbers
STEEP = (-5, -4, -3, -2, 2, 3, 4, 5)  # entries of an example that is given
SAME_END = Slip("with these numbers both end at the same weight, so the claim holds for them.")
OTHER_SIGN = Slip(
    "the difference is as large as asked for, but has the other sign: the weight after the "
    "online updates minus the weight after the batch update."
)
NOT_AS_ORDERED = Slip(
    "the claim fails with these numbers, but the difference is not the one asked for."
)
STANDS_STILL = Slip(
    "a gradient is 0 at the weights where it is taken. Then nothing moves there, and the claim "
    "says little."
)
OTHER_FIRST = Slip("the first row of x is not the example that is given.")
NOT_THE_SAME = Slip(
    "with these numbers the two end at different weights. What would have to be true of the second "
    "gradient, so that the first update does not change it?"
)


@dataclass(frozen=True)
class Order:
    """What a student is asked for.

    Args:
        eta: the learning rate. difference: with its sign.
        first: the first of the two examples with which the claim is to hold.
    """

    eta: float
    difference: float
    first: tuple[int, int]


def ordered(key: str) -> Order:
    """The order that belongs to a key; some whole numbers fulfil it."""
    rng = generator(key, "hw4 counterexample")
    eta = float(rng.choice([0.5, 0.25]))

    def draw() -> float:
        w, a, b, y = (int(n) for n in rng.integers(-4, 5, size=4))
        return _difference(np.array([w]), np.array([[a], [b]]), np.array([y, 0]), eta)[0]

    difference = drawn(
        draw,
        lambda found: 2 <= abs(found) <= 30 and found == int(found),
        "a whole difference that is neither small nor large",
    )
    pairs = [(a, b) for a in STEEP for b in STEEP if abs(a) != abs(b)]
    return Order(eta, float(difference), pairs[int(rng.integers(len(pairs)))])


def _online_gradients(w: Any, x: Any, y: Any, eta: float) -> list[Any]:
    """Of each example, at the weights that the update before it left."""
    gradients = []
    for one, target in zip(x, y, strict=True):
        gradients.append((one @ w - target) * one)
        w = w - eta * gradients[-1]
    return gradients


def _difference(w: Any, x: Any, y: Any, eta: float) -> Any:
    """The weights after the online updates, minus those after one batch update at N η."""
    at_first = [(one @ w - target) * one for one, target in zip(x, y, strict=True)]
    return eta * sum(at_first) - eta * sum(_online_gradients(w, x, y, eta))


def _read(found: Any, shapes: dict[str, tuple[int, ...]]) -> dict[str, Any] | Verdict:
    """The numbers of an answer by their names, or what is wrong with their form."""
    for name, shape in shapes.items():
        if np.shape(found[name]) != shape:
            came = np.shape(found[name])
            number = "" if shape else ", a single number"
            return not_right(f"{name} has the shape {came}; it should be {shape}{number}.")
        value = np.asarray(found[name], dtype=float)
        if (value != np.round(value)).any() or (np.abs(value) > LARGEST).any():
            return not_right(f"{name}: whole numbers from −{LARGEST} to {LARGEST} are needed.")
    return {name: np.asarray(found[name], dtype=float) for name in shapes}


def _shown(number: float) -> str:
    return f"{number:g}".replace("-", "−")


def differs(rng: np.random.Generator, key: str) -> Task:
    """`counterexample`: one weight and two examples with which the claim fails as ordered."""
    order = ordered(key)

    def judge(found: Any) -> Verdict:
        read = _read(found, {"w": (), "x": (2,), "y": (2,)})
        if isinstance(read, Verdict):
            return read
        w, x = np.array([read["w"]]), read["x"][:, None]
        came = float(_difference(w, x, read["y"], order.eta)[0])
        if np.isclose(came, order.difference):
            return RIGHT
        if came == 0:
            return told(SAME_END)
        return told(OTHER_SIGN if np.isclose(came, -order.difference) else NOT_AS_ORDERED)

    label = "numbers with which the claim fails"
    asked = f"η = {order.eta}; the difference that is asked for is {_shown(order.difference)}."
    return Task(
        asked,
        [Call("counterexample", (), into="found"), Get("found", label)],
        {label: Satisfies(judge, names=("w", "x", "y"))},
    )


def agrees(rng: np.random.Generator, key: str) -> Task:
    """`where_it_holds`: two weights and two examples with which the claim holds, though nothing
    stands still."""
    order = ordered(key)
    eta = order.eta

    def judge(found: Any) -> Verdict:
        read = _read(found, {"w": (2,), "x": (2, 2), "y": (2,)})
        if isinstance(read, Verdict):
            return read
        w, x, y = read["w"], read["x"], read["y"]
        if tuple(x[0]) != order.first:
            return told(OTHER_FIRST)
        at_first = [(one @ w - target) * one for one, target in zip(x, y, strict=True)]
        taken = [*at_first, *_online_gradients(w, x, y, eta)]
        if any((gradient == 0).all() for gradient in taken):
            return told(STANDS_STILL)
        return RIGHT if not _difference(w, x, y, eta).any() else told(NOT_THE_SAME)

    label = "numbers with which it holds"
    return Task(
        f"η = {eta}; the first row of x is {list(order.first)}.",
        [Call("where_it_holds", (), into="found"), Get("found", label)],
        {label: Satisfies(judge, names=("w", "x", "y"))},
    )


TASKS = {
    "numbers with which the claim fails": ByKey(differs),
    "numbers with which it holds": ByKey(agrees),
}


def show_order(key: str = "") -> None:
    """Print what is asked for with a key."""
    order = ordered(key)
    print(f"η = {order.eta}")
    print(f"online minus batch: {_shown(order.difference)}")
    print(f"where it holds, the first row of x: {list(order.first)}")
