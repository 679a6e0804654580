"""Random graphs of every operation, described by plain data from which others are made.

A `Plan` is a list of nodes with names, kinds, operands and widths. From it come the graph of the
course (`build`) and the same function in HIPS autograd (`autograd_loss`), and in
`derivation_check/derivations.py` a derivation on paper: none of them sees the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import autograd.numpy as anp
import numpy as np

import course_nn as nn
from course_nn import more_operations as more

Array = np.ndarray
ACTIVATIONS = ("sigmoid", "tanh", "relu")
LOSSES = ("squared_error", "cross_entropy", "weighted", "add_losses")
FACTOR = 0.5  # of the second of two losses


class Made(NamedTuple):
    """A computed node: how it is called, what it is, from what; its width, None of a loss."""

    name: str
    kind: str
    operands: tuple[str, ...]
    width: int | None


@dataclass
class Plan:
    """A graph on paper.

    Args:
        inputs: width by name. labels: number of classes by name. parameters: shape by name.
        nodes: the computed nodes, in the order of Forward; the last one is the loss.
    """

    inputs: dict[str, int] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    parameters: dict[str, tuple[int, int]] = field(default_factory=dict)
    nodes: list[Made] = field(default_factory=list)

    @property
    def loss(self) -> Made:
        return self.nodes[-1]

    def node(self, name: str) -> Made | None:
        """The computed node of this name; None for an input, labels or a parameter."""
        return next((node for node in self.nodes if node.name == name), None)

    def width(self, name: str) -> int | None:
        """Columns of an input or a computed node."""
        made = self.node(name)
        return made.width if made else self.inputs[name]

    def columns(self, before: tuple[str, ...], parts: tuple[str, ...]) -> tuple[int, int]:
        """Where the columns of these parts begin and end, in a joined node."""
        start, more = (sum(int(self.width(n) or 0) for n in names) for names in (before, parts))
        return start, start + more

    def users(self, name: str) -> list[Made]:
        return [node for node in self.nodes if name in node.operands]

    def pruned(self) -> Plan:
        """Without what the loss does not depend on."""
        used = {self.loss.name}
        for node in reversed(self.nodes):
            if node.name in used:
                used.update(node.operands)
        return Plan(
            *({n: v for n, v in d.items() if n in used} for d in (self.inputs, self.labels)),
            {n: v for n, v in self.parameters.items() if n in used},
            [node for node in self.nodes if node.name in used],
        )

    def kinds(self) -> set[str]:
        return {node.kind for node in self.nodes}

    # ------------------------------------------------------------------ numbers for it

    def weights(self, seed: int) -> dict[str, Array]:
        rng = np.random.default_rng(seed)
        return {n: rng.normal(size=s) / np.sqrt(s[0]) for n, s in self.parameters.items()}

    def data(self, B: int, seed: int) -> dict[str, Array]:
        rng = np.random.default_rng(seed)
        data = {name: rng.normal(size=(B, width)) for name, width in self.inputs.items()}
        if "c" in data:  # the weights of the examples
            data["c"] = 0.2 + rng.random((B, 1))
        return data | {name: rng.integers(0, K, B) for name, K in self.labels.items()}

    def values(self, weights: dict[str, Any], data: dict[str, Array]) -> dict[str, Any]:
        """The value of everything, by name."""
        known: dict[str, Any] = {**data, **weights}
        for node in self.nodes:
            known[node.name] = AUTOGRAD[node.kind](*(known[name] for name in node.operands))
        return known

    # ------------------------------------------------------------------ what is made of it

    def build(self, seed: int = 0) -> Any:
        """The graph of the course; its loss."""
        weights = self.weights(seed)
        with nn.Graph(make_current=False):
            known: dict[str, Any] = {n: nn.Input(n, width) for n, width in self.inputs.items()}
            known |= {n: nn.Labels(n, K) for n, K in self.labels.items()}
            known |= {n: nn.Parameter(n, w) for n, w in weights.items()}
            for node in self.nodes:
                operation = getattr(nn, node.kind, None) or getattr(more, node.kind)
                options = {"factor": FACTOR} if node.kind == "add_losses" else {}
                operands = [known[name] for name in node.operands]
                known[node.name] = operation(*operands, name=node.name, **options)
        return known[self.loss.name]

    def autograd_loss(self, weights: dict[str, Any], data: dict[str, Array]) -> Any:
        """J = (1/B) Σ_b L_b, in operations that autograd can derive."""
        return anp.mean(self.values(weights, data)[self.loss.name])


def _softmax(z: Any) -> Any:
    return anp.exp(z) / anp.sum(anp.exp(z), axis=1, keepdims=True)


AUTOGRAD: dict[str, Any] = {
    "matmul": lambda a, W: anp.dot(a, W),
    "matmul_transposed": lambda a, W: anp.dot(a, W.T),
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "join": lambda *parts: anp.concatenate(parts, axis=1),
    "row_mean": lambda a: anp.mean(a, axis=1, keepdims=True),
    "row_norm": lambda a: anp.sqrt(anp.sum(a**2, axis=1, keepdims=True)),
    "sigmoid": lambda a: 1 / (1 + anp.exp(-a)),
    "tanh": anp.tanh,
    "relu": lambda a: anp.where(a > 0, a, 0.0),
    "softmax": _softmax,
    "squared_error": lambda a, y: 0.5 * anp.sum((a - y) ** 2, axis=1),
    "cross_entropy": lambda z, y: -anp.log(anp.sum(_softmax(z) * np.eye(z.shape[1])[y], axis=1)),
    "weighted": lambda L, c: L * c[:, 0],
    "add_losses": lambda L, M: L + FACTOR * M,
}


class _Draft:
    """Nodes drawn at random, until it is enough."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.plan = Plan()
        self.counted: dict[str, int] = {}
        # Widths that differ, so that a line that fits only square matrices does not fit.
        self.widths = [int(n) for n in self.rng.permutation([3, 4, 5, 6, 7])]

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def one_of(self, things: list[Any]) -> Any:
        return things[int(self.rng.integers(len(things)))]

    def name(self, letter: str) -> str:
        self.counted[letter] = self.counted.get(letter, 0) + 1
        return f"{letter}{self.counted[letter]}"

    def make(self, letter: str, kind: str, *operands: str, width: int | None) -> str:
        name = self.name(letter)
        self.plan.nodes.append(Made(name, kind, operands, width))
        return name

    def parameter(self, letter: str, *shape: int, beside: str = "") -> str:
        """One of this shape, which may be known, but for one that is used beside this node."""
        used = {name for user in self.plan.users(beside) for name in user.operands}
        known = [p for p, s in self.plan.parameters.items() if s == shape and p not in used]
        if known and self.chance(0.7):
            return self.one_of(known)
        name = self.name(letter)
        self.plan.parameters[name] = shape  # type: ignore[assignment]
        return name

    def rows(self, width: int | None = None) -> list[str]:
        """Nodes (B, K) to go on from, the late ones more often; the input if there is none."""
        made = [n.name for n in self.plan.nodes if n.width and n.width > 1]
        made = [n for n in made if width in (None, self.plan.width(n))]
        unused = [n for n in made if not self.plan.users(n)]
        return made + 6 * unused

    def new_width(self, width: int | None) -> int:
        return self.one_of([n for n in self.widths if n != width])

    def product(self, a: str, width: int | None = None) -> str:
        """z = a W, z = a Wᵀ or z = a W + b."""
        m: Any = self.plan.width(a)
        n = width or self.new_width(m)
        used = {name for user in self.plan.users(a) for name in user.operands}
        transposed = [p for p, s in self.plan.parameters.items() if s == (n, m) and n > 1]
        transposed = [p for p in transposed if p not in used]
        if transposed and self.chance(0.7):
            return self.make("z", "matmul_transposed", a, self.one_of(transposed), width=n)
        if self.chance(0.15):
            kind, W = "matmul_transposed", self.parameter("V", n, m, beside=a)
            return self.make("z", kind, a, W, width=n)
        z = self.make("z", "matmul", a, self.parameter("W", m, n, beside=a), width=n)
        if self.chance(0.2):
            pair = [z, self.parameter("b", 1, n, beside=z)]
            z = self.make("s", "add", *(pair if self.chance(0.8) else pair[::-1]), width=n)
        return z

    def activation(self, kind: str, a: str) -> str:
        """h1 = f(z1), and a1 = f(s1) of what is no z, or has an activation already."""
        name = f"h{a[1:]}"
        if a[0] != "z" or self.plan.node(name):
            return self.make("a", kind, a, width=self.plan.width(a))
        self.plan.nodes.append(Made(name, kind, (a,), self.plan.width(a)))
        return name

    def another(self, a: str) -> str:
        """A node of the width of a, perhaps a itself."""
        others = [n for n in self.rows(self.plan.width(a)) if n != a]
        if others and self.chance(0.8):
            return self.one_of(others)
        return (
            a if self.chance(0.15) else self.product(self.one_of(self.rows()), self.plan.width(a))
        )

    def step(self) -> None:
        a = self.one_of(self.rows())
        width: Any = self.plan.width(a)
        match self.one_of([*"pppfffff", *"+-*:[[", "mean", "mean", "norm", "scale", "softmax"]):
            case "p":
                self.product(a)
            case "f":
                self.activation(self.one_of(list(ACTIVATIONS)), a)
            case "+":
                self.make("s", "add", a, self.another(a), width=width)
            case "-":
                b = self.another(a)
                if a != b:
                    self.make("d", "subtract", a, b, width=width)
            case "*":
                self.make("m", "multiply", a, self.another(a), width=width)
            case ":":
                b = self.activation("sigmoid", self.another(a))
                self.make("q", "divide", a, b, width=width)
            case "[":
                parts = [n for n in (a, self.one_of([*self.rows(), "x"])) if n[0] in "xzh"]
                total = sum(int(self.plan.width(part) or 0) for part in parts)
                if len(parts) == 2:
                    self.make("j", "join", *parts, width=total)
            case "mean" if a[0] in "zh":  # whose widths have names, D and H1, H2, …
                mean = self.make("e", "row_mean", a, width=1)
                self.make("d", "subtract", a, mean, width=width)
            case "norm" if "relu" not in self.plan.kinds():  # a row of zeros has no slope
                norm = self.make("n", "row_norm", a, width=1)
                kind, letter = ("divide", "u") if self.chance(0.7) else ("multiply", "m")
                self.make(letter, kind, a, norm, width=width)
            case "scale":
                column = self.make(
                    "z", "matmul", a, self.parameter("W", width, 1, beside=a), width=1
                )
                pair = [self.another(a), column]
                pair = pair if self.chance(0.7) else pair[::-1]
                self.make("m", "multiply", *pair, width=width)
            case "softmax":
                self.make("p", "softmax", a, width=width)

    def one_loss(self, target: str) -> str:
        a = self.one_of(self.rows())
        if self.chance(0.5):
            self.plan.labels[target] = K = self.new_width(self.plan.width(a))
            loss = self.make("L", "cross_entropy", self.product(a, K), target, width=None)
        else:
            self.plan.inputs[target] = K = self.new_width(self.plan.width(a))
            pair = [self.product(a, K), target]
            if self.chance(0.2):  # a target that is learned too
                pair[1] = self.product(target, K)
            pair = pair if self.chance(0.8) else pair[::-1]
            loss = self.make("L", "squared_error", *pair, width=None)
        if self.chance(0.25):
            self.plan.inputs["c"] = 1
            loss = self.make("L", "weighted", loss, "c", width=None)
        return loss


def random_plan(seed: int) -> Plan:
    """A graph with two to eight steps between x and its loss, or its two losses."""
    draft = _Draft(seed)
    draft.plan.inputs["x"] = draft.widths[0]
    draft.product("x", draft.widths[1])
    if draft.chance(0.4):
        draft.product("x")
    for _ in range(int(draft.rng.integers(1, 7))):
        draft.step()
    loss = draft.one_loss("y")
    if draft.chance(0.25):
        other = draft.one_loss("t")
        draft.make("L", "add_losses", loss, other, width=None)
    return draft.plan.pruned()
