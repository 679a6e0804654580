"""Every homework: its solution has full marks, wrong answers are refused, named and marked as
they should be, other right answers lose nothing.  Data: wrong_answers_hwN.py, other_ways_hwN.py."""

import importlib
import re
import warnings
from itertools import combinations
from pathlib import Path

import nbformat
import numpy as np
import pytest

import course_nn as nn
from course_grading.channel import read_value
from course_grading.inside import wire
from course_grading.marking import mark_part
from course_grading.rubric import GradedQuestion, WrittenQuestion
from course_nn.exercises.question import same
from course_nn.exercises.steps import Failure, looks, play
from course_nn.exercises.tasks import VISIBLE_SEED, Wanted, judge

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem[-3:] for path in Path(__file__).parent.glob("wrong_answers_hw*.py"))
STUB = "# YOUR CODE HERE\nraise NotImplementedError()\n"


class Homework:
    """An assignment with its source notebook and the data of its tests."""

    def __init__(self, name):
        self.name = name
        self.assignment = importlib.import_module(f"course_grading.assignments.{name}").ASSIGNMENT
        self.questions = importlib.import_module(f"course_nn.exercises.{name}")
        self.wrong = importlib.import_module(f"wrong_answers_{name}").WRONG
        self.other = importlib.import_module(f"other_ways_{name}").OTHER
        path = ROOT / "homework" / "source" / name / f"{name}.ipynb"
        self.cells = nbformat.read(path, as_version=4).cells

    @property
    def graded(self):
        """Attribute name and question, such as ("q1", GradedQuestion(...))."""
        names = {id(question): name for name, question in vars(self.questions).items()}
        return [
            (names[id(entry.question)], entry)
            for entry in self.assignment.questions
            if isinstance(entry, GradedQuestion)
        ]

    def question(self, name):
        return dict(self.graded)[name]

    def code(self, *, solved=True):
        """What a student's notebook defines: given cells and answers, in order."""
        pieces = []
        for cell in self.cells:
            if "given" in cell.metadata.get("tags", []):
                pieces.append(cell.source)
            elif cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
                pieces.append(cell.source if solved else without_solutions(cell.source))
        return "\n\n".join(pieces)

    def names(self, more="", *, solved=True):
        """The names of a notebook with the solutions, and with `more` code after them."""
        space = {"np": np, "__name__": "__main__"}
        exec(self.code(solved=solved), space)
        exec(more, space)
        return space


def without_solutions(source):
    """As nbgrader's converter does it."""

    def stub(match):
        return "".join(f"{match[1]}{line}\n" for line in STUB.splitlines())

    return re.sub(r"( *)### BEGIN SOLUTION\n(.*?)### END SOLUTION\n?", stub, source, flags=re.S)


@pytest.fixture(autouse=True)
def quiet():
    """A student's overflow is a warning, not an error."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def through_the_channel(value):
    """What the grader reads for a value that comes out of the sandbox."""
    if isinstance(value, Failure):
        return value
    try:
        return read_value(wire.encode(value, numbers_as_array=True))
    except wire.NotPlain as what:
        return Failure("type", str(what))


def marks(graded, seed, names):
    """The points that a question gets, as the grader gives them, but without a sandbox."""
    rng, total = np.random.default_rng(seed), 0.0
    for part in graded.parts:
        tasks = [part.task(rng) for _ in range(part.cases)]
        found = []
        for task in tasks:
            steps = wire.decode_steps(wire.encode_steps(task.steps))
            values = play(steps, {**names, "course_nn": nn, "numpy": np})
            found.append({label: through_the_channel(v) for label, v in values.items()})
        total += mark_part(part, tasks, found).points
    return total


HOMEWORK = {name: Homework(name) for name in NAMES}
EVERY = [(name, q) for name, homework in HOMEWORK.items() for q, _ in homework.graded]
WRONG = [(name, *entry) for name, homework in HOMEWORK.items() for entry in homework.wrong]
OTHER = [(name, *entry) for name, homework in HOMEWORK.items() for entry in homework.other]


def test_every_homework_is_tried_here():
    sources = [path.name for path in (ROOT / "homework" / "source").glob("hw*")]
    assignments = [path.stem for path in (ROOT / "course_grading/assignments").glob("hw*.py")]
    assert NAMES == sorted(assignments) == sorted(sources)


@pytest.mark.parametrize("name", NAMES)
def test_100_points_and_the_notebook_says_the_same(name):
    homework = HOMEWORK[name]
    assert homework.assignment.points == 100
    assert 5 <= len(homework.assignment.questions) <= 8
    text = "\n".join(cell.source for cell in homework.cells if cell.cell_type == "markdown")
    headings = re.findall(r"^## Question (\d): .* \((\d+) points\)$", text, flags=re.M)
    wanted = [(str(n), str(q.points)) for n, q in enumerate(homework.assignment.questions, 1)]
    assert headings == wanted
    cells = [c.metadata.nbgrader for c in homework.cells if "nbgrader" in c.metadata]
    points = [cell["points"] for cell in cells if cell["grade"]]
    assert points == [question.points for question in homework.assignment.questions]
    written = {cell["grade_id"] for cell in cells if cell["grade"] and cell["solution"]}
    asked = [q for q in homework.assignment.questions if isinstance(q, WrittenQuestion)]
    assert written == {question.grade_id for question in asked}
    assert sum(question.points for question in asked) == 20


@pytest.mark.parametrize("name", NAMES)
def test_enough_wrong_and_other_answers(name):
    homework = HOMEWORK[name]
    assert len(homework.wrong) >= 14
    assert len(homework.other) >= 6
    assert {entry[0] for entry in homework.wrong} == {q for q, _ in homework.graded}


@pytest.mark.parametrize(("name", "q"), EVERY)
def test_the_solution_is_right(name, q):
    homework = HOMEWORK[name]
    graded, names = homework.question(q), homework.names()
    kind, text = graded.question.verdict(names)
    assert kind == "right", text
    for seed in range(20):
        assert marks(graded, seed, names) == graded.points
        graded.question.require(names, seed)


@pytest.mark.parametrize(("name", "q"), EVERY)
def test_a_stub_is_not_attempted(name, q):
    homework = HOMEWORK[name]
    graded, names = homework.question(q), homework.names(solved=False)
    kind, text = graded.question.verdict(names)
    assert kind == "open", text
    assert marks(graded, 0, names) == 0
    with pytest.raises(AssertionError, match="not attempted"):
        graded.question.require(names, 0)


@pytest.mark.parametrize(
    ("name", "q", "code", "words", "points"),
    WRONG,
    ids=[f"{name}-{q}-{words}" for name, q, _, words, _ in WRONG],
)
def test_a_wrong_answer_is_named_and_marked(name, q, code, words, points):
    homework = HOMEWORK[name]
    graded, names = homework.question(q), homework.names(code)
    kind, text = graded.question.verdict(names)
    assert kind != "right"
    assert words in text
    assert points < graded.points
    for seed in range(5):
        assert marks(graded, seed, names) == pytest.approx(points, abs=0.02)  # parts are rounded
    with pytest.raises(AssertionError):
        graded.question.require(names, 0)


@pytest.mark.parametrize(
    ("name", "q", "code"), OTHER, ids=[f"{name}-{q}-{i}" for i, (name, q, _) in enumerate(OTHER)]
)
def test_other_right_answers_have_full_marks(name, q, code):
    homework = HOMEWORK[name]
    names = homework.names(code)
    for each, graded in homework.graded if q == "all" else [(q, homework.question(q))]:
        kind, text = graded.question.verdict(names)
        assert kind == "right", f"{each}: {text}"
        for seed in range(5):
            assert marks(graded, seed, names) == graded.points


@pytest.mark.parametrize(("name", "q"), EVERY)
def test_nonsense_gains_nothing(name, q):
    homework = HOMEWORK[name]
    graded, names = homework.question(q), homework.names()
    answers = re.findall(r"^(?:def|class) (\w+)", homework.code(), flags=re.M)
    for nonsense in ("?", None, 1j, float("nan"), [[1], [2, 3]], object(), {}, True, [], int):
        wrong = names | {answer: lambda *a, nonsense=nonsense: nonsense for answer in answers}
        assert graded.question.verdict(wrong)[0] in ("wrong", "open")
        assert marks(graded, 0, wrong) == 0
    without = {key: value for key, value in names.items() if key not in answers}
    assert graded.question.verdict(without)[0] == "wrong"
    assert marks(graded, 0, without) == 0


def all_parts():
    return [
        pytest.param(part, id=f"{name}-{q}-{part.words}")
        for name, homework in HOMEWORK.items()
        for q, graded in homework.graded
        for part in graded.parts
    ]


@pytest.mark.parametrize("part", all_parts())
def test_slips_are_the_same_words_whatever_the_numbers(part):
    def words(seed):
        wanted = part.task(np.random.default_rng(seed)).wanted
        return {
            label: set(value.slips if isinstance(value, Wanted) else value.short)
            for label, value in wanted.items()
        }

    first = words(VISIBLE_SEED)
    for seed in range(10):
        assert words(seed) == first
    known = set().union(*first.values())
    for words in part.credit:
        assert any(words in slip for slip in known), "a credit that nobody can get"


@pytest.mark.parametrize("part", all_parts())
def test_slips_can_be_told_apart(part):
    """From each other and from the right value, for nearly all numbers."""
    alike = {}
    for seed in range(20):
        task = part.task(np.random.default_rng(seed))
        assert set(looks(task.steps)) >= set(task.wanted)
        for label, wanted in task.wanted.items():
            if not isinstance(wanted, Wanted):
                continue
            values = {"right": wanted.right, **wanted.slips}
            for (a, first), (b, second) in combinations(values.items(), 2):
                if np.size(first) and same(first, second, tolerance=wanted.tolerance):
                    alike[label, a, b] = alike.get((label, a, b), 0) + 1
    assert not {pair: times for pair, times in alike.items() if times > 2}


def shown_tasks():
    """The tasks whose description is code that a student can paste into a cell."""
    return [
        pytest.param(name, make, id=f"{name}-{q}-{what}")
        for name, homework in HOMEWORK.items()
        for q, graded in homework.graded
        for what, make in graded.question.tasks.items()
        if PASTE in make(np.random.default_rng(VISIBLE_SEED)).description
    ]


PASTE = "paste this into a cell:\n"


@pytest.mark.parametrize(("name", "make"), shown_tasks())
def test_a_case_that_is_pasted_into_a_cell_is_the_one_that_was_tried(name, make):
    for seed in range(3):
        task, printed = make(np.random.default_rng(seed)), []
        names = HOMEWORK[name].names() | {"print": printed.append}
        *lines, last = task.description.partition(PASTE)[2].splitlines()
        exec("\n".join(lines), names)
        result = eval(last, names)
        if printed:  # one for each label
            found = dict(zip(looks(task.steps), printed, strict=True))
        else:
            found = {k: result[k] if isinstance(result, dict) else result for k in task.wanted}
        for label, wanted in task.wanted.items():
            assert judge(wanted, found[label]).kind == "right"


def test_what_is_right_so_far_is_said():
    homework = HOMEWORK["hw1"]
    stub = "def cross_entropy(z3, y):\n    raise NotImplementedError()"
    kind, text = homework.questions.q5.verdict(homework.names(stub))
    assert kind == "open"
    assert "Right so far: softmax; softmax of large logits." in text


@pytest.mark.parametrize(("name", "q"), EVERY)
def test_a_failure_is_no_value(name, q):
    """Whatever goes wrong inside an answer is a failure for every label, never a crash."""
    homework = HOMEWORK[name]
    for part in homework.question(q).parts:
        task = part.task(np.random.default_rng(0))
        found = play(task.steps, {})
        assert all(isinstance(found[label], Failure) for label in task.wanted)
