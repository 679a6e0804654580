"""The questions of lesson 09: when the weights change, scatter, what may be averaged, the gap
between N small steps and a large one, a fair comparison."""

from collections.abc import Callable
from typing import Any

import numpy as np

from course_exercises import trials
from course_exercises.question import Question, Wrong, attempted, choice, name_slip


def _updates_before(answer: tuple[int, int, int]) -> str:
    slips = {
        "example 7 itself does not count yet: its gradient is taken before its update.": (7, 2, 1),
        "the number for SGD is right. With B = 4 examples 1 to 4 made one update; example 7 is in "
        "the next batch, which has made none yet.": (6, 2, 0),
        "in batch learning the first update comes after example 10.": (6, 1, 1),
        "with B = 4 there is one update for four examples, not one for each.": (6, 6, 0),
        "that is SGD three times; in the others an update comes only after a batch.": (6, 6, 6),
        "the other way round: first SGD, then mini-batches, then batch learning.": (0, 1, 6),
        "that is how many examples were processed before in the same batch.": (0, 2, 6),
        "those are the updates of the whole epoch.": (10, 3, 1),
    }
    name_slip(answer, (6, 1, 0), slips)
    return "Each gradient belongs to the weights that the last update left, not the last example."


q1 = Question(
    "Exercise 9.1",
    "updates_before",
    _updates_before,
    hints=[
        "Which examples come before example 7, and after which of them do the weights change?",
        "With B = 4 the batches are 1 to 4, 5 to 8, and 9 and 10.",
    ],
    solution="updates_before = (6, 1, 0)",
)


def _scatter(answer: tuple[float, float]) -> str:
    slips = {
        "divided by 16; it is divided by the root of 16. The number of examples is right.": (
            0.05,
            64,
        ),
        "divided by B instead of its root, twice.": (0.05, 8),
        "the first is right. For an eighth of the scatter, 8 examples are not enough.": (0.2, 8),
        "the first is right. 16 was for a quarter of the scatter; an eighth needs more than twice "
        "as many.": (0.2, 32),
        "multiplied by the root; an average is steadier, not rougher.": (3.2, 64),
        "the average has less scatter than one example.": (0.8, 64),
        "first the scatter, then the number of examples.": (64, 0.2),
        "that is the scatter for four examples. The number of examples is right.": (0.4, 64),
    }
    name_slip(answer, (0.2, 64), slips)
    return "Four times the examples, half the scatter: 0.8, 0.4, 0.2, 0.1 for 1, 4, 16, 64."


q2 = Question(
    "Exercise 9.2",
    "scatter_and_examples",
    _scatter,
    hints=[
        "With replacement: the scatter of one example, divided by the root of B.",
        "For the second number solve 0.8 / √B = 0.1.",
    ],
    solution="scatter_and_examples = (0.8 / 4, 8**2)",
)


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


q3 = Question(
    "Exercise 9.3",
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


q4 = Question(
    "Exercise 9.4",
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

q5 = Question(
    "Exercise 9.5",
    "fair",
    choice(
        "c",
        "Its own η for each, fixed weights, several seeds, and it says what was counted.",
        {
            "a": "one η for both suits one of them better. Each needs its own.",
            "b": "these losses are measured at moving weights: online the mean over many networks, "
            "in batch learning one epoch late.",
            "d": "what is chosen by the test data looks too good on them; and the best of ten "
            "seeds shows luck, above all that of the method that scatters most.",
        },
    ),
    hints=[
        "Go through them and ask: who chose η, and by which data? At which weights was the loss "
        "measured? How many runs?",
        "Sections 6 and 7 each rule one out at once.",
    ],
    solution='fair = "c"',
)
