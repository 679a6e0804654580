"""Homework 4, a trainer that no lesson has: each example counts by a weight of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_exercises.homework.actions import Call, Step
from course_exercises.homework.hw4_trial import (
    LOOK_AT_WEIGHTS,
    Trial,
    Update,
    Weights,
    weights_wanted,
)
from course_exercises.homework.random_networks import drawn
from course_exercises.homework.tasks import Task
from course_exercises.question import Slip

# What the rubric of the grader names.
# fmt: off
__all__ = [
    "COUNTS_CUT", "COUNTS_IGNORED", "COUNTS_OF_PLACES", "COUNTS_SQUARED", "DIVIDED_BY_ALL_COUNTS",
    "DIVIDED_BY_MEAN_COUNT", "DIVIDED_BY_ROWS", "DROPPED", "FIRST_WEIGHTS", "MEAN_COUNT",
    "MEAN_OVER_SUM", "NOT_DIVIDED", "ONE_PER_EXAMPLE", "ORDER_IGNORED", "RATE_MISSING",
    "RATE_TWICE", "UPHILL", "epoch", "one_batch",
]
# fmt: on

UNCHANGED = Slip("the weights are the first ones: no update was made.")
UPHILL = Slip("the sign: that goes up the slope. An update subtracts learning rate times gradient.")
RATE_TWICE = Slip("the learning rate was multiplied in twice.")
RATE_MISSING = Slip("the learning rate is missing.")
COUNTS_IGNORED = Slip("counts was not used: each example counts the same in this update.")
NOT_DIVIDED = Slip(
    "that is the sum of counts times gradients; divide it by the sum of the counts of the batch."
)
DIVIDED_BY_ROWS = Slip(
    "the weighted sum was divided by the number of examples in the batch; divide it by the sum of "
    "their counts."
)
DIVIDED_BY_MEAN_COUNT = Slip(
    "the weighted sum was divided by the mean of the counts; divide it by their sum."
)
MEAN_OVER_SUM = Slip(
    "the mean of counts times gradients was divided by the sum of the counts, so it was divided by "
    "the number of examples as well. Take the sum of both, or the mean of both."
)
DIVIDED_BY_ALL_COUNTS = Slip(
    "the weighted sum was divided by the counts of all N examples; each batch is divided by its "
    "own."
)
MEAN_COUNT = Slip(
    "the plain mean of the gradients was taken, times the mean count of the batch. Each gradient "
    "is to be multiplied by the count of its own example, before they are added."
)
COUNTS_OF_PLACES = Slip(
    "the counts were taken from the top, in the order of the rows; example b counts counts[b], "
    "wherever it stands in order."
)
COUNTS_SQUARED = Slip("each count was multiplied in twice.")
COUNTS_CUT = Slip(
    "the counts were cut to whole numbers, as where rows are repeated; one and a half counts half "
    "as much again as one."
)
ONE_PER_EXAMPLE = Slip("there was one update after each example; a batch makes one.")
ONE_UPDATE = Slip("there was one update at the end of the epoch, where several are asked for.")
FIRST_WEIGHTS = Slip(
    "every gradient was taken at the first weights. The gradients of a batch belong to the weights "
    "that the batch before it left."
)
DROPPED = Slip("the ragged last batch was dropped; its examples are used too.")
ORDER_IGNORED = Slip("the order was not used; the examples came in the order of the rows.")
FIRST_ONLY = Slip("only the first of the updates was made. Does a return stand inside the loop?")


def _can_be_told(counts: np.ndarray) -> bool:
    """Whether they differ, also when they are cut to whole numbers; and then no batch is left
    without an example, as each has two."""
    return bool(len(set(counts[:3])) == 3 and (counts % 1).any() and (counts < 1).sum() <= 1)


class Weighted:
    """A trial with counts and an order, of which no usual misreading has the same first batch."""

    def __init__(self, rng: np.random.Generator, size: int, N: int, loss: str) -> None:
        self.trial, self.size = Trial(rng, N, loss), size
        self.counts = drawn(
            lambda: rng.choice([0.5, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0], size=N),
            _can_be_told,
            "one in which the counts differ",
        )
        straight = np.arange(N)
        self.order = drawn(
            lambda: rng.permutation(N),
            lambda order: size >= N or set(order[:size]) != set(straight[:size]),
            "an order that begins with other examples",
        )

    def updates(self, factor: Callable[[np.ndarray], float] = lambda counts: 1.0) -> list[Update]:
        """The right updates, each with its learning rate times a factor of its counts."""
        trial = self.trial
        return [
            Update(rows, trial.rate * factor(self.counts[rows]), self.counts[rows])
            for rows, _, _ in trial.by(self.size, self.order)
        ]

    def plain(self, factor: Callable[[np.ndarray], float] = lambda counts: 1.0) -> list[Update]:
        """The same without the counts, but for the factor."""
        return [
            Update(rows, self.trial.rate * factor(self.counts[rows]))
            for rows, _, _ in self.updates()
        ]

    def slips(self) -> dict[Slip, Weights]:
        trial, counts, rate = self.trial, self.counts, self.trial.rate
        right = self.updates()
        by_places = [
            Update(rows, rate, counts[i * self.size : i * self.size + len(rows)])
            for i, (rows, _, _) in enumerate(right)
        ]
        plans = {
            UNCHANGED: [],
            UPHILL: self.updates(lambda c: -1.0),
            RATE_TWICE: self.updates(lambda c: rate),
            RATE_MISSING: self.updates(lambda c: 1 / rate),
            COUNTS_IGNORED: self.plain(),
            NOT_DIVIDED: self.updates(lambda c: float(c.sum())),
            DIVIDED_BY_ROWS: self.updates(lambda c: float(c.mean())),
            DIVIDED_BY_MEAN_COUNT: self.updates(len),
            MEAN_OVER_SUM: self.updates(lambda c: 1 / len(c)),
            MEAN_COUNT: self.plain(lambda c: float(c.mean())),
            COUNTS_OF_PLACES: by_places,
            COUNTS_CUT: [Update(rows, rate, np.floor(counts[rows])) for rows, _, _ in right],
            COUNTS_SQUARED: [Update(rows, rate, c**2) for rows, _, c in right if c is not None],
            ONE_PER_EXAMPLE: [
                Update(rows, rate * float(counts[rows[0]]))
                for rows, _, _ in trial.by(1, self.order)
            ],
        }
        slips = {slip: trial.after(plan) for slip, plan in plans.items()}
        if len(right) == 1:
            return slips
        moves = [trial.after([update]) for update in right]
        start = trial.after([])
        return slips | {
            DIVIDED_BY_ALL_COUNTS: trial.after(
                self.updates(lambda c: float(c.sum() / counts.sum()))
            ),
            ONE_UPDATE: trial.after([Update(self.order, rate, counts[self.order])]),
            FIRST_WEIGHTS: {W: start[W] + sum(move[W] - start[W] for move in moves) for W in start},
            DROPPED: trial.after(right[:-1]),
            ORDER_IGNORED: trial.after(
                [Update(rows, rate, counts[rows]) for rows, _, _ in trial.by(self.size, trial.all)]
            ),
            FIRST_ONLY: trial.after(right[:1]),
        }

    def task(self) -> Task:
        trial = self.trial
        given = (*trial.given, self.counts, trial.rate, self.size, self.order)
        steps: list[Step] = [trial.made, Call("train_weighted_epoch", given), *LOOK_AT_WEIGHTS]
        wanted = weights_wanted(trial.after(self.updates()), self.slips())
        return trial.task(steps, wanted, counts=self.counts, order=self.order)


def one_batch(rng: np.random.Generator) -> Task:
    """`train_weighted_epoch` with a batch_size above N, under squared error."""
    N = int(rng.integers(4, 7))
    return Weighted(rng, N + int(rng.integers(1, 4)), N, "squared_error").task()


def epoch(rng: np.random.Generator) -> Task:
    """`train_weighted_epoch` with three batches, the last one smaller, under cross-entropy."""
    size = int(rng.integers(3, 5))
    N = 2 * size + int(rng.integers(2, size)) if size > 3 else 8
    return Weighted(rng, size, N, "cross_entropy").task()
