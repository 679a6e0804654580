"""The first cell: in every notebook, silent where the course is, and its words where it is not."""

import ast
import builtins
import json
import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import first_cell
import nbformat
import pytest
import readers_copies
from nbformat import v4
from notebook_guards.reading_time import contents_of
from notebook_guards.rules import StoredNotebook, find_problems

import course_nn

ROOT = Path(__file__).resolve().parents[2]
SHA256 = "0123456789abcdef" * 4
VERSION = course_nn.__version__
WHEEL = (
    f"https://github.com/an-owner/a-course/releases/download/v{VERSION}/"
    f"course_nn-{VERSION}-py3-none-any.whl#sha256={SHA256}"
)


def notebook(*, counts=True, code=True):
    cells = [v4.new_markdown_cell("# A lesson", id="title")]
    if code:
        result = v4.new_output("execute_result", {"text/plain": "1"}, execution_count=1)
        cells.append(v4.new_code_cell("1", id="a", execution_count=1, outputs=[result]))
        cells.append(v4.new_code_cell("2", id="b", execution_count=2))
    if not counts:
        for cell in cells[1:]:
            cell.update(execution_count=None, outputs=[])
    return json.loads(nbformat.writes(v4.new_notebook(cells=cells, metadata={})))


# ------------------------------------------------------------------ in the notebooks


def test_every_notebook_has_exactly_it():
    assert first_cell.bring_up_to_date(write=False) == []
    assert first_cell.main(["--check"]) == 0


# instructors: begin
def test_student_versions_have_it_from_their_sources():
    for path in sorted((ROOT / "notebooks" / "homework").glob("*.ipynb")):
        stored = json.loads(path.read_bytes())
        assert first_cell.with_first_cell(stored) == stored, path.name


# instructors: end
@pytest.fixture
def course(tmp_path):
    """A small tree: a lesson, a further one, a page without code, a homework and its source."""
    files = {
        "notebooks/01_a.ipynb": notebook(),
        "notebooks/further/b.ipynb": notebook(),
        "notebooks/workbook/c.ipynb": notebook(counts=False),
        "notebooks/appendix.ipynb": notebook(code=False),
        "notebooks/.ipynb_checkpoints/d.ipynb": notebook(),
        "notebooks/homework/hw1.ipynb": notebook(counts=False),
        "homework/source/hw1/hw1.ipynb": notebook(),
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(first_cell.as_stored(content))
    return tmp_path


def named(root, paths):
    return [path.relative_to(root).as_posix() for path in paths]


WITH_CODE = ["notebooks/01_a.ipynb", "notebooks/further/b.ipynb", "notebooks/workbook/c.ipynb"]


def test_it_is_written_once_into_each_notebook_with_code(course, capsys):
    wanted = [*WITH_CODE, "homework/source/hw1/hw1.ipynb"]
    assert first_cell.main(["--check"], course) == 1
    assert "notebooks/01_a.ipynb" in capsys.readouterr().out
    assert named(course, first_cell.bring_up_to_date(course, write=False)) == wanted
    assert first_cell.main([], course) == 0
    assert "python3 run.py homework" in capsys.readouterr().out
    capsys.readouterr()
    for typed in (["--check"], []):
        assert first_cell.main(typed, course) == 0
        assert capsys.readouterr().out == "4 notebooks have it.\n"
    assert first_cell.bring_up_to_date(course) == [], "a second run changes nothing"


def test_in_a_tree_without_sources_the_student_versions_are_its_own(course):
    shutil.rmtree(course / "homework")
    stale = first_cell.bring_up_to_date(course, write=False)
    assert "notebooks/homework/hw1.ipynb" in named(course, stale)


def test_counts_go_on_from_it_and_nothing_else_changes():
    before = notebook()
    after = first_cell.with_first_cell(before)
    assert [cell["id"] for cell in after["cells"]] == ["title", "first-cell", "a", "b"]
    assert [cell["execution_count"] for cell in after["cells"][1:]] == [1, 2, 3]
    assert after["cells"][2]["outputs"][0]["execution_count"] == 2
    assert before == notebook(), "what was given is left as it is"
    del after["cells"][1]
    after["cells"][1]["execution_count"] = 1
    after["cells"][1]["outputs"][0]["execution_count"] = 1
    after["cells"][2]["execution_count"] = 2
    assert after == before
    unrun = first_cell.with_first_cell(notebook(counts=False))
    assert {cell["execution_count"] for cell in unrun["cells"][1:]} == {None}


@pytest.mark.parametrize(
    "harm",
    [
        lambda cells: cells[1].update(source=["import course_nn\n"]),
        lambda cells: cells[1]["metadata"].pop("cellView"),
        lambda cells: cells[1].update(outputs=[{"output_type": "stream"}]),
        lambda cells: cells.append(cells.pop(1)),
        lambda cells: cells.insert(2, dict(cells[1])),
        lambda cells: cells.pop(1),
    ],
)
def test_a_changed_missing_or_second_one_is_seen_and_mended(course, harm):
    first_cell.bring_up_to_date(course)
    path = course / "notebooks" / "01_a.ipynb"
    right = json.loads(path.read_bytes())
    wrong = json.loads(path.read_bytes())
    harm(wrong["cells"])
    path.write_bytes(first_cell.as_stored(wrong))
    assert first_cell.main(["--check"], course) == 1
    assert first_cell.bring_up_to_date(course) == [path]
    mended = json.loads(path.read_bytes())
    assert [cell["id"] for cell in mended["cells"]] == [cell["id"] for cell in right["cells"]]
    assert mended["cells"][1]["source"] == right["cells"][1]["source"]


def test_another_address_makes_every_notebook_stale(course):
    first_cell.bring_up_to_date(course)
    assert len(first_cell.bring_up_to_date(course, WHEEL)) == len(WITH_CODE) + 1
    assert first_cell.bring_up_to_date(course, WHEEL) == []


@pytest.mark.parametrize("wheel", ["", WHEEL, f"file:///{'w' * 200}/{WHEEL.rpartition('/')[2]}"])
def test_the_guards_of_the_notebooks_have_nothing_against_it(wheel):
    bare, whole = notebook(), first_cell.with_first_cell(notebook(), wheel)
    path = Path("notebooks/01_a.ipynb")
    stored = [StoredNotebook.parse(path, json.dumps(each)) for each in (bare, whole)]
    problems = [{str(each).split(":", 1)[1] for each in find_problems(one)} for one in stored]
    new = problems[1] - problems[0]
    assert {each for each in new if "file://" not in each} == set(), "what is no test is https"
    assert contents_of(stored[0]) == contents_of(stored[1]), "it is not part of the hour"


def test_what_only_it_may_have_is_refused_elsewhere():
    whole = first_cell.with_first_cell(notebook())
    whole["cells"][2]["metadata"] = {"cellView": "form"}
    stored = StoredNotebook.parse(Path("notebooks/01_a.ipynb"), json.dumps(whole))
    assert any("'cellView' changes from run to run" in str(each) for each in find_problems(stored))


def test_a_wheel_of_another_version_is_refused():
    other = WHEEL.replace(f"v{VERSION}/course_nn-{VERSION}", "v9.9/course_nn-9.9")
    with pytest.raises(ValueError, match=r"a wheel of course_nn 9.9, but these notebooks belong"):
        first_cell.source(other)


# ------------------------------------------------------------------ in the readers' copies


def test_a_new_address_is_no_new_version_of_a_lesson():
    bare = first_cell.as_stored(notebook())
    one = first_cell.as_stored(first_cell.with_first_cell(notebook(), ""))
    two = first_cell.as_stored(first_cell.with_first_cell(notebook(), WHEEL))
    assert one != two
    assert len({readers_copies.fingerprint(each) for each in (bare, one, two)}) == 1


def test_what_a_reader_has_written_into_it_counts():
    right = first_cell.with_first_cell(notebook())
    typed = json.loads(json.dumps(right))
    typed["cells"][1]["source"].append("\nmine = 1")
    moved = json.loads(json.dumps(right))
    moved["cells"][2]["metadata"] = right["cells"][1]["metadata"]
    fingerprints = {
        readers_copies.fingerprint(first_cell.as_stored(each)) for each in (right, typed, moved)
    }
    assert len(fingerprints) == 2, "metadata alone, on another cell, make it no first cell"


# ------------------------------------------------------------------ what it does


@pytest.fixture
def run(monkeypatch, capsys):
    """`run(wheel, installed, pip)`: runs the cell; what it asked of pip, what it printed.

    installed: the version of course_nn that is there, or None.
    pip: what a stand-in for pip installs, as a version, or None if it fails.
    """

    def run(wheel, installed=VERSION, pip=None):
        asked = []
        state = SimpleNamespace()

        def find_spec(name, package=None):
            assert name == "course_nn"
            return state.version and SimpleNamespace(name=name)

        def install(version):
            state.version = version
            module = ModuleType("course_nn")
            module.__version__ = version
            monkeypatch.setitem(sys.modules, "course_nn", module)

        def run_line_magic(name, line):
            asked.append((name, line))
            install(pip)

        install(installed)
        monkeypatch.setattr("importlib.util.find_spec", find_spec)
        shell = SimpleNamespace(run_line_magic=run_line_magic)
        monkeypatch.setattr(builtins, "get_ipython", lambda: shell, raising=False)
        space = {"__name__": "__main__"}
        try:
            exec(compile(first_cell.source(wheel), "<cell>", "exec"), space)
        finally:
            monkeypatch.undo()
        assert set(space) <= {"__name__", "__builtins__"}, "it leaves no name behind"
        return asked, capsys.readouterr().out

    return run


@pytest.mark.parametrize("wheel", ["", WHEEL])
def test_where_the_course_is_it_does_nothing(run, wheel):
    assert run(wheel) == ([], "")


@pytest.mark.parametrize("wheel", ["", WHEEL])
def test_another_version_is_named(run, wheel):
    asked, said = run(wheel, installed="0.0.9")
    assert asked == []
    assert f"course_nn 0.0.9 is installed here, but this notebook belongs to {VERSION}." in said


def test_where_it_is_missing_it_is_fetched_from_its_address_and_by_no_bare_name(run):
    asked, said = run(WHEEL, installed=None, pip=VERSION)
    assert asked == [("pip", f'install --quiet "course-nn[figures] @ {WHEEL}"')]
    assert said.startswith("Fetching the course")
    assert len(said.splitlines()) == 1


def test_pip_that_fails_ends_in_the_course_s_own_sentence(run):
    with pytest.raises(Exception, match="The course could not be fetched") as caught:
        run(WHEEL, installed=None)
    (sentence,) = caught.value._render_traceback_()
    assert "needs the internet" in sentence
    assert "python3 run.py lab" in sentence
    assert max(map(len, sentence.splitlines())) < 80


def test_without_an_address_it_says_so_and_asks_pip_for_nothing(run):
    with pytest.raises(Exception, match=r"no public\s+address") as caught:
        run("", installed=None)
    assert "python3 run.py lab" in str(caught.value)
    assert max(map(len, str(caught.value).splitlines())) < 80
    assert "pip" not in first_cell.source("")


def test_a_browser_s_python_sees_what_the_cell_imports():
    """Pyodide loads the packages that it finds in import statements, before it runs a cell."""
    for wheel in ("", WHEEL):
        found = [
            alias.name
            for node in ast.walk(ast.parse(first_cell.source(wheel)))
            if isinstance(node, ast.Import)
            for alias in node.names
        ]
        assert found == ["course_nn"]


def test_it_runs_as_it_is_here():
    assert "course_nn" in sys.modules
    exec(compile(first_cell.source(), "<cell>", "exec"), {})
