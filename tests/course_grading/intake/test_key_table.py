"""Keys for a roster: a copy of it with a column more, and nobody's key ever changes."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from keyed_samples import A, B, C

from course_exercises.homework.keys import read_key
from course_grading.command_line import main
from course_grading.intake import key_table
from course_grading.intake.roster import read_roster

PLAIN = "id,name,email\nada,Ada,ada@uni.edu\nben,Ben,\n\ncem,Cem,\n"


def made(path: Path, text: str, seed: int = 1, **options):
    path.write_text(text, encoding="utf-8", newline="")
    return key_table.make(path, np.random.default_rng(seed), **options)


def rows(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter))


def test_each_student_gets_a_key_of_their_own(tmp_path):
    table = made(tmp_path / "roster.csv", PLAIN)
    header, ada, ben, blank, cem = rows(table.text)
    assert header == ["id", "name", "email", "key"]
    assert [row[:3] for row in (ada, ben, cem)] == [
        ["ada", "Ada", "ada@uni.edu"],
        ["ben", "Ben", ""],
        ["cem", "Cem", ""],
    ]
    keys = [row[3] for row in (ada, ben, cem)]
    assert blank == [] and len({*keys}) == 3 and [read_key(key) for key in keys] == keys
    assert (table.new, table.kept, table.notes) == (3, 0, ())
    assert table.text == made(tmp_path / "roster.csv", PLAIN).text
    assert table.text != made(tmp_path / "roster.csv", PLAIN, seed=2).text


def test_keys_that_are_there_stay_where_they_are(tmp_path):
    text = f"Homework Key;id;name\n{A.lower()};ada;Ada\n;ben;Ben\n"
    table = made(tmp_path / "roster.csv", text)
    header, ada, ben = rows(table.text, ";")
    assert header == ["Homework Key", "id", "name"]
    assert ada == [A, "ada", "Ada"] and ben[1:] == ["ben", "Ben"] and read_key(ben[0])
    assert (table.new, table.kept) == (1, 1)


GRADEBOOK = (
    "\ufeffStudent,ID,SIS Login ID,Section,Homework 2 (99)\r\n"
    "    Points Possible,,,,100\r\n"
    '"Ames, Alice",12345,alice,A,\r\n'
    '"Brown, Bob",222,bob@uni.edu,A,7\r\n'
    '"Student, Test",999,0f3a,A,\r\n'
)
WORKSHEET = (
    "Identifier,Full name,Email address,Grade,Maximum Grade,Last modified (submission),"
    "Last modified (grade)\r\n"
    "Participant 11,Alice Ames,a@b.org,,100,-,-\r\nParticipant 12,Bob Brown,b@b.org,,100,-,-\r\n"
)


@pytest.mark.parametrize(
    ("text", "ids"), [(GRADEBOOK, ("12345", "222")), (WORKSHEET, ("11", "12"))]
)
def test_what_a_platform_exports_stays_a_roster(tmp_path, text, ids):
    table = made(tmp_path / "export.csv", text)
    (tmp_path / "copy.csv").write_text(table.text, encoding="utf-8", newline="")
    before, now = read_roster(tmp_path / "export.csv"), read_roster(tmp_path / "copy.csv")
    assert tuple(student.id for student in now.students) == ids
    assert [(s.id, s.name, s.email, s.aliases) for s in now.students] == [
        (s.id, s.name, s.email, s.aliases) for s in before.students
    ]
    assert all(student.key for student in now.students) and table.new == 2
    assert [row[:-1] for row in rows(table.text)] == rows(text)
    assert table.text.startswith("\ufeff") == text.startswith("\ufeff")
    no_students = [row[-1] for row in rows(table.text) if row[1] in ("", "999")]
    assert {*no_students} <= {""}


def test_who_is_new_gets_a_key_and_the_others_keep_theirs(tmp_path):
    """By id, by e-mail, or by name: Moodle's numbers are others for the next assignment."""
    first = tmp_path / "first.csv"
    first.write_text(made(tmp_path / "roster.csv", WORKSHEET).text, encoding="utf-8")
    before = {student.name: student.key for student in read_roster(first).students}
    later = WORKSHEET.replace("t 11,", "t 95,").replace("t 12,Bob Brown,b@b.org", "t 96,Bob Brown,")
    later += "Participant 97,Eve New,e@b.org,,100,-,-\r\n"
    table = made(tmp_path / "later.csv", later, earlier=first)
    (tmp_path / "now.csv").write_text(table.text, encoding="utf-8")
    now = {student.name: student.key for student in read_roster(tmp_path / "now.csv").students}
    assert (table.new, table.kept) == (1, 2)
    assert {**before, "Eve New": now["Eve New"]} == now and len({*now.values()}) == 3


def test_no_key_is_a_number_for_a_spreadsheet(tmp_path, monkeypatch):
    drawn = iter(["25E-4567", "25E-4567", A, A, B, C])
    monkeypatch.setattr(key_table, "new_key", lambda rng: next(drawn))
    table = made(tmp_path / "roster.csv", PLAIN)
    assert [row[3] for row in rows(table.text) if row][1:] == [A, B, C]


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def roster(tmp_path) -> Path:
    path = tmp_path / "roster.csv"
    path.write_text(PLAIN, encoding="utf-8")
    return path


def test_the_command_writes_beside_the_roster(roster, tmp_path, capsys):
    assert main(["keys", str(roster)]) == 0
    out = tmp_path / "roster-with-keys.csv"
    assert "3 new keys, 0 kept" in capsys.readouterr().out
    assert out.stat().st_mode & 0o077 == 0
    first = out.read_bytes()
    assert main(["keys", str(roster), "--out", str(tmp_path / "other.csv")]) == 0
    assert (tmp_path / "other.csv").read_bytes() != first, "the seed is secret"
    assert roster.read_text(encoding="utf-8") == PLAIN


def test_what_was_handed_out_is_never_written_over(roster, tmp_path, capsys):
    out = tmp_path / "roster-with-keys.csv"
    main(["keys", str(roster)])
    first = out.read_bytes()
    assert main(["keys", str(roster)]) == 1
    assert f"--keys {out} --out ANOTHER.csv" in capsys.readouterr().err
    assert main(["keys", str(roster), "--out", str(roster)]) == 1
    assert out.read_bytes() == first and roster.read_text(encoding="utf-8") == PLAIN
    assert main(["keys", str(out)]) == 0
    assert "everybody has a key, 3 in all. Nothing was written." in capsys.readouterr().out


def test_late_enrolments(roster, tmp_path, capsys):
    first, second = tmp_path / "roster-with-keys.csv", tmp_path / "second.csv"
    main(["keys", str(roster), "--seed", "3"])
    roster.write_text(PLAIN + "dag,Dag,\n", encoding="utf-8")
    assert main(["keys", str(roster), "--keys", str(first), "--out", str(second)]) == 0
    assert "1 new keys, 3 kept" in capsys.readouterr().out
    before = {s.id: s.key for s in read_roster(first).students}
    now = {s.id: s.key for s in read_roster(second).students}
    assert before.items() < now.items() and now["dag"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,key\nada,K7Q-4MX\n", "line 2: the key K7Q-4MX is none. A key has 7 letters"),
        ("id,key\nada,K7Q-4MX2\n", "line 2: the key K7Q-4MX2 is none"),
        (f"id,key,Homework key\nada,{A},\n", ""),
        ("id,key,KEY\nada,,\n", "two columns called key"),
        ("name\nada\n", "no column of ids"),
    ],
)
def test_a_roster_that_is_not_right(tmp_path, capsys, text, words):
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    assert main(["keys", str(path)]) == (1 if words else 0)
    assert words in capsys.readouterr().err
    assert not (tmp_path / "roster-with-keys.csv").exists()
