"""Every exercise takes its solution, knows when nothing was attempted, and names each slip."""

import importlib

import numpy as np
import pytest

import course_nn as nn
from course_nn.exercises import lesson_00, lesson_01, lesson_06, lesson_07, lesson_08, lesson_10
from course_nn.exercises.question import Question, Wrong, name_slip

LESSONS = ["00", "01", "06", "07", "08", "10"]
QUESTIONS = [
    (lesson, name, question)
    for lesson in LESSONS
    for name, question in vars(
        importlib.import_module(f"course_nn.exercises.lesson_{lesson}")
    ).items()
    if isinstance(question, Question)
]
IDS = [f"{lesson}-{name}" for lesson, name, _ in QUESTIONS]


def names() -> dict:
    """What a student's cell can use."""
    return {"np": np, "nn": nn, "collected": lesson_08.COLLECTED}


def answer_of(question: Question, code: str):
    space = names()
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


def test_stubs_are_not_attempted():
    """The functions and the class as the notebooks ship them: three dots."""
    assert lesson_01.q3.verdict(lambda x, W1, W2, W3: ...)[0] == "open"

    def stub(*arguments): ...

    for question in (lesson_06.q3, lesson_07.q2, lesson_08.q3, lesson_10.q1, lesson_10.q2):
        assert question.verdict(stub)[0] == "open", question.name

    class cube(nn.Operation):
        def forward(self): ...

        def backward(self): ...

    assert lesson_06.q2.verdict(cube)[0] == "open"


def test_an_attempt_that_leaves_nothing_is_told_so():
    """It counts as open, but with a hint for those who have written something."""
    code = FORWARD.replace("return", "z3 =").format("x @ W1 @ W2 @ W3")
    assert "`return` may be missing" in lesson_01.q3.verdict(answer_of(lesson_01.q3, code))[1]
    assert "return" not in lesson_08.q3.verdict(lambda *arguments: None)[1]
    code = CUBE.replace("self.value =", "return").format("a.value**3", "pass")
    assert "must assign self.value" in lesson_06.q2.verdict(answer_of(lesson_06.q2, code))[1]
    code = SGD.format("p = p.value - learning_rate * p.grad")
    assert "no p.value has changed" in lesson_06.q3.verdict(answer_of(lesson_06.q3, code))[1]


@pytest.mark.parametrize(("lesson", "name", "question"), QUESTIONS, ids=IDS)
def test_nonsense_is_refused_without_a_crash(lesson, name, question):
    for nonsense in (object(), "?", [], {}, 1j, float("nan"), lambda: 1, int, [[1], [2, 3]]):
        assert question.verdict(nonsense)[0] == "wrong", nonsense


FORWARD = """
def my_forward_pass(x, W1, W2, W3):
    s = lambda z: 1 / (1 + np.exp(-z))
    return {}
"""
CUBE = """
class cube(nn.Operation):
    def forward(self):
        (a,) = self.operands
        self.value = {}
    def backward(self):
        (a,) = self.operands
        {}
"""
SGD = """
def my_SGD(parameters, learning_rate):
    for p in parameters:
        {}
"""
EPOCH = """
def sgd_epoch(net, loss, X, Y, learning_rate):
    for i in {}:
        net.Forward(x=X[i : i + 1], y=Y[i : i + 1])
        net.Backward(loss)
        {}
    {}
"""
BATCH = """
def batch_update(net, loss, X, Y, learning_rate):
    collected = {{W: [] for W in net.parameters}}
    for i in range(len(X)):
        net.Forward(x=X[i : i + 1], y=Y[i : i + 1])
        net.Backward(loss)
        for W in net.parameters:
            collected[W].append(W.grad)
    for W in net.parameters:
        W.value = W.value {}
"""
SLIPS = [
    (lesson_00.q1, "entries = 5", "rows times columns"),
    (lesson_01.q1, "shape_of_h2 = (5, 3)", "there are 7"),
    (lesson_01.q1, "shape_of_h2 = (3, 7)", "exchanged"),
    (lesson_01.q1, "shape_of_h2 = (7, 4)", "that is h1"),
    (lesson_01.q1, "shape_of_h2 = (4, 3)", "that is W2"),
    (lesson_01.q1, "shape_of_h2 = (2, 2)", "that is not it"),
    (lesson_01.q2, "z = np.array([[3.0, 7.0]])", "x Wᵀ"),
    (lesson_01.q2, "z = np.array([1.0, 8.0])", "brackets"),
    (lesson_01.q2, "z = np.array([[3.0, 0.0], [-1.0, 8.0]])", "entry by entry"),
    (lesson_01.q2, "z = np.array([[1.0], [8.0]])", "transposed"),
    (lesson_01.q3, FORWARD.format("s(s(s(x @ W1) @ W2) @ W3)"), "output passed through"),
    (lesson_01.q3, FORWARD.format("x @ W1 @ W2 @ W3"), "no activation"),
    (lesson_01.q3, FORWARD.format("s(x @ W1 @ W2) @ W3"), "after the first layer"),
    (lesson_01.q3, FORWARD.format("s(x @ W1) @ W2 @ W3"), "after the second layer"),
    (lesson_01.q3, FORWARD.format("s(s(x @ W1) @ W2)"), "that is h2"),
    (lesson_01.q2, "z = np.array([[5.0, 8.0]])", "minus of −1"),
    (lesson_01.q3, FORWARD.format("s(s(x @ W1) @ W2) @ W3.T"), "W3 is transposed"),
    (lesson_01.q3, FORWARD.format("s(s(x @ W1) @ W2.T) @ W3"), "W2 is transposed"),
    (lesson_01.q3, FORWARD.format("s(s(x @ W1.T) @ W2) @ W3"), "W1 is transposed"),
    (lesson_01.q3, FORWARD.format("s(s(x @ W1.T) @ W2.T) @ W3.T"), "all three"),
    (lesson_01.q3, FORWARD.format("s(x @ W1), s(s(x @ W1) @ W2) @ W3"), "z3 alone"),
    (lesson_01.q3, FORWARD.format("(s(s(x @ W1) @ W2) @ W3).T"), "transposed"),
    (lesson_01.q3, FORWARD.format("x @ np.ones((7, 7))"), "stopped with ValueError"),
    (lesson_06.q1, "backward_order = ['z1', 'h1', 'z2', 'h2', 'z3', 'loss']", "order of Forward"),
    (lesson_06.q1, "backward_order = ['loss', 'z3', 'W3', 'h2', 'z2', 'h1', 'z1']", "W3"),
    (lesson_06.q1, "backward_order = ['loss', 'z3', 'z2', 'z1']", "missing: h2, h1"),
    (lesson_06.q1, "backward_order = ['loss', 'z4', 'z3']", "z4: not a computational node"),
    (lesson_06.q1, "backward_order = 'loss'", "give a list"),
    (
        lesson_06.q1,
        "backward_order = ['loss', 'z3', 'z3', 'h2', 'z2', 'h1', 'z1']",
        "named twice",
    ),
    (lesson_06.q2, CUBE.format("a.value**3", "a.add_grad(self.grad * 2 * a.value)"), "not 2a"),
    (lesson_06.q2, CUBE.format("a.b", "pass"), "stopped with AttributeError"),
    (
        lesson_06.q3,
        SGD.format("p.value = p.value - learning_rate * p.grad / len(parameters)"),
        "divided by the number",
    ),
    (lesson_06.q1, "backward_order = ['loss', 'h2', 'z3', 'z2', 'h1', 'z1']", "incomplete"),
    (lesson_06.q2, CUBE.format("3 * a.value", "a.add_grad(self.grad * 3)"), "cube of a is a³"),
    (lesson_06.q2, CUBE.format("a.value**2", "a.add_grad(self.grad)"), "not a³"),
    (lesson_06.q2, CUBE.format("a.value**3", "a.grad = self.grad * 3 * a.value**2"), "overwritten"),
    (lesson_06.q2, CUBE.format("a.value**3", "pass"), "does not add anything"),
    (lesson_06.q2, CUBE.format("a.value**3", "a.add_grad(3 * a.value**2)"), "self.grad is missing"),
    (lesson_06.q2, CUBE.format("a.value**3", "a.add_grad(self.grad * a.value**2)"), "not a²"),
    (
        lesson_06.q2,
        CUBE.format("a.value**3", "a.add_grad(self.grad * 3 * self.value**2)"),
        "taken at a³",
    ),
    (lesson_06.q2, CUBE.format("a.value**3", "a.add_grad(self.grad * 3 * a.value)"), "not 3a"),
    (lesson_06.q2, CUBE.format("a.value**3", "a.add_grad(self.grad)"), "derivative is missing"),
    (lesson_06.q2, CUBE.format("a.value**3", "a.add_grad(self.grad * 7)"), "does not fit"),
    (lesson_06.q3, SGD.format("p.value = p.value + learning_rate * p.grad"), "the sign"),
    (lesson_06.q3, SGD.format("p.value = p.value - p.grad"), "learning rate is missing"),
    (lesson_06.q3, SGD.format("p.value = p.value - learning_rate**2 * p.grad"), "applied twice"),
    (lesson_06.q3, SGD.format("p.value = -learning_rate * p.grad"), "old value is missing"),
    (
        lesson_06.q3,
        SGD.format("p.value = p.value - learning_rate * p.grad; return"),
        "only the first",
    ),
    (lesson_06.q3, SGD.format("p.value -= learning_rate * p.grad"), "in place"),
    (
        lesson_06.q3,
        SGD.format("p.grad = learning_rate * p.grad; p.value = p.value - p.grad"),
        "changed a gradient",
    ),
    (lesson_07.q1, "updates = 200", "one epoch"),
    (lesson_07.q1, "updates = 20", "one update per epoch"),
    (lesson_07.q1, "updates = 220", "multiply"),
    (
        lesson_07.q2,
        "def sgd_epoch(net, loss, X, Y, learning_rate):\n"
        "    net.Forward(x=X, y=Y); net.Backward(loss); net.SGD(learning_rate)",
        "one update at the end",
    ),
    (lesson_07.q2, EPOCH.format("range(5)", "pass", "net.SGD(learning_rate)"), "inside the loop"),
    (lesson_07.q2, EPOCH.format("range(1)", "net.SGD(learning_rate)", ""), "only the first"),
    (lesson_07.q2, EPOCH.format("reversed(range(5))", "net.SGD(learning_rate)", ""), "reverse"),
    (lesson_07.q2, EPOCH.format("range(4)", "net.SGD(learning_rate)", ""), "left out"),
    (lesson_07.q2, EPOCH.format("[*range(5)] * 2", "net.SGD(learning_rate)", ""), "two passes"),
    (lesson_07.q2, EPOCH.format("range(5)", "net.SGD(0.2)", ""), "not used as it was given"),
    (lesson_07.q2, EPOCH.format("range(5)", "pass", ""), "no update"),
    (lesson_07.q2, EPOCH.format("range(5)", "net.SGD(0.01)", ""), "came out differently"),
    (lesson_07.q2, EPOCH.format("range(5)", "net.SGD(1.0)", ""), "learning rate is missing"),
    (lesson_07.q3, "best_advice = 'a'", "overshoots even more"),
    (lesson_07.q3, "best_advice = 'c'", "overshooting"),
    (lesson_08.q1, "average = collected.sum(axis=0)", "the sum"),
    (lesson_08.q1, "average = collected.mean(axis=1)", "rows of W"),
    (lesson_08.q1, "average = collected.mean(axis=2)", "columns of W"),
    (lesson_08.q1, "average = collected.mean()", "one number"),
    (lesson_08.q1, "average = collected.sum(axis=0) / 2", "divided by 2"),
    (lesson_08.q1, "average = collected.sum(axis=0) / 4", "divided by 4"),
    (lesson_08.q1, "average = collected.mean(axis=0).T", "transposed"),
    (lesson_08.q2, "updates_and_last_batch = (44, 32)", "ragged"),
    (lesson_08.q2, "updates_and_last_batch = (44, 30)", "a further batch"),
    (lesson_08.q2, "updates_and_last_batch = (45, 32)", "smaller"),
    (lesson_08.q2, "updates_and_last_batch = (1438, 30)", "is SGD"),
    (lesson_08.q2, "updates_and_last_batch = (30, 45)", "first the number"),
    (lesson_08.q3, BATCH.format("- learning_rate * sum(collected[W])"), "not averaged"),
    (lesson_08.q3, BATCH.format("- learning_rate * collected[W][-1]"), "only the last"),
    (lesson_08.q3, BATCH.format("- learning_rate * collected[W][0]"), "only the first"),
    (lesson_08.q3, BATCH.format("- learning_rate * sum(collected[W]) / 25"), "once more"),
    (lesson_08.q3, BATCH.format("- learning_rate**2 * sum(collected[W]) / 5"), "applied twice"),
    (lesson_08.q3, BATCH.format("- sum(collected[W]) / 5"), "learning rate is missing"),
    (lesson_08.q3, BATCH.format("+ learning_rate * sum(collected[W]) / 5"), "up the slope"),
    (
        lesson_08.q3,
        EPOCH.format("range(5)", "net.SGD(learning_rate)", "").replace("sgd_epoch", "batch_update"),
        "inside the loop",
    ),
    (lesson_10.q1, "def accuracy(z3, y): return (z3.argmax(axis=1) == y).sum()", "number of right"),
    (lesson_10.q1, "def accuracy(z3, y): return 100 * (z3.argmax(axis=1) == y).mean()", "percent"),
    (lesson_10.q1, "def accuracy(z3, y): return (z3.argmax(axis=1) != y).mean()", "errors"),
    (lesson_10.q1, "def accuracy(z3, y): return (z3.argmax(axis=0) == y).mean()", "each column"),
    (lesson_10.q1, "def accuracy(z3, y): return (z3.argmax() == y).mean()", "whole array"),
    (lesson_10.q1, "def accuracy(z3, y): return z3.argmax(axis=1) == y", "take the mean"),
    (
        lesson_10.q2,
        "def standardise_test(a, b): return (b - b.mean(axis=0)) / a.std(axis=0)",
        "the mean is that of the test data",
    ),
    (
        lesson_10.q2,
        "def standardise_test(a, b): return (b - a.mean(axis=0)) / b.std(axis=0)",
        "the deviation is that of the test data",
    ),
    (
        lesson_10.q2,
        "def standardise_test(a, b): return b - a.mean(axis=0) / a.std(axis=0)",
        "brackets are missing",
    ),
    (
        lesson_10.q2,
        "def standardise_test(train, test): return (test - test.mean(axis=0)) / test.std(axis=0)",
        "Only the training data may speak",
    ),
    (
        lesson_10.q2,
        "def standardise_test(train, test):\n"
        "    both = np.vstack([train, test])\n"
        "    return (test - both.mean(axis=0)) / both.std(axis=0)",
        "put together",
    ),
    (
        lesson_10.q2,
        "def standardise_test(train, test): return test - train.mean(axis=0)",
        "division",
    ),
    (
        lesson_10.q2,
        "def standardise_test(train, test): return test / train.std(axis=0)",
        "not subtracted",
    ),
    (
        lesson_10.q2,
        "def standardise_test(train, test): return (test - train.mean()) / train.std()",
        "each column",
    ),
    (
        lesson_10.q2,
        "def standardise_test(train, test): return (test - train.mean(axis=0)) / train.var(axis=0)",
        "variance",
    ),
    (
        lesson_10.q2,
        "def standardise_test(a, test): return (a - a.mean(axis=0)) / a.std(axis=0)",
        "that is the training data",
    ),
    (lesson_10.q3, "choose_on = 'test'", "fitted"),
    (lesson_10.q3, "choose_on = 'training'", "seen the answers"),
]


@pytest.mark.parametrize(
    ("question", "code", "slip"), SLIPS, ids=[f"{q.name}-{slip}" for q, _, slip in SLIPS]
)
def test_slip_is_refused_and_named(question, code, slip):
    kind, text = question.verdict(answer_of(question, code))
    assert kind == "wrong"
    assert slip in text


def test_gradients_all_taken_at_the_first_weights():
    code = """
def sgd_epoch(net, loss, X, Y, learning_rate):
    gradients = []
    for i in range(5):
        net.Forward(x=X[i : i + 1], y=Y[i : i + 1])
        net.Backward(loss)
        gradients.append([W.grad for W in net.parameters])
    for gradient in gradients:
        for W, g in zip(net.parameters, gradient):
            W.value = W.value - learning_rate * g
"""
    kind, text = lesson_07.q2.verdict(answer_of(lesson_07.q2, code))
    assert kind == "wrong"
    assert "at the first weights" in text


def test_a_growing_batch_instead_of_one_example():
    code = EPOCH.format("range(5)", "net.SGD(learning_rate)", "").replace(
        "[i : i + 1]", "[: i + 1]"
    )
    assert "all examples up to this one" in lesson_07.q2.verdict(answer_of(lesson_07.q2, code))[1]


def test_two_slips_that_look_alike_are_both_named():
    with pytest.raises(Wrong, match=r"doubled.* Or: squared"):
        name_slip(4.0, 2.0001, {"doubled": 4.0, "squared": 4.0})


def test_hints_come_one_after_another_and_begin_again(capsys):
    question = Question("Exercise 9.9", "a", lambda a: "", hints=["one", "two"], solution="a = 1")
    for _ in range(3):
        question.hint()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[1] for line in lines] == ["one", "two", "one"]


def test_what_check_and_solution_print(capsys):
    lesson_00.q1.check()
    lesson_00.q1.check(5)
    lesson_00.q1.check(6)
    lesson_00.q1.solution()
    text = capsys.readouterr().out
    assert "Exercise 0.1: not attempted yet. Fill in entries" in text
    assert "Exercise 0.1: Not yet: 2 + 3 = 5" in text
    assert "Exercise 0.1: Right." in text
    assert "entries = 2 * 3" in text
