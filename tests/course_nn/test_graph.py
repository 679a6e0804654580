"""The graph: order of nodes, the current graph, the batch rule, freshness, and what stays whole."""

import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import SEEDS, assert_same, assert_unchanged, cases, make_case, refused, state

import course_nn as nn
from course_nn import graph as graph_module


@pytest.fixture(autouse=True)
def no_current_graph(monkeypatch):
    """Each test starts like a new kernel."""
    monkeypatch.setattr(graph_module, "_current", None)
    monkeypatch.setattr(graph_module, "_here", type(graph_module._here)())


def small_graph(**options):
    with nn.Graph(**options) as net:
        x = nn.Input("x", 2)
        y = nn.Input("y", 2)
        W = nn.Parameter("W", [[1.0, 2.0], [3.0, 4.0]])
        nn.squared_error(nn.matmul(x, W, name="z"), y, name="loss")
    return net


def run(net, rows=2):
    net.Forward(x=np.ones((rows, 2)), y=np.zeros((rows, 2)))
    net.Backward(net.nodes[-1])


# --- order ----------------------------------------------------------------------------------------


def test_nodes_are_kept_and_computed_in_the_order_in_which_they_were_made():
    calls = []

    class recorded(nn.Operation):
        def forward(self):
            calls.append(f"forward {self.name}")
            self.value = sum(a.value for a in self.operands)

        def backward(self):
            calls.append(f"backward {self.name}")
            for a in self.operands:
                a.add_grad(self.grad)

    with nn.Graph() as net:
        x = nn.Input("x", 2)
        a = recorded(x, name="a")
        b = recorded(a, a, name="b")
        c = recorded(x, name="c")  # could have come first, but was made third
        d = recorded(b, c, name="d")
        y = nn.Input("y", 2)
        loss = nn.squared_error(d, y, name="loss")
    assert [node.name for node in net.nodes] == ["a", "b", "c", "d", "loss"]
    assert net.inputs == (x, y) and net.parameters == ()
    assert net.everything == [x, y, a, b, c, d, loss]
    assert all(node.graph is net for node in net.everything)
    net.Forward(x=np.ones((1, 2)), y=np.zeros((1, 2)))
    net.Backward(loss)
    names = ["a", "b", "c", "d"]
    assert calls == [f"forward {n}" for n in names] + [f"backward {n}" for n in reversed(names)]


def test_values_and_gradients_are_none_before_they_are_computed():
    net = small_graph()
    assert [node.value for node in (*net.inputs, *net.nodes)] == [None] * 4
    assert [node.grad for node in net.everything] == [None] * 5
    net.Forward(x=np.ones((1, 2)), y=np.zeros((1, 2)))
    assert [node.grad for node in net.everything] == [None] * 5
    assert net.nodes[0].value.tolist() == [[4.0, 6.0]]


def test_a_node_used_twice_adds_up_what_arrives():
    with nn.Graph() as net:
        x = nn.Input("x", 1)
        y = nn.Input("y", 1)
        W = nn.Parameter("W", [[3.0]])
        z = x @ W
        nn.squared_error(z + z, y)
    net.Forward(x=[[2.0]], y=[[0.0]])
    net.Backward(net.nodes[-1])
    assert net.nodes[1].grad.tolist() == [[12.0]]  # 2 z − y
    assert z.grad.tolist() == [[24.0]]  # once for each use
    assert W.grad.tolist() == [[48.0]]


def test_a_parameter_used_twice_adds_up_what_arrives():
    with nn.Graph() as net:
        x = nn.Input("x", 1)
        y = nn.Input("y", 1)
        W = nn.Parameter("W", [[3.0]])
        b = nn.Parameter("b", [[0.5]])
        nn.squared_error((x @ W + b) @ W + b, y)  # x W² + b W + b
    net.Forward(x=[[1.0], [2.0]], y=[[0.0], [0.0]])
    net.Backward(net.nodes[-1])
    output = np.array([11.0, 20.0])
    assert_same(W.grad, [[(output * (2 * np.array([1.0, 2.0]) * 3 + 0.5)).mean()]])
    assert_same(b.grad, [[(output * 4).mean()]])


def test_what_the_loss_does_not_depend_on_has_gradient_zero():
    with nn.Graph() as net:
        x = nn.Input("x", 2)
        y = nn.Input("y", 2)
        W, V = nn.Parameter("W", np.ones((2, 2))), nn.Parameter("V", np.ones((2, 3)))
        z = x @ W
        side = nn.tanh(z @ V)
        loss = nn.squared_error(z, y)
        after = nn.squared_error(x @ W, y)
    net.Forward(x=np.ones((4, 2)), y=np.zeros((4, 2)))
    net.Backward(loss)
    assert side.grad.shape == (4, 3) and not side.grad.any()
    assert V.grad.shape == (2, 3) and not V.grad.any()
    assert after.grad.tolist() == [0.0] * 4
    assert W.grad.tolist() == [[2.0, 2.0]] * 2  # `after` has added nothing to it
    net.SGD(0.5)
    assert V.value.tolist() == np.ones((2, 3)).tolist()


# --- the current graph ----------------------------------------------------------------------------


def test_the_three_functions_work_on_the_graph_whose_block_closed_last():
    first = small_graph()
    second = small_graph()
    nn.Forward(x=np.ones((3, 2)), y=np.zeros((3, 2)))
    nn.Backward(second.nodes[-1])
    nn.SGD(0.1)
    assert second.nodes[-1].value.shape == (3,)
    assert second.parameters[0].value.tolist() != first.parameters[0].value.tolist()
    assert first.nodes[-1].value is None
    by_method = small_graph()
    run(by_method, rows=3)
    by_method.SGD(0.1)
    assert np.array_equal(by_method.parameters[0].value, second.parameters[0].value)


@pytest.mark.parametrize("call", [nn.Forward, lambda: nn.Backward(None), lambda: nn.SGD(0.1)])
def test_without_a_graph_the_functions_say_how_to_make_one(call):
    with refused(RuntimeError, "There is no graph yet", "`with nn.Graph() as net:`"):
        call()


def test_inside_an_open_block_the_functions_say_that_it_is_open():
    with nn.Graph(), refused(RuntimeError, "block is still open", "end its indentation"):
        nn.Forward()


def test_a_block_that_fails_does_not_become_current():
    net = small_graph()
    with pytest.raises(ZeroDivisionError), nn.Graph() as failed:
        nn.Input("x", 2)
        _ = 1 / 0
    assert graph_module.current_graph() is net
    assert len(failed.everything) == 1
    with nn.Graph() as after:  # and it is not open any more
        nn.Input("x", 2)
    assert graph_module.current_graph() is after


def test_a_graph_made_apart_does_not_become_current():
    net = small_graph()
    small_graph(make_current=False)
    assert graph_module.current_graph() is net


def test_helpers_leave_the_current_graph_alone():
    net = small_graph()
    case = make_case()
    assert graph_module.current_graph() is net
    case.run()
    case.model.W1.per_example_grad()
    case.model.W1.value = case.model.W1.value
    nn.check_gradients(case.model.loss, case.data)
    nn.evaluate(case.model.loss, case.data)
    nn.train_minibatch(case.model.loss, case.data, batch_size=2, learning_rate=0.1, epochs=1)
    repr(case.graph)
    assert graph_module.current_graph() is net


def test_a_graph_is_entered_only_once():
    net = small_graph()
    with refused(RuntimeError, "built already", "`with nn.Graph() as net:`", unchanged=net), net:
        pass
    assert graph_module.current_graph() is net


def test_a_graph_inside_another_block_is_refused():
    outer, inner = nn.Graph(), nn.Graph()
    with outer:
        nn.Input("x", 2)
        with refused(RuntimeError, "another graph is still open", "Close it first"), inner:
            pass
        nn.Input("y", 2)  # the outer block goes on
    assert [node.name for node in outer.everything] == ["x", "y"]
    assert graph_module.current_graph() is outer
    with inner:  # it was never built, so it may be now
        nn.Input("x", 2)
    assert graph_module.current_graph() is inner


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: nn.Input("x", 2), "x is"),
        (lambda: nn.Labels("y", 2), "y is"),
        (lambda: nn.Parameter("W", np.ones((2, 2))), "W is"),
    ],
)
def test_a_node_outside_a_graph_is_refused(make, name):
    with refused(RuntimeError, name, "outside a graph", "`with nn.Graph() as net:`"):
        make()


def test_an_operation_outside_a_graph_is_refused():
    net = small_graph()
    x, W = net.inputs[0], net.parameters[0]
    with refused(RuntimeError, "x @ W is outside a graph", unchanged=net):
        _ = x @ W
    with refused(RuntimeError, "h = sigmoid(x) is outside a graph", unchanged=net):
        nn.sigmoid(x, name="h")


def test_a_node_across_two_graphs_is_refused():
    first = small_graph()
    with nn.Graph() as second:
        V = nn.Parameter("V", np.ones((2, 2)))
        with refused(
            ValueError,
            "h = x @ V: x belongs to another graph",
            "same `with nn.Graph()` block",
            unchanged=first,
        ):
            nn.matmul(first.inputs[0], V, name="h")
    assert second.everything == [V]


def test_two_graphs_side_by_side_do_not_touch_each_other():
    a, b = make_case(seed=1), make_case(seed=2, B=3, activation="tanh")
    a.run()
    before = state(a.graph)
    b.run()
    b.graph.SGD(0.3)
    assert_unchanged(a.graph, before)
    a.graph.SGD(0.3)
    alone = make_case(seed=1)
    alone.run()
    alone.graph.SGD(0.3)
    for p, expected in zip(a.graph.parameters, alone.graph.parameters, strict=True):
        assert np.array_equal(p.value, expected.value)


def test_the_lists_of_two_graphs_are_their_own():
    assert small_graph().nodes is not small_graph().nodes


# --- the batch rule -------------------------------------------------------------------------------


@given(case=cases())
def test_the_gradient_of_a_batch_is_the_mean_of_the_online_gradients(case):
    case.run()
    batch = {p: p.grad for p in case.graph.parameters}
    deltas = {node: node.grad for node in case.graph.nodes}
    online = {p: [] for p in case.graph.parameters}
    for b in range(len(case.x)):
        case.run(case.x[b : b + 1], case.y[b : b + 1])
        for p, collected in online.items():
            collected.append(p.grad)
        for node, rows in deltas.items():
            assert_same(rows[b : b + 1], node.grad)  # ∂L_b/∂node: not divided by B
    for p, collected in online.items():
        assert_same(batch[p], np.mean(collected, axis=0))


def test_without_the_others_an_example_of_a_batch_statistic_has_no_gradient():
    class centred(nn.Operation):
        def forward(self):
            (a,) = self.operands
            self.value = a.value - a.value.mean(axis=0)

        def backward(self):
            self.operands[0].add_grad(self.grad - self.grad.mean(axis=0))

    rng = np.random.default_rng(0)
    with nn.Graph(make_current=False) as net:
        W = nn.Parameter("W1", rng.normal(size=(2, 3)))
        z = nn.matmul(nn.Input("x", 2), W, name="z")
        loss = nn.squared_error(centred(z, name="h"), nn.Input("y", 3), name="loss")
    net.Forward(x=rng.normal(size=(4, 2)), y=rng.normal(size=(4, 3)))
    net.Backward(loss)
    before = z.value
    with pytest.raises(ValueError, match=r"^loss of example 0 is .* in its batch, but .* alone"):
        W.per_example_grad()
    assert z.value is before


@given(case=cases())
def test_per_example_grad_is_the_online_gradients_and_changes_nothing(case):
    case.run()
    before = state(case.graph)
    per_example = {p: p.per_example_grad() for p in case.graph.parameters}
    assert_unchanged(case.graph, before)
    for p, gradients in per_example.items():
        assert gradients.shape == (len(case.x), *p.value.shape)
        assert_same(gradients.mean(axis=0), p.grad)
    for b in range(len(case.x)):
        case.run(case.x[b : b + 1], case.y[b : b + 1])
        for p, gradients in per_example.items():
            assert np.array_equal(gradients[b], p.grad)


def test_after_per_example_grad_the_update_can_be_made():
    case, alone = make_case(), make_case()
    case.run()
    case.model.W2.per_example_grad()
    case.graph.SGD(0.1)
    alone.run()
    alone.graph.SGD(0.1)
    assert np.array_equal(case.model.W2.value, alone.model.W2.value)


def test_per_example_grad_takes_the_loss_of_the_last_backward():
    with nn.Graph() as net:
        x = nn.Input("x", 1)
        y = nn.Input("y", 1)
        W = nn.Parameter("W", [[1.0]])
        once, twice = nn.squared_error(x @ W, y), nn.squared_error(x @ W + x @ W, y)
    net.Forward(x=[[1.0], [2.0]], y=[[0.0], [0.0]])
    net.Backward(twice)
    assert W.per_example_grad().ravel().tolist() == [4.0, 16.0]
    net.Backward(once)
    assert W.per_example_grad().ravel().tolist() == [1.0, 4.0]


def test_per_example_grad_needs_forward_and_backward():
    case = make_case()
    W1 = case.model.W1
    words = ("W1.per_example_grad needs Forward and Backward first", "compute the steps of all")
    with refused(RuntimeError, *words, unchanged=case.graph):
        W1.per_example_grad()
    case.graph.Forward(**case.data)
    with refused(RuntimeError, *words, unchanged=case.graph):
        W1.per_example_grad()
    case.graph.Backward(case.model.loss)
    case.model.x.set(case.x)
    with refused(RuntimeError, *words, unchanged=case.graph):
        W1.per_example_grad()
    case.graph.Forward()
    case.graph.Backward(case.model.loss)
    case.model.W2.value = case.model.W2.value * 2
    with refused(RuntimeError, *words, unchanged=case.graph):
        W1.per_example_grad()


@given(case=cases(), order_seed=SEEDS)
def test_the_order_of_examples_in_a_batch_does_not_matter(case, order_seed):
    case.run()
    gradients = {p: p.grad for p in case.graph.parameters}
    deltas = {node: node.grad for node in case.graph.nodes}
    order = np.random.default_rng(order_seed).permutation(len(case.x))
    case.run(case.x[order], case.y[order])
    for p, gradient in gradients.items():
        np.testing.assert_allclose(p.grad, gradient, rtol=1e-12, atol=1e-12)
    for node, delta in deltas.items():
        np.testing.assert_allclose(node.grad, delta[order], rtol=1e-12, atol=1e-12)


@given(case=cases(), copies=st.integers(2, 4))
def test_a_batch_given_several_times_over_has_the_same_gradient(case, copies):
    case.run()
    gradients = {p: p.grad for p in case.graph.parameters}
    case.run(np.concatenate([case.x] * copies), np.concatenate([case.y] * copies))
    for p, gradient in gradients.items():
        assert_same(p.grad, gradient)


@given(case=cases())
def test_shapes(case):
    case.run()
    B = len(case.x)
    for node in case.graph.nodes:
        shape = (B,) if node.width is None else (B, node.width)
        assert node.value.shape == node.grad.shape == shape
        assert node.value.dtype == node.grad.dtype == np.float64
    for p in case.graph.parameters:
        assert p.grad.shape == p.value.shape
        assert p.shape == str(p.value.shape)
    assert [node.grad for node in case.graph.inputs] == [None, None]


@given(case=cases(), learning_rate=st.floats(0, 10))
def test_sgd_takes_learning_rate_times_gradient_off_every_parameter(case, learning_rate):
    case.run()
    expected = {p: p.value - learning_rate * p.grad for p in case.graph.parameters}
    case.graph.SGD(learning_rate)
    for p, value in expected.items():
        assert np.array_equal(p.value, value)


@given(case=cases())
def test_backward_twice_is_backward_once(case):
    case.run()
    first = {node: node.grad for node in case.graph.everything}
    case.graph.Backward(case.model.loss)
    for node, grad in first.items():
        assert np.array_equal(node.grad, grad) if grad is not None else node.grad is None
        assert node.grad is None or node.grad is not grad


def test_the_gradient_of_the_loss_is_one_for_every_example():
    case = make_case(B=4)
    case.run()
    assert case.model.loss.grad.tolist() == [1.0] * 4


# --- what was collected stays as it was -----------------------------------------------------------


def test_collected_gradients_and_weights_keep_what_they_had():
    case = make_case(B=4)
    collected, copies, W1_gradients = [], [], []
    for b in range(4):
        case.run(case.x[b : b + 1], case.y[b : b + 1])
        W1_gradients.append(case.model.W1.grad)
        for node in case.graph.everything:
            for array in (node.value, node.grad):
                if array is not None:
                    collected.append(array)
                    copies.append(array.copy())
        case.graph.SGD(0.5)
    assert all(map(np.array_equal, collected, copies))
    assert not any(np.shares_memory(*pair) for pair in combinations(W1_gradients, 2))


def test_weights_collected_before_an_update_stay_whole():
    case = make_case()
    before, numbers = case.model.W1.value, case.model.W1.value.copy()
    case.run()
    case.graph.SGD(1.0)
    assert np.array_equal(before, numbers)
    assert not np.array_equal(case.model.W1.value, numbers)


def test_data_that_change_afterwards_change_nothing():
    X, t, w = np.ones((2, 2)), np.zeros((2, 2)), np.ones((2, 2))
    labels = np.array([0, 1])
    with nn.Graph() as net:
        x = nn.Input("x", 2)
        y = nn.Input("y", 2)
        classes = nn.Labels("classes", 2)
        W = nn.Parameter("W", w)
    x.set(X)
    y.value = t
    classes.set(labels)
    for array in (X, t, w, labels):
        array[...] = 7
    net.Forward()
    assert x.value.tolist() == [[1, 1]] * 2 and y.value.tolist() == [[0, 0]] * 2
    assert W.value.tolist() == [[1, 1]] * 2 and classes.value.tolist() == [0, 1]
    V = np.full((2, 2), 3.0)
    W.value = V
    V[...] = 7
    assert W.value.tolist() == [[3, 3]] * 2


def test_values_that_were_put_in_are_read_only():
    case = make_case()
    case.run()
    case.graph.SGD(0.1)
    model = case.model
    model.W2.value = np.ones(model.W2.value.shape)
    for node in (model.x, model.y, model.W1, model.W2, model.W3):
        with pytest.raises(ValueError, match="read-only"):
            node.value[0] = 0
        with pytest.raises(ValueError, match="read-only"):
            node.value *= 2


def test_whole_numbers_become_float64_and_labels_stay_what_they_are():
    with nn.Graph() as net:
        x = nn.Input("x", 2)
        y = nn.Labels("y", 3)
        W = nn.Parameter("W", [[1, 2], [3, 4]])
    net.Forward(x=np.array([[True, False]]), y=np.array([2], dtype=np.uint8))
    assert x.value.dtype == W.value.dtype == np.float64
    assert y.value.dtype == np.uint8
    net.Forward(x=np.array([[1, 2]], dtype=np.float32))
    assert x.value.tolist() == [[1.0, 2.0]] and x.value.dtype == np.float64
    net.Forward(x=np.array([[1, 2]], dtype=np.uint16))
    assert x.value.tolist() == [[1.0, 2.0]]


# --- freshness ------------------------------------------------------------------------------------

FORWARD_FIRST = ("values of the present inputs and weights", "run Forward first")
BACKWARD_FIRST = ("run Forward, then Backward(loss), before each SGD",)


def test_backward_before_any_forward_is_refused():
    case = make_case()
    with refused(RuntimeError, *FORWARD_FIRST, unchanged=case.graph):
        case.graph.Backward(case.model.loss)


@pytest.mark.parametrize(
    "change",
    [
        lambda case: case.graph.SGD(0.1),
        lambda case: case.model.x.set(case.x),
        lambda case: case.model.y.set(case.y),
        lambda case: setattr(case.model.x, "value", case.x),
        lambda case: setattr(case.model.W1, "value", case.model.W1.value),
    ],
    ids=["SGD", "x.set", "y.set", "x.value", "W1.value"],
)
def test_backward_after_a_change_needs_forward_first(change):
    case = make_case()
    case.run()
    change(case)
    with refused(RuntimeError, *FORWARD_FIRST, unchanged=case.graph):
        case.graph.Backward(case.model.loss)
    case.graph.Forward()
    case.graph.Backward(case.model.loss)


def test_sgd_needs_a_backward_since_the_last_update():
    case = make_case()
    with refused(RuntimeError, *BACKWARD_FIRST, unchanged=case.graph):
        case.graph.SGD(0.1)
    case.graph.Forward(**case.data)
    with refused(RuntimeError, *BACKWARD_FIRST, unchanged=case.graph):
        case.graph.SGD(0.1)
    case.graph.Backward(case.model.loss)
    case.graph.SGD(0.1)
    with refused(RuntimeError, *BACKWARD_FIRST, unchanged=case.graph):
        case.graph.SGD(0.1)


def test_sgd_after_a_parameter_was_assigned_needs_backward_first():
    case = make_case()
    case.run()
    case.model.W1.value = np.zeros(case.model.W1.value.shape)
    with refused(RuntimeError, *BACKWARD_FIRST, unchanged=case.graph):
        case.graph.SGD(0.1)


def test_a_node_made_after_forward_needs_forward_again():
    with nn.Graph() as net:
        x = nn.Input("x", 2)
        y = nn.Input("y", 2)
        net.Forward(x=np.ones((1, 2)), y=np.ones((1, 2)))
        loss = nn.squared_error(x, y)
    with refused(RuntimeError, *FORWARD_FIRST, unchanged=net):
        net.Backward(loss)


def test_a_forward_that_is_refused_leaves_the_last_one_valid():
    case = make_case()
    case.graph.Forward(**case.data)
    with refused(ValueError, "x needs shape", unchanged=case.graph):
        case.graph.Forward(x=np.ones((2, 99)))
    case.graph.Backward(case.model.loss)


def test_a_forward_that_breaks_off_is_no_forward():
    class fragile(nn.Operation):
        broken = False

        def forward(self):
            if self.broken:
                raise KeyboardInterrupt
            self.value = self.operands[0].value

        def backward(self):
            if self.broken:
                raise KeyboardInterrupt
            self.operands[0].add_grad(self.grad)

    with nn.Graph() as net:
        x = nn.Input("x", 2)
        y = nn.Input("y", 2)
        z = x @ nn.Parameter("W", np.eye(2))
        node = fragile(z)
        loss = nn.squared_error(node, y)
    net.Forward(x=np.ones((1, 2)), y=np.zeros((1, 2)))
    net.Backward(loss)
    node.broken = True
    with pytest.raises(KeyboardInterrupt):
        net.Backward(loss)
    with refused(RuntimeError, *BACKWARD_FIRST):
        net.SGD(0.1)
    with pytest.raises(KeyboardInterrupt):
        net.Forward()
    with refused(RuntimeError, *FORWARD_FIRST):
        net.Backward(loss)


def test_what_happens_in_left_as_it_was_is_undone_even_by_an_error():
    case = make_case()
    case.run()
    before = state(case.graph)
    with pytest.raises(ZeroDivisionError), case.graph.left_as_it_was():
        case.run(2 * case.x[:1], case.y[:1])
        case.graph.SGD(0.1)
        case.model.W1.note = "a new attribute"
        _ = 1 / 0
    assert_unchanged(case.graph, before)


# --- no warnings, and what import costs -----------------------------------------------------------


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_overflow_gives_no_warning(activation, loss, capfd):
    case = make_case(activation=activation, loss=loss)
    for p in case.graph.parameters:
        p.value = np.full(p.value.shape, 1e200) * np.where(p.value > 0, 1, -1)
    with np.errstate(all="raise"):
        case.run(1e200 * case.x)
        if not all(np.isfinite(p.grad).all() for p in case.graph.parameters):
            with refused(
                FloatingPointError, "is not finite (NaN or infinite)", unchanged=case.graph
            ):
                case.graph.SGD(1e200)
    assert capfd.readouterr() == ("", "")


@pytest.mark.filterwarnings("error")
def test_an_update_that_overflows_is_refused_without_a_warning():
    case = make_case()
    case.run()
    case.model.W3.grad = np.full(case.model.W3.grad.shape, 1e300)
    with (
        np.errstate(all="raise"),
        refused(FloatingPointError, "No weight was changed", unchanged=case.graph),
    ):
        case.graph.SGD(1e300)


@pytest.mark.parametrize("settings", ["warn", "raise"])
def test_numpys_error_settings_are_left_as_they_were(settings):
    case = make_case()
    with np.errstate(all=settings):
        before = np.geterr()
        case.run()
        case.graph.SGD(0.1)
        assert np.geterr() == before


def test_import_brings_neither_matplotlib_nor_ipython_nor_tqdm():
    code = (
        "import sys, course_nn; "
        "print([m for m in ('matplotlib', 'IPython', 'tqdm') if m in sys.modules])"
    )
    root = Path(nn.__file__).parent.parent
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
    assert result.stderr == ""


# --- gradients belong to the last Forward ---------------------------------------------------------


def test_gradients_of_an_earlier_batch_are_not_used():
    case = make_case(seed=2)
    case.graph.Forward(**case.data)
    case.graph.Backward(case.graph.nodes[-1])
    case.graph.Forward()
    for mistake in (lambda: case.graph.SGD(0.1), case.graph.parameters[0].per_example_grad):
        with pytest.raises(RuntimeError):
            mistake()


def test_a_backward_that_is_stopped_leaves_no_sums():
    class stops(nn.Operation):
        def forward(self):
            self.value = self.operands[0].value

        def backward(self):
            raise KeyboardInterrupt

    with nn.Graph() as net:
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        W1, W2 = nn.Parameter("W1", np.eye(2)), nn.Parameter("W2", np.eye(2))
        loss = nn.squared_error(stops(x @ W1) @ W2, y, name="loss")
    net.Forward(x=np.ones((5, 2)), y=np.zeros((5, 2)))
    with pytest.raises(KeyboardInterrupt):
        net.Backward(loss)
    assert net.last_loss is None
    with refused(RuntimeError, "has no gradient yet"):
        nn.compare_gradients(np.ones((2, 2)), W2)


def test_the_gradients_of_a_sum_are_arrays_of_their_own():
    with nn.Graph() as net:
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        a, b = x @ nn.Parameter("W1", np.eye(2)), x @ nn.Parameter("W2", np.eye(2))
        s = nn.add(a, b, name="s")
        loss = nn.squared_error(s, y, name="loss")
    net.Forward(x=np.ones((1, 2)), y=np.zeros((1, 2)))
    net.Backward(loss)
    assert a.grad is not b.grad and a.grad is not s.grad


def test_a_node_of_a_kind_of_its_own_can_be_printed():
    with nn.Graph():
        assert repr(nn.Node("odd", 2)) == "node odd  (B, 2)"
