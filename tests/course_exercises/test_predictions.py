"""A prediction is refused, or noted; what came is computed, and held against what was read."""

import importlib
import json
import re
import subprocess
import sys
from functools import partial
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import course_exercises
import course_nn as nn
from course_exercises.observation import misreading
from course_exercises.prediction import Choice, OneDigit, Order, Prediction, Shape, WholeNumber
from course_exercises.question import Wrong

ROOT = Path(__file__).parents[2]
SIGNS = ("rises", "falls", "cannot be known")


def prediction(came=lambda: -0.27407, **changes):
    settings = {
        "choices": SIGNS,
        "reads": lambda change: "rises" if change > 0 else "falls",
        "why": "A large weight is taken for a large `loss`.",
    }
    return Prediction("Prediction 2.1", came=came, **settings | changes)


# --- what may be answered -------------------------------------------------------------------------

READ = [
    (Choice(SIGNS), "rises", "rises"),
    (Choice(SIGNS), " “Rises”. ", "rises"),
    (Choice(SIGNS), "'FALLS'", "falls"),
    (Choice(SIGNS), "cannotbe  known", "cannot be known"),
    (Choice(SIGNS), "r", "rises"),
    (Choice(SIGNS), "C", "cannot be known"),
    (Choice(("W3[0, 0]", "W3[1, 0]")), "w3[1,0]", "W3[1, 0]"),
    (Choice(("the sum", "the sum of squares")), "the sum", "the sum"),
    (Choice(("1", "2", "3")), 2, "2"),
    (Choice(("1", "2", "3")), np.int64(2), "2"),
    (Choice(("-1", "1")), "−1", "-1"),
    (Choice(("0.05", "0.5")), 0.5, "0.5"),
    (Choice(("0.05", "0.5")), np.float64(0.05), "0.05"),
    (WholeNumber(), 3, 3),
    (WholeNumber(), 3.0, 3),
    (WholeNumber(), 2.9999999999, 3),
    (WholeNumber(), np.array(3), 3),
    (WholeNumber(), [3], 3),
    (WholeNumber(), -4, -4),
    (OneDigit(), 0.27, 0.27),
    (OneDigit(), np.float32(0.5), 0.5),
    (Shape(), (3, 2), (3, 2)),
    (Shape(), [3, 2], (3, 2)),
    (Shape(), np.zeros((3, 2)).shape, (3, 2)),
    (Shape(), np.array([3, 2]), (3, 2)),
    (Shape(), (), ()),
    (Shape(), 3, (3,)),
    (Shape(2), (3.0, 2), (3, 2)),
    (Order(("loss", "z3", "h2")), ["h2", "z3", "loss"], ["h2", "z3", "loss"]),
    (Order(("loss", "z3", "h2")), "H2, z3, l", ["h2", "z3", "loss"]),
    (Order(("loss", "z3", "h2")), np.array(["h2", "z3", "loss"]), ["h2", "z3", "loss"]),
    (Order(("W3[0, 0]", "W3[1, 0]")), "W3[1,0], W3[0,0]", ["W3[1, 0]", "W3[0, 0]"]),
]


@pytest.mark.parametrize(("kind", "answer", "expected"), READ)
def test_what_is_typed_is_read_forgivingly(kind, answer, expected):
    assert kind.read(answer) == expected
    assert kind.words(kind.read(answer))
    assert kind.typed


REFUSED = [
    (Choice(SIGNS), "up", "“up” is no possible answer."),
    (Choice(SIGNS), "", "no possible answer"),
    (Choice(SIGNS), "rises or falls", "no possible answer"),
    (Choice(SIGNS), ("rises", "falls"), "not a tuple"),
    (Choice(SIGNS), True, "not a bool"),
    (Choice(SIGNS), 1, "“1” is no possible answer"),
    (Choice(SIGNS), 0.5, "“0.5” is no possible answer"),
    (Choice(("0.05", "0.5")), 0.0, "“0.0” is no possible answer"),
    (Choice(SIGNS), np.array("rises"), "not a ndarray"),
    (Choice(("the sum", "the mean")), "the", "may mean “the sum” or “the mean”"),
    (WholeNumber(), 2.5, "without decimals"),
    (WholeNumber(), "3", "Leave out the quotes"),
    (WholeNumber(), "three", "not a text"),
    (WholeNumber(), True, "not a bool"),
    (WholeNumber(), np.True_, "a number is needed"),
    (WholeNumber(), float("nan"), "NaN"),
    (WholeNumber(), float("inf"), "NaN and inf"),
    (WholeNumber(), 3 + 0j, "not a complex"),
    (WholeNumber(), [3, 3], "array of shape (2,)"),
    (WholeNumber(), [], "array of shape (0,)"),
    (WholeNumber(), [[1], [2, 3]], "a number is needed"),
    (WholeNumber(), object(), "not an object"),
    (WholeNumber(), np.ma.masked_array([3.0], [True]), "a number is needed"),
    (WholeNumber(), 10**400, "a number is needed"),
    (OneDigit(), "0.3", "Leave out the quotes"),
    (Shape(), "(3, 2)", "Leave out the quotes"),
    (Shape(), (3, -2), "none of them is below 0"),
    (Shape(), (3, 2.5), "whole numbers"),
    (Shape(), ((3, 2),), "array of shape (2,)"),
    (Shape(), np.zeros((3, 2)), "one pair of brackets"),
    (Shape(), (True, 2), "not a bool"),
    (Shape(2), (3,), "this shape has 2 numbers, and 1 came"),
    (Order(("a1", "a2", "b")), ["a1", "b"], "“a2” must be there too"),
    (Order(("a1", "a2", "b")), ["a1", "a1", "b"], "“a1” is there 2 times"),
    (Order(("a1", "a2", "b")), ["a", "a2", "b"], "may mean"),
    (Order(("a1", "a2", "b")), 3, "not an int"),
    (Order(("a1", "a2", "b")), {"a1", "a2", "b"}, "not a set"),
]


@pytest.mark.parametrize(("kind", "answer", "words"), REFUSED)
def test_what_is_no_possible_answer_is_refused_in_a_sentence(kind, answer, words):
    with pytest.raises(Wrong) as refusal:
        kind.read(answer)
    assert words in str(refusal.value)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    ("said", "came", "same"),
    [
        (0.3, 0.274, True),
        (0.27, 0.274, True),
        (0.2, 0.274, False),
        (0.3, 0.25, True),
        (0.2, 0.25, True),
        (0.4, 0.25, False),
        (0.9, 1.04, False),
        (1, 1.04, True),
        (100, 96, True),
        (-0.3, 0.3, False),
        (0, 0.3, False),
        (0, 0, True),
    ],
)
def test_one_digit_counts(said, came, same):
    assert OneDigit().meets(said, came) is same


@pytest.mark.parametrize("texts", [(), ("one",), ("a", " A "), ("a", "")])
def test_choices_that_cannot_be_told_apart_are_no_choices(texts):
    with pytest.raises(ValueError, match="Two texts or more"):
        Choice(texts)


def test_either_choices_or_a_kind():
    for wrong in ({"choices": None}, {"kind": WholeNumber()}):
        with pytest.raises(ValueError, match="either choices or a kind"):
            prediction(**wrong)


# --- what was read --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "came"),
    [
        (-0.27407, -0.27407),
        (-0.2741, -0.27407),
        (-0.27, -0.27407),  # two digits, as a lesson prints them
        (3.8, 3.7983),
        (1.0, 1.004),
        (0.0067, 0.0066929),
        (120, 120.34),
        (np.float64(-0.27407), -0.27407),
        (np.array(-0.27407), -0.27407),  # no axis
        (np.array([-0.27407]), -0.27407),  # a loss of one example
        (-0.27407, np.array([-0.27407])),
        (np.float32(0.1), 0.1),
        (3, 2.9999999999),
        (1600, 1600),
        (0, 0.0),
        (0.0, 1e-17),
        ([0.0055, -0.2329], np.array([0.00549, -0.23291])),
        (np.array([[1, 2], [3, 4]]), np.array([[1.0, 2.0], [3.0, 4.0]])),
        ([[0.0055, -0.2329]], np.array([0.00549, -0.23291])),
        ([0.0055, -0.2329], np.array([[0.00549, -0.23291]])),
        ((3, 2), (3, 2)),
        ([3, 2], (3, 2)),
        (np.zeros((3, 2)), (3, 2)),
        ("W3[1,0]", "W3[1, 0]"),
        (["W1", "w2"], ["W1", "W2"]),
        (np.array(["W1", "W2"]), ["W1", "W2"]),
        (np.False_, False),
    ],
)
def test_what_was_read_rightly(value, came):
    assert misreading(value, came) == ""


@pytest.mark.parametrize(
    ("value", "came", "words"),
    [
        (-0.3, -0.27407, "with 2 digits at least"),
        (4, 3.7983, "rounded too much"),
        (0.2741, -0.27407, "the other sign"),
        (-2.741, -0.27407, "decimal point"),
        (-0.28, -0.27407, "not what came"),
        (-0.2742, -0.27407, "not what came"),
        (100, 104, "not what came"),
        (3, 2, "not what came"),
        (float("nan"), -0.27407, "NaN"),
        (float("inf"), -0.27407, "not what came"),
        ("-0.2741", -0.27407, "Leave out the quotes"),
        (True, 1.0, "a number was to be read"),
        (np.True_, 1.0, "a number was to be read"),
        (False, 0.0, "a number was to be read"),
        (1 + 0j, 1.0, "a number was to be read"),
        (object(), 1.0, "a number was to be read"),
        (lambda: 1.0, 1.0, "a number was to be read"),
        (np.ma.masked_array([1.0], [True]), 1.0, "a number was to be read"),
        ([1.0, 1.0], 1.0, "array of shape (2,) was given"),
        ([], 1.0, "array of shape (0,) was given"),
        (1.0, np.ones((2, 2)), "the shape () of a single number was read, and (2, 2) came"),
        (np.ones(4), np.ones((2, 2)), "the shape (4,) was read, and (2, 2) came"),
        (np.ones((3, 1)), np.ones(3), "the shape (3, 1) was read, and (3,) came"),
        (np.ones((1, 3)), 2 * np.ones(3), "not what came here"),
        (np.ones((2, 3)), np.ones((3, 2)), "the shape (2, 3) was read, and (3, 2) came"),
        ([[1], [2, 3]], np.ones((2, 2)), "an array of numbers was to be read"),
        (np.array([[1.0, 3.0], [2.0, 4.0]]), np.array([[1.0, 2.0], [3.0, 4.0]]), "not what came"),
        ((2, 3), (3, 2), "exchanged"),
        ((3, 3), (3, 2), "another shape"),
        ((3, 2, 1), (3, 2), "another shape"),
        (np.zeros((2, 3)), (3, 2), "exchanged"),
        ("(3, 2)", (3, 2), "a shape was to be read"),
        ((3, True), (3, 1), "a shape was to be read"),
        ((3, -2), (3, 2), "a shape was to be read"),
        (6, (3, 2), "a shape was to be read"),
        (["W2", "W1"], ["W1", "W2"], "in another order"),
        ("W1", ["W1", "W2"], "not what came"),
        (3, ["W1", "W2"], "a list of texts"),
        ([1, 2], ["W1", "W2"], "a list of texts"),
        ("b", "a", "not what came"),
        (1, "a", "a text was to be read"),
        (1, True, "True or False was to be read"),
        (True, False, "the other one"),
    ],
)
def test_what_was_misread_is_noticed(value, came, words):
    assert words in misreading(value, came)


NUMBERS = st.floats(-1e6, 1e6).filter(lambda x: abs(x) > 1e-3)


@given(NUMBERS, st.integers(2, 8))
def test_rounded_to_enough_digits_is_read_rightly(came, digits):
    assert misreading(float(f"{came:.{digits - 1}e}"), came) == "" or abs(came) >= 100


@given(NUMBERS, NUMBERS)
def test_another_number_is_misread(came, other):
    """A number that differs by more than a rounding to two digits is never taken for it."""
    if abs(came - other) > 0.051 * max(abs(came), abs(other)):
        assert misreading(other, came)


# --- predict, see ---------------------------------------------------------------------------------


def said(capsys):
    return " ".join(capsys.readouterr().out.split())


def test_dots_are_no_prediction_and_say_what_may_be_typed(capsys):
    p = prediction()
    expected = (
        "Prediction 2.1: not made yet. In place of the dots, type "
        '"rises", "falls" or "cannot be known".'
    )
    for nothing in ((), (...,), (None,)):
        p.predict(*nothing)
        assert said(capsys) == expected


def test_a_prediction_may_be_changed_until_it_is_seen(capsys):
    p = prediction()
    p.predict("rises")
    assert "“rises” is noted" in said(capsys)
    p.predict("up")
    assert "“up” is no possible answer" in said(capsys)
    p.predict(...)
    assert "“rises” stays noted" in said(capsys)
    p.predict("falls")
    p.see(-0.2741)
    assert "“falls” came (−0.2741), as you predicted." in said(capsys)
    p.predict("rises")
    assert "shown already, so “falls” stays noted" in said(capsys)
    p.see(-0.2741)
    assert "as you predicted" in said(capsys)


def test_a_wrong_prediction_is_set_beside_what_came(capsys):
    p = prediction()
    p.predict("r")
    p.see(-0.27407)
    text = said(capsys)
    assert "“falls” came (−0.2741). You predicted “rises”." in text
    assert "A large weight is taken for a large loss." in text  # no backticks in plain text


def test_what_was_misread_shows_nothing(capsys):
    p = prediction(where="It stands in the line that begins with `change`.")
    p.predict("rises")
    for wrong in (0.2741, -0.3, True, "-0.2741", float("nan"), np.ones(3)):
        p.see(wrong)
        text = said(capsys)
        assert "It stands in the line" in text and "falls" not in text, text
    p.predict("falls")  # nothing is out, so it may still be changed
    p.see(-0.2741)
    assert "as you predicted" in said(capsys)


def test_seen_without_a_prediction(capsys):
    p = prediction()
    p.see()
    assert "nothing seen yet" in said(capsys)
    p.see(-0.27)
    assert "“falls” came (−0.2741). You had made no prediction." in said(capsys)
    p.predict("rises")
    assert "“rises” is noted, though what came was shown before." in said(capsys)
    p.predict("falls")
    assert "“rises” stays noted" in said(capsys)


def test_a_loss_of_one_example_is_shown_as_a_number(capsys):
    p = prediction(lambda: np.array([-0.27407]), reads=lambda loss: "falls")
    p.see(-0.2741)
    assert "“falls” came (−0.2741)." in said(capsys)


def test_several_numbers_make_a_shape(capsys):
    p = prediction(lambda: (3, 2), choices=None, kind=Shape(), reads=None)
    p.predict(3, 2)
    p.see(np.zeros((3, 2)))
    assert "(3, 2) came, as you predicted." in said(capsys)


def test_a_second_case_follows(capsys):
    again = prediction(lambda: 0.5, asks="Now `y` = (−3, 0). Does the loss rise?")
    p = prediction(again=again)
    p.see(-0.27)
    text = said(capsys)
    assert "A second case. Now y = (−3, 0). Does the loss rise?" in text
    assert "questions.p1.again.predict(...)" in text
    p.again.predict()
    assert "Does the loss rise?" in said(capsys)
    p.again.predict("rises")
    assert "is noted. Now put what came into questions.p1.again.see(...)." in said(capsys)
    p.again.see(0.5)
    assert "“rises” came (0.5), as you predicted." in said(capsys)


@given(st.sampled_from([-2.0, -0.5, 0.5, 2.0]), st.sampled_from(SIGNS))
def test_nothing_is_kept_of_what_came(change, answer):
    """If what is computed changes, what counts as read rightly and as right changes with it."""
    values = [change]
    p = prediction(lambda: values[0])
    p.said = p.kind.read(answer)
    assert ("as you predicted" in p._beside(p.came())) is (p.means(change) == answer)
    values[0] = -change
    assert misreading(change, p.came())
    assert ("as you predicted" in p._beside(p.came())) is (p.means(-change) == answer)


def test_run_all_never_raises(capsys):
    for nothing in (object(), [], {}, 1j, float("nan"), lambda: 1, int, [[1], [2, 3]], "?", b"x"):
        for p in (
            prediction(),
            prediction(lambda: np.ones((2, 2)), reads=lambda a: "falls"),
            prediction(lambda: (3, 2), choices=None, kind=Shape(), reads=None),
            prediction(lambda: ["a", "b"], choices=None, kind=Order(("b", "a")), reads=None),
            prediction(lambda: 3, choices=None, kind=WholeNumber(), reads=None),
            prediction(lambda: 0.3, choices=None, kind=OneDigit(), reads=None),
        ):
            p.predict(nothing)
            p.see(nothing)
            assert "came, as" not in said(capsys)
    with nn.Graph():
        p.see(nn.Parameter("W", np.ones((1, 1))))
    assert "a number was to be read" in said(capsys)


# --- in a notebook --------------------------------------------------------------------------------


def shown(p, value):
    """What `see` displays in IPython: HTML and text."""
    shell = InteractiveShell.instance()
    try:
        with capture_output() as captured:
            p.see(value)
    finally:
        shell.clear_instance()
    (output,) = captured.outputs
    return output.data["text/html"], output.data["text/plain"]


def test_in_a_notebook_the_reason_is_folded_and_nothing_is_coloured():
    p = prediction(why="<b> & 1 < 2: see `W3[1, 0] < 0`.", again=prediction(asks="<script>"))
    html, text = shown(p, -0.27)
    assert "<details><summary>Why many people expect something else</summary>" in html
    assert "&lt;b&gt; &amp; 1 &lt; 2: see <code>W3[1, 0] &lt; 0</code>." in html
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert not re.search("color|style|background", html)
    assert text.splitlines()[0] == (
        "Prediction 2.1: “falls” came (−0.2741). You had made no prediction."
    )
    assert "`" not in text
    assert (html, text) == shown(p, -0.27)  # the same each time


def test_without_ipython_the_text_is_printed():
    code = (
        "import sys; sys.modules['IPython'] = None\n"
        "from course_exercises.prediction import Prediction, WholeNumber\n"
        "p = Prediction('Prediction 9.1', came=lambda: 3, kind=WholeNumber(), why='So.')\n"
        "p.predict(3); p.see(3)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Prediction 9.1: 3 came, as you predicted." in run.stdout


# --- those of the lessons -------------------------------------------------------------------------

ASKED = [
    (path.stem, name, found)
    for path in sorted(Path(course_exercises.__file__).parent.glob("*.py"))
    for name, found in vars(importlib.import_module(f"course_exercises.{path.stem}")).items()
    if isinstance(found, Prediction)
]


def cases(p):
    """A prediction and its further cases."""
    return [p, *(cases(p.again) if p.again else [])]


def faults(name, p):
    """What is not whole in a prediction that a lesson knows as `questions.` + name."""
    if p.called != f"questions.{name}":
        yield f"{p.name} is {name} in the lesson, and calls itself {p.called}"
    for case in cases(p):
        came = case.came()
        if misreading(came, came):
            yield f"{case.name}: what came cannot be read: {misreading(came, came)}"
        try:
            meant = case.means(came)
        except Wrong as wrong:
            yield f"{case.name}: what came means no answer: {wrong}"
        else:
            if not case.kind.meets(meant, case.means(case.came())):
                yield f"{case.name}: it comes otherwise each time"
        if not case.why.endswith("."):
            yield f"{case.name}: no sentence says why"
        if case is not p and not case.asks:
            yield f"{case.name}: nobody asks for it"


def predictions_in(notebook):
    """[topic, name, source] of the cells in which a notebook asks for a prediction."""
    for cell in json.loads(notebook)["cells"]:
        source = "".join(cell["source"])
        topic = re.search(r"^from course_exercises import (\w+) as questions$", source, re.M)
        for name in re.findall(r"^questions\.(p\d+)\.predict\(", source, re.M):
            yield topic and topic[1], name, source


def test_each_is_asked_in_its_lesson_and_left_open_there(capsys):
    """Its cell runs alone, as after a restart, and gives nothing away."""
    found = [
        entry
        for path in sorted((ROOT / "notebooks").rglob("*.ipynb"))
        for entry in predictions_in(path.read_text("utf-8"))
    ]
    assert {(topic, name) for topic, name, _ in found} == {(t, name) for t, name, _ in ASKED}
    for _, _, source in found:
        exec(source, {})
        assert "not made yet" in capsys.readouterr().out, source


def test_a_cell_that_asks_is_found():
    line = "from course_exercises import loss as questions\n\n"
    cells = [{"source": [line, "questions.p1.predict(...)"]}, {"source": "questions.p2.predict(1)"}]
    found = [entry[:2] for entry in predictions_in(json.dumps({"cells": cells}))]
    assert found == [("loss", "p1"), (None, "p2")]


@pytest.mark.long
def test_those_of_the_lessons_are_whole():
    """What comes can be computed and read, means an answer, and a second case is asked for."""
    assert [fault for _, name, p in ASKED for fault in faults(name, p)] == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"came": lambda: float("nan")}, "cannot be read"),
        ({"came": partial(next, cycle([-1.0, 1.0]))}, "otherwise each time"),
        ({"reads": lambda change: "up"}, "means no answer: “up”"),
        ({"why": ""}, "no sentence says why"),
        ({"again": prediction()}, "nobody asks for it"),
        ({"again": prediction(asks="And now?", why="So")}, "no sentence says why"),
    ],
)
def test_what_is_not_whole_is_seen(changes, words):
    assert any(words in fault for fault in faults("p1", prediction(**changes)))
    assert list(faults("p1", prediction())) == []
    assert list(faults("p2", prediction())) != []
