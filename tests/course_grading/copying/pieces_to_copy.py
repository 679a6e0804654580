"""What a student finds that could be handed in as it stands: functions, classes, texts, numbers.

The solutions of exercises, the cells of lessons, what `nn.derive` prints, and the source of the
course itself, which students have. Nothing here knows what a homework asks.
"""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import course_exercises
import course_nn as nn
from course_exercises.question import Question
from course_exercises.workbook.problem import FellowStudent

ROOT = Path(nn.__file__).parents[1]
PRELUDE = """
import numpy as np
try:
    import course_nn as nn
except ImportError:
    pass
def sigmoid(z): return 1 / (1 + np.exp(-z))
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
"""
GRAPH = ("nodes", "parameters")  # lists that a homework gives; a copy must not have its own


@dataclass(frozen=True)
class Piece:
    """A function or a class that somebody could copy.

    Args:
        where: "exercise 4.5", "lesson 04".
        parameters: their names; of a class, those of `__init__`. least: how many have no default.
        context: Python code that defines it under `name`.
        shown: whether it is shown to be read, so that somebody would try it in every way.
    """

    where: str
    name: str
    parameters: tuple[str, ...]
    least: int
    context: str
    is_class: bool = False
    shown: bool = True


@dataclass(frozen=True)
class Value:
    """A text or a number that somebody could copy, as Python code."""

    where: str
    code: str
    is_text: bool


Copied = Piece | Value


# ------------------------------------------------------------------ pieces of Python code


def _parameters(node: ast.FunctionDef) -> tuple[tuple[str, ...], int]:
    names = tuple(argument.arg for argument in (*node.args.posonlyargs, *node.args.args))
    return names, len(names) - len(node.args.defaults)


def piece_of(node: ast.stmt, where: str, context: str) -> Piece | None:
    """The function or class that this statement defines; None if it defines none."""
    if isinstance(node, ast.FunctionDef):
        return Piece(where, node.name, *_parameters(node), context)
    if isinstance(node, ast.ClassDef):
        made = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
        names, least = _parameters(made[0]) if made else (("self", "a"), 2)
        return Piece(where, node.name, names[1:], least - 1, context, is_class=True)
    return None


def value_of(node: ast.stmt, where: str) -> Value | None:
    """The text or the number that this statement gives a name to; None if there is none."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return None
    try:
        value = eval(
            compile(ast.Expression(node.value), "<value>", "eval"), {"np": __import__("numpy")}
        )
    except Exception:
        return None
    is_text = isinstance(value, str)
    if is_text and len(value) < 4:  # a letter of a choice
        return None
    return Value(where, ast.unparse(node.value), is_text)


# ------------------------------------------------------------------ solutions of exercises


def modules_of(package: ModuleType) -> Iterator[ModuleType]:
    """The package and all that is in it."""
    yield package
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def _questions(value: Any) -> Iterator[Question]:
    if isinstance(value, Question):
        yield value
    elif isinstance(value, FellowStudent):
        yield from (value.which, value.mended)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from _questions(entry)
    elif isinstance(value, dict):
        yield from _questions([*value.values()])


@cache
def exercises() -> tuple[Copied, ...]:
    """Every `solution()` of lessons and workbook, and the lines of fellow students there."""
    found: dict[Copied, None] = {}
    for module in modules_of(course_exercises):
        if ".homework" in module.__name__:
            continue
        for value in vars(module).values():
            for question in _questions(value):
                context = PRELUDE + question.code
                for node in ast.parse(question.code).body:
                    for copied in (
                        piece_of(node, question.name, context),
                        value_of(node, question.name),
                    ):
                        if copied is not None:
                            found[copied] = None
            if isinstance(value, FellowStudent):
                lines = [*value.lines]
                lines[value.wrong - 1] = value.right
                found[Value(value.which.name, repr("\n".join(lines)), True)] = None
    return tuple(found)


# ------------------------------------------------------------------ cells of lessons


def notebooks() -> list[Path]:
    folder = ROOT / "notebooks"
    return [
        path
        for under in ("", "further", "workbook")
        for path in sorted((folder / under).glob("*.ipynb"))
    ]


def code_cells(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [
        "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "code" and cell.get("id") != "first-cell"
    ]


def _without_course(node: ast.stmt) -> bool:
    return not (
        (isinstance(node, ast.ImportFrom) and str(node.module).startswith("course_"))
        or (isinstance(node, ast.Import) and any(n.name.startswith("course_") for n in node.names))
    )


def _tried(node: ast.stmt) -> str:
    return (
        "try:\n"
        + "\n".join(f"    {line}" for line in ast.unparse(node).splitlines())
        + "\nexcept Exception:\n    pass"
    )


def _is_given(node: ast.stmt) -> bool:
    """Whether a statement makes a list that a homework gives."""
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id in GRAPH for target in node.targets
    )


@cache
def lessons() -> tuple[Copied, ...]:
    """Every function and class of every cell, each with what its notebook has defined before."""
    found: dict[Copied, None] = {}
    for path in notebooks():
        context = [PRELUDE]
        for source in code_cells(path):
            for node in ast.parse(source).body:
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                    context.append(ast.unparse(node))
                    copied = piece_of(node, path.stem, "\n".join(context))
                    assert copied is not None
                    found[copied] = None
                elif isinstance(node, (ast.Import, ast.ImportFrom)):
                    if _without_course(node):
                        context.append(_tried(node))
                elif (value := value_of(node, path.stem)) is not None:
                    found[value] = None
                    if not _is_given(node):
                        context.append(_tried(node))
    return tuple(found)


# ------------------------------------------------------------------ what nn.derive prints


def standard_network(activation: str, loss: str) -> nn.Node:
    """The loss of the network of the lessons."""
    return nn.two_hidden_layer_network(4, 3, 3, 2, activation=activation, loss=loss, seed=0).loss


STANDARD = [(f, loss) for f in ("sigmoid", "tanh") for loss in ("squared_error", "cross_entropy")]


def forms_of(loss: nn.Node, where: str) -> list[Value]:
    """What `nn.derive` prints of a network: the lines, the code, the equations."""
    derivation = nn.derive(loss)
    lines = str(derivation)
    back = lines.partition("Backward\n")[2]
    texts = {
        "printed": lines,
        "printed, the way back": back,
        "printed, the way back without shapes": _without_shapes(back),
        ".code()": derivation.code(),
        ".code(), the body": "\n".join(
            line.strip() for line in derivation.code().splitlines() if line.startswith("    ")
        ),
    }
    for parameter in loss.graph.parameters:
        texts[f".latex({parameter.name})"] = str(derivation.latex(parameter))
    texts["all of .latex"] = "\n".join(str(derivation.latex(p)) for p in loss.graph.parameters)
    return [Value(f"{where}, {form}", repr(text), True) for form, text in texts.items()]


def _without_shapes(lines: str) -> str:
    """Printed lines without the column of shapes at the right."""
    return "\n".join(line.rpartition("  (")[0].rstrip() for line in lines.splitlines())


def _switching() -> list[Piece]:
    """The four functions of `.code()`, each taken where its network is asked for.

    One goes the whole way, one only forward.
    """
    context = [PRELUDE]
    for activation, loss in STANDARD:
        code = nn.derive(standard_network(activation, loss)).code()
        module = ast.parse(code)
        for node in module.body:
            if isinstance(node, ast.FunctionDef) and node.name == "gradients":
                node.name = f"{activation}_{loss}"
                context.append(ast.unparse(node))
                lines = [ast.unparse(n) for n in node.body]
                lines = lines[: [line.startswith("loss ") for line in lines].index(True)]
                body = "\n".join(f"    {line}" for line in (*lines, "return dict(locals())"))
                context.append(f"def forward_{activation}(x, W1, W2, W3):\n{body}")
            else:
                context.append(ast.unparse(node))
    context.append(
        "def all_four(x, y, W1, W2, W3, activation='sigmoid', loss='squared_error'):\n"
        "    return globals()[f'{activation}_{loss}'](x, y, W1, W2, W3)\n"
        "def both(x, W1, W2, W3, activation='sigmoid'):\n"
        "    return globals()[f'forward_{activation}'](x, W1, W2, W3)\n"
        "def activation_by_name(z, activation='sigmoid'):\n"
        "    return {'sigmoid': sigmoid, 'tanh': np.tanh}[activation](z)"
    )
    joined = "\n".join(context)
    three = ("x", "y", "W1", "W2", "W3", "activation", "loss")
    return [
        Piece("derive, all four", "all_four", three, 5, joined),
        Piece("derive, forward", "both", ("x", "W1", "W2", "W3", "activation"), 4, joined),
        Piece("derive, activations", "activation_by_name", ("z", "activation"), 1, joined),
    ]


@cache
def derived_code() -> tuple[Copied, ...]:
    """The functions of `.code()`, and the texts, of the network of the lessons."""
    found: list[Copied] = [*_switching()]
    for activation, loss in STANDARD:
        network = standard_network(activation, loss)
        where = f"derive, {activation}, {loss}"
        code = nn.derive(network).code()
        for node in ast.parse(code).body:
            if (copied := piece_of(node, where, code)) is not None:
                found.append(copied)
        found += forms_of(network, where)
    return tuple(found)


# ------------------------------------------------------------------ the source of the course


def _bare(text: str, rename: Iterable[str]) -> str:
    """Source without comments, its packages under other names."""
    text = ast.unparse(ast.parse(text))
    for name in rename:
        text = text.replace(name, f"pasted_{name}")
    return text


@cache
def pasted(package: str) -> str:
    """A cell with the whole source of a package, which is imported there as `pasted_…`.

    The name is another one because the box of the grader has a small `course_nn` of its own.
    """
    folder = ROOT / package
    sources = {}
    for path in sorted(folder.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        text = _bare(path.read_text(encoding="utf-8"), ("course_nn", "course_exercises"))
        sources[f"pasted_{name}"] = (text, path.name == "__init__.py")
    return FINDER + f"PastedSource.sources.update({sources!r})\n"


FINDER = """
import sys
from importlib.machinery import ModuleSpec
class PastedSource:
    sources = {}
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name in cls.sources:
            return ModuleSpec(name, cls, is_package=cls.sources[name][1])
    @staticmethod
    def create_module(spec):
        return None
    @classmethod
    def exec_module(cls, module):
        exec(compile(cls.sources[module.__name__][0], module.__name__, "exec"), vars(module))
for one in sys.meta_path:
    if getattr(one, "__name__", "") == "PastedSource":
        PastedSource = one
        break
else:
    sys.meta_path.insert(0, PastedSource)
"""


# What computes something of a network. The others write files, start programs or call compilers,
# and are not to be tried with any arguments that there are.
COMPUTES = {
    "course_nn": (
        *("graph", "operations", "more_operations", "losses", "networks", "training", "updates"),
        *("evaluation", "prediction", "gradients", "derivation", "derivation_check", "columns"),
    ),
    "course_exercises": (
        *("homework", "answers", "batches", "cases", "classes", "cuts", "derivations", "digits"),
        *("forward_pass", "gradient_of_W1", "gradient_of_W2", "gradient_of_W3", "loss", "question"),
        *("sgd", "sgd_against_batch", "shared_and_skipped", "traces", "trials", "way_back"),
    ),
}


@cache
def of_source(package: str) -> tuple[Copied, ...]:
    """The functions and classes at the top level of the modules of a package that compute."""
    found: list[Copied] = []
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT / package).with_suffix("").parts
        if parts[0] not in COMPUTES[package]:
            continue
        name = ".".join((package, *parts)).removesuffix(".__init__")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                context = f"from pasted_{name} import {node.name}"
                copied = piece_of(node, f"source of {name}", context)
                assert copied is not None
                found.append(replace(copied, shown=False))
    return tuple(found)
