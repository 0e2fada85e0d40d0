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

    strange = has_strange_log(path)
    try:
        with contextlib.closing(connection.connect(path, write=False)) as db:
            yield db
    except BaseException:
        if not has_log(path):  # else it may be of a newer version
            leave_no_litter(path)
        raise
    if not strange:
        leave_no_litter(path)


def has_log(path: Path) -> bool:
    """Whether anything is in the log beside a file."""
    with contextlib.suppress(OSError):
        return path.with_name(path.name + "-wal").stat().st_size > 0
    return False


def has_strange_log(path: Path) -> bool:
    """Whether there is a log that nobody writes; asked before the file is opened.

    Removing what a reader leaves would take it over into the file, and it may be another's.
    """
    return has_log(path) and not Lock(path).path.exists()


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


def take_back(path: Path) -> None:
    """Undo a transaction whose writer died in it; only for who holds the project's lock.

    Where that cannot be done, reading the file says why.
    """
    from engine.store import connection

    journal = path.with_name(path.name + "-journal")
    with contextlib.suppress(*connection.TROUBLE, OSError):
        if path.stat().st_size and journal.stat().st_size:
            connection.connect(path, write=True).close()
