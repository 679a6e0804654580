"""Is everything in place for the lessons? Answered in words, without version numbers."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable

NEEDED = {
    "numpy": "NumPy, for the arithmetic",
    "matplotlib": "Matplotlib, for the figures",
    "IPython": "Jupyter, for the notebooks",
    "tqdm": "tqdm, for progress bars",
    "lark": "Lark, for derivations that are typed",
}
MEND = "Close JupyterLab and start it with `python3 run.py lab` in the folder of the course."


def check_environment() -> None:
    """Print a line for each thing that the lessons need, and what to do if one is missing."""
    problems = []

    def line(what: str, works: Callable[[], object], otherwise: str) -> None:
        try:
            works()
        except Exception as error:
            problems.append(what)
            print(f"✗ {what}: {otherwise} ({error})")
        else:
            print(f"✓ {what}")

    line("Python 3.11 or later", _python_is_new, f"this is an older one. {MEND}")
    for module, what in NEEDED.items():
        line(what, lambda module=module: importlib.import_module(module), f"not here. {MEND}")
    line("the handwritten digits", _digits_are_whole, f"the file is damaged or missing. {MEND}")
    line("a small network learns", _a_network_learns, "wrong numbers. Please report this.")
    print()
    if problems:
        print(f"Not everything is in place: see the lines with ✗ ({len(problems)}).")
    else:
        print("Everything is in place. You can begin.")


def _python_is_new() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - somebody may run it without run.py
        raise RuntimeError(f"Python {sys.version_info.major}.{sys.version_info.minor}")


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
