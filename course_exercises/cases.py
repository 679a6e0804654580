"""A student's function, tried on several cases: sizes, scales, signs.

What is said of it has to hold for all of them. A slip is named if it explains what comes out in
each case, so that one which fits a single case by chance is not blamed.
"""

import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_exercises.errors import explain
from course_exercises.question import (
    ROUNDED,
    Difference,
    Kind,
    NotAttempted,
    Slip,
    Wrong,
    call,
    find_slip,
    is_rounded,
    same,
)

# How large the other arguments are with which it is tried whether a function uses its own. NaN is
# among them: what is cut off to whole numbers is the same for many others, but not for NaN.
SCALES = (1, 30, np.nan)
DIFFERS = (
    "No single slip explains all that was tried; a number in place of a name, such as a size, "
    "would look like this."
)

# For a case with such numbers: the chain rule has the same few roundings as ever, while a gradient
# by nudging is the difference of two losses of about 1e18, divided by a small ε.
HUGE = 1e9
NO_NUDGING = (
    "answers y of about a billion. There the difference of two losses is rounding; the chain rule "
    "has no step ε"
)


@dataclass(frozen=True, eq=False)
class Case:
    """One call of a function.

    Args:
        arguments: by name, in their order.
        right: what it should return.
        slips: what to say, and what comes out if that slip is made. One that gives an error in this
            case, or what is right, is left out or has that value; or it is NaN for the error.
        sizes: what the case is called if it is the first that comes out wrong, such as "4 examples
            and 3 classes".
    """

    arguments: dict[str, Any]
    right: Any
    slips: Mapping[str, Any]
    sizes: str = ""


class Results:
    """What a student's function returns. It is called once for each arguments, so that what it
    prints comes once, however often its results are looked at.
    """

    def __init__(self, answer: Callable[..., Any]) -> None:
        self.answer = answer
        self._kept: dict[int, tuple[dict[str, Any], Any, Exception | None]] = {}

    def of(self, arguments: dict[str, Any]) -> Any:
        """The result for these; raises what the function has raised."""
        if id(arguments) not in self._kept:
            try:
                self._kept[id(arguments)] = arguments, call(self.answer, **arguments), None
            except Exception as error:
                self._kept[id(arguments)] = arguments, None, error
        _, result, stopped = self._kept[id(arguments)]
        if stopped:
            raise stopped
        return result


def try_cases(
    answer: Callable[..., Any],
    cases: Sequence[Case],
    *,
    tolerance: float = 1e-6,
    others: Sequence[dict[str, Any]] = (),
    alone: str = "",
    advice: str = "",
) -> None:
    """Raise `Wrong` unless a student's function returns what is right in all cases.

    Args:
        tolerance: of each entry, and as a share of it.
        others: arguments to be put in place of those of a case, if no slip explains what came out,
            to see whether the function uses its own; made of random numbers if none are given.
        alone: what should be returned, and nothing else beside it.
        advice: what to say besides if the function stops at an index or at shapes.
    """
    results = Results(answer)
    for case in cases:
        before = ""  # what is known from the cases before
        if case is not cases[0] and case.sizes:
            before = f"it is right for {cases[0].sizes}, but not for {case.sizes}: "
        try:
            if alone and isinstance(results.of(case.arguments), tuple):
                raise Wrong(f"return {alone} alone.")
            difference = _difference(results, case, tolerance)
        except (Wrong, NotAttempted, NotImplementedError):
            raise
        except Exception as error:
            words = before + explain(error)
            if advice and isinstance(error, (IndexError, ValueError)):
                words = f"{words.rstrip('.')}. {advice}"
            raise Wrong(words) from None
        if difference is None:
            continue
        if difference.kind is Kind.SLIP:
            rest = [other for other in cases if other is not case]
            words = [slip.words for slip in difference.slips]
            kept = [each for each in words if all(_fits(results, each, o, tolerance) for o in rest)]
            if kept:
                raise Wrong(" Or: ".join(kept))
        if difference.kind in (Kind.SLIP, Kind.SHAPE, Kind.WRONG):
            uses_each_argument(results, case.arguments, others)
        if difference.kind is Kind.SLIP:
            rounded = all(is_rounded(results.of(each.arguments), each.right) for each in cases)
            raise Wrong(ROUNDED if rounded else f"{_unnamed(case)} {DIFFERS}")
        raise Wrong(before + difference.words)


def agrees(answer: Callable[..., Any], arguments: dict[str, Any], right: Any) -> bool:
    """Whether a student's function returns this; not if it stops with an error."""
    try:
        return find_slip(call(answer, **arguments), right, {}) is None
    except Exception:
        return False


def _difference(results: Results, case: Case, tolerance: float) -> Difference | None:
    named = {Slip(words): value for words, value in case.slips.items()}
    return find_slip(results.of(case.arguments), case.right, named, tolerance)


def _fits(results: Results, words: str, case: Case, tolerance: float) -> bool:
    """Whether this slip explains what comes out in a case, as far as the case can tell."""
    if words not in case.slips or np.isnan(case.slips[words]).any():
        return True
    alone = Case(case.arguments, case.slips[words], {})
    try:
        return _difference(results, alone, tolerance) is None
    except Exception:  # also of the student's code, with arrays that fit together no more
        return True


def _unnamed(case: Case) -> str:
    if np.ndim(case.right) < 2:
        return "that is not it."
    return "the numbers are not right."


def _others(arguments: dict[str, Any]) -> list[dict[str, Any]]:
    rng = np.random.default_rng(1)
    return [
        {name: scale * rng.normal(size=np.shape(value)) for name, value in arguments.items()}
        for scale in SCALES
    ]


def uses_each_argument(
    results: Results, arguments: dict[str, Any], others: Sequence[dict[str, Any]] = ()
) -> None:
    """Raise `Wrong` if one of the arguments, changed alone, never changes what is returned.

    Args:
        arguments: for which the function returns something.
        others: what is put in their place; made of random numbers if not given.
    """
    others = others or _others(arguments)
    names = ", ".join(arguments)
    use = "Use the names in the brackets of `def`, and not those of the cells above."
    if not any(_differs(results, arguments, other) for other in others):
        raise Wrong(f"it returns the same for other arguments: {names} change nothing. {use}")
    for name in arguments:
        changed = [{**arguments, name: other[name]} for other in others]
        if not any(_differs(results, arguments, each) for each in changed):
            raise Wrong(
                f"it returns the same for other arguments: another {name} changes nothing. Does it "
                f"stand where it belongs? {use}"
            )


def _differs(results: Results, arguments: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether other arguments make a difference, were it an error.

    They may be far too large, or NaN: what is printed then, or warned of, is not to be seen.
    """
    try:
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return not same(call(results.answer, **other), results.of(arguments))
    except Exception:
        return True
