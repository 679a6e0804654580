"""No mark, status, list or table of a class changes if every message is worded differently."""

import csv
import dataclasses
import json
import shutil
import typing
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from grading_samples import zipped
from hostile_submissions import cheat, code, honest, in_shapes, notebook
from rewording import DATA, SAID, reworded

from course_grading import whole_class
from course_grading.intake.note import NoteKind
from course_grading.intake.roster import Roster, Student
from course_grading.marking import one_submission
from course_grading.results.folder import Results
from course_grading.results.record import Record
from course_grading.sandbox import self_attack
from course_grading.whole_class import grade_class

SEED = 4711
RIGHT = honest("hw1")
# All values right but one, a slip that has credit, an error, an answer that is not attempted.
PARTLY = notebook(
    [
        # Without the checks, at which all of it was still right.
        *(cell for cell in json.loads(RIGHT)["cells"] if ".check(" not in "".join(cell["source"])),
        code("def batch_loss(L):\n    return L.sum()"),
        code("def sigmoid(z):\n    raise KeyError(z)"),
        code("def bottom(*arguments):\n    pass"),
    ]
)
ROSTER = Roster(tuple(Student(name) for name in ("ada", "ben", "cem", "dag", "eva", "fay", "gil")))


@pytest.fixture(scope="module")
def students(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("class") / "submissions"
    for name in ("cem", "fay"):
        (folder / name).mkdir(parents=True)
    (folder / "ada.ipynb").write_bytes(RIGHT)
    (folder / "ben.ipynb").write_bytes(PARTLY)
    (folder / "cem" / "hw1.ipynb").write_bytes(RIGHT)  # twice
    (folder / "cem" / "hw1-1.ipynb").write_bytes(in_shapes("return {}"))
    (folder / "dag.ipynb").write_bytes(cheat("def trick(*a):\n    raise ValueError('no')"))
    (folder / "eva.ipynb").write_bytes(RIGHT[:-9])  # cannot be read
    for i in range(7):
        (folder / "fay" / f"{i}.zip").write_bytes(zipped({"hw1.ipynb": PARTLY}))
    (folder / "hal.ipynb").write_bytes(honest("hw1", "import os\nos._exit(0)"))  # not on the roster
    return folder


@pytest.fixture
def proven(monkeypatch) -> None:
    """That the walls hold is tried elsewhere."""
    monkeypatch.setattr(self_attack, "require", lambda *a, **k: None)


def facts(out: Path) -> dict[str, Any]:
    """What was decided about a class: everything but the sentences."""
    with Results.reopen(out) as results:
        records = results.records()
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        grades = list(csv.DictReader(file))
    parts = [part for question in report["questions"] for part in question["parts"]]
    found = {f"records of {record.student}": decided(record) for record in records}
    for row in grades:
        for said in ("reason", "notes", "source"):
            del row[said]
        found[f"row of {row['student_id']}"] = row
    for key in ("by_status", "points", "missing", "late", "without_sandbox"):
        found[key] = report[key]
    return found | {
        "found": {name: len(sentences) for name, sentences in report["found"].items()},
        "unknown": report["found"]["unknown"],
        "how often": [[slip["students"] for slip in part["said"]] for part in parts],
    }


def decided(record: Record) -> tuple:
    return (
        record.status,
        record.grader_failed,
        len(record.notes),
        [[(part.points, len(part.said)) for part in q.parts] for q in record.questions],
        [(answer.points or 0.0, answer.open) for answer in record.written],
    )


def grade(students: Path, out: Path) -> list[Record]:
    return grade_class(students, "hw1", out, roster=ROSTER, seed=SEED)


@pytest.fixture(scope="module")
def first_run(needs_sandbox, students, tmp_path_factory) -> Path:
    """The results as they are, with the messages as they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(self_attack, "require", lambda *a, **k: None)
        out = tmp_path_factory.mktemp("first") / "out"
        grade(students, out)
        return out


@pytest.fixture(scope="module")
def plain(first_run) -> dict[str, Any]:
    return facts(first_run)


@pytest.fixture
def graded(first_run, proven, tmp_path) -> Path:
    """These results once more, to go on with."""
    return Path(shutil.copytree(first_run, tmp_path / "out"))


@pytest.mark.long
def test_the_class_has_what_can_be_decided_by_words(plain):
    assert plain["by_status"] == {
        "graded": 5,
        "partly graded": 1,
        "could not be run": 1,
        "missing": 1,
    }
    assert plain["found"] == {"problems": 3, "duplicates": 3, "unknown": 1}
    assert plain["unknown"] == ["hal"]
    points = {row: float(plain[f"row of {row}"]["automatic"]) for row in ("ada", "ben", "fay")}
    assert points["ada"] == 80 > points["ben"] == points["fay"] > 0


@pytest.mark.long
def test_nothing_changes_if_every_message_is_reworded(plain, proven, students, tmp_path):
    with reworded():
        records = grade(students, tmp_path / "out")
        assert facts(tmp_path / "out") == plain
        for record in records:
            texts = [record.reason, *record.notes]
            texts += [s for q in record.questions for part in q.parts for s in part.said]
            assert all(text.startswith("⟦") for text in texts if text)


def found_by_words(results, jobs, records, *more):
    """As it was: lists made by looking into the notes."""
    ready = [records[job.key] for job in jobs if job.key in records]
    notes = [(job, note.words) for job in jobs for note in job.submission.notes]
    found = whole_class.Found(
        tuple(r.reason for r in ready if r.status != "graded"),
        tuple(words for _, words in notes if "handed in" in words),
        tuple(job.submission.student for job, words in notes if words == "not on the roster"),
    )
    results.finish(ready, found)


@pytest.mark.long
def test_lists_by_words_are_noticed(plain, graded, students, monkeypatch):
    monkeypatch.setattr(whole_class, "_write_tables", found_by_words)
    grade(students, graded)
    assert facts(graded) == plain
    with reworded():
        grade(students, graded)
        assert facts(graded) != plain


@pytest.mark.long
@pytest.mark.parametrize("words", [nullcontext, reworded])
def test_what_the_grader_failed_at_is_tried_again(graded, students, monkeypatch, words):
    """By the fact, not by what is said about it: nobody else's reason could be taken for it."""
    for name, failed in (("ada", True), ("eva", False), ("hal", False)):
        path = graded / "records" / f"{name}.json"
        record = json.loads(path.read_text(encoding="utf-8"))
        changes = {"grader_failed": failed, "status": "could not be run"}
        if not failed:
            changes["reason"] = "the grader failed; it is tried again by the next run"
        path.write_text(json.dumps(record | changes))
    tried = []
    run = one_submission.grade

    def noted(assignment, given, *rest, **options):
        tried.append(given)
        return run(assignment, given, *rest, **options)

    monkeypatch.setattr(one_submission, "grade", noted)
    with words():
        again = {record.student: record for record in grade(students, graded)}
        assert tried == [whole_class.read(RIGHT)]
    assert (again["ada"].status, again["ada"].grader_failed) == ("graded", False)
    assert again["ada"].automatic_points == 80
    assert again["hal"].status == "could not be run"


# ------------------------------------------------------------------ is it every message?


def texts_of(kind: type) -> set[str]:
    """The fields of a class that hold a text or several."""
    hints = typing.get_type_hints(kind)
    texts = (str, str | None, tuple[str, ...], list[str], Sequence[str])
    return {field.name for field in dataclasses.fields(kind) if hints[field.name] in texts}


@pytest.mark.parametrize("kind", SAID, ids=lambda kind: kind.__name__)
def test_every_text_is_known_as_a_message_or_as_data(kind):
    """A new one has to be sorted into `SAID`, or else into `DATA` with a reason."""
    assert set(SAID[kind]).isdisjoint(DATA.get(kind, ()))
    assert texts_of(kind) == {*SAID[kind], *DATA.get(kind, ())}


def test_a_kind_of_note_is_no_text():
    assert not any(isinstance(kind.value, str) for kind in NoteKind)
