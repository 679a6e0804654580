"""The questions of lesson 01: shapes, a product by hand, the whole forward pass."""

from collections.abc import Callable

import numpy as np

from course_exercises.question import Question, Wrong, call, choice, name_slip, same


def _shape(answer: tuple[int, int]) -> str:
    slips = {
        "5 is the number of columns of x. Rows are examples, and there are 7.": (5, 3),
        "the axes are exchanged: rows are examples.": (3, 7),
        "that is h1. h2 is one layer further.": (7, 4),
        "that is z3, one layer further.": (7, 2),
        "that is the shape for one example; there are 7.": (1, 3),
        "that is x.": (7, 5),
        "that is W2, which has no row for an example.": (4, 3),
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
        "the minus of −1 was lost.": x @ np.abs(W),
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


def _sigmoid(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


def _forward_pass(answer: Callable[..., np.ndarray]) -> str:
    rng = np.random.default_rng(11)
    for D, H1, H2, K, B in ((3, 3, 3, 3, 1), (4, 3, 2, 5, 6)):
        x = rng.normal(size=(B, D))
        W1, W2, W3 = (rng.normal(size=s) for s in ((D, H1), (H1, H2), (H2, K)))
        right = _sigmoid(_sigmoid(x @ W1) @ W2) @ W3
        slips = {
            "the output passed through sigmoid too; z3 is the last product itself.": _sigmoid(
                right
            ),
            "there is no activation: x W1 W2 W3.": x @ W1 @ W2 @ W3,
            "the activation after the first layer is missing.": _sigmoid(x @ W1 @ W2) @ W3,
            "the activation after the second layer is missing.": _sigmoid(x @ W1) @ W2 @ W3,
            "that is h2; one more product with W3 is missing.": _sigmoid(_sigmoid(x @ W1) @ W2),
            "the minus of e⁻ᶻ is missing in the sigmoid.": (_sigmoid(-_sigmoid(-x @ W1) @ W2) @ W3),
        }
        if D == H1 == H2 == K:  # only square matrices can be transposed unnoticed
            h1, h2 = _sigmoid(x @ W1), _sigmoid(_sigmoid(x @ W1) @ W2)
            slips |= {
                "W1 is transposed.": _sigmoid(_sigmoid(x @ W1.T) @ W2) @ W3,
                "W2 is transposed.": _sigmoid(h1 @ W2.T) @ W3,
                "W3 is transposed.": h2 @ W3.T,
                "all three matrices are transposed.": (_sigmoid(_sigmoid(x @ W1.T) @ W2.T) @ W3.T),
            }
        result = call(answer, x=x, W1=W1, W2=W2, W3=W3)
        if isinstance(result, tuple):
            raise Wrong("return z3 alone.")
        if same(result, right.T) and not same(result, right):
            raise Wrong("the result is transposed: rows are examples.")
        name_slip(result, right, slips)
    return "Your function works for one example and for six at once."


q3 = Question(
    "Exercise 1.3",
    "my_forward_pass",
    _forward_pass,
    hints=[
        "Five lines: z1, h1, z2, h2, z3. Only h1 and h2 pass through sigmoid.",
        "z1 = x @ W1, then h1 = 1 / (1 + np.exp(-z1)).",
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
        "Units with equal weights compute the same and get the same changes, so they stay equal.",
        {
            "a": "equal weights can be as small as you like; their size is not the reason.",
            "b": "a forward pass works with any weights, equal or not.",
            "d": "at the start no weights fit the data, random or not. Training does that.",
        },
    ),
    hints=[
        "Look at the numbers of section 8: what do the three units compute?",
        "And what did training do to them?",
    ],
    solution='why_random = "c"',
)
