"""A notebook that does not say what its rubric says is refused, and the sentence says where."""

import dataclasses
from pathlib import Path

import pytest
from homework_samples import QUESTION, TESTS, TEXT, sample_cells, sample_rubric, write_source
from notebook_samples import markdown

from course_grading.marking import assignments
from course_grading.marking.rubric import GradedQuestion
from course_grading.publishing import homework

ROOT = Path(__file__).resolve().parents[3]


def found(name: str, notebook) -> str:
    return "\n".join(homework.find_disagreements(name, notebook))


@pytest.mark.parametrize("name", assignments.NAMES)
def test_the_homework_says_what_its_rubric_says(name):
    (path,) = (path for path in homework.source_paths(ROOT) if path.stem == name)
    assert found(name, homework.read(path)) == ""


def test_every_homework_has_a_rubric_and_every_rubric_a_homework():
    assert [path.stem for path in homework.source_paths(ROOT)] == list(assignments.NAMES)


# ------------------------------------------------------------------ the rubric is changed alone


def changed(assignment, number, change):
    """The assignment with another question of this number."""
    questions = list(assignment.questions)
    questions[number - 1] = change(questions[number - 1])
    return dataclasses.replace(assignment, questions=questions)


def with_part(question, place, **changes):
    parts = list(question.parts)
    parts[place] = dataclasses.replace(parts[place], **changes)
    return dataclasses.replace(question, parts=parts)


@pytest.mark.parametrize("name", assignments.NAMES)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda q: with_part(q, 0, points=q.parts[0].points - 2),
            "question 2: its heading says {before:g} points; the rubric has {less:g}.",
        ),
        (
            lambda q: with_part(q, 0, points=q.parts[0].points - 2),
            "has {before:g} points; the rubric has {less:g}.",
        ),
        (
            lambda q: with_part(q, 0, points=q.parts[0].points - 2),
            "expected 100 points in the rubric, not 98.",
        ),
        (
            lambda q: dataclasses.replace(q, parts=q.parts[1:]),
            "question 2: its heading says {before:g} points; the rubric has {without:g}.",
        ),
        (
            lambda q: dataclasses.replace(q, title="Another one"),
            "question 2: its heading has the title {title!r}; the rubric has 'Another one'.",
        ),
    ],
)
def test_a_rubric_that_is_changed_alone_is_noticed(name, change, words, monkeypatch, capsys):
    """By `run.py homework --check`."""
    load, before = assignments.load, assignments.load(name).questions[1]
    assert isinstance(before, GradedQuestion)
    words = words.format(
        before=before.points,
        less=before.points - 2,
        without=before.points - before.parts[0].points,
        title=before.title,
    )
    other = changed(load(name), 2, change)
    monkeypatch.setattr(assignments, "load", lambda each: other if each == name else load(each))
    (path,) = (path for path in homework.source_paths(ROOT) if path.stem == name)
    assert words in found(name, homework.read(path))
    if name == "hw1":  # the first that is looked at, which is quick
        assert homework.main(["--check"], ROOT) == 1
        said = capsys.readouterr().err
        assert words in said
        assert all(line.startswith(f"{name}.ipynb, ") for line in said.splitlines())


# ------------------------------------------------------------------ a notebook, or a small rubric


def source(tmp_path, cells=None):
    return write_source(tmp_path, sample_cells() if cells is None else cells)


def with_text(place, old, new):
    cells = sample_cells()
    assert old in cells[place]["source"]
    cells[place]["source"] = cells[place]["source"].replace(old, new)
    return cells


def with_metadata(place, **changes):
    cells = sample_cells()
    cells[place]["metadata"]["nbgrader"] |= changes
    return cells


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (
            with_text(TEXT, "(90 points)", "(89 points)"),
            "question 1: its heading says 89 points; the rubric has 90.",
        ),
        (
            with_text(TEXT, "Double", "Twice"),
            "question 1: its heading has the title 'Twice'; the rubric has 'Double'.",
        ),
        (
            with_metadata(TESTS, points=80),
            "question 1: nbgrader's metadata of cell 6 has 80 points; the rubric has 90.",
        ),
        (
            with_metadata(QUESTION, points=20),
            "question 2: nbgrader's metadata of cell 7 has 20 points; the rubric has 10.",
        ),
        (
            with_metadata(QUESTION, grade_id="hw9-why"),
            "question 2: nbgrader's metadata of cell 7 has the grade_id 'hw9-why'; the rubric has "
            "'hw9-q2'.",
        ),
        (
            with_text(TEXT, "Write it.", "First this. (40 points) Then that. (49 points)"),
            "question 1: the points in brackets in its text, 40, 49, add up to 89; the rubric "
            "has 90.",
        ),
        (
            with_text(TEXT, "Write it.", "You get 30 of the 80 points for half of it."),
            "question 1: its text speaks of 30 of the 80 points; the rubric has 90.",
        ),
        (
            with_text(TEXT, "Write it.", "You get 45 of the 90 points for half of it."),
            "question 1: its text speaks of 45 of the 90 points; for a slip the rubric gives "
            "15, 30.",
        ),
        (
            with_text(TEXT, "## Question 1: Double (90 points)", "## Question 1: Double"),
            "cell 4: the heading '## Question 1: Double' is not as it must be",
        ),
        (
            with_text(TEXT, "## Question 1", "## Question 2"),
            "cell 7: the heading '## Question 2: Why (10 points)' has this number already",
        ),
        (
            with_text(TEXT, "## Question 1: Double (90 points)", "Write."),
            "question 1: the rubric has it, but no cell begins with "
            "'## Question 1: Double (90 points)'.",
        ),
        (
            [*sample_cells(), markdown("## Question 3: More (5 points)")],
            "question 3: the notebook has it ('More'), but the rubric has 2 questions.",
        ),
        (
            sample_cells()[:TESTS] + sample_cells()[QUESTION:],
            "question 1: 0 of its cells are graded by nbgrader's metadata; expected one, with 90",
        ),
        (
            [markdown("There are 3 questions and 100 points."), *sample_cells()],
            "the opening says 3 questions and 100 points; the rubric has 2 and 100.",
        ),
        (
            [
                markdown("There are 2 questions and 100 points, (80 points) and (20 points)."),
                *sample_cells(),
            ],
            "the opening says in brackets 80, 20 points; the rubric has 90, 10",
        ),
    ],
)
def test_a_notebook_that_says_something_else_is_refused(tmp_path, cells, words, capsys):
    path = source(tmp_path, cells)
    assert words in found("hw9", homework.read(path))
    for arguments in ([], ["--check"]):
        (tmp_path / "notebooks" / "homework").mkdir(parents=True, exist_ok=True)
        (tmp_path / "notebooks" / "homework" / "hw9.ipynb").touch()
        assert homework.main(arguments, tmp_path) == 1
        assert f"hw9.ipynb, {words}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        "First this. (40 points) Then that. (50 points)",
        "You get 15 of the 90 points for half of the second part.",
    ],
)
def test_what_agrees_is_accepted(tmp_path, text):
    assert found("hw9", homework.read(source(tmp_path, with_text(TEXT, "Write it.", text)))) == ""


@pytest.mark.parametrize(
    ("rubric", "words"),
    [
        (sample_rubric(parts=(60.0, 28.0)), "expected 100 points in the rubric, not 98."),
        (sample_rubric(parts=(60.0, 28.0)), "question 1: its heading says 90 points; the rubric"),
        (sample_rubric(parts=(60.0,)), "question 1: its heading says 90 points; the rubric has 60"),
        (sample_rubric(title="Twice"), "question 1: its heading has the title 'Double'; the rub"),
        (sample_rubric(parts=(50, 30), written=20.0), "question 2: its heading says 10 points; th"),
        (sample_rubric(name="Question 2"), "question 1: its visible check calls itself 'Question"),
    ],
)
def test_another_rubric_is_refused(tmp_path, rubric, words, monkeypatch):
    monkeypatch.setattr(assignments, "load", lambda name: rubric)
    assert words in found("hw9", homework.read(source(tmp_path)))
    with pytest.raises(homework.HomeworkError, match=r"hw9\.ipynb, "):
        homework.student_version(source(tmp_path))


def test_a_homework_without_a_rubric_is_refused(tmp_path):
    words = found("hw8", homework.read(source(tmp_path)))
    assert words == "it has no rubric: there is no assignment 'hw8'; there are hw1, hw2, hw3, hw4."
