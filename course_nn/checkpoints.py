"""Save a run of training to one .npz file, and load it to carry on bit for bit.

The file holds the parameters, the velocity of momentum, and the history with the settings. It is
written to a temporary file first and then renamed, so that there is never half a file under the
name. Nothing is unpickled.

Source: lesson 08.
"""

from __future__ import annotations

import copy
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from course_nn import checks, files
from course_nn.columns import columns_with, name_columns
from course_nn.graph import Graph, Node
from course_nn.history import Epoch, History, belongs
from course_nn.settings import Settings

FORMAT = "course_nn checkpoint 3"
WITHOUT_DATA = "course_nn checkpoint 2"  # it cannot tell on which data the run was
BEFORE = "course_nn checkpoint 1"  # and the order of the examples came from a generator's state


def save_checkpoint(path: str | os.PathLike[str], loss: Node, history: History) -> None:
    """Write the network of `loss` and the history of its run to `path`.

    In a callback too: the file then holds the run until the epoch that has just ended.

    What an operation of your own keeps besides, such as a constant, a running mean or a generator
    of random numbers, is not in the file; a run that needs it is not carried on without it.
    `pickle` and `copy.deepcopy` of network and history together keep all.

    Raises ValueError if the history is one of another network, or if the network has other weights
    than those with which the run ended; OSError if the file cannot be written. A file that was
    there before is then still there.
    """
    checks.loss_node(loss)
    if not isinstance(history, History):
        raise TypeError(f"A checkpoint needs the History, not a {type(history).__name__}.")
    graph: Graph = loss.graph
    with graph.turn():  # if another thread trains, it is a moment between two updates
        belongs(history, graph, "save", "Save it with its network, before that is changed.")
        history = copy.copy(history)
    about = {
        "format": FORMAT,
        "settings": history.settings._asdict(),
        "epochs": history.epochs,
        "stopped": history.stopped,
        "first_rows": history.first_rows,
        "resumable": history.resumable,
        "snapshots": len(history.snapshots),
    }
    arrays = {
        "update_losses": history.update_losses,
        "update_examples": history.update_examples,
    }
    arrays |= {f"parameter {name}": value for name, value in history.final_weights.items()}
    arrays |= {f"velocity {name}": value for name, value in history.velocity.items()}
    for i, weights in enumerate(history.snapshots):
        arrays |= {f"snapshot {i} {name}": value for name, value in weights.items()}
    about["arrays"] = list(arrays)
    arrays["about"] = np.array(json.dumps(about))

    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent} for the checkpoint {path.name}.")
    with files.written_whole(path) as file:
        np.savez(file, **arrays)


def load_checkpoint(path: str | os.PathLike[str], loss: Node) -> History:
    """Put the saved weights into the network of `loss`; returns the history, for `resume=`.

    Raises:
        FileNotFoundError: no such file.
        ValueError: cut short or damaged, not a checkpoint, one of another network, or of one that
            learned from tables with other columns than this one was given. The network then keeps
            its weights.
    """
    checks.loss_node(loss)
    graph: Graph = loss.graph
    arrays = _read(path)
    try:
        about = json.loads(str(arrays["about"]))
        known = about["format"] in (FORMAT, WITHOUT_DATA, BEFORE) and "network" in about["settings"]
    except (KeyError, ValueError, TypeError):
        known = False
    if not known:
        raise ValueError(f"{path} is not a checkpoint of course_nn.")
    network = about["settings"]["network"]
    if network != graph.description:
        saved, here = "\n  ".join(network), "\n  ".join(graph.description)
        raise ValueError(
            f"{path} is a checkpoint of another network:\n  {saved}\nThis network is:\n  {here}"
        )
    names = [p.name for p in graph.parameters]
    try:
        if missing := set(about["arrays"]) - set(arrays):
            raise ValueError(f"{', '.join(sorted(missing))} is missing")
        weights = {
            p: checks.weights(p.name, arrays[f"parameter {p.name}"]) for p in graph.parameters
        }
        if about["format"] != FORMAT:
            about["settings"]["data"] = None
        about["settings"]["network"] = tuple(network)
        columns = about["settings"].get("columns", ())  # an earlier version did not know them
        about["settings"]["columns"] = tuple((name, tuple(names)) for name, names in columns)
        settings = Settings(**about["settings"])
        losses, examples = arrays["update_losses"], arrays["update_examples"]
        if about["format"] == BEFORE:
            resumable = settings.order(1) is None
        else:
            resumable = checks.yes_or_no("resumable", about["resumable"])
        history = History(
            settings,
            epochs=[Epoch(*line) for line in about["epochs"]],
            updates=list(zip(losses.tolist(), examples.tolist(), strict=True)),
            snapshots=[
                {name: checks.weights(name, arrays[f"snapshot {i} {name}"]) for name in names}
                for i in range(about["snapshots"])
            ],
            velocity={
                name: checks.weights(f"velocity {name}", arrays[f"velocity {name}"])
                for name in names
                if f"velocity {name}" in arrays
            },
            final_weights={p.name: value for p, value in weights.items()},
            first_rows=about.get("first_rows"),
            stopped=about["stopped"],
            resumable=resumable,
        )
        for p, value in weights.items():
            checks.new_weights(graph, p, value)
        known = {x.name for x in graph.inputs}
        if unknown := [name for name, _ in settings.columns if name not in known]:
            raise ValueError(f"there is no input {', '.join(unknown)}")
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    with graph.lock:
        columns = columns_with(graph, settings.columns)
        graph.replace_parameters(weights)
        name_columns(graph, columns)
    return history


def _read(path: str | os.PathLike[str]) -> dict[str, Any]:
    import zipfile  # only here, because importing it takes longer than all of this module

    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"There is no checkpoint {path}.") from None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if damaged := archive.testzip():  # every byte, also those that np.load would skip
                raise ValueError(f"{damaged} has changed")
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays)
    except Exception as e:  # damage shows itself in many ways, all of them of the content
        raise ValueError(
            f"{path} cannot be read as a checkpoint: it is cut short, damaged or not ours ({e})."
        ) from e
