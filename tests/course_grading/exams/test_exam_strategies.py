"""What points the scripted ways to pass get in an exam: those that have understood nothing."""

import numpy as np
import pytest
from marked_exams import marked
from shown_networks import Network, network_of
from strategies import handed_in, text_of

from course_grading.exams import lines
from course_grading.exams.networks import FAMILIES, nodes_of
from course_grading.exams.questions import derivation, three_checks, wrong_line

pytestmark = pytest.mark.all

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
    values, gradients = derivation.trials(network)[-1]
    for name, line in question.facts["printed"].items():
        assert lines.worth(line, network, values, gradients).shape == gradients[name].shape


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
