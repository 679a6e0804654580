"""Every exercise takes its solution, knows when nothing was attempted, and names each slip."""

import importlib
import inspect
import re
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pytest
from tiers import examples, one_of_each
from wrong_answers_computational_graph import CUBE, SGD
from wrong_answers_forward_pass import FORWARD
from wrong_answers_gradient_of_W1 import WAY_BACK, way_back
from wrong_answers_gradient_of_W2 import TANH
from wrong_answers_sgd import EPOCH

import course_exercises
import course_nn as nn
from course_exercises import (
    batches,
    computational_graph,
    digits,
    forward_pass,
    gradient_of_W1,
    gradient_of_W2,
    loss,
    sgd,
    start_here,
)
from course_exercises.question import Kind, Question, Wrong, name_slip
from course_nn.exercises import MEANT

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
QUESTION_FILES = Path(course_exercises.__file__).parent.glob("*.py")
SHARED = (
    "__init__",
    "answers",
    "cases",
    "cuts",
    "derivations",
    "errors",
    "observation",
    "prediction",
    "question",
    "traces",
    "trials",
    "way_back",
)
LESSONS = sorted(path.stem for path in QUESTION_FILES if path.stem not in SHARED)  # by topic
QUESTIONS = [
    (lesson, name, question)
    for lesson in LESSONS
    for name, question in vars(importlib.import_module(f"course_exercises.{lesson}")).items()
    if isinstance(question, Question)
]
IDS = [f"{lesson}-{name}" for lesson, name, _ in QUESTIONS]
# Those that a lesson asks today, as an exercise or as a line that is left open: `earlier_q1` is for
# notebooks that were handed out before.
ASKED_AS = re.compile(r"[mq]\d|\w\d_line|notes|paths|own|groups")
ASKED = [entry for entry in QUESTIONS if ASKED_AS.fullmatch(entry[1])]
ASKED_IDS = [f"{lesson}-{name}" for lesson, name, _ in ASKED]
# (question, code of a wrong answer, words of the slip's name), in a file for each lesson, and one
# for what each lesson asks about earlier ones
ANSWERS = [importlib.import_module(f"wrong_answers_{name}") for name in [*LESSONS, "recall"]]
WRONG = [entry for answers in ANSWERS for entry in answers.WRONG]
# (question, code of a right answer in another style), where a file has them
OTHER_STYLES = [entry for answers in ANSWERS for entry in getattr(answers, "OTHER_STYLES", [])]


def names() -> dict:
    """What a student's cell can use."""
    return {"np": np, "nn": nn, "collected": batches.COLLECTED}


@cache
def code_of(lesson: str) -> list[str]:
    """The code cells of the lesson that asks the questions of this topic."""
    asks = f"from course_exercises import {lesson} as questions"
    lessons = [*NOTEBOOKS.glob("*.ipynb"), *NOTEBOOKS.glob("further/*.ipynb")]
    (notebook,) = (path for path in lessons if asks in path.read_text("utf-8"))
    cells = nbformat.read(notebook, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def answer_of(question: Question, code: str):
    lesson = next(lesson for lesson, _, other in QUESTIONS if other is question)
    space = names() | {"questions": importlib.import_module(f"course_exercises.{lesson}")}
    exec(code, space)
    return space[question.answer]


@pytest.mark.parametrize(("lesson", "name", "question"), QUESTIONS, ids=IDS)
def test_solution_is_right(lesson, name, question):
    kind, text = question.verdict(answer_of(question, question.code))
    assert kind == "right", text


@pytest.mark.parametrize(("lesson", "name", "question"), QUESTIONS, ids=IDS)
def test_nothing_is_not_attempted(lesson, name, question):
    for nothing in (None, ...):
        assert question.verdict(nothing)[0] == "open"


def cell_of(lesson: str, name: str, question: Question) -> str:
    """The one cell in which the lesson asks it."""
    check = f"questions.{name}.check({question.answer})"
    (cell,) = (source for source in code_of(lesson) if check in source)
    return cell


@pytest.mark.parametrize(("lesson", "name", "question"), ASKED, ids=ASKED_IDS)
def test_the_notebook_asks_it_and_gives_nothing_away(lesson, name, question):
    """The stub counts as not attempted; hint and solution stand there behind a #."""
    cell = cell_of(lesson, name, question)
    for method in ("hint", "solution"):
        assert f"\n# questions.{name}.{method}()" in cell
    assert question.verdict(answer_of(question, cell))[0] == "open"


def run_alone(cell: str, name: str, question: Question) -> None:
    """Run the cell as after a restart, then fill in the solution and check it."""
    space: dict = {}
    exec(cell, space)
    exec(question.code, space)
    exec(f"questions.{name}.check({question.answer})", space)


@pytest.mark.parametrize(("lesson", "name", "question"), ASKED, ids=ASKED_IDS)
def test_its_cell_works_after_a_restart(lesson, name, question, capsys):
    """The cell imports what it and its solution need, and uses nothing of the cells above."""
    run_alone(cell_of(lesson, name, question), name, question)
    said = capsys.readouterr().out
    assert said[said.rfind(question.name) :].startswith(f"{question.name}: Right. ")


def test_a_cell_that_needs_those_above_it_is_seen(capsys):
    question = forward_pass.q3
    with pytest.raises(NameError, match="questions"):
        run_alone(f"questions.q3.check({question.answer})", "q3", question)
    cell = f"from course_exercises import forward_pass as questions\n{question.answer} = ..."
    run_alone(cell, "q3", question)  # its solution uses NumPy
    assert "name 'np' is not defined" in " ".join(capsys.readouterr().out.split())


def test_all_old_names_lead_to_questions_that_are_tried_here():
    lessons = [meant for name, meant in MEANT.items() if name.startswith("lesson_")]
    places = [
        place for meant in lessons for place in ([meant] if isinstance(meant, str) else meant)
    ]
    assert {place.partition(".")[0] for place in places} <= {*LESSONS}


def test_every_question_has_a_wrong_answer_of_its_own():
    assert {q.name for q, _, _ in WRONG} == {q.name for _, _, q in QUESTIONS}


def test_an_attempt_that_leaves_nothing_is_told_so():
    """It counts as open, but with a hint for those who have written something."""
    code = FORWARD.replace("return", "z3 =").format("x @ W1 @ W2 @ W3")
    assert "`return` may be missing" in forward_pass.q3.verdict(answer_of(forward_pass.q3, code))[1]
    assert "return" not in batches.q2.verdict(lambda *arguments: None)[1]
    code = CUBE.replace("self.value =", "return").format("a.value**3", "pass")
    assert (
        "must assign self.value"
        in computational_graph.q1.verdict(answer_of(computational_graph.q1, code))[1]
    )
    code = SGD.format("p = p.value - learning_rate * p.grad")
    assert (
        "no p.value has changed"
        in computational_graph.q2.verdict(answer_of(computational_graph.q2, code))[1]
    )


@pytest.mark.parametrize(("lesson", "name", "question"), QUESTIONS, ids=IDS)
def test_nonsense_is_refused_without_a_crash(lesson, name, question):
    for nonsense in (object(), "?", [], {}, 1j, float("nan"), lambda: 1, int, [[1], [2, 3]]):
        assert question.verdict(nonsense)[0] == "wrong", nonsense


def question_of(entry):
    """For one slip of each question in every run."""
    return id(getattr(entry, "values", entry)[0])


EARLIER = {id(question) for _, name, question in QUESTIONS if name.startswith("earlier_")}


@pytest.mark.parametrize(
    ("question", "code", "slip"),
    one_of_each(
        [
            # What no lesson asks any more, only notebooks that were handed out, is left to --long.
            pytest.param(*entry, marks=[pytest.mark.long]) if id(entry[0]) in EARLIER else entry
            for entry in WRONG
        ],
        kind=question_of,
    ),
    ids=[f"{q.name}-{slip}" for q, _, slip in WRONG],
)
def test_slip_is_refused_and_named(question, code, slip):
    kind, text = question.verdict(answer_of(question, code))
    assert kind == "wrong"
    assert " ".join(slip.split()) in " ".join(text.split())  # wherever its lines are broken


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (forward_pass.q3, lambda *a: answer_of(forward_pass.q3, forward_pass.q3.code)(*a).tolist()),
        (computational_graph.earlier_q1, ["Loss", "Z3 ", "h2", "z2", "h1", "z1"]),
        (computational_graph.earlier_q1, np.array(["loss", "z3", "h2", "z2", "h1", "z1"])),
        (loss.earlier_q3, np.array(["raise", "lower", "leave"])),
        (gradient_of_W1.earlier_q1, np.array([[2, 5], [6, 5]])),
        (gradient_of_W1.q3, " (B) "),
        (sgd.earlier_q3, "b."),
        (sgd.earlier_q3, "b: lower the learning rate"),
        (sgd.earlier_q3, "(B): lower the learning rate"),
        (digits.earlier_q3, "the validation data"),
        (digits.earlier_q3, "val"),
    ],
)
def test_other_ways_to_write_the_right_answer(question, answer):
    kind, text = question.verdict(answer)
    assert kind == "right", text


@pytest.mark.parametrize("answer", ["ab", "b, a", "b or c", "bc.", "b lower", "", ":", ["b"], 2])
def test_not_exactly_one_letter_is_no_choice(answer):
    assert sgd.earlier_q3.verdict(answer) == (Kind.WRONG, "one of 'a', 'b', 'c' is wanted.")


@pytest.mark.parametrize(
    ("question", "code"),
    one_of_each(OTHER_STYLES, question_of),
    ids=[q.name for q, _ in OTHER_STYLES],
)
def test_right_answers_in_other_styles_pass(question, code):
    kind, text = question.verdict(answer_of(question, code))
    assert kind == "right", text


@pytest.mark.parametrize(
    ("question", "code", "only_one"),
    [
        (gradient_of_W2.q3, TANH.format("h1.T @ (delta3 @ W3.T * (1 - h2**2))"), False),
        (gradient_of_W2.q3, TANH.format("h1.T * (delta3 @ W3.T * (1 - h2**2))"), True),
        (gradient_of_W2.q3, TANH.format("h1.T @ (delta3 @ W3.T) * (1 - h2**2)"), True),
        (gradient_of_W2.q4, gradient_of_W2.q4.code, False),
        (gradient_of_W2.q4, gradient_of_W2.q4.code.replace("a.T @", "a.T *"), True),
        (gradient_of_W1.q1, WAY_BACK, False),
        (gradient_of_W1.q1, way_back("h2.T @ delta3", "h2.T * delta3"), True),
        (gradient_of_W1.q1, way_back("h1.T @ delta2", "np.outer(h1, delta2)"), True),
        (gradient_of_W1.q1, way_back(" - y", " - y[0]"), True),
    ],
)
def test_what_is_right_for_one_example_only_is_told_so(question, code, only_one):
    kind, text = question.verdict(answer_of(question, code))
    assert kind == "right" and ("with one example" in text.lower()) is only_one


def at_random(right, rng):
    """A wrong answer of the kind of the right one, with random numbers; None if it has no such."""
    if isinstance(right, (int, float)):
        return rng.uniform(10, 100)
    if isinstance(right, np.ndarray):
        return rng.normal(size=right.shape)
    if isinstance(right, (tuple, list)):
        parts = [at_random(part, rng) for part in right]
        return None if None in parts else type(right)(parts)
    if isinstance(right, dict):
        return {key: at_random(part, rng) for key, part in right.items()}
    if isinstance(right, type) or not callable(right):
        return None  # a word, a class
    first = next(iter(inspect.signature(right).parameters))

    def move_at_random(parameters):
        for p in parameters:
            p.value = p.value + rng.normal(size=p.value.shape)

    if first == "parameters":
        return lambda parameters, learning_rate: move_at_random(parameters)
    if first == "net":
        return lambda net, *others: move_at_random(net.parameters)

    def answer(*arguments):
        result = right(*arguments)
        if isinstance(result, tuple):
            return tuple(rng.normal(size=np.shape(part)) for part in result)
        return rng.normal(size=np.shape(result))

    return answer


NO_SLIP = [
    "that is not it.",
    "the shape is right, the numbers are not.",
    "none of the usual slips explains it.",
    "the new values are not W − η grad.",
    "and δ3 @ W3.T is row 0 of W3.T",  # where the two differ, which holds of any such answer
    "the first weight is not right: which gradient is taken, and where?",
]


@pytest.mark.parametrize(("lesson", "name", "question"), QUESTIONS, ids=IDS)
def test_random_answers_are_refused_and_no_slip_is_invented(lesson, name, question):
    right = answer_of(question, question.code)
    for seed in range(examples(5)):
        wrong = at_random(right, np.random.default_rng(seed))
        if wrong is None:
            assert isinstance(right, (str, list, type)), "words and classes only"
            continue
        kind, text = question.verdict(wrong)
        assert kind == "wrong"
        assert any(words in text for words in NO_SLIP), text


def test_gradients_all_taken_at_the_first_weights():
    code = """
def sgd_epoch(net, loss, X, Y, learning_rate):
    gradients = []
    for b in range(5):
        net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
        net.Backward(loss)
        gradients.append([W.grad for W in net.parameters])
    for gradient in gradients:
        for W, g in zip(net.parameters, gradient):
            W.value = W.value - learning_rate * g
"""
    kind, text = sgd.earlier_q2.verdict(answer_of(sgd.earlier_q2, code))
    assert kind == "wrong"
    assert "at the first weights" in text


def test_a_growing_batch_instead_of_one_example():
    code = EPOCH.format("range(5)", "net.SGD(learning_rate)", "").replace(
        "[b : b + 1]", "[: b + 1]"
    )
    assert (
        "all examples up to this one" in sgd.earlier_q2.verdict(answer_of(sgd.earlier_q2, code))[1]
    )


def test_two_slips_that_look_alike_are_both_named():
    with pytest.raises(Wrong, match=r"doubled.* Or: squared"):
        name_slip(4.0, 2.0001, {"doubled": 4.0, "squared": 4.0})


def test_hints_come_one_after_another_and_begin_again(capsys):
    question = Question("Exercise 9.9", "a", lambda a: "", hints=["one", "two"], solution="a = 1")
    for _ in range(3):
        question.hint()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[1] for line in lines] == ["one", "two", "one"]


def test_the_reasons_of_a_solution_stand_below_it(capsys):
    question = Question("Problem 9", "a", str, hints=[], solution="a = 1", reasons="So it is.")
    question.solution()
    assert capsys.readouterr().out == "Problem 9, solution:\n\na = 1\n\nSo it is.\n"


def test_what_check_and_solution_print(capsys):
    start_here.q1.check()
    start_here.q1.check(5)
    start_here.q1.check(6)
    start_here.q1.solution()
    text = capsys.readouterr().out
    assert "Exercise 0.1: not attempted yet. Fill in entries" in text
    assert "Exercise 0.1: Not yet: 2 + 3 = 5" in text
    assert "Exercise 0.1: Right." in text
    assert "entries = 2 * 3" in text
