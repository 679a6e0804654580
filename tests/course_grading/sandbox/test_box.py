"""The box shows what it must and nothing else, and is stopped, cleared away and explained."""

import compileall
import contextlib
import importlib.util
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tiers import one_of_each

from course_exercises.homework.actions import Failure
from course_grading.sandbox import box, contents, self_attack, system_calls, watch
from course_grading.sandbox.box import Sandbox
from course_grading.sandbox.contents import masks, package_paths
from course_grading.sandbox.limits import Cancelled, CannotSandbox, Limits, Stopped
from course_grading.sandbox.watch import descendants

ROOT = Path(__file__).resolve().parents[3]
PYTHON = f"python3.{sys.version_info[1]}"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can do this")


@contextmanager
def raises_stopped(reason):
    with pytest.raises(Stopped) as stopped:
        yield
    assert stopped.value.reason == reason


# --- what the box sees ----------------------------------------------------------------------------

LOOK = """
import importlib.util, os, sys
import ctypes, fcntl
import numpy, matplotlib, IPython, tqdm, tqdm.notebook
from course_nn import graph, checks
own_path = list(sys.path)
sys.path += MASKS
def named(names):  # of lists, only those of numbers come out
    return dict.fromkeys(names, True)
def importable(names):
    return named(name for name in names if importlib.util.find_spec(name))
def listed(folders):
    return named(name for folder in folders for name in os.listdir(folder))
def look(name):
    return named(globals()[name])
def allowed():
    inotify = ctypes.CDLL(None).inotify_init() != -1
    found = {"inotify"} if inotify else set()
    reader, writer = os.pipe()
    with open("/grader/wire.py", "rb") as file:
        for name, descriptor, *more in (
            ("F_SETPIPE_SZ", writer, 1 << 20), ("F_GETLK", file.fileno(), bytes(32)),
            ("F_SETLK", file.fileno(), bytes(32)), ("F_OFD_SETLK", file.fileno(), bytes(32)),
            ("F_SETLEASE", file.fileno(), fcntl.F_RDLCK), ("F_NOTIFY", file.fileno(), 1),
        ):
            try:
                fcntl.fcntl(descriptor, getattr(fcntl, name), *more)
                found.add(name)
            except OSError:
                pass
    return named(found)
bar = list(tqdm.notebook.tqdm(range(3))) + list(tqdm.notebook.trange(2))
top = sorted(os.listdir("/"))
homes = [os.listdir(f) for f in ("/root", "/home") if os.path.isdir(f) and os.access(f, os.R_OK)]
environment = sorted(os.environ)
devices = sorted(os.listdir("/dev"))
course = sorted(os.listdir("/grader/course/course_nn"))
exercises = sorted(os.listdir("/grader/course/course_exercises/homework"))
grader = sorted(os.listdir("/grader"))
ids = map(str, {*os.getresuid(), *os.getresgid(), *os.getgroups()})
binaries = sorted(os.listdir("/usr/bin"))
here = os.getcwd(), os.environ["HOME"]
"""


@pytest.fixture(scope="module")
def covered():
    """The folders of installed packages that the box must not show."""
    return masks(Path(sys.base_prefix).resolve())


@pytest.fixture(scope="module")
def inside(needs_sandbox, covered):
    """A function that looks at a name of a notebook that has looked around in its box."""
    with Sandbox(("checks", "graph")) as box_maker, box_maker.open() as box:
        self_attack.begin(box, f"MASKS = {[*map(str, covered)]!r}\n{LOOK}")

        def get(name):
            return get.call("look", (name,))

        def call(function, arguments=()):
            (value,) = self_attack.play(box, (function, arguments))
            assert not isinstance(value, Failure), value
            return list(value) if isinstance(value, dict) else value

        get.call = call
        yield get


@pytest.mark.all
def test_only_these_folders_are_there(inside):
    assert set(inside("top")) <= {
        *("dev", "etc", "grader", "lib", "lib32", "lib64", "proc", "tmp", "usr"),
        *(
            path.parts[1]
            for path in [*package_paths(), Path(sys.base_prefix), Path(sys.executable)]
        ),
    }
    assert inside("grader") == [
        *("__pycache__", "actions.py", "course", "harness.py", "tqdm_notebook.py", "wire.py")
    ]
    assert set(inside("binaries")) <= {"setpriv", "prlimit", PYTHON}
    assert set(inside("devices")) <= {
        *("console", "core", "fd", "full", "null", "ptmx", "pts", "random", "shm"),
        *("stderr", "stdin", "stdout", "tty", "urandom", "zero"),
    }
    assert inside("here") == ["/tmp"]


def test_calls_by_which_two_submissions_could_talk_are_refused(inside):
    assert inside.call("allowed") == []


def test_bars_of_notebooks_need_no_widgets(inside):
    assert inside.call("bar.copy").tolist() == [0, 1, 2, 0, 1]


def test_of_the_course_only_what_is_provided_is_there(inside):
    assert set(inside("course")) == {
        *("__init__.py", "__pycache__", "checks", "exercises.py", "graph.py")
    }
    assert "tasks.py" not in inside("exercises") and "hw1.py" in inside("exercises")


def test_of_the_installed_packages_only_these_are_there(inside, covered):
    others = ["autograd", "nbgrader", "pytest", "hypothesis", "nbformat", "nbconvert", "pip"]
    others += ["setuptools", "pyseccomp", "jupyterlab", "course_grading", "nbval", "torch"]
    assert any(map(importlib.util.find_spec, others))
    assert inside.call("importable", (others,)) == []
    known = {path.name for path in package_paths()}
    assert set(inside.call("listed", ([*map(str, covered)],))) <= known


def test_the_environment_is_the_graders_choice(inside, monkeypatch):
    assert set(inside("environment")) <= {
        *("HOME", "IPYTHONDIR", "LANG", "LC_CTYPE", "MPLBACKEND", "MPLCONFIGDIR", "PATH", "PWD"),
        *("PYTHONHASHSEED", "TMPDIR", "TQDM_DISABLE", "LD_LIBRARY_PATH"),
        *(f"{library}_NUM_THREADS" for library in ("OPENBLAS", "OMP", "MKL", "NUMEXPR", "BLIS")),
    }


@as_root
def test_root_has_really_become_somebody_else(inside):
    (uid,) = inside("ids")
    assert int(uid) >= box.FIRST_UID


# --- what is said when there is no sandbox --------------------------------------------------------


@pytest.mark.parametrize(
    ("gone", "package"),
    [("bwrap", "bubblewrap"), ("setpriv", "util-linux"), ("prlimit", "util-linux")],
)
def test_a_tool_that_is_missing_is_named_and_how_to_get_it(tmp_path, monkeypatch, gone, package):
    for tool in {"bwrap", "setpriv", "prlimit"} - {gone}:
        path = tmp_path / tool
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotSandbox, match=f"{gone} is not installed.*apt install {package}"):
        Sandbox()


def test_a_missing_filter_is_explained(monkeypatch, needs_sandbox):
    monkeypatch.setattr(system_calls, "available", lambda: "pip install pyseccomp")
    with pytest.raises(CannotSandbox, match="pip install pyseccomp"):
        Sandbox()


def test_another_system_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(CannotSandbox, match="only be shut in on Linux"):
        Sandbox()


def test_a_user_id_that_belongs_to_somebody_is_refused(needs_sandbox):
    with pytest.raises(CannotSandbox, match=r"user id 0 is needed .* belongs to root"):
        box.check_unused(0)


@as_root
def test_no_box_is_opened_for_a_user_id_that_belongs_to_somebody(needs_sandbox):
    with Sandbox() as one:
        one.first_uid = 0
        with pytest.raises(CannotSandbox, match="belongs to root"):
            one.open()


@pytest.mark.parametrize("shown", [Path(sys.base_prefix), Path("/usr/lib")])
def test_a_hidden_folder_inside_a_shown_one_is_refused(shown, tmp_path, needs_sandbox):
    with pytest.raises(CannotSandbox, match=r"lies inside .*Move it"):
        Sandbox(hidden=[tmp_path, shown / "lib" / "submissions"])
    link = tmp_path / "link"
    link.symlink_to(shown / "lib" if shown == Path("/usr") else shown)
    with pytest.raises(CannotSandbox, match=r"lies inside .*Move it"):
        Sandbox(hidden=[link])
    Sandbox(hidden=[tmp_path, ROOT]).close()


def test_a_hidden_folder_below_a_covered_one_is_hidden(covered, needs_sandbox):
    Sandbox(hidden=[mask / "course_grading" / "submissions" for mask in covered]).close()
    with pytest.raises(CannotSandbox, match="lies inside"):
        Sandbox(hidden=[covered[0].parent])


# --- user ids -------------------------------------------------------------------------------------


@pytest.fixture
def locks(tmp_path, monkeypatch) -> Path:
    """A folder for the locks in which no other run has one."""
    monkeypatch.setattr(box, "LOCKS", tmp_path)
    return tmp_path


@as_root
def test_two_runs_at_a_time_have_other_user_ids(needs_sandbox, locks):
    with Sandbox() as one, Sandbox() as other:
        assert one.first_uid == box.FIRST_UID
        assert other.first_uid == box.FIRST_UID + box.MOST_WORKERS
    with Sandbox() as again:
        assert again.first_uid == one.first_uid  # those ids are free again
        again.close()  # and once more, by the `with`


@as_root
def test_the_locks_are_where_only_root_can_write(needs_sandbox):
    about = box.LOCKS.stat()
    assert about.st_uid == 0 and not about.st_mode & 0o022
    with Sandbox() as one:
        number = (one.first_uid - box.FIRST_UID) // box.MOST_WORKERS
        about = (box.LOCKS / f"course-grading-{number}.lock").stat()
        assert about.st_mode & 0o777 == 0o600


@as_root
def test_a_sandbox_that_was_refused_keeps_no_user_ids(needs_sandbox, locks):
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(CannotSandbox, match="lies inside"):
        Sandbox(hidden=[Path("/usr/lib")])
    assert len(os.listdir("/proc/self/fd")) == before
    assert not list(locks.iterdir())


@pytest.mark.all
@as_root
def test_too_many_runs_at_a_time_are_refused(needs_sandbox, locks):
    with contextlib.ExitStack() as runs:
        for _ in range(box.RUNS_AT_A_TIME):
            runs.enter_context(Sandbox())
        before = len(os.listdir("/proc/self/fd"))
        with pytest.raises(CannotSandbox, match="9 runs of the grader are going on already"):
            Sandbox()
        assert len(os.listdir("/proc/self/fd")) == before
    Sandbox().close()


HOLD = """
import sys
from pathlib import Path
from course_grading.sandbox import box
box.LOCKS = Path(sys.argv[1])
one = box.Sandbox()
print(one.first_uid, flush=True)
sys.stdin.read()
"""


@as_root
@pytest.mark.all
def test_the_user_ids_of_a_run_that_was_killed_are_free(needs_sandbox, locks):
    """And not those of one that lives, nor do programs that it has started keep them."""
    command = [sys.executable, "-c", HOLD, str(locks)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(locks)}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        assert int(run.stdout.readline()) == box.FIRST_UID
        with Sandbox() as one:
            assert one.first_uid == box.FIRST_UID + box.MOST_WORKERS
        run.kill()
        run.wait()
    with Sandbox() as one, one.open():
        assert one.first_uid == box.FIRST_UID
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    try:
        Sandbox().close()
        with Sandbox() as one:
            assert one.first_uid == box.FIRST_UID
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@as_root
def test_a_link_in_the_place_of_a_lock_is_not_followed(needs_sandbox, locks):
    target = locks / "important"
    target.write_text("x")
    (locks / "course-grading-0.lock").symlink_to(target)
    with pytest.raises(OSError):
        Sandbox()
    assert target.read_text() == "x"


# --- nothing is left behind -----------------------------------------------------------------------


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Where sandboxes make their folders in this test."""
    tmp_path.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("mode", ["none", None])
def test_no_folder_is_left(temporary, mode, request):
    if mode is None:
        request.getfixturevalue("needs_sandbox")
    with Sandbox(mode=mode) as one:
        assert one.folder.parent == temporary
    assert list(temporary.iterdir()) == []


def test_no_folder_is_left_if_it_cannot_be_made(temporary, monkeypatch):
    with pytest.raises(FileNotFoundError):
        Sandbox(("no_such_module",), mode="none")

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(contents, "small_course", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Sandbox(mode="none")
    assert list(temporary.iterdir()) == []


def test_no_process_is_left_even_if_it_hides(needs_sandbox):
    cell = (
        "import os, time\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        if os.fork() == 0:\n"
        "            while True: time.sleep(1)\n"
        "        os._exit(0)\n"
        "time.sleep(60)"
    )
    order = {"modules": [], "given": [cell], "cells": [], "handed_out": [], "answers": []}
    order |= {"cell_seconds": 30, "cell_wall": 60, "seconds": 60, "wall": 60}
    with Sandbox() as one:
        with one.open() as box:
            box.send(order, 5)
            deadline = time.monotonic() + 100
            while len(left := list(descendants(box.process.pid))) < 6:
                assert time.monotonic() < deadline
                time.sleep(0.01)
        assert self_attack.gone(left) == []


INTERRUPTED = """
import os, signal
from course_grading.sandbox import self_attack
from course_grading.sandbox.box import Sandbox
signal.signal(signal.SIGINT, lambda *unused: None)
with Sandbox() as sandbox, sandbox.open() as box:
    os.killpg(0, signal.SIGINT)
    self_attack.begin(box, "")
    print(*self_attack.descendants(box.process.pid), flush=True)
    signal.pause()
"""


@pytest.mark.long
def test_ctrl_c_in_a_terminal_ends_no_box_but_they_end_with_the_grader(needs_sandbox):
    """Ctrl-C goes to all that the terminal has in front; else a box would seem to end by itself."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        env=environment,
        stdout=subprocess.PIPE,
        start_new_session=True,  # stands for the terminal
    ) as grader:
        assert grader.stdout is not None
        inside = [int(pid) for pid in grader.stdout.readline().split()]
        for pid in inside[2:]:
            os.kill(pid, signal.SIGSTOP)  # or it would see by itself that the grader is gone
        grader.kill()
    assert len(inside) == 3  # bubblewrap, outside and inside, and the harness
    assert self_attack.gone(inside) == []


@pytest.mark.all
def test_many_boxes_leave_no_files_open(needs_sandbox):
    with Sandbox() as one:
        one.open().close()
        before = os.listdir("/proc/self/fd")
        for worker in range(30):
            with one.open(worker) as box:
                while len(list(descendants(box.process.pid))) < 2:
                    time.sleep(0.002)
        assert len(os.listdir("/proc/self/fd")) == len(before)


def test_a_box_can_be_closed_twice_and_after_its_end(needs_sandbox):
    with Sandbox() as one:
        box = one.open()
        box.process.kill()
        box.process.wait()
        box.close()
        box.close()


# --- the watch over a box -------------------------------------------------------------------------

SMALL = Limits(
    memory=150 << 20, processes=10, cpu=9.0, output=300_000, frame=100_000, address_space=1 << 40
)


class Scripted(Sandbox):
    """Boxes with another program than the harness; nothing has to be made for them."""

    def __init__(self, script, **limits):
        self.script = f"import os, struct, time\n{script}\ntime.sleep(60)"
        self.mode, self.limits = "none", replace(SMALL, **limits)
        self.cancelled = threading.Event()

    def start(self, worker):
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        command = [sys.executable, "-I", "-S", "-c", self.script]
        return subprocess.Popen(command, bufsize=0, start_new_session=True, **pipes)


def scripted(script, **limits):
    return Scripted(script, **limits).open()


FRAME = "def frame(data): return struct.pack('>I', len(data)) + data\n"


def test_frames_come_whole_however_they_were_sent():
    script = (
        "for byte in frame(b'first'): os.write(1, bytes([byte]))\n"
        "os.write(1, frame(b'') + frame(b'third') + frame(b'x' * 100_000) + frame(b'last'))"
    )
    with scripted(FRAME + script) as box:
        frames = [box.receive(1, 5) for _ in range(5)]
    assert frames == [b"first", b"", b"third", b"x" * 100_000, b"last"]


def test_a_standstill_of_the_grader_is_not_charged_to_the_box():
    """The last look is half a minute old, and so little time has the box from now on."""
    with scripted(f"{FRAME}os.read(0, 9)\ntime.sleep(0.2)\nos.write(1, frame(b'done'))") as box:
        box.watch.looked -= 30.0
        box.send({}, 0.9)
        box.watch.looked -= 30.0
        assert box.receive(5, 0.9) == b"done"
        assert box.watch.seconds < 10.0


@pytest.fixture
def always_looks(monkeypatch):
    """As if a second had passed before each look, so that each sees whether the time is up."""
    make, look = watch.Watch.__init__, watch.Watch.look

    def make_due(one, *arguments):
        make(one, *arguments)
        one.looked -= 1.0

    def look_and_be_due(one):
        look(one)
        one.looked -= 1.0

    monkeypatch.setattr(watch.Watch, "__init__", make_due)
    monkeypatch.setattr(watch.Watch, "look", look_and_be_due)


@pytest.mark.parametrize(("cpu", "wall"), [(100.0, -1.0), (-1.0, 100.0)])
def test_an_answer_that_lies_in_the_pipe_is_never_late(always_looks, cpu, wall):
    """Also one of which the pipe takes only a part at a time."""
    with scripted(f"{FRAME}os.write(1, frame(b'first') + frame(b'x' * 99_990))") as box:
        select.select([box.process.stdout], [], [])
        assert box.receive(cpu, wall) == b"first"
        assert box.receive(cpu, wall) == b"x" * 99_990


SLOWLY = "os.write(1, frame(bytes(99_999))[:4])\nwhile True: os.write(1, b'x'); time.sleep(0.01)"


def test_who_goes_on_sending_when_the_time_is_up_is_stopped(always_looks):
    with scripted(FRAME + SLOWLY) as box, raises_stopped("wall"):
        box.LAST_READ = 0.05
        box.receive(100.0, -1.0)


def test_another_limit_holds_for_who_is_late_too(always_looks, monkeypatch):
    reasons = ["", "", "memory"]
    monkeypatch.setattr(watch.Watch, "excess", lambda one, limits: reasons.pop(0))
    with scripted(FRAME + SLOWLY) as box, raises_stopped("memory"):
        box.receive(100.0, -1.0)


@pytest.mark.all
@pytest.mark.parametrize(
    ("script", "reason"),
    one_of_each(
        [
            ("os.write(1, struct.pack('>I', 100_001))", "output"),
            ("os.write(1, b'\\xff' * 4)", "output"),
            ("while True: os.write(1, struct.pack('>I', 99_999) + bytes(99_999))", "output"),
            ("os._exit(0)", "ended"),
            ("os.write(1, b'\\0\\0\\0\\5abc'); os._exit(0)", "ended"),
            ("os.close(1)", "ended"),
            ("", "wall"),
            ("os.write(1, b'\\0\\0')", "wall"),
            ("while True: pass", "cpu"),
            ("for _ in range(3): os.fork()\nwhile True: pass", "cpu"),
            (
                "while True:\n  if os.fork() == 0:\n    sum(range(10**6)); os._exit(0)\n"
                "  os.wait()",
                "cpu",
            ),
            ("for _ in range(30):\n  if os.fork() == 0: time.sleep(60)", "processes"),
            (
                "import threading\n"
                "for _ in range(30): threading.Thread(target=time.sleep, args=[60]).start()",
                "processes",
            ),
            ("kept = os.urandom(1 << 20) * 200", "memory"),
            ("for _ in range(3): os.fork()\nkept = os.urandom(1 << 20) * 40", "memory"),
            ("kept = os.urandom(1 << 20) * 60\nfor _ in range(3): os.fork()", "wall"),  # shared
        ],
        lambda case: case[1],
    ),
)
def test_what_stops_a_box(script, reason):
    with scripted(script) as box, raises_stopped(reason):
        while True:
            box.receive(0.5 if reason == "cpu" else 100.0, 0.6 if reason == "wall" else 100.0)


def test_the_processor_time_of_the_whole_box_counts_too():
    with scripted("while True: pass", cpu=0.3) as box, raises_stopped("cpu"):
        box.receive(100, 100)


def test_who_does_not_read_is_stopped():
    with scripted("") as box, raises_stopped("wall"):
        box.send({"large": "x" * 1_000_000}, 0.2)


def test_who_has_gone_cannot_be_sent_anything():
    with scripted("os._exit(0)") as box, raises_stopped("ended"):
        box.process.wait()
        box.send({"a": 1}, 5)


def test_whoever_runs_the_grader_can_stop_it():
    with scripted("") as box:
        box.cancelled.set()
        with pytest.raises(Cancelled):
            box.receive(1, 5)
        with pytest.raises(Cancelled):
            box.send({"a": 1}, 5)


def test_the_processor_time_is_known_at_the_end():
    script = "end = time.process_time() + 0.2\nwhile time.process_time() < end: pass\n"
    with scripted(f"{FRAME}{script}os.write(1, frame(b'done'))") as box:
        assert box.receive(5, 100) == b"done"
    rounded_down = 2 / os.sysconf("SC_CLK_TCK")  # in /proc, time of the user and of the system
    assert 0.2 - rounded_down <= box.cpu_seconds < 2


def test_the_complaint_of_what_did_not_start():
    with scripted("os.write(2, b'bwrap: no\\xff'); os._exit(1)") as box:
        box.process.wait()
        assert box.complaint() == "bwrap: no\ufffd"


# --- what is done once before a class -------------------------------------------------------------

FIGURE = """
import io, matplotlib.pyplot as pyplot
pyplot.plot([1, 2])
pyplot.savefig(io.BytesIO())
%time 1
"""
COUNTED = """
import os, sys, numpy
specs = [getattr(module, "__spec__", None) for module in list(sys.modules.values())]
cached = [s.cached for s in specs if s and s.has_location and s.cached]
lacking = [path for path in cached if not os.path.exists(path)]
kept = [path for path in cached if path.startswith("/grader/bytecode")]
fonts = [name for name in os.listdir("/tmp/matplotlib") if "fontlist" in name]
def answers():
    return [len(cached), len(lacking), len(kept), len(fonts)]
"""


def counted(sandbox, above=FIGURE):
    """Modules of a notebook with a figure; how many are not compiled, and how many by the grader;
    and lists of fonts."""
    with sandbox.open() as one:
        self_attack.begin(one, above + COUNTED)
        (answers,) = self_attack.play(one, ("answers", ()))
    return answers.astype(int).tolist()


@pytest.mark.long
@pytest.mark.parametrize("mode", [None, "none"])
def test_what_notebooks_import_is_compiled_once_where_nobody_has(needs_sandbox, monkeypatch, mode):
    real = box.warm_up

    def nowhere(*rest):
        return {source: f"/nowhere{cached}" for source, cached in real(*rest).items()}

    monkeypatch.setattr(box, "may_lack_bytecode", lambda: True)
    monkeypatch.setattr(box, "warm_up", nowhere)
    with Sandbox(("checks", "graph"), mode=mode) as sandbox:
        sandbox.prepare()
        modules, lacking, kept, _ = counted(sandbox)
    assert modules > 300 and lacking == 0
    if mode is None:
        assert kept == modules
    monkeypatch.setattr(box, "compile_into", lambda *arguments: None)
    with Sandbox(("checks", "graph"), mode=mode) as sandbox:
        sandbox.prepare()
        assert counted(sandbox, above="")[1] > 50


@pytest.mark.long
def test_the_list_of_fonts_is_made_once_where_there_is_none(needs_sandbox, monkeypatch, tmp_path):
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    with Sandbox() as sandbox:
        assert counted(sandbox)[3] == 1  # made by the box itself
        sandbox.prepare()
        assert len(sandbox._fonts) == 1 and sandbox._options == []
        assert sandbox._fonts[0].is_relative_to(sandbox.folder)


def test_modules_that_are_not_compiled_are_noticed(monkeypatch, tmp_path):
    (tmp_path / "one.py").touch()
    monkeypatch.setattr(contents, "package_paths", lambda: (tmp_path,))
    assert contents.may_lack_bytecode()
    compileall.compile_dir(tmp_path, quiet=2)
    standard = contents.Path(contents.ast.__file__).parent
    compiled = {path.stem.partition(".")[0] for path in standard.glob("__pycache__/*.pyc")}
    lacking = {path.stem for path in standard.glob("*.py")} - compiled
    assert contents.may_lack_bytecode() == bool(lacking)


def test_packages_that_cannot_be_imported_are_named(tmp_path):
    with pytest.raises(CannotSandbox, match="cannot be imported"):
        contents.warm_up("/bin/false", {}, tmp_path)


# --- as an ordinary user --------------------------------------------------------------------------

ORDINARY = 61_950  # a user id of nobody


def python_of_others():
    """A Python that another user may run and that has what the grader needs, or None."""
    needed = "import numpy, matplotlib, IPython, tqdm, packaging, pyseccomp"
    for path in (sys.executable, os.environ.get("COURSE_OTHER_PYTHON"), "/usr/bin/python3"):
        if path and as_somebody_else([path, "-c", needed], {}).returncode == 0:
            return path
    return None


def as_somebody_else(command, environment):
    drop = ["setpriv", "--reuid", str(ORDINARY), "--regid", str(ORDINARY), "--clear-groups"]
    drop.append("env")  # setpriv itself still has the rights to start what others may not see
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **environment}
    return subprocess.run(
        [*drop, *command], env=environment, cwd="/", capture_output=True, text=True, timeout=120
    )


@as_root
def test_every_wall_holds_for_an_ordinary_user_too(needs_sandbox):
    python = python_of_others()
    if python is None:
        pytest.skip("no Python that another user may run has what the grader needs")
    home = Path(tempfile.mkdtemp())
    try:
        os.chown(home, ORDINARY, ORDINARY)
        code = (
            "from course_grading.sandbox import limits, self_attack\n"
            "print(limits.mode_here(), [str(hole) for hole in self_attack.find_holes()])"
        )
        environment = {"HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": str(ROOT)}
        done = as_somebody_else([python, "-c", code], environment)
    finally:
        shutil.rmtree(home)
    if "No module named 'course" in done.stderr:
        pytest.skip("another user cannot read the folder of the course")
    assert done.stdout == "user []\n", done.stderr
