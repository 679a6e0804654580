"""What a node refuses to be: an array; and what of it cannot be changed.

NumPy, given the node itself, would make an array with one object in it, of which the largest
entry always stands at 0.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any, NoReturn

import numpy as np

from course_nn.checks.words import array_of


def fixed(name: str, shown_as: Any = None) -> Any:
    """An attribute that can be read, such as a list as a tuple. Who may change it sets `_name`."""
    read = attrgetter(f"_{name}")

    def refuse(thing: Any, _: Any) -> NoReturn:
        raise AttributeError(
            f".{name} of a {type(thing).__name__} can be read, but not be changed: other things "
            "depend on it. Make a new one instead.",
            name=name,
            obj=thing,
        )

    return property(read if shown_as is None else lambda thing: shown_as(read(thing)), refuse)


def _no_array(what: str) -> Any:
    def refuse(node: Any, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(f"{what} works with arrays, and {array_of(node)}")

    return refuse


def _no_arithmetic(symbol: str) -> Any:
    def refuse(node: Any, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(
            f"{symbol} works with arrays, and {array_of(node)} Between nodes there are h @ W, "
            "a + b and the operations of course_nn, such as nn.relu; a further one is a class of "
            "your own, nn.Operation."
        )

    return refuse


class NoArray:
    """What Python and NumPy would do with an array is refused, and the message says `.value`.

    The two that a graph has, `h @ W` and `a + b`, stand in `operations`. A node is true, equal to
    itself alone, and can be a key: that is what lists and dicts of nodes need.
    """

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(f"An array is needed here, and {array_of(self)}")

    def __array_ufunc__(self, function: Any, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(f"NumPy's {function.__name__} works with arrays, and {array_of(self)}")

    __array_function__ = __array_ufunc__

    def __format__(self, form: str) -> str:
        if form:
            raise TypeError(f"The format {form!r} is for numbers, and {array_of(self)}")
        return str(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (complex, float, int, list, np.generic, np.ndarray)):
            raise TypeError(f"A comparison such as == 0 works with arrays, and {array_of(self)}")
        return self is other

    __hash__ = object.__hash__

    def __iter__(self) -> NoReturn:
        raise TypeError(f"Going through the rows works with arrays, and {array_of(self)}")
        yield  # only when it is asked for a row: NumPy would have other words for it

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in OF_ARRAYS]

    def __bool__(self) -> bool:  # not by len
        return True


class _OfArrays:
    """In the place of an attribute that arrays have. What is assigned to a node comes before it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, node: Any, owner: type) -> Any:
        if node is None:
            return self
        error = f".{self.name} belongs to an array, and {array_of(node)}"
        raise AttributeError(error, name=self.name, obj=node)


# Not by `__getattr__`, with which Python looks up every attribute more slowly.
OF_ARRAYS = ("T", "argmax", "argmin", "astype", "dtype", "flatten", "item", "max", "mean", "min")


OF_ARRAYS += ("ndim", "ravel", "reshape", "round", "size", "sort", "std", "sum", "tolist", "var")


OF_ARRAYS += ("all", "any", "argsort", "clip", "copy", "cumsum", "dot", "prod", "squeeze", "take")


OF_ARRAYS += ("transpose", "view")


for _name in OF_ARRAYS:
    setattr(NoArray, _name, _OfArrays(_name))


for _method, _what in {
    **{"float": "float(…)", "int": "int(…)", "complex": "complex(…)", "len": "len(…)"},
    **{"round": "round(…)", "trunc": "trunc(…)", "abs": "abs(…)", "divmod": "divmod(…)"},
    "contains": "`in`",
    **{"getitem": "An index […]", "setitem": "An index […]", "index": "A place in a list"},
    **dict.fromkeys(("lt", "le", "gt", "ge"), "A comparison such as > 0"),
}.items():
    setattr(NoArray, f"__{_method}__", _no_array(_what))


for _method, _what in {
    **{"sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**"},
    **{"add": "+", "matmul": "@", "and": "&", "or": "|", "xor": "^"},
    **{"lshift": "<<", "rshift": ">>"},
}.items():
    setattr(NoArray, f"__{_method}__", _no_arithmetic(_what))
    setattr(NoArray, f"__r{_method}__", _no_arithmetic(_what))


for _method, _what in {"neg": "-", "pos": "+", "invert": "~"}.items():
    setattr(NoArray, f"__{_method}__", _no_arithmetic(_what))
