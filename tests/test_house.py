"""The house, drawn from the imports: arrows run down only, and what is private stays in its file.

python tests/test_house.py      prints the rooms and their arrows
"""

import ast
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest
from tiers import thinned

ROOT = Path(__file__).parents[1]

# The distributions and the rooms of course_nn, from the ground up: each may use those before it.
PACKAGES = [
    "course_nn",
    "course_exercises",
    # instructors: begin
    "course_grading",
    # instructors: end
]
ROOMS = [
    "not_arrays",
    *("checks", "graph", "copies", "operations", "losses", "networks"),  # what a network is
    *("more_operations", "own_state", "columns"),
    "heads",
    "files",
    "derivation",  # its lines, written
    "derivation_check",  # the reader's lines, read and judged
    *("settings", "history", "progress", "evaluation", "updates", "runs"),  # a run of training
    "engines",  # what runs written lines
    "cluster",  # what adds up on other machines
    "training",
    *("checkpoints", "data", "datasets", "show", "expected_errors"),
    *("gradients", "prediction", "plots", "places", "environment"),
    "course_nn",  # the file __init__.py, which has all public names
]
CORE = ["graph", "operations", "losses", "networks", "training"]
ALLOWED = {  # arrows that climb, with the reason
    ("course_nn.exercises", "course_exercises"): "old names, for notebooks already handed out",
}


class Arrow(NamedTuple):
    """`start` uses `end`, both modules; `name` is what is taken out of it, or ''."""

    start: str
    end: str
    name: str
    line: int
    lazy: bool  # inside a function, or only for types

    def __str__(self) -> str:
        name = f", {self.name}" if self.name else ""
        return f"{self.start} (line {self.line}) uses {self.end}{name}"


class Import(NamedTuple):
    """An import as it is written; `level` counts the dots before a relative one."""

    level: int
    origin: str
    name: str
    known_as: str
    line: int
    lazy: bool


class PrivateAttribute(NamedTuple):
    known_as: str
    name: str
    line: int


class House:
    """The modules of the course in a folder, and the arrows between them."""

    def __init__(self, folder: Path) -> None:
        self.files = {}
        for package in PACKAGES:
            for path in sorted((folder / package).rglob("*.py")):
                module = ".".join(path.relative_to(folder).with_suffix("").parts)
                self.files[module.removesuffix(".__init__")] = path
        self.arrows: list[Arrow] = []
        self.outside: list[Arrow] = []  # to NumPy, to the standard library, …
        for module in self.files:
            for arrow in self._arrows_of(module):
                ours = arrow.end.partition(".")[0] in PACKAGES
                (self.arrows if ours else self.outside).append(arrow)

    def _arrows_of(self, module: str) -> Iterator[Arrow]:
        """Of its imports, also those inside functions, and of `module._name`."""
        imports, attributes = uses_in(self.files[module].read_text(encoding="utf-8"))
        modules = {}  # those of ours, by the name under which this module knows them
        for level, origin, name, known_as, line, lazy in imports:
            if level:
                parents = module.split(".")
                if self.files[module].name == "__init__.py":
                    parents.append("")
                origin = ".".join([*parents[:-level], *filter(None, [origin])])
            if f"{origin}.{name}" in self.files:  # not a name in a module, but a module
                origin, name = f"{origin}.{name}", ""
            if not name:
                modules[known_as] = origin
            yield Arrow(module, origin, name, line, lazy)
        for known_as, name, line in attributes:
            if modules.get(known_as) in self.files:
                yield Arrow(module, modules[known_as], name, line, True)

    def complaints(self) -> list[str]:
        """A sentence for each thing that is not as it should be."""
        at_once = ["course_nn", *(f"course_nn.{name}" for name in CORE)]
        at_once += [arrow.end for arrow in self.arrows if arrow.start == "course_nn"]  # or later
        graph_uses = {arrow.end for arrow in self.arrows if arrow.start == "course_nn.graph"}
        found = [f"This arrow climbs: {arrow}." for arrow in self.climbing()]
        found += [f"This name is private: {arrow}." for arrow in self.private_names_taken()]
        found += [f"{name} has no place in ROOMS." for name in self.without_a_place()]
        if circle := self.circle():
            found.append(f"A circle: {' uses '.join(circle)}.")
        if others := graph_uses - {"course_nn.checks"}:
            found.append(f"graph knows only checks; it uses {', '.join(sorted(others))}.")
        if libraries := self.libraries(self.reached(at_once)) - {"numpy"}:
            others = ", ".join(sorted(libraries))
            found.append(f"`import course_nn` needs NumPy alone; it also imports {others}.")
        return found

    def private_names_taken(self) -> list[Arrow]:
        """Names with an underscore that a module takes out of another one."""
        return [a for a in self.arrows if _is_private(a.name) and a.start != a.end]

    def climbing(self) -> list[Arrow]:
        """Arrows to a package, or to a room of course_nn, that stands above."""
        found = []
        for arrow in self.arrows:
            start, end = arrow.start.split("."), arrow.end.split(".")
            if (arrow.start, arrow.end) in ALLOWED:
                continue
            if start[0] != end[0]:
                climbs = PACKAGES.index(end[0]) > PACKAGES.index(start[0])
            elif start[0] == "course_nn":
                climbs = _floor(arrow.end) > _floor(arrow.start)
            else:
                climbs = False
            if climbs:
                found.append(arrow)
        return found

    def without_a_place(self) -> list[str]:
        """Modules of course_nn whose room nobody has put in order."""
        rooms = {module.split(".")[-1] for module, _ in ALLOWED} | {*ROOMS}
        ours = [module for module in self.files if module.split(".")[0] == "course_nn"]
        return [module for module in ours if _room(module) not in rooms]

    def circle(self) -> list[str]:
        """Modules that use each other in a circle, or rooms of one package that do; often none."""
        for known_as in (str, _room_in_package):
            sorter: TopologicalSorter[str] = TopologicalSorter()
            for a in self.arrows:
                start, end = known_as(a.start), known_as(a.end)
                if start != end and (a.start, a.end) not in ALLOWED:
                    sorter.add(start, end)
            try:
                sorter.prepare()
            except CycleError as error:
                return list(error.args[1])
        return []

    def reached(self, modules: list[str]) -> set[str]:
        """These modules and all that are imported with them."""
        found = {*modules}
        while more := {a.end for a in self.arrows if a.start in found and not a.lazy} - found:
            found |= more
        return found

    def libraries(self, modules: set[str]) -> set[str]:
        """What is imported with these modules and is neither ours nor Python's."""
        names = {a.end.split(".")[0] for a in self.outside if a.start in modules and not a.lazy}
        return names - sys.stdlib_module_names


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


@cache
def uses_in(text: str) -> tuple[list[Import], list[PrivateAttribute]]:
    """What a module imports, and what it has of the kind `something._private`."""
    imports: list[Import] = []
    attributes: list[PrivateAttribute] = []

    def look(node: ast.AST, lazy: bool) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                lazy = True
            case ast.If(test=test) if "TYPE_CHECKING" in ast.unparse(test):
                lazy = True
            case ast.Import():
                for a in node.names:
                    imports.append(Import(0, a.name, "", a.asname or "", node.lineno, lazy))
            case ast.ImportFrom():
                for a in node.names:
                    more = (a.name, a.asname or a.name, node.lineno, lazy)
                    imports.append(Import(node.level, node.module or "", *more))
            case ast.Call() if ast.unparse(node.func).endswith("import_module"):
                name = ast.unparse(node.args[0]).removeprefix("f").strip("'\"")
                if begins := name.partition("{")[0].rstrip("."):
                    imports.append(Import(0, begins, "", "", node.lineno, lazy))
            case ast.Attribute(value=ast.Name(id=known_as)) if _is_private(node.attr):
                attributes.append(PrivateAttribute(known_as, node.attr, node.lineno))
        for child in ast.iter_child_nodes(node):
            look(child, lazy)

    look(ast.parse(text), False)
    return imports, attributes


def _room(module: str) -> str:
    """plots of course_nn.plots.curves; course_nn of course_nn itself."""
    return module.split(".")[1] if "." in module else module


def _room_in_package(module: str) -> str:
    return ".".join(module.split(".")[:2])


def _floor(module: str) -> int:
    return ROOMS.index(_room(module)) if _room(module) in ROOMS else len(ROOMS)


def test_the_house_is_in_order():
    assert House(ROOT).complaints() == []


def test_what_is_allowed_is_there():
    """An exception that nobody needs any more is taken off the list."""
    used = {(arrow.start, arrow.end) for arrow in House(ROOT).arrows}
    assert used >= set(ALLOWED)


PLANTED = [
    ("course_nn/graph.py", "from course_nn.training import train_sgd", "climbs: course_nn.graph"),
    ("course_nn/graph.py", "def f():\n    from course_nn import plots", "climbs: course_nn.graph"),
    ("course_nn/graph.py", "from .plots.data import digits", "uses course_nn.plots.data, digits"),
    ("course_nn/graph.py", "from . import show", "climbs: course_nn.graph"),
    ("course_nn/graph.py", "from course_nn import data", "graph knows only checks"),
    ("course_nn/gradients/slips.py", "from .. import plots", "climbs: course_nn.gradients.slips"),
    ("course_nn/networks.py", "import course_nn as nn", "uses course_nn."),
    ("course_nn/derivation/lines.py", "import course_nn.engines.engine", "climbs"),
    ("course_nn/datasets.py", "from course_exercises import loss", "uses course_exercises.loss"),
    (
        "course_nn/show.py",
        "import importlib\nq = importlib.import_module('course_exercises.loss')",
        "climbs: course_nn.show",
    ),
    ("course_nn/plots/layout.py", "from course_nn.plots.network import graph", "A circle: "),
    ("course_exercises/question.py", "from course_exercises import trials", "A circle: "),
    ("course_nn/show.py", "from course_nn.checks import _array", "private: course_nn.show"),
    ("course_nn/show.py", "from course_nn import checks\nchecks._array", "private: course_nn.show"),
    (
        "course_exercises/loss.py",
        "from course_nn.training import _anything as f",
        "private: course_exercises.loss",
    ),
    ("course_nn/magic.py", "", "course_nn.magic has no place"),
    ("course_nn/losses.py", "import scipy.special", "NumPy alone; it also imports scipy"),
    (
        "course_nn/checks/words.py",
        "try:\n    import tqdm\nexcept ImportError: pass",
        "imports tqdm",
    ),
    ("course_nn/plots/picture.py", "import matplotlib", "it also imports matplotlib"),
    # instructors: begin
    (
        "course_exercises/question.py",
        "import course_grading.marking",
        "uses course_grading.marking",
    ),
    ("course_nn/show.py", "from course_grading.results import record", "climbs: course_nn.show"),
    (
        "course_grading/intake/roster.py",
        "from course_grading.whole_class import run",
        "A circle: ",
    ),
    # instructors: end
]


@pytest.mark.parametrize(("file", "lines", "words"), thinned(PLANTED))
def test_what_is_planted_is_found(file, lines, words, tmp_path):
    for package in PACKAGES:
        python_only = shutil.ignore_patterns("__pycache__", "*.npz")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=python_only)
    path = tmp_path / file
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{before}\n{lines}\n", encoding="utf-8")
    assert any(words in sentence for sentence in House(tmp_path).complaints())


@pytest.mark.parametrize(
    "harmless",
    [
        "from course_nn.checks import shown",
        "def f():\n    import matplotlib.pyplot",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas",
        "import sys, numpy as np\nsys._getframe, np._core",
    ],
)
def test_what_is_allowed_is_not_complained_about(harmless, tmp_path):
    (tmp_path / "course_nn").mkdir()
    for name in CORE:
        (tmp_path / "course_nn" / f"{name}.py").write_text(harmless, encoding="utf-8")
    (tmp_path / "course_nn" / "checks.py").write_text("", encoding="utf-8")
    assert House(tmp_path).complaints() == []


if __name__ == "__main__":
    arrows = {(_room_in_package(a.start), _room_in_package(a.end)) for a in House(ROOT).arrows}
    for room in sorted({start for start, _ in arrows}):
        ends = sorted(end for start, end in arrows if start == room != end)
        print(f"{room:32} → {', '.join(ends)}")
