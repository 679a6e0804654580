"""The questions of the further lesson on bias and initialisation.

The gradient of a bias, what needs a bias, He's rule.
"""

from collections.abc import Callable

import numpy as np

from course_exercises.question import Question, choice, name_slip


def _bias(rows: list[list[int]]) -> Callable[[object], str]:
    """The judge of the gradient of b1, for the rows of δ1."""
    delta = np.array(rows, dtype=float)
    mean = delta.mean(axis=0, keepdims=True)
    slips = {
        "that is the sum; the gradient of J is the mean over the 3 examples.": 3 * mean,
        "one pair of brackets is missing: b1 is a row, (1, 2).": mean[0],
        "the sum, and one pair of brackets is missing: b1 is a row, (1, 2).": 3 * mean[0],
        "that is a column; b1 is a row, (1, 2).": mean.T,
        "the mean was taken over the units; the examples are the rows.": delta.mean(axis=1),
        "the mean was taken over the units, as a column; the examples are the rows.": (
            delta.mean(axis=1, keepdims=True)
        ),
        "the mean was taken over the units, as a row; the examples are the rows.": (
            delta.mean(axis=1, keepdims=True).T
        ),
        "divided by the 2 units; there are 3 examples.": 1.5 * mean,
        "the sign: the bias is added with factor 1.": -mean,
        "that is the last example; take the mean of all 3.": delta[-1:],
        "that is the largest entry of each column; take the mean of all 3.": (
            delta.max(axis=0, keepdims=True)
        ),
        "that is the first example; take the mean of all 3.": delta[:1],
        "that is the median of each column; the mean is the sum divided by 3.": (
            np.median(delta, axis=0, keepdims=True)
        ),
        "the 0 was left out; it counts as an example.": delta.sum(axis=0, keepdims=True)
        / (delta != 0).sum(axis=0),
        "that is the first example, and one pair of brackets is missing.": delta[0],
        "that is the last example, and one pair of brackets is missing.": delta[-1],
        "divided by 6, the number of all entries; there are 3 examples.": mean / 2,
        "divided by 3 twice.": mean / 3,
        "only the last example, divided by 3. In a loop, = overwrites what was there.": (
            delta[-1:] / 3
        ),
        "each example's share is there; add them up.": delta / 3,
        "the mean stands there for each example; b1 has one row.": np.tile(mean, (3, 1)),
        "the two units are exchanged.": mean[:, ::-1],
        "the entries were multiplied; the mean adds them up.": delta.prod(axis=0, keepdims=True),
        "that is the sum over the units; the examples are the rows.": delta.sum(
            axis=1, keepdims=True
        ),
        f"the minus of −{-delta.min():g} was lost.": np.abs(delta).mean(axis=0, keepdims=True),
        "one number for all; each unit has its own bias.": delta.mean(),
        "that is the gradient for each example; take the mean over the examples.": delta,
    }

    def judge(answer: object) -> str:
        name_slip(answer, mean, slips)
        return (
            "What arrives at z1 is the gradient of the bias, and J is the mean over the examples."
        )

    return judge


_ADD_UP = "The mean over the examples: add up the rows of δ1, and divide by their number."

q1 = Question(
    "Exercise B.1",
    "gradient_of_b1",
    _bias([[5, 2], [0, -7], [4, 8]]),
    hints=[
        _ADD_UP,
        "Column by column: (5 + 0 + 4) / 3 and (2 − 7 + 8) / 3. The result is a row, (1, 2).",
    ],
    solution="gradient_of_b1 = np.array([[3.0, 1.0]])",
)

# For notebooks that were handed out before: there the first row is also the median of each column,
# and the last one holds the largest entries.
earlier_q1 = Question(
    "Exercise B.1",
    "gradient_of_b1",
    _bias([[3, 1], [0, -4], [3, 6]]),
    hints=[
        _ADD_UP,
        "Column by column: (3 + 0 + 3) / 3 and (1 − 4 + 6) / 3. The result is a row, (1, 2).",
    ],
    solution="gradient_of_b1 = np.array([[2.0, 1.0]])",
)

q2 = Question(
    "Exercise B.2",
    "cannot_be_learned",
    choice(
        "b",
        "x and −x are equally far from the origin, so they have the same label, but logits of "
        "opposite sign.",
        {
            "a": "if x changes its sign, so does x₁, and the label changes: odd, like the network.",
            "c": "if x changes its sign, so does x₁ + x₂, and the label changes: odd, like the "
            "network.",
            "d": "turned by half a circle, each moon lies on the other, so −x has the other label; "
            "the lesson on SGD learned them without bias.",
        },
    ),
    hints=[
        "The logits of −x are minus those of x. So what must be true of the labels of x and −x?",
        "In which of the four do x and −x have the same label?",
    ],
    solution='cannot_be_learned = "b"',
)


def _he(answer: float) -> str:
    slips = {
        "that is the variance; the standard deviation is its root.": 2 / 50,
        "20 is the number of columns; the rule has the rows, what comes in to each unit.": np.sqrt(
            2 / 20
        ),
        "the 2 is missing: ReLU throws half away.": np.sqrt(1 / 50),
        "that is Glorot's standard deviation.": np.sqrt(2 / 70),
        "a standard deviation is never below 0.": -np.sqrt(2 / 50),
        "20 is the number of columns, and the 2 is missing; the rule has the rows.": np.sqrt(
            1 / 20
        ),
        "that is the variance without the 2; the standard deviation is √(2 / rows).": 1 / 50,
        "that is the limit of Glorot's uniform weights.": np.sqrt(6 / 70),
        "2 / √50: the 2 stands under the root too.": 2 / np.sqrt(50),
        "√2 / 50: the 50 stands under the root too.": np.sqrt(2) / 50,
        "upside down: 2 / rows under the root.": np.sqrt(50 / 2),
        "the rule has the rows alone, not rows times columns.": np.sqrt(2 / 1000),
        "that is the limit of uniform weights with He's variance; the deviation is √(2 / rows).": (
            np.sqrt(6 / 50)
        ),
        "20 is the number of columns, and that is a variance; take √(2 / rows).": 2 / 20,
        "upside down, and the 2 is missing: √(2 / rows).": np.sqrt(50),
        "rows and columns were added up; He's rule has the rows alone.": np.sqrt(1 / 70),
        "the mean of rows and columns is Glorot's; He's rule has the rows alone.": np.sqrt(2 / 35),
    }
    name_slip(answer, np.sqrt(2 / 50), slips)
    return "√(2 / 50) = 0.2."


q3 = Question(
    "Exercise B.3",
    "standard_deviation",
    _he,
    hints=["He's rule: √(2 / rows). How many numbers come in to each unit?", "50 rows: √(2 / 50)."],
    solution="standard_deviation = np.sqrt(2 / 50)",
)
