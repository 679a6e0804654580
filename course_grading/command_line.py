"""The instructor's commands.

course-grading keys ROSTER [--out FILE]
course-grading grade SUBMISSIONS --assignment hw2 --out RESULTS
course-grading take-in RESULTS [written.csv]
course-grading hand-back RESULTS --canvas GRADEBOOK.csv
course-grading hand-back RESULTS --moodle WORKSHEET.csv
course-grading student-release FOLDER [--copies]
course-grading inventory write --out FOLDER
course-grading inventory evaluate before.csv after.csv [later.csv] --out page.html
course-grading check-sandbox
"""

from __future__ import annotations

import argparse
import secrets
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import numpy as np
from tqdm import tqdm  # type: ignore[import-untyped]

from course_grading import whole_class
from course_grading.intake import key_table
from course_grading.intake.roster import Roster, clean, read_roster, with_keys
from course_grading.marking import assignments
from course_grading.results import by_hand, written
from course_grading.results.files import write_atomically
from course_grading.results.folder import Results
from course_grading.results.late_policy import LatePolicy, read_late_policy
from course_grading.results.record import Record, Status
from course_grading.sandbox import self_attack
from course_grading.sandbox.limits import CannotSandbox, mode_here

MOST_LISTED = 12  # submissions that are named in the terminal; all are in the files
# What a shell expects of a command that a signal has stopped: 130 after Ctrl-C.
STOPPED_BY = 128
INTERRUPTED = STOPPED_BY + signal.SIGINT
# Also sent by whoever shuts the machine down, and when the terminal is closed.
TO_STOP = (signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code: 0 done, 1 not done and why is printed, 130 stopped.

    After SIGTERM and SIGHUP, which end it as Ctrl-C does, the code is 143 and 129.
    """
    options = _parser().parse_args(arguments)
    with _signals() as stopped_by:
        try:
            return int(options.run(options))
        except (ValueError, FileNotFoundError, CannotSandbox, RuntimeError, OSError) as error:
            _say(f"course-grading: {error}")
            if isinstance(error, CannotSandbox):
                _say("No submission was run. homework/README.md says what the sandbox needs.")
            return 1
        except whole_class.Interrupted as stopped:
            _say(
                f"\nStopped: {stopped.done} of {stopped.wanted} submissions are finished and "
                "kept. The same command goes on from there."
            )
        except KeyboardInterrupt:
            _say("\nStopped.")
        return STOPPED_BY + stopped_by[-1]


def _say(text: str) -> None:
    with suppress(OSError):  # the terminal may be closed
        print(text, file=sys.stderr)


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Meanwhile SIGTERM and SIGHUP do what Ctrl-C does.

    The end of processes is not ignored, as it may be by whoever starts the grader: that is
    inherited, and nobody could wait for a process of the sandbox.

    Yields a list, of which the last number is that of the signal that came, if one came.
    """
    came: list[int] = [signal.SIGINT]  # of which Python makes a KeyboardInterrupt itself
    if threading.current_thread() is not threading.main_thread():
        yield came  # only the main one may say what a signal does
        return

    def stop(number: int, frame: object) -> None:
        came.append(number)
        for other in TO_STOP:  # a second one would cut short what is done at the end
            signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {signal.SIGCHLD: signal.signal(signal.SIGCHLD, signal.SIG_DFL)}
    for number in TO_STOP:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            before[number] = signal.signal(number, stop)
    try:
        yield came
    finally:
        for number, handler in before.items():
            if handler is not None:  # one that was not set by Python
                signal.signal(number, handler)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="course-grading", description="Hand out and grade the homework of the course."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    keys = commands.add_parser("keys", help="give each student of a roster a key")
    keys.add_argument("roster", help="as for grade")
    keys.add_argument("--out", help="the copy with the keys; ROSTER-with-keys.csv if not given")
    keys.add_argument("--keys", metavar="FILE", help="of before: who has a key there keeps it")
    keys.add_argument("--seed", type=_seed, help="of the keys; drawn secretly if not given")
    keys.set_defaults(run=_keys)

    grade = commands.add_parser("grade", help="grade a folder, or a zip, of submissions")
    grade.add_argument("submissions", help="one notebook or folder per student, a zip, a notebook")
    grade.add_argument("--assignment", required=True, choices=assignments.NAMES)
    grade.add_argument("--out", required=True, help="the folder for the results")
    grade.add_argument(
        "--roster", help="CSV with id, name, submitted at; or what Canvas, Moodle, nbgrader export"
    )
    grade.add_argument(
        "--keys", metavar="FILE", help="what `keys` wrote, if the roster has no column of keys"
    )
    grade.add_argument("--due", type=_time, help="for lateness: 2026-12-01T23:59 or with +01:00")
    grade.add_argument("--late", help="TOML with what lateness costs, and extensions")
    grade.add_argument(
        "--only-these", action="store_true", help="remove who was graded before and is not given"
    )
    grade.add_argument(
        "--attempts", choices=("last", "best"), default="last", help="which counts (last)"
    )
    grade.add_argument("--earlier", help="other results of it: written marks are taken over")
    _if_changed(grade)
    _hide_names(grade)
    grade.add_argument("--workers", type=_count, help="at a time; one per core if not given")
    grade.add_argument(
        "--cluster", metavar="ADDRESS", help="run them on the workers of this Dask scheduler"
    )
    grade.add_argument(
        "--seed", type=_seed, help="of the hidden numbers; drawn secretly if not given"
    )
    grade.add_argument(
        "--unsafe-no-sandbox",
        action="store_true",
        help="run submissions with all your rights: only if you have written them yourself",
    )
    grade.set_defaults(run=_grade)

    take_in = commands.add_parser("take-in", help="take in the points of the written questions")
    take_in.add_argument("results", help="a folder of results")
    take_in.add_argument("marks", nargs="?", help="the filled-in written.csv, if not that there")
    take_in.add_argument("--due", type=_time, help="as for grade, where it has changed")
    take_in.add_argument("--late", help="as for grade, where it has changed")
    _hide_names(take_in)
    take_in.set_defaults(run=_take_in)

    back = commands.add_parser("hand-back", help="fill the tables of Canvas or Moodle")
    back.add_argument("results", help="a folder of results")
    back.add_argument("--canvas", metavar="GRADEBOOK.csv", help="as Canvas exports it")
    back.add_argument("--moodle", metavar="WORKSHEET.csv", help="as Moodle hands it out")
    back.add_argument("--column", help="of the grades, if it is not clear which it is")
    back.add_argument("--scale", action="store_true", help="convert, if points are out of another")
    back.set_defaults(run=_hand_back)

    student_release = commands.add_parser("student-release", help="write the tree for students")
    student_release.add_argument("folder", help="a new or empty folder")
    student_release.add_argument(
        "--copies",
        action="store_true",
        help="also FOLDER-copies: the notebooks as students open them, for a hub",
    )
    student_release.set_defaults(run=_release)

    inventory = commands.add_parser(
        "inventory", help="what a class has understood, before and after"
    )
    parts = inventory.add_subparsers(required=True, metavar="PART")
    write = parts.add_parser("write", help="both forms, on paper, for Moodle and as QTI; the key")
    write.add_argument("--out", required=True, help="the folder for them")
    write.set_defaults(run=_write_inventory)
    evaluate = parts.add_parser("evaluate", help="a page about a class")
    evaluate.add_argument("before", help="CSV: student, form, 1, 2, …, 20")
    evaluate.add_argument("after", help="the same, after the course")
    evaluate.add_argument("later", nargs="?", help="the same, two weeks later")
    evaluate.add_argument("--out", required=True, help="the page, an HTML file")
    evaluate.set_defaults(run=_evaluate_inventory)

    check = commands.add_parser("check-sandbox", help="attack the sandbox of this machine")
    check.set_defaults(run=_check)
    return parser


def _if_changed(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--if-maximum-changed",
        choices=("keep", "scale", "mark-again"),
        help="what becomes of written marks of a question that is worth something else now",
    )


def _hide_names(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--hide-names",
        action=argparse.BooleanOptionalAction,
        help="written.html and written.csv do not say who wrote what (as it was before)",
    )


def _late_policy(options: argparse.Namespace) -> LatePolicy | None:
    if options.late:
        return read_late_policy(options.late, options.due)
    return LatePolicy(options.due) if options.due else None


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time; write 2026-12-01T23:59 or 2026-12-01T23:59+01:00"
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


# ------------------------------------------------------------------ the commands


def _keys(options: argparse.Namespace) -> int:
    out = Path(options.out) if options.out else key_table.beside(options.roster)
    seed = secrets.randbits(128) if options.seed is None else options.seed
    made = key_table.make(options.roster, np.random.default_rng(seed), options.keys)
    for note in made.notes:
        print(note, file=sys.stderr)
    if not made.new and not options.keys:
        print(f"{options.roster}: everybody has a key, {made.kept} in all. Nothing was written.")
        return 0
    if out.exists():
        raise ValueError(
            f"{out} is there already, and keys that were handed out must not get lost. To keep "
            f"those of it and add who is new: course-grading keys {options.roster} --keys {out} "
            "--out ANOTHER.csv"
        )
    write_atomically(out, made.text)
    print(f"{out}: {made.new} new keys, {made.kept} kept. Give this table to grade, as --keys.")
    return 0


def _grade(options: argparse.Namespace) -> int:
    roster: Roster | None = None
    policy = _late_policy(options)
    if options.roster:
        due = policy.due if policy is not None else None
        roster = read_roster(options.roster, due, options.assignment)
        if options.keys:
            roster = with_keys(roster, read_roster(options.keys))
        for note in (*roster.notes, *roster.about_keys):
            print(note, file=sys.stderr)
    elif options.keys:
        raise ValueError(
            "--keys says whose key is whose, beside a --roster. Where there is no other, give this "
            "table as the --roster: it is one."
        )
    if options.unsafe_no_sandbox:
        print(
            "WARNING: --unsafe-no-sandbox. Submissions run with your rights: they can read, change "
            "and delete your files, and the grades. The results say that there was no sandbox.",
            file=sys.stderr,
        )
    said: list[str] = []
    with tqdm(total=0, unit="submission", disable=None, leave=False) as bar:

        def progress(done: int, wanted: int) -> None:
            bar.total, bar.n = wanted, done
            bar.refresh()

        records = whole_class.grade_class(
            options.submissions,
            options.assignment,
            options.out,
            roster=roster,
            late_policy=policy,
            only_these=options.only_these,
            attempts=options.attempts,
            earlier=options.earlier,
            if_maximum_changed=options.if_maximum_changed,
            hide_names=options.hide_names,
            say=said.append,
            seed=options.seed,
            workers=options.workers,
            cluster=options.cluster,
            mode="none" if options.unsafe_no_sandbox else mode_here(),
            progress=progress,
        )
    _summary(records, Path(options.out))
    for words in said:
        print(f"Note: {words}")
    return 0


def _summary(records: Sequence[Record], out: Path) -> None:
    counts = Counter(record.status for record in records)
    print(f"{len(records)} students: " + ", ".join(f"{n} {s}" for s, n in counts.most_common()))
    troubled = [
        record for record in records if record.status not in (Status.GRADED, Status.MISSING)
    ]
    for record in troubled[:MOST_LISTED]:
        print(
            f"  {clean(record.student, 40)}: {record.status}, because {clean(record.reason, 120)}"
        )
    if len(troubled) > MOST_LISTED:
        print(f"  … and {len(troubled) - MOST_LISTED} more, in report.json")
    print(f"{out / 'grades.csv'}: the grades")
    print(f"{out / 'feedback'}: a page for each student")
    if any(record.written for record in records):
        print(
            f"{out / 'written.html'}: the written answers. Fill in {out / 'written.csv'}, then run "
            f"course-grading take-in {out}"
        )


def _take_in(options: argparse.Namespace) -> int:
    own = Path(options.results) / "written.csv"
    marks = Path(options.marks) if options.marks else own
    policy = _late_policy(options)
    with Results.reopen(options.results) as results:
        results.late_policy = policy
        records = results.records()
        if wrong := by_hand.problems(records, results.overrides):
            raise ValueError("\n".join(["nothing was taken in:", *wrong]))
        if marks.exists() or options.marks:
            records = written.take_in(marks, records)
        results.finish(records)
        written.export(
            records,
            results.folder,
            anonymous=options.hide_names,
            just_taken_in=marks.resolve() != own.resolve(),
        )
        for words in results.remarks:
            print(f"Note: {words}")
        records = [results.with_people(record) for record in records]
    answers = [answer for record in records for answer in record.written]
    marked = len(answers) - sum(len(record.to_mark) for record in records)
    overridden = sum(len(record.by_hand) for record in records)
    if overridden:
        print(f"{overridden} question{'s have' if overridden > 1 else ' has'} points by hand.")
    print(f"{marked} of {len(answers)} written answers are marked.")
    print(f"{Path(options.results) / 'grades.csv'} and the feedback pages have the new points.")
    return 0


def _hand_back(options: argparse.Namespace) -> int:
    from course_grading.publishing import hand_back

    if not (options.canvas or options.moodle):
        raise ValueError("nothing to fill was given: --canvas GRADEBOOK.csv or --moodle SHEET.csv.")
    with Results.reopen(options.results) as results:
        records = [results.with_people(record) for record in results.records()]
        if written.has_marks_to_take_in(results.folder, records):
            raise ValueError(
                f"there are marks in written.csv that are not taken in: run course-grading take-in "
                f"{options.results} first."
            )
        results.finish(records)
        for words in results.remarks:
            print(f"Note: {words}")
        made = []
        if options.canvas:
            made.append(
                hand_back.to_canvas(
                    results, records, options.canvas, column=options.column, scale=options.scale
                )
            )
        if options.moodle:
            made.append(
                hand_back.to_moodle(
                    results, records, options.moodle, column=options.column, scale=options.scale
                )
            )
    for done in made:
        table, archive = done.files
        print(f"{table}: {done.grades} grades")
        print(f"{archive}: feedback for {done.pages} students")
        for words in done.said():
            print(f"  {words}")
    return 0


def _write_inventory(options: argparse.Namespace) -> int:
    from course_grading.inventory import written as inventory  # brings the trainers of the course

    for name in inventory.write(Path(options.out)):
        print(Path(options.out) / name)
    print("key.html is for you alone. homework/inventory.md says how to go on.")
    return 0


def _evaluate_inventory(options: argparse.Namespace) -> int:
    from course_grading.inventory import pages
    from course_grading.inventory.answers import read_answers
    from course_grading.inventory.evaluation import evaluate
    from course_grading.results.files import must_be_folder

    given = [Path(each) for each in (options.before, options.after, options.later) if each]
    out = Path(options.out)
    for each, other in combinations(filter(Path.exists, [*given, out]), 2):
        if each.samefile(other):
            raise ValueError(
                f"{each} would be overwritten: --out names the page, a new HTML file."
                if other is out
                else f"{each} is given twice. There is a table for each time."
            )
    pages.must_be_evaluation(out)
    must_be_folder(out.parent)
    evaluation = evaluate([read_answers(each) for each in given])
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, pages.evaluation_page(evaluation))
    print(f"{options.out}: {evaluation.students} students.")
    print(pages.figure(evaluation).sentence)
    for words in evaluation.remarks:
        print(f"Note: {words}")
    return 0


def _release(options: argparse.Namespace) -> int:
    from course_grading.publishing import release  # brings nbgrader's libraries, which take seconds

    count = release.write(options.folder, copies=options.copies)
    print(f"{options.folder}: {count} files, without solutions and without the grader.")
    if options.copies:
        print(f"{release.copies_beside(options.folder)}: the notebooks as students open them.")
    return 0


def _check(options: argparse.Namespace) -> int:
    holes = self_attack.find_holes()
    for hole in holes:
        print(f"does not hold: {hole}")
    if not holes:
        print(f"Every wall and every limit of the sandbox holds here (mode: {mode_here()}).")
    return 1 if holes else 0
