"""A small assignment in which each student has a network of their own, and notebooks for it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hostile_submissions import code, notebook

from course_exercises.homework.actions import Call, Get, Step
from course_exercises.homework.keys import generator
from course_exercises.homework.tasks import (
    RIGHT,
    ByKey,
    Explained,
    ExplainedLine,
    Satisfies,
    Task,
    TaskQuestion,
    Verdict,
    Wanted,
    not_right,
)
from course_grading import whole_class
from course_grading.marking import handout
from course_grading.marking.handout import Handout
from course_grading.marking.rubric import Assignment, GradedQuestion, Part

A, B, C, D, E = "K7Q-4MXH", "AAA-AAAF", "BCD-EFGD", "HJK-MNPF", "QRS-TUVH"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>'
)
HANDED_OUT = 'KEY = ""  # type yours between the quotes'


def weight(key: str) -> int:
    """Of the network z = w x of this student."""
    return int(generator(key, "sample").integers(2, 10_000))


def network(key: str) -> tuple[str, ...]:
    return (f"z = {weight(key)} x",)


def right_lines(key: str) -> list[str]:
    return [f"x.grad = {weight(key)} z.grad", "w.grad = x z.grad, whose x came in"]


def output_task(rng: np.random.Generator, key: str) -> Task:
    x = rng.normal(size=3)
    steps: list[Step] = [Call("output", (x,), into="z"), Get("z")]
    wanted = {"z": Wanted(weight(key) * x)}

    def explained(found: Mapping[str, Any]) -> Explained:
        return Explained(network(key), SVG)

    return Task(f"output({x.round(3).tolist()})", steps, wanted, explained)


def lines_task(rng: np.random.Generator, key: str) -> Task:
    right = right_lines(key)

    def judge(text: str) -> Verdict:
        return RIGHT if text.split("\n") == right else not_right("a line does not hold.")

    def explained(found: Mapping[str, Any]) -> Explained:
        lines = tuple(
            ExplainedLine(line, line in right, "" if line in right else "It does not follow.")
            for line in found["lines"].split("\n")
        )
        return Explained(network(key), SVG, lines, "Nudge x by a thousandth.")

    steps: list[Step] = [Call("my_lines", (), into="text"), Get("text", "lines")]
    return Task("my_lines()", steps, {"lines": Satisfies(judge, text=True)}, explained)


def same_task(rng: np.random.Generator) -> Task:
    steps: list[Step] = [Call("output", (np.zeros(2),), into="z"), Get("z")]
    return Task("output of nothing", steps, {"z": Wanted(np.zeros(2))})


def _question(number: int, answer: str, task: Any) -> TaskQuestion:
    return TaskQuestion(f"Question {number}", answer, {"yours": task}, praise="Yes.")


OUTPUT, LINES = ByKey(output_task), ByKey(lines_task)
KEYED = Assignment(
    "hw9",
    "Networks of one's own",
    [
        GradedQuestion(
            _question(1, "output", OUTPUT),
            "The output",
            [Part("your network", 30, OUTPUT), Part("where nothing comes in", 10, same_task)],
        ),
        GradedQuestion(
            _question(2, "my_lines", LINES),
            "The way back",
            [Part("your lines", 40, LINES, cases=1), Part("all of them", 20, LINES, cases=1)],
        ),
    ],
    seconds=1.0,
)
FULL = 100.0
ONLY_THE_SAME = 10.0


def worked(key: str, typed: str | None = None) -> bytes:
    """A notebook that is right for the network of this key; another may be typed in it."""
    return notebook(
        [
            code(f"KEY = {(key if typed is None else typed)!r}"),
            code(f"def output(x):\n    return {weight(key)} * x"),
            code(f"def my_lines():\n    return {chr(10).join(right_lines(key))!r}"),
        ]
    )


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """hw9 is an assignment that can be graded."""
    known = Handout(sources=frozenset([HANDED_OUT]))
    load, load_handout = whole_class.assignments.load, handout.load
    monkeypatch.setattr(
        whole_class.assignments, "load", lambda name: KEYED if name == "hw9" else load(name)
    )
    monkeypatch.setattr(
        handout, "load", lambda name: known if name == "hw9" else load_handout(name)
    )
    monkeypatch.setattr(whole_class, "_rubric_digest", lambda *unused: "rubric of keys")
