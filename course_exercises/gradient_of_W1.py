"""The questions of lesson 05: all shapes, the whole way back, which slip explains what."""

import numpy as np

import course_nn as nn
from course_exercises.derivations import derivation
from course_exercises.question import Question, Wrong, choice
from course_exercises.recall.blocks import block
from course_exercises.way_back import all_three, name_part
from course_nn import more_operations as more


def _shapes(answer: list[tuple[int, int]]) -> str:
    answer = answer.tolist() if isinstance(answer, np.ndarray) else answer
    if isinstance(answer, (list, tuple)) and list(answer) in ([2, 5], [6, 5]):
        raise Wrong("that is one shape; a list of two is wanted, as in [(1, 2), (3, 4)].")
    if isinstance(answer, (list, tuple)) and list(answer) == [10, 30]:
        raise Wrong("those are the numbers of entries. A shape is two numbers, such as (3, 4).")
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
    name_part("δ1", delta1, (2, 5), slips, {})
    slips = {
        "the axes of ∂J/∂W1 are exchanged: it has the shape of W1.": (5, 6),
        "∂J/∂W1 has no axis of the examples: the product adds up over them.": (2, 5),
        "∂J/∂W1 has not the shape of x, but that of W1: (D, H1).": (2, 6),
    }
    name_part("∂J/∂W1", dW1, (6, 5), slips, {"that is the shape of W2.": (5, 4)})
    return "Each has the same shape as the thing it belongs to: z1 and W1."


q1 = Question(
    "Exercise 5.1",
    "shapes",
    _shapes,
    hints=["δ1 has the shape of z1, ∂J/∂W1 that of W1.", "z1 is (B, H1), W1 is (D, H1)."],
    solution="shapes = [(2, 5), (6, 5)]",
)


q2 = Question(
    "Exercise 5.2",
    "my_gradients",
    all_three,
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

# What the lesson asks at its start, and what comes back of what was missed.
r1, r2, r3, due1, due2, due3, again = block("05")
