"""Tasks with one slip to find: among the lines of a derivation, statements, or a calculation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course_exercises.recall.task import LETTERS, ROWS, WEIGHTS, Task, letter_task, names

Line = tuple[str, Sequence[str]]  # as it is right, and how it may be wrong
HELD = "that line holds, if those before it do."
TRUE = "that is right as it stands."


def _slip_task(
    rng: np.random.Generator, head: str, lines: Sequence[Line], noun: str = "line"
) -> Task:
    """One of the lines is written wrong, and its letter is wanted.

    Args:
        noun: what they are: "line" for code; other ones are sentences, each true by itself.
    """
    code = noun == "line"
    where = int(rng.choice([i for i, (_, wrong) in enumerate(lines) if wrong]))
    right, wrong = lines[where]
    shown = [line for line, _ in lines]
    shown[where] = str(rng.choice(list(wrong)))
    letters = LETTERS[: len(lines)]
    mark = "`" if code else ""
    listed = "\n".join(
        f"* {letter}: {mark}{line}{mark}" for letter, line in zip(letters, shown, strict=True)
    )
    text = f"{head}\n\n{listed}\n\nWhich {noun} is wrong?"
    says = "should be" if code else "should say:"
    because = (
        f"{noun.capitalize()} {letters[where]} {says} {mark}{right}{mark}{'.' if code else ''}"
    )
    others = {each: HELD if code else TRUE for each in letters if each != letters[where]}
    return letter_task(text, letters[where], others, because)


# --- lines of a derivation ------------------------------------------------------------------------


def forward_lines(rng: np.random.Generator) -> Task:
    """A forward pass with two hidden layers, of lesson 01."""
    u, a, s, c, r, o = names(rng, ROWS, 6)
    A, P, M = names(rng, WEIGHTS, 3)
    lines: list[Line] = [
        (f"{a} = {u} @ {A}", [f"{a} = {A} @ {u}"]),
        (f"{s} = g({a})", [f"{s} = g({u})"]),
        (f"{c} = {s} @ {P}", [f"{c} = {a} @ {P}"]),
        (f"{r} = g({c})", [f"{r} = g({s})"]),
        (f"{o} = {r} @ {M}", [f"{o} = {c} @ {M}", f"{o} = {s} @ {M}"]),
    ]
    head = (
        f"A network like ours in other letters: the row `{u}` goes in, `{A}`, `{P}` and `{M}` are "
        f"the weights of two hidden layers and of the output `{o}`, and `g` is the activation."
    )
    return _slip_task(rng, head, lines)


def loss_lines(rng: np.random.Generator) -> Task:
    """A forward pass with its loss, and a finite difference, of lesson 02."""
    u, a, s, o, t = names(rng, ROWS, 5)
    A, M = names(rng, WEIGHTS, 2)
    lines: list[Line] = [
        (f"{a} = {u} @ {A}", [f"{a} = {A} @ {u}"]),
        (f"{s} = g({a})", [f"{s} = g({u})"]),
        (f"{o} = {s} @ {M}", [f"{o} = {a} @ {M}"]),
        (
            f"E = 0.5 * (({o} - {t}) ** 2).sum()",
            [
                f"E = 0.5 * ({o} - {t}).sum() ** 2",
                f"E = 0.5 * ({o} ** 2 - {t} ** 2).sum()",
                f"E = 0.5 * ({o} - {t}).sum()",
            ],
        ),
        (
            "slope = (E_up - E_down) / (2 * e)",
            ["slope = (E_up - E_down) / e", "slope = (E_up - E) / (2 * e)"],
        ),
    ]
    head = (
        f"Somebody computes the squared error `E` of one example `{u}` with the answer `{t}`, in "
        f"other letters: `{A}` and `{M}` are weights, `g` is the activation. `E_up` and `E_down` "
        "are the losses with one weight raised and lowered by `e`."
    )
    return _slip_task(rng, head, lines)


def _way_back(rng: np.random.Generator, *, lines: str, activation: str = "sigmoid") -> Task:
    """One hidden layer and back.

    Args:
        lines: "last" for the gradient of the last matrix, "whole" for both, "batch" for B
            examples, "classes" for cross-entropy.
    """
    u, a, s, o, t = names(rng, ROWS, 5)
    A, M = names(rng, WEIGHTS, 2)
    by_B = " / B" if lines == "batch" else ""
    slope = f"{s} * (1 - {s})" if activation == "sigmoid" else f"(1 - {s} ** 2)"
    other = f"(1 - {s} ** 2)" if activation == "sigmoid" else f"{s} * (1 - {s})"
    start, wrong_starts = f"{o} - {t}", [f"{t} - {o}", f"({o} - {t}) ** 2"]
    if lines == "classes":
        start, wrong_starts = f"p - onehot({t})", [f"onehot({t}) - p", f"{o} - onehot({t})"]
    weights = [f"{o}.grad.T @ {s}{by_B}", f"{a}.T @ {o}.grad{by_B}"]
    first = [f"{a}.grad.T @ {u}{by_B}", f"{u}.T @ {s}.grad{by_B}"]
    if by_B:
        weights, first = [f"{s}.T @ {o}.grad"], [f"{u}.T @ {a}.grad"]
    found: list[Line] = [
        (f"{o}.grad = {start}", [f"{o}.grad = {wrong}" for wrong in wrong_starts]),
        (f"{M}.grad = {s}.T @ {o}.grad{by_B}", [f"{M}.grad = {wrong}" for wrong in weights]),
    ]
    if lines == "last":
        found = [
            (f"{a} = {u} @ {A}", []),
            (f"{s} = {activation}({a})", [f"{s} = {activation}({u})"]),
            (f"{o} = {s} @ {M}", [f"{o} = {a} @ {M}"]),
            *found,
        ]
    else:
        found += [
            (
                f"{s}.grad = {o}.grad @ {M}.T",
                [f"{s}.grad = {o}.grad @ {M}", f"{s}.grad = {o} @ {M}.T"],
            ),
            (
                f"{a}.grad = {s}.grad * {slope}",
                [f"{a}.grad = {s}.grad * {other}", f"{a}.grad = {s}.grad"],
            ),
            (f"{A}.grad = {u}.T @ {a}.grad{by_B}", [f"{A}.grad = {wrong}" for wrong in first]),
        ]
    loss = f"the loss is the squared error of `{o}` against `{t}`"
    if lines == "classes":
        loss = f"`p = softmax({o})`, and the loss is the cross-entropy with the label `{t}`"
    head = (
        f"One example goes through a network in other letters: `{a} = {u} @ {A}`, "
        f"`{s} = {activation}({a})`, `{o} = {s} @ {M}`; {loss}."
    )
    if lines == "last":
        head = (
            f"One example `{u}` goes through a network in other letters, with the weights `{A}` "
            f"and then `{M}`, sigmoid between them, and the output `{o}`; {loss}."
        )
    if by_B:
        head = (
            f"{head.replace('One example goes', 'B examples go', 1)} The gradients of the weights "
            "are those of the mean loss; the other ones have a row for each example's own loss."
        )
    return _slip_task(rng, head, found)


def last_lines(rng: np.random.Generator) -> Task:
    """The gradient of the last matrix, of lesson 03."""
    return _way_back(rng, lines="last")


def all_lines(rng: np.random.Generator) -> Task:
    """The whole way back through one hidden layer, of lesson 04."""
    return _way_back(rng, lines="whole")


def lines_of_a_batch(rng: np.random.Generator) -> Task:
    """The whole way back with B examples and tanh, of lesson 05."""
    return _way_back(rng, lines="batch", activation="tanh")


def lines_of_classes(rng: np.random.Generator) -> Task:
    """The whole way back under cross-entropy, of lesson 06."""
    return _way_back(rng, lines="classes")


# --- statements -----------------------------------------------------------------------------------


def inner_derivative(rng: np.random.Generator) -> Task:
    """The derivative of a square with something inside, of lesson 00."""
    p, w = int(rng.integers(2, 6)), int(rng.integers(2, 5))
    q = int(rng.integers(1, p * w - 2))
    lines: list[Line] = [
        (f"With u = {p}w − {q} the function is u².", []),
        ("The derivative of u² by u is 2u.", ["The derivative of u² by u is u."]),
        (f"The derivative of u by w is {p}.", [f"The derivative of u by w is {p}w."]),
        (f"At w = {w}, u is {p * w - q}.", [f"At w = {w}, u is {p * w}."]),
        (
            "The derivative of the function by w is the product of both derivatives.",
            ["The derivative of the function by w is the sum of both derivatives."],
        ),
    ]
    head = f"The derivative of ({p}w − {q})² at w = {w} is wanted."
    return _slip_task(rng, head, lines, "statement")


def shapes(rng: np.random.Generator) -> Task:
    """The product with a transposed matrix, of lesson 00."""
    m, n, k = (int(size) for size in rng.choice(range(2, 9), size=3, replace=False))
    lines: list[Line] = [
        (f"Bᵀ has the shape ({n}, {k}).", [f"Bᵀ has the shape ({k}, {n})."]),
        (
            f"A Bᵀ can be computed, because A has {n} columns and Bᵀ has {n} rows.",
            [f"A Bᵀ cannot be computed, because A has {n} columns and B has {k} rows."],
        ),
        (f"A Bᵀ has the shape ({m}, {k}).", [f"A Bᵀ has the shape ({k}, {m})."]),
        (f"A Bᵀ has {m * k} entries.", [f"A Bᵀ has {m + k} entries."]),
        (
            f"Each entry of A Bᵀ is a sum of {n} products.",
            [f"Each entry of A Bᵀ is a sum of {m} products."],
        ),
    ]
    head = f"The matrix A has the shape ({m}, {n}), and B has the shape ({k}, {n})."
    return _slip_task(rng, head, lines, "statement")


def graph(rng: np.random.Generator) -> Task:
    """What Forward, Backward and SGD do on a graph, of lesson 07."""
    u, a, s, o = names(rng, ROWS, 4)
    A, M = names(rng, WEIGHTS, 2)
    lines: list[Line] = [
        (
            f"`Forward()` computes {a}, {s}, {o}, E, in this order.",
            [f"`Forward()` computes {o}, {s}, {a}, E, in this order."],
        ),
        (
            f"`Backward(E)` goes through E, {o}, {s}, {a}, in this order.",
            [f"`Backward(E)` goes through {a}, {s}, {o}, E, in this order."],
        ),
        (
            "`Backward(E)` resets the gradients before it begins.",
            [
                "`Backward(E)` adds to the gradients of the last call, so they need not be reset.",
            ],
        ),
        (
            f"What {s} needs for its step back comes from {o}, which uses it.",
            [f"What {s} needs for its step back comes from {a}, which it uses."],
        ),
        (
            f"If {s} were used by a second node too, both would add to {s}.grad.",
            [f"If {s} were used by a second node too, {s}.grad would be what came last."],
        ),
        (
            f"`SGD` changes {A} and {M}, and nothing else.",
            [f"`SGD` changes {A}, {M} and {s}, and nothing else."],
        ),
    ]
    head = (
        f"A graph in other letters: {a} = {u} @ {A}, {s} = sigmoid({a}), {o} = {s} @ {M}, and E is "
        f"the squared error of {o}."
    )
    return _slip_task(rng, head, lines, "statement")


def epoch_of_sgd(rng: np.random.Generator) -> Task:
    """What an epoch of SGD is, of lesson 08."""
    N = int(rng.choice([40, 60, 90, 120, 250]))
    third = int(rng.integers(3, 9))
    lines: list[Line] = [
        (f"One epoch makes {N} updates.", ["One epoch makes one update."]),
        (
            f"The gradient of example {third} is taken at the weights that example {third - 1} "
            "left.",
            [
                f"The gradient of example {third} is taken at the weights from the start of the "
                "epoch.",
                f"The gradient of example {third} is taken at the mean of all weights before it.",
            ],
        ),
        (
            "Before the next epoch a new order is drawn, the same for x and y.",
            ["Before the next epoch a new order is drawn for x, and another one for y."],
        ),
        (
            "If the loss grows from epoch to epoch, lower the learning rate.",
            ["If the loss grows from epoch to epoch, raise the learning rate."],
        ),
        (
            "After an update the weights fit the example that was used a little better, if the "
            "learning rate is small.",
            ["After an update the weights fit each of the examples better."],
        ),
    ]
    head = f"SGD takes {N} examples one after the other; they are counted from 0."
    return _slip_task(rng, head, lines, "statement")


def comparison(rng: np.random.Generator) -> Task:
    """How methods are compared, of lesson 10."""
    seeds = int(rng.integers(5, 21))
    lines: list[Line] = [
        (
            "The loss of both is measured at fixed weights, at the end of each epoch.",
            ["The running loss of online learning is compared with that of batch learning."],
        ),
        (
            "Each method has its own learning rate.",
            ["Both have the same learning rate, so that nothing differs but the method."],
        ),
        (
            "The learning rates were chosen by the validation data.",
            ["The learning rates were chosen by the test data."],
        ),
        (
            f"Each runs with {seeds} seeds, and their mean and standard deviation are shown.",
            [f"Each runs with {seeds} seeds, and the best run of each is shown."],
        ),
        (
            "It is said how many epochs, how many updates and how many seconds each of them took.",
            ["It is said how many epochs each took; the updates and seconds are the same then."],
        ),
    ]
    head = (
        "Somebody wants to compare online learning with batch learning fairly, and writes down "
        "how. One sentence is a mistake:"
    )
    return _slip_task(rng, head, lines, "sentence")
