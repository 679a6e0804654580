"""Workers and schedulers that are real processes on this machine, and that are killed, stopped,
too small or late: the run ends with the weights of one machine, or with a sentence.
"""

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from oracles import refused

import course_nn as nn
from course_nn.cluster import placement, workers
from course_nn.cluster.workers import ClusterError

distributed = pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals"),
]

RNG = np.random.default_rng(0)
DATA = {"x": RNG.normal(size=(103, 6)), "y": RNG.integers(0, 3, 103)}
OPTIONS = {"learning_rate": 0.3, "batch_size": 16, "momentum": 0.5, "epochs": 8}


def network():
    return nn.two_hidden_layer_network(6, 5, 4, 3, activation="tanh", seed=1)


@contextmanager
def cluster(**options):
    """Two worker processes, each kept alive by a nanny; afterwards nothing of it is left."""
    import dask
    import psutil  # Dask needs it

    before = {*psutil.Process().children(recursive=True)}
    options = {"n_workers": 2, "threads_per_worker": 1, "memory_limit": 0} | options
    with (
        # A LocalCluster gives up a nanny that has had no worker for 15 seconds.
        dask.config.set({"distributed.deploy.lost-worker-timeout": "10 minutes"}),
        distributed.LocalCluster(
            host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50, **options
        ) as made,
        distributed.Client(made) as client,
    ):
        yield made, client

    def left():
        found = {*psutil.Process().children(recursive=True)} - before
        return [each for each in found if "resource_tracker" not in words_of(each)]

    def words_of(process):
        with suppress(psutil.Error):  # it goes just now
            return " ".join(process.cmdline())
        return "resource_tracker"

    until = time.monotonic() + 60
    while left() and time.monotonic() < until:
        time.sleep(0.1)
    assert not left()


@pytest.fixture
def two(monkeypatch):
    # Both may be gone when a run begins, and a nanny take half a minute on a busy machine.
    monkeypatch.setattr(placement, "AT_THE_START", 150.0)
    with cluster() as both:
        yield both


@pytest.fixture(scope="module")
def expected():
    model = network()
    return model, nn.train_minibatch(model.loss, DATA, **OPTIONS)


def processes(two):
    """The process numbers of the two workers, when both are there."""
    made, client = two
    until = time.monotonic() + 150  # a nanny may take half a minute, and so may the next one
    while len(client.nthreads()) < 2:
        assert time.monotonic() < until
        time.sleep(0.05)
    return [nanny.process.pid for nanny in made.workers.values()]


def signal_later(process, number, seconds):
    def send():
        with suppress(ProcessLookupError):
            os.kill(process, number)

    timer = threading.Timer(seconds, send)
    timer.start()
    return timer


def train(client, what=None, when=3, **options):
    """A run in which `what` happens in the callback after epoch `when`."""
    model = network()

    def callback(history):
        if len(history.epochs) == when and what is not None:
            what()

    data = options.pop("data", DATA)
    options = OPTIONS | {"cluster": client, "callback": callback} | options
    return model, nn.train_minibatch(model.loss, data, **options)


def assert_same(one, other):
    (model, history), (other_model, other_history) = one, other
    for W, V in zip(model.graph.parameters, other_model.graph.parameters, strict=True):
        np.testing.assert_allclose(W.value, V.value, rtol=0, atol=1e-12)
    np.testing.assert_allclose(history.update_losses, other_history.update_losses, atol=1e-12)
    assert history.settings == other_history.settings


@pytest.mark.parametrize("engine", ["graph", "numpy"])
def test_nothing_happens(two, expected, engine):
    assert_same(train(two[1], engine=engine), expected)


def test_a_worker_is_killed_between_two_updates(two, expected):
    _, client = two
    assert_same(train(client, lambda: os.kill(processes(two)[0], signal.SIGKILL)), expected)


@pytest.mark.parametrize("which", [[0], [1], [0, 1]], ids=["first", "second", "both"])
def test_workers_are_killed_within_an_update(two, expected, which):
    _, client = two

    def kill():
        pids = processes(two)
        for i in which:
            signal_later(pids[i], signal.SIGKILL, 0.05)

    assert_same(train(client, kill), expected)


def test_a_worker_that_hangs_and_comes_back(two, expected, monkeypatch):
    """Its shares move; once it answers again it has shares again."""
    _, client = two
    monkeypatch.setattr(placement, "PATIENCE", 1.0)
    monkeypatch.setattr(workers, "ANSWER", 1.0)
    stopped = []

    def stop():
        stopped.append(processes(two)[0])
        signal_later(stopped[0], signal.SIGSTOP, 0.03)

    def stop_and_wake(history):
        if len(history.epochs) == 2:
            stop()
        if len(history.epochs) == 5:
            shares.append([*map(len, client.has_what().values())])
            os.kill(stopped[0], signal.SIGCONT)
            for worker in client.nthreads():  # it is awake
                client.submit(int, workers=[worker], pure=False).result(60)
            time.sleep(placement.NEWCOMERS_EVERY)
        if len(history.epochs) == 7:
            shares.append([*map(len, client.has_what().values())])

    shares = []
    try:
        assert_same(train(client, callback=stop_and_wake), expected)
    finally:
        for process in stopped:
            os.kill(process, signal.SIGCONT)
    assert min(shares[0]) == 0 and min(shares[1]) > 0


def test_workers_that_come_late_and_that_leave(expected, monkeypatch):
    monkeypatch.setattr(placement, "NEWCOMERS_EVERY", 0.0)
    counts = []

    def come_and_go(history):
        if len(history.epochs) == 2:
            made.scale(3)
            client.wait_for_workers(3, timeout=60)
        if len(history.epochs) == 4:
            counts.extend(map(len, client.has_what().values()))
            client.retire_workers([sorted(client.nthreads())[0]])

    with cluster() as (made, client):
        assert_same(train(client, callback=come_and_go), expected)
    assert len(counts) == 3 and min(counts) >= 2  # shares


def test_a_restart_of_all_workers(two, expected):
    _, client = two
    assert_same(train(client, client.restart), expected)


def test_dask_arrays_and_shares_survive_too(two, expected, tmp_path):
    import dask.array as da

    _, client = two
    cuts = [0, 3, 50, 51, 103]
    for i, (start, end) in enumerate(pairwise(cuts)):
        np.savez(tmp_path / f"{i}.npz", **{name: a[start:end] for name, a in DATA.items()})
    files = nn.shares(np.load, sorted(tmp_path.glob("*.npz")))
    blocks = {name: da.from_array(array, chunks=20) for name, array in DATA.items()}
    for data in (files, blocks):

        def kill():
            signal_later(processes(two)[0], signal.SIGKILL, 0.03)

        assert_same(train(client, kill, data=data), expected)


def test_a_worker_that_hangs_while_it_loads(two, expected, monkeypatch, tmp_path):
    """Another one makes its share, long before the scheduler misses the first."""
    monkeypatch.setattr(placement, "PATIENCE", 1.0)
    monkeypatch.setattr(workers, "ANSWER", 1.0)
    there, has_hung = DATA, str(tmp_path / "hung")

    def load(share):
        try:
            with open(has_hung, "x") as file:
                file.write(str(os.getpid()))
        except FileExistsError:
            return {name: values[slice(*share)] for name, values in there.items()}
        os.kill(os.getpid(), signal.SIGSTOP)

    try:
        assert_same(train(two[1], data=nn.shares(load, [(0, 60), (60, 103)])), expected)
    finally:
        os.kill(int(Path(has_hung).read_text()), signal.SIGCONT)


def test_a_worker_is_killed_while_it_takes_large_weights(expected, monkeypatch):
    """Where they are copied from worker to worker, Dask may wait for ever for one that is dead."""
    from distributed.scheduler import Scheduler

    monkeypatch.setattr(placement, "LARGE", 1)
    killed = []

    def kill(address):
        (pid,) = (n.process.pid for n in made.workers.values() if n.worker_address == address)
        killed.append(pid)
        os.kill(pid, signal.SIGKILL)

    async def gather_on_worker(scheduler, address, who_has, really=Scheduler.gather_on_worker):
        if not killed:
            kill(address)
        return await really(scheduler, address, who_has)

    monkeypatch.setattr(Scheduler, "gather_on_worker", gather_on_worker)
    with cluster(n_workers=3) as (made, client):
        assert_same(train(client, lambda: kill([*client.nthreads()][-1])), expected)
    assert killed


def test_fifty_runs_with_random_kills(two, expected, capsys):
    _, client = two
    rng, kills = random.Random(0), []
    for _ in range(50):
        timers = []

        def kill_soon(timers=timers):
            pids = processes(two)
            for pid in rng.sample(pids, rng.choice([1, 1, 1, 2])):
                timers.append(signal_later(pid, signal.SIGKILL, rng.uniform(0, 0.4)))

        assert_same(train(client, kill_soon, when=rng.randint(1, 6)), expected)
        for timer in timers:  # one that comes after the end of its run counts too
            timer.join()
        kills += timers
    assert len(kills) >= 50
    with capsys.disabled():
        print(f" {len(kills)} kills", end="")


def test_kills_at_any_moment(two, expected, monkeypatch):
    """By a thread that goes its own ways while the run looks for workers, loads, updates, and moves
    shares.

    Between two epochs three at most: on a busy machine a worker needs longer than the thread waits.
    One that is killed just before the end of an epoch may count for the next one.
    """
    _, client = two
    monkeypatch.setattr(placement, "MOST_LOSSES", 4)
    rng, over, kills = random.Random(1), threading.Event(), []
    pids = set(processes(two))

    def kill():
        while not over.wait(rng.uniform(0.5, 1.5)):
            with suppress(Exception):
                pid = rng.choice(processes(two))
                if len(kills) < 3:
                    kills.append(pid)
                    os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        for _ in range(5):
            kills.clear()
            assert_same(train(client, callback=lambda history: kills.clear()), expected)
    finally:
        over.set()
        thread.join()
    assert pids - {*processes(two)}


# ---------------------------------------------------------------- what cannot go on


def whole(error, model):
    """The history of this error belongs to the weights, and ends before the last epoch."""
    history = error.history
    for W in model.graph.parameters:
        np.testing.assert_array_equal(W.value, history.final_weights[W.name])
    assert 0 < len(history.updates) < 56
    return history


def carried_on_alone(model, history):
    return model, nn.train_minibatch(model.loss, DATA, **OPTIONS, resume=history)


def test_a_worker_without_enough_memory():
    def too_much(number):
        held = np.ones(60_000_000)  # 480 MB
        time.sleep(30.0)  # it is ended in it
        return {"x": held[:12].reshape(2, 6), "y": np.array([0, 1])}

    model = network()
    with (
        cluster(memory_limit="400MB") as (_, client),
        pytest.raises(ClusterError, match=r"was lost with 4 workers.* fit into their memory"),
    ):
        nn.train_batch(
            model.loss,
            nn.shares(too_much, [0]),
            learning_rate=0.1,
            epochs=1,
            cluster=client,
        )


def is_whole(file):
    with suppress(OSError, ValueError):
        return bool(json.loads(file.read_text()))
    return False


@contextmanager
def by_hand(tmp_path, paths=(None, None), scheduler_path=None):
    """Scheduler and workers as processes of their own, without nannies; nobody restarts them.

    A path is the folder from which a process takes its course first.
    """
    file = tmp_path / "scheduler.json"
    common = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", "--scheduler-file", file]
    started = []

    def start(name, path, *options):
        command = [sys.executable, "-P", "-m", f"distributed.cli.{name}", *common, *options]
        environment = os.environ | ({"PYTHONPATH": str(path)} if path else {})
        started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment))
        return started[-1]

    try:
        scheduler = start("dask_scheduler", scheduler_path, "--port", "0")
        for path in paths:
            start("dask_worker", path, "--nthreads", "1", "--no-nanny", "--memory-limit", "0")
        until = time.monotonic() + 60
        while not is_whole(file):  # Dask itself looks for a tenth of a second
            assert time.monotonic() < until
            time.sleep(0.05)
        with distributed.Client(scheduler_file=file, timeout=30) as client:
            client.wait_for_workers(len(paths), timeout=60)
            yield scheduler, started[1:], client
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["dies", "hangs"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of Dask's, as it closes
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_scheduler_goes_away(tmp_path, expected, monkeypatch, number):
    monkeypatch.setattr(workers, "SCHEDULER", 2.0)
    with by_hand(tmp_path) as (scheduler, _, client):
        model = network()

        def go(history):
            if len(history.epochs) == 3:
                signal_later(scheduler.pid, number, 0.03)

        begun = time.monotonic()
        with pytest.raises(ClusterError, match=r"scheduler.*does not answer") as caught:
            nn.train_minibatch(model.loss, DATA, **OPTIONS, cluster=client, callback=go)
        assert time.monotonic() - begun < 120
        history = whole(caught.value, model)
        if number == signal.SIGSTOP:
            os.kill(scheduler.pid, signal.SIGCONT)
    assert_same(carried_on_alone(model, history), expected)


def test_no_worker_is_left(tmp_path, expected, monkeypatch):
    monkeypatch.setattr(workers, "WITHOUT_WORKERS", 1.0)
    with by_hand(tmp_path) as (_, made, client):
        model = network()

        def kill(history):
            if len(history.epochs) in (2, 5):
                signal_later(made[len(history.epochs) // 4].pid, signal.SIGKILL, 0.03).join()

        with pytest.raises(ClusterError, match="no worker that answers for 1 seconds") as caught:
            nn.train_minibatch(model.loss, DATA, **OPTIONS, cluster=client, callback=kill)
        history = whole(caught.value, model)
        assert len(history.epochs) >= 4  # the other one went on alone
    assert_same(carried_on_alone(model, history), expected)


@pytest.mark.parametrize("what", ["client", "cluster"])
def test_the_client_is_closed_within_an_update(expected, what):
    model = network()
    with cluster() as (made, client):

        def close(history):
            if len(history.epochs) == 3:
                (client if what == "client" else made).close()

        with pytest.raises(ClusterError, match=r"client of the cluster is closed") as caught:
            nn.train_minibatch(model.loss, DATA, **OPTIONS, cluster=client, callback=close)
    assert_same(carried_on_alone(model, whole(caught.value, model)), expected)


def test_the_client_is_closed_by_another_thread(two, expected):
    made, _ = two
    model, timers = network(), []
    with distributed.Client(made) as client:

        def close(history):
            if len(history.epochs) == 3:
                timers.append(threading.Timer(0.02, client.close))
                timers[0].start()

        with pytest.raises(ClusterError, match=r"client of the cluster is closed") as caught:
            nn.train_minibatch(model.loss, DATA, **OPTIONS, cluster=client, callback=close)
        timers[0].join()
    assert_same(carried_on_alone(model, whole(caught.value, model)), expected)


def test_a_run_in_another_thread_and_one_inside_a_loop(two, expected):
    _, client = two
    runs = []
    thread = threading.Thread(target=lambda: runs.append(train(client)))
    thread.start()
    thread.join()

    async def inside():
        runs.append(train(client))

    asyncio.run(inside())
    for run in runs:
        assert_same(run, expected)
    assert len(runs) == 2


def test_workers_that_come_and_leave_all_the_time(expected, monkeypatch):
    monkeypatch.setattr(placement, "NEWCOMERS_EVERY", 0.0)
    seen = []

    def scale(history):
        number = (1, 3)[len(history.epochs) % 2]
        made.scale(number)
        until = time.monotonic() + 60
        while len(client.nthreads()) != number:
            assert time.monotonic() < until
            time.sleep(0.02)
        seen.append(number)

    with cluster() as (made, client):
        assert_same(train(client, callback=scale), expected)
    assert seen == [3, 1] * 4


# ---------------------------------------------------------------- who cannot take part


@pytest.fixture
def courses(tmp_path):
    """Folders from which a process takes no course, and another one."""
    none, other = tmp_path / "none", tmp_path / "other"
    none.mkdir()
    missing = 'raise ModuleNotFoundError("No module named course_nn", name="course_nn")'
    (none / "course_nn.py").write_text(missing)
    here = Path(nn.__file__).parent
    shutil.copytree(here, other / here.name, ignore=shutil.ignore_patterns("__pycache__"))
    with open(other / here.name / "losses.py", "a") as file:
        file.write("# another one\n")
    return {"none": none, "other": other}


WHY = {"none": "cannot import the module course_nn", "other": "has another version of the course"}


@pytest.mark.parametrize("which", WHY)
def test_a_worker_without_this_course_gets_nothing_and_lives(tmp_path, courses, expected, which):
    """A function that it could not import would end it."""
    with by_hand(tmp_path, [None, courses[which]]) as (_, made, client):
        with pytest.warns(UserWarning, match=rf"worker at tcp\S+ got no rows: it {WHY[which]}"):
            assert_same(train(client), expected)
        assert len(client.nthreads()) == 2
        assert sorted(map(len, client.has_what().values()))[0] == 0
        assert all(process.poll() is None for process in made)


@pytest.mark.parametrize("which", WHY)
def test_no_worker_has_this_course(tmp_path, courses, which):
    model = network()
    with (
        by_hand(tmp_path, [courses[which]] * 2) as (_, made, client),
        refused(ClusterError, "No worker", "workers at", WHY[which], unchanged=model.graph),
    ):
        nn.train_minibatch(model.loss, DATA, **OPTIONS, cluster=client)
    assert len(made) == 2


def test_the_scheduler_has_no_course(tmp_path, courses):
    model = network()
    with (
        by_hand(tmp_path, [None], courses["none"]) as (_, _, client),
        refused(ClusterError, "The scheduler", "no course_nn", unchanged=model.graph),
    ):
        nn.train_minibatch(model.loss, DATA, **OPTIONS, cluster=client)


def test_the_last_worker_with_this_course_goes(tmp_path, courses, expected, monkeypatch):
    monkeypatch.setattr(workers, "WITHOUT_WORKERS", 1.0)
    model = network()
    with by_hand(tmp_path, [None, courses["none"]]) as (_, made, client):

        def kill(history):
            if len(history.epochs) == 3:
                made[0].kill()

        with (
            pytest.warns(UserWarning, match="got no rows"),
            pytest.raises(ClusterError, match=r"1 seconds.*got no rows.*import") as caught,
        ):
            nn.train_minibatch(model.loss, DATA, **OPTIONS, cluster=client, callback=kill)
        assert made[1].poll() is None
    assert_same(carried_on_alone(model, whole(caught.value, model)), expected)


# ---------------------------------------------------------------- trust


def test_tls(expected):
    """As Dask does it; who has no certificate reaches neither scheduler nor workers."""
    pytest.importorskip("cryptography")
    from distributed.security import Security

    security = Security.temporary()
    with (
        cluster(security=security) as (made, client),
    ):
        addresses = [client.scheduler.address, *client.nthreads()]
        assert all(address.startswith("tls://127.0.0.1") for address in addresses)
        assert_same(train(client), expected)
        for address in (made.scheduler_address, made.scheduler_address.replace("tls", "tcp")):
            with pytest.raises((OSError, TypeError, ValueError, RuntimeError)):
                distributed.Client(address, timeout=2)


def test_an_operation_of_a_notebook(two):
    """Defined in `__main__`, of which the workers know nothing."""
    _, client = two
    script = f"""
import numpy as np
import course_nn as nn
from distributed import Client

class squashed(nn.Operation):
    def forward(self):
        self.value = np.tanh(self.operands[0].value)
    def backward(self):
        self.operands[0].add_grad(self.grad * (1 - self.value**2))

def network():
    with nn.Graph():
        x, y = nn.Input("x", width=2), nn.Labels("y", classes=2)
        W = nn.Parameter("W", np.ones((2, 2)) * [1, 2])
        return nn.cross_entropy(squashed(nn.matmul(x, W, name="z")), y, name="loss"), W

if __name__ == "__main__":
    data = nn.datasets.two_moons(30, noise=0.1, seed=0)
    weights = []
    with Client({client.scheduler.address!r}) as client:
        for where in ({{}}, {{"cluster": client}}, {{"cluster": client, "engine": "numpy"}}):
            loss, W = network()
            nn.train_minibatch(
                loss, data, batch_size=8, learning_rate=0.1, epochs=2, **where
            )
            weights.append(W.value)
    print(np.ptp(weights, axis=0).max() < 1e-12)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr
