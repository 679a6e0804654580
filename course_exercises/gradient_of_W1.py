"""The questions of lesson 05: all shapes, the whole way back, which slip explains what."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from course_exercises.question import (
    Question,
    Slip,
    Wrong,
    call,
    choice,
    find_slip,
    same,
)

Array = np.ndarray


def _shapes(answer: list[tuple[int, int]]) -> str:
    answer = answer.tolist() if isinstance(answer, np.ndarray) else answer
    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        raise Wrong("give a list of two shapes, as in [(1, 2), (3, 4)].")
    if any(not isinstance(shape, (list, tuple)) or len(shape) != 2 for shape in answer):
        raise Wrong("each shape is two numbers in brackets, such as (3, 4).")
    delta1, dW1 = (tuple(shape) for shape in answer)
    if (delta1, dW1) == ((6, 5), (2, 5)):
        raise Wrong("the two are exchanged: first δ1, then ∂J/∂W1.")
    slips = {
        "the axes of δ1 are exchanged: rows are examples.": (5, 2),
        "δ1 has one row for each of the 2 examples, not one in all.": (1, 5),
        "that is the shape of x; δ1 has that of z1.": (2, 6),
        "that is the shape of δ2; δ1 has that of z1.": (2, 4),
    }
    _named("δ1", delta1, (2, 5), slips, {})
    slips = {
        "the axes of ∂J/∂W1 are exchanged: it has the shape of W1.": (5, 6),
        "∂J/∂W1 has no axis of the examples: the product adds up over them.": (2, 5),
    }
    _named("∂J/∂W1", dW1, (6, 5), slips, {"that is the shape of W2.": (5, 4)})
    return "Each has the same shape as the thing it belongs to: z1 and W1."


q1 = Question(
    "Exercise 5.1",
    "shapes",
    _shapes,
    hints=["δ1 has the shape of z1, ∂J/∂W1 that of W1.", "z1 is (B, H1), W1 is (D, H1)."],
    solution="shapes = [(2, 5), (6, 5)]",
)


def _named(
    what: str, answer: Any, right: Any, naming: dict[str, Any], others: dict[str, Any]
) -> None:
    """`name_slip` for one part of the answer, which is named in front of what is said.

    Args:
        naming: slips whose words name the part already.
        others: slips whose words do not.
    """
    slips = {Slip(words): value for words, value in naming.items()}
    also = {Slip(words): value for words, value in others.items()}
    difference = find_slip(answer, right, slips | also)
    if difference:
        named = any(slip in slips for slip in difference.slips)
        raise Wrong(difference.words if named else f"{what}: {difference.words}")


def _slope(z: Array, h: Array) -> Array:
    return 1 - h**2


def _way_back(
    x: Array,
    y: Array,
    W1: Array,
    W2: Array,
    W3: Array,
    *,
    slope1: Callable[[Array, Array], Array] = _slope,
    slope2: Callable[[Array, Array], Array] = _slope,
    slope2_on_the_way: Callable[[Array, Array], Array] | None = None,
    back2: Callable[[Array], Array] = np.transpose,
    back3: Callable[[Array], Array] = np.transpose,
    start: Callable[[Array, Array], Array] = np.subtract,
    output: Callable[[Array], Array] = np.positive,
    sigmoid: bool = False,
) -> list[Array]:
    """The three gradients with tanh; each option alters one line."""

    def f(z: Array) -> Array:
        return 1 / (1 + np.exp(-z)) if sigmoid else np.tanh(z)

    if sigmoid:
        slope1 = slope2 = lambda z, h: h * (1 - h)
    z1 = x @ W1
    h1 = f(z1)
    z2 = h1 @ W2
    h2 = f(z2)
    delta3 = start(output(h2 @ W3), y)
    delta2 = (delta3 @ back3(W3)) * slope2(z2, h2)
    on_the_way = delta2
    if slope2_on_the_way:
        on_the_way = (delta3 @ back3(W3)) * slope2_on_the_way(z2, h2)
    delta1 = (on_the_way @ back2(W2)) * slope1(z1, h1)
    return [x.T @ delta1, h1.T @ delta2, h2.T @ delta3]


def _way_back_slips(square: bool) -> dict[str, dict[str, Any]]:
    """What to say, and the line that makes the slip."""

    def both(slope: Callable[[Array, Array], Array]) -> dict[str, Any]:
        return {"slope1": slope, "slope2": slope}

    slips: dict[str, dict[str, Any]] = {
        "the derivative of the activation is missing in both layers.": both(lambda z, h: 1.0),
        "f′(z1) is missing.": {"slope1": lambda z, h: 1.0},
        "f′(z2) is missing.": {"slope2": lambda z, h: 1.0},
        "f′(z2) is missing on the way to δ1: δ1 is made from δ2.": {
            "slope2_on_the_way": lambda z, h: 1.0
        },
        "h (1 − h) is the derivative of the sigmoid; here it is tanh.": both(
            lambda z, h: h * (1 - h)
        ),
        "the derivative was computed as 1 − z²; it is 1 − h².": both(lambda z, h: 1 - z**2),
        "h (1 − h) in layer 1 is the derivative of the sigmoid; here it is tanh.": {
            "slope1": lambda z, h: h * (1 - h)
        },
        "the network has the activation sigmoid; here it is tanh.": {"sigmoid": True},
        "the output passed through tanh too; z3 is the last product itself.": {"output": np.tanh},
        "h is the value already: 1 − h², without another tanh.": both(
            lambda z, h: 1 - np.tanh(h) ** 2
        ),
        "1 − h instead of 1 − h²: the square is missing.": both(lambda z, h: 1 - h),
        "the sign: δ3 is z3 − y.": {"start": lambda z3, y: y - z3},
        "a factor 2: the ½ of the loss cancels it.": {"start": lambda z3, y: 2 * (z3 - y)},
        "half the gradient: a factor ½.": {"start": lambda z3, y: (z3 - y) / 2},
        "y is missing: δ3 is z3 − y.": {"start": lambda z3, y: z3},
    }
    if square:  # only then do these give no error

        def as_it_is(W: Array) -> Array:
            return W

        slips |= {
            "W3 is not transposed on the way back.": {"back3": as_it_is},
            "W2 is not transposed on the way back.": {"back2": as_it_is},
            "W2 and W3 are not transposed on the way back.": {"back2": as_it_is, "back3": as_it_is},
        }
    return slips


def _all_three(answer: Callable[..., Any]) -> str:
    rng = np.random.default_rng(5)
    for widths in ((3, 3, 3, 3), (5, 4, 3, 2), (2, 3, 4, 5)):
        x, y = rng.normal(size=(1, widths[0])), rng.normal(size=(1, widths[3]))
        W = [rng.normal(size=shape) for shape in pairwise(widths)]
        result = call(answer, x=x, y=y, W1=W[0], W2=W[1], W3=W[2])
        if not isinstance(result, (tuple, list)) or len(result) != 3:
            raise Wrong("return three arrays: dW1, dW2, dW3.")
        right = _way_back(x, y, *W)
        if _alike(result, right):
            continue
        if _alike(result, right[::-1]):
            raise Wrong("the three are right, but in the wrong order: dW1, dW2, dW3.")
        if _alike(result, [g.T for g in right]):
            raise Wrong("all three are transposed.")
        named = [
            text
            for text, altered in _way_back_slips(square=len(set(widths)) == 1).items()
            if _alike(result, _way_back(x, y, *W, **altered))
        ]
        if named:
            raise Wrong(" Or: ".join(named))
        if same(result[2], right[2]) and _back_through_new_W3(result[1], x, y, *W, right):
            raise Wrong(
                "W3 was updated too early: δ3 goes back through the W3 of the forward pass."
            )
        # From the output back: the first wrong one shows where the slip is.
        for name, mine, gradient in zip(("W3", "W2", "W1"), result[::-1], right[::-1], strict=True):
            slips = {
                "that is the transpose.": gradient.T,
                "the sign is wrong.": -gradient,
                "a factor 2.": 2 * gradient,
            }
            _named(f"∂L/∂{name}", mine, gradient, {}, slips)
    return "All three hold on three networks."


def _back_through_new_W3(
    mine: Any, x: Array, y: Array, W1: Array, W2: Array, W3: Array, right: list[Array]
) -> bool:
    """Whether ∂L/∂W2 differs from the right one by what some step −η ∂L/∂W3 makes of it."""
    h1 = np.tanh(x @ W1)
    h2 = np.tanh(h1 @ W2)
    change = h1.T @ (((h2 @ W3 - y) @ right[2].T) * (1 - h2**2))
    off = right[1] - np.asarray(mine, dtype=float)
    if off.shape != change.shape:
        return False
    eta = float((off * change).sum() / (change**2).sum())
    return eta > 0 and same(off, eta * change)


def _alike(result: Any, arrays: list[Array]) -> bool:
    try:
        return all(same(mine, array) for mine, array in zip(result, arrays, strict=True))
    except (TypeError, ValueError):
        return False


q2 = Question(
    "Exercise 5.2",
    "my_gradients",
    _all_three,
    hints=[
        "Forward first: z1, h1, z2, h2, z3, with np.tanh. Then δ3 = z3 − y.",
        "δ2 = (δ3 W3ᵀ) ⊙ (1 − h2²), and δ1 in the same way from δ2, W2 and h1.",
        "Each gradient is what came in, transposed, times δ: x.T @ delta1, and so on.",
    ],
    solution="""
def my_gradients(x, y, W1, W2, W3):
    h1 = np.tanh(x @ W1)
    h2 = np.tanh(h1 @ W2)
    delta3 = h2 @ W3 - y
    delta2 = (delta3 @ W3.T) * (1 - h2**2)
    delta1 = (delta2 @ W2.T) * (1 - h1**2)
    return x.T @ delta1, h1.T @ delta2, h2.T @ delta3
""",
)


q3 = Question(
    "Exercise 5.3",
    "delta2_now",
    choice(
        "a",
        "Each δ is made from the next one in the same way. Only δ3 is new: (δ4 W4ᵀ) ⊙ f′(z3).",
        {
            "b": "between δ4 and δ2 lie two matrices, W4 and W3, and two activations.",
            "c": "W3 leads from h2 to z3, so it takes δ3 back, not δ4.",
        },
    ),
    hints=["h2 feeds z3 through W3, as before.", "What has changed is how δ3 is computed."],
    solution='delta2_now = "a"',
)

q4 = Question(
    "Exercise 5.4",
    "which_slip",
    choice(
        "b",
        "f′(z1) = h1 (1 − h1) is at most ¼, and only δ1 contains it.",
        {
            "a": "then all three gradients would have the wrong sign.",
            "c": "then all three gradients would have a factor 2, and no more than 2.",
            "d": "then the gradient of W2 would be wrong too, since δ2 goes back through W3.",
        },
    ),
    hints=["Which of the slips touches δ1 but neither δ2 nor δ3?", "How large can h (1 − h) be?"],
    solution='which_slip = "b"',
)
