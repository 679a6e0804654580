"""Updates by an engine that does not walk through the nodes, some at a time.

Source: the further lesson generated_code.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

from course_nn.checks.arrays import all_finite
from course_nn.engines.comparison import compare_with_nodes
from course_nn.engines.engine import engine_named
from course_nn.graph import Array
from course_nn.runs import Run

SECONDS_AT_A_TIME = 0.05  # of updates: so long the ■ button and the progress bar have to wait
WORK_A_SECOND = 3e8  # weights times examples, as a first guess


class FastUpdates:
    """Some updates at a time, by code that the graph wrote; all of them count, or none.

    If a number is no longer finite, these updates are left to the nodes, to find out where it
    happens.

    Raises what the engine and the comparison raise: ValueError, ImportError, RuntimeError.
    """

    def __init__(self, engine: str, run: Run) -> None:
        settings = run.settings
        self.run, self.batch_size = run, settings.batch_size
        self.engine = engine_named(
            engine, run.loss, settings.batch_size, settings.momentum, settings.weight_decay
        )
        self.most = 1 if run.snapshots == "updates" else sys.maxsize
        work = self.batch_size * max(1, self.engine.weights.whole.size)
        self.at_a_time = min(1 + int(SECONDS_AT_A_TIME * WORK_A_SECOND / work), self.most)
        self.loaded: list[Array] = []  # what the engine's own weights and velocity are

    def batches_left(self) -> Iterator[Any]:
        """Make the updates of an epoch; the batches that come out are left to the nodes.

        Raises ValueError, at the beginning or the end, if an operation does not do what it did.
        """
        run = self.run
        self.engine.begin(run.data, run.order)
        if not self.loaded:  # before the first updates, and after some of the nodes
            compare_with_nodes(self.engine, run.data, run.order)
        in_epoch = run.settings.updates_in_an_epoch
        while (first := run.history.updates_in_open_epoch) < in_epoch:
            updates = min(self.at_a_time, in_epoch - first)
            started = time.perf_counter()
            if self.make(first, updates):
                seconds = max(1e-6, time.perf_counter() - started)
                self.at_a_time = min(self.most, 1 + int(updates * SECONDS_AT_A_TIME / seconds))
                run.after(updates)
            else:
                yield from run.batches_left(updates)
        self.engine.check_unchanged()

    def make(self, first: int, updates: int) -> bool:
        """Make them, or, if a number is not finite, do nothing and return False."""
        engine, run = self.engine, self.run
        if list(map(id, self.state())) != list(map(id, self.loaded)):
            engine.load(run.updates.weights(), run.history.velocity)
        self.loaded = []  # until it is known that all went well
        losses = engine.run(first, updates, run.rate)
        if not (all_finite(losses) and all_finite(engine.weights.whole)):
            return False
        begins = range(first * self.batch_size, run.settings.examples, self.batch_size)
        made = [
            (J, min(self.batch_size, run.settings.examples - begin))
            for J, begin in zip(losses.tolist(), begins, strict=False)
        ]
        weights = engine.weights.copies()
        with run.updates.all_or_nothing(run.rate):
            run.graph.replace_parameters(weights)
            if run.settings.momentum:
                run.updates.velocity = {p.name: v for p, v in engine.velocity.copies().items()}
            run.updates.count(*made)
        run.updates.weights_before = weights  # older ones need no memory any more
        run.updates.last_finite = (made[-1][0], engine.handed_over())
        self.loaded = self.state()
        return True

    def state(self) -> list[Array]:
        """What the next update starts from; a callback may have put other arrays there."""
        return [*self.run.updates.weights().values(), *self.run.history.velocity.values()]
