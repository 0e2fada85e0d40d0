"""An empty project, made in memory and written to its file at once.

The steps of the schema, taken one after the other in a file, are that many transactions, each of
which waits for the disk. In memory they cost a fraction, and may be taken before they are needed.
"""

import sqlite3
import threading
from typing import Final

from engine.store import schema

_PATIENCE: Final = 40
"""Quarters of a second to wait for another program that holds a new file."""

_lock = threading.Lock()
_made: list[sqlite3.Connection] = []  # at most one, for the next new project


def make_ahead() -> None:
    """Have the next new project ready; costs a few milliseconds and 200 kB, on any thread."""
    with _lock:
        if not _made:
            _made.append(_make())


def write(db: sqlite3.Connection) -> None:
    """Make an empty file a project, in one transaction.

    Args:
        db: a connection to the file, in no transaction, that waits for the disk at each commit.

    Raises:
        sqlite3.Error: it cannot be written; it is empty still.
    """
    with _lock:
        # Used once: a project has an identity of its own, which one of the steps makes.
        blank = _made.pop() if _made else _make()
    waited = 0

    def look(status: int, remaining: int, total: int) -> None:
        nonlocal waited
        waited += status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        if waited > _PATIENCE:  # else it would wait for ever
            raise sqlite3.OperationalError("database is locked")

    try:
        blank.backup(db, progress=look)
    finally:
        blank.close()


def _make() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    schema.migrate(db)
    return db
