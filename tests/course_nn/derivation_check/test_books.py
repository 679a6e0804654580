"""Notations of books and libraries: whole derivations on three networks, and single lines.

H holds, W does not, S is a step of one's own, U is better not read; what has a + stays for the
lines below.
"""

import pytest
from books import NETWORKS, WHOLE

import course_nn as nn
from course_nn.derivation_check.judgement import BAD, Verdict
from course_nn.derivation_check.statement import Reason

CASES = [(notation, network) for notation, by in WHOLE.items() for network in by]
QUICK = [  # one of each network and notation; the others are in the longer tier
    case if i % 10 == 0 else pytest.param(*case, marks=pytest.mark.all)
    for i, case in enumerate(CASES)
]


def rows_of(notation, network):
    columns, text = WHOLE[notation][network]
    return columns, [line.split(" !! ") for line in text.strip().splitlines()]


@pytest.mark.parametrize(("notation", "network"), QUICK)
def test_a_derivation_in_the_notation_of_a_book_is_right(notation, network):
    columns, rows = rows_of(notation, network)
    text = "\n".join(row[0] for row in rows)
    report = nn.check_derivation(NETWORKS[network](), text, columns)
    assert report.right is True, repr(report)


@pytest.mark.all
@pytest.mark.parametrize(("notation", "network"), QUICK)
def test_with_one_wrong_line_it_is_not_right(notation, network):
    columns, rows = rows_of(notation, network)
    loss, wrong = NETWORKS[network](), [i for i, row in enumerate(rows) if len(row) > 1]
    assert wrong
    for i in wrong:
        text = "\n".join(row[1] if k == i else row[0] for k, row in enumerate(rows))
        report = nn.check_derivation(loss, text, columns)
        assert report.right is not True, repr(report)
        blamed = [each for each in report.wrong if each.verdict in BAD]
        unread = [each for each in report.lines if each.verdict is Verdict.UNREADABLE]
        assert len(blamed) + len(unread) == 1, repr(report)


ALLOWED = {
    "H": {Verdict.HOLDS},
    "W": {*BAD},
    "S": {Verdict.STEP, Verdict.NOT_NEEDED},
    "U": {Verdict.UNREADABLE},
}

LINES = {
    "Goodfellow": (
        "course",
        False,
        r"""
H+ | g = ∇_{z3} L = z3 − y
S+ | g ← z3 − y
H | ∇_{W3} L = h2ᵀ g
W | ∇_{W3} L = gᵀ h2
H | ∇_{W^{(3)}} L = h^{(2)⊤} g
S+ | g ← g W3ᵀ
S+ | g ← g ⊙ f′(z2)
H | ∇_{W2} L = h1ᵀ g
W | ∇_{W2} L = h2ᵀ g
H | ∇_{z2} J = 1/B ((z3 − y) W3ᵀ ⊙ f′(z2))
H | ∇_{z^{(2)}} L = (∇_{z^{(3)}} L) W^{(3)⊤} ⊙ f′(z^{(2)})
W | ∇_{z^{(2)}} L = (∇_{z^{(3)}} L) W^{(3)} ⊙ f′(z^{(2)})
H | ∇_W3 L = h2ᵀ (z3 − y)
H | ∇_{W₃}J = 1/B h₂ᵀ(z₃ − y)
""",
    ),
    "Goodfellow c": (
        "classes",
        False,
        r"""
U | ∇_{z3} L = softmax(z3) − e^{(y)}
H+ | ∇_{z3} L = ŷ − 1_{y}
H | ∇_{b^{(3)}} J = 1/B Σ_b ∇_{z^{(3)}} L
H | (∇_{z3} L)_k = ŷ_k − 1_{k=y}
W | (∇_{z3} L)_k = 1_{k=y} − ŷ_k
H | (∇_{z^{(3)}} L)_i = softmax(z^{(3)})_i − 1_{i=y}
H | ∇_{b3} J = mean_b(ŷ − onehot(y))
W | ∇_{b3} J = Σ_b(ŷ − onehot(y))
""",
    ),
    "Nielsen": (
        "course",
        True,
        r"""
U | δ^L = ∇_a C ⊙ σ′(z^L)
H+ | δ^3 = z^3 − y
H+ | δ^2 = ((w^3)^T δ^3) ⊙ σ′(z^2)
W | δ^2 = (w^3 δ^3) ⊙ σ′(z^2)
H | ∂C/∂w^3_{jk} = a^2_k δ^3_j
H | ∂C/∂w^3 = δ^3 (a^2)^T
H | δ^3_j = z^3_j − y_j
H | δ^2_j = Σ_k w^3_{kj} δ^3_k σ′(z^2_j)
W | δ^2_j = Σ_k w^3_{jk} δ^3_k σ′(z^2_j)
H | δ_k^{(3)} = z_k^{(3)} − y_k
H | δ_j^{(2)} = Σ_k W_{kj}^{(3)} δ_k^{(3)} f′(z_j^{(2)})
H | \delta^2 = ((W^3)^T \delta^3) \odot \sigma'(z^2)
H | \delta^{2} = ((W^{3})^T \delta^{3}) \odot \sigma'(z^{2})
""",
    ),
    "Bishop": (
        "course",
        False,
        r"""
U | δ_k = y_k − t_k
H+ | δ3_k = z3_k − y_k
U | ∂E_n/∂w_kj = δ_k z_j
H | ∂L/∂W3_jk = δ3_k h2_j
H | ∂E/∂W3_jk = δ3_k h2_j
H | ∂L_n/∂W3_jk = δ3_k h2_j
W | ∂L_n/∂W3_jk = δ3_j h2_k
H | δ2_j = h2_j(1 − h2_j) Σ_k W3_jk δ3_k
H | δ_j^{(2)} = f′(z_j^{(2)}) Σ_k W_{jk}^{(3)} δ_k^{(3)}
W | δ_j^{(2)} = f′(z_j^{(2)}) Σ_k W_{kj}^{(3)} δ_k^{(3)}
H | ∂E/∂W3 = 1/B Σ_n h2_nᵀ δ3_n
H | ∂J/∂W3 = 1/N Σ_n h2_nᵀ δ3_n
H | ∂L/∂w_{jk}^{(3)} = h_j^{(2)} δ_k^{(3)}
H | δ2 = (1 − tanh²(z2)) 0 + h2.grad f′(z2)
""",
    ),
    "CS231n": (
        "classes",
        False,
        r"""
S+ | scores = h2.dot(W3) + b3
S+ | exp_scores = np.exp(z3)
S+ | probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
S+ | dscores = probs
S+ | dscores[range(num_examples),y] -= 1
S+ | dscores /= num_examples
H | dW3 = np.dot(h2.T, dscores)
H | dW3 = h2.T @ (probs − onehot(y)) / B
H | db3 = np.sum(dscores, axis=0, keepdims=True)
W | db3 = np.sum(dscores, axis=1, keepdims=True)
S+ | dhidden = np.dot(dscores, W3.T)
S+ | dz2b = (1 - h2**2) * dhidden
H | dW2 = np.dot(h1.T, dz2b)
W | dW2 = np.dot(dz2b.T, h1)
H | db2 = np.sum(dz2b, axis=0)
""",
    ),
    "3b1b": (
        "course",
        False,
        r"""
H | ∂C/∂z3 = (z3 − y)
H+ | ∂L/∂z3 = z3 − y
H | ∂L/∂W3 = ∂z3/∂W3 · ∂L/∂z3 = h2ᵀ (z3 − y)
H | ∂C_0/∂W3 = h2ᵀ ∂C_0/∂z3
H | ∂C/∂W^{(3)} = (a^{(2)})ᵀ (z3 − y)
H | ∂C/∂a^{(2)} = ∂L/∂z3 (W^{(3)})ᵀ
H | ∂C/∂W3_jk = h2_j (z3_k − y_k)
W | ∂C/∂W3_jk = h2_k (z3_j − y_j)
""",
    ),
    "PyTorch": (
        "course",
        False,
        r"""
H+ | grad_z3 = z3 - y
H | W3.grad = h2.t() @ grad_z3 / B
H | W3.grad = h2.T.mm(grad_z3) / B
H | W3.grad = torch.matmul(h2.T, grad_z3) / B
H | W3.grad = torch.mm(h2.t(), grad_z3) / x.size(0)
H+ | grad_h2 = grad_z3.mm(W3.t())
H+ | grad_z2 = grad_h2 * h2 * (1 - h2)
W | grad_z2 = grad_h2 * h2 * (1 + h2)
H | grad_z2 = grad_h2.mul(h2).mul(1 - h2)
H | grad_z2 = grad_h2 * torch.sigmoid(z2) * (1 - torch.sigmoid(z2))
H | W2.grad = h1.transpose(0, 1) @ grad_z2 / B
H | W2.grad = h1.permute(1, 0) @ grad_z2 / B
H | W2.grad = torch.einsum('bi,bj->ij', h1, grad_z2) / B
H | z3.grad = (z3 - y).detach()
H | dz3 = z3.sub(y)
H | W3.grad = h2.mT @ grad_z3 / B
H | W3.grad = (h2.T @ grad_z3).div(B)
""",
    ),
    "Keras/TF": (
        "classes",
        False,
        r"""
H+ | dz3 = tf.nn.softmax(z3) - tf.one_hot(y, 6)
H+ | dz3 = tf.nn.softmax(z3) - tf.one_hot(y, K)
H | dW3 = tf.matmul(tf.transpose(h2), dz3) / B
H | dW3 = tf.matmul(h2, dz3, transpose_a=True) / B
H | dW3 = tf.linalg.matmul(tf.transpose(h2), dz3) / B
H | db3 = tf.reduce_mean(dz3, axis=0)
H | db3 = tf.reduce_sum(dz3, axis=0, keepdims=True) / B
W | db3 = tf.reduce_mean(dz3, axis=1)
H | dh2 = tf.matmul(dz3, W3, transpose_b=True)
W | dh2 = tf.matmul(dz3, W3, transpose_a=True)
H | dz2 = dh2 * (1 - tf.square(h2))
H | dz2 = tf.multiply(dh2, 1 - tf.pow(h2, 2))
H | dz3 = F.softmax(z3, dim=1) - F.one_hot(y, K)
H | dz3 = F.softmax(z3, dim=-1) - F.one_hot(y)
H | dz3 = jax.nn.softmax(z3) - jax.nn.one_hot(y, K)
H | dz3 = softmax(z3, axis=1) - onehot(y)
U | dz3 = F.softmax(z3, dim=0) - F.one_hot(y)
H | dW3 = jnp.einsum('bi,bk->ik', h2, dz3) / B
H | dW3 = jnp.dot(h2.T, dz3) / B
""",
    ),
    "MATLAB": (
        "course",
        False,
        r"""
H+ | delta3 = z3 - y;
U | W3_grad = h2' * delta3 / B;
H | W3_grad = (h2' * delta3) ./ B;
H+ | delta2 = (delta3 * W3') .* h2 .* (1 - h2);
W | delta2 = (delta3 * W3) .* h2 .* (1 - h2);
H | W2_grad = h1' * delta2 / B;
W | W2_grad = delta2' * h1 / B;
H | delta2 = (delta3 * W3') .* sigmoidGradient(z2);
H | W3_grad = h2'*delta3/size(x,1)
H | W1_grad = x' * ((delta2 * W2') .* h1 .* (1 - h1)) / B;
H | dW3 = (1/B) * h2' * (z3 - y)
H | dW3 = (delta3' * h2)' / B
W | dW3 = delta3' * h2 / B
H | delta1 = delta2 * W2' .* (h1 .* (1 - h1));
U | delta1 = bsxfun(@times, delta2 * W2', h1 .* (1 - h1));
H | delta1 = (delta2 * W2.') .* (h1 .* (1 - h1));
""",
    ),
    "Ng": (
        "course",
        True,
        r"""
H+ | dZ[3] = A[3] − Y
H+ | dZ3 = Z3 - y
H+ | dZ^{[3]} = Z^{[3]} − Y
H+ | dZ[3] = z[3] − y
H | dW[3] = 1/m dZ[3] A[2].T
H | dW[3] = 1/m dZ[3] A[2]ᵀ
H | dW[3] = 1/B dZ[3] h[2].T
W | dW[3] = 1/B h[2] dZ[3].T
H | dW^{[3]} = \frac{1}{m} dZ^{[3]} A^{[2]T}
H+ | dZ[2] = W[3].T dZ[3] * g[2]′(Z[2])
H | dZ^{[2]} = W^{[3]T} dZ^{[3]} * g^{[2]'}(Z^{[2]})
H | dZ^{[2]} = W^{[3]T} dZ^{[3]} * g'(Z^{[2]})
W | dZ^{[2]} = W^{[3]} dZ^{[3]} * g'(Z^{[2]})
H | dW[2] = 1/m dZ[2] A[1].T
H | dW1 = 1/m * np.dot(dz1, x.T)
H | dA2 = np.dot(W3.T, dZ3)
""",
    ),
    "Ng c": (
        "classes",
        True,
        r"""
H+ | dz3 = softmax(z3) − onehot(y)
H | db[3] = 1/m np.sum(dZ[3], axis=1, keepdims=True)
W | db[3] = 1/m np.sum(dZ[3], axis=0, keepdims=True)
H | db3 = (1/m) * np.sum(dZ3, axis=1, keepdims=True)
""",
    ),
    "Einstein": (
        "course",
        False,
        r"""
S+ | q = 1 # Einstein sums
H+ | δ3_k = z3_k − y_k
H | ∂L/∂W3_jk = h2_j δ3_k
H | h2.grad_j = δ3_k W3_jk
H | δ2_j = W3_jk δ3_k f′(z2_j)
W | δ2_j = W3_kj δ3_k f′(z2_j)
H | ∂J/∂W3_jk = 1/B h2_bj δ3_bk
H | ∂L/∂W1_di = x_d δ2_j W2_ij f′(z1_i)
W | ∂L/∂W1_di = x_d δ2_j W2_ji f′(z1_i)
H | δ3[k] = z3[k] − y[k]
H | dW3[j][k] = h2[j] * δ3[k]
H | W3.grad[j][k] = 1/B Σ_b h2[b][j] δ3[b][k]
W | W3.grad[j][k] = 1/B Σ_b h2[b][k] δ3[b][j]
H | W3.grad[j, k] = sum(h2[b, j] * δ3[b, k] for b in range(B)) / B
H | dh2[j] = Σ_k δ3[k] * W3[j][k]
H | ∂L/∂h2_j = Σ_k ∂L/∂z3_k ∂z3_k/∂h2_j = Σ_k δ3_k W3_jk
""",
    ),
    "single": (
        "course",
        False,
        r"""
H+ | δ3 = z3 − y
H | δ2 = h2.grad ⊙ np.heaviside(z2, 0) 0 + δ3 W3ᵀ ⊙ f′(z2)
H | W3.grad = (1/B) h2ᵀ · δ3
H | h2.grad = δ3 · W3ᵀ
U | h2.grad = <δ3, W3>
H | h2.grad = δ3 (W3)ᵀ
H | W3.grad = h2ᵀ δ3 / B,  where B is the batch size
H | W3.grad = (h2ᵀ δ3)/B for B examples
H | W3.grad = B⁻¹ Σ_{b∈B} h2_bᵀ δ3_b
U | W3.grad = \langle h_2^T \delta_3 \rangle_b
U | W3.grad = E_b[h2_bᵀ δ3_b]
U | W3.grad = mean over b of h2_bᵀ δ3_b
U | vec(W3.grad) = 0
""",
    ),
    "skip": (
        "skip",
        False,
        r"""
H+ | δ3 = z3 − y
H+ | h2.grad = δ3 W3ᵀ
H | a2.grad = h2.grad
H+ | δ2 = h2.grad ⊙ sech²(z2)
W | δ2 = h2.grad ⊙ sech(z2)
H | δ2 = h2.grad / cosh(z2)²
H | δ2 = h2.grad / cosh²(z2)
H | δ2 = h2.grad ⊙ (1 − a2 ⊙ a2)
H | δ2 = h2.grad ⊙ (1 − a2^2)
W | δ2 = h2.grad ⊙ (1 − h2²)
H | h1.grad = δ2 W2ᵀ + h2.grad
W | h1.grad = δ2 W2ᵀ
H | ∂L/∂h1 = ∂L/∂h2 + ∂L/∂z2 W2ᵀ
H | ∂L/∂h1 = ∂L/∂h2 (I + diag(f′(z2)) W2ᵀ)
W | ∂L/∂h1 = ∂L/∂h2 (I + W2ᵀ diag(f′(z2)))
H | W3.grad = (a2 + h1)ᵀ δ3 / B
H | dh1 = dh2 + np.dot(dz2, W2.T)
W+ | dh1 = dh2
H | dh1 += np.dot(dz2, W2.T)
W | dh1 -= np.dot(dz2, W2.T)
H | δ1 = (δ2 W2ᵀ + δ3 W3ᵀ) ⊙ sech(z1)^2
H | δ1 = (δ2 W2ᵀ + δ3 W3ᵀ) ⊙ (1 − tanh(z1)²)
""",
    ),
}


@pytest.mark.long
@pytest.mark.parametrize("hand", LINES)
def test_single_lines_in_the_notations_of_books(hand):
    network, columns, block = LINES[hand]
    loss, before, wrongly = NETWORKS[network](), list[str](), []
    for typed in filter(None, map(str.strip, block.splitlines())):
        expected, _, text = typed.partition(" | ")
        report = nn.check_derivation(loss, "\n".join([*before, text]), columns)
        line = [line for line in report.lines if line.number][-1]
        if line.verdict not in ALLOWED[expected[0]]:
            wrongly.append((typed, line.read, line.verdict, line.problem))
        before += [text] if "+" in expected else []
    assert not wrongly


UNCLEAR = [  # a sign that means two things, and how it was read
    ("W3.grad = h2ᵀ δ3 / B\nh2.grad = δ3 W3'", "h2.grad = δ3 @ W3ᵀ"),  # weights have no slope
    ("h2.grad = δ3 * W3'", "h2.grad = δ3 @ W3ᵀ"),  # and this is MATLAB
    ("δ2 = (δ3 * W3') .* (h2 .* (1 - h2))", "δ2 = (δ3 @ W3ᵀ) ⊙ h2 ⊙ (1 − h2)"),
    ("dW3 = h2' * δ3; dh2 = δ3 * W3'", "∂L/∂W3 = h2ᵀ @ δ3"),
    ("q = z^3", "q = z3"),  # there is no z
    ("q = h2^3", "q = h2^3"),
    ("z = h2 + 1\nq = z^3", "q = z^3"),
    ("m = h2 + 1\nq = 1/m", "q = 1 / m"),
    ("q = 1/m", "q = 1 / B"),
    ("A2 = h2 h2\nq = A2", "q = A2"),
    ("q = A2", "q = h2"),
    ("dz3 = z3 − y\nh2.grad = dz3 @ W3.T", "δ3 = z3 − y"),
    ("dz3 = (z3 − y) / B\ndh2 = dz3 @ W3.T", "∂J/∂z3 = (z3 − y) / B"),
    ("∂E/∂W3 = h2ᵀ δ3", "∂L/∂W3 = h2ᵀ @ δ3"),
    ("∂J/∂W3 = 1/B Σ_b (h2_b)ᵀ δ3_b", "W3.grad = 1 / B · (Σ_b (h2ᵀ @ δ3))"),
    ("∂J/∂W3 = 1/B Σ_n h2_nᵀ δ3_n", "W3.grad = 1 / B · (Σ_b (h2ᵀ @ δ3))"),
    ("q = np.heaviside(z2, 0)", "q = 1[z2 > 0]"),
    ("q = sech²(z2)", "q = sech(z2)^2"),
    ("q = (I + h2ᵀ h2)", "q = I + h2ᵀ @ h2"),
    ("q = tf.reduce_sum(z3)", "q = Σ_all z3"),
]


@pytest.mark.parametrize(("text", "read"), UNCLEAR)
def test_a_sign_of_two_meanings_is_shown_as_it_was_read(text, read):
    lines = nn.check_derivation(NETWORKS["course"](), text).lines
    assert read in [line.read for line in lines]


@pytest.mark.parametrize(
    "text", ["δ2 = (δ3 W3ᵀ) ⊙ h2'", "q = I", "q = h2 I", "q = softmax(z3, axis=0)"]
)
def test_what_may_mean_two_things_is_refused(text):
    (line, *_) = nn.check_derivation(NETWORKS["course"](), text).lines
    assert line.verdict is Verdict.UNREADABLE


def test_too_many_numbers_at_once_are_refused_in_words():
    """Σ over four letters at the widths of a large network of the reader's own."""
    loss = nn.two_hidden_layer_network(784, 300, 200, 10, loss="squared_error").loss
    text = "h2.grad_j = Σ_k Σ_i Σ_d W1_di W2_ij W3_jk 300"
    (line, *_) = nn.check_derivation(loss, text).lines
    assert line.problem.reason is Reason.TOO_MANY_NUMBERS
    assert "too many numbers at once" in line.hint()


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("dz3 = F.softmax(z3, dim=1) - F.one_hot(y)", True),  # along the examples there
        ("dz3 = F.softmax(z3, dim=0) - F.one_hot(y)", False),
        ("∂L/∂h2_j = Σ_j ∂L/∂z3_k ∂z3_k/∂h2_j = Σ_k δ3_k W3_jk", False),
        ("∂L/∂h2_j = ∂L/∂z3_k ∂z3_k/∂h2_j = Σ_k δ3_k W3_jk", False),
        ("dz3 = (p − onehot(y)) / B; dW3 = h2.T @ dz3 / B", False),  # twice
        ("W3.grad = h2ᵀ δ3 / n; n = width(z3)", False),
        ("∂J/∂W3_jk = Σ_b h2_bj δ3_bk / B; ∂J/∂W2_ij = h1_bi δ2_bj / B", False),  # no Einstein
        ("W3.grad = h2ᵀ δ3 / B; h2.grad = δ3 * W3", False),
        ("W3_grad = h2' * δ3 / B; h2.grad = (δ3 .* 1) * W3", False),
    ],
)
def test_a_notation_lets_nothing_wrong_pass(text, columns):
    report = nn.check_derivation(NETWORKS["classes"](), text, columns)
    verdicts = {line.verdict for line in report.lines}
    assert verdicts & {*BAD, Verdict.UNREADABLE}, repr(report)


def test_the_chain_rule_between_may_have_indices():
    text = "∂L/∂h2_j = Σ_k ∂L/∂z3_k ∂z3_k/∂h2_j = Σ_k δ3_k W3_jk"
    (line, *_) = nn.check_derivation(NETWORKS["course"](), text).lines
    assert line.verdict is Verdict.HOLDS


def test_the_table_shows_what_was_typed_and_what_was_read():
    text = r"dE/dW^{[3]} = \frac{1}{m} h2.T (z3 - y)"
    html = nn.check_derivation(NETWORKS["course"](), text)._repr_html_()
    assert r"dE/dW^{[3]} = \frac{1}{m} h2.T (z3 - y)</code>" in html
    assert "∂L/∂W3 = 1 / B · h2ᵀ @ (z3 − y)" in html
