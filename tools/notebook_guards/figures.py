"""Compare two figures by their pixels, with room for rounding and for nothing else.

A figure is a PNG or an SVG. In an output it stands by itself (image/png), or in HTML, in the <img>
of a <figure>. Its data are left out where texts are compared, and nothing else is.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import tempfile
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
import resvg_py
from PIL import Image

# Levels of 0..255. Drawing everything 1/256 of a pixel further (Agg's smallest step, more than
# another processor's rounding does) moved lines and text by at most 8 levels and 0.43 RMS.
# One changed digit moves single pixels by 240 levels; a curve one part in a thousand higher,
# hardly a tenth of a pixel, moves a figure by 0.8 RMS.
LARGEST_PIXEL_DIFFERENCE = 32
LARGEST_RMS_DIFFERENCE = 0.5


# Up to the data; the data; the kind of file stays in the text that is compared.
IN_HTML = re.compile(
    r"(<figure\b[^>]*>\s*<img\b[^>]*?\bsrc=\"data:image/(?:png|svg\+xml);base64,)([^\"]*)(?=\")"
)


def without_pictures(html: str) -> str:
    """The HTML without the data of the pictures in its figures; the rest is compared as text."""
    return IN_HTML.sub(r"\1…", html)


def pictures_of(outputs: Iterable[dict]) -> list[bytes]:
    """The PNG and SVG files in the outputs of a cell, in their order, as `without_pictures` leaves
    them out. Bytes that are no picture come as they are, or empty.
    """
    found = []
    for output in outputs:
        data = output.get("data", {})
        html = data.get("text/html", "")
        encoded = [data["image/png"]] if "image/png" in data else []
        found += encoded + [picture for _, picture in IN_HTML.findall(html)]
    return [_decoded(text) for text in found]


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def is_svg(picture: bytes) -> bool:
    """Whether it is an SVG; if not, it is to be a PNG."""
    return b"<svg" in picture[:1000]


def read_image(picture: bytes) -> Image.Image:
    """The figure as it looks on white paper. Of an SVG a pixel is 1/96 of an inch.

    Raises ValueError or OSError: it is no picture.
    """
    zoom = ZOOM if is_svg(picture) else 1
    opened = Image.open(io.BytesIO(_svg_to_png(picture) if is_svg(picture) else picture))
    paper = Image.new("RGBA", opened.size, "white")
    return Image.alpha_composite(paper, opened.convert("RGBA")).convert("RGB").reduce(zoom)


ZOOM = 4  # its drawer puts edges on quarters of a pixel: rounding alone might move one by a quarter


@lru_cache(maxsize=4)
def _svg_to_png(svg: bytes) -> bytes:
    """An SVG, ZOOM times as large, drawn without the fonts of the machine."""
    text = svg.decode("utf-8")
    return resvg_py.svg_to_bytes(svg_string=text, dpi=96, zoom=ZOOM, skip_system_fonts=True)


def read_pixels(picture: bytes) -> np.ndarray:
    """The pixels of `read_image`: integers 0..255 of shape (height, width, 3)."""
    return np.asarray(read_image(picture), dtype=int)


def drawn_by(picture: bytes) -> str | None:
    """The version of Matplotlib that drew the figure (it writes it into each PNG and SVG)."""
    if is_svg(picture):
        version = re.search(rb"Matplotlib v([\w.]+)", picture)
        return version.group(1).decode() if version else None
    try:
        software = Image.open(io.BytesIO(picture)).info.get("Software", "")
    except OSError:
        return None
    version = re.search(r"Matplotlib version\s*([\w.]+)", software)
    return version.group(1) if version else None


def are_comparable(expected: bytes, actual: bytes) -> bool:
    """Another Matplotlib sets the letters otherwise: by a pixel, which no tolerance allows for.

    A figure that does not say what drew it is compared.
    """
    return len({drawn_by(expected), drawn_by(actual)} - {None}) < 2


def describe_difference(expected: bytes, actual: bytes) -> str | None:
    """Say how two figures differ, or return None when they show the same."""
    if expected == actual:
        return None
    try:
        expected_pixels, actual_pixels = read_pixels(expected), read_pixels(actual)
    except (ValueError, OSError) as error:
        return f"one of the two figures is no picture: {error}"
    if expected_pixels.shape != actual_pixels.shape:
        return (
            f"the stored figure is {_size(expected_pixels)} pixels, "
            f"the drawn one {_size(actual_pixels)}"
        )
    difference = np.abs(expected_pixels - actual_pixels)
    rms = float(np.sqrt(np.mean(difference**2)))
    if difference.max() <= LARGEST_PIXEL_DIFFERENCE and rms <= LARGEST_RMS_DIFFERENCE:
        return None
    rows, columns = np.nonzero(difference.max(axis=2) > LARGEST_PIXEL_DIFFERENCE / 2)
    where = (
        f", between columns {columns.min()} and {columns.max()}, rows {rows.min()} and {rows.max()}"
        if rows.size
        else ""
    )
    return (
        f"the drawn figure differs from the stored one by up to {difference.max()} of 255 levels "
        f"(allowed: {LARGEST_PIXEL_DIFFERENCE}) and by {rms:.2f} RMS "
        f"(allowed: {LARGEST_RMS_DIFFERENCE}){where}"
    )


def save_for_looking(expected: bytes, actual: bytes) -> Path:
    """Save both figures, and where they differ in black, and return the folder."""
    folder = Path(tempfile.mkdtemp(prefix="notebook_figure_"))
    try:
        read_image(expected).save(folder / "expected.png")
        read_image(actual).save(folder / "actual.png")
    except (ValueError, OSError):
        return folder  # with what there is
    expected_pixels, actual_pixels = read_pixels(expected), read_pixels(actual)
    if expected_pixels.shape == actual_pixels.shape:
        difference = np.abs(expected_pixels - actual_pixels).max(axis=2)
        Image.fromarray((255 - difference).astype(np.uint8)).save(folder / "difference.png")
    return folder


def _size(pixels: np.ndarray) -> str:
    return f"{pixels.shape[1]} x {pixels.shape[0]}"
