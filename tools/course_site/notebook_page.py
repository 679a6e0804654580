"""A page of a notebook: its stored outputs as they are, folded where a reader should think first.

What is changed on the way: the cells of exercises and predictions are folded, and so are outputs
and texts behind a prediction (tag "gated") and code that JupyterLab folds. A picture gets its
sentence as its alternative text. Under the title stand the ways to run the notebook.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from html import escape
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import Any

import first_cell
import readers_copies

from course_site.problems import SiteFailed

Cell = dict[str, Any]

ASKS = re.compile(r"^questions\.[\w.]*\b(check|predict|again)\(", re.MULTILINE)
PICTURES = ("image/svg+xml", "image/png", "image/jpeg")
PYTHON = {"name": "python", "pygments_lexer": "ipython3"}
NO_SENTENCE = re.compile(r"\s*(<.*>)?\s*", re.DOTALL)  # <Figure size 640x480 with 1 Axes>

# What a fold says whose cell is folded whole. (Of code or an output alone, the extension says it.)
SAYS = {
    "check": "The cell of this exercise",
    "predict": "The cell of this prediction",
    "again": "The cell that shows what comes back",
}


def page_of_notebook(content: bytes, place: PurePosixPath, ways_to_run: str) -> str:
    """The notebook that Sphinx makes a page of.

    Args:
        content: the notebook's bytes.
        place: its path in the course, for messages.
        ways_to_run: HTML that is put under its title.

    Raises:
        SiteFailed: it is no whole notebook, has no title, or a picture in it has no sentence.
    """
    notebook = readers_copies.read_notebook(content)
    if notebook is None:
        raise SiteFailed(f"{place} is no whole notebook.")
    cells: list[Cell] = [cell for cell in notebook["cells"] if cell.get("id") != first_cell.ID]
    notebook["cells"] = cells
    is_homework = "homework" in place.parts
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "markdown" and readers_copies.is_gated(cell):
            cell["source"] = readers_copies.folded(readers_copies.text_of(cell))
        if cell["cell_type"] == "code":
            fold(cell, is_homework)
            for output in cell["outputs"]:
                describe_pictures(output, f"{place}, cell {number}")
    put_under_title(cells, ways_to_run, place)
    notebook["metadata"]["language_info"] = PYTHON  # the lexer; each Python stores another
    return json.dumps(notebook, ensure_ascii=False)


# --- folds ----------------------------------------------------------------------------------------


def fold(cell: Cell, is_homework: bool = False) -> None:
    """Note in a code cell, in the words of myst-nb, what of it is folded."""
    metadata = cell["metadata"]
    tags: list[str] = [tag for tag in metadata.get("tags", []) if not tag.startswith("hide-")]
    asks = ASKS.search(readers_copies.text_of(cell))
    if asks and not is_homework:
        tags.append("hide-cell")
        metadata["mystnb"] = {"code_prompt_show": SAYS[asks[1]]}
    else:
        gated = readers_copies.is_gated(cell) and bool(cell["outputs"])
        folded_code = metadata.get("jupyter", {}).get("source_hidden", False)
        tags += ["hide-output"] * gated + ["hide-input"] * folded_code
        metadata["mystnb"] = {"code_prompt_show": "{type}"}
    metadata["tags"] = tags


# --- pictures -------------------------------------------------------------------------------------


def describe_pictures(output: dict[str, Any], where: str) -> None:
    """Give each picture of an output its sentence, as what stands in its place for who cannot see.

    A figure of the course has it as its caption. For a bare picture it is the output's plain text.
    """
    data = output.get("data", {})
    if "text/html" in data:
        data["text/html"] = figures_described("".join(data["text/html"]), where)
        return
    kind = next((kind for kind in PICTURES if kind in data), None)
    if kind is None:
        return
    sentence = "".join(data.get("text/plain", ""))
    if NO_SENTENCE.fullmatch(sentence):
        raise SiteFailed(
            f"{where}: a picture without a sentence. Take it from course_nn.plots, or give it a "
            "plain text that says what it shows."
        )
    source = "".join(data[kind]).strip()
    if kind == "image/svg+xml":
        source = b64encode(source.encode()).decode()
    image = f'<img alt="{escape(sentence)}" src="data:{kind};base64,{source}">'
    data["text/html"] = f'<figure class="course-figure" tabindex="0">\n{image}\n</figure>\n'


FIGURE = re.compile(r"<figure\b.*?</figure>", re.DOTALL)
CAPTION = re.compile(r"<figcaption\b([^>]*)>(.*?)</figcaption>", re.DOTALL)
IMAGE = re.compile(r"<img\b[^>]*>", re.DOTALL)
ALTERNATIVE = re.compile(r'\salt="([^"]*)"')


def figures_described(html: str, where: str) -> str:
    """The HTML, with the caption of each figure as the alternative text of its picture.

    A screen reader then reads it once: in the caption it is hidden from it.
    """

    def described(found: re.Match[str]) -> str:
        figure = found[0]
        caption = CAPTION.search(figure)
        if caption is None or "aria-hidden" in caption[1]:
            return figure
        sentence = escape(plain(caption[2]))
        figure = ALTERNATIVE.sub(lambda _: f' alt="{sentence}"', figure, count=1)
        return CAPTION.sub(r'<figcaption\1 aria-hidden="true">\2</figcaption>', figure)

    html = FIGURE.sub(described, html)
    for image in IMAGE.findall(html):
        alternative = ALTERNATIVE.search(image)
        if alternative is None:
            raise SiteFailed(f"{where}: a picture in HTML has no alternative text (`alt`).")
    return html


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def plain(html: str) -> str:
    """The text in a piece of HTML."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return " ".join("".join(parser.parts).split())


# --- the ways to run it ---------------------------------------------------------------------------


def put_under_title(cells: list[Cell], html: str, place: PurePosixPath) -> None:
    """Put a piece of HTML under the title, in the first cell that has one."""
    for cell in cells:
        if cell["cell_type"] == "markdown":
            lines = readers_copies.text_of(cell).split("\n")
            at = next((i for i, line in enumerate(lines) if line.startswith("# ")), None)
            if at is not None:
                cell["source"] = "\n".join([*lines[: at + 1], "", html, "", *lines[at + 1 :]])
                return
    raise SiteFailed(f"{place} has no title: a line `# …` at its top.")
