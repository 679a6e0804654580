"""Which of several attempts of a student counts: the last, or the best."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Literal

from course_grading.results.display import in_points
from course_grading.results.record import Record, Status

Attempts = Literal["last", "best"]

UNSETTLED = (
    "another attempt could not be graded, because the grader failed; the next run tries it again, "
    "and until then this one counts."
)


def rival(
    attempts: Attempts,
    digest: str,
    here: Record | None,
    elsewhere: Mapping[str, Record],
    key: str,
    homework_key: str = "",
) -> Record | None:
    """The best earlier attempt that a new one has to beat; None where the last one counts.

    Args:
        digest: of the new attempt.
        here, elsewhere: the record of this student in this folder of results, and the records of an
            earlier folder, by key.
        homework_key: of the student; what was graded with another one cannot be compared.
    """
    if attempts == "last":
        return None
    found = [
        record
        for record in (here, elsewhere.get(key))
        if record is not None
        and record.digest not in ("", digest)
        and record.homework_key == homework_key
        and not record.grader_failed
    ]
    return max(found, key=_rank, default=None)


def unsettled(counts: Record) -> Record:
    """The attempt that counts as long as another one could not be graded."""
    return dataclasses.replace(counts, notes=tuple(dict.fromkeys((*counts.notes, UNSETTLED))))


def better(earlier: Record, new: Record) -> Record:
    """The attempt with more points of the grader after what lateness costs, the new one if they are
    the same; it knows of the other one."""
    if _rank(earlier) <= _rank(new):
        others = (*new.other_attempts, *earlier.other_attempts, earlier.digest)
        return dataclasses.replace(new, other_attempts=_digests(others))
    points, penalty = in_points(_given(new)), new.late_penalty or 0.0
    late = f", less {in_points(penalty)} for lateness" if penalty else ""
    before = tuple(each for each in earlier.notes if each != UNSETTLED)
    note = f"a later attempt has {points} points of the grader{late}, so this one counts."
    return dataclasses.replace(
        earlier,
        other_attempts=_digests((*earlier.other_attempts, new.digest)),
        notes=tuple(dict.fromkeys((*before, note))),
    )


def _digests(found: Iterable[str]) -> tuple[str, ...]:
    """Each once; a file that could not even be read has none."""
    return tuple(dict.fromkeys(digest for digest in found if digest))


def ran(record: Record) -> bool:
    """Whether there was something to mark."""
    return record.status in (Status.GRADED, Status.PARTLY_GRADED)


def _rank(record: Record) -> tuple[bool, float]:
    return ran(record), _given(record) - (record.late_penalty or 0.0)


def _given(record: Record) -> float:
    """By the grader: what a person sets by hand would be set for the other attempt, too."""
    return sum(question.points for question in record.questions)
