"""Larger pieces: cards, empty states, progress, hairlines."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.theme import paint
from app.theme.buttons import Button
from app.theme.icons import paint_icon
from app.theme.labels import ElidedLabel, TextBlock
from app.theme.theme import theme


class Card(QWidget):
    """A surface with a hairline border; put a layout in it."""

    def __init__(self, floating: bool = False, parent: QWidget | None = None) -> None:
        """Make a card; a floating one lies over the canvas and has a stronger edge."""
        super().__init__(parent)
        self._floating = floating
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation, floating)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        look, painter = theme(), QPainter(self)
        if not self._floating:
            paint.rounded(
                painter, self.rect(), look.radius("card"), None, look.color("border.hairline")
            )
            return
        edge = "border.control" if look.high_contrast else "border.hairline"
        fill = look.color("surface.raised")
        paint.rounded(painter, self.rect(), look.radius("float"), fill, look.color(edge))


class Hairline(QWidget):
    """A line that parts two areas."""

    def __init__(self, vertical: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._vertical = vertical
        fixed, grow = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding
        self.setSizePolicy(fixed if vertical else grow, grow if vertical else fixed)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(1, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        QPainter(self).fillRect(self.rect(), theme().color("border.hairline"))


class Surface(QWidget):
    """An area filled with a token's colour, with hairlines on the edges named."""

    def __init__(
        self, role: str = "surface.base", edges: str = "", parent: QWidget | None = None
    ) -> None:
        """Make a surface; ``edges`` has any of the letters l, t, r, b."""
        super().__init__(parent)
        self._role, self._edges = role, edges

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        painter.fillRect(event.rect(), look.color(self._role))
        line, width, height = look.color("border.hairline"), self.width(), self.height()
        sides = {
            "l": (0, 0, 1, height),
            "t": (0, 0, width, 1),
            "r": (width - 1, 0, 1, height),
            "b": (0, height - 1, width, 1),
        }
        for edge in self._edges:
            painter.fillRect(*sides[edge], line)


class EmptyState(QWidget):
    """What stands where nothing is yet: an icon, one sentence, one button with its key."""

    def __init__(
        self,
        icon: str,
        title: str,
        text: str = "",
        button: Button | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon = icon
        column = QVBoxLayout(self)
        column.setContentsMargins(20, theme().px(52), 20, 16)
        column.setSpacing(6)
        self.title = ElidedLabel(title, "strong", "semibold", align=paint.CENTER)
        self.block = TextBlock(text, align=Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.title)
        column.addWidget(self.block)
        if button is not None:
            row = QHBoxLayout()
            row.addStretch(1)
            row.addWidget(button)
            row.addStretch(1)
            column.addSpacing(6)
            column.addLayout(row)
        column.addStretch(1)

    def set_words(self, title: str, text: str) -> None:
        """Say something else."""
        self.title.set_text(title)
        self.block.set_text(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        side = theme().px(26)
        area = QRectF((self.width() - side) / 2, theme().px(18), side, side)
        paint_icon(QPainter(self), area, self._icon, theme().color("text.secondary"))


class ThinProgress(QWidget):
    """A bar of progress, 4 high."""

    def __init__(self, name: str, height: int = 4, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fraction, self._height = 0.0, height
        self._role = "accent.base"
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_fraction(self, fraction: float) -> None:
        """How much is done, 0..1."""
        fraction = min(1.0, max(0.0, fraction))
        if fraction != self._fraction:
            self._fraction = fraction
            self.setAccessibleDescription(f"{round(fraction * 100)} percent")
            self.update()

    def set_role(self, role: str) -> None:
        """Draw the done part in the colour of a token."""
        self._role = role
        self.update()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(80), theme().px(self._height))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        look = theme()
        track: QColor = look.color("surface.pressed")
        area = QRectF(self.rect())
        paint.draw_bar(QPainter(self), area, self._fraction, look.color(self._role), track)


class Ring(QWidget):
    """A ring of progress; None is "not known". It never spins."""

    def __init__(self, name: str, side: int = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fraction: float | None = 0.0
        self._side = side
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_fraction(self, fraction: float | None) -> None:
        """How much is done, 0..1, or None."""
        self._fraction = fraction
        words = "" if fraction is None else f"{round(fraction * 100)} percent"
        self.setAccessibleDescription(words)
        self.update()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(self._side), theme().px(self._side))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        look = theme()
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        accent, track = look.color("accent.base"), look.color("surface.pressed")
        paint.draw_ring(QPainter(self), area, self._fraction, accent, track)
