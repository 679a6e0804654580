"""More operations, for networks that are more than one layer after the other.

    from course_nn import more_operations as more

    u = more.divide(z, more.row_norm(z), name="u")

Nothing in the core knows them. As there, g stands for the gradient that has arrived, `self.grad`.

| operation               | value            | adds to the gradients of its operands         |
|-------------------------|------------------|-----------------------------------------------|
| matmul_transposed(a, W) | a Wᵀ             | a: g W, and W: gᵀ a                           |
| subtract(a, b)          | a − b            | a: g, and b: −g                               |
| multiply(a, b)          | a ⊙ b            | a: g ⊙ b, and b: g ⊙ a                        |
| divide(a, b)            | v = a / b        | a: g / b, and b: −g v / b                     |
| join(a, b, …)           | [a, b, …]        | each: its own columns of g                    |
| row_mean(a)             | (1/K) Σ a        | a: g / K, in each of the K columns            |
| row_norm(a)             | n = ‖a‖ = √Σ a²  | a: g a / n                                    |
| weighted(L, c)          | c L              | L: g c, and c: g L                            |
| add_losses(L, M, α)     | L + α M          | L: g, and M: α g                              |

In `subtract`, `multiply` and `divide` one of the two may be a column (B, 1), one number for each
example, which then meets every column of the other; what is added to its gradient is the sum over
them. So `multiply(h, s)` scales the rows of h.

A parameter stays what it is in the core, without the batch axis: there is no node Wᵀ, but a
product with it, `matmul_transposed`. A loss stays (B,): the mean over the batch, here
J = (1/B) Σ_b c_b L_b, is taken at the end of `Backward` and nowhere else.

Source: the workbook, networks 14 to 20; I. Goodfellow et al., Deep Learning, section 6.5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_nn.checks import number
from course_nn.graph import Array, Input, Node, Parameter
from course_nn.operations import Operation

__all__ = [
    *("add_losses", "divide", "join", "matmul_transposed", "multiply"),
    *("row_mean", "row_norm", "subtract", "weighted"),
]


class matmul_transposed(Operation):
    """a Wᵀ: rows (B, m) times a parameter (n, m), transposed → (B, n). One W in two products,
    h = x W and h Wᵀ, is what tied weights are.

    Entry k of a row is Σ_i a_i W_ki. So W_ki meets g_k and a_i: its gradient is gᵀ a, summed over
    the examples.

    Raises ValueError: the right factor is no parameter, or has other columns than a.
    """

    operands_needed = 2
    written = "{} @ {}.T"

    def check_operands(self) -> int | None:
        a, W = self.operands
        self.need_rows(a)
        if not isinstance(W, Parameter):
            raise ValueError(f"{self}: the right factor must be an nn.Parameter; {W.name} is not.")
        n, m = W.value.shape
        if a.width != m:
            raise ValueError(
                f"{self}: {a.name} has {a.width} columns, but {W.name}.T has {m} rows. {W.name} is "
                f"{W.shape}; it must be (?, {a.width})."
            )
        return n

    def forward(self) -> None:
        a, W = self.operands
        self.value = a.value @ W.value.T

    def backward(self) -> None:
        a, W = self.operands
        W.add_grad(self.grad.T @ a.value)  # adds up over the examples
        if not isinstance(a, Input):
            a.add_grad(self.grad @ W.value)


class _Entrywise(Operation):
    """Entry by entry: two nodes (B, K), or one of them and a column (B, 1)."""

    operands_needed = 2

    def check_operands(self) -> int | None:
        a, b = self.operands
        self.need_rows(a)
        self.need_rows(b)
        if a.width != b.width and 1 not in (a.width, b.width):
            raise ValueError(
                f"{self}: {a.name} is {a.shape} and {b.name} is {b.shape}. They need the same "
                "number of columns, or one of them a single column, (B, 1)."
            )
        return b.width if a.width == 1 else a.width

    def add_to(self, operand: Node, grad: Array) -> None:
        """Add what has the shape of the value; to a column its sum, as each entry was used."""
        column = operand.width != self.width
        operand.add_grad(grad.sum(axis=1, keepdims=True) if column else grad)


class subtract(_Entrywise):
    """a − b, entry by entry: (B, K), or one of the two (B, 1) → (B, K).

    Raises ValueError: other widths; not nodes with rows.
    """

    written = "{} - {}"

    def forward(self) -> None:
        a, b = self.operands
        self.value = a.value - b.value

    def backward(self) -> None:
        a, b = self.operands
        self.add_to(a, self.grad.copy())  # its own array, not one shared by two nodes
        self.add_to(b, -self.grad)


class multiply(_Entrywise):
    """a ⊙ b, entry by entry: (B, K), or one of the two (B, 1) → (B, K), which scales each row.

    The derivative by one factor is the other one.

    Raises ValueError: other widths; not nodes with rows.
    """

    written = "{} * {}"

    def forward(self) -> None:
        a, b = self.operands
        self.value = a.value * b.value

    def backward(self) -> None:
        a, b = self.operands
        self.add_to(a, self.grad * b.value)
        self.add_to(b, self.grad * a.value)


class divide(_Entrywise):
    """v = a / b, entry by entry: (B, K), or one of the two (B, 1) → (B, K).

    ∂v/∂b = −a / b² = −v / b. Where b is 0 the value is infinite or NaN.

    Raises ValueError: other widths; not nodes with rows.
    """

    written = "{} / {}"

    def forward(self) -> None:
        a, b = self.operands
        self.value = a.value / b.value

    def backward(self) -> None:
        a, b = self.operands
        g, v = self.grad, self.value
        self.add_to(a, g / b.value)
        self.add_to(b, -(g * v / b.value))


class join(Operation):
    """[a, b, …]: the columns of two or more nodes side by side, (B, m), (B, n), … → (B, m + n + …).

    Nothing is computed, so each gets back the gradient of its own columns.

    Raises TypeError: a single node. ValueError: not nodes with rows.
    """

    def check_operands(self) -> int | None:
        if len(self.operands) < 2:
            raise TypeError(f"join puts two or more nodes side by side; got {len(self.operands)}.")
        widths: list[Any] = []
        for operand in self.operands:
            self.need_rows(operand)
            widths.append(operand.width)
        return sum(widths)

    def forward(self) -> None:
        self.value = np.concatenate([operand.value for operand in self.operands], axis=1)

    def backward(self) -> None:
        end = 0
        for operand in self.operands:
            start, end = end, end + operand.width
            operand.add_grad(self.grad[:, start:end].copy())


class _Column(Operation):
    """One number from each row: (B, K) → (B, 1)."""

    operands_needed = 1

    def check_operands(self) -> int | None:
        super().check_operands()
        return 1


class row_mean(_Column):
    """m = (1/K) Σ_k a_k of each row: (B, K) → (B, 1); ∂m/∂a_k = 1/K for every k.

    Raises ValueError: not a node with rows.
    """

    def forward(self) -> None:
        (a,) = self.operands
        self.value = a.value.mean(axis=1, keepdims=True)

    def backward(self) -> None:
        (a,) = self.operands
        K = a.width
        a.add_grad(np.repeat(self.grad / K, K, axis=1))


class row_norm(_Column):
    """n = ‖a‖ = √Σ_k a_k², the length of each row: (B, K) → (B, 1); ∂n/∂a_k = a_k / n.

    A row of zeros has no such derivative: there the gradient is NaN.

    Raises ValueError: not a node with rows.
    """

    def forward(self) -> None:
        (a,) = self.operands
        self.value = np.sqrt((a.value**2).sum(axis=1, keepdims=True))

    def backward(self) -> None:
        (a,) = self.operands
        a.add_grad(self.grad * a.value / self.value)


class weighted(Operation):
    """c L: the loss of each example times its weight, (B,) and (B, 1) → (B,).

    The batch rule stays: J = (1/B) Σ_b c_b L_b, divided by the number of examples, not by the sum
    of the weights. So an example with c = 2 counts as if it were there twice among these B, and
    one with c = 0 leaves no trace but its place in B.

    Args:
        *operands: L, a loss, and c, an input or a computed node with one column, (B, 1).
        name: of the node.

    Raises ValueError: the first is no loss, or the weights have not one column.
    """

    operands_needed = 2
    written = "{1} * {0}"

    def check_operands(self) -> int | None:
        L, c = self.operands
        _need_loss(self, L)
        self.need_rows(c)
        if c.width != 1:
            raise ValueError(
                f"{self}: {c.name} is {c.shape}. The weights of the examples are one column, "
                "(B, 1)."
            )
        return None

    def forward(self) -> None:
        L, c = self.operands
        self.value = c.value[:, 0] * L.value

    def backward(self) -> None:
        L, c = self.operands
        L.add_grad(self.grad * c.value[:, 0])
        c.add_grad((self.grad * L.value)[:, None])


class add_losses(Operation):
    """L + α M of two losses, for each example: (B,) and (B,) → (B,).

    Args:
        *operands: L and M, losses, as of two heads of one network.
        factor: α, a number ≥ 0.
        name: of the node.

    Raises ValueError or TypeError: one of them is no loss; the factor is no number ≥ 0.
    """

    operands_needed = 2

    def __init__(self, *operands: Node, factor: float = 1.0, name: str | None = None) -> None:
        self.factor = number("The factor of the second loss", factor)
        self.written = "{} + {}" if self.factor == 1 else f"{{}} + {self.factor!r} * {{}}"
        super().__init__(*operands, name=name)

    def check_operands(self) -> int | None:
        for operand in self.operands:
            _need_loss(self, operand)
        return None

    def forward(self) -> None:
        L, M = self.operands
        self.value = L.value + self.factor * M.value

    def backward(self) -> None:
        L, M = self.operands
        L.add_grad(self.grad.copy())
        M.add_grad(self.factor * self.grad)


def _need_loss(node: Operation, operand: Node) -> None:
    if operand.width is not None or isinstance(operand, Input):
        raise ValueError(
            f"{node}: {operand.name} is no loss. A loss is computed and has one number for each "
            "example, (B,), such as squared_error or cross_entropy."
        )
