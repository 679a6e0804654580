"""What a cell shows with a student's functions, which may not be written yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from course_nn.show import wrapped

__all__ = ["unfinished"]


@contextmanager
def unfinished(answers: str) -> Iterator[None]:
    """In place of a traceback, say that these answers are not right yet, and what happened.

    Args:
        answers: "A function of question 2 or 6", say.
    """
    try:
        yield
    except NotImplementedError:
        print(wrapped(f"{answers} is not written yet."))
    except Exception as error:  # of the student's code, whatever it is
        print(wrapped(f"{answers} is not right yet: {type(error).__name__}: {error}"))
