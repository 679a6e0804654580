"""What a run waits for, and what it takes for a loss: on a slow machine too, and when several look
at one worker.
"""

import asyncio
import concurrent.futures
import importlib.metadata
import threading
import time
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
from oracles import refused

import course_nn as nn
from course_nn.cluster import placement, workers
from course_nn.cluster.workers import ClusterError, Lost, TooLate, Workers

distributed = pytest.importorskip("distributed")

RNG = np.random.default_rng(0)
DATA = {"x": RNG.normal(size=(12, 3)), "y": RNG.integers(0, 2, 12)}


class slow(nn.Operation):
    """Takes its time."""

    seconds = 0.0

    def forward(self):
        time.sleep(slow.seconds)
        self.value = np.tanh(self.operands[0].value)

    def backward(self):
        self.operands[0].add_grad(self.grad * (1 - self.value**2))


def network():
    rng = np.random.default_rng(1)
    with nn.Graph():
        x, y = nn.Input("x", width=3), nn.Labels("y", classes=2)
        W = nn.Parameter("W", rng.normal(size=(3, 2)))
        return nn.cross_entropy(slow(nn.matmul(x, W, name="z")), y, name="loss"), W


def trained(**options):
    loss, W = network()
    options = {"learning_rate": 0.3, "epochs": 2, "shuffle": False, "data": DATA} | options
    nn.train_batch(loss, options.pop("data"), **options)
    return W.value


def assert_like_one_machine(W):
    np.testing.assert_allclose(W, trained(), rtol=0, atol=1e-12)


@pytest.fixture
def late(monkeypatch):
    """A worker is too late after a moment, and does not say either that it is at work."""
    monkeypatch.setattr(placement, "PATIENCE", 0.1)
    monkeypatch.setattr(workers, "ANSWER", 0.0)


# ---------------------------------------------------------------- who is slow


def test_a_worker_at_work_is_waited_for(client, monkeypatch):
    """It is asked, answers beside its task, and has its shares still."""
    monkeypatch.setattr(placement, "PATIENCE", 0.1)
    monkeypatch.setattr(placement.Placement, "_repair", lambda *_: pytest.fail("given up"))
    monkeypatch.setattr(slow, "seconds", 0.4)
    W = trained(cluster=client)
    slow.seconds = 0.0
    assert_like_one_machine(W)


@pytest.mark.all
def test_who_is_slow_again_and_again_has_lost_nothing(client, monkeypatch, late):
    """Though its shares go to and fro: there is no word of memory that is too small."""
    monkeypatch.setattr(placement, "MOST_LOSSES", 0)
    monkeypatch.setattr(slow, "seconds", 0.5)
    W = trained(cluster=client)
    slow.seconds = 0.0
    assert_like_one_machine(W)


def test_patience_that_was_learned_is_kept(client, late):
    loss, _ = network()
    made = placement.Placement(client, loss, DATA, "graph")
    tries = []

    def answers(asked, patience, *, may_be_at_work):
        tries.append(patience)
        if len(tries) < 3:
            raise TooLate
        return []

    made.workers.answers = answers
    for _ in range(2):
        made._answers(dict)
    assert tries == pytest.approx([0.1, 0.2, 0.4, 0.4])
    made.close()


def test_a_share_that_waits_for_another_one_is_not_lost(client, monkeypatch):
    """Only what was on the worker that went counts against it."""
    loss, _ = network()
    made = placement.Placement(client, loss, nn.shares(lambda n: DATA, [0, 1]), "graph")
    made.kept[1] = None  # it is still to be made, on a worker that is there
    for _ in range(placement.MOST_LOSSES + 2):
        made._repair(too_late=False)
    assert made.lost[1] == 0
    made.close()


# ---------------------------------------------------------------- who has no room, or none of ours


@pytest.mark.parametrize("when", [0, 1])
def test_a_worker_that_dask_has_paused_gets_nothing(client, monkeypatch, when):
    """As its memory is nearly full. It would not begin a task, and the run would stand still."""
    from distributed.core import Status

    first, *_ = client.cluster.workers.values()
    # It would see that there is room.
    monkeypatch.setattr(type(first.memory_manager), "_maybe_pause_or_unpause", lambda *_: None)

    def pause(history):
        if len(history.epochs) == when:
            first.status = Status.paused
            until = time.monotonic() + 30
            while len(client.sync(client.scheduler.ncores_running)) == 2:
                assert time.monotonic() < until
                time.sleep(0.01)

    pause(SimpleNamespace(epochs=[]))
    try:
        assert_like_one_machine(trained(cluster=client, callback=pause))
    finally:
        first.status = Status.running


def test_a_worker_without_numpy_is_named_and_the_other_one_works(client, monkeypatch):
    asked = []

    def version(name):
        raise importlib.metadata.PackageNotFoundError(name)

    def submit(self, worker, function, *arguments, really=Workers.submit):
        if function is importlib.metadata.version:
            asked.append(worker)
            function = version if worker == asked[0] else function
        return really(self, worker, function, *arguments)

    monkeypatch.setattr(Workers, "submit", submit)
    with pytest.warns(UserWarning, match=r"got no rows: it cannot import the module numpy"):
        W = trained(cluster=client)
    assert_like_one_machine(W)


# ---------------------------------------------------------------- at the start


def test_who_is_there_and_does_not_answer_is_named(client, monkeypatch):
    """It is not said that nobody came."""
    monkeypatch.setattr(placement, "AT_THE_START", 0.3)

    def admitted(those, there):
        those.silent |= {each: SimpleNamespace(status="pending") for each in there}
        return []

    monkeypatch.setattr(placement, "admitted", admitted)
    loss, _ = network()
    with refused(ClusterError, "do not answer", "client.restart()", unchanged=loss.graph):
        nn.train_batch(loss, DATA, learning_rate=0.3, epochs=1, cluster=client)


def test_workers_that_end_whenever_they_are_asked_are_not_waited_for_without_end(
    client, monkeypatch
):
    """Nor is it said that none came: their nannies start them again and again."""
    monkeypatch.setattr(placement, "WITHOUT_WORKERS", 0.3)
    monkeypatch.setattr(placement, "admitted", lambda those, there: [])
    loss, _ = network()
    with refused(ClusterError, "do not answer", "as soon as they are asked", unchanged=loss.graph):
        nn.train_batch(loss, DATA, learning_rate=0.3, epochs=1, cluster=client)


def test_the_wait_for_a_first_worker_begins_when_the_last_one_went(client, monkeypatch):
    """To look at workers may itself take longer than one waits for some."""
    looks, passed = [], []
    clock = {**vars(time), "monotonic": lambda: time.monotonic() + sum(passed)}
    monkeypatch.setattr(placement, "time", SimpleNamespace(**clock))

    def admitted(those, there, really=placement.admitted):
        looks.append(there)
        if len(looks) == 1:
            passed.append(1.5 * placement.AT_THE_START)
        return really(those, there) if len(looks) > 2 else []

    def there(self, really=Workers.there):
        return [] if len(looks) == 1 else really(self)

    monkeypatch.setattr(Workers, "there", there)
    monkeypatch.setattr(placement, "admitted", admitted)
    assert_like_one_machine(trained(cluster=client))
    assert looks[1] == []


# ---------------------------------------------------------------- several look at one worker


def given(client):
    """A worker, and a task on it that ends when the event is set."""
    event = threading.Event()
    asked = Workers(client)
    worker, *_ = asked.there()
    return asked, worker, asked.submit(worker, _when_set, _Held(event)), event


class _Held:
    """Something of this process: workers that are threads take it as it is."""

    known: ClassVar[dict[int, threading.Event]] = {}

    def __init__(self, event):
        self.number = len(_Held.known)
        _Held.known[self.number] = event


def _when_set(held):
    assert _Held.known[held.number].wait(60)
    return 42


def test_an_answer_that_comes_while_one_looks_who_is_there_is_not_lost(client, monkeypatch):
    asked, worker, task, event = given(client)
    coming = []

    def keep(coroutine, loop, really=asyncio.run_coroutine_threadsafe):
        coming.append(really(coroutine, loop))
        return coming[-1]

    def there(self):
        event.set()
        concurrent.futures.wait(coming, 60)
        return []

    monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", keep)
    monkeypatch.setattr(Workers, "there", there)
    assert asked.answers({task: worker}, 30) == [42]


def test_who_gives_up_an_answer_takes_nobody_else_s_with_it(client):
    """Dask gathers for several at a time."""
    asked, worker, task, event = given(client)
    semaphore = client._gather_semaphore
    for _ in range(5):  # as many gathers are under way
        client.sync(semaphore.acquire)
    with concurrent.futures.ThreadPoolExecutor() as threads:
        waiting = threads.submit(asked.answers, {task: worker}, 0.1)
        event.set()
        with pytest.raises(Lost):
            waiting.result()
    for _ in range(5):
        client.loop.add_callback(semaphore.release)
    again = asked.submit(worker, int)
    until = time.monotonic() + 30
    while worker not in asked.there():  # it was late
        assert time.monotonic() < until
    assert asked.answers({again: worker}, 30) == [0]


# ---------------------------------------------------------------- who is there


def test_who_was_silent_is_there_again_when_its_question_is_gone(client):
    """A client that has lost its scheduler for a moment has cancelled all that it asked."""
    asked = Workers(client)
    worker, *_ = asked.there()
    asked.silent[worker] = SimpleNamespace(status="pending")
    assert worker not in asked.there()
    asked.silent[worker] = SimpleNamespace(status="cancelled")
    assert worker in asked.there()


def test_a_process_that_stood_still_itself_asks_the_scheduler_once_more(client, monkeypatch):
    """As after Ctrl-Z: when it goes on, its time is over before the scheduler could answer."""
    asked, tries = Workers(client), []

    def sync(*arguments, really=client.sync, **options):
        tries.append(arguments)
        if len(tries) == 1:
            raise TimeoutError
        return really(*arguments, **options)

    monkeypatch.setattr(workers, "SCHEDULER", 0.0)
    monkeypatch.setattr(client, "sync", sync)
    assert len(asked.there()) == 2
