"""Wrong answers to the questions of lesson 07, and how each slip is named."""

from course_exercises import computational_graph

CUBE = """
class cube(nn.Operation):
    def forward(self):
        (a,) = self.operands
        self.value = {}
    def backward(self):
        (a,) = self.operands
        {}
"""

SGD = """
def my_SGD(parameters, learning_rate):
    for p in parameters:
        {}
"""
RIGHT_BACK = "a.add_grad(self.grad * 3 * a.value**2)"
ORDER = [
    ("['z3', 'h2', 'z2', 'h1', 'z1', 'loss']", "before one that uses it"),
    ("['loss', 'h2', 'h1', 'z3', 'z2', 'z1']", "before one that uses it"),
    ("['loss', 'z3', 'h2', 'z2', 'h1']", "missing: z1"),
    ("['z3', 'h2', 'z2', 'h1', 'z1']", "missing: loss"),
    ("['loss', 'z3', 'h2', 'z2', 'h1', 'z1', 'x']", "x: parameters and inputs"),
    ("['loss', 'W3', 'W2', 'W1']", "W1, W2, W3: parameters and inputs"),
    ("'loss z3 h2 z2 h1 z1'", "give a list"),
    ("{'loss', 'z3', 'h2', 'z2', 'h1', 'z1'}", "give a list"),
    ("[6, 5, 4, 3, 2, 1]", "not a computational node"),
    ("['J', 'z3', 'h2', 'z2', 'h1', 'z1']", "has the name loss"),
    ("['loss.grad', 'z3.grad', 'h2.grad', 'z2.grad', 'h1.grad', 'z1.grad']", "without .grad"),
    (
        "nn.two_hidden_layer_network(2, 3, 2, 2, activation='tanh').graph.nodes[::-1]",
        "give their names",
    ),
]
CUBES = [  # what forward assigns, what backward does
    ("a.value * 2", RIGHT_BACK, "forward: the"),
    ("3 * a.value**2", RIGHT_BACK, "belongs into backward"),
    ("a.value**4", RIGHT_BACK, "a⁴"),
    ("3**a.value", RIGHT_BACK, "to the power a"),
    ("abs(a.value) ** 3", RIGHT_BACK, "negative"),
    ("(3 * a.value) ** 3", RIGHT_BACK, "(3a)³"),
    ("a.value", RIGHT_BACK, "a itself"),
    ("a.value ^ 3", RIGHT_BACK, "is written **"),
    ("np.array([1.0, 2.0]) + a.value", RIGHT_BACK, "two shapes do not fit"),
    ("a.value @ a.value", RIGHT_BACK, "the inner numbers differ"),
    ("(a.value**3).sum()", RIGHT_BACK, "forward: the shape"),
    ("a.value**3", "a.add_grad(-self.grad * 3 * a.value**2)", "the sign"),
    ("a.value**3", "a.add_grad(self.grad * 6 * a.value**2)", "twice as much"),
    ("a.value**3", "a.add_grad(self.grad * 1.5 * a.value**2)", "half as much"),
    ("a.value**3", "a.add_grad(self.grad * a.value**3)", "not the value a³"),
    ("a.value**3", "a.add_grad(self.grad * self.value)", "not the value a³"),
    ("a.value**3", "a.add_grad(self.grad * 3 * a.value**3)", "not 3a³"),
    ("a.value**3", "a.add_grad(self.grad * (3 * a.value) ** 2)", "brackets included"),
    ("a.value**3", "a.add_grad(self.grad + 3 * a.value**2)", "the chain rule multiplies"),
    ("a.value**3", "a.add_grad(self.grad**2 * 3 * a.value)", "was squared"),
    ("a.value**3", "self.add_grad(self.grad * 3 * a.value**2)", "pass on: a.add_grad"),
    ("a.value**3", "return self.grad * 3 * a.value**2", "does not add anything"),
    ("a.value**3", "a.add_grad(self.grad * 6 * a.value)", "second derivative"),
    ("a.value**3", "a.add_grad(self.grad * a.value**4 / 4)", "the integral"),
    ("a.value**3", "a.add_grad(self.grad * 3 * a.value * abs(a.value))", "for a negative a"),
    ("a.value**3", "a.add_grad(self.grad * 3**a.value)", "3 to the power a"),
    ("a.value**3", "a.add_grad(self.grad * 3 * a.value[0] ** 2)", "of the first example"),
    ("a.value**3", "a.add_grad((self.grad * 3 * a.value) ** 2)", "with self.grad in it"),
    ("a.value**3", "a.add_grad(a.grad * self.grad * 3 * a.value**2)", "what had arrived at a"),
    ("a.value**3", "a.grad += self.grad * 3 * a.value**2", "backward stops"),
    ("a.value**3", "a.add_grad((self.grad * 3 * a.value**2).sum(0))", "backward stops"),
    ("a.value**3", "raise NotImplementedError", "backward is still to be written"),
]
STEPS = [
    ("p.value = p.value - p.grad / learning_rate", "is divided by the learning rate"),
    ("p.value = p.value - learning_rate", "the gradient is missing"),
    ("p.value = learning_rate * p.grad", "the minus"),
    ("p.value = learning_rate * (p.value - p.grad)", "brackets: only the gradient"),
    ("p.value = (p.value - learning_rate) * p.grad", "brackets: the learning rate alone"),
    ("p.value = p.grad - learning_rate * p.value", "are exchanged"),
    ("p.value = learning_rate * p.value - p.grad", "multiplies the value"),
    ("p.value = p.value - learning_rate * np.sign(p.grad)", "only the sign"),
    ("p.value = p.value * (1 - learning_rate * p.grad)", "not diminished"),
    ("p.value = p.value - 2 * learning_rate * p.grad", "twice the step"),
    ("p.value = p.value - learning_rate * p.grad / 2", "half the step"),
    ("p.value = p.value - 0.3 * p.grad", "of lesson 07"),
    ("p.value = p.value - learning_rate * p.grad.mean()", "the mean of each gradient"),
    ("p.value = p.value - learning_rate * p.grad / len(p.grad)", "rows of the gradient"),
    ("p.value = p.value - learning_rate * p.grad; learning_rate *= 0.9", "changed on the way"),
    ("p.value = p.value - learning_rate * p.grad.T", "two shapes do not fit"),
    ("p.value = -p.value - learning_rate * p.grad", "not W − η grad"),
    ("p.value[:] = p.value - learning_rate * p.grad", "in place"),
    ("p.grad = p.value - learning_rate * p.grad", "changed a gradient"),
]
HEAD = "def my_SGD(parameters, learning_rate):\n"
ONE = "{0}.value = {0}.value - learning_rate * {0}.grad\n"
OTHER_SGD = [
    (HEAD + "    for p in parameters:\n        pass\n    " + ONE.format("p"), "only the last"),
    (HEAD + "    for p in parameters[1:]:\n        " + ONE.format("p"), "first parameter was not"),
    (HEAD + "    for p in parameters[:-1]:\n        " + ONE.format("p"), "last parameter was not"),
    (HEAD + "    for p in parameters[:2]:\n        " + ONE.format("p"), "last parameter was not"),
    (
        HEAD + "    for i in range(3):\n        " + ONE.format("parameters[i]"),
        "beyond the last parameter",
    ),
    (
        HEAD + "    for i, p in enumerate(parameters):\n"
        "        parameters[i] = p.value - learning_rate * p.grad\n",
        "the list was changed",
    ),
    (
        HEAD
        + "    for p in parameters:\n        "
        + ONE.format("p")
        + "        p.grad = 0 * p.grad\n",
        "changed a gradient",
    ),
    (HEAD + "    nn.SGD(learning_rate)", "updates the current graph"),
    (HEAD + "    for p in W1, W2, W3:\n        " + ONE.format("p"), "stopped with NameError"),
]
ADDED = [
    ("2", "number of ways"),
    ("-6", "the sign"),
    ("1", "not its own value"),
    ("5", "not added"),
    ("12", "counted twice"),
    ("0", "a gets a gradient"),
    ("4.5", "simply add up"),
    ("'6'", "not a str"),
    ("[3, 3]", "one number is wanted"),
    ("7", "that is not it"),
    ("3 + 1", "not added"),
    ("2**3", "raised to the power"),
]
OWN_CLASS = """
class cube:
    def __init__(self, a):
        self.a = a
"""
LINES = """my_lines = '''
r.grad = r − t
a.grad = r.grad ⊙ (1 − p²) + r.grad ⊙ s ⊙ (1 − s)
A.grad = x.T @ a.grad / B
'''"""
WRONG = [
    (computational_graph.q3, LINES.replace("r.grad ⊙ (1 − p²) + ", ""), "a.grad"),
    (computational_graph.q3, LINES.replace(" + r.grad ⊙ s ⊙ (1 − s)", ""), "a.grad"),
    (computational_graph.q3, LINES.replace("(1 − p²) + r.grad", "(1 − p²) ⊙ r.grad"), "a.grad"),
    (computational_graph.q3, LINES.replace("1 − p²", "1 − r²"), "a.grad"),
    (computational_graph.q3, LINES.replace("r − t", "t − r"), "r.grad"),
    (computational_graph.q3, LINES.replace("x.T @ a.grad", "a.grad @ x.T"), "A.grad"),
    (computational_graph.q3, LINES.replace(" / B", ""), "only for one example"),
    (
        computational_graph.earlier_q1,
        "backward_order = ['z1', 'h1', 'z2', 'h2', 'z3', 'loss']",
        "order of Forward",
    ),
    (
        computational_graph.earlier_q1,
        "backward_order = ['loss', 'z3', 'W3', 'h2', 'z2', 'h1', 'z1']",
        "W3",
    ),
    (
        computational_graph.earlier_q1,
        "backward_order = ['loss', 'z3', 'z2', 'z1']",
        "missing: h2, h1",
    ),
    (
        computational_graph.earlier_q1,
        "backward_order = ['loss', 'z4', 'z3']",
        "z4: not a computational node",
    ),
    (computational_graph.earlier_q1, "backward_order = 'loss'", "give a list"),
    (
        computational_graph.earlier_q1,
        "backward_order = ['loss', 'z3', 'z3', 'h2', 'z2', 'h1', 'z1']",
        "named twice",
    ),
    (
        computational_graph.q1,
        CUBE.format("a.value**3", "a.add_grad(self.grad * 2 * a.value)"),
        "not 2a",
    ),
    (computational_graph.q1, CUBE.format("a.b", "pass"), "stopped with AttributeError"),
    (
        computational_graph.q2,
        SGD.format("p.value = p.value - learning_rate * p.grad / len(parameters)"),
        "divided by the number",
    ),
    (
        computational_graph.earlier_q1,
        "backward_order = ['loss', 'h2', 'z3', 'z2', 'h1', 'z1']",
        "incomplete",
    ),
    (
        computational_graph.q1,
        CUBE.format("3 * a.value", "a.add_grad(self.grad * 3)"),
        "cube of a is a³",
    ),
    (
        computational_graph.q1,
        CUBE.format("a.value**2", "a.add_grad(self.grad)"),
        "forward: the value is a²",
    ),
    (
        computational_graph.q1,
        CUBE.format("a.value**3", "a.grad = self.grad * 3 * a.value**2"),
        "overwritten",
    ),
    (computational_graph.q1, CUBE.format("a.value**3", "pass"), "does not add anything"),
    (
        computational_graph.q1,
        CUBE.format("a.value**3", "a.add_grad(3 * a.value**2)"),
        "self.grad is missing",
    ),
    (
        computational_graph.q1,
        CUBE.format("a.value**3", "a.add_grad(self.grad * a.value**2)"),
        "not a²",
    ),
    (
        computational_graph.q1,
        CUBE.format("a.value**3", "a.add_grad(self.grad * 3 * self.value**2)"),
        "taken at a³",
    ),
    (
        computational_graph.q1,
        CUBE.format("a.value**3", "a.add_grad(self.grad * 3 * a.value)"),
        "not 3a",
    ),
    (
        computational_graph.q1,
        CUBE.format("a.value**3", "a.add_grad(self.grad)"),
        "derivative is missing",
    ),
    (
        computational_graph.q1,
        CUBE.format("a.value**3", "a.add_grad(self.grad * 7)"),
        "does not fit",
    ),
    (computational_graph.q2, SGD.format("p.value = p.value + learning_rate * p.grad"), "the sign"),
    (computational_graph.q2, SGD.format("p.value = p.value - p.grad"), "learning rate is missing"),
    (
        computational_graph.q2,
        SGD.format("p.value = p.value - learning_rate**2 * p.grad"),
        "applied twice",
    ),
    (
        computational_graph.q2,
        SGD.format("p.value = -learning_rate * p.grad"),
        "old value is missing",
    ),
    (
        computational_graph.q2,
        SGD.format("p.value = p.value - learning_rate * p.grad; return"),
        "only the first",
    ),
    (computational_graph.q2, SGD.format("p.value -= learning_rate * p.grad"), "in place"),
    (
        computational_graph.q2,
        SGD.format("p.grad = learning_rate * p.grad; p.value = p.value - p.grad"),
        "changed a gradient",
    ),
    (computational_graph.earlier_q4, "gradient_of_a = 3", "they add up"),
    (computational_graph.earlier_q4, "gradient_of_a = 9", "not multiplied"),
    (computational_graph.earlier_q4, "gradient_of_a = 1.5", "divided by 2"),
    (computational_graph.earlier_q5, "without_reset = 'a'", "does not touch"),
    (computational_graph.earlier_q5, "without_reset = 'b'", "does not set them back"),
    (computational_graph.earlier_q5, "without_reset = 'c'", "do not overwrite"),
    (
        computational_graph.q2,
        SGD.format("return p.value - learning_rate * p.grad"),
        "no p.value has changed",
    ),
    (
        computational_graph.q1,
        CUBE.replace("(a,) =", "a =").format("a.value**3", "a.add_grad(self.grad * 3)"),
        "self.operands is a tuple",
    ),
    (
        computational_graph.q1,
        CUBE.format("a.value**3", "a.grad = a.grad + self.grad * 3 * a.value**2"),
        "something has arrived at a before",
    ),
    (
        computational_graph.q1,
        CUBE.format("a.value**3", "a.add_grad(self.grad * 3 * a.value**2 / len(a.value))"),
        "number of examples",
    ),
    (
        computational_graph.q1,
        CUBE.format(
            "a.value**3",
            "self.grad = self.grad * 3 * a.value**2; a.add_grad(self.grad)",
        ),
        "self.grad was changed",
    ),
    (computational_graph.q1, CUBE.format("a**3", "pass"), "a is a node"),
    (computational_graph.q2, SGD.format("p.value = p.value - 0.1 * p.grad"), "0.1 was written"),
    *(
        (computational_graph.earlier_q1, f"backward_order = {answer}", words)
        for answer, words in ORDER
    ),
    *((computational_graph.q1, CUBE.format(*lines), words) for *lines, words in CUBES),
    *((computational_graph.q2, SGD.format(line), words) for line, words in STEPS),
    *(
        (computational_graph.earlier_q4, f"gradient_of_a = {number}", words)
        for number, words in ADDED
    ),
    *((computational_graph.q2, code, words) for code, words in OTHER_SGD),
    (computational_graph.q1, OWN_CLASS, "class cube(nn.Operation)"),
    (
        computational_graph.q1,
        CUBE.replace("(a,) = self.operands", "a = self.a").format(
            "a.value**3", "a.add_grad(self.grad * 3 * a.value**2)"
        ),
        "there is no self.a",
    ),
    (
        computational_graph.q1,
        CUBE.replace("(a,) = self.operands", "a, b = self.operands").format(
            "a.value**3", "a.add_grad(self.grad * 3 * a.value**2)"
        ),
        "not enough values",
    ),
]

OTHER_STYLES = [
    (
        computational_graph.q3,
        "my_lines = 'δr = r − t\\np.grad = δr\\ns.grad = δr\\n"
        "a.grad = δr ⊙ (1 − p² + s − s²)\\nA.grad = xᵀ a.grad / B'",
    ),
    (
        computational_graph.q1,
        CUBE.format(
            "a.value * a.value * a.value", "a.add_grad(3 * self.grad * np.square(a.value))"
        ),
    ),
    (
        computational_graph.q1,
        CUBE.format(
            "np.power(a.value, 3)", "a.add_grad(np.einsum('bk,bk->bk', self.grad, 3 * a.value**2))"
        ),
    ),
    (computational_graph.q2, SGD.format("p.value = p.value + (-learning_rate) * p.grad")),
    (
        computational_graph.q2,
        SGD.format("p.value = (p.value - learning_rate * p.grad).astype(np.float32)"),
    ),
    (
        computational_graph.q2,
        "def my_SGD(parameters, learning_rate):\n"
        "    for i in range(len(parameters)):\n"
        "        new = parameters[i].value.copy()\n"
        "        new -= learning_rate * parameters[i].grad\n"
        "        parameters[i].value = new\n",
    ),
    (computational_graph.earlier_q4, "gradient_of_a = np.float32(6)"),
]
