"""Written answers out to a person and their marks back in: nothing a person did is lost."""

import csv
import html
import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_records import AVERAGE, RUN, SATURATED, missing, not_run, sample
from test_feedback import read as read_page
from test_feedback import said_by

from course_grading.intake.notebook import Picture
from course_grading.results.folder import Results
from course_grading.results.record import Found, Record
from course_grading.results.report import report
from course_grading.results.written import (
    COLUMNS,
    MOST_ANSWER,
    SOURCES,
    Asked,
    answer_id,
    asked,
    export,
    take_in,
    text_id,
)


def homework(student: str, text: str | None, name: str = "hw1") -> Record:
    """A record of a true homework, with its two written questions."""
    written = tuple(replace(AVERAGE, number=i, grade_id=f"{name}-q{i}", text=text) for i in (7, 8))
    return sample(student, assignment=name, written=written)


Filled = dict[tuple[str, str], tuple[str, str]]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def fill_in(
    path: Path, marks: Filled, *, delimiter: str = ",", encoding: str = "utf-8-sig"
) -> None:
    """As a spreadsheet saves it: marks are (student, question) → (points, comment)."""
    everything = rows(path)
    left = dict(marks)
    for row in everything:
        mark = left.pop((row["student_id"], row["question"][0]), None)
        if mark is not None:
            row["points"], row["comment"] = mark
    assert not left
    save(path, everything, delimiter=delimiter, encoding=encoding)


def save(
    path: Path,
    everything: list[dict[str, str]],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8-sig",
) -> None:
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, list(everything[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(everything)


CLASS = [sample("ayse"), sample("bora"), missing("can"), not_run("deniz")]
MARKS: Filled = {("ayse", "3"): ("10", "Good."), ("bora", "4"): ("7.5", "")}


class TestOut:
    def test_one_row_for_each_answer_question_by_question(self, tmp_path: Path) -> None:
        assert export(CLASS, tmp_path) == [tmp_path / "written.csv", tmp_path / "written.html"]
        exported = rows(tmp_path / "written.csv")
        assert tuple(exported[0]) == COLUMNS
        assert [(row["student_id"], row["question"]) for row in exported] == [
            ("ayse", "3. Why the average"),
            ("bora", "3. Why the average"),
            ("ayse", "4. What saturates"),
            ("bora", "4. What saturates"),
        ]
        assert {row["points"] for row in exported} == {""}
        assert exported[0]["max"] == "12.5"
        for name in ("written.csv", "written.html"):
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600

    def test_the_page_has_the_guide_and_all_answers(self, tmp_path: Path) -> None:
        export(CLASS, tmp_path)
        text = said_by((tmp_path / "written.html").read_text("utf-8").replace("article", "div"))
        assert text.count("GUIDE: says why") == 1
        assert text.count("Because of B.") == 2
        assert "Ayşe Yılmaz, bora" in text and answer_id(CLASS[1], AVERAGE) in text

    def test_the_page_has_the_question_and_the_model_answer(self, tmp_path: Path) -> None:
        export([homework("ayse", "<b>$V$</b>"), homework("bora", None)], tmp_path)
        text = (tmp_path / "written.html").read_text("utf-8")
        shown = said_by(text.replace("article", "div"))
        assert shown.count("## Question 7: Leave the activations out (10 points)") == 1
        assert "Show with the formulas that this is not so." in shown and "f ( z ) = 2 z" in shown
        assert shown.count("4 x W1 W2 W3: again x times one matrix") == 1
        assert "SOLUTION" not in shown and "<b> V </b>" in shown
        assert "Formulas between dollar signs are set." in shown
        assert shown.index("What is asked") < shown.index("A model answer") < shown.index("Guide")

    def test_without_the_source_the_page_does_without(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(asked, "__defaults__", (tmp_path / "no such folder",))
        export([homework("ayse", "V")], tmp_path)
        text = said_by((tmp_path / "written.html").read_text("utf-8").replace("article", "div"))
        assert "What is asked" not in text and "A model answer" not in text
        assert "Guide" in text and "V" in text

    @pytest.mark.parametrize("number", [1, 2, 3, 4])
    def test_no_model_answer_is_in_anything_but_this_page(
        self, tmp_path: Path, number: int
    ) -> None:
        """Not in the students' pages, nor in what they are made of."""
        name = f"hw{number}"
        of_source = asked(name)
        assert list(of_source) == [f"{name}-q7", f"{name}-q8"]
        records = [homework("ayse", "V", name), homework("bora", None, name)]
        with Results.open(tmp_path / "out", replace(RUN, assignment=name)) as results:
            results.finish(records)
            export(records, results.folder)
            path = results.folder / "written.csv"
            save(path, _with(rows(path), points="5"))
            results.finish(take_in(path, records))
        lines = [line for each in of_source.values() for line in each.answer.split("\n") if line]
        assert len(lines) >= 4
        for file in (tmp_path / "out").rglob("*"):
            if file.is_file():
                text = html.unescape(file.read_text("utf-8"))
                inside = [line for line in lines if line in text]
                assert inside == (lines if file.name == "written.html" else []), file

    def test_no_written_question_no_file(self, tmp_path: Path) -> None:
        assert export([sample(written=())], tmp_path) == []
        assert not list(tmp_path.iterdir())

    def test_anonymous_means_without_a_name_and_in_another_order(self, tmp_path: Path) -> None:
        students = [sample(f"student-{i:02}") for i in range(20)]
        export(students, tmp_path, anonymous=True)
        both = "".join(
            (tmp_path / f"written.{kind}").read_text("utf-8") for kind in ("csv", "html")
        )
        assert "student-" not in both and "Yılmaz" not in both
        order = [row["answer"] for row in rows(tmp_path / "written.csv")][:20]
        assert order != [answer_id(record, AVERAGE) for record in students]
        save(tmp_path / "written.csv", _with(rows(tmp_path / "written.csv"), points="1"))
        assert all(record.written_points == 2.0 for record in take_in_from(tmp_path, students))

    def test_names_stay_hidden_until_they_are_asked_for(self, tmp_path: Path) -> None:
        students = [sample("bora"), sample("ayse")]
        for anonymous, shown in ((None, True), (True, False), (None, False), (False, True)):
            export(students, tmp_path, anonymous=anonymous)
            text = (tmp_path / "written.html").read_text("utf-8")
            assert ("bora" in text) is shown
            assert ("bora" in (tmp_path / "written.csv").read_text("utf-8")) is shown

    @pytest.mark.parametrize("anonymous", [False, True])
    def test_equal_answers_stand_side_by_side(self, tmp_path: Path, anonymous: bool) -> None:
        same = "The loss is a mean, so the batch size cancels."
        variants = [same, f"  {same.upper()}\n", same.replace(",", "")]
        others = [f"It is {word} because of what happens." for word in ("so", "thus", "this", "it")]
        texts = [variants[0], *others[:2], variants[1], *others[2:], variants[2], "Yes.", "Yes."]
        students = [
            sample(f"s{i}", written=(replace(AVERAGE, text=text),)) for i, text in enumerate(texts)
        ]
        export(students, tmp_path, anonymous=anonymous)
        copied = {answer_id(students[i], students[i].written[0]) for i in (0, 3, 6)}
        order = [row["answer"] for row in rows(tmp_path / "written.csv")]
        places = [order.index(name) for name in copied]
        assert max(places) - min(places) == 2
        page = (tmp_path / "written.html").read_text("utf-8")
        assert page.count("The same words as 2 other") == 3
        assert [page.index(f">{name}<") for name in order] == sorted(
            page.index(f">{name}<") for name in order
        )
        made = report(students, RUN, Found())
        assert made["written"][0]["equal"] == [["s0", "s3", "s6"]]

    def test_pictures_are_shown_and_nothing_else_is(self, tmp_path: Path) -> None:
        picture = Picture('a".png', "image/png", "iVBORw0KGgo=")
        only = replace(AVERAGE, text=None, pictures=(picture,))
        export([sample(written=(only, SATURATED))], tmp_path)
        page = (tmp_path / "written.html").read_text("utf-8")
        assert page.count("<img") == 1
        assert 'src="data:image/png;base64,iVBORw0KGgo="' in page and 'alt="a&#34;.png"' in page
        row = rows(tmp_path / "written.csv")[0]
        assert (row["points"], row["note"]) == ("", "")
        assert text_id(only) != text_id(replace(only, pictures=())), "it is part of the answer"

    def test_an_answer_that_is_not_there_has_0_points_which_can_be_changed(
        self, tmp_path: Path
    ) -> None:
        nothing = [sample(written=(replace(AVERAGE, text="  "), replace(SATURATED, text=None)))]
        export(nothing, tmp_path)
        assert [row["points"] for row in rows(tmp_path / "written.csv")] == ["0.0", "0.0"]
        assert rows(tmp_path / "written.csv")[0]["note"] == "no answer in the notebook"
        fill_in(tmp_path / "written.csv", {("ayse", "3"): ("2", "It was in another cell.")})
        assert take_in_from(tmp_path, nothing)[0].written_points == 2.0

    def test_what_students_write_is_no_formula_and_no_markup(self, tmp_path: Path) -> None:
        evil = '</div><script>alert(1)</script>=HYPERLINK("x")\x1b[31m\u202e\ud800\x00'
        records = [
            sample(evil, key="k", name=evil, written=(replace(AVERAGE, text=evil, title=evil),)),
            sample("=1+1", key="l", written=(AVERAGE,)),
        ]
        export(records, tmp_path)
        text = (tmp_path / "written.html").read_text("utf-8")
        assert "<script" not in text and "\x1b" not in text and "\u202e" not in text
        read_page(text.replace("article", "div"))
        cells = [value for row in rows(tmp_path / "written.csv") for value in row.values()]
        assert not [value for value in cells if value.startswith(("=", "+", "-", "@"))]

    def test_a_very_long_answer_is_cut_and_that_is_said(self, tmp_path: Path) -> None:
        export([sample(written=(replace(AVERAGE, text="long " * 200_000),))], tmp_path)
        text = (tmp_path / "written.html").read_text("utf-8")
        assert len(text) < MOST_ANSWER + 20_000
        assert "… (cut)" in text and "The rest of it is in the notebook." in text


def _with(everything: list[dict[str, str]], **values: str) -> list[dict[str, str]]:
    return [{**row, **values} for row in everything]


def take_in_from(folder: Path, records: list[Record]) -> list[Record]:
    return take_in(folder / "written.csv", records)


class TestBackIn:
    def test_points_and_comments_come_into_the_records(self, tmp_path: Path) -> None:
        export(CLASS, tmp_path)
        fill_in(tmp_path / "written.csv", MARKS)
        ayse, bora, can, deniz = take_in_from(tmp_path, CLASS)
        assert ayse.written[0].points == 10.0 and ayse.written[0].comment == "Good."
        assert ayse.written[1].open and bora.written[0].open
        assert bora.written[1].points == 7.5
        assert (can, deniz) == (CLASS[2], CLASS[3])

    @pytest.mark.parametrize("delimiter", [";", "\t", ","])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    def test_as_spreadsheets_save_it(self, tmp_path: Path, delimiter: str, encoding: str) -> None:
        export(CLASS, tmp_path)
        marks: Filled = {("ayse", "3"): ("7,5", "Schön; fast, ganz"), ("bora", "3"): (" 7.5 ", "")}
        fill_in(tmp_path / "written.csv", marks, delimiter=delimiter, encoding=encoding)
        ayse, bora, *_ = take_in_from(tmp_path, CLASS)
        assert ayse.written[0].points == bora.written[0].points == 7.5
        assert ayse.written[0].comment == "Schön; fast, ganz"

    @pytest.mark.parametrize(
        "points",
        ["-1", "nan", "inf", "12.6", "1e1", "ten", "7/10", "7 5", "0x5", "²", "٧", "1_0", "9" * 99],
    )
    def test_what_is_no_number_of_points_is_refused_with_its_row(
        self, tmp_path: Path, points: str
    ) -> None:
        export(CLASS, tmp_path)
        fill_in(tmp_path / "written.csv", {("bora", "3"): (points, "")})
        with pytest.raises(ValueError, match=r"row 3: points are a number from 0 to 12\.5"):
            take_in_from(tmp_path, CLASS)

    def test_all_wrong_rows_are_told_at_once(self, tmp_path: Path) -> None:
        export(CLASS, tmp_path)
        path = tmp_path / "written.csv"
        everything = rows(path)
        everything[0]["answer"] = "hw2-q3/0123456789ab"
        everything[1]["answer"] = "hw9-q1/0123456789ab"
        everything[2]["text"], everything[2]["points"] = "", "1"
        everything.append(everything[3])
        save(path, everything)
        with pytest.raises(ValueError) as refusal:
            take_in(path, CLASS)
        text = str(refusal.value)
        assert "row 2: no student of this run has the answer 'hw2-q3/0123456789ab'" in text
        assert "row 3: 'hw9-q1/0123456789ab' is not an answer to a written question" in text
        assert "the written questions are hw2-q3, hw2-q4" in text
        assert "row 4: the column text is empty" in text
        assert "row 6: " in text and "is in row 5 already" in text

    def test_points_are_rounded_to_what_is_shown(self, tmp_path: Path) -> None:
        export(CLASS, tmp_path)
        path = tmp_path / "written.csv"
        fill_in(path, {("ayse", "3"): ("3.333333", ""), ("bora", "3"): ("12.4999", "")})
        ayse, bora, *_ = marked = take_in(path, CLASS)
        assert (ayse.written[0].points, bora.written[0].points) == (3.33, 12.5)
        export(marked, tmp_path, just_taken_in=True)
        assert not list(tmp_path.glob("written-kept-*"))

    def test_not_all_of_a_thousand_errors_are_told(self, tmp_path: Path) -> None:
        students = [sample(f"s{i}") for i in range(50)]
        export(students, tmp_path)
        save(tmp_path / "written.csv", _with(rows(tmp_path / "written.csv"), points="x"))
        with pytest.raises(ValueError, match="and 80 more"):
            take_in_from(tmp_path, students)

    def test_missing_rows_stay_as_they_are_and_an_empty_cell_is_open(self, tmp_path: Path) -> None:
        export(CLASS, tmp_path)
        path = tmp_path / "written.csv"
        fill_in(path, MARKS)
        marked = take_in(path, CLASS)
        save(path, rows(path)[1:])
        assert take_in(path, marked) == marked
        assert take_in(path, CLASS)[0].written[0].open
        save(path, _with(rows(path), points=" "))
        assert take_in(path, marked)[1].written[1].open

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "lacks the columns answer, points, comment, text"),
            (b"answer,points,text\n", "lacks the column comment"),
            (b'answer,points,comment,text\n"a"b,1,,\n', "not a CSV file"),
            (b"answer,points,comment,text\nhw2-q3/x,7,5,,text-1\n", "row 2: 5 cells .* Write 7.5"),
            (b"\xff\xfe\x00", "lacks the columns"),
            (b"\x00\x01\x02", "lacks the columns"),
        ],
    )
    def test_a_file_of_another_kind_is_refused(
        self, tmp_path: Path, content: bytes, words: str
    ) -> None:
        (tmp_path / "written.csv").write_bytes(content)
        with pytest.raises(ValueError, match=words):
            take_in_from(tmp_path, CLASS)

    def test_no_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="cannot be read: No such file"):
            take_in_from(tmp_path, CLASS)
        with pytest.raises(ValueError, match="cannot be read"):
            take_in(tmp_path, CLASS)


class TestAgain:
    def test_exporting_again_keeps_what_a_person_has_filled_in(self, tmp_path: Path) -> None:
        path = tmp_path / "written.csv"
        export(CLASS, tmp_path)
        fill_in(path, {**MARKS, ("bora", "3"): ("7?", "=ask -Ali"), ("ayse", "4"): ("", "- no")})
        before = {row["answer"]: (row["points"], row["comment"]) for row in rows(path)}
        for _ in range(3):
            export(CLASS, tmp_path)
        after = {row["answer"]: (row["points"], row["comment"]) for row in rows(path)}
        assert after == {
            answer: (
                {"10": "10.0"}.get(points, points),
                {"=ask -Ali": "'=ask -Ali", "- no": "'- no"}.get(comment, comment),
            )
            for answer, (points, comment) in before.items()
        }
        assert not list(tmp_path.glob("written-kept-*"))
        [bora] = [record for record in CLASS if record.student == "bora"]
        fill_in(path, {("bora", "3"): ("7", "'=ask -Ali")})
        taken = {record.student: record for record in take_in(path, CLASS)}
        assert taken[bora.student].written[0].comment == "=ask -Ali"

    def test_marks_in_the_records_are_exported_if_there_is_no_file(self, tmp_path: Path) -> None:
        export([sample(written=(replace(AVERAGE, points=3.0, comment="why?"),))], tmp_path)
        [row] = rows(tmp_path / "written.csv")
        assert (row["points"], row["comment"]) == ("3.0", "why?")

    def test_points_for_another_text_are_not_kept_silently(self, tmp_path: Path) -> None:
        path = tmp_path / "written.csv"
        export(CLASS, tmp_path)
        fill_in(path, MARKS)
        changed = [sample("ayse", written=(replace(AVERAGE, text="Other."), SATURATED)), *CLASS[1:]]
        ayse, bora, *_ = take_in(path, changed)
        assert ayse.written[0].open and ayse.written[0].comment == ""
        assert ayse.written[0].changed and ayse.notes == ()
        assert ayse.said == (
            "Question 3: the answer was changed after it was marked, so it is to be marked again.",
        )
        assert bora.written[1].points == 7.5

        written = export([ayse, bora, *changed[2:]], tmp_path)
        kept = tmp_path / "written-kept-1.csv"
        assert written[0] == kept and rows(kept)[0]["points"] == "10"
        row = rows(path)[0]
        assert row["points"] == ""
        assert row["note"] == "answer changed since marked; before: 10 points, Good."
        assert export([ayse, bora], tmp_path)[0] == path  # nothing is lost any more
        assert rows(path)[0]["note"] == row["note"]

        fill_in(path, {("ayse", "3"): ("12", "")})
        [again, _] = take_in(path, [ayse, bora])
        assert again.written[0].points == 12.0 and again.said == ()

    def test_an_answer_that_came_later_is_simply_open(self, tmp_path: Path) -> None:
        export([sample(written=(replace(AVERAGE, text=None),))], tmp_path)
        later = [sample(written=(AVERAGE,))]
        [record] = take_in_from(tmp_path, later)
        assert record.written[0].open and record.said == ()
        export(later, tmp_path)
        [row] = rows(tmp_path / "written.csv")
        assert (row["points"], row["note"]) == ("", "")
        assert not list(tmp_path.glob("written-kept-*"))

    @pytest.mark.parametrize("lost", ["student", "column", "damage"])
    def test_a_file_that_cannot_be_taken_over_is_kept_beside(
        self, tmp_path: Path, lost: str
    ) -> None:
        path = tmp_path / "written.csv"
        export(CLASS, tmp_path)
        fill_in(path, MARKS)
        records = CLASS
        if lost == "student":
            records = CLASS[1:]
        elif lost == "column":
            save(path, _with(rows(path), my_remark="look again"))
        else:
            path.write_bytes(path.read_bytes()[:-20] + b'"')
        before = path.read_bytes()
        export(records, tmp_path)
        assert (tmp_path / "written-kept-1.csv").read_bytes() == before
        assert len(rows(path)) == (2 if lost == "student" else 4)
        export(records, tmp_path)
        assert not (tmp_path / "written-kept-2.csv").exists()

    def test_the_marks_of_two_people_come_together(self, tmp_path: Path) -> None:
        """Each fills in a copy; the copy that is taken in is newer than what is in the folder."""
        path, copy = tmp_path / "written.csv", tmp_path / "copy.csv"
        export(CLASS, tmp_path)
        copy.write_bytes(path.read_bytes())
        fill_in(path, {("ayse", "3"): ("7", ""), ("ayse", "4"): ("1", "")})
        fill_in(copy, {("ayse", "3"): ("8", "better"), ("bora", "3"): ("9", "")})
        marked = take_in(copy, CLASS)
        export(marked, tmp_path, just_taken_in=True)
        assert [row["points"] for row in rows(path)] == ["8.0", "9.0", "1.0", ""]
        assert rows(tmp_path / "written-kept-1.csv")[0]["points"] == "7"
        fill_in(path, {("ayse", "3"): ("6", "")})
        export(marked, tmp_path)
        assert rows(path)[0]["points"] == "6.0"

    def test_a_link_in_its_place_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "mine").write_text("mine")
        (tmp_path / "written.csv").symlink_to(tmp_path / "mine")
        with pytest.raises(OSError, match="symbolic link"):
            export(CLASS, tmp_path)
        assert (tmp_path / "mine").read_text() == "mine"

    def test_the_whole_way_from_a_run_to_the_final_grade(self, tmp_path: Path) -> None:
        with Results.open(tmp_path / "out", RUN) as results:
            results.finish(CLASS)
            export(CLASS, tmp_path / "out")
        path = tmp_path / "out" / "written.csv"
        save(path, _with(rows(path), points="5", comment="Read again: the average."))
        with Results.reopen(tmp_path / "out") as results:
            results.finish(take_in(path, results.records()))
        grades = {row["student_id"]: row for row in rows(tmp_path / "out" / "grades.csv")}
        assert grades["ayse"]["total"] == "60.0" and grades["can"]["total"] == "0.0"
        text = (tmp_path / "out" / "feedback" / "ayse.html").read_text("utf-8")
        assert "Read again: the average." in text and "GUIDE" not in text


@pytest.mark.all
@settings(max_examples=60, deadline=None)
@given(comment=st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=30))
def test_any_comment_comes_through(tmp_path_factory: pytest.TempPathFactory, comment: str) -> None:
    folder = tmp_path_factory.mktemp("written")
    marked = [sample(written=(replace(AVERAGE, points=3.0, comment=comment),))]
    export(marked, folder)
    export(marked, folder)
    assert take_in_from(folder, [sample(written=(AVERAGE,))]) == marked


# ------------------------------------------------- what was asked, out of a homework's source


def source(folder: Path, *cells: tuple[str, str, str | None]) -> Path:
    (folder / "hw9").mkdir(exist_ok=True)
    content = {
        "cells": [
            {
                "cell_type": kind,
                "source": text,
                "metadata": {"nbgrader": {"grade_id": grade_id}} if grade_id else {},
            }
            for kind, text, grade_id in cells
        ]
    }
    (folder / "hw9" / "hw9.ipynb").write_text(json.dumps(content), encoding="utf-8")
    return folder


MODEL_ANSWER = "**Answer.**\n\n### BEGIN SOLUTION\nbecause\n\nof it\n### END SOLUTION"


def test_the_text_from_the_heading_to_the_answer(tmp_path: Path) -> None:
    source(
        tmp_path,
        ("markdown", "## Question 1: Code\n\nWrite f.", None),
        ("code", "### BEGIN SOLUTION\nf = 1\n### END SOLUTION", "hw9-q1"),
        ("markdown", "a remark\n\n## Question 2: Why?\n\nSay why.", None),
        ("code", "show()", None),
        ("markdown", "Look at the figure.", None),
        ("markdown", MODEL_ANSWER, "hw9-q2"),
    )
    text = "## Question 2: Why?\n\nSay why.\n\nLook at the figure."
    assert asked("hw9", tmp_path) == {"hw9-q2": Asked(text, "because\n\nof it")}


def test_an_answer_without_a_question_above_it(tmp_path: Path) -> None:
    source(tmp_path, ("markdown", "words", None), ("markdown", MODEL_ANSWER, "q"))
    assert asked("hw9", tmp_path) == {"q": Asked("", "because\n\nof it")}


@pytest.mark.parametrize("name", ["hw8", "../hw9", "hw9/", ""])
def test_no_source_nothing_known(tmp_path: Path, name: str) -> None:
    source(tmp_path, ("markdown", MODEL_ANSWER, "q"))
    assert asked(name, tmp_path) == {}


def test_a_source_that_is_no_notebook(tmp_path: Path) -> None:
    source(tmp_path)
    (tmp_path / "hw9" / "hw9.ipynb").write_text("oops")
    assert asked("hw9", tmp_path) == {}


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_those_of_the_course(number: int) -> None:
    name = f"hw{number}"
    of_source = asked(name)
    assert list(of_source) == [f"{name}-q7", f"{name}-q8"]
    for i, each in enumerate(of_source.values(), 7):
        assert each.text.startswith(f"## Question {i}: ") and "points)" in each.text
        assert each.text.endswith("lines are enough.")
        assert "SOLUTION" not in each.text + each.answer and len(each.answer) > 300
    assert SOURCES.is_dir()
