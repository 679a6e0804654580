"""What students must not see of the homework, and which texts show it all the same.

A secret is a line of a solution or of hidden tests. Blanks do not count. These lines are none:

* short ones, such as `return z`, and heads of blocks, such as `if activation == "sigmoid":`;
* those that students see anyway, elsewhere in a source or in one of `SEEN_ANYWAY`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Any

from nbformat import NotebookNode

from course_grading.publishing.homework import ROOT, outside_of_regions, read, regions, source_paths

SHORTEST = 12  # characters without blanks

# The lessons, the module without the questions of the homework, and what compares it with NumPy
# written out.
SEEN_ANYWAY = (
    "notebooks/*.ipynb",
    "notebooks/further/*.ipynb",
    "notebooks/workbook/*.ipynb",
    "tests/course_exercises/handed_out/[0-9]*.ipynb",  # lessons of before
    "course_nn/*.py",
    "course_nn/*/*.py",
    "course_exercises/*.py",
    "course_exercises/recall/*.py",
    "course_exercises/workbook/*.py",
    "benchmarks/peers/hand_numpy.py",
    "tests/course_nn/gradients/test_slips.py",
)


def squeeze(text: str) -> str:
    """The text without blanks, line by line."""
    return "\n".join(re.sub(r"\s+", "", line) for line in text.splitlines())


def readable(path: PurePosixPath, content: bytes) -> str:
    """The text of a file; of a notebook, every text that is in it; of a page, also as it is read.

    On a page the words of a line of code are marked up one by one.
    """
    text = content.decode("utf-8", errors="replace")
    if path.suffix == ".ipynb":
        try:
            return "\n".join(_texts_in(json.loads(text)))
        except ValueError:  # a damaged one: as it is
            return text
    if path.suffix == ".html":
        page = _Page()
        page.feed(text)
        page.close()
        return text + "\n" + "".join(page.texts)
    return text


class _Page(HTMLParser):
    """Collects the texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _texts_in(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for entry in value.values():
            yield from _texts_in(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _texts_in(entry)


def secrets_of(sources: Mapping[str, NotebookNode], seen_anyway: Iterable[str]) -> dict[str, str]:
    """{secret, squeezed: the name of its source}.

    Args:
        sources: by name.
        seen_anyway: texts that students have.
    """
    cells = [(name, cell.source) for name, source in sources.items() for cell in source.cells]
    visible = [squeeze(outside_of_regions(text)) for _, text in cells]
    visible += [squeeze(text) for text in seen_anyway]
    public = "\n".join(visible)
    found: dict[str, str] = {}
    for name, text in cells:
        for region in regions(text):
            for line in region.lines:
                secret = squeeze(line)
                generic = len(secret) < SHORTEST or secret.endswith(":")
                if not generic and secret not in public:
                    found.setdefault(secret, name)
    return found


def secrets(root: Path = ROOT) -> dict[str, str]:
    """The secrets of all sources of the course in the folder `root`."""
    public = [path for pattern in SEEN_ANYWAY for path in sorted(root.glob(pattern))]
    texts = [readable(PurePosixPath(path.name), path.read_bytes()) for path in public]
    return secrets_of({path.stem: read(path) for path in source_paths(root)}, texts)


def find_leaks(files: Mapping[PurePosixPath, bytes], secrets: Mapping[str, str]) -> list[str]:
    """A sentence for each secret that stands in one of the files."""
    return [
        problem
        for path, content in files.items()
        for problem in leaks_in(path, readable(path, content), secrets)
    ]


def leaks_in(path: PurePosixPath, text: str, secrets: Mapping[str, str]) -> list[str]:
    """A sentence for each secret that stands in this text, which is `readable` of a file."""
    squeezed = squeeze(text)
    return [
        f"{path}: it has a line of a solution or of hidden tests of {name}: {secret!r}"
        for secret, name in secrets.items()
        if secret in squeezed
    ]
