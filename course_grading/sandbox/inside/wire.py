"""Steps and values as JSON, and back: what crosses the wall of the sandbox.

Both sides use this file, for opposite directions.  What comes out of the sandbox is read by
`course_grading.sandbox.channel` alone, which believes nothing.
"""

from __future__ import annotations

import base64
import zlib
from typing import Any

# The harness finds `actions` beside this file; the grader has it in course_exercises.
try:
    from course_exercises.homework.actions import Call, Failure, Get, Ref, Set, Step
except ImportError:
    from actions import (  # type: ignore[import-not-found, no-redef]
        Call,
        Failure,
        Get,
        Ref,
        Set,
        Step,
    )

DEEPEST = 6
LONGEST_TEXT = 500  # of a name or a message
LONGEST_ANSWER = 8_000  # signs, where an answer is a text
MOST_BYTES = 4_000_000  # of one array
MOST_ENTRIES = 20_000  # of one list
LARGE = 8_000  # bytes of an array, of which a sum says as much as all of it
KINDS = "fiub"


class NotPlain(Exception):
    """A value that is no plain data; the text says what it is."""


def encode(
    value: Any, depth: int = 0, numbers_as_array: bool = False, sums: bool = False
) -> dict[str, Any]:
    """A value as plain JSON.  Raises `NotPlain`.

    Args:
        numbers_as_array: a list of numbers becomes an array: far shorter, but 2 may become 2.0.
        sums: of a large array only its check sum, for whoever has the array and only asks whether
            it is still the same.
    """
    if depth > DEEPEST:
        raise NotPlain("lists in lists, too deep")
    if value is None:
        return {"none": True}
    if isinstance(value, bool):
        return {"bool": value}
    if isinstance(value, str):
        return {"text": value[:LONGEST_ANSWER]}
    if isinstance(value, Ref):
        return {"ref": value.path}
    if isinstance(value, Failure):
        failure = [value.kind, value.about[:LONGEST_TEXT], value.text[:LONGEST_TEXT]]
        return {"failure": failure}
    if isinstance(value, dict):
        if len(value) > MOST_ENTRIES:
            raise NotPlain("a very large dict")
        entries = value.items()
        pairs = [
            [str(k)[:LONGEST_TEXT], encode(v, depth + 1, numbers_as_array, sums)]
            for k, v in entries
        ]
        return {"dict": pairs}
    if isinstance(value, (list, tuple)):
        return _encode_sequence(value, depth, numbers_as_array, sums)
    import numpy as np  # here: without it, the harness starts in a third of the time

    if sums and isinstance(value, np.ndarray) and value.nbytes > LARGE:
        return {"sum": check_sum(value)}
    if isinstance(value, (int, float, np.ndarray, np.generic)):
        return _encode_array(value)
    if numbers_as_array:  # something like a list, as the check in the notebook takes it
        return _encode_array(np.asarray(value))
    raise NotPlain(f"a {type(value).__name__}")


def check_sum(array: Any) -> list[Any]:
    """Type, shape and CRC-32 of the numbers of an array; −0 counts as 0."""
    number_type = array.dtype.newbyteorder("<")
    numbers = (array + array.dtype.type(0)).astype(number_type, copy=False)
    crc = zlib.crc32(numbers.tobytes())
    return [number_type.str, list(array.shape), crc]


def _encode_array(value: Any) -> dict[str, Any]:
    import numpy as np

    try:
        array = np.array(value, subok=False)  # a plain copy, whatever class it was
    except (TypeError, ValueError, OverflowError):
        raise NotPlain(f"a {type(value).__name__}") from None
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        array = array.astype(float)
    if array.dtype.kind not in KINDS or array.dtype.itemsize > 8:
        raise NotPlain(f"an array of type {array.dtype}")
    if array.nbytes > MOST_BYTES:
        raise NotPlain(f"an array of {array.size} numbers")
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"array": [array.dtype.str.lstrip("<|"), list(array.shape), data]}


def _encode_sequence(value: Any, depth: int, numbers_as_array: bool, sums: bool) -> dict[str, Any]:
    if len(value) > MOST_ENTRIES:
        raise NotPlain("a very long list")
    if numbers_as_array and value and all(type(entry) in (int, float) for entry in value):
        return _encode_array(list(value))
    kind = "tuple" if isinstance(value, tuple) else "list"
    return {kind: [encode(entry, depth + 1, numbers_as_array, sums) for entry in value]}


def decode(data: dict[str, Any]) -> Any:
    """The value of `encode`.  For trusted JSON only: nothing is checked."""
    ((kind, content),) = data.items()
    if kind == "none":
        return None
    if kind in ("bool", "text"):
        return content
    if kind == "ref":
        return Ref(content)
    if kind == "failure":
        return Failure(*content)
    if kind == "dict":
        return {key: decode(entry) for key, entry in content}
    if kind == "array":
        import numpy as np

        dtype, shape, raw = content
        array = np.frombuffer(base64.b64decode(raw), np.dtype(dtype).newbyteorder("<"))
        array = array.astype(np.dtype(dtype)).reshape(shape)
        return array if shape else array.item()
    entries = [decode(entry) for entry in content]
    return tuple(entries) if kind == "tuple" else entries


def encode_steps(steps: Any) -> list[list[Any]]:
    """Steps as plain JSON."""
    return [_encode_step(step) for step in steps]


def _encode_step(step: Step) -> list[Any]:
    if isinstance(step, Call):
        keywords = encode(dict(step.keywords))
        return ["call", step.path, encode(step.arguments), step.into, step.keeps, keywords]
    if isinstance(step, Set):
        return ["set", step.path, encode(step.value)]
    return ["get", step.path, step.label]


def decode_steps(data: list[list[Any]]) -> list[Step]:
    """The steps of `encode_steps`."""
    steps: list[Step] = []
    for kind, path, *rest in data:
        if kind == "call":
            arguments, into, keeps, keywords = rest
            steps.append(Call(path, tuple(decode(arguments)), into, keeps, decode(keywords)))
        elif kind == "set":
            steps.append(Set(path, decode(rest[0])))
        else:
            steps.append(Get(path, rest[0]))
    return steps
