"""The questions of the further lesson on many machines: one mean, what an update costs, and the
mean of weights."""

from collections.abc import Callable
from typing import Any

import numpy as np

from course_exercises.cases import Case, try_cases
from course_exercises.question import Question, name_slip


def _one_mean(answer: Callable[..., Any]) -> str:
    rng = np.random.default_rng(4)
    cases = []
    for shape, counts in (((2, 3), [5, 1, 3]), ((4, 2), [2, 7]), ((3, 3), [6, 2, 9, 4])):
        sums = [rng.normal(size=shape) for _ in counts]
        total, n = np.add.reduce(sums), len(counts)
        means = [S / B for S, B in zip(sums, counts, strict=True)]
        slips = {
            "that is the mean of the means: small shares would count too much. Add up the sums, "
            "add up the counts, and divide once.": np.mean(means, axis=0),
            "those are the means added up; add up sums and counts, and divide once.": np.sum(
                means, axis=0
            ),
            "that is the sum; the gradient of the batch is the mean over all rows.": total,
            "divided by the number of machines; divide by the number of rows.": total / n,
            "divided by machines and by rows: rows are enough.": total / sum(counts) / n,
            "divided by the rows of the last machine alone.": total / counts[-1],
            "divided by the rows of the first machine alone.": total / counts[0],
            "that is the mean of the first machine alone.": means[0],
            "that is the mean of the last machine alone. In a loop, = overwrites what was there.": (
                means[-1]
            ),
            "what comes in are sums already; they are not multiplied by their counts.": (
                sum(B * S for S, B in zip(sums, counts, strict=True)) / sum(counts)
            ),
            "divided by the product of the counts; rows are added up.": total / np.prod(counts),
            "the machines were added up, but the parameters too; keep the shape of W.": (
                total.sum() / sum(counts)
            ),
            "the sign: the gradient is not turned round.": -total / sum(counts),
            "those are the first two machines alone; there may be any number.": (
                (sums[0] + sums[1]) / (counts[0] + counts[1]) if n > 2 else np.nan
            ),
        }
        sizes = f"{n} machines with {', '.join(map(str, counts[:-1]))} and {counts[-1]} rows"
        arguments = {"sums": sums, "counts": counts}
        cases.append(Case(arguments, total / sum(counts), slips, sizes))
    try_cases(answer, cases)
    return "One sum, one count, one mean: (C.1)."


q1 = Question(
    "Exercise C.1",
    "gradient_of_batch",
    _one_mean,
    hints=[
        "Which number is each of the rows divided by in the mean over the batch?",
        "The sum of all sums, divided by the sum of all counts: sum(…) of a list adds arrays too.",
    ],
    solution="""
def gradient_of_batch(sums, counts):
    return sum(sums) / sum(counts)
""",
)


def _seconds(answer: float) -> str:
    r, B, n, c = 20e-6, 60_000, 4, 0.05
    slips = {
        "that is the arithmetic; the talking comes to it.": r * B / n,
        "that is on one worker: the arithmetic is shared by 4.": r * B + c,
        "that is without a cluster.": r * B,
        "the talking is not shared: each update waits for it whole.": (r * B + c) / n,
        "the talking takes 0.05 s in all, not for each worker.": r * B / n + n * c,
        "each worker has a quarter of the rows, not all of them four times.": r * B * n + c,
        "that is the talking alone.": c,
        "the talking is added, not subtracted.": r * B / n - c,
        "those are thousandths of a second.": 1000 * (r * B / n + c),
        "those are updates per second.": 1 / (r * B / n + c),
        "a millionth is 1e-6.": r * 1000 * B / n + c,
    }
    name_slip(answer, r * B / n + c, slips)
    return "0.3 s of arithmetic on each of four, and 0.05 s of talking: 0.35 s in place of 1.2 s."


q2 = Question(
    "Exercise C.2",
    "seconds",
    _seconds,
    hints=[
        "Each worker has 15,000 rows.",
        "(C.3): r B / n + c, with r = 20e-6, B = 60,000, n = 4 and c = 0.05.",
    ],
    solution="seconds = 20e-6 * 60_000 / 4 + 0.05",
)


def _mean_weight(answer: float) -> str:
    eta, examples = 0.25, ((1.0, 4.0), (2.0, 1.0))

    def alone(x: float, y: float, updates: int) -> float:
        w = 0.0
        for _ in range(updates):
            w -= eta * x * (x * w - y)
        return w

    def together(updates: int) -> float:
        w = 0.0
        for _ in range(updates):
            w -= eta * sum(x * (x * w - y) for x, y in examples) / 2
        return w

    one, two = (alone(*example, 2) for example in examples)
    slips = {
        "that is batch learning, the mean of the gradients in each update; here each machine goes "
        "its own way for two updates.": together(2),
        "that is after one update; each makes two.": together(1),
        "that is the weight of machine 1; take the mean of both.": one,
        "that is the weight of machine 2; take the mean of both.": two,
        "that is the sum of the two weights; take the mean.": one + two,
        "that is machine 1 after one update.": alone(*examples[0], 1),
        "the sign: w ← w − η · gradient, and both gradients are negative at w = 0.": -(one + two)
        / 2,
        "the second update takes the gradient at the new weight, not at 0 again.": 2 * together(1),
        "that is the difference of the two weights; take the mean.": one - two,
    }
    name_slip(answer, (one + two) / 2, slips)
    return "1.75 and 0.5 have the mean 1.125. Two updates by the mean gradient lead to 1.03125."


q3 = Question(
    "Exercise C.3",
    "mean_weight",
    _mean_weight,
    hints=[
        "The gradient is x (x w − y). On machine 1 it is −4 at w = 0, on machine 2 it is −2.",
        "Machine 1 goes 0, 1, 1.75. Which way does machine 2 go?",
    ],
    solution="mean_weight = (1.75 + 0.5) / 2",
)


def _batch_size(answer: float) -> str:
    r, c, n = 10e-6, 0.04, 5
    slips = {
        "that is c / r; five workers still do a fifth of the arithmetic each, so n / (n − 1) comes "
        "to it.": c / r,
        "n / (n − 1) is turned round: the batch must be larger than c / r.": c / r * (n - 1) / n,
        "that is n times c / r.": n * c / r,
        "that is c / r divided by n.": c / r / n,
        "that is c / r times n − 1.": c / r * (n - 1),
        "that is for two workers; here there are five.": c / r * 2,
        "that is for four workers; n is 5.": c / r * 4 / 3,
        "that is for six workers; n is 5.": c / r * 6 / 5,
        "r / c is turned round.": r / c * n / (n - 1),
        "those are seconds: the time of an update at that size. The size is wanted.": c
        * n
        / (n - 1),
        "a millionth is 1e-6.": c / (r * 1000) * n / (n - 1),
    }
    name_slip(answer, c / r * n / (n - 1), slips)
    return "At B = 5,000 both take 0.05 s: r B alone, and r B / 5 + c on the five."


q4 = Question(
    "Exercise C.4",
    "batch_size",
    _batch_size,
    hints=[
        "On one machine r B, on five r B / 5 + c. When are they equal?",
        "(C.4): c / r · n / (n − 1), with c = 0.04, r = 10e-6 and n = 5.",
    ],
    solution="batch_size = 0.04 / 10e-6 * 5 / 4",
)
