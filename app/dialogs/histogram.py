"""How often each value is in the image, and the window over it: dragged by its ends or middle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme.theme import theme

MARGIN = 8
"""Pixels beside the curves, for a handle that stands at an edge."""
REACH = 9
"""Pixels on either side of an end at which it is taken hold of."""

_STEP = 0.01  # of the range, for an arrow key; with Ctrl a tenth


class Histogram(QWidget):
    """Curves of the shown channels on a scale of logarithms, and the window as two lines.

    A drag takes the nearer end, or both from between them; outside the window it takes the end on
    that side. By keys it is one tab stop: Left and Right move the window, with Shift they move its
    upper end alone, Up and Down make it wider and narrower about its middle.

    Signals:
        moved: low and high, as the user sets them.
        reset: a double click asks for the automatic window.
    """

    moved = Signal(float, float)
    reset = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curves: list[tuple[QColor, NDArray[np.float64]]] = []
        self._front: int | None = None
        self._picture: QPixmap | None = None  # of the curves, which a drag does not change
        self._from, self._to = 0.0, 255.0  # the values at the edges
        self._window = (0.0, 255.0)
        self._gamma, self._invert = 1.0, False
        self._whole = True
        self._held = ""  # "low", "high" or "both"
        self._grip = (0.0, (0.0, 0.0))  # where the drag began: value, and the window then
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ring", True)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleDescription(
            "Left and right move the window, with Shift its upper end; up and down widen and "
            "narrow it"
        )
        self._describe()

    # -- what it shows -----------------------------------------------------------------------

    def set_range(self, start: float, stop: float, whole: bool) -> None:
        """The values at the edges, and whether values are whole numbers."""
        self._from, self._to = start, max(stop, start + (1.0 if whole else 1e-12))
        self._whole, self._picture = whole, None
        self.update()

    def range(self) -> tuple[float, float]:
        """The values at the edges."""
        return self._from, self._to

    def set_curves(
        self, curves: Sequence[tuple[QColor, NDArray[np.int64]]], front: int | None
    ) -> None:
        """How often values are in each of equal parts of the range, by channel.

        Args:
            curves: a colour and counts each.
            front: the one whose window is moved, drawn above the others; None: that of all.
        """
        tops = [counts[1:-1].max(initial=1) for _, counts in curves]
        most = np.log1p(max(tops, default=1))
        self._curves = [
            (color, np.minimum(np.log1p(counts) / most, 1.0)) for color, counts in curves
        ]
        self._front, self._picture = front, None
        self.update()

    @property
    def has_curves(self) -> bool:
        """Whether there is anything to see."""
        return bool(self._curves)

    def set_window(self, low: float, high: float, gamma: float, invert: bool) -> None:
        """Show a window without saying ``moved``."""
        self._window, self._gamma, self._invert = (low, high), gamma, invert
        self._describe()
        self.update()

    def window_values(self) -> tuple[float, float]:
        """Low and high, as shown."""
        return self._window

    @property
    def held(self) -> bool:
        """Whether a drag is going on."""
        return bool(self._held)

    def _describe(self) -> None:
        low, high = self._window
        self.setAccessibleName(f"Window, {low:g} to {high:g}")

    # -- places ------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(400), theme().px(148))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(160), theme().px(148))

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(MARGIN, 4, -MARGIN, -theme().px(10))

    def x_of(self, value: float) -> float:
        """Where a value stands, in pixels."""
        area = self._area()
        return area.left() + (value - self._from) / (self._to - self._from) * area.width()

    def value_at(self, x: float) -> float:
        """The value at a place; beyond the edges too."""
        area = self._area()
        return self._from + (x - area.left()) / area.width() * (self._to - self._from)

    # -- moving ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        self._held = self._part_at(x)
        self._grip = (self.value_at(x), self._window)
        if self._held != "both":
            self._drag(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        x = event.position().x()
        if self._held:
            self._drag(x)
            return
        both = self._part_at(x) == "both"
        shape = Qt.CursorShape.SizeHorCursor if not both else Qt.CursorShape.OpenHandCursor
        self.setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        if event.button() == Qt.MouseButton.LeftButton and self._held:
            self._held = ""
            self.moved.emit(*self._window)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        self._held = ""
        self.reset.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See QWidget."""
        key = Qt.Key(event.key())
        step = _STEP * (self._to - self._from)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            step /= 10
        step = max(1.0, step) if self._whole else step
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        moves = {
            Qt.Key.Key_Left: (0 if shift else -step, -step),
            Qt.Key.Key_Right: (0 if shift else step, step),
            Qt.Key.Key_Up: (-step, step),
            Qt.Key.Key_Down: (step, -step),
        }
        if key not in moves:
            event.ignore()
            return
        low, high = self._window
        self._set(low + moves[key][0], high + moves[key][1])

    def _part_at(self, x: float) -> str:
        low, high = (self.x_of(value) for value in self._window)
        reach = theme().px(REACH)
        if x < low + reach and (abs(x - low) <= abs(x - high)):
            return "low"
        if x > high - reach:
            return "high"
        return "low" if x <= low + reach else "both"

    def _drag(self, x: float) -> None:
        start, (low, high) = self._grip
        if self._held == "both":
            by = self.value_at(x) - start
            self._set(low + by, high + by)
        elif self._held == "low":
            self._set(self.value_at(x), high)
        else:
            self._set(low, self.value_at(x))

    def _set(self, low: float, high: float) -> None:
        """Take a window that was asked for; the end that moves stops before the other."""
        least = 1.0 if self._whole else (self._to - self._from) * 1e-4
        if self._whole:
            low, high = float(round(low)), float(round(high))
        if high - low < least:
            if self._held == "low" or low != self._window[0]:
                low = high - least
            else:
                high = low + least
        if (low, high) != self._window:
            self._window = (low, high)
            self._describe()
            self.update()
            self.moved.emit(low, high)

    # -- drawing -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look, area = QPainter(self), theme(), self._area()
        painter.drawPixmap(0, 0, self._curves_picture(area))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        painter.setClipRect(area)
        self._paint_window(painter, area)
        painter.restore()
        painter.setPen(QPen(look.color("border.hairline"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area.adjusted(-0.5, -0.5, 0.5, 0.5))
        self._paint_handles(painter, area)

    def _curves_picture(self, area: QRectF) -> QPixmap:
        ratio = self.devicePixelRatioF()
        kept = self._picture
        if kept is not None and kept.deviceIndependentSize() == QSizeF(self.size()):
            return kept
        made = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.fillRect(area, theme().color("surface.raised"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(area)
        for at in sorted(range(len(self._curves)), key=lambda at: at == self._front):
            self._paint_curve(painter, area, at)
        painter.end()
        self._picture = made
        return made

    def _paint_curve(self, painter: QPainter, area: QRectF, at: int) -> None:
        color, heights = self._curves[at]
        front = at == self._front or len(self._curves) == 1
        step = area.width() / len(heights)
        points = [QPointF(area.left(), area.bottom())]
        for place, height in enumerate(heights.tolist()):
            y = area.bottom() - height * (area.height() - 6)
            points.append(QPointF(area.left() + (place + 0.5) * step, y))
        points.append(QPointF(area.right(), area.bottom()))
        fill = QColor(color)
        fill.setAlpha(90 if front else 45 if self._front is None else 30)
        painter.setPen(QPen(color, 1.4 if front else 1.0))
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF(points))

    def _paint_window(self, painter: QPainter, area: QRectF) -> None:
        """What is cut lies in shade; the line is what values become, black below, white above."""
        look = theme()
        low, high = (self.x_of(value) for value in self._window)
        shade = QColor(look.color("surface.base"))
        shade.setAlpha(170)
        painter.fillRect(QRectF(area.left(), area.top(), low - area.left(), area.height()), shade)
        painter.fillRect(QRectF(high, area.top(), area.right() - high, area.height()), shade)
        share = np.linspace(0, 1, 33)
        heights = share ** (1 / self._gamma)
        heights = 1 - heights if self._invert else heights
        line = [
            QPointF(low + at * (high - low), area.bottom() - height * area.height())
            for at, height in zip(share.tolist(), heights.tolist(), strict=True)
        ]
        painter.setPen(QPen(look.color("text.secondary"), 1.2, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(line))

    def _paint_handles(self, painter: QPainter, area: QRectF) -> None:
        look, half = theme(), theme().px(5)
        accent = look.color("accent.base" if self.isEnabled() else "text.disabled")
        for value in self._window:
            x = self.x_of(value)
            out = not area.left() - 1 <= x <= area.right() + 1
            x = min(area.right(), max(area.left(), x))
            painter.setPen(QPen(accent, 2, Qt.PenStyle.DotLine if out else Qt.PenStyle.SolidLine))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(QPen(look.color("surface.base"), 1.5))
            painter.setBrush(accent)
            top = area.bottom() - 1
            tip = [QPointF(x, top), QPointF(x + half, top + half * 1.8)]
            tip.append(QPointF(x - half, top + half * 1.8))
            painter.drawPolygon(QPolygonF(tip))
