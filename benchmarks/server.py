"""The process of one contender: does what the parent's `Worker` asks for, until that has ended.

    python -m benchmarks.server MODULE:NAME CORE

Requests are `(command, argument)` on standard input, replies `(kind, value)` on standard output,
both pickled.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import pickle
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from benchmarks import kernel
from benchmarks.worker import Unavailable


class Server:
    """One method for each command."""

    def __init__(self, contender: str) -> None:
        self.contender = contender
        self.made: Any = None

    def prepare(self, task: Any) -> None:
        module, name = self.contender.split(":")
        make = getattr(importlib.import_module(module), name)
        self.made = None  # the memory of the task before is free before the next is made
        try:
            self.made = make(task)
        except ModuleNotFoundError as error:
            if str(error.name).startswith(("benchmarks", "course_nn")):
                raise
            raise Unavailable("not installed") from error

    def run(self, epochs: int) -> float:
        self.made.reset()
        started = time.perf_counter()
        self.made.run(epochs)
        return time.perf_counter() - started

    def weights(self, _: None) -> list[Any]:
        return self.made.weights()

    def kernels(self, _: None) -> list[kernel.Kernel]:
        return kernel.kernels()

    def memory(self, epochs: int) -> int | None:
        self.made.reset()
        gc.collect()
        if not begin_peak():
            return None
        before = resident_bytes("VmRSS")
        self.made.run(epochs)
        return resident_bytes("VmHWM") - before


def begin_peak() -> bool:
    """Give free memory back and begin a new peak; False where only Linux's glibc knows how."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except (OSError, AttributeError, TypeError):
        return False
    return True


def resident_bytes(name: str) -> int:
    """VmRSS, what the process has in memory now, or VmHWM, the most it had since the peak began."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith(f"{name}:"))
    return 1024 * int(kilobytes)


def main(contender: str, core: str) -> None:
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get among the replies
    if int(core) >= 0:
        os.sched_setaffinity(0, {int(core)})
    server = Server(contender)
    while True:
        try:
            command, argument = pickle.load(requests)
        except EOFError:  # the parent has ended
            return
        try:
            reply = ("done", getattr(server, command)(argument))
        except Unavailable as reason:
            reply = ("unavailable", str(reason))
        except Exception:
            reply = ("failed", traceback.format_exc())
        pickle.dump(reply, replies)
        replies.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
