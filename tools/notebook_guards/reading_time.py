"""How many minutes a lesson takes, by a formula: what it holds, each at a pace.

The paces are those of somebody who works, and does not skim. They were not measured on a class, but
set after four lessons that were read line by line, with every exercise done: what took 95, 150 and
170 minutes comes out as 85, 145 and 190. (The fourth, a derivation, took 150 and comes out as 85:
no count knows how long somebody thinks.) They are good for counting every lesson alike.

What is folded is not counted: a `<details>` in a text, a code cell whose source is hidden.
"""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass

from notebook_guards.rules import Cell, StoredNotebook, is_figure

WORDS_PER_MINUTE = 120  # prose takes half as long; here every other sentence is about a formula
LINES_PER_MINUTE = 6  # of code, together with what it prints
CHARACTERS_IN_A_LINE = (
    32  # without blanks; so a long line that is broken counts no more than before
)
MINUTES_FOR_AN_EQUATION = 1  # a displayed one is gone through with a pencil
MINUTES_FOR_A_FIGURE = 1  # looked at, and the sentence under it
MINUTES_FOR_AN_EXERCISE = 4  # some are a choice, some are a function; with one wrong try
STEP = 5  # minutes are stated in steps of five

FENCED = re.compile(r"^( *)(```+|~~~+)[^\n]*\n(.*?)^ *\2[`~]* *$", re.DOTALL | re.MULTILINE)
DISPLAYED = re.compile(r"\$\$.*?\$\$", re.DOTALL)
FOLDED = re.compile(r"<details\b.*?</details>", re.DOTALL)
HIDDEN_TAGS = {"hide-input", "hide-cell"}


@dataclass(frozen=True)
class Contents:
    """What is to be read in a lesson, and done."""

    words: int = 0
    lines: int = 0
    equations: int = 0
    figures: int = 0
    exercises: int = 0

    def __add__(self, other: Contents) -> Contents:
        return Contents(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def minutes(self) -> int:
        """By the formula, to the nearest five."""
        exact = (
            self.words / WORDS_PER_MINUTE
            + self.lines / LINES_PER_MINUTE
            + self.equations * MINUTES_FOR_AN_EQUATION
            + self.figures * MINUTES_FOR_A_FIGURE
            + self.exercises * MINUTES_FOR_AN_EXERCISE
        )
        return max(STEP, int(exact / STEP + 0.5) * STEP)


def contents_of(notebook: StoredNotebook) -> Contents:
    """Count the notebook."""
    counted = (_of_text(c) if c.kind == "Markdown" else _of_code(c) for c in notebook.cells)
    return sum(counted, start=Contents())


def _of_text(cell: Cell) -> Contents:
    text = FOLDED.sub("", cell.source)
    lines = sum(_lines_of(block[2]) for block in FENCED.findall(text))
    text = FENCED.sub("", text)
    equations = len(DISPLAYED.findall(text))
    text = re.sub(r"\]\([^)]*\)", "]", DISPLAYED.sub("", text))  # of a link, the words
    words = sum(any(map(str.isalnum, word)) for word in text.split())
    return Contents(words, lines, equations, 0, len(re.findall(r"\*\*Exercise \S+\.\*\*", text)))


def _of_code(cell: Cell) -> Contents:
    """An exercise's cell is counted with its exercise."""
    figures = sum(map(is_figure, cell.outputs))
    metadata = cell.node.metadata
    is_folded = metadata.get("jupyter", {}).get("source_hidden", False)
    is_folded |= bool(HIDDEN_TAGS & set(metadata.get("tags", [])))
    is_exercise = re.search(r"^questions\.q\d+\.check\(", cell.source, re.MULTILINE)
    lines = 0 if is_folded or is_exercise else _lines_of(cell.source)
    return Contents(0, lines, 0, figures, 0)


def _lines_of(code: str) -> int:
    return round(len("".join(code.split())) / CHARACTERS_IN_A_LINE)
