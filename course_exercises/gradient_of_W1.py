"""The questions of lesson 05: a derivation of one's own, the paths in it, the whole way back."""

from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.derivations import Derivation, derivation
from course_exercises.prediction import OneDigit, Prediction
from course_exercises.question import Question, Slip, Wrong, choice, find_slip
from course_exercises.recall.blocks import block
from course_exercises.way_back import all_three, name_part
from course_nn import more_operations as more

Array = np.ndarray


def _network() -> Any:
    """The network of the lesson after a forward and a backward pass of its example."""
    rng = np.random.default_rng(seed=4)
    model = nn.two_hidden_layer_network(
        2, 3, 2, 2, activation="sigmoid", loss="squared_error", seed=0
    )
    for parameter in (model.W1, model.W2, model.W3):
        parameter.value = rng.normal(size=parameter.value.shape)
    model.graph.Forward(x=[[0.5, -1.0]], y=[[1.0, 0.0]])
    model.graph.Backward(model.loss)
    return model


def _loss() -> nn.Node:
    return _network().loss


# ------------------------------------------------------------------ the reader's own derivation

own = Derivation(
    "Your derivation",
    "my_way_back",
    derivation(
        _loss,
        "All lines hold, on networks of several widths. The whole way back is yours.",
        one_example=True,
        feedback="count",
    ),
    hints=[
        "Begin at the loss: z3, then W3. From there on, two stations for each layer.",
        "Each layer asks for three lines: h.grad, z.grad and W.grad. The last layer has two.",
    ],
    solution='''
my_way_back = """
z3.grad = z3 − y
W3.grad = h2.T @ z3.grad
h2.grad = z3.grad @ W3.T
z2.grad = h2.grad ⊙ h2 ⊙ (1 − h2)
W2.grad = h1.T @ z2.grad
h1.grad = z2.grad @ W2.T
z1.grad = h1.grad ⊙ h1 ⊙ (1 − h1)
W1.grad = x.T @ z1.grad
"""
''',
)


def _paths() -> Array:
    """The products of the four paths from W1[1, 2]: [j, k] goes over h2[j] to z3[k]."""
    model = _network()
    h2, z3 = model.output.operands[0], model.output
    h1 = h2.operands[0].operands[0]
    slope1, slope2 = (h.value[0] * (1 - h.value[0]) for h in (h1, h2))
    before = model.x.value[0, 1] * slope1[2]  # two factors that all paths have
    return before * (model.W2.value[2] * slope2)[:, None] * model.W3.value * z3.grad[0]


def _groups(answer: list[float]) -> str:
    each = _paths()
    right = each.sum(axis=1)
    slips = {
        "the two groups are exchanged: first the one with δ2[0].": right[::-1],
        "those are grouped by output: the first two contain δ3[0]. Which go through unit 0 of the "
        "second hidden layer?": each.sum(axis=0),
        "those are the first and the last path, and the two in the middle.": np.array(
            [each[0, 0] + each[1, 1], each[0, 1] + each[1, 0]]
        ),
        "that is the sum of all four; two groups are wanted.": right.sum(),
        "those are the four paths; add those that contain the same δ2.": each.ravel(),
        "the signs were lost: the paths are added with them.": np.abs(each).sum(axis=1),
        "the sums have the wrong sign, or lost it.": np.abs(each.sum(axis=1)),
        "the two numbers of a group were subtracted; paths are added.": each[:, 0] - each[:, 1],
        "the two numbers of a group were multiplied; paths are added.": each.prod(axis=1),
        "the groups were averaged; paths are added.": each.mean(axis=1),
        "those are the numbers of δ2 themselves. Add the paths that contain them.": (
            _network().output.operands[0].operands[0].grad[0]
        ),
    }
    answer = np.squeeze(answer) if np.shape(answer) == (1, 2) else answer
    named = {Slip(words): value for words, value in slips.items()}
    # The four numbers are printed with four decimals, and so are off by half of the last one.
    if difference := find_slip(answer, right, named, tolerance=0, absolute=1.1e-4):
        raise Wrong(difference.words)
    return (
        "Each group is δ2[j] times the same factors: x[1], f′(z1[2]) and W2[2, j]. So the paths "
        "behind z2[j] need to be added only once, in δ2[j]."
    )


groups = Question(
    "The two groups",
    "two_groups",
    _groups,
    hints=[
        "δ2[0] belongs to unit 0 of the second hidden layer. Which paths lead through h2[0]?",
        "The first two do. Add them, with their signs; then the other two.",
    ],
    solution="two_groups = [0.0055 - 0.0079, -0.1728 - 0.2329]",
)

# ------------------------------------------------------------------ predictions

p1 = Prediction(
    "Prediction 5.1",
    kind=OneDigit(),
    came=lambda: _network().W1.grad[0, 2],
    why="Many say that it cannot be known without the whole way back, or take −0.4 again, because "
    "both weights lead into the same unit. But the way back to both is the same up to z1[2]: only "
    "what came in differs, 0.5 instead of −1. So the derivative is −½ times as large.",
    again=Prediction(
        "Prediction 5.1, second case",
        asks="One layer on: the derivative by W2[0, 1] is 0.3320, and h1 = (0.2719, 0.8255, "
        "0.6978). What is that by W2[1, 1]? To see it afterwards, look into lesson 04, or nudge W2 "
        "in `lambda W: 0.5 * ((sigmoid(h1 @ W) @ W3 - y) ** 2).sum()`.",
        kind=OneDigit(),
        came=lambda: _network().W2.grad[1, 1],
        why="Again both weights lead into the same unit, and only what came in differs: 0.8255 "
        "instead of 0.2719, about three times as much.",
    ),
)

_TIMES = ("once", "twice", "three times")
_B = 6  # examples in section 5


def _sum_over_mean() -> float:
    """How many times the gradient of W1 of the mean loss is what the examples' own add up to."""
    rng = np.random.default_rng(seed=6)
    other = nn.two_hidden_layer_network(
        5, 4, 3, 2, activation="sigmoid", loss="squared_error", seed=3
    )
    other.graph.Forward(x=rng.normal(size=(_B, 5)), y=rng.normal(size=(_B, 2)))
    other.graph.Backward(other.loss)
    return float(other.W1.per_example_grad().sum() / other.W1.grad.sum())


def _how_often(ratio: float) -> str:
    powers = [_B, _B**2, _B**3]
    return _TIMES[int(np.argmin(np.abs(np.array(powers) - ratio)))]


def _with_each_twice() -> float:
    """The mean gradient of W1 with each of the examples twice, over that with each once."""
    rng = np.random.default_rng(seed=6)
    x, y = rng.normal(size=(_B, 5)), rng.normal(size=(_B, 2))
    other = nn.two_hidden_layer_network(
        5, 4, 3, 2, activation="sigmoid", loss="squared_error", seed=3
    )
    sums = []
    for rows in (1, 2):
        other.graph.Forward(x=np.tile(x, (rows, 1)), y=np.tile(y, (rows, 1)))
        other.graph.Backward(other.loss)
        sums.append(other.W1.grad.sum())
    return float(sums[1] / sums[0])


p2 = Prediction(
    "Prediction 5.2",
    choices=_TIMES,
    came=_sum_over_mean,
    reads=_how_often,
    where="Take the number of the line with W1.",
    why="Three layers lie behind W1, and each has a product, so a division in each layer seems "
    "natural. But the rows of δ belong to the examples, each with its own loss: nothing is added "
    "over the examples on the way from δ3 to δ1, so nothing is divided. Only the product with xᵀ "
    "adds over them, once.",
    again=Prediction(
        "Prediction 5.2, second case",
        asks="Now each of the six examples stands in the batch twice, so B = 12. What becomes of "
        "the gradient of the mean loss? To see it afterwards, divide an entry of `gradients("
        "np.tile(X, (2, 1)), np.tile(Y, (2, 1)), other.W1.value, other.W2.value, other.W3.value)"
        "[0] / 12` by the same entry of `other.W1.grad`.",
        choices=("it stays the same", "it doubles", "it halves"),
        came=_with_each_twice,
        reads=lambda ratio: (
            "it doubles" if ratio > 1.5 else "it halves" if ratio < 0.75 else "it stays the same"
        ),
        why="The sum doubles, and so does B. A mean does not change if everything is there twice.",
    ),
)

# ------------------------------------------------------------------ exercises


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


earlier_q1 = Question(
    "Exercise 5.1",
    "shapes",
    _shapes,
    hints=["δ1 has the shape of z1, ∂J/∂W1 that of W1.", "z1 is (B, H1), W1 is (D, H1)."],
    solution="shapes = [(2, 5), (6, 5)]",
)


q1 = Question(
    "Exercise 5.1",
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


q2 = Question(
    "Exercise 5.2",
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

q3 = Question(
    "Exercise 5.3",
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
    """The loss of the network of exercise 5.4; the widths do not matter, the numbers neither."""
    with nn.Graph():
        x, y = nn.Input("x", width=3), nn.Input("y", width=2)
        U, V = nn.Parameter("U", np.ones((3, 4))), nn.Parameter("V", np.ones((3, 4)))
        W = nn.Parameter("W", np.ones((4, 2)))
        h = nn.tanh(nn.matmul(x, U, name="a"), name="h")
        s = more.multiply(h, nn.matmul(x, V, name="c"), name="s")
        return nn.squared_error(nn.matmul(s, W, name="z"), y, name="loss")


q4 = Derivation(
    "Exercise 5.4",
    "my_lines",
    derivation(
        _two_multiplied,
        "All lines hold, with any number of examples. You have found the rule of a new operation.",
        feedback="first",
    ),
    hints=[
        "Write one entry: s_bi = h_bi · c_bi. Where does h_bi occur, and with which factor?",
        "From z back: s, through W; then h and c, each with the other as its factor.",
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
