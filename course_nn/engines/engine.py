"""The engines that make updates without walking through the nodes: "numpy" and "numba".

Each writes the updates of one graph as code (`numpy_code`, `numba_code`) and runs it on arrays of
its own: all weights side by side in one long array, of which W1, W2, … are parts.

The trainers compare the code with the nodes before they use it for the first time (`comparison`).
They use it for some updates at a time, and believe it only if all is finite (`fast_updates`).

Source: the further lesson generated_code; S. K. Lam et al., Numba: a LLVM-based Python JIT
compiler, LLVM-HPC (2015).
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Collection, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from course_nn.derivation.lines import derive
from course_nn.derivation.numba_code import NumbaCode
from course_nn.derivation.numpy_code import NumpyCode
from course_nn.derivation.recording import check_unchanged
from course_nn.derivation.straight_line import StraightLine
from course_nn.engines import generated_modules
from course_nn.graph import Input, Labels, Node, Parameter

Array = np.ndarray
SIZES_KEPT = 8  # of a batch, with memory made for each; on a cluster each update has another one


class Long:
    """An array for each parameter, as parts of one long array; at first they hold anything."""

    def __init__(self, parameters: Collection[Parameter]) -> None:
        self.whole = np.empty(sum(p.value.size for p in parameters))
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

    Raises ValueError if an operation cannot be recorded, or not be written as straight-line code.
    """

    name: str
    source: str  # of the updates
    used: ModuleType  # what makes them

    def __init__(self, loss: Node, batch_size: int, momentum: float, decay: float) -> None:
        self.line = StraightLine(derive(loss))
        self.batch_size, self.momentum, self.decay = batch_size, momentum, decay
        self.weights = Long(loss.graph.parameters)
        self.gradients = Long(loss.graph.parameters)
        for p in {*loss.graph.parameters} - {*self.line.gradients}:
            self.gradients.parts[p][:] = 0.0  # and stays so: the loss does not depend on it
        self.velocity = Long(loss.graph.parameters if momentum else ())
        self.before_the_last = Long(loss.graph.parameters)  # the weights, of a `run`
        self.inputs = [x for x in loss.graph.inputs if x.name in self.line.inputs]
        self.data: list[Array] = []

    def load(self, weights: Mapping[Parameter, Array], velocity: Mapping[str, Array]) -> None:
        """Start from these weights, and from this velocity: none is 0."""
        for p, value in weights.items():
            self.weights.parts[p][:] = value
            if self.momentum:
                self.velocity.parts[p][:] = velocity.get(p.name, 0.0)

    def begin(self, data: dict[Any, Array], order: Array | None) -> None:
        """The examples of an epoch, in their order.

        Raises ValueError if an operation of one's own does something else than was recorded.
        """
        self.check_unchanged()
        self.take(data, order)

    def check_unchanged(self) -> None:
        """Raises ValueError if an operation of one's own does something else than was recorded.

        What changes and changes back between two calls, as a clock can, is not seen.
        """
        written = self.line.derivation
        check_unchanged(written.graph, written.recordings, written.recorder)

    def take(self, data: dict[Any, Array], order: Array | None) -> None:
        """Copy the examples as the code wants them."""
        self.data = []  # those of the epoch before need no memory any more
        arrays = [data[x] if order is None else data[x][order] for x in self.inputs]
        self.data = [
            np.ascontiguousarray(array[:, None] if isinstance(x, Labels) else array, dtype=kind(x))
            for x, array in zip(self.inputs, arrays, strict=True)
        ]
        for array in self.data:  # as they were given: Numba compiles for one kind of array
            array.flags.writeable = False

    def run(self, first: int, updates: int, rate: float) -> Array:
        """So many updates, 1 or more, from batch number `first` on; the loss of each batch."""
        begin, end = first * self.batch_size, (first + updates) * self.batch_size
        return self.make([array[begin:end] for array in self.data], updates, rate)

    def handed_over(self) -> dict[Parameter, Array]:
        """The weights before the last update; the next run has other memory for its own."""
        parts = self.before_the_last.parts
        self.before_the_last = Long(parts)
        return parts

    def make(self, data: list[Array], updates: int, rate: float) -> Array:
        """Updates by all of these examples; the loss of each batch."""
        raise NotImplementedError

    def code(self, line: StraightLine) -> str:
        """The source of the updates of a network that has been taken apart."""
        raise NotImplementedError

    def module(self, source: str) -> ModuleType:
        """The module of such a source, to be run without a compiler."""
        return generated_modules.module_of(source, self.name)

    def use(self, module: ModuleType, batch_size: int) -> None:
        """Make the updates by this module from now on, by batches of this size."""
        raise NotImplementedError

    def _arguments(self) -> tuple[list[Array], list[Any]]:
        """The parts of weights and gradients that the code names, and what the update needs."""
        parts = [self.weights.parts[p] for p in self.line.parameters]
        parts += [self.gradients.parts[p] for p in self.line.gradients]
        extra: list[Any] = [self.velocity.whole, self.momentum] if self.momentum else []
        return parts, extra + ([self.decay] if self.decay else [])


class NumpyEngine(Engine):
    """Straight-line NumPy; the memory for a batch is made once for each size."""

    name = "numpy"

    def __init__(self, loss: Node, batch_size: int, momentum: float, decay: float) -> None:
        super().__init__(loss, batch_size, momentum, decay)
        self.source = self.code(self.line)
        self.use(self.module(self.source), batch_size)

    def code(self, line: StraightLine) -> str:
        return NumpyCode(line, momentum=bool(self.momentum), decay=bool(self.decay)).source()

    def use(self, module: ModuleType, batch_size: int) -> None:
        self.used, self.prepare, self.batch_size = module, module.prepare, batch_size
        self.prepared: dict[int, Any] = {}

    def _update(self, rows: int) -> Any:
        if rows not in self.prepared:
            if len(self.prepared) == SIZES_KEPT:
                self.prepared.clear()
            parts, extra = self._arguments()
            weights, gradients = self.weights.whole, self.gradients.whole
            self.prepared[rows] = self.prepare(rows, weights, gradients, *parts, *extra)
        return self.prepared[rows]

    def make(self, data: list[Array], updates: int, rate: float) -> Array:
        B, examples = self.batch_size, len(data[0])
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

    Raises ImportError, with what to install, if there is no Numba, and in a browser.
    """

    name = "numba"

    def __init__(self, loss: Node, batch_size: int, momentum: float, decay: float) -> None:
        super().__init__(loss, batch_size, momentum, decay)
        if sys.platform == "emscripten":
            raise ImportError(
                'engine="numba" needs a compiler, and there is none in a browser. Use '
                'engine="numpy", which needs NumPy alone.'
            )
        missing = [name for name in ("numba", "scipy") if not importlib.util.find_spec(name)]
        if missing:
            raise ImportError(
                f'engine="numba" needs the package {" and ".join(missing)}, which is not installed '
                f"here. Install it (python -m pip install {' '.join(missing)}), or use "
                'engine="numpy", which needs NumPy alone.'
            )
        self.source = self.code(self.line)
        compiled = generated_modules.COMPILED
        if self.source not in compiled:
            compiled[self.source] = self._compiled(self.source)
        self.use(compiled[self.source], batch_size)

    def code(self, line: StraightLine) -> str:
        options = {"momentum": bool(self.momentum), "decay": bool(self.decay)}
        return NumbaCode(line, batch_size=self.batch_size, **options).source()

    def _compiled(self, source: str) -> ModuleType:
        shapes = {x: (0,) if isinstance(x, Labels) else (0, x.width) for x in self.inputs}
        self.take({x: np.empty(shape) for x, shape in shapes.items()}, None)
        module, is_known = generated_modules.module_in_cache(source)
        if is_known:
            try:
                self._try(module)
                return module
            except Exception:  # damaged, in one of many ways: make it again
                generated_modules.forget(module)
                module, _ = generated_modules.module_in_cache(source)
        print("Compiling the updates of this network ...", end="", flush=True)
        started = time.perf_counter()
        self._try(module)
        kept = " They are kept for next time." if hasattr(module, "__file__") else ""
        print(f" done in {time.perf_counter() - started:.1f} s.{kept}")
        return module

    def _try(self, module: ModuleType) -> None:
        """Run its updates, but none of them: that compiles them, or finds what was compiled."""
        self.use(module, self.batch_size)
        self.make(self.data, 0, 0.0)

    def module(self, source: str) -> ModuleType:
        return super().module(source.replace("@njit(cache=True, **OPTIONS)\n", ""))

    def use(self, module: ModuleType, batch_size: int) -> None:
        self.updates, self.memory = module.updates, module.memory_for(batch_size)
        self.used, self.batch_size = module, batch_size

    def make(self, data: list[Array], updates: int, rate: float) -> Array:
        losses = np.empty(updates)
        parts, extra = self._arguments()
        whole = [long.whole for long in (self.weights, self.before_the_last, self.gradients)]
        self.updates(*data, losses, self.batch_size, rate, self.memory, *whole, *parts, *extra)
        return losses


def engine_named(name: str, *arguments: Any) -> Engine:
    """The engine "numpy" or "numba", for the arguments of `Engine`."""
    return {"numpy": NumpyEngine, "numba": NumbaEngine}[name](*arguments)
