"""The questions of lesson 02: what a nudge does, the squared error, a small change."""

from collections.abc import Callable
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.cases import Case, try_cases
from course_exercises.prediction import Prediction
from course_exercises.question import Question, Wrong, name_slip
from course_exercises.recall.blocks import block

RAISED = 0.01  # by so much the lesson raises a weight first,
NUDGED = 0.0001  # and this is the last and smallest of its nudges
Y = (1.0, 0.0)  # the right answer of the lesson's example


def _changes(places: list[tuple[int, int]], raised: float, y: tuple[float, float]) -> np.ndarray:
    """How the loss of the lesson's example changes if one weight of W3 is raised, for each place.

    Args:
        places: of the weights, each by its row and column.
        y: the right answer.
    """
    rng = np.random.default_rng(4)
    model = nn.two_hidden_layer_network(2, 3, 2, 2, activation="sigmoid", loss="squared_error")
    for W in model.graph.parameters:
        W.value = rng.normal(size=W.value.shape)
    data = {"x": np.array([[0.5, -1.0]]), "y": np.array([y])}
    before, W3 = nn.evaluate(model.loss, data).loss, model.W3.value
    changes = []
    for place in places:
        nudged = W3.copy()
        nudged[place] += raised
        model.W3.value = nudged
        changes.append(nn.evaluate(model.loss, data).loss - before)
    return np.array(changes)


FROM_UNIT_1 = [(1, 0), (1, 1)]  # one weight to each output
BOTH = {
    (True, True): "both rise",
    (False, False): "both fall",
    (True, False): "rises, falls",
    (False, True): "falls, rises",
}


def _turned(changes: np.ndarray) -> str:
    """Which of two changes has another sign than with the right answer of the lesson."""
    first, second = np.sign(changes) != np.sign(_changes(FROM_UNIT_1, RAISED, Y))
    return {(False, False): "neither", (True, True): "both"}.get(
        (first, second), "the first" if first else "the second"
    )


p1 = Prediction(
    "Prediction 2.1",
    choices=(*BOTH.values(), "cannot be known"),
    came=lambda: _changes(FROM_UNIT_1, RAISED, Y),
    reads=lambda changes: BOTH[tuple(bool(change > 0) for change in changes)],
    why="A large weight is easily taken for a large loss: then raising it seems to do harm. But a "
    "weight of W3 acts on the loss through one output alone. What came in, h2[1] = 0.79, is above "
    "0, so that output rises with the weight. Output 0 is −1.1 and should be 1: it is too small, "
    "and rising brings it nearer. Output 1 is 1.9 and should be 0: rising takes it further away. "
    "So both signs can be known before anything is computed.",
    again=Prediction(
        "Prediction 2.1, second case",
        choices=("neither", "the first", "the second", "both"),
        came=lambda: _changes(FROM_UNIT_1, RAISED, (-3.0, 0.0)),
        reads=_turned,
        asks="Let the right answer be (−3, 0), with all weights as before. Which of the two "
        "changes has another sign then than before? What comes is "
        "`[change_of_loss((1, k), 0.01, y=[[-3, 0]]) for k in (0, 1)]`.",
        why="The second weight leads to output 1 alone, and nothing has changed there: 1.9, and "
        "it should be 0. Output 0 is still −1.1, but that is too large now, where −3 is right. No "
        "weight has changed, and one sign has turned: it depends on the output and on what is "
        "right.",
    ),
)

TO_OUTPUT_0 = [(0, 0), (1, 0)]  # one weight from each unit


def _stronger(places: list[tuple[int, int]], quotients: np.ndarray) -> str:
    """The name of the weight on which the loss depends more strongly."""
    first, second = np.abs(quotients)
    if np.isclose(first, second, 1e-3):
        return "equally"
    return f"W3{[*places[int(second > first)]]}"


p2 = Prediction(
    "Prediction 2.2",
    choices=("W3[0, 0]", "W3[1, 0]", "equally"),
    came=lambda: _changes(TO_OUTPUT_0, NUDGED, Y) / NUDGED,
    reads=lambda quotients: _stronger(TO_OUTPUT_0, quotients),
    why="Both weights lead to output 0, so from there on the way to the loss is the same, and "
    "“equally” seems right. What differs is what comes in at them: 0.2087 at `W3[0, 0]` and 0.7924 "
    "at `W3[1, 0]`, which is 3.8 times as much. How large the weights themselves are, 0.3166 and "
    "−1.4931, does not matter for this: who chose by that was right by luck, as the next case "
    "shows.",
    again=Prediction(
        "Prediction 2.2, second case",
        choices=("W3[1, 0]", "W3[1, 1]", "equally"),
        came=lambda: _changes(FROM_UNIT_1, NUDGED, Y) / NUDGED,
        reads=lambda quotients: _stronger(FROM_UNIT_1, quotients),
        asks="`W3[1, 0]` is −1.4931 and `W3[1, 1]` is 2.2527. On which of these two does the loss "
        "depend more strongly? What comes is "
        "`[change_of_loss((1, k), 0.0001) / 0.0001 for k in (0, 1)]`.",
        why="`W3[1, 1]` is the larger weight, and that does not matter. The same comes in at both, "
        "0.7924. But output 0 is wrong by 2.1171, and output 1 by 1.8916 only.",
    ),
)


def _squared_error(outputs: list[int], answers: list[int], text: str) -> Callable[[object], str]:
    """The judge of the squared error of one example on paper.

    Args:
        text: the calculation, for somebody who has it right.
    """
    z3, y = np.array(outputs, dtype=float), np.array(answers, dtype=float)
    d = z3 - y
    right = (d**2).sum() / 2
    plus = z3 + y
    slips = {
        "the half is missing.": (d**2).sum(),
        "the differences were added without squaring them.": d.sum(),
        "the differences were added without squaring them, and halved.": d.sum() / 2,
        "the absolute differences were added instead of the squares.": np.abs(d).sum(),
        "half the sum of the absolute differences; they are to be squared.": np.abs(d).sum() / 2,
        "the sum was squared; square each difference first, then add up.": d.sum() ** 2 / 2,
        "the sum was squared, and the half is missing; square each difference first.": d.sum() ** 2,
        "−2 − 3 is −5, not 1: mind the sign of the second output.": ((d**2).sum() - d[1] ** 2 + 1)
        / 2,
        "the outputs and the answers were added; their difference is wanted.": (plus**2).sum() / 2,
        "a square is never negative: (−5)² = 25.": (np.abs(d) * d).sum() / 2,
        "(−5)² is 25, and not −25: no square is negative.": (
            d[0] ** 2 - d[1] ** 2 + (d[2:] ** 2).sum()
        )
        / 2,
        "(−5)² is 25, and not −25: no square is negative. And the half is missing.": (
            d[0] ** 2 - d[1] ** 2 + (d[2:] ** 2).sum()
        ),
        "no square is negative, nor is half of their sum.": -right,
        "the half is missing, and the sign: no square is negative.": -2 * right,
        "those are z3 + y; the differences are wanted.": plus,
        "that is the root of the sum of the squares.": np.sqrt((d**2).sum()),
        "the root is too much: half of the sum of the squares is all.": np.sqrt(right),
        "the square of the output minus the square of the answer; take the difference first.": (
            (z3**2).sum() - (y**2).sum()
        )
        / 2,
        "divided by 4: it is half of the squares, not the squares of the halves, and no mean.": (
            right / 2
        ),
        "that is the half for the first output alone; add up over all.": d[0] ** 2 / 2,
        "that is the half for the last output alone; add up over all.": d[-1] ** 2 / 2,
        "that is the half for the second output alone; add up over all.": d[1] ** 2 / 2,
        "that is the sum of the squares of the outputs; the answers are to be subtracted.": (
            (z3**2).sum()
        ),
        "that is half of the squares of the outputs; the answers are to be subtracted.": (
            (z3**2).sum() / 2
        ),
        "those are the differences. Square each, add up, and take half.": d,
        "those are the differences. Square each, add up, and take half. (y − z3 does it too.)": -d,
        "those are the squares, one for each output; add them up and take half.": d**2,
        "that is half of the square of each output; add them up.": d**2 / 2,
        "the differences were halved and not squared: square each, add up, and take half.": d / 2,
    }
    if d.size > 2:  # with two outputs the mean is the half
        slips |= {
            f"divided by {d.size}: that is the mean over the outputs; the ½ is not.": (d**2).mean(),
            "half of the mean over the outputs; half of the sum is wanted.": (d**2).mean() / 2,
            "the last output is missing: add up over all.": (d[:-1] ** 2).sum() / 2,
            "the last output is missing, and the half.": (d[:-1] ** 2).sum(),
        }

    def judge(answer: object) -> str:
        if np.shape(answer) == (1, d.size):
            answer = np.asarray(answer)[0]
        name_slip(answer, right, slips)
        return text

    return judge


_HINT = "Square each, add up, take half."
q1 = Question(
    "Exercise 2.1",
    "squared_error_on_paper",
    _squared_error([4, -2, 1], [1, 3, 3], "½ (3² + (−5)² + (−2)²) = 19."),
    hints=["The three differences are 4 − 1, −2 − 3 and 1 − 3.", _HINT],
    solution="squared_error_on_paper = 0.5 * ((4 - 1) ** 2 + (-2 - 3) ** 2 + (1 - 3) ** 2)",
)
# Of notebooks handed out before. Two outputs: the mean of the squares came out right too.
earlier_q1 = Question(
    "Exercise 2.1",
    "squared_error_on_paper",
    _squared_error([4, -2], [1, 3], "½ (3² + (−5)²) = 17."),
    hints=["The two differences are 4 − 1 and −2 − 3.", _HINT],
    solution="squared_error_on_paper = 0.5 * ((4 - 1) ** 2 + (-2 - 3) ** 2)",
)


def _expected(loss: float, slope: float, change: float, text: str) -> Callable[[object], str]:
    """The judge of the loss after a small change of one weight, by (2.5).

    Args:
        text: the calculation, for somebody who has it right.
    """
    slips = {
        "the sign: the derivative is negative, so the loss falls when w grows.": (
            loss - slope * change
        ),
        "that is the change alone; add it to the loss.": slope * change,
        "that is the size of the change alone; which sign has it, and what is the loss then?": (
            -slope * change
        ),
        "the derivative was added as it is; multiply it by the change of w.": loss + slope,
        "the derivative was subtracted as it is; multiply it by the change of w.": loss - slope,
        "the derivative is to be multiplied by the change of w, not divided.": loss
        + slope / change,
        "the derivative is to be multiplied by the change of w, not divided; and its minus was "
        "lost.": loss - slope / change,
        "the change of w was added to the loss.": loss + change,
        "the change of w was subtracted from the loss; multiply it by the derivative.": (
            loss - change
        ),
        "half of the change; (2.5) has no ½.": loss + slope * change / 2,
        "the change was taken twice.": loss + 2 * slope * change,
        "the square of the derivative tells how far a step against the gradient lowers the loss; "
        "here w is raised by the change that is given.": loss - slope**2 * change,
        "the loss does not change by a share of itself; add derivative times change.": (
            loss * (1 + slope * change)
        ),
        "the loss is added, not multiplied.": loss * slope * change,
        "the loss was multiplied by the change; the derivative is its factor.": loss * change,
        "a share of the loss was subtracted; subtract derivative times change.": (
            loss - loss * change
        ),
        "a share of the loss was added; add derivative times change.": loss + loss * change,
        "that is derivative and change added; the loss changes by their product.": slope + change,
        f"{change} is not {10 * change}: a place of the decimals.": loss + 10 * slope * change,
        f"{change} is not {change / 10}: a place of the decimals.": loss + slope * change / 10,
        "that is derivative times loss; (2.5) has derivative times change.": slope * loss,
        "the loss has not changed at all.": loss,
        "that is the derivative.": slope,
    }

    def judge(answer: object) -> str:
        name_slip(answer, loss + slope * change, slips)
        return text

    return judge


q2 = Question(
    "Exercise 2.2",
    "expected_loss",
    _expected(4.0, -3.0, 0.05, "4.0 + (−3) · 0.05 = 3.85."),
    hints=["The loss changes by derivative times change.", "(−3) · 0.05 = −0.15."],
    solution="expected_loss = 4.0 + (-3) * 0.05",
)
# Of notebooks handed out before: 2.95 is half of the change, and the change of w, too.
earlier_q2 = Question(
    "Exercise 2.2",
    "expected_loss",
    _expected(3.0, -2.0, 0.05, "3.0 + (−2) · 0.05 = 2.9."),
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
        return "Against the derivative; and where it is 0, a small change does hardly anything."
    if words == ["lower", "raise", "leave"]:
        raise Wrong("that makes the loss grow: each weight was moved along its derivative.")
    if words[2] != "leave":
        raise Wrong(
            "a derivative of 0 says that a small change of this weight does hardly anything."
        )
    if words[0] == words[1]:
        raise Wrong("the signs of the first two derivatives differ, so the answers differ too.")
    raise Wrong("a derivative that is not 0 calls for a change of its weight.")


earlier_q3 = Question(
    "Exercise 2.3",
    "what_to_do",
    _what_to_do,
    hints=[
        "The derivative −2 says: if the weight grows, the loss falls.",
        "Move each weight against the sign of its derivative.",
    ],
    solution='what_to_do = ["raise", "lower", "leave"]',
)


_CURVES: list[tuple[Callable[[float], float], float, float]] = [
    (lambda w: w**3 - w, -1.2, 0.02),
    (lambda w: float(np.exp(-w)), 0.3, 0.01),  # it falls
    (lambda w: 40 * w**2 + w**3, 0.7, 0.3),
]
_OTHERS: list[dict[str, Any]] = [
    {"f": lambda w: 9 * w**5, "w": 2.7, "eps": 0.4},
    {"f": lambda w: -30 * w**2, "w": -5.2, "eps": 1.3},
    {"f": lambda w: np.nan, "w": np.nan, "eps": np.nan},
]
_BRACKETS = "brackets are missing: "


def _slope(answer: Callable[..., float]) -> str:
    cases = []
    for f, w, eps in _CURVES:
        up, here, down = f(w + eps), f(w), f(w - eps)
        slips = {
            "only one side: it uses f(w + ε) and f(w), and is less exact.": (up - here) / eps,
            "only one side: it uses f(w) and f(w − ε), and is less exact.": (here - down) / eps,
            "the distance between the two places is 2ε, not ε.": (up - down) / eps,
            "that is the difference alone; divide it by 2ε.": up - down,
            "it was divided by 2, not by 2ε.": (up - down) / 2,
            "that is f(w) itself, a value and not a slope.": here,
            "that is the derivative itself, or the difference with an eps of your own. Use the eps "
            "that the function receives.": ((f(w + 1e-5) - f(w - 1e-5)) / 2e-5),
            "the sign: f(w + ε) comes first.": (down - up) / (2 * eps),
            "the sign was lost: where f falls, the slope is below 0.": abs(up - down) / (2 * eps),
            "0 is what comes out if f is taken at the same place twice.": 0.0,
            "only one side, with 2ε: it uses f(w + ε) and f(w), which lie ε apart.": (
                (up - here) / (2 * eps)
            ),
            "only one side, with 2ε: it uses f(w) and f(w − ε), which lie ε apart.": (
                (here - down) / (2 * eps)
            ),
            "it was divided by ε²; the distance is 2ε.": (up - down) / eps**2,
            "2ε was divided by the difference; it is the other way round.": (
                2 * eps / (up - down) if up != down else np.nan
            ),
            "a number stands where eps belongs, in the division.": (up - down) / 2e-5,
            "a number stands where eps belongs, inside the brackets of f.": (
                (f(w + 1e-5) - f(w - 1e-5)) / (2 * eps)
            ),
            "it was divided by f(w) too; the slope is no share of f.": (
                (up - down) / (2 * eps) / here
            ),
            # up - down / (2 * eps), and so on: what is divided, and by what
            _BRACKETS + "the whole difference is divided by (2 * eps).": up - down / (2 * eps),
            _BRACKETS + "/ 2 * eps divides by 2 and then multiplies by ε.": (up - down) / 2 * eps,
            _BRACKETS + "only f(w − ε) is divided by 2, and it is multiplied by ε. Two pairs are "
            "needed, around the difference and around 2 * eps.": up - down / 2 * eps,
            _BRACKETS + "only f(w − ε) is divided, by ε; and the distance is 2ε.": up - down / eps,
            _BRACKETS + "only f(w) is divided by ε; and it is only one side.": up - here / eps,
            _BRACKETS + "only f(w − ε) is divided, by 2, not by 2ε.": up - down / 2,
            "the two values were added; their difference is wanted.": (up + down) / (2 * eps),
            "that is the mean of the two values, and no slope.": (up + down) / 2,
            "that is the curvature: f(w + ε) − 2 f(w) + f(w − ε), by ε².": (
                (up - 2 * here + down) / eps**2
            ),
            "only one side, with 2ε: it uses f(w + 2ε) and f(w).": (f(w + 2 * eps) - here)
            / (2 * eps),
            "the nudge is eps on each side, so the places lie 2 * eps apart, not eps.": (
                (f(w + eps / 2) - f(w - eps / 2)) / (2 * eps)
            ),
            "the nudge is eps on each side, not half of it.": (
                (f(w + eps / 2) - f(w - eps / 2)) / eps
            ),
            "w was multiplied by (1 + ε) and (1 − ε); ε is to be added and subtracted.": (
                (f(w * (1 + eps)) - f(w * (1 - eps))) / (2 * eps)
            ),
            "it was divided by 2w; the distance between the two places is 2ε.": (
                (up - down) / (2 * w)
            ),
            "it was divided by 2 + ε; the distance is 2 * eps.": (up - down) / (2 + eps),
            "it was divided by 2ε²; the distance is 2ε.": (up - down) / (2 * eps**2),
            "ε was added to the value f(w); it is to be added to w, inside the brackets of f.": 1.0,
            "it was multiplied by 2ε; divide by it.": (up - down) * 2 * eps,
            "that is f(w + ε), a value and not a slope.": up,
            "that is f(w − ε), a value and not a slope.": down,
            "the sign, and only one side: f(w + ε) comes first.": (here - up) / eps,
        }
        arguments = {"f": f, "w": w, "eps": eps}
        cases.append(Case(arguments, (up - down) / (2 * eps), slips))
    try_cases(answer, cases, others=_OTHERS)
    return "It fits w³ − w, e⁻ʷ and 40w² + w³."


# Of notebooks handed out before, like the next; lesson 02 keeps its hour without them.
earlier_q4 = Question(
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
        "that is the number of all weights; two numbers are wanted.": 38,
        "that is W1 transposed.": (4, 5),
        "that is W3 transposed.": (2, 3),
        "that is the shape of z1. There is one derivative for each weight of W2.": (1, 4),
        "inputs and outputs of the whole network; W2 lies between the hidden layers.": (5, 2),
        "that is the whole row of widths; W2 has two of them.": (5, 4, 3, 2),
        "that is the shape of z2. There is one derivative for each weight of W2.": (1, 3),
    }
    name_slip(answer, (4, 3), slips)
    return "One derivative for each weight, so the shape of W2: (H1, H2)."


earlier_q5 = Question(
    "Exercise 2.5",
    "shape_of_dW2",
    _shape,
    hints=["There is one partial derivative for each weight of W2.", "W2 has shape (H1, H2)."],
    solution="shape_of_dW2 = (4, 3)",
)

# What the lesson asks at its start, and what comes back of what was missed.
r1, r2, r3, due1, due2, due3, again = block("02")
