"""The questions of lesson 09: averaging, counting batches, the literal procedure."""

from collections.abc import Callable

import numpy as np

from course_exercises import trials
from course_exercises.question import Question, Wrong, choice, name_slip

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
    "Exercise 9.1",
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
    "Exercise 9.2",
    "updates_and_last_batch",
    _batches,
    hints=[
        "How many times does 32 fit into 1,438, and how many examples are left over?",
        "1,438 = 44 · 32 + 30, and what is left over makes an update too.",
    ],
    solution="updates_and_last_batch = (45, 30)",
)


def one_matrix_after_the_other(trial: trials.Trial) -> None:
    """The slip of collecting and updating W1, then W2 at the new W1, and so on."""
    for W in trial.graph.parameters:
        step = trials.ETA * trial.gradients(slice(None))[W.name]
        trial.graph.replace_parameters({W: W.value - step})


def _literal(answer: Callable[..., None]) -> str:
    after = trials.after
    slips = {
        "the gradients were added up, not averaged: divide by the number of examples.": after(
            trials.batch(5 * trials.ETA)
        ),
        "the weights were updated inside the loop: that is SGD. Collect gradients first.": after(
            trials.online(range(5))
        ),
        "only the last gradient was used; collect the gradient of every example.": after(
            trials.online([4])
        ),
        "only the first gradient was used.": after(trials.online([0])),
        "the average was divided by the number of examples once more.": after(
            trials.batch(trials.ETA / 5)
        ),
        "the learning rate was applied twice.": after(trials.batch(trials.ETA**2)),
        "each matrix was updated before the gradients of the next one were collected; collect all "
        "gradients first.": after(one_matrix_after_the_other),
        "the learning rate is missing.": after(trials.batch(1.0)),
        "the sign: that goes up the slope.": after(trials.uphill),
    }
    praise = "The weights are those of one update with the average of the five gradients."
    trial = trials.Trial()
    trials.judge(answer, after(trials.batch()), slips, praise, trial=trial)
    if trial.rows != [1] * 5:
        raise Wrong(
            "the weights are right, but that is the short way of section 3. Here take each example "
            "alone through Forward and Backward, and collect its gradients."
        )
    return praise


q3 = Question(
    "Exercise 9.3",
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

q4 = Question(
    "Exercise 9.4",
    "when_and_where",
    choice(
        "b",
        "Within a batch the weights stay; between two batches there is one update.",
        {
            "a": "that is SGD. With B = 2, examples 3 and 4 form one batch and meet the same "
            "weights.",
            "c": "examples 1 and 2 have made one update before example 4 comes.",
            "d": "an update comes after every 2 examples, from the average of their gradients.",
        },
    ),
    hints=[
        "Which two examples are in the first batch, which in the second?",
        "Look at the trace in section 8: from which weights does each line start?",
    ],
    solution='when_and_where = "b"',
)


def _minibatches(answer: Callable[..., None]) -> str:
    after, minibatches, eta = trials.after, trials.minibatches, trials.ETA

    def last_divided_by_size(trial: trials.Trial) -> None:
        """The one example of the last batch, its gradient divided by 2."""
        for rows, rate in ((slice(0, 2), eta), (slice(2, 4), eta), (slice(4, 5), eta / 2)):
            trial.step(rows, rate)

    def first_repeated(trial: trials.Trial) -> None:
        for _ in range(3):
            trial.step(slice(0, 2), eta)

    def sliding(trial: trials.Trial) -> None:
        for first in range(5):
            trial.step(slice(first, first + 2), eta)

    slips = {
        "the last example was dropped: the ragged last batch is used too.": after(
            minibatches(2, examples=4)
        ),
        "there was one update after each example; a batch makes one update.": after(
            trials.online(range(5))
        ),
        "all examples made one update; each batch makes one.": after(trials.batch()),
        "only the first batch made an update.": after(minibatches(2, examples=2)),
        "every update took the first two examples.": after(first_repeated),
        "the batches overlap: the next one begins batch_size examples later, not one.": after(
            sliding
        ),
        "the last batch was divided by batch_size; it is averaged over its own example.": after(
            last_divided_by_size
        ),
        "the gradient was divided by the batch size once more; Backward averages already.": after(
            minibatches(2, eta / 2)
        ),
        "the learning rate was multiplied by the batch size; use it as it was given.": after(
            minibatches(2, eta * 2)
        ),
        "only the last batch made an update: SGD belongs inside the loop.": after(
            lambda trial: trial.step(slice(4, 5), eta)
        ),
        "the learning rate is missing.": after(minibatches(2, 1.0)),
    }
    praise = "Three updates: examples 1 and 2, examples 3 and 4, example 5."
    trials.judge(answer, after(minibatches(2)), slips, praise, 2)
    for examples, size in ((4, 2), (7, 3)):  # a whole number of batches, and another size
        right = after(minibatches(size, examples=examples), examples)
        try:
            trials.judge(answer, right, {}, "", size, trial=trials.Trial(examples))
        except Exception as error:
            raise Wrong(
                f"it is right for 5 examples and batches of 2, but not for {examples} examples "
                f"and batches of {size}. ({error})"
            ) from None
    return praise


q5 = Question(
    "Exercise 9.5",
    "minibatch_epoch",
    _minibatches,
    hints=[
        "for first in range(0, len(X), batch_size): the batch is X[first : first + batch_size].",
        "A slice that goes beyond the end simply ends there, so the last batch needs no case of "
        "its own.",
        "For each batch: net.Forward(x=..., y=...), net.Backward(loss), net.SGD(learning_rate).",
    ],
    solution="""
def minibatch_epoch(net, loss, X, Y, learning_rate, batch_size):
    for first in range(0, len(X), batch_size):
        rows = slice(first, first + batch_size)
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        net.SGD(learning_rate)
""",
)
