"""How good a network is on data that are given: `evaluate`.

Source: lessons 08 and 11.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from course_nn import checks
from course_nn.graph import Array, Data, Graph, Input, Labels, Node
from course_nn.heads import answer_of, heads, labels_of
from course_nn.not_arrays import no_array
from course_nn.own_state import left_as_it_was

NO_CLASS = -1  # in the place of a class, which is 0 or more


@no_array("An evaluation has .loss and .accuracy, as in [found.loss for found in evaluations].")
class Evaluation(NamedTuple):
    """What `evaluate` found: the mean loss, the share of right answers, the number of examples,
    and for how many of these the loss or the answer is not finite (NaN or infinite).
    """

    loss: float
    accuracy: float | None
    examples: int
    not_finite: int = 0

    def __repr__(self) -> str:
        accuracy = "" if self.accuracy is None else f", accuracy {checks.percent(self.accuracy)}"
        not_finite = f", {self.not_finite} of them not finite" if self.not_finite else ""
        return f"loss {checks.short(self.loss)}{accuracy} ({self.examples} examples{not_finite})"


def answers(output: Array) -> Array:
    """The class that each row of the output (B, K) answers, (B,): the column of its largest number,
    the first of equal ones. `NO_CLASS` where that number is NaN or infinite.
    """
    return np.where(np.isfinite(output.max(axis=1)), output.argmax(axis=1), NO_CLASS)


def evaluate(loss: Node, data: Data, output: Node | None = None) -> Evaluation:
    """Mean loss and accuracy on exactly the data passed in, and on nothing else.

    Values and gradients in the graph are left as they were, and what operations of your own keep.

    Args:
        loss: the loss node.
        data: an array for each input of the graph, as in {"x": X, "y": labels}.
        output: the node (B, K) whose largest column is the answer; by default what the loss
            compares with its labels (of a sum of such losses, what the one that was made first
            does). The accuracy is None where there are no `Labels`.

    A row that has no answer (see `answers`) is right for no class, and counted in `not_finite`.
    """
    checks.loss_node(loss)
    graph: Graph = loss.graph
    checked = graph.checked_inputs(data, whole="The data")
    if output is not None and not isinstance(output, Node):
        raise TypeError(f"output must be a node, such as z3; got {checks.shown(output)}.")
    return evaluate_checked(loss, checked, output)


def evaluate_checked(
    loss: Node, checked: Mapping[Input, Array], output: Node | None = None
) -> Evaluation:
    """`evaluate` on data that `Graph.checked_inputs` has checked already."""
    graph: Graph = loss.graph
    labels, output = compared(loss, output)
    with left_as_it_was(graph):
        graph.put(checked)
        graph.Forward()
        accuracy, not_finite = None, ~np.isfinite(loss.value)
        if labels is not None:
            classes = answers(output.value)
            accuracy = float((classes == labels.value).mean())
            not_finite |= classes == NO_CLASS
        with np.errstate(all="ignore"):
            J = float(loss.value.mean())
            if not not_finite.any() and not math.isfinite(J):  # the sum is too large, not the mean
                J = float((loss.value / len(loss.value)).sum())
        return Evaluation(J, accuracy, len(loss.value), int(not_finite.sum()))


def compared(loss: Node, output: Node | None = None) -> tuple[Labels | None, Any]:
    """The labels of a loss, and the node that they are compared with: the output, or, if none is
    given, the answer. Of several losses it is the one that looks at this output, or the first.

    Raises ValueError: the output is no node of this graph with a column for each class.
    """
    found = [head for head in heads(loss) if labels_of(head) is not None]
    if not found:
        return None, output
    head = next((head for head in found if answer_of(head) is output), found[0])
    labels, output = labels_of(head), answer_of(head) if output is None else output
    if output not in loss.graph.nodes or output.width != labels.classes:
        raise ValueError(
            f"The output must be a computed node of this graph with {labels.classes} columns, one "
            f"for each class of {labels.name}; got {output!r}."
        )
    return labels, output
