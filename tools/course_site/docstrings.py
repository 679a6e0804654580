"""Are the docstrings of what `course_nn` offers in the style that its pages are made from?

That is Google's: a sentence, then sections `Args:`, `Returns:`, `Raises:`, in this order, whose
entries begin with a name. `Args:`, where there is one, names every parameter, in order, and no
other.
"""

from __future__ import annotations

import builtins
import inspect
import re
from typing import Any

import course_nn as nn

SECTIONS = ["Args", "Attributes", "Returns", "Yields", "Raises"]
HEAD = re.compile(r"(\w+):")
ENTRY = re.compile(r"(\*{0,2}\w[\w.]*(?:, \*{0,2}\w[\w.]*)*):(?: |$)")


def sections_of(text: str) -> dict[str, list[str]]:
    """{title of a section: its entries}: what stands before the colon of each, in order."""
    found: dict[str, list[str]] = {}
    title = None
    for line in inspect.cleandoc(text).splitlines():
        if not line.startswith(" "):
            head = HEAD.fullmatch(line)
            title = head[1] if head else None
            if title is not None:
                found[title] = []
        elif title is not None and re.match(r" {4}\S", line):
            entry = ENTRY.match(line[4:])
            found[title].append(entry[1] if entry else "")
    return found


def parameters_of(thing: Any) -> list[str]:
    """The names of the parameters, as a docstring writes them: *args with its star."""
    marks = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    parameters = inspect.signature(thing).parameters.values()
    return [marks.get(each.kind, "") + each.name for each in parameters if each.name != "self"]


def problems_of(name: str, thing: Any) -> list[str]:
    """A sentence for each thing that is wrong with the docstring of a function or class."""
    text = inspect.getdoc(thing) or ""
    if not text:
        return [f"{name} has no docstring."]
    found = []
    first = text.split("\n\n")[0].rstrip()
    if HEAD.fullmatch(first.split("\n")[0]) or not first.endswith((".", ":", "?")):
        found.append(f"{name}: its docstring begins with {first[-40:]!r}, which is no sentence.")
    sections = sections_of(text)
    unknown = [title for title in sections if title not in SECTIONS]
    if unknown:
        found.append(f"{name}: no section is called {unknown[0]!r}, but {', '.join(SECTIONS)}.")
    elif list(sections) != sorted(sections, key=SECTIONS.index):
        found.append(f"{name}: its sections come in another order than {', '.join(SECTIONS)}.")
    if "Args" in sections:
        said = [each for entry in sections["Args"] for each in entry.split(", ")]
        wanted = parameters_of(thing)
        if said != wanted:
            found.append(f"{name}: its Args are {said}, its parameters {wanted}.")
    for entry in sections.get("Raises", []):
        for error in entry.split(", "):
            if not is_error(error):
                found.append(f"{name}: under Raises stands {error!r}, and that is no error.")
    return found


def is_error(name: str) -> bool:
    """Whether an exception has this name, in Python or in `course_nn`."""
    thing = getattr(builtins, name, None) or getattr(nn, name, None)
    return inspect.isclass(thing) and issubclass(thing, BaseException)


def methods_of(name: str, thing: Any) -> list[tuple[str, Any]]:
    """The public methods of a class that have a docstring: those that get an entry."""
    own = vars(thing).items() if inspect.isclass(thing) else ()
    return [
        (f"{name}.{key}", value)
        for key, value in own
        if not key.startswith("_") and inspect.isfunction(value) and value.__doc__
    ]


def all_problems(documented: list[tuple[str, Any]]) -> list[str]:
    """What is wrong with these docstrings, and with those of their public methods."""
    methods = [each for name, thing in documented for each in methods_of(name, thing)]
    everything = [*documented, *methods]
    return [problem for name, thing in everything for problem in problems_of(name, thing)]


# --- as Sphinx reads them -------------------------------------------------------------------------

LITERAL = re.compile(r"(``.*?``|`[^`]*`)", re.DOTALL)
MARKUP = re.compile(r"(?<!\\)(\*(?! )|(?<=\S)\*|\||(?<=\w)_(?!\w))")


def as_written(lines: list[str]) -> list[str]:
    """A docstring for Sphinx, in which *, _ and | are characters, and an indented block is code.

    Our docstrings are read in an editor and by `help` in the first place: they mark code by `x` or,
    after an empty line, by an indent, and nothing else.
    """
    blocks: list[tuple[bool, list[str]]] = []  # (is it code?, its lines)
    was_empty = False
    for line in lines:
        is_code = line.startswith("    ") and (was_empty or (bool(blocks) and blocks[-1][0]))
        if not line.strip() and blocks:
            is_code = blocks[-1][0]
        if not blocks or blocks[-1][0] != is_code:
            blocks.append((is_code, []))
        blocks[-1][1].append(line)
        was_empty = not line.strip()
    written: list[str] = []
    for is_code, block in blocks:
        written += ["::", "", *block, ""] if is_code else plain("\n".join(block)).split("\n")
    return written


def plain(text: str) -> str:
    """The text with the characters that reStructuredText would take for markup made harmless."""
    parts = LITERAL.split(text)
    parts[::2] = [MARKUP.sub(r"\\\1", part) for part in parts[::2]]
    return "".join(parts)
