"""The two losses: one number L_b for each example, shape (B,).

| loss                 | value L                  | adds to the gradient of its operand         |
|----------------------|--------------------------|---------------------------------------------|
| squared_error(ŷ, y)  | ½ Σ (ŷ − y)²             | ŷ: g (ŷ − y), and y: −g (ŷ − y)             |
| cross_entropy(z3, y) | −log softmax(z3)[y]      | z3: g (softmax(z3) − onehot(y))             |

The mean over the batch, J = (1/B) Σ_b L_b, is not taken here: `Backward` divides by B once, at its
end, and so gives the gradients of J.

Source: lessons 02 and 06; C. Bishop, Pattern Recognition and Machine Learning, section 5.2.
"""

from __future__ import annotations

import numpy as np

from course_nn import checks
from course_nn.graph import Input, Labels
from course_nn.operations import Operation, softmax


class squared_error(Operation):
    """L = ½ ‖ŷ − y‖² for each example; output ŷ and target y are (B, K)."""

    operands_needed = 2

    def check_operands(self) -> int | None:
        super().check_operands()
        return None

    def forward(self) -> None:
        output, y = self.operands
        self.value = 0.5 * ((output.value - y.value) ** 2).sum(axis=1)

    def backward(self) -> None:
        output, y = self.operands
        g = self.grad[:, None]
        output.add_grad(g * (output.value - y.value))
        if not isinstance(y, Input):
            y.add_grad(g * (y.value - output.value))


class cross_entropy(Operation):
    """L = −log p_y for each example, where p = softmax(z3) and y is the example's label.

    Takes the logits z3 (B, K), not probabilities: log p_y = z3_y − log Σ eᶻ³ is then computed
    without ever taking the logarithm of a rounded 0, for logits of any size.
    """

    operands_needed = 2

    def check_operands(self) -> int | None:
        z3, y = self.operands
        self.need_rows(z3)
        if isinstance(z3, softmax):
            raise ValueError(
                f"{self}: cross_entropy takes the softmax itself. Give it the logits "
                f"{z3.operands[0].name}, not {z3.name}."
            )
        if not isinstance(y, Labels):
            raise ValueError(
                f"{self}: {y.name} must be nn.Labels({checks.name_to_type(y, 'y')!r}, "
                f"classes={z3.width}), with integer labels."
            )
        if y.classes != z3.width:
            raise ValueError(
                f"{self}: {z3.name} has {z3.width} columns, but {y.name} has {y.classes} classes. "
                "There is one logit for each class."
            )
        if y.classes == 1:
            raise ValueError(
                f"{self}: with one class the loss is always 0, and every answer right. For yes or "
                "no take two classes, labels 0 and 1; for one number, squared_error."
            )
        return None

    def forward(self) -> None:
        z3, y = self.operands
        a = z3.value - z3.value.max(axis=1, keepdims=True)  # softmax(a) = softmax(z3)
        e = np.exp(a)
        total = e.sum(axis=1)
        self._softmax = e / total[:, None]  # (B, K), for backward
        self._onehot = y.value[:, None] == np.arange(z3.width)  # (B, K): True at the right answer
        self.value = np.log(total) - a[self._onehot]

    def backward(self) -> None:
        z3, _ = self.operands
        z3.add_grad(self.grad[:, None] * (self._softmax - self._onehot))
