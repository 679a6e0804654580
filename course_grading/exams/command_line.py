"""Draw a paper, try its key, and write both.

python3 run.py exam --seed 7 --out exam/
python3 run.py exam --seed 7 --out exam/ --kind weekly --forms 3
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from course_grading.exams import paper, written
from course_grading.exams.question import ExamRefused
from course_grading.results.files import must_be_folder

NEEDED = ("seed", "out")


def parser() -> argparse.ArgumentParser:
    """What the command understands.

    `main` asks for what is needed, after what is not known: whoever writes --sed has not left out
    the seed.
    """
    made = argparse.ArgumentParser(
        prog="run.py exam",
        usage="%(prog)s --seed SEED --out FOLDER [--kind {weekly,final}] [--forms N] [--platforms]",
        description="Draw an exam on paper, with a key that is tried before anything is written.",
        epilog="Of each form and each key there is a page, HTML, and if a browser of the Chromium "
        "family is found, a PDF for A4 and one for letter. COURSE_BROWSER=/path/to/one names "
        "another browser, COURSE_BROWSER=none leaves the PDFs out. How to print and mark is in "
        "course_grading/exams/README.md.",
        allow_abbrev=False,
    )
    made.add_argument(
        "--seed",
        type=_seed,
        help="a whole number from 0 on: the same one, the same paper",
    )
    made.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="for papers and keys; made if it is not there. Another paper in it is not overwritten",
    )
    made.add_argument(
        "--kind",
        choices=list(paper.MINUTES),
        default="final",
        help="15 minutes or 90 (the default)",
    )
    made.add_argument(
        "--forms",
        type=int,
        choices=range(1, len(paper.NAMES) + 1),
        default=2,
        metavar="N",
        help=f"how many parallel forms, 1 to {len(paper.NAMES)} (2 if not said)",
    )
    made.add_argument(
        "--platforms",
        action="store_true",
        help="write the questions with a short answer as Moodle XML, QTI 1.2 (Canvas) and QTI 2.1",
    )
    return made


def main(arguments: Sequence[str]) -> int:
    """Run the command; 0 if the paper is written, 1 if it was refused."""
    options, unknown = parser().parse_known_args(arguments)
    if unknown:
        parser().error(f"not known: {' '.join(unknown)}")
    if missing := [f"--{name}" for name in NEEDED if getattr(options, name) is None]:
        parser().error(f"needed besides: {', '.join(missing)}")
    try:
        must_be_folder(options.out)
        papers = paper.draw(options.kind, options.seed, options.forms)
        answers = paper.prove(papers)
        print(
            f"{answers} numbers and lines of the key hold, by computing them in other ways. Its "
            "reasons in words are marked “in words”: read these."
        )
        files = written.write(papers, options.out, for_platforms=options.platforms)
    except (ExamRefused, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    for file in files:
        print(file)
    if not any(file.suffix == ".pdf" for file in files):
        why = "No browser was found"
        if os.environ.get("COURSE_BROWSER") == "none":
            why = "COURSE_BROWSER is none"
        print(f"{why}, so there is no PDF: open the HTML in a browser, and print it.")
    return 0


def _seed(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"a seed is a whole number from 0 on; got {text!r}")
    return int(text)
