"""Files for Canvas and Moodle, as the readers of `platform_readers` take them."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from platform_readers import (
    CanvasCourse,
    MoodleAssignment,
    canvas_comments,
    canvas_gradebook,
    moodle_feedback,
    moodle_grades,
)
from sample_records import AVERAGE, RUN, SATURATED, missing, not_run, sample

from course_grading import command_line
from course_grading.intake.csv_table import read_table
from course_grading.publishing.hand_back import to_canvas, to_moodle
from course_grading.results import written
from course_grading.results.folder import Results
from course_grading.results.record import HandMark, Record

MARKED = (replace(AVERAGE, points=10.0), replace(SATURATED, points=5.5))
HW2 = 4711


def graded(student: str, handed_in_as: str = "", **changes) -> Record:
    return sample(student, written=MARKED, handed_in_as=handed_in_as, **changes)


RECORDS = [
    graded("alice", "amesalice_12345_678_hw2.ipynb", aliases=("s77",)),
    graded("222", "brownbob_LATE_222_679_hw2-1.ipynb", late_penalty=10.0, seconds_late=9000.0),
    sample("333", handed_in_as="chu_333_680_hw2.ipynb"),  # to be marked
    missing("444"),
    not_run("555"),
    graded("666", "fay_666_681_hw2.ipynb"),
    graded("mallory", "mal.lory_777_682_hw2.ipynb"),
    graded("888", "hal_888_text.html"),
]
GRADE = "65.5"  # of graded ones: 50 by the grader, 15.5 by a person
HEADER = [
    "Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Notes", f"Homework 2 ({HW2})",
    "Homework 12 (99)", "Assignments Current Score", "Final Score",
]  # fmt: skip
NAMES = {
    12345: "Ames, Alice", 222: "Brown, Bob", 333: 'Chu, "Carol"', 444: "Doe, Dan", 555: "Eve",
    666: "Fay", 777: "Mallory", 888: "Hal", 999: "Student, Test", 4: "Zoe",
}  # fmt: skip


def gradebook_rows(possible: str = "100.00") -> list[list[str]]:
    rows = [
        HEADER,
        ["", "", "", "", "", "", "Manual Posting", "", "", ""],
        [
            "    Points Possible",
            "",
            "",
            "",
            "",
            "",
            possible,
            "10.00",
            "(read only)",
            "(read only)",
        ],
    ]
    for number, name in NAMES.items():
        there = {666: "EX", 222: "50.00"}.get(number, "")
        rows.append([name, str(number), "", f"l{number}", "A, B", "x", there, "7.50", "1", "2"])
    rows[3][2] = "s77"
    return rows


def as_csv(rows: list[list[str]], delimiter: str = ",", mark: str = "") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return (mark + text.getvalue()).encode()


def course(**changes) -> CanvasCourse:
    students = {
        number: (name, name, "s77" if number == 12345 else "", f"l{number}")
        for number, name in NAMES.items()
    }
    scores = {(number, 99): "7.5" for number in NAMES} | {(666, HW2): "EX", (222, HW2): "50"}
    files = {12345: {678}, 222: {679}, 333: {680}, 666: {681}, 777: {682}, 1: {682}}
    assignments = {HW2: ("Homework 2", 100.0), 99: ("Homework 12", 10.0)}
    made = CanvasCourse(students, assignments, scores, files, custom_columns=frozenset(["Notes"]))
    return replace(made, **changes)


@pytest.fixture
def results(tmp_path):
    with Results.open(tmp_path / "out", RUN) as results:
        yield results


def put(tmp_path: Path, content: bytes, name: str = "table.csv") -> Path:
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


# ------------------------------------------------------------------ Canvas


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", ",;")
def test_canvas_takes_the_grades_and_nothing_else_changes(results, tmp_path, delimiter, mark):
    before = as_csv(gradebook_rows(), delimiter, mark)
    done = to_canvas(results, RECORDS, put(tmp_path, before))
    after = done.files[0].read_bytes()
    changes = canvas_gradebook(after, course())
    assert changes.grades == {(12345, HW2): GRADE, (222, HW2): "55.5", (777, HW2): GRADE,
                              (888, HW2): GRADE}  # fmt: skip
    assert (changes.new_students, changes.new_assignments) == ([], [])
    assert changes.points_possible == {}
    rows = list(csv.reader(io.StringIO(after.decode()), delimiter=delimiter))
    old = list(csv.reader(io.StringIO(before.decode()), delimiter=delimiter))
    for row, was in zip(rows, old, strict=True):
        assert row[:6] + row[7:] == was[:6] + was[7:]
    assert after.startswith(mark.encode()) and done.grades == 4
    assert canvas_gradebook(before, course()).grades == {}


def test_whom_canvas_would_take_for_the_points_possible_is_left_out(results, tmp_path):
    """Else the student's grade would be what the homework is worth, for everybody."""
    rows = gradebook_rows()
    rows[3][0] = "Points Possible, Alice"
    before = put(tmp_path, as_csv(rows))
    filled = list(csv.reader(io.StringIO(before.read_text())))
    filled[3][HEADER.index(f"Homework 2 ({HW2})")] = GRADE
    assert canvas_gradebook(as_csv(filled), course()).points_possible == {HW2: GRADE, 99: "7.50"}
    done = to_canvas(results, RECORDS, before)
    changes = canvas_gradebook(done.files[0].read_bytes(), course())
    assert changes.points_possible == {}
    assert changes.grades == {(222, HW2): "55.5", (777, HW2): GRADE, (888, HW2): GRADE}
    assert (
        "1 are left out of the table and get their grade by hand, as Canvas would take the row for "
        "the points possible: Points Possible, Alice" in done.said()
    )


def test_who_is_left_out_is_said(results, tmp_path):
    done = to_canvas(results, RECORDS, put(tmp_path, as_csv(gradebook_rows())))
    said = "\n".join(done.said())
    for words in (
        "1 get no grade, as a written answer is still to be marked: 333",
        "1 handed in nothing; what stands there stays: 444",
        "1 could not be run and get no grade (override.csv can): 555",
        "1 are excused or not assigned (EX); that stays: 666",
        "1 had another grade there: 222",
        "1 rows stay as they are, as nobody here is clearly theirs: Zoe",
    ):
        assert words in said


def test_canvas_finds_the_feedback(results, tmp_path):
    done = to_canvas(results, RECORDS, put(tmp_path, as_csv(gradebook_rows())))
    archive = done.files[1].read_bytes()
    comments, ignored = canvas_comments(archive, course())
    assert set(comments) == {12345, 222, 333, 666, 777}
    assert all(len(files) == 1 for files in comments.values())
    assert ignored == []
    said = "\n".join(done.said())
    assert "get no page, as Canvas attaches pages to uploaded files only: 555, 888" in said
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        assert "alice" in files.read(comments[12345][0]).decode()
        assert "GUIDE" not in "".join(files.read(name).decode() for name in files.namelist())
    again = to_canvas(results, RECORDS, tmp_path / "table.csv").files[1].read_bytes()
    assert again == archive


def test_canvas_finds_anonymous_feedback(results, tmp_path):
    records = [graded("anon_a1B2c", "LATE_anon_a1B2c_678_hw2.ipynb")]
    done = to_canvas(results, records, put(tmp_path, as_csv(gradebook_rows())))
    found = canvas_comments(done.files[1].read_bytes(), course(anonymous={"a1B2c": 12345}))
    assert (list(found[0]), found[1]) == ([12345], [])


def test_first_and_last_names_and_no_sis_id(results, tmp_path):
    rows = [
        ["LastName", "FirstName", "ID", "SIS Login ID", "Section", f"HW 2 ({HW2})"],
        ["    Points Possible", "", "", "", "", "100"],
        ["Ames", "Alice", "12345", "l12345", "A", ""],
    ]
    done = to_canvas(results, RECORDS, put(tmp_path, as_csv(rows)))
    changes = canvas_gradebook(done.files[0].read_bytes(), course())
    assert changes.grades == {(12345, HW2): GRADE}


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ([graded("s77")], "12345"),  # SIS User ID
        ([graded("L222")], "222"),  # SIS Login ID
        ([graded("x", email="l333")], "333"),
        ([graded("x", aliases=("444",))], "444"),
        ([graded("s77"), graded("l12345")], None),  # two claim one row
        ([graded("x", "y_9999_1_hw2.ipynb")], None),
    ],
)
def test_whose_row_it_is(results, tmp_path, records, found):
    done = to_canvas(results, records, put(tmp_path, as_csv(gradebook_rows())))
    changes = canvas_gradebook(done.files[0].read_bytes(), course())
    assert [str(student) for student, _ in changes.grades] == ([found] if found else [])


def test_the_platforms_own_number_comes_first(results, tmp_path):
    """A student whose id here is somebody else's number there."""
    other = graded("b", "b_222_679_hw2.ipynb", by_hand=(HandMark(1, 0.0, "copied"),))
    records = [graded("222", "amesalice_12345_678_hw2.ipynb"), other]
    done = to_canvas(results, records, put(tmp_path, as_csv(gradebook_rows())))
    changes = canvas_gradebook(done.files[0].read_bytes(), course())
    assert changes.grades == {(12345, HW2): GRADE, (222, HW2): "25.5"}
    comments, _ = canvas_comments(done.files[1].read_bytes(), course())
    assert set(comments) == {12345, 222}
    pages = zipfile.ZipFile(done.files[1])
    assert "<bdi>b</bdi>" in pages.read(comments[222][0]).decode()


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        ([["id", "name"], ["1", "A"]], {}, "is not a gradebook of Canvas"),
        (gradebook_rows("20.00"), {}, "out of 20, and these grades are out of 100.*--scale"),
        (gradebook_rows(), {"column": "Homework 3"}, "no column is that of Homework 3"),
        ([[*HEADER[:5], "Essay (1)"]], {}, "no column is that of hw2.*Essay .1."),
        ([[*HEADER[:5], "HW2 (1)", "Homework 2 again (2)"]], {}, "several columns are that of hw2"),
    ],
)
def test_what_is_refused(results, tmp_path, rows, options, words):
    with pytest.raises(ValueError, match=words):
        to_canvas(results, RECORDS, put(tmp_path, as_csv(rows)), **options)
    assert not (results.folder / "hand-back").exists()


def test_a_column_that_is_named_and_points_that_are_scaled(results, tmp_path):
    path = put(tmp_path, as_csv(gradebook_rows()))
    done = to_canvas(results, RECORDS, path, column="Homework 12 (99)", scale=True)
    changes = canvas_gradebook(done.files[0].read_bytes(), course())
    assert changes.grades[12345, 99] == "6.55"
    assert all(assignment == 99 for _, assignment in changes.grades)


def test_points_by_hand_are_handed_back(results, tmp_path):
    by_hand = replace(graded("222"), by_hand=(HandMark(1, 1.0, "typo"),))
    lost = replace(not_run("555"), by_hand=(HandMark(1, 3.0, "read by a person"),))
    done = to_canvas(results, [by_hand, lost], put(tmp_path, as_csv(gradebook_rows())))
    changes = canvas_gradebook(done.files[0].read_bytes(), course())
    assert changes.grades[222, HW2] == "26.5"
    assert "could not be run" not in " ".join(done.left)


# ------------------------------------------------------------------ Moodle

ENGLISH = [
    "Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade",
    "Grade can be changed", "Last modified (submission)", "Last modified (grade)",
    "Feedback comments",
]  # fmt: skip
GERMAN = [
    "ID", "Vollst\u00e4ndiger Name", "E-Mail-Adresse", "Status", "Bewertung", "Bestwertung",
    "Bewertung kann ge\u00e4ndert werden", "Zuletzt ge\u00e4ndert (Abgabe)",
    "Zuletzt ge\u00e4ndert (Bewertung)", "Feedback als Kommentar",
]  # fmt: skip
PARTICIPANTS = {11: "alice", 12: "bob", 13: "carol", 14: "dan"}
MOODLE = [
    graded("11", "Alice_Ann Ames_11_assignsubmission_file_"),
    graded("b", email="bob@uni.edu", late_penalty=5.0, seconds_late=4000.0),
    sample("13"),
    missing("14"),
]
GRADED_AT = "Sunday, 1 March 2026, 11:59 PM"


def worksheet(header=ENGLISH, user="Participant ", maximum="100.00") -> list[list[str]]:
    rows = [header]
    for number, name in PARTICIPANTS.items():
        at = GRADED_AT if name == "bob" else "-"
        about = [f"{user}{number}", f"{name} x", f"{name}@uni.edu", "Submitted, ok"]
        rows.append([*about, "", maximum, "Yes", GRADED_AT, at, "two\nlines"])
    return rows


def test_moodle_takes_the_grades(results, tmp_path):
    before = worksheet()
    done = to_moodle(results, MOODLE, put(tmp_path, as_csv(before)))
    after = done.files[0].read_bytes()
    assert moodle_grades(after, MoodleAssignment(PARTICIPANTS)) == {"alice": 65.5, "bob": 60.5}
    rows = list(csv.reader(io.StringIO(after.decode(), newline="")))
    for row, was in zip(rows, before, strict=True):
        assert row[:4] + row[5:] == was[:4] + was[5:]
    graded_before = {"bob": (40.0, datetime(2026, 3, 1, 23, 59))}
    of = MoodleAssignment(PARTICIPANTS, grades=graded_before)
    assert moodle_grades(after, of)["bob"] == 60.5, "the time of the grade stands as it was"


def test_moodle_in_german(results, tmp_path):
    rows = worksheet(GERMAN, "Teilnehmer/in", "100,00")
    done = to_moodle(results, MOODLE, put(tmp_path, as_csv(rows)))
    of = MoodleAssignment(
        PARTICIPANTS,
        hidden_user="Teilnehmer/in",
        record_id="ID",
        grade_noun="Bewertung",
        last_modified_grade=GERMAN[8],
        decimal_separator=",",
    )
    assert moodle_grades(done.files[0].read_bytes(), of) == {"alice": 65.5, "bob": 60.5}


def test_moodle_in_another_language(results, tmp_path):
    header = [*ENGLISH[:4], "Arvosana", "Enint\u00e4\u00e4n", *ENGLISH[6:]]
    path = put(tmp_path, as_csv(worksheet(header)))
    with pytest.raises(ValueError, match=r"not a grading worksheet .*--column says"):
        to_moodle(results, MOODLE, path)
    done = to_moodle(results, MOODLE, path, column="Arvosana")
    of = MoodleAssignment(PARTICIPANTS, grade_noun="Arvosana")
    assert moodle_grades(done.files[0].read_bytes(), of) == {"alice": 65.5, "bob": 60.5}


def test_moodle_finds_the_feedback(results, tmp_path):
    done = to_moodle(results, MOODLE, put(tmp_path, as_csv(worksheet())))
    files, ignored = moodle_feedback(done.files[1].read_bytes(), MoodleAssignment(PARTICIPANTS))
    assert files == {name: ["hw2-feedback.html"] for name in ("alice", "bob", "carol")}
    assert ignored == []


def test_moodle_counts_out_of_another_number(results, tmp_path):
    path = put(tmp_path, as_csv(worksheet(maximum="20.00")))
    with pytest.raises(ValueError, match="out of 20, and these grades are out of 100"):
        to_moodle(results, MOODLE, path)
    done = to_moodle(results, MOODLE, path, scale=True)
    of = MoodleAssignment(PARTICIPANTS, maximum=20.0)
    assert moodle_grades(done.files[0].read_bytes(), of) == {"alice": 13.1, "bob": 12.1}


# ------------------------------------------------------------------ the command


@pytest.fixture
def out(tmp_path) -> Path:
    with Results.open(tmp_path / "out", RUN) as results:
        results.finish(RECORDS)
        written.export(RECORDS, results.folder)
    return tmp_path / "out"


def test_the_command(out, tmp_path, capsys):
    path = put(tmp_path, as_csv(gradebook_rows()))
    assert command_line.main(["hand-back", str(out), "--canvas", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "canvas-gradebook.csv: 4 grades" in printed
    assert "canvas-feedback.zip: feedback for 5 students" in printed
    content = (out / "hand-back" / "canvas-gradebook.csv").read_bytes()
    assert canvas_gradebook(content, course()).grades[12345, HW2] == GRADE


def test_marks_that_are_not_taken_in_are_not_lost(out, tmp_path, capsys):
    path = put(tmp_path, as_csv(gradebook_rows()))
    table = read_table(out / "written.csv")
    rows = [list(row.cells) for row in table.rows]
    for row in rows:
        row[4] = row[4] or "2"
    (out / "written.csv").write_text(table.with_rows(rows), encoding="utf-8")
    words = ["hand-back", str(out), "--canvas", str(path)]
    assert command_line.main(words) == 1
    assert "run course-grading take-in" in capsys.readouterr().err
    assert command_line.main(["take-in", str(out)]) == 0
    assert command_line.main(words) == 0
    content = (out / "hand-back" / "canvas-gradebook.csv").read_bytes()
    assert canvas_gradebook(content, course()).grades[333, HW2] == "54"


def test_the_command_without_a_table(out, capsys):
    assert command_line.main(["hand-back", str(out)]) == 1
    assert "--canvas GRADEBOOK.csv or --moodle" in capsys.readouterr().err
