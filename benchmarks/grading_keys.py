"""What a class of 30 with keys costs: homework 2, each student with a network of their own.

    python -m benchmarks.grading_keys [TREE] [--user NUMBER] [--python PATH]

TREE is the course as it was at another time, say a worktree: it grades 30 notebooks of its own with
right answers, in turn with this tree, and the ratio of processor times is printed. With --user, all
is graded as an ordinary user of that number, by a Python that this user may run. Six of the
notebooks are as they were handed out.
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
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
STUDENTS, UNTOUCHED, TIMES = 30, 6, 3
ANSWERS = """
import json, sys
import numpy as np
from course_exercises.homework.keys import new_key
import answers_hw2
rng = np.random.default_rng(5)
keys = [new_key(rng) for _ in range(int(sys.argv[1]))]
print(json.dumps({key: list(answers_hw2.right_answers(key).values()) for key in keys}))
"""


def surroundings(tree: Path) -> dict[str, str]:
    beside = tree / "tests" / "course_grading"
    packages = Path(np.__file__).parents[1]  # for a Python of others
    paths = [tree, beside / "marking" / "assignments", beside, packages]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": os.pathsep.join(map(str, paths))}


def prepare(tree: Path, folder: Path) -> list[str]:
    """Write the notebooks, and the roster if the tree knows keys; the options of the command."""
    source = json.loads((tree / "homework/source/hw2/hw2.ipynb").read_text(encoding="utf-8"))
    plain = json.loads((tree / "notebooks/homework/hw2.ipynb").read_text(encoding="utf-8"))
    keys, answers = [""] * STUDENTS, dict[str, list[str]]()
    if (tree / "course_exercises/homework/keys.py").exists():
        command = [sys.executable, "-c", ANSWERS, str(STUDENTS)]
        made = subprocess.run(command, env=surroundings(tree), capture_output=True, check=True)
        answers = json.loads(made.stdout)
        keys = list(answers)
    (folder / "submissions").mkdir()
    for number, key in enumerate(keys):
        notebook = json.loads(json.dumps(plain if number < UNTOUCHED else source))
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


def grade(tree: Path, user: int | None, python: str) -> float:
    """Seconds of processor time for a class, boxes included."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = prepare(tree, folder)
        command = [python, "-m", "course_grading", "grade", "submissions", *options]
        command += ["--assignment", "hw2", "--out", "results", "--seed", "7", "--workers", "2"]
        environment = surroundings(tree)
        if user is not None:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, user, user)
            change = [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
            command, environment["HOME"] = ["setpriv", *change, *command], name
        before = getrusage(RUSAGE_CHILDREN)
        subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
        after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def measure(
    tree: Path | None = None, user: int | None = None, python: str = sys.executable
) -> None:
    """Print the median of some runs; with another tree, one run of each in turn, and the ratio."""
    own, others = list[float](), list[float]()
    for _ in range(TIMES):
        others += [] if tree is None else [grade(tree, user, python)]
        own.append(grade(ROOT, user, python))
    middle = statistics.median(own)
    print(f"{STUDENTS} submissions to hw2, each with its network: {middle:.1f} s of processor time")
    if others:
        other = statistics.median(others)
        print(f"as {tree}: {other:.1f} s, so {middle / other:.2f} times that")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tree", nargs="?", type=Path)
    parser.add_argument("--user", type=int)
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    measure(given.tree.resolve() if given.tree else None, given.user, given.python)
