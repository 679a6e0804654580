"""What lateness costs, and for whom not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sample_records import sample

from course_grading.results.late_policy import LatePolicy, read_late_policy

DUE = datetime(2026, 12, 1, 23, 59, tzinfo=UTC)
HOUR = 3600
FULL = """
due = 2026-12-01T23:59:00Z
grace_minutes = 15
percent_per_day = 10
percent_per_hour = 1
at_most_percent = 50
closed_after_days = 7

[extensions]
alice = 2026-12-05T23:59:00
"bob@uni.edu" = 2026-11-01T00:00:00
"""


def policy(tmp_path, text, **options) -> LatePolicy:
    (tmp_path / "late.toml").write_text(text, encoding="utf-8")
    return read_late_policy(tmp_path / "late.toml", **options)


def late_by(seconds: float, student: str = "zoe", **changes):
    at = DUE + timedelta(seconds=seconds)
    return sample(student, submitted_at=at.isoformat(), **changes)


@pytest.mark.parametrize(
    ("seconds", "percent"),
    [
        (-100 * HOUR, 0),
        (0, 0),
        (15 * 60, 0),
        (15 * 60 + 1, 11),  # a day and an hour have begun
        (HOUR, 11),
        (HOUR + 1, 12),
        (24 * HOUR, 34),
        (24 * HOUR + 1, 45),
        (40 * HOUR, 50),
        (7 * 24 * HOUR, 50),
        (7 * 24 * HOUR + 1, 100),
    ],
)
def test_what_it_costs(tmp_path, seconds, percent):
    record = policy(tmp_path, FULL).applied(late_by(seconds))
    assert record.seconds_late == max(0, seconds)
    assert record.late_penalty == percent, "of the 100 that can be had"
    assert record.points_so_far == 50.0, "it stands apart from the points"
    marked = replace(record, written=())
    assert marked.grade == max(0.0, 50.0 - percent)


@pytest.mark.parametrize(
    ("student", "changes", "days", "late"),
    [
        ("alice", {}, 4, False),
        ("alice", {}, 4.1, True),
        ("ALICE", {}, 4, False),
        ("x", {"aliases": ("alice",)}, 4, False),
        ("bob", {"email": "bob@uni.edu"}, 0.5, True),
        ("bob", {"email": "bob@uni.edu"}, -1, False),  # never earlier than for the others
        ("carol", {}, 1, True),
    ],
)
def test_extensions(tmp_path, student, changes, days, late):
    record = policy(tmp_path, FULL).applied(late_by(days * 24 * HOUR, student, **changes))
    assert record.late is late
    assert bool(record.late_penalty) is late


def test_an_unknown_time_costs_nothing_and_is_no_zero(tmp_path):
    costs = policy(tmp_path, FULL)
    late = costs.applied(sample(marked_late=True))
    assert (late.late, late.seconds_late, late.late_penalty) == (True, None, None)
    in_time = costs.applied(sample(marked_late=False))
    assert (in_time.late, in_time.late_penalty) == (False, 0.0)


def test_without_a_price_there_is_no_penalty(tmp_path):
    record = policy(tmp_path, "due = 2026-12-01T23:59:00Z").applied(late_by(HOUR))
    assert (record.seconds_late, record.late_penalty) == (HOUR, None)


def test_the_grade_is_what_is_left(tmp_path):
    marked = tuple(replace(answer, points=5.0) for answer in sample().written)
    record = policy(tmp_path, FULL).applied(replace(late_by(HOUR), written=marked))
    assert (record.points_so_far, record.late_penalty, record.grade) == (60.0, 11.0, 49.0)


def test_zones_and_a_due_of_the_command(tmp_path):
    berlin = timezone(timedelta(hours=1))
    due = datetime(2026, 12, 2, 0, 59, tzinfo=berlin)
    assert policy(tmp_path, "percent_per_day = 5", due=due).due == due
    assert policy(tmp_path, FULL, due=due).due == DUE, "the same moment"
    zoneless = policy(tmp_path, FULL.replace(":00Z", ":00+01:00"))
    assert zoneless.extensions["alice"].utcoffset() == timedelta(hours=1)


def test_extensions_of_nobody(tmp_path):
    assert policy(tmp_path, FULL).nobodys([sample("Alice"), sample("b")]) == ["bob@uni.edu"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("due = ", "is not TOML"),
        ("percent_per_day = 1", "does not say when it is due"),
        ('due = "tomorrow"', "due is a time such as"),
        ("due = 2026-12-01", "due is a time such as"),
        (FULL + 'carol = "later"', "carol is a time such as"),
        (f"percent_pro_tag = 3\n{FULL}", "has percent_pro_tag; known are due, at_most_percent"),
        (FULL.replace("= 10", "= -1"), "percent_per_day is a number from 0 on, not -1"),
        (FULL.replace("= 10", '= "ten"'), "percent_per_day is a number from 0 on"),
        (FULL.replace("= 10", "= nan"), "percent_per_day is a number from 0 on"),
        (FULL.replace("= 10", "= true"), "percent_per_day is a number from 0 on"),
        (FULL.replace("= 10", "= 101"), "percent_per_day is at most 100"),
        ("due = 2026-12-01T23:59:00\nextensions = 3", r"\[extensions\] has lines"),
    ],
)
def test_what_is_refused(tmp_path, text, words):
    with pytest.raises(ValueError, match=words):
        policy(tmp_path, text)


def test_two_times_of_being_due(tmp_path):
    with pytest.raises(ValueError, match="Give one of them"):
        policy(tmp_path, FULL, due=DUE + timedelta(hours=1))
    with pytest.raises(ValueError, match="cannot be read"):
        read_late_policy(tmp_path / "none.toml")
