"""What a formula means in numbers: a tree and the arrays of one trial give an array.

Every value is a matrix or a single number; a column (B, 1) and a row (1, K) stretch as in NumPy.
Where nothing or a dot stands between two factors, the shapes say whether it is a product of
matrices; they are asked in a network whose widths all differ, and the answer is kept for all.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from course_nn.derivation_check.arrays import (
    BY_ENTRY,
    COMPARED,
    by_entry,
    einsum,
    joined,
    matmul,
    may_be_by_entry,
    sliced,
)
from course_nn.derivation_check.expression import Expression, Name
from course_nn.derivation_check.scope import Scope, Unfit
from course_nn.derivation_check.statement import CannotRead, Reason
from course_nn.derivation_check.trials import applied, slope
from course_nn.graph import Array, Labels

MOST_TIMES = 200  # that a column is repeated
MOST_NUMBERS = 1_000_000  # of an array


def evaluate(formula: Expression, scope: Scope) -> Any:
    """The array (two axes) or number that a formula gives.

    Raises Unfit where shapes do not fit, CannotRead where it cannot be told what is meant.
    """
    with np.errstate(all="ignore"):
        return _value(formula, scope)


Outcome = Any  # an array, a number, or the error that came instead


def outcome_of(formula: Expression, scope: Scope) -> Outcome:
    """What a formula gives, or the error that came instead."""
    try:
        return evaluate(formula, scope)
    except (Unfit, CannotRead) as error:
        return error.with_traceback(None)  # it would keep all frames, and the arrays in them


def stretches(formula: Expression, scope: Scope) -> bool:
    """Whether somewhere in it a row is multiplied entry by entry by a column, as NumPy does."""
    scope = replace(scope, known={})
    try:
        evaluate(formula, scope)
    except (Unfit, CannotRead):
        return False
    for part in formula.walk():
        if scope.decided.get(part, part.kind) == "multiply":
            shapes = [np.shape((scope.known or {}).get(each)) for each in part.arguments]
            if all(shapes) and all(a != b for a, b in zip(*shapes, strict=True)):
                return (1, 1) not in shapes
    return False


def _value(e: Expression, scope: Scope) -> Any:
    if scope.known is None or scope.row is not None:
        return _worked_out(e, scope)
    if e not in scope.known:
        try:
            scope.known[e] = _worked_out(e, scope)
        except (Unfit, CannotRead) as error:
            scope.known[e] = error
    if isinstance(scope.known[e], Exception):
        raise scope.known[e].with_traceback(None)
    return scope.known[e]


def _worked_out(e: Expression, scope: Scope) -> Any:
    value = _computed(e, scope)
    if scope.work is not None:
        scope.work.spend(getattr(value, "size", 1))
    return value


def _computed(e: Expression, scope: Scope) -> Any:
    match e.kind:
        case "number":
            return np.float64(e.value)  # type: ignore[arg-type]
        case "ones":
            if scope.columns or scope.row is not None:
                raise CannotRead(Reason.ONES, e.start, "1ᵀ")
            return np.ones((1, scope.trial.B))
        case "name":
            if scope.row is not None and e.value in scope.of_one:
                return _value(scope.of_one[e.value], scope)  # type: ignore[index]
            value = scope.leaf(e.value)  # type: ignore[arg-type]
            if np.ndim(value) == 1:
                raise CannotRead(Reason.LABELS, e.start, e.value.name)  # type: ignore[attr-defined]
            return value
        case "sum" | "mean" if e.value == "each":
            if scope.row is not None:
                raise CannotRead(Reason.NESTED_SUM, e.start)
            B = scope.trial.B
            total = sum(_value(e.arguments[0], replace(scope, row=b)) for b in range(B))
            return total / B if e.kind == "mean" else total
        case "entries":
            return _entries(e, scope)
        case "sum over":  # in a line of matrices, g − u Σ_k u_k g_k: one number for each example
            letters, array = _indexed(e, scope)
            if letters not in ("", "b"):
                raise CannotRead(Reason.FREE_INDEX, e.start, letters.replace("b", "")[:1])
            return _spread(letters, array, "1b" if scope.columns else "b1") if letters else array
        case "entry":
            raise CannotRead(Reason.ENTRIES, e.start)
        case "identity":
            raise CannotRead(Reason.IDENTITY, e.start, "I")
        case "add" | "subtract" if any(each.kind == "identity" for each in e.arguments):
            return _with_identity(e, scope)
        case "call" if e.value == "onehot":
            return _onehot(e, scope)
        case "slope":
            return _function(e, scope)
        case "matmul" | "product" if any(map(_is_diagonal, e.arguments)):
            return _by_a_diagonal(e, scope)
        case "call" if e.value == "diag":
            return _diagonal(e, scope)
        case "call" if e.value in scope.functions.named or e.value not in (*BY_ENTRY, "norm"):
            return _function(e, scope)
    a, *rest = (_value(each, scope) for each in e.arguments)
    match e.kind:
        case "outer":
            return _outer(e, a, rest[0], scope)
        case "einsum":
            return einsum(e, a, *rest)
        case "shape":
            whole = _value(e.arguments[0], replace(scope, row=None))
            axis = 1 - scope.examples if e.value == "width" else int(e.value)  # type: ignore[call-overload]
            if np.ndim(whole) != 2:
                raise Unfit(e, np.shape(whole))
            return np.float64(whole.shape[axis])
        case "join":
            return joined(e, [a, *rest], 1 - scope.examples)
        case "repeat":
            times = float(rest[0]) if np.ndim(rest[0]) == 0 else 0.5
            if np.ndim(a) != 2 or not times.is_integer() or not 1 <= times <= MOST_TIMES:
                raise Unfit(e, np.shape(a))
            return np.repeat(a, int(times), axis=1)
        case "negative":
            return -a
        case "transpose":
            return np.transpose(a)
        case "power":
            return a**e.value
        case "matmul":
            return matmul(e, a, *rest)
        case "product":
            kind = _kind_of_product(e, a, rest[0], scope)
            if kind == "neither":
                raise Unfit(e, np.shape(a), np.shape(rest[0]))
            if kind == "matmul":
                return matmul(e, a, *rest)
            return by_entry(e, np.multiply, a, *rest)
        case "compare":
            return by_entry(e, COMPARED[e.value], a, *rest).astype(float)  # type: ignore[index]
        case "sum" | "mean":
            if e.value is None:
                raise CannotRead(Reason.WHICH_SUM, e.start)
            if e.value == "all":
                return np.float64(np.mean(a) if e.kind == "mean" else np.sum(a))
            axis = int(e.value[-1]) if e.value != "k" else 1 - scope.examples  # type: ignore[index]
            if np.ndim(a) != 2:
                raise Unfit(e, np.shape(a))
            total = a.sum(axis=axis, keepdims=True)
            return total / a.shape[axis] if e.kind == "mean" else total
        case "slice":
            return sliced(e, a, *rest)
        case "call" if e.value == "norm":
            if np.ndim(a) != 2:
                raise Unfit(e, np.shape(a))
            return np.sqrt((a**2).sum(axis=1 - scope.examples, keepdims=True))
    function = BY_ENTRY[str(e.value) if e.kind == "call" else e.kind]
    return by_entry(e, function, a, *rest)


# ------------------------------------------------------------------ entry by entry

Indexed = tuple[str, Any]  # the letters of the axes of an array, and the array


def _entries(e: Expression, scope: Scope) -> Any:
    """The array whose entries a line gives, δ2_j = Σ_k δ3_k W3_jk: its indices are axes with names.

    The index b of the examples need not be written. Of weights, a line with an example of which
    nothing is said speaks of one: for ∂L/∂W these are added up, and ∂J/∂W is that of the first.
    """
    indices, of_weights = e.value  # type: ignore[misc]
    letters, array = _indexed(e.arguments[0], scope)
    examples = "b" not in indices and len(indices) < 2
    axes = indices
    if examples:
        axes = f"{indices}b" if scope.columns else f"b{indices}"
    if not examples and "b" in letters and "b" not in indices:
        place = letters.index("b")
        array = array.sum(axis=place) if of_weights else np.take(array, 0, axis=place)
        letters = letters.replace("b", "")
    if free := sorted(set(letters) - set(axes)):
        raise CannotRead(Reason.FREE_INDEX, e.start, free[0])
    return _spread(letters, array, axes)


def _spread(letters: str, array: Any, axes: str) -> Any:
    """The array with these axes in their order; one that it has not is of length 1."""
    order, places = _order(letters, axes)
    return (array.transpose(order) if order else array)[places]


@lru_cache(maxsize=1000)
def _order(letters: str, axes: str) -> tuple[list[int], tuple[slice | None, ...]]:
    """In which order axes must stand, if it is another one, and where one is new among them."""
    order = [letters.index(each) for each in axes if each in letters]
    places = tuple(slice(None) if each in letters else None for each in axes)
    return ([] if order == sorted(order) else order), places


@lru_cache(maxsize=1000)
def _together(*letters: str) -> str:
    return "".join(dict.fromkeys("".join(letters)))


def _indexed(e: Expression, scope: Scope) -> Indexed:
    """A part of a line about entries, with the letters of its axes."""
    letters, array = _computed_by_entry(e, scope)
    if scope.work is not None:
        scope.work.spend(array.size)
    return letters, array


def _computed_by_entry(e: Expression, scope: Scope) -> Indexed:
    match e.kind:
        case "number":
            return "", np.float64(e.value)  # type: ignore[arg-type]
        case "name":
            return _without_index(e, scope)
        case "entry":
            return _with_index(e.arguments[0], str(e.value), scope)
        case "slope" | "call" if len(e.arguments) == 1 and e.arguments[0].kind == "entry":
            (entry,) = e.arguments
            whole = e.made_of(entry.arguments)
            return _with_index(whole, str(entry.value), scope)
        case "sum over":
            letters, array = _indexed(e.arguments[0], scope)
            if e.value not in letters:
                raise CannotRead(Reason.NO_INDEX, e.start, f"Σ_{e.value}")
            place = letters.index(str(e.value))
            return letters.replace(str(e.value), ""), array.sum(axis=place)
        case "negative" | "power":
            letters, array = _indexed(e.arguments[0], scope)
            return letters, -array if e.kind == "negative" else array**e.value
        case "compare":
            function: Any = COMPARED[e.value]  # type: ignore[index]
        case "product" | "multiply":
            function = np.multiply
        case "add" | "subtract" | "divide":
            function = BY_ENTRY[e.kind]
        case "call" if e.value in BY_ENTRY:
            function = BY_ENTRY[str(e.value)]
        case _:
            return _without_index(e, scope)
    parts = [_indexed(each, scope) for each in e.arguments]
    axes = _together(*[letters for letters, _ in parts])
    lengths = dict[str, int]()
    for letters, array in parts:
        for letter, length in zip(letters, array.shape, strict=True):
            if lengths.setdefault(letter, length) != length:
                raise Unfit(e, *(np.shape(each) for _, each in parts))
    if prod(lengths.values()) > MOST_NUMBERS:
        raise CannotRead(Reason.TOO_MANY_NUMBERS, e.start)
    made = function(*[a if letters == axes else _spread(letters, a, axes) for letters, a in parts])
    return axes, made * 1.0 if e.kind == "compare" else made


def _without_index(e: Expression, scope: Scope) -> Indexed:
    """A number such as B, or a column with one number for each example, such as ‖z‖."""
    value = _value(e, scope)
    if np.ndim(value) == 0:
        return "", value
    if np.shape(value)[1 - scope.examples] != 1:
        word = e.value.name if isinstance(e.value, Name) else ""
        raise CannotRead(Reason.ENTRIES, e.start, word)
    return "b", np.ravel(value)


def _with_index(of: Expression, letters: str, scope: Scope) -> Indexed:
    """An array and its letters; with one letter, its examples are b, or it is a row of weights."""
    value = _value(of, scope)
    if np.ndim(value) != 2:
        raise CannotRead(Reason.ENTRIES, of.start)
    if len(letters) == 2:
        return letters, value
    if value.shape[scope.examples] == scope.trial.B:
        return (f"{letters}b" if scope.columns else f"b{letters}"), value
    if value.shape[scope.examples] != 1:
        raise Unfit(of, value.shape)
    return letters, np.ravel(value)


def _kind_of_product(e: Expression, a: Any, b: Any, scope: Scope) -> str:
    if 0 in (np.ndim(a), np.ndim(b)):
        return "multiply"
    if e in scope.decided:
        return scope.decided[e]
    one = scope.trial.B == 1 or scope.row is not None
    is_by_entry = e.value != "*" and may_be_by_entry(a.shape, b.shape, one)
    kind = "multiply" if is_by_entry else "neither"
    kind = "matmul" if a.shape[1] == b.shape[0] else kind
    if scope.decides:  # once, so that what fits nothing does not fit at B = 1 by chance
        scope.decided[e] = kind
    return kind


def _outer(e: Expression, a: Any, b: Any, scope: Scope) -> Any:
    """All products of an entry of one example here and one there; ⊗ of equal shapes is ⊙."""
    if e.value == "⊗":
        kind = scope.decided.get(e, "multiply" if np.shape(a) == np.shape(b) else "outer")
        if scope.decides:
            scope.decided[e] = kind
        if kind == "multiply":
            return by_entry(e, np.multiply, a, b)
    if any(np.ndim(each) != 2 or 1 not in each.shape for each in (a, b)):
        raise Unfit(e, np.shape(a), np.shape(b))
    return np.outer(a, b)


def _with_identity(e: Expression, scope: Scope) -> Any:
    """I + A and A − I of a square matrix, such as the way past a skip and through weights."""
    known = [None if each.kind == "identity" else _value(each, scope) for each in e.arguments]
    (other, *more) = [each for each in known if each is not None] or [np.float64(1.0)]
    if more or np.ndim(other) != 2 or other.shape[0] != other.shape[1]:
        raise Unfit(e, np.shape(other))
    a, b = (np.eye(len(other)) if each is None else each for each in known)
    return BY_ENTRY[e.kind](a, b)


def _is_diagonal(e: Expression) -> bool:
    return e.kind == "call" and e.value == "diag"


def _diagonal(e: Expression, scope: Scope) -> Any:
    """The matrix with the entries of one example on its diagonal."""
    v = _value(e.arguments[0], scope)
    if np.ndim(v) != 2 or 1 not in v.shape:
        raise Unfit(e, np.shape(v))
    return np.diag(v.ravel())


def _by_a_diagonal(e: Expression, scope: Scope) -> Any:
    """A diag(v), where each example has a diagonal of its own: A ⊙ v; for columns diag(v) A."""
    a, b = e.arguments
    whole, diagonal = (b, a) if scope.columns else (a, b)
    if _is_diagonal(diagonal) and not _is_diagonal(whole):
        A, v = _value(whole, scope), _value(diagonal.arguments[0], scope)
        if np.ndim(A) == np.ndim(v) == 2 and A.shape == v.shape:
            return A * v
        if scope.trial.B > 1 and scope.row is None:
            raise Unfit(e, np.shape(A), np.shape(v))
    return matmul(e, _value(a, scope), _value(b, scope))


def _onehot(e: Expression, scope: Scope) -> Array:
    name = e.arguments[0].value
    node = scope.trial.nodes.get(name.name) if isinstance(name, Name) else None
    if not isinstance(node, Labels):
        raise CannotRead(Reason.ARGUMENTS, e.start, "onehot")
    rows = (scope.leaf(name)[:, None] == np.arange(node.classes)).astype(float)  # type: ignore[arg-type]
    return rows.T if scope.columns else rows


def _function(e: Expression, scope: Scope) -> Array:
    operation = scope.functions.of(str(e.value), e.arguments[0])
    if e.kind == "call" and len(e.arguments) > 1:
        return _operation(e, operation, scope)
    key = _kept_as(e, operation, scope)
    if key in scope.trial.functions:
        return scope.trial.functions[key]
    a = _value(e.arguments[0], scope)
    rows = np.atleast_2d(a)
    rows = rows.T if scope.columns else rows
    try:
        made = applied(operation, rows) if e.kind == "call" else slope(operation, rows)
    except Exception:  # an operation of one's own may raise anything
        raise Unfit(e, np.shape(a)) from None
    if made is None:
        raise CannotRead(Reason.NO_SLOPE, e.start, str(e.value))
    made = made.T if scope.columns else made
    made = made if np.ndim(a) == 2 else np.float64(made[0, 0])
    if key is not None:
        scope.trial.functions[key] = made
    return made


def _kept_as(e: Expression, operation: Any, scope: Scope) -> Hashable:
    """By what a function of a node, such as f′(z2), is kept with a network: it is needed often.
    None for others, and for operations of one's own, of which nobody knows what they depend on.
    """
    of = e.arguments[0].value
    is_a_node = isinstance(of, Name) and of.kind == "value" and scope.row is None
    kind = operation if isinstance(operation, type) else type(operation)
    if not is_a_node or not kind.__module__.startswith("course_nn."):
        return None
    node = scope.trial.nodes.get(of.name)  # type: ignore[union-attr]
    return None if node is None else (e.kind, kind, node, scope.columns)


def _operation(e: Expression, operation: Any, scope: Scope) -> Array:
    """An operation of the graph with several operands, such as squared_error(z3, y)."""
    rows = []
    for each in e.arguments:
        labels = each.kind == "name" and scope.is_labels(each.value)  # type: ignore[arg-type]
        value = scope.leaf(each.value) if labels else _value(each, scope)  # type: ignore[arg-type]
        rows.append(value.T if scope.columns and not labels else value)
    try:
        made = applied(operation, *rows)
    except Exception:  # an operation of one's own may raise anything
        raise Unfit(e, *map(np.shape, rows)) from None
    made = made[:, None] if np.ndim(made) == 1 else made
    return made.T if scope.columns else made
