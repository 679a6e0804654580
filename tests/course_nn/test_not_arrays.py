"""A history, an evaluation or an epoch is no array: what NumPy would make of it is refused."""

import copy
import pickle

import numpy as np
import pytest
from oracles import refused

import course_nn as nn

DATA = {"x": np.eye(2), "y": [0, 1]}
MODEL = nn.two_hidden_layer_network(2, 3, 3, 2)
HISTORY = nn.train_batch(
    MODEL.loss, DATA, learning_rate=0.1, epochs=3, validation=DATA, snapshots="epochs"
)
FOUND = nn.evaluate(MODEL.loss, DATA)
TABLE = nn.check_gradients(MODEL.loss, DATA)


def walk():
    MODEL.graph.Forward(**DATA)
    MODEL.graph.Backward(MODEL.loss)
    return nn.walk_through(MODEL.loss)


THINGS = {
    "history": (HISTORY, "A history has arrays: .epoch_losses", "history.best()"),
    "evaluation": (FOUND, "An evaluation has .loss and .accuracy"),
    "epoch": (HISTORY.epochs[0], "history.epoch_losses"),
    "best": (HISTORY.best(), "The best epoch has .epoch, .value and .weights."),
    "table": (TABLE, "A table of gradients has .ok"),
    "graph": (MODEL.graph, "A graph has nodes, and each of these its array: node.value"),
    "network": (MODEL, "A network has nodes", "such as model.output.value"),
    "derivation": (nn.derive(MODEL.loss), "A derivation has .code() and .latex(W1)."),
    "picture": (nn.plots.graph(MODEL.graph), "A picture has .figure and .sentence."),
    "walk": (walk(), "A walk has .steps and .sentence."),
    "answer": (nn.check_derivation(MODEL.loss, "δ3 = y"), "has .right"),
}
ASKS = {
    **{
        f.__name__: f for f in (np.argmin, np.mean, np.sum, np.max, np.abs, np.isfinite, np.asarray)
    },
    "argmin of a list": lambda thing: np.argmin([thing, thing]),
    "mean of a list": lambda thing: np.mean([thing, thing], axis=0),
    "compared with an array": lambda thing: np.zeros(2) < thing,
}


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
@pytest.mark.parametrize(("thing", "words"), [(t[0], t[1:]) for t in THINGS.values()], ids=THINGS)
def test_what_numpy_asks_of_an_array(thing, words, ask):
    with refused(TypeError, "An array or a number is needed here.", *words):
        ask(thing)


@pytest.mark.parametrize(
    "ask",
    [
        lambda found: max([found, found]),  # of two evaluations the one with the larger loss
        lambda found: sorted([found, found]),
        lambda found: found + found,
        lambda found: 2 * found,
        lambda found: found * 2,
        lambda found: found == 0.5,
        lambda found: found != np.float64(0.5),
        lambda found: found < found,
    ],
)
def test_named_numbers_are_no_number(ask):
    with refused(TypeError, "An evaluation has .loss and .accuracy"):
        ask(FOUND)
    with refused(TypeError, "history.epoch_losses"):
        ask(HISTORY.epochs[0])


def test_a_verdict_is_not_compared_with_true_or_false():
    for verdict in (TABLE, nn.check_derivation(MODEL.loss, "δ3 = y")):
        for ask in (lambda v: v == True, lambda v: v == False, lambda v: v != True):  # noqa: E712
            with refused(TypeError, "True, False, or None"):
                ask(verdict)
        assert verdict is verdict and verdict != "equal"


def test_what_tuples_and_objects_can_still_do():
    J, accuracy, examples, _ = FOUND
    assert (J, accuracy, examples) == FOUND[:3] and {FOUND: 1}[FOUND] == 1
    assert nn.evaluate(MODEL.loss, DATA) == FOUND == tuple(FOUND)
    others = tuple(FOUND), FOUND[:3]
    assert [other != FOUND for other in others] == [False, True]
    for thing in (HISTORY, FOUND, HISTORY.epochs[0], HISTORY.best(), TABLE, MODEL):
        assert repr(pickle.loads(pickle.dumps(thing))) == repr(copy.deepcopy(thing)) == repr(thing)
    assert np.mean([found.loss for found in (FOUND, FOUND)]) == pytest.approx(J)
    assert min((FOUND, FOUND), key=lambda found: found.loss) is FOUND


MISSPELT = {
    "x.value": ("values", "val", "vals", "data", "array"),
    "W1.value": ("values", "val", "vals", "data", "array", "weights", "weight", "matrix"),
    "W1.grad": ("grads", "gradient", "gradients", "derivative"),
}


@pytest.mark.parametrize(
    ("right", "wrong"), [(right, wrong) for right, names in MISSPELT.items() for wrong in names]
)
def test_what_is_assigned_under_another_name_is_not_lost_without_a_word(right, wrong):
    node = getattr(MODEL, right.split(".")[0])
    words = f"{node.name} has no .{wrong}; it is called {right}."
    with refused(AttributeError, words, unchanged=MODEL.graph):
        setattr(node, wrong, np.ones((2, 3)))
    with refused(AttributeError, words):
        getattr(node, wrong)
    assert not hasattr(node, wrong) and wrong not in vars(copy.deepcopy(MODEL).x)
