"""What all figures of the course share: a figure with its sentence, colours, lines, checks of data.

Each figure carries a sentence, computed from its data, that says what it shows: a screen reader
reads it, and a test can compare it. Colours are those of Okabe and Ito, which colour-blind readers
can tell apart; lines also differ in their dashes, points in their shape. Matplotlib is imported
when a figure is drawn.

Source: M. Okabe, K. Ito, Color Universal Design (2008), for the colours.
"""

from __future__ import annotations

import base64
import io
import logging
import os
import re
from html import escape
from typing import Any

import numpy as np

from course_nn import checks
from course_nn.not_arrays import no_array

__all__ = ["Picture"]  # what others than the folder name

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
DASHES = ["-", "--", "-.", ":"]
MARKERS = ["o", "^", "s", "D"]
VALUE = COLOURS[0]
GRADIENT = "#B04A00"  # COLOURS[1], darker: numbers in it stand on tinted boxes and must be read


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
        return self._written("png", dpi=100)

    def svg(self) -> bytes:
        """The picture as SVG, the same bytes each time. Its letters are shapes: no font is needed.

        What is made of pixels in it has 200 of them in an inch, for fine screens.
        """
        import matplotlib

        with matplotlib.rc_context({"svg.hashsalt": "course_nn", "svg.fonttype": "path"}):
            svg = self._written("svg", dpi=200, metadata={"Date": None})
        # Comments, indents, and what is less than a hundredth of a point, but for the factors.
        needless = rb"(scale\(.*?\))|<!--.*?-->|(?<=\n)\s+|(?<=\d\.\d\d)\d{4}\b"
        return re.sub(needless, rb"\1", svg, flags=re.DOTALL)

    def html(self) -> str:
        """The figure for a page: the picture, in its place what it is, and the sentence under it.

        It is sharp on every screen. Where it fits with letters that can just be read, it is seen
        whole; in a narrower window they are larger, and it scrolls. Its white ground is its own,
        whatever the page's.

        Who comes to it by the tabulator scrolls it by the arrows, which do not reach JupyterLab
        then. A click does not get there but into it, and JupyterLab's keys work as usual.
        """
        width = round(CSS_PIXELS * self.figure.get_figwidth())
        least = least_width(width, self._smallest_text())
        name = self._name()
        # Not the sentence: a screen reader would read it twice.
        alternative = f"{name}: figure, described below" if name else "Figure, described below"
        data = base64.b64encode(self.svg()).decode()
        return (
            f"<style>{STYLE}</style>\n"
            '<figure class="course-figure" tabindex="0" data-lm-suppress-shortcuts="true">\n'
            f'<img alt="{escape(alternative)}" tabindex="-1" width="{width}" '
            f'style="min-width: {least}" src="data:image/svg+xml;base64,{data}">\n'
            f'<figcaption tabindex="-1">{escape(self.sentence)}</figcaption>\n</figure>\n'
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a PNG file."""
        with open(path, "wb") as file:
            file.write(self.png())

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display({"text/html": self.html(), "text/plain": self.sentence}, raw=True)

    def _written(self, kind: str, **options: Any) -> bytes:
        stream = io.BytesIO()
        self.figure.savefig(stream, format=kind, **options)
        self.figure.set_layout_engine("none")  # keep this layout: a second one may differ
        return stream.getvalue()

    def _name(self) -> str:
        """What the figure is called: its title, or else its axes; nothing if they have no names."""
        axes = self.figure.axes if len(self.figure.axes) < 3 else []  # a colour bar is the second
        titles = {each.get_title() for each in axes} - {""}
        title = self.figure.get_suptitle() or (titles.pop() if len(titles) == 1 else "")
        labels = [(each.get_ylabel(), each.get_xlabel()) for each in axes]
        return title or next((f"{y} against {x}" for y, x in labels if y and x), "")

    def _smallest_text(self) -> float:
        """The size of its smallest letters at full size, in pixels of CSS."""
        from matplotlib.text import Text

        texts = [text for text in self.figure.findobj(Text) if text.get_text().strip()]
        points = min((text.get_fontsize() for text in texts), default=POINTS)
        return points * CSS_PIXELS / POINTS


CSS_PIXELS, POINTS = 96, 72  # in an inch
SMALLEST_TEXT = 7  # pixels of CSS, in a picture that is seen whole
SMALLEST_THAT_SCROLLS = 9  # where it is not whole anyway, as on a telephone


def least_width(width: int, smallest_text: float) -> str:
    """How narrow a picture in a page may become, as CSS, by the size of its letters at full width.

    Where it fits with letters of SMALLEST_TEXT, it may be as narrow as its column. (The factor
    only makes the difference to a column that is narrower a large number.)
    """
    whole, scrolls = (
        min(width, round(width * size / smallest_text))
        for size in (SMALLEST_TEXT, SMALLEST_THAT_SCROLLS)
    )
    return f"min({scrolls}px, max(0px, ({whole}px - 100%) * 999))"


STYLE = """
.course-figure { margin: 0; overflow-x: auto }
.course-figure img { display: block; max-width: 100%; height: auto; background: #fff }
.course-figure figcaption { position: sticky; left: 0; max-width: 50em; overflow-wrap: break-word;
  line-height: 1.4; padding: 4px 0 }
.course-figure::-webkit-scrollbar { height: 10px }
.course-figure::-webkit-scrollbar-thumb { background: #8a8a8a; border-radius: 5px }
@media print { .course-figure img { min-width: 0 !important } }
"""


def _import_quietly() -> None:
    """Import Matplotlib's fonts, without its remark that it looks for them: a red box in a lesson.

    It makes it where it runs for the first time, and so at each start in a browser.
    """
    told = logging.getLogger("matplotlib.font_manager")
    level = told.level
    told.setLevel(logging.ERROR)
    try:
        import matplotlib.font_manager  # noqa: F401
    finally:
        told.setLevel(level)


def new_figure(width: float, height: float, layout: str | None = "constrained") -> Any:
    """A Matplotlib figure, width × height inches, that pyplot does not know and nobody must close.

    Args:
        layout: Matplotlib's layout engine; None for axes that are placed by hand.
    """
    _import_quietly()
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
