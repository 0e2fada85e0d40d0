"""Small fields that show what a hatch or a colour on the picture means."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.canvas.colors import overlay
from app.canvas.patterns import spread
from app.theme.paint import rounded
from app.theme.swatch import draw_swatch
from app.theme.theme import theme


class HatchSample(QWidget):
    """A fill and its hatch, as they look on the picture."""

    def __init__(self, hatch: int, color: QColor | str, parent: QWidget | None = None) -> None:
        """Make a sample; a colour given as a token follows the theme."""
        super().__init__(parent)
        self._hatch, self._color = hatch, color
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(34), theme().px(18))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        fill = self._color
        fill = look.color(fill) if isinstance(fill, str) else fill
        rounded(painter, area, 3, fill, look.color("border.control"))
        bits = spread(self._hatch, 1.0, 0, 0, self.width() - 4, self.height() - 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(overlay().halo)
        for y, x in zip(*bits.nonzero(), strict=True):
            painter.drawRect(int(x) + 2, int(y) + 2, 1, 1)


class ColorSample(QWidget):
    """A class's colour and hatch, as lists show it."""

    def __init__(self, color: QColor, hatch: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._color, self._hatch = color, hatch
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(14), theme().px(14))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        draw_swatch(QPainter(self), QRectF(self.rect()), self._color, self._hatch)
