"""From a text to its lines: without the marks of a list, the number of an equation, bars and the
like, and with those joined that go on in the next line.
"""

from __future__ import annotations

import re
from dataclasses import replace

from course_nn.derivation_check import dialects, grammar, notation
from course_nn.derivation_check.statement import Problem, Reason, Statement
from course_nn.derivation_check.vocabulary import Vocabulary

LONGEST_TEXT, MOST_LINES = 10_000, 150
LONGEST_TYPED = 1_000  # characters of a line before LaTeX becomes plain signs
SHOWN = 60  # characters of what is too long
CUT = "\ue0ff"  # stands where a line was cut off

CONTINUES = re.compile(r"\s*(=|\+|\*|/|@|⊙|·|-)\s*")
NOT_A_FORMULA = re.compile(r"\s*((Forward|Backward)?\s*:?|[(\[]\d+(\.\d+)?[)\]])\s*")
NUMBERED = re.compile(r"^\s*(\(?\d{1,2}[).:]|•) +(?=[^\W\d])")
SHAPE = re.compile(r"\s{2,}\((B|\d+),( ?\d+)?\)\s*$")
IN_WORDS = re.compile(
    r"\s*,?\s*\(?(\bfor )?[a-z] ?[=∈] ?[01] ?,? ?(\d ?, ?)?(…|\.{2,3}|[lc]?dots) ?,? ?\w+\)?$"
    r"|\s*,?\s*\b(for (each|every|all|B|the) [a-z ]+|where [A-Za-z]\w* (is|are|denotes) [\w ,]+)$"
)
TAG = re.compile(  # the number of an equation, a remark, a tick
    r"(?<=[\w)\]ᵀ⊤‖'′,.])"
    r"(\s+[(\[]{1,2}([1-9]\d?|[A-Z])\.\d+[a-z]?[)\]]{1,2}|\s{2,}[(\[]\d{1,2}[a-z]?[)\]]"
    r"|\s{2,}\([a-z]{2,}( [a-z]{2,})+\)"
    r"|\s{2,}\([a-z]{3,} (of|from|by|at|with|for|the|is|as) [^()]*(\([^()]*\)[^()]*)?\)"
    r"|\s+[(\[](lesson|eqn?|equation|line|step|see|from|by)\b[^()\[\]]*(\([\d.]*\))?[)\]]"
    r"|\s*[(\[]?[✓✔☑✅∎□■][)\]]?)+\s*$",
    re.IGNORECASE,
)
MARK = re.compile(  # of a list, an arrow, a word; it stands before an equation of its own
    r"\s*(([=–—−-]+>|[*+•‣◦▪·∙⋅∴→⇒⟹⟶⟺⇔–—−-]|\(?\d{1,2}[).:]|\(?([a-z]|[ivx]{1,4})\))\s*"
    r"|([a-z]|[ivx]{1,4})\.\s+"
    r"|(step|line|eq\.?)\s*\d{1,2}[.:)]?\s+|[A-Za-z][\w ]{0,30}:(?!=)\s*"
    r"|(so|then|thus|hence|therefore|and|next|now|finally|we get|it follows( that)?)\b[,:]?\s+)",
    re.IGNORECASE,
)
EQUATION = re.compile(
    rf"\s*((d(L|J|loss)(_?b)?|∂\s*{grammar.LETTER}\w*)\s*/\s*[d∂]\s*{grammar.NAME}"
    rf"|(?P<name>{grammar.NAME})(?P<grad>\.grad)?)"
    r"(\[[^\]=]*\])?\s*[-+*/:]?=(?!=)"
)


def _begins(formula: str, vocabulary: Vocabulary) -> bool:
    """Whether a line starts with what an equation can be about."""
    match = EQUATION.match(notation.normalised(formula))
    if match is None or match["grad"] or match["name"] is None:
        return match is not None
    return not vocabulary.is_given(vocabulary.resolved(match["name"]))


def _without_mark(formula: str, vocabulary: Vocabulary) -> str:
    """The line without the marks of a list, arrows and words before its own equation."""
    end = 0
    while match := MARK.match(formula, end):
        end = match.end()
        if _begins(formula[end:], vocabulary):
            return " " * end + formula[end:]
    return formula


LONGEST_NAME = 100  # with its equals sign, of a second equation in a line
AND = re.compile(r"\s*,\s*(?:(?:and|with|where)\s+)?|\s+(?:and|with|where)\s+")


def _outside(text: str, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    """Where a pattern stands outside all brackets."""
    depths, depth = [], 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        depths.append(depth)
    return [match for match in pattern.finditer(text) if not depths[match.start()]]


def _apart(formula: str, vocabulary: Vocabulary) -> list[str]:
    """The equations in a line: z = u, where u = p, and dg, dt = dm * t, dm * g."""
    parts, start = list[str](), 0
    for match in _outside(formula, AND):
        is_equation = "=" in formula[start : match.start()]
        rest = formula[match.end() : match.end() + LONGEST_NAME]
        if is_equation and _begins(rest, vocabulary):
            parts.append(formula[start : match.start()])
            start = match.end()
    rest = formula[start:]
    equals = _outside(rest, re.compile(r"(?<![:<>=+\-*/])=(?!=)"))
    if len(equals) == 1:
        sides = rest[: equals[0].start()], rest[equals[0].end() :]
        left, right = (_between_commas(side) for side in sides)
        if len(left) == len(right) > 1 and all(map(NAMED.fullmatch, left)):
            return [*parts, *(f"{a.strip()} = {b}" for a, b in zip(left, right, strict=True))]
    return [*parts, rest]


NAMED = re.compile(rf"\s*{grammar.NAME}(\.grad)?\s*")


def _between_commas(text: str) -> list[str]:
    ends = [match.start() for match in _outside(text, re.compile(","))]
    starts = [0, *(end + 1 for end in ends)]
    return [text[a:b] for a, b in zip(starts, [*ends, len(text)], strict=True)]


def lines_of(text: str, vocabulary: Vocabulary) -> list[Statement]:
    """The lines of a text that may be equations, LaTeX in plain signs, none read yet."""
    found: list[Statement] = []
    if len(text) > LONGEST_TEXT:
        problem = Problem(Reason.TOO_LONG, LONGEST_TEXT)
        return [Statement(1, text[:SHOWN] + "…", problem=problem)]
    pieces, originals = [], text.splitlines()
    text = re.sub(r"[ \t]{3,}", "  ", text)
    text = "\n".join(
        line if len(line) <= LONGEST_TYPED else f"{line[:SHOWN]}{CUT}" for line in text.split("\n")
    )
    text = dialects.plain(text, vocabulary)
    lines = text.splitlines()
    originals = originals if len(originals) == len(lines) else lines
    for number, line in enumerate(lines, start=1):
        formulas, comment = notation.parted(line)
        equations = [_apart(each, vocabulary) for each in formulas.split(";")]
        *first, last = [each for several in equations for each in several]
        pieces += [*((number, each, "") for each in first), (number, last, comment)]
    for number, formula, comment in pieces:
        if CUT in formula + comment:
            problem = Problem(Reason.TOO_LONG, SHOWN)
            found.append(Statement(number, formula.replace(CUT, "…"), problem=problem))
            continue
        formula = NUMBERED.sub(lambda match: " " * len(match[0]), formula, count=1)
        formula = _without_mark(formula, vocabulary).strip()
        formula = IN_WORDS.sub("", SHAPE.sub("", TAG.sub("", formula)))
        formula = formula.rstrip().rstrip(",.").rstrip()
        if NOT_A_FORMULA.fullmatch(formula):
            continue
        if found and CONTINUES.match(notation.normalised(formula)) and not found[-1].problem:
            before = found[-1]
            joined = f"{before.text} {formula.strip()}"
            comments = " ".join(filter(None, [before.comment, comment.strip()]))
            found[-1] = replace(before, text=joined, comment=comments, typed="")
            continue
        if len(found) == MOST_LINES:
            found.append(Statement(number, "…", problem=Problem(Reason.TOO_LONG)))
            break
        is_whole = [each[0] for each in pieces].count(number) == 1
        typed = notation.parted(originals[number - 1])[0].strip() if is_whole else ""
        found.append(Statement(number, formula.strip(), comment.strip(), typed=typed))
    return found
