"""Hostile folders and zips: each planted for real, none read, none followed, none fatal."""

import io
import os
import socket
import stat
import struct
import tracemalloc
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiers import thinned

from course_grading.intake import untrusted_files
from course_grading.intake.notebook import Unreadable
from course_grading.intake.submissions import Submission, collect
from course_grading.intake.untrusted_files import MAX_DEPTH, MAX_FILES, MAX_NOTEBOOK, MB

NOTEBOOK = b'{"cells": []}'
Entries = list[tuple[str | zipfile.ZipInfo, bytes]]


def zipped(entries: Entries, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as archive:
        warnings.simplefilter("ignore")  # that a name is there twice
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def renamed(content: bytes, old: bytes, new: bytes) -> bytes:
    """The zip with another name of the same length, which `zipfile` would not write."""
    assert len(old) == len(new)
    assert content.count(old) == 2
    return content.replace(old, new)


def one(folder: Path) -> Submission:
    (found,) = collect(folder, "hw2")
    return found


def problem(folder: Path) -> str:
    """Why the only submission cannot be read, now or when it is read."""
    found = one(folder)
    with pytest.raises(Unreadable) as caught:
        found.read()
    return str(caught.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "submissions"
    folder.mkdir()
    return folder


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "hw2.ipynb").write_bytes(b'{"cells": ["secret"]}')
    return secret


# ------------------------------------------------------------------------------------- folders


def test_links_are_not_followed(folder, secret):
    (folder / "alice.ipynb").symlink_to(secret / "hw2.ipynb")
    (folder / "bob").symlink_to(secret)
    (folder / "carol").mkdir()
    (folder / "carol" / "hw2.ipynb").symlink_to(secret / "hw2.ipynb")
    (folder / "dave").mkdir()
    (folder / "dave" / "hw2").symlink_to(secret)
    (folder / "erin.zip").symlink_to(secret / "hw2.ipynb")
    (folder / "frank.ipynb").symlink_to("frank.ipynb")  # to itself
    (folder / "grace.ipynb").symlink_to("/dev/zero")
    (folder / "heidi").symlink_to("..")
    found = collect(folder, "hw2")
    assert len(found) == 8
    for submission in found:
        assert "symbolic link" in submission.problem
        with pytest.raises(Unreadable, match="symbolic link"):
            submission.read()


def test_the_given_folder_may_be_a_link_of_the_instructors(folder, tmp_path):
    (folder / "alice.ipynb").write_bytes(NOTEBOOK)
    (tmp_path / "link").symlink_to(folder)
    assert one(tmp_path / "link").read() == NOTEBOOK


def test_a_link_that_comes_after_the_folder_was_listed(folder, secret):
    (folder / "alice").mkdir()
    (folder / "alice" / "hw2.ipynb").write_bytes(NOTEBOOK)
    (folder / "bob.ipynb").write_bytes(NOTEBOOK)
    alice, bob = collect(folder, "hw2")
    (folder / "alice").rename(folder.parent / "away")
    (folder / "alice").symlink_to(secret)
    (folder / "bob.ipynb").unlink()
    (folder / "bob.ipynb").symlink_to(secret / "hw2.ipynb")
    for submission in (alice, bob):
        with pytest.raises(Unreadable, match="cannot be opened"):
            submission.read()


def test_a_fifo_a_socket_and_a_device_are_not_opened(folder, monkeypatch):
    os.mkfifo(folder / "alice.ipynb")
    (folder / "bob").mkdir()
    os.mkfifo(folder / "bob" / "hw2.ipynb")
    monkeypatch.chdir(folder)  # the path of a socket has to be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("carol.ipynb")
    if os.getuid() == 0:
        try:
            os.mknod(folder / "dave.ipynb", stat.S_IFCHR | 0o666, os.makedev(1, 5))
        except PermissionError:
            pass
    for submission in collect(folder, "hw2"):
        assert submission.problem == untrusted_files.SPECIAL


def test_a_fifo_that_comes_after_the_folder_was_listed(folder):
    (folder / "alice.ipynb").write_bytes(NOTEBOOK)
    alice = one(folder)
    (folder / "alice.ipynb").unlink()
    os.mkfifo(folder / "alice.ipynb")
    with pytest.raises(Unreadable, match="a FIFO"):
        alice.read()


def test_a_file_that_is_gone_or_has_become_a_folder(folder):
    (folder / "alice.ipynb").write_bytes(NOTEBOOK)
    alice = one(folder)
    (folder / "alice.ipynb").unlink()
    with pytest.raises(Unreadable, match="cannot be opened"):
        alice.read()
    (folder / "alice.ipynb").mkdir()
    with pytest.raises(Unreadable, match="no plain file"):
        alice.read()


def test_a_file_that_may_not_be_read(folder):
    if os.getuid() == 0:
        pytest.skip("root may read everything")
    (folder / "alice.ipynb").write_bytes(NOTEBOOK)
    (folder / "alice.ipynb").chmod(0)
    (folder / "bob").mkdir(0)
    alice, bob = collect(folder, "hw2")
    with pytest.raises(Unreadable, match="Permission denied"):
        alice.read()
    assert "Permission denied" in bob.problem


def test_a_huge_file(folder):
    with (folder / "alice.ipynb").open("wb") as file:
        file.truncate(90 * MB)  # without using the disk
    assert problem(folder) == "the file is 90 MB; at most 20 MB are read"


def test_a_file_that_has_grown_since(folder):
    (folder / "alice.ipynb").write_bytes(NOTEBOOK)
    alice = one(folder)
    with (folder / "alice.ipynb").open("wb") as file:
        file.truncate(MAX_NOTEBOOK + 1)
    with pytest.raises(Unreadable, match="at most 20 MB"):
        alice.read()
    with (folder / "alice.ipynb").open("wb") as file:
        file.truncate(MAX_NOTEBOOK)
    assert len(alice.read()) == MAX_NOTEBOOK


def test_deep_folders(folder):
    deep = folder.joinpath("alice", *["d"] * 50)
    deep.mkdir(parents=True)
    (deep / "hw2.ipynb").write_bytes(NOTEBOOK)
    assert problem(folder) == "its folders are nested too deeply"


@pytest.mark.all
def test_many_files_are_the_problem_of_one_student(folder):
    (folder / "alice").mkdir()
    for i in range(MAX_FILES + 1):
        (folder / "alice" / str(i)).touch()
    (folder / "bob.ipynb").write_bytes(NOTEBOOK)
    alice, bob = collect(folder, "hw2")
    assert alice.student == "alice"
    assert alice.problem == "it holds more than 2,000 files"
    assert bob.read() == NOTEBOOK
    (folder / "bob.ipynb").unlink()
    assert problem(folder) == "it holds more than 2,000 files"


def test_too_many_entries_are_refused(folder, monkeypatch):
    monkeypatch.setattr(untrusted_files, "MAX_ENTRIES", 5)
    for i in range(6):
        (folder / f"{i}.ipynb").touch()
    with pytest.raises(ValueError, match="entries"):
        collect(folder, "hw2")


def test_names_that_are_not_utf8(folder):
    name = os.fsencode(folder) + b"/caf\xff.ipynb"
    with open(name, "wb") as file:
        file.write(NOTEBOOK)
    found = one(folder)
    assert found.student.startswith("caf\ufffd~")
    assert found.source == "caf\ufffd.ipynb"
    assert found.read() == NOTEBOOK


# ---------------------------------------------------------------------------------------- zips


@pytest.fixture(params=["the class", "a student", "a student in the class"])
def put(request: pytest.FixtureRequest, tmp_path: Path):
    """Puts a zip where the class's zip is, or where a student's zip is, and nothing else."""

    def put(content: bytes) -> Path:
        if request.param == "the class":
            path = tmp_path / "class.zip"
            path.write_bytes(content)
            return path
        if request.param == "a student":
            path = tmp_path / "class"
            path.mkdir(exist_ok=True)
            (path / "alice.zip").write_bytes(content)
            return path
        path = tmp_path / "outer.zip"
        path.write_bytes(zipped([("alice/hw2.zip", content)]))
        return path

    return put


def test_a_plain_zip(put):
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        assert one(put(zipped([("alice/hw2.ipynb", NOTEBOOK)], method))).read() == NOTEBOOK


def test_backslashes_between_folders(put):
    """As some programs for Windows write them."""
    assert one(put(zipped([("alice\\hw2.ipynb", NOTEBOOK)]))).read() == NOTEBOOK


@pytest.mark.parametrize(
    "name",
    thinned(
        [
            "../../alice.ipynb",
            "alice/../../alice.ipynb",
            "/alice.ipynb",
            "//alice.ipynb",
            "C:alice.ipynb",
            "C:/alice.ipynb",
            "C:\\alice.ipynb",
            "..\\..\\alice.ipynb",
            "\\\\server\\alice.ipynb",
        ],
        3,
    ),
)
def test_names_that_lead_out(put, tmp_path, name):
    path = put(zipped([(name, NOTEBOOK)]))
    before = sorted(tmp_path.parent.rglob("*"))
    assert problem(path) == "its name leads out of the folder"
    assert one(path).student in ("alice", "server")
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_nul_in_a_name(put):
    content = renamed(zipped([("alice.ipynb_x", NOTEBOOK)]), b"alice.ipynb_x", b"alice.ipynb\0x")
    assert problem(put(content)) == "its name has a NUL character"


def test_long_names(put):
    assert problem(put(zipped([("a" * 60_000 + ".ipynb", NOTEBOOK)]))) == "its name is too long"
    assert "too deeply" in problem(put(zipped([("a/" * 30_000 + "x.ipynb", NOTEBOOK)])))
    assert problem(put(zipped([("-" * 60_000, NOTEBOOK)]))) == "its name is too long"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_a_link_or_device_in_a_zip(put, kind):
    info = zipfile.ZipInfo("alice.ipynb")
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    words = problem(put(zipped([(info, b"/etc/passwd")])))
    assert ("symbolic link" if kind == stat.S_IFLNK else "no plain file") in words


def test_a_name_twice(put):
    entries: Entries = [("alice.ipynb", NOTEBOOK), ("alice.ipynb", b"{}")]
    assert problem(put(zipped(entries))) == "the zip holds it more than once"


def test_folders_may_be_in_a_zip_twice(put):
    entries: Entries = [("alice/", b""), ("alice/", b""), ("alice/hw2.ipynb", NOTEBOOK)]
    found = one(put(zipped(entries)))
    assert found.read() == NOTEBOOK
    assert not any("left out" in note.words for note in found.notes)


@pytest.mark.parametrize("flag", [0x1, 0x40])
def test_a_password(put, flag):
    content = bytearray(zipped([("alice.ipynb", NOTEBOOK)]))
    content[6] |= flag  # in the entry's own header, and in the table of contents
    content[content.index(b"PK\x01\x02") + 8] |= flag
    assert problem(put(bytes(content))) == "it is protected by a password"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_cannot_be_unpacked_bit_by_bit(put, method):
    assert "unusual method" in problem(put(zipped([("alice.ipynb", NOTEBOOK)], method)))


def test_a_wrong_checksum(put):
    content = zipped([("alice.ipynb", NOTEBOOK)], zipfile.ZIP_STORED)
    changed = content.replace(NOTEBOOK, NOTEBOOK.replace(b"c", b"d"))
    assert problem(put(changed)) == "the zip is damaged: its checksum is wrong"


def test_a_zip_without_its_end(folder):
    content = zipped([("alice.ipynb", os.urandom(5000)), ("bob.ipynb", NOTEBOOK)])
    for length in (0, 1, 100, len(content) // 2, len(content) - 1):
        (folder / "alice.zip").write_bytes(content[:length])
        assert "the zip is damaged" in problem(folder)
        (folder.parent / "class.zip").write_bytes(content[:length])
        with pytest.raises(ValueError, match=r"neither a folder nor a zip that can be read"):
            collect(folder.parent / "class.zip", "hw2")


def test_damaged_data(put):
    content = bytearray(zipped([("alice.ipynb", os.urandom(500) + b"a" * 5000)]))
    start = 30 + len("alice.ipynb")
    content[start : start + 300] = b"\xff" * 300
    assert "the zip is damaged" in problem(put(bytes(content)))


def test_an_entry_of_which_the_header_is_elsewhere(put):
    content = bytearray(zipped([("alice.ipynb", NOTEBOOK)]))
    at = content.index(b"PK\x01\x02")
    struct.pack_into("<L", content, at + 42, 2**31)
    assert problem(put(bytes(content)))


@pytest.fixture(scope="module")
def gigabyte() -> bytes:
    """1 MB of zip with 1 GB of zeros in it."""
    return bomb([MB] * 1000)


def bomb(sizes: list[int], said: int | None = None) -> bytes:
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("alice.ipynb", "w") as entry,
    ):
        for size in sizes:
            entry.write(bytes(size))
    content = bytearray(file.getvalue())
    if said is not None:  # a lie about the size, in both headers
        at = content.index(b"PK\x01\x02")
        struct.pack_into("<L", content, 22, said)
        struct.pack_into("<L", content, at + 24, said)
    return bytes(content)


@pytest.mark.long
def test_a_bomb(put, gigabyte):
    assert len(gigabyte) < 1.1 * MB
    assert problem(put(gigabyte)) == "the file is 1,000 MB; at most 20 MB are read"


@pytest.mark.long
def test_a_bomb_that_does_not_say_so_is_stopped_while_it_unpacks(put, monkeypatch):
    path = put(bomb([MB] * 100, said=100))
    assert "checksum" in problem(path)  # zipfile stops where the header says that it ends
    path = put(bomb([MB] * 19))
    tracemalloc.start()
    assert "200 times its packed size" in problem(path)
    assert tracemalloc.get_traced_memory()[1] < 30 * MB
    tracemalloc.stop()
    monkeypatch.setattr(untrusted_files, "MAX_RATIO", 10_000)
    assert len(one(path).read()) == 19 * MB
    monkeypatch.setattr(untrusted_files, "_too_large_notebook", lambda name, size: "")
    assert "unpacks to more than 20 MB" in problem(put(bomb([MB] * 100)))


@pytest.mark.all
def test_a_zip_that_unpacks_to_a_huge_zip(tmp_path):
    path = tmp_path / "class.zip"
    path.write_bytes(zipped([("alice/hw2.zip", bytes(60 * MB))]))
    tracemalloc.start()
    assert "200 times its packed size" in problem(path)
    assert tracemalloc.get_traced_memory()[1] < 100 * MB
    tracemalloc.stop()
    path.write_bytes(zipped([("alice/hw2.zip", bytes(51 * MB))], zipfile.ZIP_STORED))
    assert "unpacks to more than 50 MB" in problem(path)


def test_entries_that_overlap(put):
    """D. Fifield's bomb in small: many entries of the table of contents lead to the same bytes."""
    content = zipped([("alice.ipynb", NOTEBOOK)])
    start = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entry = content[start:end]
    table = b"".join(entry.replace(b"alice", b"al%03d" % i) for i in range(500)) + entry
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 501, 501, len(table), start, 0)
    for submission in collect(put(content[:start] + table + tail), "hw2"):
        assert submission.problem == (
            "it shares its bytes with another entry of the zip, as a zip bomb does"
        )


def test_a_zip_in_a_zip_in_a_zip_is_not_opened(folder):
    content = zipped([("hw2.ipynb", NOTEBOOK)])
    for _ in range(3):
        content = zipped([("hw2.zip", content)])
    (folder / "alice.zip").write_bytes(content)
    assert problem(folder) == "there is no notebook; found: hw2.zip"


def test_a_long_table_of_contents(folder):
    entries: Entries = [(f"{i:06d}" + "x" * 200, b"") for i in range(3000)]
    (folder / "alice.zip").write_bytes(zipped(entries))
    assert problem(folder) == "it holds more than 2,000 files"
    content = bytearray(zipped([("a", b"")]) + bytes(9 * MB))
    struct.pack_into(
        "<4s4H2LH", content, len(content) - 22, b"PK\x05\x06", 0, 0, 1, 1, 9 * MB, 0, 0
    )
    (folder / "alice.zip").write_bytes(content)
    assert problem(folder) == "the zip's table of contents is too long"


def only_a_table_of_contents(entries: int, name: int = 1, comment: int = 0) -> bytes:
    """A zip that is nearly all table of contents: every entry lies at the same place."""
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, 0, 0, 1, 0) + b"a"
    table = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, *[0] * 7, name, 0, comment, *[0] * 4)
        + b"%0*d" % (name, i)
        + bytes(comment)
        for i in range(entries)
    )
    said = entries % 65536
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, said, said, len(table), len(local), 0)
    return local + table + end


@pytest.mark.all
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (only_a_table_of_contents(19_000, name=6), "it holds more than 2,000 files"),
        (only_a_table_of_contents(65_536 * 2, name=6), "table of contents is too long"),
        (only_a_table_of_contents(40, name=2, comment=60_000), "table of contents is too long"),
    ],
    ids=["many", "very many", "long"],
)
@pytest.mark.parametrize("in_a_zip", [False, True])
def test_a_zip_that_is_all_table_of_contents(folder, content, reason, in_a_zip):
    """Refused before an object is made of each entry; the others lose nothing, not even time."""
    files = {f"alice/hw2-{i}.zip": content for i in range(5)} | {"bob.ipynb": NOTEBOOK}
    given = folder
    if in_a_zip:
        given = folder.parent / "class.zip"
        given.write_bytes(zipped(list(files.items())))
    else:
        (folder / "alice").mkdir()
        for name, written in files.items():
            (folder / name).write_bytes(written)
    tracemalloc.start()
    try:
        alice, bob = collect(given, "hw2")
        assert tracemalloc.get_traced_memory()[1] < 4 * len(content) + 5 * MB
    finally:
        tracemalloc.stop()
    assert reason in alice.problem
    assert bob.read() == NOTEBOOK


@pytest.mark.all
def test_a_large_class_in_one_zip(tmp_path):
    names = [f"student{i:05d}_{i:05d}_{i:05d}_hw2.ipynb" for i in range(3_000)]
    (tmp_path / "class.zip").write_bytes(zipped([(name, NOTEBOOK) for name in names]))
    assert len(collect(tmp_path / "class.zip", "hw2")) == 3_000


def test_a_bad_entry_costs_only_its_own_student(tmp_path):
    info = zipfile.ZipInfo("bob.ipynb")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    entries: Entries = [("alice.ipynb", NOTEBOOK), (info, b"/etc"), ("../carol.ipynb", b"x")]
    (tmp_path / "class.zip").write_bytes(zipped(entries))
    alice, bob, carol = collect(tmp_path / "class.zip", "hw2")
    assert alice.read() == NOTEBOOK
    assert (bob.student, bool(bob.problem)) == ("bob", True)
    assert (carol.student, bool(carol.problem)) == ("carol", True)


def test_names_of_macos_are_utf8_though_they_do_not_say_so(put):
    content = zipped([("jos\u00e9.ipynb", NOTEBOOK)])
    plain = bytearray(content)
    plain[7] &= ~0x08  # the flag "this name is UTF-8", twice
    plain[content.index(b"PK\x01\x02") + 9] &= ~0x08
    found = one(put(bytes(plain)))
    assert "jos\u00e9.ipynb" in found.source
    assert found.read() == NOTEBOOK


def test_a_zip_that_was_changed_after_it_was_listed(tmp_path):
    path = tmp_path / "class.zip"
    path.write_bytes(zipped([("alice.ipynb", NOTEBOOK)]))
    found = one(path)
    path.write_bytes(zipped([("bob.ipynb", NOTEBOOK)]))
    with pytest.raises(Unreadable, match="has changed"):
        found.read()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("shared")


def assert_harmless(shared: Path, content: bytes) -> None:
    (shared / "class").mkdir(exist_ok=True)
    path, zip_path = shared / "class" / "alice.zip", shared / "class.zip"
    path.write_bytes(content)
    zip_path.write_bytes(content)
    before = sorted(shared.rglob("*"))
    found = collect(shared / "class", "hw2")  # never an error: alice has a problem, or a notebook
    assert [s.student for s in found] == ["alice"]
    try:
        found += collect(zip_path, "hw2")
    except ValueError:  # the instructor's own zip may be refused
        pass
    for submission in found:
        try:
            submission.read()
        except Unreadable as error:
            assert str(error)
        assert submission.source.isprintable()
        assert len(submission.source) < 800
    assert sorted(shared.rglob("*")) == before


NAMES = st.text(
    st.sampled_from("ab./\\:_-\0\x1b\u202e0é\U0001f600") | st.characters(codec="utf-8"), max_size=12
) | st.sampled_from(
    ["hw2.ipynb", "../x.ipynb", "a_1_2_hw2.ipynb", "A B_1_assignsubmission_file_/x.ipynb", "x.zip"]
)


@pytest.mark.all
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(names=st.lists(NAMES, max_size=6), content=st.binary(max_size=50))
def test_any_names_in_a_zip_are_harmless(shared, names, content):
    entries: Entries = []
    for name in names:
        info = zipfile.ZipInfo("x")
        info.filename = name
        entries.append((info, content))
    assert_harmless(shared, zipped(entries))


@pytest.mark.all
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_any_bytes_changed_in_a_zip_are_harmless(shared, data):
    entries: Entries = [("a/hw2.ipynb", NOTEBOOK * 5), ("b.ipynb", NOTEBOOK), ("c.pdf", b"%")]
    content = bytearray(zipped(entries))
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[at] = data.draw(st.integers(0, 255))
    assert_harmless(shared, bytes(content[: data.draw(st.integers(0, len(content)))]))


def test_depth_is_counted_alike_in_folders_and_zips(folder):
    inside = "/".join(["d"] * (MAX_DEPTH - 2))
    (folder / "alice" / inside).mkdir(parents=True)
    (folder / "alice" / inside / "hw2.ipynb").write_bytes(NOTEBOOK)
    assert one(folder).read() == NOTEBOOK
    (folder.parent / "class.zip").write_bytes(zipped([(f"alice/{inside}/hw2.ipynb", NOTEBOOK)]))
    assert one(folder.parent / "class.zip").read() == NOTEBOOK
