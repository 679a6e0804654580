"""Lines about entries, δ2_j = Σ_k δ3_k W3_jk f′(z2_j): an index is an axis with a name."""

import pytest
from test_typed_lines import classes, heads, lessons, row_mean, skip
from tiers import thinned

import course_nn as nn
from course_nn import more_operations as more
from course_nn.derivation_check.judgement import BAD, Verdict
from course_nn.derivation_check.slips import Slip
from course_nn.derivation_check.statement import Reason


def row_norm():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=5), nn.Input("y", width=3)
        z = nn.matmul(x, nn.Parameter("W", [[1.0, 2, 3]] * 5), name="z")
        n = more.row_norm(z, name="n")
        return nn.squared_error(more.divide(z, n, name="u"), y, name="loss")


def lines_of(loss, text, columns=False):
    return [line for line in nn.check_derivation(loss, text, columns).lines if line.number]


RIGHT = {
    "the whole derivation": (
        lessons,
        False,
        r"""
        z1_i = Σ_d x_d W1_di
        h1_i = σ(z1_i)
        z2_j = Σ_i h1_i W2_ij
        h2_j = σ(z2_j)
        z3_k = Σ_j h2_j W3_jk
        δ3_k = z3_k − y_k
        h2_j.grad = Σ_k δ3_k W3_jk
        δ2_j = Σ_k δ3_k W3_jk h2_j (1 − h2_j)
        δ2_j = (δ3 W3ᵀ)_j f′(z2_j)
        δ₁ᵢ = f′(z₁ᵢ) Σⱼ W₂ᵢⱼ δ₂ⱼ
        ∂L/∂W3_jk = h2_j δ3_k
        ∂J/∂W3_jk = 1/B Σ_b h2_bj δ3_bk
        ∂J/∂W3_jk = 1/B Σ_b (h2_j δ3_k)
        dJ/dW1[d, i] = sum_b x[b, d] * delta1[b, i] / B
        \frac{\partial L}{\partial W_{2,ij}} = h_{1,i} \, \delta_{2,j}
        """,
    ),
    "columns": (
        lessons,
        True,
        """
        δ3_k = z3_k − y_k
        δ2_j = f'(z2_j) Σ_k W3_kj δ3_k
        ∂L/∂W3_kj = δ3_k h2_j
        ∂J/∂W3_kj = 1/B Σ_b δ3_kb h2_jb
        """,
    ),
    "classes and a bias": (
        classes,
        False,
        """
        p_k = e^{z3_k} / Σ_l e^{z3_l}
        δ3_k = p_k − [k = y]
        δ3_k = exp(z3_k) / Σ_k exp(z3_k) − 1[y = k]
        ∂L/∂b3_k = δ3_k
        ∂J/∂b3_k = 1/B Σ_b δ3_bk
        """,
    ),
    "a skip": (skip, False, "p_i.grad = s.grad_i + Σ_j b2.grad_j M_ij"),
    "two heads": (
        heads,
        False,
        """
        v.grad_k = 0.3 (v_k − t_k)
        h.grad_i = Σ_k s.grad_k S_ik + Σ_l v.grad_l T_il
        """,
    ),
    "a mean": (
        row_mean,
        False,
        """
        m.grad = −Σ_i c.grad_i
        h_i.grad = c.grad_i + m.grad / width(h)
        h.grad = c.grad − 1/width(h) Σ_l c.grad_l
        """,
    ),
    "a length": (
        row_norm,
        False,
        """
        n = √(Σ_k z_k²)
        g_k = u_k − y_k
        n.grad = −Σ_k g_k z_k / n²
        z_k.grad = (g_k − u_k Σ_l u_l g_l) / n
        z.grad = (g − u Σ_k u_k g_k) / n
        """,
    ),
}


@pytest.mark.parametrize("hand", RIGHT)
def test_right_lines_hold(hand):
    graph, columns, text = RIGHT[hand]
    for line in lines_of(graph(), text, columns):
        assert line.verdict in (Verdict.HOLDS, Verdict.STEP), (line.text, line.read, line.problem)


WRONG = [
    (lessons, "z3_k = Σ_j h2_j W3_kj"),
    (lessons, "δ3_k = y_k − z3_k"),
    (lessons, "δ3_k = (z3_k − y_k) / B"),
    (lessons, "δ2_j = Σ_k δ3_k W3_kj h2_j (1 − h2_j)"),
    (lessons, "δ2_j = δ3_j h2_j (1 − h2_j)"),
    (lessons, "δ2_j = Σ_k δ3_k W3_jk h2_j"),
    (lessons, "δ2_j = Σ_k δ3_k W3_jk Σ_j h2_j (1 − h2_j)"),
    (lessons, "∂L/∂W3_jk = h2_k δ3_j"),
    (lessons, "∂L/∂W3_kj = h2_j δ3_k"),
    (lessons, "∂L/∂W3_jk = h2_j"),
    (lessons, "∂J/∂W3_jk = h2_j δ3_k"),
    (lessons, "∂J/∂W3_jk = 1/B h2_j δ3_k"),
    (lessons, "∂J/∂W3_jk = Σ_b h2_bj δ3_bk"),
    (lessons, "∂J/∂W3_jk = 1/B (Σ_b h2_bj) (Σ_b δ3_bk)"),
    (classes, "δ3_k = p_k − 1"),
    (classes, "δ3_k = e^{z3_k} / Σ_b e^{z3_bk} − [k = y]"),
    (classes, "∂J/∂b3_k = δ3_k"),
    (classes, "∂J/∂b3_k = Σ_b δ3_bk"),
    (skip, "p_i.grad = s.grad_i + Σ_j b2.grad_j M_ji"),
    (heads, "h.grad_i = Σ_k s.grad_k S_ik + Σ_k s.grad_k T_ik"),
    (row_mean, "h_i.grad = c.grad_i − Σ_i c.grad_i"),
    (row_norm, "z_k.grad = (u_k − y_k) / n"),
    (row_norm, "z.grad = (u.grad − Σ_k u_k u.grad_k) / n"),
]


@pytest.mark.parametrize(("graph", "text"), thinned(WRONG, 3))
def test_wrong_lines_do_not_hold(graph, text):
    (line,) = lines_of(graph(), text)
    assert line.verdict in BAD, line.read


def test_in_columns_the_rows_of_the_weights_are_what_they_feed():
    for text in ("δ2_j = f'(z2_j) Σ_k W3_jk δ3_k", "∂J/∂W3_kj = 1/B Σ_b δ3_jb h2_kb"):
        (line,) = lines_of(lessons(), text, columns=True)
        assert line.verdict in BAD


@pytest.mark.parametrize(
    ("text", "reason", "word"),
    [
        ("δ3_k = z3_j − y_j", Reason.FREE_INDEX, "j"),
        ("δ2_j = δ3_k W3_jk f′(z2_j)", Reason.FREE_INDEX, "k"),
        ("δ2_j = Σ_j δ3_k W3_jk f′(z2_j)", Reason.FREE_INDEX, "k"),
        ("δ2 = Σ_k δ3_k W3_jk", Reason.FREE_INDEX, "j"),
        ("W3.grad = Σ_b h2[b, j] δ3[b, k]", Reason.FREE_INDEX, "j"),
        ("∂J/∂W3_jk = Σ_b Σ_b h2_bj δ3_bk", Reason.NO_INDEX, "Σ_b"),
        ("δ2_j = Σ_k f′(z2_j)", Reason.NO_INDEX, "Σ_k"),
        ("∂L/∂W3_jk = h2 δ3", Reason.ENTRIES, "h2"),
        ("δ_{3,k} = z_{3,k} − y", Reason.ENTRIES, "y"),
        ("δ3 = z3_k − y_k", Reason.ENTRIES, "z3_k"),
        ("δ2_j = Σ δ3_k W3_jk", Reason.WHICH_SUM, ""),
        ("∂L/∂W2_jj = h1_j δ2_j", Reason.ENTRIES, ""),
    ],
)
def test_what_an_index_stands_for_has_to_be_said(text, reason, word):
    (line,) = lines_of(lessons(), text)
    assert line.verdict is Verdict.UNREADABLE
    assert (line.problem.reason, line.problem.word) == (reason, word)


def test_what_is_made_from_a_line_that_cannot_be_read_says_so():
    first, second = lines_of(lessons(), "s = Σ_k δ3_k W3_jk\nδ2 = s ⊙ f′(z2)")
    assert first.problem.reason is Reason.FREE_INDEX
    assert second.problem.reason is Reason.SPOILT


def test_labels_have_no_entries_but_those_of_their_onehot():
    (line,) = lines_of(classes(), "δ3_k = p_k − y_k")
    assert line.problem.reason is Reason.LABELS


def test_what_was_read_is_shown_with_its_indices():
    (line,) = lines_of(lessons(), "δ2_j = Σ_k δ3_k W3_jk f'(z2_j)")
    assert line.read == "δ2[j] = Σ_k δ3[k] · W3[j, k] · f′(z2[j])"
    assert line.latex.startswith(r"{\delta_{2}}_{j} = \textstyle\sum_{k} {\delta_{3}}_{k}")


def test_a_name_with_an_index_is_one_name_in_lines_with_and_without():
    first, second, third = lines_of(
        classes(), "p_k = e^{z3_k} / Σ_l e^{z3_l}\nδ3 = p − onehot(y)\nW3.grad = h2ᵀ p / B"
    )
    assert (first.verdict, second.verdict) == (Verdict.STEP, Verdict.HOLDS)
    assert third.verdict in BAD


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        ("δ3_k = y_k − z3_k", Slip.SIGN),
        ("δ2_j = Σ_k δ3_k W3_kj f′(z2_j)", Slip.TRANSPOSE_MISSING),
        ("δ2_j = Σ_k δ3_k W3_jk", Slip.SLOPE_MISSING),
        ("δ2_j = Σ_k δ3_k W3_jk f′(h2_j)", Slip.SLOPE_AT_H),
        ("∂J/∂W3_jk = Σ_b h2_bj δ3_bk", Slip.MEAN_MISSING),
        ("∂L/∂W3_jk = h1_j δ3_k", Slip.OTHER_VALUE),
    ],
)
def test_slips_in_lines_about_entries_are_named(text, slip):
    (line,) = lines_of(lessons(), text)
    assert slip in [found.slip for found in line.slips]


def test_rows_and_columns_that_are_exchanged_are_not_called_a_mean():
    (line,) = lines_of(lessons(), "∂L/∂W3_jk = δ3_k h2_j", columns=True)
    assert [found.slip for found in line.slips] == [Slip.TRANSPOSED]


@pytest.mark.parametrize(
    "text", ["∂L/∂W3 = np.outer(δ3, h2)", "dW3 = np.einsum('bj,bk->kj', h2, δ3)"]
)
def test_nor_are_they_in_other_formulas(text):
    (line,) = lines_of(lessons(), text)
    assert Slip.TRANSPOSED in [found.slip for found in line.slips] and not line.together


def test_the_slips_of_many_lines_about_entries_are_searched():
    wrong = [text for graph, text in WRONG if graph is lessons][:10]
    assert all(line.searched for line in lines_of(lessons(), "\n".join(wrong)))
