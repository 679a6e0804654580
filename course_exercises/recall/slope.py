"""Tasks about a derivative in one variable, of lesson 00."""

from __future__ import annotations

import numpy as np

from course_exercises.recall.task import Task, minus, number_task, redrawn, whole


@redrawn
def inner_derivative(rng: np.random.Generator) -> Task | None:
    """The derivative of a square with something inside."""
    p, w = int(rng.integers(2, 6)), int(rng.integers(2, 5))
    q = whole(rng, 1, 9)
    u = p * w - q
    text = f"How large is the derivative of ({p}w − {q})² at w = {w}?"
    stories = {
        f"the inner derivative is missing: the inside grows {p} times as fast as w.": 2 * u,
        "the 2 of the square is missing.": p * u,
        "that is the value, not the derivative.": u**2,
        "that is the inside alone.": u,
        f"the −{q} was lost: it belongs to the inside.": 2 * p * w * p,
        f"the inner derivative is {p}, and not {p}w.": 2 * u * p * w,
        "the sign.": -2 * u * p,
        "2 times the inner derivative: the inside is a factor too.": 2 * p,
        "the inside was squared: the derivative of u² is 2u.": u**2 * p,
    }
    because = f"Outer derivative times inner derivative: 2 · {minus(u)} · {p} = {minus(2 * u * p)}."
    return number_task(text, 2 * u * p, stories, because) if abs(u) > 2 else None
