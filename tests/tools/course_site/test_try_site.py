"""`run.py site --try`: what it compares and forbids, and what it says when something is missing.

With --long in Chromium, on sites that stand for one with JupyterLite; a whole one needs Pyodide,
and that is what `--try` is for.
"""

import copy
import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest
from course_site import try_site
from course_site.try_site import TryFailed, answers_for, differences, main, notebooks_of
from nbformat import v4

ROOT = Path(__file__).resolve().parents[3]


# ------------------------------------------------------------------ what is compared


FIGURE = '<figure><img alt="A line." src="data:image/png;base64,{}"></figure>'


def stored():
    def code(source, *outputs, tags=()):
        cell = v4.new_code_cell(source, outputs=[*outputs], execution_count=1)
        cell.metadata["tags"] = [*tags]
        return cell

    figure = {"text/plain": "A line.", "text/html": FIGURE.format("AAAA")}
    return v4.new_notebook(
        cells=[
            v4.new_markdown_cell("text"),
            code("print(1)", v4.new_output("stream", name="stdout", text="1\n2\n")),
            code("draw()", v4.new_output("display_data", data=figure)),
            code("seconds", v4.new_output("stream", text="3 s"), tags=["nbval-ignore-output"]),
            code("x = 1"),
        ]
    )


def test_the_same_outputs_are_no_fault():
    """However a stream was cut, whatever a picture's bytes and a timing are."""
    run = copy.deepcopy(stored())
    old = stored()
    for one, other in zip(run.cells, old.cells, strict=True):
        one.id = other.id
    first, second = (v4.new_output("stream", name="stdout", text=text) for text in ("1\n", "2\n"))
    run.cells[1].outputs = [first, second]
    run.cells[2].outputs[0].data["text/html"] = FIGURE.format("BBBB")
    run.cells[3].outputs[0].text = "4 s"
    assert differences(old, run) == (3, [])


def changed(cell, outputs=None, count=1):
    old = stored()
    run = copy.deepcopy(old)
    run.cells[cell].execution_count = count
    if outputs is not None:
        run.cells[cell].outputs = outputs
    return differences(old, run)[1]


def shown(text):
    return v4.new_output("display_data", {"text/plain": text})


def error(name="NameError"):
    return v4.new_output("error", ename=name, evalue="no x", traceback=[])


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (lambda: changed(1, [v4.new_output("stream", text="1\n3\n")]), "stored is '2', and '3'"),
        (lambda: changed(1, []), "1 outputs are stored, and 0 came"),
        (lambda: changed(1, [error()]), "stdout is stored, and NameError came: 'no x'"),
        (lambda: changed(4, [error()]), "0 outputs are stored, and 1 came"),
        (lambda: changed(3, [error()]), "code cell 3 stopped"),
        (lambda: changed(4, count=None), "code cell 4 was not run"),
        (lambda: changed(2, [shown("A line.")]), "2 outputs are stored, and 1 came"),
        (lambda: changed(2, [shown("A")]), "text/plain: stored is 'A line.', and 'A' came"),
    ],
)
def test_another_output_is_told(fault, told):
    (sentence,) = fault()
    assert told in sentence


def test_the_topic_of_a_notebook_is_told():
    def topic(line):
        return try_site.topic_of(v4.new_notebook(cells=[v4.new_code_cell(f"import re\n{line}")]))

    assert topic("from course_exercises import loss as questions") == "loss"
    assert topic("from course_exercises.workbook import a_b as questions") == "workbook.a_b"
    assert topic("from course_exercises.homework import hw1 as questions") is None


def test_each_lesson_has_right_and_wrong_answers_to_be_tried():
    topics = ("forward_pass", "gradient_of_W1", "digits", "generated_code")
    for topic in (*topics, "workbook.paths_and_matrices"):
        answers = answers_for(topic)
        assert len(answers) >= 4
        assert {words == "Right." for _, _, _, words in answers} == {True, False}


# ------------------------------------------------------------------ what is missing


def test_a_folder_without_jupyterlite_is_told(tmp_path, capsys):
    assert main(tmp_path) == 1
    assert "Build it first: python3 run.py site --pyodide FOLDER." in capsys.readouterr().err


def site_in(folder, *names):
    """What `notebooks_of` looks at."""
    for name in ("jupyter-lite.json", "static/pyodide/pyodide.js", *names):
        place = folder / "run" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("")
    return folder


def test_a_site_that_needs_the_network_is_told(tmp_path, capsys):
    (site_in(tmp_path) / "run" / "static" / "pyodide" / "pyodide.js").unlink()
    assert main(tmp_path) == 1
    assert "this site takes Pyodide from there" in capsys.readouterr().err


def test_what_cannot_run_there_is_left_out(tmp_path):
    names = [
        "files/01_a.ipynb",
        "files/further/cluster_of_machines.ipynb",
        "files/homework/h.ipynb",
    ]
    assert notebooks_of(site_in(tmp_path, *names)) == ["01_a.ipynb", "homework/h.ipynb"]


@pytest.mark.all
def test_without_a_browser_it_says_which_one(tmp_path, capsys, monkeypatch):
    pytest.importorskip("playwright")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert main(site_in(tmp_path)) == 1
    assert "needs Chromium" in capsys.readouterr().err


@pytest.mark.all
def test_without_playwright_it_says_how_to_install_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert main(site_in(tmp_path)) == 1
    assert "pip install playwright" in capsys.readouterr().err


# ------------------------------------------------------------------ in a browser

FAKE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module">
const path = new URLSearchParams(location.search).get("path");
const notebook = await (await fetch("../files/" + path)).json();
const kernel = {requestExecute: ({code}) => {
    const future = {};
    future.done = Promise.resolve().then(() => future.onIOPub?.({content: {text: SAID}}));
    return future;
}};
const currentWidget = {
    context: {ready: Promise.resolve(), model: {toJSON: () => notebook}},
    sessionContext: {ready: Promise.resolve(), session: {kernel}},
};
const execute = async (name) => { await MORE; };
window.jupyterapp = {shell: {currentWidget}, commands: {execute}};
</script>"""


@pytest.fixture
def chromium():
    """Skips where there is none, but with COURSE_NEED_BROWSER set, as in CI, it fails."""
    if not any(map(shutil.which, try_site.BROWSERS)):
        assert not os.environ.get("COURSE_NEED_BROWSER"), "there is no Chromium"
        pytest.skip("Chromium is not here")


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A tree with one notebook, which asks nothing."""
    (tmp_path / "tree" / "notebooks").mkdir(parents=True)
    (tmp_path / "tree" / "notebooks" / NAME).write_text(json.dumps(stored()))
    monkeypatch.setattr(try_site, "ROOT", tmp_path / "tree")


NAME = "a_notebook.ipynb"


def fake_site(folder, name=NAME, *, said="''", more="null", change=lambda notebook: None):
    """A site whose page says of each cell what is in the file, and of each answer the same."""
    site_in(folder)
    notebook = json.loads((try_site.ROOT / "notebooks" / name).read_text("utf-8"))
    change(notebook)
    (folder / "run" / "files").mkdir()
    (folder / "run" / "files" / name).write_text(json.dumps(notebook))
    (folder / "run" / "lab").mkdir()
    page = FAKE.replace("SAID", said).replace("MORE", more)
    (folder / "run" / "lab" / "index.html").write_text(page)
    return folder


@pytest.mark.long
@pytest.mark.usefixtures("chromium", "tree")
class TestInChromium:
    def test_a_notebook_as_stored_is_no_fault(self, tmp_path, capsys):
        assert main(fake_site(tmp_path)) == 0
        said = capsys.readouterr().out
        assert (
            NAME in said
            and "as stored" in said
            and "All is as stored: 1 notebooks, 3 cells" in said
        )

    def test_a_changed_output_is_one(self, tmp_path, capsys):
        def change(notebook):
            notebook["cells"][1]["outputs"][0]["text"] = "other"

        assert main(fake_site(tmp_path, change=change)) == 1
        said = capsys.readouterr().out
        assert "'other' came" in said and "\n1 faults: 1 notebooks" in said

    def test_an_answer_that_is_judged_otherwise_is_one(self, tmp_path, capsys, monkeypatch):
        """Here each answer is right."""
        monkeypatch.setattr(try_site, "ROOT", ROOT)
        assert main(fake_site(tmp_path, "01_run_a_forward_pass.ipynb", said="'Right.'")) == 1
        said = capsys.readouterr().out
        assert "a wrong answer to q1" in said and "a right answer" not in said

    @pytest.mark.parametrize(
        "script",
        [
            "fetch('https://elsewhere.example/a').catch(() => 0)",
            "new Promise((end) => { const image = new Image(); image.onerror = end; "
            "image.src = 'https://elsewhere.example/a'; })",
            "new Promise((end) => { const worker = new Worker('../worker.js'); "
            "worker.onmessage = end; })",
        ],
        ids=["fetch", "image", "worker"],
    )
    def test_a_request_elsewhere_is_one(self, script, tmp_path, capsys):
        site = fake_site(tmp_path, more=script)
        (site / "run" / "worker.js").write_text(
            "try { importScripts('https://elsewhere.example/a'); } catch { postMessage(1); }"
        )
        assert main(site) == 1
        said = capsys.readouterr().out
        assert "https://elsewhere.example/a was asked for, which is elsewhere" in said

    def test_a_file_that_is_not_there_is_one(self, tmp_path, capsys):
        assert main(fake_site(tmp_path, more="fetch('nothing.whl')")) == 1
        assert "/run/lab/nothing.whl was asked for, and is not" in capsys.readouterr().out

    def test_an_error_in_the_page_is_one(self, tmp_path, capsys):
        more = "new Promise((end) => { setTimeout(end, 100); null.nothing; })"
        assert main(fake_site(tmp_path, more=more)) == 1
        assert "TypeError" in capsys.readouterr().out

    def test_a_notebook_that_never_ends_is_one(self, tmp_path, capsys, monkeypatch):
        monkeypatch.setattr(try_site, "LONGEST", 0.02)  # of a script; the page has its time
        started = time.monotonic()
        assert main(fake_site(tmp_path, more="new Promise(() => 0)")) == 1
        assert "no end after" in capsys.readouterr().out
        assert time.monotonic() - started < 120


def test_what_the_page_says_of_a_failure_is_one_line():
    class Page:
        def evaluate(self, script, given):
            raise RuntimeError("no kernel\nat line 3")

    with pytest.raises(TryFailed, match=r"^no kernel$"):
        try_site.in_page(Page(), "() => 1")
