"""What a worker of the cluster does: keep a share of the rows, and add up over some of them.

All of it is called on a worker, by `placement`. A worker is sent the network once, pickled; for
each update it is sent weights and row numbers, and sends back two sums.

Source: the further lesson many_machines.
"""

from __future__ import annotations

import functools
import pickle
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from course_nn.engines.comparison import compare_with_nodes
from course_nn.engines.engine import Engine, engine_named
from course_nn.graph import Array, Graph, Node
from course_nn.settings import digest

Rows = Array | slice


class Sums(NamedTuple):
    """Of some rows: Σ ∂L_b/∂W for all parameters, side by side in one array; Σ L_b; how many rows;
    and the seconds that it took to add up.
    """

    gradients: Array
    loss: float
    rows: int
    seconds: float


class Share:
    """Some rows of the data, checked, on the worker that keeps them.

    Args:
        network: a pickled loss. data: an array for each input, by name. called: what these rows
            are called in an error.

    Raises what `Graph.checked_inputs` raises.
    """

    def __init__(self, network: bytes, data: Mapping[str, Any], called: str) -> None:
        graph: Graph = unpickled(network).graph
        checked = graph.checked_inputs(dict(data), whole=called)
        self.data = {x.name: array for x, array in checked.items()}

    def __len__(self) -> int:
        return len(next(iter(self.data.values())))


def loaded_share(network: bytes, load: Any, argument: Any, called: str) -> Share:
    """A share of what `load(argument)` gives, an array for each input; a file is closed again."""
    data = load(argument)
    try:
        return Share(network, data, called)
    finally:
        getattr(data, "close", lambda: None)()


class About(NamedTuple):
    """What is told of a share: its rows, their `digest`, and the first ones themselves."""

    rows: int
    digest: int
    first_rows: dict[str, Array]


def about(share: Share, first: int, most: int) -> About:
    """`first` is the number of its first row in the whole; `most`, how many rows are shown."""
    shown = {name: array[:most].copy() for name, array in share.data.items()}
    return About(len(share), digest(share.data, first), shown)


def rows_of(share: Share) -> int:
    """How many examples a share has."""
    return len(share)


@functools.lru_cache(maxsize=4)
def unpickled(network: bytes) -> Node:
    """The worker's own copy of the network, made once."""
    loss: Node = pickle.loads(network)
    return loss


@functools.lru_cache(maxsize=4)
def _engine(network: bytes, name: str) -> Engine:
    # A batch size of 2 or more: for 1 there is code of its own, which adds nothing up.
    return engine_named(name, unpickled(network), 2, 0.0, 0.0)


def sums(
    network: bytes, engine: str, shares: Sequence[Share], rows: Sequence[Rows], weights: Array
) -> Sums:
    """The sums over some rows of each share, at these weights. What is not finite is told as such.

    Args:
        weights: of all parameters, side by side.
    """
    started = time.perf_counter()
    loss = unpickled(network)
    graph: Graph = loss.graph
    batch = {
        x: np.concatenate(
            [share.data[x.name][some] for share, some in zip(shares, rows, strict=True)]
        )
        for x in graph.inputs
    }
    with graph.lock, np.errstate(all="ignore"):  # workers of one process have one network
        add_up = _by_the_nodes if engine == "graph" else functools.partial(_by_engine, engine)
        gradients, J, examples = add_up(network, batch, weights)
    return Sums(gradients, J, examples, time.perf_counter() - started)


def _by_the_nodes(network: bytes, batch: dict[Any, Array], weights: Array) -> tuple[Any, ...]:
    loss = unpickled(network)
    graph: Graph = loss.graph
    try:
        graph.replace_parameters(parts(weights, graph))
    except FloatingPointError:
        return np.full(weights.shape, np.nan), np.nan, len(next(iter(batch.values())))
    graph.put(batch)
    graph.Forward()
    graph.Backward(loss)
    B = len(loss.value)
    return B * side_by_side([p.grad for p in graph.parameters]), float(loss.value.sum()), B


def _by_engine(
    name: str, network: bytes, batch: dict[Any, Array], weights: Array
) -> tuple[Any, ...]:
    engine, loss = _engine(network, name), unpickled(network)
    compare_with_nodes(engine, batch, None)
    engine.load(parts(weights, loss.graph), {})
    engine.begin(batch, None)
    engine.use(engine.used, B := len(next(iter(batch.values()))))
    J = engine.make(engine.data, 1, float(B))  # at η = B the gradient counts as often as there are
    return engine.gradients.whole.copy(), float(J[0]) * B, B  # rows: 1/B Σ becomes Σ


def parts(weights: Array, graph: Graph) -> dict[Any, Array]:
    """Of one long array, the part of each parameter, in its shape and memory of its own."""
    ends = np.cumsum([p.value.size for p in graph.parameters])
    pieces = np.split(weights, ends[:-1])
    return {
        p: piece.reshape(p.value.shape).copy()
        for p, piece in zip(graph.parameters, pieces, strict=True)
    }


def side_by_side(arrays: Sequence[Any]) -> Array:
    """One long array of all entries; the reverse of `parts`."""
    return np.concatenate([array.ravel() for array in arrays])
