"""Where a notebook runs, and how what is missing is installed there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

MADE_BY_RUN_PY = "setup-finished.json"  # in an environment that `run.py` has made
AND_AGAIN = "Then restart the kernel, and run this cell again."


@dataclass(frozen=True)
class Place:
    """A place where notebooks run, and what helps there.

    Args:
        name: as in "This notebook runs …".
        packages: what to do if packages are missing or of a wrong version; `{packages}` stands for
            what to type after pip's install, `{python}` for the Python of the kernel.
        newer_python: what to do if Python is too old.
        course: what to do if the files of `course_nn` itself are damaged.
    """

    name: str
    packages: str
    newer_python: str
    course: str


BY_FIRST_CELL = "and run the first cell of the notebook: it fetches the course anew."
BY_RUN_PY = "Close JupyterLab and start it with `python3 run.py lab` in the folder of the course."
IN_THE_FOLDER = "Take the files of the course anew, and install it from there."

COLAB = Place(
    "on Colab",
    "Run this in a cell:\n    %pip install {packages}\nThen choose Runtime, Restart session, and "
    "run the notebook from its first cell.",
    "Choose Runtime, Change runtime type, and the latest version there.",
    f"Choose Runtime, Disconnect and delete runtime, {BY_FIRST_CELL}",
)
KAGGLE = Place(
    "on Kaggle",
    "Turn on internet (in the menu Settings), and run this in a cell:\n"
    f"    %pip install {{packages}}\n{AND_AGAIN}",
    "Choose the latest environment in the menu Settings, Environment preferences.",
    f"Choose Run, Restart & clear cell outputs, {BY_FIRST_CELL}",
)
IN_THE_BROWSER = Place(
    "in your browser",
    "Reload the page. If that does not help, run this in a cell; it needs the internet:\n"
    "    %pip install {packages}",
    "Reload the page: the site brings its own Python.",
    "Reload the page. If that does not help, tell whoever runs the site.",
)
BINDER = Place(
    "on Binder",
    f"Run this in a cell; it lasts as long as this session:\n    %pip install {{packages}}\n"
    f"{AND_AGAIN}",
    "Open the course on Binder again, from its own page.",
    "Open the course on Binder again, from its own page.",
)
HUB = Place(
    "on a JupyterHub",
    f"Run this in a cell:\n    %pip install {{packages}}\n{AND_AGAIN} Whoever runs the hub can put "
    "it into the image, so that nobody else has to.",
    "Ask whoever runs the hub for a newer image.",
    "Ask whoever runs the hub: the course is damaged in the image.",
)
MADE_ANEW = (
    "Close JupyterLab, delete the folder .venv in the folder of the course, and start it with "
    "`python3 run.py lab`: it makes that folder anew."
)
RUN_PY = Place("in the environment of the course", MADE_ANEW, MADE_ANEW, IN_THE_FOLDER)
VS_CODE = Place(
    "in VS Code",
    "Choose as its kernel, at the top right, the environment in which the course is installed: the "
    "folder .venv,\nwhich `python3 run.py lab` makes in the folder of the course. Or add what is "
    "missing to this one, in a terminal:\n    {install}\n" + AND_AGAIN,
    "Choose as its kernel, at the top right, an environment with a newer Python.",
    IN_THE_FOLDER,
)
UV = Place(
    "in an environment made by uv",
    f"Run this in a terminal:\n    {{install}}\n{AND_AGAIN}",
    "Make a new environment: `uv venv --python 3.13`, and install the course in it.",
    IN_THE_FOLDER,
)
CONDA = Place(
    "in a conda environment",
    f"Run this in a terminal:\n    {{install}}\n{AND_AGAIN}",
    "In the folder of the course, `conda env create -f environment.yml` makes a new environment.",
    IN_THE_FOLDER,
)
VENV = Place(
    "in a virtual environment",
    f"Run this in a terminal:\n    {{install}}\n{AND_AGAIN}",
    "Make a new environment with a newer Python, and install the course in it.",
    IN_THE_FOLDER,
)
NO_ENVIRONMENT = Place(
    "in a Python that is not the course's own",
    BY_RUN_PY + " It makes an environment of its own, and leaves this Python as it is.",
    "Install a newer Python, and start with it `run.py lab` in the folder of the course.",
    IN_THE_FOLDER,
)


def place(
    environ: Mapping[str, str] = os.environ,
    modules: Mapping[str, object] = sys.modules,
    platform: str = sys.platform,
    prefix: Path = Path(sys.prefix),
    base_prefix: Path = Path(sys.base_prefix),
) -> Place:
    """Where this Python runs; the arguments are what tells it, for tests."""
    kind = _kind_of_environment(prefix, base_prefix)
    told: list[tuple[Place, Callable[[], bool]]] = [
        (IN_THE_BROWSER, lambda: platform == "emscripten"),
        (COLAB, lambda: "COLAB_RELEASE_TAG" in environ or "google.colab" in modules),
        (KAGGLE, lambda: "KAGGLE_KERNEL_RUN_TYPE" in environ),
        (BINDER, lambda: "BINDER_REPO_URL" in environ or "BINDER_LAUNCH_HOST" in environ),
        (HUB, lambda: "JUPYTERHUB_USER" in environ or "JUPYTERHUB_API_URL" in environ),
        (RUN_PY, lambda: kind is RUN_PY),
        (VS_CODE, lambda: "VSCODE_PID" in environ or "VSCODE_CWD" in environ),
    ]
    return next((found for found, is_it in told if is_it()), kind)


def _kind_of_environment(prefix: Path, base_prefix: Path) -> Place:
    """What has made the environment that Python lies in."""
    if (prefix / MADE_BY_RUN_PY).is_file():
        return RUN_PY
    if (prefix / "conda-meta").is_dir():
        return CONDA
    if prefix == base_prefix:
        return NO_ENVIRONMENT
    try:
        settings = (prefix / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        settings = []
    return UV if any(line.partition("=")[0].strip() == "uv" for line in settings) else VENV


def how_to_install(
    where: Place,
    packages: list[str],
    prefix: Path = Path(sys.prefix),
    base_prefix: Path = Path(sys.base_prefix),
    python: str = sys.executable,
) -> str:
    """What to do about these packages there, such as ["lark>=1.1,<2"]."""
    quoted = " ".join(f'"{package}"' for package in packages)
    kind = _kind_of_environment(prefix, base_prefix)
    if kind is UV:
        install = f'uv pip install --python "{python}" {quoted}'
    elif kind is CONDA:
        install = f'conda install --prefix "{prefix}" -c conda-forge {quoted}'
    else:
        install = f'"{python}" -m pip install {quoted}'
    return where.packages.format(packages=quoted, install=install)
