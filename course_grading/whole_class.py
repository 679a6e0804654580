"""Grades a folder of submissions: all cores, results as they come, and nobody stops the run."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import platform
import queue
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

import course_nn
from course_exercises import homework
from course_grading.intake.note import NoteKind
from course_grading.intake.notebook import Notebook, Unreadable, read
from course_grading.intake.roster import Roster
from course_grading.intake.submissions import Submission, collect, file_key
from course_grading.marking import assignments, follow_through, handout, marks, one_submission
from course_grading.marking.handout import Handout
from course_grading.marking.rubric import Assignment, WrittenQuestion
from course_grading.results import written
from course_grading.results.folder import Results
from course_grading.results.record import Found, Record, RunInfo, Status, WrittenAnswer
from course_grading.sandbox import self_attack, temporary_folder
from course_grading.sandbox.box import MOST_WORKERS, Sandbox
from course_grading.sandbox.limits import Cancelled, CannotSandbox, Mode, mode_here

PATIENCE_ALONE = 3.0  # times the usual wall time, when nothing else runs
TABLES_EVERY = 5.0  # seconds between two writings of the tables
STARTS = 3  # how often a sandbox that does not start is tried


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
class Run:
    """What all submissions of a run have in common."""

    assignment: Assignment
    handout: Handout
    sandbox: Sandbox
    results: Results
    due: datetime | None

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
    progress: Callable[[int, int], None] = lambda done, wanted: None,
) -> list[Record]:
    """Grade a folder or zip of submissions into a folder of results.

    Args:
        name: of the assignment, "hw2".
        due: lateness is counted from here.
        seed: of the hidden numbers; a secret one is drawn if none is given.
        workers: how many submissions are run at a time; one per core if not given.
        mode: of the sandbox; "none" runs submissions unprotected.
        progress: called with how many are done, and of how many.

    Returns:
        One record for each submission and each student of the roster.

    Raises:
        ValueError: if something that was given cannot be used.
        CannotSandbox: if a wall of the sandbox does not hold here.
        Interrupted: after Ctrl-C; the same call goes on from there.

    Folders that killed runs have left in the place for temporary files are removed.
    """
    assignment = assignments.load(name)
    given = handout.load(name)
    mode = mode or mode_here()
    _must_be_apart(Path(submissions), Path(out))
    workers = max(1, min(workers or os.cpu_count() or 1, MOST_WORKERS))
    jobs = _jobs(collect(submissions, name, roster))
    hidden = (Path(submissions), Path(out).parent, Path(__file__).parent)
    temporary_folder.clear_dead()
    if mode != "none":
        self_attack.require(tuple(assignment.provides), hidden, mode=mode)
    info = RunInfo(
        assignment=name,
        title=assignment.title,
        rubric=_rubric_digest(assignment, given),
        sandbox=mode,
        versions={
            "python": platform.python_version(),
            "numpy": np.__version__,
            "course_nn": course_nn.__version__,
        },
        seed=seed,
    )
    with (
        Results.open(out, info) as results,
        Sandbox(assignment.provides, mode=mode, hidden=hidden) as sandbox,
    ):
        run = Run(assignment, given, sandbox, results, due)
        records: dict[str, Record] = {}
        try:
            _grade_all(run, jobs, workers, records, progress)
        except KeyboardInterrupt:
            _write_tables(results, jobs, records)
            raise Interrupted(len(records), len(jobs)) from None
        _take_in_marks(results, records)
        _write_tables(results, jobs, records)
        return [records[job.key] for job in jobs]


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
        records.update((record.key, record) for record in taken_in)


def _jobs(submissions: Sequence[Submission]) -> list[Job]:
    jobs: list[Job] = []
    taken: set[str] = set()
    for submission in submissions:
        key = file_key(submission.student, taken)
        taken.add(key)
        jobs.append(Job(submission, key))
    return jobs


def _rubric_digest(assignment: Assignment, given: Handout) -> str:
    """Changes when the questions, the points or how they are judged change."""
    digest = hashlib.sha256(repr((given.given, sorted(given.right.items()))).encode())
    exercises = Path(homework.__file__).parent
    files = sorted(exercises.glob(f"{assignment.name}*.py"))  # hw3 has several
    files += [exercises / f"{name}.py" for name in ("random_networks", "tasks", "actions")]
    files.append(exercises.parent / "question.py")
    files.append(Path(assignments.__file__).parent / f"{assignment.name}.py")
    files += [Path(module.__file__) for module in (marks, follow_through)]
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


# ------------------------------------------------------------------ the crew


def _grade_all(
    run: Run,
    jobs: Sequence[Job],
    workers: int,
    records: dict[str, Record],
    progress: Callable[[int, int], None],
) -> None:
    """Fill `records`.  First all of them, then alone those that ran into the wall clock."""
    alone: dict[Job, one_submission.Outcome] = {}
    numbers: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(workers):
        numbers.put(number)

    def work(job: Job) -> tuple[Job, Record | one_submission.Outcome]:
        number = numbers.get()
        try:
            return job, _grade_one(run, job, number)
        finally:
            numbers.put(number)

    def finish(job: Job, record: Record) -> None:
        records[job.key] = record
        progress(len(records), len(jobs))

    progress(0, len(jobs))
    written_at = time.monotonic()
    with ThreadPoolExecutor(workers) as crew:
        waiting: set[Future[Any]] = {crew.submit(work, job) for job in jobs}
        try:
            while waiting:
                done, waiting = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in done:
                    job, record = future.result()
                    if isinstance(record, Record):
                        finish(job, record)
                    else:
                        alone[job] = record
                if time.monotonic() - written_at > TABLES_EVERY:
                    _write_tables(run.results, jobs, records)
                    written_at = time.monotonic()
            for job in sorted(alone, key=lambda job: job.key):
                waiting = {crew.submit(_grade_one, run, job, 0, alone[job])}
                while not all(future.done() for future in waiting):
                    time.sleep(0.05)
                for future in waiting:
                    finish(job, future.result())
        except BaseException:
            run.sandbox.cancelled.set()
            for future in waiting:
                future.cancel()
            raise


def _grade_one(
    run: Run, job: Job, worker: int, before: one_submission.Outcome | None = None
) -> Record | one_submission.Outcome:
    """The record of one submission; or what came of it, if it should be tried again alone.

    Whatever happens here, a record comes out: nothing that a submission does stops the others.
    """
    try:
        return _graded(run, job, worker, before)
    except Cancelled:
        raise KeyboardInterrupt from None
    except Exception as error:
        _keep_traceback(run.results.folder, job)
        reason = f"the grader failed ({type(error).__name__}); it is tried again by the next run"
        record = _record(run, job, Status.COULD_NOT_BE_RUN, reason)
        record = dataclasses.replace(record, grader_failed=True)
        run.results.save(record)
        return record


def _graded(
    run: Run, job: Job, worker: int, before: one_submission.Outcome | None
) -> Record | one_submission.Outcome:
    submission = job.submission
    if submission.missing:
        record = _record(run, job, Status.MISSING, "nothing was handed in")
        run.results.save(record)
        return record
    digest, notebook = "", None
    try:
        content = submission.read()
        digest = hashlib.sha256(content).hexdigest()
        earlier = run.results.find(job.key, digest)
        if earlier is not None and not earlier.grader_failed:
            return dataclasses.replace(earlier, **_about(run, job))
        notebook = read(content)
        outcome = _outcome(run, notebook, worker, before)
        if outcome.waited and before is None:
            return outcome
        outcome.notes[:0] = notebook.notes
        record = _record(run, job, outcome.status, outcome.reason, digest, outcome, notebook)
    except Unreadable as why:
        record = _record(run, job, Status.COULD_NOT_BE_RUN, str(why), digest)
    run.results.save(record)
    return record


def _outcome(
    run: Run, notebook: Notebook, worker: int, before: one_submission.Outcome | None
) -> one_submission.Outcome:
    """Grade it; a sandbox that does not start, on a machine that is full, is tried again."""
    for start in range(1, STARTS + 1):
        try:
            return one_submission.grade(
                run.assignment,
                notebook,
                run.handout,
                run.sandbox,
                run.seed,
                worker=worker,
                patience=1.0 if before is None else PATIENCE_ALONE,
                before=before,
            )
        except (CannotSandbox, OSError):
            if start == STARTS:
                raise
            time.sleep(2.0 * start)
    raise AssertionError("unreachable")


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
    at, late = submission.submitted_at, None
    if at is not None and run.due is not None:
        late = max(0.0, (at - run.due).total_seconds())
    return {
        "student": submission.student,
        "name": submission.name,
        "source": submission.source,
        "submitted_at": at.isoformat() if at else "",
        "seconds_late": late,
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
        sandboxed=run.sandbox.mode != "none",
        cpu_seconds=round(outcome.cpu_seconds, 2),
        max_points=assignment.points,
        **_about(run, job),
    )


def _written(
    assignment: Assignment, notebook: Notebook | None, handed_out: frozenset[str]
) -> Iterable[WrittenAnswer]:
    for number, question in enumerate(assignment.questions, 1):
        if isinstance(question, WrittenQuestion):
            text = notebook.written(question.grade_id, number, handed_out) if notebook else None
            yield WrittenAnswer(
                number, question.grade_id, question.title, question.points, text, question.guide
            )


def _write_tables(results: Results, jobs: Sequence[Job], records: dict[str, Record]) -> None:
    ready = [records[job.key] for job in jobs if job.key in records]
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
    written.export(ready, results.folder)
