"""A copy of a network is whole: by `copy`, by `pickle` or joblib, or in another process.

A graph is taken apart into its nodes, side by side, so that a hundred layers need no recursion a
hundred deep; a node alone is "number n of that graph". What was read-only is read-only again, of
which NumPy knows nothing. Who uses the graph now is left out: a copy is free.

A process that is forked has all graphs at once, but of the threads only the one that forked. So
that thread first takes its turn in each graph: nobody is in the middle of anything then.

Source: https://docs.python.org/3/library/pickle.html#object.__reduce__,
https://docs.python.org/3/library/os.html#os.register_at_fork
"""

from __future__ import annotations

import copy
import os
import threading
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from course_nn.graph import Graph, Node, graphs

LISTS = ("inputs", "parameters", "nodes")
OF_THIS_PROCESS = ("lock", "waiting", "trainer")


def read_only(array: Any) -> Any:
    """The array itself, read-only; of one that joblib keeps in a file, a plain view."""
    if isinstance(array, np.ndarray):
        array = np.asarray(array)
        array.setflags(write=False)
    return array


def read_only_weights(weights: Mapping[str, Any]) -> Mapping[str, Any]:
    """Arrays by name, with nothing to be put in the place of another one; pickle needs a dict."""
    return MappingProxyType({name: read_only(array) for name, array in weights.items()})


def whole_copy(thing: Any) -> Any:
    """What `copy.copy` gives: a shallow copy of a network would be the same network."""
    return copy.deepcopy(thing)


# ------------------------------------------------------------------ graphs


def _apart(graph: Graph) -> tuple[Any, ...]:
    with graph.turn():  # between two updates, if it is being trained
        lists = [list(getattr(graph, name)) for name in LISTS]
        kinds = [[type(node) for node in nodes] for nodes in lists]
        own = {k: v for k, v in vars(graph).items() if k not in (*LISTS, *OF_THIS_PROCESS)}
        own |= {"_forward_done": graph.up_to_date, "_values": []}
        states = [_of_this_moment(node.__getstate__()) for node in graph.everything]
        return _empty, (type(graph), kinds), (own, states)


def _of_this_moment(state: Any) -> Any:
    """What a node holds now; it is copied or written later, when others may compute again."""
    if isinstance(state, tuple):  # of a class with slots
        return tuple(map(_of_this_moment, state))
    return dict(state) if isinstance(state, dict) else state


def _empty(kind: type[Graph], kinds: Sequence[Sequence[Any]]) -> Graph:
    graph = kind.__new__(kind)
    Graph.__init__(graph)
    for name, each in zip(LISTS, kinds, strict=True):
        setattr(graph, name, tuple(node.__new__(node) for node in each))
    return graph


def _together(graph: Graph, state: tuple[dict[str, Any], list[Any]]) -> None:
    own, states = state
    vars(graph).update(own)
    for node, each in zip(graph.everything, states, strict=True):
        node.__setstate__(each)
    graph._values = [node.value for node in graph.nodes]


# ------------------------------------------------------------------ nodes


def _node_apart(node: Node) -> tuple[Any, ...]:
    number = next(i for i, each in enumerate(node.graph.everything) if each is node)
    return _node_of, (node.graph, number)


def _node_of(graph: Graph, number: int) -> Any:
    return graph.everything[number]


def _node_together(node: Any, state: Any) -> None:
    attributes, slots = state if isinstance(state, tuple) else (state, None)
    vars(node).update(attributes or {})
    for name, value in (slots or {}).items():
        setattr(node, name, value)
    for name in ("value", "_value", "grad"):
        if name in vars(node) and (node._list, name) != ("parameters", "grad"):  # which may change
            vars(node)[name] = read_only(vars(node)[name])


# Here, because who reads how a graph works need not read how it is copied.
Graph.__reduce__ = _apart  # type: ignore[method-assign,assignment]
Graph.__setstate__ = _together  # type: ignore[attr-defined]
Node.__reduce__ = _node_apart  # type: ignore[method-assign,assignment]
Node.__setstate__ = _node_together  # type: ignore[attr-defined]
Graph.__copy__ = Node.__copy__ = whole_copy  # type: ignore[attr-defined]


# ------------------------------------------------------------------ a process that is forked


class _Turns(threading.local):
    """Of this thread, until it has forked: the turns that it has taken, and whether ■ came."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.pressed: list[bool] = []
        self.handler: Any = None


turns = _Turns()


def _take_turns() -> None:
    _keep_the_button()
    for reference in graphs.valuerefs():  # in the order in which they were made, in every thread
        graph = reference()
        if graph is not None:
            turn = graph.turn()
            turn.__enter__()
            turns.taken.append((graph, turn))


def _give_back() -> None:
    while turns.taken:
        _, turn = turns.taken.pop()
        turn.__exit__(None, None, None)
    _give_the_button_back()


def _keep_the_button() -> None:
    """Python drops what is raised before a fork: ■ would be lost, and so would the turns."""
    import signal  # here, because few fork

    turns.pressed, turns.handler = [], None
    if threading.current_thread() is threading.main_thread():  # which alone is told of ■
        turns.handler = signal.getsignal(signal.SIGINT)
        if turns.handler is not None:  # else it is not Python's
            signal.signal(signal.SIGINT, lambda *_: turns.pressed.append(True))


def _give_the_button_back() -> None:
    import signal

    if turns.handler is not None:
        signal.signal(signal.SIGINT, turns.handler)
    if turns.pressed:  # a moment later, for what is raised after a fork is dropped too
        # A signal, for `interrupt_main` does not end what the thread may be waiting for by then.
        again = (threading.get_ident(), signal.SIGINT)
        threading.Timer(0.05, signal.pthread_kill, again).start()


def _begin_alone() -> None:
    """In the new process no other thread waits, or trains."""
    for graph, _ in turns.taken:
        graph.waiting.clear()
        if graph.trainer != threading.get_ident():
            graph.trainer = None
    turns.pressed.clear()  # it was pressed in the other one
    _give_back()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=_take_turns, after_in_parent=_give_back, after_in_child=_begin_alone)
