"""A scheduler and workers of Dask that are real processes on this machine, for tests to end."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from course_grading.sandbox.watch import descendants

ROOT = Path(__file__).parents[2]


def wait_until(what: Callable[[], object], within: float = 90.0) -> None:
    """Wait for what happens, and fail if it does not."""
    until = time.monotonic() + within
    while not what():
        assert time.monotonic() < until
        time.sleep(0.02)


class Loopback:
    """A scheduler; workers are started by `start`."""

    def __init__(
        self,
        folder: Path,
        words: Sequence[str] = (),
        python: str = sys.executable,
        variables: dict[str, str] | None = None,
        protocol: str = "tcp",
    ) -> None:
        self.folder, self.words, self.python = folder, [*words], python
        self.variables = {**os.environ, "PYTHONPATH": str(ROOT), **(variables or {})}
        self.file = folder / "scheduler.json"
        self.started: list[subprocess.Popen] = []
        self.protocol = protocol
        self.scheduler = self._run(
            *("scheduler", "--host", f"{protocol}://127.0.0.1", "--port", "0", "--no-dashboard"),
            *("--scheduler-file", str(self.file)),
        )
        self.address = self._told(60)["address"]

    def _run(self, what: str, *options: str, preload: str = "", **variables: str):
        more = ["--preload", preload] if preload else []
        command = [*self.words, self.python, "-m", f"distributed.cli.dask_{what}", *options, *more]
        with open(self.folder / f"{what}-{len(self.started)}.log", "wb") as log:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self.variables, **variables},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def _told(self, within: float) -> dict:
        until = time.monotonic() + within
        while time.monotonic() < until:
            with suppress(OSError, ValueError):
                return json.loads(self.file.read_text())
            time.sleep(0.05)
        raise AssertionError(self.logs())

    def logs(self) -> str:
        """What all of them have said."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def start(self, number=1, *, threads=1, nanny=False, preload="", **variables):
        """Workers; each is one process, or two with a nanny, which starts a new one for it."""
        local = self.folder / f"local-{len(self.started)}"
        return [
            self._run(
                *("worker", self.address, "--nthreads", str(threads), "--no-dashboard"),
                *("--nanny" if nanny else "--no-nanny", "--local-directory", str(local)),
                *("--host", f"{self.protocol}://127.0.0.1"),
                preload=preload,
                **variables,
            )
            for _ in range(number)
        ]

    def wait_for(self, number: int, **options) -> None:
        """Until so many workers are known."""
        import distributed

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # another patch level of Python
            client = distributed.Client(self.address, set_as_default=False, **options)
        with client:
            client.wait_for_workers(number, timeout=60)

    def close(self) -> None:
        """End all, and whatever they have started."""
        for process in self.started[::-1]:
            for pid in descendants(process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()


@contextmanager
def loopback(**options) -> Iterator[Loopback]:
    """A scheduler without workers; afterwards nothing of it is left."""
    with tempfile.TemporaryDirectory(prefix="loopback-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        own = Path(folder) / "own"
        own.mkdir(mode=0o777)
        own.chmod(0o777)
        made = Loopback(own, **options)
        try:
            yield made
        finally:
            made.close()
