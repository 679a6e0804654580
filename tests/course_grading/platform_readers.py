"""What Canvas and Moodle do with the files that are handed back to them, as their source says.

Written from these files, not from the writers, and kept simple; each function says what it follows.
Where the source has a database, a test gives what is in it.

* instructure/canvas-lms: lib/gradebook_importer.rb (csv_stream, header?, update_column_count,
  check_for_non_student_row, process_student, process_submissions, no_change_to_value?) and
  app/models/abstract_assignment.rb (infer_comment_context_from_filename);
* moodle/moodle: lib/csvlib.class.php (load_csv_content), mod/assign/feedback/offline/
  importgradeslib.php (init, next), mod/assign/feedback/offline/locallib.php
  (process_import_grades) and mod/assign/feedback/file/importziplib.php
  (is_valid_filename_for_import).
"""

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import datetime


class Refused(Exception):
    """The platform does not take the file."""


# ------------------------------------------------------------------ Canvas


@dataclass
class CanvasCourse:
    """students: by id, (name, sortable name, SIS id, login); assignments: (title, points)."""

    students: dict[int, tuple[str, str, str, str]]
    assignments: dict[int, tuple[str, float]]
    scores: dict[tuple[int, int], str] = field(default_factory=dict)  # by student and assignment
    attachments: dict[int, set[int]] = field(default_factory=dict)  # of each user's submission
    anonymous: dict[str, int] = field(default_factory=dict)  # user of each anonymous id
    custom_columns: frozenset[str] = frozenset()  # such as Notes, behind the section


@dataclass
class GradebookChanges:
    """grades: what would change; new_students, new_assignments: what Canvas would have to make."""

    grades: dict[tuple[int, int], str] = field(default_factory=dict)
    new_students: list[str] = field(default_factory=list)
    new_assignments: list[str] = field(default_factory=list)
    points_possible: dict[int, str] = field(default_factory=dict)


def canvas_gradebook(content: bytes, course: CanvasCourse) -> GradebookChanges:
    """What an upload of this gradebook would change."""
    rows = _canvas_rows(content.decode("utf-8"))
    if not rows:
        raise Refused("Invalid header row")
    header, *rest = rows
    first_last = header[:2] == ["LastName", "FirstName"]
    plain_header = len(header) > 3 and "Student" in header[0] and "ID" in header[1]
    if not plain_header and not (first_last and len(header) > 4 and "ID" in header[2]):
        raise Refused("Invalid header row")
    name_columns = 4 if first_last else 3
    info, sis, login = name_columns, None, None
    if re.search(r"SIS\s+Login\s+ID", header[name_columns - 1]):
        login = name_columns - 1
        info += 1
    elif re.search(r"SIS\s+User\s+ID", header[name_columns - 1]) and re.search(
        r"SIS\s+Login\s+ID", header[name_columns]
    ):
        sis, login = name_columns - 1, name_columns
        info += 2 + bool(re.search(r"Integration\s+ID", header[name_columns + 1]))
    if "Section" not in header[info - 1]:
        raise Refused("Invalid header row")
    totals = re.compile(
        "Current Score|Current Points|Current Grade|Final Score|Final Points|Final Grade|"
        "Override Score|Override Grade|Override Status"
    )
    changes = GradebookChanges()
    columns: dict[int, int] = {}  # where each assignment is
    for name in header[info:]:
        if totals.search(name) or name in course.custom_columns:
            continue
        found = re.fullmatch(r"(.*) \((\d+)\)", name)
        number = int(found[2]) if found and int(found[2]) in course.assignments else None
        if number is None:
            number = next((i for i, (t, _) in course.assignments.items() if t == name), None)
        if number is None:
            changes.new_assignments.append(name)
        else:
            columns[number] = header.index(name)
    for row in rest:
        if row and "Points Possible" in (row[0] or ""):
            for number, column in columns.items():
                if float(row[column]) != course.assignments[number][1]:
                    changes.points_possible[number] = row[column]
            continue
        if all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", c, re.I) for c in row if c):
            continue
        student = _canvas_student(row, 2 if first_last else 1, sis, login, first_last, course)
        if student is None:
            changes.new_students.append(row[0])
            continue
        for number, column in columns.items():
            grade = (row[column] if column < len(row) else "").strip()
            before = course.scores.get((student, number), "")
            if not _canvas_same(grade, before):
                changes.grades[student, number] = grade
    return changes


def _canvas_rows(text: str) -> list[list[str]]:
    lines = text.splitlines(keepends=True)[:3]
    counts = {}
    for separator in ";,":
        widths = {len(next(csv.reader([line], delimiter=separator), [])) for line in lines}
        counts[separator] = widths.pop() if len(widths) == 1 else 0
    delimiter = ";" if counts[";"] > counts[","] else ","
    kept = "".join(
        line
        for line in text.splitlines(keepends=True)
        if not re.fullmatch(r"[;, ]+", line.rstrip("\r\n"))
    )
    try:
        rows = list(csv.reader(io.StringIO(kept, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Refused(f"Gradebook import did not parse cleanly: {error}") from None
    return [[_canvas_number(cell) for cell in row] for row in rows if row]


def _canvas_number(cell: str) -> str:
    """decimal_comma_to_period"""
    if not re.fullmatch(r"-?[0-9.,]+%?", cell):
        return cell
    *parts, last = re.split("[,.]", cell)
    return last if not parts else f"{''.join(parts)}.{last}"


def _canvas_student(row, at, sis, login, first_last, course: CanvasCourse) -> int | None:
    found = re.match(r"\s*(\d+)", row[at])
    if found and int(found[1]) in course.students:
        return int(found[1])
    name = f"{row[1]} {row[0]}".strip() if first_last else row[0]
    for number, (_, _, its_sis, its_login) in course.students.items():
        if sis is not None and row[sis] and row[sis] == its_sis:
            return number
        if login is not None and row[login] and row[login] == its_login:
            return number
    for number, (its_name, sortable, _, _) in course.students.items():
        if name in (its_name, sortable):
            return number
    return None


def _canvas_same(new: str, before: str) -> bool:
    empty = ("", "-")
    if new == before or (new in empty and before in empty):
        return True
    if new in empty or before in empty or "EX" in (new.upper(), before.upper()):
        return False
    try:
        return f"{float(new):.2f}" == f"{float(before):.2f}"
    except ValueError:
        return False


def canvas_comments(content: bytes, course: CanvasCourse) -> tuple[dict[int, list[str]], list[str]]:
    """Which user gets which files as a comment, and which files are ignored."""
    comments: dict[int, list[str]] = {}
    ignored = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        for path in archive.namelist():
            if path.endswith("/"):
                continue
            name = path.split("/")[-1]
            parts = [part for part in name.split("_") if part != "LATE"]
            if parts[0] == "anon":
                user = course.anonymous.get(parts[1])
                attachment = parts[2] if len(parts) > 2 and parts[2].isdigit() else None
            else:
                numbers = [part for part in parts if re.fullmatch(r"\d+", part)][:2]
                user = int(numbers[0]) if numbers else None
                attachment = numbers[1] if len(numbers) > 1 else None
            if parts[-1].startswith("link") or name.startswith("._"):
                attachment = None
            files = course.attachments.get(user, set()) if user is not None else set()
            if user is None or attachment is None or int(attachment) not in files:
                ignored.append(path)
            else:
                comments.setdefault(user, []).append(path)
    return comments, ignored


# ------------------------------------------------------------------ Moodle


@dataclass
class MoodleAssignment:
    """participants: user of each participant's number; the words of the language of who uploads."""

    participants: dict[int, str]
    maximum: float = 100.0
    grades: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    hidden_user: str = "Participant "
    record_id: str = "Identifier"
    grade_noun: str = "Grade"
    last_modified_grade: str = "Last modified (grade)"
    decimal_separator: str = "."
    locked: frozenset[str] = frozenset()


def moodle_grades(content: bytes, of: MoodleAssignment) -> dict[str, float]:
    """Which user gets which new grade from a worksheet."""
    text = content.decode("utf-8").removeprefix("\ufeff")
    text = re.sub(r"\r\n?", "\n", text).strip()
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise Refused(f"csv: {error}") from None
    header, *rest = rows
    if any(len(row) != len(header) for row in rest):
        raise Refused("csvweirdcolumns")
    places = {}
    for column, name in enumerate(header):  # the last one of a name counts
        for wanted in (of.record_id, of.grade_noun, of.last_modified_grade):
            if name == wanted:
                places[wanted] = column
    if len(places) < 3:
        raise Refused("invalidgradeimport")
    new = {}
    for row in rest:
        number = row[places[of.record_id]][len(of.hidden_user) :]
        if not re.fullmatch(r"\d+", number) or int(number) not in of.participants:
            continue
        user = of.participants[int(number)]
        written = row[places[of.grade_noun]].replace(" ", "")
        if written == "" or user in of.locked:
            continue
        grade = float(written.replace(of.decimal_separator, "."))
        modified = _strtotime(row[places[of.last_modified_grade]])
        before = of.grades.get(user)
        if before is not None and before[0] == grade:
            continue
        if before is not None and (modified is None or before[1] > modified):
            continue  # it has been graded since
        if not 0 <= grade <= of.maximum:
            continue
        new[user] = grade
    return new


def _strtotime(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%A, %d %B %Y, %I:%M %p")
    except ValueError:
        return None


def moodle_feedback(content: bytes, of: MoodleAssignment) -> tuple[dict[str, list[str]], list[str]]:
    """Which user gets which feedback files, by the name that they then have; which are ignored."""
    files: dict[str, list[str]] = {}
    ignored = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        for path in archive.namelist():
            own = path.split("/")[-1]
            if path.endswith("/"):
                continue
            parts = path.split("/")
            place = None if own.startswith((".", "~")) else _moodle_place(parts, of)
            if place is None:
                ignored.append(path)
            else:
                files.setdefault(place[0], []).append(place[1])
    return files, ignored


def _moodle_place(parts: list[str], of: MoodleAssignment) -> tuple[str, str] | None:
    while parts:
        part, *parts = parts
        info = part.split("_", 4)  # PHP's explode with limit 5
        if len(info) < 4 or not re.fullmatch(r"\d+(\.\d+)?", info[1]):
            continue
        user = of.participants.get(int(float(info[1])))
        if user is None or (info[2], info[3]) != ("assignfeedback", "file"):
            continue
        rest = info[4] if len(info) > 4 else ""
        return user, "/".join([rest, *parts]).lstrip("/")
    return None
