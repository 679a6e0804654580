"""Homework 4, one batch update whose gradient is collected in pieces of unequal size.

What goes through the network is looked at: each of the pieces as it was given, all at the first
weights, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from course_exercises.homework.actions import Call, Get, Ref, Step
from course_exercises.homework.hw4_trial import (
    LOOK_AT_WEIGHTS,
    NAMES,
    NEARLY,
    Trial,
    Update,
    Weights,
    fed,
    weights_are,
    weights_wanted,
)
from course_exercises.homework.tasks import (
    RIGHT,
    Satisfies,
    Task,
    Verdict,
    not_right,
    told,
)
from course_exercises.question import Slip

# What the rubric of the grader names.
# fmt: off
__all__ = [
    "ALL_OF_X", "AVERAGES_OVER_N", "DIVIDED_BY_ALL", "DIVIDED_TWICE", "OTHER_CUT",
    "RATE_MISSING", "RATE_TWICE", "ROW_BY_ROW", "SUM_NOT_MEAN", "SUM_OF_AVERAGES", "UNWEIGHTED",
    "UPDATED_BETWEEN", "UPHILL", "WHOLE_BATCH", "left_out", "unequal", "watched",
]
# fmt: on

UNCHANGED = Slip("the weights are the first ones: no update was made.")
UPHILL = Slip("the sign: that goes up the slope. An update subtracts learning rate times gradient.")
RATE_TWICE = Slip("the learning rate was multiplied in twice.")
RATE_MISSING = Slip("the learning rate is missing.")
SUM_NOT_MEAN = Slip("that is the sum over the examples, not the mean.")
DIVIDED_TWICE = Slip("the mean was divided by the number of examples once more.")
UNWEIGHTED = Slip(
    "the averages of the pieces were averaged as if all pieces were equally large; a small one "
    "weighs less."
)
SUM_OF_AVERAGES = Slip("the averages of the pieces were added up; the average over all is wanted.")
AVERAGES_OVER_N = Slip(
    "the averages of the pieces were added up and divided by the number of examples; multiply each "
    "by the number of its examples before it is added."
)
AVERAGES_OVER_ALL = Slip(
    "the averages of the pieces were added up and divided by len(X); multiply each by the number "
    "of its examples, and divide by the number of examples that are in the pieces."
)
DIVIDED_BY_ALL = Slip(
    "the sum was divided by len(X). Divide by the number of examples that are in the pieces: the "
    "others have no part in this update."
)
ALL_OF_X = Slip("all rows of X were used; those that are in no piece have no part in this update.")
INSIDE_THE_LOOP = Slip(
    "the weights were updated after each piece. Collect first, at weights that stay, and update "
    "once at the end."
)
INSIDE_IN_SHARES = Slip(
    "the weights were updated after each piece, by its share of the average. So the next gradient "
    "belongs to other weights. Collect first, at weights that stay, and update once at the end."
)
LAST_PIECE = Slip("only the gradient of the last piece was used; collect those of all pieces.")
FIRST_PIECE = Slip("only the gradient of the first piece was used. Is there a return in the loop?")
STRAIGHT = Slip(
    "the rows were taken from the top of X, as many as each piece has; a piece says which rows it "
    "has, and they may stand anywhere."
)
WHOLE_BATCH = Slip("more examples went through the network together than any piece has.")
ROW_BY_ROW = Slip("the rows of a piece went through the network one at a time; a piece goes whole.")
OTHER_CUT = Slip("what went through the network is none of the pieces that were given.")
UPDATED_BETWEEN = Slip("the weights changed between one piece and the next.")
NOT_ALL_PIECES = Slip("a piece is missing among what went through Forward and Backward.")
WEIGHTS_FIRST = Slip(
    "what goes through the network is looked at once the weights are nearly right, or show one of "
    "the usual slips."
)


class Cut:
    """A trial whose examples are in pieces of 2, 3 and 4 or 5, in a mixed order.

    Args:
        unused: how many rows are in no piece.
    """

    def __init__(self, rng: np.random.Generator, unused: int) -> None:
        sizes = rng.permutation([2, 3, int(rng.integers(4, 6))])
        while sizes[-1] == max(sizes):  # the last piece is not the one that a ragged end would be
            sizes = rng.permutation(sizes)
        used = int(sizes.sum())
        self.trial = Trial(rng, used + unused, str(rng.choice(["cross_entropy", "squared_error"])))
        order = rng.permutation(used + unused)[:used]
        while (np.diff(order) == 1).sum() > 2:
            order = rng.permutation(used + unused)[:used]
        self.pieces = np.split(order, np.cumsum(sizes)[:-1])

    @property
    def steps(self) -> tuple[Step, ...]:
        """Make the network, let it be watched, and have the update made."""
        trial = self.trial
        return (
            trial.made,
            Call("Watched", (Ref("model"),), into="watch"),
            Call("update_from_pieces", (*trial.given, trial.rate, list(self.pieces))),
        )

    def right(self) -> Weights:
        return self.trial.after([Update(np.concatenate(self.pieces), self.trial.rate)])

    def slips(self) -> dict[Slip, Weights]:
        trial, pieces, rate = self.trial, self.pieces, self.trial.rate
        used = np.concatenate(pieces)
        parts, whole = [trial.gradients(rows) for rows in pieces], trial.gradients(used)
        n, N, sizes = len(pieces), len(used), [len(rows) for rows in pieces]

        def mean(shares: Sequence[float]) -> Weights:
            """After one step against the averages of the pieces, times these shares."""
            steps: dict[str, Any] = {
                W: sum(s * g[W] for s, g in zip(shares, parts, strict=True)) for W in NAMES
            }
            return trial.moved(steps, rate)

        slips = {
            UNCHANGED: trial.after([]),
            SUM_NOT_MEAN: trial.moved(whole, rate * N),
            INSIDE_THE_LOOP: trial.after([Update(rows, rate) for rows in pieces]),
            INSIDE_IN_SHARES: trial.after([Update(rows, rate * len(rows) / N) for rows in pieces]),
            LAST_PIECE: mean([0.0] * (n - 1) + [1.0]),
            FIRST_PIECE: mean([1.0] + [0.0] * (n - 1)),
            DIVIDED_TWICE: trial.moved(whole, rate / N),
            UPHILL: trial.moved(whole, -rate),
            RATE_TWICE: trial.moved(whole, rate**2),
            RATE_MISSING: trial.moved(whole, 1.0),
            UNWEIGHTED: mean([1 / n] * n),
            SUM_OF_AVERAGES: mean([1.0] * n),
            AVERAGES_OVER_N: mean([1 / N] * n),
        }
        if len(used) < trial.N:
            slips |= {
                DIVIDED_BY_ALL: mean([size / trial.N for size in sizes]),
                AVERAGES_OVER_ALL: mean([1 / trial.N] * n),
                ALL_OF_X: trial.after([Update(trial.all, rate)]),
                STRAIGHT: trial.after([Update(trial.all[:N], rate)]),
            }
        return slips


def unequal(rng: np.random.Generator, unused: int = 0) -> Task:
    """`update_from_pieces` where the pieces hold all rows, or all but some."""
    cut = Cut(rng, unused)
    steps = [*cut.steps, *LOOK_AT_WEIGHTS]
    return cut.trial.task(steps, weights_wanted(cut.right(), cut.slips()))


def left_out(rng: np.random.Generator) -> Task:
    """The same where two or three rows are in no piece."""
    return unequal(rng, int(rng.integers(2, 4)))


PASSES = "what went through the network"
# Slips that can be made without sending all pieces through the network.
WITHOUT_ALL_PIECES = (UNCHANGED, LAST_PIECE, FIRST_PIECE)


def watched(rng: np.random.Generator) -> Task:
    """The same, and only what went through the network is looked at."""
    cut = Cut(rng, int(rng.integers(2, 4)))
    slips = cut.slips()
    near = [cut.right(), *(slips[slip] for slip in slips if slip not in WITHOUT_ALL_PIECES)]
    pieces = {tuple(sorted(int(row) for row in piece)) for piece in cut.pieces}
    largest = max(map(len, pieces))

    def judge(report: Any) -> Verdict:
        passes = fed(report, cut.trial.X) if isinstance(report, dict) else None
        if passes is None:
            return not_right("there are no notes of what went through the network.")
        if not any(weights_are(report, weights, NEARLY) for weights in near):
            return told(WEIGHTS_FIRST)
        return through(passes, pieces, largest)

    steps = [*cut.steps, Call("watch.report", (), into="report"), Get("report", PASSES)]
    made = cut.trial.task(steps, {PASSES: Satisfies(judge, names=())})
    shown = f'{made.description}["sizes"]  # how many rows each Forward had'
    return replace(made, description=shown)


def through(
    passes: Sequence[tuple[tuple[int, ...], bool, int]],
    pieces: set[tuple[int, ...]],
    largest: int,
) -> Verdict:
    """What is to be said of these passes, see `fed`, where just these pieces are wanted."""
    if any(len(rows) > largest for rows, _, _ in passes):
        return told(WHOLE_BATCH)
    given = [tuple(sorted(rows)) for rows, _, _ in passes]
    if any(len(rows) == 1 for rows in given):
        return told(ROW_BY_ROW)
    if not pieces.issuperset(given):
        return told(OTHER_CUT)
    back = [rows for rows, (_, _, backs) in zip(given, passes, strict=True) if backs]
    if set(back) != pieces:
        return told(NOT_ALL_PIECES)
    if any(updated for _, updated, backs in passes[1:] if backs):
        return told(UPDATED_BETWEEN)
    return RIGHT
