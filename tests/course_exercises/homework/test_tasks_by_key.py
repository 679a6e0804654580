"""Tasks that belong to a key, and answers that are judged as a whole."""

import warnings

import numpy as np
import pytest

from course_exercises.homework.actions import Call, Get
from course_exercises.homework.keys import new_key
from course_exercises.homework.tasks import (
    RIGHT,
    ByKey,
    Satisfies,
    Task,
    TaskQuestion,
    Wanted,
    judge,
    not_right,
    told,
)
from course_exercises.question import Kind, Slip

KEY = new_key(np.random.default_rng(1))
SHORT = Slip("a line is missing.")


def two_lines(text):
    if text.count("\n") < 1:
        return told(SHORT)
    return RIGHT if text.startswith("a") else not_right(f"{text[0]} stands there, not a.")


def lines(rng, key):
    steps = [Call("lines", (), into="text"), Get("text")]
    return Task(f"lines() of {key or 'everybody'}", steps, {"text": Satisfies(two_lines, True)})


def differs(value):
    return RIGHT if value["x"].sum() != value["y"].sum() else not_right("the sums are equal.")


def example(rng):
    steps = [Call("example", (), into="found"), Get("found")]
    return Task("example()", steps, {"found": Satisfies(differs, names=("x", "y"))})


of_text = TaskQuestion("Question 1", "lines", {"the lines": ByKey(lines)}, praise="Yes.")
of_numbers = TaskQuestion("Question 2", "example", {"an example": example}, praise="Yes.")


def said(question, answer, capsys, **names):
    question.check({question.answer: answer, **names})
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("a\nb", "Right."),
        ("c\nb", "c stands there"),
        ("abc", "a line is missing."),
        ("", "not attempted yet"),
        (5, "a text is needed, not an int"),
        (["a", "b"], "a text is needed, not a list"),
        (b"a\nb", "a text is needed"),
    ],
)
def test_a_text_is_judged_as_a_whole(answer, words, capsys):
    assert words in said(of_text, lambda: answer, capsys)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"x": np.ones(2), "y": np.zeros(2)}, "Right."),
        ({"x": [1.0, 2.0], "y": 3}, "the sums are equal."),
        ({"x": [1.0, np.nan], "y": 3}, "NaN"),
        ({"x": "one", "y": 3}, "x: a number or an array of numbers is needed"),
        ({}, "a dictionary with x and y is needed"),
        ("text", "a dictionary with x and y is needed"),
    ],
)
def test_an_example_in_numbers_is_judged_as_a_whole(answer, words, capsys):
    assert words in said(of_numbers, lambda: answer, capsys)


def test_a_task_is_made_for_the_key_of_the_notebook(capsys):
    wrong = "c\nb"
    assert "of everybody" in said(of_text, lambda: wrong, capsys)
    assert f"of {KEY}" in said(of_text, lambda: wrong, capsys, KEY=KEY.lower())
    assert "of everybody" in said(of_text, lambda: wrong, capsys, KEY="")
    with pytest.raises(AssertionError, match=f"of {KEY}"):
        of_text.require({"lines": lambda: wrong, "KEY": KEY}, seed=3)


def test_a_mistyped_key_is_said_before_anything_is_judged(capsys):
    other = KEY[:-1] + ("A" if KEY[-1] != "A" else "B")
    assert "is no key" in said(of_text, lambda: "a\nb", capsys, KEY=other)
    # Where everybody is asked the same it does not matter.
    answer = {"x": np.array([1.0]), "y": np.array([2.0])}
    assert said(of_numbers, lambda: answer, capsys, KEY=other).startswith("Question 2: Right.")


@pytest.mark.parametrize("names", [{}, {"KEY": ""}, {"KEY": KEY}])
def test_where_the_cell_of_the_key_was_not_run_it_is_said(capsys, names):
    for question, answer in ((of_text, "c\nb"), (of_numbers, {"x": np.zeros(2), "y": np.zeros(2)})):
        text = said(question, lambda answer=answer: answer, capsys, **names)
        assert "Not yet" in text
        assert ("There is no KEY" in text) == (question is of_text and not names)


def cannot_fail(value):
    raise AssertionError("it is not asked")


def all_right(value):
    return RIGHT


@pytest.mark.parametrize("found", [{}, {"x": 1}, {"a": [1], "b": [2]}, {1: np.zeros(3)}])
def test_no_judge_gets_a_dictionary_where_an_array_is_wanted(found):
    verdict = judge(Satisfies(cannot_fail), found)
    assert verdict.kind == Kind.TYPE
    assert "not a dictionary" in verdict.words


@pytest.mark.parametrize("found", [{}, {"x": 1}, [1, 2], np.zeros(2), 3.0, {"y": [1], "b": [2]}])
def test_no_judge_gets_something_else_than_a_dictionary_of_these_names(found):
    verdict = judge(Satisfies(cannot_fail, names=("x", "y")), found)
    assert verdict.kind == Kind.WRONG
    assert verdict.words == verdict.safe == "a dictionary with x and y is needed."


def test_a_dictionary_may_have_more_names_or_any():
    found = {"x": 1, "y": 2, "z": 3}
    assert judge(Satisfies(all_right, names=("x", "y")), found).kind == Kind.RIGHT
    assert judge(Satisfies(all_right, names=()), found).kind == Kind.RIGHT
    verdict = judge(Satisfies(cannot_fail, names=()), 3.0)
    assert verdict.words == "a dictionary is needed."
    assert judge(Satisfies(cannot_fail, names=("x",)), {"x": "a"}).kind == Kind.TYPE


@pytest.mark.parametrize("value", [1e300, -1e300, [1.0, 1e308]])
def test_huge_numbers_are_judged_without_a_warning(value):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert judge(Wanted(np.zeros(np.shape(value))), value).kind == Kind.WRONG
