"""What is put into a box: the packages, and a small course."""

import subprocess
import sys

import pytest

from course_grading.marking import assignments
from course_grading.sandbox.contents import (
    PACKAGES,
    distributions,
    masks,
    package_paths,
    small_course,
)
from course_grading.sandbox.limits import CannotSandbox


def test_the_packages_are_those_and_all_that_they_need():
    names = {distribution.name.lower() for distribution in distributions(PACKAGES)}
    assert {"numpy", "matplotlib", "ipython", "tqdm", "packaging", "traitlets", "pillow"} <= names
    assert not names & {"pytest", "nbgrader", "autograd", "course-nn", "ipykernel", "pip"}
    assert all(path.exists() for path in package_paths())


def test_a_package_that_is_not_installed_is_named():
    with pytest.raises(CannotSandbox, match="no-such-package is not installed"):
        list(distributions(["No_Such_Package"]))


def test_the_folders_of_installed_packages_are_found(tmp_path):
    lib = tmp_path / "lib"
    for name in ("python3.11/site-packages", "python3/dist-packages", "python3.11/json"):
        (lib / name).mkdir(parents=True)
    (tmp_path / "lib64").symlink_to(lib)
    found = masks(tmp_path)
    assert {lib / "python3.11" / "site-packages", lib / "python3" / "dist-packages"} <= set(found)
    assert lib / "python3.11" / "json" not in found


@pytest.mark.parametrize("name", assignments.NAMES)
def test_what_an_assignment_provides_needs_nothing_else_of_the_course(tmp_path, name):
    provides = assignments.load(name).provides
    small_course(tmp_path, provides)
    code = "".join(f"import course_nn.{module}\n" for module in provides) + (
        "import sys\n"  # an editable installation of the course is found here, too
        f"print([name for name, module in sys.modules.items() if name.startswith('course_nn')\n"
        f"       and not module.__file__.startswith({str(tmp_path)!r})])"
    )
    assert tried(tmp_path, code) == "[]"


def tried(folder, code):
    """What this code prints with the small course."""
    command = [sys.executable, "-c", code]
    environment = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_the_small_course_without_modules_has_checks_that_do_nothing(tmp_path):
    small_course(tmp_path, ())
    code = (
        "import course_nn as nn, course_nn\n"
        "from course_exercises.homework import hw1 as questions, hw4\n"
        "from course_nn.exercises import hw2, lesson_03  # as before they moved\n"
        "print(questions.q1.check(globals()), questions.q9.hint(), hw4.q1.check.anything())\n"
        "print([n for n in dir(nn) if not n.startswith('_')])"
    )
    assert tried(tmp_path, code) == "None None None\n['exercises']"
    texts = {path.read_text() for path in (tmp_path / "course_exercises").rglob("*.py")}
    assert len(texts) == 2 and "" in texts, "checks that do nothing, all alike"
    assert sorted(path.name for path in (tmp_path / "course_nn").iterdir()) == [
        "__init__.py",
        "exercises.py",
    ]


def test_the_small_course_has_the_modules_that_are_provided(tmp_path):
    small_course(tmp_path, ("checks", "graph", "operations", "datasets"))
    code = (
        "import course_nn as nn\n"
        "print(nn.datasets.digits()['x'].shape[1], nn.Graph.__name__, nn.tanh.__name__)\n"
        "print([n for n in ('SGD', 'train_sgd', 'check_gradients', 'derive') if hasattr(nn, n)])"
    )
    lines = tried(tmp_path, code).splitlines()
    assert lines[0].endswith("Graph tanh") and lines[1] == "['SGD']"
