"""Which notebooks cannot run in a browser, and why, told from what their code asks for."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parents[1] / "notebooks"
LOCK = HERE / "pyodide-lock.json"
WHEELS = HERE / "wheels.txt"
# Packages of Pyodide that the lessons import, and those of which the kernel is made.
LOADED = ("numpy", "matplotlib", "micropip", "ssl", "sqlite3", "ipython", "jedi")
OF_THE_COURSE = {"course_nn", "course_exercises"}

PROCESSES = "It lets several processes work together, and a browser gives Python only one."
COMPILER = "It compiles code for the processor, and a browser has no compiler for that."
REASONS = {  # what is said instead of "It needs the package …"
    **dict.fromkeys(
        ("dask", "distributed", "multiprocessing", "concurrent", "subprocess"), PROCESSES
    ),
    "numba": COMPILER,
}
OF_ARGUMENTS = {"cluster": PROCESSES}  # a call with it, other than None
OF_ENGINES = {"numba": COMPILER}
NOT_THERE = {"multiprocessing", "concurrent", "subprocess"}  # of Python's own: they do not work
BY_ITSELF = "In an installed course it runs: the README says how to set one up."


def why_not_in_the_browser(notebook: dict[str, Any]) -> str | None:
    """Why a notebook does not run in a browser, in two sentences; None if it does."""
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        for node in ast.walk(parsed("".join(cell["source"]))):
            reason = of_import(node) or of_call(node)
            if reason:
                return f"{reason} {BY_ITSELF}"
    return None


def parsed(source: str) -> ast.AST:
    """The code of a cell; without lines that are IPython's, such as %pip, or none at all."""
    lines = [line for line in source.split("\n") if not line.lstrip().startswith(("%", "!"))]
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError:  # what a reader is to complete
        return ast.Module(body=[], type_ignores=[])


def of_import(node: ast.AST) -> str | None:
    """Why an import does not work there."""
    if isinstance(node, ast.Import):
        names = [each.name for each in node.names]
    elif isinstance(node, ast.ImportFrom) and not node.level:
        names = [node.module or ""]
    else:
        return None
    for package in (name.split(".")[0] for name in names):
        if package not in modules_in_the_browser():
            return REASONS.get(package, f"It needs the package {package}, which is not there.")
    return None


def of_call(node: ast.AST) -> str | None:
    """Why a call of the course's functions does not work there."""
    for keyword in node.keywords if isinstance(node, ast.Call) else ():
        value = keyword.value.value if isinstance(keyword.value, ast.Constant) else ...
        if keyword.arg in OF_ARGUMENTS and value is not None:
            return OF_ARGUMENTS[keyword.arg]
        if keyword.arg == "engine" and value in OF_ENGINES:
            return OF_ENGINES[str(value)]
    return None


def needed_packages(packages: dict[str, Any]) -> set[str]:
    """The names in a lock of all that `LOADED` needs."""
    found: set[str] = set()
    waiting = list(LOADED)
    while waiting:
        name = waiting.pop().replace("_", "-").lower()
        if name not in found:
            found.add(name)
            waiting += packages[name]["depends"]
    return found


def brought_along() -> Iterator[str]:
    """The names of the packages whose wheels come with the site."""
    for line in WHEELS.read_text(encoding="utf-8").splitlines():
        if "==" in line:
            yield line.split("==")[0]


@cache
def modules_in_the_browser() -> frozenset[str]:
    """What a notebook can import there: Python's own, the course, and what lies beside it."""
    packages = json.loads(LOCK.read_bytes())["packages"]
    found = {name for package in needed_packages(packages) for name in packages[package]["imports"]}
    found |= {*brought_along(), *OF_THE_COURSE, *sys.stdlib_module_names} - NOT_THERE
    return frozenset(found)


cannot_run_in_browser: dict[str, str] = {  # by the notebook's name, without .ipynb
    path.stem: reason
    for path in sorted(NOTEBOOKS.rglob("*.ipynb"))
    if ".ipynb_checkpoints" not in path.parts
    and (reason := why_not_in_the_browser(json.loads(path.read_text(encoding="utf-8"))))
}
