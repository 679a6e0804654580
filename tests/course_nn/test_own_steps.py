"""A step of an operation of one's own changes what is its own, and nothing besides."""

import numpy as np
import pytest
from oracles import refused

import course_nn as nn

RNG = np.random.default_rng(0)
DATA = {"x": RNG.normal(size=(6, 3)), "y": RNG.normal(size=(6, 2))}


class double(nn.Operation):
    def forward(self):
        (a,) = self.operands
        self.value = 2 * a.value

    def backward(self):
        (a,) = self.operands
        a.add_grad(2 * self.grad)


class changes_the_operand(double):
    def forward(self):
        (a,) = self.operands
        a.value = a.value * 0
        self.value = 2 * a.value


class changes_a_weight(double):
    def forward(self):
        super().forward()
        W = self.graph.parameters[0]
        W.value = W.value.clip(-0.1, 0.1)


class changes_the_data(double):
    def forward(self):
        super().forward()
        self.graph.inputs[0].set(DATA["x"] * 0)


class scales_what_arrived(double):
    def backward(self):
        (a,) = self.operands
        self.grad = self.grad * 2
        a.add_grad(self.grad)


class adds_to_itself(double):
    def backward(self):
        self.add_grad(self.grad)
        super().backward()


class forgets_its_value(double):
    def backward(self):
        super().backward()
        self.value = self.value * 0


class clips_on_the_way_back(double):
    def backward(self):
        super().backward()
        W = self.graph.parameters[0]
        W.value = W.value.clip(-0.1, 0.1)


def network(operation):
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", 3), nn.Input("y", 2)
        z = nn.matmul(x, nn.Parameter("W", RNG.normal(size=(3, 2))), name="z")
        loss = nn.squared_error(operation(z, name="h"), y, name="loss")
    return graph, loss


FORWARDS = {changes_the_operand: "z", changes_a_weight: "W", changes_the_data: "x"}
BACKWARDS = {
    scales_what_arrived: "h = scales_what_arrived(z): h.grad has changed",
    adds_to_itself: "h.grad has changed after the step back from here began",
    forgets_its_value: "A backward step has assigned a value",
    clips_on_the_way_back: "A backward step has assigned a value",
}


@pytest.mark.parametrize(("operation", "name"), FORWARDS.items())
def test_a_forward_assigns_its_own_value_alone(operation, name):
    words = f"A forward step has assigned {name}.value"
    graph, loss = network(operation)
    for _ in range(2):
        with refused(ValueError, words):
            graph.Forward(**DATA)
        assert not graph.up_to_date
    for use in (
        lambda: nn.evaluate(loss, DATA),
        lambda: nn.predict(loss, {"x": DATA["x"]}),
        lambda: nn.train_batch(loss, DATA, learning_rate=0.1, epochs=1),
    ):
        with refused(ValueError, words):
            use()


@pytest.mark.parametrize(("operation", "words"), BACKWARDS.items())
def test_a_backward_adds_to_its_operands_alone(operation, words):
    graph, loss = network(operation)
    for _ in range(2):
        graph.Forward(**DATA)
        with refused(ValueError, words):
            graph.Backward(loss)
        with pytest.raises(RuntimeError, match="SGD needs the gradients"):
            graph.SGD(0.1)
    with refused(ValueError, words):
        nn.train_batch(loss, DATA, learning_rate=0.1, epochs=1)


def test_a_right_one_is_asked_again_after_a_node_was_added():
    """Forward is run while the graph is still being built."""
    with nn.Graph(make_current=False) as graph:
        x = nn.Input("x", 3)
        z = nn.matmul(x, nn.Parameter("W", RNG.normal(size=(3, 2))), name="z")
        double(z, name="h")
        graph.Forward(x=DATA["x"])
        changes_the_operand(z, name="k")
        with refused(ValueError, "A forward step has assigned z.value"):
            graph.Forward()


class without_super(double):
    def __init__(self, a):
        self.factor = 3


def test_an_operation_without_its_super_is_named():
    with nn.Graph(make_current=False):
        h = without_super(nn.Input("x", 3))
        with pytest.raises(
            TypeError, match=r"must call super\(\).__init__\(\*operands, name=name\)"
        ):
            nn.sigmoid(h)
