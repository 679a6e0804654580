"""Networks for the exams: drawn from families, each with its difficulty.

A `Network` is plain data. The graph of `course_nn` is one thing that is made of it; `losses` is
another, with formulas of its own, so that one can be tried by the other.

Level 1 is a chain as in the lessons, in other letters. Level 2 has weights of which some are
stored the other way round, which turns their products. Level 3 has a node or a matrix that is
used twice, so paths must be added. A matrix that is passed on the way back is square: then shapes
do not tell it from its transpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import course_nn as nn
from course_nn import more_operations as more

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

    def graph(self, values: Mapping[str, Array]) -> nn.Node:
        """The loss L of a fresh graph with these weights."""
        with nn.Graph(make_current=False):
            nodes: dict[str, nn.Node] = {}
            for name, width in self.inputs.items():
                nodes[name] = nn.Input(name, width)
            for name in self.weights:
                nodes[name] = nn.Parameter(name, values[name])
            for step in self.steps:
                operands = [nodes[each] for each in step.operands]
                nodes[step.name] = MAKE[step.kind](*operands, name=step.name)
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


def nodes_of(
    network: Network, values: Mapping[str, Any], numpy: Any = np, nudges: Mapping[str, Any] = {}
) -> dict[str, Any]:
    """The value of every node, and the losses of the examples, by formulas of this file.

    Args:
        numpy: NumPy, or the one of `autograd`.
        nudges: what is added to a node, before others use it.
    """
    found = {name: values[name] for name in (*network.inputs, *network.weights)}
    for step in network.steps:
        one, *other = (found[each] for each in step.operands)
        match step.kind:
            case "matmul":
                value = numpy.dot(one, other[0])
            case "matmul_transposed":
                value = numpy.dot(one, other[0].T)
            case "add":
                value = one + other[0]
            case "subtract":
                value = one - other[0]
            case "multiply":
                value = one * other[0]
            case "tanh":
                value = 1 - 2 / (numpy.exp(2 * one) + 1)
            case "sigmoid":
                value = 1 / (1 + numpy.exp(-one))
            case "relu":
                value = (one + numpy.abs(one)) / 2
            case _:
                raise ValueError(f"there is no formula for {step.kind}")
        found[step.name] = value + nudges.get(step.name, 0)
    output, answers = found[network.output], values[network.answers]
    if network.loss == CLASSES:
        rows = numpy.arange(len(answers))
        found["L"] = numpy.log(numpy.sum(numpy.exp(output), axis=1)) - output[rows, answers]
    else:
        found["L"] = numpy.sum((output - answers) ** 2, axis=1) / 2
    return found


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


Variant = Callable[[np.random.Generator, str], Network]


def _functions(rng: np.random.Generator) -> Iterator[str]:
    return iter([("tanh", "sigmoid")[i] for i in rng.permutation(2)])


# --- level 1: chains


def chain(rng: np.random.Generator, loss: str) -> Network:
    """One hidden layer, a function, a second matrix."""
    d, f = Drawn(rng), _functions(rng)
    hidden = d.step(next(f), d.product(d.input(4), 3))
    return d.network("one hidden layer", d.product(hidden, 3), loss)


def chain_with_late_function(rng: np.random.Generator, loss: str) -> Network:
    """The function stands behind the second matrix."""
    d, f = Drawn(rng), _functions(rng)
    hidden = d.product(d.input(4), 3)
    return d.network("one hidden layer", d.step(next(f), d.product(hidden, 3)), loss)


# --- level 2: matrices stored now one way, now the other


def stored_both_ways(rng: np.random.Generator, loss: str) -> Network:
    """Two hidden layers with two functions, of which one can be relu; some of the three
    matrices are stored as (outputs, inputs), others as (inputs, outputs).
    """
    d = Drawn(rng)
    smooth = ("tanh", "sigmoid")[int(rng.integers(2))]
    other = ("relu", "sigmoid" if smooth == "tanh" else "tanh")[int(rng.integers(2))]
    functions = [(smooth, other)[i] for i in rng.permutation(2)]
    ways = [(False, True, bool(rng.integers(2)))[i] for i in rng.permutation(3)]
    last = d.input(4)
    for place, way in enumerate(ways):
        d.turned = way
        last = d.product(last, 3)
        if place < 2:
            last = d.step(functions[place], last)
    return d.network("entry by entry", last, loss)


# --- level 3: something is used twice


def skip_before(rng: np.random.Generator, loss: str) -> Network:
    """f(z + h): the skip joins before the function."""
    d, f = Drawn(rng), _functions(rng)
    hidden = d.step(next(f), d.product(d.input(4), 3))
    joined = d.step("add", d.product(hidden, 3), hidden)
    return d.network("a skip", d.product(d.step(next(f), joined), 3), loss)


def skip_after(rng: np.random.Generator, loss: str) -> Network:
    """f(z) + h: the skip joins behind the function."""
    d, f = Drawn(rng), _functions(rng)
    hidden = d.step(next(f), d.product(d.input(4), 3))
    joined = d.step("add", d.step(next(f), d.product(hidden, 3)), hidden)
    return d.network("a skip", d.product(joined, 3), loss)


def skip_of_z(rng: np.random.Generator, loss: str) -> Network:
    """What skips the layer is the z before the function."""
    d, f = Drawn(rng), _functions(rng)
    before = d.product(d.input(4), 3)
    joined = d.step("add", d.product(d.step(next(f), before), 3), before)
    return d.network("a skip", d.product(d.step(next(f), joined), 3), loss)


def gate_of_both(rng: np.random.Generator, loss: str) -> Network:
    """One z goes on in two ways, which are multiplied entry by entry."""
    d, f = Drawn(rng), _functions(rng)
    before = d.product(d.input(4), 3)
    one = d.step(next(f), before)
    other = d.step(next(f), d.product(before, 3))
    return d.network("a gate", d.product(d.step("multiply", one, other), 3), loss)


def gate_of_hidden(rng: np.random.Generator, loss: str) -> Network:
    """A layer is multiplied, entry by entry, by what another layer makes of it."""
    d, f = Drawn(rng), _functions(rng)
    one = d.step(next(f), d.product(d.input(4), 3))
    other = d.step(next(f), d.product(one, 3))
    return d.network("a gate", d.product(d.step("multiply", one, other), 3), loss)


def gate_of_z(rng: np.random.Generator, loss: str) -> Network:
    """A z is multiplied by what another layer makes of it."""
    d, f = Drawn(rng), _functions(rng)
    one = d.product(d.input(4), 3)
    other = d.step(next(f), d.product(d.step(next(f), one), 3))
    return d.network("a gate", d.product(d.step("multiply", one, other), 3), loss)


def twice_in_a_row(rng: np.random.Generator, loss: str) -> Network:
    """One matrix in two layers, one behind the other."""
    d, f = Drawn(rng), _functions(rng)
    hidden = d.step(next(f), d.product(d.input(4), 3))
    first = d.product(hidden, 3)
    shared = d.steps[-1].operands[1]
    second = d.product(d.step(next(f), first), 3, shared)
    return d.network("one matrix twice", d.product(second, 3), loss)


def twice_around(rng: np.random.Generator, loss: str) -> Network:
    """One matrix in two layers, with a function behind the second, too."""
    d, f = Drawn(rng), _functions(rng)
    one, other = next(f), next(f)
    first = d.product(d.step(one, d.product(d.input(4), 3)), 3)
    shared = d.steps[-1].operands[1]
    second = d.step(other, d.product(first, 3, shared))
    return d.network("one matrix twice", d.product(second, 3), loss)


def twice_side_by_side(rng: np.random.Generator, loss: str) -> Network:
    """Two inputs through one matrix, and the difference of the two."""
    d, f = Drawn(rng), _functions(rng)
    function, last = next(f), next(f)
    first = d.product(d.input(4), 3)
    shared = d.steps[-1].operands[1]
    one = d.step(function, first)
    other = d.step(function, d.product(d.input(4), 3, shared))
    joined = d.step(last, d.step("subtract", one, other))
    return d.network("one matrix twice", d.product(joined, 3), loss)


LEVELS: dict[str, int] = {
    "one hidden layer": 1,
    "entry by entry": 2,
    "a skip": 3,
    "a gate": 3,
    "one matrix twice": 3,
}
FAMILIES: dict[str, tuple[Variant, ...]] = {
    "one hidden layer": (chain, chain_with_late_function),
    "entry by entry": (stored_both_ways,),
    "a skip": (skip_before, skip_after, skip_of_z),
    "a gate": (gate_of_both, gate_of_hidden, gate_of_z),
    "one matrix twice": (twice_in_a_row, twice_around, twice_side_by_side),
}


def of_level(level: int) -> list[str]:
    """The families of this difficulty."""
    return [family for family, at in LEVELS.items() if at == level]
