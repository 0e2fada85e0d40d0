"""Controls that choose: a row of alternatives, a small slider with its value, a check box."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QSlider, QSpinBox, QWidget

from app.theme import paint
from app.theme.icons import paint_icon
from app.theme.theme import theme


class SegmentedControl(QWidget):
    """One of a few alternatives, side by side. One tab stop; arrows move the choice."""

    chosen = Signal(str)

    def __init__(
        self,
        name: str,
        options: Sequence[tuple[str, ...]] = (),
        height: int = 28,
        parent: QWidget | None = None,
    ) -> None:
        """Make a control; ``options`` are (key, words) or (key, words, icon)."""
        super().__init__(parent)
        self._options: list[tuple[str, str, str]] = []
        self._current, self._hover, self._height = "", "", height
        self._icons_only, self._stretched = False, False
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setProperty("ring", True)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_options(options)

    def set_options(self, options: Sequence[tuple[str, ...]]) -> None:
        """Offer other alternatives; the choice stays where it still exists."""
        self._options = [(each[0], each[1], each[2] if len(each) > 2 else "") for each in options]
        keys = [key for key, _, _ in self._options]
        if self._current not in keys:
            self._current = keys[0] if keys else ""
        self.updateGeometry()
        self.update()

    def current(self) -> str:
        """The key of the choice."""
        return self._current

    def set_current(self, key: str) -> None:
        """Show a choice without announcing it."""
        if key != self._current:
            self._current = key
            words = {each: text for each, text, _ in self._options}
            self.setAccessibleDescription(words.get(key, ""))
            self.update()

    def set_icons_only(self, on: bool) -> None:
        """Leave the words to the tooltip."""
        self._icons_only = on
        self.updateGeometry()
        self.update()

    def icons_only(self) -> bool:
        """Whether the words are left to the tooltip."""
        return self._icons_only

    def set_stretched(self, on: bool) -> None:
        """Share all the width that there is."""
        self._stretched = on
        horizontal = QSizePolicy.Policy.Expanding if on else QSizePolicy.Policy.Fixed
        self.setSizePolicy(horizontal, QSizePolicy.Policy.Fixed)

    def _widths(self) -> list[int]:
        if self._stretched and self._options and self.width() > 4:
            share = (self.width() - 4) / len(self._options)
            return [round(share * (k + 1)) - round(share * k) for k in range(len(self._options))]
        return self._natural()

    def _natural(self) -> list[int]:
        look, widths = theme(), []
        for _, words, icon in self._options:
            text = (
                0
                if self._icons_only and icon
                else paint.text_width(look.font("body", "medium"), words)
            )
            mark = look.px(16) + (8 if text else 0) if icon else 0
            width = text + mark + 2 * look.px(14 if icon and text else 10)
            widths.append(max(width, look.target(0)))
        return widths

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(sum(self._natural()) + 4, theme().target(self._height))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return self.sizeHint()

    def _rects(self) -> list[tuple[str, QRectF]]:
        left, rects = 2.0, []
        for (key, _, _), width in zip(self._options, self._widths(), strict=True):
            rects.append((key, QRectF(left, 2, width, self.height() - 4)))
            left += width
        return rects

    def _key_at(self, point: QPointF) -> str:
        return next((key for key, rect in self._rects() if rect.contains(point)), "")

    def _choose(self, key: str) -> None:
        if key and key != self._current:
            self.set_current(key)
            self.chosen.emit(key)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self._key_at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        hover = self._key_at(event.position())
        if hover != self._hover:
            self._hover = hover
            words = {key: text for key, text, _ in self._options}
            self.setToolTip(words.get(hover, "") if self._icons_only else "")
            self.update()

    def leaveEvent(self, event: object) -> None:
        """See QWidget."""
        self._hover = ""
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See QWidget."""
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Down: 1,
        }
        step = steps.get(Qt.Key(event.key()))
        keys = [key for key, _, _ in self._options]
        if step is None or self._current not in keys:
            event.ignore()
            return
        at = min(len(keys) - 1, max(0, keys.index(self._current) + step))
        self._choose(keys[at])

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        ground = None if look.high_contrast else look.color("surface.hover")
        if look.name == "light":
            ground = look.color("surface.pressed")
        paint.rounded(painter, self.rect(), look.radius("control") + 1, ground)
        for (key, rect), (_, words, icon) in zip(self._rects(), self._options, strict=True):
            self._paint_one(painter, rect, key, words, icon)

    def _paint_one(self, painter: QPainter, rect: QRectF, key: str, words: str, icon: str) -> None:
        look, on = theme(), key == self._current
        if on:
            fill = look.color("surface.raised" if look.name == "light" else "surface.pressed")
            paint.rounded(painter, rect, look.radius("control"), fill, look.color("border.control"))
        role = "text.primary" if on or key == self._hover else "text.secondary"
        color = look.color(role if self.isEnabled() else "text.disabled")
        font = look.font("body", "medium" if on else "regular")
        bare = bool(self._icons_only and icon)
        text = 0 if bare else paint.text_width(font, words)
        side = look.px(16) if icon else 0
        total = side + text + (8 if side and text else 0)
        left = rect.left() + max(4.0, (rect.width() - total) / 2)
        if icon:
            mark = QRectF(left, rect.center().y() - side / 2, side, side)
            paint_icon(painter, mark, icon, color)
            left += side + 8
        if not bare:
            area = QRectF(left, rect.top(), rect.right() - left, rect.height())
            paint.draw_text(painter, area, words, font, color)


class SmallSlider(QSlider):
    """A thin slider with its value in words at the right, 12 high handle on a 3 high line.

    The positions are whole numbers; ``to_text`` says them to people.
    """

    def __init__(
        self,
        name: str,
        least: int,
        most: int,
        to_text: Callable[[int], str] = str,
        width: int = 110,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._to_text, self._track = to_text, width
        self.setRange(least, most)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.valueChanged.connect(lambda _: self.update())

    def value_text(self) -> str:
        """The value as it is shown."""
        return self._to_text(self.value())

    def set_text_of(self, to_text: Callable[[int], str]) -> None:
        """Say the values in another way."""
        self._to_text = to_text
        self.updateGeometry()
        self.update()

    def _text_width(self) -> int:
        font = theme().font("body", "medium")
        both = (self._to_text(self.minimum()), self._to_text(self.maximum()))
        return max(paint.text_width(font, text) for text in both)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        look = theme()
        return QSize(look.px(self._track) + look.px(10) + self._text_width(), look.target(28))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return self.sizeHint()

    def _line(self) -> QRectF:
        half = theme().px(6)
        width = self.width() - self._text_width() - theme().px(10)
        return QRectF(half, self.height() / 2 - 1.5, max(1, width - 2 * half), 3)

    def _fraction(self) -> float:
        span = self.maximum() - self.minimum()
        return (self.value() - self.minimum()) / span if span else 0.0

    def _value_at(self, x: float) -> int:
        line = self._line()
        part = min(1.0, max(0.0, (x - line.left()) / line.width()))
        return round(self.minimum() + part * (self.maximum() - self.minimum()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go straight to where the press is."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setValue(self._value_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        if self.isSliderDown():
            self.setValue(self._value_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        self.setSliderDown(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """One step a notch."""
        step = 1 if event.angleDelta().y() > 0 else -1
        self.setValue(self.value() + step * self.singleStep())
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look, line = QPainter(self), theme(), self._line()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isEnabled()
        accent = look.color("accent.base" if on else "text.disabled")
        paint.draw_bar(painter, line, self._fraction(), accent, look.color("border.control"))
        x = line.left() + line.width() * self._fraction()
        painter.setPen(QPen(look.color("surface.base"), 1.5))
        painter.setBrush(look.color("text.primary" if on else "text.disabled"))
        radius = look.px(6)
        painter.drawEllipse(QPointF(x, line.center().y()), radius, radius)
        area = self.rect().adjusted(self.width() - self._text_width(), 0, 0, 0)
        color = look.color("text.primary" if on else "text.disabled")
        paint.draw_text(painter, area, self.value_text(), look.font("body", "medium"), color)


class NumberField(QSpinBox):
    """A field for a whole number with its unit."""

    def __init__(self, name: str, least: int, most: int, unit: str = "", width: int = 104) -> None:
        super().__init__()
        self.setRange(least, most)
        self.setSuffix(f" {unit}" if unit else "")
        self.setAccessibleName(name)
        self.setKeyboardTracking(False)
        self.setFixedWidth(theme().px(width))
        self.lineEdit().setTextMargins(6, 0, 0, 0)  # a sheet's padding does not reach it


class CheckBox(QAbstractButton):
    """A check box with its words."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        look = theme()
        width = look.px(16) + 8 + paint.text_width(look.font("body"), self.text())
        return QSize(width + 4, look.target(26))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(60), theme().target(26))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look, side = QPainter(self), theme(), theme().px(15)
        box = QRectF(2, (self.height() - side) / 2, side, side)
        on, enabled = self.isChecked(), self.isEnabled()
        fill: QColor | None = look.color("accent.base") if on and enabled else None
        if fill is None and self.underMouse() and enabled:
            fill = look.color("surface.hover")
        edge = look.color("border.control" if enabled else "border.hairline")
        paint.rounded(painter, box, 3, fill, None if on and enabled else edge)
        if on:
            mark = look.color("accent.on" if enabled else "text.disabled")
            paint_icon(painter, box.adjusted(1.5, 1.5, -1.5, -1.5), "check-bold", mark)
        area = self.rect().adjusted(side + 10, 0, 0, 0)
        color = look.color("text.primary" if enabled else "text.disabled")
        paint.draw_text(painter, area, self.text(), look.font("body"), color)
