"""What students get has no solution in it, no grader, and nothing that leads nowhere."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path, PurePosixPath

import nbformat
import pytest
from homework_samples import HIDDEN, SOLUTION, WRITTEN, write_source
from tiers import thinned

from course_grading.inventory import pages
from course_grading.inventory.answers import HEADER
from course_grading.inventory.forms import form
from course_grading.inventory.qti12 import qti12
from course_grading.publishing import homework, leaks, release

ROOT = Path(__file__).resolve().parents[3]


def contents(folder):
    """{path: bytes} of all files of a folder."""
    return {
        PurePosixPath(path.relative_to(folder).as_posix()): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# ------------------------------------------------------------------ the course as it is


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The release of this course, taken without git: files that are not committed yet count too."""
    course = tmp_path_factory.mktemp("course")
    for name in [*release.KNOWN, "course_grading", "homework", "teaching"]:
        place = ROOT / name
        if place.is_dir():
            skip = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
            shutil.copytree(place, course / name, ignore=skip)
        elif place.exists():
            shutil.copyfile(place, course / name)
    folder = tmp_path_factory.mktemp("students") / "new" / "tree"
    number = release.write(folder, course)
    assert number == len(contents(folder)) > 100
    return folder


@pytest.fixture(scope="module")
def secrets():
    return leaks.secrets(ROOT)


@pytest.mark.long
def test_release_has_no_secret_and_no_word_of_the_grader(released, secrets):
    assert {"hw1", "hw2", "hw3", "hw4"} <= set(secrets.values())
    assert release.find_problems(contents(released), secrets) == []


@pytest.mark.all
@pytest.mark.parametrize("name", thinned(["README.md", "course_exercises/homework/hw2.py"], 2))
def test_planted_secret_is_found(released, secrets, name):
    content = (released / name).read_bytes()
    for secret in secrets:
        planted = {PurePosixPath(name): content + f"\n# {secret}\n".encode()}
        assert release.find_problems(planted, secrets)


@pytest.mark.long
@pytest.mark.parametrize(
    "name", thinned(["homework/hw2.ipynb", "03_derive_the_gradient_of_W3.ipynb"], 2)
)
def test_secret_planted_in_a_notebook_is_found(released, secrets, name):
    notebook = homework.read(released / "notebooks" / name)
    notebook.cells[-1].source = "a place"
    text = nbformat.writes(notebook)
    assert text.count('"a place"') == 1
    for secret in secrets:
        planted = {PurePosixPath(name): text.replace('"a place"', json.dumps(secret)).encode()}
        assert release.find_problems(planted, secrets)


def test_every_place_that_is_seen_anyway_is_there():
    assert [pattern for pattern in leaks.SEEN_ANYWAY if not any(ROOT.glob(pattern))] == []


def test_release_leaves_out_the_instructors_wing(released):
    gone = ["course_grading", "homework", "tests/course_grading", ".git", ".venv"]
    gone += ["teaching", "tools/course_slides", "tools/build_slides.py"]
    assert [name for name in gone if (released / name).exists()] == []
    for name in ("run.py", "README.md", "CONTRIBUTING.md", "pyproject.toml"):
        assert not re.search(r"\bexams?\b", (released / name).read_text(encoding="utf-8")), name
    there = [
        "run.py",
        "notebooks/homework/hw1.ipynb",
        "tests/course_nn/test_graph.py",
        "course_nn/graph.py",
    ]
    assert [name for name in there if not (released / name).is_file()] == []


def test_release_knows_its_originals_and_opens_copies(released):
    listed = json.loads((released / ORIGINALS).read_text(encoding="utf-8"))["notebooks"]
    notebooks = {
        path.relative_to(released / "notebooks").as_posix()
        for path in (released / "notebooks").rglob("*.ipynb")
    }
    assert notebooks <= set(listed)
    text = (released / "run.py").read_text(encoding="utf-8")
    assert "ORIGINALS_ARE_EDITED = False" in text
    assert "ORIGINALS_ARE_EDITED = True" not in text


def test_links_of_the_release_lead_somewhere(released):
    for path in released.rglob("*.md"):
        targets = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
        local = [target for target in targets if not target.startswith("https://")]
        assert [target for target in local if not (path.parent / target).exists()] == []


IMPORT_ALL = """
import importlib, pkgutil, benchmarks, course_exercises, course_nn, run
for package in (benchmarks, course_exercises, course_nn):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
assert course_nn.__file__.startswith({folder!r}), course_nn.__file__
"""


def run_in(folder, *arguments):
    """A fresh Python in the release, which finds nothing of this course but what is there."""
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8"
    )


@pytest.mark.long
def test_modules_and_tests_of_the_release_need_nothing_that_is_withheld(released):
    imports = run_in(released, "-c", IMPORT_ALL.format(folder=str(released)))
    assert imports.returncode == 0, imports.stderr
    no_cache = ["-p", "no:cacheprovider", "--assert=plain"]
    tests = run_in(released, "-m", "pytest", "--collect-only", "-q", *no_cache, "tests")
    assert tests.returncode == 0, tests.stdout


def test_project_of_the_release_has_no_grader(released):
    project = tomllib.loads((released / "pyproject.toml").read_text("utf-8"))["project"]
    assert "scripts" not in project
    assert set(project["optional-dependencies"]) == {
        *("lessons", "figures", "test", "cluster", "fast", "peers", "site", "long", "dev")
    }


def test_every_file_of_the_course_is_released_or_withheld():
    """A new file in the top folder has to be put on one of the two lists."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone, so the files of the course are not known")
    undecided = [
        str(path)
        for path in release.listed_files(ROOT)
        if not release.is_withheld(path) and not release.is_known(path)
    ]
    assert undecided == []


# ------------------------------------------------------------------ a small one


@pytest.fixture
def root(tmp_path):
    """A course folder with a homework, a README with both kinds of lines, and a module."""
    root = tmp_path / "course"
    write_source(root)
    (root / "README.md").write_text(
        "# Course\n<!-- instructors: begin -->\nsecret\n<!-- instructors: end -->\nEnd.\n"
    )
    for name in [
        "course_nn/graph.py",
        "course_grading/x.py",
        "tests/course_grading/test_x.py",
        "run.py",
    ]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("# a file\n")
    (root / "course_nn" / "data.npz").write_bytes(b"\x00\xff\x00")
    (root / "notes.txt").write_text("not known\n")
    (root / "course_nn" / ".hidden").mkdir()
    (root / "course_nn" / ".hidden" / "x").touch()
    assert homework.main([], root) == 0
    return root


def git(root, *arguments):
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)


RELEASED = {
    PurePosixPath("README.md"): b"# Course\nEnd.\n",
    PurePosixPath("course_nn/data.npz"): b"\x00\xff\x00",
    PurePosixPath("course_nn/graph.py"): b"# a file\n",
    PurePosixPath("run.py"): b"# a file\n",
}
HOMEWORK = PurePosixPath("notebooks/homework/hw9.ipynb")
ORIGINALS = PurePosixPath("notebooks/.originals.json")


def test_release_of_the_small_one(root, tmp_path):
    folder = tmp_path / "students"
    assert release.write(folder, root) == 6
    files = contents(folder)
    assert list(json.loads(files.pop(ORIGINALS))["notebooks"]) == ["homework/hw9.ipynb"]
    assert files.pop(HOMEWORK) == (root / HOMEWORK).read_bytes()
    assert files == RELEASED


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_with_git_only_what_is_tracked_is_released(root, tmp_path):
    git(root, "init", "--quiet")
    git(root, "add", ".")
    (root / "notebooks" / "my_solutions.ipynb").write_text("{}")
    (root / "grades.csv").write_text("ada,100\n")
    release.write(tmp_path / "students", root)
    files = contents(tmp_path / "students")
    assert set(files) == {HOMEWORK, ORIGINALS, *RELEASED, PurePosixPath("course_nn/.hidden/x")}


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_where_git_does_not_answer_nothing_is_released(root, tmp_path):
    (root / ".git").mkdir()
    with pytest.raises(release.ReleaseFailed, match="git does not list the files"):
        release.write(tmp_path / "students", root)
    assert not (tmp_path / "students").exists()


def test_nothing_is_overwritten(root, tmp_path):
    folder = tmp_path / "students"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(release.ReleaseFailed, match="is not empty"):
        release.write(folder, root)
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    with pytest.raises(release.ReleaseFailed, match="is a file"):
        release.write(folder / "mine.txt", root)
    assert (folder / "mine.txt").read_text() == "mine"


def test_empty_folder_is_filled(root, tmp_path):
    folder = tmp_path / "students"
    folder.mkdir()
    assert release.write(str(folder), root) == 6


def test_copies_for_a_hub_lie_beside_the_tree(root, tmp_path):
    folder, copies = tmp_path / "students", tmp_path / "students-copies"
    assert release.write(folder, root, copies=True) == 6
    files = contents(copies)
    assert files.pop(PurePosixPath(".readers_copies.json"))
    assert files == {PurePosixPath("homework/hw9.ipynb"): (root / HOMEWORK).read_bytes()}


@pytest.mark.parametrize("taken", ["students", "students-copies"])
def test_nothing_is_written_where_one_of_the_two_folders_is_taken(root, tmp_path, taken):
    (tmp_path / taken).mkdir()
    (tmp_path / taken / "mine.txt").touch()
    with pytest.raises(release.ReleaseFailed, match=f"{taken} is not empty"):
        release.write(tmp_path / "students", root, copies=True)
    assert [path.name for path in tmp_path.glob("students*")] == [taken]
    assert len(contents(tmp_path / taken)) == 1


@pytest.mark.parametrize("tracked", [False, True])
def test_copies_in_which_somebody_works_are_not_released(root, tmp_path, tracked):
    """Nor is anything else in that folder, even where git has been told to track it."""
    mine = root / "my_notebooks" / "homework" / "hw9.ipynb"
    mine.parent.mkdir(parents=True)
    mine.write_text(SOLUTION)
    if tracked:
        git(root, "init", "--quiet")
        git(root, "add", "--force", ".")
    release.write(tmp_path / "students", root)
    assert not (tmp_path / "students" / "my_notebooks").exists()


def test_stale_student_version_is_not_released(root, tmp_path):
    built = (root / HOMEWORK).read_bytes()
    (root / HOMEWORK).unlink()
    with pytest.raises(release.ReleaseFailed, match=r"has not been built\.\nRun `python3 run\.py"):
        release.write(tmp_path / "students", root)
    (root / HOMEWORK).write_bytes(built)
    (root / "homework" / "source" / "hw9" / "hw9.ipynb").write_text("{")
    with pytest.raises(release.ReleaseFailed, match="is not a notebook"):
        release.write(tmp_path / "students", root)


@pytest.mark.parametrize("secret", thinned([SOLUTION, HIDDEN, WRITTEN], 3))
@pytest.mark.parametrize(
    "name", ["course_exercises/homework/hw9.py", "tests/test_hw9.py", "run.py"]
)
def test_file_with_a_secret_is_not_released(root, tmp_path, name, secret):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(f"# one\n#  {secret}\n")
    with pytest.raises(release.ReleaseFailed, match=rf"(?s)Nothing was written.*{name}: it has a"):
        release.write(tmp_path / "students", root)
    assert not (tmp_path / "students").exists()


def test_secret_in_the_output_of_a_notebook_is_found(root):
    secrets = leaks.secrets(root)
    text = f'{{"cells": [{{"outputs": [{{"text": ["1\\n", "{SOLUTION}\\n"]}}]}}]}}'.encode()
    assert len(leaks.find_leaks({PurePosixPath("a.ipynb"): text}, secrets)) == 1
    assert leaks.find_leaks({PurePosixPath("a.ipynb"): b'{"cells": ["1"]}'}, secrets) == []
    damaged = leaks.find_leaks({PurePosixPath("a.ipynb"): text[:-1]}, secrets)
    assert len(damaged) == 1, "a damaged notebook is searched as it is"


@pytest.mark.parametrize("word", ["course_grading", "### BEGIN SOLUTION", "BEGIN HIDDEN TESTS"])
def test_file_that_mentions_the_grader_is_not_released(root, tmp_path, word):
    (root / "run.py").write_text(f"# see {word}\n")
    with pytest.raises(release.ReleaseFailed, match=r"run\.py: it has '"):
        release.write(tmp_path / "students", root)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("key.html", lambda: pages.key().encode()),
        ("form_A.qti12.zip", lambda: qti12(form("A"), "form_A", "A", feedback=False)),
        ("before.csv", lambda: ",".join(HEADER).encode() + b"\r\ns1,A,B\r\n"),
        ("after.csv", lambda: ";".join(HEADER).encode() + b"\r\ns1;A;B\r\n"),
    ],
)
def test_key_in_a_folder_that_students_get_is_not_released(root, tmp_path, name, made):
    (root / "docs" / "e").mkdir(parents=True)
    (root / "docs" / "e" / name).write_bytes(made())
    with pytest.raises(
        release.ReleaseFailed, match=rf"Nothing was written.\ndocs/e/{name}: it has"
    ):
        release.write(tmp_path / "students", root)
    assert not (tmp_path / "students").exists()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\n  # instructors: begin\nb\n  # instructors: end\nc\n", "a\nc\n"),
        ("a\nsays # instructors: begin\n", "a\nsays # instructors: begin\n"),
        ("a", "a"),
        ("# instructors: begin\n# instructors: end", ""),
    ],
)
def test_lines_for_instructors_are_cut(text, left):
    assert release.cut(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "# instructors: begin\n",
        "# instructors: end\n",
        "# instructors: begin\n# instructors: begin\n# instructors: end\n",
    ],
)
def test_marker_without_its_partner_is_refused(text, root, tmp_path):
    with pytest.raises(release.ReleaseFailed, match="has no partner"):
        release.cut(text)
    (root / "run.py").write_text(text)
    with pytest.raises(release.ReleaseFailed, match=r"run\.py: 'instructors: .*' has no partner"):
        release.write(tmp_path / "students", root)


@pytest.mark.parametrize(
    ("path", "withheld"),
    [
        ("homework/README.md", True),
        ("course_grading/inside/x.py", True),
        ("tests/course_grading/test_x.py", True),
        ("benchmarks/grading_speed.py", True),
        ("notebooks/homework/hw1.ipynb", False),
        ("tests/course_nn/test_graph.py", False),
        ("benchmarks/peers/hand_numpy.py", False),
        ("course_nn/grading.py", False),
        ("course_grading/pyproject.toml", True),
        ("teaching/slides/03.toml", True),
        ("tools/course_slides/plans.py", True),
        ("tools/build_slides.py", True),
        ("course_grading/exams/templates/key.html", True),
        ("tests/course_grading/exams/marked_exams.py", True),
        ("setup.py", False),
    ],
)
def test_what_is_withheld(path, withheld):
    assert release.is_withheld(PurePosixPath(path)) == withheld
