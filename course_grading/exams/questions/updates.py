"""The trace of one weight under SGD, mini-batches and batch learning, on whole numbers.

z = x w under squared error, three examples. The numbers are such that every wrong story of
`course_exercises.traces` ends elsewhere, so the last weight tells which story was in the head.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations, pairwise
from typing import Any

import autograd
import numpy as np

from course_exercises import traces
from course_grading.exams import witnesses
from course_grading.exams.question import (
    ExamRefused,
    KeyLine,
    Part,
    Question,
    WrongLine,
    number,
    shared_out,
)

KIND = "updates"
TRIES, AT_ONCE = 200_000, 2_000
LEAST = [1, 1, 1, -19, -19, -19, -5]  # x of three examples, y of three, the weight at the start
MOST = [3, 3, 3, 19, 19, 19, 5]
SMALLEST = 1e-3  # by which weights differ
LARGEST = 20  # of a weight and of a gradient
ETA = 0.5
SAME_END = "leave it out"  # of the one story that is wrong only in what is written down
CALLED = {1: "SGD, one example after the other", 2: "mini-batches of B = 2", 3: "batch learning"}
WEIGHTS_NEEDED = {1: 3, 2: 2, 3: 1}
GENERIC = {"examples": ((1.37, 2.91), (0.83, -3.17), (2.71, 0.59)), "start": 0.43, "eta": ETA}
TOLD_APART = ("the sign", "η is", "the factor x", "y − x w", "the gradients were added", "that is")
COUNTED = {1: "", 2: "in both updates: ", 3: "in all three updates: "}


def draw(
    rng: np.random.Generator, ways: tuple[int, ...], form: int = 0, *, points: int, minutes: int
) -> Question:
    """A question about these ways, 1 for SGD, 2 for batches of two, 3 for batch learning.

    Each form has other numbers, if they are drawn by equal generators.
    """
    met: list[dict[str, Any]] = []
    for _ in range(TRIES // AT_ONCE):
        drawn = rng.integers(LEAST, MOST, size=(AT_ONCE, len(LEAST)), endpoint=True)
        xs, ys, start = drawn[:, :3], drawn[:, 3:6], drawn[:, 6:]
        # With η = ½ the first updates of the three ways are whole: ½, ¼ and ⅙ of these sums.
        sums = np.cumsum(xs * (xs * start - ys), axis=1)
        fits = (sums % [2, 4, 6] == 0).all(axis=1)
        fits &= xs[:, -1] * ETA != 1  # see `not_told_apart`
        fits &= np.ptp(xs, axis=1) > 0
        for x1, x2, x3, y1, y2, y3, w in drawn[fits].astype(float).tolist():
            task = {"examples": ((x1, y1), (x2, y2), (x3, y3)), "start": w, "eta": ETA}
            if (
                task not in met
                and _is_whole(task)
                and next(coinciding(task), None) is None
                and next(not_told_apart(task, ways), None) is None
            ):
                met.append(task)
                if len(met) > form:
                    return _asked(task, ways, points=points, minutes=minutes)
    raise ExamRefused("no whole numbers fit a trace.")


def _is_whole(task: dict[str, Any]) -> bool:
    """Whether all weights are small whole numbers, and each update moves."""
    for B in (1, 2, 3):
        weights = [task["start"], *traces.trace(B, **task)]
        steps = [after - before for before, after in pairwise(weights)]
        if any(w % 1 for w in weights) or max(map(abs, weights)) > LARGEST or 0 in steps:
            return False
        if B == 1 and max(map(abs, steps)) > LARGEST * ETA:
            return False
    return True


def coinciding(task: dict[str, Any]) -> Iterator[str]:
    """The stories that end where they must not: where the right one ends, or another of the eight
    that the course asks about.
    """
    for (one, end), (other, also) in combinations(eight(task).items(), 2):
        if end == also:
            yield f"{one}, {other}"
    for B in (1, 2, 3):
        end = traces.trace(B, **task)[-1]
        for words, weights in traces.stories(B, **task).items():
            if weights[-1] == end and SAME_END not in words:
                yield f"{CALLED[B]}: {words}"


def eight(task: dict[str, Any]) -> dict[str, float]:
    """Where the three ways end, and the five stories that are taken for them most often."""
    last = {"examples": task["examples"][-1:], "start": task["start"], "eta": task["eta"]}
    return {
        "SGD": traces.trace(1, **task)[-1],
        "B = 2": traces.trace(2, **task)[-1],
        "batch": traces.trace(3, **task)[-1],
        "the sum": traces.trace(3, divide=lambda n: 1.0, **task)[-1],
        "the last one alone": traces.trace(1, **last)[-1],
        "the second batch at the old weight": traces.trace(2, at_first=True, **task)[-1],
        "the rest dropped": traces.trace(2, drop_rest=True, **task)[-1],
        "the rest divided by 2": traces.trace(2, divide=lambda n: 2.0, **task)[-1],
    }


def ends(B: int, task: dict[str, Any]) -> dict[str, float]:
    """Where each wrong story of this way ends, and the right one, "", by what is said of it."""
    told = {words: w[-1] for words, w in traces.stories(B, **task).items() if SAME_END not in words}
    return {"": traces.trace(B, **task)[-1], **told}


@cache
def _ends_of_any_numbers(B: int) -> dict[str, float]:
    return ends(B, GENERIC)


def not_told_apart(task: dict[str, Any], ways: Sequence[int]) -> Iterator[str]:
    """Stories that end at one weight with these numbers, and do not with others: of the slips that
    are made most often, and of each with what is right. The key names any others together.

    So an x of 1/η may not stand last: then a missing factor x and a second η both end at y/2,
    whatever came before. Stories that are the same whatever the numbers, such as a missing η of ½
    and a factor of 2, are named together in the key.
    """
    for B in ways:
        here, elsewhere = ends(B, task), _ends_of_any_numbers(B)
        for one, other in combinations(here, 2):
            matters = not one or (one.startswith(TOLD_APART) and other.startswith(TOLD_APART))
            is_one_here = matters and abs(here[one] - here[other]) < SMALLEST
            if is_one_here and abs(elsewhere[one] - elsewhere[other]) > SMALLEST:
                yield f"{CALLED[B]}: {one or 'what is right'} | {other}"


def _asked(task: dict[str, Any], ways: tuple[int, ...], *, points: int, minutes: int) -> Question:
    updates = [(B, i) for B in ways for i in range(WEIGHTS_NEEDED[B])]
    worth = shared_out(points, [3 if B > 1 else 2 for B, _ in updates])
    given = dict(zip(updates, worth, strict=True))
    parts = []
    for B in ways:
        weights = traces.trace(B, **task)
        key = []
        for i, weight in enumerate(weights):
            is_last = i == len(weights) - 1
            each = given[B, i]
            all_of_it = sum(given[B, i] for i in range(len(weights)))
            wrong = _wrong(B, task, all_of_it) if is_last else ()
            key.append(
                KeyLine(f"{B}.{i + 1}", f"w = {number(weight)}", each, value=weight, wrong=wrong)
            )
        many = "the update" if len(weights) == 1 else f"each of the {len(weights)} updates"
        parts.append(
            Part(
                f"{CALLED[B][0].upper()}{CALLED[B][1:]}: where does w stand after {many}?",
                tuple(key),
                room=len(weights) + 1 if 2 not in ways else 3 if B > 1 else 4,
            )
        )
    listed = ", ".join(f"({number(x)}, {number(y)})" for x, y in task["examples"])
    smaller = "A batch that is smaller is used, too. " if 2 in ways else ""
    return Question(
        kind=KIND,
        family="one weight",
        level=2,
        title="Three ways to update" if len(ways) == 3 else "Two ways to update",
        minutes=minutes,
        intro=(
            "z = x w is the whole network: one input, one weight, one output. The loss of an "
            f"example is L = ½ (z − y)². At the start w = {number(task['start'])}, and η = ½. "
            f"There are three examples (x, y): {listed}. They are taken once, in this order; "
            f"each way begins at the start again. {smaller}Write down each gradient.",
        ),
        parts=tuple(parts),
        products=sum(6 + WEIGHTS_NEEDED[B] for B in ways),
        facts={"task": task, "ways": ways},
        follow=(
            "A weight that follows rightly from a wrong one before it has all its points, so a "
            "slip in one update costs the points of this one. Below the last weight of a part "
            "stands where a slip leads that was made in each of its updates, and what the whole "
            "part is then worth. Without the gradients a wrong weight is worth nothing."
        ),
    )


def _wrong(B: int, task: dict[str, Any], points: int) -> tuple[WrongLine, ...]:
    """The stories, by the weight at which they end: those first that take another way to update
    for this one. These are worth a quarter of the points of the part, slips in computing a half.
    """
    told: dict[str, list[str]] = {}
    for words, end in ends(B, task).items():
        if words:
            told.setdefault(f"w = {number(end)}", []).append(words.rstrip("."))
    eight_ends = {f"w = {number(end)}" for end in eight(task).values()}
    found = [
        WrongLine(
            text,
            COUNTED[WEIGHTS_NEEDED[B]] + "; or: ".join(words),
            points // 4 if text in eight_ends else points // 2,
            points,
        )
        for text, words in told.items()
    ]
    return tuple(sorted(found, key=lambda wrong: wrong.text not in eight_ends))


def prove(question: Question) -> list[str]:
    """What is wrong with the key: the trace is walked again by `autograd` and by differences."""
    task, found = question.facts["task"], []
    examples = np.array(task["examples"])

    def loss(w: Any, rows: Any) -> Any:
        return ((w * rows[:, 0] - rows[:, 1]) ** 2).mean() / 2

    for B in question.facts["ways"]:
        w = task["start"]
        for i, first in enumerate(range(0, len(examples), B), start=1):
            rows = examples[first : first + B]
            slope = float(autograd.grad(loss)(w, rows))
            nudged = (loss(w + 1e-4, rows) - loss(w - 1e-4, rows)) / 2e-4
            if not witnesses.is_close(slope, nudged):
                found.append(f"the witnesses do not agree on update {i} of {CALLED[B]}.")
            w -= task["eta"] * slope
            line = question.line(f"{B}.{i}")
            if not witnesses.is_close(line.value, w) or line.text != f"w = {number(w)}":
                found.append(f"{CALLED[B]}, update {i}: the key says {line.text}; w is {w:g}.")
            for wrong in line.wrong:
                if wrong.text == f"w = {number(w)}":
                    found.append(f"{CALLED[B]}: a wrong story ends at {wrong.text}, too.")
    found += [f"a wrong story ends where another does: {each}." for each in coinciding(task)]
    found += [
        f"no weight tells these apart: {e}." for e in not_told_apart(task, question.facts["ways"])
    ]
    listed = ", ".join(f"({number(x)}, {number(y)})" for x, y in task["examples"])
    text = " ".join(question.intro)
    if listed not in text or f"w = {number(task['start'])}," not in text or "η = ½" not in text:
        found.append("the text does not give the numbers of the key.")
    return found


def bounds(question: Question) -> list[float]:
    """All numbers that are written or computed by hand, but for products on the way."""
    task = question.facts["task"]
    weights = [w for B in question.facts["ways"] for w in traces.trace(B, **task)]
    return [task["start"], *(n for pair in task["examples"] for n in pair), *weights]
