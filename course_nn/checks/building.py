"""What is refused while a graph is built, and what is not the node that is needed."""

from __future__ import annotations

from collections.abc import Collection
from keyword import iskeyword
from typing import Any

from course_nn.checks.words import in_normal_form, shown

LONGEST_NAME = 100  # characters of an expression that names a node; a longer one is "node 17"


def node_name(name: Any, taken: Collection[str]) -> str:
    """A name for a node: an identifier such as z1, so that it can stand in code and formulas."""
    name = in_normal_form(name)
    is_name = isinstance(name, str) and name.isidentifier() and not iskeyword(name)
    if not is_name or name == "__debug__":  # which no code may assign
        raise ValueError(
            f"A node's name is made of letters, digits and _, like 'z1'; got {shown(name)}."
        )
    if name in taken:
        raise ValueError(f"The name {name} is used twice in this graph. Choose another one.")
    return name


def may_be_built(entered: bool, other: Any) -> None:
    """A graph is built once, and not inside another one's block."""
    if entered:
        raise RuntimeError(
            "This graph was built already; a graph is built in one `with` block. "
            "For another network write `with nn.Graph() as net:`."
        )
    if other is not None:
        raise RuntimeError("The `with` block of another graph is still open. Close it first.")


def there_is_a_graph(open_graph: Any, current: Any) -> None:
    """The functions Forward, Backward and SGD need a graph that is complete."""
    if open_graph is not None:
        raise RuntimeError("The `with nn.Graph()` block is still open: end its indentation first.")
    if current is None:
        raise RuntimeError("There is no graph yet. Build one: `with nn.Graph() as net:`.")


def joins(graph: Any, node: Any, operands: Collection[Any]) -> None:
    """A node is made inside a graph's block, from nodes of that graph."""
    if graph is None:
        raise RuntimeError(
            f"{node} is outside a graph. Make it inside the indented block of "
            "`with nn.Graph() as net:`."
        )
    for operand in operands:
        if operand.graph is not graph:
            raise ValueError(
                f"{node}: {operand.name} belongs to another graph. Make all nodes of a network in "
                "the same `with nn.Graph()` block."
            )


def loss_node(loss: Any) -> None:
    """A node of shape (B,) that was computed, not put in."""
    if not hasattr(loss, "add_grad"):
        advice = " Use its .loss." if hasattr(loss, "loss") else ""
        raise TypeError(f"A loss node is needed here; got a {type(loss).__name__}.{advice}")
    if loss.width is not None or not loss.operands:
        raise ValueError(
            f"A loss has one number for each example, (B,), and is computed; {loss.name} is "
            f"{loss.shape}. Use squared_error or cross_entropy."
        )
