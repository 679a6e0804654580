"""What the processes of a box use, as /proc says, and for which of it the box must be stopped."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from course_grading.sandbox.limits import Limits

TICKS = os.sysconf("SC_CLK_TCK")
BWRAP_THREADS = 8  # more than bubblewrap and what it starts have for themselves
SLOWEST = 20  # times as slow as the machine's clock that of a box may be


class Watch:
    """The watch over a process and all its descendants.

    Args:
        pid: of the first process.
        walled: whether they have a /tmp of their own.

    Attributes:
        cpu_seconds: of processor time that all of them have used, the ended ones too.
        seconds: that have passed for them.  Those in which they could not go on because others had
            the processors do not count, so that a busy machine costs nobody a point.
    """

    def __init__(self, pid: int, walled: bool) -> None:
        self.pid, self.walled = pid, walled
        self.cpu_seconds = self.seconds = 0.0
        self.looked = time.monotonic()
        self._processes: list[int] = []
        self._cpu_of: dict[int, float] = {}  # seconds of each process that was ever seen
        self._queued_of: dict[int, float] = {}

    def look(self) -> None:
        """Count time."""
        self._processes = list(descendants(self.pid))
        used = {pid: cpu_seconds(pid) for pid in self._processes}
        # Nobody inherits the time of a process whose parent ignores its end.
        self._cpu_of |= {pid: own for pid, (own, _) in used.items()}
        with_children = sum(own + children for own, children in used.values())
        before = self.cpu_seconds
        self.cpu_seconds = max(before, with_children, sum(self._cpu_of.values()))
        queued = {pid: queued_seconds(pid) for pid in self._processes}
        stood = sum(max(0.0, now - self._queued_of.get(pid, 0.0)) for pid, now in queued.items())
        self._queued_of |= queued
        now = time.monotonic()
        passed, self.looked = now - self.looked, now
        # Processes that stand in the queue behind each other, as those of a fork bomb, are no sign
        # of a busy machine: one of them is running.
        stood = min(stood, passed - (self.cpu_seconds - before))
        self.seconds += max(passed / SLOWEST, passed - max(0.0, stood))

    def excess(self, limits: Limits) -> str:
        """Of what they had too much when somebody looked: "memory", "processes"; or ""."""
        if self.walled and files(self._processes[-1]) > limits.files:
            return "memory"
        threads, memory = map(sum, zip(*map(threads_and_memory, self._processes), strict=True))
        if threads > limits.processes + BWRAP_THREADS:
            return "processes"
        # Pages that processes share count for each of them, so look closer before judging.
        if memory > limits.memory and (
            sum(map(proportional_memory, self._processes)) > limits.memory
        ):
            return "memory"
        return ""


def descendants(pid: int) -> Iterator[int]:
    """A process, its children, their children and so on.

    A process that has let its parent die belongs to the first one of the box, so it is found too.
    """
    waiting = [pid]
    while waiting:
        pid = waiting.pop()
        yield pid
        try:
            tasks = os.listdir(f"/proc/{pid}/task")
        except OSError:
            continue
        for task in tasks:
            waiting += [int(word) for word in _read(f"/proc/{pid}/task/{task}/children").split()]


def cpu_seconds(pid: int) -> tuple[float, float]:
    """Of a process, and of those of its children that have ended."""
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if not fields:
        return 0.0, 0.0
    user, system, of_children, system_of_children = (int(ticks) / TICKS for ticks in fields[11:15])
    return user + system, of_children + system_of_children


def queued_seconds(pid: int) -> float:
    """How long a process was ready to run and had no processor; 0 if this kernel does not count."""
    words = _read(f"/proc/{pid}/schedstat").split()  # nanoseconds: run, queued; and how often
    return int(words[1]) / 1e9 if len(words) == 3 else 0.0


def files(pid: int) -> int:
    """How many there are in /tmp and in /dev/shm, as a process in a box sees them."""
    root, count = f"/proc/{pid}/root", 0
    try:
        if os.stat(root).st_dev != os.stat("/").st_dev:  # else the box is only being made
            for folder in ("tmp", "dev/shm"):
                found = os.statvfs(f"{root}/{folder}")
                count += found.f_files - found.f_ffree
    except OSError:
        pass  # it has just ended
    return count


def threads_and_memory(pid: int) -> tuple[int, int]:
    """How many threads a process has, and how many bytes for itself or shared with its children,
    without files."""
    values = {"Threads": 0, "RssAnon": 0, "RssShmem": 0, "VmSwap": 0}
    for line in _read(f"/proc/{pid}/status").splitlines():
        field, _, value = line.partition(":")
        if field in values:
            values[field] = int(value.split()[0])
    count = values.pop("Threads")
    return count, 1024 * sum(values.values())


def proportional_memory(pid: int) -> int:
    """The same, with shared pages divided among those who share them."""
    lines = _read(f"/proc/{pid}/smaps_rollup").splitlines()
    kilobytes = [
        int(line.split()[1])
        for line in lines
        if line.startswith(("Pss_Anon:", "Pss_Shmem:", "SwapPss:"))
    ]
    return 1024 * sum(kilobytes) if kilobytes else threads_and_memory(pid)[1]


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
