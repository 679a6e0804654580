"""Files that were found in a folder or in a zip, listed and read without trusting anything.

Nothing is written to disk, no link is followed, nothing outside is opened, and no more is unpacked
than fits. What cannot be read is in the list too, with the reason.
"""

from __future__ import annotations

import calendar
import io
import itertools
import os
import re
import stat
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from course_grading.intake.notebook import Unreadable

MB = 1_000_000
MAX_NOTEBOOK = 20 * MB  # bytes of a notebook
MAX_ZIP = 50 * MB  # bytes of a student's zip that is itself in a zip
MAX_DIRECTORY = 1 * MB  # bytes of the table of contents of a student's zip
MAX_CLASS_DIRECTORY = 8 * MB  # of the zip of the whole class
MAX_RATIO = 200  # of unpacked to packed bytes, after the first 4 MB
MAX_FILES = 2_000  # of one student
MAX_ENTRIES = 10_000  # of the given folder
MAX_DEPTH = 8  # of folders in folders
MAX_NAME = 255  # characters, as on most disks
CHUNK = 16_384
ENTRY = b"PK\1\2"  # begins each entry of a zip's table of contents

FOLDER_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY
# Without O_NONBLOCK, opening a FIFO waits for somebody who writes into it.
FILE_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK

LINK = "it is a symbolic link, and links are not followed"
SPECIAL = "it is no plain file but a FIFO, a socket or a device"
TOO_DEEP = "its folders are nested too deeply"
OUTSIDE = "its name leads out of the folder"
TOO_MANY = f"it holds more than {MAX_FILES:,} files"

JUNK = {"__macosx", "thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class OnDisk:
    """A file below a folder."""

    root: str
    parts: tuple[str, ...]

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Opened step by step from the folder down, so that no link on the way is followed, not
        even one that has come since the folder was listed."""
        if not self.parts:  # the zip that the instructor named
            with open(self.root, "rb") as file:
                yield file
            return
        try:
            folder = os.open(self.root, FOLDER_FLAGS)
            try:
                for part in self.parts[:-1]:
                    inner = os.open(part, FOLDER_FLAGS | os.O_NOFOLLOW, dir_fd=folder)
                    os.close(folder)
                    folder = inner
                descriptor = os.open(self.parts[-1], FILE_FLAGS, dir_fd=folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise Unreadable(f"it cannot be opened: {error.strerror}") from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise Unreadable(SPECIAL)
        with open(descriptor, "rb") as file:
            yield file

    def read(self, most: int) -> bytes:
        """All of it, if it has no more than `most` bytes.  Raises `Unreadable`."""
        with self.opened() as file:
            try:
                content = file.read(most + 1)
            except OSError as error:
                raise Unreadable(f"it cannot be read: {error.strerror}") from None
            if len(content) > most:
                size = max(os.fstat(file.fileno()).st_size, len(content))
                raise Unreadable(_too_large(size, most))
        return content


@dataclass(frozen=True)
class InZip:
    """An entry of a zip, by its number in the table of contents."""

    archive: OnDisk | InZip
    index: int
    name: str

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Unpacked in memory."""
        yield io.BytesIO(self.read(MAX_ZIP))

    def read(self, most: int) -> bytes:
        """All of it, if it unpacks to no more than `most` bytes.  Raises `Unreadable`."""
        with _unzipped(self.archive) as (archive, packed):
            infos = archive.infolist()
            if self.index >= len(infos) or infos[self.index].orig_filename != self.name:
                raise Unreadable("the zip has changed since it was listed")
            content = bytearray()
            packed.taken = 0
            with archive.open(infos[self.index]) as file:
                while chunk := file.read(CHUNK):
                    content += chunk
                    if len(content) > most:
                        raise Unreadable(
                            f"it unpacks to more than {most // MB} MB; at most that much is read"
                        )
                    if len(content) > 4 * MB and len(content) > MAX_RATIO * packed.taken:
                        raise Unreadable(
                            f"it unpacks to more than {MAX_RATIO} times its packed size, as a zip "
                            "bomb does"
                        )
            return bytes(content)


class _Packed(io.RawIOBase):
    """The bytes of a zip, counted, and never many at once: `zipfile` believes what a zip says about
    the size of its table of contents, and makes an object of each entry.

    Args:
        most: bytes, of which the table of contents can have no more, as `zipfile` reads it at once.
        entries: that it may have.
    """

    def __init__(self, file: IO[bytes], most: int, entries: int) -> None:
        self.file, self.most, self.entries = file, most, entries
        self.taken = 0
        self.opening = True

    def read(self, size: int | None = -1) -> bytes:
        asked = self.most + 1 if size is None or size < 0 else size
        if asked > self.most:
            content = self.file.read(self.most + 1)
            if len(content) > self.most:
                raise Unreadable("the zip's table of contents is too long")
        else:
            content = self.file.read(asked)
        if self.opening and content.count(ENTRY) > self.entries:
            raise Unreadable(f"it holds more than {self.entries:,} files")
        self.taken += len(content)
        return content

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


@contextmanager
def _unzipped(place: OnDisk | InZip) -> Iterator[tuple[zipfile.ZipFile, _Packed]]:
    the_class = isinstance(place, OnDisk) and not place.parts  # what the instructor named
    limits = (MAX_CLASS_DIRECTORY, MAX_FILES * 100) if the_class else (MAX_DIRECTORY, MAX_FILES)
    with place.opened() as file:
        packed = _Packed(file, *limits)
        try:
            with zipfile.ZipFile(packed) as archive:  # type: ignore[arg-type]
                packed.opening = False
                yield archive, packed
        except Unreadable:
            raise
        except Exception as error:
            # A damaged zip can raise nearly anything: BadZipFile, zlib.error, EOFError, OSError,
            # struct.error, UnicodeDecodeError, NotImplementedError, OverflowError …
            # Which it is, only the text of zipfile's BadZipFile tells; it chooses our words alone.
            wrong = "its checksum is wrong" if "CRC" in str(error) else "it cannot be unpacked"
            raise Unreadable(f"the zip is damaged: {wrong}") from None


@dataclass(frozen=True)
class Found:
    """Something that was found: a file, a folder, or what is neither and cannot be read."""

    parts: tuple[str, ...]
    folder: bool = False
    problem: str = ""
    modified: float = 0.0
    place: OnDisk | InZip | None = None
    inside: str = ""  # the student's zip that it is in


class TooMany(Exception):
    """More entries than anybody hands in."""


def walk(root: Path) -> list[Found]:
    """Everything in a folder.  Raises `TooMany` or OSError if it cannot be listed itself."""
    folder = os.open(root, FOLDER_FLAGS)
    try:
        names = _names(folder, MAX_ENTRIES)
        # A folder that is alone may be the one that holds them all.
        most = MAX_FILES if len(names) > 1 else MAX_FILES * 100
        files = []
        for name in names:
            below: list[Found] = []
            try:
                _look(str(root), folder, (name,), below, most)
            except TooMany:
                below = [Found((name, "*"), problem=TOO_MANY)]
            files += below
        return files
    finally:
        os.close(folder)


def _names(folder: int, most: int) -> list[str]:
    with os.scandir(folder) as entries:
        names = [entry.name for entry in itertools.islice(entries, most + 1)]
    if len(names) > most:
        raise TooMany
    return sorted(names)


def _look(root: str, folder: int, parts: tuple[str, ...], found: list[Found], most: int) -> None:
    """Add what has the name `parts[-1]` in this open folder, and all below it."""
    if len(found) >= most:
        raise TooMany
    if is_junk(parts):
        return
    name = parts[-1]
    try:
        info = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISLNK(info.st_mode):
            found.append(Found(parts, problem=LINK))
        elif stat.S_ISDIR(info.st_mode):
            found.append(Found(parts, folder=True))
            if len(parts) >= MAX_DEPTH:
                found.append(Found(parts, problem=TOO_DEEP))
                return
            inner = os.open(name, FOLDER_FLAGS | os.O_NOFOLLOW, dir_fd=folder)
            try:
                for below in _names(inner, most):
                    _look(root, inner, (*parts, below), found, most)
            finally:
                os.close(inner)
        elif stat.S_ISREG(info.st_mode):
            problem = _too_large_notebook(name, info.st_size)
            place = OnDisk(root, parts)
            found.append(Found(parts, problem=problem, modified=info.st_mtime, place=place))
        else:
            found.append(Found(parts, problem=SPECIAL))
    except OSError as error:
        found.append(Found(parts, problem=f"it cannot be opened: {error.strerror}"))


def alone(path: Path) -> list[Found]:
    """A file that the instructor named, as if it were the only one in its folder."""
    info = path.stat()
    place = OnDisk(str(path.parent), (path.name,))
    problem = _too_large_notebook(path.name, info.st_size)
    return [Found((path.name,), problem=problem, modified=info.st_mtime, place=place)]


def unpack(place_of_zip: OnDisk | InZip) -> list[Found]:
    """Everything in a zip.  Raises `Unreadable` if it cannot be opened."""
    with _unzipped(place_of_zip) as (archive, _):
        infos = archive.infolist()
        names = [_name(info) for info in infos]
    often = Counter(unicodedata.normalize("NFC", name) for name in names)
    overlapping = _overlapping(infos)
    found = []
    for i, (info, name) in enumerate(zip(infos, names, strict=True)):
        problem = _wrong_entry(info, name)
        folder = not problem and name.endswith("/")
        if i in overlapping:
            problem = "it shares its bytes with another entry of the zip, as a zip bomb does"
        elif often[unicodedata.normalize("NFC", name)] > 1 and not folder:
            problem = "the zip holds it more than once"
        problem = problem or _too_large_notebook(name, info.file_size)
        place = InZip(place_of_zip, i, info.orig_filename)
        found.append(Found(_parts(name), folder and not problem, problem, _time(info), place))
    return sorted(found, key=lambda file: file.parts)


def _parts(name: str) -> tuple[str, ...]:
    """The name, for people and to tell whose it is; never used as a path."""
    plain = re.sub(r"^[A-Za-z]:", "", name).split("/")
    parts = [part[:MAX_NAME] for part in plain if part not in ("", ".", "..")]
    return tuple(parts[: MAX_DEPTH + 1]) or ("unnamed",)


def _name(info: zipfile.ZipInfo) -> str:
    """The name as it is meant: macOS writes UTF-8 and does not say so, and some programs for
    Windows write \\ between folders, where the format has /."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _wrong_entry(info: zipfile.ZipInfo, name: str) -> str:
    """Why this entry is not read."""
    if "\0" in name:
        return "its name has a NUL character"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return OUTSIDE
    parts = name.rstrip("/").split("/")
    if ".." in parts:
        return OUTSIDE
    if max(map(len, parts)) > MAX_NAME:
        return "its name is too long"
    if len(parts) > MAX_DEPTH:
        return TOO_DEEP
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return LINK
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return SPECIAL
    if info.flag_bits & 0x41:
        return "it is protected by a password"
    # bzip2 and LZMA cannot be unpacked bit by bit: one step may need gigabytes.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "it is packed by an unusual method"
    return ""


def _overlapping(infos: Sequence[zipfile.ZipInfo]) -> set[int]:
    """The entries that share bytes; so a small zip can hold terabytes without a high ratio."""
    order = sorted(range(len(infos)), key=lambda i: infos[i].header_offset)
    shared: set[int] = set()
    last, end = -1, 0
    for i in order:
        start = infos[i].header_offset
        stop = start + 30 + len(infos[i].orig_filename.encode("cp437", "ignore"))
        stop += infos[i].compress_size
        if start < end:
            shared |= {last, i}
        if stop > end:
            last, end = i, stop
    return shared


def _time(info: zipfile.ZipInfo) -> float:
    try:
        return float(calendar.timegm((*info.date_time, 0, 0, 0)))
    except (ValueError, OverflowError):
        return 0.0


def is_junk(parts: tuple[str, ...]) -> bool:
    return any(
        part.lower() in JUNK
        or part.startswith("._")
        or (part.startswith(".") and not part.lower().endswith(".ipynb"))
        for part in parts
    )


def is_zip(name: str) -> bool:
    return name.strip().lower().endswith(".zip")


def _too_large_notebook(name: str, size: int) -> str:
    """The problem of a file that would be read if it were smaller."""
    notebook = name.strip().lower().endswith((".ipynb", ".txt", ".json"))
    return _too_large(size, MAX_NOTEBOOK) if notebook and size > MAX_NOTEBOOK else ""


def _too_large(size: int, most: int) -> str:
    return f"the file is {size / MB:,.0f} MB; at most {most // MB} MB are read"
