"""Whose is what: students, ids, duplicates, the roster, and the names of Canvas and Moodle."""

import os
import pickle
import re
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from grading_samples import zipped
from hypothesis import given
from hypothesis import strategies as st

from course_grading.intake.note import NoteKind
from course_grading.intake.notebook import Unreadable
from course_grading.intake.roster import Roster, Student, clean_id
from course_grading.intake.submissions import Submission, collect, file_key
from course_grading.intake.untrusted_files import MB

Make = Callable[..., Path]


def content_of(name: str) -> bytes:
    return b'{"cells": [], "metadata": {"from": "' + os.fsencode(name) + b'"}}'


@pytest.fixture(params=["folder", "zip", "zip of the folder"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """The same files as a folder, as a zip of them, or as a zip of the folder; each file holds its
    own name, unless it is a dictionary, which becomes a zip."""

    def make(*names: str, zips: dict[str, list[str]] | None = None) -> Path:
        files = {name: content_of(name) for name in names if not name.endswith("/")}
        for name, inside in (zips or {}).items():
            files[name] = zipped({each: content_of(each) for each in inside})
        if request.param == "folder":
            for name in names:
                if name.endswith("/"):
                    (tmp_path / "in" / name).mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                path = tmp_path / "in" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                os.utime(path, (1e9, 1e9))
            return tmp_path / "in"
        files |= {name: b"" for name in names if name.endswith("/")}
        if request.param == "zip of the folder":
            files = {f"in/{name}": content for name, content in files.items()}
        (tmp_path / "in.zip").write_bytes(zipped(files))
        return tmp_path / "in.zip"

    return make


def said(submission: Submission) -> tuple[str, ...]:
    return tuple(note.words for note in submission.notes)


def kinds(submission: Submission) -> set[NoteKind]:
    return {note.kind for note in submission.notes}


def ids(found: list[Submission]) -> list[str]:
    return [submission.student for submission in found]


def only(found: list[Submission]) -> Submission:
    (submission,) = found
    return submission


BOB = Student("bob")
ROSTER = Roster(
    (
        Student("alice", "Alice Ames", email="alice@uni.edu"),
        Student("bob", "Bob Brown", "Bob", "Brown", submitted_at=datetime(2026, 3, 1, tzinfo=UTC)),
        Student("carol", "Carol Chu"),
    )
)


# ---------------------------------------------------------------------------------- whose it is


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("alice.ipynb", "alice"),
        ("alice_hw2.ipynb", "alice"),
        ("hw2-alice.ipynb", "alice"),
        ("HW2 Alice Ames.ipynb", "Alice Ames"),
        ("alice.smith-hw2.ipynb", "alice.smith"),
        ("alice.smith.ipynb", "alice.smith"),
        ("alice_hw2-1.ipynb", "alice"),
        ("alice_hw2-Copy1.ipynb", "alice"),
        ("alice-Copy2.ipynb", "alice"),
        ("alice.ipynb ", "alice"),
        ("alice_hw2 (1).ipynb", "alice"),
        ("alice (2).ipynb", "alice"),
        ("alice-1.ipynb", "alice-1"),
        ("s123_4.ipynb", "s123_4"),
        ("hw2_12345.ipynb", "12345"),
        ("hw20.ipynb", "hw20"),
        ("chw2.ipynb", "chw2"),
        ("ALICE.IPYNB", "ALICE"),
        ("cafe\u0301.ipynb", "caf\u00e9"),
        ("=1+1.ipynb", "=1+1"),
        ("<b>.ipynb", "<b>"),
        (".ipynb", ".ipynb"),
        ("alice.ipynb.txt", "alice"),
        ("alice.ipynb.json", "alice"),
        ("alice.json", "alice"),
    ],
)
def test_one_notebook_per_student(make, name, student):
    found = collect(make(name, "zoe.ipynb"), "hw2")
    assert sorted(ids(found)) == sorted([student, "zoe"])
    submission = next(s for s in found if s.student == student)
    assert submission.read() == content_of(name)
    assert submission.source.isprintable()


@pytest.mark.parametrize(
    "name",
    ["alice/hw2.ipynb", "alice/x/y/Untitled.ipynb", "alice/hw2/hw2.ipynb", "alice_hw2/hw2.ipynb"],
)
def test_one_folder_per_student(make, name):
    found = collect(make(name, "zoe/hw2.ipynb"), "hw2")
    assert ids(found) == ["alice", "zoe"]
    assert found[0].read() == content_of(name)


def test_nbgraders_folder(make):
    path = make(
        "submitted/alice/hw1/hw1.ipynb",
        "submitted/alice/hw2/hw2.ipynb",
        "submitted/alice/hw2/timestamp.txt",
        "submitted/bob/hw1/hw1.ipynb",
    )
    alice, bob = collect(path, "hw2")
    assert alice.read() == content_of("submitted/alice/hw2/hw2.ipynb")
    assert said(alice) == ()
    assert bob.problem == "there is no notebook; found: bob/hw1/hw1.ipynb"


def test_folders_around_all_of_them(make):
    path = make("submissions/hw2/alice.ipynb", "submissions/hw2/bob.ipynb")
    assert ids(collect(path, "hw2")) == ["alice", "bob"]


def test_a_class_of_one(make):
    assert ids(collect(make("alice/hw2.ipynb", "alice/hw2-1.ipynb"), "hw2")) == ["alice"]


def test_a_class_of_one_on_the_roster(make):
    found = collect(make("alice/part1.ipynb", "alice/part2.ipynb"), "hw2", ROSTER)
    assert ids([s for s in found if not s.missing]) == ["alice"]


# --------------------------------------------------------------------------------------- sections


@pytest.mark.parametrize("before", ["", "hw2/"])
def test_folders_of_sections(make, before):
    """Each student of the roster once, in whichever section, as a file, a folder or a zip."""
    path = make(
        f"{before}Section A/alice.ipynb",
        f"{before}Section A/bob/hw2.ipynb",
        f"{before}Section B/README.md",
        zips={f"{before}Section B/carol_hw2.zip": ["hw2.ipynb"]},
    )
    found = collect(path, "hw2", ROSTER)
    assert ids(found) == ["alice", "bob", "carol"]
    assert not any(each.missing or each.problem or each.notes for each in found)


def test_folders_of_sections_as_canvas_hands_them_out(make):
    """Without a roster too: its names say that they are of several."""
    path = make(
        "A/amesalice_12345_1_hw2.ipynb", "A/brownbob_222_2_hw2.ipynb", "B/chu_3_3_hw2.ipynb"
    )
    assert ids(collect(path, "hw2")) == ["12345", "222", "3"]


def test_folders_of_which_nobody_can_say_whether_they_are_sections(make):
    path = make("A/alice.ipynb", "A/bob.ipynb", "B/carol.ipynb", "B/dan.ipynb", "C/eve.ipynb")
    with pytest.raises(ValueError, match="A, B: these folders have notebooks of several names"):
        collect(path, "hw2")


def test_what_lies_in_the_folder_of_a_student_is_nobody_elses(make):
    """Whatever it is called: else one could hand in for others."""
    path = make("alice/bob.ipynb", "alice/carol.ipynb", "bob/hw2.ipynb", "mallory/bob.ipynb")
    found = collect(path, "hw2", ROSTER)
    assert ids([each for each in found if not each.missing]) == ["alice", "bob", "mallory"]
    assert found[1].read() == content_of("bob/hw2.ipynb")
    path = make("alice/x_12345_1_hw2.ipynb", "alice/y_222_2_hw2.ipynb", "zoe/hw2.ipynb")
    assert {"alice", "zoe"} <= {*ids(collect(path, "hw2"))}


def test_a_zip_of_what_a_platform_handed_out_for_several(make):
    inside = ["amesalice_12345_1_hw2.ipynb", "brownbob_222_2_hw2.ipynb"]
    found, _ = collect(make("zoe.ipynb", zips={"section a.zip": inside}), "hw2")
    assert found.problem.startswith("the zip holds what a learning platform handed out for several")


@pytest.mark.parametrize(
    ("zips", "content"),
    [
        ({"alice.zip": ["hw2.ipynb"]}, "hw2.ipynb"),
        ({"alice_hw2.zip": ["hw2/hw2.ipynb"]}, "hw2/hw2.ipynb"),
        ({"alice/hw2.zip": ["deep/er/hw2.ipynb", "deep/er/data.npz"]}, "deep/er/hw2.ipynb"),
        ({"alice/hw2.zip": ["__MACOSX/._hw2.ipynb", "hw2.ipynb", ".DS_Store"]}, "hw2.ipynb"),
    ],
)
def test_a_student_who_zipped_it(make, zips, content):
    alice, _ = collect(make("zoe.ipynb", zips=zips), "hw2")
    assert alice.student == "alice"
    assert alice.read() == content_of(content)
    assert ".zip: " in alice.source


def test_a_zip_beside_a_notebook_is_not_opened(make):
    alice = collect(make("alice/hw2.ipynb", "z.ipynb", zips={"alice/b.zip": ["hw2.ipynb"]}), "hw2")
    assert alice[0].read() == content_of("alice/hw2.ipynb")
    assert said(alice[0])[0].endswith("alice/b.zip was not opened: there is a notebook beside it")


def test_at_most_five_zips_of_a_student_are_opened(make):
    zips = {"alice/1.zip": ["hw2.ipynb"], **{f"alice/{i}.zip": ["x.pdf"] for i in range(2, 8)}}
    path = make("zoe.ipynb", zips=zips)
    alice, _ = collect(path, "hw2")
    assert "7 zips were handed in; the newest 5 were opened" in said(alice)
    assert NoteKind.HANDED_IN_TWICE in kinds(alice)
    assert alice.problem.startswith("there is no notebook; found: x.pdf")


# ------------------------------------------------------------------------------- several attempts


def test_all_attempts_are_there_where_the_best_is_to_count(make):
    names = [f"alice/hw2{end}.ipynb" for end in ("", "-1", "-2")]
    path = make(*names, "zoe.ipynb")
    alice, zoe = collect(path, "hw2", several=True)
    assert [each.read() for each in alice.attempts] == [*map(content_of, reversed(names))]
    assert [each.source.split("/")[-1] for each in alice.attempts] == [
        *("hw2-2.ipynb", "hw2-1.ipynb", "hw2.ipynb")
    ]
    assert said(alice) == ("3 notebooks were handed in; the best counts",)
    assert [*zoe.attempts] == [zoe]
    alice, _ = collect(path, "hw2")
    assert len([*alice.attempts]) == 1 and "is graded" in said(alice)[0]


def test_only_the_newest_attempts_are_there(make):
    alice = only(collect(make(*(f"alice/hw2-{i}.ipynb" for i in range(1, 9))), "hw2", several=True))
    assert len([*alice.attempts]) == 5
    assert said(alice)[0] == "8 notebooks were handed in; the best of the newest 5 counts"


def test_a_name_that_stands_for_two_people(make):
    """The id of one, and another id of somebody else: before, what both handed in became one's."""
    roster = Roster((Student("5", "Ames", aliases=("7",)), Student("7", "Brown", aliases=("9",))))
    with pytest.raises(
        ValueError, match=r"7.ipynb: 7 is the id of one .* Brown \(7\) and Ames \(5\)"
    ):
        collect(make("7.ipynb", "9.ipynb"), "hw2", roster)


def test_the_number_of_a_platform_has_one_meaning(make):
    roster = Roster((Student("5", "Ames", aliases=("7",)), Student("7", "Brown", aliases=("9",))))
    found = collect(make("ames_5_1_hw2.ipynb", "brown_7_2_hw2.ipynb"), "hw2", roster)
    assert [(each.student, each.name) for each in found if not each.missing] == [
        *(("5", "Ames"), ("7", "Brown"))
    ]


# ----------------------------------------------------------------------------- Canvas and Moodle


def test_canvas(make):
    path = make(
        "amesalice_12345_678910_hw2.ipynb",
        "amesalice_12345_678911_report.pdf",
        "brownbob_LATE_222_678912_hw2-1.ipynb",
        "chucarol_333_text.html",
        "doedan_444_678913_notes.pdf",
        "o_neill_555_678914_my_own_name.ipynb",
        "LATE_anon_a1B2c_678915_hw2.ipynb",
    )
    found = {s.student: s for s in collect(path, "hw2")}
    assert set(found) == {"12345", "222", "333", "444", "555", "anon_a1B2c"}
    assert found["12345"].read() == content_of("amesalice_12345_678910_hw2.ipynb")
    assert said(found["12345"]) == ()
    assert said(found["222"]) == ("Canvas says that it was handed in late",)
    assert found["333"].problem == "there is a text that was typed in, but no notebook"
    assert found["444"].problem == "there is no notebook; found: notes.pdf"
    assert said(found["555"]) == ("the notebook is called my_own_name.ipynb, not hw2.ipynb",)
    assert said(found["anon_a1B2c"]) == ("Canvas says that it was handed in late",)


def test_canvas_the_newest_is_graded(make):
    path = make(
        "amesalice_12345_99_hw2.ipynb",
        "amesalice_12345_100_hw2-1.ipynb",
        "amesalice_12345_98_hw2-2.ipynb",
    )
    alice = only(collect(path, "hw2"))
    assert alice.read() == content_of("amesalice_12345_100_hw2-1.ipynb")
    assert said(alice) == (
        "3 notebooks were handed in; the newest, amesalice_12345_100_hw2-1.ipynb, is graded",
    )


def test_canvas_a_student_who_zipped_it(make):
    path = make("z_1_2_hw2.ipynb", zips={"amesalice_12345_678_hw2.zip": ["hw2.ipynb"]})
    found = {s.student: s for s in collect(path, "hw2")}
    assert found["12345"].read() == content_of("hw2.ipynb")


def test_canvas_names_that_can_be_read_in_two_ways_are_noted(make):
    found = collect(make("mallory_1_222_678_hw2.ipynb", "b_2_3_hw2.ipynb"), "hw2")
    assert "can be read in more than one way" in said(found[0])[0]
    assert said(found[1]) == ()


def test_names_with_two_numbers_are_not_canvas_if_a_number_has_two_names(make):
    """Year and group, say: they were one student, 2026, of whom the last one was graded."""
    names = ("alice_2026_1_hw2.ipynb", "bob_2026_1_hw2.ipynb", "brown_77_3_hw2.ipynb")
    found = {s.student: s for s in collect(make(*names), "hw2")}
    assert set(found) == {"alice_2026_1", "bob_2026_1", "77"}
    assert found["alice_2026_1"].read() == content_of(names[0])
    assert [found[n].handed_in_as for n in found] == [names[2], "", ""]
    on_roster = Roster((Student("2026"), Student("77")))  # which says that they are Canvas's
    assert ids(collect(make(*names), "hw2", on_roster)) == ["2026", "77"]


@pytest.mark.parametrize("end", ["_", ""])
def test_moodle(make, end):
    path = make(
        f"Alice Ames_1234567_assignsubmission_file{end}/hw2.ipynb",
        "Alice Ames_1234567_assignsubmission_onlinetext/onlinetext.html",
        "Bob O'Neill_222_assignsubmission_onlinetext_/onlinetext.html",
        "Carol_333_assignsubmission_file_hw2.ipynb",
        "Participant_444_assignsubmission_file_/x/hw2.ipynb",
    )
    found = {s.student: s for s in collect(path, "hw2")}
    assert set(found) == {"1234567", "222", "333", "444"}
    name = f"Alice Ames_1234567_assignsubmission_file{end}/hw2.ipynb"
    assert found["1234567"].read() == content_of(name)
    assert found["1234567"].name == "Alice Ames"
    assert found["222"].problem == "there is a text that was typed in, but no notebook"
    assert found["333"].read()
    assert said(found["333"]) == ()
    assert found["444"].name == ""


def test_one_moodle_folder_alone(make):
    path = make("Alice Ames_1234567_assignsubmission_file_/hw2.ipynb")
    assert ids(collect(path, "hw2")) == ["1234567"]


def test_the_roster_by_name_when_the_number_is_the_platforms(make):
    path = make(
        "Alice Ames_11_assignsubmission_file_/hw2.ipynb",
        "brownbob_LATE_22_678912_hw2.ipynb",
        "Dan Doe_44_assignsubmission_file_/hw2.ipynb",
    )
    found = {s.student: s for s in collect(path, "hw2", ROSTER)}
    assert set(found) == {"alice", "bob", "carol", "44"}
    assert said(found["alice"]) == ("found on the roster by its name; its number is 11",)
    assert found["bob"].name == "Bob Brown"
    assert found["bob"].submitted_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert found["carol"].missing
    assert said(found["44"]) == ("not on the roster",)
    assert kinds(found["44"]) == {NoteKind.NOT_ON_THE_ROSTER}


def test_a_name_that_two_claim_is_nobodys(make):
    path = make(
        "Alice Ames_11_assignsubmission_file_/hw2.ipynb",
        "Alice Ames_12_assignsubmission_file_/hw2.ipynb",
        "Bob Brown_13_assignsubmission_file_/hw2.ipynb",
        "bob/hw2.ipynb",
    )
    found = {s.student: s for s in collect(path, "hw2", ROSTER)}
    assert found["alice"].missing
    assert said(found["11"]) == said(found["12"]) == said(found["13"]) == ("not on the roster",)
    assert found["bob"].read() == content_of("bob/hw2.ipynb")


# -------------------------------------------------------------------------- roster, duplicates


def test_unknown_and_missing_students(make):
    found = collect(make("Alice.ipynb", "mallory.ipynb"), "hw2", ROSTER)
    assert ids(found) == ["alice", "bob", "carol", "mallory"]
    alice, bob, carol, mallory = found
    assert (alice.missing, said(alice), alice.name) == (False, (), "Alice Ames")
    assert bob.missing
    assert said(bob) == ("the roster says that it was handed in at 2026-03-01T00:00:00+00:00",)
    assert carol.missing
    assert said(carol) == ()
    with pytest.raises(Unreadable, match="nothing was handed in"):
        carol.read()
    assert said(mallory) == ("not on the roster",)
    assert mallory.read() == content_of("mallory.ipynb")


def test_an_id_of_the_roster_is_taken_as_it_is(make):
    roster = Roster((Student("hw2-alice"), Student("alice (1)")))
    assert ids(collect(make("hw2-alice.ipynb", "alice (1).ipynb"), "hw2", roster)) == [
        "alice (1)",
        "hw2-alice",
    ]


def test_an_email_for_the_id(make):
    found = collect(make("alice@uni.edu.ipynb", "bob.ipynb", "carol.ipynb"), "hw2", ROSTER)
    assert ids(found) == ["alice", "bob", "carol"]


def test_the_same_student_twice(make):
    found = collect(make("alice.ipynb", "alice/hw2.ipynb", "bob.ipynb"), "hw2")
    assert ids(found) == ["alice", "bob"]
    assert found[0].read() == content_of("alice/hw2.ipynb")  # named after the assignment
    assert "the one named after hw2, " in said(found[0])[0]


def test_capitals_make_two_students_unless_the_roster_knows_one(make):
    path = make("alice/hw2.ipynb", "ALICE/hw2.ipynb")
    assert ids(collect(path, "hw2")) == ["ALICE", "alice"]
    alice = collect(path, "hw2", ROSTER)[0]
    assert alice.student == "alice"
    assert "2 notebooks were handed in" in said(alice)[0]
    assert re.search("handed in as .* and as ", said(alice)[1])
    assert kinds(alice) == {NoteKind.HANDED_IN_TWICE}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice", "ali\u200bce"),
        ("a\nb", "a\tb"),
        ("a\nb", "a b"),
        ("a  b", "a b"),
        ("al\u202eice\x1b", "alice"),
        ("J\udcf6rg", "J\udce4rg"),  # bytes of latin-1
    ],
)
@pytest.mark.parametrize("end", ["/hw2.ipynb", ".ipynb"])
def test_names_that_are_the_same_when_cleaned_are_kept_apart(tmp_path, one, other, end):
    for name in (one, other, "bob"):
        path = tmp_path / f"{name}{end}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content_of(name))
    found = collect(tmp_path, "hw2")
    assert len(found) == 3
    assert {submission.read() for submission in found} == {
        content_of(name) for name in (one, other, "bob")
    }
    odd = [s for s in found if "~" in s.student]
    assert odd
    for submission in odd:
        assert "holds characters that cannot be shown" in said(submission)[0]
    assert said(next(s for s in found if s.student == "bob")) == ()
    by_roster = {s.student for s in collect(tmp_path, "hw2", Roster((Student("alice"), BOB)))}
    assert {s.student for s in odd} <= by_roster, "not put under the name that it looks like"


def test_letters_that_are_composed_are_one_student(make):
    assert ids(collect(make("cafe\u0301/hw2.ipynb", "caf\u00e9.ipynb", "z.ipynb"), "hw2")) == [
        "caf\u00e9",
        "z",
    ]


@pytest.mark.parametrize(
    ("names", "graded", "why"),
    [
        (["hw2.ipynb", "scratch.ipynb"], "hw2.ipynb", "the one named after hw2"),
        (["hw2.ipynb", "hw2-1.ipynb"], "hw2-1.ipynb", "the newest"),
        (["hw2-9.ipynb", "hw2-10.ipynb"], "hw2-10.ipynb", "the newest"),
        (["hw2.ipynb", "hw2 (2).ipynb"], "hw2 (2).ipynb", "the newest"),
        (["hw2.ipynb", "hw2-Copy1.ipynb"], "hw2-Copy1.ipynb", "the newest"),
        (["hw2-Copy9.ipynb", "hw2-Copy10.ipynb"], "hw2-Copy10.ipynb", "the newest"),
    ],
)
def test_which_of_several_is_graded(make, names, graded, why):
    found = collect(make("zoe.ipynb", *(f"alice/{name}" for name in names)), "hw2")[0]
    assert found.read() == content_of(f"alice/{graded}")
    assert f"2 notebooks were handed in; {why}, " in said(found)[0]
    assert f"alice/{graded}, is graded" in said(found)[0]


def test_the_newest_file_is_graded_when_the_names_do_not_tell(tmp_path):
    for i, name in enumerate(["hw2_final.ipynb", "hw2_new.ipynb", "hw2_b.ipynb"]):
        (tmp_path / "alice").mkdir(exist_ok=True)
        (tmp_path / "alice" / name).write_bytes(content_of(name))
        os.utime(tmp_path / "alice" / name, (i, [9, 5, 7][i]))
    (tmp_path / "zoe.ipynb").touch()
    assert collect(tmp_path, "hw2")[0].read() == content_of("hw2_final.ipynb")


# --------------------------------------------------------------------------------- other files


def test_what_lies_beside_a_notebook_is_no_matter(make):
    beside = [".DS_Store", "report.pdf", "a.py", ".ipynb_checkpoints/hw2-checkpoint.ipynb"]
    found = collect(
        make("alice/hw2.ipynb", "b.ipynb", *(f"alice/{name}" for name in beside)), "hw2"
    )
    assert said(found[0]) == ()
    assert found[0].read() == content_of("alice/hw2.ipynb")


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        (["alice/report.pdf"], "there is no notebook; found: report.pdf"),
        (["alice.pdf"], "there is no notebook; found: alice.pdf"),
        (["alice/hw2.py", "alice/x.rar"], "there is no notebook; found: hw2.py, x.rar"),
        ([f"alice/{i}" for i in "abcde"], "there is no notebook; found: a, b, c and 2 more"),
        (["alice/"], "the folder is empty"),
        (["alice/.ipynb_checkpoints/hw2-checkpoint.ipynb", "alice/"], "the folder is empty"),
    ],
)
def test_no_notebook(make, files, problem):
    alice, zoe = collect(make(*files, "zoe.ipynb"), "hw2")
    assert (alice.student, alice.problem) == ("alice", problem)
    assert zoe.problem == ""
    with pytest.raises(Unreadable, match=r"no notebook|is empty"):
        alice.read()


def test_an_empty_zip(make):
    assert (
        collect(make("zoe.ipynb", zips={"alice.zip": []}), "hw2")[0].problem == "the zip is empty"
    )


def test_lists_of_the_instructor_are_nobodys_submission(make):
    beside = ["roster.csv", "README.md", ".DS_Store", "__MACOSX/._alice.ipynb", "grades.xlsx"]
    assert ids(collect(make("alice.ipynb", "bob.ipynb", *beside), "hw2")) == ["alice", "bob"]


@pytest.mark.parametrize("name", ["hw2.ipynb.txt", "hw2.ipynb.json", "hw2.json", "hw2"])
def test_a_wrong_file_name_costs_nothing(make, name):
    found = collect(make(f"alice/{name}", "alice/notes.txt", "zoe.ipynb"), "hw2")[0]
    assert found.read() == content_of(f"alice/{name}")
    assert said(found) == (f"the notebook is called {name}, not hw2.ipynb",)


def test_a_notebook_that_does_not_say_whose_it_is(make):
    found = collect(make("hw2.ipynb", "alice.ipynb"), "hw2")
    assert ids(found) == ["alice", "hw2"]
    assert "does not say whose it is" in said(found[1])[0]


def test_a_bad_file_beside_a_good_one_is_only_noted(tmp_path):
    (tmp_path / "alice").mkdir()
    (tmp_path / "alice" / "hw2.ipynb").write_bytes(b"{}")
    (tmp_path / "alice" / "hw2-1.ipynb").symlink_to("/etc/passwd")
    alice = only(collect(tmp_path, "hw2"))
    assert alice.read() == b"{}"
    assert said(alice) == (
        "alice/hw2-1.ipynb was left out: it is a symbolic link, and links are not followed",
    )


# ---------------------------------------------------------------------- several, and whose they are


def is_empty_copy(content: bytes) -> bool:
    return b"as-handed-out" in content


def test_an_untouched_copy_never_wins(make):
    path = make("alice/hw2-as-handed-out.ipynb", "alice/work.ipynb", "zoe.ipynb")
    assert collect(path, "hw2")[0].read() == content_of("alice/hw2-as-handed-out.ipynb")
    alice, _ = collect(path, "hw2", untouched=is_empty_copy)
    assert alice.read() == content_of("alice/work.ipynb")
    assert "it is as it was handed out" in said(alice)[0]
    assert kinds(alice) >= {NoteKind.HANDED_IN_TWICE}


def test_untouched_copies_alone_are_graded(make):
    path = make("alice/hw2-as-handed-out.ipynb", "bob/a-as-handed-out.ipynb", "bob/b.ipynb")
    alice, bob = collect(path, "hw2", untouched=lambda content: True)
    assert alice.read() == content_of("alice/hw2-as-handed-out.ipynb")
    assert bob.read()


def test_a_single_notebook(tmp_path):
    (tmp_path / "alice_hw2.ipynb").write_bytes(content_of("alice"))
    (tmp_path / "bob_hw2.ipynb").write_bytes(content_of("bob"))
    alice = only(collect(tmp_path / "alice_hw2.ipynb", "hw2"))
    assert (alice.student, alice.read()) == ("alice", content_of("alice"))


def test_a_roster_of_other_people_is_refused(make):
    path = make("s1.ipynb", "s2.ipynb", "s3.ipynb", "s4.ipynb", "s5.ipynb", "alice.ipynb")
    with pytest.raises(ValueError, match=r"1 of 6 submissions are .* on the roster\. Is it"):
        collect(path, "hw2", ROSTER)
    assert len(collect(path, "hw2")) == 6


def test_late_arrivals_alone_may_be_unknown(make):
    assert len(collect(make("x.ipynb", "y.ipynb"), "hw2", ROSTER)) == 5


def test_canvas_says_who_is_late_and_what_to_hand_back_by(make):
    path = make("amesalice_12345_6_hw2.ipynb", "brownbob_LATE_222_7_hw2-1.ipynb", "c_3_text.html")
    alice, bob, carol = collect(path, "hw2")
    assert (alice.marked_late, bob.marked_late, carol.marked_late) == (False, True, False)
    assert alice.handed_in_as == "amesalice_12345_6_hw2.ipynb"
    assert bob.handed_in_as == "brownbob_LATE_222_7_hw2-1.ipynb"
    assert carol.handed_in_as == "c_3_text.html"


def test_a_student_who_zipped_it_is_handed_back_by_the_zip(make):
    path = make(
        "d_4_9_notes.pdf", zips={"d_4_8_hw2.zip": ["x/hw2.ipynb"], "e_5_10_hw2.zip": ["hw2.ipynb"]}
    )
    dan, eva = collect(path, "hw2")
    assert dan.handed_in_as == "d_4_8_hw2.zip"
    assert eva.handed_in_as == "e_5_10_hw2.zip"


def test_moodle_folders_to_hand_back_by(make):
    path = make("Alice_77_assignsubmission_file_/a/hw2.ipynb", "z.ipynb")
    alice, zoe = collect(path, "hw2")
    assert alice.handed_in_as == "Alice_77_assignsubmission_file_"
    assert (alice.marked_late, zoe.handed_in_as) == (None, "")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-01 23:59:07.5 UTC", datetime(2026, 3, 1, 23, 59, 7, 500_000, UTC)),
        ("2026-03-01 23:59:07", datetime(2026, 3, 1, 23, 59, 7, tzinfo=UTC)),
        ("2026-03-02 00:59:07 +0100\n", datetime(2026, 3, 1, 23, 59, 7, tzinfo=UTC)),
        ("yesterday", None),
        ("\xff", None),
    ],
)
def test_the_timestamp_of_nbgrader(tmp_path, text, at):
    for place in ("alice/hw2", "bob/hw1"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "timestamp.txt").write_text(text, encoding="latin-1")
    (tmp_path / "alice" / "hw2" / "hw2.ipynb").write_bytes(b"{}")
    alice, bob = collect(tmp_path, "hw2")
    assert alice.submitted_at == at
    assert bob.submitted_at is None, "of another assignment"


def test_a_timestamp_of_the_students_own_is_not_believed(make):
    path = make("z.ipynb", zips={"alice.zip": ["hw2/hw2.ipynb", "hw2/timestamp.txt"]})
    assert collect(path, "hw2")[0].submitted_at is None


# ------------------------------------------------------------------------------ the whole class


def test_paths_that_are_no_class(tmp_path):
    with pytest.raises(ValueError, match=r"There is no .*nowhere"):
        collect(tmp_path / "nowhere", "hw2")
    with pytest.raises(ValueError, match="is empty"):
        collect(tmp_path, "hw2")
    (tmp_path / "roster.csv").touch()
    with pytest.raises(ValueError, match="There are no submissions"):
        collect(tmp_path, "hw2")
    (tmp_path / "hw2.pdf").write_bytes(b"{}")
    with pytest.raises(ValueError, match="neither a folder nor a zip"):
        collect(tmp_path / "hw2.pdf", "hw2")
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(ValueError, match="neither a folder nor a zip"):
        collect(tmp_path / "fifo", "hw2")


def test_the_order_is_by_id_and_the_same_every_time(make):
    path = make("b.ipynb", "C/hw2.ipynb", "a.pdf", "D.ipynb")
    found = collect(path, "hw2")
    assert ids(found) == ["a", "b", "C", "D"]
    assert collect(path, "hw2") == found


def test_submissions_can_be_sent_to_another_process(make):
    found = collect(make("alice.ipynb", "bob.ipynb"), "hw2")
    assert pickle.loads(pickle.dumps(found))[0].read() == content_of("alice.ipynb")


@pytest.mark.all
def test_a_class_is_not_held_in_memory(tmp_path):
    tracemalloc.start()
    noise = os.urandom(MB)
    for i in range(40):
        (tmp_path / f"s{i}.ipynb").write_bytes(noise * 5)
    before = tracemalloc.get_traced_memory()[0]
    found = collect(tmp_path, "hw2")
    assert tracemalloc.get_traced_memory()[0] - before < MB
    assert all(len(submission.read()) == 5 * MB for submission in found)
    assert tracemalloc.get_traced_memory()[1] < 40 * MB
    tracemalloc.stop()


# ------------------------------------------------------------------------------------------ keys


SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@pytest.mark.parametrize("student", ["alice", "12345", "a.b-c_d", "alice.smith"])
def test_a_plain_id_is_its_own_key(student):
    assert file_key(student) == student


@pytest.mark.parametrize(
    "student",
    [
        *("../../etc/passwd", "..", ".", "", "/", ".hidden", "-rf", "a/b", "a\\b", "C:x", "a\0b"),
        *("con", "NUL", "com1.x", "aux.", "lpt9", "COM\u00b9", "alice.", "a b", "$(id)", "*", "~"),
        *("\u202ealice", "x" * 500, "\u0434\u0430\u0448\u0430", "\udcff", "alice\n", "id-con"),
        "alice-0123456789ab",  # looks like a key with a digest
    ],
)
def test_hostile_ids_have_safe_keys(student):
    key = file_key(student)
    assert SAFE.fullmatch(key)
    assert not key.endswith(".")
    assert key.split(".")[0].lower() not in ("con", "nul", "aux", "com1", "lpt9")
    assert student == "id-con" or key != student


def test_ids_that_differ_in_little_have_keys_that_differ_on_every_disk():
    students = [
        "alice",
        "Alice",
        "ALICE",
        "al.ice",
        "al ice",
        "al-ice",
        "al_ice",
        "alic\u00e9",
        "a",
    ]
    students += ["alice ", "al/ice", "al\\ice", "alice" + "x" * 90, "alice" + "x" * 91]
    assert len({file_key(student).lower() for student in students}) == len(students)


def test_a_key_that_is_taken():
    first = file_key("Alice")
    second = file_key("Alice", {first.upper()})
    assert second.startswith(first)
    assert SAFE.fullmatch(second)
    assert file_key("alice", ["ALICE"]) != "alice"


@given(st.lists(st.text(st.characters(), max_size=80), unique=True, max_size=8))
def test_keys_are_safe_and_unique_whatever_the_order(students):
    keys = {student: file_key(student) for student in students}
    assert len({key.lower() for key in keys.values()}) == len(students)
    assert all(SAFE.fullmatch(key) for key in keys.values())
    taken: list[str] = []
    for student in reversed(students):
        taken.append(file_key(student, taken))
    assert taken[::-1] == list(keys.values())


@pytest.mark.all
@given(st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=40))
def test_any_name_of_a_file_gives_a_student(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("names")
    try:
        (folder / name).write_bytes(b"{}")
    except (OSError, ValueError):  # "." and "..", and names that are too long
        return
    try:
        found = collect(folder, "hw2", ROSTER)
    except ValueError:
        found = []
    for submission in found:
        assert submission.student == clean_id(submission.student)
        assert SAFE.fullmatch(file_key(submission.student))


def test_a_file_name_with_the_words_of_a_note_is_no_such_note(make):
    name = "handed in as not on the roster, 2 notebooks were handed in.ipynb"
    (alice,) = collect(make(f"alice/{name}", "alice/notes.txt"), "hw2")
    assert name in said(alice)[0]
    assert kinds(alice) == {NoteKind.PLAIN}
