"""The questions of the further lesson on PyTorch and Keras.

What no reset does, the mean of the squared error, a layer with its transposed weights.
"""

from collections.abc import Callable

import numpy as np

from course_exercises.cases import Case, try_cases
from course_exercises.question import (
    Question,
    choice,
    name_slip,
)

q1 = Question(
    "Exercise P.1",
    "third_update_uses",
    choice(
        "b",
        "Like momentum with μ = 1: nothing is ever forgotten.",
        {
            "a": "then somebody must have taken the first two away. Which line does that?",
            "c": "nothing divides by 3: the mean is taken over the examples of a batch, not over "
            "the batches.",
            "d": "there is no error message. That is what makes it a trap.",
        },
    ),
    hints=[
        "What does loss.backward() do with a gradient that is already there?",
        "What is the gradient in update t, if nothing is ever reset?",
    ],
    solution='third_update_uses = "b"',
)


def _mse(answer: float) -> str:
    B, K, J = 5, 3, 3.6
    slips = {
        "that is J itself; MSELoss has no half, and divides by K too.": J,
        "that is the wrong way round: MSELoss times K / 2 is J.": J * K / 2,
        "without the half there is 2 J, the sum over the outputs; MSELoss takes their mean.": 2 * J,
        "the division by K is there, but the half is still in it: MSELoss has none.": J / K,
        "the half was taken once more; MSELoss has none, so it goes away. And divide by K.": J / 2,
        "the half was taken once more; MSELoss has none, so it goes away.": J / 2 / K,
        "J is the mean over the 5 examples already; divide by K, not by B.": 2 * J / B,
        "J is the mean over the 5 examples already, and the half has to go; divide by K.": J / B,
        "J is the mean over the 5 examples already; they were divided by twice.": 2 * J / (B * K),
        "J is the mean over the 5 examples already, and the half has to go.": J / (B * K),
        "that is the sum over the examples too; MSELoss takes the mean over all B · K numbers.": (
            2 * J * B
        ),
        "that is the sum of the five losses; MSELoss takes the mean of the squares.": J * B,
        "multiplied by K; MSELoss is a mean, so it is smaller than the sum.": 2 * J * K,
        "multiplied by K; MSELoss is a mean, and has no half.": J * K,
        "that is the root; MSELoss is the mean of the squares themselves.": np.sqrt(2 * J / K),
    }
    name_slip(answer, 2 * J / K, slips)
    return "2 · 3.6 / 3 = 2.4: the half goes, and of the sum over the 3 outputs comes the mean."


q2 = Question(
    "Exercise P.2",
    "mse_loss",
    _mse,
    hints=[
        "Both take the mean over the examples. What do they do with the K squares of an example?",
        "Ours is half of their sum. MSELoss is their mean: the sum divided by K, without a half.",
        "The sum is 2 · 3.6 for an example, on average.",
    ],
    solution="mse_loss = 2 * 3.6 / 3",
)

Layer = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def _layer(B: int, D: int, H1: int) -> dict[str, np.ndarray]:
    """Examples, weight and bias in PyTorch's shapes."""
    rng = np.random.default_rng(seed=B + 10 * D + 100 * H1)
    return {
        "x": rng.normal(size=(B, D)),
        "weight": rng.normal(size=(H1, D)),
        "bias": rng.normal(size=H1),
    }


def _linear(answer: Layer) -> str:
    # First B = D = H1, where no wrong transpose stops with an error.
    given = _layer(3, 3, 3)
    x, weight, bias = given.values()
    z = x @ weight.T
    slips = {
        "PyTorch keeps the transpose: weight has shape (H1, D), so x @ weight.T. (Where D = H1, "
        "there is no error message.)": x @ weight + bias,
        "the bias is missing, and PyTorch keeps the transpose.": x @ weight,
        "the bias is missing.": z,
        "the output is transposed: rows are examples, so x comes first: x @ weight.T.": (
            weight @ x.T + bias[:, None]
        ),
        "rows are examples, so x comes first, x @ weight.T. Here the bias went to the wrong axis "
        "too.": weight @ x.T + bias,
        "rows are examples, so x comes first, and weight is transposed: x @ weight.T.": (
            weight @ x + bias
        ),
        "x is not transposed, weight is: x @ weight.T.": x.T @ weight + bias,
        "weight is transposed, x is not: x @ weight.T.": x.T @ weight.T + bias,
        "rows are examples, so x comes first, and it is not transposed: x @ weight.T.": (
            weight.T @ x.T + bias
        ),
        "that is entry by entry; a matrix product is @.": x * weight + bias,
        "that is entry by entry; a matrix product is @: x @ weight.T.": x * weight.T + bias,
        "the bias belongs to the units, the columns of the result: a plain + bias does it.": (
            z + bias[:, None]
        ),
        "the bias comes after the product, not before it.": (x + bias) @ weight.T,
        "the bias is added, not subtracted.": z - bias,
        "the bias was added twice.": z + 2 * bias,
        "the bias is added, not multiplied.": z * bias,
        "each unit has its own bias; that is their sum for all.": z + bias.sum(),
        "each unit has its own bias; that is their mean for all.": z + bias.mean(),
        "each unit has its own bias; that is the first for all.": z + bias[0],
        "tanh is a layer of its own, torch.nn.Tanh(); Linear stops before it.": np.tanh(z + bias),
        "ReLU is a layer of its own, torch.nn.ReLU(); Linear stops before it.": (
            np.maximum(z + bias, 0)
        ),
        "that is the mean over the examples; each has its own row.": (z + bias).mean(axis=0),
        "that is the first example alone; each has its own row.": (z + bias)[0],
    }
    cases = [Case(given, z + bias, slips, "B = D = H1 = 3")]
    for B, D, H1 in ((5, 4, 2), (1, 2, 4), (2, 3, 1)):
        given = _layer(B, D, H1)
        right = given["x"] @ given["weight"].T + given["bias"]
        cases.append(Case(given, right, {}, f"B = {B}, D = {D} and H1 = {H1}"))
    try_cases(answer, cases)
    return "weight.T is our W1, of shape (D, H1), and the bias our row b1."


q3 = Question(
    "Exercise P.3",
    "linear",
    _linear,
    hints=[
        "Which shape has weight, by the table of section 1? And which one does x @ … need?",
        "x is (B, D), and weight is (H1, D): the inner numbers agree for x @ weight.T.",
        "bias has shape (H1,): + adds it to every row.",
    ],
    solution="""
def linear(x, weight, bias):
    return x @ weight.T + bias
""",
)
