"""Two witnesses for every gradient: finite differences, and the package `autograd`.

Both differentiate the formulas of `networks.nodes_of`, which are not those of `course_nn`. They
have to agree with each other, and the graph with them, before a key is held against them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import autograd
import autograd.numpy
import numpy as np

from course_exercises.homework.paper_networks import Network
from course_grading.exams.networks import nodes_of
from course_grading.exams.question import ExamRefused

Array = np.ndarray
STEP = 1e-5  # of a nudge; a central difference is then right to about ten digits
CLOSE = 1e-6


def gradients(network: Network, values: Mapping[str, Array]) -> dict[str, Array]:
    """∂L_b/∂node for each node and the mean ∂J/∂W for each matrix, by name.

    Raises ExamRefused if the two witnesses and the graph do not agree.
    """
    found = by_autograd(network, values)
    others = {"finite differences": by_differences(network, values), "the graph": {}}
    loss: Any = network.graph(values)
    loss.graph.Forward(**network.data(values))
    loss.graph.Backward(loss)
    others["the graph"] = {node.name: node.grad for node in loss.graph.everything}
    for who, their in others.items():
        for name, gradient in found.items():
            if not is_close(gradient, their[name]):
                raise ExamRefused(f"autograd and {who} do not agree on {name}.grad.")
    return found


def is_close(one: Any, other: Any) -> bool:
    """Whether two arrays have one shape and, up to rounding, the same numbers."""
    one, other = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=CLOSE, atol=CLOSE))


def by_autograd(network: Network, values: Mapping[str, Array]) -> dict[str, Array]:
    """The same by `autograd`."""
    plain = nodes_of(network, values)

    def total(moved: dict[str, Any], of_weights: bool) -> Any:
        take = {**values, **moved} if of_weights else values
        losses = nodes_of(network, take, autograd.numpy, {} if of_weights else moved)["L"]
        return autograd.numpy.mean(losses) if of_weights else autograd.numpy.sum(losses)

    still = {step.name: np.zeros_like(plain[step.name]) for step in network.steps}
    weights = {name: values[name] for name in network.weights}
    return {**autograd.grad(total)(still, False), **autograd.grad(total)(weights, True)}


def by_differences(network: Network, values: Mapping[str, Array]) -> dict[str, Array]:
    """The same by nudging each entry up and down."""
    plain = nodes_of(network, values)
    found = {}
    for step in network.steps:
        gradient = np.zeros_like(plain[step.name])
        for place in np.ndindex(gradient.shape):
            nudge = np.zeros_like(gradient)
            nudge[place] = STEP
            up, down = (
                nodes_of(network, values, np, {step.name: sign * nudge})["L"] for sign in (1, -1)
            )
            gradient[place] = (up - down).sum() / (2 * STEP)
        found[step.name] = gradient
    for name in network.weights:
        gradient = np.zeros_like(values[name])
        for place in np.ndindex(gradient.shape):
            nudge = np.zeros_like(gradient)
            nudge[place] = STEP
            up, down = (
                nodes_of(network, {**values, name: values[name] + sign * nudge})["L"]
                for sign in (1, -1)
            )
            gradient[place] = (up - down).mean() / (2 * STEP)
        found[name] = gradient
    return found
