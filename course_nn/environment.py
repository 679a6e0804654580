"""Is everything in place for the lessons? Answered in words; versions only where one is wrong."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from typing import NamedTuple

from course_nn import places


class Package(NamedTuple):
    """What a package is for, and the versions that will do: those in pyproject.toml."""

    what: str
    name: str
    versions: str = ""


NEEDED = {  # by what is imported
    "numpy": Package("NumPy, for the arithmetic", "numpy", ">=2.0,<3"),
    "matplotlib": Package("Matplotlib, for the figures", "matplotlib", ">=3.9,<4"),
    "IPython": Package("Jupyter, for the notebooks", "jupyterlab", ">=4.2,<5"),
    "tqdm": Package("tqdm, for progress bars", "tqdm", ">=4.66,<5"),
    "lark": Package("Lark, for derivations that are typed", "lark", ">=1.1,<2"),
}


def check_environment() -> None:
    """Print a line for each thing that the lessons need, and what to do if one is missing.

    What to do is said for the place where this runs: in the environment of `run.py`, on Colab or
    Kaggle, in VS Code, on a JupyterHub, in the browser, in an environment of uv, conda or venv.
    """
    problems, packages, todo = [], [], []
    where = places.place()

    def line(what: str, works: Callable[[], object], otherwise: str) -> bool:
        try:
            works()
        except Exception as error:
            problems.append(what)
            print(f"✗ {what}: {otherwise} ({error})")
            return False
        print(f"✓ {what}")
        return True

    if not line("Python 3.11 or later", _python_is_new, "this is an older one"):
        todo.append(where.newer_python)
    for module, package in NEEDED.items():
        if not line(
            package.what, lambda m=module: _is_here(m, where), "not here as the course needs it"
        ):
            packages.append(package.name + package.versions)
    if packages:
        todo.append(places.how_to_install(where, packages))
    if not line("the handwritten digits", _digits_are_whole, "the file is damaged or missing"):
        todo.append(where.course)
    line("a small network learns", _a_network_learns, "wrong numbers. Please report this.")
    print()
    if not problems:
        print("Everything is in place. You can begin.")
        return
    print(f"Not everything is in place: see the lines with ✗ ({len(problems)}).")
    if todo:
        print(f"This notebook runs {where.name}.", *dict.fromkeys(todo), sep="\n")


def _python_is_new() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - somebody may run it without run.py
        raise RuntimeError(f"Python {sys.version_info.major}.{sys.version_info.minor}")


def _is_here(module: str, where: places.Place) -> None:
    """Raise if it cannot be imported, or is of a version that will not do.

    In a browser any version does: the site brings those with which each lesson was run there.
    """
    found = importlib.import_module(module)
    if where is places.IN_THE_BROWSER:
        return
    wanted = NEEDED[module].versions
    if module == NEEDED[module].name and not _is_in_range(version := found.__version__, wanted):
        raise ImportError(f"version {version} is here, {wanted} is needed")


def _is_in_range(version: str, versions: str) -> bool:
    """Whether, say, "2.4.6" lies in ">=2.0,<3", the only form that is used."""
    lowest, highest = (_numbers(each) for each in re.findall(r"[\d.]+", versions))
    return lowest <= _numbers(version) < highest


def _numbers(version: str) -> list[int]:
    """[2, 4, 6] of "2.4.6"."""
    return [int(number) for number in re.findall(r"\d+", version)]


def _digits_are_whole() -> None:
    from course_nn.datasets import digits

    if digits()["x"].sum() != 561718:
        raise ValueError("the pixels do not add up")


def _a_network_learns() -> None:
    from course_nn.datasets import xor
    from course_nn.networks import two_hidden_layer_network
    from course_nn.training import train_sgd

    model = two_hidden_layer_network(3, 4, 4, 2, seed=0, activation="tanh")
    history = train_sgd(model.loss, xor(constant=True), learning_rate=0.5, epochs=100)
    if not history.epoch_losses[-1] < 0.1:
        raise ValueError(f"the loss after 100 epochs is {history.epoch_losses[-1]:.4f}")
