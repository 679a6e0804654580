"""Wrong answers to homework 3: question, code, words of the slip, points in grading."""


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
    ("q1", product(**OVERWRITING), "what had arrived before was overwritten", 12),
    (
        "q1",
        product(to_W="self.W.grad = self.W.grad + self.a.value.T @ self.grad / len(self.grad)"),
        "divided by the number of examples",
        14 - 0.25 * 7,
    ),
    (
        "q1",
        product(to_W="self.W.grad = self.W.grad + self.grad.T @ self.a.value"),
        "that is the transpose",
        6.5,  # where W is not square it is an error, which stops the step back to a too
    ),
    (
        "q1",
        product(to_a="self.a.grad = self.a.grad + self.grad @ self.W.value"),
        "W is not transposed",
        4 + 1.5 + 1,
    ),
    (
        "q1",
        product(to_W="self.W.grad = self.W.grad + self.a.value.T @ np.ones_like(self.grad)"),
        "self.grad, is missing",
        9,
    ),
    (
        "q1",
        product(to_a="self.a.grad = self.a.grad + self.value @ self.W.value.T"),
        "in place of its grad",
        9,
    ),
    ("q1", product(to_a="pass"), "a.grad: nothing was added to it", 9),
    ("q1", product(init="self.a, self.W = a, W"), "__init__ appends it", 13),
    (
        "q1",
        product(
            init="self.a, self.W = a, W",
            forward="self.value = self.a.value @ self.W.value\n        nodes.append(self)",
        ),
        "__init__ appends it",
        13,
    ),
    (
        "q1",
        product(
            init="self.a, self.W, self.x = a, W, a.value\n        nodes.append(self)",
            forward="self.value = self.x @ self.W.value",
        ),
        "computed from the value that was there when the node was made",
        11,
    ),
    ("q1", product(forward="return self.a.value @ self.W.value"), "there is no 'value'", 11),
    (
        "q1",
        "class MatMul:\n    def __init__(self, a, W):\n        nodes.append(self)",
        "forward",
        1,
    ),
    ("q2", activation("Sigmoid", "g * z * (1 - z)"), "was taken with z", 8),
    ("q2", activation("Sigmoid", "h * (1 - h)"), "self.grad, is missing", 8),
    ("q2", activation("Sigmoid", "g"), "the derivative of the activation is missing", 8),
    ("q2", activation("Sigmoid", "g * (1 - h**2)"), "of the other one", 8),
    ("q2", activation("Tanh", "g * h * (1 - h)"), "of the other one", 8),
    ("q2", activation("Tanh", "g * (1 - z**2)"), "was taken with z", 8),
    ("q2", activation("Tanh", "g * (1 - h)"), "only a part of the derivative", 8),
    ("q2", activation("Tanh", "g * (1 - np.tanh(h) ** 2)"), "no second activation", 8),
    ("q2", activation("Tanh", "g * (1 - h**2) / len(g)"), "taken once, at the end of Backward", 10),
    (
        "q2",
        activation("Tanh", "g * (1 - h**2)", add="self.z.grad ="),
        "what had arrived before was overwritten",
        11,
    ),
    (
        "q2",
        activation("Sigmoid", "self.grad", add="self.grad *= h * (1 - h); self.z.grad +="),
        "changed the gradient of its own node",
        11,
    ),
    ("q2", activation("Sigmoid", "g * h * (1 - h)", "1 / (1 + np.exp(z))"), "the sign", 11),
    ("q2", activation("Tanh", "g * (1 - h**2)", init="self.z = z"), "__init__ appends it", 11),
    (
        "q2",
        activation(
            "Tanh", "g * (1 - h**2)", init="self.z = z; nodes.append(self); nodes.append(z)"
        ),
        "twice",
        11,
    ),
    ("q3", error("(d**2).sum(axis=1)"), "the ½ is missing", 6.5),
    ("q3", error("0.5 * (d**2).sum()"), "the loss has one for each of them", 5),
    ("q3", error("0.5 * (d**2).sum(axis=1).mean()"), "the loss has one for each of them", 5),
    ("q3", error("0.5 * (d**2).mean(axis=1)"), "they are added", 5),
    ("q3", error("0.5 * (d**2).sum(axis=0)"), "down the columns", 5),
    ("q3", error("0.5 * (d**2).sum(axis=1, keepdims=True)"), "(B, 1) instead of (B,)", 5),
    ("q3", error(step="self.grad[:, None] * -d"), "the sign is wrong", 4),
    ("q3", error(step="self.grad[:, None] * 2 * d"), "cancels the 2", 6),
    ("q3", error(step="d"), "self.grad, is missing", 4),
    ("q3", error(step="self.grad * d"), "multiplies the columns", 5),
    ("q3", error(step="self.grad[:, None] * d / len(d)"), "at the end of Backward", 6.5),
    (
        "q3",
        error(add="self.output.grad ="),
        "what had arrived before was overwritten",
        7,
    ),
    ("q3", error(init="self.output, self.y = output, y"), "__init__ appends it", 7),
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
        "the value of the first Forward",
        18,
    ),
    ("q4", backward(reset="[]"), "those of the parameters were not", 14.71),
    (
        "q4",
        backward(reset="nodes"),
        "those of the parameters were not",
        15.75,
    ),
    ("q4", backward(reset="parameters"), "the gradients from before were not reset", 15.71),
    ("q4", backward(order="nodes"), "taken in reverse order", 11.08),
    ("q4", backward(end="pass"), "that is the sum over the examples", 15),
    ("q4", backward(start="loss.grad = 1.0"), "it is one number", 18.29),
    (
        "q4",
        backward(start="loss.grad = np.ones_like(loss.value) / len(loss.value)", end="pass"),
        "Only the gradients of the parameters are",
        18,
    ),
    (
        "q4",
        backward(start="loss.grad = np.ones_like(loss.value) / len(loss.value)"),
        "Only the gradients of the parameters are",
        15.5,
    ),
    (
        "q4",
        backward(end="for p in nodes + parameters:\n        p.grad = p.grad / len(loss.value)"),
        "Only the gradients of the parameters are",
        18,
    ),
    (
        "q4",
        backward(each="for p in parameters: p.grad = p.grad / len(loss.value)", end="pass"),
        "divided by B more than once",
        18.25,
    ),
    (
        "q4",
        backward(
            first="loss.grad = np.ones_like(loss.value)",
            start="pass",
        ),
        "first reset the gradients",
        4,
    ),
    (
        "q4",
        backward(first="loss = nodes[-1]"),
        "the loss is the node that was handed over",
        19,
    ),
    (
        "q4",
        backward(
            zeros="node.grad[...] = 0.0",
            end="for p in parameters:\n        p.grad = p.grad / len(loss.value)",
        ),
        "they were written into it",
        19,
    ),
    (
        "q4",
        backward(end="for p in parameters:\n        p.grad = p.grad / len(parameters)"),
        "the sum over the examples",
        11.5,  # where there is one parameter, that is the sum, which is paid for
    ),
    ("q5", sgd("p.value = p.value + learning_rate * p.grad"), "goes against the gradient", 12),
    ("q5", sgd("p.value = p.value - p.grad"), "the learning rate is missing", 12),
    ("q5", sgd("p.value = p.value - learning_rate**2 * p.grad"), "applied twice", 8),
    ("q5", sgd("p.value = -learning_rate * p.grad"), "the old value is missing", 6),
    ("q5", sgd("p.value -= learning_rate * p.grad"), "and not −=", 13),
    ("q5", sgd("p = p.value - learning_rate * p.grad"), "nothing has changed", 6),
    ("q5", sgd("p.value = p.value - learning_rate * p.grad", "[parameters[0]]"), "W2.value", 10.5),
    ("q5", build(h1="z1"), "layer 1 has no activation", 11.33),
    ("q5", build(h2="z2"), "layer 2 has no activation", 11.33),
    ("q5", build(h1="Tanh(z1)", h2="Tanh(z2)"), "the hidden layers have the sigmoid", 11.33),
    ("q5", build(z3="Sigmoid(MatMul(h2, W3))"), "it is the last product itself", 11.33),
    ("q5", build(end="loss"), "what came is a SquaredError", 7.33),
    ("q5", build(end="loss, z3"), "z3.value", 7.33),
    ("q5", build(first="new_graph()"), "build has called new_graph()", 10.67),
    ("q6", add(to_b="pass"), "b.grad: nothing was added", 8),
    (
        "q6",
        add(to_a="self.a.grad = self.grad", to_b="self.b.grad = self.grad"),
        "what had arrived before was overwritten",
        8,
    ),
    ("q6", add("self.a.value * self.b.value"), "that is the product", 6),
    ("q6", add(init="self.a, self.b = a, b"), "__init__ appends it", 5),
    ("q6", skip("Sigmoid(z2)"), "the sum with h1 is missing", 10),
    ("q6", skip("Sigmoid(Add(z2, h1))"), "h1 was added before the sigmoid", 10),
    ("q6", product(**OVERWRITING), "h1 is used twice", 11),
]
