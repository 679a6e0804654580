"""In which mode a submission is shut in, what it may use, and what stops it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

Mode = Literal["root", "user", "none"]


def mode_here() -> Mode:
    """ "root" if this is root, who can drop to one user id per worker, else "user"."""
    return "root" if os.geteuid() == 0 else "user"


@dataclass(frozen=True)
class Limits:
    """What a submission may use: bytes, counts, seconds of processor time.

    Args:
        memory: of all its processes together.
        address_space: of one process.
        processes: with their threads.
        open_files: of one process. file_size: of one file.
        cpu: of all processes together, for the whole submission.
        temporary: in /tmp. shared: in /dev/shm.
        files: in /tmp and in /dev/shm, which are kernel memory even if they are empty.
        output: that is read from it in all. frame: in one message.
    """

    memory: int = 1 << 30
    address_space: int = 3 << 30
    processes: int = 24
    open_files: int = 64
    file_size: int = 32 << 20
    temporary: int = 64 << 20
    shared: int = 16 << 20
    files: int = 10_000
    cpu: float = 150.0
    output: int = 64 << 20
    frame: int = 8 << 20


class CannotSandbox(Exception):
    """There is no sandbox on this machine; the text says why, and what to install."""


class Cancelled(Exception):
    """Whoever runs the grader has stopped it."""


class MachineLost(Exception):
    """The machine of a cluster on which the box was is gone, or has no sandbox any more: the text
    says which.
    """


class Stopped(Exception):
    """The box was stopped: "cpu", "wall", "memory", "processes", "output" or "ended"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
