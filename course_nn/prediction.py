"""What a trained network says of data without labels: `predict`.

Source: lesson 11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from course_nn import checks
from course_nn.graph import Array, Data, Graph, Input, Node
from course_nn.heads import answer_of, heads, labels_of, needed_by
from course_nn.losses import cross_entropy
from course_nn.operations import softmax
from course_nn.own_state import left_as_it_was

SHOWN = 5  # rows of a prediction, when it is printed


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Prediction:
    """What `predict` found, row b for example b. Prints its first rows.

    Attributes:
        values: (B, K), the values of the output node: ŷ, or the logits z3.
        classes: (B,) integers, the column with the largest value, if the loss has labels.
        probabilities: (B, K), softmax of the logits.

    Raises AttributeError where there are no classes, or no probabilities because the values are no
    logits: a None would be compared with labels without a word.
    """

    values: Array

    def __init__(
        self, values: Array, classes: Array | None = None, probabilities: Array | None = None
    ) -> None:
        found = {"values": values, "classes": classes, "probabilities": probabilities}
        vars(self).update({name: array for name, array in found.items() if array is not None})

    def __getattr__(self, name: str) -> NoReturn:  # what is not there
        text = f"A prediction has no attribute {name!r}."
        if name == "classes":
            text = (
                "This prediction has no classes: the loss compares the output with no labels, "
                "nn.Labels. It has .values; if the targets were one-hot: .values.argmax(axis=1)."
            )
        elif name == "probabilities":
            text = (
                "This prediction has no probabilities: its .values are not the logits of a "
                "cross_entropy."
            )
        raise AttributeError(text, name=name, obj=self)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("An array is needed here. A prediction has .classes and .values.")

    __array_function__ = __array__
    __array_ufunc__ = None  # so that `labels == prediction` comes to __eq__

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        raise TypeError("What is compared are the .classes of a prediction, or its .values.")

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        rows = len(self.values)
        lines = [f"row {b}: {self._row(b)}" for b in range(min(rows, SHOWN))]
        if rows > SHOWN:
            lines.append(f"… and {checks.counted(rows - SHOWN, 'more row')}")
        return "\n".join(lines)

    def _row(self, b: int) -> str:
        if not hasattr(self, "classes"):
            first = [checks.short(value) for value in self.values[b, :8].tolist()]
            return "  ".join(first) + "  …" * (self.values.shape[1] > 8)
        text = f"class {self.classes[b]}"
        if not hasattr(self, "probabilities"):
            return text
        return f"{text}, probability {self.probabilities[b, self.classes[b]]:.4f}"


def predict(loss: Node, data: Data, output: Node | None = None) -> Prediction:
    """The values, and classes with probabilities, of one row or many, without labels.

    Only what the output is computed from is run, so labels and targets need not be there; if they
    are, nothing looks at them. Values and gradients in the graph are left as they were.

    For a network that was saved: build it, `load_checkpoint(file, model.loss)`, then predict. Data
    must be prepared as the training data were: `standardise` the two together.

    Args:
        loss: the loss node that the network was trained with.
        data: an array for each input that the output is computed from, as in {"x": X}.
        output: the node to read; by default the one that the loss compares with labels or targets.

    Raises:
        ValueError, TypeError: not a loss; data that are missing or do not fit; a loss that
            compares several nodes, so that `output` has to say which.
        FloatingPointError: a value of the output is NaN or infinite.
    """
    checks.loss_node(loss)
    graph: Graph = loss.graph
    if output is None:
        output = _the_output(loss)
    elif not isinstance(output, Node):
        raise TypeError(f"output must be a node, such as z3; got {checks.shown(output)}.")
    elif output not in graph.nodes or output.width is None:
        raise ValueError(
            f"The output must be a computed node (B, K) of this graph; got {output!r}."
        )
    used = needed_by(output)
    known = [node.name for node in graph.inputs]
    data = checks.data_for_prediction(data, known, [x.name for x in graph.inputs if x in used])
    with left_as_it_was(graph):
        for node in (*graph.inputs, *graph.nodes):  # nobody may see values of other data
            vars(node).pop("_value" if isinstance(node, Input) else "value", None)
        graph.inputs = tuple(node for node in graph.inputs if node in used)
        graph.nodes = tuple(node for node in graph.nodes if node in used)
        try:
            graph.Forward(**data)
        except (TypeError, AttributeError) as error:
            error.add_note(
                f"For a prediction only what {output.name} is computed from is run. If an "
                "operation of your own uses a further node, give it this node as an operand."
            )
            raise
        values = output.value.copy()  # read-only in the graph, an array of its own outside
    if not np.isfinite(values).all():
        b, k = (int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise FloatingPointError(
            f"{output.name} of row {b} is {values[b, k]} in column {k}: it says nothing. Numbers "
            "this large come from data that were not standardised, or from training that diverged."
        )
    for head in heads(loss):
        labels = labels_of(head)
        if answer_of(head) is output and labels is not None and labels.classes == output.width:
            return Prediction(values, values.argmax(axis=1), _probabilities(values, output, head))
    return Prediction(values)


def _probabilities(values: Array, output: Node, head: Node) -> Array | None:
    if isinstance(head, cross_entropy) and type(head).forward is cross_entropy.forward:
        with np.errstate(all="ignore"):
            e = np.exp(values - values.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    return values.copy() if isinstance(output, softmax) else None


def _the_output(loss: Node) -> Node:
    found = list(dict.fromkeys(filter(None, map(answer_of, heads(loss)))))
    if not found:
        raise ValueError(
            f"{loss!r} compares no computed node (B, K). Say which node to read: output=…"
        )
    if len(found) > 1:
        raise ValueError(
            f"{loss.name} compares {', '.join(node.name for node in found)}. Say which node to "
            "read: output=…"
        )
    return found[0]
