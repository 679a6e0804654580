"""The graph written out agrees with the graph: its code computes the same numbers."""

import ast
import builtins
import keyword
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from own_operations import operation
from tiers import examples

import course_nn as nn

COURSE = settings(derandomize=True, deadline=None, max_examples=examples(25))


def compare(loss, data):
    """Execute the code of the derivation, without course_nn, beside the graph."""
    source = nn.derive(loss).code()
    assert "course_nn" not in source
    space = {}
    exec(source, space)
    graph = loss.graph
    graph.Forward(**data)
    graph.Backward(loss)
    used = [p for p in graph.parameters if p.grad.any()]
    J, gradients = space["gradients"](
        *(np.asarray(data[x.name]) for x in graph.inputs), *(p.value for p in used)
    )
    np.testing.assert_allclose(J, loss.value.mean(), rtol=0, atol=1e-12)
    assert len(gradients) == len(used)
    for parameter, gradient in zip(used, gradients, strict=True):
        np.testing.assert_allclose(gradient, parameter.grad, rtol=0, atol=1e-12)


@COURSE
@given(
    st.sampled_from(["sigmoid", "tanh", "relu"]),
    st.sampled_from(["squared_error", "cross_entropy"]),
    st.booleans(),
    st.integers(1, 6),
    st.integers(0, 1000),
)
def test_the_code_computes_what_the_graph_computes(activation, loss, bias, B, seed):
    model = nn.two_hidden_layer_network(
        4, 5, 3, 3, activation=activation, loss=loss, bias=bias, seed=seed
    )
    rng = np.random.default_rng(seed)
    if bias:
        for b in model.graph.parameters[3:]:
            b.value = rng.normal(size=b.value.shape)
    y = rng.integers(0, 3, size=B) if loss == "cross_entropy" else rng.normal(size=(B, 3))
    data = {"x": rng.normal(size=(B, 4)), "y": y}
    model.graph.Forward(**data)
    model.graph.Backward(model.loss)
    if all(p.grad.any() for p in model.graph.parameters):  # a dead relu has none
        compare(model.loss, data)


def shared_network():
    """A parameter and a node used twice, a node plus itself, softmax, a row that comes first."""
    rng = np.random.default_rng(3)
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Input("y", 3)
        W, b = nn.Parameter("W", rng.normal(size=(3, 3))), nn.Parameter("b", [[0.1, 0.2, 0.3]])
        h = nn.tanh(x @ W, name="h")
        s = nn.softmax(b + h @ W, name="s")
        return nn.squared_error(s + (h + h), y, name="loss")


def test_shared_nodes_add_up():
    rng = np.random.default_rng(4)
    compare(shared_network(), {"x": rng.normal(size=(5, 3)), "y": rng.normal(size=(5, 3))})


def test_a_target_that_is_computed_gets_its_gradient():
    rng = np.random.default_rng(5)
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        a = nn.matmul(x, nn.Parameter("W1", rng.normal(size=(2, 2))), name="a")
        t = nn.matmul(y, nn.Parameter("W2", rng.normal(size=(2, 2))), name="t")
        loss = nn.squared_error(a, t, name="loss")
    compare(loss, {"x": rng.normal(size=(3, 2)), "y": rng.normal(size=(3, 2))})


TEXT = """\
Forward
z1 = x @ W1                              (B, 3)
h1 = sigmoid(z1)                         (B, 3)
z2 = h1 @ W2                             (B, 2)
h2 = sigmoid(z2)                         (B, 2)
z3 = h2 @ W3                             (B, 2)
loss = squared_error(z3, y)              (B,)

Backward
loss.grad = 1 for each example           (B,)
z3.grad = loss.grad[:, None] * (z3 - y)  (B, 2)
W3.grad = h2.T @ z3.grad                 (2, 2)
h2.grad = z3.grad @ W3.T                 (B, 2)
z2.grad = h2.grad * h2 * (1 - h2)        (B, 2)
W2.grad = h1.T @ z2.grad                 (3, 2)
h1.grad = z2.grad @ W2.T                 (B, 3)
z1.grad = h1.grad * h1 * (1 - h1)        (B, 3)
W1.grad = x.T @ z1.grad                  (4, 3)
W1.grad = W1.grad / B                    (4, 3)
W2.grad = W2.grad / B                    (3, 2)
W3.grad = W3.grad / B                    (2, 2)"""


def test_the_lines_of_the_network_of_the_course():
    model = nn.two_hidden_layer_network(4, 3, 2, 2, loss="squared_error")
    assert repr(nn.derive(model.loss)) == TEXT


def test_the_equation_of_the_network_of_the_course():
    model = nn.two_hidden_layer_network(4, 3, 2, 2, activation="tanh")
    equation = nn.derive(model.loss).latex(model.W2)
    assert repr(equation).splitlines() == [
        r"\begin{aligned}",
        r"\frac{\partial J}{\partial W_{2}} &= \frac{1}{B} h_{1}^{\top} \, \delta_{2} \\",
        r"\delta_{2} &= \delta_{h_{2}} \odot \left( 1 - h_{2}^{2} \right) \\",
        r"\delta_{h_{2}} &= \delta_{3} \, W_{3}^{\top} \\",
        r"\delta_{3} &= \mathrm{softmax}(z_{3}) - \mathrm{onehot}(y)",
        r"\end{aligned}",
    ]
    assert equation._repr_latex_() == f"$$\n{equation!r}\n$$"


def test_equations_of_every_operation_can_be_written():
    loss = shared_network()
    W, b = loss.graph.parameters
    tex = repr(nn.derive(loss).latex(W))
    assert r"\left(" in tex and tex.count(r"\left") == tex.count(r"\right")
    assert r"\textstyle\sum_k" in tex  # the step back through softmax
    assert r"\textstyle\sum_b" in repr(nn.derive(loss).latex(b))
    relu = nn.two_hidden_layer_network(2, 2, 2, 2, activation="relu")
    assert "1[z_{1} > 0]" in repr(nn.derive(relu.loss).latex(relu.W1))


def test_what_the_loss_does_not_use_is_left_out():
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        W, V = nn.Parameter("W", np.eye(2)), nn.Parameter("V", np.eye(2))
        z = nn.matmul(x, W, name="z")
        nn.matmul(x, V, name="unused")
        loss = nn.squared_error(z, y, name="loss")
    derivation = nn.derive(loss)
    assert "unused" not in repr(derivation) and "V" not in repr(derivation)
    assert "def gradients(x, y, W):" in derivation.code()
    with pytest.raises(ValueError, match="loss does not depend on parameter V"):
        derivation.latex(graph.parameters[1])


OF_PYTHON = [n for n in dir(builtins) if n.isidentifier() and not keyword.iskeyword(n)]
OF_THE_CODE = sorted(
    {*re.findall(r"[A-Za-z_]\w*", nn.derive(nn.two_hidden_layer_network(2, 2, 2, 2).loss).code())}
    | {"np", "B", "gradients", "squared_error", "n1_grad", "W_grad", "relu", "self", "unnamed"}
)
NAMES = [n for n in [*OF_PYTHON, *OF_THE_CODE] if not keyword.iskeyword(n) and n != "__debug__"]


@pytest.mark.parametrize("first", range(0, len(NAMES), 7))
def test_nodes_may_have_the_names_of_python_and_of_the_code_itself(first):
    """`len`, `float`, `B`, `softmax`, …: in code, and as data of Forward."""
    x_name, y_name, W_name, b_name, z_name, h_name, q_name = (
        NAMES[(first + i) % len(NAMES)] for i in range(7)
    )
    rng = np.random.default_rng(first)
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input(x_name, 2), nn.Labels(y_name, 2)
        W = nn.Parameter(W_name, rng.normal(size=(2, 2)))
        b = nn.Parameter(b_name, [[3.0, 4.0]])  # no unit of relu is dead
        h = nn.relu(nn.add(nn.matmul(x, W, name=z_name), b), name=h_name)
        loss = nn.cross_entropy(nn.matmul(nn.softmax(h), W, name=q_name), y)
    compare(loss, {x_name: rng.normal(size=(3, 2)), y_name: [0, 1, 1]})
    assert [node.name for node in graph.inputs] == [x_name, y_name]


@pytest.mark.parametrize("place", ["input", "parameter", "node", "loss"])
@pytest.mark.parametrize("name", ["np", "B", "gradients", "squared_error", "n1_grad", "tanh_2"])
def test_a_name_of_the_code_in_every_place(name, place):
    """Also that of a gradient: n1_grad is the one of the node without a name."""
    names = {"input": "x", "parameter": "W", "node": "h", "loss": "loss"} | {place: name}
    rng = np.random.default_rng(0)
    with nn.Graph(make_current=False):
        x, y = nn.Input(names["input"], 2), nn.Input("y", 2)
        W = nn.Parameter(names["parameter"], rng.normal(size=(2, 2)))
        h = nn.tanh(x @ W, name=names["node"])
        loss = nn.squared_error(h @ W, y, name=names["loss"])
    compare(loss, {names["input"]: rng.normal(size=(3, 2)), "y": rng.normal(size=(3, 2))})


def test_a_name_is_changed_only_where_the_code_needs_it():
    with nn.Graph(make_current=False):
        x, y = nn.Input("len", 2), nn.Input("y", 2)
        z = nn.matmul(x, nn.Parameter("W", np.eye(2)), name="z")
        loss = nn.squared_error(z, y, name="loss")
    derivation = nn.derive(loss)
    assert "def gradients(len_, y, W):" in derivation.code()
    assert "z = len @ W" in repr(derivation)


def test_an_unnamed_node_takes_no_name_that_is_taken():
    with nn.Graph(make_current=False):
        x, y = nn.Input("n1", 2), nn.Input("y", 2)
        loss = nn.squared_error(nn.tanh(x) @ nn.Parameter("W", np.eye(2)), y, name="loss")
    compare(loss, {"n1": [[1.0, 2.0]], "y": [[0.0, 1.0]]})
    assert "n1_ = tanh(n1)" in repr(nn.derive(loss))


def test_only_a_loss_is_derived():
    model = nn.two_hidden_layer_network(2, 2, 2, 2)
    with pytest.raises(ValueError, match="A loss has one number"):
        nn.derive(model.output)
    with pytest.raises(TypeError, match=r"Use its \.loss"):
        nn.derive(model)


def test_the_code_is_formatted_as_a_person_would():
    tree = ast.parse(nn.derive(shared_network()).code())
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert functions == ["tanh", "softmax", "squared_error", "gradients"]


def test_the_code_of_two_classes_of_one_name_is_told_apart():
    """Also where one of them has the name of a function that cross_entropy calls."""

    def named(name, factor):
        return operation(name, lambda a: a * factor, lambda g, a: [g * factor])

    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Labels("y", 2)
        a = nn.matmul(x, nn.Parameter("W", np.eye(2)), name="a")
        b = named("softmax", 2)(a, name="b") + named("softmax", 3)(a, name="c")
        z = named("function", 4)(b, name="d") + named("not a name", 5)(b, name="z")
        loss = nn.cross_entropy(nn.softmax(z, name="s") + z, y, name="loss")
    compare(loss, {"x": np.array([[1.0, 2.0], [0.5, -1.0]]), "y": np.array([0, 1])})


def test_the_names_of_results_are_those_of_forward_unless_they_are_needed():
    class odd(nn.Operation):
        def forward(self):
            (node,) = self.operands
            a = np.exp(node.value)  # a name of the code itself, for something else
            np_ = a * node.value
            np_ = np_ * np_
            self.value = np_ + np_ * a + a

        def backward(self):
            self.operands[0].add_grad(self.grad * self.value)

    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        z = nn.matmul(x, nn.Parameter("W", [[0.1, 0.2], [0.3, 0.4]]), name="z")
        loss = nn.squared_error(odd(z, name="h"), y, name="loss")
    code = nn.derive(loss).code()
    lines = code[code.index("def odd") : code.index("def squared_error")].split("\n")
    assert lines[:5] == [
        "def odd(a):",
        "    t1 = np.exp(a)",
        "    t2 = t1 * a",
        "    np_ = t2 * t2",
        "    return np_ + np_ * t1 + t1",
    ]
    compare(loss, {"x": np.array([[1.0, 2.0], [0.5, -1.0]]), "y": np.ones((2, 2))})
