"""What `course-grading inventory` writes, and what it must not tell."""

import io
import shutil
import zipfile
from pathlib import PurePosixPath
from xml.etree import ElementTree

import pytest
from made_up_class import drawn, write
from tiers import thinned

from course_grading.command_line import main
from course_grading.inventory import moodle, qti12, qti21
from course_grading.inventory.asked_again import asked_again
from course_grading.inventory.forms import form
from course_grading.inventory.markup import elements, html
from course_grading.inventory.question import Choice, Option, WholeNumber
from course_grading.publishing import release

FILES = {
    *("answers.csv", "key.html", "recall.moodle.xml", "recall.qti12.zip", "recall.qti21.zip"),
    *(f"form_{name}.{kind}" for name in "AB"
      for kind in ("html", "moodle.xml", "qti12.zip", "qti21.zip")),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("inventory")
    assert main(["inventory", "write", "--out", str(made / "a")]) == 0
    assert main(["inventory", "write", "--out", str(made / "b")]) == 0
    return made


def test_everything_is_written_and_twice_the_same(folder):
    assert {path.name for path in (folder / "a").iterdir()} == FILES
    for name in FILES:
        assert (folder / "a" / name).read_bytes() == (folder / "b" / name).read_bytes()
        assert (folder / "a" / name).stat().st_mode & 0o077 == 0  # the owner's alone


def contents(path):
    """All texts of a file, those in a zip too."""
    if path.suffix != ".zip":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


@pytest.mark.parametrize("name", ["A", "B"])
def test_students_are_told_neither_key_nor_ideas(folder, name):
    paper = contents(folder / "a" / f"form_{name}.html")
    files = [paper, *(contents(folder / "a" / f"form_{name}.{kind}.zip")
                      for kind in ("qti12", "qti21"))]  # fmt: skip
    bank = contents(folder / "a" / f"form_{name}.moodle.xml")
    for question in form(name):
        for option in question.options:
            assert not option.slip or all(option.slip not in text for text in [*files, bank])
        if not any(question.title in each.text for each in form(name)):  # in Moodle: for teachers
            assert all(question.title not in text for text in files)


def test_the_paper_has_all_questions_and_loads_nothing(folder):
    paper = contents(folder / "a" / "form_A.html")
    for question in form("A"):
        assert html(question.text).removeprefix("<p>")[:40] in paper
        assert all(f"</b> {option.text}</li>" in paper for option in question.options)
    assert "http" not in paper.replace("http-equiv", "")


def test_the_key_is_that_of_the_forms(folder):
    key = contents(folder / "a" / "key.html")
    for name in "AB":
        for number, question in enumerate(form(name), start=1):
            assert f"{number}. {question.title}: {question.key}".replace("'", "&#39;") in key


@pytest.mark.all
def test_forms_key_and_tables_are_kept_from_students_trees(folder, tmp_path):
    files = [*(folder / "a").iterdir(), write(tmp_path / "before.csv", drawn(3, (0.3,))[0])]
    assert main(["inventory", "evaluate", *map(str, [files[-1], copy(files[-1])]),
                 "--out", str(tmp_path / "class.html")]) == 0  # fmt: skip
    for file in [*files, tmp_path / "class.html"]:
        planted = {PurePosixPath("docs/e", file.name): file.read_bytes()}
        assert release.find_problems(planted, {}), file.name


def copy(path):
    return shutil.copy(path, path.with_name(f"copy of {path.name}"))


# ---------------------------------------------------------------- the commands


def run(capsys, *arguments):
    code = main(["inventory", *map(str, arguments)])
    return code, capsys.readouterr()


def test_evaluate(tmp_path, capsys):
    sheets = drawn(12, (0.3, 0.7, 0.6))
    files = [write(tmp_path / f"{i}.csv", sheet) for i, sheet in enumerate(sheets)]
    code, said = run(capsys, "evaluate", *files, "--out", tmp_path / "page.html")
    assert code == 0 and "12 students" in said.out and "Two weeks later" in said.out
    assert "two weeks later" in (tmp_path / "page.html").read_text(encoding="utf-8")
    code, said = run(capsys, "evaluate", *files[:2], "--out", tmp_path / "two.html")
    assert code == 0 and "wo weeks later" not in (tmp_path / "two.html").read_text(encoding="utf-8")


def test_evaluate_says_what_is_wrong_and_writes_nothing(tmp_path, capsys):
    before, after = drawn(3, (0.3, 0.7))
    files = [write(tmp_path / "before.csv", before), write(tmp_path / "after.csv", after)]
    with open(files[1], "a", encoding="utf-8") as file:
        file.write("s99,A" + ",Z" * 20 + "\n")
    code, said = run(capsys, "evaluate", *files, "--out", tmp_path / "page.html")
    assert code == 1 and "after.csv, line 5: the answer of s99 to question 1 is “Z”" in said.err
    assert not (tmp_path / "page.html").exists()


def state(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.all
@pytest.mark.parametrize("name", thinned(["answers.csv", "key.html", "form_A.qti12.zip"], 3))
def test_what_a_class_had_is_not_overwritten(folder, tmp_path, capsys, name):
    shutil.copytree(folder / "a", tmp_path / "a")
    assert run(capsys, "write", "--out", tmp_path / "a")[0] == 0  # the same once more
    with (tmp_path / "a" / name).open("ab") as file:
        file.write(b"\xff s1,A,B")
    (tmp_path / "a" / ("form_B.html" if name != "form_B.html" else "form_A.html")).unlink()
    before = state(tmp_path / "a")
    code, said = run(capsys, "write", "--out", tmp_path / "a")
    assert code == 1 and f"{name} is there, and has something else" in said.err
    assert state(tmp_path / "a") == before


@pytest.mark.parametrize("out", ["taken", "taken/x", "taken/x/y"])
def test_a_file_is_no_folder(tmp_path, capsys, out):
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    sentence = f"{tmp_path / 'taken'} is a file. Name a new folder."
    code, said = run(capsys, "write", "--out", tmp_path / out)
    assert code == 1 and said.err.strip().endswith(sentence)
    if out != "taken":
        files = [write(tmp_path / f"{i}.csv", each) for i, each in enumerate(drawn(3, (0.3, 0.7)))]
        code, said = run(capsys, "evaluate", *files, "--out", tmp_path / out)
        assert code == 1 and said.err.strip().endswith(sentence)
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"


def test_tables_and_other_files_are_not_taken_for_the_page(folder, tmp_path, capsys):
    files = [write(tmp_path / f"{i}.csv", each) for i, each in enumerate(drawn(3, (0.3, 0.7)))]
    shutil.copy(folder / "a" / "key.html", tmp_path)
    (tmp_path / "link.csv").symlink_to(files[0])
    (tmp_path / "other.csv").write_bytes(b"\xff")
    before = state(tmp_path)
    for out in (*files, tmp_path / "link.csv", tmp_path / ".." / tmp_path.name / "1.csv"):
        code, said = run(capsys, "evaluate", *files, "--out", out)
        assert code == 1 and "would be overwritten" in said.err
    for out in ("key.html", "other.csv"):
        code, said = run(capsys, "evaluate", *files, "--out", tmp_path / out)
        assert code == 1 and f"{out} is there, and is no page about a class" in said.err
    assert state(tmp_path) == before


def test_a_page_is_written_again_and_into_a_folder_that_is_made(tmp_path, capsys):
    files = [write(tmp_path / f"{i}.csv", each) for i, each in enumerate(drawn(3, (0.3, 0.7)))]
    page = tmp_path / "new" / "folder" / "class.html"
    for _ in range(2):
        assert run(capsys, "evaluate", *files, "--out", page)[0] == 0
    assert page.is_file()


def test_a_table_counts_for_one_time_only(tmp_path, capsys):
    files = [write(tmp_path / f"{i}.csv", each) for i, each in enumerate(drawn(3, (0.3, 0.7)))]
    (tmp_path / "link.csv").symlink_to(files[0])
    for given in (files[:1] * 2, [files[0], tmp_path / "link.csv"], [*files, files[0]]):
        code, said = run(capsys, "evaluate", *given, "--out", tmp_path / "page.html")
        assert code == 1 and "0.csv is given twice" in said.err
    assert not (tmp_path / "page.html").exists()


# ---------------------------------------------------------------- records of any kind

ANY = (
    Choice(
        "x-1", "t", "i", "Which of `a < b & c`?\n\n* a: `1 * 2 * 3`\n* b: *no* _mark_ <b>",
        (Option("`W.grad = h.T @ d`"), Option("a < b & c", "the sign")), "because",
    ),
    WholeNumber("2-x", "t", "i", "How many?", -7, ((7.0, "the sign"), (0.5, "half")), "because"),
)  # fmt: skip


def test_what_looks_like_markup_is_text():
    (asked,) = ElementTree.fromstring(moodle.moodle_xml(ANY[:1], "c", feedback=True)).iterfind(
        "question[@type='multichoice']/questiontext/text"
    )
    assert "&lt; b &amp; c" in asked.text and "&lt;b&gt;" in asked.text and "<b>" not in asked.text
    for files in (qti12.qti12(ANY, "n", "t", feedback=True), qti21.qti21(ANY, "n", "t")):
        with zipfile.ZipFile(io.BytesIO(files)) as archive:
            for name in archive.namelist():
                ElementTree.fromstring(archive.read(name))


def test_a_whole_number_in_moodle():
    """Which reads it as: exactly this, or a usual wrong one with its word."""
    root = ElementTree.fromstring(moodle.moodle_xml(ANY[1:], "c", feedback=True))
    (question,) = root.iterfind("question[@type='numerical']")
    read = [
        (each.get("fraction"), each.findtext("text"), each.findtext("tolerance"),
         each.findtext("feedback/text"))
        for each in question.iterfind("answer")
    ]  # fmt: skip
    assert read == [
        ("100", "-7", "0", ""),
        ("0", "7", "0", "<p>the sign</p>"),
        ("0", "0.5", "0", "<p>half</p>"),
    ]


def test_feedback_goes_only_where_it_is_wanted():
    for write_it in (
        lambda told: moodle.moodle_xml(ANY, "c", feedback=told),
        lambda told: qti12.quiz(ANY, "n", "t", told),
    ):
        assert b"the sign" in write_it(True) and b"because" in write_it(True)
        assert b"the sign" not in write_it(False) and b"because" not in write_it(False)


def test_code_is_copied_as_it_stands_and_equations_stay_together():
    (paragraph,) = elements("z = x W, `a = b`, and (−3, 4)")
    assert paragraph.text.startswith("z\u00a0=\u00a0x W") and paragraph[0].text == "a = b"
    assert paragraph[0].tail == ", and (−3,\u00a04)"


def test_the_tasks_of_the_lessons_are_questions():
    questions = asked_again()
    assert len(questions) == 33
    for question in questions:
        if isinstance(question, Choice):
            assert 3 <= len(question.options) <= 8 and question.because
    assert {type(question) for question in questions} == {Choice, WholeNumber}
    others = asked_again(1)
    assert [each.text for each in others] != [each.text for each in questions]


@pytest.mark.all
def test_all_draws_of_the_tasks_are_questions():
    for number in range(30):
        assert len(asked_again(number)) == 33


def test_students_get_none_of_it():
    listed = release.listed_files(release.ROOT)
    kept = [path for path in listed if "inventory" in str(path)]
    assert kept and all(release.is_withheld(path) for path in kept)
