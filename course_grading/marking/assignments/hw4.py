"""Homework 4, trainers: what each part is worth, and what is partly right."""

from __future__ import annotations

import numpy as np

from course_exercises.homework import hw4
from course_exercises.homework.tasks import TaskQuestion, Wanted
from course_exercises.question import Slip
from course_grading.marking.rubric import Assignment, GradedQuestion, Part, WrittenQuestion

CREDIT = {
    # one slip in a trainer that is otherwise right
    hw4.SUM_NOT_MEAN: 0.5,
    hw4.RAGGED_DIVIDED: 0.5,
    hw4.DROPPED: 0.5,
    hw4.PIECE_DROPPED: 0.5,
    hw4.UNWEIGHTED: 0.5,
    hw4.SUM_OF_AVERAGES: 0.25,
    hw4.AVERAGES_OVER_N: 0.25,
    hw4.LAST_AS_FULL: 0.5,
    hw4.PIECE_DROPPED_OVER_N: 0.5,
    hw4.DIVIDED_TWICE: 0.5,
    hw4.RATE_TIMES_SIZE: 0.5,
    hw4.RATE_TWICE: 0.5,
    hw4.RATE_MISSING: 0.5,
    hw4.UPHILL: 0.5,
    hw4.LAST_EXAMPLE_MISSING: 0.5,
    hw4.TWO_PASSES: 0.5,
    hw4.REVERSED: 0.5,
    hw4.ORDER_IGNORED: 0.5,
    hw4.PLACES: 0.5,
    hw4.ONLY_X: 0.25,
    hw4.ONLY_Y: 0.25,
    hw4.FIRST_Y: 0.25,
    hw4.FIRST_WEIGHTS: 0.25,
    hw4.ONE_AFTER_THE_OTHER: 0.5,
    hw4.NOT_SHUFFLED: 0.25,
    hw4.ONE_ORDER: 0.5,
    hw4.SHUFFLED_FURTHER: 0.5,
    hw4.ONE_EPOCH: 0.25,
    # batches
    hw4.EVENLY: 0.5,
    hw4.EVENED_OUT: 0.5,
    hw4.POSITIONS: 0.5,
    hw4.EMPTY_BATCH: 0.5,
    # losses and accuracies
    hw4.LOSS_AFTER: 0.5,
    hw4.LOSS_COLUMN: 0.5,
    hw4.LOSS_AT_FIRST_WEIGHTS: 0.25,
    hw4.BEFORE_EPOCH: 0.5,
    hw4.WITH_START: 0.5,
    hw4.UPDATE_LOSSES: 0.5,
    hw4.UPDATE_LOSSES_UNWEIGHTED: 0.25,
    hw4.LAST_BATCH_LOSS: 0.25,
    hw4.MEAN_OF_MEANS: 0.5,
    hw4.MEANS_OVER_N: 0.5,
    hw4.EVAL_DROPPED: 0.5,
    hw4.EVAL_DROPPED_OVER_N: 0.5,
    hw4.EXCHANGED: 0.5,
    hw4.BY_BATCHES: 0.5,
    hw4.PERCENT: 0.5,
    hw4.COUNT: 0.5,
    hw4.ERRORS: 0.5,
    hw4.SMALLEST: 0.5,
    # digits
    hw4.SOME_MISSING: 0.75,
    hw4.MANY_MISSING: 0.25,
}
# Slips of question 2, which cost little in question 5; it could be its own slip too.
CARRIED = dict.fromkeys(
    [
        hw4.DROPPED,
        hw4.RAGGED_DIVIDED,
        hw4.DIVIDED_TWICE,
        hw4.BATCH_SUM,
        hw4.EVENLY,
        hw4.EVENED_OUT,
        hw4.TOO_MANY,
        hw4.PLACES,
        hw4.ONLY_X,
        hw4.FIRST_Y,
    ],
    0.75,
)


# Slips of one answer that come again where it is written once more.
ONE_SLIP = [
    *({slip} for slip in (hw4.RAGGED_DIVIDED, hw4.DIVIDED_TWICE, hw4.UPHILL, hw4.RATE_TWICE)),
    *({slip} for slip in (hw4.RATE_MISSING, hw4.RATE_TIMES_SIZE, hw4.TWO_PASSES, hw4.REVERSED)),
    *({slip} for slip in (hw4.TOO_MANY, hw4.EVENLY, hw4.EVENED_OUT, hw4.PLACES)),
    *({slip} for slip in (hw4.ONLY_X, hw4.ONLY_Y, hw4.FIRST_Y)),
    {hw4.SUM_NOT_MEAN, hw4.BATCH_SUM},
    {hw4.UNWEIGHTED, hw4.MEAN_OF_MEANS},
    {hw4.AVERAGES_OVER_N, hw4.MEANS_OVER_N},
    {hw4.BATCH_MISSING, hw4.NO_BATCH, hw4.DROPPED}
    | {hw4.PIECE_DROPPED, hw4.PIECE_DROPPED_OVER_N, hw4.EVAL_DROPPED, hw4.EVAL_DROPPED_OVER_N},
]


def parts(
    question: TaskQuestion,
    points: dict[str, float],
    cases: int = 3,
    shares: dict[Slip, float] = CREDIT,
) -> list[Part]:
    """The tasks of a question with their points, and of `shares` what can come up in each."""
    made = []
    for words, worth in points.items():
        make = question.tasks[words]
        wanted = make(np.random.default_rng(0)).wanted.values()
        slips = {slip for w in wanted for slip in (w.slips if isinstance(w, Wanted) else w.short)}
        credit = {slip: share for slip, share in shares.items() if slip in slips}
        made.append(Part(words, worth, make, cases, credit))
    return made


ASSIGNMENT = Assignment(
    "hw4",
    "Trainers",
    [
        GradedQuestion(
            hw4.q1,
            "Train one example at a time",
            parts(
                hw4.q1,
                {
                    "classes (cross-entropy)": 6,
                    "numbers (squared error)": 4,
                    "a single example": 2,
                },
            ),
        ),
        GradedQuestion(
            hw4.q2,
            "Train by mini-batches",
            parts(
                hw4.q2,
                {
                    "batches with a ragged end": 4,
                    "batches without a ragged end": 2,
                    "batches with batch_size larger than N": 2,
                    "an epoch with a ragged end (cross-entropy)": 6,
                    "an epoch without a ragged end (squared error)": 3,
                    "an epoch with batch_size larger than N": 3,
                },
            ),
        ),
        GradedQuestion(
            hw4.q3,
            "Make a batch update by hand",
            parts(
                hw4.q3,
                {
                    "pieces of one example": 4,
                    "pieces with a ragged end": 6,
                    "how many examples at a time": 2,
                },
            ),
            without_skill={hw4.WHOLE_BATCH: 0.25},
        ),
        GradedQuestion(
            hw4.q4,
            "Measure, and change nothing",
            parts(
                hw4.q4,
                {
                    "a ragged end": 5,
                    "other data the second time": 3,
                    "how many rows at a time": 2,
                },
            ),
        ),
        GradedQuestion(
            hw4.q5,
            "Train for several epochs",
            parts(
                hw4.q5,
                {
                    "the weights after three epochs": 6,
                    "the history": 5,
                    "one batch in each epoch (squared error)": 3,
                },
                shares=CREDIT | CARRIED,
            ),
        ),
        GradedQuestion(
            hw4.q6,
            "Read handwritten digits",
            # one case: two could fall short by different words, and then earn nothing
            parts(hw4.q6, {"digits that were held out": 12}, cases=1),
        ),
        WrittenQuestion(
            "hw4-q7",
            "Say when the weights change",
            10,
            "3 points: 60 updates online, 8 with B = 8 (seven batches of 8 and one of 4), 1 by "
            "batch. 4 points: at which weights the gradient of example 11 is taken: after 10, 1, 0 "
            "updates, with the reason. 3 points: the classmate is wrong: the gradients belong to "
            "different weights; about right only for a small learning rate, and then with N times "
            "the step.",
        ),
        WrittenQuestion(
            "hw4-q8",
            "Compare fairly",
            10,
            "3 points: the numbers of the student's own runs, with updates, loss and accuracy. "
            "3 points: a fair reading: equal epochs are not equal updates, and each method needs "
            "its own learning rate. 4 points: choosing by the digits that judge makes the result "
            "too good; a third part, validation, to choose by, and the held-out digits looked at "
            "once.",
        ),
    ],
    provides=(
        *("checks", "not_arrays", "graph", "copies", "operations", "losses", "networks"),
        "datasets",
    ),
    seconds=30.0,
    one_slip=ONE_SLIP,
)
