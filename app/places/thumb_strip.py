"""A line of small pictures: what a round learns from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.places import painting
from app.places.figures import count, counted
from app.services import Services
from app.theme.paint import LEFT, draw_text, text_width
from app.theme.theme import theme

_GAP = 12


class ThumbStrip(QWidget):
    """As many pictures as fit, then how many more there are. A click asks for the image."""

    clicked = Signal(int)  # image id

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._ids: tuple[int, ...] = ()
        self._size = (92, 66)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        services.thumbnails.ready.connect(self._on_ready)

    def show_images(self, ids: Sequence[int]) -> None:
        """Show other images."""
        self._ids = tuple(ids)
        self.setAccessibleName(counted(len(self._ids), "image"))
        self.update()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(200, theme().px(self._size[1]) + 2)

    def _on_ready(self, image_id: int) -> None:
        if image_id in self._ids:
            self.update()

    def _places(self) -> tuple[list[tuple[int, QRectF]], int]:
        """(image, where) of those that fit, and how many do not."""
        width, height = (theme().px(side) for side in self._size)
        fit = max(1, (self.width() + _GAP) // (width + _GAP))
        if fit < len(self._ids):
            words = text_width(theme().font(), f"+ {count(len(self._ids))} more")
            fit = max(1, (self.width() - words - 4) // (width + _GAP))
        shown = [
            (number, QRectF(1 + k * (width + _GAP), 1, width, height))
            for k, number in enumerate(self._ids[:fit])
        ]
        return shown, len(self._ids) - len(shown)

    def _at(self, point: QPointF) -> int:
        return next((number for number, area in self._places()[0] if area.contains(point)), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shown, more = self._places()
        for number, area in shown:
            picture = self._services.thumbnails.get(number)
            painting.thumbnail(painter, area, picture, look.color("surface.hover"))
        if more:
            left = shown[-1][1].right() + _GAP if shown else 0
            area = QRectF(left, 0, self.width() - left, self.height())
            color = look.color("text.secondary")
            draw_text(painter, area, f"+ {count(more)} more", look.font(), color, LEFT)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        number = self._at(event.position())
        if number and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(number)

    def event(self, event: QEvent) -> bool:
        """Name the picture under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row = self._services.session.row(self._at(QPointF(event.pos())))
            QToolTip.showText(event.globalPos(), row.path.name if row else "", self)
            return True
        return super().event(event)
