"""What a run of training leaves: `History`, and `TrainingDiverged`, which has it too.

Source: lessons 07 and 09.
"""

from __future__ import annotations

import copy
import math
from typing import NamedTuple

import numpy as np

from course_nn import checks
from course_nn.graph import Array, Graph
from course_nn.settings import Settings


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

    Four more are for `resume=` and checkpoints: `settings`, `velocity` (of momentum, by parameter
    name), `final_weights`, and `resumable`: False for a shuffled run of an earlier version.

    Seconds are not printed, so that a stored table is the same on every machine.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.epochs: list[Epoch] = []
        self.snapshots: list[dict[str, Array]] = []
        self.stopped = False
        self.updates: list[tuple[float, int]] = []
        self.velocity: dict[str, Array] = {}
        self.final_weights: dict[str, Array] = {}
        self.resumable = True

    @property
    def update_losses(self) -> Array:
        return np.array([loss for loss, _ in self.updates])

    @property
    def update_examples(self) -> Array:
        return np.array([examples for _, examples in self.updates], dtype=int)

    @property
    def updates_in_open_epoch(self) -> int:
        """The updates since the last whole epoch: not 0 only if the run was stopped in one."""
        return len(self.updates) - len(self.epochs) * self.settings.updates_in_an_epoch

    def _column(self, name: str) -> Array:
        values = [getattr(epoch, name) for epoch in self.epochs]
        return np.array([math.nan if value is None else value for value in values])

    epoch_losses = property(lambda self: self._column("loss"))
    learning_rates = property(lambda self: self._column("learning_rate"))
    seconds = property(lambda self: self._column("seconds"))
    validation_losses = property(lambda self: self._column("validation_loss"))
    validation_accuracies = property(lambda self: self._column("validation_accuracy"))

    def __repr__(self) -> str:
        epochs, updates = len(self.epochs), len(self.updates)
        text = f"{checks.counted(epochs, 'epoch')}, {checks.counted(updates, 'update')}"
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


def carried_on(resume: History, settings: Settings, graph: Graph, epochs: int) -> History:
    """A copy of the history to carry on with, if network, weights and settings are still those."""
    if not isinstance(resume, History):
        raise TypeError(f"resume needs a History; got a {type(resume).__name__}.")
    if not resume.resumable:
        raise ValueError(
            "The run to resume is of an earlier version of the course, which drew the order of the "
            "examples in another way, so it cannot be carried on as if it had never ended. Its "
            "weights and its history are all there: train on from the weights in a new run, "
            "without resume."
        )
    for name, before, now in zip(settings._fields, resume.settings, settings, strict=True):
        if before != now:
            change = f"had {name} = {before}; got {now}"
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
            f"The run to resume has made {checks.counted(len(resume.epochs), 'epoch')} already; "
            f"epochs counts from its start and cannot be less; got {epochs}."
        )
    history = copy.copy(resume)
    history.epochs, history.updates = list(resume.epochs), list(resume.updates)
    history.snapshots, history.stopped = list(resume.snapshots), False
    return history
