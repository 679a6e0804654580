"""What is known about a run and about each of its submissions: plain data, kept as JSON.

Nothing in a record holds a hidden number, so feedback can be made from it and handed out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from course_exercises.homework.tasks import Explained
from course_grading.intake.notebook import Picture
from course_grading.results.strict_json import NOT_IN_0_1_0, structured


class Status(StrEnum):
    """What became of a submission; the values stand in tables and records."""

    GRADED = "graded"
    PARTLY_GRADED = "partly graded"
    COULD_NOT_BE_RUN = "could not be run"
    MISSING = "missing"


CHANGED = "the answer was changed after it was marked, so it is to be marked again."
# What stands in records of version 0.1.0, whatever is said today.
_CHANGED_IN_0_1_0 = (
    "Question {}: the answer was changed after it was marked, so it is to be marked again."
)


@dataclass(frozen=True)
class PartMark:
    """The mark of one part of a question.

    Args:
        words: what was asked, from the rubric.
        points, out_of: what it got, and what it is worth.
        said: what to say to the student, one sentence for each slip; empty if all is right.
        example: what happened on the public numbers of the visible check, if something was wrong
            there; text of the student's code may be in it, so it is escaped where it is shown.
        with_right: the earlier answers that were replaced by right ones when this was marked,
            because it was worth less with those of the student.
        rebound: the names that were used for something else below the check of the answer, where
            it was worth more with the names as they stood when the check ran.
        explained: the student's own network, and the lines of the answer one by one, where the
            question is about these; the lines are the student's text.
    """

    words: str
    points: float
    out_of: float
    said: tuple[str, ...] = ()
    example: str = ""
    with_right: tuple[str, ...] = field(default=(), metadata=NOT_IN_0_1_0)
    rebound: tuple[str, ...] = field(default=(), metadata=NOT_IN_0_1_0)
    explained: Explained | None = field(default=None, metadata=NOT_IN_0_1_0)


@dataclass(frozen=True)
class QuestionMark:
    """The marks of one question; `number` is its place in the assignment, from 1."""

    number: int
    title: str
    answer: str
    parts: tuple[PartMark, ...]

    @property
    def points(self) -> float:
        return sum(part.points for part in self.parts)

    @property
    def out_of(self) -> float:
        return sum(part.out_of for part in self.parts)


@dataclass(frozen=True)
class WrittenAnswer:
    """An answer for a person to mark.

    Args:
        text: what the student wrote; None if there is no such cell or nothing was written in it.
        guide: for the person who marks, never for the student: it may hold the answer.
        points: None until somebody has marked it.
        comment: what the person who marked it wants to say to the student.
        changed: after it was marked, so the points were taken off and it is to be marked again.
        pictures: that were pasted into it.
    """

    number: int
    grade_id: str
    title: str
    out_of: float
    text: str | None
    guide: str = ""
    points: float | None = None
    comment: str = ""
    changed: bool = field(default=False, metadata=NOT_IN_0_1_0)
    pictures: tuple[Picture, ...] = field(default=(), metadata=NOT_IN_0_1_0)

    @property
    def answered(self) -> bool:
        """Whether there is more than spaces."""
        return bool(self.pictures) or (self.text is not None and bool(self.text.strip()))

    @property
    def open(self) -> bool:
        """Whether there is something for a person to mark: no answer has no points by itself."""
        return self.points is None and self.answered

    @property
    def mark(self) -> float | None:
        """The points, None while a person is still to mark it; nothing written is worth 0."""
        return None if self.open else self.points or 0.0


@dataclass(frozen=True)
class HandMark:
    """Points that a person gave in override.csv, in place of those of the grader.

    Args:
        question: its number, from 1.
        reason: for the student too.
    """

    question: int
    points: float
    reason: str


@dataclass(frozen=True)
class Record:
    """One student and one assignment.

    Args:
        student: the id, as the roster or the submission's name has it: never used as a path.
        key: names the files of this student: letters, digits, "-", "_", "." only, unique in a run.
        name: from the roster, else "".
        source: where the submission was found, as a person would say it.
        digest: SHA-256 of the submission; "" if there is none.
        status: with `reason`, for people, for everything but `GRADED`.
        grader_failed: the grader itself, not the submission: the next run tries it again.
        notes: what the instructor and the student should know: a cell left out, a definition used.
        submitted_at: ISO 8601; "" if not known.
        seconds_late: None if not known, 0 if in time.
        sandboxed: False if it was run with --unsafe-no-sandbox.
        cpu_seconds: what the submission used in the sandbox.
        first_name, last_name, email, aliases: from the roster; further ids, to find a row by.
        handed_in_as: the file or folder in the zip of the learning platform; "" if none.
        marked_late: what Canvas says; None if nobody says anything.
        late_penalty: points that the late policy takes off; None if there is no policy, or if it
            is not known how late it was.
        by_hand: points of override.csv.
        other_attempts: digests of what was handed in as well, was graded, and does not count.
        homework_key: of the student, as the roster has it: whose numbers it was graded with. ""
            without one, and where no question depends on it.
        typed_key: what the notebook has as its key; None if it has no line for one, or if no
            question depends on it.
    """

    assignment: str
    student: str
    key: str
    status: Status
    reason: str = ""
    name: str = ""
    source: str = ""
    digest: str = ""
    questions: tuple[QuestionMark, ...] = ()
    written: tuple[WrittenAnswer, ...] = ()
    notes: tuple[str, ...] = ()
    submitted_at: str = ""
    seconds_late: float | None = None
    sandboxed: bool = True
    cpu_seconds: float = 0.0
    max_points: float = 100.0
    grader_failed: bool = field(default=False, metadata=NOT_IN_0_1_0)
    first_name: str = field(default="", metadata=NOT_IN_0_1_0)
    last_name: str = field(default="", metadata=NOT_IN_0_1_0)
    email: str = field(default="", metadata=NOT_IN_0_1_0)
    aliases: tuple[str, ...] = field(default=(), metadata=NOT_IN_0_1_0)
    handed_in_as: str = field(default="", metadata=NOT_IN_0_1_0)
    marked_late: bool | None = field(default=None, metadata=NOT_IN_0_1_0)
    late_penalty: float | None = field(default=None, metadata=NOT_IN_0_1_0)
    by_hand: tuple[HandMark, ...] = field(default=(), metadata=NOT_IN_0_1_0)
    other_attempts: tuple[str, ...] = field(default=(), metadata=NOT_IN_0_1_0)
    homework_key: str = field(default="", metadata=NOT_IN_0_1_0)
    typed_key: str | None = field(default=None, metadata=NOT_IN_0_1_0)

    @property
    def has_other_key(self) -> bool:
        """Whether the notebook was worked with another key than it was graded with."""
        ran = self.status in (Status.GRADED, Status.PARTLY_GRADED)
        return ran and (self.typed_key or "") != self.homework_key

    def hand_mark(self, number: int) -> HandMark | None:
        """What a person set for this question, if anything."""
        return next((mark for mark in self.by_hand if mark.question == number), None)

    def mark_of(self, entry: QuestionMark | WrittenAnswer) -> float | None:
        """The points of a question that count; None while a person is still to mark it."""
        by_hand = self.hand_mark(entry.number)
        if by_hand is not None:
            return by_hand.points
        return entry.points if isinstance(entry, QuestionMark) else entry.mark

    @property
    def to_mark(self) -> tuple[WrittenAnswer, ...]:
        """The written answers that a person is still to mark."""
        return tuple(answer for answer in self.written if self.mark_of(answer) is None)

    @property
    def late(self) -> bool:
        """Whether it is known to be late, with or without by how much."""
        if self.seconds_late is None:
            return self.marked_late is True
        return self.seconds_late > 0

    @property
    def grade(self) -> float | None:
        """The points after the late policy; None while an answer is still to be marked."""
        if self.to_mark:
            return None
        return max(0.0, self.points_so_far - (self.late_penalty or 0.0))

    @property
    def said(self) -> tuple[str, ...]:
        """The notes, and a sentence for each answer that was changed after it was marked."""
        changed = (answer.number for answer in self.written if answer.changed)
        return (*self.notes, *(f"Question {number}: {CHANGED}" for number in changed))

    @property
    def automatic_points(self) -> float:
        """What the grader gave, or a person in its place."""
        return sum(self.mark_of(question) or 0.0 for question in self.questions)

    @property
    def written_points(self) -> float | None:
        """What a person gave; None while an answer is still to be marked."""
        if self.to_mark:
            return None
        return sum(self.mark_of(answer) or 0.0 for answer in self.written)

    @property
    def points_so_far(self) -> float:
        """What the grader and, up to now, a person gave."""
        return self.automatic_points + sum(self.mark_of(answer) or 0.0 for answer in self.written)

    def as_json(self) -> dict[str, Any]:
        """Plain dictionaries and lists."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> Record:
        """The record that `as_json` wrote, also that of an earlier version.

        Raises ValueError if something in it is missing, unknown, of another type or not finite.
        """
        record = structured(data, cls)
        if "grader_failed" in data:
            return record
        # Version 0.1.0 had a note instead of `changed`.
        notes = {answer: _CHANGED_IN_0_1_0.format(answer.number) for answer in record.written}
        written = tuple(
            dataclasses.replace(answer, changed=answer.changed or note in record.notes)
            for answer, note in notes.items()
        )
        others = tuple(note for note in record.notes if note not in notes.values())
        return dataclasses.replace(record, written=written, notes=others)


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
