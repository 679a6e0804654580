"""Move one weight: the loss along it, the slope, and a step against the slope.

Source: lessons 02 and 03.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from course_nn import checks
from course_nn.checks import short
from course_nn.graph import Data, Graph, Node, Parameter
from course_nn.own_state import left_as_it_was
from course_nn.plots.pieces.axes import Axes
from course_nn.plots.pieces.chain import chain_of
from course_nn.plots.pieces.piece import Piece

FARTHEST = 1e6  # the weight is moved between −1,000,000 and 1,000,000


def move_one_weight(
    loss: Node,
    data: Data,
    parameter: Parameter,
    entry: tuple[int, int],
    *,
    reach: float | tuple[float, float] = 2.0,
    learning_rate: float = 0.1,
    factors: bool = True,
    title: str = "",
) -> Piece:
    """A picture to operate: the mean loss J if one weight changes and all others stay.

    The reader moves the weight, or lets it make a step −η · slope. The piece says the loss there,
    the slope by the formulas and by a nudge of 0.0001 to both sides. The page computes the network
    itself, from the weights that the graph has now.

    Args:
        loss: squared error or cross-entropy of layers one after the other, of at most 500 weights.
        data: an array for each input of its graph, (B, D) and (B, K) or (B,), B at most 100.
        parameter, entry: row and column of the weight in `parameter`, W (m, n) or b (1, n).
        reach: how far the picture goes to both sides, above 0; or to the left and to the right.
        learning_rate: η at the start.
        factors: also show what came in and δ, whose product is the slope (from lesson 03 on).
        title: drawn above it.

    The graph is left as it was. Raises TypeError or ValueError: no such loss; data that do not fit;
    a parameter that the loss does not use; an entry that is not there; a loss that overflows.
    """
    network = chain_of(loss, data)
    names = [layer["name"] for layer in network["layers"]]
    ours = [(i, kind) for i, name in enumerate(names) for kind in ("W", "b")]
    is_parameter = isinstance(parameter, Parameter) and parameter.graph is loss.graph
    place = [each for each in ours if is_parameter and names[each[0]][each[1]] == parameter.name]
    if not place:
        raise ValueError("move_one_weight needs a parameter that the loss uses, such as model.W3.")
    row, column = checks.entry(parameter.name, parameter.value.shape, entry)
    sides = reach if isinstance(reach, tuple) and len(reach) == 2 else (reach, reach)
    left, right = (checks.number("reach", each) for each in sides)
    if left == 0 or right == 0:
        raise ValueError("reach must be above 0; got 0.")
    if max(left, right, abs(parameter.value[row, column])) > FARTHEST / 2:
        raise ValueError(f"The weight and the reach must be below {FARTHEST / 2:,.0f}.")
    if not isinstance(title, str):
        raise TypeError(f"The title is a text; got {checks.shown(title)}.")
    rate = checks.number("learning_rate", learning_rate)
    checks.yes_or_no("factors", factors)
    (layer, kind), name = place[0], f"{parameter.name}[{row}, {column}]"
    curve = _Curve.of(loss, data, parameter, (row, column), (left, right))
    if not np.isfinite([curve.slope, *curve.losses]).all():
        raise ValueError(f"The loss is not finite for every value of {name}: take a smaller reach.")
    return Piece(
        title=title or f"Move {name}",
        sentence=curve.sentence(name),
        picture=curve.picture(name),
        alternative=curve.alternative(name),
        data=network
        | {
            "weight": {"name": name, "layer": layer, "kind": kind, "row": row, "column": column},
            "reach": [left, right],
            "rate": rate,
            "farthest": FARTHEST,
            "factors": bool(factors),
        },
        scripts=("network", "move_one_weight"),
    )


class _Curve(NamedTuple):
    """The loss over one weight, and where the weight is now."""

    weights: np.ndarray
    losses: np.ndarray
    here: float
    J: float
    slope: float

    @classmethod
    def of(cls, loss: Any, data: Data, parameter: Any, entry: Any, reach: Any) -> _Curve:
        net: Graph = loss.graph
        losses = []
        with left_as_it_was(net):
            net.put(net.checked_inputs(data, whole="The data"))
            net.Forward()
            net.Backward(loss)
            J, slope = float(loss.value.mean()), float(parameter.grad[entry])
            start = parameter.value
            here = float(start[entry])
            weights = np.linspace(here - reach[0], here + reach[1], 101)
            for weight in weights:
                moved = start.copy()
                moved[entry] = weight
                parameter.value = moved
                net.Forward()
                losses.append(float(loss.value.mean()))
        return cls(weights, np.array(losses), here, J, slope)

    def sentence(self, name: str) -> str:
        lowest = int(self.losses.argmin())
        least, where = short(self.losses[lowest]), short(self.weights[lowest], 2)
        found = f"lowest {least}, near {where}"
        if lowest in (0, len(self.weights) - 1):
            found = f"it still falls at the edge, {least} at {where}"
        if np.ptp(self.losses) < 1e-12 * max(1.0, abs(self.J)):
            found = "it is the same for every value"
        return (
            f"The loss if only {name} changes: {short(self.J)} now, at {short(self.here)}, with "
            f"slope {short(self.slope)}; {found}."
        )

    def alternative(self, name: str) -> str:
        first, last = (
            f"{short(self.losses[i], 2)} at {short(self.weights[i], 2)}" for i in (0, -1)
        )
        return (
            f"A curve, the loss against {name}, from {first} to {last}; a dashed tangent touches "
            f"it at {short(self.here, 2)}."
        )

    def picture(self, name: str) -> str:
        low, high = float(self.losses.min()), float(self.losses.max())
        margin = 0.08 * (high - low) or 0.5
        axes = Axes(
            (float(self.weights[0]), float(self.weights[-1])),
            (low - margin, high + margin),
            xlabel=name,
            ylabel="loss",
        )
        axes.curve(self.weights, self.losses, "value")
        side = np.array([-0.2, 0.2]) * (self.weights[-1] - self.weights[0])
        tangent = self.here + side, self.J + self.slope * side
        axes.curve(*tangent, "gradient", dashed=True)
        axes.point(self.here, self.J, "plain", label="now")
        return axes.svg()
