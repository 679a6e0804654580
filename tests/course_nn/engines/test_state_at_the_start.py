"""Operations of one's own, when a fast engine begins and ends an epoch."""

import numpy as np
import pytest
from engine_networks import without_compiler
from oracles import refused

import course_nn as nn
from course_nn.engines import comparison
from course_nn.engines.engine import NumpyEngine

RNG = np.random.default_rng(0)
DATA = {"x": RNG.normal(size=(8, 3)), "y": RNG.normal(size=(8, 3))}


def loss_with(own):
    w, v = np.random.default_rng(1).normal(size=(2, 3, 3))
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Input("y", 3)
        h = own(nn.matmul(x, nn.Parameter("W", w), name="z"), name="h")
        return nn.squared_error(nn.matmul(h, nn.Parameter("V", v), name="q"), y, name="loss")


def train(loss, data=DATA, **options):
    options = {"learning_rate": 0.001, "epochs": 1, "batch_size": 2, "engine": "numpy"} | options
    return nn.train_minibatch(loss, data, **options)


class doubled(nn.Operation):
    factor = 2.0

    def forward(self):
        self.value = self.operands[0].value * self.factor

    def backward(self):
        self.operands[0].add_grad(self.grad * self.factor)


def test_the_comparison_leaves_what_an_operation_remembers(monkeypatch):
    """Also of one that remembers only with numbers, which a recording does not see."""

    class remembering(doubled):
        seen: list = []  # noqa: RUF012

        def forward(self):
            a = self.operands[0].value
            if type(a) is np.ndarray and len(a) == 2:  # a recording compares one and five rows
                self.seen.append(np.random.random())
            super().forward()

    loss = loss_with(remembering)
    np.random.seed(0)
    before = np.random.get_state()[2]
    comparison.COMPARED.clear()
    train(loss)
    assert remembering.seen == [] and np.random.get_state()[2] == before


def factor(value):
    """Another one if a number is large, in a way that a recording does not see."""
    return 3.0 if type(value) is np.ndarray and abs(value).max() > 200 else 2.0


class by_kind(doubled):
    def forward(self):
        a = self.operands[0].value
        self.value = a * factor(a)


class by_kind_in_backward(doubled):
    def backward(self):
        self.operands[0].add_grad(self.grad * factor(self.operands[0].value))


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize(
    "kind, first", [(by_kind, "h differs"), (by_kind_in_backward, "z.grad differs")]
)
def test_a_slip_of_ones_own_operation_is_not_called_one_of_the_course(
    kind, first, engine, monkeypatch
):
    without_compiler(monkeypatch)
    loss = loss_with(kind)
    name = kind.__name__
    with refused(
        RuntimeError,
        first,
        f"It is computed by {name}, which is not of the course",
        unchanged=loss.graph,
    ):
        train(loss, engine=engine, data={"x": 300 * DATA["x"], "y": DATA["y"]})


def test_a_change_in_the_last_epoch_is_noticed_at_its_end(monkeypatch):
    loss = loss_with(doubled)
    train(loss)
    run = NumpyEngine.run

    def and_change(self, first, updates, rate):
        loss.graph.nodes[1].factor = 3.0  # as another thread might
        return run(self, first, updates, rate)

    monkeypatch.setattr(NumpyEngine, "run", and_change)
    with refused(ValueError, "h = doubled(z)", "a later run does something else"):
        train(loss)
