"""Grades one submission: a box for it, its cells, the public numbers, then the hidden ones.

The order is the wall between feedback and hidden numbers: whatever text the student's code gives
out for the public numbers was said before a hidden number entered its box, and from then on only
plain values are taken.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from course_exercises.homework.actions import Failure, FailureKind, Step, Stop, looks
from course_exercises.homework.tasks import Task
from course_grading.intake.notebook import Cell, Notebook
from course_grading.marking import follow_through, marks
from course_grading.marking.handout import DEFINED, Handout, bare
from course_grading.marking.rubric import Assignment, GradedQuestion
from course_grading.results.record import PartMark, QuestionMark, Status
from course_grading.sandbox import channel
from course_grading.sandbox.any_box import AnyBox, AnySandbox, AnyWatch
from course_grading.sandbox.inside import wire
from course_grading.sandbox.limits import CannotSandbox, Stopped

CELL_SECONDS = 15.0  # of processor time for one cell, which may train a network for show
CELLS_SECONDS = 60.0  # for all of them; after that only definitions are still run
MOST_SOURCE = 2_000_000  # characters of code
MOST_RESTARTS = 4  # boxes that cells may cost
MOST_BOXES = 2  # that one question may cost, and then what is left of it is not tried
MOST_STOPS = 2  # parts of one question that may run out of time before the rest is left
SPARE = 5.0  # seconds, of either kind, beyond twice what a question may use
HURRY = 3  # after the first stop a question has this part of its time
SUBMISSION_WALL = 180.0  # seconds for a whole submission; what is left then is not tried
EXAMPLES_SHARE = 0.5  # of these, for what does not end soon on public numbers
RESULT_BYTES = 6_000_000
MEMORY_SHARE = 0.6  # of the box's memory, that one part of a question may take for itself
ALL = -1  # instead of the number of a question
QUICK = 1.0  # seconds, for the examples of all questions
Examples = list[marks.Example]  # of each part of a question
Shown = dict[int, Examples]
_FENCE = re.compile(r"\A```[^\n]*\n|\n```[ \t]*\Z")
NOT_STARTED = 0  # instead of the number of a cell
KEPT_WAITING = 0.2  # of the time, in the queue for a processor: a stop may be the machine's fault

OUT_OF_TIME = (Stop.CPU, Stop.WALL, Stop.MEMORY, Stop.PROCESSES)  # or out of something else
CELL_LEFT_OUT = {
    Stop.CPU: "ran too long",
    Stop.WALL: "waited too long",
    Stop.MEMORY: "took too much memory",
    Stop.PROCESSES: "started too many processes",
    Stop.OUTPUT: "wrote into the grader's channel",
    Stop.ENDED: "ended the interpreter",
}


@dataclass
class Outcome:
    """What came of one submission.

    Args:
        waited: something ran into the wall clock while it waited for a processor, which a busy
            machine may have caused: to be tried again. Who sleeps does not wait.
        shown: what happened on public numbers, if that was known before a hidden number was.
        endless: the questions that did not end soon on public numbers.
        rebound: for an answer, the names that were used for something else below its check.
    """

    status: Status = Status.GRADED
    reason: str = ""
    questions: tuple[QuestionMark, ...] = ()
    notes: list[str] = field(default_factory=list)
    cpu_seconds: float = 0.0
    waited: bool = False
    shown: Shown | None = None
    endless: frozenset[int] = frozenset()
    rebound: dict[str, tuple[str, ...]] = field(default_factory=dict)


class _NotReady(Exception):
    """The cells could not be run to the end; the text says why."""


def grade(
    assignment: Assignment,
    notebook: Notebook,
    handout: Handout,
    sandbox: AnySandbox,
    seed: int,
    *,
    key: str = "",
    worker: int = 0,
    patience: float = 1.0,
    before: Outcome | None = None,
    keep: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcome:
    """Grade a notebook.

    Args:
        seed: of the hidden numbers.
        key: of the student, where tasks depend on whose they are; "" for everybody's.
        worker: which of the workers this is; each has a user id of its own.
        patience: how many times the usual wall time is waited.
        before: what came of it the first time. Where hidden numbers were known then, nothing else
            than marks is taken from this time: a clock is enough to tell oneself something.
        keep: called with what is to be `before` at the next time, if hidden numbers were known;
            also where no box could be opened any more, or its machine is lost.
    """
    run = _Run(assignment, notebook, handout, sandbox, key, worker, patience)
    if before is not None and before.shown is not None:
        run.outcome.shown, run.outcome.notes, run.hidden_known = before.shown, before.notes, True
        run.outcome.endless, run.outcome.rebound = before.endless, before.rebound
    try:
        if sum(len(source) for _, source in run.cells) > MOST_SOURCE:
            raise _NotReady(f"it has more than {MOST_SOURCE:,} characters of code.")
        run.grade(seed)
    except _NotReady as why:
        run.outcome.status, run.outcome.reason = Status.COULD_NOT_BE_RUN, str(why)
        run.outcome.questions = no_points(assignment, "the notebook could not be run.")
    finally:
        if run.hidden_known:
            keep(run.outcome)
        run.close()
    return run.outcome


def no_points(assignment: Assignment, why: str) -> tuple[QuestionMark, ...]:
    """The marks of a submission of which nothing could be tried."""
    return tuple(
        QuestionMark(
            number,
            question.title,
            question.question.answer,
            tuple(PartMark(part.words, 0.0, part.points, (why,)) for part in question.parts),
        )
        for number, question in enumerate(assignment.questions, 1)
        if isinstance(question, GradedQuestion)
    )


class _Run:
    """One submission, and the boxes it uses up."""

    def __init__(
        self,
        assignment: Assignment,
        notebook: Notebook,
        handout: Handout,
        sandbox: AnySandbox,
        key: str,
        worker: int,
        patience: float,
    ) -> None:
        self.assignment, self.handout, self.sandbox = assignment, handout, sandbox
        self.key, self.worker, self.patience = key, worker, patience
        self.outcome = Outcome()
        self.box: AnyBox | None = None
        self.restarts = 0
        self.given_up = False
        self.hidden_known = False  # by the student's code, in this box or an earlier one
        self.seconds_before = 0.0  # in boxes that are closed
        self.spent: dict[int, float] = defaultdict(float)  # seconds, by each question
        self.loser = ALL  # the question that lost the last box, so that another one is opened
        self.boxes: Counter[int] = Counter()  # lost by each question
        self.stops: Counter[int] = Counter()
        self.answers = assignment.answers
        self.whole: list[int] = []  # cells that are no code cells, but define an answer
        numbered: list[tuple[int, str]] = []
        for cell in notebook.cells:
            source = cell.source if cell.kind == "code" else self.as_code(cell)
            if source is None:
                continue
            numbered.append((len(numbered) + 1, source))
            if cell.kind != "code":
                self.whole.append(len(numbered))
        self.cells = [cell for cell in numbered if not handout.only_shows(cell[1])]
        self.checks = [
            (number, names)
            for number, source in numbered
            if (names := handout.answers_checked_by(source))
        ]

    def as_code(self, cell: Cell) -> str | None:
        """The text of a cell of another kind, if it defines an answer, as an answer does whose cell
        was turned into Markdown; what only quotes code is not run, as not all of it is Python."""
        source = _FENCE.sub("", cell.source.strip()).strip("\n")
        defined = [name for name in DEFINED.findall(source) if name in self.answers]
        given = {bare(text) for text in self.handout.answers} | self.handout.texts
        if not defined or bare(source) in given:
            return None
        what = "a Markdown cell" if cell.kind == "markdown" else f"a {cell.kind} cell"
        self.note(f"{defined[0]} stands in {what}; it was read as code.")
        return source

    @property
    def seconds(self) -> float:
        """That have passed for its boxes; those in which others had the processors do not count."""
        return self.seconds_before + (self.box.watch.seconds if self.box else 0.0)

    @property
    def seconds_of_cells(self) -> float:
        """Those that no question has spent."""
        return self.seconds - sum(self.spent.values())

    @property
    def wall(self) -> float:
        """The seconds that may pass for all its boxes."""
        return SUBMISSION_WALL * self.patience

    @property
    def late(self) -> bool:
        """Whether the time of the cells is used up."""
        return self.seconds_of_cells > self.wall

    def left(self, question: int, share: float = 1.0) -> float:
        """The seconds that a question still has of this share of the time.

        What one answer burns is charged to it: each has its part of what the cells have left, also
        when others have taken more than theirs.
        """
        wall = share * self.wall
        part = (wall - self.seconds_of_cells) / len(self.assignment.graded) - self.spent[question]
        return max(wall - self.seconds, part)

    def within(self, wall: float, question: int | None = None) -> float:
        """So many seconds, or those that are left, for the cells or for a question."""
        of_cells = self.wall - self.seconds_of_cells
        return max(0.5, min(wall, of_cells if question is None else self.left(question)))

    @contextmanager
    def charged(self, question: int) -> Iterator[None]:
        """What is done here is paid by this question."""
        before = self.seconds
        try:
            yield
        finally:
            self.spent[question] += self.seconds - before

    def note(self, text: str, *, known_before: bool = False) -> None:
        """Add a note; after a hidden number was known, only one that says nothing new."""
        if text not in self.outcome.notes and (known_before or not self.hidden_known):
            self.outcome.notes.append(text)

    def grade(self, seed: int) -> None:
        questions = self.assignment.graded
        self.open()
        # All public numbers come before the first hidden one: see the top of this file.
        if self.outcome.shown is None:
            quick = self.quick_examples(questions)
            self.outcome.shown = quick | {
                i: self.examples(i, question) for i, question in questions.items() if i not in quick
            }
        shown, self.hidden_known = self.outcome.shown, True
        # What does not end comes last, so that it can use up nobody's time but its own.
        tasks, found = {}, {}
        for i in sorted(questions, key=lambda i: (i in self.outcome.endless, i)):
            parts = range(len(questions[i].parts))
            cases = [marks.cases(self.assignment, i, p, seed, self.key) for p in parts]
            tasks |= {(i, p): cases[p] for p in parts}
            found |= {(i, p): each for p, each in enumerate(self.parts(i, cases))}
        marked = follow_through.mark_all(
            self.assignment,
            dict(sorted(tasks.items())),
            found,
            self.play_again,
            examples={(i, p): each for i in shown for p, each in enumerate(shown[i])},
            rebound=self.outcome.rebound,
        )
        self.outcome.questions = tuple(marked)
        for question in marked:
            for part in question.parts:
                # This says no hidden number: with any value the judge should not have failed.
                if any(marks.NOT_JUDGED in words for words in part.said):
                    self.note(f"{part.words}: {marks.NOT_JUDGED_NOTE}", known_before=True)

    # ------------------------------------------------------------------ the box

    def open(self) -> None:
        """A fresh box in which the cells have been run; a cell that stops it is left out."""
        while True:
            self.close()
            self.box = self.sandbox.open(self.worker)
            running = [NOT_STARTED]  # the cell that is being run
            try:
                self.run_cells(self.box, running)
                return
            except Stopped as stopped:
                self.blame(running[0], Stop(stopped.reason))
            except channel.Garbled:
                self.blame(running[0], Stop.OUTPUT)

    def run_cells(self, box: AnyBox, running: list[int]) -> None:
        wall = 3 * CELL_SECONDS * self.patience
        order = {
            "modules": ["numpy", "course_nn"],
            "given": list(self.handout.given),
            "cells": self.cells,
            "handed_out": list(self.handout.answers),
            "answers": self.answers,
            "whole": self.whole,
            "checks": self.checks,
            "cell_seconds": CELL_SECONDS,
            "cell_wall": wall,
            "seconds": CELLS_SECONDS / (1 + self.restarts),
            "wall": 2 * CELLS_SECONDS * self.patience / (1 + self.restarts),
        }
        numbers = [number for number, _ in self.cells]
        box.send(order, self.within(wall))
        most_cpu = 1.5 * CELL_SECONDS + SPARE
        while True:
            message = channel.read_message(box.receive(most_cpu, self.within(wall + 15)))
            counts = channel.read_ready(message, self.answers)
            if counts is not None:
                break
            number = channel.read_begins(message, numbers)
            if self.late:
                raise Stopped(Stop.WALL)
            if number is None:
                raise channel.Garbled("neither the next cell nor the end")
            numbers = numbers[numbers.index(number) + 1 :]  # each once, and in their order
            running[0] = number
        cut = bool(message.get("slow") or message.get("hurried"))
        self.outcome.waited |= cut and kept_waiting(box.watch)
        numbers = [number for number, _ in self.cells]
        for sentence in channel.read_seen(message, numbers, self.answers):
            self.note(sentence)
        if not self.hidden_known:
            self.outcome.rebound = channel.read_rebound(message, self.answers)
        for name, count in counts.items():
            if count > 1:
                self.note(f"{name} is defined {count} times; the last definition counts.")

    def blame(self, number: int, reason: Stop) -> None:
        """Leave out the cell that stopped the box.  Raises `_NotReady` if that cannot help."""
        box = self.box
        assert box is not None
        complaint = box.complaint() if number == NOT_STARTED else ""
        self.close()
        if number == NOT_STARTED and self.late:
            raise _NotReady("its time was used up.")
        if number == NOT_STARTED:  # nothing of the student's has run yet
            raise CannotSandbox(f"the sandbox did not start ({reason}). {complaint}")
        self.restarts += 1
        self.outcome.waited |= reason == Stop.WALL and not self.late and kept_waiting(box.watch)
        self.outcome.status = Status.PARTLY_GRADED
        what = f"code cell {number} {CELL_LEFT_OUT[reason]}"
        if self.hidden_known:
            what = "a cell could not be run again"
        unknown = number not in [n for n, _ in self.cells]
        if unknown or self.late or self.restarts > MOST_RESTARTS:
            raise _NotReady(f"{what}.")
        self.cells = [cell for cell in self.cells if cell[0] != number]
        self.note(f"{what}, so it was left out.")
        self.outcome.reason = "a cell was left out"

    def close(self) -> None:
        if self.box is not None:
            self.box.close()
            self.outcome.cpu_seconds += self.box.cpu_seconds
            self.seconds_before += self.box.watch.seconds
            self.box = None

    # ------------------------------------------------------------------ the questions

    def play(
        self,
        tasks: Sequence[Task],
        question: int,
        seconds: float | None = None,
        *,
        as_of: str = "",
        right: Sequence[str] = (),
    ) -> tuple[list[dict[str, Any]], Stop | None]:
        """What was found for each task, and why not all were played; mends the box if needed.

        `as_of` and `right` are those of `follow_through.PlayAgain`.
        """
        plays = [task.steps for task in tasks]
        wall = 2 * seconds if seconds else 0.0
        if seconds is None:
            hurry = HURRY if self.stops[question] else 1
            wall = (2 * self.assignment.seconds + SPARE) * self.patience / hurry
            seconds = self.assignment.seconds / hurry
        share = 1.0 if self.hidden_known or question == ALL else EXAMPLES_SHARE
        box, before = None, (0.0, 0.0)
        try:
            late = self.left(question, share) <= 0
            if late:
                self.outcome.status = Status.PARTLY_GRADED
                self.outcome.reason = "its time was used up"
            if self.given_up or late or self.boxes[question] >= MOST_BOXES:
                raise Stopped(Stop.SKIPPED)
            if self.box is None:
                with self.charged(self.loser):
                    self.open()
            assert self.box is not None
            box = self.box
            before = box.watch.queued, box.watch.seconds
            order = {
                "plays": [_encoded(task) for task in tasks],
                "seconds": seconds,
                "wall": wall,
                "bytes": RESULT_BYTES,
                "memory": int(MEMORY_SHARE * self.sandbox.limits.memory),
                "as_of": as_of,
                "right": [self.right(name) for name in right],
            }
            with self.charged(question):
                self.box.send(order, self.within(wall, question))
                frame = self.box.receive(2 * seconds + SPARE, self.within(wall + 5, question))
            found, why = channel.read_found(channel.read_message(frame), plays)
            stopped = Stop(why) if why else None
        except (Stopped, channel.Garbled, _NotReady) as lost:
            stopped = Stop(lost.reason) if isinstance(lost, Stopped) else Stop.OUTPUT
            found = [nothing(steps, stopped) for steps in plays]
            if stopped != Stop.SKIPPED:
                self.lose(lost, question)
        self.stops[question] += stopped in OUT_OF_TIME
        if stopped == Stop.WALL and box is not None:  # its watch may be another by now
            self.outcome.waited |= kept_waiting(box.watch, *before)
        return found, stopped

    def lose(self, why: Exception, question: int) -> None:
        """The box is of no more use; the next part gets another one."""
        with self.charged(question):
            self.close()
        self.loser = question
        self.boxes[question] += 1
        self.outcome.status = Status.PARTLY_GRADED
        self.outcome.reason = "an answer stopped the sandbox"
        if isinstance(why, _NotReady):
            self.given_up = True
            self.outcome.reason = "its cells could not be run again"
        elif self.left(question) <= 0:
            self.outcome.reason = "its time was used up"

    def quick_examples(self, questions: Mapping[int, GradedQuestion]) -> Shown:
        """The examples of all questions from one process, which is quicker.

        A question that needs more time, or spoils the process, is left out, and those behind it
        come from another one.
        """
        left = {i: marks.public(question, self.key) for i, question in questions.items()}
        shown: Shown = {}
        outcome = dataclasses.replace(self.outcome)
        while left:
            found, stopped = self.play(
                [task for each in left.values() for task in each], ALL, QUICK
            )
            values = iter(found)
            for i, tasks in list(left.items()):
                del left[i]
                its = list(itertools.islice(values, len(tasks)))
                if any(map(_stopped, its)):
                    self.spent[i] += self.spent.pop(ALL, 0.0)  # it has cost this
                    break
                shown[i] = list(map(marks.example, tasks, its))
            if stopped == Stop.SKIPPED:
                break
        if len(shown) < len(questions) and not self.given_up:  # as if nothing had been
            outcome.cpu_seconds = self.outcome.cpu_seconds
            self.outcome = outcome
        return shown

    def examples(self, index: int, question: GradedQuestion) -> Examples:
        """What happens on public numbers, for each part, and how it fails there."""
        tasks = marks.public(question, self.key)
        found, stopped = self.play(tasks, index)
        if stopped not in (None, Stop.SKIPPED):
            self.outcome.endless |= {index}
        if len(tasks) > 1:
            self.stops[index] = 0  # perhaps each by itself has time enough
        for i, task in enumerate(tasks):  # if one has spoilt the others, each by itself
            if stopped and _stopped(found[i]) and self.stops[index] <= MOST_STOPS:
                found[i] = self.play([task], index)[0][0]
        self.boxes[index] = min(self.boxes[index], MOST_BOXES - 1)  # the hidden numbers count
        self.stops[index] = min(self.stops[index], 1)
        return list(map(marks.example, tasks, found))

    def parts(self, index: int, cases: Sequence[Sequence[Task]]) -> list[list[dict[str, Any]]]:
        """What was found for the cases of each part of a question."""
        # All parts in one process; if one of them stops it, those that are left by themselves.
        before = self.boxes[index], self.stops[index]
        together, stopped = self.play([task for tasks in cases for task in tasks], index)
        self.boxes[index], self.stops[index] = before
        all_found, stops = [], 0
        for tasks in cases:
            found, together = together[: len(tasks)], together[len(tasks) :]
            if stopped and any(map(_stopped, found)):
                if stops < MOST_STOPS:
                    found, why = self.play(tasks, index)
                    stops += why in OUT_OF_TIME
                else:
                    found = [nothing(task.steps, Stop.SKIPPED) for task in tasks]
            all_found.append(found)
        return all_found

    def right(self, name: str) -> str:
        """The code of the right answer, for the student's key where it depends on it."""
        of_key = self.assignment.right_of_key.get(name)
        return of_key(self.key) if of_key else self.handout.right[name]

    def play_again(
        self, question: int, tasks: Sequence[Task], *, as_of: str, right: Sequence[str]
    ) -> list[dict[str, Any]]:
        """For an answer that failed, with something else in its surroundings."""
        right = [name for name in right if name in self.handout.right]
        if not as_of and not right:
            return [nothing(task.steps, Stop.SKIPPED) for task in tasks]
        return self.play(tasks, question, as_of=as_of, right=right)[0]


def kept_waiting(watch: AnyWatch, queued: float = 0.0, seconds: float = 0.0) -> bool:
    """Whether a box, since it had stood in the queue and lived for so long, was kept from the
    processors; where the kernel does not count that, it may have been."""
    stood, lived = watch.queued - queued, watch.seconds - seconds
    return not watch.counts_queue or stood > KEPT_WAITING * (stood + lived)


@lru_cache(maxsize=4000)
def _encoded(task: Task) -> list[list[Any]]:
    return wire.encode_steps(task.steps)  # the same for every submission of a run


def nothing(steps: Sequence[Step], reason: Stop) -> dict[str, Any]:
    """What is found when nothing was played."""
    return {label: Failure(FailureKind.STOPPED, reason) for label in looks(steps)}


def _stopped(values: Mapping[str, Any]) -> bool:
    return any(
        isinstance(value, Failure) and value.kind == FailureKind.STOPPED
        for value in values.values()
    )
