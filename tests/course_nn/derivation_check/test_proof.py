"""The proof of `check_derivation`: what is right holds in five notations, what is altered is not.

The derivations are those of `derivations.py`, which knows nothing of the reader. Whether an altered
line is wrong is said by numbers of networks that the reader never saw.
"""

import re
from collections import Counter, defaultdict

import numpy as np
import pytest
from derivations import NOTATIONS, Numbers, paper, written
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import SEEDS
from random_graphs import random_plan
from slips_of_lines import slips
from test_derivations import EQUAL

import course_nn as nn
from course_nn.derivation_check.judgement import BLAMED, Verdict
from course_nn.derivation_check.slips import Slip
from course_nn.derivation_check.statement import Reason

SOME, HUNDRED = range(2), range(100)
BLAME = {*BLAMED, Verdict.USES_ANSWER}
GOOD = {Verdict.HOLDS, Verdict.STEP, Verdict.NOT_NEEDED}
ONLY_ONE = {"the sum, not the mean", "the mean twice", "the mean too early"}
# What is written without a sign is read by its shapes, so this is no other text there.
BY_SHAPES = "a product of matrices for entry by entry"
NAMED = {  # the slip, and what it may be called; of the others the numbers say less
    "a missing transpose": {Slip.TRANSPOSE_MISSING, Slip.MATRIX_NEEDED, Slip.TRANSPOSED},
    "W.T for W": {Slip.TRANSPOSE_EXTRA},
    "swapped order": {Slip.ORDER},
    "entry by entry for a product of matrices": {Slip.MATRIX_NEEDED, Slip.ORDER},
    "a product of matrices for entry by entry": {Slip.ENTRIES_NEEDED},
    "wrong sign": {Slip.SIGN},
    "the sign of one path": {Slip.TERM_SIGN, Slip.SIGN},
    "a path is missing": {Slip.PATH_MISSING},
    "overwritten": {Slip.PATH_MISSING},
    "a path is added twice": {Slip.PATH_TWICE, Slip.FACTOR},
    "missing f′": {Slip.SLOPE_MISSING},
    "f′ at h": {Slip.SLOPE_AT_H},
    "z for h in f′": {Slip.SLOPE_FROM_Z},
    "f′ of another function": {Slip.SLOPE_OTHER},
    "another weight": {Slip.OTHER_WEIGHTS},
    "δ of another node": {Slip.OTHER_GRADIENT},
    "the sum, not the mean": {Slip.MEAN_MISSING},
    "the mean twice": {Slip.MEAN_TWICE},
    "the mean too early": {Slip.MEAN_TOO_EARLY},
    "a factor 2": {Slip.FACTOR},
    "a factor ½": {Slip.FACTOR},
    "y − p for p − y": {Slip.SIGN, Slip.TERM_SIGN},
    "softmax is missing": {Slip.SOFTMAX_MISSING},
    "onehot(y) is missing": {Slip.ONEHOT_MISSING},
    "rows not added": {Slip.ROWS_NOT_ADDED},
    "the other axis": {Slip.SUM_OVER},
}


def check(loss, lines, notation):
    return nn.check_derivation(
        loss, "\n".join(line.text for line in lines), columns=notation == "columns"
    )


# ---------------------------------------------------------------- what is right


def assert_right(seed):
    plan = random_plan(seed)
    loss, lines = plan.build(seed), paper(plan)
    for notation in NOTATIONS:
        report = check(loss, written(plan, lines, notation, seed), notation)
        assert report.right is True, (notation, report)
        assert {line.verdict for line in report.lines} <= GOOD, (notation, report)
    report = nn.check_derivation(loss, repr(nn.derive(loss)))
    assert report.right is True, ("as derive prints it", report)


@pytest.mark.all
@pytest.mark.parametrize("seed", SOME)
def test_what_is_right_holds_in_each_notation_and_as_derive_prints_it(seed):
    assert_right(seed)


@pytest.mark.long
def test_what_is_right_in_a_hundred_graphs_holds():
    for seed in HUNDRED:
        assert_right(seed)


# ---------------------------------------------------------------- what is altered


class Trial:
    """A graph with its right lines, and numbers to judge altered ones by."""

    def __init__(self, seed):
        self.seed, self.plan = seed, random_plan(seed)
        self.lines, self.loss = paper(self.plan), self.plan.build(seed)
        self.numbers = [Numbers(self.plan, B, seed + B) for B in (4, 7)]
        self.gradients = [numbers.gradients(self.lines) for numbers in self.numbers]

    def slips(self):
        """All of them, in an order by chance."""
        every = list(slips(self.plan, self.lines))
        order = np.random.default_rng(self.seed).permutation(len(every))
        return [every[i] for i in order]

    def is_equal(self, slip):
        """Whether the altered line says the same."""
        if slip.name == "the answer itself":
            return False
        pairs = zip(self.numbers, self.gradients, strict=True)
        return all(numbers.fits(slip.line, right) for numbers, right in pairs)

    def refuse(self, slip, notation, named):
        """The altered derivation is refused, and nothing but the altered line is blamed."""
        lines = [slip.line if line.target == slip.line.target else line for line in self.lines]
        shown = written(self.plan, lines, notation, self.seed)
        report = check(self.loss, shown, notation)
        where = (self.seed, notation, slip, report)
        if self.is_equal(slip):
            assert slip.name in EQUAL, where
            # Of a gradient that is 0 for all weights, the last digits alone can be compared.
            is_zero = np.abs(self.gradients[0][slip.line.target]).max() < 1e-12
            assert report.right is True or is_zero, where
            return
        if any(line.problem and line.problem.reason is Reason.ONES for line in report.lines):
            assert report.right is None, where  # "A 1" may be A times a vector of ones
            return
        assert report.right is False, where
        own = [line.text for line in shown if slip.line.target in line.targets]
        blamed = [line for line in report.lines if line.verdict in BLAME]
        assert blamed and {line.text for line in blamed} <= {*own}, where
        has_width = notation == "derive" and re.search(r"repeat|\d:\d", own[0])
        if slip.name in ONLY_ONE and len(own) == 1 and not has_width:  # which holds in one graph
            assert {line.verdict for line in blamed} == {Verdict.ONE_EXAMPLE}, where
        if slip.name in NAMED and len(own) == 1 and notation != "own":
            found = {each.slip for line in blamed for each in line.slips}
            named[slip.name][bool(found & NAMED[slip.name])] += 1


def refuse_all(slips_of_trials):
    """Refuse each of these (trial, slip), the notations in turn; which of them were named."""
    named = defaultdict(Counter)
    for i, (trial, slip) in enumerate(slips_of_trials):
        notation = NOTATIONS[i % len(NOTATIONS)]
        if slip.name != BY_SHAPES or notation not in ("maths", "own"):
            trial.refuse(slip, notation, named)
    return named


@pytest.mark.parametrize("seed", SOME)
def test_altered_lines_are_refused(seed):
    trial = Trial(seed)
    refuse_all((trial, slip) for slip in trial.slips()[:5])


def one_of_each_kind():
    """Of each kind of slip one from each graph that has it."""
    made = Counter()
    for trial in map(Trial, HUNDRED):
        for name, slip in {slip.name: slip for slip in trial.slips()}.items():
            made[name] += 1
            yield trial, slip
    assert made.total() > 50 * len(made)


@pytest.mark.long
def test_three_thousand_altered_lines_of_a_hundred_graphs_are_refused_and_named():
    named = refuse_all(one_of_each_kind())
    assert named.keys() == NAMED.keys()
    for name, counted in named.items():
        assert counted[True] >= 0.6 * counted.total(), (name, counted)
    total = sum(named.values(), Counter())
    assert total[True] > 0.95 * total.total(), named


# ---------------------------------------------------------------- what is random


SIGNS = [*"()[]{}+-*/@=.,:;^_'′#⊙·ᵀ₂₃²Σσδ∂∇−|‖½ \n", "**", ".T", ".grad", "1/B", "\t", "\u200b"]
SIGNS += ["а", "if", "__import__", "0", "1e9", "L", "x", "y", "z1", "h1", "W1", "δ1", "z1.grad"]
SIGNS += ["W1.grad", "softmax", "onehot", "f", "sum", "B", "axis=1", "x.grad", "loss.grad", "Σ_b"]
TOKEN = re.compile(r"[^\W\d]\w*|\d+\.?\d*|\*\*|[^\s\w]|\s")
SOME_TEXTS, MANY_TEXTS = settings(max_examples=10), settings(max_examples=300)
texts_of_signs = given(st.lists(st.sampled_from(SIGNS), max_size=40))
changed_derivations = given(seed=st.integers(0, 60), change=SEEDS)


def small_loss():
    return nn.two_hidden_layer_network(3, 4, 2, 3).loss


@SOME_TEXTS
@texts_of_signs
def test_no_text_breaks_it(tokens):
    assert_answered("".join(tokens))


@pytest.mark.long
@MANY_TEXTS
@texts_of_signs
def test_no_text_of_many_breaks_it(tokens):
    assert_answered("".join(tokens))


@SOME_TEXTS
@given(st.text(max_size=200))
def test_no_characters_break_it(text):
    assert_answered(text)


@pytest.mark.all
@pytest.mark.parametrize(
    "text",
    [
        "z1.grad = " + "(" * 20_000 + "x" + ")" * 20_000,
        "z1.grad = " + "-" * 20_000 + "x",
        "z1.grad = x" + " + x" * 20_000,
        "z1.grad = x" + " + x" * 100,
        "z1.grad = x" + ".T" * 20_000,
        "z1.grad = x" + ".T" * 200,
        "z1.grad = " + "σ(" * 300,
        "z1.grad = x\n" * 20_000,
        "a = a\n" * 3000,
        "\n".join(f"a{i} = a{i + 1}" for i in range(140)),
        "\n".join(f"a{i + 1} = a{i} @ a{i}" for i in range(140)),
        "a0 = z1\n" + "\n".join(f"a{i + 1} = a{i} * a{i}" for i in range(140)),
        "=" * 50_000,
        "z1.grad = " + "9" * 50_000,
        "z1.grad = z1 ^ 99999999999",
        "z1.grad = z1" + "^9" * 200,
        "Σ_b " * 200 + "= x",
        "z1.grad = " + "Σ_b " * 100 + "x",
    ],
    ids=lambda text: text[:24],
)
def test_very_long_and_very_deep_text_is_answered(text):
    assert_answered(text)


def assert_answered(text):
    loss = small_loss()
    report = nn.check_derivation(loss, text)
    shown = repr(report)
    assert report.right is not True and shown


# ---------------------------------------------------------------- what Python says


class Rows(np.ndarray):
    """An array with a gradient: what the lines of the notation "derive" need to be Python."""


def runs_right(plan, code):
    """Whether Python finds the right gradients by these lines, on numbers of the plan."""
    numbers = Numbers(plan, 5, 1)
    right = numbers.gradients(paper(plan))
    names = {name: np.array(v).view(Rows) for name, v in numbers.values.items()}

    def softmax(z):
        powers = np.exp(z - z.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def onehot(y):
        return np.eye(plan.labels["y"])[np.asarray(y)]

    space = {"np": np, "B": 5, "softmax": softmax, "onehot": onehot, **names}
    try:
        with np.errstate(all="ignore"):
            exec(code, space)
            found = [(np.asarray(names[p].grad), right[p]) for p in plan.parameters]
            return all(mine.shape == g.shape and np.allclose(mine, g) for mine, g in found)
    except Exception:  # anything may stand there
        return False


def one_loss(seed):
    """A plan without a loss of losses, whose gradients are columns and numbers at once."""
    while {"weighted", "add_losses"} & random_plan(seed).kinds():
        seed += 1
    return seed


def assert_python_agrees(seed, change):
    seed = one_loss(seed)
    plan, rng = random_plan(seed), np.random.default_rng(change)
    right = "\n".join(line.text for line in written(plan, paper(plan), "derive", seed))
    assert runs_right(plan, right)
    tokens = TOKEN.findall(right)
    places = [i for i, token in enumerate(tokens) if not token.isspace()]
    for _ in range(int(rng.integers(1, 4))):
        i, j = (int(place) for place in rng.choice(places, size=2))
        match int(rng.integers(4)):
            case 0:
                tokens[i] = ""
            case 1:
                tokens[i] *= 2
            case 2:
                tokens[i], tokens[j] = tokens[j], tokens[i]
            case 3:
                tokens[i] = tokens[j]
    text = "".join(tokens)
    report = nn.check_derivation(plan.build(seed), text)
    try:
        code = compile(text, "a derivation", "exec")
    except SyntaxError:  # which the notations of the course may know, such as h W without a sign
        return
    assert report.right is not True or runs_right(plan, code), text


@pytest.mark.all
@SOME_TEXTS
@changed_derivations
def test_nothing_is_called_right_that_python_finds_wrong(seed, change):
    """Tokens of a right derivation are left out, doubled, exchanged or replaced by others."""
    assert_python_agrees(seed, change)


@pytest.mark.long
@MANY_TEXTS
@changed_derivations
def test_nothing_of_many_is_called_right_that_python_finds_wrong(seed, change):
    assert_python_agrees(seed, change)
