"""The whole way back as a function, in homework 2: for an activation and a loss that no page of the
course has, and on a network of 80,000 weights.

Nudging each weight ends nowhere here. A row is compared by its own size, and in each matrix there
is one whose gradient is 1e-18 of the others: by a small step nothing of it is seen but rounding.
Nor by a large one, because an example of its own goes through this row. It is fitted exactly, so
it adds nothing to the gradient, but it bends the loss. Complex steps round nothing; they need a
forward pass for each weight, and there is no time for so many. The cost of them grows with the
square of the number of weights, that of the way back, by loops too, with the number itself times
the examples: so the network is large and the examples are few.

The right slopes are differences, too, but each of a single number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Call, Get
from course_exercises.homework.random_networks import CANCELS, run
from course_exercises.homework.tasks import Satisfies, Task, TaskQuestion, Verdict, Wanted, judge
from course_exercises.question import Slip

# What the rubric of the grader names.
__all__ = [
    *("BY_COLUMNS", "BY_ROWS", "CAME_IN_Z", "NO_SLOPES", "NO_SLOPE_1", "NO_SLOPE_2", "SIGN"),
    *("OTHER_SLOPES", "SLOPES_OF_H", "SUM_NOT_MEAN", "TWICE"),
    *("gradients_large", "gradients_small", "large_network", "q5", "small_network"),
]

Array = np.ndarray
Rng = np.random.Generator
NAMES = ("dW3", "dW2", "dW1")  # in the order in which the way back comes to them
LARGE = (10, 400, 140, 150, 20)  # B, D, H1, H2, K: 80,000 weights
TINY, TINIER = 1e-9, 1e-18  # in the small network, where digits are to be read, and in the large
STEP = 1e-5  # relative to a slope, the error of such a difference is no more than that

SIGN = Slip("the sign is wrong.")
TRANSPOSE = Slip("that is the transpose.")
SUM_NOT_MEAN = Slip("that is the sum over the examples; here the mean is wanted.")
TWICE = Slip("it was divided by the number of examples twice.")
BY_ROWS = Slip("it was divided by the number of units that come in, not by the number of examples.")
BY_COLUMNS = Slip("it was divided by the width of δ, not by the number of examples.")
NO_SLOPE_1 = Slip("f′(z1) is missing in δ1.")
NO_SLOPE_2 = Slip("f′(z2) is missing in δ2.")
NO_SLOPES = Slip("f′(z1) and f′(z2) are both missing.")
OTHER_SLOPES = Slip("that is the slope of tanh; f is another function here.")
SLOPES_OF_H = Slip("f′ is taken at h1 and h2; the way back arrives at z1 and z2.")
OF_SQUARES = Slip("δ3 is that of the squared error; the loss is another one here.")
CAME_IN_Z = Slip("z was put in where h belongs: what comes into the product h W is h.")
SMALL_ROWS = Slip(
    "the larger rows are right, but not those with small gradients: differences of losses do not "
    "show them."
)


def f(z: Array) -> Array:
    """z / (1 + |z|), entry by entry."""
    return z / (1 + np.abs(z))


def log_cosh(e: Array) -> Array:
    """log cosh e, entry by entry, also where e is large."""
    return np.logaddexp(e, -e) - np.log(2)


def _slope(function: Any, z: Array) -> Array:
    slope: Array = (function(z + STEP) - function(z - STEP)) / (2 * STEP)
    return slope


class squashed(nn.Operation):
    """f(z); the slope is measured."""

    operands_needed = 1

    def forward(self) -> None:
        self.value = f(self.operands[0].value)

    def backward(self) -> None:
        grad: Any = self.grad
        self.operands[0].add_grad(grad * self.slope())

    def slope(self) -> Array:
        return _slope(f, self.operands[0].value)


class flat(squashed):
    """With the slip that the slope is 1."""

    def slope(self) -> Array:
        return np.ones_like(self.value)


class as_tanh(squashed):
    """With the slip that the slope is that of tanh."""

    def slope(self) -> Array:
        return 1 - self.value**2


class at_h(squashed):
    """With the slip that the slope is taken at what comes out."""

    def slope(self) -> Array:
        return _slope(f, self.value)


def _nodes(arguments: Mapping[str, Array], f1: Any, f2: Any, y: Array) -> dict[str, Any]:
    """The nodes by name after Forward and Backward, under squared error with these answers."""
    x, *weights = (arguments[name] for name in ("x", "W1", "W2", "W3"))
    with nn.Graph(make_current=False) as graph:
        W1, W2, W3 = (nn.Parameter(f"W{i}", W) for i, W in enumerate(weights, start=1))
        h1 = f1(nn.matmul(nn.Input("x", x.shape[1]), W1, name="z1"), name="h1")
        h2 = f2(nn.matmul(h1, W2, name="z2"), name="h2")
        nn.squared_error(nn.matmul(h2, W3, name="z3"), nn.Input("y", y.shape[1]), name="loss")
    return run(graph, x=x, y=y)


def _three(
    arguments: Mapping[str, Array], f1: Any = squashed, f2: Any = squashed, squares: bool = False
) -> dict[str, Array]:
    """The three gradients; δ3 = z3 − y of the squared error is made what it is here."""
    y = arguments["y"]
    z3 = _nodes(arguments, f1, f2, y)["z3"].value
    start = z3 - y if squares else _slope(log_cosh, z3 - y)
    nodes = _nodes(arguments, f1, f2, z3 - start)
    return {f"d{name}": nodes[name].grad for name in ("W3", "W2", "W1")}


def _of_z(arguments: Mapping[str, Array]) -> dict[str, Array]:
    """The gradients with z1 and z2 in the places of h1 and h2; that of W1 is right."""
    y = arguments["y"]
    z3 = _nodes(arguments, squashed, squashed, y)["z3"].value
    nodes = _nodes(arguments, squashed, squashed, z3 - _slope(log_cosh, z3 - y))
    B = len(y)
    return {
        "dW3": nodes["z2"].value.T @ nodes["z3"].grad / B,
        "dW2": nodes["z1"].value.T @ nodes["z2"].grad / B,
        "dW1": nodes["W1"].grad,
    }


def _arguments(
    rng: Rng, B: int, D: int, H1: int, H2: int, K: int, digits: int, tiny: float = TINY
) -> tuple[dict[str, Array], list[int]]:
    """Arguments of `gradients`, and which input and which unit in each layer are tiny."""

    def drawn(rows: int, columns: int, scale: float) -> Array:
        return np.round(rng.normal(scale=scale, size=(rows, columns)), digits) + 0.0

    x, y = drawn(B, D, 1.0), drawn(B, K, 1.0)
    W1, W2, W3 = (drawn(m, n, 1.5 / np.sqrt(m)) for m, n in ((D, H1), (H1, H2), (H2, K)))
    columns = [int(rng.integers(array.shape[1])) for array in (x, W1, W2)]
    for array, column in zip((x, W1, W2), columns, strict=True):
        array[:, column] = np.round(array[:, column] * tiny, digits - round(np.log10(tiny)))
    return {"x": x, "y": y, "W1": W1, "W2": W2, "W3": W3}, columns


def _with_path_of_its_own(arguments: dict[str, Array], d: int, j: int, k: int) -> dict[str, Array]:
    """The first example goes through what is tiny for all others, input d and units j and k, and
    is fitted: its δ are 0, however they are computed, since f(1) = ½ and no sum has two terms."""
    changed = {name: array.copy() for name, array in arguments.items()}
    x, y, W1, W2, W3 = changed.values()
    x[0], W1[d], W2[j] = 0.0, 0.0, 0.0
    x[0, d], W1[d, j], W2[j, k] = 1.0, 1.0, 2.0
    y[0] = W3[k] / 2
    return changed


def large_network(number: int) -> tuple[Array, ...]:
    """x, y, W1, W2, W3 of a network with 80,000 weights, the same for the same number."""
    rng = np.random.default_rng(number)
    arguments, tiny = _arguments(rng, *LARGE, digits=3, tiny=TINIER)
    return tuple(_with_path_of_its_own(arguments, *tiny).values())


def small_network(number: int) -> tuple[Array, ...]:
    """The same for widths from 2 to 7, all different, so that a transpose is noticed."""
    rng = np.random.default_rng(number)
    widths = [int(n) for n in [rng.choice([3, 5]), *rng.permutation([2, 4, 6, 7])]]
    arguments, _ = _arguments(rng, *widths, digits=1)
    return tuple(arguments.values())


def _by_rows(right: Array, slips: Mapping[Slip, Array]) -> Satisfies:
    """Each row is compared by its own size; one of zeros, as few examples may give it, as it is."""
    size = np.abs(right).max(axis=1, keepdims=True)
    size[size == 0] = 1.0

    def scaled(value: Any) -> Any:
        return value / size if np.shape(value) == right.shape else value

    wanted = Wanted(scaled(right), {slip: scaled(each) for slip, each in slips.items()}, CANCELS)
    small = size[:, 0] < 1e-6 * size.max()

    def judged(found: Any) -> Verdict:
        verdict = judge(wanted, scaled(found))
        if verdict.kind != "right" and not verdict.slips and np.shape(found) == right.shape:
            rest = judge(Wanted(right[~small], {}, CANCELS), np.asarray(found)[~small])
            if rest.kind == "right":
                return Verdict(verdict.kind, SMALL_ROWS.words, SMALL_ROWS.words, (SMALL_ROWS,))
        return verdict

    return Satisfies(judged)


# What makes no difference in a gradient, or the same one as another slip.
NOT_IN = {
    "dW1": (CAME_IN_Z,),
    "dW2": (NO_SLOPES, NO_SLOPE_1),
    "dW3": (NO_SLOPES, NO_SLOPE_1, NO_SLOPE_2, OTHER_SLOPES, SLOPES_OF_H),
}


def _task(arguments: Mapping[str, Array], description: str) -> Task:
    right, B = _three(arguments), len(arguments["x"])
    altered = {
        NO_SLOPES: _three(arguments, flat, flat),
        NO_SLOPE_1: _three(arguments, f1=flat),
        NO_SLOPE_2: _three(arguments, f2=flat),
        OTHER_SLOPES: _three(arguments, as_tanh, as_tanh),
        SLOPES_OF_H: _three(arguments, at_h, at_h),
        OF_SQUARES: _three(arguments, squares=True),
        CAME_IN_Z: _of_z(arguments),
        SIGN: {name: -grad for name, grad in right.items()},
        TRANSPOSE: {name: grad.T for name, grad in right.items()},
        SUM_NOT_MEAN: {name: B * grad for name, grad in right.items()},
        TWICE: {name: grad / B for name, grad in right.items()},
        BY_ROWS: {name: B * grad / len(grad) for name, grad in right.items()},
        BY_COLUMNS: {name: B * grad / grad.shape[1] for name, grad in right.items()},
    }
    return Task(
        description,
        [
            Call("gradients", tuple(arguments.values()), into="grads"),
            *(Get(f"grads.{name}", name) for name in NAMES),
        ],
        {
            name: _by_rows(
                right[name],
                {s: each[name] for s, each in altered.items() if s not in NOT_IN[name]},
            )
            for name in NAMES
        },
    )


def _of(network: Callable[[int], tuple[Array, ...]], rng: Rng) -> Task:
    """On what this function makes of a number, so that few numbers are to be pasted."""
    number = int(rng.integers(1_000_000_000))
    arguments = dict(zip(("x", "y", "W1", "W2", "W3"), network(number), strict=True))
    lines = [
        "To look at it, paste this into a cell:",
        f"arguments = questions.{network.__name__}({number})",
        "gradients(*arguments)",
    ]
    return _task(arguments, "\n".join(lines))


def gradients_small(rng: Rng) -> Task:
    """On a network with few weights."""
    return _of(small_network, rng)


def gradients_large(rng: Rng) -> Task:
    """On a network with 80,000 weights."""
    return _of(large_network, rng)


q5 = TaskQuestion(
    "Question 5",
    "gradients",
    {"a small network": gradients_small, "80,000 weights": gradients_large},
    praise="All three gradients hold, also on a network of 80,000 weights.",
    hints=[
        "Two derivatives are to be found on paper first: that of f, and that of log cosh.",
        "For f: take z > 0 and z < 0 apart, and see that one formula with |z| says both.",
        "Then it is the way back that you know: δ3, δ2, δ1, and what came in; the mean at the end.",
    ],
)
