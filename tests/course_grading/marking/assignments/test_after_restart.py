"""The exercises of the homework work after a restart: nobody has to go back to the first cell."""

import io
from contextlib import redirect_stdout
from pathlib import Path

import nbformat
import pytest

SOURCES = sorted((Path(__file__).parents[4] / "homework" / "source").glob("*/*.ipynb"))


def run_without_the_first_imports(cells):
    """What the checks print, if the cell that imports what the notebook needs is not run."""
    space, said = {}, io.StringIO()
    code = [cell for cell in cells if cell.cell_type == "code"]
    first = next(cell for cell in code if "given" in cell.metadata.get("tags", []))
    with redirect_stdout(said):
        for cell in code:
            if cell is not first and "demo" not in cell.metadata.get("tags", []):
                exec(cell.source, space)
    return said.getvalue()


@pytest.mark.all
@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_each_answer_and_each_check_imports_what_it_needs(path):
    cells = nbformat.read(path, as_version=4).cells
    if path.stem in ("hw3", "hw4"):  # given functions, further up, that an exercise builds on
        cells = [nbformat.v4.new_code_cell("import numpy as np\nimport course_nn as nn"), *cells]
    said = run_without_the_first_imports(cells)
    checks = sum("questions." in c.source for c in cells if "-check" in str(c.metadata))
    assert checks and said.count("Right.") == checks


@pytest.mark.all
def test_a_cell_that_does_not_is_seen():
    cells = nbformat.read(SOURCES[0], as_version=4).cells
    check = next(cell for cell in cells if cell.source.startswith("from course_exercises"))
    check.source = check.source.split("\n\n", 1)[1]
    with pytest.raises(NameError, match="questions"):
        run_without_the_first_imports(cells)
