"""Where bubblewrap is missing, the closing lines say how many tests that leaves out, and why."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import tiers

HERE = Path(__file__).resolve().parent
TESTS = """
def test_a(needs_sandbox): pass
def test_b(request): request.getfixturevalue("needs_sandbox")
def test_c(): pass
"""


def run_tests(folder, **environment):
    """What pytest says of the three tests, in a folder with the conftest.py of this one."""
    (folder / "conftest.py").write_text((HERE / "conftest.py").read_text("utf-8"), "utf-8")
    (folder / "test_it.py").write_text(TESTS, encoding="utf-8")
    (folder / "bin").mkdir()
    places = [str(HERE.parents[1]), str(Path(tiers.__file__).parent)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tiers", "-p", "no:cacheprovider", "--color=no"],
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(places), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        | {"PATH": str(folder / "bin"), "PYTEST_ADDOPTS": "", "COURSE_NEED_SANDBOX": ""}
        | environment,
        capture_output=True,
        encoding="utf-8",
    )


@pytest.mark.all
def test_what_is_left_out_is_said_with_the_command_that_brings_it(tmp_path):
    run = run_tests(tmp_path)
    assert run.returncode == 0, run.stdout
    (line,) = [line for line in run.stdout.splitlines() if "of the grader" in line]
    assert line.startswith("2 tests of the grader were left out: nothing can be shut in here.")
    assert "`sudo apt install bubblewrap`" in line
    assert "1 passed, 2 skipped" in run.stdout


def test_where_a_sandbox_is_needed_its_lack_is_a_failure(tmp_path):
    run = run_tests(tmp_path, COURSE_NEED_SANDBOX="1")
    assert run.returncode == 1
    assert "1 passed, 2 errors" in run.stdout or "1 failed, 1 passed, 1 error" in run.stdout
    assert "of the grader were left out" not in run.stdout


@pytest.mark.all
def test_where_there_is_one_nothing_is_said(tmp_path, needs_sandbox):
    run = run_tests(tmp_path, PATH=os.environ["PATH"])
    assert run.returncode == 0, run.stdout
    assert "of the grader" not in run.stdout
