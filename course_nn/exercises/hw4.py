"""The questions of homework 4: trainers. Online, by mini-batches, by batches, several epochs, and
real handwritten digits.

    from course_nn.exercises import hw4 as questions

    questions.q1.check(train_online_epoch)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

import course_nn as nn
from course_nn.exercises.steps import Call, Get, Ref, Step
from course_nn.exercises.tasks import Reaches, Task, TaskQuestion, Wanted

Array = np.ndarray
Weights = dict[str, Array]
NAMES = ("W1", "W2", "W3")

# Said about weights.
UNCHANGED = "the weights are the first ones: no update was made."
ONE_UPDATE = "there was one update at the end of the epoch, where several are asked for."
ONE_PER_EXAMPLE = "there was one update after each example; a batch makes one."
FIRST_WEIGHTS = (
    "every gradient was taken at the first weights. Run Forward and Backward anew after each "
    "update, so that the next gradient belongs to the weights that this update left."
)
FIRST_ONLY = "only the first of the updates was made. Does a return stand inside the loop?"
LAST_ONLY = "only the last of the updates was made: SGD belongs inside the loop."
REVERSED = "the examples were taken in reverse order."
LAST_EXAMPLE_MISSING = "the last example was left out."
TWO_PASSES = "there were two passes through the examples; an epoch is one."
GROWING = "X[: i + 1] is all examples up to this one; one example is X[i : i + 1]."
UPHILL = "the sign: that goes up the slope. An update subtracts learning rate times gradient."
RATE_TWICE = "the learning rate was multiplied in twice."
RATE_MISSING = "the learning rate is missing."
DROPPED = "the ragged last batch was dropped; its examples are used too."
SUM_NOT_MEAN = "that is the sum over the examples, not the mean."
RAGGED_DIVIDED = (
    "the last batch was divided by batch_size; it is averaged over the examples that it has."
)
DIVIDED_TWICE = "the gradient was divided by the batch size once more; Backward averages already."
RATE_TIMES_SIZE = "the learning rate was multiplied by batch_size; use it as it was given."
OVERLAP = "the batches overlap: the next one begins batch_size examples later, not one."
ORDER_IGNORED = "the order was not used; the examples came in the order of the rows."
ONLY_X = "only X was taken in the new order: each example met another one's answer."
ONLY_Y = "only Y was taken in the new order: each example met another one's answer."
PLACES = (
    "order says which example comes first, which second, and so on; here it was read as the place "
    "to which each example goes."
)
UNWEIGHTED = (
    "the averages of the pieces were averaged as if all pieces were equally large; the last one "
    "is smaller and weighs less."
)
SUM_OF_AVERAGES = "the averages of the pieces were added up; the average over all is wanted."
INSIDE_THE_LOOP = (
    "the weights were updated after each piece. Collect first, at weights that stay, and update "
    "once at the end."
)
LAST_PIECE = "only the gradient of the last piece was used; collect those of all pieces."
PIECE_DROPPED = "the ragged last piece was dropped; its examples are used too."
ONE_AFTER_THE_OTHER = (
    "W1 was updated before the gradients of W2 and W3 were collected; collect all of them first."
)
WHOLE_BATCH = (
    "more examples than piece_size went through the network together. Take them in pieces."
)
NOT_SHUFFLED = "the examples came in the given order; rng is to draw an order for each epoch."
ONE_ORDER = "one order was drawn and used in every epoch; draw a new one in each."
SHUFFLED_FURTHER = (
    "each epoch shuffled what the epoch before had shuffled. Take the new order of the rows of X "
    "and Y as they were given."
)
ONE_EPOCH = "there was only one epoch. Does a return stand inside the loop?"
ONE_EPOCH_MORE = "there was one epoch too many."

# Said about losses and accuracies.
LOSS_AFTER = "each loss was measured after its update; measure it before."
LOSS_AT_FIRST_WEIGHTS = "the losses are those of the first weights, without the updates."
LOSS_COLUMN = "each entry should be a number; loss.value has shape (1,), so take loss.value[0]."
LOSS_MEAN = "that is the mean of the losses; the loss of each example is wanted."
LOSS_SUMMED_UP = "each entry holds the sum of the losses up to there."
BEFORE_EPOCH = "the loss was measured before each epoch; measure it after."
WITH_START = "the loss before training is in it too; the first entry comes after the first epoch."
UPDATE_LOSSES = (
    "those are the losses of the batches, as they were before each update; measure all examples "
    "at the weights that the epoch left."
)
UPDATE_LOSSES_UNWEIGHTED = (
    "that is the mean of the batches' losses, as they were before each update; measure all "
    "examples at the weights that the epoch left."
)
LAST_BATCH_LOSS = "that is the loss of the last batch; measure all examples."
LAST_EPOCH_ONLY = "that is the last epoch only; one number for each epoch is wanted."
EVERY_UPDATE = "there is one number for each update; one for each epoch is wanted."
MEAN_OF_MEANS = (
    "the batches' means were averaged as if all batches were equally large; the last one is "
    "smaller and weighs less."
)
EVAL_DROPPED = "the last rows, which do not fill a batch, were left out."
EVAL_LAST = "only the last batch was measured."
EVAL_FIRST = "only the first batch was measured. Does a return stand inside the loop?"
BY_BATCHES = "divided by the number of batches; there is one loss for each example."
PERCENT = "that is in percent; a share lies between 0 and 1."
COUNT = "that is how many answers are right; their share is wanted."
ERRORS = "that is the share of wrong answers."
OLD_DATA = "those are the numbers of the data that were passed in the first time."

# Said about batches.
BATCH_PER_EXAMPLE = "there is a batch for each example; a batch has batch_size of them."
BATCH_MISSING = "the ragged last batch is missing; no example may be left out."
TOO_MANY = "batch_size says how many examples a batch has, not how many batches there are."
NO_LIST = "that is the batch itself; a list with this one batch in it is wanted."
EMPTY_BATCH = "there is an empty batch at the end."
EVENLY = "the examples were shared out evenly; only the last batch may be smaller."
POSITIONS = "those are positions in order; the entries of order at these positions are wanted."

# Said about the digits.
MINIMUM = 0.9
SOME_MISSING = "the network reads most digits that it has not seen, but fewer than nine of ten."
MANY_MISSING = "the network has learned something, but it misreads more than a quarter."
GUESSES = "the network misreads most digits: it has hardly learned anything."


class Update(NamedTuple):
    """One update: the examples, the learning rate, and other rows of Y if the slip mixes them."""

    rows: Any
    rate: float
    answers: Any = None


class Trial:
    """A small network from a seed, and examples for it. Everything begins at the first weights.

    Args:
        examples: N.
        loss: "cross_entropy" with tanh, or "squared_error" with sigmoid.
    """

    def __init__(
        self, rng: np.random.Generator, examples: int, loss: str = "cross_entropy"
    ) -> None:
        self.widths = tuple(int(n) for n in rng.permutation(4) + 2)
        classes = self.widths[3]
        self.options: dict[str, Any] = {
            "activation": "tanh" if loss == "cross_entropy" else "sigmoid",
            "loss": loss,
            "seed": int(rng.integers(1000)),
        }
        self.N = examples
        self.X = rng.normal(size=(examples, self.widths[0])).round(1)
        if loss == "cross_entropy":
            self.Y = rng.permutation(np.arange(examples) % classes)
        else:
            self.Y = rng.normal(size=(examples, classes)).round(1)
        self.rate = float(rng.choice([0.18, 0.27, 0.38]))
        self.all = np.arange(examples)

    def model(self) -> Any:
        return nn.two_hidden_layer_network(*self.widths, **self.options)

    @property
    def made(self) -> Call:
        """The step that makes the network."""
        name = "course_nn.two_hidden_layer_network"
        return Call(name, self.widths, into="model", keywords=self.options)

    @property
    def given(self) -> tuple[Any, ...]:
        """The arguments net, loss, X, Y, learning_rate."""
        return Ref("model.graph"), Ref("model.loss"), self.X, self.Y, self.rate

    @property
    def data(self) -> dict[str, Array]:
        return {"x": self.X, "y": self.Y}

    def described(self, **more: Any) -> str:
        """The network and the data, so that one can paste them into a cell, and what else."""
        options = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        network = f"nn.two_hidden_layer_network({', '.join(map(str, self.widths))}, {options})"
        numbers = {"X": self.X.tolist(), "Y": self.Y.tolist(), **more}
        listed = ", ".join(f"{name} = {value}" for name, value in numbers.items())
        return f"The network: {network}. The numbers: {listed}."

    def gradients(self, rows: Any) -> Weights:
        """The average gradients of some examples at the first weights."""
        model = self.model()
        model.graph.Forward(x=self.X[rows], y=self.Y[rows])
        model.graph.Backward(model.loss)
        return {p.name: p.grad for p in model.graph.parameters}

    def moved(self, gradients: Weights, rate: float) -> Weights:
        """The weights after one step from the first ones against these gradients."""
        return {p.name: p.value - rate * gradients[p.name] for p in self.model().graph.parameters}

    def run(self, updates: Iterable[Update], *, uphill: bool = False) -> tuple[Weights, Array]:
        """The weights after some updates, and the mean loss of each before it."""
        model, losses = self.model(), []
        net = model.graph
        for rows, rate, answers in updates:
            net.Forward(x=self.X[rows], y=self.Y[rows if answers is None else answers])
            losses.append(model.loss.value.mean())
            net.Backward(model.loss)
            step = -rate if uphill else rate
            net.replace_parameters({p: p.value - step * p.grad for p in net.parameters})
        return {p.name: p.value for p in net.parameters}, np.array(losses)

    def after(self, updates: Iterable[Update], *, uphill: bool = False) -> Weights:
        return self.run(updates, uphill=uphill)[0]

    def by(self, size: int, order: Any = None, rate: float | None = None) -> list[Update]:
        """The updates of an epoch by batches of this size."""
        order = self.all if order is None else order
        rate = self.rate if rate is None else rate
        return [Update(order[i : i + size], rate) for i in range(0, len(order), size)]


def weights_wanted(right: Weights, slips: Mapping[str, Weights]) -> dict[str, Wanted]:
    """The three matrices, each with its slips."""
    return {
        W: Wanted(right[W], {words: weights[W] for words, weights in slips.items()}) for W in NAMES
    }


def weights_of(model: Any) -> Weights:
    return {p.name: p.value for p in model.graph.parameters}


LOOK_AT_WEIGHTS: tuple[Step, ...] = tuple(Get(f"model.{W}.value", W) for W in NAMES)


def mixed(rng: np.random.Generator, examples: int, size: int) -> Array:
    """An order whose first batch holds other examples than that of any usual misreading."""
    while True:
        order = rng.permutation(examples)
        straight = np.arange(examples)
        others = (straight, straight[::-1], order[::-1], np.argsort(order))
        if not any(set(order[:size]) == set(other[:size]) for other in others):
            return order


# ------------------------------------------------------------------ 1: online


def online_epoch(rng: np.random.Generator, examples: int = 5, loss: str = "cross_entropy") -> Task:
    """One epoch, an update after each example."""
    trial = Trial(rng, examples, loss)
    model = trial.model()
    history = nn.train_sgd(
        model.loss, trial.data, learning_rate=trial.rate, epochs=1, shuffle=False
    )
    right, losses = weights_of(model), history.update_losses
    rate, N = trial.rate, trial.N
    one_by_one = trial.by(1)
    slips = {
        UNCHANGED: trial.after([]),
        UPHILL: trial.after(one_by_one, uphill=True),
        RATE_TWICE: trial.after(trial.by(1, rate=rate**2)),
        RATE_MISSING: trial.after(trial.by(1, rate=1.0)),
        TWO_PASSES: trial.after([*one_by_one, *one_by_one]),
    }
    if N > 1:
        slips |= {
            ONE_UPDATE: trial.after(trial.by(N)),
            FIRST_WEIGHTS: trial.moved(trial.gradients(trial.all), rate * N),
            FIRST_ONLY: trial.after(one_by_one[:1]),
            LAST_ONLY: trial.after(one_by_one[-1:]),
            LAST_EXAMPLE_MISSING: trial.after(one_by_one[:-1]),
            REVERSED: trial.after(one_by_one[::-1]),
            GROWING: trial.after(Update(trial.all[: i + 1], rate) for i in range(N)),
        }
    return Task(
        trial.described(learning_rate=rate),
        [
            trial.made,
            Call("train_online_epoch", trial.given, into="losses"),
            *LOOK_AT_WEIGHTS,
            Get("losses"),
        ],
        {**weights_wanted(right, slips), "losses": Wanted(losses, _loss_slips(trial, losses))},
    )


def _loss_slips(trial: Trial, losses: Array) -> dict[str, Any]:
    first = trial.model()
    first.graph.Forward(**trial.data)
    after, model = [], trial.model()
    for i in range(trial.N):
        example = {"x": trial.X[i : i + 1], "y": trial.Y[i : i + 1]}
        nn.train_sgd(model.loss, example, learning_rate=trial.rate, epochs=1)
        after.append(nn.evaluate(model.loss, example).loss)
    slips = {
        LOSS_AFTER: np.array(after),
        LOSS_COLUMN: losses[:, None],
        LOSS_MEAN: losses.mean(),
    }
    if trial.N > 1:
        slips |= {
            LOSS_AT_FIRST_WEIGHTS: first.loss.value,
            LOSS_SUMMED_UP: np.cumsum(losses),
            REVERSED: trial.run(trial.by(1)[::-1])[1],
        }
    return slips


q1 = TaskQuestion(
    "Question 1 of hw4",
    "train_online_epoch",
    {
        "classes (cross-entropy)": lambda rng: online_epoch(rng, int(rng.integers(4, 7))),
        "numbers (squared error)": lambda rng: online_epoch(
            rng, int(rng.integers(4, 7)), "squared_error"
        ),
        "a single example": lambda rng: online_epoch(rng, 1),
    },
    praise="One update after each example, each from the weights that the last one left.",
    hints=[
        "One example is X[i : i + 1] and Y[i : i + 1]: a batch with one row.",
        "In the loop, in this order: Forward, keep loss.value[0], Backward, SGD.",
        "Return np.array of the losses that you kept, after the loop.",
    ],
)


# ------------------------------------------------------------------ 2: mini-batches


# Whatever one can iterate over will do, so a generator or a 2-D array is as good as a list.
AS_LIST: tuple[Step, ...] = (
    Call("numpy.fromiter", (Ref("result"), "O"), into="array"),
    Call("array.tolist", (), into="list"),
    Call("list.__len__", (), into="count"),
)


def several_batches(rng: np.random.Generator, *, ragged: bool) -> Task:
    """`batches` where there are three of them."""
    size, n = int(rng.integers(5, 7)), 3
    N = n * size if not ragged else 2 * size + int(rng.integers(1, size - 2))
    order = _order(rng, N)
    right = [order[i : i + size] for i in range(0, N, size)]
    count: dict[str, Any] = {BATCH_PER_EXAMPLE: N, TOO_MANY: size}
    count |= {BATCH_MISSING: n - 1} if ragged else {EMPTY_BATCH: n + 1}
    wanted = {"number of batches": Wanted(n, count)}
    for k, rows in enumerate(right):
        slips = {
            POSITIONS: np.arange(N)[k * size : (k + 1) * size],
            TOO_MANY: np.array_split(order, size)[k],
        }
        if k > 0:
            slips[OVERLAP] = order[k : k + size]
        if ragged:
            slips[EVENLY] = np.array_split(order, n)[k]
        wanted[f"batch {k + 1}"] = Wanted(rows, slips)
    return Task(
        f"order = {order.tolist()}, batch_size = {size}.",
        [
            Call("batches", (order, size), into="result"),
            *AS_LIST,
            Get("count", "number of batches"),
            *(Get(f"list.{k}", f"batch {k + 1}") for k in range(n)),
        ],
        wanted,
    )


def one_batch(rng: np.random.Generator) -> Task:
    """`batches` where batch_size is larger than N."""
    N = int(rng.integers(4, 7))
    order = _order(rng, N)
    slips = {
        NO_LIST: order,
        POSITIONS: np.arange(N)[None],
        BATCH_PER_EXAMPLE: order[:, None],
        BATCH_MISSING: np.empty(0),
    }
    label = "the list of batches"
    return Task(
        f"order = {order.tolist()}, batch_size = {N + 2}.",
        [
            Call("batches", (order, N + 2), into="result"),
            *AS_LIST,
            Call("numpy.array", (Ref("list"),), into="array"),
            Get("array", label),
        ],
        {label: Wanted(order[None], slips)},
    )


def _order(rng: np.random.Generator, N: int) -> Array:
    """A random order that does not begin like the given one."""
    while True:
        order = rng.permutation(N)
        if order[0] != 0:
            return order


def minibatch_epoch(rng: np.random.Generator, kind: str, loss: str = "cross_entropy") -> Task:
    """An epoch by mini-batches: "ragged", "even", or "one" batch with a size above N."""
    size = int(rng.integers(3, 5))
    N = {"ragged": 2 * size + int(rng.integers(1, size)), "even": 2 * size, "one": size + 2}[kind]
    trial = Trial(rng, N, loss)
    order = mixed(rng, N, size)
    if kind == "one":
        size = N + int(rng.integers(1, 4))
    model, data = trial.model(), {"x": trial.X[order], "y": trial.Y[order]}
    nn.train_minibatch(
        model.loss, data, batch_size=size, learning_rate=trial.rate, epochs=1, shuffle=False
    )
    steps = [
        trial.made,
        Call("train_minibatch_epoch", (*trial.given, size, order)),
        *LOOK_AT_WEIGHTS,
    ]
    words = trial.described(learning_rate=trial.rate, batch_size=size, order=order.tolist())
    return Task(words, steps, weights_wanted(weights_of(model), _epoch_slips(trial, size, order)))


def _epoch_slips(trial: Trial, size: int, order: Array) -> dict[str, Weights]:
    rate, N, straight = trial.rate, trial.N, trial.all
    updates = trial.by(size, order)

    def scaled(factor: Any) -> list[Update]:
        return [Update(rows, rate * factor(len(rows))) for rows, _, _ in updates]

    slips = {
        UNCHANGED: trial.after([]),
        ONE_PER_EXAMPLE: trial.after(trial.by(1, order)),
        SUM_NOT_MEAN: trial.after(scaled(lambda B: B)),
        DIVIDED_TWICE: trial.after(scaled(lambda B: 1 / B)),
        UPHILL: trial.after(updates, uphill=True),
        RATE_MISSING: trial.after(scaled(lambda B: 1 / rate)),
        RATE_TWICE: trial.after(scaled(lambda B: rate)),
        OVERLAP: trial.after(Update(order[i : i + size], rate) for i in range(N)),
        ONLY_X: trial.after(
            Update(rows, rate, straight[i * size : (i + 1) * size])
            for i, (rows, _, _) in enumerate(updates)
        ),
        ONLY_Y: trial.after(
            Update(straight[i * size : (i + 1) * size], rate, rows)
            for i, (rows, _, _) in enumerate(updates)
        ),
    }
    if len(updates) == 1:
        slips.pop(ONLY_Y)  # with some orders the same as ONLY_X
        slips.pop(OVERLAP)
        return slips | {
            RAGGED_DIVIDED: trial.after(scaled(lambda B: B / size)),
            RATE_TIMES_SIZE: trial.after(scaled(lambda B: size)),
        }
    slips |= {
        ONE_UPDATE: trial.after(trial.by(N)),
        ORDER_IGNORED: trial.after(trial.by(size)),
        REVERSED: trial.after(trial.by(size, order[::-1])),
        PLACES: trial.after(trial.by(size, np.argsort(order))),
        FIRST_ONLY: trial.after(updates[:1]),
        LAST_ONLY: trial.after(updates[-1:]),
        FIRST_WEIGHTS: trial.moved(
            {
                W: sum(trial.gradients(rows)[W] for rows, _, _ in updates)  # type: ignore[misc]
                for W in NAMES
            },
            rate,
        ),
    }
    if N % size:
        slips |= {
            DROPPED: trial.after(updates[:-1]),
            RAGGED_DIVIDED: trial.after(scaled(lambda B: B / size)),
            RATE_TIMES_SIZE: trial.after(scaled(lambda B: size)),
        }
    return slips


q2 = TaskQuestion(
    "Question 2 of hw4",
    "batches and train_minibatch_epoch",
    {
        "batches with a ragged end": lambda rng: several_batches(rng, ragged=True),
        "batches without a ragged end": lambda rng: several_batches(rng, ragged=False),
        "batches with batch_size larger than N": one_batch,
        "an epoch with a ragged end (cross-entropy)": lambda rng: minibatch_epoch(rng, "ragged"),
        "an epoch without a ragged end (squared error)": lambda rng: minibatch_epoch(
            rng, "even", "squared_error"
        ),
        "an epoch with batch_size larger than N": lambda rng: minibatch_epoch(rng, "one"),
    },
    praise="The ragged end is kept, and every batch is averaged over its own examples.",
    hints=[
        "range(0, len(order), batch_size) gives the position at which each batch begins.",
        "A slice that goes beyond the end simply ends there: order[6:9] of seven entries has one.",
        "For each of the batches: Forward with X[rows] and Y[rows], Backward, SGD. Backward "
        "divides by the number of rows that went forward.",
    ],
)


# ------------------------------------------------------------------ 3: batch learning by hand


def update_in_pieces(rng: np.random.Generator, piece: int = 1, *, rows: bool = False) -> Task:
    """One batch update from the gradients of pieces; with `rows` only the size is looked at.

    Args:
        piece: the size of a piece; with more than 1 the last one is smaller.
    """
    N = 2 * piece + int(rng.integers(1, piece)) if piece > 1 else int(rng.integers(4, 7))
    trial = Trial(rng, N)
    steps: list[Step] = [
        trial.made,
        Call("batch_update_by_hand", (*trial.given, piece)),
    ]
    words = trial.described(learning_rate=trial.rate, piece_size=piece)
    if rows:
        few_enough = Reaches((), lambda size: piece - float(size), 0.0, {WHOLE_BATCH: -np.inf})
        label = "examples in the last Forward"
        return Task(words, [*steps, Get("model.loss.value.size", label)], {label: few_enough})
    model = trial.model()
    nn.train_batch(model.loss, trial.data, learning_rate=trial.rate, epochs=1)
    right, slips = weights_of(model), _piece_slips(trial, piece)
    in_turn = slips.pop(ONE_AFTER_THE_OTHER)  # in W1 it is right
    wanted = weights_wanted(right, slips)
    for W in ("W2", "W3"):
        wanted[W] = Wanted(right[W], {**wanted[W].slips, ONE_AFTER_THE_OTHER: in_turn[W]})
    return Task(words, [*steps, *LOOK_AT_WEIGHTS], wanted)


def _piece_slips(trial: Trial, size: int) -> dict[str, Weights]:
    rate, N = trial.rate, trial.N
    pieces = [rows for rows, _, _ in trial.by(size)]
    parts = [trial.gradients(rows) for rows in pieces]
    whole = trial.gradients(trial.all)

    def mean(shares: Sequence[float]) -> Weights:
        """The weights after one step against the averages of the pieces, times these shares."""
        steps = {W: sum(s * g[W] for s, g in zip(shares, parts, strict=True)) for W in NAMES}
        return trial.moved(steps, rate)  # type: ignore[arg-type]

    one_after_the_other = trial.model()
    net = one_after_the_other.graph
    for W in net.parameters:
        net.Forward(**trial.data)
        net.Backward(one_after_the_other.loss)
        net.replace_parameters({W: W.value - rate * W.grad})

    n, last = len(pieces), len(pieces[-1])
    only_last = [0.0] * (n - 1) + [1.0]
    slips = {
        UNCHANGED: trial.after([]),
        SUM_NOT_MEAN: trial.moved(whole, rate * N),
        INSIDE_THE_LOOP: trial.after(trial.by(size)),
        LAST_PIECE: mean(only_last),
        DIVIDED_TWICE: trial.moved(whole, rate / N),
        UPHILL: trial.moved(whole, -rate),
        RATE_TWICE: trial.moved(whole, rate**2),
        RATE_MISSING: trial.moved(whole, 1.0),
        ONE_AFTER_THE_OTHER: weights_of(one_after_the_other),
    }
    if size > 1:
        full = [1.0] * (n - 1)
        slips |= {
            UNWEIGHTED: mean([1 / n] * n),
            SUM_OF_AVERAGES: mean([1.0] * n),
            PIECE_DROPPED: mean([s / (n - 1) for s in full] + [0.0]),
            RAGGED_DIVIDED: mean([size / (n * size)] * (n - 1) + [last / (n * size)]),
        }
    return slips


q3 = TaskQuestion(
    "Question 3 of hw4",
    "batch_update_by_hand",
    {
        "pieces of one example": lambda rng: update_in_pieces(rng, 1),
        "pieces with a ragged end": lambda rng: update_in_pieces(rng, int(rng.integers(2, 5))),
        "how many examples at a time": lambda rng: update_in_pieces(
            rng, int(rng.integers(2, 4)), rows=True
        ),
    },
    praise="All gradients belong to the same weights, each example weighs the same, one update.",
    hints=[
        "W.grad of a piece is the average over the piece. Times its number of examples, it is the "
        "sum over the piece.",
        "Add up these sums for each W in net.parameters, in a dict; divide by len(X) at the end.",
        "Only after the loop: W.value = W.value - learning_rate * average, for each W.",
    ],
)


# ------------------------------------------------------------------ 4: evaluate


def measured(rng: np.random.Generator, *, twice: bool = False) -> Task:
    """Mean loss and accuracy, with a ragged end; with `twice` of other data the second time."""
    size = int(rng.integers(3, 5))
    trial = Trial(rng, 2 * size + int(rng.integers(1, size)))
    trial.Y = _partly_right(rng, trial, trial.X, size)
    X, Y, steps = trial.X, trial.Y, [trial.made]
    words, old = trial.described(batch_size=size), None
    if twice:
        steps.append(_evaluate_step(X, Y, size))
        old = nn.evaluate(trial.model().loss, trial.data)
        X = rng.normal(size=(len(X) + size, X.shape[1])).round(1)
        Y = _partly_right(rng, trial, X, size, old.accuracy)
        words += f" The second time: X = {X.tolist()}, Y = {Y.tolist()}."
    right = nn.evaluate(trial.model().loss, {"x": X, "y": Y})
    losses, hits = _each(trial.model(), X, Y)
    loss_slips = _mean_slips(losses, size) | {SUM_NOT_MEAN: losses.sum()}
    share_slips = _mean_slips(hits, size) | {
        PERCENT: 100 * hits.mean(),
        COUNT: hits.sum(),
        ERRORS: 1 - hits.mean(),
    }
    if old is not None:
        loss_slips[OLD_DATA], share_slips[OLD_DATA] = old.loss, old.accuracy
    return Task(
        words,
        [
            *steps,
            _evaluate_step(X, Y, size),
            Get("result.0", "mean loss"),
            Get("result.1", "accuracy"),
        ],
        {
            "mean loss": Wanted(right.loss, loss_slips),
            "accuracy": Wanted(right.accuracy, share_slips),
        },
    )


def _evaluate_step(X: Array, Y: Array, size: int) -> Call:
    nodes = Ref("model.graph"), Ref("model.loss"), Ref("model.output")
    return Call("evaluate", (*nodes, X, Y, size), into="result")


def _each(model: Any, X: Array, Y: Array) -> tuple[Array, Array]:
    """The loss of each example; and with classes, whether its answer is right."""
    model.graph.Forward(x=X, y=Y)
    hits = model.output.value.argmax(axis=1) == Y if Y.ndim == 1 else Y
    return model.loss.value, hits


def _partly_right(
    rng: np.random.Generator, trial: Trial, X: Array, size: int, *others: Any
) -> Array:
    """Labels such that each slip of the accuracy gives another number, and none of `others`."""
    classes, N = trial.widths[3], len(X)
    model = trial.model()
    model.graph.Forward(x=X, y=np.zeros(N, dtype=int))
    while True:
        wrong = rng.permutation(N) < N // 3
        hits = ~wrong
        found = [hits.mean(), wrong.mean(), *_mean_slips(hits, size).values(), *others]
        if len(set(np.round(found, 6))) == len(found):
            break
    shift = wrong * rng.integers(1, classes, size=N)
    return (model.output.value.argmax(axis=1) + shift) % classes


def _mean_slips(values: Array, size: int) -> dict[str, Any]:
    """The slips of a mean that is taken batch by batch."""
    N = len(values)
    parts = [values[i : i + size] for i in range(0, N, size)]
    return {
        MEAN_OF_MEANS: np.mean([part.mean() for part in parts]),
        EVAL_DROPPED: values[: N - N % size].mean(),
        EVAL_LAST: parts[-1].mean(),
        EVAL_FIRST: parts[0].mean(),
        BY_BATCHES: values.sum() / len(parts),
    }


q4 = TaskQuestion(
    "Question 4 of hw4",
    "evaluate",
    {
        "a ragged end": lambda rng: measured(rng),
        "other data the second time": lambda rng: measured(rng, twice=True),
    },
    praise="Every row counts once, and the weights stay as they are.",
    hints=[
        "Forward alone; nothing is learned here.",
        "Add up the losses of all batches, and how many answers are right; divide by len(X).",
        "The answer for each row: output.value.argmax(axis=1).",
    ],
)


# ------------------------------------------------------------------ 5: several epochs


def several_epochs(rng: np.random.Generator, look: str, kind: str = "ragged") -> Task:
    """`train` for three epochs; `look` says whether at "weights", at the "history", or at "both".

    Args:
        kind: "ragged", or "one" batch with a size above N, with squared error.
    """
    size, epochs = int(rng.integers(2, 4)), 3
    N = 2 * size + 1 if kind == "ragged" else 4
    trial = Trial(rng, N, "cross_entropy" if kind == "ragged" else "squared_error")
    if kind == "one":
        size = N + int(rng.integers(1, 4))
    seed, orders = _orders(rng, N, epochs)
    model = trial.model()
    history = nn.train_minibatch(
        model.loss,
        trial.data,
        batch_size=size,
        learning_rate=trial.rate,
        epochs=epochs,
        seed=seed,
        validation=trial.data,
    )
    steps: list[Step] = [
        trial.made,
        Call("numpy.random.default_rng", (seed,), into="rng"),
        Call("train", (*trial.given, size, epochs, Ref("rng")), into="history"),
    ]
    wanted: dict[str, Wanted] = {}
    if look != "history":
        steps += LOOK_AT_WEIGHTS
        wanted |= weights_wanted(weights_of(model), _run_slips(trial, size, orders))
    if look != "weights":
        steps.append(Get("history"))
        slips = _history_slips(trial, size, orders, history)
        wanted["history"] = Wanted(history.validation_losses, slips)
    words = trial.described(
        learning_rate=trial.rate,
        batch_size=size,
        epochs=epochs,
        rng=f"np.random.default_rng({seed})",
    )
    return Task(words, steps, wanted)


def _orders(rng: np.random.Generator, N: int, epochs: int) -> tuple[int, list[Array]]:
    """A seed with which the first two orders differ, as do those of shuffling further; they."""
    while True:
        seed = int(rng.integers(10_000))
        draw = np.random.default_rng(seed)
        orders = [draw.permutation(N) for _ in range(epochs)]
        straight = np.arange(N)
        distinct = {tuple(order) for order in (*orders, straight, orders[0][orders[1]])}
        if len(distinct) == epochs + 2:
            return seed, orders


def _plans(trial: Trial, size: int, orders: list[Array]) -> dict[str, list[list[Update]]]:
    """For each slip of the order, the updates of each epoch."""
    further, so_far = [], trial.all
    for order in orders:
        so_far = so_far[order]
        further.append(so_far)
    return {
        NOT_SHUFFLED: [trial.by(size) for _ in orders],
        ONE_ORDER: [trial.by(size, orders[0]) for _ in orders],
        SHUFFLED_FURTHER: [trial.by(size, order) for order in further],
        ONLY_X: [
            [
                Update(rows, trial.rate, trial.all[i * size : (i + 1) * size])
                for i, (rows, _, _) in enumerate(trial.by(size, order))
            ]
            for order in orders
        ],
    }


def _run_slips(trial: Trial, size: int, orders: list[Array]) -> dict[str, Weights]:
    right = [trial.by(size, order) for order in orders]
    plans = _plans(trial, size, orders)
    if size >= trial.N:  # the order does not matter, as long as X and Y stay together
        plans = {ONLY_X: plans[ONLY_X]}
    else:
        plans[DROPPED] = [updates[:-1] for updates in right]
        plans[RAGGED_DIVIDED] = [
            [Update(rows, rate * len(rows) / size) for rows, rate, _ in updates]
            for updates in right
        ]
        plans[ONE_UPDATE] = [trial.by(trial.N) for _ in orders]
    plans[ONE_PER_EXAMPLE] = [trial.by(1, order) for order in orders]
    plans[SUM_NOT_MEAN] = [
        [Update(rows, rate * len(rows)) for rows, rate, _ in updates] for updates in right
    ]
    plans[ONE_EPOCH] = right[:1]
    slips = {words: trial.after(_flat(plan)) for words, plan in plans.items()}
    return slips | {
        UNCHANGED: trial.after([]),
        UPHILL: trial.after(_flat(right), uphill=True),
    }


def _flat(plan: list[list[Update]]) -> list[Update]:
    return [update for updates in plan for update in updates]


def _history_slips(
    trial: Trial, size: int, orders: list[Array], history: nn.History
) -> dict[str, Any]:
    right = [trial.by(size, order) for order in orders]
    each = _losses_after_epochs(trial, right)
    after = each.mean(axis=1)
    start = nn.evaluate(trial.model().loss, trial.data).loss
    slips = {
        BEFORE_EPOCH: np.array([start, *after[:-1]]),
        WITH_START: np.array([start, *after]),
        SUM_NOT_MEAN: each.sum(axis=1),
        LAST_EPOCH_ONLY: after[-1],
    }
    if size < trial.N:
        _, updates = trial.run(_flat(right))
        per_epoch = updates.reshape(len(orders), -1)
        slips |= {
            UPDATE_LOSSES: history.epoch_losses,
            UPDATE_LOSSES_UNWEIGHTED: per_epoch.mean(axis=1),
            LAST_BATCH_LOSS: per_epoch[:, -1],
            EVERY_UPDATE: updates,
            MEAN_OF_MEANS: [_mean_slips(losses, size)[MEAN_OF_MEANS] for losses in each],
            EVAL_DROPPED: [_mean_slips(losses, size)[EVAL_DROPPED] for losses in each],
        }
        for words, plan in _plans(trial, size, orders).items():
            slips[words] = _losses_after_epochs(trial, plan).mean(axis=1)
    return slips


def _losses_after_epochs(trial: Trial, plan: list[list[Update]]) -> Array:
    """The losses of all examples, (epochs, N), at the weights that each epoch leaves."""
    losses = []
    for epoch in range(1, len(plan) + 1):
        model = trial.model()
        weights = trial.after(_flat(plan[:epoch]))
        model.graph.replace_parameters({p: weights[p.name] for p in model.graph.parameters})
        losses.append(_each(model, trial.X, trial.Y)[0])
    return np.array(losses)


q5 = TaskQuestion(
    "Question 5 of hw4",
    "train",
    {
        "the weights after three epochs": lambda rng: several_epochs(rng, "weights"),
        "the history": lambda rng: several_epochs(rng, "history"),
        "one batch in each epoch (squared error)": lambda rng: several_epochs(rng, "both", "one"),
    },
    praise="Each epoch has an order of its own, and the history tells what each epoch left.",
    hints=[
        "In each epoch: draw the order, train by mini-batches in this order, measure.",
        "The order comes from rng.permutation, once in each epoch; draw nothing else from rng.",
        "With all examples in one Forward, the mean loss over them is loss.value.mean().",
    ],
)


# ------------------------------------------------------------------ 6: digits

WIDTHS = (64, 32, 16, 10)


def digits_read(rng: np.random.Generator) -> Task:
    """Train on 900 digits; the share of the other 897 that the network reads right.

    The pixels are in another order and the digits have other names, so weights from elsewhere are
    of no use.
    """
    data = nn.datasets.digits()
    rows, columns, names = rng.permutation(len(data["y"])), rng.permutation(64), rng.permutation(10)
    train, held_out = rows[:900], rows[900:]
    x_train, x_held_out = nn.datasets.standardise(
        data["x"][train][:, columns], data["x"][held_out][:, columns]
    )
    y_train, y_held_out = names[data["y"][train]], names[data["y"][held_out]]
    options = {"activation": "tanh", "loss": "cross_entropy", "seed": int(rng.integers(1000))}
    seed = int(rng.integers(1000))
    shapes = list(pairwise(WIDTHS))
    sizes = [rows * columns for rows, columns in shapes]

    def accuracy(weights: Array) -> float:
        parts = np.split(weights, np.cumsum(sizes)[:-1])
        W1, W2, W3 = (part.reshape(shape) for part, shape in zip(parts, shapes, strict=True))
        with np.errstate(all="ignore"):
            z3 = np.tanh(np.tanh(x_held_out @ W1) @ W2) @ W3
        return float((z3.argmax(axis=1) == y_held_out).mean())

    label = "digits that were held out"
    short = {SOME_MISSING: 0.75, MANY_MISSING: 0.4, GUESSES: 0.0}
    return Task(
        "900 digits to train on, 897 held out.",
        [
            Call(
                "course_nn.two_hidden_layer_network",
                WIDTHS,
                into="model",
                keywords=options,
            ),
            Call("numpy.random.default_rng", (seed,), into="rng"),
            Call("train_on_digits", (Ref("model"), x_train, y_train, Ref("rng"))),
            Call(
                "numpy.concatenate",
                ([Ref(f"model.{W}.value.flat") for W in NAMES],),
                into="weights",
            ),
            Get("weights", label),
        ],
        {label: Reaches((sum(sizes),), accuracy, MINIMUM, short)},
    )


q6 = TaskQuestion(
    "Question 6 of hw4",
    "train_on_digits",
    {"digits that were held out": digits_read},
    praise="It reads at least nine of ten digits that it has not seen.",
    hints=[
        "Call your `train` with model.graph and model.loss, and choose the three numbers.",
        "Lesson 10 has learning rates that suit one example at a time, mini-batches, batches.",
        "If it reads too few, look at the history: does the loss still fall at the end?",
    ],
)
