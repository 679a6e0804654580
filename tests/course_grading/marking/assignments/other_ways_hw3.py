"""Right answers to homework 3, written in other ways: question ("all" for every one), code."""

BASE_CLASS = '''
class Node:
    """Registers itself; `step` gives, for each operand, what is added to its gradient."""

    def __init__(self, *operands):
        self.operands, self.value, self.grad = operands, None, None
        nodes.append(self)

    def forward(self):
        self.value = self.compute(*(operand.value for operand in self.operands))

    def backward(self):
        steps = self.step(*(operand.value for operand in self.operands))
        for operand, step in zip(self.operands, steps):
            operand.grad = operand.grad + step


class MatMul(Node):
    def compute(self, a, W):
        return a @ W

    def step(self, a, W):
        return self.grad @ W.T, a.T @ self.grad


class Sigmoid(Node):
    def compute(self, z):
        return 1 / (1 + np.exp(-z))

    def step(self, z):
        return [self.grad * self.value * (1 - self.value)]


class SquaredError(Node):
    def compute(self, output, y):
        return ((output - y) ** 2 / 2).sum(1)

    def step(self, output, y):
        return [np.expand_dims(self.grad, 1) * (output - y)]


class Own(Node):
    """By the routine: every place of every entry, one after the other."""

    def compute(self, a):
        self.m = np.array([[3 * row[j] - row[j - 1] for j in range(len(row))] for row in a])
        return a * abs(a) * self.m

    def step(self, a):
        found = np.zeros(a.shape)
        B, n = a.shape
        for b in range(B):
            for i in range(n):
                for j in range(n):
                    if i == j:
                        found[b, i] += self.grad[b, j] * 2 * abs(a[b, i]) * self.m[b, j]
                        found[b, i] += self.grad[b, j] * a[b, j] * abs(a[b, j]) * 3
                    elif i == (j - 1) % n:
                        found[b, i] -= self.grad[b, j] * a[b, j] * abs(a[b, j])
        return [found]


class Node2(Node):  # nodes for the network, under names of its own
    pass


class Dense(Node2):
    def compute(self, a, V):
        return np.einsum("bi,ji->bj", a, V)

    def step(self, a, V):
        return np.einsum("bj,ji->bi", self.grad, V), np.einsum("bj,bi->ji", self.grad, a)


class Tangens(Node2):
    compute = staticmethod(np.tanh)

    def step(self, z):
        return [self.grad / np.cosh(z) ** 2]


class Times(Node2):
    def compute(self, a, b):
        return a * b

    def step(self, a, b):
        return self.grad * b, self.grad * a


def build_mine(inputs, answers, weights):
    before = Dense(inputs, weights["M"])
    gate = Times(before, Tangens(Dense(Sigmoid(before), weights["P"])))
    output = Dense(Own(gate), weights["U"])
    return [output, SquaredError(output, answers)]
'''

CLOSURES = '''
class Made:
    pass


def node(compute, *back):
    """A plain object whose two methods are functions that remember their operands."""
    made = Made()

    def forward():
        made.value = compute()

    def backward():
        for operand, step in back:
            operand.grad += step(made)  # Backward makes the zeros to which it is added

    made.forward, made.backward = forward, backward
    nodes.append(made)
    return made


def MatMul(a, W):
    return node(
        lambda: np.einsum("bi,ij->bj", a.value, W.value),
        (a, lambda c: np.einsum("bj,ij->bi", c.grad, W.value)),
        (W, lambda c: np.einsum("bi,bj->ij", a.value, c.grad)),
    )


def Sigmoid(z):
    return node(
        lambda: 0.5 * (1 + np.tanh(z.value / 2)), (z, lambda h: h.grad * (h.value - h.value**2))
    )


def SquaredError(output, y):
    difference = lambda: output.value - y.value
    return node(
        lambda: np.einsum("bk,bk->b", difference(), difference()) / 2,
        (output, lambda loss: (difference().T * loss.grad).T),
    )


def Own(a):
    """With a matrix: m = a Mᵀ, where M has 3 on its diagonal and −1 beside it, round the corner."""

    def M():
        n = a.value.shape[1]
        return 3 * np.eye(n) - np.roll(np.eye(n), -1, axis=1)

    u = lambda: a.value * np.abs(a.value)
    m = lambda: a.value @ M().T
    return node(
        lambda: np.einsum("bj,bj->bj", u(), m()),
        (a, lambda c: c.grad * 2 * np.sign(a.value) * a.value * m() + (c.grad * u()) @ M()),
    )
'''

DATACLASSES = """
from dataclasses import dataclass, field


@dataclass(eq=False)
class MatMul:
    left: object
    weights: object
    value: np.ndarray = field(default=None, repr=False)
    grad: np.ndarray = field(default=None, repr=False)

    def __post_init__(self):
        nodes.append(self)

    def forward(self):
        self.value = np.dot(self.left.value, self.weights.value)

    def backward(self):
        self.weights.grad = np.dot(self.left.value.T, self.grad) + self.weights.grad
        self.left.grad = np.dot(self.grad, self.weights.value.T) + self.left.grad


@dataclass(eq=False)
class Own:
    operand: object
    value: np.ndarray = field(default=None, repr=False)

    def __post_init__(self):
        nodes.append(self)

    def before(self, values):
        return values[:, [-1, *range(values.shape[1] - 1)]]

    def behind(self, values):
        return values[:, [*range(1, values.shape[1]), 0]]

    def forward(self):
        a = self.operand.value
        self.value = np.copysign(a**2, a) * (3 * a - self.before(a))

    def backward(self):
        a = self.operand.value
        share = self.grad * np.copysign(a**2, a)
        self.operand.grad = self.operand.grad + 3 * share - self.behind(share)
        self.operand.grad = self.operand.grad + self.grad * (3 * a - self.before(a)) * abs(2 * a)
"""

SLOTS_AND_LOOPS = """
class MatMul:
    __slots__ = ("a", "W", "value", "grad")

    def __init__(self, a, W):
        self.a = a
        self.W = W
        nodes.append(self)

    def forward(self):
        B, m = self.a.value.shape
        n = self.W.value.shape[1]
        self.value = np.zeros((B, n))
        for b in range(B):
            for j in range(n):
                for i in range(m):
                    self.value[b, j] += self.a.value[b, i] * self.W.value[i, j]

    def backward(self):
        to_a = np.zeros(self.a.value.shape)
        to_W = np.zeros(self.W.value.shape)
        for b in range(len(self.value)):
            to_W += np.outer(self.a.value[b], self.grad[b])  # one example after the other
            to_a[b] = self.W.value @ self.grad[b]
        self.W.grad = self.W.grad + to_W
        self.a.grad = self.a.grad + to_a


class SquaredError:
    __slots__ = ("output", "y", "value", "grad")

    def __init__(self, output, y):
        self.output, self.y = output, y
        nodes.append(self)

    def forward(self):
        rows = zip(self.output.value, self.y.value)
        self.value = np.array([sum((a - b) ** 2 for a, b in zip(o, y)) / 2 for o, y in rows])

    def backward(self):
        rows = zip(self.grad, self.output.value, self.y.value)
        self.output.grad = self.output.grad + np.array([g * (o - y) for g, o, y in rows])
"""

FLOAT32 = """
def in_float32(Class):
    class Single(Class):
        def forward(self):
            super().forward()
            self.value = np.asarray(self.value, dtype=np.float32)

    return Single


MatMul, Sigmoid = in_float32(MatMul), in_float32(Sigmoid)
SquaredError, Own = in_float32(SquaredError), in_float32(Own)
"""

FUNCTIONS = """
def Forward():
    [node.forward() for node in nodes]


def Backward(loss):
    B = loss.value.shape[0]
    for each in [*parameters, *nodes]:
        each.grad = 0.0 * each.value
    loss.grad = [1.0] * B
    loss.grad = np.array(loss.grad)
    for i in range(len(nodes) - 1, -1, -1):
        nodes[i].backward()
    for W in parameters:
        W.grad /= B  # its own new array


def SGD(eta):
    for i in range(len(parameters)):
        new = parameters[i].value.copy()
        new -= eta * parameters[i].grad
        parameters[i].value = new
"""

SCALAR_RESET = '''
def Backward(loss):
    """Stops at the loss, and resets by 0.0, to which an array can be added."""
    used = nodes[: nodes.index(loss) + 1]
    for each in nodes + parameters:
        each.grad = 0.0
    loss.grad = np.ones(len(loss.value))
    for node in used[::-1]:
        node.backward()
    for W in parameters:
        W.grad = np.true_divide(W.grad, len(loss.value))
'''

ENTRY_BY_ENTRY = """
class Own:  # loops, and numbers of Python
    def __init__(self, a):
        self.before = a
        nodes.append(self)

    def forward(self):
        a = self.before.value.tolist()
        self.value = np.array(
            [[r[j] * abs(r[j]) * (3 * r[j] - r[j - 1]) for j in range(len(r))] for r in a]
        )

    def backward(self):
        for b, row in enumerate(self.before.value):
            n = len(row)
            new = np.array(self.before.grad, dtype=float)
            for i in range(n):
                after = (i + 1) % n
                own = 2 * abs(row[i]) * (3 * row[i] - row[i - 1]) + row[i] * abs(row[i]) * 3
                new[b, i] += self.grad[b, i] * own
                new[b, i] -= self.grad[b, after] * row[after] * abs(row[after])
            self.before.grad = new
"""

# Question 5: a comment, other blanks, a line written in yet another way, numbers as an array.
RETYPED = '''
def mended():
    text = """
    # mended by me
    def Backward(loss):

        B = loss.value.shape[0]
        for n in [*nodes, *parameters]:   # all of them
            n.grad = np.zeros_like( n.value )
        loss.grad = np.ones((B,))
        for k in reversed(range(nodes.index(loss) + 1)):
            nodes[k].backward()
        for weights in list(set(parameters)):
            weights.grad = weights.grad*(1/B)
    class Times:
        def __init__(self, left, b):
            self.left, self.b = left, b
            nodes.append(self)
        def forward(self):
            self.value = self.left.value * self.b.value
        def backward(self):
            self.left.grad = self.left.grad + self.b.value * self.grad
            self.b.grad = self.b.grad + self.left.value * self.grad
    """
    return text


def what_comes():
    return {"c": np.array([[12.0], [3.0], [6.0], [6.0]]), "v": np.array([[-63]]), "w": 21}
'''

# Question 6: two Backwards by hand; and weights by the share of each path.
SIMULATED = """
def factor(values):
    made = {"c": ("x", "w"), "h1": ("c", "e"), "h2": ("h1", "r"), "h3": ("h2", "p"),
            "k1": ("c", "u")}
    number = dict(values)
    for name, (one, other) in made.items():
        number[name] = number[one] * number[other]
    grad = dict.fromkeys([*number, "s"], 0.0)
    seen = []
    for _ in range(2):
        grad["s"] += 1.0  # RowSum, or the loss itself, passes 1
        grad["h3"] += grad["s"]
        grad["k1"] += grad["s"]
        for name in reversed(made):
            one, other = made[name]
            grad[one] += grad[name] * number[other]
            grad[other] += grad[name] * number[one]
        seen.append(grad["w"])
    return np.array(seen[1] / seen[0])


def weights_for(f):
    share = (f - 5) / 2  # of the longer path, so that 5 + 2 share = f
    return {"x": np.float64(3), "w": -2, "e": 1, "r": share, "p": [1.0], "u": 1 - share, "y": 0}
"""

OTHER = [
    ("all", BASE_CLASS),
    ("all", CLOSURES),
    ("all", DATACLASSES),
    ("all", SLOTS_AND_LOOPS),
    ("all", FLOAT32),
    ("all", FUNCTIONS),
    ("all", SCALAR_RESET),
    ("q3", ENTRY_BY_ENTRY),
    ("q5", RETYPED),
    ("q6", SIMULATED),
    ("all", BASE_CLASS + FUNCTIONS + RETYPED + SIMULATED),
]
