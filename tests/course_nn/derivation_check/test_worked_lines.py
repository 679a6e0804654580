"""The third hint shows a line of the same rule, in other letters."""

import inspect
import re

import numpy as np
import pytest
from test_judging import shared_and_skipped
from test_slips_of_a_line import MADE
from tiers import thinned

import course_nn as nn
from course_nn import losses, operations
from course_nn import more_operations as more
from course_nn.derivation_check.judgement import Verdict
from course_nn.derivation_check.report import Line
from course_nn.derivation_check.slips import RULES_OF, Found, Slip
from course_nn.derivation_check.worked_lines import OF_A_USER, WORKED, Rule, letters

R = Rule
RULES = {  # what a line is about, in these graphs, and the rule that its hint may show
    "δ3": {R.SQUARES, R.CLASSES},
    "h2.grad": {R.BACK},
    "h1.grad": {R.BACK},
    "δ2": {R.ACTIVATION, R.BACK},
    "W": {R.WEIGHTS, R.SHARED, R.ACTIVATION},  # a line that takes the slope at once
    "b": {R.ROW},
    "h.grad": {R.SEVERAL, R.BACK},
    "z2.grad": {R.SOFTMAX},
}
OF_THE_MEAN = {Slip.MEAN_MISSING, Slip.MEAN_TWICE, Slip.MEAN_TOO_EARLY}


def rule_of(graph, text):
    loss = graph() if callable(graph) else graph.loss
    line = [line for line in nn.check_derivation(loss, text).lines if line.number][-1]
    assert WORKED[line.rule].task.format(**letters(line.taken)) in line.hint(3)
    return line


@pytest.mark.long
@pytest.mark.parametrize(("graph", "text", "slip"), thinned(MADE, 2))
def test_each_slip_is_answered_by_a_line_of_the_same_rule(graph, text, slip):
    line = rule_of(graph, text)
    if slip in OF_THE_MEAN:
        assert line.rule is R.MEAN
        return
    left = text.split("\n")[-1].split(" = ")[0]
    if graph is shared_and_skipped and left == "z2.grad":
        assert line.rule is R.SOFTMAX
    else:
        assert line.rule in (RULES.get(left) or RULES[left[0]])
    assert line.rule in line.rules


@pytest.mark.parametrize("slip", Slip)
def test_a_slip_does_not_lead_to_a_rule_that_the_line_has_not(slip):
    for rule in Rule:
        line = Line(1, "", "", "", "", Verdict.WRONG, slips=(Found(slip),), rules=(rule,))
        assert line.rule is (R.MEAN if slip in OF_THE_MEAN else rule)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("δ2 = (δ3 W3) ⊙ f′(z2)", R.BACK),  # two rules in one line: that of the slip
        ("δ2 = (δ3 W3ᵀ) ⊙ f′(h2)", R.ACTIVATION),
        ("W2.grad = h1ᵀ ((δ3 W2ᵀ) ⊙ f′(z2)) / B", R.BACK),
        ("b2.grad = δ2 / B", R.ROW),
    ],
)
def test_of_several_rules_it_is_that_of_the_slip(text, rule):
    model = nn.two_hidden_layer_network(5, 4, 3, 2, loss="squared_error", bias=True)
    line = rule_of(model, text)
    assert line.rule is rule or (line.rule, rule) == (R.WEIGHTS, R.BACK)


def test_every_operation_of_the_course_has_a_rule():
    made = [
        each
        for module in (operations, losses, more)
        for name, each in inspect.getmembers(module, inspect.isclass)
        if each.__module__ == module.__name__ and issubclass(each, nn.Operation)
        if not name.startswith("_") and each is not nn.Operation
    ]
    by_entry = {nn.sigmoid, nn.tanh, nn.relu}
    assert set(made) - by_entry - {nn.matmul, more.matmul_transposed} == set(OF_A_USER)


def test_weights_that_are_used_twice_and_more_operations():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Input("y", width=3)
        W, V = (nn.Parameter(name, np.eye(3)) for name in ("W", "V"))
        h = nn.tanh(nn.matmul(x, W, name="z"), name="h")
        p = more.multiply(h, nn.matmul(h, W, name="q"), name="p")
        loss = nn.squared_error(more.matmul_transposed(p, V, name="o"), y, name="loss")
    for text, rule in (
        ("W.grad = xᵀ z.grad / B", R.SHARED),
        ("h.grad = p.grad q", R.SEVERAL),
        ("q.grad = p.grad q", R.MULTIPLIED),
        ("p.grad = o.grad Vᵀ", R.BACK_TRANSPOSED),
        ("V.grad = pᵀ o.grad / B", R.WEIGHTS_TRANSPOSED),
    ):
        assert rule_of(lambda: loss, text).rule is rule


def test_every_worked_line_is_in_letters_that_the_graph_has_not():
    assert set(WORKED) == set(Rule) and set().union(*RULES_OF.values()) <= set(Rule)
    taken = set("apqruvwkVMNcegiACUX")
    other = letters(taken)
    assert not taken & set(other.values())
    for worked in WORKED.values():
        words = f"{worked.similar} {worked.task}"
        assert set(re.findall(r"{(\w)}", words)) <= {"a", "u", "V", "c"}
        assert worked.task.startswith("Now ") and worked.similar.startswith("Take ")
