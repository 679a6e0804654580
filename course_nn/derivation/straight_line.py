"""The graph taken apart into single steps: what the generated code of the fast engines is made of.

`derive` has a line for each node, such as z1.grad = h1.grad * h1 * (1 - h1). Here the recording
behind each line becomes steps with one operation each, on known shapes. A step that was there
before is not made a second time: the exponentials of cross_entropy serve the loss and its gradient.

Source: A. Aho et al., Compilers, section 8.5 (value numbering); the further lesson generated_code.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_nn.derivation.recorded import Expression
from course_nn.graph import Labels, Parameter

Shape = tuple[Any, int]  # ("B", K) for rows, (m, n) for parameters; one number each is ("B", 1)


class Unwritable(Exception):
    """Something for which there are no steps; the text says what."""


def identifier(name: str) -> str:
    """The name as Python reads it: the two characters µ of Unicode are one."""
    return unicodedata.normalize("NFKC", name)


@dataclass(frozen=True, eq=False)
class Step:
    """One operation on earlier steps.

    Args:
        operation: "input", "parameter", "constant", "dot", "transpose", "onehot", "pick",
            "join", "columns", "sum0", "sum1", "max1", or an operation element by element, by
            NumPy's name.
        arguments: the steps that it is computed from; for a constant its value; for "columns" also
            where they begin and end.
        shape: of the result; ("B", 1) for one number for each example.
    """

    operation: str
    arguments: tuple[Any, ...]
    shape: Shape

    @property
    def by_element(self) -> bool:
        """Whether each entry comes from the entries at the same place."""
        return not self.is_given and self.operation not in (
            *("dot", "transpose", "pick", "join", "columns", "sum0", "sum1", "max1"),
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
        made: by (node, "value" or "gradient"), the step that computes it.

    Args:
        derivation: what `derive` has made of a loss.

    Raises ValueError, with the operation's name, if a line holds something that has no step.
    """

    def __init__(self, derivation: Any) -> None:
        self.derivation, loss = derivation, derivation.loss
        self.steps: list[Step] = []
        self.names: dict[Step, str] = {}
        self.lines: list[tuple[int, str]] = []
        self._known: dict[tuple[Any, ...], Step] = {}
        self._read: dict[Expression, Step] = {}
        self.made: dict[tuple[Any, str], Step] = {(loss, "gradient"): self._constant(1.0)}
        self.inputs: dict[str, Step] = {}
        self.parameters: dict[Parameter, Step] = {}
        for node in (*derivation.graph.inputs, *derivation.graph.parameters):
            if node in derivation.used:
                self._give(node, derivation.names[node])
        for node, text in derivation.forward:
            name, value = derivation.names[node], derivation.recordings[node].value
            self.made[node, "value"] = self._line(name, node, text, [(node, value)])
        self.loss = self.made[loss, "value"]
        for node, text in derivation.backward:
            name, added = f"{derivation.names[node]}.grad", derivation.added[node]
            self.made[node, "gradient"] = self._line(name, node, text, added)
        self.gradients = {p: self.made[p, "gradient"] for p in derivation.parameters}

    def _give(self, node: Any, name: str) -> None:
        if isinstance(node, Parameter):
            step = Step("parameter", (), node.value.shape)
            self.parameters[node] = step
        else:
            step = Step("input", (), ("B", 1 if isinstance(node, Labels) else node.width))
            self.inputs[name] = step
        self.made[node, "value"] = step
        self.names[step] = identifier(name)

    def _line(self, name: str, node: Any, text: str, parts: list[tuple[Any, Expression]]) -> Step:
        """The steps of one line, a sum of parts, each from the recording of an operation."""
        before = len(self.steps)
        shape = node.value.shape if isinstance(node, Parameter) else ("B", node.width or 1)
        try:
            step = self.step(parts[0][1])
            for _, part in parts[1:]:
                step = self._element("add", step, self.step(part))
            if step.operation == "constant" and node.width is None:  # the same for each example
                self.lines.append((before, f"{name} = {text}"))
                return step
            if step.shape != shape or step.operation == "transpose":
                raise Unwritable(f"its shape would be {step.shape}, not {shape}")
        except Unwritable as what:
            kinds = ", ".join(sorted({type(owner).__name__ for owner, _ in parts}))
            raise ValueError(
                f"{name} = {text} ({kinds}) cannot be written as straight-line code: {what}. "
                'engine="graph" runs everything.'
            ) from None
        if isinstance(node, Parameter) and step in self.names:  # two weights, one gradient
            step = self._copy(step)
        self.names.setdefault(step, identifier(name).replace(".grad", "_grad"))
        self.lines.append((before, f"{name} = {text}"))
        return step

    # ------------------------------------------------------------------ reading an expression

    def step(self, e: Expression) -> Step:
        """The step that computes an expression; those before it come first."""
        if e not in self._read:
            self._read[e] = self._step_of(e)
        return self._read[e]

    def _step_of(self, e: Expression) -> Step:
        if e.operation in ("value", "gradient"):
            return self.made[e.arguments[0], e.operation]
        if e.operation == "constant":
            return self._constant(float(e.arguments[0]))
        inner = [self.step(each) for each in e.inner]
        match e.operation:
            case "column" | "flat" | "astype":  # one number for each example is a column already,
                return inner[0]  # and True counts as 1.0 in every operation that follows
            case "transpose":
                return self._transpose(inner[0])
            case "matmul":
                return self._dot(*inner)
            case "power":
                power = inner[0]
                for _ in range(e.arguments[1] - 1):
                    power = self._element("multiply", power, inner[0])
                return power
            case "onehot":
                return self._step("onehot", (inner[0],), ("B", e.shape[1]))
            case "pick":
                return self._step("pick", tuple(inner), ("B", 1))
            case "sum0" | "sum1" | "max1":
                return self._reduce(e.operation, inner[0])
            case "join" | "columns" if any(each.operation == "constant" for each in inner):
                raise Unwritable("columns of what is the same number for each example")
            case "join":
                return self._step("join", tuple(inner), e.shape)
            case "columns":
                return self._step("columns", (inner[0], *e.arguments[1:]), e.shape)
            case "repeat":
                return self._step("positive", tuple(inner), e.shape)
        return self._element(e.operation, *inner)

    # ------------------------------------------------------------------ making steps

    def _step(self, operation: str, arguments: tuple[Any, ...], shape: Shape) -> Step:
        key = (operation, shape, *arguments)
        if key not in self._known:
            self._known[key] = step = Step(operation, arguments, shape)
            self.steps.append(step)
        return self._known[key]

    def _copy(self, of: Step) -> Step:
        self.steps.append(step := Step("positive", (of,), of.shape))
        return step

    def _constant(self, value: float) -> Step:
        if not math.isfinite(value):
            raise Unwritable(str(value))
        key = ("constant", repr(value))  # −0.0 is not 0.0
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
        return self._step("dot", (a, b), (a.shape[0], b.shape[1]))

    def _reduce(self, operation: str, of: Step) -> Step:
        if of.shape[0] != "B":
            raise Unwritable(f"a sum or a maximum of {of.shape}")
        shape = (1, of.shape[1]) if operation == "sum0" else (of.shape[0], 1)
        return self._step(operation, (of,), shape)

    def _element(self, operation: str, *arguments: Step) -> Step:
        values = [a.arguments[0] if a.operation == "constant" else None for a in arguments]
        if operation == "multiply" and 1.0 in values:  # such as the gradient of the loss itself
            return arguments[1 - values.index(1.0)]
        if None not in values:
            with np.errstate(all="ignore"):
                return self._constant(float(getattr(np, operation)(*values)))
        lengths = zip(*(a.shape for a in arguments), strict=True)
        rows, columns = (next((n for n in each if n != 1), 1) for each in lengths)
        return self._step(operation, arguments, (rows, columns))
