"""The folder of results: a run that was stopped goes on, and what is there is whole."""

import csv
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import sample_records
from sample_records import AVERAGE, RUN, SATURATED, missing, not_run, sample

from course_grading.results import feedback, folder
from course_grading.results.folder import Results
from course_grading.results.record import Found, Record


def rows(path: Path) -> list[dict[str, str]]:
    """As an instructor's own script reads it."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


class TestFinishing:
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

    def test_two_records_with_one_key_are_refused_before_anything_is_written(
        self, tmp_path: Path
    ) -> None:
        with Results.open(tmp_path / "out", RUN) as results:
            with pytest.raises(ValueError, match="same key, ayse"):
                results.finish([sample("ayse"), sample("other", key="ayse")])
            assert not list((tmp_path / "out").glob("*.csv"))


class TestOnceOnly:
    """Pages and tables are made once of the same records, however often a run goes on."""

    @pytest.fixture
    def made(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """What is made: the keys of pages, and "tables"."""
        made: list[str] = []
        page, table = feedback.page, folder.grades_table
        monkeypatch.setattr(
            feedback, "page", lambda record, *rest: made.append(record.key) or page(record, *rest)
        )
        monkeypatch.setattr(
            folder, "grades_table", lambda records: made.append("tables") or table(records)
        )
        return made

    def finished(self, out: Path, made: list[str], *records: Record) -> list[str]:
        made.clear()
        with Results.open(out, RUN) as results:
            read = {record.key: record for record in results.records()}
            results.finish(records or list(read.values()), Found())
        return sorted(made)

    def test_what_is_there_is_not_made_again(self, tmp_path: Path, made: list[str]) -> None:
        out = tmp_path / "out"
        everybody = (sample("ayse"), missing("bora"), not_run("can"))
        assert self.finished(out, made, *everybody) == ["ayse", "bora", "can", "tables"]
        assert self.finished(out, made) == []
        assert self.finished(out, made, *everybody) == []
        changed = replace(everybody[0], name="Ayşe")
        assert self.finished(out, made, changed, *everybody[1:]) == ["ayse", "tables"]
        assert self.finished(out, made, *everybody[1:]) == ["tables"]

    @pytest.mark.parametrize(
        ("name", "anew"),
        [
            ("feedback/bora.html", ["bora"]),
            ("grades.csv", ["tables"]),
            ("report.json", ["tables"]),
            (".made.json", ["ayse", "bora", "tables"]),
        ],
    )
    @pytest.mark.parametrize("gone", [False, True])
    def test_what_somebody_has_changed_is(
        self, tmp_path: Path, made: list[str], name: str, anew: list[str], gone: bool
    ) -> None:
        out = tmp_path / "out"
        self.finished(out, made, sample("ayse"), missing("bora"))
        before = (out / name).read_bytes()
        (out / name).unlink() if gone else (out / name).write_text("something else")
        assert self.finished(out, made) == anew
        assert name == ".made.json" or (out / name).read_bytes() == before

    def test_and_what_another_version_has_made(
        self, tmp_path: Path, made: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        out = tmp_path / "out"
        self.finished(out, made, sample("ayse"))
        monkeypatch.setattr(folder, "_maker", lambda title: "of tomorrow")
        assert self.finished(out, made) == ["ayse", "tables"]

    @pytest.mark.parametrize("text", ["[]", '{"by": 1}', '{"by": 1, "pages": [], "tables": {}}'])
    def test_what_cannot_be_read_is_made(
        self, tmp_path: Path, made: list[str], monkeypatch: pytest.MonkeyPatch, text: str
    ) -> None:
        out = tmp_path / "out"
        self.finished(out, made, sample("ayse"))
        monkeypatch.setattr(folder, "_maker", lambda title: 1)
        (out / ".made.json").write_text(text)
        assert self.finished(out, made) == ["ayse", "tables"]


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

    @pytest.mark.all
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
            with pytest.raises(RuntimeError, match="another run is writing"):
                Results.reopen(tmp_path)  # in the same process
            assert "another run is writing" in _python(code, tmp_path)
        assert _python(code, tmp_path) == ""

    def test_another_thread_may_let_go_of_it(self, tmp_path: Path) -> None:
        results = Results.open(tmp_path, RUN)
        closing = threading.Thread(target=results.close)
        closing.start()
        closing.join()
        Results.reopen(tmp_path).close()
        results.close()  # twice does no harm

    def test_a_lock_that_leads_elsewhere_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "mine").write_text("mine")
        (tmp_path / "out").mkdir()
        for target in ("mine", "nothing"):
            (tmp_path / "out" / ".lock").symlink_to(tmp_path / target)
            with pytest.raises(OSError, match="symbolic links"):
                Results.open(tmp_path / "out", RUN)
            (tmp_path / "out" / ".lock").unlink()
        assert (tmp_path / "mine").read_text() == "mine"
        assert sorted(os.listdir(tmp_path)) == ["mine", "out"]

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
            json.dumps({**sample("ayse").as_json(), "student": 1}),
            json.dumps({**sample("ayse").as_json(), "notes": "a note"}),
            json.dumps({**sample("ayse").as_json(), "unknown": 1}),
            json.dumps({**sample("ayse").as_json(), "written": None}),
            json.dumps({k: v for k, v in sample("ayse").as_json().items() if k != "notes"}),
            json.dumps(sample("ayse").as_json()).replace('"points": 10.0', '"points": NaN'),
            json.dumps(sample("ayse").as_json()).replace('"points": 10.0', '"points": "10"'),
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

    def test_a_record_of_version_0_1_0_is_read(self, tmp_path: Path) -> None:
        """It lacks what came later, and has a note instead of `changed`."""
        changed = replace(AVERAGE, changed=True)
        now = sample("ayse", written=(changed, SATURATED), notes=("a note",))
        then = now.as_json()
        del then["grader_failed"]
        for answer in then["written"]:
            del answer["changed"]
        then["notes"] += (
            "Question 3: the answer was changed after it was marked, so it is to be marked again.",
        )
        with Results.open(tmp_path, RUN) as results:
            (tmp_path / "records" / "ayse.json").write_text(json.dumps(then))
            assert results.records() == [now]
            results.save(now)
            assert results.records() == [now]

    @pytest.mark.parametrize(
        "changes", [{"seed": None}, {"seed": "1"}, {"versions": 3}, {"unknown": 1}]
    )
    def test_a_run_that_is_not_as_it_was_written_is_refused(
        self, tmp_path: Path, changes: dict[str, object]
    ) -> None:
        Results.open(tmp_path, RUN).close()
        path = tmp_path / ".run.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
        with pytest.raises(ValueError, match=r"\.run\.json cannot be read"):
            Results.open(tmp_path, RUN)

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
import sample_records
from sample_records import RUN, sample
from course_grading.results.folder import Results
from course_grading.results.record import Found

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


def test_a_record_is_read_once_unless_its_file_changes(tmp_path: Path, monkeypatch) -> None:
    """Most of the time of a run that finds nothing new goes into reading records."""
    with Results.open(tmp_path / "out", RUN) as results:
        results.save(sample("ayse"))
    read: list[str] = []
    of_disk = folder.read_small
    monkeypatch.setattr(folder, "read_small", lambda path: read.append(path.stem) or of_disk(path))
    with Results.reopen(tmp_path / "out") as results:
        assert results.last("ayse") == results.find("ayse", sample("ayse").digest) == sample("ayse")
        assert results.records() == [sample("ayse")]
        assert read.count("ayse") == 1
        path = tmp_path / "out" / "records" / "ayse.json"
        path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "name": "Ay"}))
        changed = results.last("ayse")
        assert changed is not None and changed.name == "Ay"
        path.unlink()
        path.symlink_to(tmp_path / "elsewhere.json")
        assert results.last("ayse") is None


@pytest.mark.long
def test_killed_at_any_moment_every_file_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for i in range(12):
        with subprocess.Popen(
            [sys.executable, "-c", WRITES_FOR_EVER, out, Path(sample_records.__file__).parent],
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
                assert [row["assignment"] for row in csv.DictReader(text.splitlines())] == [
                    "hw2"
                ] * 4
        with Results.open(out, RUN) as results:  # the lock went with the process
            for record in results.records():
                assert results.find(record.key, "d1") == record
                assert (out / "feedback" / f"{record.key}.html").is_file()
        assert not list(out.rglob(".course-grading-*"))  # what was half written is cleared away
    assert {path.name for path in out.iterdir()} >= {"grades.csv", "nbgrader.csv", "report.json"}
