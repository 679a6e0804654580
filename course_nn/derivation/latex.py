"""The gradient of a parameter as an equation, with the δ that it needs. ⊙ is entry by entry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from course_nn.derivation.recorded import Expression
from course_nn.graph import Parameter

SIGNS = {"greater": ">", "greater_equal": r"\ge", "less": "<", "less_equal": r"\le"}
BIG = {"sum0": r"\textstyle\sum_b", "sum1": r"\textstyle\sum_k", "max1": r"\textstyle\max_k"}
SEVERAL = ("add", "subtract", "multiply", "divide", "matmul", "power", "negative")


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

    def gradient(node: Any) -> str:
        names = {
            user: derivation.named(
                user,
                lambda of: _symbol(derivation.names[of]),
                lambda of: "1" if of is derivation.loss else _delta(derivation.names[of]),
                lambda function, operands: rf"\mathrm{{{function}}}({operands[0]})",
            )
            for user, _ in derivation.added[node]
        }
        return " + ".join(_tex(step, names[user]) for user, step in derivation.added[node])

    def users(node: Any) -> set[Any]:
        return {user for user, _ in derivation.added[node]}

    tex = gradient(parameter)
    tex = rf"\left( {tex} \right)" if " + " in tex else tex
    symbol = _symbol(derivation.names[parameter])
    lines = [rf"\frac{{\partial J}}{{\partial {symbol}}} &= \frac{{1}}{{B}} {tex}"]
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


def _tex(e: Expression, names: Mapping[Expression, str]) -> str:
    if e in names:
        return names[e]
    inner = [_tex(each, names) for each in e.inner]
    bracketed = [
        rf"\left( {tex} \right)" if each.operation in SEVERAL and each not in names else tex
        for each, tex in zip(e.inner, inner, strict=True)
    ]
    match e.operation, e.inner:
        case "constant", _:
            return str(e.arguments[0])
        case "transpose", _:
            return rf"{bracketed[0]}^{{\top}}"
        case "column" | "flat" | "astype", _:  # the same numbers
            return inner[0]
        case "sum0" | "sum1" | "max1" as name, _:
            return f"{BIG[name]} {bracketed[0]}"
        case name, _ if name in SIGNS:
            return f"1[{inner[0]} {SIGNS[name]} {inner[1]}]"
        case "power", _:
            return rf"{bracketed[0]}^{{{e.arguments[1]}}}"
        case "matmul", _:
            return rf"{bracketed[0]} \, {bracketed[1]}"
        case "multiply", (left, _):
            if inner[0] == "1":  # the gradient of the loss itself
                return inner[1]
            factor = inner[0] if left.operation == "multiply" else bracketed[0]
            return rf"{factor} \odot {bracketed[1]}"
        case "divide", _:
            return rf"\frac{{{inner[0]}}}{{{inner[1]}}}"
        case "add", _:
            return f"{inner[0]} + {inner[1]}"
        case "subtract", (_, right):
            is_sum = right.operation in ("add", "subtract", "negative")
            return f"{inner[0]} - {bracketed[1] if is_sum else inner[1]}"
        case "negative", _:
            return f"-{bracketed[0]}"
        case "sqrt", _:
            return rf"\sqrt{{{inner[0]}}}"
        case "abs", _:
            return rf"\left| {inner[0]} \right|"
        case "onehot", _:
            return rf"\mathrm{{onehot}}({inner[0]})"
        case "pick", _:
            return rf"{bracketed[0]}_{{{inner[1]}}}"
        case "maximum" | "minimum" as name, _:
            return rf"\{name[:3]}\left( {inner[0]}, \; {inner[1]} \right)"
        case "where", _:
            return (
                rf"\left\{{ {inner[1]} \text{{ where }} {inner[0]}, \; {inner[2]} "
                r"\text{ elsewhere} \right\}"
            )
    return rf"\{e.operation}\left( {inner[0]} \right)"  # \exp, \log, \tanh
