"""The operations of a network: each shows how it is written, its value and its chain-rule step.

Below, g stands for the gradient that has arrived at the node, ∂L_b/∂node (`self.grad`).

| operation    | value          | adds to the gradients of its operands           |
|--------------|----------------|-------------------------------------------------|
| matmul(a, W) | a W            | a: g Wᵀ, and W: aᵀ g                            |
| add(a, b)    | a + b          | a: g, and b: g (a parameter row: sum over rows) |
| sigmoid(a)   | h = 1/(1+e⁻ᵃ)  | a: g h (1 − h)                                  |
| tanh(a)      | h = tanh a     | a: g (1 − h²)                                   |
| relu(a)      | max(a, 0)      | a: g where a > 0, else 0                        |
| softmax(a)   | s = eᵃ / Σ eᵃ  | a: s (g − Σ g s)                                |

They are classes, but in small letters, because they are used like functions: h1 = sigmoid(z1).

Source: lessons 03 to 07; I. Goodfellow et al., Deep Learning, sections 6.2 and 6.5.
"""

from __future__ import annotations

import numpy as np

from course_nn import checks
from course_nn.graph import Input, Labels, Node, Parameter


class Operation(Node):
    """A computational node: made from its operands by `forward`; `backward` adds to their
    gradients.

    An operation of your own takes about ten lines:

        class square(nn.Operation):
            '''a², element by element.'''

            def forward(self):
                (a,) = self.operands
                self.value = a.value**2

            def backward(self):
                (a,) = self.operands
                a.add_grad(self.grad * 2 * a.value)

    In a graph, `s = square(z1, name="s")` makes a node of it, and `check_gradients` tells whether
    the two methods fit together. Redefine `check_operands` if the operands are not simply nodes
    of one width. `written` says how the expression is printed. After Forward `self.value` is
    read-only, because `Backward` needs it as it is. What `derive` prints and the fast
    engines run is a recording of the two methods. Where they do what cannot be recorded, that is an
    error that says which line, and the graph itself still runs them.

    Raises ValueError or TypeError if the operands do not fit, when the graph is built, and
    RuntimeError outside a graph's block.
    """

    operands_needed: int | None = None  # None: any number from 1
    written = ""  # such as "{} @ {}"; empty: the name of the class with the operands in brackets

    def __init__(self, *operands: Node, name: str | None = None) -> None:
        self.operands = operands
        self.label = checks.in_normal_form(name)  # None: the node is named by its expression
        for operand in operands:
            if not isinstance(operand, Node):
                raise TypeError(
                    f"{type(self).__name__} needs nodes, such as nn.Input or nn.Parameter; "
                    f"got {checks.shown(operand)}."
                    + (f" A name is written name={operand!r}." if isinstance(operand, str) else "")
                )
            if not hasattr(operand, "_graph"):
                kind = type(operand).__name__
                raise TypeError(
                    f"A {kind} is no node yet: the __init__ of {kind} must call "
                    "super().__init__(*operands, name=name)."
                )
        if not operands or len(operands) != (self.operands_needed or len(operands)):
            raise TypeError(
                f"{type(self).__name__} is computed from {self.operands_needed or 'at least 1'} "
                f"node(s); got {len(operands)}."
            )
        super().__init__(name, self.check_operands())

    def check_operands(self) -> int | None:
        """The width of the result. Here: all operands are inputs or computed, of one width."""
        first = self.operands[0]
        for operand in self.operands:
            self.need_rows(operand)
            if operand.width != first.width:
                raise ValueError(
                    f"{self}: {first.name} is {first.shape} and {operand.name} is "
                    f"{operand.shape}. They need the same number of columns."
                )
        return first.width

    def need_rows(self, operand: Node) -> None:
        """Refuse an operand that has no value (B, K): a parameter, labels, a loss."""
        if isinstance(operand, Parameter):
            reason = (
                "is a parameter, which can be the right factor of a matrix product, h @ W, or "
                "a (1, K) row in an addition, z + b"
            )
        elif isinstance(operand, Labels):
            reason = "holds labels, which only go into cross_entropy"
        elif operand.width is None:
            reason = "is a loss; only a loss is computed from it"
        else:
            return
        raise ValueError(f"{self}: {operand.name} {reason}.")

    def __str__(self) -> str:
        """How the node is written, such as 'z1 = x @ W1'."""
        if self.written:
            expression = self.written.format(*(self.in_brackets(node) for node in self.operands))
        else:
            names = ", ".join(node.name for node in self.operands)
            expression = f"{type(self).__name__}({names})"
        return expression if self.label is None else f"{self.label} = {expression}"

    @staticmethod
    def in_brackets(node: Node) -> str:
        """The operand's name; in brackets if that is an expression such as x @ W1."""
        is_expression = isinstance(node, Operation) and node.label is None and node.written
        return f"({node.name})" if is_expression else node.name

    def forward(self) -> None:
        """Compute `self.value` from the values of the operands."""
        raise NotImplementedError(f"{type(self).__name__} needs a method forward(self).")

    def backward(self) -> None:
        """Add `self.grad` times the local derivative to each operand, by `add_grad`."""
        raise NotImplementedError(f"{type(self).__name__} needs a method backward(self).")


class matmul(Operation):
    """a W: the matrix product (B, m) (m, n) → (B, n) of rows and a parameter.

    np.dot(a, W) is a @ W, but for one row it takes down to a third of the time.
    """

    operands_needed = 2
    written = "{} @ {}"

    def check_operands(self) -> int | None:
        a, W = self.operands
        self.need_rows(a)
        if not isinstance(W, Parameter):
            raise ValueError(f"{self}: the right factor must be an nn.Parameter; {W.name} is not.")
        m, n = W.value.shape
        if a.width != m:
            origin = a  # the node that gave a its number of columns
            while not isinstance(origin, matmul) and a.width in [n.width for n in origin.operands]:
                origin = next(n for n in origin.operands if n.width == a.width)
            origin = origin.operands[1] if isinstance(origin, matmul) else origin
            raise ValueError(
                f"{self}: {a.name} has {a.width} columns, but {W.name} has {m} rows. "
                f"{origin.name} is {origin.shape}, so {W.name} must be ({a.width}, ?)."
            )
        return n

    def forward(self) -> None:
        a, W = self.operands
        self.value = np.dot(a.value, W.value)

    def backward(self) -> None:
        a, W = self.operands
        W.add_grad(np.dot(a.value.T, self.grad))  # adds up over the examples
        if not isinstance(a, Input):  # an input keeps no gradient: the product is saved
            a.add_grad(np.dot(self.grad, W.value.T))


class add(Operation):
    """a + b: two nodes of one shape, or a node (B, K) and a parameter row (1, K)."""

    operands_needed = 2
    written = "{} + {}"

    def check_operands(self) -> int | None:
        a, b = self.operands
        row, rows = (a, b) if isinstance(a, Parameter) else (b, a)
        if isinstance(row, Parameter) and not isinstance(rows, Parameter):
            self.need_rows(rows)
            if row.value.shape != (1, rows.width):
                raise ValueError(
                    f"{self}: {row.name} is {row.shape}; beside {rows.name}, which is "
                    f"{rows.shape}, it must be a row (1, {rows.width})."
                )
            return rows.width
        return super().check_operands()

    def forward(self) -> None:
        a, b = self.operands
        self.value = a.value + b.value

    def backward(self) -> None:
        for operand in self.operands:
            if isinstance(operand, Parameter):  # the row was used by every example
                operand.add_grad(self.grad.sum(axis=0, keepdims=True))
            else:
                operand.add_grad(self.grad.copy())  # its own array, not one shared by two nodes


class sigmoid(Operation):
    """h = 1 / (1 + e⁻ᵃ), element by element; dh/da = h (1 − h)."""

    operands_needed = 1

    def forward(self) -> None:
        (a,) = self.operands
        self.value = 1 / (1 + np.exp(-a.value))

    def backward(self) -> None:
        (a,) = self.operands
        g, h = self.grad, self.value
        a.add_grad(g * h * (1 - h))


class tanh(Operation):
    """h = tanh a, element by element; dh/da = 1 − h²."""

    operands_needed = 1

    def forward(self) -> None:
        (a,) = self.operands
        self.value = np.tanh(a.value)

    def backward(self) -> None:
        (a,) = self.operands
        g, h = self.grad, self.value
        a.add_grad(g * (1 - h**2))


class relu(Operation):
    """h = max(a, 0), element by element; dh/da = 1 where a > 0, else 0 (also at a = 0)."""

    operands_needed = 1

    def forward(self) -> None:
        (a,) = self.operands
        self.value = np.maximum(a.value, 0)

    def backward(self) -> None:
        (a,) = self.operands
        a.add_grad(self.grad * (a.value > 0))


class softmax(Operation):
    """s = eᵃ / Σ eᵃ along each row: positive numbers that sum to 1.

    ∂s_j/∂a_k = s_j (1[j = k] − s_k), so the step back is s (g − Σ g s).
    """

    operands_needed = 1

    def forward(self) -> None:
        (a,) = self.operands
        e = np.exp(a.value - a.value.max(axis=1, keepdims=True))  # no overflow, the same quotient
        self.value = e / e.sum(axis=1, keepdims=True)

    def backward(self) -> None:
        (a,) = self.operands
        s, g = self.value, self.grad
        a.add_grad(s * (g - (g * s).sum(axis=1, keepdims=True)))


# Here, because the graph does not know which operations there are.
Node.__matmul__ = lambda a, W: matmul(a, W)  # type: ignore[attr-defined]  # x @ W1
Node.__add__ = lambda a, b: add(a, b)  # type: ignore[attr-defined]  # a + b
