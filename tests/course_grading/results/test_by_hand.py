"""Points that a person sets, and what becomes of edits of grades.csv."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from sample_records import RUN, missing, sample

from course_grading import command_line
from course_grading.results import by_hand, feedback
from course_grading.results.folder import Results
from course_grading.results.record import HandMark

GOOD = "student,question,points,reason\nayse,2,35.5,a misprint of ours\nayse,3,12,read again\n"


@pytest.fixture
def out(tmp_path) -> Path:
    with Results.open(tmp_path / "out", RUN) as results:
        results.finish([sample(), sample("bora"), missing("cem")])
    return tmp_path / "out"


def finish(out: Path) -> tuple[str, ...]:
    with Results.reopen(out) as results:
        results.finish(results.records())
        return results.remarks


def rows(out: Path) -> dict[str, dict[str, str]]:
    text = (out / "grades.csv").read_text(encoding="utf-8-sig")
    return {row["student_id"]: row for row in csv.DictReader(io.StringIO(text))}


def test_points_by_hand_count_and_are_shown(out):
    (out / "override.csv").write_text(GOOD, encoding="utf-8")
    assert finish(out) == ()
    row = rows(out)["ayse"]
    assert (row["q2"], row["q3"], row["automatic"]) == ("35.5", "12.0", "75.5")
    assert (row["to_mark"], row["total"]) == ("1", ""), "question 4 is still open"
    assert row["by_hand"] == "q2: 35.5, a misprint of ours | q3: 12, read again"
    page = (out / "feedback" / "ayse.html").read_text(encoding="utf-8")
    assert "Set by a person: 35.5 of 40 points. Reason: a misprint of ours" in page
    assert "35.5 (by hand)" in page
    assert rows(out)["bora"]["q2"] == "10.0"


def test_they_are_kept_when_it_is_graded_again_and_go_with_the_file(out):
    (out / "override.csv").write_text(GOOD, encoding="utf-8")
    with Results.reopen(out) as results:
        results.save(sample())  # as a regrade does
        assert results.last("ayse").by_hand[0] == HandMark(2, 35.5, "a misprint of ours")
        results.finish([sample(), sample("bora")])
    assert rows(out)["ayse"]["q2"] == "35.5"
    (out / "override.csv").unlink()
    finish(out)
    assert (rows(out)["ayse"]["q2"], rows(out)["ayse"]["by_hand"]) == ("10.0", "")


def test_spreadsheets_write_it_in_other_ways(out):
    text = "\ufeffStudent ID;Question;Points;Reason\r\nayse;q2;35,5;'=x\r\n;;;\r\n"
    (out / "override.csv").write_text(text, encoding="utf-8")
    (found,) = by_hand.read_overrides(out)
    assert (found.student, found.mark) == ("ayse", HandMark(2, 35.5, "=x"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "override.csv is empty"),
        ("student,question,points\n", "lacks the column reason"),
        (GOOD + "bora,2,,x\n", "line 4: points are a number from 0 on, not ''"),
        (GOOD + "bora,2,-1,x\n", "line 4: points are a number"),
        (GOOD + "bora,2,nan,x\n", "line 4: points are a number"),
        (GOOD + "bora,two,1,x\n", "line 4: question is a number such as 3, not 'two'"),
        (GOOD + "bora,2,1,\n", "line 4: there is no reason"),
        (GOOD + ",2,1,x\n", "line 4: there is no student"),
        (GOOD + "ayse,2,1,x\n", "line 4: question 2 of ayse is in line 2 already"),
        (GOOD + 'bora,2,1,"x\n', "line 4: a quote"),
    ],
)
def test_what_is_refused_before_anything_is_changed(out, text, words):
    before = (out / "grades.csv").read_bytes()
    (out / "override.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        Results.reopen(out)
    assert (out / "grades.csv").read_bytes() == before
    (out / "override.csv").unlink()
    finish(out)  # the folder is not locked


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("zoe,1,1,x", "line 2: there is no student zoe."),
        ("ayse,9,1,x", "line 2: there is no question 9."),
        ("ayse,2,41,x", "line 2: question 2 has at most 40 points, not 41."),
    ],
)
def test_what_fits_nobody_is_said_and_left_out(out, row, words, capsys):
    (out / "override.csv").write_text(f"student,question,points,reason\n{row}\n")
    with Results.reopen(out) as results:
        problems = by_hand.problems(results.records(), results.overrides)
        assert len(problems) == 1 and words in problems[0]
        results.finish(results.records())
    assert rows(out)["ayse"]["by_hand"] == ""
    assert command_line.main(["take-in", str(out)]) == 1
    assert words in capsys.readouterr().err


# ------------------------------------------------------------------ edits of grades.csv


def edit(out: Path, old: str, new: str) -> None:
    path = out / "grades.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_mark_that_is_edited_is_noticed_and_kept(out):
    edit(out, ",40.0,10.0,", ",40.0,25.0,")
    (said,) = finish(out)
    assert "ayse, q2: 25.0 instead of 10.0" in said
    assert "grades-edited-1.csv" in said and "override.csv" in said
    assert "25.0" in (out / "grades-edited-1.csv").read_text(encoding="utf-8")
    assert rows(out)["ayse"]["q2"] == "10.0"
    assert finish(out) == (), "said once"
    edit(out, ",40.0,10.0,", ",40.0,26.0,")
    assert "grades-edited-2.csv" in finish(out)[0]


def test_a_row_that_is_gone_is_noticed(out):
    lines = (out / "grades.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (out / "grades.csv").write_text("".join(lines[:2]), encoding="utf-8")
    assert "the row of bora is gone; the row of cem is gone" in finish(out)[0]


def test_an_edit_that_is_in_override_csv_too_is_none(out):
    edit(out, ",40.0,10.0,", ",40.0,35.5,")
    edit(out, '"graded","",40.0,35.5,"",', '"graded","",40.0,35.5,12,')
    (out / "override.csv").write_text(GOOD, encoding="utf-8")
    assert finish(out) == ()


def test_a_spreadsheet_that_only_writes_it_in_its_own_way_says_nothing(out):
    text = (out / "grades.csv").read_text(encoding="utf-8-sig")
    table = list(csv.reader(io.StringIO(text)))
    table = [[cell.removesuffix(".0").replace("ş", "?") for cell in row] for row in table]
    made = io.StringIO()
    csv.writer(made, delimiter=";").writerows(table)
    (out / "grades.csv").write_text(made.getvalue(), encoding="utf-8-sig")
    assert finish(out) == ()
    assert not list(out.glob("grades-edited*"))


def test_new_marks_are_no_edit(out):
    with Results.reopen(out) as results:
        written = tuple(replace(answer, points=1.0) for answer in sample().written)
        results.finish([sample(written=written), sample("bora")])
        assert results.remarks == ()


def test_a_reason_is_text_on_a_page():
    record = replace(sample(), by_hand=(HandMark(1, 1.0, "<script>x</script>"),))
    assert "<script>" not in feedback.page(record, "")
