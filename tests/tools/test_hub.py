"""What the image of a hub does: a quiet JupyterLab, and copies that are renewed by each fetch."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import readers_copies
from notebook_samples import code, markdown, notebook_text

ROOT = Path(__file__).resolve().parents[2]
HUB = ROOT / "docs" / "hub"
DOCKERFILE = (HUB / "Dockerfile").read_text(encoding="utf-8")


def test_what_the_image_takes_out_of_the_tree_is_there():
    named = set(re.findall(r"(?:docs|tools)/[\w./]+", DOCKERFILE)) | {"constraints.txt"}
    assert len(named) >= 5
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []
    extras = re.search(r'"\.\[([\w,]+)\]"', DOCKERFILE)[1].split(",")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(extras) <= set(project["optional-dependencies"])
    said = (ROOT / "docs" / "hubs.md").read_text("utf-8")
    assert "docker build -f docs/hub/Dockerfile -t course ." in said
    assert "docker build -f docs/hub/Dockerfile -t course ." in DOCKERFILE


def test_both_moments_at_which_nbgitpuller_fetches_are_hooked():
    for moment in ("post-checkout", "post-merge"):
        assert f"docs/hub/after_fetching.sh /opt/git-hooks/{moment}" in DOCKERFILE
    assert "core.hooksPath /opt/git-hooks" in DOCKERFILE


@pytest.mark.all
def test_the_settings_give_the_server_of_the_image_the_quiet_contents():
    pytest.importorskip("jupyterlab")
    program = (
        "from jupyter_server.serverapp import ServerApp\n"
        "app = ServerApp()\n"
        "app.initialize(['--allow-root'], find_extensions=False, new_httpserver=False)\n"
        "print(type(app.contents_manager).__name__)\n"
    )
    environ = os.environ | {"JUPYTER_CONFIG_PATH": str(HUB), "PYTHONPATH": str(ROOT / "tools")}
    run = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, encoding="utf-8"
    )
    assert run.stdout.strip() == "QuietContents", run.stderr


# ------------------------------------------------------------------ fetching, as nbgitpuller does


class Fetcher:
    """A published course, and a student's clone of it, for which git has the hooks of the image."""

    def __init__(self, folder: Path):
        self.upstream, self.clone = folder / "upstream", folder / "home" / "course"
        self.copies = self.clone / "my_notebooks"
        hooks = folder / "hooks"
        hooks.mkdir()
        text = (HUB / "after_fetching.sh").read_text("utf-8")
        here = f"'{sys.executable}' '{ROOT}/tools/readers_copies.py'"
        assert "python3 /opt/course/tools/readers_copies.py" in text
        text = text.replace("python3 /opt/course/tools/readers_copies.py", here)
        for moment in ("post-checkout", "post-merge"):
            hook = hooks / moment
            hook.write_text(text, encoding="utf-8")
            hook.chmod(0o755)
        settings = {"core.hooksPath": hooks, "user.email": "a@b", "user.name": "a"}
        settings |= {"protocol.file.allow": "always"}
        self.environ = os.environ | {"PYTHONPATH": str(ROOT), "GIT_CONFIG_GLOBAL": os.devnull}
        self.environ["GIT_CONFIG_COUNT"] = str(len(settings))
        for i, (key, value) in enumerate(settings.items()):
            self.environ |= {f"GIT_CONFIG_KEY_{i}": key, f"GIT_CONFIG_VALUE_{i}": str(value)}
        self.upstream.mkdir()
        self.git(self.upstream, "init", "-q", "-b", "main")

    def git(self, folder: Path, *arguments: str) -> str:
        run = subprocess.run(
            ["git", *arguments], cwd=folder, env=self.environ, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stderr
        return run.stdout + run.stderr

    def publish(self, *, listed: bool = True, **lessons: str) -> None:
        """Commit these lessons; `listed`: as a release does, with the list of its originals."""
        folder = self.upstream / "notebooks"
        folder.mkdir(exist_ok=True)
        (self.upstream / ".gitignore").write_text("/my_notebooks/\n", encoding="utf-8")
        for name, title in lessons.items():
            text = notebook_text(markdown(f"# {title}"), code("x = ..."))
            (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")
        if listed:
            found = readers_copies.list_of_originals(readers_copies.course_files(self.upstream))
            (self.upstream / readers_copies.ORIGINALS).write_text(found, encoding="utf-8")
        self.git(self.upstream, "add", "-A")
        # The hooks are of the student's git.
        self.git(self.upstream, "-c", "core.hooksPath=/nowhere", "commit", "-q", "-m", "a version")

    def fetch(self) -> str:
        """What nbgitpuller 1.3.0 does when its link is clicked."""
        if not self.clone.exists():
            self.clone.parent.mkdir()
            address = self.upstream.as_uri()
            options = ["--depth", "1", "--branch", "main", "--", address, str(self.clone)]
            return self.git(self.clone.parent, "clone", *options)
        said = self.git(self.clone, "fetch")
        said += self.git(self.clone, "reset", "--mixed")
        said += self.git(self.clone, "commit", "-am", "Automatic commit", "--allow-empty")
        return said + self.git(self.clone, "merge", "-Xours", "origin/main")

    def answer(self, name: str) -> bytes:
        path = self.copies / f"{name}.ipynb"
        notebook = json.loads(path.read_bytes())
        notebook["cells"][1]["source"] = ["x = 42"]
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return path.read_bytes()

    def title(self, name: str) -> str:
        cells = json.loads((self.copies / f"{name}.ipynb").read_bytes())["cells"]
        return "".join(cells[0]["source"])


@pytest.fixture
def fetcher(tmp_path):
    if os.name == "nt" or not shutil.which("git"):
        pytest.skip("the image has git and a shell")
    return Fetcher(tmp_path)


@pytest.mark.all
def test_a_fetch_brings_the_copies_and_the_next_loses_nothing(fetcher):
    fetcher.publish(one="First", two="First", three="First")
    assert "Your own copies of the lessons are in my_notebooks" in fetcher.fetch()
    mine = fetcher.answer("one")
    fetcher.publish(one="Second", two="Second", four="New")
    said = fetcher.fetch()
    assert (fetcher.copies / "one.ipynb").read_bytes() == mine
    assert fetcher.title("new_one") == "# Second"
    assert fetcher.title("two") == "# Second"
    assert fetcher.title("four") == "# New"
    assert "Yours stays as it is" in said
    assert "where you had written nothing: two.ipynb" in said


@pytest.mark.all
def test_another_repository_is_left_alone(fetcher):
    """Were it taken for the course, each clone of any repository would run something."""
    fetcher.publish(listed=False, one="First")
    fetcher.fetch()
    assert fetcher.clone.is_dir()
    assert not fetcher.copies.exists()
