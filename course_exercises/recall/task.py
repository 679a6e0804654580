"""A task about an earlier lesson: its text, its right answer, and how an answer is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_exercises.question import Wrong, choice, name_slip

__all__ = [
    *("Family", "LETTER", "LINE", "NUMBER", "Task"),
    *("bracket", "letter_task", "minus", "names", "number_task", "products", "redrawn"),
    *("row", "whole"),
]

TRIES = 1000  # to draw numbers with which each usual wrong story ends elsewhere
ROWS, WEIGHTS = "uvacksq", "MPRX"  # letters of no lesson's network, none in both sizes
LETTERS = "abcdefghij"
NUMBER, LINE, LETTER = "a whole number", "one line of text, in quotes", "a letter, in quotes"


@dataclass(frozen=True)
class Task:
    """One task, with its numbers.

    Args:
        text: what is asked, as Markdown.
        wanted: what is to be typed: `NUMBER`, `LINE` or `LETTER`.
        right: the right answer.
        judge: as of a `Question`.
        because: why it is right; said after the second wrong answer.
        stories: what comes out of each usual wrong story, by what is said about it.
        reads: whether a line that was typed can be read at all.
    """

    text: str
    wanted: str
    right: Any
    judge: Callable[[Any], str]
    because: str
    stories: Mapping[str, Any] = field(default_factory=dict)
    reads: Callable[[str], bool] = lambda typed: True

    def is_answer(self, typed: Any) -> bool:
        """Whether this is an answer at all; else it counts as no try.

        A number in quotes is none, nor is a line that cannot be read: how a line is typed is not
        what is asked.
        """
        if self.wanted == NUMBER:
            return isinstance(typed, (int, float, np.number)) and not isinstance(typed, bool)
        if self.wanted == LETTER:
            return isinstance(typed, str) and typed.strip(" ()'\".").lower() in [*LETTERS]
        return isinstance(typed, str) and self.reads(typed)


Family = Callable[[np.random.Generator], Task]


def redrawn(attempt: Callable[[np.random.Generator], Task | None]) -> Family:
    """A family that draws until the attempt is one that can be asked."""

    def family(rng: np.random.Generator) -> Task:
        for _ in range(TRIES):
            if (task := attempt(rng)) is not None:
                return task
        raise RuntimeError(f"{attempt.__name__} has drawn nothing that can be asked.")

    return family


def number_task(text: str, right: float, stories: Mapping[str, float], because: str) -> Task | None:
    """A task with a whole number; None if it is 0, or if a wrong story ends there too."""
    whole = round(right)
    if whole == 0 or whole != right or any(value == right for value in stories.values()):
        return None

    def judge(answer: Any) -> str:
        if isinstance(answer, (bool, np.bool_)):
            raise Wrong("a number is needed, not True or False.")
        name_slip(answer, whole, stories)
        return because

    return Task(text, NUMBER, whole, judge, because, stories)


def letter_task(text: str, right: str, slips: Mapping[str, str], because: str) -> Task:
    """A task with a letter.

    Args:
        slips: what is said about each of the wrong ones.
    """
    return Task(
        text,
        LETTER,
        right,
        choice(right, because, dict(slips)),
        because,
        {f"{letter}: {words}": letter for letter, words in slips.items()},
    )


def whole(rng: np.random.Generator, low: int, high: int, size: Any = None) -> Any:
    """Whole numbers from low to high, both included, without 0."""
    numbers = [n for n in range(low, high + 1) if n != 0]
    drawn = rng.choice(numbers, size=size)
    return int(drawn) if size is None else drawn


def names(rng: np.random.Generator, letters: str, count: int) -> list[str]:
    """So many of these letters, each once."""
    return [str(name) for name in rng.choice(list(letters), size=count, replace=False)]


def minus(number: float) -> str:
    """A number as it is typeset."""
    return f"{number:g}".replace("-", "−")


def row(numbers: Any) -> str:
    """Numbers in brackets: (2, −1, 4)."""
    return f"({', '.join(minus(n) for n in numbers)})"


def products(a: Any, b: Any) -> str:
    """Products to be added: 2 · 3 + (−1) · 5."""
    return " + ".join(f"{bracket(n)} · {bracket(m)}" for n, m in zip(a, b, strict=True))


def bracket(number: float) -> str:
    return f"({minus(number)})" if number < 0 else minus(number)
