"""The two losses: values, chain-rule steps, and cross-entropy for logits of any size."""

import numpy as np
import pytest
from autograd import grad as autograd_gradient
from hypothesis import given
from hypothesis import strategies as st
from oracles import (
    SEEDS,
    SEVERAL,
    SMALL,
    assert_close_to_differences,
    assert_same,
    autograd_losses,
    carried,
    central_differences,
)

import course_nn as nn


def cross_entropy_of(z_values, labels):
    """A graph with the loss alone; its operand is a computed node, so it keeps its gradient."""
    K = np.shape(z_values)[1]
    with nn.Graph() as net:
        z = carried(nn.Input("x", K), name="z")
        y = nn.Labels("y", K)
        loss = nn.cross_entropy(z, y, name="loss")
    net.Forward(x=z_values, y=labels)
    return loss, z


def step_back(loss, upstream):
    for node in loss.graph.everything:
        node.grad = None
    loss.grad = upstream
    loss.backward()


# --- gradients ------------------------------------------------------------------------------------


@given(B=SMALL, K=SEVERAL, seed=SEEDS)
def test_gradient_of_cross_entropy(B, K, seed):
    rng = np.random.default_rng(seed)
    values, labels = 2 * rng.normal(size=(B, K)), rng.integers(0, K, size=B)
    upstream = rng.normal(size=B)
    loss, z = cross_entropy_of(values, labels)
    assert_same(loss.value, autograd_losses(values, labels, "cross_entropy"))
    step_back(loss, upstream)

    def weighted(z):
        return (upstream * autograd_losses(z, labels, "cross_entropy")).sum()

    assert_same(z.grad, autograd_gradient(weighted)(values))
    assert_close_to_differences(z.grad, central_differences(weighted, values))


@given(B=SMALL, K=SMALL, seed=SEEDS)
def test_gradient_of_squared_error(B, K, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, B, K))
    upstream = rng.normal(size=B)
    with nn.Graph() as net:
        output = carried(nn.Input("x", K), name="output")
        target = carried(nn.Input("t", K), name="target")
        loss = nn.squared_error(output, target, name="loss")
    net.Forward(x=a, t=b)
    assert_same(loss.value, [difference @ difference / 2 for difference in a - b])
    step_back(loss, upstream)

    def weighted(output, target):
        return (upstream * autograd_losses(output, target, "squared_error")).sum()

    for argument, node in enumerate((output, target)):
        expected = autograd_gradient(weighted, argument)(a, b)
        assert_same(node.grad, expected)
    differences = central_differences(lambda output: weighted(output, b), a)
    assert_close_to_differences(output.grad, differences)


def test_squared_error_gives_an_input_no_gradient():
    with nn.Graph() as net:
        x = nn.Input("x", 2)
        y = nn.Input("y", 2)
        loss = nn.squared_error(x, y)
    net.Forward(x=[[1.0, 2.0]], y=[[0.0, 0.0]])
    net.Backward(loss)
    assert loss.value.tolist() == [2.5]
    assert x.grad is None and y.grad is None


# --- what the numbers mean ------------------------------------------------------------------------


@given(B=SMALL, K=SEVERAL, seed=SEEDS)
def test_cross_entropy_is_minus_the_logarithm_of_softmax(B, K, seed):
    rng = np.random.default_rng(seed)
    values, labels = rng.normal(size=(B, K)), rng.integers(0, K, size=B)
    with nn.Graph() as net:
        x = nn.Input("x", K)
        y = nn.Labels("y", K)
        p = nn.softmax(x, name="p")
        loss = nn.cross_entropy(x, y, name="loss")
    net.Forward(x=values, y=labels)
    assert_same(loss.value, -np.log(p.value[np.arange(B), labels]))


@given(B=SMALL, K=SEVERAL, seed=SEEDS, size=st.sampled_from([1.0, 50.0, 800.0, 1e4]))
def test_cross_entropy_is_stable_for_large_logits(B, K, seed, size):
    """log Σ eᶻ lies between max z and max z + log K, so L lies between the same minus z_y."""
    rng = np.random.default_rng(seed)
    values, labels = rng.uniform(-size, size, size=(B, K)), rng.integers(0, K, size=B)
    loss, z = cross_entropy_of(values, labels)
    gap = values.max(axis=1) - values[np.arange(B), labels]
    rounding = 1e-12 * size
    assert (loss.value >= gap - rounding).all()
    assert (loss.value <= gap + np.log(K) + rounding).all()
    loss.graph.Backward(loss)
    assert np.isfinite(z.grad).all()
    np.testing.assert_allclose(z.grad.sum(axis=1), 0, atol=1e-14)
    assert (np.sign(z.grad) == np.where(np.eye(K)[labels] == 1, -1, 1))[z.grad != 0].all()


@pytest.mark.parametrize(
    ("logits", "label", "expected"),
    [
        ([1e4, 0.0], 0, 0.0),  # certain and right: no loss
        ([1e4, 0.0], 1, 1e4),  # certain and wrong: the whole difference
        ([-1e4, 1e4], 0, 2e4),
        ([1e4, 1e4], 0, np.log(2)),
        ([-1e4, -1e4, -1e4], 2, np.log(3)),
        ([1e4 + 1, 1e4], 0, np.log1p(np.exp(-1.0))),
        ([0.0, -800.0], 0, 0.0),  # e⁻⁸⁰⁰ rounds to 0
    ],
)
def test_cross_entropy_of_extreme_logits_is_exact(logits, label, expected):
    loss, z = cross_entropy_of([logits], [label])
    np.testing.assert_allclose(loss.value, [expected], rtol=1e-12, atol=1e-15)
    loss.graph.Backward(loss)
    p = np.exp(np.array(logits) - max(logits))
    p /= p.sum()
    np.testing.assert_allclose(z.grad, [p - np.eye(len(logits))[label]], atol=1e-15)


def test_losses_are_computed_for_each_example_by_itself():
    loss, z = cross_entropy_of([[0.0, 0.0], [1e4, 0.0], [3.0, 3.0]], [0, 1, 1])
    np.testing.assert_allclose(loss.value, [np.log(2), 1e4, np.log(2)])
    assert loss.width is None and loss.shape == "(B,)"
    loss.graph.Backward(loss)
    np.testing.assert_allclose(z.grad, [[-0.5, 0.5], [1, -1], [0.5, -0.5]])
