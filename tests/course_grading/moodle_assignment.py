"""An assignment on Moodle, as far as files go out and come in: what `course-grading` is given, and
whether Moodle would take what it writes.

Written from Moodle's source (https://github.com/moodle/moodle, paths as up to 5.0; since then they
stand in `public/`), without a look at what writes the files here, and no line of it is copied:

* `mod/assign/gradingtable.php`, `mod/assign/feedback/offline/locallib.php`: the grading worksheet;
* `mod/assign/feedback/offline/importgradeslib.php` and `locallib.php`
  (`process_import_grades`), `lib/csvlib.class.php`: the worksheet that comes in;
* `mod/assign/classes/downloader.php`: "Download all submissions";
* `mod/assign/feedback/file/importziplib.php`, `mod/assign/locallib.php` (`get_user_grade`):
  "Upload multiple feedback files in a zip".

The German words are those of the language pack, as they stand in worksheets that people have
published. Stricter than Moodle on purpose: a row or a file that Moodle would silently pass over is
refused here.
"""

import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime

from platform_upload import Refused, zip_files


@dataclass(frozen=True)
class Language:
    """What `get_string` and `userdate` say, and whether `strtotime` understands the latter."""

    identifier: str
    participant: str
    participant_folder: str
    full_name: str
    email: str
    status: str
    grade: str
    maximum: str
    can_be_changed: str
    yes: str
    no: str
    submitted_at: str
    graded_at: str
    comments: str
    submitted: str
    not_submitted: str
    late: str
    decimal: str
    days: tuple[str, ...]
    months: tuple[str, ...]
    date: str
    dates_are_understood: bool


ENGLISH = Language(
    identifier="Identifier",
    participant="Participant ",
    participant_folder="Participant",
    full_name="Full name",
    email="Email address",
    status="Status",
    grade="Grade",
    maximum="Maximum grade",
    can_be_changed="Grade can be changed",
    yes="Yes",
    no="No",
    submitted_at="Last modified (submission)",
    graded_at="Last modified (grade)",
    comments="Feedback comments",
    submitted="Submitted for grading",
    not_submitted="No submission",
    late="{} late",
    decimal=".",
    days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        *("January", "February", "March", "April", "May", "June", "July", "August"),
        *("September", "October", "November", "December"),
    ),
    date="{day_name}, {t.day} {month} {t.year}, {hour}:{t.minute:02} {half}",
    dates_are_understood=True,
)

GERMAN = Language(
    identifier="ID",
    participant="Teilnehmer/in",
    participant_folder="Teilnehmer/in",
    full_name="Vollständiger Name",
    email="E-Mail-Adresse",
    status="Status",
    grade="Bewertung",
    maximum="Bestwertung",
    can_be_changed="Bewertung kann geändert werden",
    yes="Ja",
    no="Nein",
    submitted_at="Zuletzt geändert (Abgabe)",
    graded_at="Zuletzt geändert (Bewertung)",
    comments="Feedback als Kommentar",
    submitted="Zur Bewertung abgegeben",
    not_submitted="Keine Abgabe",
    late="{} verspätet",
    decimal=",",
    days=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    months=(
        *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August"),
        *("September", "Oktober", "November", "Dezember"),
    ),
    date="{day_name}, {t.day}. {month} {t.year}, {t.hour:02}:{t.minute:02}",
    # PHP's strtotime reads English only: "Montag, 7. Dezember 2026" is false, so zero.
    dates_are_understood=False,
)


@dataclass(frozen=True)
class Participant:
    """`id` is the assignment's own number for somebody, not the user's."""

    id: int
    name: str
    email: str


@dataclass(frozen=True)
class Submission:
    files: dict[str, bytes]
    time: datetime


@dataclass
class Grade:
    """`value` is -1 while nobody has graded."""

    value: float
    modified: datetime


@dataclass
class Assignment:
    """Times are in UTC, and so is what the worksheet says of them.

    `passes_over_zero`: as `process_import_grades` does since the version after 5.1, where a grade
    that PHP takes for false is none.
    """

    participants: list[Participant]
    maximum: float
    due: datetime
    language: Language = ENGLISH
    blind: bool = False
    passes_over_zero: bool = False
    submissions: dict[int, Submission] = field(default_factory=dict)
    grades: dict[int, Grade] = field(default_factory=dict)
    comments: dict[int, str] = field(default_factory=dict)
    locked: set[int] = field(default_factory=set)
    files: dict[int, dict[str, bytes]] = field(default_factory=dict)

    # What goes out ---------------------------------------------------------------------------

    def _header(self) -> list[str]:
        words = self.language
        who = [words.identifier] if self.blind else [words.identifier, words.full_name, words.email]
        return [
            *who,
            words.status,
            words.grade,
            words.maximum,
            words.can_be_changed,
            words.submitted_at,
            words.graded_at,
            words.comments,
        ]

    def worksheet(self) -> bytes:
        """ "Download grading worksheet"."""
        rows = [self._header(), *(self._row(p) for p in self.participants)]
        text = "".join(",".join(_quoted(cell) for cell in row) + "\n" for row in rows)
        return text.encode("utf-8-sig")

    def _row(self, participant: Participant) -> list[str]:
        words, key = self.language, participant.id
        submission, grade = self.submissions.get(key), self.grades.get(key)
        status = words.submitted if submission else words.not_submitted
        if submission and submission.time > self.due:
            minutes = int((submission.time - self.due).total_seconds() / 60)
            status += " - " + words.late.format(f"{minutes} mins")
        graded = grade is not None and grade.value >= 0
        return [
            f"{words.participant}{key}",
            *([] if self.blind else [participant.name, participant.email]),
            status,
            self._number(grade.value) if graded else "",
            self._number(self.maximum),
            words.no if key in self.locked else words.yes,
            self._date(submission.time) if submission else "-",
            self._date(grade.modified) if grade else "-",
            self.comments.get(key, ""),
        ]

    def _number(self, number: float) -> str:
        return f"{number:.2f}".replace(".", self.language.decimal)

    def _date(self, time: datetime) -> str:
        return self.language.date.format(
            t=time,
            day_name=self.language.days[time.weekday()],
            month=self.language.months[time.month - 1],
            hour=(time.hour - 1) % 12 + 1,
            half="AM" if time.hour < 12 else "PM",
        )

    def _prefix(self, participant: Participant) -> str:
        name = self.language.participant_folder if self.blind else participant.name
        return _clean(f"{name.replace('_', ' ')}_{participant.id}")

    def submissions_zip(self, *, in_folders: bool = True) -> bytes:
        """ "Download all submissions", in folders or not."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for participant in self.participants:
                if participant.id not in self.submissions:
                    continue
                folder = f"{self._prefix(participant)}_assignsubmission_file"
                for name, content in self.submissions[participant.id].files.items():
                    between = "/" if in_folders else "_"
                    archive.writestr(f"{folder}{between}{_clean(name)}", content)
        return buffer.getvalue()

    # What comes in ---------------------------------------------------------------------------

    def import_worksheet(
        self, data: bytes, now: datetime, *, ignore_modified: bool = False
    ) -> dict[int, float]:
        """Take in a worksheet: participant to their new grade.

        `ignore_modified` is the box "Allow updating records that have been modified more recently
        in Moodle". Raises `Refused`, and then no grade has changed.
        """
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Refused(f"the upload form offers UTF-8: {error}") from error
        header, *rows = _php_csv(text)
        words = self.language
        for column in (words.identifier, words.grade, words.graded_at):
            if header.count(column) != 1:
                raise Refused(f"no column {column!r} (or two), so Moodle cannot read it: {header}")
        found: dict[int, float] = {}
        seen: set[int] = set()
        for number, cells in enumerate(rows, start=2):
            if len(cells) != len(header):
                raise Refused(f"row {number} has {len(cells)} cells, the header {len(header)}")
            row = dict(zip(header, cells, strict=True))
            key = self._participant(row[words.identifier], number)
            if key in seen:
                raise Refused(f"row {number}: participant {key} a second time")
            seen.add(key)
            if row.get(words.comments, "") != self.comments.get(key, ""):
                raise Refused(f"row {number}: the comment would be changed")
            grade = self._new_grade(key, row, number, ignore_modified)
            if grade is not None:
                found[key] = grade
        for key, grade in found.items():
            self.grades[key] = Grade(grade, now)
        return found

    def _participant(self, cell: str, number: int) -> int:
        """`substr` takes away as many letters as the word has, whatever they are."""
        rest = cell[len(self.language.participant) :]
        if not cell.startswith(self.language.participant) or not rest.isdecimal():
            raise Refused(f"row {number}: Moodle passes over the identifier {cell!r}")
        if int(rest) not in {p.id for p in self.participants}:
            raise Refused(f"row {number}: Moodle passes over {cell!r}, nobody has this number")
        return int(rest)

    def _new_grade(
        self, key: int, row: dict[str, str], number: int, ignore_modified: bool
    ) -> float | None:
        cell, old = row[self.language.grade].strip(), self.grades.get(key)
        where = f"row {number}, participant {key}"
        graded = old is not None and old.value >= 0
        if not cell:
            if graded:
                raise Refused(f"{where}: the cell is empty, and Moodle keeps {old.value}")
            return None
        digits = cell.replace(" ", "").replace(self.language.decimal, ".")
        if not re.fullmatch(r"\d+(\.\d+)?", digits):
            raise Refused(f"{where}: {cell!r} is no number in this language")
        grade = float(digits)
        if graded and f"{old.value:.2f}" == f"{grade:.2f}":
            return None
        if grade > self.maximum:
            raise Refused(f"{where}: {grade} is out of range, the most is {self.maximum}")
        if grade == 0 and self.passes_over_zero:
            raise Refused(f"{where}: Moodle passes over a 0")
        if key in self.locked:
            raise Refused(f"{where}: the grade is locked")
        if old and not ignore_modified:
            said = self._read_date(row[self.language.graded_at])
            if old.modified.timestamp() > said + 60:
                raise Refused(f"{where}: was modified since, {row[self.language.graded_at]!r}")
        return grade

    def _read_date(self, cell: str) -> float:
        """Seconds since 1970; what `strtotime` does not understand counts as 1970 itself."""
        if not self.language.dates_are_understood:
            return 0.0
        try:
            time = datetime.strptime(cell, "%A, %d %B %Y, %I:%M %p")
        except ValueError:
            return 0.0
        return time.replace(tzinfo=UTC).timestamp()

    def import_feedback(self, data: bytes) -> dict[int, dict[str, bytes]]:
        """ "Upload multiple feedback files in a zip": participant to file name to content."""
        found: dict[int, dict[str, bytes]] = {}
        for path, content in zip_files(data):
            key, name = self._owner("/".join(_clean(part) for part in path.split("/")))
            if name in found.setdefault(key, {}):
                raise Refused(f"{path!r}: a second file {name!r} for participant {key}")
            found[key][name] = content
        for key, files in found.items():
            self.files.setdefault(key, {}).update(files)
            # Files make an empty grade, as old as the submission. A worksheet from before, whose
            # date is "-", is older than that, and its row is passed over.
            submission = self.submissions.get(key)
            self.grades.setdefault(key, Grade(-1, submission.time if submission else self.due))
        return found

    def _owner(self, path: str) -> tuple[int, str]:
        *_, local = parts = path.split("/")
        if local.startswith((".", "~")):
            raise Refused(f"Moodle passes over {path!r}: it counts as hidden")
        while parts:
            first, *parts = parts
            info = first.split("_", 4)
            if len(info) < 5 or not info[1].isdecimal():
                # Since 4.1 the last underscore may be missing; here it has to be there.
                continue
            key = int(info[1])
            if key not in {p.id for p in self.participants} or info[2:4] != [
                "assignfeedback",
                "file",
            ]:
                continue
            name = "/".join([info[4], *parts]).lstrip("/")
            if not name:
                raise Refused(f"{path!r}: there is no name left for the file")
            return key, name
        raise Refused(f"Moodle passes over {path!r}: no Name_number_assignfeedback_file_ in it")


def _quoted(cell: str) -> str:
    """PHP's `fputcsv` quotes at a blank already; and what looks like a formula gets an apostrophe,
    as `core\\dataformat::escape_spreadsheet_formula` has it."""
    if cell != "-" and cell.lstrip().startswith(("=", "+", "-", "@")):
        cell = "'" + cell
    return '"' + cell.replace('"', '""') + '"' if re.search(r'[\s,"\\]', cell) else cell


def _clean(name: str) -> str:
    """`clean_param` with `PARAM_FILE`."""
    return re.sub(r"[\x00-\x1f\x7f&<>\"`|':\\/]", "", name)


def _php_csv(text: str) -> list[list[str]]:
    """Rows as `fgetcsv` reads them: a backslash keeps a quote from ending a field.

    Where that changes what a field says, everything after it is lost, so it is refused.
    """
    text = re.sub("\r\n?", "\n", text).strip()
    cell = re.compile(r'(?:"((?:[^"\\]|\\.|"")*)"|([^,\n]*))(,|\n|\Z)', re.DOTALL)
    rows: list[list[str]] = [[]]
    position = 0
    while True:
        match = cell.match(text, position)
        if not match:
            raise Refused(f"malformed CSV at {text[position : position + 40]!r}")
        quoted, plain, after = match.groups()
        if quoted is None and '"' in plain:
            raise Refused(f"a quote within {plain!r}")
        rows[-1].append(plain if quoted is None else quoted.replace('""', '"'))
        position = match.end()
        if not after:
            return [row for row in rows if row != [""]]
        if after == "\n":
            rows.append([])
