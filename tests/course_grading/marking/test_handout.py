"""What was handed out: what an untouched copy is, and which assignment a notebook is of."""

import pytest
from hostile_submissions import code, honest, markdown, notebook, solved

from course_grading.intake.notebook import read
from course_grading.marking import assignments, handout


def other(content: bytes, name: str) -> str:
    return handout.other_assignment(read(content), name, assignments.NAMES)


@pytest.mark.parametrize("name", assignments.NAMES)
def test_the_student_version_is_untouched_and_an_answer_is_not(name):
    given = handout.load(name)
    content = (handout.STUDENT_VERSIONS / f"{name}.ipynb").read_bytes()
    assert given.is_untouched(content)
    assert not given.is_untouched(honest(name))
    assert not given.is_untouched(b"no notebook")
    assert other(content, name) == ""


@pytest.mark.parametrize("own", assignments.NAMES)
@pytest.mark.parametrize("name", assignments.NAMES)
def test_each_assignment_is_told_from_the_others(own, name):
    """By nbgrader's ids, and where they are lost by the names of the answers."""
    without_ids = notebook([code(c["source"]) for c in solved(own) if c["cell_type"] == "code"])
    wanted = "" if own == name else own
    assert other(honest(own), name) == wanted
    assert other(without_ids, name) == wanted


def test_a_notebook_of_both_or_of_none_is_graded():
    both = notebook([*solved("hw2"), *solved("hw1")])
    assert other(both, "hw1") == other(both, "hw2") == ""
    assert other(notebook([code("x = 1"), markdown("hw2")]), "hw1") == ""
