"""`import course_nn` loads what every lesson needs; the rest when it is first asked for."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from tiers import thinned

import course_nn as nn

SOURCE = Path(nn.__file__).read_text(encoding="utf-8")


def run(*lines):
    """Run lines in a fresh Python; what they print."""
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_nothing_is_imported_that_a_lesson_may_not_need():
    heavy = ["matplotlib", "tqdm", "IPython", "json", "zipfile", "html", "secrets", "hashlib"]
    heavy += ["random", "numpy.random", "numba", "course_exercises"]
    heavy += [f"course_nn.{room}" for room in ("plots", "derivation", "engines", "gradients")]
    heavy += ["course_nn.checkpoints", "course_nn.files", "course_nn.prediction"]
    found = run(
        "import sys, numpy",
        "before = {*sys.modules}",
        "import course_nn",
        "print(*({*sys.modules} - before))",
    )
    assert "course_nn.graph" in found
    assert [name for name in heavy if name in found] == []


def test_every_name_is_there_when_it_is_asked_for():
    lines = (
        "import sys, course_nn as nn",
        "assert {*nn.__all__} <= {*dir(nn)}, 'for completion'",
        "for name in nn.__all__: assert getattr(nn, name) is vars(nn)[name], name",
        "assert nn.show is not sys.modules['course_nn.show'] and callable(nn.show)",
        "print(*sorted(nn.__all__))",
    )
    assert run(*lines) == sorted(nn.__all__)


@pytest.mark.parametrize(
    "line",
    thinned(
        [
            "from course_nn import *; derive, plots.graph, check_gradients",
            "import course_nn.plots; course_nn.plots.graph",
            "import course_nn.show, course_nn; course_nn.show('x', 1.0)",
            "from course_nn.gradients import check; import course_nn; course_nn.check_gradients",
            "import course_nn, pickle; pickle.loads(pickle.dumps(course_nn.derive))",
            "import course_nn as n, pydoc; pydoc.plain(pydoc.render_doc(n)).index('walk_through')",
            "import course_nn, inspect; inspect.getmembers(course_nn)",
        ],
        3,
    ),
)
def test_it_is_imported_in_every_way(line):
    run(line)


def test_a_name_that_does_not_exist():
    with pytest.raises(AttributeError, match="module 'course_nn' has no attribute 'Train'"):
        nn.Train  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'Train'"):
        from course_nn import Train  # noqa: F401


def test_type_checkers_and_the_running_module_find_the_same_names():
    """What `if TYPE_CHECKING` imports is what `__getattr__` finds, at the same place."""
    (block,) = (node for node in ast.parse(SOURCE).body if isinstance(node, ast.If))
    assert ast.unparse(block.test) == "TYPE_CHECKING"
    told = {}
    for line in block.body:
        for name in line.names:
            told[name.name] = line.module.removeprefix("course_nn").removeprefix(".") or name.name
    assert told == nn._LATER
    assert {*told} <= {*nn.__all__}
