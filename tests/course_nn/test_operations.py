"""The operations: values, chain-rule steps with any upstream gradient, and operations of one's own.

The build-time refusals of the operations are in test_errors.py.
"""

import inspect
import pickle
import textwrap

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import (
    AUTOGRAD_ACTIVATIONS,
    SEEDS,
    SMALL,
    assert_gradients,
    assert_same,
    carried,
    normal,
    refused,
    step_back,
)

import course_nn as nn


def autograd_softmax(z):
    return anp.exp(z) / anp.sum(anp.exp(z), axis=1, keepdims=True)


UNARY = {
    "sigmoid": (nn.sigmoid, AUTOGRAD_ACTIVATIONS["sigmoid"]),
    "tanh": (nn.tanh, AUTOGRAD_ACTIVATIONS["tanh"]),
    "relu": (nn.relu, AUTOGRAD_ACTIVATIONS["relu"]),
    "softmax": (nn.softmax, autograd_softmax),
}

shapes_and_seeds = given(B=SMALL, m=SMALL, n=SMALL, seed=SEEDS)


# --- chain-rule steps -----------------------------------------------------------------------------


@shapes_and_seeds
def test_gradient_of_matmul(B, m, n, seed):
    a, W = normal(seed, (B, m), (m, n))
    assert_gradients(nn.matmul, lambda a, W: a @ W, [("rows", a), ("parameter", W)], seed)


@shapes_and_seeds
def test_gradient_of_matmul_from_an_input(B, m, n, seed):
    x_values, w, upstream = normal(seed, (B, m), (m, n), (B, n))
    with nn.Graph() as net:
        x = nn.Input("x", m)
        W = nn.Parameter("W", w)
        z = x @ W
    net.Forward(x=x_values)
    step_back(z, upstream)
    assert_same(W.grad, sum(np.outer(x_values[b], upstream[b]) for b in range(B)))
    assert x.grad is None  # data are not learned


@shapes_and_seeds
def test_gradient_of_add_of_two_nodes(B, m, n, seed):
    a, b = normal(seed, (B, n), (B, n))
    assert_gradients(nn.add, lambda a, b: a + b, [("rows", a), ("rows", b)], seed)


@shapes_and_seeds
def test_gradient_of_add_of_a_parameter_row(B, m, n, seed):
    a, row = normal(seed, (B, n), (1, n))
    assert_gradients(nn.add, lambda a, b: a + b, [("rows", a), ("parameter", row)], seed)
    assert_gradients(nn.add, lambda b, a: b + a, [("parameter", row), ("rows", a)], seed)


@given(B=SMALL, n=SMALL, seed=SEEDS)
def test_a_node_added_to_itself_receives_both_gradients(B, n, seed):
    (a,) = normal(seed, (B, n))
    assert_gradients(lambda a: a + a, lambda a: a + a, [("rows", a)], seed)


@pytest.mark.parametrize("name", UNARY)
@given(B=SMALL, n=SMALL, seed=SEEDS)
def test_gradient_of_one_operand(name, B, n, seed):
    operation, reference = UNARY[name]
    (a,) = normal(seed, (B, n))
    assert_gradients(operation, reference, [("rows", 2 * a)], seed)


def chain_of(operation, values):
    with nn.Graph() as net:
        node = operation(carried(nn.Input("x", np.shape(values)[1]), name="a"), name="h")
    net.Forward(x=values)
    return node


def test_relu_at_zero_and_below_passes_nothing_back():
    h = chain_of(nn.relu, [[-2.0, 0.0, 3.0]])
    assert h.value.tolist() == [[0.0, 0.0, 3.0]]
    step_back(h, np.full((1, 3), 7.0))
    assert h.operands[0].grad.tolist() == [[0.0, 0.0, 7.0]]


@pytest.mark.parametrize("operation", [nn.sigmoid, nn.tanh])
def test_saturated_units_give_whole_numbers_and_no_gradient(operation):
    h = chain_of(operation, [[-1e4, 1e4]])
    assert h.value.tolist() == [[0.0 if operation is nn.sigmoid else -1.0, 1.0]]
    step_back(h, np.ones((1, 2)))
    assert h.operands[0].grad.tolist() == [[0.0, 0.0]]


# --- softmax --------------------------------------------------------------------------------------


@given(B=SMALL, K=SMALL, seed=SEEDS, shift=st.floats(-1e4, 1e4), scale=st.sampled_from([1, 1e4]))
def test_softmax_rows_sum_to_one_and_do_not_feel_a_shift(B, K, seed, shift, scale):
    (z,) = normal(seed, (B, K))
    s = chain_of(nn.softmax, scale * z).value
    assert (s >= 0).all()
    np.testing.assert_allclose(s.sum(axis=1), 1, rtol=1e-14)
    shifted = chain_of(nn.softmax, z + shift).value
    np.testing.assert_allclose(shifted, chain_of(nn.softmax, z).value, rtol=1e-10)


@given(B=SMALL, K=SMALL, seed=SEEDS)
def test_softmax_gradients_sum_to_zero_in_each_row(B, K, seed):
    z, upstream = normal(seed, (B, K), (B, K))
    s = chain_of(nn.softmax, z)
    step_back(s, upstream)
    np.testing.assert_allclose(s.operands[0].grad.sum(axis=1), 0, atol=1e-14)


# --- how nodes are written ------------------------------------------------------------------------


def test_expressions_names_and_shapes():
    with nn.Graph() as net:
        x = nn.Input("x", 3)
        y = nn.Labels("y", 2)
        t = nn.Input("t", 2)
        W = nn.Parameter("W", np.ones((3, 2)))
        V = nn.Parameter("V", np.ones((2, 2)))
        z = nn.matmul(x, W, name="z")
        unnamed = x @ W
        inner_sum = unnamed + z
        nested = inner_sum @ V
        h = nn.tanh(nested)
        g = nn.sigmoid(z, name="g")
        loss = nn.cross_entropy(z, y)
        distance = nn.squared_error(h, t, name="distance")
    assert str(z) == "z = x @ W"
    assert z.name == "z"
    assert str(unnamed) == unnamed.name == "x @ W"
    assert str(inner_sum) == "(x @ W) + z"
    assert str(nested) == "((x @ W) + z) @ V"
    assert str(h) == "tanh(((x @ W) + z) @ V)"
    assert str(g) == "g = sigmoid(z)"
    assert str(loss) == "cross_entropy(z, y)"
    assert repr(distance) == f"distance = squared_error({h.name}, t)  (B,)"
    assert repr(z) == "z = x @ W  (B, 2)"
    assert repr(W) == "parameter W  (3, 2)"
    assert repr(x) == "input x  (B, 3)"
    assert repr(y) == "labels y 0..1  (B,)"
    assert repr(net).splitlines()[:4] == [
        "Graph",
        "  input x  (B, 3)",
        "  labels y 0..1  (B,)",
        "  input t  (B, 2)",
    ]
    assert len(repr(net).splitlines()) == 1 + len(net.everything)


def test_shorthands_make_the_same_nodes():
    with nn.Graph():
        x = nn.Input("x", 2)
        W = nn.Parameter("W", np.ones((2, 2)))
        product, total = x @ W, x + x
    assert type(product) is nn.matmul and product.operands == (x, W)
    assert type(total) is nn.add and total.operands == (x, x)


@pytest.mark.parametrize("symbol", ["@", "+"])
def test_an_array_beside_a_node_is_refused_not_taken_apart(symbol):
    with nn.Graph():
        x = nn.Input("x", 2)  # noqa: F841  (used by eval)
        array = np.ones((2, 2))  # noqa: F841
        with refused(TypeError, "x is a node of the graph. Its array is x.value."):
            eval(f"array {symbol} x")
        with refused(TypeError, "needs nodes", "an array of shape (2, 2)"):
            eval(f"x {symbol} array")


# --- operations of one's own ----------------------------------------------------------------------


def the_docstrings_example():
    """The class `square`, read from the docstring of Operation and executed as it stands."""
    docstring = inspect.getdoc(nn.Operation)
    code = docstring[docstring.index("    class square") : docstring.index("In a graph,")]
    names = {"nn": nn}
    exec(textwrap.dedent(code), names)
    return names["square"]


@given(B=SMALL, n=SMALL, seed=SEEDS)
def test_the_docstrings_operation_works(B, n, seed):
    (a,) = normal(seed, (B, n))
    assert_gradients(the_docstrings_example(), lambda a: a**2, [("rows", a)], seed)


def test_the_docstrings_operation_is_written_with_its_name_and_passes_the_check():
    square = the_docstrings_example()
    with nn.Graph():
        x = nn.Input("x", 3)
        y = nn.Labels("y", 2)
        z1 = nn.matmul(x, nn.Parameter("W1", np.arange(6.0).reshape(3, 2) / 7), name="z1")
        s = square(z1, name="s")
        loss = nn.cross_entropy(s, y)
    assert str(s) == "s = square(z1)"
    assert s.width == 2
    assert nn.check_gradients(loss, {"x": [[1.0, 0.5, -1.0]], "y": [1]}).ok is True


class wrong_backward(nn.Operation):
    def forward(self):
        self.value = self.operands[0].value

    def backward(self):
        self.operands[0].add_grad(self.grad.sum(axis=0))


class number_backward(wrong_backward):
    def backward(self):
        self.operands[0].add_grad(1.0)


class wrong_forward(wrong_backward):
    def forward(self):
        self.value = self.operands[0].value.sum(axis=0)


class unfinished(nn.Operation):
    pass


def network_with(operation):
    with nn.Graph() as net:
        x = nn.Input("x", 2)
        y = nn.Labels("y", 2)
        z = nn.matmul(x, nn.Parameter("W", np.eye(2)), name="z")
        node = operation(z, name="odd")
        loss = nn.cross_entropy(node, y, name="loss")
    x.set(np.ones((3, 2)))
    y.set([0, 1, 1])
    return net, node, loss


@pytest.mark.parametrize(
    ("operation", "came"), [(wrong_backward, "one of shape (2,)"), (number_backward, "shape ()")]
)
def test_a_wrong_backward_shape_is_named(operation, came):
    net, _, loss = network_with(operation)
    net.Forward()
    with refused(ValueError, "z.grad must have the shape of z, (3, 2)", "backward step", came):
        net.Backward(loss)
    with refused(RuntimeError, "run Forward, then Backward"):  # half a Backward gives no update
        net.SGD(0.1)


def test_a_wrong_forward_shape_is_named():
    net, _, loss = network_with(wrong_forward)
    with refused(ValueError, "odd = wrong_forward(z)", "an array of shape (3, 2)", "it made (2,)"):
        net.Forward()
    with refused(RuntimeError, "run Forward first"):  # half a Forward is no Forward
        net.Backward(loss)


def test_a_missing_method_is_named():
    net, node, _ = network_with(unfinished)
    with refused(NotImplementedError, "unfinished needs a method forward(self)"):
        net.Forward()
    with refused(NotImplementedError, "unfinished needs a method backward(self)"):
        node.backward()


def test_a_forward_that_makes_one_number_too_many_per_example_is_refused():
    class not_per_example(nn.Operation):
        def check_operands(self):
            return None

        def forward(self):
            self.value = self.operands[0].value

    with nn.Graph() as net:
        not_per_example(nn.Input("x", 2), name="L")
    with refused(ValueError, "an array of shape (4,)", "it made (4, 2)"):
        net.Forward(x=np.ones((4, 2)))


# --- the type of what an operation makes and passes on --------------------------------------------

TYPES = [
    (lambda a: a.astype(np.float32), "one of float32, which has fewer digits"),
    (lambda a: a.astype(np.float16), "one of float16, which has fewer digits"),
    (lambda a: a.astype(np.int64), "one of int64. .astype(float) makes one"),
    (lambda a: a > 0, "one of bool. .astype(float) makes one"),
    (lambda a: a + 0j, "one of complex128. If all imaginary parts are 0, take .real"),
    (lambda a: a.astype(object), "one of object. .astype(float) makes one"),
    (lambda a: a.astype(">f8"), "one of >f8. .astype(float) makes one"),
    (lambda a: a.tolist(), "a list"),
    (lambda a: np.asmatrix(a), "a matrix. np.array(..., dtype=float) makes one"),
    (lambda a: np.ma.masked_less(a, 0), "a MaskedArray. np.array(..., dtype=float) makes one"),
    (lambda a: memoryview(a), "a memoryview"),
]


@pytest.mark.parametrize(("made", "came"), TYPES)
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # of np.matrix
def test_a_forward_of_another_type_is_refused_with_its_name(made, came):
    class odd(wrong_backward):
        def forward(self):
            self.value = made(self.operands[0].value)

    net, _, loss = network_with(odd)
    with refused(ValueError, "odd = odd(z): forward must make an array of", f"it made {came}"):
        net.Forward()
    with refused(RuntimeError, "run Forward first"):
        net.Backward(loss)


@pytest.mark.parametrize("way", ["add_grad", "assigned"])
@pytest.mark.parametrize(("made", "came"), TYPES)
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # of np.matrix
def test_a_backward_of_another_type_is_refused_with_its_name(made, came, way):
    class odd(wrong_backward):
        def backward(self):
            (a,) = self.operands
            if way == "add_grad":
                a.add_grad(made(self.grad))
            else:
                a.grad = made(self.grad)

        def forward(self):
            self.value = self.operands[0].value

    class sink(wrong_backward):
        """It does not look at what has arrived."""

        def backward(self):
            self.operands[0].add_grad(np.zeros_like(self.operands[0].value))

    with nn.Graph() as net:
        z = nn.matmul(nn.Input("x", 2), nn.Parameter("W", np.eye(2)), name="z")
        loss = nn.squared_error(odd(sink(z, name="s")), nn.Input("y", 2))
    data = {"x": [[1.0, 2.0]], "y": [[3.0, 3.0]]}
    words = "s.grad must be an array of float64", f"a backward step added {came}"
    with refused(ValueError, *words):
        nn.check_gradients(loss, data)
    if way == "add_grad":  # what is assigned past it, only the check and an update see
        net.Forward(**data)
        with refused(ValueError, *words):
            net.Backward(loss)
        with refused(RuntimeError, "run Forward, then Backward"):
            net.SGD(0.1)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_an_update_takes_no_gradient_of_another_type(momentum):
    class float32_product(nn.matmul):
        def backward(self):
            a, W = self.operands
            W.grad = (a.value.T @ self.grad).astype(np.float32)

    with nn.Graph() as net:
        z = float32_product(nn.Input("x", 2), nn.Parameter("W", np.eye(2)), name="z")
        loss = nn.squared_error(z, nn.Input("y", 2))
    data = {"x": [[1.0, 2.0]], "y": [[3.0, 3.0]]}
    before = net.parameters[0].value
    with refused(ValueError, "W.grad must be a float64 array", "got float32"):
        nn.train_sgd(loss, data, learning_rate=0.1, epochs=1, momentum=momentum)
    assert net.parameters[0].value is before


def test_a_parameter_gets_no_gradient_of_another_type():
    class float32_product(nn.matmul):
        def backward(self):
            a, W = self.operands
            W.add_grad((a.value.T @ self.grad).astype(np.float32))

    with nn.Graph() as net:
        z = float32_product(nn.Input("x", 2), nn.Parameter("W", np.eye(2)), name="z")
        loss = nn.squared_error(z, nn.Input("y", 2))
    net.Forward(x=[[1.0, 2.0]], y=[[3.0, 3.0]])
    with refused(ValueError, "W.grad must be an array of float64", "float32"):
        net.Backward(loss)


def test_what_pickle_brings_back_is_float64_too():
    """Its dtype is equal to float64, but another object."""

    class restored(wrong_backward):
        def forward(self):
            self.value = pickle.loads(pickle.dumps(self.operands[0].value)).copy()

        def backward(self):
            self.operands[0].add_grad(pickle.loads(pickle.dumps(self.grad)))

    net, _, loss = network_with(restored)
    net.Forward()
    net.Backward(loss)
    net.SGD(0.1)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("made", [made for made, _ in TYPES[2:7]])
def test_a_fast_engine_refuses_another_type_too(made, engine):
    """Also where a recording would not show it."""

    class odd(nn.Operation):
        def forward(self):
            (a,) = self.operands
            real = type(a.value) is np.ndarray
            self.value = made(np.round(a.value)) if real else a.value

        def backward(self):
            self.operands[0].add_grad(self.grad)

    if engine == "numba":
        pytest.importorskip("numba")
    _, _, loss = network_with(odd)
    data = {"x": np.ones((3, 2)), "y": [0, 1, 1]}
    with pytest.raises(ValueError, match="odd"):
        nn.train_sgd(loss, data, learning_rate=0.1, epochs=1, engine=engine)


# --- a.grad += … ----------------------------------------------------------------------------------


class in_place(wrong_backward):
    def backward(self):
        (a,) = self.operands
        a.grad += self.grad


class as_a_sum(wrong_backward):
    def backward(self):
        (a,) = self.operands
        a.grad = a.grad + self.grad


class less(wrong_backward):
    def backward(self):
        (a,) = self.operands
        a.grad -= -self.grad


class through_numpy(wrong_backward):
    def backward(self):
        (a,) = self.operands
        a.grad = np.add(a.grad, self.grad)


@pytest.mark.parametrize("operation", [in_place, as_a_sum, less, through_numpy])
def test_adding_to_a_grad_that_is_none_names_add_grad(operation):
    net, node, loss = network_with(operation)
    net.Forward()
    name = f"odd = {operation.__name__}(z)"
    with refused(TypeError, f"{name}: backward adds to the grad of an operand", "a.add_grad(...)"):
        net.Backward(loss)
    assert node.operands[0].grad is None
    with refused(RuntimeError, "run Forward, then Backward"):
        net.SGD(0.1)
    with refused(TypeError, "a.add_grad(...)"):
        nn.check_gradients(loss, {"x": np.ones((3, 2)), "y": [0, 1, 1]})


def test_another_type_error_of_a_backward_stays_what_it_is():
    class other(wrong_backward):
        def backward(self):
            self.operands[0].add_grad(self.grad * None)

    net, _, loss = network_with(other)
    net.Forward()
    with pytest.raises(TypeError, match="unsupported operand") as caught:
        net.Backward(loss)
    assert "add_grad(...)" not in str(caught.value)
    assert net.nodes[0].grad is None
