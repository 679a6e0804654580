"""The graph written out agrees with the graph: its code computes the same numbers."""

import ast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import course_nn as nn

COURSE = settings(derandomize=True, deadline=None, max_examples=25)


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


class square(nn.Operation):
    """As in the docstring of Operation, with what derive needs."""

    steps = ("{g} * 2 * {a}",)
    definition = "def square(a):\n    return a**2"

    def forward(self):
        (a,) = self.operands
        self.value = a.value**2

    def backward(self):
        (a,) = self.operands
        a.add_grad(self.grad * 2 * a.value)


def network_with(operation):
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        s = operation(x @ nn.Parameter("W", [[1.0, 2.0], [3.0, 4.0]]), name="s")
        return nn.squared_error(s, y, name="loss")


def test_an_operation_of_ones_own():
    compare(network_with(square), {"x": [[1.0, 2.0]], "y": [[0.0, 1.0]]})


def test_an_operation_that_says_too_little_is_named():
    class silent(square):
        steps = ()

    class undefined(square):
        definition = ""

    with pytest.raises(ValueError, match=r"Give the class silent its steps"):
        nn.derive(network_with(silent))
    text = nn.derive(network_with(undefined))
    assert "n1.grad = s.grad * 2 * n1" in repr(text)
    with pytest.raises(ValueError, match=r"Give the class undefined a definition"):
        text.code()

    class heir(nn.relu):
        """Its definition is relu's, which defines no function of this name."""

    with pytest.raises(ValueError, match=r"Give the class heir a definition"):
        nn.derive(network_with(heir)).code()


@pytest.mark.parametrize("name", ["np", "B", "gradients", "squared_error", "n1_grad"])
def test_a_name_that_the_code_needs_is_refused(name):
    with nn.Graph(make_current=False):
        x, y = nn.Input(name, 2), nn.Input("y", 2)
        z = x @ nn.Parameter("W", np.eye(2))
        loss = nn.squared_error(z, y, name="loss")
    with pytest.raises(ValueError, match=f"needs the name {name} for itself"):
        nn.derive(loss).code()


def test_an_unnamed_node_takes_no_name_that_is_taken():
    with nn.Graph(make_current=False):
        x, y = nn.Input("n1", 2), nn.Input("y", 2)
        loss = nn.squared_error(nn.tanh(x) @ nn.Parameter("W", np.eye(2)), y, name="loss")
    compare(loss, {"n1": [[1.0, 2.0]], "y": [[0.0, 1.0]]})
    assert "n1_ = tanh(n1)" in repr(nn.derive(loss))


def test_a_step_that_is_no_equation_is_refused():
    class odd(square):
        steps = ("{g} * np.where({a} > 0, 1, 0)",)

    loss = network_with(odd)
    with pytest.raises(ValueError, match="cannot be written as an equation"):
        nn.derive(loss).latex(loss.graph.parameters[0])


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


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("{g} * 2 * {a}", "ends in a comma"),
        (("{g} * {zzz}",), "KeyError: 'zzz'"),
        ((3,), "tuple of texts"),
        (None, "does not say what its backward adds"),
    ],
)
def test_steps_that_cannot_be_read(steps, words):
    class odd(nn.Operation):
        def forward(self): ...

        def backward(self): ...

    odd.steps = steps
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=2), nn.Input("y", width=2)
        a = nn.matmul(x, nn.Parameter("W", np.eye(2)))
        loss = nn.squared_error(odd(a), y)
    with pytest.raises(ValueError, match=words):
        nn.derive(loss)


def test_spaces_in_steps_do_no_harm():
    class twice(nn.Operation):
        steps = ("{g}  *   2",)

        def forward(self):
            self.value = 2 * self.operands[0].value

        def backward(self):
            self.operands[0].add_grad(2 * self.grad)

    with nn.Graph(make_current=False) as net:
        x, y = nn.Input("x", width=2), nn.Input("y", width=2)
        a = nn.matmul(x, nn.Parameter("W", np.eye(2)), name="a")
        loss = nn.squared_error(twice(a, name="t"), y)
    assert "a.grad = t.grad * 2 " in str(nn.derive(loss))
    net.Forward(x=[[1, 2]], y=[[0, 0]])
    net.Backward(loss)
    assert nn.walk_through(loss).steps
    with pytest.raises(TypeError, match="title is a text"):
        nn.walk_through(loss, title=5)
