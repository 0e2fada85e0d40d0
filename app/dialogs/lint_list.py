"""Lists of the linter's sheet; in that of findings arrows step, Enter mends, Delete leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.dialogs.line_list import HIGH, Line, LineList
from app.theme.theme import theme

_MEND = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
MOST = 7
"""Findings that show at once where there is room."""

_LEAVE = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class ShortList(LineList):
    """As high as its rows, some at most; not there without any."""

    def __init__(self, name: str, most: int, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._most = most
        self.fit(most)

    def show_rows(self, lines: Sequence[Line]) -> None:
        """Show other rows."""
        if list(lines) != self.lines:
            self.show_lines(lines)
            self.fit(self._most)

    def fit(self, most: int) -> None:
        """Show that many rows at once, or as many as there are."""
        self._most = most
        self.setFixedHeight(theme().px(HIGH) * min(len(self.lines), most) + 2)
        self.setVisible(bool(self.lines))

    def mark(self, key: Any) -> None:
        """Make the row of a key the current one without saying so; none where it has no row."""
        if self.key() != key:
            with QSignalBlocker(self):
                self.setCurrentIndex(QModelIndex())
                self.choose(key)


class FindingList(ShortList):
    """See the module.

    Signals:
        mend: the current one is to be mended.
        leave: it is to be left as it is.
    """

    mend = Signal()
    leave = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("What was found in this image", MOST, parent)

    def event(self, event: QEvent) -> bool:
        """Keep the list's keys from the window: there Delete deletes the selected object."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if not plain and event.key() in (*_MEND, *_LEAVE):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See the module."""
        if not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            for keys, signal in ((_MEND, self.mend), (_LEAVE, self.leave)):
                if event.key() in keys:
                    signal.emit()
                    return
        super().keyPressEvent(event)
