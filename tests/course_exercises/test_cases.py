"""A function is tried on several cases, and only a slip that fits all of them is named."""

import importlib
import re
from itertools import combinations

import numpy as np
import pytest
from test_exercises import LESSONS, WRONG, answer_of
from tiers import thinned

from course_exercises import (
    classes,
    digits,
    forward_pass,
    gradient_of_W1,
    gradient_of_W2,
    gradient_of_W3,
    loss,
    shared_and_skipped,
    start_here,
    way_back,
    why_backwards,
)
from course_exercises.cases import DIFFERS, Case, Results, agrees, try_cases, uses_each_argument
from course_exercises.question import Slip, Wrong, find_slip, same

ONE = Case({"x": 2.0}, 4.0, {"doubled": 4.0, "added 2": 4.0, "halved": 1.0})
TWO = Case({"x": 3.0}, 9.0, {"doubled": 6.0, "added 2": 5.0, "halved": 1.5})
THREE = Case({"x": 1.0}, 1.0, {"doubled": 2.0, "added 2": 3.0, "halved": 0.5})


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x: 2 * x, "^doubled$"),  # right in the first case
        (lambda x: x / 2, "^halved$"),
        (
            lambda x: {3: 6, 1: 3}.get(x, x * x),
            DIFFERS.replace(".", r"\."),
        ),  # each time another slip
        (lambda x: 5, "the same for other arguments"),  # though "added 2" fits one case
        (lambda x: x**3, "^that is not it"),
    ],
)
def test_a_slip_has_to_explain_all_cases(answer, words):
    with pytest.raises(Wrong, match=words):
        try_cases(answer, [ONE, TWO, THREE])


def test_what_is_right_in_all_cases_is_right():
    try_cases(lambda x: x * x, [ONE, TWO, THREE])


def test_a_case_in_which_the_code_stops_tells_nothing_against_a_slip():
    with pytest.raises(Wrong, match=r"^halved$"):
        try_cases(lambda x: x / 2 if x > 1 else [][0], [ONE, TWO, THREE])


def test_two_slips_that_no_case_tells_apart_are_both_named():
    cases = [Case({"x": x}, x, {"this": -x, "that": -x}) for x in (1.0, 2.0)]
    with pytest.raises(Wrong, match="this Or: that"):
        try_cases(lambda x: -x, cases)


def test_one_result_is_wanted():
    with pytest.raises(Wrong, match=r"return the square alone\."):
        try_cases(lambda x: (x, x * x), [ONE, TWO], alone="the square")


SQUARE = {"x": np.array([[1.0, 2.0], [-3.0, 1.0]]), "y": np.array([[2.0, 5.0], [1.0, -1.0]])}


@pytest.mark.parametrize(
    "answer",
    [
        lambda x, y: (x * y).astype(int),
        lambda x, y: (x * y > 0) * 1.0,
        lambda x, y: np.clip(x * y, 0, 1),
        lambda x, y: (x @ y).argmax(axis=0),
        lambda x, y: x + y,
        lambda x, y: x * 0 if np.isfinite(x + y).all() else [][0],  # an error is a difference
    ],
)
def test_nobody_is_accused_who_uses_all_arguments(answer):
    uses_each_argument(Results(answer), SQUARE)


def test_who_does_not_use_an_argument_is_told_which():
    with pytest.raises(Wrong, match="another y changes nothing"):
        uses_each_argument(Results(lambda x, y: x), SQUARE)
    with pytest.raises(Wrong, match="x, y change nothing"):
        uses_each_argument(Results(lambda x, y: np.ones((2, 2))), SQUARE)


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (forward_pass.q3, "def my_forward_pass(x, W1, W2, W3):\n    print('.')\n    return {}"),
        (
            gradient_of_W3.earlier_q5,
            "def gradient_of_W3(h2, z3, y):\n    print('.')\n    return {}",
        ),
        (gradient_of_W1.q1, "def my_gradients(x, y, W1, W2, W3):\n    print('.')\n    return {}"),
    ],
    ids=["1.3", "3.5", "5.1"],
)
def test_what_a_function_prints_comes_once_for_each_case(question, code, capsys):
    results = ("np.ones((3, 3))", "x", "h2 + z3 + y", "x + y @ W1 @ W2 @ W3", "W1, W2, 7 * W3")
    for result in results:
        question.verdict(answer_of(question, code.format(result)))
        assert capsys.readouterr().out.count(".") <= 5, result


def test_what_stops_agrees_with_nothing():
    assert agrees(lambda x: x * x, {"x": 2.0}, 4.0)
    assert not agrees(lambda x: x / 0, {"x": 2.0}, 4.0)
    assert not agrees(lambda x: None, {"x": 2.0}, 4.0)


@pytest.mark.parametrize(
    ("answer", "right", "words"),
    [
        (0.33, 1 / 3, "rounded"),
        (0.3333, 1 / 3, "rounded"),
        ([[0.3, 0.67]], [[1 / 3, 2 / 3]], "numbers are not"),  # one of them with one decimal
        (0.3, 1 / 3, "that is not it"),
        (0.0, 1e-4, "that is not it"),
        (0.34, 1 / 3, "that is not it"),
        (19.004, 19, "that is not it"),
        (0.21, 0.16, "a slip"),  # 0.2139
        (0.2, 0.16, "that is not it"),
    ],
)
def test_a_rounded_number_is_known_by_its_decimals(answer, right, words):
    assert words in find_slip(answer, right, {Slip("a slip"): 0.2139}).words


FUNCTIONS = [
    (forward_pass, "q3"),
    (loss, "earlier_q4"),
    (gradient_of_W3, "earlier_q5"),
    (gradient_of_W2, "earlier_q4"),
    (gradient_of_W2, "q3"),
    (classes, "q2"),
    (digits, "q1"),
    (digits, "q2"),
    (shared_and_skipped, "q2"),
    (why_backwards, "q2"),
]


def cases_of(module, name, monkeypatch):
    """The cases on which a question tries a function."""
    kept = []
    monkeypatch.setattr(module, "try_cases", lambda answer, cases, **more: kept.extend(cases))
    question = getattr(module, name)
    question.verdict(answer_of(question, question.code))
    return kept


def can_be_made(slip, case):
    return slip in case.slips and not np.isnan(case.slips[slip]).any()


@pytest.mark.parametrize(
    ("module", "name"), thinned(FUNCTIONS, 3), ids=[f"{m.__name__}" for m, _ in FUNCTIONS]
)
def test_a_case_tells_every_two_slips_apart(module, name, monkeypatch):
    """And every slip from what is right."""
    cases = cases_of(module, name, monkeypatch)
    words = {each for case in cases for each in case.slips}
    assert len(words) > 20
    for each in words:
        defined = [case for case in cases if can_be_made(each, case)]
        assert not all(same(case.slips[each], case.right) for case in defined), each
    for one, other in combinations(sorted(words), 2):
        both = [c.slips for c in cases if can_be_made(one, c) and can_be_made(other, c)]
        assert not both or not all(same(slips[one], slips[other]) for slips in both), (one, other)


def test_every_two_slips_of_the_whole_way_back_are_told_apart():
    rng = np.random.default_rng(3)
    case = {"x": (1, 3), "y": (1, 3), "W1": (3, 3), "W2": (3, 3), "W3": (3, 3)}
    case = {name: rng.normal(size=shape) for name, shape in case.items()}
    slips = way_back._slips(case["W1"], case["W2"], case["W3"])
    found = {words: way_back._way_back(**case, **altered) for words, altered in slips.items()}
    found["right"] = way_back._way_back(**case)
    for one, other in combinations(found, 2):
        assert not way_back._alike(found[one], found[other]), (one, other)


# On paper the numbers stand in the lesson, and at some of them two slips meet; both are named then.
MEET = {
    start_here: {36.0: 2, 12.0: 2},
    loss: {21.0: 2},
}
ON_PAPER = [
    module
    for module in (importlib.import_module(f"course_exercises.{lesson}") for lesson in LESSONS)
    if hasattr(module, "name_slip")
]


@pytest.mark.parametrize("module", ON_PAPER, ids=lambda module: module.__name__.split(".")[1])
def test_on_paper_no_two_slips_meet_but_these(module, monkeypatch):
    meeting = {}

    def keep(answer, right, slips):
        values = list(slips.values())
        for one in values:
            assert not same(one, right), one
            alike = sum(same(one, other) for other in values)
            if alike > 1:
                meeting[float(np.sum(one))] = alike

    monkeypatch.setattr(module, "name_slip", keep)
    for name, question in vars(module).items():
        if re.fullmatch(r"q\d", name):
            answer = answer_of(question, question.code)
            if not callable(answer):
                question.verdict(answer)
    assert meeting == MEET.get(module, {})


@pytest.mark.long
def test_no_function_of_these_lessons_hears_two_names_for_one_slip():
    questions = {getattr(module, name) for module, name in [*FUNCTIONS, (gradient_of_W1, "q1")]}
    tried = [(question, code) for question, code, _ in WRONG if question in questions]
    assert len(tried) > 250
    for question, code in tried:
        assert " Or: " not in question.verdict(answer_of(question, code))[1], code
