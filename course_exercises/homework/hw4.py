"""The questions of homework 4: trainers. Online, by mini-batches, by batches, several epochs, and
real handwritten digits.

    from course_exercises.homework import hw4 as questions

    questions.q1.check(train_online_epoch)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Call, Get, Ref, Step
from course_exercises.homework.hw3_nodes import as_python
from course_exercises.homework.random_networks import drawn
from course_exercises.homework.tasks import Reaches, Task, TaskQuestion, Wanted
from course_exercises.question import Slip, same

# What the rubric of the grader names.
# fmt: off
__all__ = [
    "AVERAGES_OVER_N", "BATCH_MISSING", "BATCH_SUM", "BEFORE_EPOCH", "BY_BATCHES", "COUNT",
    "DIVIDED_TWICE", "DROPPED", "EMPTY_BATCH", "ERRORS", "EVAL_DROPPED", "EVAL_DROPPED_OVER_N",
    "EVENED_OUT", "EVENLY", "EXCHANGED", "FIRST_WEIGHTS", "FIRST_Y", "LAST_AS_FULL",
    "LAST_BATCH_LOSS", "LAST_EXAMPLE_MISSING", "LOSS_AFTER", "LOSS_AT_FIRST_WEIGHTS", "LOSS_COLUMN",
    "MANY_MISSING", "MEANS_OVER_N", "MEAN_OF_MEANS", "NOT_SHUFFLED", "NO_BATCH",
    "ONE_AFTER_THE_OTHER", "ONE_EPOCH", "ONE_ORDER", "ONLY_X", "ONLY_Y", "ORDER_IGNORED", "PERCENT",
    "PIECE_DROPPED", "PIECE_DROPPED_OVER_N", "PLACES", "POSITIONS", "RAGGED_DIVIDED",
    "RATE_MISSING", "RATE_TIMES_SIZE", "RATE_TWICE", "REVERSED", "SHUFFLED_FURTHER", "SMALLEST",
    "SOME_MISSING", "SUM_NOT_MEAN", "SUM_OF_AVERAGES", "TOO_MANY", "TWO_PASSES", "UNWEIGHTED",
    "UPDATE_LOSSES", "UPDATE_LOSSES_UNWEIGHTED", "UPHILL", "WHOLE_BATCH", "WITH_START", "q1", "q2",
    "q3", "q4", "q5", "q6",
]
# fmt: on

Array = np.ndarray
Weights = dict[str, Array]
NAMES = ("W1", "W2", "W3")
# For the right values; a check takes them away from course_nn while it runs.
TRAINERS = ("train_sgd", "train_minibatch", "train_batch", "evaluate")
train_sgd, train_minibatch, train_batch = nn.train_sgd, nn.train_minibatch, nn.train_batch
evaluate = nn.evaluate

# Said about weights.
UNCHANGED = Slip("the weights are the first ones: no update was made.")
ONE_UPDATE = Slip("there was one update at the end of the epoch, where several are asked for.")
ONE_PER_EXAMPLE = Slip("there was one update after each example; a batch makes one.")
FIRST_WEIGHTS = Slip(
    "every gradient was taken at the first weights. Run Forward and Backward anew after each "
    "update, so that the next gradient belongs to the weights that this update left."
)
FIRST_ONLY = Slip("only the first of the updates was made. Does a return stand inside the loop?")
LAST_ONLY = Slip("only the last of the updates was made: SGD belongs inside the loop.")
REVERSED = Slip("the examples were taken in reverse order.")
LAST_EXAMPLE_MISSING = Slip("the last example was left out.")
TWO_PASSES = Slip("there were two passes through the examples; an epoch is one.")
GROWING = Slip("X[: b + 1] is all examples up to this one; one example is X[b : b + 1].")
UPHILL = Slip("the sign: that goes up the slope. An update subtracts learning rate times gradient.")
RATE_TWICE = Slip("the learning rate was multiplied in twice.")
RATE_MISSING = Slip("the learning rate is missing.")
DROPPED = Slip("the ragged last batch was dropped; its examples are used too.")
SUM_NOT_MEAN = Slip("that is the sum over the examples, not the mean.")
BATCH_SUM = Slip("each step is as long as the sum over the batch makes it; take the mean.")
RAGGED_DIVIDED = Slip(
    "the last batch was divided by batch_size; it is averaged over the examples that it has."
)
DIVIDED_TWICE = Slip(
    "the gradient was divided by the batch size once more; Backward averages already."
)
RATE_TIMES_SIZE = Slip("the learning rate was multiplied by batch_size; use it as it was given.")
OVERLAP = Slip("the batches overlap: the next one begins batch_size examples later, not one.")
ORDER_IGNORED = Slip("the order was not used; the examples came in the order of the rows.")
ONLY_X = Slip("only X was taken in the new order: each example met another one's answer.")
FIRST_Y = Slip(
    "of Y the first rows were taken for every batch, whichever rows of X came; take the same rows "
    "of both."
)
ONLY_Y = Slip("only Y was taken in the new order: each example met another one's answer.")
PLACES = Slip(
    "order says which example comes first, which second, and so on; here it was read as the place "
    "to which each example goes."
)
UNWEIGHTED = Slip(
    "the averages of the pieces were averaged as if all pieces were equally large; the last one "
    "is smaller and weighs less."
)
SUM_OF_AVERAGES = Slip("the averages of the pieces were added up; the average over all is wanted.")
AVERAGES_OVER_N = Slip(
    "the averages of the pieces were added up and divided by N; multiply each by the number of its "
    "examples before it is added."
)
LAST_AS_FULL = Slip(
    "every piece was counted as if it had piece_size examples; the last one has fewer."
)
PIECE_DROPPED_OVER_N = Slip("the ragged last piece was dropped, and the rest divided by all of N.")
INSIDE_THE_LOOP = Slip(
    "the weights were updated after each piece. Collect first, at weights that stay, and update "
    "once at the end."
)
INSIDE_IN_SHARES = Slip(
    "the weights were updated after each piece, by its share of the average. So the next gradient "
    "belongs to other weights. Collect first, at weights that stay, and update once at the end."
)
INSIDE_GROWING = Slip(
    "the weights were updated after each piece, with what had been collected up to there. Collect "
    "first, at weights that stay; the update stands behind the loop."
)
LAST_PIECE = Slip("only the gradient of the last piece was used; collect those of all pieces.")
PIECE_DROPPED = Slip("the ragged last piece was dropped; its examples are used too.")
ONE_AFTER_THE_OTHER = Slip(
    "W1 was updated before the gradients of W2 and W3 were collected; collect all of them first."
)
WHOLE_BATCH = Slip("more examples than are allowed went through the network together.")
WEIGHTS_FIRST = Slip(
    "how many examples go through the network at a time is looked at once the weights are nearly "
    "right."
)
LOSS_FIRST = Slip(
    "how many rows go through the network at a time is looked at once the mean loss is nearly "
    "right."
)
NOT_SHUFFLED = Slip("the examples came in the given order; rng is to draw an order for each epoch.")
ONE_ORDER = Slip("one order was drawn and used in every epoch; draw a new one in each.")
SHUFFLED_FURTHER = Slip(
    "each epoch shuffled what the epoch before had shuffled. Take the new order of the rows of X "
    "and Y as they were given."
)
ONE_EPOCH = Slip("there was only one epoch. Does a return stand inside the loop?")
ONE_EPOCH_MORE = Slip("there was one epoch too many.")

# Said about losses and accuracies.
LOSS_AFTER = Slip("each loss was measured after its update; measure it before.")
LOSS_AT_FIRST_WEIGHTS = Slip("the losses are those of the first weights, without the updates.")
LOSS_COLUMN = Slip(
    "each entry should be a number; loss.value has shape (1,), so take loss.value[0]."
)
LOSS_MEAN = Slip("that is the mean of the losses; the loss of each example is wanted.")
LOSS_SUMMED_UP = Slip("each entry holds the sum of the losses up to there.")
BEFORE_EPOCH = Slip("the loss was measured before each epoch; measure it after.")
WITH_START = Slip(
    "the loss before training is in it too; the first entry comes after the first epoch."
)
UPDATE_LOSSES = Slip(
    "those are the losses of the batches, as they were before each update; measure all examples "
    "at the weights that the epoch left."
)
UPDATE_LOSSES_UNWEIGHTED = Slip(
    "that is the mean of the batches' losses, as they were before each update; measure all "
    "examples at the weights that the epoch left."
)
LAST_BATCH_LOSS = Slip("that is the loss of the last batch; measure all examples.")
LAST_EPOCH_ONLY = Slip("that is the last epoch only; one number for each epoch is wanted.")
EVERY_UPDATE = Slip("there is one number for each update; one for each epoch is wanted.")
MEAN_OF_MEANS = Slip(
    "the batches' means were averaged as if all batches were equally large; the last one is "
    "smaller and weighs less."
)
MEANS_OVER_N = Slip(
    "the batches' means were added up and divided by N; add up the numbers of the examples."
)
EVAL_DROPPED = Slip("the last rows, which do not fill a batch, were left out.")
EVAL_DROPPED_OVER_N = Slip(
    "the last rows, which do not fill a batch, were left out of the sum, which was then divided by "
    "all of N."
)
EVAL_LAST = Slip("only the last batch was measured.")
EVAL_FIRST = Slip("only the first batch was measured. Does a return stand inside the loop?")
BY_BATCHES = Slip("divided by the number of batches; there is one loss for each example.")
PERCENT = Slip("that is in percent; a share lies between 0 and 1.")
COUNT = Slip("that is how many answers are right; their share is wanted.")
SMALLEST = Slip("the answer is the column with the largest logit; the smallest was taken.")
EXCHANGED = Slip(
    "that is the other one of the two results: first the mean loss, then the accuracy."
)
ERRORS = Slip("that is the share of wrong answers.")
OLD_DATA = Slip("those are the numbers of the data that were passed in the first time.")

# Said about batches.
BATCH_PER_EXAMPLE = Slip("there is a batch for each example; a batch has batch_size of them.")
BATCH_MISSING = Slip("there is one batch too few. Was the ragged last one dropped?")
NO_BATCH = Slip("there is none: the ragged last batch, here the only one, is missing.")
TOO_MANY = Slip("batch_size says how many examples a batch has, not how many batches there are.")
NO_LIST = Slip("that is the batch itself; a list with this one batch in it is wanted.")
EMPTY_BATCH = Slip("there is an empty batch at the end.")
EVENED_OUT = Slip(
    "the rest was shared out among the other batches, so that they are larger than batch_size; it "
    "makes a smaller batch of its own."
)
EVENLY = Slip("the examples were shared out evenly; only the last batch may be smaller.")
POSITIONS = Slip(
    "those are positions in order; the entries of order at these positions are wanted."
)

# Said about the digits.
MINIMUM = 0.9
SOME_MISSING = Slip("between 75 and 90 % of the held-out digits are read; 90 % are wanted.")
MANY_MISSING = Slip("between 40 and 75 % of the held-out digits are read; 90 % are wanted.")
GUESSES = Slip(
    "less than 40 % of the held-out digits are read: the network has hardly learned anything."
)
WEIGHTS_UNCHANGED = Slip(
    "the weights of the network that was passed in have not changed. Was another network trained?"
)


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
        least_classes: of the outputs, 2 or 3.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        examples: int,
        loss: str = "cross_entropy",
        least_classes: int = 2,
    ) -> None:
        self.widths = tuple(int(n) for n in rng.permutation(4) + 2)
        if self.widths[3] < least_classes:
            self.widths = self.widths[::-1]
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

    def task(
        self, steps: Sequence[Step], wanted: Mapping[str, Wanted | Reaches], **arrays: Array
    ) -> Task:
        """Described by lines of Python; `arrays` get a line of their own there, as X and Y do."""
        return Task(as_python(steps, X=self.X, Y=self.Y, **arrays), steps, wanted)

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


def weights_wanted(right: Weights, slips: Mapping[Slip, Weights]) -> dict[str, Wanted]:
    """The three matrices, each with its slips."""
    return {
        W: Wanted(right[W], {slip: weights[W] for slip, weights in slips.items()}) for W in NAMES
    }


def weights_of(model: Any) -> Weights:
    return {p.name: p.value for p in model.graph.parameters}


LOOK_AT_WEIGHTS: tuple[Step, ...] = tuple(Get(f"model.{W}.value", W) for W in NAMES)


def mixed(rng: np.random.Generator, examples: int, size: int) -> Array:
    """An order whose first batch holds other examples than that of any usual misreading."""
    straight = np.arange(examples)

    def fits(order: Array) -> bool:
        others = (straight, straight[::-1], order[::-1], np.argsort(order))
        return not any(set(order[:size]) == set(other[:size]) for other in others)

    return drawn(lambda: rng.permutation(examples), fits, "an order that no misreading begins with")


@contextmanager
def without_the_trainers() -> Iterator[None]:
    """Meanwhile the trainers of `course_nn` say that they are to be written."""

    def refuse(name: str, *arguments: Any, **options: Any) -> None:
        raise RuntimeError(
            f"nn.{name} is what you write here; while answers are checked and graded, it is not "
            "there. Use your own functions."
        )

    for name in TRAINERS:
        setattr(nn, name, partial(refuse, name))
    try:
        yield
    finally:
        for name in TRAINERS:
            setattr(nn, name, globals()[name])


class TrainerQuestion(TaskQuestion):
    """A question that is tried without the trainers of `course_nn`, as in grading."""

    def _try(self, answer: Any, seed: int) -> str:
        with without_the_trainers():
            return super()._try(answer, seed)


# ------------------------------------------------------------------ 1: online


def online_epoch(rng: np.random.Generator, examples: int = 5, loss: str = "cross_entropy") -> Task:
    """One epoch, an update after each example."""
    trial = Trial(rng, examples, loss)
    model = trial.model()
    history = train_sgd(model.loss, trial.data, learning_rate=trial.rate, epochs=1, shuffle=False)
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
    return trial.task(
        [
            trial.made,
            Call("train_online_epoch", trial.given, into="losses"),
            *LOOK_AT_WEIGHTS,
            Get("losses"),
        ],
        {**weights_wanted(right, slips), "losses": Wanted(losses, _loss_slips(trial, losses))},
    )


def _loss_slips(trial: Trial, losses: Array) -> dict[Slip, Any]:
    first = trial.model()
    first.graph.Forward(**trial.data)
    after, model = [], trial.model()
    for i in range(trial.N):
        example = {"x": trial.X[i : i + 1], "y": trial.Y[i : i + 1]}
        train_sgd(model.loss, example, learning_rate=trial.rate, epochs=1)
        after.append(evaluate(model.loss, example).loss)
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
            UPHILL: trial.run(trial.by(1), uphill=True)[1],
            RATE_TWICE: trial.run(trial.by(1, rate=trial.rate**2))[1],
            RATE_MISSING: trial.run(trial.by(1, rate=1.0))[1],
            LAST_EXAMPLE_MISSING: losses[:-1],
        }
    return slips


q1 = TrainerQuestion(
    "Question 1",
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
        "Example b is X[b : b + 1], with the answer Y[b : b + 1]: a batch with one row.",
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
    count: dict[Slip, Any] = {BATCH_PER_EXAMPLE: N, TOO_MANY: size}
    count |= {BATCH_MISSING: n - 1} if ragged else {EMPTY_BATCH: n + 1}
    wanted = {}
    for k, rows in enumerate(right):
        slips = {
            POSITIONS: np.arange(N)[k * size : (k + 1) * size],
            TOO_MANY: np.array_split(order, size)[k],
        }
        if k > 0:
            slips[OVERLAP] = order[k : k + size]
        if ragged:
            slips[EVENLY] = np.array_split(order, n)[k]
            if k < n - 1:
                slips[EVENED_OUT] = np.array_split(order, n - 1)[k]
        wanted[f"batch {k + 1}"] = Wanted(rows, slips)
        if k == 0:  # before a batch that may not be there
            wanted["number of batches"] = Wanted(n, count)
    looks = {
        label: f"found[{int(label[-1]) - 1}]" for label in wanted if label != "number of batches"
    }
    looks["number of batches"] = "len(found)"
    return Task(
        _batches_in_python(order, size, looks),
        [
            Call("batches", (order, size), into="result"),
            *AS_LIST,
            *(Get(f"list.{k}", f"batch {k + 1}") for k in range(n)),
            Get("count", "number of batches"),
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
        NO_BATCH: np.empty(0),
    }
    label = "the list of batches"
    return Task(
        _batches_in_python(order, N + 2, {label: "found"}),
        [
            Call("batches", (order, N + 2), into="result"),
            *AS_LIST,
            Call("numpy.array", (Ref("list"),), into="array"),
            Get("array", label),
        ],
        {label: Wanted(order[None], slips)},
    )


def _batches_in_python(order: Array, size: int, looks: Mapping[str, str]) -> str:
    entries = ", ".join(f'"{label}": {code}' for label, code in looks.items())
    lines = [
        "To look at it, paste this into a cell:",
        f"order = np.array({order.tolist()})",
        f"found = list(batches(order, {size}))",
        f"{{{entries}}}",
    ]
    return "\n".join(lines)


def _order(rng: np.random.Generator, N: int) -> Array:
    """A random order that does not begin like the given one."""
    another = "an order that begins with another one"
    return drawn(lambda: rng.permutation(N), lambda order: bool(order[0] != 0), another)


def minibatch_epoch(rng: np.random.Generator, kind: str, loss: str = "cross_entropy") -> Task:
    """An epoch by mini-batches: "ragged", "even", or "one" batch with a size above N."""
    size = int(rng.integers(3, 5))
    N = {"ragged": 2 * size + int(rng.integers(1, size)), "even": 2 * size, "one": size + 2}[kind]
    trial = Trial(rng, N, loss)
    order = mixed(rng, N, size)
    if kind == "one":
        size = N + int(rng.integers(1, 4))
    model, data = trial.model(), {"x": trial.X[order], "y": trial.Y[order]}
    train_minibatch(
        model.loss, data, batch_size=size, learning_rate=trial.rate, epochs=1, shuffle=False
    )
    steps = [
        trial.made,
        Call("train_minibatch_epoch", (*trial.given, size, order)),
        *LOOK_AT_WEIGHTS,
    ]
    wanted = weights_wanted(weights_of(model), _epoch_slips(trial, size, order))
    return trial.task(steps, wanted, order=order)


def _epoch_slips(trial: Trial, size: int, order: Array) -> dict[Slip, Weights]:
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
        FIRST_Y: trial.after(Update(rows, rate, straight[: len(rows)]) for rows, _, _ in updates),
        ONLY_Y: trial.after(
            Update(straight[i * size : (i + 1) * size], rate, rows)
            for i, (rows, _, _) in enumerate(updates)
        ),
    }
    if len(updates) == 1:
        slips.pop(ONLY_Y)  # with some orders the same as ONLY_X
        slips.pop(FIRST_Y)  # here the same as ONLY_X
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


q2 = TrainerQuestion(
    "Question 2",
    ("batches", "train_minibatch_epoch"),
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
    model = trial.model()
    train_batch(model.loss, trial.data, learning_rate=trial.rate, epochs=1)
    right, slips = weights_of(model), _piece_slips(trial, piece)
    if rows:
        near = [right, *(slips[slip] for slip in slips if slip not in WITHOUT_ALL_PIECES)]
        start = slips[UNCHANGED]
        near += [{W: 2 * start[W] - weights[W] for W in NAMES} for weights in near]  # uphill, too
        joined = [np.concatenate([weights[W].ravel() for W in NAMES]) for weights in near]
        looks = rows_and(*(f"model.{W}.value" for W in NAMES))
        return trial.task([*steps, *looks], {ROWS: at_most(piece, joined, WEIGHTS_FIRST)})
    in_turn = slips.pop(ONE_AFTER_THE_OTHER)  # in W1 it is right
    wanted = weights_wanted(right, slips)
    for W in ("W2", "W3"):
        wanted[W] = Wanted(right[W], {**wanted[W].slips, ONE_AFTER_THE_OTHER: in_turn[W]})
    return trial.task([*steps, *LOOK_AT_WEIGHTS], wanted)


ROWS = "examples in the last Forward"
NEARLY = 1e-3  # right enough to ask how it came about: also what is rounded
# Slips that can be made without sending all pieces, or nearly all, through the network.
WITHOUT_ALL_PIECES = (UNCHANGED, LAST_PIECE)
WITHOUT_ALL_BATCHES = (EVAL_FIRST, EVAL_LAST)


def rows_and(first: str, *others: str) -> list[Step]:
    """Look at the numbers at these paths, one after the other; last comes how many rows were in the
    last Forward."""
    steps: list[Step] = []
    for path in (*others, "model.loss.value.size"):
        steps.append(Call("numpy.append", (Ref(first), Ref(path)), into="numbers"))
        first = "numbers"
    return [*steps, Get("numbers", ROWS)]


def at_most(rows: int, near: Sequence[Array], before: Slip) -> Reaches:
    """How many rows may have been in the last Forward, where something came of it.

    A Forward of one row and nothing else is no answer, so the other numbers have to be right, or
    what a usual slip gives.

    Args:
        near: what the other numbers may be.
        before: the slip that they are something else.
    """

    def measure(found: Array) -> float:
        *numbers, size = found
        if not any(same(numbers, value, tolerance=NEARLY) for value in near):
            return -1.0
        return float(size <= rows)

    return Reaches((near[0].size + 1,), measure, 1.0, {WHOLE_BATCH: 0.0, before: -1.0})


def _piece_slips(trial: Trial, size: int) -> dict[Slip, Weights]:
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

    growing = trial.model()
    collected = dict.fromkeys(NAMES, 0.0)
    for rows in pieces:
        growing.graph.Forward(x=trial.X[rows], y=trial.Y[rows])
        growing.graph.Backward(growing.loss)
        parameters = growing.graph.parameters
        collected = {p.name: collected[p.name] + p.grad * len(rows) for p in parameters}
        growing.graph.replace_parameters(
            {p: p.value - rate * collected[p.name] / N for p in parameters}
        )

    n, last = len(pieces), len(pieces[-1])
    only_last = [0.0] * (n - 1) + [1.0]
    slips = {
        UNCHANGED: trial.after([]),
        SUM_NOT_MEAN: trial.moved(whole, rate * N),
        INSIDE_THE_LOOP: trial.after(trial.by(size)),
        INSIDE_IN_SHARES: trial.after([Update(rows, rate * len(rows) / N) for rows in pieces]),
        INSIDE_GROWING: weights_of(growing),
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
            AVERAGES_OVER_N: mean([1 / N] * n),
            LAST_AS_FULL: mean([size / N] * n),
            PIECE_DROPPED_OVER_N: mean([size / N] * (n - 1) + [0.0]),
            RAGGED_DIVIDED: mean([size / (n * size)] * (n - 1) + [last / (n * size)]),
        }
    return slips


q3 = TrainerQuestion(
    "Question 3",
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


def measured(rng: np.random.Generator, *, twice: bool = False, rows: bool = False) -> Task:
    """Mean loss and accuracy, with a ragged end; with `twice` of other data the second time.

    Args:
        rows: only how many rows were in the last Forward is looked at.
    """
    size = int(rng.integers(3, 5))
    trial = Trial(rng, 2 * size + int(rng.integers(1, size)), least_classes=3)
    trial.Y = _partly_right(rng, trial, trial.X, size)
    X, Y = trial.X, trial.Y
    steps: list[Step] = [trial.made]
    old, again = None, {}
    if twice:
        steps.append(_evaluate_step(X, Y, size))
        old = evaluate(trial.model().loss, trial.data)
        X = rng.normal(size=(len(X) + size, X.shape[1])).round(1)
        Y = _partly_right(rng, trial, X, size, old.accuracy)
        again = {"other_X": X, "other_Y": Y}
    right = evaluate(trial.model().loss, {"x": X, "y": Y})
    losses, hits = _each(trial.model(), X, Y)
    loss_slips = _mean_slips(losses, size)
    means = [losses[i : i + size].mean() for i in range(0, len(losses), size)]
    loss_slips |= {
        SUM_NOT_MEAN: losses.sum(),
        EXCHANGED: right.accuracy,
        MEANS_OVER_N: sum(means) / len(losses),
    }
    if rows:
        kept = [loss_slips[slip] for slip in loss_slips if slip not in WITHOUT_ALL_BATCHES]
        near = [np.array([value]) for value in (right.loss, *kept)]
        steps += [_evaluate_step(X, Y, size), *rows_and("result.0")]
        return trial.task(steps, {ROWS: at_most(size, near, LOSS_FIRST)})
    share_slips = _mean_slips(hits, size) | {
        PERCENT: 100 * hits.mean(),
        COUNT: hits.sum(),
        ERRORS: 1 - hits.mean(),
        SMALLEST: _smallest(trial.model(), X, Y),
        EXCHANGED: right.loss,
    }
    if old is not None:
        loss_slips[OLD_DATA], share_slips[OLD_DATA] = old.loss, old.accuracy
    return trial.task(
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
        **again,
    )


def _smallest(model: Any, X: Array, Y: Array) -> float:
    """The share of answers that are right if the smallest logit is taken."""
    model.graph.Forward(x=X, y=Y)
    return float((model.output.value.argmin(axis=1) == Y).mean())


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

    def draw() -> tuple[Array, list[Any]]:
        wrong = rng.permutation(N) < rng.integers(2, N // 2)
        hits = ~wrong
        shift = wrong * rng.integers(1, classes, size=N)
        Y = (model.output.value.argmax(axis=1) + shift) % classes
        slips = [wrong.mean(), _smallest(model, X, Y), *_mean_slips(hits, size).values(), *others]
        return Y, [hits.mean(), *slips]

    def fits(found: tuple[Array, list[Any]]) -> bool:
        return len(set(np.round(found[1], 6))) == len(found[1])

    return drawn(draw, fits, "one in which each slip gives another accuracy")[0]


def _mean_slips(values: Array, size: int) -> dict[Slip, Any]:
    """The slips of a mean that is taken batch by batch."""
    N = len(values)
    parts = [values[i : i + size] for i in range(0, N, size)]
    return {
        MEAN_OF_MEANS: np.mean([part.mean() for part in parts]),
        EVAL_DROPPED: values[: N - N % size].mean(),
        EVAL_DROPPED_OVER_N: values[: N - N % size].sum() / N,
        EVAL_LAST: parts[-1].mean(),
        EVAL_FIRST: parts[0].mean(),
        BY_BATCHES: values.sum() / len(parts),
    }


q4 = TrainerQuestion(
    "Question 4",
    "evaluate",
    {
        "a ragged end": lambda rng: measured(rng),
        "other data the second time": lambda rng: measured(rng, twice=True),
        "how many rows at a time": lambda rng: measured(rng, rows=True),
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
    size, epochs = int(rng.integers(4, 6)), 3
    N = 2 * size + 1 if kind == "ragged" else 4
    trial = Trial(rng, N, "cross_entropy" if kind == "ragged" else "squared_error")
    if kind == "one":
        size = N + int(rng.integers(1, 4))
    seed, orders = _orders(rng, N, epochs)
    model = trial.model()
    running, after = [], []  # the mean losses before the updates of an epoch, and after it
    for order in orders:
        (epoch,) = train_minibatch(
            model.loss,
            {name: values[order] for name, values in trial.data.items()},
            batch_size=size,
            learning_rate=trial.rate,
            epochs=1,
            shuffle=False,
            validation=trial.data,
        ).epochs
        running.append(epoch.loss)
        after.append(epoch.validation_loss)
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
        slips = _history_slips(trial, size, orders, np.array(running))
        wanted["history"] = Wanted(np.array(after), slips)
    return trial.task(steps, wanted)


def _orders(rng: np.random.Generator, N: int, epochs: int) -> tuple[int, list[Array]]:
    """A seed with which the first two orders differ, as do those of shuffling further; they."""

    def draw() -> tuple[int, list[Array]]:
        seed = int(rng.integers(10_000))
        of_epochs = np.random.default_rng(seed)
        return seed, [of_epochs.permutation(N) for _ in range(epochs)]

    def fits(found: tuple[int, list[Array]]) -> bool:
        orders = found[1]
        distinct = {tuple(order) for order in (*orders, np.arange(N), orders[0][orders[1]])}
        return len(distinct) == epochs + 2

    return drawn(draw, fits, "a seed with which all orders differ")


def _plans(trial: Trial, size: int, orders: list[Array]) -> dict[Slip, list[list[Update]]]:
    """For each slip in the order or in the batches, the updates of each epoch."""
    further, so_far = [], trial.all
    for order in orders:
        so_far = so_far[order]
        further.append(so_far)
    right = [trial.by(size, order) for order in orders]

    def answered(rows_of: Callable[[int, Array], Array]) -> list[list[Update]]:
        """With other rows of Y."""
        return [
            [Update(rows, rate, rows_of(i, rows)) for i, (rows, rate, _) in enumerate(updates)]
            for updates in right
        ]

    def scaled(factor: Callable[[int], float]) -> list[list[Update]]:
        """With other learning rates."""
        return [
            [Update(rows, rate * factor(len(rows))) for rows, rate, _ in updates]
            for updates in right
        ]

    def split(pieces: int) -> list[list[Update]]:
        """In batches that are nearly equally large."""
        return [
            [Update(rows, trial.rate) for rows in np.array_split(order, pieces)] for order in orders
        ]

    plans = {
        ONLY_X: answered(lambda i, rows: trial.all[i * size : (i + 1) * size]),
        RAGGED_DIVIDED: scaled(lambda B: B / size),
        DIVIDED_TWICE: scaled(lambda B: 1 / B),
        BATCH_SUM: scaled(lambda B: B),
    }
    if size >= trial.N:  # the order does not matter, as long as X and Y stay together
        return plans
    return plans | {
        FIRST_Y: answered(lambda i, rows: trial.all[: len(rows)]),
        NOT_SHUFFLED: [trial.by(size) for _ in orders],
        ONE_ORDER: [trial.by(size, orders[0]) for _ in orders],
        SHUFFLED_FURTHER: [trial.by(size, order) for order in further],
        PLACES: [trial.by(size, np.argsort(order)) for order in orders],
        EVENLY: split(len(right[0])),
        EVENED_OUT: split(len(right[0]) - 1),
        TOO_MANY: split(size),
        DROPPED: [updates[:-1] for updates in right],
    }


def _run_slips(trial: Trial, size: int, orders: list[Array]) -> dict[Slip, Weights]:
    right = [trial.by(size, order) for order in orders]
    plans = _plans(trial, size, orders)
    if size < trial.N:
        plans[ONE_UPDATE] = [trial.by(trial.N) for _ in orders]
    plans[ONE_PER_EXAMPLE] = [trial.by(1, order) for order in orders]
    plans[ONE_EPOCH] = right[:1]
    slips = {slip: trial.after(_flat(plan)) for slip, plan in plans.items()}
    return slips | {
        UNCHANGED: trial.after([]),
        UPHILL: trial.after(_flat(right), uphill=True),
    }


def _flat(plan: list[list[Update]]) -> list[Update]:
    return [update for updates in plan for update in updates]


def _history_slips(trial: Trial, size: int, orders: list[Array], running: Array) -> dict[Slip, Any]:
    right = [trial.by(size, order) for order in orders]
    each = _losses_after_epochs(trial, right)
    after = each.mean(axis=1)
    start = evaluate(trial.model().loss, trial.data).loss
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
            UPDATE_LOSSES: running,
            UPDATE_LOSSES_UNWEIGHTED: per_epoch.mean(axis=1),
            LAST_BATCH_LOSS: per_epoch[:, -1],
            EVERY_UPDATE: updates,
            MEAN_OF_MEANS: [_mean_slips(losses, size)[MEAN_OF_MEANS] for losses in each],
            EVAL_DROPPED: [_mean_slips(losses, size)[EVAL_DROPPED] for losses in each],
        }
    for slip, plan in _plans(trial, size, orders).items():
        slips[slip] = _losses_after_epochs(trial, plan).mean(axis=1)
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


q5 = TrainerQuestion(
    "Question 5",
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
    options: dict[str, Any] = {
        "activation": "tanh",
        "loss": "cross_entropy",
        "seed": int(rng.integers(1000)),
    }
    seed = int(rng.integers(1000))
    shapes = list(pairwise(WIDTHS))
    sizes = [rows * columns for rows, columns in shapes]

    first = nn.two_hidden_layer_network(*WIDTHS, **options).graph.parameters
    untrained = np.concatenate([W.value.ravel() for W in first])

    def accuracy(weights: Array) -> float:
        """Of the digits that were held out; -1 for the weights of the start."""
        if np.array_equal(weights, untrained):
            return -1.0
        parts = np.split(weights, np.cumsum(sizes)[:-1])
        W1, W2, W3 = (part.reshape(shape) for part, shape in zip(parts, shapes, strict=True))
        with np.errstate(all="ignore"):
            z3 = np.tanh(np.tanh(x_held_out @ W1) @ W2) @ W3
        return float((z3.argmax(axis=1) == y_held_out).mean())

    label = "digits that were held out"
    short = {SOME_MISSING: 0.75, MANY_MISSING: 0.4, GUESSES: 0.0, WEIGHTS_UNCHANGED: -1.0}
    said = "your network reads {:.1%}: "
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
        {label: Reaches((sum(sizes),), accuracy, MINIMUM, short, said)},
    )


q6 = TrainerQuestion(
    "Question 6",
    "train_on_digits",
    {"digits that were held out": digits_read},
    praise="It reads at least nine of ten digits that it has not seen.",
    hints=[
        "Call your `train` with model.graph and model.loss, and choose the three numbers.",
        "The lesson on digits has rates that suit one example at a time, mini-batches, batches.",
        "If it reads too few, look at the history: does the loss still fall at the end?",
    ],
)
