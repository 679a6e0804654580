"""Homework 4, trainers: what each part is worth, and what is partly right."""

from __future__ import annotations

from collections.abc import Mapping

from course_exercises.homework import (
    hw4,
    hw4_counterexamples,
    hw4_digits,
    hw4_pieces,
    hw4_traces,
    hw4_trainers,
    hw4_weighted,
)
from course_exercises.homework.tasks import TaskQuestion
from course_exercises.question import Slip
from course_grading.marking.rubric import Assignment, GradedQuestion, Part, WrittenQuestion

LOGS = {hw4_traces.OTHER_PLACE: 0.25}
EFFECT = {hw4_trainers.AS_IT_OUGHT_TO: 0.25}
# One of the two is mended, where both are to be.
MENDED = {hw4_trainers.RETURNS_ELSE: 0.25, hw4_trainers.WEIGHTS_ELSE: 0.25}
DIFFERS = {hw4_counterexamples.OTHER_SIGN: 0.75, hw4_counterexamples.NOT_AS_ORDERED: 0.5}
# One slip in an update that is otherwise right.
PIECES = {
    hw4_pieces.UPHILL: 0.5,
    hw4_pieces.RATE_TWICE: 0.5,
    hw4_pieces.RATE_MISSING: 0.5,
    hw4_pieces.SUM_NOT_MEAN: 0.5,
    hw4_pieces.DIVIDED_TWICE: 0.5,
    hw4_pieces.UNWEIGHTED: 0.25,
    hw4_pieces.SUM_OF_AVERAGES: 0.25,
    hw4_pieces.AVERAGES_OVER_N: 0.25,
}
LEFT_OUT = PIECES | {hw4_pieces.DIVIDED_BY_ALL: 0.5}
WEIGHTED = {
    hw4_weighted.UPHILL: 0.5,
    hw4_weighted.RATE_TWICE: 0.5,
    hw4_weighted.RATE_MISSING: 0.5,
    hw4_weighted.NOT_DIVIDED: 0.5,
    hw4_weighted.DIVIDED_BY_ROWS: 0.5,
    hw4_weighted.DIVIDED_BY_MEAN_COUNT: 0.5,
    hw4_weighted.MEAN_OVER_SUM: 0.5,
    hw4_weighted.COUNTS_CUT: 0.5,
    hw4_weighted.COUNTS_OF_PLACES: 0.5,
    hw4_weighted.COUNTS_SQUARED: 0.5,
}
EPOCH = WEIGHTED | {
    hw4_weighted.DIVIDED_BY_ALL_COUNTS: 0.5,
    hw4_weighted.DROPPED: 0.5,
    hw4_weighted.ORDER_IGNORED: 0.5,
    hw4_weighted.FIRST_WEIGHTS: 0.25,
}
DIGITS = {
    hw4_digits.SOME_MISSING: 0.5,
    hw4_digits.MANY_MISSING: 0.25,
    hw4_digits.PERCENT: 0.75,
    hw4_digits.COUNT: 0.5,
    hw4_digits.ERRORS: 0.5,
    hw4_digits.TRAINING_ACCURACY: 0.25,
}


# Slips of one answer that come again where it is written once more.
ONE_SLIP = [
    {hw4_pieces.UPHILL, hw4_weighted.UPHILL},
    {hw4_pieces.RATE_TWICE, hw4_weighted.RATE_TWICE},
    {hw4_pieces.RATE_MISSING, hw4_weighted.RATE_MISSING},
    {hw4_pieces.SUM_NOT_MEAN, hw4_weighted.NOT_DIVIDED},
]


def part(
    question: TaskQuestion, words: str, points: float, credit: Mapping[Slip, float], cases: int = 3
) -> Part:
    """A task of a question with its points; what belongs to a key alone is one case."""
    return Part(words, points, question.tasks[words], cases, dict(credit))


ASSIGNMENT = Assignment(
    "hw4",
    "Trainers",
    [
        GradedQuestion(
            hw4.q1,
            "Follow the updates",
            [
                part(hw4.q1, "three traces", 5, {}, cases=1),
                part(hw4.q1, "three logs", 9, LOGS, cases=1),
            ],
        ),
        GradedQuestion(
            hw4.q2,
            "Find the wrong line in a trainer",
            [
                part(hw4.q2, "what the wrong line does to the numbers", 4, EFFECT, cases=1),
                part(hw4.q2, "the line in its place", 14, MENDED),
            ],
        ),
        GradedQuestion(
            hw4.q3,
            "Find numbers against a claim",
            [
                part(hw4.q3, "numbers with which the claim fails", 5, DIFFERS, cases=1),
                part(hw4.q3, "numbers with which it holds", 5, {}, cases=1),
            ],
        ),
        GradedQuestion(
            hw4.q4,
            "Make one update from pieces",
            [
                part(hw4.q4, "pieces that hold all rows", 4, PIECES),
                part(hw4.q4, "rows that are in no piece", 6, LEFT_OUT),
                part(hw4.q4, "what goes through the network", 5, {}),
            ],
            # What no piece has gone through is no update from pieces.
            without_skill={
                hw4_pieces.WHOLE_BATCH: 0.1,
                hw4_pieces.ROW_BY_ROW: 0.1,
                hw4_pieces.OTHER_CUT: 0.1,
            },
        ),
        GradedQuestion(
            hw4.q5,
            "Train where examples count differently",
            [
                part(hw4.q5, "one batch", 6, WEIGHTED),
                part(hw4.q5, "an epoch with a ragged end", 8, EPOCH),
            ],
        ),
        GradedQuestion(
            hw4.q6,
            "Choose by validation digits",
            # one case: two could fall short by different words, and then earn nothing
            [part(hw4.q6, "digits that were held out", 9, DIGITS, cases=1)],
        ),
        WrittenQuestion(
            "hw4-q7",
            "Say when the weights change",
            10,
            "3 points: 60 updates online, 8 with B = 8 (seven batches of 8 and one of 4), 1 by "
            "batch. 4 points: at which weights the gradient of example 11 is taken: after 10, 1, 0 "
            "updates, with the reason. 3 points: the classmate is wrong: the gradients belong to "
            "different weights; about right only for a small learning rate, and then with N times "
            "the step. Anchors: with 7 updates in place of 8, no reason, and unequal steps as what "
            "is wrong it is 6; with the first part alone, and 7 in place of 8, it is 2.",
        ),
        WrittenQuestion(
            "hw4-q8",
            "Compare fairly",
            10,
            "3 points: the numbers of the student's own runs, with updates, loss and accuracy. "
            "3 points: a fair reading: equal epochs are not equal updates, and each method needs "
            "its own learning rate. 4 points: the validation digits have chosen, so their accuracy "
            "is too good; a third part that is held out, looked at once, gives the number to "
            "report. Anchors: without updates, without a reason, and with the luck of the best "
            "alone it is 6; with unequal updates and their numbers alone it is 2.",
        ),
    ],
    provides=(
        *("checks", "not_arrays", "graph", "copies", "operations", "losses", "networks"),
        "datasets",
    ),
    seconds=30.0,
    one_slip=ONE_SLIP,
)
