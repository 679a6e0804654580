"""What lateness costs, and who had more time: a small TOML file of the instructor's.

    due = 2026-12-01T23:59:00+01:00
    grace_minutes = 15       # later than this is late, and counts from when it was due
    percent_per_day = 10     # of the most that can be had, for each day that has begun
    percent_per_hour = 0
    at_most_percent = 50
    closed_after_days = 7    # what comes later gets nothing

    [extensions]
    alice = 2026-12-05T23:59:00+01:00

All lines but `due` may be left out. What it costs stands apart from the points.
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from course_grading.results.record import Record

HOUR, DAY = 3600.0, 86_400.0


@dataclass(frozen=True)
class LatePolicy:
    """When an assignment is due, for whom later, and what a late one costs.

    Args:
        due: for everybody without an extension.
        extensions: by the id, a further id, or the e-mail of a student.
        grace_minutes: of lateness that cost nothing.
        percent_per_hour, percent_per_day: of the largest number of points, for each hour or day
            that has begun; both are added up.
        at_most_percent: what is taken off at most, as long as it is not closed.
        closed_after_days: None if it stays open.
    """

    due: datetime
    extensions: Mapping[str, datetime] = field(default_factory=dict)
    grace_minutes: float = 0.0
    percent_per_hour: float = 0.0
    percent_per_day: float = 0.0
    at_most_percent: float = 100.0
    closed_after_days: float | None = None

    def due_for(self, record: Record) -> datetime:
        """When it was due for this student."""
        names = {_key(name) for name in (record.student, record.email, *record.aliases)}
        later = [at for name, at in self.extensions.items() if _key(name) in names]
        return max([self.due, *later])

    def percent(self, seconds_late: float) -> float:
        """What this lateness costs, of the largest number of points."""
        if seconds_late <= 60 * self.grace_minutes:
            return 0.0
        if self.closed_after_days is not None and seconds_late > DAY * self.closed_after_days:
            return 100.0
        days, hours = math.ceil(seconds_late / DAY), math.ceil(seconds_late / HOUR)
        cost = self.percent_per_day * days + self.percent_per_hour * hours
        return min(cost, self.at_most_percent)

    def applied(self, record: Record) -> Record:
        """The record with its lateness and its penalty, which may be more than its points; both
        None if nobody knows when it was handed in."""
        try:
            at = datetime.fromisoformat(record.submitted_at)
        except ValueError:
            penalty = None if record.late or not self.costs else 0.0
            return dataclasses.replace(record, seconds_late=None, late_penalty=penalty)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        late = max(0.0, (at - self.due_for(record)).total_seconds())
        penalty = record.max_points * self.percent(late) / 100
        return dataclasses.replace(
            record, seconds_late=late, late_penalty=round(penalty, 2) if self.costs else None
        )

    @property
    def costs(self) -> bool:
        """Whether lateness costs anything."""
        closes = self.closed_after_days is not None
        return closes or self.percent_per_day > 0 or self.percent_per_hour > 0

    def nobodys(self, records: Sequence[Record]) -> list[str]:
        """The extensions of nobody in these records."""
        names = {
            _key(name)
            for record in records
            for name in (record.student, record.email, *record.aliases)
        }
        return [name for name in self.extensions if _key(name) not in names]


def read_late_policy(path: str | Path, due: datetime | None = None) -> LatePolicy:
    """Read a late policy.

    Args:
        due: from the command line, for a file without it; times without a zone are in its zone, or
            in UTC.

    Raises ValueError if it cannot be read, or says something unknown or impossible.
    """
    path = Path(path)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"The late policy {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError
        raise ValueError(f"{path.name} is not TOML: {error}.") from None
    numbers = {
        each.name
        for each in dataclasses.fields(LatePolicy)
        if each.name not in ("due", "extensions")
    }
    if unknown := sorted(set(data) - numbers - {"due", "extensions"}):
        known = ", ".join(["due", *sorted(numbers), "[extensions]"])
        raise ValueError(f"{path.name} has {', '.join(unknown)}; known are {known}.")
    for name in sorted(numbers & set(data)):
        value = data[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            raise ValueError(f"{path.name}: {name} is a number from 0 on, not {value!r}.")
        if "percent" in name and value > 100:
            raise ValueError(f"{path.name}: {name} is at most 100, not {value!r}.")
    own = data.get("due")
    if own is None and due is None:
        raise ValueError(
            f"{path.name} does not say when it is due; write due = 2026-12-01T23:59:00."
        )
    when = _at(own, "due", path, due) if own is not None else due
    assert when is not None
    if own is not None and due is not None and when != due:
        raise ValueError(f"{path.name} says due = {when}, and --due says {due}. Give one of them.")
    extensions = data.get("extensions", {})
    if not isinstance(extensions, dict):
        raise ValueError(
            f"{path.name}: [extensions] has lines such as alice = 2026-12-05T23:59:00."
        )
    return LatePolicy(
        when,
        {name: _at(value, name, path, when) for name, value in extensions.items()},
        **{name: float(data[name]) for name in numbers & set(data)},
    )


def _at(value: object, name: str, path: Path, other: datetime | None) -> datetime:
    if not isinstance(value, datetime):
        raise ValueError(
            f"{path.name}: {name} is a time such as 2026-12-01T23:59:00+01:00, without quotes, "
            f"not {value!r}."
        )
    zone = other.tzinfo if other is not None and other.tzinfo is not None else UTC
    return value if value.tzinfo else value.replace(tzinfo=zone)


def _key(name: str) -> str:
    return name.strip().casefold()
