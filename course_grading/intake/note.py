"""What there is to say about how a student handed in, and what it means for the run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class NoteKind(Enum):
    """What a note means for the lists of the report; `PLAIN` is to be read, and no more."""

    PLAIN = auto()
    NOT_ON_THE_ROSTER = auto()
    HANDED_IN_TWICE = auto()  # or more often, or under two names
    NOBODYS_NAME = auto()  # the name of the file is that of the assignment


@dataclass(frozen=True)
class Note:
    """A note for instructor and student; its words decide nothing, its kind does."""

    words: str
    kind: NoteKind = NoteKind.PLAIN
