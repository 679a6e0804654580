"""Tasks about products: a sum over an index, and a forward pass with whole numbers."""

from __future__ import annotations

import numpy as np

from course_exercises.recall.task import (
    Task,
    minus,
    number_task,
    products,
    redrawn,
    row,
    whole,
)


@redrawn
def index_sum(rng: np.random.Generator) -> Task | None:
    """Σ_i a_i M_i1, of lesson 00."""
    a, M = whole(rng, -5, 5, 3), whole(rng, -5, 5, (3, 2))
    text = (
        f"a = {row(a)}, and the matrix M has the columns {row(M[:, 0])} and {row(M[:, 1])}. "
        "Everything is counted from 0. How large is the sum over i of a_i · M_i1?"
    )
    stories = {
        "that is the other column: column 1 is the second one.": a @ M[:, 0],
        "that is the sum over both columns; the column is 1.": (a @ M).sum(),
        "the column was added up without the factors a.": M[:, 1].sum(),
        "each was added up first, and then multiplied. Multiply first.": a.sum() * M[:, 1].sum(),
        "the first term is missing: i begins with 0.": a[1:] @ M[1:, 1],
        "the last term is missing.": a[:2] @ M[:2, 1],
        "the minus signs were lost.": np.abs(a) @ np.abs(M[:, 1]),
        "the sign.": -(a @ M[:, 1]),
    }
    return number_task(
        text, a @ M[:, 1], stories, f"{products(a, M[:, 1])} = {minus(a @ M[:, 1])}."
    )


@redrawn
def two_layers(rng: np.random.Generator) -> Task | None:
    """The output of a small network whose activation is the square, of lesson 01."""
    x, W1, w2 = whole(rng, -2, 2, 2), whole(rng, -2, 2, (2, 2)), whole(rng, -3, 3, 2)
    z1 = x @ W1
    h1 = z1**2
    right = h1 @ w2
    text = (
        f"For once the activation is the square, f(z) = z². x = {row(x)}; W1 has the rows "
        f"{row(W1[0])} and {row(W1[1])}; W2 has one column, {row(w2)}. z1 = x W1, h1 = f(z1), and "
        "z2 = h1 W2 is one number. Which?"
    )
    turned = W1 @ x
    stories = {
        "the activation was left out.": z1 @ w2,
        "the activation was applied to the output too.": right**2,
        "the activation was applied to x, and not to z1.": (x**2 @ W1) @ w2,
        "the rows of W1 were used as columns.": turned**2 @ w2,
        "z1 was added up first, and then squared.": z1.sum() ** 2 * w2.sum(),
        "a square is never negative.": (np.abs(z1) * z1) @ w2,
        "the factors W2 are missing.": h1.sum(),
        "only the first unit is there; add both.": h1[0] * w2[0],
        "only the second unit is there; add both.": h1[1] * w2[1],
    }
    because = f"z1 = {row(z1)}, h1 = {row(h1)}, and {products(h1, w2)} = {minus(right)}."
    return None if 0 in z1 else number_task(text, right, stories, because)
