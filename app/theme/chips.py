"""Small pressable things: key caps, the words of a menu, chips of state."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import paint
from app.theme.buttons import GAP, Button
from app.theme.icons import paint_icon
from app.theme.theme import theme


class CapButton(Button):
    """A key cap that can be pressed, where the key alone says enough."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "", "", "quiet", parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        width = paint.cap_size(paint.short_key(self._key))[0]
        return QSize(max(width + theme().px(6), theme().target(0)), theme().target(26))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        look, painter = theme(), QPainter(self)
        key = paint.short_key(self._key)
        width = paint.cap_size(key)[0]
        fill = self._fill()
        front = None if self.isEnabled() else look.color("text.disabled")
        paint.draw_cap(painter, (self.width() - width) // 2, self.height() / 2, key, front, fill)


class MenuLabel(Button):
    """Small words with an arrow that open a menu, such as the order of a list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "", "", "quiet", parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        width = paint.text_width(theme().font("small"), self.text())
        return QSize(width + theme().px(34), theme().target(24))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(60), theme().target(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look, inset = QPainter(self), theme(), theme().px(6)
        hot = self.underMouse()
        if hot:
            paint.rounded(painter, self.rect(), look.radius("chip"), look.color("surface.hover"))
        color = look.color("text.primary" if hot else "text.secondary")
        side = look.px(11)
        area = self.rect().adjusted(inset, 0, -(2 * inset + side), 0)
        width = paint.draw_text(painter, area, self.text(), look.font("small"), color)
        mark = QRectF(inset + width + 7, (self.height() - side) / 2 + 1, side, side)
        paint_icon(painter, mark, "caret-down", color)


class Chip(Button):
    """A small state with words, such as the model in use: hairline border, ring or icon."""

    def __init__(self, text: str = "", icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, icon, "", "normal", parent)
        self._ring: float | None = None
        self._has_ring = False
        self._short = ""

    def set_ring(self, shown: bool, fraction: float | None = None) -> None:
        """Show a ring instead of the icon; a fraction of None is "not known"."""
        self._has_ring, self._ring = shown, fraction
        self.update()

    def set_words(self, text: str, short: str) -> None:
        """Words, and the figure that stands for them when there is little room."""
        self._short = short
        self.set_text(text)
        self.updateGeometry()
        self.update()

    def _words(self) -> str:
        return self._short if self._compact else self.text()

    def _content_width(self) -> int:
        words = self._words()
        width = paint.text_width(theme().font("body", "regular"), words) if words else 0
        return width + theme().px(16) + (GAP if words else 0)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(self._content_width() + 2 * theme().px(10), self._height())

    def _border(self) -> QColor | None:
        return theme().color("border.hairline")

    def _fill(self) -> QColor | None:
        filled = super()._fill()
        if filled == theme().color("surface.raised"):
            return theme().color("surface.base") if not theme().high_contrast else None
        return filled

    def _paint_contents(self, painter: QPainter) -> None:
        look, middle, left = theme(), self.height() / 2, theme().px(10)
        side = look.px(16)
        mark = QRectF(left, middle - side / 2, side, side)
        if self._has_ring:
            accent, track = look.color("accent.base"), look.color("surface.pressed")
            paint.draw_ring(painter, mark.adjusted(1, 1, -1, -1), self._ring, accent, track)
        elif self.icon_name:
            paint_icon(painter, mark, self.icon_name, look.color("text.secondary"))
        area = self.rect().adjusted(left + side + GAP, 0, -left + 1, 0)
        paint.draw_text(painter, area, self._words(), look.font("body"), self._front())
