"""The same graph once more, with fresh numbers: other widths, other batch sizes, other weights.

Which widths may change is found by trying: one is changed, and with it whatever must change too
for the graph to work. So it holds for operations that nobody here knows.

Source: K. Claessen, J. Hughes, QuickCheck (2000), for testing by random examples.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from course_nn.graph import Array, Graph, Input, Labels, Node, Parameter
from course_nn.operations import Operation, relu

BATCHES = (2, 7)
WIDTHS = [width for width in range(3, 60) if width not in BATCHES]
SQUARE = 3
TRIES = 4  # for finite numbers
DRAWS = 40  # for numbers of which no relu meets a 0
HUGE = 1e9  # beyond every number that a line may have
MOST_KEPT = 60  # kinds of graphs, of which the networks that are like them are kept
MOST_NUMBERS_KEPT = 30_000  # in the parameters of such a network
NAMES_AND_SIZES = ("_name", "label", "_width", "_classes")  # of a node, among what it holds
DO_NOT_WORK = "these sizes together do not work"
SCALES = (300.0, HUGE, 1e-9)  # of a leaf in a trial that is loud, or quiet

Dimension = tuple[str, int]  # a leaf of the graph, and which of its sizes
Sizes = dict[Dimension, int]


class Kind(Enum):
    """What is special in a trial."""

    GENERAL = "all widths differ"
    ONE_EXAMPLE = "one example"
    SQUARE = "all widths are equal"
    LOUD = "one input or weight is large, or small"
    OWN = "the widths of the reader's own graph"
    OWN_ONE = "these, and one example"
    OWN_LOUD = "these, and one input or weight is large, or small"


OWN_KINDS = (Kind.OWN, Kind.OWN_ONE, Kind.OWN_LOUD)
LOUD_KINDS = (Kind.LOUD, Kind.OWN_LOUD)


@dataclass
class Trial:
    """One network with numbers, after Forward and Backward.

    Args:
        scale: of the leaf that is large or small, or 1.
        values, gradients: by name of the node; (B, K), (m, n); of labels (B,), of a loss (B, 1).
        arrived: by name, and by the name of its user, what is added to a gradient; that of a
            parameter is already divided by B.
        nodes: of the copy, by the names of the graph.
        functions: of nodes, such as f′(z2), by what they are; whatever the names, these are shared.
    """

    kind: Kind
    B: int
    nodes: dict[str, Any]
    loss: str
    scale: float = 1.0
    values: dict[str, Array] = field(default_factory=dict)
    gradients: dict[str, Array] = field(default_factory=dict)
    arrived: dict[str, list[tuple[str, Array]]] = field(default_factory=dict)
    functions: dict[Hashable, Array] = field(default_factory=dict)

    def named(self, names: Sequence[str]) -> Trial:
        """The same network with other names for its nodes."""
        new = dict(zip(self.nodes, names, strict=True))
        if all(name == other for name, other in new.items()):
            return self
        return replace(
            self,
            nodes=dict(zip(names, self.nodes.values(), strict=True)),
            loss=new[self.loss],
            values={new[name]: value for name, value in self.values.items()},
            gradients={new[name]: value for name, value in self.gradients.items()},
            arrived={
                new[name]: [(new[user], part) for user, part in parts]
                for name, parts in self.arrived.items()
            },
        )

    def backward(self, given: Mapping[str, Array] | None = None) -> dict[str, Array]:
        """The gradients; where some are `given`, the others as they follow from these.

        What a copy holds is not changed, but for gradients, which are made anew each time.
        """
        given, names = given or {}, {node: name for name, node in self.nodes.items()}
        gradients: dict[str, Array] = {self.loss: np.ones((self.B, 1))}
        arrived: dict[str, list[tuple[str, Array]]] = {}
        for node in reversed(list(self.nodes.values())):
            name = names[node]
            if name in given:
                gradients[name] = given[name]
            if not isinstance(node, Operation) or name not in gradients:
                continue
            node.grad = gradients[name] if node.width is not None else gradients[name][:, 0]
            for operand, part in parts_of(node):
                other = names[operand]
                part = part[:, None] if operand.width is None else part  # of a loss
                gradients[other] = gradients[other] + part if other in gradients else part
                arrived.setdefault(other, []).append((name, part))
        for name, node in self.nodes.items():
            if isinstance(node, Parameter) and name in gradients:
                gradients[name] = gradients[name] / self.B
                arrived[name] = [(user, part / self.B) for user, part in arrived[name]]
        self.arrived = self.arrived or arrived
        return gradients

    def nudged(self, name: str, place: tuple[int, int], step: float) -> float:
        """By how much J changes, or the loss of this example, if one number is raised by `step`."""
        node, start = self.nodes[name], self.nodes[self.loss].value
        order = list(self.nodes.values())
        kept = {each: each.value for each in order}
        raised = np.array(node.value)
        raised[place[: raised.ndim]] += step
        vars(node)["_value" if isinstance(node, Parameter) else "value"] = raised
        for each in order[order.index(node) + 1 :]:
            if isinstance(each, Operation):
                each.forward()
        change = self.nodes[self.loss].value - start
        for each, value in kept.items():
            if not isinstance(each, Input):
                vars(each)["_value" if isinstance(each, Parameter) else "value"] = value
        return float(change.mean() if isinstance(node, Parameter) else change[place[0]])


def parts_of(node: Any) -> list[tuple[Any, Array]]:
    """What `backward` of a node adds to which operand."""
    added: list[tuple[Any, Array]] = []
    operands = dict.fromkeys(node.operands)
    for operand in operands:
        vars(operand)["add_grad"] = lambda part, operand=operand: added.append((operand, part))
    try:
        node.backward()
    finally:
        for operand in operands:
            vars(operand).pop("add_grad", None)
    return [(operand, part) for operand, part in added if not isinstance(operand, Input)]


def used_by(loss: Node) -> list[Any]:
    """The nodes that the loss depends on, in the order of the graph: leaves first."""
    found, waiting = set(), [loss]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += node.operands
    return [node for node in loss.graph.everything if node in found]


def applied(operation: Any, *values: Array) -> Array:
    """What an operation gives for arrays: a node, or its class."""
    stub = _stub(operation, *values)
    with np.errstate(all="ignore"):
        stub.forward()
    return stub.value


def slope(operation: Any, value: Array) -> Array | None:
    """f′ of an array, entry by entry; None if f does not work entry by entry."""
    stub = _stub(operation, value)
    added: list[Array] = []
    stub.operands[0].add_grad = added.append
    with np.errstate(all="ignore"):
        stub.forward()
        if stub.value.shape != value.shape:
            return None
        for probe in (np.ones_like(value), _striped(value)):
            stub.grad = probe
            stub.backward()
    ones, striped = added
    if not np.allclose(striped, _striped(value) * ones, rtol=1e-9, atol=1e-12, equal_nan=True):
        return None
    return ones


def _striped(value: Array) -> Array:
    return np.arange(1.0, value.size + 1).reshape(value.shape)


def copy_of(node: Any) -> Any:
    """An operation with the same attributes, but no value; its own may be changed in place."""
    made = object.__new__(type(node))
    kept = {k: v for k, v in vars(node).items() if k not in ("value", "grad")}
    if not type(node).__module__.startswith("course_nn."):
        shared = {id(each): each for each in (node.graph, *node.graph.everything)}
        try:
            kept = copy.deepcopy(kept, shared)
        except Exception:  # something that cannot be copied, such as an open file
            pass
    vars(made).update(kept)
    return made


def _stub(operation: Any, *values: Array) -> Any:
    is_class = isinstance(operation, type)
    stub = object.__new__(operation) if is_class else copy_of(operation)
    stub.operands = tuple(
        SimpleNamespace(value=value, width=value.shape[-1], name="z") for value in values
    )
    stub._width = values[0].shape[-1]
    return stub


def _at_a_corner(nodes: Mapping[str, Any]) -> bool:
    """Whether a relu meets exactly 0, where its slope may be said to be 0 or 1: so it is behind a
    row of another one that is all 0. Right behind another one that cannot be helped.
    """
    return any(
        isinstance(node, relu)
        and not isinstance(node.operands[0], relu)
        and not node.operands[0].value.all()
        for node in nodes.values()
    )


def _columns(node: Any) -> set[int]:
    """Which operands of a node are a single column, (B, 1), beside others that are wider."""
    widths = [None if isinstance(n, Parameter) else n.width for n in node.operands]
    wider = any(width is not None and width > 1 for width in widths)
    return {i for i, width in enumerate(widths) if width == 1 and wider}


# ------------------------------------------------------------------ other widths

_networks: OrderedDict[Hashable, dict[Hashable, Any]] = OrderedDict()  # the latest ones


def _kept(key: Hashable, what: Hashable, make: Callable[[], Any]) -> Any:
    """What was made before for the same networks, or else is made now."""
    if key is None:
        return make()
    kept = _networks.setdefault(key, {})
    _networks.move_to_end(key)
    if what not in kept:
        kept[what] = make()
    while len(_networks) > MOST_KEPT:
        _networks.popitem(last=False)
    return kept[what]


class Family:
    """All networks like the graph of a loss.

    Args:
        loss: of the graph; nothing in it is changed.
        names: of its nodes.

    Attributes:
        used: the nodes that the loss depends on. users: by name, those computed from a node.
    """

    def __init__(self, loss: Node, names: Mapping[Any, str]) -> None:
        self.loss, self.names = loss, names
        self.used = used_by(loss)
        self.users: dict[str, list[Any]] = {name: [] for name in names.values()}
        for node in self.used:
            for operand in dict.fromkeys(node.operands):
                self.users[names[operand]].append(node)
        self.own: Sizes = {}
        for node in self.used:
            if isinstance(node, Labels):
                self.own[names[node], 1] = node.classes
            elif isinstance(node, Input):
                self.own[names[node], 1] = node.width  # type: ignore[assignment]
            elif isinstance(node, Parameter):
                for axis in (0, 1):
                    self.own[names[node], axis] = node.value.shape[axis]
        self.kind = self._kind()
        sizes = tuple(self.own.values())
        self.of_own_sizes = None if self.kind is None else (self.kind, sizes)
        self.moves = [
            {self._dimension(place): times for place, times in move}
            for move in _kept(self.of_own_sizes, "moves", self._found_moves)
        ]

    def _kind(self) -> Hashable:
        """What graphs have in common that differ in names and sizes alone; None if it has
        operations of one's own, of which nobody knows what they depend on.
        """
        places = {node: place for place, node in enumerate(self.used)}
        nodes = []
        for node in self.used:
            if not type(node).__module__.startswith("course_nn."):
                return None
            plain = [
                (k, v)
                for k, v in vars(node).items()
                if isinstance(v, (int, float, str)) and k not in NAMES_AND_SIZES
            ]
            operands = tuple(places[each] for each in node.operands)
            nodes.append((type(node), operands, tuple(sorted(plain))))
        return tuple(nodes)

    def _found_moves(self) -> list[list[tuple[int, int]]]:
        """The moves, each size by its place, so that they can be kept for other names."""
        places = {each: place for place, each in enumerate(self.own)}
        return [[(places[each], times) for each, times in move.items()] for move in self._moves()]

    def _dimension(self, place: int) -> Dimension:
        return [*self.own][place]

    @property
    def of_any_sizes(self) -> Hashable:
        """What graphs have in common that get the same sizes in all trials."""
        if self.kind is None:
            return None
        places = {each: place for place, each in enumerate(self.own)}
        moves = tuple(tuple((places[e], n) for e, n in move.items()) for move in self.moves)
        return self.kind, moves, tuple(self.sizes(WIDTHS[: len(moves)]).values())

    def trials(self, seeds: Iterable[tuple[Kind, int]]) -> list[Trial]:
        """Networks of these kinds; those of graphs that are alike are made once, and kept if they
        are small.
        """
        of_any_sizes = self.of_any_sizes
        of_own_sizes = self.of_own_sizes if self.numbers < MOST_NUMBERS_KEPT else None
        names = [self.names[node] for node in self.used]
        found = []
        for kind, n in seeds:
            made = DO_NOT_WORK
            if kind not in OWN_KINDS:
                made = _kept(of_any_sizes, (kind, n), partial(self.trial, kind, n))
            if made is DO_NOT_WORK:
                made = _kept(of_own_sizes, (kind, n), partial(self.trial, kind, n, own=True))
            if isinstance(made, Trial):
                found.append(made.named(names))
        return found

    @property
    def numbers(self) -> int:
        """How many there are in the parameters of the graph."""
        return sum(node.value.size for node in self.used if isinstance(node, Parameter))

    @property
    def leaves(self) -> int:
        """How many inputs and parameters have random numbers that may be large."""
        leaves = [n for n in self.used if isinstance(n, (Input, Parameter))]
        return sum(not isinstance(node, Labels) for node in leaves)

    def built(
        self,
        sizes: Sizes,
        rng: Any = None,
        B: int = 2,
        loud: int | None = None,
        positive: bool = False,
    ) -> tuple[dict[str, Any], int]:
        """A copy with these sizes: its nodes by name, and how many of them work.

        Args:
            rng: for the numbers; without, all are ½.
            loud: which leaf is large or small: three times its place, plus that in `SCALES`.
            positive: whether all are above 0.
        """
        nodes: dict[str, Any] = {}
        new: dict[Any, Any] = {}
        leaves = 0

        def numbers(*shape: int) -> Array:
            nonlocal leaves
            leaves += 1
            if rng is None:
                return np.full(shape, 0.5)
            scaled = loud is not None and leaves - 1 == loud // len(SCALES)
            drawn = rng.normal(size=shape) * (SCALES[loud % len(SCALES)] if scaled else 1.0)
            return np.abs(drawn) if positive else drawn

        with Graph(make_current=False), np.errstate(all="ignore"):
            for node in self.used:
                name = self.names[node]
                if isinstance(node, Labels):
                    classes = sizes[name, 1]
                    made: Any = Labels(name, classes)
                    made.value = rng.integers(0, classes, B) if rng else np.zeros(B, dtype=int)
                elif isinstance(node, Input):
                    made = Input(name, sizes[name, 1])
                    made.value = numbers(B, sizes[name, 1])
                elif isinstance(node, Parameter):
                    rows, columns = sizes[name, 0], sizes[name, 1]
                    made = Parameter(name, numbers(rows, columns))
                else:
                    made = copy_of(node)
                    made.operands = tuple(new[each] for each in node.operands)
                    try:
                        Node.__init__(made, name, made.check_operands())
                        if _columns(node) - _columns(made):
                            return nodes, len(nodes)
                        made.forward()
                        shape = (B,) if made.width is None else (B, made.width)
                        if np.shape(made.value) != shape:
                            return nodes, len(nodes)
                        made.grad = np.ones(shape)
                        if any(
                            part.shape != operand.value.shape for operand, part in parts_of(made)
                        ):
                            return nodes, len(nodes)
                    except Exception:  # an operation of one's own may raise anything
                        return nodes, len(nodes)
                new[node] = nodes[name] = made
        return nodes, len(nodes)

    def _works(self, sizes: Sizes) -> int:
        if min(sizes.values()) < 1:
            return -1
        return self.built(sizes)[1]

    def _moves(self) -> list[dict[Dimension, int]]:
        """What can change: a size, and by how much others change with it."""
        whole, moves = len(self.used), list[dict[Dimension, int]]()
        if set(self.own.values()) == {1}:  # every matrix is one number, and is meant as one
            return []
        covered: set[Dimension] = set()
        for first in self.own:
            if first in covered:
                continue
            move = {first: 1}
            while (done := self._works(self._moved(move))) < whole:
                more = [
                    {**move, other: times}
                    for times in (1, 2)
                    for other in self._nearest_to(done)
                    if other not in move
                ]
                better = next((each for each in more if self._works(self._moved(each)) > done), {})
                if not better:
                    break
                move = better
            else:
                moves.append(move)
                covered |= move.keys()
        return moves

    def _nearest_to(self, done: int) -> list[Dimension]:
        """All sizes; first those of the leaves that are nearest to a node that does not work."""
        waiting = [self.used[done]] if 0 <= done < len(self.used) else []
        for node in waiting:  # which grows
            waiting += [each for each in node.operands if each not in waiting]
        order = [self.names[node] for node in waiting]
        order += [name for name, _ in self.own if name not in order]
        return sorted(self.own, key=lambda each: order.index(each[0]))

    def _moved(self, move: Mapping[Dimension, int], by: int = 1) -> Sizes:
        return {each: size + by * move.get(each, 0) for each, size in self.own.items()}

    def sizes(self, wanted: list[int]) -> Sizes:
        """The sizes of the graph, but that what can change has the sizes wanted, in turn."""
        sizes = dict(self.own)
        for move, size in zip(self.moves, wanted, strict=False):
            first = next(iter(move))
            for each, times in move.items():
                sizes[each] += times * (size - self.own[first])
        return sizes

    def trial(self, kind: Kind, seed: int, own: bool = False) -> Trial | str | None:
        """A network of this kind with random numbers, with the sizes of the graph if `own`; None if
        none has finite ones, or DO_NOT_WORK, which is about these sizes together.
        """
        rng = np.random.default_rng([seed, list(Kind).index(kind)])
        count = len(self.moves)
        different = [int(width) for width in rng.permutation(WIDTHS[: count + 2])[:count]]
        taken = {*self.own.values()} if kind in OWN_KINDS else set()
        batches = [B for B in (*BATCHES, *range(8, 100)) if B not in taken]
        B = batches[1 if kind in LOUD_KINDS else seed % len(BATCHES)]  # many rows: some are large
        B = 1 if kind in (Kind.ONE_EXAMPLE, Kind.OWN_ONE) else B
        wanted = [SQUARE] * count if kind is Kind.SQUARE else different
        sizes = dict(self.own) if own else self.sizes(wanted)
        loud = seed if kind in LOUD_KINDS else None
        kept = None
        for attempt in range(DRAWS):
            if kept is None and attempt == TRIES:
                break
            positive = kept is None and attempt >= TRIES // 2
            nodes, done = self.built(sizes, rng, B, loud, positive)
            if done < len(self.used):
                return DO_NOT_WORK
            scale = 1.0 if loud is None else SCALES[loud % len(SCALES)]
            trial = Trial(kind, B, nodes, self.names[self.loss], scale)
            for name, node in nodes.items():
                value = node.value
                trial.values[name] = (
                    value if value.ndim == 2 or isinstance(node, Labels) else value[:, None]
                )
            with np.errstate(all="ignore"):
                trial.gradients = trial.backward()
            arrays = [*trial.values.values(), *trial.gradients.values()]
            if not all(np.isfinite(array).all() for array in arrays):
                continue
            if not _at_a_corner(nodes):
                return trial
            kept = kept or trial
        return kept
