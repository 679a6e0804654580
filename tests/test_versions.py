"""Everything that says which version this is says the same."""

import json
import os
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import run

ROOT = Path(__file__).resolve().parents[1]
NAME = "course-nn"
HEADING = re.compile(r"^## \[(\d[^\]]*)\] - (\d{4}-\d\d-\d\d)$", re.MULTILINE)
IN_NOTEBOOK = re.compile(r"course[-_]nn(?:\[\w+\])?(?:==|-)(\d+(?:\.\d+)+\w*)")


def said_by_project(text):
    return tomllib.loads(text)["project"]["version"]


def said_by_module(text):
    return re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)[1]


def said_by_citation(text):
    return re.search(r"^version: (\S+)$", text, re.MULTILINE)[1]


def said_by_changelog(text):
    """The version that was released last."""
    return HEADING.search(text)[1]


def said_by_notebook(text):
    """Every version of the module that a notebook names, such as that of a wheel."""
    cells = json.loads(text)["cells"]
    return {found for cell in cells for found in IN_NOTEBOOK.findall("".join(cell["source"]))}


def versions(root):
    """[(file, version that it says)]; the first is the one that counts."""
    files = [root / project / "pyproject.toml" for project in run.PROJECTS]
    found = [(file, said_by_project(file.read_text(encoding="utf-8"))) for file in files]
    for name, said_by in [
        ("course_nn/__init__.py", said_by_module),
        ("CITATION.cff", said_by_citation),
        ("CHANGELOG.md", said_by_changelog),
    ]:
        found.append((root / name, said_by((root / name).read_text(encoding="utf-8"))))
    for folder in ("notebooks", "homework/source"):
        for file in sorted((root / folder).rglob("*.ipynb")):
            if ".ipynb_checkpoints" not in file.parts:
                text = file.read_text(encoding="utf-8")
                found += [(file, version) for version in said_by_notebook(text)]
    return [(file.relative_to(root).as_posix(), version) for file, version in found]


def differences(said, tag=None):
    """What does not say the version of the first one; `tag` is that of a release, "v0.1.0"."""
    version = said[0][1]
    problems = [f"{file} says {other}, not {version}" for file, other in said if other != version]
    if tag is not None and tag != f"v{version}":
        problems.append(f"the tag is {tag}, not v{version}")
    return problems


def test_all_say_the_same_version():
    """And so does the tag, where a release is being made."""
    assert differences(versions(ROOT), os.environ.get("COURSE_TAG")) == []


def test_whoever_needs_the_module_takes_this_version():
    version = versions(ROOT)[0][1]
    for project in run.PROJECTS:
        text = (ROOT / project / "pyproject.toml").read_text(encoding="utf-8")
        for line in tomllib.loads(text)["project"]["dependencies"]:
            if (needed := Requirement(line)).name == NAME:
                assert version in needed.specifier, project


def test_changelog_and_citation_say_the_same_day():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f'date-released: "{HEADING.search(changelog)[2]}"' in citation


def test_changelog_has_releases_in_order_and_a_place_for_the_next():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    days = [day for _, day in HEADING.findall(text)]
    assert days == sorted(days, reverse=True) and days
    assert text.index("## [Unreleased]") < HEADING.search(text).start()


# ------------------------------------------------------------------ what is refused


def notebook(source):
    return json.dumps({"cells": [{"source": [source]}]})


@pytest.mark.parametrize(
    ("said_by", "text", "version"),
    [
        (said_by_project, '[project]\nversion = "0.2.0"\n', "0.2.0"),
        (said_by_module, 'import x\n__version__ = "0.2.0"\n', "0.2.0"),
        (said_by_citation, "cff-version: 1.2.0\nversion: 0.2.0\n", "0.2.0"),
        (said_by_changelog, "## [Unreleased]\n\n## [0.2.0] - 2027-01-01\n## [0.1.0]", "0.2.0"),
        (said_by_notebook, notebook("https://a/course_nn-0.2.0-py3-none-any.whl"), {"0.2.0"}),
        (said_by_notebook, notebook("pip install course-nn[figures]==0.2.0"), {"0.2.0"}),
        (said_by_notebook, notebook("import course_nn as nn"), set()),
    ],
)
def test_where_a_version_stands(said_by, text, version):
    assert said_by(text) == version


def test_another_version_and_another_tag_are_named():
    said = [("pyproject.toml", "0.2.0"), ("CITATION.cff", "0.1.0"), ("CHANGELOG.md", "0.2.0")]
    assert differences(said) == ["CITATION.cff says 0.1.0, not 0.2.0"]
    assert differences(said[:1], "v0.2.0") == []
    assert differences(said[:1], "0.2.0") == ["the tag is 0.2.0, not v0.2.0"]
