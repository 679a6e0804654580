"""The questions of lesson 02: the squared error, partial derivatives, a small change."""

from collections.abc import Callable

import numpy as np

from course_exercises.question import Question, Wrong, attempted, name_slip


def _squared_error(answer: float) -> str:
    if np.shape(answer) == (2,):
        raise Wrong("that is one number for each output; add them up and take half.")
    slips = {
        "the half is missing.": 34.0,
        "the differences were added without squaring them.": -2.0,
        "the differences were added without squaring them, and halved.": -1.0,
        "the absolute differences were added instead of the squares.": 8.0,
        "half the sum of the absolute differences; they are to be squared.": 4.0,
        "the sum was squared; square each difference first, then add up.": 2.0,
        "−2 − 3 is −5, not 1: mind the sign of the second output.": 5.0,
        "that is the root of the sum of the squares.": float(np.sqrt(34)),
        "divided by 4: the ½ is no mean over the two outputs, it is all.": 8.5,
    }
    name_slip(answer, 17.0, slips)
    return "½ (3² + (−5)²) = 17."


q1 = Question(
    "Exercise 2.1",
    "squared_error_on_paper",
    _squared_error,
    hints=["The two differences are 4 − 1 and −2 − 3.", "Square each, add up, take half."],
    solution="squared_error_on_paper = 0.5 * ((4 - 1) ** 2 + (-2 - 3) ** 2)",
)


def _expected(answer: float) -> str:
    slips = {
        "the sign: the derivative is negative, so the loss falls when w grows.": 3.1,
        "that is the change alone; add it to the loss.": -0.1,
        "the derivative was added as it is; multiply it by the change of w.": 1.0,
        "the derivative is to be multiplied by 0.05, not divided.": 3.0 - 2 / 0.05,
        "the change of w was added to the loss.": 3.05,
        "the change of w was subtracted from the loss; multiply it by the derivative.": 2.95,
    }
    name_slip(answer, 2.9, slips)
    return "3.0 + (−2) · 0.05 = 2.9."


q2 = Question(
    "Exercise 2.2",
    "expected_loss",
    _expected,
    hints=["The loss changes by derivative times change.", "(−2) · 0.05 = −0.1."],
    solution="expected_loss = 3.0 + (-2) * 0.05",
)


def _what_to_do(answer: list[str]) -> str:
    answer = answer.tolist() if isinstance(answer, np.ndarray) else answer
    if not isinstance(answer, (list, tuple)):
        raise Wrong('give a list of three words, as in ["raise", "raise", "raise"].')
    words = [str(word).strip().lower() for word in answer]
    if len(words) != 3 or not set(words) <= {"raise", "lower", "leave"}:
        raise Wrong('three words are wanted, each "raise", "lower" or "leave".')
    if words == ["raise", "lower", "leave"]:
        return "Against the derivative; and where it is 0, a small change does nothing."
    if words == ["lower", "raise", "leave"]:
        raise Wrong("that makes the loss grow: each weight was moved along its derivative.")
    if words[2] != "leave":
        raise Wrong("a derivative of 0 says that a small change of this weight does nothing.")
    if words[0] == words[1]:
        raise Wrong("the signs of the first two derivatives differ, so the answers differ too.")
    raise Wrong("a derivative that is not 0 calls for a change of its weight.")


q3 = Question(
    "Exercise 2.3",
    "what_to_do",
    _what_to_do,
    hints=[
        "The derivative −2 says: if the weight grows, the loss falls.",
        "Move each weight against the sign of its derivative.",
    ],
    solution='what_to_do = ["raise", "lower", "leave"]',
)


def _slope(answer: Callable[..., float]) -> str:
    if not callable(answer):
        raise Wrong("slope should be a function.")
    for f, w, eps in ((lambda w: w**3 - w, -1.2, 0.02), (np.exp, 0.3, 0.01)):
        up, here, down = f(w + eps), f(w), f(w - eps)
        slips = {
            "only one side: it uses f(w + ε) and f(w), and is less exact.": (up - here) / eps,
            "only one side: it uses f(w) and f(w − ε), and is less exact.": (here - down) / eps,
            "the distance between the two places is 2ε, not ε.": (up - down) / eps,
            "that is the difference alone; divide it by 2ε.": up - down,
            "it was divided by 2, not by 2ε.": (up - down) / 2,
            "that is f(w) itself, a value and not a slope.": here,
            "use the eps that the function receives, not one of your own.": (
                (f(w + 1e-5) - f(w - 1e-5)) / 2e-5
            ),
            "the sign: f(w + ε) comes first.": (down - up) / (2 * eps),
            "brackets are missing: the whole difference is divided by (2 * eps).": (
                up - down / (2 * eps)
            ),
            "brackets are missing: / 2 * eps divides by 2 and then multiplies by ε.": (
                (up - down) / 2 * eps
            ),
        }
        name_slip(attempted(answer(f, w, eps)), (up - down) / (2 * eps), slips)
    return "It fits eˣ and w³ − w."


q4 = Question(
    "Exercise 2.4",
    "slope",
    _slope,
    hints=[
        "You need f at two places: w + eps and w - eps.",
        "The two places lie 2 * eps apart. Mind the brackets.",
    ],
    solution="""
def slope(f, w, eps=1e-5):
    return (f(w + eps) - f(w - eps)) / (2 * eps)
""",
)


def _shape(answer: tuple[int, int]) -> str:
    slips = {
        "the axes are exchanged; it is the shape of W2, not of its transpose.": (3, 4),
        "that is the shape of W1.": (5, 4),
        "that is the shape of W3.": (3, 2),
        "that is the number of the entries; two numbers are wanted.": 12,
        "that is the shape of z2. There is one derivative for each weight of W2.": (1, 3),
    }
    name_slip(answer, (4, 3), slips)
    return "One derivative for each weight, so the shape of W2: (H1, H2)."


q5 = Question(
    "Exercise 2.5",
    "shape_of_dW2",
    _shape,
    hints=["There is one partial derivative for each weight of W2.", "W2 has shape (H1, H2)."],
    solution="shape_of_dW2 = (4, 3)",
)
