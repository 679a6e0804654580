"""A function of the student's, tried on several cases.

One case alone may hide a slip, or make one look like another. So a slip is named only if it
explains what came in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_exercises.question import (
    Kind,
    NotAttempted,
    Slip,
    Wrong,
    call,
    explain,
    find_slip,
)

__all__ = ["Case", "judge"]


@dataclass(frozen=True)
class Case:
    """Arguments for a function, and what comes out of them.

    Args:
        arguments: by name, in their order.
        right: what the function should return.
        slips: what to say, and what comes out if that slip is made; NaN, or nothing, if it cannot
            be made here.
        sizes: how the case is called, such as "4 examples and 3 classes".
    """

    arguments: Mapping[str, Any]
    right: Any
    slips: Mapping[str, Any]
    sizes: str


def judge(answer: Callable[..., Any], cases: Sequence[Case], advice: str = "") -> None:
    """Raise `Wrong` with the slip unless a function returns what is right in all cases.

    Args:
        advice: what to say besides, if the function stops at an index or at shapes.

    Raises `NotAttempted` if nothing comes out.
    """
    results: list[tuple[Case, Any]] = []
    for case in cases:
        try:
            results.append((case, call(answer, **case.arguments)))
        except (Wrong, NotAttempted, NotImplementedError):
            raise
        except Exception as error:
            if not all(_alike(result, done.right) for done, result in results):
                break  # what came before tells more
            words = explain(type(error).__name__, str(error))
            if advice and isinstance(error, (IndexError, ValueError)):
                words = f"{words.rstrip('.')}. {advice}"
            if results:
                words = f"it is right for {results[0][0].sizes}, but not for {case.sizes}: {words}"
            raise Wrong(words) from None
    wrong = [(case, result) for case, result in results if not _alike(result, case.right)]
    if not wrong:
        return
    case, result = wrong[0]
    difference = find_slip(result, case.right, {Slip(w): value for w, value in case.slips.items()})
    assert difference is not None
    if difference.kind is Kind.SLIP:
        named = [slip.words for slip in difference.slips if _explains(slip.words, results)]
        if named:
            raise Wrong(" Or: ".join(named))
        difference = find_slip(result, case.right, {}) or difference
    _same_for_all(results)
    if case is cases[0] or difference.kind is Kind.TYPE:
        raise Wrong(difference.words)
    raise Wrong(
        f"it is right for {cases[0].sizes}, but not for {case.sizes}: {difference.words} Take all "
        "sizes from the arguments."
    )


def _alike(result: Any, value: Any) -> bool:
    return find_slip(result, value, {}) is None


def _explains(words: str, results: Sequence[tuple[Case, Any]]) -> bool:
    """Whether a slip gives all these results, in the cases in which it can be made."""
    return all(
        words not in case.slips
        or not np.isfinite(case.slips[words]).all()
        or _alike(result, case.slips[words])
        for case, result in results
    )


def _same_for_all(results: Sequence[tuple[Case, Any]]) -> None:
    """Raise `Wrong` if the function returns the same whatever it is given."""
    (first, result), *others = results
    if others and all(_alike(other, result) for _, other in others):
        raise Wrong(
            "it returns the same for other arguments. Use the names that stand in the brackets of "
            f"`def`, {', '.join(first.arguments)}, and not those of the cells above."
        )
