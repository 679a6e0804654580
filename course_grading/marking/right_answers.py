"""The right answers of a homework, each by itself: read from the source of the assignment.

A later answer that fails is tried once more with them in the place of the student's earlier ones.
"""

from __future__ import annotations

import ast
from pathlib import Path

from course_grading.intake.notebook import Unreadable, read

SOURCES = Path(__file__).resolve().parents[2] / "homework" / "source"


def load(assignment: str, folder: Path = SOURCES) -> dict[str, str]:
    """The code of each definition in the answers of this assignment, by its name.

    Raises `FileNotFoundError` if there is no source.
    """
    path = folder / assignment / f"{assignment}.ipynb"
    try:
        cells = read(path.read_bytes()).cells
    except (FileNotFoundError, Unreadable) as error:
        raise FileNotFoundError(
            f"{path} cannot be read ({error}). The grader needs the source of the assignment."
        ) from None
    answers = "\n\n".join(
        c.source for c in cells if c.kind == "code" and "### BEGIN SOLUTION" in c.source
    )
    return {
        statement.name: ast.unparse(statement)
        for statement in ast.parse(answers).body
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef))
    }
