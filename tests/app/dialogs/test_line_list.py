"""Lists of two-line rows that go on changing while somebody looks at them."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from app.dialogs.line_list import Line, LineList
from app.dialogs.short_list import ENTER, ActingList


def lines(*keys, words=""):
    return [Line(key, f"image {key}", words) for key in keys]


@pytest.fixture
def found(qtbot):
    made = LineList("Images")
    qtbot.addWidget(made)
    made.resize(300, 200)
    made.show()
    made.show_lines(lines(*range(50)))
    return made


def test_rows_that_come_below_leave_the_place_and_the_choice(found):
    found.choose(30)
    bar = found.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    at, heard = bar.value(), []
    found.chosen.connect(heard.append)
    found.show_lines(lines(*range(80), words="more"))
    assert bar.value() == at > 0
    assert (found.key(), heard) == (30, [])
    assert (found.model().rowCount(), found.lines[3].words) == (80, "more")
    found.show_lines(lines(*range(80), words="other"))
    assert bar.value() == at
    assert found.lines[3].words == "other"


def test_a_cut_line_is_whole_in_its_tooltip(found):
    long = "a name of a class that is longer than the list is wide, #1 and #2"
    found.show_lines([Line(0, "Shares pixels", long)])
    point = found.visualRect(found.model().index(0, 0)).center()
    where = found.viewport().mapToGlobal(point)
    QApplication.sendEvent(found.viewport(), QHelpEvent(QEvent.Type.ToolTip, point, where))
    assert QToolTip.text() == f"Shares pixels\n{long}"
    QToolTip.hideText()


@pytest.mark.parametrize("keys", [(), (3, 4), (1, 0, *range(2, 60))])
def test_other_rows_take_the_place_of_those_before(found, keys):
    found.show_lines(lines(*keys))
    assert [line.key for line in found.lines] == list(keys)
    assert found.model().rowCount() == len(keys)


def test_keys_act_on_the_current_row_and_not_on_the_window(qtbot):
    acted = ActingList("Faults", 3)
    qtbot.addWidget(acted)
    acted.show_rows(lines(1, 2))
    acted.show()
    done = []
    acted.on(ENTER, lambda: done.append("enter"))
    acted.on((Qt.Key.Key_Delete,), lambda: done.append("delete"))
    qtbot.keyClick(acted, Qt.Key.Key_Return)
    qtbot.keyClick(acted, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    qtbot.keyClick(acted, Qt.Key.Key_Delete)
    qtbot.keyClick(acted, Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    assert done == ["enter", "enter", "delete"]
