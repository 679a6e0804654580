"""MathJax, which draws the formulas, for a site that asks nobody else for it."""

from __future__ import annotations

import shutil
from pathlib import Path

from course_site import npm

HERE = Path(__file__).resolve().parent
FILE = "tex-svg-full.js"  # all of TeX, and letters as shapes: nothing is fetched later


def fetch() -> Path:
    """The folder of MathJax, fetched if it is not there yet. SiteFailed as in `npm.fetch`."""
    return npm.fetch(HERE, "MathJax", "The formulas are drawn by MathJax") / "mathjax"


def lay_into(static: Path) -> None:
    """Copy what a page loads, with its licence, into a folder `mathjax` of static files."""
    package = fetch()
    target = static / "mathjax"
    target.mkdir(parents=True)
    shutil.copy(package / "es5" / FILE, target / FILE)
    shutil.copy(package / "LICENSE", target / "LICENSE")
