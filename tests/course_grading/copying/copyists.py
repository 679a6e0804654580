"""Submissions without understanding, graded by the real grader: what each gets of 80.

A row is what somebody hands in who copies from one place: the solutions of exercises, the cells of
lessons, what `nn.derive` prints, and so on. From most places the best pieces are found by trying
(`ways_to_copy.py`); what needs a little glue is written in `copied_by_hand_hwN.py`. The best
copyist of all takes for every answer the row that gets most for it.

    python tests/course_grading/copying hw2 [--key KEY]

prints the table.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from pieces_to_copy import Copied, derived_code, exercises, lessons, of_source, pasted
from ways_to_copy import Homework, Place, best_ways, read_from_the_check, tried_numbers

from course_exercises.homework.keys import new_key
from course_exercises.homework.tasks import ByKey
from course_grading.intake.notebook import Cell, Notebook
from course_grading.marking import one_submission, right_answers
from course_grading.sandbox.box import Sandbox

SEED = 20_011
KEY = new_key(np.random.default_rng(5))


class Kind(StrEnum):
    """How somebody comes by an answer."""

    COPIED = "copied"  # from what the course shows and prints
    TRIED = "tried"  # until the visible check is content
    NUMERIC = "numeric"  # by differences of another kind than any page shows, and no chain rule
    READ = "read"  # out of the source of the check
    NEIGHBOUR = "a neighbour's"  # which is as right as theirs, but where the key counts


@dataclass(frozen=True)
class Row:
    """What somebody hands in who takes it from one place: what was handed in, and its cells.

    Args:
        seconds: for a question, if less than the grader's are enough to see that it does not end.
    """

    what: str
    cells: tuple[str, ...]
    kind: Kind = Kind.COPIED
    seconds: float | None = None


@dataclass(frozen=True)
class Graded:
    """A row and the points that the grader gives it, by part."""

    row: Row
    points: Mapping[Place, float]

    @property
    def total(self) -> float:
        return sum(self.points.values())


def of_pool(homework: Homework, what: str, pool: Iterable[Copied], *first: str) -> Row:
    """The best pieces of a pool; `first` are cells that they need."""
    ways = best_ways(homework, pool, *first)
    return Row(what, (*first, *(way.code for way in ways)) if ways else ())


def rows(homework: Homework) -> Iterator[Row]:
    """All rows of a homework."""
    yield of_pool(homework, "solutions of exercises", exercises())
    yield of_pool(homework, "cells of lessons", lessons())
    yield of_pool(homework, "code and lines of nn.derive", derived_code())
    yield of_pool(homework, "source of course_nn", of_source("course_nn"), pasted("course_nn"))
    yield from by_hand(homework)
    yield Row("small numbers", tried_numbers(homework), Kind.TRIED)
    yield Row("right values of the check", read_from_the_check(homework), Kind.READ)
    both = (pasted("course_nn"), pasted("course_exercises"))
    row = of_pool(homework, "source of course_exercises", of_source("course_exercises"), *both)
    yield replace(row, kind=Kind.READ)


def by_hand(homework: Homework) -> Iterator[Row]:
    """What needs a little glue."""
    module = importlib.import_module(f"copied_by_hand_{homework.name}")
    endless: Mapping[str, float] = getattr(module, "ENDLESS", {})
    for kind, what, cells in module.rows(homework):
        yield Row(what, tuple(cells), Kind(kind), endless.get(what))


def neighbour(homework: Homework) -> Row:
    """The right answers of everybody's network, handed in under a key."""
    return Row(
        "right answers of another key",
        tuple(right_answers.load(homework.name).values()),
        Kind.NEIGHBOUR,
    )


# ------------------------------------------------------------------ grading


class Grader:
    """The grader, with one sandbox for all rows."""

    def __init__(self, homework: Homework, sandbox: Sandbox, seed: int = SEED) -> None:
        self.homework, self.sandbox, self.seed = homework, sandbox, seed

    def grade(self, row: Row) -> Graded:
        """The points of each part."""
        homework = self.homework
        if not row.cells:
            return Graded(row, {})
        outcome = one_submission.grade(
            replace(homework.assignment, seconds=row.seconds or homework.assignment.seconds),
            Notebook(tuple(Cell("code", source) for source in row.cells)),
            homework.handout,
            self.sandbox,
            self.seed,
            key=homework.key,
        )
        numbers = {q.number: q for q in outcome.questions}
        return Graded(
            row,
            {
                (i, p): part.points
                for i in homework.assignment.graded
                for p, part in enumerate(numbers[i + 1].parts)
            },
        )


@contextmanager
def grader(homework: Homework) -> Iterator[Grader]:
    """A grader of this homework."""
    with Sandbox(homework.assignment.provides) as sandbox:
        sandbox.prepare()
        yield Grader(homework, sandbox)


def points_of_answer(homework: Homework, graded: Graded, name: str) -> float:
    """What a row gets for the parts that are about one answer."""
    return sum(graded.points.get(place, 0.0) for place, _ in homework.places[name])


def best_of_all(
    homework: Homework, graded: Iterable[Graded], *kinds: Kind
) -> dict[str, tuple[float, str]]:
    """For each answer the most that a row of these kinds gets for it, and which one that is."""
    counted = [each for each in graded if each.row.kind in (kinds or (Kind.COPIED,))]
    return {
        name: max(
            ((points_of_answer(homework, each, name), each.row.what) for each in counted),
            default=(0.0, ""),
        )
        for name in homework.asked
    }


def keyed(homework: Homework) -> frozenset[Place]:
    """The parts that depend on whose key it is."""
    return frozenset(
        (i, p)
        for i, question in homework.assignment.graded.items()
        for p, part in enumerate(question.parts)
        if isinstance(part.task, ByKey)
    )


# ------------------------------------------------------------------ the table


TOTALS = {
    "the best row for every answer, copied": (Kind.COPIED,),
    "the same, copied or by differences of one's own": (Kind.COPIED, Kind.NUMERIC),
    "the same, copied or tried": (Kind.COPIED, Kind.TRIED),
    "the same, copied, tried or read": (Kind.COPIED, Kind.TRIED, Kind.READ),
}


def table(homework: Homework, graded: Iterable[Graded]) -> str:
    """What was handed in, and what it gets of 80."""
    graded = list(graded)
    asked = homework.assignment.graded
    of_80 = sum(question.points for question in asked.values())
    head = "".join(f"  q{i + 1:<4}" for i in asked)
    lines = [f"{homework.name}: what was handed in".ljust(58) + f"of {of_80:g}" + head]
    for each in graded:
        by_question = {
            i: sum(points for (q, _), points in each.points.items() if q == i) for i in asked
        }
        lines.append(
            f"{each.row.what} ({each.row.kind})".ljust(56)[:70]
            + f"{each.total:7.2f}"
            + "".join(f"{points:7.2f}" for points in by_question.values())
        )
    for title, kinds in TOTALS.items():
        best = best_of_all(homework, graded, *kinds)
        total = sum(points for points, _ in best.values())
        lines.append(f"{title.ljust(56)}{total:7.2f}")
        lines += [
            f"    {name}: {points:g} ({what})" for name, (points, what) in best.items() if points
        ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("homework", nargs="+")
    parser.add_argument("--key", default="")
    options = parser.parse_args()
    for name in options.homework:
        homework = Homework(name, options.key)
        with grader(homework) as its:
            print(table(homework, [its.grade(row) for row in rows(homework)]), flush=True)


if __name__ == "__main__":
    main()
