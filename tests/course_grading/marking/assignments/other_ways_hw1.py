"""Right answers to homework 1, written in other ways: question ("all" for every one), code."""

OTHER = [
    (
        "q1",  # measured, lists instead of pairs
        """
def shapes(b, d, m, n, k):
    x, W1, W2 = (np.zeros(shape) for shape in ((d, b), (m, d), (n, m)))
    V, W3 = np.zeros((n, d)), np.zeros((k, n))
    arrays = dict(x=x, W1=W1, z1=W1 @ x, h1=W1 @ x, W2=W2, V=V, W3=W3)
    arrays["z2"] = arrays["h2"] = W2 @ arrays["h1"] + V @ x
    arrays["z3"] = W3 @ arrays["h2"]
    return {name: list(array.shape) for name, array in arrays.items()}
""",
    ),
    (
        "q2",  # safe for large |z|
        """
def sigmoid(values):
    e = np.exp(-np.abs(values))
    return np.where(values >= 0, 1 / (1 + e), e / (1 + e))
""",
    ),
    ("q2", "sigmoid = lambda z: 0.5 * (1 + np.tanh(z / 2))"),
    (
        "q2",  # loops, number by number, lists
        """
import math


def times(a, W):
    return [[sum(a[b][i] * W[i][j] for i in range(len(W))) for j in range(len(W[0]))]
            for b in range(len(a))]


def forward(x, W1, W2, W3):
    result, h = {}, x
    for layer, W in enumerate((W1, W2, W3), start=1):
        z = result[f"z{layer}"] = times(h, W)
        if layer < 3:
            h = result[f"h{layer}"] = [[1 / (1 + math.exp(-v)) for v in row] for row in z]
    return result


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
        "q2",  # a class that does the work
        """
class Network:
    def __init__(self, *weights, f):
        self.weights, self.f = weights, f

    def run(self, x):
        for W in self.weights:
            z = np.einsum("bi,ij->bj", x, W)
            x = self.f(z)
            yield z, x


def forward(x, W1, W2, W3):
    (z1, h1), (z2, h2), (z3, _) = Network(W1, W2, W3, f=sigmoid).run(x)
    return dict(z3=z3, h2=h2, z2=z2, h1=h1, z1=z1)


squared_error = lambda z3, y: np.einsum('bk,bk->b', z3 - y, z3 - y) / 2
batch_loss = lambda L: np.array(np.average(L))
""",
    ),
    (
        "q3",  # with rows, and turned round
        """
def forward_in_columns(x, y, W1, W2, V, W3):
    rows = x.T
    z1 = rows @ W1.T
    h1 = 1 / (1 + np.exp(-z1))
    z2 = np.concatenate([h1, rows], axis=1) @ np.concatenate([W2.T, V.T])
    h2 = z2 * (1 + z2 * z2) ** -0.5
    z3 = h2 @ W3.T
    L = np.square(z3 - y.T).sum(1) / 2
    turned = {name: a.T for name, a in dict(z1=z1, h1=h1, z2=z2, h2=h2, z3=z3).items()}
    return {**turned, "L": L}
""",
    ),
    (
        "q3",  # an example after the other, by sums
        """
def forward_in_columns(x, y, W1, W2, V, W3):
    found = {name: [] for name in ("z1", "h1", "z2", "h2", "z3", "L")}
    for b in range(x.shape[1]):
        one = x[:, b]
        z1 = np.array([sum(w * v for w, v in zip(row, one)) for row in W1])
        h1 = sigmoid(z1)
        z2 = np.einsum("ji,i->j", W2, h1) + np.einsum("ji,i->j", V, one)
        h2 = z2 / np.hypot(1, z2)
        z3 = np.dot(W3, h2)
        for name, value in zip(found, (z1, h1, z2, h2, z3)):
            found[name].append(value)
        found["L"].append(float(((z3 - y[:, b]) ** 2).sum() / 2))
    losses = found.pop("L")
    return {name: np.stack(columns, axis=1) for name, columns in found.items()} | {"L": losses}
""",
    ),
    (
        "q4",  # an array of numbers, line by line, an example at a time
        """
def wrong_lines(x, y, W1, W2, W3, printed):
    flags = np.zeros(6)
    for b in range(len(x)):
        z1, h1, z2, h2, z3, L = (printed[n][b] for n in ("z1", "h1", "z2", "h2", "z3", "L"))
        f = lambda z: 1 / (1 + np.exp(-z))
        pairs = [(z1, x[b] @ W1), (h1, f(z1)), (z2, h1 @ W2), (h2, f(z2)), (z3, h2 @ W3),
                 (L, 0.5 * ((z3 - y[b]) ** 2).sum())]
        for i, (is_, should) in enumerate(pairs):
            if not np.allclose(is_, should, atol=0.002):
                flags[i] = 1
    return flags
""",
    ),
    (
        "q4",  # each line from the stage before, with forward alone
        """
def wrong_lines(x, y, W1, W2, W3, printed):
    def differs(name, value):
        return (abs(value - printed[name]) > 0.005).any()

    return (
        differs("z1", x @ W1), differs("h1", sigmoid(printed["z1"])),
        differs("z2", np.matmul(printed["h1"], W2)), differs("h2", sigmoid(printed["z2"])),
        differs("z3", np.matmul(printed["h2"], W3)),
        differs("L", np.array([((a - b) ** 2).sum() / 2 for a, b in zip(printed["z3"], y)])),
    )
""",
    ),
    (
        "q5",  # steps in all outputs; a search along z3; a system of equations
        """
def outputs_around(y, J):
    rng = np.random.default_rng(1)
    step = rng.normal(size=y.shape[1])
    step *= np.sqrt(2 * J) / np.linalg.norm(step)
    return [(y[0] - step).tolist(), (y[0] + step).tolist()]


def answer_for(z3, factor):
    def times(t):
        y = t * z3
        return ((2 * z3 - y) ** 2).sum() / ((z3 - y) ** 2).sum()

    low, high = 1 + 1e-12, 2.0  # infinitely many times as large, and 0 times
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if times(middle) > factor else (low, middle)
    return middle * z3


def input_of(h1, W1):
    return np.array([np.linalg.solve(W1.T, np.log(row) - np.log1p(-row)) for row in h1])
""",
    ),
    (
        "q5",  # another y: off the line through z3, and on its other side
        """
def answer_for(z3, factor):
    if factor == 1:
        other = z3[:, ::-1] * np.where(np.arange(z3.shape[1]) % 2, -1, 1)
        other = other - (other * z3).sum() / (z3**2).sum() * z3
        return 1.5 * z3 + other
    t = (2 - factor**0.5) / (1 - factor**0.5)
    return t * z3


def outputs_around(y, J):
    first, second = y.copy(), y.copy()
    first[0, -1] += (2 * J) ** 0.5
    second[0, -1] -= (2 * J) ** 0.5
    return np.vstack([first, second]).astype(np.float32)
""",
    ),
    (
        "q6",  # three nudges of the output, and three equations
        """
def parabola(h2, z3, y, j, k):
    losses = []
    for c in (0.0, 1.0, -1.0):
        moved = z3.copy()
        for b in range(len(z3)):
            moved[b, k] += h2[b, j] * c
        losses.append(((moved - y) ** 2).sum() / 2 / len(y))
    here, up, down = losses
    return dict(c0=here, c1=(up - down) / 2, c2=(up + down) / 2 - here)


def bottom(changes, losses):
    A = np.stack([np.ones(3), changes, changes**2], axis=1)
    c = np.linalg.solve(A, losses)
    return {"J": c[0] - c[1] ** 2 / (4 * c[2]), "change": -0.5 * c[1] / c[2]}
""",
    ),
    (
        "q6",  # Newton's divided differences
        """
def bottom(changes, losses):
    (a, b, c), (p, q, r) = changes, losses
    first, second = (q - p) / (b - a), (r - q) / (c - b)
    bend = (second - first) / (c - a)
    change = (a + b) / 2 - first / (2 * bend)
    return {"change": change, "J": p + first * (change - a) + bend * (change - a) * (change - b)}
""",
    ),
    (
        "all",  # float32
        """
def in_single(function):
    def again(*arguments):
        def single(value):
            if isinstance(value, dict):
                return {name: single(entry) for name, entry in value.items()}
            if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                return value.astype(np.float32)
            return value
        return single(function(*map(single, arguments)))
    return again


forward, squared_error = in_single(forward), in_single(squared_error)
forward_in_columns, wrong_lines = in_single(forward_in_columns), in_single(wrong_lines)
outputs_around, answer_for = in_single(outputs_around), in_single(answer_for)
input_of, parabola, bottom = in_single(input_of), in_single(parabola), in_single(bottom)
""",
    ),
]
