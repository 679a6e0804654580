"""The homework's sources are as nbgrader and the course want them, the student versions follow."""

import copy
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import nbformat
import pytest
from homework_samples import (
    ANSWER,
    DEMO,
    GIVEN,
    HIDDEN,
    QUESTION,
    SOLUTION,
    TESTS,
    TEXT,
    WRITTEN,
    sample_cells,
    write_source,
)
from nbclient import NotebookClient
from notebook_guards.rules import StoredNotebook, find_problems
from notebook_guards.trajectories import describe_chaos, run_twice
from notebook_samples import code, markdown

from course_grading.publishing import homework, leaks

ROOT = Path(__file__).resolve().parents[3]
SOURCES = homework.source_paths(ROOT)
each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)


def text_of(output):
    return output.get("text") or output.get("data", {}).get("text/plain", "")


def is_check(cell):
    """Whether a student sees there whether an answer is right."""
    return cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade", False)


def checks_that_do_not_say(notebook, word):
    """The check cells whose output does not have `word` in each verdict; a long one is wrapped."""
    wrong = []
    for cell in filter(is_check, notebook.cells):
        said = "".join(text_of(output) for output in cell.outputs)
        verdicts = re.split(r"^(?=Question |Right\. |Not yet: )", said.strip(), flags=re.MULTILINE)
        if not said.strip() or any(word not in each for each in filter(None, verdicts)):
            wrong.append(f"{cell.metadata.nbgrader.grade_id}: {said!r}")
    return wrong


def execute(notebook, folder):
    """A copy, run from top to bottom in a fresh kernel; a cell that raises is an error."""
    notebook = copy.deepcopy(notebook)
    settings = {"timeout": 120, "kernel_name": "python3", "resources": {"metadata": {}}}
    settings["resources"]["metadata"]["path"] = str(folder)
    NotebookClient(notebook, extra_arguments=["--log-level=ERROR"], **settings).execute()
    return notebook


# ------------------------------------------------------------------ the homework as it is


def test_the_four_are_there():
    assert [path.stem for path in SOURCES] == ["hw1", "hw2", "hw3", "hw4"]


@each_source
def test_source_is_as_it_must_be(source):
    assert homework.find_problems(homework.read(source)) == []


@each_source
def test_source_passes_its_own_checks(source):
    """That the stored outputs are what the cells print, hidden tests included, says nbval."""
    notebook = homework.read(source)
    assert any(map(is_check, notebook.cells))
    assert checks_that_do_not_say(notebook, "Right. ") == []


@pytest.mark.long
@each_source
def test_source_is_not_chaotic(source):
    assert not describe_chaos(*run_twice(source))


def test_student_versions_are_those_of_their_sources():
    assert homework.stale(ROOT) == [], "run `python3 run.py homework`"


@each_source
def test_student_version_is_the_source_without_its_regions(source):
    """Found without nbgrader: what is outside stays, what is inside is gone."""
    student = homework.read(homework.student_path(source))
    for mine, theirs in zip(homework.read(source).cells, student.cells, strict=True):
        outside = [line for line in homework.outside_of_regions(mine.source).split("\n") if line]
        stubs = {"# YOUR CODE HERE", "raise NotImplementedError()", "YOUR ANSWER HERE"}
        kept = [line for line in theirs.source.split("\n") if line and line.strip() not in stubs]
        assert kept == outside
        assert not theirs.get("outputs") and theirs.get("execution_count") is None
        assert theirs.id == mine.id
        assert set(theirs.metadata.get("tags", [])) == set(mine.metadata.get("tags", []))


@pytest.fixture(scope="module")
def secrets():
    return leaks.secrets(ROOT)


@pytest.mark.all
@each_source
def test_student_version_shows_no_secret(source, secrets):
    path = homework.student_path(source)
    files = {PurePosixPath(path.name): path.read_bytes()}
    assert leaks.find_leaks(files, secrets) == []


@each_source
@pytest.mark.long
def test_student_version_runs_and_every_check_says_not_attempted_yet(source):
    path = homework.student_path(source)
    run = execute(homework.read(path), path.parent)
    assert checks_that_do_not_say(run, "not attempted yet") == []


# ------------------------------------------------------------------ a small one


@pytest.fixture
def root(tmp_path):
    write_source(tmp_path)
    return tmp_path


def source_in(root):
    return root / "homework" / "source" / "hw9" / "hw9.ipynb"


def test_right_source_is_accepted(root):
    assert homework.find_problems(homework.read(source_in(root))) == []


def test_student_version_of_the_small_one(root):
    student = nbformat.reads(homework.student_version(source_in(root)).decode(), as_version=4)
    cells = student.cells
    stub = "    # YOUR CODE HERE\n    raise NotImplementedError()"
    assert cells[ANSWER].source == f"def double(z):\n{stub}"
    assert cells[QUESTION].source.endswith("(10 points)\n\nWhy?\n\nYOUR ANSWER HERE")
    assert cells[TESTS].source.endswith("if True:\n    pass")
    assert cells[TESTS].metadata.nbgrader.points == 90
    assert cells[TESTS].metadata.editable is False
    assert cells[ANSWER].metadata.nbgrader.checksum
    assert "editable" not in cells[ANSWER].metadata
    assert (cells[GIVEN].metadata.tags, cells[DEMO].metadata.tags) == (["given"], ["demo"])
    assert "".join(str(cell.get("outputs", "")) for cell in cells).strip("[]") == ""


def test_building_twice_changes_no_byte_and_leaves_nothing_behind(root, capsys, monkeypatch):
    monkeypatch.chdir(root)
    assert homework.main([], root) == 0
    path = root / "notebooks" / "homework" / "hw9.ipynb"
    first = path.read_bytes()
    assert homework.main(["hw9"], root) == 0
    assert path.read_bytes() == first
    assert capsys.readouterr().out == (
        "notebooks/homework/hw9.ipynb: built anew\nnotebooks/homework/hw9.ipynb: unchanged\n"
    )
    files = [each.relative_to(root) for each in root.rglob("*") if each.is_file()]
    assert sorted(files) == [
        Path("homework/source/hw9/hw9.ipynb"),
        Path("notebooks/homework/hw9.ipynb"),
    ]
    assert Path.cwd() == root


def test_unknown_name_is_refused(root, capsys):
    assert homework.main(["hw8"], root) == 1
    assert "no homework hw8. There are: hw9" in capsys.readouterr().err


def test_stale_missing_and_orphaned_versions_are_named(root, capsys):
    assert homework.stale(root) == ["hw9.ipynb has not been built."]
    assert homework.main([], root) == 0
    assert homework.stale(root) == []
    assert homework.main(["--check"], root) == 0
    cells = sample_cells()
    cells[TEXT]["source"] += " Write it well."
    write_source(root, cells)
    assert homework.stale(root) == ["hw9.ipynb is not what its source gives."]
    before = homework.student_path(source_in(root)).read_bytes()
    assert homework.main(["--check"], root) == 1
    assert "hw9.ipynb is not what its source gives." in capsys.readouterr().out
    assert homework.student_path(source_in(root)).read_bytes() == before, "only looked at"
    assert homework.main([], root) == 0
    (root / "notebooks" / "homework" / "hw7.ipynb").touch()
    assert homework.stale(root) == ["hw7.ipynb has no source; delete it."]


def test_another_solution_gives_the_same_student_version(root):
    first = homework.student_version(source_in(root))
    cells = sample_cells()
    cells[ANSWER]["source"] = cells[ANSWER]["source"].replace("2 * z", "z + z")
    assert homework.student_version(write_source(root, cells)) == first


def changed(place, **changes):
    """The small homework's cells with other metadata of nbgrader in one of them."""
    cells = sample_cells()
    meta = cells[place]["metadata"]["nbgrader"]
    for key, value in changes.items():
        if value is None:
            del meta[key]
        else:
            meta[key] = value
    return cells


def with_text(place, old, new):
    cells = sample_cells()
    assert old in cells[place]["source"]
    cells[place]["source"] = cells[place]["source"].replace(old, new)
    return cells


def tagged(place, *tags):
    cells = sample_cells()
    cells[place]["metadata"]["tags"] = list(tags)
    return cells


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (changed(TESTS, points=80), "expected 100 points, not 90"),
        (changed(TESTS, points="90"), "expected a whole number of points, not '90'"),
        (changed(TESTS, points=0), "whole number"),
        (changed(TESTS, points=None), "nbgrader's keys must be"),
        (changed(ANSWER, points=1), "nbgrader's keys must be"),
        (changed(ANSWER, checksum="1"), "nbgrader's keys must be"),
        (changed(ANSWER, schema_version=2), "schema_version must be 3, not 2"),
        (changed(QUESTION, task=True), "a task cell"),
        (changed(QUESTION, solution=False), "a written question must be graded and a solution"),
        (changed(ANSWER, grade_id="hw9-setup"), "'hw9-setup' is that of cell 2 ('import math')"),
        (changed(ANSWER, grade_id=""), "the grade_id ''"),
        (changed(ANSWER, locked=True), "answers must not be"),
        (changed(TESTS, locked=False), "tests and what is given must be locked"),
        (changed(ANSWER, solution=False), "not marked as an answer"),
        (changed(TESTS, grade=False), "not marked as tests"),
        (changed(GIVEN, solution=True, locked=False), "expected BEGIN SOLUTION"),
        (with_text(ANSWER, "    ### END SOLUTION", ""), "BEGIN SOLUTION has no END SOLUTION"),
        (with_text(ANSWER, "BEGIN SOLUTION", "SOLUTION"), "'### END SOLUTION' has no partner"),
        (with_text(TESTS, "END HIDDEN TESTS", "END SOLUTION"), "'### END SOLUTION' has no partner"),
        (with_text(ANSWER, SOLUTION, "    ### BEGIN SOLUTION"), "'### BEGIN SOLUTION' has no"),
        (with_text(DEMO, "print", "### BEGIN SOLUTION\n### END SOLUTION\nprint"), "not marked"),
        (tagged(TEXT, "given"), "what is given must be locked"),
        (tagged(DEMO, "nbval-skip"), "expected no tags but"),
        (tagged(GIVEN, "given", "demo"), "a demonstration must not have"),
        (sample_cells()[:TESTS] + sample_cells()[QUESTION:], "no tests follow this answer"),
        (
            [*sample_cells(), sample_cells()[ANSWER]],
            "cell 8 ('def double(z):'): no tests follow this answer",
        ),
    ],
)
def test_what_is_wrong_with_a_source_is_named(tmp_path, cells, words):
    source = write_source(tmp_path, cells)
    assert words in "\n".join(homework.find_problems(homework.read(source)))
    with pytest.raises(homework.HomeworkError, match=r"hw9\.ipynb, "):
        homework.student_version(source)


def test_nothing_is_written_from_a_wrong_source(tmp_path, capsys):
    write_source(tmp_path, changed(TESTS, points=80))
    assert homework.main([], tmp_path) == 1
    assert "hw9.ipynb, expected 100 points, not 90." in capsys.readouterr().err
    assert not (tmp_path / "notebooks").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}'])
def test_file_that_is_no_notebook_is_named(root, text, capsys):
    source_in(root).write_text(text)
    assert homework.main([], root) == 1
    assert "hw9.ipynb is not a notebook" in capsys.readouterr().err


def test_what_nbgrader_itself_refuses_is_handed_on(root, monkeypatch):
    monkeypatch.setattr(homework, "find_problems", lambda notebook: [])
    write_source(root, with_text(ANSWER, "    ### END SOLUTION", ""))
    with pytest.raises(homework.HomeworkError, match="no end solution statement found"):
        homework.student_version(source_in(root))


# ------------------------------------------------------------------ what the tests above refuse


def test_check_with_another_word_is_found():
    notebook = nbformat.from_dict({"cells": sample_cells()})
    assert checks_that_do_not_say(notebook, "Right. ") == []
    for said in ["Right. 4\nNot yet: 5\n", "", "not attempted yet"]:
        notebook.cells[TESTS].outputs[0].text = said
        assert checks_that_do_not_say(notebook, "Right. ") == [f"hw9-q1-check: {said!r}"]


@pytest.mark.long
def test_student_version_of_the_small_one_runs(root):
    assert homework.main([], root) == 0
    path = homework.student_path(source_in(root))
    run = execute(homework.read(path), path.parent)
    assert checks_that_do_not_say(run, "not attempted yet") == []
    broken = homework.read(path)
    broken.cells.append(nbformat.v4.new_code_cell("double(1)"))
    with pytest.raises(Exception, match="NotImplementedError"):
        execute(broken, path.parent)


@pytest.mark.parametrize("secret", [SOLUTION, HIDDEN, WRITTEN])
@pytest.mark.parametrize("spread", [lambda line: line, lambda line: line.replace(" ", "   ")])
def test_secret_in_a_student_version_is_found(root, secret, spread):
    source = homework.read(source_in(root))
    secrets = leaks.secrets_of({"hw9": source}, [])
    student = homework.student_version(source_in(root))
    name = PurePosixPath("hw9.ipynb")
    assert leaks.find_leaks({name: student}, secrets) == []
    notebook = nbformat.reads(student.decode(), as_version=4)
    notebook.cells[TEXT].source += f"\n{spread(secret)}\n"
    (problem,) = leaks.find_leaks({name: nbformat.writes(notebook).encode()}, secrets)
    assert problem.startswith("hw9.ipynb: it has a line of a solution or of hidden tests of hw9")


def test_links_lead_from_where_the_student_version_is(tmp_path):
    path = source_in(tmp_path)
    (tmp_path / "notebooks" / "homework").mkdir(parents=True)
    (tmp_path / "notebooks" / "01_one.ipynb").touch()

    def problems(target):
        cells = [markdown("# Homework 9"), markdown(f"[one]({target})"), code("x = 1")]
        write_source(tmp_path, cells)
        return [str(problem) for problem in find_problems(StoredNotebook.read(path))]

    assert problems("../01_one.ipynb") == []
    assert "leads nowhere" in "".join(problems("../../../notebooks/01_one.ipynb"))


def test_an_unwritten_homework_is_no_promised_error(tmp_path):
    def problems(error):
        text = f"try:\n    double(1)\nexcept {error}:\n    print('not written yet')"
        path = write_source(tmp_path, [markdown("# Homework 9"), code(text)])
        return [str(problem) for problem in find_problems(StoredNotebook.read(path))]

    assert problems("NotImplementedError") == []
    assert "nn.expect_error(ValueError)" in "".join(problems("ValueError"))


@pytest.mark.parametrize(
    "line",
    ["    return z", 'if activation == "tanh":', "print(math.floor(2.5))", "the lesson has this"],
)
def test_generic_and_public_lines_are_no_secrets(root, line):
    cells = sample_cells()
    cells[ANSWER]["source"] = cells[ANSWER]["source"].replace(SOLUTION, line)
    source = homework.read(write_source(root, cells))
    secrets = leaks.secrets_of({"hw9": source}, ["Here the lesson\nhas it: the lesson has this."])
    assert leaks.squeeze(line) not in secrets
    assert leaks.squeeze(HIDDEN) in secrets


@pytest.mark.long
def test_nbval_keeps_away_from_the_student_versions(root):
    assert homework.main([], root) == 0
    shutil.copy(ROOT / "conftest.py", root)
    (root / "pytest.ini").touch()
    (root / "tools").symlink_to(ROOT / "tools")

    def collected(folder):
        command = [sys.executable, "-m", "pytest", "--nbval", "--collect-only", "-q", folder]
        return subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8").stdout

    assert "hw9.ipynb::cell 1" in collected("homework")
    assert "no tests collected" in collected("notebooks")
    assert "no tests collected" in collected("notebooks/homework")
