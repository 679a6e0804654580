"""The pages: a deck for each lesson, and a list of them.

nbconvert makes a deck of a notebook: here one with the slides of the plan as its cells. What is
ours in `templates`: scripts come from the folder beside the deck, and from nowhere else.
"""

from __future__ import annotations

import functools
import html
import http.server
import json
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from course_site import mathjax, npm
from course_site.notebook_page import describe_pictures
from course_site.problems import SiteFailed

from course_slides import plans

HERE = Path(__file__).resolve().parent
MARKER = "course_slides.json"  # in a built folder: only a folder with it is replaced
STATIC = "_static"
THEME = "course"
REVEAL = ("dist/reveal.js", "dist/reveal.css", "plugin/notes/notes.js", "LICENSE")


def build(tree: Path, out: Path, say: Callable[[str], None] = print) -> None:
    """Build the slides of all lessons.

    Args:
        tree: the folder of the course.
        out: the folder of the slides; earlier ones there are replaced.
        say: is told what was built.

    Raises:
        SiteFailed: a plan does not fit its lesson, npm could not fetch something, or `out` holds
            something else. What was there before is there then.
    """
    check_out(out)
    lessons = plans.lessons_of(tree)
    planned = [plans.read(tree / plans.PLANS / f"{lesson.number}.toml") for lesson in lessons]
    both = list(zip(lessons, planned, strict=True))
    problems = [problem for each in both for problem in plans.problems_of(*each)]
    if problems:
        raise SiteFailed("\n".join(problems))
    with tempfile.TemporaryDirectory() as folder:
        new = Path(folder) / "slides"
        lay_static(new / STATIC)
        for lesson, slides in both:
            (new / f"{lesson.name}.html").write_text(deck(lesson, slides), encoding="utf-8")
        (new / "index.html").write_text(front_page(lessons), encoding="utf-8")
        (new / MARKER).write_text(json.dumps({"for": "instructors"}) + "\n", encoding="utf-8")
        if out.exists():
            shutil.rmtree(out)
        shutil.copytree(new, out)
    say(f"{out} has {sum(map(len, planned))} slides in {len(lessons)} decks.")


def check_out(out: Path) -> None:
    """SiteFailed if the folder holds something that is no slides of ours."""
    if out.exists() and not (out / MARKER).is_file() and (out.is_file() or any(out.iterdir())):
        raise SiteFailed(
            f"{out} holds something that this command has not built. Name a new folder, or empty "
            "this one: nothing else is overwritten."
        )


def lay_static(static: Path) -> None:
    """Lay what the decks load: reveal.js, MathJax, and what is ours."""
    reveal = npm.fetch(HERE, "reveal.js", "The slides are turned by reveal.js") / "reveal.js"
    for name in REVEAL:
        target = static / "reveal" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(reveal / name, target)
    mathjax.lay_into(static)
    theme = static / "reveal" / "dist" / "theme" / f"{THEME}.css"  # where reveal.js has its own
    theme.parent.mkdir()
    shutil.copy(HERE / "static" / theme.name, theme)
    for path in sorted((HERE / "static").glob("*.js")):
        shutil.copy(path, static / path.name)


def deck(lesson: plans.Lesson, slides: list[plans.Slide]) -> str:
    """The page of a lesson's slides."""
    from nbconvert.exporters.slides import SlidesExporter
    from traitlets.config import Config

    config = Config()
    config.SlidesExporter.extra_template_basedirs = [str(HERE / "templates")]
    config.SlidesExporter.template_name = "course"
    config.SlidesExporter.reveal_url_prefix = f"{STATIC}/reveal"
    config.SlidesExporter.reveal_theme = THEME
    config.SlidesExporter.exclude_input_prompt = True
    config.SlidesExporter.exclude_output_prompt = True
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["title"] = f"{lesson.number} {lesson.title}"
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    notebook.cells = [nbformat.from_dict(cell) for cell in cells_of(lesson, slides)]
    page, _ = SlidesExporter(config=config).from_notebook_node(notebook)
    return str(page)


def cells_of(lesson: plans.Lesson, slides: list[plans.Slide]) -> list[plans.Cell]:
    """The slides as cells, in the words of nbconvert; the first slide is the lesson's title."""
    opening = plans.source(lesson.cells[0]).split("\n\n")[1:]
    start = "\n\n".join(
        [
            f"# {lesson.number} {lesson.title}",
            *(part for part in opening if part.startswith("**What you ")),
        ]
    )
    cells = [_markdown("start", start, "slide")]
    for number, slide in enumerate(slides, 1):
        name = f"slide-{number}"
        cells.append(_markdown(name, f"## {slide.title}", "slide"))
        equations = lesson.equations()
        parts = [slide.text, *(equations[tag][1] for tag in slide.equations)]
        cells += [_markdown(f"{name}-{i}", part) for i, part in enumerate(parts) if part]
        if slide.question:
            cells.append(_markdown(f"{name}-question", lesson.question(slide.question)))
        if slide.code:
            cells.append(_code(f"{name}-code", plans.source(lesson.cell(slide.code)), []))
        if slide.output:
            outputs = json.loads(json.dumps(lesson.cell(slide.output)["outputs"]))
            for output in outputs:
                describe_pictures(output, f"{lesson.name}, {slide.output}")
            cells.append(_code(f"{name}-output", "", outputs))
        cells.append(_markdown(f"{name}-notes", slide.notes, "notes"))
    return cells


LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(((?!https?:)[^)\s]+)\)")
OF_A_LESSON = re.compile(r"([01]\d_\w+)\.ipynb")


def with_links(text: str) -> str:
    """Markdown whose links lead from deck to deck; of those to other pages the words stay."""

    def replaced(found: re.Match[str]) -> str:
        lesson = OF_A_LESSON.fullmatch(found[2])
        return f"[{found[1]}]({lesson[1]}.html)" if lesson else found[1]

    return LINK.sub(replaced, text)


def _markdown(name: str, text: str, kind: str = "-") -> plans.Cell:
    metadata = {"slideshow": {"slide_type": kind}}
    text = with_links(text)
    return {"cell_type": "markdown", "id": name, "metadata": metadata, "source": text}


def _code(name: str, text: str, outputs: list[dict[str, Any]]) -> plans.Cell:
    for output in outputs:
        for key, value in output.get("data", {}).items():
            output["data"][key] = "".join(value) if isinstance(value, list) else value
        if isinstance(output.get("text"), list):
            output["text"] = "".join(output["text"])
    tags = ["course-output"] if outputs else ["course-code"]
    metadata = {"slideshow": {"slide_type": "-"}, "tags": tags}
    return {
        **{"cell_type": "code", "id": name, "metadata": metadata, "execution_count": None},
        **{"source": text, "outputs": outputs},
    }


FRONT = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Slides of the lessons</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1.1em/1.5 system-ui, sans-serif; max-width: 40em; margin: 2em auto; padding: 0 1em }}
</style>
</head>
<body>
<h1>Slides of the lessons</h1>
<p>Keys: → and ← turn, S opens the notes for the speaker, Esc shows all slides, F fills the screen.
To print a deck, or to keep it as PDF, follow <em>print</em> and print the page without margins,
with its background.</p>
<ul>
{}
</ul>
</body>
</html>
"""


def front_page(lessons: list[plans.Lesson]) -> str:
    """The list of the decks."""
    entries = [
        f'<li><a href="{lesson.name}.html">{lesson.number} {html.escape(lesson.title)}</a> '
        f'(<a href="{lesson.name}.html?print-pdf">print</a>)</li>'
        for lesson in lessons
    ]
    return FRONT.format("\n".join(entries))


# --- a server for the speaker's window ------------------------------------------------------------


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, without a line for each."""

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


def server(folder: Path, port: int = 0) -> http.server.ThreadingHTTPServer:
    """A server of a folder, for this computer alone; port 0 takes one that is free."""
    handler = functools.partial(Quiet, directory=str(folder))
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
