"""Prints what copied submissions get: `python tests/course_grading/copying hw2 [--key KEY]`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = map(str, (HERE.parents[2], HERE, HERE.parent / "marking" / "assignments"))

from copyists import main  # noqa: E402  it is found by the line above

main()
