"""Finds the submissions in a folder or in a zip.

Whatever a student may have put there, nothing is written to disk, no link is followed, nothing
outside is opened, and no more is unpacked than fits; what cannot be read becomes a problem of that
one student.

What is understood:

* `alice.ipynb`, `alice_hw2.ipynb`, `hw2-alice.ipynb`: one notebook per student;
* `alice/anything.ipynb`: one folder per student, also nbgrader's `submitted/alice/hw2/hw2.ipynb`;
* `alice.zip`, `alice/hw2.zip`: a notebook that a student zipped;
* `alice.ipynb` itself, a class of one;
* the zip of a folder like these, and what Canvas and Moodle hand out, zipped or unpacked (the names
  are in `canvas` and `moodle` beside this file);
* folders of sections, each with such files of several students, where a roster or the platform's
  names say that they are of several.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course_grading.intake import canvas, moodle
from course_grading.intake.folders import unwrapped, without_sections
from course_grading.intake.names import id_of, likely, platform_id, stem_of
from course_grading.intake.note import Note, NoteKind
from course_grading.intake.notebook import Unreadable
from course_grading.intake.roster import Roster, Student, clean, clean_id, is_lossy, key_of
from course_grading.intake.untrusted_files import (
    MAX_ENTRIES,
    MAX_FILES,
    MAX_NOTEBOOK,
    TOO_MANY,
    Found,
    InZip,
    OnDisk,
    TooMany,
    alone,
    is_junk,
    is_zip,
    unpack,
    walk,
)

MAX_ZIPS = 5  # of one student, that are opened
MAX_ATTEMPTS = 5  # of one student, that are graded where the best counts
MAX_COMPARED = 10  # notebooks of one student that are looked into before one is taken
FEW = 0.2  # of those who handed in: if fewer are on the roster, it is another class's

LISTS = (".csv", ".tsv", ".xlsx", ".md", ".log")  # beside the submissions: the instructor's own
DEVICES = {"con", "prn", "aux", "nul", *(f"{a}{i}" for a in ("com", "lpt") for i in range(10))}


@dataclass(frozen=True)
class Submission:
    """What one student handed in; the notebook itself is read by `read`, one at a time.

    Args:
        student: the id, as the roster or the name of the submission has it: never used as a path.
        source: where it was found, for people.
        problem: why there is no notebook to read; "" if there is one.
        missing: on the roster, and nothing was handed in.
        notes: what the instructor should know: not on the roster, which of several was taken.
        name: from the roster, or from Moodle.
        submitted_at: from the roster, or from nbgrader's timestamp.txt.
        on_roster: the row of the roster, if there is one.
        handed_in_as: the file or folder in what the learning platform has handed out, to hand
            something back by; "" if it does not come from a platform.
        marked_late: what Canvas says about it; None if nobody says anything.
        others: further notebooks of this student that may be the best, the newest first: where each
            was found, and it.
    """

    student: str
    source: str = ""
    problem: str = ""
    missing: bool = False
    notes: tuple[Note, ...] = ()
    name: str = ""
    submitted_at: datetime | None = None
    on_roster: Student | None = None
    handed_in_as: str = ""
    marked_late: bool | None = None
    place: OnDisk | InZip | None = field(default=None, repr=False)
    others: tuple[tuple[str, OnDisk | InZip], ...] = field(default=(), repr=False)

    @property
    def attempts(self) -> Iterator[Submission]:
        """This, and the same with each of the others in its place."""
        yield self
        for source, place in self.others:
            yield replace(self, source=source, place=place, others=())

    def read(self) -> bytes:
        """The bytes of the notebook, at most 20 MB.

        Raises:
            Unreadable: with the reason, also where it shows only now, as with a damaged zip.
        """
        if self.problem or self.place is None:
            raise Unreadable(self.problem or "nothing was handed in")
        return self.place.read(MAX_NOTEBOOK)


def collect(
    path: str | Path,
    assignment: str,
    roster: Roster | None = None,
    untouched: Callable[[bytes], bool] = lambda content: False,
    *,
    several: bool = False,
) -> list[Submission]:
    """The submissions in a folder or a zip, and the students of the roster without one, by id.

    Of several notebooks of one student this one is taken: one in which something was written; one
    that is named after the assignment before others; then the one that was handed in last (Canvas
    numbers what is handed in); then the highest number of a repeated file name (`hw2-1.ipynb`,
    `hw2 (1).ipynb`, `hw2-Copy1.ipynb`); then the newest file.

    Args:
        assignment: its name, "hw2".
        untouched: whether a notebook is as it was handed out; asked only if there are several.
        several: whether all attempts of a student are wanted, so that the best can count.

    Raises:
        ValueError: if the path is no folder, zip or notebook, if there is nothing in it, or if
            (nearly) nobody in it is on the roster.
    """
    root = Path(path)
    files = _given(root)
    files = unwrapped(files, root.stem, assignment, roster)
    files = without_sections(files, assignment, roster)
    if len({file.parts[0] for file in files}) > MAX_ENTRIES:
        raise ValueError(_too_many(root))
    groups: dict[str, _Group] = {}
    not_canvas = _not_canvas(files, roster)
    for file in files:
        who = _who(file, assignment, roster, not_canvas)
        if who is None:
            continue
        group = groups.setdefault(who.student, _Group(who.student))
        group.add(file, who)
        group.of_platform |= file.parts[0].strip(" ") not in not_canvas
    groups = _enrolled(groups, roster)
    found = [
        _submission(group, assignment, roster, untouched, several) for group in groups.values()
    ]
    if roster is not None:
        _must_know_them(found, roster)
        handed_in = {submission.student for submission in found}
        found += [
            Submission(
                student.id,
                missing=True,
                name=student.name,
                notes=_expected(student),
                on_roster=student,
            )
            for student in roster.students
            if student.id not in handed_in
        ]
    if not found:
        raise ValueError(f"There are no submissions in {clean(str(root), 200)}.")
    return sorted(found, key=lambda s: (s.student.casefold(), s.student))


def is_nobodys(submission: Submission) -> bool:
    """Whether the name of what was handed in does not say whose it is."""
    return any(note.kind == NoteKind.NOBODYS_NAME for note in submission.notes)


def file_key(student: str, taken: Collection[str] = ()) -> str:
    """A name for the files of this student: letters, digits, "-", "_" and "." only.

    At most 64 characters, no name that a system keeps for itself. An id that is such a name already
    is its own key; any other gets a digest, so that ids that differ only by capitals or punctuation
    have keys that differ on every disk. The key depends on the id only, not on who came before;
    `taken` (keys in use) matters only if two digests should ever be the same.
    """
    plain = unicodedata.normalize("NFKD", student).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", plain)[:44].strip("-._")
    if plain.split(".")[0].lower() in DEVICES:
        plain = f"id-{plain}"
    used = {key.lower() for key in taken}
    itself = plain == student == student.lower() and not re.search(r"-[0-9a-f]{12,}$", student)
    if plain and itself and student not in used:
        return student
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()
    for length in (12, 13, 14, 15):
        key = f"{plain or 'student'}-{digest[:length]}"
        if key.lower() not in used:
            return key
    raise ValueError(f"There is no key left for {clean(student, 100)}.")


def _given(root: Path) -> list[Found]:
    """Everything in the given folder or zip."""
    shown = clean(str(root), 200)
    try:
        if root.is_dir():
            files = walk(root)
        elif root.is_file() and likely(root.name, "") == 2:
            files = alone(root)
        elif root.is_file():
            files = unpack(OnDisk(str(root), ()))
        elif root.exists():
            raise ValueError(f"{shown} is neither a folder nor a zip nor a notebook.")
        else:
            raise ValueError(f"There is no {shown}.")
    except TooMany:
        raise ValueError(_too_many(root)) from None
    except Unreadable as error:
        words = f"{shown} is neither a folder nor a zip that can be read: {error}."
        raise ValueError(words) from None
    except OSError as error:
        raise ValueError(f"{shown} cannot be opened: {error.strerror}.") from None
    files = [file for file in files if not is_junk(file.parts)]
    if not files:
        raise ValueError(f"{shown} is empty.")
    return files


def _must_know_them(found: Sequence[Submission], roster: Roster) -> None:
    """Raises ValueError if the roster is that of other people."""
    known = sum(submission.on_roster is not None for submission in found)
    if len(found) >= 3 and known < FEW * len(found):
        theirs = ", ".join(clean(submission.student, 40) for submission in found[:3])
        those = ", ".join(clean(student.id, 40) for student in roster.students[:3])
        raise ValueError(
            f"{known} of {len(found)} submissions are of somebody on the roster. Is it the roster "
            f"of this class? Submissions are of {theirs}, …; its ids are {those}, … Give the right "
            "one, or one whose column id has what the names of the submissions have, or none."
        )


def _expected(student: Student) -> tuple[Note, ...]:
    if student.submitted_at is None:
        return ()
    at = student.submitted_at.isoformat()
    return (Note(f"the roster says that it was handed in at {at}"),)


def _too_many(root: Path) -> str:
    return (
        f"{clean(str(root), 200)} has more than {MAX_ENTRIES:,} entries. Is it the folder with the "
        "submissions of one assignment?"
    )


@dataclass(frozen=True)
class _Who:
    """Whose a file is, as its name says."""

    student: str
    file: str = ""  # the name that the student gave to it
    order: int = 0
    name: str = ""  # as the learning platform has it
    notes: tuple[Note, ...] = ()
    text_only: bool = False
    late: bool | None = None  # as the learning platform says
    numbered: bool = False  # the id is the learning platform's own number


@dataclass(frozen=True)
class _Candidate:
    file: Found
    own: str
    order: int
    late: bool | None = None

    @property
    def shown(self) -> str:
        place = "/".join(clean(part, 80) for part in self.file.parts)
        return f"{self.file.inside}: {place}" if self.file.inside else place


@dataclass
class _Group:
    """All that is one student's."""

    student: str
    found: list[_Candidate] = field(default_factory=list)
    tops: dict[str, None] = field(default_factory=dict)  # in order, as a set
    names: set[str] = field(default_factory=set)
    notes: dict[Note, None] = field(default_factory=dict)
    text_only: bool = False
    of_platform: bool = False  # a name like those of Canvas or Moodle is one
    numbered: bool = True  # all of it has the number of a learning platform

    def add(self, file: Found, who: _Who) -> None:
        self.found.append(_Candidate(file, who.file, who.order, who.late))
        self.tops[file.parts[0]] = None
        self.names |= {who.name} - {""}
        self.notes |= dict.fromkeys(who.notes)
        self.text_only |= who.text_only
        self.numbered &= who.numbered

    def merge(self, other: _Group) -> None:
        self.found += other.found
        self.tops |= other.tops
        self.names |= other.names
        self.notes |= other.notes
        self.text_only |= other.text_only
        self.of_platform |= other.of_platform


def _who(
    file: Found, assignment: str, roster: Roster | None, not_canvas: Collection[str] = ()
) -> _Who | None:
    """Whose this file is; None if it is none of a student's."""
    top, own = file.parts[0].strip(" "), file.parts[-1].strip(" ")
    alone = len(file.parts) == 1 and not file.folder
    odd = [_apart(top)] if is_lossy(top) else []
    if match := moodle.matched(top):
        name = match["name"] if match["name"] != "Participant" else ""
        return _Who(
            clean_id(match["id"]),
            (match["file"] or own) if alone else own,
            name=clean(name, 200),
            text_only=match["kind"] == "onlinetext",
            numbered=True,
        )
    if alone and top not in not_canvas and (match := canvas.matched(top)):
        parts = match.groupdict()
        notes = [Note("Canvas says that it was handed in late")] if parts["late"] else []
        if len(re.findall(r"_\d+(?=_\d+_)", top)) > 1:
            shown = clean(top, 120)
            words = f"the name {shown} can be read in more than one way: look whose it is"
            notes.append(Note(words))
        return _Who(
            clean_id(parts["id"]),
            parts["file"],
            int(parts.get("order", "0")[:18]),
            clean(parts.get("name") or "", 200),
            tuple(notes),
            "order" not in parts,
            bool(parts["late"]),
            numbered=True,
        )
    if not alone:
        student = id_of(top.removesuffix(".ipynb"), assignment, roster)
        return _Who(student, own, notes=tuple(odd))
    student = id_of(stem_of(top), assignment, roster)
    on_roster = roster is not None and roster.find(student) is not None
    if top.lower().endswith(LISTS) and not on_roster:
        return None
    if student.casefold() == assignment.casefold():
        words = f"the file is called {clean(top, 80)}, which does not say whose it is"
        return _Who(student, top, notes=(Note(words, NoteKind.NOBODYS_NAME), *odd))
    return _Who(student, top, notes=tuple(odd))


def _not_canvas(files: Sequence[Found], roster: Roster | None) -> set[str]:
    """Files that are called like those of Canvas and are not: alice_2026_1_hw2.ipynb beside
    bob_2026_1_hw2.ipynb. In Canvas a number has one name."""
    of: defaultdict[str, dict[str, str]] = defaultdict(dict)  # of each number, files and names
    for file in files:
        top = file.parts[0].strip(" ")
        if len(file.parts) == 1 and not file.folder and (match := canvas.matched(top)):
            of[match["id"]][top] = match.groupdict().get("name") or ""
    return {
        top
        for number, names in of.items()
        if len(set(names.values())) > 1 and (roster is None or roster.of_platform(number) is None)
        for top in names
    }


def _apart(name: str) -> Note:
    return Note(
        f"the name {clean(name, 80)} holds characters that cannot be shown; whoever it is, nobody "
        "else's submission was put together with it"
    )


def _enrolled(groups: dict[str, _Group], roster: Roster | None) -> dict[str, _Group]:
    """The groups under the ids of the roster, those of one student put together."""
    if roster is None:
        return groups
    enrolled: dict[str, _Group] = {}
    unknown: list[_Group] = []
    for group in groups.values():
        student = _on_roster(group, roster)
        if student is None:
            unknown.append(group)
        elif student.id in enrolled:
            enrolled[student.id].merge(group)
        else:
            group.student = student.id
            enrolled[student.id] = group
    # The platform's own number need not be on the roster; its name will do if nobody else has it.
    claims: defaultdict[str, list[_Group]] = defaultdict(list)
    for group in unknown:
        for named in {student.id for name in group.names if (student := roster.named(name))}:
            claims[named].append(group)
    taken: set[str] = set()
    for student_id, claiming in claims.items():
        if len(claiming) == 1 and student_id not in enrolled and claiming[0].student not in taken:
            group = claiming[0]
            taken.add(group.student)
            words = f"found on the roster by its name; its number is {group.student}"
            group.notes[Note(words)] = None
            enrolled[student_id] = group
    rest = {group.student: group for group in unknown if group.student not in taken}
    for student_id, group in enrolled.items():
        group.student = student_id
    return {**rest, **enrolled}


def _on_roster(group: _Group, roster: Roster) -> Student | None:
    """Whose these are.  Raises ValueError if their name stands for two people on the roster."""
    if group.numbered:
        return roster.of_platform(group.student)
    two = roster.with_two_meanings.get(key_of(group.student))
    if two is None:
        return roster.find(group.student)
    named = " and ".join(f"{clean(s.name, 40)} ({clean(s.id, 40)})".strip() for s in two[:2])
    raise ValueError(
        f"{clean(next(iter(group.tops)), 80)}: {clean(group.student, 40)} is the id of one student "
        f"of the roster and another id or the email of somebody else: {named}. Rename it, or give "
        "a roster with one kind of ids."
    )


def _submission(
    group: _Group,
    assignment: str,
    roster: Roster | None,
    untouched: Callable[[bytes], bool],
    several: bool,
) -> Submission:
    """What this student handed in: the one notebook that is graded, or the problem."""
    student = roster.of_platform(group.student) if roster is not None else None
    notes = list(group.notes)
    if roster is not None and student is None:
        notes.insert(0, Note("not on the roster", NoteKind.NOT_ON_THE_ROSTER))
    chosen, others, problem = _chosen(group, assignment, notes, untouched, several)
    name = student.name if student is not None else ""
    return Submission(
        student=group.student,
        source=chosen.shown if chosen else ", ".join(clean(top, 80) for top in [*group.tops][:3]),
        problem=problem,
        notes=tuple(notes),
        name=name or min((each for each in group.names if " " in each), default=""),
        submitted_at=(student.submitted_at if student is not None else None)
        or _timestamp(group, assignment),
        on_roster=student,
        handed_in_as=_handed_in_as(group, chosen),
        marked_late=chosen.late if chosen else next((each.late for each in group.found), None),
        place=chosen.file.place if chosen and not problem else None,
        others=tuple((each.shown, each.file.place) for each in others if each.file.place),
    )


def _handed_in_as(group: _Group, chosen: _Candidate | None) -> str:
    """The name of the platform's file or folder: that of what is graded, or else the first one."""
    if not group.of_platform:
        return ""
    tops = [chosen.file.parts[0]] if chosen else []
    if chosen and chosen.file.inside:  # a zip's: the parts are those of the files in it
        tops = [top for top in group.tops if chosen.file.inside.split("/")[0] == clean(top, 80)]
    named = (top for top in [*tops, *group.tops] if canvas.matched(top) or moodle.matched(top))
    return next(named, "")


def _timestamp(group: _Group, assignment: str) -> datetime | None:
    """When nbgrader's exchange says that it was handed in: alice/hw2/timestamp.txt.

    nbgrader writes that file when it collects (`collect` in nbgrader/exchange); what a student put
    into a zip of their own is not looked at.
    """
    for each in group.found:
        place = [part.casefold() for part in each.file.parts[1:]]
        if place not in ([assignment.casefold(), "timestamp.txt"], ["timestamp.txt"]):
            continue
        if each.file.inside or each.file.place is None or moodle.matched(each.file.parts[0]):
            continue
        try:
            text = each.file.place.read(200).decode("ascii").strip()
            at = datetime.fromisoformat(re.sub(r" ?(UTC|GMT)$", "+00:00", text))
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
            return at.astimezone(UTC)
        except (Unreadable, ValueError, OverflowError):
            return None
    return None


def _chosen(
    group: _Group,
    assignment: str,
    notes: list[Note],
    untouched: Callable[[bytes], bool],
    several: bool,
) -> tuple[_Candidate | None, list[_Candidate], str]:
    """The notebook that is graded, those that are graded too if there are `several` to choose the
    best from, and the problem if there is none; adds to the notes."""
    if len(group.found) > MAX_FILES:
        return None, [], TOO_MANY
    found = [each for each in group.found if not each.file.folder]
    others = _other_assignments(found, assignment)
    found = [each for each in found if each not in others]
    readable = _notebooks(found, assignment)
    zips = [each for each in found if is_zip(each.own) and not each.file.problem]
    problem = ""
    if not readable:
        unpacked, problem = _from_zips(zips, assignment, notes)
        found += unpacked
        readable = _notebooks(found, assignment)
    elif zips:
        notes.append(Note(f"{zips[0].shown} was not opened: there is a notebook beside it"))
    refused = [each for each in found if each.file.problem]
    if readable:
        written_in = _written_in(readable, assignment, untouched, notes)
        best, *others = sorted(written_in, key=lambda each: _rank(each, assignment), reverse=True)
        others = others[: MAX_ATTEMPTS - 1] if several else []
        _explain_choice(best, written_in, others, group, assignment, notes)
        notes += [Note(f"{each.shown} was left out: {each.file.problem}") for each in refused[:5]]
        return best, others, ""
    if refused:
        worst = max(refused, key=lambda each: _rank(each, assignment))
        return worst, [], worst.file.problem
    if problem:
        return zips[0], [], problem
    if group.text_only:
        return None, [], "there is a text that was typed in, but no notebook"
    if found or others:
        unopened = [each for each in found if each not in zips] or found
        names = [clean(each.own, 60) for each in unopened] or [each.shown for each in others]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return None, [], f"there is no notebook; found: {', '.join(names[:3])}{more}"
    return None, [], "the folder is empty"


def _written_in(
    readable: list[_Candidate],
    assignment: str,
    untouched: Callable[[bytes], bool],
    notes: list[Note],
) -> list[_Candidate]:
    """Without those that are as they were handed out, unless all of them are."""
    if len(readable) == 1:
        return readable
    by_rank = sorted(readable, key=lambda each: _rank(each, assignment), reverse=True)
    as_given = []
    for each in by_rank[:MAX_COMPARED]:
        try:
            if each.file.place is not None and untouched(each.file.place.read(MAX_NOTEBOOK)):
                as_given.append(each)
        except Unreadable:
            pass  # it says so itself if it is the one that is taken
    left = [each for each in readable if each not in as_given]
    if not left:
        return readable
    for each in as_given:
        words = f"{each.shown} was left out: it is as it was handed out"
        notes.append(Note(words, NoteKind.HANDED_IN_TWICE))
    return left


def _notebooks(found: Sequence[_Candidate], assignment: str) -> list[_Candidate]:
    """Those that may be notebooks; files with an odd ending only if there is no better one."""
    good = [each for each in found if not each.file.problem]
    best = max((likely(each.own, assignment) for each in good), default=0)
    return [each for each in good if best and likely(each.own, assignment) == best]


def _other_assignments(found: Sequence[_Candidate], assignment: str) -> list[_Candidate]:
    """What lies in folders of other assignments, as in nbgrader's submitted/alice/hw1."""
    kind = re.fullmatch(r"(.*?)\d+", assignment)
    if kind is None:
        return []
    other = re.compile(rf"{re.escape(kind[1])}\d+", re.IGNORECASE)
    return [
        each
        for each in found
        if len(each.file.parts) > 2
        and other.fullmatch(each.file.parts[1])
        and each.file.parts[1].casefold() != assignment.casefold()
    ]


def _from_zips(
    zips: Sequence[_Candidate], assignment: str, notes: list[Note]
) -> tuple[list[_Candidate], str]:
    """What is in the zips of a student, and what is wrong with the first one that fails."""
    found: list[_Candidate] = []
    problem = ""
    newest_first = sorted(zips, key=lambda each: _rank(each, assignment), reverse=True)
    if len(zips) > MAX_ZIPS:
        words = f"{len(zips)} zips were handed in; the newest {MAX_ZIPS} were opened"
        notes.append(Note(words, NoteKind.HANDED_IN_TWICE))
    for each in newest_first[:MAX_ZIPS]:
        if each.file.place is None:
            continue
        try:
            inside = unpack(each.file.place)
        except Unreadable as error:
            problem = problem or str(error)
            continue
        if len(inside) > MAX_FILES:
            problem = problem or TOO_MANY
            continue
        inside = [file for file in inside if not file.folder and not is_junk(file.parts)]
        if len({platform_id(file.parts[0].strip(" ")) for file in inside} - {""}) > 1:
            problem = problem or (
                "the zip holds what a learning platform handed out for several students; grade it "
                "by itself, or unpack it"
            )
            continue
        if not inside:
            problem = problem or "the zip is empty"
        found += [
            _Candidate(replace(file, inside=each.shown), file.parts[-1], each.order, each.late)
            for file in inside
        ]
    return found, problem


def _rank(each: _Candidate, assignment: str) -> tuple[Any, ...]:
    """The one to be taken has the largest; the path is last, so that there is always one."""
    stem = stem_of(each.own)
    version = re.search(r"(?:-(?:Copy)?(\d{1,6})| ?\((\d{1,6})\))$", stem, re.IGNORECASE)
    named = assignment.casefold() in stem.casefold()
    return (
        likely(each.own, assignment),
        named,
        each.order,
        int(version[1] or version[2]) if version else 0,
        each.file.modified,
        each.file.parts,
    )


def _explain_choice(
    best: _Candidate,
    readable: Sequence[_Candidate],
    others: Sequence[_Candidate],
    group: _Group,
    assignment: str,
    notes: list[Note],
) -> None:
    ranks = sorted((_rank(each, assignment) for each in readable), reverse=True)
    if len(ranks) > 1:
        why = "the newest" if ranks[0][1] == ranks[1][1] else f"the one named after {assignment}"
        words = f"{len(readable)} notebooks were handed in; {why}, {best.shown}, is graded"
        if others:
            newest = "" if len(others) + 1 == len(readable) else f" of the newest {MAX_ATTEMPTS}"
            words = f"{len(readable)} notebooks were handed in; the best{newest} counts"
        notes.append(Note(words, NoteKind.HANDED_IN_TWICE))
    tops = {id_of(stem_of(top), assignment, None) for top in group.tops}
    if len(tops) > 1 and not any(canvas.matched(top) or moodle.matched(top) for top in group.tops):
        words = "handed in as " + " and as ".join(clean(t, 80) for t in [*group.tops][:3])
        notes.append(Note(words, NoteKind.HANDED_IN_TWICE))
    # A name that is all a folder of notebooks has to tell students apart need not have it.
    own_name = len(best.file.parts) > 1 or best.file.inside or best.own != best.file.parts[0]
    named = assignment.casefold() in best.own.casefold()
    if (own_name and not named) or likely(best.own, assignment) < 2:
        notes.append(Note(f"the notebook is called {clean(best.own, 80)}, not {assignment}.ipynb"))
