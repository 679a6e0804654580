"""Hands in copied pieces under the names that a homework asks for, by trying, without a thought.

A piece is tried under every name whose number of arguments it can take: by the names of its
parameters, in the order in which they stand, and in every other order. What it returns is fitted to
the form that is asked for: a tuple becomes a dictionary, of several results each is tried.

All is first played in this process, with the grader's own judge; what is worth nothing there is not
handed in. What counts is what the grader gives in its sandbox, see `copyists.py`.
"""

from __future__ import annotations

import ast
import io
import signal
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, permutations
from typing import Any

import numpy as np
from pieces_to_copy import Copied, Piece, Value
from submissions_here import code, through_the_channel

import course_nn as nn
from course_exercises.homework.actions import Call, Get, play
from course_exercises.homework.tasks import Task
from course_grading.marking import assignments, follow_through, handout, marks, right_answers

SECONDS = 2.0  # for one play of a copy; one that fits needs milliseconds
MOST_ORDERS = 24  # of arguments
PICKS = (0, 1, 2, -1)  # of several results

FIT = '''
def _fit(result, keys, pick):
    """The result in the form that is asked for."""
    def flat(value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, (tuple, list)):
            return [one for each in value for one in flat(each)]
        return [value]
    if pick is not None:
        return flat(result)[pick]
    if keys and not (isinstance(result, dict) and set(keys) <= set(result)):
        return dict(zip(keys, flat(result)[-len(keys):]))
    return result
'''


@dataclass(frozen=True)
class Asked:
    """A name that a homework asks for.

    Args:
        parameters: of the function; of a class, those of `__init__`.
        keys: of the dictionary that is to be returned, if it is one.
        is_text: whether a text is wanted.
    """

    name: str
    parameters: tuple[str, ...]
    is_class: bool
    keys: tuple[str, ...] = ()
    is_text: bool = False


@dataclass(frozen=True)
class Way:
    """A copy under a name that is asked for: the code, and what it is worth by itself."""

    asked: str
    where: str
    code: str
    points: float = 0.0


Place = tuple[int, int]


class Homework:
    """What an assignment asks, with public numbers.

    Args:
        key: of the student whose network it is.
    """

    def __init__(self, name: str, key: str = "") -> None:
        self.name, self.key = name, key
        self.assignment = assignments.load(name)
        self.handout = handout.load(name)
        self.places: dict[str, list[tuple[Place, Task]]] = {}
        for i, question in self.assignment.graded.items():
            for p, task in enumerate(self.public(question)):
                about = follow_through.answer_of(self.assignment, task)
                self.places.setdefault(about, []).append(((i, p), task))
        self.asked = {each.name: each for each in self._asked()}

    def public(self, question: Any) -> Sequence[Task]:
        """The tasks of the visible check."""
        return marks.public(question)

    def _asked(self) -> Iterator[Asked]:
        for source in self.handout.answers:
            for node in ast.parse(source).body:
                if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                    continue
                made: ast.stmt = node
                if isinstance(node, ast.ClassDef):
                    made = next(
                        n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"
                    )
                assert isinstance(made, ast.FunctionDef)
                names = tuple(argument.arg for argument in made.args.args)
                if node.name in self.places:
                    is_class = isinstance(node, ast.ClassDef)
                    yield Asked(
                        node.name,
                        names[1:] if is_class else names,
                        is_class,
                        self._keys(node.name),
                        self._is_text(node.name),
                    )

    def _keys(self, name: str) -> tuple[str, ...]:
        """Behind the dots of the paths at which the result of a function is looked at."""
        found: dict[str, None] = {}
        for _, task in self.places[name]:
            into = {s.into for s in task.steps if isinstance(s, Call) and s.path == name}
            for step in task.steps:
                if isinstance(step, Get):
                    first, _, rest = step.path.partition(".")
                    if first in into and rest and not rest[0].isdigit() and "." not in rest:
                        found[rest] = None
        return tuple(found)

    def _is_text(self, name: str) -> bool:
        return any(
            getattr(wanted, "text", False)
            for _, task in self.places[name]
            for wanted in task.wanted.values()
        )

    @cache
    def names(self) -> dict[str, Any]:
        """Of a notebook in which everything is right."""
        space: dict[str, Any] = {"__name__": "__main__", "np": np}
        exec(code(self.name), space)
        return space

    def worth(self, way: Way) -> float:
        """The points of all parts that are about this name, with right answers beside it."""
        space = dict(self.names())
        try:
            with _quiet(SECONDS):
                exec(compile(way.code, "<copy>", "exec"), space)
        except BaseException:
            return 0.0
        total = 0.0
        for (i, p), task in self.places[way.asked]:
            part = self.assignment.graded[i].parts[p]
            try:
                with _quiet(SECONDS):
                    found = play(task.steps, {**space, "course_nn": nn, "numpy": np})
            except _TooLong:
                return total
            values = {label: through_the_channel(v) for label, v in found.items()}
            total += part.points * marks.judge_part([task], [values]).share(part)
        return total


class _TooLong(BaseException):
    """A copy that was given something else than it was written for did not end."""


@contextmanager
def _quiet(seconds: float) -> Iterator[None]:
    def stop(*unused: Any) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            redirect_stdout(io.StringIO()),
            redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# ------------------------------------------------------------------ ways to hand in one piece


def orders(asked: Sequence[str], piece: Piece) -> Iterator[tuple[str, ...]]:
    """The arguments for a piece, in its order: by name, then as they stand, then all others."""
    found: dict[tuple[str, ...], None] = {}
    if piece.parameters and set(piece.parameters[: piece.least]) <= set(asked):
        found[tuple(name for name in piece.parameters if name in asked)] = None
    for count in range(piece.least, len(piece.parameters) + 1):
        if count == len(asked) or (count < len(asked) <= 5):
            found.update(dict.fromkeys(islice(permutations(asked, count), MOST_ORDERS)))
    if piece.least == 0:
        found[()] = None
    yield from found


def ways(asked: Asked, copied: Copied) -> Iterator[Way]:
    """All ways in which this could stand under this name; the first is the likeliest."""
    if isinstance(copied, Value):
        if not asked.parameters and not asked.is_class and copied.is_text == asked.is_text:
            yield Way(
                asked.name, copied.where, f"def {asked.name}():\n    return {copied.code}\n"
            )
        return
    if copied.is_class != asked.is_class or asked.is_text:
        return
    pasted = f"_copied = dict(globals())\nexec({copied.context!r}, _copied)\n"
    if asked.is_class:
        yield Way(asked.name, copied.where, f"{pasted}{asked.name} = _copied[{copied.name!r}]\n")
        return
    for order in orders(asked.parameters, copied):
        for pick in (None, *(PICKS if not asked.keys else ())):
            call = f"_{asked.name}({', '.join(order)})"
            yield Way(
                asked.name,
                copied.where,
                f"{pasted}_{asked.name} = _copied[{copied.name!r}]\n{FIT}"
                f"def {asked.name}({', '.join(asked.parameters)}):\n"
                f"    return _fit({call}, {asked.keys!r}, {pick!r})\n",
            )


def best_way(homework: Homework, asked: Asked, pool: Iterable[Copied]) -> Way | None:
    """The way that is worth most by itself; None if none is worth anything."""
    best: Way | None = None
    for copied in pool:
        for way in ways(asked, copied):
            points = homework.worth(way)
            if points > (best.points if best else 0.0):
                best = Way(way.asked, way.where, way.code, points)
    return best


def best_ways(homework: Homework, pool: Iterable[Copied]) -> dict[str, Way]:
    """For each name that is asked for, the best way, if one is worth anything."""
    pool = list(pool)
    found = {name: best_way(homework, asked, pool) for name, asked in homework.asked.items()}
    return {name: way for name, way in found.items() if way is not None}
