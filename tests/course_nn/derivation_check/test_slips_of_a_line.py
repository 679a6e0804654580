"""Each slip of the catalogue is made in a right line, and named."""

import pytest
from test_judging import shared_and_skipped
from tiers import thinned

import course_nn as nn
from course_nn.derivation_check.judgement import BLAMED
from course_nn.derivation_check.slips import Slip

PLAIN = nn.two_hidden_layer_network(3, 3, 3, 3, loss="squared_error", bias=True)
CLASSES = nn.two_hidden_layer_network(5, 4, 3, 2, activation="tanh")

S = Slip
MADE = [  # the graph, a line with a slip, and the slip
    (PLAIN, "δ3 = y − z3", S.SIGN),
    (PLAIN, "b3.grad = np.mean(δ3)", S.WHICH_AXIS),
    (PLAIN, "h2.grad = −δ3 W3ᵀ", S.SIGN),
    (PLAIN, "δ3 = 2 (z3 − y)", S.FACTOR),
    (PLAIN, "δ3 = ½ (z3 − y)", S.FACTOR),
    (PLAIN, "δ3 = 3 (z3 − y)", S.FACTOR),
    (PLAIN, "δ3 = (z3 − y) / K", S.MEAN_OF_OUTPUTS),
    (PLAIN, "δ3 = 2 (z3 − y) / K", S.MEAN_OF_OUTPUTS),
    (PLAIN, "δ3 = (z3 − y) / B", S.MEAN_TOO_EARLY),
    (PLAIN, "W3.grad = h2ᵀ δ3", S.MEAN_MISSING),
    (PLAIN, "W3.grad = Σ_b h2ᵀ δ3", S.MEAN_MISSING),
    (PLAIN, "W3.grad = h2ᵀ δ3 / B / B", S.MEAN_TWICE),
    (PLAIN, "W3.grad = δ3ᵀ h2 / B", S.TRANSPOSED),
    (PLAIN, "W3.grad = δ3ᵀ h2 / B", S.ORDER),
    (PLAIN, "W3.grad = h2 δ3 / B", S.TRANSPOSE_MISSING),
    (PLAIN, "W3.grad = h1ᵀ δ3 / B", S.OTHER_VALUE),
    (PLAIN, "W3.grad = h2ᵀ δ2 / B", S.OTHER_GRADIENT),
    (PLAIN, "h2.grad = δ3 @ W3", S.TRANSPOSE_MISSING),
    (PLAIN, "h2.grad = δ3 * W3.T", S.MATRIX_NEEDED),
    (PLAIN, "h2.grad = δ3", S.WEIGHTS_MISSING),
    (PLAIN, "h2.grad = δ3 W2ᵀ", S.OTHER_WEIGHTS),
    (PLAIN, "h1.grad = δ3 W2ᵀ", S.OTHER_GRADIENT),
    (PLAIN, "h2.grad = W3ᵀ δ3", S.ORDER),
    (PLAIN, "δ2 = h2.grad", S.SLOPE_MISSING),
    (PLAIN, "δ2 = δ3 W3ᵀ", S.SLOPE_MISSING),
    (PLAIN, "W2.grad = h1ᵀ (δ3 W3ᵀ) / B", S.SLOPE_MISSING),
    (PLAIN, "δ2 = h2.grad z2 (1 − z2)", S.SLOPE_FROM_Z),
    (PLAIN, "δ2 = (δ3 @ W3.T) * z2 * (1 - z2)", S.SLOPE_FROM_Z),
    (PLAIN, "δ2 = h2.grad f′(h2)", S.SLOPE_AT_H),
    (PLAIN, "δ2 = h2.grad (1 − h2²)", S.SLOPE_OTHER),
    (PLAIN, "δ2 = h2.grad f′(z1)", S.SLOPE_OTHER),
    (PLAIN, "δ2 = h2.grad h2", S.SLOPE_OTHER),
    (PLAIN, "δ2 = h2.grad h2 (1 + h2)", S.TERM_SIGN),
    (PLAIN, "δ2 = h2.grad * h2 * 1 - h2", S.BRACKETS),
    (PLAIN, "δ2 = h2.grad · h2 · 1 − h2", S.BRACKETS),
    (PLAIN, "W3.grad = h2ᵀ (z3 − y / B)", S.BRACKETS),
    (PLAIN, "δ2 = h2.grad @ (h2 * (1 - h2)).T", S.ENTRIES_NEEDED),
    (PLAIN, "h2.grad = δ3 W3ᵀ f′(z2)", S.SLOPE_TWICE),
    (PLAIN, "b3.grad = δ3 / B", S.ROWS_NOT_ADDED),
    (PLAIN, "b3.grad = Σ_k δ3 / B", S.SUM_OVER),
    (PLAIN, "b3.grad = Σ_b h2 δ3 / B", S.FACTOR_EXTRA),
    (PLAIN, "δ3 = z3 − y + z3", S.TERM_EXTRA),
    (PLAIN, "W1.grad = W1", S.WEIGHTS),
    (PLAIN, "δ2 = f′(z2)", S.GRADIENT_MISSING),
    (PLAIN, "δ2 = h2 (1 − h2)", S.GRADIENT_MISSING),
    (CLASSES, "δ3 = z3 − onehot(y)", S.SOFTMAX_MISSING),
    (CLASSES, "δ3 = softmax(z3)", S.ONEHOT_MISSING),
    (CLASSES, "δ3 = onehot(y) − softmax(z3)", S.SIGN),
    (CLASSES, "δ3 = softmax(softmax(z3)) − onehot(y)", S.SOFTMAX_EXTRA),
    (CLASSES, "δ2 = h2.grad h2 (1 − h2)", S.SLOPE_OTHER),
    (CLASSES, "δ2 = h2.grad (1 − z2²)", S.SLOPE_FROM_Z),
    (shared_and_skipped, "W.grad = hᵀ z2.grad / B", S.PATH_MISSING),
    (shared_and_skipped, "h.grad = z2.grad Wᵀ", S.PATH_MISSING),
    (shared_and_skipped, "h.grad = t.grad + z2.grad Wᵀ + t.grad", S.PATH_TWICE),
    (shared_and_skipped, "h.grad = t.grad − z2.grad Wᵀ", S.TERM_SIGN),
    (shared_and_skipped, "h.grad = t.grad + z2.grad W", S.TRANSPOSE_MISSING),
    (shared_and_skipped, "z2.grad = u.grad u (1 − u)", S.DIAGONAL),
    (shared_and_skipped, "z2.grad = u.grad", S.SLOPE_MISSING),
]


@pytest.mark.parametrize(("graph", "text", "slip"), thinned(MADE, 3))
def test_a_slip_is_named(graph, text, slip):
    loss = graph() if callable(graph) else graph.loss
    line = [line for line in nn.check_derivation(loss, text).lines if line.number][-1]
    assert line.verdict in BLAMED
    assert slip in [found.slip for found in line.slips]
    assert not line.together


def test_every_slip_of_the_catalogue_is_made_here():
    assert {slip for _, _, slip in MADE} >= set(Slip) - {Slip.TRANSPOSE_EXTRA}


def test_a_transpose_too_many():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Input("y", width=3)
        W = nn.Parameter("W", [[1.0, 2, 0], [0, 1, 3], [2, 0, 1]])
        z = nn.matmul(x, W, name="z")
        loss = nn.squared_error(z, y, name="loss")
    (line, *_) = nn.check_derivation(loss, "z = x Wᵀ").lines
    assert [found.slip for found in line.slips] == [Slip.TRANSPOSE_EXTRA]


TWO = [
    ("W3.grad = −h2ᵀ δ3", {Slip.SIGN, Slip.MEAN_MISSING}),
    ("h2.grad = −δ3 W3", {Slip.SIGN, Slip.TRANSPOSE_MISSING}),
    ("δ2 = (δ3 W3ᵀ) z2 (1 − z2) / B", {Slip.MEAN_TOO_EARLY, Slip.SLOPE_FROM_Z}),
    ("W3.grad = h2.T * δ3", {Slip.MEAN_MISSING, Slip.MATRIX_NEEDED}),
]


@pytest.mark.parametrize(("text", "slips"), TWO)
def test_two_slips_together(text, slips):
    line = nn.check_derivation(PLAIN.loss, text).lines[0]
    assert line.together
    assert {found.slip for found in line.slips} == slips


@pytest.mark.parametrize("text", ["δ2 = h2.grad exp(z1) + y z2", "h2.grad = 0", "W1.grad = W2"])
def test_what_no_slip_explains_gets_no_name(text):
    line = nn.check_derivation(PLAIN.loss, text).lines[0]
    assert line.verdict in BLAMED
    assert line.slips == ()
    assert "Look at this principle" in line.hint(2)


def test_where_a_slip_was_made():
    line = nn.check_derivation(PLAIN.loss, "h2.grad = δ3 @ W3").lines[0]
    assert [(found.slip, found.it) for found in line.slips] == [(Slip.TRANSPOSE_MISSING, "W3")]
    assert "the other index of W3" in line.hint(2)
