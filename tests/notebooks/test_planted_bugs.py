"""The notebooks alone notice a bug in the module: no unit test is run here, only plain nbval.

Each bug is planted in a copy of `course_nn`, and a lesson that uses what is broken is run with it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.all  # it tests the notebooks as tests

ROOT = Path(__file__).resolve().parents[2]
TIME_LIMIT = 600  # seconds for one run

# What is wrong; the file, its line and what is written instead; the lesson that is run.
BUGS = {
    "sigmoid' without (1 - h)": (
        "operations.py",
        "a.add_grad(g * h * (1 - h))",
        "a.add_grad(g * h)",
        "04",
    ),
    "matmul: the gradient of W in the wrong order": (
        "operations.py",
        "W.add_grad(np.dot(a.value.T, self.grad))",
        "W.add_grad((self.grad.T @ a.value).reshape(W.value.shape))",
        "03",
    ),
    "matmul: the transpose on the way back is missing": (
        "operations.py",
        "a.add_grad(np.dot(self.grad, W.value.T))",
        "a.add_grad(self.grad @ W.value.reshape(W.value.T.shape))",
        "04",
    ),
    "the sum over the batch, not the mean": (
        "graph.py",
        "parameter.grad = parameter.grad / B",
        "parameter.grad = parameter.grad",
        "09",
    ),
    "the gradients are not reset": (
        "graph.py",
        "node.grad = None  # reset: nothing has arrived yet",
        "pass",
        "07",
    ),
    "the nodes in the order of Forward": (
        "graph.py",
        "for node in reversed(self.nodes):",
        "for node in self.nodes:",
        "03",
    ),
    "the update goes up the slope": (
        "graph.py",
        "p._value - learning_rate * p.grad",
        "p._value + learning_rate * p.grad",
        "07",
    ),
}


@pytest.fixture
def copy(tmp_path):
    """A folder with a copy of the module, its questions and the lessons, and nothing else."""
    for name in ("course_nn", "course_exercises", "notebooks"):
        skip = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=skip)
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return tmp_path


def run_lessons(folder, *numbers):
    """pytest with plain nbval on these lessons, and the module of this folder."""
    lessons = [str(path) for number in numbers for path in folder.glob(f"notebooks/{number}_*")]
    assert len(lessons) == len(numbers), lessons
    options = ["-p", "nbval.plugin", "--nbval", "--nbval-current-env", "--color=no"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, *lessons],
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": str(folder), "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=TIME_LIMIT,
    )


def test_without_a_bug_they_pass(copy):
    run = run_lessons(copy, *sorted({lesson for *_, lesson in BUGS.values()}))
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(("file", "line", "instead", "lesson"), BUGS.values(), ids=BUGS)
def test_a_bug_is_noticed_by_a_lesson_alone(copy, file, line, instead, lesson):
    path = copy / "course_nn" / file
    source = path.read_text(encoding="utf-8")
    assert source.count(line) == 1, f"{file} has changed: plant the bug in its new line"
    path.write_text(source.replace(line, instead), encoding="utf-8")
    run = run_lessons(copy, lesson)
    assert run.returncode == 1, run.stdout
    assert "Cell outputs differ" in run.stdout, run.stdout
