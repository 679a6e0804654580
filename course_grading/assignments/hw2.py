"""Homework 2, the chain rule and a gradient checker: what each part is worth, and what is partly
right."""

from __future__ import annotations

from course_grading.rubric import Assignment, GradedQuestion, Part, WrittenQuestion
from course_nn.exercises import hw2

DELTA3 = {hw2.SIGN: 0.5, hw2.FACTOR_2: 0.5, hw2.HALF: 0.5, hw2.MEAN_TAKEN: 0.5}
DELTA3_ONE = {hw2.SIGN: 0.5, hw2.FACTOR_2: 0.5, hw2.HALF: 0.5}
DELTA3_CLASSES = {
    hw2.SIGN: 0.5,
    hw2.MEAN_TAKEN: 0.5,
    hw2.FROM_ONE: 0.5,
    hw2.ONEHOT_MISSING: 0.5,
}
DELTA3_LARGE = {hw2.SIGN: 0.5, hw2.MEAN_TAKEN: 0.5, hw2.FROM_ONE: 0.5}
WEIGHTS = {hw2.SUM_NOT_MEAN: 0.5, hw2.TWICE: 0.5, hw2.TRANSPOSE: 0.5, hw2.SIGN: 0.5}
WEIGHTS_ONE = {hw2.TRANSPOSE: 0.5, hw2.SIGN: 0.5}
BACK = {hw2.NO_SLOPE: 0.5, hw2.OTHER_SLOPE: 0.5, hw2.AT_H: 0.5, hw2.MEAN_TAKEN: 0.5}
BACK_ONE = {hw2.NO_SLOPE: 0.5, hw2.OTHER_SLOPE: 0.5, hw2.AT_H: 0.5}
# In the gradients most of the way is right if one of these is the only slip.
GRADIENTS_ONE = dict.fromkeys(
    [hw2.SIGN, hw2.NO_SLOPES, hw2.NO_SLOPE_1, hw2.NO_SLOPE_2, hw2.OTHER_SLOPES, hw2.SLOPES_OF_Z],
    0.5,
)
GRADIENTS = GRADIENTS_ONE | {hw2.SUM_NOT_MEAN: 0.5, hw2.TWICE: 0.5}
DIFFERENCES = dict.fromkeys([hw2.UP_ONLY, hw2.DOWN_ONLY, hw2.TWICE_STEP, hw2.SIGN], 0.5)
DEVIATION = dict.fromkeys([hw2.NOT_RELATIVE, hw2.BY_SLOPE, hw2.BY_GRAD, hw2.ENTRIES], 0.5)

ASSIGNMENT = Assignment(
    "hw2",
    "The chain rule for W1, W2, W3, and a gradient checker",
    [
        GradedQuestion(
            hw2.q1,
            "The derivative of an activation, from its value",
            [
                Part("sigmoid", 4, hw2.slope_of_sigmoid),
                Part("tanh", 4, hw2.slope_of_tanh, credit={hw2.NO_SQUARE: 0.5}),
            ],
        ),
        GradedQuestion(
            hw2.q2,
            "δ3, the start of the way back",
            [
                Part("squared error, several examples", 4, hw2.delta3_several, credit=DELTA3),
                Part("squared error, one example", 1, hw2.delta3_one, credit=DELTA3_ONE),
                Part("cross-entropy", 6, hw2.delta3_classes, credit=DELTA3_CLASSES),
                Part("cross-entropy of large logits", 3, hw2.delta3_large, credit=DELTA3_LARGE),
            ],
        ),
        GradedQuestion(
            hw2.q3,
            "The gradient of a weight matrix",
            [
                Part("one example", 4, hw2.weight_gradient_one, credit=WEIGHTS_ONE),
                Part("several examples", 8, hw2.weight_gradient_several, credit=WEIGHTS),
            ],
        ),
        GradedQuestion(
            hw2.q4,
            "One layer back",
            [
                Part("several examples, sigmoid", 5, hw2.delta_before_sigmoid, credit=BACK),
                Part("several examples, tanh", 5, hw2.delta_before_tanh, credit=BACK),
                Part("one example, tanh", 2, hw2.delta_before_one, credit=BACK_ONE),
            ],
        ),
        GradedQuestion(
            hw2.q5,
            "All three gradients",
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
        ),
        GradedQuestion(
            hw2.q6,
            "A gradient checker",
            [
                Part(
                    "finite differences of a cubic function",
                    3,
                    hw2.differences_of_cubic,
                    credit=DIFFERENCES | {hw2.STEP_IGNORED: 0.5},
                ),
                Part(
                    "finite differences of a loss",
                    3,
                    hw2.differences_of_loss,
                    credit=DIFFERENCES | {hw2.NOT_UNDONE: 0.5},
                ),
                Part("W is left as it was", 1, hw2.differences_keep_W),
                Part("a right gradient", 2, hw2.check_right, credit={hw2.ENTRIES: 0.5}),
                Part("a gradient with one wrong entry", 2, hw2.check_entry, credit=DEVIATION),
                Part("a gradient with a wrong factor", 1, hw2.check_factor, credit=DEVIATION),
                Part("a gradient of another shape", 1, hw2.check_row),
            ],
        ),
        WrittenQuestion(
            "hw2-q7",
            "Find the slip",
            10,
            "5: |4g − g| / (4g + g) = 0.6 for B = 4, and at B = 1 sum and mean are the same, so it "
            "is the sum instead of the mean. 5: 1 comes from the opposite sign, or from a gradient "
            "that is 0 (or of another shape); each with what to look at next.",
        ),
        WrittenQuestion(
            "hw2-q8",
            "Why not train by finite differences",
            10,
            "4: 2720 weights, two forward passes for each, 5440. 3: Backward goes back once, "
            "through the same matrices, about the cost of two forward passes, whatever the number "
            "of weights. 3: what it is good for: an independent witness, on a small network with "
            "few examples, since it knows nothing of the chain rule.",
        ),
    ],
)
