"""Points that a person sets: `override.csv` in the folder of results, and edits of `grades.csv`.

    student,question,points,reason
    alice,3,12,the sign was a misprint of ours

They are read whenever something is graded or taken in, so they outlive a regrade, and the pages and
tables show them as what they are. `grades.csv` is written by the grader; what was changed in it is
noticed, kept in a file beside it, and said, but does not count.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from course_grading.intake.csv_table import read_table
from course_grading.results.display import in_points, visible
from course_grading.results.files import read_small, write_atomically
from course_grading.results.record import HandMark, Record
from course_grading.results.tables import plain

OVERRIDE = "override.csv"
COLUMNS = ("student", "question", "points", "reason")
AS_WRITTEN = ".grades.csv"  # what the grader wrote last, to see whether somebody changed it
MOST_SHOWN = 10
_OF_MARKS = re.compile(r"q\d+|automatic|written|total_so_far|total|late_penalty|grade")


@dataclass(frozen=True)
class Override:
    """A row of override.csv; `where` is its file and line, for messages."""

    student: str
    mark: HandMark
    where: str


def read_overrides(folder: Path) -> tuple[Override, ...]:
    """The rows of override.csv in a folder of results; none if there is no such file.

    Raises ValueError with the line, if a column lacks, a number is none, a reason lacks, or a
    student has two rows for one question.
    """
    path = folder / OVERRIDE
    if not path.exists():
        return ()
    table = read_table(path, "table of marks by hand")
    names = ["student" if name == "student id" else name for name in table.spelled()]
    lacking = [name for name in COLUMNS if name not in names]
    if lacking:
        raise ValueError(
            f"{path} lacks the column{'s' * (len(lacking) > 1)} {', '.join(lacking)}. Its first "
            f"line is {','.join(COLUMNS)}."
        )
    found: list[Override] = []
    lines: dict[tuple[str, int], int] = {}
    for row in table.rows:
        if row.blank:
            continue
        where = table.where(row)
        student, question, points, reason = (plain(row.cell(names.index(c))) for c in COLUMNS)
        question = question.removeprefix("q")
        if not student or not reason:
            lack = "reason" if student else "student"
            raise ValueError(f"{where}: there is no {lack}. Each row has all of {COLUMNS}.")
        if not (question.isascii() and question.isdigit()):
            raise ValueError(f"{where}: question is a number such as 3, not {question!r}.")
        number = _number(points)
        if number is None:
            raise ValueError(f"{where}: points are a number from 0 on, not {points!r}.")
        place = (student, int(question))
        if place in lines:
            raise ValueError(
                f"{where}: question {question} of {student} is in line {lines[place]} already."
            )
        lines[place] = row.line
        found.append(Override(student, HandMark(int(question), number, reason), where))
    return tuple(found)


def _number(text: str) -> float | None:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return round(number, 2) if math.isfinite(number) and number >= 0 else None


def applied(record: Record, overrides: Sequence[Override]) -> Record:
    """The record with the marks that are its own; those that are wrong are left out."""
    most = _most(record)
    marks = tuple(
        override.mark
        for override in overrides
        if override.student == record.student
        and override.mark.question in most
        and override.mark.points <= most[override.mark.question]
    )
    return record if marks == record.by_hand else dataclasses.replace(record, by_hand=marks)


def problems(records: Sequence[Record], overrides: Sequence[Override]) -> list[str]:
    """What is wrong with the overrides of these students, a sentence each."""
    by_student = {record.student: record for record in records}
    found = []
    for override in overrides:
        record, mark = by_student.get(override.student), override.mark
        if record is None:
            found.append(f"{override.where}: there is no student {visible(override.student, 60)}.")
            continue
        most = _most(record)
        if mark.question not in most:
            found.append(f"{override.where}: there is no question {mark.question}.")
        elif mark.points > most[mark.question]:
            found.append(
                f"{override.where}: question {mark.question} has at most "
                f"{in_points(most[mark.question])} points, not {in_points(mark.points)}."
            )
    return found


def _most(record: Record) -> dict[int, float]:
    return {entry.number: entry.out_of for entry in (*record.questions, *record.written)}


# ---------------------------------------------------------------------- edits of grades.csv


def keep_edits(folder: Path, about_to_write: str) -> list[str]:
    """If somebody has changed a mark in grades.csv, keep that file as grades-edited-1.csv, the next
    time -2, and say which cells; called before it is written anew.

    Args:
        about_to_write: what will stand there: an edit that says the same is none.
    """
    path = folder / "grades.csv"
    try:
        there, written = read_small(path), read_small(folder / AS_WRITTEN)
    except OSError:
        return []  # it is the first time, or written by a version that did not keep it
    if there == written or there == about_to_write.encode():
        return []
    wanted = _cells(about_to_write)
    before, now = _cells(_decoded(written)), _cells(_decoded(there))
    changed = [
        f"{student}, {column}: {visible(now[student].get(column, ''), 40) or 'nothing'} instead of "
        f"{visible(cell, 40) or 'nothing'}"
        for student, row in before.items()
        for column, cell in row.items()
        if student in now
        and _OF_MARKS.fullmatch(column)
        and not _same(now[student].get(column, ""), cell)
        and not _same(now[student].get(column, ""), wanted.get(student, {}).get(column, ""))
    ]
    changed += [f"the row of {student} is gone" for student in before if student not in now]
    if not changed:
        return []  # a spreadsheet that writes it in its own way
    i = 1
    while (kept := folder / f"grades-edited-{i}.csv").exists():
        i += 1
    write_atomically(kept, _decoded(there))
    shown = "; ".join(changed[:MOST_SHOWN])
    if len(changed) > MOST_SHOWN:
        shown += f"; and {len(changed) - MOST_SHOWN} more"
    return [
        f"grades.csv had been changed by hand, and was written anew ({shown}). What was there is "
        f"in {kept.name}. Points that are to stay go into {OVERRIDE}."
    ]


def remember(folder: Path, text: str) -> None:
    """Keep what was written as grades.csv."""
    path = folder / AS_WRITTEN
    try:
        if read_small(path) == text.encode():
            return
    except OSError:
        pass
    write_atomically(path, text)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _cells(text: str) -> Mapping[str, dict[str, str]]:
    """By student and column; {} if it is no table of students any more."""
    text = text.removeprefix("\ufeff")
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return {}
    return {
        row["student_id"]: {
            name: value or "" for name, value in row.items() if isinstance(name, str)
        }
        for row in rows
        if row.get("student_id")
    }


def _same(one: str, other: str) -> bool:
    """Whether two cells say the same: 7.0, 7 and 7,0 do."""
    if one.strip() == other.strip():
        return True
    numbers = _number(one), _number(other)
    return numbers[0] is not None and numbers[0] == numbers[1]
