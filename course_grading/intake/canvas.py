"""What Canvas writes: the names of the files that it hands out, and its gradebook.

The names are those of `lib/content_zipper.rb` of instructure/canvas-lms (`get_filename`,
`add_upload_submission`); how it reads them back is in `app/models/abstract_assignment.rb`
(`infer_comment_context_from_filename`). The gradebook is that of `lib/gradebook_exporter.rb` there,
and read by `lib/gradebook_importer.rb`. None of it has been tried with a Canvas server.
"""

from __future__ import annotations

import re

from course_grading.intake.csv_table import CsvTable, Row

# amesalice_LATE_12345_678910_hw2-1.ipynb: user, number of the file, name of the file. The user's
# name cannot have _12345_ in it, so the first number is the user's (Canvas itself reads it so).
UPLOAD = re.compile(
    r"(?P<name>.+?)_(?P<late>LATE_)?(?P<id>\d+)_(?P<order>\d+)_(?P<file>.+)", re.DOTALL
)
ANONYMOUS = re.compile(
    r"(?P<late>LATE_)?(?P<id>anon_[A-Za-z0-9]+)_(?P<order>\d+)_(?P<file>.+)", re.DOTALL
)
TEXT = re.compile(r"(?P<name>.+?)_(?P<late>LATE_)?(?P<id>\d+)_(?P<file>text\.html|link\.html)")

# The columns of a gradebook before those of the assignments, as `spelled`.
NAMES = ("student", "lastname", "firstname")
IDS = ("id", "sis user id", "sis login id", "integration id")
_NO_STUDENT = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.IGNORECASE)
TEST_STUDENT = ("Student, Test", "Test Student")


def matched(name: str) -> re.Match[str] | None:
    """The parts of the name of a file of Canvas's zip; None if it is not one."""
    return ANONYMOUS.fullmatch(name) or UPLOAD.fullmatch(name) or TEXT.fullmatch(name)


def is_gradebook(table: CsvTable) -> bool:
    """Whether a table is the gradebook that Canvas exports, with or without some columns of ids."""
    names = table.spelled()
    return names[:1] in (["student"], ["lastname"]) and {"id", "section"} <= set(names)


def is_taken_for_points(row: Row) -> bool:
    """Whether Canvas takes a row for the one that says how much each assignment is worth: it asks
    for nothing but these words in its first cell, also where they are in somebody's name."""
    return "Points Possible" in (row.cells or ("",))[0]


def has_points_possible(row: Row, table: CsvTable) -> bool:
    """The row that says how much each assignment is worth; unlike a student's it has no id."""
    return is_taken_for_points(row) and not row.cell(table.spelled().index("id"))


def is_no_student(row: Row, table: CsvTable) -> bool:
    """The rows above the students: which assignments are hidden, and the points possible."""
    empty = all(_NO_STUDENT.fullmatch(cell) for cell in row.cells)
    return empty or has_points_possible(row, table)
