"""The students of a course, from a CSV file: id, name, and when each handed in."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from pathlib import Path

MAX_ID = 100  # characters
MAX_FILE = 10_000_000  # bytes

# What each column may be called; spaces, "_", "-" and capitals do not matter. The first that is
# there is taken: in Canvas's gradebook ID is the number that its file names have.
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
    ),
    "name": ("name", "full name", "student", "student name"),
    "first_name": ("first name", "given name"),
    "last_name": ("last name", "surname", "family name"),
    "email": ("email", "e mail", "email address"),
    "submitted_at": ("submitted at", "submitted", "submission time", "timestamp"),
}


@dataclass(frozen=True)
class Student:
    """One row of the roster; `submitted_at` has a time zone."""

    id: str
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    submitted_at: datetime | None = None


@dataclass(frozen=True)
class Roster:
    """The students in the order of the file; `notes` say what was assumed."""

    students: tuple[Student, ...]
    notes: tuple[str, ...] = ()

    def find(self, student: str) -> Student | None:
        """The student with this id, or else with this id but for capitals, or this email."""
        by_id, by_key, by_email = self._tables
        key = _key(student)
        return by_id.get(clean_id(student)) or by_key.get(key) or by_email.get(key)

    def named(self, name: str) -> Student | None:
        """The only student with this name, whatever the order of its parts and its punctuation."""
        return self._names.get(_letters(name)) if _letters(name) else None

    @cached_property
    def _tables(self) -> tuple[dict[str, Student], dict[str, Student], dict[str, Student]]:
        return (
            {student.id: student for student in self.students},
            _only_ones((_key(student.id), student) for student in self.students),
            _only_ones((_key(student.email), student) for student in self.students),
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


def clean_id(text: str) -> str:
    """The id, cleaned; a long one ends in a digest, so that two long ones stay two."""
    whole = clean(text, len(text) * 4 + 1)
    if len(whole) <= MAX_ID:
        return whole or "unnamed"
    digest = hashlib.sha256(whole.encode()).hexdigest()[:12]
    return f"{whole[: MAX_ID - 13]}~{digest}"


def read_roster(path: str | Path, due: datetime | None = None) -> Roster:
    """Read the students from a CSV file.

    The first row has the names of the columns: an id, and if you like a name (or first and last
    name), an email, and the time of handing in. Commas, semicolons or tabs; UTF-8.

    Args:
        due: when the assignment was due; a time without a zone is in the zone of this, or in UTC.

    Raises:
        ValueError: what is wrong, with the file and the line.
    """
    path = Path(path)
    text = _text(path)
    lines = text.splitlines()
    header = next((line for line in lines if line.strip()), "")
    if not header:
        raise ValueError(f"{path.name} is empty. Its first line should be: id,name,submitted at.")
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    zone = due.tzinfo if due is not None and due.tzinfo is not None else UTC
    columns: dict[str, int] | None = None
    width = 0
    students: list[Student] = []
    lines_of: dict[str, int] = {}
    without_zone = 0
    try:
        for row in reader:
            where = f"{path.name}, line {reader.line_num}"
            if not any(field.strip() for field in row):
                continue
            if columns is None:
                columns, width = _columns(row, path.name), len(row)
                continue
            student, zoneless = _student(row, width, columns, zone, where)
            if student is None:
                continue
            if student.id in lines_of:
                raise ValueError(
                    f"{where}: the id {student.id} is there already, in line "
                    f"{lines_of[student.id]}. Every student needs an id of their own."
                )
            lines_of[student.id] = reader.line_num
            without_zone += zoneless
            students.append(student)
    except csv.Error as error:
        raise ValueError(f"{path.name}, line {reader.line_num}: {error}.") from None
    if not students:
        raise ValueError(f"{path.name} has a first line, but no student below it.")
    if not without_zone:
        return Roster(tuple(students))
    times = "1 time has" if without_zone == 1 else f"{without_zone} times have"
    return Roster(tuple(students), (f"{path.name}: {times} no time zone; {zone} is taken.",))


def _text(path: Path) -> str:
    if not path.is_file():
        raise ValueError(f"The roster {path} is not there, or is not a file.")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except OSError as error:
        raise ValueError(f"The roster {path} cannot be opened: {error.strerror}.") from None
    if len(content) > MAX_FILE:
        raise ValueError(f"{path.name} is larger than 10 MB. Is it the roster?")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path.name}, line {line}: not UTF-8. Save the file as “CSV UTF-8”."
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ValueError(f"{path.name}, line {line}: a NUL character. Is it a CSV file?")
    return text


def _columns(header: list[str], file: str) -> dict[str, int]:
    spelled = [re.sub(r"[\s_-]+", " ", clean(field, 200)).casefold() for field in header]
    columns = {
        column: spelled.index(name)
        for column, names in HEADERS.items()
        for name in reversed([name for name in names if name in spelled])
    }
    if "id" not in columns:
        shown = ", ".join(clean(field, 30) for field in header[:10])
        raise ValueError(
            f"{file} has no column of ids. Its first line has: {shown}. One of them should be "
            "called id, Student ID or SIS User ID."
        )
    return columns


def _student(
    row: list[str], width: int, columns: Mapping[str, int], zone: tzinfo, where: str
) -> tuple[Student | None, bool]:
    """The student of this row, and whether the time had no zone."""
    if any(field.strip() for field in row[width:]):
        raise ValueError(
            f"{where}: {len(row)} fields, but the first line has {width}. A name with a comma in "
            'it needs quotes: "Ames, Alice".'
        )
    field = {
        column: clean(row[i], 200) if i < len(row) else ""
        for column, i in columns.items()
        if column != "id"
    }
    number = row[columns["id"]].strip() if columns["id"] < len(row) else ""
    number = re.sub(r"^Participant (?=\d+$)", "", number)  # so in Moodle's grading worksheet
    name = field.get("name") or f"{field.get('first_name', '')} {field.get('last_name', '')}"
    name = name.strip()
    if not clean(number, 10):
        if name == "Points Possible":  # the second row of Canvas's gradebook
            return None, False
        raise ValueError(f"{where}: there is no id.")
    at, zoneless = _time(field.get("submitted_at", ""), zone, where)
    student = Student(
        id=clean_id(number),
        name=name,
        first_name=field.get("first_name", ""),
        last_name=field.get("last_name", ""),
        email=field.get("email", ""),
        submitted_at=at,
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


def _key(text: str) -> str:
    return clean(text, 300).casefold()


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
