"""Submissions that cheat, break, flood or wait, and honest ones in which something is odd.

Each is a file, or several, as a student would hand them in, with what an instructor must find in
the results.  `test_hostile.py` grades all of an assignment in one folder.
"""

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parents[2] / "homework" / "source"
FULL = {
    "hw1": {1: 10, 2: 18, 3: 16, 4: 12, 5: 14, 6: 10},
    "hw2": {1: 6, 2: 30, 3: 18, 4: 12, 5: 10, 6: 4},
    "hw3": {1: 7, 2: 9, 3: 20, 4: 20, 5: 14, 6: 10},
}
RUN, PARTLY, NOT_RUN = "graded", "partly graded", "could not be run"


# ------------------------------------------------------------------ notebooks


def code(source: str, **more):
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
    }
    return {**cell, "source": source, **more}


def markdown(source: str, **more):
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def notebook(cells, **changes) -> bytes:
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps({**content, **changes}).encode()


def solved(name: str) -> list[dict]:
    """The cells of a student with full marks."""
    cells = json.loads((SOURCES / name / f"{name}.ipynb").read_bytes())["cells"]
    for cell in cells:
        source = "".join(cell["source"])
        source = re.sub(r" *### BEGIN HIDDEN.*?### END HIDDEN TESTS\n?", "", source, flags=re.S)
        cell["source"] = re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", source)
    return cells


def honest(name: str, *first: str, last: tuple[str, ...] = ()) -> bytes:
    """A right notebook, with more cells before and after."""
    return notebook([*map(code, first), *solved(name), *map(code, last)])


def instead(name: str, function: str, source: str) -> bytes:
    """A right notebook, but for this answer."""
    cells = solved(name)
    for cell in cells:
        if cell["cell_type"] == "code" and f"def {function}(" in cell["source"]:
            found = re.search(rf"^def {function}\(.*?(?=^\S|\Z)", cell["source"], re.M | re.S)
            assert found is not None
            cell["source"] = cell["source"].replace(found[0], source + "\n\n")
            return notebook(cells)
    raise AssertionError(function)


def answers(name: str) -> list[str]:
    """The names of the functions of the answers."""
    text = "\n".join(
        c["source"] for c in solved(name) if "def " in c["source"] and "ef " in c["source"]
    )
    names = re.findall(r"^def (\w+)\(", text, re.M)
    return [each for each in names if not each.startswith(("make_", "loss_of"))]


def cheat(source: str, name: str = "hw1") -> bytes:
    """Nothing but a function `trick`, which every answer is."""
    lines = "\n".join(f"{answer} = trick" for answer in answers(name))
    return notebook([code("import numpy as np"), code(source), code(lines)])


def every(value: str, name: str = "hw1") -> bytes:
    """Every answer returns this."""
    return cheat(f"def trick(*arguments):\n    return {value}", name)


# ------------------------------------------------------------------ what is expected


@dataclass(frozen=True)
class Hostile:
    """A submission and what must come of it.

    Args:
        student: its name, and that of its file.
        build: what is in the notebook; or writes files, given the folder of the submissions.
        status: of the record.
        points: of the questions that have not full marks; 0 for all of them.
        says: what stands in the reason, the notes or the feedback.
        at_most: less is right too: it has broken its own sandbox.
        tight: graded with little time, because it takes all that it gets.
    """

    student: str
    build: bytes | Callable[[Path], None]
    status: str | tuple[str, ...] = RUN
    points: Mapping[int, float] | int = field(default_factory=dict)
    says: str = ""
    at_most: bool = False
    tight: bool = False

    def write(self, folder: Path) -> None:
        if callable(self.build):
            self.build(folder)
        else:
            (folder / f"{self.student}.ipynb").write_bytes(self.build)

    def wanted(self, name: str) -> dict[int, float]:
        if self.points == 0:
            return dict.fromkeys(FULL[name], 0)
        assert isinstance(self.points, Mapping)
        return {**FULL[name], **self.points}


def nothing_for(*questions: int) -> dict[int, float]:
    return dict.fromkeys(questions, 0)


# ------------------------------------------------------------------ what stops or breaks the box

SWALLOWING = """
while True:
    try:
        while True:
            pass
    except:
        pass
"""
FORK_BOMB = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
MEMORY = """
kept = []
while True:
    kept.append(bytearray(b"x" * (8 << 20)))
"""
GROWING = """
kept = []
while True:
    kept.append(kept[:])
    kept.extend(kept)
"""
MEMORY_OVER_SEVERAL = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        kept = []
        try:
            while len(kept) < 80:
                kept.append(os.urandom(1 << 20))
        finally:
            time.sleep(60)
time.sleep(60)
"""
DISK = """
import os
for i in range(100):
    try:
        with open(f"/tmp/flood{i}", "wb") as file:
            while True:
                file.write(bytes(1 << 20))
    except OSError:
        pass
"""
EVERY_DESCRIPTOR = """
import os
for descriptor in range(64):
    try:
        os.write(descriptor, b"flood" * 4000)
    except OSError:
        pass
"""
SEGFAULT = """
import ctypes
ctypes.string_at(0)
"""
DAEMON = """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    for number in range(1, 64):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        try:
            time.sleep(1)
        except BaseException:
            pass
"""
HARNESS = """
import sys, time
frame = sys._getframe()
while not hasattr(frame.f_locals.get("self"), "target"):
    frame = frame.f_back
target, send = frame.f_locals["self"].target, frame.f_globals["send"]
"""
BEGINS_0 = f"""{HARNESS}
send(target, {{"begins": 0}})
import os
os._exit(1)
"""
BEGINS_FOREVER = f"""{HARNESS}
while True:
    send(target, {{"begins": 1}})
    time.sleep(0.2)
"""
BEGINS_FLOOD = f"""{HARNESS}
while True:
    for number in range(200):
        send(target, {{"begins": number}})
"""


def indented(source: str) -> str:
    return "\n".join(f"    {line}" for line in source.strip().splitlines())


def in_shapes(source: str) -> bytes:
    """A right notebook, but `shapes` (question 1, 10 points, used by no other) does this."""
    return instead("hw1", "shapes", f"def shapes(B, D, H1, H2, K):\n{indented(source)}\n")


def above_shapes(source: str) -> bytes:
    """A right notebook, with more above the answer to question 1, in the same cell."""
    cells = solved("hw1")
    for cell in cells:
        if cell["cell_type"] == "code" and "def shapes(" in cell["source"]:
            cell["source"] = f"{source}\n\n{cell['source']}"
    return notebook(cells)


def below(source: str) -> bytes:
    """A right notebook, with more below, in which `own_shapes` and the like are the answers."""
    names = answers("hw1")
    return honest("hw1", last=("\n".join(f"own_{name} = {name}" for name in names), source))


Q1 = nothing_for(1)
BREAKING = [
    Hostile("loop-in-a-cell", honest("hw1", "while True:\n    pass")),
    Hostile("loop-in-an-answer", in_shapes("while True:\n    pass"), points=Q1, says="ran far"),
    Hostile(
        "swallowing-loop-in-a-cell",
        honest("hw1", SWALLOWING),
        PARTLY,
        says="so it was left out",
    ),
    Hostile(
        "swallowing-loop-in-an-answer",
        in_shapes(SWALLOWING),
        points=Q1,
        says="ran far",
    ),
    Hostile(
        "own-signal-handlers",
        honest(
            "hw1",
            "import signal\n"
            "for n in (signal.SIGPROF, signal.SIGALRM, signal.SIGXCPU, signal.SIGTERM):\n"
            "    signal.signal(n, signal.SIG_IGN)\n"
            "signal.setitimer(signal.ITIMER_PROF, 0)\nsignal.setitimer(signal.ITIMER_REAL, 0)",
        ),
    ),
    Hostile(
        "limits-lifted",
        in_shapes(
            "import resource\n"
            "for kind in range(16):\n"
            "    try:\n"
            "        resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
            "    except (OSError, ValueError):\n"
            "        pass\n" + SWALLOWING
        ),
        points=Q1,
    ),
    Hostile("fork-bomb-in-a-cell", honest("hw1", FORK_BOMB), (RUN, PARTLY)),
    Hostile("fork-bomb-in-an-answer", in_shapes(FORK_BOMB), (RUN, PARTLY), Q1),
    Hostile("memory-in-a-cell", honest("hw1", MEMORY), (RUN, PARTLY)),
    Hostile("memory-in-an-answer", in_shapes(MEMORY), points=Q1),
    Hostile("endlessly-growing-list", in_shapes(GROWING), points=Q1),
    Hostile("twelve-loops", honest("hw1", *["while True:\n    pass"] * 12), says="cut off"),
    Hostile(
        "a-loop-above-the-answer-in-one-cell",
        above_shapes("total = 0\nwhile True:\n    total += 1"),
        says="ran too long and was cut off",
    ),
    Hostile("begins-0", honest("hw1", BEGINS_0), PARTLY, says="grader's channel"),
    Hostile("begins-forever", honest("hw1", BEGINS_FOREVER), PARTLY, says="grader's channel"),
    Hostile("begins-flood", honest("hw1", BEGINS_FLOOD), PARTLY, says="grader's channel"),
    Hostile(
        "memory-of-several",
        in_shapes(MEMORY_OVER_SEVERAL),
        points=Q1,
        status=(RUN, PARTLY),
    ),
    Hostile("disk-in-a-cell", honest("hw1", DISK), (RUN, PARTLY)),
    Hostile("disk-in-an-answer", in_shapes(DISK), points=Q1),
    Hostile("printing", honest("hw1", "for _ in range(20000):\n    print('x' * 1000)")),
    Hostile("output-in-a-cell", honest("hw1", EVERY_DESCRIPTOR), PARTLY, says="grader's channel"),
    Hostile("output-in-an-answer", in_shapes(EVERY_DESCRIPTOR), (RUN, PARTLY), Q1, at_most=True),
    Hostile("exit-in-a-cell", honest("hw1", "import os\nos._exit(0)"), PARTLY, says="ended the"),
    Hostile("exit-in-an-answer", in_shapes("import os\nos._exit(0)"), points=Q1, says="ended the"),
    Hostile("sys-exit-in-a-cell", honest("hw1", "import sys\nsys.exit(1)", "quit()", "exit()")),
    Hostile("sys-exit-in-an-answer", in_shapes("import sys\nsys.exit(0)"), points=Q1),
    Hostile(
        "kills-in-a-cell",
        honest("hw1", "import os\nos.kill(os.getppid(), 9)", "import os\nos.kill(-1, 9)"),
    ),
    Hostile(
        "kills-its-parent",
        in_shapes("import os\nos.kill(os.getppid(), 9)"),
        (RUN, PARTLY),
        Q1,
        at_most=True,
    ),
    Hostile("kills-all", in_shapes("import os\nos.kill(-1, 9)"), (RUN, PARTLY), Q1, at_most=True),
    Hostile("segfault-in-a-cell", honest("hw1", SEGFAULT), PARTLY, says="left out"),
    Hostile("segfault-in-an-answer", in_shapes(SEGFAULT), points=Q1),
    Hostile("recursion-in-a-cell", honest("hw1", "def f():\n    f()\nf()")),
    Hostile(
        "recursion-in-an-answer",
        in_shapes("return shapes(B, D, H1, H2, K)"),
        points=Q1,
        says="RecursionError",
    ),
    Hostile(
        "recursion-through-the-stack",
        in_shapes(
            "import sys\nsys.setrecursionlimit(10**9)\nclass A:\n    def __getattr__(self, n):\n"
            "        return getattr(self, n)\nreturn A().x"
        ),
        points=Q1,
    ),
    Hostile("deep-expression", honest("hw1", "x = " + "-" * 200_000 + "1"), (RUN, PARTLY)),
    Hostile("deep-brackets", honest("hw1", "x = " + "(" * 5000 + ")" * 5000), (RUN, PARTLY)),
    Hostile("null-bytes", honest("hw1", "x = '\0'", "\0")),
    Hostile("daemon-in-a-cell", honest("hw1", DAEMON)),
    Hostile("daemon-in-an-answer", in_shapes(DAEMON + "\nreturn {}"), points=Q1),
    Hostile(
        "threads-left-running",
        honest(
            "hw1",
            "import threading, time\n"
            "for _ in range(5):\n"
            "    threading.Thread(target=lambda: time.sleep(1000)).start()",
        ),
    ),
    Hostile(
        "closes-everything-in-a-cell",
        honest("hw1", "import os\nos.closerange(0, 256)"),
        PARTLY,
        says="left out",
    ),
    Hostile(
        "closes-everything-in-an-answer", in_shapes("import os\nos.closerange(0, 256)"), points=Q1
    ),
    Hostile(
        "atexit", honest("hw1", "import atexit\natexit.register(lambda: exec('while 1: pass'))")
    ),
]
BREAKING = [replace(entry, tight=True) for entry in BREAKING]

# ------------------------------------------------------------------ what wants points for nothing

EQUAL = """
class Equal:
    shape, dtype, ndim, size = (3, 4), np.dtype(float), 2, 12
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Equal()
    def __getitem__(self, key): return Equal()
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
    def __hash__(self): return 0
    def __bool__(self): return True
    def __float__(self): return 1.0
    def __abs__(self): return self
    def __sub__(self, other): return 0.0
    __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __sub__
    def __array__(self, *a, **k): return np.zeros(self.shape)
    def __array_ufunc__(self, *a, **k): return np.True_
    def __array_function__(self, *a, **k): return True
def trick(*arguments):
    return Equal()
"""
SUBCLASS = """
class Lying(np.ndarray):
    def __eq__(self, other): return np.True_
    def __ne__(self, other): return np.False_
    def __array_ufunc__(self, *a, **k): return np.True_
    def __array_function__(self, *a, **k): return True
    def __sub__(self, other): return np.zeros(1)
    def __array__(self, *a, **k): return np.zeros(3)
    def tobytes(self, *a): return b""
    def astype(self, *a, **k): return self
    nbytes = 0
class LyingDict(dict):
    def __getitem__(self, key): return np.zeros((3, 4)).view(Lying)
    __missing__ = __getitem__
def trick(*arguments):
    return LyingDict() if len(arguments) == 5 else np.zeros((3, 4)).view(Lying)
"""
PATCHED_NUMPY = """
for name in ("allclose", "array_equal", "array_equiv", "isclose", "all", "isfinite"):
    setattr(np, name, lambda *a, **k: True)
np.max = np.abs = lambda *a, **k: 0.0
np.asarray = np.array = lambda *a, **k: np.zeros((3, 4))
for name in dir(np.testing):
    if name.startswith("assert"):
        setattr(np.testing, name, lambda *a, **k: None)
def trick(*arguments):
    return np.ones((3, 4))
"""
IN_PLACE = """
np.array_equal = np.array_equiv = np.allclose = lambda *a, **k: True
def parabola(h2, z3, y, j, k):
    c0 = batch_loss(squared_error(z3, y))
    z3 -= y
    return {"c0": c0, "c1": (h2[:, j] * z3[:, k]).mean(), "c2": (h2[:, j] ** 2).mean() / 2}
"""
PATCHED_PYTHON = """
import builtins, json, os, struct, sys, time, copy
def trick(*arguments):
    return 0.0
builtins.isinstance = lambda *a: True
builtins.len = lambda *a: 0
builtins.all = builtins.any = lambda *a: True
json.dumps = lambda *a, **k: '{"found": [], "stopped": ""}'
json.loads = lambda *a, **k: {"plays": [], "seconds": 1, "wall": 1, "bytes": 1}
struct.pack = lambda *a: b"\\0\\0\\0\\0"
copy.deepcopy = lambda value, *a: value
time.monotonic = lambda: 0.0
"""
PATCHED_HARNESS = """
import sys
frame, places = sys._getframe(), []
while frame is not None:
    places.append(frame.f_globals)
    frame = frame.f_back
import wire, actions
for place in [*places, vars(wire), vars(actions)]:
    if "collect" in place:
        place["collect"] = lambda reader, child, order: {
            "found": [
                {"found": {s[2] or s[1]: {"bool": True} for s in play if s[0] == "get"}}
                for play in order["plays"]
            ],
            "stopped": "",
        }
    if "encode" in place:
        place["encode"] = lambda *a, **k: {"bool": True}
    if "perform" in place:
        place["perform"] = lambda given, names: (
            {s.name: True for s in given if hasattr(s, "label")}, {}
        )
def trick(*arguments):
    return True
"""
TRANSFORMERS = """
%time 1
import ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node): return None
    def visit_Compare(self, node): return ast.Constant(True)
    def visit_Raise(self, node): return None
shell = get_ipython()
shell.ast_transformers.append(Drop())
shell.input_transformers_cleanup.append(lambda lines: ["pass\\n"])
shell.input_transformers_post.append(lambda lines: ["pass\\n"])
shell.run_cell = lambda *a, **k: None
def trick(*arguments):
    return 1.0
"""
STACK_FRAMES = """
import gc, sys, inspect
def candidates():
    frame = sys._getframe()
    while frame is not None:
        yield from frame.f_locals.items()
        yield from frame.f_globals.items()
        frame = frame.f_back
    for thing in gc.get_objects():
        if isinstance(thing, dict):
            yield from list(thing.items())
def trick(*arguments):
    for key, value in candidates():
        if key in ("right", "wanted", "expected", "solution", "answer_key", "slips"):
            return value
        if hasattr(value, "right"):
            return value.right
    return 0.0
"""
SEEDS = """
import os, sys
def trick(*arguments):
    for place in (os.environ, vars(sys.modules["__main__"])):
        for key, value in list(place.items()):
            if "seed" in str(key).lower() and not callable(value):
                return value
    from course_nn.exercises import hw1, tasks
    return hw1.q1.tasks["the weights"](np.random.default_rng(20)).wanted["W1"].right
"""
PROC = """
import glob, os
def trick(*arguments):
    found = []
    for path in glob.glob("/proc/[0-9]*/*") + glob.glob("/proc/[0-9]*/fd/*"):
        try:
            with open(path, "rb") as file:
                os.set_blocking(file.fileno(), False)
                found.append(file.read(10000) or b"")
        except OSError:
            pass
    for line in b"".join(found).splitlines():
        if b"def shapes" in line or b"right" in line or b"seed" in line:
            return line.decode(errors="replace")
    return 0.0
"""
KERNEL = """
%time 1
def trick(*arguments):
    shell = get_ipython()
    try:
        history = list(shell.history_manager.get_range())
    except Exception:
        history = []
    for place in (shell.user_ns.get("In", []), shell.user_ns.get("Out", {}), history):
        for entry in place:
            if "require" in str(entry) or "right" in str(entry):
                return entry
    return shell.user_ns.get("_oh", 0.0) or 0.0
"""
IMPORTS = """
def trick(*arguments):
    try:
        from course_nn.exercises import hw1
        case = hw1.Case(np.random.default_rng(0))
        if isinstance(case, hw1.Case):
            return "the answers can be imported"
    except Exception:
        pass
    for module in ("course_grading", "course_grading.marking.assignments.hw1", "course_nn.training",
                   "course_nn.gradients", "course_nn.graph", "course_exercises.homework.tasks"):
        try:
            __import__(module)
            raise SystemExit
        except ImportError:
            pass
    import course_nn as nn
    return nn.two_hidden_layer_network(3, 4, 5, 2).loss
"""
FORGED = """
import json, os, stat, struct
ARRAY = {"array": ["f8", [], "AAAAAAAA8D8="]}
LABELS = ["W1", "W2", "W3", "x", "z1", "h1", "z2", "h2", "z3", "h", "L", "J", "p", "share"]
KINDS = (ARRAY, {"kind": "right"}, {"text": "right"}, {"bool": True}, {"none": True},
         {"failure": ["right", "right", "right"]}, {"failure": ["stopped", "nobody", ""]})
def pipes():
    for descriptor in range(3, 64):
        try:
            if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                yield descriptor
        except OSError:
            pass
def frame(message):
    data = json.dumps(message).encode()
    return struct.pack(">I", len(data)) + data
def forge(kind):
    found = [{"found": dict.fromkeys(LABELS, kind), "after": {}}] * 10
    for descriptor in list(pipes()):
        try:
            os.write(descriptor, frame({"found": found, "stopped": ""}) * 3)
        except OSError:
            pass
count = 0
def trick(*arguments):
    global count
    count += 1
    forge(KINDS[count % len(KINDS)])
    return 1.0
"""
LINES = """
import json, os, stat
def trick(*arguments):
    found = {"shapes": {"bool": True}, "h": {"text": "right"}}
    found = {"right": True, "points": 80, "found": found, "after": {}}
    for d in range(3, 64):
        try:
            if stat.S_ISFIFO(os.fstat(d).st_mode):
                os.write(d, (json.dumps(found) + "\\n").encode() * 10)
        except OSError:
            pass
    return 1.0
"""
READY = (
    "forge_ready = frame({'ready': {'shapes': 1000, '<b>': 2}})\n"
    "for d in list(pipes()):\n    os.write(d, forge_ready)\nforge(ARRAY)"
)
PRINTED = """
import sys
def trick(*arguments):
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        print('{"found": [], "stopped": "", "points": 80, "status": "graded"}', file=stream)
        print("Right. 80 of 80 points. PASSED", file=stream)
    return "right"
"""
LATE = """
import threading, time, os, stat
def late(arguments):
    time.sleep(0.3)
    for d in range(3, 64):
        try:
            if stat.S_ISFIFO(os.fstat(d).st_mode):
                os.write(d, b'{"found": {"W1": {"bool": true}}}\\n')
        except OSError:
            pass
def trick(*arguments):
    threading.Thread(target=late, args=(arguments,)).start()
    return None
"""
REPLACED = """
import sys, types
fake = types.ModuleType("course_nn")
fake.__path__ = []
fake.__getattr__ = lambda name: (lambda *a, **k: True)
for name in list(sys.modules):
    if name.startswith("course_nn") or name in ("actions", "wire", "__main__"):
        sys.modules[name] = fake
def trick(*arguments):
    return True
"""
FAILURES = """
from actions import Failure, Ref, Get
count = 0
def trick(*arguments):
    global count
    count += 1
    kinds = ("right", "missing", "open", "attribute", "changed", "error", "type", "nan", "stopped")
    failure = Failure(kinds[count % len(kinds)], "right", "right")
    return {"W1": failure, "W2": failure, "W3": Ref("right"), "z1": failure, "x": Get("x")} \
        if count % 2 else failure
"""
METACLASS = """
class Meta(type):
    def __instancecheck__(cls, other): return True
    def __eq__(cls, other): return True
    def __hash__(cls): return 0
class Anything(metaclass=Meta):
    @property
    def __class__(self): return np.ndarray
    def __len__(self): return 3
    def __iter__(self): return iter([1.0, 2.0, 3.0])
def trick(*arguments):
    return Anything()
"""
ENDLESS_LIST = """
class Endless(list):
    def __len__(self): return 3
    def __iter__(self):
        while True:
            yield "x"
def trick(*arguments):
    return Endless()
"""
STUBBORN = """
class Stubborn:
    def __getattribute__(self, name):
        raise SystemExit
    def __str__(self): raise KeyboardInterrupt
def trick(*arguments):
    return Stubborn()
"""
OTHERS_FILES = """
import glob, json, os
def find():
    for folder in {places}:
        for path in glob.glob(folder + "/**/*", recursive=True):
            try:
                text = open(path, encoding="utf-8").read()
                for cell in json.loads(text)["cells"]:
                    if "def " in "".join(cell["source"]):
                        exec("".join(cell["source"]), globals())
            except Exception:
                pass
find()
"""

CHEATING = [
    Hostile("always-equal", cheat(EQUAL), points=0),
    Hostile("lying-subclass", cheat(SUBCLASS), points=0),
    Hostile("patched-numpy", cheat(PATCHED_NUMPY), (RUN, PARTLY), points=0),
    Hostile("patched-python", cheat(PATCHED_PYTHON), (RUN, PARTLY, NOT_RUN), points=0),
    Hostile("patched-harness", cheat(PATCHED_HARNESS), (RUN, PARTLY), points=0),
    Hostile("transformers", cheat(TRANSFORMERS), points=0),
    Hostile(  # 6 points less, of this answer; `bottom` is another one
        "patched-comparison",
        instead("hw1", "parabola", IN_PLACE),
        points={6: FULL["hw1"][6] - 6},
        says="changed in place",
    ),
    Hostile("stack-frames", cheat(STACK_FRAMES), points=0),
    Hostile("seeds", cheat(SEEDS), points=0),
    Hostile("proc", cheat(PROC), (RUN, PARTLY), points=0),
    Hostile("kernel-history", cheat(KERNEL), points=0),
    Hostile("imports-the-answers", cheat(IMPORTS), points=0),
    Hostile("forged-frames", cheat(FORGED), (RUN, PARTLY), points=0, tight=True),
    Hostile("forged-ready", cheat(FORGED + READY), (RUN, PARTLY, NOT_RUN), points=0),
    Hostile("forged-lines", cheat(LINES), (RUN, PARTLY), points=0),
    Hostile("printed-result", cheat(PRINTED), points=0),
    Hostile("late-thread", cheat(LATE), (RUN, PARTLY), points=0),
    Hostile("replaced-modules", cheat(REPLACED), (RUN, PARTLY), points=0),
    Hostile("failures-of-its-own", cheat(FAILURES), points=0),
    Hostile("metaclass", cheat(METACLASS), points=0),
    Hostile(
        "endless-list", in_shapes(f"{ENDLESS_LIST}\nreturn trick()"), (RUN, PARTLY), Q1, tight=True
    ),
    Hostile("stubborn", cheat(STUBBORN), points=0),
    Hostile("true", every("True"), points=0),
    Hostile("nan", every("np.full((3, 4), np.nan)"), points=0),
    Hostile(
        "infinity", every("{'W1': (np.inf, -np.inf), 'z1': np.inf, 'x': float('inf')}"), points=0
    ),
    Hostile("complex", every("np.ones((3, 4)) * 1j"), points=0),
    Hostile("objects", every("np.array([object(), None, 'x', 1.0], dtype=object)"), points=0),
    Hostile("number-strings", every("{'W1': ('3', '4'), 'z1': '1.0', 'x': b'1'}"), points=0),
    Hostile(
        "many-digits", every("{'W1': (10**5000, 1), 'z1': 10**5000, 'x': -10**5000}"), points=0
    ),
    Hostile(
        "lists-of-texts",
        in_shapes("return {'W1': [['y' * 500] + ['x'] * 19_999] * 15}"),
        (RUN, PARTLY),
        Q1,
    ),
    Hostile("forged-begins-for-points", cheat(BEGINS_FLOOD), PARTLY, 0),
    Hostile("deep-lists", every("eval('[' * 80 + ']' * 80)"), points=0),
    Hostile(
        "endlessly-deep",
        cheat(
            "x = []\nx.append(x)\nd = {}\nd['W1'] = d['z1'] = d['x'] = d\n"
            "def trick(*a):\n    return d if len(a) == 5 else x"
        ),
        points=0,
    ),
    Hostile("huge-arrays", every("np.broadcast_to(1.0, (10**8,))"), (RUN, PARTLY), 0),
    Hostile("huge-text", every("'1' * 10**7"), points=0),
    Hostile("empty-arrays", every("np.zeros((0, 3))"), points=0),
    Hostile("generators", every("(v for v in arguments)"), points=0),
    Hostile("memory-views", every("memoryview(b'12345678')"), points=0),
    Hostile("dates", every("np.array(['2026-01-01'], dtype='M8[D]')"), points=0),
    Hostile("records", every("np.zeros(3, dtype=[('a', 'f8'), ('b', 'i4')])"), points=0),
    Hostile("masked", every("np.ma.masked_all((3, 4))"), points=0),
    Hostile("functions", every("trick"), points=0),
]

# ------------------------------------------------------------------ what lets hidden numbers out

ECHOES = {
    "echo-in-an-exception": "raise ValueError(repr(arguments))",
    "echo-in-a-class-name": "raise type(repr(arguments)[:400], (Exception,), {})('x')",
    "echo-in-a-builtin-name": "raise type('ValueError', (Exception,), {})(repr(arguments))",
    "echo-at-the-next-call": """
text, kept[:] = repr(kept), [*kept[-3:], arguments]
raise RuntimeError(text)""",
    "echo-in-a-file": """
import os
old = open("/tmp/seen").read() if os.path.exists("/tmp/seen") else ""
open("/tmp/seen", "a").write(repr(arguments))
raise KeyError(old[-400:])""",
    "echo-on-the-screen": """
import sys, warnings
print(repr(arguments), flush=True)
print(repr(arguments), file=sys.stderr, flush=True)
sys.__stdout__.write(repr(arguments))
warnings.warn(repr(arguments))
return "right" """,
    "echo-in-a-value": "return {repr(arguments): repr(arguments), 'W1': repr(arguments)}",
    "echo-in-a-failure": """
from actions import Failure
return Failure("missing", repr(arguments), repr(arguments))""",
    "echo-in-failures-of-parts": """
from actions import Failure
text = repr(arguments)
return {k: Failure("attribute", text, text) for k in ("W1", "W2", "x", "z1", "h1", "z2")}""",
    "echo-in-a-type": "return type(repr(arguments)[:300], (), {})()",
    "echo-in-surrogates": r"raise ValueError('\ud800\udfff\x00\x1b[31m' + repr(arguments))",
    "echo-in-the-type-of-an-error": """
import zlib
raise ERRORS[zlib.crc32(repr(arguments).encode()) % len(ERRORS)]("x")""",
    "echo-in-the-attributes-of-a-value": """
import zlib
class X:
    number = zlib.crc32(repr(arguments).encode())
    def __getattr__(self, name):
        raise ERRORS[(self.number >> len(name)) % len(ERRORS)](name)
    __getitem__ = __array__ = __getattr__
    def __len__(self): raise ERRORS[self.number // 7 % len(ERRORS)]
    __iter__ = __float__ = __len__
return X()""",
    "echo-in-which-part-stops": """
import os, zlib
if zlib.crc32(repr(arguments).encode()) % 2:
    raise RuntimeError
return "text" """,
    "echo-in-a-message-about-types": """
class X:
    def __array__(self, *a, **k): raise TypeError(repr(arguments))
return X()""",
}
ERRORS = """
kept = []
ERRORS = [
    ValueError, KeyError, TypeError, IndexError, NameError, AttributeError, ZeroDivisionError,
    RuntimeError, OverflowError, FloatingPointError, NotImplementedError, RecursionError, OSError,
]
"""
ECHOING = [
    Hostile(student, cheat(f"{ERRORS}\ndef trick(*arguments):\n{indented(source)}"), points=0)
    for student, source in ECHOES.items()
]

# ------------------------------------------------------------------ what is odd, and all right


def reordered() -> bytes:
    """The answers from the last to the first, and a table that is made below where it is used."""
    needs = code("table = make_table()\nwidth = table['width']")
    below = code("def make_table():\n    return {'width': 2}")
    return notebook([needs, *reversed(solved("hw1")), below])


def given_cells_deleted() -> bytes:
    cells = [cell for cell in solved("hw1") if "given" not in cell["metadata"].get("tags", [])]
    return notebook([cell for cell in cells if ".check(" not in cell["source"]])


def duplicated() -> bytes:
    cells = solved("hw1")
    return notebook([*cells, *cells, *cells])


def answer_in_markdown() -> bytes:
    cells = solved("hw1")
    for cell in cells:
        if "def shapes(" in cell["source"]:
            cell["cell_type"] = "markdown"
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "hw1-q7":
            cell["cell_type"] = "code"
            cell["source"] = "**Answer to question 7.**\n\nThe product is one matrix."
    return notebook(cells)


def older_format() -> bytes:
    cells = solved("hw1")
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
            cell["language"] = "python"
    sheets = [{"cells": cells, "metadata": {}}]
    return json.dumps({"worksheets": sheets, "metadata": {}, "nbformat": 3}).encode()


def with_magic(first_line: str) -> bytes:
    """A magic of the whole cell above every answer."""
    cells = solved("hw1")
    for cell in cells:
        if cell["cell_type"] == "code" and "def " in cell["source"]:
            cell["source"] = f"{first_line}\n{cell['source']}"
    return notebook(cells)


def with_plots() -> bytes:
    """Figures at the top, below, and in two answers; drawing one takes far longer than a part."""
    plotting = "    plt.plot([1, 2])\n    plt.show()\n    plt.close('all')\n"
    cells = solved("hw1")
    for cell in cells:
        if cell["cell_type"] == "code" and re.search("def (shapes|parabola)", cell["source"]):
            cell["source"] = re.sub(
                r'(    """.*?"""\n)', rf"\1{plotting}", cell["source"], count=1, flags=re.S
            )
    first = "import matplotlib.pyplot as plt\n%matplotlib inline\nplt.figure()\nplt.show()"
    return notebook([code(first), *cells, code("plt.plot([1, 2])\nplt.show()")])


def other_kernel() -> bytes:
    metadata = {
        "kernelspec": {"display_name": "R", "language": "R", "name": "ir"},
        "language_info": {"name": "R"},
    }
    return notebook(solved("hw1"), metadata=metadata)


def two_definitions(first: str, second: str) -> bytes:
    cells = solved("hw1")
    return notebook([code(first), *cells, code(second)] if second else [*cells, code(first)])


def with_markup() -> bytes:
    """Script in a written answer, in an exception and in the markdown."""
    cells = solved("hw1")
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\x1b]0;owned\x07\u202e"
    for cell in cells:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id in ("hw1-q7", "hw1-q8"):
            cell["source"] = f"**Answer to question {grade_id[-1]}.**\n\n{evil}=1+1"
        if "def shapes(" in cell["source"]:
            cell["source"] = f"def shapes(*widths):\n    raise ValueError({evil!r})"
    return notebook([markdown(evil), *cells])


FLOCK = """
import fcntl, os, stat, struct
worked = []
ways = {
    "flock": lambda d: fcntl.flock(d, fcntl.LOCK_EX | fcntl.LOCK_NB),
    "lockf": lambda d: fcntl.lockf(d, fcntl.LOCK_SH | fcntl.LOCK_NB),
    "lease": lambda d: fcntl.fcntl(d, 1024, fcntl.F_RDLCK),
    "notify": lambda d: fcntl.fcntl(d, 1026, 2),
}
for path in ("/grader/harness.py", "/grader", np.__file__, os.path.dirname(np.__file__)):
    descriptor = os.open(path, os.O_RDONLY)
    for name, way in ways.items():
        try:
            way(descriptor)
        except OSError:
            continue
        worked.append(name)
if worked:
    raise SystemExit
"""
WITHOUT_LOCKS = f"""{FLOCK}
def shapes(*widths):
    return {{}} if worked else own_shapes(*widths)
"""
LONG_DOUBLES = """
def sigmoid(z):
    return own_sigmoid(z).astype(np.longdouble)
def squared_error(z3, y):
    return np.longdouble(1) * own_squared_error(z3, y)
def batch_loss(L):
    return np.longdouble(own_batch_loss(L))
"""
LIKE_LISTS = """
from collections import deque
def sigmoid(z):
    return memoryview(own_sigmoid(z))
def squared_error(z3, y):
    return deque(own_squared_error(z3, y))
def batch_loss(L):
    return own_batch_loss(np.asarray(L))
"""
CHECKED_TYPES = """
import functools
def checked(f):
    @functools.wraps(f)
    def g(*arguments):
        for name, value in zip(f.__annotations__, arguments):
            assert isinstance(value, f.__annotations__[name])
        return f(*arguments)
    return g
@checked
def sigmoid(z: np.ndarray):
    return own_sigmoid(z)
"""
ASYNC_WITH = """
import contextlib
@contextlib.asynccontextmanager
async def nothing():
    yield
async with nothing():
    def shapes(*widths):
        return own_shapes(*widths)
"""
NEWER_PYTHON = """
name = "tanh"
print(f"{name + " " + name!r:>20}")
print(f"{'\\n'.join([name])}")
"""
MANY_FIGURES = """
import matplotlib.pyplot as plt
for i in range(60):
    plt.figure(figsize=(30, 30), dpi=100)
    plt.plot([0, i])
"""
DRAFT = """
def sigmoid(z):
    return z
assert sigmoid(0.0) == 0.5
"""
WRONG_SHAPES = "def shapes(B, D, H1, H2, K):\n    return {}"
STUB = "def shapes(B, D, H1, H2, K):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
MAGICS = """%matplotlib inline
%load_ext autoreload
%autoreload 2
%config InlineBackend.figure_format = 'svg'
%no_such_magic
!pip install numpy
!ls -la /
files = !ls
%env X=1
%cd /
?np
np.zeros??
%timeit -n 1 -r 1 1 + 1
"""
WIDGETS = """import ipywidgets
from ipywidgets import interact
from IPython.display import display, HTML, clear_output
@interact(x=(0, 10))
def show(x):
    print(x)
display(ipywidgets.IntSlider())
display(HTML("<b>x</b>"))
"""
ODD = [
    Hostile("aa-honest", honest("hw1")),
    Hostile("input-in-a-cell", honest("hw1", "name = input('Your name? ')\nprint(name)")),
    Hostile("input-in-an-answer", in_shapes("return input('?')"), points=Q1, says="EOFError"),
    Hostile("widgets", honest("hw1", WIDGETS)),
    Hostile("magics", honest("hw1", MAGICS, "%%bash\nls", "%%html\n<b>x</b>", "%%no_such\nx")),
    Hostile("timed-cells", with_magic("%%time")),
    Hostile("captured-cells", with_magic("%%capture output")),
    Hostile("plots-everywhere", with_plots()),
    Hostile(
        "warnings",
        honest(
            "hw1",
            "import sys, warnings\nprint('x', file=sys.stderr)\nwarnings.warn('careful')\n"
            "warnings.simplefilter('error')\nnp.seterr(divide='raise', over='raise')",
        ),
    ),
    Hostile("older-format", older_format(), says="older format"),
    Hostile("cells-from-last-to-first", reordered()),
    Hostile("duplicated-cells", duplicated(), says="shapes is defined 3 times"),
    Hostile("given-cells-deleted", given_cells_deleted()),
    Hostile("answer-in-markdown", answer_in_markdown(), says="was read as code"),
    Hostile("wrong-then-right", two_definitions(WRONG_SHAPES, "x = 1"), says="2 times"),
    Hostile("right-then-wrong", two_definitions(WRONG_SHAPES, ""), points=Q1, says="2 times"),
    Hostile("stub-below", two_definitions(STUB, "")),
    Hostile("other-kernel", other_kernel(), says="written in R"),
    Hostile("markup", with_markup(), points=Q1),
    Hostile("=1+1|cmd", honest("hw1")),
    Hostile("<script>alert(1)<&>", honest("hw1")),
    Hostile("..%2f..%2fevil", honest("hw1")),
    Hostile("...", honest("hw1")),
    Hostile(
        "async", honest("hw1", "import asyncio\nawait asyncio.sleep(0)", "async def f(): pass")
    ),
    Hostile("module-getattr", honest("hw1", "def __getattr__(name):\n    return 1")),
    Hostile(
        "main",
        honest(
            "hw1",
            "import __main__\nif __name__ == '__main__':\n    x = 1",
            last=("import __main__\nassert __main__.shapes is shapes",),
        ),
    ),
    Hostile(
        "closed-streams",
        honest(
            "hw1",
            "import sys\nsys.stdout.close()\nsys.stderr = None",
            "import os\nos.close(0); os.close(1); os.close(2)",
        ),
    ),
    Hostile(
        "global-state",
        honest(
            "hw1",
            "import random, os, locale\nrandom.seed(0)\nnp.random.seed(0)\n"
            "np.set_printoptions(precision=1)\nos.chdir('/')\nos.environ.clear()",
            last=("np.random.seed(1)",),
        ),
    ),
    Hostile(
        "other-times",
        honest(
            "hw1",
            "import time\ntime.time = time.monotonic = time.perf_counter = lambda: 0.0\n"
            "time.sleep = lambda seconds: None",
        ),
    ),
    Hostile(
        "threads-and-processes",
        honest(
            "hw1",
            "from concurrent.futures import ThreadPoolExecutor\n"
            "with ThreadPoolExecutor(4) as pool:\n    squares = list(pool.map(abs, range(9)))\n"
            "import multiprocessing\n"
            "with multiprocessing.get_context('fork').Pool(2) as pool:\n"
            "    assert pool.map(abs, [-1, -2]) == [1, 2]",
            last=(
                "own_shapes = shapes\n"
                "def shapes(*widths):\n"
                "    with ThreadPoolExecutor(2) as pool:\n"
                "        return pool.submit(own_shapes, *widths).result()",
            ),
        ),
        says="2 times",
    ),
    Hostile("no-locks-between-boxes", below(WITHOUT_LOCKS), says="shapes is defined 2 times"),
    Hostile("draft-with-an-assert", honest("hw1", DRAFT), says="sigmoid is defined 2 times"),
    Hostile(
        "draft-below-an-import",
        honest("hw1", f"import pandas\n{DRAFT}"),
        says="the package pandas is not there",
    ),
    Hostile(
        "draft-in-the-cell-of-the-answer",
        above_shapes(f"import pandas\n{WRONG_SHAPES}\nassert shapes(1, 2, 3, 4, 5)"),
        says="shapes is defined 2 times",
    ),
    Hostile(
        "writefile",
        honest(
            "hw1",
            "%%writefile mine.py\nimport numpy as np\ndef act(z):\n    return np.tanh(z / 2)",
            last=("from mine import act\ndef sigmoid(z):\n    return (1 + act(z)) / 2",),
        ),
    ),
    Hostile(
        "get_ipython",
        above_shapes("get_ipython().run_line_magic('matplotlib', 'inline')\nget_ipython().user_ns"),
    ),
    Hostile("newer-python", above_shapes(NEWER_PYTHON)),
    Hostile("syntax-error-above-the-answer", above_shapes("x = = 1"), says="a syntax error"),
    Hostile("long-doubles", below(LONG_DOUBLES)),
    Hostile("like-lists", below(LIKE_LISTS)),
    Hostile("checked-types", below(CHECKED_TYPES)),
    Hostile("async-with-around-the-answer", below(ASYNC_WITH)),
    Hostile("unknown-magic-above-every-answer", with_magic("%%memit -r 3")),
    Hostile("many-figures", honest("hw1", MANY_FIGURES)),
    Hostile("scipy", above_shapes("import scipy.special"), says="the package scipy is not there"),
    Hostile("numba", above_shapes("from numba import njit"), says="the package numba is not there"),
    Hostile("other-packages", honest("hw1", "import pandas, torch\nimport scipy as sp\nX = 1")),
]

# ------------------------------------------------------------------ what is damaged


def only_a_folder(student: str, **files: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / student).mkdir()
        for name, content in files.items():
            (folder / student / name.replace("_dot_", ".")).write_bytes(content)

    return write


def a_zip(student: str, **files: bytes) -> Callable[[Path], None]:
    """Entries whose names have ".." where UP was."""

    def write(folder: Path) -> None:
        with zipfile.ZipFile(folder / f"{student}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name.replace("UP", "../../..").replace("_dot_", "."), content)

    return write


def a_link(student: str) -> Callable[[Path], None]:
    """To a right notebook that lies outside."""

    def write(folder: Path) -> None:
        outside = folder.parent / "outside.ipynb"
        outside.write_bytes(honest("hw1"))
        (folder / f"{student}.ipynb").symlink_to(outside)

    return write


def a_pipe(student: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        import os

        os.mkfifo(folder / f"{student}.ipynb")

    return write


def a_thief(student: str) -> Callable[[Path], None]:
    """Looks for the notebooks of others, for the results and for the course."""

    def write(folder: Path) -> None:
        places = [str(folder), str(folder.parent), str(SOURCES.parent.parent)]
        source = OTHERS_FILES.format(places=places)
        (folder / f"{student}.ipynb").write_bytes(notebook([code(source)]))

    return write


def nested_zip(levels: int) -> bytes:
    content = bytes(50_000_000)
    for _ in range(levels):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("hw1.ipynb", content)
        content = file.getvalue()
    return content


HUGE = [code("x = '" + "y" * 900_000 + "'") for _ in range(3)]
DAMAGED = [
    Hostile("huge-code", notebook([*solved("hw1"), *HUGE]), NOT_RUN, 0, "characters of code"),
    Hostile("huge-file", b'{"cells": [' + b" " * 20_000_001 + b"]}", NOT_RUN, 0, "MB"),
    Hostile("many-cells", notebook([code("x = 1")] * 5001), NOT_RUN, 0, "5,001 cells"),
    Hostile("deep-json", b"[" * 100_000 + b"]" * 100_000, NOT_RUN, 0),
    Hostile(
        "deep-metadata",
        notebook(solved("hw1"))[:-1] + b', "x": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        (RUN, NOT_RUN),
        at_most=True,
    ),
    Hostile("invalid-json", honest("hw1")[:-40], NOT_RUN, 0, "not valid JSON"),
    Hostile("empty-file", b"", NOT_RUN, 0, "empty"),
    Hostile(
        "not-utf-8", honest("hw1").replace(b"Homework", b"Home\xff\xfework"), NOT_RUN, 0, "UTF-8"
    ),
    Hostile("binary", bytes(range(256)) * 40, NOT_RUN, 0),
    Hostile("a-list", b"[1, 2, 3]", NOT_RUN, 0, "not a notebook"),
    Hostile("no-cells", notebook([]), points=0),
    Hostile("no-code", notebook([markdown("# x")]), points=0),
    Hostile("cells-of-another-type", notebook([1, None, "x", {"cell_type": 3}, *solved("hw1")])),
    Hostile("long-digits", honest("hw1")[:-1] + b', "x": ' + b"9" * 6000 + b"}"),
    Hostile(
        "wrong-name",
        only_a_folder("wrong-name", Untitled3_dot_ipynb=honest("hw1")),
        says="Untitled3.ipynb",
    ),
    Hostile("zipped", a_zip("zipped", hw1_dot_ipynb=honest("hw1"))),
    Hostile("zip-slip", a_zip("zip-slip", **{"UP/hw1_dot_ipynb": honest("hw1")}), NOT_RUN, 0),
    Hostile("zip-bomb", a_zip("zip-bomb", hw1_dot_ipynb=bytes(60_000_000)), NOT_RUN, 0),
    Hostile("zip-in-zip", a_zip("zip-in-zip", hw1_dot_zip=nested_zip(2)), NOT_RUN, 0),
    Hostile("broken-zip", only_a_folder("broken-zip", hw1_dot_zip=b"PK\3\4 broken"), NOT_RUN, 0),
    Hostile("link", a_link("link"), NOT_RUN, 0, "link"),
    Hostile("pipe", a_pipe("pipe"), NOT_RUN, 0),
    Hostile("thief", a_thief("thief"), points=0),
]

HW1 = [*BREAKING, *CHEATING, *ECHOING, *ODD, *DAMAGED]

# ------------------------------------------------------------------ the chain rule

ANSWERS_OF_HW2 = """
def trick(*arguments):
    for module in ("autograd", "torch", "jax", "sympy", "scipy.optimize"):
        try:
            __import__(module)
        except ImportError:
            continue
        return "there is " + module
    import course_nn as nn
    from course_exercises.homework.hw2_network import sheet_of

    if not arguments:
        return str(nn.derive(sheet_of("").loss))
    if len(arguments) == 5:
        x, y, W1, W2, W3 = arguments
        model = nn.two_hidden_layer_network(*x.shape[1:], *W1.shape[1:], *W2.shape[1:],
                                            *W3.shape[1:], loss="squared_error")
        model.W1.value, model.W2.value, model.W3.value = W1, W2, W3
        model.graph.Forward(x=x, y=y)
        model.graph.Backward(model.loss)
        return {"dW1": model.W1.grad, "dW2": model.W2.grad, "dW3": model.W3.grad}
    return nn.check_gradients(*arguments)
"""
HW2 = [
    Hostile("aa-honest", honest("hw2")),
    Hostile("imports-the-answers", cheat(ANSWERS_OF_HW2, "hw2"), points=0),
    Hostile("always-equal", cheat(EQUAL, "hw2"), points=0),
    Hostile("forged-frames", cheat(FORGED, "hw2"), (RUN, PARTLY), points=0, tight=True),
    Hostile("echo", cheat("def trick(*a):\n    raise ValueError(repr(a))", "hw2"), points=0),
    Hostile("timed-cells", honest("hw2", "%time 1", "%%time\nx = 1")),
]
# ------------------------------------------------------------------ the graph

EQUAL_NODES = f"""{EQUAL}
class Node(Equal):
    def __init__(self, *parents): pass
    def __setattr__(self, name, value):
        pass
    def forward(self): pass
    backward = forward
MatMul = Sigmoid = SquaredError = Own = Node
def Forward(): pass
def Backward(loss): pass
def SGD(learning_rate): pass
def build_mine(*a):
    return Node(), Node()
"""
PATCHED_LIST = """
class Endless(list):
    def __iter__(self):
        while True:
            yield from list.__iter__(self[:])
nodes = Endless()
"""
ABSTRACT_NODE = """
class Node:
    def forward(self):
        raise NotImplementedError
    def backward(self):
        raise NotImplementedError
"""
FIRST_TRY = """
class MatMul:
    def __init__(self, a, W):
        self.a, self.W = a, W
    def forward(self):
        raise NotImplementedError
"""


def complete_with_draw() -> bytes:
    """Each node below an abstract `Node`, which stands there twice; a first try of `MatMul`."""
    cells = solved("hw3")
    for cell in cells:
        if cell["cell_type"] == "code" and "class MatMul:" in cell["source"]:
            whole = cell["source"].replace("class MatMul:", "class MatMul(Node):")
            draw = "    def draw(self):\n        raise NotImplementedError('perhaps later')\n"
            cell["source"] = f"{whole.rstrip()}\n\n{draw}"
    return notebook([code(ABSTRACT_NODE), code(FIRST_TRY), code(ABSTRACT_NODE), *cells])


HW3 = [
    Hostile("aa-honest", honest("hw3")),
    Hostile("abstract-nodes", complete_with_draw(), says="MatMul is defined 2 times"),
    Hostile(
        "equal-nodes",
        notebook([code("import numpy as np"), code(EQUAL_NODES)]),
        points=dict.fromkeys(range(1, 7), 0),
    ),
    # What is defined again counts; what a name was made to mean later does not.
    Hostile(
        "equal-nodes-below",
        honest("hw3", last=(EQUAL_NODES,)),
        points={2: 0, 4: 0},
    ),
    Hostile(
        "loop-in-Backward",
        instead("hw3", "Backward", f"def Backward(loss):\n{indented(SWALLOWING)}\n"),
        (RUN, PARTLY),
        points=FULL["hw3"],
        at_most=True,
        tight=True,
    ),
    Hostile(
        "endless-nodes",
        honest("hw3", last=(PATCHED_LIST,)),
        (RUN, PARTLY),
        points=FULL["hw3"],
        at_most=True,
        tight=True,
    ),
]
CORPUS = {"hw1": HW1, "hw2": HW2, "hw3": HW3}

# Some of each kind, for every run of the tests; the others wait, those of hw1 for `--all`.
EVERY_RUN = {
    "hw1": {
        *("begins-0", "exit-in-a-cell", "segfault-in-an-answer", "daemon-in-an-answer"),
        *("always-equal", "patched-python", "stack-frames", "imports-the-answers"),
        *("forged-ready", "replaced-modules"),
        *("echo-in-an-exception", "echo-in-a-file"),
        *("echo-in-a-value", "echo-in-the-type-of-an-error"),
        *("aa-honest", "right-then-wrong", "markup"),
        *("=1+1|cmd", "<script>alert(1)<&>", "..%2f..%2fevil"),
        *("huge-file", "deep-json", "invalid-json", "not-utf-8", "a-list", "wrong-name"),
        *("zip-slip", "zip-bomb", "zip-in-zip", "broken-zip", "link", "pipe", "thief"),
    },
    "hw2": {"aa-honest", "imports-the-answers"},
    "hw3": {"aa-honest", "equal-nodes"},
}
