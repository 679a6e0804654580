"""Answers of students that are made up: who knows so much, each time."""

import csv

import numpy as np

from course_grading.inventory.answers import HEADER, Answers
from course_grading.inventory.forms import form


def answers(name, knows, slips=0):
    """Right where `knows` is true, elsewhere the wrong option of this number."""
    letters = []
    for question, known in zip(form(name), knows, strict=True):
        wrong = [letter for letter in "ABCD" if letter != question.key]
        letters.append(question.key if known else wrong[slips])
    return Answers(name, tuple(letters))


def drawn(students, levels, seed=0):
    """A class: for each level, a sheet in which each question is right with that probability."""
    rng = np.random.default_rng(seed)
    return [
        {
            f"s{i:02}": answers("AB"[(i + time) % 2], rng.random(20) < level, int(rng.integers(3)))
            for i in range(students)
        }
        for time, level in enumerate(levels)
    ]


def write(path, sheet):
    """A sheet as a CSV file."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(HEADER)
        lines.writerows([student, each.form, *each.letters] for student, each in sheet.items())
    return path
