"""From what was found in the sandbox to points and words."""

from __future__ import annotations

import zlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np

from course_exercises.homework.tasks import VISIBLE_SEED, Task, Verdict, judge, labelled
from course_exercises.question import Kind
from course_grading.marking.rubric import Assignment, GradedQuestion, Part
from course_grading.results.record import PartMark

MOST_CHARACTERS = 1200  # of an example
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
# Only one graph of course_nn can be built at a time, and several threads ask for tasks.
_making_tasks = Lock()


@lru_cache(maxsize=1000)
def cases(assignment: Assignment, question: int, part: int, seed: int) -> tuple[Task, ...]:
    """The cases of a part, drawn from the secret seed: the same for every submission of a run."""
    wanted = assignment.questions[question].parts[part]  # type: ignore[union-attr]
    name = zlib.crc32(assignment.name.encode())
    with _making_tasks:
        return tuple(
            wanted.task(np.random.default_rng([seed, name, question, part, case]))
            for case in range(wanted.cases)
        )


@lru_cache(maxsize=1000)
def public(question: GradedQuestion) -> tuple[Task, ...]:
    """A case of each part with public numbers: the seed of the visible check."""
    with _making_tasks:
        return tuple(part.task(np.random.default_rng(VISIBLE_SEED)) for part in question.parts)


def mark_part(
    part: Part,
    tasks: Sequence[Task],
    found: Sequence[Mapping[str, Any]],
    example: str = "",
    seen: frozenset[Hashable] | None = None,
) -> PartMark:
    """The mark of a part.

    Args:
        tasks: its cases.
        found: for each case, what was found under each label.
        example: what happened on the public numbers.
        seen: how it failed there, see `failures`. A failure of another kind is not described:
            which one comes could be made to tell a hidden number. None describes all.
    """
    labels = list(tasks[0].wanted)
    share = 0.0
    said: list[tuple[str, Verdict]] = []
    for label in labels:
        verdicts = [
            judge(task.wanted[label], values[label])
            for task, values in zip(tasks, found, strict=True)
        ]
        wrong = [verdict for verdict in verdicts if verdict.kind != Kind.RIGHT]
        share += _credit(part, wrong) if wrong else 1
        said += [(label, _described(verdict, seen)) for verdict in wrong]
    points = round(part.points * share / len(labels), 2)
    sentences = _sentences(said, labels)
    return PartMark(part.words, points, part.points, sentences, example if said else "")


def _credit(part: Part, wrong: Sequence[Verdict]) -> float:
    """What is given for a slip that every wrong case shows."""
    return max(
        (
            credit
            for slip, credit in part.credit.items()
            if all(slip in verdict.slips for verdict in wrong)
        ),
        default=0.0,
    )


def failures(task: Task, found: Mapping[str, Any]) -> frozenset[Hashable]:
    """How a task failed, where it did not come to a value that can be judged."""
    verdicts = [judge(wanted, found[label]) for label, wanted in task.wanted.items()]
    return frozenset(verdict.told for verdict in verdicts if verdict.kind in NO_VALUE)


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


def example(task: Task, found: Mapping[str, Any]) -> str:
    """What happened on the public numbers of a part."""
    for label, wanted in task.wanted.items():
        verdict = judge(wanted, found[label])
        if verdict.kind == Kind.OPEN:
            return ""
        if verdict.kind != "right":
            words = labelled(task, label, verdict)
            return f"{task.description}\n{words}"[:MOST_CHARACTERS]
    return "With the public numbers this part is right; with others it is not."
