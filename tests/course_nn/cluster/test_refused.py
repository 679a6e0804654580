"""What a cluster cannot do is said before anything is changed, in the words of the course."""

import sys
import threading
import types
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import numpy as np
import pytest
from oracles import refused

import course_nn as nn
from course_nn.cluster import placement
from course_nn.cluster.workers import ClusterError, Workers

distributed = pytest.importorskip("distributed")
da = pytest.importorskip("dask.array")

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(12, 3)), RNG.integers(0, 2, 12)
DATA = {"x": X, "y": Y}


def network(*operations):
    """z = x W, then these operations, then cross-entropy."""
    with nn.Graph():
        x, y = nn.Input("x", width=3), nn.Labels("y", classes=2)
        z = nn.matmul(x, nn.Parameter("W", RNG.normal(size=(3, 2))), name="z")
        for i, operation in enumerate(operations):
            z = operation(z, name=f"a{i}")
        return nn.cross_entropy(z, y, name="loss")


def train(loss, data, client, **options):
    options = {"learning_rate": 0.1, "epochs": 1, "batch_size": 5} | options
    return nn.train_minibatch(loss, data, cluster=client, **options)


def test_something_else_than_a_client(client, monkeypatch):
    loss = network()
    with refused(TypeError, "must be a dask.distributed.Client", "got", unchanged=loss.graph):
        train(loss, DATA, "tcp://127.0.0.1:8786")
    monkeypatch.setattr(type(client), "asynchronous", True)
    with refused(TypeError, "made without asynchronous=True", unchanged=loss.graph):
        train(loss, DATA, client)


@pytest.fixture
def nobody():
    """A client of a cluster that has no workers yet."""
    with (
        distributed.LocalCluster(
            n_workers=0, processes=False, dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_a_cluster_without_workers(nobody, monkeypatch):
    monkeypatch.setattr(placement, "AT_THE_START", 0.3)
    loss = network()
    words = ["no workers yet; none came within 0.3 seconds", "wait_for_workers(1)"]
    with refused(ClusterError, *words, unchanged=loss.graph):
        train(loss, DATA, nobody)


def test_a_worker_that_comes_when_the_run_has_begun(nobody):
    """All were killed just before, and their nannies start them again."""
    here, there = network(), network()
    (W,), (V,) = here.graph.parameters, there.graph.parameters
    V.value = W.value.copy()
    nn.train_minibatch(here, DATA, learning_rate=0.1, epochs=1, batch_size=5)
    looked = threading.Event()
    look = Workers.there

    def first_look(workers):
        found = look(workers)
        looked.set()
        return found

    def start():
        assert looked.wait(30)
        nobody.cluster.scale(1)

    with mock.patch.object(Workers, "there", first_look), ThreadPoolExecutor() as thread:
        started = thread.submit(start)
        train(there, DATA, nobody)
        started.result()
    np.testing.assert_allclose(V.value, W.value, rtol=0, atol=1e-12)


def test_all_workers_are_lost_while_they_are_looked_at(client, monkeypatch):
    """Those that come in their place take part."""
    asked = []

    def admitted(workers, there, really=placement.admitted):
        asked.append(there)
        return really(workers, there) if len(asked) > 1 else []

    monkeypatch.setattr(placement, "admitted", admitted)
    assert len(train(network(), DATA, client).epochs) == 1
    assert len(asked) > 1


@pytest.fixture
def threads():
    """A cluster that a test may close: a worker that is a thread."""
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster


@pytest.mark.parametrize("what", ["client", "cluster"])
def test_a_client_that_is_closed(threads, what):
    loss = network()
    with distributed.Client(threads) as client:
        (client if what == "client" else threads).close()
        with refused(ClusterError, "The client of the cluster is closed", unchanged=loss.graph):
            train(loss, DATA, client)


def test_a_client_that_is_closed_in_the_middle(threads):
    loss = network()
    with distributed.Client(threads) as client:

        def close(history):
            if len(history.epochs) == 2:
                client.close()

        with pytest.raises(ClusterError, match=r"closed.* last whole update; resume=") as caught:
            train(loss, DATA, client, epochs=4, callback=close)
    (W,) = loss.graph.parameters
    history = caught.value.history
    assert len(history.epochs) == 2
    np.testing.assert_array_equal(W.value, history.final_weights["W"])


@pytest.mark.parametrize(
    ("question", "answer", "words"),
    [
        ("platform.python_version", "3.9.1", "it has Python 3.9.1, and this machine has"),
        ("importlib.metadata.version", "1.26.4", "it has NumPy 1.26.4, and this machine has"),
        ("pkgutil.resolve_name", None, "it cannot import course_nn"),
    ],
)
def test_workers_that_cannot_take_part(client, monkeypatch, question, answer, words):
    def submit(self, worker, function, *arguments, really=Workers.submit):
        if f"{function.__module__}.{function.__name__}" == question:
            function, arguments = (str, (answer,)) if answer else (int, ("no number",))
        return really(self, worker, function, *arguments)

    monkeypatch.setattr(Workers, "submit", submit)
    loss = network()
    with refused(ClusterError, "No worker of the cluster", words, unchanged=loss.graph):
        train(loss, DATA, client)


# ---------------------------------------------------------------- data


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        ({"x": X[:, :2], "y": Y}, ValueError, ["x needs shape (B, 3)", "(12, 2)"]),
        ({"x": X}, ValueError, ["The data must be", "y is missing"]),
        (X, TypeError, ["The data must be a dict"]),
        (
            {"x": da.from_array(X, chunks=(5, 3)), "y": Y[:-1]},
            ValueError,
            ["same number of rows", "x has 12, y has 11"],
        ),
        (
            {"x": da.from_array(X)[da.from_array(X)[:, 0] > 0], "y": Y},
            ValueError,
            ["rows is unknown", "x.compute_chunk_sizes()"],
        ),
        ({"x": da.from_array(X), "y": da.asarray(1)}, ValueError, ["y has no rows"]),
    ],
    ids=["columns", "missing", "no dict", "rows", "unknown", "a number"],
)
def test_data_that_do_not_fit(client, data, kind, words):
    loss = network()
    with refused(kind, *words, unchanged=loss.graph):
        train(loss, data, client)


def second_of_three(bad):
    """Three shares, of which the second one is `bad`."""
    good = {"x": X[:4], "y": Y[:4]}

    def load(number):
        share = bad if number == 1 else good
        return share() if callable(share) else share

    return nn.shares(load, [0, 1, 2])


def absent():
    return np.load("no_such_part.npz")


@pytest.mark.parametrize(
    ("bad", "kind", "words"),
    [
        ({"x": X[:4, :2], "y": Y[:4]}, ValueError, ["x needs shape (B, 3)"]),
        ({"x": X[:4], "y": Y[:4] + 5}, ValueError, ["labels"]),
        ({"x": X[:4]}, ValueError, ["y is missing"]),
        ({"x": X[:0], "y": Y[:0]}, ValueError, ["no rows"]),
        ({"x": X[:4] * np.nan, "y": Y[:4]}, ValueError, ["x has nan at [0, 0]"]),
        (X, TypeError, ["must be a dict"]),
    ],
    ids=["columns", "labels", "missing", "no rows", "NaN", "no dict"],
)
def test_a_share_that_does_not_fit_is_named(client, bad, kind, words):
    loss = network()
    with refused(kind, "Share 2 of 3 of the data", *words, unchanged=loss.graph):
        train(loss, second_of_three(bad), client)


def test_a_share_that_cannot_be_loaded(client):
    with pytest.raises(FileNotFoundError, match="no_such_part") as caught:
        train(network(), second_of_three(absent), client)
    (note,) = caught.value.__notes__
    assert note == "Share 2 of 3 of the data could not be loaded on its worker from 1."


class Table:
    """An array whose columns have names, as a table of pandas."""

    def __init__(self, array, columns):
        self.array, self.columns = array, columns

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype=dtype)


@pytest.mark.all
def test_the_shares_call_their_columns_alike(client):
    def shares(*orders):
        return nn.shares(lambda order: {"x": Table(X, [*order]), "y": Y}, orders)

    loss = network()
    with refused(ValueError, "x had these columns before in another order", unchanged=loss.graph):
        train(loss, shares("abc", "bac"), client)
    history = train(loss, shares("abc", "abc"), client)
    assert history.settings.columns == (("x", ("a", "b", "c")),)
    other = train(network(), {"x": Table(X, "abc"), "y": Y}, client)
    assert other.settings.columns == history.settings.columns


def test_shares_without_function_or_arguments():
    with refused(TypeError, "a function that loads one share", "np.load"):
        nn.shares("part.npz", [1])
    with refused(ValueError, "an argument for each share"):
        nn.shares(np.load, [])


def test_shares_need_a_cluster():
    loss = network()
    data = nn.shares(np.load, ["part.npz"])
    with refused(TypeError, "The data must be a dict", "Shares", unchanged=loss.graph):
        nn.train_batch(loss, data, learning_rate=0.1, epochs=1)


# ---------------------------------------------------------------- operations of one's own


class doubled(nn.Operation):
    """Twice what comes: each example alone."""

    def forward(self):
        self.value = self.operands[0].value * self.factor()

    def backward(self):
        self.operands[0].add_grad(self.grad * 2.0)

    def factor(self):
        return 2.0


class centred(doubled):
    """Minus the mean over the batch."""

    def forward(self):
        value = self.operands[0].value
        self.value = value - value.mean(axis=0)


class centred_gradient(doubled):
    def backward(self):
        self.operands[0].add_grad(2 * self.grad - self.grad.mean(axis=0))


class counting(doubled):
    def __init__(self, *operands, **options):
        self.calls = np.zeros(1)
        super().__init__(*operands, **options)

    def factor(self):
        self.calls += 1
        return 1.0 + 0.5 ** self.calls[0]


class noisy(doubled):
    def __init__(self, *operands, **options):
        self.rng = np.random.default_rng(0)
        super().__init__(*operands, **options)

    def factor(self):
        return 2 + self.rng.random()


@pytest.mark.all
def test_an_operation_of_ones_own(client):
    """Its class goes by its code if it was made here and now, as in a notebook."""

    class tripled(doubled):
        def factor(self):
            return 3.0

        def backward(self):
            self.operands[0].add_grad(self.grad * 3.0)

    weights = []
    for where in ({}, {"cluster": client}, {"cluster": client, "engine": "numpy"}):
        RNG.bit_generator.state = np.random.default_rng(5).bit_generator.state
        loss = network(doubled, tripled)
        nn.train_minibatch(loss, DATA, batch_size=5, learning_rate=0.1, epochs=2, **where)
        weights.append(loss.graph.parameters[0].value)
    np.testing.assert_allclose(weights[1], weights[0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(weights[2], weights[0], rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (centred, "mixes the examples"),
        (centred_gradient, "mixes the examples"),
        (counting, "something else each time"),
        (noisy, "something else each time"),
    ],
)
def test_a_batch_that_is_no_sum_of_its_parts(client, operation, words):
    loss = network(operation)
    with refused(ValueError, words, "without cluster", unchanged=loss.graph):
        train(loss, DATA, client)


def test_shares_of_one_row_show_it_too(client):
    """The first rows are those of the whole, from as many shares as it takes."""
    loss = network(centred)
    rows = nn.shares(lambda i: {"x": X[i : i + 1], "y": Y[i : i + 1]}, range(12))
    with refused(ValueError, "mixes the examples", unchanged=loss.graph):
        train(loss, rows, client)


def test_an_operation_that_cannot_be_sent(client, tmp_path):
    with open(tmp_path / "log", "w") as log:

        class logs(doubled):
            file = log

        loss = network(logs)
        with refused(ValueError, "cannot be sent", "without cluster", unchanged=loss.graph):
            train(loss, DATA, client)


def test_an_operation_whose_module_the_workers_do_not_have(client, monkeypatch):
    module = types.ModuleType("only_here")
    exec(
        "import course_nn as nn\n"
        "class shifted(nn.Operation):\n"
        "    def forward(self): self.value = self.operands[0].value + 1.0\n"
        "    def backward(self): self.operands[0].add_grad(self.grad * 1.0)\n",
        vars(module),
    )
    monkeypatch.setitem(sys.modules, "only_here", module)
    loss = network(module.shifted)
    from course_nn.cluster import on_a_worker

    def elsewhere(pickled, really=on_a_worker.pickle.loads):
        sys.modules.pop("only_here", None)
        return really(pickled)

    monkeypatch.setattr(on_a_worker.pickle, "loads", elsewhere)
    with refused(
        ClusterError, "cannot import the module only_here", "upload_file", unchanged=loss.graph
    ):
        train(loss, DATA, client)


@pytest.mark.all
def test_what_an_operation_raises_on_a_worker(client, tmp_path):
    """It arrives as it is, and the weights are those of the last whole update."""

    calls = tmp_path / "calls"  # a file, because each worker has a copy of the operation

    class fails_later(doubled):
        def factor(self):
            with open(calls, "ab") as file:
                file.write(b".")
                if file.tell() > 60:
                    raise ZeroDivisionError("too late")
            return 2.0

    loss = network(fails_later)
    with pytest.raises(ZeroDivisionError, match="too late") as caught:
        train(loss, DATA, client, epochs=5000)
    assert len(caught.value.history.updates) > 3
    np.testing.assert_array_equal(
        loss.graph.parameters[0].value, caught.value.history.final_weights["W"]
    )


def test_the_network_travels_without_the_values_it_holds():
    from course_nn.cluster.placement import _pickled  # what is sent

    loss = network()
    empty = len(_pickled(loss))
    loss.graph.Forward(x=np.ones((5000, 3)), y=np.zeros(5000, dtype=int))
    loss.graph.Backward(loss)
    z = loss.graph.nodes[0].value
    assert len(_pickled(loss)) < empty + 500  # a row, and the node that was the last loss
    assert loss.graph.nodes[0].value is z and loss.graph.up_to_date


# ---------------------------------------------------------------- gradients from elsewhere


def test_gradients_that_are_put_are_checked():
    loss, other = network(), network()
    (W,), (V,) = loss.graph.parameters, other.graph.parameters
    graph = loss.graph
    with refused(ValueError, "Gradients are needed for W", "got none", unchanged=graph):
        graph.put_gradients({})
    with refused(ValueError, "Gradients are needed for W", unchanged=graph):
        graph.put_gradients({V: np.zeros((3, 2))})
    with refused(ValueError, "The gradient of W", "(3, 2)", "(2, 3)", unchanged=graph):
        graph.put_gradients({W: np.zeros((2, 3))})
    with refused(ValueError, "float64", "float32", unchanged=graph):
        graph.put_gradients({W: np.zeros((3, 2), np.float32)})
    before = W.value
    graph.put_gradients({W: np.ones((3, 2))})
    graph.SGD(0.5)
    np.testing.assert_array_equal(W.value, before - 0.5)
    graph.Forward(**DATA)
    graph.Backward(loss)
    assert W.per_example_grad().shape == (12, 3, 2)
    graph.put_gradients({W: np.ones((3, 2))})
    with refused(RuntimeError, "needs Forward and Backward first"):  # those are of other values
        W.per_example_grad()
