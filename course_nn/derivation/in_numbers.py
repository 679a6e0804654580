"""The lines of a derivation for one entry, with the numbers put in.

Of `z1 = x @ W1` it is `z1[0, 0] = 0.5 · 0.3 + (-1) · 0.2 = -0.05`. What is computed with which
number comes from the recordings, as the lines themselves do. Shown is the first entry: of example
0, of a parameter that in row 0 and column 0.

Source: lessons 03 to 07.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from course_nn.derivation.lines import Derivation
from course_nn.derivation.recorded import BY_ELEMENT, Expression
from course_nn.derivation.text import text
from course_nn.graph import Parameter

MOST_TERMS = 4  # of a sum that is written out; of a longer one the first two and the last
SYMBOLS = {"add": ("+", 1), "subtract": ("-", 1), "multiply": ("·", 2), "divide": ("/", 2)}
ATOM = 5  # binds most strongly
FUNCTIONS = ("exp", "log", "tanh", "sqrt", "abs")
Index = tuple[int, ...]


def in_short(number: float) -> str:
    """A number with at most four decimals, no zeros at its end and no −0; a very large or small
    one with a power of ten.
    """
    if abs(number) >= 1e6 or not np.isfinite(number):
        return f"{number:.3e}"
    if 1e-12 < abs(number) < 5e-5:  # it would look like 0; what is less may be rounding alone
        return f"{number:.1e}"
    return f"{number:z.4f}".rstrip("0").rstrip(".")


class InNumbers:
    """The lines of a derivation in the numbers that the nodes hold now.

    Args:
        written: of a loss whose graph has gone Forward, and for gradients Backward.
    """

    def __init__(self, written: Derivation) -> None:
        self.written = written
        self.known: dict[tuple[Expression, int | None], np.ndarray] = {}

    def value(self, node: Any) -> str:
        """How the first entry of a node comes about in Forward."""
        of, form = self.written.recordings[node].value, dict(self.written.forward)[node]
        index = (0,) * node.value.ndim
        named = {self.written.leaf(operand) for operand in node.operands}
        called = form.partition("(")[0].isidentifier() and form.endswith(")")
        operations = _operations(of)
        if called and operations <= {"value", "constant", "negative", "power", *BY_ELEMENT}:
            written = self._called(node, form, index)
        elif called and operations & {"max1", "pick", "onehot"}:  # longer than what it says
            written = self._called(node, form, index[:1]) + "[0]" * (len(index) - 1)
        else:
            written = self._write(of, index, named, 0)
        return self._line(self.written.names[node], index, written, node.value[index])

    def gradient(self, node: Any) -> str:
        """How the first entry of a gradient comes about; of a parameter it is the sum over the
        examples, before it is averaged.
        """
        index = (0,) * node.value.ndim
        added, parts, total = self.written.added[node], list[str](), 0.0
        for user, step in added:
            level = 2 if parts else int(len(added) > 1)
            parts.append(self._write(step, index, self._named(user), level))
            total += self._number(step, index)
        return self._line(f"{self.written.names[node]}.grad", index, " + ".join(parts), total)

    def mean(self, parameter: Parameter, examples: int) -> str:
        """How the first entry of the gradient of a parameter is averaged, example by example."""
        steps = [step for _, step in self.written.added[parameter]]
        terms = [
            in_short(sum(float(self._array(step, b)[0, 0]) for step in steps))
            for b in _some(examples)
        ]
        sums = _sum([_bracketed(term, ATOM if i else 0) for i, term in enumerate(terms)], examples)
        sums = sums if examples == 1 else f"({sums})"
        name, grad = f"{self.written.names[parameter]}.grad", parameter.grad
        assert grad is not None
        return self._line(name, (0, 0), f"{sums} / {examples}", grad[0, 0])

    def update(self, parameter: Parameter, before: np.ndarray, rate: float) -> str:
        """How the first entry of a parameter is changed by SGD, which has been done."""
        assert parameter.grad is not None
        old, step = in_short(before[0, 0]), _bracketed(in_short(parameter.grad[0, 0]), ATOM)
        numbers = f"{old} - {in_short(rate)} · {step}"
        return self._line(self.written.names[parameter], (0, 0), numbers, parameter.value[0, 0])

    # ------------------------------------------------------------------ expressions

    def _line(self, name: str, index: Index, written: str, result: float) -> str:
        left = f"{name}[{', '.join(map(str, index))}] = "
        end = in_short(result)
        return left + (end if written == end else f"{written} = {end}")

    def _named(self, user: Any) -> Collection[Expression]:
        """What stands in the lines of a node under a name, and is one number here."""
        return self.written.named(user, lambda _: "", lambda _: "", lambda *_: "")

    def _called(self, node: Any, form: str, index: Index) -> str:
        """A function of the same entry of its operands, or of their rows."""
        shown = []
        for operand in node.operands:
            array = operand.value
            if len(index) == array.ndim:
                shown.append(in_short(array[_place(index, array.shape)]))
            elif array.shape[-1] <= MOST_TERMS:
                shown.append(f"({', '.join(map(in_short, array[0]))})")
            else:
                shown.append(f"({in_short(array[0, 0])}, …, {in_short(array[0, -1])})")
        return f"{form.partition('(')[0]}({', '.join(shown)})"

    def _write(
        self, of: Expression, index: Index, named: Collection[Expression], level: int
    ) -> str:
        """An entry of an expression in numbers, in brackets if it binds less than `level`."""
        if of in named or not of.inner:
            return _bracketed(in_short(self._number(of, index)), level)
        written, own = self._written(of, index, named)
        return f"({written})" if own < level else written

    def _written(self, of: Expression, index: Index, named: Collection[Expression]) -> Any:
        """An entry of an expression in numbers, and how strongly it binds."""

        def inner(i: int, index: Index, level: int) -> str:
            return self._write(of.arguments[i], index, named, level)

        def terms(count: int, write: Any) -> tuple[str, int]:
            return _sum([write(n, 2 if n else 1) for n in _some(count)], count), 1

        match of.operation:
            case name if name in SYMBOLS:
                symbol, own = SYMBOLS[name]
                return f"{inner(0, index, own)} {symbol} {inner(1, index, own + 1)}", own
            case "matmul":
                row, column = index
                count = self._array(of.arguments[0]).shape[1]
                return terms(
                    count, lambda n, _: f"{inner(0, (row, n), 2)} · {inner(1, (n, column), 3)}"
                )
            case "sum0":
                count = len(self._array(of.arguments[0]))
                return terms(count, lambda n, level: inner(0, (n, index[-1]), level))
            case "sum1":
                count = self._array(of.arguments[0]).shape[1]
                return terms(count, lambda n, level: inner(0, (index[0], n), level))
            case "transpose":
                return inner(0, index[::-1], ATOM), ATOM
            case "column":
                return inner(0, index[:1], ATOM), ATOM
            case "flat":
                return inner(0, (index[0], 0), ATOM), ATOM
            case "negative":
                return f"-{inner(0, index, 4)}", 3
            case "power":
                exponent = of.arguments[1]
                power = {2: "²", 3: "³"}.get(exponent, f"^{exponent}")
                return f"{inner(0, index, ATOM)}{power}", 4
            case name if name in FUNCTIONS:
                return f"{name}({inner(0, index, 0)})", ATOM
        written = in_short(self._number(of, index))
        return written, 3 if written.startswith("-") else ATOM

    def _number(self, of: Expression, index: Index) -> float:
        array = np.asarray(self._array(of))
        return float(array[_place(index, array.shape)])

    def _array(self, of: Expression, example: int | None = None) -> np.ndarray:
        """What the expression is in the numbers of the nodes, or in those of one example."""
        if (of, example) not in self.known:
            leaves = [e for e in _all_of(of) if e.operation in ("value", "gradient")]
            names = {leaf: f"v{i}" for i, leaf in enumerate(leaves)}
            space: dict[str, Any] = {"np": np}
            for leaf, name in names.items():
                node = leaf.arguments[0]
                array = node.value if leaf.operation == "value" else node.grad
                if example is not None and not isinstance(node, Parameter):
                    array = array[example : example + 1]
                space[name] = array
            with np.errstate(all="ignore"):
                self.known[of, example] = eval(text(of, names), space)
        return self.known[of, example]


def _place(index: Index, shape: tuple[int, ...]) -> Index:
    """The index in an array of this shape, which may be broadcast along an axis."""
    own = index[len(index) - len(shape) :] if shape else ()
    return tuple(0 if n == 1 else i for i, n in zip(own, shape, strict=True))


def _all_of(of: Expression) -> Mapping[Expression, None]:
    """The expression and all that it is computed from, each once, in a fixed order."""
    found: dict[Expression, None] = {}
    waiting = [of]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found[each] = None
            waiting += each.inner
    return found


def _operations(of: Expression) -> set[str]:
    return {each.operation for each in _all_of(of)}


def _some(count: int) -> list[int]:
    """Which terms of a sum are written."""
    return [*range(count)] if count <= MOST_TERMS else [0, 1, count - 1]


def _sum(terms: list[str], count: int) -> str:
    """The terms that `_some` has named, and … for those that are left out."""
    left_out = ["…"] if len(terms) < count else []
    return " + ".join([*terms[:-1], *left_out, terms[-1]])


def _bracketed(number: str, level: int) -> str:
    """A number below 0 in brackets, but at the beginning of a sum."""
    return f"({number})" if level > 1 and number.startswith("-") else number
