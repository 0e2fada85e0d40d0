"""Backups of a project: whole copies of its file, in ``X.files/backups``.

A backup is made by SQLite's own backup from one snapshot, looked through page by page, flushed and
only then given its name. Names begin with a number that only grows, so that which is newer never
depends on the clock: ``0007_2026-11-20_14-03_daily.maskwright``.
"""

import contextlib
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from engine.errors import EngineError
from engine.store import connection, foreign, looking, paths, rights, schema

KEEP: Final = 7
"""Backups of one kind that are kept, unless the user says otherwise."""

DAILY, ASKED = "daily", "asked"
RESTORE, REPAIR, MIGRATION = "before-restore", "before-repair", "before-update"
IMPORT: Final = "before-import"
DAMAGED: Final = "damaged"
"""Kinds. A damaged one is the file as it was, byte by byte, and cannot be restored."""

WORDS: Final = {
    DAILY: "of the day",
    ASKED: "by hand",
    RESTORE: "before another was restored",
    REPAIR: "before it was repaired",
    MIGRATION: "before a newer Maskwright",
    IMPORT: "before an import",
    DAMAGED: "damaged, as it was",
}

_NAME: Final = re.compile(r"(\d{4,})_(\d{4}-\d\d-\d\d)_(\d\d)-(\d\d)_([a-z-]+)\.maskwright")
_SIDES: Final = ("-wal", "-shm", "-journal")
_PAGES: Final = 512  # copied between two questions whether to stop; about 2 MB
_STEPS: Final = 100_000  # of SQLite's machine, likewise; a few milliseconds

Stopped = Callable[[], bool]


def _never() -> bool:
    return False


class StoppedError(Exception):
    """Raised in a backup that was asked to stop; nothing of it stays."""


class Backup(NamedTuple):
    """One backup.

    Attributes:
        number: counts up with each backup of the project, whatever the clock says.
        day: "2026-11-20", by the clock of then.
        clock: "14:03".
        kind: see the module.
        path: its file.
    """

    number: int
    day: str
    clock: str
    kind: str
    path: Path

    @property
    def name(self) -> str:
        """The name of its file without the ending."""
        return self.path.stem


class Contents(NamedTuple):
    """What a backup holds: images, accepted objects, and bytes on the disk."""

    images: int
    objects: int
    size: int


def folder_of(project: Path) -> Path:
    """Where the backups of a project are; made when the first is."""
    return paths.files_of(project) / "backups"


def backups_of(project: Path) -> list[Backup]:
    """The backups of a project, newest first; none where they cannot be listed."""
    try:
        return listed(project)
    except EngineError:
        return []


def listed(project: Path) -> list[Backup]:
    """The backups of a project, newest first.

    Raises:
        EngineError: their folder is there and cannot be read.
    """
    folder = folder_of(project)
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as problem:
        raise rights.not_listed(project, folder, problem) from problem
    found = [(_NAME.fullmatch(name), folder_of(project) / name) for name in names]
    made = [
        Backup(int(m[1]), m[2], f"{m[3]}:{m[4]}", m[5], path) for m, path in found if m is not None
    ]
    return sorted(made, reverse=True)


def way_back(project: Path) -> str:
    """How to restore the newest backup that can be, as a sentence; that there is none."""
    sound = next((each for each in backups_of(project) if each.kind != DAMAGED), None)
    if sound is None:
        return "There is no backup of it; bring back a copy."
    return (
        f"Restore its backup of {sound.day} with Backups in the File menu, or with: "
        f"maskwright backup {project} --restore {sound.number}"
    )


def contents(backup: Path) -> Contents:
    """What a backup, or any project file that nobody writes, holds.

    Raises:
        EngineError: it is damaged or no project.
    """
    try:
        with looking.looked_at(backup) as db:
            connection.check_schema(db, backup, missing_ok=True)
            images = db.execute("SELECT COUNT(*) FROM images").fetchone()[0]
            objects = db.execute("SELECT COUNT(*) FROM annotations WHERE proposal = 0").fetchone()
        return Contents(int(images), int(objects[0]), backup.stat().st_size)
    except (*connection.TROUBLE, OSError) as problem:
        raise _broken(backup, problem) from problem


def make(project: Path, kind: str = ASKED, keep: int = KEEP, stopped: Stopped = _never) -> Backup:
    """Make a backup of a project as it is on the disk now, open or not.

    Work may go on meanwhile. Runs for as long as copying takes, without the interpreter's lock.

    Args:
        project: its file.
        kind: see the module.
        keep: of this kind, the new one included; older ones are deleted once it is there.
        stopped: asked every few milliseconds; True ends it.

    Raises:
        EngineError: the project is damaged, or the backup cannot be written; nothing is left.
        StoppedError: it was stopped.
    """
    try:
        with looking.looked_at(project) as db:
            db.execute("BEGIN")
            with contextlib.suppress(connection.NewerError):  # kept without knowing what is in it
                foreign.check_shape(db, project)  # from here on it stands
            return _made(db, project, kind, keep, stopped)
    except connection.TROUBLE as problem:
        raise connection.unreadable(project, problem) from problem


def make_daily(project: Path, keep: int = KEEP, stopped: Stopped = _never) -> Backup | None:
    """Make the backup of today, unless it is there or nothing was done since the newest one.

    Raises:
        EngineError: as ``make``.
    """
    today, known = time.strftime("%Y-%m-%d"), backups_of(project)
    if any(each.kind == DAILY and each.day == today for each in known):
        return None
    newest = next((each for each in known if each.kind != DAMAGED), None)
    if newest is not None and _mark(newest.path) == _mark(project) is not None:
        return None  # so that days without work do not push out those with
    return make(project, DAILY, keep, stopped)


def _mark(file: Path) -> tuple[object, ...] | None:
    """What changes with any work in a project; None where it cannot be read."""
    asked = (
        "MAX(sequence) FROM journal",
        "COUNT(*) FROM annotations",
        "MAX(id) FROM annotations",
        "COUNT(*) FROM images",
        "MAX(rowid) FROM layer_tiles",
        "COUNT(*) FROM jobs",
    )
    try:
        with looking.looked_at(file) as db:
            return tuple(db.execute(f"SELECT {each}").fetchone()[0] for each in asked)
    except connection.TROUBLE:
        return None


def before_migration(db: sqlite3.Connection, project: Path) -> Backup | None:
    """Keep a project of an older version as it is; None where there is nothing to keep.

    Raises:
        EngineError: it cannot be written; the project must stay as it is.
    """
    if not 0 < int(db.execute("PRAGMA user_version").fetchone()[0]) < schema.VERSION:
        return None
    kept = next((each for each in backups_of(project) if each.kind == MIGRATION), None)
    if kept is not None and _mark(kept.path) == _mark(project) is not None:
        return kept  # of an update that was broken off; a full disk must not get fuller each time
    return _made(db, project, MIGRATION, KEEP)


def keep_bytes(project: Path) -> Backup:
    """Keep a file that cannot be read as it is, byte by byte, with its log.

    Raises:
        EngineError: it cannot be written.
    """
    target = _next(project, DAMAGED)
    part = _part(target)
    try:
        part.touch(0o600)
        rights.same_eyes(project, part)
        for end in ("-wal", "-journal"):
            side = project.with_name(project.name + end)
            if side.exists():
                shutil.copyfile(side, target.with_name(target.name + end))
        if project.exists():
            shutil.copyfile(project, part)  # else only the log of it is there
        settle(part, target)
    except OSError as problem:
        raise rights.no_backup(project, folder_of(project), problem) from problem
    finally:
        remove(part)
    return _found(project, target)


def copy(
    source: sqlite3.Connection, target: Path, project: Path, stopped: Stopped = _never
) -> None:
    """Write a whole, sound copy as one plain file.

    Raises:
        DamagedError: what was read does not hang together.
        StoppedError: it was stopped.
        sqlite3.Error: it cannot be read or written.
    """

    def go_on(*_: object) -> None:
        if stopped():
            raise StoppedError

    remove(target)
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    rights.same_eyes(project, target)
    with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as db:
        source.backup(db, pages=_PAGES, progress=go_on, sleep=0.001)
        db.execute("PRAGMA journal_mode = DELETE")
        db.set_progress_handler(stopped, _STEPS)
        try:
            connection.quick_check(db, project)
        except sqlite3.OperationalError:
            go_on()
            raise


def settle(part: Path, target: Path) -> None:
    """Give a whole file its name, so that it has it after a power cut too.

    Raises:
        OSError: it cannot be written.
    """
    with open(part, "rb+") as file:
        os.fsync(file.fileno())
    os.replace(part, target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Let names given or taken in a folder be so after a power cut too, where that is to be had."""
    if os.name == "posix":
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _made(
    db: sqlite3.Connection, project: Path, kind: str, keep: int, stopped: Stopped = _never
) -> Backup:
    try:
        target = _next(project, kind)
        part = _part(target)
        try:
            copy(db, part, project, stopped)
            settle(part, target)
        finally:
            remove(part)
    except (OSError, sqlite3.OperationalError) as problem:
        raise rights.no_backup(project, folder_of(project), problem) from problem
    _prune(project, kind, keep)
    return _found(project, target)


def _next(project: Path, kind: str) -> Path:
    """The file of the next backup.

    Raises:
        EngineError: there can be no folder for it.
    """
    folder = folder_of(project)
    rights.refuse_in_the_way(project, paths.files_of(project))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise rights.no_backup(project, folder_of(project), problem) from problem
    number = max((each.number for each in listed(project)), default=0) + 1
    return folder / f"{number:04}_{time.strftime('%Y-%m-%d_%H-%M')}_{kind}{paths.SUFFIX}"


def _part(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.tmp")


def _found(project: Path, path: Path) -> Backup:
    return next(each for each in backups_of(project) if each.path == path)


def _prune(project: Path, kind: str, keep: int) -> None:
    same = [each for each in backups_of(project) if each.kind == kind]
    for old in same[max(1, keep) :]:
        remove(old.path)


def remove(path: Path) -> None:
    """Delete a database and what SQLite keeps beside it; what cannot be deleted stays."""
    for each in (path, *(path.with_name(path.name + end) for end in _SIDES)):
        with contextlib.suppress(OSError):
            each.unlink()


def _broken(backup: Path, problem: object) -> EngineError:
    return EngineError(f"The backup {backup.name} is damaged ({problem}). Choose another one.")
