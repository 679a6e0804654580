"""Shares of the data on the workers of a cluster, and the sums that the workers make of them.

Dask runs what is submitted, and tells of workers that come and go. Who keeps which share is decided
here: a share lies on one worker, and each update is one task for each worker. A share that is lost
with its worker is made again, from where it came, on another one.

Source: the further lesson many_machines; https://distributed.dask.org/en/stable/resilience.html
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from course_nn import checks
from course_nn.cluster import on_a_worker
from course_nn.cluster.on_a_worker import About, Rows, Sums
from course_nn.cluster.shares import Shares, of_arrays, of_dask_arrays
from course_nn.graph import Array, Graph, Input, Node
from course_nn.runs import FIRST_ROWS
from course_nn.settings import written

LOOK_EVERY = 0.2  # seconds, at who is still there
ANSWER = 10.0  # seconds, for a result that is there to be fetched
PATIENCE = 30.0  # seconds at least that an update may take before its worker is given up,
TIMES_AS_LONG = 20  # and so many times the longest one until now
WITHOUT_WORKERS = 60.0  # seconds that a run waits for a worker when none is left
MOST_LOSSES = 3  # workers that may be lost with one share: after that it is the share


class ClusterError(RuntimeError):
    """The cluster cannot go on. What was trained until then is whole."""


class Placement:
    """The shares of one run, on the workers of `client`.

    Args:
        client: a `dask.distributed.Client`. data: arrays by input name, Dask arrays, or `Shares`.
        engine: what adds up on the workers: "graph", "numpy" or "numba".

    Attributes:
        examples, digest: of all rows. first_rows: of the first share, checked, by input node.

    Raises what `Graph.checked_inputs` raises; TypeError if the client is none; ClusterError.
    """

    def __init__(self, client: Any, loss: Node, data: Any, engine: str) -> None:
        from distributed import Client  # who trains on one machine needs no Dask

        if not isinstance(client, Client):
            raise TypeError(
                "cluster must be a dask.distributed.Client, such as Client(LocalCluster()); got "
                f"{checks.shown(client)}."
            )
        self.client, self.loss, self.engine = client, loss, engine
        self.graph: Graph = loss.graph
        self.network = _pickled(loss)
        self.lost: Counter[int] = Counter()  # workers, by the share that was lost with them
        self.given_up: set[str] = set()  # workers that did not answer in time
        self.longest = 0.0  # seconds of an update
        self.where: list[str] = []  # of each share, the address of its worker
        self.kept: list[Any] = []  # of each share, the future
        workers = self._workers_at_hand()
        self.shares = self._shares(data, len(workers))
        number = len(self.shares.arguments)
        self.where = [workers[i * len(workers) // number] for i in range(number)]
        self.kept = [self._made(i) for i in range(number)]
        rows = self._of_each(on_a_worker.rows_of, [()] * number)
        self.starts = np.concatenate([[0], np.cumsum(rows)])
        self.examples = int(self.starts[-1])
        told: Sequence[About] = self._of_each(
            on_a_worker.about, [(int(first), FIRST_ROWS) for first in self.starts[:-1]]
        )
        self.digest = written(sum(about.digest for about in told) % 2**128)
        by_name = {x.name: x for x in self.graph.inputs}
        first_rows = told[0].first_rows
        self.first_rows: dict[Input, Array] = {by_name[name]: first_rows[name] for name in by_name}

    # ------------------------------------------------------------------ one update

    def for_run(self, run: Any) -> Placement:
        """From now on `average` counts as an update of this run."""
        self.run = run
        return self

    def average(self, batch: Rows) -> tuple[float, int]:
        """J of a batch, and the number of its examples; the parameters get ∂J/∂W, the one mean.

        Raises FloatingPointError if J is not finite; ClusterError.
        """
        if self.run.history.updates_in_open_epoch == 0:
            self.take_in()
        sums = self.sums(self.run.updates.weights(), batch)
        J = self.run.updates.finite(sums.loss / sums.rows)
        self.graph.put_gradients(on_a_worker.parts(sums.gradients / sums.rows, self.graph))
        return J, sums.rows

    def sums(self, weights: Mapping[Any, Array], batch: Rows) -> Sums:
        """The sums over the rows of a batch, at these weights; `seconds` are of the slowest worker.

        Args:
            batch: numbers of rows in the whole, or a slice of them.

        Raises ClusterError; and what an operation of one's own raises.
        """
        flat = on_a_worker.side_by_side([weights[p] for p in self.graph.parameters])
        rows = self._rows_by_share(batch)
        begun = time.monotonic()
        while True:
            asked = self._ask(rows, flat)
            patience = max(PATIENCE, TIMES_AS_LONG * self.longest)
            answers = self._answers(asked, patience)
            if answers is not None:
                break
            self._repair()
            begun = time.monotonic()
        self.longest = max(self.longest, time.monotonic() - begun)
        return Sums(
            gradients=np.sum([each.gradients for each in answers], axis=0),
            loss=sum(each.loss for each in answers),
            rows=sum(each.rows for each in answers),
            seconds=max(each.seconds for each in answers),
        )

    def _rows_by_share(self, batch: Rows) -> dict[int, Rows]:
        """Of each share that has rows of the batch: which ones, counted in the share."""
        if isinstance(batch, slice):
            start, stop, _ = batch.indices(self.examples)
            first = int(np.searchsorted(self.starts, start, side="right")) - 1
            found: dict[int, Rows] = {}
            for share in range(first, len(self.kept)):
                begin, end = int(self.starts[share]), int(self.starts[share + 1])
                if begin >= stop:
                    break
                found[share] = slice(max(start, begin) - begin, min(stop, end) - begin)
            return found
        owners = np.searchsorted(self.starts, batch, side="right") - 1
        return {
            int(share): batch[owners == share] - self.starts[share] for share in np.unique(owners)
        }

    def _ask(self, rows: Mapping[int, Rows], weights: Array) -> dict[Any, str]:
        """A task for each worker that has rows of the batch."""
        by_worker: dict[str, list[int]] = {}
        for share in rows:
            by_worker.setdefault(self.where[share], []).append(share)
        return {
            self._submit(
                worker,
                on_a_worker.sums,
                self.network,
                self.engine,
                [self.kept[share] for share in shares],
                [rows[share] for share in shares],
                weights,
            ): worker
            for worker, shares in by_worker.items()
        }

    # ------------------------------------------------------------------ who comes and goes

    def take_in(self) -> None:
        """Between two epochs: workers that have come get shares of those that have most."""
        workers = self._workers(wait=False)
        if not set(workers) <= set(self.where) and len(self.kept) > len({*self.where}):
            self._spread(workers)

    def _repair(self) -> None:
        """Make the shares again that are lost, on workers that are there."""
        workers = self._workers(wait=True)
        gone = [i for i, worker in enumerate(self.where) if worker not in workers]
        gone += [i for i, share in enumerate(self.kept) if share.status in ("lost", "cancelled")]
        for i in {*gone}:
            self.lost[i] += 1
            if self.lost[i] > MOST_LOSSES:
                raise ClusterError(
                    f"{self._called(i)} was lost with {MOST_LOSSES + 1} workers, one after the "
                    "other. Perhaps it does not fit into their memory, or an operation ends the "
                    "process. The weights are those of the last whole update."
                )
            self.where[i] = ""
        self._spread(workers)

    def _spread(self, workers: Sequence[str]) -> None:
        """As few shares as possible move until each worker has as many as the others, or one more.

        A share that moves is made again, from where it came.
        """
        number, most = len(self.where), -(-len(self.where) // len(workers))
        load = Counter(worker for worker in self.where if worker)
        for i in range(number):
            worker = self.where[i]
            if not worker or load[worker] > most:
                load[worker] -= bool(worker)
                self.where[i] = min(workers, key=lambda each: (load[each], each))
                load[self.where[i]] += 1
                self.kept[i] = self._made(i)

    def _workers(self, wait: bool) -> list[str]:
        """Addresses of the workers that are there and answer; at least one, if we wait for it."""
        begun = time.monotonic()
        while True:
            there = self._reached(self.client.nthreads)
            found = sorted(worker for worker in there if worker not in self.given_up)
            if found or not wait:
                return found
            if time.monotonic() - begun > WITHOUT_WORKERS:
                raise ClusterError(
                    f"The cluster has had no worker that answers for {WITHOUT_WORKERS:g} seconds. "
                    "The weights are those of the last whole update; resume=history carries on, "
                    "with a cluster or without one."
                )
            time.sleep(LOOK_EVERY)

    def _workers_at_hand(self) -> list[str]:
        workers = self._workers(wait=False)
        if not workers:
            raise ClusterError(
                "The cluster has no workers yet. Start some (in a terminal: dask worker ADDRESS), "
                "and wait for them: client.wait_for_workers(1)."
            )
        return workers

    # ------------------------------------------------------------------ shares, and Dask

    def _shares(self, data: Any, workers: int) -> Shares:
        if isinstance(data, Shares):
            return data
        if isinstance(data, Mapping) and any(hasattr(values, "dask") for values in data.values()):
            return of_dask_arrays(data)
        checked = self.graph.checked_inputs(data, whole="The data")
        return of_arrays({x.name: array for x, array in checked.items()}, workers)

    def _called(self, share: int) -> str:
        return f"Share {share + 1} of {len(self.shares.arguments)} of the data"

    def _made(self, share: int) -> Any:
        """A future of the share, on its worker."""
        worker, argument = self.where[share], self.shares.arguments[share]
        if isinstance(argument, dict):  # of arrays, which are sent; of Dask's, which are computed
            argument = {
                name: self._computed(values, worker)
                if hasattr(values, "dask")
                else self._sent(values, worker)
                for name, values in argument.items()
            }
        return self._submit(
            worker,
            on_a_worker.loaded_share,
            self.network,
            self.shares.load,
            argument,
            self._called(share),
        )

    def _computed(self, delayed: Any, worker: str) -> Any:
        return self._reached(lambda: self.client.compute(delayed, workers=[worker], pure=False))

    def _sent(self, values: Any, worker: str) -> Any:
        # In a list: of a dict Dask would take the keys for names on the cluster.
        send = lambda: self.client.scatter([values], workers=[worker], hash=False)  # noqa: E731
        return self._reached(send)[0]

    def _submit(self, worker: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """A task for this worker alone."""
        return self._reached(
            lambda: self.client.submit(function, *arguments, workers=[worker], pure=False)
        )

    def _of_each(self, function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> Any:
        """What a function of each share tells, in their order."""
        while True:
            asked = {
                self._submit(self.where[i], function, self.kept[i], *each): self.where[i]
                for i, each in enumerate(arguments)
            }
            answers = self._answers(asked, float("inf"))
            if answers is not None:
                return answers
            self._repair()

    def _answers(self, asked: Mapping[Any, str], patience: float) -> list[Any] | None:
        """The results of these tasks in their order; None if one is lost, with its worker or
        without. A worker that takes longer than `patience` is given up.
        """
        from distributed import CancelledError

        tasks = [*asked]
        try:
            return self._fetched(asked, patience)
        except CancelledError:  # the worker is gone, or the scheduler and all with it
            return None
        finally:
            with suppress(Exception):  # there may be nobody any more
                self.client.cancel([t for t in tasks if t.status == "pending"], force=True)

    def _fetched(self, asked: Mapping[Any, str], patience: float) -> list[Any] | None:
        from distributed import wait

        tasks, until = [*asked], time.monotonic() + patience
        while True:
            with suppress(TimeoutError):
                self._reached(lambda: wait(tasks, timeout=LOOK_EVERY))
            if any(task.status in ("lost", "cancelled") for task in tasks):
                return None
            for task in tasks:
                if task.status == "error":
                    return self._failed(task)
            waited_for = {asked[task] for task in tasks if task.status == "pending"}
            if not waited_for:
                answers = []
                try:
                    for task in tasks:
                        answers.append(task.result(timeout=min(ANSWER, patience)))
                    return answers
                except TimeoutError:  # finished, and gone before it was fetched
                    waited_for = {asked[tasks[len(answers)]]}
            if not waited_for <= {*self._workers(wait=False)}:
                return None
            if time.monotonic() > until:
                self.given_up |= waited_for
                return None

    def _failed(self, task: Any) -> None:
        """None if the worker is to blame; else the error itself."""
        from distributed import KilledWorker

        error = task.exception()
        if isinstance(error, KilledWorker):
            return None
        raise error

    def _reached(self, call: Callable[[], Any]) -> Any:
        """What a call to the scheduler gives; ClusterError if it is not there any more."""
        problem: BaseException | None = None
        until = time.monotonic() + ANSWER
        while self.client.status == "connecting" and time.monotonic() < until:
            time.sleep(LOOK_EVERY)
        if self.client.status == "running":
            try:
                return call()
            except TimeoutError:
                raise
            except (OSError, RuntimeError) as error:
                problem = error
        raise ClusterError(
            "The scheduler of the cluster does not answer any more. The weights are those of the "
            "last whole update; resume=history carries on, with another client or without one."
        ) from problem


def _pickled(loss: Node) -> bytes:
    """The network for a worker. Operations of one's own go by their code, if their module is not
    there: that is what cloudpickle, which Dask brings, does for a notebook.
    """
    import cloudpickle

    pickled: bytes = cloudpickle.dumps(loss)
    return pickled
