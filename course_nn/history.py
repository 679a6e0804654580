"""What a run of training leaves: `History`, and how it ends early: `TrainingDiverged`, which has
the history too, and `StopTraining`, which a callback raises.

Source: lessons 08 and 10.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from course_nn import checks
from course_nn.columns import columns_with, name_columns
from course_nn.copies import read_only_weights
from course_nn.graph import Array, Graph, Node
from course_nn.not_arrays import no_array
from course_nn.settings import Settings


@no_array(
    "An epoch has .loss, .validation_loss and others; of all of a run they are arrays: "
    "history.epoch_losses, history.validation_losses, history.validation_accuracies."
)
class Epoch(NamedTuple):
    """One line of a `History`: an epoch as it was when it ended."""

    updates: int
    loss: float  # mean over the examples, each at the weights that its update started from
    learning_rate: float
    seconds: float
    validation_loss: float | None
    validation_accuracy: float | None
    # On a cluster, summed over the updates: of the slowest worker, and of all else until its sums
    # are there. None without a cluster.
    seconds_computing: float | None = None
    seconds_talking: float | None = None


@no_array("The best epoch has .epoch, .value and .weights.")
class Best(NamedTuple):
    """The epoch of a run that was best on the validation data, as `History.best` found it."""

    epoch: int  # counted from 1
    value: float  # its validation loss, or accuracy
    weights: Mapping[str, Array] | None  # after it, by parameter name; None if none were kept
    settings: Settings | None = None  # of the run: its network, and the columns of its data

    def put_into(self, loss: Node) -> None:
        """Give the network of `loss` these weights, all or none.

        Raises ValueError: no weights were kept; another network than that of the run, or one that
        was given tables with other columns.
        """
        checks.loss_node(loss)
        graph: Graph = loss.graph
        if self.weights is None:
            raise ValueError(
                "The run kept no weights on the way. Train with snapshots='epochs', or save a "
                "checkpoint in the callback whenever an epoch is the best so far."
            )
        shapes = {name: value.shape for name, value in self.weights.items()}
        here = {p.name: p.value.shape for p in graph.parameters}
        if shapes != here:
            raise ValueError(
                f"These weights are of another network: {_listed(shapes)}. This network has "
                f"{_listed(here)}."
            )
        if self.settings and self.settings.network != tuple(graph.description):
            then, now = "\n  ".join(self.settings.network), "\n  ".join(graph.description)
            raise ValueError(
                f"These weights are of another network:\n  {then}\nThis network is:\n  {now}"
            )
        with graph.lock:
            columns = columns_with(graph, self.settings.columns if self.settings else ())
            graph.replace_parameters({p: self.weights[p.name] for p in graph.parameters})
            name_columns(graph, columns)

    def __reduce__(self) -> tuple[Any, ...]:
        weights = self.weights and dict(self.weights)
        return _best_again, (self.epoch, self.value, weights, self.settings)


def _best_again(
    epoch: int,
    value: float,
    weights: dict[str, Array] | None,
    settings: Settings | None = None,
) -> Best:
    """After pickling: the weights are read-only again."""
    return Best(epoch, value, weights and read_only_weights(weights), settings)


def _listed(shapes: dict[str, tuple[int, ...]]) -> str:
    return ", ".join(f"{name} {shape}" for name, shape in shapes.items()) or "no parameters"


@no_array(
    "A history has arrays: .epoch_losses, .update_losses, .validation_losses and others; its best "
    "epoch is history.best()."
)
class History:
    """What a run of training left: the loss of each update, and a line for each epoch.

    Attributes:
        update_losses: J of each update's batch, at the weights before that update; (updates,).
        update_examples: how many examples the batch had; (updates,).
        epochs: an `Epoch` for each: updates, loss, learning_rate, seconds, validation_loss,
            validation_accuracy; of a run on a cluster also seconds_computing and seconds_talking.
        epoch_losses, learning_rates, seconds, validation_losses, validation_accuracies: the
            same as arrays, (epochs,).
        snapshots: the weights as {"W1": array, …}, before the first update and after each epoch
            or update, if they were asked for.
        stopped: True if the run was interrupted; its weights are those after the last update.
        updates: (loss, examples) of each, from which the first two are made.

    Five more are for `resume=` and checkpoints: `settings`, `velocity` (of momentum, by parameter
    name), `final_weights` (in a callback: after the epoch that has just ended), `first_rows`: the
    loss that these make of the first rows, where there are operations of one's own, and
    `resumable`: False for a shuffled run of an earlier version.

    All of it can be read, and not be changed: it describes one moment of the run, together with the
    weights of the network. The trainer alone adds to it, in `updates` and `runs`.

    `best()` says which epoch was best on the validation data. A copy is whole, by `copy` as well
    as by `pickle`: one made in a callback can be carried on from there.

    Seconds are not printed, so that a stored table is the same on every machine.
    """

    settings = checks.fixed("settings")
    stopped = checks.fixed("stopped")
    resumable = checks.fixed("resumable")
    velocity = checks.fixed("velocity")
    final_weights = checks.fixed("final_weights")
    first_rows = checks.fixed("first_rows")
    epochs = checks.fixed("epochs", tuple)
    updates = checks.fixed("updates", tuple)
    snapshots = checks.fixed("snapshots", tuple)

    def __init__(
        self,
        settings: Settings,
        *,
        epochs: Sequence[Epoch] = (),
        updates: Sequence[tuple[float, int]] = (),
        snapshots: Sequence[Mapping[str, Array]] = (),
        velocity: Mapping[str, Array] | None = None,
        final_weights: Mapping[str, Array] | None = None,
        first_rows: float | None = None,
        stopped: bool = False,
        resumable: bool = True,
    ) -> None:
        self._settings, self._stopped, self._resumable = settings, stopped, resumable
        self._epochs, self._updates = list(epochs), list(updates)
        self._snapshots = list(map(read_only_weights, snapshots))
        self._velocity = read_only_weights(velocity or {})
        self._final_weights = read_only_weights(final_weights or {})
        self._first_rows = first_rows

    @property
    def update_losses(self) -> Array:
        return _read_only([loss for loss, _ in self._updates])

    @property
    def update_examples(self) -> Array:
        return _read_only([examples for _, examples in self._updates], dtype=int)

    @property
    def updates_in_open_epoch(self) -> int:
        """The updates since the last whole epoch: not 0 only if the run was stopped in one."""
        return len(self._updates) - len(self._epochs) * self.settings.updates_in_an_epoch

    def best(self, by: str = "validation_loss") -> Best:
        """The epoch with the lowest validation loss, or the highest accuracy; of equals the first.

        Early stopping, and the best weights in the network again:

            def patience(history):
                if len(history.epochs) - history.best().epoch >= 5:
                    raise nn.StopTraining("no lower validation loss in 5 epochs")

            history = nn.train_minibatch(
                model.loss, data, batch_size=32, learning_rate=0.1, epochs=1000,
                validation=held_out, snapshots="epochs", callback=patience,
            )
            history.best().put_into(model.loss)

        Without snapshots the weights are None. To keep the best in a file, from which the run can
        be carried on, save it in the callback: `if history.best().epoch == len(history.epochs):
        nn.save_checkpoint("best.npz", model.loss, history)`.

        Args:
            by: "validation_loss" or "validation_accuracy".

        Raises ValueError: another name; no epoch with a number to go by.
        """
        signs = {"validation_loss": 1.0, "validation_accuracy": -1.0}
        checks.one_of("by", signs, by)
        values = self._column(by)
        if not np.isfinite(values).any():
            raise ValueError(
                f"No epoch of this run has a finite {by.replace('_', ' ')}. Train with "
                "validation=, data that are not trained on"
                + (", and with labels." if "accuracy" in by else ".")
            )
        place = int(np.nanargmin(signs[by] * values))
        weights = self._weights_after(place + 1)
        return Best(place + 1, float(values[place]), weights, self.settings)

    def _weights_after(self, epoch: int) -> Mapping[str, Array] | None:
        """From the snapshots; None if they were not taken."""
        kept, each = len(self._snapshots), self.settings.updates_in_an_epoch
        if kept == len(self._epochs) + 1:
            return self._snapshots[epoch]
        return self._snapshots[epoch * each] if kept == len(self._updates) + 1 else None

    def __copy__(self) -> History:
        """With lists of its own, to which the run adds nothing more."""
        new = type(self).__new__(type(self))
        vars(new).update({k: copy.copy(v) if type(v) is list else v for k, v in vars(self).items()})
        return new

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {
            "_velocity": dict(self._velocity),
            "_final_weights": dict(self._final_weights),
            "_snapshots": list(map(dict, self._snapshots)),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """After pickling: the weights are read-only again."""
        vars(self).update(state)
        self._velocity = read_only_weights(self._velocity)
        self._final_weights = read_only_weights(self._final_weights)
        self._snapshots = list(map(read_only_weights, self._snapshots))

    def _column(self, name: str) -> Array:
        values = [getattr(epoch, name) for epoch in self._epochs]
        return _read_only([math.nan if value is None else value for value in values])

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
                text += f", accuracy {checks.percent(last.validation_accuracy)}"
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
                cells.append("" if share is None else checks.percent(share))
            rows.append(cells)
        lines = ["".join(f"<th>{name}</th>" for name in head)]
        lines += ["".join(f"<td>{cell}</td>" for cell in cells) for cells in rows]
        return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


class TrainingDiverged(RuntimeError):
    """The loss, a gradient or a weight stopped being finite. The weights are those after the last
    update that left finite ones, and the history ends with it.

    Attributes: `epoch` and `update` (counted from 1 in the whole run) at which it happened,
    `last_loss` (the last finite one, None if there was none), `last_weights` (by parameter name:
    those of that loss, from before its update; None if they are not known), `learning_rate`,
    `history` so far, `what` is not finite, such as "The gradient of W1".
    """

    def __init__(
        self,
        epoch: int,
        learning_rate: float,
        last_loss: float | None,
        history: History,
        last_weights: dict[str, Array] | None = None,
        what: str = "The loss",
    ) -> None:
        self.epoch, self.update = epoch, len(history.updates) + 1
        self.learning_rate, self.last_loss, self.history = learning_rate, last_loss, history
        self.last_weights, self.what = last_weights, what
        last = "there was no finite loss before"
        if last_loss is not None:
            last = f"the last finite loss was {last_loss:.4g}"
        super().__init__(
            f"{what} is no longer finite in epoch {epoch}, update {self.update}, with learning "
            f"rate {learning_rate:g}; {last}. The weights are those "
            + (f"after update {self.update - 1}" if history.updates else "of the start")
            + ". Start again with a smaller learning rate."
        )

    def __reduce__(self) -> tuple[Any, ...]:  # an error is pickled by the arguments that made it
        arguments = (self.epoch, self.learning_rate, self.last_loss, self.history)
        return type(self), (*arguments, self.last_weights, self.what), vars(self)


class StopTraining(Exception):
    """Raised in a callback it ends the run like the ■ button: the trainer returns the history.

    A text says why, as in `raise nn.StopTraining("the loss is below 0.1")`, and is printed.
    """


def _read_only(numbers: list[Any], dtype: Any = None) -> Array:
    """As an array that is made each time anew: what is written into it would be lost."""
    array = np.array(numbers, dtype=dtype)
    array.flags.writeable = False
    return array


def keep_history(error: BaseException, history: History) -> None:
    """As the attribute `history` of the error, also of one that allows no new attributes."""
    try:
        object.__setattr__(error, "history", history)
    except (AttributeError, TypeError):  # it has a `history` of its own
        vars(error)["history"] = history


def belongs(history: History, graph: Graph, what: str, advice: str) -> None:
    """The history is one of this network, with the weights that the network has now."""
    if history.settings.network != tuple(graph.description):
        raise ValueError(f"The run to {what} was one of another network. {advice}")
    then = history.final_weights  # none before the first epoch has ended
    with graph.lock:
        now = {p.name: p.value for p in graph.parameters}
    if any(name not in then or not np.array_equal(w, then[name]) for name, w in now.items()):
        raise ValueError(
            f"The weights are not those with which the run to {what} ended (perhaps the network "
            f"was trained again, or the cell that makes it was run again). {advice}"
        )


def carried_on(
    resume: History, settings: Settings, graph: Graph, epochs: int, snapshots: str | None
) -> History:
    """A copy of the history to carry on with, if all is still as it was."""
    if not isinstance(resume, History):
        raise TypeError(f"resume needs a History; got a {type(resume).__name__}.")
    if not resume.resumable:
        raise ValueError(
            "The run to resume is of an earlier version of the course, which drew the order of the "
            "examples in another way, so it cannot be carried on as if it had never ended. Its "
            "weights and its history are all there: train on from the weights in a new run, "
            "without resume."
        )
    columns = columns_with(graph, (*resume.settings.columns, *settings.columns))
    known, asked = (each._replace(columns=columns) for each in (resume.settings, settings))
    for name, before, now in zip(settings._fields, known, asked, strict=True):
        unknown = name in ("data", "loss") and before is None  # from a file of an earlier version
        unknown = unknown or (name == "validation" and None in (before, now))  # or there were none
        if before != now and not unknown:
            changes = {"network": "was one of another network", "data": "was one on other data"}
            changes["validation"] = "was one with other validation data"
            change = changes.get(name, f"had {name} = {before}; got {now}")
            raise ValueError(
                f"The run to resume {change}. Resume with the same network, data and settings, or "
                "start a new run without resume."
            )
    advice = "Load them from a checkpoint, or start a new run without resume."
    belongs(resume, graph, "resume", advice)
    _same_snapshots(resume, snapshots)
    if len(resume.epochs) > epochs:
        raise ValueError(
            f"The run to resume has made {checks.counted(len(resume.epochs), 'epoch')} already; "
            f"epochs counts from its start and cannot be less; got {epochs}."
        )
    history = copy.copy(resume)
    validation = settings.validation or resume.settings.validation  # not forgotten when left out
    history._settings = settings._replace(validation=validation, columns=columns)
    history._stopped = False
    return history


def _same_snapshots(resume: History, snapshots: str | None) -> None:
    """Carried on, the run has a snapshot for each epoch or update from its start, or none."""
    kept, updates = len(resume.snapshots), len(resume.updates)
    counts = {None: 0, "epochs": len(resume.epochs) + 1, "updates": updates + 1}
    if kept == counts[snapshots] or not (kept or updates):
        return
    did = [f" with snapshots={kind!r}" for kind, count in counts.items() if count == kept]
    raise ValueError(
        f"The run to resume has made {checks.counted(len(resume.epochs), 'epoch')} and "
        f"{checks.counted(updates, 'update')} and kept {checks.counted(kept, 'snapshot')}; with "
        f"snapshots={snapshots!r} it would not have one for each. Resume{''.join(did[:1])}, or "
        "start a new run without resume."
    )
