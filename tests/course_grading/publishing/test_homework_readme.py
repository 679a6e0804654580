"""homework/README.md: its commands are commands, its links lead somewhere, its picture is drawn."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest

from course_grading import command_line
from course_grading.results.late_policy import read_late_policy

ROOT = Path(__file__).parents[3]
README = (ROOT / "homework" / "README.md").read_text(encoding="utf-8")
INVENTORY = (ROOT / "homework" / "inventory.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README + INVENTORY, flags=re.DOTALL)
COMMANDS = [
    shlex.split(line)[1:]
    for _, block in BLOCKS
    for line in block.replace("\\\n", " ").splitlines()
    if "course-grading" in line
]


def test_there_are_commands():
    assert {words[0] for words in COMMANDS} >= {"grade", "take-in", "student-release", "inventory"}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_its_commands_are_understood(words):
    command_line._parser().parse_args(words)


def test_its_options_are_options():
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) - {
        "--check",  # of run.py homework
        "--nthreads",  # of dask worker
    }
    shown = ""
    for command in ("keys", "grade", "take-in", "hand-back", "student-release", "check-sandbox"):
        parser = command_line._parser()._subparsers._group_actions[0].choices[command]
        shown += parser.format_help()
    assert {option for option in options if option not in shown} == set()


def test_its_late_policy_is_one(tmp_path):
    (text,) = [block for kind, block in BLOCKS if kind == "toml"]
    (tmp_path / "late.toml").write_text(text, encoding="utf-8")
    policy = read_late_policy(tmp_path / "late.toml")
    assert set(policy.extensions) == {"alice", "bob@uni.edu"}
    assert policy.percent(90_000) == 20


def test_its_links_lead_somewhere():
    targets = re.findall(r"\]\(([^)]+)\)", README)
    local = [target for target in targets if not target.startswith("https://")]
    assert local
    assert [target for target in local if not (ROOT / "homework" / target).exists()] == []


def test_its_picture_is_what_the_script_draws():
    path = ROOT / "tools" / "grading_picture.py"
    spec = importlib.util.spec_from_file_location("grading_picture", path)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.PATH.read_text(encoding="utf-8") == tool.picture()
