"""An operation is recorded rightly or refused: never something else is printed, or run."""

import copy
import inspect
import itertools
import math
import pickle
import random
import time
from functools import lru_cache

import numpy as np
import pytest
from engine_networks import TOLERANCE, Case, assert_alike, without_compiler
from oracles import refused
from own_operations import OWN, operation, softplus, square, weighted
from tiers import thinned

import course_nn as nn
from course_nn.derivation import recording
from course_nn.derivation.recorded import Recorder
from course_nn.derivation.recording import check_unchanged, record

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(7, 3)), RNG.normal(size=(7, 3))


def loss_with(own):
    """z = x W, h = own(z), q = h V, q + b, squared error."""
    w, v = np.random.default_rng(1).normal(size=(2, 3, 3))
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Input("y", 3)
        z = nn.matmul(x, nn.Parameter("W", w), name="z")
        h, b = own(z, name="h"), nn.Parameter("b", [[1.0, 2.0, 3.0]])
        q = nn.matmul(h, nn.Parameter("V", v), name="q") + b
        return nn.squared_error(q, y, name="loss")


def assert_code_computes_the_graph(loss, **data):
    """The plain NumPy, run without course_nn."""
    source, space, graph = nn.derive(loss).code(), {}, loss.graph
    exec(source, space)
    graph.Forward(**data)
    graph.Backward(loss)
    arrays = [x.value for x in graph.inputs] + [p.value for p in graph.parameters]
    J, gradients = space["gradients"](*arrays)
    np.testing.assert_allclose(J, loss.value.mean(), rtol=1e-12)
    for p, gradient in zip(graph.parameters, gradients, strict=True):
        np.testing.assert_allclose(gradient, p.grad, rtol=1e-12, atol=1e-14)


def assert_engines_agree(build, batch_sizes=(1, 3), **data):
    case = Case(build, **data)
    with pytest.MonkeyPatch.context() as patch:
        without_compiler(patch)
        for batch_size in batch_sizes:
            options = {"batch_size": batch_size, "learning_rate": 0.001}
            by_nodes = case.train("graph", **options)
            for engine in ("numpy", "numba"):
                assert_alike(case.train(engine, **options), by_nodes, TOLERANCE[engine])


# ---------------------------------------------------------------- recorded rightly


@pytest.mark.parametrize("own", thinned(OWN.values(), 4), ids=OWN)
def test_two_methods_are_enough(own):
    loss = loss_with(own)
    assert_code_computes_the_graph(loss, x=X, y=Y)
    assert_engines_agree(lambda: loss_with(own), x=X, y=Y)
    for p in loss.graph.parameters:
        tex = repr(nn.derive(loss).latex(p))
        for left, right in ([r"\left", r"\right"], "{}"):
            assert tex.count(left) == tex.count(right), tex


def test_what_an_operation_of_ones_own_is_printed_as():
    derivation = nn.derive(loss_with(square))
    assert "\nh = square(z)" in repr(derivation) and "\nz.grad = h.grad * 2 * z " in repr(
        derivation
    )
    assert "def square(a):\n    return a ** 2\n" in derivation.code()
    kept = nn.derive(loss_with(softplus))  # what is kept is written out
    assert "z.grad = h.grad * (np.exp(2.0 * z) / (1 + np.exp(2.0 * z)))" in repr(kept)


def test_a_value_that_is_computed_again_in_backward_is_called_by_its_name():
    again = operation("again", lambda a: np.exp(a), lambda g, a: [g * np.exp(a) * (a + np.exp(a))])
    assert "z.grad = h.grad * h * (z + h)" in repr(nn.derive(loss_with(again)))


def test_several_operands_a_parameter_among_them_and_one_node_twice():
    def build():
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 3), nn.Input("y", 3)
            w = nn.Parameter("w", [[1.0, -2.0, 0.5]])
            z = nn.matmul(x, nn.Parameter("W", np.eye(3) + 0.1), name="z")
            h = weighted(z, nn.tanh(z, name="t"), w, name="h")
            return nn.squared_error(weighted(h, h, w), y, name="loss")  # and one without a name

    assert_code_computes_the_graph(build(), x=X, y=Y)
    assert_engines_agree(build, x=X, y=Y)
    text = repr(nn.derive(build()))
    assert "h.grad = n4.grad * h * w + n4.grad * h * w" in text


def test_numbers_of_each_node_are_its_own():
    class power(nn.Operation):
        def __init__(self, a, n, name=None):
            self.n = n
            super().__init__(a, name=name)

        def forward(self):
            self.value = self.operands[0].value ** self.n

        def backward(self):
            a = self.operands[0].value
            self.operands[0].add_grad(self.grad * self.n * a ** (self.n - 1))

    def build():
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 3), nn.Input("y", 3)
            z = nn.matmul(x, nn.Parameter("W", np.eye(3)), name="z")
            total = power(z, 2, name="p") + power(z, 3, name="q")
            return nn.squared_error(total, y, name="loss")

    source = nn.derive(build()).code()
    assert "def power(a):\n    return a ** 2" in source
    assert "def power_2(a):\n    return a ** 3" in source and "q = power_2(z)" in source
    assert_code_computes_the_graph(build(), x=X, y=Y)
    assert_engines_agree(build, x=X, y=Y)


class picked(nn.Operation):
    """A loss with labels: the logit at the right answer, squared; as cross_entropy it has rows."""

    def check_operands(self):
        return None

    def forward(self):
        z, y = self.operands
        self.onehot = y.value[:, None] == np.arange(z.width)
        self.p = 1 / (1 + np.exp(-z.value))
        self.value = -np.log(self.p[self.onehot])

    def backward(self):
        z, _ = self.operands
        z.add_grad(self.grad[:, None] * (self.p - 1) * self.onehot)


def test_a_loss_of_ones_own_with_labels():
    def build():
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 3), nn.Labels("y", 3)
            z = nn.matmul(x, nn.Parameter("W", np.eye(3)), name="z")
            return picked(z, y, name="loss")

    data = {"x": X, "y": np.array([0, 2, 1, 1, 0, 2, 2])}
    assert_code_computes_the_graph(build(), **data)
    assert_engines_agree(build, **data)
    text = repr(nn.derive(build()))
    assert "* onehot(y, z)" in text
    loss = build()
    assert r"\odot \mathrm{onehot}(y)" in repr(nn.derive(loss).latex(loss.graph.parameters[0]))


class two_columns(picked):
    """A loss whose step back joins columns, one of which is the same number for each example."""

    def forward(self):
        z, _ = self.operands
        self.value = z.value[:, 0:1][:, 0]

    def backward(self):
        z, _ = self.operands
        g = self.grad[:, None]
        z.add_grad(np.concatenate([g, 0 * z.value[:, 0:2]], axis=1))


def test_columns_of_a_number_are_refused_by_the_engines_alone():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Labels("y", 3)
        z = nn.matmul(x, nn.Parameter("W", np.eye(3)), name="z")
        loss = two_columns(z, y, name="loss")
    data = {"x": X, "y": np.zeros(7, dtype=int)}
    assert_code_computes_the_graph(loss, **data)
    words = "columns of what is the same number for each example"
    with refused(ValueError, "two_columns", words, unchanged=loss.graph):
        nn.train_sgd(loss, data, learning_rate=0.1, epochs=1, engine="numpy")


def tied(step):
    """a Wᵀ, so that one matrix can lead there and back."""
    return operation(
        "tied",
        lambda a, W: a @ W.T,
        lambda g, a, W: [g @ W, step(g, a)],
        operands=lambda a, W: W.value.shape[0],
        written="{} @ {}.T",
    )


@pytest.mark.parametrize(
    "step", [lambda g, a: g.T @ a, lambda g, a: (a.T @ g).T, lambda g, a: (g.T @ a).T.T]
)
def test_a_product_with_a_transpose_of_ones_own(step):
    w = np.random.default_rng(3).normal(size=(3, 2))

    def build():
        with nn.Graph(make_current=False):
            x, W = nn.Input("x", 3), nn.Parameter("W", w)
            h = nn.tanh(nn.matmul(x, W, name="z"), name="h")
            return nn.squared_error(tied(step)(h, W, name="back"), x, name="loss")

    assert_engines_agree(build, x=X)
    assert "    back = h @ W.T\n" in nn.derive(build()).code()
    assert_code_computes_the_graph(build(), x=X)


def test_a_product_of_two_weights():
    """Also with one example at a time it has more than one row."""
    both = operation(
        "both",
        lambda a, U, W: a @ (U @ W),
        lambda g, a, U, W: [g @ (U @ W).T, (a.T @ g) @ W.T, U.T @ (a.T @ g)],
        operands=lambda a, U, W: W.width,
    )
    u, w, v = np.random.default_rng(3).normal(size=(3, 3, 3))

    def build():
        with nn.Graph(make_current=False):
            x, y, V = nn.Input("x", 3), nn.Input("y", 3), nn.Parameter("V", v)
            h = nn.tanh(nn.matmul(x, V))
            z = both(h, nn.Parameter("U", u), nn.Parameter("W", w), name="z")
            return nn.squared_error(z, y, name="loss")

    assert_engines_agree(build, x=X, y=Y)
    assert_code_computes_the_graph(build(), x=X, y=Y)


def test_a_text_that_says_something_else_is_printed_and_not_run():
    odd = operation("odd", lambda a: a * 2, lambda g, a: [g * 2], written="{} / 2")
    loss = loss_with(odd)
    assert "h = z / 2" in repr(nn.derive(loss))
    assert "h = odd(z)\n" in nn.derive(loss).code()
    assert_code_computes_the_graph(loss, x=X, y=Y)


@pytest.mark.parametrize("old", [("{g} * 7",), "{g}", ("{zzz}",), (3,), None], ids=str)
def test_the_texts_of_earlier_versions_do_no_harm(old):
    """Operations of earlier years have `steps` and a `definition`, right or wrong ones."""
    own = operation(
        "old", lambda a: a**2, lambda g, a: [g * 2 * a], steps=old, definition="def old(a): wrong"
    )
    assert_code_computes_the_graph(loss_with(own), x=X, y=Y)
    assert_engines_agree(lambda: loss_with(own), x=X, y=Y, batch_sizes=[3])


def test_nothing_of_the_graph_is_changed_and_no_generator_is_moved():
    loss = loss_with(softplus)
    loss.graph.Forward(x=X, y=Y)
    loss.graph.Backward(loss)
    numbers = [np.random.get_state()[2], random.getstate()]
    before = [(each, dict(vars(each))) for each in (loss.graph, *loss.graph.everything)]
    nn.derive(loss).code("numpy")
    for each, state in before:
        assert vars(each).keys() == state.keys()
        assert all(vars(each)[name] is value for name, value in state.items())
    assert numbers == [np.random.get_state()[2], random.getstate()]


# ---------------------------------------------------------------- refused

RANDOM, COUNTER, CACHE = np.random.default_rng(5), itertools.count(1), {}
WEIGHTS = np.array([1.0, 2.0, 3.0])
FOREIGN = {}


def times(factor):
    """An operation that multiplies by what `factor(a)` makes; in backward by 2."""
    return lambda a: a * factor(a), lambda g, a: [g * 2.0]


def in_steps(function):
    """A forward of several lines."""
    return function, lambda g, a: [g * 1.0]


def augmented(a):
    h = a.copy()
    h *= 2
    return h


def at_index(a):
    h = a.copy()
    h[:, 0] = 0.0
    return h


def with_out(a):
    h = a.copy()
    np.multiply(a, 2, out=h)
    return h


def added_at(a):
    h = a.copy()
    np.add.at(h, 0, 1.0)
    return h


def branch(a):
    return a if a.sum() > 0 else a * 2


def caught(a):
    try:
        return a if (a > 0).all() else a * 2
    except Exception:
        return a * 3


def by_kind(a):
    return a * 2 if type(a) is np.ndarray else a * 3


def by_rows(a):
    return a.copy() if len(a) > 1 else a * 2


@lru_cache
def remembered(_):
    return next(COUNTER)


REFUSED = {  # what is done, and words of the reason
    "if": (in_steps(branch), ".sum(axis=None"),
    "an entry": (in_steps(lambda a: a * 2 if a[0, 0] > 0 else a), "an index"),
    "if max": (in_steps(lambda a: a if a.max(axis=1) > 0 else -a), "looking at a number"),
    "python max": (in_steps(lambda a: max(a, -a)), "looking at a number"),
    "and": (in_steps(lambda a: (a > 0 and a) * a), "looking at a number"),
    "a chain": (in_steps(lambda a: (0 < a < 1) * a), "looking at a number"),
    "caught": (in_steps(caught), ".all"),
    "its type": (in_steps(by_kind), "with numbers it does something else"),
    "hasattr": (in_steps(lambda a: a * (2 if hasattr(a, "nbytes") else 3)), ".nbytes"),
    "float": (times(lambda a: float(a)), "looking at a number"),
    "int": (times(lambda a: int(a)), "looking at a number"),
    "round": (times(lambda a: round(a)), "looking at a number"),
    "math": (times(lambda a: math.exp(a)), "looking at a number"),
    "item": (times(lambda a: a.item()), "looking at a number"),
    "tolist": (times(lambda a: np.array(a.tolist())), "looking at a number"),
    "len": (times(lambda a: 1 / len(a)), "looking at a number"),
    "by rows": (in_steps(by_rows), "looking at a number"),
    "shape": (times(lambda a: 1 / a.shape[0]), "the number of rows"),
    "rows": (in_steps(lambda a: a / a.shape[0]), "the number of rows"),
    "rows as a float": (in_steps(lambda a: a / a.shape[0].astype(float)), "the number of rows"),
    "a False column": (in_steps(lambda a: a - a.sum(axis=1)[:, None][:, False]), "an index"),
    "size": (times(lambda a: a.size), ".size"),
    "dtype": (times(lambda a: np.zeros(3, dtype=a.dtype)), ".dtype"),
    "loop": (in_steps(lambda a: np.stack([row * 2 for row in a])), "looking at a number"),
    "unpacking": (in_steps(lambda a: [*a] and a), "looking at a number"),
    "in": (in_steps(lambda a: a * (1.0 in a)), "looking at a number"),
    "set": (in_steps(lambda a: a * len({a})), "looking at a number"),
    "format": (times(lambda a: float(f"{a:.3f}")), "format"),
    "asarray": (in_steps(lambda a: np.asarray(a) * 2), "making an array"),
    "array": (in_steps(lambda a: np.array(a) * 2), "making an array"),
    "copied array": (in_steps(lambda a: np.array(a.copy(), dtype=float)), "making an array"),
    "ascontiguous": (in_steps(lambda a: np.ascontiguousarray(a)), "making an array"),
    "vectorize": (in_steps(lambda a: np.vectorize(lambda v: v + 1)(a)), "making an array"),
    "pickle": (in_steps(lambda a: pickle.loads(pickle.dumps(a))), "storing"),
    "augmented": (in_steps(augmented), "writing into an array"),
    "at an index": (in_steps(at_index), "writing into an array"),
    "out": (in_steps(with_out), "writing into an array"),
    "add.at": (in_steps(added_at), "np.add.at"),
    "reduce": (in_steps(lambda a: a - np.maximum.reduce(a, axis=1)[:, None]), "maximum.reduce"),
    "outer": (in_steps(lambda a: np.multiply.outer(a, a)[:, :, 0, 0]), "np.multiply.outer"),
    "a part": (in_steps(lambda a: a[:, ::-1]), "an index"),
    "a row": (in_steps(lambda a: a - a[0]), "an index"),
    "a mask": (in_steps(lambda a: a * (a[a > 0] * 0 + 1).size), "a mask"),
    "where=": (in_steps(lambda a: np.exp(a, where=a > 0)), "where="),
    "dtype=": (in_steps(lambda a: np.exp(a, dtype=float)), "dtype="),
    "sum where": (in_steps(lambda a: a - a.sum(axis=1, keepdims=True, where=a > 0)), ".sum"),
    "where of numbers": (in_steps(lambda a: np.where(a, a, 1.0)), "no comparison"),
    "einsum": (in_steps(lambda a: np.einsum("ij->ij", a)), "np.einsum"),
    "linalg": (in_steps(lambda a: a / np.linalg.norm(a, axis=1, keepdims=True)), "linalg.norm"),
    "sort": (in_steps(lambda a: np.sort(a)), "np.sort"),
    "cumsum": (in_steps(lambda a: a.cumsum(axis=1)), ".cumsum"),
    "zeros_like": (in_steps(lambda a: np.zeros_like(a) + a), "np.zeros_like"),
    "concatenate": (in_steps(lambda a: np.concatenate([a, a])[:7]), "np.concatenate"),
    "joined rows": (in_steps(lambda a: np.concatenate([a, a], axis=0)[:7]), "np.concatenate"),
    "joined weights": (
        times(lambda a: np.concatenate([a, FOREIGN["W"].value], axis=1)), "of (B, 3) and (3, 3)"
    ),
    "a joined mask": (in_steps(lambda a: np.concatenate([a > 0, a], axis=1)[:, :3]), "of floats"),
    "joined into": (
        in_steps(lambda a: np.concatenate([a], axis=1, out=a.copy())), "np.concatenate"
    ),
    "a joined array": (
        in_steps(lambda a: np.concatenate([X[:, :1], a], axis=1)[:, :3]), "not computed"
    ),
    "every other column": (in_steps(lambda a: a * a[:, 0:2:2]), "an index"),
    "some rows": (in_steps(lambda a: a * a[:2, 0:1]), "an index"),
    "a true column": (in_steps(lambda a: a * a[:, False:True]), "an index"),
    "columns of a column": (in_steps(lambda a: a * a[:, 3:3]), "[:, 3:3]"),
    "columns of a mask": (in_steps(lambda a: a * (a > 0)[:, :1]), "[:, 0:1] of shape"),
    "columns of weights": (times(lambda a: FOREIGN["W"].value[:, 0:1]), "[:, 0:1] of shape (3, 3)"),
    "all repeated": (in_steps(lambda a: np.repeat(a, 2, axis=1)[:, :3]), "np.repeat of shape"),
    "rows repeated": (in_steps(lambda a: np.repeat(a[:, :1], 3, axis=0)), "np.repeat"),
    "repeated by True": (in_steps(lambda a: a * np.repeat(a[:, :1], True, axis=1)), "np.repeat"),
    "repeated by rows": (
        in_steps(lambda a: a * np.repeat(a[:, :1], a.shape[0], axis=1)), "np.repeat used"
    ),
    "mean of all": (in_steps(lambda a: a - a.mean()), "a mean over"),
    "mean of rows": (in_steps(lambda a: a - np.mean(a, axis=0)), "a mean over"),
    "sum of all": (in_steps(lambda a: a / a.sum()), ".sum(axis=None"),
    "flat sum": (in_steps(lambda a: a - a.sum(axis=0)), "axis=0"),
    "float32": (in_steps(lambda a: a.astype("float32")), "astype(float32)"),
    "integers": (in_steps(lambda a: a.astype(int) * 1.0), "astype(int)"),
    "floor": (in_steps(lambda a: a // 2 + a), "np.floor_divide"),
    "remainder": (in_steps(lambda a: a % 2), "np.remainder"),
    "sin": (in_steps(np.sin), "np.sin"),
    "invert": (in_steps(lambda a: a * ~(a > 0)), "np.invert"),
    "both masks": (in_steps(lambda a: a * ((a > 0) & (a < 1))), "np.bitwise_and"),
    "True + True": (in_steps(lambda a: a * ((a > 0) + (a > 1))), "of comparisons alone"),
    "exp of a mask": (in_steps(lambda a: a * np.exp(a > 0)), "of comparisons alone"),
    "square of a mask": (in_steps(lambda a: a * (a > 0) ** 2), "power of what is no number"),
    "a mask as value": (in_steps(lambda a: a > 0), "no array of floats"),
    "whole numbers": (in_steps(lambda a: 1 - (a > 0)), "no array of floats"),
    "equality": (in_steps(lambda a: a * (a == 0)), "== of other things"),
    "a root": (in_steps(lambda a: a**0.5), "a power with another exponent"),
    "a huge power": (in_steps(lambda a: a**1000000000), "a power with another exponent"),
    "a power of 2": (in_steps(lambda a: 2**a), "a power with another exponent"),
    "infinity": (in_steps(lambda a: np.maximum(a, -np.inf)), "-inf beside an array"),
    "a complex number": (in_steps(lambda a: (a * 1j).real), "1j beside an array"),
    "True": (in_steps(lambda a: a * True), "True or False as a number"),
    "a text": (in_steps(lambda a: a + "b"), "'b' beside an array"),
    "None": (in_steps(lambda a: None), "NoneType"),
    "an array": (in_steps(lambda a: a * WEIGHTS), "an array that is not computed"),
    "an array of one": (in_steps(lambda a: a * np.array(2.0)), "an array that is not computed"),
    "an array as value": (in_steps(lambda a: np.ones((7, 3))), "ndarray"),
    "a product with an array": (in_steps(lambda a: a @ np.eye(3)), "not computed"),
    "cached": (times(lambda a: CACHE.setdefault("a", X[:1] * 0)), "not computed"),
    "other rows": (in_steps(lambda a: a[:, None]), "an index"),
    "(B,) and (B, 1)": (
        in_steps(lambda a: a + (a.sum(axis=1) + a.sum(axis=1, keepdims=True))), "of shapes (B,)"
    ),
    "(B,) and (B, K)": (in_steps(lambda a: a - a.max(axis=1)), "np.subtract of shapes"),
    "another shape": (in_steps(lambda a: a.sum(axis=1, keepdims=True)), "has shape (B, 1), not"),
    "a transpose": (in_steps(lambda a: (a.T * 2).T), ".T outside of a product"),
    "a Gram matrix": (in_steps(lambda a: (a @ a.T) @ a), "a product of other things"),
    "a product that does not fit": (in_steps(lambda a: a @ 2), "a product of shapes"),
    "a mask in a product": (in_steps(lambda a: a @ (a > 0).T), ".T of shape"),
    "random": (times(lambda a: np.random.random()), "np.random, a generator of random"),
    "python random": (times(lambda a: random.random()), "random, a generator of random"),
    "a generator": (times(lambda a: RANDOM.normal()), "RANDOM, a generator of random"),
    "a mask by chance": (in_steps(lambda a: a * (RANDOM.random(a.shape) > 0.5)), "rows"),
    "chance of columns": (in_steps(lambda a: a * RANDOM.random(3)), "not computed"),
    "chance between": (in_steps(lambda a: a * (2 if RANDOM.random() < 2**-30 else next(COUNTER))),
                       "COUNTER is an iterator"),
    "the time": (times(lambda a: time.perf_counter()), "it uses the time"),
    "a counter": (times(lambda a: next(COUNTER)), "COUNTER is an iterator"),
    "its identity": (times(lambda a: id(a) % 1000), "does something else"),
    "remembered": (times(remembered), "COUNTER is an iterator"),
    "a list": (in_steps(lambda a: [a]), "list"),
    "too long": (in_steps(lambda a: sum((a * i for i in range(600)), a)), "more than"),
    "another node": (times(lambda a: FOREIGN["W"].value), "np.multiply of shapes"),
    "a row of another": (
        times(lambda a: FOREIGN["b"].value), "takes the value of b, which it is not given"
    ),
    "another mean": (times(lambda a: FOREIGN["W"].value.mean()), "a mean over"),
    "a sum of another": (times(lambda a: (FOREIGN["W"].value @ FOREIGN["W"].value)), ""),
    "another gradient": (times(lambda a: FOREIGN["z"].grad), "takes the gradient of z"),
}  # fmt: skip


def set_foreign(loss):
    """Nodes that an operation of this graph knows without being given them."""
    W, b, _ = loss.graph.parameters
    FOREIGN.update(W=W, b=b, z=loss.graph.nodes[0])


@pytest.mark.parametrize("methods, words", thinned(REFUSED.values(), 4), ids=REFUSED)
def test_what_cannot_be_recorded_is_refused(methods, words):
    loss = loss_with(operation("odd", *methods))
    set_foreign(loss)
    with refused(ValueError, "h = odd(z)", words, 'engine="graph"', unchanged=loss.graph):
        nn.derive(loss)
    for engine in ("numpy", "numba"):
        with refused(ValueError, "odd", words, unchanged=loss.graph):
            nn.train_sgd(loss, {"x": X, "y": Y}, learning_rate=0.1, epochs=1, engine=engine)


@pytest.mark.parametrize("draw", [random.random, np.random.random])
def test_random_numbers_that_another_thread_draws_are_not_those_of_an_operation(monkeypatch, draw):
    """As Dask does on a worker. It is recorded again."""
    runs = []

    def recorded(node, recorder, really=recording._recorded):
        runs.append(node)
        if len(runs) == 1:
            draw()
        return really(node, recorder)

    loss = loss_with(operation("fine", *times(lambda a: 2.0)))
    monkeypatch.setattr(recording, "_recorded", recorded)
    derivation = repr(nn.derive(loss))
    monkeypatch.undo()
    assert derivation == repr(nn.derive(loss))


ONLY_AS_VALUE = ("a mask as value", "whole numbers", "another shape")  # added to g they are right
IN_BACKWARD = {name: methods for name, (methods, _) in REFUSED.items() if name not in ONLY_AS_VALUE}


@pytest.mark.parametrize(
    "methods", thinned(map(pytest.param, IN_BACKWARD.values()), 4), ids=IN_BACKWARD
)
def test_what_cannot_be_recorded_in_backward_is_refused(methods):
    """The same, with the two methods exchanged."""
    forward, _ = methods
    loss = loss_with(operation("odd", lambda a: a * 1.0, lambda g, a: [g + forward(a) * 1.0]))
    set_foreign(loss)
    with refused(ValueError, "h = odd(z)", 'engine="graph"', unchanged=loss.graph):
        nn.derive(loss)


def test_the_message_says_which_line_and_why():
    class clipped(nn.Operation):
        def forward(self):
            (a,) = self.operands
            self.value = np.sort(a.value)  # this line

        def backward(self):
            (a,) = self.operands
            a.add_grad(self.grad)

    loss = loss_with(clipped)
    line = clipped.forward.__code__.co_firstlineno + 2
    with refused(
        ValueError,
        "h = clipped(z): forward of clipped cannot be recorded",
        f"line {line} of test_recording.py, 'self.value = np.sort(a.value)  # this line': np.sort.",
        'engine="graph" runs everything',
    ):
        nn.derive(loss)
    history = nn.train_sgd(loss, {"x": X, "y": Y}, learning_rate=0.001, epochs=1)
    assert len(history.epochs) == 1


def test_the_line_is_the_one_that_did_it_and_not_the_one_where_it_came_out():
    def helper(a):
        return a.std()  # here

    loss = loss_with(operation("odd", lambda a: a / helper(a), lambda g, a: [g]))
    with refused(ValueError, "'return a.std()  # here': .std"):
        nn.derive(loss)


def test_an_error_of_the_operation_itself_is_told_with_its_line():
    def broken(a):
        return a * undefined_name  # noqa: F821

    loss = loss_with(operation("odd", broken, lambda g, a: [g]))
    with refused(ValueError, "'return a * undefined_name", "NameError", unchanged=loss.graph):
        nn.derive(loss)


def own(**methods):
    """z as it is; one of the methods is another."""

    def forward(self):
        self.value = self.operands[0].value * 1.0

    def backward(self):
        self.operands[0].add_grad(self.grad * 1.0)

    return type("odd", (nn.Operation,), {"forward": forward, "backward": backward} | methods)


def counting(self):
    self.calls = getattr(self, "calls", 0) + 1
    self.value = self.operands[0].value * self.calls


def counting_in_a_list(self):
    self.calls = vars(self).setdefault("calls", [])
    self.calls.append(1)
    self.value = self.operands[0].value * len(self.calls)


def counting_backward(self):
    self.calls = getattr(self, "calls", 0) + 1
    self.operands[0].add_grad(self.grad * (1 if self.calls < 2 else 2))


def gradient_in_forward(self):
    self.value = self.operands[0].value + self.grad


def own_old_value(self):
    a = self.operands[0].value
    self.value = a if self.value is None else a + self.value


def assigned(self):
    self.operands[0].grad = self.grad * 2


def added_by_hand(self):
    a = self.operands[0]
    a.grad = self.grad if a.grad is None else a.grad + self.grad


def other_node(self):
    self.operands[0].add_grad(self.grad)
    self.graph.parameters[0].add_grad(self.graph.parameters[0].value)


def moved_weight(self):
    self.operands[0].add_grad(self.grad)
    self.graph.parameters[0]._value = np.ones((3, 3))


def grad_of_another(self):
    self.operands[0].add_grad(self.grad * self.graph.nodes[2].grad.sum(axis=1, keepdims=True))


def gradient_of_no_shape(self):
    self.operands[0].add_grad(self.grad.sum(axis=0, keepdims=True))


def noisy(self):
    self.noise = np.random.default_rng(len(vars(self))).normal(size=(7, 3))
    self.value = self.operands[0].value + self.noise


def kept_once(self):
    if not hasattr(self, "mask"):
        self.mask = self.operands[0].value > 0
    self.value = self.operands[0].value * self.mask


OTHER = "changes other nodes than by add_grad"
METHODS = {
    "a counter": (own(forward=counting), "self.calls is changed by it, from 1 to 2"),
    "a counter in a list": (own(forward=counting_in_a_list), "a second run does something else"),
    "a counter in backward": (own(backward=counting_backward), "self.calls is changed by it"),
    "the gradient, in forward": (own(forward=gradient_in_forward), "takes the gradient of h"),
    "a gradient assigned": (own(backward=assigned), OTHER),
    "a gradient added by hand": (
        own(backward=added_by_hand),
        "changes other nodes than by add_grad",
    ),
    "another node's gradient": (own(backward=other_node), OTHER),
    "a weight moved": (own(backward=moved_weight), OTHER),
    "the gradient of another": (own(backward=grad_of_another), "gradient of q"),
    "a gradient of another shape": (own(backward=gradient_of_no_shape), "has shape (1, 3), not"),
    "nothing added": (own(backward=lambda self: None), "adds nothing to the gradient of z"),
    "nothing assigned": (own(forward=lambda self: None), "NoneType"),
    "noise": (own(forward=noisy), "an array that is not computed"),
}


@pytest.mark.parametrize("kind, words", METHODS.values(), ids=METHODS)
def test_methods_that_do_more_than_compute_are_refused(kind, words):
    loss = loss_with(kind)
    with refused(ValueError, "h = odd(z)", words, 'engine="graph"', unchanged=loss.graph):
        nn.derive(loss)
    with refused(ValueError, words, unchanged=loss.graph):
        nn.train_sgd(loss, {"x": X, "y": Y}, learning_rate=0.1, epochs=1, engine="numpy")


def test_a_mask_that_is_kept_from_the_first_batch_is_refused():
    """Recorded before a first Forward, it looks like a step; the comparison with arrays differs."""
    loss = loss_with(own(forward=kept_once))
    with refused(ValueError, "h = odd(z)", unchanged=loss.graph):
        nn.derive(loss)
    loss.graph.Forward(x=X, y=Y)
    with refused(ValueError, "an array that is not computed", unchanged=loss.graph):
        nn.derive(loss)


def test_its_own_old_value_is_as_forward_finds_it():
    """Forward sets it to None first."""
    assert "z.grad = h.grad" in repr(nn.derive(loss_with(own(forward=own_old_value))))


def test_a_gradient_that_an_operand_changes_on_its_way_is_refused():
    class clipping(nn.tanh):
        def add_grad(self, grad):
            super().add_grad(np.clip(grad, -1, 1))

    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Input("y", 3)
        h = clipping(x @ nn.Parameter("W", np.eye(3)), name="h")
        loss = nn.squared_error(h, y, name="loss")
    with refused(ValueError, "h has an add_grad of its own", unchanged=loss.graph):
        nn.derive(loss)


def test_labels_are_no_numbers():
    class by_label(nn.Operation):
        def check_operands(self):
            return self.operands[0].width

        def forward(self):
            a, y = self.operands
            self.value = a.value * y.value[:, None]

        def backward(self):
            self.operands[0].add_grad(self.grad)

    class by_table(by_label):
        def forward(self):
            a, y = self.operands
            self.value = a.value - np.eye(3)[y.value]

    class by_few(by_label):
        def forward(self):
            a, y = self.operands
            self.value = a.value[:, None] * (y.value[:, None] == np.arange(2))

    for kind, words in (
        (by_label, "labels as numbers"),
        (by_table, "looking at a number"),
        (by_few, ""),
    ):
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 3), nn.Labels("y", 3)
            h = kind(x @ nn.Parameter("W", np.eye(3)), y, name="h")
            loss = nn.cross_entropy(h, y, name="loss")
        with refused(ValueError, kind.__name__, words, unchanged=loss.graph):
            nn.derive(loss)


def test_a_method_put_into_a_node_or_into_a_class_of_the_course_is_recorded(monkeypatch):
    loss = loss_with(nn.tanh)
    h = loss.graph.nodes[1]
    h.backward = lambda: h.operands[0].add_grad(h.grad * 3)
    assert "z.grad = h.grad * 3" in repr(nn.derive(loss))
    monkeypatch.setattr(nn.relu, "backward", lambda self: self.operands[0].add_grad(self.grad * 5))
    assert "z.grad = h.grad * 5" in repr(nn.derive(loss_with(nn.relu)))
    monkeypatch.setattr(
        nn.relu, "backward", lambda self: self.operands[0].add_grad(self.grad * next(COUNTER))
    )
    with refused(ValueError, "COUNTER is an iterator"):
        nn.derive(loss_with(nn.relu))


# ---------------------------------------------------------------- what changes later

SCALE = 2.0


def scaled_by_a_global_name():
    return operation("scaled", lambda a: a * SCALE, lambda g, a: [g * SCALE])


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_a_global_name_that_changes_during_a_run_is_noticed(engine, monkeypatch):
    """By the next epoch: the code holds the number that it had."""
    without_compiler(monkeypatch)
    loss = loss_with(scaled_by_a_global_name())
    options = {"learning_rate": 0.001, "epochs": 3, "batch_size": 2}
    assert "* 2.0" in repr(nn.derive(loss))
    history = nn.train_minibatch(loss, {"x": X, "y": Y}, engine=engine, **options)
    assert len(history.epochs) == 3

    def change(history):
        monkeypatch.setattr(f"{__name__}.SCALE", 1.0 + len(history.epochs))

    with refused(ValueError, "scaled(z)", "a later run does something else", "global name"):
        nn.train_minibatch(loss, {"x": X, "y": Y}, engine=engine, callback=change, **options)


def test_operations_of_the_course_are_not_recorded_again_in_each_epoch(monkeypatch):
    loss, recorder = loss_with(nn.tanh), Recorder()
    recordings = record(loss.graph, loss.graph.nodes, recorder)
    monkeypatch.setattr(nn.Graph, "left_as_it_was", None)  # an error, if it were used
    check_unchanged(loss.graph, recordings, recorder)


def test_under_a_profiler():
    import cProfile

    with cProfile.Profile():
        text = nn.derive(loss_with(square)).code()
    assert text == nn.derive(loss_with(square)).code()


def test_copies_are_the_same_values():
    copied = operation(
        "copied", lambda a: copy.copy(a) + copy.deepcopy(a), lambda g, a: [np.copy(g) * 2]
    )
    assert_code_computes_the_graph(loss_with(copied), x=X, y=Y)


def test_a_look_at_the_help_of_a_numpy_function_changes_nothing():
    """As by Shift-Tab in JupyterLab: NumPy then keeps the signature on np.tanh itself."""
    inspect.signature(np.square)
    looked_at = operation("looked_at", np.square, lambda g, a: [g * 2 * a])
    assert "z.grad = h.grad * 2 * z" in str(nn.derive(loss_with(looked_at)))
