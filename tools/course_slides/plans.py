"""What is on which slide: a file of `teaching/slides` for each lesson, and what is wrong with it.

A slide has a title, which is what it claims, and any of

    text        words of its own, in Markdown
    equations   the numbers of equations of the lesson: ["3.6"]
    question    the cell of a prediction; its question is shown, for a vote
    code        the cell whose code is shown
    output      the cell whose stored output is shown: a figure, a moving piece, printed numbers
    notes       what the speaker sees, and nobody else

in this order. A question of the lesson stands before everything that answers it: what has the tag
"gated" there comes after all predictions that the lesson asks before it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import readers_copies
from course_site.problems import SiteFailed

Cell = dict[str, Any]

LESSONS = "[01][0-9]_*.ipynb"  # the main path
PLANS = Path("teaching", "slides")
FEWEST, MOST = 8, 16  # slides of a lesson
LONGEST_TITLE = 70

DISPLAYED = re.compile(r"\$\$(?:(?!\$\$).)*?\\tag\{([^}]*)\}(?:(?!\$\$).)*?\$\$", re.DOTALL)
PREDICTS = re.compile(r"^questions\.(?!.*\bagain\b)[\w.]*\bpredict\(", re.MULTILINE)
PREDICTION = re.compile(r"\*\*Prediction [\d.]+\*\*")
# about the cells of the page, and not about the question
OF_THE_PAGE = re.compile(r"\s*\([^()]*\bfolded\.\)| Put your answer in place of the dots\.")
MOVES = re.compile(r"<script\b")


@dataclass(frozen=True)
class Slide:
    """One slide of a plan."""

    title: str
    text: str = ""
    equations: tuple[str, ...] = ()
    question: str = ""
    code: str = ""
    output: str = ""
    notes: str = ""


@dataclass(frozen=True)
class Lesson:
    """A lesson of the main path, as it is stored."""

    name: str  # 03_derive_the_gradient_of_W3
    cells: tuple[Cell, ...]

    @property
    def number(self) -> str:
        """Its two digits, which are the name of its plan."""
        return self.name[:2]

    @property
    def title(self) -> str:
        """Its first line."""
        return source(self.cells[0]).split("\n")[0].removeprefix("# ")

    def place(self, cell_id: str) -> int:
        """Where a cell stands. KeyError if there is none of this name."""
        for place, cell in enumerate(self.cells):
            if cell.get("id") == cell_id:
                return place
        raise KeyError(cell_id)

    def cell(self, cell_id: str) -> Cell:
        """The cell of a name. KeyError if there is none."""
        return self.cells[self.place(cell_id)]

    def equations(self) -> dict[str, tuple[int, str]]:
        """{number: (the place of its cell, the equation as it is displayed)}."""
        return {
            found[1]: (place, found[0])
            for place, cell in enumerate(self.cells)
            if cell["cell_type"] == "markdown"
            for found in DISPLAYED.finditer(source(cell))
        }

    def predictions(self) -> list[int]:
        """The places of the cells in which something is predicted."""
        return [
            place
            for place, cell in enumerate(self.cells)
            if cell["cell_type"] == "code" and PREDICTS.search(source(cell))
        ]

    def question(self, cell_id: str) -> str:
        """The words of the prediction that is made in a cell, from the text above it."""
        for cell in reversed(self.cells[: self.place(cell_id)]):
            if cell["cell_type"] == "markdown":
                text = source(cell)
                found = PREDICTION.search(text)
                return OF_THE_PAGE.sub("", text[found.start() :]) if found else ""
        return ""


def source(cell: Cell) -> str:
    """The text of a cell."""
    return str(readers_copies.text_of(cell))


def lessons_of(tree: Path) -> list[Lesson]:
    """The lessons of the main path, in order. SiteFailed if one cannot be read."""
    found = []
    for path in sorted((tree / "notebooks").glob(LESSONS)):
        notebook = readers_copies.read_notebook(path.read_bytes())
        if notebook is None:
            raise SiteFailed(f"{path.name} is no whole notebook.")
        found.append(Lesson(path.stem, tuple(notebook["cells"])))
    return found


def read(path: Path) -> list[Slide]:
    """The slides of a plan. SiteFailed if the file is not as it should be."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SiteFailed(f"There is no {PLANS / path.name}: each lesson has its slides.") from None
    except (OSError, ValueError) as error:
        raise SiteFailed(f"{PLANS / path.name} cannot be read: {error}") from None
    known = {field.name for field in fields(Slide)}
    slides = []
    for number, entry in enumerate(content.get("slide", []), 1):
        where = f"{PLANS / path.name}, slide {number}"
        if unknown := sorted(set(entry) - known):
            raise SiteFailed(f"{where}: nothing is called {', '.join(unknown)}.")
        if "title" not in entry:
            raise SiteFailed(f"{where} has no title.")
        wrong = [
            name
            for name, value in entry.items()
            if not (
                isinstance(value, list) and all(isinstance(each, str) for each in value)
                if name == "equations"
                else isinstance(value, str)
            )
        ]
        if wrong:
            raise SiteFailed(f"{where}: {', '.join(wrong)} should be text (equations: a list).")
        entry["equations"] = tuple(entry.get("equations", ()))
        slides.append(Slide(**entry))
    return slides


# --- what is wrong --------------------------------------------------------------------------------


def problems_of(lesson: Lesson, slides: list[Slide]) -> list[str]:
    """A sentence for each thing that cannot be shown, or is shown too early."""
    found = []
    asked: set[int] = set()
    moving: set[str] = set()
    if not FEWEST <= len(slides) <= MOST:
        found.append(f"{lesson.number}: {len(slides)} slides; {FEWEST} to {MOST} are wanted.")
    for number, slide in enumerate(slides, 1):
        where = f"{lesson.number}, slide {number}"
        if len(slide.title) > LONGEST_TITLE:
            found.append(f"{where}: the title is longer than {LONGEST_TITLE} characters.")
        if not slide.notes.strip():
            found.append(f"{where} has no notes for the speaker.")
        shown, wrong = _shown(lesson, slide)
        found += [f"{where}: {sentence}" for sentence in wrong]
        for place in shown:
            if not readers_copies.is_gated(lesson.cells[place]):
                continue
            unasked = [p for p in lesson.predictions() if p < place and p not in asked]
            found += [
                f"{where} shows {lesson.cells[place]['id']} before the question of "
                f"{lesson.cells[p]['id']} was asked."
                for p in unasked
            ]
        if not wrong and slide.question:
            asked.add(lesson.place(slide.question))
        if not wrong and slide.output and is_moving(lesson.cell(slide.output)):
            if slide.output in moving:  # its ids would stand twice on the page
                found.append(f"{where}: what moves in {slide.output} was shown before.")
            moving.add(slide.output)
    found += [
        f"{lesson.number}: the question of {lesson.cells[p]['id']} is not asked."
        for p in lesson.predictions()
        if p not in asked
    ]
    return found


def _shown(lesson: Lesson, slide: Slide) -> tuple[list[int], list[str]]:
    """The places of the cells that a slide takes something from, and what cannot be taken."""
    places, wrong = [], []
    equations = lesson.equations()
    for tag in slide.equations:
        if tag in equations:
            places.append(equations[tag][0])
        else:
            wrong.append(f"the lesson has no equation ({tag}).")
    for what in ("question", "code", "output"):
        cell_id = getattr(slide, what)
        if not cell_id:
            continue
        try:
            cell = lesson.cell(cell_id)
        except KeyError:
            wrong.append(f"the lesson has no cell {cell_id}.")
            continue
        if cell["cell_type"] != "code":
            wrong.append(f"{cell_id} is no cell with code.")
        elif what == "output" and not cell["outputs"]:
            wrong.append(f"{cell_id} has no output.")
        elif what == "question" and (
            lesson.place(cell_id) not in lesson.predictions() or not lesson.question(cell_id)
        ):
            wrong.append(f"{cell_id} asks for no prediction.")
        elif what != "question":
            places.append(lesson.place(cell_id))
    return places, wrong


def is_moving(cell: Cell) -> bool:
    """Whether the output of a cell brings a script."""
    return any(
        MOVES.search("".join(output.get("data", {}).get("text/html", "")))
        for output in cell["outputs"]
    )
