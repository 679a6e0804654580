"""What grading uses of a box, wherever it stands: on this machine, or on one of a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from course_grading.sandbox.limits import Limits


class AnyWatch(Protocol):
    """The time of a box, as `watch.Watch` counts it."""

    @property
    def seconds(self) -> float:
        """That have passed for it."""

    @property
    def queued(self) -> float:
        """In which others had the processors."""

    @property
    def counts_queue(self) -> bool:
        """Whether the kernel of its machine says so."""


class AnyBox(Protocol):
    """A running harness, as `box.Box` is one."""

    @property
    def watch(self) -> AnyWatch:
        """Its time."""

    @property
    def cpu_seconds(self) -> float:
        """Of processor time that everything in it has used."""

    def send(self, message: dict[str, Any], wall: float) -> None:
        """Send a message.  Raises `Stopped`, perhaps only when the answer is asked for."""

    def receive(self, cpu: float, wall: float) -> bytes:
        """The next message, as bytes.  Raises `Stopped`."""

    def complaint(self) -> str:
        """What was said when it could not start."""

    def close(self) -> None:
        """End everything in it."""


class AnySandbox(Protocol):
    """Makes boxes, as `box.Sandbox` does."""

    @property
    def limits(self) -> Limits:
        """Of each box."""

    def open(self, worker: int = 0) -> AnyBox:
        """A fresh box."""


@dataclass(eq=False)
class Place:
    """Where one submission at a time can be run.

    Args:
        number: of the boxes that are opened there; no other place of this sandbox has it.
        machine: whose it is, as who gave it calls it.
    """

    sandbox: AnySandbox
    number: int
    machine: Any = None
