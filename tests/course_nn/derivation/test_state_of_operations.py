"""What an operation remembers from run to run is refused, and is afterwards as it was."""

import functools
import itertools
import random
import threading
import time
from collections import deque
from types import SimpleNamespace

import numpy as np
import pytest
from oracles import refused
from own_operations import operation
from tiers import thinned

import course_nn as nn
from course_nn.derivation import recording
from course_nn.derivation.recorded import Recorded
from course_nn.derivation.state import State

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(7, 3)), RNG.normal(size=(7, 3))
DATA = {"x": X, "y": Y}


def loss_with(own):
    w, v = np.random.default_rng(1).normal(size=(2, 3, 3))
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Input("y", 3)
        h = own(nn.matmul(x, nn.Parameter("W", w), name="z"), name="h")
        return nn.squared_error(nn.matmul(h, nn.Parameter("V", v)), y, name="loss")


def train(loss, engine="numpy", **options):
    options = {"learning_rate": 0.001, "epochs": 1, "batch_size": 2} | options
    return nn.train_minibatch(loss, DATA, engine=engine, **options)


class scaled(nn.Operation):
    """z times what `factor` gives; heirs say how."""

    def factor(self):
        return 1.0

    def forward(self):
        self.k = self.factor()
        self.value = self.operands[0].value * self.k

    def backward(self):
        self.operands[0].add_grad(self.grad * self.k)


def by(factor, backward=None, **attributes):
    """An operation whose factor is computed in this way; `attributes` are made for each node."""

    def __init__(self, *operands, name=None):
        for key, make in attributes.items():
            setattr(self, key, make())
        scaled.__init__(self, *operands, name=name)

    methods = {"factor": factor, "__init__": __init__}
    if backward:
        methods["backward"] = backward
    return type("odd", (scaled,), methods)


# ---------------------------------------------------------------- refused

N, TOTAL, HISTORY, BOX = [0], 0, deque(), SimpleNamespace(t=0)
GENERATOR, PYTHON = np.random.default_rng(3), random.Random(3)
WITH = {"seen": set()}


def on_self(self):
    self.calls += 1
    return 0.2 if self.calls <= 10 else 0.0


def in_an_array(self):
    self.counts[0] += 1
    return 0.2 if self.counts[0] <= 10 else 0.0


def in_a_global_list(self):
    N[0] += 1
    return 1.0 if N[0] < 20 else 0.5


def in_a_global_name(self):
    global TOTAL
    TOTAL += 1
    return 1.0 if TOTAL < 20 else 0.5


def in_a_deque(self):
    HISTORY.append(1)
    return 1.0 if len(HISTORY) < 20 else 0.5


def in_a_set(self):
    WITH["seen"].add(len(WITH["seen"]))
    return 1.0 if len(WITH["seen"]) < 20 else 0.5


def in_an_object(self):
    BOX.t += 1
    return 1.0 if BOX.t < 20 else 0.5


def on_the_class(self):
    type(self).calls = getattr(type(self), "calls", 0) + 1
    return 1.0 if type(self).calls < 20 else 0.5


def on_the_function(self):
    on_the_function.calls = getattr(on_the_function, "calls", 0) + 1
    return 1.0 if on_the_function.calls < 20 else 0.5


def in_a_default(self, calls=[0]):  # noqa: B006
    calls[0] += 1
    return 1.0 if calls[0] < 20 else 0.5


def in_a_closure():
    calls = 0

    def factor(self):
        nonlocal calls
        calls += 1
        return 1.0 if calls < 20 else 0.5

    return factor


def every_tenth(self):
    self.calls += 1
    self.operands[0].add_grad(self.grad * (1.0 if self.calls % 10 else 0.0))


def if_it_is_an_array(self):
    """Counts only when it is no recording that runs."""
    if isinstance(self.operands[0].value, np.ndarray):
        self.calls += 1
    return 1.0 if self.calls < 30 else 0.5


@functools.lru_cache
def remembered(n):
    return 1.0


def schedule():
    return itertools.chain(itertools.repeat(1.0, 20), itertools.repeat(0.5))


def zero():
    return 0


REFUSED = {  # an operation, and words of the reason
    "on self": (by(on_self, calls=zero), "self.calls is changed by it"),
    "in an array": (by(in_an_array, counts=lambda: np.zeros(1)), "read-only"),
    "in backward": (by(lambda self: 1.0, every_tenth, calls=zero), "self.calls is changed by it"),
    "with numbers alone": (by(if_it_is_an_array, calls=zero), "self.calls is changed by it"),
    "global list": (by(in_a_global_list), "the global name N[0] is changed by it, from 0 to 1"),
    "global name": (by(in_a_global_name), "the global name TOTAL is changed by it, from 0 to 1"),
    "deque": (by(in_a_deque), "HISTORY[0] is changed"),
    "set": (by(in_a_set), "WITH['seen'] is changed"),
    "object": (by(in_an_object), "BOX.t is changed by it, from 0 to 1"),
    "class": (by(on_the_class), "odd.calls is changed"),
    "function": (by(on_the_function), "on_the_function.calls is changed"),
    "default": (by(in_a_default), "a default of in_a_default[0] is changed"),
    "closure": (by(in_a_closure()), "calls, of the function around it, is changed by it, from 0"),
    "np.random": (by(lambda self: 0.0 if np.random.random() < 1e-9 else 1.0), "np.random, a gen"),
    "random": (by(lambda self: 0.0 if random.random() < 1e-9 else 1.0), "random, a generator"),
    "rng on self": (
        by(lambda self: 0.0 if self.rng.random() < 1e-9 else 1.0, rng=np.random.default_rng),
        "self.rng, a generator of random numbers, is changed",
    ),
    "global rng": (by(lambda self: 0.0 if GENERATOR.random() < 1e-9 else 1.0), "GENERATOR, a gen"),
    "python rng": (by(lambda self: 0.0 if PYTHON.random() < 1e-9 else 1.0), "PYTHON, a gen"),
    "a schedule": (by(lambda self: next(self.schedule), schedule=schedule), "self.schedule is"),
    "a generator": (
        by(lambda self: next(self.ones), ones=lambda: (1.0 for _ in range(99))),
        "self.ones is an iterator",
    ),
    "the time": (by(lambda self: 1.0 if time.perf_counter() < 1e300 else 0.5), "the time"),
    "a lock": (by(lambda self: 1.0, lock=threading.Lock), "self.lock, a lock, cannot be kept"),
    "lru_cache": (by(lambda self: remembered(2)), "what the global name remembered remembers"),
}  # fmt: skip


def everything(node):
    """All that it reaches, with what is in it."""
    state = State(node)
    return [
        (place.name, {key: _still(value) for key, value in place.was.items()})
        for place in state.generators + state.places
    ]


def _still(value):
    return value if isinstance(value, (int, float, str, bytes)) else id(value)


@pytest.mark.parametrize("kind, words", REFUSED.values(), ids=REFUSED)
def test_what_changes_from_run_to_run_is_refused_and_put_back(kind, words):
    loss = loss_with(kind)
    before = everything(loss.graph.nodes[1])
    with refused(ValueError, "h = odd(z)", words, 'engine="graph"', unchanged=loss.graph):
        nn.derive(loss)
    with refused(ValueError, words, unchanged=loss.graph):
        train(loss)
    assert everything(loss.graph.nodes[1]) == before
    train(loss, "graph")


def test_an_iterator_is_not_used_up_by_looking():
    loss = loss_with(by(lambda self: next(self.s), s=lambda: itertools.count(1.0)))
    with refused(ValueError, "self.s is an iterator"):
        nn.derive(loss)
    assert next(loss.graph.nodes[1].s) == 1.0


def test_a_clock_and_generators_reached_by_other_ways():
    from time import perf_counter

    draw = GENERATOR.random

    def local_import(self):
        import time as t

        return 1.0 if t.time() > 0 else 0.5

    for factor, words in (
        (lambda self: 1.0 if perf_counter() > 0 else 0.5, "the time"),
        (local_import, "the time"),
        (lambda self: 0.0 if draw() < 1e-9 else 1.0, "a generator of random numbers"),
        (functools.partial(lambda rng: 1.0 if rng.random() > 1e-9 else 0.0, GENERATOR), "a gen"),
    ):
        kind = by(lambda self, factor=factor: factor(self))
        if isinstance(factor, functools.partial):
            kind = by(lambda self, factor=factor: factor())
        with refused(ValueError, words):
            nn.derive(loss_with(kind))


# ---------------------------------------------------------------- a cache between the methods


class cached(nn.Operation):
    cache: dict = {}  # noqa: RUF012

    def forward(self):
        a = self.operands[0].value
        self.cache["positive"] = a > 0
        self.value = a * self.cache["positive"]

    def backward(self):
        self.operands[0].add_grad(self.grad * self.cache["positive"])


positive = None


class cached_globally(cached):
    def forward(self):
        global positive
        positive = self.operands[0].value > 0
        self.value = self.operands[0].value * positive

    def backward(self):
        self.operands[0].add_grad(self.grad * positive)


@pytest.mark.parametrize("kind", [cached, cached_globally])
def test_values_of_a_batch_on_the_class_or_in_a_global_name_are_refused_and_stay(kind):
    def gradient(look):
        loss = loss_with(kind)
        loss.graph.Forward(**DATA)
        if look:
            with refused(ValueError, "positive", "is changed by it", unchanged=loss.graph):
                nn.derive(loss)
        loss.graph.Backward(loss)
        return loss.graph.parameters[0].grad

    assert np.array_equal(gradient(True), gradient(False))


# ---------------------------------------------------------------- still recorded

SLOPE, TABLE, SETTINGS = 0.1, {"slope": [0.1]}, SimpleNamespace(slope=0.1)


def in_a_list(self):
    self.parts = [self.operands[0].value > 0]
    self.value = self.operands[0].value * self.parts[0]


def with_a_function(self):
    mask = self.operands[0].value > 0
    self.value = self.operands[0].value * mask
    self.back = lambda g: g * mask


def prepared_once(self):
    if not self.ready:
        self.slope, self.ready = 0.5, True
    return self.slope


def own_dictionary(self):
    self.cache["mask"] = self.operands[0].value > 0
    self.value = self.operands[0].value * self.cache["mask"]


def keeping(forward, backward, **attributes):
    kind = by(None, backward, **attributes)
    kind.forward = forward
    return kind


def add(gradient):
    return lambda self: self.operands[0].add_grad(gradient(self))


RECORDED = {
    "on self": by(lambda self: self.slope, slope=lambda: 0.1),
    "on the class": type("odd", (scaled,), {"slope": 0.1, "factor": lambda self: self.slope}),
    "global": by(lambda self: SLOPE),
    "global table": by(lambda self: TABLE["slope"][0]),
    "global object": by(lambda self: SETTINGS.slope),
    "self.time": by(lambda self: self.time, time=lambda: 2.0),
    "one of an array": by(lambda self: self.table[1], table=lambda: np.array([1.0, 2.0])),
    "prepared once": by(prepared_once, ready=lambda: False),
    "in a list": keeping(in_a_list, add(lambda self: self.grad * self.parts[0])),
    "a function": keeping(with_a_function, add(lambda self: self.back(self.grad))),
    "own cache": keeping(
        own_dictionary, add(lambda self: self.grad * self.cache["mask"]), cache=dict
    ),
    "own softplus": operation(
        "odd", lambda a: np.log(1 + np.exp(SLOPE * a)) / SLOPE,
        lambda g, a: [g * np.exp(SLOPE * a) / (1 + np.exp(SLOPE * a))],
    ),
}  # fmt: skip


@pytest.mark.parametrize("run_before", thinned([False, True], 2))
@pytest.mark.parametrize("kind", thinned(RECORDED.values(), 3), ids=RECORDED)
def test_numbers_and_values_that_are_kept_for_backward_are_recorded(kind, run_before):
    found = []
    for engine in ("graph", "numpy"):
        loss = loss_with(kind)
        if run_before:
            loss.graph.Forward(**DATA)
            loss.graph.Backward(loss)
        before = [(each, dict(vars(each))) for each in loss.graph.everything]
        nn.derive(loss)
        for each, was in before:
            assert vars(each).keys() == was.keys()
            assert all(vars(each)[key] is value for key, value in was.items())
        train(loss, engine, epochs=3)
        found.append(loss.graph.parameters[0].value)
        assert not any(
            isinstance(value, Recorded)
            for each in loss.graph.everything
            for value in vars(each).values()
        )
    np.testing.assert_allclose(*found, rtol=1e-10)


# ---------------------------------------------------------------- whose it is


def test_wraps_does_not_make_a_method_one_of_the_course():
    class wrapped(nn.relu):
        @functools.wraps(nn.relu.forward)
        def forward(self):
            self.value = np.random.normal() * np.maximum(self.operands[0].value, 0)

        @functools.wraps(nn.relu.backward)
        def backward(self):
            self.operands[0].add_grad(self.grad * (self.operands[0].value > 0))

    assert recording.is_own(loss_with(wrapped).graph.nodes[1])
    with refused(ValueError, "np.random, a generator of random numbers, is changed"):
        nn.derive(loss_with(wrapped))
    assert recording.is_own(loss_with(type("heir", (nn.relu,), {})).graph.nodes[1])
    assert not recording.is_own(loss_with(nn.relu).graph.nodes[1])


# ---------------------------------------------------------------- later changes


@pytest.mark.parametrize("key", ["__annotations__", "__annotations_cache__"])
def test_what_python_itself_keeps_on_a_class_is_no_change(key):
    """The annotations, once somebody has looked at them; from 3.14 on under the second name."""

    def looked_at(self):
        type.__setattr__(type(self), key, {"k": float})
        return 2.0

    train(loss_with(by(looked_at)))


def test_what_it_reaches_is_looked_at_and_not_run_in_each_epoch(monkeypatch):
    runs, plain = [], recording._recorded
    monkeypatch.setattr(recording, "SECONDS", 1e9)
    kind = RECORDED["own cache"]
    train(loss_with(kind))  # compared
    monkeypatch.setattr(recording, "_recorded", lambda *a: runs.append(1) or plain(*a))
    train(loss_with(kind), epochs=1)
    once = len(runs)
    train(loss_with(kind), epochs=20)
    assert len(runs) == 2 * once
    monkeypatch.setattr(recording, "SECONDS", 0.0)
    train(loss_with(kind), epochs=20)
    assert len(runs) >= 3 * once + 20


first = by(lambda self: self.t[0], t=lambda: np.ones(2))
first_of_many = by(lambda self: self.t[0], t=lambda: np.ones(9999))
of_the_class = type("odd", (scaled,), {"m": 1.0, "factor": lambda self: self.m})
of_a_list = by(lambda self: TABLE["slope"][0])

CHANGES = {
    "global": (by(lambda self: SLOPE), lambda h: globals().update(SLOPE=SLOPE + 1)),
    "in a list": (of_a_list, lambda h: TABLE.update(slope=[TABLE["slope"][0] + 1])),
    "an attribute": (by(lambda self: self.k0, k0=lambda: 1.0), lambda h: setattr(h, "k0", 2.0)),
    "an array": (first, lambda h: h.t.__setitem__(0, 2.0)),
    "a large array": (first_of_many, lambda h: h.t.__setitem__(0, 2.0)),
    "the class": (of_the_class, lambda h: setattr(type(h), "m", 2.0)),
    "a method": (by(lambda self: 1.0), lambda h: setattr(type(h), "factor", lambda self: 2.0)),
}


@pytest.mark.parametrize("kind, change", CHANGES.values(), ids=CHANGES)
def test_a_change_between_two_epochs_is_noticed(kind, change, monkeypatch):
    monkeypatch.setattr(recording, "SECONDS", 1e9)
    loss = loss_with(kind)
    with refused(ValueError, "a later run does something else"):
        train(loss, epochs=3, callback=lambda history: change(loss.graph.nodes[1]))


def test_what_is_kept_in_a_slot_is_put_back():
    class slotted(nn.Operation):
        __slots__ = ("m",)

        def forward(self):
            self.m = self.operands[0].value > 0
            self.value = self.m * self.operands[0].value

        def backward(self):
            self.operands[0].add_grad(self.grad * self.m)

    loss = loss_with(slotted)
    nn.derive(loss)
    assert not hasattr(loss.graph.nodes[1], "m")
    loss.graph.Forward(**DATA)
    kept = loss.graph.nodes[1].m
    nn.derive(loss)
    assert loss.graph.nodes[1].m is kept
    train(loss)


def test_nothing_is_copied():
    """Neither by recording nor in each epoch: a large array, and an object that cannot be."""

    class precious:
        def __deepcopy__(self, memo):
            raise AssertionError("copied")

    kind = by(lambda self: 1.0, it=precious)
    train(loss_with(kind), epochs=2)


@pytest.mark.parametrize("space", [{"__name__": "__main__"}, {}], ids=["a notebook", "no name"])
@pytest.mark.parametrize("of", ["calls", "type(self).calls"])
def test_code_that_is_of_no_file_is_not_taken_for_a_library(space, of):
    """A notebook is `__main__`, whose file is that of the program that runs it."""
    space = space | {"nn": nn, "np": np}
    source = f"""
calls = 0
class odd(nn.Operation):
    calls = 0
    def forward(self):
        global calls
        {of} += 1
        self.value = self.operands[0].value * (1.0 if {of} < 20 else 0.5)
    def backward(self):
        self.operands[0].add_grad(self.grad * 1.0)
"""
    exec(source, space)
    with refused(ValueError, "calls is changed by it, from 0 to 1"):
        nn.derive(loss_with(space["odd"]))
    assert space["calls"] == space["odd"].calls == 0


def test_a_derivation_of_another_constant_writes_no_code():
    """What is printed, and the equation, are those of the constant when it was derived."""
    loss = loss_with(by(lambda self: self.constant, constant=lambda: 2.0))
    derivation = nn.derive(loss)
    printed = str(derivation)
    loss.graph.nodes[1].constant = 777.0
    with refused(ValueError, "Derive again: nn.derive(loss)."):
        derivation.code()
    assert str(derivation) == printed and "777" not in derivation.code("numpy")
    assert "777" in nn.derive(loss).code()
