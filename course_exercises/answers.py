"""What may be answered to a prediction: a choice, a number, a shape, an order.

Each kind reads what somebody types, as forgivingly as it can without guessing, and refuses what is
no possible answer in a sentence.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from course_exercises.question import Wrong, article

QUOTES = "\"'`´“”„‘’«»"


class Answers(Protocol):
    """A kind of answer; `typed` says what may be typed in place of the dots."""

    typed: str

    def read(self, answer: Any) -> Any:
        """The answer in one form, however it was typed. Raises `Wrong` if it is none."""

    def meets(self, said: Any, came: Any) -> bool:
        """Whether these two, as they were read, are the same answer."""

    def words(self, answer: Any) -> str:
        """An answer that was read, as it stands in a sentence."""


class _Exact:
    """A kind whose answers are the same or not."""

    def meets(self, said: Any, came: Any) -> bool:
        return bool(said == came)


class Choice(_Exact):
    """One of several texts: case, quotes and spaces do not matter, and a beginning is enough.

    Raises ValueError if there are fewer than two, or two that differ in such things alone.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        if len({plain(text) for text in texts} - {""}) < max(2, len(texts)):
            raise ValueError(f"Two texts or more are needed that differ; got {texts!r}.")
        self.texts = tuple(texts)
        self.typed = _listed([f'"{text}"' for text in texts])

    def read(self, answer: Any) -> str:
        is_number = isinstance(answer, (int, float, np.number)) and not isinstance(answer, bool)
        if is_number:  # where the texts are numbers, such as "2" or "0.05"
            answer = f"{answer}"
        if not isinstance(answer, str):
            raise Wrong(f"a text in quotes is needed, not {article(type(answer).__name__)}.")
        key = plain(answer)
        found = [text for text in self.texts if plain(text) == key]
        if not found and key and not is_number:  # no beginning of a number is that number
            found = [text for text in self.texts if plain(text).startswith(key)]
        if len(found) > 1:
            meant = _listed([f"“{text}”" for text in found])
            raise Wrong(f"“{_short(answer)}” may mean {meant}. Write a little more of it.")
        if not found:
            raise Wrong(f"“{_short(answer)}” is no possible answer.")
        return found[0]

    def words(self, answer: str) -> str:
        return f"“{answer}”"


class WholeNumber(_Exact):
    """A whole number, such as how many times as large something becomes."""

    typed = "a whole number"

    def read(self, answer: Any) -> int:
        number = _number(answer)
        if abs(number - round(number)) > 1e-6:  # what was computed may be off by a rounding
            raise Wrong("a whole number is needed, without decimals.")
        return round(number)

    def words(self, answer: int) -> str:
        return with_minus(f"{answer}")


class OneDigit:
    """A number of which one digit counts: 0.3 and 0.27 are one answer, and so are 20 and 18."""

    typed = "a number; its first digit that is not 0 is enough, as in 0.02, 0.7 or 30"

    def read(self, answer: Any) -> float:
        return _number(answer)

    def meets(self, said: float, came: float) -> bool:
        """Whether both round to the same; what came may lie at an edge, as 0.25: then both hold."""
        return _rounded(said) in {_rounded(came * (1 - 1e-9)), _rounded(came * (1 + 1e-9))}

    def words(self, answer: float) -> str:
        return number_in_words(answer)


class Shape(_Exact):
    """The shape of an array.

    Args:
        axes: how many numbers it has; any number of them if not given.
    """

    def __init__(self, axes: int | None = None) -> None:
        self.axes = axes
        self.typed = "a shape in brackets, as in (rows, columns)"
        if axes == 1:
            self.typed = "a shape with one number, as in (rows,)"

    def read(self, answer: Any) -> tuple[int, ...]:
        if isinstance(answer, np.ndarray) or not isinstance(answer, (tuple, list)):
            numbers = np.atleast_1d(_numbers(answer))
        else:
            numbers = np.array([_number(each) for each in answer])
        if numbers.ndim != 1:
            raise Wrong("one pair of brackets is needed, with the numbers of the shape in it.")
        if (numbers != np.round(numbers)).any() or (numbers < 0).any():
            raise Wrong("a shape has whole numbers, and none of them is below 0.")
        if self.axes is not None and len(numbers) != self.axes:
            raise Wrong(f"this shape has {_counted(self.axes)}, and {len(numbers)} came.")
        return tuple(int(number) for number in numbers)

    def words(self, answer: tuple[int, ...]) -> str:
        return f"{answer}"


class Order(_Exact):
    """Names in an order, each once, in square brackets or in one text with commas."""

    def __init__(self, names: Sequence[str]) -> None:
        self.choice = Choice(sorted(names))
        listed = ", ".join(f'"{name}"' for name in self.choice.texts)
        self.typed = f"all of these, in your order: [{listed}]"

    def read(self, answer: Any) -> list[str]:
        if isinstance(answer, str):
            answer = _split_by_commas(answer)
        answer = answer.tolist() if isinstance(answer, np.ndarray) else answer
        if not isinstance(answer, (list, tuple)):
            raise Wrong(f"a list of names is needed, not {article(type(answer).__name__)}.")
        names = [self.choice.read(name) for name in answer]
        if twice := [name for name in self.choice.texts if names.count(name) > 1]:
            raise Wrong(f"“{twice[0]}” is there {names.count(twice[0])} times.")
        if missing := [name for name in self.choice.texts if name not in names]:
            raise Wrong(f"{_listed([f'“{name}”' for name in missing], 'and')} must be there too.")
        return names

    def words(self, answer: list[str]) -> str:
        return ", ".join(answer)


def plain(text: str) -> str:
    """A text without what does not matter in it: case, quotes, spaces, a full stop at the end."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("−", "-")
    return "".join(text.split()).strip(QUOTES).rstrip(".!").strip(QUOTES)


def number_in_words(number: float) -> str:
    """With at most four digits that count, and the minus of the course."""
    if number == round(number) and abs(number) < 1e6:
        return with_minus(f"{number:z.0f}")
    return with_minus(f"{number:.4g}" if abs(number) > 1e-12 else "0")


def with_minus(text: str) -> str:
    """A number as it is typeset: with − and not the hyphen."""
    return text.replace("-", "−")


def _numbers(answer: Any) -> np.ndarray:
    """An array of finite numbers. Raises `Wrong` for text, True, NaN and all that is no number."""
    if isinstance(answer, str):
        quotes = " Leave out the quotes." if any(map(str.isdigit, answer)) else ""
        raise Wrong(f"a number is needed, not a text.{quotes}")
    try:
        array = np.asarray(answer)
    except Exception:  # a node of a graph says that it is no array; rows of different lengths
        array = np.array(None)
    if array.dtype.kind not in "iuf" or np.ma.is_masked(answer):
        raise Wrong(f"a number is needed, not {article(type(answer).__name__)}.")
    if not np.isfinite(array).all():
        raise Wrong("NaN and inf are no possible answers.")
    return array.astype(float)


def _number(answer: Any) -> float:
    """One finite number; brackets around it do no harm."""
    array = _numbers(answer)
    if array.size != 1:
        raise Wrong(f"one number is needed, and an array of shape {array.shape} came.")
    return array.item()


def _rounded(number: float) -> float:
    """To its first digit that is not 0."""
    return float(f"{number:.0e}")


def _split_by_commas(text: str) -> list[str]:
    """The parts of a text at its commas, but not at those in brackets, as in W3[1, 0]."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "[(") - (letter in "])")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _listed(texts: Sequence[str], last: str = "or") -> str:
    *first, end = texts
    return f"{', '.join(first)} {last} {end}" if first else end


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:39]}…"


def _counted(axes: int) -> str:
    return "one number" if axes == 1 else f"{axes} numbers"
