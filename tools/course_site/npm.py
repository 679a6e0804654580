"""Packages that a browser loads, fetched by npm: the version of a `package-lock.json`, once.

npm compares what comes with the SHA-512 in that list.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from course_site.problems import SiteFailed

LISTS = ("package.json", "package-lock.json")


def folder(lists: Path) -> Path:
    """Where npm lays it, in the environment: another version goes into another folder."""
    lock = hashlib.sha256((lists / "package-lock.json").read_bytes()).hexdigest()
    return Path(sys.prefix) / "share" / "course_site" / lock[:16]


def fetch(lists: Path, name: str, what_for: str) -> Path:
    """The folder `node_modules` with what a list names, fetched if it is not there yet.

    Args:
        lists: the folder of package.json and package-lock.json.
        name: what is fetched, for messages: "MathJax".
        what_for: a sentence's beginning, for messages: "The formulas are drawn by MathJax".

    Raises:
        SiteFailed: there is no npm, or it could not fetch what is wanted.
    """
    place = folder(lists)
    if (place / "fetched").exists():
        return place / "node_modules"
    npm = shutil.which("npm")
    if npm is None:
        raise SiteFailed(
            f"{what_for}, which npm fetches, and there is no npm here. "
            "Install it (Debian's package npm, or Node.js from nodejs.org), and run this again."
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, ignore_cleanup_errors=True) as own:
        new = Path(own) / "new"  # which all may read, unlike the temporary folder
        new.mkdir()
        _install(npm, lists, new, name)
        _put(new, place)
    return place / "node_modules"


def _install(npm: str, lists: Path, into: Path, name: str) -> None:
    for each in LISTS:
        shutil.copy(lists / each, into / each)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run = subprocess.run(command, cwd=into, capture_output=True, encoding="utf-8", check=False)
    if run.returncode != 0:
        last = [line for line in run.stderr.splitlines() if line.strip()][-6:]
        raise SiteFailed(
            "\n".join(
                [
                    *(f"  | {line[:200]}" for line in last),
                    f"npm could not fetch {name} as package-lock.json names it. It needs the "
                    "internet, once; then run this again.",
                ]
            )
        )
    (into / "fetched").touch()


def _put(new: Path, place: Path) -> None:
    """Whole, by its name: others may fetch the same at the same time, and the first one stays."""
    for is_last in (False, True):
        try:
            new.rename(place)
            return
        except OSError:
            if (place / "fetched").exists():
                return
            if is_last:
                raise
            shutil.rmtree(place, ignore_errors=True)  # the rest of a fetch that was broken off
