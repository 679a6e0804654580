"""The progress bar of a long run: tqdm's, if there is tqdm.

Source: https://tqdm.github.io
"""

from __future__ import annotations

import sys
import time
from typing import Any

DELAY = 10.0  # seconds until a bar is shown that nobody asked for
LONGEST = 2**53  # updates: of a run with more, a bar does not say which part of it is done
SHORT = 1.0  # seconds: a run that ends before does not import tqdm, which takes a while


class Progress:
    """Counts the updates of a run, and shows them in a bar.

    Args:
        wanted: True: at once; None: if the run takes long; False: never.
        total: the updates of the whole run. done: those that were made before it is carried on.
        dashboard: the address of Dask's dashboard, to stand beside the bar, or "".
    """

    def __init__(self, wanted: bool | None, total: int, done: int, dashboard: str = "") -> None:
        self.beside = f"Dask's dashboard: {dashboard}" if dashboard else None
        self.wanted, self.total, self.initial, self.done = wanted, total, done, done
        self.started = time.time()  # by the clock of tqdm
        self.bar: Any = None
        if wanted:
            self._make_bar(delay=0.0)

    def update(self, updates: int) -> None:
        """So many more updates have been made."""
        self.done += updates
        if self.bar is not None:
            self.bar.update(updates)
        elif self.wanted is None and time.time() - self.started > SHORT:
            self._make_bar(delay=DELAY)

    def close(self) -> None:
        """The last look of a bar that was shown stays."""
        if self.bar is not None:
            self.bar.close()

    def _make_bar(self, delay: float) -> None:
        try:
            from tqdm import tqdm  # type: ignore[import-untyped]
        except ImportError:  # the core needs NumPy alone
            self.wanted = False
            return

        class Bar(tqdm):  # type: ignore[misc]
            monitor_interval = 0  # no thread

        total = self.total if self.total <= LONGEST else None
        bar = Bar(total=total, initial=self.initial, unit="update", delay=delay, file=sys.stdout)
        if self.beside:
            bar.set_postfix_str(self.beside, refresh=False)
        bar.start_t = bar.last_print_t = self.started
        bar.update(self.done - self.initial)
        self.bar = bar
