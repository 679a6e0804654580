"""The walk through SGD, the next example and a batch, and the numbers that stand in each line.

The numbers are computed anew from what is printed; the weights are those of the public trainers.
"""

import re

import numpy as np
import pytest
from oracles import assert_unchanged, refused, state
from test_walkthrough import NETWORKS, Page, assert_stands_alone, numbers_in
from tiers import thinned

import course_nn as nn

X = np.array([[0.5, -1.0], [1.0, 1.0], [-2.0, 0.5], [0.0, 1.5], [1.5, 0.5]])
Y = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0], [0.5, 0.5]])
LABELS = np.array([0, 1, 2, 1, 0])


def regression():
    model = nn.two_hidden_layer_network(
        2, 3, 2, 2, activation="sigmoid", loss="squared_error", seed=7
    )
    return model.loss, {"x": X, "y": Y}


def classes():
    model = nn.two_hidden_layer_network(2, 4, 3, 3, activation="tanh", bias=True, seed=2)
    return model.loss, {"x": X, "y": LABELS}


def shared():
    """One matrix in two layers, and a skip connection."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        W = nn.Parameter("W", np.random.default_rng(1).normal(size=(2, 2)))
        h = nn.relu(nn.matmul(x, W), name="h")
        loss = nn.squared_error(nn.add(nn.matmul(h, W), h, name="z"), y, name="loss")
    return loss, {"x": X, "y": Y}


every_loss = pytest.mark.parametrize("make", [regression, classes, shared])


def walk(make, **options):
    loss, data = make()
    return nn.walk_through(loss, data, **{"learning_rate": 0.2} | options)


# --- what holds for every walk --------------------------------------------------------------------


def assert_weights_of_the_trainer(walk, make, rate, batch_size):
    """After each SGD the weights are those of a run of the public trainer."""
    loss, data = make()
    options = {"learning_rate": rate, "epochs": 1, "shuffle": False, "snapshots": "updates"}
    if batch_size == 1:
        history = nn.train_sgd(loss, data, **options)
    else:
        history = nn.train_minibatch(loss, data, batch_size=batch_size, **options)
    starts = [step for step in walk.steps if step.phase == "Start"]
    ends = [step for step in walk.steps if step.phase == "SGD"]
    assert len(starts) == len(ends) == len(history.updates)
    for steps, snapshots in ((starts, history.snapshots[:-1]), (ends, history.snapshots[1:])):
        for step, weights in zip(steps, snapshots, strict=True):
            found = {node.name: value for node, value in step.values.items()}
            for name, value in weights.items():
                np.testing.assert_allclose(found[name], value, rtol=1e-12, atol=1e-12)
    losses = [
        step.values[step.active[0]].mean()
        for step in walk.steps
        if step.phase == "Forward" and step.active[0].name == "loss"
    ]
    np.testing.assert_allclose(losses, history.update_losses, rtol=1e-12)


def softmax(row):
    e = np.exp(np.array(row) - max(row))
    return e / e.sum()


SPACE = {
    **{"exp": np.exp, "log": np.log, "tanh": np.tanh, "sqrt": np.sqrt, "abs": abs},
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "relu": lambda z: max(z, 0),
    "softmax": softmax,
    "cross_entropy": lambda row, label: -np.log(softmax(row)[label]),
}


def assert_numbers_add_up(line):
    """What is computed from the printed numbers is the printed result, up to their rounding."""
    _, *computed, result = line.split(" = ")
    if computed and "…" not in line:
        (written,) = computed
        python = written.replace("·", "*").replace("²", "**2").replace("³", "**3")
        value = float(eval(python, {"__builtins__": {}}, SPACE))
        assert value == pytest.approx(float(result), abs=3e-4, rel=5e-4), line


def assert_numbers_of_its_nodes(step):
    """A line of numbers ends with the first entry of what the step has computed."""
    for line in step.numbers:
        name = line.partition("[")[0]
        of = step.gradients if name.endswith(".grad") else step.values
        (array,) = [a for node, a in of.items() if node.name == name.removesuffix(".grad")]
        assert line.startswith(f"{name}[{', '.join('0' * array.ndim)}] = ")
        shown = float(line.rsplit(" = ", 1)[1])
        assert shown == pytest.approx(array[(0,) * array.ndim], abs=5.001e-5, rel=1e-2), line


# --- the walks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", thinned([0.2, 0.05], 2))
@pytest.mark.parametrize("batch_size", thinned([1, 2, 5, 99], 2))
@every_loss
def test_the_weights_are_those_of_the_trainers(make, batch_size, rate):
    made = walk(make, batch_size=batch_size, learning_rate=rate)
    assert_weights_of_the_trainer(made, make, rate, batch_size)


@pytest.mark.all
@pytest.mark.parametrize("batch_size", thinned([1, 2], 3))
@every_loss
def test_the_lines_are_those_of_derive_for_each_update_and_then_SGD(make, batch_size):
    made, written = walk(make, batch_size=batch_size), nn.derive(make()[0])
    lines = [list(line) for line in [*written.forward_lines, *written.backward_lines]]
    lines += [[f"{p.name} = {p.name} - 0.2 * {p.name}.grad", p.shape] for p in written.parameters]
    updates = -(-len(X) // batch_size)
    assert [line for step in made.steps for line in step.lines] == lines * updates
    shown = [code for step in Page(made.html).steps for code in step.codes]
    assert shown == [text for text, _ in lines] * updates
    assert_stands_alone(made.html)


@every_loss
@pytest.mark.parametrize("batch_size", [1, 2])
def test_the_numbers_of_each_line_add_up(make, batch_size):
    made = walk(make, batch_size=batch_size)
    assert sum(len(step.numbers) for step in made.steps) > 20
    for step in made.steps:
        for line in step.numbers:
            assert_numbers_add_up(line)


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_the_numbers_of_a_walk_without_data_add_up(make):
    made = nn.walk_through(make())
    assert [bool(step.numbers) for step in made.steps] == [
        step.phase != "Start" and bool(step.lines) and "= 1 for each" not in step.lines[0][0]
        for step in made.steps
    ]
    for step in made.steps:
        for line in step.numbers:
            assert_numbers_add_up(line)


@every_loss
def test_the_numbers_end_with_what_the_nodes_hold(make):
    for step in walk(make, batch_size=2).steps:
        named = [node for node in step.active if node.name.isidentifier()]
        if len(named) == len(step.active):
            assert_numbers_of_its_nodes(step)


def test_a_batch_of_two_has_its_mean_with_numbers_put_in():
    loss, data = regression()
    two = {name: values[:2] for name, values in data.items()}
    made = nn.walk_through(loss, two, learning_rate=0.2, batch_size=2)
    graph = loss.graph
    graph.Forward(**two)
    graph.Backward(loss)
    W3 = graph.parameters[2]
    first, second = W3.per_example_grad()[:, 0, 0]
    (mean,) = [
        s.numbers for s in made.steps if s.lines[-1:] == [["W3.grad = W3.grad / B", "(2, 2)"]]
    ]
    assert mean[2] == f"W3.grad[0, 0] = ({first:.4f} + ({second:.4f})) / 2 = {W3.grad[0, 0]:.4f}"
    assert mean[2] == "W3.grad[0, 0] = (-0.4829 + (-0.0938)) / 2 = -0.2884"
    (sum_line,) = [s for s in made.steps if s.lines and s.lines[0][0] == "W3.grad = h2.T @ z3.grad"]
    assert sum_line.numbers == ["W3.grad[0, 0] = 0.3928 · (-1.2296) + 0.3997 · (-0.2348) = -0.5768"]
    end = made.steps[-1]
    assert end.numbers[2] == "W3[0, 0] = -0.6004 - 0.2 · (-0.2884) = -0.5428"
    assert "Sum over the 2 examples" in sum_line.words


def test_what_a_page_says_of_two_updates():
    loss, data = regression()
    two = {name: values[:2] for name, values in data.items()}
    made = nn.walk_through(loss, two, learning_rate=0.2, title="Two")
    captions = [step.caption for step in Page(made.html).steps]
    assert captions[0] == (
        "Start: update 1 of 2: example 0 comes (B = 1). The weights are the first ones."
    )
    assert captions[19] == (
        "Start: update 2 of 2: example 1 comes (B = 1). The weights are those that update 1 left."
    )
    assert captions[18].startswith("SGD: W1 = W1 - 0.2 * W1.grad (2, 3); W2 = ")
    assert "W3[0, 0] = -0.6004 - 0.2 · (-0.4829) = -0.5039." in captions[18]  # as in lesson 08
    assert "The nodes still hold what the old weights made." in captions[18]
    assert made.sentence == (
        "38 steps go through Forward, Backward and SGD with η = 0.2: 2 updates of 1 example each; "
        "the losses before them are 0.7561, 0.5016."
    )
    assert numbers_in(made.sentence.rsplit(" are ", 1)[1])[1] == 0.5016
    both = nn.walk_through(loss, data, learning_rate=0.2, batch_size=3).sentence
    assert ": 2 updates of 3 and 2 examples; the losses before them are 0." in both
    all_at_once = nn.walk_through(loss, data, learning_rate=0.2, batch_size=5).sentence
    assert re.search(r": 1 update of 5 examples; the loss before it is 0\.\d{4}\.$", all_at_once)


def test_a_new_example_begins_without_numbers_in_the_nodes():
    made = walk(regression)
    for step in made.steps:
        names = {node.name for node in step.values}
        if step.phase == "Start":
            assert names == {"x", "y", "W1", "W2", "W3"} and not step.gradients
        if step.phase == "SGD":
            assert "loss" in names and len(step.gradients) == 9


@pytest.mark.all
@every_loss
def test_the_graph_is_left_as_it_was(make):
    loss, data = make()
    graph = loss.graph
    graph.Forward(**{name: values[3:] for name, values in data.items()})
    graph.Backward(loss)
    before = state(graph)
    nn.walk_through(loss, data, learning_rate=0.2, batch_size=2)
    assert_unchanged(graph, before)
    assert graph.up_to_date
    fresh, data = make()
    nn.walk_through(fresh, data, learning_rate=0.2)  # needs no Forward before
    assert not fresh.graph.up_to_date


def test_an_error_in_the_middle_leaves_the_graph_as_it_was():
    loss, data = regression()
    large = {"x": 1e3 * X, "y": 1e200 * Y}
    with refused(FloatingPointError, "update 1 the loss is not finite", unchanged=loss.graph):
        nn.walk_through(loss, large, learning_rate=0.2)
    with refused(FloatingPointError, "smaller learning rate", unchanged=loss.graph):
        nn.walk_through(loss, data, learning_rate=1e308)


# --- what is refused ------------------------------------------------------------------------------


def test_data_and_a_learning_rate_belong_together():
    loss, data = regression()

    def assert_refused(error, words, *args, **options):
        with refused(error, words, unchanged=loss.graph):
            nn.walk_through(loss, *args, **options)

    assert_refused(ValueError, "Training needs a learning rate", data)
    assert_refused(ValueError, "give the data, too", learning_rate=0.1)
    assert_refused(ValueError, "give the data, too", batch_size=2)
    assert_refused(ValueError, "must be 0 or more", data, learning_rate=-1)
    assert_refused(TypeError, "The learning rate must be a number", data, learning_rate="a")
    assert_refused(ValueError, "must be 0 or more, and finite", data, learning_rate=np.nan)
    assert_refused(ValueError, "batch size must be 1 or more", data, learning_rate=1, batch_size=0)
    assert_refused(ValueError, "y is missing", {"x": X}, learning_rate=1)
    assert_refused(ValueError, "same number of rows", {"x": X, "y": Y[:2]}, learning_rate=1)
    assert_refused(TypeError, "must be a dict", X, learning_rate=1)
    masked = np.ma.masked_less(X, 0)
    assert_refused(ValueError, "masked", {"x": masked, "y": Y}, learning_rate=1)
    nan = np.where(X > 1, np.nan, X)
    assert_refused(ValueError, "finite numbers", {"x": nan, "y": Y}, learning_rate=1)


def test_momentum_is_not_offered():
    loss, data = regression()
    with pytest.raises(TypeError, match="momentum"):
        nn.walk_through(loss, data, learning_rate=0.1, momentum=0.9)


def test_too_many_updates_are_refused_before_they_are_made():
    loss, _ = regression()
    rows = {"x": np.ones((60_000, 2)), "y": np.ones((60_000, 2))}
    with refused(ValueError, "from 6 nodes and 60,000 updates", unchanged=loss.graph):
        nn.walk_through(loss, rows, learning_rate=0.1)
    with pytest.raises(ValueError, match=r"1,140,000 steps, .* at most 1,000. Give fewer rows"):
        nn.walk_through(loss, rows, learning_rate=0.1)


def test_a_network_without_parameters_cannot_be_trained():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        loss = nn.squared_error(nn.sigmoid(x, name="h"), y, name="loss")
    with pytest.raises(ValueError, match="loss depends on no parameter"):
        nn.walk_through(loss, {"x": X, "y": Y}, learning_rate=0.1)


# --- and what the checks refuse -------------------------------------------------------------------


def test_gradients_of_the_first_weights_are_noticed(monkeypatch):
    """SGD that always takes the next example with the weights of the start."""
    first = {}

    def from_the_start(graph, rate):
        for p in graph.parameters:
            first.setdefault(p, p.value)
        graph.replace_parameters({p: first[p] - rate * p.grad for p in graph.parameters})

    monkeypatch.setattr(nn.Graph, "SGD", from_the_start)
    made = walk(regression)
    monkeypatch.undo()
    with pytest.raises(AssertionError):
        assert_weights_of_the_trainer(made, regression, 0.2, 1)


def test_a_sum_in_the_place_of_the_mean_is_noticed():
    made = walk(regression, batch_size=2)
    with pytest.raises(AssertionError):
        assert_weights_of_the_trainer(made, regression, 0.4, 2)


@pytest.mark.parametrize(
    "line",
    [
        "z1[0, 0] = 0.5 · 0.3 + (-1) · 0.2 = 0.35",  # the sign
        "W3.grad[0, 0] = (0.4 + 0.1) / 2 = 0.5",  # not divided
        "h1[0, 0] = sigmoid(0.7391) = 0.7391",
        "loss[0] = cross_entropy((0.0253, -1.087, 0.4251), 1) = 1.0369",  # another label
    ],
)
def test_numbers_that_do_not_add_up_are_noticed(line):
    with pytest.raises(AssertionError):
        assert_numbers_add_up(line)


def test_the_number_of_another_entry_is_noticed():
    step = next(s for s in walk(regression).steps if s.numbers)
    assert_numbers_of_its_nodes(step)
    wrong = step._replace(numbers=[re.sub(r"= [-.\d]+$", "= 0.8729", step.numbers[0])])
    with pytest.raises(AssertionError):
        assert_numbers_of_its_nodes(wrong)
