"""Tasks with one backward line in foreign letters, which `nn.check_derivation` judges."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import course_nn as nn
from course_exercises.derivations import can_read, one_line
from course_exercises.recall.task import LINE, ROWS, WEIGHTS, Task, names
from course_nn.more_operations import multiply

ONE = "One example goes through it, so each is a matrix with one row. "
MANY = (
    "B examples go through it, and the loss is the mean of theirs. Row b of `{}.grad` belongs to "
    "example b alone. "
)
LOSS = "and the loss is the squared error of `{}` against `{}`"
GRADIENTS = "Write the line of `{}.grad`. It may use any `.grad` that lies nearer to the loss."


def _line_task(
    text: str,
    target: str,
    right: str,
    graph: Callable[[], nn.Node],
    wrong: dict[str, str],
    *,
    one_example: bool = True,
) -> Task:
    """A task whose answer is a line `target.grad = right`."""
    line = f"{target}.grad = {right}"
    judge = one_line(graph, target, f"{line}.", one_example=one_example)
    return Task(text, LINE, line, judge, f"{line}.", wrong, lambda typed: can_read(graph, typed))


def _letters(rng: np.random.Generator, weights: str = WEIGHTS) -> list[str]:
    """Of the input, the first matrix, the sum, the activation, the last matrix, the output, the
    right answer."""
    u, a, s, o, t = names(rng, ROWS, 5)
    A, M = names(rng, weights, 2)
    return [u, A, a, s, M, o, t]


def _last_layer(s: str, M: str, o: str, t: str) -> Callable[[], nn.Node]:
    def graph() -> nn.Node:
        with nn.Graph():
            rows, answers = nn.Input(s, width=3), nn.Input(t, width=2)
            output = nn.matmul(rows, nn.Parameter(M, np.ones((3, 2))), name=o)
            return nn.squared_error(output, answers, name="loss")

    return graph


def _one_hidden(
    letters: list[str], activation: Callable[..., nn.Node], *, classes: bool = False
) -> Callable[[], nn.Node]:
    u, A, a, s, M, o, t = letters

    def graph() -> nn.Node:
        with nn.Graph():
            rows = nn.Input(u, width=4)
            answers = nn.Labels(t, classes=2) if classes else nn.Input(t, width=2)
            first = nn.matmul(rows, nn.Parameter(A, np.ones((4, 3))), name=a)
            hidden = activation(first, name=s)
            output = nn.matmul(hidden, nn.Parameter(M, np.ones((3, 2))), name=o)
            make = nn.cross_entropy if classes else nn.squared_error
            return make(output, answers, name="loss")

    return graph


def _described(letters: list[str], activation: str, loss: str = "") -> str:
    u, A, a, s, M, o, t = letters
    return (
        f"A network in other letters: `{a} = {u} @ {A}`, `{s} = {activation}({a})`, "
        f"`{o} = {s} @ {M}`, {loss or LOSS.format(o, t)}. "
    )


def last_weights(rng: np.random.Generator) -> Task:
    """The gradient of the last matrix, one example, of lesson 03."""
    _, _, _, s, M, o, t = _letters(rng)
    text = (
        f"The end of a network in other letters: `{o} = {s} @ {M}`, {LOSS.format(o, t)}. {ONE}"
        f"{GRADIENTS.format(M)}"
    )
    wrong = {
        "not transposed": f"{M}.grad = {s} @ {o}.grad",
        "turned": f"{M}.grad = {o}.grad.T @ {s}",
        "sign": f"{M}.grad = {s}.T @ ({t} - {o})",
    }
    return _line_task(text, M, f"{s}.T @ {o}.grad", _last_layer(s, M, o, t), wrong)


def back_through_weights(rng: np.random.Generator) -> Task:
    """From the output back to the hidden units, of lesson 04."""
    letters = _letters(rng)
    _, _, _, s, M, o, _ = letters
    text = f"{_described(letters, 'sigmoid')}{ONE}{GRADIENTS.format(s)}"
    wrong = {
        "not transposed": f"{s}.grad = {o}.grad @ {M}",
        "turned": f"{s}.grad = {M}.T @ {o}.grad",
        "slope too early": f"{s}.grad = ({o}.grad @ {M}.T) * {s} * (1 - {s})",
    }
    return _line_task(text, s, f"{o}.grad @ {M}.T", _one_hidden(letters, nn.sigmoid), wrong)


def back_through_tanh(rng: np.random.Generator) -> Task:
    """Through tanh, of lesson 04; most people write the slope of the sigmoid."""
    letters = _letters(rng)
    a, s = letters[2:4]
    text = f"{_described(letters, 'tanh')}{ONE}{GRADIENTS.format(a)}"
    wrong = {
        "of the sigmoid": f"{a}.grad = {s}.grad * {s} * (1 - {s})",
        "no slope": f"{a}.grad = {s}.grad",
        "at the wrong place": f"{a}.grad = {s}.grad * (1 - {a} ** 2)",
    }
    return _line_task(text, a, f"{s}.grad * (1 - {s} ** 2)", _one_hidden(letters, nn.tanh), wrong)


def start_of_classes(rng: np.random.Generator) -> Task:
    """Where the way back begins under cross-entropy, of lesson 06."""
    letters = _letters(rng, WEIGHTS.replace("P", ""))  # who writes p means the probabilities
    *_, o, t = letters
    loss = f"and the loss is the cross-entropy of softmax(`{o}`) with the label `{t}`"
    text = (
        f"{_described(letters, 'sigmoid', loss)}{ONE}Write the line of `{o}.grad`; `softmax` and "
        "`onehot` may stand in it."
    )
    wrong = {
        "sign": f"{o}.grad = onehot({t}) - softmax({o})",
        "of the squared error": f"{o}.grad = {o} - onehot({t})",
        "nothing subtracted": f"{o}.grad = softmax({o})",
    }
    right = f"softmax({o}) - onehot({t})"
    return _line_task(text, o, right, _one_hidden(letters, nn.sigmoid, classes=True), wrong)


def used_twice(rng: np.random.Generator) -> Task:
    """A value that is used in two places, of lessons 05 and 07."""
    a, s, o, r, q, t = names(rng, ROWS, 6)
    A, M, N = names(rng, WEIGHTS, 3)
    text = (
        f"The end of a network in other letters: the row `{s} = {a} @ {A}` is used twice, "
        f"`{o} = {s} @ {M}` and `{r} = {s} @ {N}`. Then `{q} = {o} * {r}`, "
        f"entry by entry, and the loss is the squared error of `{q}` against `{t}`. {ONE}"
        f"{GRADIENTS.format(s)}"
    )

    def graph() -> nn.Node:
        with nn.Graph():
            rows, answers = nn.Input(a, width=4), nn.Input(t, width=2)
            both = nn.matmul(rows, nn.Parameter(A, np.ones((4, 3))), name=s)
            one = nn.matmul(both, nn.Parameter(M, np.ones((3, 2))), name=o)
            other = nn.matmul(both, nn.Parameter(N, np.ones((3, 2))), name=r)
            return nn.squared_error(multiply(one, other, name=q), answers, name="loss")

    wrong = {
        "one path": f"{s}.grad = {o}.grad @ {M}.T",
        "crossed": f"{s}.grad = {o}.grad @ {N}.T + {r}.grad @ {M}.T",
        "multiplied": f"{s}.grad = ({o}.grad @ {M}.T) * ({r}.grad @ {N}.T)",
    }
    return _line_task(text, s, f"{o}.grad @ {M}.T + {r}.grad @ {N}.T", graph, wrong)


def _of_a_batch(rng: np.random.Generator, *, last: bool) -> Task:
    letters = _letters(rng)
    u, A, a, s, M, o, _ = letters
    name, came_in, fed = (M, s, o) if last else (A, u, a)
    text = f"{_described(letters, 'sigmoid')}{MANY.format(fed)}{GRADIENTS.format(name)}"
    wrong = {
        "the sum": f"{name}.grad = {came_in}.T @ {fed}.grad",
        "not transposed": f"{name}.grad = {came_in} @ {fed}.grad / B",
        "turned": f"{name}.grad = {fed}.grad.T @ {came_in} / B",
    }
    graph = _one_hidden(letters, nn.sigmoid)
    right = f"{came_in}.T @ {fed}.grad / B"
    return _line_task(text, name, right, graph, wrong, one_example=False)


def last_weights_of_a_batch(rng: np.random.Generator) -> Task:
    """The averaged gradient of the last matrix, of lesson 09."""
    return _of_a_batch(rng, last=True)


def first_weights_of_a_batch(rng: np.random.Generator) -> Task:
    """The averaged gradient of the first matrix, of lesson 09."""
    return _of_a_batch(rng, last=False)
