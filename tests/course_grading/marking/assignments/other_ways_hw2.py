"""Right answers to homework 2, written in other ways: question ("all" for every one), code.

They are for the network that everybody has who has no key; `test_assignment_hw2.py` tries others.
"""

from answers_hw2 import all_lines, as_lines, examples, gradients, mended, mended_text, spoilt
from right_lines import in_columns, subscripts

from course_exercises.homework.hw2_network import sheet_of

LINES = all_lines("")
MERGED = """
    v.grad[b, k] = v[b, k] − y[b, k]    # multiply along a path
    M.grad[k, j] = 1/B Σ_b v.grad[b, k] a[b, j]    # what came in, mean
    s.grad[b, j] = (Σ_k v.grad[b, k] M[k, j]) a[b, j] (1 − a[b, j])  # f′ at arrival, add over paths
    C.grad[j, i] = 1/B Σ_b s.grad[b, j] c[b, i]    # what came in, mean
    r.grad[b, i] = (s.grad[b, i] + Σ_j s.grad[b, j] C[j, i]) (1 − c[b, i]²)  # add over paths, slope
    R.grad[i, d] = 1/B Σ_b r.grad[b, i] x[b, d]    # what came in, mean
"""
DIVIDED = """
    e_bk = v_bk − y_bk
    v.grad_bk = e_bk                       # multiply
    g_bj = Σ_k v.grad_bk M_kj
    a.grad_bj = g_bj                       # add over paths
    slope_bj = a_bj − a_bj²
    s.grad_bj = a.grad_bj slope_bj         # f' at arrival
    m.grad_bj = s.grad_bj                  # along a path
    around_bi = Σ_j C_ji m.grad_bj
    c.grad_bi = around_bi + s.grad_bi      # several paths
    t_bi = 1 − c_bi c_bi
    r.grad_bi = t_bi c.grad_bi             # derivative of the activation
    M.grad_kj = (Σ_b a_bj v.grad_bk) / B   # what came in; average
    C.grad_ji = (Σ_b c_bi m.grad_bj) / B   # what came in; average
    R.grad_id = (Σ_b x_bd r.grad_bi) / B   # what came in; average
"""
CLASSES = """
class Layer:
    def forward(self, a, W):
        self.a, self.W = a, W
        return a @ W

    def backward(self, g):
        self.dW = np.einsum("bi,bj->ij", self.a, g) / g.shape[0]
        return np.einsum("bj,ij->bi", g, self.W)


class Squash:
    def forward(self, z):
        self.s = 1 + abs(z)
        return z / self.s

    def backward(self, g):
        return g / self.s**2


def gradients(x, y, *weights):
    chain, h = [], x
    for W in weights:
        layer, squash = Layer(), Squash()
        h = layer.forward(h, W)
        chain.append(layer)
        if len(chain) < 4:
            h = squash.forward(h)
            chain.append(squash)
    e = np.exp(2 * np.clip(h - y, -300, 300))
    g = (e - 1) / (e + 1)
    for step in reversed(chain):
        g = step.backward(g)
    return {name: layer.dW for name, layer in zip(("dW1", "dW2", "dW3"), chain[::2])}
"""
LOOPS = """
def product(a, b):
    out = np.zeros((len(a), len(b[0])))
    for i in range(len(a)):
        for j in range(len(b[0])):
            total = 0.0
            for k in range(len(b)):
                total += a[i, k] * b[k, j]
            out[i, j] = total
    return out


def slope(z):
    out = np.zeros(z.shape)
    for i in range(len(z)):
        for j in range(len(z[0])):
            out[i, j] = 1 / (1 + z[i, j]) ** 2 if z[i, j] > 0 else 1 / (1 - z[i, j]) ** 2
    return out


def gradients(x, y, W1, W2, W3):
    z1 = product(x, W1)
    h1 = z1 / (1 + abs(z1))
    z2 = product(h1, W2)
    h2 = z2 / (1 + abs(z2))
    d3 = np.tanh(product(h2, W3) - y)
    d2 = product(d3, W3.T) * slope(z2)
    d1 = product(d2, W2.T) * slope(z1)
    found = {"dW1": product(x.T, d1), "dW2": product(h1.T, d2), "dW3": product(h2.T, d3)}
    return {name: each / len(x) for name, each in found.items()}
"""
OUT_OF_LISTS = """
def times(a, b):
    columns = list(zip(*b))
    found = []
    for row in a:
        found.append([])
        for column in columns:
            found[-1].append(sum(p * q for p, q in zip(row, column)))
    return found


def turned(a):
    return [list(row) for row in zip(*a)]


def gradients(x, y, W1, W2, W3):
    x, y, W1, W2, W3 = (array.tolist() for array in (x, y, W1, W2, W3))
    h1 = [[z / (1 + abs(z)) for z in row] for row in times(x, W1)]
    h2 = [[z / (1 + abs(z)) for z in row] for row in times(h1, W2)]
    z3 = times(h2, W3)
    d3 = [[np.tanh(p - q) / len(x) for p, q in zip(*rows)] for rows in zip(z3, y)]
    d2 = times(d3, turned(W3))
    d2 = [[d * (1 - abs(h)) ** 2 for d, h in zip(*rows)] for rows in zip(d2, h2)]
    d1 = times(d2, turned(W2))
    d1 = [[d * (1 - abs(h)) ** 2 for d, h in zip(*rows)] for rows in zip(d1, h1)]
    pairs = {"dW1": (x, d1), "dW2": (h1, d2), "dW3": (h2, d3)}
    return {name: np.array(times(turned(h), delta)) for name, (h, delta) in pairs.items()}
"""
EACH_ENTRY = """
def what_came_in(h, delta):
    grad = np.zeros((h.shape[1], delta.shape[1]))
    for i in range(h.shape[1]):
        for j in range(delta.shape[1]):
            grad[i, j] = np.mean(h[:, i] * delta[:, j])
    return grad


def gradients(x, y, W1, W2, W3):
    h1 = f(x @ W1)
    h2 = f(h1 @ W2)
    d3 = np.tanh(h2 @ W3 - y)
    d2 = (d3 @ W3.T) * (1 - np.abs(h2)) ** 2
    d1 = (d2 @ W2.T) * (1 - np.abs(h1)) ** 2
    return {name: what_came_in(*pair) for name, pair in
            zip(("dW1", "dW2", "dW3"), ((x, d1), (h1, d2), (h2, d3)))}
"""
FLOAT32 = """
solution = gradients


def gradients(*arrays):
    found = solution(*(array.astype(np.float32) for array in arrays))
    return {name: each.astype(np.float32) for name, each in found.items()}
"""

OTHER = [
    ("q1", "count_products = lambda: dict(products=2 * 3 + 2, shorter=5.0, longer=np.int64(6))"),
    ("q2", as_lines("\n".join(LINES.values()))),
    ("q2", as_lines("\n".join(map(subscripts, LINES.values())))),
    ("q2", as_lines("\n".join(reversed(LINES.values())))),
    ("q2", as_lines(in_columns(sheet_of("").network))),
    ("q2", as_lines(MERGED)),
    ("q2", as_lines(DIVIDED)),
    ("q2", as_lines("\n".join(LINES.values()).replace("j", "q").replace("k", "n"))),
    ("q2", as_lines("\n".join(LINES.values()).replace("−", "-").replace("²", "**2"))),
    ("q3", "wrong_line = lambda: 7.0\n" + spoilt("") + mended(mended_text(""))),
    (
        "q3",
        "old = spoilt\ndef spoilt(values):\n"
        "    return {k: v if np.any(v) else 0 for k, v in old(values).items()}",
    ),
    ("q3", mended("g_bi = Σ_j h.grad_bj A_ji\nw.grad_bi = g_bi   # add over paths")),
    (
        "q3",
        "old = spoilt\ndef spoilt(values):\n"
        "    return {k: v.astype(np.float32).tolist() for k, v in old(values).items()}",
    ),
    ("q4", examples("")),
    (
        "q4",
        "def opposite():\n    return {'x': np.array([-1.0, 3, 1]), 'y': [1, 0, 1]}",
    ),
    ("q5", gradients()),
    ("q5", CLASSES),
    ("q5", LOOPS),
    ("q5", OUT_OF_LISTS),
    ("q5", EACH_ENTRY),
    ("q5", FLOAT32),
    (
        "q6",
        """
def check_gradient(F, W, grad):
    if np.shape(grad) != np.shape(W):
        return 1
    largest = 0.0
    for g, s in zip(grad.ravel(), finite_differences(F, W, 1e-5).ravel()):
        largest = max(largest, abs(g - s) / max(abs(g) + abs(s), 1e-8))
    return largest
""",
    ),
]
