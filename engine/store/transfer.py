"""A project in another place: a whole copy, with what could not be written where it was."""

import os
import shutil
import sqlite3
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

from engine.errors import EngineError, why
from engine.images.folder import must_be_text
from engine.store import backup, careful, connection, paths, rights
from engine.store.store import Store
from engine.store.writer import Work


def copy(store: Store, target: Path) -> Path:
    """Write all of an open project to ``target``, close it, and answer with the new file.

    Everything still waiting for the writer is in the copy, so work that the old place no longer
    takes is not lost. The files folder is copied too.

    Raises:
        EngineError: it could not be written; the project stays open and nothing is left there.
    """
    target = (
        target if target.suffix == paths.SUFFIX else target.with_name(target.name + paths.SUFFIX)
    )
    target = target.absolute()
    must_be_text(target)
    if target.exists():
        raise EngineError(f"{target.name} is already there. Choose another name.")
    part = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    part_files = target.with_name(f".{target.stem}.files.{os.getpid()}.tmp")
    fresh = not paths.files_of(target).exists()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy_database(store, part, target)
        files = paths.files_of(store.path)
        if files.is_dir():
            shutil.copytree(files, part_files, copy_function=_copy_whole)
            _put(part_files, paths.files_of(target))
        backup.settle(part, target)
    except BaseException as problem:
        for end in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                part.with_name(part.name + end).unlink()
        shutil.rmtree(part_files, ignore_errors=True)
        if fresh:
            shutil.rmtree(paths.files_of(target), ignore_errors=True)
        if not isinstance(problem, OSError | sqlite3.Error):  # shutil's own are OSErrors
            raise
        raise EngineError(
            f"{store.path.name} could not be copied to {target.parent}: {why(problem)}. "
            "It stays where it is. Choose another folder."
        ) from problem
    store.close(discard=True)
    return target


def remove(project: Path) -> None:
    """Delete a closed project's file and its files folder; what cannot be deleted stays."""
    backup.remove(project)  # with its log: a full disk did not let that be taken over
    shutil.rmtree(paths.files_of(project), ignore_errors=True)


def _copy_whole(source: str, target: str) -> str:
    """Copy a file with its times, onto the disk: the one it is copied from may be removed next.

    Raises:
        OSError: it cannot be copied.
    """
    shutil.copyfile(source, target)
    with open(target, "rb+") as file:
        os.fsync(file.fileno())
    shutil.copystat(source, target)  # last: a model's file may be read-only
    return target


def _put(made: Path, folder: Path) -> None:
    """Give a whole copy its name, or add it to a folder that is there already."""
    if folder.exists():
        shutil.copytree(made, folder, dirs_exist_ok=True, copy_function=_copy_whole)
        shutil.rmtree(made)
    else:
        made.rename(folder)


def _copy_database(store: Store, part: Path, target: Path) -> None:
    part.unlink(missing_ok=True)
    part.touch(0o600)
    rights.same_eyes(store.path, part)
    db = connection.connect(part, write=True)
    try:
        nothing: AbstractContextManager[list[Work]] = nullcontext([])
        paused = nothing if store.writer is None else store.writer.paused()
        with paused as works, store.reading() as old:
            try:
                old.backup(db)
                db.execute("PRAGMA journal_mode = DELETE")
                db.execute("PRAGMA synchronous = FULL")
                db.execute("BEGIN IMMEDIATE")
                careful.write(db, works)
            except sqlite3.Error as problem:  # of the copy; ``reading`` would say it of the project
                raise OSError(str(problem)) from problem
        for table, key in (("images", "path"), ("jobs", "folder")):
            rows = db.execute(f"SELECT rowid, {key} FROM {table}").fetchall()
            moved = [
                (paths.stored(_now(text, store.path, target), target), row) for row, text in rows
            ]
            db.executemany(f"UPDATE {table} SET {key} = ? WHERE rowid = ?", moved)
        db.execute("COMMIT")
    finally:
        db.close()


def _now(text: str, old: Path, new: Path) -> Path:
    """Where a file of the project is after the copy: the files folder moves along."""
    path = paths.located(text, old)
    files = paths.files_of(old)
    if path.is_relative_to(files):
        return paths.files_of(new) / path.relative_to(files)
    return path
