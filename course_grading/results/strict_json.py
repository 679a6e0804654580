"""From JSON to dataclasses: what is unknown, missing, of another type or not finite is refused."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

if TYPE_CHECKING:
    from cattrs import Converter

Kind = TypeVar("Kind")
NOT_IN_0_1_0 = {"in 0.1.0": False}  # metadata of a field that may be missing in what is read


def structured(data: Any, kind: type[Kind]) -> Kind:
    """The dataclass that `dataclasses.asdict` and JSON made `data` of.

    Raises ValueError that names each place that is not as it must be.
    """
    from cattrs import BaseValidationError, transform_error  # takes 0.1 s, and a new run reads none

    try:
        return _converter().structure(data, kind)
    except BaseValidationError as error:
        raise ValueError("; ".join(transform_error(error))) from None


@cache
def _converter() -> Converter:
    """cattrs, which by itself makes text of numbers, numbers of text, and overlooks a lack."""
    from cattrs import Converter

    converter = Converter()
    for kind in (str, bool, int):
        converter.register_structure_hook(kind, _of_its_type)
    converter.register_structure_hook(float, _finite)
    converter.register_structure_hook_factory(dataclasses.is_dataclass, _complete)
    converter.register_structure_hook_factory(lambda kind: get_origin(kind) is tuple, _tuple)
    return converter


def _of_its_type(value: Any, kind: type) -> Any:
    if kind is str and type(value) is str:
        return sys.intern(value)  # of thousands of records most texts are the same: kept once
    if issubclass(kind, Enum):  # a StrEnum is a str, too
        return kind(value)
    if type(value) is not kind:  # True is an int, too
        raise ValueError(f"a {kind.__name__} is wanted")
    return value


def _finite(value: Any, kind: type) -> Any:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError("a finite number is wanted")
    return value  # also 100 as it is, so that a record that is written again does not change


def _complete(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    from cattrs.gen import make_dict_structure_fn

    fields = dataclasses.fields(kind)
    needed = {field.name for field in fields if field.metadata != NOT_IN_0_1_0}
    read = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True)

    def checked(data: Any, kind: Any) -> Any:
        if not isinstance(data, dict):
            raise ValueError("an object is wanted")
        if missing := needed - data.keys():
            raise ValueError(f"{', '.join(sorted(missing))} missing")
        return read(data, kind)

    return checked


def _tuple(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    (inner, _) = get_args(kind)  # tuple[inner, ...]
    read = converter.get_structure_hook(inner)

    def checked(values: Any, kind: Any) -> Any:
        if not isinstance(values, list | tuple):
            raise ValueError("a list is wanted")
        return tuple(read(value, inner) for value in values)

    return checked
