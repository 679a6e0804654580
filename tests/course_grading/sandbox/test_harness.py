"""The harness runs the cells of a notebook as they are, and plays steps whatever the answers do."""

import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from tiers import thinned

from course_exercises.homework.actions import Call, Failure, Get
from course_grading.sandbox import channel
from course_grading.sandbox.box import Sandbox
from course_grading.sandbox.inside import wire
from course_grading.sandbox.limits import Limits, Stopped
from course_grading.sandbox.watch import descendants


@pytest.fixture(scope="module", params=[pytest.param("none", marks=pytest.mark.all), "shut in"])
def sandbox(request):
    """One without walls, and one with."""
    if request.param == "shut in":
        request.getfixturevalue("needs_sandbox")
    mode = "none" if request.param == "none" else None
    with Sandbox(("checks", "graph"), mode=mode, limits=Limits(cpu=20)) as sandbox:
        yield sandbox


def cells_order(*cells, **options):
    order = {"given": [], "cells": list(enumerate(cells, 1)), "handed_out": [], "answers": []}
    order["modules"] = ["numpy", "course_nn"]
    times = {"cell_seconds": 15.0, "cell_wall": 60.0, "seconds": 60.0, "wall": 60.0}
    return order | times | options


def plays_order(*plays, **options):
    encoded = [wire.encode_steps(steps) for steps in plays]
    order = {"plays": encoded, "seconds": 9.0, "wall": 20.0, "bytes": 1 << 20, "memory": 1 << 30}
    return order | options


class Inside:
    """A notebook that has been run in a box."""

    def __init__(self, box, cells, answers=(), **options):
        self.box, self.begun = box, []
        numbers = range(1, len(cells) + 1)
        box.send(cells_order(*cells, answers=answers, **options), 5)
        while True:
            message = channel.read_message(box.receive(20, 30))
            self.counts = channel.read_ready(message, answers)
            if self.counts is not None:
                self.seen = channel.read_seen(message, numbers, answers)
                break
            self.begun.append(channel.read_begins(message, numbers))

    def plays(self, *plays, **options):
        """What each of the plays found, and why not all of them were played."""
        self.box.send(plays_order(*plays, **options), 5)
        return channel.read_found(channel.read_message(self.box.receive(20, 30)), plays)

    def get(self, *names):
        """The values of these names in the notebook."""
        (found,), stopped = self.plays([Get(name) for name in names])
        assert stopped == ""
        return [
            value.tolist() if isinstance(value, np.ndarray) else value for value in found.values()
        ]


def call(name, *arguments):
    return [Call(name, arguments, into="r"), Get("r")]


@pytest.fixture
def run(sandbox):
    """A function that runs a notebook in a fresh box."""
    boxes = []

    def run(*cells, **options):
        boxes.append(sandbox.open())
        return Inside(boxes[-1], cells, **options)

    run.walled = sandbox.mode != "none"  # type: ignore[attr-defined]
    yield run
    for box in boxes:
        box.close()


@contextmanager
def raises_stopped(reason):
    with pytest.raises(Stopped) as stopped:
        yield
    assert stopped.value.reason == reason


# --- cells ----------------------------------------------------------------------------------------


def test_cells_run_in_their_order_and_what_fails_is_tried_again_at_the_end(run):
    inside = run(
        "later = below + 1",  # needs the next cell
        "below = 1",
        "a = 1\nraise ValueError\nb = 2",  # what stands below an error is run
        "n = globals().get('n', 0) + 1\nundefined",  # only the second line is run twice
        "import no_such_package\nc = 3",
        "import sys\nsys.exit(1)\nd = 4",
        "raise KeyboardInterrupt\ne = 5",
        "this is no Python",
        "\0",
        "",
        "f = 6",
    )
    assert inside.begun == [*range(1, 12)]
    assert inside.get("later", "a", "b", "n", "c", "d", "e", "f") == [2, 1, 2, 1, 3, 4, 5, 6]
    assert inside.seen == [
        "code cell 8 has a syntax error in line 1.",
        "code cell 9 has a syntax error in line 1.",
        "the package no_such_package is not there while grading.",
    ]


def test_what_is_tried_again_gives_no_name_another_value(run):
    inside = run(
        "def twice(x):\n    return 2 * x",
        "for i in range(3):\n    kept = i\n    new = late",  # fails at first
        "kept = 10",
        "@late\ndef twice(x):\n    return 5",
        "late = lambda f: f",
    )
    assert inside.plays(call("twice", 3))[0][0]["r"] == 6
    assert inside.get("kept", "i") == [10, 0]
    assert inside.plays([Get("new")])[0][0]["new"].kind == "type"  # it is there


def test_of_a_cell_with_a_syntax_error_the_rest_is_taken(run):
    inside = run(
        "def good(x):\n    if x:\n        return 1\n\n    return 2\n\n"
        "def bad(x:\n    return 3\n\n@str\n@abs\nclass Odd:\n    pass\n"
        "if good(1) == 1:\n    a = 1\nelse:\n    a = 2\n"
        "table = {\n    'a': 1,\n}\nb = 3",
        answers=["good", "bad"],
    )
    assert inside.get("a", "b", "table.a") == [1, 3, 1]
    assert inside.counts == {"good": 1, "bad": 0}
    assert inside.seen == ["code cell 1 has a syntax error in line 7."]


def test_given_definitions_come_first_and_the_students_replace_them(run):
    inside = run(
        "seen = helper(1)\ndef helper(x):\n    return 10 * x",
        given=["def helper(x):\n    return -x", "undefined"],
    )
    assert inside.get("seen") == [-1]
    assert inside.plays(call("helper", 2))[0][0]["r"] == 20


STUB = "def answer(x):\n    '''Doubles.'''\n    # YOUR CODE HERE\n    raise NotImplementedError()"
CLASS_STUB = "class Node:\n    def forward(self):\n        raise NotImplementedError"


def test_a_stub_does_not_replace_an_answer(run):
    inside = run(
        "def answer(x):\n    return 2 * x",
        STUB,
        STUB.replace("()", "").replace("Doubles", "More"),  # any function that only raises
        CLASS_STUB.replace("raise NotImplementedError", "return 3"),
        CLASS_STUB + "  # moved",
        answers=["answer", "Node", "other"],
        handed_out=[STUB, "%%time\n" + CLASS_STUB, CLASS_STUB],
    )
    assert inside.counts == {"answer": 1, "Node": 1, "other": 0}
    steps = [Call("Node", (), into="n"), Call("n.forward", (), into="r"), Get("r")]
    found, _ = inside.plays(call("answer", 2), steps)
    assert [values["r"] for values in found] == [4, 3]


@pytest.mark.all
def test_a_class_with_an_abstract_method_is_no_stub(run):
    mine = "class Node:\n    value = 5\n    def forward(self):\n        raise NotImplementedError"
    inside = run(
        "class Node:\n    value = 4", mine, answers=["Node"], handed_out=[CLASS_STUB, "bad("]
    )
    assert inside.counts == {"Node": 2}
    assert inside.get("Node.value") == [5]


def test_the_last_of_several_answers_counts_and_how_many_there_are(run):
    cells = [f"def answer(x):\n    return {i} * x" for i in (1, 2, 3)]
    inside = run(STUB, *cells, answers=["answer"])
    assert inside.counts == {"answer": 3}
    assert inside.plays(call("answer", 1))[0][0]["r"] == 3


def test_a_stub_alone_is_not_attempted(run):
    found, _ = run(STUB).plays(call("answer", 1))
    assert found[0]["r"].kind == "open"


@pytest.mark.long
def test_magics_and_shell_lines_and_help(run):
    inside = run(
        "%matplotlib inline\na = 1",
        "%%time\nb = 2\ndef timed(x):\n    return b * x",
        "!ls /\nc = 3",
        "files = !ls\nd = 4",
        "print?\n",
        "%load_ext no_such_extension\ne = 5",
        "%%no_such_magic with=words\ng = 6",
        "f = get_ipython() is not None",
        "%%writefile own_module.py\nh = 7",
        "from own_module import h",
        "async def coroutine():\n    return 8\ni = await coroutine()",
    )
    assert inside.get(*"abcdefghi") == [1, 2, 3, 4, 5, True, 6, 7, 8]
    assert inside.seen == ["the package no_such_extension is not there while grading."]
    assert inside.plays(call("timed", 4))[0][0]["r"] == 8


@pytest.mark.long
def test_what_a_notebook_may_rely_on(run):
    inside = run(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Pair:\n    a: int\n    b: Unknown = 2\n",
        "name = __name__\nimport pickle\nb = pickle.loads(pickle.dumps(Pair(1))).b",
        "display(1)\nprint('out')\nimport sys, warnings\nwarnings.warn('w')\nsys.stderr.write('e')",
        "import matplotlib.pyplot as plt\nfigure = plt.plot([1, 2])\nplt.show()\nplotted = True",
        "open_figures = len(plt.get_fignums())",
        "try:\n    input()\nexcept EOFError:\n    asked = True",
        "from course_nn.exercises import hw2 as questions\nquestions.q1.check(globals())\n"
        "questions.q1.hint()\nchecked = True",
        "import course_nn as nn\nhas = str([hasattr(nn, 'Graph'), hasattr(nn, 'train_sgd')])",
    )
    assert inside.get("name", "b", "plotted", "asked", "checked") == [
        "__main__",
        2,
        True,
        True,
        True,
    ]
    assert inside.get("has", "open_figures") == ["[True, False]", 0]


@pytest.mark.all
def test_a_cell_that_takes_too_long_is_left_and_the_rest_is_run(run):
    inside = run(
        "import time\nbefore = 1\nwhile True:\n    pass\nafter = []\nafter.append(2)",
        "n = 3\nwhile True:\n    try:\n        time.sleep(60)\n    except Exception:\n        pass",
        "last = 4",
        cell_seconds=0.1,
        cell_wall=2.0,  # the others must have time enough on a busy machine
    )
    assert inside.seen == [f"code cell {i} ran too long and was cut off." for i in (1, 2)]
    assert inside.get("before", "n", "last") == [1, 3, 4]
    assert inside.get("after") == [[]]  # assignments may be what an answer needs


@pytest.mark.all
def test_a_cell_that_swallows_everything_is_stopped_from_outside(sandbox):
    swallow = (
        "def spin():\n    while True: pass\n"
        "while True:\n    try: spin()\n    except BaseException: pass"
    )
    with sandbox.open() as box:
        box.send(cells_order(swallow, cell_seconds=0.1), 5)
        assert channel.read_begins(channel.read_message(box.receive(5, 10)), [1]) == 1
        with raises_stopped("cpu"):
            box.receive(0.3, 20)


@pytest.mark.parametrize("budget", thinned(["seconds", "wall"], 2))
def test_when_the_time_of_all_cells_is_up_only_definitions_are_run(run, budget):
    inside = run(
        "a = []\na.append(1)",
        "import math\ndef f(x):\n    return math.floor(x)\nclass C:\n    b = 2",
        **{budget: 0.0},
    )
    assert inside.seen == [  # nothing of the second one is left out
        "only the definitions of code cell 1 were run, because all cells together ran too long."
    ]
    assert inside.get("a") == [[]]  # a constant may be what an answer needs
    assert inside.plays(call("f", 2.5))[0][0]["r"] == 2
    assert inside.get("C.b") == [2]


@pytest.mark.all
def test_processes_that_the_cells_leave_behind_are_ended(run):
    fork = "import os, time\nfor _ in range(3):\n    if os.fork() == 0:\n        time.sleep(60)"
    if not run.walled:
        pytest.skip("without walls nobody can find them")
    inside = run(fork, "while True: pass", "a = 1", cell_seconds=0.1)
    deadline = time.monotonic() + 60
    while len(alive(inside.box)) > 3:  # bubblewrap, outside and inside, and the harness
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert inside.get("a") == [1]


def alive(box):
    """The processes of a box that are not dead and only waiting to be buried."""
    status = [Path(f"/proc/{pid}/status") for pid in descendants(box.process.pid)]
    return [path for path in status if path.exists() and "State:\tZ" not in path.read_text()]


def test_processes_without_end_leave_room_for_the_questions(run):
    fork = (
        "import os, time\ndef right(x):\n    return 2 * x\nfor _ in range(100):\n"
        "    if os.fork() == 0:\n        time.sleep(60)"
    )
    if not run.walled:
        pytest.skip("without walls nothing limits them")
    assert run(fork).plays(call("right", 2))[0][0]["r"] == 4


def test_a_name_that_is_used_again_below_costs_no_answer(run):
    inside = run(
        "def accuracy(x):\n    return 2 * x\ndef twice(x):\n    return accuracy(accuracy(x))",
        "accuracy = accuracy(3)",
        answers=["accuracy", "twice"],
    )
    assert inside.plays(call("accuracy", 2), call("twice", 2))[0] == [{"r": 4}, {"r": 8}]
    assert inside.seen == [
        "the name accuracy was used again below its definition; the definition counts."
    ]


@pytest.mark.all
def test_an_answer_that_is_replaced_by_another_function_is_that_one(run):
    inside = run("def f(x):\n    return x\nf = lambda x: 3 * x", answers=["f"])
    assert inside.plays(call("f", 2))[0][0]["r"] == 6
    assert inside.seen == []


@pytest.mark.all
def test_cells_that_need_one_below_which_needs_one_below(run):
    inside = run("class A(B):\n    pass", "class B(C):\n    pass", "class C:\n    d = 4")
    assert inside.get("A.d") == [4]


@pytest.mark.parametrize(
    "decorator", thinned(["@njit", "@nowhere.decorate(1)", "@profile\n@njit"], 3)
)
def test_a_decorator_that_is_not_there_costs_no_answer(run, decorator):
    inside = run("import nowhere", f"{decorator}\ndef f(x):\n    return 2 * x", answers=["f"])
    assert inside.plays(call("f", 2))[0][0]["r"] == 4


@pytest.mark.all
def test_a_decorator_that_is_there_is_used(run):
    inside = run("def twice(f):\n    return lambda x: 2 * f(x)", "@twice\ndef f(x):\n    return x")
    assert inside.plays(call("f", 2))[0][0]["r"] == 4


@pytest.mark.parametrize("name", thinned(["actions", "wire", "harness"], 3))
def test_modules_of_the_student_may_have_the_names_of_ours(run, name):
    inside = run(
        f"with open('{name}.py', 'w') as file:\n    file.write('number = 7')\nimport {name}"
    )
    assert inside.get(f"{name}.number") == [7]


def test_the_source_of_a_function_can_be_asked_for(run):
    inside = run("a = 1\ndef f():\n    return 5\nimport inspect\nsource = inspect.getsource(f)")
    assert inside.get("source") == ["def f():\n    return 5\n"]


@pytest.mark.all
def test_lines_end_where_they_end_for_python(run):
    """Not at form feeds and the like, in a cell with a syntax error neither."""
    text = 'a = "x\x0c\x0b\x85\u2028y"\n'
    inside = run(f"{text}def f():\n    return 5\nimport inspect\nsource = inspect.getsource(f)")
    assert inside.get("source") == ["def f():\n    return 5\n"]
    inside = run(f"{text}b = = 3\nc = len(a)")
    assert inside.get("c") == [6]


@pytest.mark.long
def test_many_children_that_end_soon_are_no_attack(run):
    """Among them some are always gone between the list and the look."""
    inside = run(
        "import os, threading\nfor _ in range(1000):\n    pid = os.fork()\n"
        "    if pid == 0: os._exit(0)\n    os.waitpid(pid, 0)\n"
        "    thread = threading.Thread(target=len, args=('',)); thread.start(); thread.join()\n"
        "done = 1000"
    )
    assert inside.get("done") == [1000]


@pytest.mark.all
def test_versions_of_packages_can_be_asked_for(run):
    inside = run(
        "from importlib.metadata import version as of\nv = of('numpy') + ' ' + of('matplotlib')",
        "of('something')",
    )
    assert inside.get("v") == [f"{metadata.version('numpy')} {metadata.version('matplotlib')}"]
    assert inside.seen == []  # it is no package that is lacking


@pytest.mark.long
def test_figures_in_the_page_can_be_asked_for_within_an_answer(run):
    source = "def f(x):\n    get_ipython().run_line_magic('matplotlib', 'inline')\n    return x"
    assert run(source).plays(call("f", 2))[0][0]["r"] == 2


@pytest.mark.long
def test_whoever_starts_the_grader_may_ignore_the_end_of_children(needs_sandbox):
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with Sandbox() as sandbox, sandbox.open() as box:
            inside = Inside(box, ["def f(x):\n    return x"])
            assert inside.plays(call("f", 2))[0][0]["r"] == 2
    finally:
        signal.signal(signal.SIGCHLD, before)


# --- plays ----------------------------------------------------------------------------------------

ANSWERS = """
import os, signal, sys, threading, time
count = 0
def right(x):
    return 2 * x
def counts(x):
    global count
    count += 1
    return count
def exits(x):
    os._exit(3)
def killed(x):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)
def leaves(x):
    sys.exit(0)
def interrupted(x):
    raise KeyboardInterrupt
def loops(x):
    while True:
        try:
            while True: pass
        except BaseException: pass
def waits(x):
    time.sleep(60)
def exits_as_if_killed(x):
    os._exit(9)
def hoards_more(x):
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))
    return hoards(x)
def hoards(x):
    kept = []
    while True:
        kept.append(bytearray(1 << 20))
def unfinished(x):
    raise NotImplementedError
def uses(x):
    return unfinished(x) + 1
def fails(x):
    y = x + 1
    return y / 0
def floods(x):
    return ["x" * 400] * 10_000
def prints(x):
    print("{}", file=sys.__stdout__, flush=True)
    os.write(1, b"{}")
    return x
def daemon(x):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(1, 64):
                try: signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError): pass
            time.sleep(60)
        os._exit(0)
    os.wait()
    return 1
def patches(x):
    import numpy
    numpy.array = numpy.asarray = numpy.array_equal = lambda *a, **k: True
    return x
class Lies(dict):
    def items(self):
        raise ValueError
def lies(x):
    return Lies(a=1)
def deep(x):
    loop = []
    loop.append(loop)
    return loop
"""


@pytest.fixture
def inside(run):
    return run(ANSWERS)


def test_each_order_begins_with_the_names_as_the_cells_left_them(inside):
    for _ in range(2):
        found, stopped = inside.plays(call("counts", 0), call("counts", 0))
        assert [values["r"] for values in found] == [1, 2]
        assert stopped == ""
    inside.plays(call("patches", np.ones(2)))
    assert inside.plays(call("right", np.ones(2)))[0][0]["r"].tolist() == [2, 2]


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("exits", "ended"),
        ("exits_as_if_killed", "ended"),
        ("killed", "ended"),
        ("interrupted", "ended"),
        ("loops", "cpu"),
        ("waits", "wall"),
        ("floods", "output"),
    ],
)
def test_what_was_played_before_survives_and_the_box_too(run, name, reason):
    inside = run(ANSWERS)
    plays = call("right", 1.0), call(name, 1.0), call("right", 2.0)
    found, stopped = inside.plays(*plays, seconds=1.0, wall=1.0 if name == "waits" else 20.0)
    assert stopped == reason
    assert found[0]["r"] == 2
    assert found[1]["r"] == found[2]["r"] == Failure("stopped", reason)
    assert inside.plays(call("right", 3.0))[0][0]["r"] == 6


# A look into the pipe finds nothing; then, and before the next one, the answer is written.
LATE = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
import harness
nothing_yet = harness.select.select
def select(readers, *others):
    if os.fstat(go.fileno()).st_size:
        return nothing_yet(readers, *others)
    go.write(b"x"); go.flush()
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    return [], [], []
harness.select.select = select
go = open("go", "wb")
reader, writer = os.pipe()
child = os.fork()
if child == 0:
    while not os.fstat(go.fileno()).st_size: pass
    os.write(writer, b'"the answer"\\n')
    os._exit(0)
os.close(writer)
print(harness.collect(reader, child, {"plays": [[]], "wall": 20.0, "bytes": 1000}).decode())
"""


def with_the_harness(script, folder):
    """What this script writes, which finds the harness in its first argument."""
    with Sandbox(mode="none") as sandbox:
        inside = str(sandbox.folder / "inside")
        course = json.dumps([f"{inside}/course"])
        command = [sys.executable, "-c", script, inside]
        environment = {"COURSE_PATH": course, "PATH": "/usr/bin:/bin"}
        ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True)
    assert ran.stderr == b""
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_an_answer_is_not_lost_that_comes_between_two_looks(tmp_path):
    assert with_the_harness(LATE, tmp_path) == [{"found": ["the answer"], "stopped": ""}]


# The time is up before the first look. Who does not wait for the rest of an answer has none: the
# child is not as quick.
IN_THE_PIPE = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
import harness
wait = harness.select.select
def select(readers, writers, errors, seconds):
    looks.append(seconds)
    if len(looks) > 1 and not seconds:
        return [], [], []
    return wait(readers, writers, errors, seconds)
harness.select.select = select
for text in (b'"short"', b'"' + b"x" * 200_000 + b'"'):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, text + b"\\n")
        signal.pause()
    wait([reader], [], [])
    order = {"plays": [[]], "wall": -1.0, "bytes": 1 << 20}
    for _ in range(2):
        looks = []
        print(harness.collect(reader, child, order).decode())
    os.kill(child, signal.SIGKILL)
"""


def test_an_answer_that_lies_in_the_pipe_is_never_late(tmp_path):
    """Also one of which the pipe takes only a part at a time; and nothing more is waited for."""
    nothing = {"found": [], "stopped": "wall"}
    found = with_the_harness(IN_THE_PIPE, tmp_path)
    assert found[::2] == [{"found": [text], "stopped": ""} for text in ("short", "x" * 200_000)]
    assert found[1::2] == [nothing, nothing]


# On one processor with five others, an answer that needs 0.4 s of it takes 2.4.
STARVED = """
import os, signal, time
def starved(x):
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
    others = []
    for _ in range(5):
        others.append(os.fork())
        if not others[-1]:
            while True: pass
    end = time.process_time() + 0.4
    while time.process_time() < end: pass
    for other in others:
        os.kill(other, signal.SIGKILL)
    return 2 * x
"""


@pytest.mark.long
def test_a_busy_machine_stops_no_answer(run):
    found, stopped = run(STARVED).plays(call("starved", 2.0), wall=1.2)
    assert stopped == ""
    assert found[0]["r"] == 4


@pytest.mark.long
def test_a_busy_machine_stops_no_cell(run):
    inside = run(STARVED, "begun = starved(0.0)", "rest = [1]", "rest.append(2)", cell_wall=1.2)
    assert inside.get("begun", "rest") == [0, [1, 2]]
    assert inside.seen == []
    inside = run(STARVED, "begun = starved(0.0)", "rest = [1]", "rest.append(2)", wall=1.2)
    assert inside.get("rest") == [[1, 2]]


def test_what_stops_only_itself(inside):
    found, stopped = inside.plays(*(call(n, 1.0) for n in ("leaves", "prints", "lies", "deep")))
    assert stopped == ""
    line = ANSWERS.splitlines().index("    sys.exit(0)") + 1
    where = f"0 (line {line} of the cell with leaves)"
    assert found[0]["r"] == Failure("error", "SystemExit", where)
    assert found[1]["r"] == 1
    assert found[2]["r"] == Failure("type", "an object of its own")
    assert found[3]["r"] == Failure("type", "lists in lists, too deep")


def test_a_list_without_end_ends_in_a_memory_error(inside):
    plays = call("hoards", 1.0), call("right", 2.0)
    found, stopped = inside.plays(*plays, memory=50 << 20)
    assert stopped == ""
    assert (found[0]["r"].kind, found[0]["r"].about) == ("error", "MemoryError")
    assert found[1]["r"] == 4


def test_nobody_takes_the_limit_of_memory_back(inside):
    if not inside.box.walled:
        pytest.skip("root may")
    (found,), stopped = inside.plays(call("hoards_more", 1.0), memory=50 << 20)
    assert stopped == "" and found["r"].about == "ValueError"


def test_what_is_unfinished_and_where_it_fails_is_told(inside):
    found, _ = inside.plays(*(call(name, 1.0) for name in ("uses", "unfinished", "fails")))
    assert found[0]["r"] == Failure("unfinished", "unfinished")
    assert found[1]["r"].kind == "open"
    line = ANSWERS.splitlines().index("    return y / 0") + 1
    assert found[2]["r"].about == "ZeroDivisionError"
    assert found[2]["r"].text.endswith(f"(line {line} of the cell with fails)")


def test_what_an_answer_leaves_behind_is_gone_before_the_next(inside):
    before = set(descendants(inside.box.process.pid))
    found, _ = inside.plays(call("daemon", 0))
    assert found[0]["r"] == 1
    if not inside.box.walled:
        pytest.skip("without walls nobody can find it")
    deadline = time.monotonic() + 60  # it is dead at once, and buried a moment later
    while set(descendants(inside.box.process.pid)) != before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_numbers_come_as_arrays_and_lists_of_them_too(run):
    inside = run(
        "import numpy as np\nvalues = [1, 2.5], (1, True), np.float32(0.5), 'text', None, "
        "{'a': 1}, [np.ones(2), 'b'], 10**30, float('nan')"
    )
    (found,), _ = inside.plays([Get(f"values.{i}", str(i)) for i in range(9)])
    assert found["0"].tolist() == [1, 2.5] and found["1"].kind == "type"
    assert found["2"] == 0.5 and found["3"] == "text" and found["4"] is None
    assert found["5"] == {"a": 1} and found["6"].kind == "type"
    assert found["7"].kind == "type" and found["8"] == Failure("nan", "")


def test_course_nn_and_numpy_are_the_real_ones_for_the_steps(run):
    inside = run("course_nn = numpy = 5")
    assert inside.get("numpy.pi") == [np.pi]
    assert inside.plays([Get("course_nn.Graph")])[0][0]["course_nn.Graph"].kind == "type"


@pytest.mark.all
def test_who_stops_the_harness_is_stopped_from_outside(run):
    """The harness inside cannot answer any more, so only the watch outside is left."""
    cell = "import os, signal, time\ndef silent(x):\n    os.kill(os.getppid(), signal.SIGSTOP)\n"
    inside = run(cell + "    time.sleep(60)")
    box = inside.box
    box.send(plays_order(call("silent", 0), wall=1), 1)
    with raises_stopped("wall"):
        box.receive(5, 0.2)
    inside = run(cell + "    while True: pass")
    inside.box.send(plays_order(call("silent", 0), seconds=20, wall=30), 1)
    with raises_stopped("cpu"):
        inside.box.receive(0.3, 20)
