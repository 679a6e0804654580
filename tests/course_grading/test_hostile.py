"""Whole folders of hostile, damaged and odd submissions, graded as an instructor would."""

import contextlib
import csv
import hashlib
import html
import json
import os
import re
import resource
import shutil
import signal
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hostile_submissions import (
    BREAKING,
    CHEATING,
    CORPUS,
    DAMAGED,
    ECHOING,
    EVERY_RUN,
    FORK_BOMB,
    FULL,
    HW1,
    HW2,
    HW3,
    MEMORY,
    ODD,
    Hostile,
    code,
    honest,
    in_shapes,
    solved,
)
from hostile_submissions import notebook as as_file

from course_exercises.homework.actions import Call, Set
from course_exercises.homework.tasks import COMMON_ERRORS, SAFE, VISIBLE_SEED, Task
from course_grading import whole_class
from course_grading.intake import notebook
from course_grading.marking import assignments, handout, marks, one_submission
from course_grading.marking.marks import OTHERWISE
from course_grading.results.record import Record
from course_grading.sandbox import channel, watch
from course_grading.sandbox.box import Sandbox
from course_grading.sandbox.limits import Limits
from course_grading.sandbox.watch import descendants

pytestmark = pytest.mark.usefixtures("needs_sandbox")

SEED, OTHER_SEED = 20_261_122, 7
MB = 1 << 20
SMALL = Limits(
    memory=300 * MB,
    address_space=1200 * MB,
    processes=24,
    temporary=16 * MB,
    cpu=30.0,
    output=8 * MB,
)


@contextlib.contextmanager
def little_time() -> Iterator[None]:
    """Little time and memory for each, so that what runs into a limit does so soon.

    Only for those that do: how much an honest one needs depends on the machine.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(one_submission, "CELL_SECONDS", 1.0)
        patch.setattr(one_submission, "CELLS_SECONDS", 2.5)
        patch.setattr(one_submission, "SPARE", 1.0)
        patch.setattr(one_submission, "MOST_BOXES", 1)
        patch.setattr(one_submission, "MOST_STOPS", 1)
        patch.setattr(whole_class, "Sandbox", partial(Sandbox, limits=SMALL))
        load = assignments.load
        patch.setattr(assignments, "load", lambda name: replace(load(name), seconds=1.0))
        yield


@pytest.fixture(scope="module")
def own_tmp(tmp_path_factory):
    """A folder for all temporary files, so that what is left over can be seen."""
    tmp_path_factory.getbasetemp()  # pytest's own is elsewhere
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        yield folder
    shutil.rmtree(folder, ignore_errors=True)


# ------------------------------------------------------------------ a run, watched


@dataclass
class Class:
    """A graded folder.

    Args:
        seen: every process that was a descendant of this one in the meantime, with its start.
    """

    name: str
    entries: list[Hostile]
    records: dict[str, Record]
    out: Path
    seen: set[tuple[int, str]]
    digests: tuple[dict[str, str], dict[str, str]]
    files_left: list[str]
    seconds: float


def started(pid: int) -> str:
    """When it started, to tell it from a later process with the same number; "" if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def digests(folder: Path) -> dict[str, str]:
    """Of everything in the folder, links and times of change included."""
    found = {}
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        text = f"{about.st_mode} {about.st_mtime_ns} {about.st_size}"
        if path.is_file() and not path.is_symlink():
            text += hashlib.sha256(path.read_bytes()).hexdigest()
        found[str(path.relative_to(folder))] = text
    return found


def graded(
    name: str, entries: list[Hostile], tmp: Path, seed: int, own_tmp: Path, tight: bool = False
) -> Class:
    folder = tmp / "submissions"
    folder.mkdir(parents=True)
    for entry in entries:
        entry.write(folder)
    before, left_before = digests(folder), {p.name for p in own_tmp.iterdir()}
    seen: set[tuple[int, str]] = set()
    own = {(pid, started(pid)) for pid in descendants(os.getpid())}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            seen.update((pid, started(pid)) for pid in descendants(os.getpid()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.monotonic()
    try:
        with pytest.MonkeyPatch.context() as patch, little_time() if tight else patch.context():
            # That the walls hold is tried in test_self_attack.py, and once in test_whole_class.py.
            patch.setattr(whole_class.self_attack, "require", lambda *a, **k: None)
            records = whole_class.grade_class(folder, name, tmp / "out", seed=seed, workers=2)
    finally:
        ended.set()
        watcher.join()
    return Class(
        name,
        entries,
        {record.student: record for record in records},
        tmp / "out",
        {(pid, start) for pid, start in seen - own if start},
        (before, digests(folder)),
        sorted({p.name for p in own_tmp.iterdir()} - left_before),
        time.monotonic() - begun,
    )


@dataclass(frozen=True)
class Part:
    """Those of an assignment that are graded together."""

    name: str
    every_run: bool
    tight: bool

    def __str__(self) -> str:
        words = (self.name, "" if self.every_run else "more", "tight" if self.tight else "")
        return "-".join(filter(None, words))

    @property
    def marks(self) -> tuple[pytest.MarkDecorator, ...]:
        if self.every_run:
            return ()
        # The walls are the same whatever the homework: the largest class is enough for --all.
        return (pytest.mark.all,) if self.name == "hw1" else (pytest.mark.long,)


PARTS: dict[Part, list[Hostile]] = {}
for name, entries in CORPUS.items():
    for entry in entries:
        part = Part(name, entry.student in EVERY_RUN[name], entry.tight)
        PARTS.setdefault(part, []).append(entry)
EACH_PART = [pytest.param(part, id=str(part), marks=part.marks) for part in PARTS]
EVERY = [
    pytest.param(part, entry, id=f"{part.name}-{entry.student}", marks=part.marks)
    for part, entries in PARTS.items()
    for entry in entries
]
HW1_PARTS = [Part("hw1", every_run, tight=False) for every_run in (True, False)]
TIERS = [pytest.param(part, id=str(part), marks=part.marks) for part in HW1_PARTS]


def largest_so_far() -> int:
    """The largest memory that this process has had, with what other tests have left in it; kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Classes(dict[Part, Class]):
    """Each part of the corpus, graded when a test first asks for it."""

    def __init__(self, grade: Callable[[Part], Class]) -> None:
        self.grade, self.grown = grade, {}

    def __missing__(self, part: Part) -> Class:
        before = largest_so_far()
        self[part] = self.grade(part)
        self.grown[part] = largest_so_far() - before
        return self[part]


@pytest.fixture(scope="module")
def classes(own_tmp, tmp_path_factory):
    return Classes(
        lambda part: graded(
            part.name, PARTS[part], tmp_path_factory.mktemp(str(part)), SEED, own_tmp, part.tight
        )
    )


@pytest.fixture(scope="module")
def other_seed(own_tmp, tmp_path_factory):
    """The submissions that echo, with other hidden numbers."""
    return Classes(
        lambda part: graded(
            part.name, echoing(part), tmp_path_factory.mktemp("other"), OTHER_SEED, own_tmp
        )
    )


def echoing(part: Part) -> list[Hostile]:
    return [entry for entry in PARTS[part] if entry in ECHOING]


def test_every_submission_is_graded_and_of_each_kind_some_in_every_run():
    assert sum(map(len, PARTS.values())) == sum(map(len, CORPUS.values()))
    for name, students in EVERY_RUN.items():
        assert students <= {entry.student for entry in CORPUS[name]}
    in_every_run = [entry for part, some in PARTS.items() if part.every_run for entry in some]
    for kind in (BREAKING, CHEATING, ECHOING, ODD, DAMAGED, HW2, HW3):
        assert sum(entry in kind for entry in in_every_run) >= 2


def test_the_corpus_is_large_and_every_name_is_there_once():
    assert len(HW1) >= 45
    for entries in CORPUS.values():
        assert len({entry.student for entry in entries}) == len(entries)


# ------------------------------------------------------------------ each of them


@pytest.mark.parametrize(("part", "entry"), EVERY)
def test_points_and_status(classes, part, entry):
    record = classes[part].records[entry.student]
    allowed = (entry.status,) if isinstance(entry.status, str) else entry.status
    assert record.status in allowed, (record.status, record.reason, record.notes)
    points = {question.number: question.points for question in record.questions}
    wanted = entry.wanted(part.name)
    if entry.at_most:
        assert all(points[number] <= most for number, most in wanted.items()), points
    else:
        assert points == wanted, (record.reason, record.notes)
    if record.status != "graded":
        assert record.reason
    assert not record.grader_failed


@pytest.mark.parametrize(("part", "entry"), EVERY)
def test_what_is_said(classes, part, entry):
    one = classes[part]
    path = one.out / "feedback" / f"{one.records[entry.student].key}.html"
    page = path.read_text(encoding="utf-8")
    assert entry.says in html.unescape(page)
    assert "<script" not in page.lower()
    pictures = re.findall(r"<img\b[^>]*", page.lower())  # of the grader's own making, as data
    assert all('src="data:image/svg+xml;base64,' in picture for picture in pictures)
    assert "\x1b" not in page
    assert "\u202e" not in page


# ------------------------------------------------------------------ all of them


@pytest.mark.parametrize("part", EACH_PART)
def test_nobody_is_missing(classes, part):
    one = classes[part]
    with open(one.out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    written = {row["student_id"].lstrip("'") for row in rows}
    assert len(rows) == len(one.entries)
    assert written == {entry.student for entry in one.entries}
    assert len(list((one.out / "records").iterdir())) == len(one.entries)
    assert len(list((one.out / "feedback").iterdir())) == len(one.entries)
    json.loads((one.out / "report.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("part", EACH_PART)
def test_no_formula_in_the_tables(classes, part):
    for table in ("grades.csv", "nbgrader.csv", "written.csv"):
        with open(classes[part].out / table, encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file):
                assert not [cell for cell in row if cell.startswith(("=", "+", "@", "\t"))]


@pytest.mark.parametrize("part", EACH_PART)
def test_nothing_is_left_behind(classes, part):
    one = classes[part]
    assert one.seen, "the watcher saw none of the processes"
    deadline = time.monotonic() + 60
    while (left := [pid for pid, start in one.seen if started(pid) == start]) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.05)
    assert not left
    assert one.files_left == []
    assert not (one.out / "errors.log").exists()


@pytest.mark.parametrize("part", EACH_PART)
def test_the_submissions_are_as_they_were(classes, part):
    before, after = classes[part].digests
    assert before == after


def test_the_watcher_would_see_what_is_left(tmp_path):
    """The test above can fail: a process that was forked twice still counts."""
    child = os.fork()
    if child == 0:
        time.sleep(30)
        os._exit(0)
    try:
        assert started(child)
        assert child in list(descendants(os.getpid()))
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert not started(child)


# ------------------------------------------------------------------ hidden numbers


def hidden_numbers(name: str) -> set[str]:
    """The hidden numbers as digits, in the ways that Python and NumPy print them; the short ones,
    which stand in many a text, are left out."""
    assignment, printed = assignments.load(name), set()
    for i, question in assignment.graded.items():
        for p in range(len(question.parts)):
            for task in marks.cases(assignment, i, p, SEED):
                printed |= digits_of(task)
    return printed


def digits_of(task: Task) -> set[str]:
    """Of all that goes into a task, and of what should come out."""
    values = [wanted.right for wanted in task.wanted.values() if hasattr(wanted, "right")]
    for step in task.steps:
        values += [*step.arguments] if isinstance(step, Call) else []
        values += [step.value] if isinstance(step, Set) else []
    return set().union(*map(in_digits, values))


def in_digits(value: object) -> set[str]:
    if isinstance(value, dict):
        return set().union(*map(in_digits, value.values()))
    if not isinstance(value, (float, np.ndarray)) or np.size(value) == 0:
        return set()
    array = np.asarray(value)
    printed = set()
    if array.size > 4000:  # of so many numbers some are enough: whoever sees one sees them all
        array = array.ravel()[:: array.size // 2000]
    if array.ndim == 2 and array.shape[1] > 2:  # a row of short numbers tells a case too
        for row in array:
            printed |= {", ".join(map(str, row.tolist())), " ".join(map(str, row.tolist()))}
            printed.add(str(row).strip("[]"))
    for number in array.ravel().tolist():
        if isinstance(number, float):
            forms = {repr(number), f"{number:.4f}", f"{number:.6g}", f"{number:.8f}"}
            forms = {form for form in forms if len(form.partition("e")[0].strip("-0.")) >= 6}
            printed |= {*forms, number.hex()} if forms else forms  # 1.1e-09 stands anywhere
    return printed


def found_in(text: str, many: set[str]) -> list[str]:
    """Which of these stand in the text; few of very many, so their beginnings are looked up."""
    beginnings = {text[i : i + 6] for i in range(len(text))}
    return [each for each in many if (len(each) < 6 or each[:6] in beginnings) and each in text]


def test_a_number_is_found_wherever_it_stands():
    many = {"1.25", "0.123456789", "3.1, 4.1, 5.9", "7.654321", "9.999999"}
    text = "x0.1234567890 and 1.257\n[3.1, 4.1, 5.9] 7.65432 end"
    assert set(found_in(text, many)) == {"1.25", "0.123456789", "3.1, 4.1, 5.9"}


def public_tasks(name: str) -> list[Task]:
    """Those of the visible checks."""
    return [
        make(np.random.default_rng(VISIBLE_SEED))
        for question in assignments.load(name).graded.values()
        for make in question.question.tasks.values()
    ]


@pytest.mark.parametrize("part", EACH_PART)
def test_no_hidden_number_reaches_a_student(classes, part):
    hidden = hidden_numbers(part.name)
    assert len(hidden) > 100
    public = public_tasks(part.name)
    hidden -= set().union(*map(digits_of, public))  # numbers that both happen to have
    printed = "".join(task.description for task in public)
    hidden = {digits for digits in hidden if digits not in printed}
    for page in (classes[part].out / "feedback").iterdir():
        assert not found_in(html.unescape(page.read_text(encoding="utf-8")), hidden), page.name


# How they fail depends on the numbers, so a sentence may; but it is one of a few.
FAILS_BY_NUMBERS = (
    "echo-in-the-type-of-an-error",
    "echo-in-the-attributes-of-a-value",
    "echo-in-which-part-stops",
)


@pytest.mark.parametrize("part", TIERS)
def test_a_page_does_not_depend_on_the_hidden_numbers(classes, other_seed, part):
    """Whatever an answer does with them: with other hidden numbers the page is the same."""
    one, other = classes[part], other_seed[part]
    assert len(echoing(part)) > 3
    for entry in echoing(part):
        key = one.records[entry.student].key
        pages = [(run.out / "feedback" / f"{key}.html").read_bytes() for run in (one, other)]
        if entry.student not in FAILS_BY_NUMBERS:
            assert pages[0] == pages[1], entry.student
        assert FULL["hw1"].keys() == {q.number for q in one.records[entry.student].questions}


@pytest.mark.parametrize("part", TIERS)
def test_a_failure_by_numbers_has_one_of_a_few_sentences(classes, other_seed, part):
    allowed = {f"your code stopped with {name}." for name in (*COMMON_ERRORS, "an error")}
    allowed |= {SAFE["type"], "not attempted yet.", OTHERWISE}
    allowed.add("an attribute or a part of the result is missing.")
    students = {entry.student for entry in echoing(part)}.intersection(FAILS_BY_NUMBERS)
    assert students
    for student in students:
        for run in (classes[part], other_seed[part]):
            parts = [part for q in run.records[student].questions for part in q.parts]
            said = {sentence.split(": ")[-1] for part in parts for sentence in part.said}
            assert said
            assert said <= allowed


def test_echoes_were_heard_on_the_public_numbers(classes):
    """Else the tests above would prove nothing."""
    one = classes[HW1_PARTS[0]]
    key = one.records["echo-in-an-exception"].key
    page = html.unescape((one.out / "feedback" / f"{key}.html").read_text(encoding="utf-8"))
    assert "ValueError" in page
    assert "array([[" in page


# ------------------------------------------------------------------ memory, and other runs


def test_lists_of_texts_take_little_memory_outside():
    """NumPy would make gigabytes of them."""
    texts = {"list": [{"text": "y" * 500}, *({"text": "x"} for _ in range(19_999))]}
    data = {"list": [texts] * 34}
    tracemalloc.start()
    try:
        value = channel.read_value(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(value, channel.Failure)
    assert peak < 20 * MB


@pytest.mark.parametrize("part", TIERS)
def test_the_grader_itself_stays_small(classes, part):
    """With all those replies: by how much its largest memory has grown."""
    assert classes[part].records
    assert classes.grown[part] < 500 * 1024  # kB


def graded_alone(
    name: str, content: bytes, sandbox: Sandbox | None = None, **options
) -> one_submission.Outcome:
    """With the limits that instructors have."""
    assignment = assignments.load(name)
    read, given = notebook.read(content), handout.load(name)
    with contextlib.nullcontext(sandbox) if sandbox else Sandbox(assignment.provides) as box_maker:
        return one_submission.grade(assignment, read, given, box_maker, SEED, **options)


def points(outcome: one_submission.Outcome) -> dict[int, float]:
    return {question.number: question.points for question in outcome.questions}


@pytest.mark.long
def test_too_much_memory_costs_one_question():
    outcome = graded_alone("hw1", in_shapes(MEMORY))
    assert points(outcome) == {**FULL["hw1"], 1: 0}


class Later(Sandbox):
    """From some box on, all of them tell what runs there that it is later, as a clock would."""

    opened, late_from = 0, 2

    def command(self, worker, filter_descriptor):
        command = super().command(worker, filter_descriptor)
        self.opened += 1
        if self.opened < self.late_from:
            return command
        i = command.index("--setenv")
        return [*command[:i], "--setenv", "LATER", "1", *command[i:]]


IS_LATER = """
import os
def is_later():
    return "LATER" in os.environ
"""


@pytest.mark.long
def test_cells_that_are_run_again_say_nothing_of_hidden_numbers():
    assignment = assignments.load("hw1")
    public = [task.steps[0].arguments for task in marks.public(assignment.questions[0])]
    cells = [
        IS_LATER,
        "if is_later():\n    raise ModuleNotFoundError(name='D_is_6')",
        "if is_later():\n    def forward(): pass\n    def forward(): pass",
        f"def shapes(*widths):\n    if widths in {public!r}:\n        return {{}}\n"
        "    os.kill(os.getppid(), 9)",
    ]
    with Later(assignment.provides) as sandbox:
        outcome = graded_alone("hw1", as_file([*map(code, cells)]), sandbox)
        assert sandbox.opened > 1
        sandbox.opened, sandbox.late_from = 0, 1
        told = graded_alone("hw1", as_file([*map(code, cells)]), sandbox)
    assert outcome.status == "partly graded"
    assert outcome.notes == []
    assert "cell" not in outcome.reason
    assert any("D_is_6" in note for note in told.notes)  # what it would say


@pytest.mark.all
def test_a_second_attempt_shows_what_the_first_one_has_shown():
    speaks = "def shapes(*widths):\n    if is_later():\n        raise ValueError('D is 6')"
    content = as_file([code(IS_LATER), code(speaks)])
    with Later(assignments.load("hw1").provides) as sandbox:
        first = graded_alone("hw1", content, sandbox)
        assert sandbox.opened == 1
        fresh = graded_alone("hw1", content, sandbox)
        again = graded_alone("hw1", content, sandbox, before=first)
    assert "D is 6" not in str(first.questions)
    assert "D is 6" in str(fresh.questions)  # what it would say
    assert "D is 6" not in str(again.questions)
    assert again.notes == first.notes


@pytest.mark.long
def test_many_cells_end_with_the_time_of_the_whole_submission(monkeypatch):
    monkeypatch.setattr(one_submission, "SUBMISSION_WALL", 2.0)
    outcome = graded_alone("hw1", as_file([code("import time\ntime.sleep(0.3)")] * 60))
    assert outcome.status == "could not be run"
    assert not outcome.waited  # it is not tried again


@pytest.mark.all
def test_a_fork_bomb_of_another_run_costs_nobody_a_point():
    with Sandbox() as other, other.open(0) as box:
        order = {"modules": [], "given": [], "cells": [[1, FORK_BOMB]], "answers": []}
        order["handed_out"] = []
        times = {"cell_seconds": 60, "cell_wall": 60, "seconds": 60, "wall": 60}
        box.send({**order, **times}, 5)
        assert channel.read_message(box.receive(60, 60)) == {"begins": 1}
        while len(list(descendants(box.process.pid))) < Limits().processes:
            time.sleep(0.01)
        outcome = graded_alone("hw1", honest("hw1"))
    assert (outcome.status, points(outcome)) == ("graded", FULL["hw1"])


@pytest.mark.long
def test_the_progress_bar_of_notebooks():
    """It needs widgets, which are not in the sandbox, and many a trainer has one."""
    cells = solved("hw4")
    for cell in cells:
        if cell["cell_type"] == "code" and "    def train(" in cell["source"]:
            top = "from tqdm.notebook import tqdm, trange\n\n"
            assert "in range(epochs)" in cell["source"]
            cell["source"] = top + cell["source"].replace(
                "in range(epochs)", "in tqdm(trange(epochs), desc='epochs')"
            )
    outcome = graded_alone("hw4", as_file(cells))
    assert outcome.status == "graded"
    assert sum(points(outcome).values()) == 80, points(outcome)


# ------------------------------------------------------------------ waiting


@pytest.mark.long
@pytest.mark.parametrize("at_fault", [False, True])
def test_an_answer_that_waits_is_to_be_tried_again_if_the_machine_is_at_fault(
    monkeypatch, at_fault
):
    # In the queue all the time, or never, whatever else is run here.
    stood = (lambda pid: time.monotonic()) if at_fault else (lambda pid: 0.0)
    monkeypatch.setattr(watch, "queued_seconds", stood)
    patience = 0.5 if at_fault else 2  # for honest answers: then all of the time counts
    waits = in_shapes("import time\ntime.sleep(1000)")
    with little_time(), Sandbox(assignments.load("hw1").provides, limits=SMALL) as sandbox:
        outcome = graded_alone("hw1", waits, sandbox, patience=patience)
    assert outcome.waited is at_fault
    assert points(outcome) == {**FULL["hw1"], 1: 0}
