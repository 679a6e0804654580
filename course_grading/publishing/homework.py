"""The homework: its sources, what is wrong with one, and what students get of it.

A source is `homework/source/hw1/hw1.ipynb`, in nbgrader's format, solutions and hidden tests
included. nbgrader's own converter makes the student version of it, `notebooks/homework/hw1.ipynb`.

    python3 run.py homework            builds the student versions
    python3 run.py homework --check    says which of them are not what their source gives, and
                                       where a source is not what its rubric says
"""

from __future__ import annotations

import argparse
import logging
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_grading.marking import assignments
from course_grading.publishing.agreement import POINTS, disagreements

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"schema_version", "grade", "grade_id", "locked", "solution", "task"}  # points besides
TAGS = {"given", "demo", "key"}
MARKER = re.compile(r"\b(BEGIN|END) (SOLUTION|HIDDEN TESTS)\b")


class HomeworkError(ValueError):
    """Its text names the homework and says what is wrong with it."""


def source_paths(root: Path = ROOT) -> list[Path]:
    """The sources of the course in the folder `root`, in the order of their names."""
    return sorted((root / "homework" / "source").glob("[!.]*/*.ipynb"))


def student_path(source: Path) -> Path:
    """Where the student version of a source belongs."""
    root = source.parent.parent.parent.parent
    return root / "notebooks" / "homework" / source.name


def read(path: Path) -> NotebookNode:
    """A notebook, whatever is in its metadata. HomeworkError if the file is not one."""
    content = path.read_bytes()
    try:
        return nbformat.reads(content.decode("utf-8"), as_version=4)
    except Exception as error:
        raise HomeworkError(f"{path.name} is not a notebook: {error}") from None


# --- regions: what is between BEGIN and END -------------------------------------------------------


@dataclass(frozen=True)
class Region:
    """A solution or hidden tests: the lines between BEGIN and END, and where they begin."""

    kind: str  # "SOLUTION" or "HIDDEN TESTS"
    start: int  # of the line with BEGIN, in the cell
    lines: Sequence[str]


def regions(text: str) -> list[Region]:
    """The regions of a cell. HomeworkError if a BEGIN has no END or the other way round."""
    found: list[Region] = []
    begun: tuple[str, int] | None = None
    lines = text.split("\n")
    for number, line in enumerate(lines):
        for side, kind in MARKER.findall(line):
            if side == "BEGIN" and begun is None:
                begun = kind, number
            elif side == "END" and begun is not None and kind == begun[0]:
                found.append(Region(kind, begun[1], lines[begun[1] + 1 : number]))
                begun = None
            else:
                raise HomeworkError(f"the line {line.strip()!r} has no partner")
    if begun is not None:
        raise HomeworkError(f"BEGIN {begun[0]} has no END {begun[0]}")
    return found


def outside_of_regions(text: str) -> str:
    """The text of a cell without its regions and their markers."""
    lines = text.split("\n")
    for region in reversed(regions(text)):
        del lines[region.start : region.start + len(region.lines) + 2]
    return "\n".join(lines)


# --- what a source must be like -------------------------------------------------------------------


def find_problems(notebook: NotebookNode) -> list[str]:
    """What is wrong with a source by itself, a sentence each."""
    return [*_problems_of_cells(notebook), *_problems_of_the_whole(notebook)]


def _place(number: int, cell: NotebookNode) -> str:
    first_line = (cell.source.strip().splitlines() or ["(empty)"])[0][:60]
    return f"cell {number} ({first_line!r})"


def _problems_of_cells(notebook: NotebookNode) -> Iterator[str]:
    for number, cell in enumerate(notebook.cells, start=1):
        place = _place(number, cell)
        meta = cell.metadata.get("nbgrader", {})
        tags = set(cell.metadata.get("tags", []))
        grade, solution, locked = (meta.get(key, False) for key in ("grade", "solution", "locked"))
        if meta:
            expected = KEYS | ({"points"} if grade else set())
            if set(meta) != expected:
                yield f"{place}: nbgrader's keys must be {sorted(expected)}, not {sorted(meta)}."
            if meta.get("schema_version") != 3:
                yield f"{place}: schema_version must be 3, not {meta.get('schema_version')}."
            if meta.get("task"):
                yield f"{place}: a task cell; take a written question, graded and a solution."
            if grade and not (isinstance(meta.get("points"), int) and meta["points"] > 0):
                yield f"{place}: expected a whole number of points, not {meta.get('points')!r}."
            if cell.cell_type == "markdown" and not (grade and solution):
                yield f"{place}: a written question must be graded and a solution."
            if cell.cell_type == "code" and grade == solution and not (locked and not grade):
                yield f"{place}: it must be an answer (solution), its tests (grade) or locked."
            if cell.cell_type == "code" and locked == solution:
                yield f"{place}: tests and what is given must be locked, answers must not be."
        if tags - TAGS:
            yield f"{place}: expected no tags but {sorted(TAGS)}, not {sorted(tags)}."
        if "given" in tags and not (locked and not grade):
            yield f"{place}: what is given must be locked and without points."
        if "demo" in tags and meta:
            yield f"{place}: a demonstration must not have nbgrader's metadata."
        try:
            kinds = {region.kind for region in regions(cell.source)}
        except HomeworkError as error:
            yield f"{place}: {error}."
            continue
        if "SOLUTION" in kinds and not solution:
            yield f"{place}: it has a solution but is not marked as an answer."
        if solution and "SOLUTION" not in kinds:
            yield f"{place}: expected BEGIN SOLUTION … END SOLUTION in an answer."
        if "HIDDEN TESTS" in kinds and not (grade and not solution):
            yield f"{place}: it has hidden tests but is not marked as tests."


def _problems_of_the_whole(notebook: NotebookNode) -> Iterator[str]:
    marked = [
        (_place(number, cell), cell, cell.metadata.nbgrader)
        for number, cell in enumerate(notebook.cells, start=1)
        if cell.metadata.get("nbgrader")
    ]
    seen: dict[str, str] = {}
    waiting: str | None = None  # an answer whose tests have not come yet
    for place, cell, meta in marked:
        grade_id = meta.get("grade_id")
        if not grade_id or grade_id in seen:
            yield f"{place}: the grade_id {grade_id!r} is that of {seen.get(grade_id)} too."
        seen[grade_id] = place
        if cell.cell_type != "code":
            continue
        if meta.get("solution"):
            if waiting:
                yield f"{waiting}: no tests follow this answer."
            waiting = place
        elif meta.get("grade"):
            waiting = None
    if waiting:
        yield f"{waiting}: no tests follow this answer."
    given = [meta.get("points", 0) for *_, meta in marked]
    points = sum(each for each in given if isinstance(each, int))
    if points != POINTS:
        yield f"expected {POINTS} points, not {points}."


def find_disagreements(name: str, notebook: NotebookNode) -> list[str]:
    """Where a source does not say what the rubric of this assignment says, a sentence each."""
    try:
        assignment = assignments.load(name)
    except ValueError as error:
        return [f"it has no rubric: {error}"]
    return [*disagreements(notebook, assignment)]


# --- the student version --------------------------------------------------------------------------


def student_version(source: Path) -> bytes:
    """The file that students get of a source: the same bytes every time.

    Raises HomeworkError with everything that is wrong with the source, also where it is not what
    the rubric says.
    """
    notebook = read(source)
    problems = [*find_problems(notebook), *find_disagreements(source.stem, notebook)]
    if problems:
        raise HomeworkError("\n".join(f"{source.name}, {problem}" for problem in problems))
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder).resolve()
        assignment = course / "source" / source.stem
        assignment.mkdir(parents=True)
        shutil.copyfile(source, assignment / source.name)
        _run_nbgrader(course, source.stem)
        made = (course / "release" / source.stem / source.name).read_text(encoding="utf-8")
    return (made.rstrip("\n") + "\n").encode("utf-8")


def _run_nbgrader(course: Path, assignment: str) -> None:
    """`nbgrader generate_assignment --no-db` in a course folder."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    said = _Said(logging.WARNING)
    log = logging.Logger("nbgrader")  # not a child of the root logger: nothing is printed
    log.addHandler(said)
    config = Config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.assignment_id = assignment
    config.GenerateAssignment.no_database = True
    config.SaveCells.enabled = False
    directory = CourseDirectory(config=config, log=log)
    converter = GenerateAssignment(coursedir=directory, config=config, log=log)
    try:
        converter.start()
    except Exception as error:
        reasons = "\n".join(said.messages) or str(error)
        raise HomeworkError(f"nbgrader cannot convert {assignment}:\n{reasons}") from None


class _Said(logging.Handler):
    """Keeps what nbgrader logs: its exceptions only say that the reason stands in the log."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def stale(root: Path = ROOT) -> list[str]:
    """A sentence for each student version that is not what its source gives."""
    problems = []
    expected = {student_path(source): source for source in source_paths(root)}
    for path, source in expected.items():
        if not path.exists():
            problems.append(f"{path.name} has not been built.")
        elif path.read_bytes() != student_version(source):
            problems.append(f"{path.name} is not what its source gives.")
    for path in sorted((root / "notebooks" / "homework").glob("*.ipynb")):
        if path not in expected:
            problems.append(f"{path.name} has no source; delete it.")
    return problems


def build(sources: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Write the student versions of these sources; yields each path and whether it changed."""
    for source in sources:
        path, text = student_path(source), student_version(source)
        changed = not path.exists() or path.read_bytes() != text
        if changed:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
        yield path, changed


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """`python3 run.py homework`."""
    parser = argparse.ArgumentParser(
        prog="run.py homework",
        description="Build what students get of the homework.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="such as hw2; all if none is named"
    )
    parser.add_argument("--check", action="store_true", help="build nothing, say what is stale")
    options = parser.parse_args(arguments)
    known = {path.stem: path for path in source_paths(root)}
    unknown = [name for name in options.names if name not in known]
    if unknown:
        print(
            f"There is no homework {', '.join(unknown)}. There are: {', '.join(known) or 'none'}.",
            file=sys.stderr,
        )
        return 1
    try:
        if options.check:
            problems = stale(root)
            print("\n".join(problems) or "Every student version is what its source gives.")
            return 1 if problems else 0
        for path, changed in build([known[name] for name in options.names or known]):
            print(f"{path.relative_to(root)}: {'built anew' if changed else 'unchanged'}")
    except HomeworkError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
