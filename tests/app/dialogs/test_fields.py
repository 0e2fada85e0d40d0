"""Fields of the sheets: what is cut can be read, what says nothing is not there."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from app.dialogs.fields import Choice, StateLine
from app.theme.theme import theme

LONG = "a class whose name is far longer than the field in which it stands"


@pytest.fixture(autouse=True)
def no_tip(qapp):
    theme().apply(qapp, "dark")
    QToolTip.hideText()
    yield
    QToolTip.hideText()


def pointed_at(widget):
    """What the tooltip says where the pointer rests on a widget."""
    point = QPoint(5, 5)
    where = widget.mapToGlobal(point)
    QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, point, where))
    return QToolTip.text()


@pytest.mark.parametrize("swatch", [False, True])
def test_cut_words_of_a_choice_are_whole_in_its_tooltip(qtbot, swatch):
    found = Choice([(1, "cat"), (2, LONG)])
    qtbot.addWidget(found)
    if swatch:
        found.set_swatch(1, QColor("red"), 0)
    found.resize(160, found.sizeHint().height())
    found.show()
    assert pointed_at(found) == ""
    found.set_value(2)
    assert pointed_at(found) == LONG
    assert found.itemData(1, Qt.ItemDataRole.ToolTipRole) == LONG, "in the open list too"


def test_a_line_without_words_is_not_there(qtbot):
    line = StateLine("x-circle", "state.error")
    qtbot.addWidget(line)
    assert line.isHidden()
    line.show_state("x-circle", "state.error", "The file is cut short.")
    assert not line.isHidden()
    line.show_state("info", "text.secondary", "")
    assert line.isHidden()
