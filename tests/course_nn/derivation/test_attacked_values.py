"""What an attacker found in LaTeX, code and recorded values: each is mended, or refused."""

import operator
import re
import statistics
import warnings
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import refused
from own_operations import operation
from test_recording import X, Y, assert_code_computes_the_graph, loss_with
from tiers import examples

import course_nn as nn
from course_nn.derivation.latex import _tex
from course_nn.derivation.recorded import Expression, Recorder

# ---------------------------------------------------------------- what LaTeX says

TOKEN = re.compile(
    r"\s*(\\(?:left|right)(?:[(|)]|\\[{}])|\\text\{ ?\w+ ?\}|\\textstyle\\(?:sum|max)_[kb]"
    r"|\\[a-z]+|\\[,;]|1\[|\d+(?:\.\d+)?|[a-zA-Z]|\S)"
)
BIG = {
    r"\textstyle\sum_k": lambda v: np.sum(v, axis=1, keepdims=True),
    r"\textstyle\max_k": lambda v: np.max(v, axis=1, keepdims=True),
    r"\textstyle\sum_b": lambda v: np.sum(v, axis=0, keepdims=True),
}
RELATIONS = {">": np.greater, r"\ge": np.greater_equal, "<": np.less, r"\le": np.less_equal}
PRODUCTS = {r"\odot": operator.mul, r"\,": operator.matmul, r"\cdot": operator.mul}


class Reader:
    """Reads a formula as a reader does: Σ and max take all factors that follow; a sign stands only
    at the beginning.
    """

    def __init__(self, tex, values):
        self.left, self.values = TOKEN.findall(tex), values

    def take(self, *wanted):
        assert not wanted or self.left[0] in wanted, self.left
        return self.left.pop(0)

    def next(self, *tokens):
        return bool(self.left) and self.left[0] in tokens

    def until(self, last):
        value = self.sum()
        self.take(last)
        return value

    def within(self, first, last):
        self.take(first)
        return self.until(last)

    def sum(self):
        sign = -1 if self.next("-") and self.take() else 1
        value = sign * self.product()
        while self.next("+", "-"):
            value = (operator.add if self.take() == "+" else operator.sub)(value, self.product())
        return value

    def product(self):
        if self.next(*BIG):
            return BIG[self.take()](self.product())
        value, kinds = self.factor(), set()
        while self.next(*PRODUCTS):
            function = PRODUCTS[self.take()]
            kinds.add(function)
            assert len(kinds) == 1 and not self.next("-", *BIG), "brackets are missing"
            value = function(value, self.factor())
        return value

    def factor(self):
        value = self.atom()
        if self.next("^"):
            self.take()
            value = value ** self.within("{", "}")
            assert not self.next("^", "_")
        return value

    def atom(self):
        token = self.take()
        if token in self.values:
            return self.values[token]
        match token:
            case r"\left(":
                return self.until(r"\right)")
            case "1[":
                left = self.sum()
                relation = RELATIONS[self.take(*RELATIONS)]
                return 1.0 * relation(left, self.until("]"))
            case r"\frac":
                return self.within("{", "}") / self.within("{", "}")
            case r"\sqrt":
                return np.sqrt(self.within("{", "}"))
            case r"\left|":
                return np.abs(self.until(r"\right|"))
            case r"\max" | r"\min":
                first = self.within(r"\left(", ",")
                function = np.maximum if token == r"\max" else np.minimum
                return function(first, self.within(r"\;", r"\right)"))
            case r"\exp" | r"\log" | r"\tanh":
                return getattr(np, token[1:])(self.within(r"\left(", r"\right)"))
            case r"\left\{":
                then = self.until(r"\text{ where }")
                condition = self.until(",")
                otherwise = self.within(r"\;", r"\text{ elsewhere}")
                self.take(r"\right\}")
                return np.where(condition, then, otherwise)
        return float(token)


def read(tex, values):
    reader = Reader(tex, values)
    value = reader.sum()
    assert not reader.left, reader.left
    return value


class SimpleNode(NamedTuple):
    name: str
    width: int


WITH_ONE = """
-{}
{} ** 2
1 * {}
a > {}
(a > {}).astype(float)
np.tanh(a - {})
np.abs(a * {})
np.maximum(a, {})
np.where(a > {}, a, 0.5)
(g - {}).max(axis=1)[:, None]
(a * {}).sum(axis=1, keepdims=True)
(a + {}).sum(axis=0, keepdims=True)
a.sum(axis=1, keepdims=True) * {}
""".strip().splitlines()
EXPRESSIONS = st.recursive(
    st.sampled_from(["a", "g", "2", "0.5", "-1.5", "1", "1e-05"]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["{} + {}", "{} - {}", "{} * {}", "{} / {}"]), inner, inner),
        st.tuples(
            st.sampled_from(WITH_ONE),
            inner,
        ),
    ).map(lambda made: "(" + made[0].format(*made[1:]) + ")"),
    max_leaves=12,
)


@np.errstate(all="ignore")
def assert_read_as_computed(source, of_loss=False):
    """The LaTeX of an expression of a and g, read again, has the value of the expression."""
    recorder, rng = Recorder(), np.random.default_rng(len(source))
    a, g = (
        recorder.leaf("value", SimpleNode(name, width))
        for name, width in [("a", 3), ("g", 1 if of_loss else 3)]
    )
    values = {name: rng.integers(-16, 17, size=(4, 3)) / 8 for name in "ag"}  # sums are exact
    if of_loss:  # written as 1, or left out
        values["g"] = values["1"] = np.ones((4, 1))
    names = {a._expression: "a", g._expression: "1" if of_loss else "g"}
    try:
        recorded = eval(f"0 + a * 0 + {source}", {"np": np, "a": a, "g": g})
    except (ValueError, ZeroDivisionError):
        return  # of comparisons alone; 1 / (1 - 1)
    tex = _tex(recorded._expression, names)
    expected = eval(f"0 + a * 0 + {source}", {"np": np, **values})
    found = np.broadcast_to(read(tex, values), expected.shape)
    use = np.abs(expected) < 1e6
    np.testing.assert_allclose(found[use], expected[use], rtol=1e-6, atol=1e-9, err_msg=tex)


@pytest.mark.long
@settings(derandomize=True, deadline=None, max_examples=examples(300))
@given(EXPRESSIONS, st.booleans())
def test_a_formula_says_what_the_code_does(source, of_loss):
    assert_read_as_computed(source, of_loss)


WITHOUT_BRACKETS = """
g * (1 - (a > 0)).astype(float)
1 * (a - g) * g
g - 1 * (a - g)
g * ((a * g).sum(axis=1) + a.max(axis=1))[:, None]
g - ((a * g).sum(axis=1) - a.max(axis=1))[:, None]
a.sum(axis=1, keepdims=True) * g
a.max(axis=1, keepdims=True) * g
g * a.sum(axis=1, keepdims=True) ** 2
"""


@pytest.mark.parametrize("source", WITHOUT_BRACKETS.strip().splitlines())
def test_formulas_that_lacked_brackets(source):
    assert_read_as_computed(source)


def test_the_1_of_the_loss_is_left_out_with_brackets_for_the_rest():
    assert_read_as_computed("g * (a - 0.5) * 2", of_loss=True)


class half_squared(nn.Operation):
    """A loss of one's own, with a row of weights."""

    def check_operands(self):
        return None

    def forward(self):
        p, y, w = self.operands
        self.value = ((p.value - y.value - w.value) ** 2).sum(axis=1)

    def backward(self):
        p, y, w = self.operands
        error = p.value - y.value - w.value
        p.add_grad(self.grad[:, None] * error * 2)
        w.add_grad((-1e-5 * w.value) - (error * 2).sum(axis=0, keepdims=True))


def test_a_whole_equation_says_what_the_graph_computes():
    """The sum after 1/B, the sign after it, and the 1 of the loss."""
    with nn.Graph(make_current=False) as graph:
        x, y, w = nn.Input("x", 3), nn.Input("y", 3), nn.Parameter("w", [[1.0, 2.0, 3.0]])
        z = nn.matmul(x, nn.Parameter("W", np.eye(3) + 0.1), name="z")
        loss = half_squared(z, y, w, name="loss")
    graph.Forward(x=X, y=Y)
    graph.Backward(loss)
    values = {"z": z.value, "y": Y, "w": w.value}
    for parameter in graph.parameters:
        for line in repr(nn.derive(loss).latex(parameter)).splitlines()[1:-1]:
            left, right = line.removesuffix(r" \\").split(" &= ")
            if left == r"\delta_{z}":
                np.testing.assert_allclose(read(right, values), z.grad)
            elif parameter is w:
                reader = Reader(right.removeprefix(r"\frac{1}{B} "), values)
                np.testing.assert_allclose(reader.product() / 7, w.grad)
                assert not reader.left, right


def test_an_entry_at_a_label_has_one_index():
    """z_{1}_{y} is an error in LaTeX."""
    z, y = (Expression("value", (), (), "float") for _ in "zy")
    picked = Expression("pick", (z, y), ("B",), "float")
    assert _tex(picked, {z: "z_{1}", y: "y_{2}"}) == "{z_{1}}_{y_{2}}"


# ---------------------------------------------------------------- names that the code needs


@pytest.mark.parametrize("name", ["len", "float", "np", "gradients", "B", "loss_grad", "J"])
def test_a_class_of_any_name_has_code_that_runs(name):
    """Also a result that `forward` calls so."""
    space = {"nn": nn}
    exec(
        f"""class own(nn.Operation):
    def forward(self):
        import numpy
        a = self.operands[0].value
        mask = (a > 0).astype("float64")
        {name} = numpy.exp(a)
        self.value = {name} * mask + {name} * (a > 1).astype("float64")

    def backward(self):
        self.operands[0].add_grad(self.grad * 2)
""",
        space,
    )
    space["own"].__name__ = name
    assert_code_computes_the_graph(loss_with(space["own"]), x=X, y=Y)


# ---------------------------------------------------------------- what is refused


def as_ufunc_error(a):
    with np.errstate(over="raise"):
        try:
            return np.exp(a)
        except FloatingPointError:
            return np.exp(np.minimum(a, 3))


def as_warning(a):
    with warnings.catch_warnings(), np.errstate(over="warn"):
        warnings.simplefilter("error")
        try:
            return a * a.sum(axis=1, keepdims=True)
        except RuntimeWarning:
            return a


REFUSED = {
    "uint8": (lambda a: (a > 200) * np.uint8(200) * np.uint8(2) + a, "a number of type uint8"),
    "int32": (lambda a: a + (a > 1) * np.int32(2), "a number of type int32"),
    "float16": (lambda a: a + (a > 1) * np.float16(2), "a number of type float16"),
    "float32": (lambda a: np.where(a > 1, a, np.float32(0.1)), "a number of type float32"),
    "longdouble": (lambda a: a * np.longdouble(2), "a number of type"),
    "a power of a count": (
        lambda a: a + 1e-17 * (a > 0).sum(axis=1, keepdims=True) ** 16 * 2.0**0,
        None,
    ),
    "a large power of a count": (
        lambda a: a + 1e-17 * (4 * (a > 0).sum(axis=1, keepdims=True)) ** 15,
        "whole numbers that may be too large",
    ),
    "a product of counts": (
        lambda a: a + 1e-17 * ((a > 0) * 2**30 * ((a > 1) * 2**30)),
        "whole numbers that may be too large",
    ),
    "sums of counts": (
        lambda a: a + ((a > 0).sum(axis=0, keepdims=True) * 2**30 - 1),
        "whole numbers that may be too large",
    ),
    "str": (lambda a: a * (0.5 if "e+" in str(a) else 1.0), "looking at a number"),
    "repr": (lambda a: a * (0.5 if "e+" in repr([a]) else 1.0), "looking at a number"),
    "format": (lambda a: a * (0.5 if "e+" in f"{a}" else 1.0), "looking at a number"),
    "its memory": (
        lambda a: np.minimum(a, 300) if hasattr(a, "__array_interface__") else a,
        "making an array",
    ),
    "the size": (lambda a: a * a.__sizeof__(), "looking at a number"),
    "NumPy's errors": (as_ufunc_error, "NumPy's warnings"),
    "NumPy's warnings": (as_warning, "NumPy's warnings"),
}


@pytest.mark.parametrize("forward, words", REFUSED.values(), ids=REFUSED)
def test_what_only_an_array_would_show_is_refused(forward, words):
    loss = loss_with(operation("odd", forward, lambda g, a: [g * 1.0]))
    if words is None:  # small enough
        nn.derive(loss)
        return
    with refused(ValueError, "h = odd(z)", words, unchanged=loss.graph):
        nn.derive(loss)


def test_a_recorded_value_says_that_it_is_an_array():
    def clipped(a):
        return np.clip(a, -1, 1) if isinstance(a, np.ndarray) else a

    derivation = nn.derive(loss_with(operation("clipped", clipped, lambda g, a: [g * 1.0])))
    assert "np.minimum(np.maximum(a, -1), 1)" in derivation.code()


def test_ignored_warnings_change_nothing():
    def quiet(a):
        with np.errstate(over="ignore"):
            return np.exp(a)

    with np.errstate(all="raise"):  # around the recording: it does not matter
        nn.derive(loss_with(operation("quiet", quiet, lambda g, a: [g * np.exp(a)]))).code()


def scipy_softmax(a):
    return pytest.importorskip("scipy.special").softmax(a, axis=1)  # this line


def mean(a):
    return a - statistics.fmean(a)  # this line


@pytest.mark.parametrize("forward", [mean, scipy_softmax])
def test_the_line_is_that_of_the_student_and_not_of_a_library(forward):
    loss = loss_with(operation("odd", forward, lambda g, a: [g * 1.0]))
    with refused(ValueError, "of test_attacked_values.py, '", "# this line'"):
        nn.derive(loss)
