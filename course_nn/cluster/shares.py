"""Data in parts: how the rows of a run are cut into shares, and where a share comes from.

Source: the further lesson cluster_of_machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from course_nn import checks

SHARES_OF_A_WORKER = 4  # of arrays: so that a part of them can move when a worker comes or goes


class Shares:
    """Data that lie in parts, to be loaded by the workers of a cluster, where they are needed.

    `load(argument)` gives the rows of one share, an array for each input, as in
    {"x": X, "y": labels}; or an opened `.npz` file. In the order of the arguments the shares are
    the whole: the rows are numbered through.

    See `nn.shares`.
    """

    def __init__(self, load: Callable[[Any], Mapping[str, Any]], arguments: Iterable[Any]) -> None:
        if not callable(load):
            raise TypeError(
                "shares needs a function that loads one share, such as np.load; got "
                f"{checks.shown(load)}."
            )
        self.load, self.arguments = load, tuple(arguments)
        if not self.arguments:
            raise ValueError("shares needs an argument for each share; there is none.")

    def __repr__(self) -> str:
        return f"{checks.counted(len(self.arguments), 'share')} of data"


def shares(load: Callable[[Any], Mapping[str, Any]], arguments: Iterable[Any]) -> Shares:
    """Data that need not fit into one machine: `load(argument)` gives the rows of one share.

        data = nn.shares(np.load, sorted(Path("parts").glob("*.npz")))
        nn.train_minibatch(loss, data, batch_size=256, ..., cluster=client)

    Args:
        load: called on the worker that will keep the share; gives an array for each input, by its
            name. `np.load` does for files made by `np.savez(path, x=X, y=labels)`.
        arguments: one for each share, such as the path of its file on the workers' machines.

    Raises TypeError or ValueError: no function; no arguments.
    """
    return Shares(load, arguments)


def of_arrays(data: Mapping[str, np.ndarray], workers: int) -> Shares:
    """Arrays cut into shares of consecutive rows, some for each worker; none is empty."""
    examples = len(next(iter(data.values())))
    number = min(examples, workers * SHARES_OF_A_WORKER)
    cuts = [round(i * examples / number) for i in range(number + 1)]
    pieces = [
        {name: array[start:stop] for name, array in data.items()} for start, stop in pairwise(cuts)
    ]
    return Shares(dict, pieces)


def of_dask_arrays(data: Mapping[str, Any]) -> Shares:
    """Dask arrays, a share for each block of rows; other arrays beside them are cut alike.

    Raises ValueError: they have different numbers of rows, or unknown ones.
    """
    import dask.array as da

    arrays = {name: da.asarray(array) for name, array in data.items()}
    lengths = {name: array.shape[0] if array.ndim else None for name, array in arrays.items()}
    for name, rows in lengths.items():
        if rows is None:
            raise ValueError(f"{name} has no rows: it is a single number.")
        if rows != rows:  # NaN
            raise ValueError(
                f"{name} is a Dask array of which the number of rows is unknown. Call "
                f"{name}.compute_chunk_sizes() first."
            )
    if len({*lengths.values()}) > 1:
        listed = ", ".join(f"{name} has {rows}" for name, rows in lengths.items())
        raise ValueError(f"All inputs need the same number of rows (examples): {listed}.")
    blocks_of_dask = next(array for name, array in arrays.items() if hasattr(data[name], "dask"))
    rows = blocks_of_dask.chunks[0]
    columns = {name: tuple(array.shape[1:]) for name, array in arrays.items()}
    blocks = {
        name: array.rechunk((rows, *columns[name])).to_delayed().ravel()
        for name, array in arrays.items()
    }
    pieces = [{name: block[i] for name, block in blocks.items()} for i in range(len(rows))]
    return Shares(dict, pieces)
