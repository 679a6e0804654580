"""Homework 3, a single node: its value, what its step back adds, and the list that it joins.

The right values come from a node of `course_nn`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Call, Get, Ref, Set, Step
from course_exercises.homework.random_networks import same_value
from course_exercises.homework.tasks import Later, Reaches, Task, Wanted
from course_exercises.question import Slip

# What the rubric of the grader names.
# fmt: off
__all__ = [
    "DIVIDED_IN_A_NODE", "FACTOR_2", "FACTOR_HALF", "GRAD_MISSING", "LOSS_IS_COLUMN",
    "NOTHING_COMPUTED", "NOT_ADDED", "NOT_IN_THE_LIST", "NO_HALF", "OLD_VALUE", "ONE_LOSS",
    "ONE_MEAN", "OVERWRITTEN", "TWICE_IN_THE_LIST", "VALUE_FOR_GRAD", "error_back_before",
    "error_back_several", "error_value_several", "product_back_before", "product_back_one",
    "product_back_several", "product_in_the_list", "product_value_several",
    "sigmoid_back_before", "sigmoid_back_several", "sigmoid_value",
]
# fmt: on

Array = np.ndarray
Rng = np.random.Generator

DIVIDED_IN_A_NODE = Slip(
    "divided by the number of examples. In a node gradients add up; the average is taken once, at "
    "the end of Backward."
)
OVERWRITTEN = Slip("what had arrived before was overwritten; add to it.")
NOT_ADDED = Slip("nothing was added to it.")
GRAD_MISSING = Slip("the gradient that has arrived at the node itself, self.grad, is missing.")
VALUE_FOR_GRAD = Slip("the value of the node was used in place of its grad.")
MINUS = Slip("the sign is wrong.")
OLD_VALUE = Slip(
    "computed from the value that was there when the node was made. forward takes the one that is "
    "there when it is called."
)
NOT_IN_THE_LIST = Slip("the new node is not in the list nodes; __init__ appends it.")
TWICE_IN_THE_LIST = Slip("the new node is in the list nodes twice.")
NOTHING_COMPUTED = Slip("the number is looked at once forward computes something else than 0.")
TRANSPOSED = Slip("that is the transpose: aᵀ stands on the left, g on the right.")
W_NOT_TRANSPOSED = Slip("W is not transposed: the way back is g Wᵀ.")
OWN_GRAD_CHANGED = Slip("backward has changed the gradient of its own node; it only reads it.")
OTHER_ACTIVATION = Slip("that is tanh; the sigmoid is wanted.")
SIGN_OF_EXPONENT = Slip("the sign in the exponent, or of z, is wrong.")
NO_SLOPE = Slip("the derivative of the activation is missing.")
SLOPE_OF_H = Slip("h is the value already: its derivative needs no second activation.")
SLOPE_AT_Z = Slip("the derivative was taken with z; it is written with the value h.")
OTHER_SLOPE = Slip("that is the derivative of tanh; the one of the sigmoid is wanted.")
SLOPE_CUT_SHORT = Slip("only a part of the derivative: it is h (1 − h).")
NO_HALF = Slip("twice the loss: the ½ is missing.")
FACTOR_2 = Slip("twice the gradient: the ½ of the loss cancels the 2 of the square.")
FACTOR_HALF = Slip("half the gradient: the 2 of the square cancels the ½ of the loss.")
ONE_LOSS = Slip("one number for all examples; the loss has one for each of them, shape (B,).")
ONE_MEAN = Slip(f"{ONE_LOSS.words} The mean over the examples is not taken here.")
MEAN_OVER_K = Slip("the squares of a row are averaged; they are to be added up.")
MEAN_OVER_K_NO_HALF = Slip(f"{MEAN_OVER_K.words} And the ½ is missing.")
DOWN_THE_COLUMNS = Slip("added over the examples, down the columns; it goes along each row.")
LOSS_IS_COLUMN = Slip("shape (B, 1) instead of (B,): the sum is taken without keepdims.")
NOT_ADDED_UP = Slip("the squares of a row are still to be added.")
ROOT = Slip("no root: the loss is half the sum of the squares.")
NO_Y = Slip("y is missing: it is output − y.")
BY_COLUMNS = Slip("loss.grad multiplies the columns; with [:, None] it multiplies the rows.")

FEW = 4  # equal entries that are still written out
SIZES_OF_NUMBERS = [0.3, 0.4, 0.6, 0.7, 0.8, 0.9, 1.1, 1.2, 1.3, 1.4, 1.6, 1.7]


def numbers(rng: Rng, *shape: int) -> Array:
    """Numbers with one digit after the point, so that a text can show them.

    None is 0, ±½ or ±1: a factor of this size could hide a slip, or be taken for another one.
    """
    return rng.choice(SIZES_OF_NUMBERS, shape) * rng.choice([-1, 1], shape)


def sizes(rng: Rng, how_many: int) -> list[int]:
    """Different sizes, so that a transposed array shows by its shape.

    None is 2: divided by B and half of it would be the same.
    """
    return [int(size) for size in rng.permutation([3, 4, 5])[:how_many]]


def as_python(steps: Sequence[Step], **arrays: Array) -> str:
    """Steps, the looks last, as lines of Python that a student can paste into a cell.

    Args:
        arrays: arguments that get a line and a name of their own.
    """

    def path(text: str) -> str:
        first, *rest = text.split(".")
        first = {"course_nn": "nn", "numpy": "np"}.get(first, first)
        return first + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in rest)

    def value(given: Any) -> str:
        if isinstance(given, Ref):
            return path(given.path)
        if isinstance(given, list):
            return f"[{', '.join(map(value, given))}]"
        if isinstance(given, dict):
            return "{" + ", ".join(f'"{key}": {value(entry)}' for key, entry in given.items()) + "}"
        if not isinstance(given, np.ndarray):
            return repr(given)
        for name, array in arrays.items():
            if given is array:
                return name
        if not given.any():
            return f"np.zeros({given.shape})"
        if given.size > FEW and np.ptp(given) == 0:
            return f"np.full({given.shape}, {given.flat[0].item()})"
        return f"np.array({given.tolist()})"

    lines = ["To look at it, paste this into a cell:"]
    lines += [f"{name} = np.array({array.tolist()})" for name, array in arrays.items()]
    looks = {}
    for step in steps:
        several, each, rest = step.path.partition(".*.")
        place, indent = path(step.path), ""
        if each:
            lines.append(f"for node in {path(several)}:")
            place, indent = f"node.{rest}", "    "
        if isinstance(step, Set):
            lines.append(f"{indent}{place} = {value(step.value)}")
        elif isinstance(step, Call):
            made = f"{step.into} = " if step.into else ""
            listed, length, _ = place.partition(".__len__")
            call = f"len({listed})" if length else f"{place}({_arguments(step, value)})"
            lines.append(f"{indent}{made}{call}")
        else:
            looks[step.name] = place
    entries = ", ".join(f'"{label}": {found}' for label, found in looks.items())
    return "\n".join([*lines, f"{{{entries}}}" if len(looks) > 1 else "".join(looks.values())])


def _arguments(step: Call, value: Callable[[Any], str]) -> str:
    named = (f"{name}={value(given)}" for name, given in step.keywords.items())
    return ", ".join([*map(value, step.arguments), *named])


def wanted(right: Any, slips: Mapping[Slip, Any]) -> Wanted:
    """With the slips that differ from the right value, and of those that are alike the first."""
    kept: dict[Slip, Any] = {}
    taken = [np.asarray(right, dtype=float)]
    for slip, value in slips.items():
        array = np.asarray(value, dtype=float)
        if not any(_alike(array, other) for other in taken):
            kept[slip] = value
            taken.append(array)
    return Wanted(right, kept)


def _alike(one: Array, other: Array) -> bool:
    """As `same`, which is slower: there are dozens of slips, and every student has a network."""
    if one.shape != other.shape:
        return False
    return bool((np.abs(one - other) <= 1e-5 * (1 + np.abs(other))).all())


def wanted_later(right: Any, slips: Callable[[], Mapping[Slip, Any]]) -> Wanted:
    """The same, with slips that are computed when an answer is not right."""
    return Wanted(right, Later(lambda: wanted(right, slips()).slips))


def arrived(before: Array, step: Array, slips: Mapping[Slip, Array]) -> Wanted:
    """A gradient that was `before` and to which `step` should be added; the slips add others."""
    return wanted(before + step, arrivals(before, step, slips))


def arrivals(before: Array, step: Array, slips: Mapping[Slip, Array]) -> dict[Slip, Array]:
    """What the slips make of a gradient to which `step` should be added."""
    wrong = {slip: before + other for slip, other in slips.items()}
    return wrong | {NOT_ADDED: before, OVERWRITTEN: step}


def single(
    operation: type[nn.Operation], grad: Array, *values: Array, parameter: bool = False
) -> tuple[Array, list[Array]]:
    """The value of one node, and what its step back adds to the gradient of each operand.

    With `parameter`, the last of the operands is one.
    """
    with nn.Graph(make_current=False) as graph:
        operands: list[Any] = [
            nn.Parameter(f"operand{i}", value)
            if parameter and i == len(values) - 1
            else same_value(nn.Input(f"operand{i}", width=value.shape[1]))  # which has a gradient
            for i, value in enumerate(values)
        ]
        node = operation(*operands)
    graph.Forward(**{x.name: value for x, value in zip(graph.inputs, values, strict=False)})
    node.grad = grad
    node.backward()
    return node.value, [operand.grad for operand in operands]


def in_the_list(make: Sequence[Call]) -> Task:
    """How long the list is when the node, which is made last, is there and computes something."""
    node = make[-1].into
    steps = [
        *make,
        Call("nodes.__len__", into="count"),
        Call(f"{node}.forward"),
        *count_and_computed(f"{node}.value", "len(nodes)"),
    ]
    right = counted(1, {NOT_IN_THE_LIST: 0, TWICE_IN_THE_LIST: 2})
    return Task(as_python(steps), steps, {"len(nodes)": right})


def count_and_computed(path: str, label: str) -> list[Step]:
    """Look at the number `count` and, behind it, at the sum of the squares of those at a path."""
    return [
        Call("numpy.vdot", (Ref(path), Ref(path)), into="computed"),
        Call("numpy.append", (Ref("count"), Ref("computed")), into="both"),
        Get("both", label),
    ]


def counted(right: int, slips: Mapping[Slip, int]) -> Reaches:
    """A count that is looked at once something else than 0 is computed.

    Args:
        slips: what they make of the count.
    """
    short = {slip: 0.9 - i / 10 for i, slip in enumerate([*slips, NOTHING_COMPUTED])}
    measures = {count: short[slip] for slip, count in slips.items()} | {right: 1.0}

    def measure(found: Array) -> float:
        count, computed = found
        return measures.get(count, -1.0) if computed else short[NOTHING_COMPUTED]

    return Reaches((2,), measure, 1.0, short)


# --- MatMul ---------------------------------------------------------------------------


def _make_product(a: Array, W: Array) -> list[Call]:
    return [
        Call("new_graph"),
        Call("Input", (a,), into="a"),
        Call("Parameter", (W,), into="W"),
        Call("MatMul", (Ref("a"), Ref("W")), into="c"),
    ]


def _product_value(rng: Rng, *, one: bool = False) -> Task:
    B, m, n = sizes(rng, 3)
    B = 1 if one else B
    first, a, W = numbers(rng, B, m), numbers(rng, B, m), numbers(rng, m, n)
    value, _ = single(nn.matmul, np.ones((B, n)), a, W, parameter=True)
    steps = [*_make_product(first, W), Set("a.value", a), Call("c.forward"), Get("c.value")]
    return Task(as_python(steps), steps, {"c.value": wanted(value, {OLD_VALUE: first @ W})})


def _product_back(
    rng: Rng, *, one: bool = False, square: bool = False, before: bool = False
) -> Task:
    B, m, n = sizes(rng, 3)
    B, n = (1 if one else B), (m if square else n)
    a, W, g = numbers(rng, B, m), numbers(rng, m, n), numbers(rng, B, n)
    value, (to_a, to_W) = single(nn.matmul, g, a, W, parameter=True)
    _, (a_without, W_without) = single(nn.matmul, np.ones_like(g), a, W, parameter=True)
    _, (a_by_value, W_by_value) = single(nn.matmul, value, a, W, parameter=True)
    before_a, before_W = np.zeros_like(a), np.zeros_like(W)
    if before:
        before_a, before_W = numbers(rng, *a.shape), numbers(rng, *W.shape)
    for_a = {
        DIVIDED_IN_A_NODE: to_a / B,
        GRAD_MISSING: a_without,
        VALUE_FOR_GRAD: a_by_value,
        MINUS: -to_a,
    }
    for_W = {
        DIVIDED_IN_A_NODE: to_W / B,
        GRAD_MISSING: W_without,
        VALUE_FOR_GRAD: W_by_value,
        MINUS: -to_W,
    }
    if square:  # only then do these give no error
        for_a |= {W_NOT_TRANSPOSED: g @ W}
        for_W |= {TRANSPOSED: to_W.T}
    steps = [
        *_make_product(a, W),
        Call("c.forward"),
        Set("a.grad", before_a),
        Set("W.grad", before_W),
        Set("c.grad", g),
        Call("c.backward"),
        Get("W.grad"),
        Get("a.grad"),
    ]
    return Task(
        as_python(steps),
        steps,
        {"W.grad": arrived(before_W, to_W, for_W), "a.grad": arrived(before_a, to_a, for_a)},
    )


def product_in_the_list(rng: Rng) -> Task:
    return in_the_list(_make_product(numbers(rng, 1, 2), numbers(rng, 2, 3)))


product_value_one = partial(_product_value, one=True)
product_value_several = _product_value
product_back_one = partial(_product_back, one=True, square=True)
product_back_several = _product_back
product_back_before = partial(_product_back, square=True, before=True)

# --- Sigmoid -----------------------------------------------------------------


def _make_sigmoid(z: Array) -> list[Call]:
    return [
        Call("new_graph"),
        Call("Input", (z,), into="z"),
        Call("Sigmoid", (Ref("z"),), into="h"),
    ]


def sigmoid_value(rng: Rng) -> Task:
    B, n = sizes(rng, 2)
    first, z = numbers(rng, B, n), numbers(rng, B, n)

    def value(operation: type[nn.Operation], at: Array) -> Array:
        return single(operation, z, at)[0]

    slips = {
        OTHER_ACTIVATION: value(nn.tanh, z),
        OLD_VALUE: value(nn.sigmoid, first),
        SIGN_OF_EXPONENT: value(nn.sigmoid, -z),
    }
    steps = [
        *_make_sigmoid(first),
        Set("z.value", z),
        Call("h.forward"),
        Get("h.value"),
    ]
    return Task(as_python(steps), steps, {"h.value": wanted(value(nn.sigmoid, z), slips)})


def _slips_of_slope(g: Array, z: Array, h: Array) -> Iterator[tuple[Slip, Array]]:
    yield GRAD_MISSING, single(nn.sigmoid, np.ones_like(g), z)[1][0]
    yield NO_SLOPE, g
    yield SLOPE_OF_H, single(nn.sigmoid, g, h)[1][0]
    yield SLOPE_AT_Z, g * z * (1 - z)
    yield OTHER_SLOPE, g * (1 - h**2)
    yield SLOPE_CUT_SHORT, g * (1 - h)


def _sigmoid_back(rng: Rng, *, one: bool = False, before: bool = False) -> Task:
    """With `before`, a gradient is there already, and backward is called twice."""
    B, n = sizes(rng, 2)
    B = 1 if one else B
    z, g = numbers(rng, B, n), numbers(rng, B, n)
    h, (step,) = single(nn.sigmoid, g, z)
    start = numbers(rng, B, n) if before else np.zeros_like(z)
    times = 2 if before else 1
    slips = {slip: times * wrong for slip, wrong in _slips_of_slope(g, z, h)}
    slips |= {MINUS: -times * step, DIVIDED_IN_A_NODE: times * step / B}
    if before:
        slips |= {OWN_GRAD_CHANGED: step + single(nn.sigmoid, step, z)[1][0]}
    steps = [
        *_make_sigmoid(z),
        Call("h.forward"),
        Set("z.grad", start),
        Set("h.grad", g),
        *[Call("h.backward")] * times,
        Get("z.grad"),
    ]
    right = arrived(start, times * step, slips)
    if before:  # the second call overwrites the first
        right = wanted(right.right, {**right.slips, OVERWRITTEN: step})
    return Task(as_python(steps), steps, {"z.grad": right})


def sigmoid_in_the_list(rng: Rng) -> Task:
    return in_the_list(_make_sigmoid(numbers(rng, 1, 2)))


sigmoid_back_one = partial(_sigmoid_back, one=True)
sigmoid_back_several = _sigmoid_back
sigmoid_back_before = partial(_sigmoid_back, before=True)


# --- SquaredError ---------------------------------------------------------------------


def _make_error(output: Array, y: Array) -> list[Call]:
    return [
        Call("new_graph"),
        Call("Input", (output,), into="output"),
        Call("Input", (y,), into="y"),
        Call("SquaredError", (Ref("output"), Ref("y")), into="loss"),
    ]


def _error_value(rng: Rng, *, one: bool = False) -> Task:
    B, K = sizes(rng, 2)
    B = 1 if one else B
    first, output, y = numbers(rng, B, K), numbers(rng, B, K), numbers(rng, B, K)
    L, _ = single(nn.squared_error, np.ones(B), output, y)
    squares = (output - y) ** 2
    slips = {
        NO_HALF: 2 * L,
        ONE_LOSS: L.sum(),
        ONE_MEAN: L.mean(),
        MEAN_OVER_K: L / K,
        MEAN_OVER_K_NO_HALF: 2 * L / K,
        LOSS_IS_COLUMN: L[:, None],
        NOT_ADDED_UP: squares / 2,
        DOWN_THE_COLUMNS: squares.sum(axis=0) / 2,
        ROOT: np.sqrt(2 * L),
        OLD_VALUE: single(nn.squared_error, np.ones(B), first, y)[0],
    }
    steps = [
        *_make_error(first, y),
        Set("output.value", output),
        Call("loss.forward"),
        Get("loss.value"),
    ]
    return Task(as_python(steps), steps, {"loss.value": wanted(L, slips)})


def _error_back(rng: Rng, *, one: bool = False, square: bool = False, before: bool = False) -> Task:
    B, K = sizes(rng, 2)
    B, K = (1 if one else B), (B if square else K)
    output, y, g = numbers(rng, B, K), numbers(rng, B, K), numbers(rng, B)
    step = single(nn.squared_error, g, output, y)[1][0]
    without = single(nn.squared_error, np.ones(B), output, y)[1][0]
    start = numbers(rng, B, K) if before else np.zeros_like(output)
    slips = {
        GRAD_MISSING: without,
        MINUS: -step,
        FACTOR_2: 2 * step,
        FACTOR_HALF: step / 2,
        DIVIDED_IN_A_NODE: step / B,
        NO_Y: g[:, None] * output,
    }
    if square:  # only then does it give no error
        slips[BY_COLUMNS] = g * without
    steps = [
        *_make_error(output, y),
        Call("loss.forward"),
        Set("output.grad", start),
        Set("loss.grad", g),
        Call("loss.backward"),
        Get("output.grad"),
    ]
    return Task(as_python(steps), steps, {"output.grad": arrived(start, step, slips)})


def error_in_the_list(rng: Rng) -> Task:
    return in_the_list(_make_error(numbers(rng, 1, 2), numbers(rng, 1, 2)))


error_value_one = partial(_error_value, one=True)
error_value_several = _error_value
error_back_one = partial(_error_back, one=True)
error_back_square = partial(_error_back, square=True)
error_back_several = _error_back
error_back_before = partial(_error_back, before=True)
