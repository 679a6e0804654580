"""JAX, compiled: one call for each step, or one for each epoch."""

from __future__ import annotations

from typing import Any

from benchmarks.task import Array, Task


class Jitted:
    """The step that both compile: the loss with its gradients, and the update."""

    def __init__(self, task: Task) -> None:
        import jax

        jax.config.update("jax_enable_x64", True)
        self.jax, self.task = jax, task
        self.x, self.y = jax.numpy.array(task.x), jax.numpy.array(task.y)
        self.reset()

    def loss(self, parameters: list[Any], x: Any, y: Any) -> Any:
        W1, W2, W3 = parameters
        h1 = self.jax.nn.sigmoid(x @ W1)
        h2 = self.jax.nn.sigmoid(h1 @ W2)
        p = self.jax.nn.log_softmax(h2 @ W3)
        return -self.jax.numpy.take_along_axis(p, y[:, None], axis=1).mean()

    def step(self, parameters: list[Any], x: Any, y: Any) -> tuple[list[Any], Any]:
        loss, gradients = self.jax.value_and_grad(self.loss)(parameters, x, y)
        pairs = zip(parameters, gradients, strict=True)
        return [W - self.task.rate * grad for W, grad in pairs], loss

    def reset(self) -> None:
        self.parameters = [self.jax.numpy.array(W) for W in self.task.weights]

    def weights(self) -> list[Array]:
        return [self.jax.device_get(W) for W in self.parameters]


class Step(Jitted):
    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.jitted = self.jax.jit(self.step)
        self.batches = [(self.x[rows], self.y[rows]) for rows in task.batches]  # cut beforehand

    def run(self, epochs: int) -> None:
        for _ in range(epochs):
            for x, y in self.batches:
                self.parameters, _loss = self.jitted(self.parameters, x, y)
        self.jax.block_until_ready(self.parameters)


class Scan(Jitted):
    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.jitted = self.jax.jit(self.epoch)

    def epoch(self, parameters: list[Any], x: Any, y: Any) -> tuple[list[Any], Any]:
        """`lax.scan` over the whole batches, and a step on what is left over."""
        B = self.task.batch
        whole = len(x) - len(x) % B
        batches = x[:whole].reshape(-1, B, x.shape[1]), y[:whole].reshape(-1, B)
        parameters, losses = self.jax.lax.scan(
            lambda carry, batch: self.step(carry, *batch), parameters, batches
        )
        if whole < len(x):
            parameters, _ = self.step(parameters, x[whole:], y[whole:])
        return parameters, losses

    def run(self, epochs: int) -> None:
        for _ in range(epochs):
            self.parameters, _losses = self.jitted(self.parameters, self.x, self.y)
        self.jax.block_until_ready(self.parameters)
