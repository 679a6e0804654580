"""The workers of a Dask cluster, each with a sandbox that is proven, and who has a place on which.

Which submission runs where is decided here and not by Dask, as `Client.get_executor` would have it:
a box lives on one worker, each worker is looked at before it gets any, and whoever was there when a
worker died runs alone the next time, so that nobody is blamed for a neighbour.
"""

from __future__ import annotations

import logging
import pkgutil
import platform
import secrets
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from course_grading.cluster import on_a_worker
from course_grading.cluster.remote_box import RemoteSandbox
from course_grading.sandbox.any_box import Place
from course_grading.sandbox.box import MOST_WORKERS
from course_grading.sandbox.limits import Cancelled, Limits, MachineLost
from course_nn.cluster.workers import ClusterError, Lost, Workers

CONNECT = 10.0  # seconds, for the scheduler to answer at first
LOOK_EVERY = 1.0  # seconds, for workers that come and go
STAY_EVERY = 30.0  # seconds; a worker that hears nothing for two minutes closes its boxes
PATIENCE = 30.0  # seconds for a call; each answers within one, on a machine that is not full
PROOF = 300.0  # seconds for the attack on a sandbox, which takes two
AT_THE_START = 20.0  # seconds for a first worker: perhaps a nanny just starts it again
WITHOUT_WORKERS = 120.0  # seconds that a run waits when no worker with a sandbox is left
GOODBYE = 3.0  # seconds for the workers to close their boxes
MOST_AT_A_TIME = 256  # submissions in all
NO_DASK = (
    "--cluster needs Dask, which is not installed here: pip install dask distributed. Without "
    "--cluster, all cores of this machine grade, and nothing is to be installed."
)
HERE_ONLY = ("tcp://127.", "tcp://localhost:", "tcp://[::1]", "inproc://")


class ClusterStopped(RuntimeError):
    """The cluster cannot go on, or not even begin; the text says why."""


@dataclass(eq=False)
class Machine:
    """A worker that has proven its sandbox.

    Args:
        places: how many submissions at a time. taken: the numbers of those places that are.
        alone: one submission has all of it.
    """

    address: str
    places: int
    taken: set[int] = field(default_factory=set)
    alone: bool = False

    def first_free(self) -> int | None:
        """The number of a place, if there is one."""
        if self.alone:
            return None
        return next((n for n in range(self.places) if n not in self.taken), None)


class Cluster:
    """The workers of a scheduler, as places for submissions. `close` it.

    Args:
        address: of the scheduler, "tcp://…" or "tls://…"; or a `dask.distributed.Client`, which
            stays open.
        provides: the modules of `course_nn` that boxes have. limits: of each box.
        at_most: submissions at a time, in all.

    Raises ValueError if Dask is not installed.
    """

    elsewhere = True  # what cannot be run on one machine is given to another

    def __init__(
        self,
        address: Any,
        provides: tuple[str, ...],
        *,
        limits: Limits | None = None,
        at_most: int | None = None,
    ) -> None:
        try:
            import distributed  # noqa: F401
        except ImportError:
            raise ValueError(NO_DASK) from None
        self.provides, self.limits = provides, limits or Limits()
        self.most = max(1, min(at_most or MOST_AT_A_TIME, MOST_AT_A_TIME))
        self.run = secrets.token_hex(8)
        self.client: Any = None if isinstance(address, str) else address
        self.address = str(address if isinstance(address, str) else address.scheduler.address)
        self._is_ours = isinstance(address, str)
        self.changed = threading.Condition()  # of all that follows
        self.machines: dict[str, Machine] = {}
        self.coming: set[str] = set()  # are being looked at
        self.refused: dict[str, str] = {}  # and why
        self.off: list[Machine] = []  # on which boxes were, until these are given back
        self.there: set[str] | None = None  # all that the scheduler knows
        self.told: list[Any] = []  # futures nobody waits for: without them Dask drops the tasks
        self.problem = ""
        self.last_seen = time.monotonic()  # a machine with a sandbox, when
        self.last_hope = self.last_seen  # a worker that is not refused, when
        self.cancelled = threading.Event()
        self.quiet = _Quiet()

    # ------------------------------------------------------------------ beginning and end

    def prove(self) -> None:
        """Wait for the first worker that proves its sandbox; the others follow when they have.

        Raises ClusterStopped if none can.
        """
        self.quiet.begin()
        if self.client is None:
            self.client = self._connected()
        self.last_seen = time.monotonic()
        threading.Thread(target=self._look_after, daemon=True).start()
        with self.changed:
            while not self.machines:
                self._must_go_on()
                self._may_still_come()
                self.changed.wait(0.5)

    def _may_still_come(self) -> None:
        """Raises ClusterStopped if no worker is there at the start, or none that is fit."""
        if self.there is None or time.monotonic() - self.last_hope <= AT_THE_START:
            return
        if not self.there:
            raise ClusterStopped(
                f"the cluster at {self.address} has no workers yet; none came within "
                f"{AT_THE_START:g} seconds. Start some (in a terminal: dask worker "
                f"{self.address}). No submission was run."
            )
        if self.there <= self.refused.keys():
            raise ClusterStopped("\n".join([*self.remarks(), "No submission was run."]))

    def _connected(self) -> Any:
        import asyncio  # here: who grades on one machine needs none

        from distributed import Client

        try:
            # First by hand: a client that cannot be opened complains once more at its end.
            with ThreadPoolExecutor(1) as thread:  # there may be a loop in this one
                thread.submit(asyncio.run, _greet(self.address)).result()
            with warnings.catch_warnings():  # of other versions, which we look at ourselves
                warnings.simplefilter("ignore")
                return Client(
                    self.address, timeout=CONNECT, set_as_default=False, name="course-grading"
                )
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            about = " ".join(str(error).split())[:300]
            keys = ""
            if self.address.startswith("tls:"):
                keys = " Dask's own configuration names the files for TLS (distributed.comm.tls)."
            raise ClusterStopped(
                f"no scheduler of Dask answers at {self.address}: {about}.{keys} No submission "
                "was run."
            ) from None

    def begin(self) -> None:
        """Nothing: the sandboxes are made where they are proven."""

    def stop(self) -> None:
        """Whoever waits for a box or a place is to end."""
        self.cancelled.set()
        self.close()

    def close(self) -> None:
        """Take leave of the workers, which end their boxes."""
        self.cancelled.set()
        with self.changed:
            self.changed.notify_all()
            addresses = [*self.machines, *self.coming]
        client, self.client = self.client, None
        if client is None:
            return
        with suppress(Exception):  # there may be nobody any more
            if not self.problem:
                self._take_leave(client, addresses)
        if self._is_ours:
            with suppress(Exception):
                client.close(timeout=GOODBYE)
        self.quiet.end()

    def _take_leave(self, client: Any, addresses: list[str]) -> None:
        from distributed import fire_and_forget

        workers = Workers(client)
        going = [workers.submit(each, on_a_worker.leave, self.run) for each in addresses]
        # A worker that stands still now is to hear of it when it goes on, though nobody waits then.
        fire_and_forget(going)
        until = time.monotonic() + GOODBYE
        while any(each.status == "pending" for each in going) and time.monotonic() < until:
            time.sleep(0.01)

    def remarks(self) -> list[str]:
        """What the instructor should know of the cluster."""
        found = []
        with self.changed:
            for why in dict.fromkeys(self.refused.values()):
                those = [address for address, reason in self.refused.items() if reason == why]
                s = "s" if len(those) > 1 else ""
                found.append(f"The worker{s} at {', '.join(those)} got no submission: {why}.")
        is_plain = not self.address.startswith(("tls:", *HERE_ONLY))
        if self.machines and is_plain:
            found.append(
                "The cluster does not use TLS: who listens in the network can read submissions, "
                "and give orders to the workers."
            )
        return found

    # ------------------------------------------------------------------ places

    @property
    def at_a_time(self) -> int:
        """How many submissions can be run now."""
        with self.changed:
            places = sum(machine.places for machine in self.machines.values())
        return max(1, min(self.most, places))

    def take(self, alone: bool) -> Place:
        """A place, as soon as there is one; or a whole worker.

        Raises `Cancelled`, ClusterStopped.
        """
        with self.changed:
            while True:
                if self.cancelled.is_set():
                    raise Cancelled
                self._must_go_on()
                if (place := self._free(alone)) is not None:
                    return place
                self.changed.wait(0.5)

    def _free(self, alone: bool) -> Place | None:
        for machine in sorted(self.machines.values(), key=lambda each: len(each.taken)):
            number = machine.first_free()
            if number is None or (alone and machine.taken):
                continue
            machine.taken.add(number)
            machine.alone = alone
            call = partial(self._call_for_a_box, machine)
            return Place(RemoteSandbox(call, self.run, self.limits), number, machine)
        return None

    def give_back(self, place: Place) -> None:
        """Nothing runs there any more."""
        with self.changed:
            machine: Machine = place.machine
            machine.taken.discard(place.number)
            machine.alone = False
            if machine in self.off and not machine.taken:
                self.off.remove(machine)
            self.changed.notify_all()

    def put_off(self, place: Place) -> None:
        """Something is wrong with this worker: it gets nothing more before it is proven anew."""
        with self.changed:
            self._put_off(place.machine)

    def _put_off(self, machine: Machine) -> None:
        if self.machines.get(machine.address) is machine:
            del self.machines[machine.address]
            self.last_seen = time.monotonic()
            if machine.taken:
                self.off.append(machine)

    def _must_go_on(self) -> None:
        """Raises ClusterStopped."""
        if self.problem:
            raise ClusterStopped(self.problem)
        waited = time.monotonic() - self.last_seen
        if not self.machines and not self.coming and waited > WITHOUT_WORKERS:
            words = [
                *self.remarks(),
                f"the cluster has had no worker with a sandbox for {WITHOUT_WORKERS:g} seconds.",
            ]
            raise ClusterStopped("\n".join(words))

    # ------------------------------------------------------------------ workers come and go

    def _look_after(self) -> None:
        """In a thread: who is there, who is new, who is gone."""
        client = self.client
        if client is None:
            return
        workers = Workers(client)
        told = time.monotonic()
        while not self.cancelled.is_set():
            try:
                found = {*workers.there()}
            except ClusterError:
                self._has_no_scheduler()
                return
            with self.changed:
                self._see(found)
                addresses = [*self.machines]
            if time.monotonic() - told >= STAY_EVERY:
                told = time.monotonic()
                with suppress(Exception):  # whatever it is, the next look says so
                    self.told = [workers.submit(a, on_a_worker.stay, self.run) for a in addresses]
            self.cancelled.wait(LOOK_EVERY)

    def _see(self, found: set[str]) -> None:
        """These are there now."""
        for machine in list(self.machines.values()):
            if machine.address not in found:
                self._put_off(machine)
        for address in self.refused.keys() - found:  # started anew, it may be fit
            del self.refused[address]
        if self.there is None or found - self.refused.keys():
            self.last_hope = time.monotonic()
        known = {*self.machines, *self.coming, *self.refused}
        for address in found - known - {machine.address for machine in self.off}:
            self.coming.add(address)
            threading.Thread(target=self._admit, args=(address,), daemon=True).start()
        self.there = found
        self.changed.notify_all()

    def _has_no_scheduler(self) -> None:
        with self.changed:
            self.problem = "the scheduler of the cluster does not answer any more."
            self.changed.notify_all()

    def _admit(self, address: str) -> None:
        """In a thread: look at a worker, and let it prove its sandbox."""
        machine, why = Machine(address, 0), ""
        with suppress(Lost, MachineLost, ClusterStopped, Cancelled):  # it may come again
            try:
                why = self._why_not(machine)
            except (Lost, MachineLost, ClusterStopped, Cancelled):
                raise
            except Exception as error:
                about = " ".join(f"{type(error).__name__}: {error}".split())[:300]
                why = (
                    f"it, or the scheduler, cannot import the grader of this course ({about}). "
                    "Each machine of the cluster needs the same course"
                )
            with self.changed:
                if why:
                    self.refused[address] = why
                elif machine.places:
                    self.machines[address] = machine
                    self.last_seen = time.monotonic()
        with self.changed:
            self.coming.discard(address)
            self.changed.notify_all()

    def _why_not(self, machine: Machine) -> str:
        """Why a worker gets no submission, or "". Raises MachineLost, and what it raised."""
        theirs, ours = self._call(machine, platform.python_version), platform.python_version()
        if theirs.split(".")[:2] != ours.split(".")[:2]:
            return f"it has Python {theirs}, and this machine has {ours}"
        # A worker that is sent a function which it cannot import ends, with all that it does for
        # others. So it is asked for the name first.
        self._call(machine, pkgutil.resolve_name, f"{on_a_worker.__name__}:course_here")
        about: dict[str, str] = self._call(machine, on_a_worker.course_here)
        for name, version in on_a_worker.course_here().items():
            if about.get(name) != version:
                if name == "course":
                    return "it has another version of the course"
                return f"it has {name} {about.get(name)}, and this machine has {version}"
        if not self._call(machine, on_a_worker.is_as_it_began):
            return "its course has changed since it was started. Start it anew"
        places = int(self._call(machine, on_a_worker.places))
        limits = asdict(self.limits)
        prepare = partial(self._call, machine, on_a_worker.prepare, patience=PROOF)
        if why := prepare(self.run, self.provides, limits):
            return why.rstrip(".")
        machine.places = max(1, min(places, MOST_WORKERS))
        return ""

    def _call(
        self,
        machine: Machine,
        function: Callable[..., Any],
        *arguments: Any,
        patience: float = PATIENCE,
    ) -> Any:
        """What a function returns on this worker. Raises MachineLost, Cancelled, ClusterStopped."""
        client = self.client
        if client is None or self.cancelled.is_set():
            raise Cancelled
        workers = Workers(client)
        try:
            try:
                task = workers.submit(machine.address, function, *arguments)
            except Exception as error:  # a client that is closed says so in many ways
                raise Lost from error
            return workers.answers({task: machine.address}, patience)[0]
        except (Lost, ClusterError) as error:
            if self.cancelled.is_set():
                raise Cancelled from None
            if isinstance(error.__cause__, ModuleNotFoundError):
                raise error.__cause__ from None
            self._must_have_a_scheduler(workers)
            with self.changed:
                self._put_off(machine)
            raise MachineLost(
                f"the worker at {machine.address} is gone, or does not answer"
            ) from None

    def _call_for_a_box(
        self, machine: Machine, function: Callable[..., Any], *arguments: Any
    ) -> Any:
        """The same. Whatever else goes wrong is not the fault of who is graded."""
        try:
            return self._call(machine, function, *arguments)
        except (MachineLost, Cancelled, ClusterStopped):
            raise
        except Exception as error:
            if self.cancelled.is_set():
                raise Cancelled from None
            about = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            raise MachineLost(f"the worker at {machine.address} cannot do it ({about})") from error

    def _must_have_a_scheduler(self, workers: Workers) -> None:
        """No worker is blamed for a scheduler that is gone.  Raises Cancelled, ClusterStopped."""
        try:
            workers.there()
        except ClusterError:
            if self.cancelled.is_set():
                raise Cancelled from None
            self._has_no_scheduler()
            raise ClusterStopped(self.problem) from None


async def _greet(address: str) -> None:
    """Connect to a scheduler, and hang up."""
    from distributed.comm import connect
    from distributed.security import Security

    comm = await connect(address, timeout=CONNECT, **Security().get_connection_args("client"))
    await comm.close()


class _Quiet:
    """What Dask logs about workers that come and go, we say ourselves."""

    def __init__(self) -> None:
        self.levels: dict[str, int] = {}

    def begin(self) -> None:
        for name in ("distributed", "distributed.client", "distributed.core", "distributed.comm"):
            logger = logging.getLogger(name)
            self.levels.setdefault(name, logger.level)
            logger.setLevel(logging.CRITICAL)

    def end(self) -> None:
        for name, level in self.levels.items():
            logging.getLogger(name).setLevel(level)
