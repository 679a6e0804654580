"""Tasks about the way back, with whole numbers: paths that are added, δ, paths that are counted."""

from __future__ import annotations

import numpy as np

from course_exercises.recall.task import (
    ROWS,
    WEIGHTS,
    Task,
    bracket,
    minus,
    names,
    number_task,
    products,
    redrawn,
    row,
    whole,
)


@redrawn
def three_paths(rng: np.random.Generator) -> Task | None:
    """∂L/∂h of a unit that feeds three outputs, of lesson 03."""
    o, t, w = (whole(rng, -6, 6, 3) for _ in range(3))
    d = o - t
    text = (
        f"A hidden unit h feeds three outputs, through the weights {row(w)}. The outputs are "
        f"o = {row(o)}, the right answers t = {row(t)}, and the loss is the squared error. How "
        "large is the derivative of the loss by h?"
    )
    stories = {
        "that is the path through the first output alone.": d[0] * w[0],
        "that is the path through the last output alone.": d[2] * w[2],
        "the weights are missing: each path is δ times its weight.": d.sum(),
        "the answers t are missing: δ is o − t.": o @ w,
        "the sign: δ is o − t.": -(d @ w),
        "a factor 2: the ½ of the loss cancels it.": 2 * (d @ w),
        "both were added up first, and then multiplied. Multiply along a path, then add.": (
            d.sum() * w.sum()
        ),
        "the δ were squared.": d**2 @ w,
        "the minus signs were lost.": np.abs(d) @ np.abs(w),
    }
    because = f"δ = {row(d)}, and {products(d, w)} = {minus(d @ w)}."
    return None if 0 in d else number_task(text, d @ w, stories, because)


@redrawn
def delta(rng: np.random.Generator) -> Task | None:
    """δ of a sigmoid unit with h = ½, which feeds two units, of lesson 04."""
    after, w = 2 * whole(rng, -4, 4, 2), 2 * whole(rng, -3, 3, 2)
    arrives = after @ w
    text = (
        "A unit has a sigmoid as activation, and the value h = ½. It feeds two units, through the "
        f"weights {row(w)}; at these, δ is {row(after)}. How large is δ at the unit itself, the "
        "derivative of the loss by its z?"
    )
    stories = {
        "the slope of the activation is missing: that is the derivative by h.": arrives,
        "the slope of the sigmoid is h (1 − h), not h.": arrives / 2,
        "the slope is 1 − h² for tanh; this is a sigmoid.": arrives * 0.75,
        "one path alone: add both.": after[0] * w[0] / 4,
        "one path alone, the second: add both.": after[1] * w[1] / 4,
        "the weights are missing.": after.sum() / 4,
        "both were added up first, and then multiplied.": after.sum() * w.sum() / 4,
        "the sign.": -arrives / 4,
        "the slope was multiplied in twice.": arrives / 16,
    }
    because = (
        f"{products(after, w)} = {minus(arrives)} arrives at h, and the slope h (1 − h) is ¼: "
        f"{minus(arrives / 4)}."
    )
    return number_task(text, arrives / 4, stories, because)


@redrawn
def count(rng: np.random.Generator) -> Task | None:
    """How many paths lead from a weight of the first layer to the loss, of lesson 05."""
    D, H1, H2, K = (int(n) for n in rng.choice(range(2, 8), size=4, replace=False))
    d, i = int(rng.integers(0, D)), int(rng.integers(0, H1))
    (name,) = names(rng, WEIGHTS, 1)
    text = (
        f"A network has {D} inputs, {H1} and {H2} hidden units and {K} outputs, and its first "
        f"matrix is {name}. How many paths lead from the weight {name}[{d}, {i}] to the loss?"
    )
    stories = {
        "the paths are multiplied, not added: from each unit one goes to every output.": H2 + K,
        "the weight feeds one unit of the first layer only.": H1 * H2 * K,
        "each path begins at this one weight, and not at each input.": D * H1 * H2 * K,
        "each unit of the second layer feeds every output.": H2,
        "they go through the units of the second layer, too.": K,
        "the second hidden layer is skipped.": H1 * K,
        "the outputs are skipped.": H1 * H2,
    }
    because = (
        f"The weight feeds one unit, this one feeds {H2}, and each of these {K}: {H2} · {K} = "
        f"{H2 * K}."
    )
    return number_task(text, H2 * K, stories, because)


@redrawn
def weight_of_classes(rng: np.random.Generator) -> Task | None:
    """An entry of the gradient of the last matrix under cross-entropy, of lesson 06."""
    tenths = rng.permutation([1, 2, 3, 4] if rng.integers(2) else [1, 1, 3, 5])[:4]
    h = 10 * whole(rng, 1, 6, 2)
    label = int(rng.integers(0, 4))
    j = int(rng.integers(0, 2))
    p = ", ".join(f"0.{n}" for n in tenths)
    (name,), (s,) = names(rng, WEIGHTS, 1), names(rng, ROWS, 1)
    text = (
        f"A network for four classes computes its logits as o = {s} @ {name}, with {s} = {row(h)}. "
        f"The softmax of o is ({p}), and the label is {label}; classes are counted from 0. The "
        f"loss is the cross-entropy. How large is {name}.grad[{j}, {label}]?"
    )
    own = int(tenths[label])
    right = h[j] * (own - 10) // 10
    stories = {
        "1 is to be subtracted at the class of the label.": h[j] * own / 10,
        "the sign: it is the probability minus 1, not 1 minus the probability.": -right,
        f"that is the row of the other unit: {s} is counted from 0.": h[1 - j] * (own - 10) / 10,
        "that is − 1 alone; the probability belongs to it.": -h[j],
        f"what came in is missing: the gradient is {s} times δ.": (own - 10) / 10,
        "both rows were added; each weight has a gradient of its own.": h.sum() * (own - 10) / 10,
        "that is the column of another class: the label counts from 0.": (
            h[j] * int(tenths[(label + 1) % 4]) / 10
        ),
    }
    because = (
        f"δ[{label}] = 0.{own} − 1, and what came in is {s}[{j}] = {h[j]}: {h[j]} · "
        f"{bracket(own / 10 - 1)} = {minus(right)}."
    )
    return number_task(text, right, stories, because)
