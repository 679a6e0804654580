"""compare_gradients calls each slip by its own name."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import course_nn as nn

COURSE = settings(derandomize=True, deadline=None, max_examples=40)
RNG = np.random.default_rng(0)


def after_backward(B, seed=0, shape=(4, 3)):
    """A parameter W1 of this shape after Backward with B examples."""
    rng = np.random.default_rng(seed)
    rows, columns = shape
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", rows), nn.Input("y", columns)
        W = nn.Parameter("W1", rng.normal(size=shape))
        loss = nn.squared_error(nn.matmul(x, W), y, name="loss")
    graph.Forward(x=2 * rng.normal(size=(B, rows)), y=rng.normal(size=(B, columns)))
    graph.Backward(loss)
    return W


NAMES = {
    "transpose": "this is the transpose",
    "sign": "the sign is wrong",
    "sum": "the sum over the batch, not the mean",
    "mean twice": "the mean over the batch was taken twice",
    "twice": "twice the gradient",
    "half": "half the gradient",
    "zero": "all entries are zero",
    "integers": "the decimals are cut off",
    "nan": "not a number (NaN)",
    "infinite": "infinite",
    "shape": "the wrong shape",
    "ragged": "rows have different lengths",
    "text": "not an array of numbers",
    "other factor": " times the gradient",
    "else": "not equal",
}


def names_in(answer):
    found = {key for key, name in NAMES.items() if name in answer}
    if found & {"sum", "twice"}:
        found.discard("other factor")  # their sentences say "times the gradient" too
    return found


G = after_backward(7).grad


SLIPS = [
    (G.T, {"transpose"}),
    (-G.T, {"transpose", "sign"}),
    (7 * G.T, {"transpose", "sum"}),
    (-G, {"sign"}),
    (7 * G, {"sum"}),
    (G / 7, {"mean twice"}),
    (2 * G, {"twice"}),
    (G / 2, {"half"}),
    (3.7 * G, {"other factor"}),
    (-2 * G, {"other factor"}),
    (1.0001 * G, {"other factor"}),
    (0 * G, {"zero"}),
    (np.trunc(G).astype(int), {"integers"}),
    (np.where(G > 0, np.nan, G), {"nan"}),
    (np.where(G > 0, np.inf, G), {"infinite"}),
    (G[:2], {"shape"}),
    (G.ravel(), {"shape"}),
    (0.5, {"shape"}),
    ([[1.0, 2.0], [3.0]], {"ragged"}),
    (np.full((4, 3), "0.1"), {"text"}),
    (None, {"text"}),
    (G + 0j, {"text"}),
    (G > 0, {"text"}),
    (G + 1, {"else"}),
    (G[::-1], {"else"}),
    (np.abs(G), {"else"}),
    (np.full((4, 3), 1e300), {"else"}),
    (G.T + 1, {"else"}),
]


@pytest.mark.parametrize("mine, names", SLIPS, ids=range(len(SLIPS)))
def test_a_slip_gets_its_name_and_no_other(mine, names):
    answer = nn.compare_gradients(mine, after_backward(7))
    assert names_in(answer) == names, answer


def test_the_numbers_in_the_answers():
    W = after_backward(7)
    assert nn.compare_gradients(G, W) == "equal"
    assert nn.compare_gradients(G.tolist(), W) == "equal"
    assert nn.compare_gradients(7 * G, W).startswith("7 times the gradient")
    assert nn.compare_gradients(G / 7, W).startswith("the gradient divided by 7")
    assert nn.compare_gradients(-3.7 * G, W) == "-3.7 times the gradient"
    assert nn.compare_gradients(1.0001 * G, W) == "1.0001 times the gradient"
    assert nn.compare_gradients(G.T, W) == "this is the transpose: (3, 4) instead of (4, 3)"
    assert "(2, 3) instead of (4, 3), the shape of the weights" in nn.compare_gradients(G[:2], W)
    wrong = G.copy()
    wrong[2, 1] += 1
    assert nn.compare_gradients(wrong, W) == (
        "not equal: the largest difference is at [2, 1], where you have "
        f"{wrong[2, 1]:.6g} and the gradient is {G[2, 1]:.6g}"
    )
    wrong[0, :2] = np.nan
    assert nn.compare_gradients(wrong, W) == "not a number (NaN) in 2 of its 12 entries"
    assert nn.compare_gradients(G.T + 1, W).startswith(
        "the shape of the transpose: (3, 4) instead of (4, 3); transposed, it is not equal: "
    )


def test_two_slips_that_look_alike_are_both_named():
    W = after_backward(2)
    assert names_in(nn.compare_gradients(2 * W.grad, W)) == {"sum", "twice"}
    assert names_in(nn.compare_gradients(W.grad / 2, W)) == {"mean twice", "half"}
    small = after_backward(7)
    small.grad = small.grad / 100  # every entry is cut off to 0
    zeros = np.zeros((4, 3), dtype=int)
    assert names_in(nn.compare_gradients(zeros, small)) == {"zero", "integers"}


def test_one_example_has_no_sum_over_the_batch():
    W = after_backward(1)
    assert nn.compare_gradients(W.grad, W) == "equal"
    assert names_in(nn.compare_gradients(2 * W.grad, W)) == {"twice"}


def test_the_transpose_of_a_square_matrix():
    W = after_backward(7, shape=(3, 3))
    assert nn.compare_gradients(W.grad.T, W) == "this is the transpose"


def test_a_gradient_of_zero():
    W = after_backward(7)
    W.grad = np.zeros((4, 3))
    assert nn.compare_gradients(np.zeros((4, 3)), W) == "equal"
    assert nn.compare_gradients(G, W) == "not equal: the gradient is zero here"


def test_the_size_of_the_batch_is_that_of_backward():
    W = after_backward(7)
    right = W.grad
    W.graph.Forward(x=np.ones((3, 4)), y=np.ones((3, 3)))  # the gradient is still that of 7
    assert names_in(nn.compare_gradients(7 * right, W)) == {"sum"}


@COURSE
@given(
    B=st.integers(1, 9),
    seed=st.integers(0, 1000),
    shape=st.sampled_from([(1, 1), (1, 4), (4, 1), (3, 3), (4, 3)]),
    rounding=st.floats(-1e-9, 1e-9),
)
def test_a_right_gradient_within_rounding_is_equal(B, seed, shape, rounding):
    W = after_backward(B, seed, shape)
    noise = np.random.default_rng(seed).uniform(-1, 1, size=shape)
    mine = W.grad + rounding * noise * np.abs(W.grad).max()
    assert nn.compare_gradients(mine, W) == "equal"
    assert nn.compare_gradients(np.mean(W.per_example_grad(), axis=0), W) == "equal"


@COURSE
@given(B=st.integers(3, 9), seed=st.integers(0, 1000), factor=st.floats(-50, 50))
def test_a_wrong_factor_is_never_called_equal(B, seed, factor):
    W = after_backward(B, seed)
    answer = nn.compare_gradients(factor * W.grad, W)
    assert (answer == "equal") == (abs(factor - 1) <= 1e-6)
    expected = {"sign": -1, "twice": 2, "half": 0.5, "sum": B, "mean twice": 1 / B}
    for name, slip in expected.items():
        assert (name in names_in(answer)) == (abs(factor - slip) <= 1e-6 * abs(slip))


def test_rtol_is_relative_to_the_largest_entry():
    W = after_backward(7)
    mine = W.grad + 1e-3 * np.abs(W.grad).max() * np.eye(4)[:, :3]
    assert nn.compare_gradients(mine, W).startswith("not equal")
    assert nn.compare_gradients(mine, W, rtol=2e-3) == "equal"


def test_before_backward_and_with_something_else():
    model = nn.two_hidden_layer_network(3, 4, 3, 2)
    with pytest.raises(RuntimeError, match="W1 has no gradient yet: run Forward and Backward"):
        nn.compare_gradients(np.ones((3, 4)), model.W1)
    for other in (np.ones((3, 4)), model.loss, model.x):
        with pytest.raises(TypeError, match="Compare with a parameter, such as W1"):
            nn.compare_gradients(np.ones((3, 4)), other)


def test_a_node_or_one_gradient_for_each_example_is_named():
    model = nn.two_hidden_layer_network(3, 3, 3, 2)
    assigned = model.W1
    assigned.grad = np.ones((3, 3))
    with pytest.raises(RuntimeError, match="has no gradient yet"):
        nn.compare_gradients(np.ones((3, 3)), assigned)
    model.graph.Forward(x=np.ones((4, 3)), y=[0, 1, 0, 1])
    model.graph.Backward(model.loss)
    assert "W1 is a node; its gradient is W1.grad" in nn.compare_gradients(model.W1, model.W1)
    each = model.W1.per_example_grad()
    assert "one gradient for each example" in nn.compare_gradients(each, model.W1)
    assert nn.compare_gradients(each.mean(axis=0), model.W1) == "equal"


def test_several_gradients_at_once_are_not_taken_for_examples():
    model = nn.two_hidden_layer_network(3, 3, 3, 3)
    model.graph.Forward(x=RNG.normal(size=(4, 3)), y=[0, 1, 2, 0])
    model.graph.Backward(model.loss)
    both = (model.W1.grad, model.W2.grad)
    assert nn.compare_gradients(both, model.W1).startswith("2 arrays instead of one")
