"""The slips that are made in a line of a derivation: each gives the line altered by it.

A slip is made at every place where it can be made. Whether the altered line is wrong, numbers say
(`Numbers.fits`): some alterations are the same function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from derivations import Formula, Line
from random_graphs import Plan


class Slip(NamedTuple):
    """What was altered, and the line that came of it."""

    name: str
    line: Line


def slips(plan: Plan, lines: list[Line]) -> Iterator[Slip]:
    """Every slip in every line."""
    for line in lines:
        for kind in KINDS:
            for name, parts in kind(plan, lines, line):
                if parts != line.parts:
                    yield Slip(name, Line(line.target, tuple(parts)))


Parts = Iterator[tuple[str, tuple[Formula, ...]]]


def altered(line: Line, alter: Callable[[Any], Any]) -> Iterator[tuple[Formula, ...]]:
    """The line with one formula in it altered, wherever `alter` makes something of it."""
    for i, part in enumerate(line.parts):
        for other in everywhere(part, alter):
            yield (*line.parts[:i], other, *line.parts[i + 1 :])


def everywhere(e: Any, alter: Callable[[Any], Any]) -> Iterator[Any]:
    if not isinstance(e, tuple) or not e or not isinstance(e[0], str):
        return
    other = alter(e)
    if other is not None:
        yield other
    for i, inner in enumerate(e[1:], start=1):
        for changed in everywhere(inner, alter):
            yield (*e[:i], changed, *e[i + 1 :])


def _in_formulas(name: str, alter: Callable[[Plan, Any], Any]) -> Any:
    """A slip that is made within a formula."""

    def kind(plan: Plan, lines: list[Line], line: Line) -> Parts:
        for parts in altered(line, lambda e: alter(plan, e)):
            yield name, parts

    return kind


def _whole(name: str, alter: Callable[[Plan, Line], Any]) -> Any:
    """A slip that is made with a line as a whole; None where it cannot be made."""

    def kind(plan: Plan, lines: list[Line], line: Line) -> Parts:
        parts = alter(plan, line)
        if parts is not None:
            yield name, tuple(parts)

    return kind


def _is_weight(plan: Plan, e: Any) -> bool:
    return e[0] == "value" and e[1] in plan.parameters


def _missing_transpose(plan: Plan, e: Any) -> Any:
    return e[1] if e[0] == "T" else None


def _added_transpose(plan: Plan, e: Any) -> Any:
    if e[0] == "@" and _is_weight(plan, e[2]):
        return ("@", e[1], ("T", e[2]))
    return None


def _swapped(plan: Plan, e: Any) -> Any:
    return ("@", e[2], e[1]) if e[0] == "@" else None


def _entry_by_entry(plan: Plan, e: Any) -> Any:
    return ("*", e[1], e[2]) if e[0] == "@" else None


def _as_matrices(plan: Plan, e: Any) -> Any:
    return ("@", e[1], e[2]) if e[0] == "*" and e[1][0] != "number" else None


def _wrong_sign(plan: Plan, line: Line) -> Any:
    return [("neg", part) for part in line.parts]


def _sign_of_one_path(plan: Plan, lines: list[Line], line: Line) -> Parts:
    for i, part in enumerate(line.parts if len(line.parts) > 1 else ()):
        other = part[1] if part[0] == "neg" else ("neg", part)
        yield "the sign of one path", (*line.parts[:i], other, *line.parts[i + 1 :])


def _missing_path(plan: Plan, lines: list[Line], line: Line) -> Parts:
    for i in range(len(line.parts) if len(line.parts) > 1 else 0):
        yield "a path is missing", line.parts[:i] + line.parts[i + 1 :]


def _overwritten(plan: Plan, line: Line) -> Any:
    return line.parts[-1:] if len(line.parts) > 1 else None


def _path_twice(plan: Plan, lines: list[Line], line: Line) -> Parts:
    for part in line.parts:
        yield "a path is added twice", (*line.parts, part)


def _no_slope(plan: Plan, e: Any) -> Any:
    return e[1] if e[0] == "*" and e[2][0] == "slope" else None


def _slope_only(plan: Plan, e: Any) -> Any:
    return e[2] if e[0] == "*" and e[2][0] == "slope" else None


def _slope_at(at: str) -> Any:
    def alter(plan: Plan, e: Any) -> Any:
        return (*e[:4], at) if e[0] == "slope" else None

    return alter


def _another_slope(plan: Plan, e: Any) -> Any:
    if e[0] != "slope":
        return None
    kind = {"sigmoid": "tanh", "tanh": "sigmoid", "relu": "sigmoid"}[e[1]]
    return ("slope", kind, *e[2:])


def _h_for_z(plan: Plan, e: Any) -> Any:
    """A value before its activation for the one after it, in a product or a quotient."""
    if e[0] in ("value", "softmax"):
        node = plan.node(e[1])
        if node and node.kind in ("sigmoid", "tanh", "relu", "softmax"):
            return (e[0], node.operands[0])
        users = [user for user in plan.users(e[1]) if user.kind in ("sigmoid", "tanh", "relu")]
        if users:
            return (e[0], users[0].name)
    return None


def _another_value(plan: Plan, e: Any) -> Any:
    """What came in elsewhere."""
    if e[0] != "value" or e[1] in plan.parameters:
        return None
    others = [*plan.inputs, *(node.name for node in plan.nodes if node.width)]
    others = [n for n in others if n != e[1] and n != "c"]
    return ("value", others[len(e[1]) % len(others)]) if others else None


def _another_weight(plan: Plan, e: Any) -> Any:
    if not _is_weight(plan, e):
        return None
    others = [n for n in plan.parameters if n != e[1]]
    return ("value", others[0]) if others else None


def _another_delta(plan: Plan, lines: list[Line], line: Line) -> Parts:
    """δ of another node whose gradient is known by then."""
    before = [each.target for each in lines[: lines.index(line)]]
    rows = [n for n in before if plan.node(n) and plan.width(n)]
    for other in rows:

        def alter(e: Any, other: str = other) -> Any:
            is_other = e[0] == "gradient" and e[1] != other and plan.node(e[1]).width
            return ("gradient", other) if is_other else None

        for parts in altered(line, alter):
            yield "δ of another node", parts


def _not_averaged(plan: Plan, line: Line) -> Any:
    is_mean = line.parts[0][0] == "mean"
    return [part[1] for part in line.parts] if is_mean else None


def _averaged_twice(plan: Plan, line: Line) -> Any:
    return [("mean", part) for part in line.parts] if line.parts[0][0] == "mean" else None


def _averaged_early(plan: Plan, line: Line) -> Any:
    return [("mean", part) for part in line.parts] if line.parts[0][0] != "mean" else None


def _factor(factor: float) -> Any:
    def alter(plan: Plan, line: Line) -> Any:
        return [("*", ("number", factor), part) for part in line.parts]

    return alter


def _weights_themselves(plan: Plan, line: Line) -> Any:
    return [("value", line.target)] if line.target in plan.parameters else None


def _itself(plan: Plan, line: Line) -> Any:
    return [("gradient", line.target)]


def _turned_difference(plan: Plan, e: Any) -> Any:
    """y − p for p − y."""
    if e[0] == "-" and e[1][0] in ("value", "softmax") and e[2][0] in ("value", "onehot"):
        return ("-", e[2], e[1])
    return None


def _no_target(plan: Plan, e: Any) -> Any:
    return e[1] if e[0] == "-" and e[2][0] == "onehot" else None


def _no_softmax(plan: Plan, e: Any) -> Any:
    return ("value", e[1]) if e[0] == "softmax" else None


def _squared_difference(plan: Plan, e: Any) -> Any:
    is_difference = e[0] == "-" and e[1][0] == "value" and e[2][0] == "value"
    return ("square", e) if is_difference else None


def _rows_not_added(plan: Plan, e: Any) -> Any:
    return e[1] if e[0] == "sum_b" else None


def _columns_not_added(plan: Plan, e: Any) -> Any:
    return e[1] if e[0] == "sum_k" else None


def _other_axis(plan: Plan, e: Any) -> Any:
    other = {"sum_b": "sum_k", "sum_k": "sum_b"}.get(e[0])
    return (other, e[1]) if other else None


def _diagonal_only(plan: Plan, e: Any) -> Any:
    """g p (1 − p), as if softmax worked entry by entry."""
    if e[0] == "*" and e[2][0] == "-" and e[2][2][0] == "sum_k":
        return ("*", e[1], ("*", e[2][1], ("-", ("number", 1.0), e[1])))
    return None


def _mean_not_divided(plan: Plan, e: Any) -> Any:
    return ("spread", e[1][1], e[2]) if e[0] == "spread" and e[1][0] == "/" else None


def _not_divided(plan: Plan, e: Any) -> Any:
    return e[1] if e[0] == "/" and e[2][0] == "value" else None


def _multiplied_not_divided(plan: Plan, e: Any) -> Any:
    return ("*", e[1], e[2]) if e[0] == "/" and e[2][0] == "value" else None


def _own_factor(plan: Plan, e: Any) -> Any:
    """Of a ⊙ b the factor itself, and not the other one."""
    if e[0] == "*" and e[1][0] == "gradient" and e[2][0] == "value":
        node = plan.node(e[1][1])
        if node and node.kind == "multiply":
            a, b = node.operands
            return ("*", e[1], ("value", a if e[2][1] == b else b))
    return None


def _factor_left_out(plan: Plan, e: Any) -> Any:
    return e[1] if e[0] == "*" and e[2][0] == "value" else None


def _wrong_columns(plan: Plan, e: Any) -> Any:
    """The first columns, or the last, of what was joined."""
    if e[0] != "columns":
        return None
    node = plan.node(e[1][1])
    assert node is not None
    if e[2]:
        return (*e[:2], (), e[3])
    return (*e[:2], (node.operands[0],), (node.operands[1],))


def _all_columns(plan: Plan, e: Any) -> Any:
    return e[1] if e[0] == "columns" else None


def _factor_of_loss(plan: Plan, e: Any) -> Any:
    """α, or the weight of the example, forgotten."""
    if e[0] == "*" and e[1] in (("number", 0.5), ("value", "c")):
        return e[2]
    return None


def _loss_forgotten(plan: Plan, e: Any) -> Any:
    """The gradient of a loss that is not the last one, taken as 1."""
    if e[0] == "*" and e[1][0] == "gradient":
        node = plan.node(e[1][1])
        return e[2] if node and node.width is None else None
    return None


def _loss_twice(plan: Plan, e: Any) -> Any:
    if e[0] == "*" and e[1][0] == "gradient":
        node = plan.node(e[1][1])
        return ("*", e[1], e) if node and node.width is None else None
    return None


KINDS: list[Any] = [
    _in_formulas("a missing transpose", _missing_transpose),
    _in_formulas("W.T for W", _added_transpose),
    _in_formulas("swapped order", _swapped),
    _in_formulas("entry by entry for a product of matrices", _entry_by_entry),
    _in_formulas("a product of matrices for entry by entry", _as_matrices),
    _whole("wrong sign", _wrong_sign),
    _sign_of_one_path,
    _missing_path,
    _whole("overwritten", _overwritten),
    _path_twice,
    _in_formulas("missing f′", _no_slope),
    _in_formulas("only f′", _slope_only),
    _in_formulas("f′ at h", _slope_at("f′(h)")),
    _in_formulas("z for h in f′", _slope_at("z for h")),
    _in_formulas("f′ of another function", _another_slope),
    _in_formulas("h for z", _h_for_z),
    _in_formulas("another value", _another_value),
    _in_formulas("another weight", _another_weight),
    _another_delta,
    _whole("the sum, not the mean", _not_averaged),
    _whole("the mean twice", _averaged_twice),
    _whole("the mean too early", _averaged_early),
    _whole("a factor 2", _factor(2.0)),
    _whole("a factor ½", _factor(0.5)),
    _whole("the weights themselves", _weights_themselves),
    _whole("the answer itself", _itself),
    _in_formulas("y − p for p − y", _turned_difference),
    _in_formulas("onehot(y) is missing", _no_target),
    _in_formulas("softmax is missing", _no_softmax),
    _in_formulas("the square, not its derivative", _squared_difference),
    _in_formulas("rows not added", _rows_not_added),
    _in_formulas("columns not added", _columns_not_added),
    _in_formulas("the other axis", _other_axis),
    _in_formulas("the diagonal only", _diagonal_only),
    _in_formulas("the mean of a row not divided", _mean_not_divided),
    _in_formulas("not divided", _not_divided),
    _in_formulas("multiplied, not divided", _multiplied_not_divided),
    _in_formulas("its own factor", _own_factor),
    _in_formulas("a factor left out", _factor_left_out),
    _in_formulas("the wrong columns", _wrong_columns),
    _in_formulas("all columns", _all_columns),
    _in_formulas("α or c forgotten", _factor_of_loss),
    _in_formulas("the gradient of a loss forgotten", _loss_forgotten),
    _in_formulas("α twice", _loss_twice),
]
