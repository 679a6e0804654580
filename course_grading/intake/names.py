"""What the names of files and folders say: whose they are, and whether they are notebooks."""

from __future__ import annotations

import re

from course_grading.intake import canvas, moodle
from course_grading.intake.roster import Roster, clean_id
from course_grading.intake.untrusted_files import is_zip

ENDINGS = re.compile(
    r"(?i)(\.ipynb)?\.(ipynb|zip|txt|json|pdf|py|html?|docx?|odt|rtf|rar|7z|tar|tgz|gz|md|csv|tsv|"
    r"xlsx|log|png|jpe?g)$"
)


def platform_id(handed_in_as: str) -> str:
    """Whose a file or folder of a learning platform is: "canvas 12345"; "" if it is none."""
    if match := moodle.matched(handed_in_as):
        return f"moodle {match['id']}"
    if match := canvas.matched(handed_in_as):
        return f"canvas {match['id']}"
    return ""


def platform_name(handed_in_as: str) -> str:
    """The name of a student in that of a file or folder of a learning platform; "" if none is."""
    match = moodle.matched(handed_in_as) or canvas.matched(handed_in_as)
    return (match.groupdict().get("name") or "") if match else ""


def likely(name: str, assignment: str) -> int:
    """Whether a file of this name is a notebook: 2 yes, 1 perhaps, 0 no."""
    name = name.strip().lower()
    if name.endswith(".ipynb"):
        return 2
    # What browsers and careful students make of it.
    return int(name.endswith((".ipynb.txt", ".ipynb.json", ".json")) or name == assignment.lower())


def holds(name: str) -> bool:
    """Whether a file of this name holds a submission."""
    return likely(name, "") == 2 or is_zip(name)


def stem_of(name: str) -> str:
    """Without the endings that a file may have; another dot may be part of an id."""
    name = name.strip(" ")
    return ENDINGS.sub("", name) or name


def id_of(stem: str, assignment: str, roster: Roster | None) -> str:
    """The id in a name such as alice, alice_hw2, hw2-alice, alice_hw2-1 or alice (1)."""
    if roster is not None and (student := roster.find(stem)):
        return student.id
    name = re.escape(assignment)
    stem = re.sub(r"(?<=.) ?\(\d{1,6}\)$", "", stem)
    for pattern in (
        rf"(?P<id>.+?)[-_. ]+{name}([-_](Copy)?\d{{1,6}})?",
        rf"{name}[-_. ]+(?P<id>.*[^\W\d].*|\d{{3,}})",
        rf"(?P<id>{name})[-_](Copy)?\d{{1,2}}",
        r"(?P<id>.+)-Copy\d{1,6}",
    ):
        if match := re.fullmatch(pattern, stem, re.IGNORECASE | re.DOTALL):
            stem = match["id"]
            break
    student = roster.find(stem) if roster is not None else None
    return student.id if student is not None else clean_id(stem)
