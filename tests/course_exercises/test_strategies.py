"""What can be passed without understanding: nothing that asks the reader to derive anew."""

import numpy as np
import pytest
from shown_networks import (
    Network,
    closing_network,
    closing_question,
    network_of,
    network_of_the_lessons,
)
from strategies import derived, editing, handed_in, is_right, text_of, with_given
from strategies_at_work import (
    COLUMNS,
    ONE,
    PASSED,
    REFUSED,
    WITH_CLOSING,
    closing_name,
    passed_at_once,
    question,
    table,
)

import course_nn as nn
from course_exercises.derivations import Derivation, derivation

pytestmark = pytest.mark.long

IMITATION = ("1 shapes", "2 copies", "4 never adds", "5 no mean", "5 divides")
CLOSINGS = [closing_name(lesson) for lesson in WITH_CLOSING]
OWN = "05 W1, the reader's own"


@pytest.mark.parametrize("task", [*CLOSINGS, OWN])
def test_imitation_passes_no_derivation_of_ones_own(task):
    row = table()[task]
    one_example = {"5 no mean": ONE, "5 divides": ONE}
    for strategy in IMITATION:
        assert row[strategy] in (REFUSED, one_example.get(strategy)), strategy
    if task not in (
        OWN,
        *CLOSINGS[:2],
    ):  # from lesson 05 on the mean is known, and there is one to forget
        assert ONE not in row.values()


@pytest.mark.parametrize("lesson", WITH_CLOSING)
def test_the_text_of_each_closing_network_says_what_its_question_asks(lesson):
    network, asked = closing_network(lesson), question(closing_question(lesson))
    assert is_right(asked, text_of(with_given(derived(network), network)))


def test_copies_put_together_pass_w1_and_no_closing_network():
    """The way back to W1 is the same piece as to W2, with each number lowered by one."""
    passed = [task for task in [OWN, *CLOSINGS] if table()[task]["2b glued"] == PASSED]
    assert passed == [OWN]


def test_the_rules_of_a_chain_pass_where_there_is_nothing_but_a_chain():
    passed = [task for task in [OWN, *CLOSINGS] if table()[task]["2c phrases"] == PASSED]
    assert passed == [OWN, "4 closing network", "8 closing network"]


def test_what_single_lines_let_pass():
    shapes = [task for task, row in table().items() if row.get("1 shapes") == PASSED]
    assert [task for task in shapes if "Recall" not in task] == [
        "04 notes (z3, W3)",
        "04 h2 line",
        "04 W2 line",
        "4.2 on paper",
    ]
    differences = [task for task, row in table().items() if PASSED in row.get("3 differences", "")]
    assert differences == [
        "04 paths of unit 1",
        "4.2 on paper",
        "4.3 function",
        "05 two groups",
        "9.1 update by hand",
    ]
    assert table()["04 paths of unit 1"]["3 differences"].startswith(REFUSED)


def test_editing_needs_the_hint_for_w1():
    row = table()[OWN]
    with_hint, without = (int(row[c].split()[0]) for c in ("7 edits", "7 without hint"))
    assert with_hint < 10 < without


def test_every_cell_has_a_column():
    assert {column for row in table().values() for column in row} <= {*COLUMNS, "(right)"}
    for row in table().values():
        assert row.get("(right)", PASSED) == PASSED


# ------------------------------------------------------------------ the strategies are no straw men


def asked_of(network: Network, *, one_example: bool = False) -> Derivation:
    """A question for all lines of a network of squared error with these forward lines."""
    make = {"product": nn.matmul, "tanh": nn.tanh, "sigmoid": nn.sigmoid, "sum": nn.add}

    def graph() -> nn.Node:
        shapes = network.shapes()
        with nn.Graph():
            nodes = {n: nn.Input(n, width=shapes[n][1]) for n in network.inputs}
            nodes |= {n: nn.Parameter(n, np.ones(shapes[n])) for n in network.weights}
            for step in network.steps:
                operands = [nodes[operand] for operand in step.operands]
                nodes[step.name] = make[step.kind](*operands, name=step.name)
            t = nn.Input(network.answers, width=shapes[network.output][1])
            return nn.squared_error(nodes[network.output], t, name="loss")

    judge = derivation(graph, "All lines hold.", one_example=one_example)
    return Derivation("A planted network", "my_lines", judge, hints=["none"], solution="")


def passed_by(forward: list[str], *, many: bool) -> set[str]:
    network = Network(network_of(forward), "z", "t", many=many)
    row = passed_at_once(asked_of(network, one_example=not many), network, 3)
    return {strategy for strategy in IMITATION if row[strategy] == PASSED}


def test_a_network_of_the_lessons_in_other_letters_is_passed_by_a_copy():
    assert "2 copies" in passed_by(["a = x U", "h = tanh(a)", "z = h V"], many=False)
    assert "2 copies" in passed_by(["a = x U", "h = sigmoid(a)", "z = h V"], many=True)


def test_a_network_with_single_paths_is_passed_without_adding():
    assert "4 never adds" in passed_by(["a = x U", "z = tanh(a)"], many=True)
    assert "4 never adds" not in passed_by(["a = x U", "h = tanh(a)", "z = a + h"], many=True)


def test_a_network_without_activation_is_passed_by_its_shapes():
    assert "1 shapes" in passed_by(["a = x U", "z = a V"], many=True)


def test_editing_mends_one_slip_and_not_more_often_than_it_may():
    network = network_of_the_lessons()
    asked = question("gradient_of_W1.own")
    lines = derived(network)
    assert editing(asked, network, lines) == 1
    wrong = {**lines, "z1": "h1.grad"}
    tries = editing(asked, network, wrong)
    assert tries is not None and 1 < tries <= 5
    assert editing(asked, network, wrong, most=tries - 1) is None


def test_each_strategy_hands_something_in():
    for strategy, lines in handed_in(network_of_the_lessons()).items():
        assert any(lines), strategy
