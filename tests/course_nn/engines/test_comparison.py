"""Generated code that does not do what the nodes do is refused before it trains anything."""

import numpy as np
import pytest
from engine_networks import Case, random_case, without_compiler
from oracles import refused

import course_nn as nn
from course_nn.derivation import numba_code
from course_nn.derivation.numba_code import NumbaCode
from course_nn.derivation.numpy_code import NumpyCode
from course_nn.engines import comparison, generated_modules
from course_nn.engines import engine as engines

RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(9, 4)), np.arange(9) % 3


@pytest.fixture(autouse=True)
def in_plain_python_and_for_the_first_time(monkeypatch):
    without_compiler(monkeypatch)


def course_loss(**options):
    return nn.two_hidden_layer_network(4, 3, 3, 3, seed=1, **options).loss


def train(loss, engine, data=None, **options):
    options = {"batch_size": 4, "learning_rate": 0.1, "epochs": 1} | options
    return nn.train_minibatch(loss, data or {"x": X, "y": LABELS}, engine=engine, **options)


def plant(monkeypatch, engine, line, instead):
    """Write another line of code wherever this one would be written."""
    planted = []
    if engine == "numpy":
        plain = NumpyCode._line

        def written(self, step):
            planted.append(plain(self, step))
            planted[-1] = planted[-1].replace(line, instead)
            return planted[-1]

        monkeypatch.setattr(NumpyCode, "_line", written)
    else:
        plain_operation = NumbaCode._operation

        def written(self, step):
            text, level = plain_operation(self, step)
            planted.append(text.replace(line, instead))
            return planted[-1], level

        monkeypatch.setattr(NumbaCode, "_operation", written)
    return planted


BUGS = {  # engine, activation, what is written, and what instead; the first node that differs
    "1 + h": ("numpy", "sigmoid", "np.subtract(one, h2, ", "np.add(one, h2, ", "z2.grad"),
    "1 - h, not 1 - h²": ("numpy", "tanh", "np.multiply(h1, h1, ", "np.add(h1, 0, ", "z1.grad"),
    "another activation": ("numpy", "tanh", "np.tanh(z2, ", "np.sin(z2, ", "h2"),
    "at the corner": ("numpy", "relu", "np.greater(z1, ", "np.greater_equal(z1, ", "z1.grad"),
    "not transposed": ("numpy", "tanh", "z3_grad, W3.T", "z3_grad, W3", "h2.grad"),
    "the other label": ("numpy", "tanh", "np.equal(y, ", "np.equal(2 - y, ", "z3.grad"),
    "a product": ("numpy", "tanh", "np.dot(h1.T, z2_grad", "np.dot(-h1.T, z2_grad", "W2.grad"),
    "the loss": ("numpy", "tanh", "np.log(", "np.log1p(", "loss"),
    "in a loop": ("numba", "sigmoid", "1.0 - ", "1.0 + ", "z2.grad"),
    "in a loop, the loss": ("numba", "tanh", "math.log(", "math.log1p(", "loss"),
    "in a loop, at the corner": ("numba", "relu", "> 0.0", ">= 0.0", "z2.grad"),
}


@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_a_bug_in_what_writes_the_code_is_an_error_that_names_the_node(
    bug, batch_size, monkeypatch
):
    engine, activation, line, instead, node = bug
    loss = course_loss(activation=activation)
    for each in (loss.graph.parameters[0], loss.graph.parameters[1]):
        each.value = np.abs(each.value)
    planted = plant(monkeypatch, engine, line, instead)
    with refused(
        RuntimeError,
        f'engine="{engine}" does not do what the nodes do: {node} differs',
        "No weight was changed",
        unchanged=loss.graph,
    ):
        train(loss, engine, batch_size=batch_size)
    assert any(instead in each for each in planted), "the code has changed: plant it anew"


SOURCE = {  # bugs in what surrounds the steps of the nodes
    "the sum, not the mean": ("numpy", "rate / B", "rate"),
    "the wrong sign": ("numpy", "np.subtract(weights", "np.add(weights"),
    "too much memory shared": ("numpy", "z2_grad = h2_grad", "z2_grad = h2_grad = h2"),
    "rows of a whole batch": ("numba", "/ rows", "/ B"),
    "no learning rate": ("numba", "-rate / rows", "-2 / rows"),
    "the loss of the first row": ("numba", "total +=", "total ="),
}


@pytest.mark.parametrize("engine, line, instead", SOURCE.values(), ids=SOURCE)
def test_a_bug_anywhere_in_the_code_is_an_error(engine, line, instead, monkeypatch):
    plain = generated_modules.module_of

    def with_bug(source, kind):
        assert line in source
        return plain(source.replace(line, instead), kind)

    monkeypatch.setattr(generated_modules, "module_of", with_bug)
    loss = course_loss()
    with refused(RuntimeError, "does not do what the nodes do", unchanged=loss.graph):
        train(loss, engine)


@pytest.mark.parametrize(
    "line, instead",
    [
        ("1.0, so_far, W1", "1.0, 0.0, W1"),
        ("= 0.0 if start == first", "= 0.0 if False"),  # what the batch before has left stays
        ("first + rows, 2)", "first + rows, 3)"),
    ],
)
def test_a_bug_in_the_sums_over_blocks_is_an_error(line, instead, monkeypatch):
    plain = generated_modules.module_of

    def with_bug(source, kind):
        assert line in source
        return plain(source.replace(line, instead), kind)

    monkeypatch.setattr(numba_code, "BLOCK", 2)
    monkeypatch.setattr(generated_modules, "module_of", with_bug)
    loss = course_loss()
    with refused(RuntimeError, "does not do what the nodes do", unchanged=loss.graph):
        train(loss, "numba")


@pytest.mark.parametrize("line", ["momentum, out=velocity", "decay, out=pull"])
def test_a_bug_in_momentum_or_decay_is_an_error(line, monkeypatch):
    plain = generated_modules.module_of
    monkeypatch.setattr(
        generated_modules,
        "module_of",
        lambda source, kind: plain(source.replace(line, f"1.1 * {line}"), kind),
    )
    with refused(RuntimeError, "does not do what the nodes do"):
        train(course_loss(), "numpy", momentum=0.9, weight_decay=0.01)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_a_bug_that_only_the_first_real_batch_shows(engine, monkeypatch):
    """Beyond what the made batches hold."""
    large = "1000.0" if engine == "numba" else "number0"
    own = type(
        "capped",
        (nn.Operation,),
        {
            "forward": lambda self: setattr(
                self, "value", np.minimum(self.operands[0].value, 1000.0)
            ),
            "backward": lambda self: self.operands[0].add_grad(
                self.grad * (self.operands[0].value < 1000.0)
            ),
        },
    )

    def build():
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 1), nn.Input("y", 1)
            z = own(nn.matmul(x, nn.Parameter("W", [[1.0]]), name="z"), name="h")
            return nn.squared_error(z, y, name="loss")

    data = {"x": np.full((4, 1), 1e4), "y": np.zeros((4, 1))}
    other = large.replace("1000.0", "1e9") if engine == "numba" else "1e9"
    plant(monkeypatch, engine, f", {large}", f", {other}")
    with refused(RuntimeError, "found by loss", "with a batch of 4"):
        train(build(), engine, data)
    train(build(), engine, {"x": data["x"] / 1e4, "y": data["y"]})  # nothing shows it


def test_code_is_compared_once(monkeypatch):
    calls, plain = [], comparison._differs
    monkeypatch.setattr(
        comparison, "_differs", lambda *arguments: calls.append(1) or plain(*arguments)
    )
    for _ in range(2):
        train(course_loss(), "numpy", epochs=3)
    assert len(calls) == 3  # two that were made, and the first real one
    train(course_loss(activation="tanh"), "numpy")
    assert len(calls) == 6


def test_an_operation_that_only_looks_like_another_is_compared_itself(monkeypatch):
    """The code may be the same, the nodes are not."""
    seen, plain = [], comparison._differs
    for name in ("first", "second"):
        monkeypatch.setattr(
            comparison, "_differs", lambda *given, name=name: seen.append(name) or plain(*given)
        )

        class square(nn.Operation):
            def forward(self):
                self.value = self.operands[0].value ** 2

            def backward(self):
                self.operands[0].add_grad(self.grad * 2 * self.operands[0].value)

        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 4), nn.Labels("y", 4)
            loss = nn.cross_entropy(square(x @ nn.Parameter("W", np.eye(4))), y)
        train(loss, "numpy")
    assert seen.count("first") == seen.count("second") > 0


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_a_corner_that_rounding_decides_is_no_difference(engine, monkeypatch):
    """0.1 + 0.2 - 0.3 is 0, or not, depending on the order; relu has a corner there."""

    def build():
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 3), nn.Input("y", 1)
            W = nn.Parameter("W", [[0.1], [0.2], [-0.3]])
            return nn.squared_error(nn.relu(nn.matmul(x, W, name="z")), y, name="loss")

    line, instead = {
        "numpy": ("np.dot(x, W, out=z)", "np.dot(x[:, ::-1], W[::-1], out=z)"),
        "numba": ("np.dot(x, W, z[:rows])", "z[:rows] = x[:, 2:] @ W[2:] + x[:, :2] @ W[:2]"),
    }[engine]
    plain = generated_modules.module_of
    monkeypatch.setattr(
        generated_modules,
        "module_of",
        lambda source, kind: plain(source.replace(line, instead), kind),
    )
    train(build(), engine, {"x": np.ones((4, 3)), "y": np.ones((4, 1))})


def test_what_is_not_finite_must_agree_too():
    same = comparison._same
    inf, nan = np.inf, np.nan
    assert same(np.array([1.0, inf]), np.array([1.0, nan]), 1.0)
    assert not same(np.array([1.0, 2.0]), np.array([1.0, inf]), 1.0)
    assert not same(np.array([nan, inf]), np.array([1.0, inf]), 1.0)
    assert not same(nan, 1.0, 1.0) and same(nan, inf, 1.0)
    assert not same(np.array([1.0, 2.1]), np.array([1.0, 2.0]), 1.0)
    assert same(1.0 + 1e-12, 1.0, 1.0) and same(5e-9, 0.0, 10.0) and not same(5e-8, 0.0, 10.0)


def test_the_made_batches_have_every_corner_and_each_label():
    rng = np.random.default_rng(0)
    x, y = course_loss().graph.inputs
    rows = np.vstack([comparison._nasty(x, size, i, rng) for i, size in enumerate([3, 7])])
    assert (rows == 0).all(axis=1).any(), "zeros"
    assert (abs(rows) == comparison.LARGE).all(axis=1).any(), "large"
    assert (abs(rows) < 1e-6).all(axis=1).sum() >= 2, "small ones, and zeros"
    assert (rows == np.round(rows)).all(axis=1).sum() >= 3, "whole numbers"
    assert len({row.tobytes() for row in rows}) < len(rows), "equal rows"
    assert set(comparison._nasty(y, 7, 0, rng)) == {0, 1, 2}


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("size", [1, 3, 99])
def test_networks_of_every_kind_pass(engine, size):
    for seed in range(12):
        case: Case = random_case(seed, nasty=seed % 2 == 1)
        loss = case.build()
        made = engines.engine_named(engine, loss, size, 0.5 * (seed % 2), 0.01 * (seed % 3))
        data = loss.graph.checked_inputs(case.data, whole="The data")
        made.load({p: p.value for p in loss.graph.parameters}, {})
        own = [long.whole for long in (made.weights, made.velocity, made.gradients)]
        before = [array.tobytes() for array in own]
        comparison.COMPARED.clear()
        made.take(data, None)
        arrays = made.data
        comparison.compare_with_nodes(made, data, None)
        assert [array.tobytes() for array in own] == before
        assert made.batch_size == size and made.data is arrays
