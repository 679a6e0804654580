"""The slips in the step back of one of `more_operations`; see `slips`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from course_nn import more_operations as more
from course_nn.gradients.replay import Replay, Step, contributions
from course_nn.graph import Array

CONSTANT = "{v} is taken as a constant: nothing comes back to {a} through it"


def with_parts(part: Callable[[Any, Array], list[Any]]) -> Step:
    """A step back from what it adds to each operand, in their order; None adds nothing.

    What meets a column is added up over the columns, as in the operation itself.
    """

    def step(node: Any, g: Array) -> list[tuple[Any, Array]]:
        added = []
        for operand, array in zip(node.operands, part(node, g), strict=True):
            if array is not None:
                column = np.ndim(array) == 2 and operand.width == 1 != array.shape[1]
                added.append((operand, array.sum(axis=1, keepdims=True) if column else array))
        return added

    return step


def values(node: Any) -> list[Array]:
    return [operand.value for operand in node.operands]


def turned(node: Any, g: Array) -> list[tuple[Any, Array]]:
    """The right step, with the sign of the second operand turned."""
    second = node.operands[1]
    return [(of, -part if of is second else part) for of, part in contributions(node, g)]


def nothing(node: Any, g: Array) -> list[tuple[Any, Array]]:
    return [(node.operands[0], np.zeros_like(node.operands[0].value))]


SIGN = "the sign of {b} is lost: {b} gets what {a} gets, with a plus"
STEPS: dict[Any, list[tuple[str, Step]]] = {
    more.matmul_transposed: [
        (
            "{b} is transposed on the way back: {v} = {a} {b}ᵀ needs {v}.grad {b}",
            with_parts(lambda n, g: [g @ values(n)[1].T, g.T @ values(n)[0]]),
        ),
    ],
    more.subtract: [(SIGN, with_parts(lambda n, g: [g, g]))],
    more.multiply: [
        (
            "each factor of {v} is multiplied by itself: {a} needs {b}, and {b} needs {a}",
            with_parts(lambda n, g: [g * each for each in values(n)]),
        ),
        (
            "the other factor is missing on the way back through {v} = {a} * {b}",
            with_parts(lambda n, g: [g, g]),
        ),
    ],
    more.divide: [
        ("the sign of the derivative by {b} is wrong in {v} = {a} / {b}", turned),
        (
            "{b} is taken as a constant in {v} = {a} / {b}",
            with_parts(lambda n, g: [g / values(n)[1], 0 * n.value]),
        ),
    ],
    more.row_mean: [
        (CONSTANT, nothing),
        (
            "the mean {v} is not divided by its number of columns on the way back",
            with_parts(lambda n, g: [np.repeat(g, n.operands[0].width, axis=1)]),
        ),
    ],
    more.row_norm: [
        (CONSTANT, nothing),
        (
            "{a} is not divided by the length {v} on the way back",
            with_parts(lambda n, g: [g * values(n)[0]]),
        ),
    ],
    more.weighted: [
        (
            "the weights {b} of the examples are missing",
            lambda n, g: [(n.operands[0], g)],
        ),
    ],
    more.add_losses: [
        (
            "the factor of {b} is missing in {v}",
            with_parts(lambda n, g: [g, g]),
        ),
        (
            "the factor of {b} is taken twice in {v}",
            with_parts(lambda n, g: [g, n.factor**2 * g]),
        ),
    ],
}


def step_of_more_operations(replay: Replay) -> Iterator[tuple[str, Callable[[], Array]]]:
    """In one of them, or in all of a kind."""
    for kind, slips in STEPS.items():
        nodes = [node for node in replay.way if type(node) is kind]
        for chosen in [[node] for node in nodes] + [nodes] * (len(nodes) > 1):
            first, *others = chosen
            names = [replay.called(operand) for operand in first.operands]
            also = f", and so in {' and '.join(map(replay.called, others))}" if others else ""
            for what, step in slips:
                name = what.format(v=replay.called(first), a=names[0], b=names[-1])
                yield name + also, replay.stepping(step, chosen)
