"""What is done with the names of a notebook to see whether they work: a list of plain steps.

A step calls a function, sets an attribute or looks at one. Steps are data, so the check in a
notebook and the grading of homework do exactly the same, with other numbers.

    play([Call("square", (3.0,), into="result"), Get("result")], {"square": lambda v: v * v})

gives {"result": 9.0}. For the grader, `perform` only says what it found, and `settle` judges it
where the student's code cannot reach. This file needs nothing of the course but NumPy.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from enum import StrEnum
from traceback import walk_tb
from types import CodeType, TracebackType
from typing import Any, TypeGuard

__all__ = [
    *("Call", "Failure", "FailureKind", "Get", "Ref", "Set", "Step", "Stop"),
    *("looks", "perform", "play", "settle"),
]


@dataclass(frozen=True)
class Ref:
    """Something made by an earlier step, or a name of the notebook, as an argument.

    `path` has attributes, keys and positions behind dots: "model.W1", "result.0", "result.z1".
    """

    path: str


@dataclass(frozen=True)
class Call:
    """Call the function, class or method at `path`; the result is called `into` from then on.

    "nodes.*.forward" is the method `forward` of each entry of `nodes`, one after the other.

    With `keeps`, changing one of the arrays among the arguments in place is a failure; behind a
    star nobody looks.
    """

    path: str
    arguments: tuple[Any, ...] = ()
    into: str | None = None
    keeps: bool = True
    keywords: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Set:
    """Set the attribute at `path`, such as "z1.grad" or "nodes.*.grad", to a value."""

    path: str
    value: Any


@dataclass(frozen=True)
class Get:
    """Look at `path`; what is there is reported under `label`, or else under the path itself."""

    path: str
    label: str | None = None

    @property
    def name(self) -> str:
        return self.label or self.path


Step = Call | Set | Get


class FailureKind(StrEnum):
    """In what way there is nothing under a label; the last three are found by the grader."""

    MISSING = "missing"  # no such name
    OPEN = "open"  # not attempted
    NOTHING = "nothing"  # it was called, and returned nothing
    UNFINISHED = "unfinished"  # it uses something that is not written
    ATTRIBUTE = "attribute"  # no such attribute
    CHANGED = "changed"  # an argument was changed in place
    ERROR = "error"
    TYPE = "type"  # no number and no array of numbers
    NAN = "nan"
    STOPPED = "stopped"


class Stop(StrEnum):
    """What a play was stopped for."""

    CPU = "cpu"
    WALL = "wall"
    MEMORY = "memory"
    PROCESSES = "processes"
    OUTPUT = "output"
    ENDED = "ended"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Failure:
    """Why there is nothing under a label.

    Args:
        about: the name, the path of what is not written, the type of the error, or the `Stop`.
        text: the text of the error.
    """

    kind: FailureKind
    about: str
    text: str = ""


class _Stop(Exception):
    """Nothing more is done; `inside` is where the student's code stopped, if it did."""

    def __init__(self, failure: Failure, inside: TracebackType | None = None) -> None:
        self.failure, self.inside = failure, inside


def play(steps: Sequence[Step], names: Mapping[str, Any]) -> dict[str, Any]:
    """Do the steps one after the other.

    Args:
        names: the names of the notebook.

    Returns:
        What each `Get` found, under its label: an object, or a `Failure`. After a `Call` or `Set`
        that failed nothing more is done; the labels that are left get its failure, but for what
        the call had computed when it stopped.
    """
    found, after = perform(steps, names)
    return settle(steps, found, after, _unchanged)


_FIXED = (str, int, float, Ref)  # of a `Ref` nothing is asked
After = dict[int, list[Any]]  # for the place of a call among the steps, its arguments afterwards


def perform(steps: Sequence[Step], names: Mapping[str, Any]) -> tuple[dict[str, Any], After]:
    """What `play` finds, before anybody looks whether arguments were changed; and the arrays among
    the arguments of each call that must leave them, as they are after it."""
    made: dict[str, Any] = {}
    found: dict[str, Any] = {}
    after: After = {}
    for i, step in enumerate(steps):
        passed: list[Any] = []
        try:
            _do(step, made, names, found, passed)
        except _Stop as stop:
            if isinstance(step, Get):
                found[step.name] = stop.failure
                continue
            behind = [get for get in steps[i:] if isinstance(get, Get)]
            computed = {get.name: _computed(get, step, stop) for get in behind}
            found |= {
                name: stop.failure if value is None else value for name, value in computed.items()
            }
            has_returned = stop.failure.kind == FailureKind.NOTHING
            if not has_returned and all(value is None for value in computed.values()):
                passed = []  # nothing came of it, and why is told
            break
        finally:
            if passed and _is_kept(step):
                after[i] = [_arrays(argument) for argument in passed]
    return found, after


def settle(
    steps: Sequence[Step],
    found: Mapping[str, Any],
    after: Mapping[int, Sequence[Any]],
    unchanged: Callable[[Any, Any], bool],
) -> dict[str, Any]:
    """What was found, with a failure in place of all behind a call that has changed an argument.

    Args:
        found, after: of `perform`, or what somebody says that it was.
        unchanged: whether an argument, given first, is the same afterwards.
    """
    settled = dict(found)
    for i, step in enumerate(steps):
        if not _is_kept(step):
            continue
        given, arguments = _given(step), after.get(i)
        behind = [get.name for get in steps[i:] if isinstance(get, Get)]
        if arguments is None or len(arguments) != len(given):  # nothing came of it, or so it says
            changed = {name: "0" for name in behind if not isinstance(settled[name], Failure)}
        else:
            pairs = enumerate(zip(given, arguments, strict=True))
            which = next((str(j) for j, pair in pairs if not unchanged(*pair)), None)
            changed = {} if which is None else dict.fromkeys(behind, which)
        settled |= {name: Failure(FailureKind.CHANGED, j) for name, j in changed.items()}
        if changed:
            break
    return settled


def _is_kept(step: Step) -> TypeGuard[Call]:
    """Whether a call has to leave arguments as they are, and has some that can be changed."""
    return (
        isinstance(step, Call)
        and step.keeps
        and ".*." not in step.path
        and not all(value is None or isinstance(value, _FIXED) for value in _given(step))
    )


def _given(step: Call) -> list[Any]:
    return [*step.arguments, *step.keywords.values()]


def _computed(get: Get, step: Step, stop: _Stop) -> Any:
    """The array that a function would have returned as this entry of its result, if it had come to
    the end: a variable of this name, or what stands for it where the result is written."""
    into, _, entry = get.path.partition(".")
    if not isinstance(step, Call) or step.into != into or not entry or stop.inside is None:
        return None
    frame, line = stop.inside.tb_frame, stop.inside.tb_lineno
    value = frame.f_locals.get(entry)
    if value is None:
        try:
            module = ast.parse("".join(linecache.getlines(frame.f_code.co_filename)))
            (code,) = (
                value
                for function in ast.walk(module)
                if isinstance(function, ast.FunctionDef)
                and function.name == frame.f_code.co_name
                and function.lineno <= line <= (function.end_lineno or 0)
                for node in ast.walk(function)
                if isinstance(node, ast.Dict)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and key.value == entry
            )
            compiled = compile(ast.Expression(code), "<entry>", "eval")
            value = eval(compiled, frame.f_globals, dict(frame.f_locals))
        except Exception:
            return None
    import numpy as np  # here: the sandbox of homework also starts without it

    numbers = type(value) is np.ndarray and value.dtype.kind in "fiu" and value.any()
    return value if numbers else None  # zeros are what an array has before it is filled


def _do(
    step: Step,
    made: dict[str, Any],
    names: Mapping[str, Any],
    found: dict[str, Any],
    passed: list[Any],
) -> None:
    """Do a step; `passed` gets the arguments of a call that has ended."""
    several, each, rest = step.path.partition(".*.")
    if each:
        entries = _at(several, made, names)
        with _student_code():
            entries = list(entries)
        for entry in entries:
            _do(replace(step, path=f"*.{rest}"), made | {"*": entry}, names, found, passed)
    elif isinstance(step, Get):
        found[step.name] = _at(step.path, made, names)
    elif isinstance(step, Set):
        owner, _, attribute = step.path.rpartition(".")
        target = _at(owner, made, names)
        with _student_code():
            setattr(target, attribute, _argument(step.value, made, names))
    else:
        function = _at(step.path, made, names)
        if function is None or function is ...:
            raise _Stop(Failure(FailureKind.OPEN, step.path))
        if not callable(function):
            raise _Stop(
                Failure(FailureKind.ATTRIBUTE, step.path, "it is not a function or a class")
            )
        arguments = [_argument(value, made, names) for value in step.arguments]
        keywords = {key: _argument(value, made, names) for key, value in step.keywords.items()}
        try:
            with _student_code(step.path):
                result = function(*arguments, **keywords)
        except _Stop as stop:
            if step.path == "numpy.array" and stop.failure.kind == FailureKind.ERROR:
                raise _Stop(Failure(FailureKind.TYPE, _no_array(arguments[0]))) from None
            raise
        finally:
            passed += [*arguments, *keywords.values()]
        if step.into is not None:
            if result is None or result is ...:
                raise _Stop(Failure(FailureKind.NOTHING, step.path))
            made[step.into] = result


def _no_array(entries: Any) -> str:
    """Which of the things that were to be one array is none of numbers: it was the student's."""
    import numpy as np  # here: the sandbox of homework also starts without it

    for entry in entries:
        try:
            with _student_code():
                np.asarray(entry, dtype=float)
        except _Stop:
            name = type(entry).__name__
            inside = " with other things in it" if isinstance(entry, (list, tuple)) else ""
            return f"{'an' if name[0] in 'aeiou' else 'a'} {name}{inside}"
    return "arrays of different shapes"


def _at(path: str, made: Mapping[str, Any], names: Mapping[str, Any]) -> Any:
    first, *parts = path.split(".")
    if first in made:
        value = made[first]
    elif first in names:
        value = names[first]
    else:
        raise _Stop(Failure(FailureKind.MISSING, first))
    for part in parts:
        try:
            with _student_code():
                if isinstance(value, dict):
                    value = value[part]
                elif part.isdigit() and isinstance(value, (tuple, list)):
                    value = value[int(part)]
                else:
                    value = getattr(value, part)
        except _Stop as stop:
            if stop.failure.about in ("KeyError", "IndexError", "AttributeError"):
                came = f"there is no {part!r}: what came is a {type(value).__name__}"
                if isinstance(value, dict):
                    came = f"the dictionary has no key {part!r}"
                raise _Stop(Failure(FailureKind.ATTRIBUTE, path, came)) from None
            raise
    return value


def _argument(value: Any, made: Mapping[str, Any], names: Mapping[str, Any]) -> Any:
    """A copy, so that nobody's array is changed; what a `Ref` leads to is passed as it is."""
    if isinstance(value, Ref):
        return _at(value.path, made, names)
    if isinstance(value, (list, tuple)):
        return type(value)(_argument(entry, made, names) for entry in value)
    if isinstance(value, dict):
        return {key: _argument(entry, made, names) for key, entry in value.items()}
    return deepcopy(value)


def _arrays(argument: Any) -> Any:
    """Copies of the arrays in an argument, and None for whatever else is in it."""
    import numpy as np  # here: the sandbox of homework also starts without it

    if isinstance(argument, np.ndarray):
        return np.array(argument)
    if isinstance(argument, (list, tuple)):
        return [_arrays(entry) for entry in argument]
    if isinstance(argument, dict):
        return {key: _arrays(entry) for key, entry in argument.items()}
    return None


def _unchanged(value: Any, copy: Any) -> bool:
    """Whether an argument that was given has its arrays as before; of others nothing is asked."""
    import numpy as np  # here: the sandbox of homework also starts without it

    if isinstance(value, np.ndarray):
        return isinstance(copy, np.ndarray) and np.array_equal(value, copy)
    if isinstance(value, (list, tuple)):
        return (
            isinstance(copy, list)
            and len(value) == len(copy)
            and all(_unchanged(a, b) for a, b in zip(value, copy, strict=True))
        )
    if isinstance(value, dict):
        return (
            isinstance(copy, dict)
            and value.keys() == copy.keys()
            and all(_unchanged(value[k], copy[k]) for k in value)
        )
    return True


class _student_code:
    """Turns whatever the student's code raises into a failure; the ■ button still works.

    Args:
        path: of what is called, for what is not written.
    """

    def __init__(self, path: str = "") -> None:
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if error is None or isinstance(error, (KeyboardInterrupt, _Stop)):
            return
        inside = traceback.tb_next
        frames = [(frame.f_code, line) for frame, line in walk_tb(inside)]
        if isinstance(error, NotImplementedError):
            if len(frames) > 1:
                raise _Stop(Failure(FailureKind.UNFINISHED, frames[-1][0].co_qualname)) from None
            raise _Stop(Failure(FailureKind.OPEN, self.path)) from None
        try:
            text = str(error)
        except BaseException:  # the student's own class, with a __str__ that fails
            text = ""
        raise _Stop(
            Failure(FailureKind.ERROR, type(error).__name__, text + _place(frames)), inside
        ) from None


def _place(frames: Sequence[tuple[CodeType, int]]) -> str:
    """Where the student's code stopped: the last line that stands in a cell."""
    for code, line in reversed(frames):
        if code.co_filename.startswith("<cell") or "ipykernel" in code.co_filename:
            return f" (line {line} of the cell with {code.co_qualname})"
    return ""


def looks(steps: Sequence[Step]) -> Iterator[str]:
    """The labels of the steps, in order."""
    return (step.name for step in steps if isinstance(step, Get))
