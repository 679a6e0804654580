"""The traps of EDF, the framework the course grew from: each is refused or does not exist here.

Two more, of training, are in test_training.py: a "test error" measured on training images, and
the last partial batch dropped.
"""

import numpy as np
from oracles import assert_same, make_case, refused

import course_nn as nn
from course_nn.graph import current_graph

CELL = """
with nn.Graph() as net:
    x = nn.Input("x", width=2)
    y = nn.Labels("y", classes=2)
    W1 = nn.Parameter("W1", [[1.0, -1.0], [0.5, 2.0]])
    z1 = x @ W1
    loss = nn.cross_entropy(z1, y, name="loss")
"""
X, LABELS = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]]), np.array([0, 1, 1])


def test_stale_nodes_after_a_cell_is_run_again():
    notebook = {"nn": nn}
    exec(CELL, notebook)
    nn.Forward(x=X, y=LABELS)
    nn.Backward(notebook["loss"])
    old = dict(notebook)
    exec(CELL, notebook)
    net = notebook["net"]
    assert current_graph() is net and net is not old["net"]
    assert [node.name for node in net.everything] == ["x", "y", "W1", "x @ W1", "loss"]
    assert not set(net.everything) & set(old["net"].everything)
    assert notebook["loss"].value is None and notebook["W1"].grad is None
    nn.Forward(x=X, y=LABELS)
    with refused(ValueError, "loss belongs to another graph", "cell was run again", unchanged=net):
        nn.Backward(old["loss"])
    with nn.Graph(), refused(ValueError, "x belongs to another graph", unchanged=old["net"]):
        nn.sigmoid(old["x"])
    old["net"].Backward(old["loss"])  # under its own name the old graph still works
    nn_gradient = old["W1"].grad
    exec(CELL, notebook)
    nn.Forward(x=X, y=LABELS)
    nn.Backward(notebook["loss"])
    assert np.array_equal(notebook["W1"].grad, nn_gradient)


def test_labels_out_of_range():
    case = make_case(B=3)
    for wrong, row in (([0, 3, 1], "row 1 is 3"), ([0, 1, -1], "row 2 is -1")):
        with refused(ValueError, "y needs integer labels 0..2", row, unchanged=case.graph):
            case.graph.Forward(x=case.x, y=wrong)


def test_fewer_labels_than_rows():
    case = make_case(B=5)
    with refused(ValueError, "same number of rows", "x has 5, y has 1", unchanged=case.graph):
        case.graph.Forward(x=case.x, y=case.y[:1])  # one label would broadcast


def test_a_second_backward_does_not_double_the_gradients():
    case = make_case()
    case.run()
    once = [p.grad for p in case.graph.parameters]
    case.graph.Backward(case.model.loss)
    case.graph.Backward(case.model.loss)
    for p, grad in zip(case.graph.parameters, once, strict=True):
        assert np.array_equal(p.grad, grad)


def test_a_second_sgd_does_not_take_the_same_step_again():
    case = make_case()
    case.run()
    case.graph.SGD(0.1)
    with refused(RuntimeError, "run Forward, then Backward(loss)", unchanged=case.graph):
        case.graph.SGD(0.1)


def test_the_one_over_B_is_in_one_place():
    """Rows of gradients do not know B; a parameter's gradient is the mean, a step η times it."""
    one, ten = make_case(B=1), make_case(B=1)
    one.run()
    ten.run(np.repeat(ten.x, 10, axis=0), np.repeat(ten.y, 10, axis=0))
    assert ten.model.loss.value.shape == (10,)
    assert_same(ten.model.loss.value, np.repeat(one.model.loss.value, 10))
    for node_one, node_ten in zip(one.graph.nodes, ten.graph.nodes, strict=True):
        assert_same(node_ten.grad, np.repeat(node_one.grad, 10, axis=0))
    for p_one, p_ten in zip(one.graph.parameters, ten.graph.parameters, strict=True):
        assert_same(p_ten.grad, p_one.grad)
        assert_same(p_ten.grad, p_ten.per_example_grad().sum(axis=0) / 10)
    one.graph.SGD(0.3)
    ten.graph.SGD(0.3)
    for p_one, p_ten in zip(one.graph.parameters, ten.graph.parameters, strict=True):
        assert_same(p_ten.value, p_one.value)
