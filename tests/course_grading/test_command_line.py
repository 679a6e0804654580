"""The instructor's commands: what they say, what they return, and what they refuse."""

import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from keyed_samples import A
from sample_records import missing, not_run, sample

from course_grading import command_line, whole_class
from course_grading.command_line import INTERRUPTED, main
from course_grading.results.late_policy import LatePolicy
from course_grading.sandbox import self_attack
from course_grading.sandbox.limits import CannotSandbox
from course_grading.sandbox.self_attack import Hole


@pytest.fixture
def grade_class(monkeypatch):
    """Stands for the grading of a class: keeps what it was asked, and returns these records."""
    asked = {}

    def graded(submissions, name, out, **options):
        asked.update(options, submissions=submissions, name=name, out=out)
        options["progress"](0, 2)
        options["progress"](2, 2)
        if asked.get("error"):
            raise asked["error"]
        return asked.get("records", [sample()])

    monkeypatch.setattr(whole_class, "grade_class", graded)
    return asked


GRADE = ["grade", "in", "--assignment", "hw2", "--out", "out"]

# --- arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [[], ["keys"], ["grade"], ["check-sandbox"], ["take-in"]])
def test_help(command, capsys):
    with pytest.raises(SystemExit) as done:
        main([*command, "--help"])
    assert done.value.code == 0
    assert "usage: course-grading" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "COMMAND"),
        (["gradde"], "invalid choice"),
        (["grade"], "submissions, --assignment, --out"),
        (["grade", "in", "--out", "out"], "--assignment"),
        ([*GRADE[:3], "hw9", *GRADE[4:]], "invalid choice: 'hw9'"),
        ([*GRADE, "--workers", "0"], "'0' is not a number from 1 on"),
        ([*GRADE, "--workers", "two"], "'two' is not a number from 1 on"),
        ([*GRADE, "--workers", "-1"], "'-1' is not a number from 1 on"),
        ([*GRADE, "--due", "tomorrow"], "'tomorrow' is no time; write 2026-12-01T23:59"),
        ([*GRADE, "--seed", "secret"], "'secret' is not a whole number from 0 on"),
        ([*GRADE, "--seed", "-1"], "'-1' is not a whole number from 0 on"),
        ([*GRADE, "--seed", "²"], "'²' is not a whole number from 0 on"),
        ([*GRADE, "--seed", "1.5"], "'1.5' is not a whole number from 0 on"),
        ([*GRADE, "--no-sandbox"], "unrecognized"),
        (["take-in"], "results"),
        (["keys"], "roster"),
        (["keys", "roster.csv", "--seed", "x"], "'x' is not a whole number from 0 on"),
        (["student-release"], "folder"),
    ],
)
def test_wrong_arguments(arguments, words, capsys, grade_class):
    with pytest.raises(SystemExit) as done:
        main(arguments)
    assert done.value.code == 2
    assert words in capsys.readouterr().err
    assert grade_class == {}


def test_arguments_are_handed_on(grade_class):
    more = ["--workers", "3", "--seed", "7", "--due", "2026-12-01T23:59+01:00"]
    assert main([*GRADE, *more]) == 0
    assert (grade_class["submissions"], grade_class["name"], grade_class["out"]) == (
        "in",
        "hw2",
        "out",
    )
    due = datetime(2026, 12, 1, 23, 59, tzinfo=timezone(timedelta(hours=1)))
    assert (grade_class["workers"], grade_class["seed"]) == (3, 7)
    assert grade_class["late_policy"] == LatePolicy(due)
    assert grade_class["mode"] in ("root", "user")


def test_a_time_without_a_zone_is_in_utc(grade_class):
    main([*GRADE, "--due", "2026-12-01T23:59"])
    assert grade_class["late_policy"].due == datetime(2026, 12, 1, 23, 59, tzinfo=UTC)


def test_what_there_is_to_say_about_a_term_is_handed_on(grade_class, tmp_path):
    policy = tmp_path / "late.toml"
    policy.write_text("due = 2026-12-01T23:59:00\npercent_per_day = 10\n")
    more = ["--late", str(policy), "--only-these", "--attempts", "best", "--earlier", "old"]
    assert main([*GRADE, *more, "--if-maximum-changed", "scale", "--hide-names"]) == 0
    assert grade_class["late_policy"].percent_per_day == 10
    assert (grade_class["only_these"], grade_class["attempts"]) == (True, "best")
    assert (grade_class["earlier"], grade_class["if_maximum_changed"]) == ("old", "scale")
    assert grade_class["hide_names"] is True
    assert main(GRADE) == 0
    assert (grade_class["only_these"], grade_class["attempts"]) == (False, "last")
    assert (grade_class["earlier"], grade_class["hide_names"]) == (None, None)


def test_a_late_policy_that_is_wrong_grades_nothing(grade_class, tmp_path, capsys):
    policy = tmp_path / "late.toml"
    policy.write_text("percent_per_day = 10\n")
    assert main([*GRADE, "--late", str(policy)]) == 1
    assert "does not say when it is due" in capsys.readouterr().err
    assert grade_class == {}


# --- grade ----------------------------------------------------------------------------------------


def test_what_is_said_at_the_end(grade_class, capsys):
    grade_class["records"] = [
        sample(),
        sample("bela", status="partly graded", reason="a cell was left out"),
        not_run("\x1b[31mred"),
        missing("dora"),
    ]
    assert main(GRADE) == 0
    out, err = capsys.readouterr()
    assert out.startswith("4 students: 1 graded, 1 partly graded, 1 could not be run, 1 missing\n")
    assert "  bela: partly graded, because a cell was left out\n" in out
    assert "could not be run, because the file is empty." in out
    assert "\x1b" not in out and "dora" not in out
    assert "out/grades.csv: the grades" in out and "out/feedback: a page" in out
    assert "course-grading take-in out" in out
    assert "WARNING" not in err


def test_without_written_answers_none_are_to_be_marked(grade_class, capsys):
    grade_class["records"] = [replace(sample(), written=())]
    main(GRADE)
    assert "take-in" not in capsys.readouterr().out


def test_only_some_of_many_are_listed(grade_class, capsys):
    grade_class["records"] = [not_run(f"student{i}") for i in range(30)]
    main(GRADE)
    out = capsys.readouterr().out
    assert out.count("because") == command_line.MOST_LISTED
    assert "and 18 more, in report.json" in out


def test_without_a_sandbox_there_is_a_warning(grade_class, capsys):
    assert main([*GRADE, "--unsafe-no-sandbox"]) == 0
    assert grade_class["mode"] == "none"
    err = capsys.readouterr().err
    assert "WARNING: --unsafe-no-sandbox" in err and "your files" in err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ValueError("no submissions"), 1, "course-grading: no submissions"),
        (FileNotFoundError("hw2.ipynb cannot be read"), 1, "hw2.ipynb cannot be read"),
        (RuntimeError("another run"), 1, "course-grading: another run"),
        (OSError(28, "No space left"), 1, "No space left"),
        (CannotSandbox("bwrap is missing"), 1, "No submission was run. homework/README.md"),
        (whole_class.Interrupted(3, 9), INTERRUPTED, "3 of 9 submissions are finished and kept"),
        (KeyboardInterrupt(), INTERRUPTED, "Stopped."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_goes_wrong_is_said_and_returned(grade_class, capsys, error, code, words):
    grade_class["error"] = error
    assert main(GRADE) == code
    out, err = capsys.readouterr()
    assert words in err and "Traceback" not in err
    assert out == ""


@pytest.fixture
def own_signals():
    """What the tests themselves do about signals, before and after."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
    before = {number: signal.getsignal(number) for number in numbers}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under `nohup` it is ignored
    yield before | {signal.SIGHUP: signal.SIG_DFL}
    for number, handler in before.items():
        signal.signal(number, handler)


def while_it_runs(monkeypatch, act):
    monkeypatch.setattr(whole_class, "grade_class", lambda *a, **k: act() or [sample()])


@pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_the_run_in_order(own_signals, monkeypatch, capsys, how, code):
    """As Ctrl-C does, and a second one does not cut the end short."""

    def run():
        try:
            signal.raise_signal(how)
        finally:
            for again in {signal.SIGTERM, signal.SIGHUP} if how != signal.SIGINT else ():
                signal.raise_signal(again)
        raise AssertionError("it goes on")

    while_it_runs(monkeypatch, run)
    assert main(GRADE) == code
    assert capsys.readouterr().err.endswith("Stopped.\n")
    assert {number: signal.getsignal(number) for number in own_signals} == own_signals


def test_what_was_finished_is_kept_whatever_the_signal(own_signals, monkeypatch, capsys):
    def run():
        try:
            signal.raise_signal(signal.SIGHUP)
        except KeyboardInterrupt:
            raise whole_class.Interrupted(3, 9) from None

    while_it_runs(monkeypatch, run)
    assert main(GRADE) == 129
    assert "3 of 9 submissions are finished and kept" in capsys.readouterr().err


def test_with_nohup_a_closed_terminal_does_not_stop_it(own_signals, monkeypatch):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    while_it_runs(monkeypatch, lambda: signal.raise_signal(signal.SIGHUP))
    assert main(GRADE) == 0
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_the_terminal_may_be_closed_when_it_stops(own_signals, monkeypatch):
    class Closed:
        def write(self, text):
            raise OSError(5, "Input/output error")

        flush = write

    def run():
        monkeypatch.setattr(sys, "stderr", Closed())
        signal.raise_signal(signal.SIGHUP)

    while_it_runs(monkeypatch, run)
    assert main(GRADE) == 129


def test_the_end_of_processes_is_seen_though_whoever_started_it_ignores_it(
    own_signals, monkeypatch
):
    """Ignored, it is nobody's: the exit code of every process would be 0."""
    codes = []
    failing = [sys.executable, "-S", "-c", "raise SystemExit(7)"]
    while_it_runs(monkeypatch, lambda: codes.append(subprocess.run(failing).returncode))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    assert main(GRADE) == 0
    assert codes == [7]


def test_in_another_thread_signals_are_left_alone(grade_class):
    codes = []
    thread = threading.Thread(target=lambda: codes.append(main(GRADE)))
    thread.start()
    thread.join(30)
    assert codes == [0]


def test_a_bug_of_ours_is_not_hidden(grade_class):
    grade_class["error"] = ZeroDivisionError("ours")
    with pytest.raises(ZeroDivisionError):
        main(GRADE)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "roster.csv"), (b"", "roster.csv"), (b"colour\nred\n", "roster.csv")],
)
def test_a_roster_that_cannot_be_read(grade_class, capsys, tmp_path, content, words):
    path = tmp_path / "roster.csv"
    if content is not None:
        path.write_bytes(content)
    assert main([*GRADE, "--roster", str(path)]) == 1
    assert words in capsys.readouterr().err
    assert grade_class == {}


def test_the_roster_is_handed_on(grade_class, tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("id,name\nayse,Ayşe\n", encoding="utf-8")
    assert main([*GRADE, "--roster", str(path)]) == 0
    assert grade_class["roster"] is not None


def test_submissions_that_are_not_there(capsys, tmp_path):
    arguments = ["grade", str(tmp_path / "no"), "--assignment", "hw1", "--out", str(tmp_path / "o")]
    assert main(arguments) == 1
    err = capsys.readouterr().err
    assert err.startswith("course-grading: ") and str(tmp_path / "no") in err
    assert not (tmp_path / "o" / "grades.csv").exists()


def test_the_keys_of_another_table_are_handed_on(grade_class, tmp_path, capsys):
    fresh, keys = tmp_path / "gradebook.csv", tmp_path / "keys.csv"
    fresh.write_text("id,name\nayse,Ayşe\nben,Ben\n", encoding="utf-8")
    keys.write_text(f"id,key\nayse,{A}\n", encoding="utf-8")
    assert main([*GRADE, "--roster", str(fresh), "--keys", str(keys)]) == 0
    assert [student.key for student in grade_class["roster"].students] == [A, ""]
    assert "There is no key for Ben." in capsys.readouterr().err


def test_keys_without_a_roster_are_refused(grade_class, tmp_path, capsys):
    assert main([*GRADE, "--keys", str(tmp_path / "keys.csv")]) == 1
    assert "give this table as the --roster" in capsys.readouterr().err
    assert grade_class == {}


# --- the other commands ---------------------------------------------------------------------------


def test_the_sandbox_holds(needs_sandbox, monkeypatch, capsys):
    monkeypatch.setattr(self_attack, "find_holes", lambda: [])  # test_self_attack.py tries it
    assert main(["check-sandbox"]) == 0
    assert "Every wall and every limit" in capsys.readouterr().out


def test_a_hole_is_said_and_returned(monkeypatch, capsys):
    holes = [Hole("the network", "open: 1"), Hole("open files", "open: 2")]
    monkeypatch.setattr(self_attack, "find_holes", lambda: holes)
    assert main(["check-sandbox"]) == 1
    out = capsys.readouterr().out
    assert out == "does not hold: the network: open: 1\ndoes not hold: open files: open: 2\n"


def test_there_may_be_no_sandbox_at_all(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["check-sandbox"]) == 1
    assert "bwrap is not installed" in capsys.readouterr().err


def test_results_that_are_not_there(capsys, tmp_path):
    assert main(["take-in", str(tmp_path / "no")]) == 1
    assert "course-grading: " in capsys.readouterr().err


def test_a_release_into_a_folder_that_is_not_empty(capsys, tmp_path):
    (tmp_path / "mine.txt").write_text("kept")
    assert main(["student-release", str(tmp_path)]) == 1
    assert "course-grading: " in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
