"""The grader attacks its own sandbox before it lets submissions in, and proves each wall and limit.

Each attack does from inside what a submission might try, with something real on the other side: a
file that anybody may read, a server that answers, a secret in the grader's environment.  A wall
holds only if the attack says so and what it aimed at is untouched.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from course_exercises.homework.actions import Call, Failure, Get, Step
from course_grading.sandbox import channel
from course_grading.sandbox.box import (
    Box,
    CannotSandbox,
    Limits,
    Sandbox,
    Stopped,
    descendants,
    masks,
)
from course_grading.sandbox.inside import wire
from course_grading.sandbox.temporary_folder import TemporaryFolder

MEGABYTE = 1 << 20
TRIAL = Limits(
    memory=100 * MEGABYTE,
    address_space=900 * MEGABYTE,
    processes=12,
    open_files=64,
    file_size=4 * MEGABYTE,
    temporary=8 * MEGABYTE,
    shared=2 * MEGABYTE,
    files=2_000,
    cpu=10.0,
    output=MEGABYTE,
    frame=MEGABYTE // 2,
)
LITTLE_CPU = 0.1  # seconds, where the limit of processor time is what is proven

# Each function returns "closed" or what it got through to.
ATTACKS = """
import ctypes, json, mmap, os, signal, socket, stat, struct, subprocess, time

libc = ctypes.CDLL(None, use_errno=True)

def refused(action, *errors):
    try:
        got = action()
    except errors or OSError as error:
        return "closed"
    return "open: " + repr(got)[:60]

def read_file(path):
    return refused(lambda: open(path).read(), FileNotFoundError, PermissionError)

def write_somewhere(paths):
    for path in paths:
        probe = os.path.join(path, "probe-of-the-sandbox")
        try:
            open(probe, "w").close()
        except OSError:
            continue
        return "open: " + path
    return "closed"

def connect(port):
    return refused(lambda: socket.create_connection(("127.0.0.1", port), 1))

def change_time(paths):
    for path in paths:
        try:
            before = os.stat(path).st_mtime_ns
            os.utime(path)  # to now: for that it is enough to be allowed to write
            after = os.stat(path).st_mtime_ns
        except OSError:
            continue
        if after != before:
            return "open: " + path
    return "closed"

def shared_pages():
    def mapped(descriptor):
        return refused(lambda: mmap.mmap(descriptor, 1 << 20, mmap.MAP_SHARED))
    answers = [mapped(-1)]
    try:
        zero = os.open("/dev/zero", os.O_RDWR)
    except OSError:
        return answers[0]
    answers.append(mapped(zero))
    os.close(zero)
    return max(answers)

def send_datagram():
    def action():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            return s.sendto(b"x", ("192.0.2.1", 9))
    return refused(action)

def virtual_machine_socket():
    return refused(lambda: socket.socket(40, socket.SOCK_STREAM))

def see_process(pid):
    first = open("/proc/1/comm").read().strip()
    return "closed" if first == "bwrap" else "open: the first process is " + first

def kill_process(pid):
    return refused(lambda: os.kill(pid, 0), ProcessLookupError)

def read_environment(secret):
    if secret in repr(dict(os.environ)):
        return "open: the environment"
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if secret.encode() in open(f"/proc/{name}/environ", "rb").read():
                    return "open: the environment of process " + name
            except OSError:
                pass
    return "closed"

def become_root():
    if os.getuid() == 0 or os.geteuid() == 0:
        return "open: it is root"
    return refused(lambda: os.setuid(0))

def capabilities():
    text = open("/proc/self/status").read()
    for field in ("CapEff", "CapPrm"):
        if int(text.split(field + ":")[1].split()[0], 16):
            return "open: " + field
    if "NoNewPrivs:\\t1" not in text:
        return "open: it can get new privileges"
    return "closed"

def groups():
    mine = {os.getgid(), os.getegid(), *os.getgroups()}
    return "open: the group of root" if 0 in mine else "closed"

def devices(known):
    unknown = sorted(set(os.listdir("/dev")) - set(known))
    return "open: " + ", ".join(unknown)[:60] if unknown else "closed"

def lock_a_file(path):
    import fcntl
    def action():
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    def other_action():
        with open(path, "rb") as file:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    def with_high_bits():  # of which the kernel knows nothing, but perhaps the filter
        wanted = ctypes.create_string_buffer(struct.pack("hhqqi4x", 0, 0, 0, 1, 0), 32)
        number = 72 if os.uname().machine == "x86_64" else 25
        with open(path, "rb") as file:
            descriptor, command = ctypes.c_long(file.fileno()), ctypes.c_long((1 << 32) | 6)
            if libc.syscall(ctypes.c_long(number), descriptor, command, wanted) == -1:
                raise OSError("refused")
    answers = {refused(action), refused(other_action), refused(with_high_bits)}
    return answers.pop() if len(answers) == 1 else "open: one kind of lock"

def large_socket_buffers():
    pair = socket.socketpair()
    return refused(lambda: pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22))

def user_namespace():
    if libc.unshare(0x10000000) == 0:
        return "open: unshare"
    if libc.syscall(56 if os.uname().machine == "x86_64" else 220, 0x10000011, 0, 0, 0, 0) >= 0:
        return "open: clone"
    return "closed"

def memory_file():
    return refused(lambda: os.memfd_create("x"))

def trace():
    return "closed" if libc.ptrace(0, 0, 0, 0) == -1 else "open: ptrace"

def too_large_a_file(size):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    def action():
        with open("/dev/shm/large" if size < 0 else "/tmp/large", "wb", buffering=0) as f:
            for _ in range(abs(size) // 65536 + 2):
                if f.write(bytes(65536)) < 65536:
                    raise OSError("full")
    answer = refused(action)
    for path in ("/tmp/large", "/dev/shm/large"):
        if os.path.exists(path):
            os.unlink(path)
    return answer

def fill_folder(path, size):
    def action():
        for i in range(size // 1000000 + 2):
            with open(f"{path}/part{i}", "wb", buffering=0) as f:
                for _ in range(16):
                    if f.write(bytes(65536)) < 65536:
                        raise OSError("full")
    answer = refused(action)
    for name in os.listdir(path):
        if name.startswith("part"):
            os.unlink(os.path.join(path, name))
    return answer

def open_many(count):
    kept = []
    def action():
        for _ in range(count + 1):
            kept.append(open("/dev/null"))
    answer = refused(action)
    for file in kept:
        file.close()
    return answer

def take_memory(size):
    return refused(lambda: len(bytearray(size)), MemoryError)

def fork_many(count):
    children = []
    def action():
        for _ in range(count + 1):
            child = os.fork()
            if child == 0:
                signal.pause()
                os._exit(0)
            children.append(child)
    answer = refused(action)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return answer

def start_program(path):
    return refused(lambda: subprocess.run([path], capture_output=True).returncode)

def import_module(names):
    for name in names:
        try:
            __import__(name)
        except ImportError:
            continue
        return "open: " + name
    return "closed"

def memory_over_several():
    noise = os.urandom(1 << 20)
    for _ in range(6):
        if os.fork() == 0:
            kept = []
            while True:
                kept.append(bytearray(noise))
    time.sleep(30)

def fork_bomb():
    while True:
        try:
            os.fork()
        except OSError:
            pass

def use_processor():
    os.kill(os.getppid(), signal.SIGSTOP)  # the harness, which would stop it too
    for number in range(1, 64):
        try:
            signal.signal(number, signal.SIG_IGN)
        except OSError:
            pass
    for _ in range(3):
        os.fork()
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass

def wait():
    os.kill(os.getppid(), signal.SIGSTOP)
    while True:
        time.sleep(60)

def many_files():
    for i in range(10_000_000):
        os.mknod(f"/tmp/empty{i}")

def pipes():
    for descriptor in range(64):
        try:
            if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                yield descriptor
        except OSError:
            pass

def one_long_message():
    for descriptor in pipes():
        try:
            os.write(descriptor, struct.pack(">I", 1 << 30))
            for _ in range(100):
                os.write(descriptor, bytes(65536))
        except OSError:
            pass
    time.sleep(30)

def flood():
    message = json.dumps({"begins": 1, "x": "x" * 60000}).encode()
    while True:
        for descriptor in pipes():
            try:
                os.write(descriptor, struct.pack(">I", len(message)) + message)
            except OSError:
                pass

def leave_daemon_behind():
    os.kill(os.getppid(), signal.SIGSTOP)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(1, 64):
                try:
                    signal.signal(number, signal.SIG_IGN)
                except OSError:
                    pass
            while True:
                time.sleep(1)
        os._exit(0)
    time.sleep(30)
"""

ANSWERS_OF_OTHERS = (  # what a submission must not find in its Python
    *("course_grading", "course_nn.training", "course_nn.gradients", "course_nn.derivation"),
    *(
        "course_exercises.homework.tasks",
        "course_exercises.homework.hw2.tasks",
        "autograd",
        "torch",
        "jax",
    ),
    *("nbgrader", "tensorflow", "sympy"),
)


@dataclass(frozen=True)
class Hole:
    """A wall or a limit that does not hold.

    Args:
        what: "the network", "memory of all processes together".
        got: what the attack got through to.
    """

    what: str
    got: str

    def __str__(self) -> str:
        return f"{self.what}: {self.got}"


@dataclass(frozen=True)
class Target:
    """What is really there for the attacks to aim at."""

    file: Path
    port: int
    secret: str
    pid: int


@contextlib.contextmanager
def targets() -> Iterator[Target]:
    """A readable file in a folder that anybody may enter, a server, a secret in the environment."""
    secret = secrets.token_hex(16)
    with (
        contextlib.closing(TemporaryFolder()) as folder,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        file = folder.path / "grades.csv"
        file.write_text(secret, encoding="utf-8")
        file.chmod(0o644)
        os.environ["COURSE_GRADING_SECRET"] = secret
        try:
            port = server.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port), 5):
                pass  # it answers to somebody outside
            yield Target(file, port, secret, os.getpid())
        finally:
            del os.environ["COURSE_GRADING_SECRET"]


def wall_attacks(target: Target, sandbox: Sandbox) -> dict[str, tuple[str, tuple[Any, ...]]]:
    """Each wall: the function that attacks it, and its arguments."""
    system = ["/", "/usr/lib", "/etc", "/dev", "/grader", "/grader/course", "/proc", "/root"]
    system += [str(package) for package in sandbox.packages if package.is_dir()]
    system += [str(mask) for mask in masks(Path(sys.base_prefix).resolve())]
    system += [f"/dev/{name}" for name in ("null", "full", "random", "urandom", "tty")]
    limits = sandbox.limits
    modules = [
        name
        for name in ANSWERS_OF_OTHERS
        if name.removeprefix("course_nn.") not in sandbox.provides
    ]
    return {
        "files of this machine": ("read_file", (str(target.file),)),
        "files of the course": ("read_file", (str(Path(__file__).resolve()),)),
        "names and passwords": ("read_file", ("/etc/passwd",)),
        "a read-only system": ("write_somewhere", (system,)),
        "the network": ("connect", (target.port,)),
        "datagrams": ("send_datagram", ()),
        "sockets of virtual machines": ("virtual_machine_socket", ()),
        "the list of processes": ("see_process", (target.pid,)),
        "signals to other processes": ("kill_process", (target.pid,)),
        "the grader's environment": ("read_environment", (target.secret,)),
        "the rights of root": ("become_root", ()),
        "capabilities": ("capabilities", ()),
        "the groups of root": ("groups", ()),
        "new user namespaces": ("user_namespace", ()),
        "memory files": ("memory_file", ()),
        "large buffers of sockets": ("large_socket_buffers", ()),
        "locks on files that all see": ("lock_a_file", ("/grader/harness.py",)),
        "devices": ("devices", (list(DEVICES),)),
        "time stamps of the machine": ("change_time", (system,)),
        "pages that all processes share": ("shared_pages", ()),
        "tracing": ("trace", ()),
        "other programs": ("start_program", ("/bin/sh",)),
        "modules with answers": ("import_module", (modules,)),
        "the size of a file": ("too_large_a_file", (limits.file_size,)),
        "the size of /tmp": ("fill_folder", ("/tmp", limits.temporary)),
        "the size of /dev/shm": ("fill_folder", ("/dev/shm", limits.shared)),
        "open files": ("open_many", (limits.open_files,)),
        "memory of one process": ("take_memory", (limits.address_space,)),
        "processes": ("fork_many", (limits.processes + 8,)),
    }


LIMIT_ATTACKS = {  # what must be stopped from outside, and for which reason
    "memory of all processes together": ("memory_over_several", {"memory"}),
    "a fork bomb": ("fork_bomb", {"processes", "cpu"}),
    "files": ("many_files", {"memory"}),
    "processor time": ("use_processor", {"cpu"}),
    "waiting": ("wait", {"wall"}),
    "one long message": ("one_long_message", {"output"}),
    "output in all": ("flood", {"output"}),
}
WALLS, DAEMON, LIMITS = 0, 1, 2  # workers: each box has a user id of its own
DEVICES = (
    *("console", "core", "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin"),
    *("stdout", "tty", "urandom", "zero"),
)


def find_holes(provides: tuple[str, ...] = (), **options: Any) -> list[Hole]:
    """Attack a sandbox like the one that submissions get; what does not hold.

    Raises `CannotSandbox` if there is none at all.
    """
    with (
        Sandbox(provides, limits=TRIAL, **options) as sandbox,
        targets() as target,
        ThreadPoolExecutor(2) as crew,
    ):
        limits = crew.submit(attack_limits, sandbox)
        daemon = crew.submit(attack_with_daemon, sandbox)
        holes = [*attack_walls(sandbox, target), *limits.result(), *daemon.result()]
        if target.file.read_text(encoding="utf-8") != target.secret:
            holes.append(Hole("files of this machine", "one was changed"))
    return holes


def begin(box: Box, source: str, within: float = 30.0) -> None:
    """Run one cell in a box.

    Raises `CannotSandbox` if the box does not even start, `Stopped` if the cell has it stopped.
    """
    order: dict[str, Any] = {"given": [], "cells": [[1, source]], "answers": [], "handed_out": []}
    order["modules"] = []  # no attack needs NumPy, and the boxes start in a third of the time
    order |= {"cell_seconds": 5.0, "cell_wall": 10.0, "seconds": 30.0, "wall": 30.0}
    begun, deadline = False, time.monotonic() + within
    try:
        box.send(order, within)
        while True:
            left = max(0.01, deadline - time.monotonic())
            message = channel.read_message(box.receive(within, left))
            if channel.read_ready(message, []) is not None:
                return
            begun = True
    except (Stopped, channel.Garbled) as stopped:
        if begun:
            raise
        complaint = explain(box.complaint())
        raise CannotSandbox(f"the sandbox does not start ({stopped}). {complaint}") from None


def explain(complaint: str) -> str:
    """What to do about a complaint of bubblewrap, or of what it starts."""
    if complaint.startswith("prlimit:"):
        return f"It said: {complaint}. The limits of this shell (ulimit -a) are below the grader's."
    if "namespace" in complaint or "uid map" in complaint or "Operation not permitted" in complaint:
        return (
            f"It said: {complaint}. This system does not let ordinary users make namespaces. "
            "Run the grader as root, or allow it: on Ubuntu with a profile for bwrap "
            "(apt install apparmor-profiles) or sysctl kernel.apparmor_restrict_unprivileged_"
            "userns=0; elsewhere sysctl kernel.unprivileged_userns_clone=1. In a container, the "
            "container must allow it too."
        )
    return f"It said: {complaint or 'nothing'}."


def play(box: Box, *attacks: tuple[str, tuple[Any, ...]], wall: float = 20.0) -> list[Any]:
    """What these attacks returned, function and arguments of each.  Raises `Stopped`."""
    plays: list[list[Step]] = [
        [Call(function, arguments, into="answer", keeps=False), Get("answer")]
        for function, arguments in attacks
    ]
    order: dict[str, Any] = {"plays": [wire.encode_steps(steps) for steps in plays]}
    order |= {"seconds": 30, "wall": wall, "bytes": 1 << 16, "memory": 1 << 40}
    box.send(order, 5)
    message = channel.read_message(box.receive(100, wall + 0.2))
    found, stopped = channel.read_found(message, plays)
    if stopped:
        raise Stopped(stopped)
    return [answers["answer"] for answers in found]


def attack_walls(sandbox: Sandbox, target: Target) -> Iterator[Hole]:
    """Attacks that are answered from inside."""
    attacks = wall_attacks(target, sandbox)
    with sandbox.open(WALLS) as box:
        begin(box, ATTACKS)
        try:
            answers = play(box, *attacks.values())
        except (Stopped, channel.Garbled):  # something is wrong: find out what
            box.close()
            answers = one_by_one(sandbox, attacks)
    for what, answer in zip(attacks, answers, strict=True):
        if isinstance(answer, Failure):
            answer = f"the attack itself failed: {answer.about} {answer.text}"
        if answer != "closed":
            yield Hole(what, str(answer))


def one_by_one(sandbox: Sandbox, attacks: dict[str, tuple[str, tuple[Any, ...]]]) -> list[Any]:
    """What each of these attacks returned, or why it did not."""
    answers = []
    with sandbox.open(WALLS) as box:
        begin(box, ATTACKS)
        for attack in attacks.values():
            try:
                answers += play(box, attack)
            except (Stopped, channel.Garbled) as stopped:
                answers.append(f"the attack itself did not end well ({stopped})")
    return answers


def attack_limits(sandbox: Sandbox) -> list[Hole]:
    """Attacks that must be stopped from outside, all at once, each in a box of its own."""

    def attack(worker: int, what: str) -> Hole | None:
        function, reasons = LIMIT_ATTACKS[what]
        got = stop_reason(sandbox, worker, function, "cpu" in reasons)
        return (
            None if got in reasons else Hole(what, f"it was stopped only by something else: {got}")
        )

    with ThreadPoolExecutor(len(LIMIT_ATTACKS)) as crew:
        holes = crew.map(attack, range(LIMITS, LIMITS + len(LIMIT_ATTACKS)), LIMIT_ATTACKS)
        return [hole for hole in holes if hole is not None]


def stop_reason(sandbox: Sandbox, worker: int, function: str, little_cpu: bool) -> str:
    """Why a box was stopped in which this function ran."""
    with sandbox.open(worker) as box:
        try:
            if function == "flood":  # while its cells run, every message is read
                begin(box, f"{ATTACKS}\nflood()", within=10.0)
            else:
                begin(box, ATTACKS)
                if little_cpu:
                    box.limits = replace(box.limits, cpu=LITTLE_CPU)
                play(box, (function, ()), wall=0.05 if function == "wait" else 20.0)
        except Stopped as stopped:
            return stopped.reason
        except channel.Garbled:
            return "a message that means nothing"
        return "it returned"


def attack_with_daemon(sandbox: Sandbox) -> list[Hole]:
    """A process that hides from its parent and ignores signals must be gone with the box."""
    for wall in (0.1, 3.0):  # a busy machine needs longer until the daemon is there
        with sandbox.open(DAEMON) as box:
            begin(box, ATTACKS)
            with contextlib.suppress(Stopped, channel.Garbled):
                play(box, ("leave_daemon_behind", ()), wall=wall)
            inside = list(descendants(box.process.pid))
        if len(inside) >= 5:  # bubblewrap outside and inside, the harness, the attack, the daemon
            return gone(inside)
    return [Hole("nothing is left behind", "a process has left the box")]


def gone(
    processes: list[int], within: float = 2.0, exists: Callable[[int], bool] | None = None
) -> list[Hole]:
    """Wait until these processes have ended; those that have not, as a hole."""
    exists = exists or (lambda pid: Path(f"/proc/{pid}").exists())
    deadline = time.monotonic() + within
    while any(map(exists, processes)) and time.monotonic() < deadline:
        time.sleep(0.01)
    left = [pid for pid in processes if exists(pid)]
    return [Hole("nothing is left behind", f"process {left[0]} is still there")] if left else []


def require(provides: tuple[str, ...] = (), hidden: tuple[Path, ...] = (), **options: Any) -> None:
    """Raise `CannotSandbox` unless every wall and limit holds here."""
    holes = find_holes(provides, hidden=hidden, **options)
    if holes:
        lines = "\n".join(f"  - {hole}" for hole in holes)
        raise CannotSandbox(f"the sandbox of this machine does not hold:\n{lines}")
