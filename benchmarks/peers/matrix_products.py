"""The floor where the matrix products take all the time: nothing but the eight of an update."""

from __future__ import annotations

import numpy as np

from benchmarks.task import Array, Task


class MatrixProducts:
    def __init__(self, task: Task) -> None:
        self.task = task

    def reset(self) -> None:
        """Nothing: no weight changes."""

    def run(self, epochs: int) -> None:
        W1, W2, W3 = self.task.weights
        _, H1, H2, K = self.task.widths
        h1, h2, z3 = (np.empty((self.task.batch, width)) for width in (H1, H2, K))
        dW1, dW2, dW3 = (np.empty_like(W) for W in self.task.weights)
        for _ in range(epochs):
            for rows in self.task.batches:
                x = self.task.x[rows]
                B = len(x)
                np.matmul(x, W1, out=h1[:B])
                np.matmul(h1[:B], W2, out=h2[:B])
                np.matmul(h2[:B], W3, out=z3[:B])
                np.matmul(h2[:B].T, z3[:B], out=dW3)
                np.matmul(z3[:B], W3.T, out=h2[:B])
                np.matmul(h1[:B].T, h2[:B], out=dW2)
                np.matmul(h2[:B], W2.T, out=h1[:B])
                np.matmul(x.T, h1[:B], out=dW1)

    def weights(self) -> list[Array]:
        return self.task.weights
