"""What points the scripted ways to pass get in an exam: those that have understood nothing."""

import re
from collections import Counter

import numpy as np
import pytest
from marked_exams import marked
from shown_networks import Network, network_of
from strategies import by_renaming, handed_in, text_of

from course_grading.exams import entries, lines
from course_grading.exams.networks import FAMILIES, nodes_of
from course_grading.exams.questions import derivation, three_checks, wrong_line

pytestmark = pytest.mark.long

IMITATION = ("1 shapes", "2 copies", "2b glued")
TRIES = 12  # of each strategy; all of "1 shapes"
VARIANTS = [
    (family, form)
    for family in ("a skip", "a gate", "one matrix twice")
    for form, make in enumerate(FAMILIES[family])
    if make.__name__ != "twice_side_by_side"  # a difference, which no strategy can read
]


def shares(family, form):
    """By strategy, the share of the points of each of its tries."""
    rng = np.random.default_rng(form)
    question = derivation.draw(rng, family, form, "squared_error", points=30, minutes=30)
    network = question.facts["network"]
    seen = Network(
        network_of(list(question.shown)), network.output, network.answers, "squares", many=True
    )
    return {
        strategy: [
            sum(marked(question, text_of(each)).values()) / question.points
            for each in tries[:TRIES]
            if any(each.values())
        ]
        for strategy, tries in handed_in(seen).items()
    }


@pytest.mark.parametrize(("family", "form"), VARIANTS)
def test_imitation_does_not_get_a_derivation(family, form):
    found = shares(family, form)
    assert found["(right)"] == [1]
    assert np.mean(found["1 shapes"]) < 0.35
    for strategy in IMITATION:  # the best of its tries, which somebody would have to know
        assert max(found[strategy]) < 0.65, strategy
    assert max(found["2c phrases"]) < 0.8  # the rules of a chain, line by line, and no sum
    assert max(found["4 never adds"]) < 0.9  # derived rightly, but for one sum
    assert 0.7 < found["5 no mean"][0] < 1


@pytest.mark.parametrize("slip", wrong_line.PLANTED)
def test_shapes_do_not_tell_the_wrong_line(slip):
    rng = np.random.default_rng(0)
    question = wrong_line.draw(rng, slip, 1, "squared_error", points=13, minutes=13)
    network = question.facts["network"]
    values, gradients = wrong_line.tried_of_J(network)[-1]
    for name, line in question.facts["printed"].items():
        assert entries.worth(line, values, gradients).shape == gradients[name].shape


def sisters(question):
    """The lines of one kind: gradients of matrices, sums over units, and slopes."""
    groups = {}
    for number, line in enumerate(question.facts["printed"].values(), start=1):
        sign = "Σ_b" if "Σ_b" in line else "Σ" if "Σ" in line else "·" if "·" in line else ""
        groups.setdefault(sign, {})[number] = line
    return groups


def looks(line):
    """A line without its letters: the same for all that look alike."""
    left, _, right = lines.pattern(line).partition(" = ")
    numbers = re.findall(r"#\d+", left + right)
    return re.sub(r"#\d+", lambda m: f"#{numbers.index(m[0])}", right)


def odd_ones(question):
    """The lines that look other than most of their sisters, or than their only one."""
    found = []
    for group in sisters(question).values():
        count = Counter(looks(line) for line in group.values())
        most = max(count.values())
        if len(count) > 1:
            found += [n for n, line in group.items() if count[looks(line)] < most or most == 1]
    return found or [*range(1, len(question.facts["printed"]) + 1)]


def test_comparing_sister_lines_does_not_find_the_wrong_one():
    """Sixty papers: who takes one of the lines that look odd is right in a third at most."""
    hits = []
    for seed in range(60):
        slip = wrong_line.PLANTED[seed % len(wrong_line.PLANTED)]
        rng, loss = np.random.default_rng(seed), ("squared_error", "cross_entropy")[seed % 2]
        question = wrong_line.draw(rng, slip, seed // 5, loss, points=13, minutes=13)
        guesses = odd_ones(question)
        hits.append((question.line("the wrong line").value in guesses) / len(guesses))
    assert np.mean(hits) < 1 / 3


def test_the_strategy_finds_what_does_look_odd():
    """A mean that stands in one line of three."""
    question = wrong_line.draw(
        np.random.default_rng(0), wrong_line.Planted.MEAN, 1, "squared_error", points=13, minutes=13
    )
    number = question.line("the wrong line").value
    assert number in odd_ones(question) and len(odd_ones(question)) < 8


def in_matrices(network):
    """What question 4 says, for somebody who can read it all: its lines as a lesson prints them."""
    chain = entries.layers(network)
    functions = {s.operands[0]: s.name for s in network.steps if len(s.operands) == 1}
    names, new = [], {}
    for place, (into, out, matrix, _, _) in enumerate(chain, start=1):
        new |= {into: new.get(into, f"x{place}"), matrix: f"W{place}", out: f"z{place}"}
        names += [*([new[into]] if place == 1 else []), f"W{place}", f"z{place}"]
        if out in functions:
            new[functions[out]] = f"h{place}"
            names.append(f"h{place}")
    found = []
    for place in (3, 2, 1):
        into = "x1" if place == 1 else f"h{place - 1}"
        if place > 1:
            found.append(f"{into}.grad = z{place}.grad @ W{place}.T")
        found.append(f"W{place}.grad = {into}.T @ z{place}.grad")
        if place > 1:
            kind = next(s.kind for s in network.steps if new[s.name] == into)
            slope = {
                "tanh": f"(1 - {into}**2)",
                "sigmoid": f"{into} * (1 - {into})",
                "relu": f"(z{place - 1} > 0)",
            }[kind]
            found.append(f"z{place - 1}.grad = {into}.grad * {slope}")
    return " ".join(names), "\n".join(["z3.grad = z3 - y", *found])


def test_question_4_copied_into_question_2_does_not_get_it():
    """Even if it is translated into matrices without a slip, and its letters are exchanged."""
    shares = []
    for family, form in VARIANTS:
        for seed in range(2):
            rng = np.random.default_rng(seed)
            back = derivation.draw(rng, family, form, "squared_error", points=30, minutes=30)
            line = wrong_line.draw(
                rng, wrong_line.Planted.MEAN, 0, "cross_entropy", points=13, minutes=13
            )
            network = back.facts["network"]
            seen = Network(
                network_of(list(back.shown)), network.output, network.answers, "squares", many=True
            )
            copies = by_renaming(seen, [in_matrices(line.facts["network"])])
            points = [sum(marked(back, text_of(each)).values()) for each in copies if each]
            shares.append(max(points) / back.points)
    assert np.mean(shares) < 0.4 and max(shares) < 0.5


RULES = {
    "it rises": lambda given: 1,
    "what came in": lambda given: given["came in"],
    "the first error": lambda given: given["error"],
    "both": lambda given: given["came in"] * given["error"],
    "the first weight on the way": lambda given: given["weight"],
    "weight and error": lambda given: given["weight"] * given["error"],
    "all but what came in": lambda given: given["weight"] * given["error"] * given["last"],
}


def test_no_simple_rule_knows_the_sign():
    """Each rule is right about as often as a coin; all factors together always are."""
    right, wanted, whole = {rule: [] for rule in RULES}, [], []
    for seed in range(200):
        question = three_checks.draw(np.random.default_rng(seed), seed, points=12, minutes=12)
        network, values, (row, column) = (question.facts[k] for k in ("network", "values", "place"))
        _, middle, last = network.weights
        output = nodes_of(network, values)[network.output]
        given = {
            "came in": np.sign(values[next(iter(network.inputs))][0, row]),
            "error": np.sign(output - values[network.answers])[0, 0],
            "weight": np.sign(values[middle][column, 0]),
            "last": np.sign(values[last][0, 0]),
        }
        wanted.append(question.line("the sign").value)
        whole.append(np.prod([*given.values()]))
        for rule, told in RULES.items():
            right[rule].append(told(given) == wanted[-1])
    assert whole == wanted
    for rule, hits in right.items():
        assert 0.38 < np.mean(hits) < 0.62, rule
