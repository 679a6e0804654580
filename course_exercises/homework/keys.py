"""The key of a student, from which the student's own network in a homework is drawn.

A key has six signs, of which none looks like another, and one more that tells a typing error. It
hides nothing, it only says whose network is whose. Without a key, "", everybody has the same
network.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import numpy as np

from course_exercises.question import article
from course_nn.show import wrapped

__all__ = ["CANNOT_BE_READ", "by_key", "generator", "new_key", "read_key"]

T = TypeVar("T")

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31 of them, a prime; not 0 and O, nor 1, I and L
LENGTH = 6  # and the check sign behind them
CANNOT_BE_READ = "The key in the cell KEY = … cannot be read."


def read_key(text: Any) -> str:
    """The key as it was made; "" for none. Small letters, spaces and hyphens do not matter.

    Raises ValueError, in a sentence for whoever typed it, if it is no text or no key.
    """
    if text is None:
        return ""
    if not isinstance(text, str):
        raise ValueError(
            'A key is a text between quotes, such as "VNH-AB38"; got '
            f"{article(type(text).__name__)}."
        )
    signs = re.sub(r"[\s\-–]", "", text).upper()
    if not signs:
        return ""
    shown = text.strip()[:30]
    if len(signs) != LENGTH + 1:
        raise ValueError(
            f"A key has {LENGTH + 1} letters and digits; {shown!r} has {len(signs)}. "
            "Copy it once more."
        )
    if strange := sorted({sign for sign in signs if sign not in SIGNS}):
        raise ValueError(
            f"No key has the sign {strange[0]!r}, and {shown!r} does. "
            "Copy it once more; 0, O, 1, I and L are in none."
        )
    if _check_sign(signs[:-1]) != signs[-1]:
        raise ValueError(f"{shown!r} is no key: two signs are exchanged, or one is another one.")
    return f"{signs[:3]}-{signs[3:]}"


def new_key(rng: np.random.Generator) -> str:
    """A key from this generator."""
    signs = "".join(SIGNS[i] for i in rng.integers(len(SIGNS), size=LENGTH))
    return f"{signs[:3]}-{signs[3:]}{_check_sign(signs)}"


def generator(key: str, what: str) -> np.random.Generator:
    """A generator of random numbers that belongs to a key and to what is drawn, "hw2 network".

    The same for the same two, whatever else was drawn before.
    """
    return np.random.default_rng([zlib.crc32(key.encode()), zlib.crc32(what.encode())])


def by_key(show: Callable[[str], T]) -> Callable[[Any], T | None]:
    """What shows a notebook what belongs to a key, for a key as it was typed.

    Of a mistyped key it prints a sentence in the place of a traceback, and nothing is shown: the
    cells below are run all the same, and their checks say it too.

    Args:
        show: takes a key as `read_key` returns it, and shows or returns something.
    """

    @wraps(show)
    def shown(key: Any = "") -> T | None:
        try:
            read = read_key(key)
        except ValueError as error:
            print(wrapped(f"{CANNOT_BE_READ} {error}"))
            return None
        return show(read)

    return shown


def _check_sign(signs: str) -> str:
    """Other for another sign at one place, and for two neighbours that are exchanged: the places
    count differently, and 31 is a prime."""
    total = sum(place * SIGNS.index(sign) for place, sign in enumerate(signs, 1))
    return SIGNS[total % len(SIGNS)]
