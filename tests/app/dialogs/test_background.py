"""Work for sheets: what a thread holds, and who hears of it."""

import gc
import threading
import weakref

import shiboken6
from PySide6.QtCore import QObject, QThreadPool

from app.bridge import Relay
from app.dialogs.background import Background


class Owner(QObject):
    """Stands for a sheet."""

    def __init__(self):
        super().__init__()
        self.background, self.heard = Background(self), []

    def hear(self, news):
        self.heard.append(news)


def test_answers_come_back_in_order(qtbot):
    owner = Owner()
    tell = owner.background.teller(owner.hear)
    owner.background.run(lambda: [tell(each) for each in range(3)] and "done", owner.hear)
    qtbot.waitUntil(lambda: len(owner.heard) == 4)
    assert owner.heard == [0, 1, 2, "done"]


def test_a_thread_holds_nothing_of_its_owner(qtbot):
    owner, go = Owner(), threading.Event()
    heard, gone = owner.heard, weakref.ref(owner)
    owner.background.run(lambda: go.wait(10), owner.hear)
    shiboken6.delete(owner)
    del owner
    gc.collect()
    assert gone() is None, "the thread would delete it, were it the last to hold it"
    go.set()
    assert QThreadPool.globalInstance().waitForDone(10_000)
    qtbot.wait(0)
    assert heard == []


def test_news_that_come_when_the_program_ends_are_dropped(qtbot, monkeypatch):
    relay = Relay()
    monkeypatch.setattr("app.dialogs.background._relay", lambda: relay)
    owner = Owner()
    tell = owner.background.teller(owner.hear)
    shiboken6.delete(relay)
    tell("late")
    assert owner.heard == []
