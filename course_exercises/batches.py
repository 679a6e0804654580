"""The questions of lesson 09: one update by the average, by hand, by the nodes and in lines."""

from collections.abc import Callable
from typing import Any

import numpy as np

import course_nn as nn
import course_nn.more_operations as more
from course_exercises.cuts import SLIPS as MINIBATCH_SLIPS
from course_exercises.cuts import summed
from course_exercises.derivations import Derivation, derivation
from course_exercises.errors import explain
from course_exercises.prediction import Prediction, WholeNumber
from course_exercises.question import Question, Wrong, choice, name_slip
from course_exercises.recall.blocks import block
from course_exercises.traces import by_hand
from course_exercises.trials import (
    OTHERS,
    Setting,
    Steps,
    Trial,
    Weights,
    always,
    batch,
    judge,
    minibatches,
    online,
    only,
    rate_twice,
    uphill,
    without_rate,
)

ETA = 0.5


def _four_examples() -> tuple[Any, dict[str, np.ndarray]]:
    """The network and the examples of the lesson's section 1."""
    model = nn.two_hidden_layer_network(
        2, 3, 2, 2, activation="sigmoid", loss="squared_error", seed=7
    )
    X = np.array([[0.5, -1.0], [1.0, 1.0], [-2.0, 0.5], [1.5, 0.5]])
    Y = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    return model, {"x": X, "y": Y}


def _end_of_batch_learning(eta: float = ETA) -> float:
    """Where W1[0, 0] stands after an epoch of batch learning."""
    model, data = _four_examples()
    nn.train_batch(model.loss, data, learning_rate=eta, epochs=1)
    return float(model.W1.value[0, 0])


def _end_of_sgd(eta: float = ETA) -> float:
    model, data = _four_examples()
    nn.train_sgd(model.loss, data, learning_rate=eta, epochs=1, shuffle=False)
    return float(model.W1.value[0, 0])


def _ends() -> dict[str, float]:
    """Where the four stories of an update end."""
    model, data = _four_examples()
    first = model.W1.value[0, 0]
    model.graph.Forward(**data)
    model.graph.Backward(model.loss)
    each = model.W1.per_example_grad()[:, 0, 0]
    return {
        "average": first - ETA * each.mean(),
        "sum": first - ETA * each.sum(),
        "last": first - ETA * each[-1],
        "each": _end_of_sgd(),
    }


def _story(weight: float) -> str:
    ends = _ends()
    return min(ends, key=lambda story: abs(ends[story] - weight))


def _gap(eta: float) -> float:
    """How far above SGD batch learning with four times the rate ends."""
    return _end_of_batch_learning(4 * eta) - _end_of_sgd(eta)


p1 = Prediction(
    "Prediction 9.1",
    choices=("average", "sum", "last", "each"),
    came=_end_of_batch_learning,
    reads=_story,
    where="Read the last line of the table, on the right.",
    why="“At the end” sounds as if the last example decided, or as if everything that was saved up "
    "were added. Either would be an update, but of something else than the mean loss.",
    again=Prediction(
        "Prediction 9.1, second case",
        asks="At w = 10 three examples have the gradients 1, 1 and 4, and η = 1. Where does batch "
        "learning leave w?",
        kind=WholeNumber(),
        came=lambda: 10 - np.mean([1, 1, 4]),
        where="Compute 10 − η times the average.",
        why="The sum leads to 4, and the last gradient alone to 6.",
    ),
)

p2 = Prediction(
    "Prediction 9.2",
    choices=("yes", "no"),
    came=lambda: _end_of_batch_learning(4 * ETA),
    reads=lambda weight: "yes" if abs(weight - _end_of_sgd()) < 5e-6 else "no",
    where="Read the line with 4η.",
    why="4η times the average is η times the sum, so four steps are made here too. But SGD makes "
    "each of them from another weight, where the gradient is another one; batch learning takes all "
    "four at the first.",
    again=Prediction(
        "Prediction 9.2, second case",
        asks="And with η = 0.0005, a thousandth of it: does batch learning with 4η end where SGD "
        "with η ends, to five decimals? Compute `a, b = both_ends(0.0005)`, and see `a - b`.",
        choices=("yes", "no"),
        came=lambda: _gap(ETA / 1000),
        reads=lambda gap: "yes" if abs(gap) < 5e-6 else "no",
        where="The difference is that of the two weights from both_ends(0.0005), batch learning "
        "first.",
        why="With so small a rate the weights hardly move within an epoch, so the gradients are "
        "nearly those at the first weight. For small steps the two methods become one.",
    ),
)

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
        "divided by 3 twice.": COLLECTED.sum(axis=0) / 9,
        "the sign was lost: −2 counts as −2.": np.abs(COLLECTED).mean(axis=0),
        "the sign: an average does not turn round.": -COLLECTED.mean(axis=0),
        "brackets: only the last one was divided by 3.": (
            COLLECTED[0] + COLLECTED[1] + COLLECTED[2] / 3
        ),
        "divided by 12, the number of all entries; there are 3 examples.": (
            COLLECTED.sum(axis=0) / COLLECTED.size
        ),
        "that is the last gradient divided by 3. In a loop, = overwrites what was there.": (
            COLLECTED[-1] / 3
        ),
        "a mean was taken of a mean: then the last one counts as much as the first two together.": (
            (COLLECTED[:2].mean(axis=0) + COLLECTED[2]) / 2
        ),
        "that is the sum over the rows; the examples are axis 0.": COLLECTED.sum(axis=1),
        "that is the sum over the columns; the examples are axis 0.": COLLECTED.sum(axis=2),
        "one pair of brackets too many: the average has the shape of W, (2, 2).": (
            COLLECTED.mean(axis=0, keepdims=True)
        ),
        "the 0 was left out; it counts as an example.": np.array([[2.0, 1.0], [6.0, 3.0]]),
        "that is only the first gradient.": COLLECTED[0],
        "that is only the last gradient.": COLLECTED[-1],
        "that is the average of the first two; there are three.": COLLECTED[:2].mean(axis=0),
        "that is the median; the average is the sum divided by 3.": np.median(COLLECTED, axis=0),
    }
    name_slip(answer, COLLECTED.mean(axis=0), slips)
    return "The average has the shape of the weights, because every weight is averaged by itself."


earlier_q1 = Question(
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
        "the smaller last batch is used too: one more update.": (44, 32),
        "44 full batches hold 1,408 examples; a further batch holds the rest.": (44, 30),
        "the number of updates is right, but the last batch is smaller.": (45, 32),
        "the last batch is right, but one update per example is SGD.": (1438, 30),
        "first the number of updates, then the size of the last batch.": (30, 45),
        "an update is made or not, so their number is whole: round up.": (1438 / 32, 30),
        "updates and examples are whole numbers: 1,438 = 44 · 32 + 30.": (1438 / 32, 1438 / 32 % 1),
        "the number of updates is right. 0.9375 is a share of a batch; how many examples is it?": (
            45,
            1438 / 32 % 1,
        ),
        "the number of updates is right, but with it, all examples are used: what is left for the "
        "last batch?": (45, 0),
        "the number of updates is right. 1,408 examples are in the 44 batches before the last.": (
            45,
            1408,
        ),
        "the number of updates is right. 1,440 would be 45 whole batches.": (45, 1440),
        "2 examples are missing to a full batch; it has the other 30.": (45, 2),
        "44 full batches and one more make 45 updates.": (46, 30),
        "32 is the size of a batch, not the number of updates.": (32, 30),
        "what is left over after 44 full batches makes a further update.": (44, 0),
        "batch learning makes one update; here a batch has 32 examples.": (1, 1438),
    }
    name_slip(answer, (45, 30), slips)
    return "44 batches of 32 and one of 30, which is averaged over its own 30 examples."


earlier_q2 = Question(
    "Exercise 9.2",
    "updates_and_last_batch",
    _batches,
    hints=[
        "How many times does 32 fit into 1,438, and how many examples are left over?",
        "1,438 = 44 · 32 + 30, and what is left over makes an update too.",
    ],
    solution="updates_and_last_batch = (45, 30)",
)


q1 = Question(
    "Exercise 9.1",
    "weights",
    by_hand,
    hints=[
        "The gradient of one example is (x w − y) x. At w = 0 the first one is (0 − 4) · 2 = −8.",
        "SGD: after example 0, w = 0 − ½ · (−8) = 4. The gradient of example 1 is taken there.",
        "B = 2: both gradients of the first batch at w = 0, one step by their mean; then example 2 "
        "alone, at the weight that this step left.",
    ],
    solution="""
weights = {
    "SGD": [4, 6, -5],
    "B = 2": [4, -3],
    "batch": [3],
}
""",
)


def _inside(use: Callable[[list[Weights], int], Weights]) -> Steps:
    """Updates inside the loop over the examples, from what has been collected up to there.

    Args:
        use: what is made of the gradients so far, and of the number of examples.
    """

    def steps(trial: Trial) -> None:
        collected: list[Weights] = []
        for i in range(trial.N):
            collected.append(trial.gradients([i]))
            update = use(collected, trial.N)
            trial.move({name: trial.eta * value for name, value in update.items()})

    return steps


def _collected(use: Callable[[np.ndarray], Any]) -> Steps:
    """One update from something else than the average of the gradients, (N, rows, columns)."""

    def steps(trial: Trial) -> None:
        each = [trial.gradients([i]) for i in range(trial.N)]
        stacked = {name: np.stack([g[name] for g in each]) for name in each[0]}
        trial.move({name: trial.eta * use(values) for name, values in stacked.items()})

    return steps


def _one_matrix_after_the_other(trial: Trial) -> None:
    """The slip of collecting and updating W1, then W2 at the new W1, and so on."""
    for name in list(trial.learning):
        trial.learning = [name]
        trial.step(slice(None), trial.eta)


def _averaged_examples(trial: Trial) -> None:
    """The slip of one pass with the mean of x and the mean of y (under squared error)."""
    if trial.Y.ndim == 2:
        trial.X, trial.Y = (np.mean(a, axis=0, keepdims=True) for a in (trial.X, trial.Y))
        trial.step([0], trial.eta)


def _weights_lost(trial: Trial) -> None:
    """The slip of W = −η average: what W was is missing."""
    start = trial.weights()
    batch()(trial)
    trial.move(start)


def _average_alone(trial: Trial) -> None:
    """The slip of W = η average."""
    _weights_lost(trial)
    trial.move({name: 2 * value for name, value in trial.weights().items()})


def _without_W3(trial: Trial) -> None:
    """The slip of net.parameters[:2]."""
    trial.learning.remove("W3")
    batch()(trial)


def _weights_divided(trial: Trial) -> None:
    """The slip of (W − η sum) / N."""
    batch(lambda N: N)(trial)
    trial.move({name: value * (1 - 1 / trial.N) for name, value in trial.weights().items()})


def _divided_by_rows(trial: Trial) -> None:
    """The slip of sum / len(W.grad)."""
    average = trial.gradients(slice(None))
    trial.move({name: trial.eta * trial.N / len(g) * g for name, g in average.items()})


def _averaged_weights(trial: Trial) -> None:
    """The slip of averaging the weights that SGD goes through."""
    first, passed = trial.weights(), []
    for i in range(trial.N):
        trial.step([i], trial.eta)
        passed.append(trial.weights())
    average = {name: sum(each[name] for each in passed) / trial.N for name in first}
    trial.move({name: value - average[name] for name, value in trial.weights().items()})


def _twice(trial: Trial) -> None:
    """The slip of two passes, with an update after each."""
    batch()(trial)
    batch()(trial)


INSIDE = (
    "the weights were updated inside the loop over the examples, so only the first gradient "
    "belongs to the first weights. Collect first; then, after the loop, one update. "
)
LITERAL_SLIPS: dict[str, Steps] = {
    "the gradients were added up, not averaged: divide by the number of examples.": batch(
        lambda N: N
    ),
    INSIDE + "(An update after each example is SGD.)": online(),
    INSIDE + "(Here with each gradient divided by the number of examples.)": _inside(
        lambda collected, N: summed(collected[-1:], N)
    ),
    INSIDE + "(Here with the sum of the gradients so far, divided by their final number.)": _inside(
        summed
    ),
    INSIDE + "(Here with the average of the gradients so far.)": _inside(
        lambda collected, N: summed(collected, len(collected))
    ),
    INSIDE + "(Here with the sum of the gradients so far.)": _inside(
        lambda collected, N: summed(collected)
    ),
    "only the last gradient was used; collect the gradient of every example.": online(
        lambda N: [N - 1]
    ),
    "only the last gradient was used, and divided by the number of examples. Is the list emptied, "
    "or overwritten, in the loop?": online(lambda N: [N - 1], lambda N: 1 / N),
    "only the first gradient was used.": online(lambda N: [0]),
    "only the first gradient was used, and divided by the number of examples. Does the rest stand "
    "inside the loop?": online(lambda N: [0], lambda N: 1 / N),
    "the gradient of the last example is missing in the sum.": _collected(
        lambda g: g[:-1].sum(axis=0) / len(g)
    ),
    "the gradient of the first example is missing in the sum; rows are counted from 0.": _collected(
        lambda g: g[1:].sum(axis=0) / len(g)
    ),
    "the last example is missing.": _collected(lambda g: g[:-1].mean(axis=0)),
    "the loop counts four examples, as in section 1; X may have more: range(len(X)).": _collected(
        lambda g: g[:4].sum(axis=0) / len(g)
    ),
    "four examples were taken, as in section 1; X may have more: len(X).": _collected(
        lambda g: g[:4].mean(axis=0)
    ),
    "the first example is missing; rows are counted from 0.": _collected(
        lambda g: g[1:].mean(axis=0)
    ),
    "one number for all weights; every weight has its own average (axis=0).": _collected(np.mean),
    "the signs of the gradients were lost.": _collected(lambda g: np.abs(g).mean(axis=0)),
    "the examples were averaged, not their gradients; their mean is another example. Take each "
    "example alone through Forward and Backward.": _averaged_examples,
    "the average was divided by the number of examples once more.": batch(lambda N: 1 / N),
    "the sum was divided by 2; divide by the number of examples.": batch(lambda N: N / 2),
    "the sum was divided by 4, as in section 1; divide by len(X).": batch(lambda N: N / 4),
    "the learning rate was applied twice.": rate_twice(batch()),
    "each matrix was updated before the gradients of the next one were collected; collect all "
    "gradients first.": _one_matrix_after_the_other,
    "the learning rate is missing.": without_rate(batch()),
    "the sign: that goes up the slope.": uphill(batch()),
    "the sign, and the sum instead of the average.": uphill(batch(lambda N: N)),
    "only W1 was updated; every parameter makes its step.": only("W1", batch()),
    "W3 was not updated; every parameter makes its step.": _without_W3,
    "the weights themselves were divided by the number of examples; only the sum of the gradients "
    "is.": _weights_divided,
    "the sum was divided by the number of parameters; divide by the number of examples.": batch(
        lambda N: N / 3
    ),
    "the sum was divided by the rows of each matrix, len(W.grad); divide by len(X).": (
        _divided_by_rows
    ),
    "the weights after each update were averaged. In batch learning the gradients are, and there "
    "is one update.": _averaged_weights,
    "there were two passes; an update is made once.": _twice,
    "there was an update after the first gradients already; in batch learning there is one, at the "
    "end.": minibatches(2),
    "only W3 was updated; every parameter makes its step. Does the update stand behind the loop "
    "over the parameters?": only("W3", batch()),
    "the old weights are missing: W.value = W.value - …": _weights_lost,
    "the old weights are missing, and the sign: W.value = W.value - …": _average_alone,
}


def _literal(answer: Callable[..., None]) -> str:
    slips = {text: always(steps) for text, steps in LITERAL_SLIPS.items()}
    praise = "The weights are those of one update with the average of the gradients."
    first = Trial()
    one_by_one = _collected(lambda gradients: gradients.mean(axis=0))
    try:
        judge(answer, always(one_by_one), slips, praise, first=first)
    except ValueError as error:
        # NumPy has no type for this, so its text is read; only words depend on it.
        if "could not be broadcast" not in str(error):
            raise
        words = explain(error).rstrip(".")
        raise Wrong(
            f"{words}. The average of a parameter has its shape: keep the gradients of each "
            "parameter in a list of its own, and average over the examples, axis 0."
        ) from None
    if [len(each.x) for each in first.passes] != [1] * first.N:
        raise Wrong(
            "the weights are right, but that is the short way, all rows at once. Here take each "
            "example alone through Forward and Backward, and collect its gradients."
        )
    return praise


q2 = Question(
    "Exercise 9.2",
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
    for b in range(len(X)):
        net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
        net.Backward(loss)
        for W in net.parameters:
            collected[W].append(W.grad)
    for W in net.parameters:
        average = sum(collected[W]) / len(X)
        W.value = W.value - learning_rate * average
""",
)

earlier_q4 = Question(
    "Exercise 9.4",
    "when_and_where",
    choice(
        "b",
        "Within a batch the weights stay; between two batches there is one update.",
        {
            "a": "that is SGD. With B = 2, the third and the fourth form one batch and meet the "
            "same weights.",
            "c": "the first two examples have made one update before the fourth one comes.",
            "d": "an update comes after every 2 examples, from the average of their gradients.",
        },
    ),
    hints=[
        "Which two examples are in the first batch, which in the second?",
        "Look at the trace of the mini-batches: from which weights does each update start?",
    ],
    solution='when_and_where = "b"',
)


# For the numbers of examples that are tried: rests of two and of one, and none.
BATCH_SIZES = {11: 3, 7: 2, 4: 2}


def _minibatches(answer: Callable[..., None]) -> str:
    return judge(
        answer,
        minibatches,
        MINIBATCH_SLIPS,
        "Each batch makes one update, and the last one is averaged over its own examples.",
        more=lambda trial: (BATCH_SIZES[trial.N],),
        settings=(Setting(examples=11), *OTHERS),
    )


q3 = Question(
    "Exercise 9.3",
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


def _squares() -> nn.Node:
    """The loss of exercise 9.4; the widths do not matter, the numbers neither."""
    with nn.Graph():
        x, t = nn.Input("x", width=3), nn.Input("t", width=2)
        A, c = nn.Parameter("A", np.ones((3, 2))), nn.Parameter("c", np.ones((1, 2)))
        o = nn.add(nn.matmul(x, A, name="u"), c, name="o")
        return nn.squared_error(more.multiply(o, o, name="p"), t, name="loss")


q4 = Derivation(
    "Exercise 9.4",
    "my_lines",
    derivation(
        _squares,
        "Every line holds, on batches of several sizes. The mean stands in the lines of the "
        "weights, and nowhere else.",
        feedback="first",
    ),
    hints=[
        "Start at the loss: p.grad. Then o, which is used twice in o ⊙ o: add up two paths.",
        "A receives x, as any weight matrix does. The row c is added to each of the B rows, so its "
        "gradient is a sum over them, divided by B.",
    ],
    solution='''
my_lines = """
p.grad = p − t
o.grad = 2 · p.grad ⊙ o
A.grad = x.T @ o.grad / B
c.grad = o.grad.sum(axis=0, keepdims=True) / B
"""
''',
)


# What the lesson asks at its start, and what comes back of what was missed.
r1, r2, r3, due1, due2, due3, again = block("09")
