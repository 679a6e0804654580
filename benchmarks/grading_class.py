"""What a class costs the grader besides the marking: 300 and 5,000 made submissions.

The marking itself is replaced by its result (`python -m benchmarks.grading_class MEASURE …` does it
in a process of its own), all else is as always: files are read, records, pages and tables written.
Said are processor time for each submission, the seconds of a second run that finds nothing new, and
the largest memory of the process.
"""

from __future__ import annotations

import itertools
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
COUNT = itertools.count()
ROOT = Path(__file__).resolve().parent.parent


def prepare(folder: Path, count: int) -> None:
    """So many submissions, each with an answer of its own to a written question."""
    notebook = (ROOT / "notebooks" / "homework" / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")
    folder.mkdir()
    for i in range(count):
        text = notebook.replace('"nbformat":', f'"nbformat_of": {i}, "nbformat":', 1)
        (folder / f"student{i:05}.ipynb").write_text(text, encoding="utf-8")


def marked(assignment: Any, *unused: Any, **options: Any) -> Any:
    """The outcome of a submission in which every answer is wrong, half of them in its own way."""
    from course_grading.marking import one_submission

    number = next(COUNT)
    questions = one_submission.no_points(assignment, "the numbers are not right.")
    of_all = "x = np.array([[1.0, 2.0, 3.0]])\n" * 8 + "the numbers are not right."
    its_own = of_all + f" They are {number}."

    def with_example(part: Any, place: int) -> Any:
        return replace(part, example=its_own if place % 2 else of_all)

    questions = tuple(
        replace(entry, parts=tuple(map(with_example, entry.parts, itertools.count())))
        for entry in questions
    )
    return one_submission.Outcome(questions=questions, cpu_seconds=1.0)


def grade(folder: str, out: str) -> None:
    """Grade a folder without marking; print seconds, those of processor time, and megabytes."""
    from course_grading import whole_class

    module: Any = whole_class
    module.one_submission.grade = marked
    module.self_attack.require = lambda *arguments, **options: None
    begun, used = time.perf_counter(), time.process_time()
    whole_class.grade_class(folder, ASSIGNMENT, out, workers=2, seed=1)
    seconds, used = time.perf_counter() - begun, time.process_time() - used
    print(seconds, used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)


def run(folder: Path, out: Path) -> tuple[float, float, float]:
    """Seconds, those of processor time, and megabytes at most, of a run in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.grading_class", str(folder), str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, used, memory = map(float, re.findall(r"[\d.]+", done.stdout)[-3:])
    return seconds, used, memory


def measure(counts: tuple[int, ...] = (FEW, MANY)) -> None:
    each: list[float] = []
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            folder, out = Path(name, "submissions"), Path(name, "results")
            prepare(folder, count)
            _, used, memory = run(folder, out)
            again, used_again, memory_again = run(folder, out)
        each.append(used / count)
        print(
            f"{count:6,} submissions {1000 * used / count:6.2f} ms each {memory:5.0f} MB   "
            f"once more {again:5.1f} s ({used_again:.1f} of processor time) {memory_again:5.0f} MB"
        )
    print(
        f"       each of {counts[-1]:,} costs {each[-1] / each[0]:.2f} times each of {counts[0]:,}"
    )


if __name__ == "__main__":
    grade(*sys.argv[1:])
