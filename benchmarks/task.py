"""What every contender is given to do: a net's first weights, examples, a batch size, a rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import course_nn as nn

Array = np.ndarray
Widths = tuple[int, int, int, int]

DIGITS: Widths = (64, 32, 16, 10)
LARGE: Widths = (784, 300, 100, 10)


@dataclass(frozen=True)
class Task:
    """Updates of x W1, sigmoid, W2, sigmoid, W3, cross-entropy, without bias, in float64.

    The examples are taken in their order, `batch` at a time, and the last batch may be smaller.
    """

    x: Array
    y: Array
    weights: list[Array]
    batch: int
    rate: float

    @property
    def widths(self) -> Widths:
        D, H1 = self.weights[0].shape
        H2, K = self.weights[2].shape
        return D, H1, H2, K

    @property
    def net(self) -> str:
        return name_of(self.widths)

    @property
    def batches(self) -> list[slice]:
        """The rows of each batch of an epoch."""
        return [slice(i, i + self.batch) for i in range(0, len(self.x), self.batch)]


def name_of(widths: Widths) -> str:
    """Such as "64-32-16-10"."""
    return "-".join(map(str, widths))


def first_weights(widths: Widths) -> list[Array]:
    model = nn.two_hidden_layer_network(*widths)
    return [np.array(parameter.value) for parameter in model.graph.parameters]


def on_digits(batch: int, widths: Widths = DIGITS) -> Task:
    """The 1,797 real digits; a batch that is larger takes them all."""
    digits = nn.datasets.digits()
    x = nn.datasets.standardise(digits["x"])[0]
    return Task(x, digits["y"], first_weights(widths), min(batch, len(x)), rate=0.1)


def on_random_data(batch: int, examples: int, widths: Widths = LARGE) -> Task:
    """Random numbers from 0 to 1, like pixels, and random labels."""
    rng = np.random.default_rng(0)
    x, y = rng.random((examples, widths[0])), rng.integers(0, widths[3], examples)
    return Task(x, y, first_weights(widths), batch, rate=0.01)
