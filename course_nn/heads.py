"""What a loss is made of, and which of its nodes is the answer of the network.

A head is a loss that compares an answer with data: cross-entropy compares z3 with labels.

Source: lesson 11.
"""

from __future__ import annotations

from typing import Any

from course_nn.graph import Input, Labels, Node


def needed_by(node: Node) -> set[Any]:
    """The node and all nodes that it is computed from."""
    found: set[Any] = set()
    waiting: list[Any] = [node]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += node.operands
    return found


def heads(loss: Node) -> list[Node]:
    """The losses that a loss is made of, in the order in which they were made; itself, if it is
    made of none.

    Of several, those that compare something with data: a penalty on weights predicts nothing.
    """
    inside = needed_by(loss)
    losses = [node for node in loss.graph.nodes if node in inside and node.width is None]
    parts = [node for node in losses if answer_of(node) is not None]
    compared = [node for node in parts if any(isinstance(each, Input) for each in node.operands)]
    return compared or parts


def answer_of(head: Node) -> Node | None:
    """The computed node (B, K) that a loss compares: its first operand that is one."""
    computed = [each for each in head.operands if each in head.graph.nodes]
    return next((each for each in computed if each.width is not None), None)


def labels_of(head: Node) -> Labels | None:
    """The labels that a loss compares with; None if it has none."""
    return next((each for each in head.operands if isinstance(each, Labels)), None)
