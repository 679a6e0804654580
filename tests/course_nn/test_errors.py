"""What is refused: the message says what was expected and what came, and nothing was changed.

What is refused because it is out of date, or in another graph, is in test_graph.py.
"""

import copy

import numpy as np
import pytest
from oracles import make_case, refused

import course_nn as nn
from course_nn import checks

# --- when the graph is built ----------------------------------------------------------------------


def nodes():
    """In an open block: one node of each kind, by name."""
    x = nn.Input("x", 64)
    y = nn.Labels("y", 10)
    t = nn.Input("t", 10)
    W1 = nn.Parameter("W1", np.ones((64, 32)))
    W2 = nn.Parameter("W2", np.ones((16, 10)))
    W3 = nn.Parameter("W3", np.ones((32, 10)))
    b = nn.Parameter("b", np.ones((1, 32)))
    z1 = nn.matmul(x, W1, name="z1")
    h1 = nn.sigmoid(z1, name="h1")
    z3 = nn.matmul(h1, W3, name="z3")
    p = nn.softmax(z3, name="p")
    loss = nn.cross_entropy(z3, y, name="loss")
    return {name: node for name, node in locals().items()}


BUILD_ERRORS = {
    "columns and rows": (
        lambda n: nn.matmul(n["h1"], n["W2"], name="z2"),
        "z2 = h1 @ W2: h1 has 32 columns, but W2 has 16 rows. "
        "W1 is (64, 32), so W2 must be (32, ?).",
    ),
    "columns and rows, of an input": (
        lambda n: n["x"] @ n["W2"],
        "x @ W2: x has 64 columns, but W2 has 16 rows. x is (B, 64), so W2 must be (64, ?).",
    ),
    "columns and rows, of a sum": (
        lambda n: n["s"] @ n["W2"],
        "(z1 + b) @ W2: z1 + b has 32 columns, but W2 has 16 rows. "
        "W1 is (64, 32), so W2 must be (32, ?).",
    ),
    "columns and rows, of a sum that begins with its row": (
        lambda n: n["r"] @ n["W2"],
        "(b + z1) @ W2: b + z1 has 32 columns, but W2 has 16 rows. "
        "b is (1, 32), so W2 must be (32, ?).",
    ),
    "right factor computed": (
        lambda n: n["x"] @ n["h1"],
        "x @ h1: the right factor must be an nn.Parameter; h1 is not.",
    ),
    "left factor a parameter": (
        lambda n: n["W1"] @ n["W3"],
        "W1 @ W3: W1 is a parameter, which can be the right factor of a matrix product, h @ W, "
        "or a (1, K) row in an addition, z + b.",
    ),
    "left factor labels": (
        lambda n: n["y"] @ n["W1"],
        "y @ W1: y holds labels, which only go into cross_entropy.",
    ),
    "left factor a loss": (
        lambda n: n["loss"] @ n["W1"],
        "loss @ W1: loss is a loss; only a loss is computed from it.",
    ),
    "sum of different widths": (
        lambda n: n["z1"] + n["z3"],
        "z1 + z3: z1 is (B, 32) and z3 is (B, 10). They need the same number of columns.",
    ),
    "row of another width": (
        lambda n: n["z3"] + n["b"],
        "z3 + b: b is (1, 32); beside z3, which is (B, 10), it must be a row (1, 10).",
    ),
    "row of another width, written first": (
        lambda n: n["b"] + n["z3"],
        "b + z3: b is (1, 32); beside z3, which is (B, 10), it must be a row (1, 10).",
    ),
    "a matrix for a row": (
        lambda n: n["z1"] + n["W1"],
        "z1 + W1: W1 is (64, 32); beside z1, which is (B, 32), it must be a row (1, 32).",
    ),
    "sum of two parameters": (
        lambda n: n["b"] + n["b"],
        "b + b: b is a parameter, which can be",
    ),
    "row and labels": (
        lambda n: n["b"] + n["y"],
        "b + y: y holds labels, which only go into cross_entropy.",
    ),
    "sum with labels": (lambda n: n["z3"] + n["y"], "z3 + y: y holds labels"),
    "sigmoid of a parameter": (
        lambda n: nn.sigmoid(n["W1"], name="h"),
        "h = sigmoid(W1): W1 is a parameter",
    ),
    "softmax of labels": (lambda n: nn.softmax(n["y"]), "softmax(y): y holds labels"),
    "tanh of a loss": (lambda n: nn.tanh(n["loss"]), "tanh(loss): loss is a loss"),
    "squared error of labels": (
        lambda n: nn.squared_error(n["z3"], n["y"]),
        "squared_error(z3, y): y holds labels, which only go into cross_entropy.",
    ),
    "squared error of different widths": (
        lambda n: nn.squared_error(n["z1"], n["t"]),
        "squared_error(z1, t): z1 is (B, 32) and t is (B, 10). They need the same number",
    ),
    "cross-entropy of softmax": (
        lambda n: nn.cross_entropy(n["p"], n["y"]),
        "cross_entropy(p, y): cross_entropy takes the softmax itself. "
        "Give it the logits z3, not p.",
    ),
    "cross-entropy without labels": (
        lambda n: nn.cross_entropy(n["z3"], n["t"]),
        "cross_entropy(z3, t): t must be nn.Labels('t', classes=10), with integer labels.",
    ),
    "cross-entropy of labels": (
        lambda n: nn.cross_entropy(n["y"], n["z3"]),
        "cross_entropy(y, z3): y holds labels",
    ),
    "cross-entropy with other classes": (
        lambda n: nn.cross_entropy(n["z1"], n["y"]),
        "cross_entropy(z1, y): z1 has 32 columns, but y has 10 classes. "
        "There is one logit for each class.",
    ),
    "a name used twice": (
        lambda n: nn.tanh(n["z1"], name="h1"),
        "The name h1 is used twice in this graph. Choose another one.",
    ),
    "an input's name used twice": (
        lambda n: nn.Input("W1", 3),
        "The name W1 is used twice in this graph. Choose another one.",
    ),
    "a name that is no name": (
        lambda n: nn.sigmoid(n["z1"], name="h 2"),
        "A node's name is made of letters, digits and _, like 'z1'; got 'h 2'.",
    ),
    "a keyword": (lambda n: nn.Input("lambda", 3), "got 'lambda'."),
    "a number for a name": (lambda n: nn.Input(3, 3), "got 3."),
    "no name": (lambda n: nn.Input(None, 3), "got None."),
    "an empty name": (lambda n: nn.tanh(n["z1"], name=""), "got ''."),
    "no columns": (lambda n: nn.Input("v", 0), "The width of v must be 1 or more; got 0."),
    "no classes": (
        lambda n: nn.Labels("v", -1),
        "The number of classes of v must be 1 or more; got -1.",
    ),
    "weights on one axis": (
        lambda n: nn.Parameter("v", np.ones(3)),
        "v must be an array with two axes, like W1 with (D, H1) or a bias row with (1, K); "
        "got shape (3,). Random weights: nn.initial_weights.",
    ),
    "weights without rows": (
        lambda n: nn.Parameter("v", np.ones((0, 3))),
        "v must be an array with two axes, like W1 with (D, H1) or a bias row with (1, K); "
        "got shape (0, 3). Random weights: nn.initial_weights.",
    ),
    "weights with NaN": (
        lambda n: nn.Parameter("v", [[1.0, 2.0], [3.0, np.nan]]),
        "v has nan at [1, 1]; it needs finite numbers.",
    ),
    "weights with infinity": (
        lambda n: nn.Parameter("v", [[1.0, -np.inf]]),
        "v has -inf at [0, 1]; it needs finite numbers.",
    ),
    "weights with rows of different lengths": (
        lambda n: nn.Parameter("v", [[1.0, 2.0], [3.0]]),
        "v needs an array; its rows have different lengths.",
    ),
}


@pytest.mark.parametrize("what", BUILD_ERRORS)
def test_refused_when_the_graph_is_built(what):
    build, message = BUILD_ERRORS[what]
    with nn.Graph() as net:
        made = nodes()
        sums = {"s": made["z1"] + made["b"], "r": made["b"] + made["z1"]}
        with refused(ValueError, message, unchanged=net):
            build(made | sums)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda n: nn.sigmoid(3.0),
            "sigmoid needs nodes, such as nn.Input or nn.Parameter; got 3.0.",
        ),
        (
            lambda n: nn.matmul(n["x"], np.ones((64, 2))),
            "matmul needs nodes, such as nn.Input or nn.Parameter; got an array of shape (64, 2).",
        ),
        (lambda n: n["z1"] + 1, "add needs nodes, such as nn.Input or nn.Parameter; got 1."),
        (lambda n: nn.Input("v", 2.0), "The width of v must be a whole number; got 2.0."),
        (lambda n: nn.Input("v", True), "The width of v must be a whole number; got True."),
        (
            lambda n: nn.Labels("v", "ten"),
            "The number of classes of v must be a whole number; got 'ten'.",
        ),
        (lambda n: nn.Parameter("v", [["a"]]), "v needs an array of numbers; got an array of <U1."),
        (
            lambda n: nn.Parameter("v", [[1j]]),
            "v needs an array of numbers; got an array of complex128.",
        ),
    ],
)
def test_what_is_no_node_or_no_number_is_refused(build, message):
    with nn.Graph() as net:
        made = nodes()
        with refused(TypeError, message, unchanged=net):
            build(made)


def test_unnamed_nodes_may_be_written_alike():
    with nn.Graph() as net:
        made = nodes()
        first, second = nn.tanh(made["z1"]), nn.tanh(made["z1"])
    assert first.name == second.name == "tanh(z1)"
    assert net.nodes[-2:] == (first, second)


@pytest.mark.parametrize("size", [1, np.int64(3), np.uint8(2)])
def test_whole_numbers_of_numpy_are_whole_numbers(size):
    with nn.Graph():
        x = nn.Input("x", size)
    assert x.width == size and type(x.width) is int


# --- data -----------------------------------------------------------------------------------------

X_ERRORS = [
    (
        ValueError,
        [1.0, 2.0, 3.0],
        "x needs rows of examples, shape (B, 3); got one example of shape (3,). "
        "Example b is X[b : b + 1], shape (1, 3).",
    ),
    (
        ValueError,
        np.ones((5, 2)),
        "x needs shape (B, 3), one row for each example; got (5, 2).",
    ),
    (ValueError, np.ones(2), "x needs shape (B, 3), one row for each example; got (2,)."),
    (ValueError, np.ones((2, 3, 1)), "x needs shape (B, 3)"),
    (ValueError, np.ones((1, 3, 3)), "x needs shape (B, 3)"),
    (ValueError, 1.0, "x needs shape (B, 3), one row for each example; got ()."),
    (ValueError, np.ones((0, 3)), "x has no rows. A batch has at least one example."),
    (
        ValueError,
        [[1.0, 2.0, 3.0], [4.0, np.nan, np.inf]],
        "x has nan at [1, 1]; it needs finite numbers.",
    ),
    (ValueError, [[np.inf, 2.0, 3.0]], "x has inf at [0, 0]; it needs finite numbers."),
    (
        ValueError,
        [[1.0, 2.0, 3.0], [1.0]],
        "x needs an array; its rows have different lengths.",
    ),
    (TypeError, [["1", "2", "3"]], "x needs an array of numbers; got an array of <U1."),
    (TypeError, [[1j, 2, 3]], "x needs an array of numbers; got an array of complex128."),
    (TypeError, None, "x needs an array of numbers; got NoneType."),
]

Y_ERRORS = [
    (
        TypeError,
        [0.0, 1.0, 2.0, 0.0, 1.0],
        "y needs integer labels 0..2, shape (B,); got float64. Labels are not cast silently: "
        "if they are whole numbers, use labels.astype(int).",
    ),
    (TypeError, [True, False], "y needs integer labels 0..2, shape (B,); got bool."),
    (TypeError, ["0", "1"], "y needs integer labels 0..2, shape (B,); got <U1."),
    (
        ValueError,
        np.eye(3),
        "y needs integer labels 0..2, shape (B,); got (3, 3). If it is one-hot: y.argmax(axis=1).",
    ),
    (
        ValueError,
        [[0], [1]],
        "y needs integer labels 0..2, shape (B,); got shape (2, 1).",
    ),
    (ValueError, np.ones((2, 3, 3), int), "shape (B,); got shape (2, 3, 3)."),
    (ValueError, 1, "y needs integer labels 0..2, shape (B,); got shape ()."),
    (ValueError, [0, 1, 3, 9, 0], "y needs integer labels 0..2, shape (B,); row 2 is 3."),
    (ValueError, [-1, 0, 0, 0, 0], "y needs integer labels 0..2, shape (B,); row 0 is -1."),
    (ValueError, np.array([], int), "y has no rows. A batch has at least one example."),
    (ValueError, [[0], [1, 2]], "y needs an array; its rows have different lengths."),
]


def by_set(case, name, values):
    getattr(case.model, name).set(values)


def by_assignment(case, name, values):
    getattr(case.model, name).value = values


def by_forward(case, name, values):
    case.graph.Forward(**{**case.data, name: values})


@pytest.mark.parametrize("put", [by_set, by_assignment, by_forward])
@pytest.mark.parametrize(("kind", "values", "message"), X_ERRORS)
def test_inputs_that_do_not_fit_are_refused(kind, values, message, put):
    case = make_case()
    case.run()
    with refused(kind, message, unchanged=case.graph):
        put(case, "x", values)
    case.graph.SGD(0.1)  # the last Backward still counts


@pytest.mark.parametrize("put", [by_set, by_assignment, by_forward])
@pytest.mark.parametrize(("kind", "values", "message"), Y_ERRORS)
def test_labels_that_do_not_fit_are_refused(kind, values, message, put):
    case = make_case()
    case.run()
    with refused(kind, message, unchanged=case.graph):
        put(case, "y", values)
    case.graph.SGD(0.1)


def test_the_first_and_the_last_class_are_labels():
    case = make_case()
    case.model.y.set([0, 2])
    assert case.model.y.value.tolist() == [0, 2]


def test_an_input_that_was_never_set_is_named():
    case = make_case()
    with refused(
        RuntimeError, "x was never set. Use x.set(...) before Forward.", unchanged=case.graph
    ):
        case.graph.Forward()
    with refused(RuntimeError, "y was never set", unchanged=case.graph):
        case.graph.Forward(x=case.x)
    case.model.x.set(case.x)
    with refused(RuntimeError, "y was never set", unchanged=case.graph):
        case.graph.Forward()


def test_different_numbers_of_rows_are_refused():
    case = make_case(B=5)
    message = "All inputs need the same number of rows (examples): x has 5, y has 3."
    with refused(ValueError, message, unchanged=case.graph):
        case.graph.Forward(x=case.x, y=case.y[:3])
    case.run()
    with refused(ValueError, message, unchanged=case.graph):
        case.graph.Forward(y=case.y[:3])
    case.model.y.set(case.y[:3])
    with refused(ValueError, message, unchanged=case.graph):
        case.graph.Forward()


def test_data_are_checked_together_without_being_set():
    case = make_case(B=5)
    with refused(ValueError, "x has 5, y has 3", unchanged=case.graph):
        case.graph.checked_inputs({"x": case.x, "y": case.y[:3]})
    checked = case.graph.checked_inputs({"y": case.y[:3]})
    assert list(checked) == [case.model.y] and case.model.y.value is None


def test_an_input_that_does_not_exist_is_refused_with_those_that_do():
    case = make_case()
    case.run()
    with refused(ValueError, "There is no input 'X'. The inputs are x, y.", unchanged=case.graph):
        case.graph.Forward(X=case.x, y=case.y)
    with refused(ValueError, "There is no input 'W1'", unchanged=case.graph):
        case.graph.Forward(x=case.x, W1=case.x)


def test_only_what_is_given_is_set():
    case = make_case(B=5)
    case.run()
    y = case.model.y.value
    case.graph.Forward(x=2 * case.x)
    assert case.model.y.value is y
    assert np.array_equal(case.model.x.value, 2 * case.x)


# --- Backward -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choose", "kind", "message"),
    [
        (lambda m: None, TypeError, "A loss node is needed here; got a NoneType."),
        (lambda m: m.loss.value, TypeError, "A loss node is needed here; got a ndarray."),
        (lambda m: "loss", TypeError, "A loss node is needed here; got a str."),
        (lambda m: m.graph, TypeError, "A loss node is needed here; got a Graph."),
        (
            lambda m: m.output,
            ValueError,
            "A loss has one number for each example, (B,), and is computed; z3 is (B, 3). "
            "Use squared_error or cross_entropy.",
        ),
        (lambda m: m.x, ValueError, "x is (B, 3)."),
        (lambda m: m.y, ValueError, "y is (B,)."),
        (lambda m: m.W1, ValueError, "W1 is (3, 4)."),
    ],
)
def test_backward_from_what_is_no_loss_is_refused(choose, kind, message):
    case = make_case()
    case.run()
    with refused(kind, message, unchanged=case.graph):
        case.graph.Backward(choose(case.model))
    case.graph.SGD(0.1)


def test_backward_from_the_loss_of_another_graph_is_refused():
    case, other = make_case(), make_case()
    case.run()
    other.run()
    with refused(
        ValueError,
        "loss belongs to another graph (perhaps its cell was run again)",
        "Use that graph: loss.graph.Backward(loss).",
        unchanged=case.graph,
    ):
        case.graph.Backward(other.model.loss)
    case.graph.SGD(0.1)


# --- SGD and new values ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "kind", "message"),
    [
        (-0.1, ValueError, "The learning rate must be 0 or more, and finite; got -0.1."),
        (float("nan"), ValueError, "The learning rate must be 0 or more, and finite; got nan."),
        (float("inf"), ValueError, "The learning rate must be 0 or more, and finite; got inf."),
        ("0.1", TypeError, "The learning rate must be a number; got '0.1'."),
        (None, TypeError, "The learning rate must be a number; got None."),
        (True, TypeError, "The learning rate must be a number; got True."),
        (np.ones(1), TypeError, "The learning rate must be a number; got an array of shape (1,)."),
        (1j, TypeError, "The learning rate must be a number; got 1j."),
        (np.complex128(1), TypeError, "The learning rate must be a number; got"),
    ],
)
def test_a_learning_rate_that_is_none_is_refused(rate, kind, message):
    case = make_case()
    case.run()
    with refused(kind, message, unchanged=case.graph):
        case.graph.SGD(rate)
    case.graph.SGD(0.1)


@pytest.mark.parametrize("rate", [0, 1, 0.5, np.float32(0.5), np.float64(0.5), np.int64(1)])
def test_numbers_of_numpy_are_learning_rates(rate):
    case, expected = make_case(), make_case()
    for c, r in ((case, rate), (expected, float(rate))):
        c.run()
        c.graph.SGD(learning_rate=r)
    assert np.array_equal(case.model.W1.value, expected.model.W1.value)
    assert type(checks.number("η", rate)) is float


@pytest.mark.parametrize("last", ["W1", "W3"])
def test_an_update_is_made_for_all_parameters_or_none(last):
    case = make_case()
    case.run()
    parameter = getattr(case.model, last)
    parameter.grad = np.full(parameter.value.shape, np.inf)
    with refused(
        FloatingPointError,
        f"The gradient of {last} is not finite (NaN or infinite) in {parameter.value.size} of its "
        f"{parameter.value.size} entries. No weight was changed.",
        unchanged=case.graph,
    ):
        case.graph.SGD(0.1)
    parameter.grad = np.full(parameter.value.shape, 1e300)
    with refused(
        FloatingPointError,
        f"The update would make {last} infinite or NaN. No weight was changed. "
        "A smaller learning rate helps.",
        unchanged=case.graph,
    ):
        case.graph.SGD(1e10)
    parameter.grad = np.zeros((7, 7, 7))
    with refused(ValueError, unchanged=case.graph):
        case.graph.SGD(0.1)
    parameter.grad = np.zeros((1, *parameter.value.shape))  # broadcasts, but is no gradient
    with refused(
        ValueError,
        f"{last}.grad must be a float64 array of shape {parameter.value.shape}",
        unchanged=case.graph,
    ):
        case.graph.SGD(0.1)


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        (
            np.ones((4, 3)),
            ValueError,
            "The new value of W1 must be a float64 array of shape (3, 4); "
            "got float64 of shape (4, 3).",
        ),
        (np.ones(4), ValueError, "W1 must be an array with two axes"),
        (np.full((3, 4), np.nan), ValueError, "W1 has nan at [0, 0]; it needs finite numbers."),
        ([["a"] * 4] * 3, TypeError, "W1 needs an array of numbers; got an array of <U1."),
    ],
)
def test_a_new_value_that_does_not_fit_is_refused(value, kind, message):
    case = make_case()
    case.run()
    with refused(kind, message, unchanged=case.graph):
        case.model.W1.value = value
    case.graph.SGD(0.1)


# --- slips that once passed, or came in NumPy's words ---------------------------------------------


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda n: nn.matmul(n["x"]), "matmul is computed from 2 node(s); got 1."),
        (lambda n: nn.add(n["z1"], n["z1"], n["z1"]), "add is computed from 2 node(s); got 3."),
        (lambda n: nn.sigmoid(n["z1"], n["z1"]), "sigmoid is computed from 1 node(s); got 2."),
        (lambda n: nn.sigmoid(), "sigmoid is computed from 1 node(s); got 0."),
        (lambda n: nn.cross_entropy(n["z3"]), "cross_entropy is computed from 2 node(s); got 1."),
        (lambda n: nn.squared_error(n["z3"]), "squared_error is computed from 2 node(s); got 1."),
        (lambda n: nn.Operation(), "Operation is computed from at least 1 node(s); got 0."),
        (lambda n: nn.matmul(n["x"], n["W1"], "z"), "got 'z'. A name is written name='z'."),
    ],
)
def test_the_number_of_operands_is_checked_when_the_graph_is_built(make, words):
    with refused(TypeError, words), nn.Graph():
        make(nodes())


@pytest.mark.parametrize("mistake", [lambda x: np.ones((3, 2)) @ x, np.exp, lambda x: 2 * x])
def test_numpy_meets_a_node(mistake):
    with nn.Graph():
        x = nn.Input("x", 2)
    with pytest.raises(TypeError) as caught:
        mistake(x)
    assert "x.value" in str(caught.value) or "unsupported operand" in str(caught.value)


@pytest.mark.parametrize(
    ("grad", "came"),
    [
        (3, "got int."),
        (None, "got NoneType."),
        ([[1.0]], "got list."),
        (np.ones((1, 4)), "got float64 of shape (1, 4)."),
        (np.ones((3, 4), dtype=complex), "got complex128 of shape (3, 4)."),
        (np.ones((3, 4), dtype=np.float32), "got float32 of shape (3, 4)."),
        (np.ma.masked_all((3, 4)), "got MaskedArray of float64 of shape (3, 4)."),
    ],
)
def test_a_gradient_assigned_by_hand_is_checked(grad, came):
    case = make_case(seed=1)
    W1 = case.graph.parameters[0]
    case.graph.Forward(**case.data)
    case.graph.Backward(case.graph.nodes[-1])
    right = W1.grad
    assert right.shape == (3, 4)
    W1.grad = grad
    with refused(ValueError, "W1.grad must be a float64 array of shape (3, 4)", came):
        case.graph.SGD(0.1)
    W1.grad = 2 * right
    case.graph.SGD(0.1)


def test_data_without_a_name_is_refused():
    case = make_case(seed=1)
    for mistake in (lambda: case.graph.Forward(case.x), lambda: case.graph.Forward(case.data)):
        with refused(TypeError, "by the names of the inputs: Forward(x=X, y=labels)"):
            mistake()


@pytest.mark.parametrize(
    ("width", "values", "words"),
    [
        (1, np.ones(5), "got (5,). Use y[:, None]."),
        (4, np.ones((4, 5)), "got (4, 5). Is it transposed? Then use y.T."),
        (3, np.ones(3), "Example b is Y[b : b + 1], shape (1, 3)."),
        (2, np.ma.masked_less(np.ones((3, 2)), 2), "y has masked entries"),
    ],
)
def test_advice_for_data_of_another_shape(width, values, words):
    with nn.Graph():
        y = nn.Input("y", width)
    with refused(ValueError, words):
        y.set(values)


def test_a_forward_that_returns_instead_of_assigning_is_told_so():
    class returns(nn.Operation):
        def forward(self):
            return self.operands[0].value

    class makes_a_list(nn.Operation):
        def forward(self):
            self.value = [1.0]

    for operation, words in ((returns, "Does it return it?"), (makes_a_list, "it made a list")):
        with nn.Graph() as net:
            operation(nn.Input("x", 2), name="s")
        with refused(ValueError, f"s = {operation.__name__}(x): forward must", words):
            net.Forward(x=np.ones((1, 2)))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda g: g.astype(np.float32), "added one of float32, which has fewer digits"),
        (
            lambda g: g.sum(axis=0, keepdims=True),
            "of z, (3, 2); a backward step added one of shape",
        ),
        (lambda g: np.ma.array(g), "added a MaskedArray"),
        (lambda g: g.tolist(), "added a list"),
        (lambda g: g > 0, "added one of bool"),
    ],
)
def test_a_gradient_that_a_backward_assigns_is_looked_at(spoil, words):
    class assigns(nn.Operation):
        def forward(self):
            self.value = self.operands[0].value * 2

        def backward(self):
            self.operands[0].grad = self.made(self.grad * 2)

    with nn.Graph(make_current=False) as net:
        z = nn.matmul(nn.Input("x", 2), nn.Parameter("W1", np.eye(2)), name="z")
        loss = nn.squared_error(assigns(nn.sigmoid(z, name="h"), name="s"), nn.Input("y", 2))
        other = nn.squared_error(assigns(z, name="t"), z)
    data = {"x": np.ones((3, 2)), "y": np.zeros((3, 2))}
    net.Forward(**data)
    assigns.made = staticmethod(lambda g: g)
    net.Backward(loss)  # this loss has been seen, but not the other
    assigns.made = staticmethod(spoil)
    for _ in range(2):
        with refused(ValueError, "z.grad must", words):
            net.Backward(other)
        assert net.last_loss is None


def test_long_things_are_not_printed_whole():
    with nn.Graph():
        for mistake in (
            lambda: nn.Parameter(np.ones((50, 50)), "W"),
            lambda: nn.Input("x", np.ones((50, 50))),
            lambda: nn.Input("x", list(range(1000))),
        ):
            with pytest.raises((TypeError, ValueError)) as caught:
                mistake()
            assert len(str(caught.value)) < 150


@pytest.mark.parametrize("seed", [-1, 1.0, "a", None, True])
def test_a_seed_is_a_whole_number(seed):
    with refused(ValueError, "A seed is a whole number, 0 or more"):
        nn.two_hidden_layer_network(2, 2, 2, 2, seed=seed)
    with refused(ValueError, "A seed is a whole number, 0 or more"):
        nn.datasets.two_moons(10, seed=seed)


def test_wrong_requests_for_weights_are_refused():
    rng = np.random.default_rng(0)
    with refused(ValueError, "columns must be 1 or more"):
        nn.initial_weights("glorot", 3, 0, rng)
    with refused(TypeError, "rng must be a generator"):
        nn.initial_weights("glorot", 3, 2, 0)
    with refused(TypeError, "bias must be True or False"):
        nn.two_hidden_layer_network(2, 2, 2, 2, bias="no")
    with refused(ValueError, "activation must be one of"):
        nn.two_hidden_layer_network(2, 2, 2, 2, activation=["tanh"])


# --- whole messages, word for word ----------------------------------------------------------------


def message_of(kind, call):
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    ("width", "shape", "message"),
    [
        (3, (2,), "x needs shape (B, 3), one row for each example; got (2,)."),
        (3, (5, 2), "x needs shape (B, 3), one row for each example; got (5, 2)."),
        (1, (5, 2), "x needs shape (B, 1), one row for each example; got (5, 2)."),
        (
            1,
            (5,),
            "x needs shape (B, 1), one row for each example; got (5,). Use x[:, None].",
        ),
        (
            3,
            (3, 5),
            "x needs shape (B, 3), one row for each example; got (3, 5). "
            "Is it transposed? Then use x.T.",
        ),
    ],
)
def test_advice_is_given_only_where_it_helps(width, shape, message):
    assert message_of(ValueError, lambda: checks.inputs("x", width, np.ones(shape))) == message


def test_a_loss_node_is_asked_for_with_advice_where_there_is_a_loss():
    model = make_case().model
    assert message_of(TypeError, lambda: checks.loss_node(model)) == (
        "A loss node is needed here; got a TwoHiddenLayerNetwork. Use its .loss."
    )
    assert message_of(TypeError, lambda: checks.loss_node("loss")) == (
        "A loss node is needed here; got a str."
    )


def test_data_for_all_inputs_are_asked_for_as_they_would_be_written():
    def message(data, kind=ValueError):
        return message_of(kind, lambda: checks.names_of_inputs(data, ["x", "y"], "The data"))

    wanted = "The data must be {'x': …, 'y': …}; "
    assert message({"x": 1}) == wanted + "y is missing."
    assert message({}) == wanted + "x, y is missing."
    assert message([1, 2], TypeError) == (
        "The data must be a dict with an array for each input, {'x': …, 'y': …}; got a list."
    )
    assert message({"X": 1, 3: 1}) == "There is no input 'X', 3. The inputs are x, y."
    checks.names_of_inputs({"x": 1}, ["x", "y"], None)  # not all, if not asked for


def test_data_without_names_are_refused_by_the_function_too():
    with nn.Graph():
        nn.Input("x", 2)
    message = "Forward takes data by the names of the inputs: Forward(x=X, y=labels)."
    assert message_of(TypeError, lambda: nn.Forward(np.ones((1, 2)))) == message


def test_values_in_messages_are_short():
    assert checks.shown("z" * 38) == repr("z" * 38)  # 40 letters with its quotes
    assert checks.shown("z" * 39) == "a str"
    assert checks.shown("a\nb") == repr("a\nb")
    assert checks.shown(10**5000) == "a whole number of 16610 bits"
    assert checks.shown(np.array(["a"], dtype=object)) == "an array of shape (1,)"


class InTwoLines:
    def __repr__(self):
        return "a\nb"


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (lambda m: m.graph.SGD(10**400), "got a whole number of 1329 bits."),
        (lambda m: nn.Graph.SGD(m.graph, -(10**5000)), "got a whole number of 16610 bits."),
        (lambda m: nn.datasets.two_moons(-(10**5000), seed=0), "1 or more; got a whole number of"),
        (lambda m: m.loss + InTwoLines(), "got a InTwoLines."),
    ],
)
def test_odd_values_make_short_messages(mistake, words):
    with pytest.raises((TypeError, ValueError)) as caught:
        mistake(nn.two_hidden_layer_network(2, 2, 2, 2))
    assert words in str(caught.value)
    assert len(str(caught.value)) < 150 and "\n" not in str(caught.value)
    assert checks.shown(list(range(99))) == "a list"
    assert checks.shown(np.ones((2, 3))) == "an array of shape (2, 3)"
    assert checks.shown(np.array(2.5)) == "array(2.5)"
    assert checks.short(999999.9) == "999999.9000"
    assert checks.short(-1e6) == "-1.000e+06"


def test_what_is_no_array_of_numbers_is_named_by_its_type():
    assert message_of(TypeError, lambda: checks.finite("x", {"a": 1})) == (
        "x needs an array of numbers; got dict."
    )


@pytest.mark.filterwarnings("error")
def test_numbers_too_large_for_float64_are_refused_without_a_warning():
    with np.errstate(all="ignore"):
        large = np.array([[np.finfo(np.float64).max]], dtype=np.longdouble) * 10
    with np.errstate(all="raise"), refused(ValueError, "x has inf at [0, 0]"):
        checks.finite("x", large)


def test_a_graph_checks_that_data_called_whole_are_whole():
    graph = make_case().graph
    with refused(ValueError, "The data must be {'x': …, 'y': …}; y is missing.", unchanged=graph):
        graph.checked_inputs({"x": np.ones((2, 3))}, "The data")


def test_a_graph_without_inputs_can_be_run():
    with nn.Graph() as net:
        nn.Parameter("W", [[1.0]])
    net.Forward()


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_])
def test_yes_and_no_are_given_back(value):
    assert checks.yes_or_no("shuffle", value) is bool(value)


def test_cross_entropy_over_one_class_is_refused():
    """Its loss would always be 0, and its accuracy 100 %."""
    with nn.Graph():
        x, y = nn.Input("x", 2), nn.Labels("y", 1)
        z = nn.matmul(x, nn.Parameter("W", np.ones((2, 1))), name="z3")
        advice = "For yes or no take two classes, labels 0 and 1; for one number, squared_error."
        with refused(ValueError, "loss = cross_entropy(z3, y): with one class", advice):
            nn.cross_entropy(z, y, name="loss")
    with refused(ValueError, "with one class the loss is always 0", advice):
        nn.two_hidden_layer_network(2, 3, 3, 1)
    nn.two_hidden_layer_network(2, 3, 3, 1, loss="squared_error")
    nn.two_hidden_layer_network(2, 3, 3, 2)


# --- names ----------------------------------------------------------------------------------------

MICRO, MU = "\u00b5", "\u03bc"  # the µ of a German keyboard; the Greek letter that Python reads


def test_a_name_is_what_python_reads():
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input(MICRO, 2), nn.Input("y", 2)
        W = nn.Parameter(MICRO + "1", np.eye(2))
        z = nn.matmul(x, W, name="ﬁt")
        loss = nn.squared_error(z, y)
    assert [x.name, W.name, z.name, z.label] == [MU, MU + "1", "fit", "fit"]
    assert str(z) == f"fit = {MU} @ {MU}1"
    space = {"net": graph, "X": np.ones((1, 2))}
    exec(f"net.Forward({MICRO}=X, y=X)", space)  # as it is typed
    graph.Forward(**{MICRO: 2 * np.ones((1, 2))})
    assert x.value.tolist() == [[2.0, 2.0]]
    for name in (MICRO, MU):
        data = {name: np.ones((3, 2)), "y": np.zeros((3, 2))}
        assert nn.evaluate(loss, data).loss == 1
        assert nn.predict(loss, data).values.shape == (3, 2)
        assert nn.predict(loss, {name: np.ones((3, 2))}).values.shape == (3, 2)


def test_two_names_that_python_reads_alike_are_one_name():
    with refused(ValueError, f"The name {MU} is used twice"), nn.Graph():
        nn.Input(MU, 2)
        nn.Input(MICRO, 2)
    with nn.Graph(make_current=False) as graph:
        nn.Input(MICRO, 2)
    with refused(
        ValueError, "Data are given twice for one input: '\\u03bc', '\\xb5' are read alike."
    ):
        graph.checked_inputs({MU: np.ones((1, 2)), MICRO: np.zeros((1, 2))})


def test_a_name_that_no_code_may_assign():
    with refused(ValueError, "A node's name is made of"), nn.Graph():
        nn.Input("__debug__", 2)


@pytest.mark.parametrize("name", ["self", "unnamed", "inputs", "data", "loss"])
def test_inputs_may_have_the_names_of_arguments(name):
    with nn.Graph() as net:
        x = nn.Input(name, 2)
        nn.tanh(x)
    nn.Forward(**{name: np.ones((3, 2))})
    net.Forward(**{name: np.ones((4, 2))})
    assert len(x.value) == 4


def test_the_name_of_a_long_expression_does_not_grow():
    """Of 40 layers with a skip, each twice in the next, it would have 2⁴⁰ letters."""
    with nn.Graph(make_current=False) as graph:
        h = nn.Input("x", 2)
        W = nn.Parameter("W", np.eye(2))
        for _ in range(40):
            h = h + nn.tanh(h @ W)
        loss = nn.squared_error(h, nn.Input("y", 2))
    assert max(len(line) for line in graph.description) < 350
    assert len({node.name for node in graph.everything}) == len(graph.everything)
    assert "n120 = n117 + n119" in repr(nn.derive(loss))
    long = graph.nodes[116]
    assert long.name == "node 117" and "(node 117) @ W" in str(graph.nodes[117])
    with pytest.raises(TypeError, match=r"node 117 is a node .* keep the node in a variable"):
        np.exp(long)


# ---------------------------------------------------------------- what stays as it was made


@pytest.mark.parametrize("through", [lambda case: case.graph, copy.deepcopy], ids=["here", "copy"])
@pytest.mark.parametrize("name", ["z1", "h1", "loss"])
def test_a_value_that_was_assigned_after_forward_is_no_value_of_forward(name, through):
    """A gradient of it would be one of another network."""
    case = make_case(seed=1)
    case.graph.Forward(**case.data)
    case.graph.Backward(case.graph.nodes[-1])
    node = next(each for each in case.graph.nodes if each.name == name)
    node.value = node.value * 2
    graph = through(case.graph) if through is copy.deepcopy else case.graph
    with refused(RuntimeError, "run Forward first", "after assigning the value of a node"):
        graph.Backward(graph.nodes[-1])
    with refused(RuntimeError, "needs Forward and Backward first"):
        graph.parameters[0].per_example_grad()
    graph.Forward()
    graph.Backward(graph.nodes[-1])


@pytest.mark.parametrize("what", ["name", "width", "graph", "classes"])
def test_what_a_node_was_made_with_stays(what):
    model = nn.two_hidden_layer_network(3, 4, 3, 2)
    nodes = [model.y] if what == "classes" else [model.x, model.W1, model.output]
    for node in nodes:
        before = getattr(node, what)
        with refused(AttributeError, f".{what} of a", "can be read, but not be changed"):
            setattr(node, what, "W2" if what == "name" else 5)
        assert getattr(node, what) is before


def test_the_nodes_of_a_graph_are_not_taken_out():
    net = nn.two_hidden_layer_network(3, 4, 3, 2).graph
    for nodes in (net.inputs, net.parameters, net.nodes):
        assert isinstance(nodes, tuple) and nodes


# ---------------------------------------------------------------- steps of one's own that fail


class negative_is_zero(nn.Operation):
    """max(a, 0), but written into a itself."""

    def forward(self):
        (a,) = self.operands
        a.value[a.value < 0] = 0
        self.value = a.value * 1

    def backward(self):
        self.operands[0].add_grad(self.grad * 1)


class normalised(nn.Operation):
    """Its backward changes its own value."""

    def forward(self):
        self.value = self.operands[0].value * 1

    def backward(self):
        np.multiply(self.value, 2, out=self.value)
        self.operands[0].add_grad(self.grad * 1)


class doubles(nn.Operation):
    """Its backward changes the gradient that has arrived, which another node may have too."""

    def forward(self):
        self.value = self.operands[0].value * 2

    def backward(self):
        grad = self.grad
        grad *= 2
        self.operands[0].add_grad(grad)


class goes_on(nn.Operation):
    """Its backward computes on in the array that it has added already."""

    operands_needed = 2

    def forward(self):
        a, b = self.operands
        self.value = 2 * a.value + 6 * b.value

    def backward(self):
        a, b = self.operands
        grad = 2 * self.grad
        a.add_grad(grad)
        grad *= 3
        b.add_grad(grad)


class goes_on_behind_a_view(goes_on):
    def backward(self):
        a, b = self.operands
        grad = 2 * self.grad
        a.add_grad(grad[:])
        grad *= 3
        b.add_grad(grad[:])


class other_reason(nn.Operation):
    def forward(self):
        self.operands[0].value.reshape(-1, 1000)

    def backward(self):
        raise NotImplementedError


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (negative_is_zero, ("h1 = negative_is_zero(z1): forward writes into z1.value",)),
        (normalised, ("backward writes into h1.value", "a.value.copy()")),
        (doubles, ("backward writes into h1.grad", "a.value.copy()")),
        (other_reason, ("cannot reshape",)),
    ],
)
def test_a_step_that_writes_into_a_value_is_told_so(operation, words):
    with nn.Graph() as net:
        x, W1 = nn.Input("x", 2), nn.Parameter("W1", np.eye(2))
        h1 = operation(nn.matmul(x, W1, name="z1"), name="h1")
        loss = nn.squared_error(h1, nn.Input("y", 2), name="loss")
    with refused(ValueError, *words):
        net.Forward(x=[[1.0, -1.0]], y=[[0.0, 0.0]])
        net.Backward(loss)


def two_products(operation):
    with nn.Graph() as net:
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        z1 = nn.matmul(x, nn.Parameter("W1", np.eye(2)), name="z1")
        z2 = nn.matmul(x, nn.Parameter("W2", np.eye(2)), name="z2")
        loss = nn.squared_error(operation(z1, z2, name="s"), y, name="loss")
    net.Forward(x=[[1.0, -1.0]], y=[[0.0, 0.0]])
    return net, loss


def test_a_gradient_that_was_added_is_not_changed_any_more():
    net, loss = two_products(goes_on)
    with refused(ValueError, "backward writes into what it has added to z1.grad", ".copy()"):
        net.Backward(loss)
    net, loss = two_products(goes_on_behind_a_view)  # of which a copy was taken
    net.Backward(loss)
    z1, z2, s, _ = net.nodes
    assert np.array_equal(z1.grad, 2 * s.grad) and np.array_equal(z2.grad, 6 * s.grad)


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_a_batch_in_training_is_read_only_in_any_order(shuffle, whole):
    class noisy(nn.Operation):
        """Takes a column away from its input, which the loss compares with as well."""

        def forward(self):
            (a,) = self.operands
            if whole:
                a.value *= 0
            else:
                a.value[:, 0] = 0
            self.value = a.value * 1

        def backward(self):
            pass

    with nn.Graph():
        x, W1 = nn.Input("x", 2), nn.Parameter("W1", np.eye(2))
        loss = nn.squared_error(nn.matmul(noisy(x, name="n"), W1), x, name="loss")
    with refused(ValueError, "n = noisy(x): forward writes into x.value"):
        nn.train_minibatch(
            loss, {"x": np.ones((5, 2))}, batch_size=2, learning_rate=0.1, epochs=1, shuffle=shuffle
        )
    assert not x.value.flags.writeable


def test_adding_to_a_missing_grad_is_told_from_any_call_on():
    class adds(nn.Operation):
        calls = 0

        def forward(self):
            self.value = self.operands[0].value * 1

        def backward(self):
            adds.calls += 1
            (a,) = self.operands
            if adds.calls == 1:
                a.add_grad(self.grad * 1)
            else:
                a.grad += self.grad

    with nn.Graph() as net:
        z1 = nn.matmul(nn.Input("x", 2), nn.Parameter("W1", np.eye(2)), name="z1")
        loss = nn.squared_error(adds(z1, name="h1"), nn.Input("y", 2), name="loss")
    net.Forward(x=[[1.0, -1.0]], y=[[0.0, 0.0]])
    net.Backward(loss)
    with refused(TypeError, "Write a.add_grad(...) for a.grad += ..."):
        net.Backward(loss)


def test_weights_of_another_graph_are_not_replaced():
    """That graph would not notice, and go Backward with values of the weights from before."""
    mine, other = (nn.two_hidden_layer_network(3, 4, 3, 2) for _ in range(2))
    other.graph.Forward(x=np.ones((1, 3)), y=[0])
    before = other.W1.value
    with refused(ValueError, "W1 belongs to another graph", "graph.parameters"):
        mine.graph.replace_parameters({mine.W2: mine.W2.value, other.W1: 2 * before})
    assert other.W1.value is before


def test_a_value_that_was_kept_does_not_change_with_a_buffer_of_an_operation():
    class in_a_buffer(nn.Operation):
        def forward(self):
            if not hasattr(self, "buffer"):
                self.buffer = np.empty((9, 2))
            a = self.operands[0].value
            self.value = np.multiply(a, 2, out=self.buffer[: len(a)])

    with nn.Graph() as net:
        double = in_a_buffer(nn.Input("x", 2), name="d")
    kept = []
    for number in (1.0, 2.0):
        net.Forward(x=np.full((3, 2), number))
        kept.append(double.value)
    assert [each[0, 0] for each in kept] == [2.0, 4.0]
    assert not any(each.flags.writeable for each in kept)
