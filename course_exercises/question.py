"""A question: how an answer is judged, its hints and its solution."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from course_exercises.errors import explain
from course_nn.show import wrapped

__all__ = [
    "ROUNDED",
    "Difference",
    "Kind",
    "NotAttempted",
    "Question",
    "Slip",
    "Wrong",
    "article",
    "attempted",
    "call",
    "choice",
    "find_slip",
    "is_rounded",
    "name_slip",
    "same",
]

RETURN_MISSING = "If you did, a `return` may be missing."
ROUNDED = "that is rounded. Leave all decimals as they are."


class Kind(StrEnum):
    """What an answer is found to be. A question as a whole is right, wrong or open."""

    RIGHT = "right"
    WRONG = "wrong"
    OPEN = "open"  # not attempted
    # More exactly, what is wrong with a value:
    SLIP = "slip"  # what comes out of a usual slip
    TYPE = "type"  # no number and no array of numbers
    SHAPE = "shape"
    NAN = "nan"
    # or why there is no value:
    UNFINISHED = "unfinished"  # it uses something that is not written
    MISSING = "missing"  # no such name
    ATTRIBUTE = "attribute"  # no such attribute
    CHANGED = "changed"  # an argument was changed in place
    ERROR = "error"
    STOPPED = "stopped"


@dataclass(frozen=True, eq=False)
class Slip:
    """A usual slip, and what to say about it.

    A slip is itself and no other one, whatever its words: points and tests refer to the object.
    """

    words: str


@dataclass(frozen=True)
class Difference:
    """How an answer differs from the right one.

    Args:
        slips: those that give this answer, if it is of the kind `SLIP`.
    """

    kind: Kind
    words: str
    slips: tuple[Slip, ...] = ()


class NotAttempted(Exception):
    """The answer is still None, or a function that returns None.

    Args:
        advice: what to say besides.
        missing: the names that are to be filled in, if these are not all of the answer.
    """

    def __init__(self, advice: str = "", missing: str = "") -> None:
        super().__init__(advice)
        self.missing = missing


class Wrong(Exception):
    """The answer is wrong; the message names the slip."""


class Question:
    """One question of a lesson.

    Args:
        name: what it is called in the lesson, such as "Exercise 1.1".
        answer: the name that the answer has in the notebook; `solution` defines it.
        judge: takes the answer and returns what to say when it is right; raises `Wrong` with
            the slip, or `NotAttempted`.
        hints: from the first nudge to nearly everything.
        solution: Python code that defines the answer. reasons: why it is so, printed below it.
    """

    def __init__(
        self,
        name: str,
        answer: str,
        judge: Callable[[Any], str],
        *,
        hints: Sequence[str],
        solution: str,
        reasons: str = "",
    ) -> None:
        self.name, self.answer, self.hints, self.code = name, answer, hints, solution.strip()
        self.reasons = reasons
        self._judge = judge
        self._hints_given = 0

    def verdict(self, answer: Any) -> tuple[Kind, str]:
        """Right, wrong or open, and what to say about the answer."""
        try:
            if answer is None or answer is ...:
                raise NotAttempted
            return Kind.RIGHT, self._judge(answer)
        except NotAttempted as open_still:
            advice = f" {open_still}" if str(open_still) else ""
            missing = open_still.missing or self.answer
            return (
                Kind.OPEN,
                f"not attempted yet. Fill in {missing} and run the cell again.{advice}",
            )
        except Wrong as wrong:
            return Kind.WRONG, str(wrong)
        except NotImplementedError:  # what a homework's cell raises until it is filled in
            return Kind.OPEN, f"not attempted yet. Write {self.answer} and run both cells again."
        except Exception as error:
            return Kind.WRONG, explain(error)

    def check(self, answer: Any = None) -> None:
        """Print whether the answer is right, or which slip it shows."""
        kind, text = self.verdict(answer)
        start = {Kind.RIGHT: "Right. ", Kind.WRONG: "Not yet: ", Kind.OPEN: ""}[kind]
        print(wrapped(f"{self.name}: {start}{text}"))

    def hint(self) -> None:
        """Print the next hint; after the last one the hints begin again."""
        i = self._hints_given % len(self.hints)
        self._hints_given += 1
        print(wrapped(f"{self.name}, hint {i + 1} of {len(self.hints)}: {self.hints[i]}"))

    def solution(self) -> None:
        """Print the code of the solution, and the reasons where there are some."""
        print(f"{self.name}, solution:\n\n{self.code}")
        if self.reasons:
            print(f"\n{wrapped(self.reasons)}")


def call(answer: Any, **arguments: Any) -> Any:
    """What a student's function returns for copies of these arguments, in their order.

    Raises `Wrong` if it is no function, or if an argument was changed in place: the student's own
    arrays would be changed too. Raises `NotAttempted` if nothing came out.
    """
    if not callable(answer):
        raise Wrong("a function is needed.")
    _fits(answer, list(arguments))
    copies = {name: copy(value) for name, value in arguments.items()}
    result = attempted(answer(*copies.values()))
    for name, value in arguments.items():
        if not _equal(copies[name], value):
            raise Wrong(
                f"{name} was changed in place, so it would be another array afterwards. Work on a "
                "new one."
            )
    return result


def attempted(result: Any, done: str = RETURN_MISSING) -> Any:
    """The result of a function of the student's; None or ... means that it is to be written.

    `done` is for somebody who has written it, but so that nothing comes out.
    """
    if result is None or result is ...:
        raise NotAttempted(done)
    return result


def _equal(one: Any, other: Any) -> bool:
    """Whether two arguments are the same, NaN like NaN."""
    try:
        return np.array_equal(one, other, equal_nan=True)
    except TypeError:  # no numbers
        return np.array_equal(one, other)


def _fits(answer: Callable[..., Any], names: list[str]) -> None:
    """Raise `Wrong` if a function cannot take these, or has their names in another order."""
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):  # some functions that are built in have none
        return
    leave = f"{', '.join(names)}, in this order. Leave the line with `def` as it was."
    try:
        signature.bind(*names)
    except TypeError:
        raise Wrong(f"the function must take {leave}") from None
    given = list(signature.parameters)
    if given != names and sorted(given) == sorted(names):
        raise Wrong(f"the names in the brackets of `def` are exchanged: {leave}")


def same(
    answer: Any, right: Any, *, tolerance: float = 1e-6, absolute: float | None = None
) -> bool:
    """Whether two numbers or arrays agree in shape and, nearly, in every entry.

    Args:
        tolerance: of each entry, as a share of it.
        absolute: besides that; the same number as `tolerance` if not given.
    """
    absolute = tolerance if absolute is None else absolute
    answer, right = np.asarray(answer, dtype=float), np.asarray(right, dtype=float)
    return answer.shape == right.shape and bool(np.allclose(answer, right, tolerance, absolute))


def find_slip(
    answer: Any,
    right: Any,
    slips: Mapping[Slip, Any],
    tolerance: float = 1e-6,
    absolute: float | None = None,
) -> Difference | None:
    """None if `answer` is `right`, else how it differs.

    The kinds: `TYPE`, `SLIP` (one or more of `slips`), `SHAPE`, `NAN`, `WRONG`.

    Args:
        slips: what comes out if a slip is made.
    """
    try:
        given = np.asarray(answer)
        if given.dtype.kind in "SUc":  # NumPy would read "6" as a number, and 6 + 1j as 6
            raise TypeError
        if np.ma.is_masked(answer):  # NumPy would take what is under the mask
            raise TypeError
        array = np.asarray(answer, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return Difference(Kind.TYPE, f"a number or an array of numbers is needed, {_not_a(answer)}")

    def alike_to(value: Any) -> bool:
        return same(array, value, tolerance=tolerance, absolute=absolute)

    if alike_to(right):
        return None
    alike = tuple(slip for slip, value in slips.items() if alike_to(value))
    if not alike and is_rounded(array, right):
        return Difference(Kind.WRONG, ROUNDED)
    alike = alike or tuple(slip for slip, value in slips.items() if is_rounded(array, value))
    if alike:
        return Difference(Kind.SLIP, " Or: ".join(slip.words for slip in alike), alike)
    if array.shape != np.shape(right):
        shape = f"{array.shape}" if array.ndim else "(), a single number"
        if np.ndim(right) < 2:
            several = f"{np.size(right)} numbers are"
            listed = several if np.size(right) > 1 else "a list of one number is"
            count = ["one number is", listed][np.ndim(right)]
            words = f"{count} wanted, and the shape is {shape}."
        else:
            words = f"the shape is {shape}; it should be {np.shape(right)}."
        return Difference(Kind.SHAPE, words)
    if np.isnan(array).any():
        return Difference(Kind.NAN, "it holds NaN, which is not a number.")
    words = "that is not it."
    if np.ndim(right) == 2:
        words = "the shape is right, the numbers are not."
    holding = np.isclose(array, np.asarray(right, dtype=float), tolerance, tolerance)
    if array.size > 1 and holding.any():
        words += f" {_which(holding)}"
    if array.ndim == 2 and given.dtype.kind in "iu" and (np.mod(right, 1) != 0).any():
        words += " It holds whole numbers only: is there an `int` in your code?"
    return Difference(Kind.WRONG, words)


def _which(holding: np.ndarray) -> str:
    """Which entries are right, if they are few numbers in a row, or how many."""
    if holding.ndim > 1 or holding.size > 3:
        return f"Right are {holding.sum()} of {holding.size} entries."
    names = np.array(["first", "second", "third"])[: holding.size][holding]
    return f"The {' and the '.join(names)} {'is' if len(names) == 1 else 'are'} right."


def _not_a(answer: Any) -> str:
    """What an answer is that is no number and no array of numbers."""
    quotes = " Leave out the quotes." if re.search(r"\d", str(answer)) else ""
    if isinstance(answer, str):
        return f"not a str.{quotes}"
    if isinstance(answer, (list, tuple, np.ndarray)):
        name = "array" if isinstance(answer, np.ndarray) else type(answer).__name__
        try:
            if np.asarray(answer).dtype.kind in "SU":
                return f"not {article(name)} with text in it.{quotes}"
            if np.asarray(answer).dtype.kind == "c":
                return f"not {article(name)} of complex numbers."
            if np.ma.is_masked(answer):
                return f"not {article(name)} with masked entries."
        except ValueError:
            return f"not {article(name)} whose parts have different shapes."
        return f"not {article(name)} with other things in it."
    if inspect.isroutine(answer):
        return f"not {article(type(answer).__name__)}. Call it: brackets behind its name."
    return f"not {article(type(answer).__name__)}."


def article(noun: str) -> str:
    """A noun with "a" or "an"."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


LARGEST_ROUNDED = 1e9  # beyond it, decimals say nothing; and NumPy cannot round the largest


def is_rounded(answer: Any, value: Any) -> bool:
    """Whether these are a value's numbers with fewer decimals, at least two of them.

    With one decimal, or none, it is as likely something else that is near by chance.
    """
    array, value = np.asarray(answer, dtype=float), np.asarray(value, dtype=float)
    if array.shape != value.shape or not (np.abs(array) <= LARGEST_ROUNDED).all():
        return False
    for decimals in range(2, 7):
        if np.allclose(array, np.round(array, decimals), 0, 1e-10):
            near = np.abs(array - value)
            return bool((near <= min(0.5001 * 10.0**-decimals, 0.1 * np.abs(value).max())).all())
    return False


def name_slip(answer: Any, right: Any, slips: Mapping[str, Any]) -> None:
    """Raise `Wrong` with the words of `find_slip` unless `answer` is `right`.

    Args:
        slips: what to say, and what comes out if that slip is made.
    """
    difference = find_slip(answer, right, {Slip(words): value for words, value in slips.items()})
    if difference:
        raise Wrong(difference.words)


def choice(right: str, praise: str, slips: dict[str, str]) -> Callable[[Any], str]:
    """The judge of a question whose answer is one letter.

    Args:
        slips: what to say about each of the wrong letters.
    """

    def judge(answer: Any) -> str:
        letters = sorted([right, *slips])
        letter = _letter(answer, letters)
        if letter == right:
            return praise
        if letter not in letters:
            raise Wrong(f"one of {', '.join(map(repr, letters))} is wanted.")
        raise Wrong(slips[letter])

    return judge


def _letter(answer: Any, letters: Sequence[str]) -> str:
    """The letter that is meant by "b", " (B) ", "b." or a line that begins with "b: "; or ""."""
    text = answer.strip(" ()'\"").lower() if isinstance(answer, str) else ""
    found = re.match(r"(\w)(\W*$|[.:)]+ )", text)
    return found[1] if found and found[1] in letters else ""
