"""JupyterLite beside the pages: the lessons run in the reader's browser, without an installation.

The readers' copies of the notebooks (tools/readers_copies.py) become the contents. The kernel is
Pyodide: from its content network, or, for a site that needs no network, from the folder of a
release. The wheel of the course lies beside the site, and is loaded when a kernel starts, so that
no notebook has to be changed.

Source: jupyterlite.readthedocs.io; jupyterlite-pyodide-kernel.readthedocs.io; pyodide.org.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from readers_copies import MARKER, course_files, for_the_reader

from course_site.places import (
    LOADED,
    LOCK,
    WHEELS,
    brought_along,
    needed_packages,
    why_not_in_the_browser,
)
from course_site.problems import SiteFailed

PYODIDE = "0.27.7"  # what jupyterlite-pyodide-kernel 0.6 is made for
NETWORK = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"
CORE = {  # SHA-256 of the files of that release that the lock does not name
    "pyodide.js": "b4cb23a53aba19c221659b9fb40a2f18281d685691dc06647fb0afd0681baf98",
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
}
KERNEL = "@jupyterlite/pyodide-kernel-extension"
FROM_THE_WORKER = "../../../../"  # the kernel's script lies in extensions/@jupyterlite/…/static
OF_THE_COURSE = ("course_nn", "course_exercises", "setup.py", "pyproject.toml", "README.md")
NOTE = (  # above each notebook
    "*You are working in your browser.* What you write stays here, on this computer; "
    "**File → Download** takes a copy with you. The first cell waits until Python is loaded, about "
    "42 MB. ■ does not stop a cell here: **Kernel → Restart Kernel…** does."
)
LEAD = """    <script>
      if (matchMedia("(max-width: 760px)").matches && location.search.includes("path="))
        location.replace("../notebooks/index.html" + location.search);
    </script>"""
LICENCES = ("LICENSE", "LICENSE-text")


def build(tree: Path, out: Path, pyodide: Path | None = None) -> None:
    """Write JupyterLite with the lessons of a tree.

    Args:
        tree: a tree of the course, as students get it or the instructors'.
        out: where JupyterLite goes; what is there is replaced.
        pyodide: a folder with a whole release of Pyodide; None: its content network.

    Raises SiteFailed, with a sentence, if something that is needed is missing or not what it
    should be.
    """
    if pyodide is not None:
        check_release(pyodide)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write_contents(tree, work / "contents")
        wheels = collect_wheels(tree, work / "pypi")
        lock = written_lock(LOCK.read_bytes(), pyodide is not None)
        write_settings(work, wheels, pyodide is not None)
        built = work / "built"
        arguments = ["jupyterlite_core", "build", "--output-dir", built]
        run_tool(*arguments, otherwise="JupyterLite could not be built.", folder=work)
        lead_narrow_screens(built / "lab" / "index.html")
        (built / "static" / "pyodide-lock.json").write_bytes(lock)
        if pyodide is not None:
            copy_release(pyodide, json.loads(lock), built / "static" / "pyodide")
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(built, out)


# ------------------------------------------------------------------ what the reader opens


def write_contents(tree: Path, folder: Path) -> None:
    """Lay the readers' copies there, and what lies beside the notebooks.

    The marker of the copies is there too: by it the tasks that come back are kept.
    """
    for name, content in course_files(tree).items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(for_the_browser(content) if place.suffix == ".ipynb" else content)
    (folder / MARKER).write_text("{}\n", encoding="utf-8")


def for_the_browser(content: bytes) -> bytes:
    """The reader's copy of an original, as JupyterLite shows it well.

    Stored text is one string, because a list of lines shows commas (jupyterlite#1105). It begins
    with a note: what is different here, or why this notebook does not run here.
    """
    notebook = json.loads(for_the_reader(content))
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            for kind, data in output.get("data", {}).items():
                if isinstance(data, list) and kind != "application/json":
                    output["data"][kind] = "".join(data)
    reason = why_not_in_the_browser(notebook)
    note = f"**This notebook does not run in the browser.** {reason}" if reason else NOTE
    cell = {"cell_type": "markdown", "id": "in-the-browser", "metadata": {}, "source": note}
    notebook["cells"].insert(0, cell)
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    return (text + "\n").encode("utf-8")


# ------------------------------------------------------------------ what the kernel loads


def written_lock(lock: bytes, needed_only: bool) -> bytes:
    """The lock of the release without what comes with the site.

    Args:
        needed_only: leave out what the course does not need, too: it is not on this site.
    """
    content = json.loads(lock)
    packages = content["packages"]
    kept = needed_packages(packages) if needed_only else packages.keys() - set(brought_along())
    content["packages"] = {name: packages[name] for name in packages if name in kept}
    return json.dumps(content).encode("utf-8")


def check_release(folder: Path) -> None:
    """Raises SiteFailed if the folder does not hold what is needed of this release."""
    packages = json.loads(LOCK.read_bytes())["packages"]
    expected = dict(CORE)
    for name in needed_packages(packages):
        expected[packages[name]["file_name"]] = packages[name]["sha256"]
    missing = sorted(name for name in expected if not (folder / name).is_file())
    if missing:
        raise SiteFailed(
            f"{folder} is not the folder of a whole Pyodide {PYODIDE}: {len(missing)} of "
            f"{len(expected)} files are missing, {missing[0]} for one. Unpack "
            f"pyodide-{PYODIDE}.tar.bz2 of the project's releases, and name its folder pyodide."
        )
    for name, digest in sorted(expected.items()):
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            raise SiteFailed(
                f"{folder / name} is not the file of Pyodide {PYODIDE}: its SHA-256 is another "
                "one. Unpack the release anew."
            )


def copy_release(folder: Path, lock: dict[str, Any], target: Path) -> None:
    """Copy the core of a release, and the packages that the lock names."""
    target.mkdir()
    for name in [*CORE, *(entry["file_name"] for entry in lock["packages"].values())]:
        shutil.copyfile(folder / name, target / name)


def run_tool(*arguments: str | Path, otherwise: str, folder: Path | None = None) -> None:
    """Run a module of this environment; raises SiteFailed with what it said of the problem."""
    command = [sys.executable, "-m", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace"
    )
    if done.returncode:
        said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        telling = [line for line in said if re.search("error|no module", line, re.IGNORECASE)]
        shown = [f"  | {line[:200]}" for line in (telling or said)[-4:]]
        raise SiteFailed("\n".join([*shown, otherwise]))


def collect_wheels(tree: Path, folder: Path) -> list[Path]:
    """Build the wheel of the course, fetch the others; those that a kernel loads, in order."""
    folder.mkdir()
    with tempfile.TemporaryDirectory() as copy:  # building writes beside the sources
        for name in (*OF_THE_COURSE, *LICENCES):
            place, kept_out = tree / name, shutil.ignore_patterns("__pycache__")
            if place.is_dir():
                shutil.copytree(place, Path(copy, name), ignore=kept_out)
            else:
                shutil.copyfile(place, Path(copy, name))
        options = ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder]
        otherwise = "The wheel of the course could not be built."
        run_tool("pip", "wheel", *options, copy, otherwise=otherwise)
    options = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--dest", folder]
    otherwise = "The wheels for the browser could not be fetched: that needs the internet."
    run_tool("pip", "download", *options, "--requirement", WHEELS, otherwise=otherwise)
    return sorted(folder.glob("*.whl"))


def write_settings(work: Path, wheels: list[Path], is_local: bool) -> None:
    """Write the two files by which JupyterLite is built, and by which it starts."""
    extension = Path(sys.prefix, "share", "jupyter", "labextensions", *KERNEL.split("/"))
    build_settings = {
        "LiteBuildConfig": {
            "contents": [str(work / "contents")],
            "apps": ["lab", "notebooks"],  # the second for narrow screens
            # of all extensions that this environment has, the kernel alone
            "ignore_sys_prefix": ["federated_extensions"],
            "federated_extensions": [str(extension)],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
            "cache_dir": str(work / "cache"),
        },
        "ContentsManager": {"allow_hidden": True},  # the marker of the copies
    }
    kernel = {
        "pyodideUrl": "./static/pyodide/pyodide.js" if is_local else NETWORK + "pyodide.js",
        "disablePyPIFallback": True,  # nothing comes from elsewhere while a lesson runs
        "loadPyodideOptions": {
            "lockFileURL": "./static/pyodide-lock.json",  # Pyodide checks the SHA-256 of a package
            "packages": [*LOADED, *(f"{FROM_THE_WORKER}pypi/{wheel.name}" for wheel in wheels)],
        },
    }
    start_settings = {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "The lessons in your browser",
            "exposeAppInBrowser": True,  # `run.py site --try` runs notebooks by it
            "litePluginSettings": {f"{KERNEL}:kernel": kernel},
        },
    }
    for name, settings in (
        ("jupyter_lite_config.json", build_settings),
        ("jupyter-lite.json", start_settings),
    ):
        (work / name).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def lead_narrow_screens(page: Path) -> None:
    """Let a telephone have the notebook alone: beside JupyterLab's folders no room is left for it.

    Raises SiteFailed if JupyterLite writes another page than that for which this was made.
    """
    text = page.read_text(encoding="utf-8")
    if text.count("<head>") != 1:
        raise SiteFailed(f"{page.name} of JupyterLite has no head, so narrow screens are not led.")
    page.write_text(text.replace("<head>", f"<head>\n{LEAD}"), encoding="utf-8")
