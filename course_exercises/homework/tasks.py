"""The questions of the homework: a task is played with the names of a notebook, and judged.

The check in the notebook takes a fixed set of numbers, grading takes others; steps, right values
and slips are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Failure, Step, play
from course_exercises.question import NotAttempted, Question, Wrong, explain, find_slip

VISIBLE_SEED = 20  # of the numbers that the checks in the notebooks use


@dataclass(frozen=True)
class Wanted:
    """The right value under a label, and what comes out if one of the usual slips is made.

    The words of a slip hold no numbers of the case: grading shows them with hidden numbers. `nan`
    is what to say about NaN or infinity, which are like no slip's value.
    """

    right: Any
    slips: Mapping[str, Any] = field(default_factory=dict)
    tolerance: float = 1e-5  # of the largest entry; float32 has 1e-7 and loses some on the way
    nan: str = ""


@dataclass(frozen=True)
class Reaches:
    """Where many values are right: something is measured of the value, and has to be enough.

    Args:
        shape: of the array that is wanted.
        measure: takes this array, finite, and returns a number, such as an accuracy.
        minimum: the least that is right.
        short: what to say if it is less, and the least for these words; the best first.
        said: with public numbers, what was measured, such as "it reads {:.0%}: ".
    """

    shape: tuple[int, ...]
    measure: Callable[[np.ndarray], float]
    minimum: float
    short: Mapping[str, float]
    said: str = ""


@dataclass(frozen=True, eq=False)
class Task:
    """What is done with the names of a notebook, and what should come out under each label.

    `description` says in words what was done, numbers included; it is shown with public numbers.
    """

    description: str
    steps: Sequence[Step]
    wanted: Mapping[str, Wanted | Reaches]


@dataclass(frozen=True)
class Verdict:
    """What is said about one value.

    Args:
        kind: "right", "open", "unfinished", "missing", "attribute", "changed", "error", "type",
            "slip", "shape", "nan", "wrong", "stopped".
        words: for public numbers; may hold text and numbers that came out of the student's code.
        safe: the same without anything that came out of it or that depends on the numbers.
    """

    kind: str
    words: str
    safe: str


RIGHT = Verdict("right", "right", "right")
SAFE = {
    "type": "a number or an array of numbers is needed.",
    "shape": "the shape is not the one that is asked for.",
    "nan": "it holds NaN or infinity.",
    "wrong": "the numbers are not right.",
}
OF_THE_WHOLE = ("error", "changed", "missing", "unfinished")  # not of one label
COMMON_ERRORS = ("AttributeError", "IndexError", "KeyError", "NameError", "TypeError", "ValueError")
STOPPED = {
    "cpu": "it ran far longer than it needs to, and was stopped.",
    "wall": "it waited and waited (for an input, a pause, another program?), and was stopped.",
    "memory": "it took far more memory than it needs, and was stopped.",
    "processes": "it started too many processes or threads, and was stopped.",
    "output": "it returned far more data than is asked for.",
    "ended": "it ended the whole interpreter instead of returning something.",
    "skipped": "it was not tried, because the parts before ran out of time.",
}


def judge(wanted: Wanted | Reaches, found: Any) -> Verdict:
    """The verdict on what `play` found under a label."""
    if isinstance(found, Failure):
        if found.kind == "nan" and isinstance(wanted, Wanted) and wanted.nan:
            return Verdict("nan", wanted.nan, wanted.nan)
        return _judge_failure(found)
    if _not_numbers(found):
        words = f"a number or an array of numbers is needed, not a {type(found).__name__}."
        return Verdict("type", words, SAFE["type"])
    if isinstance(wanted, Reaches):
        return _judge_measure(wanted, np.asarray(found, dtype=float))
    if wanted.nan and not np.isfinite(np.asarray(found, dtype=float)).all():
        return Verdict("nan", wanted.nan, wanted.nan)
    largest = np.max(np.abs(np.asarray(wanted.right, dtype=float)), initial=1e-3)
    absolute = wanted.tolerance * float(largest)
    slip = find_slip(found, wanted.right, wanted.slips, wanted.tolerance, absolute)
    if slip is None:
        return RIGHT
    kind, words = slip
    return Verdict(kind, words, words if kind == "slip" else SAFE[kind])


def labelled(task: Task, label: str, verdict: Verdict) -> str:
    """The words of a verdict for public numbers, with the label where it says something."""
    whole = len(task.wanted) == 1 or verdict.kind in OF_THE_WHOLE
    return verdict.words if whole else f"{label}: {verdict.words}"


def _judge_measure(wanted: Reaches, found: np.ndarray) -> Verdict:
    if found.shape != wanted.shape:
        words = f"the shape is {found.shape}; it should be {wanted.shape}."
        return Verdict("shape", words, SAFE["shape"])
    if not np.isfinite(found).all():
        return Verdict("nan", SAFE["nan"], SAFE["nan"])
    measured = wanted.measure(found)
    if measured >= wanted.minimum:
        return RIGHT
    for words, least in wanted.short.items():
        if measured >= least:
            said = wanted.said.format(measured) if measured >= 0 else ""
            return Verdict("slip", said + words, words)
    return Verdict("wrong", SAFE["wrong"], SAFE["wrong"])


def _not_numbers(found: Any) -> bool:
    """Booleans and complex numbers would be converted, so they are refused before."""
    try:
        return _holds_bool(found) or np.asarray(found).dtype.kind not in "fiu"
    except Exception:  # an object of the student's, which may do anything
        return True


def _holds_bool(found: Any) -> bool:
    """Whether a list has True or False in it, which NumPy would take for 1 and 0."""
    if isinstance(found, (list, tuple)):
        return any(map(_holds_bool, found))
    return isinstance(found, (bool, np.bool_))


def _judge_failure(failure: Failure) -> Verdict:
    about, text = failure.about, failure.text
    if failure.kind == "open":
        words = "not attempted yet."
        if text:
            words += " If you did, a `return` may be missing."
        return Verdict("open", words, words)
    if failure.kind == "missing":
        words = f"there is no {about}. Is its cell run, and its name as the question has it?"
        return Verdict("missing", words, words)
    if failure.kind == "unfinished":
        words = f"it uses {about}, which is not written yet."
        return Verdict("unfinished", words, "it uses something that is not written yet.")
    if failure.kind == "attribute":
        words = f"{text}."
        return Verdict("attribute", words, "an attribute or a part of the result is missing.")
    if failure.kind == "changed":
        words = "an argument was changed in place, so it would be another array afterwards. " + (
            "Work on a new one."
        )
        return Verdict("changed", words, words)
    if failure.kind == "type":
        return Verdict(
            "type", f"a number or an array of numbers is needed, not {about}.", SAFE["type"]
        )
    if failure.kind == "nan":
        return Verdict("nan", SAFE["nan"], SAFE["nan"])
    if failure.kind == "stopped":
        return Verdict("stopped", STOPPED[about], STOPPED[about])
    # Few names, because a submission could tell hidden numbers by which error it raises.
    named = about if about in COMMON_ERRORS else "an error"
    return Verdict("error", explain(about, text), f"your code stopped with {named}.")


class TaskQuestion(Question):
    """A question of the homework, made of tasks.

    Args:
        name: "Question 2 of hw1".
        answer: the name that the answer has in the notebook.
        tasks: what is tried, in this order, and for each a function that makes the task from a
            random generator.
        praise: what is said when all of it is right.
        hints: from the first nudge on; a homework has no `solution`.
    """

    def __init__(
        self,
        name: str,
        answer: str,
        tasks: Mapping[str, Callable[[np.random.Generator], Task]],
        *,
        praise: str,
        hints: Sequence[str] = ("Read the question once more, with the shapes beside it.",),
    ) -> None:
        super().__init__(
            name, answer, lambda given: self._try(given, VISIBLE_SEED), hints=hints, solution=""
        )
        self.tasks, self.praise = tasks, praise

    def names(self, answer: Any) -> Mapping[str, Any]:
        """The names of the notebook: `globals()` as it is, or the one answer under its name."""
        return answer if isinstance(answer, dict) else {self.answer: answer, "course_nn": nn}

    def _try(self, answer: Any, seed: int) -> str:
        names = {**self.names(answer), "course_nn": nn, "numpy": np}
        right: list[str] = []
        for what, make in self.tasks.items():
            task = make(np.random.default_rng(seed))
            found = play(task.steps, names)
            for label, wanted in task.wanted.items():
                verdict = judge(wanted, found[label])
                if verdict.kind == "open":
                    advice = verdict.words.removeprefix("not attempted yet.").strip()
                    done = f"Right so far: {'; '.join(right)}." if right else ""
                    raise NotAttempted(f"{done} {advice}".strip())
                if verdict.kind != "right":
                    words = labelled(task, label, verdict)
                    raise Wrong(f"{words}\nTried: {what}. {task.description}")
            right.append(what)
        return self.praise

    def require(self, answer: Any, seed: int) -> None:
        """Raise an AssertionError unless the answer is right with the numbers of this seed.

        For the hidden tests of nbgrader; the grader does the same from outside.
        """
        try:
            self._try(answer, seed)
        except NotAttempted:
            raise AssertionError(f"{self.name}: not attempted.") from None
        except Wrong as wrong:
            raise AssertionError(f"{self.name}: {wrong}") from None

    def solution(self) -> None:
        """Say that the homework has none to show."""
        print(f"{self.name}: this is homework; its solution is not handed out.")
