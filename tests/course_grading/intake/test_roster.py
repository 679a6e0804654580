"""The roster: what is read, and what is refused with file and line."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keyed_samples import A, B, C, D

from course_grading.intake.roster import (
    MAX_ID,
    Roster,
    Student,
    clean,
    clean_id,
    read_roster,
    with_keys,
)


def roster(tmp_path: Path, content: str | bytes, **keywords) -> Roster:
    path = tmp_path / "roster.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_roster(path, **keywords)


@pytest.mark.parametrize("delimiter", ",;\t")
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_delimiters_and_bom(tmp_path, delimiter, bom):
    text = "id,name,submitted at\r\nalice,Alice Ames,2026-03-01T10:00:00+01:00\r\n\r\nbob,,\r\n"
    found = roster(tmp_path, bom + text.replace(",", delimiter).encode())
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert found.students == (Student("alice", "Alice Ames", submitted_at=at), Student("bob"))
    assert found.notes == ()


@pytest.mark.parametrize(
    "header", ["id", "ID", "student_id", "Student ID", "SIS User ID", "student-id", " User  Id "]
)
def test_spellings_of_id(tmp_path, header):
    assert roster(tmp_path, f"name,{header}\nAlice,a1\n").students[0].id == "a1"


def test_first_and_last_name_and_email(tmp_path):
    found = roster(tmp_path, 'id,first_name,Last Name,email\n7,Ada,"Love, Lace",a@b.org\n')
    assert found.students == (Student("7", "Ada Love, Lace", "Ada", "Love, Lace", "a@b.org"),)


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", ",;")
def test_gradebook_of_canvas(tmp_path, bom, delimiter):
    """As `gradebook_exporter.rb` writes it: hidden row, points possible, students, test student."""
    rows = [
        [
            "Student",
            "ID",
            "SIS User ID",
            "SIS Login ID",
            "Section",
            "Homework 2 (99)",
            "Final Score",
        ],
        ["", "", "", "", "", "Manual Posting", ""],
        ["    Points Possible", "", "", "", "", "100.00", "(read only)"],
        ['"Ames, Alice"', "12345", "s77", "alice", "A", "", ""],
        ["", "", "", "", "", "", ""],
        ['"Brown, Bob"', "222", "", "bob@uni.edu", "A", "", ""],
        ['"Student, Test"', "999", "", "0f3a", "A", "", ""],
    ]
    text = bom + "\n".join(delimiter.join(row) for row in rows)
    found = roster(tmp_path, text)
    assert [(s.id, s.name) for s in found.students] == [
        ("12345", "Ames, Alice"),
        ("222", "Brown, Bob"),
    ]
    alice, bob = found.students
    assert found.named("amesalice") == alice
    assert found.find("alice") == found.find("S77") == alice, "the other ids find them too"
    assert found.find("bob@uni.edu") == bob
    assert found.notes == ("roster.csv, line 7: Canvas's own test student was left out.",)


def test_gradebook_of_canvas_with_first_and_last_names(tmp_path):
    text = (
        "LastName,FirstName,ID,SIS Login ID,Section,HW (1)\n"
        "    Points Possible,,,,,10\nAmes,Alice,12345,alice,A,\n"
    )
    (alice,) = roster(tmp_path, text).students
    assert (alice.id, alice.name, alice.first_name, alice.last_name) == (
        "12345",
        "Alice Ames",
        "Alice",
        "Ames",
    )


def test_a_student_of_canvas_who_is_called_points_possible(tmp_path):
    """The row of the points possible has no id."""
    text = (
        "Student,ID,SIS Login ID,Section,HW (1)\n    Points Possible,,,,10\n"
        '"Points Possible, Pat",7,pat,A,\n'
    )
    (pat,) = roster(tmp_path, text).students
    assert (pat.id, pat.name) == ("7", "Points Possible, Pat")


def test_the_id_of_one_that_is_another_id_of_somebody_else(tmp_path):
    """It finds nobody; the platform's own number is an id."""
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section\nAmes,5,7,Ab,A\nBrown,7,9,b,A\nChu,aB,c,c,A\n"
    )
    found = roster(tmp_path, text)
    ames, brown, chu = found.students
    assert found.find("7") is None and found.find("ab") is None
    assert found.of_platform("7") is brown and found.of_platform("5") is ames
    assert found.find("9") is brown and found.find("c") is chu
    assert found.with_two_meanings == {"7": (brown, ames), "ab": (chu, ames)}


def test_two_columns_of_one_name(tmp_path):
    """One of them would be taken, and nobody would know which."""
    with pytest.raises(ValueError, match="has two columns called id"):
        roster(tmp_path, "id,name,ID\na,A,b\n")
    (alice,) = roster(tmp_path, "id,HW 1,HW 1\na,1,2\n").students
    assert alice.id == "a", "of those that are not read there may be several"


def test_a_points_possible_that_is_no_row_of_canvas(tmp_path):
    with pytest.raises(ValueError, match="line 2: there is no id"):
        roster(tmp_path, "name,id\nPoints Possible,\nA,a\n")


WORKSHEETS = [
    (
        "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
        "Last modified (submission),Last modified (grade),Feedback comments",
        "Participant 1234567",
        '"Sunday, 1 March 2026, 11:59 PM"',
    ),
    (
        "ID,Vollst\u00e4ndiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,"
        "Bewertung kann ge\u00e4ndert werden,Zuletzt ge\u00e4ndert (Abgabe),"
        "Zuletzt ge\u00e4ndert (Bewertung),Feedback als Kommentar",
        "Teilnehmer/in1234567",
        '"Sonntag, 1. M\u00e4rz 2026, 23:59"',
    ),
    (
        "Identifiant,Nom complet,Adresse de courriel,Statut,Note,Note maximale,Modifiable,"
        "Derni\u00e8re modification (travail remis),Derni\u00e8re modification (note),Commentaires",
        "Participant1234567",
        '"dimanche 1 mars 2026, 23:59"',
    ),
]


@pytest.mark.parametrize(("header", "identifier", "at"), WORKSHEETS)
def test_grading_worksheet_of_moodle(tmp_path, header, identifier, at):
    row = f'{identifier},Alice Ames,a@b.org,Submitted,,100.00,Yes,{at},-,"Two\nlines"\n'
    other = f"{identifier[:-1]}8,Bob Brown,b@b.org,No submission,,100.00,Yes,-,-,\n"
    found = roster(tmp_path, f"{header}\n{row}{other}")
    alice, bob = found.students
    assert (alice.id, alice.name, alice.email) == ("1234567", "Alice Ames", "a@b.org")
    assert alice.submitted_at == datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    assert (bob.id, bob.submitted_at) == ("1234568", None)
    assert found.notes == ("roster.csv: 1 time has no time zone; UTC is taken.",)


def test_a_time_of_moodle_that_cannot_be_read_is_said(tmp_path):
    header, identifier, _ = WORKSHEETS[0]
    row = f"{identifier},Alice Ames,a@b.org,Submitted,,100.00,Yes,once upon a time,-,\n"
    found = roster(tmp_path, f"{header}\n{row}")
    assert found.students[0].submitted_at is None
    assert found.notes == (
        "roster.csv: 1 time of handing in cannot be read, so lateness is not known.",
    )


NBGRADER = (
    "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,max_score\n"
    "hw1,,2026-02-01 10:00:00,alice,Ames,Alice,a@b.org,1,2\n"
    "hw2,,2026-03-01 10:00:00.5,alice,Ames,Alice,a@b.org,1,2\n"
    "hw2,,,bob,Brown,Bob,,0,2\n"
)


def test_the_export_of_nbgrader(tmp_path):
    berlin = timezone(timedelta(hours=1))
    due = datetime(2026, 3, 1, tzinfo=berlin)
    alice, bob = roster(tmp_path, NBGRADER, due=due, assignment="hw2").students
    assert (alice.id, alice.first_name, alice.email) == ("alice", "Alice", "a@b.org")
    assert alice.submitted_at == datetime(2026, 3, 1, 10, 0, 0, 500_000, UTC), "nbgrader means UTC"
    assert bob.submitted_at is None
    with pytest.raises(ValueError, match="has no row of hw3, but of hw1, hw2"):
        roster(tmp_path, NBGRADER, assignment="hw3")


def test_zone_of_times_is_said(tmp_path):
    text = "id,timestamp\na,2026-03-01 23:59\nb,2026-03-01T23:59:00Z\n"
    utc = roster(tmp_path, text)
    assert utc.students[0].submitted_at == utc.students[1].submitted_at
    assert utc.notes == ("roster.csv: 1 time has no time zone; UTC is taken.",)
    berlin = timezone(timedelta(hours=1), "CET")
    there = roster(tmp_path, text, due=datetime(2026, 3, 1, 12, tzinfo=berlin))
    assert there.students[0].submitted_at == datetime(2026, 3, 1, 22, 59, tzinfo=UTC)
    assert "CET" in there.notes[0]
    nbgrader = roster(tmp_path, "id,timestamp\na,2015-02-02 15:58:23.948203 UTC\n")
    assert nbgrader.students[0].submitted_at == datetime(2015, 2, 2, 15, 58, 23, 948203, UTC)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "roster.csv is empty"),
        (b"\xef\xbb\xbf\n \n", "roster.csv is empty"),
        (b"name,email\nAlice,a@b.org\n", "no column of ids"),
        (b"id,name\n", "no student"),
        (b"id,name\na,A\n\nb,B\na,C\n", "line 5: the id a is there already, in line 2"),
        ("id\ncaf\u00e9\ncafe\u0301\n".encode(), "line 3: the id caf\u00e9 is there already"),
        (b"id,name\n,A\n", "line 2: there is no id"),
        (b"id,name\nx\n,A\n", "line 3: there is no id"),
        (b"id,submitted at\na,yesterday\n", "line 2: yesterday is not a time"),
        (b"id,submitted at\na,3/1/2026 23:59\n", "line 2: 3/1/2026 23:59 is not a time"),
        (b"id,submitted at\na,2026-03-01\n", "line 2: 2026-03-01 is not a time"),
        (b"id,submitted at\na,0001-01-01T00:00:00+14:00\n", "line 2: "),
        (b'id,name\na,"Ames\nb,Bob\nc,Carol\n', "line 2: a quote"),
        (b'id,name\na,A\nb,"Bob\nc,"Carol"\n', "line 3: a quote"),
        (b'id,name\na,"A\nb,B"\nc,C\n', "line 2: a quote"),
        (b'id,name\na,"Ames" Alice\n', "line 2: a quote"),
        ("id,name\na\u200bb,A\n".encode(), "line 2: the id ab holds characters"),
        (b"id,name\na,Ames, Alice\n", "line 2: 3 fields, but the first line has 2"),
        ("id,name\na,A\nb,J\xf6rg\n".encode("latin-1"), "line 3: not UTF-8"),
        ("id,name\na,A\n".encode("utf-16"), "line 1: not UTF-8"),
        (b"id,name\na,A\0\n", "line 2: a NUL"),
        (b"id,name\na," + b"x" * 200_000 + b"\n", "line 2: field larger"),
    ],
)
def test_refused_with_file_and_line(tmp_path, content, words):
    with pytest.raises(ValueError, match=words) as caught:
        roster(tmp_path, content)
    assert "roster.csv" in str(caught.value)


def test_refused_paths(tmp_path):
    with pytest.raises(ValueError, match="is not there"):
        read_roster(tmp_path / "none.csv")
    with pytest.raises(ValueError, match="is not a file"):
        read_roster(tmp_path)
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(10_000_001)
    with pytest.raises(ValueError, match="larger than 10 MB"):
        read_roster(large)


def test_finding_students(tmp_path):
    found = roster(
        tmp_path,
        "id,first name,last name,email\nalice,Alice,Ames,alice@uni.edu\nBob,Bob,Ba,b@x.org\n"
        "bob,Bob,Ba,c@x.org\n",
    )
    alice, upper, lower = found.students
    assert found.find("alice") == found.find("ALICE") == found.find("Alice@uni.edu") == alice
    assert found.find("Bob") == upper
    assert found.find("bob") == lower
    assert found.find("BOB") is None  # two students could be meant
    assert found.find("") is None
    assert found.named("Ames, Alice") == found.named("alice  AMES") == alice
    assert found.named("Bob Ba") is None
    assert found.named("") is None
    assert found.named("!") is None


@settings(deadline=None)  # it reads files
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_value_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "roster.csv"
    path.write_bytes(b"id,submitted at\n" + content)
    try:
        read_roster(path)
    except ValueError as error:
        assert "roster.csv" in str(error)


def test_clean_shows_what_is_there():
    assert clean("a\u202eb\x1b[31m\u200bc\n d\0", 99) == "ab[31mc d"
    assert clean("cafe\u0301", 99) == "caf\u00e9"
    assert clean("\udcff", 99) == "\ufffd"
    assert clean("x" * 50, 10) == "x" * 9 + "…"


@given(st.text(st.characters(), max_size=300))
def test_clean_ids(text):
    cleaned = clean_id(text)
    assert 0 < len(cleaned) <= MAX_ID
    assert clean_id(cleaned) == cleaned
    assert cleaned.isprintable() or "\ufffd" in cleaned
    cleaned.encode()


def test_long_ids_stay_two():
    assert clean_id("x" * 200) != clean_id("x" * 201)


# --- keys


@pytest.mark.parametrize("header", ["key", "Key", "homework_key", "Homework Key"])
def test_the_key_of_each_student(tmp_path, header):
    found = roster(tmp_path, f"id,{header}\nada,{A.lower()}\nben,\ncem, {B.replace('-', ' ')} \n")
    assert [student.key for student in found.students] == [A, "", B]
    assert found.has_keys and found.about_keys == ("There is no key for ben.",)
    assert found.notes == ()


def test_without_keys_nothing_is_said_of_them(tmp_path):
    found = roster(tmp_path, "id\nada\nben\n")
    assert not found.has_keys and found.about_keys == ()


def test_a_key_with_a_typing_error_names_file_and_line(tmp_path):
    for wrong in (A[:-1], A[:-1] + "2", A + A, "<script>"):
        with pytest.raises(ValueError, match=r"roster.csv, line 3: the key .* is none\."):
            roster(tmp_path, f"id,key\nada,{B}\nben,{wrong}\n")


def test_who_has_the_same_key_is_said(tmp_path):
    found = roster(tmp_path, f"id,name,key\n1,Ada,{A}\n2,Ben,{A}\n3,Cem,{B}\n4,,{A}\n")
    assert found.about_keys == (f"Ada, Ben and 4 have the same network, of the key {A}.",)


class TestKeysOfAnotherTable:
    def test_students_are_found_by_id_by_email_and_by_name(self):
        fresh = Roster(
            (
                Student("12345", "Ames, Alice", aliases=("alice",)),
                Student("95", "Bob Brown", email="Bob@uni.edu"),
                Student("96", "Chu, Cem"),
                Student("97", "Eve New"),
            ),
            ("a note",),
        )
        keys = Roster(
            (
                Student("alice", key=A),
                Student("11", email="bob@uni.edu", key=B),
                Student("12", "Cem Chu", "Cem", "Chu", key=C),
                Student("95x", "Somebody Else", key=D),
            )
        )
        found = with_keys(fresh, keys)
        assert [student.key for student in found.students] == [A, B, C, ""]
        assert found.notes == ("a note",) and found.about_keys == ("There is no key for Eve New.",)

    def test_a_name_of_two_finds_nobody(self):
        two = Roster((Student("1", "Jo Li"), Student("2", "Jo Li"), Student("3", key="")))
        keys = Roster((Student("8", "Jo Li", key=A), Student("3", key=B)))
        assert [s.key for s in with_keys(two, keys).students] == ["", "", B]
        one = Roster((Student("1", "Jo Li", email="jo@a.org"), Student("3")))
        other = Roster((Student("8", "Jo Li", email="jo@b.org", key=A), Student("3", key=B)))
        assert [s.key for s in with_keys(one, other).students] == ["", B], "another Jo Li"

    @pytest.mark.parametrize(
        ("roster", "keys", "words"),
        [
            ([Student("a")], [Student("a")], "has none: a column called key is needed"),
            ([Student("a")], [Student("b", key=A)], "knows nobody on the roster"),
            ([Student("a", key=A)], [Student("a", key=B)], f"a has the key {A} .* and {B} in"),
            (
                [Student("a", email="b@x.org")],
                [Student("a", key=A), Student("b", email="b@x.org", key=B)],
                "a could be a and b",
            ),
        ],
    )
    def test_what_cannot_be_joined_is_refused(self, roster, keys, words):
        with pytest.raises(ValueError, match=words):
            with_keys(Roster(tuple(roster)), Roster(tuple(keys)))
