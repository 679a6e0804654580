"""A small assignment of two questions, notebooks for it, and zips."""

import io
import zipfile

import numpy as np

from course_exercises.homework.actions import Call, Get, Step
from course_exercises.homework.tasks import Task, TaskQuestion, Wanted
from course_exercises.question import Slip
from course_grading.intake.notebook import Cell, Notebook
from course_grading.marking.rubric import Assignment, GradedQuestion, Part, WrittenQuestion

NOT_DOUBLED = Slip("nothing was doubled.")


def double_task(rng: np.random.Generator) -> Task:
    x = rng.normal(size=4)
    steps: list[Step] = [Call("double", (x,), into="r"), Get("r")]
    return Task(f"double({x.round(3).tolist()})", steps, {"r": Wanted(2 * x, {NOT_DOUBLED: x})})


def both_task(rng: np.random.Generator) -> Task:
    a, b = rng.normal(size=2)
    steps: list[Step] = [Call("both", (a, b), into="r"), Get("r.0", "sum"), Get("r.1", "product")]
    return Task("both(a, b)", steps, {"sum": Wanted(a + b), "product": Wanted(a * b)})


q1 = TaskQuestion("Question 1", "double", {"an array": double_task}, praise="Yes.")
q2 = TaskQuestion("Question 2", "both", {"numbers": both_task, "again": both_task}, praise="Yes.")

ASSIGNMENT = Assignment(
    "hw9",
    "A small one",
    [
        GradedQuestion(
            q1,
            "Double",
            [
                Part("one array", 10, double_task, credit={NOT_DOUBLED: 0.25}),
                Part("another array", 10, double_task),
                Part("a third array", 10, double_task),
            ],
        ),
        WrittenQuestion("hw9-q2", "Why", 10, "because"),
        GradedQuestion(q2, "Both", [Part("two numbers", 20, both_task, cases=2)]),
    ],
    seconds=1.0,
)
RIGHT = ("def double(x):\n    return 2 * x", "def both(a, b):\n    return a + b, a * b")


def notebook(*sources: str) -> Notebook:
    """A notebook of these code cells."""
    return Notebook(tuple(Cell("code", source) for source in sources))


def zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 1, 12, 0, 0)), content)
    return file.getvalue()
