"""Wrong answers to the questions of lesson 06, and how each slip is named."""

from course_nn.exercises import lesson_06

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
    (lesson_06.q1, "backward_order = ['z1', 'h1', 'z2', 'h2', 'z3', 'loss']", "order of Forward"),
    (lesson_06.q1, "backward_order = ['loss', 'z3', 'W3', 'h2', 'z2', 'h1', 'z1']", "W3"),
    (lesson_06.q1, "backward_order = ['loss', 'z3', 'z2', 'z1']", "missing: h2, h1"),
    (lesson_06.q1, "backward_order = ['loss', 'z4', 'z3']", "z4: not a computational node"),
    (lesson_06.q1, "backward_order = 'loss'", "give a list"),
    (
        lesson_06.q1,
        "backward_order = ['loss', 'z3', 'z3', 'h2', 'z2', 'h1', 'z1']",
        "named twice",
    ),
    (lesson_06.q2, CUBE.format("a.value**3", "a.add_grad(self.grad * 2 * a.value)"), "not 2a"),
    (lesson_06.q2, CUBE.format("a.b", "pass"), "stopped with AttributeError"),
    (
        lesson_06.q3,
        SGD.format("p.value = p.value - learning_rate * p.grad / len(parameters)"),
        "divided by the number",
    ),
    (lesson_06.q1, "backward_order = ['loss', 'h2', 'z3', 'z2', 'h1', 'z1']", "incomplete"),
    (lesson_06.q2, CUBE.format("3 * a.value", "a.add_grad(self.grad * 3)"), "cube of a is a³"),
    (lesson_06.q2, CUBE.format("a.value**2", "a.add_grad(self.grad)"), "not a³"),
    (lesson_06.q2, CUBE.format("a.value**3", "a.grad = self.grad * 3 * a.value**2"), "overwritten"),
    (lesson_06.q2, CUBE.format("a.value**3", "pass"), "does not add anything"),
    (lesson_06.q2, CUBE.format("a.value**3", "a.add_grad(3 * a.value**2)"), "self.grad is missing"),
    (lesson_06.q2, CUBE.format("a.value**3", "a.add_grad(self.grad * a.value**2)"), "not a²"),
    (
        lesson_06.q2,
        CUBE.format("a.value**3", "a.add_grad(self.grad * 3 * self.value**2)"),
        "taken at a³",
    ),
    (lesson_06.q2, CUBE.format("a.value**3", "a.add_grad(self.grad * 3 * a.value)"), "not 3a"),
    (lesson_06.q2, CUBE.format("a.value**3", "a.add_grad(self.grad)"), "derivative is missing"),
    (lesson_06.q2, CUBE.format("a.value**3", "a.add_grad(self.grad * 7)"), "does not fit"),
    (lesson_06.q3, SGD.format("p.value = p.value + learning_rate * p.grad"), "the sign"),
    (lesson_06.q3, SGD.format("p.value = p.value - p.grad"), "learning rate is missing"),
    (lesson_06.q3, SGD.format("p.value = p.value - learning_rate**2 * p.grad"), "applied twice"),
    (lesson_06.q3, SGD.format("p.value = -learning_rate * p.grad"), "old value is missing"),
    (
        lesson_06.q3,
        SGD.format("p.value = p.value - learning_rate * p.grad; return"),
        "only the first",
    ),
    (lesson_06.q3, SGD.format("p.value -= learning_rate * p.grad"), "in place"),
    (
        lesson_06.q3,
        SGD.format("p.grad = learning_rate * p.grad; p.value = p.value - p.grad"),
        "changed a gradient",
    ),
    (lesson_06.q4, "gradient_of_a = 3", "they add up"),
    (lesson_06.q4, "gradient_of_a = 9", "not multiplied"),
    (lesson_06.q4, "gradient_of_a = 1.5", "divided by 2"),
    (lesson_06.q5, "without_reset = 'a'", "does not touch"),
    (lesson_06.q5, "without_reset = 'b'", "does not set them back"),
    (lesson_06.q5, "without_reset = 'c'", "do not overwrite"),
    (
        lesson_06.q3,
        SGD.format("return p.value - learning_rate * p.grad"),
        "no p.value has changed",
    ),
    (
        lesson_06.q2,
        CUBE.replace("(a,) =", "a =").format("a.value**3", "a.add_grad(self.grad * 3)"),
        "self.operands is a tuple",
    ),
    (
        lesson_06.q2,
        CUBE.format("a.value**3", "a.grad = a.grad + self.grad * 3 * a.value**2"),
        "something has arrived at a before",
    ),
    (
        lesson_06.q2,
        CUBE.format("a.value**3", "a.add_grad(self.grad * 3 * a.value**2 / len(a.value))"),
        "number of examples",
    ),
    (
        lesson_06.q2,
        CUBE.format(
            "a.value**3",
            "self.grad = self.grad * 3 * a.value**2; a.add_grad(self.grad)",
        ),
        "self.grad was changed",
    ),
    (lesson_06.q2, CUBE.format("a**3", "pass"), "a is a node"),
    (lesson_06.q3, SGD.format("p.value = p.value - 0.1 * p.grad"), "not W − η grad"),
]
