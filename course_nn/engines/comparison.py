"""Generated code against the nodes, before a network is trained by it for the first time.

One update by the code and one by the nodes, from the same weights: the loss and the new weights
must be the same. The batches are two that are made to be nasty, of different sizes, and the first
real one.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from course_nn.derivation.recording import is_own
from course_nn.derivation.state import kept
from course_nn.derivation.straight_line import Step
from course_nn.engines.engine import Engine
from course_nn.graph import Labels, Parameter

Array = np.ndarray
COMPARED: set[Any] = set()  # what did the same in this process: source, and operations
RATE, VELOCITY = 1.0, 0.1  # of the update, and in parts of the weights
SHIFT = 1.7  # of numbers that are squared, so that a wrong sign is seen
LARGE, SMALL = 20.0, 1e-8


def compare_with_nodes(engine: Engine, data: Mapping[Any, Array], order: Array | None) -> None:
    """Compare code and nodes, if they were not; the graph, what operations that are not of the
    course remember, and the engine are left as they were.

    Raises RuntimeError, with the first node whose value or gradient differs.
    """
    graph, nodes = engine.line.derivation.graph, engine.line.derivation.nodes
    own = [node for node in nodes if is_own(node)]
    key = engine.source, tuple(type(node) for node in own)
    if key in COMPARED:
        return
    rng = np.random.default_rng(0)
    classes = [x.classes for x in graph.inputs if isinstance(x, Labels)]
    most = min(max([7, *classes]), 100)  # a row for each label
    plain = {p: p.value for p in graph.parameters}
    moved = {p: w + 0.1 * rng.normal(size=w.shape) for p, w in plain.items()}
    corner = {p: w * (np.arange(w.shape[1]) > 0) for p, w in moved.items()}  # z1, z2, … have zeros
    rows = slice(engine.batch_size) if order is None else order[: engine.batch_size]
    tests = [({x: array[rows] for x, array in data.items()}, plain)]
    sizes = [1] * min(most, 10) if engine.batch_size == 1 else [3, most]  # 1 has code of its own
    for i, size in enumerate(sizes):
        batch = {x: _nasty(x, size, i, rng) for x in graph.inputs}
        tests.insert(0, (batch, corner if i % 2 else moved))
    with graph.left_as_it_was(), graph.left_as_it_was(), kept(own):  # twice: see `recording`
        for batch, weights in tests:
            if _differs(engine, batch, weights):
                # At the corner of a relu a last digit decides. A little beside it, it does not,
                # and a 0 stays 0.
                beside = {p: w * (1 + 1e-4 * rng.normal(size=w.shape)) for p, w in weights.items()}
                if what := _differs(engine, batch, beside):
                    raise _error(engine, batch, beside, what)
    COMPARED.add(key)


def _nasty(x: Any, rows: int, start: int, rng: np.random.Generator) -> Array:
    """Rows of zeros, equal rows, large and small ones, whole numbers; each label."""
    if isinstance(x, Labels):
        return (start + np.arange(rows)) % x.classes
    values = rng.normal(size=(rows + 7, x.width))
    values[1] = 0.0
    values[2] = LARGE * np.sign(values[2])
    values[4] = values[3]
    values[5] *= SMALL
    values[6] = np.sign(values[6])
    return np.roll(values, -1 - start, axis=0)[:rows]


def _trial(engine: Engine, batch: Mapping[Any, Array], weights: Mapping[Any, Array]) -> Engine:
    """An engine with memory of its own that is ready for one update by this batch."""
    trial = copy.copy(engine)
    for name in ("weights", "gradients", "velocity", "before_the_last"):
        setattr(trial, name, type(engine.weights)(weights))
    for p, part in trial.gradients.parts.items():  # as if a batch before had left something there
        part[:] = np.nan if p in trial.line.gradients else 0.0
    trial.load(weights, {p.name: VELOCITY * w for p, w in weights.items()})
    trial.take(dict(batch), None)
    rows = len(trial.data[0])
    trial.use(engine.used, rows + (engine.batch_size > 1))  # as a last batch, which is smaller
    return trial


def _differs(engine: Engine, batch: Mapping[Any, Array], weights: Mapping[Any, Array]) -> list[Any]:
    """In which results an update by the code differs from one by the nodes; they are left in the
    graph.
    """
    loss = engine.line.derivation.loss
    graph = loss.graph
    graph.replace_parameters(weights)
    graph.put(batch)
    graph.Forward()
    graph.Backward(loss)
    trial = _trial(engine, batch, weights)
    (J,) = trial.make(trial.data, 1, RATE)
    found = []
    with np.errstate(all="ignore"):
        scale = _scale(graph)
        if not _same(J, loss.value.mean(), scale):
            found.append(loss)
        for p, w in weights.items():
            v = engine.momentum * VELOCITY * w + p.grad + engine.decay * w
            if not _same(trial.weights.parts[p], w - RATE * v, scale):
                found.append(p)
    return found


def _same(found: Any, expected: Any, scale: float) -> bool:
    """Equal up to rounding, which grows with the numbers that were added up; or both not finite."""
    finite = np.isfinite(expected)
    if not np.array_equal(np.isfinite(found), finite):
        return False
    close = abs(found - expected) <= 1e-9 * scale + 1e-7 * abs(expected)
    return bool(np.all(close | ~finite))


def _scale(graph: Any) -> float:
    """The largest product of a value and a gradient in the graph, or 1."""
    largest = []
    for arrays in (
        [node.value for node in graph.everything],
        [node.grad for node in [*graph.nodes, *graph.parameters]],
    ):
        sizes = [np.max(abs(array), where=np.isfinite(array), initial=1.0) for array in arrays]
        largest.append(float(max(sizes)))
    return min(largest[0] * largest[1], np.finfo(float).max)


# ------------------------------------------------------------------ which node it is


def _error(
    engine: Engine, batch: Mapping[Any, Array], weights: Mapping[Any, Array], differs: list[Any]
) -> RuntimeError:
    derivation = engine.line.derivation
    names, loss = derivation.names, derivation.loss
    results = ", ".join(names[each] if each is loss else f"{names[each]}.grad" for each in differs)
    try:
        node, what = _first(engine, batch, weights) or (None, "")
    except Exception:  # the code does not even run in parts
        node, what = None, ""
    first = (
        results if node is None else f"{names[node]}.grad" if what == "gradient" else names[node]
    )
    rows = len(next(iter(batch.values())))
    makers = {"value": [node], "gradient": [user for user, _ in derivation.added.get(node, [])]}
    own = [each for each in makers.get(what, derivation.nodes) if is_own(each)]
    reason = "This is a mistake in course_nn, or Numba"
    if own:
        kinds = " or ".join(dict.fromkeys(type(each).__name__ for each in own))
        reason = (
            f"It is computed by {kinds}, which is not of the course: does it look at the kind of "
            "its values, at their text, or at warnings? Otherwise this is a mistake in course_nn"
        )
    return RuntimeError(
        f'The code that the graph wrote for engine="{engine.name}" does not do what the nodes do: '
        f"{first} differs (found by {results}, with a batch of {rows}). No weight was changed. "
        f'{reason}; engine="graph" trains this network.'
    )


def _first(
    engine: Engine, batch: Mapping[Any, Array], weights: Mapping[Any, Array]
) -> tuple[Any, str] | None:
    """The first line of the derivation that the code does otherwise than the nodes, whose values
    and gradients are in the graph: the node, and "value" or "gradient".

    The same writer writes the code up to one line after another, which stands in for the loss.
    """
    derivation = engine.line.derivation
    lines = [(node, "value") for node, _ in derivation.forward]
    lines += [(node, "gradient") for node, _ in derivation.backward]
    scale = _scale(derivation.graph)
    for node, what in lines:
        line = copy.copy(engine.line)
        step = line.made[node, what]
        if step not in line.steps:  # only another name
            continue
        line.steps = line.steps[: line.steps.index(step) + 1]
        line.gradients = {}
        if isinstance(node, Parameter):
            line.gradients = {node: step}
        else:
            shifted = Step("add", (step, Step("constant", (SHIFT,), (1, 1))), step.shape)
            square = Step("multiply", (shifted, shifted), step.shape)
            line.loss = Step("sum1", (square,), ("B", 1))
            line.steps = [*line.steps, shifted, square, line.loss]
        given = {*line.inputs.values(), *line.parameters.values()}
        line.names = {s: n for s, n in line.names.items() if s in given or s in line.steps}
        line.names[line.loss] = "measure"
        line.lines = [(i, words) for i, words in line.lines if i < len(line.steps)]
        part = copy.copy(engine)
        part.line, part.momentum, part.decay = line, 0.0, 0.0
        part.used = part.module(part.code(line))
        trial = _trial(part, batch, weights)
        (J,) = trial.make(trial.data, 1, RATE)
        with np.errstate(all="ignore"):
            if isinstance(node, Parameter):
                same = _same(trial.weights.parts[node], weights[node] - RATE * node.grad, scale)
            else:
                array = node.value if what == "value" else node.grad
                expected = ((array.reshape(len(array), -1) + SHIFT) ** 2).sum(axis=1).mean()
                same = _same(J, expected, 1.0)
        if not same:
            return node, what
    return None
