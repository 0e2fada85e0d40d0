"""The verdict on a round: one sentence, why, and one action."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.places.comparison import Verdict
from app.theme.icons import paint_icon
from app.theme.paint import rounded
from app.theme.theme import theme
from app.theme.widgets import Button, PrimaryButton, TextBlock

_LOOKS = {
    "ok": ("check-circle", "state.ok", "state.okSurface"),
    "warning": ("warning", "state.warning", "state.warningSurface"),
    "error": ("x-circle", "state.error", "state.errorSurface"),
    "info": ("info", "text.secondary", "surface.raised"),
}


_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight


class VerdictBanner(QWidget):
    """A tinted strip with a glyph, two lines and at most two buttons."""

    acted = Signal(str)  # the verdict's action, or "keep"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._level, self._action = "info", ""
        self._title = TextBlock("", "body", "semibold", "text.primary")
        self._detail = TextBlock("", "small", "regular", "text.primary")
        self._keep = Button("Keep the old one")
        self._do = Button("")
        self._main = PrimaryButton("")
        self._keep.clicked.connect(lambda: self.acted.emit("keep"))
        self._do.clicked.connect(lambda: self.acted.emit(self._action))
        self._main.clicked.connect(lambda: self.acted.emit(self._action))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        words.addWidget(self._title)
        words.addWidget(self._detail)
        words.addStretch(1)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        for button in (self._keep, self._do, self._main):
            self._buttons.addWidget(button)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(theme().px(44), 10, 12, 10)
        self._row.setSpacing(8)
        self._row.addLayout(words, 1)
        self._row.addLayout(self._buttons)
        self.setMinimumHeight(theme().px(58))

    def show_verdict(self, verdict: Verdict, keep_text: str = "") -> None:
        """Show a verdict.

        Args:
            verdict: what to say and offer.
            keep_text: words of the second button, where the verdict wants one.
        """
        self._level, self._action = verdict.level, verdict.action
        self._title.set_text(verdict.title)
        self._detail.set_text(verdict.detail)
        self._detail.setVisible(bool(verdict.detail))
        self._keep.setVisible(verdict.keep and bool(keep_text))
        self._keep.set_text(keep_text)
        wanted = verdict.action == "switch"  # the one filled button: what is recommended
        self._main.setVisible(wanted)
        self._main.set_text(verdict.action_text)
        self._do.setVisible(bool(verdict.action) and not wanted)
        self._do.set_text(verdict.action_text)
        self.setAccessibleName(f"{verdict.title} {verdict.detail}")
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The buttons go below the words where both would be squeezed."""
        buttons = self._buttons.sizeHint().width()
        beside = event.size().width() - buttons >= theme().px(330)
        way = QBoxLayout.Direction
        self._row.setDirection(way.LeftToRight if beside else way.TopToBottom)
        self._buttons.setAlignment(_RIGHT if beside else _LEFT)
        super().resizeEvent(event)

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(280), self._row.minimumSize().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        icon, role, ground = _LOOKS[self._level]
        edge = look.color(role) if look.high_contrast else None
        rounded(painter, self.rect(), look.radius("card"), look.color(ground), edge)
        side = look.px(18)
        place = QRectF(look.px(15), (self.height() - side) / 2, side, side)
        paint_icon(painter, place, icon, look.color(role))
