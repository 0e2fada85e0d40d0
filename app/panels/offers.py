"""What may be written next, below a field: a list in the window, which never takes the focus."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem

from app.theme.theme import theme

MOST = 8
"""Rows shown at once."""


class Offers(QListWidget):
    """Up and Down choose, Enter or Tab take, Esc closes; the field keeps the focus.

    Signals:
        taken: the whole text the field has then.
    """

    taken = Signal(str)

    def __init__(self, field: QLineEdit) -> None:
        super().__init__(field)
        self._field = field
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName("Ways to go on")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.itemClicked.connect(self._take)
        field.installEventFilter(self)
        self.hide()

    def offer(self, ways: Sequence[tuple[str, str]]) -> None:
        """Show ways to go on as (whole text, what is offered); none closes."""
        self.clear()
        for whole, words in ways:
            item = QListWidgetItem(words.strip())
            item.setData(Qt.ItemDataRole.UserRole, whole)
            self.addItem(item)
        if not ways or not self._field.hasFocus():
            self.hide()
            return
        self._place()
        self.show()
        self.raise_()

    def _place(self) -> None:
        field, window = self._field, self._field.window()
        self.setParent(window)
        self.setStyleSheet(_sheet())
        row = self.sizeHintForRow(0)
        height = row * min(MOST, self.count()) + 2 * self.frameWidth() + 8
        corner = field.mapTo(window, QPoint(0, field.height() + 2))
        below = window.height() - corner.y() - 4
        self.setGeometry(corner.x(), corner.y(), field.width(), min(height, below))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The field's keys, while the list is open."""
        if event.type() in (QEvent.Type.FocusOut, QEvent.Type.Hide):
            self.hide()
        if not self.isVisible() or not isinstance(event, QKeyEvent):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # Esc closes the list and nothing else
            return True
        return event.type() == QEvent.Type.KeyPress and self._press(event.key())

    def _press(self, key: int) -> bool:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(key))
        if step is not None:
            self.setCurrentRow((self.currentRow() + step) % self.count())
            return True
        if key == Qt.Key.Key_Escape:
            self.hide()
            return True
        chosen = self.currentItem() or (self.item(0) if key == Qt.Key.Key_Tab else None)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab) and chosen is not None:
            self._take(chosen)
            return True
        return False

    def _take(self, item: QListWidgetItem) -> None:
        self.hide()
        self.taken.emit(item.data(Qt.ItemDataRole.UserRole))


def _sheet() -> str:
    look = theme()
    names = ("surface.raised", "border.control", "text.primary", "surface.selected")
    ground, edge, ink, chosen = (look.color(name).name() for name in names)
    return (
        f"QListWidget {{ background: {ground}; border: 1px solid {edge}; border-radius: 8px; "
        f"padding: 3px; color: {ink}; outline: none; }} "
        f"QListWidget::item {{ min-height: {look.px(26)}px; padding: 0 8px; border-radius: 6px; }} "
        f"QListWidget::item:selected, QListWidget::item:hover {{ background: {chosen}; "
        f"color: {ink}; }}"
    )
