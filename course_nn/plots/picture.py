"""What all figures of the course share: a figure with its sentence, colours, lines, checks of data.

Each figure carries a sentence, computed from its data, that says what it shows: a screen reader
reads it, and a test can compare it. Colours are those of Okabe and Ito, which colour-blind readers
can tell apart; lines also differ in their dashes, points in their shape. Matplotlib is imported
when a figure is drawn.

Source: M. Okabe, K. Ito, Color Universal Design (2008), for the colours.
"""

from __future__ import annotations

import io
import os
from typing import Any

import numpy as np

from course_nn import checks
from course_nn.not_arrays import no_array

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
DASHES = ["-", "--", "-.", ":"]
MARKERS = ["o", "^", "s", "D"]
VALUE, GRADIENT = COLOURS[0], COLOURS[1]


@no_array("A picture has .figure and .sentence.")
class Picture:
    """A figure and its `sentence`. Shows both when it is the last line of a notebook cell.

    Args:
        figure: the Matplotlib figure; it stays there to be changed.
        sentence: what it shows, computed from its data.
    """

    def __init__(self, figure: Any, sentence: str) -> None:
        self.figure, self.sentence = figure, sentence

    def __repr__(self) -> str:
        return self.sentence

    def png(self) -> bytes:
        """The picture as PNG, the same bytes each time."""
        stream = io.BytesIO()
        self.figure.savefig(stream, format="png", dpi=100)
        self.figure.set_layout_engine("none")  # keep this layout: a second one may differ
        return stream.getvalue()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a PNG file."""
        with open(path, "wb") as file:
            file.write(self.png())

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display({"image/png": self.png(), "text/plain": self.sentence}, raw=True)
        print(self.sentence)


def new_figure(width: float, height: float, layout: str | None = "constrained") -> Any:
    """A Matplotlib figure, width × height inches, that pyplot does not know and nobody must close.

    Args:
        layout: Matplotlib's layout engine; None for axes that are placed by hand.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def line_style(i: int, marked: bool) -> dict[str, Any]:
    """How line number i of a figure looks: its colour, its dashes, and a marker at each point.

    Returns keywords for Matplotlib's `plot`.
    """
    return {
        "color": COLOURS[i % len(COLOURS)],
        "linestyle": DASHES[i % len(DASHES)],
        "marker": MARKERS[i % len(MARKERS)] if marked else None,
        "markersize": 4,
    }


def finite_numbers(what: str, values: Any) -> np.ndarray:
    """An array of finite numbers of any shape.

    Raises TypeError or ValueError that begins with `what`: no numbers; NaN or infinity.
    """
    if checks.is_masked(values):
        raise ValueError(f"{what} must be numbers; some are masked. Leave them out first.")
    try:
        if np.iscomplexobj(values):  # NumPy would drop the imaginary part
            raise TypeError
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{what} must be numbers; got {checks.shown(values)}.") from None
    if not np.isfinite(array).all():
        raise ValueError(f"{what} must be finite numbers; it holds NaN or infinity.")
    return array
