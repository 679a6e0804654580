"""How an epoch is cut into mini-batches, rightly and by the usual slips."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from course_exercises.trials import (
    Steps,
    Trial,
    Weights,
    always,
    batch,
    minibatches,
    online,
    rate_twice,
    uphill,
    without_rate,
)


def summed(gradients: list[Weights], divided_by: float = 1.0) -> Weights:
    return {name: sum(each[name] for each in gradients) / divided_by for name in gradients[0]}


def _at_first_weights(size: int) -> Steps:
    """The slip of taking the gradients of all batches before the first update."""

    def steps(trial: Trial) -> None:
        starts = range(0, trial.N, size)
        gradients = [trial.gradients(slice(first, first + size)) for first in starts]
        for each in gradients:
            trial.move({name: trial.eta * grad for name, grad in each.items()})

    return steps


def _parts(cut: Callable[[int, int], Iterable[Any]]) -> Callable[[int], Steps]:
    """An update from each of the parts `cut(N, size)`, which are rows."""

    def of_size(size: int) -> Steps:
        def steps(trial: Trial) -> None:
            for rows in cut(trial.N, size):
                trial.step(rows, trial.eta)

        return steps

    return of_size


def _batches_from(starts: Callable[[int, int], Iterable[int]]) -> Callable[[int], Steps]:
    """An update from each batch that begins at one of `starts(N, size)`."""
    return _parts(lambda N, size: [range(first, min(first + size, N)) for first in starts(N, size)])


def _whole(N: int, size: int) -> list[range]:
    """The rows of all batches but a smaller last one."""
    return [range(first, first + size) for first in range(0, N - size + 1, size)]


def _rest(N: int, size: int) -> range:
    return range(N - N % size, N)


def _one_update_at_the_end(size: int) -> Steps:
    """The slip of averaging the gradients of all batches."""

    def steps(trial: Trial) -> None:
        starts = range(0, trial.N, size)
        each = [trial.gradients(slice(first, first + size)) for first in starts]
        average = summed(each, len(each))
        trial.move({name: trial.eta * grad for name, grad in average.items()})

    return steps


SLIPS: dict[str, Callable[[int], Steps]] = {
    "the rest was dropped: the smaller last batch is used too.": _batches_from(
        lambda N, size: range(0, N - N % size, size)
    ),
    "what is left over was taken one example at a time; it makes one smaller batch.": _parts(
        lambda N, size: [*_whole(N, size), *([i] for i in _rest(N, size))]
    ),
    "what is left over was put to the last whole batch; it makes a smaller batch of its own.": (
        _parts(lambda N, size: [*_whole(N, size)[:-1], range(_whole(N, size)[-1][0], N)])
    ),
    "the last batch was filled up with the first examples; it is smaller.": _parts(
        lambda N, size: [[i % N for i in range(first, first + size)] for first in range(0, N, size)]
    ),
    "the last batch was filled up with examples that had their turn before; it is smaller.": _parts(
        lambda N, size: [
            range(min(first, N - size), min(first + size, N)) for first in range(0, N, size)
        ]
    ),
    "what is left over came twice: the slice of the last batch has it already.": _parts(
        lambda N, size: [*_whole(N, size), _rest(N, size), _rest(N, size)]
    ),
    "what is left over came first; the smaller batch is the last.": _parts(
        lambda N, size: [range(N % size), *(range(i, i + size) for i in range(N % size, N, size))]
    ),
    "batch_size is the number of examples in a batch; here it was taken for the number of "
    "batches.": _parts(lambda N, size: np.array_split(range(N), size)),
    "a batch had batch_size - 1 examples, so one was left out each time: the end of a slice is not "
    "in it.": _parts(lambda N, size: [range(i, min(i + size - 1, N)) for i in range(0, N, size)]),
    "a batch had batch_size + 1 examples: X[first : first + batch_size] has batch_size "
    "already.": _parts(lambda N, size: [range(i, min(i + size + 1, N)) for i in range(0, N, size)]),
    "the gradient of one example made the update of each batch, the last one; take the average of "
    "all its examples.": _parts(
        lambda N, size: [[min(i + size, N) - 1] for i in range(0, N, size)]
    ),
    "the gradients of all batches were averaged, and one update was made; each batch makes its "
    "own.": _one_update_at_the_end,
    "there was one update after each example; a batch makes one update.": always(online()),
    "all examples made one update; each batch makes one.": always(batch()),
    "only the first batch made an update. Does a return stand inside the loop?": _batches_from(
        lambda N, size: [0]
    ),
    "only the last batch made an update: SGD belongs inside the loop.": _batches_from(
        lambda N, size: [(N - 1) // size * size]
    ),
    "the first batch was left out.": _batches_from(lambda N, size: range(size, N, size)),
    "every update took the first examples.": _batches_from(
        lambda N, size: [0 for _ in range(0, N, size)]
    ),
    "the batches overlap: the next one begins batch_size examples later, not one.": _batches_from(
        lambda N, size: range(N)
    ),
    "the batches overlap: the loop counts batches, 0, 1, 2, …, but batch k begins at the example "
    "k * batch_size.": _batches_from(lambda N, size: range(-(-N // size))),
    "the batches overlap: the loop counts whole batches, 0, 1, 2, …, but batch k begins at the "
    "example k * batch_size.": _batches_from(lambda N, size: range(N // size)),
    "the batches were taken in reverse order.": _batches_from(
        lambda N, size: reversed(range(0, N, size))
    ),
    "there were two passes; an epoch is one.": _batches_from(
        lambda N, size: [*range(0, N, size), *range(0, N, size)]
    ),
    "every gradient was taken at the first weights; run Forward and Backward anew for each batch, "
    "after the update of the one before.": _at_first_weights,
    "the last batch was divided by batch_size; it is averaged over its own examples.": (
        lambda size: minibatches(size, lambda rows: rows / size)
    ),
    "the gradient was divided by the batch size once more; Backward averages already.": (
        lambda size: minibatches(size, lambda rows: 1 / size)
    ),
    "the gradient was divided by the rows of the batch once more; Backward averages already.": (
        lambda size: minibatches(size, lambda rows: 1 / rows)
    ),
    "the learning rate was multiplied by the batch size; use it as it was given.": (
        lambda size: minibatches(size, lambda rows: size)
    ),
    "the gradients of a batch were added up; take their average, as Backward does.": (
        lambda size: minibatches(size, lambda rows: rows)
    ),
    "the learning rate is missing.": lambda size: without_rate(minibatches(size)),
    "the learning rate was applied twice.": lambda size: rate_twice(minibatches(size)),
    "the sign: that goes up the slope. An update subtracts.": (
        lambda size: uphill(minibatches(size))
    ),
}
