"""compare_gradients names each slip that is planted here by plain NumPy, and invents none.

`Hand` is the derivation on paper, written out once more: it knows nothing of the graph, and each
slip is one of its lines written wrongly.
"""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import SEEDS, assert_unchanged, cases, make_case, refused, state
from tiers import examples, thinned

import course_nn as nn
from course_nn.gradients import replay

F = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh}
SLOPE = {
    "sigmoid": lambda z: F["sigmoid"](z) * F["sigmoid"](-z),
    "tanh": lambda z: np.cosh(z) ** -2.0,
}


class Hand:
    """Forward and backward of two hidden layers in plain NumPy."""

    def __init__(self, x, y, W1, W2, W3, activation, loss):
        self.x, self.y, self.W1, self.W2, self.W3 = x, y, W1, W2, W3
        self.B, self.f, self.slope, self.loss = len(x), F[activation], SLOPE[activation], loss
        self.z1 = x @ W1
        self.h1 = self.f(self.z1)
        self.z2 = self.h1 @ W2
        self.h2 = self.f(self.z2)
        self.z3 = self.h2 @ W3
        if loss == "cross_entropy":
            e = np.exp(self.z3)
            self.p = e / e.sum(axis=1, keepdims=True)
            self.onehot = np.eye(self.z3.shape[1])[y]
            self.d3 = self.p - self.onehot
        else:
            self.d3 = self.z3 - y
        self.s1, self.s2 = self.slope(self.z1), self.slope(self.z2)
        self.d2 = self.d3 @ W3.T * self.s2
        self.d1 = self.d2 @ W2.T * self.s1

    def back(self, d3=None, s2=None, s1=None, W3=None, W2=None):
        """The three gradients, if some of these are not what they should be."""
        d3 = self.d3 if d3 is None else d3
        d2 = d3 @ (self.W3 if W3 is None else W3).T * (self.s2 if s2 is None else s2)
        d1 = d2 @ (self.W2 if W2 is None else W2).T * (self.s1 if s1 is None else s1)
        return {"W3": self.h2.T @ d3, "W2": self.h1.T @ d2, "W1": self.x.T @ d1}

    def mean(self, name, **wrong):
        return self.back(**wrong)[name] / self.B

    def each(self, name):
        """The gradients of the examples, (B, rows, columns)."""
        a, d = {"W3": (self.h2, self.d3), "W2": (self.h1, self.d2), "W1": (self.x, self.d1)}[name]
        return np.einsum("bi,bj->bij", a, d)

    def shuffled(self, order):
        """The same with the rows of y in another order."""
        activation = "tanh" if self.f is np.tanh else "sigmoid"
        return Hand(self.x, self.y[order], self.W1, self.W2, self.W3, activation, self.loss)

    @property
    def tanh(self):
        return self.f is np.tanh


def planted(sizes, B, activation, loss, seed=0):
    """A network after Forward and Backward, and its derivation by hand."""
    case = make_case(seed, sizes, B, activation, loss)
    case.run()
    weights = [np.array(p.value) for p in case.graph.parameters]
    return case, Hand(case.x, case.y, *weights, activation, loss)


def eta_step(hand, eta, name):
    return getattr(hand, name) - eta * hand.mean(name)


def in_turn(hand, eta):
    """W3 and then W2 updated as soon as their gradients are there; the gradient of W1."""
    W3 = hand.W3 - eta * hand.h2.T @ hand.d3 / hand.B
    d2 = hand.d3 @ W3.T * hand.s2
    W2 = hand.W2 - eta * hand.h1.T @ d2 / hand.B
    return hand.x.T @ (d2 @ W2.T * hand.s1) / hand.B


def at_z(hand, z):
    return 1 - z**2 if hand.tanh else z * (1 - z)


def of_the_other(hand, h):
    return h * (1 - h) if hand.tanh else 1 - h**2


RATE = "already updated (with learning rate 0.1)"

# (name that is wanted, parameter, what comes out); what does not fit by its shape does not count
PLANTED = [
    ("the sign is wrong", "W1", lambda n: -n.mean("W1")),
    ("twice the gradient", "W2", lambda n: n.mean("W2", d3=2 * n.d3)),
    ("half the gradient", "W3", lambda n: n.mean("W3") / 2),
    ("the sum over the batch", "W2", lambda n: n.back()["W2"]),
    ("the mean over the batch was taken twice", "W2", lambda n: n.mean("W2") / n.B),
    ("this is the transpose", "W3", lambda n: n.d3.T @ n.h2 / n.B),
    ("this is the transpose", "W1", lambda n: n.d1.T @ n.x / n.B),
    ("the derivative of the activation h2 is missing", "W2", lambda n: n.mean("W2", s2=1)),
    ("the derivative of the activation h2 is missing", "W1", lambda n: n.mean("W1", s2=1)),
    ("the derivative of the activation h1 is missing", "W1", lambda n: n.mean("W1", s1=1)),
    (
        "the derivative of the activations h1 and h2 is missing",
        "W1",
        lambda n: n.mean("W1", s1=1, s2=1),
    ),
    ("h2 is computed from z2 instead of h2", "W2", lambda n: n.mean("W2", s2=at_z(n, n.z2))),
    ("h1 is computed from z1 instead of h1", "W1", lambda n: n.mean("W1", s1=at_z(n, n.z1))),
    ("h2 is computed from z2 instead of h2", "W1", lambda n: n.mean("W1", s2=at_z(n, n.z2))),
    (
        "the derivative of the activations h1 and h2 is computed from z instead of h",
        "W1",
        lambda n: n.mean("W1", s1=at_z(n, n.z1), s2=at_z(n, n.z2)),
    ),
    ("h2 is taken at h2 instead of z2", "W2", lambda n: n.mean("W2", s2=n.slope(n.h2))),
    ("h1 is taken at h1 instead of z1", "W1", lambda n: n.mean("W1", s1=n.slope(n.h1))),
    (
        "the derivative of the activations h1 and h2 is taken at h instead of z",
        "W1",
        lambda n: n.mean("W1", s1=n.slope(n.h1), s2=n.slope(n.h2)),
    ),
    (
        "the derivative of the activation h2 is that of",
        "W2",
        lambda n: n.mean("W2", s2=of_the_other(n, n.h2)),
    ),
    ("is multiplied as a matrix", "W2", lambda n: n.h1.T @ (n.d3 @ n.W3.T @ n.s2) / n.B),
    ("W3 was " + RATE, "W2", lambda n: n.mean("W2", W3=eta_step(n, 0.1, "W3"))),
    ("W3 was " + RATE, "W1", lambda n: n.mean("W1", W3=eta_step(n, 0.1, "W3"))),
    ("W2 was " + RATE, "W1", lambda n: n.mean("W1", W2=eta_step(n, 0.1, "W2"))),
    ("W3 and W2 were " + RATE, "W1", lambda n: in_turn(n, 0.1)),
    (
        "W3 and W2 were " + RATE,
        "W1",
        lambda n: n.mean("W1", W3=eta_step(n, 0.1, "W3"), W2=eta_step(n, 0.1, "W2")),
    ),
    ("W3 is not transposed on the way back", "W2", lambda n: n.mean("W2", W3=n.W3.T)),
    ("W2 is not transposed on the way back", "W1", lambda n: n.mean("W1", W2=n.W2.T)),
    (
        "W is not transposed on the way back: δ W instead of δ Wᵀ, at W3 and W2",
        "W1",
        lambda n: n.mean("W1", W3=n.W3.T, W2=n.W2.T),
    ),
    ("W3 is missing on the way back", "W2", lambda n: n.h1.T @ (n.d3 * n.s2) / n.B),
    ("δ3 * W3ᵀ instead of δ3 @ W3ᵀ", "W2", lambda n: n.h1.T @ (n.d3 * n.W3.T * n.s2) / n.B),
    ("δ2 * W2 instead of δ2 @ W2ᵀ", "W1", lambda n: n.x.T @ (n.d2 * n.W2 * n.s1) / n.B),
    ("h2 * δ3 instead of h2ᵀ @ δ3", "W3", lambda n: n.h2 * n.d3 / n.B),
    ("h1 * δ2 instead of h1ᵀ @ δ2", "W2", lambda n: n.h1 * n.d2 / n.B),
    ("x * δ1 instead of xᵀ @ δ1", "W1", lambda n: n.x * n.d1 / n.B),
    ("h1ᵀ * δ2 instead of h1ᵀ @ δ2", "W2", lambda n: n.h1.T * n.d2 / n.B),
    (
        "element-wise products instead of all matrix products",
        "W2",
        lambda n: n.h1.T * (n.d3 * n.W3.T * n.s2) / n.B,
    ),
    ("z2 in the place of h2", "W3", lambda n: n.z2.T @ n.d3 / n.B),
    ("z1 in the place of h1", "W2", lambda n: n.z1.T @ n.d2 / n.B),
    ("h1 in the place of h2", "W3", lambda n: n.h1.T @ n.d3 / n.B),
    ("δ3 in the place of δ2", "W2", lambda n: n.h1.T @ n.d3 / n.B),
    ("this is the gradient of W2", "W3", lambda n: n.mean("W2")),
    ("this is the gradient of W1", "W3", lambda n: n.mean("W1")),
    (
        "only output 0 of 0..",
        "W1",
        lambda n: n.mean("W1", d3=n.d3 * (np.arange(n.d3.shape[1]) == 0)),
    ),
    ("axis 1, the rows of the weights", "W2", lambda n: n.each("W2").mean(axis=1)),
    ("axis 2, the columns of the weights", "W2", lambda n: n.each("W2").mean(axis=2)),
    ("the sum over the rows of the gradient", "W1", lambda n: n.mean("W1").sum(axis=0)),
    ("the mean over the columns", "W1", lambda n: n.mean("W1").mean(axis=1, keepdims=True)),
    ("all entries of all examples", "W2", lambda n: n.each("W2").mean()),
    ("they need two axes", "W1", lambda n: n.mean("W1").ravel()),
    ("these are the weights W1", "W1", lambda n: n.W1),
    (
        "these are the updated weights, W2 − 0.1 times the gradient",
        "W2",
        lambda n: n.W2 - 0.1 * n.mean("W2"),
    ),
    ("this is δ2, not yet the gradient", "W2", lambda n: n.d2),
    ("0.3 times the gradient", "W1", lambda n: 0.3 * n.mean("W1")),
]
IN_A_BATCH_OF_5 = [
    ("only the first of the", "W2", lambda n: n.each("W2")[0]),
    ("only the last of the", "W2", lambda n: n.each("W2")[-1]),
    ("only the first 3 of the 5 examples are in it", "W1", lambda n: n.each("W1")[:3].mean(axis=0)),
    (
        "only the first 4 of the 5 examples are in it, divided by 5",
        "W2",
        lambda n: n.each("W2")[:4].sum(axis=0) / 5,
    ),
    (
        "only the first 4 of the 5 examples are in it, added up",
        "W2",
        lambda n: n.each("W2")[:4].sum(axis=0),
    ),
    ("only the last 2 of the 5 examples are in it", "W3", lambda n: n.each("W3")[3:].mean(axis=0)),
    ("only row 2 of the 5 examples is in it", "W3", lambda n: n.each("W3")[2]),
    (
        "the rows of x and y are not kept together",
        "W2",
        lambda n: n.shuffled(np.s_[::-1]).mean("W2"),
    ),
    (
        "the rows of x and y are not kept together",
        "W1",
        lambda n: n.shuffled([1, 2, 3, 4, 0]).mean("W1"),
    ),
    (
        "the rows of x and y are not kept together",
        "W3",
        lambda n: n.shuffled([0, 3, 2, 1, 4]).mean("W3"),
    ),
]
OF_ONE_LOSS = {
    "cross_entropy": [
        (
            "the softmax is missing: δ3 = z3 − onehot(y)",
            "W2",
            lambda n: n.mean("W2", d3=n.z3 - n.onehot),
        ),
        ("onehot(y) is missing: δ3 = softmax(z3)", "W3", lambda n: n.mean("W3", d3=n.p)),
        (
            "the softmax was taken over the examples",
            "W3",
            lambda n: n.mean("W3", d3=np.exp(n.z3) / np.exp(n.z3).sum(axis=0) - n.onehot),
        ),
        (
            "the softmax was taken over all examples together",
            "W1",
            lambda n: n.mean("W1", d3=np.exp(n.z3) / np.exp(n.z3).sum() - n.onehot),
        ),
        ("the sign is wrong", "W2", lambda n: n.mean("W2", d3=n.onehot - n.p)),
    ],
    "squared_error": [
        ("y is missing: δ3 = z3", "W2", lambda n: n.mean("W2", d3=n.z3)),
        ("the square, not its derivative", "W3", lambda n: n.mean("W3", d3=n.d3**2)),
        ("the loss, not its derivative", "W1", lambda n: n.mean("W1", d3=n.d3**2 / 2)),
        ("outputs, not their sum", "W1", lambda n: n.mean("W1", d3=n.d3 / n.d3.shape[1])),
        ("and without the ½", "W1", lambda n: n.mean("W1", d3=2 * n.d3 / n.d3.shape[1])),
        ("the sign is wrong", "W2", lambda n: n.mean("W2", d3=n.y - n.z3)),
    ],
}
KINDS = [(f, loss) for f in ("sigmoid", "tanh") for loss in ("squared_error", "cross_entropy")]
NETWORKS = [
    *[((2, 3, 2, 2), 1, *kind) for kind in KINDS],
    *[((2, 4, 3, 3), 5, *kind) for kind in KINDS],
    *[((5, 5, 5, 5), 5, *kind) for kind in KINDS],
    ((3, 3, 3, 3), 1, "sigmoid", "squared_error"),
    ((3, 3, 3, 3), 1, "tanh", "cross_entropy"),
]
# Names that may stand beside the wanted one, because both give the same numbers on these data.
ALIKE = [
    {"half the gradient", "outputs, not their sum"},  # two outputs
    {"the mean over the batch was taken twice", "outputs, not their sum"},  # as many as examples
    {"the sum over the batch", "Backward without reset"},  # five examples, W2
    {"axis 1, the rows of the weights", "the mean over the rows"},  # one example
]


def slips_for(B, loss):
    return PLANTED + OF_ONE_LOSS[loss] + (IN_A_BATCH_OF_5 if B == 5 else [])


@pytest.mark.parametrize(
    "sizes, B, activation, loss",
    thinned(NETWORKS, 8),
)
def test_each_planted_slip_is_named_and_no_other(sizes, B, activation, loss):
    case, hand = planted(sizes, B, activation, loss)
    before = state(case.graph)
    named = 0
    for wanted, name, slip in slips_for(B, loss):
        try:
            mine = slip(hand)
        except ValueError:  # NumPy itself notices this slip, by the shapes
            continue
        parameter = getattr(case.model, name)
        answer = nn.compare_gradients(mine, parameter)
        if np.shape(mine) == parameter.grad.shape and np.allclose(mine, parameter.grad):
            assert answer == "equal", (wanted, answer)  # no slip on these data
            continue
        allowed = {wanted}.union(*(pair for pair in ALIKE if wanted in pair))
        assert wanted in answer, (name, answer)
        for each in answer.split("; or "):
            assert any(words in each for words in allowed), (wanted, name, answer)
        named += 1
    assert named > 35
    assert_unchanged(case.graph, before)


def test_each_slip_was_planted_somewhere():
    """So that no slip of the tables is left out everywhere, by its shape."""
    found = set()
    for sizes, B, activation, loss in NETWORKS:
        _, hand = planted(sizes, B, activation, loss)
        for wanted, name, slip in slips_for(B, loss):
            try:
                mine = slip(hand)
            except ValueError:
                continue
            right = hand.mean(name)
            if np.shape(mine) != right.shape or not np.allclose(mine, right):
                found.add(wanted)
    tables = [PLANTED, IN_A_BATCH_OF_5, *OF_ONE_LOSS.values()]
    assert found == {wanted for table in tables for wanted, _, _ in table}


# ---------------------------------------------------------------- nothing is invented


def says_nothing(answer):
    """No slip is named: only where the difference is, or which shape is wrong."""
    return (
        answer.startswith("not equal")
        or "transposed, it is not equal" in answer
        or answer.endswith("the shape of the weights")
    )


@given(case=cases())
def test_a_right_gradient_is_never_called_wrong(case):
    case.run()
    rng = np.random.default_rng(0)
    for p in case.graph.parameters:
        rounding = 1e-12 * np.abs(p.grad).max() * rng.normal(size=p.grad.shape)
        for right in (p.grad, p.grad + rounding, p.per_example_grad().mean(axis=0)):
            assert nn.compare_gradients(right, p) == "equal"


@settings(max_examples=examples(20))
@given(case=cases(), seed=SEEDS, size=st.sampled_from([1e-3, 1.0, 1e3]))
@pytest.mark.long
def test_a_random_array_has_no_name(case, seed, size):
    case.run()
    rng = np.random.default_rng([7, seed])  # not the numbers of the weights
    for p in case.graph.parameters:
        rows, columns = p.grad.shape
        for shape in ((rows, columns), (columns, rows), (len(case.x), columns), (columns,)):
            answer = nn.compare_gradients(size * rng.normal(size=shape), p)
            assert says_nothing(answer), answer


@pytest.mark.long
@settings(max_examples=examples(20))
@given(case=cases(), seed=SEEDS, size=st.sampled_from([2e-6, 1e-5, 1e-4, 1e-2, 1.0]))
def test_a_right_gradient_with_noise_has_no_name(case, seed, size):
    case.run()
    rng = np.random.default_rng([7, seed])  # not the numbers of the weights
    for p in case.graph.parameters:
        scale = size * np.abs(p.grad).max()
        everywhere = p.grad + scale * rng.uniform(1, 2, size=p.grad.shape)
        one_entry = p.grad.copy()
        one_entry[-1, 0] += 1.7 * scale
        near_the_weights = p.value + size * rng.uniform(1, 2, size=p.grad.shape)
        for mine in (everywhere, one_entry, near_the_weights):
            answer = nn.compare_gradients(mine, p)
            assert says_nothing(answer) or (scale == 0 and answer == "equal"), answer


@given(case=cases(), seed=SEEDS)
@pytest.mark.long
def test_a_product_with_a_random_delta_has_no_name(case, seed):
    """It has the form of a gradient. With one unit it may be a multiple of it, which is said."""
    case.run()
    rng = np.random.default_rng([7, seed])  # not the numbers of the weights
    nodes = {node.name: node for node in [*case.graph.inputs, *case.graph.nodes]}
    for name, came_in in (("W1", "x"), ("W2", "h1"), ("W3", "h2")):
        p = getattr(case.model, name)
        delta = rng.normal(size=(len(case.x), p.grad.shape[1]))
        wrong = nodes[came_in].value.T @ delta
        answer = nn.compare_gradients(wrong, p)
        multiple = re.fullmatch(r"-?[\d.e-]+ times the gradient", answer)
        assert says_nothing(answer) or multiple or not wrong.any(), answer


def test_one_or_two_entries_must_agree_more_closely():
    for sizes, named in (((1, 1, 2, 2), False), ((1, 3, 2, 2), True)):
        case, hand = planted(sizes, 5, "sigmoid", "cross_entropy")
        answer = nn.compare_gradients(hand.mean("W1", s1=1) * (1 + 1e-7), case.model.W1)
        assert ("h1 is missing" in answer) == named
        assert "h1 is missing" in nn.compare_gradients(hand.mean("W1", s1=1), case.model.W1)


def test_close_to_the_right_gradient_a_slip_must_agree_more_closely():
    """Two examples whose answers are nearly the same: exchanging them changes very little."""
    case, _ = planted((2, 4, 3, 3), 2, "sigmoid", "squared_error")
    Y = np.stack([case.y[0], case.y[0] + 1e-5])
    W = case.model.W2
    case.run(y=Y[::-1])
    exchanged = W.grad
    case.run(y=Y)
    change = exchanged - W.grad
    assert 1e-6 < np.abs(change).max() / np.abs(W.grad).max() < 1e-4
    answer = nn.compare_gradients(exchanged, W)
    assert answer == "the rows of x and y are not kept together"
    near = exchanged + 0.5e-6 * np.abs(exchanged).max() * np.sign(change)
    assert says_nothing(nn.compare_gradients(near, W))


def test_close_to_the_weights_an_update_must_agree_more_closely():
    case, hand = planted((2, 4, 3, 3), 5, "sigmoid", "squared_error")
    W, largest = case.model.W2, np.abs(hand.W2).max()
    step = 2e-6 * largest * hand.mean("W2") / np.abs(hand.mean("W2")).max()
    assert "these are the updated weights" in nn.compare_gradients(hand.W2 - step, W)
    noise = 0.5e-6 * largest * np.sign(np.random.default_rng(0).normal(size=(4, 3)))
    assert says_nothing(nn.compare_gradients(hand.W2 - step + noise, W))


def test_nothing_is_fitted_to_one_or_two_entries():
    for sizes in ((1, 1, 1, 1), (1, 2, 1, 2)):
        case, hand = planted(sizes, 1, "sigmoid", "squared_error", seed=3)
        for p in case.graph.parameters:
            for wrong in (1.37 * p.grad, p.value - 0.1 * p.grad):
                assert says_nothing(nn.compare_gradients(wrong, p))
        wrong = hand.mean("W2", W3=eta_step(hand, 0.1, "W3"))
        assert says_nothing(nn.compare_gradients(wrong, case.model.W2))


def test_a_common_factor_is_not_explained_by_a_learning_rate():
    """With one unit and one example, W3 updated too early only makes the gradient of W2 smaller."""
    case, hand = planted((2, 4, 1, 3), 1, "sigmoid", "squared_error")
    wrong = hand.mean("W2", W3=eta_step(hand, 0.1, "W3"))
    factor = wrong[0, 0] / hand.mean("W2")[0, 0]
    assert nn.compare_gradients(wrong, case.model.W2) == f"{factor:.7g} times the gradient"


# ---------------------------------------------------------------- learning rates


@pytest.mark.parametrize("eta", [0.001, 0.01, 0.5, 3.0])
@pytest.mark.parametrize("B", [1, 5])
def test_the_learning_rate_of_an_early_update_is_found(eta, B):
    case, hand = planted((2, 4, 3, 3), B, "sigmoid", "cross_entropy")
    wrong = hand.mean("W2", W3=eta_step(hand, eta, "W3"))
    assert nn.compare_gradients(wrong, case.model.W2) == (
        f"W3 was already updated (with learning rate {eta:.4g}): δ3 must go back through the W3 of "
        "the forward pass"
    )
    assert nn.compare_gradients(in_turn(hand, eta), case.model.W1) == (
        f"W3 and W2 were already updated (with learning rate {eta:.4g}): δ3 and δ2 must go back "
        "through the W3 and W2 of the forward pass"
    )
    uphill = hand.mean("W2", W3=eta_step(hand, -eta, "W3"))
    assert says_nothing(nn.compare_gradients(uphill, case.model.W2))


def test_updated_weights_are_no_gradient():
    case, hand = planted((2, 4, 3, 3), 5, "tanh", "squared_error")
    W = case.model.W2
    assert nn.compare_gradients(W.value, W) == "these are the weights W2, not the gradient"
    assert nn.compare_gradients(hand.W2 - 0.05 * hand.mean("W2"), W) == (
        "these are the updated weights, W2 − 0.05 times the gradient, not the gradient"
    )
    assert says_nothing(nn.compare_gradients(hand.W2 + 0.05 * hand.mean("W2"), W))
    case.graph.SGD(0.05)
    assert nn.compare_gradients(W.value, W) == "these are the weights W2, not the gradient"


# ---------------------------------------------------------------- reset, and adding up


def backward_twice(hand, averaged_each_time):
    """Backward of lesson 07 run twice without a reset, for any number of examples."""
    old = dict.fromkeys(("d3", "e2", "d2", "e1", "d1", "W3", "W2", "W1"), 0.0)
    for _ in range(2):
        new = {"d3": old["d3"] + hand.d3}
        new["W3"] = old["W3"] + hand.h2.T @ new["d3"]
        new["e2"] = old["e2"] + new["d3"] @ hand.W3.T
        new["d2"] = old["d2"] + new["e2"] * hand.s2
        new["W2"] = old["W2"] + hand.h1.T @ new["d2"]
        new["e1"] = old["e1"] + new["d2"] @ hand.W2.T
        new["d1"] = old["d1"] + new["e1"] * hand.s1
        new["W1"] = old["W1"] + hand.x.T @ new["d1"]
        if averaged_each_time:
            new |= {name: new[name] / hand.B for name in ("W1", "W2", "W3")}
        old = new
    divide_by = 1 if averaged_each_time else hand.B
    return {name: old[name] / divide_by for name in ("W1", "W2", "W3")}


@pytest.mark.parametrize("B", [1, 6])
@pytest.mark.parametrize("averaged_each_time", [False, True])
def test_backward_without_reset(B, averaged_each_time):
    case, hand = planted((2, 4, 3, 3), B, "sigmoid", "cross_entropy")
    twice = backward_twice(hand, averaged_each_time)
    for name, times in (("W3", 3), ("W2", 5), ("W1", 7)):
        if not averaged_each_time:
            np.testing.assert_allclose(twice[name], times * hand.mean(name))
        answer = nn.compare_gradients(twice[name], getattr(case.model, name))
        assert answer == (
            "Backward without reset: the nodes passed on their old gradients once more"
        )


def test_with_the_gradient_from_before_old_plus_new_is_recognised():
    case, _ = planted((2, 4, 3, 3), 5, "sigmoid", "cross_entropy")
    W, old = case.model.W2, np.random.default_rng(1).normal(size=(4, 3))
    assert nn.compare_gradients(old + W.grad, W, before=old) == (
        "not reset: the gradient from before plus the new one"
    )
    assert nn.compare_gradients(old, W, before=old) == "this is still the gradient from before"
    assert says_nothing(nn.compare_gradients(old + W.grad, W))
    assert nn.compare_gradients(W.grad, W, before=old) == "equal"
    answer = nn.compare_gradients(2 * W.grad, W, before=W.grad)  # the same batch: both fit
    assert "a factor 2" in answer and "not reset: the gradient from before plus" in answer
    with refused(ValueError, "before", "(4, 3)", "(3, 4)", unchanged=case.graph):
        nn.compare_gradients(W.grad, W, before=old.T)
    with refused(TypeError, "before", "numbers", unchanged=case.graph):
        nn.compare_gradients(W.grad, W, before="old")


def test_a_parameter_used_twice_and_overwritten():
    rng = np.random.default_rng(2)
    X, Y, w = rng.normal(size=(5, 3)), rng.normal(size=(5, 3)), rng.normal(size=(3, 3))
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", 3), nn.Input("y", 3)
        W = nn.Parameter("W", w)
        h1 = nn.tanh(nn.matmul(x, W, name="z1"), name="h1")
        loss = nn.squared_error(nn.matmul(h1, W, name="z2"), y, name="loss")
    graph.Forward(x=X, y=Y)
    graph.Backward(loss)
    h = np.tanh(X @ w)
    d2 = h @ w - Y
    second, first = h.T @ d2 / 5, X.T @ (d2 @ w.T * (1 - h**2)) / 5
    assert nn.compare_gradients(first + second, W) == "equal"
    name = "W.grad is overwritten where it should add up: only the part from"
    assert nn.compare_gradients(first, W) == f"{name} z1 is left"
    assert nn.compare_gradients(second, W) == f"{name} z2 is left"
    without_slope = second + X.T @ (d2 @ w.T) / 5
    assert "activation h1 is missing" in nn.compare_gradients(without_slope, W)


def test_a_node_used_twice_and_overwritten():
    """A skip connection, z2 = h1 W2 + h1."""
    rng = np.random.default_rng(2)
    X, Y = rng.normal(size=(5, 2)), rng.normal(size=(5, 3))
    w1, w2 = rng.normal(size=(2, 3)), rng.normal(size=(3, 3))
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", 2), nn.Input("y", 3)
        W1, W2 = nn.Parameter("W1", w1), nn.Parameter("W2", w2)
        h1 = nn.sigmoid(nn.matmul(x, W1, name="z1"), name="h1")
        product = nn.matmul(h1, W2, name="p")
        loss = nn.squared_error(nn.add(product, h1, name="z2"), y, name="loss")
    graph.Forward(x=X, y=Y)
    graph.Backward(loss)
    h = 1 / (1 + np.exp(-X @ w1))
    d2 = h @ w2 + h - Y
    through_p, past_p = (X.T @ (e * h * (1 - h)) / 5 for e in (d2 @ w2.T, d2))
    assert nn.compare_gradients(through_p + past_p, W1) == "equal"
    name = "h1.grad is overwritten where it should add up: only the part from"
    assert nn.compare_gradients(through_p, W1) == f"{name} p is left"
    assert nn.compare_gradients(past_p, W1) == f"{name} z2 is left"


def test_several_nodes_overwritten():
    """Two skip connections: z2 = h1 W2 + h1, and z3 = z2 W3 + z2. The products come last."""
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(5, 2)), rng.normal(size=(5, 3))
    w1, w2, w3 = (rng.normal(size=shape) for shape in ((2, 3), (3, 3), (3, 3)))
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", 2), nn.Input("y", 3)
        W1, W2, W3 = (nn.Parameter(f"W{i}", w) for i, w in enumerate((w1, w2, w3), start=1))
        h1 = nn.tanh(nn.matmul(x, W1, name="z1"), name="h1")
        z2 = nn.add(nn.matmul(h1, W2, name="p2"), h1, name="z2")
        z3 = nn.add(nn.matmul(z2, W3, name="p3"), z2, name="z3")
        loss = nn.squared_error(z3, y, name="loss")
    graph.Forward(x=X, y=Y)
    graph.Backward(loss)
    h = np.tanh(X @ w1)
    d3 = (h @ w2 + h) @ (w3 + np.eye(3)) - Y
    answer = nn.compare_gradients(X.T @ (d3 @ w3.T @ w2.T * (1 - h**2)) / 5, W1)
    assert answer == "z2.grad and h1.grad are overwritten where they should add up"


def test_slips_in_the_same_node_are_named_together():
    """b = a + a, without a loss of its own: what is overwritten is also half of the gradient."""
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", 2), nn.Input("y", 3)
        W = nn.Parameter("W", np.random.default_rng(3).normal(size=(2, 3)))
        a = nn.matmul(x, W, name="a")
        loss = nn.squared_error(nn.add(a, a, name="b"), y, name="loss")
    graph.Forward(x=[[1.0, 2.0]], y=[[0.5, 0.1, -1.0]])
    graph.Backward(loss)
    half = nn.compare_gradients(W.grad / 2, W).split("; or ")
    assert half[0] == "half the gradient: a factor ½"
    assert "a.grad is overwritten where it should add up: only the part from b is left" in half


# ---------------------------------------------------------------- two slips


def test_two_slips_that_give_the_same_numbers_are_both_named():
    case, hand = planted((2, 4, 3, 3), 3, "sigmoid", "cross_entropy")
    answer = nn.compare_gradients(hand.back()["W3"], case.model.W3)  # 3 examples, and 3 times
    assert "the sum over the batch" in answer and "Backward without reset" in answer
    assert len(answer.split("; or ")) == 2


def test_a_slip_that_changes_nothing_on_these_data_is_not_claimed():
    model = nn.two_hidden_layer_network(2, 3, 3, 2, loss="squared_error", activation="relu")
    for p in model.graph.parameters:
        p.value = np.abs(p.value)
    model.graph.Forward(x=[[1.0, 2.0]], y=[[0.0, 9.0]])
    model.graph.Backward(model.loss)  # every unit is active, so each derivative is 1
    h1 = model.graph.nodes[1].value
    without_slope = h1.T @ ((model.output.value - [[0.0, 9.0]]) @ model.W3.value.T)
    assert nn.compare_gradients(without_slope, model.W2) == "equal"
    assert "missing" not in nn.compare_gradients(-without_slope, model.W2)


def test_where_the_gradient_is_zero_a_slip_may_still_be_seen():
    model = nn.two_hidden_layer_network(2, 3, 3, 2, loss="squared_error", activation="relu")
    model.W2.value = -np.abs(model.W2.value)  # no unit of the second layer is active
    X, Y = np.array([[1.0, -2.0], [0.3, 1.0]]), np.array([[0.0, 9.0], [1.0, 2.0]])
    model.graph.Forward(x=X, y=Y)
    model.graph.Backward(model.loss)
    h1 = model.graph.nodes[1].value
    assert not model.W2.grad.any() and h1.any()
    without_slope = h1.T @ ((model.output.value - Y) @ model.W3.value.T) / 2
    answer = nn.compare_gradients(without_slope, model.W2)
    assert answer == "the derivative of the activation h2 is missing"
    assert "zero here" in nn.compare_gradients(np.ones((3, 3)), model.W2)


def test_zeros_are_only_called_zeros():
    """The first example has no gradient of W1, but it is not the reason to name."""
    case, _ = planted((2, 4, 3, 3), 3, "sigmoid", "cross_entropy")
    case.run(x=np.array([[0.0, 0.0], [1.0, 2.0], [-1.0, 1.0]]))
    answer = nn.compare_gradients(np.zeros((2, 4)), case.model.W1)
    assert answer == "all entries are zero: nothing was computed, or it was reset afterwards"


def test_two_slips_at_once():
    case, hand = planted((3, 3, 3, 3), 5, "sigmoid", "cross_entropy")
    W, wrong = case.model.W2, hand.back(s2=1)["W2"]
    missing = "the derivative of the activation h2 is missing"
    assert nn.compare_gradients(wrong, W).startswith(f"{missing}, and also 5 times the gradient: ")
    answer = nn.compare_gradients(-wrong / 5, W)
    assert answer == f"{missing}, and also the sign is wrong: minus the gradient"
    assert nn.compare_gradients(wrong.T / 5, W) == f"{missing}, and also the transpose"
    case, hand = planted((2, 4, 3, 3), 5, "sigmoid", "cross_entropy")
    answer = nn.compare_gradients(hand.mean("W2", s2=1).T, case.model.W2)
    assert answer == f"this is the transpose: (3, 4) instead of (4, 3), and also {missing}"


# ---------------------------------------------------------------- graphs of all kinds


@pytest.mark.all
def test_a_network_with_bias():
    case = make_case(1, (2, 4, 3, 3), 5, "tanh", "squared_error", bias=True)
    case.run()
    p = {parameter.name: parameter for parameter in case.graph.parameters}
    W1, W2, W3 = (np.array(p[name].value) for name in ("W1", "W2", "W3"))
    b1, b2, b3 = (np.array(p[name].value) for name in ("b1", "b2", "b3"))
    z1 = case.x @ W1 + b1
    h1 = np.tanh(z1)
    z2 = h1 @ W2 + b2
    h2 = np.tanh(z2)
    s2 = 1 - h2**2
    d3 = h2 @ W3 + b3 - case.y
    d2 = d3 @ W3.T * s2
    assert nn.compare_gradients(d2.mean(axis=0, keepdims=True), p["b2"]) == "equal"
    for wanted, wrong, name in [
        ("5 times the gradient: the sum over the batch", d2.sum(axis=0, keepdims=True), "b2"),
        ("(3,) instead of (1, 3): the numbers are right, but they", d2.mean(axis=0), "b2"),
        ("(5, 3) instead of (1, 3): this is δ2", d2, "b2"),
        ("the derivative of the activation h2", (d3 @ W3.T).mean(axis=0, keepdims=True), "b2"),
        ("h2 is computed from z2 instead of h2", h1.T @ (d3 @ W3.T * (1 - z2**2)) / 5, "W2"),
        ("W3 is not transposed on the way back: δ3 W3", h1.T @ (d3 @ W3 * s2) / 5, "W2"),
        ("z1 in the place of h1: z1ᵀ δ2", z1.T @ d2 / 5, "W2"),
        ("this is the gradient of b3", d3.mean(axis=0, keepdims=True), "b2"),
    ]:
        answer = nn.compare_gradients(wrong, p[name])
        assert wanted in answer and "; or " not in answer, answer


def test_relu_and_softmax():
    """x W1, relu, W2, softmax, squared error."""
    rng = np.random.default_rng(9)
    X, Y = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    w1, w2 = rng.normal(size=(3, 5)), rng.normal(size=(5, 3))
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", 3), nn.Input("y", 3)
        W1, W2 = nn.Parameter("W1", w1), nn.Parameter("W2", w2)
        h1 = nn.relu(nn.matmul(x, W1, name="z1"), name="h1")
        p = nn.softmax(nn.matmul(h1, W2, name="z2"), name="p")
        loss = nn.squared_error(p, y, name="loss")
    graph.Forward(x=X, y=Y)
    graph.Backward(loss)
    h = np.maximum(X @ w1, 0)
    e = np.exp(h @ w2)
    s = e / e.sum(axis=1, keepdims=True)
    jacobian = np.einsum("bj,jk->bjk", s, np.eye(3)) - np.einsum("bj,bk->bjk", s, s)
    d2 = np.einsum("bj,bjk->bk", s - Y, jacobian)
    assert nn.compare_gradients(h.T @ d2 / 4, W2) == "equal"
    assert nn.compare_gradients(X.T @ (d2 @ w2.T * (h > 0)) / 4, W1) == "equal"
    which = "the derivative of the activation"
    for wrong, W, name in [
        (h.T @ (s - Y) / 4, W2, f"{which} p is missing"),
        (h.T @ ((s - Y) * s * (1 - s)) / 4, W2, f"{which} p is only p (1 − p)"),
        (X.T @ (d2 @ w2.T) / 4, W1, f"{which} h1 is missing"),
        (X.T @ (d2 @ w2.T * h) / 4, W1, f"{which} h1 is h1, not 1 or 0"),
    ]:
        assert nn.compare_gradients(wrong, W).split("; or ")[0] == name


def test_a_deep_network_with_other_names():
    rng = np.random.default_rng(5)
    weights = [rng.normal(size=shape) for shape in ((2, 3), (3, 3), (3, 3), (3, 3), (3, 2))]
    X, labels = rng.normal(size=(4, 2)), np.array([0, 1, 1, 0])
    with nn.Graph(make_current=False) as graph:
        h, y = nn.Input("data", 2), nn.Labels("label", 2)
        V = [nn.Parameter(f"V{i}", w) for i, w in enumerate(weights)]
        for i, v in enumerate(V):
            h = nn.matmul(h, v, name=f"u{i}")
            h = nn.tanh(h, name=f"t{i}") if i < 4 else h
        loss = nn.cross_entropy(h, y, name="loss")
    graph.Forward(data=X, label=labels)
    graph.Backward(loss)

    def backward(without_slope=(), eta=0.0):
        came_in = [X]
        for w in weights[:-1]:
            came_in.append(np.tanh(came_in[-1] @ w))
        e = np.exp(came_in[-1] @ weights[-1])
        d, gradients = e / e.sum(axis=1, keepdims=True) - np.eye(2)[labels], []
        for i in (4, 3, 2, 1, 0):
            gradients.insert(0, came_in[i].T @ d / 4)
            updated = weights[i] - eta * gradients[0]
            d = d @ updated.T * (1 if i - 1 in without_slope else 1 - came_in[i] ** 2)
        return gradients

    assert [nn.compare_gradients(g, v) for g, v in zip(backward(), V, strict=True)] == ["equal"] * 5
    for layer in (1, 3):
        answer = nn.compare_gradients(backward([layer])[0], V[0])
        assert answer == f"the derivative of the activation t{layer} is missing"
    answer = nn.compare_gradients(backward(range(4))[0], V[0])
    assert answer == "the derivative of the activations t0 and t1 and t2 and t3 is missing"
    answer = nn.compare_gradients(backward(eta=0.1)[2], V[2])
    assert answer.startswith("V4 and V3 were already updated (with learning rate 0.1): u4.grad and")
    for layer, names in ((1, "V4 and V3 and V2"), (0, "V4 and V3 and V2 and V1")):
        answer = nn.compare_gradients(backward(eta=0.1)[layer], V[layer])
        assert answer.startswith(f"{names} were already updated (with learning rate 0.1)")


def test_a_network_that_is_to_give_back_its_input():
    """x is the right answer too, so there are no rows that could be exchanged."""
    rng = np.random.default_rng(8)
    X, w1, w2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), rng.normal(size=(2, 4))
    with nn.Graph(make_current=False) as graph:
        x = nn.Input("x", 4)
        W1, W2 = nn.Parameter("W1", w1), nn.Parameter("W2", w2)
        h1 = nn.tanh(nn.matmul(x, W1, name="z1"), name="h1")
        loss = nn.squared_error(nn.matmul(h1, W2, name="z2"), x, name="loss")
    graph.Forward(x=X)
    graph.Backward(loss)
    h = np.tanh(X @ w1)
    e1 = (h @ w2 - X) @ w2.T / 3
    assert nn.compare_gradients(X.T @ (e1 * (1 - h**2)), W1) == "equal"
    answer = nn.compare_gradients(X.T @ e1, W1)
    assert answer == "the derivative of the activation h1 is missing"
    wrong_rows = X.T @ (((h @ w2 - X[::-1]) @ w2.T) * (1 - h**2)) / 3
    assert says_nothing(nn.compare_gradients(wrong_rows, W1))


class square(nn.Operation):
    """An operation of one's own."""

    def forward(self):
        self.value = self.operands[0].value ** 2

    def backward(self):
        (a,) = self.operands
        a.add_grad(self.grad * 2 * a.value)


class absolute_error(nn.Operation):
    """A loss of one's own."""

    def check_operands(self):
        return None

    def forward(self):
        output, y = self.operands
        self.value = np.abs(output.value - y.value).sum(axis=1)

    def backward(self):
        output, y = self.operands
        output.add_grad(self.grad[:, None] * np.sign(output.value - y.value))


def own_operations(operation=square):
    """After Backward, and in plain NumPy what its gradient of W1 is made of: x, δ2 W2ᵀ, z1."""
    rng = np.random.default_rng(6)
    X, Y, w1, w2 = (rng.normal(size=shape) for shape in ((5, 3), (5, 2), (3, 4), (4, 2)))
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", 3), nn.Input("y", 2)
        W1, W2 = nn.Parameter("W1", w1), nn.Parameter("W2", w2)
        h1 = operation(nn.matmul(x, W1, name="z1"), name="h1")
        loss = absolute_error(nn.matmul(h1, W2, name="z2"), y, name="loss")
    graph.Forward(x=X, y=Y)
    graph.Backward(loss)
    z1 = X @ w1
    return graph, X, np.sign(z1**2 @ w2 - Y) @ w2.T, z1


def test_operations_of_ones_own():
    graph, X, e1, z1 = own_operations()
    W1, _ = graph.parameters
    assert nn.compare_gradients(X.T @ (e1 * 2 * z1) / 5, W1) == "equal"
    answer = nn.compare_gradients(X.T @ e1 / 5, W1)
    assert answer == "the derivative of the activation h1 is missing"
    assert nn.compare_gradients(X.T @ (e1 * z1) / 5, W1) == "half the gradient: a factor ½"
    assert says_nothing(nn.compare_gradients(X.T @ (e1 * z1**2) / 5, W1))
    answer = nn.compare_gradients(z1.T @ (e1 * 2 * z1) / 5, W1)
    assert "(4, 4) instead of (3, 4): z1 in the place of x: z1ᵀ δ1" in answer


class once(square):
    """Its backward works a single time."""

    done = False

    def backward(self):
        if self.done:
            raise RuntimeError("only once")
        self.done = True
        super().backward()


class without_add_grad(square):
    """Right, as long as its operand is used only once."""

    def backward(self):
        (a,) = self.operands
        a.grad = self.grad * 2 * a.value


class in_place(square):
    """It adds in place to what it finds in its operand."""

    def backward(self):
        (a,) = self.operands
        if a.grad is None:
            a.grad = np.zeros_like(a.value)
        a.grad += self.grad * 2 * a.value


@pytest.mark.parametrize("operation", [once, without_add_grad, in_place])
def test_an_operation_that_cannot_be_replayed(operation):
    """Then only what can be told from the gradient itself is recognised."""
    graph, X, e1, _ = own_operations(operation)
    W1, _ = graph.parameters
    before = state(graph)
    assert nn.compare_gradients(W1.grad, W1) == "equal"
    assert nn.compare_gradients(-W1.grad, W1) == "the sign is wrong: minus the gradient"
    assert says_nothing(nn.compare_gradients(X.T @ e1 / 5, W1))
    assert_unchanged(graph, before)


def test_an_interruption_leaves_the_graph_as_it_was():
    class interrupted(square):
        stop = False

        def backward(self):
            if self.stop:
                raise KeyboardInterrupt
            super().backward()

    graph, *_ = own_operations(interrupted)
    graph.nodes[1].stop = True
    W1, _ = graph.parameters
    with refused(KeyboardInterrupt, unchanged=graph):
        nn.compare_gradients(W1.grad + 1, W1)


def test_a_loss_that_does_not_depend_on_the_parameter():
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        W, V = nn.Parameter("W", np.eye(2)), nn.Parameter("V", 3 * np.eye(2))
        z = nn.matmul(x, W, name="z")
        nn.matmul(x, V, name="aside")
        loss = nn.squared_error(z, y, name="loss")
    graph.Forward(x=[[1.0, 2.0]], y=[[0.5, 0.1]])
    graph.Backward(loss)
    assert nn.compare_gradients(np.zeros((2, 2)), V) == "equal"
    assert nn.compare_gradients(np.ones((2, 2)), V) == "not equal: the gradient is zero here"
    assert nn.compare_gradients(W.grad, V) == "this is the gradient of W"


# ---------------------------------------------------------------- changed values, and sizes


@pytest.mark.parametrize("change", ["SGD", "Forward", "set", "assign"])
def test_after_a_change_nothing_is_replayed_on_other_values(change):
    case, hand = planted((2, 4, 3, 3), 5, "sigmoid", "cross_entropy")
    W = case.model.W2
    if change == "SGD":
        case.graph.SGD(0.1)
    elif change == "Forward":
        case.graph.Forward(x=case.x[:2], y=case.y[:2])
    elif change == "set":
        case.model.x.set(case.x[:2])
    else:
        W.grad = W.grad + 1.0
    before = state(case.graph)
    assert nn.compare_gradients(-W.grad, W) == "the sign is wrong: minus the gradient"
    assert "the sum over the batch" in nn.compare_gradients(5 * W.grad, W)
    assert says_nothing(nn.compare_gradients(hand.mean("W2", s2=1), W))
    assert_unchanged(case.graph, before)


def test_in_a_large_batch_the_usual_slips_are_found():
    case, hand = planted((2, 4, 3, 3), 300, "sigmoid", "cross_entropy")
    each, rows = hand.each("W2"), np.arange(300)
    first_299 = each[:299].sum(axis=0)
    for wanted, wrong in [
        ("only the first 256 of the 300 examples are in it", each[:256].mean(axis=0)),
        ("only the first 299 of the 300 examples are in it, divided by 300", first_299 / 300),
        ("only the last 44 of the 300 examples are in it", each[256:].mean(axis=0)),
        ("only the last of the 300 examples is in it", each[-1]),
        ("the rows of x and y are not kept together", hand.shuffled(rows[::-1]).mean("W2")),
        ("the rows of x and y are not kept together", hand.shuffled(np.roll(rows, 1)).mean("W2")),
        ("the derivative of the activation h2 is missing", hand.mean("W2", s2=1)),
    ]:
        assert nn.compare_gradients(wrong, case.model.W2) == wanted


def test_a_graph_that_is_too_large_is_not_replayed(monkeypatch):
    case, hand = planted((2, 4, 3, 3), 5, "sigmoid", "cross_entropy")
    W = case.model.W2
    monkeypatch.setattr(replay, "LARGE", 5 * (8 + 12 + 9))
    assert "h2 is missing" in nn.compare_gradients(hand.mean("W2", s2=1), W)
    monkeypatch.setattr(replay, "LARGE", 5 * (8 + 12 + 9) - 1)
    assert says_nothing(nn.compare_gradients(hand.mean("W2", s2=1), W))
    assert nn.compare_gradients(-W.grad, W) == "the sign is wrong: minus the gradient"


@pytest.mark.all
def test_numbers_of_other_types_and_sizes():
    case, hand = planted((2, 4, 3, 3), 5, "sigmoid", "cross_entropy")
    W, wrong = case.model.W2, hand.mean("W2", s2=1)
    assert "h2 is missing" in nn.compare_gradients(wrong.astype(np.float32), W)
    assert "h2 is missing" in nn.compare_gradients(wrong.tolist(), W)
    for size in (1e-300, 1e150, 1e300, 1.7e308):
        assert says_nothing(nn.compare_gradients(size * np.eye(4, 3), W))
        assert says_nothing(nn.compare_gradients(np.full((4, 3), size), W))
    assert says_nothing(nn.compare_gradients(np.eye(4, 3, dtype=np.uint8), W))
    assert says_nothing(nn.compare_gradients([], W))


def test_the_softmax_of_large_logits():
    case, _ = planted((2, 4, 3, 3), 5, "sigmoid", "cross_entropy")
    case.model.W3.value = 1e4 * case.model.W3.value
    case.run()
    z3, h2 = case.model.output.value, case.graph.nodes[3].value
    e = np.exp(z3 - z3.max(axis=1, keepdims=True))
    wrong = h2.T @ (e / e.sum(axis=1, keepdims=True)) / 5
    assert nn.compare_gradients(wrong, case.model.W3) == "onehot(y) is missing: δ3 = softmax(z3)"


def test_one_gradient_for_each_example():
    case, hand = planted((2, 4, 3, 3), 5, "sigmoid", "cross_entropy")
    answer = nn.compare_gradients(hand.each("W2"), case.model.W2)
    assert answer.endswith("average over the first axis, the examples")
    answer = nn.compare_gradients(-hand.each("W2"), case.model.W2)
    assert answer.endswith("averaged, it is the sign is wrong: minus the gradient")
