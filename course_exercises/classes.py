"""The questions of lesson 06: δ3 of the cross-entropy, and the loss of somebody with no idea."""

from collections.abc import Callable

import numpy as np

from course_exercises.question import Question, Wrong, call, name_slip

Array = np.ndarray


def _softmax_paper(answer: object) -> str:
    p = np.array([[0.25, 0.5, 0.25]])
    right = p - [[0, 1, 0]]
    slips = {
        "that is softmax(z3); onehot(y) is still to be subtracted.": p,
        "the sign: softmax(z3) − onehot(y).": -right,
        "y = 1 is the second class, since classes count from 0.": p - [[1, 0, 0]],
        "y = 1 is the second class, not the last.": p - [[0, 0, 1]],
        "onehot was subtracted from the logits; they must pass through softmax first.": np.log(
            [[1, 2, 1]]
        )
        - [[0, 1, 0]],
        "the exponentials are not divided by their sum.": np.array([[1.0, 1.0, 1.0]]),
        "1 was subtracted from every probability.": p - 1,
        "one pair of brackets is missing: shape (3,) instead of (1, 3).": right[0],
    }
    name_slip(answer, right, slips)
    return "The probabilities are ¼, ½, ¼; the right class gets −1."


q1 = Question(
    "Exercise 6.1",
    "delta3_on_paper",
    _softmax_paper,
    hints=[
        "The exponentials of the logits are 1, 2 and 1. Divide by their sum.",
        "Subtract 1 from the probability of the right class, which is the second.",
    ],
    solution="delta3_on_paper = np.array([[0.25, -0.5, 0.25]])",
)


def _classes(answer: Callable[..., Array]) -> str:
    rng = np.random.default_rng(6)
    whole_rows = "1 was subtracted in whole rows; in row b the right class is at [b, y[b]]."
    for B, K in ((4, 4), (1, 3), (5, 2)):
        z3, y = rng.normal(size=(B, K)), rng.integers(0, K, size=B)
        onehot = np.eye(K)[y]
        e = np.exp(z3)
        p = e / e.sum(axis=1, keepdims=True)
        slips = {
            "that is softmax(z3); onehot(y) is still to be subtracted.": p,
            "the sign: softmax(z3) − onehot(y).": onehot - p,
            "the logits were not passed through softmax.": z3 - onehot,
            "the logits were not passed through softmax, and y is the number of the class, not "
            "onehot(y).": z3 - np.reshape(y, (-1, 1)),
            "keepdims=True is missing in the sum, so the rows were divided by each other's sums.": (
                e / e.sum(axis=1) - onehot if B == K else np.array([])
            ),
            "the softmax was divided by one sum of all rows; each row has its own: axis=1, "
            "keepdims=True.": e / e.sum() - onehot,
            "the exponentials are not divided by their sum.": e - onehot,
            "the mean over the examples is not taken here: row b of δ3 belongs to example b.": (
                (p - onehot) / B
            ),
            "1 was subtracted from every entry, not only at the right class.": p - 1,
            "y is the number of the class. Subtract 1 at that place, not y itself.": (
                p - np.reshape(y, (-1, 1))
            ),
            whole_rows: p - np.isin(np.arange(B), y)[:, None],
            "1 was subtracted in the columns of all labels in every row; each row has one 1, at "
            "its own label: [np.arange(B), y].": p - np.eye(K)[y].max(axis=0),
            "the sum was taken down the columns, over the examples: use axis=1.": (
                e / e.sum(axis=0) - onehot
            ),
        }
        right = p - onehot
        try:
            result = call(answer, z3=z3, y=y)
        except IndexError as error:
            raise Wrong(
                f"an index is out of range; in row b the right class is at [b, y[b]]. ({error})"
            ) from None
        name_slip(result, right, slips)
    return "It holds for one example and for several."


q2 = Question(
    "Exercise 6.2",
    "delta3_of_classes",
    _classes,
    hints=[
        "First p = e / e.sum(axis=1, keepdims=True) with e = np.exp(z3).",
        "Subtract 1 from the entry of the right class, in each row.",
        "In a loop over b: p[b, y[b]] -= 1. Without a loop: p[np.arange(len(y)), y] -= 1.",
    ],
    solution="""
def delta3_of_classes(z3, y):
    e = np.exp(z3)
    delta3 = e / e.sum(axis=1, keepdims=True)
    delta3[np.arange(len(y)), y] -= 1
    return delta3
""",
)


def _no_idea(answer: float) -> str:
    slips = {
        "that is the probability of each class; the loss is minus its logarithm.": 1 / 4,
        "the sign: the loss is minus the logarithm of the probability.": np.log(1 / 4),
        "that is the logarithm to base 10; here log is the natural one, np.log.": np.log10(4),
        "that is the logarithm to base 2; here log is the natural one, np.log.": np.log2(4),
        "the logarithm is still to be taken.": 4,
        "the loss is 0 only if the right class gets the probability 1.": 0,
        "that is for two classes; here are four.": np.log(2),
        "that is the logarithm of another probability: 1 − ¼ goes to the wrong classes.": (
            -np.log(3 / 4)
        ),
    }
    name_slip(answer, np.log(4), slips)
    return "Each class gets ¼, so the loss is −log ¼ = log 4, about 1.386: that of no idea at all."


q3 = Question(
    "Exercise 6.3",
    "loss_without_an_idea",
    _no_idea,
    hints=[
        "Equal logits have equal exponentials. Which probability does each class get?",
        "The loss is −log of the probability of the right class, which is ¼.",
    ],
    solution="loss_without_an_idea = np.log(4)",
)
