"""Whether a homework's notebook says what its rubric says: points, titles, questions.

The rubric in `course_grading/marking/assignments` is the one place where they stand. The headings
of a notebook repeat them for the student, nbgrader's metadata for whoever grades with nbgrader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

from course_grading.marking.rubric import Assignment, GradedQuestion, WrittenQuestion

POINTS = 100  # of an assignment

# What students read: these lines and brackets are written so in all notebooks.
HEADING = re.compile(r"^## Question (\d+): (.+) \(([\d.]+) points?\)$", re.MULTILINE)
QUESTION = re.compile(r"^#+ Question\b.*$", re.MULTILINE)
IN_ALL = re.compile(r"There are (\d+) questions and ([\d.]+) points")
IN_BRACKETS = re.compile(r"\(([\d.]+) points?\)")
A_SHARE = re.compile(r"([\d.]+) of the ([\d.]+) points")


@dataclass
class _Section:
    """A question in the notebook: its heading, and the cells up to the next one."""

    title: str
    points: float
    texts: list[str] = field(default_factory=list)
    graded: list[tuple[str, NotebookNode]] = field(default_factory=list)


def disagreements(notebook: NotebookNode, assignment: Assignment) -> Iterator[str]:
    """A sentence for each place in which notebook and rubric differ: what stands there, what the
    rubric has."""
    if assignment.points != POINTS:
        yield f"expected {POINTS} points in the rubric, not {_shown(assignment.points)}."
    opening, sections, odd = _divided(notebook)
    yield from odd
    yield from _of_the_opening(opening, assignment)
    for number, question in enumerate(assignment.questions, start=1):
        place = f"question {number}"
        section = sections.pop(number, None)
        if section is None:
            heading = f"## Question {number}: {question.title} ({_shown(question.points)} points)"
            yield f"{place}: the rubric has it, but no cell begins with {heading!r}."
            continue
        yield from (f"{place}: {words}" for words in _of_a_question(question, number, section))
    for number, section in sections.items():
        has = f"the rubric has {len(assignment.questions)} questions"
        yield f"question {number}: the notebook has it ({section.title!r}), but {has}."


def _divided(notebook: NotebookNode) -> tuple[str, dict[int, _Section], list[str]]:
    """The text above the first question, the questions by number, and headings that are odd."""
    opening: list[str] = []
    sections: dict[int, _Section] = {}
    odd = []
    section: _Section | None = None
    for place, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            text = cell.source
            for line in QUESTION.findall(text):
                heading = HEADING.fullmatch(line)
                if heading is None or int(heading[1]) in sections:
                    why = "has this number already" if heading else "is not as it must be"
                    odd.append(
                        f"cell {place}: the heading {line!r} {why}; expected "
                        "'## Question 1: TITLE (10 points)'."
                    )
                    continue
                section = sections[int(heading[1])] = _Section(heading[2], float(heading[3]))
                text = text.replace(line, "", 1)
            (section.texts if section else opening).append(text)
        if section and cell.metadata.get("nbgrader", {}).get("grade"):
            section.graded.append((f"cell {place}", cell))
    return "\n".join(opening), sections, odd


def _of_the_opening(text: str, assignment: Assignment) -> Iterator[str]:
    kinds = (GradedQuestion, WrittenQuestion)
    for questions, points in IN_ALL.findall(text):
        said, wanted = (int(questions), float(points)), (len(assignment.questions), POINTS)
        if said != wanted:
            yield (
                f"the opening says {questions} questions and {points} points; the rubric has "
                f"{wanted[0]} and {wanted[1]}."
            )
        of_kinds = [
            sum(q.points for q in assignment.questions if isinstance(q, kind)) for kind in kinds
        ]
        in_brackets = [float(points) for points in IN_BRACKETS.findall(text)]
        if in_brackets and in_brackets != of_kinds:
            yield (
                f"the opening says in brackets {_listed(in_brackets)} points; the rubric has "
                f"{_listed(of_kinds)}, for what the grader marks and for what a person does."
            )


def _of_a_question(
    question: GradedQuestion | WrittenQuestion, number: int, section: _Section
) -> Iterator[str]:
    points = _shown(question.points)
    if section.title != question.title:
        yield f"its heading has the title {section.title!r}; the rubric has {question.title!r}."
    if section.points != question.points:
        yield f"its heading says {_shown(section.points)} points; the rubric has {points}."
    if isinstance(question, GradedQuestion) and question.question.name != f"Question {number}":
        yield f"its visible check calls itself {question.question.name!r}."
    if len(section.graded) != 1:
        yield (
            f"{len(section.graded)} of its cells are graded by nbgrader's metadata; expected one, "
            f"with {points} points."
        )
    for place, cell in section.graded:
        yield from _of_a_cell(question, f"nbgrader's metadata of {place}", cell)
    text = "\n".join(section.texts)
    parts = [float(found) for found in IN_BRACKETS.findall(text)]
    if parts and sum(parts) != question.points:
        yield (
            f"the points in brackets in its text, {_listed(parts)}, add up to "
            f"{_shown(sum(parts))}; the rubric has {points}."
        )
    for some, all_ in A_SHARE.findall(text):
        yield from _of_a_share(question, float(some), float(all_))


def _of_a_cell(
    question: GradedQuestion | WrittenQuestion, place: str, cell: NotebookNode
) -> Iterator[str]:
    meta = cell.metadata.nbgrader
    if meta.get("points") != question.points:
        yield f"{place} has {meta.get('points')} points; the rubric has {_shown(question.points)}."
    written = isinstance(question, WrittenQuestion)
    if (cell.cell_type == "markdown") != written:
        kind = "a person marks it" if written else "the grader marks it"
        yield f"{place} is that of a {cell.cell_type} cell; by the rubric, {kind}."
    if isinstance(question, WrittenQuestion) and meta.get("grade_id") != question.grade_id:
        yield (
            f"{place} has the grade_id {meta.get('grade_id')!r}; the rubric has "
            f"{question.grade_id!r}."
        )


def _of_a_share(
    question: GradedQuestion | WrittenQuestion, some: float, all_: float
) -> Iterator[str]:
    """What is said to be given for a slip, as in "9 of the 12 points"."""
    if all_ != question.points:
        yield (
            f"its text speaks of {_shown(some)} of the {_shown(all_)} points; the rubric has "
            f"{_shown(question.points)}."
        )
        return
    credit = {
        round(share * part.points, 2)
        for part in (question.parts if isinstance(question, GradedQuestion) else ())
        for share in part.credit.values()
    }
    if some not in credit:
        yield (
            f"its text speaks of {_shown(some)} of the {_shown(all_)} points; for a slip the "
            f"rubric gives {_listed(sorted(credit)) or 'nothing'}."
        )


def _shown(points: float) -> str:
    return f"{points:g}"


def _listed(points: Sequence[float]) -> str:
    return ", ".join(map(_shown, points))
