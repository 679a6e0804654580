"""Homework 4, the small network that a trainer is tried on, and what goes through its graph.

Everything begins at the first weights, so the right weights and those of each slip are computed
one beside the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Call, Get, Ref, Step
from course_exercises.homework.hw3_nodes import as_python
from course_exercises.homework.random_networks import drawn
from course_exercises.homework.tasks import Reaches, Satisfies, Task, Wanted
from course_exercises.question import Slip, same

Array = np.ndarray
Weights = dict[str, Array]
Report = Mapping[str, Array]
NAMES = ("W1", "W2", "W3")
TOLERANCE = 1e-5  # of the largest entry, as of `Wanted`
NEARLY = 1e-3  # right enough to ask how it came about: also what is rounded
NEAR_IN_FLOAT32 = 1e-5


class Update(NamedTuple):
    """One update: the examples, how much each of them counts, the learning rate.

    `counts` is None where each counts the same.
    """

    rows: Any
    rate: float
    counts: Array | None = None


class Trial:
    """A small network from a seed, and examples for it, of which no two are alike.

    Args:
        examples: N.
        loss: "cross_entropy" with tanh, or "squared_error" with sigmoid.
    """

    def __init__(
        self, rng: np.random.Generator, examples: int, loss: str = "cross_entropy"
    ) -> None:
        self.widths = tuple(int(n) for n in rng.permutation(4) + 2)
        classes = self.widths[3]
        self.options: dict[str, Any] = {
            "activation": "tanh" if loss == "cross_entropy" else "sigmoid",
            "loss": loss,
            "seed": int(rng.integers(1000)),
        }
        self.N = examples
        self.X = drawn(
            lambda: rng.normal(size=(examples, self.widths[0])).round(1),
            lambda X: len(np.unique(X, axis=0)) == examples,
            "one in which no two examples are alike",
        )
        if loss == "cross_entropy":
            self.Y = rng.permutation(np.arange(examples) % classes)
        else:
            self.Y = rng.normal(size=(examples, classes)).round(1)
        self.rate = float(rng.choice([0.18, 0.27, 0.38]))
        self.all = np.arange(examples)

    def model(self) -> Any:
        return nn.two_hidden_layer_network(*self.widths, **self.options)

    @property
    def made(self) -> Call:
        """The step that makes the network."""
        name = "course_nn.two_hidden_layer_network"
        return Call(name, self.widths, into="model", keywords=self.options)

    @property
    def given(self) -> tuple[Any, ...]:
        """The arguments net, loss, X, Y."""
        return Ref("model.graph"), Ref("model.loss"), self.X, self.Y

    @property
    def data(self) -> dict[str, Array]:
        return {"x": self.X, "y": self.Y}

    def task(
        self,
        steps: Sequence[Step],
        wanted: Mapping[str, Wanted | Reaches | Satisfies],
        **arrays: Array,
    ) -> Task:
        """Described by lines of Python; `arrays` get a line of their own there, as X and Y do."""
        return Task(as_python(steps, X=self.X, Y=self.Y, **arrays), steps, wanted)

    def each(self, model: Any, rows: Any) -> tuple[Array, dict[str, Array]]:
        """The losses (B,) of some examples, and their gradients (B, ...) at present weights."""
        model.graph.Forward(x=self.X[rows], y=self.Y[rows])
        losses = model.loss.value
        model.graph.Backward(model.loss)
        return losses, {p.name: p.per_example_grad() for p in model.graph.parameters}

    def gradients(self, rows: Any) -> Weights:
        """The average gradients of some examples at the first weights."""
        return {W: each.mean(axis=0) for W, each in self.each(self.model(), rows)[1].items()}

    def moved(self, gradients: Weights, rate: float) -> Weights:
        """The weights after one step from the first ones against these gradients."""
        return {p.name: p.value - rate * gradients[p.name] for p in self.model().graph.parameters}

    def after(self, updates: Iterable[Update]) -> Weights:
        """The weights after some updates, each against a mean weighted by its counts."""
        model = self.model()
        net = model.graph
        for rows, rate, counts in updates:
            _, each = self.each(model, rows)
            means = {W: np.average(g, axis=0, weights=counts) for W, g in each.items()}
            net.replace_parameters({p: p.value - rate * means[p.name] for p in net.parameters})
        return weights_of(model)

    def by(self, size: int, order: Any, rate: float | None = None) -> list[Update]:
        """The updates of an epoch by batches of this size."""
        rate = self.rate if rate is None else rate
        return [Update(order[i : i + size], rate) for i in range(0, len(order), size)]


def weights_wanted(right: Weights, slips: Mapping[Slip, Weights]) -> dict[str, Wanted]:
    """The three matrices, each with its slips."""
    return {
        W: Wanted(right[W], {slip: weights[W] for slip, weights in slips.items()}) for W in NAMES
    }


def weights_of(model: Any) -> Weights:
    return {p.name: p.value for p in model.graph.parameters}


LOOK_AT_WEIGHTS: tuple[Step, ...] = tuple(Get(f"model.{W}.value", W) for W in NAMES)


def weights_are(report: Report, weights: Weights, tolerance: float = TOLERANCE) -> bool:
    """Whether the weights in a report of `Watched` are these."""
    return all(
        W in report and same(report[W], value, tolerance=tolerance) for W, value in weights.items()
    )


def fed(report: Report, X: Array) -> list[tuple[tuple[int, ...], bool, int]] | None:
    """For each Forward in a report of `Watched`: the rows of X that it was given, whether the
    weights had changed since the Forward before, and how many times Backward followed.

    A row that is none of X is −1. None if the report does not hold together.
    """
    needed = ("fed", "sizes", "updates", "backs")
    if not all(name in report for name in needed):
        return None
    rows, sizes, updates, backs = (np.asarray(report[name], dtype=float) for name in needed)
    if not (sizes.ndim == 1 and sizes.shape == updates.shape == backs.shape):
        return None
    if rows.ndim != 2 or rows.shape[1] != X.shape[1] or len(rows) != sizes.sum():
        return None
    near = np.isclose(rows[:, None], X, NEAR_IN_FLOAT32, NEAR_IN_FLOAT32).all(axis=2)
    which = np.where(near.any(axis=1), near.argmax(axis=1), -1) if len(rows) else np.empty(0, int)
    ends = np.cumsum(sizes).astype(int)
    return [
        (tuple(int(row) for row in which[end - int(size) : end]), bool(updated), int(back))
        for end, size, updated, back in zip(ends, sizes, updates, backs, strict=True)
    ]
