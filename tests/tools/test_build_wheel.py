"""The wheel of a release has the same bytes wherever it is built."""

import hashlib
import os
import zipfile
from pathlib import Path

import build_wheel
import pytest

ROOT = Path(__file__).resolve().parents[2]


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.long
def test_the_same_files_give_the_same_bytes(tmp_path, monkeypatch):
    """Of files with other times and modes, by a user with another umask, and with another epoch."""
    first = build_wheel.build(tmp_path / "first")
    tree = tmp_path / "tree"
    build_wheel.write_tree(ROOT, tree)
    for path in tree.rglob("*"):
        os.utime(path, (1.5e9, 1.5e9))
        path.chmod(0o700)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    before = os.umask(0o077)
    try:
        second = build_wheel.build(tmp_path / "second", tree)
    finally:
        os.umask(before)
    assert sha256(first) == sha256(second)
    (tree / "course_nn" / "graph.py").write_text("another = 1\n")
    assert sha256(build_wheel.build(tmp_path / "third", tree)) != sha256(first)
    with zipfile.ZipFile(first) as archive:
        times = {entry.date_time[:3] for entry in archive.infolist()}
        (about,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
        told = archive.read(about).decode()
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    day = build_wheel.datetime.fromtimestamp(
        build_wheel.seconds_of_release(citation), tz=build_wheel.UTC
    )
    assert times == {(day.year, day.month, day.day)}
    assert "instructors" not in told
    with pytest.raises(build_wheel.WheelFailed, match="is there already"):
        build_wheel.build(first.parent)


def test_the_day_of_release_is_that_of_the_citation():
    assert build_wheel.seconds_of_release('date-released: "1970-01-02"\n') == 86400
    with pytest.raises(build_wheel.WheelFailed, match="has no line like"):
        build_wheel.seconds_of_release("version: 0.1.0\n")


def test_another_setuptools_than_the_pinned_one_is_not_taken():
    here = build_wheel.metadata.version("packaging")
    assert build_wheel.is_here("packaging", f"numpy==1\npackaging=={here}\n")
    assert not build_wheel.is_here("packaging", f"packaging=={here}.1\n")
    assert not build_wheel.is_here("packaging", "numpy==1\n")
    assert not build_wheel.is_here("no-such-package", "no-such-package==1\n")
