"""Draw a paper, try its key, and write both.

python3 run.py exam --seed 7 --out exam/
python3 run.py exam --seed 7 --out exam/ --kind weekly --forms 3
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from course_grading.exams import paper, written
from course_grading.exams.question import ExamRefused


def parser() -> argparse.ArgumentParser:
    """What the command understands."""
    made = argparse.ArgumentParser(
        prog="run.py exam",
        description="Draw an exam on paper, with a key that is tried before anything is written.",
    )
    made.add_argument(
        "--seed", type=_seed, required=True, help="a whole number: the same one, the same paper"
    )
    made.add_argument("--out", type=Path, required=True, metavar="FOLDER")
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
    return made


def main(arguments: Sequence[str]) -> int:
    """Run the command; 0 if the paper is written, 1 if it was refused."""
    options = parser().parse_args(arguments)
    try:
        papers = paper.draw(options.kind, options.seed, options.forms)
        answers = paper.prove(papers)
        print(
            f"{answers} numbers and lines of the key hold, by computing them in other ways. Its "
            "reasons in words are marked “in words”: read these."
        )
        files = written.write(papers, options.out)
    except (ExamRefused, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    for file in files:
        print(file)
    if not any(file.suffix == ".pdf" for file in files):
        print("No browser was found, so there is no PDF: open the HTML in one, and print it.")
    return 0


def _seed(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"a seed is a whole number, such as 7; got {text!r}")
    return int(text)
