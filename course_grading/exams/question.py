"""What a question of an exam is made of, as data: its text, its key, and the marks in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_nn.plots.picture import Picture

Array = np.ndarray


class ExamRefused(ValueError):
    """A paper that must not be handed out; its text says why."""


@dataclass(frozen=True)
class WrongLine:
    """A usual wrong answer: what is seen on the paper, what was done, and what it is worth, out of
    the points of its line or, where `of` is said, of so many.
    """

    text: str
    said: str
    points: int
    of: int = 0


@dataclass(frozen=True)
class KeyLine:
    """One line of the key.

    Args:
        about: what it says something of, such as "s.grad", "J" or "update 2".
        text: as it is printed.
        points: for it.
        value: the number, the array or the word that the text says, where it says one. The proof
            tries this; `text` is made from it, by `shown`.
        because: in a few words, why.
        prose: that it is a reason in words, of which nothing but the numbers in it can be tried.
    """

    about: str
    text: str
    points: int
    value: Any = None
    because: str = ""
    wrong: tuple[WrongLine, ...] = ()
    prose: bool = False


@dataclass(frozen=True)
class Part:
    """A part of a question, with a letter, and its key.

    Args:
        text: what is asked.
        room: lines of writing that are left free, or 0 where `table` has the room.
        table: rows of cells to be filled in, the first one its head; None for an empty cell.
        open: that another answer than the key's can be right, and how one sees it.
    """

    text: str
    lines: tuple[KeyLine, ...]
    room: int = 0
    table: tuple[tuple[str | None, ...], ...] = ()
    open: str = ""

    @property
    def points(self) -> int:
        return sum(line.points for line in self.lines)


@dataclass(frozen=True)
class Question:
    """A question with its key.

    Args:
        kind: the file in `questions` that it is from.
        family: of which it was drawn. level: 1 to 3, how difficult.
        intro: paragraphs. shown: formulas that are printed below them.
        picture: makes the picture, which takes a moment, or None.
        products: how many numbers have to be multiplied by hand. lines: that have to be derived.
        facts: what it was drawn from; the proof starts there.
        follow: how a wrong line before counts in the lines after it.
    """

    kind: str
    family: str
    level: int
    title: str
    minutes: int
    intro: tuple[str, ...]
    parts: tuple[Part, ...]
    shown: tuple[str, ...] = ()
    picture: Callable[[], Picture] | None = None
    products: int = 0
    lines: int = 0
    facts: dict[str, Any] = field(default_factory=dict, repr=False)
    follow: str = ""

    @property
    def points(self) -> int:
        return sum(part.points for part in self.parts)

    @property
    def key(self) -> list[KeyLine]:
        return [line for part in self.parts for line in part.lines]

    def line(self, about: str) -> KeyLine:
        """The line of the key about this."""
        return next(line for line in self.key if line.about == about)


# ------------------------------------------------------------------ numbers, as they are printed


def number(value: float) -> str:
    """A number with a true minus: whole, or with as many digits as it has, at most four."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return ("0" if text == "-0" else text).replace("-", "−")


def shown(value: Any) -> str:
    """A number, a row (1, −2), or a matrix row by row, (1, −2 | 0, 3)."""
    array = np.asarray(value, dtype=float)
    if array.ndim == 0:
        return number(float(array))
    rows = array[None] if array.ndim == 1 else array
    return "(" + " | ".join(", ".join(map(number, row)) for row in rows) + ")"


def shared_out(points: int, weights: Sequence[float]) -> list[int]:
    """Whole points that add up, as near to these weights as they can be; earlier ones first.

    Raises ValueError if there are fewer points than lines.
    """
    if points < len(weights):
        raise ValueError(f"{points} points are too few for {len(weights)} lines.")
    share = [max(1.0, points * weight / sum(weights)) for weight in weights]
    given = [int(each) for each in share]
    while sum(given) > points:
        given[given.index(max(given))] -= 1
    by_rest = sorted(range(len(share)), key=lambda i: (given[i] - share[i], i))
    for i in by_rest[: points - sum(given)]:
        given[i] += 1
    return given
