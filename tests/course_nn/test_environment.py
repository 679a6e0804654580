"""`check_environment` says that all is well, and what is missing if it is not."""

import sys
import tomllib
from pathlib import Path

import pytest

import course_nn as nn
from course_nn import datasets, environment


def test_all_is_well(capsys):
    nn.check_environment()
    text = capsys.readouterr().out
    assert "✗" not in text
    assert "Everything is in place." in text


@pytest.mark.parametrize(("module", "called"), [("tqdm", "tqdm"), ("lark", "Lark")])
def test_a_missing_package_is_named_with_what_to_do(capsys, monkeypatch, module, called):
    monkeypatch.setitem(sys.modules, module, None)
    nn.check_environment()
    text = capsys.readouterr().out
    assert f"✗ {called}" in text
    assert "python3 run.py lab" in text
    assert "Not everything is in place" in text


def test_every_package_of_the_lessons_is_asked_for():
    project = Path(nn.__file__).parents[1] / "pyproject.toml"
    lessons = tomllib.loads(project.read_text("utf-8"))["project"]["optional-dependencies"]
    packages = {package.partition(">=")[0] for package in lessons["lessons"]}
    assert packages - {"jupyterlab"} <= set(environment.NEEDED)  # of Jupyter, IPython is asked for


def test_damaged_digits_are_noticed(capsys, monkeypatch):
    right = datasets.digits()
    monkeypatch.setattr(datasets, "digits", lambda: {**right, "x": right["x"] + 1})
    nn.check_environment()
    assert "✗ the handwritten digits" in capsys.readouterr().out


def test_an_old_python_is_named(capsys, monkeypatch):
    class Old:
        version_info = type("V", (tuple,), {"major": 3, "minor": 9})((3, 9))

    monkeypatch.setattr(environment, "sys", Old)
    nn.check_environment()
    assert "✗ Python 3.11 or later" in capsys.readouterr().out


def test_a_network_that_does_not_learn_is_noticed(monkeypatch):
    from course_nn import training

    learn = training.train_sgd
    monkeypatch.setattr(
        training, "train_sgd", lambda *a, **k: learn(*a, **{**k, "learning_rate": 0.0})
    )
    with pytest.raises(ValueError, match="the loss after 100 epochs"):
        environment._a_network_learns()
