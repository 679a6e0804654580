"""Tables of answers that are not as they should be: a sentence with file and line."""

import re
from pathlib import Path

import pytest

from course_grading.inventory.answers import HEADER, header, read_answers
from course_grading.inventory.forms import form, version


def line(student, name, letters):
    return ",".join([student, name, *letters])


RIGHT = {name: [question.key for question in form(name)] for name in "AB"}
HEAD = ",".join(HEADER)


def table(tmp_path, *lines, header=HEAD):
    path = tmp_path / "after.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def test_letters_in_either_case_and_empty_cells(tmp_path):
    letters = [RIGHT["B"][0].lower(), "", *RIGHT["B"][2:]]
    (answers,) = read_answers(table(tmp_path, "", line("s1", "b", letters))).values()
    assert answers.form == "B" and answers.letters[:2] == (RIGHT["B"][0], "")
    assert answers.right == (True, False, *[True] * 18) and answers.slips == ("",) * 20


def test_each_wrong_letter_stands_for_its_idea(tmp_path):
    wrong = ["ABCD"["DABC".index(key)] for key in RIGHT["A"]]  # the next one
    (answers,) = read_answers(table(tmp_path, line("s1", "A", wrong))).values()
    assert not any(answers.right)
    for question, letter, slip in zip(form("A"), wrong, answers.slips, strict=True):
        assert question.options["ABCD".index(letter)].slip == slip != ""


def test_table_of_other_forms_is_noticed(tmp_path):
    row = line("s1", "A", RIGHT["A"])
    assert header()[:-1] == HEADER
    for last in (header()[-1], header()[-1].upper(), "forms", "remark"):
        (answers,) = read_answers(table(tmp_path, row, header=f"{HEAD},{last}")).values()
        assert all(answers.right)
    other = "forms 000000" if version() != "000000" else "forms 000001"
    with pytest.raises(
        ValueError, match=rf"after\.csv: its header names the {other}, but .*{version()}"
    ):
        read_answers(table(tmp_path, row, header=f"{HEAD},{other}"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_row_in_the_guide_is_read(tmp_path, delimiter):
    guide = Path(__file__).parents[3] / "homework" / "inventory.md"
    (rows,) = re.findall(r"```\n(student,form,.*?)```", guide.read_text("utf-8"), re.DOTALL)
    head, row = rows.replace(",", delimiter).splitlines()
    ((student, answers),) = read_answers(table(tmp_path, row, header=head)).items()
    assert (student, answers.form, answers.letters[1:3]) == ("17", "B", ("A", ""))


@pytest.mark.parametrize("names", ["q{}", "Q{:02}", "question {}", "Item_{}"])
def test_columns_as_platforms_call_them(tmp_path, names):
    header = ",".join(["Student", "FORM", "group", *(names.format(n) for n in range(1, 21))])
    path = table(tmp_path, ",".join(["s1", "A", "x", *RIGHT["A"]]), header=header)
    assert all(read_answers(path)["s1"].right)


@pytest.mark.parametrize(
    ("header", "lines", "words"),
    [
        (HEAD, ["s1,A" + ",A" * 20, "s2,A" + ",A" * 20, "s1,B" + ",A" * 20],
         "after.csv, line 4: s1 is there twice, in line 2 too"),
        (HEAD, ["s1,C" + ",A" * 20], "line 2: the form of s1 is “C”; it is A or B"),
        (HEAD, ["s1," + ",A" * 20], "the form of s1 is “”"),
        (HEAD, ["s1,A,E" + ",A" * 19], "question 1 is “E”; it is a letter from A to D"),
        (HEAD, ["s1,A" + ",A" * 19 + ",AB"], "question 20 is “AB”"),
        (HEAD, ["s1,A,3" + ",A" * 19], "question 1 is “3”"),
        (HEAD, [",A" + ",A" * 20], "line 2: the student is missing"),
        (HEAD, [], "no student below its header"),
        (HEAD.replace(",7,", ",70,"), ["s1,A"], "the column 7 is missing"),
        (HEAD.replace("form", "sheet"), ["s1,A"], "the column form is missing"),
        (HEAD.replace(",7,", ",6,"), ["s1,A"], "the column 6 is there 2 times"),
        (HEAD + ",21", ["s1,A"], "there is a column 21, but the questions are 1 to 20"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path, header, lines, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        read_answers(table(tmp_path, *lines, header=header))


def test_no_such_file(tmp_path):
    with pytest.raises(ValueError, match=r"table of answers .* is not there"):
        read_answers(tmp_path / "none.csv")
