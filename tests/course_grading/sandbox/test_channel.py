"""What comes out of the sandbox is read without belief: a wrong message or value is never a crash.

Everything here could be sent by a student's code that has taken over the process in the sandbox.
"""

import base64
import json
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tiers import examples, thinned

from course_exercises.homework.actions import Call, Failure, Get, Ref, Set, Step
from course_exercises.homework.tasks import Wanted, judge
from course_grading.sandbox import channel
from course_grading.sandbox.channel import Garbled, read_found, read_message, read_value
from course_grading.sandbox.inside import wire

STEPS: list[Step] = [
    Call("forward", (Ref("x"),), into="r"),
    Set("z1.grad", 1),
    Get("r.0", "first"),
    Get("r"),
]
NAMES = channel._names(STEPS)


def coded(*numbers, dtype="<f8"):
    return base64.b64encode(np.array(numbers, dtype).tobytes()).decode()


def sent(message):
    """A message as it is received."""
    return read_message(json.dumps(message).encode())


# --- what was encoded is read back ----------------------------------------------------------------

FINITE: dict[str, Any] = {"allow_nan": False, "allow_infinity": False}


def some_arrays():
    shapes = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
    elements = st.sampled_from(sorted(channel.DTYPES))
    return elements.flatmap(
        lambda dtype: arrays.arrays(
            dtype, shapes, elements=arrays.from_dtype(np.dtype(dtype), **FINITE)
        )
    )


values = st.recursive(
    st.none() | st.booleans() | st.text(max_size=20) | some_arrays(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)


def identical(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(identical, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(identical, a.values(), b.values()))
    return a == b


def as_read(value):
    """The same, with lists of numbers or of arrays of one shape as an array."""
    if isinstance(value, dict):
        return {key: as_read(entry) for key, entry in value.items()}
    if isinstance(value, float):
        return np.array(value)
    if not isinstance(value, (list, tuple)):
        return value
    entries = [as_read(entry) for entry in value]
    if not all(isinstance(entry, np.ndarray) and entry.dtype.kind in "fiu" for entry in entries):
        raise Garbled
    if len({entry.shape for entry in entries}) > 1:
        raise Garbled
    return np.array(entries, dtype=float)


@given(values)
@settings(max_examples=examples(60), deadline=None)
@example([1.0, np.ones(())])
@example([[np.ones(2), np.zeros(2)]] * 3)
@example([np.ones(2), np.ones(3)])
@example({"a": ([],)})
def test_what_was_encoded_is_read_back(value):
    try:
        data = wire.encode(value)
    except wire.NotPlain as what:
        assert "too deep" in str(what)
        return
    again = read_value(sent({"v": data})["v"])
    try:
        wanted = as_read(value)
    except Garbled:
        assert again.kind == "type"
    else:
        assert identical(wanted, again)


@pytest.mark.parametrize(
    ("value", "about"),
    [
        ([1.0, "a"], "unlike"),
        ([1.0, None], "unlike"),
        ([1.0, [1.0]], "unlike"),
        ([{"a": 1}], "unlike"),
        ([True, False], "unlike"),
        ([np.array(True)], "something else than numbers"),
        ([1.0, True], "unlike"),
        (["x" * 500] * 20_000, "unlike"),
    ],
    ids=list("abcdefgh"),
)
def test_a_list_of_other_things_is_a_failure(value, about):
    found = read_value(wire.encode(value))
    assert found.kind == "type" and about in found.about


def test_a_list_that_would_become_a_huge_array_is_a_failure():
    with pytest.raises(Garbled, match="a very long list"):
        channel._stacked([np.zeros(500)] * 2_001)
    assert channel._stacked([np.zeros(500, np.int8)] * 2_000).shape == (2_000, 500)


@settings(max_examples=examples(40))
@given(st.integers(-(2**63), 2**63 - 1) | st.floats(**FINITE))
def test_a_number_is_read_as_an_array_of_no_axis(number):
    value = read_value(wire.encode(number))
    assert value.shape == () and value == number


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["f8", "f4", "f2"])
def test_what_is_not_finite_is_a_failure_wherever_it_is(bad, dtype):
    array = np.array([1.0, bad], dtype)
    for value in (array, array[1], [array], (1, [array, "a"])):
        assert read_value(wire.encode(value)) == Failure("nan", "")


def test_what_was_read_cannot_be_changed_by_whoever_sent_it():
    value = read_value(wire.encode(np.ones(2)))
    value += 1  # an array of our own, not a view of the message
    assert value.tolist() == [2.0, 2.0]


# --- no value is a crash --------------------------------------------------------------------------

json_leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["f8", "array", "list", "failure", "error", "missing", "AAAAAAAA8D8="])
)
kinds = st.sampled_from(
    ["none", "bool", "text", "array", "failure", "list", "tuple", "dict", "ref", "other"]
)
anything = st.recursive(
    json_leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=4), inner, max_size=2)
        | st.dictionaries(kinds, inner, min_size=1, max_size=1)
    ),
    max_leaves=12,
)
small = st.sampled_from([0, 1, 2, 8, -1, True, 10**6, 10**30, "2", None])
forged_arrays = st.builds(
    lambda dtype, shape, raw: {"array": [dtype, shape, raw]},
    st.sampled_from([*sorted(channel.DTYPES), "O", ">f8", "c8", "V8", "", 8, None]),
    st.lists(small, max_size=3),
    st.binary(max_size=32).map(lambda data: base64.b64encode(data).decode()) | st.text(max_size=8),
)

READ = (np.ndarray, Failure, str, bool, list, tuple, dict, type(None))


@given(anything | forged_arrays)
@settings(max_examples=examples(120), deadline=None)
def test_any_value_is_read_or_a_failure(data):
    value = read_value(data, NAMES)
    assert isinstance(value, READ)
    assert judge(Wanted(1.0), value).safe  # what was read can be judged


@given(st.binary(max_size=60) | anything.map(lambda data: json.dumps(data).encode()))
@example(b"")
@example(b"\xff{}")
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b'{"a":' + b"1" * 5_000 + b"}")
@example(b'{"a": 1.5}')
@example(b'{"a": 1e999}')
@example(b'{"a": NaN}')
@example(b'{"a": -Infinity}')
@example(b'"text"')
@example(b"{} {}")
@settings(max_examples=examples(80), deadline=None)
def test_any_bytes_are_an_object_or_garbled(frame):
    try:
        message = read_message(frame)
    except Garbled:
        return
    assert type(message) is dict


@pytest.mark.parametrize("text", ["1.5", "1e3", "NaN", "Infinity", "-Infinity", "1" * 5_000])
def test_numbers_are_not_written_out(text):
    with pytest.raises(Garbled):
        read_message(b'{"found": [%s]}' % text.encode())


@pytest.mark.parametrize("piece", thinned([b"[]", b'{"":0}', b"[0]", b"[[[[]]]]", b'{"":[]}'], 5))
def test_very_many_lists_are_garbled_before_they_are_made(piece):
    """8 MB of empty ones would take 400 MB and seconds."""
    times = (8 << 20) // (len(piece) + 1) - 10
    frame = b'{"x":[' + b",".join([piece] * times) + b"]}"
    tracemalloc.start()
    try:
        with pytest.raises(Garbled, match="very many lists"):
            read_message(frame)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.all
def test_more_lists_than_any_answer_needs_are_read():
    """The largest result: a list of twenty thousand numbers, each an array of its own."""
    value = [np.float64(i) for i in range(wire.MOST_ENTRIES)]
    frame = json.dumps({"found": [{"found": {"r": wire.encode(value)}}], "stopped": ""}).encode()
    found, _ = read_found(read_message(frame), [[Get("r")]])
    assert found[0]["r"].shape == (wire.MOST_ENTRIES,)


def test_of_a_key_that_comes_twice_the_last_counts():
    assert read_message(b'{"ready": {"a": 1}, "ready": {"a": 2}}') == {"ready": {"a": 2}}


keys = ["found", "stopped", "ready", "begins", "broken", "slow", "hurried", "lacking", "x"]


@given(st.dictionaries(st.sampled_from(keys), anything))
@settings(max_examples=examples(60), deadline=None)
def test_any_message_is_read_or_garbled(message):
    assert channel.read_begins(message, [1, 2]) in (None, 1, 2)
    assert all(type(text) is str for text in channel.read_seen(message, [1, 2], []))
    assert set(channel.read_rebound(message, ["a"])) <= {"a"}
    counts = channel.read_ready(message, ["a", "b"])
    assert counts is None or set(counts) <= {"a", "b"}
    try:
        found, _ = read_found(message, [STEPS, STEPS])
    except Garbled:
        return
    assert [set(values) for values in found] == [{"first", "r"}] * 2


# --- forged values --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        ["f8", [2], coded(1.0)],  # too few bytes
        ["f8", [], coded(1.0, 2.0)],  # too many
        ["f4", [1], coded(1.0)],
        ["f8", [-1], coded(1.0)],
        ["f8", [-1, -1], coded(1.0)],
        ["f8", [True], coded(1.0)],
        ["f8", ["1"], coded(1.0)],
        ["f8", 1, coded(1.0)],
        ["f8", {"0": 1}, coded(1.0)],
        ["f8", [10**30, 0], ""],
        ["f8", [4_000_001], ""],
        ["f8", [0, 4_000_000, 4_000_000], ""],
        ["f8", [4_000_000] * 7 + [0], ""],
        ["f8", [2000, 2000], ""],
        ["f8", [1] * 9, coded(1.0)],
        ["f8", [1], coded(1.0)[:-1] + "!"],
        ["f8", [1], coded(1.0)[:-1]],
        ["f8", [1], "é" * 12],
        ["f8", [1], "AAAA" * 2 + "A==="],
        ["f8", [1], "=" * 12],
        ["f8", [1], None],
        ["f8", [1]],
        ["f8", [1], coded(1.0), 0],
        ["O", [1], coded(1.0)],
        [">f8", [1], coded(1.0)],
        ["<f8", [1], coded(1.0)],
        ["float64", [1], coded(1.0)],
        ["c16", [1], coded(1.0, 2.0)],
        ["S8", [1], coded(1.0)],
        ["M8", [1], coded(1.0)],
        ["f8,f8", [1], coded(1.0, 2.0)],
        [["f8"], [1], coded(1.0)],
        ["f8\0", [1], coded(1.0)],
        {"0": "f8", "1": [1], "2": coded(1.0)},
        "f8",
        None,
    ],
    ids=lambda content: json.dumps(content)[:40],
)
def test_a_forged_array_is_a_failure(content):
    assert read_value(sent({"v": {"array": content}})["v"]).kind == "type"


@pytest.mark.parametrize(
    "data",
    [
        {"array": ["f8", [], coded(1.0)], "list": []},
        {},
        [],
        "text",
        1,
        None,
        {"pickle": "gASVAAAA"},
        {"ref": "forward"},
        {"text": 5},
        {"text": "x" * (wire.LONGEST_ANSWER + 1)},
        {"bool": 1},
        {"list": {}},
        {"list": "abc"},
        {"list": [{"none": True}] * (wire.MOST_ENTRIES + 1)},
        {"dict": {"a": {"none": True}}},
        {"dict": [["a"]]},
        {"dict": [[1, {"none": True}]]},
        {"tuple": [1]},
        {"failure": ["stopped", "cpu", ""]},
        {"failure": ["nan", "", ""]},
        {"failure": ["no kind", "", ""]},
        {"failure": ["error", "ValueError"]},
        {"failure": ["error", 1, ""]},
    ],
    ids=lambda data: json.dumps(data)[:40],
)
def test_what_is_no_data_is_a_failure(data):
    assert read_value(data).kind == "type"


@pytest.mark.parametrize("depth", [5, 6, 7, 200])
def test_lists_in_lists_end_somewhere(depth):
    data = {"array": ["f8", [], coded(1.0)]}
    for _ in range(depth):
        data = {"list": [data]}
    value = read_value(data)
    assert isinstance(value, Failure) == (depth > wire.DEEPEST)


@pytest.mark.parametrize("kind", ["missing", "attribute", "changed"])
def test_a_faked_failure_cannot_carry_a_text_to_the_student(kind):
    leak = "x[0, 0] is 0.12345"
    value = read_value({"failure": [kind, leak, leak]}, NAMES)
    assert value.about == "a name"
    assert leak not in judge(Wanted(1.0), value).safe


@pytest.mark.parametrize("about", ["forward", "z1.grad", "z1", "r.0", "x", "0", "19"])
def test_a_real_failure_names_what_the_steps_name(about):
    assert read_value({"failure": ["missing", about, ""]}, NAMES) == Failure("missing", about)


@settings(max_examples=examples(40))
@given(st.sampled_from(sorted(channel.KINDS)), st.text(max_size=600), st.text(max_size=600))
def test_no_text_of_a_failure_gets_into_what_is_safe(kind, about, text):
    leak = f"0.12345 {about}"
    failure = read_value({"failure": [kind, leak, leak + text]}, NAMES)
    assert "0.12345" not in judge(Wanted(1.0), failure).safe
    assert len(failure.about) <= wire.LONGEST_TEXT and len(failure.text) <= wire.LONGEST_TEXT


# --- messages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [-1, 0, 2, True, 20_000, 10**40, "1", None, [1]])
def test_a_cell_that_is_not_there(number):
    assert channel.read_begins({"begins": number}, [1, 3]) is None
    assert channel.read_begins({"begins": 3}, [1, 3]) == 3


def test_what_was_seen_is_said_in_words_of_ours():
    message = {"broken": [[1, 7]], "slow": [3], "hurried": [1], "lacking": ["torch"]}
    assert channel.read_seen(message, [1, 3], []) == [
        "code cell 1 has a syntax error in line 7.",
        "code cell 3 ran too long and was cut off.",
        "only the definitions of code cell 1 were run, because all cells together ran too long.",
        "the package torch is not there while grading.",
    ]


@pytest.mark.parametrize(
    "message",
    [
        {"broken": [[2, 7], [1, 0], [1, -3], [1, 10**9], [1, "7"], [True, 7], [1], 1, None]},
        {"broken": {"1": 7}, "slow": "1", "lacking": "torch"},
        {"slow": [2, True, "1", None, [1]]},
        {"hurried": [2, True, "1", None, [1]]},
        {"lacking": ["x[0] is 0.12", "", "a" * 41, "naïve", "a.b", 5, None, ["torch"], "0.123"]},
        {},
    ],
    ids=["broken", "no lists", "slow", "hurried", "lacking", "nothing"],
)
def test_what_was_not_seen_is_not_said(message):
    assert channel.read_seen(message, [1, 3], []) == []


def test_of_names_that_stand_for_something_else_only_names_are_taken():
    names = ["sum", "x is 0.12", "a" * 41, "naïve", 5, None, ["f"], "twice"]
    message = {"rebound": {"double": names, "other": ["sum"], "both": "sum", "none": []}}
    answers = ["double", "both", "none"]
    assert channel.read_rebound(message, answers) == {"double": ("sum", "twice")}
    for nothing in ({}, {"rebound": ["double"]}, {"rebound": None}, {"rebound": {"double": {}}}):
        assert channel.read_rebound(nothing, answers) == {}


def test_only_a_little_is_said():
    assert len(channel.read_seen({"lacking": ["torch"] * 500}, [], [])) == 20


def test_counts_are_of_the_answers_alone_and_small():
    counts = {"a": 2, "b": True, "c": -1, "d": 10**9, "e": "1", "other": 1}
    assert channel.read_ready({"ready": counts}, list("abcdef")) == {"a": 2}
    assert channel.read_ready({"ready": [1]}, ["a"]) is None
    assert channel.read_ready({}, ["a"]) is None


def test_results_that_are_not_there_say_why():
    one = {"found": {"first": wire.encode(1.0), "r": wire.encode([1.0])}}
    found, stopped = read_found({"found": [one], "stopped": "cpu"}, [STEPS, STEPS])
    assert stopped == "cpu"
    assert found[0]["first"] == 1.0
    assert set(found[1].values()) == {Failure("stopped", "cpu")}


KEPT = {"a": np.arange(3.0), "b": [np.ones((2, 1)), 7]}
KEEPS = [Call("f", (np.zeros(2), 5, KEPT), into="r"), Get("r")]
AS_GIVEN = [wire.encode(np.zeros(2)), wire.encode(None), wire.encode({**KEPT, "b": [*KEPT["b"]]})]
ONE = {"a": KEPT["a"], "b": [np.ones((2, 2)), 7]}


@pytest.mark.parametrize(
    "after",
    [
        *(None, [], {}, {"0": []}, {"0": AS_GIVEN[:2]}, {"1": AS_GIVEN}, {"00000000": AS_GIVEN}),
        *({"\u00b2": AS_GIVEN}, {"0": [*AS_GIVEN, AS_GIVEN[0]]}, {"0": {"array": AS_GIVEN}}),
        *({"0": [wire.encode(np.ones(2)), *AS_GIVEN[1:]]}, {"0": [{}, *AS_GIVEN[1:]]}),
        *({"0": [{"array": ["f8", [2], 5]}, *AS_GIVEN[1:]]}, {"0": [True, *AS_GIVEN[1:]]}),
        *({"0": [*AS_GIVEN[:2], {"dict": [["a", AS_GIVEN[0]], ["a", AS_GIVEN[0]]]}]},),
        *({"0": [*AS_GIVEN[:2], {"dict": [5, "ab"]}]}, {"0": [*AS_GIVEN[:2], {"dict": 5}]}),
        *({"0": [*AS_GIVEN[:2], wire.encode(each)]} for each in (ONE, {"a": 1}, [1, 2])),
    ],
)
def test_arguments_of_which_it_is_not_said_that_they_are_as_given(after):
    one = {"found": {"r": wire.encode(1.0)}, "after": after}
    found, _ = read_found({"found": [one], "stopped": ""}, [KEEPS])
    assert found[0]["r"].kind == "changed"


def test_arguments_that_are_as_given():
    one = {"found": {"r": wire.encode(1.0)}, "after": {"0": AS_GIVEN, "7": 1}}
    found, _ = read_found({"found": [one], "stopped": ""}, [KEEPS])
    assert found[0]["r"] == 1.0


MANY = np.arange(3_000.0).reshape(30, 100)  # larger than what is sent back as it is
WITH_MANY = [Call("f", ({"W": MANY}, [MANY.astype(int)]), into="r"), Get("r")]


def read_back(*arguments):
    """What is found if this is left of the arguments of `WITH_MANY`."""
    after = [wire.encode(each, numbers_as_array=True, sums=True) for each in arguments]
    assert "sum" in json.dumps(after) and len(json.dumps(after)) < 1_000
    one = {"found": {"r": wire.encode(1.0)}, "after": {"0": after}}
    return read_found({"found": [sent(one)], "stopped": ""}, [WITH_MANY])[0][0]["r"]


def test_large_arguments_come_back_as_a_check_sum():
    assert read_back({"W": MANY}, [MANY.astype(int)]) == 1.0
    assert read_back({"W": np.asfortranarray(MANY) * 1}, [MANY.astype(int)[::-1][::-1]]) == 1.0
    negative_zero = MANY.copy()
    negative_zero[0, 0] = -0.0
    assert read_back({"W": negative_zero}, [MANY.astype(int)]) == 1.0
    one_more = MANY.copy()
    one_more[-1, -1] = np.nextafter(one_more[-1, -1], np.inf)
    others = (one_more, MANY.T, MANY.ravel(), MANY[::-1], MANY.astype("f4"), MANY * np.nan)
    for other in others:
        assert read_back({"W": other}, [MANY.astype(int)]).kind == "changed"
    assert read_back({"W": MANY}, [MANY]).kind == "changed"


@pytest.mark.parametrize("said", [None, 5, [], ["<f8", [30, 100]], ["<f8", [30, 100], "0"], {}])
def test_a_check_sum_of_another_form_is_another_one(said):
    value = channel.unchanged(MANY, {"sum": said})
    assert value is False
    assert channel.unchanged(MANY, {"sum": wire.check_sum(MANY)})


def test_results_that_are_not_there_without_a_reason():
    found, stopped = read_found({"found": [None], "stopped": ""}, [STEPS])
    assert stopped == "" and found[0]["r"] == Failure("stopped", "ended")


def test_labels_that_are_not_there_and_others_that_are():
    one = {"found": {"r": {"bool": True}, "x": 1}, "x": 1}
    found, _ = read_found({"found": [one], "stopped": ""}, [STEPS])
    assert found[0]["r"] is True
    assert found[0]["first"].kind == "type" and set(found[0]) == {"first", "r"}


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"found": []},
        {"found": {}, "stopped": ""},
        {"found": [], "stopped": None},
        {"found": [], "stopped": "memory"},
        {"found": [], "stopped": "x[0] is 0.12"},
    ],
)
def test_a_message_that_is_no_result(message):
    with pytest.raises(Garbled):
        read_found(message, [STEPS])
