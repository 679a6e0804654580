"""The checker of gradients in homework 2: how far off is a gradient, compared with differences?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Call, Get, Ref
from course_exercises.homework.random_networks import written
from course_exercises.homework.tasks import Task, TaskQuestion, Wanted
from course_exercises.question import Slip

# What the rubric of the grader names.
__all__ = [
    *("BY_GRAD", "BY_LARGER", "BY_SLOPE", "ENTRIES", "HALVED", "MEAN_OF_ALL", "NOT_RELATIVE"),
    *("ADDED", "NO_ABSOLUTE", "OTHER_STEP"),
    *("check_entries", "check_right", "check_row", "check_sign", "check_tiny", "check_zero", "q6"),
]

Array = np.ndarray
Rng = np.random.Generator

NO_ABSOLUTE = Slip("the absolute value of g − s is missing.")
OF_THE_SUM = Slip("|g + s| is not |g| + |s|: take the absolute values first, and then the sum.")
NOT_RELATIVE = Slip("that is the largest |g − s|; it is to be divided by |g| + |s|.")
HALVED = Slip("it was divided by half of |g| + |s|.")
MEAN_OF_ALL = Slip("that is the mean over the entries; the largest deviation is wanted.")
BY_SLOPE = Slip("it was divided by |s| alone, not by |g| + |s|.")
BY_GRAD = Slip("it was divided by |g| alone, not by |g| + |s|.")
BY_LARGER = Slip("it was divided by the larger of |g| and |s|, not by |g| + |s|.")
NO_FLOOR = Slip("0 / 0: where g and s are both 0, divide by max(|g| + |s|, 1e-8).")
ADDED = Slip("1e-8 was added to |g| + |s|; the formula takes the larger of the two.")
OTHER_STEP = Slip("that is what a larger step gives; the step is 1e-5.")
ENTRIES = Slip("that is one deviation for each entry; the largest of them is wanted.")
BROADCAST = Slip("the shapes differ, and NumPy has repeated the row. Compare the shapes first.")
NOT_COMPARED = Slip(
    "a wrong gradient with the right signs got 0: compare it with finite differences."
)


def _cubic(rng: Rng) -> tuple[dict[str, Array], Array, Callable[[Array], float]]:
    """What `make_cubic` is called with, W, and the function that it makes."""
    rows, columns = (int(n) for n in rng.permutation([2, 3, 4])[:2])
    A, C, W = (rng.integers(1, 20, size=(rows, columns)) / 10 for _ in range(3))
    return {"A": A, "C": C}, W, _cubic_of(A, C)


def _cubic_of(A: Array, C: Array) -> Callable[[Array], float]:
    return lambda W: float(np.sum(A * W**3 + C * W**2))


def _check_gradient(kind: str) -> Callable[[Rng], Task]:
    """The checker fed with a gradient that has wrong "entries", also where both are "zero" in one
    place, or of a "row" instead of a matrix.
    """

    def make(rng: Rng) -> Task:
        parts, W, first, *others = _checked(rng)
        if kind == "zero":
            parts["A"][first] = parts["C"][first] = 0.0
        f = _cubic_of(**parts)
        slopes, grad = nn.finite_differences(f, W, eps=1e-5), _slopes_of_cubic(W, **parts)
        if kind in ("entries", "zero"):
            grad = _with_wrong_entries(rng, grad, *others)
        elif kind == "row":
            grad = grad[:1]
        right, slips = _deviations(grad, slopes)
        if kind == "row":
            right, slips = 1.0, {BROADCAST: right}
        return _one_call(parts, W, grad, Wanted(right, slips, 1e-4, nan=NO_FLOOR))

    return make


def _one_call(parts: dict[str, Array], W: Array, grad: Array, deviation: Wanted) -> Task:
    """The checker is called once, and the deviation that it returns is looked at."""
    return Task(
        written(
            "function = make_cubic(A, C)\ncheck_gradient(function, W, grad)",
            **parts,
            W=W,
            grad=grad,
        ),
        [
            Call("make_cubic", tuple(parts.values()), into="function"),
            Call("check_gradient", (Ref("function"), W, grad), into="deviation", keeps=False),
            Get("deviation"),
        ],
        {"deviation": deviation},
    )


def _check_two_gradients(kind: str) -> Callable[[Rng], Task]:
    """The checker fed with a "right" gradient, or one with the wrong "sign", and then with one that
    has wrong entries: that 0 or 1 is the answer to the first can be said without any slope.
    """

    def make(rng: Rng) -> Task:
        parts, W, _, *others = _checked(rng)
        f, exact = _cubic_of(**parts), _slopes_of_cubic(W, **parts)
        slopes = nn.finite_differences(f, W, eps=1e-5)
        grad = {"right": exact, "sign": -exact}[kind]
        wrong = _with_wrong_entries(rng, exact, *others)
        (one, first), (other, second) = _deviations(grad, slopes), _deviations(wrong, slopes)
        one = {"right": 0.0, "sign": 1.0}[kind]
        slips = {slip: np.array([first[slip], second[slip]]) for slip in first}
        slips[NOT_COMPARED] = np.array([one, 0.0])
        if kind == "sign":
            of_the_sum = np.abs(grad - slopes) / np.maximum(np.abs(grad + slopes), 1e-8)
            slips[OF_THE_SUM] = np.array([of_the_sum.max(), other])
        names = "function, W, grad", "function, W, other"
        both = ", ".join(f"check_gradient({each})" for each in names)
        return Task(
            written(
                f"function = make_cubic(A, C)\nnp.array([{both}])",
                **parts,
                W=W,
                grad=grad,
                other=wrong,
            ),
            [
                Call("make_cubic", tuple(parts.values()), into="function"),
                Call("check_gradient", (Ref("function"), W, grad), into="one", keeps=False),
                Call("check_gradient", (Ref("function"), W, wrong), into="other", keeps=False),
                Call("numpy.array", ([Ref("one"), Ref("other")],), into="deviations"),
                Get("deviations"),
            ],
            # For a right gradient that is a deviation up to 0.0001; the other one is above 0.5.
            {"deviations": Wanted(np.array([one, other]), slips, 2e-4, nan=NO_FLOOR)},
        )

    return make


def check_tiny(rng: Rng) -> Task:
    """The checker fed with a gradient that is wrong in two entries. There the function is so
    curved, and all else so small, that another step, or 1e-8 more below the line, is seen.
    """
    parts, W, larger, smaller, _ = _checked(rng)
    parts = {name: (each / 100).round(4) for name, each in parts.items()}
    for entry in (larger, smaller):
        parts["A"][entry], parts["C"][entry], W[entry] = 1e4, 0.0, 0.0
    f, grad = _cubic_of(**parts), _slopes_of_cubic(W, **parts)
    # There the finite difference is 1e-6.
    grad[larger], grad[smaller] = 3e-6, rng.choice([2e-7, 2.5e-7])
    slopes, others = (nn.finite_differences(f, W, eps=step) for step in (1e-5, 1e-3))
    right, slips = _deviations(grad, slopes)
    far, size = np.abs(grad - slopes), np.abs(grad) + np.abs(slopes)
    slips[ADDED] = float((far / (size + 1e-8)).max())
    slips[OTHER_STEP], _ = _deviations(grad, others)
    # Rounding in the differences is far below 0.0001 of 1e-6.
    return _one_call(parts, W, grad, Wanted(right, slips, 5e-4))


def _checked(rng: Rng) -> tuple[Any, ...]:
    """What `make_cubic` is called with, W, and three of its entries.

    All slopes of the function are far enough from 0 that rounding is far below 0.0001.
    """
    parts, W, _ = _cubic(rng)
    return parts, W, *(np.unravel_index(n, W.shape) for n in rng.permutation(W.size)[:3])


def _slopes_of_cubic(W: Array, A: Array, C: Array) -> Array:
    """Without what is left of the digits after the twelfth, as they are printed."""
    slopes: Array = 3 * A * W**2 + 2 * C * W
    return slopes.round(12)


def _with_wrong_entries(rng: Rng, grad: Array, larger: Any, smaller: Any) -> Array:
    """One entry too large, and one too small by more."""
    grad = grad.copy()
    grad[larger] *= rng.choice([2.5, 3.0])
    grad[smaller] *= rng.choice([0.1, 0.2, 0.25])
    return grad.round(12)


def _deviations(grad: Array, slopes: Array) -> tuple[float, dict[Slip, Any]]:
    """The largest deviation, and what comes out instead if a slip is made."""
    g, s, far = np.abs(grad), np.abs(slopes), np.abs(grad - slopes)

    def largest(size: Array) -> float:
        return float((far / np.maximum(size, 1e-8)).max())

    size = np.maximum(g + s, 1e-8)
    return largest(g + s), {
        NO_ABSOLUTE: float(((grad - slopes) / size).max()),
        NOT_RELATIVE: float(far.max()),
        HALVED: 2 * largest(g + s),
        BY_SLOPE: largest(s),
        BY_GRAD: largest(g),
        BY_LARGER: largest(np.maximum(g, s)),
        ENTRIES: far / size,
        MEAN_OF_ALL: float((far / size).mean()),
    }


check_entries = _check_gradient("entries")
check_right = _check_two_gradients("right")
check_sign = _check_two_gradients("sign")
check_zero = _check_gradient("zero")
check_row = _check_gradient("row")

q6 = TaskQuestion(
    "Question 6",
    "check_gradient",
    {
        "a gradient with an entry too large, and one too small": check_entries,
        "a right gradient": check_right,
        "a gradient with the wrong sign": check_sign,
        "a gradient with an entry where g and s are 0": check_zero,
        "a function that is strongly curved": check_tiny,
        "a gradient of another shape": check_row,
    },
    praise="Your checker accepts a right gradient, and measures how far off a wrong one is.",
    hints=[
        "First the shapes, then s by finite_differences, then the deviations.",
        "np.abs and np.maximum work entry by entry; np.max gives the largest entry.",
    ],
)
