"""Homework 2, the chain rule on a network of one's own: what each part is worth, and what is partly
right."""

from __future__ import annotations

from course_exercises.homework import (
    hw2,
    hw2_checker,
    hw2_examples,
    hw2_gradients,
    hw2_lines,
    hw2_network,
    hw2_other,
)
from course_grading.marking.rubric import Assignment, GradedQuestion, Part, WrittenQuestion

# A line that holds, but is no translation, has a fifth; one without its principle three fifths.
LINES = {
    hw2_lines.AS_DERIVED: 0.2,
    hw2_lines.NO_PRINCIPLE: 0.6,
    hw2_lines.PRINCIPLE_MISSING: 0.8,
    hw2_lines.ONE_EXAMPLE: 0.5,
    hw2_lines.OWN_WIDTHS: 0.5,
    hw2_lines.TWO_SLIPS: 0.25,
    **dict.fromkeys(hw2_lines.CREDITED.values(), 0.5),
}
# Where two paths join a line has two terms: of one slip more is left, but for a path that is lost.
JOIN = LINES | {
    hw2_lines.TWO_SLIPS: 0.5,
    **{slip: 0.5 if slip in hw2_lines.OF_PATHS else 0.75 for slip in hw2_lines.CREDITED.values()},
}
EFFECT = {
    hw2_other.TURNED: 0.7,
    hw2_other.NOT_SUBTRACTED: 0.7,
    hw2_other.SUMS: 0.5,
    hw2_other.SPOILT_ONLY: 0.25,
}
# In the gradients most of the way is right if one of these is the only slip.
GRADIENTS = dict.fromkeys(
    [
        *(hw2_gradients.SIGN, hw2_gradients.SUM_NOT_MEAN, hw2_gradients.TWICE),
        *(hw2_gradients.BY_ROWS, hw2_gradients.BY_COLUMNS, hw2_gradients.CAME_IN_Z),
        *(hw2_gradients.NO_SLOPES, hw2_gradients.NO_SLOPE_1, hw2_gradients.NO_SLOPE_2),
        *(hw2_gradients.OTHER_SLOPES, hw2_gradients.SLOPES_OF_H),
    ],
    0.5,
)
DEVIATION = dict.fromkeys(
    [
        *(hw2_checker.NO_ABSOLUTE, hw2_checker.NOT_RELATIVE, hw2_checker.HALVED),
        *(hw2_checker.BY_SLOPE, hw2_checker.BY_GRAD, hw2_checker.BY_LARGER, hw2_checker.ENTRIES),
    ],
    0.5,
)
# With a right gradient, and where |g| and |s| add up to more than 0, these slips are of no matter:
# what they cost is taken off where the entries are wrong.
COMPARED = dict.fromkeys(
    [
        *(hw2_checker.NO_ABSOLUTE, hw2_checker.NOT_RELATIVE, hw2_checker.HALVED),
        *(hw2_checker.BY_SLOPE, hw2_checker.BY_GRAD, hw2_checker.BY_LARGER),
        hw2_checker.MEAN_OF_ALL,
    ],
    1.0,
)

ASSIGNMENT = Assignment(
    "hw2",
    "The chain rule on a network of one's own",
    [
        GradedQuestion(
            hw2.q1,
            "Read your network",
            [Part("the products of your network", 6, hw2_network.reading, cases=1)],
        ),
        GradedQuestion(
            hw2.q2,
            "Derive every line of the way back",
            [
                Part("the matrices", 9, hw2_lines.lines_of_matrices, cases=1, credit=LINES),
                Part("where two paths join", 6, hw2_lines.line_of_join, cases=1, credit=JOIN),
                Part("the other nodes", 15, hw2_lines.lines_of_others, cases=1, credit=LINES),
            ],
            without_skill={hw2_lines.NO_SLOPES: 0.15},
        ),
        GradedQuestion(
            hw2.q3,
            "Find the wrong line, and what it does",
            [
                Part("the number of the line", 3, hw2_other.number, cases=1),
                Part("what it spoils", 9, hw2_other.effect, cases=2, credit=EFFECT),
                Part(
                    "the line mended",
                    6,
                    hw2_other.mending,
                    cases=1,
                    credit={hw2_lines.AS_DERIVED: 0.2},
                ),
            ],
        ),
        GradedQuestion(
            hw2.q4,
            "Refute a claim, and find where it holds",
            [
                Part(
                    "opposite signs",
                    5,
                    hw2_examples.opposite,
                    cases=1,
                    credit={hw2_examples.SAME_SIGN: 0.4, hw2_examples.NO_GRADIENT: 0.4},
                ),
                Part(
                    "equal, and not by chance",
                    7,
                    hw2_examples.equal,
                    cases=1,
                    credit={hw2_examples.ROUNDED_ONLY: 0.7},
                ),
            ],
        ),
        GradedQuestion(
            hw2.q5,
            "Put it together",
            [
                Part("a small network", 3, hw2_gradients.gradients_small, credit=GRADIENTS),
                Part(
                    "80,000 weights",
                    7,
                    hw2_gradients.gradients_large,
                    cases=1,
                    credit=GRADIENTS,
                    shown=hw2_gradients.gradients_small,
                ),
            ],
            without_skill={hw2_gradients.NO_SLOPES: 0.15},
        ),
        GradedQuestion(
            hw2.q6,
            "Write a gradient checker",
            [
                Part(
                    "a gradient with an entry too large, and one too small",
                    1,
                    hw2_checker.check_entries,
                    credit=DEVIATION,
                ),
                Part(
                    "a right gradient",
                    0.5,
                    hw2_checker.check_right,
                    credit=COMPARED | {hw2_checker.ENTRIES: 0.5},
                ),
                Part("a gradient with the wrong sign", 1, hw2_checker.check_sign, credit=COMPARED),
                Part(
                    "a gradient with an entry where g and s are 0",
                    0.5,
                    hw2_checker.check_zero,
                    credit=COMPARED,
                ),
                Part(
                    "a function that is strongly curved",
                    0.5,
                    hw2_checker.check_tiny,
                    credit=COMPARED | {hw2_checker.ENTRIES: 0.5},
                ),
                # of whom always says 1, nothing is known
                Part(
                    "a gradient of another shape",
                    0.5,
                    hw2_checker.check_row,
                    beside=("deviation",),
                ),
            ],
        ),
        WrittenQuestion(
            "hw2-q7",
            "Find the slip",
            10,
            "5 points: the sum instead of the mean (2); |4g − g| / (4g + g) = 0.6 for B = 4 (2); "
            "at B = 1 sum and mean are the same (1). 5 points: two slips out of: the opposite "
            "sign, a gradient that is 0, another shape (2 each); and what to look at to tell them "
            "apart (1).",
        ),
        WrittenQuestion(
            "hw2-q8",
            "Why do we need the chain rule at all?",
            10,
            "4 points: 2720 weights (2), two forward passes for each, 5440 (2). 3 points: the way "
            "back has five matrix products where the forward pass has three, about the cost of two "
            "forward passes (2), and this number does not grow with the number of weights (1). 3 "
            "points: as an independent witness (1), on a small network with few examples (1), "
            "since a slip in the chain rule cannot be in them too (1).",
        ),
    ],
    seconds=5.0,  # loops take a third of it at most, a pass for each weight three times or more
)
