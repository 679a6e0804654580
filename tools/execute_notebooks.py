"""Runs notebooks whole, each in a fresh kernel, and stores their outputs.

Called by `python3 run.py notebooks [NAME ...]`, in the environment of the course.  Run twice in a
row it changes no byte: what a run leaves behind beside the outputs (times, the version of Python,
how a stream was cut into pieces) is taken out.  A notebook with an error is left as it was.
"""

import argparse
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from course_nn.files import written_whole

ROOT = Path(__file__).resolve().parent.parent
SECONDS_PER_CELL = 300
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


class NotebookFailed(Exception):
    """Its text names the notebook, the cell and the error."""


def find_notebooks(names, root=ROOT):
    """The notebooks of these names (07_train, 07_train.ipynb, a path), or all of the course.

    These are the lessons, the workbook and the sources of the homework, not its student versions.
    """
    lessons = sorted((root / "notebooks").glob("*.ipynb"))
    lessons += sorted((root / "notebooks" / "workbook").glob("*.ipynb"))
    lessons += sorted((root / "notebooks" / "further").glob("*.ipynb"))
    sources = sorted((root / "homework" / "source").glob("[!.]*/*.ipynb"))
    known = {path.stem: path for path in lessons + sources}
    if not names:
        return list(known.values())
    unknown = [name for name in names if Path(name).name.removesuffix(".ipynb") not in known]
    if unknown:
        raise NotebookFailed(
            f"There is no notebook {', '.join(unknown)}. There are: {', '.join(known)}."
        )
    return [known[Path(name).name.removesuffix(".ipynb")] for name in names]


def merge_streams(outputs):
    """Joins neighbouring pieces of stdout (and of stderr): where they are cut is chance.

    So is the order of stdout and stderr when they meet; stdout comes first.
    """
    merged, neighbours = [], {}
    for output in outputs:
        if output["output_type"] != "stream":
            merged += [*sorted(neighbours.values(), key=stdout_first), output]
            neighbours = {}
        elif output["name"] in neighbours:
            neighbours[output["name"]]["text"] += output["text"]
        else:
            neighbours[output["name"]] = output
    return merged + sorted(neighbours.values(), key=stdout_first)


def stdout_first(stream):
    return stream["name"] != "stdout"


def normalise(notebook):
    """Takes out what depends on the machine or the moment rather than on the lesson."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata.update(nbformat.from_dict(METADATA))
    notebook.metadata.language_info = nbformat.from_dict(METADATA["language_info"])
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = merge_streams(cell.outputs)


def keep_timings(notebook, stored):
    """If nothing differs but the outputs of cells that print timings, those stay as stored too.

    Such cells carry the tag nbval-ignore-output. Without this, each run would change the file.
    """
    kept = []
    for new, old in zip(notebook.cells, stored.cells, strict=True):
        ignored = "nbval-ignore-output" in new.metadata.get("tags", [])
        if ignored and old.outputs:
            kept.append((new, old))
        elif new != old:
            return
    for new, old in kept:
        new.outputs = old.outputs


def execute(path, seconds_per_cell=SECONDS_PER_CELL):
    """Runs one notebook and stores it; returns whether the file changed."""
    before = path.read_bytes()
    notebook = nbformat.reads(before.decode("utf-8"), as_version=4)
    running = 0

    def remember(cell, cell_index):
        nonlocal running
        running = cell_index

    client = NotebookClient(
        notebook,
        kernel_name=METADATA["kernelspec"]["name"],
        timeout=seconds_per_cell,
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=remember,
        extra_arguments=["--log-level=ERROR"],  # no warning about encryption on one's own machine
    )
    try:
        client.execute(env=os.environ | {"TQDM_DISABLE": "1"})  # no bar on a slow machine
    except CellTimeoutError:
        problem = f"was still running after {seconds_per_cell} seconds"
    except DeadKernelError:
        problem = "its kernel died"
    except CellExecutionError as error:
        problem = f"{error.ename}: {error.evalue}"
    else:
        problem = None
    if problem:
        source = notebook.cells[running].source.strip().splitlines()
        raise NotebookFailed(
            f"{path.name}, cell {running + 1} ({source[0] if source else 'empty'}): {problem}\n"
            "The notebook was left as it was."
        )
    normalise(notebook)
    keep_timings(notebook, nbformat.reads(before.decode("utf-8"), as_version=4))
    nbformat.validate(notebook)
    after = (nbformat.writes(notebook).rstrip("\n") + "\n").encode("utf-8")
    if after == before:
        return False
    with written_whole(path) as file:
        file.write(after)
    return True


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="run.py notebooks", description=__doc__.split("\n")[0], allow_abbrev=False
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="a notebook; all if none is named")
    parser.add_argument(
        "--seconds-per-cell",
        type=int,
        default=SECONDS_PER_CELL,
        help="stop a notebook when a cell takes longer (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    try:
        for path in find_notebooks(options.names):
            print(f"{path.name} ...", end=" ", flush=True)
            changed = execute(path, options.seconds_per_cell)
            print("stored anew" if changed else "unchanged", flush=True)
    except NotebookFailed as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
