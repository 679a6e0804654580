"""What it costs to have a Python ready for one submission, in milliseconds from nothing to ready.

The grader takes the third line: a fresh interpreter in a fresh sandbox for every student, with
IPython's shell only for notebooks that need it.  The last line is a process that was ready before
and is only forked: it saves what is left to be saved, but then all students would share one
sandbox, its user, its processes and its /tmp.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

RUNS = 9

SHELL = """
from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.instance()
"""


def kernel() -> None:
    """What nbgrader starts for each submission: a Jupyter kernel, outside of any sandbox."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(stderr=subprocess.DEVNULL)
    client.execute_interactive("import numpy", timeout=60)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def plain() -> None:
    subprocess.run([sys.executable, "-c", "import numpy"], check=True)


def forked() -> None:
    """A fork of a process that has NumPy, as the harness does for every part of a question."""
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def measure() -> None:
    from course_grading.sandbox import self_attack
    from course_grading.sandbox.box import Sandbox

    with Sandbox() as sandbox:

        def box(source: str) -> Callable[[], None]:
            def start() -> None:
                with sandbox.open() as opened:
                    self_attack.begin(opened, source)

            return start

        ways: dict[str, Callable[[], None]] = {
            "Jupyter kernel, no sandbox": kernel,
            "interpreter with NumPy, no sandbox": plain,
            "the same in a fresh sandbox": box("pass"),
            "with IPython's shell": box(SHELL),
            "with Matplotlib's pyplot": box("import matplotlib.pyplot"),
            "fork of a ready process": forked,
        }
        times: dict[str, list[float]] = {way: [] for way in ways}
        for run in range(RUNS + 1):
            for way, start in ways.items():
                started = time.perf_counter()
                start()
                if run:  # the first round fills the caches
                    times[way].append(time.perf_counter() - started)
    ours = statistics.median(times["the same in a fresh sandbox"])
    for way, each in times.items():
        middle = statistics.median(each)
        print(f"{way:36} {1000 * middle:6.0f} ms   {middle / ours:5.2f} of ours")
