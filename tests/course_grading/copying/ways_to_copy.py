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
import re
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from itertools import islice, permutations
from time import process_time
from typing import Any, TypeVar

import numpy as np
from pieces_to_copy import Copied, Piece, Value
from submissions_here import code, through_the_channel

import course_nn as nn
from course_exercises.homework.actions import Call, Get, play
from course_exercises.homework.tasks import Task, Wanted
from course_grading.marking import assignments, follow_through, handout, marks
from course_grading.marking.rubric import Part

SECONDS = 2.0  # for one play of a copy; one that fits needs milliseconds
MOST_SECONDS = 0.5  # of processor time, for all ways of a piece that have given nothing
AGAIN = 0.05  # seconds, until one that did not stop is told again
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
    if keys and isinstance(result, dict) and "RESULT" in result:
        if set(keys) <= set(result):
            return {key: result[key] for key in keys}
        result = result["RESULT"]
    if keys and not (isinstance(result, dict) and set(keys) <= set(result)):
        return dict(zip(keys, flat(result)[-len(keys):]))
    return result
'''

Result = TypeVar("Result")

# Names of a piece of its own; what it has not defined is that of the notebook, as it is by then.
LIVE = """
class _Names(dict):
    def __missing__(self, name):
        return globals()[name]
"""


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
    """A copy under a name that is asked for, and what it is worth by itself.

    Args:
        context: of the piece, which `glue` finds run in the dictionary `_copied`.
        fits: whether `glue` has its result fitted.
        order: the arguments of the piece. pick: which of several results is taken, None for all.
    """

    asked: str
    where: str
    glue: str
    context: str = ""
    points: float = 0.0
    fits: bool = False
    order: tuple[str, ...] = ()
    pick: int | None = None

    @property
    def code(self) -> str:
        """As it is handed in."""
        pasted = f"{LIVE}_copied = _Names()\nexec({self.context!r}, _copied)\n"
        return (pasted if self.context else "") + (FIT if self.fits else "") + self.glue


Place = tuple[int, int]


class Homework:
    """What an assignment asks, with public numbers.

    Args:
        key: of the student whose network it is.
    """

    def __init__(self, name: str, key: str = "") -> None:
        self.name, self.key = name, key
        self._pasted: dict[str, dict[str, Any] | None] = {}
        self._fit: dict[str, Any] = {}
        exec(FIT, self._fit)
        self.assignment = assignments.load(name)
        self.handout = handout.load(name)
        self.places: dict[str, list[tuple[Place, Task]]] = {}
        for i, question in self.assignment.graded.items():
            for p, task in enumerate(marks.public(question, key)):
                about = follow_through.answer_of(self.assignment, task)
                self.places.setdefault(about, []).append(((i, p), task))
        self.asked = {each.name: each for each in self._asked()}

    def _asked(self) -> Iterator[Asked]:
        for source in self.handout.answers:
            for node in ast.parse(source).body:
                if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                    continue
                made: ast.stmt = node
                if isinstance(node, ast.ClassDef):
                    made = next(
                        n
                        for n in node.body
                        if isinstance(n, ast.FunctionDef) and n.name == "__init__"
                    )
                assert isinstance(made, ast.FunctionDef)
                names = tuple(argument.arg for argument in made.args.args)
                if node.name in self.places:
                    is_class = isinstance(node, ast.ClassDef)
                    yield Asked(
                        node.name,
                        names[1:] if is_class else names,
                        is_class,
                        self._keys(node.name, source),
                        self._is_text(node.name),
                    )

    def _keys(self, name: str, source: str) -> tuple[str, ...]:
        """Behind the dots of the paths at which the result of a function is looked at, in the order
        in which its cell names them."""
        found: dict[str, None] = {}
        for _, task in self.places[name]:
            into = {s.into for s in task.steps if isinstance(s, Call) and s.path == name}
            for step in task.steps:
                if isinstance(step, Get):
                    first, _, rest = step.path.partition(".")
                    if first in into and rest and not rest[0].isdigit() and "." not in rest:
                        found[rest] = None
        places = {key: re.search(rf"\b{re.escape(key)}\b", source) for key in found}
        return tuple(sorted(found, key=lambda key: at.start() if (at := places[key]) else 0))

    def _is_text(self, name: str) -> bool:
        return any(
            getattr(wanted, "text", False)
            for _, task in self.places[name]
            for wanted in task.wanted.values()
        )

    @cached_property
    def names(self) -> dict[str, Any]:
        """Of a notebook in which everything is right, with this key."""
        space: dict[str, Any] = {"__name__": "__main__", "np": np}
        exec(code(self.name), space)
        return space | {"KEY": self.key}

    def pasted(self, context: str) -> dict[str, Any] | None:
        """The names of a piece of code, run once; None if it takes too long."""
        if context not in self._pasted:
            space = dict(self.names)
            try:
                _within(SECONDS, lambda: exec(compile(context, "<pasted>", "exec"), space))
            except (Exception, _TooLong):
                self._pasted[context] = None
            else:
                self._pasted[context] = space
        return self._pasted[context]

    def right_labels(self, way: Way) -> dict[Place, marks.Judged]:
        """What comes of this, for each part that is about its name, with right answers beside it;
        nothing of a part in which it does not end."""
        return dict(self._played(way, Seen()))

    def _played(self, way: Way, seen: Seen) -> Iterator[tuple[Place, marks.Judged]]:
        """The same, part by part."""
        copied = self.pasted(way.context)
        if copied is None:
            return
        space = {**self.names, "_copied": copied, "_fit": seen.noting(self._fit["_fit"])}
        try:
            exec(compile(way.glue, "<copy>", "exec"), space)
        except KeyError:  # what should define it stopped before
            return
        known = {**space, "course_nn": nn, "numpy": np}
        for place, task in self.places[way.asked]:
            try:
                found = _within(SECONDS, partial(play, task.steps, dict(known)))
            except _TooLong:
                seen.is_endless = True
                return
            values = {label: through_the_channel(v) for label, v in found.items()}
            yield place, marks.judge_part([task], [values])

    def worth(self, way: Way, beaten: float = -1.0, seen: Seen | None = None) -> float:
        """The points that this would give; fewer if it cannot give more than `beaten`."""
        parts = {
            place: self.assignment.graded[place[0]].parts[place[1]]
            for place, _ in self.places[way.asked]
        }
        total, left = 0.0, sum(part.points for part in parts.values())
        for place, judged in self._played(way, seen or Seen()):
            share = judged.share(parts[place])
            total += parts[place].points * share
            left -= parts[place].points
            if total + left <= beaten:
                break
        return total


@dataclass
class Seen:
    """What was seen while a copy was played.

    Args:
        several: whether a result was a list, a dictionary or so, of which one could be picked.
        is_endless: whether it was stopped.
    """

    several: bool = False
    is_endless: bool = False

    def noting(self, fit: Callable[..., Any]) -> Callable[..., Any]:
        """The function that fits results, which notes what it is given."""

        def noted(result: Any, keys: Any, pick: Any) -> Any:
            self.several |= isinstance(result, (dict, tuple, list))
            return fit(result, keys, pick)

        return noted


class _TooLong(BaseException):
    """A copy that was given something else than it was written for did not end."""


def _within(seconds: float, tried: Callable[[], Result]) -> Result:
    """What this returns, if it ends by then; what it prints is not seen.

    The alarm goes off wherever Python is, also where an exception is dropped: in the callback of a
    weak reference, in `__del__`, above a bare `except`. So it comes again until the call has ended,
    nobody is told that it was dropped, and no alarm comes after the call. What was stopped and has
    returned all the same, as `play` does with every error, is not taken.
    """
    is_tried = was_stopped = False

    def stop(*unused: Any) -> None:
        nonlocal was_stopped
        if is_tried:
            was_stopped = True
            raise _TooLong

    def report(dropped: sys.UnraisableHookArgs) -> None:
        if not issubclass(dropped.exc_type, _TooLong):
            report_before(dropped)

    report_before, stop_before = sys.unraisablehook, signal.signal(signal.SIGALRM, stop)
    sys.unraisablehook = report
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            redirect_stdout(io.StringIO()),
            redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            try:
                is_tried = True
                result = tried()
            finally:
                is_tried = False
            if was_stopped:
                raise _TooLong
            return result
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, stop_before)
        sys.unraisablehook = report_before


# ------------------------------------------------------------------ ways to hand in one piece


def orders(asked: Sequence[str], piece: Piece) -> Iterator[tuple[str, ...]]:
    """The arguments for a piece, in its order: by name, then as they stand, then all others."""
    found: dict[tuple[str, ...], None] = {}
    if piece.parameters and set(piece.parameters[: piece.least]) <= set(asked):
        found[tuple(name for name in piece.parameters if name in asked)] = None
    for count in range(max(1, piece.least), len(piece.parameters) + 1):
        if count == len(asked) or (count < len(asked) <= 5):
            most = MOST_ORDERS if piece.shown else 1
            found.update(dict.fromkeys(islice(permutations(asked, count), most)))
    if piece.least == 0 and piece.shown:
        found[()] = None
    yield from found


@cache
def with_locals(piece: Piece) -> str:
    """The piece, returning all that it has computed on its way: the lines are copied, and not only
    what they come to."""
    module = ast.parse(piece.context)
    for node in reversed(module.body):
        if isinstance(node, ast.FunctionDef) and node.name == piece.name:
            if isinstance(node.body[-1], ast.Return) and node.body[-1].value is not None:
                also = ast.parse("dict(locals(), RESULT=0)", mode="eval").body
                assert isinstance(also, ast.Call)
                also.keywords[0].value = node.body[-1].value
                node.body[-1].value = also
            break
    return ast.unparse(module)


def ways(asked: Asked, copied: Copied) -> Iterator[Way]:
    """All ways in which this could stand under this name; the first is the likeliest."""
    if isinstance(copied, Value):
        if not asked.parameters and not asked.is_class and copied.is_text == asked.is_text:
            yield Way(asked.name, copied.where, f"def {asked.name}():\n    return {copied.code}\n")
        return
    if copied.is_class != asked.is_class or asked.is_text:
        return
    context = with_locals(copied) if asked.keys and not copied.is_class else copied.context
    found = f"_copied[{copied.name!r}]"
    if asked.is_class:
        yield Way(asked.name, copied.where, f"{asked.name} = {found}\n", context)
        return
    for order in orders(asked.parameters, copied):
        for pick in (None, *(PICKS if not asked.keys else ())):
            call = f"_{asked.name}({', '.join(order)})"
            yield Way(
                asked.name,
                copied.where,
                f"_{asked.name} = {found}\n"
                f"def {asked.name}({', '.join(asked.parameters)}):\n"
                f"    return _fit({call}, {asked.keys!r}, {pick!r})\n",
                context,
                fits=True,
                order=order,
                pick=pick,
            )


def best_way(homework: Homework, asked: Asked, pool: Iterable[Copied]) -> Way | None:
    """The way that is worth most by itself; None if none is worth anything.

    Not tried is what changes nothing: to pick one of several results where there is one or none.
    And a piece that has not ended, or has used up `MOST_SECONDS` under this name without a point,
    is not tried under it in further ways: what fits needs milliseconds.
    """
    best: Way | None = None
    for copied in pool:
        began, gave, seen = process_time(), False, Seen()
        for way in ways(asked, copied):
            if way.pick is not None and not seen.several:
                continue
            if seen.is_endless or (not gave and process_time() - began > MOST_SECONDS):
                break
            if way.pick is None:
                seen = Seen()
            points = homework.worth(way, best.points if best else 0.0, seen)
            gave |= points > 0
            if points > (best.points if best else 0.0):
                best = replace(way, points=points)
    return best


def best_ways(homework: Homework, pool: Iterable[Copied], *first: str) -> list[Way]:
    """For each name that is asked for, the best way, if one is worth anything.

    Args:
        first: code that the pieces need.
    """
    pool = list(pool)
    for source in first:
        exec(compile(source, "<pasted>", "exec"), {"__name__": "__main__"})
    found = [best_way(homework, asked, pool) for asked in homework.asked.values()]
    return [way for way in found if way is not None]


# ------------------------------------------------------------------ answers without a way


def _paths(homework: Homework, name: str) -> Iterator[tuple[Place, str, str]]:
    """Of the results of a function that are looked at: the part, the label, and the keys."""
    for place, task in homework.places[name]:
        into = {s.into for s in task.steps if isinstance(s, Call) and s.path == name}
        for step in task.steps:
            if isinstance(step, Get):
                first, _, rest = step.path.partition(".")
                if first in into:
                    yield place, step.name, rest


def _returning(name: str, values: Mapping[str, Any]) -> str:
    """A function that returns numbers, each under its key; "" for the result itself."""
    result: Any = values.get("", {})
    for path, value in values.items():
        inner = result
        *keys, last = path.split(".")
        if last:
            for key in keys:
                inner = inner.setdefault(key, {})
            inner[last] = value
    if isinstance(result, dict) and result and all(key.isdigit() for key in result):
        result = [result[key] for key in sorted(result, key=int)]
    return f"def {name}(*unused, **more):\n    from numpy import array\n    return {result!r}\n"


def read_from_the_check(homework: Homework) -> tuple[str, ...]:
    """The right values of the visible check, which lie open in its tasks, returned as they are."""
    cells = []
    for name in homework.asked:
        tasks = dict(homework.places[name])
        values = {}
        for place, label, path in _paths(homework, name):
            wanted = tasks[place].wanted.get(label)
            if isinstance(wanted, Wanted) and path not in values:
                values[path] = np.asarray(wanted.right).tolist()
        if values:
            cells.append(_returning(name, values))
    return tuple(cells)


def share_of(judged: marks.Judged, part: Part, label: str) -> float:
    """Of the points of a label."""
    return judged.share(part, frozenset(), judged.wrong.keys() - {label}) * len(judged.wrong)


NUMBERS = (*range(-12, 31), 0.5, -0.5, 0.25, 1.5, 2.5)


def tried_numbers(homework: Homework) -> tuple[str, ...]:
    """For answers that are numbers and nothing else: all small ones are tried with the check."""
    cells = []
    for name, asked in homework.asked.items():
        if asked.parameters or asked.is_class or asked.is_text:
            continue
        looked_at = list(_paths(homework, name))
        held: dict[str, tuple[float, float]] = {}  # by path, the share and the number
        for number in NUMBERS:
            code_ = _returning(name, {path: number for _, _, path in looked_at})
            judged = homework.right_labels(Way(name, "tried", code_))
            for place, label, path in looked_at:
                if place in judged:
                    part = homework.assignment.graded[place[0]].parts[place[1]]
                    share = share_of(judged[place], part, label)
                    if share > held.get(path, (0.0, 0))[0]:
                        held[path] = share, number
        if held:
            values = {path: held.get(path, (0.0, 0))[1] for _, _, path in looked_at}
            cells.append(_returning(name, values))
    return tuple(cells)
