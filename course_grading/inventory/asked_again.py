"""The tasks about earlier lessons (`course_exercises.recall`) as questions for other platforms.

A number stays a number. A letter is chosen among the lines of the task. A line, which the course
reads in any notation, is chosen here among what the task knows: the right one, and the usual wrong
ones.
"""

from __future__ import annotations

import re

import numpy as np

from course_exercises.recall.blocks import KNOWN
from course_exercises.recall.recall import draw
from course_exercises.recall.task import LETTER, LINE, NUMBER, Task
from course_grading.inventory.question import Choice, Option, Question, WholeNumber


def asked_again(number: int = 0) -> list[Question]:
    """The tasks of all lessons.

    Args:
        number: of the draw; 0 is what stands in the lessons.
    """
    return [
        _question(f"recall-{idea}", of, draw(family, idea, number))
        for idea, (family, of) in KNOWN.items()
    ]


def _question(name: str, of: str, task: Task) -> Question:
    title, idea = f"of lesson {of}", f"lesson {of}"
    if task.wanted == NUMBER:
        slips = tuple((float(value), words) for words, value in task.stories.items())
        return WholeNumber(name, title, idea, task.text, task.right, slips, task.because)
    if task.wanted == LETTER:
        letters = re.findall(r"^\* ([a-j]):", task.text, flags=re.M)
        said = {letter: words.partition(": ")[2] for words, letter in _pairs(task)}
        options = tuple(
            Option(f"({letter})", "" if letter == task.right else said.get(letter, "it is right"))
            for letter in letters
        )
        return Choice(name, title, idea, task.text, options, task.because)
    assert task.wanted == LINE
    left = task.right.partition(" = ")[0]
    lines = {task.right: ""}
    for words, wrong in task.stories.items():
        line = wrong if wrong.startswith(f"{left} = ") else f"{left} = {wrong}"
        lines.setdefault(line, words)
    order = np.random.default_rng([*name.encode()]).permutation(len(lines))
    shown = [*lines.items()]
    options = tuple(Option(f"`{shown[i][0]}`", shown[i][1]) for i in order)
    text = f"{task.text}\n\nWhich of these is it?"
    return Choice(name, title, idea, text, options, task.because)


def _pairs(task: Task) -> list[tuple[str, str]]:
    return [(words, str(letter)) for words, letter in task.stories.items()]
