"""Faults that readers found: what was called right but is wrong, and wrong but is right."""

import numpy as np
import pytest

import course_nn as nn
from course_nn import more_operations as more
from course_nn.derivation_check.judgement import BLAMED, Verdict
from course_nn.derivation_check.report import Numbers
from course_nn.derivation_check.slips import Slip

V = Verdict


def net_of(**options):
    options = {"activation": "sigmoid", "loss": "squared_error"} | options
    return nn.two_hidden_layer_network(5, 4, 3, 2, **options)


@pytest.fixture(scope="module")
def net():
    return net_of()


def last(net, text, **options):
    lines = nn.check_derivation(getattr(net, "loss", net), text, **options).lines
    return [line for line in lines if line.number is not None][-1]


# ------------------------------------------------------------------ a product without a sign


@pytest.mark.parametrize(
    "formula",
    ["dW3 = δ3 h2ᵀ", "dW3 = δ3 · h2ᵀ", "W3.grad = 1/B Σ_b δ3_b h2_bᵀ", "∂L_b/∂W3 = δ3_b h2_bᵀ"],
)
def test_a_formula_for_columns_does_not_hold_for_rows(net, formula):
    assert last(net, f"δ3 = z3 − y\n{formula}").verdict is V.WRONG
    assert nn.check_derivation(net.loss, f"δ3 = z3 − y\n{formula}").right is False


@pytest.mark.parametrize(
    "formula",
    ["dW3 = h2ᵀ δ3", "dW3 = h2ᵀ · δ3", "W3.grad = 1/B Σ_b h2_bᵀ δ3_b"],
)
def test_a_formula_for_rows_does_not_hold_for_columns(net, formula):
    assert last(net, f"δ3 = z3 − y\n{formula}").verdict is V.HOLDS
    assert last(net, f"δ3 = z3 − y\n{formula}", columns=True).verdict is V.WRONG


def test_a_row_of_one_example_does_not_stretch_along_the_weights(net):
    """W3 has a column for each output, and so could stand beside δ3_b by chance."""
    for formula in ("dW3 = δ3 W3 h2ᵀ h2 / (h2 h2ᵀ)", "W3.grad = Σ_b δ3_b W3"):
        assert last(net, f"δ3 = z3 − y\n{formula}").verdict is V.WRONG


STRETCHED = [
    ("dW3 = δ3 ⊙ h2ᵀ", V.HOLDS),
    ("dW3 = δ3 * h2.T", V.HOLDS),
    ("W3.grad = h2ᵀ ⊙ δ3 / B", V.ONE_EXAMPLE),
    ("W3.grad = δ3 * h2.T / B", V.ONE_EXAMPLE),
    ("s = δ3 / B\nW3.grad = s * h2.T", V.ONE_EXAMPLE),
]


@pytest.mark.parametrize(("formula", "verdict"), STRETCHED)
def test_a_row_beside_a_column_is_stretched_as_numpy_does(net, formula, verdict):
    """Entry by entry; with one example the numbers are those of a product of matrices."""
    line = last(net, f"δ3 = z3 − y\n{formula}")
    assert (line.verdict, line.stretched) == (verdict, True)
    assert "that looks like the product of matrices" in line.hint()


@pytest.mark.parametrize(
    "formula", ["dW3 = h2ᵀ δ3", "W3.grad = h2ᵀ @ δ3", "W3.grad = 1/B Σ_b δ3_b ⊙ h2_bᵀ"]
)
def test_what_is_not_stretched_is_not_called_so(net, formula):
    line = last(net, f"δ3 = z3 − y\n{formula}")
    assert not line.stretched and "stretched" not in line.hint()


def tied():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=4), nn.Input("y", width=4)
        W1 = nn.Parameter("W1", [[0.1 * i + 0.2 * j for j in range(4)] for i in range(4)])
        h = nn.sigmoid(nn.matmul(x, W1, name="z1"), name="h")
        return nn.squared_error(nn.matmul(h, W1, name="z2"), y, name="loss")


def test_weights_that_are_used_twice():
    before = "δ2 = z2 − y\nδ1 = δ2 W1ᵀ ⊙ f′(z1)\n"
    assert last(tied(), before + "dW1 = xᵀ δ1 + hᵀ δ2").verdict is V.HOLDS
    assert last(tied(), before + "dW1 = δ1 xᵀ + h δ2ᵀ").verdict is V.WRONG


def test_a_column_for_each_example_may_stand_beside_its_row():
    """Σ_k gives (B, 1), and stretches along (B, K) without a sign."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=4), nn.Input("y", width=4)
        u = nn.softmax(nn.matmul(x, nn.Parameter("W", [[0.1] * 4] * 4), name="z"), name="u")
        loss = nn.squared_error(u, y, name="loss")
    text = "u.grad = u − y\nz.grad = u u.grad − (Σ_k u.grad u) u"
    assert last(loss, text).verdict is V.HOLDS


# ------------------------------------------------------------------ sums of NumPy without an axis


def net_with_bias():
    return net_of(bias=True)


@pytest.mark.parametrize(
    "formula",
    ["np.mean(δ3)", "δ3.mean()", "numpy.average(δ3)", "np.sum(δ3) / B", "(z3 − y).sum() / B"],
)
def test_numpy_without_an_axis_gives_one_number(formula):
    model = net_with_bias()
    line = last(model, f"δ3 = z3 − y\nb3.grad = {formula}")
    assert line.verdict is V.WRONG
    assert [found.slip for found in line.slips] == [Slip.WHICH_AXIS]
    assert "which axis? Without axis=" in line.hint(2)


def test_a_sum_along_a_row_without_an_axis_holds_only_for_one_example():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=4), nn.Input("y", width=4)
        u = nn.softmax(nn.matmul(x, nn.Parameter("W", [[0.1] * 4] * 4), name="z"), name="u")
        loss = nn.squared_error(u, y, name="loss")
    for inside in ("np.sum(u.grad * u)", "(u.grad * u).sum()"):
        text = f"u.grad = u − y\nz.grad = u * (u.grad − {inside})"
        line = last(loss, text)
        assert line.verdict is V.ONE_EXAMPLE
        assert Slip.WHICH_AXIS in [found.slip for found in line.slips]
        assert "_all" in line.read


@pytest.mark.parametrize("formula", ["np.mean(δ3, axis=0)", "mean(δ3)", "1/B Σ δ3", "δ3.mean(0)"])
def test_a_mean_that_says_over_what_or_is_not_numpys_holds(formula):
    assert last(net_with_bias(), f"δ3 = z3 − y\nb3.grad = {formula}").verdict is V.HOLDS


# ------------------------------------------------------------------ the mean of single gradients

OF_ONE = "∂L_b/∂W3 = h2_bᵀ δ3_b"


@pytest.mark.parametrize(
    "lines",
    [
        f"{OF_ONE}\n∂J/∂W3 = 1/B Σ_b ∂L_b/∂W3",
        f"{OF_ONE}\n∂J/∂W3 = 1/B Σ ∂L_b/∂W3",
        f"{OF_ONE}\nW3.grad = mean_b(∂L_b/∂W3)",
        f"{OF_ONE}\nW3.grad = mean(∂L_b/∂W3)",
        "dW3 = h2ᵀ δ3\nW3.grad = 1/B Σ_b dW3",
        "G_b = h2_bᵀ δ3_b\nW3.grad = 1/B Σ_b G_b",
        "G_{b} = h2_{b}ᵀ δ3_{b}\nW3.grad = 1/B Σ_b G_b",
        "∂J/∂W3 = 1/B Σ_b ∂L_b/∂W3\n" + OF_ONE,
    ],
)
def test_the_mean_of_the_gradients_of_single_examples_holds(net, lines):
    report = nn.check_derivation(net.loss, f"δ3 = z3 − y\n{lines}")
    found = {line.text.split(" = ")[0]: line.verdict for line in report.lines if line.number}
    assert found.pop("W3.grad", V.HOLDS) is found.pop("∂J/∂W3", V.HOLDS) is V.HOLDS
    assert found.pop("δ3") is V.HOLDS
    assert set(found.values()) == {V.STEP}  # the gradient of one example


@pytest.mark.parametrize(
    "lines",
    [
        f"{OF_ONE}\n∂J/∂W3 = Σ_b ∂L_b/∂W3",
        f"{OF_ONE}\n∂J/∂W3 = −1/B Σ_b ∂L_b/∂W3",
        "∂L_b/∂W3 = h1_bᵀ δ3_b\n∂J/∂W3 = 1/B Σ_b ∂L_b/∂W3",
        "G = h2ᵀ δ3\nW3.grad = 1/B Σ_b G",
    ],
)
def test_a_wrong_mean_of_them_does_not(net, lines):
    assert nn.check_derivation(net.loss, f"δ3 = z3 − y\n{lines}").right is False


# ------------------------------------------------------------------ the corner of relu


@pytest.mark.parametrize("slope", ["(z2 >= 0)", "(z2 > 0)", "f′(z2)", "1[z2 ≥ 0]"])
def test_the_slope_of_relu_at_its_corner_is_left_open(slope):
    model = net_of(activation="relu")
    text = f"δ3 = z3 − y\nδ2 = δ3 W3ᵀ ⊙ {slope}"
    assert last(model, text).verdict is V.HOLDS
    deep = f"{text}\nδ1 = (δ2 @ W2.T) * (z1 >= 0)\nW1.grad = xᵀ δ1 / B"
    assert last(model, deep).verdict is V.HOLDS


@pytest.mark.parametrize("slope", ["(z2 < 0)", "(z2 >= 0.1)", "(z1 >= 0)", "1", "z2", "h2"])
def test_a_wrong_slope_of_relu_does_not_hold(slope):
    model = net_of(activation="relu")
    assert last(model, f"δ3 = z3 − y\nδ2 = δ3 W3ᵀ ⊙ {slope}").verdict in BLAMED


def test_two_numbers_that_look_the_same_are_never_shown_as_different(net):
    """A line that is wrong only where a number is huge, or by one thousandth."""
    for factor in ("1.00001", "1.0001", "1.001", "1.01"):
        line = last(net, f"δ3 = {factor} (z3 − y)")
        assert line.verdict is V.WRONG
        if isinstance(line.facts, Numbers):
            assert f"{line.facts.change:.3g}" != f"{line.facts.mine:.3g}"
        assert line.hint(1)
    assert isinstance(line.facts, Numbers)


# ------------------------------------------------------------------ the vector of ones


@pytest.mark.parametrize("formula", ["1/B 1ᵀ δ3", "1ᵀ δ3 / B", "1^T @ δ3 / B", "1/B · 1ᵀ · δ3"])
def test_a_row_of_ones_adds_over_the_examples(formula):
    line = last(net_with_bias(), f"δ3 = z3 − y\n∂J/∂b3 = {formula}")
    assert line.verdict is V.HOLDS
    assert "1ᵀ" in line.read
    assert r"\mathbf{1}^{\top}" in line.latex


@pytest.mark.parametrize("formula", ["1ᵀ δ3", "1/B 1ᵀ δ2", "−1/B 1ᵀ δ3"])
def test_a_row_of_ones_is_no_excuse(formula):
    line = last(net_with_bias(), f"δ3 = z3 − y\n∂J/∂b3 = {formula}")
    assert line.verdict in BLAMED


@pytest.mark.parametrize(
    ("formula", "columns"),
    [
        ("1/B δ3 1", True),
        ("1/B δ3 @ 1", True),
        ("1/B 1ᵀ δ3", True),
        ("1/B δ3ᵀ 1", False),
        ("1/B δ3 1ᵀ", False),
    ],
)
def test_ones_of_another_length_are_not_called_wrong(formula, columns):
    text = f"δ3 = z3 − y\n∂J/∂b3 = {formula}"
    line = last(net_with_bias(), text, columns=columns)
    assert line.verdict is V.UNREADABLE
    assert "Σ_b" in line.hint()
    assert nn.check_derivation(net_with_bias().loss, text, columns=columns).right is None


def test_a_one_that_is_a_number_stays_one(net):
    for formula in ("h2ᵀ δ3 · 1/B", "1 h2ᵀ δ3 / B", "1/B h2ᵀ δ3"):
        assert last(net, f"δ3 = z3 − y\nW3.grad = {formula}").verdict is V.HOLDS
    for formula in ("(1/B 1) 1/B h2ᵀ δ3", "1/B 1/B h2ᵀ δ3", "1/B · 1/B · h2ᵀ δ3", "h2ᵀ δ3 1/B 1/B"):
        assert last(net, f"δ3 = z3 − y\nW3.grad = {formula}").verdict in BLAMED


# ------------------------------------------------------------------ only one grouping fits


@pytest.mark.parametrize(
    "lines",
    [
        "δ2 = f′(z2) δ3 W3ᵀ",
        "δ2 = f′(z2) · δ3 · W3ᵀ",
        "δ2 = h2 (1 − h2) δ3 W3ᵀ",
        "δ2_b = f′(z2_b) δ3_b W3ᵀ",
        "W2.grad = 1/B h1ᵀ f′(z2) δ3 W3ᵀ",
        "W2.grad = 1/B Σ_b h1_bᵀ f′(z2_b) δ3_b W3ᵀ",
        "W2.grad = (h1ᵀ f′(z2) δ3 W3ᵀ) / B",
    ],
)
def test_the_only_grouping_that_fits_is_chosen(net, lines):
    assert last(net, f"δ3 = z3 − y\n{lines}").verdict is V.HOLDS


@pytest.mark.parametrize(
    "line", ["(f′(z2) δ3) W3ᵀ", "f′(z2) δ3 W3", "f′(z1) δ3 W3ᵀ", "δ3 f′(z2) W3ᵀ"]
)
def test_what_no_grouping_makes_right_is_wrong(net, line):
    assert last(net, f"δ3 = z3 − y\nδ2 = {line}").verdict is V.WRONG


# ------------------------------------------------------------------ a wrong step of one's own


def test_a_line_made_from_a_step_of_ones_own_is_not_blamed_alone(net):
    report = nn.check_derivation(
        net.loss,
        "d3 = z3 - y\nd2 = d3 @ W3.T\nW3.grad = h2.T @ d3 / B\nW2.grad = h1.T @ d2 / B\n"
        "W1.grad = x.T @ h1 / B",
    )
    _, _, right, wrong, other = report.lines[:5]
    assert right.verdict is V.HOLDS and right.steps == ()
    assert wrong.verdict is V.WRONG
    assert wrong.steps == (2,)  # line 3 holds, and is made from line 1
    assert "your own steps in line 2: the slip may be there" in wrong.hint(1)
    assert "?" not in wrong.hint(1)
    assert other.steps == () and "?" in other.hint(1)


OWN_STEPS = [  # the lines, which of them is wrong in itself, and its slip
    ("d3 = y − z3\nW3.grad = h2.T @ d3 / B\nd2 = d3 @ W3.T * h2 * (1 - h2)\n"
     "W2.grad = h1.T @ d2 / B", 1, Slip.SIGN),
    ("d3 = z3 − y\nd2 = (d3 @ W3) * h2 * (1 - h2)\nW3.grad = h2.T @ d3 / B\n"
     "W2.grad = h1.T @ d2 / B", 2, Slip.TRANSPOSE_MISSING),
    ("s = h2 (1 + h2)\nδ2 = (δ3 W3ᵀ) s", 1, Slip.TERM_SIGN),
    ("s = z2 (1 − z2)\nδ2 = (δ3 W3ᵀ) s", 1, Slip.SLOPE_FROM_Z),
    ("a = 2 (z3 − y) / B\nW3.grad = h2ᵀ a", 1, Slip.FACTOR),
    ("G = δ3ᵀ h2 / B\nW3.grad = G", 1, Slip.TRANSPOSED),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrong", "slip"), OWN_STEPS)
def test_a_wrong_step_of_ones_own_is_judged_where_the_numbers_allow(net, text, wrong, slip):
    report = nn.check_derivation(net.loss, text)
    blamed = [line for line in report.lines if line.verdict in BLAMED]
    assert [(line.number, line.own_step) for line in blamed] == [(wrong, True)]
    assert slip in [found.slip for found in blamed[0].slips]
    assert "The slip is in this step of your own" in blamed[0].hint(1) and "?" in blamed[0].hint(1)
    follows = [line for line in report.lines if line.verdict is V.FOLLOWS]
    assert follows and all(line.follows_from == (wrong,) for line in follows)
    assert report.right is False


@pytest.mark.parametrize(
    "text",
    [
        "d2 = δ3 W3ᵀ\nW2.grad = h1ᵀ d2 / B",  # which is h2.grad: who is to say?
        "d3 = (z3 − y) / B\nW3.grad = h2ᵀ d3 / B",
        "s = h2 (1 − h2)\nδ2 = δ3 W3 s",  # the step is right
        "q = h1 + 1\nW2.grad = qᵀ δ3",  # nothing in its place would do
        "G = h2ᵀ δ3\nW3.grad = 1/B Σ_b G",
    ],
)
def test_a_step_that_may_be_right_is_not_blamed(net, text):
    first, second = nn.check_derivation(net.loss, text).lines[:2]
    assert (first.verdict, first.own_step) == (V.STEP, False)
    assert second.verdict in BLAMED and "the slip may be there, or in this line" in second.hint(1)


# ------------------------------------------------------------------ typed by a careful student


def typed(loss, text):
    return [line for line in nn.check_derivation(loss, text).lines if line.number]


def test_gradients_may_have_bars(net):
    lines = typed(
        net.loss, "z̄3 = z3 − y\n\\bar{h}_2 = z̄3 W3ᵀ\n\\bar{W_3} = h2ᵀ z̄3 / B\nh̄1 = z̄3 W3ᵀ"
    )
    assert [line.verdict for line in lines] == [V.HOLDS, V.HOLDS, V.HOLDS, V.WRONG]


def test_gradients_may_have_primes_where_those_of_weights_have_them(net):
    text = (
        "z3' = z3 − y\nh2' = z3' W3ᵀ\nz2' = h2' h2 (1 − h2)\nW3' = h2ᵀ z3' / B\nW2' = h2ᵀ z2' / B"
    )
    lines = typed(net.loss, text)
    assert [line.verdict for line in lines] == [V.HOLDS] * 4 + [V.WRONG]
    (alone,) = typed(net.loss, "h2' = h2 (1 − h2)")  # f′(z2), perhaps
    assert alone.verdict is V.UNREADABLE


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("∂L/∂h2 = ∂L/∂z3 · ∂z3/∂h2 = δ3 W3ᵀ", V.HOLDS),
        ("∂L/∂z1 = ∂L/∂z2 · ∂z2/∂h1 · ∂h1/∂z1 = (δ2 W2ᵀ) ⊙ f′(z1)", V.HOLDS),
        (r"\frac{dL}{dW_3} = \frac{dL}{dz_3} \frac{dz_3}{dW_3} = h_2^T \delta_3", V.HOLDS),
        ("∂L/∂h2 = ∂L/∂z3 · ∂z3/∂h2 = δ3 W3", V.WRONG),
        ("∂L/∂h2 = ∂L/∂z3 · ∂z3/∂z2 = δ3 W3ᵀ", V.UNREADABLE),  # leads elsewhere
        ("∂L/∂h2 = ∂L/∂z2 · ∂z2/∂h2 = δ3 W3ᵀ", V.UNREADABLE),  # not from the loss
        ("∂L/∂h2 = ∂z3/∂h2 = δ3 W3ᵀ", V.UNREADABLE),
        ("∂L/∂h2 = ∂L/∂z3 · ∂z3/∂h2", V.UNREADABLE),  # nothing is said
    ],
)
def test_the_chain_rule_may_stand_in_the_middle_where_it_is_true(net, text, verdict):
    (line,) = typed(net.loss, text)
    assert line.verdict is verdict


def test_a_chain_that_another_path_passes_by_is_not_true():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Input("y", width=4)
        h = nn.tanh(nn.matmul(x, nn.Parameter("W", np.ones((3, 4))), name="z"), name="h")
        m = nn.matmul(h, nn.Parameter("V", np.eye(4)), name="m")
        loss = nn.squared_error(nn.add(m, h, name="r"), y, name="loss")
    for chain, verdict in (("∂L/∂m · ∂m/∂h", V.UNREADABLE), ("∂L/∂r · ∂r/∂h", V.HOLDS)):
        (line,) = typed(loss, f"∂L/∂h = {chain} = m.grad Vᵀ + r.grad")
        assert line.verdict is verdict


@pytest.mark.parametrize(
    "text",
    [
        "W3.grad = h2ᵀ [(z3 − y)] / B",
        r"\frac{\partial J}{\partial W_3} = \frac1B h_2^\top \left[ z_3 - y \right]",
        r"\underset{(1,\,K)}{\delta_3} = \underset{(1,\,K)}{z_3} - \underset{(1,\,K)}{y} \tag{3.5}",
        r"\delta_2 = \underbrace{\delta_3 W_3^\top}_{\partial L/\partial h_2} \odot f'(z_2)",
        "W3.grad = ⅟B h2ᵀ δ3",
    ],
)
def test_brackets_and_what_stands_below_a_part_are_read(net, text):
    (line,) = typed(net.loss, text)
    assert line.verdict is V.HOLDS, line.read


def test_in_brackets_it_is_still_wrong(net):
    (line,) = typed(net.loss, "W3.grad = h2 [(z3 − y) ⊙ 1] / B")
    assert line.verdict in BLAMED


def test_a_loss_of_another_name_has_derivatives_in_code_too():
    model = nn.two_hidden_layer_network(5, 4, 3, 2, loss="squared_error")
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Input("y", width=2)
        o = nn.matmul(x, nn.Parameter("D", np.ones((3, 2))), name="o")
        loss = nn.squared_error(o, y, name="E")
    right = typed(loss, "dE/do = o − y\ndE/dD = xᵀ dE/do\n∂E_b/∂D = xᵀ ∂E_b/∂o")
    assert [line.verdict for line in right] == [V.HOLDS] * 3
    (wrong,) = typed(loss, "dE/dD = (dE/do)ᵀ x")
    assert wrong.verdict is V.WRONG
    (other,) = typed(model.loss, "dG/dW3 = h2ᵀ δ3")
    assert other.verdict is V.UNREADABLE


def test_p_are_the_probabilities_of_the_cross_entropy_unless_a_line_says_something_else():
    loss = nn.two_hidden_layer_network(5, 4, 3, 2).loss
    (right,), (wrong,) = typed(loss, "δ3 = p − onehot(y)"), typed(loss, "δ3 = p")
    assert (right.verdict, wrong.verdict) == (V.HOLDS, V.WRONG)
    assert typed(loss, "p = z3\nδ3 = p − onehot(y)")[1].verdict is V.WRONG
    assert typed(loss, "p = $\nδ3 = p − onehot(y)")[1].verdict is V.UNREADABLE


def test_the_hint_of_a_line_of_the_forward_pass_asks_about_the_forward_pass(net):
    (line,) = typed(net.loss, "z3 = W3 h2")
    for stage in (1, 2):
        assert "to the loss" not in line.hint(stage)
    (line,) = typed(net.loss, "h2 = z2 + 1")
    assert "forward pass" in line.hint(1) and "forward pass" in line.hint(2)


def test_what_came_in_is_no_slope(net):
    (line,) = typed(net.loss, "W2.grad = z1ᵀ δ2 / B")
    slips = [found.slip for found in line.slips]
    assert Slip.OTHER_VALUE in slips and Slip.SLOPE_FROM_Z not in slips


@pytest.mark.all
def test_the_entry_of_a_loss_has_one_index():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Input("y", width=2)
        o = nn.matmul(x, nn.Parameter("D", np.ones((3, 2))), name="o")
        first, second = (nn.squared_error(o, y, name=name) for name in ("L_a", "L_c"))
        loss = more.add_losses(first, second, factor=0.3, name="loss")
    (line,) = typed(loss, "L_c.grad = 1")
    assert line.facts.entry.count(",") == 0 and line.facts.entry.startswith("L_c[")
