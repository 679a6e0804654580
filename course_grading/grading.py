"""Grades one submission: a box for it, its cells, the public numbers, then the hidden ones.

The order is the wall between feedback and hidden numbers: whatever text the student's code gives
out for the public numbers was said before a hidden number entered its box, and from then on only
plain values are taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from course_grading import channel, marking
from course_grading.handout import Handout
from course_grading.inside import wire
from course_grading.notebook import Notebook
from course_grading.record import PartMark, QuestionMark, Status
from course_grading.rubric import Assignment, GradedQuestion
from course_grading.sandbox import Box, CannotSandbox, Sandbox, Stopped
from course_nn.exercises.steps import Failure, Step, looks
from course_nn.exercises.tasks import Task

CELL_SECONDS = 15.0  # of processor time for one cell, which may train a network for show
MOST_SOURCE = 2_000_000  # characters of code
MOST_RESTARTS = 4
MOST_STOPS = 2  # parts of one question that may run out of time before the rest is left
HURRY_AFTER, HURRIED_SECONDS = 3, 2.0  # then the other questions get less time
RESULT_BYTES = 6_000_000

CELL_LEFT_OUT = {
    "cpu": "ran too long",
    "wall": "waited too long",
    "memory": "took too much memory",
    "processes": "started too many processes",
    "output": "wrote into the grader's channel",
    "ended": "ended the interpreter",
}


@dataclass
class Outcome:
    """What came of one submission.

    Args:
        waited: something ran into the wall clock without using its processor time, which a busy
            machine may have caused: to be tried again alone.
    """

    status: Status = "graded"
    reason: str = ""
    questions: tuple[QuestionMark, ...] = ()
    notes: list[str] = field(default_factory=list)
    cpu_seconds: float = 0.0
    waited: bool = False


class _NotReady(Exception):
    """The cells could not be run to the end; the text says why."""


def grade(
    assignment: Assignment,
    notebook: Notebook,
    handout: Handout,
    sandbox: Sandbox,
    seed: int,
    *,
    worker: int = 0,
    patience: float = 1.0,
) -> Outcome:
    """Grade a notebook.

    Args:
        seed: of the hidden numbers.
        worker: which of the workers this is; each has a user id of its own.
        patience: how many times the usual wall time is waited.
    """
    run = _Run(assignment, notebook, handout, sandbox, worker, patience)
    try:
        run.grade(seed)
    except _NotReady as why:
        run.outcome.status, run.outcome.reason = "could not be run", str(why)
        run.outcome.questions = no_points(assignment, "the notebook could not be run.")
    finally:
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
        sandbox: Sandbox,
        worker: int,
        patience: float,
    ) -> None:
        self.assignment, self.handout, self.sandbox = assignment, handout, sandbox
        self.worker, self.patience = worker, patience
        self.outcome = Outcome()
        self.box: Box | None = None
        self.restarts = self.stops = 0
        self.given_up = False
        self.answers = [
            question.question.answer
            for question in assignment.questions
            if isinstance(question, GradedQuestion)
        ]
        code = [cell.source for cell in notebook.cells if cell.kind == "code"]
        numbered = list(enumerate(code, 1))
        self.cells = [cell for cell in numbered if cell[1].strip() not in handout.shows]
        if sum(len(source) for _, source in self.cells) > MOST_SOURCE:
            raise _NotReady(f"it has more than {MOST_SOURCE:,} characters of code.")

    def note(self, text: str) -> None:
        if text not in self.outcome.notes:
            self.outcome.notes.append(text)

    def grade(self, seed: int) -> None:
        questions = [
            (i, question)
            for i, question in enumerate(self.assignment.questions)
            if isinstance(question, GradedQuestion)
        ]
        self.open()
        # All public numbers come before the first hidden one: see the top of this file.
        shown = {i: self.example(question) for i, question in questions}
        self.outcome.questions = tuple(
            QuestionMark(
                i + 1,
                question.title,
                question.question.answer,
                tuple(self.parts(i, question, shown[i], seed)),
            )
            for i, question in questions
        )

    # ------------------------------------------------------------------ the box

    def open(self) -> None:
        """A fresh box in which the cells have been run; a cell that stops it is left out."""
        while True:
            self.close()
            self.box = self.sandbox.open(self.worker)
            running = [0]  # the cell that is being run
            try:
                self.run_cells(self.box, running)
                return
            except Stopped as stopped:
                self.blame(running[0], stopped.reason)
            except channel.Garbled:
                self.blame(running[0], "output")

    def run_cells(self, box: Box, running: list[int]) -> None:
        wall = 3 * CELL_SECONDS * self.patience
        order = {
            "given": list(self.handout.given),
            "cells": self.cells,
            "again": True,
            "answers": self.answers,
            "cell_seconds": CELL_SECONDS,
            "cell_wall": wall,
        }
        box.send(order, wall)
        while True:
            message = channel.read_message(box.receive(1.5 * CELL_SECONDS + 5, wall + 15))
            counts = channel.read_ready(message, self.answers)
            if counts is not None:
                self.outcome.waited |= message.get("waited") is True
                break
            number = channel.read_begins(message)
            if number is None:
                raise channel.Garbled("neither a cell nor the end")
            running[0] = number
        for name, count in counts.items():
            if count > 1:
                self.note(f"{name} is defined {count} times; the last definition counts.")

    def blame(self, number: int, reason: str) -> None:
        """Leave out the cell that stopped the box.  Raises `_NotReady` if that cannot help."""
        box = self.box
        assert box is not None
        if reason == "ended" and number == 0:
            complaint = box.complaint()
            self.close()
            raise CannotSandbox(f"the sandbox did not start: {complaint or 'no reason given'}")
        self.close()
        self.restarts += 1
        self.outcome.waited |= reason == "wall"
        self.outcome.status = "partly graded"
        what = f"code cell {number} {CELL_LEFT_OUT[reason]}"
        if self.restarts > MOST_RESTARTS or number not in [n for n, _ in self.cells]:
            raise _NotReady(f"{what}.")
        self.cells = [cell for cell in self.cells if cell[0] != number]
        self.note(f"{what}, so it was left out.")
        self.outcome.reason = "a cell was left out"

    def close(self) -> None:
        if self.box is not None:
            self.box.close()
            self.outcome.cpu_seconds += self.box.cpu_seconds
            self.box = None

    # ------------------------------------------------------------------ the questions

    def play(self, tasks: Sequence[Task]) -> tuple[list[dict[str, Any]], str]:
        """What was found for each task, and why not all were played; mends the box if needed."""
        plays = [task.steps for task in tasks]
        seconds = self.assignment.seconds
        if self.stops >= HURRY_AFTER:
            seconds = min(seconds, HURRIED_SECONDS)
        wall = (2 * seconds + 5) * self.patience
        try:
            if self.given_up:
                raise Stopped("skipped")
            if self.box is None:
                self.open()
            assert self.box is not None
            order = {
                "plays": [_encoded(task) for task in tasks],
                "seconds": seconds,
                "wall": wall,
                "bytes": RESULT_BYTES,
            }
            self.box.send(order, wall)
            frame = self.box.receive(2 * seconds + 5, wall + 5)
            found, stopped = channel.read_found(channel.read_message(frame), plays)
        except (Stopped, channel.Garbled, _NotReady) as lost:
            stopped = lost.reason if isinstance(lost, Stopped) else "output"
            found = [nothing(steps, stopped) for steps in plays]
            self.lose(lost)
        self.stops += stopped in ("cpu", "wall", "memory", "processes")
        self.outcome.waited |= stopped == "wall"
        return found, stopped

    def lose(self, why: Exception) -> None:
        """The box is of no more use: a later part gets another one, a few times."""
        self.close()
        self.restarts += 1
        if self.restarts > MOST_RESTARTS or isinstance(why, _NotReady):
            self.given_up = True
            self.outcome.status = "partly graded"
            self.outcome.reason = "it stopped its sandbox again and again"

    def example(self, question: GradedQuestion) -> str:
        """What happens on the numbers of the visible check."""
        tasks = marking.public(question.question)
        found, stopped = self.play(list(tasks.values()))
        if stopped and len(tasks) > 1:  # one of them spoilt the others, so each by itself
            for i, task in enumerate(tasks.values()):
                if _stopped(found[i]) and self.stops < HURRY_AFTER:
                    found[i] = self.play([task])[0][0]
        named: Mapping[str, Mapping[str, Any]] = dict(zip(tasks, found, strict=True))
        return marking.examples(question.question, tasks, named)

    def parts(
        self, index: int, question: GradedQuestion, example: str, seed: int
    ) -> list[PartMark]:
        marks, stops = [], 0
        for p, part in enumerate(question.parts):
            tasks = marking.cases(self.assignment, index, p, seed)
            if stops < MOST_STOPS:
                found, stopped = self.play(tasks)
                stops += stopped in ("cpu", "wall", "memory", "processes")
            else:
                found = [nothing(task.steps, "skipped") for task in tasks]
            marks.append(marking.mark_part(part, tasks, found, example))
        return marks


@lru_cache(maxsize=2000)
def _encoded(task: Task) -> list[list[Any]]:
    return wire.encode_steps(task.steps)  # the same for every submission of a run


def nothing(steps: Sequence[Step], reason: str) -> dict[str, Any]:
    """What is found when nothing was played."""
    return {label: Failure("stopped", reason) for label in looks(steps)}


def _stopped(values: Mapping[str, Any]) -> bool:
    return any(isinstance(value, Failure) and value.kind == "stopped" for value in values.values())
