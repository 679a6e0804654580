"""What a run, an evaluation or a prediction is asked as if it were an array: an error says which
attribute to take.

NumPy, given the whole, would make an array with one object in it, of which the smallest entry
always stands at 0; and of named numbers, such as loss, accuracy and examples, one mean. Besides,
attributes that are called otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import numpy as np

Kind = TypeVar("Kind", bound=type)

OF_NUMPY = ("__array__", "__array_ufunc__", "__array_function__")
OF_TUPLES = ("__add__", "__mul__", "__rmul__", "__lt__", "__le__", "__gt__", "__ge__")


def no_array(advice: str) -> Callable[[Kind], Kind]:
    """A decorator of classes. Where one of their objects stands in the place of an array or a
    number, TypeError says what to take: `advice`, such as "An evaluation has .loss and .accuracy."
    """

    def refuse(thing: Any, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(f"An array or a number is needed here. {advice}")

    def decorate(kind: Kind) -> Kind:
        for method in (*OF_NUMPY, *(OF_TUPLES if issubclass(kind, tuple) else ())):
            setattr(kind, method, refuse)
        for method in ("__eq__", "__ne__"):
            setattr(kind, method, _with_numbers_refused(getattr(kind, method), refuse))
        return kind

    return decorate


def _with_numbers_refused(compare: Any, refuse: Any) -> Any:
    """As before; but such an object and a number, or True, would just be unequal."""

    def compared(thing: Any, other: Any) -> Any:
        return (
            refuse(thing) if isinstance(other, (float, int, np.generic)) else compare(thing, other)
        )

    return compared


def not_called(**names: tuple[str, ...]) -> Callable[[Kind], Kind]:
    """A decorator of classes. Assigning to an attribute that is called otherwise would have no
    effect, as `x.values = X` for `x.value = X`: AttributeError says how it is called.

    Args:
        names: by the right name of an attribute, the names that it is not called.
    """

    def decorate(kind: Kind) -> Kind:
        for right, wrong in names.items():
            for name in wrong:
                setattr(kind, name, _Otherwise(name, right))
        return kind

    return decorate


class _Otherwise:
    """In the place of an attribute that is called otherwise. No `__setattr__`, which would cost
    time whatever is assigned."""

    def __init__(self, name: str, right: str) -> None:
        self.name, self.right = name, right

    def __get__(self, thing: Any, owner: type) -> Any:
        if thing is None:
            return self
        self.__set__(thing)

    def __set__(self, thing: Any, *_: Any) -> NoReturn:
        raise AttributeError(
            f"{thing.name} has no .{self.name}; it is called {thing.name}.{self.right}.",
            name=self.name,
            obj=thing,
        )
