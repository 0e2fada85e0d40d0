"""The watchdog: what counts as a stall, by the GUI thread's own clock, and what is said of it."""

import threading
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer

from app import watchdog
from app.watchdog import LIMIT, Stall, Watchdog

HERE = Path(__file__)


def work(seconds):
    """Use the processor, on this thread's clock."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(500))


@pytest.fixture
def dog(qapp):
    found = Watchdog()
    found.start()
    yield found
    found.stop()


def later(qtbot, act):
    """Run something from the event loop, and let the loop turn once more."""
    done = []
    QTimer.singleShot(0, act)
    QTimer.singleShot(0, lambda: done.append(True))
    qtbot.waitUntil(lambda: bool(done))
    QTimer.singleShot(0, lambda: done.append(True))
    qtbot.waitUntil(lambda: len(done) == 2)


def test_long_work_is_a_stall_and_its_place_is_known(dog, qtbot, caplog):
    later(qtbot, lambda: work(3 * LIMIT))
    (stall,) = [each for each in dog.stalls if each.touches(HERE)]
    assert stall.seconds >= 3 * LIMIT
    assert any(place[2] == "work" for stack in stall.stacks for place in stack)
    assert "stood still for" in caplog.text
    assert "in work" in caplog.text


def test_short_work_and_waiting_are_none(dog, qtbot):
    later(qtbot, lambda: work(LIMIT / 10))
    slept = threading.Event()
    later(qtbot, lambda: slept.wait(2 * LIMIT))
    assert [each for each in dog.stalls if each.touches(HERE)] == []


def test_work_of_other_threads_is_none(dog, qtbot):
    thread = threading.Thread(target=work, args=(2 * LIMIT,))
    thread.start()
    qtbot.waitUntil(lambda: not thread.is_alive())
    assert [each for each in dog.stalls if each.touches(HERE)] == []


def test_nothing_is_seen_after_it_was_stopped(dog, qtbot):
    dog.stop()
    assert not dog.running
    later(qtbot, lambda: work(2 * LIMIT))
    assert not dog.stalls


def test_it_can_be_started_again(dog, qtbot):
    dog.stop()
    dog.start()
    dog.start()
    later(qtbot, lambda: work(2 * LIMIT))
    assert len([each for each in dog.stalls if each.touches(HERE)]) == 1


def test_where_threads_have_no_clock_for_others_the_wall_is_looked_at(qapp, qtbot, monkeypatch):
    monkeypatch.setattr(watchdog.sys, "platform", "darwin")
    dog = Watchdog()
    dog.start()
    later(qtbot, lambda: work(4 * LIMIT))
    dog.stop()
    (stall,) = dog.stalls
    assert stall.touches(HERE)


def test_a_stall_nobody_saw_says_so():
    stall = Stall(0.25, ())
    assert str(stall) == "The window stood still for 250 ms. Nobody saw where."
    assert stall.touches(HERE)


def test_other_places_are_named_once():
    first, last = ("a.py", 1, "one"), ("b.py", 2, "two")
    text = str(Stall(0.3, ((first,), (first, last), (first, last))))
    assert text.count("also at a.py:1 in one") == 1
    assert 'File "b.py", line 2, in two' in text
