"""An update is made whole, or not at all.

Source: lesson 08, section 6, for weights that diverge.
"""

from __future__ import annotations

import math
from types import TracebackType

import numpy as np

from course_nn.graph import Array, Graph, Node, Parameter
from course_nn.history import History, TrainingDiverged

Weights = dict[Parameter, Array]


class Updates:
    """`with updates.all_or_nothing(rate): …` for each update of a run.

    An update counts from the moment at which its loss stands in the history. Whatever ends the
    block before that, also the ■ button, leaves weights and velocity as the update before left
    them. If what ends it is a number that is not finite, the weights go back to those at which the
    last finite loss was computed.
    """

    def __init__(self, loss: Node, history: History) -> None:
        self.loss, self.history = loss, history
        self.graph: Graph = loss.graph
        self.rate = 0.0
        self.weights_before, self.velocity_before = self.weights(), history.velocity
        self.updates_before = len(history.updates)
        self.last_finite: tuple[float | None, Weights] = (None, self.weights_before)

    def weights(self) -> Weights:
        """The present weights, which nobody changes in place."""
        return {p: p.value for p in self.graph.parameters}

    def all_or_nothing(self, rate: float) -> Updates:
        """For a `with` block, in which weights and velocity are changed and then counted."""
        self.rate = rate
        self.weights_before, self.velocity_before = self.weights(), self.history.velocity
        self.updates_before = len(self.history.updates)
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None or len(self.history.updates) > self.updates_before:
            return
        self.history.velocity = self.velocity_before
        self._put_back(self.weights_before)
        if isinstance(error, FloatingPointError):
            last_loss, weights = self.last_finite
            self._put_back(weights)
            epoch = len(self.history.epochs) + 1
            raise TrainingDiverged(epoch, self.rate, last_loss, self.history) from None

    def mean_loss(self) -> float:
        """J of the batch that has gone Forward. FloatingPointError if it is not finite.

        Called where NumPy does not warn of an overflow, as in `_train`.
        """
        L = self.loss.value
        J = float(np.add.reduce(L)) / len(L)
        if not math.isfinite(J):
            raise FloatingPointError
        self.last_finite = (J, self.weights_before)
        return J

    def _put_back(self, weights: Weights) -> None:
        if any(p.value is not value for p, value in weights.items()):
            self.graph.replace_parameters(weights)
