"""The pages of the inventory: a form on paper, its key, and what a class has said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_grading.inventory.evaluation import LOW, Evaluation, Gain, Interval
from course_grading.inventory.forms import FORMS, form, version
from course_grading.inventory.markup import html
from course_grading.inventory.question import LETTERS
from course_grading.results.pages import render

INTERVIEWS_HELD = 0
INTERVIEWS_NEEDED = 10
MINUTES = 40
MOST_WRONG = 12  # wrong ideas on the page
EVALUATION = "What a class has learned"

WIDTH, LEFT, RIGHT = 640, 190, 20  # of the figure, in pixels
TOP, STEP, BOTTOM = 14, 34, 40


class Html(str):
    """Markup of our own making, which is put into a page as it is."""

    def __html__(self) -> str:
        return self


def draft() -> str:
    """What is to be known before anybody leans on these numbers."""
    if INTERVIEWS_HELD >= INTERVIEWS_NEEDED:
        return ""
    held = f"{INTERVIEWS_HELD} so far" if INTERVIEWS_HELD else "none so far"
    return (
        f"This inventory is a draft until ten interviews have been held ({held}): until then "
        "nobody has heard students say why they chose what they chose, and a wrong option may be "
        "chosen for another reason than the idea that it stands for. How to hold them is in "
        "homework/inventory.md."
    )


def paper(name: str) -> str:
    """A form to be printed, without its key."""
    questions = [
        (Html(html(each.text)), [*zip(LETTERS, each.options, strict=False)]) for each in form(name)
    ]
    return render(
        "inventory_paper.html",
        title=f"Twenty short questions, form {name}",
        name=name,
        version=version(),
        questions=questions,
        minutes=MINUTES,
    )


def key() -> str:
    """What is right in each form, and which wrong idea each other option stands for."""
    forms = [(name, [(each, Html(html(each.text))) for each in form(name)]) for name in FORMS]
    return render(
        "inventory_key.html",
        title="Key of the inventory",
        forms=forms,
        letters=LETTERS,
        draft=draft(),
        version=version(),
    )


def percent(share: float) -> str:
    """As a whole number of per cent."""
    return f"{100 * share:.0f} %".replace("-", "−")


def between(interval: Interval, *, signed: bool = False) -> str:
    """An interval in per cent: +21 (12 to 30)."""
    numbers = [100 * n + 0.0 for n in (interval.mean, interval.low, interval.high)]
    mean, low, high = (
        f"{n:{'+' if signed else ''}.0f}".replace("-", "−").replace("+0", "0") for n in numbers
    )
    return f"{mean} ({low} to {high})"


@dataclass(frozen=True)
class Mark:
    """Of the figure: where it stands, and of which time it is."""

    x: float
    time: int


@dataclass(frozen=True)
class Line:
    """Of the figure: a topic with its marks, in pixels."""

    name: str
    y: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Figure:
    """The share right of each topic, each time."""

    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, str], ...]
    height: float
    sentence: str


def figure(evaluation: Evaluation) -> Figure:
    """Where everything of the figure stands, and a sentence that says what it shows."""
    gains = (evaluation.whole, *evaluation.topics)

    def x(share: float) -> float:
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    lines = tuple(
        Line(
            gain.name,
            TOP + STEP * (i + 0.5),
            tuple(Mark(x(share.mean), time) for time, share in enumerate(gain.shares)),
        )
        for i, gain in enumerate(gains)
    )
    ticks = tuple((x(n / 4), f"{25 * n} %") for n in range(5))
    return Figure(lines, ticks, TOP + STEP * len(gains) + BOTTOM, _sentence(evaluation))


def _sentence(evaluation: Evaluation) -> str:
    def change(gain: Gain) -> float:
        return gain.gains[0].mean

    whole = evaluation.whole
    most, least = (pick(evaluation.topics, key=change) for pick in (max, min))
    after = percent(whole.shares[1].mean)
    text = (
        f"Of all questions {percent(whole.shares[0].mean)} were right before and {after} after. "
        f"The change is largest in “{most.name}”, {between(most.gains[0], signed=True)} points, "
        f"and smallest in “{least.name}”, {between(least.gains[0], signed=True)}."
    )
    if len(whole.shares) > 2:
        text += f" Two weeks later {percent(whole.shares[2].mean)} were right."
    return text


def must_be_evaluation(path: Path) -> None:
    """Raises ValueError if something else is there: a table, perhaps, or the key."""
    title = f"<title>{EVALUATION}</title>".encode()
    if path.exists() and not (path.is_file() and title in path.read_bytes()):
        raise ValueError(f"{path} is there, and is no page about a class. Name a new file.")


def evaluation_page(evaluation: Evaluation) -> str:
    """One page about a class."""
    return render(
        "inventory_evaluation.html",
        title=EVALUATION,
        evaluation=evaluation,
        figure=figure(evaluation),
        wrong_ideas=[each for each in evaluation.wrong_ideas if any(each.shares)][:MOST_WRONG],
        all_wrong=len([each for each in evaluation.wrong_ideas if any(each.shares)]),
        draft=draft(),
        version=version(),
        percent=percent,
        between=between,
        correlation=_correlation,
        low=f"{LOW:.1f}",
        width=WIDTH,
        left=LEFT,
        right=RIGHT,
    )


def _correlation(value: Any) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")
