"""One owner for a project: a lock on a file beside it, which says who holds it.

The lock is the operating system's (``flock``, on Windows ``msvcrt.locking``), so it ends with the
process however that ends. What the file says is for people, and for file systems without locks.
"""

import contextlib
import json
import os
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.processes import Birth, birth, lives

_BYTES = 1024  # of the text, always
_PAUSE = 0.02  # seconds; a hundred times at most
_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
_LOCKED_BYTE = 1 << 30  # far behind the text, which others must be able to read on Windows


class Lock:
    """A project's lock, held or not.

    Attributes:
        path: the lock file, ``<project>.lock``.
        left: what an owner had said that ended without giving the lock back; empty of none.
    """

    def __init__(self, project: Path) -> None:
        self.path = project.with_name(project.name + ".lock")
        self.left: Mapping[str, Any] = {}
        self._file: int | None = None
        self._believed = False  # there are no locks here, only what the file says

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None

    def acquire(self) -> bool:
        """Take the lock; False where another process, or another opening here, has it.

        Raises:
            OSError: no lock file can be made here (read-only place), or one of somebody else lies
                there that cannot be opened; ``filename`` is the lock file.
        """
        found: Mapping[str, Any] | None = {}
        for _ in range(100):
            try:
                handle = os.open(self.path, os.O_RDWR | os.O_CREAT | _CLOEXEC, 0o666)
            except PermissionError:
                if not os.path.lexists(self.path):  # none can be made
                    raise
                if (found := self._left_by_another()) is None:
                    return False
                continue
            try:
                taken = take(handle)
            except OSError:  # no locks on this file system: believe what the file says
                self._believed, taken = True, not _alive(_read(self.path))
            if not taken:
                os.close(handle)
                if _lives(_read(self.path)):
                    return False
                time.sleep(_PAUSE)  # a child the dead owner was just starting has it for a moment
                continue
            if self._is_current(handle):
                self._file, self.left = handle, _read(self.path) or found or {}
                return self._said()
            os.close(handle)  # its owner removed the file between our opening and locking it
        return False

    def note(self, **more: object) -> None:
        """Say in the file who holds the lock, and what else the next owner should find there.

        Raises:
            OSError: it cannot be written.
        """
        if self._file is None:
            return
        _write(self._file, {**_who(), **more})

    def release(self, *, as_found: bool = False) -> None:
        """Give the lock back and remove its file.

        Args:
            as_found: where an owner had left it that died, let it lie as it was: who takes the
                lock next can say what that owner left.
        """
        if self._file is None:
            return
        handle, self._file = self._file, None
        if as_found and self.left:
            _write(handle, self.left)
            os.close(handle)
            return
        if os.name == "nt":  # pragma: no cover - an open file cannot be removed there
            os.close(handle)
            with contextlib.suppress(OSError):
                self.path.unlink()
            return
        with contextlib.suppress(OSError):
            if self._is_current(handle):
                self.path.unlink()
        os.close(handle)

    def refusal(self, name: str) -> EngineError:
        """The sentence for a write to the project called ``name``, which another program owns."""
        last = "Close it there first."
        if self._believed and _read(self.path).get("host") != socket.gethostname():
            last += f" If nothing runs there any more, delete {self.path.name} beside the project."
        return EngineError(
            f"“{name}” is open in {self.owner()}, so it can only be looked at here. {last}"
        )

    def _left_by_another(self) -> Mapping[str, Any] | None:
        """Remove a lock file that may only be read; what it said, None where it is locked.

        Raises:
            OSError: there is none, it may not even be read, or it cannot be removed.
        """
        handle = os.open(self.path, os.O_RDONLY | _CLOEXEC)
        try:
            if not take(handle):
                return None
            said = _read(self.path)
            if self._is_current(handle):
                self.path.unlink()
            return said
        finally:
            os.close(handle)

    def _said(self) -> bool:
        """Say in the file who holds the lock, which was just taken; whether it stays ours.

        Raises:
            OSError: nothing can be said where that is all there is to a lock.
        """
        try:
            self.note()
        except OSError:  # a full disk: the lock itself needs no room
            if self._believed:
                self.release()
                raise
        return not self._believed or self._alone()

    def _alone(self) -> bool:
        """Whether nobody else took a lock that is only believed, at the same moment."""
        time.sleep(_PAUSE)
        if _read(self.path).get("pid") == os.getpid() and self._is_current(self._file or 0):
            return True
        handle, self._file = self._file, None
        if handle is not None:
            os.close(handle)
        return False

    def owner(self) -> str:
        """Who holds it, as part of a sentence."""
        said = _read(self.path)
        if not said:
            return "another program"
        program, host = str(said.get("program", "")) or "another program", said.get("host")
        where = f" on {host}" if host and host != socket.gethostname() else ""
        since = said.get("since")
        clock = ""
        if isinstance(since, int | float):
            today = time.strftime("%Y-%m-%d") == time.strftime("%Y-%m-%d", time.localtime(since))
            pattern = "%H:%M" if today else "%Y-%m-%d %H:%M"
            clock = time.strftime(f" since {pattern}", time.localtime(since))
        return f"{program} (process {said.get('pid', '?')}{where}{clock})"

    def _is_current(self, handle: int) -> bool:
        try:
            there = os.stat(self.path)
        except OSError:
            return False
        here = os.fstat(handle)
        return (there.st_ino, there.st_dev) == (here.st_ino, here.st_dev)


def take(handle: int) -> bool:
    """Lock the open file without waiting; False where it is locked.

    Raises:
        OSError: this file system has no locks.
    """
    try:
        if sys.platform == "win32":  # pragma: no cover
            import msvcrt

            os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _who() -> dict[str, object]:
    began = birth(os.getpid())
    return {
        "pid": os.getpid(),
        "started": began.started,
        "boot": began.boot,
        "since": time.time(),
        "host": socket.gethostname(),
        "program": "Maskwright",
    }


def _write(handle: int, said: Mapping[str, object]) -> None:
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, json.dumps(dict(said)).encode().ljust(_BYTES))  # one write: never a mixture


def _read(path: Path) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            said = json.loads(file.read(4096))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _alive(said: dict[str, Any]) -> bool:
    """Whether the process that wrote this still runs; one on another host is taken to."""
    if not said:
        return False
    if said.get("host") != socket.gethostname():
        return True
    try:
        return lives(int(said["pid"]), Birth(float(said["started"]), str(said.get("boot", ""))))
    except (KeyError, TypeError, ValueError, OverflowError):
        return False


def _lives(said: dict[str, Any]) -> bool:
    """Whether the owner may still be there; one that has not said who it is may be."""
    return not said or _alive(said)
