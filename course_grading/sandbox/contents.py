"""What a box contains: the packages, the small course, and the harness that runs a notebook."""

from __future__ import annotations

import ast
import compileall
import importlib.metadata
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement

import course_exercises
import course_nn
from course_exercises.homework import actions
from course_grading.sandbox.limits import CannotSandbox

PACKAGES = ("numpy", "matplotlib", "ipython", "tqdm")
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


@cache
def package_paths() -> tuple[Path, ...]:
    """The files and folders of the packages that the box has, where they are installed.

    Mostly without what says how they were installed: each path costs a third of a millisecond a
    box.
    """
    paths = set()
    for distribution in distributions(PACKAGES):
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


def font_lists() -> list[Path]:
    """Matplotlib's list of fonts, which takes seconds to make anew; perhaps of several versions."""
    # Where matplotlib.get_cachedir() is on Linux; it is not asked because it takes 0.2 s to import.
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    folder = Path(os.environ.get("MPLCONFIGDIR") or Path(home, "matplotlib"))
    return sorted(folder.glob("fontlist-v*.json"))


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
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
