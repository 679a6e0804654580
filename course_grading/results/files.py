"""Files of results: written whole, for the owner alone; and the lock of their folder."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock

UNFINISHED = ".course-grading-"  # begins the name of a file that is being written
_LARGEST = 50_000_000  # bytes


def write_atomically(path: Path | str, text: str | bytes, mode: int = 0o600) -> None:
    """Write a file, a text as UTF-8, so that there is the old or the new one, never half of one.

    It is the owner's alone unless `mode` says otherwise: grades are nobody else's business.

    Raises OSError if `path` is a symbolic link, which could lead anywhere, or is no plain file.
    """
    path = Path(path)
    if path.is_symlink():
        raise OSError(f"{path} is a symbolic link; results are not written through one.")
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is not a plain file, so it is not overwritten.")
    content = text if isinstance(text, bytes) else text.encode()
    descriptor, temporary = tempfile.mkstemp(prefix=UNFINISHED, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):  # Ctrl-C may come when it has its name already
            os.unlink(temporary)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # so that the new name outlives a power cut too
    finally:
        os.close(folder)


def write_if_changed(path: Path, text: str) -> None:
    """`write_atomically`, but a file that holds this text already is left, with its time."""
    try:
        if not path.is_symlink() and path.read_bytes() == text.encode():
            return
    except OSError:
        pass  # it is not there yet
    write_atomically(path, text)


def must_be_folder(path: Path) -> None:
    """Raises NotADirectoryError if a file stands where this folder is, or is to be made."""
    for place in (path, *path.parents):
        if place.exists():
            if not place.is_dir():
                raise NotADirectoryError(f"{place} is a file. Name a new folder.")
            return


def read_small(path: Path, most: int = _LARGEST) -> bytes:
    """The bytes of a plain file. Raises OSError if it is a link, a pipe or too large."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_size > most:
            raise OSError(f"{path} is no plain file of at most {most} bytes.")
        return file.read()


def locked(folder: Path) -> BaseFileLock:
    """The lock of a folder, held until it is released; the system lets go when this process ends.

    Raises RuntimeError if another run holds it, OSError if `.lock` is a symbolic link.
    """
    from filelock import FileLock, Timeout  # takes 0.1 s

    # Any thread may release it.
    lock = FileLock(folder / ".lock", mode=0o600, blocking=False, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise RuntimeError(
            f"another run is writing to {folder}. Wait for it, or give another folder."
        ) from None
    return lock
