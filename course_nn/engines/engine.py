"""The engines that make updates without walking through the nodes: "numpy" and "numba".

Each writes the updates of one graph as code (`numpy_code`, `numba_code`) and runs it on arrays of
its own: all weights side by side in one long array, of which W1, W2, … are parts.

`training` uses them for some updates at a time, and believes them only if all is finite.

Source: lesson 12; S. K. Lam et al., Numba: a LLVM-based Python JIT compiler, LLVM-HPC (2015).
"""

from __future__ import annotations

import hashlib
import importlib.util
import linecache
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from course_nn import files
from course_nn.derivation.lines import derive
from course_nn.derivation.numba_code import NumbaCode
from course_nn.derivation.numpy_code import NumpyCode
from course_nn.derivation.straight_line import StraightLine
from course_nn.graph import Input, Labels, Node, Parameter

Array = np.ndarray

COMPILED: dict[str, ModuleType] = {}  # by source, in this process


class Long:
    """An array for each parameter, as parts of one long array."""

    def __init__(self, parameters: list[Parameter]) -> None:
        self.whole = np.zeros(sum(p.value.size for p in parameters))
        self.parts: dict[Parameter, Array] = {}
        start = 0
        for p in parameters:
            self.parts[p] = self.whole[start : start + p.value.size].reshape(p.value.shape)
            start += p.value.size

    def copies(self) -> dict[Parameter, Array]:
        """The arrays of the parameters, each in memory of its own."""
        return {p: part.copy() for p, part in self.parts.items()}


def kind(x: Input) -> type:
    """The type of an input's numbers in the generated code."""
    return np.int64 if isinstance(x, Labels) else np.float64


class Engine:
    """The code of one network's updates, and the memory in which it works.

    Args:
        loss: the loss node. momentum: μ. decay: λ.
        batch_size: B; the last batch of an epoch may be smaller.

    Raises ValueError if an operation cannot be written as straight-line code.
    """

    def __init__(self, loss: Node, batch_size: int, momentum: float, decay: float) -> None:
        self.line = StraightLine(derive(loss))
        self.batch_size, self.momentum, self.decay = batch_size, momentum, decay
        self.weights = Long(loss.graph.parameters)
        self.gradients = Long(loss.graph.parameters)  # stays 0 where the loss depends on nothing
        self.velocity = Long(loss.graph.parameters)
        self.before_the_last = Long(loss.graph.parameters)  # the weights, of a `run`
        self.inputs = [x for x in loss.graph.inputs if x.name in self.line.inputs]
        self.data: list[Array] = []

    def load(self, weights: Mapping[Parameter, Array], velocity: Mapping[str, Array]) -> None:
        """Start from these weights, and from this velocity: none is 0."""
        for p, value in weights.items():
            self.weights.parts[p][:] = value
            self.velocity.parts[p][:] = velocity.get(p.name, 0.0)

    def begin(self, data: dict[Any, Array], order: Array | None) -> None:
        """The examples of an epoch, in their order."""
        arrays = [data[x] if order is None else data[x][order] for x in self.inputs]
        self.data = [
            np.ascontiguousarray(array[:, None] if isinstance(x, Labels) else array, dtype=kind(x))
            for x, array in zip(self.inputs, arrays, strict=True)
        ]
        for array in self.data:  # as they were given: Numba compiles for one kind of array
            array.flags.writeable = False

    def run(self, first: int, updates: int, rate: float) -> Array:
        """So many updates, 1 or more, from batch number `first` on; the loss of each batch."""
        raise NotImplementedError

    def _arguments(self) -> tuple[list[Array], list[Any]]:
        """The parts of weights and gradients that the code names, and what the update needs."""
        used = list(self.line.parameters)
        parts = [long.parts[p] for long in (self.weights, self.gradients) for p in used]
        extra: list[Any] = [self.velocity.whole, self.momentum] if self.momentum else []
        return parts, extra + ([self.decay] if self.decay else [])


class NumpyEngine(Engine):
    """Straight-line NumPy; the memory for a batch is made once for each size."""

    def __init__(self, loss: Node, batch_size: int, momentum: float, decay: float) -> None:
        super().__init__(loss, batch_size, momentum, decay)
        code = NumpyCode(self.line, momentum=bool(momentum), decay=bool(decay))
        self.prepare = module_of(code.source(), "numpy").prepare
        self.prepared: dict[int, Any] = {}

    def _update(self, rows: int) -> Any:
        if rows not in self.prepared:
            parts, extra = self._arguments()
            weights, gradients = self.weights.whole, self.gradients.whole
            self.prepared[rows] = self.prepare(rows, weights, gradients, *parts, *extra)
        return self.prepared[rows]

    def run(self, first: int, updates: int, rate: float) -> Array:
        begin, B = first * self.batch_size, self.batch_size
        data = [array[begin : begin + updates * B] for array in self.data]
        examples = len(data[0])
        losses = np.empty((examples, 1))
        arrays = [*data, losses]
        with np.errstate(all="ignore"):
            update = self._update(B) if examples >= B else None
            last = B * (updates - 1)
            for start in range(0, last, B):
                update(*[array[start : start + B] for array in arrays], rate)
            self.before_the_last.whole[:] = self.weights.whole
            self._update(examples - last)(*[array[last:] for array in arrays], rate)
            starts = np.arange(0, examples, B)
            return np.add.reduceat(losses[:, 0], starts) / np.minimum(B, examples - starts)


class NumbaEngine(Engine):
    """Loops that Numba compiles.

    Raises ImportError, with what to install, if there is no Numba.
    """

    def __init__(self, loss: Node, batch_size: int, momentum: float, decay: float) -> None:
        super().__init__(loss, batch_size, momentum, decay)
        missing = [name for name in ("numba", "scipy") if not importlib.util.find_spec(name)]
        if missing:
            raise ImportError(
                f'engine="numba" needs the package {" and ".join(missing)}, which is not installed '
                f"here. Install it (python -m pip install {' '.join(missing)}), or use "
                'engine="numpy", which needs NumPy alone.'
            )
        one = batch_size == 1
        code = NumbaCode(self.line, one=one, momentum=bool(momentum), decay=bool(decay))
        source = code.source()
        if source not in COMPILED:
            COMPILED[source] = self._compiled(source)
        self.updates = COMPILED[source].updates
        self.memory = COMPILED[source].memory_for(batch_size)

    def _compiled(self, source: str) -> ModuleType:
        shapes = {x: (0,) if isinstance(x, Labels) else (0, x.width) for x in self.inputs}
        self.begin({x: np.empty(shape) for x, shape in shapes.items()}, None)
        module, is_known = module_in_cache(source)
        if is_known:
            try:
                self._use(module)
                return module
            except Exception:  # damaged, in one of many ways: make it again
                forget(module)
                module, _ = module_in_cache(source)
        print("Compiling the updates of this network ...", end="", flush=True)
        started = time.perf_counter()
        self._use(module)
        kept = " They are kept for next time." if hasattr(module, "__file__") else ""
        print(f" done in {time.perf_counter() - started:.1f} s.{kept}")
        return module

    def _use(self, module: ModuleType) -> None:
        """Run its updates, but none of them: that compiles them, or finds what was compiled."""
        self.updates, self.memory = module.updates, module.memory_for(1)
        self.run(0, 0, 0.0)

    def run(self, first: int, updates: int, rate: float) -> Array:
        losses, begin = np.empty(updates), first * self.batch_size
        data = [array[begin : begin + updates * self.batch_size] for array in self.data]
        parts, extra = self._arguments()
        whole = [long.whole for long in (self.weights, self.before_the_last, self.gradients)]
        self.updates(*data, losses, self.batch_size, rate, self.memory, *whole, *parts, *extra)
        return losses


def engine_named(name: str, *arguments: Any) -> Engine:
    """The engine "numpy" or "numba", for the arguments of `Engine`."""
    return {"numpy": NumpyEngine, "numba": NumbaEngine}[name](*arguments)


# ------------------------------------------------------------------ generated modules


def module_of(source: str, kind: str) -> ModuleType:
    """Run generated source.  It is made of our own words and of names that were checked."""
    name = f"<course_nn {kind} {hashlib.sha256(source.encode()).hexdigest()[:12]}>"
    module = ModuleType(name)
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)  # for tracebacks
    exec(compile(source, name, "exec"), module.__dict__)
    return module


def cache_folder() -> Path:
    """Where generated modules and what Numba made of them are kept."""
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return Path(home or Path("~/.cache").expanduser()) / "course_nn"


def module_in_cache(source: str) -> tuple[ModuleType, bool]:
    """The module of this source, from a file, so that Numba can keep what it compiles; and whether
    it has done so before.  Without a folder to write in, it is compiled each time.
    """
    folder = cache_folder()
    called = Path(__file__).with_name("numba_functions.py").read_text(encoding="utf-8")
    name = f"updates_{hashlib.sha256((source + called).encode()).hexdigest()[:16]}"
    file = folder / f"{name}.py"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written anew only if need be: Numba looks at the time at which a file was changed.
        if not file.is_file() or file.read_bytes() != source.encode():
            with files.written_whole(file) as part:
                part.write(source.encode())
        is_known = any(folder.glob(f"__pycache__/{name}.updates-*.nbi"))
        specification = importlib.util.spec_from_file_location(name, file)
        assert specification is not None and specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        sys.modules[name] = module  # where Numba looks for what it has kept
        specification.loader.exec_module(module)
    except (OSError, RuntimeError):  # RuntimeError: Numba finds no folder to write in
        return module_of(source.replace("cache=True, ", ""), "numba"), False
    return module, is_known


def forget(module: ModuleType) -> None:
    """Remove what Numba has kept for a module."""
    for file in Path(str(module.__file__)).parent.glob(f"__pycache__/{module.__name__}.*"):
        file.unlink(missing_ok=True)
