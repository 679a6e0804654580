"""Compare two PNG figures by their pixels, with room for rounding and for nothing else."""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

# Levels of 0..255. Drawing everything 1/256 of a pixel further (Agg's smallest step, more than
# another processor's rounding does) moved lines and text by at most 8 levels and 0.43 RMS.
# One changed digit moves single pixels by 240 levels; a curve one part in a thousand higher,
# hardly a tenth of a pixel, moves a figure by 0.8 RMS.
LARGEST_PIXEL_DIFFERENCE = 32
LARGEST_RMS_DIFFERENCE = 0.5


def read_pixels(png: bytes) -> np.ndarray:
    """The figure as it looks on white paper: integers 0..255 of shape (height, width, 3)."""
    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    paper = Image.new("RGBA", picture.size, "white")
    return np.asarray(Image.alpha_composite(paper, picture).convert("RGB"), dtype=int)


def drawn_by(png: bytes) -> str | None:
    """The version of Matplotlib that drew the figure (it writes it into each PNG)."""
    software = Image.open(io.BytesIO(png)).info.get("Software", "")
    version = re.search(r"Matplotlib version\s*([\w.]+)", software)
    return version.group(1) if version else None


def are_comparable(expected: bytes, actual: bytes) -> bool:
    """Another Matplotlib sets the letters otherwise: by a pixel, which no tolerance allows for."""
    return drawn_by(expected) == drawn_by(actual)


def describe_difference(expected: bytes, actual: bytes) -> str | None:
    """Say how two PNG figures differ, or return None when they show the same."""
    if expected == actual:
        return None
    expected_pixels, actual_pixels = read_pixels(expected), read_pixels(actual)
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
    (folder / "expected.png").write_bytes(expected)
    (folder / "actual.png").write_bytes(actual)
    expected_pixels, actual_pixels = read_pixels(expected), read_pixels(actual)
    if expected_pixels.shape == actual_pixels.shape:
        difference = np.abs(expected_pixels - actual_pixels).max(axis=2)
        Image.fromarray((255 - difference).astype(np.uint8)).save(folder / "difference.png")
    return folder


def _size(pixels: np.ndarray) -> str:
    return f"{pixels.shape[1]} x {pixels.shape[0]}"
