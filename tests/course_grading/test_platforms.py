"""`canvas_course`, `moodle_assignment` and `nbgrader_export` refuse what nobody meant."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta

import canvas_course as canvas
import moodle_assignment as moodle
import pytest
from grading_samples import zipped
from nbgrader_export import COLUMNS, read_nbgrader_export
from platform_upload import Refused

DUE = datetime(2026, 3, 1, 23, 59)
Change = Callable[[bytes], bytes]


def replaced(*pairs: tuple[str, str]) -> Change:
    """What stands there once is replaced."""

    def change(content: bytes) -> bytes:
        for old, new in pairs:
            assert content.count(old.encode()) == 1, old
            content = content.replace(old.encode(), new.encode())
        return content

    return change


# ------------------------------------------------------------------ Canvas


def course(**options) -> tuple[canvas.Course, canvas.Assignment]:
    people = [canvas.Student(n, name, f"l{n}") for n, name in ((11, "Ames, Al"), (12, "Bo, Bea"))]
    own = canvas.Assignment(1, "HW 1", 10.0, grades={12: 5.0})
    files = [canvas.Attachment(n, f"{n}.ipynb", b"") for n in (31, 32)]
    own.submissions = {11: canvas.Submission(files)}
    excused = canvas.Assignment(2, "HW 2", 10.0, grades={11: "EX"}, not_assigned={12})
    return canvas.Course(people, [own, excused], **options), own


ROW = '"Ames, Al",11,S000011,l11,Lecture,'


def test_canvas_takes_what_it_handed_out():
    for separator in ",;":
        of, _ = course(separator=separator, notes_column=True)
        assert of.import_gradebook(of.gradebook()) == {}
    of, _ = course()
    assert of.import_gradebook(replaced((ROW, ROW + "7"))(of.gradebook())) == {(1, 11): 7.0}
    assert of.assignments[0].grades == {11: 7.0, 12: 5.0}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (replaced((ROW, ROW + "11")), "11 of 10.0 points"),
        (replaced((ROW, ROW + "good")), "'good' in place of '' is no grade"),
        (replaced((ROW, ROW + "70%")), "'70%' .* is no grade"),
        (replaced((ROW, ROW + "-1")), "'-1' .* is no grade"),
        (replaced((",5.00,", ",,")), "'' in place of '5.00' is no grade"),
        (replaced((",EX,", ",3,")), "would no longer be"),
        (replaced((",N/A,", ",3,")), "is not assigned to them"),
        (replaced((",11,S", ",13,S")), "no student has the id '13'"),
        (replaced((",12,S", ",11,S")), "student 11 a second time"),
        (replaced(("HW 1 (1)", "HW 1 (3)")), "would make a new assignment 'HW 1 .3.'"),
        (replaced(("HW 2 (2)", "HW 1 (1)")), "two columns of 'HW 1 .1.'"),
        (replaced(("Lecture,,EX", "Lecture,EX")), "has 12 cells, the header 13"),
        (replaced((",,10.00,10.00", ",,20.00,10.00")), "points possible of 1 would become"),
        (replaced(("Student,ID", "Name,ID")), "invalid header row"),
        (replaced(("Section,HW 1", "Group,HW 1")), '"Section" is not where'),
        (replaced(('"Bo, Bea"', '"Bo, "Bea""')), "malformed CSV"),
        (lambda content: content[:-20] + b'"', "malformed CSV"),
        (lambda content: content.decode().replace("Al", "Äl").encode("latin-1"), "reads UTF-8"),
        (lambda content: content.decode().encode("utf-16"), "reads UTF-8"),
    ],
)
def test_a_gradebook_that_canvas_would_not_take(change, words):
    of, own = course()
    with pytest.raises(Refused, match=words):
        of.import_gradebook(change(of.gradebook()))
    assert own.grades == {12: 5.0}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["amesal_11.html"], "no ids in it"),
        (["11.html"], "no ids in it"),
        (["amesal_11_31_link.html"], "no ids in it"),
        (["._amesal_11_31_a.html"], "no ids in it"),
        (["bobea_12_31_a.html"], "12 has handed in nothing"),
        (["amesal_11_33_a.html"], "33 is no attachment of theirs"),
        (["ames_7_11_31_a.html"], "7 has handed in nothing"),
        (["a/amesal_11_31_a.html", "b/amesal_11_31_a.html"], "extracted into one folder"),
        (["amesal_11_31_a.html", "amesal_11_31_b.html"], "two files to one attachment"),
    ],
)
def test_feedback_that_canvas_would_not_take(names, words):
    of, own = course()
    with pytest.raises(Refused, match=words):
        of.import_feedback(own, zipped(dict.fromkeys(names, b"")))


def test_feedback_that_canvas_takes():
    of, own = course()
    names = ["amesal_LATE_11_32_a.html", "in/a/folder/Ämes_11_31_7.html"]
    found = of.import_feedback(own, zipped(dict(zip(names, [b"a", b"b"], strict=True))))
    assert found == {11: {"32.ipynb": b"a", "31.ipynb": b"b"}}


# ------------------------------------------------------------------ Moodle


def assignment(language=moodle.ENGLISH, **options) -> moodle.Assignment:
    people = [moodle.Participant(n, f"Name, {n}", f"{n}@uni.edu") for n in (11, 12, 13)]
    made = moodle.Assignment(people, 100.0, DUE, language, **options)
    made.grades = {12: moodle.Grade(50.0, DUE)}
    made.comments = {12: "good"}
    made.locked = {13}
    return made


FIRST = '11@uni.edu,"No submission",'


def test_moodle_takes_what_it_handed_out():
    for language in (moodle.ENGLISH, moodle.GERMAN):
        for blind in (True, False):
            of = assignment(language, blind=blind)
            assert of.import_worksheet(of.worksheet(), DUE) == {}
    of = assignment()
    assert of.import_worksheet(replaced((FIRST, FIRST + "7.5"))(of.worksheet()), DUE) == {11: 7.5}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (replaced((FIRST, FIRST + "100.5")), "100.5 is out of range"),
        (replaced((FIRST, FIRST + '"7,5"')), "'7,5' is no number in this language"),
        (replaced((FIRST, FIRST + "good")), "'good' is no number"),
        (replaced((FIRST, FIRST + "-1")), "'-1' is no number"),
        (replaced((",50.00,", ",,")), "Moodle keeps 50.0"),
        (replaced(('"Participant 13"', '"Participant 11"')), "participant 11 a second time"),
        (replaced(('"Participant 11"', '"Participant 99"')), "nobody has this number"),
        (replaced(('"Participant 11"', "Teilnehmer/in11")), "passes over the identifier"),
        (replaced(("Grade,", "Points,")), "no column 'Grade'"),
        (replaced(('"Last modified (grade)"', "Changed")), "no column 'Last modified .grade.'"),
        (replaced((",good\n", ",bad\n")), "the comment would be changed"),
        (replaced((",good\n", ",good,\n")), "has 11 cells, the header 10"),
        (replaced((",50.00,", ",60,"), ("1 March", "28 February")), "was modified since"),
        (replaced((",50.00,", ",60,"), ("11:59 PM", "11:57 PM")), "was modified since"),
        (lambda c: c.replace(b'13@uni.edu,"No submission",', b"13@uni.edu,x,5"), "is locked"),
        (lambda content: content.decode("utf-8-sig").encode("utf-16"), "offers UTF-8"),
        (lambda content: content.rstrip() + b'"', "a quote within"),
    ],
)
def test_a_worksheet_that_moodle_would_not_take(change, words):
    of = assignment()
    with pytest.raises(Refused, match=words):
        of.import_worksheet(change(of.worksheet()), DUE)
    assert of.grades[12].value == 50.0 and set(of.grades) == {12}


def test_the_box_of_modified_records():
    of = assignment()
    late = replaced((",50.00,", ",60,"))(of.worksheet())
    of.grades[12].modified = DUE + timedelta(minutes=2)
    with pytest.raises(Refused, match="was modified since"):
        of.import_worksheet(late, DUE)
    assert of.import_worksheet(late, DUE, ignore_modified=True) == {12: 60.0}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Al Ames_11_assignsubmission_file_/a.html", "no Name_number"),
        ("Al Ames_11_assignfeedback_file/a.html", "no Name_number"),
        ("Al_Ames_11_assignfeedback_file_/a.html", "no Name_number"),
        ("Al Ames_99_assignfeedback_file_/a.html", "no Name_number"),
        ("Al Ames_assignfeedback_file_/a.html", "no Name_number"),
        ("Al Ames_11_assignfeedback_file_/.a.html", "counts as hidden"),
        ("~Al_11_assignfeedback_file_a.html", "counts as hidden"),
        ("Al Ames_11_assignfeedback_file_", "there is no name left"),
    ],
)
def test_feedback_that_moodle_would_not_take(name, words):
    with pytest.raises(Refused, match=words):
        assignment().import_feedback(zipped({name: b""}))


def test_feedback_that_moodle_takes():
    of = assignment()
    folder = "Ä&l <Ames>_11_assignfeedback_file_"
    found = of.import_feedback(zipped({f"{folder}/a.html": b"a", f"x/{folder}b.html": b"b"}))
    assert found == {11: {"a.html": b"a", "b.html": b"b"}}
    twice = {f"{folder}/a.html": b"a", f"x/{folder}/a.html": b"b"}
    with pytest.raises(Refused, match=r"a second file 'a\.html'"):
        of.import_feedback(zipped(twice))


def test_a_zip_that_says_nothing_of_utf_8():
    content = zipped({"Ä_11_assignfeedback_file_/a.html": b"a"})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.infolist()[0].flag_bits & 0x800
    # The flag stands in the local header and in the list at the end.
    at = content.index(b"PK\x01\x02")
    without = bytearray(content)
    without[6:8] = without[at + 8 : at + 10] = b"\0\0"
    with pytest.raises(Refused, match="does not say that it is UTF-8"):
        assignment().import_feedback(bytes(without))


# ------------------------------------------------------------------ nbgrader


@pytest.mark.parametrize(
    ("at", "value", "words"),
    [
        ("score", "9", "9.0 is not 8.0 - 2.0"),
        ("raw_score", "11", "11.0 of 10.0 points"),
        ("late_submission_penalty", "-1", "taken off"),
        ("student_id", "", "no assignment or student"),
        ("timestamp", "2026-03-01T23:59:00+01:00", "times have no zone"),
        ("timestamp", "yesterday", "Invalid isoformat"),
        ("max_score", "ten", "could not convert"),
    ],
)
def test_what_nbgrader_never_writes(at, value, words):
    row = dict.fromkeys(COLUMNS, "") | {
        "assignment": "hw1", "student_id": "al", "timestamp": "2026-03-01 23:59:00",
        "raw_score": "8.0", "late_submission_penalty": "2.0", "score": "6.0", "max_score": "10.0",
    }  # fmt: skip
    assert list(read_nbgrader_export(table(row))) == [("hw1", "al")]
    with pytest.raises(ValueError, match="a second time"):
        read_nbgrader_export(table(row, row))
    with pytest.raises(ValueError, match=words):
        read_nbgrader_export(table(row | {at: value}))


def table(*rows: dict[str, str]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def test_other_columns():
    with pytest.raises(ValueError, match="expected the columns"):
        read_nbgrader_export(b"assignment,student_id,score\n")
