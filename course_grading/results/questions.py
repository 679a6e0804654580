"""What the written questions ask, and their model answers: for the person who marks.

Both are read from the source of the assignment, which is on the instructor's machine alone. They
stay out of the records, and so out of what students get to see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from course_grading.intake.notebook import Cell, Unreadable, read

SOURCES = Path(__file__).resolve().parents[2] / "homework" / "source"
_HEADING = re.compile(r"^## Question \d+", re.MULTILINE)
_SOLUTION = re.compile(r"BEGIN SOLUTION[^\n]*\n(.*?)\n[^\n]*END SOLUTION", re.DOTALL)


@dataclass(frozen=True)
class Asked:
    """A written question: its text, from the heading on, and the model answer, in Markdown."""

    text: str
    answer: str


def load(assignment: str, folder: Path = SOURCES) -> dict[str, Asked]:
    """The written questions of an assignment by their `grade_id`; none if there is no source."""
    if not re.fullmatch(r"\w+", assignment):
        return {}
    try:
        cells = read((folder / assignment / f"{assignment}.ipynb").read_bytes()).cells
    except (OSError, Unreadable):
        return {}
    asked = {}
    for i, cell in enumerate(cells):
        solutions = _SOLUTION.findall(cell.source) if cell.kind == "markdown" else []
        if cell.grade_id and solutions:
            asked[cell.grade_id] = Asked(_text_before(cells[:i]), "\n\n".join(solutions).strip())
    return asked


def _text_before(cells: tuple[Cell, ...]) -> str:
    """The Markdown from the last heading of a question on."""
    texts: list[str] = []
    for cell in reversed(cells):
        if cell.kind != "markdown":
            continue
        headings = list(_HEADING.finditer(cell.source))
        texts.insert(0, cell.source[headings[-1].start() :] if headings else cell.source)
        if headings:
            return "\n\n".join(texts).strip()
    return ""
