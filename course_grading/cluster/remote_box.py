"""A box on a worker of the cluster, as grading sees it: it sends, receives and judges as always.

Only messages travel: what goes into the box, and the bytes that came out of it. They are read here,
with the same distrust as those of a box on this machine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from course_grading.cluster import on_a_worker
from course_grading.cluster.on_a_worker import Heard, Order
from course_grading.sandbox.box import as_bytes
from course_grading.sandbox.limits import Limits, MachineLost, Stopped

LATE = 5.0  # seconds, after which who stops a box of which its worker has told too late

# A function of `on_a_worker` with its arguments, called there: raises `MachineLost`.
Call = Callable[..., Any]


@dataclass
class RemoteWatch:
    """The time of a box, as its worker has told it; see `Watch`."""

    seconds: float = 0.0
    queued: float = 0.0
    counts_queue: bool = True


class RemoteSandbox:
    """The sandbox of one run on one worker.

    Args:
        call: asks this worker. run: the name under which it knows the run.
    """

    def __init__(self, call: Call, run: str, limits: Limits) -> None:
        self.call, self.run, self.limits = call, run, limits

    def open(self, worker: int = 0) -> RemoteBox:
        """A fresh box, which is made when its first message is sent."""
        return RemoteBox(self, worker)


class RemoteBox:
    """A running harness on a worker."""

    def __init__(self, sandbox: RemoteSandbox, number: int) -> None:
        self.sandbox, self.number = sandbox, number
        self.watch, self.cpu_seconds = RemoteWatch(), 0.0
        self._to_send: list[tuple[bytes, float]] = []
        self._frames: deque[bytes] = deque()
        self._talking = self._opened = False
        self._stopped = self._complaint = ""

    def send(self, message: dict[str, Any], wall: float) -> None:
        """Send a message, together with the question for the answer; see `Box.send`."""
        self._to_send.append((as_bytes(message), wall))

    def receive(self, cpu: float, wall: float) -> bytes:
        """The next message, as bytes.  Raises `Stopped`, `MachineLost`.  See `Box.receive`."""
        deadline = self.watch.seconds + wall + sum(each for _, each in self._to_send) + LATE
        while not self._frames:
            if self._stopped:
                raise Stopped(self._stopped)
            if self.watch.seconds > deadline:
                raise Stopped("wall")
            if self._talking and not self._to_send:
                self._take(self.sandbox.call(on_a_worker.listen, self.sandbox.run, self.number))
            else:
                order = Order(not self._opened, tuple(self._to_send), cpu, wall)
                self._opened, self._to_send = True, []
                heard = self.sandbox.call(on_a_worker.ask, self.sandbox.run, self.number, order)
                self._take(heard)
        return self._frames.popleft()

    def _take(self, heard: Heard | None) -> None:
        if heard is None:
            raise MachineLost("it does not know this box any more")
        if heard.failed:
            raise MachineLost(heard.failed)
        if heard.stopped == "cancelled":
            raise MachineLost("its box was ended")
        self._frames += heard.frames
        self._talking, self._stopped = heard.talking, heard.stopped
        self._complaint = heard.complaint
        self.watch = RemoteWatch(heard.seconds, heard.queued, heard.counts_queue)
        self.cpu_seconds = heard.cpu_seconds

    def complaint(self) -> str:
        """What bubblewrap wrote when it could not start."""
        return self._complaint

    def close(self) -> None:
        """End everything in it."""
        if self._opened:
            self._opened = False
            with suppress(Exception):  # then it ends by itself: what had come of it counts
                self.sandbox.call(on_a_worker.drop, self.sandbox.run, self.number)
