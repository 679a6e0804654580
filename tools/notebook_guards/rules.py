"""What a notebook's file must be like before anything is run: one function for each rule.

A rule takes the notebook and yields problems: the place, what was expected, what came, what to do.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from importlib import import_module
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
from nbformat.v4 import reads as parse_without_mending

from notebook_guards.equations import Equation, Mark, equations_in, marks_in
from notebook_guards.figures import drawn_by, pictures_of

# The only outputs that need not repeat: (file name, cell id): the reason.
# Such a cell carries the tag "nbval-ignore-output". Timings are the one good reason.
ALLOWED_IGNORED_OUTPUT: dict[tuple[str, str], str] = {
    ("10_compare_sgd_and_batch.ipynb", "10-seconds"): "prints and draws seconds of training",
    ("cluster_of_machines.ipynb", "cluster-seconds-1"): "prints updates per second",
    ("cluster_of_machines.ipynb", "cluster-seconds-2"): "prints seconds of an update",
    ("generated_code.ipynb", "code-seconds"): "prints the time of an update",
    ("why_backwards.ipynb", "why-seconds"): "prints the times of sweeps in both directions",
}

CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"
REGENERATE = "run `python3 run.py notebooks` and look at the diff."


@dataclass(frozen=True)
class Problem:
    """One broken rule, as a place in the notebook and a sentence."""

    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


@dataclass(frozen=True)
class Cell:
    """A cell, numbered among the cells of its kind from 1: code cell 3 is [3] in JupyterLab."""

    kind: str
    number: int
    node: nbformat.NotebookNode

    @property
    def source(self) -> str:
        return self.node.source

    @property
    def outputs(self) -> list[nbformat.NotebookNode]:
        return self.node.get("outputs", [])

    @property
    def text(self) -> str:
        """The source of a Markdown cell without fenced blocks and `code`."""
        text = re.sub(
            r"^( *)(```+|~~~+).*?^ *\2[`~]* *$", "", self.source, flags=re.DOTALL | re.MULTILINE
        )
        return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "code", text, flags=re.DOTALL)

    @property
    def equations(self) -> list[Equation]:
        return equations_in(self.text) if self.kind == "Markdown" else []

    @property
    def marks(self) -> list[Mark]:
        return marks_in(self.source) if self.kind == "code" else []

    @property
    def place(self) -> str:
        first_line = (self.source.strip().splitlines() or ["(empty)"])[0]
        if len(first_line) > 80:
            first_line = first_line[:79] + "…"
        return f"{self.kind} cell {self.number} ({first_line!r})"

    def problem(self, sentence: str) -> Problem:
        return Problem(self.place, sentence)


@dataclass(frozen=True)
class StoredNotebook:
    """A notebook exactly as it is in its file."""

    path: Path
    node: nbformat.NotebookNode
    cells: list[Cell]

    @classmethod
    def read(cls, path: Path) -> StoredNotebook:
        """Read a notebook. `nbformat.read` would mend what it finds, and hide it."""
        return cls.parse(path, path.read_text(encoding="utf-8"))

    @classmethod
    def parse(cls, path: Path, text: str) -> StoredNotebook:
        """The notebook with this text, as if it were in the file `path`."""
        node = parse_without_mending(text)
        counts: dict[str, int] = {}
        cells = []
        for cell in node.cells:
            kind = "Markdown" if cell.cell_type == "markdown" else cell.cell_type
            counts[kind] = counts.get(kind, 0) + 1
            cells.append(Cell(kind, counts[kind], cell))
        return cls(path, node, cells)

    @property
    def code_cells(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == "code"]

    @property
    def markdown_cells(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == "Markdown"]

    @property
    def folder(self) -> Path:
        """Where the links of its text start: a homework is read as its student version."""
        folder = self.path.parent
        if folder.parent.name == "source" and folder.parent.parent.name == "homework":
            return folder.parent.parent.parent / "notebooks" / "homework"
        return folder

    @property
    def lesson(self) -> str | None:
        """The number in the name of the file, such as "03"; None if it is not on the main path."""
        found = re.match(r"(\d\d)_", self.path.name)
        return found and found.group(1)

    @property
    def is_further(self) -> bool:
        """Whether it is a further lesson, in notebooks/further: these are in no order."""
        return self.path.parent.name == "further"

    @property
    def is_workbook(self) -> bool:
        """Whether it is a part of the workbook, in notebooks/workbook."""
        return self.path.parent.name == "workbook"

    @property
    def label(self) -> str | None:
        """What its equations and exercises are numbered with: "3", or "B" for further/bias_…."""
        if self.is_further:
            return self.path.name[0].upper()
        return self.lesson and str(int(self.lesson))


Problems = Iterator[Problem]
RULES: list[Callable[[StoredNotebook], Problems]] = []


def rule(function: Callable[[StoredNotebook], Problems]) -> Callable[[StoredNotebook], Problems]:
    """Add a function to the rules that every notebook is held against."""
    RULES.append(function)
    return function


def find_problems(notebook: StoredNotebook) -> list[Problem]:
    """Every problem that any rule finds in the notebook."""
    return [problem for each in RULES for problem in each(notebook)]


# --- run, in order, from a fresh kernel -----------------------------------------------------------


@rule
def every_code_cell_was_run(notebook: StoredNotebook) -> Problems:
    """nbval passes a cell without a count: it runs it and compares nothing."""
    for cell in notebook.code_cells:
        if not cell.source.strip():
            yield cell.problem("the cell is empty, and an empty cell is never run. Delete it.")
        elif cell.node.get("execution_count") is None:
            yield cell.problem(f"the cell was not run before it was stored; {REGENERATE}")


@rule
def counts_are_in_order(notebook: StoredNotebook) -> Problems:
    """Counts 1, 2, 3, … are what a run from top to bottom in a fresh kernel leaves."""
    filled = [cell for cell in notebook.code_cells if cell.source.strip()]
    for expected, cell in enumerate(filled, start=1):
        count = cell.node.get("execution_count")
        if count is not None and count != expected:
            yield cell.problem(
                f"expected the execution count [{expected}], but it is [{count}]: the notebook was "
                f"not run once from top to bottom; {REGENERATE}"
            )
            return  # the counts after it are off by the same slip
    for cell in filled:
        for output in cell.outputs:
            count = output.get("execution_count", cell.node.get("execution_count"))
            if count != cell.node.get("execution_count"):
                yield cell.problem(f"its output is of another run, [{count}]; {REGENERATE}")


@rule
def code_is_plain_python(notebook: StoredNotebook) -> Problems:
    """No magics: students learn Python, and `test_trajectories.py` runs the cells as Python."""
    for cell in notebook.code_cells:
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            line = cell.source.splitlines()[(error.lineno or 1) - 1].strip()
            if line.startswith(("%", "!")) or line.endswith("?"):
                yield cell.problem(f"{line!r} is a magic of IPython; write it as plain Python.")
            else:
                yield cell.problem(f"{line!r} is not Python: {error.msg}.")


LONGEST_LINE = 79  # characters of code; JupyterLab beside its sidebar shows no more at once


@rule
def lines_of_code_are_short(notebook: StoredNotebook) -> Problems:
    """In lessons and workbook; a line that runs out of the window is not read."""
    if notebook.label is None and not notebook.is_workbook:
        return
    for cell in notebook.code_cells:
        for number, line in enumerate(cell.source.splitlines(), start=1):
            if len(line) > LONGEST_LINE:
                yield cell.problem(
                    f"line {number} has {len(line)} characters; at most {LONGEST_LINE} are read "
                    f"without scrolling. Break it: {line.strip()[:40]!r}."
                )


@rule
def the_run_is_not_softened(notebook: StoredNotebook) -> Problems:
    """The marks that make nbval skip, ignore or excuse a cell are for listed timings only."""
    unused = {cell_id for name, cell_id in ALLOWED_IGNORED_OUTPUT if name == notebook.path.name}
    for cell in notebook.cells:
        tags = [str(tag).lower() for tag in cell.node.metadata.get("tags", [])]
        marks = [tag for tag in tags if "nbval" in tag or tag == "raises-exception"]
        if cell.kind == "code":
            marks += re.findall(r"#\s*((?:NBVAL|PYTEST_VALIDATE)_\w+)", cell.source)
        if set(marks) == {"nbval-ignore-output"} and cell.node.get("id") in unused:
            unused.remove(cell.node.id)
        elif marks:
            yield cell.problem(
                f"the mark {', '.join(marks)} switches the comparison off. Remove it; only a cell "
                "that prints a timing may be tagged nbval-ignore-output, and it is listed with its "
                "reason in ALLOWED_IGNORED_OUTPUT in tools/notebook_guards/rules.py."
            )
    for cell_id in sorted(unused):
        yield Problem(
            "the whole notebook",
            f"ALLOWED_IGNORED_OUTPUT in tools/notebook_guards/rules.py lists {cell_id!r}, but "
            "no cell of that id has the tag nbval-ignore-output. Remove the entry.",
        )


# --- errors and their messages --------------------------------------------------------------------


@rule
def no_error_is_stored(notebook: StoredNotebook) -> Problems:
    """A traceback holds paths of a machine, and nbval does not compare it."""
    for cell in notebook.code_cells:
        for output in cell.outputs:
            if output.output_type == "error":
                yield cell.problem(
                    f"a traceback is stored ({output.get('ename')}). Show an error that the lesson "
                    "promises in `with nn.expect_error(ValueError):`."
                )


UNWRITTEN = "NotImplementedError"  # comes from a homework that is not done yet, and only from it


@rule
def promised_errors_must_come(notebook: StoredNotebook) -> Problems:
    """A `try` that prints its error would pass without one; `nn.expect_error` does not."""
    for cell in notebook.code_cells:
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            continue  # code_is_plain_python reports it
        for statement in ast.walk(tree):
            if not isinstance(statement, ast.Try | ast.TryStar):
                continue
            shows_error = any(
                _calls(handler, "print", "display")
                for handler in statement.handlers
                if handler.type is None or ast.unparse(handler.type) != UNWRITTEN
            )
            if shows_error:
                yield cell.problem(
                    f"the `try` in line {statement.lineno} shows a promised error. Write "
                    "`with nn.expect_error(ValueError):`, which prints it, and fails if none comes."
                )


@rule
def nothing_on_stderr(notebook: StoredNotebook) -> Problems:
    """Warnings and progress bars differ from machine to machine, and nbgrader gives 0 for them."""
    for cell in notebook.code_cells:
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                first_line = output.text.strip().splitlines()[:1]
                yield cell.problem(
                    f"stderr is stored, beginning {first_line}. Find out why the cell warns, then "
                    f"{REGENERATE}"
                )


# --- the same on every machine and in every run ---------------------------------------------------

# Each pattern, and what it is in words. The first group is looked for everywhere, the second in
# outputs only, where a source may say such a thing with good reason.
MACHINE_PATHS = [
    (r"(?<![\w.])/(?:home|Users|root|tmp|var|private|opt|mnt|usr|srv)/[\w.$-]+", "a path"),
    (r"(?<![\w./])/root\b", "a home folder"),
    (r"\b[A-Za-z]:[\\/]+(?:Users|Windows|Program|Temp|a\b)", "a Windows path"),
    (r"\b(?:site|dist)-packages\b", "the folder of installed packages"),
    (r"\bfile://", "the address of a local file"),
    (r"\bipykernel_\d+|<ipython-input-", "the number of a kernel's process"),
]
MACHINE_TRACES_IN_OUTPUT = [
    (r"\b0x[0-9a-fA-F]{6,}", "a memory address"),
    (r"(?<![\w.:/<~)\]}])/[A-Za-z][\w.-]*/[\w.-]*[A-Za-z][\w./-]*", "a path"),
]


@rule
def nothing_of_this_machine(notebook: StoredNotebook) -> Problems:
    """No path, user name in a path, memory address or process number, in source or output."""
    for cell in notebook.cells:
        texts = [("the source", cell.source, MACHINE_PATHS)]
        for output in cell.outputs:
            for text in _texts_of(output):
                texts.append(("the output", text, MACHINE_PATHS + MACHINE_TRACES_IN_OUTPUT))
        for where, text, patterns in texts:
            # Pictures inside HTML are base64, in which anything may turn up by chance.
            text = re.sub(r"data:[\w/+.-]+;base64,[\w/+=\s]+", "", text)
            found = next(
                ((match.group(), name) for p, name in patterns if (match := re.search(p, text))),
                None,
            )
            if found:
                yield cell.problem(
                    f"{where} has {found[1]} of the machine it was run on: {found[0]!r}. Print "
                    f"something that is the same everywhere, then {REGENERATE}"
                )


ALLOWED_OUTPUT_TYPES = {
    "text/plain",
    "text/html",
    "text/markdown",
    "text/latex",
    "image/png",
    "image/svg+xml",
}


@rule
def outputs_live_without_a_kernel(notebook: StoredNotebook) -> Problems:
    """Widgets, scripts and updated displays need a kernel or random ids; GitHub shows none."""
    for cell in notebook.code_cells:
        for output in cell.outputs:
            for mime in sorted(set(output.get("data", {})) - ALLOWED_OUTPUT_TYPES):
                yield cell.problem(
                    f"an output of type {mime} is stored. Allowed: "
                    f"{', '.join(sorted(ALLOWED_OUTPUT_TYPES))}."
                )
        # A stored file keeps no trace of an updated display, so it is the code that tells.
        updates = r"\bdisplay_id\s*=|\bupdate_display\s*\(|\bclear_output\s*\("
        if found := re.search(updates, cell.source):
            yield cell.problem(
                f"{found.group()!r} changes an output later, which cannot be compared. Display "
                "the final state once."
            )


ALLOWED_CELL_METADATA = {"tags", "nbgrader", "jupyter", "editable", "deletable"}
ALLOWED_IN_FIRST_CELL = {"cellView", "course"}  # besides: tools/first_cell.py writes them
ALLOWED_NOTEBOOK_METADATA = {"kernelspec", "language_info"}


@rule
def no_hidden_state(notebook: StoredNotebook) -> Problems:
    """Metadata that changes from run to run or from editor to editor makes empty diffs."""
    metadata = notebook.node.metadata
    whole = "the whole notebook"
    kernel = metadata.get("kernelspec", {}).get("name")
    if kernel != "python3":
        yield Problem(whole, f"expected the kernel 'python3', but it is {kernel!r}; {REGENERATE}")
    if "version" in metadata.get("language_info", {}):
        yield Problem(whole, f"language_info.version is the Python of one machine; {REGENERATE}")
    for key in sorted(set(metadata) - ALLOWED_NOTEBOOK_METADATA):
        yield Problem(whole, f"the metadata {key!r} is not allowed; {REGENERATE}")
    for cell in notebook.cells:
        is_first = cell.node.get("id") == "first-cell"
        allowed = ALLOWED_CELL_METADATA | (ALLOWED_IN_FIRST_CELL if is_first else set())
        for key in sorted(set(cell.node.metadata) - allowed):
            yield cell.problem(f"the metadata {key!r} changes from run to run; {REGENERATE}")


@rule
def every_cell_has_its_id(notebook: StoredNotebook) -> Problems:
    """Ids are how ALLOWED_IGNORED_OUTPUT, nbgrader and readable diffs know a cell."""
    seen: dict[str, str] = {}
    for cell in notebook.cells:
        cell_id = cell.node.get("id")
        if not cell_id:
            yield cell.problem(f"the cell has no id; {REGENERATE}")
        elif cell_id in seen:
            yield cell.problem(f"the id {cell_id!r} is that of {seen[cell_id]} too. Change one.")
        else:
            seen[cell_id] = cell.place


@rule
def the_format_is_valid(notebook: StoredNotebook) -> Problems:
    """What nbformat's schema refuses, JupyterLab may refuse to open."""
    if (notebook.node.nbformat, notebook.node.nbformat_minor) < (4, 5):
        yield Problem("the whole notebook", f"the format is older than 4.5; {REGENERATE}")
    schema_errors = nbformat.validator.iter_validate(json.loads(json.dumps(notebook.node)))
    for error in schema_errors:
        message = str(error).splitlines()[0]
        if "'id' is a required property" not in message:  # every_cell_has_its_id reports it
            yield Problem("the whole notebook", f"nbformat refuses it: {message}.")


# --- for readers ----------------------------------------------------------------------------------


@rule
def every_figure_is_described(notebook: StoredNotebook) -> Problems:
    """A sentence says what each figure shows: in its HTML, and as its text, or printed under it.

    In HTML, each picture also has a text in its place.
    """
    for cell in notebook.code_cells:
        figures = [place for place, output in enumerate(cell.outputs) if is_figure(output)]
        for number, (start, end) in enumerate(pairwise([*figures, len(cell.outputs)]), start=1):
            data = cell.outputs[start].get("data", {})
            html = data.get("text/html", "")
            for tag in re.findall(r"<img\b[^>]*>", html):
                if not re.search(r"\balt=([\"'])\s*[^\"'\s]", tag):
                    yield cell.problem(f"a picture in figure {number} has no text in its place.")
            plain = data.get("text/plain", "")
            if _begins_with_a_sentence(plain) and plain in _visible(html):
                continue
            printed = "".join(
                output.text
                for output in cell.outputs[start + 1 : end]
                if output.output_type == "stream" and output.name == "stdout"
            )
            if not _begins_with_a_sentence(printed):
                came = repr(printed[:60]) if printed else "nothing"
                yield cell.problem(
                    f"expected a sentence, ending in a full stop, that says what figure {number} "
                    f"shows, in its HTML or printed under it, but {came} follows. Draw it with "
                    "course_nn.plots, which writes one."
                )


@rule
def figures_are_of_the_pinned_matplotlib(notebook: StoredNotebook) -> Problems:
    """Figures are compared when the same Matplotlib drew both: here it must be the tested one."""
    pinned = re.search(r"^matplotlib==([\w.]+)", _read_constraints(), re.MULTILINE)
    for cell in notebook.code_cells if pinned else []:
        for picture in pictures_of(cell.outputs):
            version = drawn_by(picture)
            if version not in (None, pinned.group(1)):
                yield cell.problem(
                    f"its figure was drawn by Matplotlib {version}, but constraints.txt pins "
                    f"{pinned.group(1)}; {REGENERATE}"
                )


# Seen to fail in GitHub, JupyterLab or nbconvert (GitHub answers "The following macros are not
# allowed"), and what to write instead.
REFUSED_LATEX = [
    (r"\\operatorname\b", "GitHub refuses it; write \\mathrm{…} or \\text{…}"),
    (r"\\(?:(?:re)?newcommand|def|let|DeclareMathOperator)\b", "GitHub refuses it; write it out"),
    (r"\\(?:label|ref|eqref)\b", "GitHub and nbconvert number no equations; use \\tag and words"),
    (r"\\(?:require|usepackage)\b", "GitHub loads no extensions; do without"),
    (r"\\(?:mbox|h?phantom|vphantom)\b", "GitHub refuses it; write \\text{…} or \\quad"),
    (r"\\bm\b", "MathJax does not know it; write \\mathbf{…} or \\boldsymbol{…}"),
    (r"\\(?:mathbbm|mathds|bbm)\b", "MathJax does not know it; write \\mathbb{…}"),
    (r"\\(?:href|url|class|style|cssId|unicode)\b", "GitHub refuses it; use Markdown"),
    (
        r"\\(?:begin|end)\{(?:align|equation|gather|multline|eqnarray)\*?\}",
        "it ends mathematics in one program and nests it in another; write "
        "\\begin{aligned} or \\begin{gathered} between $$",
    ),
]


@rule
def latex_renders_everywhere(notebook: StoredNotebook) -> Problems:
    """Mathematics stays in what JupyterLab, nbconvert and GitHub all show."""
    for cell in notebook.markdown_cells:
        text = cell.text
        for pattern, reason in REFUSED_LATEX:
            if found := re.search(pattern, text):
                yield cell.problem(f"{found.group()} does not show everywhere: {reason}.")

        displayed = re.findall(r"\$\$(.*?)\$\$", text, re.DOTALL)
        text = re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL)
        if "$$" in text:
            yield cell.problem("a $$ has no partner.")
            continue
        inline = re.findall(r"(?<!\\)\$([^$\n]*(?:\n[^$\n]+)*?)(?<!\\)\$", text)
        text = re.sub(r"(?<!\\)\$([^$\n]*(?:\n[^$\n]+)*?)(?<!\\)\$", "", text)
        if re.search(r"(?<!\\)\$", text):
            yield cell.problem("a $ has no partner in its paragraph; a dollar as money is \\$.")
        if any(re.search(r"\n\s*\n", math) for math in displayed):
            yield cell.problem("an empty line between $$ and $$ ends it in JupyterLab. Remove it.")
        for math in inline:
            if math != math.strip():
                yield cell.problem(
                    f"${math}$ has a space inside its dollars: GitHub and nbconvert show it as "
                    "text. Remove the space."
                )
        for math in displayed + inline:
            if found := re.search(r"<[A-Za-z/!]", math):
                yield cell.problem(
                    f"{found.group()!r} in mathematics looks like HTML. Put a space after <, or "
                    "write \\lt."
                )
        if found := re.search(r"\\+[()\[\]]", text):
            yield cell.problem(f"{found.group()} does not show everywhere: write $…$ or $$…$$.")
        if found := re.search(r"\\begin\{\w+\*?\}", text):
            yield cell.problem(f"{found.group()} stands outside of $$…$$; put it inside.")


@rule
def begins_with_its_title(notebook: StoredNotebook) -> Problems:
    """The title of the page is the first heading of the first cell."""
    first = notebook.cells[0] if notebook.cells else None
    if first is None or first.kind != "Markdown" or not re.match(r"# \S", first.source):
        place = first.place if first else "the whole notebook"
        yield Problem(place, "expected the notebook to begin with a heading, '# Title'.")


@rule
def links_lead_somewhere(notebook: StoredNotebook) -> Problems:
    """Files that the text links to are there, and pictures have a text in their place."""
    for cell in notebook.markdown_cells:
        text = cell.text
        for alternative in re.findall(r"!\[([^\]]*)\]\(", text):
            if not alternative.strip():
                yield cell.problem("a picture has no text in its place; write ![what it shows](…).")
        for tag in re.findall(r"<img\b[^>]*>", text, re.IGNORECASE):
            if not re.search(r"""\balt\s*=\s*(["'])\s*\S.*?\1""", tag, re.DOTALL):
                yield cell.problem('a picture has no text in its place; write <img alt="…" …>.')
        targets = re.findall(r"\]\(\s*<?([^)>\s]+)", text)
        targets += re.findall(r"^\s*\[[^\]]+\]:\s*<?([^>\s]+)", text, re.MULTILINE)
        targets += re.findall(r"""\b(?:href|src)\s*=\s*["']([^"']+)""", text, re.IGNORECASE)
        for target in targets:
            if re.match(r"(?:https?|mailto):|#", target):
                continue
            file = notebook.folder / unquote(target.split("#")[0])
            if not file.exists():
                yield cell.problem(f"the link to {target!r} leads nowhere: there is no such file.")


# --- exercises ------------------------------------------------------------------------------------


@rule
def exercises_run_alone(notebook: StoredNotebook) -> Problems:
    """After a restart of the kernel a reader runs the exercise that they were at, and only that.

    So a cell that asks something, or is for an answer of the homework, imports what it uses.
    """
    trees = [(cell, _tree(cell)) for cell in notebook.code_cells]
    imported = {"questions"}.union(*(_imported(tree) for _, tree in trees))
    for cell, tree in trees:
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        is_answer = cell.node.metadata.get("nbgrader", {}).get("solution", False)
        if "questions" not in used and not is_answer:
            continue
        if _predicted(cell) or SEEN.search(cell.source):
            used.discard("questions")  # predictions_exist_and_are_made_once reports it
        for name in sorted((used & imported) - _imported(tree)):
            line = "from course_exercises import … as questions"
            what = f"`{line}`" if name == "questions" else f"an import of {name}"
            yield cell.problem(
                f"{name} needs {what} in its cell, which is to run alone, as after a restart."
            )


# --- predictions ----------------------------------------------------------------------------------

GATED = "gated"  # the tag of a cell that tells, or repeats, what a prediction asks
PREDICTED = re.compile(r"^questions\.(p\d+(?:\.again)*)\.predict\(", re.MULTILINE)
SEEN = re.compile(r"^questions\.(p\d+(?:\.again)*)\.see\(", re.MULTILINE)
ASKED_BY = re.compile(r"^from course_exercises import (\w+) as questions$", re.MULTILINE)


@rule
def predictions_are_gated(notebook: StoredNotebook) -> Problems:
    """Nothing tells the answer before: predict, then cells with the tag "gated", see among them."""
    first = next((i for i, cell in enumerate(notebook.cells) if _predicted(cell)), None)
    for cell in notebook.cells[:first]:
        if _is_gated(cell):
            yield cell.problem(
                f"the tag {GATED!r} stands before any prediction, so nobody could open the gate."
            )
    seen_in = {name: cell for cell in notebook.code_cells for name in SEEN.findall(cell.source)}
    places = [i for i, cell in enumerate(notebook.cells) if _predicted(cell)]
    for start, end in pairwise([*places, len(notebook.cells)]):
        cell, following = notebook.cells[start], notebook.cells[start + 1 : end]
        if _is_gated(cell):
            yield cell.problem(f"the prediction itself has the tag {GATED!r}. Remove it here.")
        if not any(_is_gated(each) for each in following if each.kind == "code"):
            yield cell.problem(
                f"expected a code cell with the tag {GATED!r} after it, before the next "
                "prediction: which cell tells what comes?"
            )
        for name in _predicted(cell):
            if name not in {seen for each in following for seen in SEEN.findall(each.source)}:
                came = "it comes elsewhere" if name in seen_in else "there is none"
                yield cell.problem(
                    f"expected questions.{name}.see(…) after it, before the next prediction, and "
                    f"{came}."
                )
    for cell in notebook.code_cells:
        if SEEN.search(cell.source) and not _is_gated(cell):
            yield cell.problem(f"what comes is seen here, so the cell needs the tag {GATED!r}.")


@rule
def predictions_exist_and_are_made_once(notebook: StoredNotebook) -> Problems:
    """Of the questions that the cell imports, and by the number that they have in this lesson."""
    made: dict[str, Cell] = {}
    for cell in notebook.code_cells:
        topic = ASKED_BY.search(cell.source)
        for name in [*_predicted(cell), *SEEN.findall(cell.source)]:
            found = _prediction(topic.group(1), name) if topic else None
            if topic is None:
                yield cell.problem(
                    f"questions.{name} needs `from course_exercises import … as questions` in its "
                    "cell, which is to run alone."
                )
            elif found is None:
                yield cell.problem(f"course_exercises.{topic.group(1)} has no {name}.")
            elif notebook.label and "again" not in name:
                expected = f"Prediction {notebook.label}.{name[1:]}"
                if found.name != expected:
                    yield cell.problem(f"{name} is called {found.name!r}, not {expected!r}.")
        for name in _predicted(cell):
            if name in made:
                yield cell.problem(f"{name} is predicted in {made[name].place} too.")
            made.setdefault(name, cell)


# --- equations and their executed twins -----------------------------------------------------------


@rule
def equations_are_numbered_in_order(notebook: StoredNotebook) -> Problems:
    """The equations of lesson 03 are (3.1), (3.2), (3.3), …, each in a $$…$$ of its own.

    Those of a further lesson have its letter: further/bias_… has (B.1), (B.2), ….
    """
    if notebook.label is None:
        return
    expected = 1
    for cell in notebook.markdown_cells:
        displayed = re.findall(r"\$\$.*?\$\$", cell.text, re.DOTALL)
        if cell.text.count("\\tag") != sum(math.count("\\tag") == 1 for math in displayed):
            yield cell.problem("expected every \\tag{…} alone in a $$…$$.")
        for equation in cell.equations:
            number = f"{notebook.label}.{expected}"
            if equation.number != number:
                yield cell.problem(
                    f"expected the equation number ({number}) here, but it is ({equation.number})."
                )
                return  # the numbers after it are off by the same slip
            expected += 1


@rule
def every_equation_has_its_twin(notebook: StoredNotebook) -> Problems:
    """A statement further down computes it, and says so in a comment: `# (3.5)`."""
    if notebook.label is None:
        return
    marks = [cell.marks for cell in notebook.cells]
    last_mark = {mark.number: index for index, here in enumerate(marks) for mark in here}
    for index, cell in enumerate(notebook.cells):
        for equation in cell.equations:
            if last_mark.get(equation.number, -1) < index:
                yield cell.problem(
                    f"the equation ({equation.number}) has no twin: no code cell further down has "
                    f"the comment # ({equation.number}) at the line that computes it."
                )
        for mark in marks[index]:
            if not mark.values:
                yield cell.problem(
                    f"the comment with ({mark.number}) in line {mark.line} stands at no line that "
                    "computes something. Put it at the end of one that does."
                )


# --- helpers --------------------------------------------------------------------------------------


def _read_constraints() -> str:
    """The tested set of versions, or nothing where the rules are used without it."""
    return CONSTRAINTS.read_text(encoding="utf-8") if CONSTRAINTS.exists() else ""


def _tree(cell: Cell) -> ast.Module:
    """The cell, parsed; empty if it is no Python, which `code_is_plain_python` reports."""
    try:
        return ast.parse(cell.source)
    except SyntaxError:
        return ast.parse("")


def _imported(tree: ast.Module) -> set[str]:
    """The names that imports at the top level of a cell bring."""
    return {
        each.asname or each.name.partition(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for each in node.names
    }


def _calls(tree: ast.AST, *names: str) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
        for node in ast.walk(tree)
    )


def _predicted(cell: Cell) -> list[str]:
    """The predictions that are made in a cell, such as p1 and p1.again."""
    return PREDICTED.findall(cell.source) if cell.kind == "code" else []


def _is_gated(cell: Cell) -> bool:
    return GATED in cell.node.metadata.get("tags", [])


def _prediction(topic: str, name: str) -> Any:
    """The prediction of this name, or None if the topic has none."""
    try:
        return attrgetter(name)(import_module(f"course_exercises.{topic}"))
    except (ImportError, AttributeError):
        return None


def _texts_of(output: nbformat.NotebookNode) -> Iterator[str]:
    """Every text of an output that a reader may see."""
    if output.output_type == "stream":
        yield output.text
    for mime, data in output.get("data", {}).items():
        if mime not in ("image/png", "image/jpeg"):
            yield data if isinstance(data, str) else json.dumps(data)


def is_figure(output: nbformat.NotebookNode) -> bool:
    """Whether the output shows a picture: by itself, or in HTML."""
    data = output.get("data", {})
    in_html = re.search(r"<figure\b|<svg\b", data.get("text/html", ""))
    return "image/png" in data or "image/svg+xml" in data or in_html is not None


def _visible(html: str) -> str:
    """The words of a page."""
    html = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", "", html))


def _begins_with_a_sentence(printed: str) -> bool:
    """Four words or more, up to a full stop at the end of a line of the first paragraph."""
    first_paragraph = re.split(r"\n\s*\n", printed.strip())[0]
    sentence = re.match(r"(.+?)\.[ ]*$", first_paragraph, re.DOTALL | re.MULTILINE)
    return bool(sentence) and len(re.findall(r"[^\W\d_]+", sentence.group(1))) >= 4
