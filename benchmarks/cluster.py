"""What an update costs on a cluster: strong and weak scaling on the cores of this machine, with the
law of the further lesson cluster_of_machines beside them; and from its constants, on paper, for
more machines than there are here.

T = r B / n + c₀ + c₁ n: r seconds of arithmetic for a row, which n workers share; c₀ of talking
however many there are, and c₁ more for each. r is fitted to the computing of two batches on one
worker, c₀ and c₁ to updates with hardly any arithmetic on up to twice as many workers as there are
cores. What is measured beside the law was not fitted.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

RESULTS = Path(__file__).resolve().parent / "results"

HIDDEN = (128, 64)
SMALL = 8  # rows: hardly any arithmetic
FITTED = (4_000, 12_000)  # rows, on one worker
STRONG = (8_000, 32_000)  # rows in all
WEAK = (4_000, 16_000)  # rows for each worker
ON_PAPER = (1, 10, 100, 1_000)
UPDATES = 15


class Law(NamedTuple):
    """Seconds of an update by B rows on n workers."""

    r: float
    c0: float
    c1: float

    def seconds(self, B: int, n: int) -> float:
        return self.r * B / n + self.c0 + self.c1 * n

    def best(self, B: int) -> float:
        """How many workers are the fastest: there r B / n² = c₁."""
        return float(np.sqrt(self.r * B / self.c1)) if self.c1 > 0 else float("inf")


class Measured(NamedTuple):
    """An update by so many rows, and what the law says of it, in milliseconds."""

    workers: int
    rows: int
    milliseconds: float
    by_the_law: float


def write(measured: Iterable[Measured], folder: Path) -> None:
    """A line each in cluster.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "cluster.csv", "w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(Measured._fields)
        for each in measured:
            times = [f"{seconds:.1f}" for seconds in (each.milliseconds, each.by_the_law)]
            lines.writerow([each.workers, each.rows, *times])


def read(folder: Path = RESULTS) -> list[Measured]:
    """What `write` wrote."""
    with open(folder / "cluster.csv", encoding="utf-8", newline="") as file:
        return [
            Measured(int(n), int(B), float(measured), float(law))
            for n, B, measured, law in [*csv.reader(file)][1:]
        ]


def for_readme(measured: Iterable[Measured]) -> str:
    """The table of the README: the same batches, by the number of workers."""
    lines = ["| batch | workers | an update | by the law |", "|---|---:|---:|---:|"]
    for each in sorted(measured, key=lambda each: (each.rows, each.workers)):
        if each.rows in STRONG:
            lines.append(
                f"| B = {each.rows:,} | {each.workers} | {each.milliseconds:.0f} ms "
                f"| {each.by_the_law:.0f} ms |"
            )
    return "\n".join(lines)


def law_of(talking: dict[int, float], arithmetic: dict[int, float]) -> Law:
    """Fitted to seconds of talking by workers, and of computing on one worker by rows.

    Raises ValueError if there are fewer than two numbers of workers.
    """
    if len(talking) < 2:
        raise ValueError("A line needs two points: talking to two numbers of workers.")
    c1, c0 = np.polyfit([*talking], [*talking.values()], 1)
    rows, seconds = np.array([*arithmetic]), np.array([*arithmetic.values()])
    return Law(float(rows @ seconds / (rows @ rows)), float(c0), float(c1))


def update(client: Any, B: int, n: int) -> tuple[float, float]:
    """Of the quickest update by B rows on n workers: seconds of computing, and of talking."""
    import course_nn as nn

    digits = nn.datasets.digits()
    x, y = nn.datasets.standardise(digits["x"])[0], digits["y"]
    model = nn.two_hidden_layer_network(64, *HIDDEN, 10, seed=0)
    rows = np.array_split(np.arange(B) % len(x), n)
    shares = nn.shares(dict, [{"x": x[part], "y": y[part]} for part in rows])
    history = nn.train_batch(
        model.loss, shares, learning_rate=0.1, epochs=UPDATES, cluster=client, progress=False
    )
    told = [(e.seconds_computing, e.seconds_talking) for e in history.epochs]
    return min(told, key=sum)


def measure(folder: Path = RESULTS) -> None:
    """Print the tables; write cluster.csv into the folder."""
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        print("Dask is not installed here: python -m pip install -e '.[cluster]'.")
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    counts = sorted({1, 2, cores or 1, 2 * (cores or 1)})
    with (
        LocalCluster(
            n_workers=counts[-1],
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",
            silence_logs=50,
        ) as cluster,
        Client(cluster) as client,
    ):
        talking = {n: update(client, SMALL, n)[1] for n in counts}
        law = law_of(talking, {B: update(client, B, 1)[0] for B in FITTED})
        print(f"64-{'-'.join(map(str, HIDDEN))}-10, {cores} cores, loopback, one thread a worker")
        print(
            f"r = {1e6 * law.r:.2f} µs a row, c = {1e3 * law.c0:.1f} ms + {1e3 * law.c1:.2f} ms "
            "for each worker"
        )
        print("\n| workers | B | ms an update | of which computing | by the law |")
        print("|---:|---:|---:|---:|---:|")
        sizes = [(B, n) for B in STRONG for n in counts if n <= (cores or 1)]
        sizes += [(B * n, n) for B in WEAK for n in counts if n <= (cores or 1)]
        measured: dict[tuple[int, int], Measured] = {}
        for B, n in sizes:
            computing, talk = update(client, B, n)
            told = Measured(n, B, 1e3 * (computing + talk), 1e3 * law.seconds(B, n))
            measured.setdefault((B, n), told)
            print(
                f"| {n} | {B:,} | {told.milliseconds:.1f} | {1e3 * computing:.1f} "
                f"| {told.by_the_law:.1f} |"
            )
    write(measured.values(), folder)
    print("\nOn paper, from these constants; a network between machines is slower than loopback.")
    print(
        "| machines | " + " | ".join(f"B = {B:,}" for B in (10_000, 1_000_000, 100_000_000)) + " |"
    )
    print("|---:|---:|---:|---:|")
    for n in ON_PAPER:
        row = " | ".join(f"{law.seconds(B, n):.3g} s" for B in (10_000, 1_000_000, 100_000_000))
        print(f"| {n:,} | {row} |")
    best = " | ".join(f"{law.best(B):,.0f}" for B in (10_000, 1_000_000, 100_000_000))
    print(f"| the fastest number | {best} |")
