"""What stands around the updates of a run: how epochs begin and end, and how the run ends.

Source: lessons 08 to 10.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from textwrap import fill
from threading import get_ident
from types import TracebackType
from typing import Any

from course_nn import checks
from course_nn.columns import Columns, columns_with, name_columns
from course_nn.copies import read_only_weights
from course_nn.evaluation import compared, evaluate_checked
from course_nn.graph import Array, Data, Graph, Input, Node
from course_nn.history import Epoch, History, StopTraining, carried_on, keep_history
from course_nn.own_state import left_as_it_was
from course_nn.progress import Progress
from course_nn.settings import Rate, Settings, checked_rate, rate_of, written_digest
from course_nn.updates import Updates

WIDTH = 76  # letters in a printed line, as in course_nn.show
FIRST_ROWS = 8  # examples, by which it is seen whether operations still do what they did


class Run:
    """A run of training. `with run:` lets the ■ button end it with a whole history.

    The arguments are those of `train_minibatch`; `data` and `settings` have been checked.
    Raises ValueError or TypeError if another one does not fit; nothing was changed then.
    """

    def __init__(
        self,
        loss: Node,
        data: dict[Input, Array],
        settings: Settings,
        *,
        learning_rate: Rate,
        epochs: int,
        validation: Data | None,
        snapshots: str | None,
        callback: Callable[[History], object] | None,
        progress: bool | None,
        resume: History | None,
    ) -> None:
        self.loss, self.data = loss, data
        self.graph: Graph = loss.graph
        self.epochs = checks.whole_number("epochs", epochs)
        self.learning_rate = checked_rate(learning_rate)
        if snapshots not in (None, "epochs", "updates"):
            raise ValueError(f"snapshots must be None, 'epochs' or 'updates'; got {snapshots!r}.")
        if callback is not None and not callable(callback):
            raise TypeError(f"callback must be a function of the history; got {callback!r}.")
        checks.trained_here(self.graph.trainer)
        self.snapshots, self.callback, self.progress = snapshots, callback, progress
        self.settings = settings
        self.validation = None
        if validation is not None:
            called = "The validation data"
            self.validation = checked_as(called, self.graph, validation, settings.columns)
            compared(loss)  # there is an answer whose accuracy can be told
            self.settings = settings._replace(validation=written_digest(self.validation))
        self.history = History(self.settings)
        if resume is not None:
            self.history = carried_on(resume, self.settings, self.graph, self.epochs, snapshots)
            checks.same_operations(resume.first_rows, self._loss_of_first_rows())
        with self.graph.lock:
            self.updates = Updates(loss, self.history)
        self.order: Array | None = None
        self.rate = 0.0
        self.computing: float | None = None  # seconds of this epoch on a cluster, and of talking
        self.talking: float | None = None
        self.dashboard = ""  # its address, if a cluster has one

    # ------------------------------------------------------------------ epochs and batches

    def epochs_left(self) -> range:
        """The epochs to make, counted from 1 in the whole run."""
        return range(len(self.history.epochs) + 1, self.epochs + 1)

    def begin(self, epoch: int) -> float:
        """The learning rate, which is asked now; and the examples are put in order."""
        try:
            self.rate = rate_of(self.learning_rate, epoch)
        except Exception as error:
            if self.history.epochs:
                with suppress(AttributeError):  # there are errors that cannot be added to
                    error.add_note(
                        f"The weights are those after epoch {epoch - 1}; the history until then "
                        "is the attribute `history` of this error, for resume=."
                    )
            raise
        self.started = time.perf_counter()
        self.computing = self.talking = None
        self.order = self.settings.order(epoch)
        return self.rate

    def batches_left(self, at_most: int | None = None) -> Iterator[Any]:
        """The rows of each batch with which the epoch has made no update yet."""
        B = self.settings.batch_size
        first, end = self.history.updates_in_open_epoch, self.settings.updates_in_an_epoch
        if at_most is not None:
            end = min(end, first + at_most)
        for number in range(first, end):
            places = slice(number * B, (number + 1) * B)
            yield places if self.order is None else self.order[places]

    def after(self, updates: int) -> None:
        """So many updates count now: take the snapshot, show it, and let other threads look."""
        if self.snapshots == "updates":
            self._take_snapshot()
        self.bar.update(updates)
        if self.graph.waiting:
            self.graph.make_way()

    def on_workers(self, computing: float, talking: float) -> None:
        """So many seconds an update took on a cluster: the slowest worker, and all the rest."""
        self.computing = (self.computing or 0.0) + computing
        self.talking = (self.talking or 0.0) + talking

    def end_epoch(self) -> None:
        """Add its line to the history, then call the callback."""
        history, in_epoch = self.history, self.settings.updates_in_an_epoch
        validated = None
        if self.validation is not None:
            validated = evaluate_checked(self.loss, self.validation)
        shares = [J * (B / self.settings.examples) for J, B in history._updates[-in_epoch:]]
        history._epochs.append(
            Epoch(
                updates=in_epoch,
                loss=sum(shares),
                learning_rate=self.rate,
                seconds=time.perf_counter() - self.started,
                validation_loss=validated.loss if validated else None,
                validation_accuracy=validated.accuracy if validated else None,
                seconds_computing=self.computing,
                seconds_talking=self.talking,
            )
        )
        if self.snapshots == "epochs":
            self._take_snapshot()
        history._final_weights = self._weights()  # so that what the callback sees is whole
        name_columns(self.graph, history.settings.columns)
        if self.callback is not None:
            history._first_rows = self._loss_of_first_rows()
            checks.callback_answer(self.callback(history))

    def _take_snapshot(self) -> None:
        self.history._snapshots.append(self._weights())

    def _weights(self) -> Mapping[str, Array]:
        with self.graph.lock:
            return read_only_weights({p.name: p.value for p in self.graph.parameters})

    def _loss_of_first_rows(self) -> float | None:
        """What nodes and present weights make of them; of operations of one's own the weights are
        not all. None if there are no such, or if they cannot be run.
        """
        nodes = self.graph.nodes
        own = [node for node in nodes if not type(node).__module__.startswith("course_nn.")]
        if not own:
            return None
        from course_nn.derivation.state import State  # few runs need it

        with suppress(Exception), left_as_it_was(self.graph):
            states = [State(node) for node in own]  # global names and classes too
            try:
                self.graph.put(self.data, slice(FIRST_ROWS))
                self.graph.Forward()
                return float(self.loss.value.mean())
            finally:
                for state in states:
                    state.put_back()
        return None

    # ------------------------------------------------------------------ how the run ends

    def __enter__(self) -> None:
        total = self.epochs * self.settings.updates_in_an_epoch
        done = len(self.history.updates)
        self.bar = Progress(self.progress, total, done, self.dashboard)
        with self.graph.lock:
            checks.trained_here(self.graph.trainer)
            if self.snapshots and not self.history.snapshots:
                self._take_snapshot()
            self.trainer_before, self.graph.trainer = self.graph.trainer, get_ident()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        stopped = isinstance(error, (KeyboardInterrupt, StopTraining))
        history = self.history
        try:
            if error is not None:
                keep_history(error, history)
                self._complete_snapshots()
            if stopped:
                history._stopped = True
                reason = f": {error}".rstrip(". ") if str(error) else ""
                said = (
                    f"Stopped after {checks.counted(len(history.updates), 'update')}, "
                    f"{checks.counted(len(history.epochs), 'whole epoch')}{reason}. "
                    "The weights are those after the last update; resume=history carries on."
                )
                self.bar.close()  # so that this begins on a line of its own
                print(fill(said, WIDTH))
            history._first_rows = None
            with suppress(KeyboardInterrupt):  # the run ends anyway
                history._first_rows = self._loss_of_first_rows()
        finally:
            history._final_weights = self._weights()
            with self.graph.lock:
                if history.updates:  # the weights have learned from these columns
                    name_columns(self.graph, history.settings.columns)
                self.graph.trainer = self.trainer_before
            self.bar.close()
        return stopped

    def _complete_snapshots(self) -> None:
        """If the run ended just before it took the last one."""
        made = self.history.epochs if self.snapshots == "epochs" else self.history.updates
        if self.snapshots and len(self.history.snapshots) == len(made):
            self._take_snapshot()


def checked_as(called: str, graph: Graph, data: Data, learned: Columns = ()) -> dict[Input, Array]:
    """A copy of these data, by input node, or an error that says of which data it speaks.

    Args:
        learned: the columns that tables had from which a run has learned.
    """
    try:
        checked = graph.checked_inputs(data, whole=called)
        columns_with(graph, learned, data)
        return checked
    except (ValueError, TypeError) as error:
        words = str(error)
        if words.startswith(called):
            raise
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{called}: {words}") from None
