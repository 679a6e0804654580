"""Each notebook alone: an empty folder, an environment that has Jupyter and not the course.

The first cell fetches the wheel, which lies in a folder here; then every stored output has to come
again. It needs the internet, or a mirror, for what the wheel needs in turn.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import first_cell
import pytest
from packaging.utils import canonicalize_name
from test_wheels import build, copy_of_the_tree

import run

ROOT = Path(__file__).resolve().parent.parent
KERNEL = "alone"
NOTEBOOKS = [
    path for path in first_cell.notebooks() if first_cell.ID in path.read_text(encoding="utf-8")
]
if not (ROOT / "homework").exists():  # what students have not written yet does not run
    NOTEBOOKS = [path for path in NOTEBOOKS if path.parent.name != "homework"]
BESIDES = {"cluster_of_machines": ["dask", "distributed", "cloudpickle"]}  # as the lesson says
# A folder of the plugin alone on the path: pytest is started without the course's settings.
PYTEST = f"import sys; sys.path.insert(0, {str(ROOT / 'tools')!r}); import pytest; pytest.main()"
PYTEST = PYTEST.replace("pytest.main()", "sys.exit(pytest.main(sys.argv[1:]))")

pytestmark = pytest.mark.long


class Alone:
    """An environment without the course, and the address of its wheel."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pins = folder / "pins.txt"  # what the stored figures were drawn with, or is tested now
        installed = {canonicalize_name(d.name): d.version for d in metadata.distributions()}
        pins.write_text("".join(f"{n}=={v}\n" for n, v in installed.items() if "course" not in n))
        led_astray = {"PYTHONPATH", "PYTHONHOME", "MPLBACKEND", "VIRTUAL_ENV", "JUPYTER_PATH"}
        self.environ = {k: v for k, v in os.environ.items() if k not in led_astray}
        self.environ |= {"PIP_CONSTRAINT": str(pins), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        self.environ |= {"JUPYTER_PATH": str(folder / "jupyter"), "MPLCONFIGDIR": str(folder)}
        kernel = folder / "jupyter" / "kernels" / KERNEL
        kernel.mkdir(parents=True)
        argv = [str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": KERNEL, "language": "python"}
        (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
        self.pip("install", "ipykernel")

    def pip(self, *arguments: str) -> None:
        command = [self.python, "-m", "pip", *arguments, "--quiet"]
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def of_the_course(self) -> list[Path]:
        """What the wheel has brought: its packages, and what pip has noted of it."""
        return [*self.folder.glob(f"{run.SITE_PACKAGES}/course_*")]

    def without_the_course(self) -> None:
        for folder in self.of_the_course():
            shutil.rmtree(folder)

    def run(self, notebook: Path, **environ: str) -> tuple[bool, str]:
        """Whether its outputs come again, and what was said.

        The file itself need not obey the rules of the course, which want no addresses of files.
        """
        command = [sys.executable, "-c", PYTEST, "-p", "notebook_guards.plugin", "--nbval"]
        command += ["--nbval-kernel-name", KERNEL, "-p", "no:cacheprovider", "--rootdir", "."]
        command += ["-c", os.devnull, "-k", "not stored", "--tb=short", "-v", str(notebook)]
        done = subprocess.run(
            command,
            env=self.environ | environ,
            cwd=notebook.parent,
            capture_output=True,
            encoding="utf-8",
        )
        said = done.stdout + done.stderr
        assert re.search(r"\d+ (passed|failed)", said), said
        return done.returncode == 0, said


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    return Alone(tmp_path_factory.mktemp("alone") / "environment")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The address of the wheel that this tree gives."""
    path = build(
        copy_of_the_tree(tmp_path_factory.mktemp("tree") / "course"),
        tmp_path_factory.mktemp("wheels"),
    )
    return f"{path.as_uri()}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}"


def laid_alone(path: Path, folder: Path, wheel: str, *, compared: bool = False) -> Path:
    """The notebook in an empty folder, with this address in its first cell.

    What pip says there is not compared, unless `compared`.
    """
    notebook = first_cell.with_first_cell(json.loads(path.read_bytes()), wheel)
    if not compared:
        notebook["cells"][first_cell.PLACE]["metadata"]["tags"] = ["nbval-ignore-output"]
    copy = folder / path.name
    copy.write_bytes(first_cell.as_stored(notebook))
    return copy


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_alone(alone, wheel, path, tmp_path):
    alone.without_the_course()
    copy = laid_alone(path, tmp_path, wheel)
    if path.stem in BESIDES:
        went_well, said = alone.run(copy)
        assert not went_well
        assert "No module named 'dask'" in said
        alone.pip("install", *BESIDES[path.stem])
        alone.without_the_course()
    went_well, said = alone.run(copy)
    assert went_well, said
    assert {path.name for path in alone.of_the_course()} >= {"course_nn", "course_exercises"}


def test_after_a_restart_the_first_cell_has_nothing_to_do(alone, wheel, tmp_path):
    alone.without_the_course()
    assert alone.run(laid_alone(NOTEBOOKS[0], tmp_path, wheel))[0]
    again = laid_alone(NOTEBOOKS[0], tmp_path, wheel, compared=True)
    went_well, said = alone.run(again, PIP_NO_INDEX="1")
    assert went_well, said


def test_an_output_that_differs_is_seen(alone, wheel, tmp_path):
    copy = laid_alone(NOTEBOOKS[0], tmp_path, wheel)
    copy.write_text(copy.read_text("utf-8").replace('"It works.\\n"', '"It worked.\\n"'), "utf-8")
    went_well, said = alone.run(copy)
    assert not went_well
    assert "It worked." in said


WHAT_FAILS = {
    "another file than was published": lambda wheel: wheel[:-64] + "0" * 64,
    "nothing there": lambda wheel: wheel.replace("/course_nn-", "/nowhere/course_nn-"),
    "no network": lambda wheel: f"https://127.0.0.1:9/{wheel.rpartition('/')[2]}",
}


@pytest.mark.parametrize("what", WHAT_FAILS)
def test_what_cannot_be_fetched_is_said_in_the_course_s_words(alone, wheel, tmp_path, what):
    alone.without_the_course()
    copy = laid_alone(NOTEBOOKS[0], tmp_path, WHAT_FAILS[what](wheel))
    went_well, said = alone.run(copy, PIP_RETRIES="0")
    assert not went_well
    assert "The course could not be fetched; above stands what pip said." in said
    assert alone.of_the_course() == [], "nothing was installed"
