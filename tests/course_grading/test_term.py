"""A class on Canvas and on Moodle as homework/README.md has it, from the download to the upload."""

import csv
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import canvas_course
import moodle_assignment
import pytest
import term_class
from nbgrader_export import read_nbgrader_export
from platform_upload import Refused

from course_grading import command_line, whole_class
from course_grading.marking import assignments
from course_grading.sandbox import self_attack

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("needs_sandbox", "proven")]

SIZE = 14  # one of each kind
MARK = 4.0  # of 10, for each written answer
LATE = """
due = 2026-12-01T23:59:00Z
percent_per_day = 10
at_most_percent = 50

[extensions]
"u004@uni.example" = 2026-12-05T23:59:00Z
"""
NOW = term_class.DUE + timedelta(days=20)
#: Points of the grader and of a person; "untouched" has no text to mark.
POINTS = {
    "hw1": {"right": 88, "other words": 88, "one wrong": 84, "two wrong": 83, "untouched": 0},
    "hw2": {"right": 88, "other words": 88, "one wrong": 84.5, "two wrong": 78, "untouched": 0},
}


@pytest.fixture
def proven(monkeypatch):
    """That the walls hold is tried elsewhere."""
    monkeypatch.setattr(self_attack, "require", lambda *a, **k: None)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """A command in a folder of its own; what it prints."""
    monkeypatch.chdir(tmp_path)
    Path("late.toml").write_text(LATE, encoding="utf-8")

    def run(words: str, *, refused: bool = False) -> str:
        assert command_line.main(words.split()) == refused
        return "".join(capsys.readouterr())

    return run


def mark_all(results: Path) -> None:
    """Fill in written.csv, as a person does in a spreadsheet."""
    path = results / "written.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    at = header.index("points")
    for row in rows:
        row[at] = row[at] or str(MARK)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def kinds() -> dict[int, str]:
    return dict(enumerate(term_class.KINDS[:SIZE]))


def test_homework_1_on_canvas(run, monkeypatch):
    course, homework = term_class.canvas_class(SIZE)
    ids = [student.id for student in course.students]
    Path("gradebook.csv").write_bytes(course.gradebook())
    Path("submissions.zip").write_bytes(course.submissions_zip(homework))
    grade = "grade submissions.zip --assignment hw1 --out results --late late.toml --roster "
    run(grade + "gradebook.csv")
    mark_all(Path("results"))
    back = "hand-back results --canvas gradebook.csv"
    assert "run course-grading take-in" in run(back, refused=True)
    run("take-in results")
    said = run(back)
    wanted = {
        ids[n]: POINTS["hw1"][kind]
        for n, kind in kinds().items()
        if kind in POINTS["hw1"] and n not in (7, 8)  # a text, and excused
    }
    assert upload(course, homework, "results") == wanted
    assert "King, Jr., Martin (20049)" in said, "who gets no grade is named"

    # Two late arrivals, a resubmission, an override, an extension.
    made = term_class.notebooks("hw1")
    late = canvas_course.Submission([canvas_course.Attachment(950_001, "a.ipynb", made["right"])])
    homework.submissions[ids[11]] = replace(late, late=True)
    again = canvas_course.Attachment(950_002, "hw1-2.ipynb", made["one wrong"])
    homework.submissions[ids[0]] = canvas_course.Submission([again], late=True)
    Path("gradebook.csv").write_bytes(course.gradebook())
    Path("submissions.zip").write_bytes(course.submissions_zip(homework))
    times = {ids[11]: "2026-12-03 10:00", ids[0]: "2026-12-02 10:00", ids[4]: "2026-12-04 10:00"}
    with_times("gradebook.csv", "roster.csv", times)
    Path("results/override.csv").write_text(
        f"student,question,points,reason\n{ids[3]},5,12,a misprint in the question\n"
    )
    run(grade + "roster.csv")
    Path("by_mail").mkdir()
    Path("by_mail/u013@uni.example.ipynb").write_bytes(made["right"])
    said = run(grade.replace("submissions.zip", "by_mail") + "roster.csv")
    assert "stay as they are" in said
    mark_all(Path("results"))
    run("take-in results")
    said = run(back)
    assert upload(course, homework, "results", without_page={ids[13]}) == {
        ids[11]: 88 - 20,  # two days have begun
        ids[0]: 84 - 10,
        ids[3]: 83 + 3,
        ids[13]: 88,
    }
    assert "had another grade there, which is replaced: Ames, Alice (20000), Smith" in said
    rows = read_nbgrader_export(Path("results/nbgrader.csv").read_bytes())
    assert len(rows) == SIZE and rows["hw1", str(ids[0])]["score"] == "74.0"

    # Other points: a question is worth two less, a written one two more.
    change_points(monkeypatch)
    assert "Give a new folder" in run(grade + "roster.csv", refused=True)
    anew = grade.replace("--out results", "--out anew --earlier results") + "roster.csv"
    assert "--if-maximum-changed" in run(anew, refused=True)
    run(anew + " --if-maximum-changed scale")
    run(anew.replace("submissions.zip", "by_mail") + " --if-maximum-changed scale")
    Path("anew/override.csv").write_bytes(Path("results/override.csv").read_bytes())
    run("take-in anew")
    Path("gradebook.csv").write_bytes(course.gradebook())
    run("hand-back anew --canvas gradebook.csv")
    changed = upload(course, homework, "anew", without_page={ids[13]})
    # 8 in place of 10 points, and 4.8 of 12 in place of 4 of 10.
    assert changed[ids[4]] == changed[ids[13]] == pytest.approx(88 - 2 + 0.8)


def with_times(table: str, other: str, times: dict[int, str]) -> None:
    """A copy of the gradebook with a column more, for `--roster`."""
    with open(table, encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    at = header.index("ID")
    with open(other, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow([*header, "submitted_at"])
        for row in rows:
            time = times.get(int(row[at]), "") if row[at] else ""
            csv.writer(file).writerow([*row, time])


def upload(course, homework, results, without_page=frozenset()) -> dict[int, float]:
    """Both files to Canvas, and whether everybody finds a page of their own."""
    folder = Path(results) / "hand-back"
    changed = course.import_gradebook((folder / "canvas-gradebook.csv").read_bytes())
    pages = course.import_feedback(homework, (folder / "canvas-feedback.zip").read_bytes())
    files = {student for student, handed in homework.submissions.items() if handed.attachments}
    assert set(pages) == files - without_page
    for student, found in pages.items():
        assert any(f"<bdi>{student}</bdi>".encode() in page for page in found.values())
    assert {key for key, _ in changed} <= {homework.id}
    return {student: grade for (_, student), grade in changed.items()}


def change_points(monkeypatch) -> None:
    load = assignments.load

    def changed(name):
        old = load(name)
        first, *others = old.questions
        parts = [*first.parts[:-1], replace(first.parts[-1], points=first.parts[-1].points - 2)]
        written = next(q for q in others if not hasattr(q, "parts"))
        others[others.index(written)] = replace(written, points=written.points + 2)
        return replace(old, questions=[replace(first, parts=parts), *others])

    monkeypatch.setattr(assignments, "load", changed)
    # It is taken of the files, which stay as they are here.
    monkeypatch.setattr(whole_class, "_rubric_digest", lambda *a: "another")


@pytest.mark.parametrize("in_folders", [True, False])
def test_homework_2_on_moodle_in_german(run, in_folders):
    homework = term_class.moodle_class(SIZE, language=moodle_assignment.GERMAN)
    ids = [person.id for person in homework.participants]
    Path("Bewertungen.csv").write_bytes(homework.worksheet())
    Path("hw2.zip").write_bytes(homework.submissions_zip(in_folders=in_folders))
    grade = "grade hw2.zip --assignment hw2 --out results --roster Bewertungen.csv --late late.toml"
    back = "hand-back results --moodle Bewertungen.csv"
    run(grade)
    mark_all(Path("results"))
    run("take-in results")
    run(back)
    folder = Path("results/hand-back")
    wanted = {ids[n]: POINTS["hw2"][kind] for n, kind in kinds().items() if kind in POINTS["hw2"]}
    sheet = (folder / "moodle-worksheet.csv").read_bytes()
    assert homework.import_worksheet(sheet, NOW) == wanted, "number 4 has an extension"
    pages = homework.import_feedback((folder / "moodle-feedback.zip").read_bytes())
    assert set(pages) == set(homework.submissions)
    for number, files in pages.items():
        assert f"<bdi>{number}</bdi>".encode() in files["hw2-feedback.html"]

    made = term_class.notebooks("hw2")
    two_days = term_class.DUE + timedelta(hours=40)
    for number, kind in ((ids[11], "right"), (ids[0], "one wrong")):
        files = {"hw2.ipynb": made[kind]}
        homework.submissions[number] = moodle_assignment.Submission(files, two_days)
    Path("Bewertungen.csv").write_bytes(homework.worksheet())
    Path("hw2.zip").write_bytes(homework.submissions_zip(in_folders=in_folders))
    Path("results/override.csv").write_text(
        f"student,question,points,reason\n{ids[13]},2,12,read by hand\n"
    )
    run(grade)
    mark_all(Path("results"))
    run("take-in results")
    said = run(back)
    assert "2 had been graded, and the worksheet is not in English" in said
    sheet = (folder / "moodle-worksheet.csv").read_bytes()
    with pytest.raises(Refused, match="was modified since"):
        homework.import_worksheet(sheet, NOW)
    changed = homework.import_worksheet(sheet, NOW, ignore_modified=True)
    assert changed == {ids[11]: 88 - 20, ids[0]: 84.5 - 20, ids[13]: 12 - 10}
    homework.import_feedback((folder / "moodle-feedback.zip").read_bytes())
