"""A folder of results that was written before verdicts, notes and statuses were objects.

`results_of_0_1_0.json` has its files. Ayse's answer to question 3 was changed after it was marked,
which stood in a note; Eva's notebook is one that the grader failed at.
"""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from course_grading import command_line
from course_grading.results.folder import Results
from course_grading.results.record import Record, Status

FILES = json.loads(Path(__file__).with_name("results_of_0_1_0.json").read_text(encoding="utf-8"))
CHANGED = "Question 3: the answer was changed after it was marked, so it is to be marked again."
NOTES = ("double is defined 2 times; the last definition counts.", "not on the roster")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode())
    return tmp_path


def records(out: Path) -> dict[str, Record]:
    with Results.reopen(out) as results:
        return {record.student: record for record in results.records()}


def row(out: Path, student: str) -> dict[str, str]:
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        (found,) = (row for row in csv.DictReader(file) if row["student_id"] == student)
    return found


def test_its_records_are_read(out):
    read = records(out)
    assert {student: record.status for student, record in read.items()} == {
        "ayse": Status.GRADED,
        "bora": Status.PARTLY_GRADED,
        "cem": Status.MISSING,
        "deniz": Status.COULD_NOT_BE_RUN,
        "eva": Status.COULD_NOT_BE_RUN,
    }
    ayse = read["ayse"]
    assert [answer.changed for answer in ayse.written] == [True, False]
    assert ayse.notes == NOTES and ayse.said == (*NOTES, CHANGED)
    assert ayse.automatic_points == 50
    assert ayse.questions[1].parts[1].example == "f(x) with x = (1, 4)\ndW2: 3 is not 2."


def test_what_is_read_is_written_and_read_again(out):
    for record in records(out).values():
        assert Record.from_json(json.loads(json.dumps(record.as_json()))) == record
        assert Record.from_json(replace(record, grader_failed=True).as_json()).grader_failed


def test_taking_in_nothing_changes_no_table(out, capsys):
    before = list(csv.DictReader(io.StringIO(FILES["grades.csv"].removeprefix("\ufeff"))))
    report = json.loads(FILES["report.json"])
    records(out)
    with Results.reopen(out) as results:
        results.finish(results.records())
    for was in before:  # there are columns that it did not have
        assert was.items() <= row(out, was["student_id"]).items()
    assert (out / "nbgrader.csv").read_bytes() == FILES["nbgrader.csv"].encode()
    now = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert now.pop("by_hand") == now.pop("other_keys") == now.pop("same_lines") == []
    for late in now["late"]:
        assert late.pop("penalty") is None
    for question in now["written"]:
        assert question.pop("equal") == []
    assert now == report


def test_its_marks_are_taken_in_and_the_note_goes(out, capsys):
    assert CHANGED in row(out, "ayse")["notes"]
    marked = FILES["written.csv"].replace(
        '"hw2-q3/17d9136b9bfa","ayse","3. Why the average",12.5,"",',
        '"hw2-q3/17d9136b9bfa","ayse","3. Why the average",12.5,9,',
    )
    assert marked != FILES["written.csv"]
    (out / "written.csv").write_bytes(marked.encode())
    assert command_line.main(["take-in", str(out)]) == 0
    assert "1 of 4 written answers are marked" in capsys.readouterr().out
    assert row(out, "ayse")["notes"] == " | ".join(NOTES)
    assert row(out, "ayse")["total_so_far"] == "59.0"
    page = (out / "feedback" / "ayse.html").read_text(encoding="utf-8")
    assert CHANGED not in page and "not on the roster" in page
    assert not records(out)["ayse"].written[0].changed
