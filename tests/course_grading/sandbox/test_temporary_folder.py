"""The folder of a run, and what is cleared up after the dead: nothing of the living."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from course_grading.sandbox import temporary_folder
from course_grading.sandbox.temporary_folder import ALIVE, PREFIX, TemporaryFolder, clear_dead

ROOT = Path(__file__).parents[3]
RUN = """
import time
from course_grading.sandbox.temporary_folder import TemporaryFolder
folder = TemporaryFolder()
(folder.path / "inside").mkdir()
(folder.path / "inside" / "actions.py").write_text("x = 1")
print(folder.path, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch) -> Path:
    """Where the folders are, instead of the place that all programs share."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def run(place):
    """Another run of the grader: the process and its folder."""
    environment = {**os.environ, "TMPDIR": str(place), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", RUN], env=environment, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        process.kill()


def left_behind(place: Path, name: str = "dead") -> Path:
    folder = place / f"{PREFIX}{name}"
    folder.mkdir()
    (folder / ALIVE).touch(0o600)
    (folder / "actions.py").write_text("x = 1")
    return folder


def test_it_is_there_until_it_is_closed(place):
    folder = TemporaryFolder()
    assert folder.path.parent == place and folder.path.name.startswith(PREFIX)
    assert folder.path.stat().st_mode & 0o777 == 0o755
    assert [path.name for path in folder.path.iterdir()] == [ALIVE]
    folder.close()
    assert not list(place.iterdir())
    folder.close()  # once more does no harm


def test_the_living_are_left_alone(run):
    _, folder = run
    own = TemporaryFolder()
    assert clear_dead() == []
    assert (folder / "inside" / "actions.py").exists() and own.path.exists()
    own.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_what_the_dead_left_is_cleared(run, place, how):
    process, folder = run
    process.send_signal(how)
    process.wait(timeout=100)
    assert folder.exists()
    own = TemporaryFolder()
    assert clear_dead() == [folder.name]
    assert list(place.iterdir()) == [own.path]
    own.close()


def test_a_program_that_it_started_does_not_keep_it_alive(place):
    """The lock is not handed on: what outlives a run is not the run."""
    script = RUN.replace("time.sleep(60)", "import subprocess\nsubprocess.Popen(['cat'])")
    environment = {**os.environ, "TMPDIR": str(place), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", "-c", script]
    with open(place / "out", "w+") as out:
        run = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=out)
        with run:  # `cat` reads until this ends
            assert run.wait() == 0
            folder = Path((place / "out").read_text().strip())
            assert clear_dead() == [folder.name]


def test_neither_name_nor_age_says_that_somebody_is_dead(place):
    """The place is shared: others choose such names too, and long runs get old."""
    for name in ("new", "old"):
        (place / f"{PREFIX}{name}").mkdir()
    other = left_behind(place, "x").rename(place / "other-grading-x")
    living = TemporaryFolder()
    for path in (place / f"{PREFIX}old", living.path, living.path / ALIVE):
        os.utime(path, (0, 0))
    assert clear_dead() == []
    assert len(list(place.iterdir())) == 4 and (other / ALIVE).exists()
    living.close()


def test_links_and_special_files_are_left_alone(place):
    mine = place / "mine"
    mine.mkdir()
    kept = left_behind(mine)
    (place / f"{PREFIX}link").symlink_to(kept)
    (place / f"{PREFIX}file").write_text("x")
    for name in ("linked", "fifo", "folder"):
        (place / f"{PREFIX}{name}").mkdir()
    (place / f"{PREFIX}linked" / ALIVE).symlink_to(kept / ALIVE)
    os.mkfifo(place / f"{PREFIX}fifo" / ALIVE)
    (place / f"{PREFIX}folder" / ALIVE).mkdir()
    assert clear_dead() == []
    assert len(list(place.iterdir())) == 6 and (kept / ALIVE).exists()


def test_a_link_in_it_is_removed_and_not_what_it_leads_to(place):
    mine = place / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("x")
    (left_behind(place) / "out").symlink_to(mine)
    assert clear_dead() == [f"{PREFIX}dead"]
    assert (mine / "thesis.txt").exists()


def test_what_is_somebody_elses_is_left_alone(place, monkeypatch):
    folder = left_behind(place)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert clear_dead() == []
    assert folder.exists()


def test_without_locks_nothing_is_ever_cleared(place, monkeypatch):
    """Some network drives have none."""

    def refuse(*arguments):
        raise OSError(37, "No locks available")

    with monkeypatch.context() as patch:
        patch.setattr(temporary_folder.fcntl, "flock", refuse)
        folder = TemporaryFolder()
        assert clear_dead() == []
    assert clear_dead() == []
    assert folder.path.exists()
    folder.close()
    assert not list(place.iterdir())


def test_a_place_that_is_gone(monkeypatch, place):
    monkeypatch.setattr(tempfile, "tempdir", str(place / "no"))
    assert clear_dead() == []
