"""PyTorch as it is used without compiling: autograd, and SGD written out.

`torch.optim.SGD` makes the same updates and takes longer.
"""

from __future__ import annotations

from benchmarks.task import Array, Task


class Eager:
    def __init__(self, task: Task) -> None:
        import torch

        torch.set_num_threads(1)
        self.torch, self.task = torch, task
        self.x, self.y = torch.from_numpy(task.x), torch.from_numpy(task.y)
        self.reset()

    def reset(self) -> None:
        tensor = self.torch.tensor
        self.parameters = [tensor(W, requires_grad=True) for W in self.task.weights]

    def run(self, epochs: int) -> None:
        torch, rate, B = self.torch, self.task.rate, self.task.batch
        W1, W2, W3 = self.parameters
        for _ in range(epochs):
            for x, y in zip(self.x.split(B), self.y.split(B), strict=True):
                h1 = torch.sigmoid(x @ W1)
                h2 = torch.sigmoid(h1 @ W2)
                loss = torch.nn.functional.cross_entropy(h2 @ W3, y)
                loss.backward()
                with torch.no_grad():
                    for W in self.parameters:
                        W -= rate * W.grad
                        W.grad = None

    def weights(self) -> list[Array]:
        return [W.detach().numpy() for W in self.parameters]
