"""Runs a student's notebook inside the sandbox and plays steps with its names.

It is told what to do through stdin and answers through stdout, in frames: four bytes with the
length, then JSON.  The student's code runs in this very process, so nothing here is a secret and
nothing that comes out is believed: see `course_grading.channel`.

    {"given": [source], "cells": [[number, source]], "answers": [name],
     "cell_seconds": 10, "cell_wall": 40}
        answered by {"begins": number} before each cell, then
        {"ready": {name: how often it is defined}, "waited": whether it took longer than a cell may}
    {"plays": [steps], "seconds": 10, "wall": 60, "bytes": 4000000}
        answered by {"found": [{label: value}], "stopped": "" | "cpu" | "wall" | "ended" | "output"}
"""

from __future__ import annotations

import ast
import json
import os
import resource
import select
import signal
import struct
import sys
import time
import types
from typing import Any

sys.path[:0] = json.loads(os.environ.pop("COURSE_PATH"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire  # type: ignore[import-not-found]  # noqa: E402
from steps import looks, play  # type: ignore[import-not-found]  # noqa: E402

sys.path.pop(0)


class CellTookTooLong(BaseException):
    """Not an Exception, so that `except Exception` does not swallow it."""


def read_exactly(source: int, size: int) -> bytes:
    pieces = []
    while size:
        piece = os.read(source, min(size, 1 << 20))
        if not piece:
            os._exit(0)  # the grader has gone
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def receive(source: int) -> dict[str, Any]:
    (size,) = struct.unpack(">I", read_exactly(source, 4))
    return json.loads(read_exactly(source, size))


def send(target: int, message: dict[str, Any]) -> None:
    data = json.dumps(message).encode()
    data = struct.pack(">I", len(data)) + data
    while data:
        data = data[os.write(target, data) :]


# ------------------------------------------------------------------ the cells


def statements(source: str, names: dict[str, Any]) -> list[ast.stmt]:
    """The statements of a cell; one with magics or `!` lines goes through IPython's own hands."""
    try:
        return ast.parse(source).body
    except SyntaxError:
        return ast.parse(ipython(names).transform_cell(source)).body


def ipython(names: dict[str, Any]) -> Any:
    """IPython's shell, started when the first cell needs it: it costs as much as NumPy."""
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell

    if not InteractiveShell.initialized():
        HistoryManager.enabled = False  # type: ignore[assignment]
        shell = InteractiveShell.instance(user_module=sys.modules["__main__"], user_ns=names)
        names["get_ipython"] = lambda: shell
    return InteractiveShell.instance()


def run_cell(
    source: str, names: dict[str, Any], counts: dict[str, int], cpu: float, wall: float
) -> bool:
    """Run it statement by statement and go on after one that fails; whether none failed.

    A notebook would stop at the first error.  But what fails here may have worked there, a package
    that is not in the sandbox for instance, and what stands below may be an answer.
    """
    signal.signal(signal.SIGPROF, took_too_long)
    signal.signal(signal.SIGALRM, took_too_long)
    good = True
    try:
        signal.setitimer(signal.ITIMER_PROF, cpu)
        signal.setitimer(signal.ITIMER_REAL, wall)
        for statement in statements(source, names):
            name = getattr(statement, "name", "")
            if name in names and is_stub(statement):
                continue  # a copy of the question below the answer
            if name in counts and not is_stub(statement):
                counts[name] += 1
            try:
                exec(compile(ast.Module([statement], []), "<cell>", "exec"), names)
            except CellTookTooLong:
                raise
            except BaseException:  # SystemExit and KeyboardInterrupt too: it is the student's code
                good = False
    except BaseException:
        good = False
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
    return good


def is_stub(statement: ast.stmt) -> bool:
    """Whether it defines what was handed out: a function that only raises NotImplementedError, or
    a class with such a method."""
    if isinstance(statement, ast.ClassDef):
        return any(is_stub(method) for method in statement.body)
    if not isinstance(statement, ast.FunctionDef):
        return False
    last = statement.body[-1]
    alone = all(isinstance(line, ast.Expr) for line in statement.body[:-1])  # but for a docstring
    return alone and isinstance(last, ast.Raise) and "NotImplementedError" in ast.dump(last)


def took_too_long(signal_number: int, frame: Any) -> None:
    raise CellTookTooLong


def run_notebook(order: dict[str, Any], target: int) -> dict[str, Any]:
    """Run the given cells, then the student's; the names of the notebook."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module  # so that dataclasses and the like find the student's names
    names = module.__dict__
    names["display"] = lambda *shown, **options: None
    limits, counts = (order["cell_seconds"], order["cell_wall"]), dict.fromkeys(order["answers"], 0)
    for source in order["given"]:
        run_cell(source, names, {}, *limits)
    failed = []
    started = time.monotonic()
    for number, source in order["cells"]:
        send(target, {"begins": number})
        if not run_cell(source, names, counts, *limits):
            failed.append((number, source))
    for number, source in failed:  # a cell may need one that stands below it
        send(target, {"begins": number})
        run_cell(source, names, {}, *limits)
    waited = time.monotonic() - started > order["cell_wall"]
    send(target, {"ready": counts, "waited": waited})
    return names


# ------------------------------------------------------------------ the questions


def plain(value: Any) -> dict[str, Any]:
    try:
        return wire.encode(value, numbers_as_array=True)
    except wire.NotPlain as what:
        return {"failure": ["type", str(what)[:200], ""]}
    except BaseException:  # an object whose methods fail
        return {"failure": ["type", "an object of its own", ""]}


def answer(order: dict[str, Any], names: dict[str, Any], sandboxed: bool) -> dict[str, Any]:
    """Play the steps in a process of their own, so that what they break is broken there only."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            os.setpgid(0, 0)
            most = resource.getrlimit(resource.RLIMIT_CPU)[1]
            seconds = max(1, round(order["seconds"]))
            if most != resource.RLIM_INFINITY:
                seconds = min(seconds, most)
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            for encoded in order["plays"]:
                line = json.dumps(played(wire.decode_steps(encoded), names)) + "\n"
                with open(writer, "wb", closefd=False) as pipe:
                    pipe.write(line.encode())
        except BaseException:
            os._exit(1)
        os._exit(0)
    os.close(writer)
    try:
        return collect(reader, child, order)
    finally:
        os.close(reader)
        end(child, sandboxed)


def played(steps: list[Any], names: dict[str, Any]) -> dict[str, Any]:
    found = play(steps, names)
    return {label: plain(found.get(label)) for label in looks(steps)}


def collect(reader: int, child: int, order: dict[str, Any]) -> dict[str, Any]:
    """The lines that came, one for each play, and why there are no more of them."""
    data, stopped, deadline = bytearray(), "", time.monotonic() + order["wall"]
    wanted = len(order["plays"])
    while data.count(b"\n") < wanted:
        if time.monotonic() > deadline:
            stopped = "wall"
            break
        if not select.select([reader], [], [], 0.1)[0]:
            # A process that it left behind may keep the pipe open.
            if has_ended(child) is not None:
                stopped = "ended"
                break
            continue
        piece = os.read(reader, 1 << 16)
        if not piece:
            stopped = "cpu" if was_killed(child) else "ended"
            break
        data += piece
        if len(data) > order["bytes"]:
            stopped = "output"
            break
    found = []
    for line in bytes(data).split(b"\n")[:wanted]:
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError):
            break
    return {"found": found, "stopped": stopped}


def has_ended(child: int) -> int | None:
    """The status or signal it ended with, if it has."""
    ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT | os.WNOHANG)
    return None if ended is None else ended.si_status


def was_killed(child: int) -> bool:
    """Whether the system ended it, as it does when the CPU time is used up."""
    for _ in range(100):  # its pipe is closed a moment before it has ended
        status = has_ended(child)
        if status is not None:
            return status in (signal.SIGKILL, signal.SIGXCPU)
        time.sleep(0.01)
    return False


def end(child: int, sandboxed: bool) -> None:
    """The child, and whatever it left behind: in the sandbox every other process is its."""
    if sandboxed:
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            pass
    else:
        for kill, target in ((os.killpg, child), (os.kill, child)):
            try:
                kill(target, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
    try:
        os.waitpid(child, 0)
    except ChildProcessError:
        pass


def main() -> None:
    import numpy

    import course_nn  # type: ignore[import-not-found]

    source, target = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):  # until here, an error of ours is seen by the grader
        os.dup2(nothing, standard)
    sandboxed = os.environ.pop("COURSE_SANDBOX", "") == "1"
    names = run_notebook(receive(source), target)
    names = {**names, "course_nn": course_nn, "numpy": numpy}  # steps may use these two
    while True:
        send(target, answer(receive(source), names, sandboxed))


if __name__ == "__main__":
    main()
