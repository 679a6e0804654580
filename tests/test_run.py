"""What run.py decides and says.  Nothing here is downloaded and no environment is made."""

import ast
import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from tiers import thinned

import run

PYPROJECT = '[project]\nname = "x"\ndependencies = ["numpy"]\n[tool.ruff]\nline-length = 100\n'


def site_packages(venv):
    return venv / run.SITE_PACKAGES.replace("*", ".11")


def pretend_to_install(venv, packages=("jupyterlab", "pytest")):
    """A Python and some packages, as far as run.py looks at them."""
    python = run.python_of(venv)
    python.parent.mkdir(parents=True, exist_ok=True)
    python.touch()
    for name in packages:
        (site_packages(venv) / name).mkdir(parents=True, exist_ok=True)
        (site_packages(venv) / name / "__init__.py").touch()


def pretend_uv_sync(venv, folder, settings="home = /usr/bin\nuv = 0.9.5\nversion_info = 3.12.1\n"):
    """What `uv sync` in `folder` leaves in its environment, as far as run.py looks at it."""
    pretend_to_install(venv, ["numpy"])
    (venv / "pyvenv.cfg").write_text(settings)
    information = site_packages(venv) / "course_nn-0.1.0.dist-info"
    information.mkdir()
    direct_url = {"url": folder.as_uri(), "dir_info": {"editable": True}}
    (information / "direct_url.json").write_text(json.dumps(direct_url))


@pytest.fixture
def wanted():
    return {"python": "3.11", "folder": "/here", "packages": "abc", "extras": ["test"]}


@pytest.fixture
def venv(tmp_path, wanted):
    """An environment as a finished set-up leaves it, as far as run.py looks at it."""
    venv = tmp_path / ".venv"
    pretend_to_install(venv)
    (venv / run.LOG).touch()
    (venv / run.STAMP).write_text(json.dumps(wanted))
    return venv


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder for run.py to set up; what it would have run is in `installed`."""
    root = tmp_path / "Kurs Übung 深度"
    root.mkdir()
    for project in run.PROJECTS:
        (root / project).mkdir(exist_ok=True)
        (root / project / "pyproject.toml").write_text(PYPROJECT)
    (root / "constraints.txt").write_text("numpy==2\n")
    monkeypatch.setattr(run, "ROOT", root)
    monkeypatch.setattr(run, "VENV", root / ".venv")
    monkeypatch.setattr(run, "ORIGINALS_ARE_EDITED", True)  # in both trees: no copies
    monkeypatch.delenv("COURSE_CONSTRAINTS", raising=False)
    installed = []

    def installer(command, lock):
        installed.append(command)
        pretend_to_install(run.VENV, ["jupyterlab", "pytest", "pip"])

    compiled = []
    monkeypatch.setattr(run, "run_installer", installer)
    monkeypatch.setattr(run, "compile_packages", compiled.append)
    return SimpleNamespace(root=root, venv=root / ".venv", installed=installed, compiled=compiled)


# ------------------------------------------------------------------ is a set-up needed?


def test_finished_environment_is_used_as_it_is(venv, wanted):
    assert run.what_to_do(venv, wanted) == ("nothing", "")


def test_no_environment_is_made(tmp_path, wanted):
    assert run.what_to_do(tmp_path / ".venv", wanted)[0] == "make"


def test_empty_folder_is_filled(tmp_path, wanted):
    assert run.what_to_do(tmp_path, wanted)[0] == "make"


def test_interrupted_set_up_is_mended(venv, wanted):
    (venv / run.STAMP).unlink()
    action, why = run.what_to_do(venv, wanted)
    assert action == "make"
    assert "not finished" in why


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"python": "3.11"}', "\x00\x00"])
def test_damaged_stamp_counts_as_none(venv, wanted, text):
    (venv / run.STAMP).write_text(text)
    assert run.what_to_do(venv, wanted)[0] == "make"


def test_environment_of_somebody_else_is_not_touched(venv, wanted):
    (venv / run.STAMP).unlink()
    (venv / run.LOG).unlink()
    with pytest.raises(run.SetupFailed, match="Rename or delete it"):
        run.what_to_do(venv, wanted)
    assert run.python_of(venv).exists()


@pytest.mark.parametrize(
    ("key", "value", "action", "reason"),
    [
        ("folder", "/elsewhere", "make", "moved or copied"),
        ("python", "3.12", "make", "made with Python 3.11"),
        ("packages", "def", "install", "list of packages has changed"),
    ],
)
def test_what_changed_decides_what_is_done(venv, wanted, key, value, action, reason):
    wanted[key] = value
    decided, why = run.what_to_do(venv, wanted)
    assert decided == action
    assert reason in why


def test_environment_whose_python_is_gone_is_made_again(venv, wanted):
    python = run.python_of(venv)
    python.unlink()
    if not run.WINDOWS:
        python.symlink_to(venv / "no-such-python")
    action, why = run.what_to_do(venv, wanted)
    assert action == "make"
    assert "is gone" in why


def test_digest_changes_with_packages_only():
    def digest(*pyprojects, pins="numpy==2\n"):
        return run.requirements_digest(pyprojects, pins)

    other = PYPROJECT.replace('"numpy"', '"scipy"')
    assert digest(PYPROJECT) == digest(PYPROJECT.replace("100", "99"))
    assert digest(PYPROJECT) != digest(PYPROJECT, pins="numpy==3\n")
    assert digest(PYPROJECT) != digest(other)
    assert digest(PYPROJECT, PYPROJECT) != digest(PYPROJECT, other)


# ------------------------------------------------------------------ the set-up


def test_first_run_makes_and_second_does_nothing(course):
    run.make_ready({})
    make, install = course.installed
    assert make[1:] == ["-m", "venv", str(course.venv)]
    assert str(course.root / "constraints.txt") in install
    editable = [f".[{','.join(run.EXTRAS)}]", *run.PROJECTS[1:]]
    assert [install[i + 1] for i, word in enumerate(install) if word == "-e"] == editable
    run.make_ready({})
    assert len(course.installed) == 2


def test_changed_constraints_reinstall_without_making_anew(course):
    run.make_ready({})
    course.installed.clear()
    kept = course.venv / "something-the-student-installed"
    kept.touch()
    (course.root / "constraints.txt").write_text("numpy==3\n")
    run.make_ready({})
    assert [command[2] for command in course.installed] == ["pip"]
    assert kept.exists()
    run.make_ready({})
    assert len(course.installed) == 1


@pytest.mark.parametrize("failing", ["venv", "pip"])
def test_stopped_set_up_is_started_anew(course, monkeypatch, failing):
    installer = run.run_installer

    def stopped(command, lock):
        installer(command, lock)
        if command[2] == failing:
            raise KeyboardInterrupt

    monkeypatch.setattr(run, "run_installer", stopped)
    with pytest.raises(KeyboardInterrupt):
        run.make_ready({})
    leftover = course.venv / "leftover"
    leftover.touch()
    monkeypatch.setattr(run, "run_installer", installer)
    course.installed.clear()
    run.make_ready({})
    assert [command[2] for command in course.installed] == ["venv", "pip"]
    assert not leftover.exists()


def test_stopped_reinstall_is_not_taken_for_finished(course, monkeypatch):
    run.make_ready({})
    pins = (course.root / "constraints.txt").read_text()
    (course.root / "constraints.txt").write_text("numpy==3\n")

    def stopped(command, lock):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "run_installer", stopped)
    with pytest.raises(KeyboardInterrupt):
        run.make_ready({})
    (course.root / "constraints.txt").write_text(pins)
    assert run.what_to_do(course.venv, run.wanted_stamp(run.constraints_file({})))[0] == "make"


def test_moved_folder_is_noticed(course, monkeypatch):
    run.make_ready({})
    moved = course.root.rename(course.root.with_name("moved"))
    monkeypatch.setattr(run, "ROOT", moved)
    monkeypatch.setattr(run, "VENV", moved / ".venv")
    course.installed.clear()
    run.make_ready({})
    assert [command[2] for command in course.installed] == ["venv", "pip"]


def test_environment_is_made_from_the_python_beneath_another_environment(course, monkeypatch):
    monkeypatch.setattr(sys, "_base_executable", "/usr/bin/python3.99", raising=False)
    run.make_ready({})
    assert course.installed[0][0] == "/usr/bin/python3.99"


def test_jupyterlab_does_not_ask_about_news(course):
    run.make_ready({})
    config = json.loads((course.venv / "etc/jupyter/labconfig/page_config.json").read_text())
    assert config["disabledExtensions"]["@jupyterlab/apputils-extension:announcements"]


def test_newest_allowed_versions_can_be_asked_for(course):
    run.make_ready({"COURSE_CONSTRAINTS": "none"})
    assert "-c" not in course.installed[1]
    assert "--upgrade" in course.installed[1]


def test_another_constraints_file_can_be_named(course):
    (course.root / "old.txt").write_text("numpy==1\n")
    run.make_ready({"COURSE_CONSTRAINTS": "old.txt"})
    assert str(course.root / "old.txt") in course.installed[1]


def test_misspelt_constraints_file_is_refused(course):
    with pytest.raises(run.SetupFailed, match=r"names old\.text, but"):
        run.make_ready({"COURSE_CONSTRAINTS": "old.text"})
    assert not course.venv.exists()


def test_python_without_venv_is_refused_before_anything_is_made(course, monkeypatch):
    monkeypatch.setattr(run, "lacks_venv", lambda: True)
    with pytest.raises(run.SetupFailed, match="install the package python3-venv"):
        run.make_ready({})
    assert not course.venv.exists()


# ------------------------------------------------------------------ more packages for `--long`


def extras_of(command):
    return command[command.index("-e") + 1].removeprefix(".[").removesuffix("]").split(",")


def test_long_tests_bring_their_packages_once_and_keep_them(course, monkeypatch):
    monkeypatch.setattr(run, "hand_over", lambda command, environment: 0)
    for arguments in (["test"], ["test", "--long", "-k", "x"], ["lab"], ["test", "--long"]):
        assert run.main(arguments) == 0
    _, first, second = course.installed
    assert extras_of(first) == [*run.EXTRAS]
    assert extras_of(second) == [*run.EXTRAS, *run.EXTRAS_FOR_LONG]
    (course.root / "constraints.txt").write_text("numpy==3\n")
    assert run.main(["lab"]) == 0
    assert extras_of(course.installed[-1]) == extras_of(second), "what is there is renewed too"


def test_site_brings_its_packages(course, monkeypatch):
    monkeypatch.setattr(run, "hand_over", lambda command, environment: command)
    command = run.main(["site", "--out", "x"])
    assert extras_of(course.installed[-1]) == [*run.EXTRAS, *run.EXTRAS_FOR_SITE]
    assert command[1:] == [str(Path("tools", "build_site.py")), "--out", os.path.abspath("x")]
    run.main(["site", "--try", "--pyodide", "x"])
    assert extras_of(course.installed[-1]) == [*run.EXTRAS, *run.EXTRAS_FOR_LONG]


def test_only_the_tests_can_be_long(course, monkeypatch):
    monkeypatch.setattr(run, "hand_over", lambda command, environment: 0)
    assert run.main(["bench", "--long"]) == 0
    assert extras_of(course.installed[-1]) == [*run.EXTRAS]


# ------------------------------------------------------------------ an environment of uv's


def test_environment_of_uv_is_completed_and_kept(course, capsys):
    pretend_uv_sync(course.venv, course.root)
    run.make_ready({})
    assert "uv made it" in capsys.readouterr().out
    assert [command[2] for command in course.installed] == ["ensurepip", "pip"]
    assert str(course.root / "constraints.txt") in course.installed[1]
    assert course.compiled == [str(run.python_of(course.venv))]
    assert (course.venv / "pyvenv.cfg").exists()
    run.make_ready({})
    assert len(course.installed) == 2


def test_pip_that_is_there_is_not_brought_again(course):
    pretend_uv_sync(course.venv, course.root)
    pretend_to_install(course.venv, ["pip"])
    run.make_ready({})
    assert [command[2] for command in course.installed] == ["pip"]


def test_uv_may_have_chosen_another_python(course, monkeypatch):
    pretend_uv_sync(course.venv, course.root)
    run.make_ready({})
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    assert run.what_to_do(course.venv, run.wanted_stamp(run.constraints_file({})))[0] == "nothing"


def test_what_uv_sync_takes_away_is_brought_back(course):
    pretend_uv_sync(course.venv, course.root)
    run.make_ready({})
    course.installed.clear()
    for name in ("jupyterlab", "pip"):
        shutil.rmtree(site_packages(course.venv) / name)
    run.make_ready({})
    assert [command[2] for command in course.installed] == ["ensurepip", "pip"]
    assert (site_packages(course.venv) / "numpy").exists()


def test_what_uv_sync_takes_away_from_an_environment_of_ours_is_brought_back(course):
    run.make_ready({})
    course.installed.clear()
    for name in ("pytest", "pip"):
        shutil.rmtree(site_packages(course.venv) / name)
    run.make_ready({})
    assert [command[2] for command in course.installed] == ["ensurepip", "pip"]


def test_stopped_completion_deletes_nothing_of_uv(course, monkeypatch):
    pretend_uv_sync(course.venv, course.root)
    installer = run.run_installer

    def stopped(command, lock):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "run_installer", stopped)
    with pytest.raises(KeyboardInterrupt):
        run.make_ready({})
    monkeypatch.setattr(run, "run_installer", installer)
    run.make_ready({})
    assert (site_packages(course.venv) / "numpy").exists()
    assert course.installed[-1][2] == "pip"


@pytest.mark.parametrize("what", ["no uv", "another folder", "no course", "damaged", "a list"])
def test_foreign_environment_is_not_touched_even_if_uv_was_there(course, what):
    pretend_uv_sync(course.venv, course.root)
    direct_url = site_packages(course.venv) / "course_nn-0.1.0.dist-info" / "direct_url.json"
    if what == "no uv":
        (course.venv / "pyvenv.cfg").write_text("home = /usr/bin\n")
    elif what == "another folder":
        direct_url.write_text(json.dumps({"url": (course.root / "old").as_uri()}))
    elif what == "no course":
        shutil.rmtree(direct_url.parent)
    else:
        direct_url.write_text("{" if what == "damaged" else "[]")
    with pytest.raises(run.SetupFailed, match="nor by `uv sync`"):
        run.make_ready({})
    assert not course.installed
    assert (site_packages(course.venv) / "numpy").exists()


def test_packages_are_compiled(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "VENV", tmp_path)
    pretend_to_install(tmp_path, ["numpy"])
    (site_packages(tmp_path) / "broken.py").write_text("no python")
    run.compile_packages(sys.executable)
    assert [*(site_packages(tmp_path) / "numpy").glob("__pycache__/*.pyc")]


# ------------------------------------------------------------------ the sentences


@pytest.mark.parametrize("version", [(3, 8, 18), (3, 10, 0), (2, 7, 18)])
def test_old_python_is_refused_with_a_sentence(version, monkeypatch, capsys):
    monkeypatch.setattr(run.sys, "version_info", version)
    assert run.main(["lab"]) == 1
    said = capsys.readouterr().err
    assert "needs Python 3.11 or later" in said
    assert ".".join(map(str, version)) in said


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 1), (4, 0, 0)])
def test_new_python_is_accepted(version):
    assert run.explain_old_python(version, "python") is None


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_python_without_venv_is_noticed(missing):
    assert run.lacks_venv(lambda name: None if name == missing else name)
    assert not run.lacks_venv(lambda name: name)


NO_NETWORK = """\
WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError(
'<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f>: Failed to establish a new
connection: [Errno -3] Temporary failure in name resolution')': /simple/numpy/
ERROR: Could not find a version that satisfies the requirement numpy (from versions: none)
ERROR: No matching distribution found for numpy
"""
NO_NETWORK_WINDOWS = (
    "WARNING: Retrying ... [Errno 11001] getaddrinfo failed')': /simple/numpy/\n"
    "ERROR: No matching distribution found for numpy\n"
)
FULL_DISK = "ERROR: Could not install because of an OSError: [Errno 28] No space left on device\n"
FULL_DISK_WINDOWS = "OSError: [WinError 112] There is not enough space on the disk: 'x'\n"
READ_ONLY = "ERROR: Could not install: [Errno 13] Permission denied: '/x/.venv/bin/pip'\n"
NO_ENSUREPIP = """\
The virtual environment was not created successfully because ensurepip is not available.
"""
CONFLICT = "ERROR: Cannot install numpy==2 because these versions have conflicting dependencies.\n"


@pytest.mark.parametrize(
    ("output", "free", "sentence"),
    [
        (NO_NETWORK, 1e4, "needs the internet"),
        (NO_NETWORK_WINDOWS, 1e4, "needs the internet"),
        (FULL_DISK, 1e4, f"needs about {run.MEGABYTES_NEEDED} MB"),
        (FULL_DISK_WINDOWS, 1e4, "The disk is full"),
        (NO_NETWORK + FULL_DISK, 1e4, "The disk is full"),
        ("error: subprocess-exited-with-error\n", 0.0, "The disk is full"),
        ("", 0.0, "The disk is full"),
        (READ_ONLY, 1e4, "may not be written"),
        (NO_ENSUREPIP, 1e4, "python3-venv (or python3.11-venv)"),
        (CONFLICT, 1e4, "The set-up failed"),
        ("", 1e4, "The set-up failed"),
    ],
)
def test_failure_of_pip_becomes_a_sentence(output, free, sentence):
    said = run.explain_installer(output.splitlines(keepends=True), free, (3, 11, 7))
    assert sentence in said
    assert "Traceback" not in said
    if output:
        assert output.strip().splitlines()[-1][:60] in said
    assert "is tested with" not in said


def test_failure_under_an_untested_python_says_which_are_tested():
    assert "3.11 to 3.13" in run.explain_installer([CONFLICT], 1e4, (3, 15, 0))


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EACCES, "a folder of your own"),
        (errno.EROFS, "a folder of your own"),
        (errno.EIO, "delete"),
    ],
)
def test_error_of_the_system_becomes_a_sentence(course, monkeypatch, capsys, number, sentence):
    def fail(command, lock):
        raise OSError(number, "as the system says", str(course.venv))

    monkeypatch.setattr(run, "run_installer", fail)
    assert run.main(["test"]) == 1
    assert sentence in capsys.readouterr().err


def test_ctrl_c_during_the_set_up_becomes_a_sentence(course, monkeypatch, capsys):
    def stopped(command, lock):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "run_installer", stopped)
    assert run.main(["test"]) == 130
    assert "Run the command again" in capsys.readouterr().err


# ------------------------------------------------------------------ venv and pip as processes


def test_failed_process_is_explained_and_logged(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "VENV", tmp_path)
    code = "import sys; print('häppened'); sys.exit('No space left on device')"
    command = [sys.executable, "-X", "utf8", "-c", code]
    with (
        open(tmp_path / "lock", "a") as lock,
        pytest.raises(run.SetupFailed, match="The disk is full"),
    ):
        run.run_installer(command, lock)
    assert "häppened" in (tmp_path / run.LOG).read_text(encoding="utf-8")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_is_told_even_when_the_log_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "VENV", tmp_path)
    (tmp_path / run.LOG).symlink_to("/dev/full")
    code = "import sys; sys.exit('No space left on device')"
    with (
        open(tmp_path / "lock", "a") as lock,
        pytest.raises(run.SetupFailed, match="The disk is full"),
    ):
        run.run_installer([sys.executable, "-c", code], lock)


@pytest.mark.skipif(run.WINDOWS, reason="the lock of Windows belongs to the process")
def test_second_run_waits_for_the_first(tmp_path, monkeypatch, capsys):
    with open(tmp_path / "lock", "a") as first, open(tmp_path / "lock", "a") as second:
        run.take_lock(first)
        monkeypatch.setattr(run.time, "sleep", lambda seconds: first.close())
        run.take_lock(second)
    assert "waiting" in capsys.readouterr().out


def test_emptying_keeps_the_log_and_follows_no_link(tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "homework").touch()
    venv = tmp_path / ".venv"
    (venv / "lib" / "deep").mkdir(parents=True)
    (venv / run.LOG).touch()
    (venv / run.STAMP).touch()
    (venv / run.TRUST).mkdir()
    (venv / run.TRUST / "secret").touch()
    if not run.WINDOWS:
        (venv / "link").symlink_to(precious)
    run.empty_venv(venv)
    assert sorted(path.name for path in venv.iterdir()) == [run.LOG, run.TRUST]
    assert (venv / run.TRUST / "secret").exists(), "what the reader has run stays trusted"
    assert (precious / "homework").exists()


# ------------------------------------------------------------------ the commands


def test_arguments_are_handed_on():
    assert run.command_for("test", ["-k", "x y"], "py") == ["py", "-m", "pytest", "-k", "x y"]
    assert run.command_for("test", [], "py") == ["py", "-m", "pytest"]
    assert run.command_for("bench", ["--quick"], "py") == ["py", "-m", "benchmarks", "--quick"]
    assert run.command_for("notebooks", ["00"], "py")[-1] == "00"
    assert run.command_for("lab", ["--port", "9999"], "py")[-2:] == ["--port", "9999"]
    assert run.command_for("labb", [], "py") is None
    # instructors: begin
    assert run.command_for("homework", ["--check"], "py")[-2:] == [
        "course_grading.publishing.homework",
        "--check",
    ]
    assert run.command_for("exam", ["--seed", "7"], "py")[-3:] == [
        "course_grading.exams",
        "--seed",
        "7",
    ]
    slides = run.command_for("slides", ["--serve"], "py")
    assert slides[-1] == "--serve" and (run.ROOT / slides[1]).is_file()
    # instructors: end


@pytest.mark.parametrize(
    ("typed", "handed_on"),
    [
        (["--out", "a/"], ["--out", "{}/a"]),
        (["--out=../a", "--seed", "7"], ["--out={up}/a", "--seed", "7"]),
        (["--out", "/a"], ["--out", "/a"]),
        (["--out", "--seed"], ["--out", "--seed"]),
        (["--out", ""], ["--out", ""]),
        (["--out="], ["--out="]),
        (["--out"], ["--out"]),
        (["a", "--outer", "a"], ["a", "--outer", "a"]),
    ],
)
def test_a_folder_is_the_one_beside_whoever_types(typed, handed_on, tmp_path, monkeypatch):
    """And not the one beside run.py, from where the command is run."""
    monkeypatch.chdir(tmp_path)
    wanted = [word.format(tmp_path, up=tmp_path.parent) for word in handed_on]
    assert run.command_for("site", typed, "py")[2:] == wanted
    # instructors: begin
    assert run.command_for("exam", typed, "py")[3:] == wanted
    assert run.command_for("slides", typed, "py")[2:] == wanted
    # instructors: end
    assert run.command_for("bench", typed, "py")[3:] == typed


def test_only_root_is_allowed_as_root():
    assert "--allow-root" in run.lab_command("py", [], is_root=True)
    assert "--allow-root" not in run.lab_command("py", [], is_root=False)


def opened_by(command):
    (address,) = [part for part in command if part.startswith("--LabApp.default_url=")]
    return address.partition("/lab/tree/")[2]


@pytest.mark.parametrize(
    ("edited", "arguments", "folder"),
    [
        (False, [], "my_notebooks"),
        (False, ["--port", "9999"], "my_notebooks"),
        (False, ["--port", "9999", "--stored"], "notebooks"),
        (True, [], "notebooks"),
        (True, ["--stored"], "notebooks"),
    ],
)
def test_lab_opens_copies_or_originals(monkeypatch, edited, arguments, folder):
    monkeypatch.setattr(run, "ORIGINALS_ARE_EDITED", edited)
    command = run.lab_command("py", arguments, is_root=False)
    assert opened_by(command) == f"{folder}/{run.START}"
    assert Path(run.ROOT, "notebooks", run.START).is_file()
    assert Path(run.ROOT, command[1]).is_file()
    assert "--stored" not in command, "JupyterLab does not know it"
    assert command[-2:] == ["--port", "9999"] or "--port" not in arguments


def test_this_tree_knows_whether_its_originals_are_edited():
    expected = False
    # instructors: begin
    expected = True
    # instructors: end
    assert expected == run.ORIGINALS_ARE_EDITED
    assert expected != (run.ROOT / "notebooks" / ".originals.json").exists()


@pytest.fixture
def lesson(course):
    """A lesson in a course folder, and whether JupyterLab, started by `lab`, would trust it."""
    pytest.importorskip("nbformat")
    from nbformat import read, v4, write
    from nbformat.sign import NotebookNotary

    path = course.root / "notebooks" / "00_start.ipynb"
    path.parent.mkdir()
    (course.venv / "trust").mkdir(parents=True)
    write(v4.new_notebook(cells=[v4.new_code_cell("1", outputs=[])]), path)

    tools = course.root / "tools"
    tools.mkdir()
    shutil.copy(Path(__file__).parent.parent / "tools" / "trust_notebooks.py", tools)

    def is_trusted(path=path):
        database, secret = map(str, run.trust_files())
        notary = NotebookNotary(db_file=database, secret_file=secret)
        try:
            return notary.check_signature(read(path, as_version=4))
        finally:
            notary.store.close()

    return SimpleNamespace(path=path, is_trusted=is_trusted, course=course)


@pytest.mark.all
def test_lessons_are_trusted_by_the_lab_that_is_started(lesson):
    assert not lesson.is_trusted()
    run.trust_lessons(sys.executable, dict(os.environ))
    assert lesson.is_trusted()
    text = lesson.path.read_text(encoding="utf-8")
    lesson.path.write_text(text.replace('"1"', '"1 + 1"'), encoding="utf-8")
    assert not lesson.is_trusted(), "what was changed behind its back is not trusted"
    options = " ".join(run.lab_command("py", [], is_root=False))
    assert all(str(file) in options for file in run.trust_files())


@pytest.mark.all
@pytest.mark.parametrize("folder", thinned(["workbook", "further"], 2))
def test_the_folders_of_the_lessons_are_trusted_too(lesson, folder):
    part = lesson.path.parent / folder / "1_work.ipynb"
    part.parent.mkdir()
    text = lesson.path.read_text(encoding="utf-8")
    part.write_text(text.replace('"1"', '"3"'), encoding="utf-8")
    run.trust_lessons(sys.executable, dict(os.environ))
    assert lesson.is_trusted(part)


@pytest.mark.all
def test_a_damaged_or_a_foreign_notebook_is_not_trusted_but_the_others_are(lesson):
    folder = lesson.path.parent
    (folder / "00_a.ipynb").write_text('{"cells": [', encoding="utf-8")
    foreign = folder / "mine.ipynb"
    shutil.copy(lesson.path, foreign)
    foreign.write_text(foreign.read_text(encoding="utf-8").replace('"1"', '"2"'), encoding="utf-8")
    run.trust_lessons(sys.executable, dict(os.environ))
    assert lesson.is_trusted()
    assert not lesson.is_trusted(foreign)


@pytest.fixture
def reader(lesson, monkeypatch):
    """A students' tree in which the tools of this one make the copies."""
    monkeypatch.setattr(run, "ORIGINALS_ARE_EDITED", False)
    source = Path(__file__).parent.parent
    shutil.copy(source / "tools" / "readers_copies.py", lesson.course.root / "tools")
    lesson.path.rename(lesson.path.with_name(run.START))
    lesson.copy = lesson.course.root / "my_notebooks" / run.START
    lesson.environment = os.environ | {"PYTHONPATH": str(source)}
    return lesson


def test_copies_are_made_and_trusted_as_long_as_nobody_has_changed_them(reader):
    assert run.make_copies(sys.executable, reader.environment)
    run.trust_lessons(sys.executable, dict(os.environ))
    assert reader.is_trusted(reader.copy)
    text = reader.copy.read_text(encoding="utf-8")
    reader.copy.write_text(text.replace('"1"', '"foreign"'), encoding="utf-8")
    assert run.make_copies(sys.executable, reader.environment)
    run.trust_lessons(sys.executable, dict(os.environ))
    assert not reader.is_trusted(reader.copy), "what has been put there is not trusted"


@pytest.mark.parametrize("damage", thinned([None, "", "[]", '{"copies": {"a": {"files": 1}}}'], 4))
def test_a_damaged_marker_only_costs_the_trust(reader, damage):
    assert run.untouched_copies() == []
    run.make_copies(sys.executable, reader.environment)
    assert run.untouched_copies() == [reader.copy]
    marker = reader.copy.with_name(run.MARKER)
    marker.unlink()
    if damage is not None:
        marker.write_text(damage)
    assert run.untouched_copies() == []


@pytest.mark.all
def test_lab_without_copies_says_how_to_open_the_originals(reader, monkeypatch, capfd):
    monkeypatch.setattr(run, "hand_over", lambda command, environment: 0)
    monkeypatch.setattr(run, "python_of", lambda venv: Path(sys.executable))
    (reader.course.root / "my_notebooks").write_text("a file")
    monkeypatch.setattr(run, "make_ready", lambda *arguments: None)
    monkeypatch.setattr(run, "child_environment", lambda *arguments: reader.environment)
    assert run.main(["lab"]) == 1
    said = "".join(capfd.readouterr())
    assert "my_notebooks is a file, and a folder should be there" in said
    assert "`run.py lab --stored` opens the originals" in said
    assert run.main(["lab", "--stored"]) == 0


@pytest.mark.skipif(run.WINDOWS, reason="the lock of Windows belongs to the process")
def test_a_second_lab_waits_while_the_first_one_makes_copies(reader, monkeypatch, capsys):
    with open(reader.course.root / ".venv.lock", "a") as first:
        run.take_lock(first)
        monkeypatch.setattr(run.time, "sleep", lambda seconds: first.close())
        assert run.make_copies(sys.executable, reader.environment)
    assert "Another run is making the copies in my_notebooks; waiting" in capsys.readouterr().out


def test_stopping_while_the_lessons_are_trusted(course, monkeypatch):
    def stopped(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "trust_lessons", stopped)
    assert run.main(["lab"]) == 130


@pytest.mark.parametrize("command", ["lab", "test"])
def test_only_lab_trusts(command, course, monkeypatch):
    trusted = []
    monkeypatch.setattr(run, "trust_lessons", lambda *arguments: trusted.append(arguments))
    monkeypatch.setattr(run, "hand_over", lambda command, environment: 0)
    assert run.main([command]) == 0
    assert len(trusted) == (command == "lab")


def test_a_lab_that_cannot_trust_opens_all_the_same(course):
    run.trust_lessons(str(course.root / "no python"), {})  # the folder .venv is not there either


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_help_names_every_command(arguments, course, capsys):
    assert run.main(arguments) == 0
    said = capsys.readouterr().out
    assert all(f"run.py {name} " in said for name in run.COMMANDS)
    # instructors: begin
    assert all(name in said for name in ["homework", "exam", "slides"])
    assert "course-grading" in said and "inventory" in said
    # instructors: end
    assert not course.installed


def test_unknown_command_is_refused(course, capsys):
    for typed, sentence in [
        ("labb", "There is no command 'labb'. Did you mean lab?"),
        ("sit", "There is no command 'sit'. Did you mean site?"),
        ("tests", "There is no command 'tests'. Did you mean test?"),
        ("xyz", "There is no command 'xyz'."),
    ]:
        assert run.main([typed]) == 2
        assert capsys.readouterr().err.endswith("\n\n" + sentence + "\n"), "where it is seen"
    assert not course.installed


def test_what_is_offered_for_a_typo_is_a_command():
    assert all(run.command_for(name, [], "py") for name in run.COMMANDS)


def test_exit_code_is_that_of_the_command(course, monkeypatch):
    monkeypatch.setattr(run, "hand_over", lambda command, environment: 5)
    assert run.main(["test"]) == 5


def test_environment_of_the_caller_does_not_lead_astray():
    caller = {"PYTHONHOME": "/x", "PYTHONPATH": "/x", "MPLBACKEND": "agg", "PATH": "/bin"}
    caller |= {"PIP_REQUIRE_VIRTUALENV": "1", "PIP_USER": "1", "PIP_PROXY": "p", "HOME": "/h"}
    child = run.child_environment(caller)
    assert not {"PYTHONHOME", "PYTHONPATH", "MPLBACKEND", "PIP_REQUIRE_VIRTUALENV"} & set(child)
    assert (child["PIP_PROXY"], child["HOME"], child["PIP_USER"]) == ("p", "/h", "0")
    assert child["PATH"].split(run.os.pathsep) == [str(run.python_of(run.VENV).parent), "/bin"]
    assert "COURSE_ANY_VERSIONS" not in child
    assert run.child_environment(caller, any_versions=True)["COURSE_ANY_VERSIONS"] == "1"


# ------------------------------------------------------------------ Pythons that are too old

OLD = ["python2", "python2.7", *(f"python3.{minor}" for minor in range(5, 11))]
NEWER_THAN_2_7 = {
    "an f-string": ast.JoinedStr,
    "an annotation": ast.AnnAssign,
    "nonlocal": ast.Nonlocal,
    "yield from": ast.YieldFrom,
    "async": (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await),
    "an assignment in an expression": ast.NamedExpr,
    "match": ast.Match,
    "except*": ast.TryStar,
}


def too_new_for_2_7(source):
    """What Python 2.7 could not read in this source: [(line, what)]."""
    lines = source.splitlines()
    found = [(i + 1, "no ASCII") for i, line in enumerate(lines) if not line.isascii()]
    for node in ast.walk(ast.parse(source)):
        line = getattr(node, "lineno", 0)
        found += [(line, what) for what, kind in NEWER_THAN_2_7.items() if isinstance(node, kind)]
        if isinstance(node, ast.arguments):
            line = max([0, *(each.lineno for each in [*node.args, *node.kwonlyargs])])
            if node.kwonlyargs or node.posonlyargs:
                found.append((line, "arguments by name or place only"))
            given = [*node.args, node.vararg, *node.kwonlyargs, node.kwarg]
            found += [(line, "an annotation") for each in given if each and each.annotation]
        if isinstance(node, ast.FunctionDef) and node.returns:
            found.append((line, "an annotation"))
        if isinstance(node, ast.Raise) and node.cause:
            found.append((line, "raise from"))
        if isinstance(node, ast.ClassDef) and node.keywords:
            found.append((line, "a class with keywords"))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            found.append((line, "@ between values"))
        is_number = isinstance(node, ast.Constant) and type(node.value) in (int, float)
        if is_number and "_" in ast.get_source_segment(source, node):
            found.append((line, "_ in a number"))
        if isinstance(node, ast.Dict) and None in node.keys:
            found.append((line, "** in a dict"))
        stars = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.Starred)]
        if stars and not isinstance(node, ast.Call):
            found.append((line, "* in a list or an assignment"))
        elif stars and (len(stars) > 1 or node.args[-1] is not stars[0]):
            found.append((line, "a value after *"))
        if isinstance(node, ast.Call) and sum(word.arg is None for word in node.keywords) > 1:
            found.append((line, "two **"))
    return found


TOO_NEW = [
    'f"{x}"',
    "x: int = 1",
    "def f(x: int): pass",
    "def f() -> int: pass",
    "def f(*, x): pass",
    "def f(x, /): pass",
    "def f():\n    x = 1\n    def g():\n        nonlocal x",
    "def f():\n    yield from x",
    "async def f(): pass",
    "(x := 1)",
    "match x:\n    case 1: pass",
    "try:\n    x\nexcept* OSError:\n    pass",
    "raise X from y",
    "class A(metaclass=B): pass",
    "x @ y",
    "x = 1_000",
    "{**x}",
    "[*x]",
    "first, *others = x",
    "f(*x, y)",
    "f(*x, *y)",
    "f(**x, **y)",
    "# é",
]


# What stands above its imports; the whole of it is looked at below.
BEGINNING = Path(run.__file__).read_text(encoding="utf-8").partition("\nimport difflib")[0]


@pytest.mark.parametrize("line", TOO_NEW)
def test_what_python_2_7_cannot_read_is_seen(line):
    assert too_new_for_2_7(f"{BEGINNING}\n{line}\n"), line


@pytest.mark.all
def test_every_python_since_2_7_can_read_run_py():
    assert too_new_for_2_7(Path(run.__file__).read_text(encoding="utf-8")) == []


def test_what_python_2_7_does_not_have_is_imported_after_the_sentence():
    first_try = (
        Path(run.__file__).read_text(encoding="utf-8").partition("\n# Before the imports")[0]
    )
    imported = re.findall(r"^(?:import|from) (\S+)", first_try, re.MULTILINE)
    assert imported == ["__future__", "sys"]


def old_pythons():
    """Those of this machine, as far as they start: [path]."""
    found = [shutil.which(name) for name in OLD]
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found += [str(path) for name in OLD for path in versions.glob(f"*/bin/{name}")]
    return [
        path
        for path in filter(None, dict.fromkeys(found))
        if subprocess.run([path, "-c", "0"], capture_output=True, check=False).returncode == 0
    ]


@pytest.mark.long
def test_an_old_python_says_one_sentence():
    """Those that this machine has: none is fetched."""
    if not (pythons := old_pythons()):
        pytest.skip("there is no Python here that is too old")
    for python in pythons:
        command = [python, "-B", run.__file__, "lab"]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stdout) == (1, ""), python
        first, second = ended.stderr.splitlines()
        assert re.fullmatch(
            r"This course needs Python 3\.11 or later, but \S+ is Python (2\.7|3\.\d+)\.\d+\.",
            first,
        ), ended.stderr
        assert "Install a newer Python" in second
