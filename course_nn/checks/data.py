"""Data by the names of the inputs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from course_nn.checks.tables import same_index
from course_nn.checks.words import in_normal_form, shown


def all_named(unnamed: Collection[Any]) -> None:
    """Forward takes its data by name."""
    if unnamed:
        raise TypeError("Forward takes data by the names of the inputs: Forward(x=X, y=labels).")


def names_of_inputs(
    data: Any, inputs: Collection[str], whole: str | None, graph: Any = None
) -> dict[str, Any]:
    """Data by the names of inputs; all of them, if the data are called something as a whole.

    Args:
        graph: whose inputs they are, if it may be that labels are missing because there are none.
    """
    whole_dict = f"{{{', '.join(f'{name!r}: …' for name in inputs)}}}"
    if not isinstance(data, Mapping):
        raise TypeError(
            f"{whole} must be a dict with an array for each input, {whole_dict}; "
            f"got a {type(data).__name__}."
        )
    by_name = dict(data)
    if any(name not in inputs for name in data):
        by_name = {in_normal_form(name): values for name, values in data.items()}
        unknown = [shown(name) for name in by_name if name not in inputs]
        if unknown:
            raise ValueError(
                f"There is no input {', '.join(unknown)}. The inputs are {', '.join(inputs)}."
            )
        if len(by_name) < len(data):
            written = ", ".join(map(ascii, data))
            raise ValueError(f"Data are given twice for one input: {written} are read alike.")
    missing = [name for name in inputs if whole and name not in by_name]
    if missing:
        raise ValueError(
            f"{whole} must be {whole_dict}; {', '.join(missing)} is missing."
            + _without_labels(missing, graph)
        )
    same_index(by_name)
    return by_name


def data_for_prediction(
    data: Any, inputs: Collection[str], needed: Collection[str]
) -> dict[str, Any]:
    """The data that a prediction needs, all of them; others of the inputs may be there too."""
    if isinstance(data, Mapping):
        others = {name for name in inputs if name not in needed}
        unused = [name for name in data if in_normal_form(name) in others]
        data = {name: values for name, values in data.items() if name not in unused}
    return names_of_inputs(data, needed, "The data for a prediction")


def same_rows(arrays: Mapping[str, np.ndarray | None], graph: Any = None) -> int:
    """The number of examples B: all inputs are set, and have the same number of rows.

    Args:
        graph: whose inputs they are, if it may be that labels are missing because there are none.
    """
    rows = {None if array is None else len(array) for array in arrays.values()}
    if None in rows:
        name = next(name for name, array in arrays.items() if array is None)
        raise RuntimeError(
            f"{name} was never set. Use {name}.set(...) before Forward."
            + _without_labels([name], graph)
        )
    if len(rows) > 1:
        listed = ", ".join(f"{name} has {len(array)}" for name, array in arrays.items())
        raise ValueError(
            f"All inputs need the same number of rows (examples): {listed}."
            + _without_labels([*arrays][1:], graph)
        )
    return rows.pop() if rows else 0


def _without_labels(missing: Collection[str], graph: Any) -> str:
    """Advice, where nothing but losses needs what is missing."""
    for node in graph.inputs if graph is not None else ():
        users = [user for user in graph.nodes if node in user.operands]
        if node.name in missing and users and all(user.width is None for user in users):
            return f" Without {node.name}, nn.predict gives the network's answers."
    return ""
