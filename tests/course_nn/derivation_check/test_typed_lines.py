"""Lines as readers type them, right and wrong ones, in many hands and on seven networks.

H holds, W does not, S is a step of one's own, U is better not read; what has a + stays for the
lines below.
"""

import numpy as np
import pytest

import course_nn as nn
from course_nn import more_operations as more
from course_nn.derivation_check.judgement import BAD, Verdict


def weights(name, *shape):
    return nn.Parameter(name, np.random.default_rng(len(name)).normal(size=shape))


def lessons():
    return nn.two_hidden_layer_network(5, 4, 3, 2, loss="squared_error").loss


def classes():
    return nn.two_hidden_layer_network(5, 4, 3, 2, activation="tanh", bias=True).loss


def skip():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Input("y", width=2)
        A, M, C = weights("A", 3, 4), weights("M", 4, 4), weights("C", 4, 2)
        p = nn.tanh(nn.matmul(x, A, name="a"), name="p")
        q = nn.tanh(nn.matmul(p, M, name="b2"), name="q")
        return nn.squared_error(nn.matmul(nn.add(q, p, name="s"), C, name="o"), y, name="loss")


def shared():
    with nn.Graph(make_current=False):
        x, y, U = nn.Input("x", width=4), nn.Labels("y", classes=4), weights("U", 4, 4)
        r = nn.sigmoid(nn.matmul(x, U, name="u"), name="r")
        return nn.cross_entropy(nn.matmul(r, U, name="t"), y, name="loss")


def product():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Input("y", width=4)
        U, W = weights("U", 3, 4), weights("W", 3, 4)
        g = nn.sigmoid(nn.matmul(x, U, name="u"), name="g")
        a = nn.tanh(nn.matmul(x, W, name="w"), name="a")
        return nn.squared_error(more.multiply(g, a, name="m"), y, name="loss")


def heads():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Labels("y", classes=3)
        t = nn.Input("t", width=2)
        A, S, T = weights("A", 3, 5), weights("S", 5, 3), weights("T", 5, 2)
        h = nn.relu(nn.matmul(x, A, name="a"), name="h")
        first = nn.cross_entropy(nn.matmul(h, S, name="s"), y, name="L1")
        second = nn.squared_error(nn.matmul(h, T, name="v"), t, name="L2")
        return more.add_losses(first, second, factor=0.3, name="loss")


def row_mean():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=3), nn.Input("y", width=4)
        h = nn.tanh(nn.matmul(x, weights("W", 3, 4), name="z"), name="h")
        c = more.subtract(h, more.row_mean(h, name="m"), name="c")
        return nn.squared_error(c, y, name="loss")


TYPED = {
    "as the course writes": (
        lessons,
        False,
        r"""
        H+ | δ3 = z3 − y
        H | W3.grad = h2ᵀ δ3 / B
        W | W3.grad = δ3ᵀ h2 / B
        W | W3.grad = h2ᵀ δ3
        H+ | h2.grad = δ3 W3ᵀ
        W | h2.grad = W3ᵀ δ3
        H+ | δ2 = h2.grad ⊙ h2 ⊙ (1 − h2)
        W | δ2 = h2.grad ⊙ z2 ⊙ (1 − z2)
        W | δ2 = h2.grad ⊙ (1 − h2²)
        H | W2.grad = 1/B h1ᵀ δ2
        W | W2.grad = 1/B h2ᵀ δ2
        H | δ1 = (δ2 W2ᵀ) ⊙ f′(z1)
        W | δ1 = (δ2 W2ᵀ) ⊙ f′(h1)
        W | δ1 = (δ2 W2) ⊙ f′(z1)
        H | W1.grad = 1/B xᵀ ((δ2 W2ᵀ) ⊙ f′(z1))
        """,
    ),
    "with NumPy": (
        lessons,
        False,
        r"""
        H+ | dz3 = z3 - y
        H | dW3 = h2.T @ dz3 / len(x)
        H | dW3 = np.dot(h2.T, dz3) / x.shape[0]
        W | dW3 = np.dot(h2.T, dz3) / 3
        H+ | dh2 = np.dot(dz3, W3.T)
        H+ | dz2 = np.multiply(dh2, h2 * (1.0 - h2))
        W | dz2 = np.multiply(dh2, h2 * (1.0 + h2))
        H | dz2 = dh2 * np.exp(-z2) / np.square(1 + np.exp(-z2))
        H | dW2 = h1.T.dot(dz2) * (1 / B)
        H | dW1 = np.matmul(x.T, np.matmul(dz2, W2.T) * h1 * (1 - h1))/B
        W | dW1 = np.matmul(x.T, np.matmul(dz2, W2) * h1 * (1 - h1))/B
        H | W3.grad = np.einsum('bj,bk->jk', h2, dz3) / B
        W | W3.grad = np.einsum('bj,bk->kj', h2, dz3) / B
        """,
    ),
    "in LaTeX": (
        lessons,
        False,
        r"""
        H+ | \delta^{(3)} = z^{(3)} - y
        H | \frac{\partial J}{\partial W^{(3)}} = \frac{1}{B} \left(h^{(2)}\right)^T \delta^{(3)}
        H | \frac{\partial J}{\partial W_3} = \frac{1}{B} \sum_{b=1}^{B} h_{2,b}^\top \delta_{3,b}
        W | \frac{\partial J}{\partial W_3} = \frac{1}{B} \sum_{b=1}^{B} \delta_{3,b}^\top h_{2,b}
        H+ | \delta_2 = \left(\delta_3 W_3^\top\right) \odot \sigma'(z_2)
        W | \delta_2 = \left(\delta_3 W_3\right) \odot \sigma'(z_2)
        H | \delta_2 = \delta_3 W_3^{\top} \circ h_2 \circ (1-h_2)
        H | \delta^{(2)} = \delta^{(3)} {W^{(3)}}^{T} \odot f'\!\left(z^{(2)}\right)
        H | \nabla_{W_2} J = \tfrac{1}{B} h_1^{\mathsf{T}} \delta_2
        W | \nabla_{W_2} J = h_1^{T} \delta_2
        H | \delta_1 = \delta_2 W_2^\top \mathrm{diag}(f'(z_1))
        """,
    ),
    "on paper, for one example": (
        lessons,
        False,
        r"""
        H+ | ∂L/∂z₃ = z₃ − y
        H | ∂L/∂W₃ = h₂ᵀ ∂L/∂z₃
        W | ∂L/∂W₃ = ∂L/∂z₃ h₂ᵀ
        H | ∂L/∂h₂ = ∂L/∂z₃ · W₃ᵀ
        W | ∂L/∂h₂ = W₃ · ∂L/∂z₃
        H+ | ∂L/∂z₂ = ∂L/∂z₃ W₃ᵀ ∘ σ(z₂)(1 − σ(z₂))
        W | ∂L/∂z₂ = ∂L/∂z₃ W₃ᵀ ∘ σ(h₂)(1 − σ(h₂))
        H | ∂J/∂W₂ = (1/B) ∑ᵦ h₁ᵦᵀ (∂L/∂z₂)ᵦ
        H | ∂L/∂W₂ = h₁ ⊗ ∂L/∂z₂
        W | ∂L/∂W₂ = ∂L/∂z₂ ⊗ h₁
        H | ∂ℒ/∂z₁ = (∂ℒ/∂z₂ W₂ᵀ) ⊙ h₁ (1 − h₁)
        """,
    ),
    "examples as columns": (
        lessons,
        True,
        r"""
        H+ | δ3 = z3 − y
        H | W3.grad = 1/B δ3 h2ᵀ
        W | W3.grad = 1/B h2ᵀ δ3
        H+ | δ2 = (W3ᵀ δ3) ⊙ f′(z2)
        H | δ2 = diag(f′(z2)) W3ᵀ δ3
        W | δ2 = (W3 δ3) ⊙ f′(z2)
        H | W2.grad = (1/B) Σ_{b=1}^B δ2_b h1_bᵀ
        H | dW2 = np.outer(δ2, h1)
        W | δ1 = (δ2 W2ᵀ) ⊙ f′(z1)
        H | δ1 = (W2.T @ δ2) * h1 * (1 - h1)
        """,
    ),
    "classes": (
        classes,
        False,
        r"""
        H | δ3 = ŷ − e_y
        H | δ3 = softmax(z3) − 1[k = y]
        W | δ3 = e_y − ŷ
        S+ | p = np.exp(z3) / np.exp(z3).sum(axis=1, keepdims=True)
        H | dz3 = p − [y = k]
        S+ | Y = np.eye(K)[y]
        H+ | δ3 = p − Y
        W | δ3 = p ⊙ (1 − p)
        W | δ3 = −Y / p
        W | δ3 = (p − Y) / B
        W | δ3 = z3 − Y
        H | b3.grad = 1/B Σ_b δ3
        H | b3.grad = δ3.mean(axis=0, keepdims=True)
        W | b3.grad = δ3.sum(axis=0)
        W | b3.grad = δ3.mean()
        H | b3.grad = 1/B 1ᵀ δ3
        H+ | δ2 = δ3 W3ᵀ ⊙ (1 − h2²)
        H | δ2 = δ3 W3ᵀ (1 − tanh²(z2))
        W | δ2 = δ3 W3ᵀ (1 − tanh²(h2))
        W | δ2 = δ3 W3ᵀ h2 (1 − h2)
        H | b2.grad = np.sum(δ2, 0) / B
        H | W2.grad = h1.T @ δ2 / B
        W | W2.grad = δ2.T @ h1 / B
        H | W1.grad = x.T @ ((δ2 @ W2.T) * (1 - h1**2)) / B
        H | δ3 = e^{z3}/Σ_{k} e^{z3} − Y
        """,
    ),
    "names of one's own": (
        lessons,
        False,
        r"""
        S+ | e = z3 − y
        S+ | a2 = h2
        H | W3.grad = a2ᵀ e / B
        W | W3.grad = eᵀ a2 / B
        S+ | g2 = a2 (1 − a2)
        H+ | δ2 = (e W3ᵀ) ⊙ g2
        W | δ2 = (e W3) ⊙ g2
        S+ | d1 = (δ2 W2ᵀ) * h1 * (1 - h1)
        H | W1.grad = xᵀ d1 / B   // the first layer
        W | W1.grad = x d1 / B
        H | ∇W2 = h1ᵀ δ2 / B   # (4.7)
        H | 2) W2.grad ← h1^T δ2 / B
        W | W2.grad[i,j] = h1[i] δ2[j]
        H | ∂L/∂w2_ij = h1_i δ2_j
        """,
    ),
    "without signs": (
        lessons,
        False,
        r"""
        H+ | delta_3 = z_3 - y
        U | dJ/dW3 = h_2' delta_3 / B
        H | dL/dW3 = h_2^T delta_3
        W | dL/dW3 = delta_3 h_2^T
        H+ | delta_2 = (delta_3 W_3^T) .* sigmoid_prime(z_2)
        W | delta_2 = (delta_3 W_3^T) .* sigmoid_prime(z_1)
        H | delta_1 = (delta_2 W_2^T) .* h_1 .* (1 - h_1)
        W | delta_1 = (delta_3 W_2^T) .* h_1 .* (1 - h_1)
        H | dJ/dW2 = mean_b(h_1^T delta_2)
        """,
    ),
    "a skip": (
        skip,
        False,
        r"""
        H+ | o.grad = o − y
        H+ | s.grad = o.grad Cᵀ
        H+ | q.grad = s.grad
        H+ | b2.grad = q.grad ⊙ (1 − q²)
        H+ | p.grad = s.grad + b2.grad Mᵀ
        W | p.grad = b2.grad Mᵀ
        W | p.grad = s.grad + b2.grad M
        W | p.grad = s.grad ⊙ (b2.grad Mᵀ)
        W | p.grad = 2 s.grad + b2.grad Mᵀ
        H | a.grad = p.grad (1 − p²)
        W | a.grad = p.grad p (1 − p)
        H | A.grad = xᵀ ((s.grad + b2.grad Mᵀ) ⊙ (1 − p²)) / B
        H | M.grad = pᵀ b2.grad / B
        W | M.grad = qᵀ b2.grad / B
        H | dC = sᵀ do
        W | C.grad = qᵀ o.grad / B
        """,
    ),
    "one matrix used twice": (
        shared,
        False,
        r"""
        H+ | t.grad = softmax(t) − e_y
        H+ | r.grad = t.grad Uᵀ
        H+ | u.grad = r.grad ⊙ r (1 − r)
        H | U.grad = (xᵀ u.grad + rᵀ t.grad) / B
        H | U.grad = 1/B Σ_b (x_bᵀ u.grad_b + r_bᵀ t.grad_b)
        W | U.grad = rᵀ t.grad / B
        W | U.grad = xᵀ u.grad / B
        W | U.grad = (xᵀ u.grad − rᵀ t.grad) / B
        W | U.grad = (xᵀ u.grad + rᵀ t.grad) / 2
        W | r.grad = t.grad U
        W | U.grad = (xᵀ t.grad + rᵀ u.grad) / B
        """,
    ),
    "a product of two layers": (
        product,
        False,
        r"""
        H+ | m.grad = m − y
        H+ | g.grad = m.grad ⊙ a
        W | g.grad = m.grad ⊙ g
        W | g.grad = m.grad @ aᵀ
        H+ | a.grad = m.grad g
        H+ | u.grad = g.grad g (1 − g)
        H | w.grad = a.grad (1 − a²)
        H | U.grad = xᵀ ((m − y) a g (1 − g)) / B
        W | U.grad = xᵀ ((m − y) a (1 − g)) / B
        H | W.grad = 1/B xᵀ (m.grad ⊙ g ⊙ (1 − a^2))
        W | W.grad = 1/B xᵀ (m.grad ⊙ g ⊙ (1 − w^2))
        """,
    ),
    "two heads": (
        heads,
        False,
        r"""
        H+ | s.grad = softmax(s) − onehot(y)
        H+ | v.grad = 0.3 (v − t)
        H | v.grad = 0,3 (v − t)
        W | v.grad = v − t
        W | v.grad = 0.09 (v − t)
        H+ | h.grad = s.grad Sᵀ + v.grad Tᵀ
        W | h.grad = s.grad Sᵀ + 0.3 v.grad Tᵀ
        W | h.grad = s.grad Sᵀ
        H | a.grad = h.grad (a > 0)
        H | a.grad = np.where(a > 0, h.grad, 0)
        H | a.grad = h.grad ⊙ 1[h > 0]
        W | a.grad = h.grad (a < 0)
        H | S.grad = hᵀ s.grad / B
        H | T.grad = hᵀ v.grad / B
        W | T.grad = 0.3 hᵀ v.grad / B
        H | A.grad = xᵀ ((s.grad Sᵀ + v.grad Tᵀ) ⊙ (a > 0)) / B
        """,
    ),
    "the mean of a row": (
        row_mean,
        False,
        r"""
        H+ | c.grad = c − y
        H+ | m.grad = −Σ_k c.grad
        W | m.grad = Σ_k c.grad
        W | m.grad = −mean_k(c.grad)
        H+ | h.grad = c.grad + m.grad / width(h)
        H | h.grad = c.grad − mean_k(c.grad)
        W | h.grad = c.grad
        W | h.grad = c.grad − Σ_k c.grad
        H | h.grad = c.grad - c.grad.mean(axis=1, keepdims=True)
        W | h.grad = c.grad - c.grad.mean()
        H | δ = h.grad (1 − h²)
        W | δ = h.grad h (1 − h)
        H | W.grad = xᵀ δ / B
        W | W.grad = np.mean(x.T @ z.grad) + 0
        """,
    ),
    "many hands": (
        lessons,
        False,
        r"""
        H+ | dL_dz3 = z3 - y
        H | dL_dW3 = (h2.T).dot(dL_dz3)
        W | dL_dW3 = (h2.T).dot(dL_dz3.T)
        H | δ2 = ((δ3) (W3)ᵀ) ⊙ (h2) ⊙ (1 − h2)
        H | δ2 = (δ3 W3ᵀ) * h2*(1-h2);
        H | δ2 = δ3·W3ᵀ⊙f'(z2)
        H | z2.grad = (z3.grad @ W3.T) * (sigmoid(z2) * (1 - sigmoid(z2)))
        W | z2.grad = (z3.grad @ W3.T) * (sigmoid(z2) * (1 - sigmoid(z1)))
        H | δ2 = [δ3 W3ᵀ] ⊙ f'(z2)
        H | δ2 = {δ3 W3ᵀ} ⊙ f'(z2)
        H | δ₂ = (δ₃W₃ᵀ) ⊙ σ'(z₂)
        H | δ₁ = (((z₃ − y) W₃ᵀ ⊙ σ'(z₂)) W₂ᵀ) ⊙ σ'(z₁)
        W | δ₁ = (((z₃ − y) W₃ᵀ ⊙ σ'(z₂)) W₂ᵀ) ⊙ σ'(z₂)
        H | W3.grad = sum_b(h2[b].T @ δ3[b]) / B
        H | W3.grad = (1/B) * Σ_b h2[b,:].T @ δ3[b,:]
        H | ∂J/∂W₁ = B^{-1} xᵀ δ₁
        H | ∂J/∂W1 = (1 ÷ B) × xᵀ × δ1
        W | ∂J/∂W1 = (1 ÷ B) × δ1ᵀ × x
        H | Therefore W1.grad = xᵀ δ1 / B.
        H | (iii) W1.grad = xᵀ δ1 / B
        H | W1.grad = xᵀ δ1 / B      (5, 4)
        W | W1.grad = x δ1ᵀ / B
        H | W1.grad = 1/B·xᵀ·δ1   (mean over the batch)
        H | dz1 = (dz2 @ W2.T) * dsigmoid(z1)
        H | dz1 = (dz2 @ W2.T) * sigmoid_derivative(z1)
        H | ∂L/∂z1 = (∂L/∂h1) ⊙ h1 ⊙ (1 − h1)
        H | h1.grad = (W2 δ2ᵀ)ᵀ
        W | h1.grad = (W2ᵀ δ2ᵀ)ᵀ
        H | δ2 = δ3 W3ᵀ ⊙ exp(−z2)/(1+exp(−z2))^2
        H | δ2 = δ3 W3ᵀ ⊙ 1/(1+e^{-z2}) ⊙ (1 − 1/(1+e^{-z2}))
        W | δ2 = δ3 W3ᵀ ⊙ 1/(1+e^{z2}) ⊙ 1/(1+e^{z2})
        """,
    ),
}


@pytest.mark.all
@pytest.mark.parametrize("hand", TYPED)
def test_each_line_is_judged_rightly(hand):
    graph, columns, block = TYPED[hand]
    loss, before, wrongly = graph(), list[str](), []
    allowed = {
        "H": {Verdict.HOLDS},
        "W": {*BAD},
        "S": {Verdict.STEP, Verdict.NOT_NEEDED},
        "U": {Verdict.UNREADABLE},
    }
    for typed in filter(None, map(str.strip, block.splitlines())):
        expected, _, text = typed.partition(" | ")
        report = nn.check_derivation(loss, "\n".join([*before, text]), columns)
        line = [line for line in report.lines if line.number][-1]
        if line.verdict not in allowed[expected[0]]:
            wrongly.append((typed, line.read, line.verdict, line.problem))
        before += [text] if "+" in expected else []
    assert not wrongly
