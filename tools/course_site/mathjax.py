"""MathJax, which draws the formulas, for a site that asks nobody else for it.

npm fetches the version of `package-lock.json`, once, and compares it with the SHA-512 there.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from course_site.problems import SiteFailed

HERE = Path(__file__).resolve().parent
LISTS = ("package.json", "package-lock.json")
FILE = "tex-svg-full.js"  # all of TeX, and letters as shapes: nothing is fetched later


def folder() -> Path:
    """Where npm has laid it, in the environment: another version goes into another folder."""
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    return Path(sys.prefix) / "share" / "course_site" / lock[:16]


def fetch() -> Path:
    """The folder of MathJax, fetched if it is not there yet.

    Raises:
        SiteFailed: there is no npm, or it could not fetch what is wanted.
    """
    place = folder()
    package = place / "node_modules" / "mathjax"
    if (place / "fetched").exists():
        return package
    npm = shutil.which("npm")
    if npm is None:
        raise SiteFailed(
            "The formulas are drawn by MathJax, which npm fetches, and there is no npm here. "
            "Install it (Debian's package npm, or Node.js from nodejs.org), and run this again."
        )
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name in LISTS:
        shutil.copy(HERE / name, place / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run = subprocess.run(command, cwd=place, capture_output=True, encoding="utf-8", check=False)
    if run.returncode != 0:
        last = [line for line in run.stderr.splitlines() if line.strip()][-6:]
        raise SiteFailed(
            "\n".join(
                [
                    *(f"  | {line[:200]}" for line in last),
                    "npm could not fetch MathJax as package-lock.json names it. It needs the "
                    "internet, once; then run this again.",
                ]
            )
        )
    (place / "fetched").touch()
    return package


def lay_into(static: Path) -> None:
    """Copy what a page loads, with its licence, into a folder `mathjax` of static files."""
    package = fetch()
    target = static / "mathjax"
    target.mkdir(parents=True)
    shutil.copy(package / "es5" / FILE, target / FILE)
    shutil.copy(package / "LICENSE", target / "LICENSE")
