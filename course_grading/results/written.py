"""Written questions: exported for a person to mark, and the marks read back.

`written.html` is there to be read, question by question; `written.csv` to be filled in: points,
and a comment if there is something to say. The column `answer` names an answer in both. It stands
for the student without naming them, and a spreadsheet does not take it for a number or a date, as
it does with ids such as 00123 or 3-5.
"""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from course_grading.intake.notebook import Cell, Unreadable, read
from course_grading.results.display import in_points
from course_grading.results.files import read_small, write_atomically
from course_grading.results.pages import render
from course_grading.results.record import Record, Status, WrittenAnswer
from course_grading.results.report import equal_answers, letters_of
from course_grading.results.tables import BYTE_ORDER_MARK, plain, table

Change = Literal["keep", "scale", "mark-again"]  # of marks, when the most that can be had changes
COLUMNS = ("answer", "student_id", "question", "max", "points", "comment", "text", "note")
_FIELDS = ("answer", "points", "comment", "text", "note", "student_id")
_NEEDED = ("answer", "points", "comment", "text")
MOST_ANSWER = 20_000  # characters of one answer in written.html
_MOST_ERRORS = 20
_POINTS = re.compile(r"\+?\d{1,6}([.,]\d{1,6})?", re.ASCII)
SOURCES = Path(__file__).resolve().parents[2] / "homework" / "source"
_HEADING = re.compile(r"^## Question \d+", re.MULTILINE)
_SOLUTION = re.compile(r"BEGIN SOLUTION[^\n]*\n(.*?)\n[^\n]*END SOLUTION", re.DOTALL)


@dataclass(frozen=True)
class _Row:
    """A row of a filled-in file; `number` is that of the spreadsheet, the header being 1."""

    number: int
    answer: str
    points: str
    comment: str
    text: str
    note: str
    student: str = ""

    @property
    def marked(self) -> bool:
        """Whether a person has put something in, more than the 0 where there is no answer."""
        return bool(self.points or self.comment) and not (
            self.text == _NO_TEXT and self.points in ("0", "0.0") and not self.comment
        )


def answer_id(record: Record, answer: WrittenAnswer) -> str:
    """ "hw1-q5/3f9c12ab34de": the same in every export, without the student's name."""
    return f"{answer.grade_id}/{hashlib.sha256(record.key.encode()).hexdigest()[:12]}"


def text_id(answer: WrittenAnswer) -> str:
    """ "text-…" says which text was read; it changes when the student changes the answer."""
    pictures = "".join(f"\0{picture.kind} {picture.content}" for picture in answer.pictures)
    return _text_id((answer.text or "") + pictures)


def _text_id(text: str) -> str:
    digest = hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).hexdigest()
    return f"text-{digest[:12]}"


_NO_TEXT = _text_id("")


# ---------------------------------------------------------------------- what was asked


@dataclass(frozen=True)
class Asked:
    """A written question: its text, from the heading on, and the model answer, in Markdown."""

    text: str
    answer: str


def asked(assignment: str, folder: Path = SOURCES) -> dict[str, Asked]:
    """The written questions of an assignment by their `grade_id`; none if there is no source."""
    if not re.fullmatch(r"\w+", assignment):
        return {}
    try:
        cells = read((folder / assignment / f"{assignment}.ipynb").read_bytes()).cells
    except (OSError, Unreadable):
        return {}
    found = {}
    for i, cell in enumerate(cells):
        solutions = _SOLUTION.findall(cell.source) if cell.kind == "markdown" else []
        if cell.grade_id and solutions:
            found[cell.grade_id] = Asked(_text_before(cells[:i]), "\n\n".join(solutions).strip())
    return found


def _text_before(cells: tuple[Cell, ...]) -> str:
    """The Markdown from the last heading of a question on."""
    texts: list[str] = []
    for cell in reversed(cells):
        if cell.kind != "markdown":
            continue
        headings = list(_HEADING.finditer(cell.source))
        texts.insert(0, cell.source[headings[-1].start() :] if headings else cell.source)
        if headings:
            return "\n\n".join(texts).strip()
    return ""


# ---------------------------------------------------------------------- out


def export(
    records: Sequence[Record],
    folder: Path | str,
    *,
    anonymous: bool | None = False,
    just_taken_in: bool = False,
) -> list[Path]:
    """Write `written.csv` and `written.html` into the folder of results.

    What a person has filled in already is taken over from `written.csv`, invalid entries too. If
    something in it could not be (its text has changed since, its student is gone, it has columns
    of the person's own, or it cannot be read), the old file is kept beside the new one as
    `written-kept-1.csv`, the next time `-2`, and so on.

    The page has what each question asks and its model answer, if the source of the assignment is
    there.

    Args:
        anonymous: without the students, in an order that does not give them away; None: as in the
            file that is there.
        just_taken_in: the records have the marks of another file, which are newer than those in
            `written.csv`; without it the file wins, as somebody may be filling it in.

    Returns:
        The files written; none at all if there is no written question.
    """
    folder = Path(folder)
    entries = [
        (record, answer)
        for record in records
        if record.status != Status.MISSING
        for answer in record.written
    ]
    if not entries:
        return []
    path = folder / "written.csv"
    earlier, readable = _earlier(path)
    if anonymous is None:
        anonymous = bool(earlier) and not any(row.student for row in earlier.values())
    entries = _in_order(entries, anonymous=anonymous)
    answers = {answer_id(*entry): entry[1] for entry in entries}
    lost = {
        row.answer
        for row in earlier.values()
        if row.marked
        and (row.answer not in answers or not _agrees(row, answers[row.answer], just_taken_in))
    }
    rows = [_row(*entry, earlier, newer=just_taken_in, anonymous=anonymous) for entry in entries]
    written = []
    if lost or not readable:
        written.append(_keep(path))
    write_atomically(path, BYTE_ORDER_MARK + table(COLUMNS, rows))
    write_atomically(folder / "written.html", _page(entries, anonymous=anonymous))
    return [*written, path, folder / "written.html"]


def _in_order(
    entries: Sequence[tuple[Record, WrittenAnswer]], *, anonymous: bool
) -> list[tuple[Record, WrittenAnswer]]:
    """By question and student, but equal answers side by side, where the first of them would be."""

    def own(entry: tuple[Record, WrittenAnswer]) -> tuple[int, str, str]:
        record, answer = entry
        return answer.number, answer_id(*entry) if anonymous else record.student, record.key

    first: dict[tuple[int, str], tuple[int, str, str]] = {}
    for those in _by_question(entries).values():
        for same in equal_answers(those):
            place = same[0][1].number, letters_of(same[0][1])
            first[place] = min(map(own, same))
    return sorted(
        entries,
        key=lambda entry: (
            first.get((entry[1].number, letters_of(entry[1])), own(entry)),
            own(entry),
        ),
    )


def _by_question(
    entries: Iterable[tuple[Record, WrittenAnswer]],
) -> dict[str, list[tuple[Record, WrittenAnswer]]]:
    by_question: dict[str, list[tuple[Record, WrittenAnswer]]] = {}
    for record, answer in entries:
        by_question.setdefault(answer.grade_id, []).append((record, answer))
    return by_question


def _earlier(path: Path) -> tuple[dict[str, _Row], bool]:
    """The rows of the file that is there, and whether all of it is in them."""
    if not path.exists():
        return {}, True
    try:
        header, rows = _read(path)
    except ValueError:
        return {}, False
    by_answer = {row.answer: row for row in rows}
    return by_answer, len(by_answer) == len(rows) and set(header) <= set(COLUMNS)


def _agrees(row: _Row, answer: WrittenAnswer, newer: bool) -> bool:
    """Whether what a person put in the row can stay: not for another text, nor against `newer`
    marks of the record."""
    if row.text != text_id(answer):
        return False
    if not newer or answer.points is None:
        return True
    number = _number(row.points) if _POINTS.fullmatch(row.points) else None
    return (number, row.comment) == (answer.points, answer.comment)


def _keep(path: Path) -> Path:
    i = 1
    while (kept := path.with_name(f"written-kept-{i}.csv")).exists():
        i += 1
    shutil.copyfile(path, kept)
    kept.chmod(0o600)
    return kept


def _row(
    record: Record,
    answer: WrittenAnswer,
    earlier: dict[str, _Row],
    *,
    newer: bool,
    anonymous: bool,
) -> list[str | float | None]:
    points: str | float | None = answer.points
    comment, note = answer.comment, ""
    unanswered = not answer.answered
    before = earlier.get(answer_id(record, answer))
    if before and before.text == text_id(answer):
        note = before.note
        if before.marked and _agrees(before, answer, newer):
            points, comment = before.points, before.comment
            if _POINTS.fullmatch(before.points):
                points = _number(before.points)
    elif before and before.marked:
        points, comment = None, ""
        note = f"answer changed since marked; before: {before.points or 'no'} points"
        note += f", {before.comment}" if before.comment else ""
    if unanswered and points in (None, ""):
        points, note = 0.0, note or "no answer in the notebook"
    student = "" if anonymous else record.student
    question = f"{answer.number}. {answer.title}"
    return [
        answer_id(record, answer),
        student,
        question,
        answer.out_of,
        points,
        comment,
        text_id(answer),
        note,
    ]


def _page(entries: Sequence[tuple[Record, WrittenAnswer]], *, anonymous: bool) -> str:
    assignment = entries[0][0].assignment
    of_source = asked(assignment)
    by_question = _by_question(entries)
    shared = {
        answer_id(*entry): len(same)
        for those in by_question.values()
        for same in equal_answers(those)
        for entry in same
    }
    return render(
        "written.html",
        title=f"{assignment}: written answers",
        assignment=assignment,
        questions=[
            {"of": of_this[0][1], "asked": of_source.get(grade_id), "entries": of_this}
            for grade_id, of_this in by_question.items()
        ],
        who=(lambda record: "") if anonymous else _who,
        answer_id=answer_id,
        shared=shared,
        most_answer=MOST_ANSWER,
    )


def _who(record: Record) -> str:
    return f"{record.name}, {record.student}" if record.name else record.student


# ---------------------------------------------------------------------- back in


def must_be_decided(
    records: Iterable[Record], worth: Mapping[str, float], if_changed: Change | None
) -> None:
    """Raises ValueError if there are marks of a question that is worth something else now, and
    nobody has said what is to become of them.

    Args:
        worth: what each question is worth now, by its `grade_id`.
    """
    if if_changed is not None:
        return
    changed: dict[str, tuple[float, int]] = {}
    for record in records:
        for answer in record.written:
            now = worth.get(answer.grade_id, answer.out_of)
            if answer.points is not None and now != answer.out_of:
                _, count = changed.get(answer.grade_id, (0.0, 0))
                changed[answer.grade_id] = answer.out_of, count + 1
    if changed:
        which = "; ".join(
            f"{grade_id} was worth {in_points(before)} and is worth {in_points(worth[grade_id])} "
            f"now, with {count} mark{'s' * (count > 1)} given"
            for grade_id, (before, count) in changed.items()
        )
        raise ValueError(
            f"{which}. Say what becomes of these marks with --if-maximum-changed: keep (the same "
            "points, where they are possible), scale (the same share), or mark-again. Nothing is "
            "changed."
        )


def carried_over(
    records: Mapping[str, Record], earlier: Mapping[str, Record], if_changed: Change | None
) -> dict[str, Record]:
    """The records with the written marks of earlier ones, by key, where the text is the same."""
    return {
        key: _carried(record, earlier[key], if_changed) if key in earlier else record
        for key, record in records.items()
    }


def _carried(record: Record, earlier: Record, if_changed: Change | None) -> Record:
    before = {answer.grade_id: answer for answer in earlier.written}
    written = []
    for answer in record.written:
        old = before.get(answer.grade_id)
        if old and old.points is not None and answer.points is None:
            points = _points_now(old.points, old.out_of, answer.out_of, if_changed)
            if text_id(old) != text_id(answer):
                answer = dataclasses.replace(answer, changed=answer.open)
            elif points is not None:
                answer = dataclasses.replace(answer, points=points, comment=old.comment)
        written.append(answer)
    return dataclasses.replace(record, written=tuple(written))


def _points_now(
    points: float, before: float, now: float, if_changed: Change | None
) -> float | None:
    """What marks are worth when the question is worth `now`; None: to be marked again."""
    if before == now:
        return points
    if if_changed == "scale" and before > 0:
        return round(points * now / before, 2)
    return points if if_changed == "keep" and points <= now else None


def take_in(path: Path | str, records: Sequence[Record]) -> list[Record]:
    """The records with the points and comments of a filled-in `written.csv`.

    Answers without a row stay as they are, those with an empty `points` are open. Points that were
    given to another text than the one that is there now are not taken: the answer is open, and
    `changed`. A decimal comma is read as one. The file may come back with commas,
    semicolons or tabs between its cells, and in the encodings that Excel writes.

    Raises ValueError, with all rows that cannot be taken and before anything is changed: an
    unknown student or question, an answer in two rows, points that are not a number from 0 to the
    largest possible.
    """
    answers = {
        answer_id(record, answer): (record, answer)
        for record in records
        for answer in record.written
    }
    _, rows = _read(Path(path))
    errors = list(_errors(rows, answers))
    if errors:
        shown = "\n".join(f"  {error}" for error in errors[:_MOST_ERRORS])
        more = len(errors) - _MOST_ERRORS
        shown += f"\n  … and {more} more" if more > 0 else ""
        raise ValueError(f"{path} was not taken in; nothing is changed:\n{shown}")
    by_answer = {row.answer: row for row in rows}
    return [_marked(record, by_answer) for record in records]


def has_marks_to_take_in(folder: Path, records: Sequence[Record]) -> bool:
    """Whether a person has put something into `written.csv` that the records do not have."""
    path = folder / "written.csv"
    if not path.is_file():
        return False
    try:
        taken_in = take_in(path, records)
    except ValueError:
        return True  # `take-in` says what is wrong with it
    return any(
        old.answered and (old.points, old.comment) != (new.points, new.comment)
        for before, after in zip(records, taken_in, strict=True)
        for old, new in zip(before.written, after.written, strict=True)
    )


def _errors(
    rows: Sequence[_Row], answers: dict[str, tuple[Record, WrittenAnswer]]
) -> Iterator[str]:
    questions = {answer.grade_id for _, answer in answers.values()}
    first: dict[str, int] = {}
    for row in rows:
        at = f"row {row.number}:"
        question, _, _ = row.answer.rpartition("/")
        if row.answer in first:
            yield f"{at} {row.answer} is in row {first[row.answer]} already. One row is needed."
            continue
        first[row.answer] = row.number
        if row.answer not in answers:
            if question in questions:
                yield f"{at} no student of this run has the answer {row.answer!r}."
            else:
                known = ", ".join(sorted(questions)) or "none"
                yield (
                    f"{at} {row.answer!r} is not an answer to a written question; the written "
                    f"questions are {known}."
                )
            continue
        _, answer = answers[row.answer]
        if not row.points:
            continue
        if not _POINTS.fullmatch(row.points) or _number(row.points) > answer.out_of:
            most = in_points(answer.out_of)
            yield f"{at} points are a number from 0 to {most}, or empty; got {row.points!r}."
        elif not row.text:
            yield f"{at} the column text is empty. It says which text was marked: leave it in."


def _number(points: str) -> float:
    """Rounded to what tables and pages show, so that what stands there adds up."""
    return round(float(points.replace(",", ".")), 2)


def _marked(record: Record, rows: dict[str, _Row]) -> Record:
    written = []
    for answer in record.written:
        row = rows.get(answer_id(record, answer))
        if row is None:
            written.append(answer)
            continue
        if row.text == text_id(answer):
            points = _number(row.points) if row.points else None
            answer = dataclasses.replace(answer, points=points, comment=row.comment, changed=False)
        else:
            answer = dataclasses.replace(answer, points=None, comment="")
            answer = dataclasses.replace(answer, changed=row.marked and answer.open)
        written.append(answer)
    return dataclasses.replace(record, written=tuple(written))


def _read(path: Path) -> tuple[list[str], list[_Row]]:
    """The header, and the rows that are not empty."""
    try:
        text = _decoded(read_small(path))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}.") from None
    head = re.split(r"[\r\n]", text, maxsplit=1)[0]
    delimiter = max(",;\t", key=head.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ValueError(f"{path} is not a CSV file: {error}.") from None
    header = [name.strip() for name in lines[0]] if lines else []
    lacking = [name for name in _NEEDED if name not in header]
    if lacking:
        raise ValueError(
            f"{path} lacks the column{'s' * (len(lacking) > 1)} {', '.join(lacking)}. The first "
            f"row is to be {','.join(COLUMNS)}, as it was exported."
        )
    rows = []
    for i, line in enumerate(lines[1:], start=2):
        if not any(value.strip() for value in line):
            continue
        if len(line) > len(header) and any(value.strip() for value in line[len(header) :]):
            raise ValueError(
                f"{path}, row {i}: {len(line)} cells under {len(header)} columns. Is there a "
                "decimal comma? Write 7.5."
            )
        cells = dict(zip(header, (plain(value.strip()) for value in line), strict=False))
        rows.append(
            _Row(
                i,
                *(cells.get(name, "") for name in _FIELDS),
            )
        )
    return header, rows


def _decoded(content: bytes) -> str:
    """UTF-8, with or without a mark; UTF-16 ("Unicode text"); or Excel's older "CSV"."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
