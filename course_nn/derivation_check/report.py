"""What `check_derivation` returns: facts as data, and the sentences and tables made from them."""

from __future__ import annotations

from dataclasses import dataclass, field

from course_nn.derivation_check.judging import Verdict
from course_nn.derivation_check.reading import Problem

FEEDBACK = ("each", "first", "count", "none")
NOT_COUNTED = (Verdict.STEP, Verdict.NOT_NEEDED)


@dataclass
class Line:
    """One line, how it was read and what is said of it.

    Args:
        number: as it was typed, from 1; None for a line that is missing.
        text: as it was typed. read: as it was understood. latex: the same as LaTeX.
        about: what it is about, such as "h2.grad".
        verdict: a `Verdict`. problem: why it could not be read, or None.
        follows_from: the numbers of the lines that do not hold and that it rests on.
        compensates: whether it does not hold but makes up for another line that does not.
    """

    number: int | None
    text: str
    read: str
    latex: str
    about: str
    verdict: Verdict
    problem: Problem | None = None
    follows_from: tuple[int, ...] = ()
    compensates: bool = False


@dataclass
class Report:
    """The answer to a derivation."""

    lines: list[Line]
    right: bool | None
    feedback: str = field(default="each")
