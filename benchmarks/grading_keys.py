"""What a class of 30 with keys costs: each student has a network, say, of their own.

    python -m benchmarks.grading_keys [TREE] [--homework hw2] [--user NUMBER] [--python PATH]

TREE is the course as it was at another time, say a worktree: it grades 30 notebooks of its own with
right answers, in turn with this tree, and the ratios of processor times are printed: that of all,
and that of the grader without the boxes in which the notebooks run. With --user, all is graded as
an ordinary user of that number, by a Python that this user may run. Six of the notebooks are as
they were handed out.

Homework 1 has no keys; for homework 4 there are right answers to what is asked without one alone,
so nobody has one there.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
STUDENTS, UNTOUCHED, TIMES = 30, 6, 3
# Of a homework with keys, the cells that are right for a key besides those of the source.
OF_A_KEY = {
    "hw2": "list(__import__('answers_hw2').right_answers(key).values())",
    "hw3": "[__import__('right_answers_hw3').all_of(key)]",
}
ANSWERS = """
import json, sys
import numpy as np
from course_exercises.homework.keys import new_key
rng = np.random.default_rng(5)
keys = [new_key(rng) for _ in range(int(sys.argv[1]))]
print(json.dumps({key: %s for key in keys}))
"""


class Seconds(NamedTuple):
    """Of processor time for a class: the grader's, and that of the boxes, as it has recorded it.

    Nobody waits for what runs in a box, so the kernel adds its time to nobody's.
    """

    grader: float
    boxes: float


def surroundings(tree: Path) -> dict[str, str]:
    beside = tree / "tests" / "course_grading"
    packages = Path(np.__file__).parents[1]  # for a Python of others
    paths = [tree, beside / "marking" / "assignments", beside, packages]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": os.pathsep.join(map(str, paths))}


def prepare(tree: Path, folder: Path, homework: str = "hw2") -> list[str]:
    """Write the notebooks, and the roster if it has keys in this tree; the options of the
    command."""
    source = tree / f"homework/source/{homework}/{homework}.ipynb"
    solved = json.loads(source.read_text(encoding="utf-8"))
    handed_out = tree / f"notebooks/homework/{homework}.ipynb"
    plain = json.loads(handed_out.read_text(encoding="utf-8"))
    keys, answers = [""] * STUDENTS, dict[str, list[str]]()
    if homework in OF_A_KEY and (tree / "course_exercises/homework/keys.py").exists():
        command = [sys.executable, "-c", ANSWERS % OF_A_KEY[homework], str(STUDENTS)]
        made = subprocess.run(command, env=surroundings(tree), capture_output=True, check=True)
        answers = json.loads(made.stdout)
        keys = list(answers)
    (folder / "submissions").mkdir()
    for number, key in enumerate(keys):
        notebook = json.loads(json.dumps(plain if number < UNTOUCHED else solved))
        for cell in notebook["cells"]:
            if "key" in cell["metadata"].get("tags", []):
                text = "".join(cell["source"])
                cell["source"] = re.sub(r'^KEY = ""', f'KEY = "{key}"', text, flags=re.M)
        for code in answers.get(key, []) if number >= UNTOUCHED else []:
            code = f"import numpy as np\n{code}"
            cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
            notebook["cells"].append({**cell, "source": code})
        notebook["metadata"]["made"] = number
        path = folder / "submissions" / f"student{number:02}.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")
    if not answers:
        return []
    rows = [f"student{number:02},{key}" for number, key in enumerate(keys)]
    (folder / "roster.csv").write_text("\n".join(["id,key", *rows, ""]), encoding="utf-8")
    return ["--roster", "roster.csv"]


def grade(tree: Path, homework: str, user: int | None, python: str) -> Seconds:
    """What a class costs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = prepare(tree, folder, homework)
        command = [python, "-m", "course_grading", "grade", "submissions", *options]
        command += ["--assignment", homework, "--out", "results", "--seed", "7", "--workers", "2"]
        environment = surroundings(tree)
        if user is not None:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, user, user)
            change = [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
            command, environment["HOME"] = ["setpriv", *change, *command], name
        before = getrusage(RUSAGE_CHILDREN)
        subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
        after = getrusage(RUSAGE_CHILDREN)
        records = (folder / "results" / "records").glob("*.json")
        boxes = sum(json.loads(path.read_bytes())["cpu_seconds"] for path in records)
    return Seconds(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, boxes)


def measure(
    tree: Path | None = None,
    homework: str = "hw2",
    user: int | None = None,
    python: str = sys.executable,
) -> None:
    """Print the median of some runs; with another tree, one run of each in turn, and the ratios."""
    own, others = list[Seconds](), list[Seconds]()
    for _ in range(TIMES):
        others += [] if tree is None else [grade(tree, homework, user, python)]
        own.append(grade(ROOT, homework, user, python))
    print(f"{STUDENTS} submissions to {homework}: {_said(own)}")
    if others:
        print(f"as {tree}: {_said(others)}")
        whole = _median(map(sum, own)) / _median(map(sum, others))
        grader = _median(s.grader for s in own) / _median(s.grader for s in others)
        print(f"so {whole:.2f} times that; without the boxes {grader:.2f} times")


def _median(seconds: Iterable[float]) -> float:
    return statistics.median(seconds)


def _said(times: Sequence[Seconds]) -> str:
    whole, boxes = _median(map(sum, times)), _median(each.boxes for each in times)
    return f"{whole:.1f} s of processor time, of which {boxes:.1f} s in the boxes"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tree", nargs="?", type=Path)
    parser.add_argument("--homework", default="hw2")
    parser.add_argument("--user", type=int)
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    tree = given.tree.resolve() if given.tree else None
    measure(tree, given.homework, given.user, given.python)
