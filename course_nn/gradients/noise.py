"""What rounding does to a gradient: how far each of its entries moves if every number on the way is
moved at random by one part in 2⁵², as rounding may move it.

Where the terms of a sum cancel, or a unit is saturated, that is more than one part in 2⁵² of the
entry, and no formula says how much.

Source: J. Vignes, A Stochastic Arithmetic for Reliable Scientific Computation, Mathematics and
Computers in Simulation 35 (1993).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from course_nn.graph import Array, Graph, Parameter
from course_nn.own_state import left_as_it_was

EPS = float(np.finfo(float).eps)
SHAKEN = 10  # runs


def shaken(value: Array, rng: np.random.Generator) -> Array:
    """Each number moved by up to one part in 2⁵²."""
    return value * (1 + EPS * rng.uniform(-1, 1, size=value.shape))


def forward_shaken(graph: Graph, weights: Mapping[Parameter, Array], rng: Any) -> None:
    """Forward, with each weight and the value of each node shaken."""
    for p, value in weights.items():
        p.value = shaken(value, rng)
    for node in graph.nodes:
        node.forward()
        node.value = shaken(node.value, rng)


def noise_of_gradient(parameter: Parameter) -> Array:
    """How far each entry of the gradient of the last Backward has moved, at most; shape (rows,
    columns), infinite where it was not a number. The graph is left as it was.

    Where the graph has other values by now, they are those that are shaken.
    """
    graph: Any = parameter.graph
    loss, right = graph.last_loss, parameter.grad
    rng, furthest = np.random.default_rng(0), np.zeros_like(right)
    with left_as_it_was(graph), np.errstate(all="ignore"):
        weights = {p: p.value for p in graph.parameters}
        for _ in range(SHAKEN):
            forward_shaken(graph, weights, rng)
            for node in graph.everything:
                node.grad = None
            loss.grad = np.ones(len(loss.value))
            for node in reversed(graph.nodes):
                if node.grad is not None:
                    node.grad = shaken(node.grad, rng)
                    node.backward()
            if parameter.grad is not None:
                furthest = np.maximum(furthest, np.abs(parameter.grad / len(loss.value) - right))
    return np.where(np.isnan(furthest), np.inf, furthest)
