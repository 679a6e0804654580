"""Steps go into the sandbox as JSON and come back the same: a 3 as a 3, a tuple as a tuple."""

import array
import json
from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tiers import examples

from course_exercises.homework.actions import Call, Failure, Get, Ref, Set
from course_grading.marking import assignments
from course_grading.marking.rubric import GradedQuestion
from course_grading.sandbox.inside import wire

DTYPES = ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "b1", ">f8", ">i4")


def there_and_back(value):
    return wire.decode(json.loads(json.dumps(wire.encode(value))))


def identical(a, b):
    """The same types all the way down, and the same bytes."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        same_kind = a.dtype.newbyteorder("=") == b.dtype and a.shape == b.shape
        return same_kind and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(identical, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(identical, a.values(), b.values()))
    return a == b or a != a


def some_arrays(min_dims=1):
    shapes = arrays.array_shapes(min_dims=min_dims, max_dims=4, min_side=0, max_side=4)
    return st.sampled_from(DTYPES).flatmap(lambda dtype: arrays.arrays(dtype, shapes))


leaves = (
    st.none()
    | st.booleans()
    | st.text(max_size=20)
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.builds(Ref, st.text(max_size=10))
    | some_arrays()
)


def nested(inner):
    return (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    )


values = st.recursive(leaves, nested, max_leaves=8)


@given(values)
@settings(max_examples=examples(60), deadline=None)
def test_every_value_comes_back_as_it_was(value):
    try:
        again = there_and_back(value)
    except wire.NotPlain as what:
        assert "too deep" in str(what)
    else:
        assert identical(value, again)


@given(
    st.lists(
        st.builds(
            Call,
            st.text(max_size=5),
            st.lists(values, max_size=3).map(tuple),
            st.none() | st.text(max_size=5),
            st.booleans(),
            st.dictionaries(st.text(max_size=5), leaves, max_size=2),
        )
        | st.builds(Set, st.text(max_size=5), leaves)
        | st.builds(Get, st.text(max_size=5), st.none() | st.text(max_size=5)),
        max_size=4,
    )
)
@settings(max_examples=examples(30), deadline=None)
def test_steps_come_back_as_they_were(steps):
    try:
        encoded = json.loads(json.dumps(wire.encode_steps(steps)))
    except wire.NotPlain:
        return
    for step, again in zip(steps, wire.decode_steps(encoded), strict=True):
        assert identical(dict(vars(step)), dict(vars(again)))


@pytest.mark.all
@pytest.mark.parametrize("name", assignments.NAMES)
def test_the_steps_of_the_homework_come_back_as_they_were(name):
    parts = [
        part
        for question in assignments.load(name).questions
        if isinstance(question, GradedQuestion)
        for part in question.parts
    ]
    for part in parts:
        steps = part.task(np.random.default_rng(0)).steps
        encoded = json.loads(json.dumps(wire.encode_steps(steps)))
        for step, again in zip(steps, wire.decode_steps(encoded), strict=True):
            assert type(step) is type(again)
            assert identical(dict(vars(step)), dict(vars(again))), part.words


@pytest.mark.parametrize("number", [np.float32(0.5), np.int8(3), np.array(2.5), np.True_])
def test_a_number_of_numpy_becomes_one_of_python(number):
    again = there_and_back(number)
    assert type(again) in (int, float, bool)
    assert again == number


def test_a_failure_comes_back():
    failure = Failure("error", "ValueError", "a text")
    assert there_and_back(failure) == failure


def test_a_list_of_numbers_may_become_an_array_and_one_with_true_does_not():
    encoded = wire.encode([1, 2.5], numbers_as_array=True)
    assert wire.decode(encoded).tolist() == [1.0, 2.5]
    assert "list" in wire.encode([1, True], numbers_as_array=True)
    assert "list" in wire.encode([], numbers_as_array=True)


@pytest.mark.parametrize(
    "value",
    [deque([1.0, 2.0]), memoryview(array.array("d", [1.0, 2.0])), range(1, 3)],
    ids=lambda value: type(value).__name__,
)
def test_what_is_like_a_list_is_an_array_where_an_answer_is_read(value):
    assert wire.decode(wire.encode(value, numbers_as_array=True)).tolist() == [1.0, 2.0]
    with pytest.raises(wire.NotPlain):
        wire.encode(value)


@pytest.mark.parametrize("value", [{1, 2}, object(), deque(["a"]), deque([1, None])], ids="abcd")
def test_what_is_not_like_a_list_of_numbers_is_refused(value):
    with pytest.raises(wire.NotPlain):
        wire.encode(value, numbers_as_array=True)


@pytest.mark.parametrize("value", [np.longdouble(0.5), np.full(2, 0.5, np.longdouble)])
def test_a_long_double_becomes_one_that_everybody_knows(value):
    again = wire.encode(value)["array"]
    assert again[0] == "f8"
    assert np.all(there_and_back(value) == 0.5)


class Lies(np.ndarray):
    """Is an array of ones, and says that it is one of zeros."""

    def __array__(self, *arguments, **options):
        return np.zeros(self.shape)

    def tolist(self):
        return [0.0]

    def tobytes(self, *arguments):
        return bytes(8)


def test_of_a_subclass_the_real_numbers_are_taken():
    assert there_and_back(np.ones(2).view(Lies)).tolist() == [1.0, 1.0]
    assert there_and_back(np.ma.masked_array([1.0, 2.0], [True, False])).tolist() == [1.0, 2.0]


class Odd:
    """No plain data."""


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (Odd(), "a Odd"),
        ({1, 2}, "a set"),
        (1j, "a complex"),
        (lambda: 1, "a function"),
        (np.ones(2, complex), "complex128"),
        (np.array([None, 1]), "object"),
        (np.array(["a"]), "<U1"),
        (np.array(["2020"], "M8[Y]"), "datetime64"),
        (np.ones(2, "f4,i4"), "f4"),
        (2**70, "object"),
        (np.zeros(wire.MOST_BYTES // 8 + 1), "500001 numbers"),
        ([0] * (wire.MOST_ENTRIES + 1), "very long"),
        (dict.fromkeys(range(wire.MOST_ENTRIES + 1)), "very large"),
        ([[[[[[[[1]]]]]]]], "too deep"),
        ([Odd()], "a Odd"),
        ({"a": Odd()}, "a Odd"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_plain_data_is_refused(value, what):
    with pytest.raises(wire.NotPlain, match=what):
        wire.encode(value)


def test_a_list_that_holds_itself_is_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(wire.NotPlain, match="too deep"):
        wire.encode(loop)


def test_a_long_text_is_cut():
    assert there_and_back("x" * 10_000) == "x" * wire.LONGEST_ANSWER
    assert len(there_and_back(Failure("error", "E", "x" * 10_000)).text) == wire.LONGEST_TEXT
