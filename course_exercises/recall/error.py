"""Tasks about the loss of one example: the squared error, of lesson 02."""

from __future__ import annotations

import numpy as np

from course_exercises.recall.task import Task, bracket, minus, number_task, redrawn, row, whole


@redrawn
def squared_error(rng: np.random.Generator) -> Task | None:
    """½ Σ (o − t)² of three outputs."""
    o, t = whole(rng, -5, 5, 3), whole(rng, -5, 5, 3)
    d = o - t
    right = (d**2).sum() / 2
    text = (
        f"An output is o = {row(o)}, and the right answer is t = {row(t)}. How large is the loss?"
    )
    stories = {
        "the half is missing.": (d**2).sum(),
        "the differences were not squared.": d.sum() / 2,
        "the absolute differences were added instead of the squares.": np.abs(d).sum() / 2,
        "the sum was squared; square each difference first.": d.sum() ** 2 / 2,
        "the outputs and the answers were added; their difference is wanted.": (
            ((o + t) ** 2).sum() / 2
        ),
        "the square of the output minus the square of the answer; take the difference first.": (
            ((o**2).sum() - (t**2).sum()) / 2
        ),
        "divided by 3: the mean over the outputs is another loss.": (d**2).mean(),
        "the last output is missing.": (d[:2] ** 2).sum() / 2,
        "a square is never negative.": (np.abs(d) * d).sum() / 2,
    }
    squares = " + ".join(f"{bracket(n)}²" for n in d)
    return number_task(text, right, stories, f"½ ({squares}) = {minus(right)}.")
