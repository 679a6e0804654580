"""A folder with the inventory in all its formats, and with the tasks that the lessons ask again."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from course_grading.inventory import pages
from course_grading.inventory.answers import header
from course_grading.inventory.asked_again import asked_again
from course_grading.inventory.forms import FORMS, form
from course_grading.inventory.moodle import moodle_xml
from course_grading.inventory.qti12 import qti12
from course_grading.inventory.qti21 import qti21
from course_grading.results.files import must_be_folder, write_atomically


def write(folder: Path) -> list[str]:
    """Write everything into the folder, which is made if it is not there; the names of the files.

    The questions of the inventory go without feedback: who is told why an option is wrong cannot be
    asked again.

    Raises ValueError, and writes nothing, if a file of such a name has something else in it: the
    forms that a class had, or its answers. OSError if it is no folder.
    """
    must_be_folder(folder)
    files: dict[str, bytes] = {"key.html": pages.key().encode(), "answers.csv": _header().encode()}
    for name in FORMS:
        title = f"Twenty short questions, form {name}"
        files[f"form_{name}.html"] = pages.paper(name).encode()
        files[f"form_{name}.moodle.xml"] = moodle_xml(
            form(name), f"inventory form {name}", feedback=False
        )
        files[f"form_{name}.qti12.zip"] = qti12(form(name), f"form_{name}", title, feedback=False)
        files[f"form_{name}.qti21.zip"] = qti21(form(name), f"form_{name}", title)
    again, title = asked_again(), "Questions about earlier lessons"
    files["recall.moodle.xml"] = moodle_xml(again, "asked again", feedback=True)
    files["recall.qti12.zip"] = qti12(again, "recall", title, feedback=True)
    files["recall.qti21.zip"] = qti21(again, "recall", title)
    for name, content in files.items():
        path = folder / name
        if path.exists() and not (path.is_file() and path.read_bytes() == content):
            raise ValueError(
                f"{path} is there, and has something else in it. Name another folder: what a class "
                "had, or has answered, is not overwritten."
            )
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_atomically(folder / name, content)
    return sorted(files)


def _header() -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(header())
    return text.getvalue()
