"""A formula as it was read, written out: as a line of text and as LaTeX.

Brackets stand where they are needed, so that a misreading is seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from course_nn.derivation_check.expression import Expression, Name
from course_nn.graph import Parameter

SUM, ENTRY, PRODUCT, FACTOR, BASE = range(5)  # how strongly they bind
GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "η": "eta"}
GREEK |= {"θ": "theta", "λ": "lambda", "μ": "mu", "ρ": "rho", "σ": "sigma", "τ": "tau"}
GREEK |= {"φ": "varphi", "ψ": "psi", "ω": "omega", "κ": "kappa", "ν": "nu", "ξ": "xi"}
AXES = {("k", c): "k" for c in (False, True)} | {("each", c): "b" for c in (False, True)}
AXES |= {(None, c): "?" for c in (False, True)}
AXES |= {("all", c): "all" for c in (False, True)}
AXES |= {("axis 0", False): "b", ("axis 1", False): "k"}
AXES |= {("axis 0", True): "k", ("axis 1", True): "b"}
SIGNS = {">=": "≥", "<=": "≤", "==": "="}
TEX = {"≥": r"\ge", "≤": r"\le"}


@dataclass(frozen=True)
class Style:
    """How formulas are written.

    Args:
        kinds: what the products without a sign are, as far as it is known.
        nodes: of the graph, by name. lines: what the lines of the reader are about.
        columns: whether examples stand as columns. tex: whether as LaTeX.
    """

    kinds: Mapping[Expression, str]
    nodes: Mapping[str, Any]
    lines: Sequence[Name]
    columns: bool
    tex: bool

    def formula(self, e: Expression) -> str:
        """A formula in one line."""
        return _Writer(self).write(e)

    def name(self, name: Name) -> str:
        """A name: z3.grad is written δ3, other gradients ∂L/∂h2, ∂J/∂W3."""
        if name.kind == "line":
            name = self.lines[int(name.name)]
        return name_written(name, self.nodes, self.tex)

    def with_indices(self, text: str, indices: str) -> str:
        """A name, or a formula in brackets, with the indices of one of its entries."""
        if not indices:
            return text
        return f"{{{text}}}_{{{indices}}}" if self.tex else f"{text}[{', '.join(indices)}]"


def name_written(name: Name, nodes: Mapping[str, Any], tex: bool) -> str:
    if name.kind == "slope":
        inside = name_written(Name("value", name.name), nodes, tex)
        return rf"f'\left( {inside} \right)" if tex else f"f′({inside})"
    if tex and (local := re.fullmatch("∂(.*)/∂(.*)", name.name)):
        above, below = map(_symbol, local.groups())
        return rf"\frac{{\partial {above}}}{{\partial {below}}}"
    if not tex:
        if name.kind == "mean gradient":
            return f"∂J/∂{name.name}"
        if name.kind == "gradient" and not name.one:
            delta = re.fullmatch(r"z(\d*)", name.name)
            return f"δ{delta[1]}" if delta else f"{name.name}.grad"
        return f"∂L/∂{name.name}" if name.kind == "gradient" else _size(name)
    if name.kind not in ("gradient", "mean gradient"):
        return _symbol(_size(name))
    if name.kind == "mean gradient":
        return rf"\frac{{\partial J}}{{\partial {_symbol(name.name)}}}"
    if delta := re.fullmatch(r"z(\d*)", name.name):
        return rf"\delta_{{{delta[1]}}}"
    above = "J" if isinstance(nodes.get(name.name), Parameter) and not name.one else "L"
    return rf"\frac{{\partial {above}}}{{\partial {_symbol(name.name)}}}"


def _size(name: Name) -> str:
    return name.name if name.kind != "size" or name.name == "B" else f"width({name.name})"


def _symbol(name: str) -> str:
    if match := re.fullmatch(r"([A-Za-zα-ωΔ])_?(\d*)", name):
        letter, number = match.groups()
        letter = f"\\{GREEK[letter]}" if letter in GREEK else letter
        return f"{letter}_{{{number}}}" if number else letter
    return rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}"


def _is_number(e: Expression) -> bool:
    size = e.kind == "name" and e.value.kind == "size"  # type: ignore[attr-defined]
    return size or e.kind in ("number", "shape")


class _Writer:
    def __init__(self, style: Style) -> None:
        self.style, self.tex = style, style.tex

    def write(self, e: Expression, level: int = SUM) -> str:
        text, own = self._written(e)
        if own >= level:
            return text
        return rf"\left( {text} \right)" if self.tex else f"({text})"

    def _written(self, e: Expression) -> tuple[str, int]:
        tex, write = self.tex, self.write
        pick: Callable[[str, str], str] = lambda plain, latex: latex if tex else plain  # noqa: E731
        match e.kind:
            case "number":
                return f"{e.value:g}", BASE
            case "ones":
                return pick("1ᵀ", r"\mathbf{1}^{\top}"), FACTOR
            case "identity":
                return "I", BASE
            case "name":
                return self.style.name(e.value), BASE  # type: ignore[arg-type]
            case "negative":
                return pick("−", "-") + write(e.arguments[0], PRODUCT), SUM
            case "add" | "subtract":
                sign = "+" if e.kind == "add" else pick("−", "-")
                return f"{write(e.arguments[0])} {sign} {write(e.arguments[1], ENTRY)}", SUM
            case "outer" if self.style.kinds.get(e) != "multiply":
                inside = ", ".join(write(each) for each in e.arguments)
                return pick(f"outer({inside})", rf"\mathrm{{outer}}\left( {inside} \right)"), BASE
            case "einsum":
                inside = ", ".join(write(each) for each in e.arguments)
                name = pick("einsum", r"\mathrm{einsum}")
                letters = pick(f"'{e.value}'", rf"\text{{{e.value}}}")
                return f"{name}({letters}, {inside})", BASE
            case "multiply" | "matmul" | "product" | "outer":
                return self._product(e)
            case "divide":
                a, b = e.arguments
                if tex:
                    return rf"\frac{{{write(a)}}}{{{write(b)}}}", FACTOR
                return f"{write(a, PRODUCT)} / {write(b, FACTOR)}", PRODUCT
            case "power":
                a = write(e.arguments[0], BASE)
                return pick(f"{a}^{e.value:g}", rf"{{{a}}}^{{{e.value:g}}}"), FACTOR
            case "transpose":
                a = write(e.arguments[0], BASE)
                return pick(f"{a}ᵀ", rf"{{{a}}}^{{\top}}"), FACTOR
            case "compare":
                sign = SIGNS.get(str(e.value), str(e.value))
                sign = TEX.get(sign, sign) if tex else sign
                return f"1[{write(e.arguments[0])} {sign} {write(e.arguments[1])}]", BASE
            case "sum" | "mean":
                over = AXES[e.value, self.style.columns]  # type: ignore[index]
                name = pick("Σ", r"\textstyle\sum") if e.kind == "sum" else pick("mean", "")
                if e.kind == "mean" and tex:
                    name = r"\mathrm{mean}"
                over = r"\mathrm{all}" if tex and over == "all" else over
                return f"{name}_{pick(over, f'{{{over}}}')} {write(e.arguments[0], BASE)}", ENTRY
            case "entries":
                return self._written(e.arguments[0])
            case "entry":
                inside = write(e.arguments[0], BASE)
                return self.style.with_indices(inside, str(e.value)), BASE
            case "sum over":
                inside = write(e.arguments[0], PRODUCT)
                return pick(
                    f"Σ_{e.value} {inside}", rf"\textstyle\sum_{{{e.value}}} {inside}"
                ), ENTRY
            case "shape":
                what = {0: "rows", 1: "columns"}.get(e.value, "width")  # type: ignore[call-overload]
                inside = write(e.arguments[0])
                return pick(f"{what}({inside})", rf"\mathrm{{{what}}}({inside})"), BASE
            case "join":
                return f"[{', '.join(write(each) for each in e.arguments)}]", BASE
            case "slice":
                return self._slice(e), FACTOR
        inside = ", ".join(write(each) for each in e.arguments)
        if e.kind == "call" and e.value == "norm":
            return pick(f"‖{inside}‖", rf"\left\| {inside} \right\|"), BASE
        prime = pick("′", "'") if e.kind == "slope" else ""
        name = str(e.value)
        if tex:
            name = name if name == "f" else rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}"
            return rf"{name}{prime}\left( {inside} \right)", BASE
        return f"{name}{prime}({inside})", BASE

    def _kind(self, e: Expression) -> str:
        if any(_is_number(each) for each in e.arguments):
            return "times"
        known = e.kind in ("product", "outer")
        return self.style.kinds.get(e, "times") if known else e.kind

    def _product(self, e: Expression) -> tuple[str, int]:
        a, b = e.arguments
        kind = self._kind(e)
        if kind == "multiply":
            sign = r"\odot" if self.tex else "⊙"
            sides = [
                self.write(side, ENTRY if self._kind(side) == "multiply" else FACTOR)
                for side in (a, b)
            ]
            return f" {sign} ".join(sides), ENTRY
        sign = r"\," if self.tex else ("@" if kind == "matmul" else "·")
        return f"{self.write(a, PRODUCT)} {sign} {self.write(b, FACTOR)}", PRODUCT

    def _slice(self, e: Expression) -> str:
        axis, has_low, has_high = e.value  # type: ignore[misc]
        of, *ends = (self.write(each, BASE) for each in e.arguments)
        low = ends.pop(0) if has_low else ""
        high = ends.pop(0) if has_high else ""
        part = f"{low}:{high}"
        return f"{of}[{part}]" if axis == 0 else f"{of}[:, {part}]"
