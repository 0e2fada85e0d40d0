"""Touch mode, switched on in the settings: 44 pixels for every finger, nothing cut."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QWidget,
)

from app.state import ValueRange
from app.theme.theme import theme
from app.theme.widgets import SegmentedControl

PRESSED = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, SegmentedControl)


@pytest.fixture
def fingers(at_work):
    """At work in touch mode, which the settings sheet has switched on."""
    d = at_work
    d.ctrl(Qt.Key.Key_Comma)
    d.window.sheet.touch.click()
    d.key(Qt.Key.Key_Escape)
    assert theme().touch
    yield d
    d.services.settings.set("touch_mode", False)
    assert not theme().touch


def small(d):
    """What a finger would miss, and what is cut off or beyond the window."""
    found = []
    for widget in d.window.findChildren(QWidget):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        if not isinstance(widget, PRESSED) or isinstance(widget, QScrollBar):
            continue
        if isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox):
            continue
        name = f"{type(widget).__name__} {widget.accessibleName()}"
        if widget.height() < 44 or widget.width() < 44:
            found.append(f"{name}: {widget.width()} × {widget.height()}")
        corner = widget.mapTo(d.window, widget.rect().bottomRight())
        out = not d.window.rect().contains(corner)
        if isinstance(widget, QAbstractButton) and out and not _scrolls(widget):
            found.append(f"{name} sticks out")
    return found


def _scrolls(widget):
    """Whether it lies in something that is scrolled into view."""
    walk = widget
    while walk is not None:
        if walk.objectName() == "qt_scrollarea_viewport":
            return True
        walk = walk.parentWidget()
    return False


def resize(d, size):
    d.window.resize(*size)
    for _ in range(3):
        QApplication.processEvents()
    assert (d.window.width(), d.window.height()) == size, "the parts need more room"


@pytest.mark.parametrize("size", [(1600, 1000), (1200, 760), (800, 500)])
@pytest.mark.parametrize("tool", ["select", "brush", "polygon"])
def test_every_control_is_large_enough(fingers, size, tool):
    d = fingers
    d.session.set_tool(tool)
    d.session.limits.set(values=ValueRange(3, 9))
    resize(d, size)
    assert small(d) == []
    d.picture(f"touch_{tool}_{size[0]}")


@pytest.mark.parametrize("size", [(1600, 1000), (800, 500)])
@pytest.mark.parametrize("action", ["limits.choose", "app.settings"])
def test_sheets_too(fingers, size, action):
    d = fingers
    resize(d, size)
    d.trigger(action)
    QApplication.processEvents()
    assert small(d) == []
    d.picture(f"touch_{action}_{size[0]}")


def test_rows_and_what_is_pressed_in_them(fingers):
    d = fingers
    d.session.set_tool("brush")
    d.stroke((60, 60), (90, 60))
    d.until(lambda: d.window.side_panel.objects.model.rowCount() > 0)
    for view in (d.window.side_panel.classes.view, d.window.side_panel.objects.view):
        index = view.model().index(0, 0)
        assert view.visualRect(index).height() >= 44
    view = d.window.side_panel.classes.view
    index = view.model().index(0, 0)
    parts = view.itemDelegate().parts(view.visualRect(index), index)
    assert all(part.width() >= 44 and part.height() >= 44 for part in parts.values())
    assert not parts["lock"].intersects(parts["eye"])


def test_the_name_of_a_class_is_typed_into_a_field_for_fingers(fingers):
    d = fingers
    d.window.side_panel.rename_class()
    editor = d.window.side_panel.classes.view.findChild(QLineEdit)
    assert editor.height() >= 40
    d.key(Qt.Key.Key_Escape)


def test_switched_off_all_is_as_before(at_work):
    d = at_work
    d.session.set_tool("brush")
    QApplication.processEvents()
    before = d.canvas.size(), d.window.tool_rail.width(), d.window.status_bar.height()
    d.services.settings.set("touch_mode", True)
    QApplication.processEvents()
    during = d.canvas.size(), d.window.tool_rail.width(), d.window.status_bar.height()
    assert during != before
    d.services.settings.set("touch_mode", False)
    QApplication.processEvents()
    after = d.canvas.size(), d.window.tool_rail.width(), d.window.status_bar.height()
    assert after == before
