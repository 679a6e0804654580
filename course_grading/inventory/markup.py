"""The texts of questions as XHTML, and XML as bytes that are the same each time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from functools import cache
from typing import Any
from xml.etree import ElementTree

Element = ElementTree.Element
MARK = "course_grading.inventory"  # by which a file is kept out of the tree for students
EARLY = (1980, 1, 1, 0, 0, 0)  # of each file in a zip: who writes it again gets the same bytes


@cache
def _markdown() -> Any:
    import mistune  # takes a moment, and not every command writes questions

    return mistune.create_markdown(escape=True)


def html(text: str) -> str:
    """Paragraphs, lists and `code` as HTML that is XHTML, too.

    A row of numbers and an equation are not broken at the end of a line; code may be, for it is
    copied.
    """
    parts = re.split(r"(`[^`]*`)", text)
    parts[::2] = [_ROW.sub(_together, part).replace(" = ", "\u00a0=\u00a0") for part in parts[::2]]
    return str(_markdown()("".join(parts))).strip()


_ROW = re.compile(r"\((?:−?[\d.]+, )+−?[\d.]+\)")


def _together(found: re.Match[str]) -> str:
    return found[0].replace(" ", "\u00a0")


def elements(text: str) -> list[Element]:
    """The same as elements: paragraphs and lists."""
    return list(ElementTree.fromstring(f"<div>{html(text)}</div>"))


def child(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    """A new element in another one."""
    made = ElementTree.SubElement(parent, tag, attributes)
    made.text = text
    return made


def written(root: Element) -> bytes:
    """The document of this element, with the mark behind it."""
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + f"\n<!-- {MARK} -->\n".encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """These files, by their names, in a zip that has the mark as its comment."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = MARK.encode()
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, EARLY), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()
