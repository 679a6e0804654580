"""The folder of results: one record for each student, and the tables made from all of them.

    RESULTS/
        grades.csv          one row for each student, for a spreadsheet
        nbgrader.csv        the same in the columns of nbgrader's export
        report.json         counts, statistics, how often each slip was said, problems
        override.csv        points that a person sets, if there are any: see `by_hand`
        feedback/KEY.html   for the student
        records/KEY.json    everything that is known about one submission
        .run.json           the run, with its secret seed
        .made.json          of which records pages and tables were made, to make them once only
        .grades.csv         grades.csv as it was written, to see whether somebody has changed it

Every file is written beside its place and then moved there, so a run may be killed at any moment:
what is there is whole, and the next run goes on. One process writes at a time.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import os
import re
import secrets
import stat
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from course_grading.results import by_hand, feedback
from course_grading.results.files import (
    UNFINISHED,
    locked,
    read_small,
    write_atomically,
    write_if_changed,
)
from course_grading.results.late_policy import LatePolicy
from course_grading.results.record import (
    Found,
    PartMark,
    QuestionMark,
    Record,
    RunInfo,
    WrittenAnswer,
)
from course_grading.results.report import report
from course_grading.results.strict_json import structured
from course_grading.results.tables import BYTE_ORDER_MARK, grades_table, nbgrader_table

if TYPE_CHECKING:
    from filelock import BaseFileLock

_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")


class Results:
    """The folder of results of one run, held until it is closed; made by `open` or `reopen`.

    `late_policy` and the points of `override.csv` are put into each record that is saved.
    """

    def __init__(
        self, folder: Path, run: RunInfo, remarks: tuple[str, ...], lock: BaseFileLock
    ) -> None:
        self.folder, self.run, self.remarks, self._lock = folder, run, remarks, lock
        self._stored: dict[str, _Stored] = {}  # what the files of records are known to hold
        self._class = ""  # the digest of all records of the last `finish`
        self._pages, self._tables = self._made()
        self.overrides = by_hand.read_overrides(folder)
        self.late_policy: LatePolicy | None = None

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
            entry.name not in own and not entry.name.startswith(UNFINISHED)
            for entry in folder.iterdir()
        ):
            raise ValueError(
                f"{folder} is not empty, and what is in it is not a run of the grader. Give a new "
                "folder for the results."
            )
        lock = locked(folder)
        try:
            return cls._begun(folder, run, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _begun(cls, folder: Path, run: RunInfo, lock: BaseFileLock) -> Results:
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
            for left_over in place.glob(f"{UNFINISHED}*"):
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
        self._lock.release()

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
        record = self.with_people(record)
        path = self.folder / "records" / f"{record.key}.json"
        stored = self._stored.get(record.key)
        if stored is not None and stored.record == record and stored.looks == _looks(path):
            self._write_page(record, stored.digest)
            return
        text = json.dumps(record.as_json(), indent=1, allow_nan=False) + "\n"
        digest = _digest(text.encode())
        self._write_page(record, digest)
        write_if_changed(path, text)
        self._stored[record.key] = _Stored(record, digest, _looks(path))

    def with_people(self, record: Record) -> Record:
        """The record with the points that a person set, and with what lateness costs."""
        record = by_hand.applied(record, self.overrides)
        return record if self.late_policy is None else self.late_policy.applied(record)

    def last(self, key: str) -> Record | None:
        """The record with this key, whatever it is of; None if there is none that can be read."""
        if not _KEY.fullmatch(key):
            return None
        record = self._read(self.folder / "records" / f"{key}.json")
        return record if record is not None and record.key == key else None

    def forget(self, key: str) -> None:
        """Remove the record and the page of a student."""
        for path in (
            self.folder / "records" / f"{key}.json",
            self.folder / "feedback" / f"{key}.html",
        ):
            path.unlink(missing_ok=True)
        self._stored.pop(key, None)
        self._pages.pop(key, None)

    def _write_page(self, record: Record, digest: str) -> None:
        """Its page, which takes far longer than all else, unless it is there as it was made."""
        path = self.folder / "feedback" / f"{record.key}.html"
        if self._pages.get(record.key) == [digest, _looks(path)]:
            return
        write_if_changed(path, feedback.page(record, self.run.title))
        self._pages[record.key] = [digest, _looks(path)]

    def make_tables(self, made_of: str, names: Sequence[str], make: Callable[[], object]) -> None:
        """Call `make`, which writes these files of the folder, unless they are as they were when it
        was last called for the same records.

        Args:
            made_of: what they depend on, besides the records of the last `finish` and the way in
                which this package makes tables.
        """
        paths = [self.folder / name for name in names]
        digest = _digest(f"{self._class} {made_of}".encode())
        if self._tables.get(names[0]) != [digest, *map(_looks, paths)]:
            make()
            self._tables[names[0]] = [digest, *map(_looks, paths)]
            self._keep_made()

    def _made(self) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
        """Of which record each page was made, and of what the tables; and what the files then
        looked like. Nothing if another version has made them."""
        try:
            content = json.loads(read_small(self.folder / ".made.json"))
            pages, tables = content["pages"], content["tables"]
            if content["by"] == _maker(self.run.title) and type(pages) is type(tables) is dict:
                return pages, tables
        except (OSError, ValueError, RecursionError, TypeError, KeyError):
            pass
        return {}, {}

    def _keep_made(self) -> None:
        content = {"by": _maker(self.run.title), "pages": dict(self._pages), "tables": self._tables}
        write_if_changed(self.folder / ".made.json", json.dumps(content) + "\n")

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

    def has(self, key: str) -> bool:
        """Whether there is a record under this key, whatever is in it."""
        return (self.folder / "records" / f"{key}.json").exists()

    def _read(self, path: Path) -> Record | None:
        try:
            looks = _looks(path)
            stored = self._stored.get(path.stem)
            if looks and stored is not None and stored.looks == looks:
                return stored.record  # which is far quicker
            content = read_small(path)
            data = json.loads(content)
            record = Record.from_json(data)
            if record.assignment != self.run.assignment:
                return None
            if _is_complete(data):  # else it is of an earlier version, and is written anew
                self._stored[path.stem] = _Stored(record, _digest(content), looks)
            return record
        except (OSError, ValueError, RecursionError):
            return None

    def records(self, besides: Collection[str] = ()) -> list[Record]:
        """All records of the folder, by key, but for those with the keys `besides`.

        Raises ValueError if one cannot be read: a table without it would lack a student.
        """
        found = {
            path: self._read(path)
            for path in sorted((self.folder / "records").glob("*.json"))
            if path.stem not in besides
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
        ordered = [self._stored[record.key].record for record in ordered]
        made = "\n".join(self._stored[record.key].digest for record in ordered)
        self._class = _digest(made.encode())
        names = ("grades.csv", ".grades.csv", "nbgrader.csv", "report.json")
        self.make_tables(repr(found), names, lambda: self._write_tables(ordered, found))
        self._keep_made()

    def _write_tables(self, ordered: Sequence[Record], found: Found) -> None:
        grades = BYTE_ORDER_MARK + grades_table(ordered)
        edited = by_hand.keep_edits(self.folder, grades)
        self.remarks += tuple(edited)
        found = dataclasses.replace(found, problems=(*found.problems, *edited))
        write_if_changed(self.folder / "grades.csv", grades)
        by_hand.remember(self.folder, grades)
        write_if_changed(self.folder / "nbgrader.csv", nbgrader_table(ordered))
        content = json.dumps(report(ordered, self.run, found), indent=1, allow_nan=False)
        write_if_changed(self.folder / "report.json", content + "\n")

    def _last_found(self) -> Found:
        try:
            last = json.loads(read_small(self.folder / "report.json"))["found"]
            return structured(last, Found)
        except (OSError, ValueError, TypeError, KeyError):
            return Found()  # there is no report yet


@dataclass(frozen=True)
class _Stored:
    """A record, the digest of the file that holds it, and what that file looks like."""

    record: Record
    digest: str
    looks: list[int]


def _is_complete(data: dict[str, Any]) -> bool:
    """Whether what a record was read from has all that a record has today."""
    questions = data["questions"]
    parts = [part for question in questions for part in question["parts"]]
    several = ((Record, [data]), (QuestionMark, questions), (PartMark, parts))
    return all(
        {len(dataclasses.fields(kind))}.issuperset(map(len, entries))
        for kind, entries in (*several, (WrittenAnswer, data["written"]))
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _looks(path: Path) -> list[int]:
    """Size and time of a plain file, of which a change alters one; [] if there is none."""
    try:
        about = os.lstat(path)
    except OSError:
        return []
    return [about.st_size, about.st_mtime_ns] if stat.S_ISREG(about.st_mode) else []


@cache
def _maker(title: str) -> str:
    """Changes when pages and tables are made in another way: by the files of this package, with a
    title."""
    digest = hashlib.sha256(f"{title}\n{importlib.metadata.version('jinja2')}".encode())
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in (".py", ".html", ".css"):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _read_run(folder: Path) -> RunInfo:
    try:
        run = structured(json.loads(read_small(folder / ".run.json")), RunInfo)
        if run.seed is not None:
            return run
    except (OSError, ValueError, RecursionError):
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
