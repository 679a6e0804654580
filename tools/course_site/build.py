"""Builds the site of one tree: pages for reading, and beside them what runs in a browser."""

from __future__ import annotations

import io
import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import readers_copies

from course_site import api, contents, docstrings, links, lite, mathjax
from course_site.notebook_page import page_of_notebook
from course_site.problems import SiteFailed
from course_site.settings import TITLE, settings
from course_site.ways_to_run import RUN, ways_to_run

MARKER = "course_site.json"  # in a built site: only a folder with it is replaced
EVERYBODY, INSTRUCTORS = "everybody", "instructors"  # whom a site is for
LINK = re.compile(r"(?<!\\)\]\(([^)\s#:]+)(#[^)\s]*)?\)")
README = "README.md"


def build(
    tree: Path,
    out: Path,
    *,
    instructors: bool = False,
    pyodide: Path | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Build the site of a tree.

    Args:
        tree: the folder of the course.
        out: the folder of the site; an earlier site there is replaced.
        instructors: with the pages for instructors.
        pyodide: a folder with a release of Pyodide; None: it comes from its content network.

    Raises:
        SiteFailed: a page cannot be made, a link leads nowhere, Sphinx warns, or `out` holds
            something else than a site for the same readers. What was there before is there then.
    """
    started = time.monotonic()
    audience = INSTRUCTORS if instructors else EVERYBODY
    check_out(out, audience)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        parts = write_sources(tree, work / "source", work / "extra", instructors=instructors)
        say(f"Building {sum(len(part.pages) for part in parts)} pages ...")
        run_sphinx(work, version_of(tree))
        new = work / "site"
        pages = time.monotonic()
        lite.build(tree, new / RUN, pyodide)
        problems = links.problems_of(new)
        if problems:
            raise SiteFailed(links.as_text(problems))
        write_marker(new, audience)
        replace(out, new)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
    say(
        f"{out} is built: {size:.0f} MB, pages {pages - started:.0f} s, "
        f"what runs in a browser {time.monotonic() - pages:.0f} s."
    )
    if audience == INSTRUCTORS:
        say("It has the solutions of the homework: it is for instructors, not to be published.")


# --- the folder -----------------------------------------------------------------------------------


def check_out(out: Path, audience: str = EVERYBODY) -> None:
    """SiteFailed if the folder holds something that is no site of ours, or one for other readers.

    One that is published must not turn into the one with the solutions, nor the other way round.
    """
    if out.exists() and not out.is_dir():
        raise SiteFailed(f"{out} is a file. Name a new folder.")
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise SiteFailed(
            f"{out} holds something that this command has not built. Name a new folder, or empty "
            "this one: nothing else is overwritten."
        )
    if (out / MARKER).is_file() and (found := audience_of(out)) != audience:
        raise SiteFailed(
            f"{out} holds a site for {found}, and this one is for {audience}. Name another folder "
            "(--out FOLDER), or delete that one: neither takes the other's place."
        )


def audience_of(site: Path) -> str:
    """Whom a site that this command has built is for."""
    try:
        return str(json.loads((site / MARKER).read_text(encoding="utf-8"))["for"])
    except (ValueError, LookupError, TypeError):
        return "readers that its marker does not name"


def replace(out: Path, new: Path) -> None:
    """Put the new site where the old one was."""
    try:
        if out.exists():
            shutil.rmtree(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(new, out)
    except OSError as error:
        raise SiteFailed(f"{out} could not be written: {error}.") from None


def write_marker(site: Path, audience: str) -> None:
    """Note in a site that this command has built it, and for whom."""
    text = json.dumps({"for": audience}) + "\n"
    (site / MARKER).write_text(text, encoding="utf-8")
    (site / ".nojekyll").touch()  # else GitHub Pages leaves out the folders that begin with _


def version_of(tree: Path) -> str:
    """The version of the course, from its pyproject.toml."""
    import tomllib

    with open(tree / "pyproject.toml", "rb") as file:
        return str(tomllib.load(file)["project"]["version"])


# --- what Sphinx reads ----------------------------------------------------------------------------


def write_sources(
    tree: Path, source: Path, extra: Path, *, instructors: bool
) -> list[contents.Part]:
    """Write what Sphinx reads into `source`, and what is laid beside the pages into `extra`."""
    parts = contents.parts_of(tree, instructors=instructors)
    for part in parts:
        for page in part.pages:
            write_page(tree, page.path, source, extra)
    mathjax.lay_into(extra / "_static")
    source.mkdir(exist_ok=True)
    if problems := docstrings.all_problems(api.documented()):
        raise SiteFailed(links.as_text(problems))
    of_the_module = api.write_pages(source)
    (source / "index.md").write_text(front_page(tree, source, parts, of_the_module), "utf-8")
    return parts


def write_page(tree: Path, place: contents.Place, source: Path, extra: Path) -> None:
    """Write one page, and the files that it links to, if they are in the tree and are no pages."""
    target = source / place
    target.parent.mkdir(parents=True, exist_ok=True)
    content = (tree / place).read_bytes()
    if place.suffix == ".ipynb":
        html = ways_to_run(place, content)
        # instructors: begin
        if place.parts[:2] == ("homework", "source"):  # its links are those of the student version
            content = content.replace(b"](../", b"](../../../notebooks/")
        # instructors: end
        target.write_text(page_of_notebook(content, place, html), encoding="utf-8")
        download = extra / place
        download.parent.mkdir(parents=True, exist_ok=True)
        download.write_bytes(readers_copies.for_the_reader(content))
    else:
        target.write_bytes(content)
    for text in contents.texts(tree / place):
        for address, _ in LINK.findall(text):
            linked = (tree / place.parent / address).resolve()
            if not linked.is_file() or not linked.is_relative_to(tree.resolve()):
                continue  # Sphinx says so, if it is not there
            beside = source / linked.relative_to(tree.resolve())
            if linked.suffix not in (".ipynb", ".md") and not beside.exists():
                beside.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(linked, beside)


FRONT = """\
# {title}

A network with two hidden layers and the weight matrices W1, W2, W3, looked at until three things
have become one: the derivation on paper, three short functions `Forward()`, `Backward(loss)` and
`SGD`, and learning from one example at a time or from batches. At the end the network reads real
handwritten digits.

![{alternative}](docs/graph.png)

**Read** a lesson here, with all its results. Where it asks you to predict something, what comes out
is folded until you open it.

**Run** it with the button under its title: in your browser, without installing anything. What you
write stays in your browser.

**On your computer**, download the course and type `python3 run.py lab` in its folder.

"""


def front_page(
    tree: Path, source: Path, parts: list[contents.Part], of_the_module: list[tuple[str, str]]
) -> str:
    """The first page: what the course is, and a list of all pages."""
    picture = tree / "docs" / "graph.png"
    (source / "docs").mkdir(exist_ok=True)
    shutil.copyfile(picture, source / "docs" / picture.name)
    readme = (tree / README).read_text(encoding="utf-8")
    alternative = re.search(r"!\[(.*?)\]\(docs/graph\.png\)", readme)
    if alternative is None:
        raise SiteFailed(f"{README} has no picture docs/graph.png with its sentence any more.")
    lines = [FRONT.format(title=TITLE, alternative=alternative[1])]
    for part in parts:
        lines += [f"## {part.title}", ""]
        lines += [f"* {in_list(page)}" for page in part.pages]
        lines += ["", toctree(part.title, [(page.name, page.title) for page in part.pages])]
    lines += ["## The module", ""]
    lines += [f"* [{title}]({name}.rst)" for name, title in of_the_module]
    lines += ["", toctree("The module", of_the_module)]
    return "\n".join(lines)


def in_list(page: contents.Page) -> str:
    """The line of a page in the list of the first page."""
    time_needed = f" ({page.time})" if page.time else ""
    return f"[{page.title}]({page.path.as_posix()}){time_needed}"


def toctree(title: str, pages: list[tuple[str, str]]) -> str:
    """The entries of the sidebar under one heading."""
    entries = [f"{title} <{name}>" for name, title in pages]
    return "\n".join(["```{toctree}", f":caption: {title}", ":hidden:", "", *entries, "```", ""])


# --- Sphinx ---------------------------------------------------------------------------------------


def run_sphinx(work: Path, version: str) -> None:
    """Build the pages into work/site. SiteFailed with the warnings, if there is one."""
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    said, warned = io.StringIO(), io.StringIO()
    try:
        with patch_docutils(), docutils_namespace():
            app = Sphinx(
                srcdir=work / "source",
                confdir=None,
                outdir=work / "site",
                doctreedir=work / "doctrees",
                buildername="html",
                confoverrides=settings(version, work / "extra"),
                status=said,
                warning=warned,
                parallel=2,
            )
            app.build()
    except SphinxError as error:
        raise SiteFailed(f"{warned.getvalue()}Sphinx failed: {error}") from error
    warnings = [line for line in warned.getvalue().splitlines() if line.strip()]
    if warnings:
        plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in warnings]
        raise SiteFailed("\n".join(plain).replace(str(work / "source") + "/", ""))
