"""The engine "numpy" where an index has 32 bits, as in a browser: there `take` refuses int64.

A stand-in for the NumPy of such a processor runs the generated code; the numbers are compared with
those of the nodes.
"""

import ast
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import course_nn as nn
from course_nn.derivation import recorded
from course_nn.derivation.numpy_code import NumpyCode
from course_nn.engines import generated_modules

TEXTS = Path(__file__).parents[1] / "derivation" / "stored_texts.json"
RNG = np.random.default_rng(0)
X = RNG.normal(size=(23, 4))
DATA = {"cross_entropy": {"x": X, "y": RNG.integers(0, 3, 23)}}
DATA["squared_error"] = {"x": X, "y": RNG.normal(size=(23, 3))}


class Narrow(np.ndarray):
    """An array of that NumPy."""

    def take(self, indices, axis=None, out=None, mode="raise"):
        if indices.dtype.itemsize > 4:
            raise TypeError("Cannot cast array data from int64 to int32 according to 'safe'")
        return self.view(np.ndarray).take(indices, axis, out, mode)


def numpy_of_32_bits():
    there = ModuleType("numpy")
    vars(there).update(vars(np))
    there.intp = there.int_ = np.int32
    there.arange = lambda *arguments: np.arange(*arguments, dtype=np.int32)
    there.empty = lambda *arguments, **options: np.empty(*arguments, **options).view(Narrow)
    return there


@pytest.fixture
def sources(monkeypatch):
    """The engines run their code on 32 bits; the sources that they ran."""
    ran = []

    def module_of(source, kind):
        ran.append(source)
        module = ModuleType(kind)
        module.np = numpy_of_32_bits()
        exec(source.replace("import numpy as np\n", ""), vars(module))
        return module

    monkeypatch.setattr(generated_modules, "module_of", module_of)
    return ran


def network(loss, activation):
    return nn.two_hidden_layer_network(4, 5, 4, 3, activation=activation, loss=loss, seed=1)


def trained(loss, activation, engine, **options):
    model = network(loss, activation)
    nn.train_minibatch(
        *(model.loss, DATA[loss]),
        **{"batch_size": 5, "learning_rate": 0.1, "epochs": 3, "engine": engine},
        **options,
    )
    return [W.value for W in model.graph.parameters]


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9, "weight_decay": 0.01}], ids=str)
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("loss", [*DATA])
def test_it_trains_as_the_nodes_do(loss, activation, options, sources):
    weights = trained(loss, activation, "numpy", **options)
    assert sources, "the generated code has run"
    for W, V in zip(weights, trained(loss, activation, "graph", **options), strict=True):
        np.testing.assert_allclose(W, V, rtol=0, atol=1e-12)


def test_an_index_of_64_bits_is_refused_there(sources, monkeypatch):
    """What the code was before."""
    written = NumpyCode.source
    monkeypatch.setattr(
        NumpyCode, "source", lambda code: written(code).replace("np.intp", "np.int64")
    )
    with pytest.raises((TypeError, RuntimeError), match="int64"):
        trained("cross_entropy", "tanh", "numpy")


def types_named(source):
    """The types that code asks for by `dtype=` or `.astype(…)`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg == "dtype":
            yield ast.unparse(node.value)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".astype"):
            yield ast.unparse(node.args[0])


def test_generated_code_names_no_type_that_depends_on_the_processor():
    texts = json.loads(TEXTS.read_text(encoding="utf-8"))
    sources = [
        text
        for network in texts["networks"].values()
        for kind, text in network.items()
        if kind.startswith("numpy")
    ]
    assert len(sources) > 4
    assert {name for source in sources for name in types_named(source)} == {"np.intp"}
    assert set(types_named("np.empty(3, dtype=np.int64)")) == {"np.int64"}


def test_an_operation_may_hold_a_whole_number_of_that_numpy(monkeypatch):
    """np.int_ is np.int32 there, and one number as good as another; here it is refused."""

    class double(nn.Operation):
        def forward(self):
            self.value = self.operands[0].value * np.int32(2)

        def backward(self):
            self.operands[0].add_grad(self.grad * np.int32(2))

    with nn.Graph():
        x, y = nn.Input("x", width=4), nn.Input("y", width=3)
        z = double(nn.matmul(x, nn.Parameter("W", np.ones((4, 3))), name="z"), name="d")
        loss = nn.squared_error(z, y, name="loss")
    with pytest.raises(ValueError, match="int32"):
        nn.derive(loss)
    assert np.intp in recorded.PLAIN
    monkeypatch.setattr(recorded, "PLAIN", (*recorded.PLAIN, np.int32))
    nn.derive(loss)


def test_labels_of_the_digits_can_be_counted_there(monkeypatch):
    """There np.bincount refuses int64, and lesson 11 counts the digits."""
    monkeypatch.setattr(np, "intp", np.int32)
    assert nn.datasets.digits()["y"].dtype == np.int32
