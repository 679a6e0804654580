"""What readers of other habits type: keyboards, MATLAB and PyTorch, matrix calculus, steps by hand.

Each text was called otherwise, or not read, when a stranger to the notation typed it first.
"""

from functools import cache

import numpy as np
import pytest
from tiers import thinned

import course_nn as nn
from course_nn import more_operations as more
from course_nn.derivation_check.judgement import BAD, Verdict
from course_nn.derivation_check.slips import Slip

V = Verdict


def weights(name, *shape):
    return nn.Parameter(name, np.random.default_rng(len(name)).normal(size=shape))


@cache
def course(**options):
    return nn.two_hidden_layer_network(5, 4, 3, 2, **{"loss": "squared_error"} | options).loss


@cache
def classes():
    return course(activation="relu", loss="cross_entropy", bias=True)


@cache
def gate():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Labels("y", classes=5)
        g = nn.sigmoid(nn.matmul(x, weights("U", 3, 4), name="a"), name="g")
        t = nn.tanh(nn.matmul(x, weights("V", 3, 4), name="b"), name="t")
        z = nn.matmul(more.multiply(g, t, name="m"), weights("W", 4, 5), name="z")
        return nn.cross_entropy(z, y, name="loss")


@cache
def shares():
    """The squared error of what a softmax gives."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Input("y", width=4)
        p = nn.softmax(nn.matmul(x, weights("W", 3, 4), name="z"), name="p")
        return nn.squared_error(p, y, name="loss")


@cache
def direction():
    """Classes of rows of length 1."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Labels("y", classes=2)
        a = nn.matmul(x, weights("W", 3, 4), name="a")
        v = more.divide(a, more.row_norm(a, name="n"), name="v")
        return nn.cross_entropy(nn.matmul(v, weights("U", 4, 2), name="z"), y, name="loss")


def verdicts(loss, text, **options):
    lines = nn.check_derivation(loss, text, **options).lines
    return [line.verdict for line in lines if line.number is not None]


def last(loss, text, **options):
    return verdicts(loss, text, **options)[-1]


START = "δ3 = z3 − y\n"
OF_CLASSES = "δ3 = softmax(z3) − onehot(y)\n"


# ------------------------------------------------------------------ signs and names


@pytest.mark.parametrize(
    ("right", "wrong"),
    thinned(
        [
            ("h2.grad = δ3 * W3´", "h2.grad = δ3 * W3"),  # German keyboard
            ("W3.grad = h2ᵗ · δ3 / B", "W3.grad = δ3ᵗ · h2 / B"),
            ("ẟ2 = δ3 W3ᵀ (1 − h2) h2", "ẟ2 = δ3 W3ᵀ (1 − h1) h1"),
            ("W3.grad = h2ᵀ δ3 : B", "W3.grad = h2ᵀ δ3 : B²"),  # division in German schools
            ("∂L/∂W¹_{ai} = x_a δ1_i", "∂L/∂W¹_{ai} = x_i δ1_a"),
            ("∂L/∂W3_pq = h2_p δ3_q", "∂L/∂W3_pq = δ3_p h2_q"),
            ("∂L/∂h2_r = Σ_s δ3_s W3_rs", "∂L/∂h2_r = Σ_s δ3_s W3_sr"),
            (r"\partial_{W_3} L = h_2^\top \delta_3", r"\partial_{W_3} L = \delta_3^\top h_2"),
            (
                r"∂J/∂W_3 = \frac{1}{m} \sum_{i=1}^m h_2^{(i)\top} (z_3^{(i)} - y^{(i)})",
                r"∂J/∂W_3 = \sum_{i=1}^m h_2^{(i)\top} (z_3^{(i)} - y^{(i)})",
            ),
            (
                r"∂J/∂W3_{jk} = \frac{1}{N} \sum_{n=1}^N h2_j^{(n)} δ3_k^{(n)}",
                r"∂J/∂W3_{jk} = \frac{1}{N} \sum_{n=1}^N h2_k^{(n)} δ3_j^{(n)}",
            ),
            ("∂J/∂W₃ = 1/B Σ_b h₂⁽ᵇ⁾ᵀ δ₃⁽ᵇ⁾", "∂J/∂W₃ = 1/B Σ_b δ₃⁽ᵇ⁾ᵀ h₂⁽ᵇ⁾"),
        ],
        3,
    ),
)
def test_signs_of_other_keyboards_and_books(right, wrong):
    assert last(course(), START + right) is V.HOLDS
    assert last(course(), START + wrong) in BAD


@pytest.mark.parametrize(
    "name",
    thinned(["gradW3", "grad_W_3", "W3_bar", "W3bar", "nabla_W3", "nablaW3", "W3_gradient"], 3),
)
def test_names_of_a_gradient(name):
    assert last(course(), f"{START}{name} = h2.T @ δ3 / B") is V.HOLDS
    assert last(course(), f"{START}{name} = h2.T @ δ3 / B**2") in BAD


def test_a_name_that_the_graph_has_is_no_gradient():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Input("y", width=4)
        a = nn.matmul(x, weights("W", 3, 4), name="z")
        abar = nn.tanh(a, name="zbar")
        loss = nn.squared_error(abar, y, name="loss")
    assert verdicts(loss, "zbar.grad = zbar - y\ndz = zbar.grad * (1 - zbar**2)") == [V.HOLDS] * 2


def test_a_gradient_is_not_an_entry():
    assert last(shares(), "δ_p = p − y\n∂L/∂z = p δ_p − p Σ_k p_k (p_k − y_k)") is V.HOLDS
    assert last(shares(), "δ_p = p − y\n∂L/∂z = p δ_p + p Σ_k p_k (p_k − y_k)") in BAD


def test_a_row_of_g_is_not_the_gradient_of_b():
    text = "dg = dm * t\n∂L/∂a_b = ∂L/∂g_b ⊙ g_b ⊙ (1 − g_b)"
    assert last(gate(), text) is V.HOLDS
    assert last(gate(), text.replace("⊙ g_b", "⊙ t_b")) in BAD


@pytest.mark.parametrize(
    "text",
    ["δ1 = δ2 W2ᵀ ⊙ (1 − tanh² z1)", r"\delta_1 = \delta_2 W_2^\top \odot (1 - \tanh^2 z_1)"],
)
def test_a_function_without_brackets(text):
    assert last(course(activation="tanh"), text) is V.HOLDS
    assert last(course(activation="tanh"), text.replace("1 −", "2 −").replace("1 -", "2 -")) in BAD


# ------------------------------------------------------------------ questions, masks, libraries


@pytest.mark.parametrize(
    "mask",
    thinned(
        [
            *("step(z2)", "Θ(z2)", "I(z2 > 0)", "double(z2 > 0)", "(z2 > 0).float()", "1_{z2 > 0}"),
            *(r"\mathbb{1}_{\{z_2 > 0\}}", "float(h2 > 0)"),
        ],
        3,
    ),
)
def test_questions(mask):
    assert last(classes(), f"{OF_CLASSES}δ2 = (δ3 W3ᵀ) ⊙ {mask}") is V.HOLDS
    assert last(classes(), f"{OF_CLASSES}δ2 = (δ3 W3ᵀ) ⊙ {mask.replace('2', '1')}") in BAD


def test_entries_that_are_set_to_0():
    text = f"{OF_CLASSES}d = δ3 @ W3.T\nd[h2 {{}} 0] = 0\nW2.grad = h1.T @ d / B"
    assert last(classes(), text.format("<=")) is V.HOLDS
    assert last(classes(), text.format(">")) in (*BAD, V.FOLLOWS)
    assert last(classes(), text.format("<=").replace("d[h2", "d[h1")) in (*BAD, V.FOLLOWS)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (
            "dz3 = z3.softmax(-1) - F.one_hot(y, num_classes=z3.shape[1]).float()",
            "dz3 = z3.softmax(1)",
        ),
        ("dz3 = torch.softmax(z3, -1) - onehot(y)", "dz3 = torch.softmax(z3, 1) + onehot(y)"),
    ],
)
def test_softmax_along_an_axis_without_its_name(right, wrong):
    assert last(classes(), right) is V.HOLDS
    assert last(classes(), wrong) in BAD
    assert last(classes(), "dz3 = z3.softmax(0) - onehot(y)") is V.UNREADABLE


def test_a_sum_along_the_last_axis():
    text = "dp = p - y\ndz = p * (dp - torch.sum(p * dp, -1, keepdim=True))"
    assert last(shares(), text) is V.HOLDS
    assert last(shares(), text.replace("-1", "-2")) in BAD
    assert last(shares(), text.replace("keepdim=True", "keepdims=p")) is V.UNREADABLE


# ------------------------------------------------------------------ several equations in a line


@pytest.mark.parametrize(
    "line",
    [
        *("δ3 = z3 − y, ∂L/∂W3 = h2ᵀ δ3", "δ3 = z3 − y and ∂L/∂W3 = h2ᵀ δ3"),
        *("∂L/∂W3 = h2ᵀ e where e = z3 − y", r"dW3 = h2ᵀ e \quad \text{with } e = z_3 - y"),
    ],
)
def test_two_equations_in_a_line(line):
    assert set(verdicts(course(), line)) <= {V.HOLDS, V.STEP}
    assert (
        nn.check_derivation(course(), line.replace("z3 −", "z2 −").replace("_3 -", "_2 -")).right
        is False
    )


def test_two_names_before_one_equals_sign():
    start = "dz = softmax(z) - onehot(y)\ndm = dz @ W.T\n"
    assert verdicts(gate(), f"{start}dg, dt = dm * t, dm * g") == [V.HOLDS] * 4
    assert verdicts(gate(), f"{start}dg, dt = dm * g, dm * t")[2:] == [V.WRONG] * 2


@pytest.mark.parametrize(
    "line",
    [
        *("δ3_b = z3_b − y_b, b = 1, …, B", "δ3_k = z3_k − y_k, (k = 1, 2, ..., K)"),
        "δ3_k = z3_k − y_k for k = 1..K",
    ],
)
def test_for_which_indices_a_line_speaks_is_no_equation(line):
    assert verdicts(course(), line) == [V.HOLDS]
    assert verdicts(course(), line.replace("−", "+")) == [V.WRONG]


# ------------------------------------------------------------------ local derivatives


def test_local_derivatives_are_steps():
    text = """∂L/∂z = p − onehot(y)
        ∂z/∂m = Wᵀ
        ∂m/∂g = t
        ∂g/∂a = g (1 − g)
        ∂L/∂a = ∂L/∂z · ∂z/∂m · ∂m/∂g · ∂g/∂a
        ∂L/∂U = xᵀ · ∂L/∂a"""
    step = V.STEP
    assert verdicts(gate(), text) == [V.HOLDS, step, step, V.HOLDS, V.HOLDS, V.HOLDS]
    wrong = verdicts(gate(), text.replace("∂m/∂g = t", "∂m/∂g = g"))
    assert (wrong[2], wrong[4]) == (V.WRONG, V.FOLLOWS)  # and not the line that is made of it
    wrong = verdicts(gate(), text.replace("∂z/∂m = Wᵀ", "∂z/∂m = W"))
    assert (wrong[1], wrong[4]) == (V.WRONG, V.FOLLOWS)
    assert verdicts(gate(), text.replace("g (1 − g)", "1 − g²"))[3] is V.WRONG


def test_a_local_derivative_is_no_gradient():
    assert last(course(), "∂L/∂h2 = ∂z3/∂h2 = δ3 W3ᵀ") is V.UNREADABLE
    assert last(course(), "∂z3/∂h2 = W3ᵀ\n∂L/∂h2 = ∂z3/∂h2 = δ3 W3ᵀ") is V.UNREADABLE


@pytest.mark.parametrize(
    ("line", "verdict"),
    thinned(
        [
            *(("f'(z2) = h2 (1 − h2)", V.HOLDS), ("σ′(z1) = σ(z1) (1 − σ(z1))", V.HOLDS)),
            *(("∂h2/∂z2 = h2 (1 − h2)", V.HOLDS), ("f'(z2) = h1 (1 − h1)", V.WRONG)),
            *(("f'(z2) = 1 − h2²", V.WRONG), ("relu'(z1) = z1 > 0", V.UNREADABLE)),
            *(("f'(z3) = 1", V.UNREADABLE), ("f'(z2) = f'(z2)", V.NOT_NEEDED)),
        ],
        2,
    ),
)
def test_a_line_about_the_slope_of_an_activation(line, verdict):
    report = nn.check_derivation(course(), line)
    assert report.lines[0].verdict is verdict
    if verdict is V.WRONG:
        assert all(report.lines[0].hint(stage) for stage in (1, 2, 3))
    assert last(course(), f"{line}", columns=True) is verdict


def test_a_slope_that_is_not_clear_is_not_judged():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Input("y", width=4)
        z = nn.matmul(x, weights("W", 3, 4), name="z")
        both = nn.add(nn.tanh(z, name="t"), nn.sigmoid(z, name="s"), name="u")
        loss = nn.squared_error(both, y, name="loss")
    assert last(loss, "f'(z) = 1 − t²") is V.UNREADABLE


# ------------------------------------------------------------------ a matrix for each example


@pytest.mark.parametrize(
    ("loss", "columns", "line", "holds"),
    thinned(
        [
            (shares, True, "∂L/∂z = (diag(p) − p pᵀ)(p − y)", True),
            (shares, True, "∂L/∂z = (diag(p) + p pᵀ)(p − y)", False),
            (shares, True, "∂L/∂z = diag(p)(p − y)", False),
            (shares, True, "J = diag(p) − p pᵀ\n∂L/∂z = J (p − y)", True),
            (shares, True, "J = p pᵀ − diag(p)\n∂L/∂z = J (p − y)", False),
            (shares, False, "∂L/∂z = (p − y)(diag(p) − pᵀ p)", True),
            (shares, False, "∂L/∂z = (p − y)(diag(p) − p pᵀ)", False),
            (shares, False, "∂L/∂z = (p − y)(diag(p) − pᵀ p) / B", False),
            (direction, False, "v.grad = δ Uᵀ\na.grad = v.grad (I − vᵀ v) / n", True),
            (
                direction,
                False,
                r"\frac{\partial L}{\partial a} = v.grad \frac{I - v^\top v}{\|a\|}",
                True,
            ),
            (direction, False, "v.grad = δ Uᵀ\na.grad = v.grad (I − aᵀ a) / n", False),
            (direction, False, "v.grad = δ Uᵀ\na.grad = v.grad (I − vᵀ v)", False),
        ],
        2,
    ),
)
def test_the_matrix_of_all_slopes_of_one_example(loss, columns, line, holds):
    verdict = last(loss(), line, columns=columns)
    assert verdict is V.HOLDS if holds else verdict in BAD


def test_slips_beside_a_matrix_of_one_example_are_named():
    (line,) = nn.check_derivation(shares(), "∂L/∂z = (p − y)(diag(p) + pᵀ p)").wrong
    assert [found.slip for found in line.slips] == [Slip.TERM_SIGN]


# ------------------------------------------------------------------ MATLAB


@pytest.mark.parametrize(
    ("line", "holds"),
    [
        ("d2 = (δ3 * W3') .* h2 .* (1 - h2); dW2 = h1' * d2;", True),
        ("d2 = 0.5 * (δ3 * W3') .* (2 * h2 .* (1 - h2)); dW2 = h1' * d2;", True),
        ("d2 = (δ3 * W3') * h2 .* (1 - h2); dW2 = h1' * d2;", False),
        ("d2 = δ3 * W3' * (h2 .* (1 - h2)); dW2 = h1' * d2;", False),
    ],
)
def test_where_matlab_writes_its_dots_a_star_is_no_product_entry_by_entry(line, holds):
    verdict = last(course(), START + line)
    assert verdict is V.HOLDS if holds else verdict in (*BAD, V.FOLLOWS)


def test_a_transpose_before_a_bracket():
    assert last(course(), "dL/dW3 = h2' (z3 - y)\ndL/dW1 = x' dL/dz1") is V.HOLDS
    assert verdicts(course(), "dL/dW1 = x' dL/dz1\ndL/dW3 = h2' (z3 - y)") == [V.HOLDS] * 2
    assert last(course(), "dL/dW1 = x' dL/dz1\ndL/dW3 = h1' (z3 - y)") in BAD


def test_two_arrays_of_examples_that_do_not_fit_are_taken_entry_by_entry():
    (line,) = nn.check_derivation(course(), "δ2 = δ3 · W3ᵀ · h1 · (1 − h1)").wrong
    assert "entry by entry" in line.hint(1)
    (line,) = nn.check_derivation(course(), "δ2 = (δ3 · W3) ⊙ h2 ⊙ (1 − h2)").wrong
    assert "meet inside" in line.hint(1)
