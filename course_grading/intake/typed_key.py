"""The key that a student typed into the notebook: read from its text, and nothing of it is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from course_exercises.homework.keys import read_key
from course_grading.intake.notebook import Notebook
from course_grading.intake.roster import clean

MOST_SHOWN = 40  # characters of what is no key
MOST_LINES = 100  # that are looked at: no notebook can be made to cost much time here
_TYPED = re.compile(r"^(KEY *= *)([\"'])[^\"'\\\n]{0,200}\2", re.MULTILINE)
# One line, not the whole cell: a cell may hold magics or anything else that is no Python, and what
# is as short as this cannot make the parser deep. Without "\", of which Python may warn.
_LINE = re.compile(r"^KEY\b[^\\\n]{1,200}$", re.MULTILINE)


def typed_key(notebook: Notebook) -> str | None:
    """The last text that a line of a code cell, not indented, assigns to `KEY`.

    Returns:
        the key in its usual spelling; "" if it was left empty; what is no key as it was typed, in
        one line and cut; None if there is no such line.
    """
    code = (cell.source for cell in notebook.cells if cell.kind == "code")
    lines = [line for source in code for line in _LINE.findall(source)]
    for line in reversed(lines[-MOST_LINES:]):
        for text in reversed([*_assigned(line)]):
            try:
                return read_key(text)
            except ValueError:
                return clean(text, MOST_SHOWN)
    return None


def without_key(source: str) -> str:
    """The source of a cell as it was before a key was typed into it."""
    return _TYPED.sub(r'\1""', source)


def is_key(typed: str | None) -> bool:
    """Whether what was typed is a key, with its check sign."""
    try:
        return bool(typed) and bool(read_key(typed or ""))
    except ValueError:
        return False


def key_notes(typed: str | None, own: str) -> Iterator[str]:
    """A sentence if a notebook has another key than the one that it is graded with, `own`."""
    if (typed or "") == own:
        return
    if not typed:
        yield (
            "the notebook has no key, so it is about the network that everybody has without one; "
            f"it was graded with the network of the key {own}, which the roster has."
        )
        return
    named = f"has the key {typed}" if is_key(typed) else f"has “{typed}” as its key, which is none"
    if own:
        yield f"the notebook {named}; it was graded with the key that the roster has, {own}."
    else:
        yield (
            f"the notebook {named}; the roster has none for it, so it was graded with the network "
            "that everybody has without a key."
        )


def _assigned(line: str) -> Iterator[str]:
    try:
        statements = ast.parse(line).body
    except (SyntaxError, ValueError):
        return
    for statement in statements:
        match statement:
            case ast.Assign(targets=targets, value=ast.Constant(value=str(text))) if any(
                isinstance(each, ast.Name) and each.id == "KEY" for each in targets
            ):
                yield text
            case ast.AnnAssign(target=ast.Name(id="KEY"), value=ast.Constant(value=str(text))):
                yield text
