"""Random numbers for the questions of the homework, and how the module answers them.

All numbers are rounded to one digit after the point, so that a student can paste a case into a
cell and look at it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

import course_nn as nn

Array = np.ndarray
T = TypeVar("T")
NEVER = np.nan  # equal to nothing: for a slip that stops with an error at these shapes
MOST_DRAWS = 1000

# Tolerances for answers in float32, which has seven digits.
CANCELS = 1e-4  # where numbers that are nearly equal are subtracted, digits are lost


class Case:
    """A network with its data: B, D, H1, H2, K are all different, from 2 to 6; B is 3 or 5.

    Args:
        one: one example instead of several, B = 1.
        loss: "squared_error", then y is (B, K), or "cross_entropy", then y is (B,).
    """

    def __init__(
        self,
        rng: np.random.Generator,
        *,
        activation: str = "sigmoid",
        loss: str = "squared_error",
        one: bool = False,
    ) -> None:
        widths = [int(n) for n in rng.permutation(5) + 2]
        while widths[0] % 2 == 0:  # so that B is not twice another one
            widths = widths[1:] + widths[:1]
        B, self.D, self.H1, self.H2, self.K = widths
        self.B = 1 if one else B
        self.activation, self.loss = activation, loss
        self.x = numbers(rng, self.B, self.D)
        self.W1 = numbers(rng, self.D, self.H1)
        self.W2 = numbers(rng, self.H1, self.H2)
        self.W3 = numbers(rng, self.H2, self.K)
        if loss == "squared_error":
            self.y = numbers(rng, self.B, self.K)
        else:
            self.y = rng.integers(0, self.K, size=self.B)

    @property
    def weights(self) -> dict[str, Array]:
        return {"W1": self.W1, "W2": self.W2, "W3": self.W3}

    def run(self, **changed: Any) -> dict[str, Any]:
        """The nodes by name after Forward and Backward, with z1 to z3, h1, h2 and loss.

        Args:
            changed: "x", "y", "W1" ... take other numbers; "f1", "f2" another class of operation
                as the activation of one layer, "f3" one that the output passes through;
                "product2", "product3" another class in place of `nn.matmul`.
        """
        f = {"sigmoid": nn.sigmoid, "tanh": nn.tanh}[self.activation]
        take = {**vars(self), "f1": f, "f2": f, "f3": same_value} | {
            "product2": nn.matmul,
            "product3": nn.matmul,
            **changed,
        }
        with nn.Graph(make_current=False) as graph:
            x = nn.Input("x", self.D)
            W1, W2, W3 = (nn.Parameter(name, take[name]) for name in ("W1", "W2", "W3"))
            h1 = take["f1"](nn.matmul(x, W1, name="z1"), name="h1")
            h2 = take["f2"](take["product2"](h1, W2, name="z2"), name="h2")
            z3 = take["f3"](take["product3"](h2, W3, name="last_product"), name="z3")
            if self.loss == "squared_error":
                nn.squared_error(z3, nn.Input("y", self.K), name="loss")
            else:
                nn.cross_entropy(z3, nn.Labels("y", self.K), name="loss")
        return run(graph, x=take["x"], y=take["y"])


class same_value(nn.Operation):
    """No activation: f(z) = z."""

    operands_needed = 1

    def forward(self) -> None:
        self.value = self.operands[0].value

    def backward(self) -> None:
        grad: Any = self.grad
        self.operands[0].add_grad(grad)


def run(graph: nn.Graph, **data: Any) -> dict[str, Any]:
    """The nodes of a graph by name, after Forward, and after Backward from its last node."""
    graph.Forward(**data)
    graph.Backward(graph.nodes[-1])
    return {node.name: node for node in graph.everything}


def activated(z: Array, activation: str) -> Array:
    """f(z) by the module, for "sigmoid" or "tanh"."""
    with nn.Graph(make_current=False) as graph:
        {"sigmoid": nn.sigmoid, "tanh": nn.tanh}[activation](nn.Input("z", z.shape[1]), name="h")
    graph.Forward(z=z)
    return graph.nodes[-1].value


def drawn(draw: Callable[[], T], fits: Callable[[T], bool], what: str) -> T:
    """The first of the draws that fits.

    Raises:
        RuntimeError: if none of a thousand does, so that a mistake in a task does not last for
            ever; `what` says what was looked for.
    """
    for _ in range(MOST_DRAWS):
        found = draw()
        if fits(found):
            return found
    raise RuntimeError(f"None of {MOST_DRAWS:,} random draws is {what}.")


def numbers(rng: np.random.Generator, *shape: int, scale: float = 1.0) -> Array:
    """Random numbers around 0 with one digit after the point."""
    return np.round(rng.normal(scale=scale, size=shape), 1) + 0.0  # −0.0 becomes 0.0


def written(call: str, **values: Any) -> str:
    """A case as lines of Python that a student can paste into a cell."""
    lines = []
    for name, value in values.items():
        array = isinstance(value, np.ndarray)
        lines.append(f"{name} = np.array({value.tolist()})" if array else f"{name} = {value!r}")
    return "\n".join(["To look at it, paste this into a cell:", *lines, call])
