"""The graph written out: as lines of text, as equations, and as plain NumPy.

`derive(loss)` goes through the nodes as `Forward` and `Backward` do, and writes a line for each
instead of computing it. All three forms come from one source: how each operation is `written`,
and what its `steps` back add to the gradients of its operands. For the code, its `definition` is
the function of its name. The tests hold these against what forward and backward compute.

Source: lessons 03 to 06.
"""

from __future__ import annotations

import ast
import re
from typing import Any

from course_nn import checks
from course_nn.graph import Graph, Input, Node, Parameter
from course_nn.operations import add


def derive(loss: Node) -> Derivation:
    """The forward and backward lines of the graph of `loss`; see `Derivation`.

    Raises ValueError or TypeError: not a loss, or an operation that does not say its `steps`.
    """
    checks.loss_node(loss)
    return Derivation(loss)


class Derivation:
    """Prints the lines of Forward and Backward. `latex(W1)` is the equation of one gradient,
    `code()` a NumPy function that computes all of them without `course_nn`.

    A node without a name is called n1, n2, … after its place in the graph.
    """

    def __init__(self, loss: Node) -> None:
        self.loss = loss
        self.graph: Graph = loss.graph
        place = {node: i for i, node in enumerate(self.graph.nodes, start=1)}
        taken = {node.name for node in self.graph.everything}
        self.names: dict[Any, str] = {}
        for node in self.graph.everything:
            name = node.name
            if node in place and node.label is None:
                name = f"n{place[node]}"
                while name in taken:
                    name += "_"
            self.names[node] = name
        self.used = self._used()
        self.nodes = [node for node in self.graph.nodes if node in self.used]
        self.parameters = [p for p in self.graph.parameters if p in self.used]
        self.forward = [(node, self._value(node)) for node in self.nodes]
        self.backward = self._backward()

    def _used(self) -> set[Any]:
        """The nodes that the loss depends on."""
        found, waiting = set(), [self.loss]
        while waiting:
            node = waiting.pop()
            if node not in found:
                found.add(node)
                waiting += node.operands
        return found

    def _value(self, node: Any) -> str:
        names = [self.names[operand] for operand in node.operands]
        if node.written:
            return " ".join(node.written.format(*names).split())
        return f"{type(node).__name__}({', '.join(names)})"

    def _step(self, node: Any, i: int) -> str:
        """What the node adds to the gradient of its operand number i."""
        if not isinstance(node.steps, str) and len(node.steps or ()) <= i:
            raise ValueError(
                f"{node} does not say what its backward adds to {node.operands[i].name}. Give the "
                f"class {type(node).__name__} its steps, such as steps = ('{{g}} * 2 * {{a}}',)."
            )
        if isinstance(node.steps, str) or not all(isinstance(each, str) for each in node.steps):
            raise ValueError(
                f"The steps of {type(node).__name__} must be a tuple of texts, one for each "
                "operand. With one operand it ends in a comma: steps = ('{g} * 2 * {a}',)."
            )
        names = dict(zip("abcd", (self.names[operand] for operand in node.operands), strict=False))
        names |= {"v": self.names[node], "g": f"{self.names[node]}.grad"}
        try:
            step = " ".join(node.steps[i].format(**names).split())
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(
                f"The step {node.steps[i]!r} of {type(node).__name__} may hold {{g}}, {{v}} and, "
                f"for its operands, {{a}}, {{b}}, …; {type(error).__name__}: {error}."
            ) from None
        if isinstance(node, add) and isinstance(node.operands[i], Parameter):
            step += ".sum(axis=0, keepdims=True)"  # the row was used by every example
        return step

    def _backward(self) -> list[tuple[Any, str]]:
        """(node, the sum of what its users add to its gradient), in the order of Backward."""
        parts: dict[Any, list[str]] = {}
        lines: list[tuple[Any, str]] = []
        for node in reversed(self.nodes):
            if node is not self.loss:
                lines.append((node, " + ".join(parts[node])))
            for i, operand in enumerate(node.operands):
                if not isinstance(operand, Input):
                    parts.setdefault(operand, []).append(self._step(node, i))
            for operand in dict.fromkeys(node.operands):
                first_user = next(user for user in self.nodes if operand in user.operands)
                if isinstance(operand, Parameter) and node is first_user:
                    lines.append((operand, " + ".join(parts[operand])))
        return lines

    def __repr__(self) -> str:
        loss = self.names[self.loss]
        lines = [(self.names[node], value, node.shape) for node, value in self.forward]
        back = [(f"{loss}.grad", "1 for each example", self.loss.shape)]
        back += [(f"{self.names[node]}.grad", step, node.shape) for node, step in self.backward]
        back += [
            (f"{self.names[p]}.grad", f"{self.names[p]}.grad / B", p.shape) for p in self.parameters
        ]
        left = [f"{name} = {value}" for name, value, _ in lines + back]
        width = max(map(len, left))
        shown = [
            f"{text.ljust(width)}  {shape}"
            for text, (_, _, shape) in zip(left, lines + back, strict=True)
        ]
        return "\n".join(["Forward", *shown[: len(lines)], "", "Backward", *shown[len(lines) :]])

    def latex(self, parameter: Parameter) -> Equation:
        """∂J/∂W as an equation, with the δ that it needs; rendered in JupyterLab.

        Raises ValueError if the loss does not depend on the parameter.
        """
        steps = dict(self.backward)
        if parameter not in steps:
            raise ValueError(f"{self.names[self.loss]} does not depend on {parameter!r}.")
        symbol = _symbol(self.names[parameter])
        lines = [
            rf"\frac{{\partial J}}{{\partial {symbol}}} &= \frac{{1}}{{B}} {self._tex(parameter)}"
        ]
        wanted, done = self._deltas(steps[parameter]), set()
        for node, step in reversed(self.backward):  # from the parameter towards the loss
            name = self.names[node]
            if name in wanted and node not in done:
                done.add(node)
                wanted |= self._deltas(step)
                lines.append(rf"{_delta(name)} &= {self._tex(node)}")
        return Equation(" \\\\\n".join(lines))

    @staticmethod
    def _deltas(step: str) -> set[str]:
        return set(re.findall(r"(\w+)\.grad", step))

    def _tex(self, node: Any) -> str:
        step = dict(self.backward)[node]
        tex = _Tex(self.names[self.loss]).expression(ast.parse(step, mode="eval").body)
        return rf"\left( {tex} \right)" if isinstance(node, Parameter) and " + " in tex else tex

    def code(
        self,
        engine: str | None = None,
        *,
        batch_size: int = 32,
        momentum: bool = False,
        weight_decay: bool = False,
    ) -> str:
        """A Python function of the inputs and weights that returns J and a tuple of gradients.

        It needs NumPy alone, and gives the numbers of the graph.

        Args:
            engine: "numpy" or "numba" for the updates that the trainers run with engine=.
            batch_size: 1 has code of its own in "numba". momentum, weight_decay: whether the
                update has them.

        Raises ValueError for an operation without a definition, or with one that the engine cannot
        write; without an engine, for a node whose name the function needs for itself.
        """
        if engine is not None:
            return self._updates(engine, batch_size, momentum, weight_decay)
        inputs = [self.names[x] for x in self.graph.inputs if x in self.used]
        weights = [self.names[p] for p in self.parameters]
        loss, first = self.names[self.loss], inputs[0]
        definitions = dict.fromkeys(
            part
            for node in self.nodes
            for part in node.definition.split("\n\n\n")
            if node.definition
        )
        for node in self.nodes:
            if not node.written and f"def {type(node).__name__}(" not in node.definition:
                raise ValueError(
                    f"{node} does not say how it is computed. Give the class "
                    f"{type(node).__name__} a definition: the source of a function of its name."
                )
        own = {"np", "B", "gradients"} | set(re.findall(r"def (\w+)", "".join(definitions)))
        own |= {f"{self.names[node]}_grad" for node in self.used}
        if clash := own & {self.names[node] for node in self.used}:
            raise ValueError(
                f"The code needs the name {', '.join(sorted(clash))} for itself. Give the node "
                "another name."
            )
        body = [f"{self.names[node]} = {value}" for node, value in self.forward]
        body += ["", f"{loss}_grad = np.ones(len({first}))"]
        body += [
            f"{self.names[node]}_grad = {step.replace('.grad', '_grad')}"
            for node, step in self.backward
        ]
        gradients = ", ".join(f"{name}_grad / B" for name in weights)
        if len(weights) == 1:
            gradients += ","  # still a tuple
        body += ["", f"B = len({first})", f"return {loss}.mean(), ({gradients})"]
        function = [f"def gradients({', '.join(inputs + weights)}):"]
        function += [f"    {line}" if line else "" for line in body]
        return "\n\n\n".join(["import numpy as np", *definitions, "\n".join(function)]) + "\n"

    def _updates(self, engine: str, batch_size: int, momentum: bool, decay: bool) -> str:
        from course_nn.derivation.numba_code import (
            NumbaCode,  # here: most readers never ask for them
        )
        from course_nn.derivation.numpy_code import NumpyCode
        from course_nn.derivation.straight_line import StraightLine

        if engine not in ("numpy", "numba"):
            raise ValueError(f"There is code for the engines 'numpy' and 'numba'; got {engine!r}.")
        line = StraightLine(self)
        if engine == "numpy":
            return NumpyCode(line, momentum=momentum, decay=decay).source()
        return NumbaCode(line, one=batch_size == 1, momentum=momentum, decay=decay).source()


class Equation:
    """LaTeX of aligned lines, rendered by JupyterLab; `print` shows the source."""

    def __init__(self, lines: str) -> None:
        self.source = f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"

    def __repr__(self) -> str:
        return self.source

    def _repr_latex_(self) -> str:
        return f"$$\n{self.source}\n$$"


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


class _Tex:
    """A line of `steps` as LaTeX. ⊙ is the product entry by entry."""

    def __init__(self, loss: str) -> None:
        self.loss = loss

    def expression(self, e: ast.expr) -> str:
        match e:
            case ast.Constant():
                return str(e.value)
            case ast.Name():
                return _symbol(e.id)
            case ast.Attribute(value=inner, attr="T"):
                return rf"{self.expression(inner)}^{{\top}}"
            case ast.Attribute(value=ast.Name(id=name), attr="grad"):
                return "1" if name == self.loss else _delta(name)
            case ast.Subscript(value=inner):  # g[:, None]: a column beside the rows
                return self.expression(inner)
            case ast.Call(func=ast.Attribute(value=inner, attr="sum"), keywords=[axis, *_]):
                over = "b" if ast.unparse(axis.value) == "0" else "k"  # rows or columns
                return rf"\textstyle\sum_{over} {self.bracketed(inner)}"
            case ast.Call(func=ast.Name(id=name), args=[first, *_]):
                return rf"\mathrm{{{name}}}({self.expression(first)})"
            case ast.Compare(left=left, comparators=[right]):
                return rf"1[{self.expression(left)} > {self.expression(right)}]"
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return rf"{self.bracketed(left)}^{{{self.expression(right)}}}"
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                return rf"{self.bracketed(left)} \, {self.bracketed(right)}"
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                if self.expression(left) == "1":  # the gradient of the loss itself
                    return self.expression(right)
                left_tex = self.expression(left)
                if isinstance(left, ast.BinOp) and not isinstance(left.op, ast.Mult):
                    left_tex = self.bracketed(left)
                return rf"{left_tex} \odot {self.bracketed(right)}"
            case ast.BinOp(left=left, op=op, right=right):
                sign = "+" if isinstance(op, ast.Add) else "-"
                right_tex = self.expression(right)
                if sign == "-" and isinstance(getattr(right, "op", None), (ast.Add, ast.Sub)):
                    right_tex = self.bracketed(right)
                return f"{self.expression(left)} {sign} {right_tex}"
        raise ValueError(f"This step cannot be written as an equation: {ast.unparse(e)}")

    def bracketed(self, e: ast.expr) -> str:
        tex = self.expression(e)
        return rf"\left( {tex} \right)" if isinstance(e, ast.BinOp) else tex
