"""How values, counts and nodes are called in an error."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np


def in_normal_form(name: Any) -> Any:
    """A name as Python itself reads it in code: the µ of some keyboards is the Greek μ (NFKC)."""
    return unicodedata.normalize("NFKC", name) if isinstance(name, str) else name


def shown(value: Any) -> str:
    """A value as an error message shows it: short, and of an array only its shape."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}"
    if isinstance(value, int) and value.bit_length() > 100:
        return f"a whole number of {value.bit_length()} bits"
    text = repr(value)
    return text if len(text) <= 40 and "\n" not in text else f"a {type(value).__name__}"


def short(value: float, decimals: int = 4) -> str:
    """A loss with four decimals and no −0, or with a power of ten where that would be long."""
    return f"{value:z.{decimals}f}" if abs(value) < 1e6 else f"{value:.3e}"


def percent(share: float, decimals: int = 2) -> str:
    """A share in per cent. 100 and 0 are said of all and of none alone, whatever the rounding."""
    number, least = 100 * share, 10.0**-decimals
    if 0 < share < 1:
        number = min(max(number, least), 100 - least)
    return f"{number:.{decimals}f} %"


def counted(number: int, noun: str) -> str:
    """Such as "1 epoch", "2,800 updates"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def name_to_type(node: Any, otherwise: str) -> str:
    """The name of a node, or `otherwise` where that is an expression such as relu(z1)."""
    return node.name if node.name.isidentifier() else otherwise


def array_of(node: Any) -> str:
    """Where the array of a node is, in words that can be typed."""
    if node.name.isidentifier():
        return f"{node.name} is a node of the graph. Its array is {node.name}.value."
    return (
        f"{node.name} is a node of the graph. Its array is its .value: keep the node in a "
        "variable, such as h = …, and write h.value."
    )
