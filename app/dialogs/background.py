"""Work for a sheet on another thread; the answer comes back only while the sheet is there."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from functools import cache
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, QThreadPool

from app.bridge import Relay

Done = Callable[[Any], None]


class Background(QObject):
    """Runs pieces of work on the program's common threads.

    A sheet that is closed neither waits for its work nor hears of it: what was begun is finished
    (a copy is whole or not at all), its answer is dropped. The thread holds the work and nothing
    that belongs to the window: were it the last to hold a widget, it would delete it there.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._numbers = itertools.count()
        self._waiting: dict[int, Done] = {}

    def run(self, work: Callable[[], Any], done: Done) -> None:
        """Do ``work`` elsewhere, then call ``done`` with its answer on the GUI thread.

        Args:
            work: must not raise, it answers with what went wrong; must not hold Qt objects.
            done: is not called when the owner is gone by then.
        """
        send = self._teller(done, once=True)
        QThreadPool.globalInstance().start(lambda: send(work()))

    def teller(self, done: Done) -> Done:
        """What any thread may call with news for ``done``, which is called as in ``run``."""
        return self._teller(done, once=False)

    def _teller(self, done: Done, *, once: bool) -> Done:
        number = next(self._numbers)
        self._waiting[number] = done
        relay, owner = _relay(), weakref.ref(self)

        def send(news: Any) -> None:
            if shiboken6.isValid(relay):  # the program may be ending
                relay.send((owner, number, once, news))

        return send

    def deliver(self, number: int, once: bool, news: Any) -> None:
        """Hand over what a thread sent; on the GUI thread."""
        done = self._waiting.pop(number) if once else self._waiting[number]
        done(news)


@cache
def _relay() -> Relay:
    """One for all, which stays: else the thread that sends could be the last to hold it."""
    relay = Relay()
    relay.arrived.connect(_deliver)
    return relay


def _deliver(sent: tuple[weakref.ref[Background], int, bool, Any]) -> None:
    owner, number, once, news = sent
    background = owner()
    if background is not None and shiboken6.isValid(background):
        background.deliver(number, once, news)
