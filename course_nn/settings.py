"""What a run of training is: the settings that stay the same when it is carried on.

Learning rate and number of epochs are not among them; a run may be carried on with others.

Source: lessons 08 and 09; the further lesson momentum_and_schedules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from course_nn import checks
from course_nn.columns import Columns
from course_nn.graph import Array, Input, Node

Rate = float | Callable[[int], float]
ROWS_AT_ONCE = 1024


class Settings(NamedTuple):
    """The network, and how updates are made from how many examples."""

    network: tuple[str, ...]  # a line for each node
    examples: int
    batch_size: int
    shuffle: bool
    seed: int
    momentum: float
    weight_decay: float
    data: str | None  # `digest` of all rows; None in a run of an earlier version
    validation: str | None = None  # of the validation data; None also if there were none
    loss: str | None = None  # the name of the node; None in a run of an earlier version
    columns: Columns = ()  # of the tables that it has learned from, as far as they had names

    @property
    def updates_in_an_epoch(self) -> int:
        """One for each batch; the last batch may be smaller."""
        return -(-self.examples // self.batch_size)

    def order(self, epoch: int) -> Array | None:
        """The examples of epoch 1, 2, … in their order, or None for the order that was given.

        It comes from seed and epoch alone, so that a run can be carried on from any epoch.
        """
        if not self.shuffle or self.batch_size == self.examples:
            return None
        return np.random.default_rng([self.seed, epoch]).permutation(self.examples)


def checked_settings(
    loss: Node,
    *,
    examples: int,
    data: str,
    columns: Columns,
    batch_size: Any,
    shuffle: Any,
    seed: Any,
    momentum: Any,
    weight_decay: Any,
) -> Settings:
    """The settings of a run on so many examples; `data` is their `written_digest`.

    Raises ValueError or TypeError that names the argument, what was expected and what came.
    """
    batch_size = checks.whole_number("batch_size", batch_size)
    momentum = checks.number("momentum", momentum)
    if momentum >= 1:
        raise ValueError(f"momentum must be below 1; got {momentum}.")
    return Settings(
        network=tuple(loss.graph.description),
        examples=examples,
        batch_size=min(batch_size, examples),
        shuffle=checks.yes_or_no("shuffle", shuffle),
        seed=checks.seed(seed),
        momentum=momentum,
        weight_decay=checks.number("weight_decay", weight_decay),
        data=data,
        loss=loss.name,
        columns=columns,
    )


def written_digest(data: Mapping[Input, Array]) -> str:
    """The `digest` of data that `Graph.checked_inputs` has checked."""
    return written(digest({x.name: values for x, values in data.items()}))


def written(digest: int) -> str:
    """As it stands in a checkpoint."""
    return f"{digest:032x}"


def digest(data: Mapping[str, Array], first: int = 0) -> int:
    """A number below 2¹²⁸ that tells these rows, in this order, from others.

    It is the sum of a hash for each row: of its number, and of its entries in each input. So rows
    that lie in parts in several places need not be brought together: the digest of all is the sum
    of those of the parts, modulo 2¹²⁸. Labels of any integer type count alike.

    Args:
        data: the arrays of `Graph.checked_inputs`, by the inputs' names.
        first: the number that the first row has in the whole.
    """
    arrays = [array[:, None] if array.ndim == 1 else array for _, array in sorted(data.items())]
    arrays = [a.astype("<i8" if a.dtype.kind in "iu" else "<f8", copy=False) for a in arrays]
    import hashlib  # only a run of training needs it

    start = hashlib.sha256(repr([(name, data[name].shape[1:]) for name in sorted(data)]).encode())
    total, rows = 0, len(arrays[0])
    for begin in range(0, rows, ROWS_AT_ONCE):
        end = min(begin + ROWS_AT_ONCE, rows)
        numbers = np.arange(first + begin, first + end, dtype="<i8")[:, None]
        parts = [numbers, *(array[begin:end] for array in arrays)]
        parts = [np.ascontiguousarray(part).view(np.uint8) for part in parts]
        for row in np.hstack(parts):
            hashed = start.copy()
            hashed.update(row)
            total += int.from_bytes(hashed.digest()[:16], "little")
    return total % 2**128


def checked_rate(learning_rate: Any) -> Rate:
    """A number ≥ 0, or a function of the epoch, of which nothing is asked yet."""
    if callable(learning_rate):
        return learning_rate  # type: ignore[no-any-return]
    return checks.number("The learning rate", learning_rate)


def rate_of(learning_rate: Rate, epoch: int) -> float:
    """The learning rate of epoch 1, 2, …

    Raises ValueError or TypeError if a function cannot be called with the epoch, or gives
    something else than a number ≥ 0.
    """
    if not callable(learning_rate):
        return learning_rate
    try:
        rate = learning_rate(epoch)
    except TypeError as error:
        raise TypeError(
            "learning_rate must be a number or a function of the epoch, such as "
            f"lambda epoch: 0.1 / epoch; calling it failed: {error}"
        ) from error
    return checks.number(f"The learning rate of epoch {epoch}", rate)
