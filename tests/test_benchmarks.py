"""What `run.py bench update` promises: fair rows, wrong peers refused, missing ones named."""

import contextlib
import csv
import importlib
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest
import readme_tables
from tiers import thinned

from benchmarks import cluster, figure, kernel, long_runs, peers, report, update_cost
from benchmarks.peers import Contender
from benchmarks.report import Measured
from benchmarks.task import Task, first_weights, on_digits, on_random_data
from benchmarks.worker import Unavailable, Worker

PLANTED = """
import os
import numpy as np
from benchmarks.peers.hand_numpy import HandNumpy

class Right(HandNumpy):
    def run(self, epochs):
        print("libraries may print")
        super().run(epochs)

class HalfAsFar(HandNumpy):
    def run(self, epochs):
        first = self.current
        super().run(epochs)
        self.current = tuple((a + b) / 2 for a, b in zip(first, self.current))

class NotANumber(HandNumpy):
    def weights(self):
        return [W + np.nan for W in self.current]

class OneColumn(HandNumpy):
    def weights(self):
        return [W[:, :1] for W in self.current]

class Failing(HandNumpy):
    def run(self, epochs):
        raise ArithmeticError("no more numbers")

class Dying(HandNumpy):
    def run(self, epochs):
        os.write(2, b"these were its last words")
        os._exit(1)

class Missing:
    def __init__(self, task):
        import no_such_package
"""


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """A function that names a contender from the text above."""
    (tmp_path / "planted.py").write_text(PLANTED, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return lambda name: Contender(name, f"planted:{name}")


@pytest.fixture(scope="module")
def small():
    """Seven examples of a small net, three at a time: the last batch has one."""
    return on_random_data(batch=3, examples=7, widths=(5, 4, 3, 2))


def in_this_process(contender, task):
    module, name = contender.made_by.split(":")
    return getattr(importlib.import_module(module), name)(task)


# ------------------------------------------------------------------ the tasks


def test_batches_are_all_rows_and_the_last_one_may_be_smaller(small):
    rows = [list(range(7))[batch] for batch in small.batches]
    assert rows == [[0, 1, 2], [3, 4, 5], [6]]
    assert (small.net, small.widths) == ("5-4-3-2", (5, 4, 3, 2))


def test_digits_are_the_real_ones():
    task = on_digits(10**6)
    assert (task.net, task.x.shape, task.batch) == ("64-32-16-10", (1797, 64), 1797)
    assert len(task.batches) == 1


# ------------------------------------------------------------------ the same updates


def available(contender):
    if contender == peers.C_LOOP:
        return shutil.which("cc") is not None
    modules = {"torch": "torch", "jax": "jax", "mygrad": "mygrad", "numba": "numba"}
    return find_spec(modules.get(contender.package, "numpy")) is not None


HERE = [*peers.OURS, peers.HAND, peers.C_LOOP]


@pytest.mark.parametrize("contender", HERE, ids=lambda contender: contender.name)
@pytest.mark.parametrize("batch", [1, 3, 7])
@pytest.mark.long
def test_contender_arrives_at_our_weights(contender, batch, small):
    if not available(contender):
        pytest.skip(f"{contender.name} needs {contender.package or 'a C compiler'}")
    task = Task(small.x, small.y, small.weights, batch, rate=0.5)
    made = in_this_process(contender, task)
    made.reset()
    made.run(5)
    made.reset()
    made.run(3)
    ours = update_cost.our_weights(task, 3)
    assert update_cost.distance(made.weights(), ours) < 1e-12
    assert update_cost.distance(small.weights, ours) > 1e-3
    assert update_cost.distance(small.weights, first_weights(small.widths)) == 0


@pytest.mark.all
@pytest.mark.parametrize("contender", peers.PEERS, ids=lambda contender: contender.name)
def test_peer_arrives_at_our_weights_where_it_is_installed(contender, small):
    time, _memory = update_cost.compare([small], [contender], rounds=1, seconds=0)
    if time.remark == "not installed":
        pytest.skip(f"{contender.package} is not installed")
    assert contender.package in time.remark
    assert len(time.values) == 1


def test_floor_of_matrix_products_runs_and_says_why_it_is_not_compared(small):
    time, _ = update_cost.compare([small], [peers.PRODUCTS], rounds=1, seconds=0)
    assert time.remark == "other weights: makes no updates"
    assert time.values[0] > 0


def test_without_a_compiler_the_loop_says_so(small, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(Unavailable, match="no C compiler"):
        in_this_process(peers.C_LOOP, small)


# ------------------------------------------------------------------ workers


def test_worker_runs_and_tells(planted, small):
    with Worker(planted("Right").made_by) as worker:
        worker.prepare(small)
        assert worker.run(2) > 0
        ours = update_cost.our_weights(small, 2)
        assert update_cost.distance(worker.weights(), ours) < 1e-12
        assert worker.memory(1) is None or worker.memory(1) >= 0
    assert worker.process.poll() is not None


@pytest.mark.parametrize(
    ("name", "said"),
    thinned(
        [
            ("Failing", "ArithmeticError: no more numbers"),
            ("Dying", "has died.\nthese were its last words"),
            ("NotThere", "has no attribute 'NotThere'"),
        ],
        3,
    ),
)
def test_worker_that_fails_is_an_error_with_its_reason(name, said, planted, small):
    with Worker(planted(name).made_by) as worker, pytest.raises(RuntimeError, match=said):
        worker.prepare(small)
        worker.run(1)


@pytest.mark.parametrize("name", thinned(["HalfAsFar", "NotANumber", "OneColumn"], 3))
def test_peer_with_other_weights_is_refused(name, planted, small):
    contenders = [planted("Right"), planted(name)]
    with pytest.raises(update_cost.WrongWeights, match=rf"{name} does not arrive at our weights"):
        update_cost.compare([small], contenders, rounds=1, seconds=0)


@pytest.mark.all
def test_missing_peer_is_a_row(planted, small):
    contenders = [planted("Missing"), planted("Right")]
    measured = update_cost.compare([small], contenders, rounds=2, seconds=0)
    assert [(e.who, e.quantity, len(e.values), e.remark) for e in measured] == [
        ("Missing", "update", 0, "not installed"),
        ("Missing", "memory", 0, "not installed"),
        ("Right", "update", 2, ""),
        ("Right", "memory", 1 if os.path.exists("/proc/self/clear_refs") else 0, ""),
    ]
    lines = report.by_batch(measured[::2]).splitlines()
    assert lines[2].split() == ["Missing", "–", "not", "installed"]


@pytest.mark.all
def test_missing_compiler_of_the_fast_engine_is_a_row(planted, small, monkeypatch):
    monkeypatch.setattr(peers, "NUMBA", planted("Missing"))
    assert [each.remark for each in update_cost.compilation(small)] == ["not installed"] * 2


# ------------------------------------------------------------------ tables


def measured(who, values, batch=1, quantity="update", target=None, remark=""):
    net = "64-32-16-10"
    return Measured(quantity, net, batch, who, "µs", tuple(values), remark, target)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.6149, "0.61"), (1.5, "1.50"), (27.34, "27.3"), (431.6, "432"), (104_287.4, "104,287")],
)
def test_numbers_have_three_digits_or_more_before_the_point(value, text):
    assert report.number(value) == text


def test_spread_stands_in_brackets():
    assert str(measured("graph", [3.0, 1.0, 2.0])) == "2.00 (1.00–3.00)"
    assert str(measured("graph", [2.0])) == "2.00"
    assert str(measured("graph", [])) == "–"


@pytest.mark.parametrize(
    ("values", "target", "verdict"),
    [([1.9, 2.0, 2.4], 2.0, "met"), ([2.1], 2.0, "missed"), ([], 2.0, ""), ([1.0], None, "")],
)
def test_verdict_is_that_of_the_median(values, target, verdict):
    assert measured("a ÷ b", values, target=target).verdict == verdict


def test_table_has_a_line_for_each_contender():
    rows = [
        measured("graph", [50.0]),
        measured("graph", [70.0], batch=32),
        measured("torch", [], remark="not installed"),
        measured("torch", [], batch=32, remark="not installed"),
    ]
    assert report.by_batch(rows) == "\n".join(
        [
            "       B = 1  B = 32",
            "-----------------------------------",
            "graph   50.0    70.0",
            "torch      –       –  not installed",
        ]
    )


def test_ratio_is_taken_round_by_round():
    graph, hand = peers.GRAPH, peers.HAND
    rows = [measured(graph.name, [2, 6, 6], batch) for batch in update_cost.BATCHES]
    rows += [measured(hand.name, [1, 2, 3], batch) for batch in update_cost.BATCHES[:2]]
    rows += [measured(hand.name, [], update_cost.BATCHES[2], remark="not installed")]
    wanted = update_cost.Ratio(graph, hand, (64, 32, 16, 10), (2.0, 1.9, None))
    found = update_cost.ratios(rows, [wanted])
    assert [each.values for each in found] == [(2, 3, 2), (2, 3, 2), ()]
    assert [each.verdict for each in found] == ["met", "missed", ""]
    assert found[2].remark == "hand-written NumPy: not installed"
    assert "≤ 1.90  missed" in report.by_target(found)


def test_every_ratio_is_of_rows_that_exist():
    names = {each.name for each in peers.ALL}
    assert {each.name for ratio in update_cost.RATIOS for each in ratio[:2]} <= names


def times_of(contender):
    return (3.0, 4.0, 5.0) if contender == peers.NUMPY else (2.0, 3.0, 4.0)


@pytest.fixture
def rows():
    nets = {update_cost.name_of(net) for net in (update_cost.DIGITS, update_cost.LARGE)}
    times = [
        Measured("update", net, batch, each.name, "µs", tuple(n * batch for n in times_of(each)))
        for net in sorted(nets)
        for batch in update_cost.BATCHES
        for each in peers.ALL
    ]
    missing = Measured("update", "64-32-16-10", 1, peers.NUMBA.name, "µs", (), "not installed")
    times = [missing if row[:4] == missing[:4] else row for row in times]
    times += update_cost.growth(times, [])
    return times + update_cost.ratios(times, update_cost.RATIOS)


def test_csv_has_every_number_once(rows):
    lines = list(csv.DictReader(report.as_csv(rows).splitlines()))
    assert len(lines) == len(rows)
    first = next(line for line in lines if line["who"] == peers.GRAPH.name)
    assert (first["median"], first["lowest"], first["highest"]) == ("3", "2", "4")
    missing = next(line for line in lines if line["who"] == peers.NUMBA.name)
    assert (missing["median"], missing["remark"]) == ("", "not installed")
    verdicts = {line["verdict"] for line in lines if line["quantity"] == "ratio"}
    assert verdicts == {"met", "missed", ""}


@pytest.mark.all
def test_three_files_are_written_and_the_text_is_what_was_printed(rows, tmp_path, capsys):
    update_cost.write(rows, tmp_path / "new")
    files = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert files == ["update_cost.csv", "update_cost.png", "update_cost.txt"]
    text = (tmp_path / "new" / "update_cost.txt").read_text(encoding="utf-8")
    assert text == capsys.readouterr().out.removeprefix("\n")
    assert all(each.name in text for each in peers.ALL)


@pytest.mark.all
def test_figure_has_a_panel_for_each_net_and_says_what_it_shows(rows):
    picture = figure.draw(rows)
    assert [axes.get_title() for axes in picture.figure.axes] == [
        "net 64-32-16-10",
        "net 784-300-100-10",
    ]
    assert all(axes.get_xscale() == "log" and axes.get_xlabel() for axes in picture.figure.axes)
    assert "64-32-16-10 at B = 1 from 3.00 µs (engine graph)" in picture.sentence


def test_command_takes_names_and_a_folder(monkeypatch, tmp_path, capsys):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "1")  # the command sets it; afterwards it is as it was
    command = importlib.import_module("benchmarks.__main__")
    calls = []
    monkeypatch.setitem(command.MEASUREMENTS, "update", lambda *given: calls.append(given))
    monkeypatch.setattr(command, "LEFT_OUT", {"OPENBLAS_CORETYPE": "Haswell"})
    assert command.main(["update", "--out", str(tmp_path)]) == 0
    assert command.main(["update"]) == 0
    folders = tmp_path, update_cost.RESULTS
    assert calls == [(folder, {"OPENBLAS_CORETYPE": "Haswell"}) for folder in folders]
    assert command.main(["no-such"]) == 2
    assert "No measurement no-such; there are: import, update" in capsys.readouterr().out


def test_the_cost_of_an_epoch_is_compared_in_each_round():
    """A machine that gets slower in the middle makes no late epoch dearer; a dear one is seen."""
    times = iter([10, 15, 20, 40, 80, 40])
    found = long_runs.compare(rounds=2, measured=lambda epochs: next(times))
    assert found == ([15, 40], [15, 80], [1, 2])


# ------------------------------------------------------------------ the kernel


def test_the_kernel_is_named():
    numpy = kernel.kernels()[0]
    assert re.fullmatch(
        r"(OpenBLAS [\d.]+, kernel \w+, \d+ threads?|not known) \(NumPy\)", str(numpy)
    )


@pytest.fixture
def lesser():
    """A kernel that OpenBLAS has for every processor of this kind, and takes for none of today."""
    own = kernel.kernels()[0].core
    with Worker(peers.HAND.made_by, {"OPENBLAS_CORETYPE": "Nehalem"}) as worker:
        (forced, *_) = worker.kernels()
    if own in ("", "Nehalem") or forced.core != "Nehalem":
        pytest.skip("this BLAS, or this processor, has no such kernel")
    return "Nehalem"


def test_what_forces_a_kernel_is_left_out_for_the_workers(lesser, monkeypatch):
    for name in kernel.FORCING:
        monkeypatch.setenv(name, lesser)
    with Worker(peers.HAND.made_by) as worker:
        (found, *_) = worker.kernels()
    assert (found.core, found.forced, found.threads) == (kernel.kernels()[0].core, "", 1)


def test_a_kernel_that_was_forced_is_said_with_its_reason(lesser, small, monkeypatch):
    monkeypatch.setattr(update_cost, "on_digits", lambda batch: small)
    forced = peers.HAND._replace(name="slow", environment=(("OPENBLAS_CORETYPE", lesser),))
    ran = {}
    update_cost.compare([small], [peers.HAND, forced], rounds=1, seconds=0, ran=ran)
    said = report.about(update_cost.about(ran, {}))
    own = ran[peers.HAND.name][0].core
    assert f"FORCED: slow ran on Nehalem, and not on this processor's own, {own} (" in said
    assert "(OPENBLAS_CORETYPE=Nehalem)" in said
    del ran["slow"]
    assert "FORCED" not in report.about(update_cost.about(ran, {}))


def test_what_was_set_and_left_out_is_said():
    environment = {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_L2_SIZE": "1", "HOME": "here"}
    left = kernel.take_out(environment)
    assert environment == {"HOME": "here"}
    own = [kernel.Kernel("numpy", "OpenBLAS 0.3", "Zen", 1, "")]
    said = kernel.said({"hand": own}, own, left)
    assert said.splitlines() == [
        "Matrix products: OpenBLAS 0.3, kernel Zen, 1 thread (NumPy).",
        "Set where this was started, and left out: OPENBLAS_CORETYPE=Haswell, OPENBLAS_L2_SIZE=1.",
    ]
    same = own[0]._replace(forced="OPENBLAS_CORETYPE=Zen")  # forced, but not a lesser one
    assert "LESSER" not in kernel.said({"hand": [same]}, own, {})


def test_the_command_leaves_it_out_before_numpy_is_there(lesser):
    environment = {**os.environ, "OPENBLAS_CORETYPE": lesser}
    code = (
        "from benchmarks import __main__ as command, kernel; "
        "print(command.LEFT_OUT, kernel.kernels()[0].core)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["{'OPENBLAS_CORETYPE':", "'Nehalem'}", kernel.kernels()[0].core]


# ------------------------------------------------------------------ the README


def test_readme_says_what_the_results_say():
    readme = readme_tables.README.read_text(encoding="utf-8")
    results = readme_tables.RESULTS.read_text(encoding="utf-8")
    assert readme_tables.with_table(readme, results) == readme, "run tools/readme_tables.py"
    assert "Matrix products: " in readme
    for wrong in (results.replace("engine numba,µs,", "engine numba,µs,9"), results[:0]):
        with contextlib.suppress(ValueError, KeyError):
            assert readme_tables.with_table(readme, wrong) != readme


def test_the_table_says_what_is_not_installed(rows):
    minutes = Measured("about", "", 0, "all of it", "minutes", (3.2,))
    kernels = Measured("about", "", 0, "", "", (), "Matrix products: by hand.")
    csv_text = report.as_csv([*rows, minutes, kernels])
    text = readme_tables.with_table(f"a\n{readme_tables.BEGIN}{readme_tables.END}z\n", csv_text)
    assert '| `engine="numba"` | not installed | 96.0 | 5,391 |' in text
    assert "it took 3 minutes.\nMatrix products: by hand.\n" in text
    assert text.startswith("a\n") and text.endswith(f"{readme_tables.END}z\n")
    with pytest.raises(ValueError, match="needs the comments"):
        readme_tables.with_table("a\nz\n", csv_text)


def test_distance_sees_every_entry():
    ours = [np.zeros((2, 2)), np.zeros((1, 2))]
    assert update_cost.distance([np.zeros((2, 2)), np.array([[0, -3.0]])], ours) == 3
    assert update_cost.distance([np.zeros((2, 2))], ours) == np.inf


def test_the_law_of_a_cluster_finds_its_constants():
    """From made-up seconds that follow it; a size that was not fitted comes out, too."""
    law = cluster.Law(r=3e-6, c0=0.010, c1=0.002)
    talking = {n: law.c0 + law.c1 * n for n in (1, 2, 4)}
    found = cluster.law_of(talking, {B: law.r * B for B in (1_000, 9_000)})
    assert found == pytest.approx(law)
    assert found.seconds(50_000, 8) == pytest.approx(3e-6 * 50_000 / 8 + 0.010 + 0.016)
    best = found.best(1_000_000)
    assert best == pytest.approx((3 / 0.002) ** 0.5)
    assert found.seconds(1_000_000, best) < min(
        found.seconds(1_000_000, best + 1), found.seconds(1_000_000, best - 1)
    )
    for few in ({1: 0.1}, {}):
        with pytest.raises(ValueError, match="two points"):
            cluster.law_of(few, talking)


def test_what_a_cluster_cost_is_read_as_it_was_written(tmp_path):
    measured = [
        cluster.Measured(2, 32_000, 80.25, 85.0),
        cluster.Measured(1, 32_000, 115.0, 155.0),
        cluster.Measured(1, 4_000, 30.0, 27.0),  # of the weak scaling
    ]
    cluster.write(measured, tmp_path)
    assert cluster.read(tmp_path) == [measured[0]._replace(milliseconds=80.2), *measured[1:]]
    assert cluster.for_readme(measured).splitlines()[2:] == [
        "| B = 32,000 | 1 | 115 ms | 155 ms |",
        "| B = 32,000 | 2 | 80 ms | 85 ms |",
    ]


def test_without_dask_the_measurement_says_what_to_install(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "distributed", None)
    cluster.measure(tmp_path)
    assert not [*tmp_path.iterdir()]
    assert "Dask is not installed here" in capsys.readouterr().out
