"""Operations as a student might write them: two methods, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import course_nn as nn


def operation(name: str, forward: Any, backward: Any, operands: Any = None, **more: Any) -> Any:
    """The class of an operation on nodes.

    Args:
        forward: of the operands' values. backward: of the gradient and the operands' values; what
            it adds to each operand.
        operands: a check of its own, for operands that are not nodes of one width.
    """

    def forwards(self: Any) -> None:
        self.value = forward(*(node.value for node in self.operands))

    def backwards(self: Any) -> None:
        steps = backward(self.grad, *(node.value for node in self.operands))
        for node, step in zip(self.operands, steps, strict=True):
            node.add_grad(step)

    methods = {"forward": forwards, "backward": backwards}
    if operands is not None:
        methods["check_operands"] = lambda self: operands(*self.operands)
    return type(name, (nn.Operation,), methods | more)


class square(nn.Operation):
    """As in the docstring of Operation."""

    def forward(self):
        (a,) = self.operands
        self.value = a.value**2

    def backward(self):
        (a,) = self.operands
        a.add_grad(self.grad * 2 * a.value)


class softplus(nn.Operation):
    """What is kept between the two methods, and a number of each node's own."""

    steepness = 2.0

    def forward(self):
        (a,) = self.operands
        e = np.exp(self.steepness * a.value)
        self.share = e / (1 + e)
        self.value = np.log(1 + e) / self.steepness

    def backward(self):
        (a,) = self.operands
        a.add_grad(self.grad * self.share)


class heir(nn.relu):
    """Another forward, and relu's backward."""

    def forward(self):
        (a,) = self.operands
        self.value = a.value * (a.value > 0)


class weighted(nn.Operation):
    """Three operands, of which one is a parameter."""

    def check_operands(self):
        return self.operands[0].width

    def forward(self):
        a, b, w = self.operands
        self.value = a.value * b.value * w.value

    def backward(self):
        a, b, w = self.operands
        g = self.grad
        a.add_grad(g * b.value * w.value)
        b.add_grad(g * a.value * w.value)
        w.add_grad((g * a.value * b.value).sum(axis=0, keepdims=True))


class cosh_by_a_loop(nn.Operation):
    """A series, term by term."""

    def forward(self):
        (a,) = self.operands
        term = total = 1.0 + 0 * a.value
        for n in range(1, 4):
            term = term * a.value**2 / (2 * n * (2 * n - 1))
            total = total + term
        self.value = total

    def backward(self):
        (a,) = self.operands
        self.operands[0].add_grad(self.grad * (a.value + a.value**3 / 6 + a.value**5 / 120))


def leaky(slope: float) -> Any:
    """A number in a closure."""
    return operation(
        "leaky",
        lambda a: np.where(a > 0, a, slope * a),
        lambda g, a: [g * np.where(a > 0, 1.0, slope)],
    )


OWN: dict[str, Callable[..., Any]] = {
    "square": square,
    "softplus": softplus,
    "heir": heir,
    "cosh_by_a_loop": cosh_by_a_loop,
    "leaky": leaky(0.1),
    "clip": operation(
        "clip", lambda a: np.clip(a, -1, 1), lambda g, a: [g * ((a > -1) * 1.0 * (a < 1))]
    ),
    "clip_method": operation("clip_method", lambda a: a.clip(0, 2), lambda g, a: [1.0 * g]),
    "nested": operation(  # a comparison of a comparison
        "nested", lambda a: ((a > 0) > 0.5) * a, lambda g, a: [g * ((a > 0) > 0.5)]
    ),
    "scaled": operation(  # a sum over the rows, used in every row
        "scaled",
        lambda a: a / (1 + a * a).sum(axis=0, keepdims=True),
        lambda g, a: [g / (1 + a * a).sum(axis=0, keepdims=True)],
    ),
    "elu": operation(
        "elu",
        lambda a: np.maximum(a, 0) + np.minimum(np.exp(a) - 1, 0),
        lambda g, a: [g * ((a > 0) + (a <= 0) * np.exp(a))],
    ),
    "many": operation(  # every function
        "many",
        lambda a: np.log(np.exp(a) + np.exp(-a)) + np.sqrt(np.abs(a) + 1),
        lambda g, a: [g * np.tanh(a)],
    ),
    "brackets": operation(
        "brackets",
        lambda a: -(-a * -2.0) - (a - (a / (1 + a / (2 + a * a)))),
        lambda g, a: [g / (2 / (a * a + 1)) - (g - -g) + (-a) ** 2 * (a - (g - a))],
    ),
    "same": operation("same", lambda a: a.copy(), lambda g, a: [g * 1]),
    "numbers": operation("numbers", lambda a: a * 0.1 + 3 - 2**2, lambda g, a: [g * 0.1]),
    "numpy_numbers": operation(
        "numpy_numbers", lambda a: a * np.float64(0.1) + np.int64(3), lambda g, a: [g * np.sqrt(2)]
    ),
    "centred": operation(  # by functions of NumPy, and by methods
        "centred",
        lambda a: a - np.mean(a, axis=1, keepdims=True) + np.max(a, axis=-1)[:, None],
        lambda g, a: [g - g.mean(axis=1)[:, None] + np.sum(g, axis=1, keepdims=True)],
    ),
    "signs": operation(
        "signs",
        lambda a: a * (1 - (a > 0)) + (a >= 0).astype(float) - (a < 0).astype("float64"),
        lambda g, a: [g * (1 - (a > 0)) ** 2],
    ),
    "counted": operation(  # True is 1 in a sum
        "counted", lambda a: a * (a > 0).sum(axis=1, keepdims=True), lambda g, a: [+g]
    ),
    "turned": operation(  # columns change their places
        "turned",
        lambda a: np.concatenate([a[:, 1:], a[:, :1]], axis=1),
        lambda g, a: [np.concatenate((g[:, -1:], g[:, 0:2]), axis=1)],
    ),
    "in_three": operation(  # also of what was computed, twice, and whole
        "in_three",
        lambda a: np.concatenate([(a * a)[:, 1:2], a[:, :], (a * a)[:, 1:2]], axis=1)[:, 1:4],
        lambda g, a: [g * np.concatenate([a[:, 0:1] + 1, np.exp(a)[:, 1:]], axis=1)],
    ),
    "spread": operation(  # one number for each of the columns
        "spread",
        lambda a: np.repeat(a.mean(axis=1, keepdims=True), 3, axis=1) * a,
        lambda g, a: [np.repeat((g * a)[:, 2:3], 3, axis=1)],
    ),
    "to_two_and_three": operation(  # one column in two widths
        "to_two_and_three",
        lambda a: (
            a
            * np.concatenate(
                [np.repeat(a[:, :1], 2, axis=1), np.repeat(a[:, :1], 3, axis=1)], axis=1
            )[:, 1:4]
        ),
        lambda g, a: [g * np.repeat(a[:, :1], 3, axis=1)],
    ),
    "of_the_first": operation(
        "of_the_first",
        lambda a: 0.5 * (a * a).sum(axis=1)[:, None] * a,
        lambda g, a: [g * np.square(a)],
    ),
}
