"""Show an error that a lesson promises: print what it says, and go on.

    with nn.expect_error(ValueError):
        h2 @ delta3

Source: lesson 01, where it is used first; `assertRaises` of unittest is its model.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from course_nn.show import wrapped

__all__ = ["expect_error"]


class expect_error:
    """A `with` block in which an error is promised: its message is printed, and the cell goes on.

    An error of another kind passes through, as without the block.

    Args:
        *kinds: the kinds of error that may come, such as ValueError.

    `with … as expected` keeps the error as `expected.error`.

    Raises TypeError when it is made: no kind of error, or one so wide (Exception) that a slip in
    the block would pass for the promised error. Raises AssertionError at the end of the block: no
    error came.
    """

    def __init__(self, *kinds: type[Exception]) -> None:
        for kind in kinds or (None,):
            if not (isinstance(kind, type) and issubclass(kind, BaseException)):
                raise TypeError(
                    "expect_error needs the kind of error that is expected, as in "
                    f"nn.expect_error(ValueError); it got {kind if kinds else 'none'!r}."
                )
            if issubclass(Exception, kind):
                raise TypeError(
                    f"{kind.__name__} is every error, a misspelt name too. Say which one is "
                    "expected, as in nn.expect_error(ValueError)."
                )
        self.kinds = kinds
        self.error: Exception | None = None

    def __enter__(self) -> Self:
        self.error = None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if error is None:
            expected = " or ".join(each.__name__ for each in self.kinds)
            raise AssertionError(f"Expected the error {expected} here, but there was none.")
        if not isinstance(error, self.kinds):
            return False
        self.error = error.with_traceback(None)  # which would keep every array of the block
        print(wrapped(str(error)))
        return True
