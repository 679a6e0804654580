"""Tasks about updates with whole numbers: one update, SGD, a batch, how many of them there are."""

from __future__ import annotations

import numpy as np

from course_exercises.recall.task import (
    WEIGHTS,
    Task,
    bracket,
    minus,
    names,
    number_task,
    redrawn,
    whole,
)


@redrawn
def one_update(rng: np.random.Generator) -> Task | None:
    """W − η grad, of lesson 07."""
    w, half = whole(rng, -9, 9), whole(rng, -6, 6)
    g = 2 * half
    (name,) = names(rng, WEIGHTS, 1)
    text = (
        f"A weight is {name}[0, 1] = {minus(w)}, its gradient is {minus(g)}, and the learning rate "
        "is ½. How large is the weight after `SGD`?"
    )
    stories = {
        "the sign: the gradient is subtracted.": w + half,
        "the learning rate is missing.": w - g,
        "the learning rate is missing, and the sign.": w + g,
        "that is the step alone; it is subtracted from the weight.": -half,
        "that is the step with the other sign; it is subtracted from the weight.": half,
        "the weight is not multiplied by the learning rate.": (w - g) / 2,
        "that is the weight as it was.": w,
    }
    because = f"{minus(w)} − ½ · {bracket(g)} = {minus(w - half)}."
    return number_task(text, w - half, stories, because)


def _story(
    examples: list[tuple[int, int]], start: float, eta: float, sizes: list[int]
) -> list[float]:
    """The weight of z = x w after each update, by squared error and mean gradients."""
    weights, first = [start], 0
    for size in sizes:
        rows = examples[first : first + size]
        first += size
        gradient = sum(x * (x * weights[-1] - y) for x, y in rows) / size
        weights.append(weights[-1] - eta * gradient)
    return weights[1:]


def _drawn_examples(rng: np.random.Generator, count: int) -> list[tuple[int, int]]:
    return [(whole(rng, 1, 2), 2 * whole(rng, -5, 5)) for _ in range(count)]


def _asked(examples: list[tuple[int, int]], start: int, how: str) -> str:
    listed = ", ".join(f"({x}, {minus(y)})" for x, y in examples)
    return (
        f"z = x w is the whole network: one input, one weight, one output, and the loss is the "
        f"squared error. w = {minus(start)} at the start, η = ½, and the examples (x, y) are "
        f"{listed}, in this order. {how}"
    )


@redrawn
def sgd(rng: np.random.Generator) -> Task | None:
    """The weight after two examples, one after the other, of lesson 08."""
    examples, start = _drawn_examples(rng, 2), whole(rng, -2, 2)
    text = _asked(examples, start, "SGD takes both examples, one after the other. How large is w?")
    first, right = _story(examples, start, 0.5, [1, 1])
    (mean,) = _story(examples, start, 0.5, [2])
    (last,) = _story(examples[1:], start, 0.5, [1])
    (x0, y0), (x1, y1) = examples
    up = start + x0 * (x0 * start - y0) / 2
    stories = {
        "that is w after the first example; the second one follows.": first,
        "that is the mean of both gradients: one update of a batch. SGD makes two.": mean,
        "both gradients were taken at the start. The second one is taken where the first left w.": (
            start - (start - first) - (start - last)
        ),
        "only the second example was used.": last,
        "the examples were taken in the opposite order.": _story(
            examples[::-1], start, 0.5, [1, 1]
        )[-1],
        "η is missing.": _story(examples, start, 1.0, [1, 1])[-1],
        "the gradients were added to w.": up + x1 * (x1 * up - y1) / 2,
        "the factor x is missing in the gradient: it is what came in times z − y.": (
            _without_x(examples, start)
        ),
    }
    because = f"w goes from {minus(start)} to {minus(first)}, and from there to {minus(right)}."
    whole_steps = first == round(first) and first not in (start, right)
    return number_task(text, right, stories, because) if whole_steps else None


def _without_x(examples: list[tuple[int, int]], start: float) -> float:
    """Where SGD ends if the gradient is taken for z − y."""
    w = start
    for x, y in examples:
        w -= 0.5 * (x * w - y)
    return w


@redrawn
def batch(rng: np.random.Generator) -> Task | None:
    """The weight after one update from two examples, of lesson 09."""
    examples, start = _drawn_examples(rng, 2), whole(rng, -2, 2)
    text = _asked(examples, start, "Batch learning makes one update of both. How large is w?")
    (right,) = _story(examples, start, 0.5, [2])
    first, online = _story(examples, start, 0.5, [1, 1])
    (last,) = _story(examples[1:], start, 0.5, [1])
    stories = {
        "that is SGD, which looks at the new w before the second example.": online,
        "that is the sum of the gradients; divide by the number of examples.": (
            start + 2 * (right - start)
        ),
        "that is an update of the first example alone.": first,
        "that is an update of the last example alone.": last,
        "it was divided twice by the number of examples.": start + (right - start) / 2,
        "η is missing.": start + 2 * (right - start),
        "the gradient was added.": 2 * start - right,
        "the sum of the x was multiplied by the sum of z − y.": _gathered(examples, start),
    }
    gradients = [x * (x * start - y) for x, y in examples]
    because = (
        f"Both gradients belong to w = {minus(start)}: {minus(gradients[0])} and "
        f"{minus(gradients[1])}. Their mean is {minus(sum(gradients) / 2)}, and {minus(start)} − ½ "
        f"· {bracket(sum(gradients) / 2)} = {minus(right)}."
    )
    return number_task(text, right, stories, because) if 0 not in gradients else None


def _gathered(examples: list[tuple[int, int]], start: float) -> float:
    x = sum(x for x, _ in examples) / 2
    return start - 0.5 * x * sum(x * start - y for x, y in examples) / 2


@redrawn
def how_many(rng: np.random.Generator) -> Task | None:
    """How many updates some epochs make, with a last batch that is smaller, of lesson 09."""
    B = int(rng.choice([8, 10, 16, 20, 32]))
    full, rest = int(rng.integers(3, 9)), int(rng.integers(2, B - 1))
    epochs = int(rng.integers(3, 8))
    N = full * B + rest
    text = (
        f"There are {N} training examples, and mini-batches of B = {B}. How many updates do "
        f"{epochs} epochs make? The last batch of an epoch is smaller, and used too."
    )
    stories = {
        "the smaller batch at the end of each epoch makes an update too.": full * epochs,
        "that is one epoch.": full + 1,
        "the last batches of all epochs were put together.": -(-N * epochs // B),
        "that is SGD, with one update for each example.": N * epochs,
        "that is batch learning, with one update an epoch.": epochs,
        "the smaller batches were counted once, not in each epoch.": full * epochs + 1,
    }
    because = f"{full} full batches and a smaller one: {full + 1} updates an epoch, times {epochs}."
    return number_task(text, (full + 1) * epochs, stories, because)
