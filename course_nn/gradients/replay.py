"""Backward once more, for one parameter, with some of its lines altered.

What comes out then is what a slip would have given; `slips.py` says which lines those are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial, reduce
from typing import Any

import numpy as np

from course_nn.graph import Array, Parameter
from course_nn.heads import needed_by
from course_nn.operations import add, matmul

Step = Callable[[Any, Array], list[tuple[Any, Array]]]  # node, g → what is added to which operand
Total = Callable[[list[Array]], Array]  # of what has arrived at a node, an array from each use

SMALL = 100_000  # weights times examples; above that, one example after the other takes too long
LARGE = 100_000_000  # above that, replaying everything takes seconds


def contributions(node: Any, g: Array) -> list[tuple[Any, Array]]:
    """What the node's own `backward` adds to which operand if g has arrived at the node."""
    added: list[tuple[Any, Array]] = []
    for operand in node.operands:
        operand.add_grad = lambda part, operand=operand: added.append((operand, part))
    node.grad = g
    try:
        node.backward()
    finally:
        for operand in node.operands:
            vars(operand).pop("add_grad", None)  # again the method of its class
    return added


def added_up(arrived: list[Array]) -> Array:
    """What is done with what has arrived, if nothing is altered."""
    return reduce(np.add, arrived)


class Replay:
    """Backward for one parameter, on the values in the graph, with some of its lines altered.

    For use inside `left_as_it_was`, because the gradients in the nodes are overwritten.

    `grad` has the gradients of the last Backward by node, δ (B, K) of a computed node; `way` the
    nodes from the loss back to the parameter; `right` is the right gradient of the parameter.
    """

    def __init__(self, parameter: Parameter) -> None:
        graph: Any = parameter.graph
        self.parameter, self.graph, self.loss = parameter, graph, graph.last_loss
        self.B = len(self.loss.grad)
        self.right: Any = parameter.grad
        self.grad: dict[Any, Any] = {node: node.grad for node in graph.everything}
        for node in graph.everything:
            node.grad = None  # as at the start of Backward
        needed = needed_by(self.loss)
        self.nodes = [node for node in reversed(graph.nodes) if node in needed]
        from_here: set[Any] = {parameter}
        for node in reversed(self.nodes):
            if from_here.intersection(node.operands):
                from_here.add(node)
        self.way = [node for node in self.nodes if node in from_here]  # from the loss back
        self.work = self.B * sum(p.value.size for p in graph.parameters)
        self.small = self.B <= 50 and self.work <= SMALL
        self._of_first: dict[int, Array] = {}

    def gives_the_gradient(self) -> bool:
        """Whether the graph still holds the values from which `right` was computed."""
        up_to_date = self.graph.up_to_date and self.graph._backward_done
        if not (up_to_date and self.way and self.work <= LARGE):
            return False
        try:
            outcome = self()
        except Exception:  # an operation of one's own whose backward is no function of g alone
            return False
        return np.allclose(outcome, self.right, rtol=0, atol=1e-9 * np.abs(self.right).max())

    def __call__(
        self, steps: Mapping[Any, Step] | None = None, totals: Mapping[Any, Total] | None = None
    ) -> Array:
        """∂J/∂W, if these nodes step back differently, or take differently what has arrived.

        Raises what NumPy raises where an altered line does not fit the shapes.
        """
        steps, totals = steps or {}, totals or {}
        arrived: dict[Any, list[Array]] = {self.loss: [np.ones(self.B)]}
        for node in self.way:
            g = totals.get(node, added_up)(arrived[node])
            for operand, part in steps.get(node, contributions)(node, g):
                arrived.setdefault(operand, []).append(part)
        return totals.get(self.parameter, added_up)(arrived[self.parameter]) / self.B

    def stepping(self, step: Step, nodes: Iterable[Any]) -> Callable[[], Array]:
        """The replay in which each of these nodes takes this step back."""
        return partial(self, steps=dict.fromkeys(nodes, step))

    def taking(self, take: Total, nodes: Iterable[Any]) -> Callable[[], Array]:
        """The replay in which each of these nodes takes this of what has arrived."""
        return partial(self, totals=dict.fromkeys(nodes, take))

    @property
    def own_products(self) -> list[Any]:
        """The products of the parameter with what came in."""
        return [n for n in self.way if type(n) is matmul and n.operands[1] is self.parameter]

    @property
    def later_products(self) -> list[Any]:
        """The products through which the gradient comes back to the parameter."""
        return [n for n in self.way if type(n) is matmul and n.operands[0] in self.way]

    def called(self, node: Any) -> str:
        """The node's name; for the nameless product in z = h @ W + b that of the sum."""
        users = [user for user in self.nodes if node in user.operands]
        if node.name == str(node) and len(users) == 1 and isinstance(users[0], add):
            return self.called(users[0])
        return node.name

    def delta(self, node: Any) -> str:
        """δ3 for z3, as in the lessons; z.grad for another name."""
        name = self.called(node)
        return f"δ{name[1:]}" if name[0] == "z" and name[1:].isdigit() else f"{name}.grad"

    @cached_property
    def each(self) -> Array:
        """The gradient of each example alone, (B, rows, columns)."""
        return np.stack([self.of_rows(row) for row in np.eye(self.B)])

    def of_rows(self, weights: Array) -> Array:
        """The gradients of the examples, each times its weight (B,), added up."""
        return self.B * self(totals={self.loss: lambda _: weights})

    def of_first(self, n: int) -> Array:
        """The gradients of the first n examples, added up; each n is replayed once."""
        if self.small:
            return self.each[:n].sum(axis=0)
        if n not in self._of_first:
            self._of_first[n] = self.of_rows(np.where(np.arange(self.B) < n, 1.0, 0.0))
        return self._of_first[n]
