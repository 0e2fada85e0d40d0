"""Private folders for what is too large for a line between processes (decision 11).

In memory where the system offers it (/dev/shm), readable by the user only. The reader deletes each
file after use, the owner its folder at the end; folders whose owner died are swept at the next
start.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import re
import shutil
import stat
import tempfile
import time
from pathlib import Path

from engine.processes import birth

_NAME = re.compile(r"maskwright-(?P<user>[\w.-]+)-(?P<pid>\d+)-(?P<born>\d+)-\w+")
_MEMORY = Path("/dev/shm")
_LEAST_FREE = 256 << 20
GRACE = 60.0


def base() -> Path:
    """/dev/shm where it can be written and has room, else the folder for temporary files."""
    with contextlib.suppress(OSError):
        if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _LEAST_FREE:
            return _MEMORY
    return Path(tempfile.gettempdir())


def make(where: Path | None = None) -> Path:
    """A new private folder (0700) of this process, after sweeping those of dead ones.

    Args:
        where: Parent folder, `base()` by default.
    """
    parent = where or base()
    sweep(parent)
    prefix = f"maskwright-{_user()}-{os.getpid()}-{_born(os.getpid())}-"
    return Path(tempfile.mkdtemp(prefix=prefix, dir=parent))


def sweep(parent: Path, grace: float = GRACE, pid: int | None = None) -> int:
    """Delete this user's folders whose owner is gone; how many.

    Args:
        parent: Where they are.
        grace: Seconds since the last file: a reader may still want the answer of an owner that
            just left.
        pid: Only those of this process.
    """
    gone = 0
    for child in _children(parent):
        match = _NAME.fullmatch(child.name)
        if match is None or match["user"] != _user() or not _is_own(child):
            continue
        if pid is not None and int(match["pid"]) != pid:
            continue
        old = time.time() - child.stat().st_mtime >= grace
        if old and not _lives(int(match["pid"]), int(match["born"])):
            shutil.rmtree(child, ignore_errors=True)
            gone += 1
    return gone


def leave(folder: Path) -> None:
    """Delete a folder when nothing in it waits to be read; else the next sweep does."""
    with contextlib.suppress(OSError):
        folder.rmdir()


def remove(folder: Path) -> None:
    """Delete a folder with what is left in it; a file that is in use stays for the next sweep."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_of(pid: int) -> None:
    """Delete what a process that is gone left, where nobody will read it any more."""
    for parent in {_MEMORY, Path(tempfile.gettempdir())}:
        sweep(parent, 0.0, pid)


def _children(parent: Path) -> list[Path]:
    try:
        return list(parent.iterdir())
    except OSError:
        return []


def _is_own(folder: Path) -> bool:
    """A real folder of this user's, not a link somebody placed."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return stat.S_ISDIR(found.st_mode) and mine


def _user() -> str:
    name = str(os.getuid()) if hasattr(os, "getuid") else getpass.getuser()
    return re.sub(r"[^\w.]", "_", name)


def _born(pid: int) -> int:
    """When a process started, in seconds, so that a reused number is not taken for it."""
    return int(birth(pid).started)


def _lives(pid: int, born: int) -> bool:
    import psutil

    try:
        # Where that is a time of day, the clock may have been set by a second or two.
        return abs(_born(pid) - born) <= 3
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
