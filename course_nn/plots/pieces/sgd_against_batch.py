"""SGD and batch learning, side by side on one loss surface, to be moved by the reader.

The network has two weights, z = x W without activation, so that its mean loss can be drawn as a
map; its mean loss is quadratic in W, so that the lines of the map are ellipses.

Source: lesson 10; the further lesson loss_surface, section 4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_nn import checks
from course_nn.graph import Array, Data, Graph, Input, Node, Parameter
from course_nn.history import History
from course_nn.losses import squared_error
from course_nn.operations import matmul
from course_nn.plots.pieces.axes import Axes
from course_nn.plots.pieces.chain import chain_of
from course_nn.plots.pieces.piece import Piece
from course_nn.training import train_batch, train_sgd

EXAMPLES = 10
START, RIGHT = [[-1.5], [1.5]], [[1.0], [-1.0]]
ACROSS, UP = (-2.5, 2.5), (-2.0, 2.0)  # what the map shows of the two weights
NEAR = 0.3  # and of their neighbourhood, to each side
LINES = (0.02, 0.04, 0.08, *(k / 5 for k in range(1, 9)))  # of the map; that of 1 meets the start
GIVEN_ORDER: dict[str, Any] = {"shuffle": False, "snapshots": "updates"}
# what the static picture shows: the way there, and not yet what the reader is to find
NOISE, ETA_SGD, ETA_BATCH, EPOCHS = 0.5, 0.1, 0.5, 3


def sgd_against_batch(*, seed: int = 4) -> SGDAgainstBatch:
    """A picture to operate: two runs on the same ten examples, on one map of the mean loss.

    The reader sets B and η of the first run, η of batch learning and the noise of the labels, and
    lets both go on: by an update, an epoch, or on and on. They take the examples in the given
    order. The page computes the network itself.

    Args:
        seed: of the examples and of their noise.

    Returns a piece that also gives its `network()` and its `examples(noise)`, for the trainers.
    Raises TypeError or ValueError if seed is no whole number, 0 or more.
    """
    return SGDAgainstBatch(checks.seed(seed))


class SGDAgainstBatch(Piece):
    """The piece of a page, and what it computes with: `network()` and `examples(noise)`."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._x = rng.normal(size=(EXAMPLES, 2)) * [1.0, 0.7]
        self._noise = rng.normal(size=(EXAMPLES, 1))
        self._right = self._x @ np.array(RIGHT)
        data = self.examples(NOISE)
        sgd, batch = self.network(), self.network()
        paths = [
            _path(train_sgd(sgd, data, learning_rate=ETA_SGD, epochs=EPOCHS, **GIVEN_ORDER)),
            _path(train_batch(batch, data, learning_rate=ETA_BATCH, epochs=EPOCHS, **GIVEN_ORDER)),
        ]
        lowest = self._lowest(data)
        J_sgd, J_batch, J_lowest = (
            self._mean_loss(data, W) for W in (paths[0][-1], paths[1][-1], lowest)
        )
        super().__init__(
            title="SGD against batch",
            sentence=f"Two weights, after {EPOCHS} epochs of {EXAMPLES} examples with label noise "
            f"{NOISE}. {_in_words('SGD', 1, ETA_SGD, paths[0], J_sgd)} "
            f"{_in_words('Batch learning', EXAMPLES, ETA_BATCH, paths[1], J_batch)} "
            f"The lowest mean loss of all is {J_lowest:.4f}.",
            picture=self._picture(data, paths, lowest),
            alternative="A map of the mean loss over the two weights. From the start, at "
            f"{_place(paths[0][0])}, a solid line shows the path of SGD to {_place(paths[0][-1])}, "
            f"a dashed line that of batch learning to {_place(paths[1][-1])}.",
            data={
                "network": chain_of(self.network(), self.examples(0.0)),
                "noise": self._noise.tolist(),  # of the labels, at a noise of 1
                "across": ACROSS,
                "up": UP,
                "near": NEAR,
                "lines": LINES,
                "first": {"noise": NOISE, "sgd": ETA_SGD, "batch": ETA_BATCH},
            },
            scripts=("network", "sgd_against_batch"),
        )

    def network(self) -> Node:
        """The loss of a new network z = x W with W (2, 1) at the start, ½ (z − y)²."""
        with Graph(make_current=False):
            x, y = Input("x", width=2), Input("y", width=1)
            return squared_error(matmul(x, Parameter("W", START), name="z"), y, name="loss")

    def examples(self, noise: float) -> Data:
        """The ten examples: {"x": (10, 2), "y": (10, 1)}, y = x W + noise · ε.

        The ε are the same for every noise. Raises TypeError or ValueError if noise is no number,
        0 or more.
        """
        y = self._right + checks.number("noise", noise) * self._noise
        return {"x": self._x.copy(), "y": y}

    def _lowest(self, data: Data) -> Array:
        """The two weights with the lowest mean loss, (2,)."""
        x, y = data["x"], data["y"]
        return np.linalg.solve(x.T @ x, x.T @ y)[:, 0]

    def _mean_loss(self, data: Data, W: Array) -> float:
        """J over all examples at two weights."""
        return float((0.5 * (data["x"] @ W - data["y"][:, 0]) ** 2).mean())

    def _picture(self, data: Data, paths: list[Array], lowest: Array) -> str:
        axes = Axes(ACROSS, UP, "W[0, 0]", "W[1, 0]", width=480, height=400)
        start = np.array(START)[:, 0]
        for line in _lines_of_the_map(data["x"], lowest, start):
            axes.curve(line[:, 0], line[:, 1], "faint")
        sgd, batch = paths
        axes.curve(sgd[:, 0], sgd[:, 1], "gradient")
        axes.curve(batch[:, 0], batch[:, 1], "value", dashed=True)
        axes.point(start[0], start[1], "plain")
        axes.text(start[0] - 0.1, start[1] + 0.12, "start", "end")
        axes.point(sgd[-1, 0], sgd[-1, 1], "gradient")
        axes.point(batch[-1, 0], batch[-1, 1], "value")
        for y, words in ((-1.4, "solid line: SGD"), (-1.7, "dashed line: batch learning")):
            axes.text(-2.4, y, words)
        return axes.svg()


def _in_words(name: str, B: int, eta: float, path: Array, J: float) -> str:
    """What a run has come to."""
    updates = checks.counted(len(path) - 1, "update")
    return f"{name} (B = {B}, η = {eta}) made {updates}, and its mean loss is {J:.4f}."


def _place(weights: Array) -> str:
    return f"({checks.short(weights[0], 2)}, {checks.short(weights[1], 2)})"


def _path(history: History) -> Array:
    """The two weights at the start and after each update, (updates + 1, 2)."""
    return np.array([weights["W"][:, 0] for weights in history.snapshots])


def _lines_of_the_map(x: Array, lowest: Array, start: Array) -> list[Array]:
    """Ellipses around the lowest point on which the mean loss is the same, (points, 2) each.

    J = J_lowest + ½ dᵀ A d, where d is the way from the lowest point and A = xᵀ x / N: that of
    line 1 is met at the start.
    """
    A = x.T @ x / len(x)
    curvatures, directions = np.linalg.eigh(A)
    away = start - lowest
    reach = np.sqrt(away @ A @ away)
    angle = np.linspace(0, 2 * np.pi, 91)
    circle = np.array([np.cos(angle), np.sin(angle)])
    ellipse = (directions / np.sqrt(curvatures)) @ circle
    return [(lowest[:, None] + k * reach * ellipse).T for k in LINES]
