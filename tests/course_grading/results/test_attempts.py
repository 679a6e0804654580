"""Several attempts: the last, or the best; and written marks that are carried over."""

from dataclasses import replace

import pytest
from sample_records import AVERAGE, FIRST, SATURATED, missing, not_run, sample

from course_grading.results.attempts import better, rival
from course_grading.results.written import carried_over, must_be_decided

GOOD = sample(digest="good")
POOR = sample(digest="poor", questions=(FIRST,))


def test_the_best_counts_and_knows_of_the_others():
    kept = better(GOOD, POOR)
    assert (kept.digest, kept.automatic_points) == ("good", GOOD.automatic_points)
    assert kept.other_attempts == ("poor",)
    assert kept.notes == ("a later attempt has 40 points of the grader, so this one counts.",)
    assert better(kept, POOR) == kept, "said once"
    new = better(POOR, GOOD)
    assert (new.digest, new.other_attempts, new.notes) == ("good", ("poor",), ())


def test_what_lateness_costs_is_taken_off_first():
    late = replace(GOOD, digest="late", late_penalty=20.0)
    assert better(POOR, late).digest == "poor"
    assert better(POOR, late).notes == (
        "a later attempt has 50 points of the grader, less 20 for lateness, so this one counts.",
    )
    assert better(POOR, replace(late, late_penalty=5.0)).digest == "late"


def test_of_equal_ones_the_new_one_counts():
    assert better(replace(GOOD, digest="old"), GOOD).digest == "good"


def test_what_could_be_run_is_better_than_what_could_not():
    broken = replace(not_run("ayse"), questions=GOOD.questions)
    assert better(POOR, broken).digest == "poor"
    assert better(broken, POOR).digest == "poor"


def test_what_could_not_be_read_has_no_digest_to_remember():
    unread = replace(not_run("ayse"), digest="")
    assert better(POOR, unread).other_attempts == better(unread, POOR).other_attempts == ()


def test_who_is_a_rival():
    assert rival("last", "new", GOOD, {}, "ayse") is None
    assert rival("best", "new", GOOD, {}, "ayse") == GOOD
    assert rival("best", "good", GOOD, {}, "ayse") is None, "the same file"
    assert rival("best", "new", POOR, {"ayse": GOOD}, "ayse") == GOOD
    assert rival("best", "new", None, {"bora": GOOD}, "ayse") is None
    assert rival("best", "new", missing("ayse"), {}, "ayse") is None
    assert rival("best", "new", replace(GOOD, grader_failed=True), {}, "ayse") is None


# ------------------------------------------------------------------ written marks

MARKED = (replace(AVERAGE, points=10.0, comment="good"), replace(SATURATED, points=3.0))
EARLIER = {"ayse": sample(written=MARKED)}


def carried(*answers, if_changed=None):
    new = {"ayse": sample(written=answers), "bora": sample("bora", written=answers)}
    found = carried_over(new, EARLIER, if_changed)
    assert found["bora"] == new["bora"]
    return [(a.points, a.comment, a.changed) for a in found["ayse"].written]


def test_marks_are_carried_over_where_the_text_is_the_same():
    other = replace(SATURATED, text="All of them.")
    assert carried(AVERAGE, other) == [(10.0, "good", False), (None, "", True)]
    own = replace(AVERAGE, points=1.0)
    assert carried(own, SATURATED) == [(1.0, "", False), (3.0, "", False)]


@pytest.mark.parametrize(
    ("if_changed", "points"),
    [("keep", [None, 3.0]), ("scale", [4.0, 6.0]), ("mark-again", [None, None])],
)
def test_a_maximum_that_has_changed(if_changed, points):
    less, more = replace(AVERAGE, out_of=5.0), replace(SATURATED, out_of=15.0)
    assert [mark[0] for mark in carried(less, more, if_changed=if_changed)] == points


def test_a_maximum_that_has_changed_is_asked_about():
    worth = {"hw2-q3": 12.5, "hw2-q4": 10.0}
    with pytest.raises(ValueError, match=r"hw2-q4 was worth 7.5 and is worth 10 now, with 1 mark "):
        must_be_decided(EARLIER.values(), worth, None)
    must_be_decided(EARLIER.values(), worth, "scale")
    must_be_decided(EARLIER.values(), {"hw2-q3": 12.5, "hw2-q4": 7.5}, None)
    must_be_decided([sample()], worth, None)  # nothing was marked
