"""Wrong answers to homework 3: question, code, slip (or words), points in grading."""

from course_exercises.homework import hw3_networks as networks
from course_exercises.homework import hw3_nodes as nodes


def product(
    init="self.a, self.W = a, W\n        nodes.append(self)",
    forward="self.value = self.a.value @ self.W.value",
    to_W="self.W.grad = self.W.grad + self.a.value.T @ self.grad",
    to_a="self.a.grad = self.a.grad + self.grad @ self.W.value.T",
):
    return f"""
class MatMul:
    def __init__(self, a, W):
        {init}

    def forward(self):
        {forward}

    def backward(self):
        {to_W}
        {to_a}
"""


def activation(
    name,
    step,
    value=None,
    add="self.z.grad = self.z.grad +",
    init="self.z = z\n        nodes.append(self)",
):
    value = value or {"Sigmoid": "1 / (1 + np.exp(-z))", "Tanh": "np.tanh(z)"}[name]
    return f"""
class {name}:
    def __init__(self, z):
        {init}

    def forward(self):
        z = self.z.value
        self.value = {value}

    def backward(self):
        g, z, h = self.grad, self.z.value, self.value
        {add} {step}
"""


def error(
    value="0.5 * (d**2).sum(axis=1)",
    step="self.grad[:, None] * d",
    add="self.output.grad = self.output.grad +",
    init="self.output, self.y = output, y\n        nodes.append(self)",
):
    return f"""
class SquaredError:
    def __init__(self, output, y):
        {init}

    def forward(self):
        d = self.output.value - self.y.value
        self.value = {value}

    def backward(self):
        d = self.output.value - self.y.value
        {add} {step}
"""


def backward(
    first="",
    reset="nodes + parameters",
    zeros="node.grad = np.zeros_like(node.value)",
    start="loss.grad = np.ones_like(loss.value)",
    order="reversed(nodes)",
    each="",
    end="for p in parameters:\n        p.grad = p.grad / len(loss.value)",
):
    return f"""
def Backward(loss):
    {first or "pass"}
    for node in {reset}:
        {zeros}
    {start}
    for node in {order}:
        node.backward()
        {each or "pass"}
    {end}
"""


def sgd(line, over="parameters"):
    return f"def SGD(learning_rate):\n    for p in {over}:\n        {line}"


def build(h1="Sigmoid(z1)", h2="Sigmoid(z2)", z3="MatMul(h2, W3)", end="z3, loss", first="pass"):
    return f"""
def build(x, y, W1, W2, W3):
    {first}
    z1 = MatMul(x, W1)
    h1 = {h1}
    z2 = MatMul(h1, W2)
    h2 = {h2}
    z3 = {z3}
    loss = SquaredError(z3, y)
    return {end}
"""


def add(
    value="self.a.value + self.b.value",
    to_a="self.a.grad = self.a.grad + self.grad",
    to_b="self.b.grad = self.b.grad + self.grad",
    init="self.a, self.b = a, b\n        nodes.append(self)",
):
    return f"""
class Add:
    def __init__(self, a, b):
        {init}

    def forward(self):
        self.value = {value}

    def backward(self):
        {to_a}
        {to_b}
"""


def skip(h2="Add(Sigmoid(z2), h1)"):
    return f"""
def build_with_skip(x, y, W1, W2, W3):
    h1 = Sigmoid(MatMul(x, W1))
    z2 = MatMul(h1, W2)
    h2 = {h2}
    z3 = MatMul(h2, W3)
    return z3, SquaredError(z3, y)
"""


OVERWRITING = {
    "to_W": "self.W.grad = self.a.value.T @ self.grad",
    "to_a": "self.a.grad = self.grad @ self.W.value.T",
}
WRONG = [
    ("q1", product(**OVERWRITING), nodes.OVERWRITTEN, 12),
    (
        "q1",
        product(to_W="self.W.grad = self.W.grad + self.a.value.T @ self.grad / len(self.grad)"),
        nodes.DIVIDED_IN_A_NODE,
        14 - 0.25 * 7,
    ),
    (
        "q1",
        product(to_W="self.W.grad = self.W.grad + self.grad.T @ self.a.value"),
        nodes.TRANSPOSED,
        6.5,  # where W is not square it is an error, which stops the step back to a too
    ),
    (
        "q1",
        product(to_a="self.a.grad = self.a.grad + self.grad @ self.W.value"),
        nodes.W_NOT_TRANSPOSED,
        4 + 1.5 + 1,
    ),
    (
        "q1",
        product(to_W="self.W.grad = self.W.grad + self.a.value.T @ np.ones_like(self.grad)"),
        nodes.GRAD_MISSING,
        9,
    ),
    (
        "q1",
        product(to_a="self.a.grad = self.a.grad + self.value @ self.W.value.T"),
        nodes.VALUE_FOR_GRAD,
        9,
    ),
    ("q1", product(to_a="pass"), "a.grad: nothing was added to it", 9),
    ("q1", product(init="self.a, self.W = a, W"), nodes.NOT_IN_THE_LIST, 13),
    (
        "q1",
        product(
            init="self.a, self.W = a, W",
            forward="self.value = self.a.value @ self.W.value\n        nodes.append(self)",
        ),
        nodes.NOT_IN_THE_LIST,
        13,
    ),
    (
        "q1",
        product(
            init="self.a, self.W, self.x = a, W, a.value\n        nodes.append(self)",
            forward="self.value = self.x @ self.W.value",
        ),
        nodes.OLD_VALUE,
        11,
    ),
    ("q1", product(forward="return self.a.value @ self.W.value"), "there is no 'value'", 10),
    (
        "q1",
        "class MatMul:\n    def __init__(self, a, W):\n        nodes.append(self)",
        "forward",
        0,
    ),
    ("q2", activation("Sigmoid", "g * z * (1 - z)"), nodes.SLOPE_AT_Z, 8),
    ("q2", activation("Sigmoid", "h * (1 - h)"), nodes.GRAD_MISSING, 8),
    ("q2", activation("Sigmoid", "g"), nodes.NO_SLOPE, 8),
    ("q2", activation("Sigmoid", "g * (1 - h**2)"), nodes.OTHER_SLOPE, 8),
    ("q2", activation("Tanh", "g * h * (1 - h)"), nodes.OTHER_SLOPE, 8),
    ("q2", activation("Tanh", "g * (1 - z**2)"), nodes.SLOPE_AT_Z, 8),
    ("q2", activation("Tanh", "g * (1 - h)"), nodes.SLOPE_CUT_SHORT, 8),
    ("q2", activation("Tanh", "g * (1 - np.tanh(h) ** 2)"), nodes.SLOPE_OF_H, 8),
    ("q2", activation("Tanh", "g * (1 - h**2) / len(g)"), nodes.DIVIDED_IN_A_NODE, 10),
    (
        "q2",
        activation("Tanh", "g * (1 - h**2)", add="self.z.grad ="),
        nodes.OVERWRITTEN,
        11,
    ),
    (
        "q2",
        activation("Sigmoid", "self.grad", add="self.grad *= h * (1 - h); self.z.grad +="),
        nodes.OWN_GRAD_CHANGED,
        11,
    ),
    (
        "q2",
        activation("Sigmoid", "g * h * (1 - h)", "1 / (1 + np.exp(z))"),
        nodes.SIGN_OF_EXPONENT,
        11,
    ),
    ("q2", activation("Tanh", "g * (1 - h**2)", init="self.z = z"), nodes.NOT_IN_THE_LIST, 11),
    (
        "q2",
        activation(
            "Tanh", "g * (1 - h**2)", init="self.z = z; nodes.append(self); nodes.append(z)"
        ),
        nodes.TWICE_IN_THE_LIST,
        11,
    ),
    ("q3", error("(d**2).sum(axis=1)"), nodes.NO_HALF, 6.5),
    ("q3", error("0.5 * (d**2).sum()"), nodes.ONE_LOSS, 5),
    ("q3", error("0.5 * (d**2).sum(axis=1).mean()"), nodes.ONE_LOSS, 5),
    ("q3", error("0.5 * (d**2).mean(axis=1)"), nodes.MEAN_OVER_K, 5),
    ("q3", error("0.5 * (d**2).sum(axis=0)"), nodes.DOWN_THE_COLUMNS, 5),
    ("q3", error("0.5 * (d**2).sum(axis=1, keepdims=True)"), nodes.LOSS_IS_COLUMN, 5),
    ("q3", error(step="self.grad[:, None] * -d"), nodes.MINUS, 4),
    ("q3", error(step="self.grad[:, None] * 2 * d"), nodes.FACTOR_2, 6),
    ("q3", error(step="d"), nodes.GRAD_MISSING, 4),
    ("q3", error(step="self.grad * d"), nodes.BY_COLUMNS, 5),
    ("q3", error(step="self.grad[:, None] * d / len(d)"), nodes.DIVIDED_IN_A_NODE, 6.5),
    (
        "q3",
        error(add="self.output.grad ="),
        nodes.OVERWRITTEN,
        7,
    ),
    ("q3", error(init="self.output, self.y = output, y"), nodes.NOT_IN_THE_LIST, 7),
    (
        "q4",
        "def Forward():\n    for node in reversed(nodes):\n        node.forward()",
        "AttributeError",
        16,
    ),
    (
        "q4",
        "def Forward():\n    for node in nodes:\n        if not hasattr(node, 'value'):\n"
        "            node.forward()",
        networks.FIRST_FORWARD,
        18,
    ),
    ("q4", backward(reset="[]"), networks.PARAMETERS_NOT_RESET, 14.71),
    (
        "q4",
        backward(reset="nodes"),
        networks.PARAMETERS_NOT_RESET,
        15.75,
    ),
    ("q4", backward(reset="parameters"), networks.NOT_RESET, 15.71),
    ("q4", backward(order="nodes"), networks.NOTHING_ARRIVED, 11.08),
    ("q4", backward(end="pass"), networks.SUM_NOT_MEAN, 15),
    ("q4", backward(start="loss.grad = 1.0"), networks.LOSS_GRAD_NUMBER, 18.29),
    (
        "q4",
        backward(start="loss.grad = np.ones_like(loss.value) / len(loss.value)", end="pass"),
        networks.NODES_DIVIDED,
        18,
    ),
    (
        "q4",
        backward(start="loss.grad = np.ones_like(loss.value) / len(loss.value)"),
        networks.NODES_DIVIDED,
        15.5,
    ),
    (
        "q4",
        backward(end="for p in nodes + parameters:\n        p.grad = p.grad / len(loss.value)"),
        networks.NODES_DIVIDED,
        18,
    ),
    (
        "q4",
        backward(each="for p in parameters: p.grad = p.grad / len(loss.value)", end="pass"),
        networks.DIVIDED_AGAIN,
        18.25,
    ),
    (
        "q4",
        backward(
            first="loss.grad = np.ones_like(loss.value)",
            start="pass",
        ),
        networks.LOSS_GRAD_ZERO,
        4,
    ),
    (
        "q4",
        backward(first="loss = nodes[-1]"),
        networks.LAST_NODE,
        19,
    ),
    (
        "q4",
        backward(
            zeros="node.grad[...] = 0.0",
            end="for p in parameters:\n        p.grad = p.grad / len(loss.value)",
        ),
        networks.KEPT_GRAD,
        19,
    ),
    (
        "q4",
        backward(end="for p in parameters:\n        p.grad = p.grad / len(parameters)"),
        networks.SUM_NOT_MEAN,
        11.5,  # where there is one parameter, that is the sum, which is paid for
    ),
    ("q5", sgd("p.value = p.value + learning_rate * p.grad"), networks.UPHILL, 12),
    ("q5", sgd("p.value = p.value - p.grad"), networks.RATE_MISSING, 12),
    ("q5", sgd("p.value = p.value - learning_rate**2 * p.grad"), networks.RATE_TWICE, 8),
    ("q5", sgd("p.value = -learning_rate * p.grad"), networks.STEP_ALONE, 6),
    ("q5", sgd("p.value -= learning_rate * p.grad"), networks.KEPT_VALUE, 13),
    ("q5", sgd("p = p.value - learning_rate * p.grad"), networks.UNCHANGED, 6),
    ("q5", sgd("p.value = p.value - learning_rate * p.grad", "[parameters[0]]"), "W2.value", 10.5),
    ("q5", build(h1="z1"), networks.NO_ACTIVATION_1, 11.33),
    ("q5", build(h2="z2"), networks.NO_ACTIVATION_2, 11.33),
    ("q5", build(h1="Tanh(z1)", h2="Tanh(z2)"), networks.TANH, 11.33),
    ("q5", build(z3="Sigmoid(MatMul(h2, W3))"), networks.ACTIVATION_3, 11.33),
    ("q5", build(end="loss"), "what came is a SquaredError", 6),
    ("q5", build(end="loss, z3"), "z3.value", 7.33),
    ("q5", build(first="new_graph()"), networks.NEW_GRAPH, 10.67),
    ("q6", add(to_b="pass"), "b.grad: nothing was added", 8),
    (
        "q6",
        add(to_a="self.a.grad = self.grad", to_b="self.b.grad = self.grad"),
        nodes.OVERWRITTEN,
        8,
    ),
    ("q6", add("self.a.value * self.b.value"), nodes.PRODUCT, 6),
    ("q6", add(init="self.a, self.b = a, b"), nodes.NOT_IN_THE_LIST, 5),
    ("q6", skip("Sigmoid(z2)"), networks.NO_SUM, 10),
    ("q6", skip("Sigmoid(Add(z2, h1))"), networks.SUM_TOO_EARLY, 10),
    ("q6", product(**OVERWRITING), networks.SKIP_LOST, 11),
]
