"""Texts: labels that give way, key caps, and headings of panel sections."""

from math import ceil
from typing import Literal

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt
from PySide6.QtGui import (
    QFontMetrics,
    QHelpEvent,
    QPainter,
    QPaintEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolTip, QWidget

from app.theme import paint
from app.theme.theme import FontSize, Weight, theme
from engine.errors import harmless

Cut = Literal["end", "middle"]


class ElidedLabel(QWidget):
    """One line of text that is cut, not clipped, when there is too little room.

    The whole text is the accessible name, and the tooltip where it is cut.
    """

    def __init__(
        self,
        text: str = "",
        size: FontSize = "body",
        weight: Weight = "regular",
        role: str = "text.primary",
        cut: Cut = "end",
        align: Qt.AlignmentFlag = paint.LEFT,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._text, self._size, self._weight, self._role = text, size, weight, role
        self._mode = (
            Qt.TextElideMode.ElideMiddle if cut == "middle" else Qt.TextElideMode.ElideRight
        )
        self._align = align
        self._least = 0
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def text(self) -> str:
        """The whole text."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show another text."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.updateGeometry()
            self.update()

    def set_role(self, role: str) -> None:
        """Use the colour of another token."""
        self._role = role
        self.update()

    def set_weight(self, weight: Weight) -> None:
        """Use another weight."""
        self._weight = weight
        self.updateGeometry()
        self.update()

    def set_least(self, characters: int) -> None:
        """Never get narrower than this many characters."""
        self._least = characters
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        metrics = QFontMetrics(theme().font(self._size, self._weight))
        width = metrics.horizontalAdvance(paint.one_line(self._text))
        return QSize(width + 1, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        """See QWidget; a cut text needs no room of its own."""
        hint = self.sizeHint()
        metrics = QFontMetrics(theme().font(self._size, self._weight))
        return QSize(min(hint.width(), self._least * metrics.averageCharWidth()), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        font = theme().font(self._size, self._weight)
        role = self._role if self.isEnabled() else "text.disabled"
        painter = QPainter(self)
        paint.draw_text(
            painter, self.rect(), self._text, font, theme().color(role), self._align, self._mode
        )

    def event(self, event: QEvent) -> bool:
        """Give the whole text as tooltip, only where it is cut and no other was set."""
        # The kind first: measuring the text for every event took a tenth of the window's building.
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cut = self.sizeHint().width() > self.width() + 1
            if cut and not self.toolTip():
                QToolTip.showText(event.globalPos(), self._text, self)
                return True
        return super().event(event)


class TextBlock(QWidget):
    """Text of several lines, wrapped to its width, in a token's colour."""

    def __init__(
        self,
        text: str = "",
        size: FontSize = "small",
        weight: Weight = "regular",
        role: str = "text.secondary",
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._text, self._size, self._weight, self._role = harmless(text), size, weight, role
        self._align = align
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(text)

    def text(self) -> str:
        """The whole text."""
        return self._text

    def set_text(self, text: str, role: str | None = None) -> None:
        """Show another text, and in another colour where one is named."""
        self._text, self._role = harmless(text), role or self._role
        self.setAccessibleName(self._text)
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """See QWidget."""
        return True

    def heightForWidth(self, width: int) -> int:
        """See QWidget."""
        width = max(1, width)
        box = self._box(width)
        if box.width() <= width:
            return box.height() + 2
        return ceil(self._broken(width).boundingRect().height()) + 2

    def _box(self, width: int) -> QRect:
        """What the text takes where it wraps between words only."""
        metrics = QFontMetrics(theme().font(self._size, self._weight))
        flags = int(self._align | Qt.TextFlag.TextWordWrap)
        return metrics.boundingRect(0, 0, width, 10_000, flags, self._text)

    def _broken(self, width: int) -> QTextLayout:
        """The lines where a word is longer than one of them: such a word breaks within."""
        font = theme().font(self._size, self._weight)
        layout = QTextLayout(self._text.replace("\n", "\u2028"), font)
        option = QTextOption(self._align)
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        height = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, height))
            height += line.height()
        layout.endLayout()
        return layout

    def sizeHint(self) -> QSize:
        """See QWidget."""
        width = theme().px(220)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(60), self.heightForWidth(max(self.width(), theme().px(60))))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter = QPainter(self)
        painter.setFont(theme().font(self._size, self._weight))
        role = self._role if self.isEnabled() else "text.disabled"
        painter.setPen(theme().color(role))
        if self._box(max(1, self.width())).width() > self.width():
            self._broken(self.width()).draw(painter, QPointF(0, 0))
            return
        painter.drawText(self.rect(), int(self._align | Qt.TextFlag.TextWordWrap), self._text)


class KeyCap(QWidget):
    """A key as it is printed on the keyboard; several keys of a shortcut stand side by side."""

    def __init__(self, key_text: str, joined: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._joined = joined
        self._parts: list[str] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_key(key_text)

    def set_key(self, key_text: str) -> None:
        """Show another shortcut, written as "Ctrl+Shift+A"; none hides the cap."""
        parts = [paint.short_key(key_text)] if self._joined else paint.caps(key_text)
        self._parts = [part for part in parts if part]
        self.setAccessibleName(key_text)
        if not self._parts:
            self.hide()
        elif self.parentWidget() is not None:  # one without would open as a window of its own
            self.show()
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        sizes = [paint.cap_size(part) for part in self._parts] or [(0, 0)]
        gaps = theme().px(6) * (len(sizes) - 1)
        return QSize(sum(width for width, _ in sizes) + gaps, sizes[0][1])

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, left = QPainter(self), 0
        color = None if self.isEnabled() else theme().color("text.disabled")
        for part in self._parts:
            left += paint.draw_cap(painter, left, self.height() / 2, part, color) + theme().px(6)


class SectionHeader(QWidget):
    """The heading of a panel section: capitals at the left, a figure and buttons at the right."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ElidedLabel("", "small", "semibold", "text.secondary")
        self._title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._count = ElidedLabel("", "small", "medium", "text.secondary")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 6, 12, 2)
        self._row.setSpacing(4)
        self._row.addWidget(self._title, 1)
        self._row.addWidget(self._count)
        self.setMinimumHeight(theme().px(34))
        self.set_title(title)

    def set_title(self, title: str) -> None:
        """Show another heading; it is set in capitals here and read in its own case."""
        self._title.set_text(title.upper())
        self._title.setAccessibleName(title)
        self.setAccessibleName(title)

    def set_count(self, text: str) -> None:
        """The figure at the right."""
        self._count.set_text(text)
        self._count.setVisible(bool(text))

    def set_active(self, active: bool) -> None:
        """Whether the pane below has the focus."""
        self._title.set_role("text.primary" if active else "text.secondary")

    def set_margins(self, left: int, right: int) -> None:
        """Keep other distances from the sides."""
        self._row.setContentsMargins(left, 6, right, 2)

    def add(self, widget: QWidget) -> None:
        """Put a small button at the right end."""
        self._row.addWidget(widget)
