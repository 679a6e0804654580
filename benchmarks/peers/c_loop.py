"""The floor: a loop in C, compiled for this machine when it is asked for."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.task import Array, Task
from benchmarks.worker import Unavailable

SOURCE = Path(__file__).with_name("c_loop.c")


def compiled(widths: tuple[int, int, int, int]) -> ctypes.CDLL:
    """The library for a net of these widths. Raises Unavailable without a C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise Unavailable("no C compiler")
    names = ("D", "H1", "H2", "K")
    sizes = [f"-D{name}={width}" for name, width in zip(names, widths, strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "c_loop.so")
        command = [compiler, "-O3", "-march=native", *sizes, "-shared", "-fPIC"]
        run = subprocess.run([*command, str(SOURCE), "-o", str(library), "-lm"])
        if run.returncode:
            raise Unavailable("the C compiler failed")
        return ctypes.CDLL(str(library))


class CLoop:
    def __init__(self, task: Task) -> None:
        self.task = task
        self.train = compiled(task.widths).train
        pointer, whole, number = ctypes.c_void_p, ctypes.c_long, ctypes.c_double
        self.train.argtypes = [*[pointer] * 5, whole, whole, number, whole]
        self.train.restype = number
        self.y = task.y.astype(ctypes.c_long)
        self.reset()

    def reset(self) -> None:
        self.current = [W.copy() for W in self.task.weights]

    def run(self, epochs: int) -> None:
        arrays = [array.ctypes.data for array in (self.task.x, self.y, *self.current)]
        self.train(*arrays, len(self.task.x), self.task.batch, self.task.rate, epochs)

    def weights(self) -> list[Array]:
        return self.current
