"""Grades a folder of submissions: all cores, results as they come, and nobody stops the run."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import platform
import queue
import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import course_nn
from course_exercises import homework
from course_grading.cluster.machines import Cluster, ClusterStopped
from course_grading.intake.names import platform_id, platform_name
from course_grading.intake.note import NoteKind
from course_grading.intake.notebook import Notebook, Unreadable, read
from course_grading.intake.roster import MOST_NAMED, Roster, clean
from course_grading.intake.submissions import (
    Submission,
    collect,
    file_key,
    is_nobodys,
)
from course_grading.intake.typed_key import is_key, key_notes, typed_key
from course_grading.marking import assignments, follow_through, handout, marks, one_submission
from course_grading.marking.handout import Handout
from course_grading.marking.rubric import Assignment, WrittenQuestion
from course_grading.results import attempts as several
from course_grading.results import by_hand, written
from course_grading.results.attempts import Attempts
from course_grading.results.folder import Results
from course_grading.results.late_policy import LatePolicy
from course_grading.results.record import Found, Record, RunInfo, Status, WrittenAnswer
from course_grading.results.report import other_keys, same_lines
from course_grading.sandbox import self_attack, temporary_folder
from course_grading.sandbox.any_box import AnySandbox, Place
from course_grading.sandbox.box import MOST_WORKERS, Sandbox
from course_grading.sandbox.limits import Cancelled, CannotSandbox, MachineLost, Mode, mode_here

PATIENCE = 3.0  # times the usual wall time, for who was kept waiting for a processor
TABLES_EVERY = 5.0  # seconds between two writings of the tables, or more
SHARE_OF_TABLES = 0.02  # of the time, that these writings may take
SAMPLE = 20  # notebooks that are looked into for a wrong assignment, before any is graded
STARTS = 3  # how often a sandbox that does not start is tried
HEARD_OF = 0.2  # seconds, until a run that is stopped knows of it
MOST_LOST = 3  # machines of a cluster that may be lost while a submission runs there


class Interrupted(Exception):
    """The run was stopped; what was finished is kept.  `done` of `wanted` were."""

    def __init__(self, done: int, wanted: int) -> None:
        super().__init__(f"{done} of {wanted} submissions were finished")
        self.done, self.wanted = done, wanted


@dataclass(frozen=True)
class Job:
    """A submission and the name of its files."""

    submission: Submission
    key: str


@dataclass
class Tried:
    """What has come of a submission so far, by the place of each notebook among those of the
    student: what was shown by one is never taken for another's.

    Args:
        finished: what is ready.
        outcomes: what is not, but was kept waiting, or knew hidden numbers.
    """

    finished: dict[int, Record] = field(default_factory=dict)
    outcomes: dict[int, one_submission.Outcome] = field(default_factory=dict)


Finish = Callable[[Job, Record], None]  # called with each record that is ready


@dataclass
class Run:
    """What all submissions of a run have in common."""

    assignment: Assignment
    handout: Handout
    results: Results
    attempts: Attempts = "last"
    earlier: Mapping[str, Record] = field(default_factory=dict)
    elsewhere: bool = False  # where one machine fails, there are others
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def seed(self) -> int:
        seed = self.results.run.seed
        assert seed is not None  # `Results.open` draws one
        return seed


def grade_class(
    submissions: str | Path,
    name: str,
    out: str | Path,
    *,
    roster: Roster | None = None,
    due: datetime | None = None,
    seed: int | None = None,
    workers: int | None = None,
    mode: Mode | None = None,
    cluster: Any = None,
    late_policy: LatePolicy | None = None,
    only_these: bool = False,
    attempts: Attempts = "last",
    earlier: str | Path | None = None,
    if_maximum_changed: written.Change | None = None,
    hide_names: bool | None = None,
    progress: Callable[[int, int], None] = lambda done, wanted: None,
    say: Callable[[str], None] = lambda words: None,
) -> list[Record]:
    """Grade a folder or zip of submissions into a folder of results.

    What is in the results already and is not given now stays, so late arrivals can be graded alone.

    Args:
        name: of the assignment, "hw2".
        due: lateness is counted from here.
        seed: of the hidden numbers; a secret one is drawn if none is given.
        workers: how many submissions are run at a time; one per core if not given.
        mode: of the sandbox; "none" runs submissions unprotected.
        cluster: the address of a Dask scheduler, or a `dask.distributed.Client`: submissions run
            on its workers, each of which proves a sandbox of its own. They are judged here.
        late_policy: what lateness costs, with its own `due`.
        only_these: what is in the results already and is not given now is removed.
        attempts: which counts if a student has handed in again, the "last" or the "best".
        earlier: another folder of results of this assignment: written marks are taken over where
            the text is the same, and its attempts may be the best ones.
        if_maximum_changed: what becomes of written marks whose question is worth more or less now.
        hide_names: in what the written answers are marked from; None: as it was.
        progress: called with how many are done, and of how many.
        say: called with what the instructor should know, a sentence each.

    Returns:
        One record for each submission and each student of the roster, then those that stayed.

    Raises:
        ValueError: if something that was given cannot be used.
        CannotSandbox: if a wall of the sandbox does not hold here.
        ClusterStopped: if a cluster cannot go on; the same call does.
        Interrupted: after Ctrl-C; the same call goes on from there.

    Folders that killed runs have left in the place for temporary files are removed.
    """
    assignment = assignments.load(name)
    given = handout.load(name)
    if cluster is not None and mode == "none":
        raise ValueError("on a cluster, submissions run in a sandbox only.")
    mode = mode or mode_here()
    _must_be_apart(Path(submissions), Path(out))
    best = attempts == "best"
    jobs = _jobs(collect(submissions, name, roster, given.is_untouched, several=best))
    looked_into = _some_notebooks(jobs)
    _must_be_of(name, looked_into)
    if assignment.has_keys and not (roster is not None and roster.has_keys):
        _must_need_no_keys(looked_into)
    rubric = _rubric_digest(assignment, given)
    before = _earlier_records(earlier, Path(out), assignment, if_maximum_changed)
    if before and best:
        _must_be_comparable(Path(str(earlier)), rubric)
    hidden = (Path(submissions), Path(out).parent, Path(__file__).parent)
    temporary_folder.clear_dead()
    info = RunInfo(
        assignment=name,
        title=assignment.title,
        rubric=rubric,
        sandbox=mode if cluster is None else "cluster",
        versions={
            "python": platform.python_version(),
            "numpy": np.__version__,
            "course_nn": course_nn.__version__,
        },
        seed=seed,
    )

    places: Places = ThisMachine(tuple(assignment.provides), mode, hidden, workers)
    if cluster is not None:
        places = Cluster(cluster, tuple(assignment.provides), at_most=workers)
    begins = not (Path(out) / ".run.json").exists()
    with ExitStack() as until_the_end:
        until_the_end.enter_context(closing(places))
        if begins:
            places.prove()
        results = until_the_end.enter_context(Results.open(out, info))
        results.late_policy = late_policy or (LatePolicy(due) if due is not None else None)
        run = Run(assignment, given, results, attempts, before, places.elsewhere)
        if not only_these:
            _must_be_the_same_people(results, jobs)
        kept = _kept(results, jobs, only_these, say)
        records: dict[str, Record] = {}

        def finish(job: Job, record: Record) -> None:
            records[job.key] = record
            progress(len(records), len(jobs))

        def write_tables() -> None:
            _write_tables(results, jobs, records, kept, hide_names)

        progress(0, len(jobs))
        try:
            left = _take_over(run, jobs, finish)
            if left:
                if not begins:
                    places.prove()
                places.begin()
                _grade_all(run, places, left, finish, write_tables)
        except KeyboardInterrupt:
            write_tables()
            raise Interrupted(len(records), len(jobs)) from None
        except ClusterStopped as why:
            write_tables()
            raise ClusterStopped(
                f"{why}\n{len(records)} of {len(jobs)} submissions are finished and kept. The same "
                "command goes on from there, with --cluster or without it."
            ) from None
        records |= {record.key: record for record in kept}  # written.csv has rows of them, too
        _take_in_marks(results, records)
        # Afterwards, as rows that are still empty would take these marks off again.
        records = written.carried_over(records, before, if_maximum_changed)
        records = {key: results.with_people(record) for key, record in records.items()}
        kept = [records[record.key] for record in kept]
        _write_tables(results, jobs, records, kept, hide_names)
        everybody = [*(records[job.key] for job in jobs), *kept]
        about_keys = _remarks_on_keys(run, jobs, everybody)
        for words in [*places.remarks(), *_remarks(results, everybody), *about_keys]:
            say(words)
        return everybody


def _some_notebooks(jobs: Sequence[Job]) -> list[Notebook]:
    """Some of those that can be read, spread over the class."""
    handed_in = [job.submission for job in jobs if job.submission.place is not None]
    step = max(1, len(handed_in) // SAMPLE)
    found = []
    for submission in handed_in[::step][:SAMPLE]:
        with suppress(Unreadable):
            found.append(read(submission.read()))
    return found


def _must_need_no_keys(notebooks: Sequence[Notebook]) -> None:
    """Raises ValueError if most of the notebooks have a key, but there is no roster with keys:
    with everybody's network all of these would be wrong."""
    count = sum(is_key(typed_key(notebook)) for notebook in notebooks)
    if count > 1 and 2 * count > len(notebooks):
        raise ValueError(
            f"{count} of the {len(notebooks)} notebooks that were looked into have a key, and no "
            "roster says whose it is. Give the table that `course-grading keys` wrote, as --roster "
            "or, beside a roster, as --keys. Nothing was graded."
        )


def _must_be_of(name: str, notebooks: Sequence[Notebook]) -> None:
    """Raises ValueError if most of the notebooks are of another assignment."""
    others = (handout.other_assignment(each, name, assignments.NAMES) for each in notebooks)
    of = Counter(other or name for other in others)
    most, count = of.most_common(1)[0] if of else (name, 0)
    if most != name and count > 1 and 2 * count > of.total():
        raise ValueError(
            f"these are notebooks of {most}, not of {name}: {count} of the {of.total()} that were "
            f"looked into. Was --assignment {most} meant? Nothing was graded."
        )


def _earlier_records(
    folder: str | Path | None,
    out: Path,
    assignment: Assignment,
    if_changed: written.Change | None,
) -> dict[str, Record]:
    """The records of another folder of results, by key.

    Raises ValueError if it is of another assignment, or if marks in it are of a question that is
    worth something else now and nothing was said about that.
    """
    if folder is None:
        return {}
    if Path(folder).resolve() == out.resolve():
        raise ValueError(f"{folder} is the folder of results itself; --earlier is another one.")
    with Results.reopen(folder) as results:
        if results.run.assignment != assignment.name:
            raise ValueError(
                f"{folder} holds the results of {results.run.assignment}, not of {assignment.name}."
            )
        records = {record.key: record for record in results.records()}
    worth = {
        question.grade_id: question.points
        for question in assignment.questions
        if isinstance(question, WrittenQuestion)
    }
    written.must_be_decided(records.values(), worth, if_changed)
    return records


def _must_be_comparable(folder: Path, rubric: str) -> None:
    with Results.reopen(folder) as results:
        if results.run.rubric != rubric:
            raise ValueError(
                f"{folder} was graded by another version of the questions, so its attempts cannot "
                "be compared with these. Leave out --attempts best, or grade all of them anew."
            )


def _kept(
    results: Results, jobs: Sequence[Job], only_these: bool, say: Callable[[str], None]
) -> list[Record]:
    """The records of those who are not given now; those that are not to stay are removed."""
    keys = {job.key for job in jobs}
    numbers = {platform_id(job.submission.handed_in_as) for job in jobs} - {""}
    kept = []
    for record in results.records(besides=keys):
        again = platform_id(record.handed_in_as) in numbers
        if only_these or again:
            results.forget(record.key)
            if again and not only_these:
                say(f"{record.student} is under another id now; the row of before is gone.")
        else:
            kept.append(record)
    stay = [job for job in jobs if job.submission.missing and _stays(results.last(job.key))]
    if kept or stay:
        say(
            f"{len(kept) + len(stay)} graded before are not among these submissions and stay as "
            "they are (--only-these removes them)."
        )
    return kept


def _must_be_the_same_people(results: Results, jobs: Sequence[Job]) -> None:
    """Raises ValueError if somebody would get the row of somebody else who was graded before:
    where a file is called hw1.ipynb, or where the platform's number had another name."""
    for job in jobs:
        submission, before = job.submission, results.last(job.key)
        if submission.place is None or before is None or before.status == Status.MISSING:
            continue
        if not (is_nobodys(submission) or _had_another_name(submission, before)):
            continue
        try:
            digest = hashlib.sha256(submission.read()).hexdigest()
        except Unreadable:
            continue
        if digest != before.digest:
            raise ValueError(
                f"{submission.source} would take the place of {before.source}, graded before as "
                f"{before.student}, and its name does not say that it is the same student's. Call "
                "it after the student, such as alice.ipynb. Nothing was graded."
            )


def _had_another_name(submission: Submission, before: Record) -> bool:
    one, other = map(platform_name, (submission.handed_in_as, before.handed_in_as))
    return submission.on_roster is None and bool(one and other) and one != other


def _stays(record: Record | None) -> bool:
    """Whether it is of somebody who had handed in."""
    return record is not None and record.status != Status.MISSING


def _remarks(results: Results, records: Sequence[Record]) -> list[str]:
    """What the instructor should hear at the end."""
    found = list(results.remarks)
    found += by_hand.problems(records, results.overrides)
    if unsettled := [record.student for record in records if several.UNSETTLED in record.notes]:
        found.append(f"{_few(unsettled)}: {several.UNSETTLED}")
    policy = results.late_policy
    if policy is not None:
        handed_in = [record for record in records if record.status != Status.MISSING]
        unknown = [
            record
            for record in handed_in
            if record.seconds_late is None and record.marked_late is None
        ]
        by_unknown = [r.student for r in handed_in if r.late and r.seconds_late is None]
        if unknown:
            found.append(
                f"Whether {len(unknown)} of {len(handed_in)} are late cannot be known: there is no "
                "time for them in a roster (column submitted at)."
            )
        if by_unknown:
            found.append(
                f"Late, as Canvas says, but not by how much, so nothing is taken off: "
                f"{', '.join(by_unknown)}. A roster with the column submitted at would say it."
            )
        if nobodys := policy.nobodys(records):
            found.append(f"There are extensions for {', '.join(nobodys)}, who are not among these.")
    return found


def _remarks_on_keys(run: Run, jobs: Sequence[Job], records: Sequence[Record]) -> Iterator[str]:
    """Whose notebook has another key than the roster, and whose lines are those of somebody else's
    network."""
    if not run.assignment.has_keys:
        return
    others = other_keys(records)
    named = [f"{clean(each['student'], 40)} ({_whose(each)})" for each in others if each["key"]]
    if named:
        yield (
            f"{_few(named)}: the notebook has another key than the roster, and was graded with "
            "the roster's. See other_keys in report.json."
        )
    without = [clean(each["student"], 40) for each in others if not each["key"]]
    if without:
        yield (
            f"{_few(without)}: the notebook has a key and the roster has none for it, so it was "
            "graded with the network that everybody has without a key: a key that students could "
            "choose would be that of whoever is ready first."
        )
    now = {job.key: _homework_key(run, job) for job in jobs if job.submission.missing}
    stayed = [
        clean(record.student, 40)
        for record in records
        if record.status != Status.MISSING
        and now.get(record.key, record.homework_key) != record.homework_key
    ]
    if stayed:
        yield (
            f"{_few(stayed)}: graded before with another key than the roster has now. Give what "
            "was handed in once more, and it is graded anew."
        )
    for each in same_lines(records):
        yield (
            f"{_few(each['students'])} have the same lines in question {each['question']}, though "
            "each has a network of their own. See same_lines in report.json."
        )


def _whose(found: Mapping[str, Any]) -> str:
    """Which key was typed, in words."""
    if not found["typed"]:
        return "none"
    whose = f", the key of {_few(found['of'])}" if found["of"] else ""
    return f"{found['typed']}{whose}"


def _few(names: Sequence[str]) -> str:
    """Some of the names, where there are many."""
    names = [clean(name, 80) for name in names]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _must_be_apart(submissions: Path, out: Path) -> None:
    """Results among the submissions would be taken for a student's by the next run."""
    inner, outer = out.resolve(), submissions.resolve()
    if inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise ValueError(f"{out} and {submissions} must be two folders, neither inside the other.")


def _take_in_marks(results: Results, records: dict[str, Record]) -> None:
    """What a person has filled in already, for those that were graded anew with the same text."""
    marks = results.folder / "written.csv"
    if marks.is_file():
        try:
            taken_in = written.take_in(marks, list(records.values()))
        except ValueError:
            return  # half filled in, perhaps: `take-in` says what is wrong, nothing is lost
        for record in taken_in:
            if _marks(record) != _marks(records[record.key]):
                records[record.key] = record


def _marks(record: Record) -> list[tuple[Any, ...]]:
    """What a person has given; no answer has 0, whether that was read or not."""
    return [(each.open, each.mark, each.comment, each.changed) for each in record.written]


def _jobs(submissions: Sequence[Submission]) -> list[Job]:
    jobs: list[Job] = []
    taken: set[str] = set()
    for submission in submissions:
        key = file_key(submission.student)
        if key.lower() in taken:  # which looks at all of them
            key = file_key(submission.student, taken)
        taken.add(key.lower())
        jobs.append(Job(submission, key))
    return jobs


def _rubric_digest(assignment: Assignment, given: Handout) -> str:
    """Changes when the questions, the points or how they are judged change."""
    tried_with = sorted(given.checks.items()), sorted(given.right.items())
    digest = hashlib.sha256(repr((given.given, *tried_with)).encode())
    exercises = Path(homework.__file__).parent
    files = sorted(exercises.glob(f"{assignment.name}*.py"))  # hw3 has several
    shared = ("random_networks", "paper_networks", "keys", "tasks", "actions")
    files += [exercises / f"{name}.py" for name in shared]
    files.append(exercises.parent / "question.py")
    files.append(Path(assignments.__file__).parent / f"{assignment.name}.py")
    files += [Path(module.__file__) for module in (marks, follow_through)]
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


# ------------------------------------------------------------------ the crew


def _take_over(run: Run, jobs: Sequence[Job], finish: Finish) -> list[Job]:
    """Finish those for whom no sandbox is needed: nothing new was handed in.  What is left."""
    left: list[Job] = []
    for job in jobs:
        try:
            record = _missing(run, job) if job.submission.missing else _earlier(run, job)
        except Exception:  # whatever it is, it comes again where it is one student's alone
            record = None
        if record is None:
            left.append(job)
        else:
            finish(job, record)
    return left


def _missing(run: Run, job: Job) -> Record:
    """The record of somebody who has not handed in, now at least."""
    before = run.results.last(job.key)
    if before is not None and _stays(before):
        return dataclasses.replace(before, name=job.submission.name or before.name)
    record = _record(run, job, Status.MISSING, "nothing was handed in")
    run.results.save(record)
    return record


def _earlier(run: Run, job: Job) -> Record | None:
    """The record of an earlier run in which this very file was graded."""
    if not run.results.has(job.key):
        return None
    digests = [hashlib.sha256(each.read()).hexdigest() for each in job.submission.attempts]
    earlier = run.results.find(job.key, digests[0])
    homework_key = _homework_key(run, job)
    if earlier is not None and earlier.homework_key != homework_key:
        return None
    if earlier is not None and not earlier.grader_failed:
        if {*digests} <= {digests[0], *earlier.other_attempts}:
            return dataclasses.replace(earlier, **_about(run, job))
        return None
    last = run.results.last(job.key)
    rival = several.rival(run.attempts, digests[0], last, run.earlier, job.key, homework_key)
    known = {rival.digest, *rival.other_attempts} if rival is not None else set()
    return rival if {*digests} <= known else None


class Places(Protocol):
    """Where submissions run: on this machine, or on a `Cluster`."""

    elsewhere: bool  # whether what fails on one machine can be tried on another

    @property
    def most(self) -> int:
        """The most submissions that can ever be run at a time."""

    @property
    def at_a_time(self) -> int:
        """How many can be run now."""

    def prove(self) -> None:
        """Attack the sandbox.  Raises `CannotSandbox`, or ClusterStopped."""

    def begin(self) -> None:
        """Make ready what is needed for the first submission."""

    def take(self, alone: bool) -> Place:
        """Wait for a place; for a machine on which nothing else runs, if it is to be alone."""

    def give_back(self, place: Place) -> None:
        """It is free again."""

    def put_off(self, place: Place) -> None:
        """Something is wrong with its machine."""

    def remarks(self) -> list[str]:
        """What the instructor should know."""

    def stop(self) -> None:
        """Whoever waits, for a box or for a place, is to end."""

    def close(self) -> None:
        """End all that was begun."""


class ThisMachine:
    """Places on this machine, as many as it has cores; submissions share one sandbox."""

    elsewhere = False

    def __init__(
        self, provides: tuple[str, ...], mode: Mode, hidden: tuple[Path, ...], workers: int | None
    ) -> None:
        self.provides, self.mode, self.hidden = provides, mode, hidden
        self.most = self.at_a_time = max(1, min(workers or os.cpu_count() or 1, MOST_WORKERS))
        self.numbers: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.sandbox: Sandbox | None = None
        for number in range(self.most):
            self.numbers.put(number)

    def prove(self) -> None:
        """Attack the sandbox of this machine."""
        if self.mode != "none":
            self_attack.require(self.provides, self.hidden, mode=self.mode)

    def begin(self) -> None:
        """Make it."""
        self.sandbox = Sandbox(self.provides, mode=self.mode, hidden=self.hidden)
        self.sandbox.prepare()

    def take(self, alone: bool) -> Place:
        """The next place that is free."""
        assert self.sandbox is not None
        return Place(self.sandbox, self.numbers.get())

    def give_back(self, place: Place) -> None:
        """It is free again."""
        self.numbers.put(place.number)

    def put_off(self, place: Place) -> None:
        """There is no other machine."""

    def remarks(self) -> list[str]:
        """Nothing."""
        return []

    def stop(self) -> None:
        """Every box ends soon."""
        if self.sandbox is not None:
            self.sandbox.cancelled.set()

    def close(self) -> None:
        """Remove the sandbox."""
        if self.sandbox is not None:
            self.sandbox.close()


def _grade_all(
    run: Run,
    places: Places,
    jobs: Sequence[Job],
    finish: Finish,
    write_tables: Callable[[], None],
) -> None:
    """Grade them.  Who was kept waiting for a processor is tried again, behind all others, and so
    is, alone on another machine, who was there when a machine was lost."""
    left: deque[tuple[Job, Tried]] = deque((job, Tried()) for job in jobs)
    lost: Counter[str] = Counter()  # machines, by the key of who ran there

    def work(job: Job, tried: Tried) -> tuple[Job, Tried, Record | None]:
        place = places.take(alone=lost[job.key] > 0)
        try:
            return job, tried, _grade_one(run, place.sandbox, job, place.number, tried)
        except MachineLost as gone:
            places.put_off(place)
            lost[job.key] += 1
            if lost[job.key] >= MOST_LOST:
                return job, tried, _given_up(run, job, gone)
            return job, tried, None
        finally:
            places.give_back(place)

    tables = _Seldom(TABLES_EVERY)
    with ThreadPoolExecutor(places.most) as crew:
        running: set[Future[Any]] = set()
        try:
            while left or running:
                # To look at few, however large a class.
                while left and len(running) < 2 * places.at_a_time:
                    running.add(crew.submit(work, *left.popleft()))
                done, running = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                # First those without an error: it ends the run, and they are finished.
                for future in sorted(done, key=lambda each: each.exception() is not None):
                    job, tried, record = future.result()
                    if record is not None:
                        finish(job, record)
                    else:
                        left.append((job, tried))
                tables.do(write_tables)
        except BaseException:
            run.cancelled.set()
            places.stop()
            for future in running:
                future.cancel()
            raise


def _given_up(run: Run, job: Job, gone: MachineLost) -> Record:
    """The record of a submission with which one machine after the other was lost."""
    reason = (
        f"{MOST_LOST} machines of the cluster were lost while it ran, the last one because {gone}; "
        "it is tried again by the next run"
    )
    return _failed(run, job, reason)


def _failed(run: Run, job: Job, reason: str) -> Record:
    """The record of a submission that the grader could not grade; an earlier attempt that counts is
    not lost for that."""
    _must_go_on(run)
    last = run.results.last(job.key)
    record = several.rival(run.attempts, "", last, run.earlier, job.key, _homework_key(run, job))
    if record is not None and several.ran(record):
        record = several.unsettled(record)
    else:
        record = _record(run, job, Status.COULD_NOT_BE_RUN, reason)
        record = dataclasses.replace(record, grader_failed=True)
    run.results.save(record)
    return record


def _must_go_on(run: Run) -> None:
    """Raises `Cancelled`.  Ctrl-C may end a box before the run hears of it: what was lost in that
    way is nobody's fault."""
    if run.cancelled.wait(HEARD_OF):
        raise Cancelled


class _Seldom:
    """Does what takes the longer the more there is, in a small part of the time."""

    def __init__(self, every: float) -> None:
        self.every, self.next = every, time.monotonic() + every

    def do(self, action: Callable[[], None]) -> None:
        """Do it, if it is time again."""
        begun = time.monotonic()
        if begun > self.next:
            action()
            took = time.monotonic() - begun
            self.next = begun + took + max(self.every, took / SHARE_OF_TABLES)


def _grade_one(run: Run, sandbox: AnySandbox, job: Job, worker: int, tried: Tried) -> Record | None:
    """The record of one submission; None if it should be tried again.

    Whatever happens here, a record comes out: nothing that a submission does stops the others.
    """
    try:
        return _graded(run, sandbox, job, worker, tried)
    except Cancelled:
        raise KeyboardInterrupt from None
    except (MachineLost, ClusterStopped):
        raise
    except Exception as error:
        if run.elsewhere and isinstance(error, CannotSandbox):
            raise MachineLost(str(error)) from error
        _keep_traceback(run.results.folder, job)
        reason = f"the grader failed ({type(error).__name__}); it is tried again by the next run"
        return _failed(run, job, reason)


def _graded(run: Run, sandbox: AnySandbox, job: Job, worker: int, tried: Tried) -> Record | None:
    if job.submission.missing:
        return _missing(run, job)
    newest_first: list[Record] = []
    for number, attempt in enumerate(job.submission.attempts):
        its = tried.finished.get(number)
        if its is None:
            its = _graded_attempt(run, sandbox, job, attempt, worker, number, tried)
        if its is None:
            return None
        tried.finished[number] = its
        newest_first.append(its)
    digests = {each.digest for each in newest_first}
    record, *later = reversed(newest_first)
    digest, last = newest_first[0].digest, run.results.last(job.key)
    rival = several.rival(run.attempts, digest, last, run.earlier, job.key, _homework_key(run, job))
    if rival is not None and rival.digest not in digests:
        record, later = rival, [record, *later]
    for new in later:
        if new.digest != record.digest:
            record = several.better(run.results.with_people(record), run.results.with_people(new))
    run.results.save(record)
    return record


def _graded_attempt(
    run: Run,
    sandbox: AnySandbox,
    job: Job,
    submission: Submission,
    worker: int,
    number: int,
    tried: Tried,
) -> Record | None:
    """The record of the notebook of this number of a student; None if it should be tried again."""
    job = dataclasses.replace(job, submission=submission)
    digest, notebook = "", None
    try:
        content = submission.read()
        digest = hashlib.sha256(content).hexdigest()
        notebook = read(content)
        if other := handout.other_assignment(notebook, run.assignment.name, assignments.NAMES):
            raise Unreadable(f"this is {other}, not {run.assignment.name}: nothing was marked")
        again = number in tried.outcomes
        outcome = _outcome(run, sandbox, job, notebook, worker, number, tried)
        if outcome.waited and not again:
            tried.outcomes[number] = outcome
            return None
        if outcome.status != Status.GRADED:
            _must_go_on(run)
        outcome.notes[:0] = notebook.notes
        if run.assignment.has_keys:
            outcome.notes[:0] = key_notes(typed_key(notebook), _homework_key(run, job))
        return _record(run, job, outcome.status, outcome.reason, digest, outcome, notebook)
    except Unreadable as why:
        return _record(run, job, Status.COULD_NOT_BE_RUN, str(why), digest)


def _outcome(
    run: Run,
    sandbox: AnySandbox,
    job: Job,
    notebook: Notebook,
    worker: int,
    number: int,
    tried: Tried,
) -> one_submission.Outcome:
    """Grade it; a sandbox that does not start, on a machine that is full, is tried again."""
    for start in range(1, STARTS + 1):
        before = tried.outcomes.get(number)
        try:
            return one_submission.grade(
                run.assignment,
                notebook,
                run.handout,
                sandbox,
                run.seed,
                key=_homework_key(run, job),
                worker=worker,
                patience=1.0 if before is None else PATIENCE,
                before=before,
                keep=partial(tried.outcomes.__setitem__, number),
            )
        except (CannotSandbox, OSError):
            if start == STARTS:
                raise
            time.sleep(2.0 * start)
    raise AssertionError("unreachable")


def _homework_key(run: Run, job: Job) -> str:
    """The key with which a submission is graded: the roster's alone, or anybody could choose the
    network that somebody else has done. "" where no question depends on it."""
    student = job.submission.on_roster
    return student.key if student is not None and run.assignment.has_keys else ""


def _keep_traceback(folder: Path, job: Job) -> None:
    try:
        with open(folder / "errors.log", "a", encoding="utf-8") as log:
            log.write(f"{job.key}\n{traceback.format_exc()}\n")
    except OSError:
        pass  # a full disk; the record says that something failed


# ------------------------------------------------------------------ records


def _about(run: Run, job: Job) -> dict[str, Any]:
    """What is known without looking into the submission."""
    submission = job.submission
    at, student = submission.submitted_at, submission.on_roster
    return {
        "student": submission.student,
        "name": submission.name,
        "source": submission.source,
        "submitted_at": at.isoformat() if at else "",
        "handed_in_as": submission.handed_in_as,
        "marked_late": submission.marked_late,
        "first_name": student.first_name if student else "",
        "last_name": student.last_name if student else "",
        "email": student.email if student else "",
        "aliases": student.aliases if student else (),
    }


def _record(
    run: Run,
    job: Job,
    status: Status,
    reason: str,
    digest: str = "",
    outcome: one_submission.Outcome | None = None,
    notebook: Notebook | None = None,
) -> Record:
    assignment = run.assignment
    if outcome is None:
        why = "the notebook could not be run."
        if status == Status.MISSING:
            why = "nothing was handed in."
        outcome = one_submission.Outcome(questions=one_submission.no_points(assignment, why))
    return Record(
        assignment=assignment.name,
        key=job.key,
        status=status,
        reason=reason,
        digest=digest,
        questions=outcome.questions,
        written=tuple(_written(assignment, notebook, run.handout.texts)),
        notes=(*(note.words for note in job.submission.notes), *outcome.notes),
        sandboxed=run.results.run.sandboxed,
        cpu_seconds=round(outcome.cpu_seconds, 2),
        max_points=assignment.points,
        homework_key=_homework_key(run, job),
        typed_key=typed_key(notebook) if notebook and assignment.has_keys else None,
        **_about(run, job),
    )


def _written(
    assignment: Assignment, notebook: Notebook | None, handed_out: frozenset[str]
) -> Iterable[WrittenAnswer]:
    for number, question in enumerate(assignment.questions, 1):
        if isinstance(question, WrittenQuestion):
            asked = (question.grade_id, number, handed_out)
            yield WrittenAnswer(
                number,
                question.grade_id,
                question.title,
                question.points,
                notebook.written(*asked) if notebook else None,
                question.guide,
                pictures=notebook.pictures(*asked) if notebook else (),
            )


def _write_tables(
    results: Results,
    jobs: Sequence[Job],
    records: dict[str, Record],
    kept: Sequence[Record],
    hide_names: bool | None = None,
) -> None:
    ready = [*(records[job.key] for job in jobs if job.key in records), *kept]
    problems = [
        f"{record.student}: {record.reason}" for record in ready if record.status != Status.GRADED
    ]
    duplicates = [
        f"{job.submission.student}: {note.words}"
        for job in jobs
        for note in job.submission.notes
        if note.kind == NoteKind.HANDED_IN_TWICE
    ]
    unknown = [
        job.submission.student
        for job in jobs
        if any(note.kind == NoteKind.NOT_ON_THE_ROSTER for note in job.submission.notes)
    ]
    results.finish(ready, Found(tuple(problems), tuple(duplicates), tuple(unknown)))
    sources = sorted(written.SOURCES.glob(f"{results.run.assignment}/*.ipynb"))
    results.make_tables(
        f"{hide_names} {[path.stat().st_mtime_ns for path in sources]}",
        ("written.csv", "written.html"),
        lambda: written.export(ready, results.folder, anonymous=hide_names),
    )
