"""What needs a little glue to be handed in as homework 3: the cells of lesson 07 for a batch, and
differences in the place of every step back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import numpy as np
from pieces_to_copy import ROOT, code_cells
from ways_to_copy import Homework, Way

from course_exercises.homework import (
    hw3_operation,
    hw3_own_network,
    hw3_second_backward,
    hw3_wrong_line,
)
from course_exercises.homework.keys import new_key

OTHER_KEYS = [new_key(np.random.default_rng(seed)) for seed in range(40)]
# How a sheet's formulas are typed, so that a complex number can pass.
FUNCTIONS = """
def absolute(u): return np.where(np.real(u) < 0, -u, u)
def sigmoid(u): return 1 / (1 + np.exp(-u))
def total(loss_of, W):
    found = np.zeros(W.shape)
    for entry in np.ndindex(W.shape):
        size = 1e-20 * max(1.0, abs(W[entry]))
        nudged = W.astype(complex)
        nudged[entry] += 1j * size
        found[entry] = np.sum(loss_of(nudged)).imag / size
    return found
"""
M = (
    "np.roll(a, 1, axis=1) + 2 * np.roll(a, -1, axis=1)",
    "3 * a - np.roll(a, 1, axis=1)",
    "np.cumsum(a, axis=1)",
    "np.cumsum(a[:, ::-1], axis=1)[:, ::-1]",
    "np.ones_like(a) * ((-1.0) ** np.arange(a.shape[1]) * a).sum(axis=1, keepdims=True)",
    "np.ones_like(a) * (np.arange(1.0, a.shape[1] + 1) * a).sum(axis=1, keepdims=True)",
)
PRODUCTS = ("a * absolute(a) * m", "a * m * absolute(m)")
OWN = """
def own(a):
    m = {m}
    return {c}
class Own:
    def __init__(self, a):
        self.a = a
        nodes.append(self)
    def forward(self):
        self.value = own(self.a.value)
    def backward(self):
        {backward}
"""
NUDGED = """found = np.zeros(self.a.value.shape)
        for i in np.ndindex(found.shape):
            step = {step}
            up, down = self.a.value.copy(), self.a.value.copy()
            up[i] += step
            down[i] -= step
            found[i] = ((own(up) - own(down)) * self.grad).sum() / (2 * step)
        self.a.grad = self.a.grad + found"""
BACKWARDS = {
    "Own: differences, step 1e-5": NUDGED.format(step="1e-5"),
    "Own: differences, step relative to the entry": NUDGED.format(
        step="1e-5 * abs(self.a.value[i])"
    ),
    "Own: complex steps": """g = self.grad
        self.a.grad = self.a.grad + total(lambda a: own(a) * g, self.a.value)""",
    "Own: only the path that is seen at once": """a = self.a.value
        m = own(a) / a
        self.a.grad = self.a.grad + self.grad * m""",
}
ON_NO_PAGE = ("Own: differences, step relative to the entry", "Own: complex steps")


# It nudges each weight of a large network too; so it has less than the grader's time.
ENDLESS = {"the network as one node with complex steps": 1.0}


def rows(homework: Homework) -> Iterator[tuple[str, str, list[str]]]:
    """How it is come by, what is handed in, and its cells."""
    key = homework.key
    yield "copied", "cells of lesson 07 as they are", lesson()
    yield "copied", "cells of lesson 07 for a batch", lesson(batch=True)
    for what, backward in BACKWARDS.items():
        kind = "numeric" if what in ON_NO_PAGE else "copied"
        yield kind, what, [FUNCTIONS, _own(key, backward)]
    yield (
        "numeric",
        "the network as one node with complex steps",
        [FUNCTIONS, _own(key, "pass"), _whole(key)],
    )
    yield "copied", "the printed program run", [_returns("what_comes", _run(key))]
    yield (
        "copied",
        "the printed program handed in",
        [_returns("mended", hw3_wrong_line.printed(key)[0])],
    )
    yield "tried", "other keys' lines in every place", [_mended(homework)]
    yield "copied", "Backward run twice", [_factor(key)]
    yield "tried", "weights by bisection, Backward run twice", [_factor(key), BISECTION]


def lesson(batch: bool = False) -> list[str]:
    """The classes of lesson 07, and its three functions."""
    cells = code_cells(ROOT / "notebooks" / "07_build_the_computational_graph.ipynb")
    classes = next(cell for cell in cells if cell.startswith("nodes = []"))
    classes = classes[classes.index("class MatMul") :]
    three = next(cell for cell in cells if cell.startswith("def Forward"))
    if batch:
        for old, new in (
            ("** 2).sum()", "** 2).sum(axis=1)"),
            ("self.grad * difference", "self.grad[:, None] * difference"),
        ):
            assert old in classes
            classes = classes.replace(old, new)
        divided = (
            "    for parameter in parameters:\n"
            "        parameter.grad = parameter.grad / len(loss.value)\n\n\ndef SGD"
        )
        three = three.replace("loss.grad = 1.0", "loss.grad = np.ones_like(loss.value)").replace(
            "\n\ndef SGD", divided
        )
    return [classes, three]


def _returns(name: str, value: Any) -> str:
    return f"def {name}():\n    return {value!r}\n"


def _own(key: str, backward: str) -> str:
    of_key = hw3_operation.operation(key)
    return OWN.format(m=M[of_key.mix], c=PRODUCTS[of_key.product], backward=backward)


def _whole(key: str) -> str:
    """All forward lines in one function, whose gradients are complex steps."""
    network = hw3_own_network.network(key)
    (x,) = network.inputs
    kinds = {
        "add": "{} + {}",
        "multiply": "{} * {}",
        "tanh": "np.tanh({})",
        "sigmoid": "sigmoid({})",
        "own": "own({})",
        "matmul_transposed": "{} @ {}.T",
        "matmul": "{} @ {}",
    }
    names = {x: "x", **{name: f"W[{name!r}]" for name in network.weights}}
    lines = []
    for step in network.steps:
        operands = [names.setdefault(name, f"n_{name}") for name in step.operands]
        lines.append(f"    n_{step.name} = {kinds[step.kind].format(*operands)}")
    return (
        "def output(x, W):\n"
        + "\n".join(lines)
        + f"\n    return n_{network.output}\n"
        + """
class Output:
    def __init__(self, x, W):
        self.x, self.W = x, W
        nodes.append(self)
    def forward(self):
        self.value = output(self.x.value, {k: p.value for k, p in self.W.items()})
    def backward(self):
        given = {k: p.value for k, p in self.W.items()}
        for k, p in self.W.items():
            def loss_of(v, k=k):
                return output(self.x.value, {**given, k: v}) * self.grad
            p.grad = p.grad + total(loss_of, p.value)
class Loss:
    def __init__(self, out, t):
        self.out, self.t = out, t
        nodes.append(self)
    def forward(self):
        self.value = 0.5 * ((self.out.value - self.t.value) ** 2).sum(axis=1)
    def backward(self):
        self.out.grad = self.out.grad + self.grad[:, None] * (self.out.value - self.t.value)
def build_mine(x, t, W):
    out = Output(x, W)
    return out, Loss(out, t)
"""
    )


def _run(key: str) -> dict[str, Any]:
    """What the printed program leaves, with the printed lines that are run with it."""
    space: dict[str, Any] = {"np": np}
    exec(hw3_wrong_line.GIVEN, space)
    with redirect_stdout(StringIO()):
        exec(hw3_wrong_line.described(key), space)
    return {
        "w": float(np.sum(space["w"].grad)),
        "v": float(np.sum(space["v"].grad)),
        "c": np.ravel(space["c"].grad).tolist(),
    }


def _mended(homework: Homework) -> str:
    """Each line of the printed program replaced by the line at its place in somebody else's."""
    own = hw3_wrong_line.printed(homework.key)[0].splitlines()
    best, most = "", 0.0
    for key in OTHER_KEYS:
        theirs = hw3_wrong_line.printed(key)[0].splitlines()
        if len(theirs) != len(own):
            continue
        names = _letters(theirs, own)
        for place in range(len(own)):
            line = _renamed(theirs[place], names)
            if line == own[place]:
                continue
            program = "\n".join([*own[:place], line, *own[place + 1 :]])
            cell = _returns("mended", program)
            points = homework.worth(Way("mended", "tried", cell))
            if points > most:
                best, most = cell, points
    return best


def _letters(theirs: list[str], own: list[str]) -> dict[str, str]:
    """Which of their names is which of one's own: by their places in the lines."""
    found: dict[str, str] = {}
    for one, other in zip(_words(theirs), _words(own), strict=False):
        if len(one) == len(other):
            found.update(
                {a: b for a, b in zip(one, other, strict=True) if a != b and a.isidentifier()}
            )
    return found


def _words(lines: list[str]) -> Iterator[list[str]]:
    for line in lines:
        yield re.findall(r"\w+|[^\w\s]", line)


def _renamed(line: str, names: dict[str, str]) -> str:
    return re.sub(r"[A-Za-z_]\w*", lambda found: names.get(found[0], found[0]), line)


# ------------------------------------------------------------------ Backward twice

FACTOR = """
def factor(values):
    class Number:
        def __init__(self, value, a=None, b=None, back=None):
            self.value, self.grad, self.back, self.a, self.b = value, 0.0, back, a, b
    made, order = {{name: Number(value) for name, value in values.items()}}, []
    for line in {lines!r}:
        name, right = line.split(" = ")
        sign = "·" if "·" in right else "+" if "+" in right else ""
        a, *b = [made[each.strip()] for each in (right.split(sign) if sign else [right])]
        b = b[0] if b else None
        value = a.value * b.value if sign == "·" else a.value + b.value if sign else a.value
        made[name.strip()] = Number(value, a, b, sign)
        order.append(made[name.strip()])
    def backward():
        order[-1].grad = 1.0
        for node in reversed(order):
            if node.back == "·":
                node.a.grad += node.grad * node.b.value
                node.b.grad += node.grad * node.a.value
            elif node.back == "+":
                node.a.grad += node.grad
                node.b.grad += node.grad
            else:
                node.a.grad += node.grad
    backward()
    first = made["w"].grad
    backward()
    return made["w"].grad / first
NAMES = {names!r}
"""
BISECTION = """
def weights_for(f):
    rng = np.random.default_rng(0)
    for attempt in range(200):
        values = {name: float(value) for name, value in zip(NAMES, rng.normal(size=len(NAMES)))}
        for name in NAMES:
            grid = np.linspace(-10, 10, 41)
            tried = [factor({**values, name: at}) - f for at in grid]
            for low, high, a, b in zip(grid, grid[1:], tried, tried[1:]):
                if a * b < 0 and abs(a) < 50 and abs(b) < 50:
                    for _ in range(60):
                        middle = (low + high) / 2
                        c = factor({**values, name: middle}) - f
                        low, high, a = (middle, high, c) if a * c > 0 else (low, middle, a)
                    if abs(factor({**values, name: low}) - f) < 1e-9:
                        return {**values, name: float(low)}
"""


def _factor(key: str) -> str:
    lines = [line.strip() for line in hw3_second_backward.described(key).splitlines()]
    lines = [line for line in lines if " = " in line]
    left = {line.split(" = ")[0].strip() for line in lines}
    names: dict[str, None] = {}
    for line in lines:
        for name in line.split(" = ")[1].replace("·", " ").replace("+", " ").split():
            if name not in left:
                names[name] = None
    return FACTOR.format(lines=lines, names=list(names))
