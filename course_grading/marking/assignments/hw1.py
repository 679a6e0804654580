"""Homework 1, forward pass and loss: what each part is worth, and what is partly right."""

from __future__ import annotations

from course_exercises.homework import hw1, random_networks
from course_grading.marking.rubric import Assignment, GradedQuestion, Part, WrittenQuestion

# A slip further to the left costs half of what follows from it.
FOLLOWS = dict.fromkeys(hw1.FOLLOWS, 0.5)
L_CREDIT = {
    hw1.NO_HALF: 0.5,
    hw1.HALF_INSIDE: 0.5,
    hw1.MEAN_OVER_K: 0.5,
    hw1.MEAN_NO_HALF: 0.25,
    hw1.COLUMN: 0.5,
    hw1.BATCH_MEAN: 0.25,
}
ENTROPY_CREDIT = {
    hw1.SIGN: 0.5,
    hw1.LOG10: 0.5,
    hw1.LOG2: 0.5,
    hw1.COLUMN: 0.5,
    hw1.BATCH_MEAN: 0.25,
    hw1.FROM_ONE: 0.5,
    hw1.SHIFTED_PLUS: 0.5,
    hw1.ONLY_IN_SUM: 0.5,
}
ENTROPY_ORDINARY = ENTROPY_CREDIT | {hw1.PLUS: 0.5, hw1.ONLY_AT_Y: 0.5}
# Slips of one answer that come again where it is written once more.
ONE_SLIP = [
    *({slip} for slip in (hw1.SIGN_OF_EXPONENT, hw1.NO_HALF, hw1.SUM_NOT_MEAN, hw1.COLUMN)),
    {random_networks.ONE_SUM},
    {random_networks.SHIFTED_ONE_SUM},
    {random_networks.DOWN},
    {random_networks.SHIFTED_DOWN},
]
NUDGE_CREDIT = {hw1.SUM_NOT_MEAN: 0.5, hw1.MINUS: 0.5, hw1.ONLY_CHANGE: 0.5}
# What is wrong with J has cost its points where J is looked at.
NUDGE_IS_PAID_FOR = dict.fromkeys(
    [
        *(hw1.SUM_NOT_MEAN, hw1.MINUS, hw1.ONLY_CHANGE, hw1.ROW_COLUMN, hw1.SET, hw1.EVERY),
        *(hw1.NO_HALF, hw1.SIGN_OF_EXPONENT),
    ],
    1.0,
)

ASSIGNMENT = Assignment(
    "hw1",
    "Forward pass and loss",
    [
        GradedQuestion(
            hw1.q1,
            "Know all the shapes",
            [
                Part("the shapes of W1, W2, W3", 4, hw1.shapes_of_weights),
                Part("the shapes of x, z1, h1, z2, h2, z3", 6, hw1.shapes_of_values),
            ],
        ),
        GradedQuestion(
            hw1.q2,
            "Apply an activation",
            [
                Part("sigmoid", 4, hw1.sigmoid_of_array),
                Part("tanh", 4, hw1.tanh_of_array),
            ],
        ),
        GradedQuestion(
            hw1.q3,
            "Write the forward pass",
            [
                Part("one example, sigmoid", 4, hw1.forward_one, credit=FOLLOWS),
                Part("several examples, sigmoid", 10, hw1.forward_sigmoid, credit=FOLLOWS),
                Part("several examples, tanh", 10, hw1.forward_tanh, credit=FOLLOWS),
            ],
        ),
        GradedQuestion(
            hw1.q4,
            "Measure the squared error",
            [
                Part("L, several examples", 6, hw1.squared_error_several, credit=L_CREDIT),
                Part("L, one example", 2, hw1.squared_error_one, credit=L_CREDIT),
                Part("J", 4, hw1.batch_loss_of_L, credit={hw1.SUM_NOT_MEAN: 0.5}),
            ],
        ),
        GradedQuestion(
            hw1.q5,
            "Tell classes apart",
            [
                Part("softmax", 3, hw1.softmax_ordinary),
                Part("softmax of large logits", 2, hw1.softmax_large),
                Part(
                    "cross-entropy, several examples",
                    4,
                    hw1.cross_entropy_several,
                    credit=ENTROPY_ORDINARY,
                ),
                Part(
                    "cross-entropy, one example", 1, hw1.cross_entropy_one, credit=ENTROPY_ORDINARY
                ),
                Part(
                    "cross-entropy of large logits",
                    2,
                    hw1.cross_entropy_large,
                    credit=ENTROPY_CREDIT,
                ),
                Part(
                    "cross-entropy where p_y is tiny",
                    2,
                    hw1.cross_entropy_tiny,
                    credit=ENTROPY_CREDIT,
                ),
                Part(
                    "accuracy",
                    4,
                    hw1.share_of_right_ones,
                    credit={hw1.COUNT: 0.5, hw1.PERCENT: 0.5, hw1.ERROR_RATE: 0.5},
                ),
            ],
        ),
        GradedQuestion(
            hw1.q6,
            "Nudge a weight",
            [
                Part("a weight of W3", 2, hw1.nudged_W3, credit=NUDGE_CREDIT),
                Part("a weight of W2", 2, hw1.nudged_W2, credit=NUDGE_CREDIT),
                Part("a weight of W1", 2, hw1.nudged_W1, credit=NUDGE_CREDIT),
                Part(
                    "the given weights are left as they were",
                    2,
                    hw1.nudged_and_left,
                    credit=NUDGE_IS_PAID_FOR,
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
            "one matrix.",
        ),
        WrittenQuestion(
            "hw1-q8",
            "Compare accuracy and loss",
            10,
            "2 points: accuracy asks only which logit is the largest, the loss how probable the "
            "right class is. 3 points: a digit that both networks read wrongly, with a p_y and "
            "−log p_y for each, one of them far larger. 2 points: the factor e⁵ cancels in the "
            "softmax, shown with the formula. 3 points: so p, L and the prediction stay as they "
            "are (1 each).",
        ),
    ],
    one_slip=ONE_SLIP,
)
