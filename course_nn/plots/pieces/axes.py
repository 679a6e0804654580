"""The static picture of a piece: curves and points in a frame, as the text of an SVG file.

It is what one sees where scripts do not run, so it stands in an <img>: sanitisers keep images and
take <svg> away. Such a picture cannot see the theme of its page: it is dark on white.

Source: lesson 02.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape

import numpy as np

INK, GREY, GRID = "#222", "#595959", "#ddd"
COLOURS = {  # as in style.css, in light
    "plain": INK,
    "value": "#0072B2",
    "gradient": "#B04A00",
    "other": "#00795A",
    "faint": GREY,
}
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 12, 48  # from the edges to the frame


class Axes:
    """A frame with round numbers at its edges; what is drawn into it is cut off there.

    Args:
        x, y: the smallest and the largest number on each axis.
        width, height: of the picture, in pixels.
    """

    def __init__(
        self,
        x: tuple[float, float],
        y: tuple[float, float],
        xlabel: str,
        ylabel: str,
        width: int = 480,
        height: int = 300,
    ) -> None:
        self.x, self.y, self.width, self.height = x, y, width, height
        self.wide, self.high = width - LEFT - RIGHT, height - TOP - BOTTOM
        self._labels = xlabel, ylabel
        self._drawn: list[str] = []

    def across(self, x: float) -> float:
        """Pixels from the left."""
        return LEFT + self.wide * (x - self.x[0]) / (self.x[1] - self.x[0])

    def down(self, y: float) -> float:
        """Pixels from above."""
        return TOP + self.high * (self.y[1] - y) / (self.y[1] - self.y[0])

    def curve(
        self, xs: Iterable[float], ys: Iterable[float], kind: str, *, dashed: bool = False
    ) -> None:
        """A line through these points, in the colour of `kind`; it stops where y is not finite."""
        path, command = "", "M"
        for x, y in zip(xs, ys, strict=True):
            if math.isfinite(y):
                path += f"{command}{steady(self.across(x))} {steady(self.down(y))}"
            command = "L" if math.isfinite(y) else "M"
        dashes = " stroke-dasharray='8 5'" if dashed else ""
        wide = 0.7 if kind == "faint" else 2.5
        self._drawn.append(
            f"<path d='{path}' fill='none' stroke='{COLOURS[kind]}' stroke-width='{wide}'{dashes}/>"
        )

    def point(self, x: float, y: float, kind: str, label: str = "") -> None:
        """A disc, with words to its right."""
        centre = steady(self.across(x)), steady(self.down(y))
        self._drawn.append(
            f"<circle cx='{centre[0]}' cy='{centre[1]}' r='6' fill='{COLOURS[kind]}' "
            "stroke='#fff'/>"
        )
        if label:
            at = f"x='{steady(self.across(x) + 10)}' y='{steady(self.down(y) - 6)}'"
            self._drawn.append(f"<text {at} text-anchor='start'>{escape(label)}</text>")

    def text(self, x: float, y: float, words: str, anchor: str = "start") -> None:
        """Words at a place; `anchor` says which part of them is there: start, middle or end."""
        at = f"x='{steady(self.across(x))}' y='{steady(self.down(y))}'"
        self._drawn.append(f"<text {at} text-anchor='{anchor}'>{escape(words)}</text>")

    def svg(self) -> str:
        """The picture as the text of an SVG file, the same on every processor."""
        grid, numbers = [], []
        bottom, right = TOP + self.high, LEFT + self.wide
        for value, words in ticks(*self.x, 6):
            at = steady(self.across(value))
            grid.append(f"<path d='M{at} {TOP}V{bottom}'/>")
            numbers.append(f"<text x='{at}' y='{bottom + 18}'>{words}</text>")
        for value, words in ticks(*self.y, 6):
            at = steady(self.down(value))
            grid.append(f"<path d='M{LEFT} {at}H{right}'/>")
            end = f"x='{LEFT - 6}' y='{steady(self.down(value) + 4)}' text-anchor='end'"
            numbers.append(f"<text {end}>{words}</text>")
        inside = f"x='{LEFT}' y='{TOP}' width='{self.wide}' height='{self.high}'"
        middle = TOP + self.high // 2
        xlabel, ylabel = (escape(label) for label in self._labels)
        return (
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{self.width}' height='{self.height}' "
            f"viewBox='0 0 {self.width} {self.height}' text-anchor='middle' font-size='14' "
            f"font-family='Verdana,DejaVu Sans,sans-serif' fill='{INK}'>"
            "<rect width='100%' height='100%' fill='#fff'/>"
            f"<g stroke='{GRID}'>{''.join(grid)}</g>"
            f"<g fill='{GREY}' font-size='13'>{''.join(numbers)}</g>"
            f"<svg {inside} viewBox='{LEFT} {TOP} {self.wide} {self.high}'>"
            f"{''.join(self._drawn)}</svg>"
            f"<rect {inside} fill='none' stroke='{GREY}'/>"
            f"<text x='{LEFT + self.wide // 2}' y='{self.height - 8}'>{xlabel}</text>"
            f"<text x='16' y='{middle}' transform='rotate(-90 16 {middle})'>{ylabel}</text></svg>"
        )


def steady(pixels: float) -> str:
    """Rounded to a tenth. A little is added first: places of round numbers, such as 10.25, lie on
    the border between two tenths, and would go to either side, as the processor rounds.
    """
    return f"{round(float(np.clip(pixels, -5000, 5000)) + 0.0123456, 1):g}"


def ticks(low: float, high: float, count: int) -> list[tuple[float, str]]:
    """About `count` round numbers between two ends, with the words for them."""
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next(each for each in (1, 2, 5, 10) if each * power >= rough * 0.999999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    is_plain = max(abs(low), abs(high)) < 1e5 and decimals < 7
    form = f"z.{decimals}f" if is_plain else ".1e"
    values = [i * step for i in range(first, last + 1)]
    return [(value, f"{value:{form}}".replace("-", "−")) for value in values]
