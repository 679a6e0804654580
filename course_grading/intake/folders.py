"""Folders around the submissions: one that holds all of them, or one for each section."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from course_grading.intake import canvas, moodle
from course_grading.intake.names import holds, id_of, likely, platform_id, stem_of
from course_grading.intake.roster import Roster, clean
from course_grading.intake.untrusted_files import Found

WRAPPERS = {"submitted", "submissions", "submission", "downloaded", "collected"}


def unwrapped(files: list[Found], stem: str, assignment: str, roster: Roster | None) -> list[Found]:
    """Without the folders that hold all the students' folders or notebooks."""
    for _ in range(3):
        top = files[0].parts[0]
        below = [file for file in files if len(file.parts) > 1]
        if any(file.parts[0] != top for file in files) or not below or moodle.matched(top):
            return files
        if any(file.problem and len(file.parts) == 1 for file in files):
            return files
        if roster is not None and roster.find(id_of(top, assignment, roster)):
            return files
        children = {
            file.parts[1]
            for file in below
            if len(file.parts) > 2 or file.folder or likely(file.parts[1], assignment) == 2
        }
        ids = {id_of(stem_of(name), assignment, roster).casefold() for name in children}
        known = top.casefold() in {*WRAPPERS, stem.casefold(), assignment.casefold()}
        platform = any(canvas.matched(name) or moodle.matched(name) for name in children)
        several = len(ids) > 1 and assignment.casefold() not in ids
        if not (known or platform or several):
            return files
        files = [replace(file, parts=file.parts[1:]) for file in below]
    return files


def without_sections(files: list[Found], assignment: str, roster: Roster | None) -> list[Found]:
    """Without the folders that are of a section, or a tutor, and hold what several students handed
    in. What lies in a folder of one student is nobody else's, whatever it is called.

    Raises ValueError if most folders look like that, and nothing says whose they are.
    """
    inside: defaultdict[str, list[str]] = defaultdict(list)  # of each folder, what lies in it
    people: set[str] = set()  # those who have a file or folder of their own
    for file in files:
        top = file.parts[0]
        whole = len(file.parts) == 1
        own = roster and roster.find(id_of(stem_of(top) if whole else top, assignment, roster))
        if own or moodle.matched(top) or (whole and holds(top)):
            people.add(own.id if own else "")
        elif len(file.parts) > 2 or (not whole and (file.folder or holds(file.parts[1]))):
            inside[top].append(file.parts[1])
    if roster is not None:
        sections = {
            top for top, names in inside.items() if _is_section(names, assignment, roster, people)
        }
        return [
            replace(file, parts=file.parts[1:]) if file.parts[0] in sections else file
            for file in files
            if file.parts[0] not in sections or len(file.parts) > 1
        ]
    if people or not inside:
        return files
    numbers = [{platform_id(name.strip(" ")) for name in names} for names in inside.values()]
    if all("" not in each for each in numbers) and len(set().union(*numbers)) > 1:
        return [replace(file, parts=file.parts[1:]) for file in files if len(file.parts) > 1]
    names_in = {
        top: {id_of(stem_of(name), assignment, None).casefold() for name in names}
        - {assignment.casefold()}
        for top, names in inside.items()
    }
    several = [top for top, names in names_in.items() if len(names) > 1]
    if len(inside) > 1 and 2 * len(several) > len(inside):
        shown = ", ".join(clean(top, 40) for top in several[:3])
        raise ValueError(
            f"{shown}: these folders have notebooks of several names in them. If each is of a "
            "section, give a roster, or put the notebooks into one folder. If each is of one "
            f"student, leave one notebook in it, or call it {assignment}.ipynb."
        )
    return files


def _is_section(
    names: Sequence[str], assignment: str, roster: Roster, elsewhere: Collection[str]
) -> bool:
    """Whether what lies in a folder is of people on the roster, who have nothing elsewhere."""
    known: set[str] = set()
    others = 0
    for name in set(names):
        number = platform_id(name.strip(" ")).partition(" ")[2]
        student = roster.of_platform(number) if number else None
        student = student or roster.find(id_of(stem_of(name), assignment, roster))
        if student is not None:
            known.add(student.id)
        else:
            others += not number
    return len(known) > others and not known & set(elsewhere)
