"""What comes back: a small file in the reader's own copies of the lessons.

It lies beside the copies, in the folder that has the marker, and is found from the folder in which
a notebook runs. Without a marker nothing is read and nothing is written: the originals, and tests
of them, never depend on it. It knows no dates; what is counted are the lessons that were opened.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from course_nn.files import written_whole

MARKER = ".readers_copies.json"  # beside it lie the reader's copies
FILE = "progress.json"
VERSION = 1
HITS = 2  # so many in a row, and a task does not come back
AFTER_A_HIT = 2  # lessons until it is asked once more; after a miss it is the next one
MOST_DUE = 3  # tasks that come back in one lesson


@dataclass
class Idea:
    """A task that was missed: how often it was drawn anew, hits in a row, when it is due.

    `due` is a number of opened lessons; once retired it is never due.
    """

    draws: int = 0
    hits: int = 0
    due: int = 0
    retired: bool = False


@dataclass
class Asked:
    """A task that came back in the lesson that is open: of which idea, which draw."""

    idea: str
    draw: int
    done: bool = False  # answered, or missed once: the first try counts


@dataclass
class Progress:
    """Lessons that were opened, in their order; ideas by name; what came back in the last one."""

    opened: list[str] = field(default_factory=list)
    ideas: dict[str, Idea] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def open(self, lesson: str) -> None:
        """Note that a lesson is opened; what came back in the one before is put away."""
        if not self.opened or self.opened[-1] != lesson:
            self.opened.append(lesson)
            self.asked = []

    def ask(self, known: list[str]) -> list[Asked]:
        """What comes back in the lesson that is open: the same until another one is opened."""
        if not self.asked:
            due = [
                name
                for name in known
                if (idea := self.ideas.get(name))
                and not idea.retired
                and idea.due <= len(self.opened)
            ]
            due.sort(key=lambda name: self.ideas[name].due)  # what waits longest comes first
            for name in due[:MOST_DUE]:
                self.ideas[name].draws += 1
                self.asked.append(Asked(name, self.ideas[name].draws))
        return self.asked

    def miss(self, name: str) -> None:
        """A task was answered wrongly at the first try: it comes back in the next lesson."""
        idea = self.ideas.setdefault(name, Idea())
        idea.hits, idea.due, idea.retired = 0, len(self.opened) + 1, False

    def hit(self, name: str) -> None:
        """A task that came back was answered at the first try."""
        idea = self.ideas[name]
        idea.hits += 1
        idea.due = len(self.opened) + AFTER_A_HIT
        idea.retired = idea.hits >= HITS


def folder() -> Path | None:
    """The folder of the reader's copies, if the notebook that runs is in it."""
    try:
        here = Path.cwd()
        return next((each for each in (here, *here.parents) if (each / MARKER).is_file()), None)
    except OSError:  # the folder is gone, or one above it may not be looked into
        return None


def read(place: Path) -> tuple[Progress | None, str]:
    """The progress in a folder, and what is to be said about it.

    A file that cannot be understood is set aside under another name, and nothing in it is lost. One
    of a later version of the course stays, and is not used (None).
    """
    path = place / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Progress(), ""
    except (OSError, UnicodeDecodeError):
        return _set_aside(path)
    try:
        data = json.loads(text)
        version = data["version"]
        if type(version) is int and version > VERSION:
            return None, f"{FILE} is of a later version of the course, and stays as it is."
        if version != VERSION:
            raise ValueError
        return _progress_of(data), ""
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return _set_aside(path)


def write(progress: Progress, place: Path) -> str:
    """Keep it; what is to be said if that does not work."""
    text = json.dumps({"version": VERSION, **asdict(progress)}, indent=1, ensure_ascii=False)
    try:
        with written_whole(place / FILE) as file:
            file.write((text + "\n").encode("utf-8"))
    except OSError as error:
        return f"{FILE} could not be written ({type(error).__name__}), so this is not kept."
    return ""


def _set_aside(path: Path) -> tuple[Progress | None, str]:
    """Rename a file that cannot be read, so that nothing in it is lost."""
    number = 1
    while (aside := path.with_name(f"progress.damaged-{number}.json")).exists():
        number += 1
    try:
        path.rename(aside)
    except OSError as error:
        return None, f"{FILE} cannot be read ({type(error).__name__}), and stays as it is."
    return Progress(), f"{FILE} could not be read. It is kept as {aside.name}; a new one begins."


def _progress_of(data: dict[str, Any]) -> Progress:
    """Raises TypeError, KeyError or ValueError if anything is not of its kind."""
    ideas = {
        _of(str, name): Idea(
            _count(idea["draws"]),
            _count(idea["hits"]),
            _count(idea["due"]),
            _of(bool, idea["retired"]),
        )
        for name, idea in data["ideas"].items()
    }
    asked = [
        Asked(_of(str, each["idea"]), _count(each["draw"]), _of(bool, each["done"]))
        for each in _of(list, data["asked"])
    ]
    if any(each.idea not in ideas for each in asked):
        raise ValueError("a task that came back is of no idea")
    return Progress([_of(str, lesson) for lesson in _of(list, data["opened"])], ideas, asked)


def _of(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected")
    return value


def _count(value: Any) -> int:
    if _of(int, value) < 0:
        raise ValueError("a count is not negative")
    return value
