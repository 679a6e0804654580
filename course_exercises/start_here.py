"""The questions of lesson 00: one to try how it goes, and three about what the course needs."""

import numpy as np

from course_exercises.question import Question, name_slip


def _entries(answer: int) -> str:
    slips = {
        "2 + 3 = 5 adds the sides; a matrix has rows times columns.": 5,
        "2 is the number of rows alone.": 2,
        "3 is the number of columns alone.": 3,
        "that is the shape. How many numbers are that?": (2, 3),
        "2³ = 8 is a power; a matrix has rows times columns.": 8,
        "3² = 9 is a power; a matrix has rows times columns.": 9,
    }
    name_slip(answer, 6, slips)
    return "2 rows with 3 entries each."


q1 = Question(
    "Exercise 0.1",
    "entries",
    _entries,
    hints=["A matrix of shape (2, 3) has 2 rows.", "Each of the 2 rows has 3 entries."],
    solution="entries = 2 * 3",
)


def _index_sum(answer: float) -> str:
    a, M = np.array([2, -1, 4]), np.array([[1, 3], [2, 5], [2, -6]])
    terms = a * M[:, 1]
    slips = {
        "those are the three products; Σ adds them up.": terms,
        "that is the other column. Python counts from 0, so the column with the number 1 is the "
        "second.": a @ M[:, 0],
        "that is the sum for both columns, one after the other; the column is 1.": a @ M,
        "only the column with the number 1 is wanted, not the sum over both.": (a @ M).sum(),
        "the column was added up without the factors a.": M[:, 1].sum(),
        "that is the first term alone; add up all three.": terms[0],
        "that is the term i = 1 alone; i goes from 0 to 2.": terms[1],
        "that is the last term alone; add up all three.": terms[2],
        "the first term is missing: i begins with 0.": terms[1:].sum(),
        "the last term is missing: i goes from 0 to 2.": terms[:2].sum(),
        "the term in the middle is missing.": terms[0] + terms[2],
        "each sum was taken first, and then the product. Multiply first, entry by entry.": (
            a.sum() * M[:, 1].sum()
        ),
        "the three products were multiplied; Σ adds them up.": terms.prod(),
        "that is the mean of the three products; Σ adds them up.": terms.mean(),
        "the minus of −6 was lost.": a @ np.abs(M[:, 1]),
        "the minus of −1 was lost.": np.abs(a) @ M[:, 1],
        "both minus signs were lost.": np.abs(a) @ np.abs(M[:, 1]),
        "the sign: 6 − 5 − 24 is below 0.": -terms.sum(),
        "that is row 1, with the first two of a. The index i, over which Σ goes, counts rows.": (
            a[:2] @ M[1]
        ),
        "that is row 1 times a_1. The index i, over which Σ goes, counts the rows.": (
            a[1] * M[1].sum()
        ),
    }
    name_slip(answer, terms.sum(), slips)
    return "2 · 3 + (−1) · 5 + 4 · (−6) = −23."


q2 = Question(
    "Exercise 0.2",
    "index_sum",
    _index_sum,
    hints=[
        "Write it out: a_0 M_01 + a_1 M_11 + a_2 M_21.",
        "Counted from 0, column 1 is the second one: 3, 5, −6.",
    ],
    solution="index_sum = 2 * 3 + (-1) * 5 + 4 * (-6)",
)


def _derivative(answer: float) -> str:
    slips = {
        "the inner derivative is missing: 3w − 1 grows three times as fast as w.": 10,
        "that is the inner derivative alone.": 3,
        "that is the value, not the derivative.": 25,
        "that is the inside, 3w − 1, and no derivative.": 5,
        "the 2 of the square is missing.": 15,
        "the −1 was lost: the inside is 3 · 2 − 1.": 36,
        "that is the derivative of 3w², in which neither the 3 is squared nor the −1 there.": 12,
        "that is the derivative at w = 1; here w = 2.": 12,
        "(3w − 1)² is not 9w² − 1.": 36,
        "the inside is 3 · 2 − 1 = 5, and not 3 · (2 − 1).": 18,
        "the inner derivative is 3, and not 3w.": 60,
        "the inner derivative is 3; here it is squared, and the 2 of the square is missing.": 45,
        "the inner derivative is 3; here it is squared.": 90,
        "that is 2 · 3: the inside, 3w − 1 = 5, is a factor too.": 6,
        "in (3w − 1)² = 9w² − 6w + 1 the sign of 6w is a minus.": 42,
        "the square is differentiated: its derivative is twice the inside, not its square.": 75,
        "the sign: the inside is above 0 and grows, so its square grows too.": -30,
    }
    name_slip(answer, 30, slips)
    return "2 (3w − 1) · 3, and 3 · 2 − 1 = 5: outer derivative times inner derivative."


q3 = Question(
    "Exercise 0.3",
    "derivative",
    _derivative,
    hints=[
        "Two steps: u = 3w − 1, and then u². What is the derivative of each?",
        "The outer derivative is 2u, taken at u = 5; the inner one is 3.",
    ],
    solution="derivative = 2 * (3 * 2 - 1) * 3",
)


def _shape(answer: tuple[int, int]) -> str:
    slips = {
        "the axes are exchanged; A has the rows of the product.": (4, 2),
        "the inner numbers vanish; the outer ones stay.": (3, 3),
        "that is A.": (2, 3),
        "that is B.": (4, 3),
        "that is Bᵀ.": (3, 4),
        "the number in the middle vanishes.": (2, 3, 4),
        "all four numbers are there; the two inner ones vanish.": (2, 3, 3, 4),
        "the shapes were multiplied; the inner numbers vanish and the outer ones stay.": (8, 9),
        "that is the shape of Bᵀ A, if it had one: the inner numbers would be 4 and 2.": (3, 2),
        "that is the number of entries; two numbers are wanted.": 8,
    }
    name_slip(answer, (2, 4), slips)
    return "(2, 3) times (3, 4): the inner numbers agree and vanish."


q4 = Question(
    "Exercise 0.4",
    "shape_of_product",
    _shape,
    hints=["Bᵀ has the rows of B as columns: its shape is (3, 4).", "(2, 3) (3, 4)"],
    solution="shape_of_product = (2, 4)",
)
