"""Homework 1, forward pass and loss: what each part is worth, and what is partly right."""

from __future__ import annotations

from course_exercises.homework import hw1
from course_grading.marking.rubric import Assignment, GradedQuestion, Part, WrittenQuestion

# A slip further to the left costs half of what follows from it.
FOLLOWS = dict.fromkeys(hw1.FOLLOWS, 0.5)
L_CREDIT = {
    hw1.NO_HALF: 0.5,
    hw1.HALF_INSIDE: 0.5,
    hw1.MEAN_OVER_K: 0.5,
    hw1.MEAN_NO_HALF: 0.25,
    hw1.BATCH_MEAN: 0.25,
}
ROWS_CREDIT = L_CREDIT | {hw1.COLUMN: 0.5}
COLUMNS_CREDIT = (
    L_CREDIT
    | dict.fromkeys(hw1.FOLLOWS_COLUMNS, 0.5)
    | {hw1.NO_V: 0.5, hw1.ONLY_V: 0.25, hw1.ROW_OF_LOSSES: 0.5}
)
LINES_CREDIT = {hw1.EVERYTHING_AFTER: 0.25, hw1.FIRST_EXAMPLE: 0.5}
TWO_LINES_CREDIT = LINES_CREDIT | {hw1.FIRST_ALONE: 0.25}
# Slips of one answer that come again where it is written once more.
ONE_SLIP = [{hw1.SIGN_OF_EXPONENT}, {hw1.NO_HALF, hw1.TWICE}, {hw1.SUM_NOT_MEAN}]
INPUT_CREDIT = {hw1.NEGATIVE_INPUT: 0.5, hw1.INVERSE_TRANSPOSED: 0.5}

ASSIGNMENT = Assignment(
    "hw1",
    "Forward pass and loss",
    [
        GradedQuestion(
            hw1.q1,
            "Know all the shapes",
            [
                Part("the shapes of W1, W2, V, W3", 4, hw1.shapes_of_weights),
                Part("the shapes of x, z1, h1, z2, h2, z3", 6, hw1.shapes_of_values),
            ],
        ),
        GradedQuestion(
            hw1.q2,
            "Write the forward pass and the loss",
            [
                Part("the sigmoid", 2, hw1.sigmoid_of_array),
                Part("forward, one example", 3, hw1.forward_one, credit=FOLLOWS),
                Part("forward, several examples", 5, hw1.forward_several, credit=FOLLOWS),
                Part("L, several examples", 4, hw1.squared_error_several, credit=ROWS_CREDIT),
                Part("L, one example", 2, hw1.squared_error_one, credit=ROWS_CREDIT),
                Part("J", 2, hw1.batch_loss_of_L, credit={hw1.SUM_NOT_MEAN: 0.5}),
            ],
        ),
        GradedQuestion(
            hw1.q3,
            "Compute in another notation",
            [
                Part("one example", 4, hw1.columns_one, credit=COLUMNS_CREDIT),
                Part("several examples", 12, hw1.columns_several, credit=COLUMNS_CREDIT),
            ],
        ),
        GradedQuestion(
            hw1.q4,
            "Find the wrong lines",
            [
                Part("one wrong line, z1 or h2", 1, hw1.wrong_z1_or_h2, credit=LINES_CREDIT),
                Part("one wrong line, h1 or z3", 1, hw1.wrong_h1_or_z3, credit=LINES_CREDIT),
                Part("one wrong line, z2 or L", 2, hw1.wrong_z2_or_L, credit=LINES_CREDIT),
                Part("two wrong lines, apart", 4, hw1.two_apart, credit=TWO_LINES_CREDIT),
                Part(
                    "two wrong lines, one after the other",
                    4,
                    hw1.two_neighbours,
                    credit=TWO_LINES_CREDIT,
                ),
            ],
        ),
        GradedQuestion(
            hw1.q5,
            "Find numbers that fit",
            [
                Part(
                    "two outputs whose mean is right",
                    4,
                    hw1.mean_is_right,
                    credit={hw1.HALF_OF_J: 0.5, hw1.ADDED_UP: 0.5, hw1.MEAN_IS_OFF: 0.25},
                ),
                Part(
                    "a right answer: the loss stays as it was",
                    2,
                    hw1.loss_as_before,
                    credit={hw1.LOST_ROW: 0.5},
                ),
                Part(
                    "a right answer: the loss gets a number of times as large",
                    3,
                    hw1.loss_times_factor,
                    credit={
                        hw1.LOST_ROW: 0.5,
                        hw1.ROOTS_OF_THE_FACTOR: 0.5,
                        hw1.OPPOSITE: 0.5,
                    },
                ),
                Part("the input, one example", 1, hw1.input_one, credit=INPUT_CREDIT),
                Part("the input, several examples", 4, hw1.input_several, credit=INPUT_CREDIT),
            ],
        ),
        GradedQuestion(
            hw1.q6,
            "Follow the loss along one weight",
            [
                Part(
                    "c0, c1 and c2",
                    6,
                    hw1.parabola_of_weight,
                    credit={hw1.SUM_NOT_MEAN: 0.5, hw1.TWICE: 0.5, hw1.SIGN_OF_CHANGE: 0.5},
                ),
                Part(
                    "the bottom of a parabola",
                    4,
                    hw1.bottom_of_parabola,
                    credit={hw1.SIGN_OF_CHANGE: 0.5, hw1.DOUBLE_WAY: 0.5},
                ),
            ],
        ),
        WrittenQuestion(
            "hw1-q7",
            "Leave the activations out",
            10,
            "4 points: z3 = x W1 W2 W3 = x V with one matrix V of shape (D, K). 3 points: 2720 "
            "numbers against 640, and z3 depends on the 2720 only through V, so they add no new "
            "function. 3 points: no; each activation gives a factor 2, z3 = 4 x W1 W2 W3, again "
            "one matrix. Whole sheets: of 10, one matrix V (D, K), both counts and why more does "
            "not help, 4 V; of 6, V without a shape, the counts without a reason, one matrix "
            "with 2 in place of 4; of 2, the two counts and nothing that is shown.",
        ),
        WrittenQuestion(
            "hw1-q8",
            "Read a loss with care",
            10,
            "4 points: the distances 0, 0, 0, 4 and 2, 2, 2, 2 (2), J counts one large error more "
            "(1), because it squares the distances (1). 3 points: no, twice as near (1), as "
            "d = √(2 L), or with numbers (2). 3 points: no loss is below 0 (1); the quotient holds "
            "for small changes (1), since the curve bends (1). Whole sheets: of 10, all of it; of "
            "6, the distances, “large errors count more”, “only twice as near”, −0.5 and small "
            "changes only; of 2, “twice as near” and “small changes only”, without more.",
        ),
    ],
    one_slip=ONE_SLIP,
)
