"""Homework 1, forward pass and loss: what each part is worth, and what is partly right."""

from __future__ import annotations

from course_grading.rubric import Assignment, GradedQuestion, Part, WrittenQuestion
from course_nn.exercises import hw1

# A slip further to the left costs half of what follows from it.
FOLLOWS = dict.fromkeys(hw1.FOLLOWS, 0.5)
L_CREDIT = {hw1.NO_HALF: 0.5, hw1.MEAN_OVER_K: 0.5, hw1.COLUMN: 0.5, hw1.BATCH_MEAN: 0.25}
ENTROPY_CREDIT = {
    hw1.SIGN: 0.5,
    hw1.LOG10: 0.5,
    hw1.LOG2: 0.5,
    hw1.COLUMN: 0.5,
    hw1.BATCH_MEAN: 0.25,
    hw1.FROM_ONE: 0.5,
}
NUDGE_CREDIT = {hw1.SUM_NOT_MEAN: 0.5, hw1.MINUS: 0.5, hw1.ONLY_CHANGE: 0.5}

ASSIGNMENT = Assignment(
    "hw1",
    "Forward pass and loss",
    [
        GradedQuestion(
            hw1.q1,
            "All the shapes",
            [
                Part("the shapes of W1, W2, W3", 4, hw1.shapes_of_weights),
                Part("the shapes of x, z1, h1, z2, h2, z3", 6, hw1.shapes_of_values),
            ],
        ),
        GradedQuestion(
            hw1.q2,
            "The two activations",
            [
                Part("sigmoid", 4, hw1.sigmoid_of_array),
                Part("tanh", 4, hw1.tanh_of_array),
            ],
        ),
        GradedQuestion(
            hw1.q3,
            "The forward pass",
            [
                Part("one example, sigmoid", 4, hw1.forward_one, credit=FOLLOWS),
                Part("several examples, sigmoid", 10, hw1.forward_sigmoid, credit=FOLLOWS),
                Part("several examples, tanh", 10, hw1.forward_tanh, credit=FOLLOWS),
            ],
        ),
        GradedQuestion(
            hw1.q4,
            "Squared error",
            [
                Part("L, several examples", 6, hw1.squared_error_several, credit=L_CREDIT),
                Part("L, one example", 2, hw1.squared_error_one, credit=L_CREDIT),
                Part("J", 4, hw1.batch_loss_of_L, credit={hw1.SUM_NOT_MEAN: 0.5}),
            ],
        ),
        GradedQuestion(
            hw1.q5,
            "Classes: softmax, cross-entropy, accuracy",
            [
                Part("softmax", 3, hw1.softmax_ordinary),
                Part("softmax of large logits", 2, hw1.softmax_large),
                Part(
                    "cross-entropy, several examples",
                    4,
                    hw1.cross_entropy_several,
                    credit=ENTROPY_CREDIT,
                ),
                Part("cross-entropy, one example", 1, hw1.cross_entropy_one, credit=ENTROPY_CREDIT),
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
                Part("the given weights are left as they were", 2, hw1.nudged_and_left),
            ],
        ),
        WrittenQuestion(
            "hw1-q7",
            "A network without activations",
            10,
            "4: z3 = x W1 W2 W3 is one product with a matrix (D, K). 2: it has D·K free numbers "
            "at most, so the further layers add none. 4: with f(z) = 2z the factors 2 come out of "
            "the products, z3 = 4 x W1 W2 W3, so a linear f changes nothing.",
        ),
        WrittenQuestion(
            "hw1-q8",
            "Accuracy and loss",
            10,
            "5: accuracy asks only which logit is the largest, the loss how probable the right "
            "class is; an example of small p_y and large loss, which is wrong in both networks. 5: "
            "the factor e⁵ cancels in the softmax, so p, L and the accuracy stay as they are.",
        ),
    ],
)
