"""What a class costs the grader besides the marking: 300 and 5,000 made submissions.

The marking itself is replaced by its result (`python -m benchmarks.large_class MEASURE …` does it
in a process of its own), all else is as always: files are read, records, pages and tables written.
Said are milliseconds for each submission, the same for a second run that finds nothing new, and
the largest memory of the process.
"""

from __future__ import annotations

import pickle
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

FEW, MANY = 300, 5_000
ASSIGNMENT = "hw1"
ROOT = Path(__file__).resolve().parent.parent


def prepare(folder: Path, count: int) -> None:
    """So many submissions, each with an answer of its own to a written question."""
    notebook = (ROOT / "notebooks" / "homework" / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")
    folder.mkdir()
    for i in range(count):
        text = notebook.replace('"nbformat":', f'"nbformat_of": {i}, "nbformat":', 1)
        (folder / f"student{i:05}.ipynb").write_text(text, encoding="utf-8")


def marked() -> bytes:
    """The outcome of a submission in which every answer is wrong, with all that is said of it."""
    from course_grading.marking import assignments, one_submission

    questions = one_submission.no_points(assignments.load(ASSIGNMENT), "the numbers are not right.")
    example = "x = np.array([[1.0, 2.0, 3.0]])\n" * 8 + "the numbers are not right."
    questions = tuple(
        replace(entry, parts=tuple(replace(part, example=example) for part in entry.parts))
        for entry in questions
    )
    return pickle.dumps(one_submission.Outcome(questions=questions, cpu_seconds=1.0))


def grade(folder: str, out: str) -> None:
    """Grade a folder without marking; print the seconds, and the memory in megabytes."""
    from course_grading import whole_class

    outcome = marked()
    module: Any = whole_class
    module.one_submission.grade = lambda *arguments, **options: pickle.loads(outcome)
    module.self_attack.require = lambda *arguments, **options: None
    begun = time.perf_counter()
    whole_class.grade_class(folder, ASSIGNMENT, out, workers=2, seed=1)
    seconds = time.perf_counter() - begun
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)


def run(folder: Path, out: Path) -> tuple[float, float]:
    """Seconds, and megabytes at most, of a run in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.large_class", str(folder), str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, memory = map(float, re.findall(r"[\d.]+", done.stdout)[-2:])
    return seconds, memory


def measure(counts: tuple[int, ...] = (FEW, MANY)) -> None:
    each: list[float] = []
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            folder, out = Path(name, "submissions"), Path(name, "results")
            prepare(folder, count)
            seconds, memory = run(folder, out)
            again, memory_again = run(folder, out)
        each.append(seconds / count)
        print(
            f"{count:6,} submissions {1000 * seconds / count:6.2f} ms each {memory:5.0f} MB   "
            f"once more {again:5.1f} s {memory_again:5.0f} MB"
        )
    print(
        f"       each of {counts[-1]:,} costs {each[-1] / each[0]:.2f} times each of {counts[0]:,}"
    )


if __name__ == "__main__":
    grade(*sys.argv[1:])
