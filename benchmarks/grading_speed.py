"""Submissions graded per minute, beside nbgrader's `autograde`, on the same 30 in one run.

nbgrader runs them one after the other, as it is; `course-grading` with one worker per core.  Both
times are of the whole command, with start-up, and for `course-grading` with the proof of its
sandbox.  Memory is the largest sum over all processes, shared pages divided among those who share
them, as seen every tenth of a second.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SUBMISSIONS, UNFINISHED = 30, 6
ASSIGNMENT = "hw1"
ROOT = Path(__file__).resolve().parent.parent
EVERY = 0.1  # seconds


def memory(pid: int) -> int:
    """Bytes of a process and its descendants."""
    from course_grading.sandbox.watch import descendants

    kilobytes = 0
    for process in descendants(pid):
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return 1024 * kilobytes


def run(command: list[str], folder: Path, cores: set[int]) -> tuple[float, int]:
    """Seconds and peak memory of a command that may use these cores.  It must succeed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    started = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, cores)  # the child inherits it
        try:
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        finally:
            os.sched_setaffinity(0, before)
        peak = 0
        while process.poll() is None:
            peak = max(peak, memory(process.pid))
            time.sleep(EVERY)
        if process.returncode:
            log.seek(0)
            raise RuntimeError(log.read().decode("utf-8", "replace")[-3000:])
    return time.perf_counter() - started, peak


def prepare(folder: Path) -> None:
    """A course of nbgrader's with the submissions of 30 students, and the same as a flat folder."""
    source = ROOT / "homework" / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    student = ROOT / "notebooks" / "homework" / f"{ASSIGNMENT}.ipynb"
    (folder / "source" / ASSIGNMENT).mkdir(parents=True)
    shutil.copy(source, folder / "source" / ASSIGNMENT)
    (folder / "flat").mkdir()
    for i in range(SUBMISSIONS):
        handed_in = folder / "submitted" / f"student{i:02}" / ASSIGNMENT
        handed_in.mkdir(parents=True)
        notebook = student if i < UNFINISHED else source
        shutil.copy(notebook, handed_in / f"{ASSIGNMENT}.ipynb")
        shutil.copy(notebook, folder / "flat" / f"student{i:02}.ipynb")


def measure() -> None:
    every_core = sorted(os.sched_getaffinity(0))
    python = sys.executable
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        nbgrader = [python, "-m", "nbgrader"]
        run([*nbgrader, "generate_assignment", ASSIGNMENT], folder, set(every_core))
        for cores in (every_core[:2], every_core[:1]):
            results = {}
            for who in ("nbgrader", "course-grading"):
                if who == "nbgrader":
                    shutil.rmtree(folder / "autograded", ignore_errors=True)
                    command = [*nbgrader, "autograde", ASSIGNMENT, "--force"]
                else:
                    shutil.rmtree(folder / "results", ignore_errors=True)
                    command = [python, "-m", "course_grading", "grade", "flat", "--out", "results"]
                    command += ["--assignment", ASSIGNMENT, "--workers", str(len(cores))]
                seconds, peak = run(command, folder, set(cores))
                results[who] = SUBMISSIONS / seconds * 60
                print(
                    f"{len(cores)} core{'s' * (len(cores) > 1)}  {who:15} {seconds:6.1f} s "
                    f"{results[who]:7.0f} a minute  {peak / 1e6:5.0f} MB"
                )
            ratio = results["course-grading"] / results["nbgrader"]
            print(f"        ratio {ratio:.1f}")
