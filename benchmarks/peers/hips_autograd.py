"""HIPS autograd: NumPy whose calls are recorded."""

from __future__ import annotations

from benchmarks.task import Array, Task


class Autograd:
    def __init__(self, task: Task) -> None:
        import autograd.numpy as anp
        from autograd import value_and_grad

        def loss(parameters: list[Array], x: Array, y: Array) -> Array:
            W1, W2, W3 = parameters
            h1 = 1 / (1 + anp.exp(-(x @ W1)))
            h2 = 1 / (1 + anp.exp(-(h1 @ W2)))
            z3 = h2 @ W3
            z = z3 - anp.max(z3, axis=1, keepdims=True)
            right = z[anp.arange(len(y)), y]
            return anp.mean(anp.log(anp.sum(anp.exp(z), axis=1)) - right)

        self.loss_and_gradients = value_and_grad(loss)
        self.task = task
        self.reset()

    def reset(self) -> None:
        self.parameters = list(self.task.weights)

    def run(self, epochs: int) -> None:
        x, y, rate = self.task.x, self.task.y, self.task.rate
        for _ in range(epochs):
            for rows in self.task.batches:
                _loss, gradients = self.loss_and_gradients(self.parameters, x[rows], y[rows])
                pairs = zip(self.parameters, gradients, strict=True)
                self.parameters = [W - rate * grad for W, grad in pairs]

    def weights(self) -> list[Array]:
        return self.parameters
