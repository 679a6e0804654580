"""Right answers to the questions of homework 3 that belong to a key, as code."""

import numpy as np

from course_exercises.homework import hw3_own_network, hw3_second_backward, hw3_wrong_line
from course_exercises.homework.keys import generator
from course_grading.marking.assignments.hw3 import own

NODES = '''
class Turned:
    """c[b, j] = Σ_i V[j, i] a[b, i]"""
    def __init__(self, a, V):
        self.a, self.V = a, V
        nodes.append(self)
    def forward(self):
        self.value = self.a.value @ self.V.value.T
    def backward(self):
        self.a.grad = self.a.grad + self.grad @ self.V.value
        self.V.grad = self.V.grad + self.grad.T @ self.a.value

class Tanh:
    def __init__(self, z):
        self.z = z
        nodes.append(self)
    def forward(self):
        self.value = np.tanh(self.z.value)
    def backward(self):
        self.z.grad = self.z.grad + self.grad * (1 - self.value**2)

class Add:
    def __init__(self, a, b):
        self.a, self.b = a, b
        nodes.append(self)
    def forward(self):
        self.value = self.a.value + self.b.value
    def backward(self):
        self.a.grad = self.a.grad + self.grad
        self.b.grad = self.b.grad + self.grad

class Gate:
    def __init__(self, a, b):
        self.a, self.b = a, b
        nodes.append(self)
    def forward(self):
        self.value = self.a.value * self.b.value
    def backward(self):
        self.a.grad = self.a.grad + self.grad * self.b.value
        self.b.grad = self.b.grad + self.grad * self.a.value
'''
CLASSES = {
    "matmul_transposed": "Turned",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "add": "Add",
    "multiply": "Gate",
    "own": "Own",
}


def build_mine(key):
    network = hw3_own_network.network(key)
    (x,) = network.inputs
    names = {x: "x", **{name: f'W["{name}"]' for name in network.weights}}
    lines = ["def build_mine(x, t, W):"]
    for step in network.steps:
        operands = ", ".join(names[name] for name in step.operands)
        names[step.name] = f"node_{step.name}"
        lines.append(f"    node_{step.name} = {CLASSES[step.kind]}({operands})")
    out = names[network.output]
    return "\n".join([*lines, f"    return {out}, SquaredError({out}, t)", ""])


def program(key):
    """The program of a key without its wrong line, drawn once more."""
    rng = generator(key, "hw3 wrong line")
    names = {n: words[int(rng.integers(len(words)))] for n, words in hw3_wrong_line.NAMES.items()}
    ways = [rights[int(rng.integers(len(rights)))] for rights, _ in hw3_wrong_line.LINES]
    return "\n".join(ways).format(**names)


def mended(key):
    return f"def mended():\n    return {program(key)!r}\n"


def what_comes(key):
    comes = hw3_wrong_line.own_trial(key).of(*hw3_wrong_line.printed(key))
    values = {name: np.ravel(grad).tolist() for name, grad in comes.items()}
    return f"def what_comes():\n    return {values!r}\n"


def paths(key):
    """`factor` and `weights_for`, by what each path passes."""
    own_paths = hw3_second_backward.paths(key)
    product = {
        name: " * ".join([f'values["{weight}"]' for weight in path] or ["1.0"])
        for name, path in (("long", own_paths.long), ("short", own_paths.short))
    }
    short = 3 + len(own_paths.short) + len(own_paths.behind) + 1
    long = short + len(own_paths.long) - len(own_paths.short)
    return f"""
def factor(values):
    long, short = {product["long"]}, {product["short"]}
    return ({long} * long + {short} * short) / (long + short)

def weights_for(f):
    ones = dict.fromkeys({("x", *own_paths.weights)!r}, 1.0)
    return {{**ones, {own_paths.long[0]!r}: (f - {short}) / ({long} - f)}}
"""


def all_of(key):
    """All answers that belong to a key, as the cells of a notebook."""
    return "\n".join([own(key), NODES, build_mine(key), mended(key), what_comes(key), paths(key)])
