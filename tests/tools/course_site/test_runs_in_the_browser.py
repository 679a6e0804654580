"""What runs in a browser: which notebooks do, what they hold there, and what Pyodide must be."""

import hashlib
import json
import re
import tomllib
from pathlib import Path

import pytest
from course_site import lite, places
from course_site.places import why_not_in_the_browser
from course_site.problems import SiteFailed
from nbformat import v4

ROOT = Path(__file__).resolve().parents[3]
NEEDED = 30  # packages of a release


def notebook_of(*sources):
    return v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])


# ------------------------------------------------------------------ which notebooks


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import torch.nn as net", "needs the package torch"),
        ("from dask.distributed import Client", "several processes"),
        ("import multiprocessing", "several processes"),
        ("if True:\n    import subprocess", "several processes"),
        ("nn.train_sgd(loss, data, engine='numba')", "compiler"),
        ("nn.train_batch(\n    loss, data, cluster=client)", "several processes"),
        ("%pip install nothing\nfrom numba import njit", "compiler"),
    ],
)
def test_what_a_browser_has_not_is_told(source, told):
    reason = why_not_in_the_browser(notebook_of("x = 1", source))
    assert told in reason
    assert reason.endswith(places.BY_ITSELF)


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nimport math, json, os.path\nfrom course_exercises import loss",
        "import matplotlib.pyplot as plt\nfrom tqdm import tqdm",
        "nn.train_sgd(loss, data, engine='numpy', cluster=None)",
        "compare(engine=engine)  # numba is another one",
        "def my_forward_pass(",
        "print('import torch')",
    ],
)
def test_what_a_browser_has_is_no_reason(source):
    assert why_not_in_the_browser(notebook_of(source)) is None


def test_of_the_course_only_what_needs_a_cluster_does_not_run_there():
    assert list(places.cannot_run_in_browser) == ["cluster_of_machines"]


# ------------------------------------------------------------------ what a reader finds there


def test_a_text_in_lines_is_joined_and_a_gate_is_closed():
    shown = {"text/html": ["<p>\n", "one</p>"], "text/plain": ["one\n", "two"]}
    output = v4.new_output("display_data", data={kind: "" for kind in shown})
    cells = [v4.new_code_cell("1", outputs=[output]), v4.new_code_cell("2", outputs=[output])]
    cells[1].metadata["tags"] = ["gated"]
    notebook = json.loads(json.dumps(v4.new_notebook(cells=cells)))
    for cell in notebook["cells"]:
        cell["outputs"][0]["data"] = shown
    there = json.loads(lite.for_the_browser(json.dumps(notebook).encode()))
    note = there["cells"].pop(0)
    assert note["cell_type"] == "markdown" and note["source"] == lite.NOTE
    assert there["cells"][0]["outputs"][0]["data"] == {
        "text/html": "<p>\none</p>",
        "text/plain": "one\ntwo",
    }
    assert there["cells"][1]["outputs"] == []


def test_a_notebook_that_does_not_run_there_begins_with_the_reason():
    notebook = notebook_of("from dask.distributed import Client")
    there = json.loads(lite.for_the_browser(json.dumps(notebook).encode()))
    first, *others = there["cells"]
    assert first["cell_type"] == "markdown"
    assert first["source"].startswith("**This notebook does not run in the browser.** It lets")
    assert [cell["source"] for cell in others] == ["from dask.distributed import Client"]


def test_contents_are_the_readers_copies_and_the_marker_of_them(tmp_path):
    """With the homework as students get it; by the marker, tasks that come back are kept."""
    from course_exercises.recall import progress

    lite.write_contents(ROOT, tmp_path)
    here = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.ipynb")}
    originals = {
        path.relative_to(ROOT / "notebooks").as_posix()
        for path in (ROOT / "notebooks").rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    }
    assert here == originals and "homework/hw1.ipynb" in here
    assert (tmp_path / progress.MARKER).is_file()
    for path in tmp_path.rglob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                assert all(isinstance(data, str) for data in output.get("data", {}).values())
            assert "gated" not in cell["metadata"].get("tags", []) or not cell.get("outputs")


# ------------------------------------------------------------------ what the kernel loads


def lock():
    return json.loads(places.LOCK.read_bytes())


def test_the_lock_is_that_of_the_release():
    assert lock()["info"]["version"] == lite.PYODIDE
    assert f"/v{lite.PYODIDE}/" in lite.NETWORK
    digest = hashlib.sha256(places.LOCK.read_bytes()).hexdigest()
    assert digest == "9c45b916001a750f4102fc287494f3eab215909c7535c626a20db80fd6333e2c"


def test_every_package_that_is_loaded_has_its_digest():
    needed = places.needed_packages(lock()["packages"])
    assert len(needed) == NEEDED and {"numpy", "matplotlib", "prompt-toolkit"} <= needed
    for name in needed:
        assert re.fullmatch("[0-9a-f]{64}", lock()["packages"][name]["sha256"])


def test_wheels_from_elsewhere_are_those_of_the_constraints():
    """In the versions that the course is tested with, each with the SHA-256 of its file."""
    lines = [
        line for line in places.WHEELS.read_text("utf-8").splitlines() if not line.startswith("#")
    ]
    constraints = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    for line in lines:
        pin, digest = line.split(" --hash=sha256:")
        assert pin in constraints and re.fullmatch("[0-9a-f]{64}", digest)


def test_everything_that_a_lesson_needs_is_loaded():
    """Of the extras `lessons` and `figures`, all but JupyterLab, which the site is."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["lessons"], *extras["figures"]]
    names = {re.match(r"[\w-]+", each)[0] for each in wanted} - {"jupyterlab", "course-nn"}
    assert names <= {*places.LOADED, *places.brought_along()}


def test_what_comes_with_the_site_is_not_in_its_lock():
    """Else Pyodide would say that it has the package twice."""
    whole = json.loads(lite.written_lock(places.LOCK.read_bytes(), needed_only=False))
    assert lock()["packages"].keys() - whole["packages"].keys() == {"tqdm"}
    needed = json.loads(lite.written_lock(places.LOCK.read_bytes(), needed_only=True))
    assert needed["packages"].keys() == places.needed_packages(lock()["packages"])
    for name, entry in needed["packages"].items():
        assert entry == lock()["packages"][name]


@pytest.fixture
def release(tmp_path, monkeypatch):
    """A folder like that of a release, with small files, and a lock that has their digests."""
    folder, content = tmp_path / "pyodide", lock()
    folder.mkdir()
    for entry in content["packages"].values():
        (folder / entry["file_name"]).write_bytes(entry["name"].encode())
        entry["sha256"] = hashlib.sha256(entry["name"].encode()).hexdigest()
    core = {}
    for name in lite.CORE:
        (folder / name).write_bytes(name.encode())
        core[name] = hashlib.sha256(name.encode()).hexdigest()
    written = tmp_path / "lock.json"
    written.write_text(json.dumps(content))
    monkeypatch.setattr(lite, "LOCK", written)
    monkeypatch.setattr(lite, "CORE", core)
    return folder


def test_a_whole_release_is_taken_and_only_what_is_needed_copied(release, tmp_path):
    lite.check_release(release)
    needed = json.loads(lite.written_lock(lite.LOCK.read_bytes(), needed_only=True))
    lite.copy_release(release, needed, tmp_path / "copy")
    assert len([*(tmp_path / "copy").iterdir()]) == NEEDED + len(lite.CORE)


def test_a_release_with_a_file_missing_is_refused(release):
    next(release.glob("numpy-*.whl")).unlink()
    with pytest.raises(SiteFailed, match=rf"whole Pyodide {lite.PYODIDE}: 1 of 34 .* numpy-"):
        lite.check_release(release)


@pytest.mark.parametrize(
    "name", ["pyodide.asm.wasm", "ssl-1.0.0-cp312-cp312-pyodide_2024_0_wasm32.whl"]
)
def test_a_file_of_another_release_is_refused(release, name):
    (release / name).write_bytes(b"another one")
    with pytest.raises(SiteFailed, match=f"{re.escape(name)} is not the file of Pyodide"):
        lite.check_release(release)


def test_a_folder_that_is_no_release_is_refused_before_anything_is_built(tmp_path):
    with pytest.raises(SiteFailed, match="not the folder of a whole Pyodide"):
        lite.build(ROOT, tmp_path / "run", tmp_path)
    assert not (tmp_path / "run").exists()


@pytest.mark.long
def test_what_pip_says_is_told(tmp_path):
    with pytest.raises(SiteFailed, match=r"(?s)ERROR.*It did not work"):
        lite.run_tool("pip", "install", tmp_path / "nothing", otherwise="It did not work.")


def test_a_page_that_cannot_be_changed_is_told(tmp_path):
    (tmp_path / "index.html").write_text("<html></html>")
    with pytest.raises(SiteFailed, match="has no head"):
        lite.lead_narrow_screens(tmp_path / "index.html")
