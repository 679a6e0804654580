"""A formula as it was read: a tree whose leaves are numbers and names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

DEEPEST = 40  # levels of a formula: a reader of it could not follow more either


class TooDeep(ValueError):
    """A formula that is nested too deeply."""


@dataclass(frozen=True, eq=False)
class Expression:
    """One step of a formula.

    Args:
        kind: "number" (value is a float), "name" (value is what it was resolved to, a `Name`);
            "negative", "add", "subtract", "multiply" (entry by entry; value is "⊙" if that
            was its sign), "matmul", "divide",
            "product" (nothing or a dot stands between: the shapes say which of the two; value is
            "brackets" if it stands in some, "*" for that of MATLAB, which is never one entry by
            entry), "ones" (1ᵀ, a row of ones, one for each example),
            "power" (value is the exponent), "transpose", "compare" (value is the sign),
            "call" (value is the function), "slope" (value is the function: f′ of what is inside),
            "sum", "mean" (value is "k", "each" for sums of single examples, "axis 0" or "axis 1",
            "all" for a number, or None where nothing says over what), "slice" (value is the
            axis, and whether it has a start and an end), "shape" (value is the axis, or "width"),
            "join" (columns side by side), "repeat", "outer", "einsum" (value is its letters),
            "identity" (I); "entry" (value is its indices), "sum over" (value is the index) and
            "entries" (the whole of a line about entries; value is the indices on its left, and
            whether it speaks of the weights of one example).
        arguments: what it is computed from.
        start, end: where it stands in the line.
    """

    kind: str
    arguments: tuple[Expression, ...] = ()
    value: object = None
    start: int = 0
    end: int = 0
    depth: int = field(init=False)
    size: int = field(init=False)  # how many parts it has, itself included

    def __post_init__(self) -> None:
        deepest, size = 0, 1
        for each in self.arguments:
            deepest, size = max(deepest, each.depth), size + each.size
        if deepest >= DEEPEST:
            raise TooDeep
        object.__setattr__(self, "depth", deepest + 1)
        object.__setattr__(self, "size", size)

    def walk(self) -> Iterator[Expression]:
        """This formula and all its parts."""
        yield self
        for each in self.arguments:
            yield from each.walk()

    def made_of(self, arguments: tuple[Expression, ...]) -> Expression:
        """The same step of other parts."""
        return Expression(self.kind, arguments, self.value, self.start, self.end)


@dataclass(frozen=True)
class Name:
    """What a name means.

    Args:
        kind: "value" or "gradient" of a node; "mean gradient", ∂J/∂z of a node, which is its
            gradient divided by B; "size", such as B or the width of z1; "own", a name
            that the reader has defined; "unknown".
        name: of the node, of the size, or the reader's own.
        one: ∂L/∂W of a parameter, which speaks of the loss of one example, and not of the mean J.
    """

    kind: str
    name: str
    one: bool = False
