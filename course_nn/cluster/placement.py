"""Shares of the data on the workers of a cluster, and the one mean that is made of their sums.

Who keeps which share is decided here: a share lies on one worker, and each update is one task for
each worker that has rows of the batch. A share that is lost with its worker is made again on
another one, from where it came, and the update is asked for again.

Source: the further lesson cluster_of_machines.
"""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from course_nn.cluster import on_a_worker
from course_nn.cluster.admission import EACH, admitted
from course_nn.cluster.on_a_worker import About, Rows, Sums
from course_nn.cluster.shares import Shares, of_arrays, of_dask_arrays
from course_nn.cluster.sum_of_parts import check_sum_of_parts
from course_nn.cluster.workers import (
    LOOK_EVERY,
    WHOLE,
    WITHOUT_WORKERS,
    ClusterError,
    Lost,
    TooLate,
    Workers,
)
from course_nn.columns import columns_with
from course_nn.graph import Array, Graph, Input, Node
from course_nn.own_state import left_as_it_was
from course_nn.runs import FIRST_ROWS
from course_nn.settings import written

PATIENCE = 30.0  # seconds for an answer, until the worker is asked whether it is at work
NEWCOMERS_EVERY = 1.0  # seconds
AT_THE_START = 20.0  # seconds for a first worker: perhaps a nanny just starts it again
MOST_LOSSES = 3  # workers that may be lost with one share in one update: then it is the share
MOST_TRIES = 20  # for one update
LARGE = 500_000  # bytes: weights from here on travel as data, others with the task


class Placement:
    """The shares of one run, on the workers of `client`.

    Args:
        client: a `dask.distributed.Client`. data: arrays by input name, Dask arrays, or `Shares`.
        engine: what adds up on the workers: "graph", "numpy" or "numba".

    Attributes:
        examples, digest, columns: of all rows. first_rows: of the whole, checked, by input node.

    Raises what `Graph.checked_inputs` raises; TypeError if the client is none; ValueError if a
    batch of this network is not the sum of its parts; ClusterError.
    """

    def __init__(self, client: Any, loss: Node, data: Any, engine: str) -> None:
        self.workers, self.loss, self.engine = Workers(client), loss, engine
        self.graph: Graph = loss.graph
        self.network = _pickled(loss)
        self.lost: Counter[int] = Counter()  # workers in this update, by the share on them
        self.patience = PATIENCE  # more, once a worker was too late
        self.looked = 0.0  # for newcomers, when
        there = self._at_the_start()
        self.shares = self._shares(data, len(there))
        number = len(self.shares.arguments)
        self.where = [there[i * len(there) // number] for i in range(number)]
        self.kept: list[Any] = [None] * number  # the futures
        try:
            self._look_at_all()
            learned = [each for about in self.told for each in about.columns]
            tables = data if isinstance(data, Mapping) else None
            self.columns = columns_with(self.graph, tuple(learned), tables)
        except BaseException:
            self.close()
            raise

    def _look_at_all(self) -> None:
        rows = self._of_each(on_a_worker.rows_of, [()] * len(self.kept))
        self.starts = np.concatenate([[0], np.cumsum(rows)])
        self.examples = int(self.starts[-1])
        self.told: Sequence[About] = self._of_each(
            on_a_worker.about, [(int(first), FIRST_ROWS) for first in self.starts[:-1]]
        )
        self.digest = written(sum(each.digest for each in self.told) % 2**128)
        self.first_rows: dict[Input, Array] = {
            x: np.concatenate([each.first_rows[x.name] for each in self.told[:FIRST_ROWS]])[
                :FIRST_ROWS
            ]
            for x in self.graph.inputs
        }
        check_sum_of_parts(self.loss, self.first_rows)

    def close(self) -> None:
        """Let the workers forget the shares."""
        self.kept = [None] * len(self.kept)
        self.workers.silent.clear()

    # ------------------------------------------------------------------ one update

    def for_run(self, run: Any) -> Placement:
        """From now on `average` counts as an update of this run."""
        self.run = run
        with suppress(Exception):  # there need not be one
            run.dashboard = self.workers.client.dashboard_link or ""
        return self

    def average(self, batch: Rows) -> tuple[float, int]:
        """J of a batch, and the number of its examples; the parameters get ∂J/∂W, the one mean.

        Raises FloatingPointError if J is not finite; ClusterError.
        """
        begun = time.perf_counter()
        self.take_in()
        sums = self.sums(self.run.updates.weights(), batch)
        self.run.on_workers(sums.seconds, time.perf_counter() - begun - sums.seconds)
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
        answers: Sequence[Sums] = self._answers(lambda: self._ask(rows, flat))
        return Sums(
            gradients=np.add.reduce([each.gradients for each in answers]),
            loss=sum(each.loss for each in answers),
            rows=sum(each.rows for each in answers),
            seconds=max(each.seconds for each in answers),
        )

    def _rows_by_share(self, batch: Rows) -> dict[int, Rows]:
        """Of each share that has rows of the batch: which ones, counted in the share."""
        if isinstance(batch, slice):
            start, stop, _ = batch.indices(self.examples)
            first, end = np.searchsorted(self.starts, [start, stop - 1], side="right")
            return {
                share: slice(max(start - begin, 0), min(stop, self.starts[share + 1]) - begin)
                for share in range(int(first) - 1, int(end))
                for begin in [int(self.starts[share])]
            }
        owners = np.searchsorted(self.starts, batch, side="right") - 1
        return {
            int(share): batch[owners == share] - self.starts[share] for share in np.unique(owners)
        }

    def _ask(self, rows: Mapping[int, Rows], weights: Array) -> dict[Any, str]:
        """A task for each worker that has rows of the batch. Raises Lost."""
        by_worker: dict[str, list[int]] = {}
        for share in rows:
            by_worker.setdefault(self.where[share], []).append(share)
        # Large ones go to one worker, and the others take them from there.
        is_large = weights.nbytes >= LARGE
        sent = self.workers.send(weights, next(iter(by_worker))) if is_large else weights
        return {
            self.workers.submit(
                worker,
                on_a_worker.sums,
                self.engine,
                [self.kept[share] for share in shares],
                [rows[share] for share in shares],
                sent,
            ): worker
            for worker, shares in by_worker.items()
        }

    def _of_each(self, function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> Any:
        """What a function of each share tells, in their order."""

        def ask() -> dict[Any, str]:
            return {
                self.workers.submit(worker, function, share, *each): worker
                for worker, share, each in zip(self.where, self.kept, arguments, strict=True)
            }

        return self._answers(ask)

    def _answers(self, ask: Callable[[], dict[Any, str]]) -> list[Any]:
        """What the workers answer, asked again for as long as some of them are lost."""
        problem: Lost | None = None  # the last one
        self.lost.clear()
        for _ in range(MOST_TRIES):
            try:
                for share in range(len(self.kept)):
                    if self.kept[share] is None:
                        self.kept[share] = self._made(share)
                return self.workers.answers(ask(), self.patience, may_be_at_work=True)
            except Lost as lost:
                problem = lost.with_traceback(None)  # which would hold on to tasks
                self._repair(isinstance(lost, TooLate))
                if isinstance(lost, TooLate):
                    self.patience *= 2  # perhaps it does take so long
        raise ClusterError(f"An update was tried {MOST_TRIES} times. {WHOLE}.") from problem

    # ------------------------------------------------------------------ who comes and goes

    def take_in(self) -> None:
        """Between two updates: workers that have come get shares of those that have most."""
        if time.monotonic() - self.looked > NEWCOMERS_EVERY:
            self.looked = time.monotonic()
            there = self._admitted(self.workers.there())
            if there and not {*there} <= {*self.where}:
                self._spread(there)

    def _at_the_start(self) -> list[str]:
        """Those that can take part, as soon as there is one. Raises ClusterError."""
        begun = seen = time.monotonic()
        while True:
            asked = self.workers.there()
            if there := self._admitted(asked):
                return there
            now = time.monotonic()
            seen = now if asked else seen  # they were lost, or too late, while they were asked
            all_refused = bool(asked) and {*asked} <= self.workers.refused.keys()
            if all_refused or now - seen > AT_THE_START or now - begun > WITHOUT_WORKERS:
                break
            time.sleep(LOOK_EVERY)
        why = self.workers.why_refused()
        if mute := sorted({*asked, *self.workers.silent} - self.workers.refused.keys()):
            raise ClusterError(
                f"The workers of the cluster do not answer: {', '.join(mute)}. Perhaps they are "
                "still busy, or end as soon as they are asked: look at what they print, or start "
                f"them again: client.restart().{why}"
            )
        if why:
            raise ClusterError(f"No worker of the cluster can take part.{why} {EACH}.")
        raise ClusterError(
            f"The cluster has no workers yet; none came within {AT_THE_START:g} seconds. Start "
            "some (in a terminal: dask worker ADDRESS), and wait for them: "
            "client.wait_for_workers(1)."
        )

    def _admitted(self, there: Sequence[str]) -> list[str]:
        """Those that can take part. The others get nothing, and the reader is told why."""
        before = {*self.workers.refused}
        found = admitted(self.workers, there)
        if self.workers.refused.keys() - before and found:
            warnings.warn(f"{self.workers.why_refused().strip()} {EACH}.", stacklevel=2)
        return found

    def _repair(self, too_late: bool) -> None:
        """Put the shares that are lost, or came too late, on workers that are there.

        Raises ClusterError.
        """
        for _ in range(MOST_TRIES):
            if there := self._admitted(self.workers.at_least_one()):
                break
        else:
            raise ClusterError(f"{MOST_TRIES} workers came, and none could take part. {WHOLE}.")
        for i, worker in enumerate(self.where):
            status = "lost" if self.kept[i] is None else self.kept[i].status
            late = too_late and status != "finished"
            if worker not in there or late or status in ("lost", "cancelled", "error"):
                # Not if it was only slow, or was not made yet, when another share was lost.
                self.lost[i] += not late and (worker not in there or self.kept[i] is not None)
                self.where[i], self.kept[i] = "", None
                if self.lost[i] > MOST_LOSSES:
                    raise ClusterError(
                        f"{self._called(i)} was lost with {MOST_LOSSES + 1} workers, one after "
                        "the other. Perhaps it does not fit into their memory, or an operation "
                        f"ends the process. {WHOLE}."
                    )
        self._spread(there)

    def _spread(self, there: Sequence[str]) -> None:
        """As few shares as possible move until each worker has as many as the others, or one more.

        A share that moves is made again, from where it came.
        """
        load = {worker: 0 for worker in there}
        for worker in self.where:
            if worker in load:
                load[worker] += 1

        def move(share: int) -> None:
            least = min(load, key=lambda worker: load[worker])
            load[least] += 1
            self.where[share], self.kept[share] = least, None

        for i, worker in enumerate(self.where):
            if worker not in load:
                move(i)
        for i, worker in enumerate(self.where):
            if load[worker] > min(load.values()) + 1:
                load[worker] -= 1
                move(i)

    # ------------------------------------------------------------------ shares

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
        """A future of the share, on its worker. Raises Lost."""
        worker, argument = self.where[share], self.shares.arguments[share]
        if self.shares.load is dict:  # arrays, which are sent; Dask's, which are computed
            argument = {
                name: self.workers.compute(values)
                if hasattr(values, "dask")
                else self.workers.send(values, worker)
                for name, values in argument.items()
            }
        return self.workers.submit(
            worker,
            on_a_worker.loaded_share,
            self.network,
            self.shares.load,
            argument,
            self._called(share),
        )


def _pickled(loss: Node) -> bytes:
    """The network for a worker, without the values that it holds now. Operations of one's own go by
    their code, if their module is not there: that is what cloudpickle, which Dask brings, does for
    a notebook.

    Raises ValueError if an operation cannot be sent.
    """
    import cloudpickle

    graph: Graph = loss.graph
    with left_as_it_was(graph):
        if all(x.value is not None for x in graph.inputs):
            with suppress(Exception):  # what operations keep besides is then of one row
                graph.put({x: x.value[:1] for x in graph.inputs if x.value is not None})
                graph.Forward()
        graph.put({})
        for node in [*graph.inputs, *graph.nodes]:
            held = {"value", "_value", "grad"} & {*vars(node)}
            vars(node).update(dict.fromkeys(held))
        try:
            pickled: bytes = cloudpickle.dumps(loss)
        except Exception as error:
            raise ValueError(
                "An operation of this network keeps something that cannot be sent to another "
                f"machine: {error}. Train it without cluster."
            ) from error
    return pickled
