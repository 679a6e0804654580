"""Steps are played as a notebook would be used, and whatever a student's code does is a failure."""

import linecache

import numpy as np
import pytest

from course_exercises.homework.actions import (
    Call,
    Failure,
    Get,
    Ref,
    Set,
    looks,
    perform,
    play,
    settle,
)


def only(found):
    """What was found under the one label."""
    (value,) = found.values()
    return value


def called(function, *arguments, **options):
    """What a call of this function leads to."""
    return only(play([Call("f", arguments, into="r", **options), Get("r")], {"f": function}))


class Node:
    def __init__(self, value):
        self.value, self.grad = value, None

    def double(self):
        return Node(2 * self.value)


# --- what works -----------------------------------------------------------------------------------


def test_a_result_is_used_by_later_steps():
    steps = [
        Call("Node", (3.0,), into="a"),
        Set("a.grad", 1.5),
        Call("a.double", into="b"),
        Call("both", (Ref("a"), [Ref("b.value"), {"factor": Ref("ten")}]), into="c"),
        *(Get(path) for path in ("a.grad", "b.value", "c.0", "c.1.0", "c.1.1.factor", "ten")),
        Get("c", "everything"),
    ]
    names = {"Node": Node, "both": lambda a, rest: (a.value, rest), "ten": 10}
    found = play(steps, names)
    assert list(found) == list(looks(steps))
    everything = (3.0, [6.0, {"factor": 10}])
    assert list(found.values()) == [1.5, 6.0, 3.0, 6.0, 10, 10, everything]


def test_what_was_made_hides_a_name_of_the_notebook():
    assert play([Call("f", into="f"), Get("f")], {"f": lambda: "made"}) == {"f": "made"}


def test_keywords_are_passed_and_labels_may_differ_from_paths():
    steps = [Call("f", (1,), into="r", keywords={"b": 2, "c": Ref("n")}), Get("r", "label")]
    assert play(steps, {"f": lambda a, *, b, c: (a, b, c), "n": 3}) == {"label": (1, 2, 3)}


def test_a_star_stands_for_each_entry():
    nodes = [Node(1.0), Node(2.0)]
    steps = [Set("nodes.*.grad", 0.5), Get("nodes.1.grad"), Call("nodes.*.double"), Get("nodes")]
    assert play(steps, {"nodes": nodes}) == {"nodes.1.grad": 0.5, "nodes": nodes}
    assert only(play([Call("n.*.double"), Get("n")], {"n": 5})).kind == "error"
    assert only(play([Call("n.*.treble"), Get("n")], {"n": nodes})).kind == "attribute"
    assert only(play([Call("n.*.treble"), Get("n")], {})).kind == "missing"


def test_a_call_without_into_may_return_nothing():
    seen = []
    assert play([Call("f", (1,)), Get("n")], {"f": seen.append, "n": 5}) == {"n": 5}
    assert seen == [1]


@pytest.mark.parametrize("path", ["d.3", "d.key.1"])
def test_keys_come_before_positions(path):
    names = {"d": {"3": "three", "key": ["no", "three"]}}
    assert play([Get(path)], names) == {path: "three"}


def test_each_call_gets_copies_of_its_own():
    kept = []

    def keep(a, nested):
        kept.extend([a, nested[0]])
        a += 1
        nested[0][:] = 9
        return 1

    x = np.zeros(3)
    steps = [Call("f", (x, [x]), keeps=False), Get("one")]
    assert play(steps, {"f": keep, "one": 1}) == {"one": 1}
    assert not x.any() and kept[0] is not kept[1]


def test_what_a_ref_leads_to_is_passed_as_it_is():
    x = np.zeros(2)
    play([Call("f", (Ref("x"),))], {"f": lambda a: a.__setitem__(0, 7.0), "x": x})
    assert x[0] == 7.0


# --- what fails -----------------------------------------------------------------------------------


def test_a_name_that_is_not_there_is_missing():
    assert only(play([Get("nowhere.deep")], {})) == Failure("missing", "nowhere")
    assert called(lambda a: a, Ref("nowhere.W1")) == Failure("missing", "nowhere")


@pytest.mark.parametrize(
    ("path", "came"),
    [
        ("t.5", "tuple"),
        ("t.x", "tuple"),
        ("t.-1", "tuple"),
        ("n.no", "Node"),
        ("n.value.no", "float"),
    ],
)
def test_an_attribute_key_or_position_that_is_not_there(path, came):
    names = {"t": (1, 2), "d": {"a": 1}, "n": Node(1.0)}
    part = path.rpartition(".")[2]
    text = f"there is no {part!r}: what came is a {came}"
    assert only(play([Get(path)], names)) == Failure("attribute", path, text)


def test_a_key_that_is_not_there_is_called_a_key():
    text = "the dictionary has no key 'no'"
    assert only(play([Get("d.no")], {"d": {"a": 1}})) == Failure("attribute", "d.no", text)


def test_later_looks_go_on_after_one_that_fails():
    assert play([Get("no"), Get("yes")], {"yes": 1}) == {"no": Failure("missing", "no"), "yes": 1}


@pytest.mark.parametrize("nothing", [None, ...])
def test_nothing_returned_is_open_and_says_so(nothing):
    assert called(lambda: nothing) == Failure("nothing", "f")


@pytest.mark.parametrize("nothing", [None, ...])
def test_nothing_in_place_of_a_function_is_open(nothing):
    assert called(nothing) == Failure("open", "f")


@pytest.mark.parametrize("value", [3, "f", [1], np.zeros(2)])
def test_what_cannot_be_called(value):
    assert called(value) == Failure("attribute", "f", "it is not a function or a class")


def fails_with(error):
    def function(*arguments):
        raise error

    return function


class Unreadable(Exception):
    def __str__(self):
        raise ValueError("no text")


class Ends(BaseException):
    """Not an Exception."""


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (ValueError("a (2, 3)"), Failure("error", "ValueError", "a (2, 3)")),
        (NotImplementedError(), Failure("open", "f")),
        (NotImplementedError("later"), Failure("open", "f")),
        (SystemExit(0), Failure("error", "SystemExit", "0")),
        (GeneratorExit(), Failure("error", "GeneratorExit", "")),
        (Ends("x"), Failure("error", "Ends", "x")),
        (Unreadable(), Failure("error", "Unreadable", "")),
        (KeyError("k"), Failure("error", "KeyError", "'k'")),
        (type("0.123 is x[0]", (Exception,), {})("t"), Failure("error", "0.123 is x[0]", "t")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_of_the_students_code(error, failure):
    assert called(fails_with(error)) == failure


@pytest.mark.parametrize(
    ("one", "other", "about"),
    [
        ({"z1": 1}, [1, 2], "a dict"),
        ([1, 2], ["z1", "h2"], "a list with other things in it"),
        ([1, 2], "z1", "a str"),
        (len, [1, 2], "a builtin_function_or_method"),
        ([1, 2], [1, 2, 3], "arrays of different shapes"),
    ],
)
def test_what_cannot_be_gathered_in_an_array_is_no_error_of_the_students_code(one, other, about):
    steps = [
        Call("f", (), into="a"),
        Call("g", (), into="b"),
        Call("numpy.array", ([Ref("a"), Ref("b")],), into="both", keywords={"dtype": "float"}),
        Get("both"),
    ]
    names = {"f": lambda: one, "g": lambda: other, "numpy": np}
    assert only(play(steps, names)) == Failure("type", about)
    assert only(play(steps, names | {"f": lambda: [1, 2], "g": lambda: [3, True]})).tolist() == [
        [1.0, 2.0],
        [3.0, 1.0],
    ]


CELL = """
def first(x):
    return x / second(x)

def second(x):
    if x > 5:
        raise NotImplementedError
    return int(str(x - 3))

class Node:
    def forward(self):
        raise NotImplementedError

def uses_a_method(x):
    return Node().forward()

def elsewhere(x):
    import json
    return json.loads("{")
"""


@pytest.fixture(params=["<cell>", "/tmp/ipykernel_1/2.py"])
def cell(request):
    """The names of a cell, as the grader and as a notebook run it."""
    names: dict = {}
    exec(compile(CELL, request.param, "exec"), names)
    return names


@pytest.mark.parametrize(
    ("name", "x", "about", "place"),
    [
        ("first", 3, "ZeroDivisionError", "(line 3 of the cell with first)"),
        ("first", 3.5, "ValueError", "(line 8 of the cell with second)"),
        ("elsewhere", 0, "JSONDecodeError", "(line 19 of the cell with elsewhere)"),
    ],
)
def test_the_last_line_of_the_students_own_is_named(cell, name, x, about, place):
    failure = called(cell[name], x)
    assert (failure.kind, failure.about) == ("error", about)
    assert failure.text.endswith(f" {place}")


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        ("first", Failure("unfinished", "second")),
        ("uses_a_method", Failure("unfinished", "Node.forward")),
        ("second", Failure("open", "f")),
    ],
)
def test_what_uses_something_unfinished_is_not_open_itself(cell, name, failure):
    assert called(cell[name], 6) == failure


def test_the_stop_button_works():
    with pytest.raises(KeyboardInterrupt):
        called(fails_with(KeyboardInterrupt()))


def test_errors_while_an_attribute_is_read_or_set():
    class Odd:
        value = property(fails_with(ZeroDivisionError("read")), fails_with(TypeError("set")))

    found = play([Call("Odd", into="o"), Get("o.value"), Set("o.value", 1), Get("o")], {"Odd": Odd})
    assert found["o.value"] == Failure("error", "ZeroDivisionError", "read")
    assert found["o"] == Failure("error", "TypeError", "set")


def test_an_attribute_that_cannot_be_set():
    assert only(play([Set("n.real", 2), Get("n")], {"n": 3})).about == "AttributeError"
    assert only(play([Set("no.grad", 2), Get("n")], {"n": 3})) == Failure("missing", "no")


def test_what_was_found_before_a_failure_stays():
    steps = [Get("n"), Call("f", into="r"), Get("r"), Call("g"), Get("n", "again")]
    wrong = Failure("error", "ValueError", "v")
    found = play(steps, {"n": 1, "f": fails_with(ValueError("v")), "g": pytest.fail})
    assert found == {"n": 1, "r": wrong, "again": wrong}


# --- arguments changed in place -------------------------------------------------------------------


def in_place(a, *rest, **options):
    a += 1
    return 1


def reshaped(a):
    a.shape = (4, 1)
    return 1


@pytest.mark.parametrize(
    ("change", "arguments", "position"),
    [
        (in_place, (np.zeros(2), 5), "0"),
        (lambda a, b: in_place(b), (5, np.zeros(1)), "1"),
        (lambda a: in_place(a[1]), ([1, np.zeros(2)],), "0"),
        (lambda a: in_place(a["x"]), ({"x": np.zeros(2)},), "0"),
        (lambda a: a.append(1) or 1, ([1],), "0"),
        (lambda a: a.pop("x"), ({"x": 1},), "0"),
        (lambda a: a.__setitem__(0, 3) or 1, ([np.zeros(2)],), "0"),
        (reshaped, (np.zeros(4),), "0"),
    ],
)
@pytest.mark.filterwarnings("ignore:Setting the shape:DeprecationWarning")
def test_an_argument_that_is_changed_in_place(change, arguments, position):
    assert called(change, *arguments) == Failure("changed", position)
    assert called(change, *arguments, keeps=False) == 1


def test_who_changes_an_argument_and_returns_nothing_is_told_so():
    assert called(lambda a: a.fill(1), np.zeros(2)) == Failure("changed", "0")


def test_of_a_call_that_fails_the_failure_is_told():
    def fails(a):
        a.fill(1)
        raise ValueError

    assert called(fails, np.zeros(2)).kind == "error"


def test_what_was_found_before_an_argument_was_changed_stays():
    x = np.zeros(2)
    steps = [Call("keep", (x,), into="a"), Get("a"), Call("change", (x,)), Get("a", "b")]
    found = play(steps, {"keep": len, "change": in_place})
    assert found == {"a": 2, "b": Failure("changed", "0")}


def test_another_judges_what_was_changed():
    """What is said of the arguments is compared where the student's code is not."""
    steps = [Call("f", (np.zeros(2),), into="r"), Get("r")]
    found, after = perform(steps, {"f": in_place})
    assert found == {"r": 1} and after[0][0].tolist() == [1, 1]
    assert settle(steps, found, after, lambda value, said: True) == {"r": 1}
    assert only(settle(steps, found, after, np.array_equal)).kind == "changed"
    for silence in ({}, {0: []}, {1: after[0]}):
        assert only(settle(steps, found, silence, lambda value, said: True)).kind == "changed"


def test_a_keyword_that_is_changed_in_place():
    found = called(lambda a, *, W: in_place(W), 1, keywords={"W": np.zeros(2)})
    assert found == Failure("changed", "1")


def test_arguments_that_are_left_alone():
    arguments = (np.zeros(2), [np.ones(1), 2], {"x": (np.ones(1),)}, "text", Ref("f"))
    assert called(lambda *a: len(a), *arguments) == 5


def test_playing_twice_starts_from_the_same_arguments():
    steps = [Call("f", (np.zeros(2),), into="r", keeps=False), Get("r")]
    first, second = (only(play(steps, {"f": lambda a: np.add(a, 1, out=a)})) for _ in range(2))
    assert first.tolist() == second.tolist() == [1.0, 1.0]


# --- what was computed before it stopped ----------------------------------------------------------

VARIABLES = """
def grads(x):
    dW3 = 2 * x
    dW2 = np.zeros(3)
    dW1 = x @ np.ones(9)
    return {"dW1": dW1, "dW2": dW2, "dW3": dW3}
"""
DICTIONARY = """
def grads(x):
    d3 = 2 * x
    return {"dW1": x @ np.ones(9), "dW2": 0 * x, "dW3": d3}
"""
EARLIER = """
def grads(x):
    d3 = 2 * x
    d1 = x @ np.ones(9)
    return {"dW1": d1, "dW2": 0 * x, "dW3": d3}
"""


@pytest.mark.parametrize("code", [VARIABLES, DICTIONARY, EARLIER])
def test_what_a_function_had_computed_when_it_stopped_is_there(code):
    linecache.cache["<cell 1>"] = (len(code), None, code.splitlines(True), "<cell 1>")
    names = {"np": np}
    exec(compile(code, "<cell 1>", "exec"), names)
    steps = [Call("grads", (np.ones(3),), into="g"), *(Get(f"g.dW{i}") for i in (1, 2, 3, 4))]
    found = play(steps, names)
    assert found["g.dW3"].tolist() == [2, 2, 2]
    for label in ("g.dW1", "g.dW2", "g.dW4"):  # not computed, only made ready, not there
        assert found[label].kind == "error"


def test_what_returns_nothing_has_computed_nothing():
    def grads(x):
        dW3 = 2 * x
        raise NotImplementedError(dW3)

    found = play([Call("grads", (np.ones(3),), into="g"), Get("g.dW3")], {"grads": grads})
    assert found["g.dW3"].kind == "open"


@pytest.mark.parametrize(("begins", "kind"), [("", None), ("x[0] = 5", "changed")])
def test_what_was_computed_from_an_argument_that_was_changed_does_not_count(begins, kind):
    code = f"def grads(x):\n    dW3 = 2 * x\n    {begins}\n    dW2 = [dW3].no"
    names = {"np": np}
    exec(compile(code, "<cell 1>", "exec"), names)
    found = play([Call("grads", (np.ones(3),), into="g"), Get("g.dW3")], names)
    assert getattr(found["g.dW3"], "kind", None) == kind
