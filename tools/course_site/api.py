"""The pages of the module, from its docstrings: what `course_nn` offers under which name."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import course_nn as nn

FOLDER = "api"
TOPICS = {
    "Build a graph": [
        "Graph", "Input", "Labels", "Parameter", "Node", "matmul", "add", "sigmoid", "tanh", "relu",
        "softmax", "squared_error", "cross_entropy", "Operation",
    ],
    "Run and train": [
        "Forward", "Backward", "SGD", "two_hidden_layer_network", "initial_weights", "train_sgd",
        "train_minibatch", "train_batch", "History", "TrainingDiverged", "StopTraining", "shares",
        "evaluate", "predict", "save_checkpoint", "load_checkpoint",
    ],
    "Check and derive": [
        "check_gradients", "compare_gradients", "finite_differences", "derive", "check_derivation",
        "walk_through",
    ],
    "Show": ["show", "apart", "expect_error", "check_environment"],
}  # fmt: skip
OTHERS = "Other names"  # what no topic names yet


def topics() -> dict[str, list[str]]:
    """{title of a page: names of `course_nn`}: each public name but the modules, on one page."""
    listed = {name for names in TOPICS.values() for name in names}
    names = [name for name in nn.__all__ if not inspect.ismodule(getattr(nn, name))]
    others = [name for name in names if name not in listed]
    found = {title: [n for n in wanted if n in names] for title, wanted in TOPICS.items()}
    return {title: names for title, names in {**found, OTHERS: others}.items() if names}


def modules() -> list[ModuleType]:
    """The modules that `course_nn` offers as names."""
    return [found for name in nn.__all__ if inspect.ismodule(found := getattr(nn, name))]


def public_names(module: ModuleType) -> list[str]:
    """The functions and classes that a module offers, in the order of its text."""
    listed = getattr(module, "__all__", None)
    names = listed or [name for name in vars(module) if not name.startswith("_")]
    found = [(name, getattr(module, name)) for name in names]
    return [
        name
        for name, thing in found
        if (inspect.isclass(thing) or inspect.isfunction(thing))
        and (listed or thing.__module__ == module.__name__)
    ]


def documented() -> list[tuple[str, Any]]:
    """(full name, thing) of all that has an entry on these pages."""
    ours = [
        (f"course_nn.{name}", getattr(nn, name)) for names in topics().values() for name in names
    ]
    theirs = [
        (f"{module.__name__}.{name}", getattr(module, name))
        for module in modules()
        for name in public_names(module)
    ]
    return ours + theirs


def entry(full_name: str, thing: Any) -> str:
    """What asks Sphinx for the docstring of a function or class, and of its public methods."""
    kind = "autoclass" if inspect.isclass(thing) else "autofunction"
    members = "   :members:\n" if inspect.isclass(thing) else ""
    return f".. {kind}:: {full_name}\n{members}"


def page(title: str, intro: str, entries: list[tuple[str, Any]]) -> str:
    """A page in reStructuredText, the language of docstrings for Sphinx."""
    heading = f"{title}\n{'=' * len(title)}\n"
    return "\n".join([heading, intro, *(entry(*each) for each in entries)])


def write_pages(folder: Path) -> list[tuple[str, str]]:
    """Write the pages into the folder `api` of a Sphinx source.

    Returns:
        (name of the page, title) of each.
    """
    (folder / FOLDER).mkdir(parents=True)
    written = []

    def write(stem: str, title: str, text: str) -> None:
        (folder / FOLDER / f"{stem}.rst").write_text(text, encoding="utf-8")
        written.append((f"{FOLDER}/{stem}", title))

    title = "The module course_nn"
    write("course_nn", title, page(title, ".. automodule:: course_nn\n", []))
    for title, names in topics().items():
        entries = [(f"course_nn.{name}", getattr(nn, name)) for name in names]
        write(title.lower().replace(" ", "_"), title, page(title, "", entries))
    for module in modules():
        names = [
            (f"{module.__name__}.{name}", getattr(module, name)) for name in public_names(module)
        ]
        intro = f".. automodule:: {module.__name__}\n"
        name = module.__name__.removeprefix("course_nn.")
        write(name, f"nn.{name}", page(f"nn.{name}", intro, names))
    return written
