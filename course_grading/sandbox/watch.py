"""What the processes of a box use, as /proc says, and for which of it the box must be stopped.

A submission decides which processes there are, and when they end.  So what cannot be read counts as
over every limit, unless a second listing shows that it is gone; nothing that fails counts as 0.
Text of /proc is split at line feeds only: a process may have any other character in its name.
"""

from __future__ import annotations

import math
import os
import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TypeVar

from course_grading.sandbox.limits import Limits

TICKS = os.sysconf("SC_CLK_TCK")
BWRAP_THREADS = 8  # more than bubblewrap and what it starts have for themselves
SLOWEST = 20  # times as slow as the machine's clock that of a box may be
LONGEST = 1.0  # seconds of a box from one look to the next: twenty times as long as there should be
LEAVING = 0x4  # PF_EXITING of the kernel: a thread that runs no code of its program any more
TRIES = 5  # listings of threads, of which one must be whole
OF_ITS_OWN = ("RssAnon", "RssShmem", "VmSwap")  # memory without files, in `status`
SHARED_OUT = ("Pss_Anon", "Pss_Shmem", "SwapPss")  # the same in `smaps_rollup`
PAGE_TABLES = ("VmPTE",)  # in `status`: pages that are only read take no memory, their tables do

T = TypeVar("T")


class Watch:
    """The watch over a process and all its descendants.

    Args:
        pid: of the first process.
        walled: whether they have a /tmp of their own.

    Attributes:
        cpu_seconds: of processor time that all of them have used, the ended ones too.
        seconds: that have passed for them.  Those in which they could not go on because others had
            the processors do not count, so that a busy machine costs nobody a point; nor do those
            in which nobody looked, because the grader itself stood still.
        queued: how many seconds those were.
        counts_queue: whether the kernel says so; if not, they are not known.
    """

    def __init__(self, pid: int, walled: bool) -> None:
        self.pid, self.walled = pid, walled
        self.cpu_seconds = self.seconds = self.queued = 0.0
        self.counts_queue = queue_is_counted()
        self.looked = time.monotonic()
        self._processes: list[int] = []
        self._cpu_of: dict[int, float] = {}  # seconds of each process that was ever seen
        self._queued_of: dict[int, float] = {}
        self._made = False  # the box, with its /tmp
        self._hidden = False  # somebody is there whose time cannot be read

    def look(self) -> None:
        """Count time."""
        self._processes = list(descendants(self.pid))
        used, self._hidden = self._read(cpu_seconds, self._processes)
        worked = {pid: own - self._cpu_of.get(pid, 0.0) for pid, (own, _) in used.items()}
        # Nobody inherits the time of a process whose parent ignores its end.
        self._cpu_of |= {pid: own for pid, (own, _) in used.items()}
        with_children = sum(own + children for own, children in used.values())
        before = self.cpu_seconds
        self.cpu_seconds = max(before, with_children, sum(self._cpu_of.values()))
        queued = {pid: queued_seconds(pid) for pid in self._processes}
        # Of the one that stood longest: twenty that wake up together stand behind each other, and
        # all their times added up would be ten times what they use; and as long as others of the
        # box worked, it may have been behind these.
        behind = {pid: sum(worked.values()) - worked.get(pid, 0.0) for pid in queued}
        longer = (now - self._queued_of.get(pid, 0.0) - behind[pid] for pid, now in queued.items())
        stood = max(longer, default=0.0)
        self._queued_of |= queued
        now = time.monotonic()
        passed, self.looked = now - self.looked, now
        # Nor are those that never leave the queue, as in a fork bomb, a sign of a busy machine: one
        # of them is running.
        stood = max(0.0, min(stood, passed - (self.cpu_seconds - before)))
        self.queued += stood
        # A submission can make a look longer, but hardly longer than this; a second it still pays.
        self.seconds += min(LONGEST, max(passed / SLOWEST, passed - stood))

    def excess(self, limits: Limits) -> str:
        """Of what they had too much when somebody looked: "cpu", "memory", "processes"; or ""."""
        if self._hidden:
            return "cpu"
        if self.walled and self._of_the_box(files) > limits.files:
            return "memory"
        if self._sum(threads) > limits.processes + BWRAP_THREADS:
            return "processes"
        left = limits.memory
        if self._made:
            left -= self._of_the_box(sockets) * memory_of_a_socket()
        # Pages that processes share count for each of them, so look closer before judging.
        if self._sum(memory) > left and self._sum(shared_memory) > left:
            return "memory"
        return ""

    def _read(
        self, count: Callable[[int], T], processes: Sequence[int]
    ) -> tuple[dict[int, T], bool]:
        """What is counted of each of them; and whether one is there that cannot be read."""
        found, unread = {}, []
        for pid in processes:
            try:
                found[pid] = count(pid)
            except OSError:
                unread.append(pid)
        if not unread:
            return found, False
        there = set(descendants(self.pid))
        return found, any(pid in there and not leaving(pid) for pid in unread)

    def _sum(self, count: Callable[[int], int]) -> float:
        found, lost = self._read(count, self._processes)
        return math.inf if lost else sum(found.values())

    def _of_the_box(self, count: Callable[[int], int | None]) -> float:
        """As its first process sees it, which is there as long as the box."""
        first = self._processes[1:2]  # below bubblewrap outside
        found, lost = self._read(count, first)
        if lost and self._made:
            return math.inf
        counts = [each for each in found.values() if each is not None]
        self._made |= bool(counts)
        return sum(counts)


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
            continue  # it has ended, and the first one of the box has its children
        for task in tasks:
            try:
                children = _text(f"/proc/{pid}/task/{task}/children")
            except OSError:
                continue
            waiting += [int(word) for word in children.split()]


def cpu_seconds(pid: int) -> tuple[float, float]:
    """Of a process, and of those of its children that have ended.  Raises OSError."""
    user, system, of_children, system_of_children = _stat(f"/proc/{pid}")[11:15]
    return (user + system) / TICKS, (of_children + system_of_children) / TICKS


def queued_seconds(pid: int) -> float:
    """How long a process was ready to run and had no processor; 0, which lets its time pass, if it
    is gone or this kernel does not count."""
    try:
        words = _text(f"/proc/{pid}/schedstat").split()  # nanoseconds: run, queued; and how often
    except OSError:
        return 0.0
    return int(words[1]) / 1e9 if len(words) == 3 else 0.0


def queue_is_counted() -> bool:
    """Whether this kernel counts how long somebody stands in the queue."""
    try:
        return _text("/proc/self/schedstat").split()[0] != "0"  # it has run, at least
    except (OSError, IndexError):
        return False


def files(pid: int) -> int | None:
    """How many there are in /tmp and in /dev/shm, as a process in a box sees them; None while the
    box is only being made.  Raises OSError."""
    root = f"/proc/{pid}/root"
    if os.stat(root).st_dev == os.stat("/").st_dev:
        return None
    found = [os.statvfs(f"{root}/{folder}") for folder in ("tmp", "dev/shm")]
    return sum(each.f_files - each.f_ffree for each in found)


def sockets(pid: int) -> int:
    """How many there are in the network of a box, as a process in it sees it, whoever has them
    open.  Raises OSError."""
    words = _text(f"/proc/{pid}/net/sockstat").split()  # "sockets: used 4"
    if words[:2] != ["sockets:", "used"]:
        raise OSError("this kernel does not count sockets")
    return int(words[2])


@cache
def memory_of_a_socket() -> int:
    """The most bytes that wait in one: its buffer, and a last message that may be as large."""
    pair = socket.socketpair()
    try:
        return 2 * pair[0].getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    finally:
        for end in pair:
            end.close()


def threads(pid: int) -> int:
    """How many a process has.  Raises OSError."""
    return _fields(f"/proc/{pid}/status", ("Threads",))


def memory(pid: int) -> int:
    """How many bytes a process has for itself or shared with its children, without files.  Raises
    OSError."""
    return 1024 * _of_a_living_thread(pid, "status", OF_ITS_OWN + PAGE_TABLES)


def shared_memory(pid: int) -> int:
    """The same, with shared pages divided among those who share them.  Raises OSError."""
    try:
        of_tables = _of_a_living_thread(pid, "status", PAGE_TABLES)
        return 1024 * (of_tables + _of_a_living_thread(pid, "smaps_rollup", SHARED_OUT))
    except OSError:
        return memory(pid)  # which is more


def _of_a_living_thread(pid: int, file: str, names: Sequence[str]) -> int:
    """A process has its memory in common; a thread that has left, even the first one, shows none.

    Raises OSError if it can be read of no thread, and is not known to be gone.
    """
    try:
        return _fields(f"/proc/{pid}/{file}", names)
    except OSError:
        pass
    for _ in range(TRIES):
        tasks = os.listdir(f"/proc/{pid}/task")
        for task in tasks:
            try:
                return _fields(f"/proc/{pid}/task/{task}/{file}", names)
            except OSError:
                pass
        if leaving(pid):
            return 0
    raise OSError(f"process {pid} does not say what memory it has")


def leaving(pid: int) -> bool:
    """Whether a process has ended, or all its threads are about to: they run nothing any more."""
    try:
        tasks = set(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return True
    for task in tasks:
        try:
            if not _stat(f"/proc/{pid}/task/{task}")[6] & LEAVING:
                return False
        except OSError:
            pass  # gone since; if it has made another one before, that is in the second listing
    try:
        return set(os.listdir(f"/proc/{pid}/task")) <= tasks
    except OSError:
        return True


def _stat(folder: str) -> list[int]:
    """The numbers behind the name of a process or thread; the first is its state, here 0."""
    fields = _text(f"{folder}/stat").rpartition(")")[2].split()
    if not fields:
        raise ProcessLookupError(f"{folder}/stat is empty")
    return [0, *map(int, fields[1:])]


def _fields(path: str, names: Sequence[str]) -> int:
    """The sum of these fields.  Raises OSError if one is missing."""
    # ^ stands behind a line feed alone, and not behind a vertical tab, which a name may have.
    pattern = rf"^({'|'.join(names)}):[ \t]*(\d+)"
    found = {name: int(number) for name, number in re.findall(pattern, _text(path), re.MULTILINE)}
    if len(found) < len(names):
        raise OSError(f"{path} does not say {', '.join(names)}")
    return sum(found.values())


def _text(path: str) -> str:
    with open(path, "rb", buffering=0) as file:  # there are twenty such files in each look
        return file.read().decode("utf-8", "replace")
