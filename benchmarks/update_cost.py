"""What one update costs: our engines beside NumPy by hand, other libraries, and the floors.

Each contender is a process of its own on one core, with one thread. After the same updates it must
have our weights to 1e-8. Then all run in turn, whole epochs each time, for several rounds; a time
is the median of the rounds, with the lowest and the highest, and a ratio is taken in each round.
What is not installed has a row that says so.
"""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import figure, peers, report, task
from benchmarks.peers import Contender
from benchmarks.peers.course import ThreeFunctions
from benchmarks.report import Measured
from benchmarks.task import DIGITS, LARGE, Array, Task, Widths
from benchmarks.worker import Unavailable, Worker

RESULTS = Path(__file__).with_name("results")
ROUNDS = 7
SECONDS = 0.1  # a run has as many epochs as take at least so long
TOLERANCE = 1e-8  # between a contender's weights and ours
BATCHES = (1, 32, 1797)
EXAMPLES = {1: 256, 32: 512, 1797: 1797}  # of the large net: an epoch should not take too long
WIDER: tuple[Widths, ...] = tuple((64, 32 * n, 16 * n, 10) for n in (2, 4, 8))


class Ratio(NamedTuple):
    """Of two contenders' times; `targets` says for each batch size what it should not exceed."""

    above: Contender
    below: Contender
    net: Widths
    targets: dict[int, float] = {}


RATIOS = (
    Ratio(peers.GRAPH, peers.HAND, DIGITS, {1: 2.0, 32: 1.5, 1797: 1.1}),
    Ratio(peers.THREE_FUNCTIONS, peers.HAND, DIGITS, {1: 2.0, 32: 1.5, 1797: 1.1}),
    Ratio(peers.NUMPY, peers.HAND, DIGITS, {1: 0.85, 32: 0.9, 1797: 0.6}),
    Ratio(peers.NUMPY, peers.HAND_KEPT, DIGITS),
    Ratio(peers.NUMBA, peers.SCAN, DIGITS, {1: 1.0, 32: 1.0, 1797: 1.0}),
    Ratio(peers.NUMBA, peers.C_LOOP, DIGITS, {1: 2.0, 32: 2.0, 1797: 1.3}),
    Ratio(peers.NUMBA, peers.PRODUCTS, LARGE, {1: 2.0, 32: 2.0, 1797: 1.3}),
    Ratio(peers.NUMBA, peers.SCAN, LARGE),
    Ratio(peers.NUMPY, peers.HAND, LARGE),
)


class WrongWeights(RuntimeError):
    """A contender did something else than we, so its time means nothing."""


def measure(folder: Path = RESULTS) -> None:
    """Print the tables; write update_cost.txt, .csv and .png into the folder."""
    digits = [task.on_digits(batch) for batch in BATCHES]
    large = [task.on_random_data(batch, EXAMPLES[batch]) for batch in BATCHES]
    wider = [task.on_digits(batch, widths) for widths in WIDER for batch in BATCHES]
    main = compare([*digits, *large], peers.ALL)
    ours = (peers.GRAPH, peers.NUMPY, peers.NUMBA, peers.HAND)
    growth = compare(wider, ours)
    names = {each.name for each in ours}
    narrow = [each for each in main if each.net == digits[0].net and each.who in names]
    tables = Tables(main, [*narrow, *growth], compilation(digits[-1]), ratios(main, RATIOS))
    picture = figure.draw(main)
    text = f"{tables.text()}\n\n{picture}\n"
    print(text)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "update_cost.txt").write_text(text, encoding="utf-8")
    everything = [*main, *growth, *tables.compilation, *tables.ratios]
    (folder / "update_cost.csv").write_text(report.as_csv(everything), encoding="utf-8")
    picture.save(folder / "update_cost.png")


def compare(
    tasks: Iterable[Task],
    contenders: Sequence[Contender],
    rounds: int = ROUNDS,
    seconds: float = SECONDS,
) -> list[Measured]:
    """Time and memory of each contender at each task. WrongWeights if one has other weights."""
    measured = []
    with ExitStack() as stack:
        workers = {
            each: stack.enter_context(Worker(each.made_by, dict(each.environment)))
            for each in contenders
        }
        for each in tasks:
            print(f"{each.net}, B = {each.batch:,} ...", flush=True)
            measured += compare_at(each, workers, rounds, seconds)
    return measured


def compare_at(
    task: Task, workers: dict[Contender, Worker], rounds: int, seconds: float
) -> list[Measured]:
    epochs: dict[Contender, int] = {}
    remarks: dict[Contender, str] = {}
    for contender, worker in workers.items():
        try:
            worker.prepare(task)
        except Unavailable as reason:
            remarks[contender] = str(reason)
        else:
            remarks[contender] = checked(task, contender, worker)
            epochs[contender] = enough_epochs(worker, seconds)
    microseconds: dict[Contender, list[float]] = {contender: [] for contender in workers}
    for _ in range(rounds):
        for contender, count in epochs.items():
            updates = count * len(task.batches)
            microseconds[contender].append(1e6 * workers[contender].run(count) / updates)
    measured = []
    for contender, worker in workers.items():
        row = (task.net, task.batch, contender.name)
        times, remark = tuple(microseconds[contender]), remarks[contender]
        measured.append(Measured("update", *row, "µs", times, remark))
        grown = worker.memory(1) if contender in epochs else None
        megabytes = () if grown is None else (grown / 1e6,)
        measured.append(Measured("memory", *row, "MB", megabytes, "" if megabytes else remark))
    return measured


def checked(task: Task, contender: Contender, worker: Worker) -> str:
    """The remark about a contender's version and weights. Raises WrongWeights."""
    epochs = 3 if len(task.batches) == 1 else 1
    worker.run(epochs)
    version = ""
    if contender.package:
        version = f"{contender.package} {metadata.version(contender.package)}"
    if contender.not_compared:
        return ", ".join(filter(None, [version, f"weights not compared: {contender.not_compared}"]))
    off = distance(worker.weights(), our_weights(task, epochs))
    if not off <= TOLERANCE:  # NaN is wrong too
        raise WrongWeights(
            f"{contender.name} has other weights than we after {epochs} epoch(s) of {task.net} at "
            f"B = {task.batch}: {off:.1e} apart, where {TOLERANCE:.0e} is allowed."
        )
    return version


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


def compilation(task: Task) -> list[Measured]:
    """Seconds of the first epoch with the numba engine: never compiled, and compiled before."""
    measured = []
    with tempfile.TemporaryDirectory() as cache:
        for who in ("numba, first run ever", "numba, compiled before"):
            with Worker(peers.NUMBA.made_by, {"NUMBA_CACHE_DIR": cache}) as worker:
                values, remark = (), ""
                try:
                    worker.prepare(task)
                    values = (worker.run(1),)
                except Unavailable as reason:
                    remark = str(reason)
            row = (task.net, task.batch, who, "s")
            measured.append(Measured("compile", *row, values, remark))
    return measured


def ratios(measured: Sequence[Measured], wanted: Sequence[Ratio]) -> list[Measured]:
    """One number for each ratio at each batch size, from the times of the same rounds."""
    times = {(e.who, e.net, e.batch): e for e in measured if e.quantity == "update"}
    found = []
    for ratio in wanted:
        net = "-".join(map(str, ratio.net))
        for batch in BATCHES:
            above, below = (times[each.name, net, batch] for each in (ratio.above, ratio.below))
            missing = [e for e in (above, below) if not e.values]
            remark = ", ".join(f"{each.who}: {each.remark}" for each in missing)
            pairs = () if missing else zip(above.values, below.values, strict=True)
            row = (net, batch, f"{above.who} ÷ {below.who}", "")
            values = tuple(a / b for a, b in pairs)
            found.append(Measured("ratio", *row, values, remark, ratio.targets.get(batch)))
    return found


class Tables(NamedTuple):
    """All that was measured. `growth` has the main rows of its contenders too."""

    main: list[Measured]
    growth: list[Measured]
    compilation: list[Measured]
    ratios: list[Measured]

    def text(self) -> str:
        parts = [
            f"Updates with sigmoid, cross-entropy, float64, one thread. {machine()}.",
            f"Median of {ROUNDS} runs, in brackets the lowest and the highest.",
        ]
        for title, quantity in (
            ("Microseconds per update", "update"),
            ("Peak memory of an epoch, MB by which the process grows", "memory"),
        ):
            for net in dict.fromkeys(each.net for each in self.main):
                rows = [e for e in self.main if (e.quantity, e.net) == (quantity, net)]
                parts.append(f"\n{title}: net {net}\n\n{report.by_batch(rows)}")
        rows = [each for each in self.growth if each.quantity == "update"]
        parts.append(f"\nMicroseconds per update as layers grow\n\n{report.by_net(rows)}")
        parts.append("\nSeconds to the end of the first epoch, with what has to be compiled\n")
        parts.append(report.by_batch(self.compilation))
        parts.append(f"\nRatios, each round by itself\n\n{report.ratios(self.ratios)}")
        return "\n".join(parts)


def machine() -> str:
    """Python, NumPy and the processor."""
    processor = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    processor = models[0] if models else processor
    return f"Python {platform.python_version()}, NumPy {np.__version__}, {processor}"
