"""The questions under the numbers that lessons had when they were first handed out.

    from course_nn.exercises import lesson_01 as questions

Notebooks that somebody has kept say this, and it goes on meaning the same questions, whatever
number their lesson has today. New notebooks take them by topic, from `course_exercises`. The
checks of a homework that has been replaced say so.
"""

from __future__ import annotations

import importlib
import re
import sys
from copy import copy
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# A topic of course_exercises, or, where its questions have gone to several, each of them in turn.
MEANT: dict[str, str | tuple[str, ...]] = {
    "lesson_00": "start_here",
    "lesson_01": "forward_pass",
    "lesson_02": (
        "loss.earlier_q1",
        "loss.earlier_q2",
        "loss.earlier_q3",
        "loss.earlier_q4",
        "loss.earlier_q5",
    ),
    "lesson_03": (
        "gradient_of_W3.earlier_q1",
        "gradient_of_W3.earlier_q2",
        "gradient_of_W3.q2",
        "gradient_of_W3.earlier_q4",
        "gradient_of_W3.earlier_q5",
    ),
    "lesson_04": (
        "gradient_of_W2.earlier_q1",
        "gradient_of_W2.q2",
        "gradient_of_W2.earlier_q3",
        "gradient_of_W2.earlier_q4",
        "gradient_of_W2.q3",
    ),
    "lesson_05": (
        "gradient_of_W1.earlier_q1",
        "gradient_of_W1.q1",
        "classes.earlier_q1",
        "gradient_of_W1.q2",
        "gradient_of_W1.q3",
        "classes.q2",
    ),
    "lesson_06": (
        "computational_graph.earlier_q1",
        "computational_graph.q1",
        "computational_graph.q2",
        "computational_graph.earlier_q4",
        "computational_graph.earlier_q5",
    ),
    "lesson_07": ("sgd.earlier_q1", "sgd.earlier_q2", "sgd.earlier_q3", "sgd.q1", "sgd.q2"),
    "lesson_08": (
        "batches.earlier_q1",
        "batches.earlier_q2",
        "batches.q2",
        "batches.earlier_q4",
        "batches.q3",
    ),
    "lesson_09": (
        "sgd_against_batch.earlier_q1",
        "sgd_against_batch.earlier_q2",
        "loss_surface.earlier_q1",
        "loss_surface.q2",
        "sgd_against_batch.q1",
    ),
    "lesson_10": ("digits.q1", "digits.q2", "digits.earlier_q3"),
    "lesson_11": (
        "bias_and_initialisation.earlier_q1",
        "bias_and_initialisation.q2",
        "momentum_and_schedules.q1",
        "momentum_and_schedules.q2",
        "bias_and_initialisation.q3",
        "pytorch_and_keras.q1",
    ),
    "lesson_12": "generated_code",
    "hw1": "homework.hw1",
    "hw2": "homework.hw2",
    "hw3": "homework.hw3",
    "hw4": "homework.hw4",
}
REPLACED: set[str] = {"hw1", "hw2", "hw3", "hw4"}  # another homework has taken its place

__path__: list[str] = []  # no folder: what Python looks for "in here" is found by the class below


class _ByOldName:
    """Python asks it for `course_nn.exercises.lesson_01`, and gets the module that is meant."""

    @staticmethod
    def find_spec(full_name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        package, _, name = full_name.rpartition(".")
        if package != __name__:
            return None
        if name not in MEANT:
            raise ImportError(
                f"There are no questions {name!r}. The old names are {', '.join(MEANT)}; the "
                "questions by topic are in course_exercises."
            )
        return ModuleSpec(full_name, _ByOldName)  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        return None  # the usual empty one, which gives way at once

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        name = module.__name__.rpartition(".")[2]
        if name in REPLACED:
            vars(module)["__getattr__"] = lambda question: _Replaced(name)
        else:
            sys.modules[module.__name__] = _meant_by(name)


def _meant_by(name: str) -> ModuleType:
    """The module with the questions of an old name, each with its number of then."""
    meant = MEANT[name]
    if not name.startswith("lesson_"):
        return importlib.import_module(f"course_exercises.{meant}")
    old = ModuleType(f"{__name__}.{name}")
    if isinstance(meant, str):
        found = vars(importlib.import_module(f"course_exercises.{meant}"))
        questions = {key: found[key] for key in found if re.fullmatch(r"q\d", key)}
    else:
        questions = {}
        for number, place in enumerate(meant, start=1):
            topic, _, key = place.partition(".")
            found = vars(importlib.import_module(f"course_exercises.{topic}"))
            questions[f"q{number}"] = found[key]
    for key, question in questions.items():
        vars(old)[key] = then = copy(question)
        then.name = f"Exercise {int(name[-2:])}.{key[1:]}"
    return old


class _Replaced:
    """In the place of each question of a homework that has been replaced."""

    def __init__(self, homework: str) -> None:
        self.homework = homework

    def check(self, *_: Any) -> None:
        print(
            f"{self.homework} was replaced by another homework, and this notebook is of the old "
            "one: it is not checked any more."
        )

    hint = solution = check


sys.meta_path.append(_ByOldName)  # type: ignore[arg-type]


def __dir__() -> list[str]:
    return [*MEANT, *globals()]
