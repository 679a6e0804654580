"""Where a formula is worked out: the arrays, the functions, and what it may cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from course_nn.derivation_check.expression import Expression, Name
from course_nn.derivation_check.statement import CannotRead, Reason
from course_nn.derivation_check.trials import Trial, slope
from course_nn.graph import Array, Labels, Parameter
from course_nn.operations import Operation, relu, sigmoid, softmax, tanh

OF_THE_COURSE: dict[str, Any] = {"sigmoid": sigmoid, "tanh": tanh, "relu": relu}
NUMBERS_OF_A_PART = 2000  # that are worked out in the time that a small part takes


class Unfit(ValueError):
    """Shapes that do not fit: `part` is the formula, `shapes` those of its parts."""

    def __init__(self, part: Expression, *shapes: tuple[int, ...]) -> None:
        super().__init__("the shapes do not fit")
        self.part, self.shapes = part, shapes


@dataclass
class Functions:
    """Which functions there are in a graph.

    Args:
        nodes: all nodes of the graph by name.
        named: operations of the graph with one operand, by what they are called.
    """

    nodes: Mapping[str, Any]
    named: Mapping[str, Any]

    @cached_property
    def activations(self) -> dict[int, Any]:
        """The nodes that are a function of one other node, entry by entry; by their identity."""
        return {id(each): each for each in self.nodes.values() if is_entrywise(each)}

    def is_activation(self, node: Any) -> bool:
        """Whether a node is one of them."""
        return id(node) in self.activations

    def of(self, function: str, argument: Expression) -> Any:
        """The operation that a function is; f is the activation of this node, or of the graph.

        Raises CannotRead if it is not clear which f that is.
        """
        if function in self.named:
            return self.named[function]
        if function in OF_THE_COURSE or function == "softmax":
            return OF_THE_COURSE.get(function, softmax)
        activations = [*self.activations.values()]
        if argument.kind == "name" and argument.value.kind == "value":  # type: ignore[attr-defined]
            node = self.nodes[argument.value.name]  # type: ignore[attr-defined]
            here = [each for each in activations if each.operands[0] is node]
            activations = here or activations
        if len({type(each) for each in activations}) != 1:
            raise CannotRead(Reason.WHICH_F, argument.start, function)
        return activations[0]


def is_entrywise(node: Any) -> bool:
    if not isinstance(node, Operation) or len(node.operands) != 1:
        return False
    try:
        return slope(node, np.array([[0.3, -0.7, 0.2], [1.1, 0.4, -0.2]])) is not None
    except Exception:  # an operation of one's own may raise anything
        return False


@dataclass
class Work:
    """How many parts of formulas may still be worked out; a large array counts as several."""

    left: int

    def spend(self, numbers: int = 1) -> None:
        """For a part that gives, or adds up, so many numbers.

        Raises CannotRead where nothing is left.
        """
        self.left -= 1 + numbers // NUMBERS_OF_A_PART
        if self.left < 0:
            raise CannotRead(Reason.TOO_MUCH)


@dataclass
class Scope:
    """Where a formula is worked out.

    Args:
        trial: its values. gradients: of which node, right ones or the reader's.
        own: arrays of names that lines of the reader define, by the formula's name.
        columns: whether examples stand as columns; all arrays are then transposed.
        decided: what the products without a sign are; more is decided only if `decides`.
        row: the example that is looked at alone, inside Σ_b.
        of_one: the formulas of lines that speak of one example, such as ∂L_b/∂W = h_bᵀ δ_b; inside
            Σ_b they are worked out anew for each.
        known: what parts of formulas gave before in this trial, where that is kept; altered lines
            share most of theirs. It is kept for the formulas themselves, so that these stay.
        work: what all this may cost; None if it is not counted.
    """

    trial: Trial
    gradients: Mapping[str, Array]
    own: Mapping[Any, Any]
    functions: Functions
    columns: bool = False
    decided: dict[Expression, str] = field(default_factory=dict)
    decides: bool = False
    row: int | None = None
    of_one: Mapping[Name, Expression] = field(default_factory=dict)
    known: dict[Expression, Any] | None = None
    work: Work | None = None

    @property
    def examples(self) -> int:
        """The axis along which the examples lie."""
        return int(self.columns)

    def leaf(self, name: Name) -> Any:
        """The array or number that a name stands for."""
        if name in self.own:
            return self._of_this_row(self.own[name])
        if name.kind == "size":
            if name.name != "B" and name.name not in self.trial.values:
                raise CannotRead(Reason.NOT_USED, 0, name.name)
            B, values = self.trial.B, self.trial.values
            return np.float64(B if name.name == "B" else values[name.name].shape[1])
        arrays = self.trial.values if name.kind == "value" else self.gradients
        if name.name not in arrays:
            raise CannotRead(Reason.NOT_USED, 0, name.name)
        array = arrays[name.name]
        if name.kind == "mean gradient":
            array = array / self.trial.B
        if self.is_labels(name):
            return array if self.row is None else array[self.row : self.row + 1]
        array = array.T if self.columns else array
        node = self.trial.nodes[name.name]
        if isinstance(node, Parameter):
            return array
        return self._of_this_row(array)

    def is_labels(self, name: Name) -> bool:
        """Whether a name stands for labels, which have one axis."""
        return name.kind == "value" and isinstance(self.trial.nodes.get(name.name), Labels)

    def _of_this_row(self, array: Any) -> Any:
        if self.row is None or np.ndim(array) != 2 or array.shape[self.examples] != self.trial.B:
            return array
        rows = slice(self.row, self.row + 1)
        return array[:, rows] if self.columns else array[rows]
