"""Trials of a student's training: the slips lead to different weights, and what is right passes in
other styles too."""

from itertools import combinations

import numpy as np
import pytest
import wrong_answers_batches
import wrong_answers_loss_surface
import wrong_answers_sgd
from test_exercises import answer_of

from course_exercises import batches, sgd
from course_exercises.trials import FIRST, Setting, Trial, after, always, batch, minibatches, online

# The right steps, the slips, and the further arguments; each a function of these arguments.
TABLES = {
    "an epoch of SGD": (always(online()), sgd.EPOCH_SLIPS, lambda trial: ()),
    "in an order": (lambda order: online(lambda N: order), sgd.IN_ORDER_SLIPS, sgd._order),
    "the literal procedure": (always(batch()), batches.LITERAL_SLIPS, lambda trial: ()),
    "mini-batches": (minibatches, batches.MINIBATCH_SLIPS, lambda trial: (2,)),
}


def ends(table: str, setting: Setting = FIRST) -> dict[str, np.ndarray]:
    """Where all weights end by each slip, in a row."""
    right, slips, more = TABLES[table]
    extra = more(Trial(setting))
    found = {}
    for name, steps in {"right": right, **slips}.items():
        if slips is sgd.EPOCH_SLIPS or slips is batches.LITERAL_SLIPS:
            steps = steps() if name == "right" else steps
        else:
            steps = steps(*extra)
        found[name] = np.concatenate([W.ravel() for W in after(steps, setting).values()])
    return found


@pytest.mark.parametrize("table", TABLES)
def test_no_slip_leads_to_the_right_weights_or_to_those_of_another(table):
    found = ends(table)
    for (a, first), (b, second) in combinations(found.items(), 2):
        assert not np.allclose(first, second, 1e-7, 1e-7), f"{a} | {b}"


RIGHT = [
    *wrong_answers_sgd.RIGHT_ANSWERS,
    *wrong_answers_batches.RIGHT_ANSWERS,
    *wrong_answers_loss_surface.RIGHT_ANSWERS,
]


@pytest.mark.parametrize(("question", "code"), RIGHT)
def test_right_answers_in_another_style_pass(question, code):
    kind, text = question.verdict(answer_of(question, code))
    assert kind == "right", text


def test_a_step_moves_only_what_is_learning():
    trial = Trial()
    before = trial.weights()
    trial.learning = ["W2"]
    trial.step([0], 1.0)
    moved = [name for name, value in trial.weights().items() if (value != before[name]).any()]
    assert moved == ["W2"]
