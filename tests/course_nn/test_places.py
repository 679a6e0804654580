"""Each place is told from the others, and what is advised there fits it."""

import subprocess
import sys
from pathlib import Path

import pytest

from course_nn import places

CONFIGS = {"venv": "home = x\nversion = 3.11\n", "uv": "home = x\nuv = 0.9.1\n"}


@pytest.fixture
def here(tmp_path):
    """`here(kind, environ, …)`: the place of a Python in an environment of this kind."""

    def here(kind="system", environ=(), modules=(), platform="linux"):
        prefix = tmp_path / kind
        prefix.mkdir()
        if kind in CONFIGS:
            (prefix / "pyvenv.cfg").write_text(CONFIGS[kind])
        if kind == "run.py":
            (prefix / "pyvenv.cfg").write_text(CONFIGS["uv"])
            (prefix / places.MADE_BY_RUN_PY).touch()
        if kind == "conda":
            (prefix / "conda-meta").mkdir()
        base = prefix if kind in ("system", "conda") else tmp_path
        modules = dict.fromkeys(modules)
        found = places.place(dict.fromkeys(environ, "x"), modules, platform, prefix, base)
        advice = places.how_to_install(found, ["lark>=1.1,<2"], prefix, base, "PYTHON")
        return found, advice.replace(str(prefix), "PREFIX")

    return here


PIP = '%pip install "lark>=1.1,<2"'
CASES = {
    "Colab": (dict(environ=["COLAB_RELEASE_TAG"]), places.COLAB, PIP),
    "an older Colab": (dict(modules=["google.colab"]), places.COLAB, "Restart session"),
    "Kaggle": (dict(environ=["KAGGLE_KERNEL_RUN_TYPE"]), places.KAGGLE, "Turn on internet"),
    "browser": (dict(platform="emscripten"), places.IN_THE_BROWSER, "Reload the page"),
    "Binder": (dict(environ=["BINDER_REPO_URL", "JUPYTERHUB_USER"]), places.BINDER, PIP),
    "hub": (dict(environ=["JUPYTERHUB_USER"], kind="conda"), places.HUB, "Whoever runs the hub"),
    "run.py": (dict(kind="run.py"), places.RUN_PY, "python3 run.py lab"),
    "run.py in VS Code": (dict(kind="run.py", environ=["VSCODE_PID"]), places.RUN_PY, ".venv"),
    "VS Code": (
        dict(environ=["VSCODE_PID"], kind="venv"),
        places.VS_CODE,
        '"PYTHON" -m pip install "lark>=1.1,<2"',
    ),
    "uv in VS Code": (
        dict(environ=["VSCODE_CWD"], kind="uv"),
        places.VS_CODE,
        'uv pip install --python "PYTHON" "lark>=1.1,<2"',
    ),
    "uv": (dict(kind="uv"), places.UV, 'uv pip install --python "PYTHON" "lark>=1.1,<2"'),
    "conda": (
        dict(kind="conda"),
        places.CONDA,
        'conda install --prefix "PREFIX" -c conda-forge "lark>=1.1,<2"',
    ),
    "venv": (dict(kind="venv"), places.VENV, '"PYTHON" -m pip install "lark>=1.1,<2"'),
    "the system's": (dict(kind="system"), places.NO_ENVIRONMENT, "an environment of its own"),
}


@pytest.mark.parametrize("name", CASES)
def test_place_is_told_and_its_advice_fits(here, name):
    arguments, place, words = CASES[name]
    found, advice = here(**arguments)
    assert found is place
    assert words in advice
    assert "{" not in advice


def test_every_place_is_tried():
    known = {each.name for each in vars(places).values() if isinstance(each, places.Place)}
    assert {place.name for _, place, _ in CASES.values()} == known


def test_no_advice_asks_an_index_for_the_course_by_its_bare_name():
    """Nobody has registered the name, so that anybody could."""
    for place in vars(places).values():
        if isinstance(place, places.Place):
            assert "course-nn" not in place.packages + place.newer_python + place.course
            assert "course_nn" not in place.packages + place.newer_python + place.course


@pytest.mark.all
def test_a_real_virtual_environment_is_told(tmp_path):
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    (python,) = [*venv.glob("bin/python"), *venv.glob("Scripts/python.exe")]
    file = Path(places.__file__)
    program = f"import sys; sys.path.insert(0, {str(file.parent)!r}); import places\n"
    program += "print(places.place(environ={}, modules={}).name)"
    said = subprocess.run([python, "-c", program], capture_output=True, check=True, text=True)
    assert said.stdout.strip() == places.VENV.name
