"""compare_gradients calls each slip by its own name."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiers import examples, thinned

import course_nn as nn
from course_nn.gradients.digits import side_by_side
from course_nn.gradients.noise import noise_of_gradient

COURSE = settings(derandomize=True, deadline=None, max_examples=examples(40))
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


def test_rtol_is_relative_to_the_largest_entry_of_row_and_column():
    W = after_backward(7)
    size = np.abs(W.grad)
    scale = np.minimum(size.max(axis=0), size.max(axis=1, keepdims=True))
    mine = W.grad + 1e-3 * scale * np.eye(4)[:, :3]
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


# ---------------------------------------------------------------- digits, and float32


def test_beside_the_tolerance_the_digits_that_differ_are_shown():
    W = after_backward(7)
    mine = W.grad * (1 + 3e-6 * np.random.default_rng(0).normal(size=W.grad.shape))
    answer = nn.compare_gradients(mine, W)
    said = re.fullmatch(r"not equal: .* you have (\S+) and the gradient is (\S+)", answer)
    yours, its = said.groups()
    assert yours != its
    place = np.unravel_index(np.abs(mine - W.grad).argmax(), mine.shape)
    assert float(yours) == pytest.approx(mine[place], rel=1e-7)
    assert float(its) == pytest.approx(W.grad[place], rel=1e-7)


@pytest.mark.parametrize(
    ("a", "b", "shown"),
    [
        (0.0341578, 0.5, ("0.0341578", "0.5")),
        (0.034157801, 0.034157802, ("0.034157801", "0.034157802")),
        (1.0, 1.0, ("1", "1")),
        (0.0, 1e-9, ("0", "1e-09")),
        (1e300, -1e300, ("1e+300", "-1e+300")),
        (1.0, 1.0 + 2**-52, ("1", "1.0000000000000002")),
        (float("nan"), 1.0, ("nan", "1")),
    ],
)
def test_two_numbers_side_by_side(a, b, shown):
    assert side_by_side(a, b) == shown


def digits_in_float32(epochs, rows):
    """A network for digits after so many epochs, and its gradients by hand in float32.

    At a learning rate of 0.5 the weights are chaotic, and on some processors so saturated that
    float32 has no digit left.
    """
    data = nn.datasets.digits()
    model = nn.two_hidden_layer_network(64, 32, 16, 10, seed=0)
    nn.train_minibatch(
        model.loss, data, batch_size=32, learning_rate=0.1, epochs=epochs, engine="numpy"
    )
    X, labels = data["x"][rows], data["y"][rows]
    model.graph.Forward(x=X, y=labels)
    model.graph.Backward(model.loss)
    x, one = X.astype(np.float32), np.float32(1)
    W1, W2, W3 = (p.value.astype(np.float32) for p in model.graph.parameters)
    with np.errstate(over="ignore"):  # on some processors; 1 / (1 + infinity) is right
        h1 = one / (one + np.exp(-x @ W1))
        h2 = one / (one + np.exp(-h1 @ W2))
    e = np.exp(h2 @ W3 - (h2 @ W3).max(axis=1, keepdims=True))
    d3 = e / e.sum(axis=1, keepdims=True) - np.eye(10, dtype=np.float32)[labels]
    d2 = d3 @ W3.T * h2 * (1 - h2)
    d1 = d2 @ W2.T * h1 * (1 - h1)
    return model, [a.T @ d / np.float32(len(x)) for a, d in ((x, d1), (h1, d2), (h2, d3))]


@pytest.mark.all
@pytest.mark.parametrize("rows", thinned([slice(0, 32), slice(0, 1), slice(0, None)], 3))
def test_float32_on_trained_digits_is_equal_to_its_digits(rows):
    model, gradients = digits_in_float32(20, rows)
    for p, mine in zip(model.graph.parameters, gradients, strict=True):
        assert mine.dtype == np.float32
        for same in (mine, mine.astype(float), mine.tolist()):
            answer = nn.compare_gradients(same, p)
            assert re.fullmatch(r"equal|equal to [3-7] digits: float32 rounding", answer), answer
        assert not nn.compare_gradients(mine * np.float32(1.01), p).startswith("equal")
        assert not nn.compare_gradients(np.float32(2) * mine, p).startswith("equal")


# ---------------------------------------------------------------- small beside others


def of_sizes(rows, columns, B=9):
    """W of a linear network whose gradient has rows, and columns, of these sizes."""
    rng = np.random.default_rng(0)
    rows, columns = np.array(rows), np.array(columns)
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", len(rows)), nn.Input("y", len(columns))
        W = nn.Parameter("W", np.zeros((len(rows), len(columns))))
        loss = nn.squared_error(nn.matmul(x, W), y, name="loss")
    X, Y = rng.normal(size=(B, len(rows))) * rows, rng.normal(size=(B, len(columns))) * columns
    graph.Forward(x=X, y=Y)
    graph.Backward(loss)
    return W, -X.T @ Y / B


@pytest.mark.parametrize(
    ("size", "rows", "columns", "wrong"),
    thinned(
        [
            ("1e-8", [1, 1e-8, 1], [1, 1], np.s_[1]),
            ("1e-8", [1, 1, 1], [1, 1e-8], np.s_[:, 1]),
            ("1e-8", [1, 1e-8, 1], [1, 1], np.s_[1, 0]),
            ("1e-7", [1, 1e-7, 1], [1, 1], np.s_[1]),
            ("1e-7", [1, 1, 1], [1, 1e-7], np.s_[:, 1]),
            ("1e-7", [1, 1e-4, 1], [1, 1e-3, 1], np.s_[1, 1]),
        ],
        3,
    ),
)
@pytest.mark.parametrize("kind", [float, np.float32])
def test_what_is_small_beside_others_can_be_wrong(size, rows, columns, wrong, kind):
    W, by_hand = of_sizes(rows, columns)
    assert nn.compare_gradients(by_hand, W) == "equal"
    as_float32 = nn.compare_gradients(by_hand.astype(np.float32), W)
    assert re.fullmatch(r"equal|equal to 7 digits: float32 rounding", as_float32)
    for factor in (2, -1, 0, 1.5):
        mine = by_hand.copy()
        mine[wrong] *= factor
        answer = nn.compare_gradients(mine.astype(kind), W)
        assert not answer.startswith("equal")
        if place := re.search(r"at \[(.), (.)\], where", answer):  # and no slip by its name
            off = np.abs(mine - by_hand) > 0
            assert off[tuple(map(int, place.groups()))], "a right entry is blamed"
            measured = "not equal: measured by the largest entry of its row and column"
            assert answer.startswith(("cannot tell" if "1e-8" in size else measured, measured))
    W.graph.SGD(0.1)  # its values are no longer those of Backward
    assert nn.compare_gradients(by_hand, W) == "equal"
    mine = by_hand.copy()
    mine[wrong] *= 2
    assert nn.compare_gradients(mine, W).startswith("not equal")


def test_what_finite_differences_cannot_see_is_not_told():
    W, by_hand = of_sizes([1, 1e-8, 1], [1, 1])
    X, Y = (each.value for each in W.graph.inputs)
    slopes = nn.finite_differences(lambda V: (0.5 * ((X @ V - Y) ** 2).sum(axis=1)).mean(), W.value)
    told = nn.compare_gradients(by_hand * [[1], [1.01], [1]], W)
    assert told.startswith("cannot tell: only entries that are small beside the others differ")
    assert "at [1, " in told and told.endswith("If yours are no differences, it is not equal")
    assert nn.compare_gradients(slopes, W).startswith(("equal", "cannot tell"))
    slopes[1] = by_hand[1]
    assert nn.compare_gradients(slopes, W) == "equal"


@COURSE
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["sigmoid", "tanh", "relu"]),
    st.sampled_from(["squared_error", "cross_entropy"]),
    st.booleans(),
)
def test_sums_in_another_order_are_equal_whatever_the_sizes(seed, activation, loss, mirrored):
    rng = np.random.default_rng(seed)
    D, B = int(rng.integers(1, 6)), int(rng.integers(1, 20))
    model = nn.two_hidden_layer_network(D, 5, 4, 3, activation=activation, loss=loss, seed=seed)
    for W in model.graph.parameters:
        W.value = W.value * 10 ** rng.uniform(-1, 1)
    X = rng.normal(size=(B, D)) * 10 ** rng.uniform(-8, 2, size=D)
    X = np.vstack([X, -X]) if mirrored else X  # sums that cancel
    y = rng.integers(0, 3, size=len(X)) if loss == "cross_entropy" else rng.normal(size=(len(X), 3))
    model.graph.Forward(x=X, y=y)
    model.graph.Backward(model.loss)
    each = [W.per_example_grad() for W in model.graph.parameters]
    for W, grads in zip(model.graph.parameters, each, strict=True):
        total = np.zeros(W.value.shape)
        for grad in grads[rng.permutation(len(grads))]:
            total = total + grad
        assert nn.compare_gradients(total / len(grads), W).startswith("equal")


def test_the_noise_of_a_gradient():
    """Of 1 − 1 + … it is that of the terms, not of the sum."""
    W, by_hand = of_sizes([1, 1e-8, 1], [1, 1])
    before = W.grad, W.value, W.graph.nodes[-1].value
    noise = noise_of_gradient(W)
    after = W.grad, W.value, W.graph.nodes[-1].value
    assert [*map(id, before)] == [*map(id, after)]
    relative = noise / np.abs(by_hand)
    assert ((relative > 1e-17) & (relative < 1e-14)).all()
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        W = nn.Parameter("W", [[0.3]])
        loss = nn.squared_error(nn.matmul(x, W), y)
    graph.Forward(x=[[1.0], [1.0]], y=[[1.3], [-0.7]])
    graph.Backward(loss)
    assert np.abs(W.grad).max() < 1e-15 < 1e4 * noise_of_gradient(W).max() < 1e-11


def test_only_float32_is_excused_by_float32():
    W = after_backward(7)
    noise = np.random.default_rng(0).normal(size=W.grad.shape)
    near = W.grad * (1 + 2e-6 * noise)
    assert nn.compare_gradients(near, W).startswith("not equal")
    assert nn.compare_gradients(near.astype(np.float32), W) == (
        "equal to 6 digits: float32 rounding"
    )
    far = (W.grad * (1 + 2e-3 * noise)).astype(np.float32)
    assert nn.compare_gradients(far, W).startswith("not equal")
    assert nn.compare_gradients(near.T.astype(np.float32), W) == (
        "this is the transpose: (3, 4) instead of (4, 3), and also equal to 6 digits: float32 "
        "rounding"
    )


def test_zero_but_for_rounding_has_no_sign():
    """The gradients of two examples cancel; what is left of them are the last digits."""
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", 3), nn.Input("y", 1)
        W = nn.Parameter("W", [[0.1], [0.2], [0.3]])
        loss = nn.squared_error(nn.matmul(x, W), y)
    X = np.array([[0.1, 0.7, 0.3], [0.1, 0.7, 0.3]])
    target = (X @ W.value)[0, 0]
    graph.Forward(x=X, y=[[target + 0.1], [target - 0.1]])
    graph.Backward(loss)
    assert 0 < np.abs(W.grad).max() < 1e-16
    zero = "equal up to rounding: the gradient is zero but for rounding"
    for mine in (np.zeros((3, 1)), -W.grad, 3 * W.grad):
        assert nn.compare_gradients(mine, W) == zero
    assert nn.compare_gradients(np.full((3, 1), 1e-3), W).startswith("not equal")
    row = after_backward(7)
    assert nn.compare_gradients(-row.grad, row) == "the sign is wrong: minus the gradient"


# ---------------------------------------------------------------- no slip that was not made


def with_bias(B=30, K=3):
    rng = np.random.default_rng(0)
    model = nn.two_hidden_layer_network(3, 4, 3, K, bias=True, loss="squared_error")
    for p in model.graph.parameters:
        p.value = rng.normal(size=p.value.shape)
    model.graph.Forward(x=rng.normal(size=(B, 3)), y=rng.normal(size=(B, K)))
    model.graph.Backward(model.loss)
    return model, {p.name: p for p in model.graph.parameters}


def test_of_a_bias_row_the_missing_sum_is_named():
    model, p = with_bias()
    delta = model.output.grad
    missing = "not yet the gradient of b3: the sum over the rows, the examples, is missing"
    where = "the wrong shape: (30, 3) instead of (1, 3): this is δ3"
    assert nn.compare_gradients(delta, p["b3"]) == f"{where}, {missing}"
    assert nn.compare_gradients(delta / 30, p["b3"]) == f"{where} divided by 30, {missing}"
    answer = nn.compare_gradients(delta.sum(axis=0), p["b3"])
    assert "they need two axes, and also 30 times the gradient: the sum over the batch" in answer


@pytest.mark.parametrize("factor", [1 / 30, 30.0, -1.0, 2.0, 0.5])
@pytest.mark.long
def test_a_factor_of_what_is_no_gradient_is_no_slip_in_the_mean(factor):
    """Nobody has taken the mean of weights, or of δ, twice."""
    model, p = with_bias()
    each = model.graph.parameters[0].per_example_grad()
    for parameter in p.values():
        nodes = [node for node in model.graph.nodes if node.width]
        for other in (*(p[name].value for name in p), *(node.grad for node in nodes)):
            answer = nn.compare_gradients(factor * other, parameter)
            if np.shape(other) != parameter.grad.shape or other is parameter.value:
                for words in ("taken twice", "the sum over the batch", "a factor", "the sign"):
                    assert words not in answer, answer
    answer = nn.compare_gradients(factor * each.mean(axis=1), p["W1"])
    assert "taken twice" not in answer and "sum over the batch" not in answer


def test_with_one_output_there_is_no_mean_over_outputs():
    _, p = with_bias(B=5, K=1)
    assert names_in(nn.compare_gradients(2 * p["W3"].grad, p["W3"])) == {"twice"}
    assert "outputs" not in nn.compare_gradients(2 * p["W3"].grad, p["W3"])


def test_one_gradient_for_each_example_is_said_only_of_gradients():
    _, p = with_bias()
    W = p["W1"]
    each = W.per_example_grad()
    first = "one gradient for each example, shape (30, 3, 4):"
    average = f"{first} average over the first axis, the examples"
    assert nn.compare_gradients(each, W) == average
    assert nn.compare_gradients(2 * each, W).startswith(f"{average}; averaged, it is twice")
    assert nn.compare_gradients(each / 30, W) == (
        f"{first} divided by 30 already, so add up over the first axis, the examples"
    )
    answer = nn.compare_gradients(RNG.normal(size=each.shape), W)
    assert answer.startswith("the wrong shape: (30, 3, 4) instead of (3, 4), the shape of the")
    assert "averaged over the first axis, it is not equal" in answer


def test_what_is_missing_or_masked_is_no_gradient():
    W = after_backward(3)
    nothing = nn.compare_gradients(None, W)
    assert nothing == "not an array of numbers: it is None. Is a `return` missing?"
    masked = np.ma.array(W.grad, mask=W.grad > 0)
    for mine in (masked, [*masked], list(map(list, masked)), [[*W.grad[:-1], masked[-1]]][0]):
        answer = nn.compare_gradients(mine, W)
        assert answer == "not an array of numbers: some of its entries are masked"
    assert nn.compare_gradients(np.ma.array(W.grad), W) == "equal"


@pytest.mark.parametrize("rtol", [-1.0, float("nan"), float("inf"), "1e-6", True])
def test_a_tolerance_is_a_number(rtol):
    with pytest.raises((TypeError, ValueError), match="rtol must be"):
        nn.compare_gradients(np.ones((4, 3)), after_backward(3), rtol=rtol)


@pytest.mark.parametrize(
    ("grad", "came"),
    [
        (np.ones((4, 3)).tolist(), "got list."),
        (np.ones((4, 3), dtype=np.float32), "got float32 of shape"),
        (np.ma.ones((4, 3)), "got MaskedArray of float64 of shape"),
        (np.ones((4, 1)), r"got float64 of shape \(4, 1\)"),
    ],
)
def test_a_gradient_put_there_by_hand_is_looked_at(grad, came):
    W = after_backward(3)
    W.grad = grad
    with pytest.raises(ValueError, match=rf"W1\.grad must be a float64 array.*{came}"):
        nn.compare_gradients(np.ones((4, 3)), W)


def test_float16_cannot_tell():
    """Its three digits agree; a slip of a factor (B − 1) / B would look the same."""
    model, gradients = digits_in_float32(1, slice(0, 200))
    for mine, p in zip(gradients, model.graph.parameters, strict=True):
        answer = nn.compare_gradients(p.grad.astype(np.float16), p)
        assert answer.startswith("cannot tell: yours is an array of float16"), answer
        assert nn.compare_gradients((1.02 * mine).astype(np.float16), p).startswith("not equal")
        rounded = p.grad.astype(np.float16).astype(float)  # float64 is not forgiven its digits
        assert nn.compare_gradients(rounded, p).startswith("not equal")


def test_a_gradient_of_before_is_told_as_such():
    model = nn.two_hidden_layer_network(3, 4, 3, 2)
    batches = [{"x": np.eye(3) * (i + 1), "y": [0, 1, 1]} for i in range(2)]
    right = []
    for batch in reversed(batches):
        model.graph.Forward(**batch)
        model.graph.Backward(model.loss)
        right.append(model.W3.grad)
    words = "inputs or weights were set since"
    assert words not in nn.compare_gradients(right[0], model.W3)
    model.graph.Forward(**batches[1])
    assert words in nn.compare_gradients(right[0], model.W3)
    assert nn.compare_gradients(right[1], model.W3) == "equal"
    model.graph.Backward(model.loss)
    assert nn.compare_gradients(right[0], model.W3) == "equal"
    model.graph.SGD(0.1)
    assert words in nn.compare_gradients(right[1], model.W3)
