"""What a box contains: the packages, the small course, and the harness that runs a notebook."""

from __future__ import annotations

import ast
import compileall
import contextlib
import importlib.metadata
import json
import os
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement

import course_exercises
import course_nn
from course_exercises.homework import actions
from course_grading.sandbox.limits import CannotSandbox

PACKAGES = ("numpy", "matplotlib", "ipython", "tqdm")
# In the box where they are installed: Lark reads the lines of `check_derivation`, has no needs of
# its own, and is imported only by that.
IF_INSTALLED = ("lark",)
# Those of which somebody may ask for the version, or that are found by what they announce.
ANNOUNCED = ("numpy", "matplotlib", "matplotlib_inline")
INSIDE = Path(__file__).parent / "inside"
HARNESS = ("harness.py", "wire.py", "tqdm_notebook.py")


def distributions(names: Iterable[str]) -> Iterator[importlib.metadata.Distribution]:
    """The installed packages of these names, and all that they need in turn."""
    seen, waiting = set(), list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            raise CannotSandbox(f"the Python package {name} is not installed.") from None
        yield distribution
        for text in distribution.requires or []:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)


def is_installed(name: str) -> bool:
    """Whether there is such a package; one that is not needed may be missing."""
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


@cache
def package_paths() -> tuple[Path, ...]:
    """The files and folders of the packages that the box has, where they are installed.

    Mostly without what says how they were installed: each path costs a third of a millisecond a
    box.
    """
    paths = set()
    for distribution in distributions([*PACKAGES, *filter(is_installed, IF_INSTALLED)]):
        record = distribution.read_text("RECORD")  # `files` makes an object of each line
        files = record.splitlines() if record else map(str, distribution.files or [])
        for first in {file.split("/")[0].split(",")[0] for file in files}:
            is_left_out = first.endswith(".pth") or (
                first.endswith(".dist-info") and first.split("-")[0] not in ANNOUNCED
            )
            if first not in ("..", "__pycache__") and not is_left_out:
                paths.add(Path(str(distribution.locate_file(first))).absolute())
    return tuple(sorted(paths))


def masks(prefix: Path) -> list[Path]:
    """Folders of installed packages below what the box sees: they are covered."""
    folders = [Path("/usr/lib"), Path("/usr/lib64"), prefix / "lib", prefix / "lib64"]
    found = []
    for folder in dict.fromkeys(folders):
        for pattern in ("python3*/site-packages", "python3*/dist-packages"):
            found += [path for path in folder.glob(pattern) if path.is_dir()]
    return [path for path in dict.fromkeys(found) if not path.is_symlink()]


def small_course(folder: Path, provides: Sequence[str]) -> None:
    """Write the course of the box: the modules of `course_nn` in `provides`, and checks that do
    nothing, where notebooks of today and of before import them.
    """
    source = Path(course_nn.__file__).parent
    target = folder / "course_nn"
    target.mkdir(parents=True)
    homework = folder / "course_exercises" / "homework"
    homework.mkdir(parents=True)
    for module in provides:
        if (source / module).is_dir():
            no_cache = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source / module, target / module, ignore=no_cache)
        else:
            shutil.copy(source / f"{module}.py", target)
        if module == "datasets":
            shutil.copytree(source / "data", target / "data")
    lines = []
    for node in ast.parse((source / "__init__.py").read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.module == "course_nn":  # from course_nn import datasets, plots
            lines += [f"from course_nn import {n.name}" for n in node.names if n.name in provides]
        elif str(node.module).removeprefix("course_nn.") in provides:
            lines.append(ast.unparse(node))
    (target / "__init__.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    nothing = (
        "class _Nothing:\n"
        "    def __call__(self, *a, **k): return None\n"
        "    def __getattr__(self, name): return _Nothing()\n"
        "def __getattr__(name):\n"
        "    if name.startswith('__'): raise AttributeError(name)\n"
        "    return _Nothing()\n"
    )
    (target / "exercises.py").write_text(nothing, encoding="utf-8")
    questions = Path(course_exercises.__file__).parent
    asked = [*questions.glob("*.py"), *questions.glob("homework/hw*.py")]
    for path in asked:
        if path.stem not in ("question", "trials"):
            text = "" if path.stem == "__init__" else nothing
            (folder / path.relative_to(questions.parent)).write_text(text, encoding="utf-8")
    (homework / "__init__.py").write_text("", encoding="utf-8")


def font_lists(folder: Path | None = None) -> list[Path]:
    """Matplotlib's list of fonts, which takes seconds to make anew; perhaps of several versions.

    Args:
        folder: where it is; None for where this user has it.
    """
    # Where matplotlib.get_cachedir() is on Linux; it is not asked because it takes 0.2 s to import.
    if folder is None:
        home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
        folder = Path(os.environ.get("MPLCONFIGDIR") or Path(home, "matplotlib"))
    return sorted(folder.glob("fontlist-v*.json"))


# What notebooks use of the packages, and then what has been imported for it.
WARM_UP = """
import io, json, sys
sys.path[:0] = json.loads(sys.argv[1])
import numpy, tqdm, matplotlib.pyplot as pyplot
pyplot.plot([1, 2])
pyplot.savefig(io.BytesIO())
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import InteractiveShell
HistoryManager.enabled = False
InteractiveShell.instance().run_line_magic("time", "1")
import ast, asyncio, copy, dataclasses, inspect, linecache, resource, select, typing
specs = (getattr(module, "__spec__", None) for module in list(sys.modules.values()))
found = [[s.origin, s.cached] for s in specs if s and s.has_location and s.cached]
print("\\n" + json.dumps(found), end="")
"""


def may_lack_bytecode() -> bool:
    """Whether somewhere among the packages or in Python itself a module stands without what it is
    compiled to; a look at a few folders, because one at all of them would take long."""
    folders = [path for path in package_paths() if path.is_dir()] + [Path(ast.__file__).parent]
    end = f".{sys.implementation.cache_tag}.pyc"
    for folder in folders:
        sources = {path.stem for path in folder.glob("*.py")}
        compiled = {path.name.removesuffix(end) for path in folder.glob(f"__pycache__/*{end}")}
        if not sources <= compiled:
            return True
    return False


def warm_up(python: str, environment: Mapping[str, str], fonts: Path) -> dict[str, str]:
    """Import in a Python of its own what notebooks import; the sources, and where what each is
    compiled to should be.  Matplotlib's list of fonts is left in a folder."""
    folders = dict.fromkeys(str(path.parent) for path in package_paths())
    done = subprocess.run(
        [python, "-I", "-S", "-B", "-c", WARM_UP, json.dumps([*folders])],
        env={**environment, "HOME": str(fonts), "MPLCONFIGDIR": str(fonts)},
        cwd="/",
        capture_output=True,
        check=False,
    )
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
        raise CannotSandbox(f"NumPy, Matplotlib and IPython cannot be imported: {last}")
    _let_all_read(fonts)
    return dict(json.loads(done.stdout.split(b"\n")[-1]))  # behind what IPython has printed


def compile_into(tree: Path, sources: Mapping[Path, str]) -> None:
    """Compile modules as Python does it for itself with `-X pycache_prefix`.

    Args:
        sources: each file, and the path under which the box has it.
    """
    tag = sys.implementation.cache_tag
    for source, path in sources.items():
        target = tree.joinpath(*Path(path).parent.parts[1:], f"{source.stem}.{tag}.pyc")
        with contextlib.suppress(py_compile.PyCompileError, OSError):  # it is for speed alone
            py_compile.compile(str(source), str(target), path, doraise=True)
    _let_all_read(tree)


def _let_all_read(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def fill(folder: Path, provides: Sequence[str], modules: Sequence[Path] = ()) -> None:
    """Write what the box sees of the grader: the harness, the small course, and more modules."""
    folder.mkdir()
    for name in HARNESS:
        shutil.copy(INSIDE / name, folder)
    shutil.copy(str(actions.__file__), folder / "actions.py")
    course = folder / "course"
    small_course(course, provides)
    for module in modules:
        shutil.copy(module, course)
    # Nothing in the box can keep what it has compiled, so each box would do it again.
    compileall.compile_dir(folder, quiet=2)
    _let_all_read(folder)
