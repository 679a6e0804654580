"""From what was found in the sandbox to points and words."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np

from course_grading.record import PartMark
from course_grading.rubric import Assignment, Part
from course_nn.exercises.tasks import VISIBLE_SEED, Task, TaskQuestion, Verdict, judge

MOST_CHARACTERS = 1200  # of an example
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
def public(question: TaskQuestion) -> dict[str, Task]:
    """The tasks of the visible check, with the same numbers as in the notebook."""
    with _making_tasks:
        return {
            what: make(np.random.default_rng(VISIBLE_SEED)) for what, make in question.tasks.items()
        }


def mark_part(
    part: Part, tasks: Sequence[Task], found: Sequence[Mapping[str, Any]], example: str = ""
) -> PartMark:
    """The mark of a part.

    Args:
        tasks: its cases.
        found: for each case, what was found under each label.
        example: what happened on the public numbers.
    """
    labels = list(tasks[0].wanted)
    share, said = 0.0, []
    for label in labels:
        verdicts = [
            judge(task.wanted[label], values[label])
            for task, values in zip(tasks, found, strict=True)
        ]
        wrong = [verdict for verdict in verdicts if verdict.kind != "right"]
        share += _credit(part, wrong) if wrong else 1
        said += [(label, verdict.safe) for verdict in wrong]
    points = round(part.points * share / len(labels), 2)
    sentences = _sentences(said, labels)
    return PartMark(part.words, points, part.points, sentences, example if said else "")


def _credit(part: Part, wrong: Sequence[Verdict]) -> float:
    """What is given for a slip that every wrong case shows."""
    return max(
        (
            credit
            for words, credit in part.credit.items()
            if all(verdict.kind == "slip" and words in verdict.safe for verdict in wrong)
        ),
        default=0.0,
    )


def _sentences(said: Sequence[tuple[str, str]], labels: Sequence[str]) -> tuple[str, ...]:
    """Each sentence once, and without the labels if it is the same for all of them."""
    if len({words for _, words in said}) == 1 and {label for label, _ in said} == set(labels):
        return (said[0][1],)
    return tuple(dict.fromkeys(f"{label}: {words}" for label, words in said))


def examples(
    question: TaskQuestion, tasks: Mapping[str, Task], found: Mapping[str, Mapping[str, Any]]
) -> str:
    """What happened on the public numbers, for the first task that is not right; "" if all are."""
    for what, task in tasks.items():
        for label, wanted in task.wanted.items():
            verdict = judge(wanted, found[what][label])
            if verdict.kind == "open":
                return ""
            if verdict.kind != "right":
                where = f"{label}: " if len(task.wanted) > 1 else ""
                text = f"{question.name}, {what}. {task.description}\n{where}{verdict.words}"
                return text[:MOST_CHARACTERS]
    return "On the numbers of the visible check everything is right; on others it is not."
