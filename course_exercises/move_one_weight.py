"""The tasks of the piece "Move one weight": the step to the bottom, across, and the longest one."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

import course_nn as nn
from course_exercises.question import Kind, Question, Slip, Wrong, find_slip


class _Parabola(NamedTuple):
    """The loss along W3[1, 0] of the lessons' network: where it starts, and how it bends."""

    h2: float  # what comes in: the loss bends by its square
    weight: float
    loss: float
    slope: float

    @property
    def rate(self) -> float:
        """The learning rate whose step ends at the bottom: there the slope is 0."""
        return 1 / self.h2**2

    @property
    def distance(self) -> float:
        """From the start to the bottom."""
        return -self.rate * self.slope

    def after(self, rate: float) -> tuple[float, float]:
        """Loss and slope after a step from the start."""
        step = -rate * self.slope
        slope = self.slope + self.h2**2 * step
        return self.loss + step * (self.slope + slope) / 2, slope


def _network() -> nn.Graph:
    """The network of lessons 01 to 07 with its first example, after Forward and Backward."""
    model = nn.two_hidden_layer_network(2, 3, 2, 2, loss="squared_error")
    rng = np.random.default_rng(seed=4)
    for W in model.graph.parameters:
        W.value = rng.normal(size=W.value.shape)
    model.graph.Forward(x=[[0.5, -1.0]], y=[[1.0, 0.0]])
    model.graph.Backward(model.loss)
    return model.graph


@cache
def _parabola() -> _Parabola:
    net = _network()
    W3: Any = net.parameters[2]
    h2, loss = net.nodes[3], net.nodes[-1]
    return _Parabola(
        float(h2.value[0, 1]), float(W3.value[1, 0]), float(loss.value[0]), float(W3.grad[1, 0])
    )


class _Curve(NamedTuple):
    """The loss along W2[1, 1], from −6 to 6, and its slope at each of these weights."""

    start: float
    weights: np.ndarray
    losses: np.ndarray
    slopes: np.ndarray

    @property
    def steepest(self) -> float:
        return float(self.weights[np.abs(self.slopes).argmax()])

    @property
    def halfway(self) -> float:
        """Where the loss is in the middle between its lowest and its highest."""
        middle = (self.losses.min() + self.losses.max()) / 2
        return float(self.weights[np.abs(self.losses - middle).argmin()])


@cache
def _curve() -> _Curve:
    net = _network()
    W2: Any = net.parameters[1]
    loss = net.nodes[-1]
    start = float(W2.value[1, 1])
    weights = np.linspace(-6, 6, 1201)
    found = []
    for weight in weights:
        moved = W2.value.copy()
        moved[1, 1] = weight
        W2.value = moved
        net.Forward()
        net.Backward(loss)
        found.append((float(loss.value[0]), float(W2.grad[1, 1])))
    losses, slopes = np.array(found).T
    return _Curve(start, weights, losses, slopes)


def _near(
    answer: Any,
    right: float,
    slips: Mapping[str, float],
    seen: Callable[[float], str],
    **how_near: float,
) -> None:
    """Raise `Wrong` unless the answer, read off a picture, is as near as `find_slip` is told.

    An answer without a name is told what the piece shows there, which is `seen`.
    """
    named = {Slip(words): value for words, value in slips.items()}
    if difference := find_slip(answer, right, named, **how_near):
        if difference.kind is Kind.WRONG:
            raise Wrong(f"{difference.words} {seen(float(answer))}".strip())
        raise Wrong(difference.words)


ONE_PERCENT = {"tolerance": 0.01, "absolute": 0.0}  # three digits of a learning rate are enough


def _to_the_bottom(answer: object) -> str:
    curve = _parabola()
    slips = {
        "with 0 the weight does not move.": 0.0,
        "that step ends on the other side, as high as it began. The bottom lies halfway.": (
            2 * curve.rate
        ),
        "that step ends halfway to the bottom: the slope is not 0 there.": curve.rate / 2,
        "that is how far the weight has to move. The step is η times the size of the slope.": (
            curve.distance
        ),
        "that is the weight at the bottom. Which η leads there?": curve.weight + curve.distance,
        "the minus stands in −η · slope already; η itself is above 0.": -curve.rate,
        "that is the slope. The step is η times its size.": curve.slope,
        "that is the size of the slope. The step is η times that.": -curve.slope,
        "that is how much the slope changes where the weight changes by 1. η is 1 divided by it.": (
            curve.h2**2
        ),
        "that is 1 / h2[1]; the slope changes by the square of h2[1].": 1 / curve.h2,
        "there the tangent reaches the loss 0. The curve is no straight line.": (
            curve.loss / curve.slope**2
        ),
        "that would lead to the bottom if the loss were 0 there.": 2 * curve.loss / curve.slope**2,
    }

    def seen(rate: float) -> str:
        return f"After that step the slope is {curve.after(rate)[1]:.4f}; at the bottom it is 0."

    _near(answer, curve.rate, slips, seen, **ONE_PERCENT)
    return (
        f"The bottom lies {curve.distance:.4f} to the right, and the slope is {curve.slope:.4f}: "
        f"{curve.distance:.4f} / {-curve.slope:.4f} = {curve.rate:.4f}. Of a parabola the slope "
        "grows as the distance from the bottom, so the same η leads there from every place."
    )


m1 = Question(
    "Move one weight, task 1",
    "to_the_bottom",
    _to_the_bottom,
    hints=[
        "At the bottom the slope is 0. Try some η; begin from the start each time.",
        "If the slope still is below 0 after the step, the step was too short; if it is above 0, "
        "it was too long.",
        "Or read off where the bottom is. How far is it, and how many times the size of the slope "
        "is that?",
    ],
    solution="to_the_bottom = 1.593  # (1.1787 + 1.4931) / 1.6776",
)


def _as_it_was(answer: object) -> str:
    curve = _parabola()
    slips = {
        "true, but with 0 the weight does not move. Another η does it too.": 0.0,
        "that step ends at the bottom, so the loss falls.": curve.rate,
        "that is how far the weight has to move. The step is η times the size of the slope.": (
            2 * curve.distance
        ),
        "that is the weight on the other side. Which η leads there?": (
            curve.weight + 2 * curve.distance
        ),
        "the minus stands in −η · slope already; η itself is above 0.": -2 * curve.rate,
        "that step is four times as long as that to the bottom. The loss has grown.": (
            4 * curve.rate
        ),
        "that would do it if the loss were 0 at the bottom.": 4 * curve.loss / curve.slope**2,
    }

    def seen(rate: float) -> str:
        return f"After that step the loss is {curve.after(rate)[0]:.4f}; it was {curve.loss:.4f}."

    _near(answer, 2 * curve.rate, slips, seen, **ONE_PERCENT)
    return (
        f"Twice the η of task 1, {2 * curve.rate:.4f}: a parabola is as high on the one side of "
        "its bottom as on the other. With more than that each step raises the loss."
    )


m2 = Question(
    "Move one weight, task 2",
    "as_it_was",
    _as_it_was,
    hints=[
        "The step must end on the other side of the bottom, as high as it began.",
        "A parabola is the same on both sides of its bottom. How many times as long is the step?",
    ],
    solution="as_it_was = 3.185  # twice the answer of task 1",
)


def _longest_from(answer: object) -> str:
    curve, rate = _curve(), _parabola().rate
    steepest = curve.steepest
    highest = float(curve.weights[curve.losses.argmax()])
    lowest = float(curve.weights[curve.losses.argmin()])
    slope = float(np.abs(curve.slopes).max())
    slips = {
        "there the loss is highest, but the curve is nearly flat. Look at the slope.": highest,
        "there the loss is lowest, and the curve is nearly flat. Look at the slope.": lowest,
        "that is where the weight stands at the start. Move it: is it steeper elsewhere?": (
            curve.start
        ),
        "the loss is in the middle between highest and lowest there, but it is a little steeper "
        "elsewhere. Look at the slope.": curve.halfway,
        "that is the middle of the picture. Look at the slope.": 0.0,
        "the sign: on which side of 0 is the curve steepest?": -steepest,
        "that is the slope at the place; which weight is it?": slope,
        "that is the length of the step; from which weight?": rate * slope,
    }

    def seen(weight: float) -> str:
        if not abs(weight) <= 6:
            return "Look between −6 and 6."
        there = float(np.interp(weight, curve.weights, curve.slopes))
        return f"The slope is {there:.4f} there, and larger elsewhere."

    _near(answer, steepest, slips, seen, tolerance=0.0, absolute=0.05)
    ends = " and ".join(f"{curve.slopes[i]:.4f} at {curve.weights[i]:.0f}" for i in (0, -1))
    return (
        f"The step is longest where the curve is steepest: the slope is {slope:.4f} there, but "
        f"{ends}. Where the loss is highest, a step does hardly anything. This is no parabola: "
        "one η does not fit every place, and a small slope does not say that the bottom is near."
    )


m3 = Question(
    "Move one weight, task 3",
    "longest_from",
    _longest_from,
    hints=[
        "The step is −η · slope. Its length depends on the slope, and not on the loss.",
        "Move the weight and watch the slope. Where is its size the largest?",
        "It lies between −1 and 0. Type two decimals.",
    ],
    solution="longest_from = -0.71",
)
