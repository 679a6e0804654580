"""Builds the students' wheel as a release has it: the same files give the same bytes.

    python tools/build_wheel.py FOLDER

Its SHA-256 stands in `tools/published.py` before the tag, and the release builds it once more. So
nothing may depend on day, machine or user: the times in it are the day of release in CITATION.cff,
the modes of its files are fixed, and setuptools is the one of `constraints.txt`.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from course_site.lite import LICENCES, OF_THE_COURSE

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = "constraints.txt"
CITATION = "CITATION.cff"


class WheelFailed(Exception):
    """Its text says why there is no wheel."""


def seconds_of_release(citation: str) -> int:
    """The day of release in the text of CITATION.cff, in seconds since 1970 (at 0:00 UTC)."""
    found = re.search(r'^date-released: "?(\d{4}-\d\d-\d\d)"?$', citation, re.MULTILINE)
    if found is None:
        raise WheelFailed(f'{CITATION} has no line like date-released: "2027-01-31".')
    return int(datetime.fromisoformat(found[1]).replace(tzinfo=UTC).timestamp())


def write_tree(root: Path, tree: Path) -> None:
    """Write what the wheel is built of into a new folder: the students' files alone."""
    # instructors: begin
    if (root / "course_grading").is_dir():
        from course_grading.publishing import release

        try:
            release.write(tree, root)
        except release.ReleaseFailed as problem:
            raise WheelFailed(str(problem)) from None
        return
    # instructors: end
    tree.mkdir()
    for name in (*OF_THE_COURSE, *LICENCES, CONSTRAINTS, CITATION):
        place = root / name
        if place.is_dir():
            shutil.copytree(place, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(place, tree / name)


def build(folder: Path, root: Path = ROOT) -> Path:
    """Build the wheel into this folder, and return its path.

    Raises:
        WheelFailed: there is one already, the students' tree is refused, or pip fails.
    """
    if there := sorted(folder.glob("*.whl")):
        raise WheelFailed(f"{there[0]} is there already. Name a new folder.")
    with tempfile.TemporaryDirectory() as work:
        tree = Path(work) / "course"
        write_tree(root, tree)
        for path in tree.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        pins = str(tree / CONSTRAINTS)
        environment = {
            **os.environ,
            "SOURCE_DATE_EPOCH": str(seconds_of_release((tree / CITATION).read_text("utf-8"))),
            "PIP_CONSTRAINT": pins,
            "PIP_BUILD_CONSTRAINT": pins,  # what a pip since 25.3 calls it for setuptools
        }
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
        if is_here("setuptools", Path(pins).read_text("utf-8")):
            command += ["--no-build-isolation", "--no-index"]  # else pip fetches it
        run = subprocess.run(
            [*command, "--wheel-dir", str(folder.resolve()), str(tree)],
            env=environment,
            umask=0o022,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    if run.returncode:
        raise WheelFailed(f"{run.stdout.strip()}\nThe wheel was not built.")
    (wheel,) = folder.glob("*.whl")
    return wheel


def is_here(name: str, constraints: str) -> bool:
    """Whether this environment has the version of a package that the constraints name."""
    pinned = re.search(rf"^{name}==(\S+)", constraints, re.MULTILINE)
    try:
        return pinned is not None and metadata.version(name) == pinned[1]
    except metadata.PackageNotFoundError:
        return False


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], allow_abbrev=False)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the wheel goes")
    options = parser.parse_args(arguments)
    try:
        print(build(options.folder))
    except (OSError, WheelFailed) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
