"""A box without a way out, in which a submission runs: bubblewrap, limits, and a watch over it.

What the box sees is listed here and nothing else exists in it: the C library, this Python without
its installed packages, NumPy, Matplotlib and IPython, the harness, and a small `course_nn`.  It has
no network and no folder of the grader; /tmp and /dev/shm are its own, small and gone with it.
"""

from __future__ import annotations

import ast
import compileall
import fcntl
import importlib.metadata
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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from packaging.requirements import Requirement

import course_exercises
import course_nn
from course_exercises.homework import actions
from course_grading.sandbox import system_calls
from course_grading.sandbox.temporary_folder import TemporaryFolder

Mode = Literal["root", "user", "none"]
PACKAGES = ("numpy", "matplotlib", "ipython", "tqdm")
# Those of which somebody may ask for the version, or that are found by what they announce.
ANNOUNCED = ("numpy", "matplotlib", "matplotlib_inline")
# User ids that systems give to nobody: above those of people and home folders, below those that
# systemd gives to services for a while (systemd's "Users, Groups, UIDs and GIDs").
FIRST_UID, MOST_WORKERS, RUNS_AT_A_TIME = 60_600, 64, 9
INSIDE = Path(__file__).parent / "inside"
GRADER = "/grader"  # where the harness lies in the box
START = ("-c", "import sys; sys.path.insert(0, sys.argv.pop()); import harness; harness.main()")


class CannotSandbox(Exception):
    """There is no sandbox on this machine; the text says why, and what to install."""


@dataclass(frozen=True)
class Limits:
    """What a submission may use: bytes, counts, seconds of processor time.

    Args:
        memory: of all its processes together.
        address_space: of one process.
        processes: with their threads.
        cpu: of all processes together, for the whole submission.
        temporary: in /tmp.
        files: in /tmp and in /dev/shm, which are kernel memory even if they are empty.
        output: that is read from it in all.
    """

    memory: int = 1 << 30
    address_space: int = 3 << 30
    processes: int = 24
    open_files: int = 64
    file_size: int = 32 << 20
    temporary: int = 64 << 20
    shared: int = 16 << 20
    files: int = 10_000
    cpu: float = 150.0
    output: int = 64 << 20
    frame: int = 8 << 20


class Cancelled(Exception):
    """Whoever runs the grader has stopped it."""


class Stopped(Exception):
    """The box was stopped: "cpu", "wall", "memory", "processes", "output" or "ended"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# ------------------------------------------------------------------ what the box is made of


def mode_here() -> Mode:
    """ "root" if this is root, who can drop to one user id per worker, else "user"."""
    return "root" if os.geteuid() == 0 else "user"


def distributions(names: Iterable[str]) -> Iterator[importlib.metadata.Distribution]:
    """The installed packages of these names, and all that they need in turn."""
    seen, waiting = set(), list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            raise CannotSandbox(f"the Python package {name} is not installed.") from None
        yield distribution
        for text in distribution.requires or []:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)


@cache
def package_paths() -> tuple[Path, ...]:
    """The files and folders of the packages that the box has, where they are installed.

    Mostly without what says how they were installed: each path costs a third of a millisecond a
    box.
    """
    paths = set()
    for distribution in distributions(PACKAGES):
        record = distribution.read_text("RECORD")  # `files` makes an object of each line
        files = record.splitlines() if record else map(str, distribution.files or [])
        for first in {file.split("/")[0].split(",")[0] for file in files}:
            is_left_out = first.endswith(".pth") or (
                first.endswith(".dist-info") and first.split("-")[0] not in ANNOUNCED
            )
            if first not in ("..", "__pycache__") and not is_left_out:
                paths.add(Path(str(distribution.locate_file(first))).absolute())
    return tuple(sorted(paths))


def masks(prefix: Path) -> list[Path]:
    """Folders of installed packages below what the box sees: they are covered."""
    folders = [Path("/usr/lib"), Path("/usr/lib64"), prefix / "lib", prefix / "lib64"]
    found = []
    for folder in dict.fromkeys(folders):
        for pattern in ("python3*/site-packages", "python3*/dist-packages"):
            found += [path for path in folder.glob(pattern) if path.is_dir()]
    return [path for path in dict.fromkeys(found) if not path.is_symlink()]


def small_course(folder: Path, provides: Sequence[str]) -> None:
    """Write the course of the box: the modules of `course_nn` in `provides`, and checks that do
    nothing, where notebooks of today and of before import them.
    """
    source = Path(course_nn.__file__).parent
    target = folder / "course_nn"
    target.mkdir(parents=True)
    homework = folder / "course_exercises" / "homework"
    homework.mkdir(parents=True)
    for module in provides:
        shutil.copy(source / f"{module}.py", target)
        if module == "datasets":
            shutil.copytree(source / "data", target / "data")
    lines = []
    for node in ast.parse((source / "__init__.py").read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.module == "course_nn":  # from course_nn import datasets, plots
            lines += [f"from course_nn import {n.name}" for n in node.names if n.name in provides]
        elif str(node.module).removeprefix("course_nn.") in provides:
            lines.append(ast.unparse(node))
    (target / "__init__.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    nothing = (
        "class _Nothing:\n"
        "    def __call__(self, *a, **k): return None\n"
        "    def __getattr__(self, name): return _Nothing()\n"
        "def __getattr__(name):\n"
        "    if name.startswith('__'): raise AttributeError(name)\n"
        "    return _Nothing()\n"
    )
    (target / "exercises.py").write_text(nothing, encoding="utf-8")
    questions = Path(course_exercises.__file__).parent
    asked = [*questions.glob("*.py"), *questions.glob("homework/hw*.py")]
    for path in asked:
        if path.stem not in ("question", "trials"):
            text = "" if path.stem == "__init__" else nothing
            (folder / path.relative_to(questions.parent)).write_text(text, encoding="utf-8")
    (homework / "__init__.py").write_text("", encoding="utf-8")


def font_lists() -> list[Path]:
    """Matplotlib's list of fonts, which takes seconds to make anew; perhaps of several versions."""
    # Where matplotlib.get_cachedir() is on Linux; it is not asked because it takes 0.2 s to import.
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    folder = Path(os.environ.get("MPLCONFIGDIR") or Path(home, "matplotlib"))
    return sorted(folder.glob("fontlist-v*.json"))


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

    Raises `CannotSandbox` if something that it needs is not installed.
    """

    def __init__(
        self,
        provides: Sequence[str] = (),
        *,
        mode: Mode | None = None,
        limits: Limits | None = None,
        hidden: Sequence[Path] = (),
    ) -> None:
        self.mode: Mode = mode or mode_here()
        self.limits = limits or Limits()
        self.provides = tuple(provides)
        self._lock = -1
        self.python = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
        self.packages = package_paths()
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
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _reserve(self) -> int:
        """The number of a block of user ids that no other run has, held until `close`."""
        folder = Path("/run")  # only root can write there
        for block in range(RUNS_AT_A_TIME):
            path = folder / f"course-grading-{block}.lock"
            descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                continue
            self._lock = descriptor
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
        inside = self.folder / "inside"
        inside.mkdir()
        for name in ("harness.py", "wire.py", "tqdm_notebook.py"):
            shutil.copy(INSIDE / name, inside)
        shutil.copy(str(actions.__file__), inside / "actions.py")
        small_course(inside / "course", self.provides)
        # Nothing in the box can keep what it has compiled, so each box would do it again.
        compileall.compile_dir(inside, quiet=2)
        for path in (inside, *inside.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        if self.mode != "none":
            system_calls.write_filter(self.folder / "filter.bpf")
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
        command += ["--ro-bind", "/dev/null", "/dev/zero", "--remount-ro", "/dev"]
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
        for fonts in font_lists():
            command += ["--ro-bind", str(fonts), f"/tmp/matplotlib/{fonts.name}"]
        notebook_bar = [path / "notebook.py" for path in self.packages if path.name == "tqdm"]
        for path in notebook_bar:  # it needs widgets, which are not there
            command += ["--ro-bind", str(self.folder / "inside" / "tqdm_notebook.py"), str(path)]
        for path in ("/", *covered):
            command += ["--remount-ro", path]
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
        python = [self.python, "-I", "-S", "-B", *START, GRADER]
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
            command = [self.python, "-I", "-S", "-B", *START, str(inside)]
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
                command, env={}, cwd="/", bufsize=0, pass_fds=(descriptor,), **pipes
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
    """A running harness, and the watch over it: whoever waits for it also looks at what it uses."""

    LOOK_EVERY = 0.05  # seconds

    def __init__(self, sandbox: Sandbox, worker: int) -> None:
        self.limits, self.cancelled = sandbox.limits, sandbox.cancelled
        self.walled = sandbox.mode != "none"
        self.process = sandbox.start(worker)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
        self.cpu_seconds = 0.0
        self._received = bytearray()
        self._read_in_all = 0
        self._looked = time.monotonic()
        self._cpu_of: dict[int, float] = {}  # seconds of each process that was ever seen

    def __enter__(self) -> Box:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def close(self) -> None:
        """End everything in it, at once."""
        if self.process.poll() is None:
            self._look(enforce=False)
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

    def complaint(self) -> str:
        """What bubblewrap wrote when it could not start."""
        assert self.process.stderr is not None
        try:
            return (self.process.stderr.read(2000) or b"").decode("utf-8", "replace").strip()
        except (OSError, ValueError):
            return ""

    def send(self, message: dict[str, Any], wall: float) -> None:
        """Send a message.  Raises `Stopped`."""
        assert self.process.stdin is not None
        data = json.dumps(message).encode()
        data = struct.pack(">I", len(data)) + data
        deadline = time.monotonic() + wall
        while data:
            _, ready, _ = select.select([], [self.process.stdin], [], self.LOOK_EVERY)
            if ready:
                try:
                    data = data[os.write(self.process.stdin.fileno(), data[: 1 << 16]) :]
                except BlockingIOError:
                    pass
                except OSError:
                    raise Stopped("ended") from None
            self._watch(deadline, float("inf"))

    def receive(self, cpu: float, wall: float) -> bytes:
        """The next message, as bytes.  Raises `Stopped`.

        Args:
            cpu: seconds of processor time that it may use until then.
            wall: seconds that may pass until then.
        """
        assert self.process.stdout is not None
        deadline, most = time.monotonic() + wall, self.cpu_seconds + cpu
        while True:
            frame = self._take_frame()
            if frame is not None:
                return frame
            ready, _, _ = select.select([self.process.stdout], [], [], self.LOOK_EVERY)
            if ready:
                try:
                    piece = os.read(self.process.stdout.fileno(), 1 << 16)
                except BlockingIOError:
                    continue
                if not piece:
                    raise Stopped("ended")
                self._read_in_all += len(piece)
                if self._read_in_all > self.limits.output:
                    raise Stopped("output")
                self._received += piece
            self._watch(deadline, most)

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

    def _watch(self, deadline: float, most_cpu: float) -> None:
        if self.cancelled.is_set():
            raise Cancelled
        now = time.monotonic()
        if now - self._looked >= self.LOOK_EVERY:
            self._looked = now
            self._look()
            if self.cpu_seconds > min(most_cpu, self.limits.cpu):
                raise Stopped("cpu")
        if now > deadline:
            raise Stopped("wall")

    def _look(self, enforce: bool = True) -> None:
        """Count processor time, memory and processes of everything in the box."""
        processes = list(descendants(self.process.pid))
        used = {pid: cpu_seconds(pid) for pid in processes}
        # Nobody inherits the time of a process whose parent ignores its end.
        self._cpu_of |= {pid: own for pid, (own, _) in used.items()}
        with_children = sum(own + children for own, children in used.values())
        self.cpu_seconds = max(self.cpu_seconds, with_children, sum(self._cpu_of.values()))
        if not enforce:
            return
        if self.walled and files(processes[-1]) > self.limits.files:
            raise Stopped("memory")
        threads, memory = map(sum, zip(*map(threads_and_memory, processes), strict=True))
        if threads > self.limits.processes + 8:  # bubblewrap's own
            raise Stopped("processes")
        # Pages that processes share count for each of them, so look closer before judging.
        if memory > self.limits.memory and (
            sum(map(proportional_memory, processes)) > self.limits.memory
        ):
            raise Stopped("memory")


def _kill(kill: Callable[[int, int], None], target: int) -> None:
    try:
        kill(target, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


# ------------------------------------------------------------------ what /proc says

TICKS = os.sysconf("SC_CLK_TCK")


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
