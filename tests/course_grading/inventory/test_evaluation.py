"""What a class has learned: numbers that are known beforehand, and who is left out."""

import numpy as np
import pytest
from made_up_class import answers, drawn

from course_grading.inventory import pages
from course_grading.inventory.answers import Answers
from course_grading.inventory.evaluation import discrimination, evaluate, interval
from course_grading.inventory.forms import form

ALL, NOTHING = [True] * 20, [False] * 20


def test_a_class_of_which_everything_is_known():
    """Four students; before nobody knows anything, afterwards half of them the first topic."""
    first = [question.idea == form("A")[0].idea for question in form("A")]
    before = {f"s{i}": answers("AB"[i % 2], NOTHING) for i in range(4)}
    after = {f"s{i}": answers("BA"[i % 2], first if i < 2 else NOTHING) for i in range(4)}
    found = evaluate([before, after])
    assert found.students == 4 and found.times == ("before", "after")
    assert found.whole.shares[0].mean == 0
    assert found.whole.shares[1].mean == pytest.approx(4 * 2 / 80)
    assert found.topics[0].gains[0].mean == pytest.approx(0.5)
    assert all(topic.gains[0].mean == 0 for topic in found.topics[1:])
    assert [item.shares for item in found.items[:5]] == [(0, 0.5)] * 4 + [(0, 0)]
    assert found.items[0].by_form == (0.25, 0.25)
    assert found.items[0].discrimination == pytest.approx(1)
    assert found.items[5].discrimination is None
    assert sum(idea.shares[0] for idea in found.wrong_ideas) == pytest.approx(20)
    assert sum(idea.shares[1] for idea in found.wrong_ideas) == pytest.approx(18)


def test_the_interval_is_that_of_the_mean():
    """For many students the bootstrap gives ± 1.96 standard errors."""
    rng = np.random.default_rng(0)
    gains = rng.normal(0.3, 0.2, 400)
    weights = rng.multinomial(400, np.full(400, 1 / 400), size=10_000) / 400
    found = interval(gains, weights)
    error = 1.96 * gains.std() / 20
    middle = gains.mean()
    assert found.mean == pytest.approx(middle)
    assert found.low == pytest.approx(middle - error, abs=0.0015)
    assert found.high == pytest.approx(middle + error, abs=0.0015)


def test_the_gain_is_paired():
    """Students who differ much, and who all gain the same: the gain is known exactly."""
    before = {f"s{i:02}": answers("A", [k < i for k in range(20)]) for i in range(15)}
    after = {f"s{i:02}": answers("B", [k < i + 5 for k in range(20)]) for i in range(15)}
    found = evaluate([before, after]).whole
    assert found.shares[0].high - found.shares[0].low > 0.1
    gain = found.gains[0]
    assert (gain.mean, gain.low, gain.high) == pytest.approx((0.25, 0.25, 0.25))


@pytest.mark.long
def test_the_intervals_hold_what_they_promise():
    """Of a hundred classes about 95 have the true gain within their interval."""
    hits = 0
    for seed in range(100):
        gain = evaluate(drawn(25, (0.4, 0.6), seed), seed).whole.gains[0]
        hits += gain.low <= 0.2 <= gain.high
    assert 88 <= hits <= 99


def test_discrimination():
    right = np.zeros((8, 20))
    right[4:, :10] = 1  # the better half
    assert discrimination(right, 0) == pytest.approx(1)
    right[:, 19] = [1, 1, 1, 1, 0, 0, 0, 0]
    assert discrimination(right, 19) == pytest.approx(-1)
    assert discrimination(right, 15) is None  # nobody
    assert discrimination(right[:2], 0) is None  # of two students


def test_same_numbers_each_time():
    sheets = drawn(12, (0.3, 0.6, 0.5))
    assert evaluate(sheets) == evaluate(sheets)
    assert evaluate(sheets, seed=1) != evaluate(sheets)


# ---------------------------------------------------------------- who is there, and remarks


def test_who_was_not_there_each_time_is_named_and_not_counted():
    before, after, later = drawn(14, (0.3, 0.6, 0.5))
    del after["s03"], later["s05"], later["s06"]
    later["stranger"] = answers("A", ALL)
    found = evaluate([before, after, later])
    assert found.students == 11
    assert "Not there before, so not counted, was: stranger." in found.remarks
    assert "Not there after, so not counted, were: s03, stranger." in found.remarks
    assert "Not there two weeks later, so not counted, were: s05, s06." in found.remarks
    without = [{k: v for k, v in sheet.items() if k in later and k in after and k in before}
               for sheet in (before, after, later)]  # fmt: skip
    assert evaluate(without).whole == found.whole


def test_nobody_was_there_each_time():
    with pytest.raises(ValueError, match=r"No student is in all files\. Are the students called"):
        evaluate([{"Ada": answers("A", ALL)}, {"ada": answers("B", ALL)}])


def remarks(before, after):
    return " ".join(evaluate([before, after]).remarks)


def test_what_the_instructor_should_know():
    one = {"s1": answers("A", ALL)}
    assert "no interval" in remarks(one, {"s1": answers("B", ALL)})
    few = {f"s{i}": answers("AB"[i % 2], ALL) for i in range(4)}
    turned = {f"s{i}": answers("BA"[i % 2], ALL) for i in range(4)}
    assert remarks(few, turned) == (
        "There are only 4 students: with fewer than 10 intervals say little."
    )
    assert "4 students had the same form before and after" in remarks(few, few)
    alike = {student: answers("A", ALL) for student in few}
    assert "All had the same form before" in remarks(alike, turned)
    empty = {student: Answers(each.form, ("",) * 20) for student, each in few.items()}
    assert "50 % of the answers are empty" in remarks(empty, turned)


# ---------------------------------------------------------------- the page


def test_the_page_says_what_the_numbers_say():
    found = evaluate(drawn(12, (0.3, 0.7, 0.6)))
    page = pages.evaluation_page(found)
    sentence = pages.figure(found).sentence
    assert page.count(sentence) == 2  # below the figure, and for who does not see it
    assert f"{found.students} students" in page and "draft until ten interviews" in page
    for item in found.items:
        assert f"{item.number}. {item.idea}".replace("'", "&#39;") in page
    assert "http" not in page.replace("http-equiv", "")  # it works without a network


def test_a_name_of_a_student_is_text():
    name = "<script>alert(1)</script>"
    sheets = [{"s1": answers("A", ALL), name: answers("B", ALL)}, {"s1": answers("B", ALL)}]
    page = pages.evaluation_page(evaluate(sheets))
    assert "<script" not in page and "&lt;script&gt;" in page


def test_all_right_and_nothing_wrong_to_list():
    found = evaluate([{"s1": answers("A", ALL)}, {"s1": answers("B", ALL)}])
    assert "None was chosen" in pages.evaluation_page(found)


def test_the_draft_ends_after_ten_interviews(monkeypatch):
    assert "none so far" in pages.draft()
    monkeypatch.setattr(pages, "INTERVIEWS_HELD", 9)
    assert "9 so far" in pages.draft()
    monkeypatch.setattr(pages, "INTERVIEWS_HELD", 10)
    assert pages.draft() == ""
    assert "Draft." not in pages.key()


def test_the_figure_has_a_mark_for_each_topic_and_time():
    found = evaluate(drawn(12, (0.0, 1.0)))
    figure = pages.figure(found)
    assert [line.name for line in figure.lines] == ["All twenty questions"] + [
        topic.name for topic in found.topics
    ]
    left, right = pages.LEFT, pages.WIDTH - pages.RIGHT
    assert {mark.x for line in figure.lines for mark in line.marks} == {left, right}
