"""What the questions of lessons 07 and 08 share: run a student's training on a small network and
compare the weights with those that the usual slips lead to."""

from collections.abc import Callable
from typing import Any

import numpy as np

import course_nn as nn
from course_nn.exercises.question import Wrong, attempted, same

Weights = dict[str, np.ndarray]
ETA = 0.3


class Trial:
    """A small network with fixed weights, and five examples."""

    def __init__(self) -> None:
        self.model = nn.two_hidden_layer_network(3, 4, 3, 2, seed=5, activation="tanh")
        self.graph, self.loss = self.model.graph, self.model.loss
        rng = np.random.default_rng(8)
        self.X, self.Y = rng.normal(size=(5, 3)), np.array([0, 1, 1, 0, 1])

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


def after(steps: Callable[[Trial], None]) -> Weights:
    """The weights after some steps from the start."""
    trial = Trial()
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
    answer: Callable[..., Any], right: Weights, slips: dict[str, Weights], praise: str, *more: Any
) -> str:
    """Run `answer(net, loss, X, Y, learning_rate, *more)` on a fresh trial and name the slip."""
    if not callable(answer):
        raise Wrong("a function is needed.")
    trial = Trial()
    start = trial.weights()
    try:
        answer(trial.graph, trial.loss, trial.X.copy(), trial.Y.copy(), ETA, *more)
    except Exception as error:
        if trial.graph.nodes[0].value is None:
            raise Wrong(
                f"your code stopped with {type(error).__name__}: {error} Nothing has run on the "
                "network that was given. (Is it nn.Forward instead of net.Forward?)"
            ) from None
        raise
    got = trial.weights()

    def alike(weights: Weights) -> bool:
        return all(same(got[name], weights[name], tolerance=1e-9) for name in got)

    if alike(right):
        return praise
    if alike(start):
        ran = trial.graph.nodes[0].value is not None
        if ran:
            raise Wrong("the weights have not changed: no update was made.")
        attempted(None, done="")
    named = [text for text, weights in slips.items() if alike(weights)]
    raise Wrong(
        " Or: ".join(named)
        or "the weights came out differently, and none of the usual slips explains it. Did you "
        "keep the given order of the examples?"
    )
