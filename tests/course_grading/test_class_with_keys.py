"""A class in which each has a network of their own: the roster says whose, whatever is typed."""

import json
from pathlib import Path

import pytest
from hostile_submissions import code, notebook
from keyed_samples import (
    FULL,
    KEYED,
    ONLY_THE_SAME,
    SVG,
    A,
    B,
    C,
    D,
    E,
    keyed,
    network,
    right_lines,
    worked,
)
from rewording import reworded

from course_exercises.homework.tasks import Explained
from course_grading.intake.roster import Roster, Student
from course_grading.marking import assignments, one_submission
from course_grading.results.record import Record
from course_grading.sandbox import self_attack
from course_grading.whole_class import grade_class

__all__ = ["keyed"]  # a fixture
ROSTER = Roster(
    (
        Student("ada", "Ada", key=A),
        Student("ben", "Ben", key=B),
        Student("cem", "Cem", key=C),
        Student("dag", "Dag", key=D),
        Student("eva", "Eva"),
        Student("fay", "Fay", key=E),
    )
)

pytestmark = pytest.mark.usefixtures("needs_sandbox", "proven", "keyed")


@pytest.fixture
def proven(monkeypatch):
    """That the walls hold is tried elsewhere, and takes a second or two."""
    monkeypatch.setattr(self_attack, "require", lambda *a, **k: None)


def hand_in(folder: Path, **files: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.ipynb").write_bytes(content)
    return folder


@pytest.fixture
def students(tmp_path) -> Path:
    """Right; copied from Ada, with her key; typed nothing; mistyped; a key of one's own choice.

    Fay hands in nothing.
    """
    return hand_in(
        tmp_path / "submissions",
        ada=worked(A, typed=f" {A.lower().replace('-', ' ')}"),
        ben=worked(A),
        cem=worked(C, typed=""),
        dag=worked(D, typed="<b>D"),
        eva=worked(A),
    )


def by_student(records: list[Record]) -> dict[str, Record]:
    return {record.student: record for record in records}


def points(records: list[Record]) -> dict[str, float]:
    return {record.student: record.automatic_points for record in records}


def report(out: Path) -> dict:
    return json.loads((out / "report.json").read_text(encoding="utf-8"))


def tried(monkeypatch) -> list[str]:
    """The keys with which submissions are graded from now on."""
    keys: list[str] = []
    run = one_submission.grade

    def noted(*given, **options):
        keys.append(options["key"])
        return run(*given, **options)

    monkeypatch.setattr(one_submission, "grade", noted)
    return keys


def test_the_key_of_the_roster_counts(students, tmp_path):
    said: list[str] = []
    out = tmp_path / "out"
    records = by_student(grade_class(students, "hw9", out, roster=ROSTER, seed=1, say=said.append))
    assert points(list(records.values())) == {
        "ada": FULL,
        "ben": ONLY_THE_SAME,  # hers is not his
        "cem": FULL,
        "dag": FULL,
        "eva": ONLY_THE_SAME,  # nobody chooses a network
        "fay": 0,
    }
    assert [(r.homework_key, r.typed_key) for r in records.values()] == [
        *((A, A), (B, A), (C, ""), (D, "<b>D"), ("", A), (E, None)),
    ]
    notes = {name: record.notes for name, record in records.items()}
    assert notes["ada"] == notes["fay"] == ()
    assert notes["ben"] == (
        f"the notebook has the key {A}; it was graded with the key that the roster has, {B}.",
    )
    assert C in notes["cem"][0] and "has no key" in notes["cem"][0]
    assert notes["dag"][0].startswith("the notebook has “<b>D” as its key, which is none;")
    assert "has none for it" in notes["eva"][0]
    assert report(out)["other_keys"] == [
        {"student": "ben", "key": B, "typed": A, "of": ["ada"]},
        {"student": "cem", "key": C, "typed": "", "of": []},
        {"student": "dag", "key": D, "typed": "<b>D", "of": []},
        {"student": "eva", "key": "", "typed": A, "of": ["ada"]},
    ]
    assert said[0].startswith(
        f"ben ({A}, the key of ada), cem (none), dag (<b>D): the notebook has another key"
    )
    assert said[1].startswith("eva: the notebook has a key and the roster has none for it")
    for name in ("ben", "eva"):  # whose key it is, is for the instructor alone
        page = (out / "feedback" / f"{name}.html").read_text(encoding="utf-8")
        assert A in page and "ada" not in page.lower().replace("metadata", "")
    assert "<b>D" not in (out / "feedback" / "dag.html").read_text(encoding="utf-8")


@pytest.mark.all
def test_lines_about_the_network_of_somebody_else(students, tmp_path):
    """Ben's and Eva's lines are Ada's, and each has another network."""
    said: list[str] = []
    out = tmp_path / "out"
    grade_class(students, "hw9", out, roster=ROSTER, seed=1, say=said.append)
    assert report(out)["same_lines"] == [
        {"question": 2, "students": ["ada", "ben", "eva"], "keys": [A, B, ""]}
    ]
    assert said[-1].startswith("ada, ben, eva have the same lines in question 2")


def test_a_page_shows_the_own_network_and_the_own_lines(students, tmp_path):
    out = tmp_path / "out"
    records = by_student(grade_class(students, "hw9", out, roster=ROSTER, seed=1))
    parts = [part for question in records["ben"].questions for part in question.parts]
    output, nothing, explained, again = [part.explained for part in parts]
    assert output == Explained(network(B), SVG)
    assert explained is not None and (explained.network, explained.picture) == (network(B), "")
    assert nothing is again is None, "and the same is kept once"
    assert [(line.text, line.holds) for line in explained.lines] == [
        (right_lines(A)[0], False),
        (right_lines(A)[1], True),
    ]
    pages = {n: (out / "feedback" / f"{n}.html").read_text("utf-8") for n in ("ada", "ben")}
    assert "Does not hold" in pages["ben"] and "Does not hold" not in pages["ada"]
    for text in pages.values():
        assert "A next step to try" in text
        assert text.count("Your network<") == text.count("<img") == 1


@pytest.mark.all
def test_another_key_in_the_roster_grades_that_student_anew(students, tmp_path, monkeypatch):
    out = tmp_path / "out"
    grade_class(students, "hw9", out, roster=ROSTER, seed=1)
    keys = tried(monkeypatch)
    grade_class(students, "hw9", out, roster=ROSTER)
    assert keys == []
    changed = Roster(tuple(s if s.id != "ben" else Student("ben", key=A) for s in ROSTER.students))
    records = grade_class(students, "hw9", out, roster=changed)
    assert keys == [A]
    assert points(records)["ben"] == FULL and by_student(records)["ben"].notes == ()
    (students / "ben.ipynb").unlink()
    said: list[str] = []
    records = grade_class(students, "hw9", out, roster=ROSTER, say=said.append)
    assert keys == [A] and points(records)["ben"] == FULL, "there is nothing to grade anew"
    assert [w for w in said if w.startswith("ben: graded before with another key")]


@pytest.mark.all
def test_the_best_attempt_is_among_those_of_the_same_key(tmp_path, monkeypatch):
    """What was right for another network cannot beat what is right for one's own."""
    roster, out = Roster((Student("ada", key=A),)), tmp_path / "out"
    first = hand_in(tmp_path / "first", ada=worked(A))
    grade_class(first, "hw9", out, roster=roster, seed=1, attempts="best")
    second = hand_in(tmp_path / "second", ada=worked(B))
    (record,) = grade_class(second, "hw9", out, roster=roster, attempts="best")
    assert (record.automatic_points, record.typed_key) == (FULL, A), "the first is better"
    now = Roster((Student("ada", key=C),))
    (record,) = grade_class(second, "hw9", out, roster=now, attempts="best")
    assert (record.automatic_points, record.homework_key) == (ONLY_THE_SAME, C)


def test_where_most_have_a_key_and_the_roster_has_none_nothing_is_graded(students, tmp_path):
    without = Roster(tuple(Student(student.id) for student in ROSTER.students))
    for roster in (None, without):
        with pytest.raises(ValueError, match="3 of the 5 notebooks that were looked into have a"):
            grade_class(students, "hw9", tmp_path / "out", roster=roster)
    assert not (tmp_path / "out").exists()


def test_without_keys_everybody_has_the_same_network(tmp_path):
    said: list[str] = []
    folder = hand_in(tmp_path / "in", ada=worked(""), ben=worked(""), cem=worked(A))
    out = tmp_path / "out"
    records = grade_class(folder, "hw9", out, seed=1, say=said.append)
    assert points(records) == {"ada": FULL, "ben": FULL, "cem": ONLY_THE_SAME}
    assert [r.notes == () for r in records] == [True, True, False]
    assert len(said) == 1 and said[0].startswith("cem: the notebook has a key")


@pytest.mark.all
def test_where_no_question_depends_on_a_key_none_is_reported(tmp_path, monkeypatch):
    """And a new key grades nobody anew."""
    unkeyed = assignments.load("hw1")
    assert KEYED.has_keys and not unkeyed.has_keys
    folder = hand_in(tmp_path / "in", ada=notebook([code(f"KEY = {A!r}")]))
    roster = Roster((Student("ada", key=B),))
    (record,) = grade_class(folder, "hw1", tmp_path / "out", roster=roster, seed=1)
    assert (record.homework_key, record.typed_key, record.notes) == ("", None, ())
    keys = tried(monkeypatch)
    grade_class(folder, "hw1", tmp_path / "out", roster=Roster((Student("ada", key=C),)))
    assert keys == [] and report(tmp_path / "out")["other_keys"] == []


@pytest.mark.all
def test_what_is_reported_does_not_hang_on_words(students, tmp_path):
    grade_class(students, "hw9", tmp_path / "plain", roster=ROSTER, seed=1)
    with reworded():
        records = grade_class(students, "hw9", tmp_path / "odd", roster=ROSTER, seed=1)
        assert by_student(records)["ben"].notes[0].startswith("⟦")
    plain, odd = report(tmp_path / "plain"), report(tmp_path / "odd")
    for name in ("other_keys", "same_lines", "by_status", "points"):
        assert plain[name] == odd[name]


@pytest.mark.all
def test_on_a_cluster_the_keys_are_the_same(students, tmp_path):
    distributed = pytest.importorskip("distributed")
    here = grade_class(students, "hw9", tmp_path / "here", roster=ROSTER, seed=1)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        there = grade_class(
            students, "hw9", tmp_path / "there", roster=ROSTER, seed=1, cluster=client
        )
    for one, other in zip(here, there, strict=True):
        assert (one.questions, one.notes) == (other.questions, other.notes)
        assert (one.homework_key, one.typed_key) == (other.homework_key, other.typed_key)
