"""Training against the chain rule written by hand; what ends a run, and how it carries on."""

import ast
import contextlib
import dataclasses
import itertools
import math
import os
import pickle
import subprocess
import sys
import tracemalloc
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import refused
from tiers import examples, thinned

import course_nn as nn
from course_nn import progress
from course_nn.evaluation import Evaluation
from course_nn.runs import Run
from course_nn.settings import Settings, digest
from course_nn.updates import Updates

COURSE = settings(derandomize=True, deadline=None, max_examples=examples(40))

EXAMPLES, CLASSES = 7, 3
X = np.random.default_rng(1).normal(size=(EXAMPLES, 4))
LABELS = np.array([0, 2, 1, 1, 0, 2, 2])
TARGETS = np.random.default_rng(2).normal(size=(EXAMPLES, CLASSES))
DATA = {"x": X, "y": LABELS}


def network(seed=5, **options):
    return nn.two_hidden_layer_network(4, 5, 3, CLASSES, seed=seed, **options)


def weights_of(model):
    return [p.value for p in model.loss.graph.parameters]


def same_bits(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


# ---------------------------------------------------------------- the chain rule, by hand


def cross_entropy_by_hand(x, label, W1, W2, W3):
    """Loss and gradients of one example under sigmoid and cross-entropy; x is (4,)."""
    h1 = 1 / (1 + np.exp(-(x @ W1)))
    h2 = 1 / (1 + np.exp(-(h1 @ W2)))
    z3 = h2 @ W3
    p = np.exp(z3) / np.exp(z3).sum()
    delta3 = p - np.eye(CLASSES)[label]
    delta2 = (W3 @ delta3) * h2 * (1 - h2)
    delta1 = (W2 @ delta2) * h1 * (1 - h1)
    return -np.log(p[label]), [np.outer(x, delta1), np.outer(h1, delta2), np.outer(h2, delta3)]


def squared_error_by_hand(x, target, W1, W2, W3):
    """Loss and gradients of one example under tanh and squared error; x is (4,)."""
    h1 = np.tanh(x @ W1)
    h2 = np.tanh(h1 @ W2)
    delta3 = h2 @ W3 - target
    delta2 = (W3 @ delta3) * (1 - h2**2)
    delta1 = (W2 @ delta2) * (1 - h1**2)
    return 0.5 * (delta3**2).sum(), [
        np.outer(x, delta1),
        np.outer(h1, delta2),
        np.outer(h2, delta3),
    ]


def train_by_hand(
    one_example, targets, weights, batch_size, rates, orders, momentum=0.0, decay=0.0
):
    """The literal procedure: each example alone, collect, average, one update for the batch."""
    W = [w.copy() for w in weights]
    v = [np.zeros_like(w) for w in weights]
    losses = []
    for rate, order in zip(rates, orders, strict=True):
        for start in range(0, EXAMPLES, batch_size):
            batch = order[start : start + batch_size]
            batch_losses, collected = [], []
            for b in batch:
                L, gradients = one_example(X[b], targets[b], *W)
                batch_losses.append(L)
                collected.append(gradients)
            for i in range(3):
                average = sum(gradients[i] for gradients in collected) / len(batch)
                v[i] = momentum * v[i] + average + decay * W[i]
                W[i] = W[i] - rate * v[i]
            losses.append(sum(batch_losses) / len(batch))
    return losses, W


def orders_by_hand(shuffle, seed, epochs):
    if not shuffle:
        return [np.arange(EXAMPLES)] * epochs
    epochs = range(1, epochs + 1)
    return [np.random.default_rng([seed, epoch]).permutation(EXAMPLES) for epoch in epochs]


def assert_equal_to_hand(history, model, by_hand):
    losses, weights = by_hand
    np.testing.assert_allclose(history.update_losses, losses, rtol=1e-12, atol=1e-13)
    for mine, hand in zip(weights_of(model), weights, strict=True):
        np.testing.assert_allclose(mine, hand, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("batch_size", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("momentum, decay", [(0.0, 0.0), (0.9, 0.0), (0.0, 0.02), (0.8, 0.01)])
def test_two_epochs_equal_the_chain_rule_by_hand(shuffle, batch_size, momentum, decay):
    model = network()
    start = weights_of(model)
    history = nn.train_minibatch(
        model.loss,
        DATA,
        batch_size=batch_size,
        learning_rate=0.4,
        epochs=2,
        shuffle=shuffle,
        seed=11,
        momentum=momentum,
        weight_decay=decay,
    )
    orders = orders_by_hand(shuffle, 11, 2)
    by_hand = train_by_hand(
        cross_entropy_by_hand, LABELS, start, batch_size, [0.4, 0.4], orders, momentum, decay
    )
    assert_equal_to_hand(history, model, by_hand)


@pytest.mark.parametrize(
    "train, batch_size",
    [
        (nn.train_sgd, 1),
        (lambda *args, **options: nn.train_minibatch(*args, batch_size=4, **options), 4),
        (nn.train_batch, EXAMPLES),
    ],
    ids=["sgd", "minibatch", "batch"],
)
@pytest.mark.parametrize("shuffle", [False, True])
def test_the_three_trainers_with_tanh_and_squared_error(train, batch_size, shuffle):
    model = network(activation="tanh", loss="squared_error")
    start = weights_of(model)
    data = {"x": X, "y": TARGETS}
    history = train(model.loss, data, learning_rate=0.1, epochs=2, shuffle=shuffle, seed=3)
    orders = orders_by_hand(shuffle, 3, 2)
    by_hand = train_by_hand(squared_error_by_hand, TARGETS, start, batch_size, [0.1, 0.1], orders)
    assert_equal_to_hand(history, model, by_hand)


def test_a_learning_rate_schedule_is_asked_once_per_epoch_from_1():
    model, asked = network(), []

    def rate(epoch):
        asked.append(epoch)
        return 0.5 / epoch

    start = weights_of(model)
    history = nn.train_minibatch(
        model.loss, DATA, batch_size=3, learning_rate=rate, epochs=3, shuffle=False
    )
    rates = [0.5, 0.25, 0.5 / 3]
    by_hand = train_by_hand(
        cross_entropy_by_hand, LABELS, start, 3, rates, orders_by_hand(False, 0, 3)
    )
    assert_equal_to_hand(history, model, by_hand)
    assert asked == [1, 2, 3]
    assert history.learning_rates.tolist() == rates


def test_a_learning_rate_of_zero_changes_no_weight():
    model = network()
    start = weights_of(model)
    nn.train_sgd(model.loss, DATA, learning_rate=0, epochs=1)
    assert same_bits(weights_of(model), start)


# ---------------------------------------------------------------- batches and their order


def trained(train=nn.train_minibatch, seed_of_weights=5, **options):
    model = network(seed_of_weights)
    options = {"learning_rate": 0.3, "epochs": 2} | options
    history = train(model.loss, DATA, **options)
    return history.update_losses.tolist(), weights_of(model)


@pytest.mark.parametrize("shuffle", [False, True])
def test_sgd_is_minibatch_of_1_and_batch_is_minibatch_of_n(shuffle):
    online = trained(nn.train_sgd, shuffle=shuffle)
    of_one = trained(batch_size=1, shuffle=shuffle)
    assert online[0] == of_one[0] and same_bits(online[1], of_one[1])
    whole = trained(nn.train_batch, shuffle=shuffle)
    of_all = trained(batch_size=EXAMPLES, shuffle=shuffle)
    larger = trained(batch_size=1000, shuffle=shuffle)
    assert whole[0] == of_all[0] == larger[0]
    assert same_bits(whole[1], of_all[1]) and same_bits(whole[1], larger[1])
    assert len(whole[0]) == 2


@COURSE
@given(batch_size=st.integers(1, 9), epochs=st.integers(1, 3))
def test_the_ragged_last_batch_is_used(batch_size, epochs):
    history = nn.train_minibatch(
        network().loss, DATA, batch_size=batch_size, learning_rate=0.1, epochs=epochs
    )
    sizes = [min(batch_size, EXAMPLES - start) for start in range(0, EXAMPLES, batch_size)]
    assert history.update_examples.tolist() == sizes * epochs
    assert [epoch.updates for epoch in history.epochs] == [len(sizes)] * epochs


class seen_rows(nn.Operation):
    """Its operand, which it also writes down."""

    def forward(self):
        (a,) = self.operands
        self.value = a.value
        self.seen.append(a.value[:, 0].tolist())

    def backward(self):
        (a,) = self.operands
        a.add_grad(self.grad)


def rows_seen(**options):
    """The examples of each batch, by x = 0, 1, …; the label of example i is i % 3."""
    seen_rows.seen = []
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Labels("y", 3)
        W = nn.Parameter("W1", np.ones((2, 3)))
        loss = nn.cross_entropy(nn.matmul(seen_rows(x), W), y, name="loss")
    rows = np.arange(10.0)
    data = {"x": np.column_stack([rows, rows]), "y": np.arange(10) % 3}
    pairs = []
    plain_put = nn.Graph.put

    def put(graph, checked, *chosen):
        plain_put(graph, checked, *chosen)
        pairs.extend(zip(x.value[:, 0], y.value, strict=True))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nn.Graph, "put", put)
        nn.train_minibatch(loss, data, batch_size=4, learning_rate=0.01, **options)
    assert all(label == row % 3 for row, label in pairs), "x and y were not kept together"
    return seen_rows.seen


def test_shuffle_draws_whole_examples_anew_each_epoch_from_the_seed():
    batches = rows_seen(epochs=3, seed=4)
    epochs = [list(itertools.chain(*batches[3 * e : 3 * e + 3])) for e in range(3)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(10))] * 3
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert batches == rows_seen(epochs=3, seed=4)
    assert batches != rows_seen(epochs=3, seed=5)


def test_the_order_of_an_epoch_comes_from_seed_and_epoch_alone():
    """Whatever was drawn before, here or elsewhere."""
    whole = rows_seen(epochs=3, seed=4)
    options = {"batch_size": 4, "shuffle": True, "momentum": 0.0, "weight_decay": 0.0}
    order = Settings((), 10, seed=4, data=None, **options).order
    for epoch in (3, 1, 2, 3):
        np.random.default_rng(0).permutation(10)
        batches = whole[3 * epoch - 3 : 3 * epoch]
        assert order(epoch).tolist() == list(itertools.chain(*batches))
    assert order(2**40).tolist() != order(2**40 + 1).tolist()
    assert Settings((), 10, seed=2**70, data=None, **options).order(1).tolist() != order(1).tolist()


def test_shuffle_false_keeps_the_given_order():
    assert rows_seen(epochs=2, shuffle=False) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]] * 2


def test_the_given_data_are_copied_and_not_changed():
    x, y = X.copy(), LABELS.copy()
    nn.train_sgd(network().loss, {"x": x, "y": y}, learning_rate=0.1, epochs=1)
    assert np.array_equal(x, X) and np.array_equal(y, LABELS)
    assert x.flags.writeable and y.flags.writeable


# ---------------------------------------------------------------- evaluate


def test_evaluate_sees_only_its_arguments():
    model = network()
    fresh = nn.evaluate(model.loss, DATA)
    losses = [
        cross_entropy_by_hand(x, y, *weights_of(model))[0] for x, y in zip(X, LABELS, strict=True)
    ]
    assert fresh.loss == pytest.approx(np.mean(losses), rel=1e-12)
    model.graph.Forward(x=X[:2] * 9, y=LABELS[:2])  # other data in the graph: no difference
    model.graph.Backward(model.loss)
    before = [(thing, dict(vars(thing))) for thing in (model.graph, *model.graph.everything)]
    assert nn.evaluate(model.loss, DATA) == fresh
    assert nn.evaluate(model.loss, {"x": X[:3], "y": LABELS[:3]}).loss != fresh.loss
    for thing, state in before:
        assert vars(thing).keys() == state.keys()
        assert all(vars(thing)[name] is value for name, value in state.items())
    model.graph.SGD(0.1)  # the gradients of before still count


def test_accuracy_is_the_share_of_right_answers():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Labels("y", 3)
        z = nn.matmul(x, nn.Parameter("W1", np.eye(3)), name="z")
        flipped = nn.matmul(z, nn.Parameter("W2", -np.eye(3)), name="flipped")
        loss = nn.cross_entropy(z, y, name="loss")
    rows = np.array([[9.0, 1, 0], [0, 9, 1], [1, 0, 9], [9, 0, 1]])
    found = nn.evaluate(loss, {"x": rows, "y": [0, 1, 2, 1]})
    assert (found.accuracy, found.examples) == (0.75, 4)
    assert nn.evaluate(loss, {"x": rows, "y": [2, 0, 1, 1]}, output=flipped).accuracy == 1.0
    assert repr(found) == f"loss {found.loss:.4f}, accuracy 75.00 % (4 examples)"


def test_squared_error_has_no_accuracy():
    model = network(loss="squared_error")
    found = nn.evaluate(model.loss, {"x": X, "y": TARGETS})
    assert found.accuracy is None
    assert repr(found) == f"loss {found.loss:.4f} (7 examples)"


def test_evaluate_refuses_what_is_not_an_output():
    model, other = network(), network()
    for output in (model.W3, model.x, other.output, model.loss, model.graph.nodes[0]):
        with pytest.raises(ValueError, match="a computed node of this graph with 3 columns"):
            nn.evaluate(model.loss, DATA, output=output)
    with pytest.raises(TypeError, match="output must be a node, such as z3; got an array"):
        nn.evaluate(model.loss, DATA, output=X)


class holed(nn.Operation):
    """a, but for what stands in the rows of `holes`: {row: its values}."""

    holes = None

    def forward(self):
        value = self.operands[0].value.copy()
        for row, values in self.holes.items():
            value[row] = values
        self.value = value

    def backward(self):
        self.operands[0].add_grad(self.grad)


def identity_with(holes):
    """z = x, but for some rows, and cross-entropy; every row of x is right."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Labels("y", 3)
        z = holed(nn.matmul(x, nn.Parameter("W1", np.eye(3)), name="z"))
        z.holes = holes
        loss = nn.cross_entropy(z, y, name="loss")
    return loss, {"x": 9 * np.eye(3)[[0, 0, 1, 2]], "y": [0, 0, 1, 2]}


NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("values", "right", "not_finite"),
    [
        ([NAN, NAN, NAN], 3, 1),
        ([9.0, NAN, 0.0], 3, 1),
        ([INF, 0.0, 0.0], 3, 1),  # its softmax is NaN
        ([INF, INF, 0.0], 3, 1),
        ([-INF, -INF, -INF], 3, 1),
        ([9.0, -INF, 0.0], 4, 0),  # a probability of 0, and a finite loss
        ([-INF, 9.0, 0.0], 3, 1),  # an answer, which is wrong; its loss is infinite
        ([9.0, 9.0, 9.0], 4, 0),  # of equal ones the first
    ],
)
def test_a_row_that_is_not_finite_is_right_for_no_class(values, right, not_finite):
    loss, data = identity_with({0: values})
    found = nn.evaluate(loss, data)
    assert (found.accuracy, found.examples, found.not_finite) == (right / 4, 4, not_finite)
    assert ("not finite" in repr(found)) == (not_finite > 0)
    for label in (1, 2):  # nor for another one
        found = nn.evaluate(loss, data | {"y": [label, 0, 1, 2]})
        answered = math.isfinite(np.max(values)) and np.argmax(values) == label
        assert found.accuracy == (1.0 if answered else 0.75)


@pytest.mark.parametrize(
    ("accuracy", "printed"),
    [
        (0.99996, "99.99 %"),
        (1.0, "100.00 %"),
        (1e-6, "0.01 %"),
        (0.0, "0.00 %"),
        (2 / 3, "66.67 %"),
    ],
)
def test_all_and_none_are_not_said_of_nearly_all_and_few(accuracy, printed):
    assert f"accuracy {printed} (" in repr(nn.evaluation.Evaluation(0.5, accuracy, 10**6))


def test_a_loss_that_rounds_to_zero_has_no_sign():
    assert repr(nn.evaluation.Evaluation(-1e-9, None, 3)) == "loss 0.0000 (3 examples)"


def test_the_mean_of_finite_losses_is_finite():
    """Their sum need not be."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        loss = nn.squared_error(x @ nn.Parameter("W", [[1.0]]), y)
    found = nn.evaluate(loss, {"x": np.full((6, 1), 1.2e154), "y": np.zeros((6, 1))})
    assert found.loss == pytest.approx(7.2e307) and found.not_finite == 0


def test_evaluate_says_how_many_were_not_finite():
    loss, data = identity_with({0: NAN, 3: NAN})
    assert repr(nn.evaluate(loss, data)) == (
        "loss nan, accuracy 50.00 % (4 examples, 2 of them not finite)"
    )
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        error = nn.squared_error(nn.matmul(x, nn.Parameter("W1", [[1e200]])), y)
    found = nn.evaluate(error, {"x": [[1.0], [0.0]], "y": [[0.0], [1.0]]})
    assert repr(found) == "loss inf (2 examples, 1 of them not finite)"


def test_the_output_that_is_given_counts_too():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Labels("y", 2)
        z = nn.matmul(x, nn.Parameter("W1", np.eye(2)), name="z")
        other = holed(z)
        other.holes = {1: NAN}
        loss = nn.cross_entropy(z, y, name="loss")
    found = nn.evaluate(loss, {"x": 9 * np.eye(2), "y": [0, 1]}, output=other)
    assert (found.accuracy, found.not_finite) == (0.5, 1) and math.isfinite(found.loss)


# ---------------------------------------------------------------- refusals


BAD_DATA = [
    (
        [X, LABELS],
        TypeError,
        "The data must be a dict with an array for each input, .*; got a list",
    ),
    ({"x": X}, ValueError, "y is missing"),
    ({}, ValueError, "x, y is missing"),
    (DATA | {"z": X}, ValueError, "There is no input 'z'. The inputs are x, y"),
    ({"x": X[:6], "y": LABELS}, ValueError, "x has 6, y has 7"),
    ({"x": X[:, :3], "y": LABELS}, ValueError, "x needs shape"),
    ({"x": X[:0], "y": LABELS[:0]}, ValueError, "no rows"),
    ({"x": np.where(X > 1, np.nan, X), "y": LABELS}, ValueError, "x has nan at"),
    ({"x": X, "y": LABELS + 1}, ValueError, "y needs integer labels 0..2"),
    ({"x": X, "y": LABELS * 1.0}, TypeError, "float64"),
]

BAD_OPTIONS = [
    ({"batch_size": 0}, ValueError, "batch_size must be 1 or more; got 0"),
    ({"batch_size": 2.0}, TypeError, "batch_size must be a whole number; got 2.0"),
    ({"epochs": 0}, ValueError, "epochs must be 1 or more; got 0"),
    ({"epochs": True}, TypeError, "epochs must be a whole number"),
    ({"learning_rate": -0.1}, ValueError, "learning rate must be 0 or more"),
    ({"learning_rate": math.inf}, ValueError, "finite"),
    ({"learning_rate": "fast"}, TypeError, "learning rate must be a number"),
    ({"learning_rate": lambda epoch: -1.0}, ValueError, "The learning rate of epoch 1"),
    ({"momentum": -1}, ValueError, "momentum"),
    ({"weight_decay": math.nan}, ValueError, "weight_decay"),
    ({"seed": -1}, ValueError, "seed"),
    ({"seed": 1.5}, ValueError, "A seed is a whole number, 0 or more; got 1.5"),
    ({"seed": None}, ValueError, "A seed is a whole number, 0 or more; got None"),
    ({"snapshots": "weights"}, ValueError, "'epochs' or 'updates'; got 'weights'"),
    ({"callback": 5}, TypeError, "callback must be a function"),
    ({"validation": {"x": X}}, ValueError, "y is missing"),
    ({"resume": DATA}, TypeError, "resume needs a History; got a dict"),
]


@pytest.mark.parametrize("data, error, words", BAD_DATA, ids=range(len(BAD_DATA)))
def test_wrong_data_is_refused_by_every_trainer(data, error, words):
    model = network()
    before = weights_of(model)
    for train in (
        nn.train_sgd,
        nn.train_batch,
        lambda *args, **options: nn.train_minibatch(*args, batch_size=2, **options),
        lambda loss, data, **_: nn.evaluate(loss, data),
    ):
        with pytest.raises(error, match=words):
            train(model.loss, data, learning_rate=0.1, epochs=1)
    assert model.x.value is None and model.y.value is None
    assert all(now is then for now, then in zip(weights_of(model), before, strict=True))


@pytest.mark.parametrize("wrong, error, words", BAD_OPTIONS, ids=lambda v: str(v)[:30])
def test_a_wrong_option_is_refused_and_nothing_is_changed(wrong, error, words):
    model = network()
    before = weights_of(model)
    with pytest.raises(error, match=words):
        options = {"batch_size": 2, "learning_rate": 0.1, "epochs": 1} | wrong
        nn.train_minibatch(model.loss, DATA, **options)
    assert all(now is then for now, then in zip(weights_of(model), before, strict=True))
    assert model.x.value is None


def test_only_a_loss_can_be_trained():
    model = network()
    for train in (nn.train_sgd, nn.train_batch, nn.evaluate):
        options = {} if train is nn.evaluate else {"learning_rate": 0.1, "epochs": 1}
        with pytest.raises(ValueError, match="z3 is"):
            train(model.output, DATA, **options)
        with pytest.raises(TypeError, match=r"got a TwoHiddenLayerNetwork. Use its \.loss"):
            train(model, DATA, **options)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"batch_size": 3}, "had batch_size = 2; got 3"),
        ({"seed": 1}, "had seed = 0; got 1"),
        ({"shuffle": False}, "had shuffle = True; got False"),
        ({"momentum": 0.0}, "had momentum = 0.9; got 0.0"),
        ({"weight_decay": 0.1}, "had weight_decay = 0.0; got 0.1"),
    ],
)
def test_resume_needs_the_same_settings(change, words):
    model = network()
    options = {"batch_size": 2, "learning_rate": 0.1, "epochs": 1, "momentum": 0.9}
    history = nn.train_minibatch(model.loss, DATA, **options)
    before = weights_of(model)
    with pytest.raises(ValueError, match=words):
        nn.train_minibatch(model.loss, DATA, **options | change, resume=history)
    with pytest.raises(ValueError, match="had examples = 7; got 6"):
        fewer = {"x": X[:6], "y": LABELS[:6]}
        nn.train_minibatch(model.loss, fewer, **options, resume=history)
    assert all(now is then for now, then in zip(weights_of(model), before, strict=True))
    other = nn.two_hidden_layer_network(4, 6, 3, CLASSES)
    with pytest.raises(ValueError, match="another network"):
        nn.train_minibatch(other.loss, DATA, **options, resume=history)


def test_a_large_seed_is_not_rounded():
    seed = 2**53 + 1
    history = nn.train_sgd(network().loss, DATA, learning_rate=0.1, epochs=1, seed=seed)
    assert history.settings.seed == seed


# ---------------------------------------------------------------- divergence


def linear_network(w):
    """z = x W1 with squared error: with x = 1, each update multiplies the error by 1 − η."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        return nn.squared_error(nn.matmul(x, nn.Parameter("W1", [[w]])), y, name="loss")


LINE = {"x": [[1.0], [1.0], [1.0]], "y": [[0.0], [0.0], [0.0]]}


@pytest.fixture
def warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_a_loss_that_is_no_longer_finite(momentum, capfd, warnings_are_errors):
    loss = linear_network(1.0)
    with pytest.raises(nn.TrainingDiverged) as caught:
        nn.train_sgd(loss, LINE, learning_rate=1e40, epochs=9, momentum=momentum)
    end = caught.value  # w = 1, -1e40, 1e80, -1e120, 1e160: L = ½ w² is infinite at the fifth
    assert (end.epoch, end.update, end.learning_rate) == (2, 5, 1e40)
    assert isinstance(end, RuntimeError)
    assert end.history.update_losses.tolist() == [
        pytest.approx(0.5 * 10.0 ** (80 * i), rel=1e-6) for i in range(4)
    ]
    assert end.last_loss == end.history.update_losses[-1]
    assert len(end.history.epochs) == 1
    loss.graph.Forward(x=[[1.0]], y=[[0.0]])
    assert loss.value[0] == math.inf  # the weights after the last update
    loss.graph.parameters[0].value = end.last_weights["W1"]
    loss.graph.Forward()
    assert loss.value[0] == end.last_loss
    assert str(end) == (
        "The loss is no longer finite in epoch 2, update 5, with learning rate 1e+40; the last "
        "finite loss was 5e+239. The weights are those after update 4. Start again with a smaller "
        "learning rate."
    )
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_an_update_that_would_overflow(momentum, capfd, warnings_are_errors):
    loss = linear_network(1e20)
    with pytest.raises(nn.TrainingDiverged) as caught:
        nn.train_batch(loss, LINE, learning_rate=1e300, epochs=9, momentum=momentum)
    end = caught.value
    assert (end.epoch, end.update, end.last_loss) == (1, 1, pytest.approx(0.5e40))
    assert len(end.history.update_losses) == 0 and not end.history.velocity
    loss.graph.Forward(**LINE)
    assert loss.value.mean() == end.last_loss
    assert capfd.readouterr() == ("", "")


class root(nn.Operation):
    """√|h|, whose slope at 0 is infinite: the loss is finite, and no gradient before it."""

    def forward(self):
        self.value = np.sqrt(np.abs(self.operands[0].value))

    def backward(self):
        (h,) = self.operands
        h.add_grad(self.grad * h.value / (2 * self.value**3))


@pytest.mark.parametrize("engine", ["graph", "numpy"])
@pytest.mark.parametrize("options", [{}, {"momentum": 0.5}, {"weight_decay": 0.1}])
def test_a_gradient_that_is_not_finite_is_not_called_a_loss(options, engine, warnings_are_errors):
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        h = root(nn.matmul(x, nn.Parameter("W1", np.eye(2)), name="z1"), name="h1")
        z = nn.matmul(h, nn.Parameter("W2", np.eye(2)), name="z2")
        loss = nn.squared_error(z, y, name="loss")
    data = {"x": [[1.0, 1.0], [0.0, 0.0]], "y": np.zeros((2, 2))}
    with pytest.raises(nn.TrainingDiverged) as caught:
        nn.train_sgd(
            loss, data, learning_rate=0.1, epochs=3, shuffle=False, engine=engine, **options
        )
    for end in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        assert str(end).startswith(
            "The gradient of W1 is no longer finite in epoch 1, update 2, with learning rate 0.1; "
            "the last finite loss was"
        )
        assert end.what == "The gradient of W1" and end.last_loss == loss.value[0]


def test_an_update_that_overflows_is_not_called_a_loss():
    with pytest.raises(nn.TrainingDiverged, match="A weight is no longer finite") as caught:
        nn.train_batch(linear_network(1e20), LINE, learning_rate=1e300, epochs=9)
    assert caught.value.what == "A weight"


def test_an_operation_that_raises_it_is_heard():
    class strict(nn.Operation):
        def forward(self):
            raise FloatingPointError("my own words")

        def backward(self): ...

    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        z = strict(nn.matmul(x, nn.Parameter("W1", np.eye(1))), name="z")
        loss = nn.squared_error(z, y, name="loss")
    with pytest.raises(FloatingPointError, match="my own words"):
        nn.train_batch(loss, LINE, learning_rate=0.1, epochs=1)


def test_a_first_loss_that_is_infinite():
    loss = linear_network(1e200)
    with pytest.raises(nn.TrainingDiverged, match="there was no finite loss before") as caught:
        nn.train_batch(loss, LINE, learning_rate=0.1, epochs=1)
    assert caught.value.last_loss is None
    assert loss.graph.parameters[0].value.tolist() == [[1e200]]


def test_three_linear_layers_diverge_in_a_few_updates(warnings_are_errors):
    rng = np.random.default_rng(0)
    with nn.Graph(make_current=False) as graph:
        h, y = nn.Input("x", 4), nn.Input("y", 3)
        for i, shape in enumerate([(4, 5), (5, 3), (3, 3)], start=1):
            h = nn.matmul(h, nn.Parameter(f"W{i}", rng.normal(size=shape)), name=f"z{i}")
        loss = nn.squared_error(h, y, name="loss")
    with pytest.raises(nn.TrainingDiverged) as caught:
        nn.train_minibatch(
            loss,
            {"x": X, "y": TARGETS},
            batch_size=3,
            learning_rate=1.0,
            epochs=20,
            shuffle=False,
            weight_decay=0.1,
        )
    end = caught.value
    assert 3 < end.update < 20
    assert all(np.isfinite(p.value).all() for p in graph.parameters)
    start = 3 * ((end.update - 1) % 3)
    graph.Forward(x=X[start : start + 3], y=TARGETS[start : start + 3])
    J = float(loss.value.mean())  # finite, if it was a weight that was not
    assert end.last_loss == (J if math.isfinite(J) else end.history.update_losses[-1])


# ---------------------------------------------------------------- stopping


class StopButton(nn.Operation):
    """Its operand; the ■ button is pressed at the k-th call of forward or backward."""

    calls_left = math.inf

    def press(self):
        StopButton.calls_left -= 1
        if StopButton.calls_left < 0:
            raise KeyboardInterrupt

    def forward(self):
        (a,) = self.operands
        self.press()
        self.value = a.value

    def backward(self):
        (a,) = self.operands
        a.add_grad(self.grad)
        self.press()


@contextlib.contextmanager
def pressed_after(calls):
    StopButton.calls_left = calls
    try:
        yield
    finally:
        StopButton.calls_left = math.inf


CALLS = 6  # of an update: three buttons forward, three backward; evaluate has three


def network_with_button():
    rng = np.random.default_rng(6)
    with nn.Graph(make_current=False):
        h, y = nn.Input("x", 4), nn.Labels("y", CLASSES)
        for i, shape in enumerate([(4, 3), (3, 3), (3, CLASSES)], start=1):
            W = nn.Parameter(f"W{i}", rng.normal(size=shape))
            z = nn.matmul(StopButton(h), W, name=f"z{i}")
            h = nn.tanh(z) if i < 3 else z
        return nn.cross_entropy(h, y, name="loss")


def run(loss, **options):
    options = {"batch_size": 3, "learning_rate": 0.3, "epochs": 3} | options
    return nn.train_minibatch(loss, DATA, **options)


def everything_in(history):
    epochs = [epoch._replace(seconds=0.0) for epoch in history.epochs]
    return epochs, history.updates


def assert_carries_on_bit_for_bit(loss, options, stop):
    """Run once whole; run again with `stop()` around it; then resume. All the same bits."""
    whole_loss = network_with_button()
    whole = run(whole_loss, snapshots="updates", **options)
    with stop():
        stopped = run(loss, **options)
    weights = [p.value for p in loss.graph.parameters]
    done = len(stopped.update_losses)
    assert stopped.update_losses.tolist() == whole.update_losses[:done].tolist()
    assert same_bits(weights, whole.snapshots[done].values()), "weights after the last update"
    if stopped.stopped:
        assert "(stopped)" in repr(stopped) and "<table>" in stopped._repr_html_()
    resumed = run(loss, resume=stopped, **options)
    assert not resumed.stopped
    assert everything_in(resumed) == everything_in(whole)
    final = [p.value for p in loss.graph.parameters]
    assert same_bits(final, [p.value for p in whole_loss.graph.parameters])
    return stopped


@COURSE
@given(
    calls=st.integers(0, CALLS * 21),
    batch_size=st.sampled_from([1, 3, 4, 7]),
    momentum=st.sampled_from([0.0, 0.9]),
    shuffle=st.booleans(),
)
def test_stopping_anywhere_and_resuming_is_the_uninterrupted_run(
    calls, batch_size, momentum, shuffle
):
    assert_carries_on_bit_for_bit(
        network_with_button(),
        {"batch_size": batch_size, "momentum": momentum, "shuffle": shuffle, "seed": 8},
        lambda: pressed_after(calls),
    )


def test_stopping_says_what_was_done(capsys):
    with pressed_after(CALLS * 4 + 2):
        history = run(network_with_button())
    assert history.stopped
    assert capsys.readouterr().out == (
        "Stopped after 4 updates, 1 whole epoch. The weights are those after the last\n"
        "update; resume=history carries on.\n"
    )
    assert repr(history).startswith("History: 1 epoch, 4 updates: loss ")


def test_stopping_twice_and_resuming_twice():
    options = {"momentum": 0.5}
    loss = network_with_button()
    whole_loss = network_with_button()
    whole = run(whole_loss, **options)
    with pressed_after(13):
        first = run(loss, **options)
    with pressed_after(30):
        second = run(loss, resume=first, **options)
    assert first.stopped and second.stopped
    assert len(first.update_losses) < len(second.update_losses) < 9
    third = run(loss, resume=second, **options)
    assert everything_in(third) == everything_in(whole)
    assert same_bits(
        [p.value for p in loss.graph.parameters], [p.value for p in whole_loss.graph.parameters]
    )


@pytest.mark.parametrize("calls", range(3))
@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_stopping_in_evaluate(epoch, calls):
    validation = {"x": X[:2] * 2, "y": LABELS[:2]}
    before = epoch * 3 * CALLS + (epoch - 1) * 3
    stopped = assert_carries_on_bit_for_bit(
        network_with_button(), {"validation": validation}, lambda: pressed_after(before + calls)
    )
    assert stopped.stopped and stopped.updates_in_open_epoch == 3
    assert len(stopped.epochs) == epoch - 1


def test_stopping_in_the_callback():
    loss = network_with_button()

    def press_in_epoch_2(history):
        if len(history.epochs) == 2:
            raise KeyboardInterrupt

    stopped = run(loss, callback=press_in_epoch_2)
    assert stopped.stopped and len(stopped.epochs) == 2
    whole_loss = network_with_button()
    whole = run(whole_loss)
    assert everything_in(run(loss, resume=stopped)) == everything_in(whole)
    assert same_bits(
        [p.value for p in loss.graph.parameters], [p.value for p in whole_loss.graph.parameters]
    )


# ---------------------------------------------------------------- a callback ends the run


@pytest.mark.parametrize("engine", ["graph", "numpy"])
@pytest.mark.parametrize("stop", [nn.StopTraining, nn.StopTraining("good enough")], ids=repr)
def test_a_callback_ends_the_run_like_the_button(stop, engine, capsys):
    whole_model, model = network(), network()
    options = {"batch_size": 3, "learning_rate": 0.3, "epochs": 4, "engine": engine}
    whole = nn.train_minibatch(whole_model.loss, DATA, **options)

    def callback(history):
        if len(history.epochs) == 2:
            raise stop

    history = nn.train_minibatch(model.loss, DATA, callback=callback, **options)
    reason = ": good enough" if isinstance(stop, nn.StopTraining) else ""
    assert " ".join(capsys.readouterr().out.split()) == (
        f"Stopped after 6 updates, 2 whole epochs{reason}. The weights are those after the last "
        "update; resume=history carries on."
    )
    assert history.stopped and repr(history).endswith("(stopped)")
    resumed = nn.train_minibatch(model.loss, DATA, resume=history, **options)
    assert everything_in(resumed) == everything_in(whole) and not resumed.stopped
    assert same_bits(weights_of(model), weights_of(whole_model))


def test_the_learning_rate_of_an_epoch_may_end_the_run_too():
    def rate(epoch):
        if epoch == 3:
            raise nn.StopTraining
        return 0.1

    history = nn.train_sgd(network().loss, DATA, learning_rate=rate, epochs=9)
    assert history.stopped and len(history.epochs) == 2


async def asynchronous(history):
    raise nn.StopTraining


def generating(history):
    yield


@pytest.mark.parametrize(
    "callback, words",
    [
        (lambda history: True, r"returned True.*`raise nn\.StopTraining`"),
        (lambda history: np.bool_(len(history.epochs) > 0), "returned True"),
        (asynchronous, "is async, so none of it was run"),
        (generating, r"is a generator \(it has a `yield`\), so none of it was run"),
    ],
)
def test_what_a_callback_returns_is_not_silently_ignored(callback, words):
    model = network()
    with pytest.raises(TypeError, match=words) as caught:
        nn.train_sgd(model.loss, DATA, learning_rate=0.1, epochs=3, callback=callback)
    history = caught.value.history
    assert len(history.epochs) == 1
    assert all(history.final_weights[p.name] is p.value for p in model.graph.parameters)
    nn.train_sgd(model.loss, DATA, learning_rate=0.1, epochs=3, resume=history)


@pytest.mark.parametrize("answer", [None, False, np.bool_(False), 0, 1, "text", [True]], ids=repr)
def test_other_answers_of_a_callback_do_not_matter(answer):
    options = {"learning_rate": 0.1, "epochs": 2, "callback": lambda history: answer}
    assert len(nn.train_sgd(network().loss, DATA, **options).epochs) == 2


class Slotted(Exception):
    __slots__ = ("history",)


class Closed(Exception):
    def __setattr__(self, name, value):
        raise AttributeError("nothing can be set")


@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    reason: str = ""


class WithProperty(Exception):
    @property
    def history(self):
        return vars(self)["history"]


@pytest.mark.parametrize(
    "kind", [ValueError, SystemExit, Slotted, Closed, Frozen, WithProperty, BaseException, OSError]
)
def test_whatever_ends_a_run_has_the_history_so_far(kind):
    error = kind()

    def callback(history):
        if len(history.epochs) == 2:
            raise error

    def rate(epoch):
        if epoch == 3:
            raise error
        return 0.1

    options = {"learning_rate": 0.1, "epochs": 4}
    whole = nn.train_sgd(network().loss, DATA, **options)
    for wrong in ({"callback": callback}, {"learning_rate": rate}):
        model = network()
        with pytest.raises(kind) as caught:
            nn.train_sgd(model.loss, DATA, **options | wrong)
        assert caught.value is error and len(error.history.epochs) == 2
        resumed = nn.train_sgd(model.loss, DATA, resume=error.history, **options)
        assert everything_in(resumed) == everything_in(whole)


@contextlib.contextmanager
def stopped_at_step(step, *, opcodes):
    """Press ■ before the given line (or bytecode) that runs inside the course's modules."""
    folder, seen = str(Path(nn.__file__).parent), 0
    counted = "opcode" if opcodes else "line"

    def trace(frame, event, _):
        nonlocal seen
        if not frame.f_code.co_filename.startswith(folder):
            return None
        frame.f_trace_opcodes = opcodes
        if event == counted:
            seen += 1
            if seen == step:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def assert_whole_when_stopped_at(step, momentum, *, opcodes=False, validation=None):
    options = {"batch_size": 4, "epochs": 2, "momentum": momentum, "validation": validation}
    whole_loss, loss = network_with_button(), network_with_button()
    whole = run(whole_loss, snapshots="updates", **options)
    stopped = None
    with contextlib.suppress(KeyboardInterrupt), stopped_at_step(step, opcodes=opcodes):
        stopped = run(loss, **options)
    weights = [p.value for p in loss.graph.parameters]
    if stopped is None:  # before or after the part that catches the button
        assert any(same_bits(weights, snapshot.values()) for snapshot in whole.snapshots)
        return
    assert same_bits(weights, whole.snapshots[len(stopped.update_losses)].values())
    resumed = run(loss, resume=stopped, **options)
    assert everything_in(resumed) == everything_in(whole)
    final = [p.value for p in loss.graph.parameters]
    assert same_bits(final, [p.value for p in whole_loss.graph.parameters])


@pytest.mark.parametrize(
    "momentum, every",
    [
        (0.9, 53),
        *[pytest.param(*each, marks=pytest.mark.long) for each in ((0.0, 5), (0.9, 3), (0.9, 17))],
    ],
)
def test_stopping_before_any_line_leaves_whole_weights(momentum, every):
    """Also between the parameters of one update, and between the update and the history."""
    for step in range(1, 2600, every):  # 2,600 lines: two epochs of two updates
        assert_whole_when_stopped_at(step, momentum)


@pytest.mark.long
def test_stopping_before_any_line_of_evaluate_leaves_whole_weights():
    for step in range(1790, 2050):  # lines of the first evaluate
        assert_whole_when_stopped_at(step, 0.9, validation=DATA)


@pytest.mark.parametrize("update", [4, 5, 6])
def test_an_update_counts_once_it_stands_in_the_history(update, monkeypatch):
    """■ as soon as the loss has been appended: the weights are those after this update."""

    plain = Updates.count

    def count_and_press(self, *made):
        plain(self, *made)
        if len(self.history.updates) == update:
            raise KeyboardInterrupt

    loss, whole = network_with_button(), run(network_with_button(), snapshots="updates")
    monkeypatch.setattr(Updates, "count", count_and_press)
    stopped = run(loss)
    monkeypatch.setattr(Updates, "count", plain)
    assert stopped.stopped and len(stopped.update_losses) == update
    assert same_bits([p.value for p in loss.graph.parameters], whole.snapshots[update].values())
    assert everything_in(run(loss, resume=stopped)) == everything_in(whole)


@pytest.mark.all
@settings(COURSE, max_examples=examples(150))
@given(step=st.integers(1, 16700), momentum=st.sampled_from([0.0, 0.9]))
def test_stopping_inside_any_line_leaves_whole_weights(step, momentum):
    assert_whole_when_stopped_at(step, momentum, opcodes=True)


@pytest.mark.parametrize("calls", range(2 * CALLS + 2))
def test_another_error_propagates_and_leaves_whole_weights(calls):
    loss = network_with_button()
    whole = run(network_with_button(), momentum=0.9, epochs=1, snapshots="updates")

    class Broken(Exception):
        pass

    def broken_press(self):
        StopButton.calls_left -= 1
        if StopButton.calls_left < 0:
            raise Broken

    with (
        pytest.MonkeyPatch.context() as patch,
        pressed_after(calls),
        pytest.raises(Broken),
    ):
        patch.setattr(StopButton, "press", broken_press)
        run(loss, momentum=0.9, epochs=1)
    now = [p.value for p in loss.graph.parameters]
    assert same_bits(now, whole.snapshots[calls // CALLS].values())


def test_an_error_of_the_callback_propagates_and_leaves_whole_weights():
    loss, calls = network_with_button(), []

    def callback(history):
        calls.append(len(history.epochs))
        if len(calls) == 2:
            raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine") as caught:
        run(loss, callback=callback)
    assert calls == [1, 2] and len(caught.value.history.epochs) == 2
    whole = run(network_with_button(), snapshots="epochs")
    assert same_bits([p.value for p in loss.graph.parameters], whole.snapshots[2].values())


# ---------------------------------------------------------------- resume


@pytest.mark.all
@COURSE
@given(
    split=st.integers(1, 3),
    batch_size=st.sampled_from([1, 3, 7]),
    momentum=st.sampled_from([0.0, 0.9]),
    decay=st.sampled_from([0.0, 0.01]),
    shuffle=st.booleans(),
    snapshots=st.sampled_from([None, "epochs", "updates"]),
)
def test_resuming_a_finished_run_is_one_longer_run(
    split, batch_size, momentum, decay, shuffle, snapshots
):
    options = {
        "batch_size": batch_size,
        "momentum": momentum,
        "weight_decay": decay,
        "shuffle": shuffle,
        "snapshots": snapshots,
        "learning_rate": lambda epoch: 0.3 / epoch,
    }
    whole_loss, loss = network_with_button(), network_with_button()
    whole = run(whole_loss, epochs=4, **options)
    part = run(loss, epochs=split, **options)
    part_before = everything_in(part)
    resumed = run(loss, epochs=4, resume=part, **options)
    assert everything_in(resumed) == everything_in(whole)
    assert len(resumed.snapshots) == len(whole.snapshots)
    for mine, theirs in zip(resumed.snapshots, whole.snapshots, strict=True):
        assert same_bits(mine.values(), theirs.values())
    assert everything_in(part) == part_before, "the history to resume is not changed"


def test_resuming_a_run_that_is_done_does_nothing():
    loss = network_with_button()
    done = run(loss)
    weights = [p.value for p in loss.graph.parameters]
    assert everything_in(run(loss, resume=done)) == everything_in(done)
    assert same_bits([p.value for p in loss.graph.parameters], weights)


# ---------------------------------------------------------------- the progress bar


class Clock:
    """For the run and for tqdm: no second passes by itself."""

    def __init__(self, patch):
        self.seconds = 1e9
        for module in (progress.time, pytest.importorskip("tqdm").std):
            patch.setattr(module, "time", lambda: self.seconds)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def test_a_bar_that_is_asked_for_is_shown_at_once(clock, capfd):
    seen = []
    loss = network_with_button()
    run(loss, epochs=2, progress=True, callback=lambda history: seen.append(capfd.readouterr()))
    assert seen[0].out.startswith("\r  0%|") and "0/6 [00:00" in seen[0].out
    assert "6/6" in capfd.readouterr().out and seen[0].err == "", "on stdout"


def test_what_a_stopped_run_says_stands_below_its_bar(clock, capfd):
    def stop(history):
        raise nn.StopTraining("enough")

    run(network_with_button(), epochs=2, progress=True, callback=stop)
    bar, said = capfd.readouterr().out.rstrip("\n").split("\n", 1)
    assert bar.startswith("\r  0%|") and "3/6" in bar
    assert said.startswith("Stopped after 3 updates")


def test_a_long_run_shows_a_bar_after_ten_seconds(clock, capfd):
    """Its clock starts with the run."""
    seen = []

    def callback(history):
        clock.seconds += 4  # 4, 8, 12 seconds
        seen.append(capfd.readouterr())

    run(network_with_button(), epochs=5, callback=callback)
    seen.append(capfd.readouterr())
    shown = [out for out, _ in seen]
    assert shown[:3] == ["", "", ""]
    assert "10/15 [00:12<" in shown[3] and "15/15 [00:20<" in shown[5]
    assert all(err == "" for _, err in seen)


def test_the_bar_of_a_run_that_is_carried_on_counts_from_its_start(clock, capfd):
    loss = network_with_button()
    part = run(loss, epochs=2)
    run(loss, epochs=3, resume=part, progress=True)
    assert "6/9 [00:00" in (shown := capfd.readouterr().out) and "9/9" in shown


def test_a_short_run_shows_no_bar_and_a_long_one_can_be_without(clock, capfd):
    run(network_with_button())

    def callback(history):
        clock.seconds += 100

    run(network_with_button(), progress=False, callback=callback)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("wanted", [True, None])
def test_training_needs_no_tqdm(wanted, clock, capfd, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)

    def callback(history):
        clock.seconds += 100

    assert len(run(network_with_button(), progress=wanted, callback=callback).epochs) == 3
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("epochs", [10**30, 10**400])
def test_a_bar_of_more_updates_than_anybody_makes(epochs, capsys):
    pytest.importorskip("tqdm")

    def stop(history):
        raise nn.StopTraining

    history = run(network_with_button(), epochs=epochs, progress=True, callback=stop)
    assert history.stopped and len(history.epochs) == 1
    assert "3update" in capsys.readouterr().out


def test_a_short_run_does_not_import_tqdm_and_a_bar_starts_no_thread():
    pytest.importorskip("tqdm")
    program = """
import sys, threading
import course_nn as nn
loss = nn.two_hidden_layer_network(2, 2, 2, 2, activation="tanh").loss
nn.train_batch(loss, nn.datasets.xor(), learning_rate=0.1, epochs=2)
assert "tqdm" not in sys.modules, "tqdm was imported"
nn.train_batch(loss, nn.datasets.xor(), learning_rate=0.1, epochs=2, progress=True)
assert "tqdm" in sys.modules
assert threading.enumerate() == [threading.main_thread()], "a bar started a thread"
import tqdm
assert tqdm.tqdm.monitor_interval > 0, "other bars are as their owner wants them"
"""
    environment = os.environ | {"PYTHONPATH": str(Path(nn.__file__).parent.parent)}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment, timeout=60)


# ---------------------------------------------------------------- many epochs


@pytest.mark.all
def test_a_run_of_many_epochs_begins_at_once():
    """Nothing is made for each epoch beforehand."""
    asked = []

    def rate(epoch):
        asked.append(epoch)
        return 0.1

    def callback(history):
        if len(history.epochs) == 2:
            raise KeyboardInterrupt

    for learning_rate in (0.1, rate):
        tracemalloc.start()
        try:
            options = {"epochs": 10**7, "learning_rate": learning_rate, "callback": callback}
            history = run(network_with_button(), **options)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert history.stopped and len(history.epochs) == 2
        assert peak < 2e6, f"{peak:,} bytes"
    assert asked == [1, 2]


@pytest.mark.parametrize("snapshots", thinned([None, "epochs", "updates"], 3))
def test_an_epoch_late_in_a_run_takes_no_more_lines_than_an_early_one(snapshots):
    """So its cost does not grow with what was done before."""
    counts, folder = [0], str(Path(nn.__file__).parent)

    def trace(frame, event, _):
        if not frame.f_code.co_filename.startswith(folder):
            return None
        counts[-1] += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run(
            network_with_button(),
            epochs=60,
            snapshots=snapshots,
            progress=False,
            callback=lambda history: counts.append(0),
        )
    finally:
        sys.settrace(before)
    assert len(counts) == 61
    assert counts[1] > 100 and len(set(counts[1:-1])) == 1


# ---------------------------------------------------------------- what resume refuses


def stopped_run(**options):
    model = network()
    return model, nn.train_sgd(model.loss, DATA, learning_rate=0.1, epochs=2, **options)


def test_resume_refuses_another_network():
    _, history = stopped_run()
    for other in (network(activation="tanh"), nn.two_hidden_layer_network(4, 6, 3, CLASSES)):
        with pytest.raises(ValueError, match="was one of another network"):
            nn.train_sgd(other.loss, DATA, learning_rate=0.1, epochs=3, resume=history)


def test_resume_refuses_another_loss_of_the_network():
    with nn.Graph():
        x, y, t = nn.Input("x", 3), nn.Labels("y", 3), nn.Input("t", 3)
        z1 = nn.matmul(x, nn.Parameter("W1", np.eye(3)), name="z1")
        losses = [nn.cross_entropy(z1, y, name="first"), nn.squared_error(z1, t, name="second")]
    data = {"x": np.eye(3), "y": [0, 1, 2], "t": -np.eye(3)}
    history = nn.train_batch(losses[0], data, learning_rate=0.1, epochs=1)
    with refused(ValueError, "had loss = first; got second"):
        nn.train_batch(losses[1], data, learning_rate=0.1, epochs=2, resume=history)
    assert len(nn.train_batch(losses[0], data, learning_rate=0.1, epochs=2, resume=history).epochs)


def test_resume_refuses_fresh_weights_of_the_same_network():
    model, history = stopped_run()
    again = network()
    with pytest.raises(ValueError, match="The weights are not those with which the run to resume"):
        nn.train_sgd(again.loss, DATA, learning_rate=0.1, epochs=3, resume=history)
    assert (
        len(nn.train_sgd(model.loss, DATA, learning_rate=0.1, epochs=3, resume=history).epochs) == 3
    )


def test_resume_refuses_fewer_epochs_than_were_made():
    model, history = stopped_run()
    with pytest.raises(ValueError, match="has made 2 epochs already"):
        nn.train_sgd(model.loss, DATA, learning_rate=0.1, epochs=1, resume=history)


@pytest.mark.parametrize("train", [nn.train_sgd, nn.train_batch])
@pytest.mark.parametrize("now", [None, "epochs", "updates"])
@pytest.mark.parametrize("before", [None, "epochs", "updates"])
def test_a_run_carried_on_keeps_snapshots_as_it_did_or_is_refused(before, now, train):
    model = network()
    history = train(model.loss, DATA, learning_rate=0.1, epochs=2, snapshots=before)
    options = {"learning_rate": 0.1, "epochs": 3, "snapshots": now, "resume": history}
    if before == now or (train is nn.train_batch and None not in (before, now)):
        more = train(model.loss, DATA, **options)
        counts = {None: 0, "epochs": 4, "updates": len(more.updates) + 1}
        assert len(more.snapshots) == counts[now]
        return
    weights = weights_of(model)
    with pytest.raises(ValueError, match="it would not have one for each") as caught:
        train(model.loss, DATA, **options)
    advised = str(caught.value).split("Resume with snapshots=")[1].split(",")[0]
    assert all(w is v for w, v in zip(weights, weights_of(model), strict=True))
    train(model.loss, DATA, **options | {"snapshots": ast.literal_eval(advised)})


def test_a_run_without_updates_may_begin_to_keep_snapshots():
    model = network()

    def rate(epoch):
        raise nn.StopTraining

    history = nn.train_sgd(model.loss, DATA, learning_rate=rate, epochs=1)
    assert history.updates == () and history.stopped
    more = nn.train_sgd(
        model.loss, DATA, learning_rate=0.1, epochs=1, snapshots="updates", resume=history
    )
    assert len(more.snapshots) == 8


@pytest.mark.parametrize("kind", ["updates", "epochs"])
def test_an_error_just_before_a_snapshot_loses_none_either(kind, monkeypatch):
    model, plain, calls = network(), Run._take_snapshot, []

    def take_snapshot(run):
        calls.append(1)
        if len(calls) == 3:
            raise MemoryError
        plain(run)

    monkeypatch.setattr(Run, "_take_snapshot", take_snapshot)
    options = {"learning_rate": 0.1, "epochs": 4, "snapshots": kind}
    with pytest.raises(MemoryError) as caught:
        nn.train_sgd(model.loss, DATA, **options)
    history = nn.train_sgd(model.loss, DATA, resume=caught.value.history, **options)
    assert len(history.snapshots) == {"epochs": 5, "updates": 29}[kind]


# ---------------------------------------------------------------- the same data


def changed(data, name, place, value):
    array = data[name].copy()
    array[place] = value
    return data | {name: array}


@pytest.mark.parametrize(
    "other",
    [
        changed(DATA, "x", (6, 3), np.nextafter(DATA["x"][6, 3], 9)),
        changed(DATA, "y", 0, (DATA["y"][0] + 1) % CLASSES),
        {name: array[::-1] for name, array in DATA.items()},
        DATA | {"x": np.roll(DATA["x"], 1, axis=0)},
    ],
    ids=["one digit of one number", "a label", "another order", "rows not together"],
)
def test_resume_refuses_other_data_of_as_many_rows(other):
    model, history = stopped_run()
    weights = weights_of(model)
    with pytest.raises(ValueError, match=r"was one on other data\. Resume with the same"):
        nn.train_sgd(model.loss, other, learning_rate=0.1, epochs=3, resume=history)
    assert all(w is v for w, v in zip(weights, weights_of(model), strict=True))


@pytest.mark.parametrize(
    "kind", [np.int8, np.uint8, np.int32, np.uint64, ">i4", np.int64], ids=lambda k: np.dtype(k).str
)
def test_the_same_labels_in_another_type_are_the_same_data(kind):
    model, history = stopped_run()
    same = {"x": np.asfortranarray(DATA["x"]), "y": DATA["y"].astype(kind)}
    nn.train_sgd(model.loss, same, learning_rate=0.1, epochs=3, resume=history)
    whole = {"x": np.arange(8.0).reshape(2, 4), "y": np.array([0, 1])}
    mine = nn.train_batch(network().loss, whole, learning_rate=0.1, epochs=1)
    theirs = {"x": np.arange(8, dtype=kind).reshape(2, 4).tolist(), "y": whole["y"].astype(kind)}
    other = nn.train_batch(network().loss, theirs, learning_rate=0.1, epochs=1)
    assert mine.settings == other.settings


@pytest.mark.all
@COURSE
@given(
    cuts=st.lists(st.integers(0, 2100), max_size=4),
    rows=st.integers(1, 2100),
    seed=st.integers(0, 99),
)
def test_the_digest_of_all_rows_is_the_sum_of_those_of_the_parts(cuts, rows, seed):
    rng = np.random.default_rng(seed)
    data = {"x": rng.normal(size=(rows, 3)), "y": rng.integers(0, 5, rows)}
    places = sorted({0, rows, *(cut for cut in cuts if cut < rows)})
    parts = [
        digest({name: array[start:end] for name, array in data.items()}, start)
        for start, end in itertools.pairwise(places)
    ]
    assert sum(parts) % 2**128 == digest(data) < 2**128
    assert digest(dict(reversed(data.items()))) == digest(data)
    assert digest({"x": data["x"], "z": data["y"]}) != digest(data)
    assert digest(data, first=1) != digest(data)
    if rows > 1:
        swapped = {name: array[[1, 0, *range(2, rows)]] for name, array in data.items()}
        assert digest(swapped) != digest(data)


# ---------------------------------------------------------------- validation data


@pytest.mark.parametrize(
    "validation, kind",
    [
        (5, TypeError),
        ({}, ValueError),
        ({"x": X}, ValueError),
        ({"x": X, "y": LABELS, "z": X}, ValueError),
        ({"x": X[:, :2], "y": LABELS}, ValueError),
        ({"x": X[0], "y": LABELS[:1]}, ValueError),
        ({"x": X, "y": LABELS[:-1]}, ValueError),
        ({"x": X, "y": LABELS + CLASSES}, ValueError),
        ({"x": X, "y": LABELS * 1.0}, TypeError),
        ({"x": X * np.nan, "y": LABELS}, ValueError),
        ({"x": X[:0], "y": LABELS[:0]}, ValueError),
        ({"x": "text", "y": LABELS}, TypeError),
    ],
)
def test_validation_data_that_do_not_fit_are_called_validation_data(validation, kind):
    model = network()
    weights = weights_of(model)
    with pytest.raises(kind, match=r"^The validation data") as caught:
        nn.train_sgd(model.loss, DATA, learning_rate=0.1, epochs=1, validation=validation)
    assert caught.type is kind and str(caught.value).count("The validation data") == 1
    assert all(w is v for w, v in zip(weights, weights_of(model), strict=True))


def test_validation_of_an_answer_that_has_no_accuracy_is_refused_before_the_first_update():
    class logistic(nn.Operation):
        operands_needed = 2

        def check_operands(self):
            return None

        def forward(self):
            z, y = self.operands
            self.value = np.logaddexp(0, (1.0 - 2 * y.value) * z.value[:, 0])

        def backward(self):
            z, y = self.operands
            z.add_grad((self.grad * (1 / (1 + np.exp(-z.value[:, 0])) - y.value))[:, None])

    with nn.Graph():
        x, y, W1 = nn.Input("x", 2), nn.Labels("y", 2), nn.Parameter("W1", np.ones((2, 1)))
        loss = logistic(nn.matmul(x, W1, name="z1"), y, name="loss")
    data, before = {"x": np.eye(2), "y": [0, 1]}, W1.value
    with refused(ValueError, "with 2 columns, one for each class of y", "z1 = x @ W1"):
        nn.train_batch(loss, data, learning_rate=0.1, epochs=1, validation=data)
    assert W1.value is before


def test_validation_data_are_copied_like_the_others():
    held_out = {"x": X.copy(), "y": LABELS.copy()}

    def callback(history):
        held_out["x"][:] = 0.0
        held_out["y"] = None

    options = {"learning_rate": 0.1, "epochs": 3, "validation": held_out}
    spoilt = nn.train_sgd(network().loss, DATA, callback=callback, **options)
    options["validation"] = DATA
    whole = nn.train_sgd(network().loss, DATA, **options)
    assert spoilt.validation_losses.tolist() == whole.validation_losses.tolist()


@pytest.mark.parametrize("kind", ["updates", "epochs"])
def test_stopping_just_before_a_snapshot_loses_none(kind, monkeypatch):
    model = network()
    plain, calls = Run._weights, []

    def weights(run):
        calls.append(1)
        if len(calls) == 3:  # the first is the start; the handler's own call is the fourth
            raise KeyboardInterrupt
        return plain(run)

    monkeypatch.setattr(Run, "_weights", weights)
    options = {"learning_rate": 0.1, "epochs": 4, "snapshots": kind}
    history = nn.train_sgd(model.loss, DATA, **options)
    assert history.stopped
    monkeypatch.undo()
    history = nn.train_sgd(model.loss, DATA, resume=history, **options)
    whole = network()
    expected = nn.train_sgd(whole.loss, DATA, **options)
    assert len(history.snapshots) == len(expected.snapshots)
    for mine, theirs in zip(history.snapshots, expected.snapshots, strict=True):
        assert same_bits(mine.values(), theirs.values())


# ---------------------------------------------------------------- options


def test_sgd_and_batch_have_no_batch_size_to_choose():
    model = network()
    with pytest.raises(TypeError, match="train_sgd has batch size 1; use train_minibatch"):
        nn.train_sgd(model.loss, DATA, learning_rate=0.1, epochs=1, batch_size=4)
    with pytest.raises(TypeError, match="train_batch has batch size N; use train_minibatch"):
        nn.train_batch(model.loss, DATA, learning_rate=0.1, epochs=1, batch_size=4)


def test_a_learning_rate_is_checked_before_anything_is_changed():
    for rate, words in (
        (-0.1, "The learning rate must be 0 or more"),
        (lambda epoch: -epoch, "The learning rate of epoch 1 must be 0 or more"),
        (lambda: 0.1, "a number or a function of the epoch, such as"),
    ):
        model = network()
        before = weights_of(model)
        with pytest.raises((ValueError, TypeError), match=words) as caught:
            nn.train_sgd(model.loss, DATA, learning_rate=rate, epochs=3)
        assert all(a is b for a, b in zip(weights_of(model), before, strict=True))
        assert model.x.value is None and not hasattr(caught.value, "__notes__")


def test_a_learning_rate_is_asked_when_its_epoch_begins_after_the_callback():
    events = []

    def rate(epoch):
        events.append(f"rate {epoch}")
        return 0.1

    run(
        network_with_button(),
        learning_rate=rate,
        callback=lambda history: events.append(f"callback {len(history.epochs)}"),
    )
    assert events == ["rate 1", "callback 1", "rate 2", "callback 2", "rate 3", "callback 3"]


@pytest.mark.parametrize(
    "bad, error, words",
    [
        (lambda: -1.0, ValueError, "The learning rate of epoch 3 must be 0 or more"),
        (lambda: "fast", TypeError, "The learning rate of epoch 3 must be a number; got 'fast'"),
        (lambda: 1 + None, TypeError, "calling it failed: unsupported operand"),
        (lambda: [][3], IndexError, "list index out of range"),
    ],
)
def test_a_learning_rate_that_goes_wrong_later_loses_nothing(bad, error, words):
    """The weights are whole, and the history on the error carries on."""
    loss, whole_loss = network_with_button(), network_with_button()
    options = {"momentum": 0.9, "snapshots": "epochs", "epochs": 4}
    whole = run(whole_loss, **options)
    with pytest.raises(error, match=words) as caught:
        run(loss, **options | {"learning_rate": lambda epoch: 0.3 if epoch < 3 else bad()})
    (note,) = caught.value.__notes__
    assert note.startswith("The weights are those after epoch 2; the history until then is the ")
    history = caught.value.history
    assert len(history.epochs) == 2 and len(history.updates) == 6 and not history.stopped
    weights = [p.value for p in loss.graph.parameters]
    assert same_bits(weights, whole.snapshots[2].values())
    resumed = run(loss, resume=history, **options)
    assert everything_in(resumed) == everything_in(whole)
    final = [p.value for p in loss.graph.parameters]
    assert same_bits(final, [p.value for p in whole_loss.graph.parameters])


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"momentum": 1.0}, "momentum must be below 1"),
        ({"shuffle": "no"}, "shuffle must be True or False"),
        ({"validation": (X, LABELS)}, "The validation data must be a dict"),
    ],
)
def test_options_that_only_look_right_are_refused(option, words):
    with pytest.raises((TypeError, ValueError), match=words):
        nn.train_sgd(network().loss, DATA, learning_rate=0.1, epochs=1, **option)


def test_large_losses_are_printed_short():
    evaluation = Evaluation(1.5e200, None, 3)
    assert repr(evaluation) == "loss 1.500e+200 (3 examples)"


def test_overflow_of_the_mean_or_of_the_velocity_prints_no_warning():
    """Each loss is finite, their sum is not; and a velocity that overflows."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        loss = nn.squared_error(x @ nn.Parameter("W", [[1e154]]), y, name="loss")
    data = {"x": np.ones((4, 1)), "y": np.zeros((4, 1))}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert nn.evaluate(loss, data).loss == pytest.approx(5e307)
        with pytest.raises(nn.TrainingDiverged):
            nn.train_batch(loss, data, learning_rate=0.1, epochs=1)
        one = {name: values[:1] for name, values in data.items()}
        with pytest.raises(nn.TrainingDiverged):
            nn.train_batch(loss, one, learning_rate=1e200, epochs=3, weight_decay=1e200)


def test_batch_learning_takes_the_other_options_too():
    model = network()
    history = nn.train_batch(
        model.loss, DATA, learning_rate=0.1, epochs=2, momentum=0.5, snapshots="epochs"
    )
    assert history.settings.momentum == 0.5
    assert len(history.snapshots) == 3


def test_a_stop_without_snapshots_keeps_none():
    model = network()
    history = nn.train_sgd(
        model.loss, DATA, learning_rate=0.1, epochs=2, callback=lambda history: press_the_button()
    )
    assert history.stopped and history.snapshots == ()


def press_the_button():
    raise KeyboardInterrupt


@pytest.mark.parametrize("engine", ["graph", "numpy"])
@pytest.mark.parametrize("train", [nn.train_sgd, nn.train_batch])
def test_no_epoch_looks_at_all_that_were_made_before(monkeypatch, train, engine):
    """Each look at `history.updates` is a copy: its cost would grow with the epochs made."""
    looks = Counter()

    def counting(name, whole):
        def look(history):
            looks[name] += 1
            return whole.fget(history)

        return property(look)

    for name in ("updates", "epochs", "snapshots", "update_losses", "epoch_losses"):
        if hasattr(nn.History, name):
            monkeypatch.setattr(nn.History, name, counting(name, vars(nn.History)[name]))
    seen = []
    for epochs in (1, 6):
        looks.clear()
        model = nn.two_hidden_layer_network(2, 3, 2, 2, loss="cross_entropy", seed=0)
        data = {"x": np.eye(2), "y": np.array([0, 1])}
        options = {"learning_rate": 0.1, "snapshots": "updates", "progress": False}
        train(model.loss, data, epochs=epochs, engine=engine, **options)
        seen.append(dict(looks))
    assert seen[0] == seen[1]
