"""The pages of a paper and of its key, as HTML, and as PDF where a browser is found; and, if they
are wanted, the files for platforms.

The same paper gives the same bytes of HTML, XML and zip. A PDF has the time in it, so two of them
differ.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_grading.exams import platforms
from course_grading.exams.paper import NUMBERED, Paper
from course_grading.exams.question import ExamRefused
from course_grading.results.files import must_be_folder

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

TEMPLATES = Path(__file__).with_name("templates")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
SIZES = ("A4", "letter")
PATIENCE = 120  # seconds for a browser
MARK = b"\n% course_grading.exams\n"  # behind a PDF: it is kept out of the tree for students


def pages(papers: Sequence[Paper], size: str = "") -> dict[str, str]:
    """The HTML of each form and of its key, by the name of the file without its ending.

    Args:
        size: of the sheet, "A4" or "letter"; without it the printer's.
    """
    found = {}
    for paper in papers:
        found[paper.name] = _render("paper.html", paper=paper, size=size)
        found[f"{paper.name}-key"] = _render("key.html", paper=paper, size=size)
    return found


def write(papers: Sequence[Paper], folder: Path, *, for_platforms: bool = False) -> list[Path]:
    """Write the pages, and PDF if there is a browser. Returns the files.

    The files are their owner's alone.

    Args:
        for_platforms: write the short questions as Moodle XML and QTI, too.

    Raises ExamRefused if a file of that name has something else in it: perhaps it was handed out.
    A PDF has the time in it, so the HTML beside it says what it is a print of.
    """
    must_be_folder(folder)
    texts = {folder / f"{name}.html": text.encode() for name, text in pages(papers).items()}
    uploads = {folder / name: content for name, content in platforms.files(papers).items()}
    for path, content in (texts | uploads).items():  # also those of an earlier run with platforms
        same = path.is_file() and path.read_bytes() == content
        printed = [path.with_name(f"{path.stem}-{size}.pdf") for size in SIZES]
        for taken in [path, *(printed if path in texts else ())]:
            if not same and (taken.exists() or taken.is_symlink()):
                raise ExamRefused(
                    f"{taken} is there, and is another paper, or one without its HTML. Name "
                    "another folder: what may have been handed out is not overwritten."
                )
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for path, content in (texts | uploads if for_platforms else texts).items():
        _write(path, content)
        written.append(path)
    if browser := find_browser():
        for size in SIZES:
            for name, text in pages(papers, size).items():
                written.append(folder / f"{name}-{size}.pdf")
                print_to_pdf(browser, text, written[-1])
    return written


def find_browser(environ: Mapping[str, str] = os.environ) -> str | None:
    """A browser that prints: the one that COURSE_BROWSER names, or one of the usual ones."""
    if named := environ.get("COURSE_BROWSER"):
        return None if named == "none" else named
    found = (shutil.which(name, path=environ.get("PATH")) for name in BROWSERS)
    return next(filter(None, found), None)


def print_to_pdf(browser: str, page: str, path: Path) -> None:
    """Print a page.

    Raises ExamRefused if the browser cannot.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "page.html"), Path(folder, "page.pdf")
        source.write_text(page, encoding="utf-8")
        command = [browser, "--headless", "--disable-gpu", "--no-pdf-header-footer"]
        command += [f"--user-data-dir={folder}/profile", f"--print-to-pdf={made}", source.as_uri()]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # it refuses otherwise, and the page is our own
        try:
            subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE)
            _write(path, made.read_bytes() + MARK)
        except (OSError, subprocess.SubprocessError) as error:
            raise ExamRefused(
                f"{browser} has not printed {path.name}: {error}. The HTML is written; "
                "COURSE_BROWSER=none leaves the PDF out, or names another browser."
            ) from None


def _write(path: Path, content: bytes) -> None:
    """Write a file for its owner alone: there are keys among them."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(content)


# ------------------------------------------------------------------ how a text is set


@cache
def environment() -> jinja2.Environment:
    """Jinja2 as the pages need it: what is put in is text, unless it was set here."""
    import jinja2  # takes 0.1 s

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        formula=formula, prose=prose, drawing=drawing, letter="abcdefgh".__getitem__
    )
    made.tests["numbered"] = NUMBERED.match
    return made


def _render(template: str, **values: Any) -> str:
    return environment().get_template(template).render(values)


SCALE = 0.65  # of a picture on a sheet: then its letters are as large as those beside it
WIDTH, HEIGHT = re.compile(r' width="([\d.]+)pt"'), re.compile(r' height="[\d.]+pt"')
INDEX = re.compile(r"([A-Za-zΣ])_([a-z])(?![a-z])")
WHOLE = re.compile(r"(L = ½ .*?²)")  # is not broken at the end of a line
MATRIX = re.compile(r"\(([^()]*?(?:,|\|)[^()]*)\)")
NUMBERS = re.compile(r"[−0-9., |½]+")


def prose(text: str) -> Markup:
    """A sentence, with its indices set below the line."""
    from markupsafe import Markup, escape

    text = WHOLE.sub(r'<span class="whole">\1</span>', str(escape(text)))
    return Markup(INDEX.sub(r"\1<sub>\2</sub>", text))


def formula(text: str) -> Markup:
    """A line of a formula; rows of numbers with | between them are set as a matrix."""
    from markupsafe import Markup

    found, done = [], 0
    for match in MATRIX.finditer(text):
        if "|" in match[1] and NUMBERS.fullmatch(match[1]):
            found += [prose(text[done : match.start()]), _matrix(match[1])]
            done = match.end()
    return Markup("").join([*found, prose(text[done:])])


def _matrix(inside: str) -> Markup:
    from markupsafe import Markup

    rows = [row.split(",") for row in inside.split("|")]
    cells = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td>{}</td>").format(cell.strip()) for cell in row)
        )
        for row in rows
    )
    return Markup('<table class="matrix">{}</table>').format(cells)


def drawing(svg: str) -> Markup:
    """A picture of `course_nn.plots`, to stand in the page: nothing of it comes from outside."""
    from markupsafe import Markup

    inside = svg[svg.index("<svg") :]
    width = float(WIDTH.search(inside)[1])  # type: ignore[index]
    start, rest = inside[:4], WIDTH.sub("", HEIGHT.sub("", inside[4:], count=1), count=1)
    return Markup(f'{start} style="width: {SCALE * width:.0f}pt"{rest}')
