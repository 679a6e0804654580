"""Shapes, and a forward pass with whole numbers, down to the loss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from course_exercises.homework.paper_networks import SQUARED, Drawn, Network
from course_grading.exams import lines, witnesses
from course_grading.exams.networks import nodes_of
from course_grading.exams.question import (
    ExamRefused,
    KeyLine,
    Part,
    Question,
    WrongLine,
    shared_out,
    shown,
)

KIND = "forward_pass"
TRIES = 20_000
LARGEST_GIVEN, LARGEST = 4, 20  # of what is given, and of what comes out on the way to the loss
WIDTHS = {  # D, H, K: all of one length need as many products
    "long": ((2, 3, 2), (4, 2, 2), (2, 2, 4)),  # 12 for each example
    "short": ((3, 2, 1), (2, 2, 2)),  # 8
}


def draw(
    rng: np.random.Generator, length: str, form: int, *, points: int, minutes: int
) -> Question:
    """A question with one example ("short") or two ("long"), and a table of shapes if long."""
    D, H, K = WIDTHS[length][form % len(WIDTHS[length])]
    B = 2 if length == "long" else 1
    drawn = Drawn(rng)
    hidden = drawn.step("relu", drawn.product(drawn.input(D), H))
    network = drawn.network("whole numbers", drawn.product(hidden, K), SQUARED)
    for _ in range(TRIES):
        values = _drawn(rng, network, B)
        if values and not list(_ends_there(network, values)):
            return _asked(rng, network, values, points=points, minutes=minutes, shapes=B > 1)
    raise ExamRefused("no whole numbers fit a forward pass.")


def _drawn(rng: np.random.Generator, network: Network, B: int) -> dict[str, Any] | None:
    """Whole numbers, or None if what comes out is too large, or not worth a question."""

    def whole(*shape: int, most: int = LARGEST_GIVEN) -> np.ndarray:
        return rng.integers(-most, most + 1, size=shape)

    values: dict[str, Any] = {n: whole(B, width) for n, width in network.inputs.items()}
    values |= {n: whole(*shape, most=3) for n, shape in network.weights.items()}
    before, _, out = (step.name for step in network.steps)
    values[network.answers] = np.zeros((B, 1))
    found = nodes_of(network, values)
    if any(np.abs(found[name]).max() > LARGEST for name in (before, out)):
        return None
    off = found[before] < 0
    if (found[before] == 0).any() or not (off.any(axis=1) & ~off.all(axis=1)).all():
        return None  # in each example one unit is on and one is off
    values[network.answers] = (found[out] + whole(*found[out].shape, most=3)).astype(int)
    losses = nodes_of(network, values)["L"]
    if not losses.all() or (losses.mean() * 2) % 1 or len(set(losses)) < B:
        return None
    if any((np.asarray(values[n]) == 0).mean() > 0.25 for n in (*network.inputs, *network.weights)):
        return None
    return values


def stories(network: Network, values: dict[str, Any]) -> dict[str, tuple[str, np.ndarray]]:
    """Usual wrong stories: what was done, of which line, and what stands there then."""
    found = nodes_of(network, values)
    before, hidden, out = (step.name for step in network.steps)
    first, second = network.weights
    errors = found[out] - values[network.answers]
    told = {
        "relu is left out": (hidden, found[before]),
        "the ½ is missing": ("L", 2 * found["L"]),
        "the mean over the outputs, not the sum": ("L", found["L"] / errors.shape[1]),
        "the errors were added, not their squares": ("L", errors.sum(axis=1) / 2),
        "the sum of the losses, not their mean": ("J", np.asarray(found["L"].sum())),
    }
    if values[second].shape[0] == values[second].shape[1]:
        told["rows of the matrix were taken for columns"] = (out, found[hidden] @ values[second].T)
    if values[first].shape[0] == values[first].shape[1]:
        name = next(iter(network.inputs))
        told["rows of the first matrix were taken for columns"] = (
            before,
            values[name] @ values[first].T,
        )
    return told


def _ends_there(network: Network, values: dict[str, Any]) -> Iterator[str]:
    """The stories that give the right numbers, but for those that cannot be told at this size."""
    right = {**nodes_of(network, values)}
    right["J"] = np.asarray(right["L"].mean())
    for told, (name, value) in stories(network, values).items():
        one = right["L"].size == 1 and name == "J"
        one |= told.startswith("the mean over the outputs") and right[network.output].shape[1] == 1
        if not one and np.array_equal(value, right[name]):
            yield told


def _asked(
    rng: np.random.Generator,
    network: Network,
    values: dict[str, Any],
    *,
    points: int,
    minutes: int,
    shapes: bool,
) -> Question:
    node = network.graph(values)
    found = nodes_of(network, values)
    before, hidden, out = (step.name for step in network.steps)
    names = [before, hidden, out, "L"] + (["J"] if shapes else [])
    right = {**found, "J": np.asarray(found["L"].mean())}
    of_shapes = _shapes(rng, network) if shapes else ()
    worth = shared_out(points - len(of_shapes), [3, 2, 3, 2, 1][: len(names)])
    told = stories(network, values)
    key = tuple(
        KeyLine(
            name,
            f"{name} = {shown(right[name])}",
            each,
            value=right[name],
            wrong=tuple(
                WrongLine(f"{name} = {shown(value)}", words, each // 2)
                for words, (of, value) in told.items()
                if of == name and not np.array_equal(value, right[name])
            ),
        )
        for name, each in zip(names, worth, strict=True)
    )
    (first, second), (x,) = network.weights, network.inputs
    given = [f"{name} = {shown(values[name])}" for name in (x, first, second, network.answers)]
    t = network.answers
    last = "the loss L of each example, and J, their mean" if shapes else "and the loss L"
    parts = [
        Part(
            f"Compute {before}, {hidden}, {out}, {last}.",
            key,
            room=11 if shapes else 4,
        )
    ]
    if of_shapes:
        rows = (
            ("", *(line.about for line in of_shapes)),
            ("shape", *(None for _ in of_shapes)),
        )
        batch = _rows_of(of_shapes)
        parts.insert(
            0,
            Part(
                f"For a batch of B = {batch}, not the two above: which shapes are these?",
                of_shapes,
                0,
                rows,
            ),
        )
    size = len(values[t])
    many = "Two examples go" if size == 2 else "One example goes"
    return Question(
        kind=KIND,
        family=network.family,
        level=1,
        title="A forward pass with small numbers" if not shapes else "Shapes and a forward pass",
        minutes=minutes,
        intro=(
            f"{many} through a network{', one in each row' if size == 2 else ''}. relu(z) is z "
            f"where z is positive, and 0 elsewhere. The loss of an example is L = ½ Σ_k ({out}_k "
            f"− {t}_k)².",
        ),
        shown=(*lines.forward(node)[:-1], *given),
        parts=tuple(parts),
        products=size * (values[first].size + values[second].size),
        facts={"network": network, "values": values},
        follow="Numbers that follow rightly from a wrong number above have all their points.",
    )


def _rows_of(of_shapes: tuple[KeyLine, ...]) -> int:
    """The number of examples of which shapes are asked."""
    return int(of_shapes[0].value[0])


def _shapes(rng: np.random.Generator, network: Network) -> tuple[KeyLine, ...]:
    """A line for each shape that is asked, one point each; the first one has B rows."""
    B = int(rng.integers(5, 10))
    before, hidden, _ = (step.name for step in network.steps)
    first, second = network.weights
    widths = network.widths
    asked = {
        hidden: (B, widths[hidden]),
        second: network.weights[second],
        "L": (B,),
        f"∂J/∂{first}": network.weights[first],
        f"∂L/∂{before}": (B, widths[before]),
    }
    return tuple(
        KeyLine(name, f"{name}: ({', '.join(map(str, shape))}{',' * (len(shape) == 1)})", 1, shape)
        for name, shape in asked.items()
    )


def prove(question: Question) -> list[str]:
    """What is wrong with the key: a sentence for each thing."""
    network, values = question.facts["network"], question.facts["values"]
    loss: Any = network.graph(values)
    loss.graph.Forward(**network.data(values))
    right = {node.name: node.value for node in loss.graph.everything}
    own = nodes_of(network, values)
    found = [
        f"the graph and the formulas differ in {name}."
        for name in [*(step.name for step in network.steps), "L"]
        if not witnesses.is_close(right[name], own[name])
    ]
    right["J"] = np.asarray(right["L"].mean())
    for line in question.parts[-1].lines:
        if not witnesses.is_close(line.value, right[line.about]):
            found.append(f"{line.text} is not what comes out.")
        if line.text != f"{line.about} = {shown(line.value)}":
            found.append(f"{line.text} is not printed as it was tried.")
        found += [f"the wrong {w.text} is right." for w in line.wrong if w.text == line.text]
    if len(question.parts) == 2:
        found += _wrong_shapes(question.parts[0], network)
    for name in (*network.inputs, *network.weights, network.answers):
        if f"{name} = {shown(values[name])}" not in question.shown:
            found.append(f"{name} is not printed as it was used.")
    return found


def _wrong_shapes(part: Part, network: Network) -> Iterator[str]:
    """Of a graph with that many examples, after Backward."""
    B = _rows_of(part.lines)
    values = network.draw(np.random.default_rng(0), B)
    gradients = witnesses.gradients(network, values)
    known: dict[str, Any] = {**values, **nodes_of(network, values)}
    for line in part.lines:
        start, _, name = line.about.rpartition("/∂")
        array = gradients[name] if start else known[name]
        text = f"({', '.join(map(str, array.shape))}{',' * (array.ndim == 1)})"
        if array.shape != line.value or line.text != f"{line.about}: {text}":
            yield f"{line.text} is not the shape."


def bounds(question: Question) -> list[float]:
    """All numbers that are written or computed by hand."""
    values = question.facts["values"]
    network = question.facts["network"]
    found = nodes_of(network, values)
    arrays = [values[n] for n in (*network.inputs, *network.weights, network.answers)]
    arrays += [found[step.name] for step in network.steps]
    return [float(n) for array in arrays for n in np.asarray(array).ravel()]
