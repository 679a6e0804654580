"""The questions of lesson 01: shapes, a product by hand, the whole forward pass."""

from collections.abc import Callable

import numpy as np

import course_nn as nn
from course_exercises.cases import Case, try_cases
from course_exercises.prediction import Prediction
from course_exercises.question import Question, choice, name_slip
from course_exercises.recall.blocks import block

X = np.array([[0.5, -1.0], [1.0, 1.0], [-2.0, 0.5], [0.0, 0.0]])
SHAPES = ((2, 3), (3, 2), (2, 2))


def _random_weights() -> list[np.ndarray]:
    """Those of the lesson, from the seed 4."""
    rng = np.random.default_rng(seed=4)
    return [rng.normal(size=shape) for shape in SHAPES]


def _equal_weights() -> list[np.ndarray]:
    return [np.full(shape, 0.5) for shape in SHAPES]


def _output_of_zeros() -> np.ndarray:
    """z3 of the lesson's last example: (2,)."""
    h = X[3:]
    W1, W2, W3 = _random_weights()
    for W in (W1, W2):
        h = _sigmoid(h @ W)
    return (h @ W3)[0]


def _columns_apart(W1: np.ndarray, W2: np.ndarray, W3: np.ndarray) -> float:
    """After the lesson's training from these weights: how far the columns of W1 are apart."""
    model = nn.two_hidden_layer_network(2, 3, 2, 2, activation="sigmoid", loss="squared_error")
    for parameter, value in zip(model.graph.parameters, (W1, W2, W3), strict=True):
        parameter.value = value
    Y = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    nn.train_sgd(
        model.loss,
        {"x": X, "y": Y},
        learning_rate=0.3,
        epochs=400,
        seed=0,
        engine="numpy",
    )
    return float(np.abs(model.W1.value - model.W1.value[:, :1]).max())


def _all_0(values: np.ndarray) -> str:
    return "not all 0" if np.any(values) else "all 0"


def _separate(apart: float) -> str:
    return "yes" if apart > 1e-6 else "no"


p1 = Prediction(
    "Prediction 1.1",
    choices=("all 0", "not all 0"),
    came=_output_of_zeros,
    reads=_all_0,
    where="It is the last row of Z3.",
    why="Nothing goes in, so nothing should come out. That holds for the products, but not for the "
    "sigmoid between them.",
    again=Prediction(
        "Prediction 1.1, second case",
        asks="And z1 of this example? See `X[3:] @ W1`.",
        choices=("all 0", "not all 0"),
        came=lambda: X[3:] @ _random_weights()[0],
        reads=_all_0,
        where="It is the product of the last row of X and W1.",
        why="After the first case one may expect something here too. But no sigmoid stands before "
        "z1.",
    ),
)

p2 = Prediction(
    "Prediction 1.2",
    choices=("yes", "no"),
    came=lambda: _columns_apart(*_equal_weights()),
    reads=_separate,
    where="In the line of the equal weights, it is how far the columns differ after training.",
    why="Training changes the weights, and there are different examples, so the units might learn "
    "different things. But whatever changes one of them changes the others in the same way.",
    again=Prediction(
        "Prediction 1.2, second case",
        asks="Now W1 is 0.5 everywhere, and W2 and W3 are the random ones. Do the columns of W1 "
        'separate? See `try_start("only W1 equal", equal_W1, W2, W3)`.',
        choices=("yes", "no"),
        came=lambda: _columns_apart(_equal_weights()[0], *_random_weights()[1:]),
        reads=_separate,
        where="It is the number that try_start returns.",
        why="The units are equal at the start as before. But what they are used for is not: each "
        "row of W2 is another one, and so the changes of the three units are not the same.",
    ),
)


def _shape(answer: tuple[int, int]) -> str:
    slips = {
        "5 is the number of columns of x. Rows are examples, and there are 7.": (5, 3),
        "the axes are exchanged: rows are examples.": (3, 7),
        "that is h1. h2 is one layer further.": (7, 4),
        "that is z3, one layer further.": (7, 2),
        "that is the shape for one example; there are 7.": (1, 3),
        "that is x.": (7, 5),
        "that is W2, which has no row for an example.": (4, 3),
        "that is W2 transposed, and it has no row for an example.": (3, 4),
        "that is W1, which has no row for an example.": (5, 4),
        "that is W3, which has no row for an example.": (3, 2),
        "that is h1 transposed, one layer before.": (4, 7),
        "all layers stand there; h2 has the rows of x and one column for each unit.": (7, 5, 4, 3),
        "7 is there, but not the number of units.": (7,),
        "that is one example without its row; there are 7 rows.": (3,),
        "that is the number of the entries; two numbers are wanted.": 21,
    }
    name_slip(answer, (7, 3), slips)
    return "One row for each of the 7 examples, one column for each of the 3 units."


q1 = Question(
    "Exercise 1.1",
    "shape_of_h2",
    _shape,
    hints=[
        "Write the shapes of x W1 side by side: (7, 5) (5, 4). The inner numbers vanish.",
        "z2 = h1 W2 has shapes (7, 4) (4, 3), and sigmoid keeps a shape.",
    ],
    solution="shape_of_h2 = (7, 3)",
)


def _product(answer: object) -> str:
    x, W = np.array([[1.0, 2.0]]), np.array([[3.0, 0.0], [-1.0, 4.0]])
    slips = {
        "the rows of W were used as columns: that is x Wᵀ.": x @ W.T,
        "one pair of brackets is missing: shape (2,) instead of (1, 2).": (x @ W)[0],
        "that is x times W entry by entry; a matrix product adds up.": x * W,
        "that is transposed: a row is wanted.": (x @ W).T,
        "the rows of W were used as columns, and the result is transposed: that is W xᵀ.": W @ x.T,
        "each row of W has its factor; now add up down the columns.": x.T * W,
        "the −1 was left out: the first entry is 1 · 3 + 2 · (−1).": np.array([[3.0, 8.0]]),
        "the two entries of x are exchanged.": x[:, ::-1] @ W,
        "the columns of W were added up without the factors x.": W.sum(axis=0, keepdims=True),
        "one pair of brackets too many: shape (1, 1, 2) instead of (1, 2).": (x @ W)[None],
        "the minus of −1 was lost.": x @ np.abs(W),
        "the two entries of z are exchanged: column 0 of W makes the first.": (x @ W)[:, ::-1],
        "the sum over both is too much: each column of W makes one entry.": (x @ W).sum(),
        "the rows of W were used as columns, and a pair of brackets is missing.": (x @ W.T)[0],
        "x and W were added up instead of multiplied.": (x.T + W).sum(axis=0, keepdims=True),
    }
    name_slip(answer, x @ W, slips)
    return "1 · 3 + 2 · (−1) = 1 and 1 · 0 + 2 · 4 = 8."


q2 = Question(
    "Exercise 1.2",
    "z",
    _product,
    hints=[
        "The first entry pairs x with the first column of W: (3, −1).",
        "z has one row and two columns: np.array([[..., ...]]).",
    ],
    solution="z = np.array([[1.0, 8.0]])",
)


TOLERANCE = 1e-5  # numbers of float32 are right too


def _sigmoid(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


def _softmax(a: np.ndarray) -> np.ndarray:
    return np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)


def _relu(a: np.ndarray) -> np.ndarray:
    return np.maximum(a, 0)


_WRONG_SIGMOIDS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "the minus of e⁻ᶻ is missing in the sigmoid, or z has one too much.": lambda z: (
        1 / (1 + np.exp(z))
    ),
    "brackets are missing in the sigmoid, or its 1 /: that is 1 + e⁻ᶻ.": lambda z: 1 + np.exp(-z),
    "the sigmoid has 1 + e⁻ᶻ below, not 1 − e⁻ᶻ.": lambda z: 1 / (1 - np.exp(-z)),
    "eᶻ alone is no sigmoid.": np.exp,
    "e⁻ᶻ alone is no sigmoid.": lambda z: np.exp(-z),
    "that is the sigmoid at 2z, as ½ + ½ tanh z is.": lambda z: (1 + np.tanh(z)) / 2,
    "that is the derivative of the sigmoid in place of the sigmoid.": (
        lambda z: _sigmoid(z) * (1 - _sigmoid(z))
    ),
    "softmax in place of the sigmoid: each number passes through it by itself.": _softmax,
}


@np.errstate(all="ignore")  # the exponentials of some slips grow beyond all bounds
def _forward_pass(answer: Callable[..., np.ndarray]) -> str:
    rng = np.random.default_rng(11)
    cases = []
    for D, H1, H2, K, B in ((3, 3, 3, 3, 4), (3, 3, 3, 3, 1), (4, 3, 2, 5, 6)):
        x, W1 = rng.normal(size=(B, D)), rng.normal(size=(D, H1))
        W2, W3 = rng.normal(size=(H1, H2)), rng.normal(size=(H2, K))
        right = _sigmoid(_sigmoid(x @ W1) @ W2) @ W3
        h1, h2 = _sigmoid(x @ W1), _sigmoid(_sigmoid(x @ W1) @ W2)
        slips = {
            "the output passed through sigmoid too; z3 is the last product itself.": _sigmoid(
                right
            ),
            "there is no activation: x W1 W2 W3.": x @ W1 @ W2 @ W3,
            "the activation after the first layer is missing.": _sigmoid(x @ W1 @ W2) @ W3,
            "the activation after the second layer is missing.": h1 @ W2 @ W3,
            "that is h2; one more product with W3 is missing.": h2,
            "that is z2; the activation and the product with W3 are missing.": h1 @ W2,
            "that is h1; two more layers are missing.": h1,
            "that is z1; all that follows is missing.": x @ W1,
            "x passed through the activation; the first product takes x itself.": (
                _sigmoid(_sigmoid(_sigmoid(x) @ W1) @ W2) @ W3
            ),
            "the activation after the second layer was applied twice.": _sigmoid(h2) @ W3,
            "the activation after the first layer was applied twice.": (
                _sigmoid(_sigmoid(h1) @ W2) @ W3
            ),
            "the activation is tanh; here it is the sigmoid.": np.tanh(np.tanh(x @ W1) @ W2) @ W3,
            "the activation is relu; here it is the sigmoid.": _relu(_relu(x @ W1) @ W2) @ W3,
            "the first activation is tanh; here both are the sigmoid.": (
                _sigmoid(np.tanh(x @ W1) @ W2) @ W3
            ),
            "the second activation is tanh; here both are the sigmoid.": np.tanh(h1 @ W2) @ W3,
            "the output passed through softmax; z3 is the last product itself.": _softmax(right),
            "both activations were applied twice.": _sigmoid(_sigmoid(_sigmoid(h1) @ W2)) @ W3,
        }
        if B == 1:
            slips["a pair of brackets is missing: one example has a row too."] = right[0]
        else:
            slips |= {
                "it was divided by the number of examples; each has a row of its own.": right / B,
                "that is one row of all examples; each has a row of its own.": right.ravel(),
                "the last example is missing.": right[:-1],
                "the first example is missing.": right[1:],
                "the sum over all was taken; each example has a row of its own.": right.sum(),
                "only the last example is there: is something overwritten in a loop?": right[-1:],
                "only the last example is there, without its row: is something overwritten in a "
                "loop?": right[-1],
                "only the first example is there: several may come, each in its row.": right[:1],
                "only the first example is there, without its row.": right[0],
            }
            for what, one in ("sum", right.sum(axis=0)), ("mean", right.mean(axis=0)):
                words = f"the {what} over the examples was taken; each has a row of its own."
                slips |= {words: one, f"{words} It is one row now.": one[None]}
        for text, wrong in _WRONG_SIGMOIDS.items():
            slips |= {
                text: wrong(wrong(x @ W1) @ W2) @ W3,
                f"h1: {text}": _sigmoid(wrong(x @ W1) @ W2) @ W3,
                f"h2: {text}": wrong(h1 @ W2) @ W3,
            }
        if x.shape[1] == W1.shape[1] == W2.shape[1] == W3.shape[1]:
            # only square matrices can be transposed or exchanged unnoticed
            slips |= {
                "W1 is transposed.": _sigmoid(_sigmoid(x @ W1.T) @ W2) @ W3,
                "W2 is transposed.": _sigmoid(h1 @ W2.T) @ W3,
                "W3 is transposed.": h2 @ W3.T,
                "all three matrices are transposed.": (_sigmoid(_sigmoid(x @ W1.T) @ W2.T) @ W3.T),
                "W1 and W2 are exchanged.": _sigmoid(_sigmoid(x @ W2) @ W1) @ W3,
                "W2 and W3 are exchanged.": _sigmoid(h1 @ W3) @ W2,
                "W1 and W3 are exchanged.": _sigmoid(_sigmoid(x @ W3) @ W2) @ W1,
                "W1 was used twice; the second product takes W2.": _sigmoid(h1 @ W1) @ W3,
                "W2 was used twice; the last product takes W3.": h2 @ W2,
                "the second layer is left out: W3 takes h2, not h1.": h1 @ W3,
                "the first layer is left out: W2 takes h1, not x.": _sigmoid(x @ W2) @ W3,
            }
        sizes = f"B = {B}, D = {D}, H1 = {H1}, H2 = {H2} and K = {K}"
        slips["the result is transposed: rows are examples."] = right.T
        cases.append(Case({"x": x, "W1": W1, "W2": W2, "W3": W3}, right, slips, sizes))
    try_cases(answer, cases, tolerance=TOLERANCE, alone="z3")
    return "Your function works for one example and for six at once."


q3 = Question(
    "Exercise 1.3",
    "my_forward_pass",
    _forward_pass,
    hints=[
        "Five lines: z1, h1, z2, h2, z3. Only z1 and z2 pass through the sigmoid (1.3).",
        "z1 = x @ W1, then h1 = 1 / (1 + np.exp(-z1)), written out: then it works alone, too.",
    ],
    solution="""
def my_forward_pass(x, W1, W2, W3):
    z1 = x @ W1
    h1 = 1 / (1 + np.exp(-z1))
    z2 = h1 @ W2
    h2 = 1 / (1 + np.exp(-z2))
    return h2 @ W3
""",
)

q4 = Question(
    "Exercise 1.4",
    "why_random",
    choice(
        "c",
        "When all weights are equal, the units of a layer compute the same and get the same "
        "changes, so they stay equal.",
        {
            "a": "equal weights can be as small as you like; their size is not the reason.",
            "b": "a forward pass works with any weights, equal or not.",
            "d": "at the start the weights know nothing of the data, random or not. Training does "
            "that.",
        },
    ),
    hints=[
        "Look at the numbers of section 8: what do the three units compute?",
        "And what did training do to them?",
    ],
    solution='why_random = "c"',
)

# What the lesson asks at its start, and what comes back of what was missed.
r1, r2, r3, due1, due2, due3, again = block("01")
