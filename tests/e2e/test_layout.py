"""The parts of the window: folded, dragged, over the canvas, alone; and kept for the next start."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

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


SHEETS = (
    "app.memory",
    "app.rebind",
    "app.settings",
    "class.guideline",
    "file.backups",
    "file.export",
    "file.import",
    "file.relink",
    "file.share",
    "file.versions",
    "image.lint",
    "image.resolve",
    "learn.start",
    "limits.choose",
    "model.add",
    "object.reshape",
    "view.light",
)


def cut(sheet):
    """What does not fit into a sheet's width: its contents, or buttons of its foot."""
    found = []
    if sheet.scroller.widget().width() > sheet.scroller.viewport().width():
        found.append("contents")
    for button in (sheet.second, sheet.main):
        if button.isVisible() and button.width() < button.minimumSizeHint().width():
            found.append(button.text())
    return found


@pytest.mark.parametrize(("width", "height", "scale"), [(800, 500, 1.0), (1024, 640, 1.5)])
def test_no_sheet_is_cut_in_a_small_window(w, width, height, scale):
    w.trigger("tool.brush")
    w.stroke((60, 60), (100, 100))
    resize(w, width, height)
    w.services.settings.set("text_scale", scale)
    found = {}
    try:
        for action in SHEETS:
            w.trigger(action)
            w.until(lambda: w.window.sheet is not None and w.window.sheet.isVisible())
            QApplication.processEvents()
            found[action] = cut(w.window.sheet)
            w.window.close_sheet()
    finally:
        w.services.settings.set("text_scale", 1.0)
    assert {action: parts for action, parts in found.items() if parts} == {}


@pytest.mark.parametrize("width", [800, 1200])
def test_a_sheet_grows_with_what_comes_into_it(w, width):
    resize(w, width, 500)
    w.trigger("file.backups")
    sheet = w.window.sheet
    before = sheet.width()
    came = QWidget()
    came.setMinimumWidth(before + 30)
    sheet.add(came)
    w.until(lambda: sheet.width() > before)
    assert not cut(sheet)
    assert sheet.width() < width
    came.hide()
    w.until(lambda: sheet.width() == before)


def test_full_screen_and_back(w):
    w.key(Key.Key_F11)
    assert w.window.windowState() & Qt.WindowState.WindowFullScreen
    w.key(Key.Key_F11)
    assert not w.window.windowState() & Qt.WindowState.WindowFullScreen


HIDDEN = ["folded", "narrow", "canvas only", "inspect"]
ASKED = ["class.rename", "class.add", "object.note", "list.filter", "class.delete"]


@pytest.mark.parametrize(
    ("hidden", "action"),
    [*((way, "class.rename") for way in HIDDEN), *(("sheet", action) for action in ASKED)],
)
def test_what_is_typed_in_the_panel_is_never_typed_unseen(w, hidden, action):
    """The panel comes back for it; the keys would go to a field that nobody sees."""
    w.key(Key.Key_B)
    w.stroke((60, 60), (80, 60))
    w.session.set_selection([w.objects[0].id])
    if hidden == "narrow":
        resize(w, 900, 700)
    else:
        way = {"folded": "view.side_panel", "sheet": "file.versions"}
        way |= {"canvas only": "view.canvas_only", "inspect": "place.inspect"}
        w.trigger(way[hidden])
    assert not w.window.side_panel.isVisible()
    w.trigger(action)
    QApplication.processEvents()
    assert w.window.side_panel.isVisible()
    assert w.window.sheet is None
    assert w.session.place == "correct"
    focus = QApplication.focusWidget()
    assert focus.isVisible()
    if action != "class.delete":  # that asks in a window of its own
        assert w.window.side_panel.isAncestorOf(focus)
        w.type("odd")
        text = getattr(focus, "toPlainText", None) or focus.text
        assert text().endswith("odd")
    w.key(Key.Key_Escape)


def test_find_says_why_there_is_no_list(w):
    w.trigger("view.canvas_only")
    w.ctrl(Key.Key_F)
    assert w.window.filmstrip.isAncestorOf(QApplication.focusWidget())
    w.key(Key.Key_Escape)
    resize(w, 1600, 600)
    w.ctrl(Key.Key_F)
    assert w.last_said.startswith("The window is too low for the filmstrip.")
    w.trigger("place.inspect")
    w.ctrl(Key.Key_F)
    assert w.last_said == "The list of images is in Correct: Ctrl+1 leads there."


def test_asked_for_again_the_name_is_still_typed(w):
    """Qt would warn that the row is edited already."""
    w.trigger("class.rename")
    w.type("lum")
    w.trigger("class.rename")
    w.type("en")
    w.key(Key.Key_Return)
    assert w.session.taxonomy.by_name("lumen") is not None
