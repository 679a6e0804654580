"""A class that is graded in several runs: late arrivals, resubmissions, the wrong assignment."""

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hostile_submissions import code, honest, instead, notebook
from tiers import thinned

from course_grading import command_line, whole_class
from course_grading.intake.roster import Roster, Student
from course_grading.marking import assignments, one_submission
from course_grading.marking.handout import STUDENT_VERSIONS
from course_grading.results import written
from course_grading.results.folder import Results
from course_grading.results.late_policy import LatePolicy
from course_grading.results.record import Status
from course_grading.sandbox import self_attack
from course_grading.whole_class import grade_class

DUE = datetime(2026, 11, 1, 12, tzinfo=UTC)
FULL = 80.0
LESS = instead("hw1", "bottom", "def bottom(changes, losses):\n    raise ValueError\n")

pytestmark = pytest.mark.usefixtures("needs_sandbox", "proven")


@pytest.fixture
def proven(monkeypatch):
    """That the walls hold is tried elsewhere, and takes a second or two."""
    monkeypatch.setattr(self_attack, "require", lambda *a, **k: None)


@pytest.fixture
def said() -> list[str]:
    return []


def hand_in(folder: Path, **files: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.ipynb").write_bytes(content)
    return folder


def rows_of(out: Path, name: str) -> list[dict[str, str]]:
    with open(out / name, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def table(out: Path, name: str = "grades.csv") -> dict[str, dict[str, str]]:
    return {row["student_id"]: row for row in rows_of(out, name)}


@pytest.mark.all
def test_late_arrivals_are_added_and_nobody_is_lost(tmp_path, said):
    """The roster is given both times; with it, everybody else would be missing."""
    roster = Roster(
        (
            Student("ada", submitted_at=DUE),
            Student("ben", submitted_at=DUE + timedelta(hours=1)),
            Student("cem", submitted_at=DUE + timedelta(days=2)),
            Student("dag"),
        )
    )
    out, policy = tmp_path / "out", LatePolicy(DUE, percent_per_day=10.0)
    options = {"roster": roster, "late_policy": policy, "say": said.append}
    first = hand_in(tmp_path / "first", ada=honest("hw1"), ben=honest("hw1"))
    grade_class(first, "hw1", out, seed=1, **options)
    assert said == []
    before = {name: (out / "records" / f"{name}.json").read_bytes() for name in ("ada", "ben")}
    assert table(out)["cem"]["status"] == "missing"
    late = hand_in(tmp_path / "late", cem=honest("hw1"))
    records = {r.student: r for r in grade_class(late, "hw1", out, **options)}
    rows = table(out)
    assert {name: row["status"] for name, row in rows.items()} == {
        "ada": "graded", "ben": "graded", "cem": "graded", "dag": "missing",
    }  # fmt: skip
    assert [rows[name]["late_penalty"] for name in rows] == ["0.0", "10.0", "20.0", "0.0"]
    assert {n: (out / "records" / f"{n}.json").read_bytes() for n in before} == before
    assert (out / "feedback" / "ada.html").is_file()
    assert records["ada"].automatic_points == FULL
    assert said == [
        "2 graded before are not among these submissions and stay as they are (--only-these "
        "removes them)."
    ]
    assert len(table(out, "nbgrader.csv")) == 4
    assert len(table(out, "written.csv")) == 3, "their written answers are still to be marked"


@pytest.mark.parametrize(
    ("first", "second"), thinned([("hw1", "hw1"), ("ada_2026_1_hw1", "ben_2026_1_hw1")], 2)
)
def test_nobody_gets_the_row_of_somebody_else(tmp_path, first, second):
    """Two late arrivals, each handed over as a single file whose name does not say whose it is."""
    out = tmp_path / "out"
    one = hand_in(tmp_path / "a", **{first: honest("hw1")}) / f"{first}.ipynb"
    other = hand_in(tmp_path / "b", **{second: LESS}) / f"{second}.ipynb"
    grade_class(one, "hw1", out, seed=1)
    before = (out / "grades.csv").read_bytes()
    with pytest.raises(ValueError, match="would take the place of"):
        grade_class(other, "hw1", out)
    grade_class(one, "hw1", out)  # the same once more is no other's
    assert (out / "grades.csv").read_bytes() == before
    (record,) = grade_class(other, "hw1", out, only_these=True)
    assert record.automatic_points < FULL


@pytest.mark.long
def test_marks_of_written_answers_stay_with_late_arrivals(tmp_path):
    out = tmp_path / "out"
    grade_class(hand_in(tmp_path / "a", ada=honest("hw1"), ben=honest("hw1")), "hw1", out, seed=1)
    with Results.reopen(out) as results:
        marked = [
            replace(record, written=tuple(replace(a, points=3.0) for a in record.written))
            for record in results.records()
        ]
        results.finish(marked)
        written.export(marked, out, just_taken_in=True)
    assert table(out)["ada"]["written"] == "6.0"
    grade_class(hand_in(tmp_path / "b", cem=honest("hw1")), "hw1", out)
    assert [row["written"] for row in table(out).values()] == ["6.0", "6.0", ""]
    kept = list(out.glob("written-kept*"))
    assert kept == []


@pytest.mark.long
def test_the_same_person_under_another_id_is_one_row(tmp_path, said):
    """First graded without a roster, by the number of Canvas; then with one."""
    out = tmp_path / "out"
    first = hand_in(tmp_path / "a", amesalice_12345_1_hw1=honest("hw1"), b_2_3_hw1=honest("hw1"))
    grade_class(first, "hw1", out, seed=1)
    assert set(table(out)) == {"12345", "2"}
    again = hand_in(tmp_path / "b", amesalice_12345_9_hw1=honest("hw1", "x = 1"))
    roster = Roster((Student("alice", "Ames, Alice"),))
    grade_class(again, "hw1", out, roster=roster, say=said.append)
    assert set(table(out)) == {"alice", "2"}
    assert said[0] == "12345 is under another id now; the row of before is gone."


@pytest.mark.all
def test_a_damaged_record_of_somebody_who_is_not_given_is_no_lost_row(tmp_path):
    out = tmp_path / "out"
    grade_class(hand_in(tmp_path / "a", ada=honest("hw1"), ben=honest("hw1")), "hw1", out, seed=1)
    (out / "records" / "ada.json").write_text("{")
    with pytest.raises(ValueError, match=r"ada.json .* cannot be read"):
        grade_class(hand_in(tmp_path / "b", cem=honest("hw1")), "hw1", out)
    grade_class(tmp_path / "a", "hw1", out)
    assert table(out)["ada"]["automatic"] == str(FULL)


# ------------------------------------------------------------------ attempts


@pytest.mark.parametrize("attempts", ["best", "last"])
@pytest.mark.long
def test_a_resubmission(tmp_path, monkeypatch, attempts):
    out = tmp_path / "out"
    grade_class(hand_in(tmp_path / "a", ada=honest("hw1")), "hw1", out, seed=1, attempts=attempts)
    worse = hand_in(tmp_path / "b", ada=LESS)
    (record,) = grade_class(worse, "hw1", out, attempts=attempts)
    assert (record.automatic_points == FULL) is (attempts == "best")
    monkeypatch.setattr(one_submission, "grade", None)  # what was graded is not run again
    (again,) = grade_class(worse, "hw1", out, attempts=attempts)
    assert again.questions == record.questions
    assert float(table(out)["ada"]["automatic"]) == record.automatic_points


@pytest.mark.parametrize("attempts", ["best", "last"])
@pytest.mark.long
def test_several_files_of_one_student(tmp_path, monkeypatch, attempts):
    """The better one was handed in first; a third one comes later."""
    out, folder = tmp_path / "out", tmp_path / "a" / "ada"
    folder.mkdir(parents=True)
    (folder / "hw1.ipynb").write_bytes(honest("hw1"))
    (folder / "hw1-1.ipynb").write_bytes(LESS)
    (record,) = grade_class(tmp_path / "a", "hw1", out, seed=1, attempts=attempts)
    best = attempts == "best"
    assert (record.automatic_points == FULL) is best
    assert record.source.endswith("hw1.ipynb" if best else "hw1-1.ipynb")
    grade = one_submission.grade
    monkeypatch.setattr(one_submission, "grade", None)  # what was graded is not run again
    (again,) = grade_class(tmp_path / "a", "hw1", out, attempts=attempts)
    assert (again.questions, again.source) == (record.questions, record.source)
    monkeypatch.setattr(one_submission, "grade", grade)
    (folder / "hw1-2.ipynb").write_bytes(b"no notebook")
    (record,) = grade_class(tmp_path / "a", "hw1", out, attempts=attempts)
    assert (record.automatic_points == FULL) is best
    assert record.status == ("graded" if best else "could not be run")


@pytest.mark.long
def test_the_best_of_two_folders(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    grade_class(hand_in(tmp_path / "a", ada=honest("hw1"), ben=LESS), "hw1", old, seed=1)
    again = hand_in(tmp_path / "b", ada=LESS, ben=honest("hw1"))
    records = grade_class(again, "hw1", new, seed=2, attempts="best", earlier=old)
    assert [record.automatic_points for record in records] == [FULL, FULL]
    assert "so this one counts" in records[0].notes[-1] and not records[1].notes


@pytest.mark.all
def test_an_earlier_folder_that_does_not_fit(tmp_path, monkeypatch):
    old, work = tmp_path / "old", hand_in(tmp_path / "a", ada=honest("hw1"))
    grade_class(work, "hw1", old, seed=1)
    with pytest.raises(ValueError, match="is the folder of results itself"):
        grade_class(work, "hw1", old, earlier=old)
    two = hand_in(tmp_path / "b", ada=honest("hw2"))
    with pytest.raises(ValueError, match="holds the results of hw1, not of hw2"):
        grade_class(two, "hw2", tmp_path / "new", earlier=old)
    run = json.loads((old / ".run.json").read_text())
    (old / ".run.json").write_text(json.dumps({**run, "rubric": "another"}))
    with pytest.raises(ValueError, match="cannot be compared"):
        grade_class(work, "hw1", tmp_path / "new", earlier=old, attempts="best")
    assert not (tmp_path / "new").exists()


@pytest.mark.long
def test_a_change_of_points(tmp_path, monkeypatch):
    """A written question is worth twice as much, after it was marked."""
    old, new = tmp_path / "old", tmp_path / "new"
    work = hand_in(tmp_path / "a", ada=honest("hw1"))
    grade_class(work, "hw1", old, seed=1)
    with Results.reopen(old) as results:
        results.finish(
            [
                replace(record, written=tuple(replace(a, points=4.0) for a in record.written))
                for record in results.records()
            ]
        )
    asked = assignments.load("hw1")
    questions = list(asked.questions)
    questions[6] = replace(questions[6], points=2 * questions[6].points)
    monkeypatch.setattr(assignments, "load", lambda name: replace(asked, questions=questions))
    with pytest.raises(ValueError, match=r"hw1-q7 was worth .* with 1 mark given.*--if-maximum"):
        grade_class(work, "hw1", new, earlier=old)
    assert not new.exists()
    monkeypatch.setattr(whole_class, "TABLES_EVERY", 0.0)  # written.csv is there, still empty
    (record,) = grade_class(work, "hw1", new, earlier=old, if_maximum_changed="scale")
    assert [answer.points for answer in record.written] == [8.0, 4.0]
    assert [row["points"] for row in rows_of(new, "written.csv")] == ["8.0", "4.0"]


# ------------------------------------------------------------------ the wrong assignment


@pytest.mark.all
def test_one_notebook_of_another_assignment_has_no_marks(tmp_path):
    folder = hand_in(tmp_path / "a", ada=honest("hw1"), ben=honest("hw2"), cem=honest("hw1"))
    records = grade_class(folder, "hw1", tmp_path / "out", seed=1)
    assert [record.status for record in records] == ["graded", "could not be run", "graded"]
    assert records[1].reason == "this is hw2, not hw1: nothing was marked"
    assert table(tmp_path / "out")["ben"]["status"] == Status.COULD_NOT_BE_RUN


def test_a_whole_class_of_another_assignment_is_refused(tmp_path):
    files = {f"s{i}": honest("hw2", f"x = {i}") for i in range(6)}
    folder = hand_in(tmp_path / "a", **files, odd=honest("hw1"))
    with pytest.raises(ValueError, match=r"of hw2, not of hw1: 6 of the 7 .*--assignment hw2"):
        grade_class(folder, "hw1", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.all
def test_an_untouched_copy_beside_the_work(tmp_path):
    folder = tmp_path / "in" / "ada"
    folder.mkdir(parents=True)
    (tmp_path / "in" / "ben.ipynb").write_bytes(honest("hw1"))
    (folder / "hw1-2.ipynb").write_bytes((STUDENT_VERSIONS / "hw1.ipynb").read_bytes())
    (folder / "hw1.ipynb").write_bytes(honest("hw1"))
    ada, _ = grade_class(tmp_path / "in", "hw1", tmp_path / "out", seed=1)
    assert ada.automatic_points == FULL


# ------------------------------------------------------------------ what is said


@pytest.mark.all
def test_a_due_date_without_times_is_said(tmp_path, said):
    files = {"a_LATE_1_2_hw1": honest("hw1"), "b_2_3_hw1": honest("hw1"), "zoe": honest("hw1")}
    folder = hand_in(tmp_path / "a", **files)
    grade_class(folder, "hw1", tmp_path / "out", seed=1, due=DUE, say=said.append)
    unknown, late = said
    assert unknown.startswith("Whether 1 of 3 are late cannot be known")
    assert late.startswith("Late, as Canvas says, but not by how much") and ": 1. A" in late
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["late"] == [{"student": "1", "hours": None, "penalty": None}]


@pytest.mark.long
def test_the_whole_way_in_the_terminal(tmp_path, capsys):
    hand_in(tmp_path / "a", ada=honest("hw1"), ben=notebook([code("x = 1")]))
    out = str(tmp_path / "out")
    words = ["grade", str(tmp_path / "a"), "--assignment", "hw1", "--out", out, "--hide-names"]
    (tmp_path / "late.toml").write_text(
        "due = 2026-12-01T12:00:00\n[extensions]\nzoe = 2026-12-02T12:00:00\n"
    )
    assert command_line.main([*words, "--late", str(tmp_path / "late.toml")]) == 0
    printed = capsys.readouterr().out
    assert "Note: There are extensions for zoe, who are not among these." in printed
    page = (tmp_path / "out" / "written.html").read_text(encoding="utf-8")
    assert "ada" not in page
    assert command_line.main(["take-in", out]) == 0
    assert "ada" not in (tmp_path / "out" / "written.csv").read_text(encoding="utf-8")
    assert command_line.main(["take-in", out, "--no-hide-names"]) == 0
    assert "ada" in (tmp_path / "out" / "written.csv").read_text(encoding="utf-8")
