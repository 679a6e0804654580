"""Every homework: its solution has full marks, wrong answers are refused, named and marked as
they should be, other right answers lose nothing.  Data: wrong_answers_hwN.py, other_ways_hwN.py."""

import functools
import importlib
import re
import warnings
from itertools import combinations
from pathlib import Path

import nbformat
import numpy as np
import pytest
from rewording import reworded

import course_nn as nn
from course_exercises.homework.actions import Failure, looks, play
from course_exercises.homework.tasks import VISIBLE_SEED, Satisfies, Wanted, judge
from course_exercises.question import Slip, same
from course_grading.marking import marks as marking
from course_grading.marking.marks import failures, judge_part, part_mark
from course_grading.marking.rubric import GradedQuestion, WrittenQuestion
from course_grading.sandbox.channel import read_value
from course_grading.sandbox.inside import wire

ROOT = Path(__file__).parents[4]
STUB = "# YOUR CODE HERE\nraise NotImplementedError()\n"


class Homework:
    """An assignment with its source notebook and the data of its tests."""

    def __init__(self, name):
        self.name = name
        self.assignment = importlib.import_module(
            f"course_grading.marking.assignments.{name}"
        ).ASSIGNMENT
        self.questions = importlib.import_module(f"course_exercises.homework.{name}")
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
        exec(compiled(self.code(solved=solved)), space)
        exec(more, space)
        return space


@functools.cache
def compiled(code):
    return compile(code, "<cell>", "exec")


def without_solutions(source):
    """As nbgrader's converter does it."""

    def stub(match):
        return "".join(f"{match[1]}{line}\n" for line in STUB.splitlines())

    return re.sub(r"( *)### BEGIN SOLUTION\n(.*?)### END SOLUTION\n?", stub, source, flags=re.S)


@pytest.fixture
def seeds(request):
    """Of the hidden numbers; parts are rounded, and no seed may be lucky."""
    return range(3 if request.config.getoption("--long") else 1)


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


@functools.cache
def made(make, seed, number):
    return [make(np.random.default_rng([seed, case])) for case in range(number)]


def cases(part, seed):
    """The cases of a part with numbers from this seed, made once; nobody changes them."""
    return made(part.task, seed, part.cases)


def marks(graded, seed, names):
    """The points that a question gets, as the grader gives them, but without a sandbox.

    Each time it is seen that they are the same if everything is said in other words.
    """
    total = 0.0
    for part in graded.parts:
        tasks, found = cases(part, seed), []
        for task in tasks:
            steps = wire.decode_steps(wire.encode_steps(task.steps))
            values = play(steps, {**names, "course_nn": nn, "numpy": np})
            found.append({label: through_the_channel(v) for label, v in values.items()})
        mark = part_mark(part, judge_part(tasks, found))
        failed = [failures(*each) for each in zip(tasks, found, strict=True)]
        with reworded():
            assert part_mark(part, judge_part(tasks, found)).points == mark.points
            assert [failures(*each) for each in zip(tasks, found, strict=True)] == failed
        total += mark.points
    return total


def words_of(named):
    """The words of a slip, or these words."""
    return named.words if isinstance(named, Slip) else named


def slips_that_show(graded, names):
    """All slips that an answer shows with the numbers of the visible check."""
    shown = set()
    for make in graded.question.tasks.values():
        task = make(np.random.default_rng(VISIBLE_SEED))
        found = play(task.steps, {**names, "course_nn": nn, "numpy": np})
        for label, wanted in task.wanted.items():
            shown.update(judge(wanted, found[label]).slips)
    return shown


PASTE = "paste this into a cell:\n"
# Right, and slow: loops over lists; the student's own trainer, one example at a time.
LEFT = {"hw2-q5-17": pytest.mark.all, "hw4-q6-11": pytest.mark.long}


def pytest_generate_tests(metafunc):
    """What the tests of a homework are tried with, by the names of their arguments."""
    if metafunc.cls is None:
        return
    homework = metafunc.cls.homework
    graded = homework.graded
    given = {  # functions, because the tasks take seconds to make
        "q": lambda: [(q, q) for q, _ in graded],
        "wrong": lambda: [(f"{entry[0]}-{words_of(entry[2])}", entry) for entry in homework.wrong],
        "other": lambda: [(f"{entry[0]}-{i}", entry) for i, entry in enumerate(homework.other)],
        "part": lambda: [(f"{q}-{p.words}", p) for q, entry in graded for p in entry.parts],
        "make": lambda: [
            (f"{q}-{what}", make)
            for q, entry in graded
            for what, make in entry.question.tasks.items()
            if PASTE in make(np.random.default_rng(VISIBLE_SEED)).description
        ],
    }
    for argument in sorted(given.keys() & set(metafunc.fixturenames)):
        params, seen = [], set()
        for number, (key, value) in enumerate(given[argument]()):
            question = key.split("-")[0]
            # Trainers take long: of their answers one for each question is tried in every run.
            # Of the many wrong answers to the other homeworks it is every fourth one.
            if homework.name == "hw4":
                is_left = argument != "q" and question in seen
            else:
                is_left = argument == "wrong" and number % 4 > 0
            seen.add(question)
            name = f"{homework.name}-{key}"
            later = pytest.mark.long if homework.name == "hw4" else pytest.mark.all
            mark = LEFT.get(name, later if is_left else ())
            params.append(pytest.param(value, id=name, marks=mark))
        metafunc.parametrize(argument, params)


def test_every_homework_is_tried_here():
    tried = sorted(each.homework.name for each in EveryHomework.__subclasses__())
    sources = [path.name for path in (ROOT / "homework" / "source").glob("hw*")]
    assignments = [
        path.stem for path in (ROOT / "course_grading/marking/assignments").glob("hw*.py")
    ]
    assert tried == sorted(assignments) == sorted(sources)


class EveryHomework:
    """One class for each homework, so that they can be tried at the same time."""

    homework: Homework

    def test_100_points_of_which_a_person_gives_20(self):
        """That the notebook says the same is tested in publishing/test_agreement.py."""
        homework = self.homework
        assert homework.assignment.points == 100
        assert 5 <= len(homework.assignment.questions) <= 8
        asked = [q for q in homework.assignment.questions if isinstance(q, WrittenQuestion)]
        assert sum(question.points for question in asked) == 20

    def test_enough_wrong_and_other_answers(self):
        assert len(self.homework.wrong) >= 14
        assert len(self.homework.other) >= 6
        assert {entry[0] for entry in self.homework.wrong} == {q for q, _ in self.homework.graded}

    def test_the_solution_is_right(self, q, seeds):
        graded, names = self.homework.question(q), self.homework.names()
        kind, text = graded.question.verdict(names)
        assert kind == "right", text
        for seed in seeds:
            assert marks(graded, seed, names) == graded.points
        graded.question.require(names, 1)

    def test_a_stub_is_not_attempted(self, q):
        graded, names = self.homework.question(q), self.homework.names(solved=False)
        kind, text = graded.question.verdict(names)
        assert kind == "open", text
        assert marks(graded, 0, names) == 0
        with pytest.raises(AssertionError, match="not attempted"):
            graded.question.require(names, 0)

    def test_a_wrong_answer_is_named_and_marked(self, wrong, seeds):
        q, code, named, points = wrong
        graded, names = self.homework.question(q), self.homework.names(code)
        kind, text = graded.question.verdict(names)
        assert kind != "right"
        assert words_of(named) in text
        if isinstance(named, Slip):
            assert named in slips_that_show(graded, names)
        assert points < graded.points
        for seed in seeds:
            assert marks(graded, seed, names) == pytest.approx(points, abs=0.02)
        with pytest.raises(AssertionError):
            graded.question.require(names, 0)

    def test_other_right_answers_have_full_marks(self, other, seeds):
        q, code = other
        names = self.homework.names(code)
        for each, graded in self.homework.graded:
            if q not in ("all", each):
                continue
            kind, text = graded.question.verdict(names)
            assert kind == "right", f"{each}: {text}"
            for seed in seeds:
                assert marks(graded, seed, names) == graded.points

    @pytest.mark.long
    def test_nonsense_gains_nothing(self, q):
        graded, names = self.homework.question(q), self.homework.names()
        answers = re.findall(r"^(?:def|class) (\w+)", self.homework.code(), flags=re.M)
        for nonsense in (
            "?",
            None,
            1j,
            float("nan"),
            [[1], [2, 3]],
            object(),
            {},
            {"z1": 1.0},
            True,
            [],
            int,
        ):
            wrong = names | {answer: lambda *a, nonsense=nonsense: nonsense for answer in answers}
            assert graded.question.verdict(wrong)[0] in ("wrong", "open")
            assert marks(graded, 0, wrong) == 0
        without = {key: value for key, value in names.items() if key not in answers}
        assert graded.question.verdict(without)[0] == "wrong"
        assert marks(graded, 0, without) == 0

    @pytest.mark.all
    def test_slips_are_the_same_words_whatever_the_numbers(self, part):
        def slips(task):
            return {
                label: set(value.slips if isinstance(value, Wanted) else value.short)
                for label, value in task.wanted.items()
                if not isinstance(value, Satisfies)  # a judge tells its slips when it sees them
            }

        first, *others = [slips(cases(part, seed)[0]) for seed in range(5)]
        for other in others:
            assert other == first
        known = set().union(*first.values())
        all_known = len(first) == len(cases(part, 0)[0].wanted)
        assert not all_known or set(part.credit) <= known, "a credit that nobody can get"

    @pytest.mark.all
    def test_slips_can_be_told_apart(self, part):
        """From each other and from the right value, for nearly all numbers."""
        alike = {}
        for task in [task for seed in range(5) for task in cases(part, seed)]:
            assert set(looks(task.steps)) >= set(task.wanted)
            for pair in coinciding(task):
                alike[pair] = alike.get(pair, 0) + 1
        assert not {pair: times for pair, times in alike.items() if times > 1}

    def test_a_case_that_is_pasted_into_a_cell_is_the_one_that_was_tried(self, make):
        for seed in range(2):
            task, printed = make(np.random.default_rng(seed)), []
            names = self.homework.names() | {"print": printed.append}
            *lines, last = task.description.partition(PASTE)[2].splitlines()
            exec("\n".join(lines), names)
            result = eval(last, names)
            if "sizes" in last:  # of notes, of which that is shown
                found = {label: names["report"] for label in task.wanted}
            elif printed:  # one for each label
                found = dict(zip(looks(task.steps), printed, strict=True))
            else:
                several = isinstance(result, dict) and task.wanted.keys() <= result.keys()
                found = {k: result[k] if several else result for k in task.wanted}
            for label, wanted in task.wanted.items():
                assert judge(wanted, found[label]).kind == "right"

    def test_public_slips_can_be_told_apart(self, q):
        """With the numbers that a student sees, no slip is taken for another one."""
        for what, make in self.homework.question(q).question.tasks.items():
            task = make(np.random.default_rng(VISIBLE_SEED))
            assert not list(coinciding(task)), what

    def test_a_failure_is_no_value(self, q):
        """Whatever goes wrong inside an answer is a failure for every label, never a crash."""
        for part in self.homework.question(q).parts:
            task = cases(part, 0)[0]
            found = play(task.steps, {})
            assert all(isinstance(found[label], Failure) for label in task.wanted)


def coinciding(task):
    """Label and words of the values that cannot be told from each other."""
    for label, wanted in task.wanted.items():
        if isinstance(wanted, Wanted):
            values = {"right": wanted.right, **wanted.slips}
            yield from (
                (label, a, b)
                for (a, first), (b, second) in combinations(values.items(), 2)
                if np.size(first) and same(first, second, tolerance=wanted.tolerance)
            )


class InFloat32:
    """For homeworks in which NumPy alone is needed: all arrays are made float32 first."""

    homework: Homework
    # A step of 1e-5 is lost in the seven digits of float32, and so is what the checker is for.
    NOT_POSSIBLE = ("a right gradient", "a gradient with", "a function that is strongly curved")
    HARDEST = (
        "large logits",
        "left as it was",
        "several examples",
        "a parabola",
    )  # digits are lost

    @pytest.mark.all
    def test_float32_is_right_whatever_the_numbers(self, part):
        if part.words.startswith(self.NOT_POSSIBLE):
            return
        names = self.homework.names()
        for answer in re.findall(r"^def (\w+)", self.homework.code(), flags=re.M):
            names[answer] = in_float32(names[answer])
        for seed in range(200 if part.words.endswith(self.HARDEST) else 50):
            task = part.task(np.random.default_rng(seed))
            found = play(task.steps, {**names, "numpy": np})
            for label, wanted in task.wanted.items():
                verdict = judge(wanted, through_the_channel(found[label]))
                assert verdict.kind == "right", f"seed {seed}, {label}: {verdict.words}"


def in_float32(function):
    def single(value):
        if isinstance(value, dict):
            return {key: single(entry) for key, entry in value.items()}
        floats = isinstance(value, np.ndarray) and value.dtype.kind == "f"
        return value.astype(np.float32) if floats else value

    return lambda *arguments: function(*map(single, arguments))


class TestHw1(InFloat32, EveryHomework):
    homework = Homework("hw1")


class TestHw2(InFloat32, EveryHomework):
    homework = Homework("hw2")


class TestHw3(EveryHomework):
    homework = Homework("hw3")


class TestHw4(EveryHomework):
    homework = Homework("hw4")


def test_what_is_right_so_far_is_said():
    homework = TestHw1.homework
    stub = "def forward(x, W1, W2, W3):\n    raise NotImplementedError()"
    kind, text = homework.questions.q2.verdict(homework.names(stub))
    assert kind == "open"
    assert "Fill in forward and run" in text
    assert "Right so far: sigmoid; squared_error, several examples;" in text


def credit_by_words(judged, part, label, paid):
    """As it was: the words of a slip are looked for in the sentence."""
    wrong = judged.wrong[label]
    found = [
        credit
        for slip, credit in part.credit.items()
        if all(words_of(slip) in v.safe.split(" Or: ") for v in wrong)
    ]
    return max(found, default=0.0) if wrong else 1.0


def failures_by_words(task, found):
    verdicts = [judge(wanted, found[label]) for label, wanted in task.wanted.items()]
    return frozenset(verdict.safe for verdict in verdicts if verdict.kind in marking.NO_VALUE)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("_credit", "def batch_loss(L): return L.sum()"),
        ("failures", "def batch_loss(L): return L.no_such"),
    ],
)
def test_a_decision_by_words_is_noticed(monkeypatch, name, code):
    """Where `marks` is called, that is in all tests above."""
    graded, names = TestHw1.homework.question("q2"), TestHw1.homework.names(code)
    assert marks(graded, 0, names) <= 17
    if name == "_credit":
        monkeypatch.setattr(marking.Judged, name, credit_by_words)
    else:
        monkeypatch.setattr(marking, name, failures_by_words)
        monkeypatch.setitem(globals(), name, failures_by_words)
    with pytest.raises(AssertionError):
        marks(graded, 0, names)
