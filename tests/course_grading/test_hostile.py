"""Whole folders of hostile, damaged and odd submissions, graded as an instructor would."""

import csv
import hashlib
import html
import json
import os
import resource
import shutil
import signal
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hostile_submissions import (
    CORPUS,
    ECHOING,
    FORK_BOMB,
    FULL,
    HW1,
    MEMORY,
    Hostile,
    code,
    honest,
    in_shapes,
    solved,
)
from hostile_submissions import notebook as as_file

from course_exercises.homework.actions import Call, Set
from course_exercises.homework.tasks import COMMON_ERRORS, SAFE
from course_grading import whole_class
from course_grading.intake import notebook
from course_grading.marking import assignments, handout, marks, one_submission
from course_grading.marking.marks import OTHERWISE
from course_grading.marking.rubric import GradedQuestion
from course_grading.results.record import Record
from course_grading.sandbox import channel
from course_grading.sandbox.box import Limits, Sandbox, descendants, mode_here

pytestmark = pytest.mark.usefixtures("needs_sandbox")

SEED, OTHER_SEED = 20_261_122, 7
MB = 1 << 20
SMALL = Limits(
    memory=300 * MB,
    address_space=1200 * MB,
    processes=24,
    temporary=16 * MB,
    cpu=6.0,
    output=8 * MB,
)


@pytest.fixture(scope="module")
def quick():
    """Little time and memory for each, so that what runs into a limit does so soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(one_submission, "CELL_SECONDS", 1.0)
        patch.setattr(one_submission, "CELLS_SECONDS", 1.5)
        patch.setattr(one_submission, "MOST_BOXES", 1)
        patch.setattr(one_submission, "MOST_STOPS", 1)
        patch.setattr(one_submission, "SUBMISSION_WALL", 20.0)
        patch.setattr(whole_class, "PATIENCE_ALONE", 1.01)
        patch.setattr(whole_class, "Sandbox", partial(Sandbox, limits=SMALL))
        # That the walls hold is tried in test_walls.py, and once in test_whole_class.py.
        patch.setattr(whole_class.self_attack, "require", lambda *a, **k: None)
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


def graded(name: str, entries: list[Hostile], tmp: Path, seed: int, own_tmp: Path) -> Class:
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


class Classes(dict[str, Class]):
    """The class of each assignment, graded when a test first asks for it."""

    def __init__(self, grade: Callable[[str], Class]) -> None:
        self.grade = grade

    def __missing__(self, name: str) -> Class:
        self[name] = self.grade(name)
        return self[name]


@pytest.fixture(scope="module")
def classes(quick, own_tmp, tmp_path_factory):
    return Classes(
        lambda name: graded(name, CORPUS[name], tmp_path_factory.mktemp(name), SEED, own_tmp)
    )


@pytest.fixture(scope="module")
def other_seed(quick, own_tmp, tmp_path_factory):
    return graded("hw1", ECHOING, tmp_path_factory.mktemp("other"), OTHER_SEED, own_tmp)


EVERY = [
    pytest.param(name, entry, id=f"{name}-{entry.student}")
    for name, entries in CORPUS.items()
    for entry in entries
]


def test_the_corpus_is_large_and_every_name_is_there_once():
    assert len(HW1) >= 45
    for entries in CORPUS.values():
        assert len({entry.student for entry in entries}) == len(entries)


# ------------------------------------------------------------------ each of them


@pytest.mark.parametrize(("name", "entry"), EVERY)
def test_points_and_status(classes, name, entry):
    record = classes[name].records[entry.student]
    allowed = (entry.status,) if isinstance(entry.status, str) else entry.status
    assert record.status in allowed, (record.status, record.reason, record.notes)
    points = {question.number: question.points for question in record.questions}
    wanted = entry.wanted(name)
    if entry.at_most:
        assert all(points[number] <= most for number, most in wanted.items()), points
    else:
        assert points == wanted, (record.reason, record.notes)
    if record.status != "graded":
        assert record.reason
    assert whole_class.OUR_FAULT not in record.reason


@pytest.mark.parametrize(("name", "entry"), EVERY)
def test_what_is_said(classes, name, entry):
    one = classes[name]
    path = one.out / "feedback" / f"{one.records[entry.student].key}.html"
    page = path.read_text(encoding="utf-8")
    assert entry.says in html.unescape(page)
    assert "<script" not in page.lower()
    assert "<img" not in page.lower()
    assert "\x1b" not in page
    assert "\u202e" not in page


# ------------------------------------------------------------------ all of them


@pytest.mark.parametrize("name", CORPUS)
def test_nobody_is_missing(classes, name):
    one = classes[name]
    with open(one.out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    written = {row["student_id"].lstrip("'") for row in rows}
    assert len(rows) == len(one.entries)
    assert written == {entry.student for entry in one.entries}
    assert len(list((one.out / "records").iterdir())) == len(one.entries)
    assert len(list((one.out / "feedback").iterdir())) == len(one.entries)
    json.loads((one.out / "report.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CORPUS)
def test_no_formula_in_the_tables(classes, name):
    for table in ("grades.csv", "nbgrader.csv", "written.csv"):
        with open(classes[name].out / table, encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file):
                assert not [cell for cell in row if cell.startswith(("=", "+", "@", "\t"))]


@pytest.mark.parametrize("name", CORPUS)
def test_nothing_is_left_behind(classes, name):
    one = classes[name]
    assert one.seen, "the watcher saw none of the processes"
    deadline = time.monotonic() + 3
    while (left := [pid for pid, start in one.seen if started(pid) == start]) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.05)
    assert not left
    assert one.files_left == []
    assert not (one.out / "errors.log").exists()


@pytest.mark.parametrize("name", CORPUS)
def test_the_submissions_are_as_they_were(classes, name):
    before, after = classes[name].digests
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
    for i, question in enumerate(assignment.questions):
        if not isinstance(question, GradedQuestion):
            continue
        for p in range(len(question.parts)):
            for task in marks.cases(assignment, i, p, SEED):
                values = [
                    wanted.right for wanted in task.wanted.values() if hasattr(wanted, "right")
                ]
                for step in task.steps:
                    values += [*step.arguments] if isinstance(step, Call) else []
                    values += [step.value] if isinstance(step, Set) else []
                for value in values:
                    printed |= in_digits(value)
    return printed


def in_digits(value: object) -> set[str]:
    if isinstance(value, dict):
        return set().union(*map(in_digits, value.values()))
    if not isinstance(value, (float, np.ndarray)) or np.size(value) == 0:
        return set()
    array = np.asarray(value)
    printed = set()
    if array.ndim == 2 and array.shape[1] > 2:  # a row of short numbers tells a case too
        for row in array:
            printed |= {", ".join(map(str, row.tolist())), " ".join(map(str, row.tolist()))}
            printed.add(str(row).strip("[]"))
    for number in array.ravel().tolist():
        if isinstance(number, float):
            forms = {repr(number), f"{number:.4f}", f"{number:.6g}", f"{number:.8f}", number.hex()}
            printed |= {form for form in forms if len(form.strip("-0.")) >= 6}
    return printed


def public_numbers(name: str) -> str:
    """What the visible checks print."""
    text = ""
    for question in assignments.load(name).questions:
        if isinstance(question, GradedQuestion):
            for make in question.question.tasks.values():
                text += make(np.random.default_rng(20)).description
    return text


@pytest.mark.parametrize("name", CORPUS)
def test_no_hidden_number_reaches_a_student(classes, name):
    hidden = hidden_numbers(name)
    assert len(hidden) > 100
    public = public_numbers(name)
    hidden = {digits for digits in hidden if digits not in public}
    for page in (classes[name].out / "feedback").iterdir():
        text = html.unescape(page.read_text(encoding="utf-8"))
        assert not [digits for digits in hidden if digits in text], page.name


# How they fail depends on the numbers, so a sentence may; but it is one of a few.
FAILS_BY_NUMBERS = (
    "echo-in-the-type-of-an-error",
    "echo-in-the-attributes-of-a-value",
    "echo-in-which-part-stops",
)


def test_a_page_does_not_depend_on_the_hidden_numbers(classes, other_seed):
    """Whatever an answer does with them: with other hidden numbers the page is the same."""
    one = classes["hw1"]
    for entry in ECHOING:
        key = one.records[entry.student].key
        pages = [(run.out / "feedback" / f"{key}.html").read_bytes() for run in (one, other_seed)]
        if entry.student not in FAILS_BY_NUMBERS:
            assert pages[0] == pages[1], entry.student
        assert FULL["hw1"].keys() == {q.number for q in one.records[entry.student].questions}


@pytest.mark.parametrize("student", FAILS_BY_NUMBERS)
def test_a_failure_by_numbers_has_one_of_a_few_sentences(classes, other_seed, student):
    allowed = {f"your code stopped with {name}." for name in (*COMMON_ERRORS, "an error")}
    allowed |= {SAFE["type"], "not attempted yet.", OTHERWISE}
    allowed.add("an attribute or a part of the result is missing.")
    for run in (classes["hw1"], other_seed):
        parts = [part for q in run.records[student].questions for part in q.parts]
        said = {sentence.split(": ")[-1] for part in parts for sentence in part.said}
        assert said
        assert said <= allowed


def test_echoes_were_heard_on_the_public_numbers(classes):
    """Else the tests above would prove nothing."""
    one = classes["hw1"]
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


def test_the_grader_itself_stays_small(classes):
    """With all those replies: the largest that it has been in this process."""
    assert classes["hw1"].records
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 900 * 1024  # kB


def graded_alone(name: str, content: bytes) -> one_submission.Outcome:
    """With the limits that instructors have."""
    assignment = assignments.load(name)
    with Sandbox(assignment.provides) as sandbox:
        read = notebook.read(content)
        return one_submission.grade(assignment, read, handout.load(name), sandbox, SEED)


def points(outcome: one_submission.Outcome) -> dict[int, float]:
    return {question.number: question.points for question in outcome.questions}


def test_too_much_memory_costs_one_question():
    outcome = graded_alone("hw1", in_shapes(MEMORY))
    assert points(outcome) == {**FULL["hw1"], 1: 0}


# By the clock it knows later that hidden numbers have been seen.
CLOCK = """
import os, time
started = {started!r}
def is_later():
    return time.time() > started + 1
"""


def test_cells_that_are_run_again_say_nothing_of_hidden_numbers():
    question = assignments.load("hw1").questions[0]
    public = [task.steps[0].arguments for task in marks.public(question)]
    cells = [
        CLOCK.format(started=time.time()),
        "if is_later():\n    raise ModuleNotFoundError(name='D_is_6')",
        "if is_later():\n    def forward(): pass\n    def forward(): pass",
        f"def shapes(*widths):\n    if widths in {public!r}:\n        return {{}}\n"
        "    while not is_later():\n        time.sleep(0.05)\n    os.kill(os.getppid(), 9)",
    ]
    outcome = graded_alone("hw1", as_file([*map(code, cells)]))
    assert outcome.status == "partly graded"
    assert outcome.notes == []
    assert "cell" not in outcome.reason


def test_a_second_attempt_shows_what_the_first_one_has_shown():
    started = time.time()
    speaks = "def shapes(*widths):\n    if is_later():\n        raise ValueError('D is 6')"
    content = notebook.read(as_file([code(CLOCK.format(started=started)), code(speaks)]))
    assignment, given = assignments.load("hw1"), handout.load("hw1")
    with Sandbox(assignment.provides) as sandbox:
        first = one_submission.grade(assignment, content, given, sandbox, SEED)
        time.sleep(max(0.0, started + 1.5 - time.time()))
        fresh = one_submission.grade(assignment, content, given, sandbox, SEED)
        again = one_submission.grade(assignment, content, given, sandbox, SEED, before=first)
    assert "D is 6" in str(fresh.questions)  # what it would say
    assert "D is 6" not in str(again.questions)
    assert again.notes == first.notes


def test_many_cells_end_with_the_time_of_the_whole_submission(monkeypatch):
    monkeypatch.setattr(one_submission, "SUBMISSION_WALL", 2.0)
    started = time.monotonic()
    outcome = graded_alone("hw1", as_file([code("import time\ntime.sleep(0.3)")] * 60))
    assert time.monotonic() - started < 8
    assert outcome.status == "could not be run"
    assert not outcome.waited  # it is not tried again alone


def test_a_fork_bomb_of_another_run_costs_nobody_a_point():
    with Sandbox() as other, other.open(0) as box:
        order = {"modules": [], "given": [], "cells": [[1, FORK_BOMB]], "answers": []}
        order["handed_out"] = []
        times = {"cell_seconds": 60, "cell_wall": 60, "seconds": 60, "wall": 60}
        box.send({**order, **times}, 5)
        assert channel.read_message(box.receive(60, 60)) == {"begins": 1}
        time.sleep(0.5)
        outcome = graded_alone("hw1", honest("hw1"))
    assert (outcome.status, points(outcome)) == ("graded", FULL["hw1"])


def test_the_progress_bar_of_notebooks():
    """It needs widgets, which are not in the sandbox, and many a trainer has one."""
    cells = solved("hw4")
    for cell in cells:
        if cell["cell_type"] == "code" and "def train(" in cell["source"]:
            top = "from tqdm.notebook import tqdm, trange\n\n"
            assert "in range(epochs)" in cell["source"]
            cell["source"] = top + cell["source"].replace(
                "in range(epochs)", "in tqdm(trange(epochs), desc='epochs')"
            )
    outcome = graded_alone("hw4", as_file(cells))
    assert outcome.status == "graded"
    assert sum(points(outcome).values()) == 80, points(outcome)


# ------------------------------------------------------------------ waiting


def test_an_answer_that_waits_is_to_be_tried_again(quick, own_tmp):
    """Without processor time used it may be the machine's fault, so the outcome says so."""
    assignment = assignments.load("hw1")
    read = notebook.read(in_shapes("import time\ntime.sleep(1000)"))
    with Sandbox(limits=SMALL, mode=mode_here()) as sandbox:
        outcome = one_submission.grade(
            assignment, read, handout.load("hw1"), sandbox, SEED, patience=0.1
        )
    assert outcome.waited
    points = {question.number: question.points for question in outcome.questions}
    assert points[1] == 0
