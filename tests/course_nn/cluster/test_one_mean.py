"""One mean, wherever its terms were computed: on a cluster a run is the run of one machine.

The workers here are threads of this process; `test_faults.py` has real ones, and ends them.
"""

import os
import signal
import threading
import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tiers import examples

import course_nn as nn
from course_nn.progress import Progress

pytest.importorskip("distributed")
da = pytest.importorskip("dask.array")

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(23, 6)), RNG.integers(0, 3, 23)
DATA = {"x": X, "y": Y}


def network():
    return nn.two_hidden_layer_network(
        6, 5, 4, 3, activation="tanh", bias=True, loss="cross_entropy", seed=1
    )


def trained(**options):
    model = network()
    options = {"learning_rate": 0.3, "epochs": 2, "batch_size": 7, "data": DATA} | options
    return model, nn.train_minibatch(model.loss, options.pop("data"), **options)


def assert_same(one, other):
    (model, history), (other_model, other_history) = one, other
    for W, V in zip(model.graph.parameters, other_model.graph.parameters, strict=True):
        np.testing.assert_allclose(W.value, V.value, rtol=0, atol=1e-12)
    np.testing.assert_allclose(history.update_losses, other_history.update_losses, atol=1e-12)
    np.testing.assert_allclose(history.epoch_losses, other_history.epoch_losses, atol=1e-12)
    assert history.update_examples.tolist() == other_history.update_examples.tolist()
    assert history.settings == other_history.settings  # the digest of the data too


def rows_in_shares(cuts):
    """The 23 rows as `nn.shares`, cut at these places."""
    places = [0, *sorted(cuts), 23]
    return nn.shares(
        lambda ends: {"y": Y[slice(*ends)], "x": X[slice(*ends)]},
        list(pairwise(places)),
    )


@example(cuts=set(range(1, 23)), batch_size=3, shuffle=True, engine="numpy", momentum=0.9)
@given(
    cuts=st.sets(st.integers(1, 22)),
    batch_size=st.integers(2, 30),
    shuffle=st.booleans(),
    engine=st.sampled_from(["graph", "numpy"]),
    momentum=st.sampled_from([0.0, 0.9]),
)
@settings(max_examples=examples(8), derandomize=True, deadline=None)
def test_the_same_as_on_one_machine(client, cuts, batch_size, shuffle, engine, momentum):
    """Whatever the shares, the batches, and who adds up: of single rows too."""
    options = {
        "batch_size": batch_size,
        "shuffle": shuffle,
        "momentum": momentum,
        "weight_decay": momentum / 50,
    }
    data = rows_in_shares(cuts)
    assert_same(trained(**options), trained(**options, data=data, cluster=client, engine=engine))


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_more_workers_than_rows(client, rows):
    options = {"data": {"x": X[:rows], "y": Y[:rows]}, "batch_size": 2}
    assert_same(trained(**options), trained(**options, cluster=client))


@pytest.mark.long
def test_numba_adds_up_too(client, capsys):
    pytest.importorskip("numba")
    assert_same(trained(), trained(cluster=client, engine="numba"))


@pytest.mark.all
def test_blocks_of_dask_arrays(client):
    """Of uneven rows, of some columns, of float32; and an array beside them is cut alike."""
    rough = X.astype(np.float32)
    blocks = da.from_array(rough, chunks=((5, 11, 7), (4, 2)))
    here = trained(data={"x": rough, "y": Y})
    assert_same(here, trained(data={"x": blocks, "y": Y}, cluster=client))
    assert_same(here, trained(data={"x": blocks, "y": da.from_array(Y)}, cluster=client))


def test_files_that_the_workers_load(client, tmp_path):
    for i, (start, end) in enumerate([(0, 2), (2, 20), (20, 23)]):
        np.savez(tmp_path / f"part_{i}.npz", x=X[start:end], y=Y[start:end])
    data = nn.shares(np.load, sorted(tmp_path.glob("*.npz")))
    assert repr(data) == "3 shares of data"
    assert_same(trained(), trained(data=data, cluster=client))


@pytest.mark.all
def test_weights_that_travel_as_data(client, monkeypatch):
    from course_nn.cluster import placement

    monkeypatch.setattr(placement, "LARGE", 1)
    assert_same(trained(), trained(cluster=client))


@pytest.mark.all
def test_what_stands_around_the_updates(client):
    """Validation, snapshots, a schedule, the callback and what it sees."""

    def run(**where):
        seen = []
        model, history = trained(
            epochs=3,
            learning_rate=lambda epoch: 0.3 / epoch,
            validation={"x": X[:9], "y": Y[:9]},
            snapshots="updates",
            callback=lambda history: seen.append(history.final_weights["W1"].sum()),
            **where,
        )
        return model, history, seen

    *here, seen_here = run()
    *there, seen_there = run(cluster=client)
    assert_same(here, there)
    np.testing.assert_allclose(seen_here, seen_there, atol=1e-12)
    np.testing.assert_allclose(here[1].validation_losses, there[1].validation_losses, atol=1e-12)
    assert len(there[1].snapshots) == 13


@pytest.mark.all
def test_from_one_machine_to_the_cluster_and_back(client, tmp_path):
    options = {"momentum": 0.5, "weight_decay": 0.01}
    model, history = trained(epochs=2, **options)
    for epochs, where in ((3, {"cluster": client}), (5, {"cluster": client}), (6, {})):
        nn.save_checkpoint(tmp_path / "run.npz", model.loss, history)
        model = network()
        history = nn.load_checkpoint(tmp_path / "run.npz", model.loss)
        history = nn.train_minibatch(
            model.loss,
            DATA,
            learning_rate=0.3,
            batch_size=7,
            epochs=epochs,
            resume=history,
            **options,
            **where,
        )
    assert_same(trained(epochs=6, **options), (model, history))
    on_cluster = [epoch.seconds_computing is not None for epoch in history.epochs]
    assert on_cluster == [False, False, True, True, True, False]


@pytest.mark.all
def test_seconds_of_computing_and_of_talking(client):
    _, history = trained(cluster=client)
    for epoch in history.epochs:
        assert 0 < epoch.seconds_computing < epoch.seconds
        assert 0 < epoch.seconds_talking < epoch.seconds
        assert epoch.seconds_computing + epoch.seconds_talking < epoch.seconds


def test_it_diverges_as_on_one_machine(client):
    def diverging(**where):
        with nn.Graph() as graph:
            x, y = nn.Input("x", width=6), nn.Input("y", width=1)
            W = nn.Parameter("W", np.ones((6, 1)))
            loss = nn.squared_error(nn.matmul(x, W, name="z"), y, name="loss")
        with pytest.raises(nn.TrainingDiverged) as caught:
            nn.train_minibatch(
                loss,
                {"x": X, "y": X[:, :1]},
                learning_rate=1e60,
                batch_size=5,
                epochs=40,
                **where,
            )
        assert graph.parameters == (W,)
        return caught.value, W.value

    (here, W), (there, V) = diverging(), diverging(cluster=client)
    assert str(there) == str(here)
    np.testing.assert_allclose(W, V, rtol=1e-9)
    np.testing.assert_allclose(here.history.update_losses, there.history.update_losses, rtol=1e-9)


def test_a_worker_has_memory_for_few_sizes_of_a_batch():
    from course_nn.cluster.on_a_worker import Share, _engine, side_by_side, sums
    from course_nn.cluster.placement import _pickled

    model = network()
    share = Share(_pickled(model.loss), DATA, "The data")
    weights = side_by_side([p.value for p in model.graph.parameters])
    made = {rows: sums("numpy", [share], [slice(rows)], weights) for rows in range(23, 0, -1)}
    assert [each.rows for each in made.values()] == [*made]
    assert 1 <= len(_engine(share.network, "numpy").prepared) <= 8
    model.graph.Forward(**DATA)
    model.graph.Backward(model.loss)
    gradients = side_by_side([23 * p.grad for p in model.graph.parameters])
    np.testing.assert_allclose(made[23].gradients, gradients, rtol=0, atol=1e-12)


class slow(nn.Operation):
    """Waits, on the workers, before it passes on what comes."""

    seconds = 0.0

    def forward(self):
        if threading.current_thread() is not threading.main_thread():
            time.sleep(slow.seconds)
        self.value = self.operands[0].value * 1.0

    def backward(self):
        self.operands[0].add_grad(self.grad * 1.0)


def slow_network():
    with nn.Graph():
        x, y = nn.Input("x", width=6), nn.Labels("y", classes=3)
        W = nn.Parameter("W", np.full((6, 3), 0.1))
        return nn.cross_entropy(slow(nn.matmul(x, W, name="z"), name="s"), y, name="loss"), W


@pytest.mark.all
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no such signal on Windows")
def test_the_stop_button_within_an_update(client, capsys, monkeypatch):
    """The run ends at once, after the last whole update, and can be carried on elsewhere."""

    begun = []

    def wait_in_the_third(history):
        if len(history.epochs) == 2:
            slow.seconds = 5.0
            begun.append(time.monotonic())
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()

    monkeypatch.setattr(slow, "seconds", 0.0)
    loss, W = slow_network()
    options = {"learning_rate": 0.3, "shuffle": False}
    history = nn.train_batch(
        loss, DATA, epochs=9, cluster=client, callback=wait_in_the_third, **options
    )
    assert time.monotonic() - begun[0] < 4.0
    assert "Stopped after 2 updates, 2 whole epochs" in capsys.readouterr().out
    slow.seconds = 0.0
    history = nn.train_batch(loss, DATA, epochs=4, resume=history, **options)
    other, V = slow_network()
    nn.train_batch(other, DATA, epochs=4, **options)
    np.testing.assert_allclose(W.value, V.value, rtol=0, atol=1e-12)


@pytest.mark.long
def test_an_update_that_takes_longer_than_ones_patience(client, monkeypatch):
    """And who does not say either that it is at work: it is given more time, and not given up for
    good.
    """
    from course_nn.cluster import placement, workers

    loss, W = slow_network()
    nn.train_batch(loss, DATA, learning_rate=0.3, epochs=2, shuffle=False)
    monkeypatch.setattr(placement, "PATIENCE", 0.1)
    monkeypatch.setattr(workers, "ANSWER", 0.0)
    monkeypatch.setattr(slow, "seconds", 0.7)
    other, V = slow_network()
    nn.train_batch(other, DATA, learning_rate=0.3, epochs=2, shuffle=False, cluster=client)
    np.testing.assert_allclose(W.value, V.value, rtol=0, atol=1e-12)


@pytest.mark.all
def test_other_threads_look_at_the_network_meanwhile(client):
    model, losses = network(), []
    training = threading.Thread(
        target=nn.train_minibatch,
        args=(model.loss, DATA),
        kwargs={"batch_size": 12, "learning_rate": 0.3, "epochs": 2, "cluster": client},
    )
    training.start()
    while training.is_alive():
        losses.append(nn.evaluate(model.loss, DATA).loss)
        time.sleep(0.02)
    assert losses[-1] < losses[0]


@pytest.mark.all
def test_the_workers_keep_nothing_of_a_run(client):
    """Also if it ended by an error, which holds on to all that there was."""

    def fail(history):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        trained(cluster=client, callback=fail)
    assert caught.value.history.epochs
    until = time.monotonic() + 5
    while any(client.has_what().values()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(client.has_what().values())


@pytest.mark.all
def test_the_bar_names_the_dashboard(client, capsys, monkeypatch):
    pytest.importorskip("tqdm")
    address = "http://machine:8787/status"
    monkeypatch.setattr(type(client), "dashboard_link", address)
    trained(cluster=client, progress=True)
    assert f"Dask's dashboard: {address}" in capsys.readouterr().out
    trained(cluster=client, progress=None)
    assert capsys.readouterr().out == ""
    bar = Progress(True, 3, 0)
    bar.close()
    assert "dashboard" not in capsys.readouterr().out
