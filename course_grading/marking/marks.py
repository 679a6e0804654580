"""From what was found in the sandbox to points and words."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from course_exercises.homework.tasks import (
    ROUNDED,
    VISIBLE_SEED,
    ByKey,
    Explained,
    Satisfies,
    Task,
    Verdict,
    building,
    judge,
    labelled,
    made,
)
from course_exercises.question import Kind, Slip
from course_grading.marking.rubric import Assignment, GradedQuestion, Part
from course_grading.results.record import PartMark

MOST_CHARACTERS = 1200  # of an example, and of what is said of a line
MOST_LINES = 60  # of a student's text, that are shown line by line
MOST_OF_LINE = 300  # characters
ROUNDED_CREDIT = 0.5  # where the rubric does not say anything else
CAPPED = "That is what this question asks for, so without it there is little to count."
ALONE = "that counts once something is right that this answer computes."
OTHERWISE = "it came to no result; with the public numbers that did not happen in this way."
# Kinds of verdicts on something that is no value at all; "stopped" comes from the limits.
NO_VALUE = (
    Kind.OPEN,
    Kind.UNFINISHED,
    Kind.MISSING,
    Kind.ATTRIBUTE,
    Kind.CHANGED,
    Kind.ERROR,
    Kind.TYPE,
    Kind.NAN,
)
NOT_JUDGED = (
    "the grader has failed to judge this, through no fault of yours: it is looked at by hand."
)
NOT_JUDGED_NOTE = "the grader has failed to judge this part, which is to be looked at by hand."
# Several threads ask for tasks; also for verdicts on what is looked at as a whole, which may need a
# graph.
_making_tasks = building
_log = logging.getLogger(__name__)


def cases(
    assignment: Assignment, question: int, part: int, seed: int, key: str = ""
) -> tuple[Task, ...]:
    """The cases of a part, drawn from the secret seed: the same for every submission of a run, but
    where a task depends on the key of the student."""
    wanted = assignment.graded[question].parts[part]
    return _cases(assignment, question, part, seed, key if isinstance(wanted.task, ByKey) else "")


@lru_cache(maxsize=2000)
def _cases(
    assignment: Assignment, question: int, part: int, seed: int, key: str
) -> tuple[Task, ...]:
    wanted = assignment.graded[question].parts[part]
    name = zlib.crc32(assignment.name.encode())
    with _making_tasks:
        return tuple(
            made(wanted.task, np.random.default_rng([seed, name, question, part, case]), key)
            for case in range(wanted.cases)
        )


def public(question: GradedQuestion, key: str = "") -> tuple[Task, ...]:
    """A case of each part with public numbers: the seed of the visible check."""
    return tuple(
        _public(question, place, key if isinstance(part.example, ByKey) else "")
        for place, part in enumerate(question.parts)
    )


@lru_cache(maxsize=2000)
def _public(question: GradedQuestion, place: int, key: str) -> Task:
    with _making_tasks:
        rng = np.random.default_rng(VISIBLE_SEED)
        return made(question.parts[place].example, rng, key)


@dataclass(frozen=True)
class Example:
    """What happened on the public numbers of a part.

    Args:
        words: for the student; "" if there is nothing to say.
        failures: how it failed, see `failures`; None if nothing is known.
        explained: the student's own network and lines, where the task explains them.
    """

    words: str = ""
    failures: frozenset[Hashable] | None = None
    explained: Explained | None = None


@dataclass(frozen=True)
class Judged:
    """What was found of a part: the verdicts on the cases that are not right, for each label."""

    wrong: Mapping[str, Sequence[Verdict]]

    @property
    def right(self) -> bool:
        return not any(self.wrong.values())

    @property
    def open(self) -> bool:
        """Whether nothing was attempted."""
        return all(v.kind == Kind.OPEN for verdicts in self.wrong.values() for v in verdicts)

    def slips(self, label: str) -> frozenset[Slip]:
        """The slips that every wrong case of a label shows."""
        shown = [frozenset(verdict.slips) for verdict in self.wrong[label]]
        return frozenset.intersection(*shown) if shown else frozenset()

    @property
    def all_slips(self) -> frozenset[Slip]:
        return frozenset().union(*map(self.slips, self.wrong))

    def share(
        self, part: Part, paid: frozenset[Slip] = frozenset(), not_counted: Collection[str] = ()
    ) -> float:
        """Of the points of the part; `paid` are slips that have cost points elsewhere."""
        counted = self.wrong.keys() - set(not_counted)
        return sum(self._credit(part, label, paid) for label in counted) / len(self.wrong)

    def has_points(
        self, part: Part, paid: frozenset[Slip], labels: Collection[str]
    ) -> frozenset[str]:
        """Those of the labels that are worth something."""
        return frozenset(
            label for label in self.wrong.keys() & labels if self._credit(part, label, paid)
        )

    def _credit(self, part: Part, label: str, paid: frozenset[Slip]) -> float:
        slips = self.slips(label)
        is_value = all(verdict.kind == Kind.SLIP for verdict in self.wrong[label])  # and not NaN
        if not self.wrong[label] or (is_value and slips & paid):
            return 1.0
        credit = {ROUNDED: ROUNDED_CREDIT, **part.credit}
        return max((credit.get(slip, 0.0) for slip in slips), default=0.0)


def judge_part(tasks: Sequence[Task], found: Sequence[Mapping[str, Any]]) -> Judged:
    """The verdicts on what was found for each case of a part."""
    wrong = {}
    for label in tasks[0].wanted:
        verdicts = [_judge(task, label, values) for task, values in zip(tasks, found, strict=True)]
        wrong[label] = [verdict for verdict in verdicts if verdict.kind != Kind.RIGHT]
    return Judged(wrong)


def part_mark(
    part: Part,
    judged: Judged,
    example: str = "",
    seen: frozenset[Hashable] | None = None,
    paid: frozenset[Slip] = frozenset(),
    not_counted: Collection[str] = (),
) -> PartMark:
    """The mark of a part.

    Args:
        example: what happened on the public numbers.
        seen: how it failed there, see `failures`. A failure of another kind is not described:
            which one comes could be made to tell a hidden number. None describes all.
        paid: slips that have cost points in an earlier answer, and cost none here.
        not_counted: labels that are worth something, but only beside something else that is.
    """
    said = [
        (label, _described(verdict, seen))
        for label, verdicts in judged.wrong.items()
        for verdict in verdicts
    ]
    points = round(part.points * judged.share(part, paid, not_counted), 2)
    sentences = _sentences(said, list(judged.wrong))
    sentences += tuple(f"{label}: {ALONE}" for label in judged.wrong if label in not_counted)
    return PartMark(part.words, points, part.points, sentences, example if said else "")


def with_cap(
    question: GradedQuestion, marked: Sequence[PartMark], slips: Iterable[Slip]
) -> list[PartMark]:
    """The marks of the parts, with less points where a slip shows that the skill is missing."""
    caps = {
        slip: share * question.points
        for slip, share in question.without_skill.items()
        if slip in slips
    }
    total = sum(mark.points for mark in marked)
    if not caps or total <= min(caps.values()):
        return list(marked)
    slip = min(caps, key=lambda each: caps[each])
    most, words = caps[slip], f"{slip.words} {CAPPED}"
    return [
        replace(
            mark,
            points=round(mark.points * most / total, 2),
            said=tuple(dict.fromkeys([*mark.said, words])),
        )
        if mark.points
        else mark
        for mark in marked
    ]


def failures(task: Task, found: Mapping[str, Any]) -> frozenset[Hashable]:
    """How a task failed, where it did not come to a value that can be judged."""
    return _failures(_verdicts(task, found))


def _failures(verdicts: Mapping[str, Verdict]) -> frozenset[Hashable]:
    return frozenset(v.told for v in verdicts.values() if v.kind in NO_VALUE)


def _described(verdict: Verdict, seen: frozenset[Hashable] | None) -> Verdict:
    if seen is None or verdict.kind not in NO_VALUE or verdict.told in seen:
        return verdict
    return replace(verdict, safe=OTHERWISE, about=None)


def _sentences(said: Sequence[tuple[str, Verdict]], labels: Sequence[str]) -> tuple[str, ...]:
    """Each sentence once, and without the labels if it is the same for all of them.

    Errors of several types become one sentence: which error comes could be made to tell a number.
    """
    several = len({verdict.about for _, verdict in said if verdict.kind == Kind.ERROR}) > 1
    words = [
        (label, "your code stopped with an error." if several and v.kind == Kind.ERROR else v.safe)
        for label, v in said
    ]
    if len({text for _, text in words}) == 1 and {label for label, _ in words} == set(labels):
        return (words[0][1],)
    return tuple(dict.fromkeys(f"{label}: {text}" for label, text in words))


def example(task: Task, found: Mapping[str, Any]) -> Example:
    """What happened on the public numbers of a part."""
    verdicts = _verdicts(task, found)
    failed = _failures(verdicts)
    explained = None if failed else _explained(task, found)
    return Example(_words(task, verdicts), failed, explained)


def _words(task: Task, verdicts: Mapping[str, Verdict]) -> str:
    for label, verdict in verdicts.items():
        if verdict.kind == Kind.OPEN:
            return ""
        if verdict.kind != Kind.RIGHT:
            words = labelled(task, label, verdict)
            return f"{task.description}\n{words}"[:MOST_CHARACTERS]
    return "With the public numbers this part is right; with others it is not."


def _explained(task: Task, found: Mapping[str, Any]) -> Explained | None:
    """What the task says of these values, cut to what a page can hold."""
    if task.explained is None:
        return None
    with _making_tasks:
        try:
            explained = task.explained(found)
        except Exception:  # the marks stand without it
            _log.exception("nothing is explained of an answer (%s)", task.description)
            return None
    lines = [
        replace(line, text=line.text[:MOST_OF_LINE], said=line.said[:MOST_CHARACTERS])
        for line in explained.lines[:MOST_LINES]
    ]
    return replace(explained, lines=tuple(lines))


def _verdicts(task: Task, found: Mapping[str, Any]) -> dict[str, Verdict]:
    return {label: _judge(task, label, found) for label in task.wanted}


def _judge(task: Task, label: str, found: Mapping[str, Any]) -> Verdict:
    wanted = task.wanted[label]
    with _making_tasks if isinstance(wanted, Satisfies) else nullcontext():
        try:
            return judge(wanted, found[label])
        except Exception:  # a fault of the course's, which is to cost nobody else their marks
            _log.exception("the judge of %r failed (%s)", label, task.description)
            return Verdict(Kind.WRONG, NOT_JUDGED, NOT_JUDGED)
