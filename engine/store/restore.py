"""Bringing a backup back in the place of its project."""

import contextlib
import os
import sqlite3
from pathlib import Path

from engine.errors import EngineError
from engine.store import backup, connection, paths
from engine.store.backup import Backup
from engine.store.lock import Lock, refuse


def find(project: Path, name: str) -> Backup:
    """The backup meant by a name, a number, or a day (the newest of it).

    Raises:
        EngineError: there is none.
    """
    stem = name.removesuffix(paths.SUFFIX)
    for each in backup.backups_of(project):
        if stem in (each.name, each.day) or (stem.isdecimal() and int(stem) == each.number):
            return each
    raise EngineError(
        f"{project.name} has no backup “{name}”. See them with: maskwright backup {project} --list"
    )


def restore(project: Path, chosen: Backup) -> Backup | None:
    """Put a backup in the place of its project, which nobody may have open.

    The present file is kept as a backup first; where it is damaged, byte by byte.

    Returns:
        The backup of what was there; None where there was no file.

    Raises:
        EngineError: somebody has the project open, the backup is damaged, or it cannot be
            written. The project is as it was.
    """
    lock = Lock(project)
    try:
        if not lock.acquire():
            raise refuse(lock.owner(), project.stem)
    except OSError as problem:
        raise _unwritten(project, problem) from problem
    try:
        return _restored(project, chosen)
    finally:
        lock.release()


def put_in_place(part: Path, project: Path) -> None:
    """Give a finished file the project's name; its old log must not be read into it.

    Raises:
        OSError: it cannot be written.
    """
    for end in ("-wal", "-shm", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            project.with_name(project.name + end).unlink()
    backup.settle(part, project)


def keep_present(project: Path, kind: str) -> Backup:
    """Keep a project nobody has open as a backup, as well as it can be.

    Raises:
        EngineError: it cannot be written.
    """
    with contextlib.suppress(connection.DamagedError):
        return backup.make(project, kind)
    return backup.keep_bytes(project)


def _restored(project: Path, chosen: Backup) -> Backup | None:
    part = project.with_name(f".{project.name}.{os.getpid()}.tmp")
    present = project.exists()
    taken = _taken(project) if present else []
    try:
        try:
            with contextlib.closing(connection.connect(chosen.path, write=False)) as db:
                connection.check_schema(db, chosen.path, missing_ok=True)
                backup.copy(db, part, chosen.path)
        except connection.TROUBLE as problem:
            raise _broken(chosen, problem) from problem
        except EngineError as problem:
            raise _broken(chosen, problem) from problem
        _keep_taken(part, taken)
        kept = keep_present(project, backup.RESTORE) if present else None
        put_in_place(part, project)
    except OSError as problem:
        raise _unwritten(project, problem) from problem
    finally:
        part.unlink(missing_ok=True)
    return kept


def _taken(project: Path) -> list[tuple[object, ...]]:
    """Jobs whose results were taken up: a restored project must not take them up once more."""
    with (
        contextlib.suppress(*connection.TROUBLE),
        contextlib.closing(connection.connect(project, write=False)) as db,
    ):
        return db.execute("SELECT * FROM jobs WHERE taken").fetchall()
    return []


def _keep_taken(part: Path, taken: list[tuple[object, ...]]) -> None:
    if not taken:
        return
    with contextlib.closing(sqlite3.connect(part)) as db:
        db.executemany("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)", taken)
        db.commit()


def _broken(chosen: Backup, problem: Exception) -> EngineError:
    return EngineError(
        f"The backup {chosen.name} is damaged and was not restored ({problem}). Choose another one."
    )


def _unwritten(project: Path, problem: OSError) -> EngineError:
    return EngineError(
        f"{project.name} could not be restored in {project.parent}: {problem.strerror}. It is as "
        "it was. Make the folder writable, or free some space."
    )
