"""The thread that makes the backup of the day while its project is open."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from engine.errors import EngineError
from engine.store import backup

Told = Callable[[backup.Backup | EngineError], None]


class Keeper:
    """Makes one backup, unless there is one of today. A project that closes stops it at once."""

    def __init__(self, project: Path, keep: int, told: Told) -> None:
        """Begin.

        Args:
            project: its file.
            keep: how many of the daily backups stay.
            told: called on the thread with the backup, or with why there is none.
        """
        self._project, self._keep, self._told = project, keep, told
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backup", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it and wait for that, which takes milliseconds; nothing half-made stays."""
        self._end.set()
        self._thread.join()

    def wait(self) -> None:
        """Until it is done."""
        self._thread.join()

    def _run(self) -> None:
        try:
            made = backup.make_daily(self._project, self._keep, self._end.is_set)
        except backup.StoppedError:
            return
        except EngineError as problem:
            self._told(problem)
        except Exception:
            logging.getLogger(__name__).exception("the backup failed")
        else:
            if made is not None:
                self._told(made)
