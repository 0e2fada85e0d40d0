"""Bringing a backup back in the place of its project."""

import contextlib
import os
import sqlite3
from pathlib import Path

from engine.errors import EngineError
from engine.store import backup, carried, connection, looking, paths, rights
from engine.store.backup import Backup
from engine.store.lock import Lock


def find(project: Path, name: str) -> Backup:
    """The backup meant by a name, a number, or a day (the newest of it).

    Raises:
        EngineError: there is none, or they cannot be listed.
    """
    stem = name.removesuffix(paths.SUFFIX)
    for each in backup.listed(project):
        if stem in (each.name, each.day) or (stem.isdecimal() and int(stem) == each.number):
            return each
    raise EngineError(
        f"{project.name} has no backup “{name}”. See them with: maskwright backup {project} --list"
    )


def restore(project: Path, chosen: Backup) -> Backup | None:
    """Put a backup in the place of its project, which nobody may have open.

    The present file is kept as a backup first; where it is damaged, byte by byte.

    Returns:
        The backup of what was there; None where there was nothing.

    Raises:
        EngineError: somebody has the project open, the backup is damaged, or it cannot be
            written. The project is as it was.
    """
    lock = Lock(project)
    try:
        if not lock.acquire():
            raise lock.refusal(project.stem)
    except OSError as problem:
        raise _unwritten(project, problem) from problem
    try:
        rights.refuse_protected(project, "restored")
        looking.take_back(project)
        return _restored(project, chosen)
    finally:
        lock.release()


def put_in_place(part: Path, project: Path) -> None:
    """Give a finished file the project's name; its old log must not be read into it.

    Raises:
        OSError: it cannot be written.
    """
    if project.exists():
        rights.same_eyes(project, part)
    for end in ("-wal", "-shm", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            project.with_name(project.name + end).unlink()
    backup.sync_folder(project.parent)  # a power cut must not bring a log back beside the new file
    backup.settle(part, project)


def keep_present(project: Path, kind: str) -> Backup:
    """Keep a project nobody has open as a backup, as well as it can be.

    Raises:
        EngineError: it cannot be written.
    """
    with contextlib.suppress(connection.DamagedError, OSError):
        connection.check_form(project)
        return backup.make(project, kind)
    return backup.keep_bytes(project)


def _restored(project: Path, chosen: Backup) -> Backup | None:
    part = project.with_name(f".{project.name}.{os.getpid()}.tmp")
    # SQLite throws away the log of an empty file at a mere look, so there nothing looks.
    whole = project.exists() and project.stat().st_size > 0
    kept = None
    try:
        _copied(chosen, part)
        if whole:
            carried.over(project, part)
            kept = keep_present(project, backup.RESTORE)
            _take_in_log(project)
        elif project.with_name(project.name + "-wal").exists():
            kept = backup.keep_bytes(project)
        put_in_place(part, project)
    except (OSError, sqlite3.Error) as problem:
        raise _unwritten(project, problem) from problem
    finally:
        backup.remove(part)
    return kept


def _copied(chosen: Backup, part: Path) -> None:
    """Write a sound copy of a backup.

    Raises:
        EngineError: it is damaged, or of a newer version.
        OSError, sqlite3.Error: it cannot be written.
    """
    if not os.access(chosen.path, os.R_OK):
        raise EngineError(
            f"The backup {chosen.name} may not be read. Change its permissions, or choose another "
            "one."
        )
    try:
        with contextlib.closing(connection.connect(chosen.path, write=False)) as db:
            connection.check_schema(db, chosen.path, missing_ok=True)
            backup.copy(db, part, chosen.path)
    except connection.NewerError:
        raise
    except (EngineError, UnicodeDecodeError) as problem:
        raise _broken(chosen, problem) from problem
    except sqlite3.Error as problem:
        if not connection.is_damage(problem):
            raise
        raise _broken(chosen, problem) from problem


def _take_in_log(project: Path) -> None:
    """Bring the present file's own log into it, so that it is whole until the very end.

    Else a kill between taking away the log and putting the other file there would leave the
    present one as it was some steps ago.
    """
    if any(project.with_name(project.name + end).exists() for end in ("-wal", "-journal")):
        with contextlib.suppress(*connection.TROUBLE):  # one that is damaged was kept with its log
            connection.connect(project, write=True).close()


def _broken(chosen: Backup, problem: Exception) -> EngineError:
    return EngineError(
        f"The backup {chosen.name} is damaged and was not restored ({problem}). Choose another one."
    )


def _unwritten(project: Path, problem: Exception) -> EngineError:
    detail = getattr(problem, "strerror", None) or str(problem)
    return EngineError(
        f"{project.name} could not be restored in {project.parent.absolute()}: {detail}. It is as "
        "it was. Make the folder writable, or free some space."
    )
