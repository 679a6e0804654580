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
WRONG = [
    (
        computational_graph.q1,
        "backward_order = ['z1', 'h1', 'z2', 'h2', 'z3', 'loss']",
        "order of Forward",
    ),
    (computational_graph.q1, "backward_order = ['loss', 'z3', 'W3', 'h2', 'z2', 'h1', 'z1']", "W3"),
    (computational_graph.q1, "backward_order = ['loss', 'z3', 'z2', 'z1']", "missing: h2, h1"),
    (
        computational_graph.q1,
        "backward_order = ['loss', 'z4', 'z3']",
        "z4: not a computational node",
    ),
    (computational_graph.q1, "backward_order = 'loss'", "give a list"),
    (
        computational_graph.q1,
        "backward_order = ['loss', 'z3', 'z3', 'h2', 'z2', 'h1', 'z1']",
        "named twice",
    ),
    (
        computational_graph.q2,
        CUBE.format("a.value**3", "a.add_grad(self.grad * 2 * a.value)"),
        "not 2a",
    ),
    (computational_graph.q2, CUBE.format("a.b", "pass"), "stopped with AttributeError"),
    (
        computational_graph.q3,
        SGD.format("p.value = p.value - learning_rate * p.grad / len(parameters)"),
        "divided by the number",
    ),
    (
        computational_graph.q1,
        "backward_order = ['loss', 'h2', 'z3', 'z2', 'h1', 'z1']",
        "incomplete",
    ),
    (
        computational_graph.q2,
        CUBE.format("3 * a.value", "a.add_grad(self.grad * 3)"),
        "cube of a is a³",
    ),
    (computational_graph.q2, CUBE.format("a.value**2", "a.add_grad(self.grad)"), "not a³"),
    (
        computational_graph.q2,
        CUBE.format("a.value**3", "a.grad = self.grad * 3 * a.value**2"),
        "overwritten",
    ),
    (computational_graph.q2, CUBE.format("a.value**3", "pass"), "does not add anything"),
    (
        computational_graph.q2,
        CUBE.format("a.value**3", "a.add_grad(3 * a.value**2)"),
        "self.grad is missing",
    ),
    (
        computational_graph.q2,
        CUBE.format("a.value**3", "a.add_grad(self.grad * a.value**2)"),
        "not a²",
    ),
    (
        computational_graph.q2,
        CUBE.format("a.value**3", "a.add_grad(self.grad * 3 * self.value**2)"),
        "taken at a³",
    ),
    (
        computational_graph.q2,
        CUBE.format("a.value**3", "a.add_grad(self.grad * 3 * a.value)"),
        "not 3a",
    ),
    (
        computational_graph.q2,
        CUBE.format("a.value**3", "a.add_grad(self.grad)"),
        "derivative is missing",
    ),
    (
        computational_graph.q2,
        CUBE.format("a.value**3", "a.add_grad(self.grad * 7)"),
        "does not fit",
    ),
    (computational_graph.q3, SGD.format("p.value = p.value + learning_rate * p.grad"), "the sign"),
    (computational_graph.q3, SGD.format("p.value = p.value - p.grad"), "learning rate is missing"),
    (
        computational_graph.q3,
        SGD.format("p.value = p.value - learning_rate**2 * p.grad"),
        "applied twice",
    ),
    (
        computational_graph.q3,
        SGD.format("p.value = -learning_rate * p.grad"),
        "old value is missing",
    ),
    (
        computational_graph.q3,
        SGD.format("p.value = p.value - learning_rate * p.grad; return"),
        "only the first",
    ),
    (computational_graph.q3, SGD.format("p.value -= learning_rate * p.grad"), "in place"),
    (
        computational_graph.q3,
        SGD.format("p.grad = learning_rate * p.grad; p.value = p.value - p.grad"),
        "changed a gradient",
    ),
    (computational_graph.q4, "gradient_of_a = 3", "they add up"),
    (computational_graph.q4, "gradient_of_a = 9", "not multiplied"),
    (computational_graph.q4, "gradient_of_a = 1.5", "divided by 2"),
    (computational_graph.q5, "without_reset = 'a'", "does not touch"),
    (computational_graph.q5, "without_reset = 'b'", "does not set them back"),
    (computational_graph.q5, "without_reset = 'c'", "do not overwrite"),
    (
        computational_graph.q3,
        SGD.format("return p.value - learning_rate * p.grad"),
        "no p.value has changed",
    ),
    (
        computational_graph.q2,
        CUBE.replace("(a,) =", "a =").format("a.value**3", "a.add_grad(self.grad * 3)"),
        "self.operands is a tuple",
    ),
    (
        computational_graph.q2,
        CUBE.format("a.value**3", "a.grad = a.grad + self.grad * 3 * a.value**2"),
        "something has arrived at a before",
    ),
    (
        computational_graph.q2,
        CUBE.format("a.value**3", "a.add_grad(self.grad * 3 * a.value**2 / len(a.value))"),
        "number of examples",
    ),
    (
        computational_graph.q2,
        CUBE.format(
            "a.value**3",
            "self.grad = self.grad * 3 * a.value**2; a.add_grad(self.grad)",
        ),
        "self.grad was changed",
    ),
    (computational_graph.q2, CUBE.format("a**3", "pass"), "a is a node"),
    (computational_graph.q3, SGD.format("p.value = p.value - 0.1 * p.grad"), "not W − η grad"),
]
