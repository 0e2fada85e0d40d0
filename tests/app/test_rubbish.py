"""Garbage of the old generation waits until no button is down."""

import gc

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from app.rubbish import DUE, Rubbish


@pytest.fixture
def rubbish(qapp):
    before = gc.get_threshold()
    found = Rubbish()
    found.start()
    yield found
    found.stop()
    assert gc.get_threshold() == before


def make_due():
    for _ in range(DUE + 1):
        gc.collect(1)
    assert gc.get_count()[2] >= DUE


def test_it_is_collected_when_it_is_due(rubbish):
    gc.collect()
    assert not rubbish.tidy()
    make_due()
    assert rubbish.tidy()
    assert gc.get_count()[2] < DUE


def test_never_under_a_hand(rubbish, monkeypatch):
    make_due()
    monkeypatch.setattr(QGuiApplication, "mouseButtons", lambda: Qt.MouseButton.LeftButton)
    assert not rubbish.tidy()
    monkeypatch.undo()
    assert rubbish.tidy()


def test_python_does_not_collect_the_old_generation_itself(rubbish):
    old = []
    gc.callbacks.append(lambda phase, info: old.append(info["generation"]))
    try:
        keep = [[number] for number in range(300_000)]
    finally:
        gc.callbacks.pop()
    assert len(keep) == 300_000
    assert 1 in old
    assert 2 not in old


def test_starting_twice_keeps_what_was(rubbish):
    rubbish.start()
    rubbish.stop()
    rubbish.stop()
