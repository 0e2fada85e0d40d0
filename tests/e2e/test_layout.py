"""The parts of the window: folded, dragged, over the canvas, alone; and kept for the next start."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

Key = Qt.Key


@pytest.fixture
def w(at_work):
    settings = at_work.services.settings
    kept = ("panel_wide", "panel_medium", "strip_folded_wide", "strip_folded_medium")
    yield at_work
    for name in kept:
        settings._store.remove(name)
    at_work.window._width_class = ""
    at_work.window._fold()


def resize(w, width, height):
    w.window.resize(width, height)
    QApplication.processEvents()


def test_the_breakpoints(w):
    window = w.window
    assert window.side.width() == 340
    assert not window.filmstrip.is_folded
    resize(w, 1200, 760)
    assert window.side.width() == 272
    assert window.filmstrip.is_folded
    resize(w, 900, 600)
    assert window.side.width() == 48
    assert not window.filmstrip.isVisible()
    resize(w, 800, 500)
    assert window.canvas.width() >= 480


def test_panel_and_filmstrip_fold_by_key(w):
    wide = w.canvas.width()
    w.ctrl(Key.Key_B)
    assert not w.window.side_panel.isVisible()
    assert w.canvas.width() == wide + 340 + 1
    assert w.canvas.hasFocus()
    w.ctrl(Key.Key_B)
    assert w.canvas.width() == wide
    w.ctrl(Key.Key_J)
    assert w.window.filmstrip.is_folded
    w.ctrl(Key.Key_J)
    assert not w.window.filmstrip.is_folded


def test_a_dragged_width_stays_after_a_sheet_and_another_size(w):
    window = w.window
    window.splitter.setSizes([window.splitter.width() - 430, 430])
    window.splitter.splitterMoved.emit(0, 1)
    w.ctrl(Key.Key_E)
    assert window.side.width() > 600
    w.key(Key.Key_Escape)
    assert window.side.width() == 430
    resize(w, 1200, 760)
    resize(w, 1600, 1000)
    assert window.side.width() == 430


def test_canvas_only_and_back(w):
    window = w.window
    w.key(Key.Key_QuoteLeft)
    for part in (window.tool_rail, window.option_strip, window.filmstrip, window.side_panel):
        assert not part.isVisible()
    assert w.canvas.hasFocus()
    resize(w, 1300, 900)
    assert not window.filmstrip.isVisible(), "another size changes nothing"
    w.ctrl(Key.Key_E)
    assert window.sheet.isVisible()
    w.key(Key.Key_Escape)
    assert not window.side_panel.isVisible()
    resize(w, 900, 700)
    assert not window.side.isVisible()
    resize(w, 1600, 1000)
    w.key(Key.Key_QuoteLeft)
    for part in (window.tool_rail, window.option_strip, window.filmstrip, window.side_panel):
        assert part.isVisible()


def test_in_a_narrow_window_the_panel_lies_over_the_canvas(w):
    resize(w, 900, 700)
    wide = w.canvas.width()
    w.ctrl(Key.Key_B)
    assert w.window.side_panel.isVisible()
    assert w.canvas.width() == wide
    assert w.window.side_panel.isAncestorOf(QApplication.focusWidget())
    w.key(Key.Key_Escape)
    assert not w.window.side_panel.isVisible()
    assert w.canvas.hasFocus()


def test_the_left_hand_has_everything_mirrored(w):
    window = w.window
    window.set_pen_hand("left")
    QApplication.processEvents()
    assert window.side.x() < w.canvas.mapTo(window, w.canvas.rect().topLeft()).x()
    resize(w, 900, 700)
    w.ctrl(Key.Key_B)
    panel = window.side_panel
    assert panel.mapTo(window, panel.rect().topLeft()).x() == 48
    w.key(Key.Key_Escape)
    window.set_pen_hand("right")


def test_full_screen_and_back(w):
    w.key(Key.Key_F11)
    assert w.window.windowState() & Qt.WindowState.WindowFullScreen
    w.key(Key.Key_F11)
    assert not w.window.windowState() & Qt.WindowState.WindowFullScreen
