"""What a submission might try from inside a box.

`course_grading.sandbox.self_attack` lets this file run there.  Each function returns "closed" or
what it got through to, or else does not return: then the box has to be stopped from outside.
"""

import ctypes
import errno
import fcntl
import json
import mmap
import os
import signal
import socket
import stat
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

libc = ctypes.CDLL(None, use_errno=True)


def refused(action: Callable[[], Any], errors: tuple[type[Exception], ...] = (OSError,)) -> str:
    try:
        got = action()
    except errors:
        return "closed"
    return "open: " + repr(got)[:60]


def text_of(path: str) -> str:
    with open(path, "rb") as file:
        return file.read().decode("utf-8", "replace")


def read_file(path: str) -> str:
    return refused(lambda: text_of(path), (FileNotFoundError, PermissionError))


def write_somewhere(paths: list[str]) -> str:
    for path in paths:
        probe = os.path.join(path, "probe-of-the-sandbox")
        try:
            open(probe, "w").close()
        except OSError:
            continue
        return "open: " + path
    return "closed"


def connect(port: int) -> str:
    return refused(lambda: socket.create_connection(("127.0.0.1", port), 1))


def change_time(paths: list[str]) -> str:
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


def shared_pages() -> str:
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


def send_datagram() -> str:
    def action():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            return s.sendto(b"x", ("192.0.2.1", 9))

    return refused(action)


def virtual_machine_socket() -> str:
    return refused(lambda: socket.socket(40, socket.SOCK_STREAM))


def see_process(pid: int) -> str:
    first = text_of("/proc/1/comm").strip()
    return "closed" if first == "bwrap" else "open: the first process is " + first


def kill_process(pid: int) -> str:
    return refused(lambda: os.kill(pid, 0), (ProcessLookupError,))


def read_environment(secret: str) -> str:
    if secret in repr(dict(os.environ)):
        return "open: the environment"
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if secret in text_of(f"/proc/{name}/environ"):
                    return "open: the environment of process " + name
            except OSError:
                pass
    return "closed"


def become_root() -> str:
    if os.getuid() == 0 or os.geteuid() == 0:
        return "open: it is root"
    return refused(lambda: os.setuid(0))


def capabilities() -> str:
    text = text_of("/proc/self/status")
    for field in ("CapEff", "CapPrm"):
        if int(text.split(field + ":")[1].split()[0], 16):
            return "open: " + field
    if "NoNewPrivs:\t1" not in text:
        return "open: it can get new privileges"
    return "closed"


def groups() -> str:
    mine = {os.getgid(), os.getegid(), *os.getgroups()}
    return "open: the group of root" if 0 in mine else "closed"


def devices(known: list[str]) -> str:
    unknown = sorted(set(os.listdir("/dev")) - set(known))
    return "open: " + ", ".join(unknown)[:60] if unknown else "closed"


def lock_a_file(path: str) -> str:
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


def large_socket_buffers() -> str:
    pair = socket.socketpair()
    return refused(lambda: pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22))


def sockets_under_way() -> str:
    """A socket that waits in a message belongs to no process."""
    pair = socket.socketpair()
    number = struct.pack("i", pair[0].fileno())
    message = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, number)]
    return refused(lambda: pair[1].sendmsg([b"x"], message))


def user_namespace() -> str:
    if libc.unshare(0x10000000) == 0:
        return "open: unshare"
    if libc.syscall(56 if os.uname().machine == "x86_64" else 220, 0x10000011, 0, 0, 0, 0) >= 0:
        return "open: clone"
    return "closed"


def memory_file() -> str:
    return refused(lambda: os.memfd_create("x"))


def system_calls(numbers: dict[str, float]) -> str:
    """Calls that are refused; their arguments make no sense, so those that are not do nothing."""
    nowhere = [ctypes.c_long(-1)] * 6
    for name, number in numbers.items():
        got = libc.syscall(ctypes.c_long(int(number)), *nowhere)
        if got != -1 or ctypes.get_errno() != errno.ENOSYS:
            return "open: " + name
    return "closed"


def asynchronous_requests() -> str:
    """Of which there are so many for the whole machine."""
    context = ctypes.c_ulong(0)
    number = 206 if os.uname().machine == "x86_64" else 0
    if libc.syscall(number, 1000, ctypes.byref(context)) == 0:
        return "open: io_setup"
    return "closed"


def queues() -> str:
    """Of messages, and semaphores and shared memory of their kind, made for good."""
    numbers = {"msgget": 68, "semget": 64, "shmget": 29}
    if os.uname().machine != "x86_64":
        numbers = {"msgget": 186, "semget": 190, "shmget": 194}
    create = 0o1600
    sizes = {"msgget": (create,), "semget": (1, create), "shmget": (4096, create)}
    for name, number in numbers.items():
        if libc.syscall(ctypes.c_long(number), 0x5EED, *sizes[name]) != -1:
            return "open: " + name
    return "closed" if mq_open() == -1 else "open: mq_open"


def mq_open() -> int:
    number = 240 if os.uname().machine == "x86_64" else 180
    return libc.syscall(ctypes.c_long(number), b"queue", os.O_CREAT | os.O_RDWR, 0o600, None)


def terminals() -> str:
    return refused(os.openpty)


def filters() -> str:
    """They are compiled into memory of which there is so much for the whole machine."""
    allow = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7FFF0000))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxN", 1, ctypes.addressof(allow)))
    for option in (22, (1 << 32) | 22):  # of the second half the kernel takes no notice
        if libc.prctl(ctypes.c_ulong(option), ctypes.c_ulong(2), program, 0, 0) == 0:
            return "open: prctl"
    return "closed"


def pages_in_pipes() -> str:
    """A page of a process that it gives to a pipe, and does not have any more itself."""
    page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    piece = ctypes.create_string_buffer(struct.pack("NN", address, 4096))
    _, writer = os.pipe()
    return "closed" if libc.vmsplice(writer, piece, 1, 0) == -1 else "open: vmsplice"


def pairs_of_other_families() -> str:
    return refused(lambda: socket.socketpair(30, socket.SOCK_STREAM))  # TIPC


def trace() -> str:
    return "closed" if libc.ptrace(0, 0, 0, 0) == -1 else "open: ptrace"


def too_large_a_file(size: int) -> str:
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


def fill_folder(path: str, size: int) -> str:
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


def open_many(count: int) -> str:
    kept: list[int] = []

    def action():
        for _ in range(count + 1):
            kept.append(os.open("/dev/null", os.O_RDONLY))

    answer = refused(action)
    for descriptor in kept:
        os.close(descriptor)
    return answer


def take_memory(size: int) -> str:
    return refused(lambda: len(bytearray(size)), (MemoryError,))


def fork_many(count: int) -> str:
    children: list[int] = []

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


def start_program(path: str) -> str:
    return refused(lambda: subprocess.run([path], capture_output=True).returncode)


def import_module(names: list[str]) -> str:
    for name in names:
        try:
            __import__(name)
        except ImportError:
            continue
        return "open: " + name
    return "closed"


def memory_over_several() -> None:
    for _ in range(4):
        if os.fork() == 0:
            go_on_without_first_thread(hoard)
    time.sleep(30)


def memory_in_sockets() -> None:
    """What has been sent and not been read."""
    for _ in range(8):
        if os.fork() == 0:
            fill_sockets()
            break
    time.sleep(30)


def fill_sockets() -> None:
    kept = []
    try:
        while True:
            pair = socket.socketpair()
            kept.append(pair)
            for end in pair:
                os.set_blocking(end.fileno(), False)
                try:
                    while True:
                        os.write(end.fileno(), bytes(65536))
                except BlockingIOError:
                    pass
    except OSError:  # no more files can be open
        time.sleep(30)


def go_on_without_first_thread(function: Callable[[], None]) -> None:
    """In a process of this kind, the kernel says of the first thread that it has no memory."""
    threading.Thread(target=function).start()
    libc.syscall(60 if os.uname().machine == "x86_64" else 93, 0)  # exit, of this thread


def hoard() -> None:
    noise, kept = os.urandom(1 << 20), []
    while True:
        kept.append(bytearray(noise))


def fork_bomb() -> None:
    while True:
        try:
            os.fork()
        except OSError:
            pass


def use_processor() -> None:
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


def wait() -> None:
    os.kill(os.getppid(), signal.SIGSTOP)
    while True:
        time.sleep(60)


def make_files() -> None:
    for i in range(10_000_000):
        os.mknod(f"/tmp/empty{i}")


def many_files() -> None:
    """Beside processes that have ended, of which nobody can say what they see."""
    if os.fork() == 0:
        go_on_without_first_thread(make_files)
    for _ in range(4):
        if os.fork() == 0:
            os._exit(0)
    time.sleep(30)


def pipes() -> Iterator[int]:
    for descriptor in range(64):
        try:
            if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                yield descriptor
        except OSError:
            pass


def one_long_message() -> None:
    for descriptor in pipes():
        try:
            os.write(descriptor, struct.pack(">I", 1 << 30))
            for _ in range(100):
                os.write(descriptor, bytes(65536))
        except OSError:
            pass
    time.sleep(30)


def flood() -> None:
    message = json.dumps({"begins": 1, "x": "x" * 60000}).encode()
    while True:
        for descriptor in pipes():
            try:
                os.write(descriptor, struct.pack(">I", len(message)) + message)
            except OSError:
                pass


def leave_daemon_behind() -> None:
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
