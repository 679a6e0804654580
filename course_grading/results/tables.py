"""The tables of a class, as CSV: no spreadsheet runs what is in a cell.

What Canvas and Moodle take is written by `course_grading.publishing.hand_back`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from course_grading.results.display import hours, in_points, rounded, visible
from course_grading.results.record import Record

BYTE_ORDER_MARK = "\ufeff"  # tells Excel that a CSV file is UTF-8; csv readers: "utf-8-sig"

_SIGNS = "=+\\-@＝＋－＠−﹢﹣﹦﹫"  # also in the widths that spreadsheets read as the same
_SKIPPED = r"[\s'\"‘’“”`\u00ad\u200b-\u200f\u2060-\u2064\ufeff]*"
_FORMULA = re.compile(rf"(^|;)(?={_SKIPPED}[{_SIGNS}])")
_GUARDED = re.compile(rf"(^|;)'(?={_SKIPPED}[{_SIGNS}])")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_LINE_ENDS = re.compile(r"[\n\t\u2028\u2029]+")
_MOST_CELL = 20_000  # characters; a spreadsheet takes 32,767


def cell(value: str | float | None) -> str | float | None:
    """What is written in a cell, so that no spreadsheet runs it as a formula.

    Numbers stay numbers. Text that begins with = + - @, also behind spaces or quotes and in other
    widths, gets a ' in front (as OWASP's page on CSV injection has it), and so does such text
    behind a semicolon, which is where many spreadsheets outside of English begin a new cell. Line
    ends become spaces, control characters their pictures. `plain` takes the ' off again.
    """
    if value is None or isinstance(value, (int, float)):
        return value
    value = _LINE_ENDS.sub(" ", visible(value, _MOST_CELL)).strip()
    if _NUMBER.fullmatch(value):
        return value
    return _FORMULA.sub(r"\1'", value)


def plain(text: str) -> str:
    """The text of a cell that `cell` has written."""
    return _GUARDED.sub(r"\1", text)


def table(header: Sequence[str], rows: Iterable[Sequence[str | float | None]]) -> str:
    """A table as CSV: text in quotes, numbers without, None an empty cell; lines end as RFC 4180
    has it."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def grades_table(records: Sequence[Record]) -> str:
    """One row for each record.

    `q1` … have the points of the questions, empty for a written answer until somebody has marked
    it. `total` is empty as long as one is to be marked, so that no unfinished grade is imported by
    mistake; `total_so_far` has what there is. `hours_late` is empty if not known, 0 if in time.
    `late_penalty` is what the late policy takes off, and `grade` is what is left of `total`.
    `by_hand` says which points a person set in override.csv.
    """
    numbers = sorted({number for record in records for number in _of_questions(record)})
    header = ["student_id", "name", "assignment", "status", "reason"]
    header += [f"q{number}" for number in numbers]
    header += ["automatic", "automatic_max", "written", "written_max", "to_mark"]
    header += ["total_so_far", "total", "max", "hours_late", "late_penalty", "grade"]
    header += ["by_hand", "notes", "source"]
    return table(header, [_grades_row(record, numbers) for record in records])


def _of_questions(record: Record) -> dict[int, float | None]:
    entries = (*record.questions, *record.written)
    return {entry.number: record.mark_of(entry) for entry in entries}


def _grades_row(record: Record, numbers: Sequence[int]) -> list[str | float | None]:
    to_mark = len(record.to_mark)
    by_number = _of_questions(record)
    points = [by_number.get(number) for number in numbers]
    so_far, late = record.points_so_far, record.seconds_late
    sums = [
        record.automatic_points,
        sum(entry.out_of for entry in record.questions),
        record.written_points,
        sum(answer.out_of for answer in record.written),
    ]
    return [
        record.student,
        record.name,
        record.assignment,
        record.status,
        record.reason,
        *(None if number is None else rounded(number) for number in (*points, *sums)),
        to_mark,
        rounded(so_far),
        None if to_mark else rounded(so_far),
        rounded(record.max_points),
        None if late is None else hours(late),
        None if record.late_penalty is None else rounded(record.late_penalty),
        None if record.grade is None else rounded(record.grade),
        " | ".join(f"q{m.question}: {in_points(m.points)}, {m.reason}" for m in record.by_hand),
        " | ".join(record.said),
        record.source,
    ]


NBGRADER_COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)


def nbgrader_table(records: Sequence[Record]) -> str:
    """The columns of `nbgrader export`, in its order (CsvExportPlugin of nbgrader 0.9).

    As there, a missing submission has no time and 0 points, and times are UTC without saying so.
    Points are those so far. First name, last name and e-mail are the roster's; a name is not taken
    apart unless it is written "Last, First".
    """
    rows: list[Sequence[str | float | None]] = []
    for record in records:
        last, _, first = (part.strip() for part in record.name.partition(","))
        if record.last_name or record.first_name:
            last, first = record.last_name, record.first_name
        raw = rounded(record.points_so_far)
        penalty = min(rounded(record.late_penalty or 0.0), raw)
        about = (record.assignment, "", _timestamp(record.submitted_at), record.student)
        scores = (raw, penalty, rounded(raw - penalty), rounded(record.max_points))
        rows.append([*about, last, first, record.email, *scores])
    return table(NBGRADER_COLUMNS, rows)


def _timestamp(submitted_at: str) -> str:
    try:
        time = datetime.fromisoformat(submitted_at)
        if time.tzinfo is not None:
            time = time.astimezone(UTC).replace(tzinfo=None)
        return str(time)
    except (ValueError, OverflowError):
        return submitted_at
