"""An update is made whole, or not at all.

Source: lesson 08, section 6, for weights that diverge.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import TracebackType

import numpy as np

from course_nn.copies import read_only_weights
from course_nn.graph import Array, Graph, Node, Parameter
from course_nn.history import History, TrainingDiverged

Weights = dict[Parameter, Array]


class Updates:
    """`with updates.all_or_nothing(rate): …` for each update of a run.

    An update counts from the moment at which `count` has added its loss to the history. Whatever
    ends the block before that, also the ■ button, leaves weights and velocity as the update before
    left them. So weights, velocity and history always describe one moment.
    """

    def __init__(self, loss: Node, history: History) -> None:
        self.loss, self.history, self.settings = loss, history, history.settings
        self.graph: Graph = loss.graph
        self.rate = 0.0
        self.weights_before, self.velocity_before = self.weights(), self.velocity
        self.updates_before = len(history._updates)
        last_loss = history.updates[-1][0] if history.updates else None
        self.last_finite: tuple[float | None, Weights | None] = (last_loss, None)

    @property
    def velocity(self) -> Mapping[str, Array]:
        """Of momentum, by parameter name; none at the start."""
        return self.history._velocity

    @velocity.setter
    def velocity(self, velocity: Mapping[str, Array]) -> None:
        self.history._velocity = read_only_weights(velocity)

    def weights(self) -> Weights:
        """The present weights, which nobody changes in place."""
        return {p: p._value for p in self.graph.parameters}

    def all_or_nothing(self, rate: float) -> Updates:
        """For a `with` block, in which weights and velocity are changed and then counted."""
        self.rate = rate
        self.weights_before, self.velocity_before = self.weights(), self.velocity
        self.updates_before = len(self.history._updates)
        return self

    def count(self, *made: tuple[float, int]) -> None:
        """The loss and the number of examples of each update: from now on these count."""
        self.history._updates.extend(made)  # in one step, so that ■ cannot come in between

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None or len(self.history._updates) > self.updates_before:
            return
        what = self._not_finite(error) if isinstance(error, FloatingPointError) else ""
        self.history._velocity = self.velocity_before
        if any(p._value is not value for p, value in self.weights_before.items()):
            self.graph.replace_parameters(self.weights_before)
        if what:
            epoch, (last_loss, weights) = len(self.history.epochs) + 1, self.last_finite
            last_weights = weights and {p.name: value for p, value in weights.items()}
            raise TrainingDiverged(
                epoch, self.rate, last_loss, self.history, last_weights, what
            ) from None

    def _not_finite(self, error: FloatingPointError) -> str:
        """What is not, in words; '' if an operation of one's own raised the error."""
        if not error.args:
            return "The loss"
        if not self.graph._backward_done:
            return ""
        grads = [p for p in self.graph.parameters if not np.isfinite(p.grad).all()]
        return f"The gradient of {grads[0].name}" if grads else "A weight"

    def mean_loss(self) -> float:
        """J of the batch that has gone Forward. FloatingPointError if it is not finite.

        Called where NumPy does not warn of an overflow, as in `_train`.
        """
        L = self.loss.value
        return self.finite(float(np.add.reduce(L)) / len(L))

    def finite(self, J: float) -> float:
        """J of a batch, if it is finite. Raises FloatingPointError."""
        if not math.isfinite(J):
            raise FloatingPointError
        self.last_finite = (J, self.weights_before)
        return J
