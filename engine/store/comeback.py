"""A project file that went away and is there again: another mount of it, or a copy."""

import sqlite3
from pathlib import Path
from typing import Final

from engine.errors import EngineError
from engine.store import connection, writer

REPLACED: Final = "another file has taken its place"


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
