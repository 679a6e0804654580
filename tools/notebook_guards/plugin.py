"""A pytest plugin: strict nbval, and the guards against what nbval does not see.

nbval runs each notebook in a fresh kernel and compares texts. This plugin adds, for each notebook,

* an item "as stored", which holds the file against the rules in `rules.py`,
* figures compared by their pixels (`figures.py`),
* a kernel that is noticed within a second or two when it dies, and a shorter timeout,
* the kernel of the Python that runs pytest, whatever other kernels the machine has,
* failures that name notebook and cell, and say what to do.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from unittest import mock

import nbval.plugin
import pytest
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from notebook_guards.figures import (
    are_comparable,
    describe_difference,
    drawn_by,
    pictures_of,
    save_for_looking,
    without_pictures,
)
from notebook_guards.rules import REGENERATE, Cell, StoredNotebook, find_problems

NBVAL_CELL_TIMEOUT = 2000  # nbval's own default, in seconds
CELL_TIMEOUT = 300  # ours; --nbval-cell-timeout sets another
SECONDS_BETWEEN_LOOKS_AT_KERNEL = 1.0
NOT_COMPARED = "figures not compared"


# --- how pytest finds us --------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Set the defaults, refuse the lax mode, and let nbval start kernels that are watched."""
    option = config.option
    if option.nbval_lax:
        raise pytest.UsageError("--nbval-lax compares next to nothing; use --nbval.")
    if option.nbval_cell_timeout == NBVAL_CELL_TIMEOUT:
        option.nbval_cell_timeout = CELL_TIMEOUT
    if not option.nbval_kernel_name:
        option.nbval_current_env = True
    nbval.plugin.RunningKernel = WatchedKernel  # nbval looks its kernel class up by this name


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector):
    """Put a guarded notebook in the place of each notebook that nbval collects."""
    collectors = yield
    return [
        GuardedNotebook.from_parent(parent, path=file_path) if type(found) is IPyNbFile else found
        for found in collectors
    ]


def pytest_terminal_summary(terminalreporter) -> None:
    """Say so when figures were not compared; with the pinned Matplotlib all of them are."""
    reports = [report for group in terminalreporter.stats.values() for report in group]
    versions = [
        value
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, value in report.user_properties
        if name == NOT_COMPARED
    ]
    if versions:
        terminalreporter.write_line(
            f"{NOT_COMPARED}: {len(versions)}, drawn by Matplotlib "
            f"{', '.join(sorted(set(versions)))} and not by the one installed here. "
            "Their descriptions in words were compared."
        )


# --- the kernel -----------------------------------------------------------------------------------


class KernelDied(Exception):
    """The kernel's process has ended while an answer was awaited."""


class WatchedKernel(RunningKernel):
    """A kernel that says so when it has died, where nbval's would wait for the whole timeout.

    Progress bars are not shown in it: whether a run is long enough for one is not in the lesson.
    """

    def __init__(self, *args, **kwargs):
        with mock.patch.dict(os.environ, TQDM_DISABLE="1"):
            super().__init__(*args, **kwargs)

    def get_message(self, stream: str, timeout: float | None = None) -> dict:
        """Wait for a message, and look between short waits whether the kernel is alive."""
        deadline = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            left = max(0.0, deadline - time.monotonic())
            try:
                return super().get_message(stream, min(left, SECONDS_BETWEEN_LOOKS_AT_KERNEL))
            except Empty:
                if not self.is_alive():
                    raise KernelDied from None
                if time.monotonic() >= deadline:
                    raise


# --- the notebook and its cells -------------------------------------------------------------------


class GuardedNotebook(IPyNbFile):
    """A notebook: first the item "as stored", then one item for each code cell."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.shown_name = _shown_name(self.path, self.config.rootpath)
        self.stopped_because: str | None = None  # then the cells after it are skipped

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the items; nbval's cells become guarded ones, numbered as students see them."""
        yield NotebookAsStored.from_parent(self, name="as stored")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what nbformat warns of, "as stored" reports
            cells = list(super().collect())
        for cell in cells:
            number = cell.cell_num + 1
            yield GuardedCell.from_parent(
                self,
                name=f"cell {number}",
                cell_num=number,
                cell=cell.cell,
                options=cell.options,
            )

    def teardown(self) -> None:
        """Stop the kernel; nbval would leave the sockets of a dead one open."""
        super().teardown()
        if self.kernel is not None and hasattr(self.kernel, "km"):
            self.kernel.stop()


class GuardedCell(IPyNbCell):
    """A code cell: nbval's comparison of texts, then the figures by their pixels."""

    comparison_traceback: list[str] | None = None  # nbval fills one for each cell that it compares

    @property
    def place(self) -> str:
        """Notebook, number and first line of the cell, for a message."""
        return f"{self.parent.shown_name}, {Cell('code', self.cell_num, self.cell).place}"

    def setup(self) -> None:
        """After a dead kernel or a timeout, skip: nbval would go on, and expect failures."""
        if self.parent.stopped_because is not None:
            pytest.skip(f"not run: {self.parent.stopped_because}")

    def runtest(self) -> None:
        """Run the cell; when the kernel dies in it, say so."""
        try:
            super().runtest()
        except KernelDied:
            self.parent.stopped_because = f"the kernel died in cell {self.cell_num}"
            self.raise_cell_error(
                f"the kernel died in cell {self.cell_num}. Expected: the cell runs to its end. "
                "Run it in JupyterLab: it uses more memory than there is, ends its own process, "
                "or crashes a compiled library. The cells after it were not run."
            )
        finally:
            if self.parent.timed_out and self.parent.stopped_because is None:
                self.parent.stopped_because = f"cell {self.cell_num} ran out of time"

    def compare_outputs(self, test, ref, skip_compare=None) -> bool:
        """Compare texts as nbval does, then each picture with the stored one."""
        if not super().compare_outputs(test, ref, skip_compare):
            return False
        stored, drawn = pictures_of(ref), pictures_of(test)
        if len(stored) != len(drawn):
            self.comparison_traceback.append(
                f"Figures: {len(stored)} in the notebook, {len(drawn)} from the cell."
            )
            return False
        for number, (expected, actual) in enumerate(zip(stored, drawn, strict=True), start=1):
            if not are_comparable(expected, actual):
                self.user_properties.append((NOT_COMPARED, f"{drawn_by(expected)}"))
                continue
            difference = describe_difference(expected, actual)
            if difference is not None:
                folder = save_for_looking(expected, actual)
                self.comparison_traceback.append(
                    f"Figure {number} of this cell has changed: {difference}. "
                    f"Look at expected.png, actual.png and difference.png in {folder}"
                )
                return False
        return True

    def sanitize(self, s):
        """A text as it is compared: without the data of pictures, which are compared by pixels."""
        text = super().sanitize(s)
        return without_pictures(text) if isinstance(text, str) else text

    def repr_failure(self, excinfo, style=None) -> str:
        """What went wrong and where, the cell, the difference or traceback, and what to do."""
        error = excinfo.value
        lines = [f"{self.place}: {error or type(error).__name__}"]
        if isinstance(error, NbCellError):
            lines += ["", error.source, "", error.inner_traceback or ""]
        if self.comparison_traceback:
            lines += [
                "Expected: the output that is stored in the notebook. If what the cell gives now "
                f"is right, {REGENERATE}"
            ]
        return "\n".join(lines)

    def reportinfo(self):
        """The cell under the name that pytest shows beside the file's."""
        return self.path, 0, self.name


class NotebookAsStored(pytest.Item):
    """The file itself, before anything is run, held against all the rules at once."""

    def runtest(self) -> None:
        """Fail with every problem of the file."""
        problems = find_problems(StoredNotebook.read(self.path))
        if problems:
            raise NotebookProblems(problems)

    def repr_failure(self, excinfo, style=None) -> str:
        """One line for each problem."""
        if isinstance(excinfo.value, NotebookProblems):
            lines = [f"{self.parent.shown_name}, {problem}" for problem in excinfo.value.args[0]]
            return "\n".join(lines)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        """The item under the name that pytest shows beside the file's."""
        return self.path, 0, self.name


class NotebookProblems(Exception):
    """The file breaks rules; the first argument lists the problems."""


def _shown_name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
