"""What an operation of one's own keeps from batch to batch, and how it is put back.

A running mean, a counter in a list, a generator of random numbers: they change in place, so that to
keep the attribute is not to keep what is in it. Looked at are arrays, lists, dicts, sets and
generators that are attributes, also inside one another; not what stands in other objects, in a
class or under a global name.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from course_nn.graph import Graph


@contextmanager
def left_as_it_was(graph: Graph) -> Iterator[None]:
    """`Graph.left_as_it_was`, and what operations of one's own keep is put back too."""
    with graph.turn():  # nobody else changes it meanwhile
        back = ways_back(value for node in graph.nodes for value in vars(node).values())
        try:
            with graph.left_as_it_was():
                yield
        finally:
            for put_back in back:
                put_back()


def ways_back(values: Iterable[Any]) -> list[Callable[[], object]]:
    """Functions that make what is in these values as it is now."""
    found: dict[int, Callable[[], object]] = {}
    waiting = [*values]
    while waiting:
        value = waiting.pop()
        if id(value) in found:
            continue
        if issubclass(type(value), np.ndarray) and value.flags.writeable:  # no recorded value
            found[id(value)] = partial(np.copyto, value, value.copy())
        elif way := _generator(value):
            found[id(value)] = way
        elif isinstance(value, (list, deque, set, dict)):
            found[id(value)] = partial(_fill, value, value.copy())
            waiting += value.values() if isinstance(value, dict) else value
        elif isinstance(value, tuple):
            waiting += value
    return [*found.values()]


def _generator(value: Any) -> Callable[[], object] | None:
    """Of random numbers, known by what it can: the modules that have them need not be loaded."""
    module = type(value).__module__
    if module == "random" and hasattr(value, "getstate"):
        return partial(value.setstate, value.getstate())
    if not module.startswith("numpy.random"):
        return None
    if hasattr(value, "get_state"):  # RandomState
        return partial(value.set_state, value.get_state())
    bits = getattr(value, "bit_generator", value)
    return partial(setattr, bits, "state", bits.state) if hasattr(bits, "random_raw") else None


def _fill(value: Any, content: Any) -> None:
    value.clear()
    (value.extend if isinstance(value, (list, deque)) else value.update)(content)
