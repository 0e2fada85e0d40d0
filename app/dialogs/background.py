"""Work for a sheet on another thread; the answer comes back only while the sheet is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThreadPool

from app.bridge import Relay


class Background(QObject):
    """Runs pieces of work on the program's common threads.

    A sheet that is closed neither waits for its work nor hears of it: what was begun is finished
    (a copy is whole or not at all), its answer is dropped.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._relay = Relay()  # without a parent: the thread that sends keeps it alive
        self._relay.arrived.connect(self._on_done)

    def run(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do ``work`` elsewhere, then call ``done`` with its answer on the GUI thread.

        Args:
            work: must not raise; it answers with what went wrong.
            done: is not called when the owner is gone by then.
        """
        relay = self._relay
        QThreadPool.globalInstance().start(lambda: relay.send((done, work())))

    def _on_done(self, news: tuple[Callable[[Any], None], Any]) -> None:
        done, answer = news
        done(answer)
