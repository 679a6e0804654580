"""What a worker of the cluster does for the grader: it proves its sandbox, and keeps boxes.

All of it is called on a worker, by `machines` and `remote_box`. A worker is sent what goes into a
box, and sends back the bytes that came out, unread. Seed, expected values and marks stay with the
grader, and so does whose notebook it is.

No call takes long: who asks can tell a worker that is gone from a submission that is slow.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib.metadata
import os
import queue
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import course_exercises
import course_grading
import course_nn
from course_grading.sandbox import channel, self_attack, temporary_folder
from course_grading.sandbox.box import Box, Sandbox
from course_grading.sandbox.contents import PACKAGES
from course_grading.sandbox.limits import Cancelled, CannotSandbox, Limits, Stopped, mode_here

ANSWER_WITHIN = 0.5  # seconds: what has come until then is told
LEASE = 120.0  # seconds without a word from the grader, after which its boxes are closed
LOOK_EVERY = 0.05  # seconds, at boxes while nobody waits for them


# ------------------------------------------------------------------ which course it has


def course_here() -> dict[str, str]:
    """What marks may depend on, by name: it must be the same on all machines."""
    found = {"course": _AT_FIRST}
    return found | {name: importlib.metadata.version(name) for name in PACKAGES}


def _digest_of_files() -> str:
    """Of all that goes into a box, and of what makes it."""
    digest = hashlib.sha256()
    for package in (course_nn, course_exercises, course_grading):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*.py")):
            digest.update(f"{path.relative_to(folder.parent)}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


_AT_FIRST = _digest_of_files()  # a process goes on with what it has imported


def is_as_it_began() -> bool:
    """Whether the files that lie here now, which go into boxes, are those that were imported."""
    return _digest_of_files() == _AT_FIRST


# ------------------------------------------------------------------ its boxes


class Order(NamedTuple):
    """What is to be done with a box.

    Args:
        fresh: it is opened first. messages: are sent, each with the seconds that this may take.
        cpu, wall: seconds of either kind for each message that it sends.
    """

    fresh: bool
    messages: tuple[tuple[bytes, float], ...]
    cpu: float
    wall: float


class Heard(NamedTuple):
    """What came out of a box.

    Args:
        frames: messages, as bytes. talking: more may come.
        stopped: why the box was stopped, or "". failed: why there is no box, or "".
        complaint: what it said when it could not start.
        seconds, queued, cpu_seconds, counts_queue: as `Watch` has them.
    """

    frames: tuple[bytes, ...] = ()
    talking: bool = False
    stopped: str = ""
    failed: str = ""
    complaint: str = ""
    seconds: float = 0.0
    queued: float = 0.0
    cpu_seconds: float = 0.0
    counts_queue: bool = True


class KeptBox:
    """A box, and the one thread that opens it and talks with it: bubblewrap ends with the thread
    that has started it."""

    def __init__(self, sandbox: Sandbox, number: int) -> None:
        self.sandbox, self.number = sandbox, number
        self.cancelled = threading.Event()
        self.box: Box | None = None
        self.told = threading.Condition()  # of all that the grader hears
        self.asked = self.answered = 0  # orders: all that was asked for has come if they are equal
        self.frames: list[bytes] = []
        self.stopped = self.failed = self.complaint = ""
        self.lock = threading.Lock()  # held by who talks with the box, or looks at it
        self.orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, daemon=True).start()
        # Of the time of the box: what has passed while the grader, or the network, took its time.
        self.not_counted = self.not_queued = 0.0
        self.seconds_then = self.queued_then = 0.0  # when it was last talked with

    def ask(self, order: Order) -> None:
        """Do this, in its thread."""
        with self.told:
            self.asked += 1
        self.orders.put(order)

    def _work(self) -> None:
        while (order := self.orders.get()) is not None:
            self._talk(order)
            with self.told:
                self.answered += 1
                self.told.notify_all()

    def heard(self) -> Heard:
        """What has come since the last time; not before all has come, or `ANSWER_WITHIN`."""
        with self.told:
            done = self.told.wait_for(lambda: self.answered == self.asked, ANSWER_WITHIN)
            frames, self.frames = tuple(self.frames), []
            stopped, failed, complaint = self.stopped, self.failed, self.complaint
        if self.box is None:
            return Heard((), not done, stopped, failed)
        watch = self.box.watch
        return Heard(
            frames,
            not done,
            stopped,
            failed,
            complaint,
            watch.seconds - self.not_counted,
            watch.queued - self.not_queued,
            self.box.cpu_seconds,
            watch.counts_queue,
        )

    def _talk(self, order: Order) -> None:
        with self.lock:
            try:
                if self.box is None:
                    if self.cancelled.is_set():
                        raise Cancelled
                    self.box = self.sandbox.open(self.number)
                    self.box.cancelled = self.cancelled
                elif not self.stopped:
                    self.box.watch.look()
                    self.not_counted += self.box.watch.seconds - self.seconds_then
                    self.not_queued += self.box.watch.queued - self.queued_then
                if self.stopped:
                    return
                for message, wall in order.messages:
                    self.box.send_bytes(message, wall)
                while True:
                    frame = self.box.receive(order.cpu, order.wall)
                    with self.told:
                        self.frames.append(frame)
                    if not says_more_comes(frame):
                        break
            except Stopped as stopped:
                assert self.box is not None
                complaint = self.box.complaint()
                with self.told:
                    self.stopped, self.complaint = stopped.reason, complaint
            except Cancelled:
                with self.told:
                    self.stopped = "cancelled"
            except Exception as why:  # whatever it is, the grader hears of it
                with self.told:
                    self.failed = f"it has no box any more ({type(why).__name__}: {why})"
            finally:
                if self.box is not None:
                    self.seconds_then = self.box.watch.seconds
                    self.queued_then = self.box.watch.queued

    def look(self) -> None:
        """What it does while nobody waits for it is limited, too."""
        if not self.lock.acquire(blocking=False):
            return
        try:
            if self.box is not None and not self.stopped:
                self.box.look()
        except Stopped as stopped:
            with self.told:
                self.stopped = stopped.reason
            self._end()
        except Cancelled:
            pass
        finally:
            self.lock.release()

    def close(self) -> None:
        """End everything in it, at once."""
        self.cancelled.set()
        with self.lock:
            self._end()
        self.orders.put(None)

    def _end(self) -> None:
        if self.box is not None:
            self.box.close()


def says_more_comes(frame: bytes) -> bool:
    """Whether this only says that a cell begins. It may be a lie: then somebody waits in vain, for
    no longer than a cell may take."""
    try:
        message = channel.read_message(frame)
    except channel.Garbled:
        return False
    return "begins" in message and "ready" not in message


class Boxes:
    """The sandbox of one run of the grader on this worker, proven, and its boxes by their numbers.

    Raises `CannotSandbox`.
    """

    def __init__(self, provides: tuple[str, ...], limits: Limits) -> None:
        hidden = (Path(__file__).parents[1], *_tls_files())
        mode = mode_here()
        self_attack.require(provides, hidden, mode=mode)
        self.sandbox = Sandbox(provides, mode=mode, limits=limits, hidden=hidden)
        try:
            self.sandbox.prepare()
        except BaseException:
            self.sandbox.close()
            raise
        self.boxes: dict[int, KeptBox] = {}
        self.closed, self._closing = threading.Event(), threading.Lock()
        self.heard_of = time.monotonic()  # the grader, when
        threading.Thread(target=self._look_after, daemon=True).start()

    def _look_after(self) -> None:
        while not self.closed.wait(LOOK_EVERY):
            if time.monotonic() - self.heard_of > LEASE:
                self.close()
            for box in list(self.boxes.values()):
                box.look()

    def open(self, number: int) -> KeptBox | None:
        """A new box with this number, in place of the one before; None if all have ended."""
        self.drop(number)
        with self._closing:
            if self.closed.is_set():
                return None
            box = self.boxes[number] = KeptBox(self.sandbox, number)
            return box

    def drop(self, number: int) -> None:
        """End the box with this number."""
        box = self.boxes.pop(number, None)
        if box is not None:
            box.close()

    def close(self) -> None:
        """End all of them, and remove the sandbox."""
        with self._closing:
            if self.closed.is_set():
                return
            self.closed.set()
            for number in list(self.boxes):
                self.drop(number)
            self.sandbox.close()


def _tls_files() -> list[Path]:
    """The keys with which this worker speaks to the cluster: no box may see them."""
    import dask

    found = [dask.config.get("distributed.comm.tls.ca-file", None)]
    for role in ("worker", "scheduler", "client"):
        about = dask.config.get(f"distributed.comm.tls.{role}", None) or {}
        found += [about.get("key"), about.get("cert")]
    return [Path(file) for file in found if file and os.path.exists(file)]


# ------------------------------------------------------------------ what is called

# By the name that a run of the grader has drawn, and the worker: one process may be several.
_runs: dict[tuple[str, str], Boxes] = {}
_prepares = threading.Lock()


def places() -> int:
    """How many tasks this worker does at a time."""
    from distributed import get_worker

    return int(get_worker().state.nthreads)


def _here(run: str) -> tuple[str, str]:
    from distributed import get_worker

    return run, str(get_worker().address)


def prepare(run: str, provides: tuple[str, ...], limits: Mapping[str, Any]) -> str:
    """Attack the sandbox of this machine, and make one if it holds; why there is none, or ""."""
    leave(run)
    with _prepares:  # one at a time: the attack plants a secret in this process
        temporary_folder.clear_dead()
        try:
            _runs[_here(run)] = Boxes(tuple(provides), Limits(**limits))
        except CannotSandbox as why:
            return str(why)
        except Exception as why:  # whatever is wrong here, it is told
            return f"its sandbox could not be made ({type(why).__name__}: {why})"
    return ""


def ask(run: str, number: int, order: Order) -> Heard | None:
    """Do this with a box, and say what came out; None if this run is not known here."""
    boxes = _known(run)
    if boxes is None:
        return None
    # It is taken once: at any time the run may end, and its boxes with it.
    box = boxes.open(number) if order.fresh else boxes.boxes.get(number)
    if box is None:
        return None
    box.ask(order)
    return box.heard()


def listen(run: str, number: int) -> Heard | None:
    """What came out of a box since then; None if it is not known here."""
    boxes = _known(run)
    box = None if boxes is None else boxes.boxes.get(number)
    return None if box is None else box.heard()


def drop(run: str, number: int) -> None:
    """End a box."""
    boxes = _known(run)
    if boxes is not None:
        boxes.drop(number)


def stay(run: str) -> None:
    """The grader is still there, though it has nothing to ask just now."""
    _known(run)


def leave(run: str) -> None:
    """End a run of the grader here, and all its boxes."""
    boxes = _runs.pop(_here(run), None)
    if boxes is not None:
        boxes.close()


@atexit.register
def _leave_all() -> None:
    for boxes in list(_runs.values()):
        boxes.close()


def _known(run: str) -> Boxes | None:
    boxes = _runs.get(_here(run))
    if boxes is None or boxes.closed.is_set():
        return None
    boxes.heard_of = time.monotonic()
    return boxes
