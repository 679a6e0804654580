"""How many minutes a lesson takes, by a formula: what it holds, each at a pace.

The paces are those of somebody who works, and does not skim. They were not measured on a class, but
set after four lessons that were read line by line, with every exercise done: what took 95, 150 and
170 minutes comes out as 85, 145 and 190. (The fourth, a derivation, took 150 and comes out as 85:
no count knows how long somebody thinks.) They are good for counting every lesson alike.

What is folded is not counted: a `<details>` in a text, a code cell whose source is hidden.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from notebook_guards.rules import PREDICTED, SEEN, Cell, StoredNotebook, is_figure

WORDS_PER_MINUTE = 120  # prose takes half as long; here every other sentence is about a formula
LINES_PER_MINUTE = 6  # of code, together with what it prints
CHARACTERS_IN_A_LINE = (
    32  # without blanks; so a long line that is broken counts no more than before
)
MINUTES_FOR_AN_EQUATION = 1  # a displayed one is gone through with a pencil
MINUTES_FOR_A_FIGURE = 1  # looked at, and the sentence under it
MINUTES_FOR_AN_EXERCISE = 4  # some are a choice, some are a function; with one wrong try
MINUTES_FOR_A_PROBLEM = 8  # of the workbook: a whole derivation; the first take less, the last more
MINUTES_FOR_A_TASK = 2  # one line of a derivation, or one thing to find with a piece that moves
MINUTES_FOR_A_PREDICTION = 1  # its two cells are in it
MINUTES_FOR_A_RETRIEVAL = 5  # the block of questions about earlier lessons, with its texts
STEP = 5  # minutes are stated in steps of five

FENCED = re.compile(r"^( *)(```+|~~~+)[^\n]*\n(.*?)^ *\2[`~]* *$", re.DOTALL | re.MULTILINE)
DISPLAYED = re.compile(r"\$\$.*?\$\$", re.DOTALL)
FOLDED = re.compile(r"<details\b.*?</details>", re.DOTALL)
CHECKED = re.compile(r"^questions\.(\w+)\.check\(", re.MULTILINE)
RETRIEVAL = re.compile(r"^questions\.(?:r\d+\.check|again)\(", re.MULTILINE)
HIDDEN_TAGS = {"hide-input", "hide-cell"}


@dataclass(frozen=True)
class Contents:
    """What is to be read in a lesson, and done."""

    words: int = 0
    lines: int = 0
    equations: int = 0
    figures: int = 0
    exercises: int = 0
    problems: int = 0
    tasks: int = 0
    predictions: int = 0
    retrievals: int = 0

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
            + self.problems * MINUTES_FOR_A_PROBLEM
            + self.tasks * MINUTES_FOR_A_TASK
            + self.predictions * MINUTES_FOR_A_PREDICTION
            + self.retrievals * MINUTES_FOR_A_RETRIEVAL
        )
        return max(STEP, int(exact / STEP + 0.5) * STEP)


def contents_of(notebook: StoredNotebook) -> Contents:
    """Count the notebook."""
    block = _retrieval_block(notebook.cells)
    rest = [cell for i, cell in enumerate(notebook.cells) if i not in block]
    counted = [_of_text(c) if c.kind == "Markdown" else _of_code(c) for c in rest]
    return sum(counted, start=Contents(retrievals=bool(block)))


def _retrieval_block(cells: Sequence[Cell]) -> set[int]:
    """Which cells ask about earlier lessons: the code, and the text directly above each."""
    code = {i for i, c in enumerate(cells) if c.kind == "code" and RETRIEVAL.search(c.source)}
    return code | {i - 1 for i in code if i > 0 and cells[i - 1].kind == "Markdown"}


def _of_text(cell: Cell) -> Contents:
    text = FOLDED.sub("", cell.source)
    lines = sum(_lines_of(block[2]) for block in FENCED.findall(text))
    text = FENCED.sub("", text)
    equations = len(DISPLAYED.findall(text))
    text = re.sub(r"\]\([^)]*\)", "]", DISPLAYED.sub("", text))  # of a link, the words
    words = sum(any(map(str.isalnum, word)) for word in text.split())
    asked = [len(re.findall(rf"\*\*{what} \S+\.\*\*", text)) for what in ("Exercise", "Problem")]
    return Contents(words, lines, equations, 0, *asked)


def _of_code(cell: Cell) -> Contents:
    """The cells of exercises, tasks and predictions are counted with these."""
    figures = sum(map(is_figure, cell.outputs))
    metadata = cell.node.metadata
    is_folded = metadata.get("jupyter", {}).get("source_hidden", False)
    is_folded |= bool(HIDDEN_TAGS & set(metadata.get("tags", [])))
    asked = CHECKED.findall(cell.source)
    tasks = sum(not re.fullmatch(r"q\d+", name) for name in asked)
    predictions = len(PREDICTED.findall(cell.source))
    is_counted = asked or predictions or SEEN.search(cell.source)
    lines = 0 if is_folded or is_counted else _lines_of(cell.source)
    return Contents(lines=lines, figures=figures, tasks=tasks, predictions=predictions)


def _lines_of(code: str) -> int:
    return round(len("".join(code.split())) / CHARACTERS_IN_A_LINE)
