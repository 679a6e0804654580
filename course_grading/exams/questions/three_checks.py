"""Three checks that need no computer: a shape, a sign, and how often something is used.

The network has two hidden layers. The numbers that are given are such that all paths from the
weight pull the loss the same way, so its sign is known without a sum. But each matrix on the way
has both signs, so none of them alone tells it.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.paper_networks import SQUARED, Drawn, Network
from course_grading.exams import lines, witnesses
from course_grading.exams.networks import nodes_of
from course_grading.exams.question import ExamRefused, KeyLine, Part, Question, number, shown

KIND = "three_checks"
TRIES = 1000
WIDTHS = ((3, 2, 2, 2), (4, 2, 2, 2))  # of the input, of both hidden layers and of the output
SHAPES = 3  # points, one for each


def draw(rng: np.random.Generator, form: int, *, points: int, minutes: int) -> Question:
    """A question about one weight of the first matrix."""
    D, H1, H2, K = WIDTHS[form % len(WIDTHS)]
    drawn = Drawn(rng)
    one, other = [("tanh", "sigmoid")[i] for i in rng.permutation(2)]
    first = drawn.step(one, drawn.product(drawn.input(D), H1))
    second = drawn.step(other, drawn.product(first, H2))
    network = drawn.network("signs", drawn.product(second, K), SQUARED)
    for _ in range(TRIES):
        place = (int(rng.integers(D)), int(rng.integers(H1)))
        values = _drawn(rng, network, place)
        if values:
            return _asked(network, values, place, points=points, minutes=minutes)
    raise ExamRefused("no numbers fit a question about signs.")


def _drawn(
    rng: np.random.Generator, network: Network, place: tuple[int, int]
) -> dict[str, Any] | None:
    """Values by which all paths from the weight have one sign, and no matrix alone tells it."""
    first, middle, last = network.weights
    values = network.draw(rng, 1)
    (x,) = network.inputs
    values[x] = rng.integers(-3, 4, size=values[x].shape).astype(float)
    values[first] = np.round(rng.uniform(-0.5, 0.5, size=values[first].shape), 1)
    whole = [-3.0, -2.0, -1.0, 1.0, 2.0, 3.0]
    for name in (middle, last):
        values[name] = rng.choice(whole, size=values[name].shape)
    output = nodes_of(network, values)[network.output]
    errors = rng.choice(whole, size=output.shape)
    values[network.answers] = np.round(output, 1) - errors
    if values[x][0, place[0]] == 0 or (values[x] == 0).sum() > 1:
        return None
    signs = _signs(network, values, place)
    mixed = [values[middle][place[1]], errors[0], values[last].ravel()]
    if len(set(signs)) > 1 or not all((m > 0).any() and (m < 0).any() for m in mixed):
        return None
    return values


def _signs(network: Network, values: dict[str, Any], place: tuple[int, int]) -> list[int]:
    """The sign of what comes over each path: what came in, both weights on it, and the error."""
    _, middle, last = (values[name] for name in network.weights)
    output = nodes_of(network, values)[network.output]
    errors = np.round(output, 1) - values[network.answers]
    units = product(range(middle.shape[1]), range(last.shape[1]))
    return [
        int(
            np.sign(
                middle[place[1], i]
                * last[i, k]
                * errors[0, k]
                * values[_input(network)][0, place[0]]
            )
        )
        for i, k in units
    ]


def _input(network: Network) -> str:
    return next(iter(network.inputs))


def _asked(
    network: Network,
    values: dict[str, Any],
    place: tuple[int, int],
    *,
    points: int,
    minutes: int,
) -> Question:
    first, middle, last = network.weights
    x, out, t = _input(network), network.output, network.answers
    before, _, _, second, _ = (step.name for step in network.steps)
    weight = f"{first}[{place[0]}, {place[1]}]"
    output = np.round(nodes_of(network, values)[out], 1)
    widths = network.widths
    D, H1 = network.weights[first]
    paths = widths[second] * widths[out]
    sign = _signs(network, values, place)[0]
    rises = "rises" if sign > 0 else "falls"
    came_in = float(values[x][0, place[0]])
    is_positive = sign * came_in > 0
    rest = points - SHAPES - 4
    shapes = {f"{before}.grad": ("B", H1), f"{first}.grad": (D, H1), "L.grad": ("B",)}
    of_shapes = tuple(
        KeyLine(name, f"{name}: ({', '.join(map(str, shape))}{',' * (len(shape) == 1)})", 1, shape)
        for name, shape in shapes.items()
    )
    key = (
        KeyLine(
            "each path",
            f"along each of the {paths} paths (row {place[1]} of {middle}, {last}, {out} − {t}) "
            f"the product of the signs is {_sign(is_positive)}",
            rest - 2,
            value=1 if is_positive else -1,
            because="a sum of numbers of one sign has this sign",
        ),
        KeyLine(
            "the slopes",
            f"f′ > 0 for tanh and sigmoid, so {before}.grad[0, {place[1]}] is "
            f"{_sign(is_positive)}, too",
            1,
            value=1 if is_positive else -1,
        ),
        KeyLine(
            "the sign",
            f"what came in is {x}[0, {place[0]}] = {number(came_in)}, so the loss {rises}",
            1,
            value=sign,
        ),
    )
    counts = (
        KeyLine("paths", f"{widths[second]} · {widths[out]} = {paths} paths", 2, value=paths),
        KeyLine(
            "passed",
            f"{last} once, {middle} once, {first} not at all, a slope f′ twice",
            2,
            value=(1, 1, 0, 2),
        ),
    )
    return Question(
        kind=KIND,
        family=network.family,
        level=2,
        title="Three checks without a computer",
        minutes=minutes,
        intro=(
            "One example has gone through this network; the numbers below are known, and rows "
            f"and columns are counted from 0. L = ½ Σ_k ({out}_k − {t}_k)². Nothing has to be "
            "multiplied out.",
        ),
        shown=(
            *lines.forward(network.graph(values))[:-1],
            f"{x} = {shown(values[x])}",
            f"{middle} = {shown(values[middle])}",
            f"{last} = {shown(values[last])}",
            f"{out} = {shown(output)}",
            f"{t} = {shown(values[t])}",
        ),
        parts=(
            Part(
                "Shapes: which shapes have these for B examples?",
                of_shapes,
                table=(("", *shapes), ("shape", *(None for _ in shapes))),
            ),
            Part(
                f"A sign: {weight} is raised by very little. Does the loss rise or fall? Give the "
                "reasons; the answer alone is worth one point.",
                key,
                room=6,
                open="Who goes back node by node has the same points: for the signs of "
                f"{second}.grad, from {last} and {out} − {t}, and with row {place[1]} of {middle} "
                f"that of {before}.grad[0, {place[1]}]. Which functions have a positive slope must "
                "be said, and that no two signs in a sum are opposite.",
            ),
            Part(
                f"How often: how many paths lead from {weight} to the loss? And how often does the "
                f"way back to {first}.grad pass {last}, {middle}, {first}, and a slope f′?",
                counts,
                room=3,
            ),
        ),
        facts={"network": network, "values": values, "place": place},
        follow="A sign that follows rightly from a wrong one before it has its point.",
    )


def _sign(is_positive: bool) -> str:
    return "positive" if is_positive else "negative"


def prove(question: Question) -> list[str]:
    """What is wrong with the key: signs by both witnesses, counts and shapes by the graph."""
    network, values, place = (question.facts[each] for each in ("network", "values", "place"))
    first, _, last = network.weights
    before = network.steps[0].name
    gradients = witnesses.gradients(network, values)
    found = []
    wanted = {
        "the slopes": np.sign(gradients[before][0, place[1]]),
        "each path": np.sign(gradients[network.steps[1].name][0, place[1]]),
        "the sign": np.sign(gradients[first][place]),
        "paths": network.weights[last][0] * network.weights[last][1],
    }
    for about, right in wanted.items():
        if question.line(about).value != right:
            found.append(
                f"{about}: the key says {question.line(about).value}, and it is {right:g}."
            )
    rises = {1: "the loss rises", -1: "the loss falls"}[int(np.sign(gradients[first][place]))]
    if not question.line("the sign").text.endswith(rises):
        found.append(f"{rises}, and the key says otherwise.")
    if len(set(_signs(network, values, place))) > 1:
        found.append("the paths do not have one sign.")
    output = nodes_of(network, values)[network.output]
    if (
        np.sign(np.round(output, 1) - values[network.answers])
        != np.sign(output - values[network.answers])
    ).any():
        found.append("rounding has turned the sign of an error.")
    if question.line("passed").value != _passed(network):
        found.append("the way back passes something else than the key says.")
    B = 3
    many = network.draw(np.random.default_rng(0), B)
    loss: Any = network.graph(many)
    loss.graph.Forward(**network.data(many))
    loss.graph.Backward(loss)
    shapes = {node.name: node.grad.shape for node in loss.graph.everything if node.grad is not None}
    for line in question.parts[0].lines:
        shape = shapes[line.about.removesuffix(".grad")]
        if tuple(B if n == "B" else n for n in line.value) != shape:
            found.append(f"{line.text} is not the shape.")
    return found


def _passed(network: Network) -> tuple[int, int, int, int]:
    """How often the lines that lead to the first matrix name each matrix, and pass a function."""
    loss: nn.Node = network.graph(network.draw(np.random.default_rng(0), 2))
    first, middle, last = network.weights
    right = {
        name: line.partition(" = ")[2]
        for name, line in lines.backward(network, loss).items()
        if name == first or name not in network.weights
    }
    counts = [sum(f"{name}ᵀ" in line for line in right.values()) for name in (last, middle, first)]
    slopes = sum("(1 − " in line for line in right.values())
    return counts[0], counts[1], counts[2], slopes


def bounds(question: Question) -> list[float]:
    """All numbers that are given; none has to be computed."""
    network, values = question.facts["network"], question.facts["values"]
    names = (_input(network), *list(network.weights)[1:], network.answers)
    return [float(n) for name in names for n in np.asarray(values[name]).ravel()]
