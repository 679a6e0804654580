"""What somebody read off an output, held against what came there: was it read rightly?

About one observation in five is misread. So before a prediction is judged by it, the value is
compared with the one that was computed again; rounded as a lesson prints it, it is read rightly.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from course_exercises.answers import plain
from course_exercises.question import same

FEWEST_DIGITS = 2  # that somebody must have read; with one it is as likely something else
TWO_SHAPES = "the shape {} was read, and {} came."


def misreading(value: Any, came: Any) -> str:
    """How a value that was read differs from what came: a sentence, or "" if it was read rightly.

    Args:
        came: a number, an array, a text, True or False, a tuple of whole numbers (a shape; then the
            array itself may be given as `value`), or a list of texts (an order).
    """
    if isinstance(came, (str, list)) and _texts(came):
        return _of_texts(value, came)
    if isinstance(came, (bool, np.bool_)):
        if not isinstance(value, (bool, np.bool_)):
            return "True or False was to be read."
        return "" if bool(value) == bool(came) else "the other one of True and False came."
    if isinstance(came, tuple):
        return _of_shapes(value, came)
    return _of_numbers(value, np.asarray(came, dtype=float))


def _texts(came: str | list) -> bool:
    return all(isinstance(each, str) for each in came)


def _of_texts(value: Any, came: str | list[str]) -> str:
    expected = [came] if isinstance(came, str) else came
    value = value.tolist() if isinstance(value, np.ndarray) else value
    given = [value] if isinstance(came, str) or isinstance(value, str) else value
    if not isinstance(given, (list, tuple)) or not all(isinstance(each, str) for each in given):
        return f"{'a text' if isinstance(came, str) else 'a list of texts'} was to be read."
    if [plain(each) for each in given] == [plain(each) for each in expected]:
        return ""
    if sorted(map(plain, given)) == sorted(map(plain, expected)):
        return "those are the right names in another order."
    return "that is not what came here."


def _of_shapes(value: Any, came: tuple[int, ...]) -> str:
    given = tuple(value.shape) if isinstance(value, np.ndarray) else value
    if not isinstance(given, (tuple, list)) or any(_no_count(each) for each in given):
        return "a shape was to be read, or the array itself."
    given = tuple(int(each) for each in given)
    if given == tuple(came):
        return ""
    if given == tuple(reversed(came)):
        return "the numbers of the shape are exchanged."
    return "another shape came here."


def _no_count(number: Any) -> bool:
    whole = isinstance(number, (int, np.integer)) and not isinstance(number, bool)
    return not (whole and number >= 0)


def _of_numbers(value: Any, came: np.ndarray) -> str:
    if isinstance(value, str):
        return "a number was to be read, and a text came. Leave out the quotes."
    try:
        given = np.asarray(value)
    except Exception:  # a node of a graph says that it is no array; rows of different lengths
        given = np.array(None)
    if given.dtype.kind not in "iuf" or np.ma.is_masked(value):
        return f"{'an array of numbers' if came.ndim else 'a number'} was to be read."
    given = given.astype(float)
    if came.size == 1 and given.size == 1:
        came, given = came.reshape(()), given.reshape(())  # brackets around one number do no harm
    elif {(1, *given.shape), (1, *came.shape)} & {given.shape, came.shape}:
        given = given.reshape(came.shape)  # nor around one row
    if given.shape != came.shape:
        if came.ndim == 0:
            return f"one number was to be read, and an array of shape {given.shape} was given."
        return TWO_SHAPES.format(given.shape or "() of a single number", came.shape)
    if np.isnan(given).any() and not np.isnan(came).any():
        return "NaN is no number that came here."
    if _is_read(given, came):
        return ""
    if _is_read(-given, came):
        return "that has the other sign. Is there a minus before it?"
    if any(_is_read(given * 10.0**places, came) for places in (-3, -2, -1, 1, 2, 3)):
        return "those are the digits, but the decimal point stands elsewhere."
    if any(np.array_equal(given, np.round(came, places)) for places in range(_decimals(came))):
        return f"that is rounded too much. Read it with {FEWEST_DIGITS} digits at least."
    return "that is not what came here."


def _is_read(given: np.ndarray, came: np.ndarray) -> bool:
    """Whether these are the numbers that came, or they with fewer decimals, but enough."""
    if same(given, came, tolerance=1e-6, absolute=1e-12):
        return True
    if not np.isfinite(given).all():
        return False
    for decimals in range(_decimals(came), 13):
        if np.allclose(given, np.round(given, decimals), 0, 1e-14):
            return bool((np.abs(given - came) <= 0.5001 * 10.0**-decimals).all())
    return False


def _decimals(came: np.ndarray) -> int:
    """With so many decimals the largest of the numbers has enough digits; 0 or more."""
    largest = float(np.abs(came[np.isfinite(came)]).max(initial=0.0))
    if largest == 0:
        return FEWEST_DIGITS
    return max(0, FEWEST_DIGITS - 1 - math.floor(math.log10(largest)))
