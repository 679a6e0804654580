"""The network of the course: two hidden layers, weight matrices W1, W2, W3.

Source: lesson 01; X. Glorot, Y. Bengio (2010) and K. He et al. (2015) for the initialisations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from course_nn import checks
from course_nn.copies import whole_copy
from course_nn.graph import Graph, Input, Labels, Node, Parameter
from course_nn.losses import cross_entropy, squared_error
from course_nn.not_arrays import no_array, not_called
from course_nn.operations import Operation, add, matmul, relu, sigmoid, tanh

ACTIVATIONS: dict[str, type[Operation]] = {"sigmoid": sigmoid, "tanh": tanh, "relu": relu}
LOSSES = ("cross_entropy", "squared_error")
INITIALISATIONS = ("glorot", "he", "small_normal")


def initial_weights(
    initialisation: str, rows: int, columns: int, rng: np.random.Generator
) -> np.ndarray:
    """Random weights (rows, columns), drawn from `rng`.

    * "glorot": uniform in ±√(6 / (rows + columns)); for sigmoid and tanh.
    * "he": normal with standard deviation √(2 / rows); for relu.
    * "small_normal": normal with standard deviation 0.1.

    Raises ValueError or TypeError for another name, a size below 1, or no generator.
    """
    checks.one_of("initialisation", INITIALISATIONS, initialisation)
    rows = checks.whole_number("rows", rows)
    columns = checks.whole_number("columns", columns)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"rng must be a generator, such as np.random.default_rng(0); got {checks.shown(rng)}."
        )
    if initialisation == "glorot":
        limit = np.sqrt(6 / (rows + columns))
        return rng.uniform(-limit, limit, size=(rows, columns))
    if initialisation == "he":
        return rng.normal(0, np.sqrt(2 / rows), size=(rows, columns))
    return rng.normal(0, 0.1, size=(rows, columns))


@no_array("A network has nodes, and each of these its array, such as model.output.value.")
@dataclass(frozen=True)
class TwoHiddenLayerNetwork:
    """The nodes of a network by name. `output` is z3: ŷ, or the logits under cross-entropy."""

    graph: Graph = field(repr=False)
    x: Input
    y: Input
    W1: Parameter
    W2: Parameter
    W3: Parameter
    output: Node
    loss: Node

    def __repr__(self) -> str:
        return repr(self.graph)

    __copy__ = whole_copy


def two_hidden_layer_network(
    inputs: int,
    hidden1: int,
    hidden2: int,
    outputs: int,
    *,
    activation: str = "sigmoid",
    loss: str = "cross_entropy",
    initialisation: str = "glorot",
    bias: bool = False,
    seed: int = 0,
) -> TwoHiddenLayerNetwork:
    """z1 = x W1, h1 = f(z1), z2 = h1 W2, h2 = f(z2), z3 = h2 W3, and a loss; D, H1, H2, K wide.

    Without bias a tanh network is odd, f(−x) = −f(x), and a relu network is homogeneous,
    f(2x) = 2 f(x): some data cannot be learned by them. `bias=True` adds rows b1, b2, b3, zeros
    at the start. The graph does not become the current one: use `model.graph`.

    Args:
        inputs: D, the width of x.
        hidden1: H1, the units of the first hidden layer.
        hidden2: H2, those of the second.
        outputs: K, the outputs, or the classes.
        activation: "sigmoid", "tanh" or "relu".
        loss: "cross_entropy" (y are integer labels) or "squared_error" (y is (B, K)).
        initialisation: "glorot", "he" or "small_normal", see `initial_weights`.
        bias: whether each layer has one, which begins at 0.
        seed: of the generator that draws W1, then W2, then W3.

    Raises ValueError or TypeError for a width below 1 or a name that does not exist.
    """
    checks.one_of("activation", ACTIVATIONS, activation)
    checks.one_of("loss", LOSSES, loss)
    checks.yes_or_no("bias", bias)
    widths = {"inputs": inputs, "hidden1": hidden1, "hidden2": hidden2, "outputs": outputs}
    sizes = [checks.whole_number(name, width) for name, width in widths.items()]
    f, rng = ACTIVATIONS[activation], np.random.default_rng(checks.seed(seed))
    weights = [
        initial_weights(initialisation, rows, columns, rng) for rows, columns in pairwise(sizes)
    ]
    with Graph(make_current=False) as graph:
        x = Input("x", inputs)
        y = Labels("y", outputs) if loss == "cross_entropy" else Input("y", outputs)
        W = [Parameter(f"W{i}", w) for i, w in enumerate(weights, start=1)]
        b = [Parameter(f"b{i}", np.zeros((1, n))) for i, n in enumerate(sizes[1:], 1) if bias]

        def layer(h: Node, i: int) -> Node:
            z = f"z{i}"
            return add(matmul(h, W[i - 1]), b[i - 1], name=z) if b else matmul(h, W[i - 1], name=z)

        h1 = f(layer(x, 1), name="h1")
        h2 = f(layer(h1, 2), name="h2")
        z3 = layer(h2, 3)
        if loss == "cross_entropy":
            loss_node = cross_entropy(z3, y, name="loss")
        else:
            loss_node = squared_error(z3, y, name="loss")
    return TwoHiddenLayerNetwork(graph, x, y, *W, output=z3, loss=loss_node)


# Here, because the graph knows nobody.
no_array("A graph has nodes, and each of these its array: node.value.")(Graph)
VALUES = ("values", "val", "vals", "data", "array")
not_called(value=VALUES)(Input)
not_called(
    value=(*VALUES, "weights", "weight", "matrix"),
    grad=("grads", "gradient", "gradients", "derivative"),
)(Parameter)
