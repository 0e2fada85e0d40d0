"""Work in slices: over at once where it is short, between events where it is long."""

import time

import pytest
from PySide6.QtCore import QTimer

from app.slices import FIRST, SLICE, Slices
from engine.errors import EngineError


def work(pieces, seconds=0.0, fail_at=None):
    """That many pieces, each of so much processor time."""
    for number in range(pieces):
        end = time.thread_time() + seconds
        while time.thread_time() < end:
            pass
        if number == fail_at:
            raise EngineError("It did not work.")
        yield (number + 1) / pieces
    return pieces


@pytest.fixture
def slices(qapp):
    return Slices()


def test_short_work_is_over_at_once(slices):
    found = []
    slices.run(work(5), "Short work", found.append)
    assert found == [5]
    assert slices.words == ""


def test_long_work_goes_on_between_events(slices, qtbot):
    found, turns, told = [], [], []
    slices.told.connect(told.append)
    slices.run(work(30, FIRST / 2), "Long work", found.append)
    assert found == []
    assert slices.words.startswith("Long work: ")
    turn = QTimer()
    turn.timeout.connect(lambda: turns.append(found[:]))
    turn.start(0)
    qtbot.waitUntil(lambda: bool(found))
    assert found == [30]
    assert len(turns) > 5, "other events came in between"
    assert told, "how far it is was said"
    assert all(text.startswith("Long work: ") and text.endswith(" % done.") for text in told)


def test_what_is_left_can_be_done_at_once(slices):
    found = []
    slices.run(work(10, FIRST), "Long work", found.append)
    slices.finish()
    assert found == [10]
    slices.finish()
    assert found == [10]


def test_a_refusal_is_raised_and_nothing_goes_on(slices):
    found = []
    with pytest.raises(EngineError):
        slices.run(work(3, fail_at=1), "Work", found.append)
    assert slices.words == ""
    slices.run(work(1), "Other work", found.append)
    assert found == [1]


def test_slices_are_short():
    assert FIRST < 0.1
    assert SLICE < 0.05
