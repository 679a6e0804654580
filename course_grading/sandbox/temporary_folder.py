"""A folder for the time of a run, and what is left of runs that were killed.

Who lives holds a lock on the file `alive` in the folder, and the system takes it away from the
dead, however they died. A name or an age would say nothing: a run may take hours.

The lock is taken by hand. `filelock` opens a path, and the place is shared: between the look at a
folder and the lock in it, anybody could put a link, a FIFO or a folder of theirs there. Here both
are opened, without following a link or waiting at a FIFO, then looked at, and then locked.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from pathlib import Path

PREFIX = "course-grading-"
ALIVE = "alive"


class TemporaryFolder:
    """A new folder, which others may look into; `close` removes it."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = -1
        try:
            self.path.chmod(0o755)
            self._lock = _locked(self.path)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _locked(folder: Path) -> int:
    """The file that says that somebody is there, open and locked; -1 where files have no locks."""
    new = folder / f"{ALIVE}.new"  # it has its name only once it is locked
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(new, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return -1
    new.rename(folder / ALIVE)
    return descriptor


def clear_dead() -> list[str]:
    """Remove the folders of this user's runs that are dead; their names.

    A folder without the file, of somebody else, or that is a link, is left as it is.
    """
    place = tempfile.gettempdir()
    try:
        names = [name for name in os.listdir(place) if name.startswith(PREFIX)]
    except OSError:
        return []
    return [name for name in sorted(names) if _cleared(os.path.join(place, name))]


def _cleared(path: str) -> bool:
    opened = []
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        opened.append(folder)
        # Without O_NONBLOCK, opening a FIFO waits for somebody at its other end.
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        alive = os.open(ALIVE, flags, dir_fd=folder)
        opened.append(alive)
        for descriptor, is_one in ((folder, stat.S_ISDIR), (alive, stat.S_ISREG)):
            found = os.fstat(descriptor)
            if found.st_uid != os.geteuid() or not is_one(found.st_mode):
                return False
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held until it is gone
        shutil.rmtree(path, ignore_errors=True)
        return not os.path.lexists(path)
    except OSError:  # alive, not ours, or gone in the meantime
        return False
    finally:
        for descriptor in opened:
            os.close(descriptor)
