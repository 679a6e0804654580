"""Formulas between dollar signs, set as MathML, which browsers show without any script or network.

What students typed goes into a page that an instructor reads. So of what latex2mathml makes of it
nothing is taken but elements and attributes that are listed here, and every text is escaped again.
A formula that is not fully understood is shown as it was typed.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from functools import lru_cache
from typing import TYPE_CHECKING

from course_grading.results.display import visible

if TYPE_CHECKING:
    from markupsafe import Markup

MOST_CHARACTERS = 1_000  # of one formula
MOST_FORMULAS = 100  # of one text
DEEPEST = 40  # elements in elements
MOST_ELEMENTS = 1_500

# Code, where a dollar is one; $$ … $$, \[ … \], an environment by itself; \( … \) and $ … $, as
# Pandoc and Jupyter take it: no space inside the dollars, no digit behind them.
_PIECES = re.compile(
    r"(?P<code>```.*?```|`[^`\n]+`)"
    r"|\$\$(?P<dollars>[^$]+)\$\$|\\\[(?P<brackets>.+?)\\\]"
    r"|(?P<environment>\\begin\{(?P<name>(?:equation|align|gather)\*?)\}.+?\\end\{(?P=name)\})"
    r"|\\\((?P<parentheses>.+?)\\\)"
    r"|(?<![\\$])\$(?P<inline>[^\s$](?:[^$\n]|\n(?!\n))*?)(?<![\s\\])\$(?![\d$])",
    re.DOTALL,
)
# They define macros, by which a short formula becomes a long one, or are no mathematics.
_NOT_SET = re.compile(
    r"\\(?:[gex]?def|let|(?:re)?new(?:command|environment)|providecommand|DeclareMathOperator|href|"
    r"style|class|id|color|textcolor|input|include|require|tag|label)(?![A-Za-z])"
)
# How many elements each has, where that is fixed; None: any.
_ELEMENTS: dict[str, int | None] = {
    **dict.fromkeys(("mfrac", "msub", "msup", "munder", "mover", "mroot"), 2),
    **dict.fromkeys(("msubsup", "munderover"), 3),
    **dict.fromkeys(("math", "mrow", "mtable", "mtr", "mtd", "msqrt", "mstyle", "mpadded"), None),
    **dict.fromkeys(("mi", "mn", "mo", "mtext", "mspace"), 0),
    "mphantom": None,
}
_ATTRIBUTES = frozenset(
    (
        *("display", "displaystyle", "scriptlevel", "mathvariant", "stretchy", "symmetric"),
        *("fence", "form", "separator", "accent", "accentunder", "movablelimits", "minsize"),
        *("maxsize", "columnalign", "rowspacing", "columnspacing", "linethickness", "lspace"),
        *("rspace", "width"),  # not "linebreak", which browsers do not break
    )
)
_LENGTH = r"-?\d{0,2}(?:\.\d{1,4})?(?:em|ex|pt|mu|%)?"
_VALUE = re.compile(rf"[a-z]{{1,20}}(?:-[a-z]{{1,20}})*|{_LENGTH}(?: {_LENGTH}){{0,7}}")


def typeset(text: str, most: int) -> Markup:
    """The text for a page, visible and cut to `most` characters, with its formulas set."""
    from markupsafe import Markup, escape

    shown, last, made = visible(text, most), 0, Markup()
    pieces = (found for found in _PIECES.finditer(shown) if not found["code"])
    for _, found in zip(range(MOST_FORMULAS), pieces, strict=False):
        alone = found["dollars"] or found["brackets"] or found["environment"]
        formula = alone or found["parentheses"] or found["inline"]
        mathml = as_mathml(formula, alone is not None)
        if mathml:
            made += escape(shown[last : found.start()]) + Markup(mathml)
            last = found.end()
    return made + escape(shown[last:])


@lru_cache(maxsize=4096)
def as_mathml(formula: str, alone: bool) -> str:
    """A formula as MathML; "" if it cannot be set.

    Args:
        alone: on a line of its own.
    """
    if len(formula) > MOST_CHARACTERS or _NOT_SET.search(formula):
        return ""
    from latex2mathml.converter import convert_to_element

    # Of environments in a formula latex2mathml knows those that stand alone.
    known = re.sub(r"\{(aligned|gathered|split)\}", r"{align*}", formula)
    known = re.sub(r"\{(equation\*?)\}", "{align*}", known)
    try:
        made = convert_to_element(known, display="block" if alone else "inline")
        clean = _checked(made)
        clean.set("alttext", formula)
        return ET.tostring(clean, encoding="unicode", short_empty_elements=False)
    except Exception:  # whatever a program of others does with what students type
        return ""


def _checked(made: ET.Element) -> ET.Element:
    """A copy in which there is nothing that is not listed.  Raises ValueError."""
    count = 0

    def copied(element: ET.Element, depth: int) -> ET.Element:
        nonlocal count
        count += 1
        own = len(element)
        wanted = _ELEMENTS.get(element.tag, -1)
        if depth > DEEPEST or count > MOST_ELEMENTS or wanted not in (None, own):
            raise ValueError(f"<{element.tag}> with {own} elements, {depth} deep")
        copy = ET.Element(element.tag)
        for name, value in element.attrib.items():
            if name == "xmlns":
                continue
            if name not in _ATTRIBUTES or not _VALUE.fullmatch(value):
                raise ValueError(f"{name}={value!r}")
            copy.set(name, value)
        copy.text = html.unescape(element.text or "")
        if "\\" in copy.text or (copy.text == "&" and element.tag != "mtext"):
            raise ValueError(f"{copy.text!r} is not understood")
        if element.tail and element.tail.strip():
            raise ValueError("text between elements")
        copy.extend([copied(child, depth + 1) for child in element])
        return copy

    return copied(made, 0)
