"""Networks for the exams: drawn from families, each with its difficulty.

A `Network` is plain data. The graph of `course_nn` is one thing that is made of it; `losses` is
another, with formulas of its own, so that one can be tried by the other.

Level 1 is a chain as in the lessons, in other letters. Level 2 has weights of which some are
stored the other way round, which turns their products. Level 3 has a node or a matrix that is
used twice, so paths must be added. A matrix that is passed on the way back is square: then shapes
do not tell it from its transpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from course_exercises.homework.paper_networks import (
    CLASSES,
    Drawn,
    Family,
    Network,
    functions,
    gate_of_both,
    gate_of_hidden,
    gate_of_z,
    skip_after,
    skip_before,
    skip_of_z,
)

Array = np.ndarray


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


# --- level 1: chains


def chain(rng: np.random.Generator, loss: str) -> Network:
    """One hidden layer, a function, a second matrix."""
    d, f = Drawn(rng), functions(rng)
    hidden = d.step(next(f), d.product(d.input(4), 3))
    return d.network("one hidden layer", d.product(hidden, 3), loss)


def chain_with_late_function(rng: np.random.Generator, loss: str) -> Network:
    """The function stands behind the second matrix."""
    d, f = Drawn(rng), functions(rng)
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


# --- level 3: something is used twice; the skips and gates are those of the homework


def twice_in_a_row(rng: np.random.Generator, loss: str) -> Network:
    """One matrix in two layers, one behind the other."""
    d, f = Drawn(rng), functions(rng)
    hidden = d.step(next(f), d.product(d.input(4), 3))
    first = d.product(hidden, 3)
    shared = d.steps[-1].operands[1]
    second = d.product(d.step(next(f), first), 3, shared)
    return d.network("one matrix twice", d.product(second, 3), loss)


def twice_around(rng: np.random.Generator, loss: str) -> Network:
    """One matrix in two layers, with a function behind the second, too."""
    d, f = Drawn(rng), functions(rng)
    one, other = next(f), next(f)
    first = d.product(d.step(one, d.product(d.input(4), 3)), 3)
    shared = d.steps[-1].operands[1]
    second = d.step(other, d.product(first, 3, shared))
    return d.network("one matrix twice", d.product(second, 3), loss)


def twice_side_by_side(rng: np.random.Generator, loss: str) -> Network:
    """Two inputs through one matrix, and the difference of the two."""
    d, f = Drawn(rng), functions(rng)
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
FAMILIES: dict[str, tuple[Family, ...]] = {
    "one hidden layer": (chain, chain_with_late_function),
    "entry by entry": (stored_both_ways,),
    "a skip": (skip_before, skip_after, skip_of_z),
    "a gate": (gate_of_both, gate_of_hidden, gate_of_z),
    "one matrix twice": (twice_in_a_row, twice_around, twice_side_by_side),
}


def of_level(level: int) -> list[str]:
    """The families of this difficulty."""
    return [family for family, at in LEVELS.items() if at == level]
