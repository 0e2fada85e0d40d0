"""Words of others are shown as they are, never as rich text."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QToolTip, QWidget

from app.theme.style import HouseStyle

EVIL = "<img src='/etc/passwd'><b>cell</b>"


@pytest.fixture
def house(qapp):
    """The program's own style, for a while."""
    before = qapp.style().name()
    qapp.setStyle(HouseStyle())
    yield
    qapp.setStyle(before)


def test_labels_show_what_they_are_given(qtbot, house):
    window = QWidget()
    label = QLabel(EVIL, window)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert label.text() == EVIL


def test_tooltips_show_what_they_are_given(qtbot, house):
    window = QWidget()
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    QToolTip.showText(QPoint(5, 5), EVIL, window)
    tips = [
        each
        for each in QApplication.allWidgets()
        if isinstance(each, QLabel) and each.metaObject().className() == "QTipLabel"
    ]
    assert tips
    assert all(each.textFormat() is Qt.TextFormat.PlainText for each in tips)
    QToolTip.hideText()
