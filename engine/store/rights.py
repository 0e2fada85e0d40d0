"""Who may read and write the files of a project, and what is said where somebody may not."""

import contextlib
import errno
import os
import sqlite3
import stat
from pathlib import Path

from engine.errors import EngineError


def begin(path: Path) -> bool:
    """Make an empty file that others may use as the umask lets them; whether there was none.

    SQLite would make it 0644, so that a group that shares a folder could not share a project.

    Raises:
        OSError: it cannot be made.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    except FileExistsError:
        return False
    return True


def same_eyes(project: Path, copy: Path) -> None:
    """Let a copy be read and written by whom its original is; by its own user in any case."""
    with contextlib.suppress(OSError):  # where a disk keeps no permissions, or it is not there
        os.chmod(copy, stat.S_IMODE(project.stat().st_mode) & 0o666 | 0o600)


def refuse_protected(project: Path, what: str) -> None:
    """Pass if a project may be replaced by another file: in its own folder anybody could.

    Args:
        project: its file.
        what: what is to be done to it, for the sentence.

    Raises:
        EngineError: somebody has protected it.
    """
    if project.exists() and not os.access(project, os.W_OK):
        raise EngineError(
            f"{project.name} was not {what}: its file is write-protected. It is as it was. "
            "Make it writable first."
        )


def refuse_in_the_way(project: Path, folder: Path) -> None:
    """Pass if a folder beside a project may be made: whoever makes it is the one who writes there.

    Raises:
        EngineError: it would keep the owner of the project, who is somebody else, from writing.
    """
    if folder.exists() or os.access(project, os.W_OK) or not hasattr(os, "geteuid"):
        return
    if project.exists() and project.stat().st_uid != os.geteuid():
        raise EngineError(
            f"No backup of {project.name} was made: it belongs to somebody else, who could not "
            f"write to {folder.name} beside it any more. Copy the project first."
        )


def must_be_writable(path: Path) -> None:
    """Pass if a file may be written; SQLite finds out only when it writes.

    Raises:
        PermissionError: it may not.
    """
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "its file is write-protected", os.fspath(path))


def only_looked_at(path: Path, lock: Path, problem: Exception) -> str:
    """Why a project that is there cannot be written, and what to do.

    Args:
        path: its file.
        lock: its lock file.
        problem: what opening it for writing raised.
    """
    said, advice = "its folder cannot be written", "Make it writable, or work on a copy."
    name = getattr(problem, "filename", None)
    if name == os.fspath(lock) and os.path.lexists(lock):
        said = f"{lock.name} beside it cannot be opened ({getattr(problem, 'strerror', '')})"
        advice = "Delete it if nobody has the project open."
    elif name == os.fspath(path):
        said = "its file is write-protected"
    elif isinstance(problem, sqlite3.Error) and os.access(path.parent, os.W_OK):
        said, advice = f"it cannot be written ({problem})", "Work on a copy in another folder."
    return f"{path.name} can only be looked at: {said}. {advice}"


def unreachable(path: Path, problem: OSError) -> EngineError:
    """The sentence for a project of which not even can be told whether it is there."""
    advice = "Give it a shorter name." if problem.errno == errno.ENAMETOOLONG else ""
    return EngineError(
        f"{path.name} cannot be opened in {path.parent}: {problem.strerror}. "
        f"{advice or 'Change the permissions of the folder, or choose another file.'}"
    )


def unwritable(path: Path, problem: Exception) -> EngineError:
    """The sentence for a project that cannot be begun."""
    detail = getattr(problem, "strerror", None) or str(problem)
    return EngineError(
        f"{path.name} cannot be made in {path.parent}: {detail}. Choose another folder."
    )


def not_listed(project: Path, folder: Path, problem: OSError) -> EngineError:
    """The sentence for backups that are there and cannot be told."""
    return EngineError(
        f"The backups of {project.name} in {folder} cannot be listed: {problem.strerror}. "
        "Change the permissions of the folder."
    )


def no_backup(project: Path, folder: Path, problem: Exception) -> EngineError:
    """The sentence for a backup that could not be written to its folder."""
    detail = getattr(problem, "strerror", None) or str(problem)
    return EngineError(
        f"No backup of {project.name} could be written to {folder}: {detail}. "
        "Nothing was changed. Free some space, or make the folder writable."
    )
