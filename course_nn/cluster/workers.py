"""The workers of a Dask cluster, as a run of training sees them: who is there, what they answer.

Dask runs what is submitted, tells of workers that come and go, and moves the bytes. What it leaves
open is how long to wait: a worker that is stopped keeps its connection, and a scheduler that is
stopped answers nobody. So all waiting is done here, in short steps, with a look at who is there.

Source: https://distributed.dask.org/en/stable/client.html and resilience.html
"""

from __future__ import annotations

import concurrent.futures
import sys
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from course_nn import checks

__all__ = ["ClusterError", "Lost", "Workers"]  # for others, too

LOOK_EVERY = 0.2  # seconds, at who is still there
SCHEDULER = 20.0  # seconds, for the scheduler to say it
ANSWER = 10.0  # seconds, for a worker at work to say that it is there
WITHOUT_WORKERS = 120.0  # seconds that a run waits for a worker when none is left
WHOLE = "The weights are those of the last whole update"


class ClusterError(RuntimeError):
    """The cluster cannot go on. What was trained until then is whole."""


class Lost(Exception):
    """What was asked of workers will not come: one of them is gone, or it took too long."""


class TooLate(Lost):
    """It took longer than one's patience; who does not answer at all counts as gone by now."""


class Workers:
    """The workers of `client`, a `dask.distributed.Client`, by their addresses.

    Raises TypeError if it is none, and ImportError without Dask, or in a browser.
    """

    def __init__(self, client: Any) -> None:
        if sys.platform == "emscripten":
            raise ImportError(
                "cluster needs several processes, and a browser gives Python only one. Leave "
                "cluster out: the numbers are the same."
            )
        try:
            from distributed import Client  # who trains on one machine needs no Dask
        except ImportError:
            raise ImportError(
                "cluster needs the packages dask and distributed, which are not installed here. "
                'Install them (python -m pip install "dask[distributed]" cloudpickle), or leave '
                "cluster out."
            ) from None

        if not isinstance(client, Client):
            raise TypeError(
                "cluster must be a dask.distributed.Client, such as Client(LocalCluster()); got "
                f"{checks.shown(client)}."
            )
        if client.asynchronous:
            raise TypeError("cluster must be a Client made without asynchronous=True.")
        self.client = client
        self.loop: Any = client.loop
        self.silent: dict[str, Any] = {}  # took too long, until they answer this question
        self.admitted: set[str] = set()  # can take part in a run
        self.refused: dict[str, str] = {}  # cannot, and why

    def there(self) -> list[str]:
        """Those that are there, answer and are not refused. Raises ClusterError if the scheduler
        does not answer, or the client is closed.
        """
        problem: Exception | None = None
        until, tries = time.monotonic() + SCHEDULER, 0
        # At least twice: this process may have stood still itself, as after Ctrl-Z.
        while self.client.status in ("running", "connecting") and (
            time.monotonic() < until or tries < 2
        ):
            tries += 1
            try:
                left = max(until - time.monotonic(), 10 * LOOK_EVERY)
                found = self.client.sync(self._addresses, callback_timeout=left)
                break
            except (OSError, AttributeError, RuntimeError, ValueError) as error:  # just now it went
                problem = error
                time.sleep(LOOK_EVERY)
        else:
            self._must_be_open(problem)
            raise ClusterError(
                f"The scheduler of the cluster does not answer any more. {WHOLE}; resume=history "
                "carries on, with another client or without one."
            ) from problem
        self.silent = {
            worker: question
            for worker, question in self.silent.items()
            if worker in found and question.status in ("pending", "lost")
        }
        return sorted({*found} - self.silent.keys() - self.refused.keys())

    def _must_be_open(self, problem: BaseException | None) -> None:
        """Raises ClusterError if the client was closed, from the problem that this made."""
        loop = self.loop.asyncio_loop
        if self.client.status not in ("running", "connecting") or loop.is_closed():
            raise ClusterError(
                "The client of the cluster is closed, perhaps with its cluster. "
                f"{WHOLE}; resume=history carries on, with a new Client or without one."
            ) from problem

    async def _addresses(self) -> Iterable[str]:
        # Without those that Dask has paused, as their memory is full: they are given nothing new.
        there: Iterable[str] = await self.client.scheduler.ncores_running()
        return there

    def at_least_one(self) -> list[str]:
        """Those that are there; if it is nobody, who comes. Raises ClusterError after a while."""
        begun = time.monotonic()
        while not (found := self.there()):
            if time.monotonic() - begun > WITHOUT_WORKERS:
                raise ClusterError(
                    f"The cluster has had no worker that answers for {WITHOUT_WORKERS:g} seconds. "
                    f"{WHOLE}; resume=history carries on, with a cluster or without one."
                    f"{self.why_refused()}"
                )
            time.sleep(LOOK_EVERY)
        return found

    def why_refused(self) -> str:
        """A sentence about each reason, with a space before it, or ""."""
        reasons: dict[str, list[str]] = {}
        for worker, why in self.refused.items():
            reasons.setdefault(why, []).append(worker)
        return "".join(
            f" The worker at {', '.join(those)} got no rows: {why}."
            if len(those) == 1
            else f" The workers at {', '.join(those)} got no rows, each for this: {why}."
            for why, those in reasons.items()
        )

    # ------------------------------------------------------------------ what they are given

    def submit(self, worker: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """A task for this worker alone: its future. Raises Lost, ClusterError."""
        try:
            return self.client.submit(function, *arguments, workers=[worker], pure=False)
        except Exception as error:  # a client that is closed says so in many ways
            raise self._lost(error) from error

    def _lost(self, error: Exception) -> Exception:
        """What is to be raised from an error of Dask's client, which may be closed by now."""
        self._must_be_open(error)
        return Lost() if isinstance(error, (OSError, RuntimeError)) else error

    def send(self, array: np.ndarray, worker: str) -> Any:
        """An array to a worker: its future, which tasks of other workers may use too. Raises Lost,
        ClusterError.
        """
        try:
            # In a list: of a dict Dask would take the keys for names on the cluster. And not with
            # broadcast=True, which never ends if a worker is killed in the middle of it.
            sending = self.client.scatter([array], workers=[worker], hash=False, asynchronous=True)
            return self._when_it_comes(sending, [worker], ANSWER, may_be_at_work=True)[0]
        except (KeyError, ValueError) as error:  # the worker went just now
            raise Lost from error

    def compute(self, block: Any) -> Any:
        """A block of a Dask array, computed where Dask likes: its future. Raises Lost,
        ClusterError.
        """
        try:
            return self.client.compute(block)
        except Exception as error:
            raise self._lost(error) from error

    # ------------------------------------------------------------------ what they answer

    def answers(
        self, asked: Mapping[Any, str], patience: float, *, may_be_at_work: bool = False
    ) -> list[Any]:
        """The results of tasks, in their order.

        Args:
            asked: the worker of each. patience: seconds, after which it is a worker's silence.
            may_be_at_work: then it is not, if the worker says that it is there.

        Raises Lost; ClusterError; what a task raised.
        """
        tasks = [*asked]
        try:
            coming = self.client.gather(tasks, errors="skip", asynchronous=True)
            workers = {*asked.values()}
            answers: list[Any] = self._when_it_comes(coming, workers, patience, may_be_at_work)
            if len(answers) < len(tasks):
                raise Lost
            return answers
        except Lost:
            if error := next((t.exception() for t in tasks if t.status == "error"), None):
                _raise_in_our_words(error)
            raise
        finally:
            with suppress(Exception):  # there may be nobody any more
                self._cancel([task for task in tasks if task.status == "pending"])

    def _when_it_comes(
        self,
        coming: Coroutine[Any, Any, Any],
        workers: Iterable[str],
        patience: float,
        may_be_at_work: bool = False,
    ) -> Any:
        """The result of what the client does with these workers. Raises Lost as soon as one of
        them is gone, or takes longer than `patience`; ClusterError.
        """
        import asyncio  # here: the grader imports this module, and mostly uses no cluster

        try:
            # It is not cancelled, whatever comes: Dask gathers for all who ask at a time, and who
            # cancels one gather cancels those of the others, or all that come after.
            running = asyncio.run_coroutine_threadsafe(coming, self.loop.asyncio_loop)
        except RuntimeError as error:
            coming.close()
            raise self._lost(error) from error
        until = time.monotonic() + patience
        try:
            while not concurrent.futures.wait([running], LOOK_EVERY).done:
                is_gone = not {*workers} <= {*self.there()}
                is_late = time.monotonic() > until
                if running.done() or not (is_gone or is_late):
                    continue
                if is_gone:
                    raise Lost
                if not may_be_at_work:
                    self._ask_after(workers)
                    raise TooLate
                self._must_answer(workers)
                until = time.monotonic() + patience
            return running.result()
        except (concurrent.futures.CancelledError, OSError) as error:
            raise Lost from error
        except (Lost, ClusterError):
            raise
        except Exception as error:
            self._must_be_open(error)
            raise

    def _must_answer(self, workers: Iterable[str]) -> None:
        """Raises Lost, or TooLate, if they are not there; be they at work, as this is asked beside
        their tasks.
        """
        asking = self.client.run(int, workers=[*workers], on_error="ignore", asynchronous=True)
        self._when_it_comes(asking, workers, ANSWER)

    def _ask_after(self, workers: Iterable[str]) -> None:
        """Whoever does not answer the simplest of questions either is silent until it does."""
        self.silent |= {worker: self.submit(worker, int) for worker in workers}
        time.sleep(LOOK_EVERY)

    def _cancel(self, tasks: list[Any]) -> None:
        import asyncio

        if tasks and self.client.status == "running":
            cancelling = self.client.cancel(tasks, asynchronous=True, force=True)
            asyncio.run_coroutine_threadsafe(cancelling, self.loop.asyncio_loop)


def _raise_in_our_words(error: BaseException) -> None:
    """Raise what a task raised: as Lost if it was the worker's end, and in our words if it is of
    the cluster.
    """
    from distributed import CancelledError, KilledWorker

    if isinstance(error, (KilledWorker, CancelledError)):
        raise Lost from error
    if isinstance(error, MemoryError):
        raise ClusterError(f"A worker has not enough memory. {WHOLE}.") from error
    if isinstance(error, ModuleNotFoundError):
        missing = error.name or str(error)
        raise ClusterError(
            f"A worker cannot import the module {missing}. Each machine needs course_nn; a file of "
            f'your own goes to all of them with client.upload_file("{missing}.py"), and what is '
            f"defined in a notebook goes by itself. {WHOLE}."
        ) from error
    raise error
