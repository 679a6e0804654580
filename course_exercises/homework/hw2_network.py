"""A student's own network in homework 2: drawn from the key, shown, and read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from html import escape

import numpy as np

import course_nn as nn
from course_exercises.homework import paper_picture
from course_exercises.homework.actions import Call, Get
from course_exercises.homework.keys import by_key, generator
from course_exercises.homework.paper_networks import SIX, SQUARED, Network, forward_lines, turned
from course_exercises.homework.tasks import ByKey, Task, TaskQuestion, Wanted
from course_exercises.question import Slip

# What the rubric of the grader names.
__all__ = ["Sheet", "as_typed", "q1", "reading", "sheet_of", "show_my_network"]

Rng = np.random.Generator
# Widths of inputs, of both hidden layers and of outputs: none could be taken for another one.
WIDTHS = [(D, H, K) for D in (5, 6) for H in (3, 4) for K in (2, 3, 4) if H != K]


def as_typed(text: str) -> str:
    """HTML of a text in which all signs are equally wide, wherever it is shown."""
    return f'<pre style="font-family: monospace">{escape(text)}</pre>'


@dataclass(frozen=True, eq=False)
class Sheet:
    """What a student has before them: a network with widths, and its forward lines.

    The matrices are stored as (to, from), so that a product of rows needs them turned.
    """

    network: Network

    @property
    def D(self) -> int:
        return self.network.widths[next(iter(self.network.inputs))]

    @property
    def H(self) -> int:
        return self.network.widths[self.network.steps[0].name]

    @property
    def K(self) -> int:
        return self.network.widths[self.network.output]

    @cached_property
    def loss(self) -> nn.Node:
        """The loss of a graph with some weights."""
        return self.network.graph(self.network.draw(np.random.default_rng(0), 2))

    @cached_property
    def loss_of_columns(self) -> nn.Node:
        """The same for a reader with examples as columns: there a matrix that is stored as (to,
        from) is no turned one."""
        network = turned(self.network)
        return network.graph(network.draw(np.random.default_rng(0), 2))

    @cached_property
    def loss_with_other_functions(self) -> nn.Node:
        """The same with tanh for the sigmoid, and the sigmoid for tanh."""
        other = {"tanh": "sigmoid", "sigmoid": "tanh"}
        steps = (replace(step, kind=other.get(step.kind, step.kind)) for step in self.network.steps)
        network = replace(self.network, steps=tuple(steps))
        return network.graph(network.draw(np.random.default_rng(0), 2))

    @cached_property
    def join(self) -> str:
        """The node that feeds two others."""
        fed = [each for step in self.network.steps for each in step.operands]
        (name,) = (step.name for step in self.network.steps if fed.count(step.name) > 1)
        return name

    def paths(self, start: str) -> Iterator[list[tuple[str, str]]]:
        """The ways from a node to the output: of each step its kind, and the node that it makes."""
        if start == self.network.output:
            yield []
        for step in self.network.steps:
            if start in step.operands:
                for rest in self.paths(step.name):
                    yield [(step.kind, step.name), *rest]

    def _repr_html_(self) -> str:
        picture, said = paper_picture.drawn(self.network), paper_picture.described(self.network)
        lines = as_typed("\n".join(self.lines))
        return f"{picture}<p>{escape(said)}</p>\n{lines}"

    def __repr__(self) -> str:
        return "\n".join([paper_picture.described(self.network), *self.lines])

    @property
    def lines(self) -> list[str]:
        """The forward lines, and how wide everything is."""
        x = next(iter(self.network.inputs))
        return [
            *forward_lines(self.network),
            f"{x} has {self.D} entries, each hidden layer {self.H}, the output {self.K}.",
        ]


@lru_cache(maxsize=500)
def sheet_of(key: str) -> Sheet:
    """The network that belongs to a key; "" is everybody's."""
    rng = generator(key, "hw2 network")
    network = turned(SIX[int(rng.integers(len(SIX)))](rng, SQUARED))
    D, H, K = WIDTHS[int(rng.integers(len(WIDTHS)))]
    shapes = dict(zip(network.weights, [(H, D), (H, H), (K, H)], strict=True))
    inputs = dict.fromkeys(network.inputs, D)
    return Sheet(replace(network, inputs=inputs, weights=shapes))


@by_key
def show_my_network(key: str) -> Sheet:
    """The network of this key, as a picture and as forward lines."""
    return sheet_of(key)


# --- question 1: what the network is --------------------------------------------------------------

SHORT_WAY_MISSING = Slip("the way that skips a layer has products, too.")
OUTPUTS_MISSING = Slip("the loss has a term for each output, and every output has its products.")
WAYS_ONLY = Slip(
    "these are the ways from node to node; each Σ on the way makes several products of one way."
)
ONE_TOO_FEW, TWO_TOO_FEW = (
    Slip(
        f"{number} too few. What came in at the weight is a factor, each slope f′, and what the "
        "loss begins with."
    )
    for number in ("one factor", "two factors")
)
ONE_TOO_MANY = Slip(
    "one factor too many. A slope is one factor, whatever it is made of, and a + has none."
)


def _reading(rng: Rng, key: str) -> Task:
    sheet = sheet_of(key)
    first, matrix = sheet.network.steps[0].name, sheet.network.steps[0].operands[1]
    ways = sheet.paths(first)
    # What came in, what the loss begins with, and a factor for each step but a sum of two nodes.
    lengths = sorted(2 + sum(kind != "add" for kind, _ in way) for way in ways)
    H, K = sheet.H, sheet.K
    products = {SHORT_WAY_MISSING: K * H, OUTPUTS_MISSING: 1 + H, WAYS_ONLY: 2}
    wanted = {"products": Wanted(K * (1 + H), products)}
    for label, length in zip(("shorter", "longer"), lengths, strict=True):
        wanted[label] = Wanted(
            length,
            {ONE_TOO_FEW: length - 1, TWO_TOO_FEW: length - 2, ONE_TOO_MANY: length + 1},
        )
    return Task(
        f"count_products() is about {matrix}[0, 0] and {matrix}.grad[0, 0].",
        [
            Call("count_products", (), into="counted"),
            *(Get(f"counted.{label}", label) for label in wanted),
        ],
        wanted,
    )


reading = ByKey(_reading)

q1 = TaskQuestion(
    "Question 1",
    "count_products",
    {"the products of your network": reading},
    praise="You have followed each way through your network.",
    hints=[
        "Put a finger on the first node and go to the loss. Where can you go on in two ways?",
        "Where a Σ stands in the line of the next node, the way goes on to each unit of it.",
        "A slope, a weight, the other factor of a ·: each of them is a factor. A + has none.",
    ],
)
