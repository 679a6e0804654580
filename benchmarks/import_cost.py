"""What `import course_nn` costs beside `import numpy` alone: whole processes, in turn."""

import os
import statistics
import subprocess
import sys
import time

RUNS = 15
TARGET = 1.15  # of the median ratio, on an idle machine


def seconds(statement: str) -> float:
    # NumPy was compiled when it was installed; our modules may keep what they compile, too.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, env=environment)
    return time.perf_counter() - started


def measure() -> None:
    statements = {"import numpy": [], "import course_nn": []}
    for run in range(RUNS + 1):
        for statement, times in statements.items():
            took = seconds(statement)
            if run:  # the first round fills the caches
                times.append(took)
    for statement, times in statements.items():
        middle = statistics.median(times)
        print(f"{statement:17} {1000 * middle:6.0f} ms (from {1000 * min(times):.0f})")
    numpy, ours = statements.values()
    ratios = sorted(b / a for a, b in zip(numpy, ours, strict=True))
    print(
        f"ratio {statistics.median(ratios):.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f}; "
        f"at most {TARGET})"
    )
