"""The questions of the further lesson on why the way goes backwards: Jacobians, forward sweeps,
their number, and what is kept in memory."""

from collections.abc import Callable
from typing import Any

import numpy as np

from course_exercises.cases import Case, try_cases
from course_exercises.question import Question, name_slip

Array = np.ndarray


def _jacobian(answer: object) -> str:
    W = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    slips = {
        "that is W. A row of the Jacobian belongs to an output, a column to an input.": W,
        "the sign: c = a W grows with a.": -W.T,
        "the numbers of W in another order: row j holds ∂c_j/∂a_i, which is W[i, j].": (
            W.reshape(3, 2)
        ),
        "that is the sum over the inputs; each has its own column.": W.sum(axis=0),
        "that is the sum over the outputs; each has its own row.": W.sum(axis=1),
        "the rows stand in reverse order.": W.T[::-1],
        "the columns stand in reverse order.": W.T[:, ::-1],
        "that is the shape; write the numbers.": np.array([3, 2]),
        "a factor 2 too much.": 2 * W.T,
        "a factor ½ too much.": W.T / 2,
        "that is the product of W with its transpose.": W @ W.T,
        "that is the product of the transpose with W.": W.T @ W,
        "∂c_j/∂a_i is W[i, j] itself; c depends on a without a square.": W.T**2,
        "only one output is there; there are three.": W[:, 0],
        "only one input is there; there are two.": W[0],
    }
    name_slip(answer, W.T, slips)
    return "Row j has the weights that lead to output j. Backwards, g J is g Wᵀ, which is (7.2)."


q1 = Question(
    "Exercise W.1",
    "jacobian",
    _jacobian,
    hints=[
        "c has 3 entries and a has 2, so the Jacobian has 3 rows and 2 columns.",
        "c_j is the sum over i of a_i W[i, j]. Its derivative with respect to a_i is W[i, j].",
    ],
    solution="jacobian = np.array([[1, 4], [2, 5], [3, 6]])",
)


def _change(answer: Callable[..., Array]) -> str:
    rng = np.random.default_rng(3)
    cases = []
    # The last change is large, so that a difference divided by some step ε is no way to it.
    for B, D, H, K, scale, large in (
        (3, 3, 3, 3, 1.0, 1),
        (1, 2, 5, 4, 0.5, 1),
        (3, 4, 2, 1, 2.0, 1),
        (2, 3, 4, 2, 1.0, 10_000),
    ):
        x = rng.normal(size=(B, D))
        W1, dW1 = scale * rng.normal(size=(2, D, H))
        dW1 = large * dW1
        W2 = rng.normal(size=(H, K))
        h = np.tanh(x @ W1)
        dz1, slope = x @ dW1, 1 - h**2
        sigmoid = 1 / (1 + np.exp(-x @ W1))
        right = (dz1 * slope) @ W2
        slips: dict[str, Any] = {
            "that is z2 itself; its change is wanted.": h @ W2,
            "that is z2 after the change; only the change is wanted.": h @ W2 + right,
            "the derivative of tanh is missing: dh = dz1 ⊙ (1 − h²).": dz1 @ W2,
            "that is the derivative of the sigmoid; here f is tanh: 1 − h².": (
                (dz1 * h * (1 - h)) @ W2
            ),
            "the derivative is taken at h; 1 − h² holds it already: h = tanh(x W1).": (
                (dz1 * (1 - np.tanh(h) ** 2)) @ W2
            ),
            "1 − z1² in place of 1 − h².": (dz1 * (1 - (x @ W1) ** 2)) @ W2,
            "1 − dz1² in place of 1 − h²: the slope is taken at h, not at the change.": (
                (dz1 * (1 - dz1**2)) @ W2
            ),
            "(1 − h)² in place of 1 − h².": (dz1 * (1 - h) ** 2) @ W2,
            "1 − h in place of 1 − h².": (dz1 * (1 - h)) @ W2,
            "that is what happens to the slope; the change dz1 = x dW1 is missing.": slope @ W2,
            "W1 was carried along, not its change dW1.": ((x @ W1) * slope) @ W2,
            "the change passed through tanh; it is multiplied by the slope, 1 − h².": (
                np.tanh(dz1) @ W2
            ),
            "that is the whole change for a step of this size; to first order it is "
            "(x dW1 ⊙ (1 − h²)) W2.": (np.tanh(x @ (W1 + dW1)) - h) @ W2,
            "the change stops at h; it still goes through W2.": dz1 * slope,
            "that is z2 at the new weights; only the change is wanted, and to first order.": (
                np.tanh(x @ (W1 + dW1)) @ W2
            ),
            "the slope is taken at the new weights; to first order it is that at the old ones.": (
                (dz1 * (1 - np.tanh(x @ (W1 + dW1)) ** 2)) @ W2
            ),
            "the slope is taken at the change alone: h = np.tanh(x @ W1).": (
                (dz1 * (1 - np.tanh(dz1) ** 2)) @ W2
            ),
            "that is h² alone; the slope is 1 − h².": (dz1 * h**2) @ W2,
            "that is −h² alone; the slope is 1 − h².": -(dz1 * h**2) @ W2,
            "h is a sigmoid here; in this network it is tanh.": (
                (dz1 * sigmoid * (1 - sigmoid)) @ W2
            ),
            "h is a sigmoid here; in this network it is tanh, with the slope 1 − h².": (
                (dz1 * (1 - sigmoid**2)) @ W2
            ),
            "that is the slope of ReLU; here f is tanh: 1 − h².": (dz1 * (x @ W1 > 0)) @ W2,
            "* is entry by entry; the change goes through W2 by @.": (
                dz1 * slope * W2 if len({B, D, H, K}) == 1 else np.nan
            ),
            "the slope is multiplied, not added.": (dz1 + slope) @ W2,
            "z2 has no activation: the slope belongs to h, before W2.": (
                (dz1 @ W2) * (1 - (h @ W2) ** 2)
            ),
            "z2 has no activation, so there is no second slope.": right * (1 - (h @ W2) ** 2),
            "x is missing: z1 changes by x dW1.": (dW1 * slope) @ W2 if B in (1, D) else np.nan,
            "the slope belongs to h, not to W1: first x @ dW1, then the slope.": (
                x @ (dW1 * slope) @ W2 if B in (1, D) else np.nan
            ),
            "* comes before −, and @ comes with *: put brackets around 1 − h².": (
                dz1 * (1 - h**2 @ W2) if H == K else np.nan
            ),
            "that is a difference divided by a step that is not small: to first order no step is "
            "needed.": (np.tanh(x @ (W1 + 0.1 * dW1)) - h) @ W2 / 0.1,
            "that is the last example alone. In a loop, = overwrites what was there.": right[-1],
            "that is the first example alone. Take all rows.": right[:1] if B > 1 else np.nan,
            "the examples were added up; row b belongs to example b.": right.sum(axis=0),
            "the examples were averaged; row b belongs to example b.": right.mean(axis=0),
            "the sign: the change is not turned round.": -right,
            "a factor 2 too much.": 2 * right,
            "a factor ½ too much.": right / 2,
            "the outputs were added up; each has its own change.": right.sum(axis=1),
            "the slope was applied after W2; it belongs before, at h.": (
                (dz1 @ W2) * slope if H == K else np.nan
            ),
            "x is transposed: x dW1 is a row for each example.": (
                (x.T @ dW1 * slope) @ W2 if B == D else np.nan
            ),
            "W2 was transposed; that is the way back.": (
                (dz1 * slope) @ W2.T if H == K else np.nan
            ),
            "dW1 was transposed.": ((x @ dW1.T) * slope) @ W2 if D == H else np.nan,
        }
        sizes = f"B = {B}, D = {D}, H = {H} and K = {K}"
        if large > 1:
            sizes = "a dW1 that is 10,000 times as large; a forward sweep has no step ε"
        cases.append(Case({"x": x, "W1": W1, "W2": W2, "dW1": dW1}, right, slips, sizes))
    try_cases(answer, cases)
    return "No matrix of derivatives was built, and no ε was needed."


q2 = Question(
    "Exercise W.2",
    "change_of_z2",
    _change,
    hints=[
        "h = np.tanh(x @ W1). Which change does z1 = x W1 have?",
        "dz1 = x @ dW1. Then dh is dz1 times the slope, entry by entry.",
        "The change of z2 is dh @ W2.",
    ],
    solution="""
def change_of_z2(x, W1, W2, dW1):
    h = np.tanh(x @ W1)
    dh = (x @ dW1) * (1 - h**2)
    return dh @ W2
""",
)


def _sweeps(answer: object) -> str:
    right = (1000, 3)
    slips = {
        "exchanged: a forward sweep takes one input, a reverse sweep one output.": (3, 1000),
        "one reverse sweep has one output; there are three.": (1000, 1),
        "one forward sweep has one input; there are 1,000.": (1, 3),
        "one sweep is not enough, in neither direction.": (1, 1),
        "nudging takes two passes for each input; a forward sweep is exact, and one is enough.": (
            2000,
            3,
        ),
        "each entry of the Jacobian does not need a sweep of its own: a sweep gives a row or a "
        "column.": (3000, 3000),
        "inputs and outputs are not added up.": (1003, 1003),
        "exchanged, and one sweep is not enough: forward mode depends on the inputs.": (1, 1000),
        "exchanged: forward mode depends on the inputs, reverse mode on the outputs. And one "
        "sweep is not enough.": (3, 1),
        "no sweep is needed for the value itself: a sweep gives a column, or a row.": (1001, 4),
        "no sweep is needed for the value itself: a forward sweep gives a column.": (1001, 3),
        "no sweep is needed for the value itself: a reverse sweep gives a row.": (1000, 4),
        "a forward sweep gives all outputs at once.": (3000, 3),
        "a reverse sweep gives all inputs at once.": (1000, 3000),
        "forward mode depends on the inputs: it takes 1,000.": (3, 3),
        "reverse mode depends on the outputs: it takes 3.": (1000, 1000),
    }
    name_slip(answer, right, slips)
    return "So one takes reverse mode. For 3 inputs and 1,000 outputs one would go forwards."


q3 = Question(
    "Exercise W.3",
    "sweeps",
    _sweeps,
    hints=[
        "A forward sweep changes one input, and sees what all outputs do: a column.",
        "A reverse sweep starts at one output, and sees all inputs: a row.",
    ],
    solution="sweeps = (1000, 3)",
)


def _bytes(answer: object) -> str:
    right = 40 * (50 + 20) * 8
    slips = {
        "that is for one example; there are 40.": (50 + 20) * 8,
        "those are numbers; each takes 8 bytes.": 40 * (50 + 20),
        "those are the numbers of one example.": 50 + 20,
        "that is with x; h1 and h2 alone are wanted.": 40 * (100 + 50 + 20) * 8,
        "that is with the output; h1 and h2 alone are wanted.": 40 * (50 + 20 + 10) * 8,
        "that is with x and the output; h1 and h2 alone are wanted.": 40 * 180 * 8,
        "that is h1 alone.": 40 * 50 * 8,
        "that is h2 alone.": 40 * 20 * 8,
        "the widths are added, not multiplied: (40, 50) and (40, 20).": 40 * 50 * 20 * 8,
        "that is W2, which lies between them; the values h1 and h2 are wanted.": 50 * 20 * 8,
        "those are the weights.": (100 * 50 + 50 * 20 + 20 * 10) * 8,
        "that is with z1 and z2, which can go.": 2 * right,
        "a number has 8 bytes here, not 4.": right // 2,
        "those are bits; a byte has 8 of them.": right * 8,
        "brackets: the 40 examples belong to both layers.": 40 * 50 + 20 * 8,
        "brackets: the 40 examples belong to h2 as well.": (40 * 50 + 20) * 8,
        "that is in kilobytes.": right / 1000,
        "that is in units of 1,024 bytes.": right / 1024,
        "those are W1 and W2; the values h1 and h2 are wanted.": (100 * 50 + 50 * 20) * 8,
        "that is x alone; h1 and h2 are wanted.": 40 * 100 * 8,
        "that is with the weights; h1 and h2 alone are wanted.": right
        + (100 * 50 + 50 * 20 + 20 * 10) * 8,
        "40 is the number of examples; it is multiplied, not added.": (40 + 50 + 20) * 8,
    }
    name_slip(answer, right, slips)
    return (
        "(40 · 50 + 40 · 20) numbers of 8 bytes. With twice as many examples it is twice as much."
    )


q4 = Question(
    "Exercise W.4",
    "bytes_kept",
    _bytes,
    hints=[
        "h1 has the shape (40, 50), and h2 (40, 20).",
        "40 · 50 + 40 · 20 numbers, each with 8 bytes.",
    ],
    solution="bytes_kept = (40 * 50 + 40 * 20) * 8",
)
