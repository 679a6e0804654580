"""Notebooks that students have kept go on working: `handed_out` holds the code cells of lessons and
homework as they were handed out before the questions were named by topic."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tiers import thinned

from course_nn.exercises import MEANT, REPLACED

HERE = Path(__file__).parent
HANDED_OUT = HERE / "handed_out"
LESSONS = sorted(path.stem for path in HANDED_OUT.glob("[0-9]*.ipynb"))
HOMEWORK = sorted(path.stem for path in HANDED_OUT.glob("hw*.ipynb"))
AS_IT_WAS = [name for name in HOMEWORK if name not in REPLACED]
TRAIN = ("07", "08", "09", "10", "11", "12", "hw4")  # these take long


def one_by_one(names):
    """The names as parameters of a test; those that train are left to --long."""
    return [
        pytest.param(name, marks=pytest.mark.long) if name.startswith(TRAIN) else name
        for name in names
    ]


def run_python(*arguments):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, encoding="utf-8", errors="replace"
    )


def played(notebook, *arguments, before=""):
    """What the checks of a notebook said, run in a fresh process; the error if a cell raised one.

    `before` is run first, to plant something.
    """
    script = HERE / "play_notebook.py"
    code = f"{before}\nimport runpy, sys\nrunpy.run_path({str(script)!r}, run_name='__main__')"
    run = run_python("-c", code, str(notebook), *arguments)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def check_lesson(name, before=""):
    path = HANDED_OUT / f"{name}.ipynb"
    said = played(path, before=before)
    assert len(said) == path.read_text("utf-8").count(".check(") > 0
    for question, unanswered, solved in said:
        number = f"Exercise {int(name[:2])}.{question[1:]}: "  # as the notebook has it
        assert number + "not attempted yet" in unanswered
        assert solved.startswith(number + "Right. ")


@pytest.mark.parametrize("name", one_by_one(LESSONS))
@pytest.mark.long
def test_a_lesson_runs_and_its_checks_know_the_solutions(name):
    check_lesson(name)


@pytest.mark.parametrize("name", thinned(HOMEWORK, 4))
def test_a_homework_that_nobody_has_filled_in_runs(name):
    said = played(HANDED_OUT / f"{name}.ipynb", "-")
    assert len(said) == 6
    for _, unanswered, _ in said:
        if name in REPLACED:
            assert unanswered.startswith(f"{name} was replaced by another homework")
        else:
            assert "not attempted yet" in unanswered


def test_every_old_name_is_tried():
    tried = {f"lesson_{name[:2]}" for name in LESSONS} | set(HOMEWORK)
    assert tried == set(MEANT)


# instructors: begin
SOURCE = HERE.parents[1] / "homework" / "source"


@pytest.mark.parametrize("name", thinned(one_by_one(AS_IT_WAS), 3))
def test_a_homework_filled_in_is_right(name, tmp_path):
    """Each cell that students fill in has the text that it has in the source."""

    def grade_id(cell):
        return cell["metadata"].get("nbgrader", {}).get("grade_id")

    source = json.loads((SOURCE / name / f"{name}.ipynb").read_text("utf-8"))
    solutions = {
        grade_id(cell): cell["source"]
        for cell in source["cells"]
        if cell["metadata"].get("nbgrader", {}).get("solution")
    }
    notebook = json.loads((HANDED_OUT / f"{name}.ipynb").read_text("utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = solutions.get(grade_id(cell), cell["source"])
    path = tmp_path / f"{name}.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    said = played(path, "-")
    assert len(said) == 6
    for question, right, _ in said:
        assert "Right. " in right, question


# instructors: end
@pytest.mark.all
def test_a_name_that_leads_nowhere_is_seen():
    before = "import course_nn.exercises as e; del e.MEANT['lesson_03']"
    with pytest.raises(AssertionError, match="There are no questions 'lesson_03'"):
        check_lesson("03_derive_the_gradient_of_W3", before)


@pytest.mark.all
def test_a_name_that_leads_to_other_questions_is_seen():
    before = "import course_nn.exercises as e; e.MEANT['lesson_03'] = 'gradient_of_W2'"
    with pytest.raises(AssertionError):
        check_lesson("03_derive_the_gradient_of_W3", before)


def test_an_exception_in_a_cell_is_seen(tmp_path):
    path = tmp_path / "a.ipynb"
    cell = {"cell_type": "code", "source": ["import course_nn as nn\n", "nn.no_such_name"]}
    path.write_text(json.dumps({"cells": [cell]}))
    with pytest.raises(AssertionError, match="no_such_name"):
        played(path)


@pytest.mark.parametrize(
    "code",
    thinned(
        [
            "import course_nn.exercises.lesson_03 as q; q.q1.check",
            "from course_nn.exercises import lesson_03; lesson_03.q1.check",
            "from course_nn.exercises.lesson_03 import q1; q1.check",
            "from course_nn.exercises.hw2 import q1; q1.check",
            "import course_nn.exercises.hw1; course_nn.exercises.hw1.q1.check",
            "from course_nn.exercises import lesson_03 as old\n"
            "from course_exercises import gradient_of_W3 as new\nassert old.q3.code == new.q2.code",
        ],
        3,
    ),
)
def test_all_ways_to_import_the_old_names(code):
    run = run_python("-c", code)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    "code",
    thinned(
        [
            "import course_nn.exercises.lesson_99",
            "from course_nn.exercises import lesson_99",
            "from course_nn.exercises.lesson_99 import q1",
        ],
        3,
    ),
)
def test_an_unknown_name_is_refused_in_a_sentence(code):
    run = run_python("-c", code)
    assert run.returncode == 1
    assert "ImportError: There are no questions 'lesson_99'. The old names are" in run.stderr


def test_the_checks_of_a_replaced_homework_say_so():
    run = run_python(
        "-c",
        "import course_nn.exercises as e; e.REPLACED.add('hw1')\n"
        "from course_nn.exercises import hw1 as questions, lesson_01\n"
        "questions.q1.check(globals()); lesson_01.q1.check(None)",
    )
    replaced, other = run.stdout.splitlines()
    assert replaced.startswith("hw1 was replaced by another homework")
    assert "not attempted yet" in other
