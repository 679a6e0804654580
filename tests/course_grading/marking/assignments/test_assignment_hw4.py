"""What homework 4 takes as right, computed once more: by autograd, one example after the other.

Also what only this homework needs: a measure that has to be reached, and no chaotic training.
"""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from test_assignments import Homework, marks
from wrong_answers_hw4 import cut, epoch, on_digits

import course_nn as nn
from course_exercises.homework import hw4
from course_exercises.homework.actions import Call, Failure, play
from course_exercises.homework.tasks import Reaches, judge
from course_exercises.question import Slip
from course_grading.marking.assignments.hw4 import ASSIGNMENT, CARRIED, CREDIT
from course_grading.marking.rubric import GradedQuestion

SEEDS = range(3)
NAMES = ("W1", "W2", "W3")
QUESTIONS = (hw4.q1, hw4.q2, hw4.q3, hw4.q4, hw4.q5, hw4.q6)


class Oracle:
    """The network that a task makes, by autograd; its weights move as it is told."""

    def __init__(self, task, function):
        made, *_ = task.steps
        self.keywords = made.keywords
        model = nn.two_hidden_layer_network(*made.arguments, **made.keywords)
        self.weights = [W.value for W in model.graph.parameters]
        self.calls = [step for step in task.steps if isinstance(step, Call)]
        (*_, call) = [step for step in self.calls if step.path == function]
        self.arguments = call.arguments
        self.X, self.Y = self.data(call.arguments)

    @staticmethod
    def data(arguments):
        X = next(i for i, a in enumerate(arguments) if np.ndim(a) == 2)
        return arguments[X], arguments[X + 1]

    def logits(self, weights, x):
        f = anp.tanh if self.keywords["activation"] == "tanh" else lambda z: 1 / (1 + anp.exp(-z))
        W1, W2, W3 = weights
        return f(f(x @ W1) @ W2) @ W3

    def loss(self, weights, i):
        """The loss of example i."""
        z3 = self.logits(weights, self.X[i])
        if self.keywords["loss"] == "squared_error":
            return 0.5 * anp.sum((z3 - self.Y[i]) ** 2)
        return anp.log(anp.sum(anp.exp(z3))) - z3[self.Y[i]]

    def mean_loss(self):
        return np.mean([self.loss(self.weights, i) for i in range(len(self.X))])

    def update(self, rows, rate):
        """Against the mean of the gradients of these examples."""
        gradients = [grad(self.loss)(self.weights, i) for i in rows]
        means = [sum(of_one) / len(rows) for of_one in zip(*gradients, strict=True)]
        self.weights = [W - rate * mean for W, mean in zip(self.weights, means, strict=True)]

    def agrees(self, task):
        for name, W in zip(NAMES, self.weights, strict=True):
            if name in task.wanted:
                np.testing.assert_allclose(task.wanted[name].right, W, rtol=0, atol=1e-12)


def made(question, what, seed):
    return question.tasks[what](np.random.default_rng(seed))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", hw4.q1.tasks)
def test_online(what, seed):
    task = made(hw4.q1, what, seed)
    oracle = Oracle(task, "train_online_epoch")
    losses = []
    for i in range(len(oracle.X)):
        losses.append(oracle.loss(oracle.weights, i))
        oracle.update([i], oracle.arguments[4])
    oracle.agrees(task)
    np.testing.assert_allclose(task.wanted["losses"].right, losses, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", [what for what in hw4.q2.tasks if what.startswith("batches")])
def test_batches(what, seed):
    task = made(hw4.q2, what, seed)
    order, size = task.steps[0].arguments
    pieces = {label: w.right for label, w in task.wanted.items() if label != "number of batches"}
    together = np.concatenate([np.ravel(rows) for rows in pieces.values()])
    assert together.tolist() == order.tolist()
    sizes = [np.size(rows) for rows in pieces.values()]
    assert all(n == size for n in sizes[:-1])
    assert 1 <= sizes[-1] <= size
    assert (sizes[-1] < size) == ("without" not in what)
    if "number of batches" in task.wanted:
        assert task.wanted["number of batches"].right == len(pieces) == 3


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", [what for what in hw4.q2.tasks if what.startswith("an epoch")])
def test_minibatches(what, seed):
    task = made(hw4.q2, what, seed)
    oracle = Oracle(task, "train_minibatch_epoch")
    *_, rate, size, order = oracle.arguments
    left = list(order)
    while left:
        oracle.update(left[:size], rate)
        left = left[size:]
    oracle.agrees(task)
    assert (len(order) % size > 0) == ("without" not in what)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", list(hw4.q3.tasks)[:2])
def test_batch_by_hand(what, seed):
    task = made(hw4.q3, what, seed)
    oracle = Oracle(task, "batch_update_by_hand")
    *_, rate, size = oracle.arguments
    oracle.update(range(len(oracle.X)), rate)
    oracle.agrees(task)
    assert (len(oracle.X) % size > 0) == ("ragged" in what)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", list(hw4.q4.tasks)[:2])
def test_evaluate(what, seed):
    task = made(hw4.q4, what, seed)
    oracle = Oracle(task, "evaluate")
    assert len(oracle.X) % oracle.arguments[-1], "a ragged end"
    np.testing.assert_allclose(task.wanted["mean loss"].right, oracle.mean_loss())
    hits = [
        np.argmax(oracle.logits(oracle.weights, x)) == label
        for x, label in zip(oracle.X, oracle.Y, strict=True)
    ]
    assert task.wanted["accuracy"].right == pytest.approx(sum(hits) / len(hits))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", hw4.q5.tasks)
def test_several_epochs(what, seed):
    task = made(hw4.q5, what, seed)
    oracle = Oracle(task, "train")
    *_, rate, size, epochs, _ = oracle.arguments
    (rng_seed,) = oracle.calls[1].arguments
    rng, history, N = np.random.default_rng(rng_seed), [], len(oracle.X)
    for _ in range(epochs):
        order = rng.permutation(N)
        for first in range(0, N, size):
            oracle.update(order[first : first + size], rate)
        history.append(oracle.mean_loss())
    oracle.agrees(task)
    if "history" in task.wanted:
        np.testing.assert_allclose(task.wanted["history"].right, history, atol=1e-12)


@pytest.mark.parametrize("question", [hw4.q1, hw4.q2, hw4.q3, hw4.q5], ids=lambda q: q.answer)
def test_no_training_is_chaotic(question, monkeypatch):
    """First weights that differ by 1e-13 lead to weights that differ by less than 1e-11."""
    ordinary = nn.two_hidden_layer_network

    def nudged(*widths, **options):
        model = ordinary(*widths, **options)
        for W in model.graph.parameters:
            W.value = W.value + 1e-13
        return model

    for make in question.tasks.values():
        for seed in SEEDS:
            first = make(np.random.default_rng(seed)).wanted
            with monkeypatch.context() as patch:
                patch.setattr(nn, "two_hidden_layer_network", nudged)
                second = make(np.random.default_rng(seed)).wanted
            for label, wanted in first.items():
                if not isinstance(wanted, Reaches):
                    np.testing.assert_allclose(wanted.right, second[label].right, atol=1e-11)


class Stuck:
    """Random numbers that are always the same: no draw of a task fits."""

    def __init__(self):
        self.draws = 0

    def permutation(self, n):
        self.draws += 1
        return np.arange(n)

    def integers(self, low, high=None, size=None):
        self.draws += 1
        return np.zeros(size, dtype=int) if size else 0


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: hw4.mixed(rng, 7, 3),
        lambda rng: hw4._order(rng, 7),
        lambda rng: hw4._orders(rng, 1, 3),  # one example has one order
        lambda rng: hw4._partly_right(
            rng, trial := hw4.Trial(np.random.default_rng(0), 7), trial.X, 3
        ),
    ],
    ids=["mixed", "order", "orders", "partly right"],
)
def test_a_draw_that_never_fits_comes_to_an_end(draw):
    rng = Stuck()
    with pytest.raises(RuntimeError, match="None of 1,000 random draws is "):
        draw(rng)
    assert 1_000 <= rng.draws <= 3_000


@pytest.mark.parametrize(("question", "what"), [(hw4.q3, "examples"), (hw4.q4, "rows")])
def test_how_many_at_a_time_is_looked_at_where_something_came_of_it(question, what):
    task = made(question, f"how many {what} at a time", 0)
    ((label, wanted),) = task.wanted.items()
    found = play(task.steps, {**Homework("hw4").names(), "course_nn": nn, "numpy": np})[label]
    most = task.steps[1].arguments[-1]
    assert 1 <= found[-1] <= most
    found[-1] = most
    assert judge(wanted, found).kind == "right"
    found[-1] = most + 1
    assert judge(wanted, found).slips == (hw4.WHOLE_BATCH,)
    first = {hw4.q3: hw4.WEIGHTS_FIRST, hw4.q4: hw4.LOSS_FIRST}[question]
    assert judge(wanted, np.append(np.zeros(found.size - 1), 1)).slips == (first,)
    assert judge(wanted, np.array(1)).kind == "shape"


# ------------------------------------------------------------------ digits


def digits_task(seed=0):
    task = made(hw4.q6, "digits that were held out", seed)
    (wanted,) = task.wanted.values()
    return task, wanted


@pytest.mark.parametrize("seed", SEEDS)
def test_the_accuracy_is_that_of_the_network(seed):
    """Trained by the module; and no row is both trained on and held out."""
    task, wanted = digits_task(seed)
    make, _, train, *_ = task.steps
    _, X, Y, _ = train.arguments
    model = nn.two_hidden_layer_network(*make.arguments, **make.keywords)
    flat = np.concatenate([W.value.ravel() for W in model.graph.parameters])
    assert wanted.measure(flat) < 0.35
    nn.train_minibatch(
        model.loss, {"x": X, "y": Y}, batch_size=20, learning_rate=0.2, epochs=10, progress=False
    )
    flat = np.concatenate([W.value.ravel() for W in model.graph.parameters])
    assert 0.92 < wanted.measure(flat) < 1
    assert judge(wanted, flat).kind == "right"
    assert len(X) == len(Y) == 900
    assert np.bincount(Y, minlength=10).min() > 50


def test_weights_from_elsewhere_are_of_no_use():
    """What reads the digits of one case does not read those of another."""
    task, wanted = digits_task(1)
    make, _, train, *_ = task.steps
    _, X, Y, _ = train.arguments
    model = nn.two_hidden_layer_network(*make.arguments, **make.keywords)
    nn.train_minibatch(model.loss, {"x": X, "y": Y}, batch_size=20, learning_rate=0.2, epochs=5)
    flat = np.concatenate([W.value.ravel() for W in model.graph.parameters])
    assert judge(wanted, flat).kind == "right"
    for seed in (2, 3, 4):
        verdict = judge(digits_task(seed)[1], flat)
        assert verdict.slips == (hw4.GUESSES,) and hw4.GUESSES.words in verdict.words


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (np.full(2720, np.nan), "nan"),
        (np.full(2720, np.inf), "nan"),
        (np.zeros(2719), "shape"),
        (np.zeros((1, 2720)), "shape"),
        (0.99, "shape"),
        (np.ones(2720, dtype=bool), "type"),
        ("0.99", "type"),
        (np.zeros(2720), "slip"),
        (np.full(2720, 1e308), "slip"),
        (Failure("error", "ValueError", "no"), "error"),
    ],
)
def test_what_is_not_weights_is_refused(found, kind):
    verdict = judge(digits_task()[1], found)
    assert verdict.kind == kind
    assert not any(c.isdigit() for c in verdict.safe.replace("40 %", ""))


def test_a_measure_decides_by_what_it_reaches():
    nearly, far_off = Slip("nearly"), Slip("far off")
    wanted = Reaches((2,), lambda pair: float(pair.sum()), 1.0, {nearly: 0.5, far_off: 0.1})
    assert judge(wanted, [0.5, 0.5]).kind == "right"
    assert judge(wanted, [0.5, 0.2]).slips == (nearly,)
    assert judge(wanted, [0.1, 0.1]).slips == (far_off,)
    assert judge(wanted, [0.0, 0.0]).kind == "wrong"
    not_a_number = Reaches((), lambda value: float("nan"), 0.0, {far_off: -np.inf})
    assert judge(not_a_number, 1.0).kind == "wrong"


# ------------------------------------------------------------------ trainers of the module


@pytest.mark.parametrize(
    "line",
    [
        "nn.train_minibatch(loss, {'x': X, 'y': Y}, batch_size=20, learning_rate=0.2, epochs=6)",
        "nn.train_sgd(loss, {'x': X, 'y': Y}, learning_rate=0.02, epochs=3)",
        "nn.evaluate(loss, {'x': X, 'y': Y})",
    ],
)
def test_a_check_refuses_the_trainers_of_the_module(line):
    """With the reason; in grading they are not there. Afterwards they are what they were."""
    homework = Homework("hw4")
    before = [getattr(nn, name) for name in hw4.TRAINERS]
    kind, text = hw4.q6.verdict(homework.names(on_digits(line)))
    assert kind == "wrong"
    assert "is what you write here" in text
    assert [getattr(nn, name) for name in hw4.TRAINERS] == before


# ------------------------------------------------------------------ one slip, one price


@pytest.mark.parametrize(
    "code",
    [
        epoch("y=Y[rows]", "y=Y[: len(rows)]"),
        cut("np.array_split(order, max(1, len(order) // batch_size))"),
        cut("np.array_split(order, -(-len(order) // batch_size))"),
        epoch("SGD(learning_rate)", "SGD(learning_rate / len(rows))"),
        epoch("SGD(learning_rate)", "SGD(learning_rate * len(rows) / batch_size)"),
    ],
)
def test_a_slip_of_question_2_costs_little_in_question_5(code):
    homework = Homework("hw4")
    graded = homework.question("q5")
    assert graded.points - 3.6 <= marks(graded, 1, homework.names(code)) < graded.points


# ------------------------------------------------------------------ words


def test_slips_hold_no_numbers():
    for question in QUESTIONS:
        for make in question.tasks.values():
            for wanted in make(np.random.default_rng(0)).wanted.values():
                for slip in wanted.short if isinstance(wanted, Reaches) else wanted.slips:
                    without = slip.words.replace("X[b : b + 1]", "").replace("X[: b + 1]", "")
                    without = without.replace("shape (1,)", "").replace("value[0]", "")
                    for allowed in ("W1", "W2", "W3", "between 0 and 1", "75", "90 %", "40"):
                        without = without.replace(allowed, "")
                    assert not any(character.isdigit() for character in without), slip


def test_every_credit_can_be_given():
    parts = [
        part
        for question in ASSIGNMENT.questions
        if isinstance(question, GradedQuestion)
        for part in question.parts
    ]
    assert set().union(*(part.credit for part in parts)) == set(CREDIT | CARRIED)
