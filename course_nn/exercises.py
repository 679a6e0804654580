"""The questions under the numbers that lessons had when they were first handed out.

    from course_nn.exercises import lesson_01 as questions

Notebooks that somebody has kept say this, and it goes on meaning the same questions, whatever
number their lesson has today. New notebooks take them by topic, from `course_exercises`.
"""

from __future__ import annotations

import importlib
from types import ModuleType

MEANT = {
    "lesson_00": "start_here",
    "lesson_01": "forward_pass",
    "lesson_02": "loss",
    "lesson_03": "gradient_of_W3",
    "lesson_04": "gradient_of_W2",
    "lesson_05": "gradient_of_W1",
    "lesson_06": "computational_graph",
    "lesson_07": "sgd",
    "lesson_08": "batches",
    "lesson_09": "sgd_against_batch",
    "lesson_10": "digits",
    "lesson_11": "going_further",
    "lesson_12": "generated_code",
    "hw1": "homework.hw1",
    "hw2": "homework.hw2",
    "hw3": "homework.hw3",
    "hw4": "homework.hw4",
}


def __getattr__(name: str) -> ModuleType:
    if name not in MEANT:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"course_exercises.{MEANT[name]}")


def __dir__() -> list[str]:
    return [*MEANT, *globals()]
