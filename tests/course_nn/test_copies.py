"""Copies, by copy, pickle or file: whole, and they refuse what the original refuses."""

import copy
import multiprocessing
import pickle
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from engine_networks import random_case
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import carried, refused
from tiers import examples

import course_nn as nn
from course_nn.datasets import digits

COURSE = settings(derandomize=True, deadline=None, max_examples=examples(60))

RNG = np.random.default_rng(0)
DATA = {"x": RNG.normal(size=(7, 3)), "y": np.array([0, 1, 1, 0, 1, 0, 0])}
WAYS = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {n}": lambda thing, n=n: pickle.loads(pickle.dumps(thing, n)) for n in range(2, 6)},
}
EVERY_WAY = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def network(**options):
    return nn.two_hidden_layer_network(3, 4, 3, 2, seed=2, **options)


def run(model, **options):
    options = {"batch_size": 3, "learning_rate": 0.5, "epochs": 3} | options
    return nn.train_minibatch(model.loss, DATA, **options)


def weights_of(loss):
    return {p.name: p.value.tobytes() for p in loss.graph.parameters}


def everything_in(history):
    """All that a history holds, without the seconds."""
    snapshots = [{n: w.tobytes() for n, w in weights.items()} for weights in history.snapshots]
    velocity = {name: value.tobytes() for name, value in history.velocity.items()}
    final = {name: value.tobytes() for name, value in history.final_weights.items()}
    epochs = [epoch._replace(seconds=0.0) for epoch in history.epochs]
    state = history.settings, history.stopped, history.resumable
    return state, epochs, history.updates, velocity, snapshots, final


# ---------------------------------------------------------------- random networks


@COURSE
@given(
    seed=st.integers(0, 2**32 - 1),
    way=st.sampled_from(list(WAYS)),
    engine=st.sampled_from(["graph", "numpy"]),
    epoch=st.integers(1, 3),
    momentum=st.sampled_from([0.0, 0.9]),
    snapshots=st.sampled_from([None, "epochs", "updates"]),
)
def test_a_copy_made_in_a_callback_carries_on_bit_for_bit(
    seed, way, engine, epoch, momentum, snapshots
):
    case, kept = random_case(seed, scale=0.3), []
    options = {
        "batch_size": 3,
        "learning_rate": 0.02,
        "epochs": 4,
        "momentum": momentum,
        "snapshots": snapshots,
        "engine": engine,
    }
    loss = case.build()

    def keep(history):
        if len(history.epochs) == epoch:
            kept.append(pair(WAYS[way], loss, history))

    whole = nn.train_minibatch(loss, case.data, callback=keep, **options)
    ((copied, history),) = kept
    assert len(history.epochs) == epoch and copied is not loss
    refuse_what_the_original_refuses(copied, history, case, options)
    # The copy is carried on in two parts, with another copy between them.
    more = {"resume": history, "callback": stop, **options}
    part = nn.train_minibatch(copied, case.data, **more)
    copied, part = pair(WAYS[way], copied, part)
    resumed = nn.train_minibatch(copied, case.data, resume=part, **options)
    assert everything_in(resumed) == everything_in(whole)
    assert weights_of(copied) == weights_of(loss)


def stop(history):
    raise nn.StopTraining("enough")


def pair(way, loss, history):
    """Both copied together, or, by copy.copy, which takes one thing, one after the other."""
    return (copy.copy(loss), copy.copy(history)) if way is copy.copy else way((loss, history))


def refuse_what_the_original_refuses(loss, history, case, options):
    graph, before = loss.graph, weights_of(loss)
    for p in graph.parameters:
        for array in (p.value, history.final_weights[p.name]):
            with pytest.raises(ValueError, match="read-only"):
                array[0, 0] = 1.0
        with pytest.raises(ValueError, match="must be a float64 array"):
            p.value = np.zeros((99, 99))
    graph.Forward(**case.data)
    graph.Backward(loss)
    for node in graph.nodes:
        with pytest.raises(ValueError, match="read-only"):
            node.value[0] = 0.0
    more = options | {"epochs": 9, "resume": history}
    first = next(iter(case.data))
    other_rows = case.data | {first: np.roll(case.data[first], 1, axis=0)}
    if any((other_rows[name] != array).any() for name, array in case.data.items()):
        with pytest.raises(ValueError, match="on other data"):
            nn.train_minibatch(loss, other_rows, **more)
    with pytest.raises(ValueError, match="had seed = 0; got 1"):
        nn.train_minibatch(loss, case.data, **more, seed=1)
    fresh = case.build()
    if weights_of(fresh) != before:
        with pytest.raises(ValueError, match="The weights are not those"):
            nn.train_minibatch(fresh, case.data, **more)
    assert weights_of(loss) == before


@COURSE
@given(seed=st.integers(0, 2**32 - 1), way=st.sampled_from(list(WAYS)))
def test_a_copy_of_a_graph_computes_the_same_and_shares_nothing(seed, way):
    case = random_case(seed)
    loss = case.build()
    graph = loss.graph
    graph.Forward(**case.data)
    graph.Backward(loss)
    twin = WAYS[way](graph)
    mine, theirs = graph.everything, twin.everything
    assert repr(twin) == repr(graph) and not {*mine} & {*theirs}
    assert twin.last_loss is theirs[mine.index(loss)]
    for node, other in zip(mine, theirs, strict=True):
        assert other.graph is twin and type(other) is type(node)
        assert [theirs.index(each) for each in other.operands] == [
            mine.index(each) for each in node.operands
        ]
        assert node.value.tobytes() == other.value.tobytes()
        assert node.grad is other.grad is None or node.grad.tobytes() == other.grad.tobytes()
        assert not other.value.flags.writeable
    before = [node.value for node in mine]
    twin.SGD(0.1)
    twin.Forward(**{name: array[:2] for name, array in case.data.items()})
    assert all(node.value is value for node, value in zip(mine, before, strict=True))


# ---------------------------------------------------------------- networks


@EVERY_WAY
def test_a_copied_network_learns_by_itself(way):
    model = network(bias=True)
    run(model, epochs=1)
    twin, before = way(model), weights_of(model.loss)
    assert twin.graph is twin.loss.graph and twin.W1 is twin.graph.parameters[0]
    assert weights_of(twin.loss) == before
    run(twin)
    assert weights_of(model.loss) == before != weights_of(twin.loss)


@EVERY_WAY
def test_a_copied_node_is_that_node_of_a_copied_graph(way):
    model = network()
    output = way(model.output)
    assert output.graph is not model.graph
    assert output is output.graph.nodes[model.graph.nodes.index(model.output)]
    W1, loss = way([model.W1, model.loss]) if way is not copy.copy else (None, None)
    assert W1 is None or W1.graph is loss.graph


@EVERY_WAY
def test_a_copy_after_forward_goes_backward_and_one_before_does_not(way):
    model = network()
    with refused(RuntimeError, "run Forward first"):
        twin = way(model)
        twin.graph.Backward(twin.loss)
    model.graph.Forward(**DATA)
    twin = way(model)
    twin.graph.Backward(twin.loss)
    model.graph.Backward(model.loss)
    assert np.array_equal(twin.W1.grad, model.W1.grad)
    with pytest.raises(ValueError, match="read-only"):
        twin.W1.value[:] *= 3
    for array in (twin.loss.value, twin.x.value, twin.y.value):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@EVERY_WAY
def test_a_network_of_very_many_layers_is_copied(way):
    with nn.Graph(make_current=False) as net:
        h = nn.Input("x", 1)
        for i in range(1200):
            h = carried(h, name=f"h{i}")
        nn.squared_error(h, nn.Input("y", 1), name="loss")
    twin = way(net)
    twin.Forward(x=[[2.0]], y=[[0.0]])
    assert twin.nodes[-1].value.tolist() == [2.0] and net.nodes[-1].value is None


class remembers(nn.Operation):
    """Keeps something of every kind; one attribute has a place of its own."""

    __slots__ = ("factor",)

    def forward(self):
        self.factor = 2.0
        self.memory = np.zeros(3)
        self.first = self.operands[0]
        self.value = self.factor * self.operands[0].value

    def backward(self):
        self.operands[0].add_grad(self.factor * self.grad)


@EVERY_WAY
def test_what_an_own_operation_keeps_goes_with_it(way):
    with nn.Graph(make_current=False) as net:
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        nn.squared_error(remembers(x @ nn.Parameter("W", np.eye(2)), name="r"), y, name="loss")
    net.Forward(x=np.ones((1, 2)), y=np.zeros((1, 2)))
    twin = way(net)
    own = twin.nodes[1]
    assert own.factor == 2.0 and own.first is twin.nodes[0]
    own.memory[0] = 1.0  # what it may write to, it may write to again
    assert net.nodes[1].memory[0] == 0.0
    twin.Backward(twin.nodes[-1])


def test_a_copied_operation_of_the_current_graph_does_not_become_current():
    with nn.Graph() as net:
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        nn.squared_error(x @ nn.Parameter("W", [[2.0]]), y, name="loss")
    twin = copy.deepcopy(net)
    nn.Forward(x=[[1.0]], y=[[0.0]])
    assert net.nodes[-1].value is not None and twin.nodes[-1].value is None
    with pytest.raises(RuntimeError, match="built already"), twin:
        pass


# ---------------------------------------------------------------- values that are protected


def test_values_of_nodes_are_read_only_after_forward():
    model = network()
    model.graph.Forward(**DATA)
    h1 = model.graph.nodes[1]
    for spoil in (lambda: h1.value.__setitem__(slice(None), 0.0), lambda: h1.value.fill(0.0)):
        with pytest.raises(ValueError, match="read-only"):
            spoil()
    model.graph.Backward(model.loss)
    model.W1.grad *= 0.5  # a gradient may be changed: SGD takes it as it is
    before, half = model.W1.value, model.W1.grad
    model.graph.SGD(0.1)
    assert np.array_equal(model.W1.value, before - 0.1 * half)


def test_weights_do_not_change_with_an_array_that_they_are_a_view_of():
    model, flat = network(), np.zeros(12)
    own = np.ones((4, 3))
    model.graph.replace_parameters({model.W1: flat.reshape(3, 4), model.W2: own})
    flat[:] = 5.0
    assert not model.W1.value.any() and model.W2.value is own
    with pytest.raises(ValueError, match="read-only"):
        own[0, 0] = 2.0


# ---------------------------------------------------------------- everything else


def diverged():
    model = network(loss="squared_error")
    data = {"x": DATA["x"], "y": np.ones((7, 2))}
    with pytest.raises(nn.TrainingDiverged) as caught:
        nn.train_sgd(model.loss, data, learning_rate=1e200, epochs=2, snapshots="updates")
    caught.value.add_note("a note")
    return caught.value


def made_things():
    model = network()
    history = run(model, validation=DATA, snapshots="epochs", momentum=0.5)
    model.graph.Forward(**DATA)
    model.graph.Backward(model.loss)
    return {
        "network": model,
        "graph": model.graph,
        "node": model.output,
        "history": history,
        "best": history.best(),
        "epoch": history.epochs[0],
        "settings": history.settings,
        "evaluation": nn.evaluate(model.loss, DATA),
        "check": nn.check_gradients(model.loss, DATA),
        "comparison": nn.compare_gradients(2 * model.W1.grad, model.W1),
        "derivation": nn.derive(model.loss),
        "data": digits(),
        "picture": nn.plots.loss_curves({"run": history}),
        "stopped": nn.StopTraining("enough"),
        "diverged": diverged(),
    }


THINGS = made_things()


@EVERY_WAY
@pytest.mark.parametrize("what", THINGS)
def test_what_the_course_makes_is_copied(what, way):
    thing = THINGS[what]
    twin = way(thing)
    assert type(twin) is type(thing)
    if "object at" not in repr(thing):
        assert repr(twin) == repr(thing)
    if isinstance(thing, nn.History):
        assert everything_in(twin) == everything_in(thing)
    if isinstance(thing, Exception):
        assert str(twin) == str(thing) and twin.args == thing.args
    for array, original in zip(arrays_in(twin), arrays_in(thing), strict=True):
        assert array.flags.writeable == original.flags.writeable
        assert array.tobytes() == original.tobytes()


def test_a_copy_is_of_one_moment():
    """It is written after the turn in the graph is over, when another thread may train it again."""
    model = network()
    model.graph.Forward(**DATA)
    before = weights_of(model.loss)
    make, arguments, state = model.graph.__reduce__()
    model.graph.Backward(model.loss)
    model.graph.SGD(0.1)
    twin = make(*arguments)
    twin.__setstate__(state)
    assert {p.name: p.value.tobytes() for p in twin.parameters} == before
    assert twin.parameters[0].grad is None


def arrays_in(thing):
    """Those in lists, dicts and own attributes, in their order."""
    match thing:
        case np.ndarray():
            return [thing]
        case Mapping():
            return [array for value in thing.values() for array in arrays_in(value)]
        case list() | tuple():
            return [array for value in thing for array in arrays_in(value)]
        case nn.History() | nn.Node():
            return arrays_in([v for k, v in vars(thing).items() if k not in ("operands", "_graph")])
        case nn.Graph():
            return arrays_in(thing.everything)
    return []


@pytest.mark.parametrize("name", nn.__all__)
def test_every_public_name_can_be_sent_to_another_process(name):
    thing = getattr(nn, name)
    if type(thing) is not type(nn):  # modules cannot, anywhere in Python
        assert pickle.loads(pickle.dumps(thing)) is thing


@EVERY_WAY
def test_a_run_that_diverged_arrives_whole(way):
    error = diverged()
    twin = way(error)
    for name in ("epoch", "update", "last_loss", "learning_rate", "__notes__"):
        assert getattr(twin, name) == getattr(error, name)
    assert everything_in(twin.history) == everything_in(error.history)


def test_a_copied_derivation_writes_the_same_code():
    model = network(bias=True)
    written = nn.derive(model.loss)
    for way in WAYS.values():
        twin = way(written)
        assert twin.code() == written.code() and twin.latex(twin.parameters[0])
        assert way is copy.copy or twin.graph is not written.graph


def test_a_shallow_copy_of_a_history_does_not_grow_with_the_run():
    kept = []
    model = network()
    run(model, callback=lambda history: kept.append(copy.copy(history)), snapshots="epochs")
    assert [len(history.epochs) for history in kept] == [1, 2, 3]
    assert [len(history.updates) for history in kept] == [3, 6, 9]
    assert [len(history.snapshots) for history in kept] == [2, 3, 4]


# ---------------------------------------------------------------- other processes


def train_elsewhere(model, rate):
    history = nn.train_sgd(model.loss, DATA, learning_rate=rate, epochs=2)
    return model, history


@pytest.mark.long
def test_runs_in_other_processes_come_back_whole_and_one_that_diverged_is_no_loss():
    """As in a search for a learning rate; a spawned process knows nothing of this one."""
    model = network(activation="relu")
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        runs = [pool.submit(train_elsewhere, model, rate) for rate in (0.1, 1e200, 0.2)]
        found = [each.exception(timeout=300) for each in runs]
        (first, history), (second, _) = runs[0].result(), runs[2].result()
    assert found[0] is found[2] is None and type(found[1]) is nn.TrainingDiverged
    assert found[1].learning_rate == 1e200 and found[1].history.settings == history.settings
    mine = network(activation="relu")
    whole = nn.train_sgd(mine.loss, DATA, learning_rate=0.1, epochs=3)
    more = nn.train_sgd(first.loss, DATA, learning_rate=0.1, epochs=3, resume=history)
    assert everything_in(more) == everything_in(whole)
    with pytest.raises(ValueError, match="The weights are not those"):
        nn.train_sgd(second.loss, DATA, learning_rate=0.1, epochs=3, resume=history)
    with pytest.raises(ValueError, match="read-only"):
        second.W1.value[:] *= 3
