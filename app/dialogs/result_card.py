"""The result of a long job, in its own sheet: well, stopped, or what went wrong."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.theme.icons import paint_icon
from app.theme.paint import rounded
from app.theme.theme import theme
from app.theme.widgets import Button, ElidedLabel, TextBlock

_LOOKS = {
    "ok": ("shield-check", "state.ok", "state.okSurface"),
    "warning": ("warning", "state.warning", "state.warningSurface"),
    "error": ("x-circle", "state.error", "state.errorSurface"),
}


class ResultCard(QWidget):
    """A tinted card: a glyph, a title, a sentence, and where the result lies."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._level = "ok"
        self._title = TextBlock("", "strong", "semibold", "text.primary")
        self._time = ElidedLabel("", "small", role="text.secondary")
        self._text = TextBlock("", "body", "regular", "text.primary")
        self._file = ElidedLabel("", "body", cut="middle")
        self._size = ElidedLabel("", "small", role="text.secondary")
        self.button = Button("Show in folder", "folder-open")
        first = QHBoxLayout()
        first.addWidget(self._title, 1)
        first.addWidget(self._time, 0, Qt.AlignmentFlag.AlignTop)
        self._last = QWidget()
        last = QHBoxLayout(self._last)
        last.setContentsMargins(0, 6, 0, 0)
        last.setSpacing(10)
        last.addWidget(self._file, 1)
        last.addWidget(self._size)
        last.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme().px(50), 12, 14, 12)
        column.setSpacing(2)
        column.addLayout(first)
        column.addWidget(self._text)
        column.addWidget(self._last)
        self.hide()

    @property
    def level(self) -> str:
        """What it says at a glance: "ok", "warning" or "error"."""
        return self._level

    @property
    def words(self) -> str:
        """Title and sentence."""
        return f"{self._title.text()} {self._text.text()}".strip()

    def show_result(
        self, level: str, title: str, text: str, seconds: str = "", file: str = "", size: str = ""
    ) -> None:
        """Show a result.

        Args:
            level: "ok", "warning" or "error".
            title: the verdict.
            text: figures, or what to do.
            seconds: how long it took, in words.
            file: name of what was written; none hides its line.
            size: of the file, in words.
        """
        self._level = level
        self._title.set_text(title)
        self._text.set_text(text)
        self._text.setVisible(bool(text))
        self._time.set_text(seconds)
        self._file.set_text(file)
        self._size.set_text(size)
        self._last.setVisible(bool(file))
        self.setAccessibleName(self.words)
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        icon, role, ground = _LOOKS[self._level]
        edge = look.color(role) if look.high_contrast else None
        rounded(painter, self.rect(), look.radius("card"), look.color(ground), edge)
        side = look.px(20)
        paint_icon(painter, QRectF(look.px(17), look.px(14), side, side), icon, look.color(role))
