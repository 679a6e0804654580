"""A paper: which questions it has, in parallel forms, and what it must keep before it is written.

    papers = draw("final", seed=7, forms=2)
    prove(papers)                        # raises ExamRefused, with every complaint

What is asked is drawn once for all forms: the family of the network, the slip, the claim. Of which
network and numbers it is asked, is drawn for each form: the same work, in other letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import ModuleType

import numpy as np

from course_exercises.homework.paper_networks import CLASSES, SQUARED
from course_grading.exams import networks
from course_grading.exams.lines import pattern
from course_grading.exams.question import ExamRefused, Question
from course_grading.exams.questions import (
    claims,
    derivation,
    forward_pass,
    three_checks,
    updates,
    wrong_line,
)

NAMES = "ABCDEF"  # of the forms
MINUTES = {"weekly": 15, "final": 90}
TITLES = {"weekly": "Weekly exam", "final": "Final exam"}

# What can be asked of somebody without a computer.
LARGEST = 99  # of a number that is given or comes out: two digits
DECIMALS = 1
MOST_PRODUCTS = {"weekly": 24, "final": 60}  # of two numbers, by hand, in all
APART = 1  # by how many lines, and by how many products, two forms may differ
SHORTEST = 12  # characters of an answer that nobody prints by chance

KINDS: dict[str, ModuleType] = {
    module.KIND: module
    for module in (forward_pass, derivation, three_checks, wrong_line, updates, claims)
}


@dataclass(frozen=True)
class Paper:
    """One form of a paper."""

    kind: str
    seed: int
    form: str
    questions: tuple[Question, ...]

    @property
    def title(self) -> str:
        return TITLES[self.kind]

    @property
    def minutes(self) -> int:
        return sum(question.minutes for question in self.questions)

    @property
    def points(self) -> int:
        return sum(question.points for question in self.questions)

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.kind}-{self.seed}-{self.form}"


def draw(kind: str, seed: int, forms: int = 2) -> list[Paper]:
    """The forms of a paper: the same ones for the same seed.

    Args:
        kind: "weekly", 15 minutes, or "final", 90.
        seed: a whole number, not negative.
        forms: 1 to 6.
    """
    return [Paper(kind, seed, NAMES[form], _questions(kind, seed, form)) for form in range(forms)]


def _questions(kind: str, seed: int, form: int) -> tuple[Question, ...]:
    which = list(MINUTES).index(kind)
    plan = np.random.default_rng([which, seed])  # the same in each form

    def own(place: int) -> np.random.Generator:
        return np.random.default_rng([which, seed, form, place])

    shared = np.random.default_rng([which, seed, len(NAMES)])  # of what no two forms may have
    traced = np.random.default_rng([which, seed, len(NAMES) + 1])  # the same

    def one_of(names: Sequence[str]) -> str:
        return names[int(plan.integers(len(names)))]

    losses = [SQUARED, CLASSES]
    claim, turn = one_of(list(claims.CLAIMS)), int(plan.integers(6))
    loss, other = [losses[i] for i in plan.permutation(2)]
    if kind == "weekly":
        middle = one_of(["updates", "claims"])
        family = one_of(networks.of_level(1))
        return (
            forward_pass.draw(own(0), "short", form + turn, points=4, minutes=4),
            updates.draw(traced, (1, 3), form, points=5, minutes=5)
            if middle == "updates"
            else claims.draw(shared, claim, form, points=5, minutes=5),
            derivation.draw(own(2), family, form + turn, loss, points=6, minutes=6),
        )
    family = one_of(networks.of_level(3))
    slip = wrong_line.PLANTED[int(plan.integers(len(wrong_line.PLANTED)))]
    return (
        forward_pass.draw(own(0), "long", form + turn, points=15, minutes=15),
        derivation.draw(own(1), family, form + turn, loss, points=30, minutes=30),
        three_checks.draw(own(2), form + turn, points=12, minutes=12),
        wrong_line.draw(own(3), slip, form + turn, other, points=13, minutes=13),
        updates.draw(traced, (1, 2, 3), form, points=12, minutes=12),
        claims.draw(shared, claim, form, points=8, minutes=8),
    )


# ------------------------------------------------------------------ before anything is written


def prove(papers: Sequence[Paper]) -> int:
    """Try every answer of every form, and what the paper has to keep.

    Returns how many numbers and lines of the key were tried: all but those in prose.

    Raises ExamRefused, with a line for each thing that is wrong.
    """
    found = []
    for paper in papers:
        for place, question in enumerate(paper.questions, start=1):
            complaints = KINDS[question.kind].prove(question)
            found += [f"Form {paper.form}, question {place}: {each}" for each in complaints]
        found += [f"Form {paper.form}: {each}" for each in (*too_much(paper), *given_away(paper))]
    found += not_parallel(papers)
    if found:
        raise ExamRefused("\n".join(["Nothing was written.", *found]))
    return sum(
        not line.prose for paper in papers for question in paper.questions for line in question.key
    )


def too_much(paper: Paper) -> Iterator[str]:
    """What is too much to be done by hand, or in the time."""
    if paper.minutes != MINUTES[paper.kind]:
        yield f"it takes {paper.minutes} minutes, not {MINUTES[paper.kind]}."
    products = sum(question.products for question in paper.questions)
    if products > MOST_PRODUCTS[paper.kind]:
        yield f"{products} products by hand, more than {MOST_PRODUCTS[paper.kind]}."
    for place, question in enumerate(paper.questions, start=1):
        bounds = getattr(KINDS[question.kind], "bounds", None)
        for value in bounds(question) if bounds else ():
            if abs(value) > LARGEST or abs(value - round(value, DECIMALS)) > 1e-9:
                yield f"question {place} has the number {value:g}."


ENDS = r"(?![\wᵀ²]| [⊙@/+−])"  # a formula that goes on is another one
NUMBERED = re.compile(r"^\d+\.\s+")


def given_away(paper: Paper) -> Iterator[str]:
    """The answers of a question that stand in the text of another, also in other letters, and those
    that stand in its own.
    """
    for place, question in enumerate(paper.questions, start=1):
        answers = {
            pattern(line.text): line.text for line in question.key if ".grad = " in line.text
        }
        for other_place, other in enumerate(paper.questions, start=1):
            if other_place != place:
                for line in _right_lines(other):
                    asked = answers.get(pattern(line), "")
                    if re.search("[@⊙−]", asked):  # not a gradient that is only handed on
                        yield f"question {other_place} prints {line}, and question {place} asks "
                        f"for {asked}."
            text = printed(other)
            for answer in question.key:
                if len(answer.text) >= SHORTEST and re.search(re.escape(answer.text) + ENDS, text):
                    yield f"question {other_place} prints the answer {answer.text} of question "
                    f"{place}."


def _right_lines(question: Question) -> list[str]:
    """The formulas that a question prints, without the one that it says is wrong."""
    planted = question.facts.get("name") and question.facts["printed"][question.facts["name"]]
    lines = [NUMBERED.sub("", line) for line in question.shown]
    return [line for line in lines if line != planted]


def printed(question: Question) -> str:
    """All that a student reads of a question."""
    cells = [cell or "" for part in question.parts for row in part.table for cell in row]
    parts = [part.text for part in question.parts]
    return "\n".join([question.title, *question.intro, *question.shown, *parts, *cells])


def not_parallel(papers: Sequence[Paper]) -> Iterator[str]:
    """Where two forms differ in more than a line or a product of work, or in nothing."""
    for one, other in combinations(papers, 2):
        both = f"Forms {one.form} and {other.form}"
        for place, (a, b) in enumerate(zip(one.questions, other.questions, strict=True), start=1):
            same = [(q.kind, q.family, q.level, q.points, q.minutes) for q in (a, b)]
            if same[0] != same[1]:
                yield f"{both}: question {place} is of another kind."
            if abs(a.lines - b.lines) > APART or abs(a.products - b.products) > APART:
                yield f"{both}: question {place} is not the same work."
            if printed(a) == printed(b):
                yield f"{both}: question {place} is the same."
