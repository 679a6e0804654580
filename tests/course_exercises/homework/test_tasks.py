"""What came of a task is judged the same in a notebook and by the grader, and nothing slips by."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from course_exercises.homework.actions import Call, Failure, FailureKind, Get
from course_exercises.homework.tasks import (
    COMMON_ERRORS,
    OF_THE_WHOLE,
    ROUNDED,
    SAFE,
    STOPPED,
    Reaches,
    Satisfies,
    Task,
    TaskQuestion,
    Wanted,
    judge,
    not_right,
)
from course_exercises.question import Kind, NotAttempted, Slip

RIGHT = np.array([[1.0, -2.0], [0.5, 4.0]])
TWICE, SUM = Slip("that is twice it."), Slip("that is the sum.")
A, B, C = Slip("a."), Slip("b."), Slip("c.")
WANTED = Wanted(RIGHT, {TWICE: 2 * RIGHT, SUM: RIGHT.sum()})

# --- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [RIGHT, RIGHT.astype(np.float32), RIGHT.tolist(), tuple(map(tuple, RIGHT)), RIGHT + 3e-5],
)
def test_the_right_value_in_any_dress(value):
    assert judge(WANTED, value).kind == "right"


@pytest.mark.parametrize("value", [3, 3.0, np.int8(3), np.float16(3), np.array(3), np.uint64(3)])
def test_one_number_in_any_dress(value):
    assert judge(Wanted(3.0), value).kind == "right"
    assert judge(Wanted(2.0), value).kind == "wrong"


EXACT = np.array([[0.123456, -2.345678], [0.5, 1 / 3]])


@pytest.mark.parametrize("digits", [2, 3, 4])
def test_what_is_rounded_is_said_to_be(digits):
    wanted = Wanted(EXACT, {TWICE: 2 * EXACT})
    for value in (EXACT.round(digits), EXACT.astype(np.float32).round(digits)):
        verdict = judge(wanted, value)
        assert (verdict.kind, verdict.slips, verdict.safe) == ("slip", (ROUNDED,), ROUNDED.words)
    assert judge(wanted, (2 * EXACT).round(digits)).slips == (TWICE,)
    on_the_way = EXACT.round(digits) + 10.0**-digits  # from numbers that were rounded
    assert (judge(wanted, on_the_way).slips == (ROUNDED,)) is (digits > 2)


@pytest.mark.parametrize(
    "value",
    [
        EXACT + 1e-3,  # not rounded
        EXACT.round(1),  # nothing is left
        (EXACT + 0.02).round(3),
        np.zeros_like(EXACT),
    ],
)
def test_what_is_wrong_is_not_only_rounded(value):
    assert judge(Wanted(EXACT), value).kind == "wrong"


def test_small_numbers_are_not_rounded_to_zero():
    assert judge(Wanted(EXACT / 1000), np.zeros_like(EXACT)).kind == "wrong"


class Same:
    """Claims to equal everything."""

    def __eq__(self, other):
        return True

    def __array__(self, *arguments, **options):
        raise RuntimeError("no")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (RIGHT + 1, "wrong"),
        (2 * RIGHT, "slip"),
        (RIGHT.sum(), "slip"),
        (RIGHT.T[:1], "shape"),
        (RIGHT[None], "shape"),
        (np.empty((0, 2)), "shape"),
        (np.full((2, 2), np.nan), "nan"),
        (np.full((2, 2), np.inf), "wrong"),
        (np.where(RIGHT > 3, np.nan, RIGHT), "nan"),
        (True, "type"),
        (RIGHT.astype(bool), "type"),
        (RIGHT.astype(complex), "type"),
        (RIGHT.astype(object), "type"),
        (RIGHT.astype(str), "type"),
        ("1.0", "type"),
        (None, "type"),
        ({"a": 1}, "type"),
        ([[1.0], [1.0, 2.0]], "type"),
        ([1.0, None], "type"),
        (lambda: 1, "type"),
        (Same(), "type"),
        (10**400, "type"),
        (np.array(["2020-01-01"], "M8[D]"), "type"),
        ([[1.0, -2.0], [0.5, True]], "type"),
        (([1.0, -2.0], [np.True_, 4.0]), "type"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_right(value, kind):
    verdict = judge(WANTED, value)
    assert verdict.kind == kind
    assert verdict.safe in (*SAFE.values(), TWICE.words, SUM.words)
    assert bool(verdict.slips) == (kind == "slip") and set(verdict.slips) <= {TWICE, SUM}


@pytest.mark.parametrize("wanted", [1.0, [1.0], [[1.0]], np.ones((1, 1, 1))])
def test_true_is_not_one(wanted):
    assert judge(Wanted(wanted), np.array(wanted, dtype=bool)).kind == "type"


@given(arrays.arrays(float, arrays.array_shapes(max_dims=3), elements=st.floats(-3, 3)))
def test_right_is_right_and_far_is_not(right):
    largest = np.max(np.abs(right))
    assert judge(Wanted(right), right).kind == "right"
    assert judge(Wanted(right), right + max(1e-3, largest)).kind == "wrong"


@pytest.mark.parametrize("largest", [0.01, 0.3, 1.0, 700.0, 1e6])
def test_the_border_of_the_tolerance(largest):
    """One tolerance of the largest entry for every entry, and one of the entry itself."""
    right, far = np.array([largest, 0.0]), np.array([0.0, 1e-5 * largest])
    assert judge(Wanted(right), right + 0.9 * far).kind == "right"
    assert judge(Wanted(right), right - 0.9 * far).kind == "right"
    assert judge(Wanted(right), right + 1.1 * far).kind == "wrong"
    assert judge(Wanted(right, tolerance=1e-3), right + 90 * far).kind == "right"
    assert judge(Wanted(right), right + 1.9 * far[::-1]).kind == "right"
    assert judge(Wanted(right), right + 2.1 * far[::-1]).kind == "wrong"


def test_where_only_zeros_are_right_the_tolerance_is_small_but_not_zero():
    assert judge(Wanted(np.zeros(2)), np.full(2, 0.9e-8)).kind == "right"
    assert judge(Wanted(np.zeros(2)), np.full(2, 1.1e-8)).kind == "wrong"


@pytest.mark.parametrize("largest", [0.1, 1.0, 1e4])
def test_a_slip_has_the_same_tolerance(largest):
    right, slip = np.array([largest, 0.0]), np.array([-largest, 0.0])
    wanted = Wanted(right, {Slip("the sign."): slip})
    for share, kind in ((0.9, "slip"), (1.1, "wrong")):
        assert judge(wanted, slip + np.array([0.0, share * 1e-5 * largest])).kind == kind


def test_two_slips_that_give_the_same_are_both_named():
    verdict = judge(Wanted(1.0, {A: 2.0, B: 2.0, C: 3.0}), 2.0)
    assert (verdict.kind, verdict.words, verdict.safe) == ("slip", "a. Or: b.", "a. Or: b.")
    assert verdict.slips == (A, B)


def test_a_slip_that_gives_the_right_value_is_none():
    assert judge(Wanted(1.0, {A: 1.0}), 1.0).kind == "right"


def test_a_slip_with_another_shape_is_named_and_not_the_shape():
    assert judge(Wanted(np.ones((1, 3)), {A: np.ones(3)}), np.ones(3)).slips == (A,)


@pytest.mark.parametrize(
    ("right", "found", "words"),
    [
        (1.0, np.ones(2), "one number is wanted, and the shape is (2,)."),
        (np.ones(3), np.ones((1, 3)), "3 numbers are wanted, and the shape is (1, 3)."),
        (np.ones((2, 3)), np.ones(6), "the shape is (6,); it should be (2, 3)."),
    ],
)
def test_another_shape_is_told(right, found, words):
    verdict = judge(Wanted(right), found)
    assert (verdict.kind, verdict.words, verdict.safe) == ("shape", words, SAFE["shape"])


FLOOR = Slip("divide by more than 0.")


@pytest.mark.parametrize("found", [[np.nan, 1.0], [1.0, np.inf], Failure("nan", "")], ids=str)
def test_a_question_may_have_words_of_its_own_for_nan(found):
    verdict = judge(Wanted(np.ones(2), nan=FLOOR), found)
    assert (verdict.kind, verdict.slips) == (Kind.NAN, (FLOOR,))
    assert verdict.words == verdict.safe == FLOOR.words
    assert judge(Wanted(np.ones(2)), Failure("nan", "")).safe == SAFE["nan"]


# --- what is measured -----------------------------------------------------------------------------

NEARLY, SOME = Slip("nearly."), Slip("some.")
MEAN = Reaches((2,), lambda a: float(a.mean()), 0.9, {NEARLY: 0.5, SOME: 0.1})


@pytest.mark.parametrize(
    ("value", "kind", "safe"),
    [
        ([1.0, 0.9], "right", "right"),
        ([0.5, 0.6], "slip", "nearly."),
        ([0.2, 0.2], "slip", "some."),
        ([0.0, 0.0], "wrong", SAFE["wrong"]),
        ([1.0], "shape", SAFE["shape"]),
        ([np.nan, 1.0], "nan", SAFE["nan"]),
        ([np.inf, 1.0], "nan", SAFE["nan"]),
        ([True, True], "type", SAFE["type"]),
    ],
)
def test_what_is_enough(value, kind, safe):
    verdict = judge(MEAN, value)
    assert (verdict.kind, verdict.safe) == (kind, safe)


# --- failures -------------------------------------------------------------------------------------

TEXT = "x[0, 0] is 0.12345"


@pytest.mark.parametrize(
    "failure",
    [
        Failure("open", TEXT, TEXT),
        Failure("nothing", TEXT, TEXT),
        Failure("unfinished", TEXT, TEXT),
        Failure("missing", "forward", TEXT),
        Failure("attribute", TEXT, TEXT),
        Failure("changed", "0", TEXT),
        Failure("error", TEXT, TEXT),
        Failure("error", "ValueError", TEXT),
        Failure("error", "__doc__", TEXT),
        Failure("type", TEXT),
        Failure("nan", TEXT),
        *(Failure("stopped", reason) for reason in STOPPED),
    ],
    ids=lambda failure: f"{failure.kind} {failure.about[:10]}",
)
def test_what_is_said_with_hidden_numbers_holds_nothing_of_the_students_code(failure):
    verdict = judge(WANTED, failure)
    assert verdict.kind == ("open" if failure.kind == FailureKind.NOTHING else failure.kind)
    assert "0.12345" not in verdict.safe and "__doc__" not in verdict.safe
    assert verdict.safe.endswith((".", "?")) and verdict.words


@pytest.mark.parametrize("name", COMMON_ERRORS)
def test_a_common_error_is_named(name):
    assert judge(WANTED, Failure("error", name, "no")).safe == f"your code stopped with {name}."


@pytest.mark.parametrize("name", ["Mine", "print", "UnicodeError", "ValueError ", "valueerror"])
def test_other_errors_are_not_named_with_hidden_numbers(name):
    verdict = judge(WANTED, Failure("error", name, "no"))
    assert verdict.safe == "your code stopped with an error."
    assert name in verdict.words  # with public numbers


def test_a_forgotten_return_is_mentioned_only_where_something_was_called():
    assert "return" in judge(WANTED, Failure(FailureKind.NOTHING, "f")).words
    assert "return" not in judge(WANTED, Failure("open", "NotImplementedError")).words


# --- a question of the homework -------------------------------------------------------------------


NOT_DOUBLED = Slip("nothing was doubled.")


def double(rng):
    x = rng.normal(size=3)
    steps = [Call("double", (x,), into="r"), Get("r")]
    return Task(f"double({x.round(2)})", steps, {"r": Wanted(2 * x, {NOT_DOUBLED: x})})


def halves(rng):
    x = rng.normal(size=2)
    steps = [Call("double", (x / 2,), into="r"), Get("r"), Get("helper")]
    return Task("double(x / 2)", steps, {"r": Wanted(x), "helper": Wanted(7.0)})


ONE = TaskQuestion("Question 1", "double", {"an array": double}, praise="All of it.")
TWO = TaskQuestion("Question 2", "double", {"one": double, "halves": halves}, praise="Both.")


def give_back(x):
    return x


def verdict(question, answer):
    kind, text = question.verdict(answer)
    return kind, text.split("\n")[0]


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (lambda x: 2 * x, "right", "All of it."),
        (lambda x: (2 * x).astype(np.float32), "right", "All of it."),
        (give_back, "wrong", "nothing was doubled."),
        (None, "open", "not attempted yet"),
        (lambda x: None, "open", "a `return` may be missing"),
        ({"double": lambda x: 2 * x}, "right", "All of it."),
        ({"dubble": give_back}, "wrong", "there is no double"),
        (5, "wrong", "it is not a function"),
        (lambda: 1, "wrong", "TypeError"),
        (lambda x: np.multiply(x, 2, out=x), "wrong", "in place"),
    ],
)
def test_the_check_in_the_notebook(answer, kind, words):
    got, text = verdict(ONE, answer)
    assert got == kind
    assert words in text


def test_a_wrong_answer_is_shown_what_was_tried(capsys):
    ONE.check(give_back)
    out = capsys.readouterr().out
    assert re.search(r"Not yet: nothing was doubled\.\nTried: an array\. double\(\[", out)


def test_the_label_is_named_where_there_are_several_and_what_is_right_so_far():
    names = {"double": lambda x: 2 * x, "helper": 8}
    assert verdict(TWO, names) == ("wrong", "helper: that is not it.")
    assert "Right so far: one." in verdict(TWO, {**names, "double": Half()})[1]


# Three functions of which the second calls the first.


def half(rng):
    x = rng.normal(size=3)
    return Task("half(x)", [Call("half", (x,), into="r"), Get("r")], {"r": Wanted(x / 2)})


def triple(rng):
    x = rng.normal(size=3)
    return Task("triple(x)", [Call("triple", (x,), into="r"), Get("r")], {"r": Wanted(3 * x)})


def half_again(rng):
    return half(np.random.default_rng([int(rng.integers(100)), 1]))


MANY = TaskQuestion(
    "Question 3",
    ("double", "triple", "half"),
    {"double": double, "triple": triple, "half": half, "half again": half_again},
    praise="All three.",
)
THREE = """
def double(x):
    {double}

def triple(x):
    {triple}

def half(x):
    {half}
"""
STUB, FAILS = "raise NotImplementedError", "return x / None"


def text_of_many(double="return 2 * x", triple="return x + double(x)", half="return x / 2"):
    names = {}
    exec(THREE.format(double=double, triple=triple, half=half), names)
    kind, text = MANY.verdict(names)
    return kind, text.split("\nTried")[0]


@pytest.mark.parametrize(
    ("bodies", "kind", "words"),
    [
        ({}, "right", "All three."),
        (
            {"half": STUB},
            "open",
            "not attempted yet. Fill in half and run the cell again. Right so far: double; triple.",
        ),
        # triple is not blamed for what double lacks, nor is it called unwritten
        (
            {"double": STUB},
            "open",
            "not attempted yet. Fill in double and run the cell again. "
            "Right so far: half; half again.",
        ),
        (
            {"double": "2 * x"},
            "open",
            "not attempted yet. Fill in double and run the cell again. "
            "Right so far: half; half again. If you did, a `return` may be missing.",
        ),
        (
            {"double": STUB, "triple": "return 3 * x", "half": STUB},
            "open",
            "not attempted yet. Fill in double and half and run the cell again. "
            "Right so far: triple.",
        ),
        (
            dict.fromkeys(("double", "triple", "half"), STUB),
            "open",
            "not attempted yet. Fill in double, triple and half and run the cell again.",
        ),
        # the first that is wrong is told, and what it may have spoilt is not
        ({"double": "return x"}, "wrong", "nothing was doubled.\nRight so far: half; half again."),
        (
            {"double": STUB, "half": "return x / 3"},
            "wrong",
            "that is not it.\nNot written yet: double.",
        ),
        (
            {"double": "return None", "triple": STUB, "half": "return x / 3"},
            "wrong",
            "that is not it.\nNot written yet: double and triple. "
            "If you did, a `return` may be missing.",
        ),
        (
            {"double": "return x", "half": STUB},
            "wrong",
            "nothing was doubled.\nNot written yet: half.",
        ),
        (
            {"double": STUB, "triple": "return (lambda y: y / 2 + double(y))(x)"},
            "open",
            "not attempted yet. Fill in double and run the cell again. "
            "Right so far: half; half again.",
        ),
    ],
)
def test_each_answer_of_a_question_has_its_verdict(bodies, kind, words):
    assert text_of_many(**bodies) == (kind, words)


def test_of_an_answer_that_is_wrong_no_more_is_tried():
    tried = []

    def half(x):
        tried.append(x)
        return x

    MANY.verdict({"double": lambda x: 2 * x, "triple": lambda x: 3 * x, "half": half})
    assert len(tried) == 1


def test_what_calls_nothing_unwritten_is_blamed_for_itself():
    kind, text = text_of_many(double=STUB, triple=FAILS)
    assert kind == "wrong"
    assert text.startswith("your code stopped with TypeError")
    assert text.endswith("\nRight so far: half; half again.\nNot written yet: double.")


def test_what_is_right_elsewhere_is_not_said_of_a_single_answer():
    assert "Right so far" not in ONE.verdict({"double": give_back})[1]


def test_numbers_that_are_wrong_may_be_known_otherwise():
    def known(found):
        return not_right("small.") if found.max() < 1 else None

    wanted = Wanted(RIGHT, {TWICE: 2 * RIGHT}, otherwise=known)
    assert judge(wanted, RIGHT / 5).words == "small."
    assert judge(wanted, RIGHT).kind == "right"
    assert judge(wanted, 2 * RIGHT).slips == (TWICE,)
    assert judge(wanted, 3 * RIGHT).words == judge(WANTED, 3 * RIGHT).words


@pytest.mark.parametrize("found", [[np.nan, 1.0], [1.0, np.inf], Failure("nan", "")], ids=str)
def test_what_is_looked_at_as_a_whole_may_have_words_for_nan_too(found):
    verdict = judge(Satisfies(lambda value: not_right("no."), nan=FLOOR), found)
    assert (verdict.kind, verdict.slips) == (Kind.NAN, (FLOOR,))
    assert judge(Satisfies(lambda value: not_right("no.")), found).slips == ()


def uses_a_stub(x):
    return give_nothing(x)


def give_nothing(x):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"double": uses_a_stub, "helper": 7}, "it uses give_nothing, which is not written yet."),
        ({"helper": 7}, "there is no double."),
        ({"double": lambda x: 1 / 0}, "your code stopped with ZeroDivisionError"),
        ({"double": lambda x: np.multiply(x, 2, out=x)}, "an argument was changed in place"),
        ({"double": lambda x: 2 * x if len(x) == 3 else [True], "helper": 7}, "r: a number"),
    ],
)
def test_what_concerns_the_whole_answer_has_no_label(names, words):
    kind, text = TWO.verdict(names)
    assert kind == "wrong" and text.startswith(words)
    assert "unfinished" in OF_THE_WHOLE


class Half:
    """Right for three numbers, not attempted for two."""

    def __call__(self, x):
        if len(x) == 2:
            raise NotImplementedError
        return 2 * x


def test_the_stop_button_works_in_a_check():
    def stopped(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ONE.check(stopped)


def test_require_takes_other_numbers_and_raises():
    visible = []
    ONE.check(lambda x: visible.append(x))

    def right_for_the_visible_numbers(x):
        return 2 * x if np.array_equal(x, visible[0]) else x

    assert ONE.verdict(right_for_the_visible_numbers)[0] == "right"
    ONE.require(lambda x: 2 * x, seed=1)
    with pytest.raises(AssertionError, match="Question 1: nothing was doubled"):
        ONE.require(right_for_the_visible_numbers, seed=1)
    with pytest.raises(AssertionError, match="Question 1: not attempted"):
        ONE.require(lambda x: None, seed=1)


def test_a_homework_has_hints_and_no_solution(capsys):
    ONE.solution()
    ONE.hint()
    assert "not handed out" in (out := capsys.readouterr().out)
    assert "hint 1 of 1" in out and ONE.code == ""


def test_not_attempted_is_raised_for_the_question_and_not_shown():
    with pytest.raises(NotAttempted):
        ONE._try(lambda x: None, 0)
