"""Which workers of a cluster can take part in a run: those that have this course, and a Python that
reads what is sent.

A worker that is sent a function which it cannot import ends, with all that it does for others. So
each is asked first, by questions that any Python can answer.

Source: the further lesson cluster_of_machines.
"""

from __future__ import annotations

import importlib.metadata
import pkgutil
import platform
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from course_nn.cluster import on_a_worker
from course_nn.cluster.workers import WHOLE, ClusterError, Lost, Workers

PATIENCE = 30.0  # seconds for an answer
EACH = "Each machine of the cluster needs the same course"
NAME = f"{on_a_worker.__name__}:course_here"


def admitted(workers: Workers, there: Sequence[str]) -> list[str]:
    """Those of `there` that can take part; why the others cannot is in `workers.refused`.

    One that is lost while it is asked is left out, and asked again another time.
    Raises ClusterError.
    """
    new = [each for each in there if each not in workers.admitted]
    versions = _asked(workers, new, platform.python_version)
    numpys = _asked(workers, new, importlib.metadata.version, "numpy")
    names = _asked(workers, new, pkgutil.resolve_name, NAME)
    course: dict[str, Callable[[], Any]] = {}
    for each in new:
        try:
            if why := _why_not(versions[each](), numpys[each], names[each]):
                workers.refused[each] = why
            else:
                course |= _asked(workers, [each], on_a_worker.course_here)
        except Lost:
            pass
    for each, answer in course.items():
        try:
            if answer() == on_a_worker.course_here():
                workers.admitted.add(each)
            else:
                workers.refused[each] = "it has another version of the course"
        except Lost:
            pass
        except RuntimeError as error:
            if isinstance(error, ClusterError):
                raise
            raise ClusterError(
                "The scheduler of the cluster cannot read what it is sent: there is no course_nn, "
                f"or another one. {EACH}, the scheduler's too. {WHOLE}."
            ) from error
    return [each for each in there if each in workers.admitted]


def _asked(
    workers: Workers, those: Iterable[str], function: Callable[..., Any], *arguments: Any
) -> dict[str, Callable[[], Any]]:
    """Ask all of them at once; for each, how to get its answer. That raises Lost, ClusterError, and
    what the function raised."""

    def answer(task: Any, worker: str) -> Callable[[], Any]:
        return lambda: workers.answers({task: worker}, PATIENCE)[0]

    asked = {}
    for worker in those:
        try:
            asked[worker] = answer(workers.submit(worker, function, *arguments), worker)
        except Lost as lost:
            asked[worker] = _raising(lost)
    return asked


def _raising(error: Exception) -> Callable[[], Any]:
    def raises() -> Any:
        raise error

    return raises


def _why_not(python: str, numpy: Callable[[], str], name: Callable[[], Any]) -> str:
    """Why a worker cannot take part, or "". Raises Lost, ClusterError."""
    ours = platform.python_version()
    if python.split(".")[:2] != ours.split(".")[:2]:
        return f"it has Python {python}, and this machine has {ours}"
    ours = importlib.metadata.version("numpy")
    try:
        if (theirs := numpy()).split(".")[0] != ours.split(".")[0]:
            return f"it has NumPy {theirs}, and this machine has {ours}"
        name()
    except (Lost, ClusterError) as error:
        if isinstance(error.__cause__, ModuleNotFoundError):
            return f"it cannot import the module {error.__cause__.name}"
        raise
    except Exception as error:  # whatever an import may raise
        about = " ".join(f"{type(error).__name__}: {error}".split())[:150]
        return f"it cannot import course_nn ({about})"
    return ""
