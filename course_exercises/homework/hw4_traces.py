"""Homework 4, updates on whole numbers: three traces, and logs whose trainer is to be found.

z = x w, squared error, three examples: all numbers belong to the key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from textwrap import fill
from typing import Any

import numpy as np

from course_exercises.homework.actions import Call, Get
from course_exercises.homework.keys import generator
from course_exercises.homework.random_networks import drawn
from course_exercises.homework.tasks import (
    RIGHT,
    ByKey,
    Satisfies,
    Task,
    Verdict,
    Wanted,
    not_right,
    told,
)
from course_exercises.question import Slip, same
from course_exercises.traces import gradient, stories, trace
from course_nn.show import WIDTH

__all__ = ["OTHER_PLACE", "OTHER_STORY", "TOLD", "Log", "examples_of", "log", "logs_of", "traces"]

ETA = 0.5
TRACES = {"SGD": 1, "B = 2": 2, "batch": 3}  # what an update is made from
LOGS = ("A", "B", "C")
LARGEST = 99  # of all weights
Examples = tuple[tuple[float, float], ...]

# Slips by the words that `stories` has for them; each is one slip, whatever the numbers.
_SLIPS: dict[str, Slip] = {}
# These give the numbers of another one: of the sign, and, with η = ½, of η.
_NOT_TOLD = ("a factor 2 in the gradients", "a factor ½ too much", "y − x w stands")


def _slips(B: int, examples: Examples, start: float) -> dict[Slip, list[float]]:
    told_of = stories(B, examples=examples, eta=ETA, start=start)
    return {
        _SLIPS.setdefault(words, Slip(words)): values
        for words, values in told_of.items()
        if not words.startswith(_NOT_TOLD)
    }


@dataclass(frozen=True)
class Numbers:
    """Three examples, pairs of x and y, and the weight at the start."""

    examples: Examples
    start: float


def _numbers(rng: np.random.Generator) -> Numbers:
    """Random ones, with which the sum of the three gradients can be divided by 3."""
    xs = rng.permutation([int(rng.choice([1, -1])), 2, int(rng.choice([-2, 2]))])
    start = int(rng.integers(-3, 4))
    ys = [int(y) for y in rng.integers(-9, 10, size=3)]
    while sum((x * start - y) * x for x, y in zip(xs, ys, strict=True)) % 3:
        ys[2] = int(rng.integers(-9, 10))
    examples = tuple((float(x), float(y)) for x, y in zip(xs, ys, strict=True))
    return Numbers(examples, float(start))


def _small(values: Sequence[float]) -> bool:
    return all(abs(value) <= LARGEST and value % 0.25 == 0 for value in values)


def _can_be_told(numbers: Numbers) -> bool:
    """Whether all right weights are short, and no story looks like another one."""
    right = {
        B: trace(B, eta=ETA, examples=numbers.examples, start=numbers.start)
        for B in TRACES.values()
    }
    stays = len({numbers.start, *right[1]}) < 4  # somewhere there is nothing to learn
    if stays or not all(map(_small, right.values())):
        return False
    for B, count in zip(TRACES.values(), (10, 18, 18), strict=True):
        slips = _slips(B, numbers.examples, numbers.start).values()
        values = {tuple(round(v, 6) for v in each) for each in (right[B], *slips)}
        if len(values) != count + 1:
            return False
    return True


@lru_cache(maxsize=2000)
def examples_of(key: str) -> Numbers:
    """The numbers of the traces that belong to a key."""
    rng = generator(key, "hw4 traces")
    return drawn(lambda: _numbers(rng), _can_be_told, "one in which each story ends elsewhere")


def traces(rng: np.random.Generator, key: str) -> Task:
    """`my_traces`: where w stands after each update of an epoch, in three ways."""
    numbers = examples_of(key)
    wanted = {
        name: Wanted(
            np.array(trace(B, eta=ETA, examples=numbers.examples, start=numbers.start)),
            _slips(B, numbers.examples, numbers.start),
        )
        for name, B in TRACES.items()
    }
    steps = [
        Call("my_traces", (), into="found"),
        *(Get(f"found.{name}", name) for name in TRACES),
    ]
    return Task(_said(numbers), steps, wanted)


def _said(numbers: Numbers) -> str:
    pairs = ", ".join(f"({x:g}, {y:g})" for x, y in numbers.examples)
    return f"w = {numbers.start:g}, η = ½, examples (x, y): {pairs}.".replace("-", "−")


# ------------------------------------------------------------------ logs

# What can have been done in an epoch; an answer has the number of one of them.
TOLD: Mapping[int, str] = {
    1: "SGD: an update after each example.",
    2: "Mini-batches of two, the rest as a batch of its own.",
    3: "Batch learning.",
    4: "An update after each example, but all gradients were taken at the first weight.",
    5: "Mini-batches of two, but the gradients of the second batch were taken at the first weight.",
    6: "Mini-batches of two, but the rest was dropped.",
    7: "Mini-batches of two, but the rest was divided by 2 as well.",
    8: "Batch learning, but with the last gradient alone.",
    9: "Mini-batches of two, but with the sum in place of the mean.",
    10: "SGD, but in reverse order: example 3 came first.",
}
DROPPED = 6  # there is no gradient of example 3, so no log is of it
AT_ANOTHER_WEIGHT = (1, 2, 7, 9)  # than the first, the gradient of example 3

OTHER_STORY = Slip("that is not how the trainer of this log came to its weight.")
OTHER_PLACE = Slip(
    "that is the trainer, but example 3 met another weight there, or has another gradient."
)


def _ended(story: int, numbers: Numbers) -> tuple[float, float | None]:
    """The weight after an epoch, and the weight at which the gradient of example 3 was taken."""

    def g(i: int, w: float) -> float:
        return gradient(w, *numbers.examples[i])

    w = numbers.start
    pair = w - ETA * (g(0, w) + g(1, w)) / 2
    both = w - ETA * (g(0, w) + g(1, w))
    one_by_one = trace(1, eta=ETA, examples=numbers.examples, start=w)
    backwards = trace(1, eta=ETA, examples=numbers.examples[::-1], start=w)
    total = g(0, w) + g(1, w) + g(2, w)
    return {
        1: (one_by_one[-1], one_by_one[1]),
        2: (pair - ETA * g(2, pair), pair),
        3: (w - ETA * total / 3, w),
        4: (w - ETA * total, w),
        5: (pair - ETA * g(2, w), w),
        6: (pair, None),
        7: (pair - ETA * g(2, pair) / 2, pair),
        8: (w - ETA * g(2, w), w),
        9: (both - ETA * g(2, both), both),
        10: (backwards[-1], w),
    }[story]


@dataclass(frozen=True)
class Log:
    """What was noted of a trainer: the weight before an epoch, which `numbers` has, and after it.

    What the trainer did is not kept: it follows from the two, see `_all_differ`.
    """

    numbers: Numbers
    end: float

    def __str__(self) -> str:
        return f"before the epoch w = {self.numbers.start:g}, after it w = {self.end:g}".replace(
            "-", "−"
        )


def _all_differ(numbers: Numbers) -> bool:
    """Whether the end tells the story, and example 3 has another gradient at each weight."""
    found = [_ended(story, numbers) for story in TOLD]
    ends = [end for end, _ in found]
    places = {place for _, place in found if place is not None}
    gradients = {gradient(place, *numbers.examples[2]) for place in places}
    short = _small(ends) and _small(sorted(places))
    return short and len(set(ends)) == len(ends) and len(places) == 4 and len(gradients) == 4


@lru_cache(maxsize=2000)
def logs_of(key: str) -> dict[str, Log]:
    """Three logs with the same examples, of three trainers; A is of one that moved on."""
    rng = generator(key, "hw4 logs")
    numbers = drawn(lambda: _numbers(rng), _all_differ, "one in which each story ends elsewhere")
    first = int(rng.choice(AT_ANOTHER_WEIGHT))
    others = [story for story in TOLD if story not in (first, DROPPED)]
    told_of = rng.permutation([first, *rng.choice(others, size=2, replace=False)])
    ends = [_ended(int(story), numbers)[0] for story in told_of]
    return {name: Log(numbers, end) for name, end in zip(LOGS, ends, strict=True)}


def log(rng: np.random.Generator, key: str) -> Task:
    """`my_logs`: for each log the number of the trainer, the weight at which the gradient of
    example 3 was taken, and this gradient."""
    logs = logs_of(key)
    steps = [Call("my_logs", (), into="found"), *(Get(f"found.{name}", name) for name in LOGS)]
    said = f"{_said(logs['A'].numbers)} " + "; ".join(f"{n}: {each}" for n, each in logs.items())
    return Task(said, steps, {name: Satisfies(_judge(each)) for name, each in logs.items()})


def _judge(of: Log) -> Any:
    """The judge of [number of the trainer, weight, gradient]."""

    def judge(found: Any) -> Verdict:
        if found.shape != (3,):
            return not_right("three numbers are needed: the trainer, a weight, a gradient.")
        story, *numbers = (float(value) for value in found)
        if story not in TOLD:
            return not_right(f"the first number is that of a trainer, from 1 to {len(TOLD)}.")
        end, place = _ended(int(story), of.numbers)
        if end != of.end or place is None:
            return told(OTHER_STORY)
        right = [place, gradient(place, *of.numbers.examples[2])]
        return RIGHT if same(numbers, right) else told(OTHER_PLACE)

    return judge


TASKS = {"three traces": ByKey(traces), "three logs": ByKey(log)}


def show_traces(key: str = "") -> None:
    """Print the numbers of the traces that belong to a key."""
    print(_said(examples_of(key)))


def show_logs(key: str = "") -> None:
    """Print the logs that belong to a key, and what their trainers can have done."""
    logs = logs_of(key)
    print(_said(logs["A"].numbers))
    for name, each in logs.items():
        print(f"Log {name}: {each}")
    print("\nWhat a trainer can have done in the epoch:")
    for number, words in TOLD.items():
        print(fill(words, WIDTH, initial_indent=f"{number:4}  ", subsequent_indent=" " * 6))
