"""One tool of the rail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from app.panels.common import bind
from app.theme import paint
from app.theme.buttons import Button
from app.theme.icons import glyphs, paint_icon
from app.theme.theme import theme

if TYPE_CHECKING:
    from app.services import Services

_CAPS = {"Space": "␣"}


class ToolButton(Button):
    """One tool: its icon, its key at the lower right, a bar at the left while it is in use.

    With others behind it, it has a mark at the upper right; holding it down, a right click, a
    click while it is in use, or the right arrow asks for them.
    """

    more_wanted = Signal()

    def __init__(self, services: Services, action_id: str, parent: QWidget | None = None) -> None:
        action = services.actions.get(action_id)
        super().__init__("", action.icon, services.actions.key_text(action_id), "quiet", parent)
        self.action_id = action_id
        self._tall = 0
        self._more = False
        self._held = QTimer(self)
        self._held.setSingleShot(True)
        self._held.timeout.connect(self._on_held)
        self.setCheckable(action_id.startswith("tool."))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.binding = bind(self, services, action_id, cap=True)

    def set_height(self, height: int) -> None:
        """Be lower than wide, in a low window."""
        if height != self._tall:
            self._tall = height
            self.updateGeometry()

    def set_more(self, more: bool) -> None:
        """Whether other tools are behind it."""
        if more != self._more:
            self._more = more
            self.setAccessibleDescription("More tools: press the right arrow" if more else "")
            self.update()

    @property
    def has_more(self) -> bool:
        """See ``set_more``."""
        return self._more

    def sizeHint(self) -> QSize:
        """See QWidget."""
        side = theme().size("toolButton")
        return QSize(side, min(side, self._tall or side))

    def nextCheckState(self) -> None:
        """A click chooses the tool through its action; the session says what is in use."""

    # -- asking for more ---------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down belong to the rail; right shows the others of its kind."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()
        elif event.key() == Qt.Key.Key_Right and self._more:
            self.more_wanted.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        super().mousePressEvent(event)
        if self._more and event.button() == Qt.MouseButton.LeftButton:
            self._held.start(0 if self.isChecked() else QApplication.doubleClickInterval())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        self._held.stop()
        super().mouseReleaseEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """See QWidget."""
        if self._more:
            self.more_wanted.emit()

    def _on_held(self) -> None:
        self.setDown(False)
        self.more_wanted.emit()

    # -- drawing -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look, on = QPainter(self), theme(), self.isChecked()
        paint.rounded(painter, self.rect(), look.radius("control"), self._fill())
        if on:
            inset = self.height() * 0.28
            bar = QRectF(0, inset, 2.5, self.height() - 2 * inset)
            paint.rounded(painter, bar, 1, look.color("accent.base"))
        role = "accent.base" if on else "text.primary"
        color = look.color(role if self.isEnabled() else "text.disabled")
        side = look.size("icon.tool")
        name = self.icon_name
        filled = f"{name}-fill"
        area = QRectF(0, 0, side, side)
        key = _CAPS.get(self._key) or paint.short_key(self._key)
        if paint.text_width(look.font("micro", "medium"), key) > 0.55 * self.width():
            key = ""  # a long one is in the tooltip
        aside = min(look.px(6), paint.text_width(look.font("micro", "medium"), key) / 2)
        area.moveCenter(QRectF(self.rect()).center() - QPointF(aside, 1))
        paint_icon(painter, area, filled if on and filled in glyphs() else name, color)
        role = "accent.base" if on else "text.secondary"
        ink = look.color(role if self.isEnabled() else "text.disabled")
        if key:
            corner = self.rect().adjusted(0, 0, -look.px(4), -look.px(3))
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
            paint.draw_text(painter, corner, key, look.font("micro", "medium"), ink, align)
        if self._more:
            self._paint_mark(painter)

    def _paint_mark(self, painter: QPainter) -> None:
        """A small corner, as folded paper has."""
        look = theme()
        side, inset = look.px(5), look.px(4)
        right = self.width() - inset
        corner = [QPointF(right - side, inset), QPointF(right, inset), QPointF(right, inset + side)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("text.secondary"))
        painter.drawPolygon(QPolygonF(corner))
