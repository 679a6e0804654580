"""Whole submissions, played in this process as the sandbox plays them, and marked together."""

import json
import linecache
import warnings
from functools import cache
from pathlib import Path

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Failure, play
from course_grading.marking import assignments, follow_through, marks, right_answers
from course_grading.sandbox.channel import read_value
from course_grading.sandbox.inside import wire

SOURCES = Path(__file__).parents[4] / "homework" / "source"


@cache
def code(name):
    """What the source of an assignment defines, solutions included."""
    cells = json.loads((SOURCES / name / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    pieces = []
    for cell in cells:
        about = cell["metadata"]
        solution = cell["cell_type"] == "code" and about.get("nbgrader", {}).get("solution")
        if solution or "given" in about.get("tags", []):
            pieces.append("".join(cell["source"]))
    return compile("\n\n".join(pieces), "<cell>", "exec")


@cache
def right_answers_of(name):
    """By what they define: text and code."""
    return {
        answer: (text, compile(text, "<cell>", "exec"))
        for answer, text in right_answers.load(name).items()
    }


def altered(name, answer, *changes):
    """The right answer with each old text replaced by the new one."""
    text, _ = right_answers_of(name)[answer]
    for old, new in changes:
        assert old in text, f"{answer} of {name} has no {old!r}"
        text = text.replace(old, new)
    return text


def through_the_channel(value):
    """What the grader reads for a value that comes out of the sandbox."""
    if isinstance(value, Failure):
        return value
    try:
        return read_value(wire.encode(value, numbers_as_array=True))
    except wire.NotPlain as what:
        return Failure("type", str(what))
    except Exception:  # an object whose methods fail
        return Failure("type", "an object of its own")


def played(name, slips, tasks, right=()):
    """What is found with the names of the solution, some of them defined otherwise."""
    names = {"__name__": "__main__", "np": np}
    exec(code(name), names)
    for i, slip in enumerate(slips, 1):
        file = f"<cell {i}>"
        linecache.cache[file] = (len(slip), None, slip.splitlines(True), file)
        exec(compile(slip, file, "exec"), names)
    for answer in right:
        exec(right_answers_of(name)[answer][1], names)
    found = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for task in tasks:
            values = play(task.steps, {**names, "course_nn": nn, "numpy": np})
            found.append({label: through_the_channel(v) for label, v in values.items()})
    return found


def marked(name, slips, seed):
    """The marks of the solution with these slips in it."""
    assignment = assignments.load(name)
    tasks = {
        (i, p): marks.cases(assignment, i, p, seed)
        for i, question in assignment.graded.items()
        for p in range(len(question.parts))
    }
    found = {place: played(name, slips, cases) for place, cases in tasks.items()}

    def play_again(question, tasks, *, as_of, right):
        return played(name, slips, tasks, right)

    return follow_through.mark_all(assignment, tasks, found, play_again)


def lost(questions):
    """The points that each question has lost, where it is any."""
    points = {q.number: round(q.out_of - q.points, 2) for q in questions}
    return {number: less for number, less in points.items() if less}


def said(questions):
    """All that is said to the student."""
    return {words for question in questions for part in question.parts for words in part.said}
