"""The questions of lesson 08: averaging, counting batches, the literal procedure."""

from collections.abc import Callable

import numpy as np

from course_nn.exercises import trainers
from course_nn.exercises.question import Question, name_slip

COLLECTED = np.array(
    [[[1.0, 2.0], [0.0, 4.0]], [[3.0, -2.0], [0.0, 0.0]], [[2.0, 3.0], [6.0, 2.0]]]
)


def _average(answer: object) -> str:
    slips = {
        "that is the sum; divide by the number of examples.": COLLECTED.sum(axis=0),
        "the mean was taken over the rows of W; the examples are axis 0.": COLLECTED.mean(axis=1),
        "the mean was taken over the columns of W; the examples are axis 0.": COLLECTED.mean(
            axis=2
        ),
        "one number for all weights; every weight has its own average.": COLLECTED.mean(),
        "divided by 2; there are 3 examples.": COLLECTED.sum(axis=0) / 2,
        "transposed: each entry keeps its place.": COLLECTED.mean(axis=0).T,
        "divided by 4, the number of weights; there are 3 examples.": COLLECTED.sum(axis=0) / 4,
    }
    name_slip(answer, COLLECTED.mean(axis=0), slips)
    return "The average has the shape of the weights, because every weight is averaged by itself."


q1 = Question(
    "Exercise 8.1",
    "average",
    _average,
    hints=[
        "`collected` has shape (3, 2, 2): example, row, column. Which axis is to vanish?",
        "collected.mean(axis=...) with the axis of the examples, 0.",
    ],
    solution="average = collected.mean(axis=0)",
)


def _batches(answer: tuple[int, int]) -> str:
    slips = {
        "the ragged last batch is used too: one more update.": (44, 32),
        "44 full batches hold 1,408 examples; a further batch holds the rest.": (44, 30),
        "the number of updates is right, but the last batch is smaller.": (45, 32),
        "the last batch is right, but one update per example is SGD.": (1438, 30),
        "first the number of updates, then the size of the last batch.": (30, 45),
    }
    name_slip(answer, (45, 30), slips)
    return "44 batches of 32 and one of 30, which is averaged over its own 30 examples."


q2 = Question(
    "Exercise 8.2",
    "updates_and_last_batch",
    _batches,
    hints=[
        "How many times does 32 fit into 1,438, and how many examples are left over?",
        "1,438 = 44 · 32 + 30, and what is left over makes an update too.",
    ],
    solution="updates_and_last_batch = (45, 30)",
)


def _literal(answer: Callable[..., None]) -> str:
    after = trainers.after
    slips = {
        "the gradients were added up, not averaged: divide by the number of examples.": after(
            trainers.batch(5 * trainers.ETA)
        ),
        "the weights were updated inside the loop: that is SGD. Collect gradients first.": after(
            trainers.online(range(5))
        ),
        "only the last gradient was used; collect the gradient of every example.": after(
            trainers.online([4])
        ),
        "only the first gradient was used.": after(trainers.online([0])),
        "the average was divided by the number of examples once more.": after(
            trainers.batch(trainers.ETA / 5)
        ),
        "the learning rate was applied twice.": after(trainers.batch(trainers.ETA**2)),
        "the learning rate is missing.": after(trainers.batch(1.0)),
        "the sign: that goes up the slope.": after(trainers.uphill),
    }
    right = after(trainers.batch())
    praise = "The weights are those of one update with the average of the five gradients."
    return trainers.judge(answer, right, slips, praise)


q3 = Question(
    "Exercise 8.3",
    "batch_update",
    _literal,
    hints=[
        "First a loop without any update: Forward, Backward, and keep W.grad of every parameter W "
        "in net.parameters.",
        "After the loop: average = sum(its gradients) / len(X), for each parameter.",
        "One update: W.value = W.value - learning_rate * average.",
    ],
    solution="""
def batch_update(net, loss, X, Y, learning_rate):
    collected = {W: [] for W in net.parameters}
    for i in range(len(X)):
        net.Forward(x=X[i : i + 1], y=Y[i : i + 1])
        net.Backward(loss)
        for W in net.parameters:
            collected[W].append(W.grad)
    for W in net.parameters:
        average = sum(collected[W]) / len(X)
        W.value = W.value - learning_rate * average
""",
)
