"""Builds the site of the course into the folder _site (`run.py site`).

A page for each lesson, further lesson, homework and text that tells how to do something, and for
the module, with the outputs that are stored in the notebooks: nothing is run. Beside them
JupyterLite, so that each notebook can be run in a browser.
"""

import argparse
import sys
from pathlib import Path

from course_site.problems import SiteFailed

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "_site"
# instructors: begin
OUT_FOR_INSTRUCTORS = ROOT / "_site_instructors"  # never where somebody takes it to publish it
# instructors: end


def parser() -> argparse.ArgumentParser:
    """What can be typed after `run.py site`."""
    arguments = argparse.ArgumentParser(
        prog="run.py site", description=__doc__.split("\n")[0], allow_abbrev=False
    )
    arguments.add_argument("--out", metavar="FOLDER", type=Path, help="instead of _site")
    arguments.add_argument(
        "--pyodide",
        metavar="FOLDER",
        type=Path,
        help="the folder of a release of Pyodide: the site then asks no other server for anything",
    )
    arguments.add_argument(
        "--try",
        dest="is_trial",
        action="store_true",
        help="build it, and run every notebook in headless Chromium",
    )
    # instructors: begin
    arguments.add_argument(
        "--instructors",
        action="store_true",
        help="with the instructors' pages, in _site_instructors: not to be published",
    )
    # instructors: end
    return arguments


def main(typed: list[str] | None = None) -> int:
    """Build the site, and with --try run what is in it."""
    options = parser().parse_args(typed)
    options.out = (options.out or default_folder(options)).resolve()
    options.pyodide = options.pyodide and options.pyodide.resolve()
    try:
        make(options)
    except SiteFailed as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. What was there before is still there.", file=sys.stderr)
        return 130
    return try_it(options.out) if options.is_trial else 0


def default_folder(options: argparse.Namespace) -> Path:
    """Where the site goes if no folder is named."""
    # instructors: begin
    if options.instructors:
        return OUT_FOR_INSTRUCTORS
    # instructors: end
    return OUT


def make(options: argparse.Namespace) -> None:
    """Build the site that is asked for."""
    # instructors: begin
    if not options.instructors:
        from course_site.students_tree import build_from_release

        build_from_release(ROOT, options.out, options.pyodide)
        return
    # instructors: end
    from course_site.build import build

    instructors = getattr(options, "instructors", False)
    build(ROOT, options.out, pyodide=options.pyodide, instructors=instructors)


def try_it(site: Path) -> int:
    """Run every notebook of a built site in a browser."""
    from course_site.try_site import main as try_site

    return try_site(site)


if __name__ == "__main__":
    sys.exit(main())
