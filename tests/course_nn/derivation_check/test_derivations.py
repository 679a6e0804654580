"""The derivations on paper are right, and the slips are slips: what the proof stands on."""

from collections import Counter

import numpy as np
import pytest
from autograd import grad as autograd_gradient
from derivations import NOTATIONS, Numbers, paper, written
from oracles import central_differences
from random_graphs import AUTOGRAD, random_plan
from slips_of_lines import slips

SOME, HUNDRED = range(5), range(100)
# Alterations that are no slips in some graphs, because they say the same. Why:
EQUAL = {
    "f′ at h": "relu′ is 1 where z > 0, which is where h > 0",
    "z for h in f′": "the same of relu",
    "missing f′": "relu of what is never below 0, as of another relu, has the slope 1 or passes 0",
    "h for z": "relu(relu(z)) is relu(z)",
    "δ of another node": "a sum, or a difference, passes its gradient on as it is",
    "the gradient of a loss forgotten": "it is 1 for the first of two losses",
    "α twice": "it is 1 for the first of two losses",
    "entry by entry for a product of matrices": "one column times one row is both",
    # A softmax feels no shift of a row, so a mean that is taken off before it has the gradient 0:
    **dict.fromkeys(
        (
            *("wrong sign", "the sign of one path", "a factor 2", "a factor ½"),
            *("the sum, not the mean", "the mean twice", "the mean too early"),
            *("a path is missing", "a path is added twice", "overwritten", "a factor left out"),
            "the mean of a row not divided",
        ),
        "this gradient, or what comes by this path, is 0",
    ),
}


def numbers_of(plan, seed, B=4):
    """Numbers of the plan, and its right gradients."""
    numbers = Numbers(plan, B, seed)
    return numbers, numbers.gradients(paper(plan))


def assert_paper_is_right(seed, B=3):
    plan = random_plan(seed)
    numbers, gradients = numbers_of(plan, seed, B)
    expected = autograd_gradient(lambda w: plan.autograd_loss(w, numbers.data))(numbers.weights)
    for name, weights in numbers.weights.items():
        np.testing.assert_allclose(gradients[name], expected[name], rtol=1e-8, atol=1e-10)

        def moved(w, name=name):
            return float(plan.autograd_loss({**numbers.weights, name: w}, numbers.data))

        scale = max(1.0, float(np.abs(expected[name]).max()))
        differences = central_differences(moved, weights)
        assert np.abs(gradients[name] - differences).max() < 1e-5 * scale


@pytest.mark.parametrize("seed", SOME)
def test_the_paper_agrees_with_autograd_and_with_differences(seed):
    assert_paper_is_right(seed)
    assert_paper_is_right(seed, B=1)


@pytest.mark.all
def test_the_paper_of_a_hundred_graphs():
    for seed in HUNDRED:
        assert_paper_is_right(seed)


def test_the_hundred_graphs_hold_every_operation_shared_nodes_and_shared_parameters():
    plans = [random_plan(seed) for seed in HUNDRED]
    kinds = Counter(kind for plan in plans for kind in plan.kinds())
    assert kinds.keys() == AUTOGRAD.keys() and min(kinds.values()) >= 5
    assert sum(any(len(p.users(node.name)) > 1 for node in p.nodes) for p in plans) > 30
    assert sum(any(len(p.users(name)) > 1 for name in p.parameters) for p in plans) > 15


def test_the_notations_are_five():
    plan = random_plan(0)
    texts = ["\n".join(w.text for w in written(plan, paper(plan), n, 0)) for n in NOTATIONS]
    assert len(NOTATIONS) == len(set(texts)) == 5


@pytest.mark.parametrize("seed", SOME)
def test_an_altered_line_is_wrong_or_it_is_listed_why_it_is_not(seed):
    plan = random_plan(seed)
    tries = [numbers_of(plan, seed), numbers_of(plan, seed + 100, B=7)]
    found = list(slips(plan, paper(plan)))
    assert len(found) > 20
    for slip in found:
        if slip.name != "the answer itself":  # which is no formula
            fits = [numbers.fits(slip.line, gradients) for numbers, gradients in tries]
            assert not all(fits) or slip.name in EQUAL, slip


@pytest.mark.all
def test_the_list_of_equals_is_complete_and_has_nothing_else():
    equal = set()
    for seed in HUNDRED:
        plan = random_plan(seed)
        tries = [numbers_of(plan, seed), numbers_of(plan, seed + 100, B=7)]
        for slip in slips(plan, paper(plan)):
            fits = slip.name != "the answer itself" and all(
                numbers.fits(slip.line, gradients) for numbers, gradients in tries
            )
            equal |= {slip.name} if fits else set()
    assert equal == EQUAL.keys()
