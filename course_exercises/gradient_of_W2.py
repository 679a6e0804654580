"""The questions of lesson 04: back through a matrix and through an activation, ∂L/∂W2."""

from collections.abc import Callable
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.cases import Case, agrees, try_cases
from course_exercises.derivations import Derivation, derivation, open_lines
from course_exercises.prediction import Prediction, Shape
from course_exercises.question import Question, Slip, Wrong, choice, find_slip, name_slip
from course_exercises.recall.blocks import block

Array = np.ndarray


def _network(y: Array | None = None, examples: int = 1) -> Any:
    """The network of the lesson after a forward and a backward pass.

    Args:
        y: other right answers than those of the lesson. examples: so many copies of its example.
    """
    rng = np.random.default_rng(seed=4)
    model = nn.two_hidden_layer_network(
        2, 3, 2, 2, activation="sigmoid", loss="squared_error", seed=0
    )
    for parameter in (model.W1, model.W2, model.W3):
        parameter.value = rng.normal(size=parameter.value.shape)
    y = np.array([[1.0, 0.0]]) if y is None else y
    rows = np.ones((examples, 1))
    model.graph.Forward(x=rows * [0.5, -1.0], y=rows * y)
    model.graph.Backward(model.loss)
    return model


def _loss() -> nn.Node:
    return _network().loss


# ------------------------------------------------------------------ the lines that are left open

notes = Derivation(
    "Your notes",
    "my_notes",
    open_lines(
        _loss,
        ("z3", "W3"),
        (),
        "Both lines hold. The rest of this lesson begins with them.",
        principles=False,
    ),
    hints=[
        "z3.grad is ∂L/∂z3. The loss is ½ Σ (z3 − y)², and only one of its terms has z3[k].",
        "What came in at W3, transposed, times what you have found for z3.",
    ],
    solution='''
my_notes = """
z3.grad = z3 − y
W3.grad = h2.T @ z3.grad
"""
''',
)


def _two_paths(answer: list[float]) -> str:
    model = _network()
    z3, W3 = model.output, model.W3.value
    delta3, h2 = z3.grad[0], z3.operands[0].value[0]
    right = delta3 * W3[1]
    slips = {
        "they are added already. Here each path has a number of its own.": right.sum(),
        "the two paths are exchanged: first the one to output 0.": right[::-1],
        "those are the paths of unit 0, which the cell above has computed.": delta3 * W3[0],
        "that is column 1 of W3. Unit 1 has row 1: its weights to both outputs.": delta3 * W3[:, 1],
        "a sign: minus times minus is plus.": np.abs(right) * [-1, 1],
        "those are the weights alone; multiply each by what has arrived at its output.": W3[1],
        "that is what came in times δ3, row 1 of ∂L/∂W3. Along a path stands the weight.": (
            h2[1] * delta3
        ),
        "f′ comes later, on the way from h2 to z2. Here the path ends at h2.": (
            right * h2[1] * (1 - h2[1])
        ),
        "δ3 was divided by the weight; along a path we multiply.": delta3 / W3[1],
        "z3 was taken where δ3 = z3 − y belongs.": z3.value[0] * W3[1],
        "only the sign of δ3 was taken.": np.sign(delta3) * W3[1],
        "both paths got the δ of output 0.": delta3[0] * W3[1],
        "both paths got the δ of output 1.": delta3[1] * W3[1],
        "the weights were exchanged: W3[1, 0] leads to output 0.": delta3 * W3[1, ::-1],
    }
    # Whoever multiplies the printed numbers by hand is off by a few units of their last digit.
    named = {Slip(words): value for words, value in slips.items()}
    answer = np.squeeze(answer) if np.shape(answer) == (1, 2) else answer
    if difference := find_slip(answer, right, named, tolerance=1e-3, absolute=1e-3):
        raise Wrong(difference.words)
    return f"Both paths pull the same way, so nothing cancels here: together {right.sum():.4f}."


paths = Question(
    "The paths of unit 1",
    "paths_of_unit_1",
    _two_paths,
    hints=[
        "Row 1 of W3 has the weights of unit 1, first the one to output 0.",
        "Output 0: δ3[0, 0] times W3[1, 0], with the numbers of the cell above.",
    ],
    solution="paths_of_unit_1 = [-2.1171 * -1.4931, 1.8916 * 2.2527]",
)

h2_line = Derivation(
    "The line of h2",
    "h2_line",
    open_lines(
        _loss,
        ("h2",),
        ("δ3",),
        "It holds on networks of several widths. Now look: over which index does your sum run, "
        "and in which of the two factors does that index count rows?",
    ),
    hints=[
        "For unit j: Σ_k δ3[k] W3[j, k]. The sum runs over k.",
        "In a matrix product the sum runs over the columns of the left factor and the rows of the "
        "right one. Where does W3 have its k?",
    ],
    solution='h2_line = "h2.grad = δ3 @ W3.T  # add over paths"',
)

z2_line = Derivation(
    "The line of z2",
    "z2_line",
    open_lines(
        _loss,
        ("z2",),
        ("δ3", "h2.grad"),
        "It holds. In the course this row is called δ2.",
    ),
    hints=[
        "One path leads from z2[j] on: to h2[j] alone. Which factor stands at it?",
        "Entry by entry, so * and not @. The slope is taken where the way back arrives, at z2.",
    ],
    solution='z2_line = "z2.grad = h2.grad * h2 * (1 - h2)  # f′ at arrival"',
)

W2_line = Derivation(
    "The line of W2",
    "W2_line",
    open_lines(
        _loss,
        ("W2",),
        ("δ3", "h2.grad", "δ2"),
        "It holds. That is the whole way from δ3 to the gradient of W2, and you have written it.",
    ),
    hints=[
        "Look at your notes: W3 has h2 on its left in the forward pass. What has W2?",
        "Which index of W2 counts what came in, and which what it feeds?",
    ],
    solution='W2_line = "W2.grad = h1.T @ δ2  # what came in"',
)

# ------------------------------------------------------------------ predictions

p1 = Prediction(
    "Prediction 4.1",
    kind=Shape(2),
    came=lambda: _network().W2.grad.shape,
    why="Some take over (2, 2) from W3, or the row (1, 2) of z2, and some exchange the numbers, "
    "since something on this way is transposed. But there is one derivative for each weight, at "
    "the place of the weight: a gradient has the shape of the thing it belongs to.",
    again=Prediction(
        "Prediction 4.1, second case",
        asks="Now six examples at once: which shape has the gradient of W2 of their mean loss? To "
        "see it afterwards, nudge W2 in `lambda W: ((sigmoid(np.repeat(h1, 6, axis=0) @ W) @ W3 - "
        "y) ** 2).sum() / 12`.",
        kind=Shape(),
        came=lambda: _network(examples=6).W2.grad.shape,
        why="x, z2 and δ2 get six rows. W2 does not: all examples share it, and so its gradient "
        "has no axis for them.",
    ),
)


def _sign(number: float) -> str:
    return "positive" if number > 0 else "negative" if number < 0 else "zero"


p2 = Prediction(
    "Prediction 4.2",
    choices=("positive", "negative", "zero"),
    came=lambda: _network().W2.grad[1, 1],
    reads=_sign,
    why="Many say negative: output 0 is too small, and a unit that grows should help it. But the "
    "weight W3[1, 0] from this unit to output 0 is negative, so output 0 gets smaller still. And "
    "output 1, which is too large, becomes larger. Both paths say plus. h1 and f′ of a sigmoid are "
    "positive, and turn no sign.",
    again=Prediction(
        "Prediction 4.2, second case",
        asks="The right answer is now y = (1, 3), so that output 1 is too small as well. Which "
        "sign has the derivative by W2[1, 1]? To see it afterwards, nudge W2 in `lambda W: 0.5 * "
        "((sigmoid(h1 @ W) @ W3 - [[1, 3]]) ** 2).sum()`.",
        choices=("positive", "negative", "zero"),
        came=lambda: _network(y=np.array([[1.0, 3.0]])).W2.grad[1, 1],
        reads=_sign,
        why="The path through output 1 has turned its sign, the one through output 0 has not. "
        "Which of them is stronger cannot be seen from the signs: here still the one through "
        "output 0.",
    ),
)

# ------------------------------------------------------------------ exercises


def _hides(answer: list[list[float]]) -> str:
    W3 = np.asarray(answer)
    if W3.dtype.kind not in "iuf" or W3.shape != (2, 2):
        raise Wrong(
            "a matrix with two rows and two columns of numbers is needed, [[…, …], […, …]]."
        )
    if not np.isfinite(W3).all():
        raise Wrong("it holds NaN or infinity; numbers are needed.")
    if W3[0, 1] == W3[1, 0] == 0:
        raise Wrong("that is a diagonal matrix. Find one that is not.")
    if W3[0, 1] != W3[1, 0]:
        raise Wrong(
            f"take δ3 = (1, 0). Then δ3 @ W3 is row 0 of W3, {_row(W3[0])}, and δ3 @ W3.T is row 0 "
            f"of W3.T, {_row(W3[:, 0])}."
        )
    return (
        "Row and column of the same number are equal, so nobody sees the missing transpose. So "
        "which widths must a network have on which you test your lines?"
    )


def _row(row: Array) -> str:
    return f"({', '.join(f'{number:.12g}' for number in row)})"


q1 = Question(
    "Exercise 4.1",
    "W3_that_hides_it",
    _hides,
    hints=[
        "δ3 = (1, 0) picks row 0 of W3, or of W3.T. They must be equal.",
        "Row 0 of W3.T is column 0 of W3.",
    ],
    solution="W3_that_hides_it = [[1.0, 2.0], [2.0, 3.0]]",
)


def _slope(answer: float) -> str:
    h = 0.8
    s = 1 / (1 + np.exp(-h))
    slips = {
        "that is the derivative at z = 0.8. Here h is 0.8, so take h (1 − h) directly.": s
        * (1 - s),
        "that is sigmoid(0.8), a value and not a derivative.": s,
        "that is 1 − h²: the derivative of tanh.": 1 - h**2,
        "that is 1 − h; the factor h is missing.": 1 - h,
        "that is h (1 + h): mind the sign.": h * (1 + h),
        "that is h²; the derivative is h (1 − h).": h**2,
        "that is h (h − 1): the sign is turned round.": h * (h - 1),
        "that is the largest slope, at h = ½.": 0.25,
        "brackets are missing: h (1 − h) is 0.8 * (1 - 0.8).": 0.8 * 1 - 0.8,
        "that is (1 − h)²; the derivative is h (1 − h).": (1 - h) ** 2,
        "that is h itself, the value and not the derivative.": h,
        "that is z; the derivative there is h (1 − h).": np.log(h / (1 - h)),
        "that is 1 − tanh² 0.8: the derivative of tanh, and at z = 0.8.": 1 - np.tanh(h) ** 2,
        "that is tanh 0.8, a value and not a derivative.": np.tanh(h),
        "a factor 2 is too much: h (1 − h) is all.": 2 * h * (1 - h),
        "that is h² (1 − h): h once is enough.": h**2 * (1 - h),
        "that is 1 − 2h, the derivative of h (1 − h) by h.": 1 - 2 * h,
        "that is z (1 − z); take h (1 − h).": np.log(h / (1 - h)) * (1 - np.log(h / (1 - h))),
    }
    name_slip(answer, h * (1 - h), slips)
    return "0.8 · 0.2 = 0.16."


earlier_q1 = Question(
    "Exercise 4.1",
    "slope_at_08",
    _slope,
    hints=["You need not know z: the derivative can be computed from h.", "h (1 − h)."],
    solution="slope_at_08 = 0.8 * (1 - 0.8)",
)


def _back(answer: object) -> str:
    delta3, W3 = np.array([[1.0, -2.0]]), np.array([[3.0, 1.0], [0.0, 2.0], [-1.0, 1.0]])
    right = delta3 @ W3.T
    slips = {
        "all signs are turned round.": -right,
        "the signs of δ3 were lost.": np.abs(delta3) @ W3.T,
        "the second path was left out; unit j feeds both outputs.": delta3[:, :1] @ W3[:, :1].T,
        "the first path was left out; unit j feeds both outputs.": delta3[:, 1:] @ W3[:, 1:].T,
        "the two entries of δ3 were exchanged.": delta3[:, ::-1] @ W3.T,
        "the minus of −1 in W3 was lost.": delta3 @ np.abs(W3).T,
        "that is a column; a row with three entries is wanted.": right.T,
        "one pair of brackets is missing: shape (3,) instead of (1, 3).": right[0],
        "that is δ3 times W3 entry by entry; each row is still to be added up.": delta3 * W3,
        "that is the sum over the units; each unit has its own sum over the outputs.": right.sum(),
        "both factors were summed first; multiply along each path, then add.": (
            delta3.sum() * W3.sum(axis=1)[None]
        ),
        "those are the weights summed, without δ3.": W3.sum(axis=1)[None],
        "the paths were averaged; over all paths they are added.": right / 2,
        "the minus of −2 was lost on the way to the first unit.": np.array([[5.0, -4.0, -3.0]]),
        "the minus of −2 was lost on the way to the second unit.": np.array([[1.0, 4.0, -3.0]]),
        "the minus of −2 was lost on the way to the third unit.": np.array([[1.0, -4.0, 1.0]]),
        "(−1) + (−2) is −3.": np.array([[1.0, -4.0, 3.0]]),
        "a factor 2 is too much; δ3 is given.": 2 * right,
        "the units stand in the opposite order.": right[:, ::-1],
        "W3 has two columns; back through it come three numbers, one for each row.": (
            np.array([[2.0, -3.0]])
        ),
    }
    name_slip(answer, right, slips)
    return "(3 − 2, 0 − 4, −1 − 2): one sum over the outputs for each hidden unit."


q2 = Question(
    "Exercise 4.2",
    "dh2_on_paper",
    _back,
    hints=[
        "Unit j has row j of W3: its weights to the two outputs.",
        "First unit: 1 · 3 + (−2) · 1. The result is np.array([[..., ..., ...]]).",
    ],
    solution="dh2_on_paper = np.array([[1.0, -4.0, -3.0]])",
)

earlier_q3 = Question(
    "Exercise 4.3",
    "which_W3",
    choice(
        "b",
        "The gradient belongs to the weights with which the loss was computed.",
        {
            "a": "the loss was computed with the old W3, and δ2 is a derivative of that loss.",
            "c": "section 6 shows that the numbers differ.",
        },
    ),
    hints=[
        "δ2 answers: how would the loss have changed with z2? In which forward pass?",
        "Look at the slip “W3 updated too early” of section 6.",
    ],
    solution='which_W3 = "b"',
)


def _delta2(answer: Callable[..., np.ndarray]) -> str:
    rng = np.random.default_rng(4)
    cases = []
    for H2, K, B, scale in (
        (3, 3, 4, 1),
        (3, 3, 1, 1),
        (4, 2, 1, 1),
        (2, 5, 3, 1),
        (3, 4, 3, 20),
        (3, 1, 2, 1),
    ):
        delta3, W3 = scale * rng.normal(size=(B, K)), rng.normal(size=(H2, K))
        h2 = rng.uniform(0.1, 0.9, size=(B, H2))
        back, f = delta3 @ W3.T, h2 * (1 - h2)
        at_h = 1 / (1 + np.exp(-h2)) * (1 - 1 / (1 + np.exp(-h2)))
        slips = {
            "the derivative of the activation is missing.": back,
            "that is 1 − h²: the derivative of tanh.": back * (1 - h2**2),
            "h2 is the value already: the derivative is h2 (1 − h2), without another sigmoid.": (
                back * at_h
            ),
            "the factor (1 − h2) is missing.": back * h2,
            "the factor h2 is missing.": back * (1 - h2),
            "the sign: nothing is turned round on this way, and 1 − h2 is not h2 − 1.": -back * f,
            "f′(z2) stands there twice.": back * f**2,
            "the derivative of tanh, and at h2 once more: here it is h2 (1 − h2).": (
                back * (1 - np.tanh(h2) ** 2)
            ),
            "that is 1 − 2 h2, the derivative of h2 (1 − h2) by h2.": back * (1 - 2 * h2),
            "brackets are missing: write h2 * (1 - h2), which multiplies δ3 W3ᵀ.": h2 - h2 * back,
            "it was divided by f′(z2); back through the activation it is a factor.": back / f,
            "that is the product h2ᵀ δ3, as for the gradient of W3. δ2 is (δ3 W3ᵀ) ⊙ f′(z2).": (
                h2.T @ delta3
            ),
            "that is one row of all examples; each has a row of its own.": (back * f).ravel(),
            "that is W3 δ3ᵀ, a column; δ2 is a row: δ3 W3ᵀ.": (W3 @ delta3.T) * f.T,
            "that is f′(z2) alone; multiply it by δ3 W3ᵀ.": f,
            "that is (1 − h2)²; the derivative is h2 (1 − h2).": back * (1 - h2) ** 2,
            "brackets are missing: write h2 * (1 - h2).": back * h2 * 1 - h2,
            "brackets are missing: write h2 * (1 - h2), not h2 * 1 - h2.": back * (h2 * 1 - h2),
            "that is h2²; the derivative is h2 (1 − h2).": back * h2**2,
            "that is h2 (1 + h2): mind the sign.": back * h2 * (1 + h2),
            "f′(z2) was added; back through the activation it is a factor.": back + f,
            "a factor 2 too much.": 2 * back * f,
            "a factor ½ too much.": back * f / 2,
        }
        if B > 1:
            slips |= {
                "it was added up over the examples; each has a row of its own.": (back * f).sum(0),
                "it was added up over the examples; each has a row of its own, not one for all.": (
                    (back * f).sum(0, keepdims=True)
                ),
                "the mean over the examples was taken; each has a row of its own.": (
                    (back * f).mean(0)
                ),
                "the mean over the examples was taken; each has a row of its own, not one "
                "for all.": (back * f).mean(0, keepdims=True),
                "it was divided by the number of examples; each has a δ2 of its own.": back * f / B,
                "only the last example is there. Is something overwritten in a loop?": (
                    (back * f)[-1:]
                ),
                "only the last example is there, without its row: is something overwritten in a "
                "loop?": (back * f)[-1],
                "only the first example is there; each has a row of its own.": (back * f)[:1],
                "only the first example is there, without its row.": (back * f)[0],
                "only the first row is filled: right for one example; each has a row.": (
                    np.vstack([(back * f)[:1], np.zeros((B - 1, H2))])
                ),
                "f′(z2) was taken of the first example for all.": back * f[:1],
                "δ3 was taken of the first example for all.": back[:1] * f,
                "δ3 was added up over the examples; each example has its own.": back.sum(0) * f,
                "the mean of δ3 over the examples was taken; each has its own.": back.mean(0) * f,
                "f′(z2) was taken of the mean over the examples; each has its own.": (
                    back * h2.mean(0) * (1 - h2.mean(0))
                ),
            }
        if B in (1, H2):  # only then does this give no error
            slips["that begins with W3 δ3ᵀ, a column; δ2 is a row: δ3 W3ᵀ."] = W3 @ delta3.T * f
        if K > 1:
            first, last = (delta3[:, k : k + 1] @ W3[:, k : k + 1].T for k in (0, K - 1))
            slips |= {
                "the path to the last output is left out.": (back - last) * f,
                "the path to the first output is left out.": (back - first) * f,
                "only the path to the last output is there. In a loop, = overwrites what was "
                "there: write +=.": last * f,
                "only the path to the first output is there. Does `return` stand in the loop?": (
                    first * f
                ),
                "the weights were summed before they were multiplied; multiply along each path, "
                "then add.": delta3.sum(1, keepdims=True) * W3.sum(1) * f,
                "the paths were averaged; over all paths they are added.": back * f / K,
            }
        if H2 == K:  # only then do these give no error
            slips |= {
                "W3 is not transposed.": delta3 @ W3 * f,
                "δ3 was multiplied by f′(z2), but not taken back through W3.": delta3 * f,
                "f′ was taken before the way back through W3; it belongs where you arrive.": (
                    (delta3 * f) @ W3.T
                ),
            }
        if B == H2 > 1:
            slips["that is a matrix product with f′(z2); ⊙ is `*`, entry by entry."] = back @ f
        arguments = {"delta3": delta3, "W3": W3, "h2": h2}
        cases.append(Case(arguments, back * f, slips, f"B = {B}, H2 = {H2} and K = {K}"))
    try_cases(answer, cases, alone="δ2")
    return "It holds for networks of several widths, for one example and for several."


earlier_q4 = Question(
    "Exercise 4.4",
    "back_to_delta2",
    _delta2,
    hints=[
        "First back through W3: delta3 @ W3.T.",
        "Then entry by entry times h2 * (1 - h2).",
    ],
    solution="""
def back_to_delta2(delta3, W3, h2):
    return (delta3 @ W3.T) * h2 * (1 - h2)
""",
)


def _tanh(answer: Callable[..., np.ndarray]) -> str:
    rng = np.random.default_rng(5)
    cases = []
    for H1, H2, K, scale in ((3, 3, 3, 1), (4, 2, 3, 1), (2, 5, 2, 20), (3, 4, 1, 1)):
        delta3, W3 = scale * rng.normal(size=(1, K)), rng.normal(size=(H2, K))
        h1, h2 = rng.uniform(-0.9, 0.9, size=(1, H1)), rng.uniform(-0.9, 0.9, size=(1, H2))
        back = delta3 @ W3.T
        delta2 = back * (1 - h2**2)
        right = h1.T @ delta2
        slips = {
            "that is δ2; the gradient of W2 is h1ᵀ δ2.": delta2,
            "that is the transpose: h1ᵀ stands on the left.": right.T,
            "h2 (1 − h2) is the derivative of the sigmoid; here it is tanh.": h1.T
            @ (back * h2 * (1 - h2)),
            "the derivative of the activation is missing.": h1.T @ back,
            "h2 is the value already: 1 − h2², without another tanh.": h1.T
            @ (back * (1 - np.tanh(h2) ** 2)),
            "1 − h2 instead of 1 − h2²: the square is missing.": h1.T @ (back * (1 - h2)),
            "(1 − h2)² instead of 1 − h2²: only h2 is squared.": h1.T @ (back * (1 - h2) ** 2),
            "brackets are missing: write (1 - h2**2).": h1.T @ (back * 1 - h2**2),
            "h2² alone; the derivative of tanh is 1 − h2².": h1.T @ (back * h2**2),
            "that is 1 + h2²: mind the sign.": h1.T @ (back * (1 + h2**2)),
            "f′(z2) was added; back through the activation it is a factor.": h1.T
            @ (back + 1 - h2**2),
            "a factor 2 too much.": 2 * right,
            "a factor ½ too much.": right / 2,
            "the sign: nothing is turned round on this way, and 1 − h2² is not h2² − 1.": -right,
            "f′(z2) stands there twice.": h1.T @ (back * (1 - h2**2) ** 2),
            "1 − 2 h2 instead of 1 − h2²: the square is h2**2.": h1.T @ (back * (1 - 2 * h2)),
            "h2 is too much: 1 − h2² is the derivative of tanh.": h1.T @ (delta2 * h2),
            "1 − h1² is too much: the gradient of W2 takes f′(z2) alone.": (h1 * (1 - h1**2)).T
            @ delta2,
            "1 − h1² is there, and f′(z2) is not: the activation behind W2 is h2.": (
                (h1 * (1 - h1**2)).T @ back
            ),
            "1 − h1² stands where h1 belongs: what came in is h1.": (1 - h1**2).T @ delta2,
            "it was divided by f′(z2); back through the activation it is a factor.": h1.T
            @ (back / (1 - h2**2)),
            "the rows stand one after the other; W2 has one row for each entry of h1.": (
                right.ravel()
            ),
            "that is the sum of all entries; each weight has its own derivative.": right.sum(),
            "that is h2ᵀ δ3, the gradient of W3.": h2.T @ delta3,
            "brackets are missing around 1 - h2**2: only 1 was multiplied.": h1.T @ back - h2**2,
            "δ3 was added up before W3; multiply along each path, then add.": h1.T
            @ (delta3.sum() * (1 - h2**2)),
        }
        if K > 1:
            first, last = (delta3[:, k : k + 1] @ W3[:, k : k + 1].T for k in (0, K - 1))
            slips |= {
                "only the path to the last output is there. In a loop, = overwrites what was "
                "there: write +=.": h1.T @ (last * (1 - h2**2)),
                "only the path to the first output is there. Does `return` stand in the loop?": (
                    h1.T @ (first * (1 - h2**2))
                ),
            }
        if H2 == K:
            slips["W3 is not transposed."] = h1.T @ (delta3 @ W3 * (1 - h2**2))
            slips["δ3 was not taken back through W3."] = h1.T @ (delta3 * (1 - h2**2))
            slips["f′ was taken before the way back through W3; it belongs where you arrive."] = (
                h1.T @ ((delta3 * (1 - h2**2)) @ W3.T)
            )
        if H1 == H2:
            slips["h2 was used where h1 belongs: W2 receives h1."] = h2.T @ delta2
            slips["1 − h1² instead of 1 − h2²: the activation behind W2 is h2."] = h1.T @ (
                back * (1 - h1**2)
            )
            slips["1 − h1² instead of 1 − h2², and h2 for h1: exchange them."] = h2.T @ (
                back * (1 - h1**2)
            )
        if K > 1:
            slips["the paths were averaged; over all paths they are added."] = right / K
        arguments = {"delta3": delta3, "W3": W3, "h2": h2, "h1": h1}
        cases.append(Case(arguments, right, slips, f"H1 = {H1}, H2 = {H2} and K = {K}"))
    try_cases(answer, cases, alone="the gradient of W2")
    delta3, W3 = rng.normal(size=(4, 3)), rng.normal(size=(2, 3))
    h1, h2 = rng.uniform(-0.9, 0.9, size=(4, 5)), rng.uniform(-0.9, 0.9, size=(4, 2))
    added = h1.T @ (delta3 @ W3.T * (1 - h2**2))
    if agrees(answer, {"delta3": delta3, "W3": W3, "h2": h2, "h1": h1}, added):
        return "It holds for networks of several widths, and adds up over several examples."
    return (
        "It holds for networks of several widths, with one example. With several h1.T @ delta2 "
        "adds up over them; what you wrote does not."
    )


q3 = Question(
    "Exercise 4.3",
    "gradient_of_W2_with_tanh",
    _tanh,
    hints=["Only f′ changes: 1 − h2².", "First δ2, then h1.T @ delta2."],
    solution="""
def gradient_of_W2_with_tanh(delta3, W3, h2, h1):
    delta2 = (delta3 @ W3.T) * (1 - h2**2)
    return h1.T @ delta2
""",
)


def _activation_at_the_end() -> nn.Node:
    """The loss of the network of exercise 4.4; the widths do not matter, the numbers neither."""
    with nn.Graph():
        x, y = nn.Input("x", width=3), nn.Input("y", width=2)
        U, V = nn.Parameter("U", np.ones((3, 4))), nn.Parameter("V", np.ones((4, 2)))
        o = nn.matmul(nn.matmul(x, U, name="a"), V, name="o")
        return nn.squared_error(nn.tanh(o, name="z"), y, name="loss")


q4 = Derivation(
    "Exercise 4.4",
    "my_lines",
    derivation(
        _activation_at_the_end,
        "Every line holds, on networks of several widths. You have derived it yourself.",
        one_example=True,
    ),
    hints=[
        "Start at the loss: ∂L/∂z. Then back to o, and from there to V (what came in?), a, and U.",
        "The only activation lies between o and z. Which f′ belongs to tanh?",
        "o.grad has to go back through V, and through nothing else, to reach a.",
    ],
    solution='''
my_lines = """
∂L/∂z = z − y
∂L/∂o = ∂L/∂z ⊙ (1 − z²)
∂L/∂V = a.T @ ∂L/∂o
∂L/∂a = ∂L/∂o @ V.T
∂L/∂U = x.T @ ∂L/∂a
"""
''',
)

# What the lesson asks at its start, and what comes back of what was missed.
r1, r2, r3, due1, due2, due3, again = block("04")
