"""What is in the wheels: for students the module and its questions, nothing of the grader.

Each is built offline, with the setuptools that is installed, from a copy of the tree.
"""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import run

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"course_nn", "course_exercises"}

pytestmark = pytest.mark.long


def copy_of_the_tree(target):
    """Without what is only on this machine."""
    passing = [".git", ".venv", "build", "dist", "mutants", "*.egg-info", "__pycache__", ".*_cache"]
    return Path(shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(*passing)))


def run_tool(*command):
    """Its output; a tool that is not there is a failure that says what brings it."""
    result = subprocess.run(
        [sys.executable, "-m", *map(str, command)], capture_output=True, encoding="utf-8"
    )
    said = result.stdout + result.stderr
    assert "No module named" not in said, f"{said}`python3 run.py test --long` installs it."
    assert result.returncode == 0, said
    return said


def build(project, folder):
    """The path of the wheel of this project."""
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    run_tool("pip", "wheel", *options, "--wheel-dir", folder, project)
    (wheel,) = folder.glob("*.whl")
    return wheel


def contents(wheel):
    """{path: bytes} of the files in the wheel, without what describes it."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name
        }


def modules_below(*folders):
    """The Python files of the packages, as a wheel names them."""
    return {
        path.relative_to(folder.parent).as_posix()
        for folder in folders
        for path in folder.rglob("*.py")
        if "build" not in path.relative_to(folder).parts
    }


def differences_for_students(names):
    """What should not be in the wheel of the course, and what is missing in it."""
    expected = modules_below(*(ROOT / package for package in PACKAGES))
    expected |= {"course_nn/data/digits.npz"}
    pieces = ROOT / "course_nn" / "plots" / "pieces"
    files = [*pieces.glob("*.js"), *pieces.glob("*.css")]
    expected |= {path.relative_to(ROOT).as_posix() for path in files}
    return sorted(set(names) ^ expected)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    tree = copy_of_the_tree(tmp_path_factory.mktemp("tree") / "course")
    mine = tree / "my_notebooks" / "homework"  # where a reader works
    mine.mkdir(parents=True, exist_ok=True)
    (mine / "__init__.py").write_text("mine = 1\n")
    return tree


@pytest.fixture(scope="module")
def wheels(tree, tmp_path_factory):
    """{project: its wheel}, the projects being those that run.py installs."""
    return {
        project: build(tree / project, tmp_path_factory.mktemp("wheels"))
        for project in run.PROJECTS
    }


def test_course_has_the_module_and_the_questions_and_nothing_else(wheels):
    assert differences_for_students(contents(wheels["."])) == []


def test_what_a_wider_pattern_would_let_in_is_seen(tree, tmp_path):
    wider = copy_of_the_tree(tmp_path / "tree")
    settings = (wider / "pyproject.toml").read_text(encoding="utf-8")
    narrow = 'include = ["course_nn*", "course_exercises*"]'
    assert narrow in settings
    settings = settings.replace(narrow, 'include = ["course_nn*", "benchmarks*", "course_g*"]')
    (wider / "pyproject.toml").write_text(settings, encoding="utf-8")
    found = differences_for_students(contents(build(wider, tmp_path / "wheels")))
    assert "benchmarks/report.py" in found
    assert "course_exercises/question.py" in found, "what is missing is seen as well"
    # instructors: begin
    assert "course_grading/marking/rubric.py" in found
    # instructors: end


def test_what_an_earlier_build_left_is_not_in_the_wheel(tree, wheels, tmp_path):
    left = tree / "build" / "lib" / "course_nn" / "moved_away.py"
    assert left.parent.is_dir(), "setuptools builds elsewhere now: setup.py is of no use"
    left.write_text("secret = 1\n")
    assert contents(build(tree, tmp_path)) == contents(wheels["."])


def test_wheels_and_projects_are_well_formed(wheels, tree):
    for project, wheel in wheels.items():
        run_tool("twine", "check", "--strict", wheel)
        run_tool("validate_pyproject", tree / project / "pyproject.toml")
        run_tool("check_wheel_contents", "--config", tree / project / "pyproject.toml", wheel)


def test_a_project_that_is_not_well_formed_is_refused(tree, tmp_path):
    text = (tree / "pyproject.toml").read_text(encoding="utf-8")
    wrong = tmp_path / "pyproject.toml"
    wrong.write_text(text.replace('requires-python = ">=', 'requires-python = "≥'), "utf-8")
    with pytest.raises(AssertionError, match="requires-python"):
        run_tool("validate_pyproject", wrong)


# instructors: begin
@pytest.fixture(scope="module")
def released(tmp_path_factory):
    from course_grading.publishing import release

    folder = tmp_path_factory.mktemp("students") / "tree"
    release.write(folder, copy_of_the_tree(tmp_path_factory.mktemp("instructors") / "tree"))
    return folder


def test_the_tree_of_the_students_gives_the_same_wheel(wheels, released, tmp_path):
    assert contents(build(released, tmp_path)) == contents(wheels["."])


def test_no_line_of_a_solution_is_in_the_wheel_of_the_course(wheels):
    from pathlib import PurePosixPath

    from course_grading.publishing import leaks

    files = {PurePosixPath(name): text for name, text in contents(wheels["."]).items()}
    secrets = leaks.secrets(ROOT)
    assert leaks.find_leaks(files, secrets) == []
    planted = {PurePosixPath("course_nn/x.py"): next(iter(secrets)).encode()}
    assert len(leaks.find_leaks(planted, secrets)) == 1


def differences_for_instructors(names):
    grader = ROOT / "course_grading"
    expected = modules_below(grader)
    for path in grader.glob("*/templates/*"):
        expected.add(path.relative_to(ROOT).as_posix())
    return sorted(set(names) ^ expected)


def test_grader_has_its_harness_its_assignments_and_its_pages(wheels):
    wheel = wheels["./course_grading"]
    files = contents(wheel)
    assert differences_for_instructors(files) == []
    assert "course_grading/sandbox/inside/harness.py" in files
    assert "course_grading/marking/assignments/hw1.py" in files
    assert "course_grading/exams/templates/paper.html" in files
    assert not any("exam" in Path(name).stem.split("_") for name in contents(wheels["."]))
    with zipfile.ZipFile(wheel) as archive:
        (entry_points,) = [name for name in archive.namelist() if "entry_points" in name]
        said = archive.read(entry_points).decode()
    assert "course-grading = course_grading.command_line:main" in said


def test_a_package_that_the_grader_forgets_is_seen(tree, tmp_path):
    passing = shutil.ignore_patterns("build", "*.egg-info")
    forgetful = shutil.copytree(tree / "course_grading", tmp_path / "grader", ignore=passing)
    settings = (forgetful / "pyproject.toml").read_text(encoding="utf-8")
    line = '    "course_grading.sandbox.inside",\n'
    assert line in settings
    (forgetful / "pyproject.toml").write_text(settings.replace(line, ""), encoding="utf-8")
    found = differences_for_instructors(contents(build(forgetful, tmp_path / "wheels")))
    assert "course_grading/sandbox/inside/harness.py" in found


# instructors: end
