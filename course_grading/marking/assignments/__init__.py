"""The homework assignments: what each question asks of a submission, and its points."""

import importlib

from course_grading.marking.rubric import Assignment

NAMES = ("hw1", "hw2", "hw3", "hw4")


def load(name: str) -> Assignment:
    """The assignment of this name.  Raises `ValueError` if there is none."""
    if name not in NAMES:
        raise ValueError(f"there is no assignment {name!r}; there are {', '.join(NAMES)}.")
    return importlib.import_module(f"course_grading.marking.assignments.{name}").ASSIGNMENT
