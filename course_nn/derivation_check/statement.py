"""A line as it was read, or why it cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from course_nn.derivation_check.expression import Expression, Name


class Reason(Enum):
    """Why a line could not be read or judged."""

    SIGN = "this place cannot be read"
    NO_EQUALS = "a line is written: name = formula"
    ENTRIES = "not every part of this line has its indices; or write the matrices, W3.grad = …"
    ONE_BY_ANOTHER = "no line of yours says what this derivative is, as ∂u/∂a = Vᵀ does for another"
    FREE_INDEX = (
        "this index stands neither on the left of = nor under a Σ (a text with the remark "
        "“# Einstein sums” adds up what stands twice)"
    )
    NO_INDEX = "beneath this Σ nothing has its index"
    LEFT = "on the left of = stands one name"
    GIVEN = "this name is given, and a derivation does not change it"
    UNKNOWN_NAME = "this name is used, but neither the graph nor a line of yours says what it is"
    SPOILT = "this name is defined in a line that cannot be read or judged"
    WHICH_SUM = "it is not said over what is added"
    WHICH_F = "it is not clear which function f is here"
    LABELS = "labels are numbers of classes; onehot(y) makes rows of them"
    NO_GRADIENT = "data keep no gradient"
    NOT_USED = "the loss does not depend on this"
    NUMBER = "a number so large or so small cannot be told from a slip"
    TOO_LONG = "this is too long to be read"
    TOO_MUCH = "the lines before this one took all the time there is; check fewer lines at once"
    TOO_MANY_NUMBERS = (
        "with the widths of your network this takes too many numbers at once; write matrices"
    )
    TOO_DEEP = "there are too many brackets inside brackets"
    NESTED_SUM = "a sum over the examples stands inside another one"
    NO_SLOPE = "this function does not work entry by entry, so it has no f′"
    ONES = "if this is a vector of ones, its length is not said"
    IDENTITY = "I is read where it is added to a square matrix, as in δ (I + Wᵀ)"
    ARGUMENTS = "this function takes something else"


@dataclass(frozen=True)
class Problem:
    """What could not be read.

    Args:
        reason: why.
        place: where in the line, counted from 0.
        word: what stands there.
        nearest: the nearest thing that can be read, or "".
        searched: whether it was looked for, if there might be one.
    """

    reason: Reason
    place: int = 0
    word: str = ""
    nearest: str = ""
    searched: bool = True


class CannotRead(ValueError):
    """Ends the reading of a line; `problem` says why."""

    def __init__(self, reason: Reason, place: int = 0, word: str = "", nearest: str = "") -> None:
        super().__init__(reason.value)
        self.problem = Problem(reason, place, word, nearest)


@dataclass(frozen=True)
class Statement:
    """A line as it was read.

    Args:
        number: of the line, from 1. text: as it was written, but in the notation of the course.
        typed: as it was written, where that differs and can be told.
        comment: what stood after #.
        targets: what the line says something about.
        formulas: what it says that this is; several if there is more than one =.
        update: of a line such as W1.grad /= B, the kind of its step; its formula has it already.
        problem: why it could not be read.
    """

    number: int
    text: str
    comment: str = ""
    targets: tuple[Name, ...] = ()
    formulas: tuple[Expression, ...] = ()
    problem: Problem | None = None
    typed: str = ""
