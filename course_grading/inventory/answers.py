"""What a class has answered: a CSV file for each time that the inventory was written.

A row for each student: student, form, and the letters under 1 to 20; an empty cell is no answer.
A column without cells may name the version of the forms, "forms 1a2b3c"; `write` gives it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from course_grading.intake.csv_table import CsvTable, Row, read_table, spelled
from course_grading.inventory.forms import FORMS, OPTIONS, form, version
from course_grading.inventory.question import LETTERS

HEADER = ("student", "form", *(str(number) for number in range(1, len(form("A")) + 1)))


def header() -> tuple[str, ...]:
    """Of a table to be filled in: with the version of the forms, so that no other one is read."""
    return (*HEADER, f"forms {version()}")


@dataclass(frozen=True)
class Answers:
    """Of one student: the form, and a letter for each question, or ""."""

    form: str
    letters: tuple[str, ...]

    @property
    def right(self) -> tuple[bool, ...]:
        """Whether each answer is right; no answer is not."""
        return tuple(
            letter == question.key
            for letter, question in zip(self.letters, form(self.form), strict=True)
        )

    @property
    def slips(self) -> tuple[str, ...]:
        """The wrong idea that each answer comes from, or ""."""
        return tuple(
            question.options[LETTERS.index(letter)].slip if letter else ""
            for letter, question in zip(self.letters, form(self.form), strict=True)
        )


def read_answers(path: str | Path) -> Mapping[str, Answers]:
    """The answers by student.

    Raises ValueError: no such file; a column that is missing or there twice; a student who is there
    twice, or has no name; another form; another letter; nobody at all; other forms by its header.
    """
    table = read_table(path, "table of answers")
    columns = _columns(table)
    found: dict[str, Answers] = {}
    lines: dict[str, int] = {}
    for each in table.rows:
        if each.blank:
            continue
        student, answers = _answers(table, each, columns)
        if student in found:
            raise ValueError(
                f"{table.where(each)}: {student} is there twice, in line {lines[student]} too. "
                "Each student has one row in a file."
            )
        found[student], lines[student] = answers, each.line
    if not found:
        raise ValueError(f"{table.file} has no student below its header.")
    return found


def _columns(table: CsvTable) -> list[int]:
    """Where each name of the header stands; questions are called 1, q1 or question 1."""
    names = [
        re.sub(r"^(?:q|question|item)? ?0*([1-9][0-9]*)$", r"\1", spelled(name))
        for name in table.header.cells
    ]
    places = []
    for name in HEADER:
        if (times := names.count(name)) != 1:
            there = "is missing" if not times else f"is there {times} times"
            raise ValueError(
                f"{table.file}: the column {name} {there}. The header is: student, form, "
                f"1, 2, … {HEADER[-1]}."
            )
        places.append(names.index(name))
    of_others = [
        name
        for name in names
        if re.fullmatch(r"forms [0-9a-f]{6}", name) and name != f"forms {version()}"
    ]
    if of_others:
        raise ValueError(
            f"{table.file}: its header names the {of_others[0]}, but this version of the course "
            f"has the forms {version()}. Judge a class by the version whose papers it had."
        )
    extra = [name for name in names if name.isdecimal() and name not in HEADER]
    if extra:
        raise ValueError(
            f"{table.file}: there is a column {extra[0]}, but the questions are 1 to {HEADER[-1]}."
        )
    return places


def _answers(table: CsvTable, each: Row, columns: list[int]) -> tuple[str, Answers]:
    student, which, *letters = (each.cell(column) for column in columns)
    which, letters = which.upper(), [letter.upper() for letter in letters]
    if not student:
        raise ValueError(f"{table.where(each)}: the student is missing.")
    if which not in FORMS:
        raise ValueError(
            f"{table.where(each)}: the form of {student} is “{which}”; it is {' or '.join(FORMS)}."
        )
    for name, letter in zip(HEADER[2:], letters, strict=True):
        if letter and letter not in [*LETTERS[:OPTIONS]]:
            raise ValueError(
                f"{table.where(each)}: the answer of {student} to question {name} is “{letter}”; "
                f"it is a letter from A to {LETTERS[OPTIONS - 1]}, or empty."
            )
    return student, Answers(which, tuple(letters))
