"""What is written from the records: whole files whatever happens, and no formula in a cell."""

import csv
import io
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_records import AVERAGE, RUN, SATURATED, SLIP, missing, not_run, sample

from course_grading.results.folder import (
    NBGRADER_COLUMNS,
    Found,
    Results,
    cell,
    grades_table,
    nbgrader_table,
    plain,
    report,
    write_atomically,
)


def rows(path: Path) -> list[dict[str, str]]:
    """As an instructor's own script reads it."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


class TestWriting:
    def test_writes_and_replaces_for_the_owner_only(self, tmp_path: Path) -> None:
        path = tmp_path / "grades.csv"
        write_atomically(path, "old")
        write_atomically(path, "new ş")
        assert path.read_text("utf-8") == "new ş"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert os.listdir(tmp_path) == ["grades.csv"]

    def test_a_symbolic_link_is_refused_and_its_target_left(self, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.write_text("mine")
        (tmp_path / "grades.csv").symlink_to(elsewhere)
        with pytest.raises(OSError, match="symbolic link"):
            write_atomically(tmp_path / "grades.csv", "x")
        (tmp_path / "nowhere.csv").symlink_to(tmp_path / "not there")
        with pytest.raises(OSError, match="symbolic link"):
            write_atomically(tmp_path / "nowhere.csv", "x")
        assert elsewhere.read_text() == "mine"

    def test_a_folder_or_a_pipe_is_refused(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for path in (tmp_path, tmp_path / "pipe"):
            with pytest.raises(OSError, match="not a plain file"):
                write_atomically(path, "x")

    def test_a_failure_leaves_the_old_file_and_nothing_else(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "grades.csv"
        write_atomically(path, "old")

        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_atomically(path, "new")
        assert path.read_text() == "old"
        assert os.listdir(tmp_path) == ["grades.csv"]


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

    @given(st.lists(st.from_regex(r"[=+@;,'\"A-Za-z0-9ş.-]{1,12}", fullmatch=True), unique=True))
    def test_ids_come_back(self, ids: list[str]) -> None:
        records = [sample(student, key=f"k{i}") for i, student in enumerate(ids)]
        for text in (grades_table(records), nbgrader_table(records)):
            assert [plain(row["student_id"]) for row in rows_of(text)] == ids


class TestTables:
    def test_everybody_is_in_it_whatever_happened(self, tmp_path: Path) -> None:
        everybody = [
            sample("ayse"),
            missing("bora"),
            not_run("can"),
            sample("deniz", status="partly graded", reason="question 2 ran too long."),
        ]
        with Results.open(tmp_path / "out", RUN) as results:
            results.finish(everybody)
        grades = rows(tmp_path / "out" / "grades.csv")
        assert [row["student_id"] for row in grades] == ["ayse", "bora", "can", "deniz"]
        assert [row["status"] for row in grades] == [record.status for record in everybody]
        assert [row["reason"] for row in grades] == [record.reason for record in everybody]
        assert [float(row["total_so_far"]) for row in grades] == [50.0, 0.0, 0.0, 50.0]
        for record in everybody:
            assert (tmp_path / "out" / "feedback" / f"{record.key}.html").is_file()
            assert (tmp_path / "out" / "records" / f"{record.key}.json").is_file()
        with (tmp_path / "out" / "nbgrader.csv").open(newline="") as file:
            assert len(list(csv.DictReader(file))) == 4

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

    def test_two_records_with_one_key_are_refused_before_anything_is_written(
        self, tmp_path: Path
    ) -> None:
        with Results.open(tmp_path / "out", RUN) as results:
            with pytest.raises(ValueError, match="same key, ayse"):
                results.finish([sample("ayse"), sample("other", key="ayse")])
            assert not list((tmp_path / "out").glob("*.csv"))


class TestReport:
    def test_it_counts_and_says_how_often_each_slip_was_said(self) -> None:
        marked = (replace(AVERAGE, points=10.0), replace(SATURATED, text=None))
        everybody = [
            sample("ayse", written=marked),
            sample("bora", seconds_late=3600.0, notes=("a note",)),
            missing("can"),
            not_run("deniz"),
        ]
        found = Found(("a problem",), ("a duplicate",), ("somebody unknown",))
        made = report(everybody, RUN, found)
        assert made["students"] == 4
        assert made["by_status"] == {
            "graded": 2,
            "partly graded": 0,
            "could not be run": 1,
            "missing": 1,
        }
        assert made["missing"] == ["can"]
        assert made["could_not_be_run"] == [{"student": "deniz", "reason": "the file is empty."}]
        assert made["late"] == [{"student": "bora", "hours": 1.0}]
        assert made["points"]["automatic"]["median"] == 50.0
        assert made["points"]["total"]["students"] == 1
        second = made["questions"][1]
        assert second["points"]["mean"] == 10.0 and second["out_of"] == 40.0
        assert second["parts"][0]["said"] == [{"words": SLIP, "students": 2}]
        average, saturated = made["written"]
        assert (average["marked"], average["to_mark"], average["not_answered"]) == (1, 1, 0)
        assert (saturated["marked"], saturated["to_mark"], saturated["not_answered"]) == (0, 1, 1)
        assert made["found"]["problems"] == ("a problem",)
        assert made["sandboxed"] is True

    def test_quartiles(self) -> None:
        part = sample().questions[0].parts[0]
        everybody = []
        for i, points in enumerate((0.0, 5.0, 10.0, 20.0)):
            question = replace(sample().questions[0], parts=(replace(part, points=points),))
            everybody.append(sample(f"s{i}", questions=(question,)))
        made = report(everybody, RUN, Found())["questions"][0]["points"]
        assert [made[name] for name in ("lowest", "lower_quartile", "median")] == [0.0, 3.75, 7.5]
        assert [made[name] for name in ("upper_quartile", "highest")] == [12.5, 20.0]

    def test_the_seed_is_in_a_file_of_the_owner_and_nowhere_else(self, tmp_path: Path) -> None:
        out = tmp_path / "out"
        with Results.open(out, RUN) as results:
            results.finish([sample("ayse")])
            assert str(RUN.seed) not in repr(results.run)
        holding = [
            path.relative_to(out)
            for path in out.rglob("*")
            if path.is_file() and str(RUN.seed) in path.read_text("utf-8")
        ]
        assert holding == [Path(".run.json")]
        assert stat.S_IMODE((out / ".run.json").stat().st_mode) == 0o600
        assert stat.S_IMODE(out.stat().st_mode) == 0o700

    def test_a_submission_that_was_run_without_a_sandbox_is_told(self) -> None:
        made = report([sample("ayse", sandboxed=False), sample("bora")], RUN, Found())
        assert made["sandboxed"] is False and made["without_sandbox"] == ["ayse"]

    def test_no_records_at_all(self) -> None:
        assert report([], RUN, Found())["points"]["total"]["mean"] is None


class TestRuns:
    def test_a_stopped_run_goes_on_with_its_seed_and_its_records(self, tmp_path: Path) -> None:
        with Results.open(tmp_path / "out", replace(RUN, seed=None)) as results:
            seed = results.run.seed
            assert seed is not None
            results.save(sample("ayse"))
        with Results.open(tmp_path / "out", replace(RUN, seed=None)) as results:
            assert results.run.seed == seed
            assert results.find("ayse", "d1") == sample("ayse")
            assert results.find("ayse", "another file") is None
            assert results.find("bora", "d1") is None

    def test_two_runs_have_two_seeds(self, tmp_path: Path) -> None:
        seeds = set()
        for name in ("a", "b"):
            with Results.open(tmp_path / name, replace(RUN, seed=None)) as results:
                seeds.add(results.run.seed)
        assert len(seeds) == 2

    @pytest.mark.parametrize(
        ("other", "words"),
        [
            (replace(RUN, assignment="hw3"), "results of hw2; this run is for hw3"),
            (replace(RUN, rubric="rubric-2"), "another version of the questions"),
            (replace(RUN, seed=1), "another seed"),
        ],
    )
    def test_another_run_is_refused(self, tmp_path: Path, other: object, words: str) -> None:
        Results.open(tmp_path / "out", RUN).close()
        with pytest.raises(ValueError, match=words):
            Results.open(tmp_path / "out", other)  # type: ignore[arg-type]
        Results.open(tmp_path / "out", RUN).close()  # and it is not held by what was refused

    def test_other_versions_are_told_in_the_report(self, tmp_path: Path) -> None:
        Results.open(tmp_path / "out", RUN).close()
        with Results.open(tmp_path / "out", replace(RUN, versions={"numpy": "2.5.0"})) as results:
            results.finish([sample()])
        [problem] = json.loads((tmp_path / "out" / "report.json").read_text())["found"]["problems"]
        assert "numpy 2.4.0" in problem and "numpy 2.5.0" in problem

    def test_a_folder_with_other_things_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "grades.csv").write_text("my own")
        with pytest.raises(ValueError, match="not empty"):
            Results.open(tmp_path, RUN)
        with pytest.raises(ValueError, match="is a file"):
            Results.open(tmp_path / "grades.csv", RUN)
        assert os.listdir(tmp_path) == ["grades.csv"]

    def test_a_damaged_run_is_refused(self, tmp_path: Path) -> None:
        Results.open(tmp_path, RUN).close()
        (tmp_path / ".run.json").write_text('{"assignment": "hw2"')
        with pytest.raises(ValueError, match=r"\.run\.json cannot be read"):
            Results.open(tmp_path, RUN)

    def test_a_folder_that_leads_elsewhere_is_refused(self, tmp_path: Path) -> None:
        Results.open(tmp_path / "out", RUN).close()
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "out" / "feedback").rmdir()
        (tmp_path / "out" / "feedback").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(ValueError, match="symbolic link"):
            Results.open(tmp_path / "out", RUN)

    def test_reopen_needs_a_run(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"no \.run\.json"):
            Results.reopen(tmp_path)
        Results.open(tmp_path, RUN).close()
        with Results.reopen(tmp_path) as results:
            assert results.run == RUN

    def test_a_second_run_at_the_same_time_is_refused(self, tmp_path: Path) -> None:
        code = """
            import sys
            from course_grading.results.folder import Results
            try:
                Results.reopen(sys.argv[1])
            except RuntimeError as error:
                print(error)
        """
        with Results.open(tmp_path, RUN):
            assert "another run is writing" in _python(code, tmp_path)
        assert _python(code, tmp_path) == ""

    @pytest.mark.parametrize("key", ["../x", "a/b", "", ".hidden", "a\0", "x" * 201, "ş", "a\n"])
    def test_a_key_that_could_lead_elsewhere_is_refused(self, tmp_path: Path, key: str) -> None:
        with Results.open(tmp_path / "out", RUN) as results:
            with pytest.raises(ValueError, match="not fit to name a file"):
                results.save(sample("ayse", key=key))
            assert results.find(key, "d1") is None
        assert os.listdir(tmp_path) == ["out"]

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "{",
            "[]",
            "null",
            "[" * 100_000,
            '{"student": 1}',
            json.dumps({**sample("ayse").as_json(), "status": "splendid"}),
            json.dumps({**sample("ayse").as_json(), "max_points": "many"}),
            json.dumps({**sample("ayse").as_json(), "max_points": float("nan")}),
            json.dumps({**sample("ayse").as_json(), "assignment": "hw3"}),
            json.dumps({**sample("ayse").as_json(), "key": "bora"}),
            json.dumps({**sample("ayse").as_json(), "questions": 3}),
        ],
    )
    def test_a_record_that_cannot_be_read_is_made_anew(self, tmp_path: Path, content: str) -> None:
        with Results.open(tmp_path, RUN) as results:
            results.save(sample("ayse"))
            path = tmp_path / "records" / "ayse.json"
            path.write_text(content)
            assert results.find("ayse", "d1") is None
            if "bora" not in content:
                with pytest.raises(ValueError, match=r"ayse\.json .* cannot be read"):
                    results.records()
            results.save(sample("ayse"))
            assert results.records() == [sample("ayse")]

    def test_a_record_that_is_a_pipe_does_not_hold_the_run(self, tmp_path: Path) -> None:
        with Results.open(tmp_path, RUN) as results:
            os.mkfifo(tmp_path / "records" / "ayse.json")
            assert results.find("ayse", "d1") is None

    def test_what_was_run_without_a_sandbox_is_run_again_in_one(self, tmp_path: Path) -> None:
        with Results.open(tmp_path, replace(RUN, sandbox="none")) as results:
            results.save(sample("ayse", sandboxed=False))
            assert results.find("ayse", "d1") is not None
        with Results.open(tmp_path, RUN) as results:
            assert results.find("ayse", "d1") is None

    def test_finish_without_findings_keeps_those_of_the_last_time(self, tmp_path: Path) -> None:
        with Results.open(tmp_path, RUN) as results:
            results.finish([sample()], Found(("a problem",), (), ("a stranger",)))
            results.finish(results.records())
        found = json.loads((tmp_path / "report.json").read_text())["found"]
        assert found == {"problems": ["a problem"], "duplicates": [], "unknown": ["a stranger"]}

    def test_a_record_with_any_text_comes_back(self, tmp_path: Path) -> None:
        wild = sample("ayse", name="\ud800\x00\u202e</script>", notes=("é\n\x1b[31m",))
        with Results.open(tmp_path, RUN) as results:
            results.finish([wild])
            assert results.find("ayse", "d1") == wild


def _python(code: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


WRITES_FOR_EVER = """
import sys
from dataclasses import replace
sys.path.insert(0, sys.argv[2])
from sample_records import RUN, sample
from course_grading.results.folder import Found, Results

results = Results.open(sys.argv[1], RUN)
print("begun", flush=True)
round = 0
while True:
    round += 1
    text = f"{round} " * (1 + 3000 * (round % 5))
    everybody = [sample(f"s{i}", notes=(text,)) for i in range(4)]
    for record in everybody:
        results.save(record)
    results.finish(everybody, Found((text,)))
"""


def test_killed_at_any_moment_every_file_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for i in range(12):
        with subprocess.Popen(
            [sys.executable, "-c", WRITES_FOR_EVER, out, Path(__file__).parent],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "begun\n"
            deadline = time.monotonic() + 60
            while i == 0 and not (out / "report.json").exists() and time.monotonic() < deadline:
                time.sleep(0.001)
            time.sleep(0.007 * i)
            writer.send_signal(signal.SIGKILL)
        for path in out.rglob("*"):
            if path.is_dir() or path.name == ".lock" or path.name.startswith(".course-grading-"):
                continue
            text = path.read_bytes().decode("utf-8-sig")
            if path.suffix == ".json":
                json.loads(text)
            elif path.suffix == ".html":
                assert text.startswith("<!DOCTYPE html>") and text.endswith("</html>\n")
            else:
                assert [row["assignment"] for row in rows_of(text)] == ["hw2"] * 4
        with Results.open(out, RUN) as results:  # the lock went with the process
            for record in results.records():
                assert results.find(record.key, "d1") == record
                assert (out / "feedback" / f"{record.key}.html").is_file()
        assert not list(out.rglob(".course-grading-*"))  # what was half written is cleared away
    assert {path.name for path in out.iterdir()} >= {"grades.csv", "nbgrader.csv", "report.json"}
