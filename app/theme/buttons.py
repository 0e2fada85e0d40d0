"""Buttons: one drawing for all, so that states look the same everywhere."""

from typing import Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.theme import paint
from app.theme.icons import paint_icon
from app.theme.theme import theme

Kind = Literal["normal", "main", "quiet", "danger"]
GAP = 8


class Button(QAbstractButton):
    """A button with an icon, words and a key cap, each optional.

    ``compact`` keeps only the icon; the words stay in the tooltip and the accessible name. While
    ``busy`` the button keeps its width and shows a ring with words.
    """

    def __init__(
        self,
        text: str = "",
        icon: str = "",
        key: str = "",
        kind: Kind = "normal",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.icon_name, self._key, self._kind = icon, key, kind
        self._compact = False
        self._busy: tuple[float | None, str] | None = None
        self._chevron = False
        self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)

    # -- contents ----------------------------------------------------------------------------

    def set_text(self, text: str) -> None:
        """Show other words."""
        if text != self.text():
            self.setText(text)
            self.updateGeometry()

    def set_icon(self, name: str) -> None:
        """Show another icon, by its Phosphor name."""
        self.icon_name = name
        self.updateGeometry()
        self.update()

    def set_key(self, key_text: str) -> None:
        """Show another key cap, written as "Ctrl+E"; none hides it."""
        if key_text != self._key:
            self._key = key_text
            self.updateGeometry()
            self.update()

    def set_kind(self, kind: Kind) -> None:
        """Change how prominent the button is; a view has one main button at most."""
        self._kind = kind
        self.update()

    def set_compact(self, compact: bool) -> None:
        """Keep only the icon."""
        if compact != self._compact:
            self._compact = compact
            self.updateGeometry()
            self.update()

    def set_menu_mark(self, shown: bool) -> None:
        """Show the small arrow that promises a menu."""
        self._chevron = shown
        self.updateGeometry()

    def set_busy(self, words: str = "", fraction: float | None = None) -> None:
        """Show a ring and words such as "Exporting 38 %"; no words ends it."""
        self._busy = (fraction, words) if words else None
        self.update()

    # -- drawing -----------------------------------------------------------------------------

    def _height(self) -> int:
        return theme().size("control")

    def _content_width(self) -> int:
        look = theme()
        width = look.px(16) if self.icon_name else 0
        if not self._compact:
            if self.text():
                width += paint.text_width(look.font("body", "medium"), self.text())
                width += GAP if self.icon_name else 0
            if self._key:
                width += paint.cap_size(paint.short_key(self._key))[0] + GAP
            if self._chevron:
                width += look.px(12) + GAP // 2
        return width

    def sizeHint(self) -> QSize:
        """See QWidget."""
        side = 7 if self._compact or not self.text() else 11
        width = self._content_width() + 2 * theme().px(side)
        return QSize(max(width, theme().target(0)), self._height())

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return self.sizeHint()

    def enterEvent(self, event: QEnterEvent) -> None:
        """See QWidget."""
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """See QWidget."""
        self.update()
        super().leaveEvent(event)

    def _fill(self) -> QColor | None:
        look = theme()
        if self._kind == "main" and self.isEnabled():
            base = QColor(look.color("accent.base"))
            if self.isDown():
                return base.darker(115)
            return base.lighter(106) if self.underMouse() else base
        if self.isEnabled() and self.isDown():
            return look.color("surface.pressed")
        if self.isChecked():
            return look.color("surface.selected")
        if self.isEnabled() and self.underMouse():
            return look.color("surface.hover")
        return None if self._kind == "quiet" else look.color("surface.raised")

    def _border(self) -> QColor | None:
        look = theme()
        if not self.isEnabled():
            return None if self._kind == "quiet" else look.color("border.hairline")
        if self._kind == "main":
            return None
        if self._kind == "quiet":
            return look.color("border.control") if look.high_contrast else None
        return look.color("state.error" if self._kind == "danger" else "border.control")

    def _front(self) -> QColor:
        if not self.isEnabled():
            return theme().color("text.disabled")
        roles = {"main": "accent.on", "danger": "state.error"}
        return theme().color(roles.get(self._kind, "text.primary"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter = QPainter(self)
        radius = theme().radius("control")
        paint.rounded(painter, self.rect(), radius, self._fill(), self._border())
        if self._busy is not None:
            self._paint_busy(painter, *self._busy)
        else:
            self._paint_contents(painter)

    def _paint_contents(self, painter: QPainter) -> None:
        look, front = theme(), self._front()
        width = min(self._content_width(), self.width() - 2 * look.px(6))
        left = (self.width() - width) / 2
        right = left + width
        middle = self.height() / 2
        if self.icon_name:
            side = look.px(16)
            paint_icon(painter, QRectF(left, middle - side / 2, side, side), self.icon_name, front)
            left += side + GAP
        if self._compact:
            return
        if self._chevron:
            side = look.px(12)
            rect = QRectF(right - side, middle - side / 2, side, side)
            paint_icon(painter, rect, "caret-down", front)
            right -= side + GAP // 2
        if self._key:
            key = paint.short_key(self._key)
            cap = paint.cap_size(key)[0]
            paint.draw_cap(painter, right - cap, middle, key, self._cap_color(front))
            right -= cap + GAP
        if self.text():
            area = QRectF(left, 0, right - left + 1, self.height())
            paint.draw_text(painter, area, self.text(), look.font("body", "medium"), front)

    def _cap_color(self, front: QColor) -> QColor | None:
        return front if self._kind == "main" or not self.isEnabled() else None

    def _paint_busy(self, painter: QPainter, fraction: float | None, words: str) -> None:
        look = theme()
        side, left = look.px(14), look.px(11)
        ring = QRectF(left, (self.height() - side) / 2, side, side)
        track = look.color("border.hairline")
        paint.draw_ring(painter, ring, fraction, look.color("accent.base"), track)
        area = self.rect().adjusted(left + side + GAP, 0, -look.px(8), 0)
        color = look.color("text.secondary")
        paint.draw_text(painter, area, words, look.font("body", "medium"), color)


class PrimaryButton(Button):
    """The one filled button of a view."""

    def __init__(
        self, text: str = "", icon: str = "", key: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(text, icon, key, "main", parent)

    def _height(self) -> int:
        return theme().size("controlLarge")


class IconButton(Button):
    """An icon without words; the words are the tooltip and the accessible name."""

    def __init__(
        self,
        icon: str,
        name: str,
        role: str = "text.secondary",
        side: int = 26,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", icon, "", "quiet", parent)
        self._role, self._side = role, side
        self._icon_side = 16
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_role(self, role: str) -> None:
        """Draw the icon in the colour of another token."""
        self._role = role
        self.update()

    def set_icon_side(self, side: int) -> None:
        """Draw the icon at another size in logical pixels."""
        self._icon_side = side
        self.update()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        side = theme().target(self._side)
        return QSize(side, side)

    def _border(self) -> QColor | None:
        return None

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        paint.rounded(painter, self.rect(), look.radius("control"), self._fill())
        role = self._role if self.isEnabled() else "text.disabled"
        if self.isEnabled() and (self.underMouse() or self.isChecked()):
            role = "text.primary" if role == "text.secondary" else role
        side = look.px(self._icon_side)
        area = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        paint_icon(painter, area, self.icon_name, look.color(role))
