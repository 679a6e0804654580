"""The questions of the further lesson on the loss surface.

What may be averaged, and the gap between N small steps and a large one.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from course_exercises import trials
from course_exercises.question import Question, Wrong, attempted, name_slip


def _two_means(answer: tuple[float, float]) -> str:
    x, y, w = np.array([1.0, 2.0, 3.0]), np.array([3.0, 5.0, 1.0]), 2.0
    gradients = x * (x * w - y)
    of_mean = x.mean() * (x.mean() * w - y.mean())
    right = (gradients.mean(), of_mean)
    slips = {
        "the first is the sum of the gradients; divide by 3.": (gradients.sum(), of_mean),
        "the two numbers are exchanged.": right[::-1],
        "the sign: the gradient of ½ (xw − y)² is x (xw − y).": (-right[0], -right[1]),
        "the inner derivative x is missing: those are the means of xw − y.": (1.0, 1.0),
        "the factor ½ of the loss was forgotten; it cancels the 2 of the square.": (8.0, 4.0),
        "those are losses; the gradients with respect to w are wanted.": (
            0.5 * ((x * w - y) ** 2).mean(),
            0.5 * (x.mean() * w - y.mean()) ** 2,
        ),
        "both are the gradient of the mean example.": (of_mean, of_mean),
        "both are the mean of the gradients; the mean example has another one.": (right[0],) * 2,
    }
    name_slip(answer, right, slips)
    return "Batch learning uses the first. The second belongs to an example that does not exist."


q1 = Question(
    "Exercise L.1",
    "mean_gradient_and_gradient_of_mean",
    _two_means,
    hints=[
        "The gradient of ½ (xw − y)² with respect to w is x (xw − y). Begin with example (1, 3).",
        "The three gradients are −1, −2 and 15.",
        "The mean example is x = 2, y = 3.",
    ],
    solution="""
x, y, w = np.array([1, 2, 3]), np.array([3, 5, 1]), 2
mean_gradient_and_gradient_of_mean = (
    (x * (x * w - y)).mean(),
    x.mean() * (x.mean() * w - y.mean()),
)
""",
)


def _gap(answer: Callable[..., Any]) -> str:
    if not callable(answer):
        raise Wrong("a function is needed.")
    after, online, batch = trials.after, trials.online, trials.batch
    eta, start = trials.ETA, after(lambda trial: None)
    small, large = after(online(range(5))), after(batch(5 * eta))

    def both(first: Callable[..., None], second: Callable[..., None]) -> trials.Weights:
        """The weights when the second training carries on from the first."""

        def steps(trial: trials.Trial) -> None:
            first(trial)
            second(trial)

        return after(steps)

    def length(a: trials.Weights, b: trials.Weights, *names: str) -> float:
        return float(np.sqrt(sum(((a[name] - b[name]) ** 2).sum() for name in names or ["W1"])))

    def put_W1_back(trial: trials.Trial) -> None:
        online(range(5))(trial)
        trial.graph.replace_parameters({trial.model.W1: start["W1"].copy()})
        trial.step(slice(None), 5 * eta)

    only_W1_put_back = after(put_W1_back)
    difference = small["W1"] - large["W1"]
    slips = {
        "the batch update was made with η; it should have N times the learning rate.": length(
            small, after(batch())
        ),
        "the batch update was made with N² η: the sum of the gradients and N η.": length(
            small, after(batch(25 * eta))
        ),
        "the online updates were made with N η; only the batch update has it.": length(
            after(online(range(5), 5 * eta)), large
        ),
        "the batch update began where the online updates ended. Put the first weights back.": (
            length(both(online(range(5)), batch(5 * eta)), small)
        ),
        "the online updates began where the batch update ended. Put the first weights back.": (
            length(both(batch(5 * eta), online(range(5))), large)
        ),
        "0 comes out if all gradients are taken at the same weights, and also if W1 is compared "
        "with itself. Online, each gradient comes after the update before it; and keep W1.value, "
        "not W1.": 0.0,
        "only W1 was put back; W2 and W3 belong to the first weights too.": float(
            np.linalg.norm(small["W1"] - only_W1_put_back["W1"])
        ),
        "that is how far the online updates went; compare with the batch update.": length(
            small, start
        ),
        "that is how far the batch update went; compare with the online updates.": length(
            large, start
        ),
        "that is the difference of the two matrices; its length is np.linalg.norm of it.": (
            difference
        ),
        "that is the other difference, and a matrix; its length is np.linalg.norm of it.": (
            -difference
        ),
        "that is the square of the length.": length(small, large) ** 2,
        "that is the largest entry of the difference; take np.linalg.norm.": np.abs(
            difference
        ).max(),
        "all three matrices are in it; only W1 is wanted.": length(small, large, "W1", "W2", "W3"),
        "the examples were taken in reverse order.": length(after(online(range(4, -1, -1))), large),
    }
    trial = trials.Trial()
    result = answer(trial.loss, trial.X.copy(), trial.Y.copy(), eta)
    name_slip(attempted(result), length(small, large), slips)
    return "The only difference is at which weights the gradients were taken."


q2 = Question(
    "Exercise L.2",
    "gap",
    _gap,
    hints=[
        "Keep the first weights before anything is trained: start = {W: W.value for W in "
        "net.parameters}.",
        "After the online updates keep W1.value, and put the first weights back: for W in start: "
        "W.value = start[W].",
        "Then one Forward and Backward with all of X and Y, and SGD with len(X) * learning_rate.",
    ],
    solution="""
def gap(loss, X, Y, learning_rate):
    net = loss.graph
    W1 = net.parameters[0]
    start = {W: W.value for W in net.parameters}
    for i in range(len(X)):
        net.Forward(x=X[i : i + 1], y=Y[i : i + 1])
        net.Backward(loss)
        net.SGD(learning_rate)
    online = W1.value
    for W in net.parameters:
        W.value = start[W]
    net.Forward(x=X, y=Y)
    net.Backward(loss)
    net.SGD(len(X) * learning_rate)
    return np.linalg.norm(online - W1.value)
""",
)
