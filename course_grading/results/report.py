"""What an instructor wants to know about the class, as plain data."""

from __future__ import annotations

import dataclasses
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

from course_exercises.homework.tasks import Explained
from course_grading.results.display import hours, rounded
from course_grading.results.record import Found, Record, RunInfo, Status, WrittenAnswer

FEWEST_LETTERS = 20  # of answers that are compared
_NO_LETTERS = re.compile(r"[\W_]+")  # nor digits


def report(records: Sequence[Record], run: RunInfo, found: Found) -> dict[str, Any]:
    """What an instructor wants to know about the class: plain data, without the seed.

    Statistics are over the submissions that could be run; the totals' over those of them in which
    nothing is to be marked.
    """
    ran = [record for record in records if record.status in (Status.GRADED, Status.PARTLY_GRADED)]
    finished = [record for record in ran if record.written_points is not None]
    by_status = {
        status: [record for record in records if record.status == status] for status in Status
    }
    unsafe = [r.student for r in records if r.status != Status.MISSING and not r.sandboxed]
    return {
        "run": {
            "assignment": run.assignment,
            "title": run.title,
            "rubric": run.rubric,
            "versions": dict(run.versions),
            "sandbox": run.sandbox,
        },
        "sandboxed": run.sandboxed and not unsafe,
        "without_sandbox": unsafe,
        "students": len(records),
        "by_status": {status: len(those) for status, those in by_status.items()},
        "missing": [record.student for record in by_status[Status.MISSING]],
        "could_not_be_run": _reasons(by_status[Status.COULD_NOT_BE_RUN]),
        "partly_graded": _reasons(by_status[Status.PARTLY_GRADED]),
        "late": [
            {
                "student": record.student,
                "hours": None if record.seconds_late is None else hours(record.seconds_late),
                "penalty": record.late_penalty,
            }
            for record in records
            if record.late
        ],
        "by_hand": [
            {"student": record.student, **dataclasses.asdict(mark)}
            for record in records
            for mark in record.by_hand
        ],
        "points": {
            "automatic": _summary([record.automatic_points for record in ran]),
            "total": _summary([record.points_so_far for record in finished]),
        },
        "questions": _about_questions(ran),
        "written": _about_written(ran),
        "other_keys": other_keys(records),
        "same_lines": same_lines(records),
        "notes": [
            {"student": record.student, "notes": list(record.said)}
            for record in records
            if record.said
        ],
        "found": dataclasses.asdict(found),
    }


def _reasons(records: Sequence[Record]) -> list[dict[str, str]]:
    return [{"student": record.student, "reason": record.reason} for record in records]


def _about_questions(records: Sequence[Record]) -> list[dict[str, Any]]:
    marks = [mark for record in records for mark in record.questions]
    about = []
    for number in sorted({mark.number for mark in marks}):
        of_this = [mark for mark in marks if mark.number == number]
        parts = []
        for i, part in enumerate(of_this[0].parts):
            same = [mark.parts[i] for mark in of_this if i < len(mark.parts)]
            said = Counter(sentence for other in same for sentence in dict.fromkeys(other.said))
            parts.append(
                {
                    "words": part.words,
                    "out_of": rounded(part.out_of),
                    "points": _summary([other.points for other in same]),
                    "said": [
                        {"words": words, "students": times} for words, times in said.most_common()
                    ],
                }
            )
        about.append(
            {
                "number": number,
                "title": of_this[0].title,
                "out_of": rounded(of_this[0].out_of),
                "points": _summary([mark.points for mark in of_this]),
                "parts": parts,
            }
        )
    return about


def _about_written(records: Sequence[Record]) -> list[dict[str, Any]]:
    entries = [(record, answer) for record in records for answer in record.written]
    about = []
    for grade_id in dict.fromkeys(answer.grade_id for _, answer in entries):
        those = [(record, answer) for record, answer in entries if answer.grade_id == grade_id]
        of_this = [answer for _, answer in those]
        given = [
            record.mark_of(answer)
            for record, answer in those
            if answer.points is not None or record.hand_mark(answer.number)
        ]
        marked = [points for points in given if points is not None]
        to_mark = sum(record.mark_of(answer) is None for record, answer in those)
        about.append(
            {
                "number": of_this[0].number,
                "grade_id": grade_id,
                "title": of_this[0].title,
                "out_of": rounded(of_this[0].out_of),
                "marked": len(marked),
                "to_mark": to_mark,
                "not_answered": len(of_this) - len(marked) - to_mark,
                "points": _summary(marked),
                "equal": [[record.student for record, _ in same] for same in equal_answers(those)],
            }
        )
    return about


def other_keys(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Whose notebook has another key than it was graded with, and of whom that one is."""
    owners: dict[str, list[str]] = {}
    for record in records:
        if record.homework_key:
            owners.setdefault(record.homework_key, []).append(record.student)
    return [
        {
            "student": record.student,
            "key": record.homework_key,
            "typed": record.typed_key or "",
            "of": owners.get(record.typed_key or "", []),
        }
        for record in records
        if record.has_other_key
    ]


def same_lines(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Who has the same lines about a network as somebody with another network.

    What is right of both, as it may be of two networks with the same letters, is left out.
    """
    found: dict[tuple[int, str], list[tuple[Record, Explained]]] = {}
    for record in records:
        for question in record.questions:
            for explained in dict.fromkeys(part.explained for part in question.parts):
                if explained is None:
                    continue
                letters = _letters("".join(line.text for line in explained.lines))
                if len(letters) >= FEWEST_LETTERS:
                    found.setdefault((question.number, letters), []).append((record, explained))
    return [
        {
            "question": number,
            "students": list(dict.fromkeys(record.student for record, _ in those)),
            "keys": list(dict.fromkeys(record.homework_key for record, _ in those)),
        }
        for (number, _), those in found.items()
        if len({explained.network for _, explained in those}) > 1
        and any(line.holds is False for _, explained in those for line in explained.lines)
    ]


def equal_answers(
    entries: Sequence[tuple[Record, WrittenAnswer]],
) -> list[list[tuple[Record, WrittenAnswer]]]:
    """Those that wrote the same words to one question, two or more; capitals, spaces and
    punctuation aside. A few words may well be the same."""
    by_words: dict[str, list[tuple[Record, WrittenAnswer]]] = {}
    for record, answer in entries:
        words = letters_of(answer)
        if answer.pictures:
            continue  # what they show is not compared
        if len(words) >= FEWEST_LETTERS:
            by_words.setdefault(words, []).append((record, answer))
    return [same for same in by_words.values() if len(same) > 1]


def letters_of(answer: WrittenAnswer) -> str:
    """What two answers are compared by."""
    return _letters(answer.text or "")


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text.casefold())


def _summary(numbers: Sequence[float]) -> dict[str, float | int | None]:
    """Quartiles as in a spreadsheet's QUARTILE.INC; None where there is no number."""
    if not numbers:
        names = ("lowest", "lower_quartile", "median", "mean", "upper_quartile", "highest")
        return {"students": 0, **dict.fromkeys(names)}
    lower, median, upper = numbers[0], numbers[0], numbers[0]
    if len(numbers) > 1:
        lower, median, upper = statistics.quantiles(numbers, n=4, method="inclusive")
    return {
        "students": len(numbers),
        "lowest": rounded(min(numbers)),
        "lower_quartile": rounded(lower),
        "median": rounded(median),
        "mean": rounded(statistics.fmean(numbers)),
        "upper_quartile": rounded(upper),
        "highest": rounded(max(numbers)),
    }
