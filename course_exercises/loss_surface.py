"""The questions of the further lesson on the loss surface.

What may be averaged, the gap between N small steps and a large one, scatter without replacement.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from course_exercises.question import (
    Kind,
    Question,
    Slip,
    Wrong,
    attempted,
    find_slip,
    name_slip,
    same,
)
from course_exercises.trials import (
    FIRST,
    OTHERS,
    Setting,
    Steps,
    Trial,
    Weights,
    after,
    batch,
    online,
    run,
)


def _two_means(w: float, examples: list[tuple[int, int]]) -> Callable[[tuple[float, float]], str]:
    """The judge of the mean of the gradients, and the gradient of the mean, of these (x, y)."""
    x, y = np.array(examples, dtype=float).T
    d = x * w - y
    gradients = x * d
    of_mean = x.mean() * d.mean()
    right = (gradients.mean(), of_mean)
    each = " and ".join(", ".join(f"{g:g}" for g in gradients).replace("-", "−").rsplit(", ", 1))
    lost = [np.where(gradients == g, -g, gradients).mean() for g in gradients if g < 0]
    slips = {
        "the first is the sum of the gradients; divide by 3.": (gradients.sum(), of_mean),
        "the two numbers are exchanged.": right[::-1],
        "the sign: the gradient of ½ (xw − y)² is x (xw − y).": (-right[0], -right[1]),
        "the inner derivative x is missing: those are the means of xw − y.": (d.mean(),) * 2,
        "the factor ½ of the loss was forgotten; it cancels the 2 of the square.": (
            2 * right[0],
            2 * right[1],
        ),
        "those are losses; the gradients with respect to w are wanted.": (
            0.5 * (d**2).mean(),
            0.5 * d.mean() ** 2,
        ),
        "both are the gradient of the mean example.": (of_mean, of_mean),
        "both are the mean of the gradients; the mean example has another one.": (right[0],) * 2,
        "those are the gradients with respect to x; with respect to w the factor is x.": (
            w * d.mean(),
        )
        * 2,
        "a bracket is missing: x (xw − y), not x x w − y.": (
            (x * x * w - y).mean(),
            x.mean() ** 2 * w - y.mean(),
        ),
        "the signs of the gradients were lost.": (np.abs(gradients).mean(), of_mean),
        "that is the middle one of the three gradients; the mean is their sum divided by 3.": (
            np.median(gradients),
            of_mean,
        ),
        "the first was divided by 2; there are three gradients.": (gradients.sum() / 2, of_mean),
        "the first is not divided by the number, but the mean of xw − y: each has its factor x.": (
            d.mean(),
            of_mean,
        ),
        "the first is right. The second is xw − y alone; its factor x is missing.": (
            right[0],
            d.mean(),
        ),
        "the first is right. The second has the wrong sign.": (right[0], -of_mean),
        "the first is that of the first example; take the mean of all three.": (
            gradients[0],
            of_mean,
        ),
        "the first is that of the last example; take the mean of all three.": (
            gradients[-1],
            of_mean,
        ),
        "the ½ stands once too often: the gradient of ½ (xw − y)² is x (xw − y).": (
            right[0] / 2,
            of_mean / 2,
        ),
        f"one minus was lost, that of the first example: the gradients are {each}.": (
            lost[0],
            of_mean,
        ),
        f"one minus was lost, that of the second example: the gradients are {each}.": (
            lost[1],
            of_mean,
        ),
        f"both are sums; the mean example is x = {x.mean():g}, y = {y.mean():g}.": (
            gradients.sum(),
            x.sum() * d.sum(),
        ),
    }

    def judge(answer: tuple[float, float]) -> str:
        name_slip(answer, right, slips)
        return (
            "Batch learning uses the first. The second belongs to an example that does not exist."
        )

    return judge


q1 = Question(
    "Exercise L.1",
    "mean_gradient_and_gradient_of_mean",
    _two_means(3, [(1, 8), (2, 8), (3, 5)]),
    hints=[
        "The gradient of ½ (xw − y)² with respect to w is x (xw − y). Begin with example (1, 8).",
        "The three gradients are −5, −4 and 12.",
        "The mean example is x = 2, y = 7.",
    ],
    solution="""
x, y, w = np.array([1, 2, 3]), np.array([8, 8, 5]), 3
mean_gradient_and_gradient_of_mean = (
    (x * (x * w - y)).mean(),
    x.mean() * (x.mean() * w - y.mean()),
)
""",
)

# For notebooks that were handed out before: at their numbers several slips meet.
earlier_q1 = Question(
    "Exercise L.1",
    "mean_gradient_and_gradient_of_mean",
    _two_means(2, [(1, 3), (2, 5), (3, 1)]),
    hints=[
        "The gradient of ½ (xw − y)² with respect to w is x (xw − y). Begin with example (1, 3).",
        "The three gradients are −1, −2 and 15.",
        "The mean example is x = 2, y = 3.",
    ],
    solution=q1.code.replace("8, 8, 5]), 3", "3, 5, 1]), 2"),
)


def _gap_found(answer: Callable[..., Any], setting: Setting) -> Any:
    """What the student's function returns for a fresh trial."""
    return attempted(run(answer, Trial(setting), first=("loss",)))


def _times(count: Callable[[int], int], steps: Steps) -> Steps:
    """These steps, several times."""

    def several(trial: Trial) -> None:
        for _ in range(count(trial.N)):
            steps(trial)

    return several


def _gap(answer: Callable[..., Any]) -> str:
    if not callable(answer):
        raise Wrong("a function is needed.")
    start = after(lambda trial: None)
    small, large = after(online()), after(batch(lambda N: N))

    def both(first: Steps, second: Steps) -> Weights:
        """The weights when the second training carries on from the first."""

        def steps(trial: Trial) -> None:
            first(trial)
            second(trial)

        return after(steps)

    def length(a: Weights, b: Weights, *names: str) -> float:
        return float(np.sqrt(sum(((a[name] - b[name]) ** 2).sum() for name in names or ["W1"])))

    def after_putting_back(*names: str) -> Weights:
        """The weights of the batch update if only these are the first ones again."""

        def steps(trial: Trial) -> None:
            online()(trial)
            back = {p: start[p.name].copy() for p in trial.graph.parameters if p.name in names}
            trial.graph.replace_parameters(back)
            trial.step(slice(None), trial.N * trial.eta)

        return after(steps)

    difference = small["W1"] - large["W1"]
    slips = {
        "the batch update was made with η; it should have N times the learning rate.": length(
            small, after(batch())
        ),
        "the batch update was made with 4 η, as in section 1; here N is len(X).": length(
            small, after(batch(lambda N: 4))
        ),
        "the batch update was made with N² η: the sum of the gradients and N η.": length(
            small, after(batch(lambda N: N**2))
        ),
        "the online updates were made with N η; only the batch update has it.": length(
            after(online(times=lambda N: N)), large
        ),
        "the batch update began where the online updates ended. Put the first weights back.": (
            length(both(online(), batch(lambda N: N)), small)
        ),
        "the online updates began where the batch update ended. Put the first weights back.": (
            length(both(batch(lambda N: N), online()), large)
        ),
        "0 comes out if all gradients are taken at the same weights, and also if W1 is compared "
        "with itself. Online, each gradient comes after the update before it; and keep W1.value, "
        "not W1.": 0.0,
        "only W1 was put back; W2 and W3 belong to the first weights too.": length(
            small, after_putting_back("W1")
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
        "that is the sum of all entries of the difference; take np.linalg.norm.": (
            np.abs(difference).sum()
        ),
        "that is the mean of the entries of the difference; take np.linalg.norm.": (
            np.abs(difference).mean()
        ),
        "all three matrices are in it; only W1 is wanted.": length(small, large, "W1", "W2", "W3"),
        "the examples were taken in reverse order.": length(
            after(online(lambda N: reversed(range(N)))), large
        ),
        "the batch update was made with η / N; it should have N times the learning rate.": length(
            small, after(batch(lambda N: 1 / N))
        ),
        "W2 was compared; it is W1 that is wanted, parameters[0].": length(small, large, "W2"),
        "W3 was compared; it is W1 that is wanted, parameters[0].": length(small, large, "W3"),
        "only W1 and W2 were put back; W3 belongs to the first weights too.": length(
            small, after_putting_back("W1", "W2")
        ),
        "the online part made one update at the end of the epoch; SGD belongs inside the loop.": (
            length(after(online(lambda N: [N - 1])), large)
        ),
        "the online part made one update with all examples; it makes one for each.": length(
            after(batch()), large
        ),
        "the online part left out the last example.": length(
            after(online(lambda N: range(N - 1))), large
        ),
        "the online part made two passes; one is wanted.": length(
            after(online(lambda N: [*range(N), *range(N)])), large
        ),
        "there were N batch updates; one is wanted.": length(
            small, after(_times(lambda N: N, batch()))
        ),
        "there were N batch updates with N η; one is wanted.": length(
            small, after(_times(lambda N: N, batch(lambda N: N)))
        ),
        "that is the difference of the two lengths; wanted is the length of the difference.": abs(
            float(np.linalg.norm(small["W1"]) - np.linalg.norm(large["W1"]))
        ),
        "that is the largest stretch, ord=2; the length takes all entries: np.linalg.norm(…).": (
            np.linalg.norm(difference, 2)
        ),
        "that is a length for each column; the whole matrix has one.": np.linalg.norm(
            difference, axis=0
        ),
        "that is the length divided by the number of entries.": length(small, large)
        / difference.size,
        "that is divided by how far the online updates went; the length itself is wanted.": (
            length(small, large) / length(small, start)
        ),
        "a length is never below 0.": -length(small, large),
        "that is divided by η²; the length itself is wanted.": length(small, large) / FIRST.eta**2,
    }
    found = _gap_found(answer, FIRST)
    difference = find_slip(
        found, length(small, large), {Slip(words): value for words, value in slips.items()}
    )
    if difference:
        if difference.kind is Kind.WRONG:
            again = _gap_found(answer, replace(FIRST, eta=2 * FIRST.eta))
            if find_slip(again, found, {}) is None:
                raise Wrong("it returns the same for a learning_rate twice as large: use it.")
        raise Wrong(difference.words)
    for setting in OTHERS:
        right = length(after(online(), setting), after(batch(lambda N: N), setting))
        if not same(_gap_found(answer, setting), right):
            raise Wrong(
                f"it is right for {FIRST}, but not for {setting}. Use len(X) and the arguments, "
                "and no numbers of your own."
            )
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
    for b in range(len(X)):
        net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
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


def _scatter(answer: tuple[float, float]) -> str:
    one, N, B = 0.9, 50, 18
    root = one / np.sqrt(B)
    share = (N - B) / (N - 1)
    right = (root * np.sqrt(share), 0.0)
    slips = {
        "that is for draws with replacement; without it there is one more factor. A batch of all "
        "examples has no scatter.": (root, one / np.sqrt(N)),
        "the first is for draws with replacement; without it there is one more factor.": (
            root,
            0.0,
        ),
        "the first is right. With B = N there is only one batch, and its gradient is the full "
        "one.": (right[0], one / np.sqrt(N)),
        "the first is right. With B = N the last factor is the root of 0.": (right[0], one),
        "the root of the last factor is missing in the first.": (root * share, 0.0),
        "the first was divided by B; it is divided by its root.": (one / B * np.sqrt(share), 0.0),
        "the root of B was multiplied; a batch is steadier than one example.": (
            one * np.sqrt(B) * np.sqrt(share),
            0.0,
        ),
        "the last factor of the first has N − 1 below, not N.": (
            root * np.sqrt((N - B) / N),
            0.0,
        ),
        "the last factor of the first has N − B above, not N − 1 − B.": (
            root * np.sqrt((N - 1 - B) / (N - 1)),
            0.0,
        ),
        "the last factor of the first is upside down.": (root / np.sqrt(share), 0.0),
        "the first is only the last factor; the scatter of one and the root of B are missing.": (
            np.sqrt(share),
            0.0,
        ),
        "the first is the mean squared distance; the scatter is its root.": (right[0] ** 2, 0.0),
        "the two numbers are exchanged.": right[::-1],
        "the first has the root of 0.9 too; only B and the last factor have one.": (
            np.sqrt(one / B * share),
            0.0,
        ),
        "the last factor of the first has B above; it is N − B, those that are not in the batch.": (
            root * np.sqrt(B / (N - 1)),
            0.0,
        ),
        "the last factor of the first has N below, and its root is missing.": (
            root * (N - B) / N,
            0.0,
        ),
        "the root of B is missing in the first.": (one * np.sqrt(share), 0.0),
        "the first was divided by the root of B − 1; it is the root of B.": (
            one / np.sqrt(B - 1) * np.sqrt(share),
            0.0,
        ),
        "a scatter is never below 0.": (-right[0], 0.0),
        "the first is the scatter of one example; a batch has less.": (one, 0.0),
        "with B = N the last factor is the root of 0 / (N − 1), which is 0.": (
            right[0],
            one / np.sqrt(N) * np.sqrt(1 / (N - 1)),
        ),
    }
    name_slip(answer, right, slips)
    return "Without replacement chance has less room, and with all examples in the batch none."


q3 = Question(
    "Exercise L.3",
    "scatter_of_18_and_of_50",
    _scatter,
    hints=[
        "Divide the scatter of one example by the root of B; then comes the factor for draws "
        "without replacement.",
        "The factor is the root of (N − B) / (N − 1): here of 32 / 49. And for B = 50?",
    ],
    solution="scatter_of_18_and_of_50 = (0.9 / np.sqrt(18) * np.sqrt(32 / 49), 0.0)",
)
