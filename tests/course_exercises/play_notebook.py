"""Run the code cells of a notebook from top to bottom in this process, without a kernel.

    python play_notebook.py NOTEBOOK      a lesson: as it is, and each exercise once more, solved
    python play_notebook.py NOTEBOOK -    only as it is, such as a homework

Prints a JSON list: for each check in the notebook its question, what it said, and what it said to
the question's own solution (null without one). An exception in a cell ends the run.
"""

import ast
import io
import json
import re
import sys
from contextlib import redirect_stdout
from pathlib import Path

CHECK = re.compile(r"^questions\.(\w+)\.check\((.*)\)", re.MULTILINE)


def run(source: str, space: dict) -> str:
    """What a cell prints; its last line is shown as a notebook would show it."""
    tree = ast.parse(source)
    printed = io.StringIO()
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with redirect_stdout(printed):
        exec(compile(tree, "<cell>", "exec"), space)
        if last is not None:
            shown = eval(compile(ast.Expression(last.value), "<cell>", "eval"), space)
            print("" if shown is None else repr(shown))
    return printed.getvalue()


def play(cells: list[str], *, solve: bool) -> list[list]:
    """[question, said, said to its solution] for each check in these cells."""
    space: dict = {"__name__": "__main__"}
    said = []
    for source in cells:
        printed = run(source, space)
        for check in CHECK.finditer(source):
            solved = None
            if solve:
                trial = dict(space)
                question = getattr(space["questions"], check[1])
                exec(question.code, trial)
                solved = run(check[0], trial).strip()
            said.append([check[1], printed.strip(), solved])
    return said


if __name__ == "__main__":
    notebook = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    cells = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    print(json.dumps(play(cells, solve=len(sys.argv) == 2)))
