"""Does anything notice a wrong sign in an equation's twin? Plant one at each mark, and see.

The value that a marked statement computes is negated, and the cells from there on are run. What
they print and show must differ from what is stored, or an error must come; otherwise nothing
checks the twin. The cells are run in one process, which forks before each marked cell, so that
what comes before it is run only once:

    python notebook_wrong_signs.py NOTEBOOK RESULT.json [WHICH]

With WHICH, only that one is planted and nothing is forked; -1 plants none.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import numbers
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from notebook_guards.figures import without_pictures
from notebook_guards.rules import REGENERATE, Cell, StoredNotebook

TIME_LIMIT = 300  # seconds for a notebook and everything planted in it
TIME_LIMIT_OF_A_FORK = 60  # a wrong sign may make a loop endless
NOT_COMPARED = {"image/png", "text/latex"}  # nor does nbval: the first differ from drawer to drawer
CAN_FORK = hasattr(os, "fork")


@dataclass(frozen=True)
class WrongSign:
    """Where one is planted: the code cell, counted from 0, and places in `ast.walk` of its source.

    `numbers` are those of the equations whose marks stand there.
    """

    cell: int
    values: tuple[int, ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What a planted wrong sign led to. `cell` is the number of the cell that noticed, or None."""

    cell: int | None
    words: str


def wrong_signs_for(notebook: StoredNotebook) -> list[WrongSign]:
    """One for each marked statement of the notebook, in order."""
    found: dict[tuple[int, tuple[int, ...]], list[str]] = {}
    for index, cell in enumerate(notebook.code_cells):
        for mark in cell.marks:
            if mark.values:
                found.setdefault((index, mark.values), []).append(mark.number)
    return [WrongSign(*place, tuple(numbers)) for place, numbers in found.items()]


def describe_unchecked(notebook: Path, fork: bool = CAN_FORK) -> list[str]:
    """A sentence for each twin in which a wrong sign goes unnoticed."""
    return [
        f"{StoredNotebook.read(notebook).code_cells[planted.cell].place}: the twin of "
        f"({'), ('.join(planted.numbers)}) is not checked: {outcome.words}"
        for planted, outcome in plant_all(notebook, fork)
        if outcome.cell is None
    ]


def plant_all(notebook: Path, fork: bool = CAN_FORK) -> list[tuple[WrongSign, Outcome]]:
    """Plant every wrong sign, each by itself. RuntimeError if the notebook fails without one."""
    planted = wrong_signs_for(StoredNotebook.read(notebook))
    if not planted:
        return []
    if fork:
        answers = _run_in_a_process(notebook)
    else:
        _run_in_a_process(notebook, "-1")
        answers = [_run_in_a_process(notebook, str(i))[0] for i in range(len(planted))]
    return [(each, Outcome(*answer)) for each, answer in zip(planted, answers, strict=True)]


def _run_in_a_process(notebook: Path, *which: str) -> list:
    """What this file, run as a program, has to say."""
    # One thread each: forked processes must not wait for the threads of the one they came from.
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    environment = os.environ | threads | {"MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8"}
    environment["TQDM_DISABLE"] = "1"  # a bar, on a slow machine, is no output of the lesson
    paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result.json")
        run = subprocess.run(
            [sys.executable, "-m", "notebook_guards.wrong_signs", notebook, result, *which],
            cwd=notebook.parent,
            env=environment | {"IPYTHONDIR": folder},
            capture_output=True,
            timeout=TIME_LIMIT,
        )
        if run.returncode != 0:
            last_lines = run.stderr.decode(errors="replace").splitlines()[-8:]
            raise RuntimeError("\n".join([f"{notebook.name} could not be run:", *last_lines]))
        return json.loads(result.read_text(encoding="utf-8"))


# --- one process ----------------------------------------------------------------------------------


class NoSign(BaseException):
    """A value is no number, nor anything that holds or returns numbers."""


def negated(value):
    """The number with the other sign; of a list, dict or function, each number in it."""
    if callable(value):
        return lambda *args, **kwargs: negated(value(*args, **kwargs))
    if isinstance(value, tuple | list):
        return type(value)(negated(each) for each in value)
    if isinstance(value, dict):
        return {key: negated(each) for key, each in value.items()}
    is_number = isinstance(value, numbers.Number) and not isinstance(value, bool)
    if is_number or (isinstance(value, np.ndarray) and value.dtype.kind in "iufc"):
        return -value
    raise NoSign(f"the marked line makes a {type(value).__name__}, which has no sign.")


class Negate(ast.NodeTransformer):
    """Wrap the chosen expressions of a cell in a call of `negated`."""

    def __init__(self, places: tuple[int, ...]) -> None:
        self.places = places

    def visit_Module(self, tree: ast.Module) -> ast.Module:
        nodes = list(ast.walk(tree))
        self.chosen = [nodes[place] for place in self.places]
        self.generic_visit(tree)
        return ast.fix_missing_locations(tree)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        node = super().generic_visit(node)
        if node in self.chosen:
            name = ast.Name(negated.__name__, ast.Load())
            return ast.copy_location(ast.Call(name, [node], []), node)
        return node


class Run:
    """The cells of a notebook, run one after the other as in JupyterLab, and compared."""

    def __init__(self) -> None:
        from IPython.core.displayhook import CapturingDisplayHook
        from IPython.core.displaypub import CapturingDisplayPublisher
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        # Without a history there is no thread that writes it, and no lock to fork with.
        self.shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
        self.shell.display_pub = CapturingDisplayPublisher()
        self.shown = self.shell.display_pub.outputs
        hook = CapturingDisplayHook(shell=self.shell, outputs=self.shown)
        self.shell.display_trap.hook = hook

    def difference(self, cell: Cell, planted: WrongSign | None = None) -> str | None:
        """Run the cell; how it differs from what is stored, or None."""
        self.shown.clear()
        printed = {"stdout": io.StringIO(), "stderr": io.StringIO()}
        self.shell.ast_transformers = [Negate(planted.values)] if planted else []
        self.shell.user_ns[negated.__name__] = negated
        with (
            contextlib.redirect_stdout(printed["stdout"]),
            contextlib.redirect_stderr(printed["stderr"]),
        ):
            result = self.shell.run_cell(cell.source)
        error = result.error_before_exec or result.error_in_exec
        if isinstance(error, NoSign):
            raise error
        if error is not None:
            return f"{type(error).__name__}: {error}"
        if "nbval-ignore-output" in cell.node.metadata.get("tags", []):
            return None
        shown = [output["data"] for output in self.shown]
        actual = {name: text.getvalue() for name, text in printed.items()}
        return _first_difference(_stored(cell), actual | _by_type(shown))


def _stored(cell: Cell) -> dict[str, str]:
    """The stored outputs of the cell, by stream or type."""
    streams = {"stdout": "", "stderr": ""}
    for output in cell.outputs:
        if output.output_type == "stream":
            streams[output.name] += output.text
    return streams | _by_type([output.get("data", {}) for output in cell.outputs])


def _by_type(shown: list[dict]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for data in shown:
        for mime in set(data) - NOT_COMPARED:
            texts[mime] = texts.get(mime, "") + without_pictures(data[mime]) + "\n"
    return texts


def _first_difference(stored: dict[str, str], actual: dict[str, str]) -> str | None:
    for name in sorted(stored.keys() | actual.keys()):
        expected, came = stored.get(name, ""), actual.get(name, "")
        if expected != came:
            lines = zip([*expected.splitlines(), ""], [*came.splitlines(), ""], strict=False)
            first = next((pair for pair in lines if pair[0] != pair[1]), ("", ""))
            return f"stored {first[0]!r}, now {first[1]!r}"
    return None


def _try(run: Run, cells: list[Cell], planted: WrongSign) -> Outcome:
    """Run the cells, the first one with the wrong sign in it, up to the first difference."""
    try:
        for cell in cells:
            difference = run.difference(cell, planted if cell is cells[0] else None)
            if difference is not None:
                return Outcome(cell.number, difference)
    except NoSign as error:
        return Outcome(None, str(error))
    return Outcome(None, "with a wrong sign every cell shows what it showed before.")


def _in_a_fork(function: Callable[[], Outcome]) -> Outcome:
    """What the function returns in a copy of this process."""
    import signal

    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            signal.alarm(TIME_LIMIT_OF_A_FORK)
            os.close(reading)
            outcome = function()
            with open(writing, "w", encoding="utf-8") as pipe:
                json.dump([outcome.cell, outcome.words], pipe)
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    os.waitpid(process, 0)
    return Outcome(*json.loads(text)) if text else Outcome(0, "the run did not come to its end.")


def run_notebook(path: Path, which: int | None = None) -> list[Outcome]:
    """Run the notebook, and plant all of its wrong signs or one of them."""
    notebook = StoredNotebook.read(path)
    cells, planted, run = notebook.code_cells, wrong_signs_for(notebook), Run()
    outcomes: list[Outcome] = []
    # Further than the last cell that noticed one, nobody needs to know what comes without one.
    last_needed = max(each.cell for each in planted) + 1 if which is None else len(cells)
    for index, cell in enumerate(cells):
        for number, each in enumerate(planted):
            attempt = partial(_try, run, cells[index:], each)
            if each.cell == index and which is None:
                outcomes.append(_in_a_fork(attempt))
                last_needed = max(last_needed, outcomes[-1].cell or 0)
            elif each.cell == index and which == number:
                return [attempt()]
        if cell.number > last_needed:
            break
        difference = run.difference(cell)
        if difference is not None:
            raise RuntimeError(f"{cell.place}, as it is: {difference}; {REGENERATE}")
    return outcomes


if __name__ == "__main__":
    notebook_path, result_path, *which_one = sys.argv[1:]
    found = run_notebook(Path(notebook_path), *map(int, which_one))
    Path(result_path).write_text(
        json.dumps([[outcome.cell, outcome.words] for outcome in found]), encoding="utf-8"
    )
