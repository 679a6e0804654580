"""How good a network is on data that are given: `evaluate`.

Source: lessons 07 and 10.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course_nn import checks
from course_nn.graph import Data, Graph, Labels, Node


class Evaluation(NamedTuple):
    """What `evaluate` found: the mean loss, the share of right answers, the number of examples."""

    loss: float
    accuracy: float | None
    examples: int

    def __repr__(self) -> str:
        accuracy = "" if self.accuracy is None else f", accuracy {100 * self.accuracy:.2f} %"
        return f"loss {checks.short(self.loss)}{accuracy} ({self.examples} examples)"


def evaluate(loss: Node, data: Data, output: Node | None = None) -> Evaluation:
    """Mean loss and accuracy on exactly the data passed in, and on nothing else.

    Values and gradients in the graph are left as they were.

    Args:
        loss: the loss node.
        data: an array for each input of the graph, as in {"x": X, "y": labels}.
        output: the node (B, K) whose largest column is the answer; by default what the loss
            compares with its labels (of a sum of losses, the first). The accuracy is None where
            there are no `Labels`.
    """
    checks.loss_node(loss)
    graph: Graph = loss.graph
    checked = graph.checked_inputs(data, whole="The data")
    if output is not None and not isinstance(output, Node):
        raise TypeError(f"output must be a node, such as z3; got {checks.shown(output)}.")
    first = first_loss(loss)
    labels = next((node for node in first.operands if isinstance(node, Labels)), None)
    output = first.operands[0] if output is None else output
    if labels is not None and (output not in graph.nodes or output.width != labels.classes):
        raise ValueError(
            f"The output must be a computed node of this graph with {labels.classes} columns, one "
            f"for each class of {labels.name}; got {output!r}."
        )
    with graph.left_as_it_was():
        graph.put(checked)
        graph.Forward()
        accuracy = None
        if labels is not None:
            accuracy = float((output.value.argmax(axis=1) == labels.value).mean())
        with np.errstate(all="ignore"):
            return Evaluation(float(loss.value.mean()), accuracy, len(loss.value))


def first_loss(loss: Node) -> Node:
    """The loss behind a weighted one, or the first of a sum: the one that looks at an output."""
    first = loss
    while first.operands[0].operands and first.operands[0].width is None:  # not: labels
        first = first.operands[0]
    return first
