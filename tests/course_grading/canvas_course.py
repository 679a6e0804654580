"""A course on Canvas, as far as files go out and come in: what `course-grading` is given, and
whether Canvas would take what it writes.

Written from Canvas's source (https://github.com/instructure/canvas-lms), without a look at what
writes the files here, and no line of it is copied:

* `lib/gradebook_exporter.rb`, `lib/csv_with_i18n.rb`: the gradebook that goes out;
* `lib/gradebook_importer.rb`: the one that comes in;
* `lib/content_zipper.rb`: "Download Submissions", and how its files are called;
* `app/models/abstract_assignment.rb` (`generate_comments_from_files`,
  `infer_comment_context_from_filename`) and `lib/zip_extractor.rb`: "Upload Submissions".

Stricter than Canvas on purpose: what Canvas would silently pass over, or take for something that
nobody meant (a new assignment, a new student, a grade that is taken away), is refused here.
"""

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass, field

from platform_upload import Refused, zip_files


@dataclass(frozen=True)
class Student:
    """`name` as Canvas sorts it: "Family, Given"."""

    id: int
    name: str
    login: str
    section: str = "Lecture"

    @property
    def sis_id(self) -> str:
        return f"S{self.id:06}"


@dataclass(frozen=True)
class Attachment:
    id: int
    name: str
    content: bytes


@dataclass
class Submission:
    attachments: list[Attachment]
    late: bool = False
    text: str | None = None


@dataclass
class Assignment:
    id: int
    title: str
    points: float
    manual_posting: bool = False
    grades: dict[int, float | str] = field(default_factory=dict)
    submissions: dict[int, Submission] = field(default_factory=dict)
    not_assigned: set[int] = field(default_factory=set)

    @property
    def header(self) -> str:
        return f"{self.title} ({self.id})"


#: `NON_ASSIGNMENT_COLUMN_HEADERS` of the importer, in so far as they occur here.
_TOTALS = (
    "Current Points",
    "Final Points",
    "Current Score",
    "Unposted Current Score",
    "Final Score",
    "Unposted Final Score",
)
_READ_ONLY = "(read only)"


@dataclass
class Course:
    students: list[Student]
    assignments: list[Assignment]
    separator: str = ","
    decimal: str = "."
    byte_order_mark: bool = False
    sis_ids: bool = True
    family_and_given_name: bool = False
    notes_column: bool = False

    # What goes out ---------------------------------------------------------------------------

    def _before_assignments(self) -> list[str]:
        names = ["LastName", "FirstName"] if self.family_and_given_name else ["Student"]
        sis = ["SIS User ID"] if self.sis_ids else []
        return [*names, "ID", *sis, "SIS Login ID", "Section", *(["Notes"] * self.notes_column)]

    def gradebook(self) -> bytes:
        """ "Export Entire Gradebook"."""
        before = self._before_assignments()
        rows = [[*before, *(a.header for a in self.assignments), *_TOTALS]]
        if any(a.manual_posting for a in self.assignments):
            posting = ["Manual Posting" if a.manual_posting else "" for a in self.assignments]
            rows.append([*[""] * len(before), *posting, *[""] * len(_TOTALS)])
        points = [self._number(a.points) for a in self.assignments]
        blank = [""] * (len(before) - 1)
        rows.append(["    Points Possible", *blank, *points, *[_READ_ONLY] * len(_TOTALS)])
        for student in sorted(self.students, key=lambda s: s.name.casefold()):
            rows.append(self._row(student))
        text = "".join(
            self.separator.join(self._quoted(cell) for cell in row) + "\n" for row in rows
        )
        return text.encode("utf-8-sig" if self.byte_order_mark else "utf-8")

    def _row(self, student: Student) -> list[str]:
        if self.family_and_given_name:
            family, _, given = student.name.partition(", ")
            names = [_no_formula(family), _no_formula(given)]
        else:
            names = [_no_formula(student.name)]
        cells = [*names, str(student.id)]
        if self.sis_ids:
            cells.append(student.sis_id)
        cells += [student.login, student.section]
        if self.notes_column:
            cells.append("")
        for assignment in self.assignments:
            grade = assignment.grades.get(student.id, "")
            if student.id in assignment.not_assigned:
                cells.append("N/A")
            else:
                cells.append(grade if isinstance(grade, str) else self._number(grade))
        return [*cells, *[self._number(0)] * len(_TOTALS)]

    def _number(self, number: float) -> str:
        return f"{number:.2f}".replace(".", self.decimal)

    def _quoted(self, cell: str) -> str:
        if re.search(rf'^\s|[\r\n"{self.separator}]', cell):
            return '"' + cell.replace('"', '""') + '"'
        return cell

    def submissions_zip(self, assignment: Assignment) -> bytes:
        """ "Download Submissions"."""
        names = {s.id: s.name for s in self.students}
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for student, submission in assignment.submissions.items():
                prefix = _prefix(names[student], student, submission.late)
                if submission.text is not None:
                    archive.writestr(f"{prefix}_text.html", submission.text)
                for attachment in submission.attachments:
                    safe = re.sub(r'[\x00/\\:*?"<>|]+', "_", attachment.name)
                    archive.writestr(f"{prefix}_{attachment.id}_{safe}", attachment.content)
        return buffer.getvalue()

    # What comes in ---------------------------------------------------------------------------

    def import_gradebook(self, data: bytes) -> dict[tuple[int, int], float]:
        """Take in a gradebook: the grades that are new, by the ids of assignment and student.

        Raises `Refused`, and then no grade has changed.
        """
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refused(f"Canvas reads UTF-8: {error}") from error
        separator = _separator(text)
        rows = [
            row
            for row in _ruby_csv(text, separator)
            if not re.fullmatch(r"[;, ]+", separator.join(row))
        ]
        header, *body = rows
        before = self._student_columns(header)
        columns = self._assignment_columns(header, before)
        found: dict[tuple[int, int], float] = {}
        seen: set[int] = set()
        for number, row in enumerate(body, start=2):
            if len(row) != len(header):
                raise Refused(f"row {number} has {len(row)} cells, the header {len(header)}")
            if "Points Possible" in row[0]:
                self._check_points(row, columns)
            elif not all(re.fullmatch(r"(?i)\s*(Muted|Manual Posting.*)?\s*", c) for c in row):
                student = self._student(row, header, number)
                if student in seen:
                    raise Refused(f"row {number}: student {student} a second time")
                seen.add(student)
                found.update(self._changes(row, student, columns, number))
        for (assignment, student), grade in found.items():
            self._assignment(assignment).grades[student] = grade
        return found

    def _student_columns(self, header: list[str]) -> int:
        """How many columns come before the assignments; the importer counts, too."""
        simple = len(header) > 3 and "Student" in header[0] and "ID" in header[1]
        split = len(header) > 4 and header[:2] == ["LastName", "FirstName"] and "ID" in header[2]
        if not simple and not split:
            raise Refused(f"invalid header row: {header[:5]}")
        count = 4 if split else 3
        if re.search(r"SIS\s+Login\s+ID", header[count - 1]):
            count += 1
        elif re.search(r"SIS\s+User\s+ID", header[count - 1]):
            count += 2
        if "Section" not in header[count - 1]:
            raise Refused(f'"Section" is not where Canvas looks for it: {header}')
        return count

    def _assignment_columns(self, header: list[str], before: int) -> dict[int, int]:
        """Assignment to its column; any other title would become a new assignment."""
        columns: dict[int, int] = {}
        for index, title in enumerate(header[before:], start=before):
            if any(total in title for total in _TOTALS) or title == "Notes":
                continue
            match = re.fullmatch(r"(.*)\s\((\d+)\)", title, re.DOTALL)
            if not match or not any(a.header == title for a in self.assignments):
                raise Refused(f"Canvas would make a new assignment {title!r}")
            if int(match[2]) in columns:
                raise Refused(f"two columns of {title!r}: only the first would count")
            columns[int(match[2])] = index
        return columns

    def _check_points(self, row: list[str], columns: dict[int, int]) -> None:
        for assignment, index in columns.items():
            points = _decimal(row[index])
            if points != f"{self._assignment(assignment).points:.2f}":
                raise Refused(f"the points possible of {assignment} would become {row[index]!r}")

    def _student(self, row: list[str], header: list[str], number: int) -> int:
        """By its id. Names and logins are Canvas's second guess, and here none at all."""
        cell = row[header.index("ID")]
        if cell not in {str(s.id) for s in self.students}:
            raise Refused(f"row {number}: no student has the id {cell!r}")
        return int(cell)

    def _changes(
        self, row: list[str], student: int, columns: dict[int, int], number: int
    ) -> dict[tuple[int, int], float]:
        changes = {}
        for key, index in columns.items():
            assignment = self._assignment(key)
            cell = _decimal(row[index].strip())
            old = assignment.grades.get(student, "")
            old = old if isinstance(old, str) else f"{old:.2f}"
            where = f"row {number}, {assignment.title}"
            if student in assignment.not_assigned:
                if cell not in ("", "N/A"):
                    raise Refused(f"{where}: is not assigned to them, {cell!r} would be dropped")
                continue
            if cell == old or (cell in ("", "-") and not old):
                continue
            if not re.fullmatch(r"\d+(\.\d+)?", cell):
                raise Refused(f"{where}: {cell!r} in place of {old!r} is no grade")
            if f"{float(cell):.2f}" == old:
                continue
            if old == "EX":
                raise Refused(f"{where}: was excused, and would no longer be")
            if float(cell) > assignment.points:
                raise Refused(f"{where}: {cell} of {assignment.points} points")
            changes[key, student] = float(cell)
        return changes

    def import_feedback(self, assignment: Assignment, data: bytes) -> dict[int, dict[str, bytes]]:
        """ "Upload Submissions": student to the files that they find beside their submission.

        Canvas shows each under the name of the file that had been handed in.
        """
        found: dict[int, dict[str, bytes]] = {}
        extracted: set[str] = set()
        for name, content in zip_files(data):
            local = name.rsplit("/", 1)[-1]
            if local in extracted:
                raise Refused(f"two files {local!r}: they are extracted into one folder")
            extracted.add(local)
            student, attachment = self._owner(assignment, local)
            found.setdefault(student, {})
            if attachment.name in found[student]:
                raise Refused(f"{local!r}: two files to one attachment")
            found[student][attachment.name] = content
        return found

    def _owner(self, assignment: Assignment, name: str) -> tuple[int, Attachment]:
        """The first two parts that are numbers are the ids of student and attachment."""
        parts = [part for part in name.split("_") if part != "LATE"]
        numbers = [part for part in parts if re.fullmatch(r"\d+", part)][:2]
        if len(numbers) < 2 or parts[-1].startswith("link") or name.startswith("._"):
            raise Refused(f"Canvas ignores {name!r}: no ids in it")
        submission = assignment.submissions.get(int(numbers[0]))
        if submission is None:
            raise Refused(f"Canvas ignores {name!r}: {numbers[0]} has handed in nothing")
        for attachment in submission.attachments:
            if attachment.id == int(numbers[1]):
                return int(numbers[0]), attachment
        raise Refused(f"Canvas ignores {name!r}: {numbers[1]} is no attachment of theirs")

    def _assignment(self, key: int) -> Assignment:
        return next(a for a in self.assignments if a.id == key)


def _prefix(name: str, student: int, late: bool) -> str:
    """`get_filename`: small letters, and only those that belong to words, with their accents."""
    name = re.sub(r"_(\d+)_", r"\1", name).lower()
    whole = "_".join([name, *(["LATE"] if late else []), str(student)])
    return "".join(c for c in whole if re.match(r"\w", c) or unicodedata.category(c)[0] == "M")


def _no_formula(name: str) -> str:
    return f'="{name}"' if re.match(r"\s*=", name) else name


def _decimal(cell: str) -> str:
    """The importer's converter: the last comma or point of a number is its decimal point."""
    if not re.fullmatch(r"-?[0-9.,]+%?", cell):
        return cell
    *front, last = re.split("[,.]", cell)
    return f"{''.join(front)}.{last}" if front else last


def _separator(text: str) -> str:
    """Semicolons, if they divide the first three lines alike and into more than commas do."""
    counts = {}
    for separator in ";,":
        try:
            widths = {
                len(_ruby_csv(line, separator)[0]) for line in text.splitlines(True)[:3] if line
            }
        except Refused:
            widths = set()
        counts[separator] = widths.pop() if len(widths) == 1 else 0
    return ";" if counts[";"] > counts[","] else ","


def _ruby_csv(text: str, separator: str) -> list[list[str]]:
    """Rows, read as strictly as Ruby does: a quote stands around a whole field or not at all."""
    end = "\r\n" if re.match(r'(?:[^"\r\n]|"[^"]*")*\r\n', text) else "\n"
    sep, stop = re.escape(separator), re.escape(end)
    cell = re.compile(rf'(?:"((?:[^"]|"")*)"|([^"\r\n{sep}]*))({sep}|{stop}|\Z)')
    rows: list[list[str]] = [[]]
    position = 0
    while position < len(text) or rows[-1]:
        match = cell.match(text, position)
        if not match:
            raise Refused(f"malformed CSV at {text[position : position + 40]!r}")
        quoted, plain, after = match.groups()
        rows[-1].append(plain if quoted is None else quoted.replace('""', '"'))
        position = match.end()
        if after != separator:
            rows.append([])
            if position >= len(text):
                break
    return [row for row in rows if row]
