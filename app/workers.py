"""A few threads for work that releases the interpreter."""

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QRunnable, QThreadPool

log = logging.getLogger(__name__)


class _Task(QRunnable):
    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__()
        self._work = work

    def run(self) -> None:
        try:
            self._work()
        except Exception:  # a thread has no crash dialog; the log has the traceback
            log.exception("background work failed")


class Workers(QObject):
    """Runs pieces of work in the background; results come back through a ``Relay``.

    Only decoding, numpy on large arrays and compression belong here (decision 10): they let the
    GUI thread go on. Anything long and pure Python is a job.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(2)

    def run(self, work: Callable[[], None]) -> None:
        """Start ``work`` as soon as a thread is free."""
        self._pool.start(_Task(work))

    def wait(self) -> None:
        """Until nothing runs or waits any more."""
        self._pool.waitForDone()

    def close(self) -> None:
        """Wait for what runs and drop what waits."""
        self._pool.clear()
        self._pool.waitForDone()
