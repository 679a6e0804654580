"""Derivations on paper of random graphs, in five notations, and their slips.

A `Plan` says how a graph was made. `paper(plan)` derives its gradients from the rules of the
calculus, as formulas: nested tuples, which `numbers` works out in NumPy and `written` prints. What
reads derivations in `course_nn` has no part in it.

A formula is one of

    ("value", name) ("gradient", name) ("number", 0.5) ("width", name)
    ("T", a) ("@", a, b) ("*", a, b) ("/", a, b) ("+", a, b) ("-", a, b) ("neg", a) ("square", a)
    ("softmax", z) ("onehot", y)          of names
    ("slope", kind, z, h, at)             f′(z) of h = f(z); `at` names a slip, or is None
    ("sum_b", a) ("sum_k", a)             over the rows, (1, K); over the columns, (B, 1)
    ("columns", a, (parts before), (parts))
    ("spread", a, name)                   one column in the place of all columns of a node
    ("mean", a)                           a / B, of what was summed over the examples
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from random_graphs import FACTOR, Made, Plan

Formula = tuple[Any, ...]
Array = np.ndarray


class Line(NamedTuple):
    """target.grad = the sum of these parts."""

    target: str
    parts: tuple[Formula, ...]


# ------------------------------------------------------------------ the right derivation


def paper(plan: Plan) -> list[Line]:
    """The gradient of each node and parameter, from the loss back."""
    arrived: dict[str, list[Formula]] = {}
    order: list[str] = []
    for node in reversed(plan.nodes):
        if node is not plan.loss:
            order.append(node.name)
        for operand, part in steps(plan, node):
            if operand not in plan.inputs and operand not in plan.labels:
                arrived.setdefault(operand, []).append(part)
    lines = [Line(name, tuple(arrived[name])) for name in order]
    for name in plan.parameters:
        lines.append(Line(name, tuple(("mean", part) for part in arrived[name])))
    return lines


def steps(plan: Plan, node: Made) -> list[tuple[str, Formula]]:
    """What a node adds to the gradients of its operands."""
    g: Formula = ("number", 1.0) if node is plan.loss else ("gradient", node.name)
    first, second = node.operands[0], node.operands[-1]
    a, b, v = ("value", first), ("value", second), ("value", node.name)

    def to(operand: str, part: Formula) -> tuple[str, Formula]:
        column = plan.width(operand) != node.width
        return operand, ("sum_k", part) if column else part

    match node.kind:
        case "matmul":
            return [(first, ("@", g, ("T", b))), (second, ("@", ("T", a), g))]
        case "matmul_transposed":
            return [(first, ("@", g, b)), (second, ("@", ("T", g), a))]
        case "add":
            return [(n, ("sum_b", g) if n in plan.parameters else g) for n in node.operands]
        case "subtract":
            operand, part = to(second, g)
            return [to(first, g), (operand, ("neg", part))]
        case "multiply":
            return [to(first, ("*", g, b)), to(second, ("*", g, a))]
        case "divide":
            operand, part = to(second, ("/", ("*", g, v), b))
            return [to(first, ("/", g, b)), (operand, ("neg", part))]
        case "join":
            return [
                (part, ("columns", g, node.operands[:i], (part,)))
                for i, part in enumerate(node.operands)
            ]
        case "row_mean":
            return [(first, ("spread", ("/", g, ("width", first)), first))]
        case "row_norm":
            return [(first, ("/", ("*", g, a), v))]
        case "softmax":
            return [(first, ("*", v, ("-", g, ("sum_k", ("*", g, v)))))]
        case "squared_error":
            return [(first, times(g, ("-", a, b))), (second, times(g, ("-", b, a)))]
        case "cross_entropy":
            return [(first, times(g, ("-", ("softmax", first), ("onehot", second))))]
        case "weighted":
            return [(first, times(g, b))]
        case "add_losses":
            return [(first, g), (second, times(("number", FACTOR), g))]
    return [(first, ("*", g, ("slope", node.kind, first, node.name, None)))]


def times(g: Formula, a: Formula) -> Formula:
    """g ⊙ a; a where g is 1."""
    one = ("number", 1.0)
    return a if g == one else g if a == one else ("*", g, a)


# ------------------------------------------------------------------ in numbers


class DoesNotFit(ValueError):
    """Shapes that cannot be multiplied or added."""


def by_entry(sign: str, a: Array, b: Array) -> Array:
    """Entry by entry; one row or one column meets all of the other's."""
    if any(m != n and 1 not in (m, n) for m, n in zip(a.shape, b.shape, strict=True)):
        raise DoesNotFit
    return {"*": np.multiply, "/": np.divide, "+": np.add, "-": np.subtract}[sign](a, b)


SLOPES: dict[str, Any] = {  # from h
    "sigmoid": lambda h: h * (1 - h),
    "tanh": lambda h: 1 - h**2,
    "relu": lambda h: (h > 0) * 1.0,
}
ACTIVATIONS: dict[str, Any] = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
}


class Numbers:
    """The values of a plan with some weights and data; `of` works a formula out."""

    def __init__(self, plan: Plan, B: int, seed: int) -> None:
        self.plan, self.B = plan, B
        self.weights, self.data = plan.weights(seed), plan.data(B, seed + 1)
        self.values = plan.values(self.weights, self.data)

    def gradients(self, lines: list[Line]) -> dict[str, Array]:
        """All gradients, each line worked out with what the lines before it give."""
        found: dict[str, Array] = {}
        for line in lines:
            found[line.target] = self.line(line, found)
        return found

    def line(self, line: Line, gradients: dict[str, Array]) -> Array:
        total, *others = (self.of(part, gradients) for part in line.parts)
        for other in others:
            total = by_entry("+", total, other)
        return total * np.ones(self.shape(line.target)) if total.shape == (1, 1) else total

    def shape(self, name: str) -> tuple[int, ...]:
        if name in self.plan.parameters:
            return self.plan.parameters[name]
        return (self.B, self.plan.width(name) or 1)

    def fits(self, line: Line, gradients: dict[str, Array]) -> bool:
        """Whether the line holds, where these gradients are right."""
        try:
            with np.errstate(all="ignore"):  # a slip may divide by 0
                found = self.line(line, gradients)
        except DoesNotFit:
            return False
        right = gradients[line.target]
        return found.shape == right.shape and np.allclose(found, right, rtol=1e-9, atol=1e-11)

    def of(self, e: Formula, gradients: dict[str, Array]) -> Any:
        """The array of a formula, with two axes."""

        def of(inner: Formula) -> Any:
            return self.of(inner, gradients)

        match e:
            case ("value", name):
                value = self.values[name]
                return value if np.ndim(value) == 2 else value[:, None]
            case ("gradient", name):
                return gradients[name]
            case ("number", number):
                return np.full((1, 1), number)
            case ("width", name):
                return np.full((1, 1), float(self.plan.width(name) or 1))
            case ("T", a):
                return of(a).T
            case ("@", a, b):
                left, right = of(a), of(b)
                if left.shape[1] != right.shape[0]:
                    raise DoesNotFit
                return left @ right
            case (("*" | "/" | "+" | "-") as sign, a, b):
                return by_entry(sign, of(a), of(b))
            case ("neg", a):
                return -of(a)
            case ("square", a):
                return of(a) ** 2
            case ("softmax", z):
                powers = np.exp(self.values[z] - self.values[z].max(axis=1, keepdims=True))
                return powers / powers.sum(axis=1, keepdims=True)
            case ("onehot", y):
                return np.eye(self.plan.labels[y])[self.data[y]]
            case ("slope", kind, z, h, at):
                return SLOPES[kind](self.of_slope(kind, z, h, at))
            case ("sum_b", a):
                return of(a).sum(axis=0, keepdims=True)
            case ("sum_k", a):
                return of(a).sum(axis=1, keepdims=True)
            case ("columns", a, before, parts):
                start, stop = self.plan.columns(before, parts)
                return of(a)[:, start:stop]
            case ("spread", a, name):
                return by_entry("*", of(a), np.ones((1, self.plan.width(name) or 1)))
            case ("mean", a):
                return of(a) / self.B
        raise AssertionError(e)

    def of_slope(self, kind: str, z: str, h: str, at: str | None) -> Array:
        """The h of a slope: `at` is None, or the slip "f′(h)", or "z for h"."""
        if at == "f′(h)":
            return ACTIVATIONS[kind](self.values[h])
        return self.values[z if at == "z for h" else h]


# ------------------------------------------------------------------ in writing


def turned(e: Formula) -> Formula:
    """The transpose of a formula, where the examples are columns and every array is turned."""
    match e:
        case ("T", a):
            return kept(a)
        case ("@", a, b):
            return ("@", turned(b), turned(a))
        case ("columns", a, before, parts):
            return ("columns", turned(a), before, parts)
        case ("spread", a, name):
            return ("spread", turned(a), name)
        case (
            ("*" | "/" | "+" | "-" | "neg" | "square" | "sum_b" | "sum_k" | "mean") as sign,
            *inner,
        ):
            return (sign, *map(turned, inner))
    return e


def kept(e: Formula) -> Formula:
    """A formula as it was, where every array is turned."""
    match e:
        case ("number" | "width", _):
            return e
        case ("T", a):
            return turned(a)
        case ("@", a, b):
            return ("@", kept(a), kept(b))
        case (("*" | "/" | "+" | "-" | "neg" | "square" | "mean") as sign, *inner):
            return (sign, *map(kept, inner))
    return ("T", turned(e))


SUM, PRODUCT, MATRICES, SIGN, POWER, ATOM = range(1, 7)
NOTATIONS = ("derive", "lessons", "maths", "columns", "own")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
GREEK = {"sigmoid": "σ", "tanh": "tanh", "relu": "relu"}


class Writer:
    """One of the notations."""

    def __init__(self, plan: Plan, notation: str, rng: np.random.Generator) -> None:
        self.plan, self.notation, self.rng = plan, notation, rng
        self.columns = notation == "columns"
        self.of_loss = False  # whether the line is about a loss, (B,)
        self.subscripts = notation == "maths"

    def one_of(self, *ways: str) -> str:
        return ways[int(self.rng.integers(len(ways)))]

    # -------------------------------------------------------------- names

    def value(self, name: str) -> str:
        if self.plan.node(name) and self.plan.node(name).width is None:  # type: ignore[union-attr]
            raise AssertionError("no line needs the value of a loss")
        return name.translate(SUBSCRIPTS) if self.subscripts else name

    def gradient(self, name: str) -> str:
        shown = name.translate(SUBSCRIPTS) if self.subscripts else name
        if name[0] == "z" and self.notation in ("lessons", "maths", "columns", "own"):
            return f"δ{shown[1:]}"
        if self.notation == "maths":
            return f"∂{'J' if name in self.plan.parameters else 'L'}/∂{shown}"
        return f"{name}.grad"

    def width(self, name: str) -> str:
        if self.notation == "derive":
            return str(self.plan.width(name))
        return "D" if name == "x" else f"H{name[1:]}"

    # -------------------------------------------------------------- formulas

    def line(self, line: Line) -> str:
        """target.grad = …"""
        node = self.plan.node(line.target)
        self.of_loss = node is not None and node.width is None
        if self.columns:
            line = Line(line.target, tuple(map(turned, line.parts)))
        return f"{self.gradient(line.target)} = {self.sum_of(line)}"

    def sum_of(self, line: Line) -> str:
        parts = list(line.parts)
        if len(parts) > 1 and all(part[0] == "mean" for part in parts):
            total = " + ".join(self.text(part[1], PRODUCT) for part in parts)
            if self.notation in ("maths", "own"):
                return f"1/B ({total})"
            return f"({total}) / B"
        text = self.text(parts[0], SUM)
        for part in parts[1:]:
            if part[0] == "neg":
                text += f" {self.minus} {self.text(part[1], PRODUCT)}"
            else:
                text += f" + {self.text(part, PRODUCT)}"
        return text

    @property
    def minus(self) -> str:
        return "-" if self.notation in ("derive", "own") else "−"

    @property
    def entrywise(self) -> str:
        return {"derive": " * ", "columns": " * ", "own": " * "}.get(self.notation, " ⊙ ")

    @property
    def matmul(self) -> str:
        return " " if self.notation in ("maths", "own") else " @ "

    def text(self, e: Formula, level: int = SUM) -> str:
        """The formula, in brackets if it binds less strongly than `level`."""
        text, own = self.shown(e)
        return f"({text})" if own < level else text

    def shown(self, e: Formula) -> tuple[str, int]:
        match e:
            case ("value", name):
                flat = self.notation == "derive" and self.of_loss
                return self.value(name) + "[:, 0]" * flat, ATOM
            case ("gradient", name):
                node = self.plan.node(name)
                column = self.notation == "derive" and node is not None and node.width is None
                return self.gradient(name) + "[:, None]" * (column and not self.of_loss), ATOM
            case ("number", number):
                text = "½" if number == 0.5 and self.notation == "maths" else f"{number:g}"
                return text, ATOM if number >= 0 else SIGN
            case ("width", name):
                return self.width(name), ATOM
            case ("T", a):
                sign = {"derive": ".T", "columns": ".T", "own": "^T"}.get(self.notation, "ᵀ")
                return self.text(a, ATOM) + sign, ATOM
            case ("@", a, b):
                level = MATRICES if self.matmul == " " else PRODUCT  # h W binds more than ⊙
                return f"{self.text(a, level)}{self.matmul}{self.text(b, SIGN)}", level
            case ("*", a, b):
                left, right = self.text(a, PRODUCT), self.text(b, MATRICES)
                sign = self.entrywise
                if a[0] == "number":  # ½ c
                    sign = " " if self.notation == "maths" else " * "
                return f"{left}{sign}{right}", PRODUCT
            case ("/", a, b):
                return f"{self.text(a, PRODUCT)} / {self.text(b, SIGN)}", PRODUCT
            case ("+", a, b):
                return f"{self.text(a)} + {self.text(b, PRODUCT)}", SUM
            case ("-", a, b):
                return f"{self.text(a)} {self.minus} {self.text(b, PRODUCT)}", SUM
            case ("neg", a):
                return f"{self.minus}{self.text(a, PRODUCT)}", SUM
            case ("square", a):
                return self.power(self.text(a, ATOM)), POWER
            case ("softmax", z):
                return f"softmax({self.value(z)})", ATOM
            case ("onehot", y):
                return f"onehot({self.value(y)})", ATOM
            case ("slope", kind, z, h, at):
                return self.slope(kind, self.value(z), self.value(h), at)
            case ("sum_b", a):
                return self.summed(a, "b")
            case ("sum_k", a):
                return self.summed(a, "k")
            case ("columns", a, before, parts):
                return self.slice(a, before, parts), ATOM
            case ("spread", a, name):
                if self.notation == "derive":
                    width = self.plan.width(name)
                    return f"np.repeat({self.text(a)}, {width}, axis=1)", ATOM
                return self.shown(a)
            case ("mean", a):
                return self.mean(a)
        raise AssertionError(e)

    def power(self, a: str) -> str:
        return {"derive": f"{a} ** 2", "own": f"{a}^2"}.get(self.notation, f"{a}²")

    def slope(self, kind: str, z: str, h: str, at: str | None) -> tuple[str, int]:
        if self.notation in ("maths", "own"):
            sign = "'" if self.notation == "own" else "′"
            f = "f" if at is None and self.only_f(kind, z) else GREEK[kind]
            if at != "z for h":
                return f"{f}{sign}({h if at else z})", ATOM
        h = z if at == "z for h" else h
        if at == "f′(h)":
            return f"{kind}'({h})", ATOM
        match kind:
            case "sigmoid":
                return f"{h}{self.entrywise}(1 {self.minus} {h})", PRODUCT
            case "tanh":
                return f"1 {self.minus} {self.power(h)}", SUM
        return (f"1[{z} > 0]", ATOM) if self.notation == "lessons" else (f"({z} > 0)", ATOM)

    def only_f(self, kind: str, z: str) -> bool:
        """Whether f can only be this activation: there is no other one of this node."""
        name = z.translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789"))
        return {user.kind for user in self.plan.users(name)} & set(GREEK) == {kind}

    def summed(self, a: Formula, over: str) -> tuple[str, int]:
        axis = int((over == "k") != self.columns)
        if self.notation in ("derive", "columns"):
            keepdims = ", keepdims=True"
            return f"{self.text(a, ATOM)}.sum(axis={axis}{keepdims})", ATOM
        if self.notation == "own":
            return f"sum_{over}({self.text(a)})", ATOM
        return f"Σ_{over} {self.text(a, ATOM)}", SUM

    def slice(self, a: Formula, before: tuple[str, ...], parts: tuple[str, ...]) -> str:
        if self.notation == "derive":
            start, stop = self.plan.columns(before, parts)
            ends = f"{start}:{stop}"
        else:
            start_text = " + ".join(map(self.width, before))
            stop_text = " + ".join(map(self.width, before + parts))
            ends = f"{start_text}:{stop_text}"
        text = self.text(a, ATOM)
        return f"{text}[{ends}, :]" if self.columns else f"{text}[:, {ends}]"

    def mean(self, a: Formula) -> tuple[str, int]:
        if self.notation == "maths":
            return f"1/B {self.text(a, PRODUCT if a[0] != 'sum_b' else SUM)}", PRODUCT
        if self.notation == "own" and a[0] == "@" and a[1][0] == "T":
            rows = [self.of_row(a[1][1]), self.of_row(a[2])]
            if all(rows):
                return f"1/B Σ_b {rows[0]}^T {rows[1]}", PRODUCT
        return f"{self.text(a, PRODUCT)} / B", PRODUCT

    def of_row(self, e: Formula) -> str:
        """x_b or δ1_b: of one example alone; "" of what has no such name."""
        is_delta = e[0] == "gradient" and e[1][0] == "z"
        is_rows = e[0] == "value" and e[1] not in self.plan.parameters
        return f"{self.text(e)}_b" if is_delta or is_rows else ""


class Written(NamedTuple):
    """A line as text, and the lines of the paper that are in it."""

    text: str
    targets: frozenset[str]


def written(plan: Plan, lines: list[Line], notation: str, seed: int) -> list[Written]:
    """The lines in one of the notations.

    Losses of losses are put into the lines that need them, but for "derive". In "own" the lines
    stand in any order that can be computed, slopes are multiplied at once, and sums have parts
    with names of their own.
    """
    rng = np.random.default_rng(seed)
    writer = Writer(plan, notation, rng)
    groups = [(line, frozenset([line.target])) for line in lines]
    losses = {node.name for node in plan.nodes if node.width is None}
    if notation != "derive":
        groups = merged(groups, losses)
    if notation != "own":
        return [Written(writer.line(line), targets) for line, targets in groups]
    once = {node.name for node in plan.nodes if len(plan.users(node.name)) == 1}
    groups = merged(groups, {name for name in once if rng.random() < 0.5})
    found: list[tuple[Written, set[str]]] = []
    for number, (line, targets) in enumerate(groups):
        names = []
        if len(line.parts) > 1 and line.target not in plan.parameters:
            for i, part in enumerate(line.parts):
                names.append(f"part{number}{'ab cdefgh'.replace(' ', '')[i]}")
                text = writer.text(part)
                found.append((Written(f"{names[-1]} = {text}", targets), needs(part)))
            sum_of = " + ".join(names)
            text = f"{writer.gradient(line.target)} = {sum_of}"
        else:
            text = writer.line(line)
        found.append((Written(text, targets), {*names, *needs(line.parts)}))
    made = {each.text.split(" = ")[0] for each, _ in found}
    known: set[str] = set()
    ordered: list[Written] = []
    while found:
        ready = [
            i for i, (_, need) in enumerate(found) if not (known_as(need, writer) - known) & made
        ]
        each, _ = found.pop(ready[int(rng.integers(len(ready)))] if ready else 0)
        known.add(each.text.split(" = ")[0])
        ordered.append(each)
    return ordered


def known_as(names: set[str], writer: Writer) -> set[str]:
    """How these gradients are written."""
    return {name if name.startswith("part") else writer.gradient(name) for name in names}


def needs(e: Any) -> set[str]:
    """The nodes whose gradients a formula takes."""
    if not isinstance(e, tuple):
        return set()
    if len(e) == 2 and e[0] == "gradient":
        return {e[1]}
    return set().union(*map(needs, e)) if e else set()


Group = tuple[Line, frozenset[str]]


def merged(groups: list[Group], names: set[str]) -> list[Group]:
    """Lines of one part that are put into the lines that need them."""
    groups = list(groups)
    for name in names:
        own = [group for group in groups if group[0].target == name and len(group[0].parts) == 1]
        if not own:
            continue
        ((line, targets),) = own
        users = [group for group in groups if name in needs(group[0].parts)]
        if len(users) == 0 or name in needs(line.parts):
            continue
        groups = [
            (
                Line(each.target, tuple(put(part, name, line.parts[0]) for part in each.parts)),
                others | targets,
            )
            if (each, others) in users
            else (each, others)
            for each, others in groups
            if each is not line
        ]
    return groups


def put(e: Any, name: str, part: Formula) -> Any:
    """The formula with `part` in the place of a gradient."""
    if e == ("gradient", name):
        return part
    if not isinstance(e, tuple):
        return e
    if e[:1] == ("*",):
        return times(put(e[1], name, part), put(e[2], name, part))
    return tuple(put(each, name, part) for each in e)
