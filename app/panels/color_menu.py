"""Choosing a class colour: the 24 designed ones, or any other."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QColorDialog, QFrame, QVBoxLayout, QWidget

from app.theme import paint
from app.theme.swatch import draw_swatch
from app.theme.theme import theme
from app.theme.tokens import PaletteColor, load_palette
from app.theme.widgets import Button, ElidedLabel, TextBlock

_COLUMNS = 8


class _Grid(QWidget):
    """The designed colours, eight in a row; arrows move, Enter takes."""

    picked = Signal(object)  # PaletteColor

    def __init__(self, used: set[str], now: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._used = used
        self._colors = load_palette()
        names = [each.hex.upper() for each in self._colors]
        self._at = names.index(now.upper()) if now.upper() in names else 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Designed colours")

    def _cell(self) -> int:
        return theme().target(30)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        rows = -(-len(self._colors) // _COLUMNS)
        return QSize(_COLUMNS * self._cell(), rows * self._cell())

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return self.sizeHint()

    def _say(self) -> None:
        each = self._colors[self._at]
        taken = ", in use" if each.hex.upper() in self._used else ""
        self.setAccessibleDescription(f"{each.name}{taken}")
        self.setToolTip(f"{each.name}{taken}")
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        cell = self._cell()
        at = int(event.position().y()) // cell * _COLUMNS + int(event.position().x()) // cell
        if 0 <= at < len(self._colors) and at != self._at:
            self._at = at
            self._say()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        self.mouseMoveEvent(event)
        self.picked.emit(self._colors[self._at])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See QWidget."""
        key = Qt.Key(event.key())
        step = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -_COLUMNS,
            Qt.Key.Key_Down: _COLUMNS,
        }.get(key)
        if step is not None:
            self._at = min(len(self._colors) - 1, max(0, self._at + step))
            self._say()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.picked.emit(self._colors[self._at])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look, cell = QPainter(self), theme(), self._cell()
        for at, each in enumerate(self._colors):
            left, top = at % _COLUMNS * cell, at // _COLUMNS * cell
            if at == self._at:
                ring = QRectF(left + 1, top + 1, cell - 2, cell - 2)
                paint.rounded(painter, ring, 6, None, look.color("accent.base"), 2)
            side = cell - look.px(10)
            box = QRectF(left + look.px(5), top + look.px(5), side, side)
            draw_swatch(painter, box, QColor(each.hex), each.hatch)
            if each.hex.upper() in self._used:
                dot = QRectF(box.right() - 5, box.bottom() - 5, 7, 7)
                paint.rounded(painter, dot, 3.5, look.color("text.primary"), QColor("#000000"))


class ColorMenu(QFrame):
    """A layer under a swatch; ``chosen`` carries "#RRGGBB" and the hatch."""

    chosen = Signal(str, int)

    def __init__(self, used: set[str], now: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._now = now
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        column.addWidget(ElidedLabel("Class colour", "small", "semibold", "text.secondary"))
        self.grid = _Grid(used, now, self)
        self.grid.picked.connect(self._take)
        column.addWidget(self.grid)
        hint = (
            "Dots mark colours other classes have. All 24 differ for every kind of colour vision."
        )
        column.addWidget(TextBlock(hint))
        other = Button("Another colour…", "palette")
        other.clicked.connect(self._other)
        column.addWidget(other)

    def open_at(self, corner: QPoint) -> None:
        """Show the layer with its upper left corner there."""
        self.move(corner)
        self.show()
        self.grid.setFocus()

    def _take(self, color: PaletteColor) -> None:
        self.chosen.emit(color.hex, color.hatch)
        self.close()

    def _other(self) -> None:
        dialog = QColorDialog(QColor(self._now), self.parentWidget())
        dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog, False)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(lambda color: self.chosen.emit(color.name().upper(), 0))
        dialog.open()
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        look, painter = theme(), QPainter(self)
        painter.fillRect(self.rect(), look.color("surface.raised"))
        paint.rounded(painter, self.rect(), 0, None, look.color("border.control"))
