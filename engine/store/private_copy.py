"""A copy of a project for who reads it for long where that would keep its owner from writing."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from engine.store import backup, connection

TRIES: Final = 3
"""How often a copy is made that was torn: locks may not be kept where copies are needed."""


class PrivateCopy:
    """A copy of a project in the folder for temporary files, for who reads for long.

    Attributes:
        path: the copy.
    """

    def __init__(self, project: Path) -> None:
        """Make it.

        Raises:
            EngineError: the project is damaged, or there is no room.
        """
        _sweep_copies()
        prefix = f"maskwright-copy-{os.getpid()}-"
        self._folder = Path(tempfile.mkdtemp(prefix=prefix))
        self.path = self._folder / project.name
        try:
            for left in reversed(range(TRIES)):  # locks that are not kept may tear a copy
                try:
                    with contextlib.closing(connection.connect(project, write=False)) as db:
                        backup.copy(db, self.path, project)
                    return
                except connection.DamagedError:
                    if not left:
                        raise
        except connection.TROUBLE as problem:
            self.close()
            raise connection.unreadable(project, problem) from problem
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove it."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _sweep_copies() -> None:
    """Remove copies whose readers are gone."""
    import psutil

    for each in Path(tempfile.gettempdir()).glob("maskwright-copy-*"):
        pid = each.name.split("-")[2]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(each, ignore_errors=True)
