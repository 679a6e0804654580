"""What holds the notebooks together as one course: one function for each rule.

`notebook_guards/rules.py` looks at one notebook; these look at all of them: that each lesson leads
to the next, that what a text refers to exists and came before, that the appendix repeats what the
lessons say. A rule takes the course and yields problems: the place, what was expected, what came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from notebook_guards.equations import MENTION, Equation, equations_in
from notebook_guards.rules import Cell, Problem, Problems, StoredNotebook

APPENDIX = "appendix.ipynb"
GLOSSARY = "## 2. Look up a word"
NOTATION = "| symbol | code | shape | meaning |"  # the first line of the table
FEWEST_EXERCISES, MOST_EXERCISES = 3, 6


@dataclass(frozen=True)
class Course:
    """The lessons in the order of their numbers, the appendix, and the README."""

    lessons: list[StoredNotebook]
    appendix: StoredNotebook
    readme: str

    @classmethod
    def read(cls, root: Path) -> Course:
        """The course in the folder `root`. FileNotFoundError without an appendix."""
        lessons = sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb"))
        return cls(
            [StoredNotebook.read(path) for path in lessons],
            StoredNotebook.read(root / "notebooks" / APPENDIX),
            (root / "README.md").read_text(encoding="utf-8"),
        )

    @property
    def notebooks(self) -> list[StoredNotebook]:
        return [*self.lessons, self.appendix]

    @property
    def equations(self) -> list[tuple[StoredNotebook, int, Equation]]:
        """Every numbered equation of the lessons: where, in which of its cells, and itself."""
        return [
            (lesson, index, equation)
            for lesson in self.lessons
            for index, cell in enumerate(lesson.cells)
            for equation in cell.equations
        ]


Rule = Callable[[Course], Problems]
RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    """Add a function to the rules that the course is held against."""
    RULES.append(function)
    return function


# --- order ----------------------------------------------------------------------------------------


@rule
def lessons_are_numbered_without_a_gap(course: Course) -> Problems:
    """00, 01, 02, … each once."""
    for expected, lesson in enumerate(course.lessons):
        if int(lesson.lesson) != expected:
            yield _problem(lesson, f"expected a lesson {expected:02} before or instead of it.")
            return


@rule
def every_lesson_leads_to_the_next(course: Course) -> Problems:
    """The last thing in a lesson is a link to the next one, in the last lesson to the appendix."""
    for lesson, following in pairwise(course.notebooks):
        expected = f"**Next:** [{_name(following)}]({following.path.name})"
        if expected not in lesson.cells[-1].source:
            came = re.search(r"\*\*Next:\*\*.*", lesson.cells[-1].source)
            yield _problem(
                lesson,
                f"expected in the last cell {expected!r}, but it has "
                f"{repr(came.group()) if came else 'no **Next:**'}.",
            )


@rule
def lesson_00_maps_the_course(course: Course) -> Problems:
    """A table in lesson 00 lists every lesson in order, each with a link but lesson 00 itself."""
    first, *others = course.lessons
    text = "\n".join(cell.source for cell in first.markdown_cells)
    expected = [f"**{_name(first)}**", *(_link(lesson) for lesson in others)]
    for sentence in _compare_tables(expected, text):
        yield _problem(first, sentence)


@rule
def the_readme_maps_the_course(course: Course) -> Problems:
    """A table in the README lists every lesson in order, each with a link."""
    expected = [_link(lesson, folder="notebooks/") for lesson in course.lessons]
    for sentence in _compare_tables(expected, course.readme):
        yield Problem("README.md", sentence)


def _compare_tables(expected: list[str], text: str) -> Iterator[str]:
    """Sentences for the first rows of a table of lessons that are not as expected."""
    rows = [line for line in text.splitlines() if re.match(r"\|\W*\d\d\b", line)]
    found = [row.split("|")[1].strip() for row in rows]
    for number in range(max(len(expected), len(found))):
        wanted = expected[number] if number < len(expected) else "nothing more"
        came = found[number] if number < len(found) else "nothing more"
        if wanted != came:
            yield f"expected {wanted!r} in the table of the lessons, but there is {came!r}."
            return


@rule
def links_name_the_lesson_they_lead_to(course: Course) -> Problems:
    """`[06](06_….ipynb)` or `[06 Build …](06_….ipynb)`: number and title are those of the file."""
    names = {lesson.path.name: lesson for lesson in course.lessons}
    for notebook, cell in _markdown_cells(course):
        for text, target in re.findall(r"\[([^\]]*)\]\(([^)\s#]+)[^)]*\)", cell.text):
            lesson = names.get(target)
            if lesson and text not in (lesson.lesson, _name(lesson)):
                yield _problem(
                    notebook,
                    f"expected [{lesson.lesson}] or [{_name(lesson)}] as the text of the link to "
                    f"{target}, but it is [{text}].",
                    cell,
                )


# --- what a text refers to ------------------------------------------------------------------------


@rule
def nothing_is_being_written(course: Course) -> Problems:
    """A finished course does not promise lessons."""
    for notebook, cell in _markdown_cells(course):
        if "being written" in cell.text:
            yield _problem(notebook, "something 'is being written' here.", cell)


@rule
def lessons_that_are_named_exist(course: Course) -> Problems:
    """ "lesson 06", "lessons 03 to 05", "the lessons 07 and 08": in text and in code."""
    numbers = {int(lesson.lesson) for lesson in course.lessons}
    for notebook, cell in _cells(course):
        for named in re.findall(
            r"\blessons?\s+(\d+(?:(?:,|,? and|,? or| to)\s+\d+)*)\b", _readable(cell), re.IGNORECASE
        ):
            for number in re.findall(r"\d+", named):
                if int(number) not in numbers:
                    yield _problem(notebook, f"there is no lesson {number}.", cell)


@rule
def sections_that_are_named_exist(course: Course) -> Problems:
    """ "lesson 06, section 4", "section 4 of lesson 06", or "section 4" of the same notebook."""
    by_name = {lesson.lesson: lesson for lesson in course.lessons} | {"appendix": course.appendix}
    name = r"(?:lesson\s+(\d\d)|(appendix))"
    pattern = (
        rf"(?:{name},?\s+)?\bsections?\s+(\d+)\b(?!\.\d)(?:\s+(?:and|to)\s+(\d+))?"
        rf"(?:\s+of\s+(?:the\s+)?{name})?"
    )
    for notebook, cell in _cells(course):
        for found in re.finditer(pattern, _readable(cell), re.IGNORECASE):
            named = next((each for each in found.group(1, 2, 5, 6) if each), None)
            target = by_name.get(named.lower()) if named else notebook
            if target is None:
                continue  # lessons_that_are_named_exist reports it
            for number in filter(None, found.group(3, 4)):
                if int(number) not in _sections(target):
                    yield _problem(notebook, f"{target.path.name} has no section {number}.", cell)


@rule
def equations_that_are_named_have_come(course: Course) -> Problems:
    """(3.5), in a text, a string or a comment, stands further up or in an earlier lesson."""
    places = {equation.number: (lesson, index) for lesson, index, equation in course.equations}
    for notebook in course.notebooks:
        for index, cell in enumerate(notebook.cells):
            for number in MENTION.findall(_readable(cell)):
                lesson, where = places.get(number, (None, 0))
                if lesson is None:
                    yield _problem(notebook, f"there is no equation ({number}).", cell)
                elif notebook.lesson is None or lesson.lesson < notebook.lesson:
                    continue
                elif lesson is not notebook or where > index:
                    yield _problem(
                        notebook, f"({number}) is named here, but comes only later.", cell
                    )


# --- the form of a lesson -------------------------------------------------------------------------


@rule
def every_lesson_begins_and_ends_alike(course: Course) -> Problems:
    """What you will do, learn and need, and the time; at the end a summary and what comes next."""
    beginning = re.compile(
        r"\*\*What you will do(?: here)?:\*\*.*\*\*What you will learn:\*\*.*\*\*What you need:\*\*"
        r".*\*\*Time:\*\* \d+ minutes",
        re.DOTALL,
    )
    for lesson in course.lessons:
        if not beginning.search(lesson.cells[0].source):
            yield _problem(
                lesson,
                "expected **What you will do:**, **What you will learn:**, **What you need:** and "
                "**Time:** … minutes in the first cell, in this order.",
            )
        if not re.match(r"## Summary\n.*\n\*\*Next:\*\* ", lesson.cells[-1].source, re.DOTALL):
            yield _problem(lesson, "expected the last cell to be '## Summary' up to '**Next:**'.")


@rule
def sections_are_numbered_in_order(course: Course) -> Problems:
    """`## 1. …`, `## 2. …`, then `## Exercises` (not in lesson 00) and `## Summary`."""
    for notebook in course.notebooks:
        headings = _headings(notebook)
        ends = {"00": ["Summary"], None: []}.get(notebook.lesson, ["Exercises", "Summary"])
        numbered = len(headings) - len(ends)
        for number, heading in enumerate(headings[:numbered], start=1):
            if not heading.startswith(f"{number}. "):
                yield _problem(notebook, f"expected '## {number}. …', but there is '## {heading}'.")
                break
        else:
            if headings[numbered:] != ends:
                yield _problem(
                    notebook, f"expected {ends} as the last headings, but there is {headings}."
                )


@rule
def every_lesson_has_its_exercises(course: Course) -> Problems:
    """From lesson 01 on three to six, numbered 1.1, 1.2, …, each above the cell that checks it."""
    for lesson in course.lessons[1:]:
        count = 0
        for cell, below in pairwise(lesson.cells):
            for number in re.findall(r"\*\*Exercise (\S+?)\.\*\*", cell.source):
                count += 1
                if number != f"{int(lesson.lesson)}.{count}":
                    yield _problem(
                        lesson,
                        f"expected Exercise {int(lesson.lesson)}.{count}, not {number}.",
                        cell,
                    )
                if below.kind != "code" or f"questions.q{count}.check(" not in below.source:
                    yield _problem(
                        lesson, f"expected questions.q{count}.check(…) in the cell below.", cell
                    )
        if not FEWEST_EXERCISES <= count <= MOST_EXERCISES:
            yield _problem(
                lesson,
                f"expected {FEWEST_EXERCISES} to {MOST_EXERCISES} exercises, but it has {count}.",
            )


# --- the appendix ---------------------------------------------------------------------------------


@rule
def the_glossary_leads_to_where_a_word_is_explained(course: Course) -> Problems:
    """Each entry links the lesson that uses the word first as an introduction, in **bold**."""
    entries = _glossary(course.appendix)
    if not entries:
        yield _problem(course.appendix, f"expected entries under '{GLOSSARY}'.")
    terms = []
    for line in entries:
        found = re.match(r"\* \*\*([^*]+)\*\* \(lesson \[(\d\d)\]\([^)]+\)\): \S", line)
        if found is None:
            yield _problem(
                course.appendix,
                f"expected '* **Term** (lesson [07](07_….ipynb)): explanation', but there is "
                f"{line[:80]!r}.",
            )
            continue
        term, number = found.groups()
        terms.append(term)
        lessons = {lesson.lesson: lesson for lesson in course.lessons}
        if number in lessons and not _uses(lessons[number], term):
            yield _problem(course.appendix, f"lesson {number} does not have the word '{term}'.")
        for lesson in course.lessons[1:]:
            if lesson.lesson < number and _introduces(lesson, term):
                yield _problem(
                    course.appendix,
                    f"'{term}' leads to lesson {number}, but lesson {lesson.lesson} has it in bold "
                    "already.",
                )
    for first, second in pairwise(terms):
        if first.casefold() == second.casefold():
            yield _problem(course.appendix, f"'{first}' is there twice.")
        elif first.casefold() > second.casefold():
            yield _problem(course.appendix, f"'{second}' comes after '{first}' in the glossary.")


def _glossary(appendix: StoredNotebook) -> list[str]:
    """The list items of the section."""
    text = "\n\n".join(cell.source for cell in appendix.markdown_cells)
    _, _, section = text.partition(GLOSSARY + "\n")
    return re.findall(r"^[*-] .*", section.split("\n## ")[0], re.MULTILINE)


def _uses(lesson: StoredNotebook, term: str) -> bool:
    text = "\n".join(cell.source for cell in lesson.markdown_cells)
    text = re.sub(r"\s+", " ", re.sub(r"[*`$]", "", text))
    return bool(re.search(rf"(?<!\w){re.escape(term)}", text, re.IGNORECASE))


def _introduces(lesson: StoredNotebook, term: str) -> bool:
    text = "\n".join(cell.source for cell in lesson.markdown_cells)
    return bool(re.search(rf"\*\*{re.escape(term)}s?\*\*", text, re.IGNORECASE))


@rule
def the_notation_is_that_of_lesson_00(course: Course) -> Problems:
    """The table in the appendix has the same lines."""
    expected, came = (_notation(each) for each in (course.lessons[0], course.appendix))
    if not expected:
        yield _problem(course.lessons[0], f"expected a table that begins with '{NOTATION}'.")
    for number in range(max(len(expected), len(came))):
        lines = [(table[number : number + 1] or ["no line"])[0] for table in (expected, came)]
        if lines[0] != lines[1]:
            yield _problem(
                course.appendix,
                f"expected the line {lines[0]!r} of lesson 00 in the table of the notation, but "
                f"there is {lines[1]!r}.",
            )
            return


def _notation(notebook: StoredNotebook) -> list[str]:
    """The lines of the table."""
    text = "\n\n".join(cell.source for cell in notebook.markdown_cells)
    table = re.search(rf"^{re.escape(NOTATION)}(?:\n\|.*)*", text, re.MULTILINE)
    return table.group().splitlines() if table else []


@rule
def the_appendix_has_every_equation(course: Course) -> Problems:
    """In order, in the same LaTeX, each under a heading that links to its lesson; and no other."""
    expected = [(lesson.path.name, equation) for lesson, _, equation in course.equations]
    found, heading = [], "no lesson"
    text = "\n\n".join(cell.text for cell in course.appendix.markdown_cells)
    for part in re.findall(r"^#+ [^\n]*|\$\$.*?\$\$", text, re.MULTILINE | re.DOTALL):
        if part.startswith("#"):
            linked = re.search(r"\]\((\d\d_[^)#]+)", part)
            heading = linked.group(1) if linked else "no lesson"
        found += [(heading, equation) for equation in equations_in(part)]
    numbers = [equation.number for _, equation in expected]
    repeated = [equation.number for _, equation in found]
    if missing := [number for number in numbers if number not in repeated]:
        yield _problem(course.appendix, f"equations are missing: {', '.join(missing)}.")
    if unknown := [number for number in repeated if number not in numbers]:
        yield _problem(course.appendix, f"equations are of no lesson: {', '.join(unknown)}.")
    known = [each for each in found if each[1].number in numbers]
    wanted = [each for each in expected if each[1].number in repeated]
    if [each.number for _, each in known] != [each.number for _, each in wanted]:
        yield _problem(course.appendix, "the equations do not stand in the order of the lessons.")
        return
    for (place, theirs), (came_under, ours) in zip(wanted, known, strict=True):
        if came_under != place:
            yield _problem(
                course.appendix, f"({ours.number}) is of {place}, but stands under {came_under}."
            )
        if re.sub(r"\s", "", theirs.latex) != re.sub(r"\s", "", ours.latex):
            yield _problem(
                course.appendix,
                f"({ours.number}) is {theirs.latex!r} in its lesson, but {ours.latex!r} here.",
            )


# --- helpers --------------------------------------------------------------------------------------


def _problem(notebook: StoredNotebook, sentence: str, cell: Cell | None = None) -> Problem:
    name = notebook.path.name
    return Problem(f"{name}, {cell.place}" if cell else name, sentence)


def _cells(course: Course) -> Iterator[tuple[StoredNotebook, Cell]]:
    return ((notebook, cell) for notebook in course.notebooks for cell in notebook.cells)


def _markdown_cells(course: Course) -> Iterator[tuple[StoredNotebook, Cell]]:
    return ((notebook, cell) for notebook, cell in _cells(course) if cell.kind == "Markdown")


def _readable(cell: Cell) -> str:
    """The source, of a Markdown cell without code and mathematics, and only the texts of links."""
    if cell.kind != "Markdown":
        return cell.source
    text = re.sub(r"\$\$.*?\$\$|\$[^$]*\$", "…", cell.text, flags=re.DOTALL)
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)


def _headings(notebook: StoredNotebook) -> list[str]:
    text = "\n".join(cell.text for cell in notebook.markdown_cells)
    return re.findall(r"^## (.*)", text, re.MULTILINE)


def _sections(notebook: StoredNotebook) -> set[int]:
    numbers = (re.match(r"(\d+)\. ", heading) for heading in _headings(notebook))
    return {int(number.group(1)) for number in numbers if number}


def _name(notebook: StoredNotebook) -> str:
    """ "00 Start here": number, and title up to its colon. The appendix has only a title."""
    title = re.match(r"# (.*)", notebook.cells[0].source)
    title = title.group(1) if title else "without a title"
    return title if notebook.lesson is None else f"{notebook.lesson} {title.split(':')[0]}"


def _link(lesson: StoredNotebook, folder: str = "") -> str:
    return f"[{_name(lesson)}]({folder}{lesson.path.name})"
