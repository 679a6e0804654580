"""The students of a course, from a CSV file: id, name, when each handed in, and the key of each."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from pathlib import Path

from course_exercises.homework.keys import read_key
from course_grading.intake import canvas, moodle
from course_grading.intake.csv_table import CsvTable, Row, read_table

MAX_ID = 100  # characters
MOST_NAMED = 12  # students in a note

# What each column may be called, as `spelled`. The first that is there is taken: in Canvas's
# gradebook ID is the number that its file names have.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "id",
        "student id",
        "userid",
        "user id",
        "identifier",
        "sis user id",
        "username",
        "id number",
        *moodle.IDENTIFIER,
    ),
    "name": ("name", "full name", "student", "student name", *moodle.FULL_NAME),
    "first_name": ("first name", "firstname", "given name"),
    "last_name": ("last name", "lastname", "surname", "family name"),
    "email": ("email", "e mail", "email address", *moodle.EMAIL),
    "submitted_at": (
        "submitted at",
        "submitted",
        "submission time",
        "timestamp",
        *moodle.SUBMITTED_AT,
    ),
    "key": ("key", "homework key"),
}


@dataclass(frozen=True)
class Student:
    """One row of the roster.

    Args:
        submitted_at: with a time zone.
        aliases: further ids.
        key: from which the student's own network in the homework is drawn; "" if there is none.
        line: of the file.
    """

    id: str
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    submitted_at: datetime | None = None
    aliases: tuple[str, ...] = ()
    key: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Roster:
    """The students in the order of the file; `notes` say what was assumed."""

    students: tuple[Student, ...]
    notes: tuple[str, ...] = ()

    def find(self, student: str) -> Student | None:
        """The student with this id, or else with this id but for capitals, or with this other id or
        email; nobody if it is the id of one and another id of somebody else."""
        by_id, by_key, by_alias = self._tables
        key = key_of(student)
        found = by_id.get(clean_id(student)) or by_key.get(key)
        return None if key in self.with_two_meanings else found or by_alias.get(key)

    def of_platform(self, number: str) -> Student | None:
        """The student whom a learning platform calls so: its own numbers stand in the column id."""
        return self._tables[0].get(clean_id(number)) or self.find(number)

    @property
    def has_keys(self) -> bool:
        """Whether anybody has a key."""
        return any(student.key for student in self.students)

    @property
    def about_keys(self) -> tuple[str, ...]:
        """Who has the same key as somebody else, and who has none where others have one."""
        of: dict[str, list[str]] = {}
        for student in self.students:
            of.setdefault(student.key, []).append(student.name or student.id)
        without = of.pop("", [])
        notes = [
            f"{', '.join(those[:-1])} and {those[-1]} have the same network, of the key {key}."
            for key, those in of.items()
            if len(those) > 1
        ]
        if of and without:
            more = f" and {len(without) - MOST_NAMED} more" if len(without) > MOST_NAMED else ""
            notes.append(f"There is no key for {', '.join(without[:MOST_NAMED])}{more}.")
        return tuple(notes)

    def found_again(self, student: Student) -> Student | None:
        """Who this student of another roster is in this one, by id, email or another id.

        Raises ValueError if these are of several here.
        """
        names = (student.id, student.email, *student.aliases)
        found = dict.fromkeys(each for name in names if name and (each := self.find(name)))
        if len(found) > 1:
            those = " and ".join(each.id for each in found)
            raise ValueError(f"{student.id} could be {those}: ids and emails are of both.")
        return next(iter(found), None)

    @cached_property
    def with_two_meanings(self) -> dict[str, tuple[Student, ...]]:
        """What is the id of one student and another id, or the email, of others: as `key_of`."""
        ids = {key_of(student.id): student for student in self.students}
        found: dict[str, tuple[Student, ...]] = {}
        for student in self.students:
            for other in (student.email, *student.aliases):
                one = ids.get(key_of(other)) if other else None
                if one is not None and one is not student:
                    found[key_of(other)] = (*found.get(key_of(other), (one,)), student)
        return found

    def named(self, name: str) -> Student | None:
        """The only student with this name, whatever the order of its parts and its punctuation."""
        return self._names.get(_letters(name)) if _letters(name) else None

    @cached_property
    def _tables(self) -> tuple[dict[str, Student], dict[str, Student], dict[str, Student]]:
        return (
            {student.id: student for student in self.students},
            _only_ones((key_of(student.id), student) for student in self.students),
            _only_ones(
                (key_of(other), student)
                for student in self.students
                for other in (student.email, *student.aliases)
                if other
            ),
        )

    @cached_property
    def _names(self) -> dict[str, Student]:
        return _only_ones(
            (spelling, student)
            for student in self.students
            for spelling in {
                _letters(student.name),
                _letters(student.first_name + student.last_name),
                _letters(student.last_name + student.first_name),
            }
        )


def clean(text: str, longest: int) -> str:
    """The text in one line, without anything that a screen would not show as it is.

    Unicode is normalised (NFC); control characters and invisible marks, such as those that turn the
    direction of writing, are left out; what is no character (a byte of a file name that is not
    UTF-8) becomes "\N{REPLACEMENT CHARACTER}".
    """
    text = "".join(_visible(character) for character in text)
    # After it, as what was left out may have stood between a letter and its accent.
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category in ("Cc", "Cf"):
        return ""
    return "\ufffd" if category in ("Cs", "Co", "Cn") else character


def is_lossy(text: str) -> bool:
    """Whether `clean` loses something that tells two names apart: more than composed letters (NFC)
    and spaces around it."""
    normal = unicodedata.normalize("NFC", text.strip(" "))
    return clean(text, len(text) * 4 + 1) != normal


def clean_id(text: str) -> str:
    """The id, cleaned. A long one, and one that loses something by that, ends in a digest of what
    stood there, so that two ids stay two."""
    whole = clean(text, len(text) * 4 + 1)
    if len(whole) <= MAX_ID and not is_lossy(text):
        return whole or "unnamed"
    normal = unicodedata.normalize("NFC", text.strip(" "))
    digest = hashlib.sha256(normal.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{whole[: MAX_ID - 13] or 'unnamed'}~{digest}"


def read_roster(
    path: str | Path, due: datetime | None = None, assignment: str | None = None
) -> Roster:
    """Read the students from a CSV file.

    The first row has the names of the columns: an id, and if you like a name (or first and last
    name), an email, the time of handing in, and a key. Commas, semicolons or tabs; UTF-8. Read as
    they are: the gradebook that Canvas exports, the grading worksheet of Moodle, and what nbgrader
    exports, of which the rows of `assignment` are taken.

    Args:
        due: when the assignment was due; a time without a zone is in the zone of this, or in UTC.

    Raises:
        ValueError: what is wrong, with the file and the line.
    """
    table = _of_assignment(read_table(path, "roster"), assignment)
    zone = due.tzinfo if due is not None and due.tzinfo is not None else UTC
    if _is_nbgraders(table):
        zone = UTC  # its times are, and do not say so
    columns = _columns(table)
    of_canvas, of_moodle = canvas.is_gradebook(table), moodle.is_worksheet(table)
    students: list[Student] = []
    lines_of: dict[str, int] = {}
    without_zone, unread, notes = 0, 0, []
    for row in table.rows:
        if row.blank or (of_canvas and canvas.is_no_student(row, table)):
            continue
        if of_canvas and row.cell(0) in canvas.TEST_STUDENT:
            notes.append(f"{table.where(row)}: Canvas's own test student was left out.")
            continue
        student, zoneless = _student(row, table, columns, zone, of_moodle)
        if student.id in lines_of:
            raise ValueError(
                f"{table.where(row)}: the id {student.id} is there already, in line "
                f"{lines_of[student.id]}. Every student needs an id of their own."
            )
        lines_of[student.id] = row.line
        without_zone += zoneless
        written = row.cell(columns["submitted_at"]) if "submitted_at" in columns else ""
        unread += of_moodle and student.submitted_at is None and written not in ("", "-")
        students.append(student)
    if not students:
        raise ValueError(f"{table.file} has a first line, but no student below it.")
    if without_zone:
        times = "1 time has" if without_zone == 1 else f"{without_zone} times have"
        notes.append(f"{table.file}: {times} no time zone; {zone} is taken.")
    if unread:
        times = "1 time" if unread == 1 else f"{unread} times"
        notes.append(
            f"{table.file}: {times} of handing in cannot be read, so lateness is not known."
        )
    return Roster(tuple(students), tuple(notes))


def with_keys(roster: Roster, keys: Roster) -> Roster:
    """The roster with the keys of another table.

    Students are found there by id or email, or else by a name that only one has: Moodle's numbers
    are others for each assignment.

    Raises ValueError if there are no keys in `keys`, if it knows nobody of this roster, or if a
    student has one key here and another there.
    """
    if not keys.has_keys:
        raise ValueError("the table of keys has none: a column called key is needed.")
    students, unknown = [], 0
    for student in roster.students:
        found = keys.found_again(student)
        if found is None and roster.named(student.name) is student:
            namesake = keys.named(student.name)
            other_email = namesake and namesake.email and student.email
            found = None if other_email else namesake
        key = found.key if found is not None else ""
        if student.key and key and student.key != key:
            raise ValueError(
                f"{student.id} has the key {student.key} in the roster and {key} in the table of "
                "keys. Which one does the student have?"
            )
        unknown += found is None
        students.append(replace(student, key=student.key or key))
    if unknown == len(students):
        raise ValueError(
            "the table of keys knows nobody on the roster, by id, email or name. Is it of this "
            "class?"
        )
    return replace(roster, students=tuple(students))


def _is_nbgraders(table: CsvTable) -> bool:
    return {"assignment", "student id", "raw score"} <= set(table.spelled())


def _of_assignment(table: CsvTable, assignment: str | None) -> CsvTable:
    """The rows of one assignment, where a table has several of them, as nbgrader's has."""
    if not _is_nbgraders(table) or assignment is None:
        return table
    column = table.spelled().index("assignment")
    rows = tuple(row for row in table.rows if row.blank or row.cell(column) == assignment)
    if not any(not row.blank for row in rows):
        named = sorted({row.cell(column) for row in table.rows if not row.blank})
        raise ValueError(
            f"{table.file} has no row of {assignment}, but of {', '.join(named) or 'none'}."
        )
    return replace(table, rows=rows)


def _columns(table: CsvTable) -> dict[str, int]:
    names = table.spelled()
    columns = {
        column: names.index(name)
        for column, spellings in HEADERS.items()
        for name in reversed([name for name in spellings if name in names])
    }
    twice = [names[i] for i in columns.values() if names.count(names[i]) > 1]
    if twice:
        raise ValueError(
            f"{table.file} has two columns called {twice[0]}. Which one is meant? Rename the other."
        )
    if "id" not in columns:
        shown = ", ".join(clean(field, 30) for field in table.header.cells[:10])
        raise ValueError(
            f"{table.file} has no column of ids. Its first line has: {shown}. One of them should "
            "be called id, Student ID or SIS User ID."
        )
    return columns


def _student(
    row: Row, table: CsvTable, columns: Mapping[str, int], zone: tzinfo, of_moodle: bool
) -> tuple[Student, bool]:
    """The student of this row, and whether the time had no zone."""
    where, width = table.where(row), len(table.header.cells)
    if any(cell.strip() for cell in row.cells[width:]):
        raise ValueError(
            f"{where}: {len(row.cells)} fields, but the first line has {width}. A name with a "
            'comma in it needs quotes: "Ames, Alice".'
        )
    used = {column: row.cell(i) for column, i in columns.items()}
    if any("\n" in cell or "\r" in cell for cell in used.values()):
        raise ValueError(
            f'{where}: a quote (") that opens a field there is closed in another line only. Is one '
            "missing?"
        )
    field = {column: clean(cell, 200) for column, cell in used.items() if column != "id"}
    number = used["id"]
    participant = moodle.PARTICIPANT.fullmatch(number)
    if participant and (of_moodle or number.startswith("Participant ")):
        number = participant["id"]
    if not clean(number, 10):
        raise ValueError(f"{where}: there is no id.")
    if is_lossy(number):
        raise ValueError(
            f"{where}: the id {clean(number, 60)} holds characters that nobody can see, or several "
            "spaces. Type it anew."
        )
    text = field.get("submitted_at", "")
    if of_moodle:
        at, zoneless = moodle.time_of(text, zone), False
        zoneless = at is not None
    else:
        at, zoneless = _time(text, zone, where)
    try:
        key = read_key(field.get("key", ""))
    except ValueError as error:
        raise ValueError(f"{where}: the key {field['key']} is none. {error}") from None
    name = field.get("name") or f"{field.get('first_name', '')} {field.get('last_name', '')}"
    names = table.spelled()
    aliases = [row.cell(names.index(each)) for each in canvas.IDS[1:] if each in names]
    student = Student(
        id=clean_id(number),
        name=name.strip(),
        first_name=field.get("first_name", ""),
        last_name=field.get("last_name", ""),
        email=field.get("email", ""),
        submitted_at=at,
        aliases=tuple(clean_id(alias) for alias in aliases if alias and alias != number),
        key=key,
        line=row.line,
    )
    return student, zoneless


def _time(text: str, zone: tzinfo, where: str) -> tuple[datetime | None, bool]:
    if not text:
        return None, False
    try:
        if not re.search(r"\d[T ]\d", text):
            raise ValueError
        at = datetime.fromisoformat(re.sub(r" ?(UTC|GMT)$", "+00:00", text))
        zoneless = at.tzinfo is None
        at = at.replace(tzinfo=zone) if zoneless else at
        at.astimezone(UTC)  # the years 1 and 9999 have an hour that UTC has not
    except (ValueError, OverflowError):
        raise ValueError(
            f"{where}: {clean(text, 60)} is not a time that can be read. Write it as "
            "2026-03-01 23:59, or with its zone as 2026-03-01T23:59:00+01:00."
        ) from None
    return at, zoneless


def key_of(text: str) -> str:
    """An id as it is compared."""
    return clean_id(text).casefold()


def _letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", text).casefold() if c.isalnum())


def _only_ones(pairs: Iterable[tuple[str, Student]]) -> dict[str, Student]:
    """A dictionary of those keys that stand for one student only."""
    found: dict[str, Student] = {}
    several: set[str] = set()
    for key, student in pairs:
        if found.setdefault(key, student) is not student:
            several.add(key)
    return {key: student for key, student in found.items() if key and key not in several}
