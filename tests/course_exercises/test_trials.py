"""Trials of a student's training: the slips lead to weights that can be told apart."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from tiers import thinned

from course_exercises import batches, sgd
from course_exercises.trials import (
    FIRST,
    OTHERS,
    Setting,
    Steps,
    Trial,
    after,
    always,
    batch,
    minibatches,
    online,
)


def whatever_comes(slips: dict[str, Steps]) -> dict[str, Callable[..., Steps]]:
    return {name: always(steps) for name, steps in slips.items()}


# The right steps, the slips, and the further arguments; each a function of these arguments.
TABLES = {
    "an epoch of SGD": (always(online()), whatever_comes(sgd.EPOCH_SLIPS), lambda trial: ()),
    "in an order": (lambda order: online(lambda N: order), sgd.IN_ORDER_SLIPS, sgd._order),
    "the literal procedure": (
        always(batch()),
        whatever_comes(batches.LITERAL_SLIPS),
        lambda trial: (),
    ),
    "mini-batches": (minibatches, batches.MINIBATCH_SLIPS, lambda trial: (3,)),
}
SETTINGS = {"mini-batches": (Setting(examples=11),)}


def ends(table: str) -> dict[str, np.ndarray]:
    """Where all weights end by each slip, in a row, in all settings that tell slips apart."""
    right, slips, more = TABLES[table]
    found = {}
    for name, steps in {"right": right, **slips}.items():
        weights = [
            after(steps(*more(Trial(setting))), setting)
            for setting in SETTINGS.get(table, (FIRST, OTHERS[0]))
        ]
        found[name] = np.concatenate([W.ravel() for each in weights for W in each.values()])
    return found


@pytest.mark.parametrize("table", thinned(TABLES, 4))
def test_no_slip_leads_to_the_right_weights_or_to_those_of_another(table):
    found = ends(table)
    for (a, first), (b, second) in combinations(found.items(), 2):
        assert not np.allclose(first, second, 1e-7, 1e-7), f"{a} | {b}"


def test_a_step_moves_only_what_is_learning():
    trial = Trial()
    before = trial.weights()
    trial.learning = ["W2"]
    trial.step([0], 1.0)
    moved = [name for name, value in trial.weights().items() if (value != before[name]).any()]
    assert moved == ["W2"]
