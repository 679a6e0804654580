"""Whether a sum over the examples of this network can be taken in parts at all.

The operations of the course look at each example alone. One of the reader's own may not: it may
take the mean over the batch, draw random numbers, or keep something from batch to batch. On a
cluster each worker has a part of the batch, and a copy of the operation.

Source: the further lesson cluster_of_machines.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from course_nn.cluster.on_a_worker import sums_by_the_nodes
from course_nn.graph import Array, Graph, Input, Node
from course_nn.own_state import left_as_it_was


def check_sum_of_parts(loss: Node, rows: Mapping[Input, Array]) -> None:
    """The sums over these rows are those over their halves together, and stay so.

    What is not finite says nothing. The network is left as it was.
    Raises ValueError.
    """
    graph: Graph = loss.graph
    examples = len(next(iter(rows.values())))
    if examples < 2:
        return
    middle = examples // 2

    def sums(places: slice) -> Array:
        graph.put(rows, places)
        gradients, losses = sums_by_the_nodes(loss)
        return np.append(gradients, losses)

    with left_as_it_was(graph), np.errstate(all="ignore"):
        whole = sums(slice(None))
        in_parts = sums(slice(middle)) + sums(slice(middle, None))
        again = sums(slice(None))
    for found, reason in (
        (again, "makes something else each time: it keeps something, or draws random numbers"),
        (in_parts, "mixes the examples of its batch"),
    ):
        finite = np.isfinite(whole) & np.isfinite(found)
        scale = np.max(np.abs(whole), where=finite, initial=1e-12)
        if np.any(np.abs(found - whole)[finite] > 1e-6 * scale):
            raise ValueError(
                "A cluster adds up over parts of a batch, each with a copy of the network of its "
                f"own. That is not the batch here, because an operation {reason}. Train this "
                "network without cluster."
            )
