"""The reader's copies: gates closed, made once, renewed where nothing was written, never lost."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import readers_copies
from nbformat import v4

ROOT = Path(__file__).resolve().parents[2]
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def code(source, outputs=("1",), gated=False, count=1):
    outputs = [v4.new_output("stream", text=text) for text in outputs]
    tags = {"tags": ["gated"]} if gated else {}
    return v4.new_code_cell(source, outputs=outputs, execution_count=count, metadata=tags, id="c")


def text(source, gated=False):
    return v4.new_markdown_cell(source, metadata={"tags": ["gated"]} if gated else {}, id="m")


def as_bytes(*cells):
    for i, cell in enumerate(cells):
        cell["id"] = f"cell-{i}"
    return (nbformat.writes(v4.new_notebook(cells=list(cells))).rstrip("\n") + "\n").encode()


LESSON = as_bytes(text("# A lesson"), code("x = ...", ()), code("print(x)", gated=True))
NEWER = as_bytes(text("# A lesson, mended"), code("x = ...", ()), code("print(x)", gated=True))
NEWEST = as_bytes(text("# A lesson, mended twice"), code("x = ...", ()))
OTHER = as_bytes(text("# Another"))
COPY = readers_copies.for_the_reader(LESSON)
NAME = "00_start_here.ipynb"


def typed(content, answer="x = 42"):
    """The notebook with an answer in it."""
    notebook = json.loads(content)
    notebook["cells"][1]["source"] = [answer]
    return json.dumps(notebook).encode()


def run_by_jupyterlab(content):
    """The notebook as JupyterLab stores it when somebody has only run it."""
    notebook = nbformat.reads(content.decode(), as_version=4)
    for i, cell in enumerate(cell for cell in notebook.cells if cell.cell_type == "code"):
        cell.execution_count = 7 + i
        cell.outputs = [v4.new_output("stream", text="anew")]
        cell.metadata["execution"] = {"iopub.execute_input": "2026-11-30"}
    notebook.cells.append(v4.new_code_cell("", id="last"))  # Shift + Enter in the last cell
    notebook.metadata["language_info"] = {"name": "python", "version": "3.99"}
    return nbformat.writes(notebook).encode()


@pytest.fixture
def course(tmp_path):
    """A students' tree with two notebooks and a picture; `lab()` does what `run.py lab` does."""
    root = tmp_path / "Kurs Übung 深度"
    files = {NAME: LESSON, "homework/hw1.ipynb": OTHER, "pictures/a.svg": b"<svg/>"}

    def publish(files):
        """The course as a release writes it, over what was there."""
        for name, content in files.items():
            path = root / "notebooks" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        listed = readers_copies.list_of_originals(readers_copies.course_files(root))
        (root / readers_copies.ORIGINALS).write_text(listed)

    def lab():
        said = []
        went_well = readers_copies.bring_up_to_date(root, say=said.append)
        assert went_well or said
        return "\n".join(said)

    publish(files)
    mine = root / "my_notebooks"
    return SimpleNamespace(root=root, mine=mine, copy=mine / NAME, publish=publish, lab=lab)


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != readers_copies.MARKER
    }


# ------------------------------------------------------------------ one copy


def test_what_a_gate_hides_is_not_in_the_copy():
    lesson = as_bytes(
        code("a", ["seen"]),
        code("b", ["told"], gated=True, count=2),
        text("It is **told**: $x_1$.", gated=True),
        text("seen too"),
    )
    cells = json.loads(readers_copies.for_the_reader(lesson))["cells"]
    assert (cells[0]["outputs"][0]["text"], cells[0]["execution_count"]) == (["seen"], 1)
    assert (cells[1]["outputs"], cells[1]["execution_count"]) == ([], None)
    assert "".join(cells[1]["source"]) == "b"
    assert "".join(cells[2]["source"]) == (
        "<details><summary>Open this after you have run the cell above</summary>\n\n"
        "It is **told**: $x_1$.\n\n</details>"
    )
    assert cells[3]["source"] == ["seen too"]


def test_headings_stay_in_sight_and_a_comment_in_code_is_no_heading():
    inside = "#hashtag\n\n```\n# comment\n```"
    assert readers_copies.folded(f"## 3. Look\n\n{inside}").startswith("## 3. Look\n\n<details>")
    assert readers_copies.folded("## 3. Look") == "## 3. Look"
    assert readers_copies.folded(inside).startswith("<details>")


def test_copy_is_stored_as_nbformat_would_and_without_gates_not_at_all_otherwise():
    copy = readers_copies.for_the_reader(LESSON)
    notebook = nbformat.reads(copy.decode(), as_version=4)
    nbformat.validate(notebook)
    assert copy.decode() == nbformat.writes(notebook).rstrip("\n") + "\n"
    assert readers_copies.for_the_reader(OTHER) == OTHER
    assert readers_copies.for_the_reader(b"{") == b"{"


def test_only_sources_make_a_fingerprint():
    before = readers_copies.fingerprint(LESSON)
    assert readers_copies.fingerprint(run_by_jupyterlab(LESSON)) == before
    notebook = json.loads(LESSON)
    different = []
    for change in (
        lambda cells: cells[0].update(source=["# A lesson "]),
        lambda cells: cells[0].update(cell_type="raw"),
        lambda cells: cells.append({"cell_type": "code", "source": "1"}),
        lambda cells: cells.pop(),
        lambda cells: cells.reverse(),
        lambda cells: cells[1].update(source=""),
    ):
        cells = json.loads(json.dumps(notebook["cells"]))
        change(cells)
        different.append(readers_copies.fingerprint(json.dumps({"cells": cells}).encode()))
    assert len({before, *different}) == 1 + len(different)
    joined = LESSON.replace(b'[\n    "x = ..."\n   ]', b'"x = ..."')
    assert joined != LESSON
    assert readers_copies.fingerprint(joined) == before


# ------------------------------------------------------------------ made, renewed, kept


def test_first_run_makes_everything_and_the_second_nothing(course):
    assert "Your own copies of the lessons are in my_notebooks" in course.lab()
    assert files_of(course.mine) == {
        NAME: COPY,
        "homework/hw1.ipynb": OTHER,
        "pictures/a.svg": b"<svg/>",
    }
    times = {path: path.stat().st_mtime_ns for path in course.mine.rglob("*")}
    assert course.lab() == ""
    assert {path: path.stat().st_mtime_ns for path in course.mine.rglob("*")} == times


def test_what_was_only_run_is_renewed_and_what_was_written_in_stays(course):
    course.lab()
    course.copy.write_bytes(run_by_jupyterlab(COPY))
    mine = typed(OTHER.replace(b'"cells": [', b'"cells": [{"cell_type": "raw", "source": ""},'))
    (course.mine / "homework/hw1.ipynb").write_bytes(mine)
    assert course.lab() == "", "nothing is done as long as the course does not change"
    assert course.copy.read_bytes() == run_by_jupyterlab(COPY)
    course.publish({NAME: NEWER, "homework/hw1.ipynb": NEWEST})
    said = course.lab()
    assert f"where you had written nothing: {NAME}." in said
    assert "the new one lies beside it: my_notebooks/homework/new_hw1.ipynb" in said
    assert course.copy.read_bytes() == readers_copies.for_the_reader(NEWER)
    assert (course.mine / "homework/hw1.ipynb").read_bytes() == mine
    assert (course.mine / "homework/new_hw1.ipynb").read_bytes() == NEWEST
    before = files_of(course.mine)
    assert course.lab() == "", "it is said once"
    assert files_of(course.mine) == before


def test_what_is_beside_is_renewed_or_kept_in_the_same_way(course):
    course.lab()
    course.copy.write_bytes(typed(COPY))
    course.publish({NAME: NEWER})
    course.lab()
    new = course.mine / "new_00_start_here.ipynb"
    course.publish({NAME: NEWEST})
    assert new.name in course.lab()
    assert new.read_bytes() == NEWEST
    new.write_bytes(typed(NEWEST))
    course.publish({NAME: LESSON + b"\n"})
    assert course.lab() == "", "that version the reader has had"
    course.publish({NAME: OTHER})
    assert "new_2_00_start_here.ipynb" in course.lab()
    assert new.read_bytes() == typed(NEWEST)
    assert course.copy.read_bytes() == typed(COPY)


def test_new_outputs_alone_are_no_new_version_for_who_has_written(course):
    course.lab()
    course.copy.write_bytes(typed(COPY))
    course.publish({NAME: run_by_jupyterlab(LESSON)})
    assert course.lab() == ""
    assert course.copy.read_bytes() == typed(COPY)
    course.copy.write_bytes(COPY)
    assert NAME in course.lab()


def test_deleted_copy_is_made_anew_and_a_deleted_one_beside_is_not(course):
    course.lab()
    course.copy.unlink()
    assert f"New in my_notebooks: {NAME}." in course.lab()
    assert course.copy.read_bytes() == COPY
    course.copy.write_bytes(typed(COPY))
    course.publish({NAME: NEWER})
    course.lab()
    new = course.mine / "new_00_start_here.ipynb"
    new.unlink()
    assert course.lab() == ""
    assert not new.exists()


def test_new_version_put_in_the_place_of_the_old_one_is_renewed_again(course):
    course.lab()
    course.copy.write_bytes(typed(COPY))
    course.publish({NAME: NEWER})
    course.lab()
    (course.mine / "new_00_start_here.ipynb").replace(course.copy)
    course.lab()
    course.publish({NAME: NEWEST})
    course.lab()
    assert course.copy.read_bytes() == NEWEST


def test_a_picture_is_renewed_or_kept_in_the_same_way(course):
    course.lab()
    course.publish({"pictures/a.svg": b"<svg>new</svg>"})
    course.lab()
    assert (course.mine / "pictures/a.svg").read_bytes() == b"<svg>new</svg>"
    (course.mine / "pictures/a.svg").write_bytes(b"mine")
    course.publish({"pictures/a.svg": b"<svg>newer</svg>"})
    assert "pictures/new_a.svg" in course.lab()
    assert (course.mine / "pictures/a.svg").read_bytes() == b"mine"


def test_what_the_reader_puts_there_is_left_alone(course):
    course.lab()
    own = {"my_try.ipynb": OTHER, "progress.json": b"{}", "data.part": b"1"}
    for name, content in own.items():
        (course.mine / name).write_bytes(content)
    course.publish({NAME: NEWER})
    course.lab()
    assert {name: (course.mine / name).read_bytes() for name in own} == own


# ------------------------------------------------------------------ originals written in


def test_original_that_a_student_has_written_in_is_taken_over(course):
    (course.root / "notebooks" / NAME).write_bytes(typed(LESSON))
    own = course.root / "notebooks" / "my_try.ipynb"
    own.write_bytes(typed(NEWEST))
    said = course.lab()
    assert f"taken over into my_notebooks as they are: {NAME}, my_try.ipynb." in said
    assert course.copy.read_bytes() == typed(LESSON), "as it is, outputs too"
    assert (course.mine / "my_try.ipynb").read_bytes() == typed(NEWEST)
    assert course.lab() == ""
    course.publish({NAME: NEWER})
    assert "new_00_start_here.ipynb" in course.lab()
    assert course.copy.read_bytes() == typed(LESSON)


def test_original_that_was_only_run_is_not_taken_over(course):
    (course.root / "notebooks" / NAME).write_bytes(run_by_jupyterlab(LESSON))
    assert "taken over" not in course.lab()
    cells = json.loads(course.copy.read_text())["cells"]
    assert cells[2]["outputs"] == []


def test_own_notebook_that_was_deleted_in_the_copies_does_not_come_back(course):
    (course.root / "notebooks" / "my_try.ipynb").write_bytes(OTHER)
    course.lab()
    (course.mine / "my_try.ipynb").unlink()
    assert course.lab() == ""
    assert not (course.mine / "my_try.ipynb").exists()


def test_writing_in_an_original_later_does_not_count_as_a_new_version(course):
    course.lab()
    course.copy.write_bytes(typed(COPY, "x = 1"))
    (course.root / "notebooks" / NAME).write_bytes(typed(LESSON))
    assert course.lab() == ""
    assert set(files_of(course.mine)) == {NAME, "homework/hw1.ipynb", "pictures/a.svg"}


@pytest.mark.parametrize("damage", [None, "", "{", "[]", '{"notebooks": 1}'])
def test_without_the_list_of_originals_nothing_typed_is_lost(course, damage):
    """A lesson may hold what a student has typed: it is copied, and never replaced."""
    listed = course.root / readers_copies.ORIGINALS
    (course.root / "notebooks" / NAME).write_bytes(typed(LESSON))

    def damage_list():
        listed.unlink(missing_ok=True)
        if damage is not None:
            listed.write_text(damage)

    damage_list()
    assert "somebody may have written in what was copied" in course.lab()
    mine = course.copy.read_bytes()
    assert b"x = 42" in mine
    assert course.lab() == ""
    course.publish({NAME: NEWER})  # with a list, from now on
    assert "new_00_start_here.ipynb" in course.lab()
    damage_list()
    course.publish({NAME: NEWEST})
    damage_list()
    course.lab()
    assert course.lab() == ""
    assert course.copy.read_bytes() == mine


def test_damaged_original_is_not_copied_and_the_others_are(course):
    (course.root / "notebooks" / NAME).write_bytes(b"<<<<<<< HEAD\n" + LESSON)
    assert f"No copy was made of {NAME}" in course.lab()
    assert not course.copy.exists()
    assert (course.mine / "homework/hw1.ipynb").exists()


def test_damaged_copy_counts_as_written_in(course):
    course.lab()
    damaged = COPY[: len(COPY) // 2]
    course.copy.write_bytes(damaged)
    course.publish({NAME: NEWER})
    assert "new_00_start_here.ipynb" in course.lab()
    assert course.copy.read_bytes() == damaged


# ------------------------------------------------------------------ the marker


@pytest.mark.parametrize(
    "damage", [None, "", "{", "[]", '{"version": 1}', '{"version": 1, "copies": {"a": {"b": 1}}}']
)
def test_lost_marker_loses_nothing_and_is_told_once(course, damage):
    course.lab()
    course.copy.write_bytes(typed(COPY))
    marker = course.mine / readers_copies.MARKER
    marker.unlink()
    if damage is not None:
        marker.write_text(damage)
    course.publish({"homework/hw1.ipynb": NEWEST})
    said = course.lab()
    assert "is missing or damaged, and was made anew" in said
    assert course.copy.read_bytes() == typed(COPY)
    assert (course.mine / "homework/hw1.ipynb").read_bytes() == OTHER, "perhaps it is the reader's"
    assert (course.mine / "homework/new_hw1.ipynb").read_bytes() == NEWEST
    assert course.lab() == ""
    course.publish({"pictures/a.svg": b"new"})
    course.lab()
    assert (course.mine / "pictures/a.svg").read_bytes() == b"new", "what is known is renewed"


def test_marker_of_a_newer_course_is_not_touched(course):
    course.lab()
    marker = course.mine / readers_copies.MARKER
    marker.write_text('{"version": 2, "copies": "in another way"}')
    course.publish({NAME: NEWER})
    assert "written by a newer version of the course" in course.lab()
    assert course.copy.read_bytes() == COPY
    assert "another way" in marker.read_text()


# ------------------------------------------------------------------ when something goes wrong


def stop_at(monkeypatch, number):
    """The run ends, as if it were killed, when it is about to write the file of this number."""
    whole, written = readers_copies.written_whole, []

    def stopping(path):
        written.append(path)
        if len(written) == number:
            (path.parent / f"{path.name}.0123abcd.part").write_bytes(b"half")
            raise KeyboardInterrupt
        return whole(path)

    monkeypatch.setattr(readers_copies, "written_whole", stopping)


@pytest.mark.parametrize("number", range(1, 6))
@pytest.mark.parametrize("changed", [False, True])
@pytest.mark.parametrize("newest", [readers_copies.for_the_reader(NEWER), NEWEST])
def test_stopped_in_the_middle_it_goes_on(course, monkeypatch, number, changed, newest):
    course.lab()
    course.copy.write_bytes(typed(COPY) if changed else run_by_jupyterlab(COPY))
    course.publish({NAME: NEWER, "homework/hw1.ipynb": NEWEST, "pictures/a.svg": b"new"})
    with monkeypatch.context() as patch:
        stop_at(patch, number)
        with pytest.raises(KeyboardInterrupt):
            course.lab()
    if newest == NEWEST:  # worse: the course changes once more in between
        course.publish({NAME: NEWEST})
    course.lab()
    found = files_of(course.mine)
    assert not [name for name in found if name.endswith(".part")]
    if changed:
        assert found.pop(NAME) == typed(COPY)
        assert found.pop("new_00_start_here.ipynb") == newest
    else:
        assert found.pop(NAME) == newest
    assert found == {"homework/hw1.ipynb": NEWEST, "pictures/a.svg": b"new"}
    assert course.lab() == ""


def test_stopped_first_run_goes_on(course, monkeypatch):
    with monkeypatch.context() as patch:
        stop_at(patch, 3)
        with pytest.raises(KeyboardInterrupt):
            course.lab()
    course.lab()
    assert files_of(course.mine)[NAME] == COPY
    assert len(files_of(course.mine)) == 3


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EROFS, "may not be read or written"),
        (errno.EACCES, "Close the programs that use it"),
        (errno.ENAMETOOLONG, "too long a name"),
        (errno.EIO, "could not be written"),
    ],
)
def test_error_of_the_system_becomes_a_sentence(course, monkeypatch, number, sentence):
    course.lab()
    course.copy.write_bytes(run_by_jupyterlab(COPY))
    course.publish({NAME: NEWER, "homework/hw1.ipynb": NEWEST})
    whole = readers_copies.written_whole

    def failing(path):
        if path.name == NAME:
            raise OSError(number, "as the system says", str(path))
        return whole(path)

    monkeypatch.setattr(readers_copies, "written_whole", failing)
    said = course.lab()
    assert sentence in said
    assert f"nothing: {NAME}" not in said, "it was not renewed"
    assert course.copy.read_bytes() == run_by_jupyterlab(COPY)
    others = number in (errno.EACCES, errno.ENAMETOOLONG, errno.EIO)
    renewed = (course.mine / "homework/hw1.ipynb").read_bytes() == NEWEST
    assert renewed == others, "on a full disk there is no use in going on"
    monkeypatch.undo()
    course.lab()
    assert course.copy.read_bytes() == readers_copies.for_the_reader(NEWER)


def test_what_could_not_be_laid_beside_is_laid_there_the_next_time(course, monkeypatch):
    course.lab()
    course.copy.write_bytes(typed(COPY))
    course.publish({NAME: NEWER})
    whole = readers_copies.written_whole

    def failing(path):
        if path.suffix == ".ipynb":
            raise OSError(errno.ENOSPC, "as the system says", str(path))
        return whole(path)

    with monkeypatch.context() as patch:
        patch.setattr(readers_copies, "written_whole", failing)
        said = course.lab()
    assert "The disk is full" in said
    assert "lies beside it" not in said
    assert "new_00_start_here.ipynb" in course.lab()


def test_what_the_reader_stores_in_that_very_moment_is_not_written_over(course, monkeypatch):
    course.lab()
    course.publish({NAME: NEWER})
    plan = readers_copies.Plan(course.root, course.mine)
    course.copy.write_bytes(typed(COPY))
    plan.carry_out()
    assert course.copy.read_bytes() == typed(COPY)
    assert plan.sentences() == []
    assert "new_00_start_here.ipynb" in course.lab()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_is_full_at_the_marker(course, monkeypatch):
    def full(path):
        return open("/dev/full", "wb")

    monkeypatch.setattr(readers_copies, "written_whole", full)
    assert "The disk is full" in course.lab()


def test_file_where_the_folder_should_be(course):
    course.mine.write_text("mine")
    assert "my_notebooks is a file, and a folder should be there" in course.lab()
    assert course.mine.read_text() == "mine"


def test_file_where_a_folder_inside_should_be_and_the_other_way_round(course):
    (course.mine / NAME).mkdir(parents=True)
    (course.mine / "homework").write_text("mine")
    said = course.lab()
    assert f"{NAME} is a folder, and a file should be there" in said
    assert "homework is a file, and a folder should be there" in said
    assert (course.mine / "homework").read_text() == "mine"
    assert (course.mine / "pictures/a.svg").exists(), "the others are made"


@pytest.mark.skipif(IS_ROOT or os.name == "nt", reason="root may write anywhere")
def test_read_only_folder(course):
    course.lab()
    course.publish({NAME: NEWER})
    course.mine.chmod(0o500)
    try:
        assert "may not be read or written" in course.lab()
    finally:
        course.mine.chmod(0o700)


def test_names_are_such_that_windows_has_them():
    folder = SimpleNamespace(folder=Path("/nowhere"))
    for name in readers_copies.course_files(ROOT):
        for part in Path(readers_copies.Plan.name_beside(folder, name, None)).parts:
            assert not set(part) & set('<>:"\\|?*')
            assert part.rstrip(". ") == part
            assert part.split(".")[0].upper() not in ("CON", "PRN", "AUX", "NUL", "COM1", "LPT1")
    names = [name.lower() for name in readers_copies.course_files(ROOT)]
    assert len(names) == len(set(names))


# ------------------------------------------------------------------ nobody collects them


@pytest.mark.long
def test_pytest_collects_no_copy_even_if_it_is_sent_there(tmp_path):
    shutil.copy(ROOT / "conftest.py", tmp_path)
    for name in ["my_notebooks/a.ipynb", "my_notebooks/further/b.ipynb", "notebooks/c.ipynb"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(LESSON)
    (tmp_path / "my_notebooks" / "test_mine.py").write_text("def test_mine(): pass")

    def collected(*folders):
        pytest_ = ["-m", "pytest", "--nbval", "--collect-only", "-q", "-p", "no:cacheprovider"]
        run = subprocess.run(
            [sys.executable, *pytest_, f"--rootdir={tmp_path}", *folders],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "tools"), str(ROOT)])},
            capture_output=True,
            encoding="utf-8",
        )
        return [line.split("::")[0] for line in run.stdout.splitlines() if "::" in line]

    assert set(collected()) == {"notebooks/c.ipynb"}
    (tmp_path / "conftest.py").write_text(
        (ROOT / "conftest.py").read_text().replace('collect_ignore = ["my_notebooks"]', "")
    )
    assert "my_notebooks/test_mine.py" in collected()


# ------------------------------------------------------------------ as a command


def command(course, *arguments):
    tool = course.root / "tools"
    if not tool.exists():
        tool.mkdir()
        shutil.copy(ROOT / "tools" / "readers_copies.py", tool)
    return subprocess.Popen(
        [sys.executable, str(tool / "readers_copies.py"), *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "cp1252"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.all
def test_two_at_once(course):
    both = [command(course), command(course)]
    for process in both:
        assert process.communicate()[1] == b""
    assert files_of(course.mine)[NAME] == COPY
    assert len(files_of(course.mine)) == 3
    assert readers_copies.read_marker(course.mine)[1]


def test_fresh_copies_for_a_hub(course, tmp_path):
    folder = tmp_path / "for the hub"
    assert readers_copies.main(["--into", str(folder)], course.root) == 0
    course.lab()
    assert files_of(folder) == files_of(course.mine)
    assert (folder / readers_copies.MARKER).is_file()
    assert readers_copies.main(["--into", str(folder)], course.root) == 1
    assert readers_copies.main(["--into", str(course.copy)], course.root) == 1


def test_originals_edited_on_purpose_are_listed_anew(course):
    (course.root / "notebooks" / NAME).write_bytes(NEWER)
    assert readers_copies.main(["--list"], course.root) == 0
    assert "taken over" not in course.lab()
    assert course.copy.read_bytes() == readers_copies.for_the_reader(NEWER)


# ------------------------------------------------------------------ the course as it is


def test_originals_of_this_tree_are_those_that_are_listed():
    """Only where there is a list, in the students' tree."""
    listed = readers_copies.read_originals(ROOT)
    if listed is None:
        pytest.skip("the originals are edited here")
    text = readers_copies.list_of_originals(readers_copies.course_files(ROOT))
    different = [n for n, p in json.loads(text)["notebooks"].items() if listed.get(n) != p]
    assert different == [], "after a change on purpose: python tools/readers_copies.py --list"


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """Fresh copies of the notebooks of this course."""
    folder = tmp_path_factory.mktemp("copies") / "my_notebooks"
    readers_copies.write_fresh(folder)
    return folder


def test_copies_run_the_same_code_and_every_link_leads_somewhere(copies):
    import re

    originals = readers_copies.course_files(ROOT)
    assert len(originals) >= 25
    for name, original in originals.items():
        if not name.endswith(".ipynb"):
            continue
        copy = copies / name
        before, after = json.loads(original)["cells"], json.loads(copy.read_bytes())["cells"]
        for old, new in zip(before, after, strict=True):
            assert old["metadata"] == new["metadata"]
            assert "".join(old["source"]).strip() in "".join(new["source"]) or (
                old["cell_type"] == "markdown" and readers_copies.is_gated(old)
            )
            if readers_copies.is_gated(old) and old["cell_type"] == "code":
                assert new["outputs"] == [] and new["execution_count"] is None
            elif old["cell_type"] == "code":
                assert new == old
            text = "".join(new["source"])
            targets = re.findall(r'\]\(([^)#\s]+)[^)]*\)|src="([^"]+)"', text)
            for target in filter(None, (a or b for a, b in targets)):
                if new["cell_type"] == "markdown" and "://" not in target and ":" not in target:
                    assert (copy.parent / target).exists(), f"{name} links {target}"


def executed(copy):
    """Run a copy whole, as "Run all" does, without an answer in it."""
    from execute_notebooks import execute

    execute(copy)
    return nbformat.read(copy, as_version=4)


def gives_what_is_stored(name, copies):
    """Whether "Run all" in the copy brings the texts that the original has stored."""
    original = nbformat.read(ROOT / "notebooks" / name, as_version=4)
    for old, new in zip(original.cells, executed(copies / name).cells, strict=True):
        if old.cell_type != "code" or "nbval-ignore-output" in old.metadata.get("tags", []):
            continue
        texts = [
            [output.get("text") or output.get("data", {}).get("text/plain") for output in outputs]
            for outputs in (old.outputs, new.outputs)
        ]
        assert texts[0] == texts[1], f"{name}: {old.source}"


FIRST_OF_EACH = [
    sorted((ROOT / "notebooks").glob(pattern))[0].relative_to(ROOT / "notebooks").as_posix()
    for pattern in ("[01][0-9]_*.ipynb", "workbook/*.ipynb", "further/*.ipynb")
]


@pytest.mark.long
@pytest.mark.parametrize("name", FIRST_OF_EACH)
def test_run_all_in_a_copy(name, copies):
    """Of each folder in one: the code of the others is that of the originals, as was tried above,
    and the originals are run as they are.
    """
    gives_what_is_stored(name, copies)


@pytest.mark.long
@pytest.mark.parametrize("name", ["hw1", "hw2", "hw3", "hw4"])
def test_run_all_in_the_homework(name, copies):
    executed(copies / "homework" / f"{name}.ipynb")
