"""A small homework in a course folder of its own, for tests to build and to plant errors in."""

import json
from copy import deepcopy
from pathlib import Path

import numpy as np
from notebook_samples import code, markdown, notebook_text, printed

from course_exercises.homework.tasks import Task, TaskQuestion
from course_exercises.question import Slip
from course_grading.marking.rubric import Assignment, GradedQuestion, Part, WrittenQuestion


def nbgrader(grade_id, *, grade=False, solution=False, locked=False, points=None):
    """The metadata of nbgrader for a cell."""
    flags = {"grade": grade, "solution": solution, "locked": locked, "task": False}
    given = {} if points is None else {"points": points}
    return {"nbgrader": {"schema_version": 3, "grade_id": grade_id, **flags, **given}}


SOLUTION = "    doubled_secretly = 2 * z"
HIDDEN = "    assert double(4711) == 9422"
WRITTEN = "Because the sum of two equal numbers is twice the number."
TITLE, GIVEN, DEMO, TEXT, ANSWER, TESTS, QUESTION = range(7)
CELLS = [
    markdown("# Homework 9"),
    code("import math", **nbgrader("hw9-setup", locked=True), tags=["given"]),
    code("print(math.floor(2.5))", printed("2\n"), tags=["demo"]),
    markdown("## Question 1: Double (90 points)\n\nWrite it."),
    code(
        f"def double(z):\n    ### BEGIN SOLUTION\n{SOLUTION}\n    return doubled_secretly\n"
        "    ### END SOLUTION",
        **nbgrader("hw9-q1", solution=True),
    ),
    code(
        "try:\n    print(f'Right. {double(2)}')\nexcept NotImplementedError:\n"
        "    print('not attempted yet.')\n"
        f"if True:\n    ### BEGIN HIDDEN TESTS\n{HIDDEN}\n    ### END HIDDEN TESTS\n    pass",
        printed("Right. 4\n"),
        **nbgrader("hw9-q1-check", grade=True, locked=True, points=90),
    ),
    markdown(
        f"## Question 2: Why (10 points)\n\nWhy?\n\n### BEGIN SOLUTION\n{WRITTEN}\n### END SOLUTION"
    )
    | {"metadata": nbgrader("hw9-q2", grade=True, solution=True, points=10)},
]


SLIP = Slip("nothing was doubled.")


def nothing(rng: np.random.Generator) -> Task:
    return Task("", [], {})


def sample_rubric(*, title="Double", parts=(60.0, 30.0), written=10.0, name="Question 1"):
    """The rubric of these cells, or another one."""
    question = TaskQuestion(name, "double", {"a number": nothing}, praise="Yes.")
    return Assignment(
        "hw9",
        "A small one",
        [
            GradedQuestion(
                question, title, [Part("a part", p, nothing, credit={SLIP: 0.5}) for p in parts]
            ),
            WrittenQuestion("hw9-q2", "Why", written, "because"),
        ],
    )


def sample_cells():
    """The cells, to be changed at will."""
    return deepcopy(CELLS)


def write_source(root: Path, cells=CELLS) -> Path:
    """The source `hw9` in the course folder `root`."""
    path = root / "homework" / "source" / "hw9" / "hw9.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(json.loads(notebook_text(*cells)), indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path
