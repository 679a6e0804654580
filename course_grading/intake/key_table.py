"""A copy of a roster in which every student has a key: of one's own numbers in the homework."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from course_exercises.homework.keys import new_key
from course_grading.intake.csv_table import CsvTable, read_table
from course_grading.intake.roster import HEADERS, Roster, read_roster, with_keys

ENDING = "-with-keys"


@dataclass(frozen=True)
class KeyTable:
    """The copy, as text.

    Args:
        new, kept: how many keys were made, and how many were there.
        notes: what the roster says about itself.
    """

    text: str
    new: int
    kept: int
    notes: tuple[str, ...] = ()


def beside(roster: str | Path) -> Path:
    """Where the copy of a roster is written if nothing is said: roster-with-keys.csv."""
    path = Path(roster)
    return path.with_name(f"{path.stem.removesuffix(ENDING)}{ENDING}.csv")


def make(path: str | Path, rng: np.random.Generator, earlier: str | Path | None = None) -> KeyTable:
    """Give a key to each student of a roster who has none.

    All else is as it was: other columns, their order, and rows that are no student's. So a copy of
    what Canvas or Moodle exports is a roster as well.

    Args:
        path: of a CSV file as `read_roster` reads it.
        rng: draws the keys; from a secret seed, so that nobody can say which they will be.
        earlier: a table with keys that were handed out already.

    Raises ValueError if one of the two cannot be read, with file and line, or if they disagree.
    """
    read = read_roster(path)
    if earlier is not None:
        read = with_keys(read, read_roster(earlier))
    table = read_table(path, "roster")
    taken = {student.key for student in read.students}
    students, new = [], 0
    for student in read.students:
        if not student.key:
            new += 1
            student = replace(student, key=_another(rng, taken))
            taken.add(student.key)
        students.append(student)
    with_all = replace(read, students=tuple(students))
    notes = (*with_all.notes, *with_all.about_keys)
    return KeyTable(_with_column(table, with_all), new, len(students) - new, notes)


def _another(rng: np.random.Generator, taken: Collection[str]) -> str:
    """A key that nobody has, and that no spreadsheet takes for a number, as it would 25E-4567."""
    while True:
        key = new_key(rng)
        if key not in taken and not _is_number(key):
            return key


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _with_column(table: CsvTable, roster: Roster) -> str:
    """The table with these keys, in its own column of keys or behind all others."""
    names, width = table.spelled(), len(table.header.cells)
    place = next((names.index(name) for name in HEADERS["key"] if name in names), width)
    keys = {student.line: student.key for student in roster.students}

    def with_key(cells: tuple[str, ...], key: str) -> list[str]:
        padded = [*cells, *[""] * (max(place + 1, width) - len(cells))]
        return [*padded[:place], key or padded[place], *padded[place + 1 :]]

    header = table.header.cells
    if place == width:
        header = (*header, "key")
    rows = [
        row.cells if row.blank else with_key(row.cells, keys.get(row.line, ""))
        for row in table.rows
    ]
    return replace(table, header=replace(table.header, cells=header)).with_rows(rows)
