"""Tasks that belong to a key, and answers that are judged as a whole."""

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
    not_right,
    told,
)
from course_exercises.question import Slip

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
    return Task("example()", steps, {"found": Satisfies(differs)})


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
        ({"x": "one", "y": 3}, "not a dict"),
        ({}, "a number or an array"),
        ("text", "not a str"),
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
