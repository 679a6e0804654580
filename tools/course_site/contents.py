"""Which pages the site has: a file in its place is a page.

Lessons, further lessons, the workbook, homework and the appendix are the notebooks in `notebooks`;
a folder there that is not known yet becomes a part of its own. What tells how to do something is
Markdown in `docs`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from course_site.problems import SiteFailed

Place = PurePosixPath


class Page(NamedTuple):
    """A page: its file in the tree, its title, and the time that it says it takes."""

    path: Place
    title: str
    time: str = ""

    @property
    def name(self) -> str:
        """What Sphinx calls it."""
        return self.path.with_suffix("").as_posix()


class Part(NamedTuple):
    """Pages under one heading of the sidebar."""

    title: str
    pages: list[Page]


FOLDERS = {  # below notebooks/, in this order; others follow under their own names
    "further": "Further lessons",
    "workbook": "Workbook",
    "homework": "Homework",
}
# instructors: begin
FOR_INSTRUCTORS = (
    "homework/*.md",
    "course_grading/**/*.md",
    "teaching/**/*",
    "homework/source/*/*",
)
# instructors: end


def parts_of(tree: Path, *, instructors: bool = False) -> list[Part]:
    """The parts of the site that this tree gives.

    Args:
        tree: the folder of the course.
        instructors: also the pages for instructors.

    Raises:
        SiteFailed: there are no lessons, or a notebook has no title.
    """
    lessons = pages(tree, "notebooks/[0-9][0-9]_*.ipynb")
    if not lessons:
        raise SiteFailed(f"There are no lessons in {tree / 'notebooks'}: is this the course?")
    parts = [Part("Lessons", [numbered(page) for page in lessons])]
    found = {path.name for path in (tree / "notebooks").iterdir() if path.is_dir()}
    hidden = {name for name in found if name.startswith((".", "__"))}
    for folder in [*FOLDERS, *sorted(found - hidden - FOLDERS.keys())]:
        title = FOLDERS.get(folder, folder.replace("_", " ").capitalize())
        parts.append(Part(title, pages(tree, f"notebooks/{folder}/**/*.ipynb")))
    others = set(pages(tree, "notebooks/*.ipynb")) - set(lessons)
    parts.append(Part("To look up", sorted(others)))
    parts.append(Part("How to", pages(tree, "docs/**/*.md")))
    # instructors: begin
    if instructors:
        ours = [page for pattern in FOR_INSTRUCTORS for page in pages(tree, pattern)]
        ours = [
            page._replace(title=f"{page.title}, solved") if "source" in page.path.parts else page
            for page in ours
        ]
        parts.append(Part("For instructors", ours))
    # instructors: end
    return [part for part in parts if part.pages]


def pages(tree: Path, pattern: str) -> list[Page]:
    """The pages of a pattern in the tree, by name."""
    files = sorted(tree.glob(pattern))
    places = [Place(path.relative_to(tree).as_posix()) for path in files if path.is_file()]
    return [
        page_of(tree, place)
        for place in places
        if place.suffix in (".ipynb", ".md") and not any(p.startswith(".") for p in place.parts)
    ]


def page_of(tree: Path, place: Place) -> Page:
    """The page of a notebook or a text, with the title at its top."""
    text = "\n".join(texts(tree / place))
    title = re.search(r"^# +(.+?) *$", text, re.MULTILINE)
    if title is None:
        raise SiteFailed(f"{place} has no title: a line `# …` at its top.")
    time = re.search(r"^\*\*Time:\*\* ([^.(;]+?)(?:[.(;]| *$)", text, re.MULTILINE)
    return Page(place, re.sub(r"[`*]", "", title[1]), time[1].strip() if time else "")


def texts(path: Path) -> Iterator[str]:
    """The text of a Markdown file, or of each Markdown cell of a notebook."""
    content = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        yield content
        return
    try:
        cells = json.loads(content)["cells"]
        yield from ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    except (ValueError, LookupError, TypeError):
        raise SiteFailed(f"{path} is no whole notebook.") from None


def numbered(page: Page) -> Page:
    """A lesson with its number before its title, as the lessons call it."""
    return page._replace(title=f"{page.path.name[:2]} {page.title}")
