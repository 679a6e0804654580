"""A student's notebook, read from the bytes of its file.

Plain `json` and not `nbformat`: that one validates and upgrades, and so refuses many a notebook in
which the answers can still be found, and it warns where nothing is wrong with the answers. Here
anything may be missing or of another type; only a file without cells is refused.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

MAX_CELLS = 5_000
MAX_SOURCE = 1_000_000  # characters of a cell
MAX_PARTS = 1_000_000  # lists and objects: 20 MB of empty ones would take 500 MB of memory
MAX_WRITTEN = 20_000  # characters of a written answer
MAX_SEARCHED = 100_000  # characters of a cell in which written answers are looked for
MAX_SEARCHED_IN_ALL = 2_000_000
MAX_NOTES = 20
MAX_PICTURES = 10  # of one answer
MAX_PICTURE = 2_000_000  # characters of base64
# The types that are shown, and what their bytes begin with. SVG is none of them: it can hold code.
PICTURES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
PLACEHOLDER = "YOUR ANSWER HERE"
CUT = " … (cut here: it is too long)"

_QUESTION = re.compile(
    r"^[ \t>*_]*#{1,6}[ \t*_]*Question (\d{1,3})(?!\d)", re.IGNORECASE | re.MULTILINE
)
_TEXTS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)  # the texts in JSON
_CONFLICT = re.compile(r"^(<{7} |={7}$|>{7} )", re.MULTILINE)
_WEB_PAGE = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.I | re.S
)
_LOG_IN = re.compile(
    r"type\s*=\s*[\"']?password|\blog[ -]?in\b|\bsign[ -]?in\b|single sign-on", re.I
)
_AN_ANSWER = re.compile(r"^[ \t>#*_]*Answer to question \d", re.IGNORECASE | re.MULTILINE)


class Unreadable(Exception):
    """A submission that cannot be read; the text says why: "it is not valid JSON (line 3)"."""


@dataclass(frozen=True)
class Picture:
    """A picture in a cell of text: its name there, its type, and its bytes in base64."""

    name: str
    kind: str
    content: str


@dataclass(frozen=True)
class Cell:
    """A cell; `grade_id` is nbgrader's, if it has one; `pictures` were pasted into its text."""

    kind: Literal["code", "markdown", "raw"]
    source: str
    grade_id: str | None = None
    tags: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Notebook:
    """The cells in their order; `notes` say what is unusual and was read all the same."""

    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()

    def written(
        self, grade_id: str, number: int, handed_out: frozenset[str] = frozenset()
    ) -> str | None:
        """The answer to a written question, or None if it is not answered.

        All that was written for it counts, in the order of the notebook, each text once: what is
        in cells of any kind with this `grade_id` or with a line that begins with "Answer to
        question `number`"; and what the student added to the text between the headings of this
        question and of the next one.

        Args:
            handed_out: the texts of the student version, stripped, to tell what was added; without
                any, only the cells of the first two kinds are read.

        Returns:
            the answer without the line's beginning, at most 20,000 characters. It may hold HTML
            and Markdown, but no control characters. Only the first 100,000 characters of a cell,
            and 2 million in all, are looked at.
        """
        heading = _heading(number)
        answers: list[str] = []
        for text, _ in self._written(grade_id, number, heading, handed_out):
            if text and text not in answers:
                answers.append(text)
            if sum(map(len, answers)) > MAX_WRITTEN:
                break
        joined = "\n\n".join(answers)
        if len(joined) > MAX_WRITTEN:
            joined = joined[: MAX_WRITTEN - len(CUT)] + CUT
        return joined or None

    def pictures(
        self, grade_id: str, number: int, handed_out: frozenset[str] = frozenset()
    ) -> tuple[Picture, ...]:
        """The pictures in the cells that `written` reads, at most `MAX_PICTURES` of them."""
        heading = _heading(number)
        found = [
            picture
            for _, cell in self._written(grade_id, number, heading, handed_out)
            for picture in cell.pictures
        ]
        return tuple(dict.fromkeys(found))[:MAX_PICTURES]

    def _written(
        self, grade_id: str, number: int, heading: re.Pattern[str], handed_out: frozenset[str]
    ) -> Iterator[tuple[str, Cell]]:
        """What each cell has for this question, and the cell."""
        asked: int | None = None
        left = MAX_SEARCHED_IN_ALL
        for cell in self.cells:
            text = cell.source[: min(MAX_SEARCHED, left)]
            left -= len(text)
            if cell.kind != "code":
                asked = _asked(text) or asked
            if cell.grade_id != grade_id and not heading.search(text):
                elsewhere = cell.kind == "code" or cell.grade_id or _AN_ANSWER.search(text)
                if not handed_out or asked != number or elsewhere:
                    continue
                text = _added(text, handed_out)
            yield _answer(text, heading), cell


def _heading(number: int) -> re.Pattern[str]:
    return re.compile(
        rf"^[ \t>#*_]*Answer to question {number}(?!\d)[*_:. \t]*", re.IGNORECASE | re.MULTILINE
    )


def read(content: bytes) -> Notebook:
    """The notebook in a file.

    Raises:
        Unreadable: if there are no cells to be found, with the reason.
    """
    text, notes = _decoded(content)
    data = _parsed(text)
    if not isinstance(data, dict):
        raise Unreadable("it is not a notebook: the JSON in it is not an object")
    found = _cells(data, notes)
    if len(found) > MAX_CELLS:
        raise Unreadable(f"it has {len(found):,} cells; at most {MAX_CELLS:,} are read")
    cells = []
    for i, cell in enumerate(found, 1):
        if isinstance(cell, dict):
            cells.append(_cell(cell, i, notes))
        else:
            notes.append(f"Cell {i} is not a cell and was left out.")
    if not any(cell.kind == "code" for cell in cells):
        notes.append("There is no code cell.")
    if language := _other_language(data):
        notes.append(f"The notebook says that it is written in {language}; it is run as Python.")
    if len(notes) > MAX_NOTES:
        notes[MAX_NOTES:] = [f"And {len(notes) - MAX_NOTES:,} more notes of this kind."]
    return Notebook(tuple(cells), tuple(notes))


def _decoded(content: bytes) -> tuple[str, list[str]]:
    if not content.strip(b" \t\r\n\0"):
        raise Unreadable("the file is empty")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16"), ["The file is in UTF-16; a notebook is in UTF-8."]
        except UnicodeDecodeError:
            raise Unreadable("it is not text: neither UTF-8 nor UTF-16") from None
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"it is not a text in UTF-8 (line {line})") from None


def _parsed(text: str) -> Any:
    if _parts(text) > MAX_PARTS and _parts(_TEXTS.sub("", text)) > MAX_PARTS:
        raise Unreadable(f"it has more than {MAX_PARTS:,} lists and objects")
    try:
        # Of the numbers only the version is used, so one of 5,000 digits does no harm.
        return json.loads(
            text, parse_int=lambda digits: int(digits[:9]), parse_constant=lambda name: None
        )
    except json.JSONDecodeError as error:
        why = _another_thing(text) or f"it is not valid JSON (line {error.lineno})"
        raise Unreadable(why) from None
    except (RecursionError, MemoryError):
        raise Unreadable("its JSON is nested too deeply") from None


def _parts(text: str) -> int:
    """How many lists and objects there can be: a printed bracket, inside a text, is none."""
    return text.count("[") + text.count("{")


def _another_thing(text: str) -> str:
    """What a file is that is no JSON, where the reason can be told; or ""."""
    if text.startswith("version https://git-lfs.github.com/spec/"):
        return (
            "it is a pointer of Git LFS, not the notebook itself: run `git lfs pull` and hand in "
            "the file that comes"
        )
    if _WEB_PAGE.match(text):
        if _LOG_IN.search(text):
            return "it is a web page that asks to log in: the notebook itself was not downloaded"
        return "it is a web page (HTML), not a notebook: export or download the .ipynb file"
    found = _CONFLICT.search(text)
    if found and "<<<<<<<" in text:
        line = text.count("\n", 0, found.start()) + 1
        return f"it has the marks of a merge conflict of Git (line {line}): resolve it first"
    return ""


def _cells(data: Mapping[str, Any], notes: list[str]) -> list[Any]:
    cells = data.get("cells")
    if isinstance(cells, list):
        return cells
    sheets = data.get("worksheets")  # formats 2 and 3
    if isinstance(sheets, list):
        notes.append("It is in an older format of notebooks (worksheets); its cells were read.")
        found = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        return [cell for cells in found if isinstance(cells, list) for cell in cells]
    raise Unreadable("it is not a notebook: it has no list of cells")


def _cell(cell: Mapping[str, Any], i: int, notes: list[str]) -> Cell:
    kind: Literal["code", "markdown", "raw"]
    named = cell.get("cell_type")
    if named == "code" or (named not in ("markdown", "raw", "heading") and "outputs" in cell):
        kind = "code"
    elif named in ("markdown", "heading"):
        kind = "markdown"
    else:
        kind = "raw"
    if named not in ("code", "markdown", "raw", "heading"):
        notes.append(f"Cell {i} has no known type and is taken as {kind}.")
    # "input" in formats 2 and 3, "code" and "text" in format 1
    written = next(
        (cell[key] for key in ("source", "input", "code", "text") if cell.get(key) is not None), ""
    )
    if isinstance(written, list):
        lines = [line for line in written if isinstance(line, str)]
        if len(lines) < len(written):
            notes.append(f"Cell {i}: lines that are not text were left out.")
        written = "".join(lines)
    elif not isinstance(written, str):
        notes.append(f"Cell {i} holds no text and is taken as empty.")
        written = ""
    source = _whole(written).replace("\r\n", "\n").replace("\r", "\n")
    if len(source) > MAX_SOURCE:
        if kind == "code":  # half a cell would be worse than none
            notes.append(f"Cell {i} was left out: it has more than {MAX_SOURCE:,} characters.")
            source = ""
        else:
            notes.append(f"Cell {i} was cut at {MAX_SOURCE:,} characters.")
            source = source[:MAX_SOURCE]
    metadata = _object(cell.get("metadata"))
    grade_id = _object(metadata.get("nbgrader")).get("grade_id")
    tags = metadata.get("tags")
    return Cell(
        kind,
        source,
        _whole(grade_id)[:200] if isinstance(grade_id, str) else None,
        tuple(_whole(tag)[:200] for tag in tags[:100] if isinstance(tag, str))
        if isinstance(tags, list)
        else (),
        _pictures(cell.get("attachments")) if kind != "code" else (),
    )


def _pictures(attachments: Any) -> tuple[Picture, ...]:
    """The pictures that were pasted into a cell: of a known type, and what they say they are."""
    found = []
    for name, by_kind in list(_object(attachments).items())[:MAX_PICTURES]:
        for kind, begins in PICTURES.items():
            written = _object(by_kind).get(kind)
            text = "".join(written) if _is_lines(written) else written
            if not isinstance(text, str) or len(text) > MAX_PICTURE:
                continue
            try:
                content = base64.b64decode("".join(text.split()), validate=True)
            except (binascii.Error, ValueError):
                continue
            if content.startswith(begins):
                found.append(Picture(_whole(name)[:100], kind, base64.b64encode(content).decode()))
    return tuple(found)


def _is_lines(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(line, str) for line in value)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _whole(text: str) -> str:
    """Half a surrogate pair can be in JSON, but not in a file of text."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _other_language(data: Mapping[str, Any]) -> str:
    """The language that the notebook names, if it is not Python."""
    metadata = _object(data.get("metadata"))
    for part, key in (("kernelspec", "language"), ("language_info", "name")):
        language = _object(metadata.get(part)).get(key)
        if isinstance(language, str) and language.strip():
            shown = re.sub(r"[^\w+# .-]", "", _whole(language))[:40].strip()
            return "" if re.match(r"\s*i?python", language, re.IGNORECASE) else shown
    return ""


def _answer(source: str, heading: re.Pattern[str]) -> str:
    """What is left without the heading and the placeholder."""
    text = heading.sub("", source, count=1)
    lines = [line for line in text.split("\n") if line.strip(" \t>#*_.:-").upper() != PLACEHOLDER]
    text = "".join(c for c in "\n".join(lines) if c.isprintable() or c in "\n\t").strip()
    if not any(c.isalnum() for c in text) and not text.strip("-*_#>=. \n"):  # a stray "-", a rule
        return ""
    return text


def _asked(text: str) -> int | None:
    """7 if "## Question 7" is a heading in it."""
    found = _QUESTION.search(text)
    return int(found[1]) if found else None


def _added(text: str, handed_out: frozenset[str]) -> str:
    """What the student wrote into a cell: all of it, unless the cell was handed out.

    That it was is seen by its first line or by the question that it asks; then the lines that are
    not in what was handed out are the student's.
    """
    first, asked = _first_line(text), _asked(text)
    old: set[str] = set()
    for first_given, asked_given, lines_given in _known(handed_out):
        if first_given == first or (asked is not None and asked_given == asked):
            old |= lines_given
    lines = text.split("\n")
    new = [line for line in lines if not line.strip() or line.strip() not in old]
    return re.sub(r"\n\s*\n\s*\n", "\n\n", "\n".join(x for x in new if not _QUESTION.match(x)))


@lru_cache(maxsize=20)
def _known(handed_out: frozenset[str]) -> list[tuple[str, int | None, set[str]]]:
    """First line, question and lines of each text."""
    return [
        (_first_line(text), _asked(text), {line.strip() for line in text.split("\n")})
        for text in handed_out
    ]


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0].rstrip()
