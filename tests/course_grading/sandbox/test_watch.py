"""What is counted of the processes of a box, and that a busy machine is not held against them."""

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from itertools import pairwise

import pytest

from course_grading.sandbox import watch
from course_grading.sandbox.limits import Limits
from course_grading.sandbox.watch import SLOWEST, Watch, descendants

SPIN = "while True: pass"


@pytest.fixture
def start():
    """A function that starts a program of Python."""
    processes = []

    def start(script):
        processes.append(subprocess.Popen([sys.executable, "-I", "-S", "-c", script]))
        return processes[-1].pid

    yield start
    for process in processes:
        process.kill()
        process.wait()


class Machine:
    """A machine of which the test says what its processes do."""

    def __init__(self, monkeypatch):
        self.now, self.used, self.queued = 100.0, {1: 0.0}, {1: 0.0}
        monkeypatch.setattr(watch.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(watch, "descendants", lambda pid: list(self.used))
        monkeypatch.setattr(watch, "cpu_seconds", lambda pid: (self.used[pid], 0.0))
        monkeypatch.setattr(watch, "queued_seconds", lambda pid: self.queued[pid])

    def goes_on(self, passed, used=0.0, queued=0.0):
        """All of its processes use and stand in the queue for so many seconds."""
        self.now += passed
        for pid in self.used:
            self.used[pid] += used
            self.queued[pid] += queued


@pytest.fixture
def machine(monkeypatch):
    return Machine(monkeypatch)


def test_time_passes_for_who_sleeps_and_for_who_works(machine):
    one = Watch(1, walled=False)
    for step, seconds in (((0.8, 0.0, 0.0), 0.8), ((1.0, 1.0, 0.0), 1.8), ((1.0, 0.4, 0.1), 2.7)):
        machine.goes_on(*step)
        one.look()
        assert one.seconds == pytest.approx(seconds)
    assert one.cpu_seconds == pytest.approx(1.4)


def test_no_time_passes_for_who_has_no_processor_but_a_little(machine):
    one = Watch(1, walled=False)
    machine.goes_on(1.0, used=0.2, queued=0.8)
    one.look()
    assert one.seconds == pytest.approx(0.2)
    machine.goes_on(1.0, queued=1.0)
    one.look()
    assert one.seconds == pytest.approx(0.2 + 1.0 / SLOWEST)


def test_what_passes_while_nobody_looks_is_not_the_time_of_the_box(machine):
    """The grader was stopped and goes on; the processor time that was used counts in full."""
    one = Watch(1, walled=False)
    machine.goes_on(1000.0, used=30.0)
    one.look()
    assert one.seconds == watch.LONGEST
    assert one.cpu_seconds == 30.0
    machine.goes_on(0.5)
    one.look()
    assert one.seconds == pytest.approx(watch.LONGEST + 0.5)


def test_a_queue_of_its_own_making_is_no_busy_machine(machine):
    """Twenty processes on two processors, of which nobody else wants anything."""
    machine.used, machine.queued = dict.fromkeys(range(20), 0.0), dict.fromkeys(range(20), 0.0)
    one = Watch(1, walled=False)
    machine.goes_on(1.0, used=0.1, queued=0.9)
    one.look()
    assert one.cpu_seconds == pytest.approx(2.0)
    assert one.seconds == pytest.approx(1.0)


def test_a_queue_of_who_wakes_up_together_is_no_busy_machine(machine):
    """Twenty that sleep, and work a little at the same moments: each stands behind the others."""
    machine.used, machine.queued = dict.fromkeys(range(20), 0.0), dict.fromkeys(range(20), 0.0)
    one = Watch(1, walled=False)
    machine.goes_on(1.0, used=0.005, queued=0.0475)
    one.look()
    assert one.cpu_seconds == pytest.approx(0.1)
    assert one.seconds == pytest.approx(1.0)
    assert one.queued == 0.0


@pytest.mark.all
def test_the_kernel_says_who_stands_in_the_queue(start):
    """Two that spin on one processor."""
    pids = [start(SPIN) for _ in range(2)]
    for pid in pids:
        os.sched_setaffinity(pid, [min(os.sched_getaffinity(0))])
    watches = [Watch(pid, walled=False) for pid in pids]
    for one in watches:
        one.look()  # what was before they met there does not count
    before = [(one.cpu_seconds, one.seconds, one.looked) for one in watches]
    while any(
        one.cpu_seconds - cpu < 0.4 for one, (cpu, _, _) in zip(watches, before, strict=True)
    ):
        for one in watches:
            one.look()
        time.sleep(0.02)
    if watch.queued_seconds(pids[0]) == 0.0:
        pytest.skip("this kernel does not count it")
    for one, (_, seconds, looked) in zip(watches, before, strict=True):
        assert one.seconds - seconds < 0.9 * (one.looked - looked)


def test_time_passes_for_a_process_that_sleeps_or_is_stopped(start):
    one = Watch(start("import time; time.sleep(100)"), walled=False)
    while one.seconds < 0.3:
        time.sleep(0.05)
        one.look()
    assert one.cpu_seconds < 0.3


def test_descendants_are_found_however_deep(start):
    script = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(100)\n"
        "    time.sleep(100)\n"
        "time.sleep(100)"
    )
    pid = start(script)
    while len(found := list(descendants(pid))) < 3:
        time.sleep(0.01)
    assert found[0] == pid
    parents = [watch._text(f"/proc/{each}/stat").rpartition(")")[2].split()[1] for each in found]
    assert [str(parent) for parent, _ in pairwise(found)] == parents[1:]
    for each in reversed(found):
        os.kill(each, 9)


def test_of_a_process_that_is_gone_nothing_is_known():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    one = Watch(child, walled=True)
    one.look()
    assert (one.cpu_seconds, one.excess(Limits())) == (0.0, "")
    assert watch.queued_seconds(child) == 0.0


def test_a_kernel_that_does_not_count_the_queue(monkeypatch):
    monkeypatch.setattr(watch, "_text", lambda path: "")
    assert watch.queued_seconds(1) == 0.0


def unreadable(pid):
    raise PermissionError(pid)


@pytest.mark.parametrize(
    "count, reason",
    [("cpu_seconds", "cpu"), ("threads", "processes"), ("memory", "memory")],
)
def test_what_cannot_be_read_counts_as_over_the_limit(start, monkeypatch, count, reason):
    one = Watch(start("import time; time.sleep(100)"), walled=False)
    one.look()
    assert one.excess(Limits()) == ""
    monkeypatch.setattr(watch, count, unreadable)
    monkeypatch.setattr(watch, "shared_memory", unreadable)
    one.look()
    assert one.excess(Limits()) == reason
    assert one.cpu_seconds < 100  # it stands in a record


def test_files_that_cannot_be_counted_are_too_many_once_the_box_is_made(start, monkeypatch):
    one = Watch(start("import os, time; os.fork(); time.sleep(100)"), walled=True)
    while len(list(descendants(one.pid))) < 2:
        time.sleep(0.01)
    for count, reason in (
        (unreadable, ""),
        (lambda pid: None, ""),
        (lambda pid: 5, ""),
        (unreadable, "memory"),
    ):
        monkeypatch.setattr(watch, "files", count)
        one.look()
        assert one.excess(Limits(files=5)) == reason
    assert one.excess(Limits(files=4)) == "memory"


def test_what_may_wait_in_sockets_is_memory(start, monkeypatch):
    one = Watch(start("import os, time; os.fork(); time.sleep(100)"), walled=True)
    while len(list(descendants(one.pid))) < 2:
        time.sleep(0.01)
    one.look()
    most = Limits(memory=200 << 20)
    monkeypatch.setattr(watch, "files", lambda pid: 0)
    for count, reason in (
        (lambda pid: 0, ""),
        (lambda pid: 1000, "memory"),
        (unreadable, "memory"),
    ):
        monkeypatch.setattr(watch, "sockets", count)
        assert one.excess(most) == reason


def test_a_socket_holds_no_more_than_is_counted_for_it():
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        for size in (100_000, 60_000, 7_000):
            sent = 0
            one, other = socket.socketpair(socket.AF_UNIX, kind)
            with one, other:
                one.setblocking(False)
                with suppress(BlockingIOError):
                    while True:
                        sent += one.send(bytes(size))
            assert 50_000 < sent <= watch.memory_of_a_socket()


PAIRS = """
import os, socket, time
pairs = [socket.socketpair() for _ in range(5)]
print(flush=True)
time.sleep(100)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a network by itself")
def test_the_sockets_of_a_box_are_counted():
    command = ["unshare", "--net", "--", sys.executable, "-I", "-S", "-c", PAIRS]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as box:
        box.stdout.readline()
        try:
            assert watch.sockets(box.pid) == 10
        finally:
            box.kill()
    with pytest.raises(OSError):
        watch.sockets(box.pid)


PAGES_THAT_ARE_READ = """
import mmap, time
pages = mmap.mmap(-1, 1 << 30, mmap.MAP_PRIVATE)
pages.madvise(mmap.MADV_NOHUGEPAGE)
for i in range(0, 1 << 30, 1 << 21):
    pages[i]
print(flush=True)
time.sleep(100)
"""


def test_the_tables_of_pages_that_are_only_read_are_memory():
    command = [sys.executable, "-I", "-S", "-c", PAGES_THAT_ARE_READ]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        try:
            own = watch._fields(f"/proc/{process.pid}/status", watch.OF_ITS_OWN) * 1024
            for count in (watch.memory, watch.shared_memory):
                assert count(process.pid) > own + 2_000_000
        finally:
            process.kill()


def test_what_is_gone_when_it_is_listed_again_counts_nothing(start, monkeypatch):
    one = Watch(start("import time; time.sleep(100)"), walled=False)
    one.look()
    one._processes.append(4_000_000)  # that no kernel gives to a process
    assert one.excess(Limits()) == ""


WITHOUT_FIRST_THREAD = """
import ctypes, platform, threading, time
kept = []
def hold():
    kept.append(b"x" * 50_000_000)
    ctypes.CDLL(None).prctl(15, b"\x0bThreads:\t\x0bRssAnon:\t7")
    time.sleep(100)
threading.Thread(target=hold).start()
while not kept:
    time.sleep(0.01)
ctypes.CDLL(None).syscall(60 if platform.machine() == "x86_64" else 93, 0)
"""


def test_the_memory_of_a_process_is_that_of_any_of_its_threads(start):
    """Also if one of them has a name in which some would see lines."""
    pid = start(WITHOUT_FIRST_THREAD)
    while watch._stat(f"/proc/{pid}")[6] & watch.LEAVING == 0:
        time.sleep(0.01)
    assert not watch.leaving(pid)
    assert 50_000_000 < watch.memory(pid) < 200_000_000
    assert 50_000_000 < watch.shared_memory(pid) < 200_000_000
    assert watch.threads(pid) == 2


def test_who_has_ended_and_is_not_yet_asked_for_has_nothing(start):
    child = os.fork()
    if child == 0:
        os._exit(0)
    while not watch.leaving(child):
        time.sleep(0.01)
    assert (watch.memory(child), watch.shared_memory(child)) == (0, 0)
    os.waitpid(child, 0)
    assert watch.leaving(child)
