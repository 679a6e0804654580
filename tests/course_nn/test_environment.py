"""`check_environment` says that all is well, and what is missing if it is not."""

import sys
import tomllib
from pathlib import Path

import pytest

import course_nn as nn
from course_nn import datasets, environment, places


def test_all_is_well(capsys):
    nn.check_environment()
    text = capsys.readouterr().out
    assert "✗" not in text
    assert "Everything is in place." in text


@pytest.fixture
def in_run_pys(monkeypatch):
    """As in the environment of `run.py`, wherever the tests run."""
    monkeypatch.setattr(places, "place", lambda: places.RUN_PY)


@pytest.mark.parametrize(("module", "called"), [("tqdm", "tqdm"), ("lark", "Lark")])
def test_a_missing_package_is_named_with_what_to_do(
    capsys, monkeypatch, in_run_pys, module, called
):
    monkeypatch.setitem(sys.modules, module, None)
    nn.check_environment()
    text = capsys.readouterr().out
    assert f"✗ {called}" in text
    assert "python3 run.py lab" in text
    assert "Not everything is in place" in text


@pytest.mark.parametrize("version", ["1.26.4", "3.0.0"])
def test_a_package_of_another_version_is_named_with_what_to_do(capsys, monkeypatch, version):
    monkeypatch.setattr(places, "place", lambda: places.COLAB)
    monkeypatch.setattr("numpy.__version__", version)
    monkeypatch.setitem(sys.modules, "lark", None)
    nn.check_environment()
    text = capsys.readouterr().out
    assert (
        f"✗ NumPy, for the arithmetic: not here as the course needs it (version {version} is"
        in text
    )
    assert '%pip install "numpy>=2.0,<3" "lark>=1.1,<2"\n' in text, "both by one command"


def test_every_package_of_the_lessons_is_asked_for_in_its_range():
    project = Path(nn.__file__).parents[1] / "pyproject.toml"
    project = tomllib.loads(project.read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = {*project["dependencies"], *extras["lessons"], *extras["figures"]}
    asked = {package.name + package.versions for package in environment.NEEDED.values()}
    assert lines - {"course-nn[figures]"} == asked


def test_in_a_browser_the_versions_are_those_of_the_site(capsys, monkeypatch):
    """With which each lesson was run there: Pyodide has not every version."""
    monkeypatch.setattr("numpy.__version__", "1.26.4")
    monkeypatch.setattr(places, "place", lambda: places.IN_THE_BROWSER)
    nn.check_environment()
    assert "✓ NumPy" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("version", "is_in"),
    [("2.0.0", True), ("2.4.6", True), ("2.10.0rc1", True), ("1.26.4", False), ("3.0", False)],
)
def test_a_range_is_read(version, is_in):
    assert environment._is_in_range(version, ">=2.0,<3") == is_in


def test_damaged_digits_are_noticed(capsys, monkeypatch, in_run_pys):
    right = datasets.digits()
    monkeypatch.setattr(datasets, "digits", lambda: {**right, "x": right["x"] + 1})
    nn.check_environment()
    text = capsys.readouterr().out
    assert "✗ the handwritten digits" in text
    assert "Take the files of the course anew" in text


def test_an_old_python_is_named(capsys, monkeypatch, in_run_pys):
    class Old:
        version_info = type("V", (tuple,), {"major": 3, "minor": 9})((3, 9))

    monkeypatch.setattr(environment, "sys", Old)
    nn.check_environment()
    text = capsys.readouterr().out
    assert "✗ Python 3.11 or later: this is an older one (Python 3.9)" in text
    assert "python3 run.py lab" in text


def test_a_network_that_does_not_learn_is_noticed(monkeypatch):
    from course_nn import training

    learn = training.train_sgd
    monkeypatch.setattr(
        training, "train_sgd", lambda *a, **k: learn(*a, **{**k, "learning_rate": 0.0})
    )
    with pytest.raises(ValueError, match="the loss after 100 epochs"):
        environment._a_network_learns()
