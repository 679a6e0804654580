"""What cells print fits the window: JupyterLab breaks longer lines inside a word."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
MOST = 79  # letters; course_nn.show breaks sentences at 76


def too_long(notebook):
    """(id of the cell, line) for each printed line that is too long."""
    return [
        (cell["id"], line)
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        for line in "".join(output.get("text", [])).splitlines()
        if len(line) > MOST
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_printed_lines_fit(path):
    assert too_long(json.loads(path.read_text(encoding="utf-8"))) == []


def test_notebooks_are_found():
    assert {"01_run_a_forward_pass", "why_backwards", "hw1"} <= {path.stem for path in NOTEBOOKS}


def test_a_line_that_is_too_long_is_found():
    lines = ["x" * MOST + "\n", "a word " * 12 + "\n"]
    cells = [{"id": "text"}, {"id": "long", "outputs": [{"text": lines}, {"data": {}}]}]
    assert too_long({"cells": cells}) == [("long", "a word " * 12)]
