# ruff: noqa: E501 (a line of a derivation is one line)
"""Whole derivations in the notations of ten books and libraries, on three networks.

After !! stands a wrong line for the same place. Each is typed as its readers would type it: the
checker's own writer has no part in it.
"""

import numpy as np

import course_nn as nn


def weights(name, *shape):
    return nn.Parameter(name, np.random.default_rng(len(name)).normal(size=shape))


def course():
    return nn.two_hidden_layer_network(5, 4, 3, 2, loss="squared_error").loss


def classes():
    return nn.two_hidden_layer_network(5, 4, 3, 6, activation="tanh", bias=True).loss


def skip():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=5), nn.Input("y", width=2)
        h1 = nn.tanh(nn.matmul(x, weights("W1", 5, 4), name="z1"), name="h1")
        a2 = nn.tanh(nn.matmul(h1, weights("W2", 4, 4), name="z2"), name="a2")
        h2 = nn.add(a2, h1, name="h2")
        return nn.squared_error(nn.matmul(h2, weights("W3", 4, 2), name="z3"), y, name="loss")


NETWORKS = {"course": course, "classes": classes, "skip": skip}
WHOLE = {
    "Goodfellow": {
        "course": (
            False,
            r"""
g ← ∇_{z^{(3)}} L = z^{(3)} − y
∇_{W^{(3)}} L = h^{(2)⊤} g !! ∇_{W^{(3)}} L = g⊤ h^{(2)}
∇_{h^{(2)}} L = g W^{(3)⊤} !! ∇_{h^{(2)}} L = g W^{(3)}
∇_{z^{(2)}} L = ∇_{h^{(2)}} L ⊙ f′(z^{(2)})
∇_{W^{(2)}} L = h^{(1)⊤} ∇_{z^{(2)}} L
∇_{z^{(1)}} L = (∇_{z^{(2)}} L W^{(2)⊤}) ⊙ f′(z^{(1)}) !! ∇_{z^{(1)}} L = (∇_{z^{(2)}} L W^{(2)⊤}) ⊙ f′(h^{(1)})
∇_{W^{(1)}} L = x⊤ ∇_{z^{(1)}} L
""",
        ),
        "classes": (
            False,
            r"""
∇_{z^{(3)}} L = softmax(z^{(3)}) − 1_{y}
∇_{b^{(3)}} J = (1/m) Σ_b ∇_{z^{(3)}} L
∇_{W^{(3)}} J = (1/m) h^{(2)⊤} ∇_{z^{(3)}} L !! ∇_{W^{(3)}} J = h^{(2)⊤} ∇_{z^{(3)}} L
∇_{z^{(2)}} L = (∇_{z^{(3)}} L W^{(3)⊤}) ⊙ (1 − (h^{(2)})²)
∇_{W^{(2)}} J = (1/m) h^{(1)⊤} ∇_{z^{(2)}} L
∇_{b^{(2)}} J = (1/m) Σ_b ∇_{z^{(2)}} L
∇_{z^{(1)}} L = (∇_{z^{(2)}} L W^{(2)⊤}) ⊙ (1 − (h^{(1)})²) !! ∇_{z^{(1)}} L = (∇_{z^{(2)}} L W^{(2)⊤}) ⊙ (1 − (z^{(1)})²)
∇_{W^{(1)}} J = (1/m) x⊤ ∇_{z^{(1)}} L
∇_{b^{(1)}} J = (1/m) Σ_b ∇_{z^{(1)}} L
""",
        ),
        "skip": (
            False,
            r"""
∇_{z^{(3)}} L = z^{(3)} − y
∇_{W^{(3)}} L = (h^{(2)})⊤ ∇_{z^{(3)}} L
∇_{h^{(2)}} L = ∇_{z^{(3)}} L W^{(3)⊤}
∇_{z^{(2)}} L = ∇_{h^{(2)}} L ⊙ sech²(z^{(2)})
∇_{W^{(2)}} L = h^{(1)⊤} ∇_{z^{(2)}} L
∇_{h^{(1)}} L = ∇_{z^{(2)}} L W^{(2)⊤} + ∇_{h^{(2)}} L !! ∇_{h^{(1)}} L = ∇_{z^{(2)}} L W^{(2)⊤}
∇_{z^{(1)}} L = ∇_{h^{(1)}} L ⊙ sech²(z^{(1)})
∇_{W^{(1)}} L = x⊤ ∇_{z^{(1)}} L
""",
        ),
    },
    "Nielsen": {
        "course": (
            True,
            r"""
δ^3 = z^3 − y
∂C/∂w^3 = δ^3 (a^2)^T
δ^2 = ((w^3)^T δ^3) ⊙ σ′(z^2) !! δ^2 = (w^3 δ^3) ⊙ σ′(z^2)
∂C/∂w^2_{jk} = a^1_k δ^2_j !! ∂C/∂w^2_{jk} = a^1_j δ^2_k
δ^1 = ((w^2)^T δ^2) ⊙ σ′(z^1) !! δ^1 = ((w^2)^T δ^2) ⊙ σ′(z^2)
∂C/∂w^1 = δ^1 x^T
""",
        ),
        "classes": (
            True,
            r"""
δ^3 = a^3 − onehot(y)
∂C/∂b^3 = δ^3
∂C/∂w^3 = δ^3 (a^2)^T
δ^2 = ((w^3)^T δ^3) ⊙ (1 − a^2 ⊙ a^2)
∂C/∂b^2_j = δ^2_j
∂C/∂w^2 = δ^2 (a^1)^T !! ∂C/∂w^2 = a^1 (δ^2)^T
δ^1 = ((w^2)^T δ^2) ⊙ tanh′(z^1)
∂C/∂b^1_j = δ^1_j !! ∂C/∂b^1_j = δ^1_j a^1_j
∂C/∂w^1 = δ^1 x^T
""",
        ),
        "skip": (
            True,
            r"""
δ^3 = z^3 − y
∂C/∂w^3 = δ^3 (h^2)^T
∂C/∂h^2 = (w^3)^T δ^3
δ^2 = ∂C/∂h^2 ⊙ tanh′(z^2)
∂C/∂w^2 = δ^2 (h^1)^T
∂C/∂h^1 = ∂C/∂h^2 + (w^2)^T δ^2 !! ∂C/∂h^1 = ∂C/∂h^2 ⊙ (w^2)^T δ^2
δ^1 = ∂C/∂h^1 ⊙ tanh′(z^1)
∂C/∂w^1 = δ^1 x^T
""",
        ),
    },
    "Bishop": {
        "course": (
            False,
            r"""
δ_k^{(3)} = z_k^{(3)} − y_k
∂E_n/∂w_{jk}^{(3)} = δ_k^{(3)} h_j^{(2)} !! ∂E_n/∂w_{jk}^{(3)} = δ_j^{(3)} h_k^{(2)}
δ_j^{(2)} = f′(z_j^{(2)}) Σ_k w_{jk}^{(3)} δ_k^{(3)}
∂E_n/∂w_{ij}^{(2)} = δ_j^{(2)} h_i^{(1)}
δ_i^{(1)} = h_i^{(1)} (1 − h_i^{(1)}) Σ_j w_{ij}^{(2)} δ_j^{(2)} !! δ_i^{(1)} = h_i^{(1)} (1 − h_i^{(1)}) Σ_j w_{ji}^{(2)} δ_j^{(2)}
∂E_n/∂w_{di}^{(1)} = δ_i^{(1)} x_d
""",
        ),
        "classes": (
            False,
            r"""
δ_k^{(3)} = ŷ_k − [k = y]
∂E_n/∂w_{jk}^{(3)} = δ_k^{(3)} h_j^{(2)}
∂E_n/∂b_k^{(3)} = δ_k^{(3)}
δ_j^{(2)} = (1 − (h_j^{(2)})²) Σ_k w_{jk}^{(3)} δ_k^{(3)} !! δ_j^{(2)} = (1 − (h_j^{(2)})²) w_{jk}^{(3)} Σ_k δ_k^{(3)}
∂E_n/∂w_{ij}^{(2)} = δ_j^{(2)} h_i^{(1)}
∂E_n/∂b_j^{(2)} = δ_j^{(2)}
δ_i^{(1)} = (1 − (h_i^{(1)})²) Σ_j w_{ij}^{(2)} δ_j^{(2)}
∂E_n/∂w_{di}^{(1)} = δ_i^{(1)} x_d !! ∂E_n/∂w_{di}^{(1)} = δ_i^{(1)} z_i^{(1)}
∂E_n/∂b_i^{(1)} = δ_i^{(1)}
""",
        ),
        "skip": (
            False,
            r"""
δ_k^{(3)} = z_k^{(3)} − y_k
∂E_n/∂w_{jk}^{(3)} = δ_k^{(3)} h_j^{(2)}
∂E_n/∂h_j^{(2)} = Σ_k w_{jk}^{(3)} δ_k^{(3)}
δ_j^{(2)} = (1 − tanh²(z_j^{(2)})) Σ_k w_{jk}^{(3)} δ_k^{(3)}
∂E_n/∂w_{ij}^{(2)} = δ_j^{(2)} h_i^{(1)}
∂E_n/∂h_i^{(1)} = Σ_j w_{ij}^{(2)} δ_j^{(2)} + Σ_k w_{ik}^{(3)} δ_k^{(3)} !! ∂E_n/∂h_i^{(1)} = Σ_j w_{ij}^{(2)} δ_j^{(2)} + Σ_k w_{ki}^{(3)} δ_k^{(3)}
δ_i^{(1)} = (1 − tanh²(z_i^{(1)})) ∂E_n/∂h_i^{(1)}
∂E_n/∂w_{di}^{(1)} = δ_i^{(1)} x_d
""",
        ),
    },
    "CS231n": {
        "course": (
            False,
            r"""
dscores = (z3 - y) / B
dW3 = np.dot(h2.T, dscores)
dhidden2 = np.dot(dscores, W3.T)
dhidden2 *= h2 * (1 - h2)
dW2 = np.dot(h1.T, dhidden2) !! dW2 = np.dot(dhidden2.T, h1)
dhidden1 = np.dot(dhidden2, W2.T) * h1 * (1 - h1)
dW1 = np.dot(x.T, dhidden1) !! dW1 = np.dot(x.T, dhidden1) * B * B
""",
        ),
        "classes": (
            False,
            r"""
num_examples = x.shape[0]
exp_scores = np.exp(z3)
probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
dscores = probs
dscores[range(num_examples), y] -= 1
dscores /= num_examples
dW3 = np.dot(h2.T, dscores)
db3 = np.sum(dscores, axis=0, keepdims=True) !! db3 = np.sum(dscores, axis=1, keepdims=True)
dhidden = np.dot(dscores, W3.T)
dz = (1 - h2**2) * dhidden
dW2 = np.dot(h1.T, dz)
db2 = np.sum(dz, axis=0, keepdims=True)
dz_1 = np.dot(dz, W2.T) * (1 - h1 * h1)
dW1 = np.dot(x.T, dz_1) !! dW1 = np.dot(x.T, dz)
db1 = np.sum(dz_1, axis=0, keepdims=True)
""",
        ),
        "skip": (
            False,
            r"""
dout = z3 - y
dW3 = h2.T.dot(dout) / B
dh2 = dout.dot(W3.T)
da2 = dh2
dz2 = (1 - a2**2) * da2
dW2 = h1.T.dot(dz2) / B !! dW2 = h1.T.dot(dz2) / B / B
dh1 = dz2.dot(W2.T)
dh1 += dh2 !! dh1 *= dh2
dz1 = (1 - np.tanh(z1)**2) * dh1
dW1 = x.T.dot(dz1) / B
""",
        ),
    },
    "3Blue1Brown": {
        "course": (
            False,
            r"""
∂C_0/∂z^{(3)} = a^{(3)} − y
∂C_0/∂W^{(3)} = (a^{(2)})ᵀ ∂C_0/∂z^{(3)}
∂C_0/∂a^{(2)}_j = Σ_k W^{(3)}_{jk} ∂C_0/∂z^{(3)}_k !! ∂C_0/∂a^{(2)}_j = Σ_k W^{(3)}_{kj} ∂C_0/∂z^{(3)}_k
∂C_0/∂z^{(2)} = σ′(z^{(2)}) ∂C_0/∂a^{(2)}
∂C/∂W^{(2)} = (1/n) Σ_b (a^{(1)}_b)ᵀ ∂C_0/∂z^{(2)}_b
∂C_0/∂z^{(1)} = σ′(z^{(1)}) ⊙ (∂C_0/∂z^{(2)} (W^{(2)})ᵀ) !! ∂C_0/∂z^{(1)} = σ′(z^{(1)}) ⊙ ∂C_0/∂z^{(2)}
∂C_0/∂W^{(1)} = xᵀ ∂C_0/∂z^{(1)}
""",
        ),
        "classes": (
            False,
            r"""
∂C_0/∂z^{(3)} = softmax(z^{(3)}) − onehot(y)
∂C_0/∂W^{(3)} = (a^{(2)})ᵀ ∂C_0/∂z^{(3)}
∂C_0/∂b^{(3)} = ∂C_0/∂z^{(3)}
∂C_0/∂z^{(2)} = (∂C_0/∂z^{(3)} (W^{(3)})ᵀ) ⊙ tanh′(z^{(2)}) !! ∂C_0/∂z^{(2)} = (∂C_0/∂z^{(3)} (W^{(3)})ᵀ) ⊙ tanh′(a^{(2)})
∂C_0/∂W^{(2)} = (a^{(1)})ᵀ ∂C_0/∂z^{(2)}
∂C_0/∂b^{(2)} = ∂C_0/∂z^{(2)}
∂C_0/∂z^{(1)} = (∂C_0/∂z^{(2)} (W^{(2)})ᵀ) ⊙ tanh′(z^{(1)})
∂C_0/∂W^{(1)} = xᵀ ∂C_0/∂z^{(1)} !! ∂C_0/∂W^{(1)} = ∂C_0/∂z^{(1)} xᵀ
∂C_0/∂b^{(1)} = ∂C_0/∂z^{(1)}
""",
        ),
        "skip": (
            False,
            r"""
∂C/∂z_3 = z_3 − y
∂C/∂W_3 = h_2ᵀ ∂C/∂z_3
∂C/∂h_2 = ∂C/∂z_3 W_3ᵀ
∂C/∂a_2 = ∂C/∂h_2
∂C/∂z_2 = ∂C/∂a_2 ⊙ (1 − a_2²)
∂C/∂W_2 = h_1ᵀ ∂C/∂z_2
∂C/∂h_1 = ∂C/∂h_2 + ∂C/∂z_2 W_2ᵀ !! ∂C/∂h_1 = ∂C/∂a_2 − ∂C/∂z_2 W_2ᵀ
∂C/∂z_1 = ∂C/∂h_1 ⊙ (1 − h_1²)
∂C/∂W_1 = xᵀ ∂C/∂z_1
""",
        ),
    },
    "PyTorch": {
        "course": (
            False,
            r"""
grad_z3 = z3 - y
W3.grad = h2.t() @ grad_z3 / B !! W3.grad = grad_z3.t() @ h2 / B
grad_h2 = grad_z3.mm(W3.t())
grad_z2 = grad_h2 * torch.sigmoid(z2) * (1 - torch.sigmoid(z2))
W2.grad = torch.einsum('bi,bj->ij', h1, grad_z2) / x.size(0)
grad_h1 = torch.matmul(grad_z2, W2.transpose(0, 1)) !! grad_h1 = torch.matmul(grad_z2, W2)
grad_z1 = grad_h1.mul(h1).mul(1 - h1)
W1.grad = x.T.mm(grad_z1).div(B)
""",
        ),
        "classes": (
            False,
            r"""
grad_z3 = F.softmax(z3, dim=1) - F.one_hot(y, num_classes=K)
W3.grad = h2.T @ grad_z3 / B
b3.grad = grad_z3.mean(dim=0, keepdim=True) !! b3.grad = grad_z3.mean(dim=1, keepdim=True)
grad_z2 = (grad_z3 @ W3.T) * (1 - h2.detach() ** 2)
W2.grad = h1.T @ grad_z2 / B
b2.grad = torch.mean(grad_z2, dim=0)
grad_z1 = (grad_z2 @ W2.mT) * (1 - torch.tanh(z1).square())
W1.grad = x.T @ grad_z1 / B !! W1.grad = x.T @ grad_z1
b1.grad = grad_z1.sum(0) / B
""",
        ),
        "skip": (
            False,
            r"""
grad_z3 = z3 - y
W3.grad = h2.T @ grad_z3 / B
grad_h2 = grad_z3 @ W3.T
grad_z2 = grad_h2 * (1 - torch.tanh(z2)**2)
W2.grad = h1.T @ grad_z2 / B
grad_h1 = grad_h2.clone() + grad_z2 @ W2.T !! grad_h1 = grad_z2.clone() + grad_z2 @ W2.T
grad_z1 = grad_h1 * (1 - torch.pow(h1, 2))
W1.grad = x.T @ grad_z1 / B
""",
        ),
    },
    "MATLAB": {
        "course": (
            False,
            r"""
delta3 = z3 - y;
W3_grad = h2' * delta3 / B;
delta2 = (delta3 * W3') .* h2 .* (1 - h2); !! delta2 = (delta3 * W3) .* h2 .* (1 - h2);
W2_grad = (1/B) * h1' * delta2; !! W2_grad = (1/B) * delta2' * h1;
delta1 = (delta2 * W2') .* sigmoidGradient(z1);
W1_grad = x' * delta1 ./ size(x, 1);
""",
        ),
        "classes": (
            False,
            r"""
p = exp(z3) ./ sum(exp(z3), 2);
delta3 = p - onehot(y);
W3_grad = h2' * delta3 / B;
b3_grad = sum(delta3, 1) / B;
delta2 = (delta3 * W3') .* (1 - h2.^2);
W2_grad = h1' * delta2 / B;
b2_grad = mean(delta2, 1); !! b2_grad = mean(delta2, 2);
delta1 = (delta2 * W2') .* (1 - tanh(z1).^2); !! delta1 = (delta2 * W2') .* (1 - z1.^2);
W1_grad = x' * delta1 / B;
b1_grad = sum(delta1, 1) / B;
""",
        ),
        "skip": (
            False,
            r"""
dz3 = z3 - y;
W3_grad = h2' * dz3 / B;
dh2 = dz3 * W3';
dz2 = dh2 .* (1 - a2.^2);
W2_grad = h1' * dz2 / B; !! W2_grad = h2' * dz2 / B;
dh1 = dh2 + dz2 * W2'; !! dh1 = dh2 .* (dz2 * W2');
dz1 = dh1 .* sech(z1).^2;
W1_grad = x' * dz1 / B;
""",
        ),
    },
    "Ng": {
        "course": (
            True,
            r"""
dZ[3] = A[3] − Y
dW[3] = 1/m dZ[3] A[2].T
dZ[2] = W[3].T dZ[3] * g[2]′(Z[2]) !! dZ[2] = W[3] dZ[3] * g[2]′(Z[2])
dW[2] = 1/m dZ[2] A[1].T
dZ[1] = W[2].T dZ[2] * g[1]′(Z[1])
dW[1] = 1/m dZ[1] X.T !! dW[1] = 1/m X dZ[1].T
""",
        ),
        "classes": (
            True,
            r"""
dZ^{[3]} = A^{[3]} − Y
dW^{[3]} = \frac{1}{m} dZ^{[3]} A^{[2]T}
db^{[3]} = \frac{1}{m} np.sum(dZ^{[3]}, axis=1, keepdims=True) !! db^{[3]} = \frac{1}{m} np.sum(dZ^{[3]}, axis=0, keepdims=True)
dZ^{[2]} = W^{[3]T} dZ^{[3]} * g^{[2]'}(Z^{[2]})
dW^{[2]} = \frac{1}{m} dZ^{[2]} A^{[1]T}
db^{[2]} = \frac{1}{m} np.sum(dZ^{[2]}, axis=1, keepdims=True)
dZ^{[1]} = W^{[2]T} dZ^{[2]} * (1 − (A^{[1]})^2) !! dZ^{[1]} = W^{[2]T} dZ^{[2]} * (1 − A^{[1]})
dW^{[1]} = \frac{1}{m} dZ^{[1]} X^T
db^{[1]} = \frac{1}{m} np.sum(dZ^{[1]}, axis=1, keepdims=True)
""",
        ),
        "skip": (
            True,
            r"""
dZ3 = Z3 - Y
dW3 = (1/m) * np.dot(dZ3, h2.T)
dh2 = np.dot(W3.T, dZ3)
dZ2 = dh2 * (1 - np.power(a2, 2))
dW2 = (1/m) * np.dot(dZ2, h1.T)
dh1 = dh2 + np.dot(W2.T, dZ2) !! dh1 = np.dot(W2.T, dZ2)
dZ1 = dh1 * (1 - np.power(h1, 2))
dW1 = (1/m) * np.dot(dZ1, X.T)
""",
        ),
    },
    "Einstein": {
        "course": (
            False,
            r"""
# Einstein sums
δ3_k = z3_k − y_k
∂L/∂W3_jk = h2_j δ3_k
δ2_j = W3_jk δ3_k f′(z2_j) !! δ2_j = W3_kj δ3_k f′(z2_j)
∂J/∂W2_ij = 1/B h1_bi δ2_bj
δ1_i = W2_ij δ2_j f′(z1_i) !! δ1_i = W2_ij δ2_i f′(z1_i)
∂L/∂W1_di = x_d δ1_i
""",
        ),
        "classes": (
            False,
            r"""
# repeated indices are summed
δ3_k = ŷ_k − [k = y]
∂J/∂W3_jk = h2_bj δ3_bk / B
∂L/∂b3_k = δ3_k
δ2_j = δ3_k W3_jk (1 − h2_j²)
∂J/∂W2_ij = h1_bi δ2_bj / B !! ∂J/∂W2_ij = h1_bj δ2_bi / B
∂L/∂b2_j = δ2_j
δ1_i = δ2_j W2_ij (1 − h1_i²) !! δ1_i = δ2_j W2_ij (1 − h1_j²)
∂J/∂W1_di = x_bd δ1_bi / B
∂L/∂b1_i = δ1_i
""",
        ),
        "skip": (
            False,
            r"""
# Einstein sums
δ3_k = z3_k − y_k
∂L/∂W3_jk = h2_j δ3_k
h2.grad_j = W3_jk δ3_k
δ2_j = h2.grad_j (1 − a2_j²)
∂L/∂W2_ij = h1_i δ2_j
h1.grad_i = h2.grad_i + W2_ij δ2_j !! h1.grad_i = h2.grad_i + W2_ij δ2_i
δ1_i = h1.grad_i (1 − h1_i²)
∂L/∂W1_di = x_d δ1_i
""",
        ),
    },
    "loops": {
        "course": (
            False,
            r"""
dz3[k] = z3[k] - y[k]
dW3[j][k] = h2[j] * dz3[k]
dh2[j] = sum(dz3[k] * W3[j][k] for k in range(K)) !! dh2[j] = sum(dz3[k] * W3[k][j] for k in range(K))
dz2[j] = dh2[j] * h2[j] * (1 - h2[j])
W2.grad[i][j] = sum(h1[b][i] * dz2[b][j] for b in range(B)) / B !! W2.grad[i][j] = sum(h1[b][i] * dz2[b][j] for b in range(B))
dz1[i] = sum(dz2[j] * W2[i][j] for j in range(H2)) * h1[i] * (1 - h1[i])
dW1[d][i] = x[d] * dz1[i]
""",
        ),
        "classes": (
            False,
            r"""
dz3[k] = softmax(z3)[k] - (k == y)
dW3[j][k] = h2[j] * dz3[k]
db3[k] = dz3[k]
dz2[j] = sum(dz3[k] * W3[j][k] for k in range(K)) * (1 - h2[j]**2)
dW2[i][j] = h1[i] * dz2[j] !! dW2[i][j] = h1[j] * dz2[i]
db2[j] = dz2[j]
dz1[i] = sum(dz2[j] * W2[i][j] for j in range(H2)) * (1 - h1[i]**2)
dW1[d][i] = x[d] * dz1[i]
db1[i] = dz1[i] !! db1[i] = x[i] * dz1[i]
""",
        ),
        "skip": (
            False,
            r"""
dz3[k] = z3[k] - y[k]
dW3[j][k] = h2[j] * dz3[k]
dh2[j] = sum(dz3[k] * W3[j][k] for k in range(K))
dz2[j] = dh2[j] * (1 - a2[j]**2)
dW2[i][j] = h1[i] * dz2[j]
dh1[i] = dh2[i] + sum(dz2[j] * W2[i][j] for j in range(H2)) !! dh1[i] = dh2[i] + sum(dz2[j] * W2[j][i] for j in range(H2))
dz1[i] = dh1[i] * (1 - h1[i]**2)
dW1[d][i] = x[d] * dz1[i]
""",
        ),
    },
    "Keras": {
        "course": (
            False,
            r"""
dz3 = tf.subtract(z3, y)
dW3 = tf.matmul(h2, dz3, transpose_a=True) / B !! dW3 = tf.matmul(h2, dz3, transpose_b=True) / B
dh2 = tf.matmul(dz3, W3, transpose_b=True)
dz2 = dh2 * tf.sigmoid(z2) * (1 - tf.sigmoid(z2))
dW2 = tf.matmul(tf.transpose(h1), dz2) / B
dh1 = tf.linalg.matmul(dz2, W2, transpose_b=True) !! dh1 = tf.linalg.matmul(dz2, W2)
dz1 = dh1 * tf.nn.sigmoid(z1) * (1 - tf.nn.sigmoid(z1))
dW1 = keras.ops.matmul(keras.ops.transpose(x), dz1) / B
""",
        ),
        "classes": (
            False,
            r"""
dz3 = tf.nn.softmax(z3, axis=-1) - tf.one_hot(y, depth=K)
dW3 = tf.matmul(tf.transpose(h2), dz3) / B
db3 = tf.reduce_mean(dz3, axis=0, keepdims=True) !! db3 = tf.reduce_mean(dz3)
dz2 = tf.matmul(dz3, W3, transpose_b=True) * (1 - tf.square(h2))
dW2 = tf.einsum('bi,bj->ij', h1, dz2) / B
db2 = tf.reduce_sum(dz2, axis=0) / B
dz1 = tf.matmul(dz2, W2, transpose_b=True) * (1 - tf.math.tanh(z1)**2)
dW1 = tf.matmul(x, dz1, transpose_a=True) / B !! dW1 = tf.matmul(dz1, x, transpose_a=True) / B
db1 = tf.reduce_mean(dz1, axis=0)
""",
        ),
        "skip": (
            False,
            r"""
dz3 = z3 - y
dW3 = tf.matmul(h2, dz3, transpose_a=True) / B
dh2 = tf.matmul(dz3, W3, transpose_b=True)
dz2 = tf.multiply(dh2, 1 - tf.pow(a2, 2))
dW2 = tf.matmul(h1, dz2, transpose_a=True) / B
dh1 = tf.add(dh2, tf.matmul(dz2, W2, transpose_b=True)) !! dh1 = tf.add(dz2, tf.matmul(dz2, W2, transpose_b=True))
dz1 = dh1 / tf.cosh(z1)**2
dW1 = tf.matmul(x, dz1, transpose_a=True) / B
""",
        ),
    },
}
