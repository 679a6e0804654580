"""Several threads: one trains a network at which another looks; two graphs are built at once."""

import contextlib
import copy
import multiprocessing
import os
import pickle
import signal
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tiers import examples, thinned

import course_nn as nn
from course_nn import copies, runs

RNG = np.random.default_rng(0)
DATA = {"x": RNG.normal(size=(60, 5)), "y": RNG.integers(0, 3, 60)}
FEW = {"x": RNG.normal(size=(4, 5)), "y": np.array([0, 1, 2, 0])}
OPTIONS = {"batch_size": 7, "learning_rate": 0.1, "epochs": 12, "snapshots": "updates"}
WAIT = 60  # seconds: no test needs so long, unless a thread waits for ever


def network(**options):
    return nn.two_hidden_layer_network(5, 6, 4, 3, seed=3, **options)


class Trainer:
    """Trains in a thread of its own for as long as the block runs."""

    def __init__(self, model, engine="graph"):
        self.model, self.engine = model, engine
        self.began, self.enough = threading.Event(), threading.Event()
        self.error, self.history = None, None

    def run(self):
        def callback(history):
            self.began.set()
            if self.enough.is_set():
                raise nn.StopTraining

        options = OPTIONS | {"epochs": 10**6, "callback": callback, "engine": self.engine}
        try:
            self.history = nn.train_minibatch(self.model.loss, DATA, progress=False, **options)
        except BaseException as error:
            self.error = error
            self.began.set()

    def __enter__(self):
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        assert self.began.wait(WAIT)
        return self

    def __exit__(self, *_):
        self.enough.set()
        self.thread.join(WAIT)
        assert not self.thread.is_alive(), "it waits for ever"
        if self.error:
            raise self.error


def alone(epochs, engine):
    """The same run without another thread."""
    model = network()
    options = OPTIONS | {"epochs": epochs, "engine": engine}
    return model, nn.train_minibatch(model.loss, DATA, **options)


def loss_with(weights):
    model = network()
    model.graph.replace_parameters({p: weights[p.name].copy() for p in model.graph.parameters})
    return nn.evaluate(model.loss, FEW)


@pytest.mark.parametrize("engine", thinned(["graph", "numpy"], 2))
def test_evaluating_while_another_thread_trains_changes_neither(engine):
    model, found = network(), []
    with Trainer(model, engine) as trainer:
        for _ in range(examples(20)):
            found.append(nn.evaluate(model.loss, FEW))
            nn.check_gradients(model.loss, FEW)  # this moves the weights, and puts them back
    history = trainer.history
    whole_model, whole = alone(len(history.epochs), engine)
    assert history.update_losses.tolist() == whole.update_losses.tolist()
    for p, q in zip(model.graph.parameters, whole_model.graph.parameters, strict=True):
        assert np.array_equal(p.value, q.value)
        assert np.array_equal(history.final_weights[p.name], q.value)
    for mine, theirs in zip(history.snapshots, whole.snapshots, strict=True):
        assert all(np.array_equal(mine[name], theirs[name]) for name in theirs)
    possible = {loss_with(weights).loss for weights in history.snapshots}
    assert {each.loss for each in found} <= possible, "with the weights between two updates"


@pytest.mark.parametrize("engine", thinned(["graph", "numpy"], 2))
def test_a_copy_made_while_another_thread_trains_is_whole(engine):
    model, copies = network(), []
    with Trainer(model, engine) as trainer:
        for _ in range(10):
            copies.append(copy.deepcopy(model))
            copies.append(pickle.loads(pickle.dumps(model)))
    snapshots = [weights["W2"].tobytes() for weights in trainer.history.snapshots]
    for each in copies:
        assert {p.name: p.value.tobytes() for p in each.graph.parameters} == {
            name: w.tobytes()
            for name, w in trainer.history.snapshots[
                snapshots.index(each.W2.value.tobytes())
            ].items()
        }
        nn.train_sgd(each.loss, DATA, learning_rate=0.1, epochs=1)  # it is free
        each.graph.Forward(**FEW)


def give_weights(model):
    model.W1.value = np.zeros_like(model.W1.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.graph.Forward(**FEW),
        lambda m: m.graph.Forward(),
        lambda m: m.x.set(FEW["x"]),
        give_weights,
        lambda m: m.graph.replace_parameters({m.W1: np.zeros((5, 6))}),
        lambda m: nn.train_sgd(m.loss, DATA, learning_rate=0.1, epochs=1),
        lambda m: nn.train_batch(m.loss, DATA, learning_rate=0.1, epochs=1, engine="numpy"),
    ],
    ids=["Forward(x=)", "Forward()", "set", "value", "replace_parameters", "train", "engine"],
)
def test_what_would_change_a_network_that_another_thread_trains_is_refused(change):
    model = network()
    with Trainer(model) as trainer:
        with pytest.raises(RuntimeError, match="is being trained by another thread") as caught:
            change(model)
        assert "copy.deepcopy(model)" in str(caught.value)
    whole_model, whole = alone(len(trainer.history.epochs), "graph")
    assert trainer.history.update_losses.tolist() == whole.update_losses.tolist()
    assert np.array_equal(model.W1.value, whole_model.W1.value)
    change(model)  # the run has ended


def test_loading_a_checkpoint_into_a_network_that_another_thread_trains_is_refused(tmp_path):
    model, history = alone(1, "graph")
    path = tmp_path / "run.npz"
    nn.save_checkpoint(path, model.loss, history)
    other = network()
    with Trainer(other), pytest.raises(RuntimeError, match="trained by another thread"):
        nn.load_checkpoint(path, other.loss)
    with Trainer(other), pytest.raises(RuntimeError, match="trained by another thread"):
        nn.train_sgd(model.loss, DATA, learning_rate=0.1, epochs=1, snapshots="epochs",
                     validation=DATA).best().put_into(other.loss)  # fmt: skip


class slow(nn.Operation):
    """Its operand, after a while: the graph is busy nearly all the time."""

    calls, ended = 0, False

    def forward(self):
        if self.ended:
            raise nn.StopTraining
        slow.calls += 1
        threading.Event().wait(0.02)
        self.value = self.operands[0].value

    def backward(self):
        self.operands[0].add_grad(self.grad)


@pytest.mark.all
def test_whoever_waits_comes_first_also_within_a_long_epoch(monkeypatch):
    monkeypatch.setattr(slow, "calls", 0)
    monkeypatch.setattr(slow, "ended", False)
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 5), nn.Labels("y", 3)
        z = nn.matmul(slow(x), nn.Parameter("W1", np.ones((5, 3))), name="z")
        loss = nn.cross_entropy(z, y, name="loss")
    many = {name: np.repeat(array, 20, axis=0) for name, array in DATA.items()}
    with ThreadPoolExecutor(4) as pool:
        run = pool.submit(nn.train_sgd, loss, many, learning_rate=0.1, epochs=1, progress=False)
        assert len(list(pool.map(lambda _: nn.evaluate(loss, FEW), range(12)))) == 12
        calls, slow.ended = slow.calls, True
        history = run.result(timeout=WAIT)
    assert history.stopped and calls <= 100, "the twelve did not wait for 1,200 updates"


@contextlib.contextmanager
def another_thread_moves_the_weights(model):
    """In the block it does; they are put back a little later."""
    moved = threading.Event()

    def move():
        with model.graph.left_as_it_was():
            for p in model.graph.parameters:
                p.value = np.zeros_like(p.value)
            moved.set()
            threading.Event().wait(0.1)

    thread = threading.Thread(target=move, daemon=True)
    thread.start()
    assert moved.wait(WAIT)
    yield
    thread.join(WAIT)


def test_the_weights_of_an_epoch_are_not_those_that_another_thread_tries(monkeypatch):
    model, stack, plain = network(), contextlib.ExitStack(), runs.evaluate_checked

    def evaluate_and_move(*arguments):
        found = plain(*arguments)
        stack.enter_context(another_thread_moves_the_weights(model))
        return found

    monkeypatch.setattr(runs, "evaluate_checked", evaluate_and_move)
    options = OPTIONS | {"epochs": 2, "snapshots": "epochs", "validation": FEW}
    with stack:
        history = nn.train_minibatch(model.loss, DATA, **options)
    whole = alone(2, "graph")[1]
    assert all(np.array_equal(w, whole.final_weights[n]) for n, w in history.final_weights.items())
    assert np.array_equal(history.snapshots[1]["W1"], whole.snapshots[9]["W1"])


def test_a_copy_or_a_file_has_not_the_weights_that_another_thread_tries(tmp_path):
    model, history = alone(1, "graph")
    with another_thread_moves_the_weights(model):
        copied = copy.deepcopy(model)
    with another_thread_moves_the_weights(model):
        nn.save_checkpoint(tmp_path / "run.npz", model.loss, history)
    for p, q in zip(model.graph.parameters, copied.graph.parameters, strict=True):
        assert np.array_equal(p.value, q.value)


@pytest.mark.long
def test_what_reads_a_network_waits_until_another_thread_has_put_it_back():
    model = network()
    model.graph.Forward(**FEW)
    model.graph.Backward(model.loss)
    grad = model.W1.grad
    one = {name: values[:1] for name, values in FEW.items()}

    looks = [
        lambda: nn.plots.graph(model.graph).sentence,
        lambda: nn.walk_through(model.loss).html,
        lambda: nn.plots.loss_along_weight(model.loss, FEW, model.W1, (0, 0)).sentence,
        lambda: nn.plots.gradient_arrows(model.loss, FEW, model.W1).sentence,
        lambda: nn.plots.layers(model.loss, one).sentence,
        lambda: nn.walk_through(model.loss, one, learning_rate=0.1).html,
        lambda: nn.compare_gradients(grad, model.W1),
    ]
    before, moved = [look() for look in looks], threading.Event()

    def move():
        with model.graph.left_as_it_was():
            for p in model.graph.parameters:
                p.value = 2 * p.value
            model.graph.Forward()
            model.graph.Backward(model.loss)
            moved.set()
            threading.Event().wait(0.3)

    for look, expected in zip(looks, before, strict=True):
        moved.clear()
        thread = threading.Thread(target=move, daemon=True)
        thread.start()
        assert moved.wait(WAIT)
        assert look() == expected
        thread.join(WAIT)


def in_a_forked_process(look, model):
    """What `look(model)` is there."""
    fork = multiprocessing.get_context("fork")
    mine, theirs = fork.Pipe()
    process = fork.Process(target=lambda: theirs.send(look(model)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that there are other threads
        process.start()
    try:
        assert mine.poll(WAIT / 3), "it waits for a thread that is not there"
        return mine.recv()
    finally:
        process.kill()


def weights_and_freedom(model):
    weights = {p.name: p.value.tobytes() for p in model.graph.parameters}
    nn.evaluate(model.loss, FEW)
    nn.train_sgd(model.loss, DATA, learning_rate=0.1, epochs=1, progress=False)
    return weights, model.graph.waiting


@pytest.mark.all
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
@pytest.mark.parametrize("engine", thinned(["graph", "numpy"], 2))
def test_a_process_that_is_forked_while_a_thread_trains_has_a_network_of_its_own(engine):
    model = network()
    with Trainer(model, engine) as trainer:
        found = [in_a_forked_process(weights_and_freedom, model) for _ in range(5)]
    snapshots = [{n: w.tobytes() for n, w in kept.items()} for kept in trainer.history.snapshots]
    assert all(weights in snapshots and waiting == set() for weights, waiting in found)
    assert not model.graph.waiting and not copies.turns.taken


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_forked_process_has_not_the_weights_that_a_thread_tries():
    model = network()
    expected = weights_and_freedom(network())
    with another_thread_moves_the_weights(model):
        assert in_a_forked_process(weights_and_freedom, model) == expected
    with ThreadPoolExecutor(1) as pool:  # and here the graph is free again
        pool.submit(model.graph.Forward, **FEW).result(timeout=WAIT)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_the_stop_button_is_not_lost_while_a_fork_waits():
    model, taken, free = network(), threading.Event(), threading.Event()
    main, handler = threading.get_ident(), signal.getsignal(signal.SIGINT)

    def hold():
        with model.graph.left_as_it_was():
            taken.set()
            free.wait(WAIT)

    def press():
        signal.pthread_kill(main, signal.SIGINT)
        free.set()

    other = threading.Thread(target=hold, daemon=True)
    other.start()
    assert taken.wait(WAIT)
    pressed = threading.Timer(0.3, press)
    pressed.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):  # in the new process's end, or in the wait after it
        process = os.fork()
        if process == 0:
            os._exit(7 * (signal.getsignal(signal.SIGINT) is handler))
        _, status = os.waitpid(process, 0)
        assert os.waitstatus_to_exitcode(status) == 7, "the new process has its button"
        threading.Event().wait(WAIT)
    assert time.monotonic() - began < WAIT, "who waits is woken, and not told when it is over"
    other.join(WAIT)
    assert signal.getsignal(signal.SIGINT) is handler and not copies.turns.taken
    with ThreadPoolExecutor(1) as pool:
        pool.submit(model.graph.Forward, **FEW).result(timeout=WAIT)


@pytest.mark.all
def test_a_callback_may_evaluate_and_wait_for_another_thread_that_does():
    model, found = network(), []
    with ThreadPoolExecutor(1) as pool:

        def callback(history):
            mine = nn.evaluate(model.loss, FEW)
            theirs = pool.submit(nn.evaluate, model.loss, FEW).result(timeout=WAIT)
            nn.check_gradients(model.loss, FEW)
            found.append(mine == theirs)

        nn.train_minibatch(model.loss, DATA, callback=callback, **OPTIONS)
    assert found == [True] * 12


def test_an_error_or_a_stop_gives_the_network_free():
    model = network()

    def stop(history):
        raise KeyboardInterrupt

    def fail(history):
        raise ZeroDivisionError

    for callback in (stop, fail):
        with contextlib.suppress(ZeroDivisionError):
            nn.train_minibatch(model.loss, DATA, callback=callback, **OPTIONS)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(model.graph.Forward, **FEW).result(timeout=WAIT)


def test_a_run_that_is_stopped_before_it_begins_is_none(monkeypatch):
    def press(*_):
        raise KeyboardInterrupt

    model = network()
    monkeypatch.setattr(runs, "Progress", press)
    with pytest.raises(KeyboardInterrupt):
        nn.train_minibatch(model.loss, DATA, **OPTIONS)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(model.graph.Forward, **FEW).result(timeout=WAIT)


def test_a_run_inside_a_callback_of_the_same_thread_leaves_the_outer_one_in_charge():
    model, refusals = network(), []

    def callback(history):
        nn.train_batch(model.loss, DATA, learning_rate=0.0, epochs=1)
        with ThreadPoolExecutor(1) as pool:
            refusals.append(pool.submit(model.graph.Forward).exception(timeout=WAIT))

    nn.train_minibatch(model.loss, DATA, callback=callback, **OPTIONS | {"epochs": 2})
    assert [type(each) for each in refusals] == [RuntimeError] * 2


@pytest.mark.skipif(os.name != "posix", reason="on Windows the button waits for the lock")
@pytest.mark.parametrize("what", thinned(["evaluate", "train"], 2))
def test_the_stop_button_works_while_waiting_for_another_thread(what):
    model, taken, free = network(), threading.Event(), threading.Event()
    _, whole = alone(3, "graph")

    def hold():
        with model.graph.left_as_it_was():
            taken.set()
            free.wait(WAIT)

    def press():
        signal.pthread_kill(main, signal.SIGINT)
        if what == "train":  # what ends a run looks at the weights, and waits for that
            free.set()

    main, pressed = threading.get_ident(), threading.Timer(0.3, press)
    other = threading.Thread(target=hold, daemon=True)
    histories = []

    def callback(history):
        other.start()
        assert taken.wait(WAIT)
        pressed.start()

    if what == "train":
        options = OPTIONS | {"epochs": 3, "callback": callback}
        history = nn.train_minibatch(model.loss, DATA, **options)
        assert history.stopped and len(history.epochs) == 1
        histories.append(history)
    else:
        callback(None)
        with pytest.raises(KeyboardInterrupt):
            nn.evaluate(model.loss, FEW)
        assert not model.graph.waiting
        free.set()
    other.join(WAIT)
    options = OPTIONS | {"epochs": 3, "resume": histories[0] if histories else None}
    more = nn.train_minibatch(model.loss, DATA, **options)
    assert more.update_losses.tolist() == whole.update_losses.tolist()


# ---------------------------------------------------------------- two graphs


def test_two_threads_build_two_graphs_at_once():
    both = threading.Barrier(2)

    def build(name):
        with nn.Graph() as net:
            both.wait(WAIT)
            x = nn.Input("x", 2)
            both.wait(WAIT)
            y = nn.Input("y", 2)
            nn.squared_error(nn.matmul(x, nn.Parameter(name, np.eye(2))), y, name="loss")
            both.wait(WAIT)
        both.wait(WAIT)
        nn.Forward(x=np.ones((1, 2)), y=np.zeros((1, 2)))  # each on its own
        nn.Backward(net.nodes[-1])
        return net

    with ThreadPoolExecutor(2) as pool:
        nets = list(pool.map(build, ["W", "V"]))
    assert [p.name for net in nets for p in net.parameters] == ["W", "V"]
    assert [len(net.everything) for net in nets] == [5, 5]
    assert all(net.nodes[-1].value.tolist() == [1.0] for net in nets)


def test_a_node_made_in_another_thread_is_outside_the_open_graph():
    with nn.Graph(make_current=False) as net, ThreadPoolExecutor(1) as pool:
        error = pool.submit(nn.Input, "x", 2).exception(timeout=WAIT)
    assert isinstance(error, RuntimeError) and "outside a graph" in str(error)
    assert net.everything == []


def test_a_thread_that_built_no_graph_uses_the_last_one():
    with nn.Graph() as net:
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        nn.squared_error(x @ nn.Parameter("W", [[2.0]]), y, name="loss")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(nn.Forward, x=[[1.0]], y=[[0.0]]).result(timeout=WAIT)
    assert net.nodes[-1].value.tolist() == [2.0]
