"""What an operation does, recorded while its own `forward` and `backward` run.

All that is printed, typeset or compiled is made from these recordings: a derivative stands in
`backward` and nowhere else. An operation that is not of the course is recorded twice, because
random numbers and counters differ, and compared with what its two methods do to real arrays. What
it remembers from run to run is refused (`state`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from course_nn.derivation.recorded import (
    CAN,
    Expression,
    Recorded,
    Recorder,
    Shape,
    shape_of,
    where_of,
    words,
)
from course_nn.derivation.state import State, kept
from course_nn.derivation.text import text
from course_nn.graph import Graph, Input, Labels, Node, Parameter

SECONDS = 0.1  # so long nobody looks again, if all that an operation reaches is as it was
ANOTHER = "does something else: is there a random number, a counter, the time, a global name?"


@dataclass
class Recording:
    """What an operation computes, and what it adds to the gradients of its operands.

    Args:
        value: from the values of the operands.
        steps: (operand, what is added to its gradient), in the order of `backward`.
        local: what `forward` called the results on its way.
        state: of an operation of one's own, what its methods reach.
        kept: the attributes in which it keeps values of a batch. seen: when it was last run.
    """

    value: Expression
    steps: list[tuple[Any, Expression]]
    local: dict[Expression, str]
    state: State | None = None
    kept: list[str] = field(default_factory=list)
    seen: float = 0.0

    def same(self, other: Recording) -> bool:
        return self.value is other.value and self.steps == other.steps


class _Drawn(ValueError):
    """Random numbers were drawn meanwhile: by an operation, or by another thread."""


def _tried_again(run: Callable[[], Any]) -> Any:
    """What it gives. It is run again if random numbers were drawn meanwhile: those of everybody
    another thread may have drawn, as Dask does on a worker.
    """
    for _ in range(2):
        with suppress(_Drawn):
            return run()
    try:
        return run()
    except _Drawn as error:
        raise ValueError(*error.args) from None


def record(graph: Graph, nodes: list[Any], recorder: Recorder) -> dict[Any, Recording]:
    """The recordings of these operations of the graph, which is left as it was.

    Raises ValueError for an operation that cannot be recorded; it says which line, and why.
    """
    found: dict[Any, Recording] = _tried_again(lambda: _record(graph, nodes, recorder))
    return found


def _record(graph: Graph, nodes: list[Any], recorder: Recorder) -> dict[Any, Recording]:
    found, weights = {}, {p: p.value for p in graph.parameters}
    own = [node for node in nodes if is_own(node)]
    with _recorded_values(graph, own, recorder) as before:
        for node in nodes:
            if node in before and before[node].refusal:
                raise _error(node, "forward or backward", before[node].refusal)
            found[node] = _recorded(node, recorder)
            if node in before:
                found[node].state, found[node].seen = before[node], time.monotonic()
                _check(node, before[node], strict=False)  # it may prepare something for itself
                _record_again(node, found[node], recorder)
        for node in own:
            for rows in (5, 1):
                state = State(node)
                _compare(node, found[node], rows, weights)
                _check(node, before[node], strict=False)
                if rows == 5:
                    _check(node, state)
    return found


def _record_again(node: Any, first: Recording, recorder: Recorder) -> None:
    """A second run must do the same, and leave behind nothing that a third could look at."""
    state = State(node)
    first.kept = [key for key, value in vars(node).items() if isinstance(value, Recorded)]
    again = _recorded(node, recorder)
    _check(node, state)
    if not first.same(again):
        raise _error(node, "forward or backward", f"a second run {ANOTHER}")


def _check(node: Any, state: State, strict: bool = True) -> None:
    if reason := state.drawn():
        raise _Drawn(*_error(node, "forward or backward", reason).args)
    if reason := state.changed(strict):
        raise _error(node, "forward or backward", reason)


def check_unchanged(graph: Graph, recordings: Mapping[Any, Recording], recorder: Recorder) -> None:
    """Whether operations that are not of the course still do what was recorded.

    They are run again if something that they reach is not what it was, as a global name, and now
    and then anyway. What changes and changes back between two calls is not seen.

    Raises ValueError if they do something else.
    """
    own = [node for node in recordings if is_own(node) and not _is_as_seen(recordings[node])]
    if own:
        _tried_again(lambda: _check_unchanged(graph, own, recordings, recorder))


def _check_unchanged(
    graph: Graph, own: list[Any], recordings: Mapping[Any, Recording], recorder: Recorder
) -> None:
    with _recorded_values(graph, own, recorder) as before:
        for node, state in before.items():
            again = state.refusal or recordings[node].same(_recorded(node, recorder))
            if again is not True:
                raise _error(node, "forward or backward", again or f"a later run {ANOTHER}")
            _check(node, state, strict=False)
            recordings[node].state, recordings[node].seen = state, time.monotonic()


def _is_as_seen(recording: Recording) -> bool:
    """Whether all that it reaches is as when it was last run, which was not long ago."""
    state = recording.state
    recent = time.monotonic() - recording.seen < SECONDS
    return recent and state is not None and state.is_as_it_was(recording.kept)


@contextmanager
def _recorded_values(
    graph: Graph, own: list[Any], recorder: Recorder
) -> Iterator[dict[Any, State]]:
    """In the block every node of the graph has recorded values; afterwards all is as it was, also
    what these operations reach, whose states are given.
    """
    # Twice: should ■ end one of them before all is put back, the other puts it back.
    with (
        graph.left_as_it_was(),
        graph.left_as_it_was(),
        kept(own) as states,
        np.errstate(all="ignore"),
    ):
        for node in graph.everything:
            _put(node, recorder.leaf("value", node), recorder.leaf("gradient", node))
        yield states


def is_own(node: Any) -> bool:
    """Whether an operation is somebody's own, and not of the course, whose tests have seen it.

    What counts is where the code was written: `functools.wraps` copies the names.
    """
    for method in (node.forward, node.backward):
        function = getattr(method, "__func__", method)
        if not getattr(function, "__globals__", {}).get("__name__", "").startswith("course_nn."):
            return True
    return not type(node).__module__.startswith("course_nn.")


def function_of(operation: type, recorder: Recorder, *operands: Recorded) -> Recording:
    """What `forward` of an operation of the course makes of these."""
    node = SimpleNamespace(operands=tuple(SimpleNamespace(value=each) for each in operands))
    forward: Any = operation.forward  # type: ignore[attr-defined]
    local = _run(partial(forward, node), forward, recorder)
    return Recording(node.value._expression, [], local)


def _put(node: Any, value: Any, grad: Any) -> None:
    """Value and gradient of a node, without its checks."""
    vars(node)["_value" if isinstance(node, (Input, Parameter)) else "value"] = value
    vars(node)["grad"] = grad


def _recorded(node: Any, recorder: Recorder) -> Recording:
    """One run of forward and backward on recorded values, at their place in the graph."""
    own, everything = (node.value, node.grad), node.graph.everything
    others = [(each, each.value, each.grad) for each in everything if each is not node]
    given = {operand.value._expression for operand in node.operands}
    added: list[tuple[Any, Any]] = []
    for each in everything:
        vars(each)["add_grad"] = partial(_collect, each, added)

    def checked(method: str, made: Any, shape: Shape, what: str) -> Expression:
        if not isinstance(made, Recorded):
            reason = f"{what} is {type(made).__name__}, and not computed from the operands"
        elif made._expression.shape != shape:
            reason = f"{what} has shape {words(made._expression.shape)}, not {words(shape)}"
        elif made._expression.kind != "float":
            reason = f"{what} is no array of floats; 1.0 * (a > 0) is one"
        elif foreign := _leaves(made._expression) - given:
            leaf = foreign.pop()
            reason = (
                f"it takes the {leaf.operation} of {leaf.arguments[0].name}, which it is not given"
            )
        else:
            return made._expression
        raise _error(node, method, reason)

    try:
        node.value = None  # as Forward leaves it
        local = _watched(node, "forward", recorder)
        value = checked("forward", node.value, shape_of(node, "B"), "self.value")
        given.add(own[1]._expression)
        _watched(node, "backward", recorder)
    finally:
        changed = any(each.value is not v or each.grad is not g for each, v, g in others)
        _put(node, *own)
    steps = []
    for operand, grad in added:
        if operand not in node.operands:
            changed = True
        elif not isinstance(operand, Input):
            what = f"what it adds to {operand.name}"
            steps.append(
                (operand, checked("backward", grad, operand.value._expression.shape, what))
            )
            if type(operand).add_grad is not Node.add_grad:
                raise _error(node, "backward", f"{operand.name} has an add_grad of its own")
    if changed:
        raise _error(node, "backward", "it changes other nodes than by add_grad of its operands")
    for operand in node.operands:
        if not isinstance(operand, Input) and operand not in [each for each, _ in steps]:
            raise _error(node, "backward", f"it adds nothing to the gradient of {operand.name}")
    return Recording(value, steps, local)


def _watched(node: Any, method: str, recorder: Recorder) -> dict[Expression, str]:
    """Run a method of a node on recorded values; any error says where it came from."""
    local: dict[Expression, str] = {}
    try:
        local = _run(getattr(node, method), getattr(type(node), method), recorder)
    except Exception as error:
        if not recorder.refusal:
            recorder.refusal = f"{type(error).__name__}: {error}", where_of(error)
    if recorder.refusal:  # also if somebody has caught it
        raise _error(node, method, *recorder.refusal)
    return local


def _run(call: Callable[[], object], method: Any, recorder: Recorder) -> dict[Expression, str]:
    """Call a method; what it called its results."""
    recorder.code, recorder.frame = getattr(method, "__code__", None), None
    call()
    found: dict[Expression, str] = {}
    for name, value in recorder.frame.f_locals.items() if recorder.frame else ():
        if isinstance(value, Recorded):
            found.setdefault(value._expression, name)
    recorder.code = recorder.frame = None
    return found


def _leaves(expression: Expression) -> set[Expression]:
    found, waiting, seen = set(), [expression], set()
    while waiting:
        each = waiting.pop()
        if each.operation in ("value", "gradient"):
            found.add(each)
        new = [inner for inner in each.inner if inner not in seen]
        seen.update(new)
        waiting += new
    return found


# ------------------------------------------------------------------ comparing with numbers


def _compare(node: Any, recording: Recording, rows: int, weights: Mapping[Any, Any]) -> None:
    """Compare what forward and backward do to arrays with what was recorded, as it is printed.

    Raises ValueError if it is not the same: then they do something that a recording does not see.
    """
    rng = np.random.default_rng(rows)

    def numbers(of: Any) -> np.ndarray:
        if isinstance(of, Labels):
            return rng.integers(0, of.classes, size=rows)
        if isinstance(of, Parameter):
            return weights[of] + rng.normal(size=weights[of].shape)
        values = rng.normal(size=shape_of(of, rows)) * rng.choice([1e-3, 1.0, 30.0])
        values[-2:-1] = 0.0  # of five rows one; of a single row none
        return values

    nodes = list(dict.fromkeys(node.operands))
    arrays, g = {operand: numbers(operand) for operand in nodes}, numbers(node)
    before = [(each, each.value, each.grad) for each in (node, *nodes)]
    names = {each.value._expression: f"v{i}" for i, each in enumerate(nodes)}
    names[node.grad._expression] = "g"
    added: list[tuple[Any, Any]] = []
    for operand, array in arrays.items():
        _put(operand, array.copy(), None)
        vars(operand)["add_grad"] = partial(_collect, operand, added)
    _put(node, None, g.copy())
    try:
        node.forward()
        made = [(node, node.value)]
        node.backward()
    except Exception as error:
        reason = f"with numbers it fails, {type(error).__name__}: {error}"
        raise _error(node, "forward or backward", reason, where_of(error)) from error
    finally:
        for each, value, grad in before:
            _put(each, value, grad)
    made += [(operand, grad) for operand, grad in added if not isinstance(operand, Input)]
    space = {"np": np, "g": g} | {f"v{i}": array for i, array in enumerate(arrays.values())}
    expected = [
        (of, eval(text(expression, names), space))
        for of, expression in [(node, recording.value), *recording.steps]
    ]
    same = [of for of, _ in made] == [of for of, _ in expected] and all(
        type(mine) is np.ndarray
        and (mine.dtype, mine.shape) == (np.float64, value.shape)  # as the nodes want it
        and np.allclose(mine, value, rtol=1e-9, atol=1e-12, equal_nan=True)
        for (_, mine), (_, value) in zip(made, expected, strict=True)
    )
    if not same:
        reason = "with numbers it does something else than what was recorded"
        raise _error(node, "forward or backward", reason)


def _collect(operand: Any, added: list[tuple[Any, Any]], grad: Any) -> None:
    """Stands for the `add_grad` of an operand."""
    added.append((operand, grad))


def _error(node: Any, method: str, reason: str, where: str = "") -> ValueError:
    place = f"In {where}: " if where else ""
    return ValueError(
        f"{node}: {method} of {type(node).__name__} cannot be recorded, so it can be neither "
        f"printed nor run by a fast engine. {place}{reason}. What can be recorded: {CAN}. "
        'engine="graph" runs everything.'
    )
