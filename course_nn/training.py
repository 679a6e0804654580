"""Training: one algorithm with one number changed, the size B of the batch.

* `train_sgd`: B = 1, online learning. One example after another, each from the weights that the
  last one left.
* `train_minibatch`: B = `batch_size`. One update from the average gradient of B examples.
* `train_batch`: B = N. One update per epoch, from the average gradient of all examples.

The algorithm itself is `_train`, below. What stands around it has rooms of its own: `settings` and
`runs` (what an epoch begins and ends with, the ■ button), `updates` (all or nothing), `history`,
`progress`, `engines/fast_updates`.

Source: lessons 08, 09 and the further lesson momentum_and_schedules; L. Bottou, F. E. Curtis,
J. Nocedal, Optimization Methods for
Large-Scale Machine Learning, SIAM Review 60 (2018); for momentum B. T. Polyak (1964).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from course_nn import checks
from course_nn.columns import columns_with
from course_nn.graph import Data, Graph, Node
from course_nn.history import History
from course_nn.runs import Run
from course_nn.settings import Rate, checked_settings, written_digest
from course_nn.updates import Updates

if TYPE_CHECKING:  # who trains on one machine needs no more of it
    from course_nn.cluster.shares import Shares

ENGINES = ("graph", "numpy", "numba")


def _train(run: Run, engine: str, cluster: Any = None) -> History:
    """For each epoch, for each batch: Forward, Backward, one update.

    A fast engine makes the updates by itself. What it leaves to this loop are the batches
    around one in which a number overflows, so that the nodes find out where.
    """
    graph, loss = run.graph, run.loss
    with run:  # the ■ button ends it after the last whole update
        by_nodes = engine == "graph" or cluster is not None
        batches_left = run.batches_left if by_nodes else _fast_engine(engine, run)
        for epoch in run.epochs_left():
            rate = run.begin(epoch)
            with graph.lock, np.errstate(all="ignore"):  # an overflow shows in the loss
                for batch in batches_left():
                    with run.updates.all_or_nothing(rate):
                        if cluster is None:
                            graph.put(run.data, batch)
                            graph.Forward()
                            J, B = run.updates.mean_loss(), len(loss.value)  # must be finite
                            graph.Backward(loss)
                        else:  # the same sums, taken in parts on other machines
                            J, B = cluster.average(batch)
                        if run.settings.momentum or run.settings.weight_decay:
                            SGD_with_momentum(graph, rate, run.updates)
                        else:
                            graph.SGD(rate)
                        run.updates.count((J, B))  # now it counts
                    run.after(updates=1)
            run.end_epoch()
    return run.history


def SGD_with_momentum(graph: Graph, rate: float, updates: Updates) -> None:
    """v ← μ v + ∂J/∂W + λ W, then W ← W − η v, for every parameter."""
    checks.ready_for_update(graph)
    momentum, decay = updates.settings.momentum, updates.settings.weight_decay
    old = updates.velocity
    v = {p: momentum * old.get(p.name, 0.0) + p.grad + decay * p.value for p in graph.parameters}
    graph.replace_parameters({p: p.value - rate * v[p] for p in v})
    if momentum:
        updates.velocity = {p.name: step for p, step in v.items()}


def _fast_engine(engine: str, run: Run) -> Callable[[], Iterator[Any]]:
    """What makes the updates, and gives back the batches that it leaves to the nodes."""
    from course_nn.engines.fast_updates import FastUpdates  # who takes the nodes needs no engine

    return FastUpdates(engine, run).batches_left


def train_sgd(
    loss: Node, data: Data | Shares, *, learning_rate: Rate, epochs: int, **options: Any
) -> History:
    """Online learning: `train_minibatch` with batch_size=1. The other options are the same."""
    _refuse_batch_size("train_sgd", "1", options)
    return train_minibatch(
        loss, data, batch_size=1, learning_rate=learning_rate, epochs=epochs, **options
    )


def train_batch(
    loss: Node, data: Data | Shares, *, learning_rate: Rate, epochs: int, **options: Any
) -> History:
    """Batch learning: `train_minibatch` with all examples in one batch, one update per epoch."""
    _refuse_batch_size("train_batch", "N", options)
    return train_minibatch(
        loss, data, batch_size=sys.maxsize, learning_rate=learning_rate, epochs=epochs, **options
    )


def train_minibatch(
    loss: Node,
    data: Data | Shares,
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
    cluster: Any = None,
) -> History:
    """Train by mini-batches: for each batch Forward, Backward, and one update.

    The last batch of an epoch may be smaller; it is used, and averaged by its own size.
    The update is W ← W − η v with v ← μ v + ∂J/∂W + λ W; with μ = λ = 0 that is `SGD`.
    The ■ button ends the run after the last whole update and returns the history so far; so does
    `raise nn.StopTraining` in the callback. Other threads can `evaluate` meanwhile.

    Args:
        loss: the loss node; it knows its graph.
        data: an array for each input of the graph, as in {"x": X, "y": labels}.
        batch_size: B, the examples in a batch.
        learning_rate: η, or a function of the epoch (1, 2, …) that returns η; each epoch asks it
            when it begins.
        epochs: how many times to go through the data, counted from the start of the run.
        shuffle: draw a new order of the examples for each epoch; False keeps the given order.
        seed: of the orders; that of epoch n comes from `np.random.default_rng([seed, n])`.
        momentum: μ, from 0 to below 1.
        weight_decay: λ.
        validation: data to `evaluate` after each epoch.
        snapshots: keep the weights after each of the "epochs" or of the "updates"; the same in a
            run that is carried on.
        callback: called with the history after each epoch; to end the run early and to keep the
            best weights, see `History.best`.
        progress: show a progress bar; None: only if the run takes more than ten seconds.
        resume: the history of a run of this network that was stopped or loaded, to carry on
            with it up to `epochs`, as if it had never ended. Loss, data and settings must be the
            same.
        engine: who makes the updates. "graph" goes through the nodes, as the lessons do; "numpy"
            and "numba" run straight-line code that the graph writes: the same weights up to
            rounding, sooner (the further lesson generated_code). They do not keep the values and
            gradients of the nodes.
        cluster: a `dask.distributed.Client`: its workers keep a share of the rows each, and for
            each update they add up over their part of the batch (the further lesson
            cluster_of_machines).
            The data may then also be Dask arrays or `nn.shares`. A worker that is lost is replaced
            by the others, and one that comes gets shares. An operation of one's own is sent to
            them as it is; one that mixes the examples of a batch, or keeps something between
            batches, is refused. Validation and callback stay here. Whoever reaches the scheduler
            of a Dask cluster can run any code on its workers: outside of one machine use its TLS.

    Raises:
        ValueError, TypeError: something of the above does not fit; nothing was changed.
        ImportError: engine="numba" without Numba, cluster without Dask, or either in a browser.
        TrainingDiverged: the loss is no longer finite.
        RuntimeError: another thread trains this network. Or the code of a fast engine does not do
            what the nodes do; no weight changed. (ValueError: it cannot be written, or an own
            operation has changed meanwhile.) Or the cluster cannot go on: `ClusterError`.

    Whatever ends a run in the middle leaves whole weights, and has the history so far as its
    attribute `history`: also an error of the callback or of the learning rate of a later epoch.
    """
    checks.loss_node(loss)
    graph: Graph = loss.graph
    given: Any = data  # shares without a cluster are refused, for they are no dict
    checks.one_of("engine", ENGINES, engine)
    with _placed(cluster, loss, data, engine) as placed:
        checked = placed.first_rows if placed else graph.checked_inputs(given, whole="The data")
        settings = checked_settings(
            loss,
            examples=placed.examples if placed else len(next(iter(checked.values()))),
            data=placed.digest if placed else written_digest(checked),
            columns=placed.columns if placed else columns_with(graph, tables=given),
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            momentum=momentum,
            weight_decay=weight_decay,
        )
        run = Run(
            loss,
            checked,
            settings,
            learning_rate=learning_rate,
            epochs=epochs,
            validation=validation,
            snapshots=snapshots,
            callback=callback,
            progress=progress,
            resume=resume,
        )
        return _train(run, engine, placed and placed.for_run(run))


def _placed(client: Any, loss: Node, data: Any, engine: str) -> Any:
    """For a `with` block: the data in shares on the workers of a cluster, or None without one."""
    if client is None:
        return nullcontext()
    from course_nn.cluster.placement import Placement  # who trains on one machine needs no Dask

    return closing(Placement(client, loss, data, engine))


def _refuse_batch_size(name: str, size: str, options: Mapping[str, Any]) -> None:
    if "batch_size" in options:
        raise TypeError(f"{name} has batch size {size}; use train_minibatch for another one.")
