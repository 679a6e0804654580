"""NumPy as anyone would write it: rows are examples, one plain expression for each step."""

from __future__ import annotations

import numpy as np

from benchmarks.task import Array, Task


def hand_written(W1, W2, W3, x, y, rate):
    """Forward, backward and update; returns the new weights."""
    B = len(x)
    h1 = 1 / (1 + np.exp(-(x @ W1)))
    h2 = 1 / (1 + np.exp(-(h1 @ W2)))
    z3 = h2 @ W3
    e = np.exp(z3 - z3.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    -np.log(p[np.arange(B), y]).mean()  # the loss, as one would print it
    p[np.arange(B), y] -= 1
    d3 = p / B
    d2 = (d3 @ W3.T) * h2 * (1 - h2)
    d1 = (d2 @ W2.T) * h1 * (1 - h1)
    return W1 - rate * (x.T @ d1), W2 - rate * (h1.T @ d2), W3 - rate * (h2.T @ d3)


class HandNumpy:
    def __init__(self, task: Task) -> None:
        self.task = task
        self.reset()

    def reset(self) -> None:
        self.current = tuple(self.task.weights)

    def run(self, epochs: int) -> None:
        x, y, rate = self.task.x, self.task.y, self.task.rate
        W1, W2, W3 = self.current
        for _ in range(epochs):
            for rows in self.task.batches:
                W1, W2, W3 = hand_written(W1, W2, W3, x[rows], y[rows], rate)
        self.current = W1, W2, W3

    def weights(self) -> list[Array]:
        return list(self.current)
