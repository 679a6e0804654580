"""Graphs that differ in letters and sizes alone share their trials, and are told the same."""

import numpy as np
import pytest
from tiers import thinned

import course_nn as nn
from course_nn.derivation.lines import names_in
from course_nn.derivation_check import parsing, trials
from course_nn.derivation_check.check import without_slips
from course_nn.derivation_check.judgement import Verdict
from course_nn.derivation_check.trials import Family, Kind

LETTERS = (("u", "V", "s", "h", "W", "z", "y"), ("x", "A", "q", "r", "M", "v", "t"))
SIZES = ((5, 3, 2), (6, 4, 3))
LINES = (
    "{z}.grad = {z} - {y}",
    "{W}.grad = {h}.T @ {z}.grad / B",
    "{h}.grad = {z}.grad @ {W}.T",
    "{s}.grad = {h}.grad * (1 - {h}**2)",
    "{V}.grad = {u}.T @ {s}.grad / B",
)
SLIPS = {
    "right": {},
    "sum": {4: "{V}.grad = {u}.T @ {s}.grad"},
    "no slope": {3: "{s}.grad = {h}.grad"},
    "transpose missing": {2: "{h}.grad = {z}.grad @ {W}"},
    "other function": {3: "{s}.grad = {h}.grad * {h} * (1 - {h})"},
    "sign": {0: "{z}.grad = {y} - {z}"},
}


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(trials, "_networks", type(trials._networks)())


def loss_of(letters, sizes, activation=nn.tanh):
    u, V, s, h, W, z, y = letters
    D, H, K = sizes
    rng = np.random.default_rng(0)
    with nn.Graph(make_current=False):
        inputs, wanted = nn.Input(u, D), nn.Input(y, K)
        first, second = nn.Parameter(V, rng.normal(size=(D, H))), nn.Parameter(W, np.ones((H, K)))
        hidden = activation(nn.matmul(inputs, first, name=s), name=h)
        return nn.squared_error(nn.matmul(hidden, second, name=z), wanted, name="L")


def lines(letters, changed):
    named = dict(zip("uVshWzy", letters, strict=True))
    return "\n".join(changed.get(i, line).format(**named) for i, line in enumerate(LINES))


def told(letters, sizes, changed):
    report = nn.check_derivation(loss_of(letters, sizes), lines(letters, changed))
    back = dict(zip(letters, "uVshWzy", strict=True))
    return [
        (
            line.verdict,
            [each.slip for each in line.slips],
            line.in_itself,
            back.get(line.gradient_of),
        )
        for line in report.lines
    ]


@pytest.mark.parametrize("slip", thinned(SLIPS, 6))
def test_verdicts_and_slips_are_those_of_networks_of_ones_own(slip, monkeypatch):
    cases = [(letters, sizes) for letters in LETTERS for sizes in SIZES]
    shared = [told(*case, SLIPS[slip]) for case in cases]
    alone = []
    for case in cases:
        trials._networks.clear()
        alone.append(told(*case, SLIPS[slip]))
    assert shared == alone
    assert all(each == shared[0] for each in shared)
    assert (slip == "right") == all(line[0] is Verdict.HOLDS for line in shared[0])


def made(monkeypatch, *losses):
    """How many trial networks are made for these graphs."""
    count = 0
    make = Family.trial

    def counted(self, kind, seed, own=False):
        nonlocal count
        count += 1
        return make(self, kind, seed, own)

    monkeypatch.setattr(Family, "trial", counted)
    for loss in losses:
        Family(loss, names_in(loss.graph)).trials([(Kind.GENERAL, 0), (Kind.SQUARE, 0)])
    return count


def test_they_are_made_once_for_all_letters_and_sizes(monkeypatch):
    losses = [loss_of(letters, sizes) for letters in LETTERS for sizes in SIZES]
    assert made(monkeypatch, *losses) == 2


def test_another_function_or_place_is_another_network(monkeypatch):
    one, other = loss_of(LETTERS[0], SIZES[0]), loss_of(LETTERS[0], SIZES[0], nn.sigmoid)
    assert made(monkeypatch, one, other) == 4


def test_the_widths_of_a_graph_are_its_own(monkeypatch):
    for sizes in SIZES:
        loss = loss_of(LETTERS[0], sizes)
        (trial,) = Family(loss, names_in(loss.graph)).trials([(Kind.OWN, 0)])
        assert trial.values["u"].shape[1] == sizes[0]


def test_a_network_under_other_names_has_the_same_numbers():
    one, other = (loss_of(letters, SIZES[0]) for letters in LETTERS)
    (first,) = Family(one, names_in(one.graph)).trials([(Kind.GENERAL, 0)])
    (second,) = Family(other, names_in(other.graph)).trials([(Kind.GENERAL, 0)])
    for name, another in zip(*LETTERS, strict=True):
        assert first.values[name] is second.values[another]
        assert second.nodes[another] is first.nodes[name]
    assert [user for user, _ in second.arrived["r"]] == ["v"]
    assert second.backward({"v": 2 * second.gradients["v"]})["M"] == pytest.approx(
        2 * first.gradients["W"]
    )


def test_without_slips_the_verdicts_are_the_same():
    loss, text = loss_of(LETTERS[0], SIZES[0]), lines(LETTERS[0], SLIPS["sum"])
    whole, short = nn.check_derivation(loss, text), without_slips(loss, text)
    assert [each.verdict for each in whole.lines] == [each.verdict for each in short.lines]
    assert whole.holding == short.holding == 4
    assert whole.wrong[0].slips and not short.wrong[0].slips


def test_a_parser_is_made_anew_only_for_a_line_with_an_operation_of_the_graph(monkeypatch):
    made, parser = [], parsing.parser
    monkeypatch.setattr(parsing, "parser", lambda *of: made.append(of) or parser(*of))
    nn.check_derivation(loss_of(LETTERS[0], SIZES[0]), lines(LETTERS[0], {}))
    with nn.Graph(make_current=False):
        z = nn.matmul(nn.Input("x", 3), nn.Parameter("W", np.ones((3, 2))), name="z")
        loss = nn.cross_entropy(z, nn.Labels("y", 2), name="L")
    nn.check_derivation(loss, "z.grad = softmax(z) - onehot(y)")
    assert len(set(made)) == 1
    report = nn.check_derivation(loss, "c = cross_entropy(z, y)\nz.grad = softmax(z) - onehot(y)")
    assert len(set(made)) == 2 and report.lines[0].verdict is not Verdict.UNREADABLE
