"""Looking at a project's file without a trace, and without harm to who has it open."""

import contextlib
import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from engine.store.lock import Lock

_held: Counter[tuple[int, int]] = Counter()


def file_identity(path: Path) -> tuple[int, int]:
    """Device and number of the file, to notice when another takes its place.

    Raises:
        OSError: it is not there.
    """
    found = os.stat(path)
    return found.st_dev, found.st_ino


def hold(identity: tuple[int, int], *, more: int = 1) -> None:
    """Note that this process has a file open as a project; with -1 that it has not any more."""
    _held[identity] += more


def is_held(path: Path) -> bool:
    """Whether this process has the file open as a project.

    Such a file must not be opened but by SQLite: on POSIX a process loses all its locks on a file
    when it closes any handle of it.
    """
    with contextlib.suppress(OSError):
        return _held[file_identity(path)] > 0
    return False


@contextlib.contextmanager
def looked_at(path: Path) -> Iterator[sqlite3.Connection]:
    """A reading connection to a project that may be open or not; it leaves nothing beside it.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    from engine.store import connection

    try:
        with contextlib.closing(connection.connect(path, write=False)) as db:
            yield db
    except BaseException:
        log = path.with_name(path.name + "-wal")
        if not (log.exists() and log.stat().st_size):  # else it may be of a newer version
            leave_no_litter(path)
        raise
    leave_no_litter(path)


def leave_no_litter(path: Path) -> None:
    """Remove the side files a reader cannot remove, where the last owner closed properly."""
    lock = Lock(path)
    with contextlib.suppress(OSError):
        if not path.with_name(path.name + "-shm").exists() or lock.path.exists():
            return  # of one that died the next owner finds everything, and says so
        if lock.acquire():
            try:
                tidy_up(path)
            finally:
                lock.release()


def tidy_up(path: Path) -> None:
    """Remove what readers cannot: the side files of a project nobody has open.

    Only for who holds the project's lock.
    """
    from engine.store import connection

    if path.with_name(path.name + "-shm").exists():
        with contextlib.suppress(*connection.TROUBLE):
            connection.connect(path, write=True).close()
