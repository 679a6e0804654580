"""The workflows are well-formed and safe, as far as that can be told without running them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
RELEASE = ROOT / ".github" / "workflows" / "release.yml"

ALL = "permissions: write-all\n    steps"

pytestmark = pytest.mark.long


def problems_of_form(*files):
    """What GitHub's schema of a workflow refuses; it comes with the tool."""
    schema = ["--builtin-schema", "vendor.github-workflows"]
    return run_tool([sys.executable, "-m", "check_jsonschema", *schema, *map(str, files)])


def problems_of_safety(*files):
    """What may be taken over or says more than it should."""
    program = Path(sys.executable).parent / "zizmor"
    options = ["--offline", "--no-progress", "--min-severity=medium", "--color=never"]
    return run_tool([str(program), *options, *map(str, files)])


def run_tool(command):
    """What it says if it refuses something, else ""."""
    ended = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    said = ended.stdout + ended.stderr
    assert "No module named" not in said, f"{said}`python3 run.py test --long` installs it."
    return said if ended.returncode else ""


def test_there_are_workflows():
    assert RELEASE in WORKFLOWS and len(WORKFLOWS) >= 2


def test_they_are_well_formed():
    assert problems_of_form(*WORKFLOWS) == ""


def test_they_are_safe():
    assert problems_of_safety(*WORKFLOWS) == ""


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ("runs-on: ubuntu-latest", "runs-at: ubuntu-latest", "runs-at"),
        ("id-token: write", "id-token: yes", "id-token"),
        ("timeout-minutes: 30", "timeout-minutes: soon", "timeout-minutes"),
    ],
)
def test_a_workflow_that_is_not_well_formed_is_refused(right, wrong, named, tmp_path):
    text = RELEASE.read_text(encoding="utf-8")
    assert right in text
    broken = tmp_path / "release.yml"
    broken.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    assert named in problems_of_form(broken)


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        (r"gh-action-pypi-publish@\w+ # \S+", "gh-action-pypi-publish@release/v1", "unpinned-uses"),
        (r"permissions:\n      contents: read\n    steps", ALL, "excessive-permissions"),
        (r"\"\$TAG\" dist", '"${{ github.ref_name }}" dist', "template-injection"),
    ],
)
def test_a_workflow_that_is_not_safe_is_refused(right, wrong, named, tmp_path):
    text = RELEASE.read_text(encoding="utf-8")
    assert re.search(right, text)
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "test.yml").write_text((RELEASE.parent / "test.yml").read_text("utf-8"), "utf-8")
    broken = folder / "release.yml"
    broken.write_text(re.sub(right, lambda _: wrong, text, count=1), encoding="utf-8")
    assert named in problems_of_safety(broken)


def test_only_the_job_that_needs_it_may_write():
    """Three jobs publish, each one thing."""
    text = RELEASE.read_text(encoding="utf-8")
    jobs = re.split(r"^  (\S+):\n", text.split("\njobs:\n")[1], flags=re.MULTILINE)[1:]
    may = {
        name: set(re.findall(r"^      (\S+): write\b", body, re.MULTILINE))
        for name, body in zip(jobs[::2], jobs[1::2], strict=True)
    }
    assert {name for name, what in may.items() if what} == {"release-page", "index", "site"}
    assert may["index"] == {"id-token"}
    assert "secrets." not in text


def test_a_tag_is_tested_once():
    """release.yml calls test.yml: a push that is no branch's must not start it a second time."""
    text = (RELEASE.parent / "test.yml").read_text(encoding="utf-8")
    assert re.search(r'^  push:\n    branches: \["\*\*"\]', text, re.MULTILINE)
    assert "uses: ./.github/workflows/test.yml" in RELEASE.read_text(encoding="utf-8")


def test_the_release_compares_its_wheel_with_the_one_that_notebooks_name():
    """Before it is kept, and by the command that CONTRIBUTING.md says."""
    text = RELEASE.read_text(encoding="utf-8")
    steps = ["tools/build_wheel.py dist", "tools/published.py --check", "actions/upload-artifact"]
    places = [text.index(step) for step in steps]
    assert places == sorted(places)
    assert "pip wheel" not in text
    assert steps[0] in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
