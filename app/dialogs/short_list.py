"""Lists as high as their rows, and such that keys act on the current row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import QEvent, QModelIndex, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.dialogs.line_list import HIGH, Line, LineList
from app.theme.theme import theme

Keys = tuple[Qt.Key, ...]
ENTER: Final[Keys] = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


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


class ActingList(ShortList):
    """Keys without a modifier act on the current row, whatever they mean to the window."""

    def __init__(self, name: str, most: int, parent: QWidget | None = None) -> None:
        super().__init__(name, most, parent)
        self._acts: dict[Qt.Key, Callable[[], object]] = {}

    def on(self, keys: Keys, act: Callable[[], object]) -> None:
        """Let keys do something from now on."""
        self._acts.update(dict.fromkeys(keys, act))

    def event(self, event: QEvent) -> bool:
        """Keep the list's keys from the window: there Delete deletes the selected object."""
        asked = event.type() == QEvent.Type.ShortcutOverride
        if asked and isinstance(event, QKeyEvent) and self._act(event) is not None:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See the class."""
        act = self._act(event)
        if act is not None:
            act()
        else:
            super().keyPressEvent(event)

    def _act(self, event: QKeyEvent) -> Callable[[], object] | None:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return self._acts.get(Qt.Key(event.key())) if plain else None
