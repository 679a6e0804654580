"""The questions of lesson 03: several paths, ∂L/∂W3, a network that no lesson contains."""

from collections.abc import Callable
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.cases import Case, try_cases
from course_exercises.derivations import Derivation, derivation
from course_exercises.prediction import Prediction, Shape
from course_exercises.question import Question, choice, name_slip
from course_exercises.recall.blocks import block


def _weights() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """W1, W2 and W3 of the lesson."""
    rng = np.random.default_rng(4)
    return rng.normal(size=(2, 3)), rng.normal(size=(3, 2)), rng.normal(size=(2, 2))


# The second example of the lesson, and units as another activation may make them.
OTHER_X, OTHER_Y = np.array([[1.0, 1.0]]), np.array([[0.0, 1.0]])
UNITS = np.array([[-0.5, 0.8]])


def _other_units() -> np.ndarray:
    """h2 of the second example."""
    W1, W2, _ = _weights()
    return 1 / (1 + np.exp(-1 / (1 + np.exp(-OTHER_X @ W1)) @ W2))


def _column(h2: np.ndarray) -> np.ndarray:
    """Column 0 of ∂L/∂W3 by nudging, where this h2 comes in."""

    def loss(W3: np.ndarray) -> float:
        return 0.5 * ((h2 @ W3 - OTHER_Y) ** 2).sum()

    return nn.finite_differences(loss, _weights()[2])[:, 0]


SIGNS = ("both above 0", "both below 0", "one of each", "cannot be known")


def _signs(column: np.ndarray) -> str:
    if (column > 0).all():
        return SIGNS[0]
    return SIGNS[1] if (column < 0).all() else SIGNS[2]


p1 = Prediction(
    "Prediction 3.1",
    choices=SIGNS,
    came=lambda: _column(_other_units()),
    reads=_signs,
    why="One weight above 0 and one below: that looks like one sign of each. But the question is "
    "what a small change of a weight does, wherever the weight stands now. Both lead to output "
    "0. It is −1.07 and should be 0, so it is too small: if it grows, the loss falls. And at both "
    "weights a number above 0 comes in, because a sigmoid is above 0. So output 0 grows with each "
    "of them, and both derivatives are below 0.",
    again=Prediction(
        "Prediction 3.1, second case",
        choices=SIGNS,
        came=lambda: _column(UNITS),
        reads=_signs,
        asks="Other activations than the sigmoid make numbers below 0 too. Let `h2` be (−0.5, "
        "0.8), with `W3` and `y` as before; output 0 is then −1.35. Which signs does column 0 "
        "have? What comes is "
        "`nn.finite_differences(lambda W: loss_of_other(W, [[-0.5, 0.8]]), W3)[:, 0]`.",
        why="Output 0 is still too small. But what comes in at row 0 is below 0 now: raising that "
        "weight makes the output smaller still, and the loss larger. In row 1 nothing has turned.",
    ),
)


def _other_order() -> np.ndarray:
    """δ3ᵀ h2 of the lesson's example."""
    model = _model()
    h2, z3 = (node.value for node in model.graph.nodes if node.name in ("h2", "z3"))
    return (z3 - model.y.value).T @ h2


def _model() -> Any:
    """The network of the lesson, after Forward and Backward of its example."""
    model = nn.two_hidden_layer_network(2, 3, 2, 2, activation="sigmoid", loss="squared_error")
    model.W1.value, model.W2.value, model.W3.value = _weights()
    model.graph.Forward(x=[[0.5, -1.0]], y=[[1.0, 0.0]])
    model.graph.Backward(model.loss)
    return model


def _what_it_is(product: np.ndarray) -> str:
    gradient = _model().W3.grad
    if np.allclose(product, gradient):
        return "the same numbers"
    return "the transpose" if np.allclose(product, gradient.T) else "something else"


p2 = Prediction(
    "Prediction 3.2",
    choices=("an error", "the same numbers", "the transpose", "something else"),
    came=_other_order,
    reads=_what_it_is,
    why="A wrong product is often an error, and many expect one. Here (2, 1) times (1, 2) is "
    "allowed, and nothing is added up in it, so the same four products come out. But rows and "
    "columns have changed places: entry (k, j) is now δ3,k · h2,j. Two of the four stand where "
    "they belong, and two do not.",
    again=Prediction(
        "Prediction 3.2, second case",
        kind=Shape(2),
        came=lambda: (np.ones((1, 3)).T @ np.ones((1, 2))).shape,
        asks="Let there be two units and three outputs: `h2` is (1, 2), δ3 is (1, 3), and W3 is "
        "(2, 3). Which shape does the product in the wrong order have? What comes is "
        "`np.ones((1, 3)).T @ np.ones((1, 2))`.",
        why="It is no error either. But now it does not have the shape of W3, and the next line, "
        "which uses it beside W3, stops. A square matrix hides what another one shows.",
    ),
)


def _one_path(h: float, w: float, y: float) -> Callable[[float], str]:
    """The judge of dL/dw for L = ½ (z − y)² and z = h w."""
    z = h * w
    d = z - y
    right = d * h

    def judge(answer: float) -> str:
        slips = {
            "that is dL/dz = z − y. One more factor is missing: dz/dw = h.": d,
            "that is dz/dw = h alone; the factor dL/dz = z − y is missing.": h,
            "that is dL/dh: it has the factor w. For dL/dw the factor is h.": d * w,
            "both h and w were multiplied; dz/dw is h alone.": d * h * w,
            "the sign: dL/dz is z − y, not y − z.": -right,
            "a factor 2: the ½ cancels the 2 of the square.": 2 * right,
            "a factor ½: the 2 of the square is missing.": right / 2,
            "that is dz/dw + dL/dz; along a path factors are multiplied.": h + d,
            "y is missing: that is z times h.": z * h,
            "that is z itself, a value and not a derivative.": z,
            "that is the loss, and not its derivative.": d**2 / 2,
            "the square was not differentiated: dL/dz is z − y, not ½ (z − y)².": d**2 / 2 * h,
            "that is (z − y)²: the factors are z − y and h.": d**2,
            "only y was multiplied by h: put brackets around z − y.": z - y * h,
            "only z was multiplied by h: put brackets around z − y.": z * h - y,
            "that is (z − y)² times h: the square was not differentiated.": d**2 * h,
            "a factor h is too much: dz/dw is h, once.": d * h**2,
            "that is dz/dh = w alone; dz/dw is h, and dL/dz is missing.": w,
            "a factor 2, and one factor is missing: dz/dw = h.": 2 * d,
            "a factor ½, and one factor is missing: dz/dw = h.": d / 2,
            "the sign, and one factor is missing: dz/dw = h.": -d,
            "the sign, and it has the factor w, as dL/dh. For dL/dw the factor is h.": -d * w,
            "y was added: dL/dz is z − y.": (z + y) * h,
        }
        name_slip(answer, right, slips)
        return f"(z − y) · h = ({z:g} − {y:g}) · {h:g} = {right:g}."

    return judge


# For notebooks that were handed out before; the lesson asks no question about one path now.
earlier_q1 = Question(
    "Exercise 3.1",
    "derivative",
    _one_path(h=3, w=2, y=4),
    hints=["First z = 3 · 2 = 6. Then dL/dz = z − y.", "Multiply dL/dz by dz/dw, which is h."],
    solution="derivative = (3 * 2 - 4) * 3",
)


def _three_paths(h: float, w: list[float], y: list[float]) -> Callable[[float], str]:
    """The judge of ∂L/∂h for z3 = h w, with three outputs."""
    weights, z = np.array(w), h * np.array(w)
    d = z - y
    first, second, last = paths = d * w
    right = paths.sum()

    def judge(answer: float) -> str:
        if np.shape(answer) in ((1, 3), (3, 1)):
            answer = np.reshape(answer, 3)
        slips = {
            "those are three numbers, one for each path; add them up.": paths,
            "that is δ3; each of its entries has a weight as a second factor, then add.": d,
            "those are the weights; each has an entry of δ3 as a second factor, then add.": weights,
            "that is z3; subtract y, multiply by the weights and add.": z,
            "those are z3 times the weights; y is missing, and they are to be added up.": z
            * weights,
            "those are the derivatives by the three weights; that by h is one number.": h * d,
            "that is δ3 summed; each path has its weight as a second factor.": d.sum(),
            "those are the weights summed; each path has its δ as a second factor.": weights.sum(),
            "only the first path was taken.": first,
            "only the second path was taken.": second,
            "only the last path was taken.": last,
            "the last path is missing.": right - last,
            "the second path is missing.": right - second,
            "the first path is missing.": right - first,
            f"the second path has the wrong sign: ({_minus(d[1])}) · (−1) is {second:g}.": (
                right - 2 * second
            ),
            f"the second entry of δ3 is {_minus(z[1])} − {y[1]:g} = {_minus(d[1])}.": (
                first - (z[1] + y[1]) + last
            ),
            "the products were multiplied; over all paths they are added.": paths.prod(),
            "both factors were summed first; multiply along each path, then add.": (
                d.sum() * weights.sum()
            ),
            "the sign: δ3 is z3 − y.": -right,
            "y is missing: δ3 is z3 − y, not z3.": z @ weights,
            "that is y times the weights; δ3 is z3 − y.": np.dot(y, w),
            "that is the mean of the paths; they are added.": right / 3,
            "a factor 2: the ½ cancels the 2 of the square.": 2 * right,
            "a factor ½: the 2 of the square is missing.": right / 2,
            "a factor h is too much: ∂z3,k/∂h is the weight alone.": h * right,
            "h stands where the weight belongs: ∂z3,k/∂h is the weight.": h * d.sum(),
            "that is the loss, and not its derivative.": (d**2).sum() / 2,
            "δ3 was squared; its second factor is the weight.": (d**2).sum(),
            "y was added; δ3 is z3 − y.": (z + y) @ weights,
        }
        if y[2] < 0:
            slips["the last entry of δ3 is 4 − (−1) = 5, not 3."] = first + second + 12.0
        name_slip(answer, right, slips)
        said = " + ".join(f"{_bracket(a)} · {_bracket(b)}" for a, b in zip(d, weights, strict=True))
        return f"{said} = {right:g}."

    return judge


def _minus(number: float) -> str:
    """With the sign as it is typeset."""
    return f"{number:g}".replace("-", "−")


def _bracket(number: float) -> str:
    return f"({_minus(number)})" if number < 0 else _minus(number)


_HINT = "There are three paths. Each gives δ3,k times its weight; add them."

q1 = Question(
    "Exercise 3.1",
    "dL_dh",
    _three_paths(h=3, w=[2, -1, 4], y=[0, 1, 5]),
    hints=["δ3 = z3 − y = (6, −4, 7).", _HINT],
    solution="dL_dh = 6 * 2 + (-4) * (-1) + 7 * 4",
)

# For notebooks that were handed out before: there h is 1, and z3 is the row of the weights.
earlier_q2 = Question(
    "Exercise 3.2",
    "dL_dh",
    _three_paths(h=1, w=[2, -1, 4], y=[1, 2, -1]),
    hints=["δ3 = z3 − y = (1, −3, 5).", _HINT],
    solution="dL_dh = 1 * 2 + (-3) * (-1) + 5 * 4",
)


def _outer(answer: object) -> str:
    right = np.array([[3.0, 0.0, -1.0], [6.0, 0.0, -2.0]])
    slips = {
        "that is the transpose: row j belongs to h2, column k to δ3.": right.T,
        "the minus of −1 was lost.": np.abs(right),
        "h2 and δ3 were added instead of multiplied.": np.array([[4.0, 1.0, 0.0], [5.0, 2.0, 1.0]]),
        "the second row should be 2 times δ3.": np.array([[3.0, 0.0, -1.0], [3.0, 0.0, -1.0]]),
        "the two rows are exchanged: the first belongs to h2 = 1.": right[::-1],
        "the sign: nothing is turned round here, entry (j, k) is h2,j · δ3,k.": -right,
        "the second row is 2 · δ3: the minus of −2 was lost.": np.abs(right)
        * [[1, 1, -1], [1] * 3],
        "the products are not added up: entry (j, k) is h2,j · δ3,k alone.": right.sum(0),
        "that is h2 alone, once for each output; the factor δ3 is missing.": right[:1] * 0
        + [[1.0], [2.0]],
        "h2 was squared: entry (j, k) is h2,j · δ3,k.": right * [[1], [2]],
        "δ3 was squared: entry (j, k) is h2,j · δ3,k.": right * [[3, 0, -1]],
        "a factor 2 too much: δ3 has the 2 of the square in it, and the ½.": 2 * right,
        "a factor ½ too much: δ3 has the 2 of the square in it, and the ½.": right / 2,
        "only the first row is there; the second is 2 · δ3.": right * [[1], [0]],
        "only the second row is there; the first is 1 · δ3.": right * [[0], [1]],
        "0 · 1 and 0 · 2 are 0: column 1.": np.array([[3.0, 1.0, -1.0], [6.0, 2.0, -2.0]]),
        "the columns are in the opposite order: column k belongs to entry k of δ3.": (
            right[:, ::-1]
        ),
        "the rows stand one after the other; W3 has one row for each entry of h2.": right.ravel(),
        "the rows stand one behind the other in one row; W3 has two rows.": right.reshape(1, 6),
        "that is δ3 alone; W3 has one row for each entry of h2.": right[:1],
    }
    name_slip(answer, right, slips)
    return "The first row is 1 · δ3, the second 2 · δ3."


q2 = Question(
    "Exercise 3.2",
    "dW3_on_paper",
    _outer,
    hints=[
        "W3 has one row for each entry of h2, and one column for each entry of δ3: (2, 3).",
        "Entry (j, k) is h2[j] times δ3[k].",
    ],
    solution="dW3_on_paper = np.array([[3, 0, -1], [6, 0, -2]])",
)

# For notebooks that were handed out before, like the next; lesson 03 keeps its hour without them.
earlier_q4 = Question(
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
    cases = []
    for B, H2, K, scale in ((3, 3, 3, 1), (1, 3, 3, 1), (3, 4, 2, 30), (6, 2, 5, 1), (4, 4, 3, 1)):
        h2 = rng.uniform(-1, 1, (B, H2))
        z3, y = scale * rng.normal(size=(B, K)), scale * rng.normal(size=(B, K))
        delta3 = z3 - y
        right = h2.T @ delta3
        slips = {
            "that is the transpose: h2ᵀ stands on the left.": right.T,
            "the sign: δ3 is z3 − y.": -right,
            "a factor 2: the ½ of the loss cancels it.": 2 * right,
            "half the gradient: a factor ½.": right / 2,
            "y is missing: δ3 is z3 − y.": h2.T @ z3,
            "z3 has no activation, so there is no f′ in δ3.": h2.T @ (delta3 * z3 * (1 - z3)),
            "z3 has no activation, so there is no f′ in δ3: 1 − z3² neither.": (
                h2.T @ (delta3 * (1 - z3**2))
            ),
            "h2 (1 − h2) belongs to the way back to z2, not to the gradient of W3.": (
                (h2 * (1 - h2)).T @ delta3
            ),
            "1 − h2² belongs to the way back to z2, not to the gradient of W3.": (
                (1 - h2**2).T @ delta3
            ),
            "y was added: δ3 is z3 − y.": h2.T @ (z3 + y),
            "z3 is missing: δ3 is z3 − y.": h2.T @ y,
            "the square was not differentiated: δ3 is z3 − y, not its square.": h2.T @ delta3**2,
            "the signs of δ3 were lost: it is z3 − y.": h2.T @ np.abs(delta3),
            "that is the loss of each example, and not its derivative.": (delta3**2).sum(1) / 2,
            "the rows stand one after the other; W3 has one row for each entry of h2.": (
                right.ravel()
            ),
            "that is the sum of all entries; each weight has its own derivative.": right.sum(),
            "that is δ3 alone; h2ᵀ is missing.": delta3,
            "the square was not differentiated: δ3 is z3 − y, not ½ (z3 − y)².": h2.T
            @ (0.5 * delta3**2),
            "np.outer makes one long row of all examples: right for one example only.": (
                np.outer(h2, delta3)
            ),
        }
        if B > 1:
            slips |= {
                "that is the mean over the examples; here the sum is wanted.": right / B,
                "that is the gradient of the last example alone. In a loop, = overwrites what was "
                "there: write +=.": np.outer(h2[-1], delta3[-1]),
                "that is the gradient of the first example alone. Does `return` stand in the loop? "
                "Or take all rows, not row 0.": np.outer(h2[0], delta3[0]),
                "the last example was left out.": h2[:-1].T @ delta3[:-1],
                "the first example was left out.": h2[1:].T @ delta3[1:],
                "it was multiplied by the number of examples: the product adds up already.": B
                * right,
                "row 0 of h2 was taken for each example; row b belongs to row b of δ3.": (
                    np.outer(h2[0], delta3.sum(0))
                ),
                "row 0 of δ3 was taken for each example; row b belongs to row b of h2.": (
                    np.outer(h2.sum(0), delta3[0])
                ),
                "row 0 of y was subtracted from each example; row b has its own.": (
                    h2.T @ (z3 - y[0])
                ),
                "h2 and δ3 were added up over the examples first. Row b of both belongs together: "
                "multiply, then add.": np.outer(h2.sum(0), delta3.sum(0)),
                "h2 and δ3 were averaged over the examples first. Row b of both belongs together: "
                "multiply, then add.": np.outer(h2.mean(0), delta3.mean(0)),
            }
        if B > 1:  # a loop over rows of shape (1, K)
            slips["in the loop only z3 was multiplied by h2ᵀ: put brackets around z3 − y."] = (
                h2.T @ z3 - y.sum(0)
            )
        if K > 1:
            slips["that is the mean over the outputs; δ3 is no mean."] = right / K
        # What NumPy fits together only at some sizes:
        if B in (1, H2):
            slips["only z3 was multiplied by h2ᵀ: put brackets around z3 − y."] = h2.T @ z3 - y
        if H2 == K:
            slips["entry by entry instead of a matrix product."] = h2 * delta3
        if B > 1 and B == H2 == K:
            slips["that is δ3 h2ᵀ; h2ᵀ stands on the left."] = delta3 @ h2.T
            slips[
                "* is entry by entry; with one example it gives the same as @, with more it does "
                "not."
            ] = h2.T * delta3
        if B == H2 > 1:
            slips["h2 is not transposed."] = h2 @ delta3
        arguments = {"h2": h2, "z3": z3, "y": y}
        slips[
            "that has one axis too much, as if one gradient were kept for each example; add them "
            "up over the examples."
        ] = h2[:, :, None] * delta3[:, None]
        cases.append(Case(arguments, right, slips, f"B = {B}, H2 = {H2} and K = {K}"))
    try_cases(answer, cases, alone="the gradient of W3")
    return "It holds for networks of several widths, for one example and for several."


earlier_q5 = Question(
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


def _one_matrix_twice() -> nn.Node:
    """The loss of the network of exercise 3.3; the widths do not matter, the numbers neither."""
    with nn.Graph():
        a, b, t = nn.Input("a", width=3), nn.Input("b", width=3), nn.Input("t", width=2)
        W = nn.Parameter("W", np.ones((3, 2)))
        u, v = nn.matmul(a, W, name="u"), nn.matmul(b, W, name="v")
        return nn.squared_error(nn.add(u, v, name="s"), t, name="loss")


q3 = Derivation(
    "Exercise 3.3",
    "my_lines",
    derivation(
        _one_matrix_twice,
        "Every line holds, on networks of several widths. W acts on two paths, and you added both.",
        one_example=True,
    ),
    hints=[
        "Start at the loss: ∂L/∂s. What is it if the outputs are called s and the answer t?",
        "Take one weight, W[d, k]. In which entry of u does it stand, with which factor? And in v?",
        "Two paths: multiply along each, then add. The two factors are a_d and b_d.",
    ],
    solution='''
my_lines = """
∂L/∂s = s − t
∂L/∂W = a.T @ ∂L/∂s + b.T @ ∂L/∂s
"""
''',
)

# What the lesson asks at its start, and what comes back of what was missed.
r1, r2, r3, due1, due2, due3, again = block("03")
