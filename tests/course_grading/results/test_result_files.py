"""Files of results are whole whatever happens."""

import os
import stat
from pathlib import Path

import pytest

from course_grading.results.files import write_atomically


class TestWriting:
    def test_writes_and_replaces_for_the_owner_only(self, tmp_path: Path) -> None:
        path = tmp_path / "grades.csv"
        write_atomically(path, "old")
        write_atomically(path, "new ş")
        assert path.read_text("utf-8") == "new ş"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert os.listdir(tmp_path) == ["grades.csv"]

    def test_a_symbolic_link_is_refused_and_its_target_left(self, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.write_text("mine")
        (tmp_path / "grades.csv").symlink_to(elsewhere)
        with pytest.raises(OSError, match="symbolic link"):
            write_atomically(tmp_path / "grades.csv", "x")
        (tmp_path / "nowhere.csv").symlink_to(tmp_path / "not there")
        with pytest.raises(OSError, match="symbolic link"):
            write_atomically(tmp_path / "nowhere.csv", "x")
        assert elsewhere.read_text() == "mine"

    def test_a_folder_or_a_pipe_is_refused(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for path in (tmp_path, tmp_path / "pipe"):
            with pytest.raises(OSError, match="not a plain file"):
                write_atomically(path, "x")

    def test_a_failure_leaves_the_old_file_and_nothing_else(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "grades.csv"
        write_atomically(path, "old")

        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_atomically(path, "new")
        assert path.read_text() == "old"
        assert os.listdir(tmp_path) == ["grades.csv"]

    def test_ctrl_c_when_the_file_has_its_name_already_is_no_other_error(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        replace = os.replace

        def replace_and_interrupt(old: str, new: Path) -> None:
            replace(old, new)
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "replace", replace_and_interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_atomically(tmp_path / "grades.csv", "new")
        assert (tmp_path / "grades.csv").read_text() == "new"
        assert os.listdir(tmp_path) == ["grades.csv"]
