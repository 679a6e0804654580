"""A contender in a process of its own, which waits until it is told to run (server.py).

All workers stay alive, so that their runs can be taken in turn. Each has one thread on one core:
the libraries are told so before they are imported. What forces another kernel on them is left out.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.kernel import FORCING, Kernel

ROOT = Path(__file__).resolve().parent.parent

ONE_THREAD = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "NUMBA_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
    "CUDA_VISIBLE_DEVICES": "",
}


class Unavailable(Exception):
    """Its text says why a contender cannot run here, such as "not installed"."""


class Worker:
    """The parent's end of the pipe. `close` ends the process, as does the end of a `with` block.

    Args:
        contender: "module:name" of a class that is made from a `Task` and has `reset()`,
            `run(epochs)` and `weights()`.
        environment: more variables for the process.

    Each method raises Unavailable if the contender cannot run here, and RuntimeError with its
    traceback if it fails.
    """

    def __init__(self, contender: str, environment: Mapping[str, str] | None = None) -> None:
        self.contender = contender
        self.log = tempfile.TemporaryFile()  # noqa: SIM115  # `close` closes it
        here = {name: value for name, value in os.environ.items() if name not in FORCING}
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.server", contender, str(last_core())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env={**here, **ONE_THREAD, "PYTHONPATH": path, **(environment or {})},
        )

    def prepare(self, task: Any) -> None:
        """Give it the task; what it needs is imported and made."""
        self._ask("prepare", task)

    def run(self, epochs: int) -> float:
        """The seconds of so many epochs from the task's first weights."""
        return self._ask("run", epochs)

    def weights(self) -> list[Any]:
        """W1, W2, W3 after the last run."""
        return self._ask("weights")

    def memory(self, epochs: int) -> int | None:
        """The bytes by which the process grows, at its peak, in a run; None where unknown."""
        return self._ask("memory", epochs)

    def kernels(self) -> list[Kernel]:
        """By which kernels its matrix products are computed."""
        return self._ask("kernels")

    def _ask(self, command: str, argument: Any = None) -> Any:
        requests, replies = self.process.stdin, self.process.stdout
        assert requests and replies  # they are pipes
        try:
            pickle.dump((command, argument), requests)
            requests.flush()
            kind, value = pickle.load(replies)
        except (EOFError, BrokenPipeError):
            self.log.seek(0)
            said = self.log.read().decode("utf-8", "replace")[-3000:]
            raise RuntimeError(f"The worker of {self.contender} has died.\n{said}") from None
        if kind == "unavailable":
            raise Unavailable(value)
        if kind == "failed":
            raise RuntimeError(f"{self.contender} failed:\n{value}")
        return value

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
        self.log.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def last_core() -> int:
    """The core that all workers share, one after the other; −1 where a system has no say in it."""
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else -1
