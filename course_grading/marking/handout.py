"""What students were given: read from the student version of an assignment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course_grading.intake.notebook import Cell, Unreadable, read
from course_grading.marking import right_answers

STUDENT_VERSIONS = Path(__file__).resolve().parents[2] / "notebooks" / "homework"


@dataclass(frozen=True)
class Handout:
    """The student version of an assignment.

    Args:
        given: the definitions that the questions build on, run first in case a student deleted
            them.
        answers: the cells that students fill in, as they were handed out.
        shows: the cells that only show or check something; left as they are they need not be run.
        texts: of the cells that are not code; what else there is in a notebook was written by the
            student.
        checks: the cells with a visible check, and the names of the answers that it is for.
        right: not handed out: the code of the right answers, by their names.
    """

    given: tuple[str, ...] = ()
    shows: frozenset[str] = frozenset()
    answers: tuple[str, ...] = ()
    texts: frozenset[str] = frozenset()
    checks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    right: Mapping[str, str] = field(default_factory=dict)


def load(assignment: str, folder: Path = STUDENT_VERSIONS) -> Handout:
    """The student version of this assignment.

    Raises `FileNotFoundError` if it was not built, or has no source.
    """
    path = folder / f"{assignment}.ipynb"
    try:
        cells = read(path.read_bytes()).cells
    except (FileNotFoundError, Unreadable) as error:
        raise FileNotFoundError(
            f"{path} cannot be read ({error}). Build it with: python3 run.py homework"
        ) from None
    code = [cell for cell in cells if cell.kind == "code"]
    return Handout(
        given=tuple(cell.source for cell in code if "given" in cell.tags),
        shows=frozenset(c.source.strip() for c in code if _only_shows(c.source, c.tags)),
        answers=tuple(cell.source for cell in code if _is_answer(cell)),
        texts=frozenset(cell.source.strip() for cell in cells if cell.kind != "code"),
        checks=_checks(code),
        right=right_answers.load(assignment),
    )


def _is_answer(cell: Cell) -> bool:
    return "given" not in cell.tags and "NotImplementedError" in cell.source


def _checks(code: Sequence[Cell]) -> dict[str, tuple[str, ...]]:
    """A check stands below the answers that it is for."""
    checks: dict[str, tuple[str, ...]] = {}
    answers: list[str] = []
    for cell in code:
        if _is_answer(cell):
            answers += re.findall(r"^(?:def|class) (\w+)", cell.source, re.MULTILINE)
        elif ".check(" in cell.source:
            checks[cell.source.strip()] = tuple(answers)
            answers = []
    return checks


def _only_shows(source: str, tags: tuple[str, ...]) -> bool:
    return "demo" in tags or ".check(" in source
