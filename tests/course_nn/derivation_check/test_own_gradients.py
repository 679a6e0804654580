"""The gradient of a name of the reader's own: s.grad, δ_s or ∂L/∂s, where a line says what s is."""

import re

import pytest
from tiers import thinned

import course_nn as nn
from course_nn import more_operations as more
from course_nn.derivation_check.judgement import Verdict
from course_nn.derivation_check.statement import Reason

START = "u.grad = u − t\nn.grad = −Σ_k u.grad ⊙ z / n²\n"
END = "\nW.grad = x.T @ z.grad / B"


@pytest.fixture(scope="module")
def loss():
    """Rows of length one: n is the root of a sum that has no name in the graph."""
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=4)
        z = nn.matmul(x, nn.Parameter("W", [[1.0] * 4] * 3), name="z")
        u = more.divide(z, more.row_norm(z, name="n"), name="u")
        return nn.squared_error(u, t, name="loss")


def derived(loss, own):
    return nn.check_derivation(loss, f"{START}{own}{END}")


RIGHT = [
    ("s = Σ_k z²", "s.grad = n.grad / (2 √s)", "s.grad"),
    ("s = Σ_k z²", "s.grad = n.grad / (2 n)", "s.grad"),
    ("s = Σ_k z²", "δs = n.grad / (2 sqrt(s))", "δs"),
    ("s = Σ_k z²", "δ_s = n.grad / (2 n)", "δ_s"),
    ("s = Σ_k z²", "ds = n.grad / (2 n)", "ds"),
    ("s = Σ_k z²", "∂L/∂s = n.grad / (2 √s)", "∂L/∂s"),
    ("s = Σ_k z²", "∇_s L = n.grad / (2 n)", "∇_s L"),
    ("s = Σ_k z²", "s.grad = n.grad / (2 n)", "δ_s"),  # one gradient, however it is called
    ("s = Σ_k z²", "δs = n.grad / (2 n)", "s.grad"),
    ("s = Σ_k z²", "s.grad = n.grad / (2 n)", "∂L/∂s"),
    (r"s = \sum_k z^2", r"\frac{\partial L}{\partial s} = \frac{n.grad}{2\sqrt{s}}", "s.grad"),
    ("s_b = Σ_k z_bk²", "s.grad_b = n.grad_b / (2 √s_b)", "s.grad"),
    ("s_b = Σ_k z_bk²", "s_b.grad = n_b.grad / (2 n_b)", "s.grad"),
    ("s = Σ_k z²", "∂n/∂s = 1 / (2 √s)\ns.grad = n.grad ⊙ ∂n/∂s", "s.grad"),
    ("q = z²\ns = Σ_k q", "s.grad = n.grad / (2 √s)\nq.grad = s.grad", "q.grad"),
    ("q_bk = z_bk²", "q.grad_bk = n.grad_b / (2 n_b)", "q.grad"),
    ("s = (z**2).sum(axis=1, keepdims=True)", "s.grad = n.grad / (2 * np.sqrt(s))", "s.grad"),
]


@pytest.mark.all
@pytest.mark.parametrize(("definition", "line", "used"), thinned(RIGHT))
def test_it_is_read_where_a_line_says_what_the_name_is(loss, definition, line, used):
    report = derived(loss, f"{definition}\n{line}\nz.grad = u.grad / n + {used} ⊙ 2 z")
    assert report.right is True, report


@pytest.mark.parametrize(("definition", "line", "used"), thinned(RIGHT))
def test_it_is_what_its_line_says_and_a_wrong_line_is_refused(loss, definition, line, used):
    """A factor 2 lost on the way is found, whatever the gradient is called."""
    wrong = re.sub(r"2 ?(\* )?", "", line)
    assert wrong != line
    report = derived(loss, f"{definition}\n{wrong}\nz.grad = u.grad / n + {used} ⊙ 2 z")
    assert report.right is False
    assert Verdict.WRONG in [line.verdict for line in report.lines]


@pytest.mark.parametrize("definition", ["s = Σ_k z²", "s_b = Σ_k z_bk²"])
def test_its_letter_is_no_index_in_a_line_of_entries(loss, definition):
    lines = "δ_s = n.grad / (2 n)\nz.grad_bk = u.grad_bk / n_b + 2 δ_s z_bk"
    assert derived(loss, f"{definition}\n{lines}").right is True


def test_an_own_name_that_is_called_like_an_index_is_no_other_name(loss):
    lines = "b = Σ_k z²\nb.grad = n.grad / (2 n)\nz.grad = u.grad / n + {} ⊙ 2 z"
    assert derived(loss, lines.format("b.grad")).right is True
    unknown = derived(loss, lines.format("v")).lines[4].problem
    assert (unknown.reason, unknown.word) == (Reason.UNKNOWN_NAME, "v")


def test_the_name_may_be_defined_below(loss):
    lines = "s.grad = n.grad / (2 √s)\nz.grad = u.grad / n + s.grad ⊙ 2 z\ns = Σ_k z²"
    assert derived(loss, lines).right is True


@pytest.mark.parametrize("name", ["s.grad", "∂L/∂s"])
@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("", Reason.UNKNOWN_NAME),  # nothing says what s is
        ("{} = n.grad / (2 n)\n", Reason.UNKNOWN_NAME),
        ("s = Σ_k z²\n", Reason.UNKNOWN_NAME),  # nothing says what its gradient is
    ],
)
def test_without_a_line_it_stays_unknown(loss, name, before, reason):
    report = derived(loss, f"{before.format(name)}z.grad = u.grad / n + {name} ⊙ 2 z")
    assert report.right is None
    problems = [line.problem for line in report.lines if line.problem]
    assert problems and {problem.reason for problem in problems} == {reason}
    assert {problem.word for problem in problems} <= {name, "s"}


@pytest.mark.parametrize(
    "lines", ["s = Σ_k ??? z²\ns.grad = n.grad / (2 n)", "s = Σ_k z²\ns.grad = n.grad / (2 n ??)"]
)
def test_where_a_line_of_it_cannot_be_read_that_is_said(loss, lines):
    report = derived(loss, f"{lines}\nz.grad = u.grad / n + s.grad ⊙ 2 z")
    assert report.lines[4].problem.reason is Reason.SPOILT


def test_the_graph_comes_before_a_name_of_ones_own(loss):
    """Whoever calls something z still gets the gradient of the node z."""
    report = derived(loss, "z = x @ W\nz.grad = u.grad / n + n.grad ⊙ z / n")
    assert report.right is True


def test_a_gradient_of_what_has_no_name_is_refused_in_words(loss):
    (line, *_) = nn.check_derivation(loss, "n.grad = (u − t).grad").lines
    assert line.verdict is Verdict.UNREADABLE
    assert (line.problem.reason, line.problem.word) == (Reason.SIGN, ".grad")


@pytest.mark.parametrize("root", ["√n", "√ n", "√(n)", r"\sqrt{n}", r"\sqrt n", "sqrt n"])
def test_a_root_is_read_with_and_without_brackets(loss, root):
    (line, *_) = nn.check_derivation(loss, f"q = 2 {root}").lines
    assert line.read == "q = 2 · sqrt(n)"
