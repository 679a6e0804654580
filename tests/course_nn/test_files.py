"""A file is written whole or not at all."""

import os
import stat
import threading

import pytest

from course_nn.files import written_whole


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "weights.npz"
    path.write_bytes(b"the old ones")
    return path


def test_the_name_is_taken_when_the_block_ends(path):
    with written_whole(path) as file:
        file.write(b"the new ones")
        assert path.read_bytes() == b"the old ones"
    assert path.read_bytes() == b"the new ones"
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("place", ["in the block", "fsync", "replace"])
def test_after_an_error_the_old_file_is_there_and_no_other(path, monkeypatch, place, error):
    def fail(*_):
        raise error

    if place != "in the block":
        monkeypatch.setattr(os, place, fail)
    with pytest.raises(type(error)), written_whole(path) as file:
        file.write(b"half of the n")
        if place == "in the block":
            fail()
    monkeypatch.undo()
    assert path.read_bytes() == b"the old ones"
    assert os.listdir(path.parent) == [path.name]


def test_two_who_write_at_the_same_time_do_not_mix_their_files(path):
    both_are_open = threading.Barrier(2, timeout=30)

    def write(content):
        with written_whole(path) as file:
            both_are_open.wait()
            file.write(content)
            both_are_open.wait()

    contents = [b"a" * 10_000, b"b" * 20_000]
    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in contents
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such permissions")
def test_whoever_may_read_a_new_file_may_read_this_one(path):
    ordinary = path.with_name("ordinary")
    ordinary.write_text("")
    with written_whole(path) as file:
        file.write(b"the new ones")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(ordinary.stat().st_mode)
