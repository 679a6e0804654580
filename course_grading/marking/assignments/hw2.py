"""Homework 2, the chain rule and a gradient checker: what each part is worth, and what is partly
right."""

from __future__ import annotations

from course_exercises.homework import hw2
from course_grading.marking.rubric import Assignment, GradedQuestion, Part, WrittenQuestion

DELTA3 = {hw2.SIGN: 0.5, hw2.FACTOR_2: 0.5, hw2.HALF: 0.5, hw2.MEAN_TAKEN: 0.5}
DELTA3_ONE = {hw2.SIGN: 0.5, hw2.FACTOR_2: 0.5, hw2.HALF: 0.5}
DELTA3_CLASSES = {
    hw2.SIGN: 0.5,
    hw2.MEAN_TAKEN: 0.5,
    hw2.FROM_ONE: 0.5,
    hw2.ONEHOT_MISSING: 0.5,
}
DELTA3_LARGE = DELTA3_CLASSES
WEIGHTS = dict.fromkeys(
    [hw2.SUM_NOT_MEAN, hw2.TWICE, hw2.BY_ROWS, hw2.BY_COLUMNS, hw2.TRANSPOSE, hw2.SIGN], 0.5
)
# By how many it is divided, is asked for several examples; forgetting it costs nothing for one.
WEIGHTS_ONE = {hw2.TRANSPOSE: 0.5, hw2.SIGN: 0.5, hw2.BY_ROWS: 1.0, hw2.BY_COLUMNS: 1.0}
BACK = {hw2.NO_SLOPE: 0.5, hw2.OTHER_SLOPE: 0.5, hw2.AT_H: 0.5, hw2.MEAN_TAKEN: 0.5}
BACK_ONE = {hw2.NO_SLOPE: 0.5, hw2.OTHER_SLOPE: 0.5, hw2.AT_H: 0.5}
# In the gradients most of the way is right if one of these is the only slip.
NEARLY = dict.fromkeys(
    [
        *(hw2.SIGN, hw2.NO_SLOPES, hw2.NO_SLOPE_1, hw2.NO_SLOPE_2, hw2.OTHER_SLOPES),
        *(hw2.SLOPES_OF_Z, hw2.SLOPE_OF_Z_1, hw2.SLOPE_OF_Z_2, hw2.CAME_IN_Z),
    ],
    0.5,
)
GRADIENTS_ONE = NEARLY | {hw2.BY_ROWS: 1.0, hw2.BY_COLUMNS: 1.0}
GRADIENTS = NEARLY | dict.fromkeys([hw2.SUM_NOT_MEAN, hw2.TWICE, hw2.BY_ROWS, hw2.BY_COLUMNS], 0.5)
DIFFERENCES = dict.fromkeys(
    [hw2.UP_ONLY, hw2.DOWN_ONLY, hw2.TWICE_STEP, hw2.TIMES_STEP, hw2.SIGN], 0.5
)
DEVIATION = dict.fromkeys(
    [
        *(hw2.NO_ABSOLUTE, hw2.NOT_RELATIVE, hw2.HALVED, hw2.BY_SLOPE, hw2.BY_GRAD),
        *(hw2.BY_LARGER, hw2.ENTRIES),
    ],
    0.5,
)
# With a right gradient, and where |g| and |s| add up to more than 0, these slips are of no matter:
# what they cost is taken off where the entries are wrong.
COMPARED = dict.fromkeys(
    [
        *(hw2.NO_ABSOLUTE, hw2.NOT_RELATIVE, hw2.HALVED, hw2.BY_SLOPE, hw2.BY_GRAD),
        *(hw2.BY_LARGER, hw2.MEAN_OF_ALL),
    ],
    1.0,
)

# Slips of one answer that come again where it is written once more.
ONE_SLIP = [
    *({slip} for slip in (hw2.SIGN, hw2.FACTOR_2, hw2.HALF, hw2.TRANSPOSE, hw2.SUM_NOT_MEAN)),
    *({slip} for slip in (hw2.BY_ROWS, hw2.BY_COLUMNS, hw2.NO_SQUARE, hw2.ONLY_1_MINUS)),
    *({slip} for slip in (hw2.NO_SOFTMAX, hw2.FROM_ONE)),
    {hw2.MEAN_TAKEN, hw2.TWICE},
    {hw2.ONEHOT_MISSING, hw2.Y_MISSING},
    {hw2.OTHER_SLOPE, hw2.OTHER_SLOPES},
]

ASSIGNMENT = Assignment(
    "hw2",
    "The chain rule for W1, W2, W3, and a gradient checker",
    [
        GradedQuestion(
            hw2.q1,
            "Take the derivative of an activation from its value",
            [
                Part("sigmoid", 4, hw2.slope_of_sigmoid),
                Part("tanh", 4, hw2.slope_of_tanh, credit={hw2.NO_SQUARE: 0.5}),
            ],
        ),
        GradedQuestion(
            hw2.q2,
            "Start at the output",
            [
                Part("squared error, several examples", 4, hw2.delta3_several, credit=DELTA3),
                Part("squared error, one example", 1, hw2.delta3_one, credit=DELTA3_ONE),
                Part("cross-entropy", 6, hw2.delta3_classes, credit=DELTA3_CLASSES),
                Part("cross-entropy of large logits", 3, hw2.delta3_large, credit=DELTA3_LARGE),
            ],
        ),
        GradedQuestion(
            hw2.q3,
            "Compute the gradient of a weight matrix",
            [
                Part("one example", 4, hw2.weight_gradient_one, credit=WEIGHTS_ONE),
                Part("several examples", 8, hw2.weight_gradient_several, credit=WEIGHTS),
            ],
        ),
        GradedQuestion(
            hw2.q4,
            "Go back by one layer",
            [
                Part("several examples, sigmoid", 5, hw2.delta_before_sigmoid, credit=BACK),
                Part("several examples, tanh", 5, hw2.delta_before_tanh, credit=BACK),
                Part("one example, tanh", 2, hw2.delta_before_one, credit=BACK_ONE),
            ],
        ),
        GradedQuestion(
            hw2.q5,
            "Put it together",
            [
                Part(
                    "one example, sigmoid, squared error",
                    3,
                    hw2.gradients_one,
                    credit=GRADIENTS_ONE,
                ),
                Part(
                    "several examples, tanh, squared error",
                    6,
                    hw2.gradients_squared_error,
                    credit=GRADIENTS,
                ),
                Part(
                    "several examples, sigmoid, cross-entropy",
                    6,
                    hw2.gradients_classes,
                    credit=GRADIENTS,
                ),
                Part(
                    "several examples, tanh, cross-entropy",
                    6,
                    hw2.gradients_classes_tanh,
                    credit=GRADIENTS,
                ),
            ],
            without_skill={hw2.NO_SLOPES: 1 / 3},
        ),
        GradedQuestion(
            hw2.q6,
            "Write a gradient checker",
            [
                Part(
                    "finite differences of a cubic function",
                    2,
                    hw2.differences_of_cubic,
                    credit=DIFFERENCES | {hw2.STEP_IGNORED: 0.5},
                ),
                Part(
                    "finite differences of a loss",
                    2,
                    hw2.differences_of_loss,
                    credit=DIFFERENCES | {hw2.KEPT_DOWN: 0.5, hw2.KEPT_UP: 0.5},
                ),
                Part("W is left as it was", 1, hw2.differences_keep_W),
                Part(
                    "a gradient with an entry too large, and one too small",
                    2,
                    hw2.check_entries,
                    credit=DEVIATION,
                ),
                Part(
                    "a right gradient",
                    1,
                    hw2.check_right,
                    credit=COMPARED | {hw2.ENTRIES: 0.5},
                ),
                Part(
                    "a gradient with the wrong sign",
                    2,
                    hw2.check_sign,
                    credit=COMPARED,
                ),
                Part(
                    "a gradient with an entry where g and s are 0",
                    1,
                    hw2.check_zero,
                    credit=COMPARED,
                ),
                Part("a function for which the step matters", 1, hw2.check_step),
                # of whom always says 1, nothing is known
                Part("a gradient of another shape", 1, hw2.check_row, beside=("deviation",)),
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
    one_slip=ONE_SLIP,
)
