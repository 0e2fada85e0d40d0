"""Looking at the program itself: the memory sheet, and the watchdog that users can switch on."""

import time

import pytest
from PySide6.QtCore import Qt, QTimer

from app import memory
from app.dialogs.memory_sheet import MemorySheet
from app.intents.debug import WATCH_STALLS
from app.watchdog import LIMIT

Key = Qt.Key


def lines(sheet):
    return {name: (line.size.text(), line.more.text()) for name, line in sheet._caches.items()}


def test_the_sheet_says_who_holds_how_much_and_empties_it(at_work):
    d = at_work
    d.key(Key.Key_B)
    d.stroke((60, 60), (120, 60))
    d.key(Key.Key_F12)
    sheet = d.window.sheet
    assert isinstance(sheet, MemorySheet)
    d.picture("memory")
    shown = lines(sheet)
    assert shown["Pictures, whole"][0] != "0 bytes"
    assert "of" in shown["Pictures, whole"][1]
    assert sheet.masks.more.text() == "1 object in 1 image"
    assert sheet.undo.more.text() == "1 of 1 step"
    assert sheet.images.more.text() == "3 images"
    d.ctrl(Key.Key_Z)
    sheet.refresh()
    assert sheet.undo.more.text() == "1 of 1 step", "what was undone is held for redo"
    d.ctrl(Key.Key_Y)
    before = d.canvas.grab().toImage()
    d.key(Key.Key_Return)
    assert lines(sheet)["Pictures, whole"][0] == "0 bytes"
    assert "let go of" in sheet.foot_words.text()
    assert d.canvas.picture.photo._kept.bytes == 0
    d.canvas.settle()
    assert d.canvas.grab().toImage() == before, "the picture is still there"
    d.key(Key.Key_W)
    d.canvas.settle()
    assert not d.canvas.picture.photo.problem
    d.key(Key.Key_F12)
    assert d.window.sheet is None


def test_the_figures_follow_only_while_someone_looks(at_work, monkeypatch):
    d = at_work
    asked = []
    resident = memory.resident
    monkeypatch.setattr(memory, "resident", lambda: asked.append(1) or resident())
    d.key(Key.Key_F12)
    shown = len(asked)
    d.until(lambda: len(asked) > shown)
    sheet = d.window.sheet
    sheet.hide()
    assert not sheet._clock.isActive()
    sheet.show()
    assert sheet._clock.isActive()
    d.key(Key.Key_Escape)
    assert d.window.sheet is None


def test_without_a_project_the_caches_can_be_looked_at(d):
    sheet = MemorySheet(d.services)
    assert sheet.masks.size.text() == "–"
    sheet.refresh()
    sheet.deleteLater()


@pytest.fixture
def watching(at_work):
    d = at_work
    d.services.settings.set(WATCH_STALLS, False)
    d.key(Key.Key_F12, Qt.KeyboardModifier.ShiftModifier)
    yield d
    d.services.settings.set(WATCH_STALLS, False)
    d.program.watchdog.stalls.clear()


def test_a_user_who_watches_is_told_in_one_line(watching, caplog):
    d = watching
    assert d.services.settings.value(WATCH_STALLS, False)
    assert d.last_said.startswith("Watching for stalls.")
    assert d.services.actions.text("app.stalls") == "Stop watching for stalls"

    def work():
        end = time.thread_time() + 2 * LIMIT
        while time.thread_time() < end:
            sum(range(500))

    d.said.clear()
    QTimer.singleShot(0, work)
    d.until(lambda: bool(d.said))
    assert d.last_said.startswith("The window stood still for ")
    assert d.last_said.endswith(" ms; the log says where.")
    assert "in work" in caplog.text
    d.key(Key.Key_F12, Qt.KeyboardModifier.ShiftModifier)
    assert not d.services.settings.value(WATCH_STALLS, True)
    d.said.clear()
    done = []
    QTimer.singleShot(0, work)
    QTimer.singleShot(0, lambda: done.append(1))
    d.until(lambda: bool(done))
    assert d.said == []
