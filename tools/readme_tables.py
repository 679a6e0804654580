"""Writes the figures of README.md from benchmarks/results: what an update costs, by the engines and
on a cluster.

    .venv/bin/python tools/readme_tables.py

The first stands between two comments, the second is a table of its own. So no number is copied by
hand.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

from benchmarks import cluster, peers, report
from benchmarks.figure import sentence
from benchmarks.report import Measured
from benchmarks.task import DIGITS, name_of
from benchmarks.update_cost import BATCHES, ROUNDS

ROOT = Path(__file__).resolve().parent.parent
README, RESULTS = ROOT / "README.md", ROOT / "benchmarks" / "results" / "update_cost.csv"
BEGIN, END = (f"<!-- update cost: {place} -->\n" for place in ("begin", "end"))
OF_CLUSTER = re.compile(r"^\| batch \| workers \|.*(?:\n\|.*)+", flags=re.M)
CALLED = {
    peers.GRAPH: '`engine="graph"`',
    peers.NUMPY: '`engine="numpy"`',
    peers.NUMBA: '`engine="numba"`',
    peers.HAND: "NumPy, written by hand",
    peers.HAND_KEPT: "the same, where freed memory is kept",
    **{peer: peer.name for peer in peers.PEERS},
    peers.C_LOOP: "loops in C, `-O3 -march=native`",
    peers.PRODUCTS: "the matrix products alone, by NumPy",
}


def measured_before(text: str) -> list[Measured]:
    """What a CSV file of `report.as_csv` holds, with the median as the only value."""
    return [
        Measured(
            *(row["quantity"], row["net"], int(row["batch"]), row["who"], row["unit"]),
            (float(row["median"]),) if row["median"] else (),
            row["remark"],
        )
        for row in csv.DictReader(text.splitlines())
    ]


def written(measured: list[Measured]) -> str:
    """The sentence, the table and the picture."""
    net = name_of(DIGITS)
    times = [each for each in measured if each.quantity == "update"]
    rows = {(each.who, each.batch): each for each in times if each.net == net}
    (minutes,) = (each.values[0] for each in measured if each.unit == "minutes")
    lines = [
        f"Microseconds for one update of {net} on the digits (sigmoid, cross-entropy, float64, one",
        f"thread), medians of {ROUNDS} runs in turn; it took {minutes:.0f} minutes.",
        *report.about(measured).splitlines(),
        "",
        f"| | {' | '.join(f'B = {batch:,}' for batch in BATCHES)} |",
        f"|---|{'---:|' * len(BATCHES)}",
    ]
    for contender, called in CALLED.items():
        cells = [rows[contender.name, batch] for batch in BATCHES]
        shown = [str(cell) if cell.values else cell.remark for cell in cells]
        lines.append(f"| {called} | {' | '.join(shown)} |")
    shown = [each for each in times if each.values]
    alt = (
        "Microseconds per update on a logarithmic axis: a row for each engine and peer, a panel "
        f"for each network, a mark for each size of the batch. {sentence(shown)}"
    )
    return "\n".join([*lines, "", f"![{alt}](benchmarks/results/update_cost.png)", ""])


def with_table(readme: str, csv_text: str) -> str:
    """The text of README.md with what the results say. Raises ValueError without the comments."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"README.md needs the comments {BEGIN.strip()} and {END.strip()}.")
    return f"{before}{begin}{written(measured_before(csv_text))}{end}{after}"


def with_table_of_cluster(readme: str) -> str:
    """The text of README.md with the newest results of the cluster. Raises ValueError."""
    if len(OF_CLUSTER.findall(readme)) != 1:
        raise ValueError("README.md needs one table that begins with: | batch | workers |")
    return OF_CLUSTER.sub(lambda _: cluster.for_readme(cluster.read()), readme)


if __name__ == "__main__":
    old = README.read_text(encoding="utf-8")
    new = with_table_of_cluster(with_table(old, RESULTS.read_text(encoding="utf-8")))
    README.write_text(new, encoding="utf-8")
    print("README.md is as it was." if new == old else "README.md has the new tables.")
