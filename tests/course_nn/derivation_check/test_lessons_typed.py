"""The derivations of lessons 03 to 05, as readers type them."""

import numpy as np
import pytest

import course_nn as nn


def model(**options):
    return nn.two_hidden_layer_network(2, 3, 2, 2, **({"loss": "squared_error"} | options)).loss


def chain():
    """Lesson 03, section 1: every matrix is one number."""
    return nn.two_hidden_layer_network(1, 1, 1, 1, loss="squared_error").loss


def twice():
    """The further lesson shared_and_skipped: one matrix in two layers."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Input("y", width=2)
        W1 = nn.Parameter("W1", np.ones((3, 2)))
        W = nn.Parameter("W", np.ones((2, 2)))
        h1 = nn.sigmoid(nn.matmul(x, W1, name="z1"), name="h1")
        h2 = nn.sigmoid(nn.matmul(h1, W, name="z2"), name="h2")
        return nn.squared_error(nn.matmul(h2, W, name="z3"), y, name="loss")


def skip():
    """The further lesson shared_and_skipped: h2 = f(z2) + h1."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Input("y", width=2)
        W1 = nn.Parameter("W1", np.ones((3, 2)))
        W2 = nn.Parameter("W2", np.ones((2, 2)))
        W3 = nn.Parameter("W3", np.ones((2, 2)))
        h1 = nn.sigmoid(nn.matmul(x, W1, name="z1"), name="h1")
        f2 = nn.sigmoid(nn.matmul(h1, W2, name="z2"), name="f2")
        h2 = nn.add(f2, h1, name="h2")
        return nn.squared_error(nn.matmul(h2, W3, name="z3"), y, name="loss")


TYPED = {
    "03, the chain": (
        chain,
        """
        dz3 = z3 - y
        dh2 = dz3 * W3
        dz2 = dh2 * h2 * (1 - h2)
        dh1 = dz2 * W2
        dz1 = dh1 * h1 * (1 - h1)
        dW1 = dz1 * x
        dW2 = dz2 * h1
        dW3 = (z3 - y) * h2
        """,
    ),
    "03 to 05, as code": (
        model,
        """
        delta3 = z3 - y                                # (3.5)
        dW3 = h2.T @ delta3                            # (3.7)
        delta2 = (delta3 @ W3.T) * h2 * (1 - h2)       # (4.5)
        dW2 = h1.T @ delta2
        delta1 = (delta2 @ W2.T) * h1 * (1 - h1)       # (5.1)
        dW1 = x.T @ delta1                             # (5.2)
        """,
    ),
    "03 to 05, as formulas": (
        model,
        """
        δ₃ = ∂L/∂z₃ = z₃ − y
        ∂L/∂W₃ = h₂ᵀ δ₃
        ∂L/∂h₂ = δ₃ W₃ᵀ
        δ₂ = ∂L/∂z₂ = ∂L/∂h₂ ⊙ f′(z₂)
        ∂L/∂W₂ = h₁ᵀ δ₂
        δ₁ = (δ₂ W₂ᵀ) ⊙ h₁ ⊙ (1 − h₁)
        ∂L/∂W₁ = xᵀ δ₁
        """,
    ),
    "05, several examples": (
        model,
        """
        δ3 = z3 − y
        δ2 = (δ3 W3^T) ⊙ f'(z2)
        δ1 = (δ2 W2^T) ⊙ f'(z1)
        ∂J/∂W1 = 1/B x^T δ1
        ∂J/∂W2 = 1/B h1^T δ2
        ∂J/∂W3 = 1/B h2^T δ3
        """,
    ),
    "04, tanh": (
        lambda: model(activation="tanh"),
        """
        z3.grad = z3 - y
        z2.grad = (z3.grad @ W3.T) * (1 - h2**2)
        z1.grad = (z2.grad @ W2.T) * (1 - h1²)
        W3.grad = h2.T @ z3.grad / B; W2.grad = h1.T @ z2.grad / B; W1.grad = x.T @ z1.grad / B
        """,
    ),
    "05, classes": (
        lambda: model(loss="cross_entropy"),
        """
        p = softmax(z3)
        δ3 = p − onehot(y)
        ∂J/∂W3 = 1/B Σ_b h2_bᵀ δ3_b
        δ2 = (δ3 W3ᵀ) ⊙ σ′(z2)
        ∂J/∂W2 = 1/B Σ_b h1_bᵀ δ2_b
        δ1 = (δ2 W2ᵀ) ⊙ σ′(z1)
        ∂J/∂W1 = 1/B Σ_b x_bᵀ δ1_b
        """,
    ),
    "05, one matrix in two layers": (
        twice,
        """
        δ3 = z3 − y
        δ2 = (δ3 Wᵀ) ⊙ f′(z2)
        ∂L/∂W = h1ᵀ δ2 + h2ᵀ δ3
        δ1 = (δ2 Wᵀ) ⊙ f′(z1)
        ∂L/∂W1 = xᵀ δ1
        """,
    ),
    "05, a skip connection": (
        skip,
        """
        δ3 = z3 − y
        ∂L/∂h2 = δ3 W3ᵀ
        δ2 = ∂L/∂h2 ⊙ (h2 − h1) (1 − (h2 − h1))
        ∂L/∂h1 = δ2 W2ᵀ + ∂L/∂h2
        δ1 = ∂L/∂h1 ⊙ f′(z1)
        W1.grad = xᵀ δ1 / B
        W2.grad = h1ᵀ δ2 / B
        W3.grad = h2ᵀ δ3 / B
        """,
    ),
}


@pytest.mark.parametrize("lesson", TYPED)
def test_a_derivation_of_the_lessons_is_right(lesson):
    graph, text = TYPED[lesson]
    report = nn.check_derivation(graph(), text)
    assert report.right is True, repr(report)


def test_a_derivation_of_the_lessons_as_columns():
    text = """
    δ3 = z3 − y
    ∂L/∂W3 = δ3 h2ᵀ
    δ2 = (W3ᵀ δ3) ⊙ f′(z2)
    ∂L/∂W2 = δ2 h1ᵀ
    d1 = (W2.T @ δ2) * h1 * (1 - h1)
    ∂L/∂W1 = d1 @ x.T
    """
    report = nn.check_derivation(model(), text, columns=True)
    assert report.right is True, repr(report)


def test_the_slips_of_the_lessons_are_not_right():
    right = TYPED["05, several examples"][1]
    for old, new in (
        ("z3 − y", "y − z3"),
        ("W3^T", "W3"),
        (" ⊙ f'(z2)", ""),
        ("f'(z1)", "f'(h1)"),
        ("1/B x^T δ1", "x^T δ1"),
        ("h1^T δ2", "δ2^T h1"),
    ):
        assert nn.check_derivation(model(), right.replace(old, new)).right is False
