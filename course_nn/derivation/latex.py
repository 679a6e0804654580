"""The gradient of a parameter as an equation, with the δ that it needs. ⊙ is entry by entry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from course_nn.derivation.recorded import Expression
from course_nn.graph import Parameter

SIGNS = {"greater": ">", "greater_equal": r"\ge", "less": "<", "less_equal": r"\le"}
BIG = {"sum0": r"\textstyle\sum_b", "sum1": r"\textstyle\sum_k", "max1": r"\textstyle\max_k"}
# How strongly a formula binds. Σ, max and a matrix product reach as far as they can; what is below
# BASE needs brackets to get an exponent or an index. ANY: where no brackets are needed.
ANY, SUM, REACHING, PRODUCT, FACTOR, BASE = range(6)


class Equation:
    """LaTeX of aligned lines, rendered by JupyterLab; `print` shows the source."""

    def __init__(self, lines: str) -> None:
        self.source = f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"

    def __repr__(self) -> str:
        return self.source

    def _repr_latex_(self) -> str:
        return f"$$\n{self.source}\n$$"


def equation(derivation: Any, parameter: Parameter) -> Equation:
    """∂J/∂W of a parameter that the loss depends on."""

    def gradient(node: Any, level: int = ANY) -> str:
        parts: list[str] = []
        several = len(derivation.added[node]) > 1
        for user, step in derivation.added[node]:
            names = derivation.named(
                user,
                lambda of: _symbol(derivation.names[of]),
                lambda of: "1" if of is derivation.loss else _delta(derivation.names[of]),
                lambda function, operands: rf"\mathrm{{{function}}}({operands[0]})",
            )
            own_level = (SUM if parts else ANY) if several else level
            parts.append(_tex(step, names, own_level))
        return _bracketed(" + ".join(parts), several and level > SUM)

    def users(node: Any) -> set[Any]:
        return {user for user, _ in derivation.added[node]}

    symbol = _symbol(derivation.names[parameter])
    average = rf"\frac{{1}}{{B}} {gradient(parameter, REACHING)}"
    lines = [rf"\frac{{\partial J}}{{\partial {symbol}}} &= {average}"]
    wanted = users(parameter)
    for node, _ in reversed(derivation.backward):  # from the parameter towards the loss
        if node in wanted:
            wanted |= users(node)
            lines.append(rf"{_delta(derivation.names[node])} &= {gradient(node)}")
    return Equation(" \\\\\n".join(lines))


def _symbol(name: str) -> str:
    """z1 → z_{1}; a longer name stands upright."""
    match = re.fullmatch(r"([A-Za-z])(\d*)", name)
    if match:
        letter, number = match.groups()
        return f"{letter}_{{{number}}}" if number else letter
    return rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}"


def _delta(name: str) -> str:
    """z1 → δ_{1}, as in the lessons; other nodes keep their name in the index."""
    match = re.fullmatch(r"z(\d+)", name)
    return rf"\delta_{{{match.group(1) if match else _symbol(name)}}}"


def _bracketed(tex: str, needed: bool) -> str:
    return rf"\left( {tex} \right)" if needed else tex


def _tex(e: Expression, names: Mapping[Expression, str], level: int = ANY) -> str:
    """The expression, in brackets if it binds less strongly than `level`; so does any sign."""
    tex, own = _written(e, names)
    return _bracketed(tex, own < level or (level > ANY and tex.startswith("-")))


def _written(e: Expression, names: Mapping[Expression, str]) -> tuple[str, int]:
    """The expression, and how strongly it binds."""

    def inner(i: int, level: int = ANY) -> str:
        return _tex(e.inner[i], names, level)

    if e in names:
        return names[e], BASE
    match e.operation:
        case "constant":
            number, _, exponent = str(e.arguments[0]).partition("e")
            tex = rf"{number} \cdot 10^{{{int(exponent)}}}" if exponent else number
            return tex, PRODUCT if exponent else BASE
        case "transpose":
            return rf"{inner(0, BASE)}^{{\top}}", FACTOR
        case "column" | "flat" | "astype":  # the same numbers
            return _written(e.inner[0], names)
        case "sum0" | "sum1" | "max1" as name:
            return f"{BIG[name]} {inner(0, BASE)}", REACHING
        case name if name in SIGNS:
            return f"1[{inner(0)} {SIGNS[name]} {inner(1)}]", BASE
        case "power":
            return rf"{inner(0, BASE)}^{{{e.arguments[1]}}}", FACTOR
        case "matmul":
            return rf"{inner(0, FACTOR)} \, {inner(1, FACTOR)}", REACHING
        case "multiply":
            left = inner(0, PRODUCT)
            if left == "1":  # the gradient of the loss itself
                return _written(e.inner[1], names)
            if inner(1) == "1":
                return _written(e.inner[0], names)
            return rf"{left} \odot {inner(1, FACTOR)}", PRODUCT
        case "divide":
            return rf"\frac{{{inner(0)}}}{{{inner(1)}}}", FACTOR
        case "add":
            return f"{inner(0)} + {inner(1, SUM)}", SUM
        case "subtract":
            return f"{inner(0)} - {inner(1, REACHING)}", SUM
        case "negative":
            return f"-{inner(0, FACTOR)}", SUM
        case "sqrt":
            return rf"\sqrt{{{inner(0)}}}", BASE
        case "abs":
            return rf"\left| {inner(0)} \right|", BASE
        case "onehot":
            return rf"\mathrm{{onehot}}({inner(0)})", BASE
        case "join":
            parts = r", \; ".join(inner(i) for i in range(len(e.inner)))
            return rf"\left[ {parts} \right]", BASE
        case "columns":
            _, start, stop = e.arguments
            return rf"{{{inner(0, BASE)}}}_{{:, \, {start}:{stop}}}", BASE
        case "repeat":  # a column times a row of ones
            return rf"{inner(0, FACTOR)} \, \mathbf{{1}}^{{\top}}", REACHING
        case "pick":
            return rf"{{{inner(0, BASE)}}}_{{{inner(1)}}}", BASE
        case "maximum" | "minimum" as name:
            return rf"\{name[:3]}\left( {inner(0)}, \; {inner(1)} \right)", FACTOR
        case "where":
            return (
                rf"\left\{{ {inner(1)} \text{{ where }} {inner(0)}, \; {inner(2)} "
                r"\text{ elsewhere} \right\}"
            ), BASE
    return rf"\{e.operation}\left( {inner(0)} \right)", FACTOR  # \exp, \log, \tanh
