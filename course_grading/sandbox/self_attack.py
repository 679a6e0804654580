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
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from course_exercises.homework.actions import Call, Failure, Get, Step
from course_grading.sandbox import channel, system_calls
from course_grading.sandbox.box import Box, Sandbox
from course_grading.sandbox.contents import INSIDE, masks
from course_grading.sandbox.inside import wire
from course_grading.sandbox.limits import CannotSandbox, Limits, Stopped
from course_grading.sandbox.temporary_folder import TemporaryFolder
from course_grading.sandbox.watch import descendants, leaving

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
ATTACKS = INSIDE / "attacks.py"
IMPORT = "from attacks import *"
LITTLE_CPU = 0.1  # seconds, where the limit of processor time is what is proven

ANSWERS_OF_OTHERS = (  # what a submission must not find in its Python
    *("course_grading", "course_nn.training", "course_nn.gradients", "course_nn.derivation"),
    *("course_nn.derivation_check", "course_nn.more_operations"),
    *("course_exercises.homework.tasks", "course_exercises.homework.random_networks"),
    *("course_exercises.question", "autograd", "torch", "jax", "nbgrader", "tensorflow", "sympy"),
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


_environment = threading.Lock()  # of this process, held by the one proof that has a secret in it


@contextlib.contextmanager
def targets() -> Iterator[Target]:
    """A readable file in a folder that anybody may enter, a server, a secret in the environment."""
    secret = secrets.token_hex(16)
    with (
        _environment,
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
        "sockets under way": ("sockets_under_way", ()),
        "locks on files that all see": ("lock_a_file", ("/grader/harness.py",)),
        "devices": ("devices", (list(DEVICES),)),
        "time stamps of the machine": ("change_time", (system,)),
        "pages that all processes share": ("shared_pages", ()),
        "tracing": ("trace", ()),
        "system calls": ("system_calls", (system_calls.refused_numbers(),)),
        "asynchronous requests": ("asynchronous_requests", ()),
        "queues of messages": ("queues", ()),
        "terminals": ("terminals", ()),
        "filters of system calls": ("filters", ()),
        "pages in pipes": ("pages_in_pipes", ()),
        "pairs of other sockets": ("pairs_of_other_families", ()),
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
    "memory in sockets": ("memory_in_sockets", {"memory"}),
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
        Sandbox(provides, limits=TRIAL, modules=[ATTACKS], **options) as sandbox,
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
    begun, deadline = False, box.watch.seconds + within
    try:
        box.send(order, within)
        while True:
            left = max(0.01, deadline - box.watch.seconds)
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
    plays = order(box, *attacks, wall=wall)
    message = channel.read_message(box.receive(100, wall + 0.2))
    found, stopped = channel.read_found(message, plays)
    if stopped:
        raise Stopped(stopped)
    return [answers["answer"] for answers in found]


def order(box: Box, *attacks: tuple[str, tuple[Any, ...]], wall: float) -> list[list[Step]]:
    """Have these attacks made, without waiting for them; the plays that were ordered."""
    plays: list[list[Step]] = [
        [Call(function, arguments, into="answer", keeps=False), Get("answer")]
        for function, arguments in attacks
    ]
    ordered: dict[str, Any] = {"plays": [wire.encode_steps(steps) for steps in plays]}
    ordered |= {"seconds": 30, "wall": wall, "bytes": 1 << 16, "memory": 1 << 40}
    box.send(ordered, 5)
    return plays


def attack_walls(sandbox: Sandbox, target: Target) -> Iterator[Hole]:
    """Attacks that are answered from inside."""
    attacks = wall_attacks(target, sandbox)
    with sandbox.open(WALLS) as box:
        begin(box, IMPORT)
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
        begin(box, IMPORT)
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
                begin(box, f"{IMPORT}\nflood()", within=10.0)
            else:
                begin(box, IMPORT)
                if little_cpu:
                    box.limits = replace(box.limits, cpu=LITTLE_CPU)
                play(box, (function, ()), wall=0.05 if function == "wait" else 20.0)
        except Stopped as stopped:
            return stopped.reason
        except channel.Garbled:
            return "a message that means nothing"
        return "it returned"


def attack_with_daemon(sandbox: Sandbox, within: float = 30.0) -> list[Hole]:
    """A process that hides from its parent and ignores signals must be gone with the box."""
    with sandbox.open(DAEMON) as box:
        begin(box, IMPORT)
        # However slow the machine is, the harness must not end the attack before it is made.
        order(box, ("leave_daemon_behind", ()), wall=2 * within)
        deadline = time.monotonic() + within
        # bubblewrap outside and inside, the harness, the attack, its child that is dead, the daemon
        while len(inside := list(descendants(box.process.pid))) < 6:
            if time.monotonic() > deadline:
                return [Hole("nothing is left behind", "a process has left the box")]
            if says_something(box):  # which the attack would have prevented first of all
                return [Hole("nothing is left behind", "the attack itself failed")]
    return gone(inside)


def says_something(box: Box) -> bool:
    """Whether something comes from a box soon, if only its end."""
    try:
        box.receive(100, 0.0)
    except Stopped as stopped:
        return stopped.reason != "wall"
    return True


def gone(
    processes: list[int], within: float = 10.0, exists: Callable[[int], bool] | None = None
) -> list[Hole]:
    """Wait until these processes have ended; those that have not, as a hole."""
    exists = exists or (lambda pid: not leaving(pid))  # who is dead may wait long to be buried
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
