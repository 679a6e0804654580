"""What was measured: as a table to read and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

COLUMNS = ["quantity", "net", "batch", "who", "unit", "median", "lowest", "highest"]
COLUMNS += ["target", "verdict", "remark"]


class Measured(NamedTuple):
    """One number of the table, with its spread.

    quantity: "update", "growth" (updates of wider nets), "memory", "compile", "ratio" or "more
        memory"; "about" the measurement is a sentence, in `remark`, or the time it took.
    values: one for each round; none if nothing could be measured, for the reason in `remark`.
    target: what it should not exceed.
    """

    quantity: str
    net: str
    batch: int
    who: str
    unit: str
    values: tuple[float, ...]
    remark: str = ""
    target: float | None = None

    @property
    def verdict(self) -> str:
        """ "met" or "missed", from the median; empty without a target or without a value."""
        if self.target is None or not self.values:
            return ""
        return "met" if median(self.values) <= self.target else "missed"

    def __str__(self) -> str:
        """The median, and in brackets the lowest and the highest value if there are several."""
        if not self.values:
            return "–"
        middle = number(median(self.values))
        if len(self.values) == 1:
            return middle
        return f"{middle} ({number(min(self.values))}–{number(max(self.values))})"


def number(value: float) -> str:
    """Three digits, or more before the point."""
    return f"{value:,.{0 if value >= 100 else 1 if value >= 10 else 2}f}"


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need to be, names and remarks to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]

    def aligned(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if i in (0, len(cells) - 1) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "  ".join(padded).rstrip()

    rule = "-" * len(aligned(["-" * width for width in widths]))
    return "\n".join([aligned(head), rule, *map(aligned, lines)])


def text(measured: Sequence[Measured]) -> str:
    """All tables, each under its title."""
    parts = []
    for quantity, title in (
        ("update", "Microseconds per update"),
        ("memory", "Megabytes by which the process grows, at its peak, in an epoch"),
    ):
        rows = [each for each in measured if each.quantity == quantity]
        for net in dict.fromkeys(each.net for each in rows):
            parts.append(f"{title}: net {net}\n\n{by_batch([e for e in rows if e.net == net])}")
    for quantity, title, layout in (
        ("growth", "Microseconds per update as layers grow", by_net),
        ("compile", "Seconds of the first epoch, beyond those to load Numba", by_target),
        ("ratio", "Ratios, from the times of the same round", by_target),
        ("more memory", "Megabytes more than NumPy by hand", by_target),
    ):
        rows = [each for each in measured if each.quantity == quantity]
        parts.append(f"{title}\n\n{layout(rows)}")
    return "\n\n".join(parts)


def by_batch(measured: Sequence[Measured]) -> str:
    """A line for each contender, a column for each batch size, and the remarks."""
    batches = sorted({each.batch for each in measured})
    lines = []
    for who in dict.fromkeys(each.who for each in measured):
        cells = {each.batch: each for each in measured if each.who == who}
        remarks = dict.fromkeys(each.remark for each in cells.values() if each.remark)
        lines.append([who, *(str(cells[batch]) for batch in batches), "; ".join(remarks)])
    return table(["", *(f"B = {batch:,}" for batch in batches), ""], lines)


def by_net(measured: Sequence[Measured]) -> str:
    """A line for each contender and batch size, a column for each net."""
    nets = list(dict.fromkeys(each.net for each in measured))
    lines = []
    for who, batch in dict.fromkeys((each.who, each.batch) for each in measured):
        cells = {each.net: each for each in measured if (each.who, each.batch) == (who, batch)}
        lines.append([f"{who}, B = {batch:,}", *(str(cells[net]) for net in nets), ""])
    return table(["", *nets, ""], lines)


def about(measured: Sequence[Measured]) -> str:
    """On what it was measured, in a line for each sentence."""
    return "\n".join(each.remark for each in measured if each.quantity == "about" and each.remark)


def by_target(measured: Sequence[Measured]) -> str:
    """A line for each number, with its target."""
    lines = [
        [
            f"{each.who}, {each.net}, B = {each.batch:,}",
            str(each),
            "" if each.target is None else f"≤ {each.target:.2f}",
            each.verdict or each.remark,
        ]
        for each in measured
    ]
    return table(["", "median", "target", ""], lines)


def as_csv(measured: Sequence[Measured]) -> str:
    """A line for each number, in full."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in measured:
        spread = ["", "", ""]
        if each.values:
            found = median(each.values), min(each.values), max(each.values)
            spread = [f"{value:.6g}" for value in found]
        target = "" if each.target is None else f"{each.target:g}"
        first = [each.quantity, each.net, each.batch, each.who, each.unit]
        writer.writerow([*first, *spread, target, each.verdict, each.remark])
    return stream.getvalue()
