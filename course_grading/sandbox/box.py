"""A box without a way out, in which a submission runs: bubblewrap around what `contents` lists.

What the box sees is listed there and nothing else exists in it.  It has no network and no folder of
the grader; /tmp and /dev/shm are its own, small and gone with it.
"""

from __future__ import annotations

import json
import os
import pwd
import select
import shutil
import signal
import struct
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_grading.sandbox import system_calls
from course_grading.sandbox.contents import (
    compile_into,
    fill,
    font_lists,
    masks,
    may_lack_bytecode,
    package_paths,
    warm_up,
)
from course_grading.sandbox.limits import (
    Cancelled,
    CannotSandbox,
    Limits,
    Mode,
    Stopped,
    mode_here,
)
from course_grading.sandbox.temporary_folder import TemporaryFolder
from course_grading.sandbox.watch import Watch, descendants

if TYPE_CHECKING:
    from filelock import BaseFileLock

# User ids that systems give to nobody: above those of people and home folders, below those that
# systemd gives to services for a while (systemd's "Users, Groups, UIDs and GIDs").
FIRST_UID, MOST_WORKERS, RUNS_AT_A_TIME = 60_600, 64, 9
LOCKS = Path("/run")  # where only root can write
GRADER = "/grader"  # where the harness lies in the box
START = ("-c", "import sys; sys.path.insert(0, sys.argv.pop()); import harness; harness.main()")


def as_bytes(message: dict[str, Any]) -> bytes:
    """A message as it goes into a box."""
    return json.dumps(message).encode()


def with_parents(path: str) -> list[str]:
    """The folders above a path, from the top."""
    parents = [str(parent) for parent in reversed(Path(path).parents)]
    return [parent for parent in parents if parent != "/"]


class Sandbox:
    """Makes boxes, for one assignment.  Use it in a `with` statement: it has a folder to remove.

    Args:
        provides: the modules of `course_nn` that the box has.
        mode: "root", "user" or, without any wall, "none".
        limits: of each box.
        hidden: folders of which the box must see nothing; only checked.
        modules: files that code in the box can import besides.

    Raises `CannotSandbox` if something that it needs is not installed.
    """

    def __init__(
        self,
        provides: Sequence[str] = (),
        *,
        mode: Mode | None = None,
        limits: Limits | None = None,
        hidden: Sequence[Path] = (),
        modules: Sequence[Path] = (),
    ) -> None:
        self.mode: Mode = mode or mode_here()
        self.limits = limits or Limits()
        self.provides, self.modules = tuple(provides), tuple(modules)
        self._lock: BaseFileLock | None = None
        self.python = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
        self.packages = package_paths()
        self._fonts, self._options = font_lists(), list[str]()
        self._tools = {} if self.mode == "none" else self._find_tools()
        self._check_hidden(hidden)
        # Two runs at the same time need different ones: the count of processes is by user.
        self.first_uid = FIRST_UID + MOST_WORKERS * self._reserve() if self.mode == "root" else 0
        self.cancelled = threading.Event()  # set it, and every box ends soon
        self._temporary = TemporaryFolder()  # the workers' user ids read it
        self.folder = self._temporary.path
        try:
            self._fill()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the folder, and let others have the user ids."""
        self._temporary.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _reserve(self) -> int:
        """The number of a block of user ids that no other run has, held until `close`."""
        from filelock import FileLock, Timeout  # here: only root needs it

        for block in range(RUNS_AT_A_TIME):
            path = LOCKS / f"course-grading-{block}.lock"
            lock = FileLock(path, blocking=False, mode=0o600, thread_local=False)
            try:
                lock.acquire()
            except Timeout:
                continue
            self._lock = lock
            return block
        raise CannotSandbox(f"{RUNS_AT_A_TIME} runs of the grader are going on already.")

    def _find_tools(self) -> dict[str, str]:
        if sys.platform != "linux":
            raise CannotSandbox("submissions can only be shut in on Linux.")
        tools = {}
        for name, package in (
            ("bwrap", "bubblewrap"),
            ("setpriv", "util-linux"),
            ("prlimit", "util-linux"),
        ):
            path = shutil.which(name)
            if path is None:
                raise CannotSandbox(
                    f"{name} is not installed. On Debian or Ubuntu: apt install {package}"
                )
            tools[name] = path
        missing = system_calls.available()
        if missing:
            raise CannotSandbox(missing)
        return tools

    def _check_hidden(self, hidden: Sequence[Path]) -> None:
        if self.mode == "none":
            return
        covered = masks(Path(sys.base_prefix).resolve())
        for folder in hidden:
            if any(folder.resolve().is_relative_to(mask) for mask in covered):
                continue
            for shown in self._shown():
                if folder.resolve().is_relative_to(shown.resolve()):
                    raise CannotSandbox(
                        f"{folder} lies inside {shown}, which submissions can read. "
                        "Move it to another folder."
                    )

    def _shown(self) -> list[Path]:
        """What the box sees of this machine, except for the packages."""
        prefix = Path(sys.base_prefix).resolve()
        folders = [Path("/usr/lib"), Path("/usr/lib64"), Path("/usr/lib32")]
        if prefix != Path("/usr"):
            folders.append(prefix)
        return [folder for folder in folders if folder.is_dir() and not folder.is_symlink()]

    def _fill(self) -> None:
        fill(self.folder / "inside", self.provides, self.modules)
        if self.mode != "none":
            system_calls.write_filter(self.folder / "filter.bpf")
            self._command = self._bubblewrap()

    def prepare(self) -> None:
        """Do once, before a class comes, what each box would otherwise do for itself: compile what
        notebooks import, in an environment where nobody has, and look for fonts."""
        lacking = may_lack_bytecode()
        if not lacking and self._fonts:
            return
        fonts, inside = self.folder / "fonts", self.folder / "inside"
        fonts.mkdir(exist_ok=True)
        imported = warm_up(self.python, self._environment(GRADER), fonts)
        if any(not os.path.exists(cached) for cached in imported.values()):
            at = str(inside) if self.mode == "none" else GRADER
            sources = {Path(source): source for source in imported}
            ours = {file: f"{at}/{file.relative_to(inside)}" for file in inside.rglob("*.py")}
            compile_into(inside / "bytecode", {**sources, **ours})
            self._options = ["-X", f"pycache_prefix={at}/bytecode"]
        self._fonts = self._fonts or font_lists(fonts)
        if self.mode != "none":
            self._command = self._bubblewrap()

    def _bubblewrap(self) -> list[str]:
        """The part of the command that is the same for every box."""
        command = [self._tools["bwrap"], "--die-with-parent", "--new-session", "--clearenv"]
        command += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
        command += ["--unshare-cgroup-try", "--hostname", "sandbox", "--cap-drop", "ALL"]
        if self.mode == "user":
            command += ["--unshare-user", "--disable-userns"]
        else:  # kept until setpriv has dropped to the worker's user id
            for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):
                command += ["--cap-add", capability]
        # First, because this Python or the course may itself lie below /tmp.
        command += ["--proc", "/proc", "--dev", "/dev"]
        shared, temporary = str(self.limits.shared), str(self.limits.temporary)
        command += ["--perms", "1777", "--size", shared, "--tmpfs", "/dev/shm"]
        # Pages of it that are shared belong to no process, like those that the filter refuses.
        command += ["--ro-bind", "/dev/null", "/dev/zero"]
        # Of terminals there are so many for the whole machine.
        command += ["--ro-bind", "/dev/null", "/dev/pts/ptmx", "--remount-ro", "/dev"]
        command += ["--perms", "1777", "--size", temporary, "--tmpfs", "/tmp"]
        made: set[str] = {"/tmp", "/dev", "/proc"}

        def mount(*words: str, at: str) -> None:
            for parent in with_parents(at):
                if parent not in made and not any(
                    Path(parent).is_relative_to(shown) for shown in shown_paths
                ):
                    made.add(parent)
                    command.extend(["--perms", "0755", "--dir", parent])
            command.extend(words)

        shown_paths: list[Path] = []
        for path in self._shown():
            mount("--ro-bind", str(path), str(path), at=str(path))
            shown_paths.append(path)
        for name in ("lib", "lib64", "lib32"):
            top = Path("/", name)
            if top.is_symlink():
                command += ["--symlink", os.readlink(top), str(top)]
            elif top.is_dir():
                mount("--ro-bind", str(top), str(top), at=str(top))
        covered = [str(mask) for mask in masks(Path(sys.base_prefix).resolve())]
        for mask in covered:
            command += ["--perms", "0755", "--size", "4096", "--tmpfs", mask]
        files = [self._tools["setpriv"], self._tools["prlimit"], "/etc/ld.so.cache"]
        if not any(Path(self.python).is_relative_to(path) for path in shown_paths):
            files.append(self.python)
        for file in files:
            if os.path.exists(file):
                mount("--ro-bind", os.path.realpath(file), file, at=file)
        for package in self.packages:
            mount("--ro-bind", str(package), str(package), at=str(package))
        mount("--ro-bind", str(self.folder / "inside"), GRADER, at=GRADER)
        command += ["--perms", "0777", "--dir", "/tmp/matplotlib"]
        for fonts in self._fonts:
            command += ["--ro-bind", str(fonts), f"/tmp/matplotlib/{fonts.name}"]
        notebook_bar = [path / "notebook.py" for path in self.packages if path.name == "tqdm"]
        for path in notebook_bar:  # it needs widgets, which are not there
            command += ["--ro-bind", str(self.folder / "inside" / "tqdm_notebook.py"), str(path)]
        for folder in ("/", *covered):
            command += ["--remount-ro", folder]
        command += ["--chdir", "/tmp"]
        for name, value in self._environment(GRADER).items():
            command += ["--setenv", name, value]
        return command

    def _environment(self, grader: str) -> dict[str, str]:
        folders = dict.fromkeys(str(path.parent) for path in self.packages)
        environment = {
            "COURSE_PATH": json.dumps([f"{grader}/course", *folders]),
            "HOME": "/tmp",
            "IPYTHONDIR": "/tmp/ipython",
            "LANG": "C.UTF-8",
            "MPLBACKEND": "agg",
            "MPLCONFIGDIR": "/tmp/matplotlib",
            "PATH": "/usr/bin:/bin",
            "PYTHONHASHSEED": "0",
            "TMPDIR": "/tmp",
            "TQDM_DISABLE": "1",
        }
        for library in ("OPENBLAS", "OMP", "MKL", "NUMEXPR", "BLIS"):
            environment[f"{library}_NUM_THREADS"] = "1"
        library_path = sysconfig.get_config_var("LIBDIR")
        if library_path and Path(library_path).is_relative_to(sys.base_prefix):
            environment["LD_LIBRARY_PATH"] = str(library_path)
        return environment

    def command(self, worker: int, filter_descriptor: int) -> list[str]:
        """What is run for a box of this worker; each worker of root has a user id of its own."""
        limits = self.limits
        bounds = ["--core=0", f"--fsize={limits.file_size}", f"--nofile={limits.open_files}"]
        bounds += [f"--nproc={limits.processes}", f"--as={limits.address_space}"]
        bounds += [f"--cpu={max(1, int(limits.cpu))}", "--memlock=65536", "--msgqueue=0"]
        bounds += ["--sigpending=256", "--rttime=1000000", "--rtprio=0", "--nice=0"]
        python = [self.python, "-I", "-S", "-B", *self._options, *START, GRADER]
        drop = [self._tools["setpriv"], "--no-new-privs"]
        if self.mode == "root":
            uid = str(self.first_uid + worker)
            drop += ["--reuid", uid, "--regid", uid, "--clear-groups"]
            drop += ["--bounding-set=-all", "--inh-caps=-all"]
        sandboxed = ["--setenv", "COURSE_SANDBOX", "1", "--seccomp", str(filter_descriptor), "--"]
        return [*self._command, *sandboxed, *drop, self._tools["prlimit"], *bounds, *python]

    def open(self, worker: int = 0) -> Box:
        """A fresh box."""
        return Box(self, worker)

    def start(self, worker: int) -> subprocess.Popen[bytes]:
        """Start the harness in a fresh box."""
        pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        if self.mode == "none":
            inside = self.folder / "inside"
            environment = {**self._environment(str(inside)), "HOME": str(self.folder)}
            command = [self.python, "-I", "-S", "-B", *self._options, *START, str(inside)]
            return subprocess.Popen(
                command,
                env=environment,
                cwd=self.folder,
                bufsize=0,
                start_new_session=True,
                **pipes,
            )
        if self.mode == "root":
            check_unused(self.first_uid + worker)
        with open(self.folder / "filter.bpf", "rb") as rules:
            descriptor = rules.fileno()
            command = self.command(worker, descriptor)
            return subprocess.Popen(
                command,
                env={},
                cwd="/",
                bufsize=0,
                pass_fds=(descriptor,),
                start_new_session=True,  # or Ctrl-C in a terminal would end the box too
                **pipes,
            )


def check_unused(uid: int) -> None:
    """Raise `CannotSandbox` if a user of this machine has this id."""
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        return
    raise CannotSandbox(f"the user id {uid} is needed for submissions, but belongs to {name}.")


# ------------------------------------------------------------------ one box


class Box:
    """A running harness: whoever waits for it also looks at what it uses."""

    LOOK_EVERY = 0.05  # seconds
    LAST_READ = 1.0  # seconds for the rest of a message that comes when the time is up

    def __init__(self, sandbox: Sandbox, worker: int) -> None:
        self.limits, self.cancelled = sandbox.limits, sandbox.cancelled
        self.walled = sandbox.mode != "none"
        self.process = sandbox.start(worker)
        self.watch = Watch(self.process.pid, self.walled)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
        self._received = bytearray()
        self._read_in_all = 0

    def __enter__(self) -> Box:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def close(self) -> None:
        """End everything in it, at once."""
        if self.process.poll() is None:
            self.watch.look()
            # The first process of the box takes all others with it; bubblewrap, outside, then
            # clears up and ends by itself.
            _, *inside = descendants(self.process.pid)
            for pid in inside[:1] if self.walled else [*inside, self.process.pid]:
                _kill(os.kill, pid)
            try:
                self.process.wait(timeout=1.0)
            except subprocess.TimeoutExpired:
                _kill(os.killpg, self.process.pid)
                _kill(os.kill, self.process.pid)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    @property
    def cpu_seconds(self) -> float:
        """Of processor time that everything in it has used."""
        return self.watch.cpu_seconds

    def complaint(self) -> str:
        """What bubblewrap wrote when it could not start."""
        assert self.process.stderr is not None
        try:
            return (self.process.stderr.read(2000) or b"").decode("utf-8", "replace").strip()
        except (OSError, ValueError):
            return ""

    def send(self, message: dict[str, Any], wall: float) -> None:
        """Send a message.  Raises `Stopped`.

        Args:
            wall: seconds that may pass for the box, as `Watch` counts them.
        """
        self.send_bytes(as_bytes(message), wall)

    def send_bytes(self, data: bytes, wall: float) -> None:
        """Send a message that is JSON already, as `send` does."""
        assert self.process.stdin is not None
        left = memoryview(struct.pack(">I", len(data)) + data)  # of which a part is no copy
        self.look()  # what passed before is not charged to this message
        deadline = self.watch.seconds + wall
        while left:
            if late := self._look(deadline, float("inf")):
                raise Stopped(late)
            _, ready, _ = select.select([], [self.process.stdin], [], self.LOOK_EVERY)
            if ready:
                try:
                    left = left[os.write(self.process.stdin.fileno(), left[: 1 << 16]) :]
                except BlockingIOError:
                    pass
                except OSError:
                    raise Stopped("ended") from None

    def receive(self, cpu: float, wall: float) -> bytes:
        """The next message, as bytes.  Raises `Stopped`.

        Args:
            cpu: seconds of processor time that it may use until then.
            wall: seconds that may pass for the box until then.
        """
        late = self._look(float("inf"), float("inf"))  # what passed before is not charged to it
        deadline, most = self.watch.seconds + wall, self.cpu_seconds + cpu
        last = float("inf")  # when who is late is not listened to any longer
        while (frame := self._take_frame()) is None:
            if time.monotonic() > last:
                raise Stopped(late)
            late = self._look(deadline, most) or late
            # Whoever was kept from looking may find the whole answer in the pipe.
            if not self._read() and late:
                raise Stopped(late)
            if late:
                last = min(last, time.monotonic() + self.LAST_READ)
        return frame

    def look(self) -> None:
        """See what it uses while no message is waited for.  Raises `Stopped`."""
        if late := self._look(float("inf"), float("inf")):
            raise Stopped(late)

    def _read(self) -> bool:
        """Whether something came, soon.  Raises `Stopped`."""
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], self.LOOK_EVERY)[0]:
            return False
        try:
            piece = os.read(self.process.stdout.fileno(), 1 << 16)
        except BlockingIOError:
            return False
        if not piece:
            raise Stopped("ended")
        self._read_in_all += len(piece)
        if self._read_in_all > self.limits.output:
            raise Stopped("output")
        self._received += piece
        return True

    def _take_frame(self) -> bytes | None:
        if len(self._received) < 4:
            return None
        (size,) = struct.unpack(">I", self._received[:4])
        if size > self.limits.frame:
            raise Stopped("output")
        if len(self._received) < 4 + size:
            return None
        frame = bytes(self._received[4 : 4 + size])
        del self._received[: 4 + size]
        return frame

    def _look(self, deadline: float, most_cpu: float) -> str:
        """Which time is up, "cpu" or "wall", or "".  Raises `Stopped` for all other limits."""
        if self.cancelled.is_set():
            raise Cancelled
        if time.monotonic() - self.watch.looked < self.LOOK_EVERY:
            return ""
        self.watch.look()
        if reason := self.watch.excess(self.limits):
            raise Stopped(reason)
        if self.cpu_seconds > min(most_cpu, self.limits.cpu):
            return "cpu"
        return "wall" if self.watch.seconds > deadline else ""


def _kill(kill: Callable[[int, int], None], target: int) -> None:
    try:
        kill(target, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
