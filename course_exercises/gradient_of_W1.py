"""The questions of lesson 05: all shapes, the whole way back, which slip explains what."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.derivations import derivation
from course_exercises.question import (
    Question,
    Slip,
    Wrong,
    call,
    choice,
    find_slip,
    same,
    uses_its_arguments,
)
from course_nn import more_operations as more

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
        "that is the shape of δ3; δ1 has that of z1.": (2, 3),
        "that is the shape of W1; δ1 has that of z1.": (6, 5),
    }
    _named("δ1", delta1, (2, 5), slips, {})
    slips = {
        "the axes of ∂J/∂W1 are exchanged: it has the shape of W1.": (5, 6),
        "∂J/∂W1 has no axis of the examples: the product adds up over them.": (2, 5),
        "∂J/∂W1 has not the shape of x, but that of W1: (D, H1).": (2, 6),
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
        "(1 − h)² instead of 1 − h²: only h is squared.": both(lambda z, h: (1 - h) ** 2),
        "h² alone; the derivative of tanh is 1 − h².": both(lambda z, h: h**2),
        "∂L/∂W2: the sign is wrong, and there alone: in its own line, or in both 1 − h².": both(
            lambda z, h: h**2 - 1
        ),
        "h (1 − h) in layer 2 is the derivative of the sigmoid; here it is tanh.": {
            "slope2": lambda z, h: h * (1 - h)
        },
        "1 − h2 in layer 2: the square is missing.": {"slope2": lambda z, h: 1 - h},
        "1 − h1 in layer 1: the square is missing.": {"slope1": lambda z, h: 1 - h},
        "the sign: δ3 is z3 − y.": {"start": lambda z3, y: y - z3},
        "a factor 2: the ½ of the loss cancels it.": {"start": lambda z3, y: 2 * (z3 - y)},
        "half the gradient: a factor ½.": {"start": lambda z3, y: (z3 - y) / 2},
        "y is missing: δ3 is z3 − y.": {"start": lambda z3, y: z3},
    }
    if square:  # only then do these give no error

        def as_it_is(W: Array) -> Array:
            return W

        slips |= {
            "δ3 was not taken back through W3.": {"back3": lambda W: np.eye(len(W))},
            "δ2 was not taken back through W2.": {"back2": lambda W: np.eye(len(W))},
            "W3 is not transposed on the way back.": {"back3": as_it_is},
            "W2 is not transposed on the way back.": {"back2": as_it_is},
            "W2 and W3 are not transposed on the way back.": {"back2": as_it_is, "back3": as_it_is},
        }
    return slips


def _all_three(answer: Callable[..., Any]) -> str:
    rng = np.random.default_rng(5)
    shapes = {"x": (1, 3), "y": (1, 3), "W1": (3, 3), "W2": (3, 3), "W3": (3, 3)}
    two = [{name: rng.normal(size=shape) for name, shape in shapes.items()} for _ in range(2)]
    uses_its_arguments(answer, *two)
    for widths in ((3, 3, 3, 3), (5, 4, 3, 2), (2, 3, 4, 5), (4, 1, 3, 1)):
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
        early = _updated_too_early(result, x, y, *W, right)
        if early:
            raise Wrong(
                f"{early} was updated too early: the way back goes through the weights of the "
                "forward pass. First all gradients, then all updates."
            )
        # From the output back: the first wrong one shows where the slip is.
        for name, mine, gradient in zip(("W3", "W2", "W1"), result[::-1], right[::-1], strict=True):
            slips = {
                "that is the transpose.": gradient.T,
                "the sign is wrong.": -gradient,
                "a factor 2.": 2 * gradient,
                "a factor ½.": gradient / 2,
            } | _of_one_matrix(name, x, y, *W)
            _named(f"∂L/∂{name}", mine, gradient, {}, slips)
    return "All three hold on networks of several widths."


def _of_one_matrix(name: str, x: Array, y: Array, W1: Array, W2: Array, W3: Array) -> dict:
    """What to say of slips that touch the gradient of this matrix alone, and what comes out."""
    h1 = np.tanh(x @ W1)
    h2 = np.tanh(h1 @ W2)
    delta3 = h2 @ W3 - y
    delta2 = (delta3 @ W3.T) * (1 - h2**2)
    delta1 = (delta2 @ W2.T) * (1 - h1**2)
    came_in = {"x": x, "h1": h1, "h2": h2}
    arrived = {"δ1": delta1, "δ2": delta2, "δ3": delta3}
    what, delta = {"W1": ("x", "δ1"), "W2": ("h1", "δ2"), "W3": ("h2", "δ3")}[name]
    slips = {
        f"{other} was used where {what} belongs: what came in at {name} is {what}.": (
            value.T @ arrived[delta]
        )
        for other, value in came_in.items()
        if other != what
    }
    slips |= {
        f"{other} was used where {delta} belongs: {name} feeds z{name[1]}.": (
            came_in[what].T @ value
        )
        for other, value in arrived.items()
        if other != delta
    }
    if name == "W3":
        return slips | {
            "only z3 was multiplied by h2ᵀ: put brackets around z3 − y.": h2.T @ (h2 @ W3) - y,
            "z3 has no activation, so there is no f′ in δ3.": (
                h2.T @ (delta3 * (1 - (h2 @ W3) ** 2))
            ),
            "the square was not differentiated: δ3 is z3 − y, not ½ (z3 − y)².": (
                h2.T @ (delta3**2 / 2)
            ),
        }
    value = came_in[what]
    back, own, other = {
        "W1": (delta2 @ W2.T, "h1", "h2"),
        "W2": (delta3 @ W3.T, "h2", "h1"),
    }[name]
    h = came_in[own]
    slips |= {
        f"(1 − {own})² instead of 1 − {own}²: only {own} is squared.": value.T
        @ (back * (1 - h) ** 2),
        f"brackets are missing: write (1 - {own}**2).": value.T @ (back * 1 - h**2),
        "f′ was added; back through the activation it is a factor.": value.T @ (back + 1 - h**2),
    }
    if h.shape == came_in[other].shape:
        slips[f"the slope is taken where you arrive: 1 − {own}², not 1 − {other}²."] = value.T @ (
            back * (1 - came_in[other] ** 2)
        )
    return slips


def _updated_too_early(
    result: Any, x: Array, y: Array, W1: Array, W2: Array, W3: Array, right: list[Array]
) -> str:
    """ "W3" or "W2", if the gradient behind it shows that it was changed by −η times its own.

    Or "", if neither explains the numbers.
    """
    h1 = np.tanh(x @ W1)
    h2 = np.tanh(h1 @ W2)
    delta3 = h2 @ W3 - y
    delta2 = (delta3 @ W3.T) * (1 - h2**2)
    if not same(result[2], right[2]):
        return ""
    if _is_a_step(result[1], right[1], h1.T @ ((delta3 @ right[2].T) * (1 - h2**2))):
        return "W3"
    change = x.T @ ((delta2 @ right[1].T) * (1 - h1**2))
    return "W2" if same(result[1], right[1]) and _is_a_step(result[0], right[0], change) else ""


def _is_a_step(mine: Any, right: Array, change: Array) -> bool:
    """Whether `mine` is right − η · change, with some learning rate η above 0."""
    off = right - np.asarray(mine, dtype=float)
    if off.shape != change.shape:
        return False
    eta = float((off * change).sum() / (change**2).sum())
    return eta > 1e-6 and same(off, eta * change)


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


def _two_multiplied() -> nn.Node:
    """The loss of the network of exercise 5.5; the widths do not matter, the numbers neither."""
    with nn.Graph():
        x, y = nn.Input("x", width=3), nn.Input("y", width=2)
        U, V = nn.Parameter("U", np.ones((3, 4))), nn.Parameter("V", np.ones((3, 4)))
        W = nn.Parameter("W", np.ones((4, 2)))
        h = nn.tanh(nn.matmul(x, U, name="a"), name="h")
        s = more.multiply(h, nn.matmul(x, V, name="c"), name="s")
        return nn.squared_error(nn.matmul(s, W, name="z"), y, name="loss")


q5 = Question(
    "Exercise 5.5",
    "my_lines",
    derivation(
        _two_multiplied,
        "All lines hold, with any number of examples. You have found the rule of a new operation.",
        feedback="first",
    ),
    hints=[
        "Write one entry: s_bi = h_bi · c_bi. Where does h_bi occur, and with which factor?",
        "From z back: W, then s; then h and c, each with the other as its factor.",
        "h goes on to a, and a to U; c goes on to V. Both U and V read x.",
    ],
    solution='''
my_lines = """
z.grad = z − y
W.grad = s.T @ z.grad / B
s.grad = z.grad @ W.T
h.grad = s.grad ⊙ c
c.grad = s.grad ⊙ h
a.grad = h.grad ⊙ (1 − h²)
U.grad = x.T @ a.grad / B
V.grad = x.T @ c.grad / B
"""
''',
)
