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
from notebook_guards.reading_time import contents_of
from notebook_guards.rules import Cell, Problem, Problems, StoredNotebook

APPENDIX = "appendix.ipynb"
GLOSSARY = "## 2. Look up a word"
NOTATION = "| symbol | code | shape | meaning |"  # the first line of the table
FEWEST_EXERCISES, MOST_EXERCISES = 3, 6
LINK_TO_A_NOTEBOOK = r"\]\((?:[^)\s]*/)?(\w+\.ipynb)\)"
RETRIEVAL = "Five minutes: what you still know"
COMES_BACK = "**Comes back:**"
LONGEST = 60  # minutes for a lesson of the main path


@dataclass(frozen=True)
class Course:
    """The main path in the order of its numbers, the workbook in its order, the further lessons,
    the appendix, the README.
    """

    lessons: list[StoredNotebook]
    workbook: list[StoredNotebook]
    further: list[StoredNotebook]
    appendix: StoredNotebook
    readme: str

    @classmethod
    def read(cls, root: Path) -> Course:
        """The course in the folder `root`. FileNotFoundError without an appendix."""
        lessons = sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb"))
        workbook = sorted((root / "notebooks" / "workbook").glob("*.ipynb"))
        further = sorted((root / "notebooks" / "further").glob("*.ipynb"))
        return cls(
            [StoredNotebook.read(path) for path in lessons],
            [StoredNotebook.read(path) for path in workbook],
            [StoredNotebook.read(path) for path in further],
            StoredNotebook.read(root / "notebooks" / APPENDIX),
            (root / "README.md").read_text(encoding="utf-8"),
        )

    @property
    def all_lessons(self) -> list[StoredNotebook]:
        return [*self.lessons, *self.further]

    @property
    def taught(self) -> list[StoredNotebook]:
        """The lessons and the workbook: what begins and ends alike, and takes a stated time."""
        return [*self.lessons, *self.workbook, *self.further]

    @property
    def notebooks(self) -> list[StoredNotebook]:
        return [*self.taught, self.appendix]

    def needed_by(self, notebook: StoredNotebook) -> list[StoredNotebook]:
        """The lessons that come before it: of the main path, or what a further lesson or a part of
        the workbook names.

        Whoever needs a lesson needs those that it builds on, too.
        """
        if not (notebook.is_further or notebook.is_workbook):
            return [each for each in self.lessons if each.lesson < (notebook.lesson or "99")]
        found: list[StoredNotebook] = []
        for target in _named_as_needed(notebook):
            for each in self.taught:
                if each.path.name == target and each is not notebook and each not in found:
                    found += [each, *self.needed_by(each)]
        return found

    @property
    def equations(self) -> list[tuple[StoredNotebook, int, Equation]]:
        """Every numbered equation of the lessons: where, in which of its cells, and itself."""
        return [
            (lesson, index, equation)
            for lesson in self.all_lessons
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
    """The last thing in a lesson is a link to the next one, in the last lesson to the appendix, and
    to the workbook.

    Each part of the workbook leads to the next; from the last one, and from a further lesson, it
    leads back to the map.
    """
    links = [
        (lesson, f"**Next:** [{_name(following)}]({following.path.name})")
        for lesson, following in pairwise([*course.lessons, course.appendix])
    ]
    back = f"[{_name(course.lessons[0])}](../{course.lessons[0].path.name})"
    links += [(lesson, back) for lesson in [*course.workbook[-1:], *course.further]]
    links += [(part, f"**Next:** {_link(after)}") for part, after in pairwise(course.workbook)]
    links += [(course.lessons[-1], _link(part, "workbook/")) for part in course.workbook[:1]]
    for lesson, expected in links:
        if expected not in lesson.cells[-1].source:
            came = re.search(r"\*\*Next:\*\*.*", lesson.cells[-1].source)
            yield _problem(
                lesson,
                f"expected in the last cell {expected!r}, but it has "
                f"{repr(came.group()) if came else 'no **Next:**'}.",
            )


@rule
def lesson_00_maps_the_course(course: Course) -> Problems:
    """A table in lesson 00 lists every lesson in order, each with a link but lesson 00 itself.

    Others list the parts of the workbook and the further lessons, each with links to what it needs.
    """
    first, *others = course.lessons
    text = "\n".join(cell.source for cell in first.markdown_cells)
    expected = [f"**{_name(first)}**", *(_link(lesson) for lesson in others)]
    expected_further = [_link(lesson, folder="further/") for lesson in course.further]
    parts = [_link(part, folder="workbook/") for part in course.workbook]
    for sentence in _compare_tables(expected, expected_further, parts, text):
        yield _problem(first, sentence)
    needs = {
        _link(lesson, folder=f"{lesson.path.parent.name}/"): _named_as_needed(lesson)
        for lesson in [*course.workbook, *course.further]
    }
    for row in _rows_of_lessons(text):
        came = re.findall(LINK_TO_A_NOTEBOOK, " ".join(row[1:]))
        if row[0] in needs and {*came} != {*needs[row[0]]}:
            expected_links = ", ".join(needs[row[0]])
            yield _problem(first, f"expected links to {expected_links} in the row of {row[0]}.")


@rule
def the_readme_maps_the_course(course: Course) -> Problems:
    """A table in the README lists every lesson in order, each with a link."""
    expected = [_link(lesson, folder="notebooks/") for lesson in course.lessons]
    expected_further = [_link(lesson, folder="notebooks/further/") for lesson in course.further]
    parts = [_link(part, folder="notebooks/workbook/") for part in course.workbook]
    for sentence in _compare_tables(expected, expected_further, parts, course.readme):
        yield Problem("README.md", sentence)


def _rows_of_lessons(text: str) -> Iterator[list[str]]:
    """The cells of each row of a table that begins with a lesson."""
    for line in text.splitlines():
        if re.match(r"\|\W*\d\d\b|\| *\[[^|]*\]\([^|)]*(further|workbook)/[^|]*\|", line):
            yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def _compare_tables(
    expected: list[str], further: list[str], parts: list[str], text: str
) -> Iterator[str]:
    """Sentences for the first rows that are not as expected; further lessons in any order."""
    firsts = [row[0] for row in _rows_of_lessons(text)]
    found = [first for first in firsts if "further/" not in first and "workbook/" not in first]
    if (came := [first for first in firsts if "workbook/" in first]) != parts:
        yield f"expected the rows {parts} in the table of the workbook, but there is {came}."
    for first in sorted({*further} ^ {first for first in firsts if "further/" in first}):
        missing = "is missing" if first in further else "is of no further lesson"
        yield f"{first!r} {missing} in the table of the further lessons."
    for number in range(max(len(expected), len(found))):
        wanted = expected[number] if number < len(expected) else "nothing more"
        came = found[number] if number < len(found) else "nothing more"
        if wanted != came:
            yield f"expected {wanted!r} in the table of the lessons, but there is {came!r}."
            return


@rule
def links_name_the_lesson_they_lead_to(course: Course) -> Problems:
    """`[06](06_….ipynb)` or `[06 Build …](06_….ipynb)`: number and title are those of the file."""
    names = {lesson.path.name: lesson for lesson in course.taught}
    for notebook, cell in _markdown_cells(course):
        for text, target in re.findall(r"\[([^\]]*)\]\(([^)\s#]+)[^)]*\)", cell.text):
            lesson = names.get(target.rpartition("/")[2])
            if lesson and text not in (lesson.lesson, _name(lesson)):
                number = f"[{lesson.lesson}] or " if lesson.lesson else ""
                yield _problem(
                    notebook,
                    f"expected {number}[{_name(lesson)}] as the text of the link to "
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
    """ "lesson 06, section 4", "section 4 of lesson 06", or "section 4" of the same notebook.

    A further lesson is named by its title.
    """
    by_name = {lesson.lesson: lesson for lesson in course.lessons} | {"appendix": course.appendix}
    titled = [*course.workbook, *course.further]
    by_name |= {_name(lesson).lower(): lesson for lesson in titled}
    titles = "|".join(["appendix", *(re.escape(_name(lesson)) for lesson in titled)])
    name = rf"(?:lesson\s+(\d\d)|({titles}))"
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
    """(3.5), in text, string or comment, stands further up or in a lesson that came before."""
    places = {equation.number: (lesson, index) for lesson, index, equation in course.equations}
    for notebook in course.notebooks:
        for index, cell in enumerate(notebook.cells):
            for number in MENTION.findall(_readable(cell)):
                lesson, where = places.get(number, (None, 0))
                if lesson is None:
                    yield _problem(notebook, f"there is no equation ({number}).", cell)
                elif notebook is course.appendix or lesson in course.needed_by(notebook):
                    continue
                elif lesson is not notebook and (notebook.is_further or notebook.is_workbook):
                    came = f"{lesson.path.name} is not among what the lesson needs"
                    yield _problem(notebook, f"({number}) is named here, but {came}.", cell)
                elif lesson is not notebook or where > index:
                    yield _problem(
                        notebook, f"({number}) is named here, but comes only later.", cell
                    )


@rule
def further_lessons_name_what_they_need(course: Course) -> Problems:
    """Links after **What you need:**, since no number says what comes before."""
    for lesson in [*course.workbook, *course.further]:
        if not course.needed_by(lesson):
            yield _problem(lesson, "expected links to lessons after **What you need:**.")


@rule
def further_lessons_have_letters_of_their_own(course: Course) -> Problems:
    """Their equations and exercises are numbered with the first letter of the file's name."""
    seen: dict[str, StoredNotebook] = {}
    for lesson in course.further:
        other = seen.setdefault(lesson.path.name[0].upper(), lesson)
        if other is not lesson:
            yield _problem(lesson, f"begins with the same letter as {other.path.name}.")


@rule
def words_of_other_lessons_are_needed(course: Course) -> Problems:
    """A word of the glossary is used where its lesson came before, or is linked beside it.

    This holds for the words of further lessons everywhere, and for all words in further lessons
    and in the workbook.
    """
    words = [
        (term, lesson)
        for term, target in _terms(course.appendix)
        for lesson in course.all_lessons
        if lesson.path.name == target
    ]
    for notebook in course.taught[1:]:  # the map names them all
        needed = course.needed_by(notebook)
        for term, lesson in words:
            beside_the_path = lesson.is_further or notebook.is_further or notebook.is_workbook
            if lesson is notebook or lesson in needed or not beside_the_path:
                continue
            for cell in notebook.markdown_cells:
                if _has(cell.text, term, whole=True) and lesson.path.name not in cell.text:
                    yield _problem(
                        notebook,
                        f"'{term}' is a word of {lesson.path.name}: name that among what the "
                        "lesson needs, or link it here.",
                        cell,
                    )
                    break


# --- the form of a lesson -------------------------------------------------------------------------


@rule
def every_lesson_begins_and_ends_alike(course: Course) -> Problems:
    """What you will do, learn and need, and the time; at the end a summary and what comes next."""
    beginning = re.compile(
        r"\*\*What you will do(?: here)?:\*\*.*\*\*What you will learn:\*\*.*\*\*What you need:\*\*"
        r".*\*\*Time:\*\* \d+ minutes",
        re.DOTALL,
    )
    for lesson in course.taught:
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
    """`## 1. …`, `## 2. …`, then `## Exercises` (not in lesson 00) and `## Summary`.

    Before them a lesson may ask what one still knows.
    """
    for notebook in [*course.all_lessons, course.appendix]:
        headings = _headings(notebook)
        if headings[:1] == [RETRIEVAL] and notebook is not course.appendix:
            headings = headings[1:]
        ends = ["Exercises", "Summary"]
        if notebook is course.appendix:
            ends = []
        elif notebook.lesson == "00":
            ends = ["Summary"]
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
    """From lesson 01 on three to six, numbered 1.1, 1.2, …, each above the cell that checks it.

    In a further lesson B.1, B.2, …, with its letter. The tasks of a piece that moves count as well.
    """
    for lesson in course.all_lessons[1:]:
        count = 0
        tasks = sum(
            bool(re.search(r"^questions\.m\d\.check\(", c.source, re.M)) for c in lesson.cells
        )
        for cell, below in pairwise(lesson.cells):
            for number in re.findall(r"\*\*Exercise (\S+?)\.\*\*", cell.source):
                count += 1
                if number != f"{lesson.label}.{count}":
                    yield _problem(
                        lesson,
                        f"expected Exercise {lesson.label}.{count}, not {number}.",
                        cell,
                    )
                if below.kind != "code" or f"questions.q{count}.check(" not in below.source:
                    yield _problem(
                        lesson, f"expected questions.q{count}.check(…) in the cell below.", cell
                    )
        if not FEWEST_EXERCISES <= count + tasks <= MOST_EXERCISES:
            yield _problem(
                lesson,
                f"expected {FEWEST_EXERCISES} to {MOST_EXERCISES} exercises, but it has "
                f"{count + tasks}.",
            )


@rule
def the_workbook_counts_its_problems(course: Course) -> Problems:
    """1, 2, 3, … through all its parts: `## 7. …`, **Problem 7.** and then `questions.q7.check`.

    In the end there is `## Summary`; other headings stand anywhere.
    """
    problem = 0
    for part in course.workbook:
        headings = _headings(part)
        asked = [heading for heading in headings if re.match(r"\d", heading)]
        for heading in asked:
            problem += 1
            if not heading.startswith(f"{problem}. "):
                yield _problem(part, f"expected '## {problem}. …', but there is '## {heading}'.")
                return
            places = [
                i for i, cell in enumerate(part.cells) if f"**Problem {problem}.**" in cell.source
            ]
            below = [part.cells[i + 1].source for i in places if i + 1 < len(part.cells)]
            if len(below) != 1 or f"questions.q{problem}.check(my_lines)" not in below[0]:
                yield _problem(
                    part,
                    f"expected **Problem {problem}.** once, and questions.q{problem}.check("
                    "my_lines) in the cell below.",
                )
        if headings[-1:] != ["Summary"]:
            yield _problem(part, f"expected 'Summary' as the last heading, not {headings[-1:]}.")


@rule
def what_comes_back_is_said(course: Course) -> Problems:
    """Before **Next:**, in each lesson that itself begins with questions about earlier ones."""
    for lesson in course.lessons:
        text = lesson.cells[-1].source
        if RETRIEVAL in _headings(lesson) and not re.search(
            rf"^{re.escape(COMES_BACK)} \S.*^\*\*Next:\*\*", text, re.DOTALL | re.MULTILINE
        ):
            yield _problem(lesson, f"expected {COMES_BACK} … before **Next:** in the last cell.")


# --- the time that a lesson takes -----------------------------------------------------------------


@rule
def stated_times_follow_the_formula(course: Course) -> Problems:
    """In the first cell, the map of lesson 00 and the README: `notebook_guards/reading_time`."""
    map_of_00 = "\n".join(cell.source for cell in course.lessons[0].markdown_cells)
    tables = [("the map of lesson 00", map_of_00), ("the table of README.md", course.readme)]
    for lesson in course.taught:
        contents = contents_of(lesson)
        stated = re.search(r"\*\*Time:\*\* (\d+ min)", lesson.cells[0].source)
        places = {"its first cell": stated.group(1) if stated else "no time"}
        for where, text in tables:
            for row in _rows_of_lessons(text):
                if row[0] == f"**{_name(lesson)}**" or f"{lesson.path.name})" in row[0]:
                    places[where] = row[-1]
        for where, came in places.items():
            if came != f"{contents.minutes} min":
                yield _problem(
                    lesson,
                    f"expected {contents.minutes} min in {where}, not {came}: it has "
                    f"{contents.words} words, {contents.lines} lines of code, {contents.equations} "
                    f"equations, {contents.figures} figures, {contents.exercises} exercises, "
                    f"{contents.problems} problems, {contents.tasks} tasks, "
                    f"{contents.predictions} predictions, "
                    f"{contents.retrievals} retrieval blocks.",
                )


@rule
def lessons_of_the_main_path_take_an_hour(course: Course) -> Problems:
    """Or less."""
    for lesson in course.lessons:
        if (minutes := contents_of(lesson).minutes) > LONGEST:
            yield _problem(
                lesson,
                f"takes {minutes} minutes; a lesson of the main path takes {LONGEST} at most. Cut "
                "it, fold a second witness, or move a section into a further lesson.",
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
        found = ENTRY.match(line)
        if found is None:
            yield _problem(
                course.appendix,
                "expected '* **Term** (lesson [07](07_….ipynb)): explanation' or '* **Term** "
                f"(further lesson [Title](further/….ipynb)): …', but there is {line[:80]!r}.",
            )
            continue
        term, target = found.groups()
        terms.append(term)
        place = next((each for each in course.all_lessons if each.path.name == target), None)
        if place is None:
            continue  # links_lead_somewhere reports it
        if not any(_has(cell.source, term) for cell in place.markdown_cells):
            yield _problem(course.appendix, f"{_called(place)} does not have the word '{term}'.")
        before = course.needed_by(place) if place.lesson else course.lessons
        for lesson in course.lessons[1:]:
            if lesson in before and _introduces(lesson, term):
                yield _problem(
                    course.appendix,
                    f"'{term}' leads to {_called(place)}, but {_called(lesson)} has it in bold "
                    "already.",
                )
    for first, second in pairwise(terms):
        if first.casefold() == second.casefold():
            yield _problem(course.appendix, f"'{first}' is there twice.")
        elif first.casefold() > second.casefold():
            yield _problem(course.appendix, f"'{second}' comes after '{first}' in the glossary.")


# * **Term** (lesson [07](07_….ipynb)): …, or (further lesson [Title](further/….ipynb)): …
ENTRY = re.compile(
    r"\* \*\*([^*]+)\*\* "
    r"\((?:lesson \[\d\d\]\(|further lesson \[[^\]]+\]\(further/)(\w+\.ipynb)\)\): \S"
)


def _terms(appendix: StoredNotebook) -> list[tuple[str, str]]:
    """Each word of the glossary, and the file to which it leads."""
    return [found.groups() for found in map(ENTRY.match, _glossary(appendix)) if found]


def _glossary(appendix: StoredNotebook) -> list[str]:
    """The list items of the section."""
    text = "\n\n".join(cell.source for cell in appendix.markdown_cells)
    _, _, section = text.partition(GLOSSARY + "\n")
    return re.findall(r"^[*-] .*", section.split("\n## ")[0], re.MULTILINE)


def _has(text: str, term: str, *, whole: bool = False) -> bool:
    """Whether the text has the term, or a word that begins with it; `whole`: it or its plural."""
    text = re.sub(r"\s+", " ", re.sub(r"[*`$]", "", text))
    end = r"(?:e?s)?(?!\w)" if whole else ""
    return bool(re.search(rf"(?<!\w){re.escape(term)}{end}", text, re.IGNORECASE))


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
            linked = re.search(r"\]\((?:further/)?(\w+\.ipynb)", part)
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


def _named_as_needed(lesson: StoredNotebook) -> list[str]:
    """The files that are linked after **What you need:**."""
    _, _, needs = lesson.cells[0].source.partition("**What you need:**")
    return re.findall(LINK_TO_A_NOTEBOOK, needs.partition("**Time:**")[0])


def _called(lesson: StoredNotebook) -> str:
    return f"lesson {lesson.lesson}" if lesson.lesson else lesson.path.name


def _name(notebook: StoredNotebook) -> str:
    """ "00 Start here": number, and title up to its colon; without a number only a title."""
    title = re.match(r"# (.*)", notebook.cells[0].source)
    title = title.group(1) if title else "without a title"
    if notebook.is_further or notebook.is_workbook:
        return title.split(":")[0]
    return title if notebook.lesson is None else f"{notebook.lesson} {title.split(':')[0]}"


def _link(lesson: StoredNotebook, folder: str = "") -> str:
    return f"[{_name(lesson)}]({folder}{lesson.path.name})"
