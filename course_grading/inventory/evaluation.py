"""What a class has learned, by the inventory: each student against himself or herself.

Counted are those who were there each time. An interval says what would come of other students like
these: students are drawn anew, with all that each of them has answered (a paired bootstrap).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from course_grading.inventory.answers import Answers
from course_grading.inventory.forms import FORMS, form

TIMES = ("before", "after", "two weeks later")
RESAMPLES = 10_000
AT_A_TIME = 500  # resamples, in memory
FEW = 10  # students, below which intervals say little
LOW = 0.2  # discrimination, below which an item is to be looked at
ALL = "All twenty questions"


@dataclass(frozen=True)
class Interval:
    """A mean, and 95 % of what it would be with other students."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Gain:
    """Of some questions: the share right each time, and how much more than before."""

    name: str
    shares: tuple[Interval, ...]
    gains: tuple[Interval, ...]


@dataclass(frozen=True)
class WrongIdea:
    """How often it was chosen each time, as a share of the students."""

    question: int
    idea: str
    slip: str
    shares: tuple[float, ...]


@dataclass(frozen=True)
class ItemResult:
    """A question in both forms.

    Args:
        shares: right each time: how easy it is. by_form: right in form A and in form B, all times
            together; None if nobody had it.
        discrimination: by the time after the course: the correlation of this question with all
            others, None if all or none had it right.
    """

    number: int
    idea: str
    shares: tuple[float, ...]
    by_form: tuple[float | None, ...]
    discrimination: float | None

    @property
    def to_be_looked_at(self) -> bool:
        return self.discrimination is not None and self.discrimination < LOW


@dataclass(frozen=True)
class Evaluation:
    """What a class has learned; `remarks` are what its instructor should know of the numbers."""

    times: tuple[str, ...]
    students: int
    whole: Gain
    topics: tuple[Gain, ...]
    items: tuple[ItemResult, ...]
    wrong_ideas: tuple[WrongIdea, ...]
    remarks: tuple[str, ...]


def evaluate(sheets: Sequence[Mapping[str, Answers]], seed: int = 0) -> Evaluation:
    """Compare the times.

    Args:
        sheets: the answers before, after and perhaps later, each by student.
        seed: of the bootstrap.

    Raises ValueError: nobody was there each time.
    """
    times = TIMES[: len(sheets)]
    students = sorted(set.intersection(*({*sheet} for sheet in sheets)))
    if not students:
        raise ValueError("No student is in all files. Are the students called alike in them?")
    right = np.array([[sheet[s].right for s in students] for sheet in sheets], dtype=float)
    weights = _resampled(len(students), seed)
    ideas = [question.title for question in form("A")]
    topics = [question.idea for question in form("A")]
    return Evaluation(
        times,
        len(students),
        _gain(ALL, right.mean(axis=2), weights),
        tuple(
            _gain(topic, right[:, :, [t == topic for t in topics]].mean(axis=2), weights)
            for topic in dict.fromkeys(topics)
        ),
        tuple(
            ItemResult(
                number + 1,
                idea,
                tuple(float(share) for share in right[:, :, number].mean(axis=1)),
                tuple(_in_form(sheets, students, right, number, name) for name in FORMS),
                discrimination(right[1], number),
            )
            for number, idea in enumerate(ideas)
        ),
        _wrong_ideas(sheets, students),
        (*_who_is_left_out(sheets, students), *_about_forms(sheets, students)),
    )


def _resampled(students: int, seed: int) -> np.ndarray:
    """How often each student is drawn, in each resample: (resamples, students), as shares."""
    rng = np.random.default_rng(seed)
    drawn = [
        rng.multinomial(students, np.full(students, 1 / students), size=AT_A_TIME)
        for _ in range(RESAMPLES // AT_A_TIME)
    ]
    return np.concatenate(drawn).astype(np.float32) / students


def interval(of_each: np.ndarray, weights: np.ndarray) -> Interval:
    """The mean over students, and the interval that holds 95 % of the means of the resamples."""
    low, high = np.percentile(weights @ of_each, [2.5, 97.5])
    return Interval(float(of_each.mean()), float(low), float(high))


def _gain(name: str, shares: np.ndarray, weights: np.ndarray) -> Gain:
    """From the share right of each student each time: (times, students)."""
    return Gain(
        name,
        tuple(interval(each, weights) for each in shares),
        tuple(interval(each - shares[0], weights) for each in shares[1:]),
    )


def discrimination(right: np.ndarray, number: int) -> float | None:
    """The correlation of one question with the number of all other ones that are right."""
    own, others = right[:, number], np.delete(right, number, axis=1).sum(axis=1)
    if len(own) < 3 or not own.std() or not others.std():
        return None
    return float(np.corrcoef(own, others)[0, 1])


def _in_form(
    sheets: Sequence[Mapping[str, Answers]],
    students: Sequence[str],
    right: np.ndarray,
    number: int,
    name: str,
) -> float | None:
    had = np.array([[sheet[student].form == name for student in students] for sheet in sheets])
    return float(right[:, :, number][had].mean()) if had.any() else None


def _wrong_ideas(
    sheets: Sequence[Mapping[str, Answers]], students: Sequence[str]
) -> tuple[WrongIdea, ...]:
    """All of them: those that are left after the course, the most frequent ones first."""
    chosen = [[sheet[student].slips for student in students] for sheet in sheets]
    found = [
        WrongIdea(
            number + 1,
            question.title,
            option.slip,
            tuple(sum(each[number] == option.slip for each in time) / len(time) for time in chosen),
        )
        for number, question in enumerate(form("A"))
        for option in question.options
        if option.slip
    ]
    return tuple(sorted(found, key=lambda each: (-each.shares[1], -each.shares[0])))


def _who_is_left_out(sheets: Sequence[Mapping[str, Answers]], students: Sequence[str]) -> list[str]:
    remarks = []
    everybody = sorted(set.union(*({*sheet} for sheet in sheets)))
    for time, sheet in zip(TIMES, sheets, strict=False):
        if missing := [student for student in everybody if student not in sheet]:
            were = "was" if len(missing) == 1 else "were"
            remarks.append(f"Not there {time}, so not counted, {were}: {', '.join(missing)}.")
    if len(students) < FEW:
        remarks.append(
            f"There are only {len(students)} students: with fewer than {FEW} intervals say little."
            if len(students) > 1
            else "One student is no class: there is no interval."
        )
    return remarks


def _about_forms(sheets: Sequence[Mapping[str, Answers]], students: Sequence[str]) -> list[str]:
    remarks = []
    same = [s for s in students if sheets[0][s].form == sheets[1][s].form]
    if same:
        had = "1 student" if len(same) == 1 else f"{len(same)} students"
        remarks.append(
            f"{had} had the same form before and after: who remembers a question has it easier."
        )
    if len({sheets[0][student].form for student in students}) == 1 and len(students) > 1:
        remarks.append(
            "All had the same form before. If one of the two is easier, that looks like learning "
            "or hides it; give each form to one half of the class."
        )
    empty = sum(not letter for sheet in sheets for s in students for letter in sheet[s].letters)
    if empty:
        share = empty / (len(sheets) * len(students) * len(form("A")))
        remarks.append(f"{100 * share:.0f} % of the answers are empty; they count as not right.")
    return remarks
