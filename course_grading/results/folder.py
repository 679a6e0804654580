"""The folder of results: one record for each student, and the tables made from all of them.

    RESULTS/
        grades.csv          one row for each student, for a spreadsheet
        nbgrader.csv        the same in the columns of nbgrader's export
        report.json         counts, statistics, how often each slip was said, problems
        feedback/KEY.html   for the student
        records/KEY.json    everything that is known about one submission
        .run.json           the run, with its secret seed

Every file is written beside its place and then moved there, so a run may be killed at any moment:
what is there is whole, and the next run goes on. One process writes at a time.

Canvas takes grades only in the gradebook file that it hands out itself (Student, ID, SIS User ID,
SIS Login ID, Section, one column "Title (id)" for each assignment): export it there and copy the
column `total` into it, by student id. Moodle's grade import asks which column of a CSV file is
what, so `grades.csv` should do there; this has not been tried with a Moodle server.
"""

from __future__ import annotations

import csv
import dataclasses
import fcntl
import io
import json
import math
import os
import re
import secrets
import stat
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from course_grading.results import feedback
from course_grading.results.feedback import in_points, visible
from course_grading.results.record import Record, Status

_TEMPORARY = ".course-grading-"  # begins the name of a file that is being written
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
_LARGEST_RECORD = 50_000_000  # bytes

# ---------------------------------------------------------------------- files


def write_atomically(path: Path | str, text: str, mode: int = 0o600) -> None:
    """Write a text file as UTF-8 so that there is the old or the new one, never half of one.

    It is the owner's alone unless `mode` says otherwise: grades are nobody else's business.

    Raises OSError if `path` is a symbolic link, which could lead anywhere, or is no plain file.
    """
    path = Path(path)
    if path.is_symlink():
        raise OSError(f"{path} is a symbolic link; results are not written through one.")
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is not a plain file, so it is not overwritten.")
    content = text.encode()
    descriptor, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # so that the new name outlives a power cut too
    finally:
        os.close(folder)


def _write_if_changed(path: Path, text: str) -> None:
    try:
        if not path.is_symlink() and path.read_bytes() == text.encode():
            return
    except OSError:
        pass  # it is not there yet
    write_atomically(path, text)


def read_small(path: Path, most: int = _LARGEST_RECORD) -> bytes:
    """The bytes of a plain file. Raises OSError if it is a link, a pipe or too large."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_size > most:
            raise OSError(f"{path} is no plain file of at most {most} bytes.")
        return file.read()


# ---------------------------------------------------------------------- cells

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


BYTE_ORDER_MARK = "\ufeff"  # tells Excel that a CSV file is UTF-8; csv readers: "utf-8-sig"

# ---------------------------------------------------------------------- the run


@dataclass(frozen=True)
class RunInfo:
    """What a run is.

    Args:
        assignment, title: "hw2", "The chain rule".
        rubric: a digest of questions, parts and points.
        sandbox: how submissions were run, such as "root" or "user namespace"; "none" for
            --unsafe-no-sandbox.
        versions: of Python, NumPy and the course: what numbers and limits may depend on.
        seed: of the hidden numbers; None for that of the run that is continued, or else a new one.
            It is kept in RESULTS/.run.json only, which nobody else can read.
    """

    assignment: str
    title: str
    rubric: str
    sandbox: str
    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = field(default=None, repr=False)

    @property
    def sandboxed(self) -> bool:
        return self.sandbox != "none"


@dataclass(frozen=True)
class Found:
    """What was found in the folder of submissions, in sentences for the instructor.

    Args:
        problems: what went wrong and where.
        duplicates: who handed in more than once, and which one counts.
        unknown: submissions of nobody in the roster.
    """

    problems: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Results:
    """The folder of results of one run, held until it is closed; made by `open` or `reopen`."""

    def __init__(self, folder: Path, run: RunInfo, remarks: tuple[str, ...], lock: int) -> None:
        self.folder, self.run, self.remarks, self._lock = folder, run, remarks, lock

    @classmethod
    def open(cls, folder: Path | str, run: RunInfo) -> Results:
        """Begin a run, or go on with the one that was stopped in this folder.

        The `run` of what is returned has the seed that is in force.

        Raises ValueError if the folder holds something else, another assignment, or grades by
        another rubric or seed; RuntimeError if another run is writing there.
        """
        folder = Path(folder)
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"{folder} is a file; a folder for the results is needed.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        own = (".run.json", ".lock")
        if not (folder / ".run.json").exists() and any(
            entry.name not in own and not entry.name.startswith(_TEMPORARY)
            for entry in folder.iterdir()
        ):
            raise ValueError(
                f"{folder} is not empty, and what is in it is not a run of the grader. Give a new "
                "folder for the results."
            )
        lock = _locked(folder)
        try:
            return cls._begun(folder, run, lock)
        except BaseException:
            os.close(lock)
            raise

    @classmethod
    def _begun(cls, folder: Path, run: RunInfo, lock: int) -> Results:
        remarks: tuple[str, ...] = ()
        if (folder / ".run.json").exists():
            earlier = _read_run(folder)
            _must_agree(folder, earlier, run)
            if dict(earlier.versions) != dict(run.versions):
                remarks = (
                    "Some of the submissions may have been graded with other versions: the run "
                    f"began with {_versions(earlier)} and went on with {_versions(run)}.",
                )
            run = dataclasses.replace(run, seed=earlier.seed)
        else:
            seed = secrets.randbits(128) if run.seed is None else run.seed
            run = dataclasses.replace(run, seed=seed)
            content = {**dataclasses.asdict(run), "versions": dict(run.versions)}
            write_atomically(folder / ".run.json", json.dumps(content, indent=1) + "\n")
        for name in ("records", "feedback"):
            below = folder / name
            below.mkdir(mode=0o700, exist_ok=True)
            if below.is_symlink():
                raise ValueError(f"{below} is a symbolic link; results are not written there.")
        for place in (folder, folder / "records", folder / "feedback"):
            for left_over in place.glob(f"{_TEMPORARY}*"):
                left_over.unlink()  # of a run that was killed
        return cls(folder, run, remarks, lock)

    @classmethod
    def reopen(cls, folder: Path | str) -> Results:
        """The run that is in a folder, to read its records and write its tables once more.

        Raises ValueError if there is none.
        """
        folder = Path(folder)
        if not (folder / ".run.json").is_file():
            raise ValueError(f"{folder} holds no results of the grader: there is no .run.json.")
        return cls.open(folder, _read_run(folder))

    def close(self) -> None:
        """Let others write here."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Results:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # ------------------------------------------------------------------ records

    def save(self, record: Record) -> None:
        """Keep what is known about one submission; the feedback page comes first, so where there
        is a record there is a page.

        Raises ValueError if the key is not fit to name a file.
        """
        _must_name_a_file(record)
        self._write_page(record)
        path = self.folder / "records" / f"{record.key}.json"
        _write_if_changed(path, json.dumps(record.as_json(), indent=1, allow_nan=False) + "\n")

    def _write_page(self, record: Record) -> None:
        path = self.folder / "feedback" / f"{record.key}.html"
        _write_if_changed(path, feedback.page(record, self.run.title))

    def find(self, key: str, digest: str) -> Record | None:
        """The record of a submission that was graded before a stop.

        None if there is none, if it cannot be read, if it is of another file (`digest`), or if it
        was made without a sandbox and this run has one: then it is graded anew.
        """
        if not _KEY.fullmatch(key):
            return None
        record = self._read(self.folder / "records" / f"{key}.json")
        if record is None or record.key != key or record.digest != digest:
            return None
        return record if record.sandboxed or not self.run.sandboxed else None

    def _read(self, path: Path) -> Record | None:
        try:
            record = Record.from_json(json.loads(read_small(path)))
            return record if _whole(record, self.run.assignment) else None
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None

    def records(self) -> list[Record]:
        """All records of the folder, by key.

        Raises ValueError if one cannot be read: a table without it would lack a student.
        """
        found = {
            path: self._read(path) for path in sorted((self.folder / "records").glob("*.json"))
        }
        damaged = [path.name for path, record in found.items() if record is None]
        if damaged:
            raise ValueError(
                f"{', '.join(damaged)} in {self.folder / 'records'} cannot be read. Grade once "
                "more into the same folder: what is whole is kept, the rest is made anew."
            )
        return [record for record in found.values() if record is not None]

    # ------------------------------------------------------------------ tables

    def finish(self, records: Sequence[Record], found: Found | None = None) -> None:
        """Write all tables and pages from all records, the missing students' included.

        Args:
            found: what the report says about the folder of submissions; None for what it said at
                the last time, when only marks of written answers have come in.

        Raises ValueError, before anything is written, if two records have the same key.
        """
        twice = [key for key, times in Counter(r.key for r in records).items() if times > 1]
        if twice:
            raise ValueError(f"two students have the same key, {', '.join(sorted(twice))}.")
        found = self._last_found() if found is None else found
        found = dataclasses.replace(
            found, problems=tuple(dict.fromkeys((*found.problems, *self.remarks)))
        )
        ordered = sorted(records, key=lambda record: (record.student, record.key))
        for record in ordered:
            self.save(record)
        _write_if_changed(self.folder / "grades.csv", BYTE_ORDER_MARK + grades_table(ordered))
        _write_if_changed(self.folder / "nbgrader.csv", nbgrader_table(ordered))
        content = json.dumps(report(ordered, self.run, found), indent=1, allow_nan=False)
        _write_if_changed(self.folder / "report.json", content + "\n")

    def _last_found(self) -> Found:
        try:
            last = json.loads(read_small(self.folder / "report.json"))["found"]
            return Found(**{name: tuple(sentences) for name, sentences in last.items()})
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return Found()  # there is no report yet


def _locked(folder: Path) -> int:
    """A descriptor that holds the folder; the system lets go when this process ends."""
    lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise RuntimeError(
            f"another run is writing to {folder}. Wait for it, or give another folder."
        ) from None
    return lock


def _read_run(folder: Path) -> RunInfo:
    try:
        run = RunInfo(**json.loads(read_small(folder / ".run.json")))
        if isinstance(run.seed, int) and isinstance(run.versions, dict):
            return run
    except (OSError, ValueError, TypeError):
        pass
    raise ValueError(
        f"{folder / '.run.json'} cannot be read, so this run cannot be continued. Give a new "
        "folder for the results."
    )


def _must_agree(folder: Path, earlier: RunInfo, run: RunInfo) -> None:
    if earlier.assignment != run.assignment:
        raise ValueError(
            f"{folder} holds the results of {earlier.assignment}; this run is for "
            f"{run.assignment}. Give each assignment a folder of its own."
        )
    if earlier.rubric != run.rubric:
        raise ValueError(
            f"{folder} was graded by another version of the questions of {run.assignment}, and a "
            "class is graded by one. Give a new folder for the results."
        )
    if run.seed is not None and run.seed != earlier.seed:
        raise ValueError(
            f"{folder} was graded with another seed, and a class gets the same numbers. Leave the "
            "seed out, or give a new folder for the results."
        )


def _versions(run: RunInfo) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(run.versions.items()))


def _must_name_a_file(record: Record) -> None:
    if not _KEY.fullmatch(record.key):
        raise ValueError(
            f"the key {record.key!r} of a record is not fit to name a file: letters, digits, "
            '"-", "_" and "." (not first) are, at most 200.'
        )


def _whole(record: Record, assignment: str) -> bool:
    """Whether what was read is a record of this assignment with everything that tables need."""
    parts = [part for question in record.questions for part in question.parts]
    numbers = [number for entry in parts for number in (entry.points, entry.out_of)]
    numbers += [record.max_points, *(answer.out_of for answer in record.written)]
    numbers += [answer.points for answer in record.written if answer.points is not None]
    numbers += [] if record.seconds_late is None else [record.seconds_late]
    return (
        record.assignment == assignment
        and isinstance(record.student, str)
        and all(isinstance(number, (int, float)) and math.isfinite(number) for number in numbers)
    )


# ---------------------------------------------------------------------- what is in the tables


def points_so_far(record: Record) -> float:
    """What the grader and, up to now, a person gave."""
    return record.automatic_points + sum(answer.points or 0.0 for answer in record.written)


def _rounded(number: float) -> float:
    return float(in_points(number))


def _hours(seconds: float) -> float:
    """Rounded up to hundredths, so that nobody who is late reads 0."""
    return max(math.ceil(seconds / 36), 0) / 100


def _of_questions(record: Record) -> dict[int, float | None]:
    points: dict[int, float | None] = {entry.number: entry.points for entry in record.questions}
    for answer in record.written:
        points[answer.number] = None if answer.open else answer.points or 0.0
    return points


def grades_table(records: Sequence[Record]) -> str:
    """One row for each record.

    `q1` … have the points of the questions, empty for a written answer until somebody has marked
    it. `total` is empty as long as one is to be marked, so that no unfinished grade is imported by
    mistake; `total_so_far` has what there is. `hours_late` is empty if not known, 0 if in time.
    """
    numbers = sorted({number for record in records for number in _of_questions(record)})
    header = ["student_id", "name", "assignment", "status", "reason"]
    header += [f"q{number}" for number in numbers]
    header += ["automatic", "automatic_max", "written", "written_max", "to_mark"]
    header += ["total_so_far", "total", "max", "hours_late", "notes", "source"]
    return table(header, [_grades_row(record, numbers) for record in records])


def _grades_row(record: Record, numbers: Sequence[int]) -> list[str | float | None]:
    to_mark = sum(answer.open for answer in record.written)
    by_number = _of_questions(record)
    points = [by_number.get(number) for number in numbers]
    so_far, late = points_so_far(record), record.seconds_late
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
        *(None if number is None else _rounded(number) for number in (*points, *sums)),
        to_mark,
        _rounded(so_far),
        None if to_mark else _rounded(so_far),
        _rounded(record.max_points),
        None if late is None else _hours(late),
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
    Points are those so far; there is no penalty for lateness, which is the instructor's to take.
    The name is not taken apart unless it is written "Last, First".
    """
    rows: list[Sequence[str | float | None]] = []
    for record in records:
        last, _, first = (part.strip() for part in record.name.partition(","))
        score = _rounded(points_so_far(record))
        about = (record.assignment, "", _timestamp(record.submitted_at), record.student)
        rows.append([*about, last, first, "", score, 0.0, score, _rounded(record.max_points)])
    return table(NBGRADER_COLUMNS, rows)


def _timestamp(submitted_at: str) -> str:
    try:
        time = datetime.fromisoformat(submitted_at)
        if time.tzinfo is not None:
            time = time.astimezone(UTC).replace(tzinfo=None)
        return str(time)
    except (ValueError, OverflowError):
        return submitted_at


def report(records: Sequence[Record], run: RunInfo, found: Found) -> dict[str, Any]:
    """What an instructor wants to know about the class: plain data, without the seed.

    Statistics are over the submissions that could be run; the totals' over those of them in which
    nothing is to be marked.
    """
    ran = [record for record in records if record.status in (Status.GRADED, Status.PARTLY_GRADED)]
    finished = [record for record in ran if record.written_points is not None]
    by_status = {
        status: [record for record in records if record.status == status] for status in Status
    }
    unsafe = [r.student for r in records if r.status != Status.MISSING and not r.sandboxed]
    return {
        "run": {
            "assignment": run.assignment,
            "title": run.title,
            "rubric": run.rubric,
            "versions": dict(run.versions),
            "sandbox": run.sandbox,
        },
        "sandboxed": run.sandboxed and not unsafe,
        "without_sandbox": unsafe,
        "students": len(records),
        "by_status": {status: len(those) for status, those in by_status.items()},
        "missing": [record.student for record in by_status[Status.MISSING]],
        "could_not_be_run": _reasons(by_status[Status.COULD_NOT_BE_RUN]),
        "partly_graded": _reasons(by_status[Status.PARTLY_GRADED]),
        "late": [
            {"student": record.student, "hours": _hours(record.seconds_late)}
            for record in records
            if record.seconds_late is not None and record.seconds_late > 0
        ],
        "points": {
            "automatic": _summary([record.automatic_points for record in ran]),
            "total": _summary([points_so_far(record) for record in finished]),
        },
        "questions": _about_questions(ran),
        "written": _about_written(ran),
        "notes": [
            {"student": record.student, "notes": list(record.said)}
            for record in records
            if record.said
        ],
        "found": dataclasses.asdict(found),
    }


def _reasons(records: Sequence[Record]) -> list[dict[str, str]]:
    return [{"student": record.student, "reason": record.reason} for record in records]


def _about_questions(records: Sequence[Record]) -> list[dict[str, Any]]:
    marks = [mark for record in records for mark in record.questions]
    about = []
    for number in sorted({mark.number for mark in marks}):
        of_this = [mark for mark in marks if mark.number == number]
        parts = []
        for i, part in enumerate(of_this[0].parts):
            same = [mark.parts[i] for mark in of_this if i < len(mark.parts)]
            said = Counter(sentence for other in same for sentence in dict.fromkeys(other.said))
            parts.append(
                {
                    "words": part.words,
                    "out_of": _rounded(part.out_of),
                    "points": _summary([other.points for other in same]),
                    "said": [
                        {"words": words, "students": times} for words, times in said.most_common()
                    ],
                }
            )
        about.append(
            {
                "number": number,
                "title": of_this[0].title,
                "out_of": _rounded(of_this[0].out_of),
                "points": _summary([mark.points for mark in of_this]),
                "parts": parts,
            }
        )
    return about


def _about_written(records: Sequence[Record]) -> list[dict[str, Any]]:
    answers = [answer for record in records for answer in record.written]
    about = []
    for grade_id in dict.fromkeys(answer.grade_id for answer in answers):
        of_this = [answer for answer in answers if answer.grade_id == grade_id]
        marked = [answer.points for answer in of_this if answer.points is not None]
        to_mark = sum(answer.open for answer in of_this)
        about.append(
            {
                "number": of_this[0].number,
                "grade_id": grade_id,
                "title": of_this[0].title,
                "out_of": _rounded(of_this[0].out_of),
                "marked": len(marked),
                "to_mark": to_mark,
                "not_answered": len(of_this) - len(marked) - to_mark,
                "points": _summary(marked),
            }
        )
    return about


def _summary(numbers: Sequence[float]) -> dict[str, float | int | None]:
    """Quartiles as in a spreadsheet's QUARTILE.INC; None where there is no number."""
    if not numbers:
        names = ("lowest", "lower_quartile", "median", "mean", "upper_quartile", "highest")
        return {"students": 0, **dict.fromkeys(names)}
    lower, median, upper = numbers[0], numbers[0], numbers[0]
    if len(numbers) > 1:
        lower, median, upper = statistics.quantiles(numbers, n=4, method="inclusive")
    return {
        "students": len(numbers),
        "lowest": _rounded(min(numbers)),
        "lower_quartile": _rounded(lower),
        "median": _rounded(median),
        "mean": _rounded(statistics.fmean(numbers)),
        "upper_quartile": _rounded(upper),
        "highest": _rounded(max(numbers)),
    }
