"""What an operation can remember: all that its `forward` and `backward` reach and could change.

A recording holds for every batch only if a run of the two methods leaves nothing behind but values
of that batch, which are kept on `self`. So the state is looked at before and after a run: own
attributes, its class, the global names and the variables of enclosing functions that its code uses,
what is in them, and generators of random numbers.

What it does not see: names that are put together (`getattr`, `globals()`), other processes, files.
"""

from __future__ import annotations

import dis
import functools
import pickle
import random
import sys
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from course_nn.derivation.recorded import Recorded
from course_nn.graph import Graph, Node

# Of a node: what Forward and Backward set, and what tells it from others.
OF_EVERY_NODE = {"operands", "label", "_name", "_width", "_graph", "value", "_value", "grad"}
OF_EVERY_NODE |= {"add_grad"}  # while it is recorded
NOT_OF_CLASSES = {"__init__", "check_operands"}  # methods that run before there are values
NOT_OF_CLASSES |= {"__dict__", "__weakref__", "__annotations__", "_abc_impl"}  # Python's own
NOT_OF_CLASSES |= {"__annotate_func__", "__annotations_cache__"}  # and from 3.14 on
DESCRIPTORS = (
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
)
SIMPLE = (type(None), bool, int, float, complex, str, bytes, np.generic)
CLOCKS = ("time", "datetime")
GENERATORS = (np.random.Generator, np.random.RandomState, np.random.BitGenerator, random.Random)
FEW = 1000  # numbers of an array that is looked at; what is larger can only not be written


class Place(NamedTuple):
    """Something that can be changed, and how it was.

    Args:
        name: as an error calls it. own: whether values of a batch may be kept there.
        read: what it holds, by key. put: puts this back.
    """

    name: str
    own: bool
    read: Callable[[], dict[Any, Any]]
    put: Callable[[dict[Any, Any]], None]
    was: dict[Any, Any]


class State:
    """What the methods of a node reach, as it is now.

    Attributes:
        refusal: why the node cannot be recorded at all, or "".
        all_seen: False if there is an array that is too large to be looked at.
    """

    def __init__(self, node: Any) -> None:
        self.places: list[Place] = []
        self.generators: list[Place] = []
        self.arrays: list[np.ndarray] = []
        self.refusal, self.all_seen = "", True
        self.seen: dict[int, Any] = {}  # and holds them, so that no number is used again
        self._names(node, "self", True, OF_EVERY_NODE)
        self._look(np.random.random, "np.random")  # the generators that everybody uses
        self._look(random.random, "random")
        for each in type(node).__mro__:
            self._look(each, each.__name__)
        for method in (node.forward, node.backward):
            self._look(method, "method")

    def changed(self, strict: bool = True) -> str:
        """What is otherwise than when this was made, as a sentence, or "", but for generators. If
        not strict, own attributes may be.
        """
        return self._changed(self.places, strict)

    def drawn(self) -> str:
        """Which generator has given random numbers since, as a sentence, or ""."""
        return self._changed(self.generators, strict=True)

    def _changed(self, places: Iterable[Place], strict: bool) -> str:
        for place in places:
            now = place.read()
            for key in {**place.was, **now}:
                before, after = (values.get(key, MISSING) for values in (place.was, now))
                if place.own:
                    fine = not strict or before is MISSING or _same(before, after, batch=True)
                else:
                    fine = _same(before, after)
                if not fine:
                    what = place.name.replace("{}", str(key)).replace("{!r}", repr(key))
                    return f"{what} is changed by it{_shown(before, after)}"
        return ""

    def is_as_it_was(self, batch: Iterable[str]) -> bool:
        """Whether all still is as when this was made, but for generators, and for these own
        attributes, which hold values of a batch.
        """
        for place in self.places:
            now = place.read()
            keys = {*place.was, *now}
            if place is self.places[0]:
                keys -= {*batch}
            if not all(_same(place.was.get(k, MISSING), now.get(k, MISSING)) for k in keys):
                return False
        return self.all_seen

    def put_back(self) -> None:
        """Make all as it was."""
        for place in self.generators + self.places:
            now = place.read()
            if now.keys() != place.was.keys() or any(
                now[key] is not value for key, value in place.was.items()
            ):
                place.put(place.was)

    # ------------------------------------------------------------------ finding it

    def _place(self, name: str, own: bool, read: Any, put: Any) -> None:
        was = read()
        self.places.append(Place(name, own, read, put, was))
        for key, value in was.items():
            self._look(value, name.replace("{!r}", repr(key)).replace("{}", str(key)), own)

    def _names(self, owner: Any, of: str, own: bool, but: Iterable[str] = ()) -> None:
        """The attributes of an object; its dictionary may be another one later."""

        slots = _slots(type(owner))

        def read() -> dict[str, Any]:
            found = {key: value for key, value in vars(owner).items() if key not in but}
            return found | {key: getattr(owner, key) for key in slots if hasattr(owner, key)}

        def put(was: dict[str, Any]) -> None:
            for key in read().keys() - was.keys():
                delattr(owner, key) if key in slots else vars(owner).pop(key)
            for key, value in was.items():
                if key in slots:
                    setattr(owner, key, value)
                else:
                    vars(owner)[key] = value

        self._place(f"{of}.{{}}", own, read, put)

    def _look(self, value: Any, name: str, own: bool = False) -> None:
        # What NumPy keeps on np.exp is what `help` and JupyterLab's Shift-Tab have asked it for.
        nothing_inside = (*SIMPLE, *DESCRIPTORS, np.ufunc, Recorded, Node, Graph)
        if isinstance(value, nothing_inside) or id(value) in self.seen:
            return
        self.seen[id(value)] = value
        match value:
            case types.ModuleType():
                if value.__name__ in CLOCKS:
                    self._refuse(f"it uses the time ({name})")
                elif not _of_a_library(value.__name__):
                    self._names(value, name, False)
            case type():
                if value.__module__ in CLOCKS:
                    self._refuse(f"it uses the time ({name})")
                elif not _of_a_library(value.__module__) or _without_a_module(value):
                    self._class(value)
            case types.FunctionType():
                if not _of_a_library(value.__globals__.get("__name__", "")):
                    self._function(value)
            case types.MethodType():
                self._look(value.__func__, name, own)
                self._look(value.__self__, name, own)
            case types.BuiltinMethodType():
                if value.__module__ in CLOCKS:
                    self._refuse(f"it uses the time ({name})")
                elif not isinstance(value.__self__, types.ModuleType):
                    self._look(value.__self__, name, own)
            case staticmethod() | classmethod():
                self._look(value.__func__, name, own)
            case property():
                for each in (value.fget, value.fset):
                    self._look(each, name, own)
            case functools.partial():
                self._look((value.func, value.args, value.keywords), name, own)
            case tuple() | frozenset():
                for each in value:
                    self._look(each, name, own)
            case list() | deque():
                self._items(value, f"{name}[{{!r}}]", own, lambda: dict(enumerate(value)))
            case set():
                self._items(value, name, own, lambda: dict.fromkeys(value))
            case dict():
                self._items(value, f"{name}[{{!r}}]", own, lambda: dict(value))
            case np.ndarray():
                self.arrays.append(value)
                self.all_seen &= value.size <= FEW
                if value.size <= FEW and value.dtype != object:
                    copy = value.copy()
                    self._place(
                        name, own, lambda: {"": value.tobytes()}, lambda _: _write(value, copy)
                    )
            case _ if isinstance(value, GENERATORS):
                self._generator(value, name)
            case _ if hasattr(type(value), "__next__"):
                self._refuse(f"{name} is an iterator, from which each run takes something")
            case _ if hasattr(value, "cache_info"):  # lru_cache
                self._place(
                    f"what {name} remembers",
                    False,
                    lambda: {"": value.cache_info().currsize},
                    lambda _: value.cache_clear(),
                )
                self._look(value.__wrapped__, name, False)
            case _ if hasattr(value, "__dict__"):
                self._names(value, name, own)
                self._look(type(value), type(value).__name__, False)
            case _:
                self._look(type(value), type(value).__name__, False)
                self._opaque(value, name)

    def _items(self, of: Any, name: str, own: bool, read: Callable[[], dict[Any, Any]]) -> None:
        """What is in a list, a set or a dictionary."""

        def put(was: dict[Any, Any]) -> None:
            of.clear()
            if isinstance(of, (list, deque)):
                of.extend(was.values())
            else:
                of.update(was)

        self._place(name, own, read, put)

    def _class(self, value: type) -> None:
        def read() -> dict[str, Any]:
            return {k: v for k, v in vars(value).items() if k not in NOT_OF_CLASSES}

        def put(was: dict[str, Any]) -> None:
            for key in read().keys() - was.keys():
                type.__delattr__(value, key)
            for key, each in was.items():
                if vars(value).get(key, MISSING) is not each:
                    type.__setattr__(value, key, each)

        self._place(f"{value.__name__}.{{}}", False, read, put)

    def _function(self, value: Any) -> None:
        names = _names_in(value.__code__)
        for name in names.imported:
            self._look(sys.modules.get(name), name, False)
        known = value.__globals__

        def read() -> dict[str, Any]:
            return {name: known[name] for name in names.used if name in known}

        def put(was: dict[str, Any]) -> None:
            for name in read().keys() - was.keys():
                del known[name]
            known.update(was)

        self._place("the global name {}", False, read, put)
        self._names(value, value.__name__, False)
        for name, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=True):
            if id(cell) not in self.seen:
                self.seen[id(cell)] = cell
                self._cell(cell, name)
        self._look(value.__defaults__, f"a default of {value.__name__}", False)
        self._look(value.__kwdefaults__, f"a default of {value.__name__}", False)

    def _cell(self, cell: Any, name: str) -> None:
        def read() -> dict[str, Any]:
            try:
                return {name: cell.cell_contents}
            except ValueError:  # nothing yet
                return {}

        def put(was: dict[str, Any]) -> None:
            if name in was:
                cell.cell_contents = was[name]
            else:
                del cell.cell_contents

        self._place("{}, of the function around it,", False, read, put)

    def _generator(self, value: Any, name: str) -> None:
        get: Any
        put: Any
        if isinstance(value, random.Random):
            get, put = value.getstate, value.setstate
        elif isinstance(value, np.random.RandomState):
            get, put = functools.partial(value.get_state, legacy=False), value.set_state
        else:
            bits = value if isinstance(value, np.random.BitGenerator) else value.bit_generator
            get, put = lambda: bits.state, functools.partial(setattr, bits, "state")
        self.seen[id(value)] = value
        state = get()
        self.generators.append(
            Place(
                f"{name}, a generator of random numbers,",
                False,
                lambda: {"": pickle.dumps(get())},
                lambda _: put(state),
                {"": pickle.dumps(state)},
            )
        )

    def _opaque(self, value: Any, name: str) -> None:
        def read() -> dict[str, Any]:
            slots = _slots(type(value))
            if slots:
                return {slot: getattr(value, slot) for slot in slots if hasattr(value, slot)}
            return {"": pickle.dumps(value)}

        def put(was: dict[str, Any]) -> None:
            for slot, each in was.items():
                if slot:
                    setattr(value, slot, each)

        try:
            self._place(f"{name}.{{}}", False, read, put)
        except Exception:
            self._refuse(f"{name}, a {type(value).__name__}, cannot be kept as it is")

    def _refuse(self, reason: str) -> None:
        self.refusal = self.refusal or reason


@contextmanager
def kept(nodes: Iterable[Any]) -> Iterator[dict[Any, State]]:
    """The states of these nodes; after the block all is as it was. In it, arrays are read-only."""
    states = {node: State(node) for node in nodes}
    arrays = {id(a): a for state in states.values() for a in state.arrays if a.flags.writeable}

    def put_back() -> None:
        for array in sorted(arrays.values(), key=lambda array: array.base is not None):
            array.flags.writeable = True
        for state in states.values():
            state.put_back()

    try:  # twice: should ■ end one of them before all is put back, the other puts it back
        try:
            for array in arrays.values():
                array.flags.writeable = False
            yield states
        finally:
            put_back()
    finally:
        put_back()


MISSING: Any = type("nothing", (), {"__repr__": lambda self: "nothing"})()


class _Names(NamedTuple):
    used: list[str]
    imported: list[str]


@functools.cache
def _names_in(code: types.CodeType) -> _Names:
    """The global names of a piece of code, and the modules that it imports."""
    used, imported = dict[str, None](), dict[str, None]()
    for each in dis.get_instructions(code):
        if each.opname in ("LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_NAME"):
            used[each.argval] = None
        elif each.opname == "IMPORT_NAME":
            imported[each.argval] = None
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            names = _names_in(inner)
            used |= dict.fromkeys(names.used)
            imported |= dict.fromkeys(names.imported)
    return _Names([*used], [*imported])


@functools.cache
def _of_a_library(module: str) -> bool:
    """Whether a module is Python's, the course's, or was installed."""
    root = module.partition(".")[0]
    if root == "__main__":  # a notebook; its file may be that of Jupyter
        return False
    file = getattr(sys.modules.get(root), "__file__", None) or ""
    return (
        root in (*sys.stdlib_module_names, "numpy", "course_nn")
        or "-packages" in file
        or root.startswith("_cython")
    )


def _without_a_module(of: type) -> bool:
    """Whether a class seems to be Python's only because its code has no module (exec)."""
    heap_type = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement
    return of.__module__ == "builtins" and bool(of.__flags__ & heap_type)


def _slots(of: type) -> list[str]:
    """The attributes that a class keeps in __slots__."""
    found: list[str] = []
    for each in of.__mro__:
        slots = vars(each).get("__slots__", ())
        found += [slots] if isinstance(slots, str) else slots
    return [name for name in found if name not in ("__dict__", "__weakref__")]


def _write(array: np.ndarray, values: np.ndarray) -> None:
    if array.flags.writeable:
        array[...] = values


def _same(a: Any, b: Any, batch: bool = False) -> bool:
    """Whether two values are one object, or equal and of one kind; `batch`: but for values of a
    batch, wherever there is a recorded one.
    """
    if a is b or (batch and (isinstance(a, Recorded) or isinstance(b, Recorded))):
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, SIMPLE):
        return bool(a == b or (a != a and b != b))
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(_same(x, y, batch) for x, y in zip(a, b, strict=True))
    if isinstance(a, types.FunctionType):
        cells = [[cell.cell_contents for cell in each.__closure__ or ()] for each in (a, b)]
        return a.__code__ is b.__code__ and _same(cells[0], cells[1], batch)
    if not isinstance(a, dict):
        if isinstance(a, type) or not hasattr(a, "__dict__"):
            return False
        a, b = vars(a), vars(b)
    keys = a.keys() & b.keys() if batch else a.keys() | b.keys()
    return all(_same(a.get(key, MISSING), b.get(key, MISSING), batch) for key in keys)


def _shown(before: Any, after: Any) -> str:
    """From what to what, if this can be read."""
    shown = isinstance(before, SIMPLE) and isinstance(after, SIMPLE)
    return f", from {before!r:.20} to {after!r:.20}" if shown and type(before) is not bytes else ""
