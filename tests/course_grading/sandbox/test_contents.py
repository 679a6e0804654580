"""What is put into a box: the packages, and a small course."""

import subprocess
import sys
from pathlib import Path

import pytest

import course_nn
from course_grading.marking import assignments
from course_grading.sandbox.contents import (
    IF_INSTALLED,
    PACKAGES,
    WARM_UP,
    distributions,
    is_installed,
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


def test_lark_is_in_the_box_and_brings_nothing_with_it():
    """It is one folder of pure Python, and no box that does without it waits for it."""
    assert [d.name for d in distributions(IF_INSTALLED)] == ["lark"]
    (folder,) = [path for path in package_paths() if path.name.startswith("lark")]
    assert sum(path.stat().st_size for path in folder.rglob("*.py")) < 1_000_000
    assert not [*folder.rglob("*.so")]
    assert "lark" not in WARM_UP


def test_a_package_that_may_be_missing_stops_no_box():
    assert is_installed("numpy") and not is_installed("No_Such_Package")


@pytest.mark.all
def test_a_derivation_is_read_with_the_packages_of_the_box_alone(tmp_path):
    """As homework may ask for one day: with NumPy, Lark and the course, and nothing else."""
    source = Path(course_nn.__file__).parent
    code = (
        "import course_nn as nn\n"
        "loss = nn.two_hidden_layer_network(3, 4, 5, 2, loss='squared_error').loss\n"
        "print(nn.check_derivation(loss, 'δ3 = z3 − y').lines[0].verdict.value)\n"
    )
    for path in (source, *package_paths()):
        (tmp_path / path.name).symlink_to(path)
    program = f"import sys\nsys.path[:0] = [{str(tmp_path)!r}]\n{code}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.strip() == "holds", done.stderr


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
