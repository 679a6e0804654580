"""Reads what came out of the sandbox and believes nothing: type, size, depth, shape, finiteness.

The student's code runs beside the harness, so every message may be its own work.  What is wrong
with a value becomes a `Failure`, what is wrong with a message a `Garbled`; neither is ever a crash.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from course_exercises.homework.actions import (
    Call,
    Failure,
    FailureKind,
    Get,
    Ref,
    Set,
    Step,
    looks,
    settle,
)
from course_grading.sandbox.inside.wire import (
    DEEPEST,
    LONGEST_ANSWER,
    LONGEST_TEXT,
    MOST_BYTES,
    MOST_ENTRIES,
    check_sum,
)

DTYPES = frozenset({"f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "b1"})
MOST_AXES = 8
MOST_LISTS = 100_000  # lists and objects of a message; those of right answers have some 1,000
KINDS = frozenset(FailureKind) - {FailureKind.NAN, FailureKind.STOPPED}  # those are found here
STOPPED = frozenset({"cpu", "wall", "ended", "output"})


class Garbled(Exception):
    """A message that the harness would not have sent."""


def read_message(frame: bytes) -> dict[str, Any]:
    """The JSON object of a frame.  Raises `Garbled`."""
    if frame.count(b"[") + frame.count(b"{") > MOST_LISTS:  # 8 MB of empty ones take 400 MB
        raise Garbled("very many lists")
    try:
        message = json.loads(frame.decode("utf-8"), parse_constant=_refuse, parse_float=_refuse)
    except (ValueError, RecursionError):
        raise Garbled("not JSON") from None
    if type(message) is not dict:
        raise Garbled("not an object")
    return message


def _refuse(text: str) -> None:
    raise ValueError(text)  # numbers come as arrays, so none is written out


def read_begins(message: dict[str, Any], cells: Collection[int]) -> int | None:
    """The number of the cell that is run next, if the message says so."""
    number = message.get("begins")
    return number if type(number) is int and number in cells else None


def read_seen(
    message: dict[str, Any], cells: Collection[int], answers: Collection[str]
) -> list[str]:
    """What the harness noticed while the cells ran, in sentences for instructor and student.

    It came out of the sandbox before any hidden number went in, and only numbers of cells and
    lines and names of packages are taken from it.
    """
    said = []
    for entry in _short_list(message.get("broken")):
        if type(entry) is list and len(entry) == 2 and all(type(n) is int for n in entry):
            cell, line = entry
            if cell in cells and 0 < line < 100_000:
                said.append(f"code cell {cell} has a syntax error in line {line}.")
    for cell in _short_list(message.get("slow")):
        if type(cell) is int and cell in cells:
            said.append(f"code cell {cell} ran too long and was cut off.")
    for cell in _short_list(message.get("hurried")):
        if type(cell) is int and cell in cells:
            said.append(
                f"only the definitions of code cell {cell} were run, because all cells together "
                "ran too long."
            )
    for name in _short_list(message.get("restored")):
        if type(name) is str and name in answers:
            said.append(
                f"the name {name} was used again below its definition; the definition counts."
            )
    for name in _short_list(message.get("lacking")):
        if _is_name(name):
            said.append(f"the package {name} is not there while grading.")
    return said


def read_rebound(message: dict[str, Any], answers: Collection[str]) -> dict[str, tuple[str, ...]]:
    """For each answer below whose check names were used for something else, these names.

    Like what `read_seen` reads, it was sent before any hidden number went in.
    """
    found = message.get("rebound")
    rebound = {}
    for answer, names in found.items() if type(found) is dict else ():
        known = tuple(name for name in _short_list(names) if _is_name(name))
        if answer in answers and known:
            rebound[answer] = known
    return rebound


def _is_name(text: Any) -> bool:
    return type(text) is str and text.isidentifier() and text.isascii() and len(text) <= 40


def _short_list(value: Any) -> list[Any]:
    return value[:20] if type(value) is list else []


def read_ready(message: dict[str, Any], answers: Sequence[str]) -> dict[str, int] | None:
    """How often each answer was defined, if the message says that all cells have been run."""
    counts = message.get("ready")
    if type(counts) is not dict:
        return None
    numbers = {name: counts.get(name) for name in answers}
    return {name: n for name, n in numbers.items() if type(n) is int and 0 <= n < MOST_ENTRIES}


def read_found(
    message: dict[str, Any], plays: Sequence[Sequence[Step]]
) -> tuple[list[dict[str, Any]], str]:
    """What each play found, and "" or why not all of them were played.  Raises `Garbled`.

    A play that is not there has a `Failure` under each of its labels.
    """
    found, stopped = message.get("found"), message.get("stopped")
    if type(found) is not list or type(stopped) is not str:
        raise Garbled("no results")
    if stopped and stopped not in STOPPED:
        raise Garbled("stopped for no reason")
    results = []
    for i, steps in enumerate(plays):
        data = found[i] if i < len(found) else None
        values = data.get("found") if type(data) is dict else None
        if type(data) is not dict or type(values) is not dict:
            failure = Failure(FailureKind.STOPPED, stopped or "ended")
            results.append({label: failure for label in looks(steps)})
        else:
            names = _names(steps)
            read = {label: read_value(values.get(label), names) for label in looks(steps)}
            results.append(settle(steps, read, _after(data.get("after")), unchanged))
    return results, stopped


def _after(data: Any) -> dict[int, list[Any]]:
    """What is said of the arguments of calls, each by the place of its step."""
    if type(data) is not dict:
        return {}
    return {
        int(i): arguments
        for i, arguments in data.items()
        if i.isdecimal() and len(i) < 6 and type(arguments) is list
    }


def unchanged(value: Any, data: Any) -> bool:
    """Whether an argument that was given has its arrays as before, by what came of it.

    The numbers are compared here, those of large arrays by a check sum. A submission can say that
    they are what it was given, but for that it must have kept them, and could as well have left
    them.
    """
    if not isinstance(value, (np.ndarray, list, tuple, dict)):
        return True
    if type(data) is not dict or len(data) != 1:
        return False
    ((kind, content),) = data.items()
    if isinstance(value, np.ndarray):
        return content == check_sum(value) if kind == "sum" else _is_same(value, kind, content)
    wanted = "dict" if isinstance(value, dict) else "list"
    if kind != wanted or type(content) is not list or len(content) != len(value):
        return False
    if not isinstance(value, dict):
        return all(map(unchanged, value, content))
    if any(type(p) is not list or len(p) != 2 or type(p[0]) is not str for p in content):
        return False
    entries = dict(content)
    return all(key in entries and unchanged(value[key], entries[key]) for key in value)


def _is_same(value: np.ndarray, kind: str, content: Any) -> bool:
    try:
        return kind == "array" and np.array_equal(value, _array(content))
    except Garbled:
        return False


POSITIONS = frozenset(map(str, range(20)))  # in what a call returned, as `made.0`


def _names(steps: Sequence[Step]) -> frozenset[str]:
    """What a failure may be about: the names and paths of the steps, and positions."""
    paths = [step.path for step in steps if isinstance(step, (Call, Set, Get))]
    for step in steps:
        if isinstance(step, Call):
            arguments = [*step.arguments, *step.keywords.values()]
            paths += [value.path for value in arguments if isinstance(value, Ref)]
    return POSITIONS.union(paths, (path.split(".")[0] for path in paths))


def read_value(data: Any, names: frozenset[str] = frozenset()) -> Any:
    """The value: an array (a list of numbers too), a bool, a text, a dict, None; or a `Failure`."""
    try:
        return _value(data, names, 0)
    except Garbled as what:
        return Failure(FailureKind.TYPE, str(what))


def _value(data: Any, names: frozenset[str], depth: int) -> Any:
    if depth > DEEPEST or type(data) is not dict or len(data) != 1:
        raise Garbled("something that is no data")
    ((kind, content),) = data.items()
    if kind == "none":
        return None
    if kind == "bool" and type(content) is bool:
        return content
    if kind == "text" and type(content) is str and len(content) <= LONGEST_ANSWER:
        return content
    if kind == "array":
        return _array(content)
    if kind == "failure":
        return _failure(content, names)
    if type(content) is not list or len(content) > MOST_ENTRIES:
        raise Garbled("something that is no data")
    if kind in ("list", "tuple"):
        entries = [_entry(entry, names, depth) for entry in content]
        failures = [entry for entry in entries if isinstance(entry, Failure)]
        return failures[0] if failures else _stacked(entries)
    if kind == "dict":
        return _dict(content, names, depth)
    raise Garbled("something that is no data")


def _entry(data: Any, names: frozenset[str], depth: int) -> Any:
    return _value(data, names, depth + 1)


def _stacked(entries: list[Any]) -> Any:
    """A list of numbers, or of arrays of one shape, as one array.

    NumPy itself is never asked to make something of lists that may hold anything: of twenty
    thousand texts it would make gigabytes.
    """
    if not entries:
        return np.zeros(0)
    shapes = {entry.shape if isinstance(entry, np.ndarray) else None for entry in entries}
    if None in shapes or len(shapes) > 1:
        raise Garbled("a list of unlike things")
    if any(entry.dtype.kind not in "fiu" for entry in entries):
        raise Garbled("a list with something else than numbers")
    if len(entries) * max(entries[0].size, 1) * 8 > 2 * MOST_BYTES:
        raise Garbled("a very long list")
    return np.stack([entry.astype(float) for entry in entries])


def _dict(content: list[Any], names: frozenset[str], depth: int) -> dict[str, Any]:
    result = {}
    for pair in content:
        if type(pair) is not list or len(pair) != 2 or type(pair[0]) is not str:
            raise Garbled("something that is no data")
        result[pair[0][:LONGEST_TEXT]] = _entry(pair[1], names, depth)
    return result


def _failure(content: Any, names: frozenset[str]) -> Failure:
    if type(content) is not list or len(content) != 3 or any(type(c) is not str for c in content):
        raise Garbled("something that is no data")
    kind, about, text = (part[:LONGEST_TEXT] for part in content)
    if kind not in KINDS:
        raise Garbled("something that is no data")
    if kind in ("missing", "attribute", "changed") and about not in names:
        about = "a name"  # these are shown, so they must be words of ours
    return Failure(FailureKind(kind), about, text)


def _array(content: Any) -> Any:
    if type(content) is not list or len(content) != 3:
        raise Garbled("something that is no array")
    dtype, shape, raw = content
    if type(dtype) is not str or dtype not in DTYPES:
        raise Garbled("an array of another type")
    if type(shape) is not list or len(shape) > MOST_AXES:
        raise Garbled("an array with too many axes")
    if any(type(n) is not int or n < 0 or n > MOST_BYTES for n in shape):
        raise Garbled("an array of no shape")
    if math.prod(max(n, 1) for n in shape) > MOST_BYTES:
        raise Garbled("an array that is too large")
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size > MOST_BYTES or type(raw) is not str or len(raw) != 4 * -(-size // 3):
        raise Garbled("an array that is too large, or not whole")
    try:
        data = base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        raise Garbled("an array that is not whole") from None
    if len(data) != size:
        raise Garbled("an array that is not whole")
    array = np.frombuffer(data, np.dtype("?" if dtype == "b1" else f"<{dtype}"))
    array = array.astype(array.dtype.newbyteorder("=")).reshape(shape)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        return Failure(FailureKind.NAN, "")
    return array
