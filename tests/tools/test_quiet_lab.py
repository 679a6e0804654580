"""Opening and closing a notebook in our JupyterLab changes no byte, asks nothing, keeps trust."""

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("jupyterlab")

import nbformat
import quiet_lab
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from nbformat import v4
from nbformat.sign import NotebookNotary
from traitlets.config import PyFileConfigLoader

ROOT = Path(__file__).resolve().parents[2]
LESSON = ROOT / "notebooks" / "07_build_the_computational_graph.ipynb"
NAME = "lesson.ipynb"
SOURCE = "homework/source/hw2"


def opened_and_stored(contents, path=NAME):
    """What JupyterLab does to a notebook that is opened, and stored by itself after two minutes."""
    model = json.loads(json.dumps(asyncio.run(contents.get(path)), default=str))
    model["content"]["metadata"]["language_info"] = dict(quiet_lab.of_our_kernel())
    asyncio.run(contents.save(model, path))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a lesson, and a manager of its files with signatures of their own."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    root = tmp_path / "root"
    root.mkdir()
    path = Path(shutil.copy(LESSON, root / NAME))
    notary = NotebookNotary(db_file=str(tmp_path / "signatures.db"), secret=b"s")

    def manager(kind=quiet_lab.QuietContents, **settings):
        return kind(root_dir=str(root), notary=notary, **settings)

    yield SimpleNamespace(root=root, path=path, notary=notary, manager=manager)
    notary.store.close()


def test_what_is_read_says_which_python_it_is_so_that_jupyterlab_adds_nothing(folder):
    model = asyncio.run(folder.manager().get(NAME))
    said = model["content"]["metadata"]["language_info"]
    assert said == quiet_lab.of_our_kernel()
    assert said["version"] == sys.version.split()[0]


def test_no_byte_changes_and_elsewhere_some_do(folder):
    before = folder.path.read_bytes()
    opened_and_stored(folder.manager())
    assert folder.path.read_bytes() == before
    opened_and_stored(folder.manager(AsyncLargeFileManager))
    assert folder.path.read_bytes() != before, "there is nothing to guard against any more"


def is_trusted(contents):
    cells = asyncio.run(contents.get(NAME))["content"]["cells"]
    return all(cell["metadata"]["trusted"] for cell in cells if cell["cell_type"] == "code")


def test_trust_stays(folder):
    contents = folder.manager()
    assert not is_trusted(contents)
    opened_and_stored(contents)
    assert not is_trusted(contents), "who opens a notebook does not trust it by that"
    folder.notary.sign(nbformat.read(folder.path, as_version=4))
    assert is_trusted(contents)
    model = json.loads(json.dumps(asyncio.run(contents.get(NAME)), default=str))
    model["content"]["cells"][0]["source"] = "changed"
    asyncio.run(contents.save(model, NAME))
    assert is_trusted(contents)


def test_trust_given_by_hand_stays(folder):
    contents = folder.manager()
    asyncio.run(contents.trust_notebook(NAME))
    assert is_trusted(contents)


def test_notebook_of_another_language_is_left_as_it_is(folder):
    notebook = v4.new_notebook(cells=[v4.new_code_cell("1", id="a")])
    for metadata in (
        {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}},
        {"language_info": {"name": "R", "version": "4"}},
    ):
        notebook.metadata = nbformat.from_dict(metadata)
        nbformat.write(notebook, folder.path)
        before = folder.path.read_bytes()
        model = asyncio.run(folder.manager().get(NAME))
        assert model["content"]["metadata"] == metadata
        asyncio.run(folder.manager().save({"type": "notebook", **model}, NAME))
        assert folder.path.read_bytes() == before


def test_folders_and_other_files_are_as_ever(folder):
    contents = folder.manager()
    (folder.root / "a.py").write_text("x = 1\n")
    assert asyncio.run(contents.get("a.py"))["content"] == "x = 1\n"
    assert len(asyncio.run(contents.get(""))["content"]) == 2
    assert asyncio.run(contents.get(NAME, content=False))["content"] is None
    asyncio.run(contents.save({"type": "file", "format": "text", "content": "y"}, "a.py"))
    assert (folder.root / "a.py").read_text() == "y"


def test_a_hook_of_the_user_is_called_too(folder):
    called = []
    contents = folder.manager()
    contents.pre_save_hook = lambda model, **more: called.append(model["type"])
    before = folder.path.read_bytes()
    opened_and_stored(contents)
    assert called == ["notebook"]
    assert folder.path.read_bytes() == before


def test_a_hub_takes_it_by_the_lines_that_are_given_here(tmp_path, monkeypatch):
    """Those of the docstring, with the folder of this course."""
    lines = re.findall(r"^    (.+)$", quiet_lab.__doc__, re.MULTILINE)
    text = "\n".join(lines).replace("/srv/course", str(ROOT))
    (tmp_path / "jupyter_server_config.py").write_text(text)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if not each.endswith("tools")])
    config = PyFileConfigLoader("jupyter_server_config.py", path=str(tmp_path)).load_config()
    assert sys.path[0] == str(ROOT / "tools")
    app = ServerApp(config=config)
    assert issubclass(app.contents_manager_class, AsyncLargeFileManager)
    assert app.contents_manager_class.__name__ == "QuietContents"


# ------------------------------------------------------------------ in a browser

WITHOUT_BROWSER = "need a browser that is not here: Chromium, from the packages of your system."
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DIRTY = "[...document.querySelectorAll('.lm-DockPanel .lm-TabBar-tab.jp-mod-dirty')].length"


@pytest.fixture(scope="module")
def browser():
    """Chromium. Skips where there is none, but with COURSE_NEED_BROWSER set, as in CI, it fails."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        assert not os.environ.get("COURSE_NEED_BROWSER"), WITHOUT_BROWSER
        pytest.skip(WITHOUT_BROWSER)
    from playwright.sync_api import sync_playwright  # `run.py test --long` installs it

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


class Lab:
    """A JupyterLab that stores by itself after two seconds, and a page of it."""

    def __init__(self, folder, start, browser):
        self.root = folder / "root"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = folder / "settings" / "@jupyterlab" / "docmanager-extension"
        settings.mkdir(parents=True)
        (settings / "plugin.jupyterlab-settings").write_text('{"autosaveInterval": 2}')
        homes = {f"JUPYTER_{n}_DIR": str(folder / n) for n in ("DATA", "CONFIG", "RUNTIME")}
        options = [
            *("--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"),
            *("--IdentityProvider.token=t", f"--ServerApp.root_dir={self.root}"),
            f"--LabApp.user_settings_dir={folder / 'settings'}",
            f"--LabApp.workspaces_dir={folder / 'workspaces'}",
        ]
        self.log = (folder / "log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, *start, *options],
            env=os.environ | homes,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        self.address = f"http://127.0.0.1:{port}"
        self.wait()
        self.page = browser.new_page()
        self.asked = []
        self.page.on("dialog", lambda dialog: (self.asked.append(dialog.message), dialog.accept()))

    def wait(self):
        for _ in range(720):
            try:
                urllib.request.urlopen(f"{self.address}/api", timeout=5).close()
                return
            except OSError:
                assert self.process.poll() is None, "JupyterLab has ended"
                time.sleep(0.25)
        raise AssertionError("JupyterLab did not start in time")

    def settle(self, seen):
        """Wait until what this script sees has been the same for a second, and there is no more."""
        limit = time.monotonic() + 60
        last, since = None, time.monotonic()
        while time.monotonic() - since < 1 and time.monotonic() < limit:
            now = self.page.evaluate(seen)
            if now != last:
                last, since = now, time.monotonic()
            time.sleep(0.1)
        return last

    def open_wait_and_close(self, name):
        """What was seen: how often it was shown as unsaved, and what was asked."""
        page, dirty = self.page, 0
        page.goto(f"{self.address}/lab/tree/{name}?token=t&reset")
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
        idle = "document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status=='idle'"
        page.wait_for_function(f"() => {idle}", timeout=60_000)
        self.settle(f"() => {DIRTY}")  # while it is being loaded, it may be unsaved for a moment
        scrolled = "document.querySelector('.jp-WindowedPanel-outer') ?? {}"
        page.evaluate(f"() => {{ const s = {scrolled}; s.scrollTop = s.scrollHeight }}")
        for _ in range(40):  # four seconds: longer than until the next storing
            dirty += page.evaluate(f"() => {DIRTY}")
            time.sleep(0.1)
        page.keyboard.press("Alt+w")
        page.wait_for_function("() => !document.querySelector('.jp-NotebookPanel')")
        return dirty, self.asked + page.locator(".jp-Dialog").all_inner_texts()

    def close(self):
        self.page.close()
        self.process.terminate()
        try:
            self.process.wait(120)  # a kernel that is just starting is waited for
        except subprocess.TimeoutExpired:
            pass  # a busy machine: it is ended below
        finally:
            self.process.kill()
            self.process.wait()
            self.log.close()


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }


@pytest.fixture
def lab(tmp_path, browser):
    """Starts a JupyterLab in a folder with the originals and fresh copies of some notebooks."""
    import readers_copies

    notebooks = tmp_path / "root" / "notebooks"
    (notebooks / "homework").mkdir(parents=True)
    for name in ["01_run_a_forward_pass.ipynb", LESSON.name, "homework/hw1.ipynb"]:
        shutil.copy(ROOT / "notebooks" / name, notebooks / name)
    # instructors: begin
    shutil.copytree(ROOT / "homework" / "source" / "hw2", tmp_path / "root" / SOURCE)
    # instructors: end
    assert readers_copies.bring_up_to_date(tmp_path / "root")
    running = []

    def start(*command):
        running.append(Lab(tmp_path, command, browser))
        return running[-1]

    yield start
    for each in running:
        each.close()


# instructors: begin
SEEN = """() => ({
    menus: [...document.querySelectorAll('.lm-MenuBar-itemLabel')].map(e => e.textContent),
    tab: document.querySelector('[data-id="nbgrader-create_assignemnt"]')?.offsetParent != null,
    toolbar: document.querySelector('.jp-NotebookPanel-toolbar').innerText})"""


def seen_at(lab, name):
    """What nbgrader shows at a notebook: its menu, "Validate", the tab "Create Assignment"."""
    lab.page.goto(f"{lab.address}/lab/tree/{name}?token=t&reset")
    lab.page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
    lab.page.wait_for_selector('[data-id="nbgrader-create_assignemnt"]', state="attached")
    lab.page.wait_for_function("() => document.querySelector('.jp-mod-current')?.title")
    seen = lab.settle(SEEN)
    return "Nbgrader" in seen["menus"], "Validate" in seen["toolbar"], seen["tab"]


@pytest.mark.long
def test_nbgrader_shows_what_a_source_needs_and_nothing_on_a_lesson(lab):
    ours = lab(str(ROOT / "tools" / "quiet_lab.py"))
    assert seen_at(ours, f"notebooks/{LESSON.name}") == (False, False, False)
    assert seen_at(ours, f"{SOURCE}/hw2.ipynb") == (False, False, True)


@pytest.mark.all
@pytest.mark.long
def test_elsewhere_nbgrader_shows_all_of_it(lab):
    plain = lab("-m", "jupyterlab")
    assert seen_at(plain, f"notebooks/{LESSON.name}") == (True, True, True)


# instructors: end
@pytest.mark.long
def test_opening_and_closing_changes_no_byte_and_asks_nothing(lab):
    ours = lab(str(ROOT / "tools" / "quiet_lab.py"))
    before = files_of(ours.root)
    notebooks = sorted(name for name in before if name.endswith(".ipynb"))
    assert len(notebooks) == 6 + (SOURCE + "/hw2.ipynb" in notebooks)
    for name in notebooks:
        assert ours.open_wait_and_close(name) == (0, []), name
    assert files_of(ours.root) == before


@pytest.mark.all
@pytest.mark.long
def test_in_another_jupyterlab_the_same_is_seen_to_change_it(lab):
    plain = lab("-m", "jupyterlab")
    before = files_of(plain.root)
    plain.open_wait_and_close(f"notebooks/{LESSON.name}")
    assert files_of(plain.root) != before
