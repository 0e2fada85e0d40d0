"""A project file that went away and is there again: another mount of it, or a copy."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from engine.errors import EngineError
from engine.store import connection, looking, writer
from engine.store.backup import backups_of

REPLACED: Final = "another file has taken its place"


def refuse_lost(path: Path) -> None:
    """Pass if a project may be begun at ``path``: where there is none, or an empty file.

    Raises:
        DamagedError: there was one, whose log or backups are still there; beginning another would
            hide that, and SQLite would throw the log away.
    """
    log = file_beside(path, "-wal")
    logged = log.exists() and log.stat().st_size > 0
    if path.exists():
        if logged or backups_of(path):
            raise connection.emptied(path)
    elif logged:
        said = (
            f"{path.name} is not there, but its newest steps are, in {log.name}. Bring "
            f"{path.name} back beside it; or move {log.name} away to begin anew."
        )
        raise connection.DamagedError(path, said, "it is not there")


def there(path: Path, identity: tuple[int, int]) -> tuple[int, int]:
    """Which file lies where a project does, see ``looking.file_identity``.

    Args:
        path: where it was.
        identity: the project's own.

    Raises:
        FileNotFoundError: none; ``filename2`` is what it was renamed to, if it was.
    """
    try:
        return looking.file_identity(path)
    except FileNotFoundError as problem:
        now = _renamed(path, identity)
        if now is None:
            raise
        raise FileNotFoundError(2, "it was renamed", str(path), None, str(now)) from problem


def finish(db: sqlite3.Connection, path: Path, identity: tuple[int, int]) -> None:
    """Close a project; one that was renamed meanwhile gets what is in its log first.

    SQLite leaves that log under the old name, where nobody who opens the new one would find it.
    """
    now = _renamed(path, identity)
    if now is not None and not any(file_beside(now, end).exists() for end in ("-wal", "-journal")):
        with suppress(sqlite3.Error):
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.finish_writing(db)
    log = file_beside(path, "-wal")
    with suppress(OSError):
        if now is not None and not path.exists() and log.stat().st_size == 0:
            log.unlink()
            file_beside(path, "-shm").unlink()


def file_beside(path: Path, end: str) -> Path:
    """What SQLite keeps beside a file under its name with ``end`` behind it."""
    return path.with_name(path.name + end)


def _renamed(path: Path, identity: tuple[int, int]) -> Path | None:
    """Where a file that is not at ``path`` any more is, in the same folder."""
    with suppress(OSError):
        if looking.file_identity(path) == identity:
            return None
    with suppress(OSError), os.scandir(path.parent) as entries:
        for each in entries:
            if each.inode() == identity[1] and each.stat().st_dev == identity[0]:
                return Path(each.path)
    return None


def own_id(db: sqlite3.Connection) -> str:
    """The number that a project was made with, copies of it included."""
    row = db.execute("SELECT value FROM settings WHERE key = 'project.id'").fetchone()
    return "" if row is None else str(row[0])


def opened(path: Path, *, number: str, commits: int, logged: bool) -> sqlite3.Connection:
    """Open the file for writing, if it is this project with all that was committed to it.

    Args:
        path: the file.
        number: the project's own, see ``own_id``.
        commits: transactions that its writers made; a copy with fewer or more is not taken.
        logged: see ``connection.prepare_writing``.

    Raises:
        OSError: it is not, or it cannot be opened.
    """
    try:
        connection.check_header(path)
        db = connection.connect(path, write=True)
    except (EngineError, *connection.TROUBLE) as problem:
        raise OSError(str(problem)) from problem
    try:
        if own_id(db) != number or writer.commits(db) != commits:
            raise FileNotFoundError(2, REPLACED, str(path))
        connection.prepare_writing(db, path, logged=logged)
    except (EngineError, *connection.TROUBLE) as problem:
        db.close()
        raise OSError(str(problem)) from problem
    except BaseException:
        db.close()
        raise
    return db
