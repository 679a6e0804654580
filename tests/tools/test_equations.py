"""Every equation's twin is checked: with a wrong sign in it, the notebook does not pass."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from notebook_guards.equations import equations_in, marks_in
from notebook_guards.rules import StoredNotebook, find_problems
from notebook_guards.wrong_signs import CAN_FORK, describe_unchecked, plant_all
from notebook_samples import code, displayed, markdown, notebook_text, printed
from tiers import thinned

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted([*NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"), *NOTEBOOKS.glob("further/*.ipynb")])


# --- equations and marks are found ----------------------------------------------------------------


def test_numbered_equations_are_found():
    text = "$$a$$ and $b$\n\n$$\nz = x W \\tag{1.2}\n$$\n\n$$\\tag{1.10} h$$"
    assert [(each.number, each.latex) for each in equations_in(text)] == [
        ("1.2", "z = x W"),
        ("1.10", "h"),
    ]


def test_only_lessons_have_twins():
    text = notebook_text(markdown("# Appendix"), markdown("$$z = x W \\tag{3.1}$$"))
    assert find_problems(StoredNotebook.parse(Path("appendix.ipynb"), text)) == []
    assert find_problems(StoredNotebook.parse(Path("03_lesson.ipynb"), text)) != []
    assert find_problems(StoredNotebook.parse(Path("further/bias.ipynb"), text)) != []


def marked(source):
    """The number of each mark, and what its line computes, as source."""
    nodes = list(ast.walk(ast.parse(source)))
    return [
        (mark.number, *(ast.unparse(nodes[i]) for i in mark.values)) for mark in marks_in(source)
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("z = x @ W  # (1.2)", [("1.2", "x @ W")]),
        ("z: float = x @ W  # by (1.2), as in (1.1)", [("1.2", "x @ W"), ("1.1", "x @ W")]),
        ("total += x * W  # (1.2)", [("1.2", "x * W")]),
        ("z[i] = f(\n    x,  # (1.2)\n    W,\n)", [("1.2", "f(x, W)")]),
        ("z[i] = f(\n    x,\n    W,\n)  # (1.2)", [("1.2", "f(x, W)")]),
        ("for i in X:\n    z = i * W  # (1.2)\n    h = z", [("1.2", "i * W")]),
        ("def f(x):\n    return x * W  # (1.2)", [("1.2", "x * W")]),
        ("def f(x):  # (1.2)\n    z = x * W\n    return 1 / z", [("1.2", "1 / z")]),
        ("def f(x):  # (1.2)\n    if x:\n        return x\n    return -x", [("1.2", "x", "-x")]),
        ("def f(x):  # (1.2)\n    self.z = x * W", [("1.2", "x * W")]),
        ("for i in X:  # (1.2)\n    z = i\n    h = z * W\n    print(h)", [("1.2", "z * W")]),
        ("a.add_grad(g * 2 * a.value)  # (1.2)", [("1.2", "g * 2 * a.value")]),
        ("z.append(forward(x))  # (1.2)", [("1.2", "forward(x)")]),
        ("print(f'{i + 1}: {2 * x:.4f}')  # (1.2)", [("1.2", "2 * x")]),
        ("print('z', np.allclose(z, -f(x)))  # (1.2)", [("1.2", "-f(x)")]),
        ("print(f'{J.mean():.4f}')  # (1.2)", [("1.2", "J.mean()")]),
        ("print(\n    a - b,\n    c - d,  # (1.2)\n)", [("1.2", "c - d")]),
        # a mark that is nobody's
        ("# (1.2)\nz = x @ W", [("1.2",)]),
        ("def f(x):\n    y = x\n    # (1.2)\n    return y", [("1.2",)]),
        ("if x:  # (1.2)\n    z = x @ W", [("1.2",)]),
        ("import numpy  # (1.2)", [("1.2",)]),
        ("print('z')  # (1.2)", [("1.2",)]),
        ("print('z', f(x))  # (1.2)", [("1.2", "f(x)")]),
        # no mark
        ("z = x @ W  # SGD(1.2), (0.5), (1.0), 1.2", []),
        ("z = '# (1.2)'", []),
    ],
)
def test_marks_and_what_stands_there(source, expected):
    assert marked(source) == expected


# --- wrong signs are noticed, or not --------------------------------------------------------------

LESSON = [
    code("import numpy as np\n\nx = np.array([1.0, 2.0])"),
    code("z = 3 * x  # (1.1)\nprint(f'{z[0]:.1f}')", printed("3.0\n")),
    code("h = z / 2  # (1.2)"),
    code("assert h[0] > 0"),
    code("u = z * x  # (1.3)"),  # nobody looks at u
    code("def square(a):  # (1.4)\n    return a**2\n\n\nsquare(3)", displayed(text_plain="9")),
    code("d = x - 3  # (1.5)\nprint(f'{(d**2).sum():.1f}')", printed("5.0\n")),
    code("name = 'z'  # (1.6)\nprint(name)", printed("z\n")),
    code(
        "double = lambda a: {'a': 2 * a}  # (1.7)\nprint(double(3))",
        printed("{'a': 6}\n"),
    ),
    code("both = (x, [x])  # (1.8)\nprint(both[1][0][1])", printed("2.0\n")),
    code("v = x + 1  # (1.9)\nprint(v)", printed("0.01 s\n"), tags=["nbval-ignore-output"]),
    code("if False:\n    w = 1  # (1.10)"),
    code("print(np.log(x)[0])  # (1.11)\nroot = np.sqrt(x)  # (1.12)", printed("0.0\n")),
    code("u = np.log(root)"),
]
NOTICED_IN_CELL = {
    "1.1": 2,
    "1.2": 4,
    "1.3": None,
    "1.4": 6,
    "1.5": None,  # (-d)² is d²
    "1.6": None,
    "1.7": 9,
    "1.8": 10,
    "1.9": None,  # what a cell with a timing prints is not compared
    "1.10": None,  # never run
    "1.11": 13,
    "1.12": 14,  # a warning is an output, too
}


needs_fork = pytest.mark.skipif(not CAN_FORK, reason="this system cannot fork")


@pytest.fixture
def write(tmp_path):
    """A function that writes a lesson of these cells."""

    def write(*cells):
        path = tmp_path / "01_lesson.ipynb"
        path.write_text(notebook_text(*cells), encoding="utf-8")
        return path

    return write


def noticed_in(notebook, **options):
    return {
        number: outcome.cell
        for planted, outcome in plant_all(notebook, **options)
        for number in planted.numbers
    }


@pytest.mark.all
@needs_fork
def test_an_unchecked_twin_is_found_and_a_checked_one_is_not(write):
    assert noticed_in(write(*LESSON)) == NOTICED_IN_CELL


@pytest.mark.long
def test_the_same_without_fork(write):
    lesson = write(*LESSON[:2], code("u = z * x  # (1.3)"))
    assert noticed_in(lesson, fork=False) == {"1.1": 2, "1.3": None}


@pytest.mark.all
def test_an_unchecked_twin_is_named(write):
    (sentence,) = describe_unchecked(
        write(code("z = 3  # (1.1)\nh = 2  # (1.2)"), code("assert z > 0"))
    )
    assert sentence.startswith("code cell 1 ('z = 3  # (1.1)'): the twin of (1.2) is not checked")


@pytest.mark.long
def test_another_picture_of_a_figure_does_not_check_a_twin(write):
    """Another drawer would draw others; the caption is compared."""
    figure = '<figure><img src="data:image/png;base64,{}"><figcaption>{}</figcaption></figure>'
    shown = figure.format("AAAA", "z is 3.")
    draw = "from IPython.display import HTML\ndisplay(HTML({!r}.format(z, {})))"
    plain = "<IPython.core.display.HTML object>"
    output = displayed(text_html=shown, text_plain=plain)
    sources = [draw.format(figure, "'z is 3.'"), draw.format(figure, "f'z is {z}.'")]
    cells = [[code("z = 3  # (1.1)"), code(source, output)] for source in sources]
    equation = markdown("# Title\n\n$$z = 3 \\tag{1.1}$$")
    unchecked, checked = (describe_unchecked(write(equation, *each)) for each in cells)
    assert len(unchecked) == 1 and checked == []


def test_a_notebook_without_marks_is_not_run(write):
    assert plant_all(write(code("1 / 0"))) == []


@pytest.mark.parametrize("fork", thinned([pytest.param(True, marks=needs_fork), False], 2))
def test_a_notebook_that_fails_by_itself_is_named(write, fork):
    """Else its failure would be taken for the notice of a wrong sign."""
    lesson = write(code("z = 3  # (1.1)"), code("print(z)", printed("4\n")))
    with pytest.raises(RuntimeError, match=r"code cell 2 .*as it is: stored '4', now '3'"):
        plant_all(lesson, fork)


@needs_fork
@pytest.mark.long
def test_a_loop_that_becomes_endless_is_noticed():
    program = (
        "from notebook_guards import wrong_signs as signs\n"
        "signs.TIME_LIMIT_OF_A_FORK = 1\n"
        "print(signs._in_a_fork(lambda: list(iter(int, 1))))"
    )
    folder = Path(__file__).parents[2] / "tools"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True
    )
    assert "the run did not come to its end" in run.stdout, run.stderr


# --- the lessons ----------------------------------------------------------------------------------


@pytest.mark.all
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.name)
def test_a_wrong_sign_in_a_twin_is_noticed(lesson):
    unchecked = describe_unchecked(lesson)
    assert not unchecked, "\n".join(unchecked)
