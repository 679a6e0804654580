"""Builds slides of the lessons into the folder _slides (`run.py slides`): for instructors.

What is on them is taken from the lessons as they are stored, with a few words of their own from
teaching/slides. They need no network.
"""

import argparse
import sys
from pathlib import Path

from course_site.problems import SiteFailed

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "_slides"


def parser() -> argparse.ArgumentParser:
    """What can be typed after `run.py slides`."""
    arguments = argparse.ArgumentParser(
        prog="run.py slides", description=__doc__.split("\n")[0], allow_abbrev=False
    )
    arguments.add_argument(
        "--out", metavar="FOLDER", type=Path, default=OUT, help="instead of _slides"
    )
    arguments.add_argument(
        "--serve",
        action="store_true",
        help="and then show them on this computer, as the speaker's window needs it",
    )
    return arguments


def main(typed: list[str] | None = None) -> int:
    """Build the slides, and with --serve show them."""
    options = parser().parse_args(typed)
    from course_slides import decks

    out = options.out.resolve()
    try:
        decks.build(ROOT, out)
        if options.serve:
            with decks.server(out) as server:
                print(f"http://127.0.0.1:{server.server_port}/ has them; Ctrl-C ends it.")
                server.serve_forever()
    except SiteFailed as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
