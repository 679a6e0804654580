"""Grades and feedback back to the learning platform, in files that it takes.

Canvas and Moodle take grades only in a table that they have handed out themselves, so that table is
filled: the cells of one column, nothing else. Feedback goes back as one zip, in which the names of
the files say whose they are.

The formats are those that the platforms' own source reads. Canvas (instructure/canvas-lms):
`lib/gradebook_importer.rb`; for the zip `infer_comment_context_from_filename` in
`app/models/abstract_assignment.rb`. Moodle (moodle/moodle): `importgradeslib.php` and
`locallib.php` in `mod/assign/feedback/offline`; for the zip `mod/assign/feedback/file/
importziplib.php`. They have not been tried with a server of either.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from course_grading.intake import canvas, moodle
from course_grading.intake.csv_table import CsvTable, Row, read_table, spelled
from course_grading.intake.names import platform_id
from course_grading.intake.roster import clean, clean_id
from course_grading.results import feedback
from course_grading.results.display import in_points
from course_grading.results.files import write_atomically
from course_grading.results.folder import Results
from course_grading.results.record import Record, Status

FOLDER = "hand-back"
MOST_NAMED = 8
_MOMENT = (1980, 1, 1, 0, 0, 0)  # of all files in a zip: the same grades give the same bytes
NOT_A_GRADE = ("EX", "N/A")  # excused, not assigned
# Moodle compares "Last modified (grade)" with its own time, and PHP's strtotime reads English only.
NOT_ENGLISH = (
    "had been graded, and the worksheet is not in English: Moodle changes their grades only if you "
    "tick there that records may be updated that were modified more recently"
)
_ENGLISH_DAY = re.compile(r"(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, ")
LOCKED = "are locked or overridden in Moodle's gradebook, and Moodle passes over what is new"
_NO = {"no", "nein", "non", "nee", "não"}  # `no` of Moodle's `lang`, in the languages of `moodle`
ZERO = "get 0, which a Moodle newer than 5.1 passes over: type it in there"


@dataclass
class HandedBack:
    """What was written.

    Args:
        files: to be uploaded.
        notes: a file that says, for everybody, what `said` says of some.
        grades: how many cells have one of ours now.
        pages: how many students get their page.
        left: who was left out, or is to be looked at, by the reason.
    """

    files: list[Path] = field(default_factory=list)
    notes: Path | None = None
    grades: int = 0
    pages: int = 0
    left: dict[str, list[str]] = field(default_factory=dict)

    def leave(self, reason: str, who: Record | str) -> None:
        self.left.setdefault(reason, []).append(who if isinstance(who, str) else _named(who))

    def said(self) -> list[str]:
        """A sentence for each reason."""
        return [
            f"{len(those)} {reason}: {', '.join(those[:MOST_NAMED])}"
            + (f", … (all of them in {self.notes})" if len(those) > MOST_NAMED else "")
            for reason, those in self.left.items()
        ]

    def listed(self) -> str:
        """The same, with everybody, one in a line."""
        return "\n".join(
            "\n".join([f"{len(those)} {reason}:", *(f"  {who}" for who in those), ""])
            for reason, those in self.left.items()
        )


def _named(record: Record) -> str:
    """Who that is: a number of Canvas alone says nothing to anybody."""
    student, name = clean(record.student, 60), clean(record.name, 60)
    return f"{name} ({student})" if name and name != student else student


# ------------------------------------------------------------------ Canvas


def to_canvas(
    results: Results,
    records: Sequence[Record],
    gradebook: Path | str,
    *,
    column: str | None = None,
    scale: bool = False,
) -> HandedBack:
    """Fill the gradebook that Canvas has exported, and pack the feedback.

    Args:
        column: of the assignment, "Homework 2 (4711)" or "Homework 2"; None if its name tells.
        scale: if Canvas counts it out of another number than the grader, convert.

    Raises ValueError, before anything is written, if it is no such table, if the column is not
    clear, or if the numbers of points differ and `scale` is not given.
    """
    table = read_table(gradebook, "gradebook")
    if not canvas.is_gradebook(table):
        raise ValueError(
            f"{table.file} is not a gradebook of Canvas: its first line has no Student, ID and "
            "Section. In Canvas: Grades, Export, Export Entire Gradebook."
        )
    names = table.spelled()
    of_ids = [names.index(name) for name in canvas.IDS if name in names]
    at = _column_of_assignment(table, names.index("section") + 1, column, results.run.assignment)
    title = table.header.cells[at]
    possible = next(
        (row.cell(at) for row in table.rows if canvas.has_points_possible(row, table)), ""
    )
    _must_be_out_of(possible, title, "Canvas", records, scale)
    done = HandedBack()
    index = _by_id(records, "canvas")

    def keys(row: Row) -> list[str]:
        own = f"canvas {row.cell(names.index('id'))}"
        return [own, *(row.cell(i) for i in of_ids)]

    if table.header.cells[0] == "LastName":
        # Canvas knows this form by that word, and with a byte order mark before it, it does not.
        table = replace(table, begins_with_mark=False)

    def is_student(row: Row) -> bool:
        test = row.cell(0) in canvas.TEST_STUDENT
        return not (row.blank or canvas.is_no_student(row, table) or test)

    for row in table.rows:
        if is_student(row) and canvas.is_taken_for_points(row):
            done.leave(
                "are left out of the table and get their grade by hand, as Canvas would take the "
                "row for the points possible",
                clean(row.cell(0), 60),
            )
    without = tuple(
        row for row in table.rows if not (is_student(row) and canvas.is_taken_for_points(row))
    )
    table = replace(table, rows=without)
    filled = _filled(table, at, is_student, keys, index, lambda row: _number(possible), done)
    files = dict(_canvas_pages(records, results.run.title, done))
    _write(results, done, "canvas-gradebook.csv", filled, "canvas-feedback.zip", files)
    return done


def _column_of_assignment(table: CsvTable, first: int, wanted: str | None, assignment: str) -> int:
    """Which column is that of the assignment; its title ends in Canvas's number, "(4711)"."""
    found = {
        i: name
        for i, name in enumerate(table.header.cells)
        if i >= first and re.fullmatch(r".* \(\d+\)", name.strip(), re.DOTALL)
    }
    titles = {i: re.sub(r" \(\d+\)$", "", name.strip()) for i, name in found.items()}
    if wanted is not None:
        those = [i for i, name in found.items() if wanted.strip() in (name.strip(), titles[i])]
    else:
        number = assignment.removeprefix("hw")
        name = re.compile(rf"(?<!\w)(hw|homework)[ _-]*0?{re.escape(number)}(?!\w)", re.IGNORECASE)
        those = [i for i, title in titles.items() if name.search(title)]
    if len(those) == 1:
        return those[0]
    several = "several columns are" if those else "no column is"
    shown = "; ".join(clean(name, 80) for name in found.values()) or "none"
    raise ValueError(
        f"{table.file}: {several} that of {wanted or assignment}. Say which with --column. Its "
        f"columns of assignments are: {shown}."
    )


def _canvas_pages(
    records: Iterable[Record], title: str, done: HandedBack
) -> Iterable[tuple[str, str]]:
    """The pages, under names by which Canvas finds the submissions: the user's number, then that of
    a file that was handed in."""
    for record in records:
        if record.status == Status.MISSING:
            continue
        name = _canvas_name(record)
        if name is None:
            done.leave("get no page, as Canvas attaches pages to uploaded files only", record)
            continue
        done.pages += 1
        yield name, feedback.page(record, title)


def _canvas_name(record: Record) -> str | None:
    end = f"{record.assignment}-feedback.html"  # not "link…", which Canvas passes over
    if match := canvas.ANONYMOUS.fullmatch(record.handed_in_as):
        return f"{match['id']}_{match['order']}_{end}"
    match = canvas.UPLOAD.fullmatch(record.handed_in_as)
    if match is None:
        return None
    # Canvas takes the first two parts that are numbers, so the name may not have one.
    name = match["name"]
    odd = not re.fullmatch(r"\w+", name) or any(part.isdigit() for part in name.split("_"))
    if odd or name.split("_")[0].lower() == "anon":
        name = "student"
    return f"{name}_{match['id']}_{match['order']}_{end}"


# ------------------------------------------------------------------ Moodle


def to_moodle(
    results: Results,
    records: Sequence[Record],
    worksheet: Path | str,
    *,
    column: str | None = None,
    scale: bool = False,
) -> HandedBack:
    """Fill the grading worksheet that Moodle has handed out, and pack the feedback.

    Args:
        column: the header of the grades, if it is in a language that is not known here.
        scale: if Moodle counts it out of another number than the grader, convert.

    Raises ValueError, before anything is written, if it is no such table, or if the numbers of
    points differ and `scale` is not given.
    """
    table = read_table(worksheet, "worksheet")
    of_id = moodle.column(table, moodle.IDENTIFIER)
    names = moodle.GRADE if column is None else (spelled(column),)
    at = moodle.column(table, names)
    if of_id is None or at is None:
        shown = ", ".join(clean(name, 40) for name in table.header.cells[:12])
        raise ValueError(
            f"{table.file} is not a grading worksheet of Moodle, or in a language that is not "
            f"known here: its first line has {shown}. In Moodle: Download grading worksheet. "
            "--column says which column is that of the grades."
        )
    of_maximum = moodle.column(table, moodle.MAXIMUM)
    rows = [row for row in table.rows if moodle.PARTICIPANT.fullmatch(row.cell(of_id))]
    if of_maximum is not None:
        for text in {row.cell(of_maximum) for row in rows}:
            _must_be_out_of(text, table.header.cells[at], "Moodle", records, scale)
    done = HandedBack()
    index = _by_id(records, "moodle")
    others = [
        moodle.column(table, names) for names in (moodle.EMAIL, ("id number",), ("username",))
    ]

    def number_of(row: Row) -> str:
        match = moodle.PARTICIPANT.fullmatch(row.cell(of_id))
        return match["id"] if match else ""

    def keys(row: Row) -> list[str]:
        number = number_of(row)
        return [f"moodle {number}", number, *(row.cell(i) for i in others if i is not None)]

    def out_of(row: Row) -> float | None:
        return _number(row.cell(of_maximum)) if of_maximum is not None else None

    of_time = moodle.column(table, moodle.GRADED_AT)
    # "Grade can be changed" stands between these two, in whatever language.
    can_be_changed = slice(of_maximum or 0, moodle.column(table, moodle.SUBMITTED_AT) or 0)

    def passed_over(row: Row, record: Record, grade: str) -> None:
        if _number(row.cell(at)) == _number(grade):
            return  # nothing new
        graded_at = row.cell(of_time) if of_time is not None else ""
        if graded_at not in ("", "-") and not _ENGLISH_DAY.match(graded_at):
            done.leave(NOT_ENGLISH, record)
        if grade == "0":
            done.leave(ZERO, record)
        if {cell.strip().casefold() for cell in row.cells[can_be_changed]} & _NO:
            done.leave(LOCKED, record)

    filled = _filled(
        table, at, lambda row: bool(number_of(row)), keys, index, out_of, done, passed_over
    )
    here = {number_of(row) for row in rows}
    numbers: dict[str, tuple[str, str]] = {}
    of_name = moodle.column(table, moodle.FULL_NAME)
    for row in rows:
        record = _only_one(index, keys(row))
        if record is not None:
            name = row.cell(of_name) if of_name is not None else ""
            numbers[record.key] = (number_of(row), name or "Participant")
    files = dict(_moodle_pages(records, results.run.title, numbers, here, done))
    _write(results, done, "moodle-worksheet.csv", filled, "moodle-feedback.zip", files)
    return done


def _moodle_pages(
    records: Iterable[Record],
    title: str,
    numbers: Mapping[str, tuple[str, str]],
    here: Collection[str],
    done: HandedBack,
) -> Iterable[tuple[str, str]]:
    """The pages, in folders by which Moodle finds the participants, who are `here`."""
    for record in records:
        if record.status == Status.MISSING:
            continue
        match = moodle.matched(record.handed_in_as)
        number, name = numbers.get(record.key, ("", ""))
        if match is not None:
            number, name = match["id"], match["name"]
        if number not in here:
            done.leave("get no page, as no row of the worksheet has their number", record)
            continue
        # Moodle takes what stands between the first two "_" for the number.
        name = re.sub(r"[_/\\\0]+", " ", clean(name, 100)).strip(" .~") or "Participant"
        done.pages += 1
        place = f"{name}_{number}_assignfeedback_file_"
        yield f"{place}/{record.assignment}-feedback.html", feedback.page(record, title)


# ------------------------------------------------------------------ both


def _by_id(records: Sequence[Record], platform: str) -> dict[str, list[Record]]:
    """The records by whatever they may be called in a table of the platform."""
    index: dict[str, list[Record]] = {}
    for record in records:
        names = {record.student, record.email, *record.aliases} - {""}
        own = platform_id(record.handed_in_as)
        keys = {_key(name) for name in names} | ({own} if own.startswith(platform) else set())
        for key in keys:
            index.setdefault(key, []).append(record)
    return index


def _key(name: str) -> str:
    return clean_id(name).casefold()


def _only_one(index: Mapping[str, Sequence[Record]], keys: Sequence[str]) -> Record | None:
    """The record of a row. The platform's own number is enough; else all that its ids find must be
    one record."""
    own = index.get(keys[0], ())
    if len(own) == 1:
        return own[0]
    found = {record.key: record for key in keys if key for record in index.get(_key(key), ())}
    return next(iter(found.values())) if len(found) == 1 else None


def _filled(
    table: CsvTable,
    at: int,
    is_student: Callable[[Row], bool],
    keys: Callable[[Row], list[str]],
    index: Mapping[str, Sequence[Record]],
    out_of: Callable[[Row], float | None],
    done: HandedBack,
    look_at: Callable[[Row, Record, str], None] = lambda row, record, grade: None,
) -> str:
    """The table with the grades in the column `at`, and nothing else changed.

    Args:
        look_at: is called with each row that gets a grade.
    """
    # A spreadsheet in German takes 12.5 for a day in May, so numbers are as the others there.
    comma = any(re.fullmatch(r"\d+,\d+", cell.strip()) for row in table.rows for cell in row.cells)
    rows = [(row, _only_one(index, keys(row)) if is_student(row) else None) for row in table.rows]
    often = Counter(record.key for _, record in rows if record is not None)
    written: list[list[str]] = []
    for row, record in rows:
        cells = list(row.cells)
        if record is not None and often[record.key] > 1:
            done.leave("were left out, as two rows are theirs", record)
        elif record is not None:
            grade = _grade_for(record, row.cell(at), out_of(row), done)
            if grade is not None:
                cells += [""] * (at + 1 - len(cells))
                cells[at] = grade.replace(".", ",") if comma else grade
                look_at(row, record, grade)
                done.grades += 1
        elif is_student(row):
            who = next((cell for cell in row.cells if cell.strip()), "")
            done.leave("rows stay as they are, as nobody here is clearly theirs", clean(who, 60))
        written.append(cells)
    for record in {r.key: r for those in index.values() for r in those}.values():
        if record.key not in often and record.status != Status.MISSING:
            done.leave("have no row in the table", record)
    return table.with_rows(written)


def _grade_for(record: Record, there: str, out_of: float | None, done: HandedBack) -> str | None:
    """What is written into a cell; None if it stays as it is, and why."""
    if record.status == Status.MISSING:
        done.leave("handed in nothing; what stands there stays", record)
    elif there in NOT_A_GRADE:
        done.leave(f"are excused or not assigned ({there}); that stays", record)
    elif record.status == Status.COULD_NOT_BE_RUN and not record.by_hand:
        done.leave("could not be run and get no grade (override.csv can give one)", record)
    elif record.grade is None:
        done.leave("get no grade, as a written answer is still to be marked", record)
    else:
        if record.late and record.late_penalty is None:
            words = (
                "are late and nothing is taken off: nobody knows by how much, or --late is missing"
            )
            done.leave(words, record)
        grade = record.grade
        if out_of is not None and out_of != record.max_points:
            grade = grade * out_of / record.max_points
        before = _number(there)
        if before is not None and round(before, 2) != round(grade, 2):
            done.leave("had another grade there, which is replaced", record)
        return in_points(grade)
    return None


def _must_be_out_of(
    text: str, title: str, platform: str, records: Sequence[Record], scale: bool
) -> None:
    out_of = _number(text)
    most = {record.max_points for record in records}
    if scale or out_of is None or most <= {out_of}:
        return
    raise ValueError(
        f"{platform} counts {clean(title, 80)} out of {in_points(out_of)}, and these grades are "
        f"out of {', '.join(in_points(each) for each in sorted(most))}. Change it there, or give "
        "--scale to hand back the same share."
    )


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def _write(
    results: Results,
    done: HandedBack,
    table: str,
    text: str,
    archive: str,
    files: Mapping[str, str],
) -> None:
    folder = results.folder / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, page in sorted(files.items()):
            made.writestr(zipfile.ZipInfo(name, _MOMENT), page, zipfile.ZIP_DEFLATED)
    done.notes = folder / f"{Path(table).stem}-notes.txt"
    write_atomically(done.notes, done.listed())
    write_atomically(folder / table, text)
    write_atomically(folder / archive, packed.getvalue())
    done.files += [folder / table, folder / archive]
