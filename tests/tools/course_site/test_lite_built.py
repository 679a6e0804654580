"""JupyterLite as it is built: contents, the wheel of the course, and where Pyodide comes from."""

import hashlib
import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from course_site import lite, places, try_site
from course_site.problems import SiteFailed

ROOT = Path(__file__).resolve().parents[3]
KERNEL_SCRIPTS = f"extensions/{lite.KERNEL}/static"

pytestmark = pytest.mark.long


def settings_of(out):
    settings = json.loads((out / "jupyter-lite.json").read_text("utf-8"))["jupyter-config-data"]
    return settings, settings["litePluginSettings"][f"{lite.KERNEL}:kernel"]


@pytest.fixture(scope="module")
def from_network(tmp_path_factory):
    """Built as it is without a folder of Pyodide."""
    out = tmp_path_factory.mktemp("site") / "run"
    lite.build(ROOT, out)
    return out


@pytest.fixture(scope="module")
def from_folder(tmp_path_factory):
    """Built with the folder of a release, whose files are small here."""
    folder = tmp_path_factory.mktemp("release")
    content = json.loads(places.LOCK.read_bytes())
    for entry in content["packages"].values():
        (folder / entry["file_name"]).write_bytes(entry["name"].encode())
        entry["sha256"] = hashlib.sha256(entry["name"].encode()).hexdigest()
    core = {}
    for name in lite.CORE:
        (folder / name).write_bytes(name.encode())
        core[name] = hashlib.sha256(name.encode()).hexdigest()
    (folder / "lock.json").write_text(json.dumps(content))
    out = tmp_path_factory.mktemp("site") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lite, "LOCK", folder / "lock.json")
        patch.setattr(lite, "CORE", core)
        lite.build(ROOT, out, folder)
    return out


def listed(out, folder="."):
    """The paths that JupyterLite lists, from a folder down."""
    model = json.loads((out / "api" / "contents" / folder / "all.json").read_text("utf-8"))
    for entry in model["content"]:
        if entry["type"] == "directory":
            yield from listed(out, entry["path"])
        else:
            yield entry["path"]


def test_each_notebook_is_there_under_the_path_that_its_page_links_to(from_network):
    """`run/lab/index.html?path=…`, with the path below notebooks/."""
    assert (from_network / "lab" / "index.html").is_file()
    wanted = {
        path.relative_to(ROOT / "notebooks").as_posix()
        for path in (ROOT / "notebooks").rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    }
    here = {path for path in listed(from_network) if path.endswith(".ipynb")}
    assert here == wanted
    assert all((from_network / "files" / path).is_file() for path in here)
    assert ".readers_copies.json" in set(listed(from_network))


def test_the_wheel_of_the_course_is_the_one_that_a_kernel_loads(from_network):
    _, kernel = settings_of(from_network)
    urls = [each for each in kernel["loadPyodideOptions"]["packages"] if each.endswith(".whl")]
    wheels = [(from_network / KERNEL_SCRIPTS / url).resolve() for url in urls]
    assert all(wheel.is_file() for wheel in wheels)
    (course,) = [wheel for wheel in wheels if wheel.name.startswith("course_nn-")]
    with zipfile.ZipFile(course) as archive:
        names = set(archive.namelist())
    assert {"course_nn/graph.py", "course_nn/data/digits.npz", "course_exercises/loss.py"} <= names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"course_nn", "course_exercises"}
    index = json.loads((from_network / "pypi" / "all.json").read_text("utf-8"))
    version = course.name.split("-")[1]
    (release,) = index["course-nn"]["releases"][version]
    assert release["digests"]["sha256"] == hashlib.sha256(course.read_bytes()).hexdigest()
    assert {"comm", "lark", "tqdm"} <= index.keys()


def test_pyodide_comes_from_its_content_network_in_one_version(from_network):
    _, kernel = settings_of(from_network)
    assert kernel["pyodideUrl"] == f"{lite.NETWORK}pyodide.js"
    assert kernel["disablePyPIFallback"] is True
    assert not (from_network / "static" / "pyodide").exists()
    lock = json.loads((from_network / kernel["loadPyodideOptions"]["lockFileURL"]).read_bytes())
    assert lock["info"]["version"] == lite.PYODIDE
    numpy = lock["packages"]["numpy"]
    assert numpy == json.loads(places.LOCK.read_bytes())["packages"]["numpy"]


def test_or_from_the_site_itself(from_folder):
    _, kernel = settings_of(from_folder)
    assert kernel["pyodideUrl"] == "./static/pyodide/pyodide.js"
    lock = json.loads((from_folder / kernel["loadPyodideOptions"]["lockFileURL"]).read_bytes())
    files = {entry["file_name"] for entry in lock["packages"].values()} | lite.CORE.keys()
    there = {path.name for path in (from_folder / "static" / "pyodide").iterdir()}
    assert there == files
    for entry in lock["packages"].values():
        content = (from_folder / "static" / "pyodide" / entry["file_name"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]


def test_of_all_extensions_of_this_environment_the_kernel_alone_is_there(from_network):
    settings, _ = settings_of(from_network)
    assert [each["name"] for each in settings["federated_extensions"]] == [lite.KERNEL]
    assert [path.name for path in (from_network / "extensions").iterdir()] == ["@jupyterlite"]


def test_no_path_of_this_machine_is_in_it(from_network):
    for path in from_network.rglob("*.json"):
        assert str(ROOT).encode() not in path.read_bytes(), path


def test_what_was_there_before_stays_if_it_fails(tmp_path, monkeypatch):
    out = tmp_path / "run"
    out.mkdir()
    (out / "kept").write_text("")
    wheels = tmp_path / "wheels.txt"
    wheels.write_text("lark==1.3.1 --hash=sha256:" + 64 * "0" + "\n")
    monkeypatch.setattr(lite, "WHEELS", wheels)
    with pytest.raises(SiteFailed, match=r"(?is)hash.*could not be fetched"):
        lite.build(ROOT, out)
    assert (out / "kept").is_file()


@pytest.mark.parametrize(("width", "app"), [(390, "notebooks"), (1200, "lab")])
def test_on_a_narrow_screen_the_notebook_stands_alone(from_network, width, app):
    """No kernel is asked for: the page alone is looked at."""
    if not any(map(shutil.which, try_site.BROWSERS)):
        assert not os.environ.get("COURSE_NEED_BROWSER"), "there is no Chromium"
        pytest.skip("Chromium is not here")
    name = "00_start_here.ipynb"
    with try_site.served(from_network.parent) as server, try_site.chromium() as browser:
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.set_default_timeout(120_000)
        page.goto(f"{server.address}/run/lab/index.html?path={name}")
        title = page.locator(".jp-MarkdownOutput h1").first
        title.wait_for()
        assert page.url.split("?")[0] == f"{server.address}/run/{app}/index.html"
        assert title.bounding_box()["width"] > 300
        scrolls = "document.documentElement.scrollWidth > innerWidth"
        assert not page.evaluate(scrolls)
