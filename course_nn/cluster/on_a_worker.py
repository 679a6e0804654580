"""What a worker of the cluster does: keep shares of the rows, and add up over some of them.

All of it is called on a worker, by `placement`. A worker is sent the network with each of its
shares; for each update it is sent weights and row numbers, and sends back two sums.

Source: the further lesson cluster_of_machines.
"""

from __future__ import annotations

import functools
import hashlib
import pickle
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from course_nn.checks import shown
from course_nn.columns import Columns, columns_with
from course_nn.derivation.numba_code import BLOCK
from course_nn.engines.comparison import compare_with_nodes
from course_nn.engines.engine import Engine, engine_named
from course_nn.graph import Array, Graph, Node
from course_nn.runs import checked_as
from course_nn.settings import digest

Rows = Array | slice

# Workers of one process, and the threads of one worker, have one copy of the network.
one_at_a_time = threading.Lock()


def _digest_of_files() -> str:
    """Of all files of course_nn."""
    digest = hashlib.sha256()
    folder = Path(__file__).resolve().parents[1]
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


_AT_FIRST = _digest_of_files()  # a process goes on with what it has imported


def course_here() -> str:
    """Which course this process has: the same on all machines, or their sums are not the same."""
    return _AT_FIRST


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
        self.network = network
        with one_at_a_time:
            graph: Graph = unpickled(network).graph
            checked = checked_as(called, graph, data)
            self.columns = columns_with(graph, tables=data)
        self.data = {x.name: array for x, array in checked.items()}

    def __len__(self) -> int:
        return len(next(iter(self.data.values())))


def loaded_share(network: bytes, load: Any, argument: Any, called: str) -> Share:
    """A share of what `load(argument)` gives, an array for each input; a file is closed again."""
    try:
        data = load(argument)
    except Exception as error:
        error.add_note(f"{called} could not be loaded on its worker from {shown(argument)}.")
        raise
    try:
        return Share(network, data, called)
    finally:
        getattr(data, "close", lambda: None)()


class About(NamedTuple):
    """What is told of a share: its `digest`, what its tables call their columns, and the first ones
    of its rows.
    """

    digest: int
    columns: Columns
    first_rows: dict[str, Array]


def rows_of(share: Share) -> int:
    """How many examples a share has."""
    return len(share)


def about(share: Share, first: int, most: int) -> About:
    """`first` is the number of its first row in the whole; `most`, how many rows are shown."""
    shown = {name: array[:most].copy() for name, array in share.data.items()}
    return About(digest(share.data, first), share.columns, shown)


def sums(engine: str, shares: Sequence[Share], rows: Sequence[Rows], weights: Array) -> Sums:
    """The sums over some rows of each share, at these weights. What is not finite is told as such.

    Args:
        engine: "graph", "numpy" or "numba". weights: of all parameters, side by side.
    """
    started = time.perf_counter()
    network = shares[0].network
    some = [
        {name: array[these] for name, array in share.data.items()}
        for share, these in zip(shares, rows, strict=True)
    ]
    add_up = _by_the_nodes if engine == "graph" else functools.partial(_by_engine, engine)
    with one_at_a_time, np.errstate(all="ignore"):
        graph: Graph = unpickled(network).graph
        batch = {x: _together([each[x.name] for each in some]) for x in graph.inputs}
        gradients, loss = add_up(network, batch, weights)
    examples = len(next(iter(batch.values())))
    return Sums(gradients, loss, examples, time.perf_counter() - started)


def _together(arrays: Sequence[Array]) -> Array:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


@functools.lru_cache(maxsize=4)
def unpickled(network: bytes) -> Node:
    """This process's own copy of the network, made once; `one_at_a_time` uses it."""
    loss: Node = pickle.loads(network)
    return loss


@functools.lru_cache(maxsize=4)
def _engine(network: bytes, name: str) -> Engine:
    # As for a large batch: only that code keeps the sums of the gradients (`numba_code`).
    return engine_named(name, unpickled(network), BLOCK + 1, 0.0, 0.0)


def _by_the_nodes(
    network: bytes, batch: Mapping[Any, Array], weights: Array
) -> tuple[Array, float]:
    loss = unpickled(network)
    graph: Graph = loss.graph
    graph.replace_parameters(parts(weights, graph))
    graph.put(batch)
    return sums_by_the_nodes(loss)


def sums_by_the_nodes(loss: Node) -> tuple[Array, float]:
    """Σ ∂L_b/∂W of all parameters, side by side, and Σ L_b, over the rows that the inputs hold."""
    graph: Graph = loss.graph
    graph.Forward()
    graph.Backward(loss)
    B = len(loss.value)
    means: list[Any] = [p.grad for p in graph.parameters]
    return B * side_by_side(means), float(np.add.reduce(loss.value))


def _by_engine(
    name: str, network: bytes, batch: dict[Any, Array], weights: Array
) -> tuple[Array, float]:
    engine, B = _engine(network, name), len(next(iter(batch.values())))
    compare_with_nodes(engine, batch, None)  # the first time
    engine.load(parts(weights, unpickled(network).graph), {})
    engine.begin(batch, None)
    if engine.batch_size < B:  # memory for so many rows; fewer fit too
        engine.use(engine.used, B)
    J = engine.make(engine.data, 1, float(B))  # at η = B the mean counts B times: it is the sum
    return engine.gradients.whole.copy(), float(J[0]) * B


def parts(weights: Array, graph: Graph) -> dict[Any, Array]:
    """Of one long array, the part of each parameter, in its shape and memory of its own."""
    ends = np.cumsum([p.value.size for p in graph.parameters])
    pieces = np.split(weights, ends[:-1])
    return {
        p: piece.reshape(p.value.shape).copy()
        for p, piece in zip(graph.parameters, pieces, strict=True)
    }


def side_by_side(arrays: Sequence[Array]) -> Array:
    """One long array of all entries; the reverse of `parts`."""
    return np.concatenate([array.ravel() for array in arrays])
