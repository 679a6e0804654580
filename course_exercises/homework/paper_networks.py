"""Networks that stand on paper, in letters of their own: plain data, drawn from families.

A `Network` is the description, without numbers. The graph of `course_nn` is one thing that is made
of it, the forward lines of a sheet are another.

The six families below are equal in what they ask: three products, two functions and one place where
two paths join, so nine gradients. A matrix that is passed on the way back is square: then shapes do
not tell it from its transpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

import course_nn as nn
from course_nn import more_operations as more

__all__ = [
    *("ANSWERS", "CLASSES", "Drawn", "Family", "INPUTS", "Letters", "Network", "ROWS", "SIX"),
    *("SQUARED", "Step", "WEIGHTS", "forward_lines", "functions", "turned"),
    *("skip_before", "skip_after", "skip_of_z", "gate_of_both", "gate_of_hidden", "gate_of_z"),
]

Array = np.ndarray
SQUARED, CLASSES = "squared_error", "cross_entropy"

ROWS = "vwrszcqmah"  # of nodes; none that a text could take for a function, an index or a width
INPUTS, ANSWERS = "ux", "ty"
WEIGHTS = "ACMNPQRUV"
MAKE: dict[str, Callable[..., nn.Node]] = {
    "matmul": nn.matmul,
    "matmul_transposed": more.matmul_transposed,
    "add": nn.add,
    "subtract": more.subtract,
    "multiply": more.multiply,
    "tanh": nn.tanh,
    "sigmoid": nn.sigmoid,
    "relu": nn.relu,
}
SIGNS = {"add": " + ", "subtract": " − ", "multiply": " · "}
TURNED = {"matmul": "matmul_transposed", "matmul_transposed": "matmul"}


@dataclass(frozen=True)
class Step:
    """One computational node: its name, its operation and what goes into it."""

    name: str
    kind: str
    operands: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """A network up to its loss, without numbers.

    Args:
        inputs: widths by name. weights: shapes by name.
        output, answers: what the loss compares; under cross-entropy `answers` are labels.
    """

    family: str
    inputs: Mapping[str, int]
    weights: Mapping[str, tuple[int, int]]
    steps: tuple[Step, ...]
    output: str
    answers: str
    loss: str = SQUARED

    @property
    def widths(self) -> dict[str, int]:
        """Of inputs and nodes."""
        found = dict(self.inputs)
        for step in self.steps:
            first, *others = step.operands
            turned = step.kind == "matmul_transposed"
            product = step.kind.startswith("matmul")
            found[step.name] = self.weights[others[0]][not turned] if product else found[first]
        return found

    def graph(
        self, values: Mapping[str, Array], instead: Mapping[str, Callable[..., nn.Node]] = {}
    ) -> nn.Node:
        """The loss L of a fresh graph with these weights.

        Args:
            instead: for the names of some steps, operations that are made in place of theirs.
        """
        with nn.Graph(make_current=False):
            nodes: dict[str, nn.Node] = {}
            for name, width in self.inputs.items():
                nodes[name] = nn.Input(name, width)
            for name in self.weights:
                nodes[name] = nn.Parameter(name, values[name])
            for step in self.steps:
                operands = [nodes[each] for each in step.operands]
                make = instead.get(step.name, MAKE[step.kind])
                nodes[step.name] = make(*operands, name=step.name)
            width = self.widths[self.output]
            if self.loss == CLASSES:
                labels = nn.Labels(self.answers, width)
                return nn.cross_entropy(nodes[self.output], labels, name="L")
            wanted = nn.Input(self.answers, width)
            return nn.squared_error(nodes[self.output], wanted, name="L")

    def data(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """Of these values, those of the inputs and the answers."""
        return {name: values[name] for name in (*self.inputs, self.answers)}

    def draw(self, rng: np.random.Generator, B: int) -> dict[str, Array]:
        """Values for inputs, weights and answers."""
        drawn = {name: rng.normal(size=(B, width)) for name, width in self.inputs.items()}
        drawn |= {name: rng.normal(size=shape) for name, shape in self.weights.items()}
        width = self.widths[self.output]
        labels = self.loss == CLASSES
        answers = rng.integers(0, width, size=B) if labels else rng.normal(size=(B, width))
        return {**drawn, self.answers: answers}


def forward_lines(network: Network) -> list[str]:
    """A line for each node and one for the loss, entry by entry: the notation of the sheets.

    b counts the examples; each layer has an index of its own, and a matrix is written as it is
    stored, so `V[j, i]` leads from unit i to unit j where it is stored as (outputs, inputs).
    """
    index = dict(zip(network.inputs, "di", strict=False))
    others = iter("ijklmn"[len(network.inputs) - 1 :])
    found = []
    for step in network.steps:
        first, *rest = step.operands
        at = f"b, {index[first]}"
        if step.kind.startswith("matmul"):
            before, index[step.name] = index[first], next(others)
            places = before, index[step.name]
            weight = ", ".join(places[::-1] if step.kind == "matmul_transposed" else places)
            right = f"Σ_{before} {rest[0]}[{weight}] {first}[{at}]"
        else:
            index[step.name] = index[first]
            terms = [f"{first}[{at}]", *(f"{other}[{at}]" for other in rest)]
            right = SIGNS[step.kind].join(terms) if rest else f"{step.kind}({terms[0]})"
        found.append(f"{step.name}[b, {index[step.name]}] = {right}")
    last, out, answers = index[network.output], network.output, network.answers
    if network.loss == CLASSES:
        return [*found, f"L[b] = −log softmax({out})[b, {answers}[b]]"]
    wanted = f"{answers}[b, {last}]"
    return [*found, f"L[b] = ½ Σ_{last} ({out}[b, {last}] − {wanted})²"]


class Letters:
    """Letters for one network, none of them twice."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rows = iter([ROWS[i] for i in rng.permutation(len(ROWS))])
        self._weights = iter([WEIGHTS[i] for i in rng.permutation(len(WEIGHTS))])
        self._inputs = iter([INPUTS[i] for i in rng.permutation(len(INPUTS))])
        self.answers = ANSWERS[int(rng.integers(len(ANSWERS)))]

    def row(self) -> str:
        return next(self._rows)

    def weight(self) -> str:
        return next(self._weights)

    def input(self) -> str:
        return next(self._inputs)


class Drawn:
    """A network while it is drawn: each call adds a node, and returns its letter."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.letters = Letters(rng)
        self.turned = False  # whether the next matrices are stored as (outputs, inputs)
        self.inputs: dict[str, int] = {}
        self.weights: dict[str, tuple[int, int]] = {}
        self.steps: list[Step] = []
        self._widths: dict[str, int] = {}

    def input(self, width: int) -> str:
        name = self.letters.input()
        self.inputs[name] = self._widths[name] = width
        return name

    def product(self, of: str, width: int, weight: str = "") -> str:
        """With a matrix of its own, or again with one that is there."""
        if not weight:
            weight = self.letters.weight()
            shape = (self._widths[of], width)
            self.weights[weight] = shape[::-1] if self.turned else shape
        kind = "matmul_transposed" if self.turned else "matmul"
        return self._added(kind, (of, weight), width)

    def step(self, kind: str, *of: str) -> str:
        return self._added(kind, of, self._widths[of[0]])

    def _added(self, kind: str, operands: tuple[str, ...], width: int) -> str:
        name = self.letters.row()
        self.steps.append(Step(name, kind, operands))
        self._widths[name] = width
        return name

    def network(self, family: str, output: str, loss: str) -> Network:
        return Network(
            family,
            self.inputs,
            self.weights,
            tuple(self.steps),
            output,
            self.letters.answers,
            loss,
        )


Family = Callable[[np.random.Generator, str], Network]


def functions(rng: np.random.Generator) -> Iterator[str]:
    """tanh and the sigmoid, in an order that is drawn."""
    return iter([("tanh", "sigmoid")[i] for i in rng.permutation(2)])


# --- six networks in which something is used twice


def skip_before(rng: np.random.Generator, loss: str) -> Network:
    """f(z + h): the skip joins before the function."""
    d, f = Drawn(rng), functions(rng)
    hidden = d.step(next(f), d.product(d.input(4), 3))
    joined = d.step("add", d.product(hidden, 3), hidden)
    return d.network("a skip", d.product(d.step(next(f), joined), 3), loss)


def skip_after(rng: np.random.Generator, loss: str) -> Network:
    """f(z) + h: the skip joins behind the function."""
    d, f = Drawn(rng), functions(rng)
    hidden = d.step(next(f), d.product(d.input(4), 3))
    joined = d.step("add", d.step(next(f), d.product(hidden, 3)), hidden)
    return d.network("a skip", d.product(joined, 3), loss)


def skip_of_z(rng: np.random.Generator, loss: str) -> Network:
    """What skips the layer is the z before the function."""
    d, f = Drawn(rng), functions(rng)
    before = d.product(d.input(4), 3)
    joined = d.step("add", d.product(d.step(next(f), before), 3), before)
    return d.network("a skip", d.product(d.step(next(f), joined), 3), loss)


def gate_of_both(rng: np.random.Generator, loss: str) -> Network:
    """One z goes on in two ways, which are multiplied entry by entry."""
    d, f = Drawn(rng), functions(rng)
    before = d.product(d.input(4), 3)
    one = d.step(next(f), before)
    other = d.step(next(f), d.product(before, 3))
    return d.network("a gate", d.product(d.step("multiply", one, other), 3), loss)


def gate_of_hidden(rng: np.random.Generator, loss: str) -> Network:
    """A layer is multiplied, entry by entry, by what another layer makes of it."""
    d, f = Drawn(rng), functions(rng)
    one = d.step(next(f), d.product(d.input(4), 3))
    other = d.step(next(f), d.product(one, 3))
    return d.network("a gate", d.product(d.step("multiply", one, other), 3), loss)


def gate_of_z(rng: np.random.Generator, loss: str) -> Network:
    """A z is multiplied by what another layer makes of it."""
    d, f = Drawn(rng), functions(rng)
    one = d.product(d.input(4), 3)
    other = d.step(next(f), d.product(d.step(next(f), one), 3))
    return d.network("a gate", d.product(d.step("multiply", one, other), 3), loss)


SIX: tuple[Family, ...] = (
    skip_before,
    skip_after,
    skip_of_z,
    gate_of_both,
    gate_of_hidden,
    gate_of_z,
)


def turned(network: Network) -> Network:
    """The same network with each matrix stored the other way round, as (outputs, inputs)."""
    return replace(
        network,
        weights={name: shape[::-1] for name, shape in network.weights.items()},
        steps=tuple(replace(step, kind=TURNED.get(step.kind, step.kind)) for step in network.steps),
    )
