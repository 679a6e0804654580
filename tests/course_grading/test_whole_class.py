"""A whole class: any order, any number of workers, stopped and gone on, busy, without a sandbox."""

import csv
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from grading_samples import zipped
from hostile_submissions import cheat, code, honest, in_shapes, notebook
from tiers import thinned

from course_grading import whole_class
from course_grading.intake.roster import Roster, Student
from course_grading.marking import marks as marking
from course_grading.marking import one_submission
from course_grading.results.folder import Results
from course_grading.results.record import Record
from course_grading.sandbox import self_attack
from course_grading.sandbox.box import MOST_WORKERS, Box, Sandbox
from course_grading.sandbox.limits import CannotSandbox
from course_grading.sandbox.watch import descendants
from course_grading.whole_class import Interrupted, grade_class

ROOT = Path(__file__).parents[2]
SEED = 4711
RANDOM = "return {'W1': (1, 2), 'W2': (H2, H1), 'W3': (K, H2), 'x': (D, B), 'z1': (H1, B)}"
SLOW = "import time\ntime.sleep(40)"


@pytest.fixture
def proven(monkeypatch):
    """That the walls hold is tried elsewhere, and takes a second or two."""
    monkeypatch.setattr(self_attack, "require", lambda *a, **k: None)


@pytest.fixture
def students(tmp_path) -> Path:
    """Five: right, partly right, wrong, not attempted, damaged."""
    folder = tmp_path / "submissions"
    folder.mkdir()
    (folder / "ada.ipynb").write_bytes(honest("hw1"))
    (folder / "ben.ipynb").write_bytes(in_shapes(RANDOM))
    (folder / "cem.ipynb").write_bytes(cheat("def trick(*a):\n    raise ValueError('no')"))
    (folder / "dag.ipynb").write_bytes(notebook([code("x = 1")]))
    (folder / "eva.ipynb").write_bytes(honest("hw1")[:-9])
    return folder


def marks(records: list[Record]) -> dict[str, tuple]:
    """What the grader says about each, without what a person adds."""
    return {
        r.student: (r.status, r.reason, r.questions, [a.text for a in r.written], r.notes)
        for r in records
    }


def grades(out: Path) -> list[dict[str, str]]:
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "course_grading", *map(str, words)]


def environment(tmp: Path | None = None) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)} | ({"TMPDIR": str(tmp)} if tmp else {})


def run_command(
    *words: object, tmp: Path | None = None, **options
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words), cwd="/", env=environment(tmp), capture_output=True, text=True, **options
    )


# ------------------------------------------------------------------ the same seed


@pytest.mark.usefixtures("needs_sandbox", "proven")
class TestTheSameSeed:
    @pytest.mark.long
    def test_gives_the_same_grades_whatever_the_order_and_number_of_workers(
        self, students, tmp_path, monkeypatch
    ):
        first = grade_class(students, "hw1", tmp_path / "one", seed=SEED, workers=1)
        collect = whole_class.collect
        monkeypatch.setattr(whole_class, "collect", lambda *a, **k: collect(*a, **k)[::-1])
        second = grade_class(students, "hw1", tmp_path / "three", seed=SEED, workers=3)
        assert [r.student for r in first] == [r.student for r in second][::-1]
        assert marks(first) == marks(second)
        assert grades(tmp_path / "one") == grades(tmp_path / "three")
        assert 0 < marks(first)["ben"][2][0].points < 10, "partly right"
        assert [r.automatic_points for r in first] == [80, first[1].automatic_points, 0, 0, 0]
        for name in ("grades.csv", "nbgrader.csv", "written.csv"):
            files = [(tmp_path / out / name).read_bytes() for out in ("one", "three")]
            assert files[0] == files[1], name

    def test_another_seed_gives_other_numbers(self):
        assignment = whole_class.assignments.load("hw1")
        cases = [marking.cases(assignment, 2, 1, seed)[0] for seed in (SEED, SEED + 1, SEED)]
        numbers = [cases[i].steps[0].arguments[0].tolist() for i in range(3)]
        assert numbers[0] == numbers[2] != numbers[1]

    @pytest.mark.long
    def test_a_secret_seed_is_drawn_and_kept_by_the_owner_alone(self, students, tmp_path):
        seeds = set()
        for out in (tmp_path / "a", tmp_path / "b"):
            grade_class(students, "hw1", out)
            run = json.loads((out / ".run.json").read_text())
            seeds.add(run["seed"])
            assert (out / ".run.json").stat().st_mode & 0o077 == 0
            for path in out.rglob("*"):
                if path.is_file() and path.name != ".run.json":
                    assert str(run["seed"]) not in path.read_text(encoding="utf-8")
        assert len(seeds) == 2

    @pytest.mark.all
    def test_another_seed_is_refused_where_a_run_began(self, students, tmp_path):
        grade_class(students, "hw1", tmp_path / "out", seed=SEED)
        with pytest.raises(ValueError, match="seed"):
            grade_class(students, "hw1", tmp_path / "out", seed=SEED + 1)


# ------------------------------------------------------------------ stopping and going on


def record_files(out: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.name: (path.stat().st_mtime_ns, path.read_bytes())
        for path in (out / "records").glob("*.json")
    }


@pytest.mark.usefixtures("needs_sandbox", "proven")
class TestGoingOn:
    @pytest.mark.all
    def test_what_is_graded_is_not_run_again(self, students, tmp_path, monkeypatch):
        first = grade_class(students, "hw1", tmp_path / "out", seed=SEED)
        run: list[str] = []
        monkeypatch.setattr(
            one_submission, "grade", lambda *a, **k: run.append("again") or one_submission.Outcome()
        )
        second = grade_class(students, "hw1", tmp_path / "out")
        assert run == []
        assert marks(second) == marks(first)

    @pytest.mark.long
    def test_where_nothing_is_new_no_sandbox_is_needed(self, students, tmp_path, monkeypatch):
        first = grade_class(students, "hw1", tmp_path / "out", seed=SEED)
        before = record_files(tmp_path / "out")
        with monkeypatch.context() as patch:
            patch.setattr(whole_class, "Sandbox", None)
            patch.setattr(self_attack, "require", None)
            second = grade_class(students, "hw1", tmp_path / "out")
        assert marks(second) == marks(first)
        assert record_files(tmp_path / "out") == before
        (students / "new.ipynb").write_bytes(honest("hw1"))

        def is_open(*unused, **options):
            raise CannotSandbox("a hole")

        monkeypatch.setattr(self_attack, "require", is_open)
        with pytest.raises(CannotSandbox, match="a hole"):
            grade_class(students, "hw1", tmp_path / "out")

    @pytest.mark.all
    def test_few_are_waited_for_however_many_there_are(self, tmp_path, monkeypatch):
        many = tmp_path / "many"
        many.mkdir()
        for i in range(60):
            (many / f"s{i:02}.ipynb").write_bytes(notebook([code("x = 1")]))
        monkeypatch.setattr(one_submission, "grade", lambda *a, **k: one_submission.Outcome())
        waited, taken = [], []
        wait, file_key = whole_class.wait, whole_class.file_key
        monkeypatch.setattr(
            whole_class, "wait", lambda some, **rest: waited.append(len(some)) or wait(some, **rest)
        )
        monkeypatch.setattr(
            whole_class, "file_key", lambda *given: taken.append(len(given)) or file_key(*given)
        )
        assert len(grade_class(many, "hw1", tmp_path / "out", workers=2)) == 60
        assert 1 <= max(waited) <= 4
        assert {*taken} == {1}, "nobody looks at the keys of all others"

    @pytest.mark.long
    def test_a_stopped_run_goes_on(self, students, tmp_path, monkeypatch):
        whole = grade_class(students, "hw1", tmp_path / "whole", seed=SEED)
        boxes = []

        def progress(done: int, wanted: int) -> None:
            boxes.append((done, wanted))
            if done == 2:
                raise KeyboardInterrupt  # Ctrl-C, in the thread where it arrives

        with pytest.raises(Interrupted) as stopped:
            grade_class(students, "hw1", tmp_path / "out", seed=SEED, workers=1, progress=progress)
        assert (stopped.value.done, stopped.value.wanted) == (2, 5)
        assert len(grades(tmp_path / "out")) == 2, "what is finished is in the tables"
        kept = record_files(tmp_path / "out")
        rest = grade_class(students, "hw1", tmp_path / "out", workers=2)
        after = record_files(tmp_path / "out")
        assert {name: after[name] for name in kept} == kept
        assert marks(rest) == marks(whole)
        assert [r.student for r in rest] == [r.student for r in whole]
        assert boxes[0] == (0, 5)

    @pytest.mark.long
    def test_a_changed_submission_is_graded_anew(self, students, tmp_path):
        grade_class(students, "hw1", tmp_path / "out", seed=SEED)
        before = record_files(tmp_path / "out")
        (students / "cem.ipynb").write_bytes(honest("hw1"))
        (students / "new.ipynb").write_bytes(honest("hw1"))
        (students / "ben.ipynb").unlink()
        records = {r.student: r for r in grade_class(students, "hw1", tmp_path / "out")}
        assert records["cem"].automatic_points == records["new"].automatic_points == 80
        assert records["ben"].automatic_points > 0, "who is not given stays"
        everybody = {"ada", "ben", "cem", "dag", "eva", "new"}
        assert {row["student_id"] for row in grades(tmp_path / "out")} == everybody
        after = record_files(tmp_path / "out")
        assert after["ada.json"] == before["ada.json"]
        assert after["ben.json"] == before["ben.json"]
        grade_class(students, "hw1", tmp_path / "out", only_these=True)
        assert {row["student_id"] for row in grades(tmp_path / "out")} == everybody - {"ben"}
        assert not (tmp_path / "out" / "records" / "ben.json").exists()
        assert not (tmp_path / "out" / "feedback" / "ben.html").exists()

    @pytest.mark.long
    def test_a_damaged_record_is_made_anew(self, students, tmp_path):
        first = grade_class(students, "hw1", tmp_path / "out", seed=SEED)
        (tmp_path / "out" / "records" / "ada.json").write_text('{"student": "ada", "quest')
        forged = tmp_path / "out" / "records" / "cem.json"
        forged.write_text(json.dumps({**json.loads(forged.read_text()), "digest": "another"}))
        second = grade_class(students, "hw1", tmp_path / "out")
        assert marks(second) == marks(first)


def test_tables_take_a_small_part_of_the_time_however_long_one_takes(monkeypatch):
    now, times = [0.0], []

    def write():
        times.append(now[0])
        now[0] += 6.0

    monkeypatch.setattr(whole_class.time, "monotonic", lambda: now[0])
    seldom = whole_class._Seldom(5.0)
    while now[0] < 3600:
        now[0] += 0.5
        seldom.do(write)
    assert times[0] == 5.5
    assert 6.0 * len(times) < 1.2 * whole_class.SHARE_OF_TABLES * now[0]


def hand_in(folder: Path, numbers: Iterable[int], cell: str) -> None:
    """Right ones, with this cell before."""
    folder.mkdir(exist_ok=True)
    for i in numbers:
        (folder / f"s{i}.ipynb").write_bytes(honest("hw1", f"{cell}\nx = {i}"))


def with_default_signals():
    """Whoever runs the tests may ignore some, as `nohup` does, and then the grader does so too."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.usefixtures("needs_sandbox")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.long
def test_a_stopped_command_goes_on(tmp_path, how):
    """In the middle of a real run, with the walls tried before."""
    students, out, own_tmp = (tmp_path / name for name in ("students", "out", "tmp"))
    own_tmp.mkdir()
    hand_in(students, range(2), "")
    hand_in(students, range(2, 8), SLOW)  # these are still going on, whenever the signal comes
    words = ("grade", students, "--assignment", "hw1", "--out", out, "--workers", 2)
    run = subprocess.Popen(
        command(*words, "--seed", SEED),
        cwd="/",
        env=environment(own_tmp),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=with_default_signals,
    )
    deadline = time.monotonic() + 300
    while len(list(out.glob("records/*.json"))) < 2 and time.monotonic() < deadline:
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)
    inside: list[int] = []
    while len(inside) < 4:  # between two submissions nothing is inside for a moment
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)
        inside = [pid for pid in _descendants(run.pid) if pid != run.pid]
    assert list(own_tmp.glob("course-grading-*"))
    run.send_signal(how)
    _, errors = run.communicate(timeout=300)
    if how != signal.SIGKILL:
        assert run.returncode == 128 + how
        assert not list(own_tmp.iterdir())
        assert "of 8 submissions are finished and kept" in errors
        assert "Traceback" not in errors
    kept = record_files(out)
    assert sorted(kept) == ["s0.json", "s1.json"]
    deadline = time.monotonic() + 60
    while any(map(_alive, inside)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in inside if _alive(pid)], "boxes are left behind"
    if how in (signal.SIGTERM, signal.SIGHUP):
        return  # the rest is as with Ctrl-C
    hand_in(students, range(2, 8), "")
    again = run_command(*words, timeout=600, tmp=own_tmp)
    assert again.returncode == 0, again.stderr
    assert not list(own_tmp.iterdir()), "also what the killed one left is gone"
    assert "8 students: 8 graded" in again.stdout
    after = record_files(out)
    assert {name: after[name] for name in kept} == kept
    assert [row["student_id"] for row in grades(out)] == [f"s{i}" for i in range(8)]
    assert not list(out.rglob(".course-grading-*"))


def _descendants(pid: int) -> list[int]:
    return list(descendants(pid))


def _alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return False


# ------------------------------------------------------------------ where, and beside whom


@pytest.mark.usefixtures("proven")
@pytest.mark.parametrize("out", ["submissions/results", "submissions", "submissions/a/../b", "."])
def test_results_among_the_submissions_are_refused(students, tmp_path, out):
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match="neither inside the other"):
        grade_class(students, "hw1", tmp_path / out, seed=SEED)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.long
@pytest.mark.usefixtures("needs_sandbox", "proven")
def test_two_runs_at_once(students, tmp_path, monkeypatch):
    """Each has user ids of its own, or the processes of one would count for the other."""
    first: list[int] = []
    fill = Sandbox._fill

    def fill_and_remember(sandbox):
        first.append(sandbox.first_uid)
        fill(sandbox)
        together.wait(200)

    together = threading.Barrier(2)
    monkeypatch.setattr(Sandbox, "_fill", fill_and_remember)
    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(grade_class, students, "hw1", tmp_path / out, seed=SEED)
            for out in ("one", "two")
        ]
        found = [marks(run.result()) for run in runs]
    assert found[0] == found[1]
    assert sum(question.points for question in found[0]["ada"][2]) == 80
    if os.geteuid() == 0:
        assert abs(first[0] - first[1]) >= MOST_WORKERS


# ------------------------------------------------------------------ who handed in what


@pytest.mark.usefixtures("needs_sandbox", "proven")
def test_a_roster_with_missing_unknown_and_late_students(students, tmp_path):
    due = datetime(2026, 11, 1, 12, tzinfo=UTC)
    roster = Roster(
        (
            Student("ada", "Ada", submitted_at=due),
            Student("ben", "Ben <b>", submitted_at=due.replace(hour=14)),
            Student("=1+1", "=cmd|x"),
            Student("../../etc/passwd", "Zoe"),
            Student("zoe", "Zoe"),
        )
    )
    records = {
        r.student: r
        for r in grade_class(students, "hw1", tmp_path / "out", roster=roster, due=due, seed=SEED)
    }
    assert len(records) == 8
    assert records["zoe"].status == records["../../etc/passwd"].status == "missing"
    assert records["ada"].seconds_late == 0
    assert records["ben"].seconds_late == 7200
    assert "not on the roster" in records["cem"].notes
    rows = {row["student_id"]: row for row in grades(tmp_path / "out")}
    assert len(rows) == 8
    assert rows["zoe"]["status"] == "missing"
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert sorted(report["found"]["unknown"]) == ["cem", "dag", "eva"]
    assert sorted(report["missing"]) == sorted(["zoe", "../../etc/passwd", "=1+1"])
    assert report["late"] == [{"student": "ben", "hours": 2.0, "penalty": None}]
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(path.is_relative_to(tmp_path / "out") or path.parent == students for path in written)


@pytest.mark.all
@pytest.mark.usefixtures("needs_sandbox", "proven")
def test_the_zip_of_a_class_with_ways_out_of_it(tmp_path):
    right = honest("hw1")
    file = tmp_path / "class.zip"
    file.write_bytes(
        zipped(
            {
                "ada.ipynb": right,
                "../evil.ipynb": right,
                "../../../../tmp/evil2.ipynb": right,
                "/etc/evil3.ipynb": right,
                "ben/hw1.ipynb": in_shapes("return {}"),
            }
        )
    )
    before = {path for path in tmp_path.rglob("*")}
    records = {r.student: r for r in grade_class(file, "hw1", tmp_path / "out", seed=SEED)}
    assert records["ada"].automatic_points == 80
    assert records["ben"].automatic_points == 70
    new = {path for path in tmp_path.rglob("*")} - before
    assert all(path == tmp_path / "out" or path.is_relative_to(tmp_path / "out") for path in new)
    assert len(grades(tmp_path / "out")) == len(records)
    assert not Path("/tmp/evil2.ipynb").exists()


# ------------------------------------------------------------------ what goes wrong outside


@pytest.mark.usefixtures("needs_sandbox", "proven")
class TestTheGraderItself:
    @pytest.mark.long
    def test_its_own_failure_costs_one_student_a_run(self, students, tmp_path, monkeypatch):
        play = one_submission.grade
        read = notebook_of(students / "ben.ipynb")

        def fail_for_ben(assignment, given, *rest, **options):
            if given == read:
                raise ZeroDivisionError("of the grader")
            return play(assignment, given, *rest, **options)

        with monkeypatch.context() as patch:
            patch.setattr(one_submission, "grade", fail_for_ben)
            records = {r.student: r for r in grade_class(students, "hw1", tmp_path / "out", seed=1)}
        assert records["ben"].status == "could not be run"
        assert "the grader failed" in records["ben"].reason
        assert [name for name, r in records.items() if r.grader_failed] == ["ben"]
        assert records["ada"].automatic_points == 80
        assert "ZeroDivisionError" in (tmp_path / "out" / "errors.log").read_text()
        assert len(grades(tmp_path / "out")) == 5
        again = {r.student: r for r in grade_class(students, "hw1", tmp_path / "out")}
        assert again["ben"].status == "graded"
        assert again["ben"].automatic_points > 70

    @pytest.mark.all
    def test_a_failure_of_marking(self, students, tmp_path, monkeypatch):
        def fail(*arguments, **options):
            raise RecursionError

        monkeypatch.setattr(marking, "judge_part", fail)
        records = grade_class(students, "hw1", tmp_path / "out", seed=1)
        assert {r.status for r in records} == {"could not be run"}
        assert len(grades(tmp_path / "out")) == 5

    @pytest.mark.long
    def test_who_was_kept_waiting_is_run_again(self, students, tmp_path, monkeypatch):
        """A busy machine: ada ran into the wall clock the first time."""
        play, tried = one_submission.grade, []
        read = notebook_of(students / "ada.ipynb")

        def wait_first(assignment, given, *rest, patience=1.0, **options):
            outcome = play(assignment, given, *rest, patience=patience, **options)
            if given == read:
                tried.append(patience)
                if patience == 1.0:
                    return dataclasses.replace(outcome, questions=(), waited=True)
            return outcome

        monkeypatch.setattr(one_submission, "grade", wait_first)
        records = {r.student: r for r in grade_class(students, "hw1", tmp_path / "out", seed=1)}
        assert tried == [1.0, whole_class.PATIENCE]
        assert whole_class.PATIENCE > 1
        assert records["ada"].status == "graded"
        assert records["ada"].automatic_points == 80

    @pytest.mark.long
    def test_a_machine_that_stands_still_costs_nobody_a_point(
        self, students, tmp_path, monkeypatch
    ):
        """The first box of ada gets no processor until the wall clock has run out."""
        for path in students.glob("[b-e]*"):
            path.unlink()
        stood: list[Box] = []
        send, receive = Box.send, Box.receive

        def send_and_stop(box, message, wall):
            send(box, message, wall)
            if "plays" in message and not stood:
                stood.append(box)
                for pid in descendants(box.process.pid):
                    os.kill(pid, signal.SIGSTOP)

        def receive_soon(box, cpu, wall):
            if box not in stood:
                return receive(box, cpu, wall)
            box.watch.queued += 5.0  # as the kernel would say of a queue, not of this standstill
            return receive(box, cpu, 0.3)

        monkeypatch.setattr(Box, "send", send_and_stop)
        monkeypatch.setattr(Box, "receive", receive_soon)
        (record,) = grade_class(students, "hw1", tmp_path / "out", seed=1)
        assert stood
        assert (record.status, record.automatic_points) == ("graded", 80)

    @pytest.mark.long
    def test_no_sandbox_is_recorded(self, students, tmp_path):
        records = grade_class(students, "hw1", tmp_path / "out", seed=1, mode="none")
        assert not any(r.sandboxed for r in records)
        report = (tmp_path / "out" / "report.json").read_text(encoding="utf-8")
        assert json.loads(report)["without_sandbox"]
        shut_in = {r.student: r for r in grade_class(students, "hw1", tmp_path / "out2", seed=1)}
        assert {r.student: r.automatic_points for r in records} == {
            student: r.automatic_points for student, r in shut_in.items()
        }
        assert all(r.sandboxed for r in shut_in.values())


def notebook_of(path: Path):
    return whole_class.read(path.read_bytes())


# ------------------------------------------------------------------ the command


@pytest.mark.long
def test_the_command_warns_without_a_sandbox(students, tmp_path):
    run = run_command(
        "grade", students, "--assignment", "hw1", "--out", tmp_path / "out", "--unsafe-no-sandbox"
    )
    assert run.returncode == 0, run.stderr
    assert "WARNING: --unsafe-no-sandbox" in run.stderr
    assert json.loads((tmp_path / "out" / "report.json").read_text())["without_sandbox"]


@pytest.mark.long
@pytest.mark.usefixtures("needs_sandbox", "proven")
def test_two_commands_do_not_write_to_one_folder(students, tmp_path):
    grade_class(students, "hw1", tmp_path / "out", seed=1)
    with Results.reopen(tmp_path / "out"):
        run = run_command("take-in", tmp_path / "out")
    assert run.returncode == 1
    assert "another run is writing" in run.stderr


@pytest.mark.all
@pytest.mark.parametrize("what", thinned(["nowhere", "empty", "file"], 3))
def test_a_folder_that_is_none_is_refused(tmp_path, what):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    run = run_command("grade", tmp_path / what, "--assignment", "hw1", "--out", tmp_path / "out")
    assert run.returncode == 1
    assert run.stderr.startswith("course-grading: ")
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "out").exists()


AS_OTHER = ("setpriv", "--reuid=12345", "--regid=12345", "--clear-groups")


def other_python() -> tuple[list[str], dict[str, str], str]:
    """A Python that another user can run, its environment, and why there is none."""
    packages = str(Path(np.__file__).parents[1])
    usual = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), packages]), "HOME": "/"}
    asked = (
        "import os, sys, course_grading.command_line\n"
        "open(os.path.realpath(sys._base_executable), 'rb')\n"
        f"assert sys.version_info[:2] == {sys.version_info[:2]}"
    )
    why = "setpriv is not installed"
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            run = subprocess.run(
                [*AS_OTHER, python, "-c", asked],
                cwd="/",
                env=usual,
                capture_output=True,
                text=True,
            )
        except OSError:
            continue
        if run.returncode == 0:
            return [*AS_OTHER, python, "-m", "course_grading"], usual, ""
        why = f"another user cannot run this Python: {run.stderr.strip()[-200:]}"
    return [], {}, why


@pytest.mark.usefixtures("needs_sandbox")
@pytest.mark.long
def test_as_an_ordinary_user(students):
    """The other mode of the sandbox, with its proof."""
    if os.geteuid() != 0:
        pytest.skip("all the other tests are run as an ordinary user already")
    words, variables, why = other_python()
    if why:
        pytest.skip(why)
    if subprocess.run([*AS_OTHER, "unshare", "--user", "true"], capture_output=True).returncode:
        pytest.skip("ordinary users cannot make user namespaces here")
    with tempfile.TemporaryDirectory(prefix="ordinary-user-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        shutil.copytree(students, place / "submissions")
        (place / "submissions").chmod(0o755)
        (place / "own").mkdir()
        os.chown(place / "own", 12345, 12345)
        out = place / "own" / "out"
        words += ["grade", str(place / "submissions"), "--assignment", "hw1", "--out", str(out)]
        run = subprocess.run(
            [*words, "--seed", str(SEED)],
            cwd="/",
            env={**variables, "HOME": str(place / "own")},
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stderr
        assert json.loads((out / ".run.json").read_text())["sandbox"] == "user"
        assert not json.loads((out / "report.json").read_text())["without_sandbox"]
        points = {row["student_id"]: float(row["automatic"]) for row in grades(out)}
        assert 70 < points.pop("ben") < 80
        assert points == {"ada": 80, "cem": 0, "dag": 0, "eva": 0}
