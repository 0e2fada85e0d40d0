"""What the first page is made of: where to drop, large buttons, steps, recent projects."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import paint
from app.theme.buttons import Button
from app.theme.icons import paint_icon
from app.theme.theme import theme

STEPS = (
    ("The model proposes", "one key accepts"),
    ("You correct", "with brush or polygon"),
    ("It learns", "from your fixes"),
)


class DropZone(QWidget):
    """Where images may be dropped; a press opens a folder, as Ctrl O does."""

    dropped = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._over = self._low = False
        self.setAcceptDrops(True)
        self.setAccessibleName("Drop a folder of images here")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(400), theme().px(96 if self._low else 132))

    def set_low(self, low: bool) -> None:
        """Take less height, in a low window."""
        if low != self._low:
            self._low = low
            self.updateGeometry()

    def _hover(self, over: bool) -> None:
        self._over = over
        self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """See QWidget."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self._hover(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """See QWidget."""
        self._hover(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """See QWidget."""
        self._hover(False)
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(look.color("accent.base" if self._over else "border.control"), 1.5)
        pen.setDashPattern([6, 4])
        painter.setPen(pen)
        painter.setBrush(look.color("surface.selected" if self._over else "surface.raised"))
        radius = look.radius("float")
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        middle = self.width() / 2
        top = self.height() / 2 - look.px(40)
        side = look.px(24)
        mark = QRectF(middle - side / 2, top, side, side)
        paint_icon(painter, mark, "image-square", look.color("accent.base"))
        line = QRect(8, round(top + look.px(34)), self.width() - 16, look.px(22))
        font = look.font("lead", "semibold")
        words = "Drop a folder of images here"
        paint.draw_text(painter, line, words, font, look.color("text.primary"), paint.CENTER)
        line.translate(0, look.px(25))
        words = "PNG, JPEG, TIFF, WebP, BMP · one file works too"
        color = look.color("text.secondary")
        paint.draw_text(painter, line, words, look.font("body"), color, paint.CENTER)


class ActionCard(Button):
    """A large button: icon, words, one line beneath, a key."""

    def __init__(
        self, icon: str, text: str, detail: str, key: str = "", first: bool = False
    ) -> None:
        super().__init__(text, icon, key)
        self._detail, self._first = detail, first
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleDescription(detail)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(360), theme().px(62))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(240), theme().px(62))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        edge = look.color("accent.base" if self._first else "border.hairline")
        paint.rounded(painter, self.rect(), look.radius("float"), self._fill(), edge)
        side = look.px(38)
        box = QRectF(look.px(13), (self.height() - side) / 2, side, side)
        paint.rounded(painter, box, look.radius("card"), look.color("surface.selected"))
        inset = look.px(10)
        mark = box.adjusted(inset, inset, -inset, -inset)
        paint_icon(painter, mark, self.icon_name, look.color("accent.base"))
        right = self.width() - look.px(14)
        if self._key:
            key = paint.short_key(self._key)
            right -= paint.cap_size(key)[0]
            paint.draw_cap(painter, right, self.height() / 2, key)
        left = round(box.right() + look.px(14))
        half = self.height() // 2
        line = QRect(left, half - look.px(21), right - left - 12, look.px(20))
        front = look.color("text.primary" if self.isEnabled() else "text.disabled")
        paint.draw_text(painter, line, self.text(), look.font("strong", "semibold"), front)
        line.translate(0, look.px(21))
        color = look.color("text.secondary")
        paint.draw_text(painter, line, self._detail, look.font("body"), color)


class RecentRow(Button):
    """A project that was open before: its name, and the folder it is in."""

    def __init__(self, path: str) -> None:
        super().__init__(Path(path).stem, "clock-counter-clockwise", kind="quiet")
        self._folder = str(Path(path).parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(path)
        self.setAccessibleName(f"Open {Path(path).stem}")
        self.setAccessibleDescription(path)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(300), theme().size("row"))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(160), theme().size("row"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        paint.rounded(painter, self.rect(), look.radius("row"), self._fill())
        side, left = look.px(16), look.px(10)
        mark = QRectF(left, (self.height() - side) / 2, side, side)
        paint_icon(painter, mark, self.icon_name, look.color("text.secondary"))
        left += side + look.px(12)
        area = self.rect().adjusted(left, 0, -self.width() // 2, 0)
        width = paint.draw_text(
            painter, area, self.text(), look.font("body", "medium"), look.color("text.primary")
        )
        area = self.rect().adjusted(left + width + look.px(12), 0, -look.px(10), 0)
        middle = Qt.TextElideMode.ElideMiddle
        color = look.color("text.secondary")
        paint.draw_text(painter, area, self._folder, look.font("small"), color, elide=middle)


class Steps(QWidget):
    """Three numbered steps side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("; ".join(f"{head}, {rest}" for head, rest in STEPS))

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(400), theme().px(44))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        wide = self.width() / len(STEPS)
        for place, (head, rest) in enumerate(STEPS):
            left = place * wide
            side = look.px(24)
            ring = QRectF(left + 1, (self.height() - side) / 2, side, side)
            paint.rounded(painter, ring, side / 2, None, look.color("border.control"))
            figure = look.font("small", "semibold")
            primary = look.color("text.primary")
            paint.draw_text(painter, ring, str(place + 1), figure, primary, paint.CENTER)
            area = QRectF(left + look.px(36), 2, wide - look.px(40), self.height() / 2 - 1)
            paint.draw_text(painter, area, head, look.font("body", "semibold"), primary)
            area.translate(0, self.height() / 2 - 2)
            paint.draw_text(painter, area, rest, look.font("body"), look.color("text.secondary"))
