"""Records as the grader makes them, for the tests of what is written from them."""

from dataclasses import replace
from typing import Any

from course_grading.results.record import PartMark, QuestionMark, Record, RunInfo, WrittenAnswer

RUN = RunInfo("hw2", "The chain rule", "rubric-1", "root", {"numpy": "2.4.0"}, seed=123_454_321)
SLIP = "that is 7 times the gradient: the sum over the batch, not the mean."

FIRST = QuestionMark(
    1,
    "The forward pass",
    "forward",
    (PartMark("one example", 20.0, 20.0), PartMark("a batch", 20.0, 20.0)),
)
SECOND = QuestionMark(
    2,
    "The gradient of W2",
    "gradient_W2",
    (
        PartMark("a batch, tanh", 10.0, 20.0, (SLIP,)),
        PartMark(
            "one example",
            0.0,
            20.0,
            ("f′(z2) is missing.",),
            "f(x) with x = (1, 4)\ndW2: 3 is not 2.",
        ),
    ),
)
AVERAGE = WrittenAnswer(3, "hw2-q3", "Why the average", 12.5, "Because of B.", "GUIDE: says why")
SATURATED = WrittenAnswer(4, "hw2-q4", "What saturates", 7.5, "The sigmoid.", "GUIDE: large z")


def sample(student: str = "ayse", **changes: Any) -> Record:
    """A graded submission with two questions and two written answers."""
    record = Record(
        "hw2",
        student,
        changes.pop("key", student),
        "graded",
        name="Ayşe Yılmaz",
        source=f"{student}/hw2.ipynb",
        digest="d1",
        questions=(FIRST, SECOND),
        written=(AVERAGE, SATURATED),
    )
    return replace(record, **changes)


def missing(student: str) -> Record:
    return Record("hw2", student, student, "missing", "no submission was found.")


def not_run(student: str) -> Record:
    return Record("hw2", student, student, "could not be run", "the file is empty.", digest="d2")
