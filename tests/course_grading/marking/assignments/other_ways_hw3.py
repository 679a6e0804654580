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


class Tanh(Node):
    compute = staticmethod(np.tanh)

    def step(self, z):
        return [self.grad / np.cosh(z) ** 2]


class SquaredError(Node):
    def compute(self, output, y):
        return ((output - y) ** 2 / 2).sum(1)

    def step(self, output, y):
        return [np.expand_dims(self.grad, 1) * (output - y)]


class Add(Node):
    def compute(self, a, b):
        return a + b

    def step(self, a, b):
        return self.grad, self.grad
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


Tanh = lambda z: node(lambda: np.tanh(z.value), (z, lambda h: h.grad * (1 - h.value * h.value)))


def SquaredError(output, y):
    difference = lambda: output.value - y.value
    return node(
        lambda: np.einsum("bk,bk->b", difference(), difference()) / 2,
        (output, lambda loss: (difference().T * loss.grad).T),
    )


def Add(a, b):
    return node(lambda: a.value + b.value, (a, lambda c: c.grad), (b, lambda c: c.grad))
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
class Add:
    a: object
    b: object

    def __post_init__(self):
        nodes.append(self)

    def forward(self):
        self.value = np.add(self.a.value, self.b.value)

    def backward(self):
        for operand in (self.a, self.b):
            operand.grad = operand.grad + self.grad
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


MatMul, Sigmoid, Tanh = in_float32(MatMul), in_float32(Sigmoid), in_float32(Tanh)
SquaredError, Add = in_float32(SquaredError), in_float32(Add)
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

ITEMS_NOT_NAMES = """
def layers(x, *weights, skip=False):
    h = x
    for i, W in enumerate(weights, 1):
        z = MatMul(h, W)
        if i == len(weights):
            return z
        h = Add(h, Sigmoid(z)) if skip and i == 2 else Sigmoid(z)


def build(x, y, W1, W2, W3):
    output = layers(x, W1, W2, W3)
    return [output, SquaredError(output, y)]


def build_with_skip(inputs, targets, *weights):
    output = layers(inputs, *weights, skip=True)
    return output, SquaredError(output, targets)
"""

OTHER = [
    ("all", BASE_CLASS),
    ("all", CLOSURES),
    ("all", DATACLASSES),
    ("all", SLOTS_AND_LOOPS),
    ("all", FLOAT32),
    ("all", FUNCTIONS),
    ("all", SCALAR_RESET),
    ("all", ITEMS_NOT_NAMES),
    ("all", BASE_CLASS + FUNCTIONS + ITEMS_NOT_NAMES),
]
