"""Whether an epoch late in a long run costs more than an early one: XOR by `train_batch`.

Runs of 2,000 and of 32,000 epochs in turn, in one process; the ratio of their times per epoch is
taken in each round, and should be at most 1.1. Times are of the processor, not of the clock, so
that what else runs on the machine weighs less.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

import course_nn as nn
from benchmarks import kernel

SHORT, LONG = 2_000, 32_000
ROUNDS = 5
AT_MOST = 1.1


def microseconds(epochs: int) -> float:
    """Of an epoch, in a run of so many."""
    model = nn.two_hidden_layer_network(2, 4, 3, 2, activation="tanh", seed=0)
    data = nn.datasets.xor()
    started = time.process_time()
    nn.train_batch(model.loss, data, learning_rate=0.1, epochs=epochs, progress=False)
    return 1e6 * (time.process_time() - started) / epochs


def compare(
    rounds: int = ROUNDS, measured: Callable[[int], float] = microseconds
) -> tuple[list[float], list[float], list[float]]:
    """Microseconds for each epoch of short runs and of long ones, and the ratio of each round.

    A round takes the mean of a short run before the long one and of one after it, so that a
    machine that becomes slower or faster weighs on both.
    """
    short, long = [], []
    for _ in range(rounds):
        before, whole, after = measured(SHORT), measured(LONG), measured(SHORT)
        short.append((before + after) / 2)
        long.append(whole)
    return short, long, [b / a for a, b in zip(short, long, strict=True)]


def measure() -> None:
    short, long, ratios = compare()
    print(f"NumPy {np.__version__}, {kernel.kernels()[0]}")
    for epochs, times in ((SHORT, short), (LONG, long)):
        print(f"{epochs:6,} epochs  {line(times, '.1f')} µs an epoch")
    verdict = "at most" if statistics.median(ratios) <= AT_MOST else "more than"
    print(f"ratio          {line(ratios, '.3f')}: {verdict} {AT_MOST}")


def line(values: list[float], digits: str) -> str:
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:{digits}} (from {low:{digits}} to {high:{digits}})"
