"""What the questions on SGD and batches share: run a student's training on a small network and
compare the weights with those that the usual slips lead to."""

from collections.abc import Callable
from traceback import walk_tb
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.question import Wrong, attempted, same

Weights = dict[str, np.ndarray]
ETA = 0.37  # one that nobody writes by chance


class Trial:
    """A small network with fixed weights, and five examples, or another number.

    `rows` are the numbers of rows with which its Forward has been called.
    """

    def __init__(self, examples: int = 5) -> None:
        self.model = nn.two_hidden_layer_network(3, 4, 3, 2, seed=5, activation="tanh")
        self.graph, self.loss = self.model.graph, self.model.loss
        rng = np.random.default_rng(8)
        self.X = rng.normal(size=(examples, 3))
        self.Y = np.array([0, 1, 1, 0, 1, 0, 0, 1])[:examples]
        self.rows: list[int] = []
        forward = self.graph.Forward

        def counted(*unnamed: Any, **inputs: Any) -> None:
            forward(*unnamed, **inputs)
            self.rows.append(len(self.loss.value))

        self.graph.Forward = counted  # type: ignore[method-assign]

    def weights(self) -> Weights:
        return {p.name: p.value for p in self.graph.parameters}

    def gradients(self, rows: Any) -> Weights:
        """The average gradient of some examples at the present weights."""
        self.graph.Forward(x=self.X[rows], y=self.Y[rows])
        self.graph.Backward(self.loss)
        return {p.name: p.grad for p in self.graph.parameters}

    def step(self, rows: Any, rate: float, answers: Any = None) -> None:
        """One update from some examples; `answers` are the rows of Y, if they are other ones."""
        self.graph.Forward(x=self.X[rows], y=self.Y[rows if answers is None else answers])
        self.graph.Backward(self.loss)
        self.graph.SGD(rate)


def after(steps: Callable[[Trial], None], examples: int = 5) -> Weights:
    """The weights after some steps from the start."""
    trial = Trial(examples)
    steps(trial)
    return trial.weights()


def online(order: Any, rate: float = ETA) -> Callable[[Trial], None]:
    """One update after each example, in this order."""

    def steps(trial: Trial) -> None:
        for i in order:
            trial.step([i], rate)

    return steps


def minibatches(size: int, rate: float = ETA, examples: int = 5) -> Callable[[Trial], None]:
    """One update for each `size` of the examples, in their order."""

    def steps(trial: Trial) -> None:
        for first in range(0, examples, size):
            trial.step(slice(first, min(first + size, examples)), rate)

    return steps


def batch(rate: float = ETA) -> Callable[[Trial], None]:
    """One update from the average gradient of all examples."""
    return lambda trial: trial.step(slice(None), rate)


def from_the_same_weights(trial: Trial) -> None:
    """The slip of taking every gradient at the first weights, though updating after each."""
    start = trial.weights()
    grads = [trial.gradients([i]) for i in range(5)]
    trial.graph.replace_parameters(
        {p: start[p.name] - ETA * sum(g[p.name] for g in grads) for p in trial.graph.parameters}
    )


def uphill(trial: Trial) -> None:
    """The slip of the sign: one batch update that adds the gradient."""
    start, grads = trial.weights(), trial.gradients(slice(None))
    trial.graph.replace_parameters(
        {p: start[p.name] + ETA * grads[p.name] for p in trial.graph.parameters}
    )


def judge(
    answer: Callable[..., Any],
    right: Weights,
    slips: dict[str, Weights],
    praise: str,
    *more: Any,
    trial: Trial | None = None,
) -> str:
    """Run `answer(net, loss, X, Y, learning_rate, *more)` on a fresh trial and name the slip."""
    if not callable(answer):
        raise Wrong("a function is needed.")
    trial = trial or Trial()
    start, X, Y = trial.weights(), trial.X.copy(), trial.Y.copy()
    try:
        answer(trial.graph, trial.loss, X, Y, ETA, *more)
    except Exception as error:
        came_through = [frame.f_code for frame, _ in walk_tb(error.__traceback__)]
        for function in (nn.Forward, nn.Backward, nn.SGD):
            if function.__code__ in came_through:
                name = function.__name__
                raise Wrong(
                    f"nn.{name} works on another network. Write net.{name}, of the network that "
                    f"was given. ({type(error).__name__}: {error})"
                ) from None
        raise
    if not (np.array_equal(X, trial.X) and np.array_equal(Y, trial.Y)):
        raise Wrong("X or Y was changed in place; the next epoch would see other examples.")
    got = trial.weights()

    def alike(weights: Weights) -> bool:
        return all(same(got[name], weights[name], tolerance=1e-9) for name in got)

    if alike(right):
        return praise
    if alike(start):
        if trial.rows:
            raise Wrong("the weights have not changed: no update was made.")
        attempted(None, done="If you did: nothing has run on net. Write net.Forward, and so on.")
    named = [text for text, weights in slips.items() if alike(weights)]
    raise Wrong(
        " Or: ".join(named)
        or "the weights came out differently, and none of the usual slips explains it. Did you "
        "keep the given order of the examples?"
    )
