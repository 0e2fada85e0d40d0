"""A range chosen by two handles on a line, below what the values are like."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import paint
from app.theme.theme import theme

_STEPS = 100
"""Presses of an arrow from one end to the other; with Shift a tenth of that."""


class RangeSlider(QWidget):
    """Two ends of a range between two others.

    A press takes the nearer handle. By keys it is one tab stop: arrows move the handle that was
    moved last, Tab stays Tab, and Up and Down change from one handle to the other.

    Signals:
        moved: low and high, as the user sets them.
    """

    moved = Signal(float, float)

    def __init__(
        self, name: str, to_text: Callable[[float], str] = str, parent: QWidget | None = None
    ) -> None:
        """Make a slider from 0 to 1; ``to_text`` says a value to those who listen."""
        super().__init__(parent)
        self._name, self._to_text = name, to_text
        self._least, self._most = 0.0, 1.0
        self._low, self._high = 0.0, 1.0
        self._whole = False
        self._counts: NDArray[np.float64] | None = None
        self._hand = 1  # which handle moves: 0 the lower, 1 the upper
        self._held = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ring", True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._describe()

    # -- values ------------------------------------------------------------------------------

    def set_ends(self, least: float, most: float, whole: bool) -> None:
        """Between which values to choose, and whether only whole numbers are."""
        self._least, self._most = least, max(most, least + (1 if whole else 1e-9))
        self._whole = whole
        self.update()

    def ends(self) -> tuple[float, float]:
        """Smallest and largest value that can be chosen."""
        return self._least, self._most

    def set_range(self, low: float, high: float) -> None:
        """Show a range without saying so; it may reach beyond the ends."""
        self._low, self._high = low, high
        self._describe()
        self.update()

    def range(self) -> tuple[float, float]:
        """Low and high."""
        return self._low, self._high

    def set_counts(self, counts: NDArray[np.int64] | None) -> None:
        """How many pixels have each of equal parts of the values; None shows none."""
        if counts is None or not counts.any():
            self._counts = None
        else:  # roots: a sky of one value would flatten all else
            self._counts = np.sqrt(counts / counts.max())
        self.update()

    @property
    def has_counts(self) -> bool:
        """Whether it shows what the values are like."""
        return self._counts is not None

    def _set(self, value: float) -> None:
        value = min(self._most, max(self._least, value))
        value = float(round(value)) if self._whole else value
        if self._hand == 0:
            low, high = min(value, self._high), self._high
        else:
            low, high = self._low, max(value, self._low)
        if (low, high) != (self._low, self._high):
            self.set_range(low, high)
            self.moved.emit(low, high)

    def _describe(self) -> None:
        ends = f"{self._to_text(self._low)} to {self._to_text(self._high)}"
        hand = "upper" if self._hand else "lower"
        self.setAccessibleName(f"{self._name}, {ends}")
        self.setAccessibleDescription(
            f"Left and right move the {hand} end, up and down change the end"
        )

    # -- events ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        if event.button() == Qt.MouseButton.LeftButton:
            value = self._value_at(event.position().x())
            near_low = abs(value - self._low) < abs(value - self._high)
            beyond = value > self._high if self._low == self._high else not near_low
            self._hand, self._held = int(beyond), True
            self._set(value)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        if self._held:
            self._set(self._value_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        self._held = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See QWidget."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._hand = int(key == Qt.Key.Key_Up)
            self._describe()
            self.update()
            return
        turn = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(key)
        if turn is None:
            super().keyPressEvent(event)
            return
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = (self._most - self._least) / _STEPS * (10 if far else 1)
        step = max(1.0, round(step)) if self._whole else step
        self._set((self._high if self._hand else self._low) + turn * step)

    # -- drawing -----------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(240), theme().px(46) + theme().target(18))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(120), self.sizeHint().height())

    def _line(self) -> QRectF:
        half, room = theme().px(7), theme().target(18)
        return QRectF(half, self.height() - room / 2 - 1.5, max(1, self.width() - 2 * half), 3)

    def _value_at(self, x: float) -> float:
        line = self._line()
        share = min(1.0, max(0.0, (x - line.left()) / line.width()))
        return self._least + share * (self._most - self._least)

    def _place(self, value: float) -> float:
        share = (value - self._least) / (self._most - self._least)
        return self._line().left() + self._line().width() * min(1.0, max(0.0, share))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look, line = QPainter(self), theme(), self._line()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isEnabled()
        low, high = self._place(self._low), self._place(self._high)
        self._paint_counts(painter, low, high)
        paint.rounded(painter, line, 1.5, look.color("border.control" if on else "border.hairline"))
        between = QRectF(low, line.top(), max(3.0, high - low), 3)
        accent = look.color("accent.base" if on else "text.disabled")
        paint.rounded(painter, between, 1.5, accent)
        for at, x in enumerate((low, high)):
            moves = at == self._hand and self.hasFocus()
            edge = accent if moves else look.color("surface.base")
            painter.setPen(QPen(edge, 2 if moves else 1.5))
            painter.setBrush(look.color("text.primary" if on else "text.disabled"))
            painter.drawEllipse(QPointF(x, line.center().y()), look.px(6), look.px(6))

    def _paint_counts(self, painter: QPainter, low: float, high: float) -> None:
        counts = self._counts
        if counts is None:
            return
        line, look = self._line(), theme()
        bottom = line.top() - look.px(8)
        room = bottom - 2
        xs = np.linspace(line.left(), line.right(), len(counts))
        points = [QPointF(x, bottom - room * y) for x, y in zip(xs, counts, strict=True)]
        shape = QPolygonF([QPointF(line.left(), bottom), *points, QPointF(line.right(), bottom)])
        painter.setPen(Qt.PenStyle.NoPen)
        faint = QColor(look.color("border.control"))
        faint.setAlphaF(1.0 if look.high_contrast else 0.45)
        painter.setBrush(faint)
        painter.drawPolygon(shape)
        painter.save()
        painter.setClipRect(QRectF(low, 0, max(1.0, high - low), bottom + 1))
        painter.setBrush(look.color("accent.base" if self.isEnabled() else "text.disabled"))
        painter.drawPolygon(shape)
        painter.restore()
