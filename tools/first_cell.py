"""The first cell of each notebook, by which it also runs alone: on Colab, Kaggle, a hub.

    python tools/first_cell.py             writes it into every notebook with code
    python tools/first_cell.py --check     writes nothing and names the notebooks without it

Where `course_nn` is installed it does nothing, and prints nothing. Where it is not, it fetches the
wheel that `tools/published.py` names. It is folded in JupyterLab and on Colab, and no part of what
is to be read. A homework gets it in its source; `run.py homework` then builds the student version.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import published

import course_nn
from course_nn.files import written_whole

ROOT = Path(__file__).resolve().parent.parent
ID = "first-cell"
PLACE = 1  # below the title
LONGEST_LINE = 79

# Plain Python, because the guards of the notebooks read the code of a lesson as Python. Nothing of
# it stays among the reader's names.
TEMPLATE = """\
# @title Run this first: it sees to it that the course is here


def see_to_the_course():
    from importlib import invalidate_caches
    from importlib.util import find_spec

    class NoCourse(Exception):
        def _render_traceback_(self):  # in Jupyter the sentence is enough
            return [str(self)]

{FETCH}
    import course_nn  # written so that a browser's Python sees it, too

    if (installed := course_nn.__version__) != "{VERSION}":
        print(
            f"course_nn {{installed}} is installed here, but this notebook "
            "belongs to {VERSION}.\\nIf something is not as its text says, "
            "that is why."
        )


see_to_the_course()
del see_to_the_course"""

FETCHED = """\
    wanted = (
{WANTED}
    )
    if find_spec("course_nn") is None:
        print("Fetching the course, which may take half a minute ...")
        get_ipython().run_line_magic("pip", f'install --quiet "{{wanted}}"')
        invalidate_caches()
    if find_spec("course_nn") is None:
        raise NoCourse(
            "The course could not be fetched; above stands what pip said."
            "\\nIt needs the internet (on Kaggle: Settings, Turn on internet). "
            "Then run this\\ncell again. Or open the notebook on your own "
            "computer, with\\n`python3 run.py lab` in the folder of the course."
        )"""

NOT_PUBLISHED = """\
    invalidate_caches()  # it may just have been installed
    if find_spec("course_nn") is None:
        raise NoCourse(
            "This notebook needs the module course_nn, which is not here, and "
            "the course has\\nno public address yet from which to fetch it. "
            "Open the notebook on your own\\ncomputer, with "
            "`python3 run.py lab` in the folder of the course."
        )"""


def source(wheel: str | None = None) -> str:
    """The code of the cell, for this address of the wheel (by default that of the course).

    Raises:
        ValueError: if that is the wheel of another version.
    """
    place, version = published.published(wheel), course_nn.__version__
    if place is None:
        fetch = NOT_PUBLISHED
    elif place.version == version:
        wanted = "\n".join(f'        "{piece}"' for piece in _pieces(place.requirement))
        fetch = FETCHED.format(WANTED=wanted)
    else:
        raise ValueError(
            f"tools/published.py names a wheel of course_nn {place.version}, but these notebooks "
            f"belong to {version}: name its wheel, or none."
        )
    return TEMPLATE.format(FETCH=fetch, VERSION=version)


def _pieces(text: str) -> list[str]:
    """The text cut into what fits a line, after slashes, blanks and the like if there are any."""
    longest = LONGEST_LINE - len('        ""')
    pieces = [""]
    for part in re.findall(rf"[^/ =]{{1,{longest - 1}}}[/ =]?|[/ =]", text):
        if len(pieces[-1] + part) > longest:
            pieces.append("")
        pieces[-1] += part
    return pieces


def metadata(code: str) -> dict[str, Any]:
    """Folded on Colab and in JupyterLab; with a digest, by which the readers' copies know it."""
    return {
        "cellView": "form",
        "course": {"first_cell": hashlib.sha256(code.encode()).hexdigest()},
        "jupyter": {"source_hidden": True},
    }


# ------------------------------------------------------------------ one notebook


def with_first_cell(notebook: dict[str, Any], wheel: str | None = None) -> dict[str, Any]:
    """The notebook, as parsed JSON, with the cell in its place; one without code stays as it is."""
    others = [cell for cell in notebook["cells"] if cell.get("id") != ID]
    own = [cell for cell in notebook["cells"] if cell.get("id") == ID]
    code = [cell for cell in others if cell["cell_type"] == "code"]
    if not code:
        return {**notebook, "cells": others}
    text = source(wheel)
    was_run = any(cell["execution_count"] for cell in code)
    count = own[0]["execution_count"] if own else (1 if was_run else None)
    first = {
        "cell_type": "code",
        "execution_count": count,
        "id": ID,
        "metadata": metadata(text),
        "outputs": [],
        "source": text.splitlines(keepends=True),
    }
    if was_run and not own:
        others = [_counted_one_later(cell) for cell in others]
    return {**notebook, "cells": [*others[:PLACE], first, *others[PLACE:]]}


def _counted_one_later(cell: dict[str, Any]) -> dict[str, Any]:
    """The cell as it is when one more was run before it."""
    if not cell.get("execution_count"):
        return cell
    outputs = [
        {**output, "execution_count": output["execution_count"] + 1}
        if output.get("execution_count")
        else output
        for output in cell["outputs"]
    ]
    return {**cell, "execution_count": cell["execution_count"] + 1, "outputs": outputs}


def as_stored(notebook: dict[str, Any]) -> bytes:
    """The bytes of its file, as nbformat writes them."""
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    return (text + "\n").encode("utf-8")


# ------------------------------------------------------------------ all of them


def notebooks(root: Path = ROOT) -> list[Path]:
    """Lessons, workbook and sources of homework; student versions only where there is no source."""
    sources = sorted((root / "homework" / "source").glob("[!.]*/*.ipynb"))
    generated = {path.name for path in sources}
    found = []
    for path in sorted((root / "notebooks").rglob("*.ipynb")):
        place = path.relative_to(root / "notebooks")
        hidden = any(part.startswith(".") for part in place.parts)
        if not hidden and not (place.parts[0] == "homework" and path.name in generated):
            found.append(path)
    return found + sources


def bring_up_to_date(
    root: Path = ROOT, wheel: str | None = None, *, write: bool = True
) -> list[Path]:
    """The notebooks that are, or with `write` were, without the right first cell."""
    stale = []
    for path in notebooks(root):
        content = path.read_bytes()
        right = as_stored(with_first_cell(json.loads(content), wheel))
        if right != content:
            stale.append(path)
            if write:
                with written_whole(path) as file:
                    file.write(right)
    return stale


def has_code(path: Path) -> bool:
    """Whether a notebook has code, and so a first cell."""
    cells = json.loads(path.read_bytes())["cells"]
    return any(cell["cell_type"] == "code" for cell in cells)


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], allow_abbrev=False)
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    stale = bring_up_to_date(root, write=not options.check)
    for path in stale:
        print(path.relative_to(root).as_posix())
    if options.check and stale:
        print("These lack the first cell as it should be: run tools/first_cell.py.")
        return 1
    if not stale:
        number = sum(map(has_code, notebooks(root)))
        print(f"{number} notebook{'s have' if number != 1 else ' has'} it.")
    if any(path.is_relative_to(root / "homework") for path in stale):
        print("Now build the student versions: python3 run.py homework")
    return 0


if __name__ == "__main__":
    sys.exit(main())
