"""What one update costs: our engines beside NumPy by hand, other libraries, and the floors.

Each contender is a process of its own on one core, with one thread. After the same updates it must
have our weights to 1e-8. Then all run in turn, whole epochs each time, for several rounds; a time
is the median of the rounds, with the lowest and the highest, and a ratio is taken in each round.
What is not installed has a row that says so.

Matrix products run on the processor's own kernel: what forces another one is left out of the
workers' environment (`kernel`). What ran is printed above the tables.
"""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import figure, kernel, peers, report
from benchmarks.kernel import Kernel
from benchmarks.peers import Contender
from benchmarks.peers.course import ThreeFunctions
from benchmarks.report import Measured
from benchmarks.task import DIGITS, LARGE, Array, Task, Widths, name_of, on_digits, on_random_data
from benchmarks.worker import Unavailable, Worker

RESULTS = Path(__file__).with_name("results")
ROUNDS = 7
SECONDS = 0.3  # a run has as many epochs as take at least so long: it also begins and ends
TOLERANCE = 1e-8  # between a contender's weights and ours
BATCHES = (1, 32, 1797)
EXAMPLES = {1: 512, 32: 1024, 1797: 1797}  # of the large net: an epoch should not take too long
GROWING = (peers.GRAPH, peers.NUMPY, peers.NUMBA, peers.HAND)
WIDER: tuple[Widths, ...] = tuple((64, 32 * n, 16 * n, 10) for n in (2, 4, 8))


class Ratio(NamedTuple):
    """Of two contenders' times; what it should not exceed at each of `BATCHES`."""

    above: Contender
    below: Contender
    net: Widths
    targets: tuple[float | None, ...] = (None, None, None)


RATIOS = (
    Ratio(peers.GRAPH, peers.HAND_KEPT, DIGITS, (1.6, 1.5, 1.05)),
    Ratio(peers.THREE_FUNCTIONS, peers.HAND_KEPT, DIGITS),
    Ratio(peers.NUMPY, peers.HAND_KEPT, DIGITS, (1.0, 1.0, 1.0)),
    Ratio(peers.NUMPY, peers.HAND_KEPT, LARGE, (1.0, 1.0, 1.0)),
    Ratio(peers.NUMBA, peers.SCAN, DIGITS, (1.0, 1.0, 1.0)),
    Ratio(peers.NUMBA, peers.SCAN, LARGE, (1.0, 1.0, 1.0)),
    Ratio(peers.NUMBA, peers.C_LOOP, DIGITS, (1.5, None, None)),
    Ratio(peers.NUMBA, peers.C_LOOP, LARGE, (1.5, None, None)),
    Ratio(peers.NUMBA, peers.PRODUCTS, LARGE),
)
FRUGAL = (peers.NUMPY, peers.NUMBA)  # of the large net: what NumPy by hand needs, and the weights
FIRST_EPOCH = {"engine numba, first run ever": 2.0, "engine numba, compiled before": 0.1}


class WrongWeights(RuntimeError):
    """A contender did something else than we, so its time means nothing."""


def measure(folder: Path = RESULTS, left_out: Mapping[str, str] | None = None) -> None:
    """Print the tables; write update_cost.txt, .csv and .png into the folder.

    Args:
        left_out: what forces a kernel and was taken out of the environment.
    """
    started = time.perf_counter()
    digits = [on_digits(batch) for batch in BATCHES]
    large = [on_random_data(batch, EXAMPLES[batch]) for batch in BATCHES]
    wider = [on_digits(batch, widths) for widths in WIDER for batch in BATCHES]
    ran: dict[str, list[Kernel]] = {}
    measured = compare([*digits, *large], peers.ALL, ran=ran)
    measured = [*about(ran, left_out or {}), *measured]
    measured += growth(measured, compare(wider, GROWING))
    measured += compilation(digits[-1])
    measured += ratios(measured, RATIOS)
    measured += more_memory(measured)
    minutes = (time.perf_counter() - started) / 60
    measured.append(Measured("about", "", 0, "all of it", "minutes", (minutes,)))
    write(measured, folder)


def write(measured: Sequence[Measured], folder: Path) -> None:
    """Print the tables, and write the three files."""
    picture = figure.draw(measured)
    about = (
        "Updates with sigmoid, cross-entropy, float64, one thread.\n"
        f"{report.about(measured)}\n"
        f"Median of {ROUNDS} runs, in brackets the lowest and the highest."
    )
    text = f"{about}\n\n{report.text(measured)}\n\n{picture}\n"
    print(f"\n{text}", end="")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "update_cost.txt").write_text(text, encoding="utf-8")
    (folder / "update_cost.csv").write_text(report.as_csv(measured), encoding="utf-8")
    picture.save(folder / "update_cost.png")


def compare(
    tasks: Iterable[Task],
    contenders: Sequence[Contender],
    rounds: int = ROUNDS,
    seconds: float = SECONDS,
    ran: dict[str, list[Kernel]] | None = None,
) -> list[Measured]:
    """Time and memory of each contender at each task; into `ran`, by which kernels it ran.

    Raises WrongWeights if one has other weights.
    """
    measured = []
    with ExitStack() as stack:
        workers = {
            each: stack.enter_context(Worker(each.made_by, dict(each.environment)))
            for each in contenders
        }
        for each in tasks:
            print(f"measuring {each.net}, B = {each.batch:,} ...", flush=True)
            measured += compare_at(each, workers, rounds, seconds)
        if ran is not None:
            ran.update({contender.name: worker.kernels() for contender, worker in workers.items()})
    return measured


def about(ran: Mapping[str, Sequence[Kernel]], left_out: Mapping[str, str]) -> list[Measured]:
    """Machine, versions, and by which kernels these contenders' products were computed."""
    with Worker(peers.NUMBA.made_by) as worker:  # nothing forces a kernel on it
        with suppress(Unavailable):  # without Numba it tells of NumPy
            worker.prepare(on_digits(1))
        own = worker.kernels()
    lines = [machine(), *kernel.said(ran, own, left_out).splitlines()]
    return [Measured("about", "", 0, "", "", (), line) for line in lines]


def compare_at(
    task: Task, workers: dict[Contender, Worker], rounds: int, seconds: float
) -> list[Measured]:
    """The same at one task: weights first, then the rounds, in each of them all in turn."""
    enough = 3 if len(task.batches) == 1 else 1  # epochs, to compare the weights after them
    ours = our_weights(task, enough)
    epochs: dict[Contender, int] = {}
    remarks: dict[Contender, str] = {}
    for contender, worker in workers.items():
        try:
            worker.prepare(task)
        except Unavailable as reason:
            remarks[contender] = str(reason)
        else:
            worker.run(enough)
            check_weights(task, contender, worker, ours)
            remarks[contender] = remark(contender)
            epochs[contender] = enough_epochs(worker, seconds)
    microseconds: dict[Contender, list[float]] = {contender: [] for contender in workers}
    for _ in range(rounds):
        for contender, count in epochs.items():
            updates = count * len(task.batches)
            microseconds[contender].append(1e6 * workers[contender].run(count) / updates)
    measured = []
    for contender, worker in workers.items():
        row = (task.net, task.batch, contender.name)
        times = tuple(microseconds[contender])
        measured.append(Measured("update", *row, "µs", times, remarks[contender]))
        grown = worker.memory(1) if contender in epochs else None
        megabytes = () if grown is None else (grown / 1e6,)
        why = "" if megabytes else remarks[contender]
        measured.append(Measured("memory", *row, "MB", megabytes, why))
    return measured


def check_weights(task: Task, contender: Contender, worker: Worker, ours: list[Array]) -> None:
    """Raises WrongWeights, unless it is known that they cannot be compared."""
    if contender.not_compared:
        return
    off = distance(worker.weights(), ours)
    if not off <= TOLERANCE:  # NaN is wrong too
        raise WrongWeights(
            f"{contender.name} does not arrive at our weights for {task.net} at B = {task.batch}: "
            f"they are {off:.1e} apart, where {TOLERANCE:.0e} is allowed."
        )


def remark(contender: Contender) -> str:
    """Its version, and why its weights are not compared."""
    parts = []
    if contender.package:
        parts.append(f"{contender.package} {metadata.version(contender.package)}")
    if contender.not_compared:
        parts.append(f"other weights: {contender.not_compared}")
    return ", ".join(parts)


def our_weights(task: Task, epochs: int) -> list[Array]:
    ours = ThreeFunctions(task)
    ours.reset()
    ours.run(epochs)
    return ours.weights()


def distance(theirs: Sequence[Array], ours: Sequence[Array]) -> float:
    """The largest difference of two entries; infinite if the shapes are not the same."""
    if [np.shape(W) for W in theirs] != [W.shape for W in ours]:
        return np.inf
    return float(np.max([abs(a - b).max() for a, b in zip(theirs, ours, strict=True)]))


def enough_epochs(worker: Worker, seconds: float) -> int:
    epochs = 1
    while worker.run(epochs) < seconds:
        epochs *= 2
    return epochs


def growth(main: Sequence[Measured], wider: Sequence[Measured]) -> list[Measured]:
    """The times of `GROWING` as layers grow, from the net of the main table on."""
    names = {contender.name for contender in GROWING}
    narrow = [each for each in main if each.net == name_of(DIGITS) and each.who in names]
    times = [each for each in (*narrow, *wider) if each.quantity == "update"]
    return [each._replace(quantity="growth") for each in times]


def compilation(task: Task) -> list[Measured]:
    """Seconds of the first epoch with the numba engine: never compiled, and compiled before."""
    measured = []
    with tempfile.TemporaryDirectory() as cache:
        for who, target in FIRST_EPOCH.items():
            values: tuple[float, ...] = ()
            why = ""
            with Worker(peers.NUMBA.made_by, {"XDG_CACHE_HOME": cache}) as worker:
                try:
                    worker.prepare(task)
                    values = (worker.run(1),)
                except Unavailable as reason:
                    why = str(reason)
            row = ("compile", task.net, task.batch, who, "s")
            measured.append(Measured(*row, values, why, target))
    return measured


def ratios(measured: Sequence[Measured], wanted: Sequence[Ratio]) -> list[Measured]:
    """One number for each ratio at each batch size, from the times of the same rounds."""
    times = {(e.who, e.net, e.batch): e for e in measured if e.quantity == "update"}
    found = []
    for ratio in wanted:
        net = name_of(ratio.net)
        for batch, target in zip(BATCHES, ratio.targets, strict=True):
            above, below = (times[each.name, net, batch] for each in (ratio.above, ratio.below))
            missing = [e for e in (above, below) if not e.values]
            why = ", ".join(f"{each.who}: {each.remark}" for each in missing)
            pairs = () if missing else zip(above.values, below.values, strict=True)
            row = (net, batch, f"{above.who} ÷ {below.who}", "")
            values = tuple(a / b for a, b in pairs)
            found.append(Measured("ratio", *row, values, why, target))
    return found


def more_memory(measured: Sequence[Measured]) -> list[Measured]:
    """Megabytes that an epoch of the large net takes beyond those of NumPy by hand; one set of
    weights is the target.
    """
    net = name_of(LARGE)
    taken = {(e.who, e.batch): e for e in measured if (e.quantity, e.net) == ("memory", net)}
    weights = 8e-6 * sum(a * b for a, b in pairwise(LARGE))
    found = []
    for contender in FRUGAL:
        for batch in BATCHES:
            ours, theirs = taken[contender.name, batch], taken[peers.HAND.name, batch]
            more = tuple(a - b for a, b in zip(ours.values, theirs.values, strict=False))
            who = f"{contender.name} − {peers.HAND.name}"
            row = ("more memory", net, batch, who, "MB")
            found.append(Measured(*row, more, ours.remark or theirs.remark, weights))
    return found


def machine() -> str:
    """Python, NumPy and the processor."""
    processor = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    processor = models[0] if models else processor
    return f"{processor}, Python {platform.python_version()}, NumPy {np.__version__}."
