"""Files for Canvas and Moodle, as `canvas_course` and `moodle_assignment` take them."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import canvas_course as canvas
import moodle_assignment as moodle
import pytest
from platform_upload import Refused
from sample_records import AVERAGE, RUN, SATURATED, missing, not_run, sample
from tiers import thinned

from course_grading import command_line
from course_grading.intake.csv_table import read_table
from course_grading.publishing import hand_back
from course_grading.publishing.hand_back import to_canvas, to_moodle
from course_grading.results import written
from course_grading.results.folder import Results
from course_grading.results.record import HandMark, Record

MARKED = (replace(AVERAGE, points=10.0), replace(SATURATED, points=5.5))
HW2, HW12 = 4711, 99


def graded(student: str, handed_in_as: str = "", **changes) -> Record:
    return sample(student, written=MARKED, handed_in_as=handed_in_as, **changes)


RECORDS = [
    graded("alice", "amesalice_12345_678_hw2.ipynb", aliases=("s012345",)),
    graded("222", "brownbob_LATE_222_679_hw2-1.ipynb", late_penalty=10.0, seconds_late=9000.0),
    sample("333", handed_in_as="chu_333_680_hw2.ipynb"),  # to be marked
    missing("444"),
    not_run("555"),
    graded("666", "fay_666_681_hw2.ipynb"),
    graded("mallory", "mal.lory_777_682_hw2.ipynb"),
    graded("888", "hal_888_text.html"),
]
GRADE = 65.5  # of graded ones: 50 by the grader, 15.5 by a person
NAMES = {
    12345: "Ames, Alice", 222: "Brown, Bob", 333: 'Chu, "Carol"', 444: "Doe, Dan", 555: "Eve",
    666: "=Fay", 777: "Mallory", 888: "Hal", 999: "Student, Test", 4: "Zoe",
}  # fmt: skip


def course(possible: float = 100.0, **options) -> canvas.Course:
    students = [canvas.Student(n, name, f"l{n}", "A, B") for n, name in NAMES.items()]
    homework = canvas.Assignment(HW2, "Homework 2", possible, manual_posting=True)
    homework.grades = {222: 50.0, 666: "EX"}
    files = {12345: 678, 222: 679, 333: 680, 666: 681, 777: 682}
    homework.submissions = {
        student: canvas.Submission([canvas.Attachment(file, "hw2.ipynb", b"")])
        for student, file in files.items()
    }
    homework.submissions[888] = canvas.Submission([], text="a text")
    another = canvas.Assignment(HW12, "Homework 12", 10.0, grades=dict.fromkeys(NAMES, 7.5))
    options.setdefault("notes_column", True)
    return canvas.Course(students, [homework, another], **options)


@pytest.fixture
def results(tmp_path):
    with Results.open(tmp_path / "out", RUN) as results:
        yield results


def put(tmp_path: Path, content: bytes, name: str = "table.csv") -> Path:
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


def filled(results, tmp_path, of: canvas.Course, records=RECORDS, **options):
    """The gradebook of this course, after the grades went back to it."""
    done = to_canvas(results, records, put(tmp_path, of.gradebook()), **options)
    return of.import_gradebook(done.files[0].read_bytes())


# ------------------------------------------------------------------ Canvas


@pytest.mark.parametrize("sis_ids", thinned([True, False], 4))
@pytest.mark.parametrize("split", [True, False])
@pytest.mark.parametrize(("separator", "decimal"), [(",", "."), (";", ","), (",", ",")])
@pytest.mark.parametrize("mark", [True, False])
def test_canvas_takes_the_grades_and_nothing_else_changes(
    results, tmp_path, separator, decimal, mark, split, sis_ids
):
    if mark and split:
        with pytest.raises(Refused, match="invalid header row"):  # not even its own
            form = course(byte_order_mark=True, family_and_given_name=True)
            form.import_gradebook(form.gradebook())
    of = course(
        separator=separator,
        decimal=decimal,
        byte_order_mark=mark,
        family_and_given_name=split,
        sis_ids=sis_ids,
    )
    before = of.gradebook()
    done = to_canvas(results, RECORDS, put(tmp_path, before))
    after = done.files[0].read_bytes()
    wanted = {(HW2, 12345): GRADE, (HW2, 222): 55.5, (HW2, 777): GRADE, (HW2, 888): GRADE}
    assert of.import_gradebook(after) == wanted
    rows = list(csv.reader(io.StringIO(after.decode("utf-8-sig")), delimiter=separator))
    old = list(csv.reader(io.StringIO(before.decode("utf-8-sig")), delimiter=separator))
    at = old[0].index(f"Homework 2 ({HW2})")
    for row, was in zip(rows, old, strict=True):
        assert row[:at] + row[at + 1 :] == was[:at] + was[at + 1 :]
    assert {row[at].replace(decimal, ".") for row in rows} >= {"65.5", "EX"}
    assert after.startswith(b"\xef\xbb\xbf") is (mark and not split)
    assert done.grades == 4
    assert of.import_gradebook(after) == {}, "a second time nothing is new"


def test_whom_canvas_would_take_for_the_points_possible_is_left_out(results, tmp_path):
    """Else the student's grade would be what the homework is worth, for everybody."""
    of = course()
    of.students[0] = replace(of.students[0], name="Points Possible, Alice")
    before = of.gradebook()
    with pytest.raises(Refused, match="points possible"):
        of.import_gradebook(before)
    done = to_canvas(results, RECORDS, put(tmp_path, before))
    after = done.files[0].read_bytes()
    assert b"Points Possible, Alice" not in after
    assert of.import_gradebook(after) == {(HW2, 222): 55.5, (HW2, 777): GRADE, (HW2, 888): GRADE}
    assert (
        "1 are left out of the table and get their grade by hand, as Canvas would take the row for "
        "the points possible: Points Possible, Alice" in "\n".join(done.said())
    )


def test_who_is_left_out_is_said(results, tmp_path):
    done = to_canvas(results, RECORDS, put(tmp_path, course().gradebook()))
    said = "\n".join(done.said())
    for words in (
        "1 get no grade, as a written answer is still to be marked: Ayşe Yılmaz (333)",
        "1 handed in nothing; what stands there stays: 444",
        "1 could not be run and get no grade (override.csv can give one): 555",
        "1 are excused or not assigned (EX); that stays: Ayşe Yılmaz (666)",
        "1 had another grade there, which is replaced: Ayşe Yılmaz (222)",
        "1 rows stay as they are, as nobody here is clearly theirs: Zoe",
    ):
        assert words in said


def test_all_who_are_left_out_are_in_a_file(results, tmp_path):
    of = course()
    of.students = [canvas.Student(n, f"Name {n}", f"l{n}") for n in range(1000, 1030)]
    done = to_canvas(
        results,
        [not_run(str(student.id)) for student in of.students],
        put(tmp_path, of.gradebook()),
    )
    (said,) = (words for words in done.said() if "could not be run" in words)
    assert "1007, … (all of them in " in said and "1008" not in said
    assert done.notes is not None and str(done.notes) in said
    listed = done.notes.read_text(encoding="utf-8").splitlines()
    assert listed[1:31] == [f"  {student.id}" for student in of.students]


def test_canvas_finds_the_feedback(results, tmp_path):
    of = course()
    done = to_canvas(results, RECORDS, put(tmp_path, of.gradebook()))
    pages = of.import_feedback(of.assignments[0], done.files[1].read_bytes())
    assert set(pages) == {12345, 222, 333, 666, 777}
    assert all(list(files) == ["hw2.ipynb"] for files in pages.values())
    said = "\n".join(done.said())
    assert (
        "get no page, as Canvas attaches pages to uploaded files only: 555, Ayşe Yılmaz (888)"
        in said
    )
    assert b"alice" in pages[12345]["hw2.ipynb"]
    assert b"GUIDE" not in b"".join(pages[student]["hw2.ipynb"] for student in pages)
    again = to_canvas(results, RECORDS, tmp_path / "table.csv").files[1].read_bytes()
    assert again == done.files[1].read_bytes()


def test_canvas_finds_anonymous_feedback(results, tmp_path):
    """anon, the anonymous id, the attachment: infer_comment_context_from_filename."""
    records = [graded("anon_a1B2c", "LATE_anon_a1B2c_678_hw2.ipynb")]
    done = to_canvas(results, records, put(tmp_path, course().gradebook()))
    (name,) = zipfile.ZipFile(done.files[1]).namelist()
    assert name.split("_")[:3] == ["anon", "a1B2c", "678"]


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ([graded("s012345")], 12345),  # SIS User ID
        ([graded("L222")], 222),  # SIS Login ID
        ([graded("x", email="l333")], 333),
        ([graded("x", aliases=("444",))], 444),
        ([graded("s012345"), graded("l12345")], None),  # two claim one row
        ([graded("x", "y_9999_1_hw2.ipynb")], None),
    ],
)
def test_whose_row_it_is(results, tmp_path, records, found):
    changed = filled(results, tmp_path, course(), records)
    assert [student for _, student in changed] == ([found] if found else [])


def test_the_platforms_own_number_comes_first(results, tmp_path):
    """A student whose id here is somebody else's number there."""
    other = graded("b", "b_222_679_hw2.ipynb", by_hand=(HandMark(1, 0.0, "copied"),))
    records = [graded("222", "amesalice_12345_678_hw2.ipynb"), other]
    of = course()
    done = to_canvas(results, records, put(tmp_path, of.gradebook()))
    changed = of.import_gradebook(done.files[0].read_bytes())
    assert changed == {(HW2, 12345): GRADE, (HW2, 222): 25.5}
    pages = of.import_feedback(of.assignments[0], done.files[1].read_bytes())
    assert set(pages) == {12345, 222}
    assert b"<bdi>b</bdi>" in pages[222]["hw2.ipynb"]


@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        (b"id,name\n1,A\n", {}, "is not a gradebook of Canvas"),
        (course(20.0).gradebook(), {}, "out of 20, and these grades are out of 100.*--scale"),
        (course().gradebook(), {"column": "Homework 3"}, "no column is that of Homework 3"),
        (b"Student,ID,SIS Login ID,Section,Essay (1)\n", {}, "no column is that of hw2.*Essay"),
        (
            b"Student,ID,Section,HW2 (1),Homework 2 again (2)\n",
            {},
            "several columns are that of hw2",
        ),
    ],
)
def test_what_is_refused(results, tmp_path, table, options, words):
    with pytest.raises(ValueError, match=words):
        to_canvas(results, RECORDS, put(tmp_path, table), **options)
    assert not (results.folder / "hand-back").exists()


def test_a_column_that_is_named_and_points_that_are_scaled(results, tmp_path):
    changed = filled(results, tmp_path, course(), column="Homework 12 (99)", scale=True)
    assert changed[HW12, 12345] == 6.55
    assert all(assignment == HW12 for assignment, _ in changed)


def test_points_by_hand_are_handed_back(results, tmp_path):
    by_hand = replace(graded("222"), by_hand=(HandMark(1, 1.0, "typo"),))
    lost = replace(not_run("555"), by_hand=(HandMark(1, 3.0, "read by a person"),))
    of = course()
    done = to_canvas(results, [by_hand, lost], put(tmp_path, of.gradebook()))
    assert of.import_gradebook(done.files[0].read_bytes())[HW2, 222] == 26.5
    assert "could not be run" not in " ".join(done.left)


# ------------------------------------------------------------------ Moodle

MOODLE = [
    graded("11", "Alice_Ann Ames_11_assignsubmission_file_"),
    graded("b", email="bob@uni.edu", late_penalty=5.0, seconds_late=4000.0),
    sample("13"),
    missing("14"),
]
DUE = datetime(2026, 3, 1, 23, 59)
NOW = DUE + timedelta(days=9)


def assignment(language=moodle.ENGLISH, maximum=100.0, **options) -> moodle.Assignment:
    people = [
        moodle.Participant(number, name, f"{name.split()[0].lower()}@uni.edu")
        for number, name in {11: "Alice_Ann Ames", 12: "Bob", 13: 'Car"ol', 14: "-Dan"}.items()
    ]
    made = moodle.Assignment(people, maximum, DUE, language, **options)
    made.submissions = {n: moodle.Submission({"hw2.ipynb": b""}, DUE) for n in (11, 12, 13)}
    made.comments = {12: 'two\nlines, and a "quote"'}
    return made


@pytest.mark.parametrize("blind", [True, False])
@pytest.mark.parametrize("language", [moodle.ENGLISH, moodle.GERMAN], ids=["english", "german"])
def test_moodle_takes_the_grades(results, tmp_path, language, blind):
    of = assignment(language, blind=blind)
    of.grades = {14: moodle.Grade(3.5, DUE)}  # so a number with a decimal sign stands there
    before = of.worksheet()
    done = to_moodle(results, MOODLE, put(tmp_path, before))
    after = done.files[0].read_bytes()
    # Without names and e-mails, only the number can say who somebody is.
    assert of.import_worksheet(after, NOW) == ({11: GRADE} if blind else {11: GRADE, 12: 60.5})
    header, *rows = csv.reader(io.StringIO(after.decode("utf-8-sig"), newline=""))
    _, *old = csv.reader(io.StringIO(before.decode("utf-8-sig"), newline=""))
    at = header.index(language.grade)
    for row, was in zip(rows, old, strict=True):
        assert row[:at] + row[at + 1 :] == was[:at] + was[at + 1 :]
    assert rows[0][at] == f"65{language.decimal}5"


def test_moodle_in_another_language(results, tmp_path):
    finnish = replace(moodle.ENGLISH, grade="Arvosana", maximum="Enint\u00e4\u00e4n")
    of = assignment(finnish)
    path = put(tmp_path, of.worksheet())
    with pytest.raises(ValueError, match=r"not a grading worksheet .*--column says"):
        to_moodle(results, MOODLE, path)
    done = to_moodle(results, MOODLE, path, column="Arvosana")
    assert of.import_worksheet(done.files[0].read_bytes(), NOW) == {11: GRADE, 12: 60.5}


def test_a_grade_that_was_there_and_a_worksheet_in_english(results, tmp_path):
    of = assignment()
    of.grades = {12: moodle.Grade(40.0, DUE)}
    path = put(tmp_path, of.worksheet())
    done = to_moodle(results, MOODLE, path)
    of.grades[12].modified = DUE + timedelta(hours=1)  # by somebody else, meanwhile
    with pytest.raises(Refused, match="participant 12: was modified since"):
        of.import_worksheet(done.files[0].read_bytes(), NOW)
    done = to_moodle(results, MOODLE, put(tmp_path, of.worksheet()))
    assert of.import_worksheet(done.files[0].read_bytes(), NOW)[12] == 60.5
    assert hand_back.NOT_ENGLISH not in done.left


def test_a_grade_that_was_there_and_a_worksheet_in_german(results, tmp_path):
    """PHP does not understand the time that Moodle itself has written there."""
    of = assignment(moodle.GERMAN)
    of.grades = {12: moodle.Grade(40.0, DUE)}
    done = to_moodle(results, MOODLE, put(tmp_path, of.worksheet()))
    with pytest.raises(Refused, match="participant 12: was modified since"):
        of.import_worksheet(done.files[0].read_bytes(), NOW)
    assert done.left[hand_back.NOT_ENGLISH] == ["Ayşe Yılmaz (b)"]
    found = of.import_worksheet(done.files[0].read_bytes(), NOW, ignore_modified=True)
    assert found == {11: GRADE, 12: 60.5}
    again = to_moodle(results, MOODLE, put(tmp_path, of.worksheet()))
    assert hand_back.NOT_ENGLISH not in again.left, "nothing is new, so nothing is passed over"
    assert of.import_worksheet(again.files[0].read_bytes(), NOW) == {}


def test_pages_before_grades_make_moodle_pass_over_the_grades(results, tmp_path):
    """Which is why homework/README.md says in which order they are uploaded."""
    of = assignment()
    done = to_moodle(results, MOODLE, put(tmp_path, of.worksheet()))
    of.import_feedback(done.files[1].read_bytes())
    with pytest.raises(Refused, match="participant 11: was modified since, '-'"):
        of.import_worksheet(done.files[0].read_bytes(), NOW)


def test_a_grade_of_zero(results, tmp_path):
    none = tuple(replace(answer, points=0.0) for answer in MARKED)
    zero = sample("11", questions=(), written=none, late_penalty=0.0)
    of = assignment(maximum=zero.max_points)
    done = to_moodle(results, [zero], put(tmp_path, of.worksheet()))
    assert of.import_worksheet(done.files[0].read_bytes(), NOW) == {11: 0.0}
    assert done.left[hand_back.ZERO] == ["Ayşe Yılmaz (11)"]
    newer = assignment(maximum=zero.max_points, passes_over_zero=True)
    with pytest.raises(Refused, match="passes over a 0"):
        newer.import_worksheet(done.files[0].read_bytes(), NOW)


@pytest.mark.parametrize("language", [moodle.ENGLISH, moodle.GERMAN], ids=["english", "german"])
def test_a_grade_that_is_locked(results, tmp_path, language):
    of = assignment(language)
    of.locked = {12}
    done = to_moodle(results, MOODLE, put(tmp_path, of.worksheet()))
    with pytest.raises(Refused, match="participant 12: the grade is locked"):
        of.import_worksheet(done.files[0].read_bytes(), NOW)
    assert done.left[hand_back.LOCKED] == ["Ayşe Yılmaz (b)"]


def test_moodle_finds_the_feedback(results, tmp_path):
    of = assignment()
    elsewhere = graded("99", "Eve_99_assignsubmission_file_")  # of another assignment
    done = to_moodle(results, [*MOODLE, elsewhere], put(tmp_path, of.worksheet()))
    pages = of.import_feedback(done.files[1].read_bytes())
    assert set(pages) == {11, 12, 13}
    assert all(list(files) == ["hw2-feedback.html"] for files in pages.values())
    assert done.left["get no page, as no row of the worksheet has their number"] == [
        "Ayşe Yılmaz (99)"
    ]


def test_moodle_counts_out_of_another_number(results, tmp_path):
    of = assignment(maximum=20.0)
    path = put(tmp_path, of.worksheet())
    with pytest.raises(ValueError, match="out of 20, and these grades are out of 100"):
        to_moodle(results, MOODLE, path)
    done = to_moodle(results, MOODLE, path, scale=True)
    assert of.import_worksheet(done.files[0].read_bytes(), NOW) == {11: 13.1, 12: 12.1}


# ------------------------------------------------------------------ the command


@pytest.fixture
def out(tmp_path) -> Path:
    with Results.open(tmp_path / "out", RUN) as results:
        results.finish(RECORDS)
        written.export(RECORDS, results.folder)
    return tmp_path / "out"


def test_the_command(out, tmp_path, capsys):
    of = course()
    path = put(tmp_path, of.gradebook())
    assert command_line.main(["hand-back", str(out), "--canvas", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "canvas-gradebook.csv: 4 grades" in printed
    assert "canvas-feedback.zip: feedback for 5 students" in printed
    content = (out / "hand-back" / "canvas-gradebook.csv").read_bytes()
    assert of.import_gradebook(content)[HW2, 12345] == GRADE


def test_marks_that_are_not_taken_in_are_not_lost(out, tmp_path, capsys):
    of = course()
    path = put(tmp_path, of.gradebook())
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
    assert of.import_gradebook(content)[HW2, 333] == 54


def test_the_command_without_a_table(out, capsys):
    assert command_line.main(["hand-back", str(out)]) == 1
    assert "--canvas GRADEBOOK.csv or --moodle" in capsys.readouterr().err
