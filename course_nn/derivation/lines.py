"""The graph written out: as lines of text, as equations, and as plain NumPy.

`derive(loss)` goes through the nodes as `Forward` and `Backward` do, and writes a line for each
instead of computing it. What stands in a line is a recording of the node's own `forward` and
`backward` (`recording.py`).

Source: lessons 03 to 07.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from course_nn import checks
from course_nn.derivation.latex import Equation, equation
from course_nn.derivation.plain_code import plain_code, source_of
from course_nn.derivation.recorded import Expression, Recorder
from course_nn.derivation.recording import function_of, record
from course_nn.derivation.text import text
from course_nn.graph import Graph, Labels, Node, Parameter
from course_nn.heads import needed_by
from course_nn.not_arrays import no_array
from course_nn.operations import softmax


def derive(loss: Node) -> Derivation:
    """The forward and backward lines of the graph of `loss`; see `Derivation`.

    Raises ValueError or TypeError: not a loss, or an operation that cannot be recorded.
    """
    checks.loss_node(loss)
    return Derivation(loss)


def names_in(graph: Graph) -> dict[Any, str]:
    """What each node of a graph is called; one without a name n1, n2, … after its place."""
    place = {node: i for i, node in enumerate(graph.nodes, start=1)}
    taken = {node.name for node in graph.everything}
    names: dict[Any, str] = {}
    for node in graph.everything:
        name = node.name
        if node in place and node.label is None:
            name = f"n{place[node]}"
            while name in taken:
                name += "_"
        names[node] = name
    return names


class Line(NamedTuple):
    """A line as it is printed, such as 'z1 = x @ W1', and the shape of what it computes."""

    text: str
    shape: str


class Call(NamedTuple):
    """A part of a line that is written as a function of nodes, such as softmax(z3), and how that
    function is written.
    """

    function: str
    operands: list[Any]
    source: str


ONEHOT = """(y, a):
    return (y[:, None] == np.arange(a.shape[1])).astype(float)"""


@no_array("A derivation has .code() and .latex(W1).")
class Derivation:
    """Prints the lines of Forward and Backward. `latex(W1)` is the equation of one gradient,
    `code()` a NumPy function that computes all of them without `course_nn`.

    A node without a name is called n1, n2, … after its place in the graph.

    Attributes:
        names: what each node of the graph is called.
        used, nodes, parameters: all nodes that the loss depends on; the computed ones; the learned.
        forward: (node, how its value is written), in the order of Forward.
        backward: (node, how its gradient is written), in the order of Backward.
        recordings: by node, what its forward and backward do.
        added: by node, what its users add to its gradient: (user, expression).
        forward_lines, backward_lines: what is printed.
    """

    def __init__(self, loss: Node) -> None:
        self.loss = loss
        self.graph: Graph = loss.graph
        self.names = names_in(self.graph)
        self.used = needed_by(loss)
        self.nodes = [node for node in self.graph.nodes if node in self.used]
        self.parameters = [p for p in self.graph.parameters if p in self.used]
        self.recorder = Recorder()
        self.recordings = record(self.graph, self.nodes, self.recorder)
        self.forward = [(node, self._value(node)) for node in self.nodes]
        self.added: dict[Any, list[tuple[Any, Expression]]] = {}
        order = self._go_back()
        self.backward = [(node, self.gradient(node, "{}.grad")) for node in order]
        self.forward_lines = [
            Line(f"{self.names[node]} = {value}", node.shape) for node, value in self.forward
        ]
        averages = [(p, f"{self.names[p]}.grad / B") for p in self.parameters]
        self.backward_lines = [
            Line(f"{self.names[node]}.grad = {step}", node.shape)
            for node, step in [(loss, "1 for each example"), *self.backward, *averages]
        ]

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy is derived anew, from the copy of the loss."""
        return derive, (self.loss,)

    def renamed(self, names: dict[Any, str]) -> Derivation:
        """The same with other names of the nodes; what is printed stays."""
        other = copy.copy(self)
        other.names = names
        other.forward = [(node, other._value(node)) for node in self.nodes]
        return other

    def _value(self, node: Any) -> str:
        names = [self.names[operand] for operand in node.operands]
        if node.written:
            return " ".join(node.written.format(*names).split())
        return f"{type(node).__name__}({', '.join(names)})"

    def _go_back(self) -> list[Any]:
        """Collect what is added to each gradient; the nodes, in the order of Backward."""
        order: list[Any] = []
        for node in reversed(self.nodes):
            if node is not self.loss:
                order.append(node)
            for operand, step in self.recordings[node].steps:
                self.added.setdefault(operand, []).append((node, step))
            for operand in dict.fromkeys(node.operands):
                first_user = next(user for user in self.nodes if operand in user.operands)
                if isinstance(operand, Parameter) and node is first_user:
                    order.append(operand)
        return order

    def leaf(self, node: Any, what: str = "value") -> Expression:
        """The value or the gradient of a node, in the recordings."""
        return self.recorder.leaf(what, node)._expression

    def named(
        self,
        node: Any,
        value: Callable[[Any], str],
        gradient: Callable[[Any], str],
        call: Callable[[str, list[str]], str],
    ) -> dict[Expression, str]:
        """What has a name in the steps of a node: its operands, its value, its gradient, calls."""
        names = {
            expression: call(each.function, list(map(value, each.operands)))
            for expression, each in self.calls(node).items()
        }
        names[self.recordings[node].value] = value(node)
        names |= {self.leaf(each): value(each) for each in node.operands}  # also if that is all
        return names | {self.leaf(node, "gradient"): gradient(node)}

    def calls(self, node: Any) -> dict[Expression, Call]:
        """What would be written as a function in the steps of a node: softmax and onehot."""
        found, known = {}, self.recorder.known
        for operand in node.operands:
            leaf = self.leaf(operand)
            if ("max1", leaf, ("B", 1)) in known:  # or it is surely not there
                with np.errstate(all="ignore"):  # as in each recording
                    made = function_of(softmax, self.recorder, self.recorder.leaf("value", operand))
                found[made.value] = Call("softmax", [operand], source_of(made, {leaf: "a"}, ["a"]))
            for rows in node.operands if isinstance(operand, Labels) else ():
                onehot = known.get(("onehot", leaf, ("B", rows.width)))
                if onehot:
                    found.setdefault(onehot, Call("onehot", [operand, rows], ONEHOT))
        return found

    def gradient(self, node: Any, form: str) -> str:
        """The sum of what the users of a node add to its gradient; `form` is that of the name of a
        gradient, "{}.grad".
        """
        several, parts = len(self.added[node]) > 1, list[str]()
        for user, step in self.added[node]:
            names = self.named(
                user,
                self.names.__getitem__,
                lambda of: form.format(self.names[of]),
                lambda function, operands: f"{function}({', '.join(operands)})",
            )
            parts.append(text(step, names, level=2 if parts else int(several)))
        return " + ".join(parts)

    def __repr__(self) -> str:
        lines = [*self.forward_lines, *self.backward_lines]
        width = max(len(line.text) for line in lines)
        shown = [f"{line.text.ljust(width)}  {line.shape}" for line in lines]
        forward = len(self.forward_lines)
        return "\n".join(["Forward", *shown[:forward], "", "Backward", *shown[forward:]])

    def latex(self, parameter: Parameter) -> Equation:
        """∂J/∂W as an equation, with the δ that it needs; rendered in JupyterLab.

        Raises ValueError if the loss does not depend on the parameter.
        """
        if parameter not in self.added:
            raise ValueError(f"{self.names[self.loss]} does not depend on {parameter!r}.")
        return equation(self, parameter)

    def code(
        self,
        engine: str | None = None,
        *,
        batch_size: int = 32,
        momentum: bool = False,
        weight_decay: bool = False,
    ) -> str:
        """A Python function of the inputs and weights that returns J and a tuple of gradients.

        It needs NumPy alone, and gives the numbers of the graph.

        Args:
            engine: "numpy" or "numba" for the updates that the trainers run with engine=.
            batch_size: in "numba" 1 has code of its own, and so have batches whose rows go
                through in blocks. momentum, weight_decay: whether the update has them.

        A node whose name the code needs for itself has that name with _ behind it.

        Raises ValueError for an operation that the engine cannot write, or one of your own that
        does something else than when it was derived.
        """
        if engine is None:
            if repr(derive(self.loss)) != repr(self):  # the code would not be what is printed here
                raise ValueError(
                    "An operation of your own does something else than when this was derived: has "
                    "a constant changed? Derive again: nn.derive(loss)."
                )
            return plain_code(self)
        from course_nn.derivation.numba_code import (
            NumbaCode,  # here: most readers never ask for them
        )
        from course_nn.derivation.numpy_code import NumpyCode
        from course_nn.derivation.straight_line import StraightLine

        if engine not in ("numpy", "numba"):
            raise ValueError(f"There is code for the engines 'numpy' and 'numba'; got {engine!r}.")
        line = StraightLine(self)
        if engine == "numpy":
            return NumpyCode(line, momentum=momentum, decay=weight_decay).source()
        options = {"momentum": momentum, "decay": weight_decay}
        return NumbaCode(line, batch_size=batch_size, **options).source()
