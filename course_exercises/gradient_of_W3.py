"""The questions of lesson 03: one path, several paths, ∂L/∂W3."""

from collections.abc import Callable

import numpy as np

from course_exercises.question import Question, Wrong, call, choice, name_slip


def _derivative(answer: float) -> str:
    slips = {
        "that is dL/dz = z − y. One more factor is missing: dz/dw = h.": 2.0,
        "that is dL/dh: it has the factor w. For dL/dw the factor is h.": 4.0,
        "the sign: dL/dz is z − y, not y − z.": -6.0,
        "a factor 2: the ½ cancels the 2 of the square.": 12.0,
        "a factor ½: the 2 of the square is missing.": 3.0,
        "that is the factor dz/dw + dL/dz; along a path factors are multiplied.": 5.0,
        "the y is missing: that is z times h.": 18.0,
    }
    name_slip(answer, 6.0, slips)
    return "(z − y) · h = (6 − 4) · 3 = 6."


q1 = Question(
    "Exercise 3.1",
    "derivative",
    _derivative,
    hints=["First z = 3 · 2 = 6. Then dL/dz = z − y.", "Multiply dL/dz by dz/dw, which is h."],
    solution="derivative = (3 * 2 - 4) * 3",
)


def _paths(answer: float) -> str:
    if np.shape(answer) in ((3,), (1, 3)):
        raise Wrong("those are three numbers, one for each path; add them up.")
    slips = {
        "that is δ3 summed; each path has its weight as a second factor.": 3.0,
        "only the first path was taken.": 2.0,
        "only the second path was taken.": 3.0,
        "only the last path was taken.": 20.0,
        "the last path is missing.": 5.0,
        "the second path is missing.": 22.0,
        "the first path is missing.": 23.0,
        "the second path has the wrong sign: (−3) · (−1) is 3.": 19.0,
        "the second entry of δ3 is −1 − 2 = −3, not 1.": 21.0,
        "the last entry of δ3 is 4 − (−1) = 5, not 3.": 17.0,
        "the products were multiplied; over all paths they are added.": 120.0,
        "the sign: δ3 is z3 − y.": -25.0,
        "y is missing: δ3 is z3 − y, not z3.": 21.0,
        "that is the mean of the paths; they are added.": 25 / 3,
        "a factor 2: the ½ cancels the 2 of the square.": 50.0,
    }
    name_slip(answer, 25.0, slips)
    return "1 · 2 + (−3) · (−1) + 5 · 4 = 25."


q2 = Question(
    "Exercise 3.2",
    "dL_dh",
    _paths,
    hints=[
        "δ3 = z3 − y = (1, −3, 5).",
        "There are three paths. Each gives δ3,k times its weight; add them.",
    ],
    solution="dL_dh = 1 * 2 + (-3) * (-1) + 5 * 4",
)


def _outer(answer: object) -> str:
    right = np.array([[3.0, 0.0, -1.0], [6.0, 0.0, -2.0]])
    slips = {
        "that is the transpose: row j belongs to h2, column k to δ3.": right.T,
        "the minus of −1 was lost.": np.abs(right),
        "h2 and δ3 were added instead of multiplied.": np.array([[4.0, 1.0, 0.0], [5.0, 2.0, 1.0]]),
        "the second row should be 2 times δ3.": np.array([[3.0, 0.0, -1.0], [3.0, 0.0, -1.0]]),
    }
    name_slip(answer, right, slips)
    return "The first row is 1 · δ3, the second 2 · δ3."


q3 = Question(
    "Exercise 3.3",
    "dW3_on_paper",
    _outer,
    hints=[
        "W3 has one row for each entry of h2, and one column for each entry of δ3: (2, 3).",
        "Entry (j, k) is h2[j] times δ3[k].",
    ],
    solution="dW3_on_paper = np.array([[3, 0, -1], [6, 0, -2]])",
)

q4 = Question(
    "Exercise 3.4",
    "what_is_zero",
    choice(
        "a",
        "Nothing came in at these weights, so a small change of them does nothing.",
        {
            "b": "row j of W3 holds the weights that leave unit j; column j holds those that lead "
            "to output j.",
            "c": "δ3 = z3 − y depends on the outputs, and the other units still feed them.",
        },
    ),
    hints=[
        "Entry (j, k) of the gradient is h2,j times δ3,k. Which entries contain h2,j?",
        "For one j and every k: is that a row or a column?",
    ],
    solution='what_is_zero = "a"',
)


def _gradient(answer: Callable[..., np.ndarray]) -> str:
    rng = np.random.default_rng(3)
    for B, H2, K in ((1, 3, 3), (3, 4, 2), (6, 2, 5)):
        h2, z3, y = rng.uniform(0, 1, (B, H2)), rng.normal(size=(B, K)), rng.normal(size=(B, K))
        right = h2.T @ (z3 - y)
        slips = {
            "that is the transpose: h2ᵀ stands on the left.": right.T,
            "the sign: δ3 is z3 − y.": -right,
            "a factor 2: the ½ of the loss cancels it.": 2 * right,
            "half the gradient: a factor ½.": right / 2,
            "y is missing: δ3 is z3 − y.": h2.T @ z3,
            "z3 has no activation, so there is no f′ in δ3.": h2.T @ ((z3 - y) * z3 * (1 - z3)),
            "that is the mean over the examples; here the sum is wanted.": right / B,
            "that is δ3 alone; h2ᵀ is missing.": z3 - y,
            "the square was not differentiated: δ3 is z3 − y, not ½ (z3 − y)².": h2.T
            @ (0.5 * (z3 - y) ** 2),
        }
        if H2 == K:  # only then does it give no error
            slips["entry by entry instead of a matrix product."] = h2 * (z3 - y)
        result = call(answer, h2=h2, z3=z3, y=y)
        name_slip(result, right, slips)
    return "It holds for three networks, for one example and for several."


q5 = Question(
    "Exercise 3.5",
    "gradient_of_W3",
    _gradient,
    hints=["First δ3 = z3 − y.", "Then (3.7): h2.T @ delta3."],
    solution="""
def gradient_of_W3(h2, z3, y):
    delta3 = z3 - y
    return h2.T @ delta3
""",
)
