"""What students get of the course: all of it but the instructor's wing.

    course-grading student-release FOLDER [--copies]

Whole files and folders are left out (`WITHHELD`), and of the others the lines between

    # instructors: begin
    # instructors: end

(in Markdown `<!-- instructors: begin -->`). What then still mentions the grader, or holds a line of
a solution, is refused.

With `--copies` there is a second folder beside it, FOLDER-copies: the notebooks as `run.py lab`
lays them into my_notebooks, for hubs, where nobody calls `run.py`.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import ModuleType

from course_grading.publishing import homework, leaks

ROOT = Path(__file__).resolve().parents[2]

# Of the course's top folder. What else an instructor keeps there, submissions perhaps, stays there.
KNOWN = (
    ".ci",
    ".gitattributes",
    ".github",
    ".gitignore",
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "LICENSE",
    "LICENSE-text",
    "README.md",
    "benchmarks",
    "conftest.py",
    "constraints-oldest.txt",
    "constraints.txt",
    "course_exercises",
    "course_nn",
    "docs",
    "environment.yml",
    "notebooks",
    "pyproject.toml",
    "run.py",
    "setup.py",
    "tests",
    "tools",
)
WITHHELD = (
    "benchmarks/grading*",
    "benchmarks/start_up.py",
    "course_grading",
    "homework",
    "teaching",
    "tests/course_grading",
    "tools/build_slides.py",
    "tools/course_site/students_tree.py",
    "tools/course_slides",
    "tools/grading_picture.py",
    "tools/instructors_lab",
)
# The first also stands in each page, PDF, XML and zip of an exam or of the inventory; the last are
# headers of the inventory's tables, in which the answers of a class are.
FORBIDDEN = (
    "course_grading",
    "BEGIN SOLUTION",
    "END SOLUTION",
    "HIDDEN TESTS",
    "student,form,1,2,3,",
    "student;form;1;2;3;",
)

MARKER = re.compile(r"\s*(?:#|<!--) instructors: (begin|end)(?: -->)?\s*")


class ReleaseFailed(ValueError):
    """Its text says why nothing was written."""


def _readers_copies() -> ModuleType:
    """The tool of the course that makes readers' copies; the folder `tools` is no package."""
    path = ROOT / "tools" / "readers_copies.py"
    spec = importlib.util.spec_from_file_location("readers_copies", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cut(text: str) -> str:
    """The text without what is for instructors. ReleaseFailed if a marker has no partner."""
    kept, inside = [], False
    for line in text.splitlines(keepends=True):
        if marker := MARKER.fullmatch(line):
            if inside == (marker[1] == "begin"):
                raise ReleaseFailed(f"'instructors: {marker[1]}' has no partner")
            inside = not inside
        elif not inside:
            kept.append(line)
    if inside:
        raise ReleaseFailed("'instructors: begin' has no partner")
    return "".join(kept)


def is_withheld(path: PurePosixPath) -> bool:
    """Whether a file, or a folder that it is in, is the instructor's."""
    return any(
        place.match(pattern) and len(place.parts) == len(PurePosixPath(pattern).parts)
        for place in (path, *path.parents)
        for pattern in WITHHELD
    )


def is_known(path: PurePosixPath) -> bool:
    """Whether a file is, or is in, one of the places that students may get."""
    return path.parts[0] in KNOWN


def listed_files(root: Path) -> list[PurePosixPath]:
    """The files of the course: those that git tracks, or without git those in known places."""
    if (root / ".git").exists():
        git = ["git", "-C", str(root), "ls-files", "-z"]
        try:
            run = subprocess.run(git, capture_output=True, check=True, encoding="utf-8")
        except FileNotFoundError:
            raise ReleaseFailed(
                "This folder is under git, but there is no git here to ask which files belong to "
                "the course. Install git, and run this command again."
            ) from None
        except subprocess.CalledProcessError as error:
            raise ReleaseFailed(f"git does not list the files: {error.stderr.strip()}") from None
        files = [PurePosixPath(name) for name in run.stdout.split("\0") if name]
        return sorted(path for path in files if (root / path).is_file())
    found = []
    for name in KNOWN:
        place = root / name
        for path in [place] if place.is_file() else place.rglob("*"):
            relative = PurePosixPath(path.relative_to(root).as_posix())
            left_behind = any(
                part == "__pycache__" or part.startswith(".") for part in relative.parts[1:]
            )
            if path.is_file() and not left_behind:
                found.append(relative)
    return sorted(found)


def collect(root: Path = ROOT) -> dict[PurePosixPath, bytes]:
    """The files of the release. ReleaseFailed if one of them holds what students must not see."""
    try:
        stale = homework.stale(root)
    except homework.HomeworkError as error:
        raise ReleaseFailed(str(error)) from None
    if stale:
        raise ReleaseFailed("\n".join([*stale, "Run `python3 run.py homework`."]))
    files = {}
    for path in listed_files(root):
        if is_withheld(path) or not is_known(path):
            continue
        content = (root / path).read_bytes()
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            files[path] = content  # a picture, or the digits
            continue
        try:
            files[path] = cut(text).encode("utf-8")
        except ReleaseFailed as error:
            raise ReleaseFailed(f"{path}: {error}.") from None
    problems = find_problems(files, leaks.secrets(root))
    if problems:
        raise ReleaseFailed("\n".join(["Nothing was written.", *problems]))
    files.update(list_of_originals(files))
    return files


def list_of_originals(files: Mapping[PurePosixPath, bytes]) -> dict[PurePosixPath, bytes]:
    """The file by which `run.py lab` knows what a student has typed into an original."""
    tool = _readers_copies()
    notebooks = {
        path.relative_to("notebooks").as_posix(): content
        for path, content in files.items()
        if path.parts[0] == "notebooks" and not any(part.startswith(".") for part in path.parts)
    }
    return {PurePosixPath(tool.ORIGINALS): tool.list_of_originals(notebooks).encode()}


def find_problems(files: Mapping[PurePosixPath, bytes], secrets: Mapping[str, str]) -> list[str]:
    """A sentence for each solution and each mention of the grader in the files."""
    problems = []
    for path, content in files.items():
        text = leaks.readable(path, content)
        problems += [
            f"{path}: it has {word!r}; withhold the file, or put that between markers for "
            "instructors."
            for word in FORBIDDEN
            if word in text
        ]
        problems += leaks.leaks_in(path, text, secrets)
    return problems


def copies_beside(folder: Path | str) -> Path:
    """The folder of the readers' copies, beside that of the tree."""
    folder = Path(folder).resolve()
    return folder.with_name(folder.name + "-copies")


def write(folder: Path | str, root: Path = ROOT, *, copies: bool = False) -> int:
    """Write what students get into a folder that is empty or not there yet.

    Args:
        copies: also write fresh readers' copies, into `copies_beside(folder)`.

    Returns:
        The number of files, without the copies.

    Raises:
        ReleaseFailed: a folder has something in it or cannot be made, a student version is stale,
            or a file would give away a solution. Then nothing has been written.
    """
    folder = Path(folder)
    for place in [folder, copies_beside(folder)] if copies else [folder]:
        if place.is_dir() and any(place.iterdir()):
            raise ReleaseFailed(f"{place} is not empty. Name a new folder: nothing is overwritten.")
        if place.exists() and not place.is_dir():
            raise ReleaseFailed(f"{place} is a file. Name a new folder.")
    files = collect(root)
    try:
        for path, content in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            if (root / path).exists():  # the list of originals is made here
                shutil.copymode(root / path, target)
    except OSError as error:
        raise ReleaseFailed(f"{folder} could not be written: {error}.") from None
    if copies:
        tool = _readers_copies()
        try:
            tool.write_fresh(copies_beside(folder), folder)
        except tool.CopiesFailed as error:
            raise ReleaseFailed(f"{folder} is written, the copies are not: {error}") from None
    return len(files)
