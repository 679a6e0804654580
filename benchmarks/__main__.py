"""Runs the measurements that are named on the command line, or all of them."""

import argparse
import os
import sys
from pathlib import Path

from benchmarks import kernel

# Before NumPy is imported: the processor's own kernel, and one thread for all.
LEFT_OUT = kernel.take_out(os.environ)
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks import (  # noqa: E402
    cluster,
    digits_accuracy,
    import_cost,
    long_runs,
    update_cost,
)

MEASUREMENTS = {
    "import": import_cost.measure,
    "update": update_cost.measure,
    "epochs": long_runs.measure,
    "digits": digits_accuracy.measure,
    "cluster": cluster.measure,
}
# instructors: begin
from benchmarks import grading_class, grading_speed, start_up  # noqa: E402

MEASUREMENTS |= {
    "start": start_up.measure,
    "grading": grading_speed.measure,
    "class": grading_class.measure,
}
# instructors: end


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="run.py bench", description=__doc__, allow_abbrev=False)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument(
        "--out",
        type=Path,
        default=update_cost.RESULTS,
        metavar="FOLDER",
        help="where `update` and `cluster` write their results",
    )
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in MEASUREMENTS]
    if unknown:
        print(f"No measurement {', '.join(unknown)}; there are: {', '.join(MEASUREMENTS)}.")
        return 2
    for name in options.names or MEASUREMENTS:
        print(f"== {name}")
        given = {"update": [options.out, LEFT_OUT], "cluster": [options.out]}
        MEASUREMENTS[name](*given.get(name, []))
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
