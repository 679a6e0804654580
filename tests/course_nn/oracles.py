"""Independent answers to compare course_nn with, and helpers that several test files share.

* `central_differences`: the gradient of a function, from its values alone;
* `autograd_loss`: the network of the course in HIPS autograd, which knows nothing of our graph;
* `chain_rule`: the hand derivation for W1, W2, W3 in plain NumPy, averaged over the examples;
* `assert_gradients`: the step back of one operation, against two of these;
* `refused`: the block raises this error, its message has these words, nothing was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad as autograd_gradient
from hypothesis import strategies as st

import course_nn as nn

Array = np.ndarray

ACTIVATIONS = ("sigmoid", "tanh", "relu")
LOSSES = ("cross_entropy", "squared_error")

# --- gradients ------------------------------------------------------------------------------------


def central_differences(f: Callable[[Array], float], at: Array, step: float = 1e-6) -> Array:
    """∂f/∂a at every entry of `at`: (f(a + step) − f(a − step)) / (2 step)."""
    gradient = np.empty(at.shape)
    for entry in np.ndindex(at.shape):
        values = []
        for signed_step in (step, -step):
            moved = at.copy()
            moved[entry] += signed_step
            values.append(f(moved))
        gradient[entry] = (values[0] - values[1]) / (2 * step)
    return gradient


def assert_close_to_differences(gradient: Array, differences: Array) -> None:
    np.testing.assert_allclose(gradient, differences, rtol=1e-5, atol=1e-7)


def assert_same(actual: Any, expected: Any) -> None:
    """Equal but for the last digits."""
    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-12)


AUTOGRAD_ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": anp.tanh,
    "relu": lambda z: anp.where(z > 0, z, 0.0),
}


def autograd_losses(output: Any, y: Array, loss: str) -> Any:
    """L_b for each example, (B,)."""
    if loss == "squared_error":
        return 0.5 * anp.sum((output - y) ** 2, axis=1)
    one_hot = np.eye(output.shape[1])[y]
    return anp.log(anp.sum(anp.exp(output), axis=1)) - anp.sum(output * one_hot, axis=1)


def autograd_loss(
    parameters: dict[str, Any], x: Any, y: Array, activation: str, loss: str, upstream: Any = 1.0
) -> Any:
    """J = (1/B) Σ_b upstream_b L_b of the network, in operations that autograd can derive."""
    h = x
    for layer in ("1", "2", "3"):
        z = h @ parameters["W" + layer] + parameters.get("b" + layer, 0.0)
        h = z if layer == "3" else AUTOGRAD_ACTIVATIONS[activation](z)
    return anp.mean(upstream * autograd_losses(h, y, loss))


def chain_rule(
    x: Array, y: Array, W1: Array, W2: Array, W3: Array, activation: str, loss: str
) -> tuple[float, Array, Array, Array]:
    """J and ∂J/∂W1, ∂J/∂W2, ∂J/∂W3, by the derivation on paper."""
    f, derivative_from_z = {
        "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
        "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
        "relu": (lambda z: np.where(z > 0, z, 0.0), lambda z: np.where(z > 0, 1.0, 0.0)),
    }[activation]
    B = len(x)
    z1 = x @ W1
    h1 = f(z1)
    z2 = h1 @ W2
    h2 = f(z2)
    z3 = h2 @ W3
    if loss == "squared_error":
        losses = ((z3 - y) ** 2).sum(axis=1) / 2
        delta3 = z3 - y
    else:
        p = np.exp(z3) / np.exp(z3).sum(axis=1, keepdims=True)
        one_hot = np.eye(z3.shape[1])[y]
        losses = -np.log((p * one_hot).sum(axis=1))
        delta3 = p - one_hot
    delta2 = delta3 @ W3.T * derivative_from_z(z2)
    delta1 = delta2 @ W2.T * derivative_from_z(z1)
    return losses.mean(), x.T @ delta1 / B, h1.T @ delta2 / B, h2.T @ delta3 / B


# --- networks -------------------------------------------------------------------------------------


class Case(NamedTuple):
    """A random network with random data, and what its graph does not know: how it was made."""

    model: Any
    x: Array
    y: Array
    activation: str
    loss: str

    @property
    def graph(self) -> nn.Graph:
        return self.model.graph

    @property
    def data(self) -> dict[str, Array]:
        return {"x": self.x, "y": self.y}

    def run(self, x: Array | None = None, y: Array | None = None) -> None:
        """Forward and Backward on the data of the case, or on other data."""
        self.graph.Forward(x=self.x if x is None else x, y=self.y if y is None else y)
        self.graph.Backward(self.model.loss)


def make_case(
    seed: int = 0,
    sizes: Sequence[int] = (3, 4, 2, 3),
    B: int = 5,
    activation: str = "sigmoid",
    loss: str = "cross_entropy",
    bias: bool = False,
) -> Case:
    rng = np.random.default_rng(seed)
    model = nn.two_hidden_layer_network(
        *sizes, activation=activation, loss=loss, bias=bias, seed=seed
    )
    for parameter in model.graph.parameters:
        parameter.value = rng.normal(size=parameter.value.shape)
    K = sizes[-1]
    y = rng.integers(0, K, size=B) if loss == "cross_entropy" else rng.normal(size=(B, K))
    return Case(model, rng.normal(size=(B, sizes[0])), y, activation, loss)


SEEDS = st.integers(0, 2**32 - 1)
SMALL = st.integers(1, 5)
SEVERAL = st.integers(2, 5)  # classes


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Networks of all kinds with random shapes and batch sizes."""
    loss = draw(st.sampled_from(LOSSES))
    outputs = SEVERAL if loss == "cross_entropy" else SMALL
    return make_case(
        draw(SEEDS),
        draw(st.tuples(SMALL, SMALL, SMALL, outputs)),
        draw(st.integers(1, 7)),
        draw(st.sampled_from(ACTIVATIONS)),
        loss,
        draw(st.booleans()),
    )


class carried(nn.Operation):
    """a itself, as a computed node: unlike an input it keeps its gradient."""

    def forward(self) -> None:
        self.value = self.operands[0].value

    def backward(self) -> None:
        self.operands[0].add_grad(self.grad)


class as_loss(nn.Operation):
    """a of one column (B, 1) as a loss (B,), which it was not computed as."""

    def check_operands(self) -> int | None:
        return None

    def forward(self) -> None:
        self.value = self.operands[0].value[:, 0]

    def backward(self) -> None:
        self.operands[0].add_grad(self.grad[:, None])


# --- one operation --------------------------------------------------------------------------------


def normal(seed: int, *shapes: tuple[int, ...]) -> list[Array]:
    """Normal numbers for each shape, none so near to 0 that a step crosses the corner of relu."""
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=shape) for shape in shapes]
    return [np.where(np.abs(a) < 1e-3, 0.5, a) for a in arrays]


def step_back(node: Any, upstream: Array) -> None:
    """Let `upstream` arrive at `node`, and nothing at any other node; take its one step back."""
    for other in node.graph.everything:
        other.grad = None
    node.grad = upstream
    node.backward()


def assert_gradients(
    build: Callable[..., Any],
    reference: Callable[..., Any],
    arrays: Sequence[tuple[str, Array]],
    upstream_seed: int,
) -> None:
    """The step back of an operation, against central differences and against autograd.

    Args:
        build: makes the operation from nodes.
        reference: the same function of arrays, in autograd.numpy.
        arrays: for each operand ("rows", values), ("loss", values of shape (B,)) or
            ("parameter", values).
    """
    with nn.Graph() as net:
        operands = []
        for i, (kind, values) in enumerate(arrays):
            if kind == "parameter":
                operands.append(nn.Parameter(f"P{i}", values))
            elif kind == "loss":
                operands.append(as_loss(nn.Input(f"x{i}", 1), name=f"a{i}"))
            else:
                operands.append(carried(nn.Input(f"x{i}", values.shape[1]), name=f"a{i}"))
        node = build(*operands)
    data = {f"x{i}": v.reshape(len(v), -1) for i, (k, v) in enumerate(arrays) if k != "parameter"}
    net.Forward(**data)
    values = [values for _, values in arrays]
    assert_same(node.value, reference(*values))
    (upstream,) = normal(upstream_seed, node.value.shape)
    step_back(node, upstream)
    for i, operand in enumerate(operands):

        def weighted_sum(value, i=i):
            return anp.sum(upstream * reference(*values[:i], value, *values[i + 1 :]))

        assert operand.grad.shape == values[i].shape
        assert_same(operand.grad, autograd_gradient(weighted_sum)(values[i]))
        assert_close_to_differences(operand.grad, central_differences(weighted_sum, values[i]))


# --- refusals -------------------------------------------------------------------------------------


def state(graph: nn.Graph) -> list[tuple[str, Any, Any]]:
    """Everything that a graph and its nodes hold: where, the object itself, and its content."""
    found = []
    for thing in (graph, *graph.everything):
        for name, held in vars(thing).items():
            content = held.tobytes() if isinstance(held, np.ndarray) else held
            content = list(held) if isinstance(held, list) else content
            found.append((f"{getattr(thing, 'name', 'graph')}.{name}", held, content))
    return found


def assert_unchanged(graph: nn.Graph, before: list[tuple[str, Any, Any]]) -> None:
    after = state(graph)
    assert [name for name, _, _ in after] == [name for name, _, _ in before]
    for (name, held, content), (_, held_now, content_now) in zip(before, after, strict=True):
        assert held_now is held or type(held) in (bool, str, int), f"{name} is another object"
        assert content_now == content, f"{name} has changed"


@contextmanager
def refused(
    kind: type[Exception], *words: str, unchanged: nn.Graph | None = None
) -> Iterator[None]:
    """The block raises exactly `kind`, the message has all `words`, `unchanged` is as it was."""
    before = [] if unchanged is None else state(unchanged)
    with pytest.raises(kind) as caught:
        yield
    assert caught.type is kind
    message = str(caught.value)
    assert [word for word in words if word not in message] == [], message
    if unchanged is not None:
        assert_unchanged(unchanged, before)
