"""`python3 run.py notebooks`: what is stored, and what happens when a cell fails."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from notebook_samples import PROGRESS_BAR

from tools import execute_notebooks as tool


def stream(name, text):
    return new_output("stream", name=name, text=text)


def write_notebook(path, *sources):
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    nbformat.write(notebook, path)
    return path


def test_neighbouring_pieces_of_a_stream_are_joined_and_figures_keep_their_place():
    figure = new_output("display_data", data={"text/plain": "figure"})
    pieces = [stream("stdout", "a"), stream("stdout", "b"), figure, stream("stdout", "c")]
    assert tool.merge_streams(pieces) == [stream("stdout", "ab"), figure, stream("stdout", "c")]


@pytest.mark.parametrize("order", [("stdout", "stderr"), ("stderr", "stdout")])
def test_order_of_stdout_and_stderr_is_not_left_to_chance(order):
    pieces = [stream(name, name) for name in order] + [stream(order[0], "!")]
    assert [output["name"] for output in tool.merge_streams(pieces)] == ["stdout", "stderr"]


def test_notebooks_are_found_by_name_and_by_path(tmp_path):
    places = ["notebooks/01_one", "notebooks/02_two"]
    places += ["notebooks/workbook/1_work", "notebooks/further/more"]
    places += ["homework/source/hw1/hw1"]
    paths = [tmp_path / f"{place}.ipynb" for place in [*places, "notebooks/homework/hw1"]]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_notebook(path)
    one, two, work, more, source, _ = paths
    assert tool.find_notebooks([], tmp_path) == [one, two, work, more, source]
    assert tool.find_notebooks(["02_two", "notebooks/01_one.ipynb"], tmp_path) == [two, one]
    assert tool.find_notebooks(["hw1", "further/more"], tmp_path) == [source, more]
    with pytest.raises(tool.NotebookFailed, match=r"no notebook 03\. There are: 01_one, 02_two"):
        tool.find_notebooks(["03"], tmp_path)


@pytest.mark.all
def test_second_run_changes_no_byte(tmp_path):
    path = write_notebook(tmp_path / "n.ipynb", "print('δ')\nprint(2)", "1 + 1")
    assert tool.execute(path) is True
    first = path.read_bytes()
    assert tool.execute(path) is False
    assert path.read_bytes() == first
    notebook = nbformat.reads(first.decode("utf-8"), as_version=4)
    assert notebook.metadata == tool.METADATA
    assert [cell.execution_count for cell in notebook.cells] == [1, 2]
    assert notebook.cells[0].outputs == [stream("stdout", "δ\n2\n")]
    assert first.endswith(b"}\n")
    assert "δ".encode() in first


@pytest.mark.all
def test_a_progress_bar_is_not_stored(tmp_path):
    """Whether a run is long enough for one depends on the machine."""
    path = write_notebook(tmp_path / "n.ipynb", PROGRESS_BAR)
    tool.execute(path)
    assert nbformat.read(path, as_version=4).cells[0].outputs == []


TIMING = "import time\nprint(time.perf_counter_ns())"


@pytest.mark.long
def test_a_timing_stays_as_stored_if_nothing_else_has_changed(tmp_path):
    path = write_notebook(tmp_path / "n.ipynb", "1 + 1", TIMING)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].metadata["tags"] = ["nbval-ignore-output"]
    nbformat.write(notebook, path)
    assert tool.execute(path) is True
    before = path.read_bytes()
    assert tool.execute(path) is False
    path.write_bytes(before.replace(b"1 + 1", b"1 + 2"))
    assert tool.execute(path) is True
    texts = [
        nbformat.reads(text.decode(), as_version=4).cells[1].outputs[0].text
        for text in (before, path.read_bytes())
    ]
    assert texts[0] != texts[1], "with another change, the timing is taken anew"


@pytest.mark.all
def test_without_the_tag_a_timing_is_stored_anew(tmp_path):
    path = write_notebook(tmp_path / "n.ipynb", TIMING)
    assert tool.execute(path) is True
    assert tool.execute(path) is True


def test_machine_and_moment_are_taken_out():
    cell = new_code_cell("1", metadata={"execution": {"iopub.execute_input": "now"}, "tags": ["x"]})
    python = {"name": "python", "version": "3.9", "mimetype": "text/x-python"}
    notebook = new_notebook(cells=[cell], metadata={"language_info": python})
    tool.normalise(notebook)
    assert notebook.metadata == tool.METADATA
    assert notebook.cells[0].metadata == {"tags": ["x"]}


@pytest.mark.all
@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("while True: pass", "was still running after 1 seconds"),
        ("import os; os._exit(1)", "its kernel died"),
    ],
)
def test_failing_cell_is_named_and_the_notebook_left_alone(tmp_path, source, problem):
    path = write_notebook(tmp_path / "n.ipynb", "2", source)
    before = path.read_bytes()
    with pytest.raises(tool.NotebookFailed) as caught:
        tool.execute(path, seconds_per_cell=1)
    assert str(caught.value).startswith(f"n.ipynb, cell 2 ({source}): {problem}")
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["n.ipynb"]
