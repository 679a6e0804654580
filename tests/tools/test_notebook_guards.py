"""Each guard of the notebooks fails on a wrong notebook, and passes a right one."""

import base64
import inspect
import io
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import ModuleType, SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from notebook_guards.figures import (
    are_comparable,
    describe_difference,
    drawn_by,
    is_svg,
    pictures_of,
    save_for_looking,
    without_pictures,
)
from notebook_guards.plugin import CELL_TIMEOUT
from notebook_guards.rules import (
    ALLOWED_IGNORED_OUTPUT,
    CONSTRAINTS,
    RULES,
    StoredNotebook,
    find_problems,
)
from notebook_guards.trajectories import describe_chaos, run_twice
from notebook_samples import PROGRESS_BAR, code, displayed, markdown, notebook_text, printed
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tiers import thinned

# --- notebooks to plant errors in -----------------------------------------------------------------


def problems_of(*cells, path=Path("lesson.ipynb"), **changes):
    return find_problems(StoredNotebook.parse(path, notebook_text(*cells, **changes)))


def encoded_png(drawer):
    """A small picture that says that this version of Matplotlib has drawn it."""
    buffer = io.BytesIO()
    text = PngInfo()
    text.add_text("Software", f"Matplotlib version{drawer}, https://matplotlib.org/")
    Image.new("RGB", (2, 2)).save(buffer, format="png", pnginfo=text)
    return base64.b64encode(buffer.getvalue()).decode()


PINNED_MATPLOTLIB = re.search(r"^matplotlib==(.+)$", CONSTRAINTS.read_text("utf-8"), re.M).group(1)
PNG = encoded_png(PINNED_MATPLOTLIB)
SVG = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
    f"<title>Matplotlib v{PINNED_MATPLOTLIB}, https://matplotlib.org/</title></svg>"
)
SAID = "The loss falls in time."


def in_a_page(picture, kind="svg+xml", alt="the loss", caption=SAID):
    """A figure as HTML, of the bytes of a picture or of their base64."""
    text = picture if isinstance(picture, str) else base64.b64encode(picture).decode()
    return (
        f'<figure class="x">\n<img alt="{alt}" src="data:image/{kind};base64,{text}">\n'
        f"<figcaption>{caption}</figcaption>\n</figure>"
    )


def shown_in_a_page(html, said=SAID):
    return displayed(text_html=html, text_plain=said)


TITLE = markdown("# Run a forward pass")
PROMISED_ERROR = "with nn.expect_error(ValueError):\n    net.Forward()"
RIGHT_CELLS = [
    markdown(
        "# Run a forward pass\n\n[The file](lesson.ipynb), [a page](https://example.org/home/x).\n"
        "![the graph of the network](lesson.ipynb)\n"
        "`$` and `\\newcommand` may stand in code, and so may\n\n```\n\\label $$\n```\n"
        "A pen costs \\$5. With $x < y$ and\n$z_1 = x W_1$:\n\n"
        "$$\n\\begin{aligned} h_1 &= f(z_1) \\\\[4pt] z_2 &= h_1 W_2 \\end{aligned} \\tag{3.1}\n$$"
    ),
    code("loss = 6 / 4  # (3.1)\nprint(f'{loss:.4f}')", printed("1.5000\n")),
    code(PROMISED_ERROR, printed("x was never set.\n")),
    code(
        "plots.show_loss(history)",
        displayed(image_png=PNG, text_plain="<Figure size 640x480 with 1 Axes>"),
        printed("The loss falls from 2.3026\nto 0.1000 in 20 epochs.\n"),
        displayed(text_html="<b>∂J/∂W1</b> and/or dJ/dW, (64, 32)</td></tr>"),
        shown_in_a_page(in_a_page(SVG.encode())),
        shown_in_a_page(
            in_a_page(PNG, "png", caption="If 1 &lt; 2, <b>all</b> is well."),
            "If 1 < 2, all is well.",
        ),
    ),
    code("# question_1.hint()"),
]


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """The path of lesson 03, in a folder with a file for links to lead to.

    There are two predictions, the second with a name that is of no lesson.
    """
    sample = ModuleType("course_exercises.sample")
    sample.p1 = SimpleNamespace(name="Prediction 3.1")
    sample.p2 = SimpleNamespace(name="Prediction 7.7")
    monkeypatch.setitem(sys.modules, sample.__name__, sample)
    (tmp_path / "lesson.ipynb").touch()
    return tmp_path / "03_lesson.ipynb"


def test_a_right_notebook_has_no_problem(lesson):
    assert problems_of(*RIGHT_CELLS, path=lesson) == []


def test_a_prediction_with_its_gate_has_no_problem(lesson):
    told = markdown("It falls.", tags=["gated"])
    assert problems_of(TITLE, code("x = 1"), *PREDICTION, told, path=lesson) == []


# --- the rules for a file: what is planted, where it is found, and words of the message -----------

FIGURE = displayed(image_png=PNG)
PROMISE = "try:\n    net.Forward()\nexcept ValueError as error:\n    print(error)\n"
ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "x", "traceback": ["…"]}
EQUATION = markdown("$$z = x W \\tag{3.1}$$")
RESULT = {"output_type": "execute_result", "metadata": {}, "data": {"text/plain": "3"}}

# The questions stand in a module that `lesson` puts there.
SAMPLE = "from course_exercises import sample as questions\n\n"
SEE = "questions.p1.see(change)"
ANSWER = {"grade_id": "q1", "solution": True}
PREDICT = code(SAMPLE + "questions.p1.predict(...)")
PREDICT_2 = code(SAMPLE + "questions.p2.predict(...)")
GATED_TOO = {"metadata": {"tags": ["gated"]}}
PREDICTION = [PREDICT, code("loss", tags=["gated"]), code(SAMPLE + SEE, tags=["gated"])]

PLANTED = {
    "every_code_cell_was_run": [
        ([code("x = 1", count=None)], "code cell 1 ('x = 1')", "not run"),
        ([code(" \n")], "code cell 1 ('(empty)')", "Delete it"),
    ],
    "counts_are_in_order": [
        ([code("x = 1"), code("y = 2", count=7)], "code cell 2 ('y = 2')", "[2], but it is [7]"),
        ([code("x = 1", count=2), code("y = 2", count=3)], "code cell 1", "[1], but it is [2]"),
        ([code("x = 1", count=2), code("y = 2", count=1)], "code cell 1", "[1], but it is [2]"),
        ([code("3", RESULT | {"execution_count": 9})], "code cell 1", "another run, [9]"),
    ],
    "code_is_plain_python": [
        ([code("import numpy\n%timeit f()")], "code cell 1 ('import numpy')", "'%timeit f()'"),
        ([code("!ls")], "code cell 1 ('!ls')", "plain Python"),
        ([code("W1?")], "code cell 1 ('W1?')", "plain Python"),
        ([code("for x in 3")], "code cell 1", "is not Python"),
    ],
    "lines_of_code_are_short": [
        ([code("x = 1\n" + "y = 2".ljust(80, "+"))], "code cell 1 ('x = 1')", "2 has 80 char"),
    ],
    "the_run_is_not_softened": [
        ([code("f()", tags=["nbval-skip"])], "code cell 1 ('f()')", "nbval-skip"),
        ([code("f()", tags=["nbval-ignore-output"])], "code cell 1", "ALLOWED_IGNORED_OUTPUT"),
        ([code("f()", tags=["raises-exception"])], "code cell 1", "raises-exception"),
        ([code("f()", tags=["nbval-raises-exception"])], "code cell 1", "nbval-raises-exception"),
        ([code("# NBVAL_SKIP\nf()")], "code cell 1 ('# NBVAL_SKIP')", "NBVAL_SKIP"),
        ([code("f()\n#NBVAL_IGNORE_OUTPUT")], "code cell 1", "NBVAL_IGNORE_OUTPUT"),
    ],
    "no_error_is_stored": [
        ([code("net.Forward()", ERROR)], "code cell 1 ('net.Forward()')", "ValueError"),
    ],
    "promised_errors_must_come": [
        ([code(PROMISE)], "code cell 1 ('try:')", "line 1"),
        ([code(PROMISE + "else:\n    raise AssertionError")], "code cell 1", "nn.expect_error("),
        ([code("for x in X:\n    try:\n        f(x)\n    except:\n        print(x)")], "code", "2"),
    ],
    "nothing_on_stderr": [
        ([code("f()", printed("RuntimeWarning: overflow\n", "stderr"))], "code cell 1", "overflow"),
    ],
    "nothing_of_this_machine": [
        ([code("f()", printed(f"saved in {path}\n"))], "code cell 1 ('f()')", "machine")
        for path in [
            "/home/ada/run.npz",
            "/Users/ada/run.npz",
            "/tmp/run.npz",
            "/root",
            "/var/folders/zz/x",
            "/builds/course/run.npz",
            "C:\\Users\\Ada\\run.npz",
            "C:\\\\Users\\\\Ada",
            "lib/site-packages/numpy",
            "<ipython-input-3-abc>",
            "file ipykernel_1234/99.py",
            "file://server/run.npz",
            "<Node object at 0x7f3b2c1d9a90>",
        ]
    ]
    + [
        ([code("f()", displayed(text_html="<p>/home/ada/x</p>"))], "code cell 1", "/home/ada"),
        ([code("np.load('/home/ada/x.npz')")], "code cell 1", "the source"),
        ([markdown("Open `C:\\Users\\Ada`.")], "Markdown cell 2", "Windows"),
    ],
    "outputs_live_without_a_kernel": [
        (
            [code("w", displayed(**{"application_vnd.jupyter.widget-view+json": {}}))],
            "code cell 1 ('w')",
            "widget-view",
        ),
        ([code("w", displayed(application_javascript="x"))], "code cell 1", "javascript"),
        ([code("display(x, display_id=True)")], "code cell 1", "display_id="),
        ([code("clear_output(wait=True)")], "code cell 1", "clear_output("),
    ],
    "no_hidden_state": [
        ([code("f()", execution={"iopub.execute_input": "2026"})], "code cell 1", "'execution'"),
        ([code("f()", collapsed=True)], "code cell 1", "'collapsed'"),
    ],
    "every_cell_has_its_id": [
        ([markdown("a") | {"id": "x"}, markdown("b") | {"id": "x"}], "Markdown cell 3", "'x'"),
        ([code("f()") | {"id": None}], "code cell 1 ('f()')", "no id"),
    ],
    "the_format_is_valid": [
        ([code("f()") | {"id": "not allowed!"}], "the whole notebook", "not allowed!"),
        ([code("f()", printed("x") | {"colour": "red"})], "the whole notebook", "colour"),
    ],
    "every_figure_is_described": [
        ([code("plot()", FIGURE)], "code cell 1 ('plot()')", "figure 1"),
        ([code("plot()", printed("The loss falls in time.\n"), FIGURE)], "code cell 1", "nothing"),
        ([code("plot()", FIGURE, printed("0.1234.\n"))], "code cell 1", "'0.1234.\\n'"),
        ([code("plot()", FIGURE, printed("The loss falls in time\n"))], "code cell 1", "full stop"),
        (
            [code("plot()", FIGURE, FIGURE, printed("The loss falls in time.\n"))],
            "code cell 1",
            "figure 1",
        ),
        ([code("plot()", displayed(**{"image_svg+xml": "<svg/>"}))], "code cell 1", "figure 1"),
        (
            [code("p", shown_in_a_page(in_a_page(PNG, "png", caption="")))],
            "code cell 1",
            "figure 1",
        ),
        ([code("p", shown_in_a_page(in_a_page(PNG, "png"), "The loss."))], "code cell 1", "HTML"),
        (
            [code("p", shown_in_a_page(in_a_page(PNG, alt=SAID, caption="x")))],
            "code cell 1",
            "HTML",
        ),
        ([code("p", displayed(text_html=in_a_page(PNG, "png")))], "code cell 1", "figure 1"),
        ([code("p", shown_in_a_page(in_a_page(PNG, alt=" ")))], "code cell 1", "in its place"),
        ([code("p", shown_in_a_page(f"<figure><img src='x'>{SAID}"))], "code", "in its place"),
    ],
    "figures_are_of_the_pinned_matplotlib": [
        (
            [code("plot()", displayed(image_png=encoded_png("2.0")))],
            "code cell 1",
            "Matplotlib 2.0",
        ),
        (
            [code("p", shown_in_a_page(in_a_page(encoded_png("2.0"), "png")))],
            "code cell 1",
            "Matplotlib 2.0",
        ),
        (
            [code("p", shown_in_a_page(in_a_page(b"<svg>Matplotlib v2.0, </svg>")))],
            "code cell 1",
            "Matplotlib 2.0",
        ),
    ],
    "latex_renders_everywhere": [
        ([markdown(text)], "Markdown cell 2", words)
        for text, words in [
            (r"$\operatorname{softmax}(z)$", "operatorname"),
            (r"$\newcommand{\W}{W}$", "newcommand"),
            (r"$$z \label{eq:z}$$", "label"),
            (r"see \eqref{eq:z}", "eqref"),
            (r"$\require{color}$", "require"),
            (r"$\bm{W}$", "boldsymbol"),
            (r"$\mathbbm{1}$", "mathbb"),
            (r"$\phantom{x}$", "phantom"),
            (r"$\href{x}{y}$", "href"),
            (r"\begin{align} z &= xW \end{align}", "aligned"),
            (r"$$\begin{align} z &= xW \end{align}$$", "aligned"),
            (r"\begin{aligned} z &= xW \end{aligned}", "outside"),
            (r"with \(x\)", r"\("),
            (r"with \\[x\\]", r"\["),
            ("$$z = x W", "no partner"),
            ("it costs $5", "no partner"),
            ("from $x\n\nto y$", "no partner"),
            ("$$\nz\n\n= x W\n$$", "empty line"),
            ("with $ x $ here", "space"),
            ("with $a<b$ here", "HTML"),
        ]
    ],
    "begins_with_its_title": [
        ([markdown("text")], "Markdown cell 1 ('text')", "begin with a heading"),
        ([markdown("## Part")], "Markdown cell 1", "begin with a heading"),
        ([code("x = 1"), TITLE], "code cell 1 ('x = 1')", "begin with a heading"),
    ],
    "links_lead_somewhere": [
        ([markdown("[next](02_gone.ipynb#part)")], "Markdown cell 2", "02_gone.ipynb"),
        ([markdown("[next]\n\n[next]: 02_gone.ipynb")], "Markdown cell 2", "02_gone.ipynb"),
        ([markdown("<a href='gone.md'>x</a>")], "Markdown cell 2", "gone.md"),
        ([markdown("![](lesson.ipynb)")], "Markdown cell 2", "no text in its place"),
        ([markdown("<img src='lesson.ipynb' alt=''>")], "Markdown cell 2", "no text in its place"),
    ],
    "equations_are_numbered_in_order": [
        ([markdown("$$z$$"), markdown(text)], "Markdown cell 3", words)
        for text, words in [
            (r"$$z \tag{4.1}$$", "(3.1) here, but it is (4.1)"),
            (r"$$z \tag{3.2}$$", "(3.1) here, but it is (3.2)"),
            (r"$$z \tag{3.1}$$ and $$h \tag{3.1}$$", "(3.2) here, but it is (3.1)"),
            (r"$$z \tag{1}$$", "it is (1)"),
            (r"$z \tag{3.1}$", "alone"),
            (r"$$z \tag{3.1} h \tag{3.2}$$", "alone"),
        ]
    ],
    "every_equation_has_its_twin": [
        ([EQUATION], "Markdown cell 2", "(3.1) has no twin"),
        ([EQUATION, code("z = x @ W  # (3.2)")], "Markdown cell 2", "(3.1) has no twin"),
        ([EQUATION, code("print('by (3.1)')")], "Markdown cell 2", "(3.1) has no twin"),
        ([code("z = x @ W  # (3.1)"), EQUATION], "Markdown cell 2", "further down"),
        ([EQUATION, code("# (3.1)\nz = x @ W")], "code cell 1 ('# (3.1)')", "computes something"),
    ],
    "predictions_are_gated": [
        ([code("loss", tags=["gated"]), *PREDICTION], "code cell 1 ('loss')", "before any"),
        ([markdown("3 times", tags=["gated"]), *PREDICTION], "Markdown cell 2", "before any"),
        ([code("loss", tags=["gated"])], "code cell 1", "before any prediction"),
        ([PREDICT, code("loss")], "code cell 1", "expected a code cell with the tag 'gated'"),
        ([PREDICT, markdown("x", tags=["gated"])], "code cell 1", "expected a code cell"),
        (
            [PREDICT, code("x", tags=["gated"])],
            "code cell 1",
            "see(…) after it, before the next pre",
        ),
        ([PREDICT, PREDICT_2, *PREDICTION[1:]], "code cell 1", "expected a code cell with the tag"),
        ([PREDICT, PREDICT_2, *PREDICTION[1:]], "code cell 1", "and it comes elsewhere"),
        ([*PREDICTION[1:], PREDICT], "code cell 1 ('loss')", "before any prediction"),
        ([PREDICT, code("x", tags=["gated"]), code(SEE)], "code cell 3", "needs the tag 'gated'"),
        (
            [PREDICT | GATED_TOO, *PREDICTION[1:]],
            "code cell 1",
            "the prediction itself has the tag",
        ),
        (
            [*PREDICTION, code("questions.p1.again.predict(...)"), code("x", tags=["gated"])],
            "code cell 4",
            "expected questions.p1.again.see(…)",
        ),
    ],
    "exercises_run_alone": [
        (
            [code(SAMPLE + "1"), code("questions.q1.check(x)")],
            "code cell 2",
            "import … as questions",
        ),
        ([code("questions.again()")], "code cell 1", "import … as questions"),
        (
            [code("import numpy as np"), code(SAMPLE + "questions.q1.check(np.ones(3))")],
            "code cell 2",
            "np needs an import of np in its cell",
        ),
        (
            [code("import numpy as np"), code("def f(x):\n    return np.exp(x)", nbgrader=ANSWER)],
            "code cell 2",
            "np needs an import of np in its cell",
        ),
        (
            [code("import numpy as np"), code(SAMPLE + SEE + "\nnp")],
            "code cell 2",
            "np needs an import of np in its cell",
        ),
    ],
    "predictions_exist_and_are_made_once": [
        ([code(SAMPLE + "questions.p9.predict(...)")], "code cell 1", "sample has no p9"),
        ([code(SAMPLE + "questions.p1.again.see(1)")], "code cell 1", "sample has no p1.again"),
        ([code(SAMPLE.replace("sample", "gone") + SEE)], "code cell 1", "gone has no p1"),
        ([code("questions.p1.predict(...)")], "code cell 1", "import … as questions"),
        ([code(SAMPLE + "questions.p2.see(1)")], "code cell 1", "p2 is called 'Prediction 7.7'"),
        ([PREDICT, *PREDICTION], "code cell 2", "p1 is predicted in code cell 1"),
    ],
}


def test_every_rule_has_something_planted_for_it():
    assert set(PLANTED) == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize(
    ("rule_name", "cells", "place", "words"),
    [(name, *case) for name, cases in PLANTED.items() for case in cases],
)
def test_a_planted_error_is_named(rule_name, cells, place, words, lesson):
    if rule_name != "begins_with_its_title":
        cells = [TITLE, *cells]
    rule = next(rule for rule in RULES if rule.__name__ == rule_name)
    found = [str(each) for each in rule(StoredNotebook.parse(lesson, notebook_text(*cells)))]
    assert any(each.startswith(place) and words in each for each in found), found
    # The same in a further lesson, whose equations have its letter.
    text = re.sub(r"(\\tag\{|\()3\.", r"\1M.", notebook_text(*cells))
    further = lesson.parent / "further" / "more.ipynb"
    there = [str(each) for each in rule(StoredNotebook.parse(further, text))]
    place, words = place.replace("(3.", "(M."), words.replace("(3.", "(M.")
    assert any(each.startswith(place) and words in each for each in there), there


def test_what_runs_alone_has_no_problem(lesson):
    cells = [
        code("import numpy as np\nimport course_nn.plots\n\nx = np.ones(3)"),
        code(SAMPLE + "questions.q1.check(x)"),  # an answer of the reader's is no module
        code("import numpy as np\n\n\ndef f(x):\n    return np.exp(x)", nbgrader=ANSWER),
        code("np.ones(3)"),  # no exercise
        code("questions are", count=None),  # no Python: another rule's
    ]
    rule = next(rule for rule in RULES if rule.__name__ == "exercises_run_alone")
    assert not [*rule(StoredNotebook.parse(lesson, notebook_text(*cells)))]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"metadata": {"kernelspec": {"name": "my-kernel"}}}, "'my-kernel'"),
        (
            {"metadata": {"kernelspec": {"name": "python3"}, "language_info": {"version": "3"}}},
            "language_info.version",
        ),
        ({"metadata": {"kernelspec": {"name": "python3"}, "widgets": {}}}, "'widgets'"),
        ({"nbformat_minor": 4}, "older than 4.5"),
    ],
)
def test_planted_metadata_of_the_notebook_is_named(changes, words):
    assert any(words in str(problem) for problem in problems_of(TITLE, code("1"), **changes))


def test_a_cell_without_id_is_named_when_the_key_is_missing():
    text = notebook_text(TITLE, code("x = 1")).replace(', "id": "cell-1"', "")
    problems = find_problems(StoredNotebook.parse(Path("lesson.ipynb"), text))
    assert [str(problem)[:35] for problem in problems] == ["code cell 1 ('x = 1'): the cell has"]


def test_ignored_output_is_allowed_only_where_it_is_listed_and_used(monkeypatch):
    timing = code("time()", printed("0.01 s\n"), tags=["nbval-ignore-output"]) | {"id": "timing"}
    assert "ALLOWED_IGNORED_OUTPUT" in str(problems_of(TITLE, timing))

    monkeypatch.setitem(ALLOWED_IGNORED_OUTPUT, ("lesson.ipynb", "timing"), "prints seconds")
    assert problems_of(TITLE, timing) == []
    assert "Remove the entry" in str(problems_of(TITLE, code("1")))
    skipped = timing | {"metadata": {"tags": ["nbval-skip"]}}
    assert "nbval-skip" in str(problems_of(TITLE, skipped))


def test_every_entry_of_the_allowed_list_is_for_a_notebook_that_is_there():
    folder = Path(__file__).parents[2] / "notebooks"
    there = {path.name for path in folder.rglob("*.ipynb")}
    assert {name for name, _ in ALLOWED_IGNORED_OUTPUT} <= there
    assert all(reason.strip() for reason in ALLOWED_IGNORED_OUTPUT.values())


# --- figures --------------------------------------------------------------------------------------


def draw(
    title="accuracy 97.3 %",
    last_tick="20",
    point=0.3,
    scale=1.0,
    colour="C1",
    shift=0.0,
    size=4.0,
    drawer=None,
    kind="png",
):
    """A figure like those of the lessons; `shift` moves all of it by a part of a pixel."""
    figure = Figure(figsize=(size, 3.0), dpi=100)
    left, bottom = (60.3 + shift) / 400, (45.3 + shift) / 300
    axes = figure.add_axes((left, bottom, 0.8, 0.7), xlim=(0, 1), ylim=(0, 1), title=title)
    axes.set_xticks([0.1, 0.9], ["0", last_tick])
    x = np.linspace(0, 1, 100)
    axes.plot(x, scale * np.exp(-3 * x), label="training")
    axes.plot(x, np.exp(-2 * x), "--", label="validation")
    axes.scatter([0.1, point], [0.2, 0.8], s=15, color=colour)
    axes.grid(alpha=0.3)
    axes.legend()
    buffer = io.BytesIO()
    metadata = {"Date": None} if kind == "svg" else {}
    if drawer:
        key, words = {"png": ("Software", " version"), "svg": ("Creator", " v")}[kind]
        metadata[key] = f"Matplotlib{words}{drawer}, https://matplotlib.org/"
    with matplotlib.rc_context({"svg.hashsalt": "the same ids in each run"}):
        figure.savefig(buffer, format=kind, metadata=metadata)
    return buffer.getvalue()


both_kinds = pytest.mark.parametrize("kind", ["png", "svg"])


@pytest.mark.all
@pytest.mark.parametrize(
    "rounding",
    [{}, {"shift": 1e-6}, {"shift": 1 / 256}, {"point": 0.3 + 1e-9}, {"scale": 1 + 1e-9}],
    ids=str,
)
def test_rounding_of_another_processor_is_not_a_difference(rounding):
    assert describe_difference(draw(), draw(**rounding)) is None


@pytest.mark.all
def test_rounding_is_not_a_difference_in_an_svg():
    assert describe_difference(draw(kind="svg"), draw(kind="svg", shift=1 / 256)) is None


@pytest.mark.all
@pytest.mark.parametrize(
    "change",
    [
        {"title": "accuracy 97.2 %"},
        {"title": "accuracy 97.8 %"},
        {"last_tick": "21"},
        {"point": 0.302},
        {"scale": 1.003},
        {"colour": "C3"},
        {"size": 4.1},
    ],
    ids=str,
)
def test_a_changed_figure_is_described(change):
    assert "figure" in describe_difference(draw(), draw(**change))


@pytest.mark.all
@pytest.mark.parametrize(
    "change", thinned([{"title": "accuracy 97.2 %"}, {"point": 0.302}], 2), ids=str
)
def test_a_changed_svg_is_described(change):
    """In the whole run below also another colour, and a line that has moved."""
    assert "levels" in describe_difference(draw(kind="svg"), draw(kind="svg", **change))


@pytest.mark.all
@both_kinds
def test_what_drew_a_figure_is_in_it(kind):
    assert drawn_by(draw(kind=kind)) == matplotlib.__version__
    older, newer = draw(kind=kind, drawer="2.0"), draw(kind=kind, drawer="3.0")
    assert drawn_by(older) == "2.0" and not are_comparable(older, newer)
    assert are_comparable(SVG.replace("Matplotlib", "").encode(), newer), "hidden from no guard"


@pytest.mark.parametrize("broken", [b"", b"no picture", b"<svg", draw()[:200]], ids=repr)
def test_what_is_no_picture_is_described(broken, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert "no picture" in describe_difference(SVG.encode(), broken)
    assert drawn_by(broken) in (None, matplotlib.__version__)
    assert save_for_looking(broken, draw()).is_dir()


def test_pictures_are_found_in_html_and_nothing_else_is_left_out():
    html = f"<p>one</p>{in_a_page(b'<svg>1</svg>')}\n{in_a_page(b'2', 'png', alt='two')}<p>end</p>"
    assert without_pictures(html) == html.replace("PHN2Zz4xPC9zdmc+", "…").replace("Mg==", "…")
    outputs = [displayed(text_html=html), printed("x"), displayed(image_png=PNG, text_html="<p>")]
    png = base64.b64decode(PNG)
    assert pictures_of(outputs) == [b"<svg>1</svg>", b"2", png]
    assert [is_svg(picture) for picture in pictures_of(outputs)] == [True, False, False]


@pytest.mark.parametrize(
    "html",
    [
        "<img alt='x' src='data:image/png;base64,AAAA'>",
        in_a_page("AAAA", "svg+xml;charset=utf-8"),
        in_a_page("AAAA", "jpeg"),
        in_a_page("AAAA").replace("<figure", "<div"),
        in_a_page("AAAA").replace("<img ", "<p>text</p><img "),
    ],
)
def test_data_that_are_not_of_a_figure_are_compared_as_text(html):
    assert without_pictures(html) == html and pictures_of([displayed(text_html=html)]) == []


@pytest.mark.all
def test_a_pixel_in_a_large_figure_and_a_shade_everywhere_are_differences():
    def png(pixels):
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, format="png")
        return buffer.getvalue()

    white = np.full((1000, 1000, 3), 255, dtype=np.uint8)
    one_pixel = white.copy()
    one_pixel[500, 500] = 0
    assert "by up to 255 of 255 levels" in describe_difference(png(white), png(one_pixel))
    assert "by 5.00 RMS" in describe_difference(png(white), png(white - np.uint8(5)))


def test_figures_are_saved_for_looking_at(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = save_for_looking(draw(), draw(title="accuracy 97.2 %"))
    assert {file.name for file in folder.iterdir()} == {
        "expected.png",
        "actual.png",
        "difference.png",
    }


# --- chaos ----------------------------------------------------------------------------------------

FAKE_MODULE = """
import numpy as np

class Parameter:
    def __init__(self, name, value):
        if not isinstance(value, np.ndarray):
            raise TypeError("weights are an array of numbers")
        self.value = np.array(value)

class History:
    def __init__(self):
        self.update_losses = []

def train(parameter, step, updates=100):
    history = History()
    for _ in range(updates):
        parameter.value = step(parameter.value)
        history.update_losses.append(float(np.sum(parameter.value)))
"""
CALM_CELL = """
import course_nn
import numpy as np
w = np.array([[0.3, 0.4]])
course_nn.train(course_nn.Parameter("W1", w), lambda w: 0.9 * w)
course_nn.train(course_nn.Parameter("W2", w), lambda w: 3.0 * w, updates=800)  # overflows
try:
    course_nn.Parameter("W3", "text")
except TypeError as error:
    display(error)
else:
    raise AssertionError("an error was expected")
"""
CHAOTIC_CELL = 'course_nn.train(course_nn.Parameter("W4", w), lambda w: 3.9 * w * (1 - w))'
EXACT_CELL = 'assert np.all(course_nn.Parameter("W5", w).value == w), "not what was given"'


@pytest.fixture
def lesson_with_module(tmp_path, monkeypatch):
    """A function that writes a lesson of these cells, beside a small course_nn."""
    (tmp_path / "course_nn.py").write_text(FAKE_MODULE, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def write(*sources):
        path = tmp_path / "lesson.ipynb"
        path.write_text(notebook_text(TITLE, *map(code, sources)), encoding="utf-8")
        return path

    return write


@pytest.mark.all
def test_a_chaotic_trajectory_is_named_and_a_calm_one_is_not(lesson_with_module):
    plain, perturbed = run_twice(lesson_with_module(CALM_CELL, CHAOTIC_CELL))
    assert list(plain) == [
        *(f"the losses of training run {number}" for number in (1, 2, 3)),
        *(f"the last value of parameter {number}" for number in (1, 2, 3)),
    ]
    assert np.isinf(plain["the losses of training run 2"][-1])
    losses, weights = describe_chaos(plain, perturbed)
    assert losses.startswith("the losses of training run 3: weights perturbed by 1e-15 change it")
    assert weights.startswith("the last value of parameter 3")


@pytest.mark.all
def test_a_network_that_a_check_makes_for_itself_is_as_it_was_given(lesson_with_module):
    lesson = lesson_with_module(CALM_CELL, "from course_exercises import exact")
    (lesson.parent / "course_exercises").mkdir()
    its = f"import course_nn\nimport numpy as np\nw = np.array([[0.3, 0.4]])\n{EXACT_CELL}\n"
    (lesson.parent / "course_exercises" / "exact.py").write_text(its, encoding="utf-8")
    assert not describe_chaos(*run_twice(lesson))


@pytest.mark.all
def test_a_run_that_fails_is_named(lesson_with_module):
    with pytest.raises(
        RuntimeError, match=r"lesson\.ipynb: the perturbed run(?s:.*)exact equality"
    ):
        run_twice(lesson_with_module(CALM_CELL, EXACT_CELL))


@pytest.mark.parametrize(
    ("plain", "perturbed", "chaotic"),
    [
        ([1.0, 2.0], [1.0, 2.0 + 1e-10], False),
        ([1.0, 2.0], [1.0, 2.0 + 1e-8], True),
        ([1e12], [1e12 + 1.0], False),
        ([np.inf, np.nan], [np.inf, np.nan], False),
        ([np.inf], [-np.inf], True),
        ([1.0], [np.nan], True),
        ([1.0, 2.0], [1.0], True),
    ],
)
def test_what_counts_as_chaos(plain, perturbed, chaotic):
    found = describe_chaos({"losses": np.array(plain)}, {"losses": np.array(perturbed)})
    assert bool(found) is chaotic


def test_a_training_run_that_happens_only_once_is_chaos():
    assert describe_chaos({"losses 1": np.zeros(1)}, {})


# --- the whole run, on notebooks with a kernel ----------------------------------------------------


def drawing_source():
    """The function `draw` of this file, as the source of a cell."""
    imports = "import base64, io, os\nimport matplotlib\nimport numpy as np\n"
    imports += "from matplotlib.figure import Figure\n"
    imports += f"from IPython.display import Image\n\nSAID = {SAID!r}\n"
    return imports + inspect.getsource(draw) + inspect.getsource(in_a_page)


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    """pytest, run once on a right and a wrong notebook: its report for each item."""
    folder = tmp_path_factory.mktemp("notebooks")
    plugin_folder = Path(__file__).parents[2] / "tools"
    conftest = f"import sys\nsys.path.insert(0, {str(plugin_folder)!r})\n"
    (folder / "conftest.py").write_text(
        conftest + "pytest_plugins = ['notebook_guards.plugin']\n", encoding="utf-8"
    )
    (folder / "pytest.ini").write_text(
        "[pytest]\naddopts = --nbval\nfilterwarnings = error\nxfail_strict = true\n",
        encoding="utf-8",
    )

    def figure(**changes):
        text = base64.b64encode(draw(**changes)).decode()
        return displayed(image_png=text, text_plain="<IPython.core.display.Image object>")

    def page(picture, **changes):
        return shown_in_a_page(in_a_page(picture, **changes))

    line, other_line = draw(kind="svg"), draw(kind="svg", scale=1.003)
    show_page = "display({'text/html': in_a_page(draw(kind='svg')), 'text/plain': SAID}, raw=True)"
    two_pages = show_page + "\n" + show_page.replace("'svg'", "'svg', scale=1.003")
    sentence = printed("The loss falls in time.\n")
    show = "display(Image(draw()))\nprint('The loss falls in time.')"
    other = notebook_text(
        TITLE,
        code(drawing_source()),
        code(show, figure(drawer="2.0", title="accuracy 97.2 %"), sentence),
    )
    right = notebook_text(
        TITLE, code("W1 = 1"), code("print(W1)", printed("1\n")), code(PROGRESS_BAR)
    )
    wrong = notebook_text(
        markdown("A lesson without a title"),
        code(drawing_source()),
        code(show, figure(), sentence),
        code(show, figure(title="accuracy 97.2 %"), sentence),
        code("print(1 / 3)", printed("0.25\n")),
        code("print('cleared')"),
        code("x = 1", displayed(image_png=PNG)),
        code("1 / 0"),
        code("os._exit(1)"),
        code("print('never')", printed("never\n")),
    ).replace(', "id": "cell-1"', "")
    in_pages = notebook_text(
        TITLE,
        code(drawing_source()),
        code(show_page, page(line)),
        code(two_pages, page(line), page(other_line)),
        code(show_page, page(draw(kind="svg", colour="C3"))),
        code(show_page, page(other_line)),
        code(show_page, page(draw(), kind="png")),
        code(show_page, page(line, alt="another loss")),
        code(show_page, page(line, caption="The loss rises in time.")),
        code(show_page, page("AAAA")),
        code(two_pages, page(other_line), page(line)),
        code(two_pages, page(line)),
        code("x = 1", page(line)),
        code(show_page, page(draw(kind="svg", drawer="2.0", colour="C3"))),
    )
    (folder / "in_pages.ipynb").write_text(in_pages, encoding="utf-8")
    (folder / "right.ipynb").write_text(right, encoding="utf-8")
    (folder / "older.ipynb").write_text(other, encoding="utf-8")
    (folder / "wrong.ipynb").write_text(wrong, encoding="utf-8")

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--color=no", "--junitxml=report.xml", "-p", "no:xdist"],
        cwd=folder,
        env=os.environ | dict.fromkeys(["TMPDIR", "TEMP", "TMP"], str(folder)),
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )
    report = {}
    for case in ElementTree.parse(folder / "report.xml").iter("testcase"):
        result = next((each for each in case if each.tag != "properties"), None)
        outcome = "passed" if result is None else result.tag
        text = "" if result is None else result.get("message", "") + (result.text or "")
        report[f"{case.get('classname')} {case.get('name')}"] = SimpleNamespace(
            outcome=outcome, text=text, seconds=float(case.get("time"))
        )
    return SimpleNamespace(text=run.stdout + run.stderr, report=report)


def outcomes(whole_run, notebook):
    return {
        name.removeprefix(notebook + " "): case.outcome
        for name, case in whole_run.report.items()
        if name.startswith(notebook)
    }


@pytest.mark.long
def test_a_right_notebook_passes(whole_run):
    assert outcomes(whole_run, "right.ipynb") == {
        "as stored": "passed",
        "cell 1": "passed",
        "cell 2": "passed",
        "cell 3": "passed",  # where a progress bar would be seen
    }, whole_run.text


@pytest.mark.all
def test_a_figure_of_another_matplotlib_is_not_compared_but_reported(whole_run):
    assert outcomes(whole_run, "older.ipynb")["cell 2"] == "passed"
    assert "Matplotlib 2.0" in whole_run.report["older.ipynb as stored"].text
    assert "figures not compared: 2, drawn by Matplotlib 2.0" in whole_run.text


@pytest.mark.all
def test_a_wrong_notebook_fails_where_it_is_wrong(whole_run):
    assert outcomes(whole_run, "wrong.ipynb") == {
        "as stored": "failure",
        "cell 1": "passed",
        "cell 2": "passed",
        "cell 3": "failure",
        "cell 4": "failure",
        "cell 5": "failure",
        "cell 6": "failure",
        "cell 7": "failure",
        "cell 8": "failure",
        "cell 9": "skipped",
    }, whole_run.text


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (2, ""),  # as it is stored
        (3, ""),  # two of them
        (4, "Figure 1 of this cell has changed"),  # another colour
        (5, "Figure 1 of this cell has changed"),  # a line that has moved by a tenth of a pixel
        (6, "mismatch 'text/html'"),  # another kind of picture
        (7, "another loss"),  # another text in its place
        (8, "The loss rises in time."),  # another caption
        (9, "is no picture"),
        (10, "Figure 1 of this cell has changed"),  # exchanged
        (11, "number of outputs"),  # one is missing in the notebook
        (12, "Missing output fields"),  # the code draws none
        (13, ""),  # drawn by another Matplotlib: not compared, but reported
    ],
)
@pytest.mark.all
def test_a_stale_figure_inside_html_is_noticed(whole_run, cell, words):
    case = whole_run.report[f"in_pages.ipynb cell {cell}"]
    assert case.outcome == ("failure" if words else "passed"), case.text
    assert words in case.text
    assert "base64,iVBOR" not in case.text, "no message is filled with the data of a picture"


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("as stored", ["wrong.ipynb, Markdown cell 1 ('A lesson without a title'): expected"]),
        ("as stored", ["wrong.ipynb, code cell 1 ('import base64, io, os'): the cell has no id"]),
        ("cell 3", ["wrong.ipynb, code cell 3 ('display(Image(draw()))')", "Figure 1", "levels"]),
        ("cell 4", ["0.25", "0.333", "run.py notebooks"]),
        ("cell 5", ["stdout", "run.py notebooks"]),
        ("cell 6", ["Figures: 1 in the notebook, 0 from the cell", "run.py notebooks"]),
        ("cell 7", ["code cell 7 ('1 / 0')", "ZeroDivisionError"]),
        ("cell 8", ["code cell 8 ('os._exit(1)'): the kernel died in cell 8"]),
        ("cell 9", ["the kernel died in cell 8"]),
    ],
)
@pytest.mark.all
def test_a_failure_says_what_and_where(whole_run, item, words):
    text = whole_run.report[f"wrong.ipynb {item}"].text
    assert all(each in text for each in words), text


@pytest.mark.all
def test_a_dead_kernel_is_found_before_the_timeout_of_a_cell(whole_run):
    dead = whole_run.report["wrong.ipynb cell 8"]
    assert dead.seconds < CELL_TIMEOUT / 3


def test_a_cell_does_not_wait_for_the_timeout_of_nbval(pytestconfig):
    assert pytestconfig.getoption("nbval_cell_timeout") != 2000
