"""Right answers to homework 1, written in other ways: question ("all" for every one), code."""

OTHER = [
    (
        "q1",  # measured, lists instead of pairs
        """
def shapes(b, d, m, n, k):
    x, W1, W2, W3 = (np.zeros(shape) for shape in ((b, d), (d, m), (m, n), (n, k)))
    arrays = dict(x=x, W1=W1, z1=x @ W1, h1=x @ W1, W2=W2)
    arrays["z2"] = arrays["h2"] = arrays["h1"] @ W2
    arrays["W3"], arrays["z3"] = W3, arrays["h2"] @ W3
    return {name: list(array.shape) for name, array in arrays.items()}
""",
    ),
    (
        "q2",  # safe for large |z|
        """
def activate(values, kind):
    if kind == "tanh":
        return 2 / (1 + np.exp(-2 * values)) - 1
    e = np.exp(-np.abs(values))
    return np.where(values >= 0, 1 / (1 + e), e / (1 + e))
""",
    ),
    (
        "q2",
        "f = {'sigmoid': lambda z: 0.5 * (1 + np.tanh(z / 2)), 'tanh': np.tanh}\n"
        "activate = lambda z, activation: f[activation](z)",
    ),
    (
        "q3",  # loops, number by number, lists
        """
import math


def times(a, W):
    return [[sum(a[b][i] * W[i][j] for i in range(len(W))) for j in range(len(W[0]))]
            for b in range(len(a))]


def forward(x, W1, W2, W3, activation):
    f = math.tanh if activation == "tanh" else (lambda z: 1 / (1 + math.exp(-z)))
    result, h = {}, x
    for layer, W in enumerate((W1, W2, W3), start=1):
        z = result[f"z{layer}"] = times(h, W)
        if layer < 3:
            h = result[f"h{layer}"] = [[f(v) for v in row] for row in z]
    return result
""",
    ),
    (
        "q3",  # a class that does the work
        """
class Network:
    def __init__(self, *weights, f):
        self.weights, self.f = weights, f

    def run(self, x):
        for W in self.weights:
            z = np.einsum("bi,ij->bj", x, W)
            x = self.f(z)
            yield z, x


def forward(x, W1, W2, W3, activation):
    (z1, h1), (z2, h2), (z3, _) = Network(W1, W2, W3, f=lambda z: activate(z, activation)).run(x)
    return dict(z3=z3, h2=h2, z2=z2, h1=h1, z1=z1)
""",
    ),
    (
        "q3",  # float32
        """
exact = forward


def forward(x, W1, W2, W3, activation):
    single = (array.astype(np.float32) for array in (x, W1, W2, W3))
    return {name: value.astype(np.float32) for name, value in exact(*single, activation).items()}
""",
    ),
    (
        "q4",
        """
def squared_error(output, target):
    losses = []
    for one, right in zip(output, target):
        losses.append(sum((a - b) ** 2 for a, b in zip(one, right)) / 2)
    return losses


def batch_loss(L):
    return sum(L) / len(L)
""",
    ),
    (
        "q4",
        "squared_error = lambda z3, y: np.einsum('bk,bk->b', z3 - y, z3 - y) / 2\n"
        "batch_loss = lambda L: np.array(np.average(L))",
    ),
    (
        "q5",  # row by row
        """
def softmax(z3):
    rows = []
    for row in z3:
        e = np.exp(row - max(row))
        rows.append(e / sum(e))
    return np.array(rows)


def cross_entropy(z3, y):
    return [np.logaddexp.reduce(row) - row[label] for row, label in zip(z3, y)]


def accuracy(z3, y):
    return sum(int(np.argmax(row)) == label for row, label in zip(z3, y)) / len(y)
""",
    ),
    (
        "q5",  # onehot, float32 results
        """
def softmax(z3):
    return np.exp(z3 - np.logaddexp.reduce(z3, axis=1)[:, None]).astype(np.float32)


def cross_entropy(z3, y):
    onehot = np.eye(z3.shape[1])[y]
    shifted = z3 - z3.max(axis=1)[:, None]
    return (np.log(np.exp(shifted).sum(1)) - (onehot * shifted).sum(1)).astype(np.float32)


def accuracy(z3, y):
    return np.float32(np.mean(np.argmax(z3, 1) == y))
""",
    ),
    (
        "q6",
        """
def nudged_loss(x, y, weights, activation, name, row, column, change):
    step = np.zeros_like(weights[name])
    step[row, column] = change
    W1, W2, W3 = (W + step if key == name else W for key, W in sorted(weights.items()))
    h1 = activate(x @ W1, activation)
    return float(((activate(h1 @ W2, activation) @ W3 - y) ** 2).sum() / 2 / len(x))
""",
    ),
    (
        "q6",
        """
from copy import deepcopy


def nudged_loss(x, y, weights, activation, name, row, column, change):
    weights = deepcopy(weights)
    weights[name][row][column] += change
    z3 = forward(x, *weights.values(), activation)["z3"]
    return np.mean(squared_error(z3, y))
""",
    ),
]
