"""Training: one algorithm with one number changed, the size B of the batch.

* `train_sgd`: B = 1, online learning. One example after another, each from the weights that the
  last one left.
* `train_minibatch`: B = `batch_size`. One update from the average gradient of B examples.
* `train_batch`: B = N. One update per epoch, from the average gradient of all examples.

Source: lessons 07, 08 and 11; L. Bottou, F. E. Curtis, J. Nocedal, Optimization Methods for
Large-Scale Machine Learning, SIAM Review 60 (2018); for momentum B. T. Polyak (1964).
"""

from __future__ import annotations

import copy
import math
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from course_nn import checks
from course_nn.graph import Graph, Input, Labels, Node, Parameter

if TYPE_CHECKING:
    from course_nn.engines.engine import Engine

Array = np.ndarray
Data = Mapping[str, Any]
ENGINES = ("graph", "numpy", "numba")
SECONDS_AT_A_TIME = 0.05  # of updates, for the engines "numpy" and "numba"
WORK_A_SECOND = 3e8  # weights times examples, as a first guess


class Evaluation(NamedTuple):
    """What `evaluate` found: the mean loss, the share of right answers, the number of examples."""

    loss: float
    accuracy: float | None
    examples: int

    def __repr__(self) -> str:
        accuracy = "" if self.accuracy is None else f", accuracy {100 * self.accuracy:.2f} %"
        return f"loss {checks.short(self.loss)}{accuracy} ({self.examples} examples)"


def evaluate(loss: Node, data: Data, output: Node | None = None) -> Evaluation:
    """Mean loss and accuracy on exactly the data passed in, and on nothing else.

    Values and gradients in the graph are left as they were.

    Args:
        loss: the loss node.
        data: an array for each input of the graph, as in {"x": X, "y": labels}.
        output: the node (B, K) whose largest column is the answer; by default the loss's first
            operand. The accuracy is None where the loss has no `Labels` to compare with.
    """
    checks.loss_node(loss)
    graph: Graph = loss.graph
    checked = graph.checked_inputs(data, whole="The data")
    if output is not None and not isinstance(output, Node):
        raise TypeError(f"output must be a node, such as z3; got {checks.shown(output)}.")
    labels = next((node for node in loss.operands if isinstance(node, Labels)), None)
    output = loss.operands[0] if output is None else output
    if labels is not None and (output not in graph.nodes or output.width != labels.classes):
        raise ValueError(
            f"The output must be a computed node of this graph with {labels.classes} columns, one "
            f"for each class of {labels.name}; got {output!r}."
        )
    with graph.left_as_it_was():
        graph.put(checked)
        graph.Forward()
        accuracy = None
        if labels is not None:
            accuracy = float((output.value.argmax(axis=1) == labels.value).mean())
        with np.errstate(all="ignore"):
            return Evaluation(float(loss.value.mean()), accuracy, len(loss.value))


class Epoch(NamedTuple):
    """One line of a `History`: an epoch as it was when it ended."""

    updates: int
    loss: float  # mean over the examples, each at the weights that its update started from
    learning_rate: float
    seconds: float
    validation_loss: float | None
    validation_accuracy: float | None


class History:
    """What a run of training left: the loss of each update, and a line for each epoch.

    Attributes:
        update_losses: J of each update's batch, at the weights before that update; (updates,).
        update_examples: how many examples the batch had; (updates,).
        epochs: a list of `Epoch`: updates, loss, learning_rate, seconds, validation_loss,
            validation_accuracy.
        epoch_losses, learning_rates, seconds, validation_losses, validation_accuracies: the
            same as arrays, (epochs,).
        snapshots: the weights as dicts {"W1": array, …}, before the first update and after each
            epoch or update, if they were asked for.
        stopped: True if the run was interrupted; its weights are those after the last update.
        updates: a list of (loss, examples), from which the first two are made.

    Three more are for `resume=` and checkpoints: `velocity` (of momentum, by parameter name),
    `generator` (an epoch, and the state of the generator when it began), `final_weights`.

    Seconds are not printed, so that a stored table is the same on every machine.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.epochs: list[Epoch] = []
        self.snapshots: list[dict[str, Array]] = []
        self.stopped = False
        self.updates: list[tuple[float, int]] = []
        self.velocity: dict[str, Array] = {}
        self.generator: tuple[int, dict[str, Any]] = (0, {})
        self.final_weights: dict[str, Array] = {}

    @property
    def update_losses(self) -> Array:
        return np.array([loss for loss, _ in self.updates])

    @property
    def update_examples(self) -> Array:
        return np.array([examples for _, examples in self.updates], dtype=int)

    @property
    def updates_in_open_epoch(self) -> int:
        """The updates since the last whole epoch: not 0 only if the run was stopped in one."""
        return len(self.updates) - sum(epoch.updates for epoch in self.epochs)

    def _column(self, name: str) -> Array:
        values = [getattr(epoch, name) for epoch in self.epochs]
        return np.array([math.nan if value is None else value for value in values])

    epoch_losses = property(lambda self: self._column("loss"))
    learning_rates = property(lambda self: self._column("learning_rate"))
    seconds = property(lambda self: self._column("seconds"))
    validation_losses = property(lambda self: self._column("validation_loss"))
    validation_accuracies = property(lambda self: self._column("validation_accuracy"))

    def __repr__(self) -> str:
        text = f"{_count(len(self.epochs), 'epoch')}, {_count(len(self.updates), 'update')}"
        if self.epochs:
            first, last = self.epochs[0], self.epochs[-1]
            losses = checks.short(first.loss), checks.short(last.loss)
            text += ": loss {} in epoch 1, {} in the last".format(*losses)
            if last.validation_loss is not None:
                text += f"; validation loss {checks.short(last.validation_loss)}"
            if last.validation_accuracy is not None:
                text += f", accuracy {100 * last.validation_accuracy:.2f} %"
        return f"History: {text}" + (" (stopped)" if self.stopped else "")

    def _repr_html_(self) -> str:
        head = ["epoch", "updates", "learning rate", "loss"]
        validated = any(epoch.validation_loss is not None for epoch in self.epochs)
        head += ["validation loss", "validation accuracy"] if validated else []
        shown = range(len(self.epochs))
        if len(shown) > 12:  # the first and the last six
            shown = [*shown[:6], None, *shown[-6:]]
        rows = []
        for i in shown:
            if i is None:
                rows.append(["…"] * len(head))
                continue
            e = self.epochs[i]
            cells = [str(i + 1), f"{e.updates:,}", f"{e.learning_rate:g}", checks.short(e.loss)]
            if validated:
                cells.append("" if e.validation_loss is None else checks.short(e.validation_loss))
                share = e.validation_accuracy
                cells.append("" if share is None else f"{100 * share:.2f} %")
            rows.append(cells)
        lines = ["".join(f"<th>{name}</th>" for name in head)]
        lines += ["".join(f"<td>{cell}</td>" for cell in cells) for cells in rows]
        return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


class TrainingDiverged(RuntimeError):
    """The loss stopped being finite. The weights are back at those of the last finite loss.

    Attributes: `epoch` and `update` (counted from 1 in the whole run) at which it happened,
    `last_loss` (the last finite one, None if there was none), `learning_rate`, `history` so far.
    """

    def __init__(
        self, epoch: int, learning_rate: float, last_loss: float | None, history: History
    ) -> None:
        self.epoch, self.update = epoch, len(history.updates) + 1
        self.learning_rate, self.last_loss, self.history = learning_rate, last_loss, history
        last = "there was no finite loss before"
        if last_loss is not None:
            last = f"the last finite loss was {last_loss:.4g}"
        super().__init__(
            f"The loss is no longer finite in epoch {epoch}, update {self.update}, with learning "
            f"rate {learning_rate:g}; {last}. The weights are back where they were then. "
            "Try a smaller learning rate."
        )


Rate = float | Callable[[int], float]


def train_sgd(
    loss: Node, data: Data, *, learning_rate: Rate, epochs: int, **options: Any
) -> History:
    """Online learning: `train_minibatch` with batch_size=1. The other options are the same."""
    _refuse_batch_size("train_sgd", "1", options)
    return train_minibatch(
        loss, data, batch_size=1, learning_rate=learning_rate, epochs=epochs, **options
    )


def train_batch(
    loss: Node, data: Data, *, learning_rate: Rate, epochs: int, **options: Any
) -> History:
    """Batch learning: `train_minibatch` with all examples in one batch, one update per epoch."""
    _refuse_batch_size("train_batch", "N", options)
    checks.loss_node(loss)
    everything = _examples(loss.graph.checked_inputs(data, whole="The data"))
    return train_minibatch(
        loss, data, batch_size=everything, learning_rate=learning_rate, epochs=epochs, **options
    )


def train_minibatch(
    loss: Node,
    data: Data,
    *,
    batch_size: int,
    learning_rate: Rate,
    epochs: int,
    shuffle: bool = True,
    seed: int = 0,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    validation: Data | None = None,
    snapshots: str | None = None,
    callback: Callable[[History], object] | None = None,
    progress: bool | None = None,
    resume: History | None = None,
    engine: str = "graph",
) -> History:
    """Train by mini-batches: for each batch Forward, Backward, and one update.

    The last batch of an epoch may be smaller; it is used, and averaged by its own size.
    The update is W ← W − η v with v ← μ v + ∂J/∂W + λ W; with μ = λ = 0 that is `SGD`.
    The ■ button ends the run after the last whole update and returns the history so far.

    Args:
        loss: the loss node; it knows its graph.
        data: an array for each input of the graph, as in {"x": X, "y": labels}.
        batch_size: B, the examples in a batch.
        learning_rate: η, or a function of the epoch (1, 2, …) that returns η.
        epochs: how many times to go through the data, counted from the start of the run.
        shuffle: draw a new order of the examples for each epoch; False keeps the given order.
        seed: of the generator that draws the orders.
        momentum: μ, from 0 to below 1. weight_decay: λ.
        validation: data to `evaluate` after each epoch.
        snapshots: keep the weights after each of the "epochs" or of the "updates".
        callback: called with the history after each epoch.
        progress: show a progress bar; None: only if the run takes more than ten seconds.
        resume: the history of a run of this network that was stopped or loaded, to carry on
            with it up to `epochs`, as if it had never ended. Data and settings must be the same.
        engine: who makes the updates. "graph" goes through the nodes, as the lessons do; "numpy"
            and "numba" run straight-line code that the graph writes (lesson 12): the same weights
            up to rounding, sooner. They do not keep the values and gradients of the nodes.

    Raises:
        ValueError, TypeError: something of the above does not fit; nothing was changed.
        ImportError: engine="numba" without Numba.
        TrainingDiverged: the loss is no longer finite.
    """
    checks.loss_node(loss)
    graph: Graph = loss.graph
    checked = graph.checked_inputs(data, whole="The data")
    examples = _examples(checked)
    batch_size = checks.whole_number("batch_size", batch_size)
    epochs = checks.whole_number("epochs", epochs)
    momentum = checks.number("momentum", momentum)
    if momentum >= 1:
        raise ValueError(f"momentum must be below 1; got {momentum}.")
    weight_decay = checks.number("weight_decay", weight_decay)
    rates = [_rate(learning_rate, epoch) for epoch in range(1, epochs + 1)]
    if snapshots not in (None, "epochs", "updates"):
        raise ValueError(f"snapshots must be None, 'epochs' or 'updates'; got {snapshots!r}.")
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a function of the history; got {callback!r}.")
    if validation is not None:
        graph.checked_inputs(validation, whole="The validation data")
    if engine not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(map(repr, ENGINES))}; got {engine!r}.")
    settings = {
        "network": graph.description,
        "examples": examples,
        "batch_size": min(batch_size, examples),
        "shuffle": checks.yes_or_no("shuffle", shuffle),
        "seed": checks.seed(seed),
        "momentum": momentum,
        "weight_decay": weight_decay,
    }
    rng = np.random.default_rng(settings["seed"])
    history = History(settings)
    if resume is not None:
        history = _carried_on(resume, settings, graph, epochs)

    def draw_order() -> Array | None:
        return rng.permutation(examples) if shuffle and batch_size < examples else None

    if resume is not None and resume.generator[1]:
        begun, rng.bit_generator.state = history.generator
        if begun == len(history.epochs):  # that epoch was completed: its order was drawn
            draw_order()
    if snapshots and not history.snapshots:
        history.snapshots.append(_weights(graph))

    starts = range(0, examples, batch_size)
    bar = _ProgressBar(progress, epochs * len(starts), len(history.updates))
    try:
        update = _updates(
            engine, loss, history, settings, checked, one_at_a_time=snapshots == "updates"
        )
        for epoch in range(len(history.epochs) + 1, epochs + 1):
            started = time.perf_counter()
            rate = rates[epoch - 1]
            history.generator = (epoch, rng.bit_generator.state)
            update.begin_epoch(draw_order())
            while (done := history.updates_in_open_epoch) < len(starts):
                try:
                    made = update(done, len(starts) - done, rate)
                except FloatingPointError:
                    last_loss = update.back_to_last_finite_loss()
                    raise TrainingDiverged(epoch, rate, last_loss, history) from None
                if snapshots == "updates":
                    history.snapshots.append(_weights(graph))
                bar.step(made)
            validated = None if validation is None else evaluate(loss, validation)
            shares = [J * (count / examples) for J, count in history.updates[-len(starts) :]]
            history.epochs.append(
                Epoch(
                    updates=len(starts),
                    loss=sum(shares),
                    learning_rate=rate,
                    seconds=time.perf_counter() - started,
                    validation_loss=validated.loss if validated else None,
                    validation_accuracy=validated.accuracy if validated else None,
                )
            )
            if snapshots == "epochs":
                history.snapshots.append(_weights(graph))
            if callback is not None:
                callback(history)
    except KeyboardInterrupt:
        history.stopped = True
        kept = {"updates": history.updates, "epochs": history.epochs}.get(snapshots, [])
        if snapshots and len(history.snapshots) == len(kept):  # stopped just before the last one
            history.snapshots.append(_weights(graph))
        print(
            f"Stopped after {_count(len(history.updates), 'update')}, "
            f"{_count(len(history.epochs), 'whole epoch')}. "
            "The weights are those after the last update; resume=history carries on."
        )
    finally:
        history.final_weights = _weights(graph)
        bar.close()
    return history


def _updates(
    engine: str,
    loss: Node,
    history: History,
    settings: dict[str, Any],
    data: dict[Input, Array],
    one_at_a_time: bool,
) -> _Updates:
    """What makes the updates: the nodes, or code that the graph writes."""
    if engine == "graph":
        return _Updates(loss, history, settings, data)
    from course_nn.engines.engine import (
        engine_named,  # here: who walks through the graph does not need it
    )

    size = settings["batch_size"], settings["momentum"], settings["weight_decay"]
    made = engine_named(engine, loss, *size)
    return _FastUpdates(loss, history, settings, data, made, one_at_a_time)


class _Before(NamedTuple):
    """Weights, velocity and the number of updates, before an update."""

    weights: dict[Parameter, Array]
    velocity: dict[str, Array]
    updates: int


class _Updates:
    """Forward, Backward and one update, batch after batch.

    An update counts from the moment at which its loss stands in the history. Whatever ends it
    before that, also the ■ button, leaves weights and velocity as the update before left them.
    """

    def __init__(
        self, loss: Node, history: History, settings: dict[str, Any], data: dict[Input, Array]
    ) -> None:
        self.loss, self.history, self.data = loss, history, data
        self.momentum, self.decay = settings["momentum"], settings["weight_decay"]
        self.batch_size = settings["batch_size"]
        self.graph: Graph = loss.graph
        self.order: Array | None = None
        self.last_finite: tuple[float | None, dict[Parameter, Array]] = (None, self.weights())

    def weights(self) -> dict[Parameter, Array]:
        return {p: p.value for p in self.graph.parameters}

    def begin_epoch(self, order: Array | None) -> None:
        """The order of the examples; None: as they are given."""
        self.order = order

    def __call__(self, first: int, left: int, rate: float) -> int:
        """Make the update with batch number `first`, and perhaps more of the `left`; how many.

        Raises FloatingPointError if the loss or a weight stops being finite.
        """
        rows: Any = slice(first * self.batch_size, (first + 1) * self.batch_size)
        self.graph.put(self.data, rows if self.order is None else self.order[rows])
        before = self.before()
        try:
            self.graph.Forward()
            L = self.loss.value
            with np.errstate(all="ignore"):
                J = float(np.add.reduce(L)) / len(L)
            if not math.isfinite(J):
                raise FloatingPointError
            self.last_finite = (J, before.weights)
            self.graph.Backward(self.loss)
            if self.momentum or self.decay:
                self.move(rate)
            else:
                self.graph.SGD(rate)
            self.history.updates.append((J, len(L)))
        except BaseException:
            self.put_back_to(before)
            raise
        return 1

    def move(self, rate: float) -> None:
        """v ← μ v + ∂J/∂W + λ W, then W ← W − η v."""
        old = self.history.velocity
        with np.errstate(all="ignore"):
            v = {
                p: self.momentum * old.get(p.name, 0.0) + p.grad + self.decay * p.value
                for p in self.graph.parameters
            }
            self.graph.replace_parameters({p: p.value - rate * v[p] for p in v})
        if self.momentum:
            self.history.velocity = {p.name: step for p, step in v.items()}

    def before(self) -> _Before:
        """What an update that does not count leaves as it was."""
        return _Before(self.weights(), self.history.velocity, len(self.history.updates))

    def put_back_to(self, before: _Before) -> None:
        """Undo an update, or some, of which no loss has got into the history."""
        if len(self.history.updates) == before.updates:
            self.history.velocity = before.velocity
            self.put_back(before.weights)

    def put_back(self, weights: dict[Parameter, Array]) -> None:
        if any(p.value is not value for p, value in weights.items()):
            self.graph.replace_parameters(weights)

    def back_to_last_finite_loss(self) -> float | None:
        """Put back the weights of the last finite loss, and say which loss that was."""
        self.put_back(self.last_finite[1])
        return self.last_finite[0]


class _FastUpdates(_Updates):
    """Some updates at a time, by code that the graph wrote; all of them count, or none.

    If a number is no longer finite, the nodes make these updates, to find out where it happens.
    """

    def __init__(
        self,
        loss: Node,
        history: History,
        settings: dict[str, Any],
        data: dict[Input, Array],
        engine: Engine,
        one_at_a_time: bool,
    ) -> None:
        super().__init__(loss, history, settings, data)
        self.engine = engine
        self.most = 1 if one_at_a_time else sys.maxsize
        work = self.batch_size * max(1, engine.weights.whole.size)
        self.at_a_time = min(1 + int(SECONDS_AT_A_TIME * WORK_A_SECOND / work), self.most)
        self.by_nodes = 0  # updates that are left to the nodes
        self.loaded: list[Array] = []  # what the engine's own weights and velocity are

    def begin_epoch(self, order: Array | None) -> None:
        super().begin_epoch(order)
        self.engine.begin(self.data, order)

    def __call__(self, first: int, left: int, rate: float) -> int:
        if self.by_nodes == 0:
            updates = min(self.at_a_time, left)
            started = time.perf_counter()
            if self.run(first, updates, rate):
                seconds = max(1e-6, time.perf_counter() - started)
                self.at_a_time = min(self.most, 1 + int(updates * SECONDS_AT_A_TIME / seconds))
                return updates
            self.by_nodes = updates
        self.by_nodes -= 1
        return super().__call__(first, left, rate)

    def run(self, first: int, updates: int, rate: float) -> bool:
        """Make them, or, if a number is not finite, do nothing and return False."""
        engine = self.engine
        if list(map(id, self.state())) != list(map(id, self.loaded)):
            engine.load(self.weights(), self.history.velocity)
        self.loaded = []  # until it is known that all went well
        losses = engine.run(first, updates, rate)
        if not (np.isfinite(losses).all() and np.isfinite(engine.weights.whole).all()):
            return False
        examples = len(next(iter(self.data.values())))
        begins = range(first * self.batch_size, examples, self.batch_size)
        made = [
            (J, min(self.batch_size, examples - begin))
            for J, begin in zip(losses.tolist(), begins, strict=False)
        ]
        weights = engine.weights.copies()
        velocity = {p.name: v for p, v in engine.velocity.copies().items()}
        before = self.before()
        try:
            self.graph.replace_parameters(weights)
            if self.momentum:
                self.history.velocity = velocity
            self.history.updates.extend(made)
        except BaseException:
            self.put_back_to(before)
            raise
        self.last_finite = (made[-1][0], engine.before_the_last.copies())
        self.loaded = self.state()
        return True

    def state(self) -> list[Array]:
        """What the next update starts from; a callback may have put other arrays there."""
        return [*self.weights().values(), *self.history.velocity.values()]


class _ProgressBar:
    """tqdm's bar, made only when it is asked for or the run has become long."""

    def __init__(self, wanted: bool | None, total: int, done: int) -> None:
        self.wanted, self.total, self.done = wanted, total, done
        self.started, self.bar = time.perf_counter(), None

    def step(self, updates: int) -> None:
        self.done += updates
        if self.bar is not None:
            self.bar.update(updates)
        elif self.wanted or (self.wanted is None and time.perf_counter() - self.started > 10):
            try:
                from tqdm import tqdm
            except ImportError:  # the core needs NumPy alone
                self.wanted = False
            else:
                self.bar = tqdm(total=self.total, initial=self.done, unit="update")

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


def _examples(checked: dict[Input, Array]) -> int:
    return len(next(iter(checked.values())))


def _refuse_batch_size(name: str, size: str, options: Mapping[str, Any]) -> None:
    if "batch_size" in options:
        raise TypeError(f"{name} has batch size {size}; use train_minibatch for another one.")


def _rate(learning_rate: Any, epoch: int) -> float:
    """The learning rate of an epoch, from a number or a function of the epoch."""
    if callable(learning_rate):
        try:
            learning_rate = learning_rate(epoch)
        except TypeError as error:
            raise TypeError(
                "learning_rate must be a number or a function of the epoch, such as "
                f"lambda epoch: 0.1 / epoch; calling it failed: {error}"
            ) from error
        return checks.number(f"The learning rate of epoch {epoch}", learning_rate)
    return checks.number("The learning rate", learning_rate)


def _weights(graph: Graph) -> dict[str, Array]:
    return {p.name: p.value for p in graph.parameters}


def _carried_on(resume: History, settings: dict[str, Any], graph: Graph, epochs: int) -> History:
    """A copy of the history to carry on with, if network, weights and settings are still those."""
    if not isinstance(resume, History):
        raise TypeError(f"resume needs a History; got a {type(resume).__name__}.")
    for name, value in settings.items():
        if resume.settings.get(name) != value:
            change = f"had {name} = {resume.settings.get(name)}; got {value}"
            if name == "network":
                change = "was one of another network"
            raise ValueError(
                f"The run to resume {change}. Resume with the same network and settings, or start "
                "a new run without resume."
            )
    if any(not np.array_equal(p.value, resume.final_weights[p.name]) for p in graph.parameters):
        raise ValueError(
            "The weights are not those with which the run to resume ended (perhaps the cell that "
            "makes the network was run again). Load them from a checkpoint, or start a new run "
            "without resume."
        )
    if len(resume.epochs) > epochs:
        raise ValueError(
            f"The run to resume has made {_count(len(resume.epochs), 'epoch')} already; epochs "
            f"counts from its start and cannot be less; got {epochs}."
        )
    history = copy.copy(resume)
    history.epochs, history.updates = list(resume.epochs), list(resume.updates)
    history.snapshots, history.stopped = list(resume.snapshots), False
    return history


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
