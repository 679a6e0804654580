"""What was handed out: what an untouched copy is, and which assignment a notebook is of."""

import json

import first_cell
import pytest
from hostile_submissions import code, honest, markdown, notebook, solved
from keyed_samples import HANDED_OUT, A

import course_nn
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


def test_the_first_cell_of_another_release_or_none_is_no_answer():
    given = handout.load("hw1")
    content = json.loads((handout.STUDENT_VERSIONS / "hw1.ipynb").read_bytes())
    place = first_cell.PLACE
    assert content["cells"][place]["id"] == first_cell.ID

    def untouched(source):
        content["cells"][place]["source"] = source
        return given.is_untouched(json.dumps(content).encode())

    other = first_cell.source().replace(course_nn.__version__, "0.0.1")
    assert untouched(other)
    assert not untouched(f"{other}\n\ndef {min(given.names)}():\n    return 1")
    assert not untouched("x = 1")
    del content["cells"][place]
    assert given.is_untouched(json.dumps(content).encode())


def test_a_key_alone_is_no_answer():
    given = handout.Handout(sources=frozenset([HANDED_OUT]))
    assert given.is_untouched(notebook([code(HANDED_OUT.replace('""', f'"{A}"'))]))
    assert given.is_untouched(notebook([code(HANDED_OUT.replace('""', "'mistyped'"))]))
    assert not given.is_untouched(notebook([code(HANDED_OUT.replace('""', f'"{A}"\nx = 1'))]))


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


@pytest.mark.parametrize("name", assignments.NAMES)
def test_copies_handed_out_before_each_cell_imported_what_it_needs(name):
    """Their checks are known all the same, and left as they are they are untouched."""
    given = handout.load(name)
    content = (handout.STUDENT_VERSIONS / f"{name}.ipynb").read_bytes()
    cells = json.loads(content)["cells"]
    for cell in cells:
        source = "".join(cell["source"])
        if cell["metadata"].get("nbgrader", {}).get("grade_id", "").endswith("-check"):
            assert given.only_shows(source) and given.answers_checked_by(source)
            cell["source"] = source.split("\n\n", 1)[1]
            assert given.answers_checked_by(cell["source"]) == given.answers_checked_by(source)
            assert given.only_shows(cell["source"])
        elif source.startswith("import numpy as np\n\n\n"):
            cell["source"] = source.split("\n\n\n", 1)[1]
    earlier = notebook(cells)
    assert earlier.count(b"questions.q") and b"import hw" in earlier
    assert given.is_untouched(earlier)


def test_a_cell_of_the_readers_own_is_no_check():
    given = handout.load("hw1")
    assert not given.only_shows("import os\nquestions.q1.check(shapes)")
    assert given.answers_checked_by("x = 1\nquestions.q1.check(shapes)") == ()
