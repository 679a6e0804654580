"""Is what a notebook trains chaotic? Run it twice, from weights that differ by 1e-15, and see.

A chaotic run makes each rounding error grow, so its stored digits hold on one processor only.
The cells are run as plain Python, each time in a process of its own:

    python notebook_trajectories.py NOTEBOOK RESULT.npz [--perturb]
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType

import numpy as np

PERTURBATION = 1e-15  # relative; about four times the distance between neighbouring floats
LARGEST_CHANGE = 1e-9  # relative to max(1, |value|)
TIME_LIMIT = 300  # seconds for one run of a notebook

Trajectories = dict[str, np.ndarray]


# --- the two runs ---------------------------------------------------------------------------------


def run_twice(notebook: Path) -> tuple[Trajectories, Trajectories]:
    """What the notebook trains, as it is and from perturbed weights; both at the same time."""
    # One thread each: the two runs share the processor, and the arrays are small.
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    environment = os.environ | threads | {"MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8"}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as started:
        runs = []
        for name, flags in [("plain", []), ("perturbed", ["--perturb"])]:
            result = Path(folder, f"{name}.npz")
            command = [sys.executable, "-W", "ignore", __file__, str(notebook), str(result), *flags]
            process = subprocess.Popen(
                command,
                cwd=notebook.parent,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            started.enter_context(process)
            started.callback(process.kill)  # comes first: no run outlives a failure of the other
            runs.append((name, process, result))
        for name, process, _ in runs:
            _, error = process.communicate(timeout=TIME_LIMIT)
            if process.returncode != 0:
                last_lines = "\n".join(error.decode(errors="replace").splitlines()[-8:])
                raise RuntimeError(
                    f"{notebook.name}: the {name} run did not come to its end (exit code "
                    f"{process.returncode}). If only the perturbed run fails, the notebook "
                    f"compares floats for exact equality.\n{last_lines}"
                )
        plain, perturbed = (_load(result) for _, _, result in runs)
    return plain, perturbed


def _load(result: Path) -> Trajectories:
    with np.load(result) as stored:
        return {name: stored[name] for name in stored.files}


# --- the comparison -------------------------------------------------------------------------------


def describe_chaos(plain: Trajectories, perturbed: Trajectories) -> list[str]:
    """One sentence for each trajectory that the perturbation has changed too much."""
    if list(plain) != list(perturbed):
        one_sided = sorted(set(plain) ^ set(perturbed))
        return [f"the perturbed run trains other things: only one of the two has {one_sided}"]
    sentences = []
    for name, expected in plain.items():
        actual = perturbed[name]
        if expected.shape != actual.shape:
            sentences.append(f"{name}: {expected.shape} values, perturbed {actual.shape}")
            continue
        change = _relative_change(expected, actual)
        if not np.any(change >= LARGEST_CHANGE):
            continue
        first = np.argwhere(change >= LARGEST_CHANGE)[0]
        sentences.append(
            f"{name}: weights perturbed by {PERTURBATION:g} change it by up to {change.max():.1e} "
            f"(allowed: less than {LARGEST_CHANGE:g}), first at {first.tolist()}"
        )
    return sentences


def _relative_change(expected: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """|expected - actual| / max(1, |expected|); 0 where both are the same infinity or NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        change = np.abs(expected - actual) / np.maximum(1.0, np.abs(expected))
    same = (expected == actual) | (np.isnan(expected) & np.isnan(actual))
    return np.where(same, 0.0, np.where(np.isfinite(change), change, np.inf))


# --- one run, in its own process ------------------------------------------------------------------


def run_notebook(notebook: Path, perturb: bool) -> Trajectories:
    """Run the code cells in one namespace; return every loss history and every final weight."""
    from IPython.display import display

    import course_nn

    parameters = _collect_instances(course_nn.Parameter, _perturbed_value if perturb else None)
    histories = _collect_instances(course_nn.History)

    namespace = {"__name__": "__main__", "display": display}
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    for number, source in enumerate(sources, start=1):
        exec(compile(source, f"<code cell {number}>", "exec"), namespace)

    trajectories = {}
    for number, history in enumerate(histories, start=1):
        losses = np.array(history.update_losses, dtype=float)
        trajectories[f"the losses of training run {number}"] = losses
    for number, parameter in enumerate(parameters, start=1):
        trajectories[f"the last value of parameter {number}"] = np.array(parameter.value)
    return trajectories


def _collect_instances(cls: type, change_arguments=None) -> list:
    """Keep every instance of a class that is made from now on, in the order they are made."""
    instances = []
    original = cls.__init__

    def collecting_init(self, *args, **kwargs):
        if change_arguments is not None and not _is_of_a_check(sys._getframe(1)):
            args, kwargs = change_arguments(*args, **kwargs)
        original(self, *args, **kwargs)
        instances.append(self)

    cls.__init__ = collecting_init
    return instances


def _is_of_a_check(caller: FrameType) -> bool:
    """Whether a check makes a network of its own: the numbers that it hands out stay as they are,
    so what it expects must not be that of others.
    """
    return str(caller.f_globals.get("__name__")).startswith("course_exercises.")


def _perturbed_value(name, value, *args, **kwargs) -> tuple[tuple, dict]:
    """The arguments of `Parameter(name, value)`, with every weight larger or smaller by 1e-15."""
    try:
        weights = np.asarray(value)
    except ValueError:  # rows of different lengths
        weights = np.asarray(None)
    if weights.dtype.kind not in "fiu":  # a lesson shows how such a value is refused
        return (name, value, *args), kwargs
    # The same array is perturbed in the same way each time: equal networks stay equal.
    signs = np.where(np.random.default_rng(0).random(weights.shape) < 0.5, -1.0, 1.0)
    return (name, weights * (1.0 + PERTURBATION * signs), *args), kwargs


if __name__ == "__main__":
    notebook_path, result_path, *flags = sys.argv[1:]
    np.savez(result_path, **run_notebook(Path(notebook_path), perturb="--perturb" in flags))
