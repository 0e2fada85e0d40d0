"""Work for a sheet on another thread; the answer comes back only while the sheet is there."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import cache
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, QThreadPool

from app.bridge import Relay


class Background(QObject):
    """Runs pieces of work on the program's common threads.

    A sheet that is closed neither waits for its work nor hears of it: what was begun is finished
    (a copy is whole or not at all), its answer is dropped.
    """

    def run(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do ``work`` elsewhere, then call ``done`` with its answer on the GUI thread.

        Args:
            work: must not raise; it answers with what went wrong.
            done: is not called when the owner is gone by then.
        """
        send = self.teller(done)
        QThreadPool.globalInstance().start(lambda: send(work()))

    def teller(self, done: Callable[[Any], None]) -> Callable[[Any], None]:
        """What any thread may call with news for ``done``, which is called as in ``run``."""
        relay, owner = _relay(), weakref.ref(self)
        return lambda news: relay.send((owner, done, news))


@cache
def _relay() -> Relay:
    """One for all, which stays: else the thread that sends could be the last to hold it.

    It would then delete it while its news is being delivered.
    """
    relay = Relay()
    relay.arrived.connect(_deliver)
    return relay


def _deliver(news: tuple[weakref.ref[Background], Callable[[Any], None], Any]) -> None:
    owner, done, answer = news
    background = owner()
    if background is not None and shiboken6.isValid(background):
        done(answer)
