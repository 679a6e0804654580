"""What homework 4 takes as right, computed once more: by autograd, one example after the other, and
by hand on whole numbers. Also what only this homework needs: numbers and trainers by key, notes of
what goes through a network, a measure that has to be reached."""

import re
from collections import Counter
from itertools import pairwise

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from test_assignments import Homework, marks
from tiers import thinned
from wrong_answers_hw4 import DIVIDE, ONE_RATE, my_line, on_digits, pieces

import course_nn as nn
from course_exercises.homework import (
    hw4,
    hw4_counterexamples,
    hw4_digits,
    hw4_pieces,
    hw4_traces,
    hw4_trainers,
    hw4_trial,
    hw4_weighted,
)
from course_exercises.homework.actions import Call, Failure, play
from course_exercises.homework.keys import new_key
from course_exercises.homework.tasks import ByKey, Reaches, Satisfies, Wanted, judge
from course_exercises.question import Slip, same
from course_exercises.traces import stories, trace
from course_grading.marking.assignments.hw4 import ASSIGNMENT
from course_grading.marking.rubric import GradedQuestion

SEEDS = range(3)
NAMES = ("W1", "W2", "W3")
QUESTIONS = (hw4.q1, hw4.q2, hw4.q3, hw4.q4, hw4.q5, hw4.q6)
KEYS = ["", *(new_key(np.random.default_rng(seed)) for seed in range(11))]


class Oracle:
    """The network that a task makes, by autograd; its weights move as it is told."""

    def __init__(self, task, function):
        made = next(step for step in task.steps if "two_hidden" in step.path)
        self.keywords = made.keywords
        model = nn.two_hidden_layer_network(*made.arguments, **made.keywords)
        self.weights = [W.value for W in model.graph.parameters]
        (call,) = [step for step in task.steps if step.path == function]
        self.arguments = call.arguments
        _, _, self.X, self.Y, *_ = self.arguments

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

    def update(self, rows, rate, counts):
        """Against the mean of the gradients of these examples, each counting as often as said."""
        gradients = [[c * g for g in grad(self.loss)(self.weights, i)] for i, c in counts.items()]
        assert set(rows) == set(counts)
        means = [sum(of_one) / sum(counts.values()) for of_one in zip(*gradients, strict=True)]
        self.weights = [W - rate * mean for W, mean in zip(self.weights, means, strict=True)]

    def agrees(self, task):
        for name, W in zip(NAMES, self.weights, strict=True):
            np.testing.assert_allclose(task.wanted[name].right, W, rtol=0, atol=1e-12)


def made(question, what, seed, key=""):
    make, rng = question.tasks[what], np.random.default_rng(seed)
    return make(rng, key) if isinstance(make, ByKey) else make(rng)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", list(hw4.q4.tasks)[:2])
def test_an_update_from_pieces(what, seed):
    task = made(hw4.q4, what, seed)
    oracle = Oracle(task, "update_from_pieces")
    *_, rate, parts = oracle.arguments
    rows = [int(row) for part in parts for row in part]
    assert len(set(rows)) == len(rows), "no row is in two pieces"
    assert (len(rows) < len(oracle.X)) == ("no piece" in what)
    sizes = [len(part) for part in parts]
    assert len(set(sizes)) == len(sizes) >= 3 and min(sizes) > 1
    assert sizes[-1] < max(sizes)
    oracle.update(rows, rate, dict.fromkeys(rows, 1))
    oracle.agrees(task)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", hw4.q5.tasks)
def test_examples_that_count_differently(what, seed):
    task = made(hw4.q5, what, seed)
    oracle = Oracle(task, "train_weighted_epoch")
    *_, counts, rate, size, order = oracle.arguments
    batches = [order[i : i + size] for i in range(0, len(order), size)]
    assert (len(batches) == 1) == (what == "one batch")
    assert len(batches) == 1 or len(batches[-1]) < size
    for rows in batches:
        oracle.update(rows, rate, {int(row): counts[row] for row in rows})
    oracle.agrees(task)


@pytest.mark.all
@pytest.mark.parametrize("question", [hw4.q4, hw4.q5], ids=lambda q: q.answer)
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
                if isinstance(wanted, Wanted):
                    np.testing.assert_allclose(wanted.right, second[label].right, atol=1e-11)


# ------------------------------------------------------------------ traces and logs


@pytest.mark.parametrize("key", KEYS)
def test_the_numbers_of_a_key_are_short_and_tell_each_story(key):
    numbers = hw4_traces.examples_of(key)
    assert numbers is hw4_traces.examples_of(key)
    for B, name in ((1, "SGD"), (2, "B = 2"), (3, "batch")):
        given = {"examples": numbers.examples, "eta": 0.5, "start": numbers.start}
        wanted = made(hw4.q1, "three traces", 0, key).wanted[name]
        assert wanted.right.tolist() == trace(B, **given)
        assert all(abs(w) <= 99 and w % 0.25 == 0 for w in wanted.right)
        assert judge(wanted, wanted.right).kind == "right"
        for words, values in stories(B, **given).items():
            slips = judge(wanted, values).slips
            assert len(slips) == 1, words
            if not words.startswith(hw4_traces._NOT_TOLD):
                assert slips[0].words == words


def test_keys_have_other_numbers():
    drawn = {hw4_traces.examples_of(key) for key in KEYS}
    assert len(drawn) == len(KEYS)
    assert len({tuple(map(story_of, hw4_traces.logs_of(key).values())) for key in KEYS}) > 6


def story_of(log):
    """The trainer of a log, which is nowhere kept."""
    assert not {"story", "place", "gradient"} & set(dir(log))
    (story,) = (n for n in hw4_traces.TOLD if hw4_traces._ended(n, log.numbers)[0] == log.end)
    return story


@pytest.mark.parametrize("key", KEYS)
def test_a_log_has_one_trainer_alone(key):
    """Its end is that of no other trainer; each answer but the right one is refused."""
    logs = hw4_traces.logs_of(key)
    task = made(hw4.q1, "three logs", 0, key)
    places = {name: hw4_traces._ended(story_of(log), log.numbers)[1] for name, log in logs.items()}
    assert any(places[name] != log.numbers.start for name, log in logs.items())
    ends = {}
    for story in hw4_traces.TOLD:
        ends[story] = hw4_traces._ended(story, logs["A"].numbers)[0]
    assert len(set(ends.values())) == len(ends)
    for name, log in logs.items():
        (x, y), place = log.numbers.examples[2], places[name]
        wanted, right = task.wanted[name], [story_of(log), place, (x * place - y) * x]
        assert judge(wanted, right).kind == "right"
        for story in set(hw4_traces.TOLD) - {story_of(log)}:
            assert judge(wanted, [story, *right[1:]]).slips == (hw4_traces.OTHER_STORY,)
        for i in (1, 2):
            wrong = [value + (at == i) for at, value in enumerate(right)]
            assert judge(wanted, wrong).slips == (hw4_traces.OTHER_PLACE,)
        for nonsense in ([0, 0, 0], [1.5, 0, 0], [11, 0, 0], [1, 2], 3, {"A": 1}):
            assert judge(wanted, nonsense).kind in ("wrong", "type")


def test_the_trainers_of_the_logs_by_hand():
    """w = 0, η = ½, examples (2, 4), (1, 8), (2, 1): the story that TEACHING.md has."""
    numbers = hw4_traces.Numbers(((2.0, 4.0), (1.0, 8.0), (2.0, 1.0)), 0.0)
    found = [hw4_traces._ended(story, numbers) for story in hw4_traces.TOLD]
    assert found == [
        *[(-5, 6), (-3, 4), (3, 0), (9, 0), (5, 0), (4, None), (-0.5 + 1, 4), (1, 0)],
        *[(-7, 8), (-0.5, 0)],
    ]


# ------------------------------------------------------------------ the wrong line


def mendings():
    """For each trainer the number of its wrong line and right ones for its place."""
    return [
        (10, "totals[W] = totals[W] + len(rows) * W.grad"),
        (9, "net.Forward(x=X[rows], y=Y[rows])"),
        (12, "v[W] = 0.5 * v[W] + W.grad"),
        (9, "losses.extend(loss.value)"),
        (13, "W.value = W.value - rate * totals[W] / len(rows)"),
        (11, "steps = [rate * sum(each) / len(kept) for each in zip(*kept)]"),
        (3, "count = -(-N // size)"),
        (12, "net.Forward(x=X, y=Y)"),
    ]


# For each trainer other lines in the place of the wrong one, and such as call something else.
SPELLINGS = (
    ("totals[W] += W.grad * len(rows)", "totals[W] = totals[W] + W.per_example_grad().sum(axis=0)"),
    ("net.Forward(y=Y[rows], x=X[rows])", "net.Forward(x=X[rows], y=Y[order[first:last]])"),
    ("v[W] = v[W] / 2 + W.grad", "v[W] = W.grad + 0.5 * v[W]"),
    ("losses += [float(each) for each in loss.value]", "losses.extend(list(loss.value))"),
    (
        "W.value = W.value - rate / len(rows) * totals[W]",
        "W.value = W.value - rate * np.divide(totals[W], len(list(rows)))",
    ),
    (
        "steps = [rate * np.mean(each, axis=0) for each in zip(*kept)]",
        "steps = [np.average(np.stack(g), axis=0) * rate for g in zip(*kept)]",
    ),
    (
        "count = (N + size - 1) // size",
        "count = len(range(0, N, size))",
        "count = int(np.ceil(N / size))",
    ),
    ("net.Forward(x=X[order], y=Y[order])", "net.Forward(x=X[:], y=Y[:])"),
)
FOREIGN = (
    "return np._mine(net, loss, X, Y, rate, size, rng)",
    "np.mine(net, loss, X, Y, rate, size, rng)",
    "return mine(net, loss, X, Y, rate, size, rng)",
    "exec(open('mine').read())",
    "np.lib.mine = 3",
    "getattr(np, 'mine')(net)",
    "import course_nn",
    "mine = lambda: 3",
    "yield_ = __builtins__",
    "list = 3",
    "((",
)


@pytest.mark.parametrize("place", range(len(hw4_trainers.TRAINERS)))
def test_a_line_may_use_the_words_of_the_trainer_and_no_others(place):
    code, number = hw4_trainers.TRAINERS[place].code.strip(), mendings()[place][0]
    for line in (mendings()[place][1], *SPELLINGS[place], "    " + SPELLINGS[place][0] + "  # so"):
        assert hw4_trainers.in_words_of(code, number, line), line
    for line in FOREIGN:
        assert not hw4_trainers.in_words_of(code, number, line), line
    for line in code.splitlines()[1:]:  # what is printed may stand anywhere but for a return
        assert hw4_trainers.in_words_of(code, 14, line) or line.endswith(":")
    for outside in (0, 1, 15, 99):
        assert not hw4_trainers.in_words_of(code, outside, mendings()[place][1])
    assert not hw4_trainers.in_words_of(code, number, "return 0.0")
    assert hw4_trainers.in_words_of(code, 14, "return float(sum(losses) / len(losses))")


@pytest.mark.parametrize("place", range(len(hw4_trainers.TRAINERS)))
def test_right_lines_in_other_spellings_are_right(place):
    trainer, number = hw4_trainers.TRAINERS[place], mendings()[place][0]
    key = key_of(trainer)
    for line in SPELLINGS[place]:
        names = Homework("hw4").names(my_line(number, in_letters_of(key, trainer, line)))
        assert the_line(0, key, names | {"KEY": key}).kind == "right", line


def key_of(trainer):
    """A key with this trainer, in whatever letters."""
    rng = np.random.default_rng(5)
    return next(
        key
        for key in (new_key(rng) for _ in range(300))
        if hw4_trainers.trainer_of(key).promise == trainer.promise
        and hw4_trainers.trainer_of(key).code.count("rng.") == trainer.code.count("rng.")
        and hw4_trainers.trainer_of(key).right is trainer.right
    )


def in_letters_of(key, trainer, line):
    """A line for a trainer, in the letters that it has for a key."""
    ours, theirs = trainer.code.strip(), hw4_trainers.trainer_of(key).code
    word = re.compile(r"\w+")
    letters = dict(zip(word.findall(ours), word.findall(theirs), strict=True))
    return word.sub(lambda found: letters.get(found[0], found[0]), line)


@pytest.mark.parametrize("place", thinned(range(len(hw4_trainers.TRAINERS))))
def test_a_right_line_is_right_and_every_other_place_for_it_is_not(place):
    trainer, (number, line) = hw4_trainers.TRAINERS[place], mendings()[place]
    key = key_of(trainer)
    line = in_letters_of(key, trainer, line)
    homework = Homework("hw4")
    names = homework.names(my_line(number, line)) | {"KEY": key}
    for seed in SEEDS:
        assert the_line(seed, key, names).kind == "right"
    for other in range(2, 15):
        if other != number:
            names = homework.names(my_line(other, line)) | {"KEY": key}
            assert the_line(0, key, names).kind != "right"
    as_it_was = hw4_trainers.trainer_of(key).code.splitlines()[number - 1]
    names = homework.names(my_line(number, as_it_was)) | {"KEY": key}
    assert the_line(0, key, names).slips == (hw4_trainers.NOT_MENDED,)


def the_line(seed, key, names):
    task = made(hw4.q2, "the line in its place", seed, key)
    ((label, wanted),) = task.wanted.items()
    found = play(task.steps, {**names, "course_nn": nn, "numpy": np})
    explained = task.explained(found)
    verdict = judge(wanted, found[label])
    assert len(explained.network) == 14
    assert explained.lines[0].holds == (verdict.kind == "right")
    return verdict


@pytest.mark.parametrize("trainer", hw4_trainers.TRAINERS, ids=lambda t: t.promise[:20])
def test_trainers_are_equally_long_and_short_lines(trainer):
    lines = trainer.code.strip().splitlines()
    assert len(lines) == 14
    assert max(map(len, lines)) <= 70


def test_every_trainer_is_drawn():
    rng = np.random.default_rng(0)
    drawn = Counter(hw4_trainers.trainer_of(new_key(rng)).code for _ in range(200))
    assert len(drawn) > 60, "other letters, too"
    rights = {id(hw4_trainers.trainer_of(new_key(rng)).right) for _ in range(200)}
    assert len(rights) == len(hw4_trainers.TRAINERS) >= 6


@pytest.mark.parametrize("key", KEYS)
def test_the_wrong_line_shows_in_the_numbers_of_a_key(key):
    task = made(hw4.q2, "what the wrong line does to the numbers", 0, key)
    (wanted,) = task.wanted.values()
    (right,) = wanted.slips.values()
    assert np.abs(wanted.right - right).max() > 0.2
    assert judge(wanted, right).slips == (hw4_trainers.AS_IT_OUGHT_TO,)
    assert np.abs(wanted.right).max() < 500


def test_a_whole_batch_in_the_place_of_pieces_is_seen():
    """It ends at the right weights, and more rows than `size` went through together."""
    trainer = hw4_trainers.TRAINERS[0]
    key = key_of(trainer)
    task = made(hw4.q2, "the line in its place", 0, key)
    ((label, wanted),) = task.wanted.items()
    names = Homework("hw4").names(my_line(10, in_letters_of(key, trainer, mendings()[0][1])))
    report = dict(play(task.steps, {**names, "course_nn": nn, "numpy": np})[label])
    assert judge(wanted, report).kind == "right"
    report["sizes"] = np.array([report["sizes"].sum()])
    assert judge(wanted, report).slips == (hw4_trainers.OTHER_FORWARDS,)
    for without in ("W1", "returned", "sizes"):
        less = {name: value for name, value in report.items() if name != without}
        assert judge(wanted, less).kind == "wrong"


# ------------------------------------------------------------------ numbers against a claim


def both_ends(w, x, y, eta):
    """After N online updates, and after one batch update at N η, by a graph of the course."""
    ends = []
    for batches, rate in (([[b] for b in range(len(x))], eta), ([range(len(x))], eta * len(x))):
        with nn.Graph(make_current=False) as graph:
            given, target = nn.Input("x", width=len(w)), nn.Input("y", width=1)
            W = nn.Parameter("W", np.array(w, dtype=float)[:, None])
            loss = nn.squared_error(nn.matmul(given, W, name="z"), target, name="loss")
        for rows in batches:
            graph.Forward(
                x=np.array(x, dtype=float)[list(rows)],
                y=np.array(y, dtype=float)[list(rows), None],
            )
            graph.Backward(loss)
            graph.SGD(rate)
        ends.append(W.value[:, 0])
    return ends


@pytest.mark.parametrize("key", thinned(KEYS[:4]))
def test_numbers_against_the_claim(key):
    """Whole numbers fulfil each order, and what is taken as right is so on a graph."""
    order = hw4_counterexamples.ordered(key)
    (wanted,) = made(hw4.q3, "numbers with which the claim fails", 0, key).wanted.values()
    found, tried = [], np.random.default_rng(0).integers(-4, 5, size=(1500, 4))
    for w, one, other, y in tried.tolist():
        if judge(wanted, {"w": w, "x": [one, other], "y": [y, 3]}).kind == "right":
            found.append((w, one, other, y))
    assert found
    for w, one, other, y in found[:5]:
        online, batch = both_ends([w], [[one], [other]], [y, 3], order.eta)
        assert online - batch == pytest.approx(order.difference)


@pytest.mark.all
def test_numbers_with_which_the_claim_holds():
    (wanted,) = made(hw4.q3, "numbers with which it holds", 0).wanted.values()
    order = hw4_counterexamples.ordered("")
    eta = order.eta
    rng, right = np.random.default_rng(0), 0
    for _ in range(800):
        w, y = rng.integers(-4, 5, size=(2, 2)).tolist()
        x = [list(order.first), rng.integers(-2, 3, size=2).tolist()]
        kind = judge(wanted, {"w": w, "x": x, "y": y}).kind
        online, batch = both_ends(w, x, y, eta)
        assert kind != "right" or same(online, batch)
        right += kind == "right"
    assert right > 3


# ------------------------------------------------------------------ what went through the network


def passes(*rows, updated=(), back=True):
    return [(each, i in updated, int(back)) for i, each in enumerate(rows)]


PIECES = {(1, 2), (3, 5, 6), (0, 4, 7, 8)}


@pytest.mark.parametrize(
    ("seen", "slip"),
    [
        (passes((2, 1), (3, 5, 6), (0, 4, 7, 8)), None),
        (passes((0, 4, 7, 8), (1, 2), (3, 5, 6)), None),
        (passes((1, 2), (1, 2), (3, 5, 6), (0, 4, 7, 8)), None),
        (passes(tuple(range(9))), hw4_pieces.WHOLE_BATCH),
        (passes((1,), (2,), (3, 5, 6), (0, 4, 7, 8)), hw4_pieces.ROW_BY_ROW),
        (passes((1, 2, 3), (5, 6, 0), (4, 7, 8)), hw4_pieces.OTHER_CUT),
        (passes((1, 2), (3, 5, 9), (0, 4, 7, 8)), hw4_pieces.OTHER_CUT),
        (passes((1, 2), (3, 5, -1), (0, 4, 7, 8)), hw4_pieces.OTHER_CUT),
        (passes((1, 2), (3, 5, 6)), hw4_pieces.NOT_ALL_PIECES),
        (passes((1, 2), (3, 5, 6), (0, 4, 7, 8), back=False), hw4_pieces.NOT_ALL_PIECES),
        (passes(), hw4_pieces.NOT_ALL_PIECES),
        (passes((1, 2), (3, 5, 6), (0, 4, 7, 8), updated=[1]), hw4_pieces.UPDATED_BETWEEN),
    ],
)
def test_what_went_through(seen, slip):
    verdict = hw4_pieces.through(seen, PIECES, 4)
    assert verdict.slips == (() if slip is None else (slip,))
    assert (verdict.kind == "right") == (slip is None)


def test_notes_that_do_not_hold_together_are_none():
    X = np.array([[0.5, 1.0], [0.0, 2.0], [3.0, 1.5]])
    notes = {
        "fed": X[[2, 0]],
        "sizes": np.array([2.0]),
        "updates": np.array([0.0]),
        "backs": np.array([1.0]),
    }
    assert hw4_trial.fed(notes, X) == [((2, 0), False, 1)]
    assert hw4_trial.fed(notes | {"fed": X[[2, 0]] + 0.1}, X) == [((-1, -1), False, 1)]
    for broken in (
        {"sizes": np.array([3.0])},
        {"backs": np.array([1.0, 1.0])},
        {"fed": X[:2, :1]},
        {"sizes": np.array(2.0)},
    ):
        assert hw4_trial.fed(notes | broken, X) is None
    assert hw4_trial.fed({"fed": X}, X) is None


def test_the_notes_are_of_what_was_done():
    """By the class that the notebook has: rows, updates, Backward; not what the module does."""
    names = Homework("hw4").names()
    model = names["small_network"]()
    watch, X, Y = names["Watched"](model), names["X_small"], names["Y_small"]
    net, loss = model.graph, model.loss
    net.Forward(x=X[[4, 1]], y=Y[[4, 1]])
    net.Backward(loss)
    assert len(model.W1.per_example_grad()) == 2
    net.SGD(0.1)
    net.Forward(x=X[:3], y=Y[:3])
    report = watch.report(7.0)
    assert hw4_trial.fed(report, X) == [((4, 1), False, 1), ((0, 1, 2), True, 0)]
    assert report["returned"] == 7.0
    np.testing.assert_array_equal(report["W2"], model.W2.value)


@pytest.mark.parametrize("key", KEYS[:4])
def test_a_printed_trainer_can_be_pasted_and_watched(key, capsys):
    """With the tools of the notebook, on the network with one weight: question 2."""
    names = Homework("hw4").names()
    hw4.show_trainer(key)
    _, code, _ = capsys.readouterr().out.split("\n\n")
    case, ends, _ = hw4_trainers._ends_of(key)
    net, loss = names["one_weight"](case.w)
    watch = names["Watched"](net)
    trainer = names["with_line"](f"\n{code}\n", 2, code.splitlines()[1])
    X, Y = np.array([case.x]).T, np.array([case.y]).T
    rng = np.random.default_rng(case.seed)
    returned = trainer(net, loss, X, Y, case.rate, case.size, rng)
    report = watch.report(returned)
    assert [report["w"][0, 0], report["returned"]] == pytest.approx(list(ends))
    assert hw4_trial.fed(report, X)


@pytest.mark.parametrize("question", [hw4.q2, hw4.q4])
def test_without_the_tools_the_cell_that_has_them_is_named(question):
    names = dict(Homework("hw4").names())
    del names["Watched"]
    kind, text = question.verdict(names)
    assert kind == "wrong"
    assert "there is no Watched" in text
    assert "the cell of question 2 in which `with_line` is defined" in text.replace("\n", " ")


@pytest.mark.parametrize("key", KEYS)
def test_four_decimals_are_exact_enough(key):
    """And the trainer as it ought to be is told from the one that stands there."""
    ((label, wanted),) = made(
        hw4.q2, "what the wrong line does to the numbers", 0, key
    ).wanted.items()
    assert judge(wanted, wanted.right.round(4)).kind == "right", label
    assert judge(wanted, wanted.right * 1.001).kind != "right"
    (ought,) = wanted.slips.values()
    assert judge(wanted, ought).slips == (hw4_trainers.AS_IT_OUGHT_TO,)


def test_without_the_notes_other_cuts_would_be_right(monkeypatch):
    homework = Homework("hw4")
    whole = homework.names(pieces(pieces="[np.concatenate(pieces)]"))
    graded = homework.question("q4")
    assert marks(graded, 0, whole) == 10
    monkeypatch.setattr(hw4_pieces, "through", lambda *seen: hw4_pieces.RIGHT)
    assert marks(graded, 0, whole) == graded.points


def test_notes_count_once_the_weights_are_nearly_right():
    task = made(hw4.q4, "what goes through the network", 0)
    ((label, wanted),) = task.wanted.items()
    names = Homework("hw4").names()
    report = dict(play(task.steps, {**names, "course_nn": nn, "numpy": np})[label])
    assert judge(wanted, report).kind == "right"
    report["W2"] = report["W2"] * 1.5
    assert judge(wanted, report).slips == (hw4_pieces.WEIGHTS_FIRST,)


# ------------------------------------------------------------------ digits


def digits_task(seed=0):
    task = made(hw4.q6, "digits that were held out", seed)
    return task, task.wanted


def trained(digits, rate, epochs=6):
    model = nn.two_hidden_layer_network(*hw4_digits.WIDTHS, **digits.options)
    data = {"x": digits.x_train, "y": digits.y_train}
    options = {"batch_size": 20, "learning_rate": rate, "epochs": epochs, "progress": False}
    nn.train_minibatch(model.loss, data, **options)
    return np.concatenate([W.value.ravel() for W in model.graph.parameters]), model


@pytest.mark.all
@pytest.mark.parametrize("seed", SEEDS)
def test_no_rate_suits_both_in_a_few_epochs(seed):
    rng = np.random.default_rng(seed)
    faint = hw4_digits.Digits(rng, rng.uniform(*hw4_digits.FAINT))
    ordinary = hw4_digits.Digits(rng, rng.uniform(*hw4_digits.ORDINARY))
    reads = {
        rate: [each.percent(trained(each, rate)[0]) for each in (faint, ordinary)]
        for rate in (0.02, 0.2, 5.0)
    }
    assert reads[5.0][0] > 90 > reads[5.0][1] + 2
    assert reads[0.2][1] > 90 > reads[0.2][0] + 10
    assert max(reads[0.02]) < 90


def test_the_parts_of_the_digits_have_no_digit_in_common():
    digits = hw4_digits.Digits(np.random.default_rng(0), 1.0)
    parts = (digits.x_train, digits.x_validation, digits.x_held_out)
    assert [len(part) for part in parts] == [900, 300, 597]
    rows = {tuple(row) for part in parts for row in np.round(part, 6)}
    assert len(rows) >= 1790, "a few digits of the data set are alike"
    assert np.bincount(digits.y_validation, minlength=10).min() > 10


def test_weights_from_elsewhere_are_of_no_use():
    digits = hw4_digits.Digits(np.random.default_rng(1), 1.0)
    weights, _ = trained(digits, 0.2)
    assert digits.percent(weights) > 90
    for seed in (2, 3, 4):
        other = hw4_digits.Digits(np.random.default_rng(seed), 1.0)
        assert other.percent(weights) < 40


def test_the_accuracy_is_that_of_the_network():
    digits = hw4_digits.Digits(np.random.default_rng(2), 1.0)
    weights, model = trained(digits, 0.2)
    data = {"x": digits.x_validation, "y": digits.y_validation}
    right = nn.evaluate(model.loss, data, output=model.output).accuracy
    told = hw4_digits._of_validation(digits)
    assert told(np.append(weights, right)).kind == "right"
    assert told(np.append(weights, 100 * right)).slips == (hw4_digits.PERCENT,)
    assert told(np.append(weights, 300 * right)).slips == (hw4_digits.COUNT,)
    assert told(np.append(weights, 1 - right)).slips == (hw4_digits.ERRORS,)
    assert told(np.append(weights, 0.123)).slips == (hw4_digits.ACCURACY_OF_OTHER_WEIGHTS,)
    assert told(np.append(weights * 1.5, right - 0.01)).kind == "slip"
    assert told(np.append(digits.untrained, 0.1)).slips == (hw4_digits.WEIGHTS_UNCHANGED,)
    assert told(np.append(weights, [right, right])).kind == "wrong"


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (np.full(2720, np.nan), "nan"),
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
    verdict = judge(digits_task()[1]["faint digits"], found)
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


def test_the_check_judges_by_the_digits_that_choose_and_grading_by_others():
    names = Homework("hw4").names(on_digits(ONE_RATE.format(epochs=1, rate=0.05)))
    kind, text = hw4.q6.verdict(names)
    assert kind == "wrong"
    assert "% of the validation digits:" in text
    with pytest.raises(AssertionError, match="% of the held-out digits:"):
        hw4.q6.require(names, seed=3)
    digits = hw4_digits.Digits(np.random.default_rng(2), 1.0)
    weights, _ = trained(digits, 0.2, epochs=1)
    for held_out, part in ((True, "held_out"), (False, "validation")):
        x, y = (getattr(digits, f"{letter}_{part}") for letter in "xy")
        assert digits.percent(weights, held_out) == 100 * digits.read(weights, x, y)


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
    before = [getattr(nn, name) for name in hw4.NOT_THERE]
    kind, text = hw4.q6.verdict(homework.names(on_digits(line)))
    assert kind == "wrong"
    assert "is what you write here" in text
    assert [getattr(nn, name) for name in hw4.NOT_THERE] == before


# ------------------------------------------------------------------ keys


def test_answers_of_one_key_are_not_those_of_another():
    """What a neighbour typed: next to nothing of the 42 points of questions 1 to 3."""
    homework = Homework("hw4")
    names = homework.names()
    full = sum(homework.question(q).points for q in ("q1", "q2", "q3"))
    gained = []
    for key in KEYS[1:]:
        points = 0.0
        for graded in (homework.question(q) for q in ("q1", "q2", "q3")):
            for part in graded.parts:
                task = part.task(np.random.default_rng(0), key)
                found = play(task.steps, {**names, "course_nn": nn, "numpy": np})
                right = [judge(task.wanted[label], found[label]).kind == "right" for label in found]
                points += part.points * sum(right) / len(right)
        gained.append(points)
    assert full == 42
    assert np.mean(gained) <= 8, "where the claim holds is everybody's"


def test_a_check_goes_by_the_key_in_the_notebook():
    names = Homework("hw4").names()
    assert hw4.q1.verdict(names | {"KEY": KEYS[1]})[0] == "wrong"
    assert hw4.q1.verdict(names | {"KEY": ""})[0] == "right"
    assert "cannot be read" in hw4.q1.verdict(names | {"KEY": "ABC-1234"})[1]


def test_what_belongs_to_a_key_is_shown(capsys):
    hw4.show_traces(KEYS[1])
    hw4.show_logs(KEYS[1].lower())
    hw4.show_trainer(KEYS[1])
    hw4.show_order(KEYS[1])
    shown = capsys.readouterr().out
    assert hw4_traces._said(hw4_traces.examples_of(KEYS[1])) in shown
    assert "Log C: before the epoch" in shown and "10  SGD, but in reverse" in shown
    code = shown.split("\n\n")[-2]
    assert re.sub(r" +# +\d+$", "", code, flags=re.M) == hw4_trainers.lines_of(KEYS[1])
    assert "online minus batch: " in shown
    assert "rng is handed to every trainer" in shown
    assert max(map(len, shown.splitlines())) <= 80


# ------------------------------------------------------------------ words


def test_slips_hold_no_numbers():
    modules = (hw4_pieces, hw4_weighted, hw4_trainers, hw4_counterexamples, hw4_digits)
    slips = [v for module in modules for v in vars(module).values() if isinstance(v, Slip)]
    assert len(slips) > 50
    for slip in slips:
        without = slip.words
        for allowed in ("between 0 and 1", "75", "90 %", "40", "a 0 ", " 0.", "is 0"):
            without = without.replace(allowed, "")
        assert not any(character.isdigit() for character in without), slip


def test_every_credit_can_be_given():
    """Where the slips are known beforehand; those of a judge are tried among the wrong answers."""
    given = {slip for entry in Homework("hw4").wrong if isinstance(slip := entry[2], Slip)}
    for question in ASSIGNMENT.questions:
        if not isinstance(question, GradedQuestion):
            continue
        for part in question.parts:
            wanted = part.task(np.random.default_rng(0)).wanted.values()
            known = {s for w in wanted if isinstance(w, Wanted) for s in w.slips}
            known |= {s for w in wanted if isinstance(w, Reaches) for s in w.short}
            if any(isinstance(w, Satisfies) for w in wanted):
                known |= given | {hw4_trainers.RETURNS_ELSE, hw4_trainers.WEIGHTS_ELSE}
                known |= {hw4_digits.COUNT}
            assert set(part.credit) <= known, part.words


@pytest.mark.all
def test_the_divisor_is_that_of_the_pieces():
    """A plain mean of the pieces is told from the right one in each case that is drawn."""
    homework = Homework("hw4")
    names = homework.names(pieces("sums[W] + W.grad", DIVIDE.format("len(pieces)")))
    graded = homework.question("q4")
    for seed in range(4):
        assert marks(graded, seed, names) == pytest.approx(7.5)


def test_the_calls_of_a_task_are_the_answers():
    """What a student has to define is what the notebook says."""
    called = {
        step.path
        for question in QUESTIONS
        for make in question.tasks.values()
        for step in make(np.random.default_rng(0)).steps
        if isinstance(step, Call) and "." not in step.path
    }
    assert called - {"with_line", "Watched", "mended"} == set(ASSIGNMENT.answers)
    assert [a <= b for a, b in pairwise(q.name for q in QUESTIONS)] == [True] * 5


@pytest.mark.parametrize("show", [hw4.show_traces, hw4.show_logs, hw4.show_trainer, hw4.show_order])
def test_a_mistyped_key_is_a_sentence_and_no_traceback(show, capsys):
    show("VNH-AB39")
    assert "cannot be read" in capsys.readouterr().out
    show("VNH-AB38")
    assert "cannot be read" not in capsys.readouterr().out
