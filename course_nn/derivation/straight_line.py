"""The graph taken apart into single steps: what the generated code of the fast engines is made of.

`derive` writes one line for each node, such as z1.grad = h1.grad * h1 * (1 - h1). Here each line is
read and becomes steps with one operation each, on known shapes. A step that was there before is not
made a second time: the exponentials of cross_entropy serve the loss and its gradient.

The texts of `steps` and `definition` are only read, never run. They may hold what is in
`READABLE`; for anything else there is the engine "graph".

Source: A. Aho et al., Compilers, section 8.5 (value numbering); lesson 12.
"""

from __future__ import annotations

import ast
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_nn.graph import Labels, Parameter

MOST_FACTORS = 16  # of a power
READABLE = (
    f"numbers, operands, + - * / ** with a whole exponent up to {MOST_FACTORS}, @, .T in a "
    "product, comparisons, [:, None], .sum and .max along an axis, np.exp, np.log, np.tanh, "
    "np.sqrt, np.abs, np.maximum, np.minimum"
)
BINARY = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}
COMPARISONS = {ast.Gt: "greater", ast.GtE: "greater_equal", ast.Lt: "less", ast.LtE: "less_equal"}
TRUE_OR_FALSE = {*COMPARISONS.values(), "onehot"}
FUNCTIONS = {  # of NumPy, element by element, and how many arguments they take
    **dict.fromkeys(("exp", "log", "tanh", "sqrt", "abs"), 1),
    **dict.fromkeys(("maximum", "minimum"), 2),
}
Shape = tuple[Any, int]  # ("B", K) for rows, (m, n) for parameters; one number each is ("B", 1)


class Unreadable(Exception):
    """Something that is not in `READABLE`; the text is its source."""


def identifier(name: str) -> str:
    """The name as Python reads it: the two characters µ of Unicode are one."""
    return unicodedata.normalize("NFKC", name)


@dataclass(frozen=True, eq=False)
class Step:
    """One operation on earlier steps.

    Args:
        operation: "input", "parameter", "constant", "dot", "transpose", "onehot", "pick",
            "sum0", "sum1", "max1", or an operation element by element, by NumPy's name.
        arguments: the steps that it is computed from; for a constant its value.
        shape: of the result; ("B", 1) for one number for each example.
    """

    operation: str
    arguments: tuple[Any, ...]
    shape: Shape

    @property
    def by_element(self) -> bool:
        """Whether each entry comes from the entries at the same place."""
        return not self.is_given and self.operation not in (
            *("dot", "transpose", "pick", "sum0", "sum1", "max1"),
        )

    @property
    def is_given(self) -> bool:
        """Whether nothing is computed for it."""
        return self.operation in ("input", "parameter", "constant")


class StraightLine:
    """The steps from the inputs to the loss and on to the gradients, in order.

    Attributes:
        steps: those that something is computed in.
        names: of steps: the node whose value it is, or "z1_grad" for a gradient.
        lines: at which step a line of the derivation begins, and that line, for comments. It may
            have no step of its own: z1.grad = h1.grad is only another name.
        loss: L, one number for each example.
        gradients: by parameter, the sum over the examples. A parameter that the loss does not
            depend on has none.

    Args:
        derivation: what `derive` has made of a loss.

    Raises ValueError, with the operation's name, if a line holds something that is not `READABLE`.
    """

    def __init__(self, derivation: Any) -> None:
        loss = derivation.loss
        self.steps: list[Step] = []
        self.names: dict[Step, str] = {}
        self.lines: list[tuple[int, str]] = []
        self._known: dict[tuple[Any, ...], Step] = {}
        self._values: dict[str, Step] = {}
        self._gradients: dict[str, Step] = {}
        self._gradients[identifier(derivation.names[loss])] = self._constant(1.0)
        self.inputs: dict[str, Step] = {}
        self.parameters: dict[Parameter, Step] = {}
        for node in (*derivation.graph.inputs, *derivation.graph.parameters):
            if node in derivation.used:
                self._give(node, derivation.names[node])
        for node, text in derivation.forward:
            name = derivation.names[node]
            self._values[identifier(name)] = self._line(name, node, text, [node])
        self.loss = self._values[identifier(derivation.names[loss])]
        users = {
            node: [user for user in derivation.nodes if node in user.operands]
            for node in derivation.used
        }
        gradients = {}
        for node, text in derivation.backward:
            name = derivation.names[node]
            step = self._line(f"{name}.grad", node, text, users[node])
            self._gradients[identifier(name)] = gradients[node] = step
        self.gradients = {p: gradients[p] for p in derivation.parameters}

    def _give(self, node: Any, name: str) -> None:
        if isinstance(node, Parameter):
            step = Step("parameter", (), node.value.shape)
            self.parameters[node] = step
        else:
            step = Step("input", (), ("B", 1 if isinstance(node, Labels) else node.width))
            self.inputs[name] = step
        self._values[identifier(name)] = step
        self.names[step] = identifier(name)

    def _line(self, name: str, node: Any, text: str, owners: list[Any]) -> Step:
        """Take one line apart.  `owners` are the nodes whose definitions it may call."""
        before = len(self.steps)
        shape = node.value.shape if isinstance(node, Parameter) else ("B", node.width or 1)
        try:
            if "#" in text:
                raise Unreadable("a comment")
            step = self._read(
                ast.parse(text, mode="eval").body, self._values, self._definitions(owners)
            )
            if step.shape != shape or step.operation == "transpose":
                raise Unreadable(f"its shape would be {step.shape}, not {shape}")
        except (Unreadable, SyntaxError, RecursionError) as what:
            kinds = ", ".join(sorted({type(owner).__name__ for owner in owners}))
            raise ValueError(
                f"{name} = {text} ({kinds}) cannot be written as straight-line code: {what}. Only "
                f'{READABLE} can. engine="graph" runs everything.'
            ) from None
        if isinstance(node, Parameter) and step in self.names:  # two weights, one gradient
            step = self._copy(step)
        self.names.setdefault(step, identifier(name).replace(".grad", "_grad"))
        self.lines.append((before, f"{name} = {text}"))
        return step

    @staticmethod
    def _definitions(owners: list[Any]) -> dict[str, ast.FunctionDef]:
        """The functions that these nodes define, by name."""
        found: dict[str, ast.FunctionDef] = {}
        for owner in owners:
            for function in ast.parse(owner.definition).body:
                if isinstance(function, ast.FunctionDef):
                    known = found.setdefault(function.name, function)
                    if ast.dump(known) != ast.dump(function):
                        raise Unreadable(f"two definitions of {function.name}")
        return found

    # ------------------------------------------------------------------ reading an expression

    def _read(self, e: ast.expr, values: Any, functions: Any) -> Step:
        def read(inner: ast.expr) -> Step:
            return self._read(inner, values, functions)

        match e:
            case ast.Constant(value=bool() | str() | None):
                raise Unreadable(ast.unparse(e))
            case ast.Constant(value=int() | float() as number):
                return self._constant(float(number))
            case ast.Name(id=name) if name in values:
                return values[name]
            case ast.Attribute(value=ast.Name(id=name), attr="grad") if name in self._gradients:
                return self._gradients[name]
            case ast.Attribute(value=inner, attr="T"):
                return self._transpose(read(inner))
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return self._element("negative", read(inner))
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                return self._dot(read(left), read(right))
            case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() as n)) if (
                0 < n <= MOST_FACTORS
            ):
                factor = power = read(left)
                for _ in range(n - 1):
                    power = self._element("multiply", power, factor)
                return power
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in BINARY:
                return self._element(BINARY[type(operator)], read(left), read(right))
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                if type(operator) in COMPARISONS:
                    return self._element(COMPARISONS[type(operator)], read(left), read(right))
                if isinstance(operator, ast.Eq):
                    return self._onehot(e, read(left), right, read)
            case ast.Subscript(value=inner, slice=ast.Tuple(elts=[rows, columns])):
                return self._subscript(e, read(inner), rows, columns, read)
            case ast.Call(func=ast.Attribute(inner, "astype"), args=[ast.Name("float")]):
                return read(inner)  # True counts as 1.0 in every operation that follows
            case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr=name), args=args):
                if FUNCTIONS.get(name) == len(args) and not e.keywords:
                    return self._element(name, *map(read, args))
            case ast.Call(func=ast.Attribute(value=inner, attr="sum" | "max" as name)):
                axes = {k.arg: ast.unparse(k.value) for k in e.keywords}
                axis = axes.get("axis") if set(axes) <= {"axis", "keepdims"} else None
                if not e.args and f"{name}{axis}" in ("sum0", "sum1", "max1"):
                    return self._reduce(f"{name}{axis}", read(inner))
            case ast.Call(ast.Name(id=name), args, keywords=[]) if name in functions:
                return self._call(functions[name], [read(each) for each in args], functions)
        raise Unreadable(ast.unparse(e))

    def _call(self, function: ast.FunctionDef, arguments: list[Step], functions: Any) -> Step:
        """Read the body of a definition with these arguments in place of its parameters."""
        names = [argument.arg for argument in function.args.args]
        if len(names) != len(arguments):
            raise Unreadable(f"{function.name} of {len(arguments)} operands")
        values = dict(zip(names, arguments, strict=True))
        for statement in function.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    values[name] = self._read(value, values, functions)
                case ast.Return(value=ast.expr() as value):
                    return self._read(value, values, functions)
                case ast.Expr(value=ast.Constant()):
                    pass  # a docstring
                case _:
                    raise Unreadable(ast.unparse(statement))
        raise Unreadable(f"{function.name} without a return")

    def _subscript(self, e: ast.expr, of: Step, rows: ast.expr, columns: Any, read: Any) -> Step:
        written = ast.unparse(rows), ast.unparse(columns)
        if written == (":", "None") and of.shape[1] == 1:
            return of  # one number for each example is a column already
        if re.fullmatch(r"np\.arange\(len\(\w+\)\)", written[0]) and of.shape[0] == "B":
            return self._step("pick", (of, read(columns)), ("B", 1))
        raise Unreadable(ast.unparse(e))

    def _onehot(self, e: ast.expr, column: Step, right: ast.expr, read: Any) -> Step:
        """y[:, None] == np.arange(a.shape[1]): 1 in the column of the label, 0 elsewhere."""
        match right:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="np"), attr="arange"),
                args=[ast.Subscript(ast.Attribute(inner, "shape"), ast.Constant(1))],
            ) if column.shape == ("B", 1):
                return self._step("onehot", (column,), ("B", read(inner).shape[1]))
        raise Unreadable(ast.unparse(e))

    # ------------------------------------------------------------------ making steps

    def _step(self, operation: str, arguments: tuple[Any, ...], shape: Shape) -> Step:
        key = (operation, *map(id, arguments))
        if key not in self._known:
            self._known[key] = step = Step(operation, arguments, shape)
            self.steps.append(step)
        return self._known[key]

    def _copy(self, of: Step) -> Step:
        self.steps.append(step := Step("positive", (of,), of.shape))
        return step

    def _constant(self, value: float) -> Step:
        if not math.isfinite(value):
            raise Unreadable(str(value))
        key = ("constant", value)
        if key not in self._known:
            self._known[key] = Step("constant", (value,), (1, 1))
        return self._known[key]

    def _transpose(self, of: Step) -> Step:
        if of.operation == "transpose":
            return of.arguments[0]
        if of.operation == "dot" and of.shape[0] != "B":  # (A B)ᵀ = Bᵀ Aᵀ
            a, b = of.arguments
            return self._dot(self._transpose(b), self._transpose(a))
        key = ("transpose", id(of))
        if key not in self._known:
            self._known[key] = Step("transpose", (of,), (of.shape[1], of.shape[0]))
        return self._known[key]

    def _dot(self, a: Step, b: Step) -> Step:
        has_constant = "constant" in (a.operation, b.operation)
        if a.shape[1] != b.shape[0] or b.shape[1] == "B" or has_constant:
            raise Unreadable(f"a product of {a.shape} and {b.shape}")
        return self._step("dot", (a, b), (a.shape[0], b.shape[1]))

    def _reduce(self, operation: str, of: Step) -> Step:
        if of.shape[0] != "B":
            raise Unreadable(f"a sum or a maximum of {of.shape}")
        shape = (1, of.shape[1]) if operation == "sum0" else (of.shape[0], 1)
        return self._step(operation, (of,), shape)

    def _element(self, operation: str, *arguments: Step) -> Step:
        values = [a.arguments[0] if a.operation == "constant" else None for a in arguments]
        if operation == "multiply" and 1.0 in values:  # such as the gradient of the loss itself
            return arguments[1 - values.index(1.0)]
        if None not in values:
            with np.errstate(all="ignore"):
                return self._constant(float(getattr(np, operation)(*values)))
        if any(a.operation == "transpose" for a in arguments):
            raise Unreadable(".T outside a product")
        if operation == "add" and all(a.operation in TRUE_OR_FALSE for a in arguments):
            raise Unreadable("True + True, which is True")
        shape: list[Any] = []
        for lengths in zip(*(a.shape for a in arguments), strict=True):
            lengths = tuple(dict.fromkeys(n for n in lengths if n != 1)) or (1,)
            if len(lengths) > 1:
                raise Unreadable(f"{operation} of shapes {[a.shape for a in arguments]}")
            shape.append(lengths[0])
        return self._step(operation, arguments, (shape[0], shape[1]))
