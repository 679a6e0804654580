"""Every message as nonsense: whoever decides by the words of one decides differently then."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from course_exercises.homework import actions, tasks
from course_exercises.question import Difference, NotAttempted, Slip, Wrong
from course_grading.intake import note, notebook, submissions, untrusted_files
from course_grading.marking import marks, one_submission, rubric
from course_grading.results import record
from course_grading.sandbox import box, channel

# The texts that are said to somebody. Besides these, a class has texts that are data, such as ids.
SAID: Mapping[type, tuple[str, ...]] = {
    Slip: ("words",),
    Difference: ("words",),
    actions.Failure: ("text",),
    tasks.Task: ("description",),
    tasks.Reaches: ("said",),
    tasks.Verdict: ("words", "safe"),
    tasks.Explained: ("next_step",),
    tasks.ExplainedLine: ("said",),
    marks.Example: ("words",),
    note.Note: ("words",),
    notebook.Notebook: ("notes",),
    submissions.Submission: ("source", "problem"),
    untrusted_files.Found: ("problem",),
    rubric.Part: ("words",),
    rubric.GradedQuestion: ("title",),
    rubric.WrittenQuestion: ("title", "guide"),
    rubric.Assignment: ("title",),
    one_submission.Outcome: ("reason",),
    record.PartMark: ("words", "said", "example"),
    record.QuestionMark: ("title", "answer"),
    record.WrittenAnswer: ("title", "guide", "comment"),
    record.HandMark: ("reason",),
    record.Record: ("reason", "source", "notes"),
}
DATA: Mapping[type, tuple[str, ...]] = {
    actions.Failure: ("about",),
    tasks.Verdict: ("about",),
    tasks.Explained: ("network", "picture"),
    tasks.ExplainedLine: ("text",),
    submissions.Submission: ("student", "name", "handed_in_as"),
    untrusted_files.Found: ("parts", "inside"),
    notebook.Picture: ("name", "kind", "content"),
    rubric.WrittenQuestion: ("grade_id",),
    rubric.Assignment: ("name", "provides"),
    one_submission.Outcome: ("notes",),  # see `reworded`: a list to which is added
    record.PartMark: ("with_right", "rebound"),  # names
    record.WrittenAnswer: ("grade_id", "text"),
    record.Record: (
        *("assignment", "student", "key", "name", "digest", "submitted_at", "first_name"),
        *("last_name", "email", "aliases", "handed_in_as", "other_attempts"),
        *("homework_key", "typed_key"),
    ),
}
ERRORS = (
    Wrong,
    NotAttempted,
    notebook.Unreadable,
    one_submission._NotReady,
    channel.Garbled,
    box.CannotSandbox,
)


def nonsense(text: str) -> str:
    """Another text for each text; none for none."""
    return f"⟦{hashlib.sha256(text.encode()).hexdigest()[:12]}⟧" if text else ""


class Nonsense:
    """An attribute with texts, of which whoever reads it gets nonsense."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, owner: Any, kind: type) -> Any:
        if owner is None:
            raise AttributeError(self.name)
        value = vars(owner)[self.name]
        return tuple(map(nonsense, value)) if isinstance(value, tuple) else nonsense(value)

    def __set__(self, owner: Any, value: Any) -> None:
        vars(owner)[self.name] = value


@contextmanager
def reworded() -> Iterator[None]:
    """Meanwhile all texts of `SAID`, of errors and of notes read as nonsense."""
    note_of_run = one_submission._Run.note
    with pytest.MonkeyPatch.context() as patch:
        for kind, names in SAID.items():
            for name in names:
                patch.setattr(kind, name, Nonsense(name), raising=False)
        for error in ERRORS:
            patch.setattr(error, "__str__", lambda self: nonsense(Exception.__str__(self)))
        patch.setattr(
            one_submission._Run,
            "note",
            lambda run, text, **more: note_of_run(run, nonsense(text), **more),
        )
        yield
