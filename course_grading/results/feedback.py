"""The page that a student reads: points, what went wrong in words, and an example to try.

Everything of a record is text, whatever it looks like: nothing in a page can run, load or link to
anything outside of it, and characters that would reorder or hide text are shown as what they are.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from course_exercises.homework.tasks import Explained, ExplainedLine
from course_grading.results.display import duration, visible
from course_grading.results.pages import render
from course_grading.results.record import PartMark, QuestionMark, Record, WrittenAnswer

MOST_NOTES = 50


def page(record: Record, title: str) -> str:
    """The feedback of one student: a page of its own, to be opened in any browser.

    Args:
        title: of the assignment, such as "The chain rule".

    The guide of a written question is not on it: it may hold the answer.
    """
    heading = f"{record.assignment}: {title}" if title else record.assignment
    parts = [part for entry in record.questions for part in entry.parts]
    return render(
        "feedback.html",
        title=f"Feedback on {heading}",
        heading=heading,
        record=record,
        handed_in=_handed_in(record),
        entries=_in_order(record),
        to_mark=record.to_mark,
        with_examples=_with_examples,
        own=_own_networks(record),
        look_of_line=_look_of_line,
        look=_look,
        has_slips=any(part.points < part.out_of for part in parts),
        # Points such as 2.67 are rounded once, in each part, so sums are exact.
        has_hundredths=any(round(part.points, 1) != round(part.points, 2) for part in parts),
        most_notes=MOST_NOTES,
    )


def _in_order(record: Record) -> list[QuestionMark | WrittenAnswer]:
    entries: list[QuestionMark | WrittenAnswer] = [*record.questions, *record.written]
    return sorted(entries, key=lambda entry: entry.number)


def _handed_in(record: Record) -> str:
    try:
        time = datetime.fromisoformat(record.submitted_at)
        when = f"{time:%Y-%m-%d %H:%M %Z}".strip()
    except ValueError:
        when = visible(record.submitted_at, 60)
    if record.seconds_late is None:
        late = ", late" if record.late else ""
        return f"{when or 'time not known'}{late}"
    late = "in time" if record.seconds_late <= 0 else f"{duration(record.seconds_late)} late"
    return f"{when}, {late}" if when else late


@dataclass(frozen=True)
class _Example:
    """What was tried with the public numbers, and what came of it.

    Args:
        lead: a sentence above the code.
        code: to be copied as a whole; "" if there is nothing to try.
        came: in words, where that is not said above already.
        shown_under: the words of the part under which the same code is shown.
    """

    lead: str = ""
    code: str = ""
    came: str = ""
    shown_under: str | None = None


def _with_examples(question: QuestionMark) -> Iterator[tuple[PartMark, _Example]]:
    """The parts of a question; the same example is shown under the first of them only."""
    shown: dict[str, str] = {}  # under which part an example is
    for part in question.parts:
        tried, _, came = part.example.rpartition("\n")
        if not tried:  # a sentence, nothing to try
            yield part, _Example(came=came)
            continue
        if any(f": {came}".endswith(f": {s}") or s.endswith(f": {came}") for s in part.said):
            came = ""  # with the label or without it
        if tried in shown:
            yield part, _Example(came=came, shown_under=shown[tried])
            continue
        shown[tried] = part.words
        lead, _, code = tried.partition("\n")
        if code and lead.endswith(":"):  # so that the box can be copied as a whole
            yield part, _Example(lead, code, came)
        else:
            yield part, _Example("", tried, came)


@dataclass(frozen=True)
class _Own:
    """The student's own network and lines, below a question.

    Args:
        about: the words of the part, where a question has several of these; else "".
        shown_at: the number of the question above that shows the same network.
        picture: as base64; "" if there is none.
    """

    explained: Explained
    about: str = ""
    shown_at: int | None = None
    picture: str = ""


def _own_networks(record: Record) -> dict[int, list[_Own]]:
    """By the number of the question. A network is shown once on a page."""
    shown_at: dict[tuple[str, ...], int] = {}
    found: dict[int, list[_Own]] = {}
    for question in record.questions:
        words: dict[Explained, str] = {}
        for part in question.parts:
            if part.explained is not None:
                words.setdefault(part.explained, part.words)
        for explained, about in words.items():
            first = shown_at.setdefault(explained.network, question.number)
            again = explained.network in [own.explained.network for own in found.get(first, [])]
            own = _Own(
                explained,
                about if len(words) > 1 else "",
                first if again else None,
                base64.b64encode(explained.picture.encode(errors="replace")).decode(),
            )
            found.setdefault(question.number, []).append(own)
    return found


def _look_of_line(line: ExplainedLine) -> tuple[str, str, str]:
    """A class of the style sheet, a sign and a word."""
    if line.holds is None:
        return "open", "–", "Not known"
    return ("right", "✓", "Holds") if line.holds else ("wrong", "✗", "Does not hold")


def _look(part: PartMark) -> tuple[str, str, str]:
    """A class of the style sheet, a sign and a word."""
    if part.points >= part.out_of:
        return "right", "✓", "Full points" if part.said else "Right"
    if part.points > 0:
        return "partly", "◐", "Partly right"
    return "wrong", "✗", "Not yet"
