"""What students were given: read from the student version of an assignment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from course_grading.intake.notebook import Unreadable, read

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
    """

    given: tuple[str, ...] = ()
    shows: frozenset[str] = frozenset()
    answers: tuple[str, ...] = ()
    texts: frozenset[str] = frozenset()


def load(assignment: str, folder: Path = STUDENT_VERSIONS) -> Handout:
    """The student version of this assignment.  Raises `FileNotFoundError` if it was not built."""
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
        answers=tuple(
            cell.source
            for cell in code
            if "given" not in cell.tags and "NotImplementedError" in cell.source
        ),
        texts=frozenset(cell.source.strip() for cell in cells if cell.kind != "code"),
    )


def _only_shows(source: str, tags: tuple[str, ...]) -> bool:
    return "demo" in tags or ".check(" in source
