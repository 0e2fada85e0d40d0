"""Class swatches: colour, hatch and how sure it is, in one small square."""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme.theme import theme

PLAIN, RISING, DOTS, GRID, FALLING, LEVEL, UPRIGHT = range(7)


def draw_hatch(painter: QPainter, rect: QRectF, hatch: int, color: QColor, step: float) -> None:
    """Fill a rectangle with a hatch of ``palette.json``: lines or dots ``step`` pixels apart."""
    painter.save()
    painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
    painter.setPen(QPen(color, max(1.0, step / 5)))
    count = math.ceil((rect.width() + rect.height()) / step) + 1
    left, top, right, bottom = rect.left(), rect.top(), rect.right(), rect.bottom()
    if hatch in (RISING, GRID):
        for k in range(count):
            x = left + k * step
            painter.drawLine(QPointF(x, top), QPointF(x - rect.height(), bottom))
    if hatch in (FALLING, GRID):
        for k in range(count):
            x = right - k * step
            painter.drawLine(QPointF(x, top), QPointF(x + rect.height(), bottom))
    if hatch == LEVEL:
        for k in range(count):
            y = top + (k + 0.5) * step
            painter.drawLine(QPointF(left, y), QPointF(right, y))
    if hatch == UPRIGHT:
        for k in range(count):
            x = left + (k + 0.5) * step
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))
    if hatch == DOTS:
        _draw_dots(painter, rect, color, step)
    painter.restore()


def _draw_dots(painter: QPainter, rect: QRectF, color: QColor, step: float) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    radius = step / 5
    y = rect.top() + step / 2
    while y < rect.bottom():
        x = rect.left() + step / 2
        while x < rect.right():
            painter.drawEllipse(QPointF(x, y), radius, radius)
            x += step
        y += step


def draw_swatch(
    painter: QPainter,
    rect: QRectF,
    color: QColor,
    hatch: int = 0,
    proposal: bool = False,
    faded: bool = False,
) -> None:
    """A class swatch. A proposal has a dashed edge and a thin fill; a hidden class is faded."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    radius = rect.width() / 3.6
    path = QPainterPath()
    path.addRoundedRect(rect, radius, radius)
    fill = QColor(color)
    if proposal:
        fill.setAlphaF(0.3)
    elif faded:
        fill.setAlphaF(0.6)
    painter.fillPath(path, fill)
    if hatch:
        painter.save()
        painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
        ink = QColor(color if proposal else QColor("#000000"))
        ink.setAlphaF(0.75 if proposal else theme().tokens.overlay["classHatchAlpha"])
        draw_hatch(painter, rect, hatch, ink, max(3.0, rect.width() / 3.4))
        painter.restore()
    if proposal:
        pen = QPen(color, 1.4)
        pen.setDashPattern([2.2, 1.5])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(0.7, 0.7, -0.7, -0.7), radius, radius)
    elif theme().high_contrast:
        painter.setPen(QPen(theme().color("border.control"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    painter.restore()


class Swatch(QWidget):
    """A class swatch as a widget, 14 pixels a side."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._color, self._hatch, self._proposal = QColor("#808080"), 0, False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_look(self, color: QColor | str, hatch: int = 0, proposal: bool = False) -> None:
        """Show another class."""
        self._color, self._hatch, self._proposal = QColor(color), hatch, proposal
        self.update()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(14), theme().px(14))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter = QPainter(self)
        draw_swatch(painter, QRectF(self.rect()), self._color, self._hatch, self._proposal)
