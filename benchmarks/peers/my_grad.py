"""MyGrad: tensors over NumPy that know how they were made.

Its memory guard, which locks the arrays of a graph against being written, is turned off: that is
faster, and the update writes in place.
"""

from __future__ import annotations

from benchmarks.task import Array, Task


class MyGrad:
    def __init__(self, task: Task) -> None:
        import mygrad
        from mygrad.nnet.activations import sigmoid
        from mygrad.nnet.losses import softmax_crossentropy

        mygrad.turn_memory_guarding_off()
        self.tensor, self.sigmoid, self.loss = mygrad.tensor, sigmoid, softmax_crossentropy
        self.task = task
        self.reset()

    def reset(self) -> None:
        self.parameters = [self.tensor(W) for W in self.task.weights]

    def run(self, epochs: int) -> None:
        x, y, rate = self.task.x, self.task.y, self.task.rate
        W1, W2, W3 = self.parameters
        for _ in range(epochs):
            for rows in self.task.batches:
                h1 = self.sigmoid(x[rows] @ W1)
                h2 = self.sigmoid(h1 @ W2)
                self.loss(h2 @ W3, y[rows]).backward()
                for W in self.parameters:
                    W.data -= rate * W.grad

    def weights(self) -> list[Array]:
        return [W.data for W in self.parameters]
