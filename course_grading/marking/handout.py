"""What students were given: read from the student version of an assignment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from course_grading.intake.notebook import Cell, Notebook, Unreadable, read
from course_grading.intake.typed_key import without_key
from course_grading.marking import right_answers

FEWEST_IDS = 3  # of another assignment, for a notebook to be that one's
FEWEST_NAMES = 2
DEFINED = re.compile(r"^(?:async +)?(?:def|class) +(\w+)", re.MULTILINE)
FIRST_CELL = (
    "# @title Run this first"  # tools/first_cell.py; each release has its own address in it
)
# Each cell imports what it needs. In notebooks handed out earlier only the first one did.
IMPORTS = re.compile(
    r"\A(?:import numpy as np|from course_exercises\.homework import \w+ as questions)\n+"
)
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
        sources: of all cells of code.
        ids: nbgrader's, of all cells that have one.
        checks: the cells with a visible check, and the names of the answers that it is for.
        right: not handed out: the code of the right answers, by their names.
    """

    given: tuple[str, ...] = ()
    shows: frozenset[str] = frozenset()
    answers: tuple[str, ...] = ()
    texts: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    checks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    right: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """What students are asked to define."""
        return frozenset(name for source in self.answers for name in DEFINED.findall(source))

    def answers_checked_by(self, source: str) -> tuple[str, ...]:
        """The names of the answers that a cell checks visibly; none if it is no such cell."""
        return self.checks.get(bare(source), ())

    def only_shows(self, source: str) -> bool:
        """Whether a cell only shows or checks something, and was left as it is."""
        return bare(source) in self.shows

    def is_untouched(self, content: bytes) -> bool:
        """Whether nothing is in a notebook but a key and what was handed out, by this release or
        another."""
        try:
            cells = read(content).cells
        except Unreadable:
            return False
        given = self.sources | self.texts | {""}
        return all(
            without_key(bare(c.source)) in given or self._is_first_cell(c.source) for c in cells
        )

    def _is_first_cell(self, source: str) -> bool:
        """And no answer is written in it."""
        return source.startswith(FIRST_CELL) and self.names.isdisjoint(DEFINED.findall(source))


def bare(source: str) -> str:
    """The source of a cell without what it imports of the course's own accord."""
    return IMPORTS.sub("", source.strip())


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
        shows=frozenset(bare(c.source) for c in code if _only_shows(c.source, c.tags)),
        answers=tuple(cell.source for cell in code if _is_answer(cell)),
        texts=frozenset(bare(cell.source) for cell in cells if cell.kind != "code"),
        sources=frozenset(bare(cell.source) for cell in code),
        ids=frozenset(cell.grade_id for cell in cells if cell.grade_id),
        checks=_checks(code),
        right=right_answers.load(assignment),
    )


@lru_cache(maxsize=20)
def _known(assignment: str) -> Handout:
    return load(assignment)


def other_assignment(notebook: Notebook, assignment: str, all_names: Sequence[str]) -> str:
    """The assignment that a notebook is of, if it has nothing of this one; or "".

    Seen by nbgrader's ids, which are in the cells, or by the names that are defined.
    """
    ids = {cell.grade_id for cell in notebook.cells if cell.grade_id}
    defined = {
        name
        for cell in notebook.cells
        if cell.kind == "code"
        for name in DEFINED.findall(cell.source)
    }
    own = _known(assignment)
    if ids & own.ids:
        return ""
    for name in all_names:
        other = _known(name)
        only_own, only_other = own.names - other.names, other.names - own.names
        if name == assignment or defined & only_own:
            continue
        if len(ids & other.ids) >= FEWEST_IDS or len(defined & only_other) >= FEWEST_NAMES:
            return name
    return ""


def _is_answer(cell: Cell) -> bool:
    return "given" not in cell.tags and "NotImplementedError" in cell.source


def _checks(code: Sequence[Cell]) -> dict[str, tuple[str, ...]]:
    """A check stands below the answers that it is for."""
    checks: dict[str, tuple[str, ...]] = {}
    answers: list[str] = []
    for cell in code:
        if _is_answer(cell):
            answers += DEFINED.findall(cell.source)
        elif ".check(" in cell.source:
            checks[bare(cell.source)] = tuple(answers)
            answers = []
    return checks


def _only_shows(source: str, tags: tuple[str, ...]) -> bool:
    return "demo" in tags or ".check(" in source
