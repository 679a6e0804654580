"""A network as plain data for the script of a piece: layers one after the other, and a loss.

Source: lesson 01.
"""

from __future__ import annotations

from typing import Any

from course_nn import checks
from course_nn.graph import Data, Graph, Input, Labels, Node, Parameter
from course_nn.losses import cross_entropy, squared_error
from course_nn.operations import add, matmul, relu, sigmoid, tanh

ACTIVATIONS: dict[type, str] = {sigmoid: "sigmoid", tanh: "tanh", relu: "relu"}
LOSSES: dict[type, str] = {squared_error: "squared_error", cross_entropy: "cross_entropy"}
MOST_WEIGHTS, MOST_EXAMPLES = 500, 100  # the page holds each number, and a curve takes 200 passes


def chain_of(loss: Node, data: Data, *, examples: int = MOST_EXAMPLES) -> dict[str, Any]:
    """The network and its data as the scripts take them.

    {"layers": [{"W": rows, "b": rows or None, "f": "sigmoid", "name": {"W": "W1", …}}, …],
    "loss": "squared_error", "x": rows, "y": rows or labels}. A layer is z = a W + b, then f; where
    there is no activation, f is "identity" and h has the name of z.

    Args:
        loss: a squared error or a cross-entropy of an output and of an input y.
        data: an array for each input of its graph.
        examples: how many at most.

    Raises TypeError or ValueError: no loss; data that do not fit; a graph that is no such chain,
    or too large.
    """
    checks.loss_node(loss)
    net: Graph = loss.graph
    checked = net.checked_inputs(data, whole="The data")
    kind = LOSSES.get(type(loss))
    if kind is None:
        raise _no_chain(loss, "the loss must be squared_error or cross_entropy")
    node, y = loss.operands
    layers: list[dict[str, Any]] = []
    used: list[Parameter] = []
    while not isinstance(node, Input):
        node, layer, parameters = _layer(node)
        layers.insert(0, layer)
        used += parameters
    if not layers:
        raise _no_chain(node, "there is no layer")
    if not isinstance(y, (Input, Labels)) or y is node:
        raise _no_chain(y, "what the output is compared with must be an input of its own")
    twice = next((p for p in used if used.count(p) > 1), None)
    if twice:
        raise _no_chain(twice, "each parameter must be used once")
    count = sum(p.value.size for p in used)
    if count > MOST_WEIGHTS:
        raise ValueError(
            f"A piece that moves holds at most {MOST_WEIGHTS} weights; this network has "
            f"{count:,}. Take a smaller one: what happens in its layers is the same."
        )
    if len(checked[node]) > examples:
        raise ValueError(
            f"A piece that moves holds at most {examples} examples; got {len(checked[node]):,}. "
            f"Take some of them, as in x[:{examples}] and y[:{examples}]."
        )
    return {"layers": layers, "loss": kind, "x": checked[node].tolist(), "y": checked[y].tolist()}


def _layer(node: Node) -> tuple[Node, dict[str, Any], list[Parameter]]:
    """What goes into the layer that ends with this node, the layer, its parameters."""
    h, f, b = node, "identity", None
    if type(node) in ACTIVATIONS:
        f = ACTIVATIONS[type(node)]
        (node,) = node.operands
    z = node
    if type(node) is add and isinstance(node.operands[1], Parameter):
        node, b = node.operands
    if type(node) is not matmul:
        raise _no_chain(node, "each layer must be a W, or a W + b, and then an activation or none")
    a, W = node.operands
    names = {"W": W.name, "b": b.name if b is not None else None, "z": z.name, "h": h.name}
    layer = {
        "W": W.value.tolist(),
        "b": None if b is None else b.value.tolist(),
        "f": f,
        "name": names | {"a": a.name},
    }
    parameters: list[Any] = [W] if b is None else [W, b]
    return a, layer, parameters


def _no_chain(node: Any, needed: str) -> ValueError:
    return ValueError(
        "A piece that moves computes networks of layers one after the other, with sigmoid, tanh, "
        f"relu or no activation: {needed}. {checks.shown(node)} is not."
    )
