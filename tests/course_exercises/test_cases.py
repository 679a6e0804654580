"""A function on several cases: a slip is named only if it explains all of them."""

import numpy as np
import pytest

from course_exercises.cases import Case, judge
from course_exercises.question import NotAttempted, Wrong

# The mean of the numbers. In the first case doubling and squaring look alike, in both the last
# number is 2.
CASES = [
    Case({"a": np.array([2.0])}, 2.0, {"doubled": 4.0, "squared": 4.0}, "one number"),
    Case({"a": np.array([4.0, 2.0])}, 3.0, {"doubled": 6.0, "squared": 9.0}, "two numbers"),
]


def said(answer, cases=CASES, advice="") -> str:
    with pytest.raises(Wrong) as wrong:
        judge(answer, cases, advice)
    return str(wrong.value)


def test_what_is_right_passes_and_nothing_is_not_attempted():
    judge(np.mean, CASES)
    with pytest.raises(NotAttempted):
        judge(lambda a: None, CASES)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda a: 2 * a.mean(), "doubled"),
        (lambda a: a.mean() ** 2, "squared"),
        # 4 in the first case, but neither of them in the second
        (lambda a: a.mean() + 2, "that is not it."),
        (lambda a: a[-1], "it returns the same for other arguments. Use the names"),
        (lambda a: a[0], "it is right for one number, but not for two numbers: that is not it."),
        (lambda a: a, "one number is wanted, and the shape is (1,)."),
        (lambda a: "2", "not a str"),
        (lambda a: a.sort() or 1, "a was changed in place"),
        (lambda a: b, "your code stopped with NameError"),  # noqa: F821
        (lambda a: a[1], "your code stopped with IndexError"),
        (lambda a: a.sum() / (2 - len(a)), "it is right for one number, but not for two"),
    ],
)
def test_what_is_said(answer, words):
    assert words in said(answer)


def test_an_error_behind_a_wrong_result_does_not_hide_the_slip():
    """In the first case it is known what was done; in the second it stops."""
    cases = [Case({"a": np.array([3.0])}, 3.0, {"squared": 9.0}, "one number"), CASES[1]]
    assert said(lambda a: float(a[0]) ** 2 if len(a) == 1 else a[9], cases) == "squared"


@pytest.mark.parametrize("known", [{}, {"squared": np.nan}])
def test_a_slip_that_cannot_be_made_in_a_case_is_not_asked_there(known):
    other = Case(CASES[1].arguments, 3.0, known, "two numbers")
    assert "squared" in said(lambda a: a.mean() ** 2, [CASES[0], other])


def test_advice_comes_with_an_index_or_with_shapes_only():
    assert said(lambda a: a[1], advice="Look at len(a).").endswith("Look at len(a).")
    assert "Look" not in said(lambda a: b, advice="Look at len(a).")  # noqa: F821
