"""The figure of the table: microseconds per update, a panel for each net."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.report import Measured, number
from course_nn.plots import COLOURS, MARKERS, Picture


def draw(measured: Sequence[Measured]) -> Picture:
    """Who against microseconds on a logarithmic axis; a bar from the lowest to the highest run."""
    from matplotlib.figure import Figure

    shown = [each for each in measured if each.quantity == "update" and each.values]
    nets = list(dict.fromkeys(each.net for each in shown))
    names = list(dict.fromkeys(each.who for each in shown))
    batches = sorted({each.batch for each in shown})
    figure = Figure(figsize=(5.2 * len(nets) + 1.6, 1.9 + 0.32 * len(names)), layout="constrained")
    figure.suptitle("One update on one thread: median, lowest and highest of the runs", fontsize=12)
    for net, axes in zip(nets, figure.subplots(1, len(nets), squeeze=False)[0], strict=True):
        for i, batch in enumerate(batches):
            points = [each for each in shown if (each.net, each.batch) == (net, batch)]
            middle = [median(each.values) for each in points]
            axes.errorbar(
                middle,
                [names.index(each.who) for each in points],
                xerr=[
                    [at - min(each.values) for at, each in zip(middle, points, strict=True)],
                    [max(each.values) - at for at, each in zip(middle, points, strict=True)],
                ],
                fmt=MARKERS[i],
                color=COLOURS[i],
                label=f"B = {batch:,}",
                markersize=6,
                capsize=2,
            )
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,g}")
        axes.set_xlabel("microseconds per update (logarithmic)")
        axes.set_title(f"net {net}", fontsize=11)
        axes.set_yticks(range(len(names)), names)
        axes.tick_params(labelleft=axes is figure.axes[0])
        axes.set_ylim(len(names) - 0.5, -0.5)  # as in the table: the first row on top
        axes.grid(axis="both", color="0.9")
        axes.set_axisbelow(True)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(batches), frameon=False)
    return Picture(figure, sentence(shown))


def sentence(shown: Sequence[Measured]) -> str:
    """What the figure shows, in words: the quickest and the slowest of each net at each B."""
    parts = []
    for net, batch in dict.fromkeys((each.net, each.batch) for each in shown):
        points = [each for each in shown if (each.net, each.batch) == (net, batch)]
        points.sort(key=lambda each: median(each.values))
        first, last = (f"{number(median(e.values))} µs ({e.who})" for e in (points[0], points[-1]))
        parts.append(f"{net} at B = {batch:,} from {first} to {last}")
    return f"One update takes, for the net {'; '.join(parts)}."
